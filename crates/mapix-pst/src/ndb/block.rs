//! Blocks: the units in which data is stored.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};
use mapix_core::{Context, Error, Result};

use super::{Bid, FormatKind, Ndb, checksum, signature};
use crate::bytes::{id_at, u16_at, u32_at};

/// Where a block is and how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockEntry {
    /// Its identifier.
    pub bid: Bid,
    /// Its offset in the file.
    pub offset: u64,
    /// The size of its bytes in the file, without padding and trailer.
    pub stored: u16,
    /// The size of its data; another than the stored size if it is compressed.
    pub size: u16,
}

/// The decoded data of a block. Cloning is a reference count.
#[derive(Clone, Debug, Default)]
pub struct Block(Arc<Vec<u8>>);

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Ndb {
    /// Reads a block through the cache.
    ///
    /// # Errors
    /// `MAPI_E_CORRUPT_DATA` if it is not there or cannot be decoded. A wrong checksum alone is
    /// a diagnostic.
    pub fn block(&self, bid: Bid) -> Result<Block> {
        if let Some(block) = self.blocks.with(bid.key(), Block::clone) {
            return Ok(block);
        }
        let entry = self.block_entry(bid)?;
        // The buffer of the block that makes room, unless somebody still reads it.
        let mut block = self.blocks.take(bid.key()).unwrap_or_default();
        if Arc::get_mut(&mut block.0).is_none() {
            block = Block::default();
        }
        if let Some(buffer) = Arc::get_mut(&mut block.0) {
            self.read_block(&entry, buffer)?;
        }
        self.blocks.put(bid.key(), block.clone());
        Ok(block)
    }

    /// Reads the decoded data of a block into a buffer, past the cache.
    pub fn read_block(&self, entry: &BlockEntry, buffer: &mut Vec<u8>) -> Result<()> {
        let place = || format!("block {:?} at {:#x}", entry.bid, entry.offset);
        let stored = usize::from(entry.stored);
        if stored > self.format.block_payload() {
            return Err(Error::corrupt(format!("{stored} bytes are too many")).context(place()));
        }
        buffer.resize(self.format.block_extent(stored), 0);
        self.source.read_exact_at(buffer, entry.offset).context(place)?;
        self.check_block(entry, buffer).context(place)?;
        buffer.truncate(stored);
        if !entry.bid.is_internal() {
            self.header.crypt.decode(buffer, entry.bid.0);
        }
        if entry.stored != entry.size {
            *buffer = inflate(buffer, entry.size.into()).context(place)?;
        }
        Ok(())
    }

    /// Checks the
    /// [2.2.2.8.1 BLOCKTRAILER](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/a14943ef-70c2-403f-898c-5bc3747117e1).
    fn check_block(&self, entry: &BlockEntry, bytes: &[u8]) -> Result<()> {
        let (format, stored) = (self.format, usize::from(entry.stored));
        let trailer = bytes.len() - format.block_trailer;
        let crc = u32_at(bytes, trailer + format.block_crc);
        let bid = id_at(bytes, trailer + format.block_bid, format.id_size).unwrap_or_default();
        let crc_ok = crc.zip(bytes.get(..stored)).is_some_and(|(crc, data)| checksum(data) == crc);
        let bid_ok = bid & !1 == entry.bid.key();
        let size_ok = u16_at(bytes, trailer) == Some(entry.stored);
        let sign_ok = u16_at(bytes, trailer + 2) == Some(signature(entry.offset, bid));
        if crc_ok && bid_ok && size_ok && sign_ok {
            return Ok(());
        }
        if !crc_ok && !bid_ok {
            return Err(Error::corrupt("neither checksum nor identifier match"));
        }
        let place = format!("block {:?} at {:#x}", entry.bid, entry.offset);
        let findings = [
            (crc_ok, "checksum mismatch".to_owned()),
            (bid_ok, format!("the block says that it is {bid:#x}")),
            (size_ok, "the trailer has another size".to_owned()),
            (sign_ok, "signature mismatch".to_owned()),
        ];
        findings
            .iter()
            .filter(|(ok, _)| !ok)
            .for_each(|(_, cause)| self.diagnostics.warn(&place, cause));
        Ok(())
    }

    /// How many blocks the file can hold at most.
    pub(crate) fn most_blocks(&self) -> u64 {
        self.source.len() / self.format.block_align as u64 + 1
    }

    /// How many bytes of data the file can hold at most, all blocks together.
    pub(crate) fn most_bytes(&self) -> u64 {
        match self.format.kind {
            FormatKind::Unicode4k => {
                self.most_blocks().saturating_mul(self.format.block_payload() as u64)
            }
            _ => self.source.len(),
        }
    }
}

thread_local! {
    /// What inflates, which takes more time to make than to use on a block.
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

/// Inflates a zlib stream to exactly the size that it is said to have.
fn inflate(bytes: &[u8], size: usize) -> Result<Vec<u8>> {
    INFLATER.with_borrow_mut(|stream| {
        stream.reset(true);
        inflate_with(stream, bytes, size)
    })
}

fn inflate_with(stream: &mut Decompress, bytes: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut data = vec![0; size];
    let status = stream.decompress(bytes, &mut data, FlushDecompress::Finish);
    match status {
        Ok(Status::StreamEnd) if stream.total_out() == size as u64 => Ok(data),
        Ok(_) => Err(Error::corrupt(format!(
            "inflates to {} bytes or more, not {size}",
            stream.total_out()
        ))),
        Err(error) => Err(Error::corrupt("cannot be inflated").with_source(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_inflates_to_another_size_is_refused() {
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&[7; 1000]).unwrap();
        let bytes = encoder.finish().unwrap();
        assert_eq!(inflate(&bytes, 1000).unwrap(), [7; 1000]);
        assert!(inflate(&bytes, 999).is_err());
        assert!(inflate(&bytes, 1001).is_err());
        assert!(inflate(b"no zlib", 10).is_err());
    }
}
