//! Tests that run the command as its users do: on the sample mailbox always, and on the corpus
//! of real files where it is there.

mod bad_input;
mod care;
mod check;
mod endless;
mod export;
mod export_stops;
mod foreign;
mod import;
mod list;
mod lookup;
mod profile;
mod search;
mod send;
mod show;
mod signals;
mod stat;
mod terminal;
mod watch;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a run gave.
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Run {
    #[track_caller]
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output as one JSON document.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.err))
    }

    /// Standard output as JSON Lines.
    #[track_caller]
    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self
    }
}

/// The command, with an environment that does not depend on who runs the tests.
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapix"));
    command.args(args).env_remove("COLUMNS").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

#[track_caller]
fn mapix(args: &[&str]) -> Run {
    Run::of(command(args).output().unwrap())
}

/// A real mailbox; `None`, with a line that says so, where it cannot be had.
fn corpus(name: &str) -> Option<PathBuf> {
    mapix_conformance::corpus::mailbox(name).map(|mailbox| mailbox.path.clone())
}

/// A directory of its own for each test, which is emptied first.
fn scratch(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}
