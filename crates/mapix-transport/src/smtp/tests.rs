//! Against a real mail server, and against some that are none.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mapix_conformance::mail_server::{MailServer, Options, Received};
use mapix_core::prop::{Guid, PropBag, tags};
use mapix_core::store::MemoryStore;
use mapix_core::{
    Attempt, ErrorCode, Mapi, Message, Outcome, Report, Result, Session, Settings, Submission,
    TransportLogon,
};
use rcgen::{CertificateParams, KeyPair};

use super::{Config, Smtp};
use crate::outgoing::Outgoing;

const KEY: Guid = Guid([7; 16]);

/// A message in a store of its own.
struct Sample {
    message: Message,
    _session: Session,
}

impl Sample {
    fn to(recipients: &[(i32, &str)]) -> Self {
        let session = Mapi::with_providers(vec![]).session();
        let store = session.attach(Arc::new(MemoryStore::new("mail")), true).unwrap();
        let message = store.root().unwrap().create_message().unwrap();
        message.set(tags::SUBJECT, "Lunch").unwrap();
        message.set(tags::BODY, "At noon?\r\n.\r\n..dots\r\n").unwrap();
        message.set(tags::SENDER_SMTP_ADDRESS, "ann@example.org").unwrap();
        let row = |(kind, address): &(i32, &str)| {
            let mut bag = PropBag::new();
            bag.set(tags::RECIPIENT_TYPE, *kind);
            bag.set(tags::ADDRTYPE, "SMTP");
            bag.set(tags::EMAIL_ADDRESS, *address);
            bag.set(tags::DISPLAY_NAME, *address);
            bag
        };
        message.set_recipients(recipients.iter().map(row).collect()).unwrap();
        message.save().unwrap();
        Self { message, _session: session }
    }

    fn submitted<T>(&self, then: impl FnOnce(&Submission<'_>) -> Result<T>) -> Result<T> {
        let recipients = self.message.recipients().unwrap();
        let attempt = Attempt { key: KEY, number: 1, deferred: false };
        then(&Submission { message: &self.message, recipients: &recipients, attempt })
    }

    fn send(&self, smtp: &Smtp) -> Result<Report> {
        self.submitted(|submission| smtp.submit_message(submission))
    }

    /// The mail that is to arrive.
    fn written(&self) -> Vec<u8> {
        let mut mail = Vec::new();
        let read = |submission: &Submission<'_>| {
            let mut outgoing = Outgoing::of(submission, None)?;
            outgoing.reader()?.read_to_end(&mut mail)?;
            Ok(())
        };
        self.submitted(read).unwrap();
        mail
    }
}

fn scratch(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/smtp").join(test);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn settings(port: u16, more: &[(&str, &str)]) -> Config {
    let port = port.to_string();
    let all = [&[("host", "localhost"), ("port", port.as_str()), ("timeout", "20")], more].concat();
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Config::of(&Settings::new(all.into_iter().map(own))).unwrap()
}

fn smtp(port: u16, more: &[(&str, &str)]) -> Smtp {
    Smtp::new(settings(port, more), || false)
}

fn plain(port: u16) -> Smtp {
    smtp(port, &[("tls", "none")])
}

fn deferred(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Deferred { reason, until: None } => reason,
        other => panic!("{other:?}"),
    }
}

/// A certificate that signs itself, for a name, and its key.
fn identity(directory: &Path, name: &str) -> (PathBuf, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let paths = (directory.join(format!("{name}.pem")), directory.join(format!("{name}.key")));
    fs::write(&paths.0, certificate.pem()).unwrap();
    fs::write(&paths.1, key.serialize_pem()).unwrap();
    paths
}

#[track_caller]
fn only(server: &MailServer) -> Received {
    let mut all = server.received().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_mail_arrives_as_it_was_written() {
    let directory = scratch("plain");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let smtp = smtp(server.port, &[("tls", "none"), ("helo", "desk.example.org")]);
    let sample =
        Sample::to(&[(1, "bob@example.org"), (2, "cy@example.org"), (3, "dee@example.org")]);
    let report = sample.send(&smtp).unwrap();
    assert!(report.recipients.iter().all(|(_, outcome)| *outcome == Outcome::Sent), "{report:?}");
    assert_eq!(report.recipients.len(), 3);
    let got = only(&server);
    assert_eq!((got.encrypted, got.user.as_str()), (false, ""));
    assert_eq!((got.helo.as_str(), got.from.as_str()), ("desk.example.org", "ann@example.org"));
    assert_eq!(got.to, ["bob@example.org", "cy@example.org", "dee@example.org"]);
    assert!(got.mail == sample.written());
    let mail = String::from_utf8(got.mail).unwrap();
    assert!(mail.contains("To: bob@example.org\r\nCc: cy@example.org\r\n"), "{mail}");
    assert!(!mail.contains("dee"), "blind copies are nobody's business: {mail}");
    assert!(mail.contains("Message-ID: <07070707070707070707070707070707@example.org>\r\n"));
    assert!(mail.ends_with("\r\n\r\nAt noon?\r\n=2E\r\n=2E.dots\r\n"), "{mail}");
    // The next one goes over the same connection.
    sample.send(&smtp).unwrap();
    assert_eq!(server.received().unwrap().len(), 2);
    smtp.idle();
}

#[test]
fn a_mail_of_megabytes_arrives_whole() {
    let directory = scratch("large");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let sample = Sample::to(&[(1, "bob@example.org")]);
    let body = "All work and no play.\r\n".repeat(200_000);
    sample.message.set(tags::BODY, body.as_str()).unwrap();
    sample.message.save().unwrap();
    let report = sample.send(&plain(server.port)).unwrap();
    assert_eq!(report.recipients, [(0, Outcome::Sent)]);
    let mail = only(&server).mail;
    assert!(mail.len() > body.len() && mail == sample.written(), "{} bytes", mail.len());
}

#[test]
fn starttls_encrypts_and_authenticates() {
    let directory = scratch("starttls");
    let (cert, key) = identity(&directory, "localhost");
    let options = Options {
        tls: Some("starttls"),
        identity: Some((cert.clone(), key)),
        login: Some(("ann".into(), "pass word".into())),
        ..Options::default()
    };
    let Some(server) = MailServer::start(&directory.join("mail"), &options) else { return };
    let ca = ("ca", cert.to_str().unwrap());
    let good = [ca, ("user", "ann"), ("password", "pass word")];
    let sample = Sample::to(&[(1, "bob@example.org")]);
    let smtp = smtp(server.port, &good);
    smtp.validate_state().unwrap();
    assert_eq!(sample.send(&smtp).unwrap().recipients, [(0, Outcome::Sent)]);
    let got = only(&server);
    assert_eq!((got.encrypted, got.user.as_str()), (true, "ann"));

    let wrong = self::smtp(server.port, &[ca, ("user", "ann"), ("password", "wrong")]);
    let error = sample.send(&wrong).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LOGON_FAILED);
    assert!(error.to_string().contains("535"), "what the server says: {error}");
    assert!(!error.to_string().contains("wrong"), "{error}");

    // That somebody has to authenticate is not said about the mail.
    let nobody = sample.send(&self::smtp(server.port, &[ca])).unwrap();
    assert!(deferred(&nobody.recipients[0].1).contains("530"), "{nobody:?}");
    // Nor is it sent where the server wants an encrypted connection and the settings do not.
    let open = sample.send(&plain(server.port)).unwrap();
    assert!(deferred(&open.recipients[0].1).contains("530"), "{open:?}");
    assert_eq!(server.received().unwrap().len(), 1);
}

#[test]
fn a_connection_is_encrypted_from_its_first_byte() {
    let directory = scratch("wrapper");
    let (cert, key) = identity(&directory, "localhost");
    let options =
        Options { tls: Some("wrapper"), identity: Some((cert.clone(), key)), ..Options::default() };
    let Some(server) = MailServer::start(&directory.join("mail"), &options) else { return };
    let ca = ("ca", cert.to_str().unwrap());
    let sample = Sample::to(&[(1, "bob@example.org")]);
    let report = sample.send(&smtp(server.port, &[ca, ("tls", "wrapper")])).unwrap();
    assert_eq!(report.recipients, [(0, Outcome::Sent)]);
    assert!(only(&server).encrypted);
}

#[test]
fn a_certificate_that_nobody_trusts_ends_it() {
    let directory = scratch("certificate");
    let (cert, key) = identity(&directory, "mail.example.com");
    let (other, _) = identity(&directory, "localhost");
    let sample = Sample::to(&[(1, "bob@example.org")]);
    for tls in ["starttls", "wrapper"] {
        let identity = Some((cert.clone(), key.clone()));
        let options = Options { tls: Some(tls), identity, ..Options::default() };
        let Some(server) = MailServer::start(&directory.join(tls), &options) else { return };
        let trust = |ca: &Path| {
            let error = match ca.to_str() {
                Some("") => sample.send(&smtp(server.port, &[("tls", tls)])),
                ca => sample.send(&smtp(server.port, &[("tls", tls), ("ca", ca.unwrap())])),
            };
            let error = error.unwrap_err();
            assert_eq!(error.code(), ErrorCode::NETWORK_ERROR, "{error}");
            error.to_string()
        };
        let unknown = trust(&other);
        assert!(unknown.contains("certificate") && unknown.contains("localhost"), "{unknown}");
        let named = trust(&cert);
        assert!(named.contains("certificate") && named.contains("name"), "another host: {named}");
        assert!(trust(Path::new("")).contains("certificate"), "the system does not know it");
        assert_eq!(server.received().unwrap(), []);
    }
}

#[test]
fn encryption_that_is_asked_for_is_not_done_without() {
    let directory = scratch("unencrypted");
    let login = Some(("ann".into(), "secret".into()));
    let options = Options { login, ..Options::default() };
    let Some(server) = MailServer::start(&directory, &options) else { return };
    let sample = Sample::to(&[(1, "bob@example.org")]);
    let error = sample.send(&smtp(server.port, &[])).unwrap_err();
    assert!(error.to_string().contains("STARTTLS"), "{error}");
    let login = [("user", "ann"), ("password", "secret")];
    let some = [&[("tls", "opportunistic")], &login[..]].concat();
    let error = sample.send(&smtp(server.port, &some)).unwrap_err();
    assert!(error.to_string().contains("does not get the password"), "{error}");
    assert_eq!(server.received().unwrap(), []);
    let none = [&[("tls", "none")], &login[..]].concat();
    assert_eq!(sample.send(&smtp(server.port, &none)).unwrap().recipients, [(0, Outcome::Sent)]);
    assert_eq!(only(&server).user, "ann");
}

#[test]
fn each_recipient_has_an_answer_of_its_own() {
    let directory = scratch("each");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let sample = Sample::to(&[
        (1, "bob@example.org"),
        (1, "refused@example.org"),
        (2, "full@example.org"),
        (2, "grey@example.org"),
        (3, "BOB@example.org"),
        (1, "b\u{e4}r@example.org"),
    ]);
    let mut report = sample.send(&plain(server.port)).unwrap();
    report.recipients.sort_by_key(|(row, _)| *row);
    let outcome = |row: usize| &report.recipients[row].1;
    assert_eq!((outcome(0), outcome(4)), (&Outcome::Sent, &Outcome::Sent));
    let Outcome::Refused(reason) = outcome(1) else { panic!("{:?}", outcome(1)) };
    assert!(reason.ends_with("says: 550 5.1.1 nobody is called that here"), "{reason}");
    assert!(deferred(outcome(2)).ends_with("452 4.2.2 the mailbox is full"));
    assert!(deferred(outcome(3)).ends_with("451 4.7.1 come again later"));
    let Outcome::Refused(reason) = outcome(5) else { panic!("{:?}", outcome(5)) };
    assert!(reason.contains("beyond ASCII"), "{reason}");
    assert_eq!(only(&server).to, ["bob@example.org"], "once, and the others not at all");
}

#[test]
fn addresses_beyond_ascii_go_where_they_are_taken() {
    let directory = scratch("utf8");
    let options = Options { utf8: true, ..Options::default() };
    let Some(server) = MailServer::start(&directory, &options) else { return };
    let sample = Sample::to(&[(1, "b\u{e4}r@example.org")]);
    assert_eq!(sample.send(&plain(server.port)).unwrap().recipients, [(0, Outcome::Sent)]);
    assert_eq!(only(&server).to, ["b\u{e4}r@example.org"]);
}

#[test]
fn a_greylisted_mail_arrives_the_second_time() {
    let directory = scratch("grey");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let (sample, smtp) = (Sample::to(&[(1, "grey@example.org")]), plain(server.port));
    deferred(&sample.send(&smtp).unwrap().recipients[0].1);
    assert_eq!(server.received().unwrap(), []);
    assert_eq!(sample.send(&smtp).unwrap().recipients, [(0, Outcome::Sent)]);
    let mail = String::from_utf8(only(&server).mail).unwrap();
    assert!(mail.contains("<07070707070707070707070707070707@example.org>"), "the ID stays");
}

#[test]
fn a_mail_that_is_not_taken_is_refused_or_put_off() {
    let directory = scratch("data");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let smtp = plain(server.port);
    let spam = Sample::to(&[(1, "bob@example.org"), (1, "spam@example.org")]).send(&smtp).unwrap();
    assert_eq!(spam.recipients.len(), 2);
    for (_, outcome) in &spam.recipients {
        let Outcome::Refused(reason) = outcome else { panic!("{outcome:?}") };
        assert!(reason.ends_with("554 5.7.1 this looks like spam"), "{reason}");
    }
    let busy = Sample::to(&[(1, "busy@example.org")]).send(&smtp).unwrap();
    assert!(deferred(&busy.recipients[0].1).ends_with("451 4.3.0 no room at the moment"));
    let unwanted = Sample::to(&[(1, "bob@example.org"), (1, "cy@example.org")]);
    unwanted.message.set(tags::SENDER_SMTP_ADDRESS, "unwanted@example.org").unwrap();
    let unwanted = unwanted.send(&smtp).unwrap().recipients;
    let refused = |(_, outcome): &(u32, Outcome)| matches!(outcome, Outcome::Refused(_));
    assert!(unwanted.len() == 2 && unwanted.iter().all(refused), "{unwanted:?}");
    // After all of that the connection is as good as new.
    let good = Sample::to(&[(1, "bob@example.org")]).send(&smtp).unwrap();
    assert_eq!(good.recipients, [(0, Outcome::Sent)]);
    assert_eq!(server.received().unwrap().len(), 1);
}

#[test]
fn a_server_that_hangs_up_before_it_has_the_mail_gets_it_again() {
    let directory = scratch("close");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let smtp = plain(server.port);
    let all = [(1, "bob@example.org"), (1, "close@example.org"), (1, "cy@example.org")];
    let report = Sample::to(&all).send(&smtp).unwrap();
    assert_eq!(report.recipients.len(), 3);
    for (_, outcome) in &report.recipients {
        let reason = deferred(outcome);
        assert!(reason.contains("closed the connection") || reason.contains("reset"), "{reason}");
    }
    assert_eq!(server.received().unwrap(), []);
    let good = Sample::to(&[(1, "bob@example.org")]).send(&smtp).unwrap();
    assert_eq!(good.recipients, [(0, Outcome::Sent)], "over a new connection");
}

#[test]
fn a_server_that_had_the_mail_and_does_not_say_so_does_not_get_it_twice() {
    let directory = scratch("taken");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let report = Sample::to(&[(1, "taken@example.org")]).send(&plain(server.port)).unwrap();
    let (_, Outcome::Uncertain(reason)) = &report.recipients[0] else { panic!("{report:?}") };
    assert!(reason.starts_with("it may have been sent"), "{reason}");
    only(&server);
    // The same if it just says nothing.
    let silent = smtp(server.port, &[("tls", "none"), ("timeout", "1")]);
    let report = Sample::to(&[(1, "silent@example.org")]).send(&silent).unwrap();
    let (_, Outcome::Uncertain(reason)) = &report.recipients[0] else { panic!("{report:?}") };
    assert!(reason.starts_with("it may") && reason.ends_with("in time"), "{reason}");
}

#[test]
fn a_message_without_a_sender_gets_that_of_the_service() {
    let directory = scratch("from");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let sample = Sample::to(&[(1, "bob@example.org")]);
    sample.message.delete_props(&[tags::SENDER_SMTP_ADDRESS]).unwrap();
    sample.message.save().unwrap();
    let error = sample.send(&plain(server.port)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UNCONFIGURED);
    let smtp = smtp(server.port, &[("tls", "none"), ("from", "<desk@example.org>")]);
    assert_eq!(sample.send(&smtp).unwrap().recipients, [(0, Outcome::Sent)]);
    let got = only(&server);
    assert_eq!(got.from, "desk@example.org");
    assert!(String::from_utf8(got.mail).unwrap().starts_with("From: desk@example.org\r\n"));
}

#[test]
fn who_has_no_address_is_left_to_others() {
    let directory = scratch("nowhere");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let sample = Sample::to(&[(1, "bob@example.org"), (1, "Conference room")]);
    let report = sample.send(&plain(server.port)).unwrap();
    assert_eq!(report.recipients, [(0, Outcome::Sent)]);
    let nobody = Sample::to(&[(1, "Conference room")]).send(&plain(server.port)).unwrap();
    assert_eq!(nobody, Report::default());
}

/// Answers each connection in its own way, until the test ends.
fn answering(answer: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || answer(stream));
        }
    });
    port
}

#[test]
fn a_server_that_never_answers_is_not_waited_for() {
    let port = answering(|mut stream| {
        // It reads, and says nothing.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let sample = Sample::to(&[(1, "bob@example.org")]);
    for tls in ["none", "wrapper"] {
        let error = sample.send(&smtp(port, &[("tls", tls), ("timeout", "1")])).unwrap_err();
        assert_eq!(error.code(), ErrorCode::TIMEOUT, "{tls}: {error}");
        assert!(error.to_string().contains(&format!("localhost:{port}")), "{error}");
    }
}

#[test]
fn what_is_no_mail_server_is_told_of() {
    let sample = Sample::to(&[(1, "bob@example.org")]);
    for (says, words) in [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "localhost"),
        ("421 4.3.2 closing down\r\n", "421 4.3.2 closing down"),
        ("554 5.3.2 no mail here\r\n", "554 5.3.2 no mail here"),
        ("", "closed the connection"),
    ] {
        let port = answering(move |mut stream| {
            let _ = stream.write_all(says.as_bytes());
        });
        let error = sample.send(&plain(port)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NETWORK_ERROR, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = sample.send(&plain(free)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NETWORK_ERROR);
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn whoever_stops_it_stops_it_between_two_steps() {
    let directory = scratch("stop");
    let Some(server) = MailServer::start(&directory, &Options::default()) else { return };
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // The second question, right before the recipient, is answered with yes.
    let smtp = Smtp::new(settings(server.port, &[("tls", "none")]), move || {
        asked.swap(true, Ordering::SeqCst)
    });
    let sample = Sample::to(&[(1, "bob@example.org")]);
    let report = sample.send(&smtp).unwrap();
    assert!(deferred(&report.recipients[0].1).contains("stopped"));
    assert_eq!(server.received().unwrap(), []);
    stop.store(true, Ordering::SeqCst);
    deferred(&sample.send(&smtp).unwrap().recipients[0].1);
}
