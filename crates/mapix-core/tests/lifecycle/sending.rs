//! Section 24: what becomes of mail when transports do not know, when several spoolers are at it, and
//! when its store goes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use mapix_core::profile::Setting;
use mapix_core::prop::tags;
use mapix_core::store::{MemoryStore, MessageStore};
use mapix_core::{
    Contents, DeleteFolder, EmptyFolder, Error, ErrorCode, Event, FlushFlags, LogoffFlags,
    LogonOptions, Outcome, QueueState, Recall, Report, SpecialFolder, SpoolerNotify, Store,
    Submission,
};

use crate::fake::{World, code, events, lines, open};
use crate::spooler::{ANN, Office, Post, sent_items, submit};

const BOB: (&str, &str) = ("SMTP", "bob@example.org");

#[test]
fn what_a_transport_is_not_certain_of_is_not_sent_again_unasked() {
    let post = Post::new(&["SMTP"]);
    post.does(|submission| {
        let mut report = Report::all(submission, &Outcome::Sent);
        report.recipients[1].1 = Outcome::Uncertain("it may have been sent: silence".into());
        Ok(report)
    });
    let other = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post), ("OTHER", &other)]);
    let (session, store) = office.enter();
    let events = events(&session);
    let id = submit(&store, "x", &[ANN, BOB]);
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!((post.sent().len(), other.sent().len()), (1, 0));
    let queued = store.queued().unwrap().remove(0);
    assert_eq!((queued.state, queued.locked), (QueueState::Uncertain, false));
    assert_eq!(queued.reason.as_deref(), Some("it may have been sent: silence"));
    let told = "uncertain: mail: it may have been sent: silence".to_owned();
    assert!(lines(&events).contains(&told));
    *post.does.lock().unwrap() = None;
    store.send_again(&id).unwrap();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(post.sent()[1].1, ["bob@example.org"], "the other one has it");
    assert!(store.queued().unwrap().is_empty());
}

#[test]
fn an_uncertain_recipient_holds_nobody_up() {
    const CLEO: (&str, &str) = ("X400", "c=de");
    let post = Post::new(&["SMTP"]);
    post.does(|submission| {
        let mut report = Report::all(submission, &Outcome::Uncertain("silence".into()));
        if let Some(bob) = report.recipients.get_mut(1) {
            bob.1 = Outcome::Deferred { reason: "full".into(), until: None };
        }
        Ok(report)
    });
    let other = Post::new(&["X400"]);
    let office = Office::new(&[("POST", &post), ("OTHER", &other)]);
    let (session, store) = office.enter();
    let id = submit(&store, "x", &[ANN, BOB, CLEO]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(other.sent()[0].1, ["c=de"], "the next transport has its turn");
    let queued = store.queued().unwrap().remove(0);
    assert_eq!((queued.state, queued.uncertain), (QueueState::Waiting, 1));
    assert_eq!(queued.reason.as_deref(), Some("full; to others, silence"));
    *post.does.lock().unwrap() = None;
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(post.sent()[1].1, ["bob@example.org"], "who was put off is tried again alone");
    let queued = store.queued().unwrap().remove(0);
    assert_eq!((queued.state, queued.uncertain), (QueueState::Uncertain, 1));
    assert_eq!((queued.reason.as_deref(), queued.due), (Some("silence"), None));
    assert_eq!(sent_items(&store), 0);
    store.send_again(&id).unwrap();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(post.sent()[2].1, ["ann@example.org"]);
    assert_eq!((post.sent().len(), other.sent().len()), (3, 1));
    assert_eq!((store.queued().unwrap().len(), sent_items(&store)), (0, 1));
}

#[test]
fn an_attempt_that_was_cut_off_concerns_its_recipients_alone() {
    let post = Post::new(&["SMTP"]);
    post.does(|_| panic!("a panic that the test wants"));
    let other = Post::new(&["X400"]);
    let office = Office::new(&[("POST", &post), ("OTHER", &other)]);
    let (session, store) = office.enter();
    let id = submit(&store, "x", &[ANN, ("X400", "c=de")]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(other.sent()[0].1, ["c=de"]);
    let queued = store.queued().unwrap().remove(0);
    assert_eq!((queued.state, queued.uncertain), (QueueState::Uncertain, 1));
    *post.does.lock().unwrap() = None;
    store.send_again(&id).unwrap();
    assert_eq!(code(store.send_again(&id)), ErrorCode::NOT_IN_QUEUE, "it was asked for once");
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!((post.sent().len(), other.sent().len()), (2, 1));
    assert!(store.queued().unwrap().is_empty());
}

#[test]
fn a_recall_may_be_uncertain_of_some() {
    let post = Post::new(&["SMTP"]);
    post.does(|_| panic!("a panic that the test wants"));
    let rows = vec![(0, Outcome::Sent), (1, Outcome::Uncertain("who knows".into()))];
    *post.recall.lock().unwrap() =
        Some(Recall::Known(Report { recipients: rows, ..Report::default() }));
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    submit(&store, "x", &[ANN, BOB]);
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(post.sent().len(), 1);
    assert_eq!(store.queued().unwrap()[0].state, QueueState::Uncertain);
}

#[test]
fn the_message_keeps_the_id_under_which_it_was_sent() {
    let post = Post::new(&["SMTP"]);
    post.does(|submission| {
        let message_id = Some("<made@example.org>".to_owned());
        Ok(Report { message_id, ..Report::all(submission, &Outcome::Sent) })
    });
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    submit(&store, "x", &[ANN]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let sent = store.special_folder(SpecialFolder::SentItems).unwrap();
    let sent = sent.messages(Contents::Normal).unwrap().next().unwrap().unwrap();
    let id = sent.text(tags::INTERNET_MESSAGE_ID).unwrap();
    assert_eq!(id.as_deref(), Some("<made@example.org>"));
}

#[test]
fn only_a_refusal_refuses() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let fail = |code| post.does(move |_| Err(Error::new(code, "something is not as it should be")));
    // The spooler may take it before it is told to.
    fail(ErrorCode::NO_ACCESS);
    submit(&store, "x", &[ANN]);
    for code in [ErrorCode::NO_ACCESS, ErrorCode::CORRUPT_DATA, ErrorCode::CALL_FAILED] {
        fail(code);
        session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
        let queued = store.queued().unwrap().remove(0);
        assert_eq!(queued.state, QueueState::Waiting);
        assert!(queued.reason.unwrap().contains("not as it should be"));
    }
    assert_eq!(store.inbox().unwrap().messages(Contents::Normal).unwrap().count(), 0, "no report");
}

#[test]
fn mail_comes_into_the_default_store() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let main = Arc::new(MemoryStore::new("main"));
    let key = main.info().uid;
    let profiles = &office.world.profiles;
    profiles
        .change("work", |profile| {
            let path = ("path".to_owned(), Setting::Text("main".into()));
            let service = profile.add_service("FAKE", "Main", [path])?;
            let provider = profile.service(service)?.providers[0].uid;
            profile.section_mut(provider).set(tags::RECORD_KEY, &key.0[..])?;
            profile.set_default_store(Some(provider))
        })
        .unwrap();
    post.incoming.lock().unwrap().push_back(b"one".to_vec());
    let (session, other) = office.enter();
    session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    let in_it = |store: &Store| store.inbox().unwrap().messages(Contents::Normal).unwrap().count();
    assert_eq!(in_it(&other), 0, "it waits for the store that it is for");
    let main = session.attach(main, true).unwrap();
    let inbox = main.root().unwrap().create_folder("Inbox", false).unwrap();
    main.set_special_folder(SpecialFolder::Inbox, &inbox).unwrap();
    session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    assert_eq!((in_it(&main), in_it(&other)), (1, 0));
}

#[test]
fn two_spoolers_of_one_store_send_each_message_once() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let sessions = [office.enter(), office.enter()];
    let subjects: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
    thread::scope(|scope| {
        for (half, (session, store)) in subjects.chunks(20).zip(&sessions) {
            scope.spawn(move || {
                for subject in half {
                    submit(store, subject, &[ANN]);
                    session.flush_queues(FlushFlags::UPLOAD).unwrap();
                }
            });
        }
    });
    // What one of them had locked when the other looked is done when both have looked again.
    sessions.iter().for_each(|(session, _)| session.flush_queues(FlushFlags::UPLOAD).unwrap());
    assert!(sessions[0].1.queued().unwrap().is_empty());
    let mut sent = post.subjects();
    sent.sort();
    assert_eq!(sent, subjects, "each once");
    assert_eq!(sent_items(&sessions[0].1), 40);
}

/// A transport that takes each message only when it is let.
struct Held {
    begins: Receiver<()>,
    let_go: Sender<()>,
}

fn hold(post: &Post) -> Held {
    let (began, begins) = channel();
    let (let_go, held) = channel();
    let (began, held) = (Mutex::new(began), Mutex::new(held));
    post.does(move |submission: &Submission<'_>| {
        let _ = began.lock().unwrap().send(());
        let _ = held.lock().unwrap_or_else(PoisonError::into_inner).recv();
        Ok(Report::all(submission, &Outcome::Sent))
    });
    Held { begins, let_go }
}

/// Closes a store in this way while the first of three messages is being sent, and a fourth is put
/// off. Gives what was sent and what the transports said.
fn closed_with(flags: LogoffFlags) -> (Vec<String>, LogoffFlags, Office) {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    post.does(|_| Err(Error::new(ErrorCode::NETWORK_ERROR, "no way")));
    submit(&store, "later", &[ANN]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let held = hold(&post);
    let (sender, shut) = channel();
    let told = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&told);
    session.set_tracer(Arc::new(move |event: &Event| match event {
        Event::GateShut { .. } => sender.send(()).unwrap(),
        Event::TransportsTold { output, .. } => *keep.lock().unwrap() = Some(*output),
        _ => {}
    }));
    submit(&store, "first", &[ANN]);
    held.begins.recv().unwrap();
    for subject in ["second", "third"] {
        submit(&store, subject, &[ANN]);
    }
    let busy = store.store_logoff(flags).unwrap();
    assert!(busy.has(LogoffFlags::OUTBOUND | LogoffFlags::OUTBOUND_QUEUE), "{busy}");
    let closing = thread::spawn(move || store.logoff().result.unwrap());
    shut.recv().unwrap();
    // From here on nothing is begun but what the flags let begin.
    drop(held.let_go);
    closing.join().unwrap();
    let told = told.lock().unwrap().unwrap();
    let mut sent = post.subjects();
    assert_eq!(sent.remove(0), "later", "it was tried once, and put off");
    *post.does.lock().unwrap() = None;
    session.logoff();
    (sent, told, office)
}

#[test]
fn no_wait_sends_what_is_ready() {
    let (sent, told, office) = closed_with(LogoffFlags::NO_WAIT);
    assert_eq!(sent, ["first", "second", "third"]);
    assert_eq!(told, LogoffFlags::OUTBOUND_QUEUE, "one was put off");
    assert_eq!(office.enter().1.queued().unwrap().len(), 1);
}

#[test]
fn purge_sends_also_what_was_put_off() {
    let (mut sent, told, office) = closed_with(LogoffFlags::PURGE);
    sent.sort();
    assert_eq!(sent, ["first", "later", "second", "third"]);
    assert_eq!(told, LogoffFlags::COMPLETE);
    assert!(office.enter().1.queued().unwrap().is_empty());
}

#[test]
fn orderly_finishes_what_is_begun_and_begins_nothing() {
    let (sent, told, office) = closed_with(LogoffFlags::ORDERLY);
    assert_eq!(sent, ["first"]);
    assert_eq!(told, LogoffFlags::OUTBOUND_QUEUE);
    // The next session has no transport that holds it: it sends the rest.
    let (session, store) = office.enter();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert!(store.queued().unwrap().is_empty());
}

#[test]
fn a_report_carries_the_message() {
    let post = Post::new(&["SMTP"]);
    post.does(|submission| {
        Ok(Report::all(submission, &Outcome::Refused("550 no such user".into())))
    });
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let outbox = store.special_folder(SpecialFolder::Outbox).unwrap();
    let message = outbox.create_message().unwrap();
    message.set(tags::SUBJECT, "plans").unwrap();
    message.set(tags::BODY, "as discussed").unwrap();
    message.set(tags::DELETE_AFTER_SUBMIT, true).unwrap();
    let file = message.create_attachment(mapix_core::AttachMethod::ByValue).unwrap();
    file.set(tags::ATTACH_LONG_FILENAME, "plan.txt").unwrap();
    file.set(tags::ATTACH_DATA_BIN, &b"the plan"[..]).unwrap();
    file.save().unwrap();
    let mut row = mapix_core::prop::PropBag::new();
    row.set(tags::RECIPIENT_TYPE, 1);
    row.set(tags::ADDRTYPE, "SMTP");
    row.set(tags::EMAIL_ADDRESS, "ann@example.org");
    message.set_recipients(vec![row]).unwrap();
    message.submit(false).unwrap();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let report = store.inbox().unwrap().messages(Contents::Normal).unwrap().next().unwrap();
    let report = report.unwrap();
    let enclosed = report.open_attachment(0).unwrap();
    assert_eq!(enclosed.name().unwrap().as_deref(), Some("plans"));
    let original = enclosed.embedded().unwrap();
    assert_eq!(original.text(tags::BODY).unwrap().as_deref(), Some("as discussed"));
    assert_eq!(original.get(tags::DELETE_AFTER_SUBMIT).unwrap(), None);
    assert_eq!(original.recipients().unwrap().len(), 1);
    let file = original.open_attachment(0).unwrap();
    assert_eq!(file.name().unwrap().as_deref(), Some("plan.txt"));
    assert_eq!(
        file.get(tags::ATTACH_DATA_BIN).unwrap().unwrap().as_bytes(),
        Some(&b"the plan"[..])
    );
}

#[test]
fn folders_with_submitted_messages_stay() {
    let office = Office::new(&[]);
    let session = office.world.mapi.session();
    let store = session.attach(Arc::clone(&office.bare) as _, true).unwrap();
    let root = store.root().unwrap();
    let outer = root.create_folder("outer", false).unwrap();
    let inner = outer.create_folder("inner", false).unwrap();
    let bare = outer.create_folder("bare", false).unwrap();
    bare.create_message().unwrap().save().unwrap();
    inner.create_message().unwrap().save().unwrap();
    let id = submit(&store, "x", &[ANN]);
    let outbox = store.special_folder(SpecialFolder::Outbox).unwrap();
    let number = outbox.message_rows(Contents::Normal, &[]).unwrap().remove(0).unwrap().id;
    outbox.move_messages(&[number], &inner).unwrap().complete().unwrap();
    let all = DeleteFolder { folders: true, messages: true };
    assert_eq!(code(root.delete_folder(&outer, all)), ErrorCode::SUBMITTED);
    assert_eq!(inner.message_rows(Contents::Normal, &[]).unwrap().len(), 2, "nothing is gone");
    let emptied = outer.empty(EmptyFolder::default()).unwrap();
    assert!(emptied.warning().is_some());
    let codes: Vec<_> = emptied.failed.iter().map(|(_, error)| error.code()).collect();
    assert_eq!(codes, [ErrorCode::SUBMITTED; 2], "the folder, and the message in it");
    assert_eq!(inner.message_rows(Contents::Normal, &[]).unwrap().len(), 1);
    assert_eq!(outer.folders().unwrap().len(), 1, "the other one is gone");
    // Nor does the queue itself go.
    let emptied = root.empty(EmptyFolder { associated: true, hard: true }).unwrap();
    assert!(emptied.warning().is_some());
    assert_eq!(store.queued().unwrap().len(), 1);
    store.abort_submit(&id).unwrap();
    root.delete_folder(&outer, all).unwrap();
}

#[test]
fn receipts_of_what_is_not_offered_any_more_go() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let receipts = || {
        let folders = store.root().unwrap().folders().unwrap();
        let named = |folder: &mapix_core::Folder| {
            folder.text(tags::DISPLAY_NAME).unwrap().as_deref() == Some("Spooler Queue")
        };
        let queue = folders.iter().find(|folder| named(folder)).unwrap().clone();
        queue.message_rows(Contents::Associated, &[]).unwrap().len()
    };
    *post.fail_end.lock().unwrap() = 1;
    post.incoming.lock().unwrap().push_back(b"one".to_vec());
    session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    assert_eq!(receipts(), 1, "the transport still has it");
    // It removes its own, and is ended before it can say so.
    post.incoming.lock().unwrap().clear();
    session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    assert_eq!(receipts(), 0);
    assert_eq!(store.inbox().unwrap().messages(Contents::Normal).unwrap().count(), 1);
}

#[test]
fn an_early_logoff_waits_until_the_spooler_has_begun() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let options = LogonOptions::profile("work");
    let session = office.world.mapi.logon(&office.world.profiles, &options).unwrap();
    let events = events(&session);
    let at = |what: &str| lines(&events).iter().position(|line| line.starts_with(what));
    assert_eq!(at("transport logged on"), None, "nobody needs transports yet");
    drop(session.attach(Arc::clone(&office.bare) as Arc<dyn MessageStore>, true).unwrap());
    session.logoff();
    assert!(at("transport logged on").unwrap() < at("spooler started").unwrap());
    assert!(at("spooler started").unwrap() < at("transport logged off").unwrap());
    assert!(at("spooler ended").unwrap() < at("session ended").unwrap());
    assert_eq!(post.log.lock().unwrap().join(" "), "logon logoff shutdown");
}

#[test]
fn the_first_submission_waits_until_the_spooler_is_ready() {
    let post = Post::new(&["SMTP"]);
    let (begin, begun) = channel::<()>();
    let begun = Mutex::new(begun);
    *post.at_logon.lock().unwrap() = Some(Arc::new(move |_| {
        // Not before the submission is under way.
        let _ = begun.lock().unwrap().recv();
    }));
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let events = events(&session);
    thread::scope(|scope| {
        scope.spawn(|| {
            submit(&store, "x", &[ANN]);
            assert!(lines(&events).contains(&"spooler started: transports 1".to_owned()));
        });
        begin.send(()).unwrap();
    });
    *post.at_logon.lock().unwrap() = None;
}

#[test]
fn preprocessors_work_on_a_message_before_it_is_sent() {
    let post = Post::new(&["SMTP"]);
    let fails = Arc::new(Mutex::new(true));
    let fail = Arc::clone(&fails);
    *post.at_logon.lock().unwrap() = Some(Arc::new(move |support| {
        support.register_preprocessor(Arc::new(|message| {
            let subject = message.text(tags::SUBJECT)?.unwrap_or_default();
            message.set(tags::SUBJECT, format!("{subject}, signed"))
        }));
        let fail = Arc::clone(&fail);
        support.register_preprocessor(Arc::new(move |message| {
            if *fail.lock().unwrap() {
                return Err(Error::new(ErrorCode::NO_ACCESS, "no key"));
            }
            let subject = message.text(tags::SUBJECT)?.unwrap_or_default();
            message.set(tags::SUBJECT, format!("{subject}, sealed"))
        }));
    }));
    post.does(|_| Err(Error::new(ErrorCode::NETWORK_ERROR, "no way")));
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let id = submit(&store, "x", &[ANN]);
    let subject = || {
        let mapix_core::Object::Message(message) = store.open_entry(&id).unwrap() else { panic!() };
        message.text(tags::SUBJECT).unwrap().unwrap()
    };
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let queued = store.queued().unwrap().remove(0);
    assert!(queued.reason.unwrap().contains("no key"));
    assert_eq!((subject().as_str(), post.sent().len()), ("x", 0), "it is as it was");
    *fails.lock().unwrap() = false;
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(post.subjects(), ["x, signed, sealed"; 2], "once, however often it is sent");
    assert_eq!(subject(), "x, signed, sealed");
    // The profile has none any more: the message is sent as it is.
    session.logoff();
    *post.at_logon.lock().unwrap() = None;
    *post.does.lock().unwrap() = None;
    let (session, store) = office.enter();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert!(store.queued().unwrap().is_empty());
}

#[test]
fn a_store_that_another_session_has_open_is_left_to_that() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let said = |session: &mapix_core::Session| {
        let events = events(session);
        session.logoff();
        let events = events.lock().unwrap();
        events.iter().find_map(|event| match event {
            Event::TransportsTold { output, .. } => Some(*output),
            _ => None,
        })
    };
    post.does(|_| Err(Error::new(ErrorCode::NETWORK_ERROR, "no way")));
    let (first, store) = office.enter();
    let (second, _kept) = office.enter();
    submit(&store, "x", &[ANN]);
    first.flush_queues(FlushFlags::UPLOAD).unwrap();
    store.store_logoff(LogoffFlags::PURGE).unwrap();
    let tried = post.sent().len();
    assert_eq!(said(&first), Some(LogoffFlags::COMPLETE));
    assert_eq!(post.sent().len(), tried, "nothing is purged");
    assert_eq!(said(&second), Some(LogoffFlags::OUTBOUND_QUEUE), "nobody is left");
}

#[test]
fn a_store_that_receives_for_itself_has_its_new_mail_told() {
    let world = World::new();
    let session = world.mapi.session();
    let options = mapix_core::OpenOptions { write: true, ..mapix_core::OpenOptions::default() };
    let store = session.open_store("fake:x", &options).unwrap();
    let folder = store.root().unwrap().create_folder("elsewhere", false).unwrap();
    let message = folder.create_message().unwrap();
    message.set(tags::MESSAGE_CLASS, "IPM.Note").unwrap();
    message.save().unwrap();
    let (sender, told) = channel();
    let mask = mapix_core::notify::EventMask::NEW_MAIL;
    let _advised = store.advise(mask, None, move |_| sender.send(()).unwrap()).unwrap();
    let new_mail = SpoolerNotify::NewMail(message.entry_id().unwrap());
    let support = world.fake.support("x");
    support.spooler_notify(&new_mail).unwrap();
    told.recv().unwrap();
    // Without mail nobody listens.
    world.profile("quiet", &["z"]);
    let quiet = LogonOptions { no_mail: true, ..LogonOptions::profile("quiet") };
    let session = world.mapi.logon(&world.profiles, &quiet).unwrap();
    let _store = session.open_store("fake:z", &options).unwrap();
    world.fake.support("z").spooler_notify(&new_mail).unwrap();
}

#[test]
fn nobody_waits_for_the_spooler_inside_a_logon() {
    let world = World::new();
    let session = world.mapi.session();
    let said = Arc::new(Mutex::new(None));
    let (keep, ask) = (Arc::clone(&said), Arc::clone(&world.fake));
    *world.fake.after_support.lock().unwrap() = Some(Arc::new(move || {
        let result = ask.support("x").spooler_notify(&SpoolerNotify::ReadyToSend);
        *keep.lock().unwrap() = Some(result.map_err(|error| error.code()));
        Ok(())
    }));
    let _store = open(&session, "x");
    assert_eq!(said.lock().unwrap().take(), Some(Err(ErrorCode::BUSY)));
    world.fake.support("x").spooler_notify(&SpoolerNotify::ReadyToSend).unwrap();
}

#[test]
fn a_default_store_has_a_logon_for_the_spooler() {
    let world = World::new();
    let uids = world.profile("work", &["main"]);
    let session = world.logon("work");
    session.set_default_store(Some(uids[0])).unwrap();
    let how = mapix_core::OpenStore { write: true, ..mapix_core::OpenStore::default() };
    let store = session.default_store(how).unwrap();
    assert!(session.spooler_store(&store).unwrap().root().is_ok());
}
