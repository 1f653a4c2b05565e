//! Writes small files in every format: for tests without the corpus, and for files that no
//! program would write.

#![allow(dead_code)]

use std::io::Write as _;

use mapix_pst::ndb::{Crypt, Format, FormatKind, checksum, signature};

/// A file in the making. Block identifiers are given in order.
pub(crate) struct Builder {
    pub(crate) format: &'static Format,
    version: u16,
    crypt: Crypt,
    compress: bool,
    blocks: Vec<(u64, Vec<u8>, Option<u16>)>,
    nodes: Vec<[u64; 4]>,
}

/// Where the first block goes.
const START: usize = 0x5000;
const NODE_PAGES: u8 = 0x81;
const BLOCK_PAGES: u8 = 0x80;

impl Builder {
    pub(crate) fn new(version: u16, crypt: Crypt) -> Self {
        let format = Format::by_version(version).unwrap();
        let compress = format.kind == FormatKind::Unicode4k;
        Self { format, version, crypt, compress, blocks: Vec::new(), nodes: Vec::new() }
    }

    /// A block of data.
    pub(crate) fn block(&mut self, data: impl Into<Vec<u8>>) -> u64 {
        let bid = self.next();
        self.blocks.push((bid, data.into(), None));
        bid
    }

    /// A block of bytes that are stored as they are, and said to be inflated to a size, which
    /// means something only in files with 4K pages.
    pub(crate) fn stored(&mut self, bytes: impl Into<Vec<u8>>, size: u16) -> u64 {
        let bid = self.next();
        self.blocks.push((bid, bytes.into(), Some(size)));
        bid
    }

    /// A block that is a list of others.
    pub(crate) fn internal(&mut self, data: impl Into<Vec<u8>>) -> u64 {
        let bid = self.next() | 2;
        self.blocks.push((bid, data.into(), None));
        bid
    }

    /// The identifier that the next block will have.
    pub(crate) fn next(&self) -> u64 {
        (self.blocks.len() as u64 + 1) * 4
    }

    fn id(&self, number: u64) -> Vec<u8> {
        number.to_le_bytes()[..self.format.id_size].to_vec()
    }

    /// An XBLOCK or XXBLOCK.
    pub(crate) fn list(&mut self, level: u8, size: u32, bids: &[u64]) -> u64 {
        let mut data = vec![1, level];
        data.extend((bids.len() as u16).to_le_bytes());
        data.extend(size.to_le_bytes());
        bids.iter().for_each(|bid| data.extend(self.id(*bid)));
        self.internal(data)
    }

    /// Data of any size, in as many blocks as it needs.
    pub(crate) fn data(&mut self, data: &[u8]) -> u64 {
        if data.len() <= self.format.block_payload() {
            return self.block(data);
        }
        let blocks: Vec<u64> =
            data.chunks(self.format.block_payload()).map(|part| self.block(part)).collect();
        let most = (self.format.block_payload() - 8) / self.format.id_size;
        if blocks.len() <= most {
            return self.list(1, data.len() as u32, &blocks);
        }
        let size = |count: usize| (count * self.format.block_payload()) as u32;
        let lists: Vec<u64> =
            blocks.chunks(most).map(|part| self.list(1, size(part.len()), part)).collect();
        self.list(2, data.len() as u32, &lists)
    }

    /// A block of subnodes: number, data, subnodes of each.
    pub(crate) fn subnodes(&mut self, nodes: &[[u64; 3]]) -> u64 {
        let mut nodes = nodes.to_vec();
        nodes.sort_unstable();
        self.subnode_block(0, &nodes.iter().map(<[u64; 3]>::as_slice).collect::<Vec<_>>())
    }

    pub(crate) fn subnode_block(&mut self, level: u8, entries: &[&[u64]]) -> u64 {
        let mut data = vec![2, level];
        data.extend((entries.len() as u16).to_le_bytes());
        data.resize(self.format.subnode_header, 0);
        for number in entries.iter().flat_map(|entry| entry.iter()) {
            data.extend(self.id(*number));
        }
        self.internal(data)
    }

    pub(crate) fn node(&mut self, nid: u64, data: u64, sub: u64, parent: u64) {
        self.nodes.push([nid, data, sub, parent]);
    }

    /// The whole file.
    pub(crate) fn build(mut self) -> Vec<u8> {
        let mut file = vec![0; START];
        let mut entries = Vec::new();
        for (bid, data, size) in std::mem::take(&mut self.blocks) {
            entries.push(self.write_block(&mut file, bid, data, size));
        }
        self.nodes.sort_unstable();
        let nodes: Vec<Vec<u8>> = self
            .nodes
            .iter()
            .map(|node| {
                let mut entry: Vec<u8> = node[..3].iter().flat_map(|n| self.id(*n)).collect();
                entry.extend((node[3] as u32).to_le_bytes());
                entry.resize(if self.format.id_size == 4 { 16 } else { 32 }, 0);
                entry
            })
            .collect();
        let nodes = self.write_tree(&mut file, NODE_PAGES, nodes);
        let blocks = self.write_tree(&mut file, BLOCK_PAGES, entries);
        self.write_header(&mut file, nodes, blocks);
        file
    }

    fn write_block(
        &self,
        file: &mut Vec<u8>,
        bid: u64,
        mut data: Vec<u8>,
        inflated: Option<u16>,
    ) -> Vec<u8> {
        let format = self.format;
        let size = inflated.map_or(data.len(), usize::from);
        if self.compress && inflated.is_none() && size > 100 {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(&data).unwrap();
            let packed = encoder.finish().unwrap();
            if packed.len() < size {
                data = packed;
            }
        }
        if bid & 2 == 0 {
            self.crypt.encode(&mut data, bid);
        }
        let (stored, offset) = (data.len(), file.len());
        let crc = checksum(&data);
        data.resize(format.block_extent(stored), 0);
        let trailer = data.len() - format.block_trailer;
        put(&mut data, trailer, &(stored as u16).to_le_bytes());
        put(&mut data, trailer + 2, &signature(offset as u64, bid).to_le_bytes());
        put(&mut data, trailer + format.block_crc, &crc.to_le_bytes());
        put(&mut data, trailer + format.block_bid, &self.id(bid));
        file.extend(data);
        let mut entry = [self.id(bid), self.id(offset as u64)].concat();
        entry.extend((stored as u16).to_le_bytes());
        let second = if format.kind == FormatKind::Unicode4k { size as u16 } else { 2 };
        entry.extend(second.to_le_bytes());
        entry.resize(if format.id_size == 4 { 12 } else { 24 }, 0);
        entry
    }

    fn write_tree(&self, file: &mut Vec<u8>, kind: u8, mut entries: Vec<Vec<u8>>) -> [u64; 2] {
        let mut level = 0;
        loop {
            let stride = entries[0].len();
            let most = (self.format.btree_meta / stride).min(255);
            let pages: Vec<(Vec<u8>, [u64; 2])> = entries
                .chunks(most)
                .map(|part| (part[0].clone(), self.write_page(file, kind, level, part)))
                .collect();
            if let [(_, root)] = pages.as_slice() {
                return *root;
            }
            let id = self.format.id_size;
            entries = pages
                .iter()
                .map(|(key, [bid, offset])| {
                    [key[..id].to_vec(), self.id(*bid), self.id(*offset)].concat()
                })
                .collect();
            level += 1;
        }
    }

    fn write_page(&self, file: &mut Vec<u8>, kind: u8, level: u8, part: &[Vec<u8>]) -> [u64; 2] {
        let format = self.format;
        file.resize(file.len().next_multiple_of(format.page_size), 0);
        let offset = file.len() as u64;
        let bid = 0x1000 + offset / 64;
        let mut page = part.concat();
        page.resize(format.page_size, 0);
        let (count, meta) = (part.len() as u16, format.btree_meta);
        let width = format.btree_count_size;
        put(&mut page, meta, &count.to_le_bytes()[..width]);
        put(&mut page, meta + width, &count.to_le_bytes()[..width]);
        put(&mut page, meta + 2 * width, &[part[0].len() as u8, level]);
        let trailer = format.page_trailer;
        put(&mut page, trailer, &[kind, kind]);
        put(&mut page, trailer + 2, &signature(offset, bid).to_le_bytes());
        put(&mut page, trailer + format.page_bid, &self.id(bid));
        let crc = checksum(&page[..trailer]);
        put(&mut page, trailer + format.page_crc, &crc.to_le_bytes());
        file.extend(page);
        [bid, offset]
    }

    fn write_header(&self, file: &mut [u8], nodes: [u64; 2], blocks: [u64; 2]) {
        let (format, size) = (self.format, self.format.id_size);
        put(file, 0, b"!BDN");
        put(file, 8, if format.kind == FormatKind::Unicode4k { b"SO" } else { b"SM" });
        put(file, 10, &self.version.to_le_bytes());
        let end = self.id(file.len() as u64);
        put(file, format.header_root, &end);
        for (index, number) in [nodes[0], nodes[1], blocks[0], blocks[1]].iter().enumerate() {
            put(file, format.header_root + (4 + index) * size, &self.id(*number));
        }
        file[format.header_root + 8 * size] = 2;
        let crypt = match self.crypt {
            Crypt::None => 0,
            Crypt::Permute => 1,
            Crypt::Cyclic => 2,
        };
        put(file, format.header_sentinel, &[0x80, crypt]);
        if let Some(at) = format.header_crc_full {
            let crc = checksum(&file[8..8 + 516]);
            put(file, at, &crc.to_le_bytes());
        }
        let crc = checksum(&file[8..8 + 471]);
        put(file, 4, &crc.to_le_bytes());
    }
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

/// What stands for a value.
#[derive(Clone)]
pub(crate) enum Stored {
    /// The value itself, or the number of a subnode.
    Inline(u32),
    /// A piece of the heap.
    Heap(Vec<u8>),
}

/// UTF-16.
pub(crate) fn text(text: &str) -> Stored {
    Stored::Heap(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// A heap in one block. Pieces are numbered from 1.
pub(crate) struct HeapBuilder<'a> {
    format: &'a Format,
    pieces: Vec<Vec<u8>>,
}

impl<'a> HeapBuilder<'a> {
    pub(crate) fn new(format: &'a Format) -> Self {
        Self { format, pieces: Vec::new() }
    }

    pub(crate) fn add(&mut self, piece: Vec<u8>) -> u32 {
        self.pieces.push(piece);
        (self.pieces.len() as u32) << 5
    }

    pub(crate) fn set(&mut self, id: u32, piece: Vec<u8>) {
        self.pieces[(id >> 5) as usize - 1] = piece;
    }

    fn stored(&mut self, value: &Stored) -> u32 {
        match value {
            Stored::Inline(number) => *number,
            Stored::Heap(bytes) if bytes.is_empty() => 0,
            Stored::Heap(bytes) => self.add(bytes.clone()),
        }
    }

    pub(crate) fn build(self, client: u8, root: u32) -> Vec<u8> {
        let mut block = vec![0, 0, 0xEC, client];
        block.extend(root.to_le_bytes());
        block.extend([0; 4]);
        let mut offsets = vec![block.len() as u16];
        for piece in &self.pieces {
            block.extend(piece);
            offsets.push(block.len() as u16);
        }
        block.resize(block.len().next_multiple_of(2), 0);
        let map = block.len() as u16;
        put(&mut block, 0, &map.to_le_bytes());
        block.extend((self.pieces.len() as u16).to_le_bytes());
        // A false count of free pieces, which must not matter.
        block.extend(7_u16.to_le_bytes());
        offsets.iter().for_each(|offset| block.extend(offset.to_le_bytes()));
        assert!(block.len() <= self.format.block_payload());
        block
    }
}

/// A property context.
pub(crate) fn properties(format: &Format, props: &[(u32, Stored)]) -> Vec<u8> {
    let mut heap = HeapBuilder::new(format);
    let header = heap.add(Vec::new());
    let records = heap.add(Vec::new());
    let mut props = props.to_vec();
    props.sort_by_key(|(tag, _)| *tag);
    let mut list = Vec::new();
    for (tag, value) in &props {
        list.extend(((tag >> 16) as u16).to_le_bytes());
        list.extend((*tag as u16).to_le_bytes());
        list.extend(heap.stored(value).to_le_bytes());
    }
    heap.set(header, [&[0xB5, 2, 6, 0][..], &records.to_le_bytes()].concat());
    heap.set(records, list);
    heap.build(0xBC, header)
}

/// A table; each row has its number and its cells in the order of the columns.
pub(crate) fn table(
    format: &Format,
    columns: &[u32],
    rows: &[(u32, Vec<Option<Stored>>)],
) -> Vec<u8> {
    let mut heap = HeapBuilder::new(format);
    let info = heap.add(Vec::new());
    let index = heap.add(Vec::new());
    let records = heap.add(Vec::new());
    let mut matrix = Vec::new();
    let mut list = Vec::new();
    // The number and the version of the row, then four bytes for each cell.
    let cells = 8 + columns.len() * 4;
    let bits = (columns.len() + 2).div_ceil(8);
    for (position, (id, values)) in rows.iter().enumerate() {
        let mut row = id.to_le_bytes().to_vec();
        row.extend(1_u32.to_le_bytes());
        let mut exists = vec![0_u8; bits];
        exists[0] = 0xC0;
        for (number, value) in values.iter().enumerate() {
            if value.is_some() {
                exists[(number + 2) / 8] |= 0x80 >> ((number + 2) % 8);
            }
            let stored = value.as_ref().map_or(0, |value| heap.stored(value));
            row.extend(stored.to_le_bytes());
        }
        matrix.extend(row);
        matrix.extend(exists);
        list.extend(id.to_le_bytes());
        list.extend(&(position as u32).to_le_bytes()[..format.row_number]);
    }
    let matrix = if rows.is_empty() { 0 } else { heap.add(matrix) };
    let data = format.row_number as u8;
    heap.set(index, [&[0xB5, 4, data, 0][..], &records.to_le_bytes()].concat());
    heap.set(records, list);
    let mut description = vec![0x7C, columns.len() as u8 + 2];
    for end in [cells, cells, cells, cells + bits] {
        description.extend((end as u16).to_le_bytes());
    }
    description.extend(index.to_le_bytes());
    description.extend(matrix.to_le_bytes());
    description.extend([0; 4]);
    let all = [0x67F2_0003, 0x67F3_0003].iter().chain(columns);
    for (number, tag) in all.enumerate() {
        description.extend(tag.to_le_bytes());
        description.extend((number as u16 * 4).to_le_bytes());
        description.extend([4, number as u8]);
    }
    heap.set(info, description);
    heap.build(0x7C, info)
}
