//! From logon to logoff, and what is left afterwards.

use std::sync::Barrier;

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::export::{MAPIInitialize, MAPILogonEx};
use mapi::iface::{IMAPIClientShutdown, IMAPIProp, IMAPISession, IUnknown};
use mapi::types::MAPIINIT_0;
use mapix::ErrorCode;

use crate::world::*;

/// Everything that a client can hold of a session.
struct Held {
    session: Ptr<IMAPISession>,
    objects: Vec<Ptr<IMAPIProp>>,
    table: Ptr<mapi::iface::IMAPITable>,
    stream: Ptr<mapi::iface::IStream>,
}

fn everything(world: &World) -> Held {
    let (session, store) = world.open();
    let root = root(&store, MAPI_MODIFY);
    let folder = create_folder(&root, c"Mail");
    let message = create_message(&folder, c"subject");
    let mut number = 0;
    let attachment =
        object(|out| unsafe { message.CreateAttach(In::null(), 0, Out::new(&mut number), out) });
    let table = object(|out| unsafe { folder.GetContentsTable(0, out) });
    let stream = object(|out| unsafe {
        let iid = <mapi::iface::IStream as mapi::com::Interface>::IID;
        message.OpenProperty(SUBJECT_W, In::new(&iid), 0, 0, out)
    });
    let stream = stream.query().unwrap();
    let objects = vec![
        message.upcast::<IMAPIProp>(),
        attachment.upcast(),
        folder.upcast(),
        root.upcast(),
        store.upcast(),
    ];
    Held { session, objects, table, stream }
}

fn all_are_invalid(held: &Held) {
    let invalid = ErrorCode::INVALID_OBJECT;
    for object in &held.objects {
        let props = Props::of(object, &[ENTRYID_TAG], 0);
        fails(props.result, invalid);
        fails(unsafe { object.SaveChanges(2) }, invalid);
        let mut tags = std::ptr::null_mut();
        fails(unsafe { object.GetPropList(0, Out::new(&mut tags)) }, invalid);
        assert!(tags.is_null());
    }
    let mut rows = std::ptr::null_mut();
    fails(unsafe { held.table.QueryRows(1, 0, Out::new(&mut rows)) }, invalid);
    let mut bytes = [0_u8; 4];
    let read = unsafe { held.stream.Read(Out::from_raw(bytes.as_mut_ptr()), 4, Out::null()) };
    fails(read, invalid);
    // What is left of COM works.
    drop(held.objects[0].query::<IUnknown>().unwrap());
}

#[test]
fn initialization_counts_and_checks_its_argument() {
    let world = World::new();
    unsafe {
        let mut init = MAPIINIT_0 { ulVersion: 0, ulFlags: 1 };
        ok(MAPIInitialize((&raw mut init).cast()));
        mapi::export::MAPIUninitialize();
        init.ulVersion = 9;
        fails(MAPIInitialize((&raw mut init).cast()), ErrorCode::INVALID_PARAMETER);
        init = MAPIINIT_0 { ulVersion: 0, ulFlags: 0x4000 };
        fails(MAPIInitialize((&raw mut init).cast()), ErrorCode::UNKNOWN_FLAGS);
        let mut session = std::ptr::null_mut();
        let null = std::ptr::null_mut();
        let none = c"there is no such profile".as_ptr().cast_mut().cast();
        fails(MAPILogonEx(0, none, null, NEW_SESSION, &raw mut session), ErrorCode::LOGON_FAILED);
        fails(MAPILogonEx(0, null, null, NEW_SESSION, &raw mut session), ErrorCode::LOGON_FAILED);
        let unknown = MAPILogonEx(0, null, null, 0x0800_0000, &raw mut session);
        fails(unknown, ErrorCode::UNKNOWN_FLAGS);
        assert!(session.is_null());
    }
    drop(world.session());
}

#[test]
fn logoff_takes_flags_and_nothing_that_is_reserved() {
    let world = World::new();
    let (session, store) = world.open();
    unsafe {
        fails(session.Logoff(0, 0x4000, 0), ErrorCode::UNKNOWN_FLAGS);
        fails(session.Logoff(0, 0, 1), ErrorCode::INVALID_PARAMETER);
        drop(root(&store, 0));
        // `MAPI_LOGOFF_UI` without anybody who could be asked.
        ok(session.Logoff(0, 2, 0));
    }
}

#[test]
fn after_logoff_everything_is_invalid_and_can_be_released() {
    let world = World::new();
    let held = everything(&world);
    ok(unsafe { held.session.Logoff(0, 0, 0) });
    ok(unsafe { held.session.Logoff(0, 0, 0) });
    all_are_invalid(&held);
    let mut table = std::ptr::null_mut();
    let gone = unsafe { held.session.GetMsgStoresTable(0, Out::new(&mut table)) };
    fails(gone, ErrorCode::INVALID_OBJECT);
    assert!(table.is_null());
    // In any order, from any thread.
    let Held { session, objects, table, stream } = held;
    drop(session);
    std::thread::scope(|scope| {
        for object in objects {
            scope.spawn(move || drop(object));
        }
        scope.spawn(move || drop(table));
        scope.spawn(move || drop(stream));
    });
}

#[test]
fn the_last_release_of_the_store_object_ends_its_logon() {
    let world = World::new();
    let mut held = everything(&world);
    // A second store object of the same logon.
    let second = open_store(&held.session, MDB_WRITE);
    let first = held.objects.pop().unwrap();
    drop(first);
    assert!(Props::of(&held.objects[0], &[SUBJECT_A], 0).result.is_ok());
    drop(second);
    all_are_invalid(&held);
    // The session goes on, and so can the store.
    let again = open_store(&held.session, 0);
    assert!(Props::of(&again, &[ENTRYID_TAG], 0).result.is_ok());
}

#[test]
fn the_last_release_of_the_session_is_a_logoff() {
    let world = World::new();
    let mut held = everything(&world);
    let session = std::mem::replace(&mut held.session, world.session());
    let book = object(|out| unsafe { session.OpenAddressBook(0, In::null(), 0, out) });
    drop(session);
    all_are_invalid(&held);
    let mut path = std::ptr::null_mut();
    let gone = unsafe { book.GetSearchPath(0, Out::new(&mut path)) };
    fails(gone, ErrorCode::INVALID_OBJECT);
}

#[test]
fn the_last_uninitialize_ends_what_is_left() {
    // Other tests of this process hold MAPI as well, so that only the end of this use is seen.
    let world = World::new();
    let held = everything(&world);
    drop(world);
    drop(held);
}

#[test]
fn a_fast_shutdown_is_asked_of_the_session() {
    let world = World::new();
    let held = everything(&world);
    let shutdown = held.session.query::<IMAPIClientShutdown>().unwrap();
    unsafe {
        ok(shutdown.QueryFastShutdown());
        ok(shutdown.NotifyProcessShutdown());
    }
    assert_eq!(
        shutdown.query::<IUnknown>().unwrap().as_raw(),
        held.session.query::<IUnknown>().unwrap().as_raw()
    );
}

#[test]
fn logoff_while_others_call() {
    for _ in 0..8 {
        let world = World::new();
        let held = everything(&world);
        let barrier = Barrier::new(4);
        std::thread::scope(|scope| {
            for object in &held.objects[..3] {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    loop {
                        let props = Props::of(object, &[ENTRYID_TAG], 0);
                        drop(object.query::<IMAPIProp>().unwrap());
                        if !props.result.is_ok() {
                            fails(props.result, ErrorCode::INVALID_OBJECT);
                            break;
                        }
                    }
                });
            }
            barrier.wait();
            ok(unsafe { held.session.Logoff(0, 0, 0) });
        });
        all_are_invalid(&held);
    }
}

#[test]
fn the_last_error_has_words() {
    let world = World::new();
    let (_session, store) = world.open();
    let bytes = [0_u8; 24];
    let (size, entry) = id(&bytes);
    let mut raw = std::ptr::null_mut();
    let result = unsafe {
        store.OpenEntry(size, entry, In::null(), 0, Out::new(&mut 0), Out::new(&mut raw))
    };
    assert!(!result.is_ok());
    let error = out(|out| unsafe { store.GetLastError(result, 0, out) });
    unsafe {
        assert!(!std::ffi::CStr::from_ptr((*error).lpszError.cast()).is_empty());
        assert_eq!(std::ffi::CStr::from_ptr((*error).lpszComponent.cast()), c"mapix");
    }
    free(error);
}
