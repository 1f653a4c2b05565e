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
