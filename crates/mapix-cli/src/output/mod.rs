//! Standard output in four forms, and what standard error is told.

pub(crate) mod json;
mod rows;
pub(crate) mod text;

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};

use crate::args::{Format, Global, When};
pub(crate) use json::Json;
pub(crate) use rows::{Cell, Column, Rows, Width, csv_record, long_time};

/// Lines are never made narrower than this.
const MIN_WIDTH: usize = 40;

/// Where data goes.
pub(crate) struct Output {
    out: BufWriter<Box<dyn Write>>,
    /// The form that was asked for.
    pub(crate) format: Format,
    /// How many columns a line of text has.
    pub(crate) width: usize,
    color: bool,
}

/// How a piece of text looks where colours are on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// Headings and names.
    Bold,
    /// What matters less.
    Dim,
    /// What is worth a look: unread, failed.
    Accent,
}

impl Output {
    /// Standard output.
    pub(crate) fn stdout(global: &Global) -> Self {
        let stdout = io::stdout();
        let color = match global.color {
            When::Always => true,
            When::Never => false,
            When::Auto => stdout.is_terminal() && colors_are_wanted(),
        };
        let width = terminal_width(stdout.is_terminal());
        Self {
            out: BufWriter::with_capacity(1 << 16, Box::new(stdout.lock())),
            format: global.format,
            width: width.max(MIN_WIDTH),
            color: color && global.format == Format::Text,
        }
    }

    /// Text in a style, where colours are on.
    pub(crate) fn style(&self, style: Style, text: impl fmt::Display) -> String {
        if !self.color {
            return text.to_string();
        }
        let code = match style {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Accent => "33",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// Writes a line of text.
    pub(crate) fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A writer of JSON: with indents for `json`, on one line for `jsonl`.
    pub(crate) fn json(&mut self) -> Json<'_> {
        match self.format {
            Format::Jsonl => Json::compact(&mut self.out),
            _ => Json::pretty(&mut self.out),
        }
    }

    /// The writer beneath.
    pub(crate) fn writer(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Sees that everything has been written.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Output {
    /// What is left is written by [`Output::flush`], where an error has somebody to go to; after
    /// an error, nothing more is.
    fn drop(&mut self) {
        let _ = self.out.flush();
    }
}

/// <https://no-color.org>
fn colors_are_wanted() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn terminal_width(is_terminal: bool) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let found = || {
        let (_, columns) = console::Term::stdout().size_checked()?;
        is_terminal.then_some(columns.into())
    };
    asked.or_else(found).unwrap_or(80)
}
