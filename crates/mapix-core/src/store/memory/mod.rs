//! The reference store: everything in memory.

mod commit;
mod edit;
mod read;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use read::{KIND_FOLDER, KIND_MESSAGE, KIND_STORE};
use state::{Message, State};

use super::{
    Capability, Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MessageRef,
    MessageStore, ObjectRef, Parts, Row, RowSource, SearchCriteria, SearchReader, StoreInfo,
    ValueStream,
};
use crate::prop::{Guid, PropBag, PropName, PropTag, tags};
use crate::sync::{Condvar, Mutex, RwLock, RwLockReadGuard, lock, read, wait_while, write};
use crate::{EntryId, Error, ErrorCode, Result};

/// A message store that lives in memory: the reference implementation of the contract, for
/// tests and for mailboxes that need not last.
///
/// What was read stays as it was: contents are shared, and copied when they change.
pub struct MemoryStore {
    info: StoreInfo,
    state: RwLock<State>,
    /// What is waited for, and who waits.
    signal: Mutex<Signal>,
    waiting: Condvar,
}

#[derive(Default)]
struct Signal {
    /// The cursor after the last commit.
    cursor: u64,
    /// Nobody waits any more.
    ended: bool,
}

const ROOT: u64 = 1;

impl MemoryStore {
    /// An empty store with a UID of its own.
    pub fn new(display_name: impl Into<String>) -> Self {
        Self::with_uid(display_name, Guid::unique())
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
                | Capability::UNICODE
                | Capability::NOTIFY
                | Capability::SOFT_DELETE
                | Capability::SEARCH,
            details: Vec::new(),
        };
        let state = RwLock::new(State::new(uid, props));
        Self { info, state, signal: Mutex::default(), waiting: Condvar::new() }
    }

    /// The same store, in which nothing can be changed any more.
    pub fn into_read_only(mut self) -> Self {
        self.info.capability = Capability::FULL_ROWS | Capability::UNICODE;
        self
    }

    // A panic cannot leave the state half changed: nothing foreign runs under the lock.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        read(&self.state)
    }

    fn signal(&self, change: impl FnOnce(&mut Signal)) {
        change(&mut lock(&self.signal));
        self.waiting.notify_all();
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
        self.read().properties(object, inline)
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.read().open_stream(object, tag)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = self.read().snapshot(source, None, columns)?;
        rows.visit(each);
        Ok(())
    }

    fn rows_of(
        &self,
        source: &RowSource,
        ids: &[u64],
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = self.read().snapshot(source, Some(ids), columns)?;
        rows.visit(each);
        Ok(())
    }

    fn row_count(&self, source: &RowSource) -> Result<Option<u64>> {
        Ok(self.read().listed(source)?.map(|rows| rows.len() as u64))
    }

    fn search_criteria(&self, folder: u64) -> Result<Option<SearchCriteria>> {
        let state = self.read();
        state.folder(folder)?;
        Ok(state.searches.get(&folder).map(|search| search.live.criteria().clone()))
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
        self.read().entry_id(object)
    }

    fn former_entry_id(&self, object: &ObjectRef) -> Option<EntryId> {
        self.read().any_entry_id(object)
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
        let mut state = write(&self.state);
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
        let mut state = write(&self.state);
        let commit = commit::commit(&mut state, changes, |state, entry_id| {
            match self.resolve_in(state, entry_id)? {
                ObjectRef::Folder(_) => Ok(()),
                _ => Err(Error::not_found("it is not the entry ID of a folder")),
            }
        })?;
        // Still under the lock, so that cursors come in order.
        self.signal(|signal| signal.cursor = commit.cursor);
        Ok(commit)
    }

    fn changes_since(&self, cursor: u64) -> Result<Changes> {
        if !self.writable() {
            return Ok(Changes::default());
        }
        Ok(self.read().changes_after(cursor))
    }

    fn wait_for_changes(&self, cursor: u64, timeout: Duration) -> Result<bool> {
        if !self.writable() {
            return Ok(false);
        }
        let nothing = |signal: &mut Signal| !signal.ended && signal.cursor <= cursor;
        let (signal, _) = wait_while(&self.waiting, &self.signal, Some(timeout), nothing);
        Ok(signal.cursor > cursor)
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        Vec::new()
    }

    fn logoff(&self) -> Result<()> {
        self.signal(|signal| signal.ended = true);
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("info", &self.info).finish_non_exhaustive()
    }
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
