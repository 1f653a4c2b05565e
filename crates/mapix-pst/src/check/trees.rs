//! The two B-trees, page by page, without the tolerance of the reader.

use std::collections::HashSet;

use mapix_core::Result;

use super::Rule;
use super::finding::{Findings, Place};
use super::rules::{self, TreeRules};
use crate::bytes::{id_at, u8_at, u16_at, u32_at};
use crate::ndb::{Bid, Format, FormatKind, Ndb, Nid, Node, PageRef, Tree, checksum, signature};

/// The pages of both trees.
#[derive(Default)]
pub(super) struct Pages {
    /// Their offsets, in no order.
    pub(super) offsets: Vec<u64>,
    pub(super) highest_bid: u64,
}

/// A block as the block B-tree knows it, and how often it is referred to.
#[derive(Clone, Copy)]
pub(super) struct BlockRecord {
    /// Without the lowest bit.
    pub(super) bid: u64,
    pub(super) offset: u64,
    pub(super) stored: u16,
    pub(super) size: u16,
    /// `cRef`.
    pub(super) count: u16,
    /// References that were found.
    pub(super) found: u32,
}

/// All blocks, by their identifiers.
pub(super) struct BlockTable {
    pub(super) list: Vec<BlockRecord>,
}

impl BlockTable {
    pub(super) fn find(&self, bid: Bid) -> Option<usize> {
        self.list.binary_search_by_key(&bid.key(), |block| block.bid).ok()
    }
}

/// All nodes, by their numbers.
pub(super) struct NodeTable {
    pub(super) list: Vec<Node>,
}

impl NodeTable {
    pub(super) fn find(&self, nid: Nid) -> Option<&Node> {
        let at = self.list.binary_search_by_key(&nid, |node| node.nid).ok()?;
        self.list.get(at)
    }
}

/// Reads the node B-tree.
pub(super) fn nodes(ndb: &Ndb, pages: &mut Pages, out: &mut Findings<'_>) -> Result<NodeTable> {
    let mut list: Vec<Node> = Vec::new();
    let size = ndb.format().id_size;
    let mut walk = Walk::new(ndb, Tree::Nodes, pages);
    walk.tree(ndb.header().node_root, out, &mut |entry| {
        let node = || {
            Some(Node {
                nid: Nid(u32_at(entry, 0)?),
                data: Bid(id_at(entry, size, size)?),
                sub: Bid(id_at(entry, 2 * size, size)?),
                parent: Nid(u32_at(entry, 3 * size)?),
            })
        };
        list.extend(node());
    })?;
    // The sort is stable, so of nodes with the same number the first stays.
    list.sort_by_key(|node| node.nid);
    list.dedup_by_key(|node| node.nid);
    Ok(NodeTable { list })
}

/// Reads the block B-tree.
pub(super) fn blocks(ndb: &Ndb, pages: &mut Pages, out: &mut Findings<'_>) -> Result<BlockTable> {
    let mut list: Vec<BlockRecord> = Vec::new();
    let size = ndb.format().id_size;
    let large = ndb.format().kind == FormatKind::Unicode4k;
    let mut walk = Walk::new(ndb, Tree::Blocks, pages);
    walk.tree(ndb.header().block_root, out, &mut |entry| {
        let block = || {
            let stored = u16_at(entry, 2 * size)?;
            let second = u16_at(entry, 2 * size + 2)?;
            let count = if large { u16_at(entry, 2 * size + 4)? } else { second };
            Some(BlockRecord {
                bid: id_at(entry, 0, size)? & !1,
                offset: id_at(entry, size, size)?,
                stored,
                size: if large { second } else { stored },
                count,
                found: 0,
            })
        };
        list.extend(block());
    })?;
    list.sort_by_key(|block| block.bid);
    list.dedup_by_key(|block| block.bid);
    Ok(BlockTable { list })
}

struct Walk<'a> {
    ndb: &'a Ndb,
    format: &'a Format,
    rules: &'static TreeRules,
    tree: Tree,
    pages: &'a mut Pages,
    seen: HashSet<u64>,
    last: Option<u64>,
}

/// What a page's parent says of it.
#[derive(Clone, Copy)]
struct Bounds {
    level: Option<u8>,
    first: Option<u64>,
    /// Where the next page starts.
    end: Option<u64>,
}

/// The fields behind the entries of a page:
/// [2.2.2.7.7.1 BTPAGE](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/4f0cd8e7-c2d0-4975-90a4-d417cfca77f8).
struct Meta {
    count: usize,
    most: usize,
    stride: usize,
    level: u8,
}

impl<'a> Walk<'a> {
    /// No file that fits a disk has a deeper B-tree.
    const MAX_LEVEL: u8 = 12;

    fn new(ndb: &'a Ndb, tree: Tree, pages: &'a mut Pages) -> Self {
        let rules = match tree {
            Tree::Nodes => &rules::NBT,
            Tree::Blocks => &rules::BBT,
        };
        Self { ndb, format: ndb.format(), rules, tree, pages, seen: HashSet::new(), last: None }
    }

    fn tree(
        &mut self,
        root: PageRef,
        out: &mut Findings<'_>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<()> {
        self.page(root, Bounds { level: None, first: None, end: None }, out, each)
    }

    /// Judges a page and all below it. Levels fall with every step, so this ends.
    fn page(
        &mut self,
        at: PageRef,
        bounds: Bounds,
        out: &mut Findings<'_>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<()> {
        out.tick()?;
        let place = || Place::bid(at.bid, at.offset);
        let say = |out: &mut Findings<'_>, rule: &'static Rule, detail: String| {
            out.add(rule, place(), detail);
        };
        if !self.seen.insert(at.offset) {
            say(out, self.rules.twice, String::new());
            return Ok(());
        }
        let mut bytes = vec![0; self.format.page_size];
        if let Err(error) = self.ndb.read_at(&mut bytes, at.offset) {
            say(out, self.rules.unreadable, error.to_string());
            return Ok(());
        }
        out.report.checked.pages += 1;
        self.pages.offsets.push(at.offset);
        self.pages.highest_bid = self.pages.highest_bid.max(at.bid.0);
        self.seal(&bytes, at, out);
        let meta = match self.meta(&bytes) {
            Ok(meta) => meta,
            Err(detail) => {
                say(out, self.rules.unreadable, detail);
                return Ok(());
            }
        };
        if let Some(level) = bounds.level
            && meta.level != level
        {
            say(out, self.rules.level, format!("expected {level}, found {}", meta.level));
            if meta.level > level {
                return Ok(());
            }
        }
        if meta.count > meta.most {
            let detail = format!("{} entries, but cEntMax is {}", meta.count, meta.most);
            say(out, self.rules.count, detail);
        } else if meta.most != self.format.btree_meta / meta.stride {
            let room = self.format.btree_meta / meta.stride;
            say(out, self.rules.count, format!("cEntMax is {}, room is for {room}", meta.most));
        }
        if meta.count == 0 && bounds.level.is_some() {
            say(out, self.rules.empty, String::new());
        }
        self.entries(&bytes, &meta, &place(), bounds, out, each)
    }

    fn entries(
        &mut self,
        bytes: &[u8],
        meta: &Meta,
        place: &Place,
        bounds: Bounds,
        out: &mut Findings<'_>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<()> {
        let size = self.format.id_size;
        let mask = if self.tree == Tree::Blocks { !1 } else { u64::MAX };
        let key = |index: usize| {
            id_at(bytes, index * meta.stride, size).map(|key| key & mask).unwrap_or_default()
        };
        if meta.count > 0
            && let Some(first) = bounds.first
            && key(0) != first
        {
            let detail = format!("the parent says {first:#x}, the first entry is {:#x}", key(0));
            out.add(self.rules.parent_key, place.clone(), detail);
        }
        for index in 0..meta.count {
            let found = key(index);
            if bounds.end.is_some_and(|end| found >= end) {
                let detail = format!("{found:#x} belongs to the page behind");
                out.add(self.rules.beyond, place.clone(), detail);
            }
            if meta.level > 0 {
                let before = (index > 0).then(|| key(index - 1));
                if let Some(before) = before.filter(|before| *before >= found) {
                    let detail = format!("{found:#x} follows {before:#x}");
                    out.add(self.rules.order, place.clone(), detail);
                }
                let entry = bytes.get(index * meta.stride..).unwrap_or_default();
                let (Some(bid), Some(offset)) =
                    (id_at(entry, size, size), id_at(entry, 2 * size, size))
                else {
                    continue;
                };
                let end = (index + 1 < meta.count).then(|| key(index + 1)).or(bounds.end);
                let below = Bounds { level: Some(meta.level - 1), first: Some(found), end };
                self.page(PageRef { bid: Bid(bid), offset }, below, out, each)?;
                continue;
            }
            if let Some(last) = self.last {
                if found == last {
                    out.add(self.rules.duplicate, place.clone(), format!("{found:#x}"));
                } else if found < last {
                    let detail = format!("{found:#x} follows {last:#x}");
                    out.add(self.rules.order, place.clone(), detail);
                }
            }
            self.last = Some(found);
            let start = index * meta.stride;
            each(bytes.get(start..start + meta.stride).unwrap_or_default());
        }
        Ok(())
    }

    /// Judges the MS-PST 2.2.2.7.1 PAGETRAILER.
    fn seal(&self, bytes: &[u8], at: PageRef, out: &mut Findings<'_>) {
        let place = || Place::bid(at.bid, at.offset);
        let trailer = Trailer::read(self.format, bytes);
        if trailer.sum != trailer.crc {
            out.add(self.rules.crc, place(), expected(trailer.sum, trailer.crc));
        }
        if trailer.bid != at.bid.0 {
            out.add(self.rules.bid, place(), expected(at.bid.0, trailer.bid));
        }
        let sign = signature(at.offset, at.bid.0);
        if trailer.signature != sign {
            out.add(self.rules.signature, place(), expected(sign, trailer.signature));
        }
        if trailer.kinds.0 != trailer.kinds.1 {
            out.add(self.rules.kind, place(), expected(trailer.kinds.0, trailer.kinds.1));
        }
    }

    fn meta(&self, bytes: &[u8]) -> std::result::Result<Meta, String> {
        let format = self.format;
        let width = format.btree_count_size;
        let count = |at: usize| match width {
            1 => u8_at(bytes, at).unwrap_or_default().into(),
            _ => u16_at(bytes, at).unwrap_or_default(),
        };
        let rest = format.btree_meta + 2 * width;
        let meta = Meta {
            count: count(format.btree_meta).into(),
            most: count(format.btree_meta + width).into(),
            stride: u8_at(bytes, rest).unwrap_or_default().into(),
            level: u8_at(bytes, rest + 1).unwrap_or_default(),
        };
        let (kind, leaf) = match self.tree {
            Tree::Blocks => (0x80, format.block_entry),
            Tree::Nodes => (0x81, format.node_entry),
        };
        let least = if meta.level == 0 { leaf } else { 3 * format.id_size };
        let found = Trailer::read(format, bytes).kinds.0;
        if found != kind {
            return Err(format!("page type: {}", expected(kind, found)));
        }
        if meta.stride < least {
            return Err(format!("entries of {} bytes, at least {least} are needed", meta.stride));
        }
        if meta.count * meta.stride > format.btree_meta {
            return Err(format!("{} entries of {} bytes do not fit", meta.count, meta.stride));
        }
        if meta.level > Self::MAX_LEVEL {
            return Err(format!("level {} is too deep", meta.level));
        }
        Ok(meta)
    }
}

/// What stands at the end of a page, and the checksum that it should have.
pub(super) struct Trailer {
    pub(super) kinds: (u8, u8),
    pub(super) signature: u16,
    pub(super) crc: u32,
    pub(super) bid: u64,
    pub(super) sum: u32,
}

impl Trailer {
    pub(super) fn read(format: &Format, page: &[u8]) -> Self {
        let at = format.page_trailer;
        Self {
            kinds: (u8_at(page, at).unwrap_or_default(), u8_at(page, at + 1).unwrap_or_default()),
            signature: u16_at(page, at + 2).unwrap_or_default(),
            crc: u32_at(page, at + format.page_crc).unwrap_or_default(),
            bid: id_at(page, at + format.page_bid, format.id_size).unwrap_or_default(),
            sum: checksum(page.get(..at).unwrap_or_default()),
        }
    }
}

/// `expected 0x1, found 0x2`.
pub(super) fn expected(
    expected: impl std::fmt::LowerHex,
    found: impl std::fmt::LowerHex,
) -> String {
    format!("expected {expected:#x}, found {found:#x}")
}
