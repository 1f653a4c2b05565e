//! Terms about any property: `prop:PR_SENSITIVITY>=2`.

use std::ops::Range;

use super::date::{self, Limit};
use super::scan::{Scanner, ends_word, shown};
use super::{Context, DateSpan, Property, Query, QueryError, Test};
use crate::names::{find_tag, named_info, parse_named, parse_tag};
use crate::prop::{Guid, PropType, Value};
use crate::restriction::RelOp;

/// What may stand between a property and a value.
#[derive(Clone, Copy, PartialEq)]
enum Operator {
    Relation(RelOp),
    Contains,
    Bits,
}

/// Longer ones before those with which they begin.
const OPERATORS: [(&str, Operator); 8] = [
    ("!=", Operator::Relation(RelOp::Ne)),
    ("<=", Operator::Relation(RelOp::Le)),
    (">=", Operator::Relation(RelOp::Ge)),
    ("=", Operator::Relation(RelOp::Eq)),
    ("<", Operator::Relation(RelOp::Lt)),
    (">", Operator::Relation(RelOp::Gt)),
    ("~", Operator::Contains),
    ("&", Operator::Bits),
];

impl Property {
    /// The type of its values, as far as it is known from its tag or its name.
    pub fn prop_type(&self) -> PropType {
        match self {
            Self::Tag(tag) => tag.prop_type(),
            Self::Named(name) => {
                named_info(name).map_or(PropType::UNSPECIFIED, |info| info.prop_type)
            }
        }
    }

    /// From one of its names or its number. Only when there is none are near ones looked for: a
    /// query may name thousands of properties.
    pub(super) fn parse(text: &str) -> Result<Self, crate::Error> {
        if let Some(tag) = find_tag(text) {
            return Ok(Self::Tag(tag));
        }
        let lower = text.to_ascii_lowercase();
        let is_named = ["pidlid", "pidname", "dispid"].iter().any(|start| lower.starts_with(start));
        match parse_named(text) {
            Ok((name, _)) => Ok(Self::Named(name)),
            Err(error) if is_named || text.contains(':') => Err(error),
            Err(_) => parse_tag(text).map(Self::Tag),
        }
    }
}

/// Reads what stands after `prop:`.
pub(super) fn parse(
    scan: &mut Scanner<'_>,
    field: Range<usize>,
    context: &Context,
) -> Result<Query, QueryError> {
    let ends_name = |letter| ends_word(letter) || "!=<>~&".contains(letter);
    let name = match scan.peek() {
        Some('"') => Some(scan.quoted()?),
        _ => scan.word(ends_name),
    };
    let Some(name) = name.filter(|name| !name.text.trim().is_empty()) else {
        let error = scan.error(field, "`prop:` needs the name of a property right after it");
        return Err(error.suggest("such as PR_SUBJECT, 0x0037001F or PidLidReminderSet"));
    };
    let property = bounded(&name.text, Property::parse)
        .map_err(|message| with_suggestion(scan, name.span, &message))?;
    let start = scan.at;
    let Some(operator) = scan.eat_any(&OPERATORS) else {
        return match scan.peek() {
            Some(letter) if !ends_word(letter) || letter == '"' => {
                let span = scan.at..scan.at + letter.len_utf8();
                let error = scan.error(span, "this is no comparison");
                Err(error.suggest("write =, !=, <, <=, >, >=, ~ (contains) or & (bits)"))
            }
            _ => Ok(Query::Property { property, test: Test::Exists }),
        };
    };
    let sign = start..scan.at;
    let Some(token) = scan.token()? else {
        return Err(scan.error(sign, "a value is missing"));
    };
    let prop_type = property.prop_type().single();
    if prop_type == PropType::TIME {
        return time(&property, operator, &token.text, context)
            .map_err(|message| scan.error(token.span, message).suggest(date::HINT));
    }
    let test = match operator {
        Operator::Relation(op) => value(prop_type, &token.text).map(|value| Test::Is(op, value)),
        Operator::Contains => contained(prop_type, &token.text).map(Test::Contains),
        Operator::Bits => bits(property.prop_type(), &token.text).map(Test::Bits),
    };
    match test {
        Ok(test) => Ok(Query::Property { property, test }),
        Err(message) => Err(scan.error(token.span, message)),
    }
}

/// Does not echo names that are too long to be any.
pub(super) fn bounded<T>(
    name: &str,
    parse: impl Fn(&str) -> Result<T, crate::Error>,
) -> Result<T, String> {
    const LONGEST: usize = 1024;
    if name.len() > LONGEST {
        return Err(format!("{} is not the name of a property", shown(name)));
    }
    parse(name).map_err(|error| error.message().to_owned())
}

/// Splits off what a message suggests.
pub(super) fn with_suggestion(scan: &Scanner<'_>, span: Range<usize>, message: &str) -> QueryError {
    match message.split_once(": did you mean ") {
        Some((message, names)) => {
            scan.error(span, message).suggest(format!("did you mean {names}"))
        }
        None => scan.error(span, message),
    }
}

/// Times are compared with the whole of what a date stands for.
fn time(
    property: &Property,
    operator: Operator,
    text: &str,
    context: &Context,
) -> Result<Query, String> {
    let limit = |limit| DateSpan::limit(limit, text, context);
    let span = match operator {
        Operator::Relation(RelOp::Lt) => limit(Limit::Less)?,
        Operator::Relation(RelOp::Le) => limit(Limit::AtMost)?,
        Operator::Relation(RelOp::Gt) => limit(Limit::More)?,
        Operator::Relation(RelOp::Ge) => limit(Limit::AtLeast)?,
        Operator::Relation(_) => DateSpan::parse(text, context)?,
        _ => return Err("a time does not contain anything".into()),
    };
    let term = |test| Query::Property { property: property.clone(), test };
    let within = term(if span == DateSpan::ALWAYS { Test::Exists } else { Test::Within(span) });
    if operator == Operator::Relation(RelOp::Ne) {
        return Ok(Query::and([term(Test::Exists), within.negate()]));
    }
    Ok(within)
}

/// A value of a type, from text.
fn value(prop_type: PropType, text: &str) -> Result<Value, String> {
    let wrong = |what: &str| format!("{} is not {what}", shown(text));
    let float = || text.parse().ok().filter(|number: &f64| number.is_finite());
    Ok(match prop_type {
        PropType::STRING8 | PropType::UNICODE | PropType::UNSPECIFIED => Value::from(text),
        PropType::I16 => {
            let number = integer(text).and_then(|number| {
                i16::try_from(number).or_else(|_| u16::try_from(number).map(|n| n as i16)).ok()
            });
            Value::I16(number.ok_or_else(|| wrong("an integer of 16 bits"))?)
        }
        PropType::I32 => {
            let number = integer(text).and_then(|number| {
                i32::try_from(number).or_else(|_| u32::try_from(number).map(|n| n as i32)).ok()
            });
            Value::I32(number.ok_or_else(|| wrong("an integer of 32 bits"))?)
        }
        PropType::I64 => {
            let number = integer(text).and_then(|number| i64::try_from(number).ok());
            Value::I64(number.ok_or_else(|| wrong("an integer of 64 bits"))?)
        }
        PropType::BOOL => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Value::Bool(true),
            "false" | "no" | "0" => Value::Bool(false),
            _ => return Err(wrong("true or false")),
        },
        PropType::F32 => {
            let number = float().map(|number| number as f32).filter(|number| number.is_finite());
            Value::F32(number.ok_or_else(|| wrong("a number"))?)
        }
        PropType::F64 => Value::F64(float().ok_or_else(|| wrong("a number"))?),
        PropType::APP_TIME => Value::AppTime(float().ok_or_else(|| wrong("a number of days"))?),
        PropType::CURRENCY => {
            Value::Currency(currency(text).ok_or_else(|| wrong("an amount such as 12.50"))?)
        }
        PropType::GUID => {
            let guid = if text.len() > 38 { None } else { text.parse::<Guid>().ok() };
            Value::Guid(guid.ok_or_else(|| wrong("a GUID"))?)
        }
        PropType::BINARY => bytes(text).ok_or_else(|| wrong("bytes in hexadecimal"))?,
        _ => return Err(format!("{prop_type} is a type whose values cannot be compared")),
    })
}

fn contained(prop_type: PropType, text: &str) -> Result<Value, String> {
    match prop_type {
        PropType::STRING8 | PropType::UNICODE | PropType::UNSPECIFIED => Ok(Value::from(text)),
        PropType::BINARY => value(prop_type, text),
        _ => Err(format!("{prop_type} is a type whose values contain nothing")),
    }
}

fn bits(prop_type: PropType, text: &str) -> Result<u32, String> {
    match prop_type {
        PropType::I16 | PropType::I32 | PropType::I64 | PropType::UNSPECIFIED => {
            let mask = integer(text).and_then(|mask| u32::try_from(mask).ok());
            mask.filter(|mask| *mask != 0).ok_or_else(|| format!("{} are no bits", shown(text)))
        }
        _ => Err(format!("{prop_type} is a type whose values have no bits")),
    }
}

/// What a text may be, if the type of the property to which it is compared is not known.
pub(super) fn guesses(text: &str) -> Vec<Value> {
    let mut values = vec![Value::from(text)];
    if let Some(number) = integer(text) {
        values.extend(i16::try_from(number).ok().map(Value::I16));
        values.extend(i32::try_from(number).ok().map(Value::I32));
        values.extend(i64::try_from(number).ok().map(Value::I64));
    }
    if let Ok(number) = text.parse::<f64>() {
        values.extend([Value::F64(number), Value::F32(number as f32)]);
    }
    values.extend(text.parse().ok().map(Value::Bool));
    values
}

/// Decimal, or hexadecimal after `0x`.
fn integer(text: &str) -> Option<i128> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(i128::from),
        None => text.parse::<i64>().ok().map(i128::from),
    }
}

/// Ten-thousandths of a unit.
pub(super) fn currency(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 4 {
        return None;
    }
    let parts: i128 = format!("{fraction:0<4}").parse().ok()?;
    let amount = whole.parse::<u64>().ok().map(i128::from)? * 10_000 + parts;
    i64::try_from(if unsigned.len() < text.len() { -amount } else { amount }).ok()
}

fn bytes(text: &str) -> Option<Value> {
    let digits = text.as_bytes();
    let is_hex = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    let pairs = (0..digits.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..][..2], 16));
    is_hex.then(|| pairs.collect::<Result<Vec<u8>, _>>().ok().map(Value::from))?
}
