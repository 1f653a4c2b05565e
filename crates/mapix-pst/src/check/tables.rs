//! Table contexts.

use mapix_core::prop::{CodePage, PropBag, PropTag, tags};

use super::finding::{Findings, Place};
use super::heaps::{self, List};
use super::props::{describe, odd};
use super::rules;
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::ltp::{Heap, HeapId, Table};
use crate::ndb::{DataTree, FormatKind, Ndb, Nid, Node, subnode};

/// Values up to this size are decoded to see whether they follow their type.
const DECODED: u64 = 4096;

/// Judges a table, and gives each of its rows, number and cells, to a closure. Gives the number
/// of rows; `None` if the table cannot be opened.
pub(super) fn check(
    ndb: &Ndb,
    node: &Node,
    place: &Place,
    out: &mut Findings<'_>,
    each: &mut dyn FnMut(u32, &PropBag, &mut Findings<'_>),
) -> Option<u64> {
    if node.data.is_null() {
        out.add(&rules::NOD_EMPTY, place.clone(), "");
        return None;
    }
    let clients = [Table::CLIENT, Table::WIDE_CLIENT];
    let heap = heaps::open(ndb, node.data, &clients, place, out)?;
    let info = Info::read(&heap, place, out)?;
    if heap.client() == Table::CLIENT {
        info.check_columns(place, out);
    }
    info.check_index(&heap, place, out);
    let table = match Table::open(ndb, node) {
        Ok(table) => table,
        Err(error) => {
            out.add(&rules::TC_INFO, place.clone(), error.to_string());
            return None;
        }
    };
    out.report.checked.tables += 1;
    let rows = info.matrix_rows(&heap, node);
    if rows > table.rows().len() as u64 {
        let detail = format!("{rows} rows, {} in the index", table.rows().len());
        out.add(&rules::TC_MATRIX, place.clone(), detail);
    }
    table.visit(|entry, row| {
        let place = || place.part(format!("row {:#x}", entry.id));
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                out.add(&rules::TC_ROW, place(), error.to_string());
                return true;
            }
        };
        out.report.checked.rows += 1;
        let bag = table.bag(
            row,
            CodePage::WESTERN,
            DECODED,
            |_| true,
            |tag, error| {
                let rule = if is_stale(ndb, tag) { &rules::TC_STALE } else { &rules::TC_CELL };
                out.add(rule, place(), format!("{}: {error}", describe(tag)));
            },
        );
        for prop in &bag {
            if let Some(detail) = odd(&prop.value) {
                let stale = is_stale(ndb, prop.tag);
                let rule = if stale { &rules::TC_STALE } else { &rules::TC_DECODE };
                out.add(rule, place(), format!("{}: {detail}", describe(prop.tag)));
            }
        }
        each(entry.id, &bag, out);
        true
    });
    Some(table.rows().len() as u64)
}

/// Whether Outlook leaves a column as it was when it changes the values that it refers to, as
/// the OST files with 4K pages show.
pub(super) fn is_stale(ndb: &Ndb, tag: PropTag) -> bool {
    ndb.format().kind == FormatKind::Unicode4k && tag == tags::SENT_REPRESENTING_NAME
}

/// A column as it is described.
struct Column {
    tag: PropTag,
    offset: usize,
    size: usize,
    bit: usize,
}

/// The [2.3.4.1 TCINFO](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/45b3a0c5-d6d6-4e02-aebf-13766ff693f0).
struct Info {
    /// Where the cells of 4 and 8, of 2, of 1 bytes and the bits end.
    ends: [usize; 4],
    index: HeapId,
    rows: u32,
    columns: Vec<Column>,
}

impl Info {
    fn read(heap: &Heap<'_>, place: &Place, out: &mut Findings<'_>) -> Option<Self> {
        let mut fail = |detail: String| out.add(&rules::TC_INFO, place.clone(), detail);
        let bytes = match heap.get(heap.root()) {
            Ok(bytes) => bytes,
            Err(error) => {
                fail(error.to_string());
                return None;
            }
        };
        if u8_at(&bytes, 0) != Some(heap.client()) {
            fail(format!("type {:#04x}", u8_at(&bytes, 0).unwrap_or_default()));
            return None;
        }
        let count = usize::from(u8_at(&bytes, 1).unwrap_or_default());
        let column = |number: usize| {
            let at = 22 + number * 8;
            Some(Column {
                tag: PropTag(u32_at(&bytes, at)?),
                offset: u16_at(&bytes, at + 4)?.into(),
                size: u8_at(&bytes, at + 6)?.into(),
                bit: u8_at(&bytes, at + 7)?.into(),
            })
        };
        let wide = heap.client() != Table::CLIENT;
        let columns: Vec<Column> =
            if wide { Vec::new() } else { (0..count).map_while(column).collect() };
        if !wide && columns.len() < count {
            fail(format!("{count} columns, but only {} are there", columns.len()));
            return None;
        }
        let end = |at: usize| usize::from(u16_at(&bytes, at).unwrap_or_default());
        let info = Self {
            ends: [end(2), end(4), end(6), end(8)],
            index: HeapId(u32_at(&bytes, 10).unwrap_or_default()),
            rows: u32_at(&bytes, 14).unwrap_or_default(),
            columns,
        };
        if !info.ends.is_sorted() || info.ends[3] < 4 {
            fail(format!("rows end at {:?}", info.ends));
            return None;
        }
        Some(info)
    }

    fn check_columns(&self, place: &Place, out: &mut Findings<'_>) {
        let [_, _, cells, row] = self.ends;
        let mut bits = vec![false; self.columns.len()];
        let mut taken = vec![false; cells];
        let mut used = 0;
        for column in &self.columns {
            let place = || place.part(format!("column {}", describe(column.tag)));
            let natural = column.tag.prop_type().fixed_size().filter(|size| *size <= 8);
            let natural = natural.unwrap_or(4).max(1);
            if column.size != natural {
                let detail = format!("expected {natural}, found {}", column.size);
                out.add(&rules::TC_ROW_SIZE, place(), detail);
            }
            let range = column.offset..column.offset + column.size.min(natural);
            match taken.get_mut(range.clone()) {
                Some(cell) if cell.iter().all(|taken| !taken) => cell.fill(true),
                Some(_) => out.add(&rules::TC_COLUMN, place(), format!("{range:?} is taken")),
                None => {
                    let detail = format!("{range:?}, but the cells end at {cells}");
                    out.add(&rules::TC_COLUMN, place(), detail);
                }
            }
            used = used.max(range.end);
            match bits.get_mut(column.bit) {
                Some(bit) if !*bit => *bit = true,
                _ => out.add(&rules::TC_BIT, place(), format!("bit {}", column.bit)),
            }
        }
        if !self.columns.is_sorted_by_key(|column| column.tag) {
            out.add(&rules::TC_ORDER, place.clone(), "");
        }
        if row - cells != self.columns.len().div_ceil(8) {
            let detail =
                format!("{} bytes of bits for {} columns", row - cells, self.columns.len());
            out.add(&rules::TC_SIZES, place.clone(), detail);
        } else if used < cells {
            let detail = format!("the columns end at {used}, the cells at {cells}");
            out.add(&rules::TC_SIZES, place.clone(), detail);
        }
        for (tag, offset, bit) in [(0x67F2_0003, 0, 0), (0x67F3_0003, 4, 1)] {
            let found = self.columns.iter().find(|column| column.tag == PropTag(tag));
            if found.is_none_or(|found| (found.offset, found.bit) != (offset, bit)) {
                out.add(&rules::TC_ID, place.clone(), describe(PropTag(tag)));
            }
        }
    }

    /// Judges the row index, whose entries must name different rows.
    fn check_index(&self, heap: &Heap<'_>, place: &Place, out: &mut Findings<'_>) {
        if self.index.is_null() {
            out.add(&rules::TC_INFO, place.clone(), "no row index");
            return;
        }
        // Some of the tables that ANSI files are made with have wide row numbers.
        let data: &[usize] = if heap.ndb.format().row_number == 2 { &[2, 4] } else { &[4] };
        let list = List { heap, header: self.index, key: 4, data };
        let place = place.part("row index");
        let mut rows: Vec<u32> = Vec::new();
        list.check(&place, out, &mut |_, data, _| {
            let row = u32_at(data, 0).or_else(|| u16_at(data, 0).map(u32::from));
            rows.extend(row);
        });
        rows.sort_unstable();
        for pair in rows.windows(2).filter(|pair| pair[0] == pair[1]) {
            out.add(&rules::TC_SAME_ROW, place.clone(), format!("row {}", pair[0]));
        }
    }

    /// How many rows the matrix has room for.
    fn matrix_rows(&self, heap: &Heap<'_>, node: &Node) -> u64 {
        let row = self.ends[3] as u64;
        if self.rows == 0 {
            return 0;
        }
        if HeapId(self.rows).is_heap() {
            return heap.get(HeapId(self.rows)).map_or(0, |item| item.len() as u64 / row);
        }
        let ndb = heap.ndb;
        let Ok(Some(node)) = subnode::find(ndb, node.sub, Nid(self.rows)) else { return 0 };
        let Ok(tree) = DataTree::open(ndb, node.data) else { return 0 };
        (0..tree.block_count())
            .filter_map(|index| tree.block(ndb, index).ok())
            .map(|block| u64::from(block.size) / row)
            .sum()
    }
}
