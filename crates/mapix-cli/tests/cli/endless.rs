//! Files that no program writes: messages that hold each other many times over, and a body of half
//! a gigabyte.

#[path = "../../../mapix-pst/tests/synthetic/mod.rs"]
mod builder;

use std::fs;

use builder::{Builder, Stored, properties, table, text};
use mapix_pst::ndb::Crypt;

use super::export::{manifest_is_true, tree};
use super::{mapix, scratch};

const FOLDER: u64 = 0x8022;
const MESSAGE: u64 = 0x20_0024;

/// A mailbox with one message.
fn mailbox(version: u16, make: impl FnOnce(&mut Builder) -> (u64, u64)) -> Vec<u8> {
    let mut file = Builder::new(version, Crypt::None);
    let format = file.format;
    let node = |file: &mut Builder, nid: u64, block: Vec<u8>, parent: u64| {
        let block = file.block(block);
        file.node(nid, block, 0, parent);
    };
    let named = |name: &str| properties(format, &[(0x3001_001F, text(name))]);
    let store = [(0x0FF9_0102, Stored::Heap(vec![7; 16])), (0x3001_001F, text("made"))];
    node(&mut file, 0x21, properties(format, &store), 0);
    let names = [0x0003_0102, 0x0004_0102].map(|tag| (tag, Stored::Heap(Vec::new())));
    node(&mut file, 0x61, properties(format, &names), 0);
    node(&mut file, 0x122, named("root"), 0x122);
    node(&mut file, FOLDER, named("Inbox"), 0x122);
    let row = |id: u64, title: &str| {
        table(format, &[0x3001_001F], &[(id as u32, vec![Some(text(title))])])
    };
    node(&mut file, 0x12D, row(FOLDER, "Inbox"), 0);
    node(&mut file, FOLDER - 2 + 0xE, row(MESSAGE, "again"), 0);
    for nid in [0x12E, 0x12F, FOLDER - 2 + 0xD, FOLDER - 2 + 0xF] {
        node(&mut file, nid, table(format, &[0x3001_001F], &[]), 0);
    }
    let (message, sub) = make(&mut file);
    file.node(MESSAGE, message, sub, FOLDER);
    file.build()
}

/// Each of so many levels holds the next one twice: the file stays small, and what it says doubles
/// with each level.
fn fan_out(levels: u32) -> Vec<u8> {
    mailbox(23, |file| {
        let format = file.format;
        let object = [0x24_u32.to_le_bytes(), 500_u32.to_le_bytes()].concat();
        let letter = properties(
            format,
            &[(0x3705_0003, Stored::Inline(5)), (0x3701_000D, Stored::Heap(object))],
        );
        let letter = file.block(letter);
        let rows = [0x8025, 0x8045].map(|nid| (nid, vec![Some(Stored::Inline(5))]));
        let rows = table(format, &[0x3705_0003], &rows);
        let rows = file.block(rows);
        let mut inner = (0, 0);
        for level in 0..=levels {
            let subject = [(0x001A_001F, text("IPM.Note")), (0x0037_001F, text("again"))];
            let block = properties(format, &subject);
            let block = file.block(block);
            let mut sub = 0;
            if level > 0 {
                let below = file.subnodes(&[[0x24, inner.0, inner.1]]);
                let letters = [0x8025, 0x8045].map(|nid| [nid, letter, below]);
                sub = file.subnodes(&[[0x671, rows, 0], letters[0], letters[1]]);
            }
            inner = (block, sub);
        }
        inner
    })
}

#[test]
fn messages_that_hold_each_other_end() {
    let slow = std::env::var_os("MAPIX_SLOW").is_some();
    let dir = scratch("endless-fan-out");
    let (small, large) = (dir.join("small.pst"), dir.join("large.pst"));
    fs::write(&small, fan_out(5)).unwrap();
    fs::write(&large, fan_out(if slow { 60 } else { 14 })).unwrap();
    let forms = ["eml", "mbox", "jsonl", "csv", "attachments"];
    for to in forms {
        let out = dir.join(format!("small-{to}"));
        let args = ["export", small.to_str().unwrap(), "--to", to, "--out", out.to_str().unwrap()];
        mapix(&args).ok();
        let files = tree(&out);
        manifest_is_true(&files);
        let manifest = String::from_utf8_lossy(&files["manifest.jsonl"]).into_owned();
        assert_eq!(manifest.lines().count(), 63, "{to}: all of them");
    }
    for to in if slow { &forms[..] } else { &forms[..1] } {
        let out = dir.join(format!("large-{to}"));
        let args = ["export", large.to_str().unwrap(), "--to", to, "--out", out.to_str().unwrap()];
        let run = mapix(&[&args[..], &["-q"]].concat());
        assert_eq!(run.code, Some(1), "{to}: {}", run.err);
        let files = tree(&out);
        manifest_is_true(&files);
        let ledger = String::from_utf8_lossy(&files["ledger.jsonl"]).into_owned();
        assert!(ledger.contains("so many messages are embedded that the rest is left out"), "{to}");
        let bytes: usize = files.values().map(Vec::len).sum();
        assert!(bytes < 100 << 20, "{to}: {bytes}");
    }
    let file = large.to_str().unwrap();
    let address = format!("{MESSAGE:#x}");
    let show = ["show", file, &address, "--format", "json"];
    let verbs = [&["stat", file][..], &["stat", "--full", file], &show];
    for args in &verbs[..if slow { 3 } else { 2 }] {
        assert_eq!(mapix(args).code, Some(1), "{args:?}");
    }
    for args in [&["ls", "-r", file][..], &["search", file, "again"], &["show", file, &address]] {
        mapix(args).ok();
    }
}

#[test]
fn a_large_body() {
    const LINE: &[u8; 64] = b"<p>All of this is said again and again, and again, and again.\r\n ";
    let slow = std::env::var_os("MAPIX_SLOW").is_some();
    let size: usize = if slow { 500 << 20 } else { 12 << 20 };
    let dir = scratch("endless-body");
    let path = dir.join("large.ost");
    let html: Vec<u8> = LINE.iter().copied().cycle().take(size).collect();
    fs::write(
        &path,
        mailbox(36, |file| {
            let html = file.data(&html);
            let sub = file.subnodes(&[[0x61, html, 0]]);
            let message = properties(
                file.format,
                &[
                    (0x001A_001F, text("IPM.Note")),
                    (0x0037_001F, text("long")),
                    (0x1013_0102, Stored::Inline(0x61)),
                ],
            );
            (file.block(message), sub)
        }),
    )
    .unwrap();
    drop(html);
    let file = path.to_str().unwrap();
    let out = dir.join("out");
    let args = ["export", file, "--to", "eml", "--properties", "--out", out.to_str().unwrap()];
    mapix(&args).ok();
    let manifest = fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let record: serde_json::Value = serde_json::from_str(manifest.lines().next().unwrap()).unwrap();
    let number = |field: &str| record[field].as_u64().unwrap();
    let base64 = (size.div_ceil(57) * 78) as u64;
    assert!((base64..base64 + 1000).contains(&number("bytes")), "{record}");
    let hex = 2 * size as u64;
    assert!((hex..hex + 10_000).contains(&number("properties_bytes")), "{record}");
    let found = mapix(&["search", file, "body:said", "--count"]);
    if slow {
        // Too long to be searched, which is said.
        assert_eq!(found.code, Some(1), "{}", found.err);
        assert!(found.err.contains("PR_BODY has 524288000 bytes"), "{}", found.err);
        let shown = mapix(&["show", file, &format!("{MESSAGE:#x}")]);
        assert_eq!(shown.code, Some(1), "{}", shown.err);
        assert!(shown.err.contains("too many to be shown"), "{}", shown.err);
    } else {
        assert_eq!(found.out, "1\n", "{}", found.err);
    }
    fs::remove_dir_all(&dir).unwrap();
}
