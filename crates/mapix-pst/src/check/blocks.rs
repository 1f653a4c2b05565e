//! Every block: its bytes, its trailer, and for lists of blocks what they name.

use mapix_core::Result;

use super::finding::{Findings, Place};
use super::rules;
use super::trees::{BlockTable, NodeTable, expected};
use crate::bytes::{id_at, u8_at, u16_at, u32_at};
use crate::ndb::{Bid, BlockEntry, Ndb, Nid, checksum, signature};

/// Reads every block once, in the order of the file, and counts what refers to each.
pub(super) fn check(
    ndb: &Ndb,
    blocks: &mut BlockTable,
    nodes: &NodeTable,
    out: &mut Findings<'_>,
) -> Result<()> {
    for node in &nodes.list {
        refer(blocks, node.data, &Place::node(node.nid), out);
        refer(blocks, node.sub, &Place::node(node.nid), out);
        if node.sub.key() != 0 && !node.sub.is_internal() {
            let detail = format!("{:?}", node.sub);
            out.add(&rules::SUB_ROOT, Place::node(node.nid), detail);
        }
    }
    let mut order: Vec<u32> = (0..).take(blocks.list.len()).collect();
    order.sort_by_key(|index| blocks.list[*index as usize].offset);
    let mut buffer = Vec::new();
    for index in order {
        out.tick()?;
        let block = blocks.list[index as usize];
        let entry = BlockEntry {
            bid: Bid(block.bid),
            offset: block.offset,
            stored: block.stored,
            size: block.size,
        };
        let place = Place::bid(entry.bid, entry.offset);
        if !check_bytes(ndb, &entry, &place, &mut buffer, out) {
            continue;
        }
        out.report.checked.blocks += 1;
        if entry.bid.is_internal() && decode(ndb, &entry, &place, &mut buffer, out) {
            Internal { ndb, place: &place, bytes: &buffer }.check(blocks, out);
        } else if entry.stored != entry.size {
            decode(ndb, &entry, &place, &mut buffer, out);
        }
    }
    count(blocks, out);
    Ok(())
}

/// Counts a reference to a block.
fn refer(blocks: &mut BlockTable, bid: Bid, place: &Place, out: &mut Findings<'_>) {
    if bid.is_null() {
        return;
    }
    match blocks.find(bid) {
        Some(index) => {
            let found = &mut blocks.list[index].found;
            *found = found.saturating_add(1);
        }
        None => out.add(&rules::REF_MISSING, place.clone(), format!("{bid:?}")),
    }
}

/// Judges the bytes of a block as they are in the file; false if they are not there.
fn check_bytes(
    ndb: &Ndb,
    entry: &BlockEntry,
    place: &Place,
    buffer: &mut Vec<u8>,
    out: &mut Findings<'_>,
) -> bool {
    let (format, stored) = (ndb.format(), usize::from(entry.stored));
    if stored > format.block_payload() {
        out.add(&rules::BLK_UNREADABLE, place.clone(), format!("{stored} bytes are too many"));
        return false;
    }
    if stored == 0 {
        out.add(&rules::BLK_EMPTY, place.clone(), "");
    }
    if !entry.offset.is_multiple_of(format.block_align as u64) {
        let detail = format!("not a multiple of {}", format.block_align);
        out.add(&rules::BLK_ALIGN, place.clone(), detail);
    }
    buffer.resize(format.block_extent(stored), 0);
    if let Err(error) = ndb.read_at(buffer, entry.offset) {
        out.add(&rules::BLK_UNREADABLE, place.clone(), error.to_string());
        return false;
    }
    let at = buffer.len() - format.block_trailer;
    let crc = u32_at(buffer, at + format.block_crc).unwrap_or_default();
    let sum = checksum(buffer.get(..stored).unwrap_or_default());
    if crc != sum {
        out.add(&rules::BLK_CRC, place.clone(), expected(sum, crc));
    }
    let bid = id_at(buffer, at + format.block_bid, format.id_size).unwrap_or_default();
    if bid & !1 != entry.bid.key() {
        out.add(&rules::BLK_BID, place.clone(), expected(entry.bid.key(), bid));
    }
    let size = u16_at(buffer, at).unwrap_or_default();
    if size != entry.stored {
        out.add(&rules::BLK_SIZE, place.clone(), expected(entry.stored, size));
    }
    // The lowest bit of the identifier means nothing, but may have been signed.
    let sign = u16_at(buffer, at + 2).unwrap_or_default();
    let signs = [bid, entry.bid.key(), entry.bid.key() | 1].map(|bid| signature(entry.offset, bid));
    if !signs.contains(&sign) {
        out.add(&rules::BLK_SIGNATURE, place.clone(), expected(signs[1], sign));
    }
    true
}

/// Decodes the bytes in the buffer; false if they cannot be inflated.
fn decode(
    ndb: &Ndb,
    entry: &BlockEntry,
    place: &Place,
    buffer: &mut Vec<u8>,
    out: &mut Findings<'_>,
) -> bool {
    if entry.stored == entry.size {
        buffer.truncate(entry.stored.into());
        return true;
    }
    match ndb.read_block(entry, buffer) {
        Ok(()) => true,
        Err(error) => {
            out.add(&rules::BLK_INFLATE, place.clone(), error.message());
            false
        }
    }
}

/// A block that names other blocks.
struct Internal<'a> {
    ndb: &'a Ndb,
    place: &'a Place,
    bytes: &'a [u8],
}

impl Internal<'_> {
    fn check(&self, blocks: &mut BlockTable, out: &mut Findings<'_>) {
        match (u8_at(self.bytes, 0), u8_at(self.bytes, 1)) {
            (Some(1), Some(level @ 1..=2)) => self.list(level, blocks, out),
            (Some(2), Some(0)) => self.subnodes(blocks, out),
            (Some(2), Some(1)) => self.subnode_index(blocks, out),
            (kind, level) => {
                let detail = format!(
                    "type {:#x}, level {}",
                    kind.unwrap_or_default(),
                    level.unwrap_or_default()
                );
                out.add(&rules::BLK_KIND, self.place.clone(), detail);
            }
        }
    }

    /// How many entries there are, and what of them the block has room for.
    fn count(&self, header: usize, stride: usize, out: &mut Findings<'_>) -> usize {
        let count = usize::from(u16_at(self.bytes, 2).unwrap_or_default());
        let room = self.bytes.len().saturating_sub(header) / stride;
        if count > room {
            let detail = format!("{count} entries, but room for {room}");
            out.add(&rules::BLK_COUNT, self.place.clone(), detail);
        } else if count == 0 {
            out.add(&rules::BLK_COUNT, self.place.clone(), "no entries");
        }
        count.min(room)
    }

    /// [2.2.2.8.3.2 XBLOCK and XXBLOCK](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/5b7a6935-e83d-4917-9f62-6ce3707f09e0):
    /// the sizes below must make the size that is named, and all blocks but the last be full.
    fn list(&self, level: u8, blocks: &mut BlockTable, out: &mut Findings<'_>) {
        let size = self.ndb.format().id_size;
        let count = self.count(8, size, out);
        let payload = self.ndb.format().block_payload() as u64;
        let (mut total, mut known) = (0_u64, true);
        for index in 0..count {
            let bid = Bid(id_at(self.bytes, 8 + index * size, size).unwrap_or_default());
            refer(blocks, bid, self.place, out);
            let Some(child) = blocks.find(bid).map(|at| blocks.list[at]) else {
                known = false;
                continue;
            };
            if bid.is_internal() != (level == 2) {
                let detail = format!("{bid:?} in a list of level {level}");
                out.add(&rules::BLK_LIST_LEVEL, self.place.clone(), detail);
                known = false;
                continue;
            }
            let bytes = if level == 1 {
                Some(u64::from(child.size))
            } else {
                self.ndb.block(bid).ok().and_then(|list| u32_at(&list, 4)).map(u64::from)
            };
            let Some(bytes) = bytes else {
                known = false;
                continue;
            };
            total += bytes;
            if level == 1 && index + 1 < count && bytes != payload {
                let detail = format!("{bid:?} has {bytes} of {payload} bytes");
                out.add(&rules::BLK_NOT_FULL, self.place.clone(), detail);
            }
        }
        let named = u64::from(u32_at(self.bytes, 4).unwrap_or_default());
        if known && total != named {
            let detail = format!("lcbTotal is {named}, the blocks have {total} bytes");
            out.add(&rules::BLK_TOTAL, self.place.clone(), detail);
        }
    }

    /// [2.2.2.8.3.3.1 SLBLOCK](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/5182eb24-4b0b-4816-aa3f-719cc6e6b018).
    fn subnodes(&self, blocks: &mut BlockTable, out: &mut Findings<'_>) {
        let (size, header) = (self.ndb.format().id_size, self.ndb.format().subnode_header);
        let mut last = None;
        for index in 0..self.count(header, 3 * size, out) {
            let at = header + index * 3 * size;
            let nid = Nid(u32_at(self.bytes, at).unwrap_or_default());
            self.ordered(nid, &mut last, out);
            let place = self.place.sub(nid);
            for at in [at + size, at + 2 * size] {
                let bid = Bid(id_at(self.bytes, at, size).unwrap_or_default());
                refer(blocks, bid, &place, out);
            }
            let sub = Bid(id_at(self.bytes, at + 2 * size, size).unwrap_or_default());
            if !sub.is_null() && !sub.is_internal() {
                out.add(&rules::SUB_ROOT, place, format!("{sub:?}"));
            }
        }
    }

    /// [2.2.2.8.3.3.2 SIBLOCK](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/729fb9bd-060a-4bbc-9b3b-8f014b487dad).
    fn subnode_index(&self, blocks: &mut BlockTable, out: &mut Findings<'_>) {
        let (size, header) = (self.ndb.format().id_size, self.ndb.format().subnode_header);
        let count = self.count(header, 2 * size, out);
        let key = |index: usize| u32_at(self.bytes, header + index * 2 * size).map(Nid);
        let mut last = None;
        for index in 0..count {
            let nid = key(index).unwrap_or_default();
            self.ordered(nid, &mut last, out);
            let bid = id_at(self.bytes, header + index * 2 * size + size, size);
            let bid = Bid(bid.unwrap_or_default());
            refer(blocks, bid, self.place, out);
            let Ok(leaf) = self.ndb.block(bid) else { continue };
            if (u8_at(&leaf, 0), u8_at(&leaf, 1)) != (Some(2), Some(0)) || !bid.is_internal() {
                let detail = format!("{bid:?} is no leaf of a subnode tree");
                out.add(&rules::SUB_LEAF, self.place.clone(), detail);
                continue;
            }
            let entries = usize::from(u16_at(&leaf, 2).unwrap_or_default());
            let first = u32_at(&leaf, header).map(Nid);
            if entries > 0 && first != Some(nid) {
                let detail = format!("{nid:?}, but the leaf {bid:?} starts with {first:?}");
                out.add(&rules::SUB_KEY, self.place.clone(), detail);
            }
            let end = entries.checked_sub(1).and_then(|n| u32_at(&leaf, header + n * 3 * size));
            let next = (index + 1 < count).then(|| key(index + 1)).flatten();
            if let (Some(end), Some(next)) = (end, next)
                && Nid(end) >= next
            {
                let detail = format!("{:?} at the end of {bid:?}, then {next:?}", Nid(end));
                out.add(&rules::SUB_ORDER, self.place.clone(), detail);
            }
        }
    }

    fn ordered(&self, nid: Nid, last: &mut Option<Nid>, out: &mut Findings<'_>) {
        match *last {
            Some(last) if last == nid => {
                out.add(&rules::SUB_DUPLICATE, self.place.clone(), format!("{nid:?}"));
            }
            Some(last) if last > nid => {
                let detail = format!("{nid:?} follows {last:?}");
                out.add(&rules::SUB_ORDER, self.place.clone(), detail);
            }
            _ => {}
        }
        *last = Some(nid);
    }
}

/// Compares the reference counts with the references. The entry in the B-tree counts as one
/// ([2.2.2.7.7.3.1](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/53a4b926-8ac4-45c9-9c6d-8358d951dbcd)).
fn count(blocks: &BlockTable, out: &mut Findings<'_>) {
    for block in &blocks.list {
        let place = || Place::bid(Bid(block.bid), block.offset);
        let (found, count) = (u64::from(block.found) + 1, u64::from(block.count));
        if block.found == 0 {
            let rule = if count > 1 { &rules::REF_LOST } else { &rules::REF_ORPHAN };
            out.add(rule, place(), format!("{} bytes, reference count {count}", block.size));
        } else if count < found {
            out.add(&rules::REF_LOW, place(), format!("expected {found}, found {count}"));
        } else if count > found {
            out.add(&rules::REF_HIGH, place(), format!("expected {found}, found {count}"));
        }
    }
}
