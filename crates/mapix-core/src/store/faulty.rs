//! A store that fails on demand.

use std::ops::ControlFlow;
use std::time::Duration;

use super::{
    Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MessageStore, ObjectRef, Parts,
    Row, RowQuery, RowSource, SearchCriteria, SearchHit, SearchPlan, SearchRequest, StoreInfo,
    ValueStream,
};
use crate::prop::{PropBag, PropName, PropTag};
use crate::sync::{Mutex, lock};
use crate::{EntryId, Error, ErrorCode, Result};

/// Wraps a store, counts its calls, and fails one of them: for tests of what happens when a
/// store fails.
///
/// Calls of all methods that return a [`Result`] count, reading from an opened stream does not.
/// A call that fails never reaches the wrapped store.
///
/// ```
/// use mapix_core::ErrorCode;
/// use mapix_core::store::{Faulty, MemoryStore, MessageStore};
///
/// let store = Faulty::new(MemoryStore::new("test"));
/// store.fail_nth(2, ErrorCode::DISK_ERROR);
/// assert!(store.stamp(1).is_ok());
/// assert_eq!(store.stamp(1).unwrap_err().code(), ErrorCode::DISK_ERROR);
/// assert!(store.stamp(1).is_ok());
/// assert_eq!(store.calls(), 3);
/// ```
#[derive(Debug)]
pub struct Faulty<S> {
    store: S,
    plan: Mutex<Plan>,
}

#[derive(Default, Debug)]
struct Plan {
    calls: u64,
    /// The count at which to fail.
    fault: Option<(u64, ErrorCode)>,
    ended: bool,
    /// What was called after the end.
    late: Vec<&'static str>,
}

impl<S: MessageStore> Faulty<S> {
    /// Wraps a store. Nothing fails yet.
    pub fn new(store: S) -> Self {
        Self { store, plan: Mutex::default() }
    }

    /// Fails the n-th call from now on, the next one being the first, and only that one. Takes
    /// the place of an earlier plan.
    pub fn fail_nth(&self, n: u64, code: ErrorCode) {
        self.with_plan(|plan| plan.fault = Some((plan.calls.saturating_add(n), code)));
    }

    /// Lets all further calls through.
    pub fn heal(&self) {
        self.with_plan(|plan| plan.fault = None);
    }

    /// How many calls there were, the failed ones counted.
    pub fn calls(&self) -> u64 {
        self.with_plan(|plan| plan.calls)
    }

    /// The methods that were called after [`logoff`](MessageStore::logoff). The contract allows
    /// it of [`wait_for_changes`](MessageStore::wait_for_changes) only, which is not named here.
    pub fn late_calls(&self) -> Vec<&'static str> {
        self.with_plan(|plan| plan.late.clone())
    }

    /// The wrapped store, which does not fail.
    pub fn inner(&self) -> &S {
        &self.store
    }

    fn with_plan<T>(&self, f: impl FnOnce(&mut Plan) -> T) -> T {
        f(&mut lock(&self.plan))
    }

    /// Counts a call, and gives the store if the call is not the one to fail.
    fn call(&self, method: &'static str) -> Result<&S> {
        let fault = self.with_plan(|plan| {
            plan.calls += 1;
            if plan.ended && method != "wait_for_changes" {
                plan.late.push(method);
            }
            plan.ended |= method == "logoff";
            plan.fault.take_if(|fault| fault.0 == plan.calls)
        });
        match fault {
            Some((_, code)) => Err(Error::new(code, "failed on demand").context(method)),
            None => Ok(&self.store),
        }
    }
}

impl<S: MessageStore> MessageStore for Faulty<S> {
    fn info(&self) -> &StoreInfo {
        self.store.info()
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        self.call("properties")?.properties(object, inline)
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.call("open_stream")?.open_stream(object, tag)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.call("rows")?.rows(source, columns, each)
    }

    fn rows_of(
        &self,
        source: &RowSource,
        ids: &[u64],
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.call("rows_of")?.rows_of(source, ids, columns, each)
    }

    fn query(&self, query: &RowQuery<'_>) -> Result<Option<Vec<u64>>> {
        self.call("query")?.query(query)
    }

    fn row_count(&self, source: &RowSource) -> Result<Option<u64>> {
        self.call("row_count")?.row_count(source)
    }

    fn search(
        &self,
        request: &SearchRequest<'_>,
        each: &mut dyn FnMut(SearchHit) -> ControlFlow<()>,
    ) -> Result<Option<SearchPlan>> {
        self.call("search")?.search(request, each)
    }

    fn search_criteria(&self, folder: u64) -> Result<Option<SearchCriteria>> {
        self.call("search_criteria")?.search_criteria(folder)
    }

    fn table_columns(&self, source: &RowSource) -> Result<Option<Vec<PropTag>>> {
        self.call("table_columns")?.table_columns(source)
    }

    fn stamp(&self, id: u64) -> Result<u64> {
        self.call("stamp")?.stamp(id)
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        self.call("kind")?.kind(id)
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        self.call("parent")?.parent(id)
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        self.call("inventory")?.inventory(each)
    }

    fn parts(&self, message: u64) -> Result<Parts> {
        self.call("parts")?.parts(message)
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        self.call("entry_id")?.entry_id(object)
    }

    fn former_entry_id(&self, object: &ObjectRef) -> Option<EntryId> {
        self.store.former_entry_id(object)
    }

    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.call("resolve")?.resolve(entry_id)
    }

    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        self.call("names")?.names(ids)
    }

    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
        self.call("name_ids")?.name_ids(names, create)
    }

    fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        self.call("all_names")?.all_names()
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Commit> {
        self.call("commit")?.commit(changes)
    }

    fn changes_since(&self, cursor: u64) -> Result<Changes> {
        self.call("changes_since")?.changes_since(cursor)
    }

    fn wait_for_changes(&self, cursor: u64, timeout: Duration) -> Result<bool> {
        self.call("wait_for_changes")?.wait_for_changes(cursor, timeout)
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.store.diagnostics()
    }

    fn logoff(&self) -> Result<()> {
        self.call("logoff")?.logoff()
    }
}
