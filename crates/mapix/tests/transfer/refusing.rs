//! A store that refuses some messages.

use std::ops::ControlFlow;

use mapix::prop::{PropBag, PropName, PropTag, tags};
use mapix::store::{
    Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MemoryStore, MessageStore,
    ObjectRef, Parts, Row, RowSource, StoreInfo, ValueStream,
};
use mapix::{EntryId, Error, Result};

/// Refuses commits with a message whose subject is `broken`.
pub(crate) struct Refusing(pub(crate) MemoryStore);

impl MessageStore for Refusing {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        self.0.properties(object, inline)
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.0.open_stream(object, tag)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.0.rows(source, columns, each)
    }

    fn stamp(&self, id: u64) -> Result<u64> {
        self.0.stamp(id)
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        self.0.kind(id)
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        self.0.parent(id)
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        self.0.inventory(each)
    }

    fn parts(&self, message: u64) -> Result<Parts> {
        self.0.parts(message)
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        self.0.entry_id(object)
    }

    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.0.resolve(entry_id)
    }

    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        self.0.names(ids)
    }

    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
        self.0.name_ids(names, create)
    }

    fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        self.0.all_names()
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Commit> {
        let is_broken = |change: &Change| match change {
            Change::CreateMessage { content, .. } => {
                content.set.text(tags::SUBJECT).as_deref() == Some("broken")
            }
            _ => false,
        };
        if changes.iter().any(is_broken) {
            return Err(Error::invalid_parameter("refused on demand"));
        }
        self.0.commit(changes)
    }

    fn changes_since(&self, cursor: u64) -> Result<Changes> {
        self.0.changes_since(cursor)
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.0.diagnostics()
    }
}
