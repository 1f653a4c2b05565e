//! Sections 9 and 10: how logons and sessions end.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mapix_core::notify::{EventMask, Notice};
use mapix_core::store::{MemoryStore, MessageStore};
use mapix_core::{Error, ErrorCode, Event, LogonOptions, OpenOptions, OpenStore, Result};

use crate::fake::{World, code, events, lines, open};
use crate::kept::Kept;

#[test]
fn situation_a_calls_logoff_before_the_support_object_goes() {
    let world = World::new();
    let session = world.mapi.session();
    let events = events(&session);
    let store = open(&session, "x");
    // In A the UIDs and the row are still there while the provider logs off.
    session.logoff();
    assert_eq!(
        lines(&events),
        [
            "provider loaded: FAKE",
            "logon: x (MAPIX_MEMORY)",
            "gate shut: x, in flight 0",
            "transports told: x, LOGOFF_ABORT: LOGOFF_COMPLETE",
            "logoff called: x",
            "logoff returned: x",
            "support released: x",
            "provider shut down: FAKE",
            "store released: x",
            "session ended",
        ]
    );
    let log = world.fake.log();
    let end = ["logoff x", "logon released x", "shutdown", "provider released"];
    assert_eq!(log[log.len() - 4..], end);
    drop(store);
    assert_eq!(world.fake.log().len(), log.len(), "the last release finds nothing to do");
}

#[test]
fn situation_b_unregisters_before_it_calls_logoff() {
    for session_ends in [true, false] {
        let world = World::new();
        let session = Arc::new(world.mapi.session());
        let store = open(&session, "x");
        let seen = Arc::new(Mutex::new(None));
        let (sink, asks) = (Arc::clone(&seen), Arc::downgrade(&session));
        let look = move || {
            let table = asks.upgrade().unwrap().status_table();
            let rows = table.and_then(|table| table.row_count()).map(|rows| rows.value);
            *sink.lock().unwrap() = Some(rows.map_err(|error| error.code()));
            Ok(())
        };
        *world.fake.in_logoff.lock().unwrap() = Some(Arc::new(look));
        if session_ends {
            session.logoff();
            let gone = Some(Err(ErrorCode::INVALID_OBJECT));
            assert_eq!(*seen.lock().unwrap(), gone, "the session answers nothing any more");
        } else {
            drop(store);
            assert_eq!(*seen.lock().unwrap(), Some(Ok(0)), "the row was gone before");
        }
    }
}

#[test]
fn logoff_runs_once_whoever_comes_second() {
    for _ in 0..50 {
        let world = World::new();
        let session = world.mapi.session();
        let store = open(&session, "x");
        let other = store.clone();
        thread::scope(|scope| {
            scope.spawn(|| session.logoff());
            scope.spawn(|| other.logoff());
            scope.spawn(|| drop(store));
        });
        drop((session, other));
        assert_eq!(world.fake.count("logoff x"), 1);
        assert_eq!(world.fake.count("shutdown"), 1);
        assert_eq!(world.fake.count("logon released x"), 1);
    }
}

#[test]
fn a_failing_logoff_or_shutdown_changes_nothing() {
    for panics in [true, false] {
        let world = World::new();
        let session = world.mapi.session();
        let events = events(&session);
        let fail = move || {
            assert!(!panics, "a panic that the test wants");
            Err(Error::new(ErrorCode::NETWORK_ERROR, "the line is dead"))
        };
        *world.fake.in_logoff.lock().unwrap() = Some(Arc::new(fail));
        *world.fake.in_shutdown.lock().unwrap() = Some(Arc::new(fail));
        let x = open(&session, "x");
        let y = open(&session, "y");
        let reports = session.logoff();
        assert_eq!(reports.len(), 2, "the other one logs off all the same");
        let expected = if panics { ErrorCode::CALL_FAILED } else { ErrorCode::NETWORK_ERROR };
        for report in reports {
            assert_eq!(report.result.unwrap_err().code(), expected);
        }
        assert_eq!(code(x.root()), ErrorCode::INVALID_OBJECT);
        assert_eq!(code(y.root()), ErrorCode::INVALID_OBJECT);
        let released = |event: &&Event| matches!(event, Event::SupportReleased { .. });
        assert_eq!(events.lock().unwrap().iter().filter(released).count(), 2);
        assert_eq!(world.fake.count("shutdown"), 1);
        let failed =
            |event: &Event| matches!(event, Event::ProviderShutDown { error: Some(_), .. });
        assert!(events.lock().unwrap().iter().any(failed), "and it is told");
    }
}

#[test]
fn a_provider_that_hangs_is_bounded_and_the_others_log_off() {
    let world = World::new();
    let mut session = world.mapi.session();
    session.set_deadline(Duration::from_millis(50));
    let events = events(&session);
    let (stop, stopped) = channel::<()>();
    let stopped = Mutex::new(stopped);
    let hang = move || {
        // The first one waits until the test lets it go; the other finds nobody there.
        let _ = stopped.lock().unwrap().recv();
        Ok(())
    };
    let x = open(&session, "x");
    *world.fake.in_logoff.lock().unwrap() = Some(Arc::new(hang));
    let good = Arc::new(mapix_core::store::MemoryStore::new("good"));
    let good = session.attach(good, true).unwrap();
    let reports = session.logoff();
    assert_eq!(reports[0].result.as_ref().unwrap_err().code(), ErrorCode::TIMEOUT);
    assert!(reports[1].result.is_ok());
    assert_eq!(code(good.root()), ErrorCode::INVALID_OBJECT);
    assert_eq!(code(x.root()), ErrorCode::INVALID_OBJECT);
    assert!(lines(&events).contains(&"declared dead: x".to_owned()));
    assert!(lines(&events).contains(&"support released: x".to_owned()));
    assert_eq!(world.fake.count("shutdown"), 0, "not while its logoff is still going on");
    drop(stop);
    while world.fake.count("shutdown") == 0 {
        thread::yield_now();
    }
    assert_eq!(world.fake.count("logoff x"), 1);
}

/// A store that goes on waiting for changes whatever happens, until a test lets it go.
struct Deaf {
    store: MemoryStore,
    waits: Sender<()>,
    until: Mutex<Receiver<()>>,
}

impl MessageStore for Deaf {
    mapix_conformance::hand_on!(store: info properties open_stream rows stamp kind parent inventory
        parts entry_id resolve names name_ids all_names commit changes_since diagnostics);

    fn wait_for_changes(&self, _: u64, _: Duration) -> Result<bool> {
        let _ = self.waits.send(());
        let _ = self.until.lock().unwrap().recv();
        Ok(false)
    }
}

#[test]
fn a_wait_that_does_not_end_is_bounded_and_reported() {
    for last_release in [true, false] {
        let mut session = World::new().mapi.session();
        session.set_deadline(Duration::from_millis(50));
        let events = events(&session);
        let (waits, waiting) = channel();
        let (stop, until) = channel::<()>();
        let store = MemoryStore::new("deaf");
        let store = Arc::new(Deaf { store, waits, until: Mutex::new(until) });
        let kept = Arc::downgrade(&store);
        let store = session.attach(store, true).unwrap();
        let good = session.attach(Arc::new(MemoryStore::new("good")), true).unwrap();
        let connection = store.advise(EventMask::CREATED, None, |_| ()).unwrap();
        waiting.recv().unwrap();
        if last_release {
            drop((store, connection));
            assert!(good.root().is_ok(), "of the other one nothing has ended");
        } else {
            let reports = session.logoff();
            assert_eq!(reports[0].result.as_ref().unwrap_err().code(), ErrorCode::TIMEOUT);
            assert!(reports[1].result.is_ok());
            assert_eq!(code(store.root()), ErrorCode::INVALID_OBJECT);
        }
        let told = lines(&events);
        let place = |line: &str| told.iter().position(|told| told == line).expect(line);
        assert!(place("logoff returned: deaf") < place("declared dead: deaf"));
        assert!(place("declared dead: deaf") < place("store released: deaf"));
        assert!(kept.upgrade().is_some(), "it is still inside");
        drop(stop);
        while kept.upgrade().is_some() {
            thread::yield_now();
        }
    }
}

/// Says when somebody waits for its changes.
struct Awaited {
    store: MemoryStore,
    waits: Sender<()>,
}

impl MessageStore for Awaited {
    mapix_conformance::hand_on!(store: info properties open_stream rows stamp kind parent inventory
        parts entry_id resolve names name_ids all_names commit changes_since diagnostics);

    fn wait_for_changes(&self, cursor: u64, timeout: Duration) -> Result<bool> {
        let _ = self.waits.send(());
        self.store.wait_for_changes(cursor, timeout)
    }
    fn logoff(&self) -> Result<()> {
        self.store.logoff()
    }
}

#[test]
fn a_logoff_does_not_wait_until_the_thread_that_follows_looks_again() {
    let logoff = |_| {
        let session = World::new().mapi.session();
        let (waits, waiting) = channel();
        let store = Arc::new(Awaited { store: MemoryStore::new("x"), waits });
        let store = session.attach(store, true).unwrap();
        let _advised = store.advise(EventMask::CREATED, None, |_| ()).unwrap();
        waiting.recv().unwrap();
        let began = Instant::now();
        assert!(session.logoff()[0].result.is_ok());
        began.elapsed()
    };
    // It looks ten times a second: each of them would have to wait for that.
    let least = (0..20).map(logoff).min().unwrap();
    assert!(least < Duration::from_millis(100), "{least:?}");
}

#[test]
fn the_last_release_ends_an_advised_logon_at_once() {
    for round in 0..100 {
        let (kept, mapi) = Kept::new(1);
        let session = mapi.session();
        let options = OpenOptions { write: true, ..OpenOptions::default() };
        let store = session.open_store("kept:0", &options).unwrap();
        let root = store.root().unwrap();
        let table = root.hierarchy_table(false).unwrap();
        let advised = store.advise(EventMask::ALL, None, |_| ()).unwrap();
        let followed = table.advise(|_| ()).unwrap();
        // The thread that follows the store is at work, or just about to be.
        root.create_folder("new", false).unwrap();
        drop(store);
        if round % 2 == 0 {
            drop((advised, followed, root, table));
        } else {
            drop((root, table, followed, advised));
        }
        assert_eq!(kept.logons.load(Ordering::SeqCst), 0, "round {round}");
        assert!(session.logoff().is_empty(), "round {round}");
    }
}

#[test]
fn logoff_tells_those_advised_on_the_session() {
    let world = World::new();
    let session = world.mapi.session();
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let mask = EventMask::EXTENDED | EventMask::CRITICAL_ERROR;
    let connection = session
        .advise(mask, move |notices| {
            let sender = sender.lock().unwrap();
            notices.iter().for_each(|notice| drop(sender.send(notice.clone())));
        })
        .unwrap();
    session.logoff_shared();
    let told = receiver.recv().unwrap();
    assert_eq!(told, Notice::SessionEnds { shared: false }, "a private session ignores SHARED");
    connection.unadvise();
    assert!(receiver.recv().is_err(), "nothing more is told");
    let late = session.advise(EventMask::EXTENDED, |_| ());
    assert_eq!(code(late.map(drop)), ErrorCode::INVALID_OBJECT);
}

#[test]
fn logoff_shared_sends_both_events() {
    let world = World::new();
    world.profile("work", &["a"]);
    let options = LogonOptions { allow_others: true, ..LogonOptions::profile("work") };
    let first = world.mapi.logon(&world.profiles, &options).unwrap();
    let second = world.mapi.logon(&world.profiles, &LogonOptions::default()).unwrap();
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let mask = EventMask::EXTENDED | EventMask::CRITICAL_ERROR;
    let _connection = second
        .advise(mask, move |notices| {
            let sender = sender.lock().unwrap();
            notices.iter().for_each(|notice| drop(sender.send(notice.clone())));
        })
        .unwrap();
    first.logoff_shared();
    assert!(matches!(receiver.recv().unwrap(), Notice::Critical { .. }));
    assert_eq!(receiver.recv().unwrap(), Notice::SessionEnds { shared: true });
    assert!(second.stores_table().unwrap().row_count().is_ok(), "it is asked, not thrown out");
}

#[test]
fn a_session_tells_only_of_itself() {
    let session = World::new().mapi.session();
    // The last one is `fnevStatusObjectModified`.
    let masks = [EventMask(0), EventMask::CREATED, EventMask::EXTENDED | EventMask::MODIFIED];
    for mask in masks.into_iter().chain([EventMask(0x200)]) {
        let result = session.advise(mask, |_| ()).map(drop);
        assert_eq!(code(result), ErrorCode::INVALID_PARAMETER, "{mask:?}");
    }
}

#[test]
fn nothing_works_on_a_session_after_logoff() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let table = session.stores_table().unwrap();
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let entry_id = store.entry_id().unwrap();
    session.logoff();
    let codes = [
        code(session.open_store("fake:x", &OpenOptions::default()).map(drop)),
        code(session.open_msg_store(uids[0], OpenStore::default()).map(drop)),
        code(session.default_store(OpenStore::default()).map(drop)),
        code(session.set_default_store(None)),
        code(session.stores_table().map(drop)),
        code(session.status_table().map(drop)),
        code(session.open_entry(&entry_id).map(drop)),
        code(session.compare_entry_ids(&entry_id, &entry_id)),
        code(table.row_count().map(drop)),
    ];
    assert_eq!(codes, [ErrorCode::INVALID_OBJECT; 9]);
}

#[test]
fn nobody_registers_for_changes_of_status_objects() {
    const STATUS_OBJECT_MODIFIED: EventMask = EventMask(0x200);
    let session = World::new().mapi.session();
    let store = session.attach(Arc::new(MemoryStore::new("mail")), true).unwrap();
    for mask in [STATUS_OBJECT_MODIFIED, STATUS_OBJECT_MODIFIED | EventMask::CREATED] {
        let result = store.advise(mask, None, |_| ()).map(drop);
        assert_eq!(code(result), ErrorCode::INVALID_PARAMETER, "{mask:?}");
        assert_eq!(code(session.advise(mask, |_| ()).map(drop)), ErrorCode::INVALID_PARAMETER);
    }
    assert!(!EventMask::ALL.has(STATUS_OBJECT_MODIFIED), "nobody tells of it");
}
