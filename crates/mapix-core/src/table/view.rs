//! A view: which rows are seen, filtered, spread and sorted.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::category::{Categories, Grouping, Seen};
use super::columns::{Cells, Needs};
use super::entries::Entries;
use super::keys::{Keys, field};
use super::rows::{Held, Rows};
use super::sort::{Level, SortOrder, SortOrderSet};
use super::state::Spec;
use super::{TableSource, instance_tag};
use crate::object::computed::MSGFLAG_READ;
use crate::prop::{Prop, PropTag, Value, tags};
use crate::restriction::{Candidate, Counter, Matcher, Restriction};
use crate::store::Row;
use crate::{Error, ErrorCode, Result};

/// Which rows are seen, in which order.
pub(super) struct View {
    pub(super) spread: Vec<u16>,
    pub(super) entries: Entries,
    /// Whether these are all rows. If not, they are the first ones.
    pub(super) complete: bool,
    pub(super) categories: Option<Categories>,
    pub(super) errors: Vec<Arc<Error>>,
}

impl View {
    /// How many rows can be seen, as far as they are known.
    pub(super) fn len(&self) -> usize {
        self.categories.as_ref().map_or(self.entries.len(), Categories::rows)
    }

    /// What identifies a row as long as the table is open.
    pub(super) fn identity(&self, rows: &Rows, row: usize) -> (u64, u64) {
        let entry =
            match self.categories.as_ref().map(|categories| (categories, categories.seen(row))) {
                Some((categories, Seen::Heading(group))) => {
                    let mark = categories.groups[group].mark;
                    return ((mark >> 64) as u64, mark as u64);
                }
                Some((_, Seen::Leaf(entry))) => entry,
                None => row,
            };
        (rows.id(&self.entries, entry), self.entries.instance(entry).into())
    }

    /// The most rows of a view that has more rows than its source.
    const MAX_SPREAD: usize = 1 << 24;

    /// All rows by their numbers, in their order.
    pub(super) fn of_order(ids: Vec<u64>, errors: Vec<Arc<Error>>) -> Self {
        let (spread, entries) = (Vec::new(), Entries::of_rows(ids));
        Self { spread, entries, complete: true, categories: None, errors }
    }

    /// From rows that are kept.
    pub(super) fn of_held(
        source: &dyn TableSource,
        held: &Held,
        spread: &[u16],
        spec: &Spec,
    ) -> Result<Self> {
        let mut gather = Gather::new(source, spread, spec);
        for (row, place) in held.all.iter().zip(0..) {
            if gather.is_spent() {
                break;
            }
            gather.take(place, row)?;
        }
        Ok(gather.finish())
    }

    /// Of a source that finds rows by their numbers: by its answer to a query if it has one, else
    /// by looking at each row once. With `enough`, the first so many rows will do.
    pub(super) fn of_numbers(
        source: &dyn TableSource,
        needs: &Needs,
        spec: &Spec,
        enough: Option<usize>,
    ) -> Result<Self> {
        if needs.spread.is_empty()
            && spec.sort.categories == 0
            && let Some(ids) = query(source, spec, None, enough)?
        {
            let complete = enough.is_none_or(|enough| ids.len() < enough);
            let (entries, spread) = (Entries::of_rows(ids), Vec::new());
            let (categories, errors) = (None, Vec::new());
            return Ok(Self { spread, entries, complete, categories, errors });
        }
        let mut gather = Gather::new(source, &needs.spread, spec);
        let mut failure = None;
        source.rows(&spec.view_needs().tags(), &mut |row| {
            if failure.is_none()
                && let Err(error) = gather.take_read(row)
            {
                failure = Some(error);
            }
        })?;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(gather.finish()),
        }
    }
}

/// Asks the source for the numbers of rows, also of those that fit one more restriction; `None`
/// if it has to be found out row by row.
pub(super) fn query(
    source: &dyn TableSource,
    spec: &Spec,
    also: Option<&Filter>,
    limit: Option<usize>,
) -> Result<Option<Vec<u64>>> {
    let is_own = |tag: &PropTag| tag.id() == tags::INSTANCE_KEY.id();
    let filters = || spec.filter.as_deref().into_iter().chain(also);
    let by_hand = filters().any(|filter| filter.counts() || filter.columns.iter().any(is_own));
    if by_hand || spec.sort.keys.iter().any(|key| is_own(&key.tag)) {
        return Ok(None);
    }
    let both;
    let restriction = match (spec.filter.as_deref(), also) {
        (Some(filter), Some(also)) => {
            both = Restriction::and([filter.restriction.clone(), also.restriction.clone()]);
            Some(&both)
        }
        (filter, also) => filter.or(also).map(|filter| &filter.restriction),
    };
    source.query(restriction, &spec.sort.keys, limit)
}

/// Takes rows in, one by one in the order of the store, and makes a view of them.
pub(super) struct Gather<'a> {
    source: &'a dyn TableSource,
    spread: &'a [u16],
    filter: Option<(&'a Filter, Counter)>,
    sort: &'a SortOrderSet,
    levels: Vec<Level>,
    entries: Entries,
    keys: Grouping,
    errors: Vec<Arc<Error>>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(source: &'a dyn TableSource, spread: &'a [u16], spec: &'a Spec) -> Self {
        let filter = spec.filter.as_deref().map(|filter| (filter, filter.counter()));
        let levels = spec.sort.levels();
        let extremes = levels.iter().map(|_| Keys::default()).collect();
        Self {
            source,
            spread,
            filter,
            sort: &spec.sort,
            levels,
            entries: Entries::default(),
            keys: Grouping { extremes, ..Grouping::default() },
            errors: Vec::new(),
        }
    }

    /// Lets rows in whether they fit or not.
    pub(super) fn take_all(&mut self) {
        self.filter = None;
    }

    /// What was taken so far, in the order in which it was.
    pub(super) fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The sort key of an entry; empty if the table is not sorted.
    pub(super) fn key(&self, entry: usize) -> &[u8] {
        if self.sort.keys.is_empty() { &[] } else { self.keys.keys.get(entry) }
    }

    pub(super) fn errors(&self) -> &[Arc<Error>] {
        &self.errors
    }

    /// Whether no other row can fit.
    fn is_spent(&self) -> bool {
        self.filter.as_ref().is_some_and(|(_, counter)| counter.is_spent())
    }

    /// Takes a row that has just been read, or why it has not.
    pub(super) fn take_read(&mut self, row: Result<Row>) -> Result<()> {
        match row {
            Ok(_) if self.is_spent() => Ok(()),
            Ok(mut row) => {
                load_spread(self.source, &mut row, self.spread, &mut self.errors)?;
                self.take(row.id, &row)
            }
            Err(error) if ends_all(&error) => Err(error),
            Err(error) => {
                self.errors.push(Arc::new(error));
                Ok(())
            }
        }
    }

    /// Takes a row, which entries are to name so.
    fn take(&mut self, name: u64, row: &Row) -> Result<()> {
        // Instances are not looked at: a restriction is about the whole property.
        let whole = Cells { row, instance: 0, spread: &[] };
        if let Some((filter, counter)) = &mut self.filter
            && !filter.holds(self.source, whole, counter, &mut self.errors)?
        {
            return Ok(());
        }
        let instances = Cells::instances(row, self.spread);
        if instances > Cells::MAX_INSTANCES {
            let message = format!("{instances} combinations of values, too many for rows");
            let error = Error::new(ErrorCode::TOO_BIG, message);
            self.errors.push(Arc::new(error.context(place(row.id))));
        }
        let shown = Cells::shown(row, self.spread);
        let most = if self.spread.is_empty() { u32::MAX as usize } else { View::MAX_SPREAD };
        if self.entries.len() + shown as usize > most {
            return Err(too_big());
        }
        for instance in 0..shown {
            self.entries.push(name, instance);
            self.take_keys(Cells { row, instance, spread: self.spread })?;
        }
        Ok(())
    }

    fn take_keys(&mut self, cells: Cells<'_>) -> Result<()> {
        if self.sort.keys.is_empty() {
            return Ok(());
        }
        let (source, errors, keys) = (self.source, &mut self.errors, &mut self.keys);
        for (level, extremes) in self.levels.iter().zip(&mut keys.extremes) {
            for tag in &level.tags {
                let value = sort_value(source, cells, *tag, errors)?;
                field(keys.keys.open(), value.as_deref(), level.order());
            }
            if let Some((tag, _)) = level.extreme {
                let value = sort_value(source, cells, tag, errors)?;
                field(extremes.open(), value.as_deref(), SortOrder::Ascending);
                extremes.end_row()?;
            }
        }
        for key in self.sort.leaf_keys() {
            let value = sort_value(source, cells, key.tag, errors)?;
            field(keys.keys.open(), value.as_deref(), key.order);
        }
        keys.keys.end_row()?;
        if !self.levels.is_empty() {
            let flags = cells.row.props.i32(tags::MESSAGE_FLAGS);
            keys.unread.push(flags.is_some_and(|flags| flags & MSGFLAG_READ == 0));
        }
        Ok(())
    }

    fn finish(self) -> View {
        let (entries, categories) = if self.sort.keys.is_empty() {
            (self.entries, None)
        } else if self.levels.is_empty() {
            (self.entries.in_order(&self.keys.keys.order()), None)
        } else {
            let (order, categories) = self.keys.finish(self.sort);
            (self.entries.in_order(&order), Some(categories))
        };
        let spread = self.spread.to_vec();
        View { spread, entries, complete: true, categories, errors: self.errors }
    }
}

/// The value to sort by. Of a value that is too large for a row, only the beginning counts.
fn sort_value<'a>(
    source: &dyn TableSource,
    cells: Cells<'a>,
    tag: PropTag,
    errors: &mut Vec<Arc<Error>>,
) -> Result<Option<Cow<'a, Value>>> {
    let value = cells.value(tag);
    let Some(Value::Large(_, size)) = value.as_deref() else { return Ok(value) };
    let loaded = load(source, cells.row.id, tag, *size);
    Ok(keep(loaded, cells.row.id, errors)?.and_then(beginning).map(Cow::Owned))
}

fn beginning(value: Value) -> Option<Value> {
    const LENGTH: usize = 4096;
    Some(match value {
        Value::Large(..) | Value::Error(_) | Value::Null => return None,
        Value::Binary(bytes) if bytes.len() > LENGTH => Value::from(&bytes[..LENGTH]),
        Value::Unicode(text) if text.len() > LENGTH => {
            text.chars().take(LENGTH).collect::<String>().into()
        }
        value => value,
    })
}

/// A restriction, ready to be evaluated.
pub(super) struct Filter {
    restriction: Restriction,
    matcher: Matcher,
    pub(super) columns: Vec<PropTag>,
}

impl Filter {
    pub(super) fn new(restriction: &Restriction) -> Result<Self> {
        let matcher = Matcher::new(restriction)?;
        Ok(Self { restriction: restriction.clone(), matcher, columns: restriction.columns() })
    }

    pub(super) fn restriction(&self) -> &Restriction {
        &self.restriction
    }

    pub(super) fn counter(&self) -> Counter {
        self.matcher.counter()
    }

    /// Whether it matters how many rows were looked at before.
    pub(super) fn counts(&self) -> bool {
        self.matcher.counts()
    }

    /// Whether a row fits; one that cannot be evaluated does not, and its error is kept.
    pub(super) fn holds(
        &self,
        source: &dyn TableSource,
        cells: Cells<'_>,
        counter: &mut Counter,
        errors: &mut Vec<Arc<Error>>,
    ) -> Result<bool> {
        self.holds_for(&Shown { source, cells }, cells.row.id, counter, errors)
    }

    /// The same, of anything that stands for a row.
    pub(super) fn holds_for(
        &self,
        candidate: &dyn Candidate,
        row: u64,
        counter: &mut Counter,
        errors: &mut Vec<Arc<Error>>,
    ) -> Result<bool> {
        let found = self.matcher.matches_next(counter, candidate);
        Ok(keep(found, row, errors)?.unwrap_or(false))
    }
}

/// A row as a restriction sees it.
pub(super) struct Shown<'a> {
    pub(super) source: &'a dyn TableSource,
    pub(super) cells: Cells<'a>,
}

impl Candidate for Shown<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        if tag.id() == tags::INSTANCE_KEY.id() {
            Ok(self.cells.value(tag))
        } else if self.cells.spread.contains(&tag.id()) {
            Ok(self.cells.value(instance_tag(tag)))
        } else {
            self.cells.row.props.value(tag)
        }
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        self.source.load(self.cells.row.id, tag)
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        self.source.open(self.cells.row.id, tag)
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.source.subobjects(self.cells.row.id, tag, each)
    }
}

/// Values cannot become rows while they stay in the store.
pub(super) fn load_spread(
    source: &dyn TableSource,
    row: &mut Row,
    spread: &[u16],
    errors: &mut Vec<Arc<Error>>,
) -> Result<()> {
    for id in spread {
        let Some(Prop { tag, value }) = row.props.find(*id) else { continue };
        let Value::Large(_, size) = value else { continue };
        let (tag, loaded) = (*tag, load(source, row.id, *tag, *size));
        let code = loaded.as_ref().map_or_else(Error::code, |_| ErrorCode::NOT_FOUND);
        let value = keep(loaded, row.id, errors)?;
        row.props.set(tag, value.unwrap_or(Value::Error(code)));
    }
    Ok(())
}

/// A value that is too large for its row, unless it is too large for this, too.
fn load(source: &dyn TableSource, row: u64, tag: PropTag, size: u64) -> Result<Value> {
    if size > Matcher::MAX_LOAD {
        return Err(Error::new(ErrorCode::TOO_BIG, format!("{tag} has {size} bytes")));
    }
    source.load(row, tag)
}

/// Keeps the error of a single row and goes on, unless it is one that all rows would have.
fn keep<T>(result: Result<T>, row: u64, errors: &mut Vec<Arc<Error>>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if ends_all(&error) => Err(error),
        Err(error) => {
            errors.push(Arc::new(error.context(place(row))));
            Ok(None)
        }
    }
}

pub(super) fn ends_all(error: &Error) -> bool {
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

pub(super) fn too_big() -> Error {
    Error::new(ErrorCode::TABLE_TOO_BIG, "the table has too many rows")
}

fn place(row: u64) -> String {
    format!("row 0x{row:X}")
}
