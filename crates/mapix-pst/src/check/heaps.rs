//! Heaps, and the lists (BTHs) in them.

use super::finding::{Findings, Place};
use super::rules;
use super::trees::expected;
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::ltp::{Heap, HeapId};
use crate::ndb::{Bid, DataTree, Ndb};

/// Opens a heap and judges the map of each of its blocks; `None` if it is none of the types.
pub(super) fn open<'a>(
    ndb: &'a Ndb,
    data: Bid,
    clients: &[u8],
    place: &Place,
    out: &mut Findings<'_>,
) -> Option<Heap<'a>> {
    let heap = match Heap::open(ndb, data) {
        Ok(heap) => heap,
        Err(error) => {
            out.add(&rules::HEAP_OPEN, place.clone(), error.to_string());
            return None;
        }
    };
    if !out.spend(heap.size(), place) {
        return None;
    }
    out.report.checked.heaps += 1;
    check_blocks(ndb, data, place, out);
    if !clients.contains(&heap.client()) {
        let wanted = clients.first().copied().unwrap_or_default();
        out.add(&rules::HEAP_CLIENT, place.clone(), expected(wanted, heap.client()));
        return None;
    }
    Some(heap)
}

fn check_blocks(ndb: &Ndb, data: Bid, place: &Place, out: &mut Findings<'_>) {
    let tree = match DataTree::open(ndb, data) {
        Ok(tree) => tree,
        Err(error) => {
            out.add(&rules::HEAP_BLOCK, place.clone(), error.to_string());
            return;
        }
    };
    for index in 0..tree.block_count() {
        match tree.block(ndb, index).and_then(|entry| ndb.block(entry.bid)) {
            Ok(block) => {
                let place = place.part(format!("block {index} of the heap"));
                check_map(&block, index, &place, out);
            }
            Err(error) => {
                let place = place.part(format!("block {index} of the heap"));
                out.add(&rules::HEAP_BLOCK, place, error.to_string());
            }
        }
    }
}

/// Judges a [2.3.1.5 HNPAGEMAP](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/291653c0-b347-4c5b-ba41-85ad780b4ba4).
fn check_map(block: &[u8], index: usize, place: &Place, out: &mut Findings<'_>) {
    let map = usize::from(u16_at(block, 0).unwrap_or_default());
    let (Some(count), Some(free)) = (u16_at(block, map), u16_at(block, map + 2)) else {
        out.add(&rules::HEAP_MAP, place.clone(), format!("no map at {map:#x}"));
        return;
    };
    // The sizes of HNHDR, HNBITMAPHDR and HNPAGEHDR.
    let header = match index {
        0 => 12,
        _ if index % 128 == 8 => 66,
        _ => 2,
    };
    let (mut last, mut empty) = (header, 0);
    for number in 0..=usize::from(count) {
        let Some(offset) = u16_at(block, map + 4 + number * 2) else {
            let detail = format!("{count} pieces, but the map ends after {number}");
            out.add(&rules::HEAP_MAP, place.clone(), detail);
            return;
        };
        let offset = usize::from(offset);
        if offset < last || offset > map {
            let detail = format!("piece {number} at {offset:#x}, the one before ends at {last:#x}");
            out.add(&rules::HEAP_MAP, place.clone(), detail);
            return;
        }
        empty += usize::from(number > 0 && offset == last);
        last = offset;
    }
    if usize::from(free) != empty {
        let detail = format!("expected {empty}, found {free}");
        out.add(&rules::HEAP_FREE, place.clone(), detail);
    }
}

/// What takes the records of a list, key and data.
type EachRecord<'e> = dyn FnMut(&[u8], &[u8], &mut Findings<'_>) + 'e;

/// A list in a heap, and what its records should be.
pub(super) struct List<'a, 'h> {
    pub(super) heap: &'a Heap<'h>,
    pub(super) header: HeapId,
    /// The size of the keys.
    pub(super) key: usize,
    /// The sizes that the data may have.
    pub(super) data: &'static [usize],
}

impl List<'_, '_> {
    const TYPE: u8 = 0xB5;
    const MAX_LEVELS: u8 = 8;

    /// Judges a [2.3.2 BTH](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/2dd1a95a-c8b1-4ac5-87d1-10cb8de64053)
    /// and gives each record to a closure. False if there is none.
    pub(super) fn check(
        &self,
        place: &Place,
        out: &mut Findings<'_>,
        each: &mut EachRecord<'_>,
    ) -> bool {
        let header = match self.heap.get(self.header) {
            Ok(header) => header,
            Err(error) => {
                out.add(&rules::BTH_HEADER, place.clone(), error.to_string());
                return false;
            }
        };
        let byte = |at: usize| u8_at(&header, at).unwrap_or_default();
        let (key, data) = (usize::from(byte(1)), usize::from(byte(2)));
        let levels = byte(3);
        if byte(0) != Self::TYPE
            || key != self.key
            || !self.data.contains(&data)
            || levels > Self::MAX_LEVELS
            || header.len() < 8
        {
            let detail = format!(
                "type {:#04x}, keys of {key} bytes, data of {data}, {levels} levels",
                byte(0),
            );
            out.add(&rules::BTH_HEADER, place.clone(), detail);
            return false;
        }
        let root = HeapId(u32_at(&header, 4).unwrap_or_default());
        drop(header);
        if !root.is_null() {
            // Parts are disjoint pieces of the heap; one that is named twice would exceed it.
            let mut walk = Walk { list: self, data, place, last: None, left: self.heap.size() };
            walk.part(root, levels, None, out, each);
        }
        true
    }
}

struct Walk<'a, 'l, 'h> {
    list: &'a List<'l, 'h>,
    /// The size of the data.
    data: usize,
    place: &'a Place,
    last: Option<u64>,
    left: u64,
}

impl Walk<'_, '_, '_> {
    fn part(
        &mut self,
        id: HeapId,
        level: u8,
        first: Option<u64>,
        out: &mut Findings<'_>,
        each: &mut EachRecord<'_>,
    ) {
        let list = self.list;
        let item = match list.heap.get(id) {
            Ok(item) => item,
            Err(error) => {
                out.add(&rules::BTH_NODE, self.place.clone(), error.to_string());
                return;
            }
        };
        let Some(left) = self.left.checked_sub(item.len().max(1) as u64) else {
            // What it names is more than there can be, so the rest is not looked at.
            if self.left > 0 {
                out.add(&rules::BTH_NODE, self.place.clone(), "parts are used more than once");
            }
            self.left = 0;
            return;
        };
        self.left = left;
        let stride = list.key + if level == 0 { self.data } else { 4 };
        if !item.len().is_multiple_of(stride) {
            let detail = format!("{id:?}: {} bytes, records of {stride}", item.len());
            out.add(&rules::BTH_SIZE, self.place.clone(), detail);
        }
        for (index, record) in item.chunks_exact(stride).enumerate() {
            let (key, data) = record.split_at(list.key);
            let number = key.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
            if index == 0 && first.is_some_and(|first| first != number) {
                let detail = expected(first.unwrap_or_default(), number);
                out.add(&rules::BTH_KEY, self.place.clone(), detail);
            }
            if level > 0 {
                let child = HeapId(u32_at(data, 0).unwrap_or_default());
                self.part(child, level - 1, Some(number), out, each);
                continue;
            }
            // Some writers leave an empty record at the end.
            if self.last.is_none() || record.iter().any(|byte| *byte != 0) {
                match self.last {
                    Some(last) if last == number => {
                        out.add(&rules::BTH_DUPLICATE, self.place.clone(), format!("{number:#x}"));
                    }
                    Some(last) if last > number => {
                        let detail = format!("{number:#x} follows {last:#x}");
                        out.add(&rules::BTH_ORDER, self.place.clone(), detail);
                    }
                    _ => {}
                }
                self.last = Some(number);
            }
            each(key, data, out);
        }
    }
}
