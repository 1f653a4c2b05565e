//! A mailbox as a fuzzer wants it: everything in it is as it should be, but what it says.

use super::feed::Feed;
use super::layers::{FOLDER, start};
use super::synthetic::{Builder, Stored, properties, table, text};
use super::values::TYPES;

/// Properties that the object layer looks at.
const TAGS: [u32; 56] = [
    0x0002_000B,
    0x0017_0003,
    0x001A_001F,
    0x001A_001E,
    0x0037_001F,
    0x003D_001F,
    0x0039_0040,
    0x0070_001F,
    0x0071_0102,
    0x0C15_0003,
    0x0C1A_001F,
    0x0C1E_001F,
    0x0C1F_001F,
    0x0E02_001F,
    0x0E04_001F,
    0x0E05_001F,
    0x0E06_0040,
    0x0E07_0003,
    0x0E08_0003,
    0x0E08_0014,
    0x0E09_0102,
    0x0E13_000D,
    0x0E17_0003,
    0x0E1B_000B,
    0x0E1D_001F,
    0x0E20_0003,
    0x0E21_0003,
    0x0FF4_0003,
    0x0FF5_0003,
    0x0FF6_0102,
    0x0FF9_0102,
    0x0FFF_0102,
    0x1000_001F,
    0x1009_0102,
    0x1013_0102,
    0x1035_001F,
    0x3000_0003,
    0x3001_001F,
    0x3002_001F,
    0x3003_001F,
    0x3007_0040,
    0x35DF_0003,
    0x35E0_0102,
    0x35E3_0102,
    0x3601_0003,
    0x3602_0003,
    0x360A_000B,
    0x3613_001F,
    0x36D0_0102,
    0x36D8_1102,
    0x3703_001F,
    0x3704_001F,
    0x3707_001F,
    0x39FE_001F,
    0x3FDE_0003,
    0x3FFD_0003,
];
/// A heap is one block, so that what is in it must end.
const HEAP: usize = 5000;
const FOLDERS: usize = 4;
const DEPTH: usize = 3;

/// A property and its value.
fn prop(feed: &mut Feed<'_>, left: &mut usize) -> (u32, Stored) {
    let tag = match feed.u8() {
        number if usize::from(number) < TAGS.len() => TAGS[usize::from(number)],
        // A named property, or one with a type that is not its own.
        number if number < 128 => {
            0x8000_0000 | u32::from(number) << 16 | u32::from(feed.pick(&TYPES))
        }
        _ => feed.u32(),
    };
    let value = match feed.u8() {
        0 => Stored::Inline(feed.u32()),
        1 => text("IPM.Note.Fuzz"),
        2 => Stored::Inline(feed.u8().into()),
        length => {
            let length = usize::from(length).min(*left);
            *left -= length;
            Stored::Heap(feed.take(length).to_vec())
        }
    };
    (tag, value)
}

/// Properties, each with an ID of its own; those that the object must have stand before.
fn props(feed: &mut Feed<'_>, fixed: &[(u32, Stored)]) -> Vec<(u32, Stored)> {
    let (mut all, mut left) = (fixed.to_vec(), HEAP);
    for _ in 0..feed.below(16) {
        all.push(prop(feed, &mut left));
    }
    all.sort_by_key(|(tag, _)| tag >> 16);
    all.dedup_by_key(|(tag, _)| *tag >> 16);
    all
}

/// The rows of a table: numbers are given, columns and cells come from the fuzzer.
fn rows(feed: &mut Feed<'_>, file: &Builder, fixed: u32, numbers: &[u32]) -> Vec<u8> {
    let mut columns = vec![fixed];
    columns.extend((0..feed.below(5)).map(|_| feed.pick(&TAGS)));
    let mut left = HEAP;
    let rows: Vec<(u32, Vec<Option<Stored>>)> = numbers
        .iter()
        .map(|number| {
            let cell = |_| {
                let there = feed.u8() & 1 == 0;
                there.then(|| prop(&mut *feed, &mut left).1)
            };
            (*number, (0..columns.len()).map(cell).collect())
        })
        .collect();
    table(file.format, &columns, &rows)
}

/// A message and what is in it: its data and its subnodes.
fn message(feed: &mut Feed<'_>, file: &mut Builder, depth: usize) -> (u64, u64) {
    let mut subnodes = Vec::new();
    if feed.u8() & 1 == 0 {
        let numbers: Vec<u32> = (0..feed.below(4) as u32).collect();
        let recipients = rows(feed, file, 0x0C15_0003, &numbers);
        subnodes.push([0x692, file.block(recipients), 0]);
    }
    let mut numbers = Vec::new();
    for number in 0..feed.below(4) as u32 {
        let nid = 0x8025 + number * 0x20;
        let kind = feed.u8();
        let method = Stored::Inline(u32::from(kind & 7));
        let (value, below) = match kind >> 3 & 3 {
            0 if depth < DEPTH => {
                let (data, sub) = message(feed, file, depth + 1);
                let object = [0x24_u32.to_le_bytes(), 500_u32.to_le_bytes()].concat();
                ((0x3701_000D, Stored::Heap(object)), vec![[0x24, data, sub]])
            }
            1 => {
                let data = file.data(&vec![kind; usize::from(feed.u16())]);
                ((0x3701_0102, Stored::Inline(0x41)), vec![[0x41, data, 0]])
            }
            2 => ((0x3701_000D, Stored::Inline(0x41)), Vec::new()),
            _ => ((0x3701_0102, Stored::Heap(feed.take(20).to_vec())), Vec::new()),
        };
        let sub = if below.is_empty() { 0 } else { file.subnodes(&below) };
        let all = props(feed, &[(0x3705_0003, method), value]);
        let data = file.block(properties(file.format, &all));
        subnodes.push([nid.into(), data, sub]);
        numbers.push(nid);
    }
    if !numbers.is_empty() && feed.u8() & 1 == 0 {
        let table = rows(feed, file, 0x3705_0003, &numbers);
        subnodes.push([0x671, file.block(table), 0]);
    }
    let body = (0x1000_001F, Stored::Inline(0x61));
    let fixed: &[(u32, Stored)] = if feed.u8() & 1 == 0 {
        let data = file.data(&b"t\0e\0x\0t\0 \0".repeat(feed.u16().into()));
        subnodes.push([0x61, data, 0]);
        &[body]
    } else {
        &[]
    };
    let all = props(feed, fixed);
    let data = file.block(properties(file.format, &all));
    let sub = if subnodes.is_empty() { 0 } else { file.subnodes(&subnodes) };
    (data, sub)
}

/// A whole mailbox.
pub(super) fn mailbox(feed: &mut Feed<'_>) -> Vec<u8> {
    let (mut file, _) = start(feed);
    let names = [0, 0, 0, 0, 5, 0, 0, 0, 5, 0x82, 0, 0, 4, 0, 1, 0];
    let names = [
        (0x0003_0102, Stored::Heap(names.to_vec())),
        (0x0004_0102, Stored::Heap(b"\x0A\0\0\0c\0o\0l\0o\0r\0".to_vec())),
    ];
    let names = file.block(properties(file.format, &names));
    file.node(0x61, names, 0, 0);
    let folders: Vec<u64> = (0..feed.below(FOLDERS + 1) as u64)
        .map(|number| FOLDER + number * 0x20 + u64::from(feed.u8() & 1))
        .collect();
    let mut index = 0x20_0024;
    for folder in &folders {
        let all = props(feed, &[]);
        let data = file.block(properties(file.format, &all));
        file.node(*folder, data, 0, 0x122);
        let mut numbers = Vec::new();
        for _ in 0..feed.below(4) {
            let (data, sub) = message(feed, &mut file, 0);
            file.node(index, data, sub, *folder);
            numbers.push(index as u32);
            index += 0x20;
        }
        let table = rows(feed, &file, 0x0037_001F, &numbers);
        let table = file.block(table);
        let search = folder & 1 == 1;
        file.node((folder & !0x1F) + if search { 0x10 } else { 0xE }, table, 0, 0);
    }
    let numbers: Vec<u32> = folders.iter().map(|folder| *folder as u32).collect();
    let hierarchy = rows(feed, &file, 0x3001_001F, &numbers);
    let hierarchy = file.block(hierarchy);
    file.node(0x12D, hierarchy, 0, 0);
    let receive = rows(feed, &file, 0x6605_0003, &[0, 1]);
    let receive = file.block(receive);
    file.node(0x62B, receive, 0, 0);
    file.build()
}
