//! The sizes and offsets in which the four kinds of file differ.

use mapix_core::{Error, ErrorCode, Result};

/// The kind of a file, after `wVer` of its header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FormatKind {
    /// 32-bit offsets (`wVer` 14 and 15): Outlook 97 to 2002.
    Ansi,
    /// 64-bit offsets and pages of 512 bytes (`wVer` 21 and 23): Outlook 2003 and later.
    Unicode,
    /// 64-bit offsets, pages of 4096 bytes, compressed blocks (`wVer` 36): OST files of Outlook
    /// 2013 and later. [MS-PST] does not describe it.
    ///
    /// [MS-PST]: https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/
    Unicode4k,
}

/// Sizes and offsets of one kind of file.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Format {
    pub kind: FormatKind,
    /// Size of an identifier or a file offset.
    pub id_size: usize,
    /// Offset of the `ROOT` structure's `ibFileEof` in the header.
    pub header_root: usize,
    /// Offset of `bSentinel`; `bCryptMethod` follows it.
    pub header_sentinel: usize,
    /// Offset of `dwCRCFull`, which ANSI files do not have.
    pub header_crc_full: Option<usize>,
    pub page_size: usize,
    /// Offset of the page trailer; the checksum covers what stands before.
    pub page_trailer: usize,
    /// Offsets of checksum and identifier in the page trailer.
    pub page_crc: usize,
    pub page_bid: usize,
    /// Offset of `cEnt` in a page of a B-tree.
    pub btree_meta: usize,
    /// Size of `cEnt` and `cEntMax`.
    pub btree_count_size: usize,
    /// Sizes of the entries of NBT and BBT leaves.
    pub node_entry: usize,
    pub block_entry: usize,
    /// Blocks start and end at multiples of this.
    pub block_align: usize,
    pub block_trailer: usize,
    /// Offsets of checksum and identifier in the block trailer.
    pub block_crc: usize,
    pub block_bid: usize,
    /// The size of the largest block with its trailer.
    pub block_max: usize,
    /// Size of what stands before the entries of a subnode block.
    pub subnode_header: usize,
    /// How many bits of a heap ID are the index within the block.
    pub heap_index_bits: u32,
    /// Size of a row number in the row index of a table.
    pub row_number: usize,
}

impl Format {
    /// Finds the format by `wVer`.
    ///
    /// # Errors
    /// `MAPI_E_VERSION` if the version is not known.
    pub fn by_version(version: u16) -> Result<&'static Self> {
        match version {
            14 | 15 => Ok(&ANSI),
            21 | 23 => Ok(&UNICODE),
            36 => Ok(&UNICODE_4K),
            _ => Err(Error::new(
                ErrorCode::VERSION,
                format!(
                    "version {version} of the PST format is not known (14, 15, 21, 23 and 36 are)"
                ),
            )),
        }
    }

    /// The most bytes that a block can hold.
    pub fn block_payload(&self) -> usize {
        self.block_max - self.block_trailer
    }

    /// The bytes that a block of some size takes in the file, padding and trailer included.
    pub fn block_extent(&self, size: usize) -> usize {
        (size + self.block_trailer).next_multiple_of(self.block_align)
    }
}

/// [2.2.2.6 HEADER](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/c9876f5a-664b-46a3-9887-ba63f113abf5)
/// and the structures below it in their ANSI variants.
static ANSI: Format = Format {
    kind: FormatKind::Ansi,
    id_size: 4,
    header_root: 168,
    header_sentinel: 460,
    header_crc_full: None,
    page_size: 512,
    page_trailer: 500,
    page_crc: 8,
    page_bid: 4,
    btree_meta: 496,
    btree_count_size: 1,
    node_entry: 16,
    block_entry: 12,
    block_align: 64,
    block_trailer: 12,
    block_crc: 8,
    block_bid: 4,
    block_max: 8192,
    subnode_header: 4,
    heap_index_bits: 11,
    row_number: 2,
};

/// The same in their Unicode variants.
static UNICODE: Format = Format {
    kind: FormatKind::Unicode,
    id_size: 8,
    header_root: 184,
    header_sentinel: 512,
    header_crc_full: Some(524),
    page_size: 512,
    page_trailer: 496,
    page_crc: 4,
    page_bid: 8,
    btree_meta: 488,
    btree_count_size: 1,
    node_entry: 28,
    block_entry: 20,
    block_align: 64,
    block_trailer: 16,
    block_crc: 4,
    block_bid: 8,
    block_max: 8192,
    subnode_header: 8,
    heap_index_bits: 11,
    row_number: 4,
};

/// What is known of the format with pages of 4096 bytes, from files.
static UNICODE_4K: Format = Format {
    kind: FormatKind::Unicode4k,
    page_size: 4096,
    page_trailer: 4072,
    btree_meta: 4056,
    btree_count_size: 2,
    block_align: 512,
    block_trailer: 24,
    block_max: 65536,
    heap_index_bits: 14,
    id_size: 8,
    header_root: 184,
    header_sentinel: 512,
    header_crc_full: Some(524),
    page_crc: 4,
    page_bid: 8,
    node_entry: 28,
    block_entry: 20,
    block_crc: 4,
    block_bid: 8,
    subnode_header: 8,
    row_number: 4,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(Format::by_version(14).unwrap().kind, FormatKind::Ansi);
        assert_eq!(Format::by_version(23).unwrap().kind, FormatKind::Unicode);
        assert_eq!(Format::by_version(36).unwrap().block_payload(), 65512);
        let error = Format::by_version(37).unwrap_err();
        assert_eq!(error.code(), ErrorCode::VERSION);
        assert!(error.message().contains("37"));
    }

    #[test]
    fn a_block_ends_with_its_trailer_at_a_boundary() {
        let format = Format::by_version(23).unwrap();
        assert_eq!(format.block_extent(8176), 8192);
        assert_eq!(format.block_extent(48), 64);
        assert_eq!(format.block_extent(49), 128);
    }
}
