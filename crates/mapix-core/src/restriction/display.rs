//! Restrictions as text, to be read by people.

use std::fmt::{self, Display, Formatter, Write};

use super::operator::Way;
use super::{FuzzyLevel, Restriction};
use crate::prop::Value;

/// Of longer byte strings only the start is shown.
const SHOWN_BYTES: usize = 32;

impl Display for Restriction {
    /// For example `(PR_SUBJECT contains "x" ignoring case) and (PR_MESSAGE_SIZE > 100)`. What is
    /// deeper than [`Restriction::MAX_DEPTH`] is left out.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_node(f, self, Restriction::MAX_DEPTH)
    }
}

impl Display for FuzzyLevel {
    /// For example `contains ignoring case`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb())?;
        self.write_remarks(f)
    }
}

impl FuzzyLevel {
    fn verb(self) -> &'static str {
        match self.way() {
            Ok(Way::Full) => "is",
            Ok(Way::Substring) => "contains",
            Ok(Way::Prefix) => "starts with",
            Ok(Way::WordPrefix) => "contains words that start with",
            Ok(Way::Phrase) => "contains the phrase",
            Err(_) => "matches in an unknown way",
        }
    }

    fn write_remarks(self, f: &mut Formatter<'_>) -> fmt::Result {
        let folding = self.folding();
        f.write_str(match (folding.forms, folding.case, folding.marks) {
            (true, ..) => " loosely",
            (_, true, true) => " ignoring case and accents",
            (_, true, false) => " ignoring case",
            (_, false, true) => " ignoring accents",
            (_, false, false) => "",
        })
    }
}

fn write_node(f: &mut Formatter<'_>, node: &Restriction, levels: usize) -> fmt::Result {
    let Some(below) = levels.checked_sub(1) else {
        return f.write_str("...");
    };
    match node {
        Restriction::And(all) => write_list(f, all, " and ", "true", below),
        Restriction::Or(any) => write_list(f, any, " or ", "false", below),
        Restriction::Not(inner) => write_inner(f, "not ", inner, below),
        Restriction::Content { tag, fuzzy, value } => {
            write!(f, "{tag} {} ", fuzzy.verb())?;
            write_value(f, value)?;
            fuzzy.write_remarks(f)
        }
        Restriction::Property { op, tag, value } => {
            write!(f, "{tag} {op} ")?;
            write_value(f, value)
        }
        Restriction::CompareProps { op, left, right } => write!(f, "{left} {op} {right}"),
        Restriction::BitMask { tag, mask, non_zero } => {
            write!(f, "{tag} & 0x{mask:X} {} 0", if *non_zero { "!=" } else { "=" })
        }
        Restriction::Size { op, tag, size } => write!(f, "size of {tag} {op} {size}"),
        Restriction::Exist { tag } => write!(f, "{tag} exists"),
        Restriction::Sub { subobject, restriction } => {
            write!(f, "any of {subobject} fits ")?;
            write_inner(f, "", restriction, below)
        }
        Restriction::Comment { restriction: None, .. } => f.write_str("true"),
        Restriction::Comment { restriction: Some(inner), .. } => write_node(f, inner, below),
        Restriction::Count { count, restriction } => {
            write!(f, "the first {count} of ")?;
            write_inner(f, "", restriction, below)
        }
    }
}

fn write_list(
    f: &mut Formatter<'_>,
    nodes: &[Restriction],
    between: &str,
    none: &str,
    levels: usize,
) -> fmt::Result {
    if nodes.is_empty() {
        return f.write_str(none);
    }
    for (index, node) in nodes.iter().enumerate() {
        write_inner(f, if index == 0 { "" } else { between }, node, levels)?;
    }
    Ok(())
}

fn write_inner(
    f: &mut Formatter<'_>,
    before: &str,
    inner: &Restriction,
    levels: usize,
) -> fmt::Result {
    write!(f, "{before}(")?;
    write_node(f, inner, levels)?;
    f.write_char(')')
}

fn write_value(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    if let Some(text) = value.as_text() {
        return write!(f, "{text:?}");
    }
    match value {
        Value::I16(value) => value.fmt(f),
        Value::I32(value) => value.fmt(f),
        Value::I64(value) | Value::Currency(value) => value.fmt(f),
        Value::F32(value) => value.fmt(f),
        Value::F64(value) | Value::AppTime(value) => value.fmt(f),
        Value::Bool(value) => value.fmt(f),
        Value::Time(value) => value.fmt(f),
        Value::Guid(value) => write!(f, "{{{value}}}"),
        Value::Error(code) => code.fmt(f),
        _ if value.multi_len().is_some() => {
            f.write_char('[')?;
            for (index, one) in value.each().enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                write_value(f, &one)?;
            }
            f.write_char(']')
        }
        _ => match value.as_bytes() {
            Some(bytes) => write_bytes(f, bytes),
            None => value.prop_type().fmt(f),
        },
    }
}

fn write_bytes(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("x'")?;
    bytes.iter().take(SHOWN_BYTES).try_for_each(|byte| write!(f, "{byte:02X}"))?;
    f.write_str(if bytes.len() > SHOWN_BYTES { "...'" } else { "'" })
}
