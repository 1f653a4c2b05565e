//! The reference store: everything in memory.

mod commit;
mod edit;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::SystemTime;

use state::{Message, Shelf, State};

use super::{
    Capability, Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MessageRef,
    MessageStore, ObjectRef, Parts, Row, RowSource, StoreInfo, ValueStream,
};
use crate::prop::{Guid, Prop, PropBag, PropName, PropTag, Value, tags, value_bytes};
use crate::{EntryId, Error, ErrorCode, Result};

/// A message store that lives in memory: the reference implementation of the contract, for
/// tests and for mailboxes that need not last.
///
/// What was read stays as it was: contents are shared, and copied when they change.
pub struct MemoryStore {
    info: StoreInfo,
    state: RwLock<State>,
}

/// The largest value that rows hold.
const ROW_INLINE: u64 = 4096;
const ROOT: u64 = 1;

/// The first byte of the private part of an entry ID; the number of the object follows.
const KIND_STORE: u8 = 0;
const KIND_FOLDER: u8 = 1;
const KIND_MESSAGE: u8 = 2;

impl MemoryStore {
    /// An empty store with a UID of its own.
    pub fn new(display_name: impl Into<String>) -> Self {
        Self::with_uid(display_name, fresh_uid())
    }

    /// An empty store with a given UID, so that its entry IDs are the same in every run.
    pub fn with_uid(display_name: impl Into<String>, uid: Guid) -> Self {
        let display_name = display_name.into();
        let mut props = PropBag::new();
        props.set(tags::DISPLAY_NAME, display_name.as_str());
        let info = StoreInfo {
            uid,
            provider: "MAPIX_MEMORY",
            display_name,
            format: "memory".to_owned(),
            root: ROOT,
            capability: Capability::WRITE
                | Capability::CREATE_NAMES
                | Capability::FULL_ROWS
                | Capability::UNICODE,
            details: Vec::new(),
        };
        Self { info, state: RwLock::new(State::new(props)) }
    }

    /// The same store, in which nothing can be changed any more.
    pub fn into_read_only(mut self) -> Self {
        self.info.capability = Capability::FULL_ROWS | Capability::UNICODE;
        self
    }

    // A panic cannot leave the state half changed: nothing foreign runs under the lock.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn bag(&self, object: &ObjectRef) -> Result<PropBag> {
        let state = self.read();
        Ok(match object {
            ObjectRef::Store => state.store.clone(),
            ObjectRef::Folder(id) => state.folder(*id)?.content.props.clone(),
            ObjectRef::Message(message) => state.message(message)?.props.clone(),
            ObjectRef::Attachment(message, number) => {
                state.attachment(message, *number)?.props.clone()
            }
        })
    }

    /// The rows of a table as they are now, and whether their values may be marked as large.
    fn snapshot(&self, source: &RowSource) -> Result<(Vec<(u64, PropBag)>, bool)> {
        let state = self.read();
        let shelf = |folder: u64, shelf: Shelf| {
            state.folder(folder)?;
            let nodes = state.shelf(folder, shelf).filter_map(|id| Some((id, state.get(id)?)));
            Ok((nodes.map(|(id, node)| (id, node.content.props.clone())).collect(), true))
        };
        match source {
            RowSource::Hierarchy(folder) => shelf(*folder, Shelf::Folders),
            RowSource::Contents(folder) => shelf(*folder, Shelf::Messages),
            RowSource::Associated(folder) => shelf(*folder, Shelf::Associated),
            RowSource::Deleted(folder) => state.folder(*folder).map(|_| (Vec::new(), true)),
            RowSource::Recipients(message) => {
                Ok((state.message(message)?.recipients.to_vec(), false))
            }
            RowSource::Attachments(message) => {
                let attachments = &state.message(message)?.attachments;
                let rows = attachments.iter().map(|(n, a)| (u64::from(*n), a.props.clone()));
                Ok((rows.collect(), true))
            }
            RowSource::ReceiveFolders => {
                let rows = state.receive.iter().map(|(class, folder)| {
                    let mut row = PropBag::new();
                    row.set(tags::MESSAGE_CLASS, class.as_str());
                    row.set(tags::ENTRYID, folder.as_bytes());
                    row
                });
                Ok(((1..).zip(rows).collect(), false))
            }
        }
    }

    fn writable(&self) -> bool {
        self.info.capability.has(Capability::WRITE)
    }

    fn resolve_in(&self, state: &State, entry_id: &EntryId) -> Result<ObjectRef> {
        if entry_id.provider() != self.info.uid {
            return Err(Error::new(ErrorCode::UNKNOWN_ENTRYID, "it belongs to another store"));
        }
        let parts = entry_id.private().split_first();
        let parts = parts.and_then(|(kind, rest)| Some((*kind, <[u8; 8]>::try_from(rest).ok()?)));
        let missing = || Error::not_found("the object does not exist");
        match parts.map(|(kind, number)| (kind, u64::from_le_bytes(number))) {
            Some((KIND_STORE, 0)) => Ok(ObjectRef::Store),
            Some((kind @ (KIND_FOLDER | KIND_MESSAGE), id)) if id != 0 => {
                let node = state.get(id).ok_or_else(missing)?;
                match (kind, node.is_folder()) {
                    (KIND_FOLDER, true) => Ok(ObjectRef::Folder(id)),
                    (KIND_MESSAGE, false) => Ok(ObjectRef::message(id)),
                    _ => Err(missing()),
                }
            }
            _ => Err(Error::new(ErrorCode::INVALID_ENTRYID, "the private part is malformed")),
        }
    }
}

impl MessageStore for MemoryStore {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        Ok(view(self.bag(object)?, None, inline))
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        let bag = self.bag(object)?;
        let Some(prop) = bag.find(tag.id()) else {
            return Err(Error::not_found("the object does not have the property").context(tag));
        };
        if prop.value.as_bytes().is_some() || matches!(prop.value, Value::String8(_)) {
            return Ok(Box::new(Cursor::new(Bytes(bag, tag.id()))));
        }
        match value_bytes(&prop.value) {
            Some(bytes) => Ok(Box::new(Cursor::new(bytes))),
            None => Err(Error::no_support("the property cannot be opened as bytes").context(tag)),
        }
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (rows, mark) = self.snapshot(source)?;
        let wanted: Option<HashSet<u16>> = columns.map(|c| c.iter().map(|t| t.id()).collect());
        let inline = if mark { ROW_INLINE } else { u64::MAX };
        for (id, bag) in rows {
            let props = view(bag, wanted.as_ref(), inline);
            if each(Ok(Row { id, props })).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn stamp(&self, id: u64) -> Result<u64> {
        let stamp = self.read().node(id)?.stamp;
        Ok(if self.writable() { stamp } else { 0 })
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        self.read().node(id).map(|node| node.kind)
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        self.read().node(id).map(|node| node.parent)
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        let nodes: Vec<_> = self.read().nodes().map(|(id, node)| (id, node.clone())).collect();
        for (id, node) in nodes {
            if each(InventoryItem { id, kind: node.kind, parent: node.parent }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn parts(&self, message: u64) -> Result<Parts> {
        let mut parts = Parts::default();
        count(self.read().message(&MessageRef::new(message))?, &mut parts);
        Ok(parts)
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        let (kind, id) = match object {
            ObjectRef::Store => (KIND_STORE, 0),
            ObjectRef::Folder(id) => (KIND_FOLDER, *id),
            ObjectRef::Message(message) if message.embedded.is_empty() => {
                (KIND_MESSAGE, message.id)
            }
            ObjectRef::Message(_) | ObjectRef::Attachment(..) => {
                return Err(Error::no_support("what is in a message has no entry ID"));
            }
        };
        self.bag(object)?;
        let mut private = vec![kind];
        private.extend_from_slice(&id.to_le_bytes());
        Ok(EntryId::new(self.info.uid, &private))
    }

    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.resolve_in(&self.read(), entry_id)
    }

    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        let state = self.read();
        Ok(ids.iter().map(|id| state.names.name(*id).cloned()).collect())
    }

    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
        let ids = |state: &State| names.iter().map(|name| state.names.id(name)).collect::<Vec<_>>();
        let found = ids(&self.read());
        if !create || found.iter().all(Option::is_some) {
            return Ok(found);
        }
        if !self.info.capability.has(Capability::CREATE_NAMES) {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the store takes no new names"));
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let new: HashSet<_> = names.iter().filter(|name| state.names.id(name).is_none()).collect();
        if new.len() > state.names.room() {
            return Err(Error::new(ErrorCode::TOO_BIG, "the property IDs for names are used up"));
        }
        for name in names {
            if state.names.id(name).is_none() {
                state.names.add(name);
            }
        }
        Ok(ids(&state))
    }

    fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        Ok(self.read().names.all())
    }

    fn commit(&self, mut changes: Vec<Change>) -> Result<Commit> {
        if !self.writable() {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the store is open for reading only"));
        }
        // Streams are read outside the lock: they may be streams of this very store.
        let existing = |id| self.read().message(&MessageRef::new(id)).ok().cloned();
        changes.iter_mut().try_for_each(|change| edit::prepare(change, existing))?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        commit::commit(&mut state, changes, |state, entry_id| {
            match self.resolve_in(state, entry_id)? {
                ObjectRef::Folder(_) => Ok(()),
                _ => Err(Error::not_found("it is not the entry ID of a folder")),
            }
        })
    }

    fn changes_since(&self, cursor: u64) -> Result<Changes> {
        if !self.writable() {
            return Ok(Changes::default());
        }
        Ok(self.read().changes_after(cursor))
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("info", &self.info).finish_non_exhaustive()
    }
}

/// The bytes of one property, shared with the store.
struct Bytes(PropBag, u16);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self.0.find(self.1).map(|prop| &prop.value) {
            Some(Value::String8(text)) => &text.bytes,
            Some(value) => value.as_bytes().unwrap_or_default(),
            None => &[],
        }
    }
}

/// The wanted properties, with those of more than `inline` bytes marked as large.
fn view(bag: PropBag, wanted: Option<&HashSet<u16>>, inline: u64) -> PropBag {
    let large = |value: &Value| {
        let bytes = matches!(value, Value::String8(_) | Value::Unicode(_) | Value::Binary(_))
            || matches!(value, Value::Object(_) | Value::Raw(..));
        bytes && !value.prop_type().is_multi() && value.size() > inline
    };
    if wanted.is_none() && !bag.iter().any(|prop| large(&prop.value)) {
        return bag;
    }
    let shown = bag.iter().filter(|prop| wanted.is_none_or(|ids| ids.contains(&prop.tag.id())));
    shown
        .map(|prop| {
            let value = &prop.value;
            if large(value) {
                Prop::new(prop.tag, Value::Large(value.prop_type(), value.size()))
            } else {
                prop.clone()
            }
        })
        .collect()
}

fn count(message: &Message, parts: &mut Parts) {
    for attachment in message.attachments.values() {
        parts.attachments += 1;
        if let Some(embedded) = &attachment.embedded {
            parts.embedded += 1;
            count(embedded, parts);
        }
    }
}

/// A UID that no other store has: the hasher's keys are random, the rest makes sure.
fn fresh_uid() -> Guid {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now();
    let half = || {
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        RandomState::new().hash_one((now, count, std::process::id())).to_le_bytes()
    };
    let (low, high) = (half(), half());
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&low);
    bytes[8..].copy_from_slice(&high);
    Guid(bytes)
}
