//! `mapix watch`, beside a process that changes the mailbox: this one.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};

use mapix::{DeleteMessages, Folder, OpenOptions, Session, Store, prop::tags};
use serde_json::Value;

use super::{command, mapix, scratch};

/// A mailbox of its own, open for writing in this process.
fn mailbox(test: &str) -> (PathBuf, Session, Store, Folder) {
    let path = scratch(test).join("mail.mapix");
    let session = mapix::initialize().session();
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let store = session.open_store(&path, &options).unwrap();
    let folder = store.root().unwrap().create_folder("Watched", true).unwrap();
    (path, session, store, folder)
}

fn message(folder: &Folder, subject: &str) -> u64 {
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, subject).unwrap();
    message.save().unwrap();
    message.id().unwrap()
}

/// Starts the command, and waits until it listens.
fn watch(path: &std::path::Path, options: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let args = [&["watch", path.to_str().unwrap()], options].concat();
    let mut child = command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Byte by byte: what comes later on standard error is for others.
    let err = child.stderr.as_mut().unwrap();
    let mut told = String::new();
    while !told.lines().any(|line| line.starts_with("mapix: watching ") && told.ends_with('\n')) {
        let mut byte = [0];
        assert_eq!(err.read(&mut byte).unwrap(), 1, "{told}");
        told.push(byte[0].into());
    }
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

fn next(out: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
}

/// The next line that is not about the contents of a folder.
fn next_own(out: &mut BufReader<ChildStdout>) -> Value {
    loop {
        let line = next(out);
        if line["event"] != "contents" {
            return line;
        }
    }
}

#[test]
fn what_another_process_does_is_printed() {
    let (path, session, store, folder) = mailbox("watch_prints");
    let (mut child, mut out) = watch(&path, &["--format", "jsonl", "--for", "10m"]);
    // Each line is there before the next thing happens.
    let id = message(&folder, "A first \u{1b}letter");
    let line = next_own(&mut out);
    assert_eq!(line["event"], "created");
    assert_eq!(line["object"], "message");
    assert_eq!(line["id"], id);
    assert_eq!(line["title"], "A first \u{1b}letter");
    assert!(line["folder"].as_str().unwrap().ends_with("Watched"), "{line}");
    let entry_id = store.open_message(id).unwrap().entry_id().unwrap();
    assert_eq!(line["entry_id"], entry_id.to_string().to_uppercase());

    let other = store.root().unwrap().create_folder("Other", false).unwrap();
    assert_eq!(next_own(&mut out)["object"], "folder");
    folder.move_messages(&[id], &other).unwrap().complete().unwrap();
    let line = next_own(&mut out);
    assert_eq!((&line["event"], &line["id"]), (&Value::from("moved"), &Value::from(id)));
    assert!(line["from"].as_str().unwrap().ends_with("Watched"), "{line}");
    other.delete_messages(&[id], DeleteMessages { hard: true }).unwrap().complete().unwrap();
    let line = next_own(&mut out);
    assert_eq!(line["event"], "deleted");
    assert_eq!(line["entry_id"], entry_id.to_string().to_uppercase(), "the store can still tell");
    assert_eq!(line["title"], Value::Null);

    child.kill().unwrap();
    child.wait().unwrap();
    assert!(session.logoff().iter().all(|report| report.result.is_ok()));
}

#[test]
fn it_ends_when_it_was_told_to() {
    let (path, _session, store, folder) = mailbox("watch_ends");
    let other = store.root().unwrap().create_folder("Other", false).unwrap();
    let name = folder.name().unwrap();
    let (child, mut out) = watch(&path, &["--folder", &name, "--count", "2", "--for", "10m"]);
    message(&other, "elsewhere");
    message(&folder, "here");
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("created") && text.contains("here"), "{text}");
    assert!(!text.contains("elsewhere"), "{text}");

    let file = path.to_str().unwrap();
    let run = mapix(&["watch", file, "--for", "20ms"]).ok();
    assert_eq!(run.out, "");
    let run = mapix(&["watch", file, "--folder", "nowhere"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    let run = mapix(&["watch", file, "--for", "soon"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    let run = mapix(&["watch", file, "--format", "csv"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
}

#[test]
fn rows_and_the_session_are_printed_as_well() {
    let (path, _session, _store, folder) = mailbox("watch_rows");
    let name = folder.name().unwrap();
    let options = ["--folder", &name, "--rows", "--session", "--format", "jsonl", "--for", "10m"];
    let (child, mut out) = watch(&path, &options);
    let of_rows = |out: &mut BufReader<ChildStdout>| loop {
        let line = next(out);
        if line["object"] == "row" {
            return line;
        }
    };
    let id = message(&folder, "a row");
    let line = of_rows(&mut out);
    assert_eq!((&line["event"], &line["title"]), (&"row-added".into(), &"a row".into()));
    folder.delete_messages(&[id], DeleteMessages { hard: true }).unwrap().complete().unwrap();
    assert_eq!(of_rows(&mut out)["event"], "row-deleted");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));

    // Without Ctrl-C, the end of the session comes last.
    let run = mapix(&["watch", path.to_str().unwrap(), "--session", "--for", "20ms"]).ok();
    assert!(run.out.lines().last().unwrap().contains("session-ends"), "{}", run.out);
    assert_eq!(mapix(&["watch", path.to_str().unwrap(), "--rows"]).code, Some(2), "of which?");
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let Some(path) = super::corpus("enron.pst") else { return };
    let run = mapix(&["watch", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("cannot be followed"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_cleanly() {
    let (path, _session, _store, folder) = mailbox("watch_ctrl_c");
    let (child, mut out) = watch(&path, &["--format", "jsonl", "--trace"]);
    message(&folder, "one");
    next(&mut out);
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("trace: logoff returned"), "{err}");
}

/// Prints how long it takes until another process has printed a change; run it with
/// `--ignored --nocapture`, in release.
#[test]
#[ignore = "a measurement"]
fn latency() {
    let (path, _session, _store, folder) = mailbox("watch_latency");
    let (mut child, mut out) = watch(&path, &["--format", "jsonl", "--for", "10m"]);
    let mut times = Vec::new();
    for number in 0..200 {
        let message = folder.create_message().unwrap();
        message.set(tags::SUBJECT, number.to_string().as_str()).unwrap();
        message.save().unwrap();
        let saved = std::time::Instant::now();
        assert_eq!(next_own(&mut out)["title"], number.to_string());
        times.push(saved.elapsed());
    }
    times.sort_unstable();
    println!("median {:?}, 95 % {:?}, worst {:?}", times[100], times[190], times[199]);
    child.kill().unwrap();
    child.wait().unwrap();
}
