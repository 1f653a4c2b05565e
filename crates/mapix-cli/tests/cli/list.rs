//! `ls` and `tree`.

use std::fs;

use serde_json::Value;

use super::{corpus, mapix, scratch};

/// What scripts may rely on.
const FIELDS: [&str; 12] = [
    "entry_id",
    "path",
    "position",
    "kind",
    "message_class",
    "subject",
    "from",
    "date",
    "size",
    "unread",
    "has_attachments",
    "nid",
];

#[test]
fn fields_of_items() {
    let items = mapix(&["ls", "--recursive", "--format", "jsonl", "sample:"]).ok().lines();
    assert_eq!(items.len(), 11);
    for item in &items {
        for field in FIELDS {
            assert!(item.get(field).is_some(), "{field}: {item}");
        }
    }
    let first = &items[0];
    assert_eq!(first["path"], "Inbox");
    assert_eq!(first["position"], 1);
    assert_eq!(first["subject"], "Regatta plan, third draft");
    assert_eq!(first["date"], "2026-05-04T07:42:10Z");
    assert_eq!(first["message_class"], "IPM.Note");
    assert_eq!(first["has_attachments"], true);
    let id = first["entry_id"].as_str().unwrap();
    assert!(mapix(&["show", "sample:", id]).ok().out.starts_with("Regatta plan"));
}

#[test]
fn forms_have_the_same_items() {
    let json = mapix(&["ls", "sample:", "@inbox", "--format", "json"]).ok().json();
    let lines = mapix(&["ls", "sample:", "@inbox", "--format", "jsonl"]).ok().lines();
    assert_eq!(json.as_array().unwrap(), &lines);
    let csv = mapix(&["ls", "sample:", "@inbox", "--format", "csv"]).ok().out;
    assert_eq!(csv.lines().count(), 1 + lines.len());
    assert!(csv.lines().next().unwrap().starts_with("entry_id,path,position,"));
    assert!(csv.contains("\"Regatta plan, third draft\""), "commas are quoted");
    let none = mapix(&["ls", "sample:", "@outbox", "--format", "json"]).ok().json();
    assert_eq!(none.as_array().unwrap().len(), 0);
}

#[test]
fn which_items() {
    let count = |args: &[&str]| {
        let all = [&["ls", "sample:", "--format", "jsonl"], args].concat();
        mapix(&all).ok().lines().len()
    };
    assert_eq!(count(&["@inbox"]), 4);
    assert_eq!(count(&["@inbox", "--hidden"]), 1);
    assert_eq!(count(&["@inbox", "--recursive"]), 6);
    assert_eq!(count(&["@inbox", "--deleted"]), 0);
    assert_eq!(count(&["--orphans"]), 0);
    assert_eq!(count(&["--recursive", "--all"]), 12);
    assert_eq!(count(&["--recursive", "--limit", "3"]), 3);
    assert_eq!(count(&["Inbox/2025"]), 2);
    assert_eq!(count(&["inbox/2025"]), 2);
}

#[test]
fn order_and_columns() {
    let run =
        mapix(&["ls", "sample:", "-r", "--sort", "-size", "--limit", "2", "--format", "jsonl"]);
    let sizes: Vec<u64> =
        run.ok().lines().iter().map(|item| item["size"].as_u64().unwrap()).collect();
    assert!(sizes[0] > sizes[1]);
    let args = ["ls", "sample:", "@inbox", "--columns", "PR_IMPORTANCE,PidNameKeywords"];
    let items = mapix(&[&args[..], &["--format", "jsonl"]].concat()).ok().lines();
    assert_eq!(items[0]["PR_IMPORTANCE"], 2);
    assert_eq!(items[0]["PidNameKeywords"][0], "Regatta");
    assert_eq!(items[1]["PidNameKeywords"], serde_json::Value::Null);
}

#[test]
fn trees_count() {
    let text = mapix(&["tree", "sample:"]).ok().out;
    assert!(text.contains("Inbox") && text.contains("@inbox"), "{text}");
    let folders = mapix(&["tree", "--all", "sample:", "--format", "jsonl"]).ok().lines();
    assert_eq!(folders.len(), 12);
    let inbox = folders.iter().find(|folder| folder["special"] == "@inbox").unwrap();
    assert_eq!(inbox["messages"], 4);
    assert_eq!(inbox["unread"], 2);
    assert_eq!(inbox["associated"], 1);
    for folder in &folders {
        let path = folder["path"].as_str().unwrap();
        let found = mapix(&["show", "sample:", path, "--format", "json"]).ok().json();
        assert_eq!(found["nid"], folder["nid"], "{path} leads back");
    }
}

#[test]
fn a_ledger_lists_every_item_and_overwrites_nothing() {
    let file = scratch("ledger").join("ledger.jsonl");
    let file = file.to_str().unwrap();
    mapix(&["ls", "-r", "sample:", "--ledger", file]).ok();
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(text.matches("\"state\":\"done\"").count(), 11);
    let count: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&count["event"], &count["done"]), (&"count".into(), &11.into()));
    let again = mapix(&["ls", "-r", "sample:", "--ledger", file]);
    assert_eq!(again.code, Some(2));
    assert_eq!(std::fs::read_to_string(file).unwrap(), text);
}

#[test]
fn the_number_of_threads_does_not_show() {
    let files = ["enron.pst", "Outlook.pst", "pstextractortest@outlook.com.ost"];
    let real = files.iter().filter_map(|name| corpus(name));
    let names: Vec<String> = real.map(|path| path.to_str().unwrap().to_owned()).collect();
    for file in names.iter().map(String::as_str).chain(["sample:"]) {
        for verb in [
            &["ls", "-r", "-a", "--format", "jsonl"][..],
            &["tree", "-a"],
            &["stat", "--full", "--format", "json"],
        ] {
            let run = |jobs| mapix(&[verb, &["-q", "--jobs", jobs, file]].concat()).ok().out;
            assert!(run("1") == run("4"), "{verb:?} {file}");
        }
    }
}

/// A folder of more items than are read at a time.
#[test]
fn large_folders_are_listed_in_parts() {
    const COUNT: usize = 9000;
    let dir = scratch("list-large");
    let mail = |number: usize| {
        let subject = number * 7919 % COUNT;
        format!("From a Thu Jan  1 00:00:00 2026\nSubject: Number {subject}\n\ntext\n\n")
    };
    let mbox = dir.join("large.mbox");
    fs::write(&mbox, (0..COUNT).map(mail).collect::<String>()).unwrap();
    let store = dir.join("mail.mapix");
    let store = store.to_str().unwrap();
    mapix(&["import", mbox.to_str().unwrap(), "--into", store]).ok();
    let list = |more: &[&str]| {
        let run = mapix(&[&["ls", store, "large", "--format", "jsonl"], more].concat()).ok();
        run.out.lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let all = list(&[]);
    let item = |line: &String| serde_json::from_str::<Value>(line).unwrap();
    let positions: Vec<u64> =
        all.iter().map(|line| item(line)["position"].as_u64().unwrap()).collect();
    assert!(positions.into_iter().eq(1..=COUNT as u64));
    assert!(list(&["--limit", "5000"]) == all[..5000]);
    let subject = |line: &String| item(line)["subject"].as_str().unwrap().to_lowercase();
    let mut sorted = all;
    sorted.sort_by_cached_key(subject);
    assert!(list(&["--sort", "subject"]) == sorted);
    assert!(list(&["--sort", "subject", "--limit", "7"]) == sorted[..7]);
    sorted.reverse();
    assert!(list(&["--sort", "-subject", "--limit", "7"]) == sorted[..7]);
}
