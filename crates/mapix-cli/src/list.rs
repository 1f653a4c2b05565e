//! The list of items that `ls` and `search` write.

use std::cmp::Ordering;
use std::sync::Arc;

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
        let mut waiting = std::mem::take(&mut self.waiting);
        if let Some(key) = self.sort {
            waiting.sort_by(|a, b| compare(a, b, key));
        }
        for item in waiting.into_iter().take(usize::try_from(self.limit).unwrap_or(usize::MAX)) {
            self.write(item)?;
        }
        self.rows.finish()?;
        Ok((self.count, self.size))
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

/// Items without a value come last, whatever the direction; else the order they came in stays.
fn compare(a: &Item, b: &Item, key: SortKey) -> Ordering {
    fn values<T: Ord>(a: Option<T>, b: Option<T>, descending: bool) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
    match key.field {
        SortField::Position => values(a.position, b.position, key.descending),
        SortField::Date => values(a.date, b.date, key.descending),
        SortField::From => values(lower(&a.from), lower(&b.from), key.descending),
        SortField::Subject => values(lower(&a.subject), lower(&b.subject), key.descending),
        SortField::Size => values(a.size, b.size, key.descending),
        SortField::Class => values(lower(&a.class), lower(&b.class), key.descending),
        SortField::Path => values(a.path.as_ref(), b.path.as_ref(), key.descending),
    }
}
