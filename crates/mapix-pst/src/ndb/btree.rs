//! Lookups and walks in the two B-trees.

use mapix_core::{Context, Error, Result};

use super::header::PageRef;
use super::page::{Page, Tree};
use super::top::Top;
use super::{Bid, BlockEntry, Ndb, Nid, Node};
use crate::bytes::{id_at, u16_at, u32_at};

impl Ndb {
    /// Finds a node:
    /// [2.2.2.7.7.4 NBTENTRY](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/7d759bcb-7864-480c-8746-f6af913ab085).
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none with this number.
    pub fn node(&self, nid: Nid) -> Result<Node> {
        let found = self.lookup(Tree::Nodes, nid.0.into(), |entry| self.parse_node(entry));
        match found.context(|| format!("node {nid:?}"))?.flatten() {
            Some(node) => Ok(node),
            None => Err(Error::not_found("no such node").context(format!("node {nid:?}"))),
        }
    }

    /// Finds where a block is:
    /// [2.2.2.7.7.3 BBTENTRY](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/53a4b926-8ac4-45c9-9c6d-8358d951dbcd).
    ///
    /// # Errors
    /// `MAPI_E_CORRUPT_DATA` if the B-tree does not know it, since something refers to it.
    pub fn block_entry(&self, bid: Bid) -> Result<BlockEntry> {
        let key = bid.key();
        let found = self.lookup(Tree::Blocks, key, |entry| self.parse_block_entry(entry));
        match found.context(|| format!("block {bid:?}"))?.flatten() {
            Some(entry) => Ok(entry),
            None => Err(Error::corrupt("no such block").context(format!("block {bid:?}"))),
        }
    }

    /// All nodes in the order of their numbers.
    pub fn nodes(&self) -> Walk<'_, Node> {
        Walk::new(self, Tree::Nodes, Self::parse_node)
    }

    /// All blocks in the order of their identifiers.
    pub fn block_entries(&self) -> Walk<'_, BlockEntry> {
        Walk::new(self, Tree::Blocks, Self::parse_block_entry)
    }

    fn lookup<R>(&self, tree: Tree, key: u64, read: impl Fn(&[u8]) -> R) -> Result<Option<R>> {
        let mask = tree.key_mask();
        let mut above = u8::MAX;
        let mut step = |page: &Page| {
            if page.level >= above {
                return Err(Error::corrupt("levels do not decrease"));
            }
            above = page.level;
            let Some(index) = page.search(key, mask) else { return Ok(Step::Done(None)) };
            if page.level > 0 {
                let child = page.child(index).ok_or_else(|| Error::corrupt("cut off"))?;
                return Ok(Step::Down(index, child));
            }
            let hit = page.key(index) & mask == key;
            Ok(Step::Done(hit.then(|| read(page.entry(index)))))
        };
        let (mut top, mut at) = (Some(self.top(tree)?), self.root(tree));
        loop {
            let found = match top {
                Some(top) => step(&top.page)?,
                None => self.with_page(tree, at, &mut step)??,
            };
            let index;
            (index, at) = match found {
                Step::Down(index, child) => (index, child),
                Step::Done(found) => return Ok(found),
            };
            top = match top {
                Some(top) => top.below(self, index, at, tree)?,
                None => None,
            };
        }
    }

    fn with_page<R>(&self, tree: Tree, at: PageRef, mut read: impl FnMut(&Page) -> R) -> Result<R> {
        // The two trees never share a page: their pages have different types.
        if let Some(result) =
            self.pages.with(at.offset, |(kind, page)| (*kind == tree).then(|| read(page)))
            && let Some(result) = result
        {
            return Ok(result);
        }
        let page = Page::read(self, at, tree)?;
        let result = read(&page);
        self.pages.put(at.offset, (tree, page));
        Ok(result)
    }

    /// Whether the root of a tree can be read.
    pub(super) fn check_root(&self, tree: Tree) -> Result<()> {
        self.top(tree).map(|_| ()).context(|| format!("root of the {tree:?} B-tree"))
    }

    fn top(&self, tree: Tree) -> Result<&Top> {
        let top = match tree {
            Tree::Blocks => &self.block_top,
            Tree::Nodes => &self.node_top,
        };
        if let Some(top) = top.get() {
            return Ok(top);
        }
        let root = Top::root(self, self.root(tree), tree)?;
        Ok(top.get_or_init(|| root))
    }

    fn root(&self, tree: Tree) -> PageRef {
        match tree {
            Tree::Blocks => self.header.block_root,
            Tree::Nodes => self.header.node_root,
        }
    }

    fn parse_node(&self, entry: &[u8]) -> Option<Node> {
        let size = self.format.id_size;
        Some(Node {
            nid: Nid(u32_at(entry, 0)?),
            data: Bid(id_at(entry, size, size)?),
            sub: Bid(id_at(entry, 2 * size, size)?),
            parent: Nid(u32_at(entry, 3 * size)?),
        })
    }

    fn parse_block_entry(&self, entry: &[u8]) -> Option<BlockEntry> {
        let size = self.format.id_size;
        let stored = u16_at(entry, 2 * size)?;
        // Before 4K pages the second number is a reference count.
        let inflated = match self.format.kind {
            super::FormatKind::Unicode4k => u16_at(entry, 2 * size + 2)?,
            _ => stored,
        };
        Some(BlockEntry {
            bid: Bid(id_at(entry, 0, size)?),
            offset: id_at(entry, size, size)?,
            stored,
            size: inflated,
        })
    }
}

enum Step<R> {
    /// The number of the entry, and the page behind it.
    Down(usize, PageRef),
    Done(Option<R>),
}

/// Goes through the leaves of a B-tree in order.
///
/// A page that cannot be read is given as an error, and the walk goes on behind it. Entries out
/// of order are left out, so that no damage makes the walk come back to where it was.
pub struct Walk<'a, T> {
    ndb: &'a Ndb,
    tree: Tree,
    parse: fn(&Ndb, &[u8]) -> Option<T>,
    /// Pages from the root down, each with the entry that is next.
    stack: Vec<(Page, usize)>,
    /// What the walk starts with.
    start: Option<PageRef>,
    last_key: Option<u64>,
    /// How many pages may still be read: more than the file has are a loop in disguise.
    pages_left: u64,
}

impl<'a, T> Walk<'a, T> {
    fn new(ndb: &'a Ndb, tree: Tree, parse: fn(&Ndb, &[u8]) -> Option<T>) -> Self {
        let start = Some(ndb.root(tree));
        let pages_left = ndb.source.len() / ndb.format.page_size as u64 + 1;
        Self { ndb, tree, parse, stack: Vec::new(), start, last_key: None, pages_left }
    }

    fn push(&mut self, at: PageRef) -> Result<()> {
        let place = || format!("page {:?} at {:#x}", at.bid, at.offset);
        self.pages_left = match self.pages_left.checked_sub(1) {
            Some(left) => left,
            None => return Err(Error::corrupt("pages are used more than once").context(place())),
        };
        let page = Page::read(self.ndb, at, self.tree)?;
        if self.stack.last().is_some_and(|(parent, _)| page.level >= parent.level) {
            return Err(Error::corrupt("levels do not decrease").context(place()));
        }
        self.stack.push((page, 0));
        Ok(())
    }
}

impl<T> Iterator for Walk<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if let Some(root) = self.start.take()
            && let Err(error) = self.push(root)
        {
            return Some(Err(error));
        }
        while let Some((page, next)) = self.stack.last_mut() {
            if *next >= page.count() {
                self.stack.pop();
                continue;
            }
            let index = *next;
            *next += 1;
            if page.level > 0 {
                let child = page.child(index);
                if let Some(child) = child
                    && let Err(error) = self.push(child)
                {
                    return Some(Err(error));
                }
                continue;
            }
            let key = page.key(index) & self.tree.key_mask();
            if self.last_key.is_some_and(|last| key <= last) {
                self.ndb.diagnostics.warn(
                    format!("{:?} B-tree", self.tree),
                    format!("the entry {key:#x} is out of order"),
                );
                continue;
            }
            self.last_key = Some(key);
            if let Some(item) = (self.parse)(self.ndb, page.entry(index)) {
                return Some(Ok(item));
            }
        }
        None
    }
}
