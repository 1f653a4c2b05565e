//! Searching a view.

use std::ops::Range;
use std::sync::Arc;

use super::TableSource;
use super::category::Categories;
use super::columns::{Cells, Needs};
use super::rows::{Rows, Window};
use super::seen::{Looked, SeenRow, named_heading};
use super::state::Spec;
use super::view::{Filter, View, ends_all, load_spread, query};
use crate::prop::{Value, tags};
use crate::restriction::{RelOp, Restriction};
use crate::{Error, Result};

/// A search for one row.
pub(super) struct Search<'a> {
    pub(super) source: &'a dyn TableSource,
    pub(super) spec: &'a Spec,
    pub(super) filter: &'a Filter,
    pub(super) backward: bool,
}

impl Search<'_> {
    /// How many rows are looked at in the order of the view before all rows of the source are
    /// looked at in its own order, which is quicker by far if there are many.
    const NEAR: usize = if cfg!(test) { 4 } else { 2048 };
    /// How many rows are fetched at a time.
    const STEP: usize = if cfg!(test) { 3 } else { 256 };

    /// Which entry of a part of a view fits first, from its start or, backward, from its end.
    pub(super) fn run(
        &self,
        rows: &mut Rows,
        view: &View,
        part: Range<usize>,
        errors: &mut Vec<Arc<Error>>,
    ) -> Result<Option<usize>> {
        if let Some(categories) = &view.categories {
            return self.in_categories(rows, view, categories, part, errors);
        }
        if let Rows::Held(_) = rows {
            return self.step_by_step(rows, view, part, errors);
        }
        let entries = &view.entries;
        if let Some((row, instance)) = named(self.filter.restriction()) {
            let is_it = |at: usize| entries.row(at) == row && entries.instance(at) == instance;
            return Ok(self.first(part, is_it));
        }
        if view.spread.is_empty() {
            // The first row of all is the first of the whole table.
            let limit = (part.start == 0 && !self.backward).then_some(1);
            if let Some(mut ids) = query(self.source, self.spec, Some(self.filter), limit)? {
                ids.sort_unstable();
                let fits = |at: usize| ids.binary_search(&entries.row(at)).is_ok();
                return Ok(self.first(part, fits));
            }
        }
        let mut window = Rows::Window(Window::default());
        let near = if self.filter.counts() { part.len() } else { part.len().min(Self::NEAR) };
        let (near, far) = if self.backward {
            let middle = part.end - near;
            (middle..part.end, part.start..middle)
        } else {
            let middle = part.start + near;
            (part.start..middle, middle..part.end)
        };
        let found = self.step_by_step(&mut window, view, near, errors)?;
        errors.extend(window.errors().iter().cloned());
        if found.is_some() || far.is_empty() {
            return Ok(found);
        }
        let fitting = self.all(&view.spread, errors)?;
        let name = |at: usize| (entries.row(at), entries.instance(at));
        Ok(self.first(far, |at| fitting.binary_search(&name(at)).is_ok()))
    }

    fn first(&self, mut part: Range<usize>, fits: impl Fn(usize) -> bool) -> Option<usize> {
        if self.backward { part.rev().find(|at| fits(*at)) } else { part.find(|at| fits(*at)) }
    }

    /// Looks at one row after the other.
    fn step_by_step(
        &self,
        rows: &mut Rows,
        view: &View,
        mut part: Range<usize>,
        errors: &mut Vec<Arc<Error>>,
    ) -> Result<Option<usize>> {
        let (needs, mut counter) = (self.needs(&view.spread), self.filter.counter());
        while !part.is_empty() {
            let step = if self.backward {
                part.end.saturating_sub(Self::STEP).max(part.start)..part.end
            } else {
                part.start..part.start.saturating_add(Self::STEP).min(part.end)
            };
            rows.load(self.source, &view.entries, step.clone(), &needs)?;
            for offset in 0..step.len() {
                let at = if self.backward { step.end - 1 - offset } else { step.start + offset };
                let row = rows.row(&view.entries, at);
                let instance = view.entries.instance(at);
                let cells = Cells { row, instance, spread: &view.spread };
                if self.filter.holds(self.source, cells, &mut counter, errors)? {
                    return Ok(Some(at));
                }
            }
            part = if self.backward { part.start..step.start } else { step.end..part.end };
        }
        Ok(None)
    }

    /// Looks at the rows that can be seen, one after the other.
    fn in_categories(
        &self,
        rows: &mut Rows,
        view: &View,
        categories: &Categories,
        part: Range<usize>,
        errors: &mut Vec<Arc<Error>>,
    ) -> Result<Option<usize>> {
        let named = instance_key(self.filter.restriction());
        if let Some(mark) = named.and_then(named_heading) {
            let group = categories.find(mark);
            let row = group.and_then(|group| categories.row_of_group(group));
            return Ok(row.filter(|row| part.contains(row)));
        }
        let mut needs = self.needs(&view.spread);
        self.spec
            .sort
            .levels()
            .iter()
            .flat_map(|level| &level.tags)
            .for_each(|tag| needs.read(*tag));
        let mut counter = self.filter.counter();
        let mut part = part;
        while !part.is_empty() {
            let step: Vec<usize> = if self.backward {
                part.clone().rev().take(Self::STEP).collect()
            } else {
                part.clone().take(Self::STEP).collect()
            };
            let seen: Vec<_> = step.iter().map(|row| categories.seen(*row)).collect();
            let picked: Vec<_> =
                seen.iter().map(|seen| SeenRow::entry(categories, *seen)).collect();
            let found = rows.pick(self.source, &view.entries, &picked, &needs)?;
            for ((at, seen), row) in step.iter().zip(seen).zip(&found) {
                let seen = SeenRow::new(self.spec, view, categories, seen, row);
                let looked = Looked { source: self.source, row: seen };
                if self.filter.holds_for(&looked, row.id, &mut counter, errors)? {
                    return Ok(Some(*at));
                }
            }
            if self.backward {
                part.end -= step.len();
            } else {
                part.start += step.len();
            }
        }
        Ok(None)
    }

    /// All rows of the source that fit, and which instances of them, in ascending order.
    fn all(&self, spread: &[u16], errors: &mut Vec<Arc<Error>>) -> Result<Vec<(u64, u32)>> {
        let (mut fitting, mut counter) = (Vec::new(), self.filter.counter());
        let mut failure = None;
        self.source.rows(&self.needs(spread).tags(), &mut |row| {
            if failure.is_some() {
                return;
            }
            let looked = row.and_then(|mut row| {
                load_spread(self.source, &mut row, spread, errors)?;
                for instance in 0..Cells::shown(&row, spread) {
                    let cells = Cells { row: &row, instance, spread };
                    if self.filter.holds(self.source, cells, &mut counter, errors)? {
                        fitting.push((row.id, instance));
                    }
                }
                Ok(())
            });
            match looked {
                Err(error) if ends_all(&error) => failure = Some(error),
                Err(error) => errors.push(Arc::new(error)),
                Ok(()) => {}
            }
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        fitting.sort_unstable();
        Ok(fitting)
    }

    fn needs(&self, spread: &[u16]) -> Needs {
        let mut needs = self.spec.needs().only(spread);
        self.filter.columns.iter().for_each(|tag| needs.read(*tag));
        needs
    }
}

/// The row that a restriction names by its key, if that is all that it does.
fn named(restriction: &Restriction) -> Option<(u64, u32)> {
    Cells::named(instance_key(restriction)?)
}

fn instance_key(restriction: &Restriction) -> Option<&[u8]> {
    match restriction {
        Restriction::Property { op: RelOp::Eq, tag, value: Value::Binary(key) }
            if *tag == tags::INSTANCE_KEY =>
        {
            Some(key)
        }
        _ => None,
    }
}
