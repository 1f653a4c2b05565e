//! What is wrong with the text of a query, and where.

use std::fmt;
use std::ops::Range;

use crate::Error;
use crate::prop::is_mark;

/// What is wrong with the text of a query, and where.
///
/// It converts to an [`Error`] with `MAPI_E_INVALID_PARAMETER`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryError {
    span: Range<usize>,
    /// From 1, in letters.
    column: usize,
    message: String,
    suggestion: Option<String>,
}

impl QueryError {
    pub(super) fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let column = text.get(..span.start).map_or(0, |before| before.chars().count()) + 1;
        Self { span, column, message: one_line(&message.into()), suggestion: None }
    }

    pub(super) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(one_line(&suggestion.into()));
        self
    }

    /// The place in the text, in bytes; empty where something is missing.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where it begins, in letters from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, in one line without a full stop.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead, in one line.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// Three lines: the text (that of which this is the error), a caret under each letter of the
    /// place, and what is wrong. Of a text that is wider than so many columns (at least 20), the
    /// part around the place is shown. Letters that do not print are shown as U+FFFD.
    pub fn render(&self, text: &str, width: usize) -> String {
        const DOTS: &str = "...";
        let width = width.max(20);
        let cells = Cell::around(text, self.span.start, width);
        let columns = |cells: &[Cell]| cells.iter().map(|cell| cell.width).sum::<usize>();
        let place = cells.partition_point(|cell| cell.at < self.span.start);
        let end = cells.partition_point(|cell| cell.at < self.span.end);
        let first = cells.first().is_none_or(|cell| cell.at == 0);
        let last = cells.last().is_none_or(|cell| cell.at + cell.len >= text.len());
        let is_whole = first && last && columns(&cells) <= width;
        let (mut from, mut line) = (0, String::new());
        if !is_whole && (!first || columns(&cells[..place]) > width / 2) {
            while columns(&cells[from..place]) > width / 2 - DOTS.len() {
                from += 1;
            }
            line.push_str(DOTS);
        }
        let pad = line.len() + columns(&cells[from..place]);
        let rest_fits = last && line.len() + columns(&cells[from..]) <= width;
        let limit = if rest_fits { width } else { width - DOTS.len() };
        let mut to = cells.len();
        while line.len() + columns(&cells[from..to]) > limit {
            to -= 1;
        }
        let carets = columns(&cells[place..end.min(to).max(place)]).max(1);
        line.extend(cells[from..to].iter().map(|cell| cell.shown));
        line.push_str(if rest_fits { "" } else { DOTS });
        format!("{line}\n{}{}\n{}", " ".repeat(pad), "^".repeat(carets), Sentence(self))
    }
}

/// A sentence that quotes the text, whose letters may be any.
fn one_line(sentence: &str) -> String {
    sentence.chars().map(|letter| Cell::new(0, letter).shown).collect()
}

/// A letter as it is shown.
struct Cell {
    /// Its place in the text.
    at: usize,
    /// Its length in the text.
    len: usize,
    shown: char,
    width: usize,
}

impl Cell {
    /// The letters around a place, as many as a line may need and not more.
    fn around(text: &str, place: usize, width: usize) -> Vec<Self> {
        let place = boundary(text, place);
        let before = text[..place].char_indices().rev().take(2 * width);
        let mut cells: Vec<Self> = before.map(|(at, letter)| Self::new(at, letter)).collect();
        cells.reverse();
        let after = text[place..].char_indices().take(2 * width);
        cells.extend(after.map(|(at, letter)| Self::new(place + at, letter)));
        cells
    }

    fn new(at: usize, letter: char) -> Self {
        let len = letter.len_utf8();
        let (shown, width) = match letter {
            ' ' | '\t' | '\n' | '\r' => (' ', 1),
            letter if letter.is_control() || is_format(letter) => (char::REPLACEMENT_CHARACTER, 1),
            letter if is_mark(letter) => (letter, 0),
            letter if is_wide(letter) => (letter, 2),
            letter => (letter, 1),
        };
        Self { at, len, shown, width }
    }
}

/// The last place at which a letter begins, up to a place.
pub(super) fn boundary(text: &str, place: usize) -> usize {
    let mut place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

/// Letters that change the direction or the joining of others, or are not seen at all.
fn is_format(letter: char) -> bool {
    matches!(letter,
        '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Letters that terminals show in two columns.
fn is_wide(letter: char) -> bool {
    matches!(letter,
        '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}' | '\u{1F300}'..='\u{1FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

struct Sentence<'a>(&'a QueryError);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.suggestion {
            Some(suggestion) => write!(f, " ({suggestion})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for QueryError {
    /// One line: where, what is wrong, and what to write instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query, column {}: {}", self.column, Sentence(self))
    }
}

impl std::error::Error for QueryError {}

impl From<QueryError> for Error {
    /// `MAPI_E_INVALID_PARAMETER`.
    fn from(error: QueryError) -> Self {
        Self::invalid_parameter(error.to_string())
    }
}
