//! Properties that are computed, not stored (lifecycle rules, sections 21 to 23).

use crate::prop::{PropBag, PropTag, Value, tags};
use crate::session::Logon;
use crate::store::{Capability, ItemKind, MessageRef, MessageStore, ObjectRef};
use crate::{EntryId, ErrorCode, Result};

/// `PR_OBJECT_TYPE`.
pub(crate) const MAPI_STORE: i32 = 1;
pub(crate) const MAPI_FOLDER: i32 = 3;
pub(crate) const MAPI_MESSAGE: i32 = 5;
pub(crate) const MAPI_ATTACH: i32 = 7;

/// `PR_FOLDER_TYPE`.
const FOLDER_ROOT: i32 = 0;
const FOLDER_GENERIC: i32 = 1;
const FOLDER_SEARCH: i32 = 2;

/// `PR_STORE_SUPPORT_MASK`.
const STORE_ENTRYID_UNIQUE: i32 = 0x1;
const STORE_SEARCH_OK: i32 = 0x4;
const STORE_MODIFY_OK: i32 = 0x8;
const STORE_CREATE_OK: i32 = 0x10;
const STORE_ATTACH_OK: i32 = 0x20;
const STORE_OLE_OK: i32 = 0x40;
const STORE_SUBMIT_OK: i32 = 0x80;
const STORE_MV_PROPS_OK: i32 = 0x200;
const STORE_RTF_OK: i32 = 0x800;
const STORE_RESTRICTION_OK: i32 = 0x1000;
const STORE_SORT_OK: i32 = 0x2000;
const STORE_HTML_OK: i32 = 0x1_0000;
const STORE_UNICODE_OK: i32 = 0x4_0000;

/// `PR_MESSAGE_FLAGS`.
pub(crate) const MSGFLAG_READ: i32 = 0x1;
pub(crate) const MSGFLAG_UNMODIFIED: i32 = 0x2;
pub(crate) const MSGFLAG_SUBMIT: i32 = 0x4;
pub(crate) const MSGFLAG_UNSENT: i32 = 0x8;
pub(crate) const MSGFLAG_HASATTACH: i32 = 0x10;
pub(crate) const MSGFLAG_FROMME: i32 = 0x20;
pub(crate) const MSGFLAG_ASSOCIATED: i32 = 0x40;
pub(crate) const MSGFLAG_RESEND: i32 = 0x80;

/// `PR_ACCESS`.
const ACCESS_MODIFY: i32 = 0x1;
const ACCESS_READ: i32 = 0x2;
const ACCESS_DELETE: i32 = 0x4;
const ACCESS_CREATE_HIERARCHY: i32 = 0x8;
const ACCESS_CREATE_CONTENTS: i32 = 0x10;
const ACCESS_CREATE_ASSOCIATED: i32 = 0x20;

/// The name of the library in wrapped store entry IDs.
pub(crate) const LIBRARY: &str = "mapix";

/// The entry ID of a store as clients see it.
pub(crate) fn store_entry_id(store: &dyn MessageStore) -> Result<EntryId> {
    Ok(store.entry_id(&ObjectRef::Store)?.wrap_store(LIBRARY))
}

/// What every object has.
pub(crate) fn common(
    logon: &Logon,
    store: &dyn MessageStore,
    bag: &mut PropBag,
    object_type: i32,
    writable: bool,
) -> Result<()> {
    let info = logon.info();
    bag.set(tags::OBJECT_TYPE, object_type);
    bag.set(tags::STORE_ENTRYID, store_entry_id(store)?.as_bytes());
    bag.set(tags::STORE_RECORD_KEY, &info.uid.0[..]);
    bag.set(tags::MAPPING_SIGNATURE, &info.uid.0[..]);
    bag.set(tags::STORE_SUPPORT_MASK, support_mask(logon));
    bag.set(tags::ACCESS_LEVEL, i32::from(writable));
    Ok(())
}

pub(crate) fn store(logon: &Logon, store: &dyn MessageStore, bag: &mut PropBag) -> Result<()> {
    let info = logon.info();
    common(logon, store, bag, MAPI_STORE, logon.can_write())?;
    let entry_id = store_entry_id(store)?;
    bag.set(tags::ENTRYID, entry_id.as_bytes());
    bag.set(tags::RECORD_KEY, &info.uid.0[..]);
    bag.set(tags::MDB_PROVIDER, &provider_uid(info.provider)[..]);
    bag.set_default(tags::DISPLAY_NAME, info.display_name.as_str());
    bag.set_default(tags::PROVIDER_DISPLAY, info.format.as_str());
    Ok(())
}

pub(crate) fn folder(
    logon: &Logon,
    store: &dyn MessageStore,
    bag: &mut PropBag,
    id: u64,
) -> Result<()> {
    every_folder(logon, store, bag)?;
    identity(store, bag, &ObjectRef::Folder(id))?;
    // The root is its own parent.
    let parent = store.parent(id)?.unwrap_or(id);
    set_entry_id(store, bag, tags::PARENT_ENTRYID, &ObjectRef::Folder(parent))?;
    bag.set_default(tags::DISPLAY_NAME, "");
    bag.set(tags::FOLDER_TYPE, folder_type(logon, store, id)?);
    Ok(())
}

/// What all folders of a store have, with the same values.
pub(crate) fn every_folder(
    logon: &Logon,
    store: &dyn MessageStore,
    bag: &mut PropBag,
) -> Result<()> {
    let writable = logon.can_write();
    common(logon, store, bag, MAPI_FOLDER, writable)?;
    let mut access = ACCESS_READ;
    if writable {
        access |= ACCESS_MODIFY | ACCESS_DELETE;
        access |= ACCESS_CREATE_HIERARCHY | ACCESS_CREATE_CONTENTS | ACCESS_CREATE_ASSOCIATED;
    }
    bag.set(tags::ACCESS, access);
    Ok(())
}

/// `PR_FOLDER_TYPE`.
pub(crate) fn folder_type(logon: &Logon, store: &dyn MessageStore, id: u64) -> Result<i32> {
    Ok(match store.kind(id)? {
        _ if id == logon.info().root => FOLDER_ROOT,
        ItemKind::SearchFolder => FOLDER_SEARCH,
        _ => FOLDER_GENERIC,
    })
}

/// A message that stands in a folder; `None` for one that was never saved.
pub(crate) fn message(
    logon: &Logon,
    store: &dyn MessageStore,
    bag: &mut PropBag,
    place: Option<&MessageRef>,
    writable: bool,
) -> Result<()> {
    every_message(logon, store, bag, writable)?;
    if let Some(place) = place.filter(|place| place.embedded.is_empty()) {
        identity(store, bag, &ObjectRef::Message(place.clone()))?;
        if let Some(parent) = store.parent(place.id)? {
            set_entry_id(store, bag, tags::PARENT_ENTRYID, &ObjectRef::Folder(parent))?;
        }
    }
    message_defaults(bag);
    Ok(())
}

/// What all messages of a store have, with the same values.
pub(crate) fn every_message(
    logon: &Logon,
    store: &dyn MessageStore,
    bag: &mut PropBag,
    writable: bool,
) -> Result<()> {
    common(logon, store, bag, MAPI_MESSAGE, writable)?;
    let access = ACCESS_READ | if logon.can_write() { ACCESS_MODIFY | ACCESS_DELETE } else { 0 };
    bag.set(tags::ACCESS, access);
    Ok(())
}

/// What a message has even if it is not stored.
pub(crate) fn message_defaults(bag: &mut PropBag) {
    bag.set_default(tags::OBJECT_TYPE, MAPI_MESSAGE);
    bag.set_default(tags::MESSAGE_CLASS, "IPM");
    let flags = bag.i32(tags::MESSAGE_FLAGS);
    if flags.is_none() {
        bag.set(tags::MESSAGE_FLAGS, MSGFLAG_UNMODIFIED);
    }
    bag.set_default(tags::HASATTACH, flags.is_some_and(|flags| flags & MSGFLAG_HASATTACH != 0));
    split_subject(bag);
}

pub(crate) fn attachment(
    logon: &Logon,
    store: &dyn MessageStore,
    bag: &mut PropBag,
    number: u32,
    writable: bool,
) -> Result<()> {
    common(logon, store, bag, MAPI_ATTACH, writable)?;
    bag.set(tags::ATTACH_NUM, number as i32);
    bag.set_default(tags::RECORD_KEY, &number.to_le_bytes()[..]);
    bag.set_default(tags::ATTACH_METHOD, 0);
    bag.set_default(tags::RENDERING_POSITION, -1);
    Ok(())
}

/// `PR_ENTRYID` and `PR_RECORD_KEY`.
fn identity(store: &dyn MessageStore, bag: &mut PropBag, object: &ObjectRef) -> Result<()> {
    set_identity(bag, &store.entry_id(object)?);
    Ok(())
}

/// `PR_ENTRYID` and the keys that are made from it.
pub(crate) fn set_identity(bag: &mut PropBag, entry_id: &EntryId) {
    bag.set_default(tags::RECORD_KEY, record_key(entry_id));
    bag.set_default(tags::INSTANCE_KEY, entry_id.private());
    bag.set(tags::ENTRYID, entry_id.as_bytes());
}

/// What makes an entry ID unique in its store, in a form that may be compared bytewise.
pub(crate) fn record_key(entry_id: &EntryId) -> &[u8] {
    &entry_id.as_bytes()[4..]
}

fn set_entry_id(
    store: &dyn MessageStore,
    bag: &mut PropBag,
    tag: PropTag,
    object: &ObjectRef,
) -> Result<()> {
    bag.set(tag, store.entry_id(object)?.as_bytes());
    Ok(())
}

/// What a default store must be able to do.
pub(crate) const DEFAULT_STORE_NEEDS: i32 = STORE_MODIFY_OK | STORE_CREATE_OK | STORE_SUBMIT_OK;

fn support_mask(logon: &Logon) -> i32 {
    let capability = logon.info().capability;
    let mut mask = STORE_ENTRYID_UNIQUE
        | STORE_SEARCH_OK
        | STORE_ATTACH_OK
        | STORE_OLE_OK
        | STORE_MV_PROPS_OK
        | STORE_RTF_OK
        | STORE_HTML_OK
        | STORE_RESTRICTION_OK
        | STORE_SORT_OK;
    if capability.has(Capability::UNICODE) {
        mask |= STORE_UNICODE_OK;
    }
    if logon.can_write() {
        mask |= STORE_MODIFY_OK | STORE_CREATE_OK | STORE_SUBMIT_OK;
    }
    mask
}

/// The name of the provider in 16 bytes: constant, and different for each provider.
fn provider_uid(name: &str) -> [u8; 16] {
    let mut uid = [0; 16];
    uid.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
    uid
}

/// Fills in `PR_SUBJECT_PREFIX` and `PR_NORMALIZED_SUBJECT`.
pub(crate) fn split_subject(bag: &mut PropBag) {
    let Some(subject) = bag.text(tags::SUBJECT) else { return };
    let stored = bag.text(tags::SUBJECT_PREFIX);
    let prefix = match &stored {
        Some(prefix) if subject.starts_with(prefix.as_str()) => prefix.as_str(),
        _ => subject_prefix(&subject),
    };
    bag.set_default(tags::SUBJECT_PREFIX, prefix);
    bag.set_default(tags::NORMALIZED_SUBJECT, &subject[prefix.len()..]);
}

/// A subject as `PR_SUBJECT_PREFIX` and `PR_NORMALIZED_SUBJECT`: a prefix is up to three letters,
/// a colon and a space, such as `RE: `.
pub fn subject_parts(subject: &str) -> (&str, &str) {
    subject.split_at(subject_prefix(subject).len())
}

fn subject_prefix(subject: &str) -> &str {
    let Some(colon) = subject.find(": ") else { return "" };
    let letters = &subject[..colon];
    let count = letters.chars().count();
    if (1..=3).contains(&count) && letters.chars().all(char::is_alphabetic) {
        &subject[..colon + 2]
    } else {
        ""
    }
}

/// Whether a property says which object it is, in which store, and how it was opened.
pub(crate) fn is_identity(tag: PropTag) -> bool {
    const IDENTITY: [PropTag; 11] = [
        tags::ENTRYID,
        tags::PARENT_ENTRYID,
        tags::RECORD_KEY,
        tags::INSTANCE_KEY,
        tags::STORE_ENTRYID,
        tags::STORE_RECORD_KEY,
        tags::OBJECT_TYPE,
        tags::ACCESS,
        tags::ACCESS_LEVEL,
        tags::MAPPING_SIGNATURE,
        tags::STORE_SUPPORT_MASK,
    ];
    IDENTITY.iter().any(|other| other.id() == tag.id())
}

/// Whether the core works out a column of a contents or hierarchy table, so that a store need not
/// keep it, and cannot answer a query for it.
pub fn is_computed_column(tag: PropTag) -> bool {
    const COLUMNS: [PropTag; 5] = [
        tags::HASATTACH,
        tags::NORMALIZED_SUBJECT,
        tags::SUBJECT_PREFIX,
        tags::DEPTH,
        tags::FOLDER_TYPE,
    ];
    is_identity(tag) || COLUMNS.iter().any(|other| other.id() == tag.id())
}

/// Whether every message may have a property, even if its row has not: it is worked out, or has a
/// default.
pub(crate) fn is_of_every_message(tag: PropTag) -> bool {
    is_identity(tag) || DEFAULTS.iter().any(|other| other.id() == tag.id())
}

/// What [`message_defaults`] fills in, besides `PR_OBJECT_TYPE`.
pub(crate) const DEFAULTS: [PropTag; 5] = [
    tags::HASATTACH,
    tags::NORMALIZED_SUBJECT,
    tags::SUBJECT_PREFIX,
    tags::MESSAGE_CLASS,
    tags::MESSAGE_FLAGS,
];

/// Why a property may not be set by clients, if it may not.
pub(crate) fn refuses(object_type: i32, tag: PropTag) -> Option<ErrorCode> {
    let own: &[PropTag] = match object_type {
        MAPI_STORE => &[tags::MDB_PROVIDER],
        MAPI_FOLDER => &[
            tags::CONTENT_COUNT,
            tags::CONTENT_UNREAD,
            tags::ASSOC_CONTENT_COUNT,
            tags::SUBFOLDERS,
            tags::FOLDER_TYPE,
            tags::CONTAINER_CONTENTS,
            tags::CONTAINER_HIERARCHY,
            tags::FOLDER_ASSOCIATED_CONTENTS,
        ],
        MAPI_MESSAGE => &[
            tags::DISPLAY_TO,
            tags::DISPLAY_CC,
            tags::DISPLAY_BCC,
            tags::MESSAGE_SIZE,
            tags::HASATTACH,
            tags::MESSAGE_RECIPIENTS,
            tags::MESSAGE_ATTACHMENTS,
        ],
        _ => &[tags::ATTACH_NUM, tags::ATTACH_SIZE],
    };
    let same = |other: &PropTag| other.id() == tag.id();
    let computed = is_identity(tag) || own.iter().any(same);
    computed.then_some(ErrorCode::COMPUTED)
}

/// Sets the value of a computed property in a bag, unless it is the same already.
pub(crate) fn put(bag: &mut PropBag, tag: PropTag, value: Option<Value>) {
    match value {
        Some(value) => bag.set(tag, value),
        None => drop(bag.remove(tag.id())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_split() {
        for (subject, prefix, rest) in [
            ("RE: lunch", "RE: ", "lunch"),
            ("lunch", "", "lunch"),
            ("Notes: lunch", "", "Notes: lunch"),
            ("A1: lunch", "", "A1: lunch"),
            ("Odp: obiad", "Odp: ", "obiad"),
            (": x", "", ": x"),
            ("", "", ""),
        ] {
            let mut bag = PropBag::new();
            bag.set(tags::SUBJECT, subject);
            split_subject(&mut bag);
            assert_eq!(bag.text(tags::SUBJECT_PREFIX).unwrap(), prefix, "{subject}");
            assert_eq!(bag.text(tags::NORMALIZED_SUBJECT).unwrap(), rest, "{subject}");
        }
    }
}
