//! From a query to text that parses to the same query.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use super::scan::quote;
use super::{Mark, Property, Query, SizeRange, Test, Text, Whole};
use crate::names::{named_name, tag_name};
use crate::prop::Value;
use crate::restriction::{RelOp, Restriction};

impl Display for Query {
    /// What is deeper than [`Restriction::MAX_DEPTH`] is left out.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_query(f, self, Restriction::MAX_DEPTH)
    }
}

fn write_query(f: &mut Formatter<'_>, query: &Query, levels: usize) -> fmt::Result {
    let Some(below) = levels.checked_sub(1) else { return f.write_str("...") };
    match query {
        Query::All => f.write_str("*"),
        Query::And(all) => write_list(f, all, " ", "*", below),
        Query::Or(any) => write_list(f, any, " OR ", "-*", below),
        Query::Not(inner) => {
            f.write_str("-")?;
            write_inner(f, inner, below)
        }
        Query::Text { field, text } => {
            write_field(f, field.name())?;
            match text {
                Text::Anything => f.write_str("*"),
                Text::Word(text) | Text::Phrase(text) => f.write_str(&quote(text)),
                Text::Prefix(text) => write!(f, "{}*", quote(text)),
            }
        }
        Query::Class(whole) => write!(f, "class:{whole}"),
        Query::Category(whole) => write!(f, "category:{whole}"),
        Query::MessageId(id) => write!(f, "message-id:{}", quote(id)),
        Query::Date { field, span } => write!(f, "{}:{span}", field.name()),
        Query::Size(range) => write!(f, "size:{range}"),
        Query::Importance(importance) => write!(f, "importance:{}", importance.name()),
        Query::Mark(Mark::Attachment) => write!(f, "has:{}", Mark::Attachment.name()),
        Query::Mark(mark) => write!(f, "is:{}", mark.name()),
        Query::Held(held) => write!(f, "is:{}", held.name()),
        Query::Folder(pattern) => {
            let sign = if pattern.is_exact() { "=" } else { "" };
            write!(f, "folder:{sign}{}", quote(&pattern.to_string()))
        }
        Query::Property { property, test } => write!(f, "prop:{property}{test}"),
        Query::Restriction(text) => write!(f, "restriction:{}", quote(text)),
    }
}

fn write_field(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if name.is_empty() { Ok(()) } else { write!(f, "{name}:") }
}

fn write_list(
    f: &mut Formatter<'_>,
    queries: &[Query],
    between: &str,
    none: &str,
    levels: usize,
) -> fmt::Result {
    if queries.is_empty() {
        return f.write_str(none);
    }
    for (index, query) in queries.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { between })?;
        write_inner(f, query, levels)?;
    }
    Ok(())
}

/// In parentheses, unless it is one term.
fn write_inner(f: &mut Formatter<'_>, query: &Query, levels: usize) -> fmt::Result {
    if !matches!(query, Query::And(_) | Query::Or(_)) {
        return write_query(f, query, levels);
    }
    f.write_str("(")?;
    write_query(f, query, levels)?;
    f.write_str(")")
}

impl Display for Whole {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anything => f.write_str("*"),
            Self::Is(text) => f.write_str(&quote(text)),
            Self::StartsWith(text) => write!(f, "{}*", quote(text)),
        }
    }
}

impl Display for SizeRange {
    /// As it is written after `size:`, such as `10k..1m`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let size = |size: Option<u64>| size.map(size_text).unwrap_or_default();
        if self.min == self.max && self.min.is_some() {
            return f.write_str(&size(self.min));
        }
        write!(f, "{}..{}", size(self.min.or(self.max.is_none().then_some(0))), size(self.max))
    }
}

/// In the largest unit of which it is a multiple.
fn size_text(size: u64) -> String {
    let units = [(40, "t"), (30, "g"), (20, "m"), (10, "k")];
    let unit = units.iter().find(|(shift, _)| size != 0 && size.is_multiple_of(1 << shift));
    unit.map_or_else(|| size.to_string(), |(shift, unit)| format!("{}{unit}", size >> shift))
}

impl Display for Property {
    /// A name that reads back as the same property, or else its number.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let same = |name: &&str| Self::parse(name).is_ok_and(|property| property == *self);
        let name = match self {
            Self::Tag(tag) => tag_name(*tag)
                .filter(same)
                .map_or_else(|| Cow::Owned(format!("0x{:08X}", tag.0)), Cow::Borrowed),
            Self::Named(name) => named_name(name)
                .filter(same)
                .map_or_else(|| Cow::Owned(name.to_string()), Cow::Borrowed),
        };
        let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "_-.:{}".contains(letter);
        if name.chars().all(is_safe) {
            return f.write_str(&name);
        }
        write!(f, "\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

impl Display for Test {
    /// As it is written after the name of a property; nothing for [`Test::Exists`].
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => Ok(()),
            Self::Is(op, value) => {
                f.write_str(match op {
                    RelOp::Lt => "<",
                    RelOp::Le => "<=",
                    RelOp::Gt => ">",
                    RelOp::Ge => ">=",
                    RelOp::Ne => "!=",
                    _ => "=",
                })?;
                write_value(f, value)
            }
            Self::Contains(value) => {
                f.write_str("~")?;
                write_value(f, value)
            }
            Self::Bits(bits) => write!(f, "&0x{bits:X}"),
            Self::Within(span) => write!(f, "={span}"),
        }
    }
}

fn write_value(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    if let Some(text) = value.as_text() {
        return f.write_str(&quote(&text));
    }
    match value {
        Value::F32(number) => write!(f, "{number:?}"),
        Value::F64(number) | Value::AppTime(number) => write!(f, "{number:?}"),
        Value::Currency(amount) => {
            let (sign, amount) = (if *amount < 0 { "-" } else { "" }, amount.unsigned_abs());
            write!(f, "{sign}{}.{:04}", amount / 10_000, amount % 10_000)
        }
        Value::Guid(guid) => write!(f, "{{{guid}}}"),
        Value::Binary(bytes) if bytes.is_empty() => f.write_str("\"\""),
        Value::Binary(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}")),
        Value::Bool(value) => value.fmt(f),
        value => match value.as_i64() {
            Some(number) => number.fmt(f),
            // No other type can be compared.
            None => write!(f, "\"{}\"", value.prop_type()),
        },
    }
}
