//! Tables that tell what happens to their rows (lifecycle rules, section 14).
//!
//! When something happened to what a table shows, its rows are read again and compared with what
//! they were; the difference is told. Of a table of more than [`MAX_ROWS`] rows only the numbers of
//! the rows are kept and compared, if they are found by their numbers; which of them changed, the
//! notices of the store tell. A table of more than [`MAX_NUMBERS`] rows only says that it has
//! changed, and so does one of more than [`MAX_ROWS`] that has categories, values as rows, or
//! folders for its rows.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::columns::Cells;
use super::state::{Spec, State};
use super::{Table, TableRow, TableSource};
use crate::notify::{Connection, Notice};
use crate::prop::tags;
use crate::sync::{Mutex, lock};
use crate::{Error, Result};

/// How many rows of a table are kept, to be compared column by column.
pub const MAX_ROWS: u64 = if cfg!(test) { 6 } else { 10_000 };

/// Of how many rows the numbers are kept, eight bytes each.
pub const MAX_NUMBERS: u64 = 1_000_000;

/// How many notices tell of a table at once whose rows are not kept; if there would be more, it has
/// changed.
const MAX_TOLD: usize = if cfg!(test) { 12 } else { 1024 };

/// What happened to the rows of a table. Whoever applies the notices to a copy of the rows, one
/// after the other, gets the rows as they are.
///
/// Rows have the columns that were set when the notice was made. A row that a restriction hides is
/// not told of.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum TableNotice {
    /// A row was added.
    #[doc(alias = "TABLE_ROW_ADDED")]
    Added {
        /// Its `PR_INSTANCE_KEY`.
        key: InstanceKey,
        /// That of the row before it; `None` for the first one.
        prior: Option<InstanceKey>,
        /// The row.
        row: TableRow,
    },
    /// A row was changed, or stands in another place, or both. In a table of more than [`MAX_ROWS`]
    /// rows it may also be that no column shows the change.
    #[doc(alias = "TABLE_ROW_MODIFIED")]
    Modified {
        /// Its `PR_INSTANCE_KEY`.
        key: InstanceKey,
        /// That of the row before it; `None` for the first one.
        prior: Option<InstanceKey>,
        /// The row as it is now.
        row: TableRow,
    },
    /// A row is gone.
    #[doc(alias = "TABLE_ROW_DELETED")]
    Deleted {
        /// Its `PR_INSTANCE_KEY`.
        key: InstanceKey,
    },
    /// Something was changed; the rows have to be read again. Keys and bookmarks stay good.
    #[doc(alias = "TABLE_CHANGED")]
    Changed,
    /// The rows cannot be read: what was told before may be wrong by now.
    #[doc(alias = "TABLE_ERROR")]
    Error {
        /// Why, in one line.
        error: Arc<str>,
    },
}

/// A `PR_INSTANCE_KEY`.
pub type InstanceKey = Arc<[u8]>;

impl Table {
    /// Has a sink called with what happens to the rows from now on. Before it is called, the table
    /// itself has been brought up to date: its cursor and its bookmarks follow their rows.
    ///
    /// Another order, another restriction or other columns are not told; with the next change
    /// after them comes [`TableNotice::Changed`], and from then on rows are told in the new way. The
    /// same goes for categories that were expanded or collapsed. Headings are rows, and rows that
    /// are hidden under them are not told.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if the rows cannot change: those of recipients and attachments, and
    /// those of a store that does not notify.
    #[doc(alias = "IMAPITable::Advise")]
    pub fn advise(
        &self,
        sink: impl Fn(&[TableNotice]) + Send + Sync + 'static,
    ) -> Result<Connection> {
        drop(self.lock()?);
        let follower = Arc::new(Follower {
            source: Arc::clone(&self.source),
            state: Arc::clone(&self.state),
            known: Mutex::default(),
        });
        // Held until the rows of now are known: what happens meanwhile is compared with them.
        let mut known = lock(&follower.known);
        let own = Arc::clone(&follower);
        let connection = self.source.follow(Arc::new(move |notices: &[Notice]| {
            let told = own.look(notices);
            if !told.is_empty() {
                sink(&told);
            }
        }))?;
        (*known, _) = follower.read()?;
        drop(known);
        let mut followers = lock(&self.followers);
        followers.retain(|follower| follower.strong_count() > 0);
        followers.push(Arc::downgrade(&follower));
        Ok(connection)
    }

    /// Whether anybody is told of its rows.
    pub(super) fn is_followed(&self) -> bool {
        let followers = lock(&self.followers);
        followers.iter().any(|follower| follower.strong_count() > 0)
    }
}

/// Compares the rows of a table with what they were.
pub(super) struct Follower {
    source: Arc<dyn TableSource>,
    state: Arc<Mutex<State>>,
    known: Mutex<Known>,
}

/// The rows that were last told.
#[derive(Default)]
struct Known {
    /// How they were asked for.
    spec: Option<Spec>,
    /// How often categories had been expanded and collapsed.
    toggled: u64,
    kept: Kept,
}

/// What is kept of them.
#[derive(Default)]
enum Kept {
    /// Nothing.
    #[default]
    Nothing,
    /// All of them, by their keys.
    Rows(Vec<(InstanceKey, TableRow)>),
    /// Their numbers.
    Numbers(Vec<u64>),
}

impl Follower {
    fn look(&self, notices: &[Notice]) -> Vec<TableNotice> {
        let mut told = Vec::new();
        for notice in notices {
            if let Notice::Critical { error } = notice {
                told.push(TableNotice::Error { error: Arc::clone(error) });
            }
        }
        lock(&self.state).reload();
        let mut known = lock(&self.known);
        let new = self.read().and_then(|(new, twin)| {
            told.extend(difference(&known, &new, &twin, notices)?);
            Ok(new)
        });
        match new {
            Ok(new) => *known = new,
            Err(error) => {
                *known = Known::default();
                told.push(TableNotice::Error { error: error.to_string().into() });
            }
        }
        told
    }

    /// The rows as they are, in the way in which the table shows them, and a table of them that has
    /// one column more: their keys.
    fn read(&self) -> Result<(Known, Table)> {
        let (spec, toggled, expanded) = {
            let state = lock(&self.state);
            (state.spec().clone(), state.toggled, state.categories().cloned())
        };
        let twin = Table::new(Arc::clone(&self.source));
        let mut columns = spec.columns.to_vec();
        columns.push(tags::INSTANCE_KEY);
        let own = Spec { columns: columns.into(), ..spec.clone() };
        let mut state = lock(&twin.state);
        state.change(&*self.source, own, true)?;
        state.len(&*self.source)?;
        if let Some(expanded) = expanded {
            state.expand_like(&expanded);
        }
        let count = state.len(&*self.source)?;
        let kept = if count as u64 <= MAX_ROWS {
            keyed(state.rows(&*self.source, 0, count)?).map_or(Kept::Nothing, Kept::Rows)
        } else {
            let numbers = state.numbers().filter(|numbers| numbers.len() as u64 <= MAX_NUMBERS);
            numbers.map_or(Kept::Nothing, |numbers| Kept::Numbers(numbers.to_vec()))
        };
        drop(state);
        Ok((Known { spec: Some(spec), toggled, kept }, twin))
    }
}

/// The rows by their keys, which stand in the last column; `None` if a key is there twice.
fn keyed(rows: Vec<TableRow>) -> Option<Vec<(InstanceKey, TableRow)>> {
    let mut seen = HashSet::new();
    rows.into_iter()
        .map(|mut row| {
            let key: InstanceKey = row.values.pop()?.value.as_bytes()?.into();
            seen.insert(Arc::clone(&key)).then_some((key, row))
        })
        .collect()
}

/// What is to be told; `twin` shows the rows as they are now.
fn difference(
    old: &Known,
    new: &Known,
    twin: &Table,
    notices: &[Notice],
) -> Result<Vec<TableNotice>> {
    let same = match (&old.spec, &new.spec) {
        (Some(one), Some(other)) => is_like(one, other) && old.toggled == new.toggled,
        _ => false,
    };
    match (&old.kept, &new.kept) {
        (Kept::Rows(old), Kept::Rows(new)) if same => Ok(compare(old, new)),
        (Kept::Numbers(old), Kept::Numbers(new)) if same => match touched(notices) {
            Some(touched) => compare_numbers(old, new, twin, &touched),
            None => Ok(vec![TableNotice::Changed]),
        },
        _ => Ok(vec![TableNotice::Changed]),
    }
}

/// Whether rows are asked for in the same way.
fn is_like(one: &Spec, other: &Spec) -> bool {
    let filters = match (&one.filter, &other.filter) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    filters && one.columns == other.columns && one.sort == other.sort
}

/// The numbers of what something happened to; `None` if that is not known.
fn touched(notices: &[Notice]) -> Option<HashSet<u64>> {
    let named = |notice: &Notice| Some(notice.subject()?.id);
    notices.iter().map(named).collect()
}

/// First what is gone, then from the first row to the last what is new, changed or elsewhere.
fn compare(old: &[(InstanceKey, TableRow)], new: &[(InstanceKey, TableRow)]) -> Vec<TableNotice> {
    let edits = Edits::new(old, new, |(key, _)| key);
    let gone = edits.gone.iter().map(|at| Arc::clone(&old[*at].0));
    let mut told: Vec<_> = gone.map(|key| TableNotice::Deleted { key }).collect();
    let mut prior: Option<&InstanceKey> = None;
    for (at, (key, row)) in new.iter().enumerate() {
        let (key_of, row_of) = (|| Arc::clone(key), || row.clone());
        let before = prior.map(Arc::clone);
        match edits.place(at) {
            None => told.push(TableNotice::Added { key: key_of(), prior: before, row: row_of() }),
            Some((place, stays)) if !stays || old[place].1 != *row => {
                told.push(TableNotice::Modified { key: key_of(), prior: before, row: row_of() });
            }
            Some(_) => {}
        }
        prior = Some(key);
    }
    told
}

/// The same of rows of which only the numbers are kept.
fn compare_numbers(
    old: &[u64],
    new: &[u64],
    twin: &Table,
    touched: &HashSet<u64>,
) -> Result<Vec<TableNotice>> {
    let key = |number: &u64| InstanceKey::from(Cells::key_of(*number, 0));
    let edits = Edits::new(old, new, |number| *number);
    let mut told: Vec<_> = edits
        .gone
        .iter()
        .take(MAX_TOLD)
        .map(|at| TableNotice::Deleted { key: key(&old[*at]) })
        .collect();
    let mut state = lock(&twin.state);
    for (at, number) in new.iter().enumerate() {
        let place = edits.place(at);
        if matches!(place, Some((_, true))) && !touched.contains(number) {
            continue;
        }
        if told.len() >= MAX_TOLD {
            break;
        }
        let Some(mut row) = state.rows(&*twin.source, at, 1)?.pop() else { continue };
        row.values.pop();
        let (key, prior) = (key(number), at.checked_sub(1).map(|before| key(&new[before])));
        told.push(match place {
            None => TableNotice::Added { key, prior, row },
            Some(_) => TableNotice::Modified { key, prior, row },
        });
    }
    Ok(if told.len() < MAX_TOLD { told } else { vec![TableNotice::Changed] })
}

/// How one list of different things becomes another one. What they have in common at their ends,
/// which is most of them, takes no memory.
struct Edits {
    /// The places in the old list of what is not in the new one.
    gone: Vec<usize>,
    /// How many are the same at the beginning.
    front: usize,
    /// Between the ends, for each thing in the new list its place in the old one, and whether it
    /// stays there while others are moved.
    middle: Vec<(Option<usize>, bool)>,
    /// The lengths of both.
    lens: (usize, usize),
}

impl Edits {
    fn new<'a, T, K: Eq + Hash>(old: &'a [T], new: &'a [T], key: impl Fn(&'a T) -> K) -> Self {
        let is_same = |(one, other): &(&'a T, &'a T)| key(one) == key(other);
        let front = old.iter().zip(new).take_while(is_same).count();
        let (old_rest, new_rest) = (&old[front..], &new[front..]);
        let back = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(is_same).count();
        let old_rest = &old_rest[..old_rest.len() - back];
        let new_rest = &new_rest[..new_rest.len() - back];
        let at: HashMap<K, usize> =
            old_rest.iter().enumerate().map(|(at, one)| (key(one), front + at)).collect();
        let places: Vec<_> = new_rest.iter().map(|one| at.get(&key(one)).copied()).collect();
        let there: HashSet<usize> = places.iter().flatten().copied().collect();
        let gone = (front..front + old_rest.len()).filter(|at| !there.contains(at)).collect();
        let stays = longest_ascending(&places);
        let middle = places.into_iter().zip(stays).collect();
        Self { gone, front, middle, lens: (old.len(), new.len()) }
    }

    /// Where a thing in the new list was in the old one, and whether it stays there; `None` if it
    /// is new.
    fn place(&self, at: usize) -> Option<(usize, bool)> {
        match at.checked_sub(self.front) {
            None => Some((at, true)),
            Some(middle) => match self.middle.get(middle) {
                Some((place, stays)) => place.map(|place| (place, *stays)),
                None => Some((self.lens.0 + at - self.lens.1, true)),
            },
        }
    }
}

/// Which of the numbers belong to the longest sequence among them that ascends: the rows that
/// need not be moved.
fn longest_ascending(places: &[Option<usize>]) -> Vec<bool> {
    // For each length the index of the smallest number with which such a sequence ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; places.len()];
    for (index, place) in places.iter().enumerate() {
        let Some(place) = place else { continue };
        let length = ends.partition_point(|end| places[*end] < Some(*place));
        before[index] = length.checked_sub(1).and_then(|last| ends.get(last).copied());
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut stays = vec![false; places.len()];
    let mut here = ends.last().copied();
    while let Some(index) = here {
        stays[index] = true;
        here = before[index];
    }
    stays
}

/// Why a source cannot be followed.
pub(super) fn never_changes() -> Error {
    Error::no_support("the rows of this table do not tell of changes")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::tests::fake::{Answers, Fake};
    use super::super::{Bookmark, SortKey, SortOrderSet};
    use super::*;
    use crate::notify::Subject;
    use crate::prop::Prop;
    use crate::store::ItemKind;

    #[test]
    fn few_rows_are_moved() {
        let stays = |places: &[usize]| {
            let places: Vec<_> = places.iter().copied().map(Some).collect();
            longest_ascending(&places).iter().filter(|stays| **stays).count()
        };
        assert_eq!(stays(&[]), 0);
        assert_eq!(stays(&[0, 1, 2, 3]), 4);
        assert_eq!(stays(&[1, 2, 3, 0]), 3, "only the first one went to the end");
        assert_eq!(stays(&[3, 0, 1, 2]), 3);
        assert_eq!(stays(&[3, 2, 1, 0]), 1);
        assert_eq!(longest_ascending(&[Some(1), None, Some(0)]), [false, false, true]);
    }

    /// A follower of a table, without a store that would call it.
    fn follower(table: &Table) -> Follower {
        let (source, state) = (Arc::clone(&table.source), Arc::clone(&table.state));
        let follower = Follower { source, state, known: Mutex::default() };
        (*lock(&follower.known), _) = follower.read().unwrap();
        follower
    }

    fn modified(id: u64) -> Notice {
        let (entry_id, parent_entry_id) = (None, None);
        let kind = Some(ItemKind::Message);
        let object = Subject { id, kind, entry_id, parent: Some(1), parent_entry_id };
        Notice::Modified { object, tags: None }
    }

    /// A copy of the rows to which notices are applied; fails where one does not fit.
    fn apply(copy: &mut Vec<(InstanceKey, TableRow)>, notice: &TableNotice) {
        let place = |copy: &[(InstanceKey, TableRow)], key: &InstanceKey| {
            copy.iter().position(|(other, _)| other == key)
        };
        match notice {
            TableNotice::Deleted { key } => drop(copy.remove(place(copy, key).unwrap())),
            TableNotice::Added { key, prior, row } | TableNotice::Modified { key, prior, row } => {
                let was = place(copy, key);
                assert_eq!(was.is_some(), matches!(notice, TableNotice::Modified { .. }));
                was.into_iter().for_each(|at| drop(copy.remove(at)));
                let at = prior.as_ref().map_or(0, |prior| 1 + place(copy, prior).unwrap());
                copy.insert(at, (Arc::clone(key), row.clone()));
            }
            other => panic!("{other:?}"),
        }
    }

    fn shown(table: &Table) -> Vec<TableRow> {
        let mut state = lock(&table.state);
        let count = state.len(&*table.source).unwrap();
        state.rows(&*table.source, 0, count).unwrap()
    }

    fn keyed_rows(table: &Table) -> Vec<(InstanceKey, TableRow)> {
        let mut state = lock(&table.state);
        let (columns, mut keyed) = (state.spec().columns.to_vec(), state.spec().columns.to_vec());
        keyed.push(tags::INSTANCE_KEY);
        state.set_columns(&keyed);
        drop(state);
        let rows = super::keyed(shown(table)).unwrap();
        lock(&table.state).set_columns(&columns);
        rows
    }

    const SUBJECTS: [&str; 4] = ["a", "b", "c", "d"];

    fn props(subject: usize, importance: i32) -> Vec<Prop> {
        vec![Prop::new(tags::SUBJECT, SUBJECTS[subject]), Prop::new(tags::IMPORTANCE, importance)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whether the rows are kept or only their numbers, and whether they have categories.
        #[test]
        fn what_is_told_makes_the_rows(
            first in 0_u64..12,
            grouped: bool,
            steps in vec(vec((1_u64..14, 0_usize..6, 0_i32..3), 1..5), 1..6),
        ) {
            let mut rows: BTreeMap<u64, Vec<Prop>> =
                (1..=first).map(|id| (id, props(id as usize % 4, (id % 3) as i32))).collect();
            let fake = Fake::new(rows.clone().into_iter().collect());
            fake.set(|inner| inner.answers = Answers::Queries);
            let table = fake.table();
            table.set_columns(&[tags::SUBJECT, tags::IMPORTANCE]).unwrap();
            let mut sort = SortOrderSet::new([
                SortKey::descending(tags::IMPORTANCE), SortKey::ascending(tags::SUBJECT),
            ]);
            (sort.categories, sort.expanded) = (u32::from(grouped), u32::from(grouped));
            table.sort(sort).unwrap();
            let follower = follower(&table);
            let mut copy = keyed_rows(&table);
            for step in steps {
                for (id, subject, importance) in &step {
                    match SUBJECTS.get(*subject) {
                        Some(_) => drop(rows.insert(*id, props(*subject, *importance))),
                        None => drop(rows.remove(id)),
                    }
                }
                fake.set(|inner| inner.rows = rows.clone().into_iter().collect());
                let notices: Vec<_> = step.iter().map(|(id, ..)| modified(*id)).collect();
                let before = copy.len() as u64;
                let told = follower.look(&notices);
                let after = shown(&table);
                if told == [TableNotice::Changed] {
                    let larger = before.max(after.len() as u64);
                    prop_assert!(larger > MAX_ROWS, "{before} {}", after.len());
                    let crossed = (before > MAX_ROWS) != (after.len() as u64 > MAX_ROWS);
                    prop_assert!(grouped || crossed, "{before} {}", after.len());
                    copy = keyed_rows(&table);
                } else {
                    told.iter().for_each(|notice| apply(&mut copy, notice));
                }
                let rows: Vec<_> = copy.iter().map(|(_, row)| row.clone()).collect();
                prop_assert_eq!(rows, after, "{:?}", told);
            }
        }
    }

    #[test]
    fn of_many_rows_few_are_read() {
        let many = (1..=40).map(|id| (id, props(id as usize % 4, 0))).collect();
        let fake = Fake::new(many);
        fake.set(|inner| inner.answers = Answers::Queries);
        let table = fake.table();
        table.set_columns(&[tags::SUBJECT]).unwrap();
        let follower = follower(&table);
        fake.set(|inner| drop(inner.rows.remove(4)));
        let told = follower.look(&[modified(5), modified(20)]);
        let [TableNotice::Deleted { key }, TableNotice::Modified { key: changed, prior, .. }] =
            &told[..]
        else {
            panic!("{told:?}")
        };
        let key_of = |id| InstanceKey::from(Cells::key_of(id, 0));
        assert_eq!((key, changed, prior), (&key_of(5), &key_of(20), &Some(key_of(19))));
        // Too much at once, and what nobody can name.
        let all: Vec<_> = (1..=40).map(modified).collect();
        assert_eq!(follower.look(&all), [TableNotice::Changed]);
        assert_eq!(follower.look(&[Notice::Missed { count: None }]), [TableNotice::Changed]);
        assert_eq!(follower.look(&[modified(99)]), [], "it is of another folder");
    }

    #[test]
    fn categories_that_were_collapsed_stay_so() {
        let fake = Fake::new((1..=4).map(|id| (id, props(0, (id % 2) as i32))).collect());
        let table = fake.table();
        table.set_columns(&[tags::SUBJECT, tags::CONTENT_COUNT]).unwrap();
        let mut sort = SortOrderSet::new([
            SortKey::ascending(tags::IMPORTANCE),
            SortKey::ascending(tags::SUBJECT),
        ]);
        (sort.categories, sort.expanded) = (1, 1);
        table.sort(sort).unwrap();
        let heading = Arc::clone(&keyed_rows(&table)[0].0);
        let follower = follower(&table);
        table.collapse(&heading).unwrap();
        // What is told next is told of the rows that can be seen now.
        assert_eq!(follower.look(&[modified(1)]), [TableNotice::Changed]);
        fake.set(|inner| inner.rows.push((6, props(1, 0))));
        let told = follower.look(&[modified(6)]);
        let [TableNotice::Modified { key, prior: None, row }] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!((key, row.values[1].value.as_i32()), (&heading, Some(3)), "only its count");
        table.seek(Bookmark::BEGINNING, 0).unwrap();
        assert_eq!(table.query_rows(100, true).unwrap().len(), 4, "two headings, and two rows");
    }
}
