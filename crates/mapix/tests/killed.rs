//! A process is killed while its session logs off, with mail in the queue and a profile that it
//! changes: what was saved is there, what was queued is queued or sent, once, and the profile is whole.
//!
//! `MAPIX_SLOW=1` makes 200 rounds.

mod place;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mapix::prop::{Guid, PropBag, PropTag, tags};
use mapix::{Contents, Event, FlushFlags, Folder, LogoffFlags, Result, SpecialFolder, Store, care};

use place::Place;

/// The directory and the round of the child.
const PLACE: &str = "MAPIX_TEST_LOGOFF";
const ROUND: &str = "MAPIX_TEST_ROUND";
/// What the profile keeps of the rounds.
const SECTION: Guid = Guid(*b"rounds of a test");
const LAST: PropTag = PropTag(0x6600_0003);

impl Place {
    /// What children have acknowledged.
    fn told(&self) -> Vec<String> {
        let told = fs::read_to_string(self.0.join("told")).unwrap_or_default();
        // The last line may be half written.
        let whole = told.rfind('\n').map_or("", |end| &told[..end]);
        whole.lines().map(str::to_owned).collect()
    }

    fn tell(&self) -> Result<File> {
        Ok(OpenOptions::new().create(true).append(true).open(self.0.join("told"))?)
    }

    fn start(&self, round: u32) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "logs_off_until_it_is_killed", "--ignored", "--nocapture"]);
        command.env(PLACE, &self.0).env(ROUND, round.to_string());
        command.stdout(Stdio::null()).spawn().unwrap()
    }

    /// The subjects of the mails that were sent, and how often.
    fn sent(&self) -> BTreeMap<String, usize> {
        let Ok(files) = fs::read_dir(self.0.join("out")) else { return BTreeMap::new() };
        let paths = files.map(|file| file.unwrap().path());
        let mails = paths.filter(|path| {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
            !hidden && path.extension().is_some_and(|end| end == "eml")
        });
        count(mails.map(|path| {
            let mail = fs::read_to_string(path).unwrap();
            let subject = mail.lines().find_map(|line| line.strip_prefix("Subject: "));
            subject.unwrap().to_owned()
        }))
    }
}

fn count(all: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1);
    counts
}

fn submit(store: &Store, subject: &str) -> Result<()> {
    let message = store.root()?.create_message()?;
    message.set(tags::SUBJECT, subject)?;
    message.set(tags::BODY, subject)?;
    let mut bob = PropBag::new();
    bob.set(tags::RECIPIENT_TYPE, 1);
    bob.set(tags::ADDRTYPE, "SMTP");
    bob.set(tags::EMAIL_ADDRESS, "bob@example.org");
    bob.set(tags::DISPLAY_NAME, "Bob");
    message.set_recipients(vec![bob])?;
    message.submit(false)
}

fn save(folder: &Folder, subject: &str) -> Result<()> {
    let message = folder.create_message()?;
    message.set(tags::SUBJECT, subject)?;
    message.save()
}

/// What a child does: saves, submits, changes the profile, and logs off, in each of the ways there are.
#[test]
#[ignore = "is run by another test, in a process of its own"]
fn logs_off_until_it_is_killed() {
    let Some(place) = std::env::var_os(PLACE) else { return };
    let place = Place(place.into());
    let round: u32 = std::env::var(ROUND).unwrap().parse().unwrap();
    let (session, store) = place.enter(false).unwrap();
    let mut told = place.tell().unwrap();
    let closing = place.tell().unwrap();
    session.set_tracer(std::sync::Arc::new(move |event: &Event| {
        if matches!(event, Event::GateShut { .. }) {
            writeln!(&closing, "closing {round}").unwrap();
        }
    }));
    let inbox = store.special_folder(SpecialFolder::Inbox).unwrap();
    for number in 0..3 {
        let subject = format!("saved {round}.{number}");
        save(&inbox, &subject).unwrap();
        writeln!(told, "{subject}").unwrap();
        let subject = format!("mail {round}.{number}");
        submit(&store, &subject).unwrap();
        writeln!(told, "{subject}").unwrap();
    }
    let section = session.open_profile_section(SECTION, true, false).unwrap();
    section.set(LAST, round.cast_signed()).unwrap();
    writeln!(told, "profile {round}").unwrap();
    let ways = [LogoffFlags::PURGE, LogoffFlags::NO_WAIT, LogoffFlags::ORDERLY, LogoffFlags::ABORT];
    store.store_logoff(ways[round as usize % ways.len()]).unwrap();
    if round.is_multiple_of(2) {
        drop((inbox, store));
    }
    session.logoff().into_iter().for_each(|report| report.result.unwrap());
    writeln!(told, "over {round}").unwrap();
}

/// What must hold whenever somebody was killed.
fn verify(place: &Place, what: &str) {
    let told = place.told();
    let named = |kind: &str| -> Vec<&String> {
        told.iter().filter(|line| line.starts_with(kind)).collect()
    };
    let profile = place.profiles().read("work").unwrap();
    assert_eq!(profile.services().len(), 2, "{what}");
    assert!(profile.default_store().is_some(), "{what}");
    let last = profile.section(SECTION).ok().and_then(|section| section.props().i32(LAST));
    let acknowledged =
        named("profile ").last().map(|line| line["profile ".len()..].parse().unwrap());
    assert!(last >= acknowledged, "{what}: {last:?} of {acknowledged:?}");

    let (session, store) = place.enter(true).unwrap();
    let inbox = store.special_folder(SpecialFolder::Inbox).unwrap();
    let subjects = |folder: &Folder| {
        let messages = folder.messages(Contents::Normal).unwrap();
        count(messages.map(|one| one.unwrap().text(tags::SUBJECT).unwrap().unwrap_or_default()))
    };
    let saved = subjects(&inbox);
    for subject in named("saved ") {
        assert_eq!(saved.get(subject), Some(&1), "{what}: {subject}");
    }
    let queued = count(store.queued().unwrap().into_iter().map(|entry| {
        let mapix::Object::Message(message) = store.open_entry(&entry.entry_id).unwrap() else {
            panic!("{what}: the queue holds something that is no message")
        };
        message.text(tags::SUBJECT).unwrap().unwrap()
    }));
    let sent = place.sent();
    for (subject, times) in queued.iter().chain(&sent) {
        assert_eq!(*times, 1, "{what}: {subject}");
    }
    for subject in named("mail ") {
        assert!(queued.contains_key(subject) || sent.contains_key(subject), "{what}: {subject}");
    }
    session.logoff();
    let file = place.0.join("mail.mapix");
    let report = care::check(file, false, 10, None, &mut || ControlFlow::Continue(())).unwrap();
    assert!(report.ok(), "{what}: {report:?}");
}

#[test]
fn nothing_is_lost_or_sent_twice_when_a_logoff_is_killed() {
    let rounds = if std::env::var_os("MAPIX_SLOW").is_some() { 200 } else { 6 };
    let place =
        Place::make("logoff-killed", &[("path", "out"), ("from", "ann@example.org")]).unwrap();
    // How long it takes here when nobody interferes.
    let mut usual = Duration::ZERO;
    let (mut random, mut cut) = (7_u64, 0);
    for round in 0..rounds {
        let mut child = place.start(round);
        let is_closing = format!("closing {round}");
        while !place.told().contains(&is_closing) {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it logged off");
            std::thread::sleep(Duration::from_micros(200));
        }
        let began = Instant::now();
        if round > 0 {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            std::thread::sleep(usual.mul_f64((random >> 33) as f64 / f64::from(1_u32 << 31)));
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        if round == 0 {
            usual = began.elapsed();
            assert!(status.success());
        }
        cut += u32::from(!status.success());
        verify(&place, &format!("round {round}"));
    }
    println!("{cut} of {rounds} logoffs were cut off; a whole one takes {usual:?}");
    // In the end all of it is sent, once.
    let (session, store) = place.enter(false).unwrap();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(store.queued().unwrap(), []);
    drop(store);
    session.logoff();
    verify(&place, "at the end");
    let sent = place.sent();
    for line in place.told().iter().filter(|line| line.starts_with("mail ")) {
        assert!(sent.contains_key(line), "{line} was not sent");
    }
}
