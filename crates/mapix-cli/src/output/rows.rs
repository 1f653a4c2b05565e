//! Rows of named cells, in any of the four forms.

use std::borrow::Cow;
use std::io;

use mapix::prop::{FileTime, Prop};

use super::{Json, Output, Style, text};
use crate::args::Format;
use crate::render::value;

/// Columns of text are fitted to this many rows; those that follow are cut to the same widths.
const SAMPLE: usize = 500;
const GAP: &str = "  ";

/// A column.
pub(crate) struct Column {
    /// Its name in JSON and CSV, which does not change.
    pub(crate) key: Cow<'static, str>,
    /// How wide it is in text.
    pub(crate) width: Width,
    /// Whether it is aligned to the right in text.
    pub(crate) right: bool,
    /// Whether it is in JSON and CSV.
    pub(crate) data: bool,
}

/// How wide a column is in text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Width {
    /// It is not shown in text.
    Hidden,
    /// As wide as its cells, but not wider than this.
    Fit(usize),
    /// What the others leave, shared among all of these.
    Rest,
}

impl Column {
    pub(crate) fn new(key: impl Into<Cow<'static, str>>, width: Width) -> Self {
        Self { key: key.into(), width, right: false, data: true }
    }

    pub(crate) fn right(key: impl Into<Cow<'static, str>>, width: Width) -> Self {
        Self { right: true, ..Self::new(key, width) }
    }

    pub(crate) fn text_only(key: &'static str, width: Width) -> Self {
        Self { data: false, ..Self::new(key, width) }
    }

    pub(crate) fn hidden(key: impl Into<Cow<'static, str>>) -> Self {
        Self::new(key, Width::Hidden)
    }
}

/// A cell.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    None,
    Bool(bool),
    Uint(u64),
    /// A number that is not worth a word if it is 0; in text it is left out then.
    Count(u64),
    /// A word, and whether it is worth showing in text.
    Word(&'static str, bool),
    /// Bytes; in text with a unit.
    Size(u64),
    Time(FileTime),
    Text(String),
    /// Several texts.
    List(Vec<String>),
    Prop(Prop),
}

impl Cell {
    /// Text, or nothing where it is empty.
    pub(crate) fn text(text: Option<String>) -> Self {
        text.map_or(Self::None, Self::Text)
    }

    fn write_json(&self, json: &mut Json<'_>) -> io::Result<()> {
        match self {
            Self::None => json.null(),
            Self::Bool(value) => json.bool(*value),
            Self::Uint(value) | Self::Count(value) | Self::Size(value) => json.uint(*value),
            Self::Word(word, _) => json.string(word),
            Self::Time(time) => json.string(&time.to_string()),
            Self::Text(text) => json.string(text),
            Self::List(texts) => {
                json.begin_array()?;
                texts.iter().try_for_each(|text| json.string(text))?;
                json.end_array()
            }
            Self::Prop(prop) => value::write_json(json, &prop.value),
        }
    }

    fn csv(&self) -> Cow<'_, str> {
        match self {
            Self::None => "".into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Uint(value) | Self::Count(value) | Self::Size(value) => value.to_string().into(),
            Self::Word(word, _) => (*word).into(),
            Self::Time(time) => time.to_string().into(),
            Self::Text(text) => text.into(),
            Self::List(texts) => texts.join("; ").into(),
            Self::Prop(prop) => value::text(&prop.value).into(),
        }
    }

    fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Bool(true) => "yes".into(),
            Self::Bool(false) | Self::Count(0) | Self::Word(_, false) => "".into(),
            Self::Size(bytes) => text::size(*bytes).into(),
            Self::Time(time) => short_time(*time).into(),
            _ => match self.csv() {
                Cow::Borrowed(text) => text::safe(text),
                Cow::Owned(text) => text::safe(&text).into_owned().into(),
            },
        }
    }
}

/// A time for people, to the minute, in UTC.
pub(crate) fn short_time(time: FileTime) -> String {
    let text = time.to_string();
    text.get(..16).map_or(text.clone(), |start| start.replace('T', " "))
}

/// Writes rows as they come.
pub(crate) struct Rows<'a> {
    output: &'a mut Output,
    columns: Vec<Column>,
    /// Rows that wait until the widths are known; text only.
    waiting: Vec<Vec<Cell>>,
    widths: Option<Vec<usize>>,
    count: usize,
    /// Do not cut text.
    wide: bool,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(output: &'a mut Output, columns: Vec<Column>, wide: bool) -> Self {
        Self { output, columns, waiting: Vec::new(), widths: None, count: 0, wide }
    }

    /// Whether the rows are for people.
    pub(crate) fn is_text(&self) -> bool {
        self.output.format == Format::Text
    }

    /// Writes a row: one cell for each column.
    pub(crate) fn push(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        debug_assert_eq!(cells.len(), self.columns.len());
        let first = self.count == 0;
        self.count += 1;
        match self.output.format {
            Format::Text => match &self.widths {
                Some(widths) => write_text(self.output, &self.columns, widths, &cells),
                None => {
                    self.waiting.push(cells);
                    if self.waiting.len() >= SAMPLE { self.settle() } else { Ok(()) }
                }
            },
            Format::Csv => {
                if first {
                    self.csv_heading()?;
                }
                let data = self.columns.iter().zip(&cells).filter(|(column, _)| column.data);
                csv_record(self.output, data.map(|(_, cell)| cell.csv()))
            }
            Format::Json => {
                let before: &[u8] = if first { b"[\n" } else { b",\n" };
                self.output.writer().write_all(before)?;
                let mut object = Vec::new();
                write_object(&mut Json::compact(&mut object), &self.columns, &cells)?;
                self.output.writer().write_all(object.trim_ascii_end())
            }
            Format::Jsonl => {
                write_object(&mut Json::compact(self.output.writer()), &self.columns, &cells)
            }
        }
    }

    /// Writes what comes after the last row; gives the number of rows.
    pub(crate) fn finish(mut self) -> io::Result<usize> {
        match self.output.format {
            Format::Text => self.settle()?,
            Format::Json => {
                let end: &[u8] = if self.count == 0 { b"[]\n" } else { b"\n]\n" };
                self.output.writer().write_all(end)?;
            }
            Format::Csv if self.count == 0 => self.csv_heading()?,
            Format::Csv | Format::Jsonl => {}
        }
        Ok(self.count)
    }

    fn csv_heading(&mut self) -> io::Result<()> {
        let data = self.columns.iter().filter(|column| column.data);
        csv_record(self.output, data.map(|column| column.key.clone()))
    }

    /// Finds the widths and writes the rows that wait for them.
    fn settle(&mut self) -> io::Result<()> {
        if self.widths.is_some() || self.waiting.is_empty() {
            return Ok(());
        }
        let widths = self.fit();
        let shown = self.columns.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let titles: Vec<String> = shown
            .map(|(column, width)| text::fit(&column.key.replace('_', " "), *width, column.right))
            .collect();
        let heading = self.output.style(Style::Dim, titles.join(GAP).trim_end());
        self.output.line(heading)?;
        for cells in std::mem::take(&mut self.waiting) {
            write_text(self.output, &self.columns, &widths, &cells)?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    fn fit(&self) -> Vec<usize> {
        let needed = |index: usize| {
            let cells = self.waiting.iter().map(|cells| text::width(&cells[index].shown()));
            match cells.max() {
                // A column with nothing in it is not shown.
                Some(0) | None => 0,
                Some(widest) => widest.max(self.columns[index].key.len()),
            }
        };
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|index| match self.columns[index].width {
                Width::Hidden => 0,
                Width::Fit(limit) if !self.wide => needed(index).min(limit),
                Width::Fit(_) | Width::Rest => needed(index),
            })
            .collect();
        if self.wide {
            return widths;
        }
        let visible = widths.iter().filter(|width| **width > 0).count();
        let gaps = GAP.len() * visible.saturating_sub(1);
        let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(self.output.width);
        // Those that take the rest give way first, the widest of them most.
        let flexible: Vec<usize> =
            (0..widths.len()).filter(|index| self.columns[*index].width == Width::Rest).collect();
        while over > 0 {
            let widest = flexible.iter().copied().max_by_key(|index| widths[*index]);
            match widest.filter(|index| widths[*index] > 8) {
                Some(index) => widths[index] -= 1,
                None => break,
            }
            over -= 1;
        }
        widths
    }
}

fn write_text(
    output: &mut Output,
    columns: &[Column],
    widths: &[usize],
    cells: &[Cell],
) -> io::Result<()> {
    let mut line = String::new();
    for ((column, width), cell) in columns.iter().zip(widths).zip(cells) {
        if *width == 0 {
            continue;
        }
        if !line.is_empty() {
            line.push_str(GAP);
        }
        line.push_str(&text::fit(&cell.shown(), *width, column.right));
    }
    output.line(line.trim_end())
}

fn write_object(json: &mut Json<'_>, columns: &[Column], cells: &[Cell]) -> io::Result<()> {
    json.begin_object()?;
    for (column, cell) in columns.iter().zip(cells).filter(|(column, _)| column.data) {
        json.key(&column.key)?;
        cell.write_json(json)?;
    }
    json.end_object()
}

/// Writes a line of CSV (RFC 4180, with plain line feeds).
pub(crate) fn csv_record<'a>(
    output: &mut Output,
    fields: impl Iterator<Item = Cow<'a, str>>,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(output.writer());
    for field in fields {
        writer.write_field(field.as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)?;
    writer.flush()
}
