//! The fields: their names, and what may stand after them.

use std::borrow::Cow;
use std::ops::Range;

use super::date::{self, Limit};
use super::scan::{Scanner, Token, shown};
use super::{
    Context, DateField, FolderPattern, Held, Importance, Mark, Query, QueryError, SizeRange, Text,
    TextField, Whole, property, restriction,
};

/// What stands before the colon.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Field {
    Text(TextField),
    Date(DateField),
    Class,
    Category,
    MessageId,
    Size,
    Importance,
    Is,
    Has,
    Folder,
    Property,
    Restriction,
}

impl Field {
    /// Those that are neither texts nor dates.
    const OTHERS: [(&'static str, Self); 10] = [
        ("class", Self::Class),
        ("category", Self::Category),
        ("message-id", Self::MessageId),
        ("size", Self::Size),
        ("importance", Self::Importance),
        ("is", Self::Is),
        ("has", Self::Has),
        ("folder", Self::Folder),
        ("prop", Self::Property),
        ("restriction", Self::Restriction),
    ];

    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        let texts = TextField::ALL.into_iter().map(|field| (field.name(), Self::Text(field)));
        let dates = DateField::ALL.into_iter().map(|field| (field.name(), Self::Date(field)));
        texts.skip(1).chain(dates).chain(Self::OTHERS)
    }

    /// By its name, in letters of any case.
    pub(super) fn find(name: &str) -> Option<Self> {
        Self::all().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, field)| field)
    }

    /// Reads what stands after the colon, up to which the span goes.
    pub(super) fn parse(
        self,
        scan: &mut Scanner<'_>,
        span: Range<usize>,
        context: &Context,
    ) -> Result<Query, QueryError> {
        match self {
            Self::Text(field) => {
                let token = value(scan, span)?;
                Ok(Query::text(field, text(scan, &token)?))
            }
            Self::Date(field) => {
                let span = date::span(scan, span, context)?;
                Ok(Query::Date { field, span })
            }
            Self::Class => Ok(Query::Class(whole(scan, span)?)),
            Self::Category => Ok(Query::Category(whole(scan, span)?)),
            Self::MessageId => {
                let token = value(scan, span)?;
                let id = token.text.trim_matches(|c: char| c.is_whitespace() || "<>".contains(c));
                if id.is_empty() {
                    return Err(scan.error(token.span.clone(), "an ID is missing"));
                }
                Ok(Query::MessageId(id.into()))
            }
            Self::Size => size(scan, span),
            Self::Importance => {
                let known = Importance::ALL.map(|one| (one.name(), Query::Importance(one)));
                one_of(scan, span, &known)
            }
            Self::Is => {
                let marks = Mark::ALL.iter().filter(|mark| **mark != Mark::Attachment);
                let marks = marks.map(|mark| (mark.name(), Query::Mark(*mark)));
                let held = Held::ALL.iter().map(|held| (held.name(), Query::Held(*held)));
                one_of(scan, span, &marks.chain(held).collect::<Vec<_>>())
            }
            Self::Has => {
                let attachment = Query::Mark(Mark::Attachment);
                one_of(scan, span, &[(Mark::Attachment.name(), attachment)])
            }
            Self::Folder => {
                let exact = scan.eat("=");
                let token = value(scan, span)?;
                let pattern = FolderPattern::parse(&token.text, exact);
                pattern.map(Query::Folder).map_err(|message| scan.error(token.span, message))
            }
            Self::Property => property::parse(scan, span, context),
            Self::Restriction => {
                let token = value(scan, span)?;
                restriction::check(&token.text)
                    .map_err(|message| scan.error(token.span.clone(), message))?;
                Ok(Query::Restriction(token.text.into()))
            }
        }
    }
}

/// There is no field of this name.
pub(super) fn unknown(scan: &Scanner<'_>, name: &str, span: Range<usize>) -> QueryError {
    let wanted = name.to_ascii_lowercase();
    let near = Field::all()
        .map(|(known, _)| (distance(&wanted, known), known))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .min_by_key(|(distance, _)| *distance);
    let suggestion = match near {
        Some((_, known)) => format!("did you mean `{known}:`?"),
        None => "put it in quotes to look for it as a text".into(),
    };
    let start = span.start..span.end - 1;
    scan.error(start, format!("{} is not a field", shown(&format!("{name}:")))).suggest(suggestion)
}

/// How many letters have to be put in, left out or replaced, or swapped at the cost of one.
fn distance(a: &str, b: &str) -> usize {
    // Longer ones than any name are far from all names.
    if a.len() > 2 * b.len() {
        return a.len();
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut least = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    table[a.len()][b.len()]
}

/// The value that must stand here.
pub(super) fn value<'a>(
    scan: &mut Scanner<'a>,
    field: Range<usize>,
) -> Result<Token<'a>, QueryError> {
    let name = scan.text.get(field.clone()).unwrap_or_default();
    let missing = || scan.error(field.clone(), format!("`{name}` needs a value right after it"));
    let missing = missing();
    scan.token()?.ok_or(missing)
}

/// The text of a value and whether it may go on.
fn pattern<'t>(
    scan: &Scanner<'_>,
    token: &'t Token<'_>,
) -> Result<(Cow<'t, str>, bool), QueryError> {
    if token.quoted {
        return Ok((Cow::Borrowed(&token.text), token.star));
    }
    let text = token.text.strip_suffix('*').unwrap_or(&token.text);
    if let Some(at) = text.find('*') {
        let at = token.span.start + at;
        let error = scan.error(at..at + 1, "a `*` stands only at the end of a word");
        return Err(error.suggest("without it, words inside of a name are found too"));
    }
    Ok((Cow::Borrowed(text), text.len() < token.text.len()))
}

fn text(scan: &Scanner<'_>, token: &Token<'_>) -> Result<Text, QueryError> {
    let (text, goes_on) = pattern(scan, token)?;
    let found = match goes_on {
        true if text.is_empty() && !token.quoted => Some(Text::Anything),
        true => Text::prefix(&text),
        false => Text::new(&text),
    };
    found.ok_or_else(|| {
        let error = scan.error(token.span.clone(), "there is no letter or digit to look for");
        error.suggest("prop:PR_SUBJECT~\"...\" finds other signs too")
    })
}

fn whole(scan: &mut Scanner<'_>, field: Range<usize>) -> Result<Whole, QueryError> {
    let token = value(scan, field)?;
    match pattern(scan, &token)? {
        (text, true) if text.is_empty() && !token.quoted => Ok(Whole::Anything),
        (text, _) if text.is_empty() => {
            Err(scan.error(token.span.clone(), "nothing in the quotes"))
        }
        (text, true) => Ok(Whole::StartsWith(text.into())),
        (text, false) => Ok(Whole::Is(text.into())),
    }
}

fn one_of(
    scan: &mut Scanner<'_>,
    field: Range<usize>,
    known: &[(&str, Query)],
) -> Result<Query, QueryError> {
    let name = scan.text.get(field.clone()).unwrap_or_default();
    let token = value(scan, field)?;
    let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(&token.text));
    found.map(|(_, query)| query.clone()).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let message = format!("`{name}` does not know {}", shown(&token.text));
        scan.error(token.span, message).suggest(format!("it knows {}", names.join(", ")))
    })
}

fn size(scan: &mut Scanner<'_>, field: Range<usize>) -> Result<Query, QueryError> {
    let limit = date::limit(scan);
    let token = value(scan, field)?;
    let range = size_range(limit, &token.text);
    range.map(Query::Size).map_err(|message| {
        scan.error(token.span, message).suggest("write 4711, 10k, 1m, 2g or A..B")
    })
}

fn size_range(limit: Option<Limit>, text: &str) -> Result<SizeRange, String> {
    let range = match (limit, text.split_once("..")) {
        (None, Some(("", ""))) => return Err("a range needs a start or an end".into()),
        (None, Some((min, max))) => {
            let parse = |text: &str| match text {
                "" => Ok(None),
                text => bytes(text).map(Some),
            };
            SizeRange { min: parse(min)?, max: parse(max)? }
        }
        (limit, _) => {
            let size = bytes(text)?;
            let more = size.checked_add(1).ok_or("no size is larger");
            let less = size.checked_sub(1).ok_or("no size is smaller");
            match limit {
                None => SizeRange { min: Some(size), max: Some(size) },
                Some(Limit::Less) => SizeRange { min: None, max: Some(less?) },
                Some(Limit::AtMost) => SizeRange { min: None, max: Some(size) },
                Some(Limit::More) => SizeRange { min: Some(more?), max: None },
                Some(Limit::AtLeast) => SizeRange { min: Some(size), max: None },
            }
        }
    };
    match range {
        SizeRange { min: Some(min), max: Some(max) } if min > max => {
            Err("the range ends before it starts".into())
        }
        range => Ok(range),
    }
}

/// A number of bytes: `10k` is 10,240.
fn bytes(text: &str) -> Result<u64, String> {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number = text[..text.len() - unit.len()].parse::<u64>().ok();
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        "t" | "tb" | "tib" => Some(40),
        _ => None,
    };
    let size = number.zip(shift).and_then(|(number, shift)| number.checked_mul(1 << shift));
    size.ok_or_else(|| format!("{} is not a size", shown(text)))
}
