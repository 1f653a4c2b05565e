//! Inputs to start with: small, valid, and of every kind that there is.

use mapix_pst::ndb::{Format, FormatKind};

use super::layers::{CRYPTS, FOLDER, MESSAGE, VERSIONS};
use super::seal::compact;
use super::synthetic::{Builder, HeapBuilder, Stored, properties, table, text};
use super::values::{CODE_PAGES, TYPES};

/// A seed: its target, its name, its bytes.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

/// All seeds.
pub(crate) fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (version, number) in VERSIONS.into_iter().enumerate().take(3) {
        let crypt = version;
        let bytes = file(version, crypt);
        let mut add = |target, what: &str, bytes| {
            seeds.push((target, format!("{what}-{number}"), bytes));
        };
        add("pst_file", "file", [&[0][..], &compact(&bytes)].concat());
        add("session", "file", [session_acts(1, version), compact(&bytes)].concat());
        add("pst_page", "nodes", page(version, 0x81));
        add("pst_page", "blocks", page(version, 0x80));
        add("pst_block", "blocks", blocks(version, crypt));
        let format = Format::by_version(number).unwrap();
        let small = properties(format, &small());
        add("pst_heap", "properties", node(version, crypt, 0, &[(0, small)]));
        add("pst_heap", "table", node(version, crypt, 0, &[(0, contents(format))]));
        add("pst_heap", "levels", node(version, crypt, 0, &levels(format)));
        add("pst_table", "contents", node(version, crypt, 0, &[(0, contents(format))]));
        add("pst_table", "rows", node(version, crypt, 0, &matrix(format)));
        add("pst_table", "wide", node(version, crypt, 1, &wide(format)));
        add("pst_prop", "values", node(version, crypt, 0, &values(format)));
        add("pst_prop", "message", node(version, crypt, 1, &message(format)));
        add("pst_names", "map", node(version, crypt, 0, &[(0, map(format))]));
        add("pst_names", "streams", streams(version, crypt));
    }
    for number in 0..12_u8 {
        let acts = session_acts(0, number.into());
        let body: Vec<u8> =
            (0..400_u32).map(|n| (n * (u32::from(number) * 2 + 7) / 3) as u8 % 41).collect();
        let head = (number % 4) | ((number / 4) << 2);
        seeds.push(("session", format!("built-{number}"), [acts, vec![head], body].concat()));
    }
    for (number, kind) in (0..).zip(TYPES) {
        let page = number * 3 % CODE_PAGES.len() as u8;
        let bytes = sample(kind);
        let head = [number, page, 0x37, 0];
        let length = (bytes.len() as u16).to_le_bytes();
        let seed = [&head[..], &length, &bytes, &bytes].concat();
        seeds.push(("value", format!("type-{kind:04x}"), seed));
    }
    let texts: [(u8, &[u8]); 7] = [
        (28, b"+AOQ-+- a+Z+"),
        (37, b"\x1B$B$\"\x1B(B"),
        (33, b"2024-05-01T10:20:30.5+0200"),
        (1, b"{00062008-0000-0000-C000-000000000046}:0x8205"),
        (5, b"\x82\xa0\xFC"),
        (43, b"e\xCC\x81\xEF\xAC\x81"),
        (0, b"0x0037001F"),
    ];
    for (number, (page, bytes)) in texts.into_iter().enumerate() {
        let head = [12, page, 0x37, 0, bytes.len() as u8, 0];
        seeds.push(("value", format!("text-{number}"), [&head[..], bytes, bytes].concat()));
    }
    for (number, text) in
        ["PR_SUBJECT", "0x0037001F", "PidLidReminderSet", "MAPI_E_NOT_FOUND", "PR_SUBJCT", "8205"]
            .into_iter()
            .chain(["{00062008-0000-0000-C000-000000000046}:0x8205", "PS_PUBLIC_STRINGS:Keywords"])
            .enumerate()
    {
        seeds.push(("names", format!("name-{number}"), text.into()));
    }
    let plain = mapix_core::EntryId::new(mapix_core::prop::guids::PS_MAPI, &[0x22, 1, 0, 0]);
    let wrapped = plain.wrap_store("mspst.dll");
    for (name, bytes) in [
        ("plain", plain.as_bytes().to_vec()),
        ("wrapped", wrapped.as_bytes().to_vec()),
        ("twice", wrapped.wrap_store("a").as_bytes().to_vec()),
        ("text", plain.to_string().into_bytes()),
    ] {
        seeds.push(("entry_id", name.into(), bytes));
    }
    let ann = mapix_core::OneOff::new("Ann \u{e9}", "SMTP", "ann@example.org").entry_id();
    for (name, page, private) in [
        ("unicode", 0, ann.private()),
        ("narrow", 0, &b"\0\0\x01\x10Ann \xE9\0SMTP\0ann@example.org\0"[..]),
        // UTF-7 has a zero in a text that goes on behind it.
        ("zero", 42, b"\0\0\0\0Ann +AAA-x\0SMTP\0ann@example.org\0"),
    ] {
        seeds.push(("one_off", name.into(), [&[page], private].concat()));
    }
    seeds
}

fn head(version: usize, crypt: usize, flags: u8) -> u8 {
    version as u8 | (crypt as u8) << 2 | flags << 4
}

fn part(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_le_bytes()[..], bytes].concat()
}

fn node(version: usize, crypt: usize, flags: u8, parts: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let parts =
        parts.iter().flat_map(|(number, bytes)| [&number.to_le_bytes()[..], &part(bytes)].concat());
    std::iter::once(head(version, crypt, flags)).chain(parts).collect()
}

fn small() -> Vec<(u32, Stored)> {
    vec![(0x0037_001F, text("subject")), (0x0E07_0003, Stored::Inline(1))]
}

fn bytes_of(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * n / 7 + n) as u8).collect()
}

/// A mailbox with one of everything.
fn file(version: usize, crypt: usize) -> Vec<u8> {
    let mut file = Builder::new(VERSIONS[version], CRYPTS[crypt]);
    let format = file.format;
    let put = |file: &mut Builder, number: u64, data: Vec<u8>, parent: u64| {
        let data = file.block(data);
        file.node(number, data, 0, parent);
    };
    let store = [(0x0FF9_0102, Stored::Heap(vec![7; 16])), (0x3001_001F, text("seed"))];
    put(&mut file, 0x21, properties(format, &store), 0);
    put(&mut file, 0x61, map(format), 0);
    put(&mut file, 0x122, properties(format, &[(0x3001_001F, text("root"))]), 0x122);
    put(&mut file, FOLDER, properties(format, &[(0x3001_001F, text("Inbox"))]), 0x122);
    put(&mut file, FOLDER + 0x21, properties(format, &[(0x3001_001F, text("Found"))]), 0x122);
    put(&mut file, (FOLDER & !0x1F) + 0xE, contents(format), 0);
    put(&mut file, (FOLDER & !0x1F) + 0x30, contents(format), 0);
    let rows = [(FOLDER as u32, vec![Some(text("Inbox"))])];
    put(&mut file, 0x12D, table(format, &[0x3001_001F], &rows), 0);
    let rows = [(0, vec![Some(Stored::Inline(FOLDER as u32)), Some(text(""))])];
    put(&mut file, 0x62B, table(format, &[0x6605_0003, 0x001A_001F], &rows), 0);
    let mut subnodes = Vec::new();
    for (number, bytes) in message(format).into_iter().skip(1).chain([(0, bytes_of(1))]) {
        let data = file.block(bytes);
        subnodes.push([u64::from(number & 0x7FFF_FFFF), data, 0]);
    }
    subnodes.retain(|[number, ..]| *number != 0 && *number != 0x24 && *number != 0x61);
    let inner = file.block(properties(format, &small()));
    let inner = file.subnodes(&[[0x24, inner, 0]]);
    for subnode in subnodes.iter_mut().filter(|[number, ..]| *number == 0x8025) {
        subnode[2] = inner;
    }
    let halves = [file.block(bytes_of(300)), file.block(bytes_of(200))];
    let list = file.list(1, 500, &halves);
    let lists = file.list(2, 1000, &[list, list]);
    subnodes.extend([[0x61, list, 0], [0x81, lists, 0]]);
    let sub = file.subnodes(&subnodes);
    let data = file.block(message(format).swap_remove(0).1);
    file.node(MESSAGE, data, sub, FOLDER);
    let lost = file.block(properties(format, &small()));
    file.node(MESSAGE + 0x20, lost, 0, FOLDER);
    file.node(MESSAGE + 4, lost, 0, FOLDER);
    file.build()
}

/// A message: its properties, then its recipients, attachments and the values that are too long.
fn message(format: &Format) -> Vec<(u32, Vec<u8>)> {
    let object = [0x24_u32.to_le_bytes(), 500_u32.to_le_bytes()].concat();
    let letter = [(0x3705_0003, Stored::Inline(5)), (0x3701_000D, Stored::Heap(object))];
    let photo = [(0x3705_0003, Stored::Inline(1)), (0x3701_0102, Stored::Heap(bytes_of(40)))];
    let recipients = [
        (0, vec![Some(Stored::Inline(1)), Some(text("Ann"))]),
        (1, vec![Some(Stored::Inline(2)), None]),
    ];
    let attachments =
        [(0x8045, vec![Some(Stored::Inline(1))]), (0x8025, vec![Some(Stored::Inline(5))])];
    let mut props = small();
    props[0].1 = text("\u{1}\u{5}RE: Lunch");
    props.extend([
        (0x0C1A_001E, Stored::Heap(b"\xCF\xF0\0".to_vec())),
        (0x1000_001F, Stored::Inline(0x61)),
        (0x1013_0102, Stored::Inline(0x81)),
        (0x3FFD_0003, Stored::Inline(1251)),
    ]);
    vec![
        (0, properties(format, &props)),
        (0x692, table(format, &[0x0C15_0003, 0x3001_001F], &recipients)),
        (0x671, table(format, &[0x3705_0003], &attachments)),
        (0x8025, properties(format, &letter)),
        (0x8000_0024, properties(format, &small())),
        (0x8045, properties(format, &photo)),
        (0x61, b"b\0o\0d\0y\0".to_vec()),
        (0x81, bytes_of(300)),
        (0x81, bytes_of(100)),
    ]
}

/// A value of every type, in the heap and in subnodes.
fn values(format: &Format) -> Vec<(u32, Vec<u8>)> {
    let mut props = Vec::new();
    let mut parts = Vec::new();
    for (number, kind) in (0_u32..).zip(TYPES) {
        let heap = (0x6000 + number) << 16 | u32::from(kind);
        props.push((heap, Stored::Heap(sample(kind))));
        if number % 4 == 0 {
            let subnode = number * 32 + 0x101;
            props.push((heap + (0x100 << 16), Stored::Inline(subnode)));
            parts.push((subnode, sample(kind)));
        }
    }
    [vec![(0, properties(format, &props))], parts].concat()
}

/// A value of a type, as a file has it.
fn sample(kind: u16) -> Vec<u8> {
    match kind {
        0x1E => b"narrow \xE9\0".to_vec(),
        0x1F => b"w\0i\0d\0e\0\xE9\0".to_vec(),
        0x101E | 0x101F | 0x1102 => {
            [&[2, 0, 0, 0, 12, 0, 0, 0, 14, 0, 0, 0][..], b"a\0b\0c\0"].concat()
        }
        0x40 | 0x1040 => 0x01DA_0000_1234_5678_u64.to_le_bytes().into(),
        0x02 | 0x0B => vec![1, 0],
        0x03 | 0x04 | 0x0A | 0x1003 | 0x1004 => vec![1, 2, 3, 4],
        0x48 => bytes_of(16),
        _ => bytes_of(8),
    }
}

fn contents(format: &Format) -> Vec<u8> {
    let columns = [0x0037_001F, 0x0E06_0040, 0x0E1B_000B, 0x1035_001E, 0x0E08_0003];
    let row = |subject: &str| {
        vec![
            Some(text(subject)),
            Some(Stored::Inline(0x1234)),
            Some(Stored::Inline(1)),
            None,
            Some(Stored::Inline(77)),
        ]
    };
    let rows = [(MESSAGE as u32, row("RE: Lunch")), (MESSAGE as u32 + 0x20, row("b"))];
    table(format, &columns, &rows)
}

/// A table whose rows stand in a subnode of two blocks.
fn matrix(format: &Format) -> Vec<(u32, Vec<u8>)> {
    let mut heap = HeapBuilder::new(format);
    let info = heap.add(Vec::new());
    let index = heap.add(Vec::new());
    let records = heap.add(Vec::new());
    let row_size = format.block_payload() / 2;
    let mut list = Vec::new();
    for number in 0..3_u32 {
        list.extend((MESSAGE as u32 + number * 0x20).to_le_bytes());
        list.extend(&number.to_le_bytes()[..format.row_number]);
    }
    heap.set(records, list);
    heap.set(index, [&[0xB5, 4, format.row_number as u8, 0][..], &records.to_le_bytes()].concat());
    let mut description = vec![0x7C, 1];
    for end in [8, 8, 8, row_size as u16] {
        description.extend(end.to_le_bytes());
    }
    description.extend(index.to_le_bytes());
    description.extend(0x101_u32.to_le_bytes());
    description.extend([0; 4]);
    description.extend(0x67F2_0003_u32.to_le_bytes());
    description.extend([0, 0, 4, 0]);
    heap.set(info, description);
    let heap = heap.build(0x7C, info);
    // Rows that are this long make blocks that a fuzzer changes at random; one block is enough.
    let rows: Vec<u8> = (MESSAGE as u32).to_le_bytes().into_iter().chain([0; 4]).collect();
    let small = (format.kind != FormatKind::Unicode4k).then(|| {
        let mut rows = rows.clone();
        rows.extend([0xFF; 600]);
        rows
    });
    vec![(0, heap), (0x101, small.unwrap_or(rows))]
}

/// A wide table: the columns and their values stand in subnodes.
fn wide(format: &Format) -> Vec<(u32, Vec<u8>)> {
    let mut heap = HeapBuilder::new(format);
    let info = heap.add(Vec::new());
    let index = heap.add(Vec::new());
    let records = heap.add([&(MESSAGE as u32).to_le_bytes()[..], &[0; 4]].concat());
    let mut row = (MESSAGE as u32).to_le_bytes().to_vec();
    row.extend([0x20, 0, 0, 0, 5, 0, 0, 0, 0xE0]);
    let rows = heap.add(row);
    heap.set(index, [&[0xB5, 4, format.row_number as u8, 0][..], &records.to_le_bytes()].concat());
    let mut description = vec![0xAC, 0];
    for end in [12_u16, 12, 12, 13] {
        description.extend(end.to_le_bytes());
    }
    description.extend(index.to_le_bytes());
    description.extend(rows.to_le_bytes());
    description.extend([0; 4]);
    description.extend(3_u16.to_le_bytes());
    description.extend(0x101_u32.to_le_bytes());
    heap.set(info, description);
    let mut columns = Vec::new();
    for (tag, offset, bit, own) in
        [(0x67F2_0003_u32, 0_u16, 0_u16, 0_u32), (0x0037_001F, 4, 1, 0x121), (0x0E08_0003, 8, 2, 0)]
    {
        columns.extend(tag.to_le_bytes());
        [offset, 4, bit, 0].iter().for_each(|number| columns.extend(number.to_le_bytes()));
        columns.extend(own.to_le_bytes());
    }
    let mut own = HeapBuilder::new(format);
    own.add(b"w\0i\0d\0e\0".to_vec());
    vec![(0, heap.build(0xAC, info)), (0x101, columns), (0x121, own.build(0xAC, 0))]
}

/// A B-tree of two levels, in a heap of two blocks.
fn levels(format: &Format) -> Vec<(u32, Vec<u8>)> {
    let mut heap = HeapBuilder::new(format);
    let second = 1_u32 << (5 + format.heap_index_bits) | 1 << 5;
    let leaf = heap.add(vec![0x37, 0, 3, 0, 9, 0, 0, 0]);
    let node = [&[0x37, 0][..], &leaf.to_le_bytes(), &[0x38, 0], &second.to_le_bytes()].concat();
    let node = heap.add(node);
    let header = heap.add([&[0xB5, 2, 6, 1][..], &node.to_le_bytes()].concat());
    let first = heap.build(0xBC, header);
    let other = [10, 0, 0x38, 0, 3, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0];
    vec![(0, first), (0, other.to_vec())]
}

const NAMES: [u8; 24] =
    [0, 0, 0, 0, 5, 0, 0, 0, 5, 0x82, 0, 0, 6, 0, 1, 0, 12, 0, 0, 0, 7, 0, 2, 0];
const STRINGS: &[u8] = b"\x0A\0\0\0c\0o\0l\0o\0r\0\0\0\x04\0\0\0h\0i\0";

fn map(format: &Format) -> Vec<u8> {
    let streams = [
        (0x0002_0102, Stored::Heap(vec![0xAB; 16])),
        (0x0003_0102, Stored::Heap(NAMES.to_vec())),
        (0x0004_0102, Stored::Heap(STRINGS.to_vec())),
    ];
    properties(format, &streams)
}

fn streams(version: usize, crypt: usize) -> Vec<u8> {
    let parts = [part(&[0xAB; 32]), part(&NAMES), part(STRINGS)].concat();
    [vec![head(version, crypt, 2)], parts].concat()
}

/// A root and two leaves.
fn page(version: usize, kind: u8) -> Vec<u8> {
    let format = Format::by_version(VERSIONS[version]).unwrap();
    let size = format.id_size;
    let id = |number: u64| number.to_le_bytes()[..size].to_vec();
    let page = |count: u16, entries: &[Vec<u8>], level: u8| {
        let stride = entries[0].len() as u8;
        let head = [&[0][..], &count.to_le_bytes(), &[stride, level]].concat();
        [head, part(&entries.concat())].concat()
    };
    let leaf = |keys: [u64; 2]| {
        let entries = keys.map(|key| {
            let mut entry = if kind == 0x81 {
                [id(key), id(4), id(0), 0x122_u32.to_le_bytes().to_vec()].concat()
            } else {
                [id(key), id(0x5000), vec![60, 0, 60, 0]].concat()
            };
            entry.resize(if kind == 0x81 { 4 * size } else { 3 * size }, 0);
            entry
        });
        page(2, &entries, 0)
    };
    let keys = if kind == 0x81 { [[0x21, 0x122], [0x8022, 0x20_0024]] } else { [[4, 8], [12, 16]] };
    let upper =
        [0, 1].map(|child: usize| [id(keys[child][0]), id(0), id(child as u64 + 1)].concat());
    let flags = u8::from(kind == 0x80);
    [vec![head(version, 0, flags)], page(2, &upper, 1), leaf(keys[0]), leaf(keys[1])].concat()
}

/// Data, a list, a list of lists, subnodes in two levels.
fn blocks(version: usize, crypt: usize) -> Vec<u8> {
    use std::io::Write as _;
    let format = Format::by_version(VERSIONS[version]).unwrap();
    let id = |number: u64| number.to_le_bytes()[..format.id_size].to_vec();
    let block = |flags: u8, size: u16, bytes: &[u8]| {
        [&[flags][..], &size.to_le_bytes(), &part(bytes)].concat()
    };
    // The store and the root folder have the first two blocks.
    let bid = |number: u64| 4 * (number + 3);
    let list = |level: u8, bids: &[u64]| {
        let head = [&[1, level, bids.len() as u8, 0][..], &[0; 4]].concat();
        [head, bids.iter().flat_map(|bid| id(*bid)).collect()].concat()
    };
    let subnodes = |level: u8, ids: &[u64], each: usize| {
        let mut head = vec![2, level, (ids.len() / each) as u8, 0];
        head.resize(format.subnode_header, 0);
        [head, ids.iter().flat_map(|number| id(*number)).collect()].concat()
    };
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&bytes_of(700)).unwrap();
    let packed = encoder.finish().unwrap();
    [
        vec![head(version, crypt, 0)],
        block(0, 0, &bytes_of(100)),
        block(0, 0, &bytes_of(30)),
        block(1, 0, &list(1, &[bid(0), bid(1)])),
        block(1, 0, &list(2, &[bid(2) | 2, bid(2) | 2])),
        block(1, 0, &subnodes(0, &[0x671, bid(0), 0, 0x692, bid(2) | 2, 0], 3)),
        block(1, 0, &subnodes(1, &[0x671, bid(4) | 2], 2)),
        block(2, 700, &packed),
    ]
    .concat()
}

/// What a client does: one thing after the other, each with numbers for its tables.
fn session_acts(flags: u8, number: usize) -> Vec<u8> {
    let acts: Vec<u8> = (0..120).map(|n| (n * (2 * number + 3) / 2 % 251) as u8).collect();
    [vec![flags], part(&acts)].concat()
}
