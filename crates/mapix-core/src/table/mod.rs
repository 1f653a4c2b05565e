//! Tables: rows of properties with a cursor, which can be filtered, sorted and searched.
//!
//! A [`Table`] is what MAPI calls `IMAPITable`, done once for all stores: it reads the rows of a
//! [`TableSource`] when they are first needed, and only what is needed of them. All of it can be
//! used from several threads.
//!
//! There are two ways to the same rows. If the source finds rows by their numbers, a table keeps
//! the numbers of its rows, eight bytes each, and fetches a window of rows when it is looked at;
//! which rows, and in which order, it asks the source, which may know an index
//! ([`TableSource::query`]), or else finds out by looking once at each row's sort keys and at what
//! the restriction needs. If the source does not, the table keeps what columns, sort keys and
//! restriction need of all rows.
//!
//! What MAPI leaves open is decided here:
//!
//! - Which rows there are and in which order is as it was when it was read; what rows show is
//!   newer where they are fetched ([`TableType::Keyset`]), and a row that is gone then shows
//!   nothing. It is read again by [`Table::reload`], before a sink of [`Table::advise`] is told
//!   of a change, and when columns, a restriction, an order or a search need properties that were
//!   not read. The cursor and the bookmarks then follow their rows.
//! - A property that a row does not have is `PT_ERROR` with `MAPI_E_NOT_FOUND` in its column; one
//!   that cannot be read carries its own error; one that is too large for a row is
//!   [`Value::Large`].
//! - Categories are made of the rows that fit the restriction. What is expanded stays so when the
//!   rows are read again, or restricted in another way; a new order has what it says itself.
//!   [`Table::find`] looks only at rows that can be seen, at headings as at others, and at those
//!   others by all that they have.
//! - Restrictions and sort keys need not be columns. No sort keys mean the order of the store.
//! - A restriction of the table looks at multivalues as a whole, also where each of their values
//!   is a row ([`instance_tag`]); [`Table::find`] looks at the value that the row shows.
//! - A row that cannot be read or evaluated costs only itself: see [`Table::errors`].

mod bookmark;
mod category;
mod collapse;
mod columns;
mod entries;
mod find;
mod follow;
mod keys;
mod refresh;
mod rows;
mod seen;
mod sort;
mod source;
mod state;
mod view;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Weak};

pub use bookmark::Bookmark;
pub use columns::instance_tag;
pub use follow::{InstanceKey, MAX_NUMBERS, MAX_ROWS, TableNotice};
pub use keys::{field as sort_field, text_field as sort_text};
pub use sort::{SortKey, SortOrder, SortOrderSet};
pub use source::TableSource;

use crate::prop::{Prop, PropRef, PropTag, Value};
use crate::restriction::Restriction;
use crate::sync::{Mutex, MutexGuard, lock};
use crate::{Error, ErrorCode, Result, Warning};
use follow::Follower;
use state::{Spec, State, warning};
use view::Filter;

/// A table: rows of properties with a cursor.
///
/// Every call fails with `MAPI_E_INVALID_OBJECT` once the logon to which the table belongs is
/// closed.
#[doc(alias = "IMAPITable")]
pub struct Table {
    source: Arc<dyn TableSource>,
    state: Arc<Mutex<State>>,
    followers: Mutex<Vec<Weak<Follower>>>,
}

/// A row of a table.
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "SRow")]
pub struct TableRow {
    /// The number of what the row stands for, as in [`Row::id`](crate::store::Row::id); 0 for the
    /// heading of a category.
    pub id: u64,
    /// One for each column, in the order of the columns.
    pub values: Vec<Prop>,
}

/// A row of a table, as the table holds it.
#[derive(Clone, Copy, Debug)]
pub struct RowRef<'a> {
    /// As [`TableRow::id`].
    pub id: u64,
    /// As [`TableRow::values`].
    pub values: &'a [PropRef<'a>],
}

impl RowRef<'_> {
    /// The row with values of its own.
    pub fn to_owned(&self) -> TableRow {
        let values = self.values.iter().cloned().map(PropRef::into_owned);
        TableRow { id: self.id, values: values.collect() }
    }
}

/// What [`Table::expand`] made visible.
#[derive(Clone, PartialEq, Debug)]
pub struct Expanded {
    /// The first rows that came.
    pub rows: Vec<TableRow>,
    /// How many came.
    pub added: u64,
}

/// A result that may carry a warning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Warned<T> {
    /// The result.
    pub value: T,
    /// The warning.
    pub warning: Option<Warning>,
}

/// Where the cursor stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The number of the row that is read next, from 0.
    pub row: u64,
    /// With `denominator` the part of the table that is before the cursor.
    pub numerator: u64,
    /// The number of rows, but never 0.
    pub denominator: u64,
}

/// What [`Table::query_all`] shall read. What is `None` stays as it is set.
#[derive(Clone, Default, Debug)]
pub struct Query {
    /// The columns.
    pub columns: Option<Vec<PropTag>>,
    /// Which rows.
    pub restriction: Option<Restriction>,
    /// In which order.
    pub sort: Option<SortOrderSet>,
    /// How many rows are acceptable; `None` for any number.
    pub max: Option<u64>,
}

/// What a table is doing, and whether its rows change by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TableStatus {
    /// What it is doing.
    pub state: TableState,
    /// Whether its rows change.
    pub kind: TableType,
}

/// What a table is doing. As all calls wait until they are done, that is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TableState {
    /// Nothing.
    #[doc(alias = "TBLSTAT_COMPLETE")]
    Complete = 0,
}

/// Whether the rows of a table change by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TableType {
    /// They do not.
    #[doc(alias = "TBLTYPE_SNAPSHOT")]
    Snapshot = 0,
    /// Which rows there are does not change; their values do.
    #[doc(alias = "TBLTYPE_KEYSET")]
    Keyset = 1,
    /// They do.
    #[doc(alias = "TBLTYPE_DYNAMIC")]
    Dynamic = 2,
}

impl Table {
    /// A table over a source, with the columns that the source has by default.
    pub fn new(source: Arc<dyn TableSource>) -> Self {
        let state = Arc::new(Mutex::new(State::new(source.default_columns())));
        Self { source, state, followers: Mutex::default() }
    }

    /// Sets the columns and their order. Nothing is read yet.
    ///
    /// A column of type `PT_NULL` keeps a place free; a tag of [`instance_tag`] makes a row of
    /// each value. If that changes how many rows there are, all bookmarks are dropped.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if there are none. Columns that no row has are no error.
    #[doc(alias = "IMAPITable::SetColumns")]
    pub fn set_columns(&self, columns: &[PropTag]) -> Result<()> {
        let mut state = self.lock()?;
        state.set_columns(at_least_one(columns)?);
        Ok(())
    }

    /// The columns as they are set, or those that the table has by default.
    #[doc(alias = "IMAPITable::QueryColumns")]
    pub fn columns(&self) -> Result<Vec<PropTag>> {
        Ok(self.lock()?.spec().columns.to_vec())
    }

    /// All columns that the table can have, as far as its source knows them, and those that are
    /// set.
    #[doc(alias("IMAPITable::QueryColumns", "TBL_ALL_COLUMNS"))]
    pub fn all_columns(&self) -> Result<Vec<PropTag>> {
        let state = self.lock()?;
        let mut all = self.source.all_columns()?;
        for column in state.spec().columns.iter() {
            if !all.contains(column) {
                all.push(*column);
            }
        }
        Ok(all)
    }

    /// Shows only the rows that fit, in place of the restriction before; `None` shows all. Drops
    /// all bookmarks and puts the cursor at the start.
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` for what cannot be evaluated. The old restriction then stays.
    #[doc(alias = "IMAPITable::Restrict")]
    pub fn restrict(&self, restriction: Option<&Restriction>) -> Result<()> {
        let mut state = self.lock()?;
        let filter = restriction.map(Filter::new).transpose()?.map(Arc::new);
        let spec = Spec { filter, ..state.spec().clone() };
        state.change(&*self.source, spec, false)
    }

    /// Sorts the rows, and groups them into categories if the order has any. Drops all bookmarks
    /// and puts the cursor at the start.
    ///
    /// A category has a heading row: it shows the properties that make it and those above it,
    /// `PR_CONTENT_COUNT`, `PR_CONTENT_UNREAD`, `PR_INSTANCE_KEY`, `PR_DEPTH` and `PR_ROW_TYPE`.
    /// The rows under it, which are only there while it is expanded, show all others.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` and `MAPI_E_TOO_COMPLEX` for orders that cannot be, and for
    /// types that have no order. The old order then stays.
    #[doc(alias = "IMAPITable::SortTable")]
    pub fn sort(&self, sort: SortOrderSet) -> Result<()> {
        let mut state = self.lock()?;
        sort.check()?;
        let spec = Spec { sort, ..state.spec().clone() };
        state.change(&*self.source, spec, true)
    }

    /// How the rows are sorted; without keys, in the order of the store.
    #[doc(alias = "IMAPITable::QuerySortOrder")]
    pub fn sort_order(&self) -> Result<SortOrderSet> {
        Ok(self.lock()?.spec().sort.clone())
    }

    /// How many rows there are. Where nothing has been read yet it may be what the source says,
    /// with [`Warning::ApproximateCount`].
    #[doc(alias = "IMAPITable::GetRowCount")]
    pub fn row_count(&self) -> Result<Warned<u64>> {
        let mut state = self.lock()?;
        if state.is_plain()
            && let Some(value) = self.source.row_count()?
        {
            return Ok(Warned { value, warning: Some(Warning::ApproximateCount) });
        }
        Ok(Warned { value: state.len(&*self.source)? as u64, warning: None })
    }

    /// Where the cursor stands.
    #[doc(alias = "IMAPITable::QueryPosition")]
    pub fn position(&self) -> Result<Position> {
        let mut state = self.lock()?;
        state.reach(&*self.source, Bookmark::CURRENT, 0)?;
        let rows = state.count(&*self.source)? as u64;
        let row = state.marks.cursor.at as u64;
        Ok(Position { row, numerator: row, denominator: rows.max(1) })
    }

    /// Puts the cursor so many rows after a bookmark, or before it if the number is negative, but
    /// not further than to the start or the end. Gives how many rows that was, with
    /// [`Warning::PositionChanged`] if the bookmark's row is gone and the next one took its place.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_BOOKMARK` for a bookmark that is not there (any more).
    #[doc(alias = "IMAPITable::SeekRow")]
    pub fn seek(&self, origin: Bookmark, rows: i64) -> Result<Warned<i64>> {
        let mut state = self.lock()?;
        if origin == Bookmark::BEGINNING && rows == 0 {
            state.marks.set_cursor(0);
            return Ok(Warned { value: 0, warning: None });
        }
        let further = usize::try_from(rows.max(0)).unwrap_or(usize::MAX);
        let (mark, end) = state.reach(&*self.source, origin, further)?;
        let at = (mark.at as i64).saturating_add(rows).clamp(0, end as i64);
        state.marks.go(origin, at as usize);
        Ok(Warned { value: at - mark.at as i64, warning: warning(mark) })
    }

    /// Puts the cursor after a part of the table; from 1 on after the last row.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if the denominator is 0.
    #[doc(alias = "IMAPITable::SeekRowApprox")]
    pub fn seek_approximate(&self, numerator: u64, denominator: u64) -> Result<()> {
        let mut state = self.lock()?;
        if denominator == 0 {
            return Err(Error::invalid_parameter("a fraction with the denominator 0"));
        }
        let rows = state.len(&*self.source)?;
        let part = u128::from(numerator.min(denominator)) * rows as u128 / u128::from(denominator);
        state.marks.set_cursor(part as usize);
        Ok(())
    }

    /// Marks the row at the cursor, or the end of the table.
    ///
    /// # Errors
    /// `MAPI_E_UNABLE_TO_COMPLETE` if there are [`Bookmark::MAX`] already; `MAPI_E_NO_SUPPORT` for
    /// tables of attachments.
    #[doc(alias = "IMAPITable::CreateBookmark")]
    pub fn create_bookmark(&self) -> Result<Bookmark> {
        let mut state = self.lock()?;
        if !self.source.has_bookmarks() {
            return Err(Error::no_support("this table has no bookmarks"));
        }
        state.reach(&*self.source, Bookmark::CURRENT, 0)?;
        state.marks.create()
    }

    /// Frees a bookmark. Those that are always there stay.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_BOOKMARK` for one that is not there (any more).
    #[doc(alias = "IMAPITable::FreeBookmark")]
    pub fn free_bookmark(&self, bookmark: Bookmark) -> Result<()> {
        self.lock()?.marks.free(bookmark)
    }

    /// Reads at most so many rows from the cursor on, or, if the number is negative, the rows
    /// before the cursor. At the end of the table there are none.
    ///
    /// The rows always come in the order of the table. The cursor is then after the last of them,
    /// or before the first of them with `no_advance`.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if the number is 0.
    #[doc(alias("IMAPITable::QueryRows", "TBL_NOADVANCE"))]
    pub fn query_rows(&self, count: i64, no_advance: bool) -> Result<Vec<TableRow>> {
        let mut found = Vec::new();
        self.visit_rows(count, no_advance, &mut |row| {
            found.push(row.to_owned());
            Ok(())
        })?;
        Ok(found)
    }

    /// As [`query_rows`](Self::query_rows), with each row as the table holds it. Who looks at it
    /// must not call the table.
    ///
    /// # Errors
    /// As there, and the first that who looks at a row gives; then the cursor stays.
    pub fn visit_rows(
        &self,
        count: i64,
        no_advance: bool,
        each: &mut dyn FnMut(RowRef<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut state = self.lock()?;
        if count == 0 {
            return Err(Error::invalid_parameter("0 rows are asked for"));
        }
        let rows = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        let ahead = if count > 0 { rows } else { 0 };
        let (cursor, end) = state.reach(&*self.source, Bookmark::CURRENT, ahead)?;
        let cursor = cursor.at;
        let (from, to) = if count > 0 {
            (cursor, cursor.saturating_add(rows).min(end))
        } else {
            (cursor.saturating_sub(rows), cursor)
        };
        state.visit_rows(&*self.source, from, to - from, each)?;
        state.marks.set_cursor(if no_advance { from } else { to });
        Ok(())
    }

    /// Sets what is asked for and reads all rows. The cursor is then at the end.
    ///
    /// # Errors
    /// `MAPI_E_TABLE_TOO_BIG` if there are more rows than acceptable, and those of
    /// [`set_columns`](Self::set_columns), [`restrict`](Self::restrict) and
    /// [`sort`](Self::sort).
    #[doc(alias = "HrQueryAllRows")]
    pub fn query_all(&self, query: Query) -> Result<Vec<TableRow>> {
        let mut state = self.lock()?;
        let columns = query.columns.as_deref().map(at_least_one).transpose()?;
        let filter = query.restriction.as_ref().map(Filter::new).transpose()?;
        if let Some(sort) = &query.sort {
            sort.check()?;
        }
        if let Some(columns) = columns {
            state.set_columns(columns);
        }
        if filter.is_some() || query.sort.is_some() {
            let mut spec = state.spec().clone();
            spec.filter = filter.map(Arc::new).or(spec.filter);
            let sorted = query.sort.is_some();
            spec.sort = query.sort.unwrap_or(spec.sort);
            state.change(&*self.source, spec, sorted)?;
        }
        let most = query.max.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
        let count = match most {
            Some(most) => {
                state.reach(&*self.source, Bookmark::BEGINNING, most.saturating_add(1))?.1
            }
            None => state.len(&*self.source)?,
        };
        if let Some(max) = query.max.filter(|max| (count as u64) > *max) {
            let message = format!("more than {max} rows, which is what is acceptable");
            return Err(Error::new(ErrorCode::TABLE_TOO_BIG, message));
        }
        let rows = state.rows(&*self.source, 0, count)?;
        state.marks.set_cursor(count);
        Ok(rows)
    }

    /// Finds the next row that fits, from a bookmark on, or from the row before it backward. The
    /// cursor is then before that row, whose number is given, with [`Warning::PositionChanged`]
    /// if the bookmark's row is gone and the next one took its place.
    ///
    /// Every table can be searched for `PR_INSTANCE_KEY`.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if no row fits, `MAPI_E_INVALID_BOOKMARK`, and `MAPI_E_TOO_COMPLEX` as
    /// in [`restrict`](Self::restrict). The cursor then stays where it is.
    #[doc(alias("IMAPITable::FindRow", "DIR_BACKWARD"))]
    pub fn find(
        &self,
        restriction: &Restriction,
        origin: Bookmark,
        backward: bool,
    ) -> Result<Warned<u64>> {
        self.lock()?.find(&*self.source, restriction, origin, backward)
    }

    /// Expands the category whose heading has this `PR_INSTANCE_KEY`, and gives at most so many
    /// of the rows that come with it, after which the cursor then is. Without any, it is after the
    /// heading.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if no such heading can be seen.
    #[doc(alias = "IMAPITable::ExpandRow")]
    pub fn expand(&self, instance_key: &[u8], count: usize) -> Result<Expanded> {
        self.lock()?.expand(&*self.source, instance_key, count)
    }

    /// Collapses the category whose heading has this `PR_INSTANCE_KEY`; gives how many rows are
    /// then not there any more. The cursor and bookmarks on them go to the next row, which their
    /// next use tells with [`Warning::PositionChanged`].
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if no such heading can be seen.
    #[doc(alias = "IMAPITable::CollapseRow")]
    pub fn collapse(&self, instance_key: &[u8]) -> Result<u64> {
        self.lock()?.collapse(&*self.source, instance_key)
    }

    /// Which categories are expanded, and which row is to be found again, for
    /// [`set_collapse_state`](Self::set_collapse_state); also of a table that is opened later.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if the table has no categories, `MAPI_E_INVALID_PARAMETER` for what is
    /// no instance key.
    #[doc(alias = "IMAPITable::GetCollapseState")]
    pub fn collapse_state(&self, instance_key: &[u8]) -> Result<Vec<u8>> {
        self.lock()?.collapse_state(&*self.source, instance_key)
    }

    /// Expands and collapses categories as they were, and gives a bookmark of the row that was
    /// named then: of the heading under which it is hidden, or of the first row if it is gone.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if the table has no categories, `MAPI_E_UNABLE_TO_COMPLETE` if it is
    /// sorted by other keys or has too many bookmarks, `MAPI_E_INVALID_PARAMETER` for what
    /// [`collapse_state`](Self::collapse_state) has not given.
    #[doc(alias = "IMAPITable::SetCollapseState")]
    pub fn set_collapse_state(&self, state: &[u8]) -> Result<Bookmark> {
        self.lock()?.set_collapse_state(&*self.source, state)
    }

    /// What the table is doing.
    #[doc(alias = "IMAPITable::GetStatus")]
    pub fn status(&self) -> Result<TableStatus> {
        let kind = self.lock()?.kind(&*self.source)?;
        let kind = if self.is_followed() { TableType::Dynamic } else { kind };
        Ok(TableStatus { state: TableState::Complete, kind })
    }

    /// Forgets the rows, so that the next call that needs them reads them again. The cursor and
    /// the bookmarks follow their rows; where one is gone, they go to the next row that is still
    /// there.
    pub fn reload(&self) -> Result<()> {
        self.lock()?.reload();
        Ok(())
    }

    /// Brings the table up to date when it is known what happened: rows were added, changed or are
    /// gone, named by the numbers of what they stand for. As [`reload`](Self::reload), but where
    /// rows are found by their numbers, only these rows are read, and the few with which they are
    /// compared to find their places.
    ///
    /// What happens to other rows meanwhile has to be told in its turn.
    pub fn refresh(&self, changed: &[u64]) -> Result<()> {
        self.lock()?.refresh(&*self.source, changed)
    }

    /// Why single rows are missing, or values of them: what came up when the rows were last read,
    /// filtered, sorted and searched. Nothing is read for it.
    pub fn errors(&self) -> Result<Vec<Arc<Error>>> {
        Ok(self.lock()?.errors())
    }

    /// All rows from the first on, one by one. The cursor stays where it is; when the table is
    /// sorted or filtered anew meanwhile, it goes on with the row that has the next number.
    pub fn rows(&self) -> TableRows<'_> {
        TableRows { table: self, next: Some(0) }
    }

    fn lock(&self) -> Result<MutexGuard<'_, State>> {
        // A source that panics leaves a good state: it is only changed when all has been read.
        let state = lock(&self.state);
        self.source.check()?;
        Ok(state)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}

impl TableRow {
    /// The value of the first column with the ID of a tag; `None` if it is an error.
    pub fn get(&self, tag: PropTag) -> Option<&Value> {
        let prop = self.values.iter().find(|prop| prop.tag.id() == tag.id())?;
        prop.value.as_error().is_none().then_some(&prop.value)
    }
}

/// All rows of a table, one by one: see [`Table::rows`]. Ends after an error.
#[derive(Clone, Debug)]
pub struct TableRows<'a> {
    table: &'a Table,
    next: Option<usize>,
}

impl Iterator for TableRows<'_> {
    type Item = Result<TableRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.next.take()?;
        let rows = self.table.lock().and_then(|mut state| {
            let rows = state.rows(&*self.table.source, at, 1)?;
            Ok(rows.into_iter().next())
        });
        if let Ok(Some(_)) = rows {
            self.next = Some(at + 1);
        }
        rows.transpose()
    }
}

fn at_least_one(columns: &[PropTag]) -> Result<&[PropTag]> {
    if columns.is_empty() {
        return Err(Error::invalid_parameter("a table has at least one column"));
    }
    Ok(columns)
}
