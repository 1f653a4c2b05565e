//! What a table remembers, and when it reads.

use std::sync::Arc;

use super::bookmark::{Mark, Marks};
use super::columns::Needs;
use super::sort::SortOrderSet;
use super::view::{Filter, Reader, Rows, View};
use super::{Bookmark, TableRow, TableSource, Warned};
use crate::prop::PropTag;
use crate::restriction::Restriction;
use crate::{Error, Result, Warning};

/// What is wanted of a table.
#[derive(Clone)]
pub(super) struct Spec {
    pub(super) columns: Arc<[PropTag]>,
    pub(super) filter: Option<Arc<Filter>>,
    pub(super) sort: SortOrderSet,
}

impl Spec {
    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        self.columns.iter().for_each(|tag| needs.add(*tag));
        self.sort.keys.iter().for_each(|key| needs.add(key.tag));
        if let Some(filter) = &self.filter {
            filter.columns.iter().for_each(|tag| needs.read(*tag));
        }
        needs
    }
}

/// What was read for it.
struct Content {
    rows: Rows,
    view: View,
}

/// All that a table remembers.
pub(super) struct State {
    spec: Spec,
    content: Option<Content>,
    /// Whether the content has to be read again before it is used.
    stale: bool,
    pub(super) marks: Marks,
    /// Of the last search.
    search_errors: Vec<Arc<Error>>,
}

impl State {
    pub(super) fn new(columns: Vec<PropTag>) -> Self {
        let spec = Spec { columns: columns.into(), filter: None, sort: SortOrderSet::default() };
        let (content, marks) = (None, Marks::default());
        Self { spec, content, stale: false, marks, search_errors: Vec::new() }
    }

    pub(super) fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Nothing is read: what columns cannot be given shows in the rows.
    pub(super) fn set_columns(&mut self, columns: &[PropTag]) {
        let before = self.spec.needs().spread;
        self.spec.columns = columns.into();
        if self.spec.needs().spread != before {
            self.marks.drop_bookmarks();
        }
    }

    /// Takes over another restriction or order, all of it or nothing.
    pub(super) fn change(&mut self, source: &dyn TableSource, spec: Spec) -> Result<()> {
        if self.content.is_some() {
            let (rows, view) = self.build(source, spec.needs(), &spec)?;
            self.install(rows, view);
        }
        self.spec = spec;
        self.marks.renew();
        Ok(())
    }

    /// From now on, what was read does not count.
    pub(super) fn reload(&mut self) {
        self.stale = true;
    }

    /// How many rows the view has, which is read if need be.
    pub(super) fn len(&mut self, source: &dyn TableSource) -> Result<usize> {
        self.fill(source, self.spec.needs())?;
        Ok(self.content.as_ref().map_or(0, |content| content.view.entries.len()))
    }

    /// Whether all rows of the source are rows of the view, one for one, as far as is known
    /// without reading.
    pub(super) fn is_plain(&self) -> bool {
        let read = self.content.is_some() && !self.stale;
        !read && self.spec.filter.is_none() && self.spec.needs().spread.is_empty()
    }

    /// Rows of the view by their numbers.
    pub(super) fn rows(
        &mut self,
        source: &dyn TableSource,
        from: usize,
        count: usize,
    ) -> Result<Vec<TableRow>> {
        self.fill(source, self.spec.needs())?;
        let Some(Content { rows, view }) = &self.content else { return Ok(Vec::new()) };
        let reader = Reader::new(source, rows, view);
        let wanted = view.entries.iter().skip(from).take(count).map(|entry| {
            let cells = reader.cells(*entry);
            let values = self.spec.columns.iter().map(|column| cells.prop(*column)).collect();
            TableRow { id: cells.row.id, values }
        });
        Ok(wanted.collect())
    }

    /// The first row that fits, from a bookmark on or from the row before it back; the cursor goes
    /// there.
    pub(super) fn find(
        &mut self,
        source: &dyn TableSource,
        restriction: &Restriction,
        origin: Bookmark,
        backward: bool,
    ) -> Result<Warned<u64>> {
        let filter = Filter::new(restriction)?;
        let mut needs = self.spec.needs();
        filter.columns.iter().for_each(|tag| needs.read(*tag));
        self.fill(source, needs)?;
        self.search_errors.clear();
        let Some(Content { rows, view }) = &self.content else {
            return Err(not_found());
        };
        let mark = self.marks.find(origin, view.entries.len())?;
        let reader = Reader::new(source, rows, view);
        let (mut counter, errors) = (filter.counter(), &mut self.search_errors);
        let mut holds = |at: usize| filter.holds(reader, view.entries[at], &mut counter, errors);
        let found = if backward {
            first((0..mark.at).rev(), &mut holds)?
        } else {
            first(mark.at..view.entries.len(), &mut holds)?
        };
        let found = found.ok_or_else(not_found)?;
        self.marks.go(origin, found);
        Ok(Warned { value: found as u64, warning: warning(mark) })
    }

    /// The errors of single rows, as far as they were read.
    pub(super) fn errors(&self) -> Vec<Arc<Error>> {
        let content = self.content.iter();
        let read =
            content.flat_map(|content| content.rows.errors.iter().chain(&content.view.errors));
        read.chain(&self.search_errors).cloned().collect()
    }

    /// Makes sure that what is needed has been read, and that the view is up to date.
    fn fill(&mut self, source: &dyn TableSource, needs: Needs) -> Result<()> {
        let good =
            |content: &Content| content.rows.covers(&needs) && content.view.spread == needs.spread;
        match &self.content {
            Some(content) if !self.stale && good(content) => Ok(()),
            _ => {
                let (rows, view) = self.build(source, needs, &self.spec)?;
                self.carry(source, rows.as_ref(), &view);
                self.install(rows, view);
                Ok(())
            }
        }
    }

    /// Makes a view, and reads the rows for it where those that are there do not do.
    fn build(
        &self,
        source: &dyn TableSource,
        needs: Needs,
        spec: &Spec,
    ) -> Result<(Option<Rows>, View)> {
        let (filter, keys) = (spec.filter.as_deref(), &spec.sort.keys);
        let spread = needs.spread.clone();
        match &self.content {
            Some(old) if !self.stale && old.rows.covers(&needs) => {
                Ok((None, View::build(source, &old.rows, spread, filter, keys)?))
            }
            _ => {
                let rows = Rows::read(source, needs)?;
                let view = View::build(source, &rows, spread, filter, keys)?;
                Ok((Some(rows), view))
            }
        }
    }

    /// Lets the cursor and the bookmarks follow their rows into a new view.
    fn carry(&mut self, source: &dyn TableSource, rows: Option<&Rows>, view: &View) {
        if self.marks.are_trivial() {
            return;
        }
        let Some(old) = &self.content else { return };
        let before = Reader::new(source, &old.rows, &old.view);
        let after = Reader::new(source, rows.unwrap_or(&old.rows), view);
        let places = before.places_in(&old.view.entries, after, &view.entries);
        self.marks.carry(&places, view.entries.len());
    }

    fn install(&mut self, rows: Option<Rows>, view: View) {
        let old = self.content.take().map(|old| old.rows);
        self.content = rows.or(old).map(|rows| Content { rows, view });
        self.stale = false;
    }
}

/// That a bookmark's row was gone.
pub(super) fn warning(mark: Mark) -> Option<Warning> {
    mark.moved.then_some(Warning::PositionChanged)
}

fn first(
    rows: impl Iterator<Item = usize>,
    holds: &mut impl FnMut(usize) -> Result<bool>,
) -> Result<Option<usize>> {
    for row in rows {
        if holds(row)? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn not_found() -> Error {
    Error::not_found("no row fits")
}
