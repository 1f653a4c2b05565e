//! The header at the start of a file.

use mapix_core::{Context, Error, ErrorCode, Result};

use super::crypt::Crypt;
use super::format::Format;
use super::{Bid, checksum};
use crate::bytes::{id_at, u8_at, u16_at, u32_at};
use crate::diagnostic::Diagnostics;
use crate::file::Source;

/// [2.2.2.6 HEADER](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/c9876f5a-664b-46a3-9887-ba63f113abf5)
/// and [2.2.2.5 ROOT](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/32ce8c94-4757-46c8-a169-3fd21abee584)
/// in it.
#[derive(Clone, Debug)]
pub struct Header {
    /// `wVer`.
    pub version: u16,
    /// Whether `wMagicClient` says that it is an OST file.
    pub is_ost: bool,
    /// How data blocks are encoded.
    pub crypt: Crypt,
    /// The length of the file as the header knows it.
    pub file_eof: u64,
    /// Where the root page of the node B-tree is.
    pub node_root: PageRef,
    /// Where the root page of the block B-tree is.
    pub block_root: PageRef,
    /// `fAMapValid`: whether the allocation maps can be trusted.
    pub maps_valid: u8,
}

/// Names a page: [2.2.2.4 BREF](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/844a5ebf-488a-45fd-8fce-92a84d8e24a3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRef {
    /// Its identifier.
    pub bid: Bid,
    /// Its offset in the file.
    pub offset: u64,
}

const MAGIC: &[u8] = b"!BDN";
/// The header's checksums start here.
const CRC_START: usize = 8;
const PARTIAL_END: usize = CRC_START + 471;
const FULL_END: usize = CRC_START + 516;
/// As much of the header as is read.
const SIZE: usize = 564;

impl Header {
    pub(super) fn read(
        source: &Source,
        diagnostics: &Diagnostics,
    ) -> Result<(Self, &'static Format)> {
        let mut bytes = vec![0; SIZE.min(usize::try_from(source.len()).unwrap_or(SIZE))];
        source.read_exact_at(&mut bytes, 0).context(|| "header")?;
        Self::parse(&bytes, diagnostics).context(|| "header")
    }

    fn parse(bytes: &[u8], diagnostics: &Diagnostics) -> Result<(Self, &'static Format)> {
        if bytes.get(..4) != Some(MAGIC) {
            return Err(not_a_pst(bytes));
        }
        let short = || Error::corrupt("the file ends within its header");
        let is_ost = match bytes.get(8..10) {
            Some(b"SM") => false,
            Some(b"SO") => true,
            Some(b"AB") => {
                return Err(Error::new(
                    ErrorCode::VERSION,
                    "this is a personal address book (PAB), not a message store",
                ));
            }
            Some(other) => {
                diagnostics.warn("header", format!("client magic {other:02X?} is not known"));
                false
            }
            None => return Err(short()),
        };
        let version = u16_at(bytes, 10).ok_or_else(short)?;
        let format = Format::by_version(version)?;
        check(bytes, format, diagnostics);

        let sentinel = u8_at(bytes, format.header_sentinel).ok_or_else(short)?;
        if sentinel != 0x80 {
            diagnostics.warn("header", format!("bSentinel is {sentinel:#04x}, not 0x80"));
        }
        let crypt = Crypt::by_number(u8_at(bytes, format.header_sentinel + 1).ok_or_else(short)?)?;
        let id = |index: usize| {
            id_at(bytes, format.header_root + index * format.id_size, format.id_size)
                .ok_or_else(short)
        };
        let header = Self {
            version,
            is_ost,
            crypt,
            file_eof: id(0)?,
            node_root: PageRef { bid: Bid(id(4)?), offset: id(5)? },
            block_root: PageRef { bid: Bid(id(6)?), offset: id(7)? },
            maps_valid: u8_at(bytes, format.header_root + 8 * format.id_size).ok_or_else(short)?,
        };
        Ok((header, format))
    }
}

/// A wrong checksum of the header does not hinder reading.
fn check(bytes: &[u8], format: &Format, diagnostics: &Diagnostics) {
    let parts =
        [("dwCRCPartial", Some(4), PARTIAL_END), ("dwCRCFull", format.header_crc_full, FULL_END)];
    for (name, at, end) in parts {
        let Some(at) = at else { continue };
        let (Some(stored), Some(covered)) = (u32_at(bytes, at), bytes.get(CRC_START..end)) else {
            continue;
        };
        let computed = checksum(covered);
        if stored != computed {
            let cause = format!("{name} is {stored:#010x}, but should be {computed:#010x}");
            diagnostics.warn("header", cause);
        }
    }
}

fn not_a_pst(bytes: &[u8]) -> Error {
    let what = match bytes {
        [] => "the file is empty",
        [0xD0, 0xCF, 0x11, 0xE0, ..] => "this is an OLE compound file (an .msg file?), not a PST",
        [b'P', b'K', 3, 4, ..] => "this is a ZIP archive, not a PST",
        _ if bytes.iter().all(|byte| *byte == 0) => "the header is all zeros",
        _ => "the file does not start with `!BDN`, so it is not a PST or OST file",
    };
    Error::corrupt(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<(Header, &'static Format)> {
        Header::parse(bytes, &Diagnostics::default())
    }

    #[test]
    fn what_is_no_pst_is_named() {
        assert!(parse(b"").unwrap_err().message().contains("empty"));
        assert!(parse(b"PK\x03\x04").unwrap_err().message().contains("ZIP"));
        assert!(parse(b"!BDN").unwrap_err().message().contains("ends within"));
        let mut bytes = [0; SIZE];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(b"SM\x25\x00");
        let error = parse(&bytes).unwrap_err();
        assert_eq!(error.code(), ErrorCode::VERSION);
        assert!(error.message().contains("37"));
    }
}
