//! What the rows of a table with categories show: headings, and what is under them.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use super::TableSource;
use super::category::{Categories, Group, Seen};
use super::columns::Cells;
use super::state::Spec;
use super::view::{Shown, View};
use crate::ErrorCode;
use crate::prop::{Prop, PropTag, PropType, Value, tags};
use crate::restriction::Candidate;
use crate::store::Row;
use crate::{Error, Result};

/// `PR_ROW_TYPE`.
pub(super) const TBL_LEAF_ROW: i32 = 1;
const TBL_EXPANDED_CATEGORY: i32 = 3;
const TBL_COLLAPSED_CATEGORY: i32 = 4;

/// A visible row of a table with categories.
pub(super) struct SeenRow<'a> {
    pub(super) spec: &'a Spec,
    pub(super) categories: &'a Categories,
    pub(super) seen: Seen,
    /// The row itself, or the first row under the heading.
    pub(super) cells: Cells<'a>,
}

impl<'a> SeenRow<'a> {
    /// The entry to which `row` belongs: see [`cells`](Self::cells).
    pub(super) fn entry(categories: &Categories, seen: Seen) -> usize {
        match seen {
            Seen::Heading(group) => categories.groups[group].entries.start,
            Seen::Leaf(entry) => entry,
        }
    }

    pub(super) fn new(
        spec: &'a Spec,
        view: &'a View,
        categories: &'a Categories,
        seen: Seen,
        row: &'a Row,
    ) -> Self {
        let instance = view.entries.instance(Self::entry(categories, seen));
        let cells = Cells { row, instance, spread: &view.spread };
        Self { spec, categories, seen, cells }
    }

    /// The number of what the row stands for; 0 for a heading.
    pub(super) fn id(&self) -> u64 {
        match self.seen {
            Seen::Heading(_) => 0,
            Seen::Leaf(_) => self.cells.row.id,
        }
    }

    /// What the row shows in a column: a heading the values that make its category, a leaf all
    /// others.
    pub(super) fn prop(&self, column: PropTag) -> Prop {
        if let Some(value) = self.own(column) {
            return Prop::new(column, value);
        }
        let is_key = self.is_key(column);
        match self.seen {
            _ if column.prop_type() == PropType::NULL => self.cells.prop(column),
            Seen::Heading(_) if is_key => self.cells.prop(column),
            Seen::Leaf(_) if !is_key => self.cells.prop(column),
            _ => Prop {
                tag: column.with_type(PropType::ERROR),
                value: Value::Error(ErrorCode::NOT_FOUND),
            },
        }
    }

    /// What comes from the table, not from the row of the source.
    fn own(&self, tag: PropTag) -> Option<Value> {
        let is = |other: PropTag| {
            tag == other || tag.id() == other.id() && tag.prop_type() == PropType::UNSPECIFIED
        };
        let number = |number: usize| Value::I32(i32::try_from(number).unwrap_or(i32::MAX));
        match self.seen {
            Seen::Leaf(_) if is(tags::ROW_TYPE) => Some(Value::I32(TBL_LEAF_ROW)),
            Seen::Leaf(_) if is(tags::DEPTH) => Some(number(self.categories.levels() as usize)),
            Seen::Leaf(_) => None,
            Seen::Heading(group) => {
                let group = &self.categories.groups[group];
                if is(tags::ROW_TYPE) {
                    let state = [TBL_COLLAPSED_CATEGORY, TBL_EXPANDED_CATEGORY];
                    Some(Value::I32(state[usize::from(group.expanded)]))
                } else if is(tags::DEPTH) {
                    Some(number(group.level as usize))
                } else if is(tags::CONTENT_COUNT) {
                    Some(number(group.entries.len()))
                } else if is(tags::CONTENT_UNREAD) {
                    Some(number(group.unread))
                } else if is(tags::INSTANCE_KEY) {
                    Some(heading_key(group))
                } else {
                    None
                }
            }
        }
    }

    /// Whether a property makes the category of a heading, or any category of a leaf.
    fn is_key(&self, tag: PropTag) -> bool {
        let levels = match self.seen {
            Seen::Heading(group) => self.categories.groups[group].level as usize + 1,
            Seen::Leaf(_) => usize::MAX,
        };
        let levels = self.spec.sort.levels().into_iter().take(levels);
        levels.flat_map(|level| level.tags).any(|other| other.id() == tag.id())
    }
}

/// `PR_INSTANCE_KEY` of a heading.
pub(super) fn heading_key(group: &Group) -> Value {
    Value::from(&group.mark.to_be_bytes()[..])
}

/// A row as a search sees it.
pub(super) struct Looked<'a> {
    pub(super) source: &'a dyn TableSource,
    pub(super) row: SeenRow<'a>,
}

impl Looked<'_> {
    fn shown(&self) -> Shown<'_> {
        Shown { source: self.source, cells: self.row.cells }
    }

    fn is_hidden(&self, tag: PropTag) -> bool {
        matches!(self.row.seen, Seen::Heading(_)) && !self.row.is_key(tag)
    }
}

impl Candidate for Looked<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        if let Some(own) = self.row.own(tag) {
            return Ok(Some(Cow::Owned(own)));
        }
        if self.is_hidden(tag) {
            return Ok(None);
        }
        let cells = self.row.cells;
        if cells.spread.contains(&tag.id()) {
            return Ok(cells.value(super::instance_tag(tag)));
        }
        if tag.id() == tags::INSTANCE_KEY.id() {
            return Ok(cells.value(tag));
        }
        cells.row.props.value(tag)
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        self.shown().load(tag)
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        self.source.open(self.row.cells.row.id, tag)
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        match self.row.seen {
            Seen::Heading(_) => Ok(()),
            Seen::Leaf(_) => self.source.subobjects(self.row.cells.row.id, tag, each),
        }
    }
}

/// The mark of the category that a heading's `PR_INSTANCE_KEY` names.
pub(super) fn named_heading(key: &[u8]) -> Option<u128> {
    let mark = u128::from_be_bytes(key.try_into().ok()?);
    (mark & 1 << 63 != 0).then_some(mark)
}

/// That no row has an instance key.
pub(super) fn no_category() -> Error {
    Error::not_found("the table shows no category with this instance key")
}
