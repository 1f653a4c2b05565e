//! Data trees: the data of a node, in one block or in many.

use mapix_core::{Context, Error, Result};

use super::{Bid, Block, BlockEntry, Ndb};
use crate::bytes::{id_at, u8_at, u16_at};

/// The data of a node. It holds where the blocks are, not what is in them.
#[derive(Clone, Debug, Default)]
pub struct DataTree {
    root: Root,
    size: u64,
    blocks: usize,
}

#[derive(Clone, Debug, Default)]
enum Root {
    #[default]
    Empty,
    Single(BlockEntry),
    /// [2.2.2.8.3.2.1 XBLOCK](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/5b7a6935-e83d-4917-9f62-6ce3707f09e0)
    List(Vec<BlockEntry>),
    /// [2.2.2.8.3.2.2 XXBLOCK](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/061b6ac4-d1da-468c-b75d-0303a0a8f468)
    Lists(Vec<List>),
}

/// One of the lists of a large tree, and what stands before it.
#[derive(Clone, Debug)]
struct List {
    bid: Bid,
    first_block: usize,
    start: u64,
}

impl DataTree {
    /// Finds the blocks of a data tree. Nothing is read but lists of blocks.
    pub fn open(ndb: &Ndb, bid: Bid) -> Result<Self> {
        if bid.is_null() {
            return Ok(Self::default());
        }
        if !bid.is_internal() {
            let entry = ndb.block_entry(bid)?;
            return Ok(Self { size: entry.size.into(), blocks: 1, root: Root::Single(entry) });
        }
        let place = || format!("data tree {bid:?}");
        let block = ndb.block(bid).context(place)?;
        match list_level(&block).context(place)? {
            1 => Self::list(ndb, &block).context(place),
            _ => Self::lists(ndb, &block).context(place),
        }
    }

    fn list(ndb: &Ndb, block: &Block) -> Result<Self> {
        let mut bounds = Bounds::new(ndb);
        let mut entries = Vec::new();
        for bid in list_bids(ndb, block) {
            let entry = ndb.block_entry(bid)?;
            bounds.add(&entry)?;
            entries.push(entry);
        }
        Ok(Self { size: bounds.size, blocks: bounds.blocks, root: Root::List(entries) })
    }

    fn lists(ndb: &Ndb, block: &Block) -> Result<Self> {
        let mut bounds = Bounds::new(ndb);
        let mut lists = Vec::new();
        for bid in list_bids(ndb, block) {
            lists.push(List { bid, first_block: bounds.blocks, start: bounds.size });
            let list = ndb.block(bid)?;
            if !bid.is_internal() || list_level(&list)? != 1 {
                return Err(Error::corrupt(format!("{bid:?} is not a list of blocks")));
            }
            for bid in list_bids(ndb, &list) {
                bounds.add(&ndb.block_entry(bid)?)?;
            }
        }
        Ok(Self { size: bounds.size, blocks: bounds.blocks, root: Root::Lists(lists) })
    }

    /// The size of the data in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many blocks the data has.
    pub fn block_count(&self) -> usize {
        self.blocks
    }

    /// Where the n-th block is.
    pub fn block(&self, ndb: &Ndb, index: usize) -> Result<BlockEntry> {
        let beyond = || Error::corrupt(format!("the data has no block {index}"));
        match &self.root {
            Root::Empty => Err(beyond()),
            Root::Single(entry) if index == 0 => Ok(*entry),
            Root::Single(_) => Err(beyond()),
            Root::List(entries) => entries.get(index).copied().ok_or_else(beyond),
            Root::Lists(lists) => {
                let at = lists.partition_point(|list| list.first_block <= index);
                let list = at.checked_sub(1).and_then(|at| lists.get(at)).ok_or_else(beyond)?;
                let block = ndb.block(list.bid)?;
                let bid = list_bids(ndb, &block).nth(index - list.first_block);
                ndb.block_entry(bid.ok_or_else(beyond)?)
            }
        }
    }

    /// The block that holds a byte, and where the block starts; `None` at the end or beyond.
    pub fn locate(&self, ndb: &Ndb, position: u64) -> Result<Option<(usize, u64)>> {
        if position >= self.size {
            return Ok(None);
        }
        let (mut index, mut start) = match &self.root {
            Root::Lists(lists) => {
                let at = lists.partition_point(|list| list.start <= position).saturating_sub(1);
                lists.get(at).map_or((0, 0), |list| (list.first_block, list.start))
            }
            _ => (0, 0),
        };
        while index < self.blocks {
            let size = u64::from(self.block(ndb, index)?.size);
            if position < start + size {
                return Ok(Some((index, start)));
            }
            start += size;
            index += 1;
        }
        Ok(None)
    }

    /// The data without some bytes at its end.
    #[must_use]
    pub(crate) fn shortened(self, by: u64) -> Self {
        Self { size: self.size.saturating_sub(by), ..self }
    }

    /// Reads the last bytes, as many as there are in the last block at most.
    pub(crate) fn tail(&self, ndb: &Ndb, count: usize) -> Result<Vec<u8>> {
        let Some(last) = self.blocks.checked_sub(1) else { return Ok(Vec::new()) };
        let block = ndb.block(self.block(ndb, last)?.bid)?;
        Ok(block.get(block.len().saturating_sub(count)..).unwrap_or_default().to_vec())
    }

    /// Reads all data.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY` if it is more than the limit.
    pub fn read(&self, ndb: &Ndb, limit: u64) -> Result<Vec<u8>> {
        if self.size > limit {
            return Err(Error::new(
                mapix_core::ErrorCode::NOT_ENOUGH_MEMORY,
                format!("{} bytes must be opened as a stream", self.size),
            ));
        }
        let mut data = Vec::new();
        if let Root::Single(entry) = &self.root {
            ndb.read_block(entry, &mut data)?;
            return Ok(data);
        }
        data.reserve_exact(usize::try_from(self.size).unwrap_or_default());
        let mut block = Vec::new();
        for index in 0..self.blocks {
            ndb.read_block(&self.block(ndb, index)?, &mut block)?;
            data.extend_from_slice(&block);
        }
        Ok(data)
    }
}

/// Keeps a tree from naming the same blocks again and again.
struct Bounds {
    size: u64,
    blocks: usize,
    most_bytes: u64,
    most_blocks: u64,
}

impl Bounds {
    fn new(ndb: &Ndb) -> Self {
        let (most_bytes, most_blocks) = (ndb.most_bytes(), ndb.most_blocks());
        Self { size: 0, blocks: 0, most_bytes, most_blocks }
    }

    fn add(&mut self, entry: &BlockEntry) -> Result<()> {
        self.size += u64::from(entry.size);
        self.blocks += 1;
        if self.size > self.most_bytes || self.blocks as u64 > self.most_blocks {
            return Err(Error::corrupt("more data than the file can hold"));
        }
        Ok(())
    }
}

fn list_level(block: &[u8]) -> Result<u8> {
    match (u8_at(block, 0), u8_at(block, 1)) {
        (Some(1), Some(level @ 1..=2)) => Ok(level),
        (kind, level) => {
            Err(Error::corrupt(format!("not a list of blocks: type {kind:?}, level {level:?}")))
        }
    }
}

/// The blocks that a list names; as many as it has room for.
fn list_bids<'a>(ndb: &Ndb, block: &'a [u8]) -> impl Iterator<Item = Bid> + use<'a> {
    let size = ndb.format.id_size;
    let count = usize::from(u16_at(block, 2).unwrap_or_default());
    (0..count).map_while(move |index| id_at(block, 8 + index * size, size).map(Bid))
}
