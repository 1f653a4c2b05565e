//! Expanding and collapsing categories, and remembering which are.

use std::collections::HashSet;

use super::category::{Categories, Hash, Seen};
use super::columns::Cells;
use super::seen::{named_heading, no_category};
use super::state::{Content, State};
use super::{Bookmark, Expanded, SortOrderSet, TableSource};
use crate::{Error, ErrorCode, Result};

impl State {
    /// Expands a category, and gives the first of the rows that come to be seen.
    pub(super) fn expand(
        &mut self,
        source: &dyn TableSource,
        key: &[u8],
        count: usize,
    ) -> Result<Expanded> {
        let (group, heading) = self.heading(source, key)?;
        let before = self.len(source)?;
        self.collapse_anew(|categories| categories.groups[group].expanded = true);
        let added = self.len(source)? - before;
        let rows = self.rows(source, heading + 1, count.min(added))?;
        self.marks.set_cursor(heading + 1 + rows.len());
        Ok(Expanded { rows, added: added as u64 })
    }

    /// Collapses a category; gives how many rows are not seen any more.
    pub(super) fn collapse(&mut self, source: &dyn TableSource, key: &[u8]) -> Result<u64> {
        let (group, _) = self.heading(source, key)?;
        let before = self.len(source)?;
        self.collapse_anew(|categories| categories.groups[group].expanded = false);
        Ok((before - self.len(source)?) as u64)
    }

    /// Which categories are expanded, and which row is to be found again, as bytes:
    ///
    /// ```text
    /// 4  "MXCS"
    /// 1  version, 1
    /// 16 of what the sort keys are: a hash
    /// 4  how many keys make expanded categories at first
    /// 16 PR_INSTANCE_KEY of the row
    /// 4  how many categories are not as they are at first
    /// 16 for each of them: its mark, in ascending order
    /// ```
    /// Numbers are little-endian, hashes and marks big-endian.
    pub(super) fn collapse_state(
        &mut self,
        source: &dyn TableSource,
        key: &[u8],
    ) -> Result<Vec<u8>> {
        if key.len() != 16 {
            return Err(Error::invalid_parameter("an instance key has 16 bytes"));
        }
        self.len(source)?;
        let sort = &self.spec().sort;
        let (kind, expanded) = (sort_mark(sort), sort.expanded);
        let levels: Vec<bool> =
            (0..sort.levels().len()).map(|level| sort.is_expanded(level)).collect();
        let categories = self.its_categories()?;
        let other = |group: &&_| is_expanded_at_first(&levels, group) != group.expanded;
        let mut marks: Vec<u128> =
            categories.groups.iter().filter(other).map(|group| group.mark).collect();
        marks.sort_unstable();
        let mut state = Vec::from(*MAGIC);
        state.extend(kind.to_be_bytes());
        state.extend(expanded.to_le_bytes());
        state.extend_from_slice(key);
        state.extend((marks.len() as u32).to_le_bytes());
        state.extend(marks.iter().flat_map(|mark| mark.to_be_bytes()));
        Ok(state)
    }

    /// Takes over what [`collapse_state`](Self::collapse_state) gave; gives a bookmark of its row.
    pub(super) fn set_collapse_state(
        &mut self,
        source: &dyn TableSource,
        state: &[u8],
    ) -> Result<Bookmark> {
        self.len(source)?;
        let state = Saved::read(state).ok_or_else(|| {
            Error::invalid_parameter("these bytes are not the state of a table with categories")
        })?;
        self.its_categories()?;
        let sort = &self.spec().sort;
        if state.sort != sort_mark(sort) {
            let message = "the state is that of a table that is sorted in another way";
            return Err(Error::new(ErrorCode::UNABLE_TO_COMPLETE, message));
        }
        let sort = SortOrderSet { expanded: state.expanded, ..sort.clone() };
        let levels: Vec<bool> =
            (0..sort.levels().len()).map(|level| sort.is_expanded(level)).collect();
        self.collapse_anew(|categories| {
            for group in &mut categories.groups {
                let other = state.marks.contains(&group.mark);
                group.expanded = is_expanded_at_first(&levels, group) != other;
            }
        });
        match self.row_named(&state.key) {
            Some(row) => self.marks.create_at(row),
            None => Ok(Bookmark::BEGINNING),
        }
    }

    /// The row with an instance key, or that of the heading under which it is hidden.
    fn row_named(&self, key: &[u8]) -> Option<usize> {
        let Content { rows, view } = self.content.as_ref()?;
        let categories = view.categories.as_ref()?;
        if let Some(mark) = named_heading(key) {
            return categories.nearest_heading(categories.find(mark)?);
        }
        let (row, instance) = Cells::named(key)?;
        let is_it = |at: &usize| {
            view.entries.instance(*at) == instance && rows.id(&view.entries, *at) == row
        };
        categories.nearest_row((0..view.entries.len()).find(is_it)?)
    }

    /// The category of a heading that can be seen, and its row.
    fn heading(&mut self, source: &dyn TableSource, key: &[u8]) -> Result<(usize, usize)> {
        self.len(source)?;
        let found = named_heading(key).and_then(|mark| {
            let categories = self.categories()?;
            let group = categories.find(mark)?;
            Some((group, categories.row_of_group(group)?))
        });
        found.ok_or_else(no_category)
    }

    fn its_categories(&self) -> Result<&Categories> {
        self.categories().ok_or_else(|| Error::no_support("the table has no categories"))
    }

    /// Changes what is expanded. The cursor and the bookmarks stay with their rows; those whose
    /// row is hidden go to the next that can be seen.
    fn collapse_anew(&mut self, change: impl FnOnce(&mut Categories)) {
        let content = self.content.as_mut();
        let Some(new) = content.and_then(|content| content.view.categories.as_mut()) else {
            return;
        };
        let old = new.clone();
        change(new);
        new.look();
        self.toggled += 1;
        self.marks.shift(|mut mark| {
            if mark.at >= old.rows() {
                mark.at = new.rows();
                return mark;
            }
            let seen = old.seen(mark.at);
            let (now, heading) = match seen {
                Seen::Heading(group) => (new.row_of_group(group), new.nearest_heading(group)),
                Seen::Leaf(entry) => (new.row_of_entry(entry), new.nearest_row(entry)),
            };
            match (now, heading) {
                (Some(row), _) => mark.at = row,
                (None, heading) => {
                    mark.at = heading.map_or(0, |heading| heading + 1);
                    mark.moved = true;
                }
            }
            mark
        });
    }
}

const MAGIC: &[u8; 5] = b"MXCS\x01";

fn is_expanded_at_first(levels: &[bool], group: &super::category::Group) -> bool {
    levels.get(group.level as usize).copied().unwrap_or(false)
}

struct Saved {
    sort: u128,
    expanded: u32,
    key: [u8; 16],
    marks: HashSet<u128>,
}

impl Saved {
    fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (sort, rest) = rest.split_first_chunk()?;
        let (expanded, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (marks, end) = rest.as_chunks();
        let whole = end.is_empty() && marks.len() == u32::from_le_bytes(*count) as usize;
        whole.then(|| Self {
            sort: u128::from_be_bytes(*sort),
            expanded: u32::from_le_bytes(*expanded),
            key: *key,
            marks: marks.iter().map(|mark| u128::from_be_bytes(*mark)).collect(),
        })
    }
}

/// What the sort keys are.
fn sort_mark(sort: &SortOrderSet) -> u128 {
    let mut hash = Hash::new();
    hash.add(&sort.categories.to_le_bytes());
    for key in &sort.keys {
        hash.add(&key.tag.0.to_le_bytes());
        hash.add(&key.order.to_mapi().to_le_bytes());
    }
    hash.0
}
