//! What a table remembers, and when it reads.

use std::collections::HashMap;
use std::sync::Arc;

use super::bookmark::{Mark, Marks};
use super::category::Categories;
use super::columns::{Cells, Needs};
use super::find::Search;
use super::rows::{Held, Rows, Window};
use super::seen::SeenRow;
use super::sort::SortOrderSet;
use super::view::{Filter, View};
use super::{Bookmark, RowRef, TableRow, TableSource, TableType, Warned};
use crate::prop::{Prop, PropRef, PropTag, tags};
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
    /// What it takes to show the rows, and to find out which and in which order.
    pub(super) fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        self.columns.iter().for_each(|tag| needs.add(*tag));
        self.read_keys(&mut needs);
        needs
    }

    /// What it takes to find out which rows there are, and in which order.
    pub(super) fn view_needs(&self) -> Needs {
        let mut needs = self.spread();
        self.read_keys(&mut needs);
        needs
    }

    /// What it takes to show the rows.
    fn row_needs(&self) -> Needs {
        let mut needs = self.spread();
        self.columns.iter().for_each(|tag| needs.read(*tag));
        if self.sort.categories > 0 {
            self.sort.keys.iter().for_each(|key| needs.read(key.tag));
        }
        needs
    }

    fn spread(&self) -> Needs {
        let needs = self.needs();
        needs.only(&needs.spread)
    }

    fn read_keys(&self, needs: &mut Needs) {
        self.sort.keys.iter().for_each(|key| needs.add(key.tag));
        if let Some(filter) = &self.filter {
            filter.columns.iter().for_each(|tag| needs.read(*tag));
        }
        if self.sort.categories > 0 {
            // Headings say how many are unread.
            needs.read(tags::MESSAGE_FLAGS);
        }
    }
}

/// What was read for it.
pub(super) struct Content {
    pub(super) rows: Rows,
    pub(super) view: View,
}

/// All that a table remembers.
pub(super) struct State {
    spec: Spec,
    pub(super) content: Option<Content>,
    /// Whether the content has to be read again before it is used.
    stale: bool,
    /// What the source said to [`TableSource::finds_rows`].
    finds_rows: Option<bool>,
    pub(super) marks: Marks,
    /// How often categories were expanded and collapsed.
    pub(super) toggled: u64,
    /// Of the last search.
    search_errors: Vec<Arc<Error>>,
}

impl State {
    /// How many numbers of rows are asked for at first, where a few will do.
    const FIRST: usize = if cfg!(test) { 3 } else { 256 };
    /// How many are all the same to ask for as all.
    const MANY: usize = if cfg!(test) { 6 } else { 4096 };

    pub(super) fn new(columns: Vec<PropTag>) -> Self {
        let spec = Spec { columns: columns.into(), filter: None, sort: SortOrderSet::default() };
        let (content, marks, search_errors) = (None, Marks::default(), Vec::new());
        Self { spec, content, stale: false, finds_rows: None, marks, toggled: 0, search_errors }
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

    /// Takes over another restriction or order, all of it or nothing. What is expanded only stays
    /// so if no order was told.
    pub(super) fn change(
        &mut self,
        source: &dyn TableSource,
        spec: Spec,
        sorted: bool,
    ) -> Result<()> {
        if self.content.is_some() {
            let (rows, mut view) = self.build(source, &spec.needs(), &spec, Some(0))?;
            if !sorted {
                self.adopt(&mut view);
            }
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
        self.fill(source, &self.spec.needs(), None)?;
        Ok(self.known())
    }

    /// Where a bookmark stands, in a view that is known up to so many rows after it, if it has
    /// them; and how many rows are known.
    pub(super) fn reach(
        &mut self,
        source: &dyn TableSource,
        origin: Bookmark,
        further: usize,
    ) -> Result<(Mark, usize)> {
        let needs = self.spec.needs();
        if origin != Bookmark::END {
            // One row more, so that the row at the new place is known, and can be followed.
            let enough = |mark: Mark| mark.at.saturating_add(further).saturating_add(1);
            let before = self.marks.find(origin, 0).map_or(0, enough);
            self.fill(source, &needs, Some(before))?;
            let mark = self.marks.find(origin, 0)?;
            if enough(mark) <= self.known() || self.is_complete() {
                return Ok((mark, self.known()));
            }
        }
        self.fill(source, &needs, None)?;
        Ok((self.marks.find(origin, self.known())?, self.known()))
    }

    /// The numbers of all rows, if the view has been read and consists of them.
    pub(super) fn numbers(&self) -> Option<&[u64]> {
        let Some(Content { rows: Rows::Window(_), view }) = &self.content else { return None };
        let plain = view.complete && view.spread.is_empty() && view.categories.is_none();
        plain.then(|| view.entries.rows())
    }

    /// The categories, as far as they have been read.
    pub(super) fn categories(&self) -> Option<&Categories> {
        self.content.as_ref()?.view.categories.as_ref()
    }

    /// Lets be expanded and collapsed what is so in another table of the same order.
    pub(super) fn expand_like(&mut self, other: &Categories) {
        let view = self.content.as_mut().map(|content| &mut content.view);
        if let Some(categories) = view.and_then(|view| view.categories.as_mut()) {
            categories.adopt(other);
        }
    }

    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    fn is_complete(&self) -> bool {
        self.content.as_ref().is_some_and(|content| content.view.complete)
    }

    /// How many rows the view has, as far as it was read.
    fn known(&self) -> usize {
        self.content.as_ref().map_or(0, |content| content.view.len())
    }

    /// Whether all rows of the source are rows of the view, one for one, and they have not been
    /// counted by being read.
    pub(super) fn is_plain(&self) -> bool {
        (!self.is_complete() || self.stale)
            && self.spec.filter.is_none()
            && self.spec.sort.categories == 0
            && self.spec.needs().spread.is_empty()
    }

    /// How many rows there are, by what the source says if it has not been found out by reading.
    pub(super) fn count(&mut self, source: &dyn TableSource) -> Result<usize> {
        if self.content.is_some()
            && !self.stale
            && self.is_plain()
            && let Some(count) = source.row_count()?
        {
            return Ok(usize::try_from(count).unwrap_or(usize::MAX).max(self.known()));
        }
        self.len(source)
    }

    /// Rows of the view by their numbers.
    pub(super) fn rows(
        &mut self,
        source: &dyn TableSource,
        from: usize,
        count: usize,
    ) -> Result<Vec<TableRow>> {
        let mut found = Vec::new();
        self.visit_rows(source, from, count, &mut |row| {
            found.push(row.to_owned());
            Ok(())
        })?;
        Ok(found)
    }

    /// Shows rows one by one, as they are held. Ends with the first error of who looks at them.
    pub(super) fn visit_rows(
        &mut self,
        source: &dyn TableSource,
        from: usize,
        count: usize,
        each: &mut dyn FnMut(RowRef<'_>) -> Result<()>,
    ) -> Result<()> {
        let end = from.saturating_add(count);
        self.fill(source, &self.spec.needs(), Some(end))?;
        let Some(Content { rows, view }) = &mut self.content else { return Ok(()) };
        let (mut from, end) = (from, end.min(view.len()));
        let needs = self.spec.row_needs();
        if let Some(categories) = &view.categories {
            while from < end {
                let part = from..end.min(from + Window::MOST);
                from = part.end;
                let seen: Vec<_> = part.map(|row| categories.seen(row)).collect();
                let picked: Vec<_> =
                    seen.iter().map(|seen| SeenRow::entry(categories, *seen)).collect();
                let picked = rows.pick(source, &view.entries, &picked, &needs)?;
                for (seen, row) in seen.iter().zip(&picked) {
                    let row = SeenRow::new(&self.spec, view, categories, *seen, row);
                    let values: Vec<Prop> =
                        self.spec.columns.iter().map(|column| row.prop(*column)).collect();
                    let values: Vec<_> = values.iter().map(PropRef::from).collect();
                    each(RowRef { id: row.id(), values: &values })?;
                }
            }
            return Ok(());
        }
        while from < end {
            let loaded = rows.load(source, &view.entries, from..end, &needs)?;
            let mut values = Vec::with_capacity(self.spec.columns.len());
            for at in from..from + loaded {
                let row = rows.row(&view.entries, at);
                let instance = view.entries.instance(at);
                let cells = Cells { row, instance, spread: &view.spread };
                values.clear();
                values.extend(self.spec.columns.iter().map(|column| cells.shown_in(*column)));
                each(RowRef { id: row.id, values: &values })?;
            }
            from += loaded;
        }
        Ok(())
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
        if matches!(self.content, Some(Content { rows: Rows::Held(_), .. }) | None) {
            // What is kept has to hold what is looked at.
            self.fill(source, &needs, Some(0))?;
        }
        let (mut mark, _) = self.reach(source, origin, 0)?;
        loop {
            self.search_errors.clear();
            let Some(Content { rows, view }) = &mut self.content else {
                return Err(not_found());
            };
            let part = if backward { 0..mark.at } else { mark.at..view.len() };
            let search = Search { source, spec: &self.spec, filter: &filter, backward };
            let found = search.run(rows, view, part, &mut self.search_errors)?;
            if let Some(found) = found {
                self.marks.go(origin, found);
                return Ok(Warned { value: found as u64, warning: warning(mark) });
            }
            if backward || view.complete {
                return Err(not_found());
            }
            let known = self.len(source)?;
            mark = self.marks.find(origin, known)?;
        }
    }

    /// The errors of single rows, as far as they were read.
    pub(super) fn errors(&self) -> Vec<Arc<Error>> {
        let content = self.content.iter();
        let read =
            content.flat_map(|content| content.rows.errors().iter().chain(&content.view.errors));
        read.chain(&self.search_errors).cloned().collect()
    }

    /// Makes sure that what is needed has been read, and that the view is up to date; with
    /// `enough`, only its first so many rows.
    fn fill(
        &mut self,
        source: &dyn TableSource,
        needs: &Needs,
        enough: Option<usize>,
    ) -> Result<()> {
        let is_enough =
            |view: &View| view.complete || enough.is_some_and(|enough| enough <= view.len());
        let good = |Content { rows, view }: &Content| {
            view.spread == needs.spread
                && match rows {
                    Rows::Held(held) => held.covers(needs),
                    Rows::Window(_) => is_enough(view),
                }
        };
        let mut enough = enough;
        if let Some(content) = &self.content {
            if !self.stale && good(content) {
                return Ok(());
            }
            // Whoever goes on past the first rows goes on, and what follows its row may have to
            // follow it far.
            let anew = self.stale || content.view.spread != needs.spread;
            enough = enough.filter(|_| anew && self.marks.are_trivial());
        }
        let (rows, mut view) = self.build(source, needs, &self.spec.clone(), enough)?;
        self.adopt(&mut view);
        self.carry(rows.as_ref(), &view);
        self.install(rows, view);
        Ok(())
    }

    /// Makes a view, and reads the rows for it where those that are there do not do.
    fn build(
        &mut self,
        source: &dyn TableSource,
        needs: &Needs,
        spec: &Spec,
        enough: Option<usize>,
    ) -> Result<(Option<Rows>, View)> {
        if self.finds_rows(source)? {
            let enough = enough.filter(|enough| *enough <= Self::MANY);
            let enough = enough.map(|enough| enough.max(Self::FIRST));
            let view = View::of_numbers(source, needs, spec, enough)?;
            return Ok((Some(Rows::Window(Window::default())), view));
        }
        match &self.content {
            Some(Content { rows: Rows::Held(held), .. }) if !self.stale && held.covers(needs) => {
                Ok((None, View::of_held(source, held, &needs.spread, spec)?))
            }
            _ => {
                let held = Held::read(source, needs.clone())?;
                let view = View::of_held(source, &held, &needs.spread, spec)?;
                Ok((Some(Rows::Held(held)), view))
            }
        }
    }

    fn finds_rows(&mut self, source: &dyn TableSource) -> Result<bool> {
        Ok(match self.finds_rows {
            Some(known) => known,
            None => *self.finds_rows.insert(source.finds_rows()?),
        })
    }

    /// Whether the rows change while the table is not read again.
    pub(super) fn kind(&mut self, source: &dyn TableSource) -> Result<TableType> {
        Ok(if self.finds_rows(source)? { TableType::Keyset } else { TableType::Snapshot })
    }

    /// Lets the cursor and the bookmarks follow their rows into a new view.
    pub(super) fn carry(&mut self, rows: Option<&Rows>, view: &View) {
        if self.marks.are_trivial() {
            return;
        }
        let Some(old) = &self.content else { return };
        let grown = matches!(old.rows, Rows::Window(_))
            && !old.view.complete
            && view.entries.starts_with(&old.view.entries);
        if !grown {
            let places = places((&old.rows, &old.view), (rows.unwrap_or(&old.rows), view));
            self.marks.carry(&places, view.len());
        }
    }

    /// Lets what was expanded and collapsed be so in a new view of the same order.
    fn adopt(&self, view: &mut View) {
        if let (Some(categories), Some(old)) = (&mut view.categories, self.categories()) {
            categories.adopt(old);
        }
    }

    pub(super) fn install(&mut self, rows: Option<Rows>, view: View) {
        let old = self.content.take().map(|old| old.rows);
        self.content = rows.or(old).map(|rows| Content { rows, view });
        self.stale = false;
    }
}

/// For each row of a view, the first row of another one that is the same row or the next that is
/// still there, and whether it is the same.
fn places((old_rows, old): (&Rows, &View), (new_rows, new): (&Rows, &View)) -> Vec<(usize, bool)> {
    let found: HashMap<_, _> = (0..new.len()).map(|at| (new.identity(new_rows, at), at)).collect();
    let mut next = new.len();
    let mut places: Vec<_> = (0..old.len())
        .rev()
        .map(|at| {
            let same = found.get(&old.identity(old_rows, at)).copied();
            next = same.unwrap_or(next);
            (next, same.is_some())
        })
        .collect();
    places.reverse();
    places
}

/// That a bookmark's row was gone.
pub(super) fn warning(mark: Mark) -> Option<Warning> {
    mark.moved.then_some(Warning::PositionChanged)
}

fn not_found() -> Error {
    Error::not_found("no row fits")
}
