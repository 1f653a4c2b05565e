//! From text to a query: `OR` of `AND` of negated terms and parentheses.

use std::ops::Range;

use super::error::boundary;
use super::field::{self, Field};
use super::scan::Scanner;
use super::{Context, Query, QueryError, TextField};

/// Reads a query.
struct Parser<'a> {
    scan: Scanner<'a>,
    context: &'a Context,
    terms: usize,
    /// Where the open parentheses stand.
    open: Vec<usize>,
}

pub(super) fn parse(text: &str, context: &Context) -> Result<Query, QueryError> {
    if text.len() > Query::MAX_LENGTH {
        let start = boundary(text, Query::MAX_LENGTH);
        let message = format!("{} bytes are too many for a query", text.len());
        let error = QueryError::new(text, start..text.len(), message);
        return Err(error.suggest(format!("at most {}", Query::MAX_LENGTH)));
    }
    let scan = Scanner { text, at: 0 };
    let mut parser = Parser { scan, context, terms: 0, open: Vec::new() };
    parser.scan.skip_spaces();
    if parser.scan.rest().is_empty() {
        return Ok(Query::All);
    }
    let query = parser.any(TextField::Any, None)?;
    // Only a closing parenthesis ends it before its end.
    let at = parser.scan.at;
    if at < text.len() {
        return Err(parser.scan.error(at..at + 1, "this parenthesis was never opened"));
    }
    Ok(query)
}

impl Parser<'_> {
    /// Terms joined by `OR`. `before` is where the operator stands that needs them.
    fn any(&mut self, field: TextField, before: Option<Range<usize>>) -> Result<Query, QueryError> {
        let mut any = vec![self.all(field, before)?];
        while let Some(or) = self.scan.keyword("OR") {
            self.scan.at = or.end;
            any.push(self.all(field, Some(or))?);
        }
        Ok(Query::or(any))
    }

    /// Terms joined by `AND` or by nothing. Stops before `OR`, a closing parenthesis or the end.
    fn all(&mut self, field: TextField, before: Option<Range<usize>>) -> Result<Query, QueryError> {
        let mut all = Vec::new();
        let mut needs = before;
        loop {
            self.scan.skip_spaces();
            let or = self.scan.keyword("OR");
            let and = self.scan.keyword("AND");
            let at_end = matches!(self.scan.peek(), None | Some(')'));
            if or.is_none() && and.is_none() && !at_end {
                all.push(self.not(field)?);
                needs = None;
                continue;
            }
            let follows = needs.is_none() && !all.is_empty();
            match (and, or) {
                (Some(and), _) if follows => {
                    self.scan.at = and.end;
                    needs = Some(and);
                }
                (None, _) if follows => return Ok(Query::and(all)),
                (and, or) => return Err(self.missing(needs, and.or(or))),
            }
        }
    }

    /// A term, negated or not.
    fn not(&mut self, field: TextField) -> Result<Query, QueryError> {
        let mut negated = false;
        loop {
            let not = self.scan.keyword("NOT");
            let mut after = self.scan.rest().strip_prefix('-').unwrap_or_default().chars();
            let minus = after.next().is_some_and(|letter| !letter.is_whitespace());
            if let Some(not) = not {
                self.scan.at = not.end;
                self.scan.skip_spaces();
                if matches!(self.scan.peek(), None | Some(')'))
                    || ["AND", "OR"].iter().any(|word| self.scan.keyword(word).is_some())
                {
                    return Err(self.missing(Some(not), None));
                }
            } else if minus {
                self.scan.at += 1;
            } else {
                break;
            }
            negated = !negated;
        }
        let query = self.primary(field)?;
        Ok(if negated { query.negate() } else { query })
    }

    fn primary(&mut self, field: TextField) -> Result<Query, QueryError> {
        if self.scan.peek() == Some('(') {
            return self.group(field);
        }
        let start = self.scan.at;
        if let Some(name) = field_name(self.scan.rest()) {
            let span = start..start + name.len() + 1;
            self.scan.at = span.end;
            let found =
                Field::find(name).ok_or_else(|| field::unknown(&self.scan, name, span.clone()))?;
            if let (Field::Text(field), Some('(')) = (found, self.scan.peek()) {
                return self.group(field);
            }
            self.count(start)?;
            return found.parse(&mut self.scan, span, self.context);
        }
        self.count(start)?;
        Field::Text(field).parse(&mut self.scan, start..start, self.context)
    }

    fn group(&mut self, field: TextField) -> Result<Query, QueryError> {
        let start = self.scan.at;
        if self.open.len() >= Query::MAX_NESTING {
            let message = format!("more than {} open parentheses", Query::MAX_NESTING);
            return Err(self.scan.error(start..start + 1, message));
        }
        self.open.push(start);
        self.scan.at += 1;
        let query = self.any(field, None)?;
        if !self.scan.eat(")") {
            return Err(self.scan.error(start..start + 1, "this parenthesis is not closed"));
        }
        self.open.pop();
        Ok(query)
    }

    fn count(&mut self, at: usize) -> Result<(), QueryError> {
        self.terms += 1;
        if self.terms > Query::MAX_TERMS {
            let message = format!("more than {} terms", Query::MAX_TERMS);
            return Err(self.scan.error(at..at, message));
        }
        Ok(())
    }

    /// A term is missing: after an operator, before one, or in parentheses.
    fn missing(&self, after: Option<Range<usize>>, before: Option<Range<usize>>) -> QueryError {
        let word = |span: &Range<usize>| self.scan.text.get(span.clone()).unwrap_or_default();
        let hint = |word: &str| format!("\"{word}\" in quotes is a word like others");
        if let Some(span) = after {
            let word = word(&span);
            let error = self.scan.error(span.clone(), format!("nothing follows {word}"));
            return error.suggest(hint(word));
        }
        if let Some(span) = before {
            let word = word(&span);
            let error = self.scan.error(span.clone(), format!("nothing stands before {word}"));
            return error.suggest(hint(word));
        }
        match (self.open.last(), self.scan.peek()) {
            (Some(start), Some(_)) => {
                self.scan.error(*start..self.scan.at + 1, "nothing in the parentheses")
            }
            (Some(start), None) => {
                self.scan.error(*start..start + 1, "this parenthesis is not closed")
            }
            (None, _) => {
                let at = self.scan.at;
                self.scan.error(at..at + 1, "this parenthesis was never opened")
            }
        }
    }
}

/// What looks like the name of a field: letters and hyphens before a colon.
fn field_name(text: &str) -> Option<&str> {
    let is_part = |letter: char| letter.is_ascii_alphabetic() || letter == '-';
    let name = &text[..text.find(|letter| !is_part(letter))?];
    let fits = !name.is_empty() && text[name.len()..].starts_with(':');
    fits.then_some(name)
}
