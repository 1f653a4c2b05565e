//! The rows of a source as they were read, and a view of them: filtered, spread and sorted.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::TableSource;
use super::columns::{Cells, Needs};
use super::sort::{SortKey, sort};
use crate::prop::{Prop, PropTag, Value, tags};
use crate::restriction::{Candidate, Counter, Matcher, Restriction};
use crate::store::Row;
use crate::{Error, ErrorCode, Result};

/// The rows that a source gave, in its order.
pub(super) struct Rows {
    needs: Needs,
    all: Vec<Row>,
    pub(super) errors: Vec<Arc<Error>>,
}

impl Rows {
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
        read.load_spread(source)?;
        Ok(read)
    }

    pub(super) fn covers(&self, needs: &Needs) -> bool {
        self.needs.covers(needs)
    }

    /// Values cannot become rows while they stay in the store.
    fn load_spread(&mut self, source: &dyn TableSource) -> Result<()> {
        for row in &mut self.all {
            for id in &self.needs.spread {
                let Some(Prop { tag, value }) = row.props.find(*id) else { continue };
                let Value::Large(_, size) = value else { continue };
                let (tag, loaded) = (*tag, load(source, row.id, *tag, *size));
                let code = loaded.as_ref().map_or_else(Error::code, |_| ErrorCode::NOT_FOUND);
                let value = keep(loaded, row.id, &mut self.errors)?;
                row.props.set(tag, value.unwrap_or(Value::Error(code)));
            }
        }
        Ok(())
    }
}

/// A row of a view: the place of the row among [`Rows`], and which instance of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    row: u32,
    instance: u32,
}

/// Which rows are seen, in which order.
pub(super) struct View {
    pub(super) spread: Vec<u16>,
    pub(super) entries: Vec<Entry>,
    pub(super) errors: Vec<Arc<Error>>,
}

impl View {
    /// The most rows of a view that has more rows than its source.
    const MAX_SPREAD: usize = 1 << 24;

    /// Filters, spreads and sorts.
    pub(super) fn build(
        source: &dyn TableSource,
        rows: &Rows,
        spread: Vec<u16>,
        filter: Option<&Filter>,
        keys: &[SortKey],
    ) -> Result<Self> {
        let (mut entries, mut errors) = (Vec::with_capacity(rows.all.len()), Vec::new());
        let reader = Reader { source, rows: &rows.all, spread: &spread };
        let mut counter = filter.map(|filter| filter.matcher.counter());
        for (row, number) in rows.all.iter().zip(0..) {
            let first = Entry { row: number, instance: 0 };
            if let (Some(filter), Some(counter)) = (filter, &mut counter) {
                if counter.is_spent() {
                    break;
                }
                // Instances are not looked at: a restriction is about the whole property.
                let whole = Reader { spread: &[], ..reader };
                if !filter.holds(whole, first, counter, &mut errors)? {
                    continue;
                }
            }
            let instances = Cells::instances(row, &spread);
            if instances > Cells::MAX_INSTANCES {
                let message = format!("{instances} combinations of values, too many for rows");
                let error = Error::new(ErrorCode::TOO_BIG, message);
                errors.push(Arc::new(error.context(place(row.id))));
            }
            let shown = instances.min(Cells::MAX_INSTANCES) as u32;
            if !spread.is_empty() && entries.len() + shown as usize > Self::MAX_SPREAD {
                return Err(too_big());
            }
            entries.extend((0..shown).map(|instance| Entry { instance, ..first }));
        }
        let entries = sort(entries, keys, reader, &mut errors)?;
        Ok(Self { spread, entries, errors })
    }
}

/// A restriction, ready to be evaluated.
pub(super) struct Filter {
    matcher: Matcher,
    pub(super) columns: Vec<PropTag>,
}

impl Filter {
    pub(super) fn new(restriction: &Restriction) -> Result<Self> {
        Ok(Self { matcher: Matcher::new(restriction)?, columns: restriction.columns() })
    }

    pub(super) fn counter(&self) -> Counter {
        self.matcher.counter()
    }

    /// Whether a row fits; one that cannot be evaluated does not, and its error is kept.
    pub(super) fn holds(
        &self,
        reader: Reader<'_>,
        entry: Entry,
        counter: &mut Counter,
        errors: &mut Vec<Arc<Error>>,
    ) -> Result<bool> {
        let found = self.matcher.matches_next(counter, &Shown { reader, entry });
        Ok(keep(found, reader.cells(entry).row.id, errors)?.unwrap_or(false))
    }
}

/// What it takes to look at the rows of a view.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) source: &'a dyn TableSource,
    rows: &'a [Row],
    spread: &'a [u16],
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a dyn TableSource, rows: &'a Rows, view: &'a View) -> Self {
        Self { source, rows: &rows.all, spread: &view.spread }
    }

    pub(super) fn cells(&self, entry: Entry) -> Cells<'a> {
        let row = &self.rows[entry.row as usize];
        Cells { row, instance: entry.instance, spread: self.spread }
    }

    /// What identifies the row as long as the table is open.
    fn identity(&self, entry: Entry) -> (u64, u32) {
        (self.rows[entry.row as usize].id, entry.instance)
    }

    /// For each row of this view, the first row of another view that is the same row or the next
    /// that is still there, and whether it is the same.
    pub(super) fn places_in(
        &self,
        entries: &[Entry],
        other: Reader<'_>,
        others: &[Entry],
    ) -> Vec<(usize, bool)> {
        let identities = others.iter().map(|entry| other.identity(*entry));
        let new: HashMap<_, _> = identities.zip(0..).collect();
        let mut next = others.len();
        let mut places: Vec<_> = entries
            .iter()
            .rev()
            .map(|entry| {
                let same = new.get(&self.identity(*entry)).copied();
                next = same.unwrap_or(next);
                (next, same.is_some())
            })
            .collect();
        places.reverse();
        places
    }
}

/// A row as a restriction sees it.
struct Shown<'a> {
    reader: Reader<'a>,
    entry: Entry,
}

impl Candidate for Shown<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        let cells = self.reader.cells(self.entry);
        if tag.id() == tags::INSTANCE_KEY.id() {
            Ok(cells.value(tag))
        } else if cells.spread.contains(&tag.id()) {
            Ok(cells.value(super::instance_tag(tag)))
        } else {
            cells.row.props.value(tag)
        }
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        self.reader.source.load(self.reader.cells(self.entry).row.id, tag)
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        self.reader.source.open(self.reader.cells(self.entry).row.id, tag)
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.reader.source.subobjects(self.reader.cells(self.entry).row.id, tag, each)
    }
}

/// A value that is too large for its row, unless it is too large for this, too.
pub(super) fn load(source: &dyn TableSource, row: u64, tag: PropTag, size: u64) -> Result<Value> {
    if size > Matcher::MAX_LOAD {
        return Err(Error::new(ErrorCode::TOO_BIG, format!("{tag} has {size} bytes")));
    }
    source.load(row, tag)
}

/// Keeps the error of a single row and goes on, unless it is one that all rows would have.
pub(super) fn keep<T>(
    result: Result<T>,
    row: u64,
    errors: &mut Vec<Arc<Error>>,
) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if ends_all(&error) => Err(error),
        Err(error) => {
            errors.push(Arc::new(error.context(place(row))));
            Ok(None)
        }
    }
}

fn ends_all(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::INVALID_OBJECT
            | ErrorCode::END_OF_SESSION
            | ErrorCode::TOO_COMPLEX
            | ErrorCode::NO_SUPPORT
            | ErrorCode::CANCEL
            | ErrorCode::USER_CANCEL
    )
}

fn too_big() -> Error {
    Error::new(ErrorCode::TABLE_TOO_BIG, "the table has too many rows")
}

fn place(row: u64) -> String {
    format!("row 0x{row:X}")
}
