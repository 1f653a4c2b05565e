//! Going through a store by its tables, as a client does.

use std::collections::HashSet;
use std::io::Read;
use std::ops::ControlFlow;

use mapix_core::prop::{PropTag, PropType, Value};
use mapix_core::store::{InventoryItem, MessageRef, MessageStore, ObjectRef, Row, RowSource};
use mapix_core::{Context, ErrorCode, Result};

/// The folders and messages that the tables of a store show. Folders that cannot be opened are
/// in it, but nothing below them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tree {
    /// Folders, the root first.
    pub folders: Vec<u64>,
    /// Normal messages; those that search folders show, only once.
    pub messages: Vec<u64>,
    /// Associated messages.
    pub associated: Vec<u64>,
}

/// All rows of a table, broken ones as errors.
pub fn rows(
    store: &dyn MessageStore,
    source: &RowSource,
    columns: Option<&[PropTag]>,
) -> Result<Vec<Result<Row>>> {
    let mut all = Vec::new();
    store.rows(source, columns, &mut |row| {
        all.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// The numbers of the rows that are not broken.
pub fn row_ids(store: &dyn MessageStore, source: &RowSource) -> Result<Vec<u64>> {
    Ok(rows(store, source, Some(&[]))?.into_iter().flatten().map(|row| row.id).collect())
}

/// All folders and messages that the tables show.
pub fn tree(store: &dyn MessageStore) -> Result<Tree> {
    let mut tree = Tree { folders: vec![store.info().root], ..Tree::default() };
    let mut seen: HashSet<u64> = tree.folders.iter().copied().collect();
    let mut at = 0;
    while let Some(folder) = tree.folders.get(at).copied() {
        at += 1;
        let found = [
            (RowSource::Hierarchy(folder), &mut tree.folders),
            (RowSource::Contents(folder), &mut tree.messages),
            (RowSource::Associated(folder), &mut tree.associated),
        ];
        for (source, list) in found {
            // A folder that is damaged costs only itself.
            for id in readable(row_ids(store, &source))?.unwrap_or_default() {
                if seen.insert(id) {
                    list.push(id);
                }
            }
        }
    }
    Ok(tree)
}

/// Everything that the store's own index has.
pub fn inventory(store: &dyn MessageStore) -> Result<Vec<InventoryItem>> {
    let mut all = Vec::new();
    store.inventory(&mut |item| {
        all.push(item);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// Objects of all kinds, at most about `limit`: the store, its folders, its messages with what
/// is in them. From a large store, messages are taken at even distances.
pub fn objects(store: &dyn MessageStore, limit: usize) -> Result<Vec<ObjectRef>> {
    let tree = tree(store)?;
    let mut all = vec![ObjectRef::Store];
    all.extend(thin(&tree.folders, limit / 4).map(ObjectRef::Folder));
    for id in thin(&tree.messages, limit / 2).chain(thin(&tree.associated, limit / 4)) {
        if all.len() < limit {
            inside(store, &MessageRef::new(id), limit, &mut all)?;
        }
    }
    Ok(all)
}

/// Tables of all kinds, at most about `limit`.
pub fn sources(store: &dyn MessageStore, limit: usize) -> Result<Vec<RowSource>> {
    let mut all = vec![RowSource::ReceiveFolders];
    for object in objects(store, limit / 3)? {
        match object {
            ObjectRef::Folder(id) => all.extend([
                RowSource::Hierarchy(id),
                RowSource::Contents(id),
                RowSource::Associated(id),
                RowSource::Deleted(id),
            ]),
            ObjectRef::Message(message) => all
                .extend([RowSource::Recipients(message.clone()), RowSource::Attachments(message)]),
            ObjectRef::Store | ObjectRef::Attachment(..) => {}
        }
    }
    Ok(all)
}

/// The bytes of a property, read as a stream.
pub fn stream(store: &dyn MessageStore, object: &ObjectRef, tag: PropTag) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    store.open_stream(object, tag)?.read_to_end(&mut bytes).context(|| tag)?;
    Ok(bytes)
}

/// The bytes that a stream of a string or a binary gives; `None` for other values.
pub fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Unicode(text) => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Value::String8(text) => Some(text.bytes.to_vec()),
        Value::Binary(bytes) | Value::Raw(PropType::UNICODE | PropType::BINARY, bytes) => {
            Some(bytes.to_vec())
        }
        _ => None,
    }
}

/// Takes an error that damaged bytes explain for "nothing there".
pub fn readable<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == ErrorCode::CORRUPT_DATA => Ok(None),
        Err(error) => Err(error),
    }
}

/// Adds a message, its attachments, and what is embedded in them.
fn inside(
    store: &dyn MessageStore,
    message: &MessageRef,
    limit: usize,
    all: &mut Vec<ObjectRef>,
) -> Result<()> {
    all.push(ObjectRef::Message(message.clone()));
    let attachments = readable(row_ids(store, &RowSource::Attachments(message.clone())))?;
    for number in attachments.into_iter().flatten().map(|number| number as u32) {
        if all.len() >= limit {
            break;
        }
        all.push(ObjectRef::Attachment(message.clone(), number));
        let embedded = message.inside(number);
        let there = store.properties(&ObjectRef::Message(embedded.clone()), 0).is_ok();
        if there && embedded.embedded.len() <= MessageRef::MAX_DEPTH {
            inside(store, &embedded, limit, all)?;
        }
    }
    Ok(())
}

/// At most about `limit` of the numbers, at even distances.
fn thin(ids: &[u64], limit: usize) -> impl Iterator<Item = u64> {
    ids.iter().copied().step_by(ids.len().div_ceil(limit.max(1)).max(1))
}
