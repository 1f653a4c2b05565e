//! What was found, as rows. They have the fields of `mapix ls`.

use std::sync::Arc;

use mapix::prop::PropTag;

use crate::args::{Search, SortKey};
use crate::commands::ls::{cells, compare};
use crate::exit::Outcome;
use crate::interrupt;
use crate::items::Item;
use crate::output::{Column, Output, Rows, Width};

/// The list as it is written: at once, or in the end if it is sorted.
pub(super) struct List<'a> {
    /// `None` if items are only counted.
    rows: Option<Rows<'a>>,
    sort: Option<SortKey>,
    limit: usize,
    waiting: Vec<Item>,
    heading: Option<Arc<str>>,
    count: u64,
    size: u64,
}

impl<'a> List<'a> {
    pub(super) fn new(args: &Search, output: &'a mut Output, extra: &[PropTag]) -> Self {
        // In the order of the folders, each has a heading.
        let path = if args.sort.is_some() { Width::Fit(24) } else { Width::Hidden };
        let usual = |width| if extra.is_empty() { width } else { Width::Hidden };
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
        columns.extend(args.columns.iter().map(|name| Column::new(name.clone(), Width::Rest)));
        Self {
            rows: (!args.count).then(|| Rows::new(output, columns, args.wide)),
            sort: args.sort,
            limit: args.limit.unwrap_or(usize::MAX),
            waiting: Vec::new(),
            heading: None,
            count: 0,
            size: 0,
        }
    }

    /// Takes items; gives whether more are wanted.
    pub(super) fn take(&mut self, items: Vec<Item>) -> Outcome<bool> {
        if self.sort.is_some() {
            self.waiting.extend(items);
            return Ok(true);
        }
        for item in items {
            if self.count >= self.limit as u64 {
                return Ok(false);
            }
            self.write(item)?;
        }
        interrupt::check()?;
        Ok(self.count < self.limit as u64)
    }

    /// Writes what is left; gives how many items were written, and their size.
    pub(super) fn finish(mut self) -> Outcome<(u64, u64)> {
        let mut waiting = std::mem::take(&mut self.waiting);
        if let Some(key) = self.sort {
            waiting.sort_by(|a, b| compare(a, b, key));
        }
        for item in waiting.into_iter().take(self.limit) {
            self.write(item)?;
        }
        if let Some(rows) = self.rows {
            rows.finish()?;
        }
        Ok((self.count, self.size))
    }

    fn write(&mut self, item: Item) -> Outcome<()> {
        let Some(rows) = &mut self.rows else { return Ok(()) };
        self.count += 1;
        self.size += item.size.unwrap_or(0);
        if self.sort.is_none() && item.path.is_some() && self.heading != item.path {
            self.heading.clone_from(&item.path);
            rows.heading(item.path.as_deref().unwrap_or_default())?;
        }
        let is_text = rows.is_text();
        Ok(rows.push(cells(item, is_text))?)
    }
}
