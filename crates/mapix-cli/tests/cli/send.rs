//! Mail leaves through a profile, once.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use mapix_conformance::mail_server::{MailServer, Options};

use crate::{Run, command, scratch};

const MAIL: &str = "From: ann@example.org\nTo: bob@example.org\nSubject: hello\n\nText\n";

/// A profile with a mailbox, in a directory.
struct Office(PathBuf);

impl Office {
    fn new(test: &str, transport: &[&str]) -> Self {
        let office = Self(scratch(test));
        office.run(&["profile", "create", "work"]).ok();
        office.run(&["service", "add", "MAPIX", "Mail", "path=mail.mapix"]).ok();
        office.run(&["service", "default", "Mail"]).ok();
        if !transport.is_empty() {
            office.run(&[&["service", "add"], transport].concat()).ok();
        }
        office
    }

    fn with_directory(test: &str) -> Self {
        Self::new(test, &["DROPDIR", "Out", "path=out"])
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command.env("MAPIX_CONFIG_DIR", self.0.join("config")).current_dir(&self.0);
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    fn mail(&self, name: &str, content: &str) -> &Self {
        fs::write(self.0.join(name), content).unwrap();
        self
    }

    fn queue(&self) -> serde_json::Value {
        self.run(&["send", "--queue", "--format", "json"]).ok().json()
    }
}

/// The mails in a directory, by what is in them.
fn delivered(directory: &Path) -> Vec<String> {
    files(directory, "eml")
}

fn files(directory: &Path, kind: &str) -> Vec<String> {
    let Ok(files) = fs::read_dir(directory) else { return Vec::new() };
    let files = files.map(|file| file.unwrap().path());
    let found = files.filter(|path| path.extension().is_some_and(|end| end == kind));
    found.map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn files_and_standard_input_are_sent() {
    let office = Office::with_directory("send");
    office.mail("hello.eml", MAIL);
    let sent = office.run(&["send", "hello.eml", "--format", "json"]).ok().json();
    assert_eq!((&sent[0]["state"], &sent[0]["subject"]), (&"sent".into(), &"hello".into()));
    let mut command = office.command(&["send", "--to", "eve@example.org", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(MAIL.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let mails = delivered(&office.0.join("out"));
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails.iter().all(|mail| mail.contains("Subject: hello")));
    // The mail says what it said; it goes to whom the command says.
    let envelopes = files(&office.0.join("out"), "envelope");
    assert_eq!(envelopes.iter().filter(|to| to.contains("eve@example.org")).count(), 1);
    assert_eq!(envelopes.iter().filter(|to| to.contains("bob@example.org")).count(), 1);
    let wrong = office.run(&["send", "--to", "nobody at all", "hello.eml"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("nobody at all"), "{}", wrong.err);
    assert_eq!(office.queue().as_array().unwrap().len(), 0);
    let kept = office.run(&["ls", "mail.mapix", "Sent Items", "--format", "json"]).ok().json();
    assert_eq!(kept.as_array().unwrap().len(), 2, "{kept}");
}

#[test]
fn what_nobody_takes_is_reported_or_stays() {
    let office =
        Office::new("send-nowhere", &["SMTP", "Out", "host=localhost", "port=1", "tls=none"]);
    office.mail("hello.eml", MAIL).mail("nobody.eml", "From: ann@example.org\nSubject: x\n\n");
    let put_off = office.run(&["send", "hello.eml", "--ledger", "ledger.jsonl"]);
    assert_eq!(put_off.code, Some(1), "{}{}", put_off.out, put_off.err);
    assert!(put_off.out.contains("queued"), "{}", put_off.out);
    let ledger = fs::read_to_string(office.0.join("ledger.jsonl")).unwrap();
    assert!(ledger.contains("queued: "), "{ledger}");
    let queue = office.queue();
    assert_eq!(queue[0]["state"], "deferred");
    assert!(queue[0]["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{queue}");
    let nobody = office.run(&["send", "nobody.eml"]);
    assert!(nobody.code != Some(0) && nobody.err.contains("nobody.eml"), "{}", nobody.err);
    assert_eq!(office.run(&["send", "missing.eml"]).code, Some(3));
    // It goes nowhere until it is taken out.
    let id = queue[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(office.run(&["send", "--retry"]).code, Some(1));
    office.run(&["send", "--cancel", &id]).ok();
    assert_eq!(office.queue().as_array().unwrap().len(), 0);
    assert_eq!(office.run(&["send", "--cancel", &id]).code, Some(2));
}

#[test]
fn a_server_answers_for_each_recipient() {
    let office = Office::new("send-smtp", &[]);
    let options = Options::default();
    let Some(server) = MailServer::start(&office.0.join("server"), &options) else { return };
    let port = format!("port={}", server.port);
    office.run(&["service", "add", "SMTP", "Out", "host=127.0.0.1", &port, "tls=none"]).ok();
    let to = "To: bob@example.org, refused@example.org";
    office.mail("hello.eml", &MAIL.replace("To: bob@example.org", to));
    let run = office.run(&["send", "hello.eml", "--format", "json"]);
    assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
    let sent = run.json();
    assert_eq!(sent[0]["state"], "refused");
    let reason = sent[0]["reason"].as_str().unwrap();
    assert!(reason.contains("refused@example.org") && reason.contains("550"), "{reason}");
    let taken = server.received().unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].to, ["bob@example.org"]);
    let inbox = office.run(&["ls", "mail.mapix", "Inbox", "--format", "json"]).ok().json();
    assert_eq!(inbox[0]["message_class"], "REPORT.IPM.Note.NDR", "{inbox}");
    assert_eq!(office.queue().as_array().unwrap().len(), 0);
}

#[test]
fn what_was_put_off_goes_when_it_can() {
    let office = Office::with_directory("send-retry");
    // A file where the directory is to be.
    office.mail("hello.eml", MAIL).mail("out", "");
    assert_eq!(office.run(&["send", "hello.eml"]).code, Some(1));
    fs::remove_file(office.0.join("out")).unwrap();
    let sent = office.run(&["send", "--retry", "--wait", "20s"]);
    assert_eq!(sent.code, Some(0), "{}{}", sent.out, sent.err);
    assert_eq!(delivered(&office.0.join("out")).len(), 1);
}

#[test]
fn a_run_that_is_killed_sends_once_or_leaves_it_queued() {
    let rounds = if std::env::var_os("MAPIX_SLOW").is_some() { 200 } else { 12 };
    let office = Office::with_directory("send-killed");
    let mut names = Vec::new();
    for round in 0..rounds {
        let name = format!("{round}.eml");
        office.mail(&name, &MAIL.replace("hello", &format!("number {round}.")));
        let mut command = office.command(&["send", &name]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // From before it has begun until after it is done.
        std::thread::sleep(Duration::from_millis(round * 7 % 97));
        child.kill().unwrap();
        let done = child.wait().unwrap().success();
        names.push((format!("Subject: number {round}."), done));
    }
    let rest = office.run(&["send", "--retry", "--wait", "20s"]);
    assert_eq!(office.queue().as_array().unwrap().len(), 0, "{}{}", rest.out, rest.err);
    let mails = delivered(&office.0.join("out"));
    let subject =
        |mail: &String| mail.lines().find(|line| line.starts_with("Subject: ")).unwrap().to_owned();
    let subjects: Vec<String> = mails.iter().map(subject).collect();
    let once: BTreeSet<&String> = subjects.iter().collect();
    assert_eq!(once.len(), subjects.len(), "sent twice: {subjects:?}");
    for (name, done) in &names {
        assert!(!done || once.contains(name), "{name} was sent, and is not there");
    }
    office.run(&["check", "mail.mapix"]).ok();
}

#[test]
fn runs_at_the_same_time_send_each_mail_once() {
    let office = Office::with_directory("send-together");
    // A file where the directory is to be.
    office.mail("out", "");
    for number in 0..8 {
        let name = format!("{number}.eml");
        office.mail(&name, &MAIL.replace("hello", &format!("number {number}.")));
        assert_eq!(office.run(&["send", &name]).code, Some(1));
    }
    fs::remove_file(office.0.join("out")).unwrap();
    let start = |_| {
        let mut command = office.command(&["send", "--retry", "--wait", "20s"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(start).collect();
    for mut child in children {
        child.wait().unwrap();
    }
    // What one of them had when another looked is done by now, or by this one.
    office.run(&["send", "--retry", "--wait", "20s"]);
    assert_eq!(office.queue().as_array().unwrap().len(), 0);
    let mails = delivered(&office.0.join("out"));
    let mut subjects: Vec<_> = mails
        .iter()
        .filter_map(|mail| mail.lines().find(|line| line.starts_with("Subject")))
        .collect();
    subjects.sort_unstable();
    let expected: Vec<String> = (0..8).map(|number| format!("Subject: number {number}.")).collect();
    assert_eq!(subjects, expected);
}
