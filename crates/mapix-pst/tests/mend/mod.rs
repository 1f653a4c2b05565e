//! Changes pages and blocks of a file and mends their checksums, so that the change is not
//! noticed at once.

#![allow(dead_code)]

use std::ops::Range;

use mapix_pst::Pst;
use mapix_pst::ndb::{BlockEntry, Crypt, Format, FormatKind, checksum};

/// A file whose parts are known.
pub(crate) struct Parts {
    pub(crate) format: &'static Format,
    pub(crate) crypt: Crypt,
    /// Offsets of all pages of the two B-trees.
    pub(crate) pages: Vec<u64>,
    pub(crate) blocks: Vec<BlockEntry>,
}

impl Parts {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let pst = Pst::from_bytes(bytes.to_vec(), "test").unwrap();
        let ndb = pst.ndb();
        let (format, header) = (ndb.format(), ndb.header());
        let mut pages = Vec::new();
        let mut open = vec![header.node_root.offset, header.block_root.offset];
        while let Some(page) = open.pop() {
            pages.push(page);
            open.extend(children(bytes, format, page as usize));
        }
        let blocks = ndb.block_entries().collect::<Result<_, _>>().unwrap();
        Self { format, crypt: header.crypt, pages, blocks }
    }

    /// The data of a block in the file, without its trailer.
    pub(crate) fn data(block: &BlockEntry) -> Range<usize> {
        let start = block.offset as usize;
        start..start + usize::from(block.stored)
    }

    /// Decodes the data of a block, gives it to a closure, encodes it again and mends the
    /// trailer. Compressed data is given as it is stored.
    pub(crate) fn change_block(
        &self,
        bytes: &mut [u8],
        block: &BlockEntry,
        change: impl FnOnce(&mut [u8]),
    ) {
        let internal = block.bid.is_internal();
        let data = &mut bytes[Self::data(block)];
        if !internal {
            self.crypt.decode(data, block.bid.0);
        }
        change(data);
        if !internal {
            self.crypt.encode(data, block.bid.0);
        }
        self.seal_block(bytes, block);
    }

    pub(crate) fn seal_block(&self, bytes: &mut [u8], block: &BlockEntry) {
        let crc = checksum(&bytes[Self::data(block)]);
        let extent = self.format.block_extent(block.stored.into());
        let trailer = block.offset as usize + extent - self.format.block_trailer;
        put(bytes, trailer + self.format.block_crc, crc);
    }

    pub(crate) fn seal_page(&self, bytes: &mut [u8], page: u64) {
        let start = page as usize;
        let trailer = start + self.format.page_trailer;
        let crc = checksum(&bytes[start..trailer]);
        put(bytes, trailer + self.format.page_crc, crc);
    }

    pub(crate) fn seal_header(&self, bytes: &mut [u8]) {
        if let Some(at) = self.format.header_crc_full {
            let crc = checksum(&bytes[8..8 + 516]);
            put(bytes, at, crc);
        }
        let crc = checksum(&bytes[8..8 + 471]);
        put(bytes, 4, crc);
    }
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
}

fn children(bytes: &[u8], format: &Format, page: usize) -> Vec<u64> {
    let meta = page + format.btree_meta;
    let (count, stride, level) = match format.kind {
        FormatKind::Unicode4k => {
            let count = u16::from_le_bytes([bytes[meta], bytes[meta + 1]]);
            (usize::from(count), bytes[meta + 4], bytes[meta + 5])
        }
        _ => (usize::from(bytes[meta]), bytes[meta + 2], bytes[meta + 3]),
    };
    if level == 0 {
        return Vec::new();
    }
    let offset = |index: usize| {
        let mut number = [0; 8];
        let at = page + index * usize::from(stride) + 2 * format.id_size;
        number[..format.id_size].copy_from_slice(&bytes[at..at + format.id_size]);
        u64::from_le_bytes(number)
    };
    (0..count).map(offset).collect()
}
