//! Sections 3 to 5: provider objects and their logons.

use std::sync::Arc;

use mapix_core::{Error, ErrorCode, FastShutdown, OpenOptions, OpenStore, ShutdownPolicy};

use crate::fake::{World, code, events, open};

#[test]
fn one_provider_object_serves_all_stores_of_a_session() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    let _a = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let _b = session.open_msg_store(uids[1], OpenStore::default()).unwrap();
    assert_eq!(world.fake.log(), ["provider 0", "logon a", "logon b"]);
}

#[test]
fn a_second_session_gets_a_second_provider_object() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let (first, second) = (world.logon("work"), world.logon("work"));
    let _a = first.open_msg_store(uids[0], OpenStore::default()).unwrap();
    world.fake.stores.lock().unwrap().clear();
    let _b = second.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(world.fake.count("provider 1"), 1);
}

#[test]
fn shutdown_comes_once_after_the_last_logon() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    let a = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let b = session.open_msg_store(uids[1], OpenStore::default()).unwrap();
    drop(a);
    assert_eq!(world.fake.count("shutdown"), 0, "one store is still open");
    drop(b);
    let log = world.fake.log();
    let end = ["logoff b", "logon released b", "shutdown", "provider released"];
    assert_eq!(log[log.len() - 4..], end);
    // It may begin anew in the same session.
    let a = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(world.fake.count("provider 1"), 1);
    session.logoff();
    drop((a, session));
    assert_eq!(world.fake.count("shutdown"), 2);
}

#[test]
fn a_failed_logon_still_shuts_the_provider_down() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let fail = || Err(Error::new(ErrorCode::FAILONEPROVIDER, "not this one"));
    *world.fake.in_logon.lock().unwrap() = Some(Arc::new(fail));
    assert!(session.open_msg_store(uids[0], OpenStore::default()).is_err());
    assert_eq!(world.fake.log(), ["provider 0", "shutdown", "provider released"]);
}

#[test]
fn a_store_that_is_open_is_given_again_without_a_logon() {
    let world = World::new();
    let session = world.mapi.session();
    let events = events(&session);
    let first = open(&session, "x");
    let rows = || session.status_table().unwrap().row_count().unwrap().value;
    let before = rows();
    // Another location to the session, the same store to the provider.
    let again = open(&session, "x#again");
    assert_eq!(world.fake.log(), ["provider 0", "logon x", "again x"]);
    assert_eq!(rows(), before, "nothing is registered a second time");
    drop(again);
    assert_eq!(world.fake.count("logoff x"), 0, "its support object goes without a logoff");
    assert!(first.root().is_ok());
    drop(first);
    assert_eq!(world.fake.count("logoff x"), 1);
    assert_eq!(world.fake.count("shutdown"), 1, "both counted as one logon in the end");
    let released =
        |event: &&mapix_core::Event| matches!(event, mapix_core::Event::SupportReleased { .. });
    assert_eq!(events.lock().unwrap().iter().filter(released).count(), 1);
}

#[test]
fn a_provider_that_panics_in_logon_costs_only_its_store() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    let panic = || panic!("a panic that the test wants");
    *world.fake.in_logon.lock().unwrap() = Some(Arc::new(panic));
    let result = session.open_msg_store(uids[0], OpenStore::default());
    assert_eq!(code(result), ErrorCode::CALL_FAILED);
    *world.fake.in_logon.lock().unwrap() = None;
    assert!(session.open_msg_store(uids[1], OpenStore::default()).is_ok());
}

#[test]
fn a_fast_shutdown_asks_as_its_policy_says() {
    let world = World::new();
    let session = world.mapi.session();
    let store = open(&session, "x");
    let ask = |policy| session.fast_shutdown(FastShutdown::Query, policy);
    let set = |knows: bool, code: Option<ErrorCode>| {
        *world.fake.knows_fast.lock().unwrap() = knows;
        *world.fake.fast.lock().unwrap() = code;
    };
    set(false, None);
    assert!(ask(ShutdownPolicy::UnlessRefused).is_ok(), "who knows nothing of it agrees");
    assert_eq!(code(ask(ShutdownPolicy::IfSupported)), ErrorCode::NO_SUPPORT);
    set(true, None);
    assert!(ask(ShutdownPolicy::IfSupported).is_ok());
    set(true, Some(ErrorCode::NO_SUPPORT));
    assert_eq!(code(ask(ShutdownPolicy::UnlessRefused)), ErrorCode::NO_SUPPORT);
    set(true, Some(ErrorCode::BUSY));
    assert!(ask(ShutdownPolicy::UnlessRefused).is_ok(), "only NO_SUPPORT is a refusal");
    assert_eq!(code(ask(ShutdownPolicy::IfSupported)), ErrorCode::BUSY);
    let before = world.fake.log().len();
    assert_eq!(code(ask(ShutdownPolicy::Never)), ErrorCode::NO_SUPPORT);
    assert_eq!(world.fake.log().len(), before, "nobody is asked");
    set(true, None);
    for step in [FastShutdown::Notify, FastShutdown::Do] {
        session.fast_shutdown(step, ShutdownPolicy::IfSupported).unwrap();
    }
    assert_eq!(world.fake.count("Notify") + world.fake.count("Do"), 2);
    drop(store);
}

#[test]
fn after_a_fast_shutdown_no_provider_is_called() {
    let world = World::new();
    let session = world.mapi.session();
    let store = open(&session, "x");
    for step in [FastShutdown::Query, FastShutdown::Notify, FastShutdown::Do] {
        session.fast_shutdown(step, ShutdownPolicy::UnlessRefused).unwrap();
    }
    let before = world.fake.log();
    assert_eq!(code(session.status_table().map(drop)), ErrorCode::INVALID_OBJECT);
    assert_eq!(
        code(session.open_store("fake:y", &OpenOptions::default()).map(drop)),
        ErrorCode::INVALID_OBJECT
    );
    drop(store);
    assert!(session.logoff().is_empty());
    drop(session);
    assert!(world.mapi.clone().uninitialize().is_empty());
    assert_eq!(world.fake.log(), before, "neither logoff nor shutdown");
}
