//! The suite finds mistakes: stores that are wrong in one way each fail the case that says so.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use mapix_conformance::{Case, Subject, cases, walk};
use mapix_core::prop::{NameKind, Prop, PropBag, PropName, PropTag, Value, tags};
use mapix_core::query::Held;
use mapix_core::store::{
    Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MemoryStore, MessageStore,
    MessageUpdate, ObjectChange, ObjectRef, Parts, Row, RowQuery, RowSource, SearchCriteria,
    SearchHit, SearchPlan, SearchRequest, StoreInfo, ValueStream,
};
use mapix_core::{EntryId, Error, ErrorCode, Result};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug)]
enum Fault {
    LosesLastProperty,
    MarksSmallValues,
    SaysCallFailed,
    CutsStreams,
    IgnoresBreak,
    IgnoresColumns,
    NeverRestamps,
    RestampsAll,
    NamesNoParent,
    SkipsAssociated,
    CountsOnlyTheTop,
    MixesObjects,
    MixesProviders,
    FoldsNames,
    CommitsOneByOne,
    IgnoresStamps,
    ReversesNumbers,
    ForgetsMoves,
    RepeatsChanges,
    SortsRowsOf,
    GivesAllRows,
    AnswersUnsorted,
    IgnoresLimits,
    CountsOneMore,
    FindsEverything,
    ForgetsCriteria,
    CallsAllModified,
    ForgetsInSilence,
    NeverWakes,
    AlwaysWakes,
    WakesAtLogoff,
    DeletesForGood,
    RestampsWithStatus,
    KeepsOldCounts,
    NeverLooksBelow,
    FindsOnce,
    FollowsAlways,
}

const EXPECTED: [(Fault, &str); 37] = [
    (Fault::LosesLastProperty, "properties_are_complete"),
    (Fault::MarksSmallValues, "large_values_are_marked"),
    (Fault::SaysCallFailed, "missing_object_is_not_found"),
    (Fault::CutsStreams, "stream_equals_value"),
    (Fault::IgnoresBreak, "rows_stop_when_told"),
    (Fault::IgnoresColumns, "rows_hold_nothing_else"),
    (Fault::NeverRestamps, "stamp_changes_with_the_object"),
    (Fault::RestampsAll, "stamp_stays_otherwise"),
    (Fault::NamesNoParent, "parent_of_a_new_object"),
    (Fault::SkipsAssociated, "inventory_is_complete"),
    (Fault::CountsOnlyTheTop, "parts_are_counted_at_every_depth"),
    (Fault::MixesObjects, "entry_ids_resolve"),
    (Fault::MixesProviders, "foreign_entry_ids_are_unknown"),
    (Fault::FoldsNames, "names_are_compared_letter_by_letter"),
    (Fault::CommitsOneByOne, "commit_is_atomic"),
    (Fault::IgnoresStamps, "first_save_wins"),
    (Fault::ReversesNumbers, "commit_gives_the_new_numbers"),
    (Fault::ForgetsMoves, "moving_keeps_the_number"),
    (Fault::RepeatsChanges, "changes_start_at_the_cursor"),
    (Fault::SortsRowsOf, "rows_of_equals_rows"),
    (Fault::GivesAllRows, "rows_of_leaves_out_what_is_gone"),
    (Fault::AnswersUnsorted, "query_equals_the_core"),
    (Fault::IgnoresLimits, "query_stops_at_the_limit"),
    (Fault::CountsOneMore, "counts_equal_rows"),
    (Fault::FindsEverything, "search_equals_the_core"),
    (Fault::ForgetsCriteria, "search_criteria_are_kept"),
    (Fault::CallsAllModified, "changes_tell_what_happened"),
    (Fault::ForgetsInSilence, "changes_say_what_was_lost"),
    (Fault::NeverWakes, "waiting_ends_with_a_commit"),
    (Fault::AlwaysWakes, "waiting_ends_in_time"),
    (Fault::WakesAtLogoff, "waiting_ends_with_the_store"),
    (Fault::DeletesForGood, "soft_deletes_can_be_restored"),
    (Fault::RestampsWithStatus, "status_is_not_a_change"),
    (Fault::KeepsOldCounts, "counts_are_true"),
    (Fault::NeverLooksBelow, "search_folders_find"),
    (Fault::FindsOnce, "live_searches_follow"),
    (Fault::FollowsAlways, "static_searches_stay"),
];

#[test]
fn a_wrong_store_fails_the_case_that_says_so() {
    // The panics are what is wanted; they need not be printed.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let found: Vec<(Fault, &str, bool)> = EXPECTED
        .iter()
        .map(|(fault, name)| {
            let case = cases().find(|case| case.name == *name).copied();
            (
                *fault,
                *name,
                case.is_some_and(|case| passes(case, None) && !passes(case, Some(*fault))),
            )
        })
        .collect();
    std::panic::set_hook(hook);
    for (fault, name, found) in found {
        assert!(found, "{name} does not notice {fault:?}");
    }
}

fn passes(case: Case, fault: Option<Fault>) -> bool {
    let run = || (case.run)(&Factory(fault)).is_ok();
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(false)
}

struct Factory(Option<Fault>);

impl Subject for Factory {
    fn open(&self) -> Result<Arc<dyn MessageStore>> {
        Ok(Arc::new(Wrong { store: MemoryStore::new("wrong"), fault: self.0 }))
    }

    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        Ok(store)
    }
}

struct Wrong {
    store: MemoryStore,
    fault: Option<Fault>,
}

impl Wrong {
    fn spoil(&self, error: Error) -> Error {
        match self.fault {
            Some(Fault::SaysCallFailed) => Error::new(ErrorCode::CALL_FAILED, error.to_string()),
            _ => error,
        }
    }
}

impl MessageStore for Wrong {
    fn info(&self) -> &StoreInfo {
        self.store.info()
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        let bag = self.store.properties(object, inline).map_err(|error| self.spoil(error))?;
        let mark = |prop: &Prop| match &prop.value {
            Value::Unicode(_) => {
                Prop::new(prop.tag, Value::Large(prop.tag.prop_type(), prop.value.size()))
            }
            _ => prop.clone(),
        };
        Ok(match self.fault {
            Some(Fault::LosesLastProperty) => {
                bag.iter().take(bag.len().saturating_sub(1)).cloned().collect()
            }
            Some(Fault::MarksSmallValues) => bag.iter().map(mark).collect(),
            Some(Fault::KeepsOldCounts) if matches!(object, ObjectRef::Folder(_)) => {
                let mut bag = bag;
                bag.set(tags::CONTENT_COUNT, 0);
                bag
            }
            _ => bag,
        })
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        let mut stream = self.store.open_stream(object, tag)?;
        if let Some(Fault::CutsStreams) = self.fault {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes)?;
            bytes.pop();
            stream = Box::new(std::io::Cursor::new(bytes));
        }
        Ok(stream)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        match self.fault {
            Some(Fault::IgnoresBreak) => self.store.rows(source, columns, &mut |row| {
                let _ = each(row);
                ControlFlow::Continue(())
            }),
            Some(Fault::IgnoresColumns) => self.store.rows(source, None, each),
            _ => self.store.rows(source, columns, each),
        }
    }

    fn rows_of(
        &self,
        source: &RowSource,
        ids: &[u64],
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut ids = ids.to_vec();
        match self.fault {
            Some(Fault::SortsRowsOf) => ids.sort_unstable(),
            Some(Fault::GivesAllRows) => ids = walk::row_ids(&self.store, source)?,
            _ => {}
        }
        self.store.rows_of(source, &ids, columns, each)
    }

    fn query(&self, query: &RowQuery<'_>) -> Result<Option<Vec<u64>>> {
        let all = |query: &RowQuery<'_>| walk::row_ids(&self.store, query.source).map(Some);
        match self.fault {
            Some(Fault::AnswersUnsorted) if query.restriction.is_none() => all(query),
            Some(Fault::IgnoresLimits) if query.sort.is_empty() => all(query),
            _ => Ok(None),
        }
    }

    fn row_count(&self, source: &RowSource) -> Result<Option<u64>> {
        let one = u64::from(matches!(self.fault, Some(Fault::CountsOneMore)));
        Ok(self.store.row_count(source)?.map(|count| count + one))
    }

    fn search(
        &self,
        _: &SearchRequest<'_>,
        each: &mut dyn FnMut(SearchHit) -> ControlFlow<()>,
    ) -> Result<Option<SearchPlan>> {
        if !matches!(self.fault, Some(Fault::FindsEverything)) {
            return Ok(None);
        }
        self.store.inventory(&mut |item| match (item.kind, item.parent) {
            (ItemKind::Message, Some(folder)) => {
                let message = item.id;
                each(SearchHit { message, folder, held: Held::Normal, certain: true })
            }
            _ => ControlFlow::Continue(()),
        })?;
        Ok(Some(SearchPlan::default()))
    }

    fn search_criteria(&self, folder: u64) -> Result<Option<SearchCriteria>> {
        let criteria = self.store.search_criteria(folder)?;
        Ok(criteria.filter(|_| !matches!(self.fault, Some(Fault::ForgetsCriteria))))
    }

    fn stamp(&self, id: u64) -> Result<u64> {
        let stamp = self.store.stamp(id).map_err(|error| self.spoil(error))?;
        Ok(match self.fault {
            Some(Fault::NeverRestamps) => 1,
            Some(Fault::RestampsAll) => self.store.changes_since(0)?.cursor,
            _ => stamp,
        })
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        self.store.kind(id)
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        let parent = self.store.parent(id)?;
        Ok(parent.filter(|_| !matches!(self.fault, Some(Fault::NamesNoParent))))
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        let skip = matches!(self.fault, Some(Fault::SkipsAssociated));
        self.store.inventory(&mut |item| {
            if skip && item.kind == ItemKind::Associated {
                return ControlFlow::Continue(());
            }
            each(item)
        })
    }

    fn parts(&self, message: u64) -> Result<Parts> {
        let parts = self.store.parts(message)?;
        Ok(match self.fault {
            Some(Fault::CountsOnlyTheTop) => Parts { embedded: parts.embedded.min(1), ..parts },
            _ => parts,
        })
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        self.store.entry_id(object)
    }

    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        match self.fault {
            Some(Fault::MixesProviders) => {
                self.store.resolve(&EntryId::new(self.store.info().uid, entry_id.private()))
            }
            Some(Fault::MixesObjects) => self.store.resolve(entry_id).map(|_| ObjectRef::Store),
            _ => self.store.resolve(entry_id),
        }
    }

    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        self.store.names(ids)
    }

    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
        let mut names = names.to_vec();
        if let Some(Fault::FoldsNames) = self.fault {
            for name in &mut names {
                if let NameKind::Name(text) = &mut name.kind {
                    *text = text.to_lowercase().into();
                }
            }
        }
        self.store.name_ids(&names, create)
    }

    fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        self.store.all_names()
    }

    fn commit(&self, mut changes: Vec<Change>) -> Result<Commit> {
        match self.fault {
            Some(Fault::CommitsOneByOne) => {
                let mut commit = Commit::default();
                for change in changes {
                    let made = self.store.commit(vec![change])?;
                    commit.created.extend(made.created);
                    commit.cursor = made.cursor;
                }
                return Ok(commit);
            }
            Some(Fault::IgnoresStamps) => {
                for change in &mut changes {
                    if let Change::UpdateMessage { expected, .. } = change {
                        *expected = None;
                    }
                }
            }
            Some(Fault::ForgetsMoves) => {
                changes.retain(|change| !matches!(change, Change::MoveMessage { .. }));
            }
            Some(Fault::DeletesForGood) => {
                for change in &mut changes {
                    if let Change::DeleteMessage { soft, .. } = change {
                        *soft = false;
                    }
                }
            }
            Some(Fault::RestampsWithStatus) => {
                if let Some(Change::SetMessageStatus { message, .. }) = changes.first() {
                    let (message, update) = (*message, MessageUpdate::default());
                    changes.push(Change::UpdateMessage { message, expected: None, update });
                }
            }
            Some(Fault::NeverLooksBelow | Fault::FindsOnce | Fault::FollowsAlways) => {
                for change in &mut changes {
                    if let Change::SetSearch { criteria: Some(criteria), .. } = change {
                        match self.fault {
                            Some(Fault::NeverLooksBelow) => criteria.deep = false,
                            fault => criteria.live = matches!(fault, Some(Fault::FollowsAlways)),
                        }
                    }
                }
            }
            _ => {}
        }
        let mut commit = self.store.commit(changes)?;
        if let Some(Fault::ReversesNumbers) = self.fault {
            commit.created.reverse();
        }
        Ok(commit)
    }

    fn changes_since(&self, cursor: u64) -> Result<Changes> {
        match self.fault {
            Some(Fault::RepeatsChanges) => self.store.changes_since(0),
            Some(Fault::CallsAllModified) => {
                let mut changes = self.store.changes_since(cursor)?;
                changes.events.iter_mut().for_each(|event| event.change = ObjectChange::Modified);
                Ok(changes)
            }
            Some(Fault::ForgetsInSilence) => {
                let mut changes = self.store.changes_since(cursor)?;
                changes.events.drain(..changes.events.len() / 2);
                Ok(changes)
            }
            _ => self.store.changes_since(cursor),
        }
    }

    fn wait_for_changes(&self, cursor: u64, timeout: Duration) -> Result<bool> {
        match self.fault {
            Some(Fault::NeverWakes) => Ok(false),
            Some(Fault::AlwaysWakes) => Ok(true),
            Some(Fault::WakesAtLogoff) => {
                self.store.wait_for_changes(cursor, timeout).map(|_| true)
            }
            _ => self.store.wait_for_changes(cursor, timeout),
        }
    }

    fn logoff(&self) -> Result<()> {
        self.store.logoff()
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.store.diagnostics()
    }
}
