//! `export`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{corpus, mapix, scratch};

const FORMS: [&str; 6] = ["eml", "mbox", "maildir", "jsonl", "csv", "attachments"];

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Every file below a directory, by its path.
fn tree(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![dir.to_owned()]);
    while let Some(here) = waiting.pop() {
        for entry in fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[track_caller]
fn manifest_is_true(files: &BTreeMap<String, Vec<u8>>) {
    let text = String::from_utf8(files["manifest.jsonl"].clone()).unwrap();
    let rows = String::from_utf8(files["manifest.csv"].clone()).unwrap();
    assert!(rows.lines().count() > text.lines().count(), "as many rows, and a heading");
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(file) = record["file"].as_str() else { continue };
        let number = |field: &str| record[field].as_u64().unwrap() as usize;
        let (start, length) = (number("offset"), number("bytes"));
        let bytes = &files[file][start..start + length];
        assert_eq!(record["sha256"], sha256(bytes), "{record}");
    }
}

#[test]
fn every_form_is_the_same_on_any_number_of_threads() {
    let real = corpus("enron.pst").map(|path| path.to_str().unwrap().to_owned());
    for (index, source) in real.iter().map(String::as_str).chain(["sample:"]).enumerate() {
        for to in FORMS {
            let dir = scratch(&format!("export-{to}-{index}"));
            let run = |jobs: &str| {
                let out = dir.join(jobs);
                let out_text = out.to_str().unwrap();
                let args = ["export", source, "--to", to, "--out", out_text, "--all", "-q"];
                let run = mapix(&[&args[..], &["--jobs", jobs]].concat());
                assert!(matches!(run.code, Some(0 | 1)), "{}", run.err);
                tree(&out)
            };
            let (one, four) = (run("1"), run("4"));
            assert!(one == four, "{to} {source}");
            assert!(!one.keys().any(|name| name == "journal.part" && source == "sample:"));
            manifest_is_true(&one);
        }
    }
}

#[test]
fn a_target_is_not_overwritten() {
    let dir = scratch("export-target");
    fs::write(dir.join("mine"), "mine").unwrap();
    let args = ["export", "sample:", "--to", "eml", "--out", dir.to_str().unwrap()];
    assert_eq!(mapix(&args).code, Some(2));
    assert_eq!(mapix(&[&args[..], &["--resume"]].concat()).code, Some(2));
    assert_eq!(tree(&dir).len(), 1);
}

#[test]
fn queries_and_names() {
    let out = scratch("export-query").join("out");
    let out_text = out.to_str().unwrap();
    mapix(&["export", "sample:", "subject:lunch", "--to", "eml", "--out", out_text]).ok();
    let files = tree(&out);
    assert!(files.contains_key("Deleted Items/2026-05-01 Lunch_ (16).eml"), "{:?}", files.keys());
    assert_eq!(files.len(), 4);
    let wrong = out.join("wrong");
    let wrong = wrong.to_str().unwrap();
    let args = ["export", "sample:", "recieved:2024", "--to", "eml", "--out", wrong];
    assert_eq!(mapix(&args).code, Some(2));
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_half_written_and_resume_goes_on() {
    for to in ["eml", "mbox", "jsonl"] {
        let dir = scratch(&format!("export-full-{to}"));
        let (whole, part) = (dir.join("whole"), dir.join("part"));
        let program = env!("CARGO_BIN_EXE_mapix");
        let export = |out: &Path| {
            ["export", "sample:", "--to", to, "--out", out.to_str().unwrap()].map(str::to_owned)
        };
        let run = |out: &Path, more: &[&str]| {
            let args = export(out);
            let args: Vec<&str> =
                args.iter().map(String::as_str).chain(more.iter().copied()).collect();
            mapix(&args)
        };
        run(&whole, &[]).ok();
        let limited = std::process::Command::new("sh")
            .args(["-c", "ulimit -f 100; trap '' XFSZ; exec \"$@\"", "sh", program])
            .args(export(&part))
            .args(["--jobs", "1"])
            .output()
            .unwrap();
        assert_eq!(limited.status.code(), Some(4), "{}", String::from_utf8_lossy(&limited.stderr));
        let expected = tree(&whole);
        for (name, bytes) in tree(&part) {
            assert!(name == "journal.part" || expected.get(&name) == Some(&bytes), "{name}");
        }
        run(&part, &["--resume"]).ok();
        assert!(tree(&part) == expected, "{to}");
        assert!(run(&part, &["--resume"]).ok().err.contains("complete already"));
    }
}

#[test]
fn a_wrong_request_makes_nothing() {
    let dir = scratch("export_wrong_request").join("out");
    let out = dir.to_str().unwrap();
    for wrong in [["--folder", "No such folder"], ["--columns", "PR_NO_SUCH_NAME"]] {
        let args = [&["export", "sample:", "--to", "csv", "--out", out][..], &wrong].concat();
        assert_eq!(mapix(&args).code, Some(2), "{wrong:?}");
        assert!(!dir.exists(), "{wrong:?}");
    }
}

#[test]
fn a_query_looks_into_html_bodies() {
    let dir = scratch("export_html_query").join("out");
    let out = dir.to_str().unwrap();
    let found = mapix(&["search", "sample:", "body:spring", "--format", "jsonl"]).ok().lines();
    mapix(&["export", "sample:", "body:spring", "--to", "jsonl", "--out", out]).ok();
    let manifest = std::fs::read_to_string(dir.join("manifest.jsonl")).unwrap();
    assert!(!found.is_empty());
    assert_eq!(manifest.lines().count(), found.len(), "{manifest}");
}
