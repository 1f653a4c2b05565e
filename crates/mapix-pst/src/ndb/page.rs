//! Pages of the two B-trees.

use mapix_core::{Context, Error, Result};

use super::format::Format;
use super::header::PageRef;
use super::{Bid, Ndb, checksum, signature};
use crate::bytes::{id_at, u8_at, u16_at, u32_at};

/// Which of the two B-trees a page belongs to (`ptype`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tree {
    /// The block B-tree: where blocks are.
    Blocks,
    /// The node B-tree: which blocks a node has.
    Nodes,
}

impl Tree {
    fn page_type(self) -> u8 {
        match self {
            Self::Blocks => 0x80,
            Self::Nodes => 0x81,
        }
    }

    /// The bits of a key that mean something: the number of a node has 32 bits also where it takes
    /// 64, and the lowest bit of the identifier of a block is nobody's.
    pub(super) fn key_mask(self) -> u64 {
        match self {
            Self::Blocks => !1,
            Self::Nodes => u32::MAX.into(),
        }
    }

    /// The size of what is read of a leaf entry.
    fn leaf_entry(self, format: &Format) -> usize {
        match self {
            Self::Blocks => format.block_entry,
            Self::Nodes => format.node_entry,
        }
    }
}

/// A page of a B-tree:
/// [2.2.2.7.7.1 BTPAGE](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/4f0cd8e7-c2d0-4975-90a4-d417cfca77f8).
#[derive(Clone, Debug)]
pub struct Page {
    bytes: Box<[u8]>,
    count: usize,
    stride: usize,
    id_size: usize,
    /// 0 in leaves.
    pub level: u8,
}

impl Page {
    /// Reads a page and checks it. A wrong checksum, signature or identifier alone becomes a
    /// diagnostic; what cannot be a page of this tree is an error.
    pub(super) fn read(ndb: &Ndb, at: PageRef, tree: Tree) -> Result<Self> {
        let place = || format!("page {:?} at {:#x}", at.bid, at.offset);
        let format = ndb.format;
        let mut bytes = vec![0; format.page_size].into_boxed_slice();
        ndb.source.read_exact_at(&mut bytes, at.offset).context(place)?;
        let page = Self::parse(bytes, format, tree).context(place)?;
        page.check(ndb, at).context(place)?;
        Ok(page)
    }

    fn parse(bytes: Box<[u8]>, format: &Format, tree: Tree) -> Result<Self> {
        let cut = || Error::corrupt("page too short");
        let trailer = format.page_trailer;
        let page_type = u8_at(&bytes, trailer).ok_or_else(cut)?;
        if page_type != tree.page_type() {
            return Err(Error::corrupt(format!(
                "page type {page_type:#04x}, not {:#04x}",
                tree.page_type()
            )));
        }
        let meta = format.btree_meta;
        let (count, rest) = match format.btree_count_size {
            1 => (u8_at(&bytes, meta).map(usize::from), meta + 2),
            _ => (u16_at(&bytes, meta).map(usize::from), meta + 4),
        };
        let count = count.ok_or_else(cut)?;
        let stride = usize::from(u8_at(&bytes, rest).ok_or_else(cut)?);
        let level = u8_at(&bytes, rest + 1).ok_or_else(cut)?;
        let least = if level == 0 { tree.leaf_entry(format) } else { 3 * format.id_size };
        if stride < least {
            return Err(Error::corrupt(format!("entries of {stride} bytes, too small")));
        }
        if count * stride > meta {
            return Err(Error::corrupt(format!("{count} entries do not fit")));
        }
        if level > MAX_LEVEL {
            return Err(Error::corrupt(format!("level {level} is too deep")));
        }
        Ok(Self { bytes, count, stride, id_size: format.id_size, level })
    }

    fn check(&self, ndb: &Ndb, at: PageRef) -> Result<()> {
        let (format, bytes) = (ndb.format, &self.bytes);
        let trailer = format.page_trailer;
        let stored = u32_at(bytes, trailer + format.page_crc).unwrap_or_default();
        let crc_ok = bytes.get(..trailer).is_some_and(|covered| checksum(covered) == stored);
        let bid = id_at(bytes, trailer + format.page_bid, format.id_size).unwrap_or_default();
        let bid_ok = bid == at.bid.0;
        let sign_ok = u16_at(bytes, trailer + 2) == Some(signature(at.offset, at.bid.0));
        if crc_ok && bid_ok && sign_ok {
            return Ok(());
        }
        if !crc_ok && !bid_ok {
            return Err(Error::corrupt("neither checksum nor identifier match"));
        }
        let place = format!("page {:?} at {:#x}", at.bid, at.offset);
        if !crc_ok {
            ndb.diagnostics.warn(&place, "checksum mismatch");
        }
        if !bid_ok {
            ndb.diagnostics.warn(&place, format!("the page says that it is {bid:#x}"));
        }
        if !sign_ok {
            ndb.diagnostics.warn(&place, "signature mismatch");
        }
        Ok(())
    }

    /// How many entries there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The bytes of an entry from its start to the end of the entries.
    pub(super) fn entry(&self, index: usize) -> &[u8] {
        let start = index * self.stride;
        self.bytes.get(start..start + self.stride).unwrap_or_default()
    }

    pub(super) fn key(&self, index: usize) -> u64 {
        id_at(&self.bytes, index * self.stride, self.id_size).unwrap_or_default()
    }

    /// The child of an entry that is not in a leaf:
    /// [2.2.2.7.7.2 BTENTRY](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/bc8052a3-f300-4022-be31-f0f408fffca0).
    pub(super) fn child(&self, index: usize) -> Option<PageRef> {
        let entry = self.entry(index);
        Some(PageRef {
            bid: Bid(id_at(entry, self.id_size, self.id_size)?),
            offset: id_at(entry, 2 * self.id_size, self.id_size)?,
        })
    }

    /// The last entry whose key, with the bits of the mask, is not greater.
    pub(super) fn search(&self, key: u64, mask: u64) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle) & mask <= key { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1)
    }
}

/// No file that fits a disk has a deeper B-tree.
const MAX_LEVEL: u8 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(keys: &[u32], level: u8) -> Page {
        let mut bytes = vec![0; 512].into_boxed_slice();
        for (index, key) in keys.iter().enumerate() {
            bytes[index * 16..index * 16 + 4].copy_from_slice(&key.to_le_bytes());
        }
        bytes[496] = keys.len() as u8;
        bytes[498] = 16;
        bytes[499] = level;
        bytes[500] = 0x81;
        Page::parse(bytes, Format::by_version(14).unwrap(), Tree::Nodes).unwrap()
    }

    #[test]
    fn search_finds_the_last_that_is_not_greater() {
        let page = page(&[10, 20, 30], 0);
        assert_eq!(page.search(9, u64::MAX), None);
        assert_eq!(page.search(10, u64::MAX), Some(0));
        assert_eq!(page.search(29, u64::MAX), Some(1));
        assert_eq!(page.search(99, u64::MAX), Some(2));
    }

    #[test]
    fn impossible_pages_are_refused() {
        let format = Format::by_version(14).unwrap();
        let make = |count, stride, level, page_type| {
            let mut bytes = vec![0; 512].into_boxed_slice();
            (bytes[496], bytes[498], bytes[499], bytes[500]) = (count, stride, level, page_type);
            Page::parse(bytes, format, Tree::Nodes)
        };
        assert!(make(31, 16, 0, 0x81).is_ok());
        assert!(make(32, 16, 0, 0x81).is_err());
        assert!(make(1, 15, 0, 0x81).is_err());
        assert!(make(1, 16, 13, 0x81).is_err());
        assert!(make(1, 16, 0, 0x80).is_err());
    }
}
