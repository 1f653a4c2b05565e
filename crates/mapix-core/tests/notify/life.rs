use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mapix_core::notify::{Connection, EventMask, Notice};
use mapix_core::prop::PropBag;
use mapix_core::store::{Change, MemoryStore, MessageStore};
use mapix_core::{ErrorCode, Event, Session, Store};

use crate::{LONG, folder, listen, next, open, session};

fn touch(store: &MemoryStore) {
    store.commit(vec![Change::UpdateStore { set: PropBag::new(), delete: Vec::new() }]).unwrap();
}

#[test]
fn unadvise_waits_for_the_sink() {
    let (_session, store, memory) = open();
    let (entered, inside) = channel();
    let finished = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&finished);
    let sink = move |_: &[Notice]| {
        let _ = entered.send(());
        thread::sleep(Duration::from_millis(50));
        done.store(true, Ordering::SeqCst);
    };
    let connection = store.advise(EventMask::MODIFIED, None, sink).unwrap();
    touch(&memory);
    inside.recv_timeout(LONG).unwrap();
    connection.unadvise();
    assert!(finished.load(Ordering::SeqCst), "the sink was still running");
}

#[test]
fn a_sink_may_unadvise_itself() {
    let (_session, store, memory) = open();
    let slot: Arc<Mutex<Option<Connection>>> = Arc::default();
    let (done, told) = channel();
    let own = Arc::clone(&slot);
    let sink = move |_: &[Notice]| {
        let connection = own.lock().unwrap().take();
        let had = connection.is_some();
        drop(connection);
        let _ = done.send(had);
    };
    let connection = store.advise(EventMask::MODIFIED, None, sink).unwrap();
    *slot.lock().unwrap() = Some(connection);
    touch(&memory);
    assert!(told.recv_timeout(LONG).unwrap());
    // The sink is gone with what it held.
    assert_eq!(told.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn nobody_is_called_when_the_gate_is_shut() {
    for round in 0..30 {
        let (session, store, memory) = open();
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let connection = store
            .advise(EventMask::MODIFIED, None, move |_| {
                count.fetch_add(1, Ordering::SeqCst);
            })
            .unwrap();
        let writer = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || (0..50).for_each(|_| touch(&memory)))
        };
        if round % 2 == 0 {
            store.logoff().result.unwrap();
        } else {
            session.logoff();
        }
        let at_end = calls.load(Ordering::SeqCst);
        writer.join().unwrap();
        touch(&memory);
        thread::sleep(Duration::from_millis(5));
        assert_eq!(calls.load(Ordering::SeqCst), at_end);
        assert!(!connection.is_open());
        drop(connection);
        let code = store.advise(EventMask::ALL, None, |_| {}).unwrap_err().code();
        assert_eq!(code, ErrorCode::INVALID_OBJECT);
        // Nobody holds the store any more: not even who waited for it.
        drop((session, store));
        assert_eq!(Arc::strong_count(&memory), 1);
    }
}

#[test]
fn a_sink_may_log_off_its_store() {
    let (session, store, memory) = open();
    let (done, told) = channel();
    let own = store.clone();
    let sink = move |_: &[Notice]| {
        let _ = done.send(own.logoff().result.map_err(|error| error.to_string()));
    };
    let _connection = store.advise(EventMask::MODIFIED, None, sink).unwrap();
    touch(&memory);
    told.recv_timeout(LONG).unwrap().unwrap();
    assert!(store.root().is_err());
    assert!(session.logoff().iter().all(|report| report.result.is_ok()));
}

#[test]
fn a_sink_may_log_off_while_another_thread_does() {
    for _ in 0..20 {
        let (session, store, memory) = open();
        let own = store.clone();
        let (entered, inside) = channel();
        let sink = move |_: &[Notice]| {
            let _ = entered.send(());
            own.logoff().result.unwrap();
        };
        let connection = store.advise(EventMask::MODIFIED, None, sink).unwrap();
        touch(&memory);
        inside.recv_timeout(LONG).unwrap();
        let reports = session.logoff();
        assert!(reports.iter().all(|report| report.result.is_ok()), "{reports:?}");
        drop(connection);
    }
}

#[test]
fn a_sink_may_release_the_last_handle() {
    let (session, store, memory) = open();
    let slot: Arc<Mutex<Option<(Store, Connection, Session)>>> = Arc::default();
    let own = Arc::clone(&slot);
    let (done, told) = channel();
    let sink = move |_: &[Notice]| {
        let all = own.lock().unwrap().take();
        drop(all);
        let _ = done.send(());
    };
    let connection = store.advise(EventMask::MODIFIED, None, sink).unwrap();
    *slot.lock().unwrap() = Some((store, connection, session));
    touch(&memory);
    told.recv_timeout(LONG).unwrap();
    // The thread that waits lets go of the store as soon as it sees that it has ended.
    while Arc::strong_count(&memory) > 1 {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_sink_that_hangs_does_not_hold_up_the_logoff() {
    let mut session = session();
    session.set_deadline(Duration::from_millis(200));
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let keep = Arc::clone(&events);
    session.set_tracer(Arc::new(move |event: &Event| keep.lock().unwrap().push(event.clone())));
    let memory = Arc::new(MemoryStore::new("mail"));
    let store = session.attach(memory.clone(), true).unwrap();
    let (entered, inside) = channel();
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let sink = move |_: &[Notice]| {
        let _ = entered.send(());
        let _ = wait.lock().unwrap().recv();
    };
    let connection = store.advise(EventMask::MODIFIED, None, sink).unwrap();
    touch(&memory);
    inside.recv_timeout(LONG).unwrap();
    let reports = session.logoff();
    assert!(reports[0].result.is_ok(), "the store is not to blame: {reports:?}");
    let events = events.lock().unwrap();
    let at = |wanted: &dyn Fn(&Event) -> bool| events.iter().position(wanted).unwrap();
    let ended = at(&|event| matches!(event, Event::SinksEnded { count: 1, busy: 1, .. }));
    assert!(at(&|event| matches!(event, Event::GateShut { .. })) < ended);
    assert!(ended < at(&|event| matches!(event, Event::LogoffCalled { .. })));
    drop(events);
    go.send(()).unwrap();
    drop(connection);
}

#[test]
fn a_sink_that_panics_is_reported_and_called_again() {
    let session = session();
    let panics = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&panics);
    session.set_tracer(Arc::new(move |event: &Event| {
        if matches!(event, Event::SinkPanicked { .. }) {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let memory = Arc::new(MemoryStore::new("mail"));
    let store = session.attach(memory.clone(), true).unwrap();
    let (called, calls) = channel();
    let sink = move |_: &[Notice]| {
        let _ = called.send(());
        std::panic::resume_unwind(Box::new("on demand"));
    };
    let _bad = store.advise(EventMask::MODIFIED, None, sink).unwrap();
    let (_good, told) = listen(&store, EventMask::CREATED);
    for _ in 0..3 {
        touch(&memory);
        calls.recv_timeout(LONG).unwrap();
    }
    let made = folder(&store, "made");
    assert_eq!(next(&told).subject().unwrap().id, made.id());
    assert!(panics.load(Ordering::SeqCst) >= 3);
}

#[test]
fn the_call_returns_before_the_sink_does() {
    let (_session, store, _) = open();
    let (go, wait) = channel::<()>();
    let (entered, inside) = channel();
    let wait = Mutex::new(wait);
    let sink = move |_: &[Notice]| {
        let _ = entered.send(());
        let _ = wait.lock().unwrap().recv();
    };
    let connection = store.advise(EventMask::CREATED, None, sink).unwrap();
    folder(&store, "first");
    inside.recv_timeout(LONG).unwrap();
    // The sink is still inside, and everything goes on.
    let second = folder(&store, "second");
    assert_eq!(second.name().unwrap(), "second");
    drop(go);
    connection.unadvise();
}

/// Many threads advise, unadvise, change and log off at once.
#[test]
fn nothing_hangs_whatever_comes_together() {
    let mapi = mapix_core::Mapi::with_providers(Vec::new());
    let memory = Arc::new(MemoryStore::new("mail"));
    let calls = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..6 {
            let (mapi, memory, calls) = (mapi.clone(), Arc::clone(&memory), Arc::clone(&calls));
            scope.spawn(move || {
                for round in 0..15 {
                    // Each session has a store of its own over the same memory.
                    let session = mapi.session();
                    let store = session.attach(memory.clone(), true).unwrap();
                    let mut connections = Vec::new();
                    for _ in 0..3 {
                        let (calls, own) = (Arc::clone(&calls), store.clone());
                        let sink = move |_: &[Notice]| {
                            calls.fetch_add(1, Ordering::SeqCst);
                            let _ = own.root().and_then(|root| root.name());
                        };
                        connections.push(store.advise(EventMask::ALL, None, sink).unwrap());
                    }
                    folder(&store, &format!("{number}.{round}"));
                    connections.pop().unwrap().unadvise();
                    match (number + round) % 3 {
                        0 => drop(session),
                        1 => drop(store.logoff()),
                        _ => drop(store),
                    }
                }
            });
        }
    });
    drop(mapi);
    while Arc::strong_count(&memory) > 1 {
        thread::sleep(Duration::from_millis(1));
    }
}
