//! Directories as others find them: whole mails or none, once, also after a crash.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use mapix_core::prop::{FileTime, Guid, PropBag, tags};
use mapix_core::store::MemoryStore;
use mapix_core::{
    Attempt, Contents, Mapi, Message, Outcome, Recall, Report, Result, Session, Settings, Store,
    Submission, TransportLogon,
};

use super::out::Files;
use super::{Config, Drop};

const KEY: Guid = Guid([7; 16]);
const NAME: &str = "07070707070707070707070707070707";

struct Sample {
    store: Store,
    message: Message,
    _session: Session,
}

impl Sample {
    fn new() -> Self {
        let session = Mapi::with_providers(vec![]).session();
        let store = session.attach(std::sync::Arc::new(MemoryStore::new("mail")), true).unwrap();
        let message = store.root().unwrap().create_message().unwrap();
        message.set(tags::SUBJECT, "Lunch").unwrap();
        message.set(tags::BODY, "At noon?\r\n").unwrap();
        message.set(tags::SENDER_SMTP_ADDRESS, "ann@example.org").unwrap();
        message.set(tags::CLIENT_SUBMIT_TIME, FileTime::from_unix(0)).unwrap();
        let row = |(kind, address): (i32, &str)| {
            let mut bag = PropBag::new();
            bag.set(tags::RECIPIENT_TYPE, kind);
            bag.set(tags::DISPLAY_NAME, address);
            bag
        };
        let all = [(1, "bob@example.org"), (3, "dee@example.org"), (1, "Conference room")];
        message.set_recipients(all.into_iter().map(row).collect()).unwrap();
        message.save().unwrap();
        Self { store, message, _session: session }
    }

    fn submitted<T>(&self, then: impl FnOnce(&Submission<'_>) -> Result<T>) -> Result<T> {
        let recipients = self.message.recipients().unwrap();
        let attempt = Attempt { key: KEY, number: 1, deferred: false };
        then(&Submission { message: &self.message, recipients: &recipients, attempt })
    }

    fn send(&self, drop: &Drop) -> Report {
        self.submitted(|submission| drop.submit_message(submission)).unwrap()
    }

    fn recall(&self, drop: &Drop) -> Recall {
        self.submitted(|submission| drop.recall(submission)).unwrap()
    }
}

fn scratch(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/drop").join(test);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir.canonicalize().unwrap()
}

fn drop_at(settings: &[(&str, &Path)]) -> Drop {
    let own = |(name, path): &(&str, &Path)| ((*name).to_owned(), path.display().to_string());
    Drop::new(Config::of(&Settings::new(settings.iter().map(own))).unwrap())
}

fn names(directory: &Path) -> BTreeSet<String> {
    let name =
        |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(directory).unwrap().map(name).collect()
}

fn has(names: &BTreeSet<String>, extension: &str) -> bool {
    names.iter().any(|name| Path::new(name).extension().is_some_and(|found| found == extension))
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_mail_and_its_envelope() {
    let out = scratch("out").join("made");
    let (sample, drop) = (Sample::new(), drop_at(&[("path", &out)]));
    let report = sample.send(&drop);
    assert_eq!(report.recipients, [(0, Outcome::Sent), (1, Outcome::Sent)]);
    drop.end_message(report.reference).unwrap();
    let (mail, envelope) = (format!("{NAME}.eml"), format!("{NAME}.envelope"));
    assert_eq!(names(&out), set(&[&mail, &envelope]));
    let envelope = fs::read_to_string(out.join(envelope)).unwrap();
    let expected = "MAIL FROM:<ann@example.org>\r\nRCPT TO:<bob@example.org>\r\n\
                    RCPT TO:<dee@example.org>\r\n";
    assert_eq!(envelope, expected);
    let text = fs::read_to_string(out.join(mail)).unwrap();
    assert!(text.contains("To: bob@example.org, Conference room:;\r\n"), "{text}");
    assert!(!text.contains("dee@") && text.ends_with("\r\n\r\nAt noon?\r\n"), "{text}");
    // Once more, as after a crash: the same file, not a second one.
    let report = sample.send(&drop);
    drop.end_message(report.reference).unwrap();
    assert_eq!(names(&out).len(), 2);
    assert_eq!(fs::read_to_string(out.join(format!("{NAME}.eml"))).unwrap(), text);
}

#[test]
fn what_a_crash_left_tells_whether_it_was_sent() {
    let out = scratch("recall");
    let (sample, drop) = (Sample::new(), drop_at(&[("path", &out)]));
    let path = |name: &str| out.join(name.replace("KEY", NAME));
    assert_eq!(sample.recall(&drop), Recall::NotSent, "nothing is there");
    // The steps of `out.rs`, one by one.
    fs::write(path(".KEY.mail"), "half").unwrap();
    assert_eq!(sample.recall(&drop), Recall::NotSent);
    fs::write(path(".KEY.begun"), "").unwrap();
    assert_eq!(sample.recall(&drop), Recall::NotSent);
    fs::rename(path(".KEY.mail"), path("KEY.eml")).unwrap();
    let sent = [(0, Outcome::Sent), (1, Outcome::Sent)];
    let Recall::Known(report) = sample.recall(&drop) else { panic!("it is there") };
    assert_eq!(report.recipients, sent);
    fs::remove_file(path("KEY.eml")).unwrap();
    let Recall::Known(report) = sample.recall(&drop) else { panic!("somebody took it") };
    assert_eq!(report.recipients, sent);
    drop.end_message(report.reference).unwrap();
    assert_eq!(names(&out), set(&[]));
    // An attempt after one that was cut off begins anew.
    fs::write(path(".KEY.mail"), "half").unwrap();
    fs::write(path(".KEY.begun"), "").unwrap();
    let report = sample.send(&drop);
    drop.end_message(report.reference).unwrap();
    assert_eq!(names(&out).len(), 2);
}

#[test]
fn a_directory_that_cannot_be_puts_mail_off() {
    let out = scratch("file").join("out");
    fs::write(&out, "a file, not a directory").unwrap();
    let (sample, drop) = (Sample::new(), drop_at(&[("path", &out)]));
    // Any error puts it off.
    let error = sample.submitted(|submission| drop.submit_message(submission)).unwrap_err();
    assert!(error.to_string().contains("out"), "{error}");
    assert!(drop.validate_state().is_err());
}

#[test]
fn the_id_that_a_mail_is_given_is_told() {
    let out = scratch("id").join("out");
    let (sample, drop) = (Sample::new(), drop_at(&[("path", &out)]));
    let given = format!("<{NAME}@example.org>");
    let report = sample.send(&drop);
    assert_eq!(report.message_id.as_ref(), Some(&given));
    let mail = fs::read_to_string(out.join(format!("{NAME}.eml"))).unwrap();
    assert!(mail.contains(&format!("Message-ID: {given}")), "{mail}");
    // Also by one that was cut off before it could say so.
    let Recall::Known(report) = sample.recall(&drop) else { panic!("it was sent") };
    assert_eq!(report.message_id, Some(given));
    sample.message.set(tags::INTERNET_MESSAGE_ID, "<own@example.org>").unwrap();
    sample.message.save().unwrap();
    assert_eq!(sample.send(&drop).message_id, None, "it has one of its own");
}

/// What a child does that is killed, or that finds the disk full: puts a mail, again and again, and
/// removes it as its reader would.
#[test]
#[ignore = "is run by other tests, in a process of its own"]
fn put_until_killed() {
    let Some(out) = std::env::var_os("MAPIX_TEST_DROP").map(PathBuf::from) else { return };
    let (sample, drop) = (Sample::new(), drop_at(&[("path", &out)]));
    sample.message.set(tags::BODY, "A line of some length.\r\n".repeat(20_000)).unwrap();
    sample.message.save().unwrap();
    for round in 0_u32.. {
        let report = match sample.submitted(|submission| drop.submit_message(submission)) {
            Ok(report) => report,
            Err(error) => {
                println!("deferred: {error}");
                return;
            }
        };
        if round % 2 == 0 {
            fs::remove_file(out.join(format!("{NAME}.eml"))).unwrap();
        }
        drop.end_message(report.reference).unwrap();
    }
}

fn child(out: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} exec \"$@\""), "sh"]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", "drop::tests::put_until_killed", "--ignored", "--nocapture"]);
    command.env("MAPIX_TEST_DROP", out).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

#[cfg(unix)]
#[test]
fn a_kill_leaves_a_whole_mail_or_none() {
    let out = scratch("kill");
    let sample = Sample::new();
    sample.message.set(tags::BODY, "A line of some length.\r\n".repeat(20_000)).unwrap();
    sample.message.save().unwrap();
    let reference = scratch("kill-reference");
    sample.send(&drop_at(&[("path", &reference)]));
    let whole = fs::read(reference.join(format!("{NAME}.eml"))).unwrap();
    let rounds = if std::env::var_os("MAPIX_SLOW").is_some() { 200 } else { 15 };
    let mut seen = BTreeSet::new();
    for round in 0..rounds {
        let mut child = child(&out, "").spawn().unwrap();
        while names(&out).is_empty() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(500 + round * 1_717 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let left = names(&out);
        let mail = out.join(format!("{NAME}.eml"));
        if has(&left, "eml") {
            assert!(fs::read(&mail).unwrap() == whole, "it is not whole");
        }
        let is_sent = Files::new(&out, KEY).is_sent().unwrap();
        let is_there = |name: &str| left.contains(&name.replace("KEY", NAME));
        // Who was not told that it is sent finds the mail that was not renamed, or none begun.
        assert_eq!(is_sent, is_there(".KEY.begun") && !is_there(".KEY.mail"), "{left:?}");
        seen.insert(left);
        // The next one goes on from what is there.
        let drop = drop_at(&[("path", &out)]);
        let report = sample.send(&drop);
        drop.end_message(report.reference).unwrap();
        assert!(fs::read(&mail).unwrap() == whole);
        assert_eq!(names(&out).len(), 2, "{:?}", names(&out));
        fs::remove_dir_all(&out).unwrap();
        fs::create_dir_all(&out).unwrap();
    }
    assert!(seen.len() > 1, "it was killed at one place only: {seen:?}");
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_puts_mail_off_and_leaves_nothing_half() {
    let out = scratch("full");
    let output = child(&out, "ulimit -f 200; trap '' XFSZ;").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("deferred: "), "{said}");
    let left = names(&out);
    assert!(!has(&left, "eml") && !has(&left, "mail"), "{left:?}");
}

/// Has the next mail brought in, as the spooler does.
fn bring(sample: &Sample, drop: &Drop) -> Result<Message> {
    let message = sample.store.root()?.create_message()?;
    let reference = drop.start_message(&message)?.expect("there is one");
    message.save()?;
    drop.end_message(reference)?;
    Ok(message)
}

#[test]
fn mail_is_taken_out_of_a_directory() {
    let pickup = scratch("pickup");
    let (sample, drop) = (Sample::new(), drop_at(&[("pickup", &pickup)]));
    assert_eq!(drop.polls(), Some(Duration::from_secs(5)));
    assert!(drop.address_types().types.is_empty(), "it takes nothing out");
    assert!(!drop.poll().unwrap());
    let inner = "From: c@example.org\r\nSubject: inner\r\n\r\nInner text\r\n";
    let mail = format!(
        "From: Bob <bob@example.org>\r\nTo: ann@example.org\r\nBcc: dee@example.org\r\n\
         Subject: Re: Lunch\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nYes.\r\n--x\r\n\
         Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nhello\r\n\
         --x\r\nContent-Type: message/rfc822\r\n\r\n{inner}--x--\r\n"
    );
    fs::write(pickup.join("b.eml"), &mail).unwrap();
    fs::write(pickup.join("a.EML"), "Subject: first\r\n\r\n").unwrap();
    fs::write(pickup.join(".hidden.eml"), "no").unwrap();
    fs::write(pickup.join("note.txt"), "no").unwrap();
    assert!(drop.poll().unwrap());
    let first = bring(&sample, &drop).unwrap();
    assert_eq!(first.text(tags::SUBJECT).unwrap().unwrap(), "first");
    let second = bring(&sample, &drop).unwrap();
    assert!(!drop.poll().unwrap());
    assert_eq!(second.text(tags::SUBJECT).unwrap().unwrap(), "Re: Lunch");
    assert_eq!(second.text(tags::SENDER_SMTP_ADDRESS).unwrap().unwrap(), "bob@example.org");
    assert_eq!(second.recipients().unwrap().len(), 2);
    let attachments = second.attachments().unwrap();
    assert_eq!(attachments.len(), 2);
    assert_eq!(attachments[0].name().unwrap().unwrap(), "a.txt");
    let inner = attachments[1].embedded().unwrap();
    assert_eq!(inner.text(tags::SUBJECT).unwrap().unwrap(), "inner");
    assert!(inner.text(tags::BODY).unwrap().unwrap().starts_with("Inner text"));
    assert_eq!(names(&pickup), set(&[".hidden.eml", ".lock", "note.txt", "done"]));
    assert_eq!(names(&pickup.join("done")), set(&["a.EML", "b.eml"]));
    // The same name again: both stay.
    fs::write(pickup.join("b.eml"), &mail).unwrap();
    bring(&sample, &drop).unwrap();
    assert_eq!(names(&pickup.join("done")), set(&["a.EML", "b.eml", "b.2.eml"]));
}

#[test]
fn a_mail_that_comes_once_more_after_a_crash_has_the_same_key() {
    let pickup = scratch("again");
    let sample = Sample::new();
    let key = |text: Option<&str>| {
        if let Some(text) = text {
            fs::write(pickup.join("a.eml"), text).unwrap();
        }
        let message = sample.store.root().unwrap().create_message().unwrap();
        drop_at(&[("pickup", &pickup)]).start_message(&message).unwrap().unwrap();
        message.get(tags::SEARCH_KEY).unwrap().unwrap()
    };
    let first = key(Some("Subject: one\r\n\r\n"));
    assert_eq!(key(None), first);
    assert_ne!(key(Some("Subject: one\r\n\r\n")), first, "somebody has sent it again");
    assert_ne!(key(Some("Subject: two\r\n\r\n")), first);
}

#[test]
fn of_two_sessions_one_takes_a_mail() {
    let pickup = scratch("two");
    let sample = Sample::new();
    let (one, other) = (drop_at(&[("pickup", &pickup)]), drop_at(&[("pickup", &pickup)]));
    for name in ["a", "b"] {
        fs::write(pickup.join(name).with_extension("eml"), format!("Subject: {name}\r\n\r\n"))
            .unwrap();
    }
    let start = |drop: &Drop| {
        let message = sample.store.root().unwrap().create_message().unwrap();
        let reference = drop.start_message(&message).unwrap();
        reference.map(|reference| (reference, message.text(tags::SUBJECT).unwrap().unwrap()))
    };
    let (reference, subject) = start(&one).unwrap();
    assert_eq!(subject, "a");
    assert!(other.poll().unwrap(), "what is taken is still there, until it is confirmed");
    assert_eq!(start(&other), None, "it is not taken twice");
    one.end_message(reference).unwrap();
    let (_, subject) = start(&other).unwrap();
    assert_eq!(subject, "b");
    assert_eq!(start(&one), None);
    // One that goes before it has confirmed, as in a crash.
    drop(other);
    assert_eq!(start(&one).unwrap().1, "b");
}

#[test]
fn a_mail_that_is_none_is_put_aside_with_its_reason() {
    let pickup = scratch("bad");
    let (sample, drop) = (Sample::new(), drop_at(&[("pickup", &pickup)]));
    fs::write(pickup.join("empty.eml"), "").unwrap();
    let message = sample.store.root().unwrap().create_message().unwrap();
    drop.start_message(&message).unwrap_err();
    assert_eq!(names(&pickup.join("bad")), set(&["empty.eml", "empty.eml.reason"]));
    let reason = fs::read_to_string(pickup.join("bad/empty.eml.reason")).unwrap();
    assert!(reason.contains("empty"), "{reason}");
    assert!(!drop.poll().unwrap());
    let messages = sample.store.root().unwrap().messages(Contents::Normal).unwrap();
    assert_eq!(messages.count(), 1, "only the sample");
}
