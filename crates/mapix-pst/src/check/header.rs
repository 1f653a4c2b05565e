//! The header: what can be judged from its bytes alone, and what only the rest of the file tells.

use mapix_core::Error;

use super::finding::{Findings, Place};
use super::rules;
use super::trees::{BlockTable, NodeTable, Pages};
use crate::bytes::{id_at, u8_at, u16_at, u32_at};
use crate::ndb::{Format, FormatKind, checksum};

/// The size of the header as far as it is judged.
pub(super) const SIZE: usize = 564;

/// The fields of the header that the reader has no use for:
/// [2.2.2.6 HEADER](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/c9876f5a-664b-46a3-9887-ba63f113abf5).
pub(super) struct RawHeader {
    pub(super) format: &'static Format,
    pub(super) bytes: Vec<u8>,
    pub(super) file_eof: u64,
    pub(super) last_map: u64,
    pub(super) map_free: u64,
    /// `cbPMapFree`: what old versions of Outlook hold ready for pages.
    pub(super) pages_free: u64,
    pub(super) maps_valid: u8,
    pub(super) node_root: (u64, u64),
    pub(super) block_root: (u64, u64),
    next_block: u64,
    next_page: u64,
}

impl RawHeader {
    /// Reads the fields; `None` if the bytes are no header of a known version.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let format = Format::by_version(u16_at(bytes, 10)?).ok()?;
        let size = format.id_size;
        let root = |index: usize| id_at(bytes, format.header_root + index * size, size);
        let (next_block, next_page) = match format.kind {
            FormatKind::Ansi => (24, 28),
            _ => (516, 32),
        };
        Some(Self {
            format,
            file_eof: root(0)?,
            last_map: root(1)?,
            map_free: root(2)?,
            pages_free: root(3)?,
            node_root: (root(4)?, root(5)?),
            block_root: (root(6)?, root(7)?),
            maps_valid: u8_at(bytes, format.header_root + 8 * size)?,
            next_block: id_at(bytes, next_block, size)?,
            next_page: id_at(bytes, next_page, size)?,
            bytes: bytes.get(..format.header_sentinel + 2)?.to_vec(),
        })
    }

    /// `rgbFM`: the longest free run of the first 128 maps.
    pub(super) fn free_runs(&self) -> &[u8] {
        let start = if self.format.kind == FormatKind::Ansi { 204 } else { 256 };
        self.bytes.get(start..start + 128).unwrap_or_default()
    }

    /// `rgnid`: the highest node index that was given out, by node type.
    fn high_water(&self, kind: u8) -> Option<u32> {
        let start = if self.format.kind == FormatKind::Ansi { 36 } else { 44 };
        u32_at(&self.bytes, start + usize::from(kind) * 4)
    }
}

/// Judges the bytes of the header; `None` if they are no header.
pub(super) fn check(bytes: &[u8], file_size: u64, out: &mut Findings<'_>) -> Option<RawHeader> {
    let place = || Place::named("header");
    if bytes.get(..4) != Some(b"!BDN") {
        return None;
    }
    let header = RawHeader::parse(bytes)?;
    let format = header.format;
    match bytes.get(8..10) {
        Some(b"SM" | b"SO") => {}
        other => out.add(
            &rules::HDR_CLIENT,
            place(),
            format!("expected `SM` or `SO`, found {:02X?}", other.unwrap_or_default()),
        ),
    }
    let sums = [
        (&rules::HDR_CRC_PARTIAL, Some(4), 8..479),
        (&rules::HDR_CRC_FULL, format.header_crc_full, 8..524),
    ];
    for (rule, at, covered) in sums {
        let stored = at.and_then(|at| u32_at(bytes, at));
        let (Some(stored), Some(covered)) = (stored, bytes.get(covered)) else { continue };
        let sum = checksum(covered);
        if stored != sum {
            out.add(rule, place(), format!("expected {sum:#010x}, found {stored:#010x}"));
        }
    }
    let sentinel = u8_at(bytes, format.header_sentinel).unwrap_or_default();
    if sentinel != 0x80 {
        out.add(&rules::HDR_SENTINEL, place(), format!("expected 0x80, found {sentinel:#04x}"));
    }
    if header.file_eof > file_size {
        let detail = format!("{} bytes by the header, {file_size} are there", header.file_eof);
        out.add(&rules::HDR_TRUNCATED, place(), detail);
    } else if header.file_eof < file_size {
        let detail = format!("{} bytes by the header, {file_size} are there", header.file_eof);
        out.add(&rules::HDR_LONGER, place(), detail);
    }
    if !matches!(header.maps_valid, 1 | 2) {
        out.add(&rules::HDR_MAPS_INVALID, place(), format!("fAMapValid is {}", header.maps_valid));
    }
    let platforms = (u8_at(bytes, 14), u8_at(bytes, 15));
    if platforms != (Some(1), Some(1)) {
        let (create, access) = (platforms.0.unwrap_or_default(), platforms.1.unwrap_or_default());
        let detail = format!("expected 1 and 1, found {create} and {access}");
        out.add(&rules::HDR_PLATFORM, place(), detail);
    }
    Some(header)
}

/// Tells why a file cannot be opened.
pub(super) fn unusable(error: &Error, out: &mut Findings<'_>) {
    use mapix_core::ErrorCode;
    let rule = match error.code() {
        ErrorCode::VERSION => &rules::HDR_VERSION,
        ErrorCode::NO_ACCESS => &rules::HDR_KEY,
        _ => &rules::HDR_UNUSABLE,
    };
    out.add(rule, Place::named("header"), error.to_string());
}

/// Compares the counters of the header with what they count.
pub(super) fn check_counters(
    header: &RawHeader,
    pages: &Pages,
    blocks: &BlockTable,
    nodes: &NodeTable,
    out: &mut Findings<'_>,
) {
    let place = || Place::named("header");
    // The lowest bit of a block identifier means nothing, the next is a mark.
    let highest = blocks.list.last().map_or(0, |block| block.bid & !3);
    if header.next_block & !3 <= highest {
        let detail = format!("bidNextB is {:#x}, block {highest:#x} exists", header.next_block);
        out.add(&rules::HDR_NEXT_BLOCK, place(), detail);
    }
    if header.next_page <= pages.highest_bid {
        let detail =
            format!("bidNextP is {:#x}, page {:#x} exists", header.next_page, pages.highest_bid);
        out.add(&rules::HDR_NEXT_PAGE, place(), detail);
    }
    let mut highest = [0_u32; 32];
    for node in &nodes.list {
        let slot = &mut highest[usize::from(node.nid.kind().0)];
        *slot = (*slot).max(node.nid.0 >> 5);
    }
    for (kind, highest) in highest.into_iter().enumerate().filter(|(_, highest)| *highest > 0) {
        let Some(mark) = header.high_water(kind as u8) else { continue };
        if mark < highest {
            let detail = format!("type {kind:#04x}: rgnid is {mark:#x}, node {highest:#x} exists");
            out.add(&rules::HDR_NID, place(), detail);
        }
    }
}
