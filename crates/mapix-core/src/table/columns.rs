//! Columns: which properties a view needs, and what each row shows under them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::ErrorCode;
use crate::prop::{Prop, PropRef, PropTag, PropType, Value, tags};
use crate::store::Row;

/// `MV_FLAG | MV_INSTANCE`.
const MVI_FLAG: u16 = 0x3000;

/// Asks for one row for each value of a multivalue property: the tag for
/// [`Table::set_columns`](super::Table::set_columns) and for sort keys. Tags of single values stay
/// as they are.
#[doc(alias("MVI_PROP", "MVI_FLAG", "MV_INSTANCE"))]
pub fn instance_tag(tag: PropTag) -> PropTag {
    if tag.prop_type().is_multi() {
        tag.with_type(PropType(tag.prop_type().0 | MVI_FLAG))
    } else {
        tag
    }
}

fn is_instance(tag: PropTag) -> bool {
    tag.prop_type().0 & MVI_FLAG == MVI_FLAG
}

/// The tag under which a source has the property.
fn stored(tag: PropTag) -> PropTag {
    if is_instance(tag) {
        tag.with_type(PropType(tag.prop_type().0 & !MVI_FLAG | PropType::MV_FLAG))
    } else {
        tag
    }
}

/// The properties that a view needs of its source, and those whose values become rows.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Needs {
    /// By ID; which type stands there does not matter.
    tags: BTreeMap<u16, PropTag>,
    /// Properties of which each value makes a row, in the order in which they were named.
    pub(super) spread: Vec<u16>,
}

impl Needs {
    /// Adds a column or sort key.
    pub(super) fn add(&mut self, tag: PropTag) {
        self.read(tag);
        if is_instance(tag) && !self.spread.contains(&tag.id()) {
            self.spread.push(tag.id());
        }
    }

    /// Adds a property that is only looked at.
    pub(super) fn read(&mut self, tag: PropTag) {
        let own = tag.id() == tags::INSTANCE_KEY.id() || tag.prop_type() == PropType::NULL;
        if !own {
            self.tags.entry(tag.id()).or_insert(stored(tag));
        }
    }

    /// Only what makes rows of these properties' values.
    pub(super) fn only(&self, spread: &[u16]) -> Self {
        let tags = self.tags.iter().filter(|(id, _)| spread.contains(id));
        Self { tags: tags.map(|(id, tag)| (*id, *tag)).collect(), spread: spread.to_vec() }
    }

    /// Whether whoever has read this has all that the other needs.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.tags.keys().all(|id| self.tags.contains_key(id))
            && other.spread.iter().all(|id| self.spread.contains(id))
    }

    /// What to ask the source for.
    pub(super) fn tags(&self) -> Vec<PropTag> {
        self.tags.values().copied().collect()
    }
}

/// One row of a view: a row of the source, or one instance of it.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) row: &'a Row,
    /// Which of the combinations of values of the spread properties it is.
    pub(super) instance: u32,
    pub(super) spread: &'a [u16],
}

impl<'a> Cells<'a> {
    /// The most instances that one row is spread into.
    pub(super) const MAX_INSTANCES: u64 = 65_536;

    /// How many instances the row has: the product of the numbers of values. A property without
    /// values counts as one.
    pub(super) fn instances(row: &Row, spread: &[u16]) -> u64 {
        spread.iter().fold(1, |product, id| product.saturating_mul(values(row, *id)))
    }

    /// How many instances of the row are shown.
    pub(super) fn shown(row: &Row, spread: &[u16]) -> u32 {
        Self::instances(row, spread).min(Self::MAX_INSTANCES) as u32
    }

    /// The row and the instance that a [`key`](Self::key) names.
    pub(super) fn named(key: &[u8]) -> Option<(u64, u32)> {
        let key: [u8; 16] = key.try_into().ok()?;
        let (row, rest) = key.split_first_chunk()?;
        let (zero, instance) = rest.split_first_chunk()?;
        let instance = u32::from_be_bytes(instance.try_into().ok()?);
        (*zero == [0; 4]).then_some((u64::from_be_bytes(*row), instance))
    }

    /// `PR_INSTANCE_KEY`: of the size of a `MAPIUID`, as the documentation wants it.
    pub(super) fn key(&self) -> Value {
        Value::from(&Self::key_of(self.row.id, self.instance)[..])
    }

    /// The [`key`](Self::key) of an instance of a row.
    pub(super) fn key_of(row: u64, instance: u32) -> [u8; 16] {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&row.to_be_bytes());
        key[12..].copy_from_slice(&instance.to_be_bytes());
        key
    }

    /// The value under a tag, if there is one and its type fits.
    pub(super) fn value(&self, tag: PropTag) -> Option<Cow<'a, Value>> {
        if tag.id() == tags::INSTANCE_KEY.id() {
            let fits = [PropType::BINARY, PropType::UNSPECIFIED].contains(&tag.prop_type());
            return fits.then(|| Cow::Owned(self.key()));
        }
        let value = self.row.props.get(stored(tag)).filter(|value| **value != Value::Null)?;
        match self.place(tag) {
            Some(place) => value.multi_get(place).map(Cow::Owned),
            None => Some(Cow::Borrowed(value)),
        }
    }

    /// What the row shows in a column.
    pub(super) fn shown_in(&self, column: PropTag) -> PropRef<'a> {
        if column.prop_type() == PropType::NULL {
            return PropRef { tag: column, value: Cow::Owned(Value::Null) };
        }
        let wanted = match column.prop_type() {
            PropType(number) if is_instance(column) => PropType(number & !MVI_FLAG),
            wanted => wanted,
        };
        let found = match self.value(column) {
            Some(value @ Cow::Borrowed(Value::Large(..))) => Ok(value),
            Some(Cow::Borrowed(value)) => value.fit(wanted).map_err(|error| error.code()),
            Some(Cow::Owned(value)) => {
                value.coerce(wanted).map(Cow::Owned).map_err(|error| error.code())
            }
            None => Err(self.why_missing(column)),
        };
        match found {
            Ok(value) => PropRef { tag: column.with_type(value.prop_type()), value },
            Err(code) => PropRef::error(column, code),
        }
    }

    /// What the row shows in a column, as a property of its own.
    pub(super) fn prop(&self, column: PropTag) -> Prop {
        self.shown_in(column).into_owned()
    }

    fn why_missing(&self, column: PropTag) -> ErrorCode {
        let error = self.row.props.find(column.id()).and_then(|prop| prop.value.as_error());
        error.unwrap_or(ErrorCode::NOT_FOUND)
    }

    /// Which value of a spread property this instance shows; `None` for other properties.
    fn place(&self, tag: PropTag) -> Option<usize> {
        if !is_instance(tag) {
            return None;
        }
        let mut rest = u64::from(self.instance);
        for id in self.spread {
            let count = values(self.row, *id);
            if *id == tag.id() {
                return Some((rest % count) as usize);
            }
            rest /= count;
        }
        None
    }
}

fn values(row: &Row, id: u16) -> u64 {
    let count = row.props.find(id).and_then(|prop| prop.value.multi_len());
    count.unwrap_or(1).max(1) as u64
}
