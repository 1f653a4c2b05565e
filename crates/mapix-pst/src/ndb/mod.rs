//! The node database: pages, blocks, and the nodes that are made of them.
//!
//! [MS-PST 2.2](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e4efaad0-1876-446e-9d34-bb921588f924)

mod block;
mod btree;
pub(crate) mod cache;
mod crypt;
mod data;
mod format;
mod header;
mod page;
mod recover;
mod stream;
pub mod subnode;
mod tables;
mod top;

use std::fmt;
use std::sync::OnceLock;

use mapix_core::Result;

pub use block::{Block, BlockEntry};
pub use btree::Walk;
pub use crypt::Crypt;
pub use data::DataTree;
pub use format::{Format, FormatKind};
pub use header::{Header, PageRef};
pub use page::{Page, Tree};
pub use stream::DataStream;

use crate::diagnostic::Diagnostics;
use crate::file::Source;
use cache::Cache;
use top::Top;

/// An open file as nodes and blocks. It never changes, and any number of threads may read it.
#[derive(Debug)]
pub struct Ndb {
    source: Source,
    format: &'static Format,
    header: Header,
    node_top: OnceLock<Top>,
    block_top: OnceLock<Top>,
    pages: Cache<(Tree, Page)>,
    blocks: Cache<Block>,
    pub(crate) diagnostics: Diagnostics,
}

impl Ndb {
    /// How much memory the page cache may take for every thread that reads at the same time, up to
    /// eight. The block cache takes half of it: blocks are rarely wanted a second time. (On a file of
    /// 300 MB, four times as much of both saves 4 % of the reads.)
    const CACHE_BYTES: usize = 1 << 20;

    pub(crate) fn open(source: Source) -> Result<Self> {
        let diagnostics = Diagnostics::default();
        let (header, format) = Header::read(&source, &diagnostics)?;
        let len = source.len();
        if header.file_eof > len {
            diagnostics.warn(
                "header",
                format!("the file should have {} bytes, but has {len}", header.file_eof),
            );
        }
        // A small file needs less of a cache.
        let budget = Self::CACHE_BYTES.min(usize::try_from(len).unwrap_or(Self::CACHE_BYTES));
        let mut ndb = Self {
            node_top: OnceLock::new(),
            block_top: OnceLock::new(),
            pages: Cache::new(budget / format.page_size),
            blocks: Cache::new(budget / 2 / format.block_max),
            source,
            format,
            header,
            diagnostics,
        };
        ndb.mend_roots();
        ndb.check_root(Tree::Nodes)?;
        ndb.check_root(Tree::Blocks)?;
        Ok(ndb)
    }

    /// The sizes and offsets of its format.
    pub fn format(&self) -> &'static Format {
        self.format
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.source.len()
    }

    /// Fills the buffer with the bytes of the file from an offset on.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        self.source.read_exact_at(buffer, offset)
    }

    /// Whether the file was written to since it was opened.
    pub(crate) fn has_changed(&self) -> Result<bool> {
        self.source.has_changed()
    }
}

/// The number of a node: [2.2.2.1 NID](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/18d7644e-cb33-4e11-95c0-34d8a84fbff6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Nid(pub u32);

impl Nid {
    /// The message store.
    pub const STORE: Self = Self(0x21);
    /// The map of named properties.
    pub const NAMES: Self = Self(0x61);
    /// The root folder.
    pub const ROOT_FOLDER: Self = Self(0x122);
    /// The table of receive folders.
    pub const RECEIVE_FOLDERS: Self = Self(0x62B);
    /// The recipients of a message, among its subnodes.
    pub const RECIPIENTS: Self = Self(0x692);
    /// The attachments of a message, among its subnodes.
    pub const ATTACHMENTS: Self = Self(0x671);

    /// What kind of node it is.
    pub fn kind(self) -> NidKind {
        NidKind((self.0 & 0x1F) as u8)
    }

    /// The node of another kind with the same index.
    pub fn with_kind(self, kind: NidKind) -> Self {
        Self(self.0 & !0x1F | u32::from(kind.0))
    }
}

impl fmt::Debug for Nid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The kind of a node (`nidType`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NidKind(pub u8);

#[allow(missing_docs)]
impl NidKind {
    pub const HEAP: Self = Self(0x00);
    pub const INTERNAL: Self = Self(0x01);
    pub const FOLDER: Self = Self(0x02);
    pub const SEARCH_FOLDER: Self = Self(0x03);
    pub const MESSAGE: Self = Self(0x04);
    pub const ATTACHMENT: Self = Self(0x05);
    pub const ASSOCIATED: Self = Self(0x08);
    pub const HIERARCHY: Self = Self(0x0D);
    pub const CONTENTS: Self = Self(0x0E);
    pub const ASSOCIATED_CONTENTS: Self = Self(0x0F);
    pub const SEARCH_CONTENTS: Self = Self(0x10);
}

/// The identifier of a block: [2.2.2.2 BID](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/d3155aa1-ccdd-4dee-a0a9-5363ccca5352).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Bid(pub u64);

impl Bid {
    /// Whether it stands for no block.
    pub fn is_null(self) -> bool {
        self.key() == 0
    }

    /// Whether the block is a list of others, which is never encoded.
    pub fn is_internal(self) -> bool {
        self.0 & 2 != 0
    }

    /// The identifier without the lowest bit, which means nothing.
    pub(crate) fn key(self) -> u64 {
        self.0 & !1
    }
}

impl fmt::Debug for Bid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A node: data, and private nodes below it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// Its number.
    pub nid: Nid,
    /// Its data.
    pub data: Bid,
    /// The tree of its subnodes; null if it has none.
    pub sub: Bid,
    /// The folder that it belongs to; 0 if none, and in subnodes.
    pub parent: Nid,
}

/// The checksum of pages and blocks, [5.3](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/39c35207-130f-4d83-96f8-2b311a285a8f):
/// CRC-32 that starts with zero and is not inverted at the end.
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(u32::MAX);
    hasher.update(bytes);
    !hasher.finalize()
}

/// The signature of a page or block, [5.5](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e700a913-9db5-46a4-ac76-37cabea823e1).
pub fn signature(offset: u64, bid: u64) -> u16 {
    let mixed = (offset ^ bid) as u32;
    (mixed >> 16 ^ mixed) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_starts_with_zero_and_is_not_inverted() {
        assert_eq!(checksum(b""), 0);
        // By hand: bit by bit with the reflected polynomial.
        let slow = |bytes: &[u8]| {
            bytes.iter().fold(0_u32, |crc, byte| {
                (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                    if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
                })
            })
        };
        let bytes: Vec<u8> = (0..300_u32).map(|n| (n * 31) as u8).collect();
        assert_eq!(checksum(&bytes), slow(&bytes));
    }

    #[test]
    fn numbers_of_nodes_are_unsigned() {
        let nid = Nid(0xE5C3_0004);
        assert_eq!(nid.kind(), NidKind::MESSAGE);
        assert_eq!(nid.with_kind(NidKind::CONTENTS), Nid(0xE5C3_000E));
    }

    #[test]
    fn signatures() {
        assert_eq!(signature(0x25000, 0x4), 0x5006);
        assert_eq!(signature(0x1_0000_0000, 0), 0);
    }
}
