//! The judgement on real files.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use mapix_conformance::corpus;
use mapix_core::ErrorCode;
use mapix_pst::check::{CheckOptions, CheckReport, Finding, Step, Watch, check, check_bytes};

/// What is found in each file, and how often. What is not here must be found nowhere.
#[rustfmt::skip]
const GOLDEN: [(&str, &[(&str, u64)]); 22] = [
    ("32-bit.pst", &[("MAP-007", 1)]),
    ("AddingBulkMessagesWithImprovedPerformance.pst", &[
        ("FLD-002", 1), ("HDR-004", 2), ("HDR-006", 1), ("HDR-007", 1), ("HDR-011", 1),
        ("HDR-015", 1), ("HDR-016", 1), ("HDR-017", 1), ("NAM-007", 2), ("NAM-008", 2),
    ]),
    ("Empty.pst", &[]),
    ("MapiNoteToPST_out.pst",
        &[("MAP-008", 1), ("MSG-001", 3), ("NAM-007", 2), ("NAM-008", 2)]),
    ("Outlook.pst", &[("MAP-007", 1), ("MSG-010", 8), ("NAM-009", 21)]),
    ("SampleContacts.pst",
        &[("MAP-008", 1), ("MSG-001", 18), ("NAM-007", 2), ("NAM-008", 2)]),
    ("SampleOstFile.ost", &[("FLD-007", 1), ("MAP-007", 1), ("MSG-010", 1), ("REF-004", 3)]),
    ("TaskPST.pst", &[("MAP-008", 1), ("NAM-007", 2), ("NAM-008", 2)]),
    ("Test_part1.pst", &[
        ("FLD-008", 1), ("MAP-007", 1), ("MAP-008", 1), ("MSG-001", 36), ("NAM-007", 2),
        ("NAM-008", 2), ("PC-004", 12), ("TC-003", 41), ("TC-012", 41),
    ]),
    ("contacts.pst", &[("REF-004", 2)]),
    ("dist-list.pst", &[("REF-004", 1)]),
    ("enron.pst", &[
        ("HEAP-004", 71), ("MAP-005", 1), ("MAP-007", 1), ("MAP-008", 1), ("NAM-007", 17),
        ("NAM-008", 17),
    ]),
    ("passworded.pst", &[]),
    ("passwordprotectedPST.pst",
        &[("MAP-007", 1), ("MSG-010", 1), ("NAM-007", 2), ("NAM-008", 2)]),
    ("pstextractortest@outlook.com.ost",
        &[("FLD-007", 3), ("MSG-010", 4), ("REF-004", 14), ("TC-013", 221)]),
    ("sample1.pst", &[]),
    ("sample2.pst", &[]),
    ("submessage.pst", &[("MSG-010", 1)]),
    ("testPST.pst", &[("MAP-007", 1)]),
    ("testPST_variousBodyTypes.pst", &[("FLD-007", 1)]),
    ("test_ansi.pst", &[]),
    ("test_unicode.pst", &[]),
];

#[test]
fn real_files_are_judged_as_before() {
    for mailbox in corpus::mailboxes() {
        let report = check(&mailbox.path, &CheckOptions::default(), &mut ()).unwrap();
        let found: BTreeMap<&str, u64> =
            report.counts().iter().map(|(id, count)| (&id[4..], *count)).collect();
        let golden = GOLDEN.iter().find(|(name, _)| *name == mailbox.name);
        let Some((_, golden)) = golden else { panic!("{}: {found:?}", mailbox.name) };
        let golden: BTreeMap<&str, u64> = golden.iter().copied().collect();
        assert_eq!(found, golden, "{}: {:#?}", mailbox.name, lines(&report));
        let Some(counts) = mailbox.counts else { continue };
        let checked = report.checked;
        assert_eq!(checked.folders, counts.folders + counts.search_folders, "{}", mailbox.name);
        let messages = counts.messages + counts.associated + counts.embedded;
        assert_eq!(checked.messages, messages, "{}", mailbox.name);
        assert_eq!(checked.attachments, counts.attachments, "{}", mailbox.name);
    }
}

fn lines(report: &CheckReport) -> Vec<String> {
    report.findings.iter().map(ToString::to_string).collect()
}

/// Counts what it is told, and cancels at a step.
struct Watcher {
    found: u64,
    until: Option<Step>,
    last: Vec<(Step, u64, u64)>,
}

impl Watch for Watcher {
    fn finding(&mut self, _: &Finding) {
        self.found += 1;
    }

    fn progress(&mut self, step: Step, done: u64, total: u64) -> ControlFlow<()> {
        self.last.push((step, done, total));
        if self.until == Some(step) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn a_watcher_sees_everything_and_can_cancel() {
    let Some(mailbox) = corpus::mailbox("enron.pst") else { return };
    let options = CheckOptions { keep: 1, ..CheckOptions::default() };
    let mut watcher = Watcher { found: 0, until: None, last: Vec::new() };
    let report = check(&mailbox.path, &options, &mut watcher).unwrap();
    assert_eq!(watcher.found, report.counts().values().sum::<u64>());
    assert_eq!(report.findings.len(), report.counts().len());
    assert!(watcher.last.is_sorted_by_key(|(step, ..)| *step));
    assert!(watcher.last.iter().any(|(step, done, total)| *step == Step::Nodes && done == total));
    for step in [Step::Trees, Step::Blocks, Step::Nodes] {
        let mut watcher = Watcher { found: 0, until: Some(step), last: Vec::new() };
        let error = check(&mailbox.path, &options, &mut watcher).unwrap_err();
        assert_eq!(error.code(), ErrorCode::CANCEL);
        let quick = CheckOptions { depth: step, ..options };
        let report = check(&mailbox.path, &quick, &mut ()).unwrap();
        assert_eq!(report.checked.blocks > 0, step >= Step::Blocks);
        assert_eq!(report.checked.heaps > 0, step == Step::Nodes);
    }
}

#[test]
fn what_cannot_be_opened_is_judged_or_an_error() {
    let error = check("no such file", &CheckOptions::default(), &mut ()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NOT_FOUND);
    for bytes in [&b""[..], b"!BDN", b"PK", &[0; 2000]] {
        let report = check_bytes(bytes.to_vec(), &CheckOptions::default(), &mut ()).unwrap();
        assert!(!report.ok());
        assert!(report.format.is_none());
        assert_eq!(report.counts().keys().collect::<Vec<_>>(), [&"PST-HDR-001"]);
    }
}

#[test]
fn damage_with_consequences() {
    for (tree, name) in [(NBT, "NBT"), (BBT, "BBT")] {
        // In the first page of the tree.
        let key = if tree == NBT { u64::from(STORE) } else { 4 };
        let leaf = |number: u32, change: fn(&mut [u8], usize)| {
            expect_among(&format!("{name}-{number:03}"), |file| {
                let (page, _, stride) = file.leaf(tree, key);
                file.page(page, |page| change(page, stride));
            });
        };
        leaf(1, |page, _| page[496..498].fill(0x82));
        leaf(1, |page, _| page[490] = 1);
        leaf(6, |page, _| page[491] = 1);
        leaf(9, |page, stride| page.copy_within(..stride, stride));
        leaf(11, |page, stride| page[stride + 3] = 0xF0);
        leaf(12, |page, _| page[488] = 0);
        let root = |number: u32, change: fn(&mut [u8])| {
            expect_among(&format!("{name}-{number:03}"), |file| {
                let header = file.pst.ndb().header();
                let root = if tree == NBT { header.node_root } else { header.block_root };
                file.page(root.offset, change);
            });
        };
        root(10, |page| page[24] += 4);
        root(13, |page| page.copy_within(8..24, 24 + 8));
    }
    // One block in the place of another.
    expect_among("MAP-009", |file| {
        let offset = file.block(0x460).offset.to_le_bytes();
        file.entry(BBT, ATTACHMENT, 8, &offset);
    });
    expect_among("BLK-013", |file| {
        let offset = file.block(ATTACHMENT).offset + 1;
        file.entry(BBT, ATTACHMENT, 8, &offset.to_le_bytes());
    });
    expect_among("BLK-012", |file| file.entry(BBT, ATTACHMENT, 16, &[0, 0]));
    expect_among("SUB-003", |file| change(file, SUBNODES, |data| data.copy_within(8..12, 32)));
    expect_among("SUB-006", |file| change(file, SUBNODES, |data| data[0] = 9));
    expect_among("SUB-006", |file| change(file, SUBNODES, |data| data[1] = 7));
    expect_among("NAM-001", |file| file.data(0x61, |data| data[2] = 0));
    expect_among("NAM-006", |file| file.replace(0x61, &[1, 0, 3, 0], &[1, 0, 3, 0, 1]));
    expect_among("NAM-002", |file| file.replace(0x61, &[3, 0, 2, 1], &[3, 0, 2, 1, 0xFF, 0x80]));
    expect_among("NOD-008", |file| file.entry(NBT, INBOX.into(), 8, &[0; 8]));
}

#[test]
fn rows() {
    let below = |ids: &[&str], change_it: fn(&mut [u8])| {
        expect(ids, |file| file.data(0x802D, change_it));
    };
    let folder = INBOX.to_le_bytes();
    // The two rows of the index name the same place.
    expect_among("TC-011", |file| {
        file.data(0x802D, |data| {
            let at = find(data, &folder);
            data[at + 4] ^= 1;
        });
    });
    below(&["FLD-010"], |data| {
        let name: Vec<u8> = "Sample1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let at = find(data, &name);
        data[at] = b'T';
    });
    below(&["TC-005"], |data| {
        let at = find(data, &[3, 0, 0xF2, 0x67]);
        data[at..at + 16]
            .copy_from_slice(&[3, 0, 0xF2, 0x67, 4, 0, 4, 1, 3, 0, 0xF3, 0x67, 0, 0, 4, 0]);
    });
    expect(&["MSG-008", "TC-009"], |file| {
        // The class gets a number of bytes that is odd: it takes one of the next piece.
        file.data(CONTENTS, |data| {
            let map = usize::from(u16::from_le_bytes([data[0], data[1]]));
            let class: Vec<u8> = "IPM.Note".encode_utf16().flat_map(u16::to_le_bytes).collect();
            let end = find(data, &class) + class.len();
            let slot = map + find(&data[map..], &(end as u16).to_le_bytes());
            data[slot] -= 1;
        });
    });
}

#[test]
fn flags_of_attachments() {
    let report = damaged("test_unicode.pst", |file| {
        file.replace(MESSAGE, &[7, 0x0E, 3, 0], &[7, 0x0E, 3, 0, 0x11]);
    });
    let Some(report) = report else { return };
    assert!(report.counts().contains_key("PST-MSG-005"), "{:#?}", lines(&report));
}
