//! Closed pipes and Ctrl-C.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{command, corpus, scratch};

/// Something that writes much more than a pipe holds.
const LONG: [&str; 5] = ["show", "sample:", "@inbox/#1", "--format", "json"];

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = command(&LONG).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "{\n");
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Starts something that blocks on its output, and waits until it does.
fn blocked(args: &[&str]) -> Child {
    let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    child
}

fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn ctrl_c_stops_at_the_next_item() {
    let Some(path) = corpus("enron.pst") else { return };
    let file = path.to_str().unwrap();
    // Every property of 71 messages is much more than a pipe holds.
    let columns = "PR_BODY,PR_TRANSPORT_MESSAGE_HEADERS,PR_DISPLAY_TO,PR_SEARCH_KEY,PR_ENTRYID";
    let args = ["ls", "-r", file, "--format", "jsonl", "--jobs", "1", "--columns", columns];
    let mut child = blocked(&args);
    // The signal must have arrived before the pipe is emptied.
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(300));
    let mut rest = String::new();
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    if rest.lines().count() == 71 && output.status.code() == Some(0) {
        println!("skipped: all of it fitted into the pipe");
        return;
    }
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("expected") && err.contains("done"), "the ledger so far: {err}");
    assert!(rest.ends_with("}\n"), "the last line is whole");
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let mut child = blocked(&LONG);
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_file_that_changes_underneath_is_no_panic() {
    let Some(path) = corpus("enron.pst") else { return };
    let copy = scratch("changes").join("enron.pst");
    std::fs::copy(path, &copy).unwrap();
    let file = copy.to_str().unwrap();
    // A message with an attachment of 600 kB.
    let mut child = blocked(&["show", file, "0x200024", "--format", "json"]);
    std::fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(600).unwrap();
    let mut rest = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(1 | 3)), "{:?}: {err}", output.status);
    assert!(err.starts_with("mapix: ") && !err.contains("panicked"), "{err}");
}
