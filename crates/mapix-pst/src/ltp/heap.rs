//! Heaps: many small pieces in the data of one node.

use std::cell::Cell;
use std::fmt;
use std::ops::{Deref, Range};

use mapix_core::{Context, Error, Result};

use crate::bytes::{u8_at, u16_at, u32_at};
use crate::ndb::{Bid, Block, DataTree, Ndb};

/// Names a piece of a heap: [2.3.1.1 HID](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/85b9e985-ea53-447f-b70c-eb82bfbdcbc9).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeapId(pub u32);

impl HeapId {
    /// Whether it stands for nothing.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Whether a number that may name a piece or a subnode names a piece
    /// ([2.3.3.2 HNID](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/294c83c6-ff92-42f5-b6b6-876c29fa9737)).
    pub fn is_heap(self) -> bool {
        self.0 & 0x1F == 0
    }
}

impl fmt::Debug for HeapId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A heap:
/// [2.3.1 Heap-on-Node](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/77ce49a3-3772-4d8d-bb2c-2f7520a238a6).
pub struct Heap<'a> {
    pub(crate) ndb: &'a Ndb,
    tree: DataTree,
    first: Block,
    index_bits: u32,
    /// How many bytes values may still have together.
    budget: Cell<u64>,
}

impl<'a> Heap<'a> {
    const SIGNATURE: u8 = 0xEC;

    /// Opens the heap in the data that starts with a block.
    pub fn open(ndb: &'a Ndb, data: Bid) -> Result<Self> {
        let place = || format!("heap {data:?}");
        if data.is_null() {
            return Err(Error::corrupt("the node has no data").context(place()));
        }
        let (tree, first) = if data.is_internal() {
            let tree = DataTree::open(ndb, data)?;
            let entry = tree.block(ndb, 0).context(place)?;
            (tree, ndb.block(entry.bid)?)
        } else {
            (DataTree::default(), ndb.block(data)?)
        };
        if u8_at(&first, 2) != Some(Self::SIGNATURE) {
            return Err(Error::corrupt("not a heap").context(place()));
        }
        // Each value has bytes of its own. A file that lets many refer to the same is malicious,
        // and would keep its reader busy for ever; twice the size is room for honest mistakes.
        let budget = Cell::new(ndb.most_bytes().saturating_mul(2));
        Ok(Self { ndb, tree, first, index_bits: ndb.format().heap_index_bits, budget })
    }

    /// What the heap is for (`bClientSig`).
    pub fn client(&self) -> u8 {
        u8_at(&self.first, 3).unwrap_or_default()
    }

    /// Where the client starts (`hidUserRoot`).
    pub fn root(&self) -> HeapId {
        HeapId(u32_at(&self.first, 4).unwrap_or_default())
    }

    /// Counts the bytes of a value.
    ///
    /// # Errors
    /// `MAPI_E_CORRUPT_DATA` if all values together have more bytes than the file can hold.
    pub(crate) fn spend(&self, bytes: u64) -> Result<()> {
        let left = self.budget.get().checked_sub(bytes);
        self.budget.set(left.unwrap_or_default());
        match left {
            Some(_) => Ok(()),
            None => Err(Error::corrupt("the values refer to more data than the file has")),
        }
    }

    /// Whether no further value can be read.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget.get() == 0
    }

    /// The size of the whole heap.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size().max(self.first.len() as u64)
    }

    /// A piece of the heap.
    pub fn get(&self, id: HeapId) -> Result<Item<'_>> {
        let index = (id.0 >> 5) & ((1 << self.index_bits) - 1);
        let block = (id.0 >> (5 + self.index_bits)) as usize;
        let found = if block == 0 {
            piece(&self.first, index as usize)
                .and_then(|range| self.first.get(range))
                .map(Item::First)
        } else {
            let entry = self.tree.block(self.ndb, block).context(|| format!("heap ID {id:?}"))?;
            let block = self.ndb.block(entry.bid)?;
            piece(&block, index as usize).map(|range| Item::Other(block, range))
        };
        found.filter(|_| id.is_heap()).ok_or_else(|| {
            Error::corrupt("there is no such piece in the heap").context(format!("heap ID {id:?}"))
        })
    }
}

/// Where a piece is in its block, by the
/// [2.3.1.5 HNPAGEMAP](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/291653c0-b347-4c5b-ba41-85ad780b4ba4).
/// What it says of free pieces is not needed, and often wrong.
fn piece(block: &[u8], index: usize) -> Option<Range<usize>> {
    let map = usize::from(u16_at(block, 0)?);
    let count = usize::from(u16_at(block, map)?);
    if index == 0 || index > count {
        return None;
    }
    let at = map + 4 + (index - 1) * 2;
    let range = usize::from(u16_at(block, at)?)..usize::from(u16_at(block, at + 2)?);
    (range.start <= range.end && range.end <= block.len()).then_some(range)
}

/// The bytes of a piece.
pub enum Item<'a> {
    /// In the first block, which the heap holds.
    First(&'a [u8]),
    /// In another block.
    Other(Block, Range<usize>),
}

impl Deref for Item<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::First(bytes) => bytes,
            Self::Other(block, range) => block.get(range.clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lie_between_the_offsets_of_the_map() {
        // Offset of the map, three bytes of data, then: 2 pieces, a false count of free ones.
        let block = [5, 0, b'a', b'b', b'c', 2, 0, 99, 0, 2, 0, 4, 0, 5, 0];
        assert_eq!(piece(&block, 1), Some(2..4));
        assert_eq!(piece(&block, 2), Some(4..5));
        assert_eq!(piece(&block, 0), None);
        assert_eq!(piece(&block, 3), None);
        assert_eq!(piece(&block[..12], 2), None);
        assert_eq!(piece(&[0xFF, 0xFF, 1], 1), None);
    }
}
