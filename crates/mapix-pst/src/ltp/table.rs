//! Table contexts: the rows of a folder, of recipients, of attachments.

use mapix_core::prop::{CodePage, Prop, PropBag, PropTag, Value};
use mapix_core::{Context, Error, ErrorCode, Result};

use super::bth::Bth;
use super::heap::{Heap, HeapId};
use super::prop::value_at;
use super::value::decode;
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::ndb::{Bid, Block, DataTree, Ndb, Nid, Node, subnode};

/// A table:
/// [2.3.4 TC](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/5e48be0d-a75a-4918-a277-50408ff96740).
/// Rows are read when they are asked for.
pub struct Table<'a> {
    heap: Heap<'a>,
    sub: Bid,
    columns: Vec<Column>,
    /// Heaps of single columns, which wide tables have.
    heaps: Vec<(Nid, Heap<'a>)>,
    /// Size of a row, and where the bits that say which cells exist start in it.
    row_size: usize,
    exists_at: usize,
    matrix: Matrix,
    /// The rows by their position in the matrix.
    rows: Vec<RowEntry>,
}

/// A column:
/// [2.3.4.2 TCOLDESC](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/3a2f63cf-bb40-4559-910c-e55ec43d9cbb).
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The property.
    pub tag: PropTag,
    /// Where its cell starts in a row, how many bytes it has, and which bit says that it exists.
    offset: u16,
    size: u16,
    bit: u16,
    /// The subnode whose heap holds the values; 0 for the table's own heap.
    heap: Nid,
}

/// A row as the row index knows it:
/// [2.3.4.3.1 TCROWID](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e20b5cf4-ea56-48b8-a8fa-e086c9b862ca).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RowEntry {
    /// Its position in the matrix.
    pub index: u32,
    /// Its number (`dwRowID`); in tables of a folder, the number of the node.
    pub id: u32,
}

/// Where the rows are:
/// [2.3.4.4 Row Matrix](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/c48fa6b4-bfd4-49d7-80f8-8718bc4bcddc).
enum Matrix {
    Heap(HeapId),
    Node { tree: DataTree, rows_per_block: usize },
}

/// The bytes of a row.
pub struct RawRow {
    bytes: Vec<u8>,
}

impl<'a> Table<'a> {
    /// `bClientSig` of its heap.
    pub const CLIENT: u8 = 0x7C;
    /// `bClientSig` of wide tables, which search folders have. [MS-PST] does not describe them:
    /// the columns stand in a subnode, and each has a heap of its own for its values.
    ///
    /// [MS-PST]: https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/
    pub const WIDE_CLIENT: u8 = 0xAC;

    /// Opens the table in a node.
    pub fn open(ndb: &'a Ndb, node: &Node) -> Result<Self> {
        let place = || format!("table {:?}", node.nid);
        let heap = Heap::open(ndb, node.data).context(place)?;
        if !matches!(heap.client(), Self::CLIENT | Self::WIDE_CLIENT) {
            let cause = format!("heap of type {:#04x}, not a table", heap.client());
            return Err(Error::corrupt(cause).context(place()));
        }
        Self::read(heap, node).context(place)
    }

    /// Reads the
    /// [2.3.4.1 TCINFO](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/45b3a0c5-d6d6-4e02-aebf-13766ff693f0).
    fn read(heap: Heap<'a>, node: &Node) -> Result<Self> {
        let info = heap.get(heap.root())?;
        if u8_at(&info, 0) != Some(heap.client()) {
            return Err(Error::corrupt("not the description of a table"));
        }
        let fields = || {
            let ends = (u16_at(&info, 6)?, u16_at(&info, 8)?);
            Some((ends, HeapId(u32_at(&info, 10)?), u32_at(&info, 14)?))
        };
        let cut = || Error::corrupt("the table's description is cut off");
        let ((exists_at, row_size), index, matrix) = fields().ok_or_else(cut)?;
        let (exists_at, row_size) = (usize::from(exists_at), usize::from(row_size));
        let columns = if heap.client() == Self::CLIENT {
            columns(&info).ok_or_else(cut)?
        } else {
            wide_columns(&heap, node.sub, &info)?
        };
        if row_size < 4 || exists_at > row_size {
            return Err(Error::corrupt(format!("rows of {row_size} bytes cannot be")));
        }
        // Each column has a bit of its own; without, every byte of a row could stand for many.
        if columns.len() > 8 * (row_size - exists_at) {
            let cause = format!("{} columns are more than the rows tell of", columns.len());
            return Err(Error::corrupt(cause));
        }
        drop(info);
        let matrix = Matrix::open(heap.ndb, node.sub, matrix, row_size)?;
        let rows = row_index(&heap, index, &matrix, node.nid)?;
        let heaps = column_heaps(heap.ndb, node, &columns);
        Ok(Self { heap, sub: node.sub, columns, heaps, row_size, exists_at, matrix, rows })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows in the order in which they are stored.
    pub fn rows(&self) -> &[RowEntry] {
        &self.rows
    }

    /// Reads the cells of the rows one after the other, and gives each row to a closure, until
    /// it gives `false`.
    pub fn visit(&self, mut each: impl FnMut(&RowEntry, Result<&RawRow>) -> bool) {
        let mut block = (usize::MAX, Block::default());
        let mut row = RawRow { bytes: Vec::with_capacity(self.row_size) };
        for entry in &self.rows {
            let read = self.raw(entry, &mut block, &mut row.bytes);
            let read = read.context(|| format!("row {:#x}", entry.id));
            if !each(entry, read.map(|()| &row)) {
                break;
            }
            if self.heap.is_spent() || self.heaps.iter().any(|(_, heap)| heap.is_spent()) {
                each(entry, self.heap.spend(1).map(|()| &row));
                break;
            }
        }
    }

    /// Reads the bytes of a row; the block that was used last is kept by the caller.
    fn raw(&self, entry: &RowEntry, last: &mut (usize, Block), row: &mut Vec<u8>) -> Result<()> {
        let index = entry.index as usize;
        let beyond = || Error::corrupt(format!("the table has no row {index}"));
        row.clear();
        let mut cut = |bytes: &[u8], number: usize| {
            let start = number.checked_mul(self.row_size)?;
            row.extend_from_slice(bytes.get(start..start.checked_add(self.row_size)?)?);
            u32_at(row, 0)
        };
        let found = match &self.matrix {
            Matrix::Heap(id) => cut(&self.heap.get(*id)?, index),
            Matrix::Node { tree, rows_per_block } => {
                let number = index / rows_per_block;
                if number >= tree.block_count() {
                    return Err(beyond());
                }
                if last.0 != number {
                    let bid = tree.block(self.heap.ndb, number)?.bid;
                    *last = (number, self.heap.ndb.block(bid)?);
                }
                cut(&last.1, index % rows_per_block)
            }
        };
        match found.ok_or_else(beyond)? {
            found if found == entry.id => Ok(()),
            found => Err(Error::corrupt(format!(
                "the row index says {:#x}, but the row is {found:#x}",
                entry.id
            ))),
        }
    }

    /// Whether a cell of a row exists.
    fn exists(&self, row: &RawRow, column: &Column) -> bool {
        let at = self.exists_at + usize::from(column.bit / 8);
        u8_at(&row.bytes, at).is_some_and(|byte| byte & (0x80 >> (column.bit % 8)) != 0)
    }

    /// The cells of a row that exist and are wanted. A cell that cannot be read becomes
    /// [`Value::Error`], and its error is given to `broken`.
    pub fn bag(
        &self,
        row: &RawRow,
        code_page: CodePage,
        inline: u64,
        wanted: impl Fn(PropTag) -> bool,
        mut broken: impl FnMut(PropTag, Error),
    ) -> PropBag {
        let mut props = Vec::with_capacity(self.columns.len());
        let columns = self.columns.iter();
        for column in columns.filter(|column| wanted(column.tag) && self.exists(row, column)) {
            let value = self.cell(row, column, code_page, inline).unwrap_or_else(|error| {
                broken(column.tag, error);
                Value::Error(ErrorCode::CORRUPT_DATA)
            });
            props.push(Prop { tag: column.tag, value });
        }
        props.into_iter().collect()
    }

    fn cell(
        &self,
        row: &RawRow,
        column: &Column,
        code_page: CodePage,
        inline: u64,
    ) -> Result<Value> {
        // A cell takes at least a byte of its row.
        self.heap.spend(1)?;
        let prop_type = column.tag.prop_type();
        let (start, size) = (usize::from(column.offset), usize::from(column.size));
        let cell = row.bytes.get(start..start + size);
        let cell = cell.ok_or_else(|| Error::corrupt("the cell lies outside of its row"))?;
        // Values of up to 8 bytes stand in the row, whatever size the column says.
        if let Some(size) = prop_type.fixed_size().filter(|size| *size <= 8) {
            let exact = row.bytes.get(start..start + size).unwrap_or(cell);
            return Ok(decode(prop_type, exact, code_page));
        }
        let hnid = u32_at(&row.bytes, start);
        let hnid = hnid.ok_or_else(|| Error::corrupt("the cell lies outside of its row"))?;
        let heap = match column.heap {
            Nid(0) => &self.heap,
            nid => {
                let at = self.heaps.binary_search_by_key(&nid, |(known, _)| *known).ok();
                let found = at.and_then(|at| self.heaps.get(at));
                let missing = || Error::corrupt("the heap of the column is missing");
                &found.ok_or_else(missing)?.1
            }
        };
        value_at(heap, self.sub, HeapId(hnid), prop_type, code_page, inline)
    }
}

fn columns(info: &[u8]) -> Option<Vec<Column>> {
    let count = usize::from(u8_at(info, 1)?);
    let column = |number: usize| {
        let at = 22 + number * 8;
        Some(Column {
            tag: PropTag(u32_at(info, at)?),
            offset: u16_at(info, at + 4)?,
            size: u8_at(info, at + 6)?.into(),
            bit: u8_at(info, at + 7)?.into(),
            heap: Nid(0),
        })
    };
    (0..count).map(column).collect()
}

fn wide_columns(heap: &Heap<'_>, sub: Bid, info: &[u8]) -> Result<Vec<Column>> {
    let missing = || Error::corrupt("the columns of the wide table are missing");
    let count = usize::from(u16_at(info, 22).ok_or_else(missing)?);
    let place = u32_at(info, 24).ok_or_else(missing)?;
    let bytes = if HeapId(place).is_heap() {
        heap.get(HeapId(place))?.to_vec()
    } else {
        let node = subnode::find(heap.ndb, sub, Nid(place))?.ok_or_else(missing)?;
        DataTree::open(heap.ndb, node.data)?.read(heap.ndb, WIDE_COLUMN * (1 << 16))?
    };
    let column = |bytes: &[u8]| {
        Some(Column {
            tag: PropTag(u32_at(bytes, 0)?),
            offset: u16_at(bytes, 4)?,
            size: u16_at(bytes, 6)?,
            bit: u16_at(bytes, 8)?,
            heap: Nid(u32_at(bytes, 12)?),
        })
    };
    let columns: Vec<Column> =
        bytes.chunks_exact(WIDE_COLUMN as usize).take(count).filter_map(column).collect();
    if columns.len() < count {
        return Err(missing());
    }
    Ok(columns)
}

/// The size of the description of a column in a wide table.
const WIDE_COLUMN: u64 = 16;

/// How many columns may have a heap of their own. Each stays in memory while the table is open.
const MOST_HEAPS: usize = 512;

/// Opens the heaps of the columns, sorted by their numbers. One that cannot be opened is a
/// diagnostic; its cells are errors.
fn column_heaps<'a>(ndb: &'a Ndb, table: &Node, columns: &[Column]) -> Vec<(Nid, Heap<'a>)> {
    let mut heaps = Vec::new();
    let mut columns: Vec<&Column> = columns.iter().filter(|column| column.heap != Nid(0)).collect();
    columns.sort_by_key(|column| column.heap);
    columns.dedup_by_key(|column| column.heap);
    for (count, column) in columns.into_iter().enumerate() {
        let open = || match subnode::find(ndb, table.sub, column.heap)? {
            _ if count >= MOST_HEAPS => Err(Error::corrupt("too many columns have a heap")),
            Some(node) => Heap::open(ndb, node.data),
            None => Err(Error::corrupt("no such subnode")),
        };
        match open() {
            Ok(heap) => heaps.push((column.heap, heap)),
            Err(error) => {
                let place = format!("table {:?}: column {:?}", table.nid, column.tag);
                ndb.diagnostics.error(None, place, error);
            }
        }
    }
    heaps
}

impl Matrix {
    fn open(ndb: &Ndb, sub: Bid, hnid: u32, row_size: usize) -> Result<Self> {
        if HeapId(hnid).is_heap() {
            return Ok(Self::Heap(HeapId(hnid)));
        }
        let nid = Nid(hnid);
        let node = subnode::find(ndb, sub, nid)?
            .ok_or_else(|| Error::corrupt(format!("the rows' subnode {nid:?} is missing")))?;
        let tree = DataTree::open(ndb, node.data)?;
        // Rows do not cross the border of a block.
        let rows_per_block = (ndb.format().block_payload() / row_size).max(1);
        Ok(Self::Node { tree, rows_per_block })
    }
}

/// Reads the row index; the rows come in the order of the matrix.
fn row_index(heap: &Heap<'_>, index: HeapId, matrix: &Matrix, nid: Nid) -> Result<Vec<RowEntry>> {
    let mut rows = Vec::new();
    if index.is_null() || matches!(matrix, Matrix::Heap(id) if id.is_null()) {
        return Ok(rows);
    }
    let bth = Bth::open(heap, index).context(|| "row index")?;
    let number = heap.ndb.format().row_number;
    if bth.key != 4 || bth.data < number {
        return Err(Error::corrupt("not a row index").context("row index"));
    }
    let entry = |key: &[u8], data: &[u8]| {
        let index = match number {
            2 => u16_at(data, 0)?.into(),
            _ => u32_at(data, 0)?,
        };
        Some(RowEntry { index, id: u32_at(key, 0)? })
    };
    let broken =
        |error: Error| heap.ndb.diagnostics.error(None, format!("row index of {nid:?}"), error);
    bth.records(heap, |key, data| rows.extend(entry(key, data)), broken);
    rows.sort_unstable();
    rows.dedup_by_key(|row| row.index);
    Ok(rows)
}
