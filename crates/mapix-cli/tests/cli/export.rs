//! `export`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mapix::prop::{PropTag, tags};
use mapix::{AttachMethod, Message, OpenOptions};

use super::{corpus, mapix, scratch};

/// What is in the directory of an export, by its path; shared with the tests of stops.
pub(super) type Tree = BTreeMap<String, Vec<u8>>;

const FORMS: [&str; 6] = ["eml", "mbox", "maildir", "jsonl", "csv", "attachments"];

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Every file below a directory, by its path.
pub(super) fn tree(dir: &Path) -> Tree {
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
pub(super) fn manifest_is_true(files: &Tree) {
    let text = String::from_utf8(files["manifest.jsonl"].clone()).unwrap();
    let rows = String::from_utf8(files["manifest.csv"].clone()).unwrap();
    assert!(rows.lines().count() > text.lines().count(), "as many rows, and a heading");
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        for part in ["", "properties_"] {
            let field = |name: &str| &record[format!("{part}{name}")];
            let Some(file) = field("file").as_str() else { continue };
            let number = |name: &str| field(name).as_u64().unwrap() as usize;
            let (start, length) = (number("offset"), number("bytes"));
            let bytes = &files[file][start..start + length];
            assert_eq!(*field("sha256"), sha256(bytes), "{record}");
        }
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

#[test]
fn properties_are_kept_beside_the_mail() {
    let mut sources = vec!["sample:".to_owned()];
    sources.extend(corpus("enron.pst").map(|path| path.to_str().unwrap().to_owned()));
    for (index, source) in sources.iter().enumerate() {
        let whole = scratch(&format!("export-whole-{index}")).join("out");
        mapix(&["export", source, "--to", "jsonl", "--all", "--out", whole.to_str().unwrap()]).ok();
        let whole = tree(&whole);
        let lines = whole.iter().filter(|(name, _)| name.ends_with("messages.jsonl"));
        let mut expected: Vec<&[u8]> =
            lines.flat_map(|(_, bytes)| bytes.split_inclusive(|byte| *byte == b'\n')).collect();
        expected.sort_unstable();
        for to in ["eml", "mbox", "maildir"] {
            let out = scratch(&format!("export-properties-{to}-{index}")).join("out");
            let args = ["export", source, "--to", to, "--all", "--out", out.to_str().unwrap()];
            mapix(&[&args[..], &["--properties"]].concat()).ok();
            let files = tree(&out);
            manifest_is_true(&files);
            let manifest = String::from_utf8(files["manifest.jsonl"].clone()).unwrap();
            let mut found: Vec<&[u8]> = Vec::new();
            for line in manifest.lines() {
                let record: serde_json::Value = serde_json::from_str(line).unwrap();
                if record["ordinal"].is_null() {
                    let file = &files[record["properties_file"].as_str().unwrap()];
                    let start = record["properties_offset"].as_u64().unwrap() as usize;
                    let length = record["properties_bytes"].as_u64().unwrap() as usize;
                    found.push(&file[start..start + length]);
                }
            }
            found.sort_unstable();
            assert!(found == expected, "{to} {source}: the same as in jsonl");
            if to == "maildir" {
                let is_mail = |name: &&String| name.contains("/cur/") || name.starts_with("cur/");
                assert!(!files.keys().filter(is_mail).any(|name| name.ends_with("json")));
            }
        }
    }
    let out = scratch("export-properties-csv").join("out");
    let args = ["export", "sample:", "--to", "csv", "--properties", "--out", out.to_str().unwrap()];
    assert_eq!(mapix(&args).code, Some(2));
}

#[test]
fn a_wrong_query_is_shown_with_a_caret() {
    let out = scratch("export-caret").join("out");
    let out = out.to_str().unwrap();
    for query in [&["from:ann recieved:2024"][..], &["--query", "from:ann recieved:2024"]] {
        let args = [&["export", "sample:", "--to", "eml", "--out", out], query].concat();
        let run = mapix(&args);
        assert_eq!(run.code, Some(2));
        assert!(run.err.contains("from:ann recieved:2024\n           ^^^^^^^^"), "{}", run.err);
        assert!(!Path::new(out).exists());
    }
}

/// The data of the attachments in a JSON message, at every depth, by their ordinals.
fn data_of(message: &serde_json::Value, above: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for (index, attachment) in message["attachments"].as_array().unwrap().iter().enumerate() {
        let ordinal = format!("{above}{}", index + 1);
        let all = attachment["properties"].as_array().unwrap();
        let data = all.iter().find(|prop| prop["tag"].as_str().unwrap().starts_with("0x3701"));
        if let Some(digits) = data.and_then(|data| data["value"].as_str()) {
            let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
            found.insert(ordinal.clone(), (0..digits.len()).step_by(2).map(byte).collect());
        }
        if attachment["embedded"].is_object() {
            data_of(&attachment["embedded"], &format!("{ordinal}."), found);
        }
    }
}

/// Of files, of OLE objects, and of what is embedded; its hash is that of the manifest.
#[test]
fn json_lines_carry_the_data_of_attachments() {
    let dir = scratch("export-json-data");
    let store = dir.join("mail.mapix");
    let session = mapix::initialize().session();
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let mailbox = session.open_store(&store, &options).unwrap();
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number / 7) as u8).collect();
    let message = mailbox.root().unwrap().create_message().unwrap();
    let attach = |message: &Message, method, tag: PropTag, bytes: &[u8]| {
        let attachment = message.create_attachment(method).unwrap();
        attachment.set(tag, bytes.to_vec()).unwrap();
        attachment.save().unwrap();
    };
    attach(&message, AttachMethod::ByValue, tags::ATTACH_DATA_BIN, b"small");
    attach(&message, AttachMethod::ByValue, tags::ATTACH_DATA_BIN, &large);
    attach(&message, AttachMethod::Ole, tags::ATTACH_DATA_BIN, b"\xD0\xCF\x11\xE0");
    let outer = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let inner = outer.create_embedded().unwrap();
    attach(&inner, AttachMethod::ByValue, tags::ATTACH_DATA_BIN, &large[..2_000_000]);
    inner.save().unwrap();
    outer.save().unwrap();
    message.save().unwrap();
    session.logoff();

    let made = store.to_str().unwrap().to_owned();
    // The OST has objects that are not among their properties.
    let real = ["enron.pst", "SampleOstFile.ost"].map(corpus);
    let real = real.into_iter().flatten().map(|path| path.to_str().unwrap().to_owned());
    for (number, source) in ["sample:".to_owned(), made.clone()].into_iter().chain(real).enumerate()
    {
        let out = dir.join(format!("{number}"));
        let args = ["export", &source, "--to", "jsonl", "--all", "--out", out.to_str().unwrap()];
        mapix(&args).ok();
        let files = tree(&out);
        manifest_is_true(&files);
        let mut found = BTreeMap::new();
        let lines = files.iter().filter(|(name, _)| name.ends_with("messages.jsonl"));
        for line in lines.flat_map(|(_, bytes)| bytes.split(|byte| *byte == b'\n')) {
            if let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) {
                let mut data = BTreeMap::new();
                data_of(&message, "", &mut data);
                let id = message["nid"].as_str().unwrap().to_owned();
                found.extend(data.into_iter().map(|(ordinal, data)| ((id.clone(), ordinal), data)));
            }
        }
        let manifest = String::from_utf8(files["manifest.jsonl"].clone()).unwrap();
        let mut hashed = 0;
        for line in manifest.lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            if record["kind"] == "attachment" && !record["sha256"].is_null() {
                let text = |field: &str| record[field].as_str().unwrap().to_owned();
                let data = &found[&(text("nid"), text("ordinal"))];
                assert_eq!(text("sha256"), sha256(data), "{record}");
                hashed += 1;
            }
        }
        assert_eq!(hashed, found.len(), "{source}");
        assert!(source != made || hashed == 4);
    }
}
