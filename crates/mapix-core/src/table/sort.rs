//! Sorting: which order is wanted, and putting the rows of a view in it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use super::view::{Entry, Reader, keep, load};
use crate::prop::{Folding, PropTag, PropType, Value, compare_values};
use crate::{Error, ErrorCode, Result};

/// How the rows of a table are sorted, and later grouped into categories.
///
/// No keys mean the order of the store. Missing values come last, in both directions; rows that
/// are equal under all keys keep the order of the store, in both directions.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[doc(alias = "SSortOrderSet")]
pub struct SortOrderSet {
    /// The keys, the most important first.
    #[doc(alias = "aSort")]
    pub keys: Vec<SortKey>,
    /// How many of the keys, from the first, make categories. More than 0 is not supported yet.
    #[doc(alias = "cCategories")]
    pub categories: u32,
    /// How many levels of categories are expanded at first.
    #[doc(alias = "cExpanded")]
    pub expanded: u32,
}

/// One key to sort by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(alias = "SSortOrder")]
pub struct SortKey {
    /// The property, which need not be a column. With
    /// [`instance_tag`](super::instance_tag), each value of a multivalue is a row; without, its
    /// values are compared one after the other.
    pub tag: PropTag,
    /// In which order.
    pub order: SortOrder,
}

/// The order under one key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SortOrder {
    /// The smallest value first.
    #[doc(alias = "TABLE_SORT_ASCEND")]
    Ascending,
    /// The largest value first.
    #[doc(alias = "TABLE_SORT_DESCEND")]
    Descending,
    /// One category together with the key before.
    #[doc(alias = "TABLE_SORT_COMBINE")]
    Combine,
    /// Categories by their largest value.
    #[doc(alias = "TABLE_SORT_CATEG_MAX")]
    CategoryMax,
    /// Categories by their smallest value.
    #[doc(alias = "TABLE_SORT_CATEG_MIN")]
    CategoryMin,
}

impl SortOrder {
    /// From its number in MAPI.
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` for numbers that MAPI does not define.
    pub fn from_mapi(number: u32) -> Result<Self> {
        Ok(match number {
            0 => Self::Ascending,
            1 => Self::Descending,
            2 => Self::Combine,
            4 => Self::CategoryMax,
            8 => Self::CategoryMin,
            _ => return Err(too_complex(format!("there is no sort order {number}"))),
        })
    }

    /// Its number in MAPI.
    pub fn to_mapi(self) -> u32 {
        match self {
            Self::Ascending => 0,
            Self::Descending => 1,
            Self::Combine => 2,
            Self::CategoryMax => 4,
            Self::CategoryMin => 8,
        }
    }
}

impl SortKey {
    /// The smallest value first.
    pub fn ascending(tag: PropTag) -> Self {
        Self { tag, order: SortOrder::Ascending }
    }

    /// The largest value first.
    pub fn descending(tag: PropTag) -> Self {
        Self { tag, order: SortOrder::Descending }
    }
}

impl SortOrderSet {
    /// A sort without categories.
    pub fn new(keys: impl IntoIterator<Item = SortKey>) -> Self {
        Self { keys: keys.into_iter().collect(), ..Self::default() }
    }

    /// Refuses what cannot be, and what cannot be done.
    pub(super) fn check(&self) -> Result<()> {
        let count = self.keys.len() as u64;
        if u64::from(self.categories) > count || self.expanded > self.categories {
            return Err(Error::invalid_parameter(format!(
                "{} expanded of {} categories of {count} sort keys",
                self.expanded, self.categories
            )));
        }
        if self.keys.first().is_some_and(|key| key.order == SortOrder::Combine) {
            return Err(Error::invalid_parameter("the first sort key has none to combine with"));
        }
        if self.categories > 0 {
            return Err(too_complex("tables do not group their rows into categories yet"));
        }
        for key in &self.keys {
            if !matches!(key.order, SortOrder::Ascending | SortOrder::Descending) {
                return Err(too_complex(format!("{} is sorted for a category", key.tag)));
            }
            if let PropType::NULL
            | PropType::ERROR
            | PropType::OBJECT
            | PropType::RESTRICTION
            | PropType::ACTIONS = key.tag.prop_type()
            {
                let found = key.tag.prop_type();
                return Err(too_complex(format!("{}: {found} has no order", key.tag)));
            }
        }
        Ok(())
    }
}

/// Sorts entries that are in the order of the store.
pub(super) fn sort(
    entries: Vec<Entry>,
    keys: &[SortKey],
    reader: Reader<'_>,
    errors: &mut Vec<Arc<Error>>,
) -> Result<Vec<Entry>> {
    if keys.is_empty() {
        return Ok(entries);
    }
    // Each value is looked up and prepared once, not at each comparison.
    let mut values = Vec::with_capacity(entries.len() * keys.len());
    for entry in &entries {
        for key in keys {
            values.push(value(*entry, key.tag, reader, errors)?.map(Prepared::new));
        }
    }
    let of = |index: usize| &values[index * keys.len()..][..keys.len()];
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|a, b| {
        let pairs = of(*a).iter().zip(of(*b)).zip(keys);
        let mut orders = pairs.map(|((a, b), key)| compare(a.as_ref(), b.as_ref(), key.order));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(order.into_iter().map(|index| entries[index]).collect())
}

/// The value to sort by. Of a value that is too large for a row, only the beginning counts.
fn value<'a>(
    entry: Entry,
    tag: PropTag,
    reader: Reader<'a>,
    errors: &mut Vec<Arc<Error>>,
) -> Result<Option<Cow<'a, Value>>> {
    let cells = reader.cells(entry);
    let value = cells.value(tag);
    let Some(Value::Large(_, size)) = value.as_deref() else { return Ok(value) };
    let loaded = load(reader.source, cells.row.id, tag, *size);
    Ok(keep(loaded, cells.row.id, errors)?.and_then(beginning).map(Cow::Owned))
}

fn beginning(value: Value) -> Option<Value> {
    const LENGTH: usize = 4096;
    Some(match value {
        Value::Large(..) | Value::Error(_) | Value::Null => return None,
        Value::Binary(bytes) if bytes.len() > LENGTH => Value::from(&bytes[..LENGTH]),
        Value::Unicode(text) if text.len() > LENGTH => {
            text.chars().take(LENGTH).collect::<String>().into()
        }
        value => value,
    })
}

/// A value ready to be compared.
enum Prepared<'a> {
    /// Text as [`compare_text`](crate::prop::compare_text) sees it: first the letters, then the
    /// letters with their accents, unless that is the same.
    Text(Box<str>, Option<Box<str>>),
    Other(Cow<'a, Value>),
}

impl<'a> Prepared<'a> {
    fn new(value: Cow<'a, Value>) -> Self {
        const LETTERS: Folding = Folding { case: true, marks: true, forms: false };
        if let Some(text) = value.as_text() {
            let accents = (!text.is_ascii()).then(|| Folding::CASE.apply(&text).into());
            return Self::Text(LETTERS.apply(&text).into(), accents);
        }
        Self::Other(value)
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a, a_accents), Self::Text(b, b_accents)) => a
                .cmp(b)
                .then_with(|| a_accents.as_ref().unwrap_or(a).cmp(b_accents.as_ref().unwrap_or(b))),
            (Self::Other(a), Self::Other(b)) if self.class() == other.class() => {
                compare_values(a, b).unwrap_or(Ordering::Equal)
            }
            _ => self.class().cmp(&other.class()),
        }
    }

    /// Within a class `compare_values` has an order, or none at all. Classes go by the number of
    /// the type; bytes that do not follow their type come after all others.
    fn class(&self) -> (bool, PropType) {
        match self {
            Self::Text(..) => (false, PropType::UNICODE),
            Self::Other(value) => match &**value {
                Value::MvString8(_) => (false, PropType::MV_UNICODE),
                Value::Raw(prop_type, _) => (true, *prop_type),
                value => (false, value.prop_type()),
            },
        }
    }
}

/// Missing values last, whatever the direction.
fn compare(a: Option<&Prepared<'_>>, b: Option<&Prepared<'_>>, order: SortOrder) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if order == SortOrder::Descending => b.compare(a),
        (Some(a), Some(b)) => a.compare(b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn too_complex(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::TOO_COMPLEX, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_values_have_an_order() {
        let sorted = [
            Some(Value::I16(7)),
            Some(Value::I32(1)),
            Some(Value::I32(2)),
            Some(Value::from("a")),
            Some(Value::Raw(PropType::UNICODE, b"b\0"[..].into())),
            Some(Value::MvString8([].into())),
            Some(Value::MvUnicode(["".into()].into())),
            Some(Value::Raw(PropType::I32, b"1"[..].into())),
            Some(Value::Raw(PropType::I32, b"2"[..].into())),
            None,
        ];
        let sorted = sorted.map(|value| value.map(|value| Prepared::new(Cow::Owned(value))));
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                let found = compare(a.as_ref(), b.as_ref(), SortOrder::Ascending);
                assert_eq!(found, at.cmp(&other), "{at} {other}");
                let found = compare(a.as_ref(), b.as_ref(), SortOrder::Descending);
                let missing = a.is_none() != b.is_none();
                assert_eq!(found, if missing { at.cmp(&other) } else { other.cmp(&at) });
            }
        }
    }

    #[test]
    fn prepared_text_has_the_order_of_text() {
        let texts = [
            "",
            "a",
            "A",
            "\u{e4}",
            "a\u{308}",
            "\u{c4}b",
            "ab",
            "cote",
            "C\u{f4}te",
            "cot\u{e9}",
            "coteau",
            "stra\u{df}e",
            "\u{3a3}",
            "\u{3c2}",
            "\u{1f980}",
            "\u{ff5a}",
            "\u{130}",
            "Z",
        ];
        for a in texts {
            for b in texts {
                let [left, right] = [a, b].map(|text| Prepared::new(Cow::Owned(text.into())));
                assert_eq!(left.compare(&right), crate::prop::compare_text(a, b), "{a} {b}");
            }
        }
    }

    #[test]
    fn orders_have_numbers_both_ways() {
        let known = (0..16).filter_map(|number| {
            let order = SortOrder::from_mapi(number).ok()?;
            assert_eq!(order.to_mapi(), number);
            Some(number)
        });
        assert_eq!(known.collect::<Vec<_>>(), [0, 1, 2, 4, 8]);
    }
}
