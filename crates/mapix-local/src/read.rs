//! Reading objects: by number, as bags of properties.

use std::io::Cursor;

use mapix_core::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value, tags, value_bytes};
use mapix_core::store::{ItemKind, MessageRef, ObjectRef, ValueStream};
use mapix_core::{Error, Result};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::codec::{self, Entry, Place};
use crate::error::Sql;
use crate::lob;

/// The number of the root folder.
pub(crate) const ROOT: u64 = 1;
/// The object of the store itself in the table `obj`.
pub(crate) const STORE: i64 = 0;

/// What the table `item` says of a folder or a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Item {
    /// What it is.
    pub(crate) kind: ItemKind,
    /// Whether it is softly deleted.
    pub(crate) deleted: bool,
    /// The folder that holds it.
    pub(crate) parent: Option<u64>,
    /// Its stamp.
    pub(crate) stamp: u64,
    /// Its `PR_MSG_STATUS`, if it was ever set.
    pub(crate) status: Option<i32>,
}

impl Item {
    /// Whether it is a folder of any kind.
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.kind, ItemKind::Folder | ItemKind::SearchFolder)
    }

    /// The shelf of a message in the table `msg`.
    pub(crate) fn shelf(&self) -> i64 {
        kind_number(self.kind, self.deleted) - 2
    }
}

/// The number of a kind in the table `item`.
pub(crate) fn kind_number(kind: ItemKind, deleted: bool) -> i64 {
    match (kind, deleted) {
        (ItemKind::Folder, _) => 0,
        (ItemKind::SearchFolder, _) => 1,
        (ItemKind::Message, false) => 2,
        (ItemKind::Associated, false) => 3,
        (ItemKind::Message, true) => 4,
        (ItemKind::Associated, true) => 5,
    }
}

/// The kind behind a number, and whether it is softly deleted.
pub(crate) fn kind_of(number: i64) -> Option<(ItemKind, bool)> {
    Some(match number {
        0 => (ItemKind::Folder, false),
        1 => (ItemKind::SearchFolder, false),
        2 => (ItemKind::Message, false),
        3 => (ItemKind::Associated, false),
        4 => (ItemKind::Message, true),
        5 => (ItemKind::Associated, true),
        _ => return None,
    })
}

/// What is behind a number; `None` if nothing is.
pub(crate) fn item(connection: &Connection, id: u64) -> Result<Option<Item>> {
    let mut select = connection
        .prepare_cached("SELECT kind, parent, stamp, status FROM item WHERE id = ?")
        .sql()?;
    let found = select.query_row([id as i64], |row| {
        let parent: Option<i64> = row.get(1)?;
        Ok((row.get::<_, i64>(0)?, parent, row.get::<_, i64>(2)?, row.get(3)?))
    });
    let Some((kind, parent, stamp, status)) = found.optional().sql()? else { return Ok(None) };
    let (kind, deleted) =
        kind_of(kind).ok_or_else(|| Error::corrupt(format!("object {id} is of no known kind")))?;
    let parent = parent.map(|id| id as u64);
    Ok(Some(Item { kind, deleted, parent, stamp: stamp as u64, status }))
}

/// What is behind a number.
///
/// # Errors
/// `MAPI_E_NOT_FOUND`.
pub(crate) fn known(connection: &Connection, id: u64) -> Result<Item> {
    item(connection, id)?.ok_or_else(|| Error::not_found(format!("there is no object {id}")))
}

/// A folder.
///
/// # Errors
/// `MAPI_E_NOT_FOUND`.
pub(crate) fn folder(connection: &Connection, id: u64) -> Result<Item> {
    let found = item(connection, id)?.filter(Item::is_folder);
    found.ok_or_else(|| Error::not_found(format!("there is no folder {id}")))
}

/// Where a message is in the table `obj`, and its row in `item` if it stands in a folder.
///
/// # Errors
/// `MAPI_E_NOT_FOUND`.
pub(crate) fn message(connection: &Connection, at: &MessageRef) -> Result<(i64, Option<Item>)> {
    let missing = || Error::not_found(format!("there is no message {at:?}"));
    let item = item(connection, at.id)?.filter(|item| !item.is_folder()).ok_or_else(missing)?;
    if at.embedded.is_empty() {
        return Ok((at.id as i64, Some(item)));
    }
    let mut here = at.id as i64;
    for number in &at.embedded {
        let mut select = connection
            .prepare_cached("SELECT embedded FROM att WHERE owner = ? AND num = ?")
            .sql()?;
        let found = select.query_row(params![here, number], |row| row.get::<_, Option<i64>>(0));
        here = found.optional().sql()?.flatten().ok_or_else(missing)?;
    }
    Ok((here, None))
}

/// The stored bytes of an object's properties.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The bag.
    pub(crate) props: Vec<u8>,
    /// Its second part.
    pub(crate) big: Vec<u8>,
    /// What belongs to the object, but stands elsewhere.
    pub(crate) extra: Vec<Prop>,
}

/// The stored properties of an object.
///
/// # Errors
/// `MAPI_E_NOT_FOUND` if there is no such object.
pub(crate) fn stored(connection: &Connection, object: &ObjectRef) -> Result<Stored> {
    match object {
        ObjectRef::Store => obj(connection, STORE),
        ObjectRef::Folder(id) => {
            let item = folder(connection, *id)?;
            let mut stored = obj(connection, *id as i64)?;
            stored.extra = counts(connection, *id, item.kind)?;
            Ok(stored)
        }
        ObjectRef::Message(at) => {
            let (id, item) = message(connection, at)?;
            let mut stored = obj(connection, id)?;
            let status = item.and_then(|item| item.status);
            stored.extra.extend(status.map(|status| Prop::new(tags::MSG_STATUS, status)));
            Ok(stored)
        }
        ObjectRef::Attachment(at, number) => {
            let (owner, _) = message(connection, at)?;
            let mut select = connection
                .prepare_cached("SELECT props FROM att WHERE owner = ? AND num = ?")
                .sql()?;
            let props = select.query_row(params![owner, number], |row| row.get(0)).optional();
            let props = props.sql()?.ok_or_else(|| {
                Error::not_found(format!("there is no attachment {number} of message {at:?}"))
            })?;
            Ok(Stored { props, big: Vec::new(), extra: Vec::new() })
        }
    }
}

/// The properties of an object by its number in the table `obj`.
pub(crate) fn obj(connection: &Connection, id: i64) -> Result<Stored> {
    let mut select = connection.prepare_cached("SELECT props, big FROM obj WHERE id = ?").sql()?;
    let found = select.query_row([id], |row| {
        let big: Option<Vec<u8>> = row.get(1)?;
        Ok(Stored { props: row.get(0)?, big: big.unwrap_or_default(), extra: Vec::new() })
    });
    let missing = || Error::corrupt(format!("the properties of object {id} are missing"));
    found.optional().sql()?.ok_or_else(missing)
}

/// The properties of a folder that are counted.
pub(crate) const COUNTED: [PropTag; 5] = [
    tags::CONTENT_COUNT,
    tags::CONTENT_UNREAD,
    tags::ASSOC_CONTENT_COUNT,
    tags::SUBFOLDERS,
    tags::MESSAGE_SIZE_EXTENDED,
];

/// The counts of a folder as properties.
pub(crate) fn counts(connection: &Connection, id: u64, kind: ItemKind) -> Result<Vec<Prop>> {
    let mut select = connection
        .prepare_cached("SELECT content, unread, assoc, folders, size FROM folder WHERE id = ?")
        .sql()?;
    let read = |row: &Row<'_>| -> rusqlite::Result<[i64; 5]> {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
    };
    let mut counts = select.query_row([id as i64], read).optional().sql()?.unwrap_or_default();
    if kind == ItemKind::SearchFolder {
        let mut select = connection
            .prepare_cached(
                "SELECT count(*), total(coalesce(m.flags, 0) & 1 = 0), total(m.size)
                 FROM link l CROSS JOIN item i ON i.id = l.message
                 CROSS JOIN msg m ON m.folder = i.parent AND m.shelf = 0 AND m.id = i.id
                 WHERE l.folder = ?",
            )
            .sql()?;
        let shown = select.query_row([id as i64], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?, row.get::<_, f64>(2)?))
        });
        let shown = shown.sql()?;
        (counts[0], counts[1], counts[4]) = (shown.0, shown.1 as i64, shown.2 as i64);
    }
    Ok(count_props(counts))
}

fn count_props([content, unread, assoc, folders, size]: [i64; 5]) -> Vec<Prop> {
    let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    vec![
        Prop::new(tags::CONTENT_COUNT, count(content)),
        Prop::new(tags::CONTENT_UNREAD, count(unread)),
        Prop::new(tags::ASSOC_CONTENT_COUNT, count(assoc)),
        Prop::new(tags::SUBFOLDERS, folders > 0),
        Prop::new(tags::MESSAGE_SIZE_EXTENDED, size),
    ]
}

/// What of a bag is wanted, and how large values may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The IDs, in ascending order; `None` for all.
    pub(crate) ids: Option<&'a [u16]>,
    /// Larger values are marked.
    pub(crate) inline: u64,
}

impl Wanted<'_> {
    /// All properties.
    pub(crate) fn all(inline: u64) -> Self {
        Self { ids: None, inline }
    }

    /// Whether a property is wanted.
    pub(crate) fn has(&self, id: u16) -> bool {
        self.ids.is_none_or(|ids| ids.binary_search(&id).is_ok())
    }
}

/// Makes the bag of an object from its stored bytes. `big` gives its second part; it is asked only
/// if it is needed. A value that cannot be read is an error value, and `broken` is told.
pub(crate) fn bag<'a>(
    connection: &Connection,
    props: &[u8],
    big: &mut dyn FnMut() -> Result<&'a [u8]>,
    wanted: Wanted<'_>,
    broken: &mut dyn FnMut(PropTag, &Error),
) -> Result<PropBag> {
    let mut found = Vec::new();
    for entry in codec::entries(props) {
        let entry = entry?;
        if wanted.ids.is_some_and(|ids| ids.last().is_none_or(|last| *last < entry.tag.id())) {
            break;
        }
        if !wanted.has(entry.tag.id()) {
            continue;
        }
        let value = value(connection, &entry, big, wanted.inline).unwrap_or_else(|error| {
            broken(entry.tag, &error);
            Value::Error(error.code())
        });
        found.push(Prop { tag: entry.tag, value });
    }
    Ok(found.into_iter().collect())
}

fn value<'a>(
    connection: &Connection,
    entry: &Entry<'_>,
    big: &mut dyn FnMut() -> Result<&'a [u8]>,
    inline: u64,
) -> Result<Value> {
    let prop_type = entry.tag.prop_type();
    match entry.place {
        Place::Here(bytes) => entry.value(bytes),
        Place::Big { size, .. } if size > inline && is_bytes(entry) => {
            Ok(Value::Large(prop_type, size))
        }
        Place::Big { offset, len, .. } => {
            let bytes = big()?.get(offset..).and_then(|rest| rest.get(..len));
            entry.value(bytes.ok_or_else(|| Error::corrupt("the value is cut off"))?)
        }
        Place::Lob(lob) if lob.size > inline && is_bytes(entry) => {
            Ok(Value::Large(prop_type, lob.size))
        }
        Place::Lob(lob) => lob_value(entry, &lob, &lob::whole(connection, lob.id, lob.size)?),
    }
}

/// Whether the value of a property is a run of bytes that can be a stream.
fn is_bytes(entry: &Entry<'_>) -> bool {
    entry.raw || is_bytes_type(entry.tag.prop_type())
}

/// Whether values of a type are runs of bytes: what may be marked as large.
pub(crate) fn is_bytes_type(prop_type: PropType) -> bool {
    let bytes = matches!(prop_type, PropType::UNICODE | PropType::STRING8 | PropType::BINARY);
    bytes || matches!(prop_type, PropType::OBJECT | PropType::SVREID | PropType::ACTIONS)
}

fn lob_value(entry: &Entry<'_>, lob: &codec::Lob, bytes: &[u8]) -> Result<Value> {
    let prop_type = entry.tag.prop_type();
    if entry.raw || !is_bytes_type(prop_type) && !is_unknown(prop_type) {
        return entry.value(bytes);
    }
    Ok(Value::from_bytes(prop_type, bytes, lob.code_page))
}

/// Whether MAPI does not define a type.
fn is_unknown(prop_type: PropType) -> bool {
    prop_type.name().is_none()
}

/// Opens the bytes of one property of an object; a large one gives its lob.
///
/// # Errors
/// `MAPI_E_NOT_FOUND` if the object does not have it; `MAPI_E_NO_SUPPORT` for multivalues.
pub(crate) fn open(stored: &Stored, tag: PropTag) -> Result<Opened> {
    let no_bytes = || Error::no_support("the property cannot be opened as bytes").context(tag);
    let bytes = |value: &Value| value_bytes(value).map(Opened::Bytes).ok_or_else(no_bytes);
    if let Some(prop) = stored.extra.iter().find(|prop| prop.tag.id() == tag.id()) {
        return bytes(&prop.value);
    }
    for entry in codec::entries(&stored.props) {
        let entry = entry?;
        if entry.tag.id() != tag.id() {
            continue;
        }
        return match entry.place {
            Place::Here(encoded) => bytes(&entry.value(encoded)?),
            Place::Big { offset, len, .. } => {
                let encoded = stored.big.get(offset..).and_then(|rest| rest.get(..len));
                let encoded = encoded.ok_or_else(|| Error::corrupt("the value is cut off"))?;
                bytes(&entry.value(encoded)?)
            }
            Place::Lob(lob) if is_bytes(&entry) || is_unknown(entry.tag.prop_type()) => {
                Ok(Opened::Lob(lob))
            }
            Place::Lob(_) => Err(no_bytes()),
        };
    }
    Err(Error::not_found("the object does not have the property").context(tag))
}

/// The bytes of a property.
#[derive(Debug)]
pub(crate) enum Opened {
    /// Held in memory.
    Bytes(Vec<u8>),
    /// Stored apart.
    Lob(codec::Lob),
}

/// Opens a property in the midst of a commit, whole in memory.
///
/// # Errors
/// Those of [`open`]; `MAPI_E_NOT_ENOUGH_MEMORY` above [`MOST_IN_MEMORY`].
pub(crate) fn open_whole(
    connection: &Connection,
    object: &ObjectRef,
    tag: PropTag,
) -> Result<Box<dyn ValueStream>> {
    match open(&stored(connection, object)?, tag)? {
        Opened::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes))),
        Opened::Lob(lob) => {
            if lob.size > MOST_IN_MEMORY {
                let code = mapix_core::ErrorCode::NOT_ENOUGH_MEMORY;
                return Err(Error::new(code, "the value is too large to be searched").context(tag));
            }
            Ok(Box::new(Cursor::new(lob::whole(connection, lob.id, lob.size)?)))
        }
    }
}

/// What search folders look through of one value, in bytes.
pub(crate) const MOST_IN_MEMORY: u64 = 64 << 20;

/// All properties of an object, those that are larger than `inline` marked. Nobody is told of what
/// is broken.
pub(crate) fn properties(
    connection: &Connection,
    object: &ObjectRef,
    wanted: Wanted<'_>,
    broken: &mut dyn FnMut(PropTag, &Error),
) -> Result<PropBag> {
    let stored = stored(connection, object)?;
    let mut found = bag(connection, &stored.props, &mut || Ok(&stored.big[..]), wanted, broken)?;
    for prop in stored.extra.into_iter().filter(|prop| wanted.has(prop.tag.id())) {
        found.insert(prop);
    }
    Ok(found)
}

/// The recipients of a message by its number in the table `obj`.
pub(crate) fn recipients(connection: &Connection, id: i64) -> Result<Vec<PropBag>> {
    let mut select = connection.prepare_cached("SELECT recipients FROM obj WHERE id = ?").sql()?;
    let bytes = select.query_row([id], |row| row.get::<_, Option<Vec<u8>>>(0)).optional().sql()?;
    codec::decode_list(&bytes.flatten().unwrap_or_default())
}

/// The code page of a message's narrow strings, if it says.
pub(crate) fn code_page(bag: &PropBag) -> Option<CodePage> {
    bag.i32(tags::MESSAGE_CODEPAGE).and_then(CodePage::from_property)
}
