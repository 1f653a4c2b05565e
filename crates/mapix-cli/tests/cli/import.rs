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

/// What is no good mail is stored all the same, and the ledger says what is wrong with it.
#[test]
fn strange_mails_are_stored_or_named() {
    let dir = scratch("import-strange");
    let mails = dir.join("mails");
    fs::create_dir(&mails).unwrap();
    let head = "Subject: %\r\nContent-Type: text/plain; charset=";
    let charset = |name: &str, body: &[u8]| {
        [head.replace('%', name).as_bytes(), name.as_bytes(), b"\r\n\r\n", body].concat()
    };
    let latin = b"caf\xE9 noir";
    let strange: [(&str, Vec<u8>); 11] = [
        ("empty", Vec::new()),
        ("no-headers", b"just text\nand more".to_vec()),
        ("no-body", b"Subject: no body".to_vec()),
        ("zeros", vec![0; 5000]),
        ("cut", b"Subject: cut\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhalf".to_vec()),
        ("no-parts", b"Subject: none\nContent-Type: multipart/mixed; boundary=b\n\nnone".to_vec()),
        ("utf-8-that-is-not", charset("utf-8", latin)),
        ("ascii-that-is-not", charset("us-ascii", latin)),
        ("utf-16-that-is-not", charset("utf-16le", latin)),
        ("no-such-charset", charset("x-klingon", latin)),
        ("iso-2022", charset("iso-2022-jp", b"\x1B$B\xFF\xFF\x1B(")),
    ];
    for (name, bytes) in &strange {
        fs::write(mails.join(format!("{name}.eml")), bytes).unwrap();
    }
    // Lines that look as if a mail began with them, and one that begins one.
    let lying = "From a@example.com Thu Jan  1 00:00:00 2026\nSubject: first\n\n\
                 From here on it is text.\nFrom me to you\n>From quoted\n\n\
                 From b@example.com Thu Jan  1 00:00:01 2026\nSubject: second\n\nmore\n";
    fs::write(mails.join("lying.mbox"), lying).unwrap();
    let store = dir.join("mail.mapix");
    let store = store.to_str().unwrap();
    let ledger = dir.join("ledger.jsonl");
    let import = |more: &[&str]| {
        let args = ["import", mails.to_str().unwrap(), "--into", store, "--format", "json"];
        mapix(&[&args, more].concat())
    };
    let run = import(&["--ledger", ledger.to_str().unwrap()]);
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.err);
    let stored = count(&run, "messages");
    let told = fs::read_to_string(&ledger).unwrap();
    for (name, _) in &strange {
        assert!(told.contains(name), "{name}: {told}");
    }
    let there = mapix(&["ls", "--recursive", "--format", "jsonl", store]).ok().lines();
    assert_eq!(there.len() as u64, stored, "{told}");
    assert_eq!(stored, strange.len() as u64 + 2, "{told}");
    let found = |query: &str| {
        let run = mapix(&["search", store, query, "--format", "jsonl"]).ok();
        run.lines().len()
    };
    assert_eq!(found("noir"), 3, "in every charset that does not eat it");
    assert_eq!(found("\"from here on it is text\" quoted"), 1);
    assert_eq!(found("half"), 1);
    mapix(&["check", store]).ok();
    assert_eq!(count(&import(&[]), "messages"), 0);
}

/// A mail that is larger than memory is ever to be, and one with a million recipients.
/// `MAPIX_SLOW=1` makes them two gigabytes and a million.
#[test]
fn mails_beyond_all_measure_are_stored() {
    use std::io::{BufWriter, Write};
    let slow = std::env::var_os("MAPIX_SLOW").is_some();
    let (lines, people) = if slow { (28 << 20, 1_000_000) } else { (1 << 18, 5_000) };
    let dir = scratch("import-large");
    let mails = dir.join("mails");
    fs::create_dir(&mails).unwrap();
    let line = [b'x'; 76];
    let mut file = BufWriter::new(fs::File::create(mails.join("large.eml")).unwrap());
    file.write_all(
        b"Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n",
    )
    .unwrap();
    file.write_all(b"the words of it\r\n--b\r\nContent-Type: a/b\r\n\r\n").unwrap();
    for _ in 0..lines {
        file.write_all(&line).unwrap();
        file.write_all(b"\r\n").unwrap();
    }
    file.write_all(b"--b--\r\n").unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
    let mut file = BufWriter::new(fs::File::create(mails.join("people.eml")).unwrap());
    file.write_all(b"Subject: people\r\nTo: ").unwrap();
    for number in 0..people {
        write!(file, "person{number}@example.com,\r\n ").unwrap();
    }
    file.write_all(b"last@example.com\r\n\r\nto all of you\r\n").unwrap();
    drop(file);

    let store = dir.join("mail.mapix");
    let store = store.to_str().unwrap();
    let run = mapix(&["import", mails.to_str().unwrap(), "--into", store, "--format", "json"]).ok();
    assert_eq!(count(&run, "messages"), 2);
    let search =
        |query: &str| mapix(&["search", store, query, "--format", "jsonl"]).ok().lines().len();
    assert_eq!(search("\"words of it\""), 1);
    assert_eq!(search("to:last"), 1);
    assert_eq!(search(&format!("to:person{}", people / 2)), 1);
    assert_eq!(run.json()["ledger"]["kinds"]["recipients"]["done"], people + 1);
    mapix(&["check", store]).ok();
    let out = dir.join("out");
    mapix(&["export", store, "--to", "attachments", "--out", out.to_str().unwrap()]).ok();
    let (mut most, mut waiting) = (0, vec![out]);
    while let Some(here) = waiting.pop() {
        for entry in fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                most = fs::metadata(path).unwrap().len().max(most);
            }
        }
    }
    assert_eq!(most, lines * 78 - 2, "the data of the attachment");
}
