//! Categories: rows grouped under headings, which can be collapsed.

use std::collections::HashMap;
use std::ops::Range;

use super::keys::{Keys, reversed};
use super::sort::{Level, SortOrderSet};

/// A category of one level.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The category in which it is; none on the first level.
    pub(super) parent: Option<u32>,
    /// From 0.
    pub(super) level: u32,
    /// The entries that are in it, at any depth.
    pub(super) entries: Range<usize>,
    pub(super) unread: usize,
    pub(super) expanded: bool,
    /// Made from the values that make the category, so that it stays the same when the table is
    /// read again, also by another program.
    pub(super) mark: u128,
}

/// What stands in a visible row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    /// The heading of a category.
    Heading(usize),
    /// An entry.
    Leaf(usize),
}

/// The categories of a view, and which of their rows can be seen.
#[derive(Clone, Debug)]
pub(super) struct Categories {
    /// Each before those that are in it.
    pub(super) groups: Vec<Group>,
    levels: u32,
    /// The headings that can be seen: their rows and their groups, both ascending.
    headings: Vec<(usize, u32)>,
    rows: usize,
}

/// What it takes to group entries.
#[derive(Default)]
pub(super) struct Grouping {
    /// The fields of the categories of all levels and of the other keys, for each entry.
    pub(super) keys: Keys,
    /// For each level the field by whose largest or smallest value categories are sorted; empty
    /// for the others.
    pub(super) extremes: Vec<Keys>,
    /// Whether an entry is an unread message.
    pub(super) unread: Vec<bool>,
}

impl Grouping {
    /// The order of all entries, and their categories.
    pub(super) fn finish(self, sort: &SortOrderSet) -> (Vec<u32>, Categories) {
        let levels = sort.levels();
        let order = self.keys.order();
        if levels.iter().all(|level| level.extreme.is_none()) {
            let groups = self.groups(&order, &levels, sort);
            return (order, Categories::new(groups, levels.len()));
        }
        // Categories come in the order of a value that only all of their rows together have: put
        // it before the fields of the category, and sort once more.
        let first = self.groups(&order, &levels, sort);
        let mut paths = vec![Vec::new(); order.len()];
        for group in &first {
            let level = &levels[group.level as usize];
            let mut front = Vec::new();
            if let Some((_, largest)) = level.extreme {
                let rows = order[group.entries.clone()].iter();
                let fields = rows.map(|row| self.extremes[group.level as usize].get(*row as usize));
                // Missing values count only where there are no others.
                let there = |field: &&[u8]| !Keys::is_missing(field);
                let found = if largest {
                    fields.clone().filter(there).max()
                } else {
                    fields.clone().filter(there).min()
                };
                let found = found.or_else(|| fields.clone().next()).unwrap_or_default();
                front = if level.descending { reversed(found) } else { found.to_vec() };
            }
            for row in &order[group.entries.clone()] {
                paths[*row as usize].extend_from_slice(&front);
                let key = self.keys.get(*row as usize);
                paths[*row as usize]
                    .extend_from_slice(&key[level_range(key, &levels, group.level)]);
            }
        }
        let mut sorted: Vec<u32> = order;
        // Stable, so that within a category the order stays.
        sorted.sort_by(|a, b| paths[*a as usize].cmp(&paths[*b as usize]));
        let groups = self.groups(&sorted, &levels, sort);
        (sorted, Categories::new(groups, levels.len()))
    }

    /// The categories of entries that are in order.
    fn groups(&self, order: &[u32], levels: &[Level], sort: &SortOrderSet) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let expanded: Vec<bool> = (0..levels.len()).map(|level| sort.is_expanded(level)).collect();
        // The open category of each level, and its fields with those of the levels above.
        let mut open: Vec<(usize, &[u8])> = Vec::new();
        for (at, row) in order.iter().enumerate() {
            let key = self.keys.get(*row as usize);
            let mut end = 0;
            for (number, level) in levels.iter().enumerate() {
                end += level.len_in(&key[end..]);
                let path = &key[..end];
                if open.get(number).is_some_and(|(_, other)| *other == path) {
                    continue;
                }
                open.truncate(number);
                let parent = number.checked_sub(1).map(|above| open[above].0 as u32);
                open.push((groups.len(), path));
                groups.push(Group {
                    parent,
                    level: number as u32,
                    entries: at..at,
                    unread: 0,
                    expanded: expanded[number],
                    mark: mark(path, number),
                });
            }
            for (group, _) in &open {
                let group = &mut groups[*group];
                group.entries.end = at + 1;
                group.unread += usize::from(self.unread[*row as usize]);
            }
        }
        groups
    }
}

/// Where the fields of a level are in a key.
fn level_range(key: &[u8], levels: &[Level], level: u32) -> Range<usize> {
    let mut range = 0..0;
    for level in &levels[..=level as usize] {
        range = range.end..range.end + level.len_in(&key[range.end..]);
    }
    range
}

/// The 128-bit FNV-1a of the values; one bit is always set, so that it is not the key of an entry.
fn mark(path: &[u8], level: usize) -> u128 {
    let mut hash = Hash::new();
    hash.add(&[level as u8]);
    hash.add(path);
    hash.0 | 1 << 63
}

/// FNV-1a of 128 bits: the same everywhere and for ever.
pub(super) struct Hash(pub(super) u128);

impl Hash {
    pub(super) fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u128::from(*byte);
            self.0 = self.0.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

impl Categories {
    fn new(groups: Vec<Group>, levels: usize) -> Self {
        let mut new = Self { groups, levels: levels as u32, headings: Vec::new(), rows: 0 };
        new.look();
        new
    }

    /// How many levels there are.
    pub(super) fn levels(&self) -> u32 {
        self.levels
    }

    /// How many rows can be seen.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Finds out again what can be seen.
    pub(super) fn look(&mut self) {
        self.headings.clear();
        self.rows = 0;
        // Whether what is in the last category of each level can be seen.
        let mut open = vec![false; self.levels as usize];
        for (number, group) in self.groups.iter().enumerate() {
            let level = group.level as usize;
            let seen = level == 0 || open[level - 1];
            open[level] = seen && group.expanded;
            if seen {
                self.headings.push((self.rows, number as u32));
                self.rows += 1;
                if open[level] && group.level + 1 == self.levels {
                    self.rows += group.entries.len();
                }
            }
        }
    }

    /// What stands in a row that can be seen.
    pub(super) fn seen(&self, row: usize) -> Seen {
        let next = self.headings.partition_point(|(heading, _)| *heading <= row);
        let (heading, group) = self.headings[next - 1];
        if row == heading {
            Seen::Heading(group as usize)
        } else {
            Seen::Leaf(self.groups[group as usize].entries.start + row - heading - 1)
        }
    }

    /// The row of the heading of a category, if it can be seen.
    pub(super) fn row_of_group(&self, group: usize) -> Option<usize> {
        let found = self.headings.binary_search_by_key(&(group as u32), |(_, group)| *group);
        found.ok().map(|at| self.headings[at].0)
    }

    /// The row of an entry, if it can be seen.
    pub(super) fn row_of_entry(&self, entry: usize) -> Option<usize> {
        let group = self.home(entry)?;
        let row = self.row_of_group(group)?;
        let group = &self.groups[group];
        group.expanded.then(|| row + 1 + entry - group.entries.start)
    }

    /// The category of the last level that holds an entry.
    fn home(&self, entry: usize) -> Option<usize> {
        // Groups that start before or at the entry come first, the last of them being its own.
        let next = self.groups.partition_point(|group| group.entries.start <= entry);
        next.checked_sub(1)
    }

    /// The row of an entry, or that of the heading under which it is hidden.
    pub(super) fn nearest_row(&self, entry: usize) -> Option<usize> {
        self.row_of_entry(entry).or_else(|| self.nearest_heading(self.home(entry)?))
    }

    /// The row of the heading of a category, or that of the one under which it is hidden.
    pub(super) fn nearest_heading(&self, mut group: usize) -> Option<usize> {
        loop {
            match self.row_of_group(group) {
                Some(row) => return Some(row),
                None => group = self.groups[group].parent? as usize,
            }
        }
    }

    /// The category with a mark.
    pub(super) fn find(&self, mark: u128) -> Option<usize> {
        self.groups.iter().position(|group| group.mark == mark)
    }

    /// Takes over what was expanded and what collapsed in an older view with the same order.
    pub(super) fn adopt(&mut self, older: &Self) {
        let state: HashMap<u128, bool> =
            older.groups.iter().map(|group| (group.mark, group.expanded)).collect();
        for group in &mut self.groups {
            group.expanded = state.get(&group.mark).copied().unwrap_or(group.expanded);
        }
        self.look();
    }
}
