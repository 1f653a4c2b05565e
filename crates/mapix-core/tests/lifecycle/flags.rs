//! Section 8: StoreLogoff and the transports.

use std::sync::{Arc, Mutex};

use mapix_core::store::StoreInfo;
use mapix_core::{ErrorCode, LogoffFlags, Session, Transports};

use crate::fake::{World, code, events, open};

/// Transports that write down what they are told.
#[derive(Default)]
struct Told {
    flags: Mutex<Vec<LogoffFlags>>,
    activity: Mutex<u32>,
}

impl Transports for Told {
    fn activity(&self, _: u64, _: &StoreInfo) -> LogoffFlags {
        LogoffFlags(*self.activity.lock().unwrap())
    }
    fn store_logoff(&self, _: u64, _: &StoreInfo, flags: LogoffFlags) -> LogoffFlags {
        self.flags.lock().unwrap().push(flags);
        LogoffFlags::COMPLETE
    }
}

fn told(session: &Session) -> Arc<Told> {
    let told = Arc::new(Told::default());
    session.set_transports(Arc::clone(&told) as Arc<dyn Transports>);
    told
}

#[test]
fn flags_are_saved_and_the_last_release_passes_them_on() {
    for session_ends in [false, true] {
        let world = World::new();
        let session = world.mapi.session();
        let told = told(&session);
        let store = open(&session, "x");
        let root = store.root().unwrap();
        store.store_logoff(LogoffFlags::PURGE).unwrap();
        store.store_logoff(LogoffFlags::ORDERLY).unwrap();
        drop(store);
        assert!(root.props().is_ok(), "a client still holds something of it");
        assert!(told.flags.lock().unwrap().is_empty());
        if session_ends {
            session.logoff();
        } else {
            drop(root);
        }
        assert_eq!(*told.flags.lock().unwrap(), [LogoffFlags::ORDERLY], "the later ones count");
    }
}

#[test]
fn without_store_logoff_it_is_abort() {
    let world = World::new();
    let session = world.mapi.session();
    let told = told(&session);
    drop(open(&session, "x"));
    let store = open(&session, "y");
    session.logoff();
    drop(store);
    assert_eq!(*told.flags.lock().unwrap(), [LogoffFlags::ABORT; 2]);
}

#[test]
fn transports_are_told_exactly_once() {
    let world = World::new();
    let session = world.mapi.session();
    let told = told(&session);
    let store = open(&session, "x");
    let support = world.fake.support("x");
    // The provider does it itself, as the rules have it; the session then does not again.
    support.store_logoff_transports(LogoffFlags::NO_WAIT).unwrap();
    let again = support.store_logoff_transports(LogoffFlags::NO_WAIT).unwrap();
    assert_eq!(again, LogoffFlags::COMPLETE);
    store.logoff();
    session.logoff();
    assert_eq!(*told.flags.lock().unwrap(), [LogoffFlags::NO_WAIT]);
}

#[test]
fn store_logoff_takes_one_flag_alone() {
    let world = World::new();
    let session = world.mapi.session();
    let store = open(&session, "x");
    let flags = [
        LogoffFlags::NO_WAIT,
        LogoffFlags::ORDERLY,
        LogoffFlags::PURGE,
        LogoffFlags::ABORT,
        LogoffFlags::QUIET,
    ];
    for flag in flags {
        assert!(store.store_logoff(flag).is_ok(), "{flag}");
    }
    let two = LogoffFlags::PURGE | LogoffFlags::ABORT;
    assert_eq!(code(store.store_logoff(two)), ErrorCode::INVALID_PARAMETER);
    assert_eq!(code(store.store_logoff(LogoffFlags(0))), ErrorCode::INVALID_PARAMETER);
    assert_eq!(code(store.store_logoff(LogoffFlags(0x20))), ErrorCode::UNKNOWN_FLAGS);
    assert_eq!(code(store.store_logoff(LogoffFlags::COMPLETE)), ErrorCode::UNKNOWN_FLAGS);
}

#[test]
fn store_logoff_tells_what_transports_do() {
    let world = World::new();
    let session = world.mapi.session();
    let told = told(&session);
    let store = open(&session, "x");
    let busy = LogoffFlags::INBOUND | LogoffFlags::OUTBOUND_QUEUE;
    *told.activity.lock().unwrap() = busy.0;
    assert_eq!(store.store_logoff(LogoffFlags::ORDERLY).unwrap(), busy);
    assert_eq!(busy.to_string(), "LOGOFF_INBOUND | LOGOFF_OUTBOUND_QUEUE");
}

#[test]
fn quiet_is_refused_while_anything_is_active() {
    let world = World::new();
    let session = world.mapi.session();
    let told = told(&session);
    let store = open(&session, "x");
    store.store_logoff(LogoffFlags::PURGE).unwrap();
    *told.activity.lock().unwrap() = LogoffFlags::OUTBOUND.0;
    assert_eq!(code(store.store_logoff(LogoffFlags::QUIET)), ErrorCode::BUSY);
    store
        .inventory(&mut |_| {
            *told.activity.lock().unwrap() = 0;
            assert_eq!(code(store.store_logoff(LogoffFlags::QUIET)), ErrorCode::BUSY);
            std::ops::ControlFlow::Break(())
        })
        .unwrap();
    drop(store);
    assert_eq!(*told.flags.lock().unwrap(), [LogoffFlags::PURGE], "a refusal changes nothing");
}

#[test]
fn store_logoff_closes_one_store_only() {
    let world = World::new();
    let session = world.mapi.session();
    let events = events(&session);
    let a = open(&session, "a");
    let b = open(&session, "b");
    a.store_logoff(LogoffFlags::ABORT).unwrap();
    drop(a);
    assert!(b.root().is_ok());
    assert_eq!(world.fake.count("logoff a"), 1);
    assert_eq!(world.fake.count("logoff b"), 0);
    assert!(!events.lock().unwrap().contains(&mapix_core::Event::SessionEnded));
}

#[test]
fn transports_that_panic_do_not_keep_a_store() {
    struct Bad;
    impl Transports for Bad {
        fn activity(&self, _: u64, _: &StoreInfo) -> LogoffFlags {
            LogoffFlags(0)
        }
        fn store_logoff(&self, _: u64, _: &StoreInfo, _: LogoffFlags) -> LogoffFlags {
            panic!("a panic that the test wants")
        }
    }
    let world = World::new();
    let session = world.mapi.session();
    session.set_transports(Arc::new(Bad));
    let store = open(&session, "x");
    assert_eq!(code(store.logoff().result), ErrorCode::CALL_FAILED);
    assert_eq!((world.fake.count("logoff x"), world.fake.count("shutdown")), (1, 1));
}
