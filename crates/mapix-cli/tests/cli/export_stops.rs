//! `export` that is stopped, in every way: nothing half-written has its final name, and `--resume`
//! goes on to the same bytes.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::export::{Tree, manifest_is_true, tree};
use super::{command, corpus, mapix, scratch};

/// An export of a real mailbox that takes a while.
struct Slow {
    source: String,
    to: &'static str,
    dir: PathBuf,
}

impl Slow {
    fn new(test: &str, to: &'static str) -> Option<Self> {
        let source = corpus("enron.pst")?.to_str().unwrap().to_owned();
        Some(Self { source, to, dir: scratch(&format!("{test}-{to}")) })
    }

    fn args<'a>(&'a self, out: &'a Path) -> Vec<&'a str> {
        let out = out.to_str().unwrap();
        vec!["export", &self.source, "--to", self.to, "--out", out, "--all", "--jobs", "1"]
    }

    /// All of it, as it is when nothing stops it.
    fn whole(&self) -> Tree {
        let out = self.dir.join("whole");
        let run = mapix(&self.args(&out));
        assert_eq!(run.code, Some(0), "{}", run.err);
        tree(&out)
    }

    /// Begins it, and waits until so many files are there.
    fn begin(&self, out: &Path, files: usize) -> Child {
        let child = command(&self.args(out)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap();
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() && count(out) < files {
            assert!(started.elapsed() < Duration::from_secs(60), "it does not begin");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    }

    /// Goes on with it: what comes of it is the same as if nothing had been.
    fn resume(&self, out: &Path, whole: &Tree) -> String {
        let run = mapix(&[&self.args(out)[..], &["--resume"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        let found = tree(out);
        manifest_is_true(&found);
        let names: Vec<&String> = found.keys().filter(|name| !whole.contains_key(*name)).collect();
        assert!(found == *whole, "{} {names:?}", self.to);
        run.out
    }
}

fn count(dir: &Path) -> usize {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    let entries = entries.filter_map(Result::ok).map(|entry| entry.path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Whether a file is still to get its name, or goes when all is done.
fn is_part(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "part")
}

/// What has its final name is whole. Files with many items may hold fewer, as `stopped` says, and
/// so may manifest and ledger.
fn nothing_is_half_written(found: &Tree, whole: &Tree, stopped: bool) {
    for (name, bytes) in found.iter().filter(|(name, _)| !is_part(name)) {
        let expected = &whole[name];
        let is_list = ["manifest.", "ledger."].iter().any(|start| name.starts_with(start));
        let is_container =
            ["messages.mbox", "messages.jsonl"].iter().any(|end| name.ends_with(end));
        let is_whole = match (is_list || is_container, stopped) {
            (true, true) => is_list || expected.starts_with(bytes),
            _ => bytes == expected,
        };
        assert!(is_whole, "{name}");
    }
}

#[test]
fn ctrl_c() {
    for to in ["eml", "mbox"] {
        let Some(slow) = Slow::new("export-ctrl-c", to) else { return };
        let whole = slow.whole();
        for files in [4, 9] {
            let out = slow.dir.join(files.to_string());
            let child = slow.begin(&out, files);
            signal(&child, "-INT");
            let output = child.wait_with_output().unwrap();
            let err = String::from_utf8_lossy(&output.stderr);
            if output.status.success() {
                println!("skipped: it was done before it was stopped");
                continue;
            }
            assert_eq!(output.status.code(), Some(130), "{err}");
            assert!(err.contains("expected") && err.contains("done"), "the ledger so far: {err}");
            let found = tree(&out);
            nothing_is_half_written(&found, &whole, true);
            manifest_is_true(&found);
            let parts: Vec<&String> = found.keys().filter(|name| is_part(name)).collect();
            assert_eq!(parts, ["journal.part"]);
            let said = slow.resume(&out, &whole);
            let mails = found.keys().filter(|name| name.contains(" (")).count();
            assert!(to != "eml" || mails == 0 || said.contains("done before"), "{said}");
        }
    }
}

#[test]
fn a_kill() {
    for to in ["eml", "mbox", "attachments"] {
        let Some(slow) = Slow::new("export-kill", to) else { return };
        let whole = slow.whole();
        for files in [1, 6, 20] {
            let out = slow.dir.join(files.to_string());
            let mut child = slow.begin(&out, files);
            // It may have ended by itself.
            let _ = child.kill();
            child.wait().unwrap();
            nothing_is_half_written(&tree(&out), &whole, false);
            slow.resume(&out, &whole);
        }
    }
}

#[test]
fn a_kill_before_the_journal_says_what_is_asked_for() {
    let dir = scratch("export-killed-early");
    let whole = dir.join("whole");
    let args = |out: &Path| {
        ["export", "sample:", "--to", "eml", "--out", out.to_str().unwrap()].map(str::to_owned)
    };
    let run = |out: &Path, more: &[&str]| {
        let args = args(out);
        mapix(&args.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
    };
    run(&whole, &[]).ok();
    for journal in ["", "export,2024-01"] {
        let out = dir.join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("journal.part"), journal).unwrap();
        run(&out, &["--resume"]).ok();
        assert!(tree(&out) == tree(&whole));
        fs::remove_dir_all(&out).unwrap();
        // Beside files that are there it is damage, and stays as it is.
        fs::create_dir(&out).unwrap();
        fs::write(out.join("journal.part"), journal).unwrap();
        fs::write(out.join("mine"), "").unwrap();
        let refused = run(&out, &["--resume"]);
        assert!(refused.code == Some(2) && refused.err.contains("damaged"), "{}", refused.err);
        assert_eq!(fs::read_to_string(out.join("journal.part")).unwrap(), journal);
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn a_source_that_is_cut_off_while_it_is_read() {
    let Some(mut slow) = Slow::new("export-cut", "eml") else { return };
    let whole = slow.whole();
    let copy = slow.dir.join("copy.pst");
    fs::copy(&slow.source, &copy).unwrap();
    slow.source = copy.to_str().unwrap().to_owned();
    let out = slow.dir.join("out");
    let child = slow.begin(&out, 8);
    signal(&child, "-STOP");
    fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(3_000_000).unwrap();
    signal(&child, "-CONT");
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    // The store says at the end that the file changed.
    assert!(matches!(output.status.code(), Some(1 | 3)), "{:?} {err}", output.status);
    assert!(!err.contains("panicked"), "{err}");
    let found = tree(&out);
    manifest_is_true(&found);
    let ledger = String::from_utf8_lossy(&found["ledger.jsonl"]).into_owned();
    assert!(ledger.contains("it changed while it was read"), "{ledger}");
    // What is not as it should be is named.
    let manifest = String::from_utf8_lossy(&found["manifest.jsonl"]).into_owned();
    for line in manifest.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(file) = record["file"].as_str() else { continue };
        if whole.get(file) != Some(&found[file]) {
            let id = record["entry_id"].as_str().unwrap();
            let named = ledger.lines().any(|line| line.contains(id) && line.contains("failed"));
            assert!(named, "{file}");
        }
    }
}

#[test]
fn names_that_the_file_system_refuses() {
    // A directory so deep that short names still fit and longer ones do not.
    const LONGEST: usize = 4096;
    let mut out = scratch("export-refused");
    while out.as_os_str().len() + 202 < LONGEST - 45 {
        out.push("d".repeat(200));
    }
    let left = LONGEST - 45 - out.as_os_str().len();
    out.push("d".repeat(left.saturating_sub(1).max(1)));
    let args = ["export", "sample:", "--to", "eml", "--out", out.to_str().unwrap()];
    let run = mapix(&args);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("too long"));
    let ledger = fs::read_to_string(out.join("ledger.jsonl")).unwrap();
    let states = |state: &str| {
        let of_messages = ledger.lines().filter(|line| line.contains("\"kind\":\"messages\""));
        of_messages.filter(|line| line.contains(&format!("\"state\":\"{state}\""))).count()
    };
    let (done, failed) = (states("done"), states("failed"));
    assert!(done > 0 && failed > 0, "{done} {failed}");
    let manifest = fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let written = manifest.lines().filter(|line| line.contains(".eml\"")).count();
    assert_eq!(written, done);
}

#[test]
fn a_target_that_is_a_file() {
    let dir = scratch("export-file-target");
    fs::write(dir.join("mine"), "mine").unwrap();
    for out in [dir.join("mine"), dir.join("mine/below")] {
        let args = ["export", "sample:", "--to", "eml", "--out", out.to_str().unwrap()];
        let run = mapix(&args);
        assert!(matches!(run.code, Some(2 | 4)), "{:?} {}", run.code, run.err);
        assert!(run.err.contains(out.to_str().unwrap()), "{}", run.err);
    }
    assert_eq!(fs::read(dir.join("mine")).unwrap(), b"mine");
}

/// A limit on the size of files stands for a full disk.
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
