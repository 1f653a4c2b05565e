//! The lifecycle: the gate, logoff in every order, stores that hang or panic.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mapix_core::prop::{Guid, PropBag, PropName, tags};
use mapix_core::store::{MemoryStore, MessageStore, ObjectRef};
use mapix_core::{
    Contents, ErrorCode, Event, LogoffFlags, Mapi, OpenOptions, Result, Session, Store,
    StoreProvider,
};
use std::ops::ControlFlow;

fn session() -> Session {
    Mapi::with_providers(Vec::new()).session()
}

/// A session that writes down its events.
fn traced() -> (Session, Arc<Mutex<Vec<Event>>>) {
    let (session, events) = (session(), Arc::new(Mutex::new(Vec::new())));
    let sink = Arc::clone(&events);
    session.set_tracer(Arc::new(move |event: &Event| sink.lock().unwrap().push(event.clone())));
    (session, events)
}

/// A store whose calls and logoff do what a test wants of them.
struct Odd {
    inner: MemoryStore,
    in_properties: Box<dyn Fn() + Send + Sync>,
    in_logoff: Box<dyn Fn() -> Result<()> + Send + Sync>,
}

impl Odd {
    fn new() -> Self {
        Self {
            inner: MemoryStore::new("odd"),
            in_properties: Box::new(|| ()),
            in_logoff: Box::new(|| Ok(())),
        }
    }
}

impl MessageStore for Odd {
    mapix_conformance::hand_on!(inner: info open_stream rows stamp kind parent inventory parts
        entry_id resolve names name_ids all_names commit changes_since diagnostics);

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        (self.in_properties)();
        self.inner.properties(object, inline)
    }

    fn logoff(&self) -> Result<()> {
        (self.in_logoff)()
    }
}

#[test]
fn the_steps_come_in_order_and_once() {
    let (session, events) = traced();
    let store = session.attach(Arc::new(MemoryStore::new("one")), true).unwrap();
    let root = store.root().unwrap();
    let table = root.contents_table(Contents::Normal).unwrap();
    root.set(tags::COMMENT, "x".repeat(9000)).unwrap();
    let mut stream = root.open_property(tags::COMMENT).unwrap();
    assert!(session.logoff().iter().all(|report| report.result.is_ok()));
    assert!(session.logoff().is_empty(), "a second logoff does nothing");
    assert!(store.logoff().result.is_ok());
    let mut buffer = [0; 8];
    assert!(stream.read(&mut buffer).is_err());
    assert_eq!(table.row_count().unwrap_err().code(), ErrorCode::INVALID_OBJECT);
    drop((session, store, root, table, stream));
    let one = || "one".to_owned();
    assert_eq!(
        *events.lock().unwrap(),
        [
            Event::Logon { store: one(), provider: "MAPIX_MEMORY" },
            Event::GateShut { store: one(), in_flight: 0 },
            Event::ResourcesClosed { store: one(), count: 1 },
            Event::TransportsTold {
                store: one(),
                flags: LogoffFlags::ABORT,
                output: LogoffFlags::COMPLETE,
            },
            Event::LogoffCalled { store: one() },
            Event::LogoffReturned { store: one(), error: None },
            Event::SupportReleased { store: one() },
            Event::StoreReleased { store: one() },
            Event::SessionEnded,
        ]
    );
}

#[test]
fn every_handle_is_invalid_after_logoff() {
    let session = session();
    let store = session.attach(Arc::new(MemoryStore::new("one")), true).unwrap();
    let root = store.root().unwrap();
    let message = root.create_message().unwrap();
    message.set(tags::SUBJECT, "not saved").unwrap();
    let attachment = message.create_attachment(mapix_core::AttachMethod::ByValue).unwrap();
    drop(session);
    let codes = [
        store.root().unwrap_err().code(),
        store.props().unwrap_err().code(),
        root.props().unwrap_err().code(),
        root.folders().unwrap_err().code(),
        root.create_folder("x", false).unwrap_err().code(),
        root.contents_table(Contents::Normal).unwrap_err().code(),
        message.props().unwrap_err().code(),
        message.set(tags::SUBJECT, "x").unwrap_err().code(),
        message.save().unwrap_err().code(),
        attachment.props().unwrap_err().code(),
        attachment.save().unwrap_err().code(),
    ];
    assert_eq!(codes, [ErrorCode::INVALID_OBJECT; 11]);
    assert_eq!(store.info().display_name, "one", "what the store was is still known");
}

#[test]
fn a_logon_lives_as_long_as_its_last_handle() {
    let (session, events) = traced();
    let folder = session.attach(Arc::new(MemoryStore::new("one")), true).unwrap().root().unwrap();
    assert!(folder.props().is_ok(), "the store handle is gone, the folder works");
    assert_eq!(events.lock().unwrap().len(), 1);
    drop(folder);
    let ended = Event::StoreReleased { store: "one".into() };
    assert_eq!(events.lock().unwrap().last(), Some(&ended));
    assert!(session.logoff().is_empty(), "there is nothing left to log off");
}

#[test]
fn calls_inside_finish_and_later_ones_fail() {
    let (enter, entered) = channel();
    let (resume, resumed) = channel::<()>();
    let resumed = Mutex::new(resumed);
    let armed = Arc::new(AtomicBool::new(false));
    let mut odd = Odd::new();
    let flag = Arc::clone(&armed);
    odd.in_properties = Box::new(move || {
        if flag.swap(false, Ordering::SeqCst) {
            enter.send(()).unwrap();
            resumed.lock().unwrap().recv().unwrap();
        }
    });
    let (session, events) = traced();
    let store = session.attach(Arc::new(odd), true).unwrap();
    let root = store.root().unwrap();
    armed.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let inside = scope.spawn(|| root.props());
        entered.recv().unwrap();
        let logoff = scope.spawn(|| session.logoff());
        while !events.lock().unwrap().iter().any(|e| matches!(e, Event::GateShut { .. })) {
            thread::yield_now();
        }
        assert_eq!(root.props().unwrap_err().code(), ErrorCode::INVALID_OBJECT);
        assert!(!events.lock().unwrap().contains(&Event::LogoffCalled { store: "odd".into() }));
        resume.send(()).unwrap();
        // The call was inside the store when the gate shut; what it does after leaving it may
        // fail, but the store was not torn away under it.
        let _ = inside.join().unwrap();
        assert!(logoff.join().unwrap().iter().all(|report| report.result.is_ok()));
    });
    let shut = Event::GateShut { store: "odd".into(), in_flight: 1 };
    assert!(events.lock().unwrap().contains(&shut));
}

#[test]
fn a_store_that_hangs_is_declared_dead_and_the_others_log_off() {
    for in_call in [true, false] {
        let (stop, stopped) = channel::<()>();
        let stopped = Mutex::new(stopped);
        let armed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&armed);
        let wait = move || {
            if flag.load(Ordering::SeqCst) {
                let _ = stopped.lock().unwrap().recv();
            }
        };
        let mut odd = Odd::new();
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        if in_call {
            odd.in_properties = Box::new(wait);
            odd.in_logoff = Box::new(move || {
                count.fetch_add(1, Ordering::SeqCst);
                Ok(())
            });
        } else {
            odd.in_logoff = Box::new(move || {
                wait();
                Ok(())
            });
        }
        let mut session = session();
        session.set_deadline(Duration::from_millis(50));
        let store = session.attach(Arc::new(odd), true).unwrap();
        let other = session.attach(Arc::new(MemoryStore::new("good")), true).unwrap();
        let root = store.root().unwrap();
        armed.store(true, Ordering::SeqCst);
        let caller = in_call.then(|| thread::spawn(move || root.props().is_ok()));
        thread::sleep(Duration::from_millis(20));
        let started = Instant::now();
        let reports = session.logoff();
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(reports.len(), 2);
        let error = reports[0].result.as_ref().unwrap_err();
        assert_eq!(error.code(), ErrorCode::TIMEOUT);
        assert!(error.to_string().contains("odd"), "{error}");
        assert!(reports[1].result.is_ok());
        assert_eq!(other.root().unwrap_err().code(), ErrorCode::INVALID_OBJECT);
        if let Some(caller) = caller {
            assert_eq!(calls.load(Ordering::SeqCst), 0, "the call is still inside");
            drop(stop);
            caller.join().unwrap();
            assert_eq!(calls.load(Ordering::SeqCst), 1, "late, but once");
        }
    }
}

#[test]
fn a_logoff_that_fails_or_panics_is_reported_and_final() {
    for panics in [true, false] {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let mut odd = Odd::new();
        odd.in_logoff = Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
            assert!(!panics, "a panic that the test wants");
            Err(mapix_core::Error::new(ErrorCode::NETWORK_ERROR, "the line is dead"))
        });
        let session = session();
        let store = session.attach(Arc::new(odd), true).unwrap();
        let report = store.logoff();
        let code = if panics { ErrorCode::CALL_FAILED } else { ErrorCode::NETWORK_ERROR };
        assert_eq!(report.result.unwrap_err().code(), code);
        assert_eq!(store.root().unwrap_err().code(), ErrorCode::INVALID_OBJECT);
        assert!(store.logoff().result.is_ok());
        drop((session, store));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn logoff_from_inside_a_call_does_not_wait_for_itself() {
    let session = session();
    let store = session.attach(Arc::new(MemoryStore::new("one")), true).unwrap();
    let started = Instant::now();
    store
        .inventory(&mut |_| {
            assert!(store.logoff().result.is_ok());
            ControlFlow::Break(())
        })
        .unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(store.root().is_err());
}

#[test]
fn logoffs_from_inside_two_calls_do_not_wait_for_each_other() {
    let session = session();
    let store = session.attach(Arc::new(MemoryStore::new("one")), true).unwrap();
    let both_inside = Barrier::new(2);
    let started = Instant::now();
    let log_off = || {
        store.inventory(&mut |_| {
            both_inside.wait();
            assert!(store.logoff().result.is_ok());
            ControlFlow::Break(())
        })
    };
    thread::scope(|scope| {
        let other = scope.spawn(log_off);
        log_off().unwrap();
        other.join().unwrap().unwrap();
    });
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(store.root().is_err());
}

#[test]
fn racing_logoffs_call_the_store_once() {
    for _ in 0..50 {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let mut odd = Odd::new();
        odd.in_logoff = Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let session = session();
        let store = session.attach(Arc::new(odd), true).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| session.logoff());
            scope.spawn(|| store.logoff());
            scope.spawn(|| while store.root().is_ok() {});
        });
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

/// Opens memory stores for files that begin with `MEM`, and counts.
struct Provider(AtomicUsize);

impl StoreProvider for Provider {
    fn name(&self) -> &'static str {
        "TEST"
    }
    fn scheme(&self) -> &'static str {
        "test"
    }
    fn description(&self) -> &'static str {
        "test files"
    }
    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(b"MEM")
    }
    fn open(&self, location: &Path, _: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(MemoryStore::new(location.display().to_string())))
    }
}

#[test]
fn providers_are_found_by_scheme_and_by_the_first_bytes() {
    let directory = std::env::temp_dir().join(format!("mapix-session-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let (good, odd, empty) = (file("good", b"MEMORY"), file("odd", b"odd"), file("empty", b""));
    let provider = Arc::new(Provider(AtomicUsize::new(0)));
    let mapi = Mapi::with_providers(vec![Arc::clone(&provider) as Arc<dyn StoreProvider>]);
    let session = mapi.session();
    let open = |location: &str| session.open_store(location, &OpenOptions::default());

    let first = open(&good).unwrap();
    let second = open(&good).unwrap();
    assert_eq!(provider.0.load(Ordering::SeqCst), 1, "it is open already");
    first.logoff();
    assert!(second.root().is_err(), "both are the same logon");
    assert!(open(&good).unwrap().root().is_ok(), "and a new one can be made");
    assert_eq!(open("test:anything").unwrap().info().display_name, "anything");

    let before = provider.0.load(Ordering::SeqCst);
    let other = file("other", b"MEMORY");
    let locations = [other.clone(), format!("test:{other}"), other];
    thread::scope(|scope| {
        let opened = locations.each_ref().map(|location| scope.spawn(|| open(location).unwrap()));
        let stores = opened.map(|thread| thread.join().unwrap());
        assert_eq!(provider.0.load(Ordering::SeqCst), before + 1, "one logon serves all");
        drop(stores);
    });

    let missing = directory.join("missing").display().to_string();
    for (location, code, words) in [
        (missing.as_str(), ErrorCode::NOT_FOUND, "no such file"),
        (directory.to_str().unwrap(), ErrorCode::INVALID_PARAMETER, "is a directory"),
        (&empty, ErrorCode::CORRUPT_STORE, "empty"),
        (&odd, ErrorCode::NO_SUPPORT, "known are: test files"),
    ] {
        let error = open(location).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().starts_with(location), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    session.logoff();
    assert_eq!(open(&good).unwrap_err().code(), ErrorCode::INVALID_OBJECT);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn what_was_read_outlives_the_session() {
    let session = session();
    let store = session.attach(Arc::new(MemoryStore::new("mail")), true).unwrap();
    let folder = store.root().unwrap().create_folder("kept", false).unwrap();
    let (props, entry_id) = (folder.props().unwrap(), folder.entry_id().unwrap());
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, "kept as well").unwrap();
    message.save().unwrap();
    let table = folder.contents_table(Contents::Normal).unwrap();
    let rows = table.query_rows(1, false).unwrap();
    assert!(session.logoff().iter().all(|report| report.result.is_ok()));
    drop((table, message, folder, store, session));
    assert_eq!(props.text(tags::DISPLAY_NAME).as_deref(), Some("kept"));
    assert_eq!(props.bytes(tags::ENTRYID), Some(entry_id.as_bytes()));
    let mut texts = rows[0].values.iter().filter_map(|prop| prop.value.as_text());
    assert!(texts.any(|text| text == "kept as well"));
}

#[test]
fn objects_know_their_store_and_logons_are_told_apart() {
    let session = session();
    let store = session.attach(Arc::new(MemoryStore::new("one")), true).unwrap();
    let other = session.attach(Arc::new(MemoryStore::new("two")), true).unwrap();
    let folder = store.root().unwrap().create_folder("Inbox", false).unwrap();
    let message = folder.create_message().unwrap();
    let attachment = message.create_attachment(mapix_core::AttachMethod::ByValue).unwrap();
    for found in [folder.store(), message.store(), attachment.store()] {
        assert!(found.is_same_logon(&store));
        assert!(!found.is_same_logon(&other));
    }
    let id = folder.entry_id().unwrap();
    assert_eq!(store.resolve(&id).unwrap(), ObjectRef::Folder(folder.id()));
    assert_eq!(other.resolve(&id).unwrap_err().code(), ErrorCode::UNKNOWN_ENTRYID);
    store.set_receive_folder("IPM.Note", Some(&folder)).unwrap();
    let all = store.receive_folders().unwrap();
    assert!(all.contains(&("IPM.Note".to_owned(), id)), "{all:?}");
}

#[test]
fn a_message_is_unmodified_until_its_second_save() {
    const UNMODIFIED: i32 = 2;
    let session = session();
    let store = session.attach(Arc::new(MemoryStore::new("one")), true).unwrap();
    let message = store.root().unwrap().create_message().unwrap();
    let flags = || message.props().unwrap().i32(tags::MESSAGE_FLAGS).unwrap();
    for (subject, unmodified) in [("first", UNMODIFIED), ("second", 0), ("third", 0)] {
        message.set(tags::SUBJECT, subject).unwrap();
        message.save().unwrap();
        assert_eq!(flags() & UNMODIFIED, unmodified, "{subject}");
    }
}

#[test]
fn the_mapping_signature_stays_when_names_are_added() {
    let session = session();
    let open = |name: &str| session.attach(Arc::new(MemoryStore::new(name)), true).unwrap();
    let (store, other) = (open("one"), open("two"));
    let signature = |store: &Store| store.get(tags::MAPPING_SIGNATURE).unwrap().unwrap();
    let before = signature(&store);
    let name = PropName::name(Guid::unique(), "mood");
    assert!(store.ids_of(&[name], true).unwrap()[0].is_some());
    assert_eq!(signature(&store), before, "old numbers stay good");
    assert_ne!(signature(&other), before, "each store has a map of its own");
}
