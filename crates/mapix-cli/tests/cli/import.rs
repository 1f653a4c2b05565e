//! `import`, and what comes back out.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::export::tree;
use super::{command, corpus, mapix, scratch};

/// The items of a mailbox by path and subject, with class, date and size of what does not change.
fn items(store: &str) -> Vec<String> {
    let run = mapix(&["ls", "--recursive", "--format", "jsonl", store]).ok();
    let line = |item: Value| format!("{} | {} | {}", item["path"], item["subject"], item["date"]);
    let mut items: Vec<String> = run.lines().into_iter().map(line).collect();
    items.sort();
    items
}

fn count(run: &super::Run, field: &str) -> u64 {
    run.json()[field].as_u64().unwrap()
}

#[test]
fn a_mailbox_is_there_once_however_often_it_is_imported() {
    let dir = scratch("import-sample");
    let store = dir.join("mail.mapix");
    let store = store.to_str().unwrap();
    let import = || mapix(&["import", "sample:", "--into", store, "--format", "json"]).ok();
    let first = import();
    assert_eq!((count(&first, "messages"), count(&first, "known")), (12, 0));
    let second = import();
    assert_eq!((count(&second, "messages"), count(&second, "known")), (0, 12));
    assert_eq!(items(store), items("sample:"));
    let found = mapix(&["search", store, "regatta has:attachment", "--format", "jsonl"]).ok();
    assert_eq!(found.lines().len(), 1);
    let stat = mapix(&["stat", "--format", "json", store]).ok().json();
    assert_eq!(stat["messages"], 11);
    mapix(&["check", store]).ok();
}

#[test]
fn mail_that_was_exported_comes_back() {
    for form in ["eml", "mbox", "maildir"] {
        let dir = scratch(&format!("import-{form}"));
        let (mail, store) = (dir.join("mail"), dir.join("mail.mapix"));
        let (mail, store) = (mail.to_str().unwrap(), store.to_str().unwrap());
        mapix(&["export", "sample:", "--to", form, "--out", mail]).ok();
        let run = mapix(&["import", mail, "--into", store, "--format", "json"]);
        assert_eq!(count(&run, "messages"), 11, "{form}: {}", run.err);
        let subjects = |store: &str| {
            let run = mapix(&["ls", "--recursive", "--format", "jsonl", store]).ok();
            let subject = |item: Value| item["subject"].as_str().unwrap().to_owned();
            let mut subjects: Vec<String> = run.lines().into_iter().map(subject).collect();
            subjects.sort();
            subjects
        };
        assert_eq!(subjects(store), subjects("sample:"), "{form}");
        let inbox = mapix(&["ls", "--format", "jsonl", store, "@inbox"]).ok();
        assert_eq!(inbox.lines().len(), 4, "{form}");
    }
}

#[test]
fn a_dry_run_makes_nothing_and_wrong_names_make_no_mailbox() {
    let dir = scratch("import-dry");
    let store = dir.join("mail.mapix");
    let name = store.to_str().unwrap();
    let missing = dir.join("missing.pst");
    let run = mapix(&["import", missing.to_str().unwrap(), "--into", name]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert!(!store.exists());
    let run = mapix(&["import", "sample:", "--into", name, "--dry-run", "--format", "json"]).ok();
    assert_eq!(count(&run, "messages"), 12);
    assert!(!store.exists());
    let keys = dir.join("keys.eml");
    fs::write(&keys, "Subject: Keys\r\nFrom: tom@example.com\r\n\r\nUnder the mat.\r\n").unwrap();
    mapix(&["import", keys.to_str().unwrap(), "--into", name]).ok();
    assert_eq!(mapix(&["ls", name, "@inbox", "--format", "jsonl"]).ok().lines().len(), 1);
    let run = mapix(&["import", "sample:", "--into", name, "--dry-run", "--format", "json"]).ok();
    assert_eq!(count(&run, "messages"), 12);
    assert_eq!(items(name).len(), 1);
    let run = mapix(&["import", "sample:", "--into", "sample:"]);
    assert_ne!(run.code, Some(0), "{}", run.err);
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    let Some(enron) = corpus("enron.pst") else { return };
    let enron = enron.to_str().unwrap();
    let dir = scratch("import-killed");
    let store = dir.join("mail.mapix");
    let store = store.to_str().unwrap();
    let rounds = if std::env::var_os("MAPIX_SLOW").is_some() { 60 } else { 6 };
    for round in 0..rounds {
        let mut child = command(&["import", enron, "--into", store]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 + round * 17 % 130));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    mapix(&["import", enron, "--into", store]).ok();
    assert_eq!(items(store), items(enron));
    mapix(&["check", store]).ok();
}

/// A limit on the size of files stands for a full disk.
#[test]
fn an_import_onto_a_full_disk_goes_on_where_it_was() {
    let Some(enron) = corpus("enron.pst") else { return };
    let enron = enron.to_str().unwrap();
    let dir = scratch("import-full");
    let store = dir.join("mail.mapix");
    let store = store.to_str().unwrap();
    // In blocks of 512 bytes or of 1024, as the shell has it.
    for limit in [100, 2000, 6000] {
        let limited = std::process::Command::new("sh")
            .args(["-c", &format!("ulimit -f {limit}; trap '' XFSZ; exec \"$@\""), "sh"])
            .arg(env!("CARGO_BIN_EXE_mapix"))
            .args(["import", enron, "--into", store])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&limited.stderr);
        assert!(limited.status.code().is_some_and(|code| code != 0), "{limit}: {said}");
        assert!(said.contains("mail.mapix"), "{limit}: {said}");
        if Path::new(store).exists() {
            mapix(&["check", store]).ok();
        }
    }
    mapix(&["import", enron, "--into", store]).ok();
    assert_eq!(items(store), items(enron));
    mapix(&["check", store]).ok();
}

#[test]
fn what_comes_back_out_is_what_went_in() {
    let Some(enron) = corpus("enron.pst") else { return };
    let enron = enron.to_str().unwrap();
    let dir = scratch("import-back");
    let store = dir.join("mail.mapix");
    let store = store.to_str().unwrap();
    mapix(&["import", enron, "--into", store]).ok();
    let export = |source: &str, name: &str| {
        let out = dir.join(name);
        mapix(&["export", source, "--to", "eml", "--out", out.to_str().unwrap()]).ok();
        let mut files = tree(&out);
        // What names the source.
        files.retain(|name, _| Path::new(name).extension().is_some_and(|found| found == "eml"));
        files
    };
    let (direct, back) = (export(enron, "direct"), export(store, "back"));
    let bytes = |files: &super::export::Tree| {
        let mut mails: Vec<Vec<u8>> = files.values().cloned().collect();
        mails.sort();
        mails
    };
    assert_eq!(direct.len(), 71);
    assert!(bytes(&direct) == bytes(&back), "{:?} {:?}", direct.keys(), back.keys());
    fs::remove_dir_all(&dir).unwrap();
}
