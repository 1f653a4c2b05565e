//! Sinks of clients are told.
#![allow(non_snake_case)]

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use mapi::arg::{In, Out};
use mapi::com::{Object, Ptr};
use mapi::iface::{IMAPIAdviseSink, IMAPIAdviseSinkMethods, IMAPIProgress, IMAPIProgressMethods};
use mapi::types::{ENTRYLIST, HRESULT, NOTIFICATION, SBinary};
use mapix::ErrorCode;

use crate::world::*;

/// What a sink was told: the event, and what was in it.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    Object(u32, Vec<u8>),
    Table(u32, Option<String>),
    Other(u32),
}

struct Sink(Mutex<Sender<Told>>);

impl Object for Sink {
    type Main = IMAPIAdviseSink;
}

impl IMAPIAdviseSinkMethods for Sink {
    fn OnNotify(&self, count: u32, notifications: In<'_, NOTIFICATION>) -> u32 {
        let sender = self.0.lock().unwrap();
        for told in notifications.many(count).unwrap() {
            let told = unsafe {
                match told.ulEventType {
                    event @ (0x4 | 0x8 | 0x10 | 0x20) => {
                        let object = told.info.obj;
                        let id = object.lpEntryID.cast::<u8>().cast_const();
                        let id = match id.is_null() {
                            true => Vec::new(),
                            false => {
                                std::slice::from_raw_parts(id, object.cbEntryID as usize).to_vec()
                            }
                        };
                        Told::Object(event, id)
                    }
                    0x100 => {
                        let table = told.info.tab;
                        let text = (table.row.cValues > 0).then(|| text_of(&*table.row.lpProps));
                        Told::Table(table.ulTableEvent, text)
                    }
                    event => Told::Other(event),
                }
            };
            // Who has ended does not listen.
            let _ = sender.send(told);
        }
        0
    }
}

pub(crate) fn sink() -> (Ptr<IMAPIAdviseSink>, Receiver<Told>) {
    let (sender, receiver) = channel();
    (Sink(Mutex::new(sender)).into_ptr(), receiver)
}

/// Spoils all that it is told.
struct Vandal(Mutex<Sender<Told>>);

impl Object for Vandal {
    type Main = IMAPIAdviseSink;
}

impl IMAPIAdviseSinkMethods for Vandal {
    fn OnNotify(&self, count: u32, notifications: In<'_, NOTIFICATION>) -> u32 {
        let all = notifications.as_raw().cast_mut();
        for at in 0..count as usize {
            unsafe {
                let told = all.add(at);
                let object = (*told).info.obj;
                object.lpEntryID.cast::<u8>().write_bytes(0xAA, object.cbEntryID as usize);
                told.write_bytes(0, 1);
            }
        }
        let _ = self.0.lock().unwrap().send(Told::Other(count));
        0
    }
}

#[test]
fn what_a_sink_does_to_its_notices_is_not_seen_by_others() {
    let world = World::new();
    let (_session, store) = world.open();
    let folder = create_folder(&root(&store, MAPI_MODIFY), c"Mail");
    let (sender, spoiled) = channel();
    let vandal: Ptr<IMAPIAdviseSink> = Vandal(Mutex::new(sender)).into_ptr();
    let (good, told) = sink();
    let advise = |sink: &Ptr<IMAPIAdviseSink>| {
        out(|number| unsafe {
            store.Advise(0, In::null(), 0x4, In::from_raw(sink.as_raw()), number)
        })
    };
    let numbers = [advise(&vandal), advise(&good), advise(&vandal)];
    for _ in 0..3 {
        let message = create_message(&folder, c"told");
        let id = Props::of(&message, &[ENTRYID_TAG], 0).bytes(0);
        assert_eq!(told.iter().next(), Some(Told::Object(0x4, id)));
        assert_eq!(spoiled.iter().next(), Some(Told::Other(1)));
        assert_eq!(spoiled.iter().next(), Some(Told::Other(1)));
    }
    for number in numbers {
        ok(unsafe { store.Unadvise(number) });
    }
}

#[test]
fn stores_and_tables_tell_until_they_are_not_asked() {
    let world = World::new();
    let (session, store) = world.open();
    let folder = create_folder(&root(&store, MAPI_MODIFY), c"Mail");
    let table = object(|out| unsafe { folder.GetContentsTable(0, out) });
    let columns = Tags::new(&[SUBJECT_A]);
    ok(unsafe { table.SetColumns(columns.as_in(), 0) });
    let (of_store, store_told) = sink();
    let (of_table, table_told) = sink();
    let on_store = out(|number| unsafe {
        store.Advise(0, In::null(), 0x4, In::from_raw(of_store.as_raw()), number)
    });
    let on_table =
        out(|number| unsafe { table.Advise(0x100, In::from_raw(of_table.as_raw()), number) });
    drop((of_store, of_table));
    assert_ne!(on_store, 0);
    let message = create_message(&folder, c"told");
    let id = Props::of(&message, &[ENTRYID_TAG], 0).bytes(0);
    let told = store_told.iter().find(|told| matches!(told, Told::Object(..)));
    assert_eq!(told, Some(Told::Object(0x4, id)));
    // TABLE_ROW_ADDED
    let told = table_told.iter().next();
    assert_eq!(told, Some(Told::Table(3, Some("told".into()))));

    ok(unsafe { store.Unadvise(on_store) });
    fails(unsafe { store.Unadvise(on_store) }, ErrorCode::NOT_FOUND);
    // The reference of the registration is gone, and with it the sender.
    assert!(store_told.iter().next().is_none());
    ok(unsafe { table.Unadvise(on_table) });
    let wrong = unsafe { table.Advise(0x4, In::null(), Out::new(&mut 0)) };
    fails(wrong, ErrorCode::INVALID_PARAMETER);
    let nobody = unsafe { store.Advise(0, In::null(), 0x4, In::null(), Out::new(&mut 0)) };
    fails(nobody, ErrorCode::INVALID_PARAMETER);

    // The table of profiles tells of what is done through this library, here by other tests too.
    let profiles = profiles();
    let table = object(|out| unsafe { profiles.GetProfileTable(0, out) });
    let columns = Tags::new(&[0x3001_001E]);
    ok(unsafe { table.SetColumns(columns.as_in(), 0) });
    let (of_profiles, profiles_told) = sink();
    let number =
        out(|number| unsafe { table.Advise(0x100, In::from_raw(of_profiles.as_raw()), number) });
    drop(of_profiles);
    ok(unsafe { profiles.CreateProfile(text(c"told-of"), In::null(), 0, 0) });
    let made = |told: &Told| matches!(told, Told::Table(3, Some(name)) if name == "told-of");
    assert!(profiles_told.iter().any(|told| made(&told)));
    ok(unsafe { profiles.DeleteProfile(text(c"told-of"), 0) });
    ok(unsafe { table.Unadvise(number) });

    // The session tells of itself.
    let (of_session, session_told) = sink();
    let number = out(|number| unsafe {
        session.Advise(0, In::null(), 0x8000_0001, In::from_raw(of_session.as_raw()), number)
    });
    drop(of_session);
    ok(unsafe { session.Unadvise(number) });
    assert!(session_told.iter().next().is_none());
}

/// Counts how far it is, and stops when it is told to.
struct Steps {
    seen: Mutex<Vec<(u32, u32, u32)>>,
    stop: bool,
}

impl Object for Steps {
    type Main = IMAPIProgress;
}

impl IMAPIProgressMethods for Steps {
    fn Progress(&self, value: u32, count: u32, total: u32) -> HRESULT {
        self.seen.lock().unwrap().push((value, count, total));
        match self.stop {
            true => ErrorCode::USER_CANCEL.into(),
            false => HRESULT::S_OK,
        }
    }

    fn GetFlags(&self, flags: Out<'_, u32>) -> HRESULT {
        flags.set_if(1);
        HRESULT::S_OK
    }

    fn GetMax(&self, _: Out<'_, u32>) -> HRESULT {
        HRESULT::S_OK
    }

    fn GetMin(&self, _: Out<'_, u32>) -> HRESULT {
        HRESULT::S_OK
    }

    fn SetLimits(&self, min: In<'_, u32>, max: In<'_, u32>, _: In<'_, u32>) -> HRESULT {
        assert_eq!((min.get(), max.get()), (Some(&0), Some(&1000)));
        HRESULT::S_OK
    }
}

#[test]
fn progress_is_told_and_can_stop() {
    let world = World::new();
    let (_session, store) = world.open();
    let root = root(&store, MAPI_MODIFY);
    let folder = create_folder(&root, c"Mail");
    let ids: Vec<Vec<u8>> = (0..70)
        .map(|_| Props::of(&create_message(&folder, c"x"), &[ENTRYID_TAG], 0).bytes(0))
        .collect();
    let mut binaries: Vec<SBinary> =
        ids.iter().map(|id| SBinary { cb: id.len() as u32, lpb: id.as_ptr().cast_mut() }).collect();
    let list = ENTRYLIST { cValues: 70, lpbin: binaries.as_mut_ptr() };
    let steps = |stop| Steps { seen: Mutex::default(), stop }.into_ptr();
    unsafe {
        let stopping = steps(true);
        let progress = In::from_raw(stopping.as_raw());
        let stopped = folder.DeleteMessages(In::new(&list), 0, progress, 0x10);
        fails(stopped, ErrorCode::USER_CANCEL);
        let table = object(|out| folder.GetContentsTable(0, out));
        let left = Rows::of(&table, &[SUBJECT_A]).len();
        assert!(left > 0 && left < 70, "what was done stays done: {left}");
        let going = steps(false);
        let deleted = folder.DeleteMessages(In::new(&list), 0, In::from_raw(going.as_raw()), 0x10);
        assert_eq!(deleted, HRESULT(0x0004_0680), "some were gone already");
        let own = going.object::<Steps>().unwrap();
        let seen = own.seen.lock().unwrap();
        let left = left as u32;
        assert_eq!(seen.last(), Some(&(1000, left, left)));
        assert!(seen.is_sorted());
    }
}
