//! What a store may be asked that it can answer better than by being walked.

use std::collections::BTreeSet;

use super::RowSource;
use crate::query::{Held, Query};
use crate::restriction::Restriction;
use crate::table::SortKey;

/// Which rows of a table are wanted, in which order: see
/// [`MessageStore::query`](super::MessageStore::query).
#[derive(Clone, Copy, Debug)]
pub struct RowQuery<'a> {
    /// The table.
    pub source: &'a RowSource,
    /// Which rows; `None` for all.
    pub restriction: Option<&'a Restriction>,
    /// In which order; without keys, in the order of the store. There are no multivalue instances
    /// and no categories among the keys.
    pub sort: &'a [SortKey],
    /// How many rows are enough, from the first.
    pub limit: Option<usize>,
}

/// Which messages of a store are wanted: see
/// [`MessageStore::search`](super::MessageStore::search).
#[derive(Clone, Copy, Debug)]
pub struct SearchRequest<'a> {
    /// What they must fit.
    pub query: &'a Query,
    /// How they may be held.
    pub held: &'a BTreeSet<Held>,
    /// Only in this folder and those below it.
    pub below: Option<u64>,
}

/// A message that a store found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SearchHit {
    /// Its number.
    pub message: u64,
    /// Its folder.
    pub folder: u64,
    /// How it is held.
    pub held: Held,
    /// Whether it is sure to fit. If not, whoever asked looks at it.
    pub certain: bool,
}

/// How a store answered a search, in words for people, one step on a line.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SearchPlan {
    /// The steps, from the first.
    pub steps: Vec<String>,
}

/// What a search folder finds.
#[derive(Clone, PartialEq, Debug)]
pub struct SearchCriteria {
    /// What messages must fit.
    pub restriction: Restriction,
    /// In which folders.
    pub folders: Vec<u64>,
    /// Whether also in all folders below them (`RECURSIVE_SEARCH`).
    pub deep: bool,
    /// Whether the search folder follows every commit from now on (`SEARCH_RUNNING`); if not, it
    /// holds what was found when it was told (`STATIC_SEARCH`).
    pub live: bool,
}
