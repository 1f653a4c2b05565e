//! The upper pages of a B-tree. Every lookup goes through them, so they stay in memory once they
//! have been read, and no thread waits for another to look at them.

use std::sync::OnceLock;

use mapix_core::Result;

use super::header::PageRef;
use super::page::{Page, Tree};
use super::{FormatKind, Ndb};

/// A page that stays, and those below it.
#[derive(Debug)]
pub(super) struct Top {
    pub(super) page: Page,
    /// One for each entry; none where the pages below are not kept.
    below: Box<[OnceLock<Self>]>,
    /// How many levels stay, this one included.
    levels: usize,
}

impl Top {
    /// Reads the root of a tree. Below it stay at most 420 pages of 512 bytes (1722 in ANSI
    /// files, which are small), or 169 pages of 4096 bytes.
    pub(super) fn root(ndb: &Ndb, at: PageRef, tree: Tree) -> Result<Self> {
        let levels = if ndb.format.kind == FormatKind::Unicode4k { 2 } else { 3 };
        Self::read(ndb, at, tree, levels)
    }

    fn read(ndb: &Ndb, at: PageRef, tree: Tree, levels: usize) -> Result<Self> {
        let page = Page::read(ndb, at, tree)?;
        let slots = if levels > 1 && page.level > 0 { page.count() } else { 0 };
        Ok(Self { page, below: (0..slots).map(|_| OnceLock::new()).collect(), levels })
    }

    /// The page behind an entry, if it is one of those that stay.
    pub(super) fn below(
        &self,
        ndb: &Ndb,
        index: usize,
        at: PageRef,
        tree: Tree,
    ) -> Result<Option<&Self>> {
        let Some(slot) = self.below.get(index) else { return Ok(None) };
        if let Some(top) = slot.get() {
            return Ok(Some(top));
        }
        let top = Self::read(ndb, at, tree, self.levels - 1)?;
        Ok(Some(slot.get_or_init(|| top)))
    }
}
