//! Tables that tell what happens to their rows (lifecycle rules, section 14).
//!
//! When something happened to what a table shows, its rows are read again and compared with what
//! they were; the difference is told. A table of more than [`MAX_ROWS`] rows is not compared: it
//! only says that it has changed.

use std::collections::HashMap;
use std::sync::Arc;

use super::state::{Spec, State};
use super::{Table, TableRow, TableSource};
use crate::notify::{Connection, Notice};
use crate::prop::tags;
use crate::sync::{Mutex, lock};
use crate::{Error, Result};

/// How many rows of a table are compared.
pub const MAX_ROWS: u64 = 10_000;

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
    /// A row was changed, or stands in another place, or both.
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
    /// after them comes [`TableNotice::Changed`], and from then on rows are told in the new way.
    /// Tables with categories always say [`TableNotice::Changed`].
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
        *known = follower.read()?;
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
    /// `None` if they are not compared.
    rows: Option<Vec<(InstanceKey, TableRow)>>,
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
        match self.read() {
            Ok(new) => {
                told.extend(difference(&known, &new));
                *known = new;
            }
            Err(error) => {
                *known = Known::default();
                told.push(TableNotice::Error { error: error.to_string().into() });
            }
        }
        told
    }

    /// The rows as they are, in the way in which the table shows them.
    fn read(&self) -> Result<Known> {
        let spec = lock(&self.state).spec().clone();
        let twin = Table::new(Arc::clone(&self.source));
        let mut columns = spec.columns.to_vec();
        columns.push(tags::INSTANCE_KEY);
        let own = Spec { columns: columns.into(), ..spec.clone() };
        lock(&twin.state).change(&*self.source, own, true)?;
        let compared = spec.sort.categories == 0 && twin.row_count()?.value <= MAX_ROWS;
        let rows = if compared { keyed(twin.query_rows(i64::MAX, true)?) } else { None };
        Ok(Known { spec: Some(spec), rows })
    }
}

/// The rows by their keys, which stand in the last column; `None` if a key is there twice.
fn keyed(rows: Vec<TableRow>) -> Option<Vec<(InstanceKey, TableRow)>> {
    let mut seen = std::collections::HashSet::new();
    rows.into_iter()
        .map(|mut row| {
            let key: InstanceKey = row.values.pop()?.value.as_bytes()?.into();
            seen.insert(Arc::clone(&key)).then_some((key, row))
        })
        .collect()
}

fn difference(old: &Known, new: &Known) -> Vec<TableNotice> {
    let same = match (&old.spec, &new.spec) {
        (Some(old), Some(new)) => is_like(old, new),
        _ => false,
    };
    match (&old.rows, &new.rows) {
        (Some(old), Some(new)) if same => compare(old, new),
        _ => vec![TableNotice::Changed],
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

/// First what is gone, then from the first row to the last what is new, changed or elsewhere.
fn compare(old: &[(InstanceKey, TableRow)], new: &[(InstanceKey, TableRow)]) -> Vec<TableNotice> {
    let at: HashMap<&InstanceKey, usize> =
        old.iter().enumerate().map(|(at, (key, _))| (key, at)).collect();
    let there: std::collections::HashSet<&InstanceKey> = new.iter().map(|(key, _)| key).collect();
    let mut told: Vec<TableNotice> = old
        .iter()
        .filter(|(key, _)| !there.contains(key))
        .map(|(key, _)| TableNotice::Deleted { key: Arc::clone(key) })
        .collect();
    let places: Vec<Option<usize>> = new.iter().map(|(key, _)| at.get(key).copied()).collect();
    let stays = longest_ascending(&places);
    let mut prior: Option<&InstanceKey> = None;
    for (((key, row), place), stays) in new.iter().zip(&places).zip(stays) {
        let (key_of, row_of) = (|| Arc::clone(key), || row.clone());
        let before = prior.map(Arc::clone);
        match place {
            None => told.push(TableNotice::Added { key: key_of(), prior: before, row: row_of() }),
            Some(place) if !stays || old[*place].1 != *row => {
                told.push(TableNotice::Modified { key: key_of(), prior: before, row: row_of() });
            }
            Some(_) => {}
        }
        prior = Some(key);
    }
    told
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
    use super::*;

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
}
