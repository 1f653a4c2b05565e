//! Restrictions as text, to be read by people, and by [`Restriction::parse`].

use std::fmt::{self, Display, Formatter, Write};

use super::operator::Way;
use super::{FuzzyLevel, Restriction};
use crate::names::{parse_tag, tag_name};
use crate::prop::{FileTime, PropTag, PropType, Value};

impl Display for Restriction {
    /// For example `(PR_SUBJECT contains "x" ignoring case) and (PR_MESSAGE_SIZE > 100)`:
    /// [`Restriction::parse`] reads it back. What is deeper than [`Restriction::MAX_DEPTH`] is left
    /// out.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_node(f, self, Restriction::MAX_DEPTH)
    }
}

impl Display for FuzzyLevel {
    /// For example `contains ignoring case`; with bits that have no words, `content 0x10011`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.words() {
            Some((verb, remark)) => write!(f, "{verb}{remark}"),
            None => write!(f, "content 0x{:X}", self.0),
        }
    }
}

impl FuzzyLevel {
    /// What it is in words; `None` if words do not say all of it.
    fn words(self) -> Option<(&'static str, &'static str)> {
        let (verb, way) = match self.way().ok()? {
            Way::Full => ("is", Self::FULL_STRING),
            Way::Substring => ("contains", Self::SUBSTRING),
            Way::Prefix => ("starts with", Self::PREFIX),
            Way::WordPrefix => ("contains words that start with", Self::PREFIX_ON_ANY_WORD),
            Way::Phrase => ("contains the phrase", Self::PHRASE_MATCH),
        };
        let remark = match Self(self.0 & !way.0) {
            Self(0) => "",
            Self::LOOSE => " loosely",
            Self::IGNORE_CASE_AND_ACCENTS => " ignoring case and accents",
            Self::IGNORE_CASE => " ignoring case",
            Self::IGNORE_NON_SPACE => " ignoring accents",
            _ => return None,
        };
        Some((verb, remark))
    }
}

fn write_node(f: &mut Formatter<'_>, node: &Restriction, levels: usize) -> fmt::Result {
    let Some(below) = levels.checked_sub(1) else {
        return f.write_str("...");
    };
    match node {
        Restriction::And(all) => write_list(f, all, "and", "true", below),
        Restriction::Or(any) => write_list(f, any, "or", "false", below),
        Restriction::Not(inner) => write_inner(f, "not ", inner, below),
        Restriction::Content { tag, fuzzy, value } => {
            let words = fuzzy.words();
            match words {
                Some((verb, _)) => write!(f, "{} {verb} ", Name(*tag))?,
                None => write!(f, "{} {fuzzy} ", Name(*tag))?,
            }
            write_value(f, tag.prop_type().single(), value, below)?;
            f.write_str(words.map_or("", |(_, remark)| remark))
        }
        Restriction::Property { op, tag, value } => {
            write!(f, "{} {op} ", Name(*tag))?;
            write_value(f, tag.prop_type().single(), value, below)
        }
        Restriction::CompareProps { op, left, right } => {
            write!(f, "{} {op} {}", Name(*left), Name(*right))
        }
        Restriction::BitMask { tag, mask, non_zero } => {
            write!(f, "{} & 0x{mask:X} {} 0", Name(*tag), if *non_zero { "!=" } else { "=" })
        }
        Restriction::Size { op, tag, size } => write!(f, "size of {} {op} {size}", Name(*tag)),
        Restriction::Exist { tag } => write!(f, "{} exists", Name(*tag)),
        Restriction::Sub { subobject, restriction } => {
            write!(f, "any of {} fits ", Name(*subobject))?;
            write_inner(f, "", restriction, below)
        }
        Restriction::Comment { props, restriction } => {
            f.write_str("comment [")?;
            for (index, (tag, value)) in props.iter().enumerate() {
                write!(f, "{}{} = ", if index == 0 { "" } else { ", " }, Name(*tag))?;
                write_value(f, tag.prop_type().single(), value, below)?;
            }
            f.write_char(']')?;
            restriction.as_ref().map_or(Ok(()), |inner| write_inner(f, " ", inner, below))
        }
        Restriction::Count { count, restriction } => {
            write!(f, "the first {count} of ")?;
            write_inner(f, "", restriction, below)
        }
    }
}

fn write_list(
    f: &mut Formatter<'_>,
    nodes: &[Restriction],
    word: &str,
    none: &str,
    levels: usize,
) -> fmt::Result {
    match nodes {
        [] => f.write_str(none),
        // One alone is another tree.
        [one] => write_inner(f, &format!("{word} "), one, levels),
        [first, rest @ ..] => {
            write_inner(f, "", first, levels)?;
            rest.iter().try_for_each(|node| write_inner(f, &format!(" {word} "), node, levels))
        }
    }
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

/// The name of a tag where it reads back as the same tag, else its number.
struct Name(PropTag);

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_word = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let same = |name: &&str| is_word(name) && parse_tag(name).is_ok_and(|tag| tag == self.0);
        match tag_name(self.0).filter(same) {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:08X}", self.0.0),
        }
    }
}

/// Writes a value beside a property whose values have a type; with the type of its own where the
/// value does not show it.
fn write_value(
    f: &mut Formatter<'_>,
    beside: PropType,
    value: &Value,
    levels: usize,
) -> fmt::Result {
    let own = value.prop_type();
    let shown = |single: PropType, value: &Value| match value {
        Value::I16(_) | Value::F32(_) | Value::Currency(_) | Value::AppTime(_) => single == beside,
        Value::I32(_) => single == beside || !is_number(beside),
        Value::I64(number) => {
            single == beside || !is_number(beside) && i32::try_from(*number).is_err()
        }
        Value::F64(_) => single == beside || !is_number(beside),
        Value::Time(time) => is_plain(*time),
        _ => true,
    };
    if value.multi_len().is_some() {
        let is_shown = !value.is_empty_multi() || own.single() == beside;
        if !(is_shown && value.each().all(|one| shown(own.single(), &one))) {
            write!(f, "{own} ")?;
        }
        f.write_char('[')?;
        for (index, one) in value.each().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            write_single(f, &one, levels)?;
        }
        return f.write_char(']');
    }
    let is_typed =
        matches!(value, Value::Error(_) | Value::Object(_) | Value::SvrEid(_) | Value::Actions(_))
            || matches!(value, Value::Restriction(_))
            || !shown(own, value);
    if is_typed {
        write!(f, "{own} ")?;
    }
    write_single(f, value, levels)
}

fn write_single(f: &mut Formatter<'_>, value: &Value, levels: usize) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Unicode(text) => write_text(f, text),
        Value::String8(text) => {
            write!(f, "cp{} ", text.code_page)?;
            match std::str::from_utf8(&text.bytes) {
                Ok(ascii) if ascii.is_ascii() => write_text(f, ascii),
                _ => write_bytes(f, &text.bytes),
            }
        }
        Value::I16(value) => value.fmt(f),
        Value::I32(value) => value.fmt(f),
        Value::I64(value) => value.fmt(f),
        Value::F32(value) => write!(f, "{value:?}"),
        Value::F64(value) | Value::AppTime(value) => write!(f, "{value:?}"),
        Value::Currency(amount) => {
            let (sign, amount) = (if *amount < 0 { "-" } else { "" }, amount.unsigned_abs());
            write!(f, "{sign}{}.{:04}", amount / 10_000, amount % 10_000)
        }
        Value::Bool(value) => value.fmt(f),
        Value::Time(time) if is_plain(*time) => time.fmt(f),
        Value::Time(time) => time.0.fmt(f),
        Value::Guid(guid) => write!(f, "{{{guid}}}"),
        Value::Error(code) => write!(f, "0x{:08X}", code.0),
        Value::Restriction(inner) => write_inner(f, "", inner, levels),
        Value::Large(prop_type, size) => write!(f, "large {prop_type} {size}"),
        Value::Raw(prop_type, bytes) => {
            write!(f, "raw {prop_type} ")?;
            write_bytes(f, bytes)
        }
        value => write_bytes(f, value.as_bytes().unwrap_or_default()),
    }
}

fn is_number(prop_type: PropType) -> bool {
    matches!(
        prop_type,
        PropType::I16
            | PropType::I32
            | PropType::I64
            | PropType::F32
            | PropType::F64
            | PropType::APP_TIME
            | PropType::CURRENCY
    )
}

/// Whether a time can be written as a date.
fn is_plain(time: FileTime) -> bool {
    FileTime::parse(&time.to_string()).is_ok_and(|same| same == time)
}

fn write_text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(f, "\\{letter}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            letter if letter.is_control() => write!(f, "\\u{{{:X}}}", u32::from(letter))?,
            letter => f.write_char(letter)?,
        }
    }
    f.write_char('"')
}

fn write_bytes(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("x'")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
    f.write_char('\'')
}
