//! Sections 12 and 24: the spooler, with a transport that does what a test wants.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mapix_core::profile::Setting;
use mapix_core::prop::{Prop, PropBag, tags};
use mapix_core::store::{MemoryStore, MessageStore};
use mapix_core::{
    AddressTypes, Contents, EntryId, Error, ErrorCode, Event, FastShutdown, FlushFlags, Folder,
    LogoffFlags, LogonOptions, Message, Outcome, QueueState, Recall, Report, Result, Session,
    SettingInfo, Settings, ShutdownPolicy, SpecialFolder, Store, Submission, TransportLogon,
    TransportProvider, TransportSupport,
};

use crate::fake::{World, code, events, lines};

pub(crate) type Send = dyn Fn(&Submission<'_>) -> Result<Report> + Send_ + Sync;
use std::marker::Send as Send_;

/// A kind of transports, and what its logons share.
pub(crate) struct Post {
    types: Vec<String>,
    /// What was submitted: subject, and the addresses.
    sent: Mutex<Vec<(String, Vec<String>)>>,
    keys: Mutex<Vec<mapix_core::prop::Guid>>,
    pub(crate) does: Mutex<Option<Arc<Send>>>,
    pub(crate) recall: Mutex<Option<Recall>>,
    /// Mail that waits to come in, by key.
    pub(crate) incoming: Mutex<VecDeque<Vec<u8>>>,
    pub(crate) fail_end: Mutex<usize>,
    pub(crate) log: Mutex<Vec<String>>,
    /// The answer to a fast shutdown.
    fast: Mutex<Option<ErrorCode>>,
    /// Done while a transport logs on.
    pub(crate) at_logon: Mutex<Option<Arc<AtLogon>>>,
}

type AtLogon = dyn Fn(&TransportSupport) + Send_ + Sync;

impl Post {
    pub(crate) fn new(types: &[&str]) -> Arc<Self> {
        Arc::new(Self {
            types: types.iter().map(|&one| one.to_owned()).collect(),
            sent: Mutex::default(),
            keys: Mutex::default(),
            does: Mutex::default(),
            recall: Mutex::default(),
            incoming: Mutex::default(),
            fail_end: Mutex::default(),
            log: Mutex::default(),
            fast: Mutex::default(),
            at_logon: Mutex::default(),
        })
    }

    pub(crate) fn does(
        &self,
        run: impl Fn(&Submission<'_>) -> Result<Report> + Send_ + Sync + 'static,
    ) {
        *self.does.lock().unwrap() = Some(Arc::new(run));
    }

    pub(crate) fn sent(&self) -> Vec<(String, Vec<String>)> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.sent().into_iter().map(|(subject, _)| subject).collect()
    }

    fn count(&self, what: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| *line == what).count()
    }
}

struct Kind(&'static str, Arc<Post>);

impl TransportProvider for Kind {
    fn name(&self) -> &'static str {
        self.0
    }
    fn description(&self) -> &'static str {
        "a fake"
    }
    fn settings(&self) -> &'static [SettingInfo] {
        &[SettingInfo { name: "fails", about: "why", required: false, secret: false }]
    }
    fn logon(
        &self,
        support: &Arc<TransportSupport>,
        settings: &Settings,
    ) -> Result<Arc<dyn TransportLogon>> {
        if let Some(run) = self.1.at_logon.lock().unwrap().clone() {
            run(support);
        }
        if let Some(why) = settings.get("fails") {
            return Err(Error::new(ErrorCode::UNCONFIGURED, why.to_owned()));
        }
        self.1.log.lock().unwrap().push("logon".into());
        Ok(Arc::new(Logon(Arc::clone(&self.1))))
    }
    fn shutdown(&self) -> Result<()> {
        self.1.log.lock().unwrap().push("shutdown".into());
        Ok(())
    }
    fn fast_shutdown(&self, step: FastShutdown) -> Option<Result<()>> {
        self.1.log.lock().unwrap().push(format!("{step:?}"));
        let code = *self.1.fast.lock().unwrap();
        Some(code.map_or(Ok(()), |code| Err(Error::new(code, "not now"))))
    }
}

struct Logon(Arc<Post>);

impl TransportLogon for Logon {
    fn address_types(&self) -> AddressTypes {
        AddressTypes { types: self.0.types.clone(), uids: Vec::new() }
    }
    fn submit_message(&self, submission: &Submission<'_>) -> Result<Report> {
        let subject = submission.message.text(tags::SUBJECT)?.unwrap_or_default();
        let to = submission.recipients.iter().filter_map(mapix_core::Recipient::address).collect();
        self.0.sent.lock().unwrap().push((subject, to));
        self.0.keys.lock().unwrap().push(submission.attempt.key);
        let does = self.0.does.lock().unwrap().clone();
        match does {
            Some(does) => does(submission),
            None => Ok(Report::all(submission, &Outcome::Sent)),
        }
    }
    fn recall(&self, _: &Submission<'_>) -> Result<Recall> {
        Ok(self.0.recall.lock().unwrap().clone().unwrap_or(Recall::Unknown))
    }
    fn polls(&self) -> Option<Duration> {
        Some(Duration::from_secs(3600))
    }
    fn poll(&self) -> Result<bool> {
        Ok(!self.0.incoming.lock().unwrap().is_empty())
    }
    fn start_message(&self, message: &Message) -> Result<Option<u64>> {
        let Some(key) = self.0.incoming.lock().unwrap().front().cloned() else { return Ok(None) };
        message.set(tags::SUBJECT, "news")?;
        message.set(tags::SEARCH_KEY, key.as_slice())?;
        Ok(Some(7))
    }
    fn end_message(&self, reference: u64) -> Result<mapix_core::EndMessage> {
        if reference == 7 {
            let mut fail = self.0.fail_end.lock().unwrap();
            if *fail > 0 {
                *fail -= 1;
                return Err(Error::new(ErrorCode::DISK_ERROR, "it cannot be removed"));
            }
            self.0.incoming.lock().unwrap().pop_front();
        }
        Ok(mapix_core::EndMessage::DontResend)
    }
    fn transport_logoff(&self, _: LogoffFlags) -> Result<()> {
        self.0.log.lock().unwrap().push("logoff".into());
        Ok(())
    }
}

/// A profile with transports, and a store that outlives its sessions.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) bare: Arc<MemoryStore>,
}

impl Office {
    pub(crate) fn new(posts: &[(&'static str, &Arc<Post>)]) -> Self {
        let mut world = World::new();
        let kinds = posts.iter().map(|(name, post)| {
            Arc::new(Kind(name, Arc::clone(post))) as Arc<dyn TransportProvider>
        });
        world.mapi = world.mapi.clone().and_transports(kinds.collect());
        world.profiles.create("work").unwrap();
        for (name, _) in posts {
            world
                .profiles
                .change("work", |profile| profile.add_service(name, name, []).map(drop))
                .unwrap();
        }
        let office = Self { world, bare: Arc::new(MemoryStore::new("mail")) };
        // Made without a spooler.
        let session = office.world.mapi.session();
        let store = session.attach(Arc::clone(&office.bare) as _, true).unwrap();
        let root = store.root().unwrap();
        for (name, role) in [
            ("Inbox", SpecialFolder::Inbox),
            ("Outbox", SpecialFolder::Outbox),
            ("Sent", SpecialFolder::SentItems),
        ] {
            let folder = root.create_folder(name, false).unwrap();
            store.set_special_folder(role, &folder).unwrap();
        }
        office
    }

    pub(crate) fn enter(&self) -> (Session, Store) {
        self.enter_with(&LogonOptions::profile("work"))
    }

    fn enter_with(&self, options: &LogonOptions) -> (Session, Store) {
        let session = self.world.mapi.logon(&self.world.profiles, options).unwrap();
        let store = session.attach(Arc::clone(&self.bare) as Arc<dyn MessageStore>, true).unwrap();
        (session, store)
    }
}

pub(crate) fn submit(store: &Store, subject: &str, to: &[(&str, &str)]) -> EntryId {
    let message = store.special_folder(SpecialFolder::Outbox).unwrap().create_message().unwrap();
    message.set(tags::MESSAGE_CLASS, "IPM.Note").unwrap();
    message.set(tags::SUBJECT, subject).unwrap();
    let sent = store.special_folder(SpecialFolder::SentItems).unwrap().entry_id().unwrap();
    message.set(tags::SENTMAIL_ENTRYID, sent.as_bytes()).unwrap();
    let recipient = |&(kind, address): &(&str, &str)| -> PropBag {
        [
            Prop::new(tags::RECIPIENT_TYPE, 1),
            Prop::new(tags::DISPLAY_NAME, address),
            Prop::new(tags::ADDRTYPE, kind),
            Prop::new(tags::EMAIL_ADDRESS, address),
        ]
        .into_iter()
        .collect()
    };
    message.set_recipients(to.iter().map(recipient).collect()).unwrap();
    message.save().unwrap();
    let id = message.entry_id().unwrap();
    message.submit(false).unwrap();
    id
}

pub(crate) const ANN: (&str, &str) = ("SMTP", "ann@example.org");

fn count(folder: &Folder) -> usize {
    folder.message_rows(Contents::Normal, &[]).unwrap().len()
}

pub(crate) fn sent_items(store: &Store) -> usize {
    count(&store.special_folder(SpecialFolder::SentItems).unwrap())
}

#[test]
fn mail_is_sent_once_and_leaves_the_queue() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let events = events(&session);
    for subject in ["one", "two", "three"] {
        submit(&store, subject, &[ANN]);
    }
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(post.subjects(), ["one", "two", "three"], "in the order of submission, once");
    assert!(store.queued().unwrap().is_empty());
    assert_eq!(sent_items(&store), 3);
    let lines = lines(&events);
    let at = |what: &str| lines.iter().position(|line| line == what).unwrap();
    assert!(
        at("sending: mail, through POST, attempt 1")
            < at("reported: mail, sent 1, refused 0, deferred 0")
    );
    assert!(at("reported: mail, sent 1, refused 0, deferred 0") < at("finished: mail"));
    session.logoff();
    assert_eq!((post.count("logoff"), post.count("shutdown")), (1, 1));
}

#[test]
fn transports_are_asked_by_address_type_in_the_order_of_the_profile() {
    let fax = Post::new(&["FAX"]);
    let first = Post::new(&["smtp"]);
    let second = Post::new(&["SMTP", "FAX"]);
    // What the first one leaves out goes to the next.
    first.does(|submission| {
        let mut report = Report::all(submission, &Outcome::Sent);
        report.recipients.retain(|(row, _)| *row == submission.recipients[0].row_id);
        Ok(report)
    });
    let office = Office::new(&[("FIRST", &first), ("FAXES", &fax), ("SECOND", &second)]);
    let (session, store) = office.enter();
    submit(&store, "x", &[ANN, ("FAX", "123"), ("SMTP", "bob@example.org")]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(first.sent()[0].1, ["ann@example.org", "bob@example.org"]);
    assert_eq!(fax.sent()[0].1, ["123"]);
    assert_eq!(second.sent()[0].1, ["bob@example.org"]);
    assert!(store.queued().unwrap().is_empty());
}

#[test]
fn what_is_put_off_stays_queued_with_its_reason() {
    let post = Post::new(&["SMTP"]);
    post.does(|_| Err(Error::new(ErrorCode::NETWORK_ERROR, "no way to the server")));
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let id = submit(&store, "x", &[ANN]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let queued = store.queued().unwrap().remove(0);
    assert_eq!((queued.state, queued.locked, queued.attempts), (QueueState::Waiting, false, 1));
    assert!(queued.reason.unwrap().contains("no way to the server"));
    assert!(queued.due.unwrap() > queued.submitted);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(post.sent().len(), 1, "it is not due");
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(store.queued().unwrap()[0].attempts, 2);
    let keys = post.keys.lock().unwrap().clone();
    assert_eq!(keys[0], keys[1], "it is the same submission");
    store.abort_submit(&id).unwrap();
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(post.sent().len(), 2, "it was taken back");
}

#[test]
fn refused_recipients_are_reported_to_the_sender() {
    let post = Post::new(&["SMTP"]);
    post.does(|submission| {
        let mut report = Report::all(submission, &Outcome::Sent);
        report.recipients[0].1 = Outcome::Refused("550 no such user".into());
        Ok(report)
    });
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    submit(&store, "x", &[ANN, ("SMTP", "bob@example.org"), ("X400", "c=de")]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert!(store.queued().unwrap().is_empty());
    assert_eq!(sent_items(&store), 1);
    let reports = store.inbox().unwrap().messages(Contents::Normal).unwrap();
    let reports: Vec<_> = reports.map(Result::unwrap).collect();
    let text = |tag| -> Vec<String> {
        reports.iter().map(|one| one.text(tag).unwrap().unwrap_or_default()).collect()
    };
    assert_eq!(text(tags::MESSAGE_CLASS), ["REPORT.IPM.Note.NDR"; 2]);
    assert_eq!(text(tags::ORIGINAL_SUBJECT), ["x"; 2]);
    let bodies = text(tags::BODY);
    assert!(bodies[0].contains("ann@example.org") && bodies[0].contains("550 no such user"));
    assert!(!bodies[0].contains("bob@example.org"));
    assert!(bodies[1].contains("no transport takes addresses of the type `X400`"), "{bodies:?}");
}

#[test]
fn an_attempt_that_was_cut_off_is_asked_about() {
    let post = Post::new(&["SMTP"]);
    post.does(|_| panic!("a panic that the test wants"));
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let id = submit(&store, "x", &[ANN]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let queued = store.queued().unwrap().remove(0);
    assert_eq!(queued.state, QueueState::Uncertain);
    assert!(queued.reason.unwrap().contains("may have been sent"));
    *post.does.lock().unwrap() = None;
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert_eq!(post.sent().len(), 1, "nobody sends it unasked");
    store.send_again(&id).unwrap();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(post.sent().len(), 2);
    assert!(store.queued().unwrap().is_empty());
    // One that can tell that it was sent.
    let rows = vec![(0, Outcome::Sent), (1, Outcome::Sent)];
    *post.recall.lock().unwrap() =
        Some(Recall::Known(Report { recipients: rows, ..Report::default() }));
    post.does(|_| panic!("a panic that the test wants"));
    submit(&store, "y", &[ANN]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert!(store.queued().unwrap().is_empty());
    assert_eq!(sent_items(&store), 2);
}

#[test]
fn the_next_session_sends_what_was_queued() {
    let post = Post::new(&["SMTP"]);
    post.does(|_| Err(Error::new(ErrorCode::NETWORK_ERROR, "no way")));
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    submit(&store, "x", &[ANN]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    session.logoff();
    drop(store);
    *post.does.lock().unwrap() = None;
    let (session, store) = office.enter();
    assert_eq!(store.queued().unwrap().len(), 1, "mail may stay in the queue");
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE).unwrap();
    assert!(store.queued().unwrap().is_empty());
    assert_eq!(post.subjects(), ["x", "x"]);
}

#[test]
fn mail_comes_into_the_receive_folder_once() {
    let post = Post::new(&["SMTP"]);
    *post.fail_end.lock().unwrap() = 1;
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let (sender, receiver) = channel();
    let _advised = store
        .advise(mapix_core::notify::EventMask::NEW_MAIL, None, move |notices| {
            let _ = sender.send(notices.len());
        })
        .unwrap();
    session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    post.incoming.lock().unwrap().extend([b"key of one".to_vec(), b"key of two".to_vec()]);
    session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    let inbox = store.inbox().unwrap();
    assert_eq!(count(&inbox), 1);
    assert_eq!(post.incoming.lock().unwrap().len(), 2, "the transport still has it");
    session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    assert_eq!(count(&inbox), 2, "it is not saved a second time");
    assert!(post.incoming.lock().unwrap().is_empty());
    let told: usize = receiver.recv().unwrap();
    assert!(told > 0, "fnevNewMail");
}

#[test]
fn purge_empties_the_queue_and_abort_leaves_it() {
    for (flags, left) in [(LogoffFlags::PURGE, 0), (LogoffFlags::ABORT, 1)] {
        let post = Post::new(&["SMTP"]);
        post.does(|_| Err(Error::new(ErrorCode::BUSY, "later")));
        let office = Office::new(&[("POST", &post)]);
        let (session, store) = office.enter();
        let events = events(&session);
        submit(&store, "x", &[ANN]);
        session.flush_queues(FlushFlags::UPLOAD).unwrap();
        *post.does.lock().unwrap() = None;
        // The spooler may just be looking once more.
        let activity = store.store_logoff(flags).unwrap().0 & !LogoffFlags::OUTBOUND.0;
        assert_eq!(activity, LogoffFlags::OUTBOUND_QUEUE.0);
        assert_eq!(code(store.store_logoff(LogoffFlags::QUIET)), ErrorCode::BUSY);
        drop(store);
        let (_again, store) =
            office.enter_with(&LogonOptions { no_mail: true, ..LogonOptions::profile("work") });
        assert_eq!(store.queued().unwrap().len(), left, "{flags}");
        let output = if left == 0 { LogoffFlags::COMPLETE } else { LogoffFlags::OUTBOUND_QUEUE };
        let told = Event::TransportsTold { store: "mail".into(), flags, output };
        assert!(events.lock().unwrap().contains(&told), "{:?}", lines(&events));
    }
}

#[test]
fn without_mail_the_spooler_never_hears_of_a_session() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let options = LogonOptions { no_mail: true, ..LogonOptions::profile("work") };
    let (session, store) = office.enter_with(&options);
    submit(&store, "x", &[ANN]);
    assert_eq!(code(session.flush_queues(FlushFlags::UPLOAD)), ErrorCode::NOT_FOUND);
    assert_eq!(code(session.spooler_store(&store)), ErrorCode::NO_SUPPORT);
    assert_eq!(post.count("logon"), 0);
    let rows = |session: &Session| {
        let columns = Some(vec![tags::RESOURCE_TYPE, tags::STATUS_CODE]);
        let query = mapix_core::table::Query { columns, ..Default::default() };
        let rows = session.status_table().unwrap().query_all(query).unwrap();
        let number = |row: &mapix_core::table::TableRow, at: usize| {
            row.values[at].value.as_i32().unwrap_or_default()
        };
        rows.iter().map(|row| (number(row, 0), number(row, 1))).collect::<Vec<_>>()
    };
    // `MAPI_TRANSPORT_PROVIDER`, `MAPI_SPOOLER`, `STATUS_FAILURE`.
    let of = |session: &Session, kind: i32| {
        rows(session).into_iter().filter(|row| row.0 == kind).map(|row| row.1 & 4).collect()
    };
    let none: Vec<i32> = Vec::new();
    assert_eq!((of(&session, 35), of(&session, 36)), (none, vec![4]));
    session.logoff();
    let (session, store) = office.enter();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(of(&session, 36), [0], "it has begun");
    assert!(store.queued().unwrap().is_empty());
    assert_eq!(post.subjects(), ["x"]);
}

#[test]
fn a_fast_shutdown_asks_transports_before_stores() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let (session, _store) = office.enter();
    let _fake = crate::fake::open(&session, "x");
    *office.world.fake.knows_fast.lock().unwrap() = true;
    let ask = |step| session.fast_shutdown(step, ShutdownPolicy::IfSupported);
    *post.fast.lock().unwrap() = Some(ErrorCode::NO_SUPPORT);
    assert_eq!(code(ask(FastShutdown::Query)), ErrorCode::NO_SUPPORT);
    assert_eq!((post.count("Query"), office.world.fake.count("Query")), (1, 0));
    *post.fast.lock().unwrap() = None;
    for step in [FastShutdown::Query, FastShutdown::Notify, FastShutdown::Do] {
        ask(step).unwrap();
        let name = format!("{step:?}");
        assert_eq!(office.world.fake.count(&name), 1, "{name}");
    }
    assert_eq!((post.count("Notify"), post.count("Do")), (1, 1));
}

#[test]
fn transports_start_when_a_store_needs_them_first() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let session = office.world.logon("work");
    let events = events(&session);
    let read_only = session.attach(Arc::new(MemoryStore::new("r")) as _, false).unwrap();
    assert!(read_only.root().is_ok());
    assert_eq!(code(session.flush_queues(FlushFlags::UPLOAD)), ErrorCode::NOT_FOUND);
    assert_eq!(post.count("logon"), 0, "no mail leaves such a store");
    let _store = session.attach(Arc::clone(&office.bare) as Arc<dyn MessageStore>, true).unwrap();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert_eq!(post.count("logon"), 1);
    let told = lines(&events);
    let place = |what: &str| told.iter().position(|line| line.starts_with(what)).expect(what);
    assert!(place("logon: mail") < place("transport logged on: POST"), "{told:?}");
}

#[test]
fn the_spooler_logs_on_beside_the_client() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let (session, store) = office.enter();
    let marked = session.spooler_store(&store).unwrap();
    assert!(marked.can_write());
    assert_eq!(marked.entry_id().unwrap(), store.entry_id().unwrap());
    let read_only = session.attach(Arc::new(MemoryStore::new("r")) as _, false).unwrap();
    assert_eq!(code(session.spooler_store(&read_only)), ErrorCode::NO_ACCESS);
    drop(marked);
    assert!(store.root().is_ok(), "its end is not that of the store");
}

#[test]
fn a_transport_that_cannot_log_on_refuses_nothing() {
    let post = Post::new(&["SMTP"]);
    let office = Office::new(&[("POST", &post)]);
    let add = |profile: &mut mapix_core::profile::Profile| {
        let why = ("fails".to_owned(), Setting::Text("no server is named".into()));
        profile.add_service("POST", "Broken", [why]).map(drop)
    };
    office.world.profiles.change("work", add).unwrap();
    let (session, store) = office.enter();
    submit(&store, "x", &[("FAX", "123")]);
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let reason = store.queued().unwrap().remove(0).reason.unwrap();
    assert!(reason.contains("could not log on"), "{reason}");
    let table = session.status_table().unwrap();
    table.set_columns(&[tags::DISPLAY_NAME, tags::STATUS_CODE, tags::STATUS_STRING]).unwrap();
    let rows = table.query_rows(10, false).unwrap();
    let row = |name: &str| {
        let is = |row: &&mapix_core::table::TableRow| {
            row.get(tags::DISPLAY_NAME).and_then(mapix_core::prop::Value::as_text).as_deref()
                == Some(name)
        };
        rows.iter().find(is).unwrap()
    };
    let status =
        |name| row(name).get(tags::STATUS_CODE).and_then(mapix_core::prop::Value::as_i32).unwrap();
    assert_eq!(status("Broken"), 4, "STATUS_FAILURE");
    assert_eq!(status("POST") & 1, 1, "STATUS_AVAILABLE");
    assert_eq!(status("Spooler") & 0x11_0000, 0x11_0000, "both directions");
    let said = row("Broken").get(tags::STATUS_STRING).unwrap().as_text().unwrap().into_owned();
    assert!(said.contains("no server is named"), "{said}");
}

#[test]
fn logoff_does_not_wait_for_a_transport_that_hangs() {
    let post = Post::new(&["SMTP"]);
    let (release, held) = channel::<()>();
    let (began, begins) = channel();
    let held: Mutex<Receiver<()>> = Mutex::new(held);
    let began = Mutex::new(began);
    post.does(move |submission| {
        let _ = began.lock().unwrap().send(());
        let _ = held.lock().unwrap().recv();
        Ok(Report::all(submission, &Outcome::Sent))
    });
    let office = Office::new(&[("POST", &post)]);
    let options = LogonOptions::profile("work");
    let mut session = office.world.mapi.logon(&office.world.profiles, &options).unwrap();
    session.set_deadline(Duration::from_millis(40));
    let store = session.attach(Arc::clone(&office.bare) as _, true).unwrap();
    let events = events(&session);
    submit(&store, "x", &[ANN]);
    begins.recv().unwrap();
    session.logoff();
    assert!(events.lock().unwrap().contains(&Event::SpoolerAbandoned));
    drop(release);
    // Nobody knows what became of it: the next spooler asks, and is told.
    *post.does.lock().unwrap() = None;
    *post.recall.lock().unwrap() = Some(Recall::NotSent);
    let (session, store) = office.enter();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    assert!(store.queued().unwrap().is_empty());
    assert_eq!(post.sent().len(), 2);
}

#[test]
fn a_session_knows_which_addresses_its_transports_take() {
    let (one, two, three) =
        (Post::new(&["SMTP", "X400"]), Post::new(&["smtp", "FAX"]), Post::new(&[""]));
    let office = Office::new(&[("ONE", &one), ("TWO", &two), ("THREE", &three)]);
    let session = office.world.mapi.logon(&office.world.profiles, &LogonOptions::profile("work"));
    let session = session.unwrap();
    // No store is open yet: the transports log on for this.
    assert_eq!(session.address_types().unwrap(), ["SMTP", "X400", "FAX"]);
    session.logoff();
    assert_eq!(code(session.address_types()), ErrorCode::INVALID_OBJECT);
    let options = LogonOptions { no_mail: true, ..LogonOptions::profile("work") };
    let (session, _store) = office.enter_with(&options);
    assert!(session.address_types().unwrap().is_empty());
}
