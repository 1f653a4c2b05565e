//! What to do when the header points to pages that are no longer there.
//!
//! A program that stopped while it saved may have left a header that is older than the pages:
//! the roots it names have been written over. The newer pages are still in the file.

use std::sync::OnceLock;

use super::format::Format;
use super::header::PageRef;
use super::page::Tree;
use super::{Bid, Ndb, checksum, signature};
use crate::bytes::{id_at, u8_at, u16_at, u32_at};
use crate::file::Source;

/// How much is read at a time; a multiple of all page sizes.
const CHUNK: usize = 1 << 20;

impl Ndb {
    /// Takes the newest intact roots in the file if one of those in the header is unusable.
    pub(super) fn mend_roots(&mut self) {
        let error = match (self.check_root(Tree::Nodes), self.check_root(Tree::Blocks)) {
            (Ok(()), Ok(())) => return,
            (Err(error), _) | (_, Err(error)) => error,
        };
        let found = newest_roots(&self.source, self.format);
        let [Some(nodes), Some(blocks)] = found else { return };
        self.diagnostics.error(
            None,
            "header",
            format!(
                "it names a root that cannot be used ({error}), so the newest intact ones are \
                 taken: {:?} at {:#x} and {:?} at {:#x}",
                nodes.bid, nodes.offset, blocks.bid, blocks.offset
            ),
        );
        (self.node_top, self.block_top) = (OnceLock::new(), OnceLock::new());
        self.header.node_root = nodes;
        self.header.block_root = blocks;
    }
}

/// The roots of the node B-tree and the block B-tree: of the intact pages on the highest level
/// those with the highest identifiers, since these are given one after the other.
fn newest_roots(source: &Source, format: &Format) -> [Option<PageRef>; 2] {
    let mut best: [Option<(u8, PageRef)>; 2] = [None, None];
    let mut chunk = vec![0; CHUNK];
    let mut start: u64 = 0;
    while start < source.len() {
        let len = CHUNK.min(usize::try_from(source.len() - start).unwrap_or(CHUNK));
        let bytes = &mut chunk[..len];
        if source.read_exact_at(bytes, start).is_err() {
            break;
        }
        for (number, page) in bytes.chunks_exact(format.page_size).enumerate() {
            let offset = start + (number * format.page_size) as u64;
            let Some((tree, level, bid)) = intact(page, offset, format) else { continue };
            let best = &mut best[usize::from(tree == Tree::Blocks)];
            if best.is_none_or(|(high, at)| (level, bid) > (high, at.bid)) {
                *best = Some((level, PageRef { bid, offset }));
            }
        }
        start += CHUNK as u64;
    }
    best.map(|found| found.map(|(_, at)| at))
}

/// The tree, level and identifier of bytes that are a page without doubt.
fn intact(page: &[u8], offset: u64, format: &Format) -> Option<(Tree, u8, Bid)> {
    let trailer = format.page_trailer;
    let tree = match (u8_at(page, trailer)?, u8_at(page, trailer + 1)?) {
        (0x80, 0x80) => Tree::Blocks,
        (0x81, 0x81) => Tree::Nodes,
        _ => return None,
    };
    let bid = id_at(page, trailer + format.page_bid, format.id_size)?;
    let sealed = u16_at(page, trailer + 2)? == signature(offset, bid)
        && u32_at(page, trailer + format.page_crc)? == checksum(page.get(..trailer)?);
    let level = u8_at(page, format.btree_meta + 2 * format.btree_count_size + 1)?;
    sealed.then_some((tree, level, Bid(bid)))
}
