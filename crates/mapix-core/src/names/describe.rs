//! Integers in the words of their flags and enumerations.

use super::flag::{flags_of_field, flags_of_named, flags_of_tag};
use super::{FlagInfo, FlagKind};
use crate::prop::{PropName, PropTag, Value};

/// A property by its tag or by its name. IDs from `0x8000` need the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PropRef<'a> {
    /// A property with a fixed tag.
    Tag(PropTag),
    /// A named property.
    Name(&'a PropName),
}

impl From<PropTag> for PropRef<'_> {
    fn from(tag: PropTag) -> Self {
        Self::Tag(tag)
    }
}

impl<'a> From<&'a PropName> for PropRef<'a> {
    fn from(name: &'a PropName) -> Self {
        Self::Name(name)
    }
}

/// An integer value in the words of its flags: `MSGFLAG_READ | MSGFLAG_HASATTACH` for
/// `PR_MESSAGE_FLAGS`, `IMPORTANCE_HIGH` for `PR_IMPORTANCE`.
///
/// # Behavior
///
/// - Bits without a name follow in hexadecimal: `MSGFLAG_READ | 0x800000`.
/// - Names that share a value are joined by a slash: which one is meant depends on the object.
/// - The values of a multivalue are joined by a semicolon.
/// - `None` if no word fits, if the property has no flags, or if the value is not an integer.
#[doc(alias = "InterpretFlags")]
pub fn describe_value<'a>(prop: impl Into<PropRef<'a>>, value: &Value) -> Option<String> {
    let flags = match prop.into() {
        PropRef::Tag(tag) => flags_of_tag(tag),
        PropRef::Name(name) => flags_of_named(name),
    };
    if flags.is_empty() {
        return None;
    }
    let long = |number: &i64| i32::try_from(*number).map_or(*number as u64, |n| n as u32 as u64);
    match value {
        Value::Bool(value) => describe(flags, u64::from(*value)),
        Value::I16(value) => describe(flags, long(&i64::from(*value))),
        Value::I32(value) => describe(flags, u64::from(*value as u32)),
        Value::I64(value) => describe(flags, long(value)),
        Value::MvI16(values) => {
            describe_all(flags, values.iter().map(|value| long(&i64::from(*value))))
        }
        Value::MvI32(values) => {
            describe_all(flags, values.iter().map(|value| u64::from(*value as u32)))
        }
        Value::MvI64(values) => describe_all(flags, values.iter().map(long)),
        _ => None,
    }
}

/// The value of a field in the words of its flags: `RES_PROPERTY` for `SRestriction.rt`. For the
/// rest it is like [`describe_value`].
pub fn describe_field(field: &str, value: u32) -> Option<String> {
    describe(flags_of_field(field), u64::from(value))
}

/// Each value in words, or as a number; `None` if none of them has words.
fn describe_all(flags: &[FlagInfo], values: impl Iterator<Item = u64>) -> Option<String> {
    let mut any_words = false;
    let texts: Vec<String> = values
        .map(|value| {
            let words = describe(flags, value);
            any_words |= words.is_some();
            words.unwrap_or_else(|| format!("0x{value:X}"))
        })
        .collect();
    any_words.then(|| texts.join("; "))
}

fn describe(flags: &[FlagInfo], value: u64) -> Option<String> {
    let values = |wanted: u64| {
        let fits =
            move |flag: &&FlagInfo| flag.kind == FlagKind::Value && u64::from(flag.value) == wanted;
        join(flags.iter().filter(fits))
    };
    let has_classes = flags.iter().any(|flag| matches!(flag.kind, FlagKind::Class { .. }));
    if value != 0
        && !has_classes
        && let Some(word) = values(value)
    {
        return Some(word);
    }
    let mut rest = value;
    let mut words = bits(flags, &mut rest);
    words.extend(classes(flags, &mut rest));
    if rest != 0 {
        if let Some(word) = values(rest) {
            words.push(word);
            rest = 0;
        }
    } else if words.is_empty() || is_enumeration(flags) {
        let none = |flag: &&FlagInfo| flag.kind == FlagKind::Bit && flag.value == 0;
        words.extend(values(0).or_else(|| join(flags.iter().filter(none))));
    }
    if words.is_empty() {
        return None;
    }
    if rest != 0 {
        words.push(format!("0x{rest:X}"));
    }
    Some(words.join(" | "))
}

/// The words of the bits that are set; those of several bits take them from the single ones.
fn bits(flags: &[FlagInfo], rest: &mut u64) -> Vec<String> {
    let mut masks: Vec<u32> = flags
        .iter()
        .filter(|flag| flag.kind == FlagKind::Bit && flag.value != 0)
        .map(|flag| flag.value)
        .collect();
    masks.sort_by_key(|mask| (std::cmp::Reverse(mask.count_ones()), *mask));
    masks.dedup();
    masks.retain(|mask| {
        let is_set = *rest & u64::from(*mask) == u64::from(*mask);
        if is_set {
            *rest &= !u64::from(*mask);
        }
        is_set
    });
    masks.sort_unstable();
    let named = |mask: u32| {
        join(flags.iter().filter(move |flag| flag.kind == FlagKind::Bit && flag.value == mask))
    };
    masks.into_iter().filter_map(named).collect()
}

/// The words of the values held in masks, the highest mask first. Of zeros, only the one in the
/// lowest mask has a word: the others are parts that are not there.
fn classes(flags: &[FlagInfo], rest: &mut u64) -> Vec<String> {
    let mut masks: Vec<u32> = flags
        .iter()
        .filter_map(|flag| match flag.kind {
            FlagKind::Class { mask } => Some(mask),
            _ => None,
        })
        .collect();
    masks.sort_unstable_by(|a, b| b.cmp(a));
    masks.dedup();
    let lowest = masks.last().copied();
    let mut words = Vec::new();
    for mask in masks {
        let part = (*rest & u64::from(mask)) >> mask.trailing_zeros();
        if part == 0 && Some(mask) != lowest {
            continue;
        }
        let fits = |flag: &&FlagInfo| {
            flag.kind == FlagKind::Class { mask } && u64::from(flag.value) == part
        };
        if let Some(word) = join(flags.iter().filter(fits)) {
            words.push(word);
            *rest &= !u64::from(mask);
        }
    }
    words
}

/// Whether zero is one of several values, and not just the absence of all bits.
fn is_enumeration(flags: &[FlagInfo]) -> bool {
    flags.iter().filter(|flag| flag.kind == FlagKind::Value).count() > 1
}

fn join<'a>(flags: impl Iterator<Item = &'a FlagInfo>) -> Option<String> {
    let names: Vec<&str> = flags.map(|flag| flag.name).collect();
    (!names.is_empty()).then(|| names.join("/"))
}
