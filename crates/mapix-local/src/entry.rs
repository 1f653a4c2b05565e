//! Entry IDs: the UID of the store, a kind and a number.

use mapix_core::prop::Guid;
use mapix_core::store::ObjectRef;
use mapix_core::{EntryId, Error, ErrorCode, Result};
use rusqlite::Connection;

use crate::read;

const KIND_STORE: u8 = 0;
const KIND_FOLDER: u8 = 1;
const KIND_MESSAGE: u8 = 2;

/// The entry ID of the store.
pub(crate) fn of_store(uid: Guid) -> EntryId {
    make(uid, KIND_STORE, 0)
}

/// The entry ID of a folder.
pub(crate) fn of_folder(uid: Guid, id: u64) -> EntryId {
    make(uid, KIND_FOLDER, id)
}

fn make(uid: Guid, kind: u8, id: u64) -> EntryId {
    let mut private = [0; 9];
    private[0] = kind;
    private[1..].copy_from_slice(&id.to_le_bytes());
    EntryId::new(uid, &private)
}

/// The entry ID of an object that is there.
pub(crate) fn of(connection: &Connection, uid: Guid, object: &ObjectRef) -> Result<EntryId> {
    match object {
        ObjectRef::Store => Ok(of_store(uid)),
        ObjectRef::Folder(id) => read::folder(connection, *id).map(|_| of_folder(uid, *id)),
        ObjectRef::Message(message) if message.embedded.is_empty() => {
            read::message(connection, message).map(|_| make(uid, KIND_MESSAGE, message.id))
        }
        ObjectRef::Message(_) | ObjectRef::Attachment(..) => {
            Err(Error::no_support("what is in a message has no entry ID"))
        }
    }
}

/// The entry ID of an object, whether it is there or not: it is made from the number.
pub(crate) fn former(uid: Guid, object: &ObjectRef) -> Option<EntryId> {
    match object {
        ObjectRef::Store => Some(of_store(uid)),
        ObjectRef::Folder(id) => Some(of_folder(uid, *id)),
        ObjectRef::Message(message) if message.embedded.is_empty() => {
            Some(make(uid, KIND_MESSAGE, message.id))
        }
        ObjectRef::Message(_) | ObjectRef::Attachment(..) => None,
    }
}

/// The object behind an entry ID.
pub(crate) fn resolve(connection: &Connection, uid: Guid, entry_id: &EntryId) -> Result<ObjectRef> {
    if entry_id.provider() != uid {
        return Err(Error::new(ErrorCode::UNKNOWN_ENTRYID, "it belongs to another store"));
    }
    let parts = entry_id.private().split_first();
    let parts = parts.and_then(|(kind, rest)| Some((*kind, <[u8; 8]>::try_from(rest).ok()?)));
    match parts.map(|(kind, number)| (kind, u64::from_le_bytes(number))) {
        Some((KIND_STORE, 0)) => Ok(ObjectRef::Store),
        Some((kind @ (KIND_FOLDER | KIND_MESSAGE), id)) if id != 0 => {
            let is_folder = read::item(connection, id)?.map(|item| item.is_folder());
            match (kind, is_folder) {
                (KIND_FOLDER, Some(true)) => Ok(ObjectRef::Folder(id)),
                (KIND_MESSAGE, Some(false)) => Ok(ObjectRef::message(id)),
                _ => Err(Error::not_found("the object does not exist")),
            }
        }
        _ => Err(Error::new(ErrorCode::INVALID_ENTRYID, "the private part is malformed")),
    }
}
