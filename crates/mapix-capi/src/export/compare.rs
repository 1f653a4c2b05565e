//! Values held against each other, as restrictions and sorts of the core do it.

use std::cmp::Ordering;

use mapix::Result;
use mapix::prop::{Prop, PropBag, PropTag, PropType, compare_values};
use mapix::restriction::{FuzzyLevel, Matcher, RelOp, Restriction};

use crate::arg::In;
use crate::convert::prop;
use crate::types::SPropValue;

use super::guard;

/// Whether text or bytes hold other text or bytes, as the fuzzy level says; with a level that is
/// not defined, whether they are the same. False for other types, for types that differ, and for
/// what is null.
///
/// # Safety
/// Each is null or points to a value whose pointers are null or as its tag says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FPropContainsProp(
    value: In<'_, SPropValue>,
    pattern: In<'_, SPropValue>,
    level: u32,
) -> i32 {
    truth(|| {
        let (value, pattern) = (prop(value)?, prop(pattern)?);
        let kind = value.tag.prop_type();
        let text_or_bytes =
            matches!(kind, PropType::STRING8 | PropType::UNICODE | PropType::BINARY);
        if !text_or_bytes || kind != pattern.tag.prop_type() {
            return Ok(false);
        }
        let way = level & 0xFFFF;
        let known = way <= FuzzyLevel::PREFIX.0
            || way == FuzzyLevel::PREFIX_ON_ANY_WORD.0
            || way == FuzzyLevel::PHRASE_MATCH.0;
        let fuzzy = if known { FuzzyLevel(level) } else { FuzzyLevel::FULL_STRING };
        // Each value has an ID here, so that it can be looked up.
        let tag = PropTag::new(1, kind);
        let bag = PropBag::from_iter([Prop { tag, value: value.value }]);
        let content = Restriction::Content { tag, fuzzy, value: pattern.value };
        Matcher::new(&content)?.matches(&bag)
    })
}

/// Whether two values are in a relation (`RELOP_*`). False for types that differ, for relations
/// that are not defined or not about order, and for what is null.
///
/// # Safety
/// As [`FPropContainsProp`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FPropCompareProp(
    left: In<'_, SPropValue>,
    relation: u32,
    right: In<'_, SPropValue>,
) -> i32 {
    truth(|| {
        let (left, right) = (prop(left)?, prop(right)?);
        if left.tag.prop_type() != right.tag.prop_type() {
            return Ok(false);
        }
        let order = compare_values(&left.value, &right.value);
        Ok(order.is_some_and(|order| RelOp::from_mapi(relation).is_ok_and(|op| op.holds(order))))
    })
}

/// Less than zero, zero or more, as the first value is less than the second, equal or greater.
/// Values of different types are in the order of their types; what cannot be compared is not
/// equal.
///
/// # Safety
/// As [`FPropContainsProp`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LPropCompareProp(
    left: In<'_, SPropValue>,
    right: In<'_, SPropValue>,
) -> i32 {
    let order = || -> Result<i32> {
        let (left, right) = (prop(left)?, prop(right)?);
        let types = left.tag.prop_type().cmp(&right.tag.prop_type());
        let order = match types {
            Ordering::Equal => compare_values(&left.value, &right.value),
            _ => Some(types),
        };
        Ok(order.unwrap_or(Ordering::Greater) as i32)
    };
    guard(1, || order().unwrap_or(1))
}

/// True or false as C has it; false for an error.
fn truth(body: impl FnOnce() -> Result<bool>) -> i32 {
    guard(0, || body().unwrap_or(false).into())
}
