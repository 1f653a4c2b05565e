//! The list of items that `ls` and `search` write.

use std::cmp::Ordering;
use std::sync::Arc;

use mapix::prop::FileTime;
use mapix::query::Snippet;

use crate::args::{SortField, SortKey};
use crate::exit::Outcome;
use crate::interrupt;
use crate::items::Item;
use crate::output::{Cell, Column, Output, Rows, Width};

/// From where the items of a list come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Places {
    /// From one folder.
    One,
    /// From many folders, one after the other: in this order, each has a heading.
    Many,
    /// From many folders, in another order.
    Mixed,
}

/// How a list is written.
pub(crate) struct Style<'a> {
    /// The columns that were asked for besides.
    pub(crate) columns: &'a [String],
    pub(crate) sort: Option<SortKey>,
    pub(crate) limit: Option<usize>,
    /// Do not cut text.
    pub(crate) wide: bool,
    pub(crate) places: Places,
    /// The words around what was found.
    pub(crate) snippets: bool,
}

/// A list as it is written: at once, or in the end if it is sorted.
pub(crate) struct List<'a> {
    rows: Rows<'a>,
    snippets: bool,
    sort: Option<SortKey>,
    limit: u64,
    waiting: Vec<Item>,
    /// Whether each folder has a heading, and the last one.
    by_folder: bool,
    heading: Option<Arc<str>>,
    count: u64,
    size: u64,
}

impl<'a> List<'a> {
    pub(crate) fn new(style: &Style<'_>, output: &'a mut Output) -> Self {
        let by_folder = style.places == Places::Many && style.sort.is_none();
        let is_mixed = style.places != Places::One && !by_folder;
        let path = if is_mixed { Width::Fit(24) } else { Width::Hidden };
        let usual = |width| if style.columns.is_empty() { width } else { Width::Hidden };
        let mut columns = vec![
            Column::hidden("entry_id"),
            Column::new("path", path),
            Column::right("position", Width::Fit(8)).titled("#"),
            Column::new("date", usual(Width::Fit(16))),
            Column::new("from", usual(Width::Fit(16))),
            Column::new("subject", Width::Rest),
            Column::right("size", usual(Width::Fit(8))),
            Column::new("message_class", usual(Width::Fit(12))).titled("class"),
            Column::new("kind", Width::Fit(10)),
            Column::hidden("unread"),
            Column::hidden("has_attachments"),
            Column::hidden("nid"),
        ];
        columns.extend(style.columns.iter().map(|name| Column::new(name.clone(), Width::Rest)));
        if style.snippets {
            columns.push(Column::new("snippet", Width::Rest));
        }
        Self {
            snippets: style.snippets,
            rows: Rows::new(output, columns, style.wide),
            sort: style.sort,
            limit: style.limit.map_or(u64::MAX, |limit| limit as u64),
            waiting: Vec::new(),
            by_folder,
            heading: None,
            count: 0,
            size: 0,
        }
    }

    /// Takes items; gives whether more are wanted.
    pub(crate) fn take(&mut self, items: Vec<Item>) -> Outcome<bool> {
        if self.sort.is_some() {
            self.waiting.extend(items);
            // What is behind the last that is shown cannot come before it any more.
            if self.waiting.len() as u64 > self.limit.saturating_add(SPARE) {
                self.sort();
            }
            return Ok(true);
        }
        for item in items {
            if self.count >= self.limit {
                return Ok(false);
            }
            interrupt::check()?;
            self.write(item)?;
        }
        Ok(self.count < self.limit)
    }

    /// Writes what is left; gives how many items were written, and their size.
    pub(crate) fn finish(mut self) -> Outcome<(u64, u64)> {
        self.sort();
        for item in std::mem::take(&mut self.waiting) {
            self.write(item)?;
        }
        self.rows.finish()?;
        Ok((self.count, self.size))
    }

    /// Sorts what waits, and leaves out what is not shown.
    fn sort(&mut self) {
        if let Some(key) = self.sort {
            self.waiting.sort_by_cached_key(|item| Place::of(item, key));
            self.waiting.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        }
    }

    fn write(&mut self, item: Item) -> Outcome<()> {
        self.count += 1;
        self.size += item.size.unwrap_or(0);
        if self.by_folder && item.path.is_some() && self.heading != item.path {
            self.heading.clone_from(&item.path);
            self.rows.heading(item.path.as_deref().unwrap_or_default())?;
        }
        let is_text = self.rows.is_text();
        let snippet = item.snippet.clone();
        let mut cells = cells(item, is_text);
        if self.snippets {
            cells.push(Cell::text(snippet.map(|snippet| shown(snippet, is_text))));
        }
        self.rows.push(cells)?;
        Ok(())
    }
}

/// A snippet; for people, with brackets around what was found.
fn shown(snippet: Snippet, is_text: bool) -> String {
    let mut text = snippet.text;
    for mark in snippet.marks.into_iter().rev().filter(|_| is_text) {
        text.insert(mark.end, ']');
        text.insert(mark.start, '[');
    }
    text
}

/// The cells of an item, in the order of the columns.
fn cells(item: Item, is_text: bool) -> Vec<Cell> {
    let class = match item.class.as_deref() {
        // In a list for people, only other kinds are worth a word.
        Some("IPM.Note") if is_text => None,
        Some(class) if is_text => Some(class.strip_prefix("IPM.").unwrap_or(class).to_owned()),
        class => class.map(str::to_owned),
    };
    let (unread, attachments) = (item.is_unread(), item.has_attachments());
    let mut cells = vec![
        Cell::text(item.entry_id.map(|id| id.to_string())),
        Cell::text(item.path.map(|path| path.to_string())),
        item.position.map_or(Cell::None, Cell::Uint),
        item.date.map_or(Cell::None, Cell::Time),
        Cell::text(item.from),
        Cell::text(item.subject),
        item.size.map_or(Cell::None, Cell::Size),
        Cell::text(class),
        Cell::Word(if is_text { item.held.word() } else { item.held.name() }, true),
        Cell::Bool(unread),
        Cell::Bool(attachments),
        Cell::Text(format!("0x{:X}", item.id)),
    ];
    cells.extend(item.extra.into_iter().map(Cell::Prop));
    cells
}

/// How many items more than are shown wait to be sorted.
const SPARE: u64 = 4096;

/// By what an item has its place in a sorted list. Items without a value come last, whatever the
/// direction; else the order they came in stays.
#[derive(PartialEq, Eq)]
struct Place {
    value: Option<Value>,
    descending: bool,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(u64),
    Time(FileTime),
    Text(String),
}

impl Place {
    fn of(item: &Item, key: SortKey) -> Self {
        let lower = |text: &Option<String>| Some(Value::Text(text.as_ref()?.to_lowercase()));
        let value = match key.field {
            SortField::Position => item.position.map(Value::Number),
            SortField::Date => item.date.map(Value::Time),
            SortField::From => lower(&item.from),
            SortField::Subject => lower(&item.subject),
            SortField::Size => item.size.map(Value::Number),
            SortField::Class => lower(&item.class),
            SortField::Path => item.path.as_ref().map(|path| Value::Text(path.to_string())),
        };
        Self { value, descending: key.descending }
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.value, &other.value) {
            (Some(a), Some(b)) if self.descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
