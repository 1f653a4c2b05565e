//! Mends what stands in the way of a fuzzer: checksums, signatures, identifiers.

use std::collections::HashSet;
use std::ops::Range;

use mapix_pst::ndb::{Format, FormatKind, checksum, signature};

/// What is read of a header, and where the first structure is that anything reads.
const HEADER: usize = 564;
const FIRST: usize = 0x4400;

/// A file without the maps behind its header, which nothing reads: a fuzzer need not change them.
pub(crate) fn compact(file: &[u8]) -> Vec<u8> {
    [&file[..HEADER], &file[FIRST..]].concat()
}

/// The file out of its compact form.
pub(crate) fn expand(compact: &[u8]) -> Vec<u8> {
    let (header, rest) = compact.split_at(HEADER.min(compact.len()));
    let mut file = header.to_vec();
    file.resize(FIRST, 0);
    file.extend(rest);
    file
}

/// Mends the header and all pages and blocks that it leads to, as far as they are in the file.
pub(crate) fn seal(file: &mut [u8]) {
    if file.len() < HEADER {
        return;
    }
    put(file, 0, b"!BDN");
    if Format::by_version(u16::from_le_bytes([file[10], file[11]])).is_err() {
        let known = [23, 14, 36, 21][usize::from(file[10] % 4)];
        put(file, 10, &[known, 0]);
    }
    let Ok(format) = Format::by_version(file[10].into()) else { return };
    let crypt = &mut file[format.header_sentinel + 1];
    if *crypt != 0x10 {
        *crypt %= 3;
    }
    let root = |index: usize| format.header_root + index * format.id_size;
    for (kind, at) in [(0x81, 4), (0x80, 6)] {
        let bid = id(file, format, root(at)).unwrap_or_default();
        let offset = id(file, format, root(at + 1)).unwrap_or_default();
        seal_tree(file, format, kind, (bid, offset));
    }
    seal_header(file, format);
}

pub(crate) fn seal_header(file: &mut [u8], format: &Format) {
    if let Some(at) = format.header_crc_full {
        let crc = checksum(&file[8..8 + 516]);
        put(file, at, &crc.to_le_bytes());
    }
    let crc = checksum(&file[8..8 + 471]);
    put(file, 4, &crc.to_le_bytes());
}

fn seal_tree(file: &mut [u8], format: &Format, kind: u8, root: (u64, u64)) {
    let mut seen = HashSet::new();
    let mut open = vec![root];
    let mut pages = Vec::new();
    while let Some((bid, offset)) = open.pop() {
        let Some(page) = range(file, offset, format.page_size) else { continue };
        if !seen.insert(offset) {
            continue;
        }
        pages.push((bid, offset));
        let (count, stride, level) = meta(file, format, page.start);
        let entries = (0..count).map(|index| page.start + index * stride);
        let size = format.id_size;
        for entry in entries.filter(|entry| entry + stride <= page.start + format.btree_meta) {
            let part = |index: usize| id(file, format, entry + index * size).unwrap_or_default();
            if level > 0 {
                open.push((part(1), part(2)));
            } else if kind == 0x80 {
                let stored =
                    u16::from_le_bytes([file[entry + 2 * size], file[entry + 2 * size + 1]]);
                let (bid, offset) = (part(0), part(1));
                seal_block(file, format, bid, offset, stored.into());
            }
        }
    }
    for (bid, offset) in pages {
        seal_page(file, format, kind, bid, offset);
    }
}

/// Count, size and level of the entries of a page.
fn meta(file: &[u8], format: &Format, page: usize) -> (usize, usize, u8) {
    let at = page + format.btree_meta;
    match format.kind {
        FormatKind::Unicode4k => {
            let count = u16::from_le_bytes([file[at], file[at + 1]]);
            (count.into(), file[at + 4].into(), file[at + 5])
        }
        _ => (file[at].into(), file[at + 2].into(), file[at + 3]),
    }
}

pub(crate) fn seal_page(file: &mut [u8], format: &Format, kind: u8, bid: u64, offset: u64) {
    let Some(page) = range(file, offset, format.page_size) else { return };
    let trailer = page.start + format.page_trailer;
    put(file, trailer, &[kind, kind]);
    put(file, trailer + 2, &signature(offset, bid).to_le_bytes());
    put(file, trailer + format.page_bid, &bid.to_le_bytes()[..format.id_size]);
    let crc = checksum(&file[page.start..trailer]);
    put(file, trailer + format.page_crc, &crc.to_le_bytes());
}

fn seal_block(file: &mut [u8], format: &Format, bid: u64, offset: u64, stored: usize) {
    if stored > format.block_payload() {
        return;
    }
    let Some(block) = range(file, offset, format.block_extent(stored)) else { return };
    let crc = checksum(&file[block.start..block.start + stored]);
    let trailer = block.end - format.block_trailer;
    put(file, trailer, &(stored as u16).to_le_bytes());
    put(file, trailer + 2, &signature(offset, bid).to_le_bytes());
    put(file, trailer + format.block_crc, &crc.to_le_bytes());
    put(file, trailer + format.block_bid, &bid.to_le_bytes()[..format.id_size]);
}

/// Where a structure is, if it is in the file, behind the header.
fn range(file: &[u8], offset: u64, size: usize) -> Option<Range<usize>> {
    let start = usize::try_from(offset).ok().filter(|start| *start >= HEADER)?;
    let end = start.checked_add(size).filter(|end| *end <= file.len())?;
    Some(start..end)
}

fn id(file: &[u8], format: &Format, at: usize) -> Option<u64> {
    let mut number = [0; 8];
    number[..format.id_size].copy_from_slice(file.get(at..at + format.id_size)?);
    Some(u64::from_le_bytes(number))
}

pub(crate) fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}
