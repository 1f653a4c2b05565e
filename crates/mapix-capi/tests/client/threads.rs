//! One session, its stores and its objects, used and ended by several threads at once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::iface::{IMAPIProp, IMSLogon, IMsgStore, IUnknown};
use mapi::types::HRESULT;
use mapix::{ErrorCode, OpenOptions};

use crate::world::*;

const ROUNDS: usize = 8;

/// What a call may answer while somebody ends the session: it worked, or the end was first.
#[track_caller]
fn works_or_is_invalid(result: HRESULT) -> bool {
    if !result.is_ok() {
        fails(result, ErrorCode::INVALID_OBJECT);
    }
    result.is_ok()
}

/// Opens the root folder again and again until the store has ended; gives how often it was.
fn open_until_the_end(store: &Ptr<IMsgStore>) -> u32 {
    for count in 0.. {
        let (mut kind, mut raw) = (0, std::ptr::null_mut());
        let result = unsafe {
            store.OpenEntry(0, In::null(), In::null(), 0, Out::new(&mut kind), Out::new(&mut raw))
        };
        let object: Option<Ptr<IUnknown>> = unsafe { Ptr::from_raw(raw) };
        assert_eq!(object.is_some(), result.is_ok());
        if !works_or_is_invalid(result) {
            return count;
        }
        let folder = object.unwrap().query::<IMAPIProp>().unwrap();
        works_or_is_invalid(Props::of(&folder, &[ENTRYID_TAG], 0).result);
    }
    unreachable!()
}

#[test]
fn several_threads_log_off_one_session() {
    for _ in 0..ROUNDS {
        let world = World::new();
        let (session, store) = world.open();
        let (barrier, begun) = (Barrier::new(5), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let (store, session, barrier, begun) = (store.clone(), &session, &barrier, &begun);
                scope.spawn(move || {
                    begun.fetch_add(1, Ordering::Relaxed);
                    barrier.wait();
                    open_until_the_end(&store);
                    let mut table = std::ptr::null_mut();
                    let gone = unsafe { session.GetMsgStoresTable(0, Out::new(&mut table)) };
                    fails(gone, ErrorCode::INVALID_OBJECT);
                    assert!(table.is_null());
                });
            }
            for _ in 0..3 {
                scope.spawn(|| {
                    barrier.wait();
                    ok(unsafe { session.Logoff(0, 0, 0) });
                });
            }
        });
        assert_eq!(begun.load(Ordering::Relaxed), 2);
        fails(Props::of(&store, &[ENTRYID_TAG], 0).result, ErrorCode::INVALID_OBJECT);
    }
}

#[test]
fn the_last_of_many_references_ends_the_logon_on_whatever_thread_it_is() {
    for _ in 0..ROUNDS {
        let world = World::new();
        let (session, store) = world.open();
        let message = create_message(&root(&store, MAPI_MODIFY), c"subject");
        let barrier = Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (own, barrier) = (store.clone(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for _ in 0..200 {
                        let again = own.query::<IMsgStore>().unwrap();
                        drop(own.clone());
                        drop(again);
                    }
                    ok(Props::of(&own, &[ENTRYID_TAG], 0).result);
                });
            }
            drop(store);
        });
        // All store objects are gone, and with them the logon; the session is not.
        fails(Props::of(&message, &[SUBJECT_A], 0).result, ErrorCode::INVALID_OBJECT);
        drop(open_store(&session, 0));
        ok(unsafe { session.Logoff(0, 0, 0) });
    }
}

#[test]
fn a_store_is_logged_off_while_its_session_ends_and_others_open_it() {
    for _ in 0..ROUNDS {
        let world = World::new();
        let (session, store) = world.open();
        let id = store_id(&session);
        let (barrier, over) = (Barrier::new(4), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                while !over.load(Ordering::Acquire) {
                    let (size, entry) = crate::world::id(&id);
                    let mut raw = std::ptr::null_mut();
                    let result = unsafe {
                        session.OpenMsgStore(0, size, entry, In::null(), 0, Out::new(&mut raw))
                    };
                    drop(unsafe { Ptr::from_raw(raw) });
                    works_or_is_invalid(result);
                }
            });
            scope.spawn(|| {
                barrier.wait();
                while !over.load(Ordering::Acquire) {
                    let mut flags = 1;
                    works_or_is_invalid(unsafe { store.StoreLogoff(Out::new(&mut flags)) });
                }
            });
            scope.spawn(|| {
                barrier.wait();
                open_until_the_end(&store);
                over.store(true, Ordering::Release);
            });
            barrier.wait();
            ok(unsafe { session.Logoff(0, 0, 0) });
        });
    }
}

#[test]
fn a_provider_is_logged_off_while_others_call_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mail.mapix");
    for _ in 0..ROUNDS {
        let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
        let (logon, store): (Ptr<IMSLogon>, _) = mapi::provider::log_on(&path, &options).unwrap();
        let barrier = Barrier::new(4);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                open_until_the_end(&store);
            });
            scope.spawn(|| {
                barrier.wait();
                loop {
                    let (mut kind, mut raw) = (0, std::ptr::null_mut());
                    let (kind, out) = (Out::new(&mut kind), Out::new(&mut raw));
                    let result =
                        unsafe { logon.OpenEntry(0, In::null(), In::null(), 0, kind, out) };
                    drop(unsafe { Ptr::from_raw(raw) });
                    if !works_or_is_invalid(result) {
                        break;
                    }
                }
            });
            for _ in 0..2 {
                scope.spawn(|| {
                    barrier.wait();
                    let mut flags = 0;
                    ok(unsafe { logon.Logoff(Out::new(&mut flags)) });
                });
            }
        });
        fails(Props::of(&store, &[ENTRYID_TAG], 0).result, ErrorCode::INVALID_OBJECT);
    }
}
