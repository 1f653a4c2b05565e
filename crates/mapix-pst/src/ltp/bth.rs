//! B-trees in a heap.

use mapix_core::{Context, Error, Result};

use super::heap::{Heap, HeapId};
use crate::bytes::{u8_at, u32_at};

/// The header of a tree:
/// [2.3.2.1 BTHHEADER](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/2dd1a95a-c8b1-4ac5-87d1-10cb8de64053).
#[derive(Clone, Copy, Debug)]
pub struct Bth {
    /// Size of a key.
    pub key: usize,
    /// Size of the data of a leaf's record.
    pub data: usize,
    levels: u8,
    root: HeapId,
}

impl Bth {
    const TYPE: u8 = 0xB5;
    const MAX_LEVELS: u8 = 8;
    /// What a node counts at least when their bytes are counted.
    const SMALL_NODE: u64 = 64;

    /// Reads the header.
    pub fn open(heap: &Heap<'_>, header: HeapId) -> Result<Self> {
        let item = heap.get(header).context(|| "B-tree header")?;
        let parsed = || {
            Some(Self {
                key: u8_at(&item, 1)?.into(),
                data: u8_at(&item, 2)?.into(),
                levels: u8_at(&item, 3)?,
                root: HeapId(u32_at(&item, 4)?),
            })
        };
        match parsed() {
            Some(bth)
                if u8_at(&item, 0) == Some(Self::TYPE)
                    && bth.key > 0
                    && bth.levels <= Self::MAX_LEVELS =>
            {
                Ok(bth)
            }
            _ => Err(Error::corrupt("not a B-tree").context(format!("heap ID {header:?}"))),
        }
    }

    /// Gives each record of the leaves, key and data, to a closure. A node that cannot be read
    /// is given to `broken`, and the rest is still visited.
    pub fn records(
        &self,
        heap: &Heap<'_>,
        mut each: impl FnMut(&[u8], &[u8]),
        mut broken: impl FnMut(Error),
    ) {
        if self.root.is_null() {
            return;
        }
        // Nodes are disjoint pieces of the heap; one that names pieces twice would exceed it. A
        // tree with more than a few nodes has records in them, so that empty ones count as well.
        let mut left = heap.size() + 64 * Self::SMALL_NODE;
        let mut open = vec![(self.root, self.levels)];
        while let Some((id, level)) = open.pop() {
            let item = match heap.get(id) {
                Ok(item) => item,
                Err(error) => {
                    broken(error.context("B-tree node"));
                    continue;
                }
            };
            left = match left.checked_sub(Self::SMALL_NODE.max(item.len() as u64)) {
                Some(left) => left,
                None => return broken(Error::corrupt("B-tree nodes are used more than once")),
            };
            if level == 0 {
                for record in item.chunks_exact(self.key + self.data) {
                    let (key, data) = record.split_at(self.key);
                    each(key, data);
                }
            } else {
                let records = item.chunks_exact(self.key + 4);
                let children = records.filter_map(|record| u32_at(record, self.key));
                open.extend(children.rev().map(|child| (HeapId(child), level - 1)));
            }
        }
    }
}
