//! The rows behind a view: kept whole, or fetched by their numbers when they are looked at.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::TableSource;
use super::columns::Needs;
use super::entries::Entries;
use super::view::{ends_all, load_spread, too_big};
use crate::prop::PropBag;
use crate::store::Row;
use crate::{Error, Result};

/// The rows that a source gave, in its order. Entries name them by their places.
pub(super) struct Held {
    needs: Needs,
    pub(super) all: Vec<Row>,
    pub(super) errors: Vec<Arc<Error>>,
}

impl Held {
    pub(super) fn read(source: &dyn TableSource, needs: Needs) -> Result<Self> {
        let mut read = Self { needs, all: Vec::new(), errors: Vec::new() };
        let mut failure = None;
        source.rows(&read.needs.tags(), &mut |row| match row {
            Ok(row) => read.all.push(row),
            Err(error) if ends_all(&error) => failure = failure.take().or(Some(error)),
            Err(error) => read.errors.push(Arc::new(error)),
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        if u32::try_from(read.all.len()).is_err() {
            return Err(too_big());
        }
        for row in &mut read.all {
            load_spread(source, row, &read.needs.spread, &mut read.errors)?;
        }
        Ok(read)
    }

    pub(super) fn covers(&self, needs: &Needs) -> bool {
        self.needs.covers(needs)
    }
}

/// The rows around the place that was looked at last. Entries name rows by their numbers.
#[derive(Default)]
pub(super) struct Window {
    needs: Needs,
    /// Of which entries.
    from: usize,
    rows: Vec<Row>,
    pub(super) errors: Vec<Arc<Error>>,
}

impl Window {
    /// How many rows are fetched at least, in case that the next are asked for next.
    const AHEAD: usize = if cfg!(test) { 2 } else { 64 };
    /// How many rows are fetched at most, however many are asked for.
    pub(super) const MOST: usize = if cfg!(test) { 4 } else { 1024 };
    const MAX_ERRORS: usize = 1024;

    /// Makes sure that the rows of these entries are at hand, or as many of them as fit; gives
    /// how many.
    pub(super) fn load(
        &mut self,
        source: &dyn TableSource,
        entries: &Entries,
        wanted: Range<usize>,
        needs: &Needs,
    ) -> Result<usize> {
        let end = wanted.end.min(wanted.start.saturating_add(Self::MOST)).min(entries.len());
        let held = self.from..self.from + self.rows.len();
        let covered = self.needs.covers(needs);
        if !(covered && held.start <= wanted.start && end <= held.end) {
            let ahead = wanted.start.saturating_add(Self::AHEAD).min(entries.len());
            self.fetch(source, entries, wanted.start..end.max(ahead), needs.clone())?;
        }
        Ok(end.saturating_sub(wanted.start))
    }

    fn fetch(
        &mut self,
        source: &dyn TableSource,
        entries: &Entries,
        wanted: Range<usize>,
        needs: Needs,
    ) -> Result<()> {
        self.rows.clear();
        let ids = &entries.rows()[wanted.clone()];
        let mut different = ids.to_vec();
        different.sort_unstable();
        different.dedup();
        let mut found = HashMap::with_capacity(different.len());
        let (mut failure, mut errors) = (None, Vec::new());
        source.rows_of(&different, &needs.tags(), &mut |row| match row {
            Ok(row) => drop(found.insert(row.id, row)),
            Err(error) if ends_all(&error) => failure = failure.take().or(Some(error)),
            Err(error) => errors.push(Arc::new(error)),
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        for row in found.values_mut() {
            load_spread(source, row, &needs.spread, &mut errors)?;
        }
        // What is gone, or cannot be read, stays a row without values until the table is read
        // again.
        let row = |id: &u64| {
            found.get(id).cloned().unwrap_or_else(|| Row { id: *id, props: PropBag::new() })
        };
        self.rows = ids.iter().map(row).collect();
        (self.needs, self.from) = (needs, wanted.start);
        errors.into_iter().for_each(|error| self.note(error));
        Ok(())
    }

    /// Keeps an error, once.
    fn note(&mut self, error: Arc<Error>) {
        let text = error.to_string();
        let known = self.errors.iter().any(|other| other.to_string() == text);
        if !known && self.errors.len() < Self::MAX_ERRORS {
            self.errors.push(error);
        }
    }
}

/// Where the rows of a view are.
pub(super) enum Rows {
    Held(Held),
    Window(Window),
}

impl Rows {
    /// Makes sure that rows are at hand, or as many of them as fit; gives how many.
    pub(super) fn load(
        &mut self,
        source: &dyn TableSource,
        entries: &Entries,
        wanted: Range<usize>,
        needs: &Needs,
    ) -> Result<usize> {
        match self {
            Self::Held(_) => Ok(wanted.len()),
            Self::Window(window) => window.load(source, entries, wanted, needs),
        }
    }

    /// The rows of some entries, each for itself.
    pub(super) fn pick(
        &mut self,
        source: &dyn TableSource,
        entries: &Entries,
        picked: &[usize],
        needs: &Needs,
    ) -> Result<Vec<Row>> {
        match self {
            Self::Held(held) => {
                let row = |at: &usize| held.all[entries.row(*at) as usize].clone();
                Ok(picked.iter().map(row).collect())
            }
            Self::Window(window) => {
                let mut chosen = Entries::default();
                picked.iter().for_each(|at| chosen.push(entries.row(*at), entries.instance(*at)));
                let mut own = Window::default();
                own.fetch(source, &chosen, 0..chosen.len(), needs.clone())?;
                own.errors.drain(..).for_each(|error| window.note(error));
                Ok(own.rows)
            }
        }
    }

    /// The row of an entry, which is at hand.
    pub(super) fn row(&self, entries: &Entries, at: usize) -> &Row {
        match self {
            Self::Held(held) => &held.all[entries.row(at) as usize],
            Self::Window(window) => &window.rows[at - window.from],
        }
    }

    /// The number of the row of an entry.
    pub(super) fn id(&self, entries: &Entries, at: usize) -> u64 {
        match self {
            Self::Held(held) => held.all[entries.row(at) as usize].id,
            Self::Window(_) => entries.row(at),
        }
    }

    pub(super) fn errors(&self) -> &[Arc<Error>] {
        match self {
            Self::Held(held) => &held.errors,
            Self::Window(window) => &window.errors,
        }
    }
}
