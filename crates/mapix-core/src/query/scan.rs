//! The letters of a query: spaces, keywords, quotes, values.

use std::borrow::Cow;
use std::ops::Range;

use super::QueryError;

/// Goes through a text.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// A value: a word, or what stands in quotes.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// Without the quotes.
    pub(super) text: Cow<'a, str>,
    pub(super) quoted: bool,
    /// A star follows the closing quote.
    pub(super) star: bool,
    pub(super) span: Range<usize>,
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn error(&self, span: Range<usize>, message: impl Into<String>) -> QueryError {
        QueryError::new(self.text, span, message)
    }

    pub(super) fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Steps over a mark such as `(` or `>=` if it stands here.
    pub(super) fn eat(&mut self, mark: &str) -> bool {
        let is_here = self.rest().starts_with(mark);
        if is_here {
            self.at += mark.len();
        }
        is_here
    }

    /// The first of some marks that stands here, stepped over.
    pub(super) fn eat_any<T: Copy>(&mut self, marks: &[(&str, T)]) -> Option<T> {
        marks.iter().find(|(mark, _)| self.eat(mark)).map(|(_, meaning)| *meaning)
    }

    /// Whether a keyword such as `AND` stands here, and its place.
    pub(super) fn keyword(&self, word: &str) -> Option<Range<usize>> {
        let after = self.rest().strip_prefix(word)?;
        after.chars().next().is_none_or(ends_word).then(|| self.at..self.at + word.len())
    }

    /// A word or a quoted text. `None` if neither stands here.
    ///
    /// Errors for quotes that are not closed, or that stand right beside a word.
    pub(super) fn token(&mut self) -> Result<Option<Token<'a>>, QueryError> {
        let token =
            if self.peek() == Some('"') { Some(self.quoted()?) } else { self.word(ends_word) };
        let here = self.at..self.at + self.peek().map_or(0, char::len_utf8);
        match (&token, self.peek()) {
            (Some(token), Some(letter)) if token.quoted && !ends_word(letter) => {
                Err(self.error(here, "a space is missing after the quoted text"))
            }
            (Some(_), Some('"')) => {
                let error = self.error(here, "a quote in the middle of a word");
                Err(error.suggest("put the whole of it in quotes, and \\\" for a quote in it"))
            }
            _ => Ok(token),
        }
    }

    /// What stands here up to one of the letters that end it. `None` if that is nothing.
    pub(super) fn word(&mut self, ends: impl Fn(char) -> bool) -> Option<Token<'a>> {
        let rest = self.rest();
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let span = self.at..self.at + word.len();
        self.at = span.end;
        let text = Cow::Borrowed(word);
        (!word.is_empty()).then_some(Token { text, quoted: false, star: false, span })
    }

    /// A quoted text: `\"` and `\\` stand for a quote and a backslash.
    pub(super) fn quoted(&mut self) -> Result<Token<'a>, QueryError> {
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.rest().char_indices().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at = start + at + 1;
                    let star = self.eat("*");
                    let span = start..self.at;
                    return Ok(Token { text: text.into(), quoted: true, star, span });
                }
                '\\' => {
                    let escaped = letters.next_if(|(_, next)| matches!(next, '"' | '\\'));
                    text.push(escaped.map_or(letter, |(_, next)| next));
                }
                letter => text.push(letter),
            }
        }
        Err(self.error(start..start + 1, "this quote is not closed"))
    }
}

/// What ends a word.
pub(super) fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')' | '"')
}

/// A text in a message: not too much of it, and nothing that does not print.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let mut letters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let start: String = letters.by_ref().take(MOST).collect();
    let dots = if letters.next().is_some() { "..." } else { "" };
    format!("`{start}{dots}`")
}

/// Whether a text can stand without quotes.
pub(super) fn is_bare(text: &str) -> bool {
    let is_safe = |letter: char| letter.is_alphanumeric() || "._@+-/'&#$%,;".contains(letter);
    !text.is_empty()
        && !text.starts_with('-')
        && !matches!(text, "AND" | "OR" | "NOT")
        && text.chars().all(is_safe)
}

/// The text in quotes, if it needs them.
pub(super) fn quote(text: &str) -> Cow<'_, str> {
    if is_bare(text) {
        return Cow::Borrowed(text);
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")).into()
}
