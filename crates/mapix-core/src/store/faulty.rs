//! A store that fails on demand.

use std::ops::ControlFlow;
use std::time::Duration;

use super::{
    Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MessageStore, ObjectRef, Parts,
    Row, RowQuery, RowSource, SearchCriteria, SearchHit, SearchPlan, SearchRequest, StoreInfo,
    ValueStream,
};
use crate::prop::{Prop, PropBag, PropName, PropTag, Value};
use crate::sync::{Mutex, lock};
use crate::{EntryId, Error, ErrorCode, Result};

/// Wraps a store, counts its calls, and fails one of them, or breaks one of the rows or values that
/// it gives: for tests of what happens when a store fails.
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
    calls: Count,
    rows: Count,
    values: Count,
    ended: bool,
    /// What was called after the end.
    late: Vec<&'static str>,
}

/// How many there were of something, and at which to fail.
#[derive(Default, Debug)]
struct Count {
    count: u64,
    fault: Option<(u64, ErrorCode)>,
}

impl Count {
    fn fail_nth(&mut self, n: u64, code: ErrorCode) {
        self.fault = Some((self.count.saturating_add(n), code));
    }

    /// Counts one; the code if it is the one to fail.
    fn next(&mut self) -> Option<ErrorCode> {
        self.count += 1;
        self.fault.take_if(|(at, _)| *at == self.count).map(|(_, code)| code)
    }
}

impl<S: MessageStore> Faulty<S> {
    /// Wraps a store. Nothing fails yet.
    pub fn new(store: S) -> Self {
        Self { store, plan: Mutex::default() }
    }

    /// Fails the n-th call from now on, the next one being the first, and only that one. Takes
    /// the place of an earlier plan.
    pub fn fail_nth(&self, n: u64, code: ErrorCode) {
        self.with_plan(|plan| plan.calls.fail_nth(n, code));
    }

    /// Gives an error in place of the n-th row from now on, and of that one only; the visit goes on.
    pub fn break_row(&self, n: u64, code: ErrorCode) {
        self.with_plan(|plan| plan.rows.fail_nth(n, code));
    }

    /// Gives [`Value::Error`] in place of the n-th value from now on, and of that one only. Those of
    /// properties and of rows count.
    pub fn break_value(&self, n: u64, code: ErrorCode) {
        self.with_plan(|plan| plan.values.fail_nth(n, code));
    }

    /// Lets all further calls, rows and values through.
    pub fn heal(&self) {
        self.with_plan(|plan| {
            for count in [&mut plan.calls, &mut plan.rows, &mut plan.values] {
                count.fault = None;
            }
        });
    }

    /// How many calls there were, the failed ones counted.
    pub fn calls(&self) -> u64 {
        self.with_plan(|plan| plan.calls.count)
    }

    /// How many rows there were, the broken ones counted.
    pub fn rows_given(&self) -> u64 {
        self.with_plan(|plan| plan.rows.count)
    }

    /// How many values there were, the broken ones counted.
    pub fn values_given(&self) -> u64 {
        self.with_plan(|plan| plan.values.count)
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
            if plan.ended && method != "wait_for_changes" {
                plan.late.push(method);
            }
            plan.ended |= method == "logoff";
            plan.calls.next()
        });
        match fault {
            Some(code) => Err(Error::new(code, "failed on demand").context(method)),
            None => Ok(&self.store),
        }
    }

    /// Counts a row and its values, and breaks what is to be broken.
    fn row(&self, row: Result<Row>) -> Result<Row> {
        if let Some(code) = self.with_plan(|plan| plan.rows.next()) {
            return Err(Error::new(code, "broken on demand").context("a row"));
        }
        row.map(|row| Row { props: self.values(row.props), ..row })
    }

    /// Counts values, and breaks the one to be broken.
    fn values(&self, mut bag: PropBag) -> PropBag {
        let tags: Vec<PropTag> = bag.iter().map(|prop| prop.tag).collect();
        for tag in tags {
            if let Some(code) = self.with_plan(|plan| plan.values.next()) {
                bag.insert(Prop { tag, value: Value::Error(code) });
            }
        }
        bag
    }
}

impl<S: MessageStore> MessageStore for Faulty<S> {
    fn info(&self) -> &StoreInfo {
        self.store.info()
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        Ok(self.values(self.call("properties")?.properties(object, inline)?))
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
        self.call("rows")?.rows(source, columns, &mut |row| each(self.row(row)))
    }

    fn rows_of(
        &self,
        source: &RowSource,
        ids: &[u64],
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.call("rows_of")?.rows_of(source, ids, columns, &mut |row| each(self.row(row)))
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
