//! Subnodes: the private nodes of a node.

use mapix_core::{Context, Error, Result};

use super::{Bid, Block, Ndb, Nid, Node};
use crate::bytes::{id_at, u8_at, u16_at, u32_at};

/// Finds a subnode in the tree that starts with a block; `None` if there is none.
///
/// [2.2.2.8.3.3.1 SLBLOCK](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/5182eb24-4b0b-4816-aa3f-719cc6e6b018) and
/// [2.2.2.8.3.3.2 SIBLOCK](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/729fb9bd-060a-4bbc-9b3b-8f014b487dad)
/// are short: they are searched from end to end, so that damaged order hides nothing.
pub fn find(ndb: &Ndb, root: Bid, nid: Nid) -> Result<Option<Node>> {
    if root.is_null() {
        return Ok(None);
    }
    let place = || format!("subnode tree {root:?}");
    let block = Table::read(ndb, root).context(place)?;
    if block.level == 0 {
        return Ok(block.find(nid));
    }
    let list = block.children().take_while(|(first, _)| *first <= nid.0).last();
    let Some((_, bid)) = list else { return Ok(None) };
    let leaf = Table::read_leaf(ndb, bid).context(place)?;
    Ok(leaf.find(nid))
}

/// All subnodes in the tree that starts with a block.
pub fn all(ndb: &Ndb, root: Bid) -> Result<Vec<Node>> {
    let mut nodes = Vec::new();
    if root.is_null() {
        return Ok(nodes);
    }
    let place = || format!("subnode tree {root:?}");
    let block = Table::read(ndb, root).context(place)?;
    if block.level == 0 {
        nodes.extend(block.nodes());
    }
    let mut seen = Vec::new();
    for (_, bid) in block.children() {
        if seen.contains(&bid) {
            ndb.diagnostics.warn(place(), format!("{bid:?} is named twice"));
            continue;
        }
        seen.push(bid);
        match Table::read_leaf(ndb, bid) {
            Ok(leaf) => nodes.extend(leaf.nodes()),
            Err(error) => ndb.diagnostics.error(None, place(), error),
        }
    }
    if !nodes.is_sorted_by(|a, b| a.nid < b.nid) {
        ndb.diagnostics.warn(place(), "the subnodes are not in order");
        nodes.sort_by_key(|node| node.nid);
        nodes.dedup_by_key(|node| node.nid);
    }
    Ok(nodes)
}

/// A block of a subnode tree.
struct Table<'a> {
    ndb: &'a Ndb,
    block: Block,
    level: u8,
    count: usize,
}

impl<'a> Table<'a> {
    fn read(ndb: &'a Ndb, bid: Bid) -> Result<Self> {
        let block = ndb.block(bid)?;
        match (u8_at(&block, 0), u8_at(&block, 1), u16_at(&block, 2)) {
            (Some(2), Some(level @ 0..=1), Some(count)) if bid.is_internal() => {
                Ok(Self { ndb, block, level, count: count.into() })
            }
            _ => Err(Error::corrupt(format!("{bid:?} is not a block of subnodes"))),
        }
    }

    fn read_leaf(ndb: &'a Ndb, bid: Bid) -> Result<Self> {
        let table = Self::read(ndb, bid)?;
        if table.level != 0 {
            return Err(Error::corrupt(format!("{bid:?} is not a leaf")));
        }
        Ok(table)
    }

    fn find(&self, nid: Nid) -> Option<Node> {
        self.nodes().find(|node| node.nid == nid)
    }

    fn nodes(&self) -> impl Iterator<Item = Node> {
        let size = self.ndb.format.id_size;
        (0..self.count).map_while(move |index| {
            let at = self.ndb.format.subnode_header + index * 3 * size;
            Some(Node {
                nid: Nid(u32_at(&self.block, at)?),
                data: Bid(id_at(&self.block, at + size, size)?),
                sub: Bid(id_at(&self.block, at + 2 * size, size)?),
                parent: Nid(0),
            })
        })
    }

    /// The leaves below, each with the first number in it.
    fn children(&self) -> impl Iterator<Item = (u32, Bid)> {
        let size = self.ndb.format.id_size;
        let count = if self.level == 0 { 0 } else { self.count };
        (0..count).map_while(move |index| {
            let at = self.ndb.format.subnode_header + index * 2 * size;
            Some((u32_at(&self.block, at)?, Bid(id_at(&self.block, at + size, size)?)))
        })
    }
}
