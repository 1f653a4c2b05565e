//! Sorting: which order is wanted.

use super::keys::field_len;
use crate::prop::{PropTag, PropType};
use crate::{Error, ErrorCode, Result};

/// How the rows of a table are sorted, and grouped into categories.
///
/// No keys mean the order of the store. Missing values come last, in both directions; rows that
/// are equal under all keys keep the order of the store, in both directions.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[doc(alias = "SSortOrderSet")]
pub struct SortOrderSet {
    /// The keys, the most important first.
    #[doc(alias = "aSort")]
    pub keys: Vec<SortKey>,
    /// How many of the keys, from the first, make categories. Categories are in the order of their
    /// key; with a key of [`SortOrder::CategoryMax`] or [`SortOrder::CategoryMin`] after it, which
    /// need not be counted here, they are in the order of the largest or smallest value of that
    /// one in each category, in the direction of their own key.
    #[doc(alias = "cCategories")]
    pub categories: u32,
    /// How many of the keys that make categories have them expanded at first.
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
        let categories = self.categories as usize;
        let mut extremes = 0;
        for (number, key) in self.keys.iter().enumerate() {
            match key.order {
                SortOrder::Ascending | SortOrder::Descending => extremes = 0,
                SortOrder::Combine if number < categories => {}
                SortOrder::CategoryMax | SortOrder::CategoryMin
                    if categories > 0 && (1..=categories).contains(&number) && extremes == 0 =>
                {
                    extremes += 1;
                }
                _ => return Err(too_complex(format!("{} makes no category", key.tag))),
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

/// One level of categories.
pub(super) struct Level {
    /// The properties that make a category together.
    pub(super) tags: Vec<PropTag>,
    pub(super) descending: bool,
    /// The property by whose largest (true) or smallest value categories are sorted.
    pub(super) extreme: Option<(PropTag, bool)>,
    /// The place of the first of its keys.
    first: usize,
}

impl Level {
    pub(super) fn order(&self) -> SortOrder {
        if self.descending { SortOrder::Descending } else { SortOrder::Ascending }
    }

    /// How long the fields of the level are at the start of a key.
    pub(super) fn len_in(&self, key: &[u8]) -> usize {
        self.tags.iter().fold(0, |len, _| len + field_len(&key[len..], self.order()))
    }
}

impl SortOrderSet {
    /// The levels of categories, the outermost first.
    pub(super) fn levels(&self) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        let categories = self.categories as usize;
        if categories == 0 {
            return levels;
        }
        for (number, SortKey { tag, order }) in self.keys.iter().take(categories + 1).enumerate() {
            match (order, levels.last_mut()) {
                (SortOrder::Combine, Some(level)) => level.tags.push(*tag),
                (SortOrder::CategoryMax | SortOrder::CategoryMin, Some(level)) => {
                    level.extreme = Some((*tag, *order == SortOrder::CategoryMax));
                }
                _ if number < categories => levels.push(Level {
                    tags: vec![*tag],
                    descending: *order == SortOrder::Descending,
                    extreme: None,
                    first: number,
                }),
                _ => {}
            }
        }
        levels
    }

    /// The keys by which rows are sorted within the last level of categories.
    pub(super) fn leaf_keys(&self) -> impl Iterator<Item = &SortKey> {
        let rest = self.keys.iter().skip(self.categories as usize);
        rest.filter(|key| matches!(key.order, SortOrder::Ascending | SortOrder::Descending))
    }

    /// Whether the categories of a level are expanded at first.
    pub(super) fn is_expanded(&self, level: usize) -> bool {
        let levels = self.levels();
        levels.get(level).is_some_and(|level| level.first < self.expanded as usize)
    }
}

fn too_complex(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::TOO_COMPLEX, message)
}

#[cfg(test)]
mod tests {
    use super::*;

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
