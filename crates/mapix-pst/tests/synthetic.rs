//! Files that the tests write themselves, in every format; among them malicious ones.

#[path = "synthetic/mod.rs"]
mod builder;
mod walk;

use std::io::Read;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use builder::{Builder, HeapBuilder, Stored, properties, table, text};
use mapix_core::ErrorCode;
use mapix_core::prop::{CodePage, PropName, PropTag, PropType, String8, Value, guids, tags};
use mapix_core::store::{MessageRef, MessageStore, ObjectRef, Row, RowSource};
use mapix_pst::Pst;
use mapix_pst::check::{CheckOptions, check_bytes};
use mapix_pst::ndb::Crypt;
use walk::Counts;

const FOLDER: u64 = 0x8022;
const MESSAGE: u64 = 0x20_0024;

fn bytes_of(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * n / 7 + n) as u8).collect()
}

/// A store with a folder that holds a message, which holds an attachment and a message.
fn mailbox(version: u16, crypt: Crypt) -> Vec<u8> {
    let mut file = Builder::new(version, crypt);
    folders(&mut file);
    let format = file.format;
    let (body, photo) = (bytes_of(200_000), bytes_of(70_001));

    let photo = file.data(&photo);
    let photo = file.subnodes(&[[0x41, photo, 0]]);
    let attachment = properties(
        format,
        &[
            (0x3707_001F, text("photo.jpg")),
            (0x3705_0003, Stored::Inline(1)),
            (0x3701_0102, Stored::Inline(0x41)),
        ],
    );
    let attachment = file.block(attachment);

    let inner =
        properties(format, &[(0x0037_001F, text("inner")), (0x001A_001F, text("IPM.Note"))]);
    let inner = file.block(inner);
    let inner = file.subnodes(&[[0x24, inner, 0]]);
    let object = [0x24_u32.to_le_bytes(), 500_u32.to_le_bytes()].concat();
    let letter = properties(
        format,
        &[(0x3705_0003, Stored::Inline(5)), (0x3701_000D, Stored::Heap(object))],
    );
    let letter = file.block(letter);

    let attachments = table(
        format,
        &[0x3705_0003],
        &[(0x8045, vec![Some(Stored::Inline(5))]), (0x8025, vec![Some(Stored::Inline(1))])],
    );
    let attachments = file.block(attachments);
    let recipients = table(
        format,
        &[0x0C15_0003, 0x3001_001F],
        &[
            (0, vec![Some(Stored::Inline(1)), Some(text("Ann"))]),
            (1, vec![Some(Stored::Inline(2)), None]),
        ],
    );
    let recipients = file.block(recipients);
    let body = file.data(&body);
    let sub = file.subnodes(&[
        [0x671, attachments, 0],
        [0x692, recipients, 0],
        [0x8025, attachment, photo],
        [0x8045, letter, inner],
        [0x61, body, 0],
    ]);
    let message = properties(
        format,
        &[
            (0x001A_001F, text("IPM.Note")),
            (0x0037_001F, text("\u{1}\u{5}RE: Lunch")),
            (0x3FFD_0003, Stored::Inline(1251)),
            (0x0C1A_001E, Stored::Heap(b"\xCF\xF0\0".to_vec())),
            (0x1013_0102, Stored::Inline(0x61)),
            (0x0E06_0040, Stored::Heap(vec![0, 1, 2, 3, 4, 5, 6, 7])),
            (0x0E1B_000B, Stored::Inline(1)),
            (0x8000_001F, text("red")),
            (0x8001_1003, Stored::Heap(vec![1, 0, 0, 0, 2, 0, 0, 0])),
            (0x8002_001F, Stored::Heap(Vec::new())),
            (0x8003_0048, Stored::Heap(vec![1, 2, 3])),
            (0x8004_0777, Stored::Heap(vec![9])),
        ],
    );
    let message = file.block(message);
    file.node(MESSAGE, message, sub, FOLDER);
    // A message that its folder does not list.
    let lost = properties(format, &[(0x0037_001F, text("lost"))]);
    let lost = file.block(lost);
    file.node(MESSAGE + 0x20, lost, 0, FOLDER);
    // Numbers are unsigned.
    let high = properties(format, &[(0x0037_001F, text("orphan"))]);
    let high = file.block(high);
    file.node(0xE5C3_0004, high, 0, 0x9002);
    file.build()
}

/// Store, names, root and one folder.
fn folders(file: &mut Builder) {
    let format = file.format;
    let store = properties(
        format,
        &[(0x0FF9_0102, Stored::Heap(vec![7; 16])), (0x3001_001F, text("synthetic"))],
    );
    let store = file.block(store);
    file.node(0x21, store, 0, 0);
    let name = [0, 0, 0, 0, 5, 0, 0, 0];
    let names = properties(
        format,
        &[
            (0x0003_0102, Stored::Heap(name.to_vec())),
            (0x0004_0102, Stored::Heap(b"\x0A\0\0\0c\0o\0l\0o\0r\0".to_vec())),
        ],
    );
    let names = file.block(names);
    file.node(0x61, names, 0, 0);
    let root = properties(format, &[(0x3001_001F, text("root"))]);
    let root = file.block(root);
    file.node(0x122, root, 0, 0x122);
    let folder = properties(format, &[(0x3001_001F, text("Inbox"))]);
    let folder = file.block(folder);
    file.node(FOLDER, folder, 0, 0x122);
    let hierarchy = table(format, &[0x3001_001F], &[(FOLDER as u32, vec![Some(text("Inbox"))])]);
    let hierarchy = file.block(hierarchy);
    file.node(0x12D, hierarchy, 0, 0);
    let contents =
        table(format, &[0x0037_001F], &[(MESSAGE as u32, vec![Some(text("\u{1}\u{5}RE: Lunch"))])]);
    let contents = file.block(contents);
    file.node(FOLDER - 2 + 0xE, contents, 0, 0);
    let empty = table(format, &[0x3001_001F], &[]);
    let empty = file.block(empty);
    for nid in [0x12E, 0x12F, FOLDER - 2 + 0xD, FOLDER - 2 + 0xF] {
        file.node(nid, empty, 0, 0);
    }
}

fn rows(pst: &Pst, source: &RowSource) -> Vec<Row> {
    let mut rows = Vec::new();
    pst.rows(source, None, &mut |row| {
        rows.push(row.unwrap());
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}

#[test]
fn every_format_is_read() {
    for (version, crypt) in [
        (14, Crypt::None),
        (15, Crypt::Permute),
        (14, Crypt::Cyclic),
        (21, Crypt::None),
        (23, Crypt::Permute),
        (23, Crypt::Cyclic),
        (36, Crypt::None),
        (36, Crypt::Permute),
    ] {
        let pst = Pst::from_bytes(mailbox(version, crypt), "mailbox").unwrap();
        read_mailbox(&pst);
        let mut counts = Counts::new();
        walk::walk(&pst, &mut counts);
        assert_eq!(counts.errors, 0, "{version} {crypt:?}");
        let found = (counts.folders, counts.messages, counts.attachments, counts.embedded);
        assert_eq!(found, (2, 3, 2, 1), "{version} {crypt:?}");
        assert_eq!(pst.diagnostics(), [], "{version} {crypt:?}");
        check(mailbox(version, crypt));
    }
}

/// The builder writes no maps, counters and templates, and misleads on purpose; what else it
/// writes is whole in every format.
fn check(bytes: Vec<u8>) {
    let report = check_bytes(bytes, &CheckOptions::default(), &mut ()).unwrap();
    let lines: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    for id in report.counts().keys() {
        let missing = ["HDR", "MAP", "NOD", "STO", "FLD", "MSG", "NAM"].contains(&&id[4..7]);
        let known = [
            "PST-NBT-007",
            "PST-BBT-007",
            "PST-REF-002",
            "PST-HEAP-004",
            "PST-BTH-004",
            "PST-PC-001",
            "PST-PC-003",
            "PST-TC-003",
        ];
        assert!(missing || known.contains(id), "{lines:#?}");
    }
    assert_eq!((report.checked.messages, report.checked.attachments), (4, 2));
}

fn read_mailbox(pst: &Pst) {
    assert_eq!(pst.info().display_name, "synthetic");
    assert_eq!(rows(pst, &RowSource::Hierarchy(0x122))[0].id, FOLDER);
    let contents = rows(pst, &RowSource::Contents(FOLDER));
    assert_eq!(contents.len(), 1);
    assert_eq!(contents[0].props.text(tags::SUBJECT).unwrap(), "RE: Lunch");
    let deleted = rows(pst, &RowSource::Deleted(FOLDER));
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0].props.text(tags::SUBJECT).unwrap(), "lost");
    assert_eq!(pst.parent(0xE5C3_0004).unwrap(), None);

    let message = MessageRef::new(MESSAGE);
    let object = ObjectRef::Message(message.clone());
    let props = pst.properties(&object, 4096).unwrap();
    assert_eq!(props.text(tags::NORMALIZED_SUBJECT).unwrap(), "Lunch");
    let sender = String8::new(&b"\xCF\xF0"[..], CodePage(1251));
    assert_eq!(props.find(0x0C1A).unwrap().value, Value::String8(sender));
    assert_eq!(props.text(tags::SENDER_NAME).unwrap(), "Пр");
    assert_eq!(props.find(0x1013).unwrap().value, Value::Large(PropType::BINARY, 200_000));
    assert_eq!(props.find(0x8001).unwrap().value, Value::MvI32([1, 2].into()));
    assert_eq!(props.find(0x8002).unwrap().value, Value::from(""));
    assert_eq!(props.find(0x8003).unwrap().value, Value::Raw(PropType::GUID, [1, 2, 3].into()));
    assert_eq!(props.find(0x8004).unwrap().value, Value::Raw(PropType(0x0777), [9].into()));
    let mut body = Vec::new();
    pst.open_stream(&object, tags::HTML).unwrap().read_to_end(&mut body).unwrap();
    assert_eq!(body, bytes_of(200_000));
    let mut prefix = Vec::new();
    pst.open_stream(&object, tags::SUBJECT_PREFIX).unwrap().read_to_end(&mut prefix).unwrap();
    assert_eq!(prefix, b"R\0E\0:\0 \0");

    let recipients = rows(pst, &RowSource::Recipients(message.clone()));
    assert_eq!(recipients[0].props.text(tags::DISPLAY_NAME).unwrap(), "Ann");
    assert!(recipients[1].props.find(tags::DISPLAY_NAME.id()).is_none());
    // The order of the table, which is not that of the numbers of the nodes.
    let attachments = rows(pst, &RowSource::Attachments(message.clone()));
    let methods: Vec<_> =
        attachments.iter().map(|row| (row.id, row.props.i32(tags::ATTACH_METHOD))).collect();
    assert_eq!(methods, [(0, Some(5)), (1, Some(1))]);
    let mut photo = Vec::new();
    let object = ObjectRef::Attachment(message.clone(), 1);
    pst.open_stream(&object, tags::ATTACH_DATA_BIN).unwrap().read_to_end(&mut photo).unwrap();
    assert_eq!(photo, bytes_of(70_001));
    let letter = ObjectRef::Attachment(message.clone(), 0);
    let code = pst.open_stream(&letter, tags::ATTACH_DATA_OBJ).err().unwrap().code();
    assert_eq!(code, ErrorCode::INTERFACE_NOT_SUPPORTED);
    let inner = pst.properties(&ObjectRef::Message(message.inside(0)), 4096).unwrap();
    assert_eq!(inner.text(tags::SUBJECT).unwrap(), "inner");
    let name = PropName::name(guids::PS_PUBLIC_STRINGS, "color");
    assert_eq!(pst.name_ids(&[name], false).unwrap(), [Some(0x8000)]);
}

/// A file with one message, whose properties and subnodes a closure makes.
fn with_message(make: impl FnOnce(&mut Builder) -> (u64, u64)) -> Pst {
    let mut file = Builder::new(23, Crypt::Permute);
    folders(&mut file);
    let (data, sub) = make(&mut file);
    file.node(MESSAGE, data, sub, FOLDER);
    let bytes = file.build();
    let report = quickly("a check", || {
        check_bytes(bytes.clone(), &CheckOptions::default(), &mut ()).unwrap()
    });
    assert!(!report.ok());
    Pst::from_bytes(bytes, "malicious").unwrap()
}

fn quickly<R>(what: &str, work: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < Duration::from_secs(5), "{what} takes {:?}", start.elapsed());
    result
}

const LARGE: PropTag = PropTag(0x1013_0102);

fn with_large(make: impl FnOnce(&mut Builder) -> u64) -> Pst {
    with_message(|file| {
        let data = make(file);
        let sub = file.subnodes(&[[0x61, data, 0]]);
        let message = properties(file.format, &[(LARGE.0, Stored::Inline(0x61))]);
        (file.block(message), sub)
    })
}

#[test]
fn a_folder_that_its_parent_does_not_list_is_shown() {
    let pst = with_message(|file| {
        let lost = properties(file.format, &[(0x3001_001F, text("Lost"))]);
        let lost = file.block(lost);
        file.node(FOLDER + 0x20, lost, 0, FOLDER);
        let message = properties(file.format, &[(0x0037_001F, text("Lunch"))]);
        (file.block(message), 0)
    });
    let found = rows(&pst, &RowSource::Hierarchy(FOLDER));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, FOLDER + 0x20);
    assert_eq!(found[0].props.text(tags::DISPLAY_NAME).unwrap(), "Lost");
    let said = pst.diagnostics();
    assert!(said.iter().any(|found| found.cause.contains("does not show folder")), "{said:?}");
}

#[test]
fn lists_that_name_the_same_blocks_are_refused() {
    let block = vec![7; 8176];
    let pst = with_large(|file| {
        let block = file.block(block);
        let list = file.list(1, 1 << 23, &[block; 1000]);
        file.list(2, u32::MAX, &[list; 1000])
    });
    quickly("a list of lists", || {
        let message = ObjectRef::message(MESSAGE);
        let props = pst.properties(&message, u64::MAX).unwrap();
        assert_eq!(props.find(LARGE.id()).unwrap().value, Value::Error(ErrorCode::CORRUPT_DATA));
        assert_eq!(pst.diagnostics().len(), 1, "{:?}", pst.diagnostics());
        assert!(pst.open_stream(&message, LARGE).is_err());
    });
}

#[test]
fn lists_that_name_themselves_are_refused() {
    let pst = with_large(|file| {
        let own = file.next() | 2;
        file.list(2, 100, &[own, own])
    });
    let props = pst.properties(&ObjectRef::message(MESSAGE), u64::MAX).unwrap();
    assert_eq!(props.find(LARGE.id()).unwrap().value, Value::Error(ErrorCode::CORRUPT_DATA));
}

#[test]
fn a_size_that_is_a_lie_is_not_believed() {
    let pst = with_large(|file| {
        let blocks = [file.block(vec![1; 8176]), file.block(vec![2; 100])];
        file.list(1, u32::MAX, &blocks)
    });
    let props = pst.properties(&ObjectRef::message(MESSAGE), 4096).unwrap();
    assert_eq!(props.find(LARGE.id()).unwrap().value, Value::Large(PropType::BINARY, 8276));
}

#[test]
fn subnodes_that_name_themselves_are_refused() {
    let pst = with_message(|file| {
        let own = file.next() | 2;
        let sub = file.subnode_block(1, &[&[1, own], &[0x60, own], &[0x600, own]]);
        let message = properties(file.format, &[(LARGE.0, Stored::Inline(0x61))]);
        (file.block(message), sub)
    });
    quickly("subnodes", || {
        let props = pst.properties(&ObjectRef::message(MESSAGE), 4096).unwrap();
        let value = &props.find(LARGE.id()).unwrap().value;
        assert_eq!(*value, Value::Error(ErrorCode::CORRUPT_DATA));
        assert_eq!(pst.parts(MESSAGE).unwrap().attachments, 0);
    });
}

#[test]
fn a_message_that_holds_itself_ends() {
    let pst = with_message(|file| {
        let object = [0x24_u32.to_le_bytes(), 500_u32.to_le_bytes()].concat();
        let attachment = properties(
            file.format,
            &[(0x3705_0003, Stored::Inline(5)), (0x3701_000D, Stored::Heap(object))],
        );
        let attachment = file.block(attachment);
        let message = properties(file.format, &[(0x0037_001F, text("myself"))]);
        let message = file.block(message);
        let own = file.next() | 2;
        let sub = file.subnodes(&[[0x8025, attachment, own], [0x24, message, own]]);
        (message, sub)
    });
    let inner = ObjectRef::Message(MessageRef::new(MESSAGE).inside(0));
    assert_eq!(pst.properties(&inner, 4096).unwrap_err().code(), ErrorCode::CORRUPT_DATA);
    let mut counts = Counts::new();
    quickly("a walk", || walk::walk(&pst, &mut counts));
    assert_eq!(pst.parts(MESSAGE).unwrap().attachments, 1);
}

#[test]
fn trees_in_a_heap_that_name_themselves_end() {
    let pst = with_message(|file| {
        let mut heap = HeapBuilder::new(file.format);
        let header = heap.add(Vec::new());
        let node = heap.add(Vec::new());
        heap.set(header, [&[0xB5, 2, 6, 8][..], &node.to_le_bytes()].concat());
        let record = [&[0x37, 0][..], &node.to_le_bytes()].concat();
        heap.set(node, record.repeat(500));
        let heap = heap.build(0xBC, header);
        (file.block(heap), 0)
    });
    quickly("a tree", || {
        let _ = pst.properties(&ObjectRef::message(MESSAGE), 4096);
    });
    assert!(!pst.diagnostics().is_empty());
}

#[test]
fn trees_of_empty_nodes_end() {
    let mut file = Builder::new(36, Crypt::None);
    folders(&mut file);
    let format = file.format;
    let bits = 5 + format.heap_index_bits;
    // Leaves without records, in many blocks that must be inflated one after the other.
    let block = |pieces: &[Vec<u8>]| {
        let mut heap = HeapBuilder::new(format);
        let ids: Vec<u32> = pieces.iter().map(|piece| heap.add(piece.clone())).collect();
        heap.build(0xBC, ids[0])
    };
    let leaves: Vec<u8> = (0..9000_u32)
        .flat_map(|n| [&[0, 0][..], &((n % 30 + 1) << bits | 2 << 5).to_le_bytes()].concat())
        .collect();
    let upper = (1_u32 << 5 | 2 << 5).to_le_bytes();
    let upper: Vec<u8> = (0..1000).flat_map(|_| [&[0, 0][..], &upper].concat()).collect();
    let header = [&[0xB5, 2, 6, 2][..], &(2_u32 << 5).to_le_bytes()].concat();
    let mut blocks = vec![file.block(block(&[header, upper, leaves]))];
    for _ in 0..30 {
        blocks.push(file.block(block(&[vec![7; 60_000], Vec::new()])));
    }
    let data = file.list(1, 0, &blocks);
    file.node(MESSAGE, data, 0, FOLDER);
    let pst = Pst::from_bytes(file.build(), "malicious").unwrap();
    quickly("a tree", || {
        let props = pst.properties(&ObjectRef::message(MESSAGE), 4096).unwrap();
        assert!(props.is_empty());
    });
    assert!(!pst.diagnostics().is_empty());
}

#[test]
fn many_values_in_one_place_are_refused() {
    let pst = with_message(|file| {
        let data = file.data(&vec![7; 60_000]);
        let sub = file.subnodes(&[[0x61, data, 0]]);
        let mut heap = HeapBuilder::new(file.format);
        let header = heap.add(Vec::new());
        let records = heap.add(Vec::new());
        heap.set(header, [&[0xB5, 2, 6, 0][..], &records.to_le_bytes()].concat());
        let record = |id: u16| [&id.to_le_bytes()[..], &[2, 1, 0x61, 0, 0, 0]].concat();
        heap.set(records, (1..900).flat_map(record).collect());
        let heap = heap.build(0xBC, header);
        (file.block(heap), sub)
    });
    let size = pst.ndb().file_size();
    let props = pst.properties(&ObjectRef::message(MESSAGE), u64::MAX).unwrap();
    assert_eq!(props.len(), 899);
    let total: u64 = props.iter().map(|prop| prop.value.size()).sum();
    assert!(total <= 2 * size + 899 * 4, "{total} bytes out of {size}");
}

#[test]
fn names_that_share_one_long_string_are_refused() {
    let mut file = Builder::new(23, Crypt::None);
    folders(&mut file);
    let length = 4 << 20;
    let mut strings = (length as u32).to_le_bytes().to_vec();
    strings.resize(4 + length, b'x');
    let entries: Vec<u8> = (0..30_000_u16)
        .flat_map(|index| [&[0, 0, 0, 0, 5, 0][..], &index.to_le_bytes()].concat())
        .collect();
    let (entries, strings) = (file.data(&entries), file.data(&strings));
    let sub = file.subnodes(&[[0x61, entries, 0], [0x81, strings, 0]]);
    let streams = [(0x0003_0102, Stored::Inline(0x61)), (0x0004_0102, Stored::Inline(0x81))];
    let names = file.block(properties(file.format, &streams));
    file.node(0x61, names, sub, 0);
    let pst = Pst::from_bytes(file.build(), "malicious").unwrap();
    let names = quickly("the map of names", || pst.all_names().unwrap());
    assert_eq!(names.len(), 2);
    assert!(!pst.diagnostics().is_empty());
}

/// A file whose root folder has a wide table as its hierarchy: so many rows of four bytes, so
/// many columns that all stand in the same place, each with a heap of its own if that is wanted.
fn with_wide_table(rows: u32, columns: u32, heaps: bool, row_size: usize) -> Pst {
    let mut file = Builder::new(36, Crypt::None);
    let format = file.format;
    folders(&mut file);
    let mut heap = HeapBuilder::new(format);
    let info = heap.add(Vec::new());
    let index = heap.add(Vec::new());
    let list: Vec<u8> =
        (0..rows).flat_map(|row| [row.to_le_bytes(), row.to_le_bytes()].concat()).collect();
    let list = heap.add(list);
    heap.set(index, [&[0xB5, 4, 4, 0][..], &list.to_le_bytes()].concat());
    let mut description = vec![0xAC, 0];
    for end in [4, 4, 4, row_size as u16] {
        description.extend(end.to_le_bytes());
    }
    description.extend(index.to_le_bytes());
    description.extend(0x101_u32.to_le_bytes());
    description.extend([0; 4]);
    description.extend((columns as u16).to_le_bytes());
    description.extend(0x121_u32.to_le_bytes());
    heap.set(info, description);
    let mut own = HeapBuilder::new(format);
    own.add(vec![0; 60_000]);
    let own = file.block(own.build(0xAC, 0));
    let mut described = Vec::new();
    let mut subnodes = Vec::new();
    for column in 0..columns {
        let nid = if heaps { 0x1000 + column * 0x20 + 1 } else { 0 };
        described.extend((0x0E08_0003_u32 + (column << 16)).to_le_bytes());
        described.extend([0, 0, 4, 0]);
        described.extend((column as u16 % 32).to_le_bytes());
        described.extend([0; 2]);
        described.extend(nid.to_le_bytes());
        if heaps {
            subnodes.push([nid.into(), own, 0]);
        }
    }
    let matrix: Vec<u8> = (0..rows)
        .flat_map(|row| {
            let mut row = row.to_le_bytes().to_vec();
            row.resize(row_size, 0xFF);
            row
        })
        .collect();
    let (described, matrix) = (file.data(&described), file.data(&matrix));
    subnodes.extend([[0x101, matrix, 0], [0x121, described, 0]]);
    let sub = file.subnodes(&subnodes);
    let table = file.block(heap.build(0xAC, info));
    file.node(0x12D, table, sub, 0);
    Pst::from_bytes(file.build(), "malicious").unwrap()
}

#[test]
fn more_columns_than_rows_have_bits_for_are_refused() {
    let pst = with_wide_table(7000, 60_000, false, 8);
    quickly("a wide table", || assert!(!rows(&pst, &RowSource::Hierarchy(0x122)).is_empty()));
    let diagnostics = pst.diagnostics();
    assert!(diagnostics.iter().any(|d| d.cause.contains("60000 columns")), "{diagnostics:?}");
}

#[test]
fn a_wide_table_holds_a_bounded_number_of_heaps() {
    let pst = with_wide_table(2, 2500, true, 400);
    let rows = quickly("a wide table", || rows(&pst, &RowSource::Hierarchy(0x122)));
    assert_eq!(rows.len(), 3, "two in the table, and the folder that it does not show");
    let diagnostics = pst.diagnostics();
    assert!(diagnostics.iter().any(|d| d.cause.contains("too many columns")), "{diagnostics:?}");
}

#[test]
fn damaged_header_roots_are_replaced() {
    let mut bytes = mailbox(23, Crypt::Permute);
    bytes[240] ^= 0x40;
    bytes[224] ^= 0x40;
    let pst = Pst::from_bytes(bytes, "stale").unwrap();
    read_mailbox(&pst);
    let diagnostics = pst.diagnostics();
    assert!(diagnostics.iter().any(|d| d.cause.contains("newest intact")), "{diagnostics:?}");
}
