//! Data trees as streams, for values that are too large to be held.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::{DataTree, Ndb};

/// Reads a data tree block by block.
pub struct DataStream {
    ndb: Arc<Ndb>,
    tree: DataTree,
    position: u64,
    /// The decoded block that was read last.
    block: Vec<u8>,
    /// Where it starts in the stream.
    block_start: u64,
    /// The number of the block behind it.
    next_block: usize,
}

impl DataStream {
    /// Opens a stream at the start of the data.
    pub fn new(ndb: Arc<Ndb>, tree: DataTree) -> Self {
        Self { ndb, tree, position: 0, block: Vec::new(), block_start: 0, next_block: 0 }
    }

    /// The part of the current block from the position on.
    fn rest(&self) -> &[u8] {
        let left = self.tree.size().saturating_sub(self.position);
        let offset = self.position.checked_sub(self.block_start).and_then(|o| o.try_into().ok());
        let rest = offset.and_then(|offset: usize| self.block.get(offset..)).unwrap_or_default();
        rest.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(rest)
    }

    fn load(&mut self) -> io::Result<()> {
        let end = self.block_start + self.block.len() as u64;
        let (index, start) = if self.position == end {
            (self.next_block, end)
        } else {
            match self.tree.locate(&self.ndb, self.position)? {
                Some(found) => found,
                None => return Ok(()),
            }
        };
        // If the read fails, the next one must look for its block again.
        self.block.clear();
        self.block_start = u64::MAX;
        let entry = self.tree.block(&self.ndb, index)?;
        self.ndb.read_block(&entry, &mut self.block)?;
        self.block_start = start;
        self.next_block = index + 1;
        Ok(())
    }
}

impl Read for DataStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        // Blocks may be empty.
        while self.rest().is_empty() {
            if self.position >= self.tree.size() {
                return Ok(0);
            }
            self.load()?;
        }
        let rest = self.rest();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for DataStream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::End(offset) => (self.tree.size(), offset),
            SeekFrom::Current(offset) => (self.position, offset),
        };
        match base.checked_add_signed(offset) {
            Some(position) => {
                self.position = position;
                Ok(position)
            }
            None => Err(io::Error::new(io::ErrorKind::InvalidInput, "seek before the start")),
        }
    }
}
