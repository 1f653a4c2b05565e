//! Sections 2, 4 and 6: the stores of a profile, disabled services, entry IDs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

use mapix_core::profile::Setting;
use mapix_core::prop::{Guid, PropTag, tags};
use mapix_core::table::{Query, Table, TableNotice};
use mapix_core::{EntryId, Error, ErrorCode, LogonOptions, Object, OpenStore};

use crate::fake::{World, code, events, lines, open};

#[test]
fn the_stores_table_shows_the_profile() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    session.set_default_store(Some(uids[1])).unwrap();
    let _store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let columns = vec![tags::DISPLAY_NAME, tags::DEFAULT_STORE, tags::ENTRYID];
    let query = Query { columns: Some(columns), ..Query::default() };
    let rows = session.stores_table().unwrap().query_all(query).unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.values[0].value.as_text().unwrap()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(rows[1].values[1].value.as_bool(), Some(true));
    assert!(rows[0].values[2].value.as_bytes().is_some(), "it has been opened");
    assert_eq!(rows[1].values[2].value.as_error(), Some(ErrorCode::NOT_FOUND), "not yet");
    assert_eq!(session.default_store(OpenStore::default()).unwrap().info().display_name, "b");
}

#[test]
fn a_temporary_store_stays_out_of_table_and_profile() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let before = world.profiles.read("work").unwrap();
    let how = OpenStore { temporary: true, ..OpenStore::default() };
    let store = session.open_msg_store(uids[0], how).unwrap();
    let support = world.fake.support("a");
    support.change_section(|section| section.set(tags::COMMENT, "x")).unwrap();
    assert!(support.section().unwrap().props().text(tags::COMMENT).is_some());
    assert_eq!(world.profiles.read("work").unwrap(), before);
    drop(store);
}

#[test]
fn nearly_every_error_disables_the_service() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    let events = events(&session);
    let fail = || Err(Error::new(ErrorCode::CORRUPT_STORE, "all of it is gone"));
    *world.fake.in_logon.lock().unwrap() = Some(Arc::new(fail));
    let open = |number: usize| session.open_msg_store(uids[number], OpenStore::default());
    assert_eq!(code(open(0)), ErrorCode::CORRUPT_STORE);
    *world.fake.in_logon.lock().unwrap() = None;
    let error = open(0).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CORRUPT_STORE);
    assert!(
        error.to_string().contains("disabled") && error.to_string().contains("gone"),
        "{error}"
    );
    assert!(open(1).is_ok(), "the other services work");
    assert!(lines(&events).iter().any(|line| line.starts_with("service disabled: a: ")));
    assert!(world.logon("work").open_msg_store(uids[0], OpenStore::default()).is_ok());
}

#[test]
fn failoneprovider_and_cancel_disable_nothing() {
    for expected in [ErrorCode::FAILONEPROVIDER, ErrorCode::USER_CANCEL] {
        let world = World::new();
        let uids = world.profile("work", &["a"]);
        let session = world.logon("work");
        let fail = move || Err(Error::new(expected, "not now"));
        *world.fake.in_logon.lock().unwrap() = Some(Arc::new(fail));
        assert_eq!(code(session.open_msg_store(uids[0], OpenStore::default())), expected);
        *world.fake.in_logon.lock().unwrap() = None;
        assert!(session.open_msg_store(uids[0], OpenStore::default()).is_ok());
    }
}

#[test]
fn unconfigured_is_configured_and_tried_once_more() {
    for heals in [true, false] {
        let world = World::new();
        let uids = world.profile("work", &["a"]);
        let session = world.logon("work");
        let tries = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&tries);
        let fail = move || match count.fetch_add(1, Ordering::SeqCst) {
            1 if heals => Ok(()),
            _ => Err(Error::new(ErrorCode::UNCONFIGURED, "what is the path?")),
        };
        *world.fake.in_logon.lock().unwrap() = Some(Arc::new(fail));
        let result = session.open_msg_store(uids[0], OpenStore::default());
        assert_eq!(tries.load(Ordering::SeqCst), 2);
        assert_eq!(result.is_ok(), heals);
        if !heals {
            assert_eq!(
                code(session.open_msg_store(uids[0], OpenStore::default())),
                ErrorCode::UNCONFIGURED
            );
            assert_eq!(tries.load(Ordering::SeqCst), 2, "it is disabled");
        }
    }
}

#[test]
fn a_profile_that_names_nonsense_costs_only_that_service() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let [unknown, unset, odd] = world
        .profiles
        .change("work", |profile| {
            let path = |text: &str| ("path".to_owned(), Setting::Text(text.into()));
            let unknown = profile.add_service("NOTES", "n", [path("x")])?;
            let env = Setting::Env("MAPIX_TEST_NO_SUCH_VARIABLE".into());
            let unset = profile.add_service("FAKE", "u", [path("x"), ("password".into(), env)])?;
            let odd = profile.add_service("FAKE", "o", [])?;
            let provider = |uid| profile.service(uid).map(|service| service.providers[0].uid);
            Ok([provider(unknown)?, provider(unset)?, provider(odd)?])
        })
        .unwrap();
    let session = world.logon("work");
    for (uid, expected, words) in [
        (unknown, ErrorCode::NOT_FOUND, "NOTES"),
        (unset, ErrorCode::UNCONFIGURED, "MAPIX_TEST_NO_SUCH_VARIABLE"),
        (odd, ErrorCode::UNCONFIGURED, "`path`"),
    ] {
        let error = session.open_msg_store(uid, OpenStore::default()).unwrap_err();
        assert_eq!(error.code(), expected);
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(session.open_msg_store(uids[0], OpenStore::default()).is_ok());
}

#[test]
fn entry_ids_are_routed_by_uid() {
    let world = World::new();
    let session = world.mapi.session();
    let x = open(&session, "x");
    let y = open(&session, "y");
    let (in_x, in_y) =
        (x.root().unwrap().entry_id().unwrap(), y.root().unwrap().entry_id().unwrap());
    let Object::Folder(folder) = session.open_entry(&in_y).unwrap() else { panic!("a folder") };
    assert_eq!(folder.entry_id().unwrap(), in_y);
    assert_eq!((world.fake.count("open entry x"), world.fake.count("open entry y")), (0, 1));
    assert!(!session.compare_entry_ids(&in_x, &in_y).unwrap());
    assert!(session.compare_entry_ids(&in_x, &in_x).unwrap());
    let foreign = EntryId::new(mapix_core::prop::Guid::unique(), b"x");
    assert_eq!(code(session.open_entry(&foreign)), ErrorCode::UNKNOWN_ENTRYID);
    assert_eq!(code(session.compare_entry_ids(&foreign, &foreign)), ErrorCode::UNKNOWN_ENTRYID);
    drop((y, folder));
    let result = session.open_entry(&in_y);
    assert_eq!(code(result), ErrorCode::UNKNOWN_ENTRYID, "its UID went with the support object");
}

#[test]
fn of_logons_that_share_a_uid_the_first_is_asked() {
    let world = World::new();
    let session = world.mapi.session();
    let uid = mapix_core::prop::Guid::unique();
    *world.fake.uid.lock().unwrap() = Some(uid);
    let first = open(&session, "x");
    let _second = open(&session, "y");
    // It is nothing that a memory store knows: the answer is an error, but whose is seen.
    assert!(session.open_entry(&EntryId::new(uid, b"x")).is_err());
    assert_eq!((world.fake.count("open entry x"), world.fake.count("open entry y")), (1, 0));
    drop(first);
    assert!(session.open_entry(&EntryId::new(uid, b"x")).is_err());
    assert_eq!(world.fake.count("open entry y"), 1, "then the next one is the first");
}

#[test]
fn wrapped_store_entry_ids_open_stores() {
    let world = World::new();
    world.profile("work", &["a"]);
    let uid = world.profiles.read("work").unwrap().providers().next().unwrap().1.uid;
    let session = world.logon("work");
    let store = session.open_msg_store(uid, OpenStore::default()).unwrap();
    let wrapped = store.entry_id().unwrap();
    assert!(wrapped.unwrap_store().is_some(), "clients see it wrapped");
    let section = world.profiles.read("work").unwrap();
    let kept = section.section(uid).unwrap().props().bytes(tags::ENTRYID).map(<[u8]>::to_vec);
    assert_eq!(kept.as_deref(), Some(wrapped.as_bytes()), "and so does the profile");
    let Object::Store(same) = session.open_entry(&wrapped).unwrap() else { panic!("a store") };
    assert_eq!(same.entry_id().unwrap(), wrapped);
    assert!(session.compare_entry_ids(&wrapped, &wrapped).unwrap());
    assert_eq!(world.fake.count("logon a"), 1, "it was open");
    let unknown = EntryId::new(mapix_core::prop::Guid::unique(), b"x").wrap_store("mapix");
    let result = session.open_store_entry(&unknown, OpenStore::default());
    assert_eq!(code(result), ErrorCode::UNKNOWN_ENTRYID);
}

#[test]
fn compare_store_ids_comes_before_any_store_is_open() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let wrapped = store.entry_id().unwrap();
    // The memory store is gone with it; the next one is another, under another entry ID.
    session.logoff();
    let session = world.logon("work");
    let before = world.fake.log().len();
    session.open_store_entry(&wrapped, OpenStore::default()).unwrap();
    let log = world.fake.log();
    let asked = ["provider 1", "compare", "shutdown", "provider released", "provider 2", "logon a"];
    assert_eq!(log[before..before + 6], asked);
    let other = EntryId::new(mapix_core::prop::Guid::unique(), b"x").wrap_store("mapix");
    let result = session.open_store_entry(&other, OpenStore::default());
    assert_eq!(code(result), ErrorCode::UNKNOWN_ENTRYID, "compared, and another");
}

#[test]
fn stores_open_read_only_unless_asked() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert!(!store.can_write());
    let mask = store.props().unwrap().i32(tags::STORE_SUPPORT_MASK).unwrap();
    assert_eq!(mask & (0x8 | 0x10), 0, "neither STORE_MODIFY_OK nor STORE_CREATE_OK");
    drop(store);
    let how = OpenStore { write: true, ..OpenStore::default() };
    assert!(session.open_msg_store(uids[0], how).unwrap().can_write());
}

#[test]
fn flags_of_a_logon_reach_the_provider() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    let how = OpenStore {
        write: true,
        online: true,
        no_mail: true,
        no_dialog: true,
        ..OpenStore::default()
    };
    let _a = session.open_msg_store(uids[0], how).unwrap();
    assert_eq!(world.fake.asked.lock().unwrap().as_ref().unwrap().how, how);
    assert!(world.fake.support("a").is_without_mail());
    let _b = session.open_msg_store(uids[1], OpenStore::default()).unwrap();
    assert_eq!(world.fake.asked.lock().unwrap().as_ref().unwrap().how, OpenStore::default());
    assert!(!world.fake.support("b").is_without_mail());
    let _c = open(&session, "c");
    assert!(
        world.fake.asked.lock().unwrap().as_ref().unwrap().how.temporary,
        "it is in no profile"
    );
}

#[test]
fn no_mail_holds_for_those_who_begin_the_session() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let how = LogonOptions { no_mail: true, allow_others: true, ..LogonOptions::profile("work") };
    let first = world.mapi.logon(&world.profiles, &how).unwrap();
    let second = world.mapi.logon(&world.profiles, &LogonOptions::default()).unwrap();
    assert!(first.is_without_mail() && second.is_without_mail(), "it changes neither side");
    let _store = second.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert!(world.fake.support("a").is_without_mail());
    assert!(!world.logon("work").is_without_mail());
}

#[test]
fn a_logon_is_given_the_entry_id_that_the_profile_knows() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(world.fake.asked.lock().unwrap().as_ref().unwrap().entry_id, None, "not yet");
    let inner = store.entry_id().unwrap().unwrap_store();
    drop(store);
    session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(world.fake.asked.lock().unwrap().as_ref().unwrap().entry_id, inner, "unwrapped");
}

/// A logon that wants the password `open sesame`.
fn locked(world: &World) {
    let fake = Arc::clone(&world.fake);
    let fail = move || match fake.asked.lock().unwrap().as_ref().unwrap().password.as_deref() {
        Some("open sesame") => Ok(()),
        _ => Err(Error::new(ErrorCode::UNCONFIGURED, "what is the password?")),
    };
    *world.fake.in_logon.lock().unwrap() = Some(Arc::new(fail));
}

#[test]
fn the_client_configures_a_service_that_asks_for_it() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    locked(&world);
    let session = world.logon("work");
    session.set_configurer(Arc::new(|service, why| {
        assert!(why.to_string().contains("what is the password?"), "{why}");
        let path = ("path".to_owned(), format!("{}2", service.name));
        Ok([path, ("password".to_owned(), "open sesame".to_owned())].into())
    }));
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(store.info().display_name, "a2");
    let service = world.profiles.read("work").unwrap().services()[0].clone();
    assert_eq!(service.settings["path"], Setting::Text("a2".into()), "it is kept");
    assert!(!service.settings.contains_key("password"), "a secret is not");
    drop(store);
    session.set_configurer(Arc::new(|_, _| panic!("it is known until the session ends")));
    assert!(session.open_msg_store(uids[0], OpenStore::default()).is_ok());
    let how = OpenStore { no_dialog: true, ..OpenStore::default() };
    let error = session.open_msg_store(uids[1], how).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LOGON_FAILED, "nobody was asked");
}

#[test]
fn a_client_that_cancels_or_gives_nonsense_is_no_answer() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    locked(&world);
    let session = world.logon("work");
    session.set_configurer(Arc::new(|_, _| Err(Error::new(ErrorCode::USER_CANCEL, "not now"))));
    let open = || session.open_msg_store(uids[0], OpenStore::default());
    assert_eq!(code(open()), ErrorCode::USER_CANCEL);
    let answer = |name: &'static str, text: &'static str| {
        session.set_configurer(Arc::new(move |_, _| Ok([(name.into(), text.into())].into())));
    };
    answer("password", "open sesame");
    assert!(open().is_ok(), "cancelling disabled nothing");
    let session = world.logon("work");
    session.set_configurer(Arc::new(|_, _| Ok([("colour".into(), "red".into())].into())));
    let error = session.open_msg_store(uids[0], OpenStore::default()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UNCONFIGURED);
    assert!(error.to_string().contains("`colour`"), "{error}");
    let profile = world.profiles.read("work").unwrap();
    assert!(!profile.services()[0].settings.contains_key("colour"), "nothing of it is kept");
}

#[test]
fn a_default_store_must_be_writable() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    // The fake gives a store again that it has open, and this one is open for reading.
    let _reading = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let error = session.set_default_store(Some(uids[0])).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NO_SUPPORT);
    assert!(error.to_string().starts_with("a: "), "{error}");
    assert_eq!(world.profiles.read("work").unwrap().default_store(), None);
    session.set_default_store(Some(uids[1])).unwrap();
    assert_eq!(world.fake.count("logoff b"), 1, "it was opened in passing");
    assert_eq!(world.profiles.read("work").unwrap().default_store(), Some(uids[1]));
    assert_eq!(code(session.set_default_store(Some(Guid::unique()))), ErrorCode::NOT_FOUND);
    session.set_default_store(None).unwrap();
    assert_eq!(code(session.default_store(OpenStore::default())), ErrorCode::NOT_FOUND);
}

#[test]
fn the_tables_of_a_session_tell_of_changed_rows() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    session.set_default_store(Some(uids[0])).unwrap();
    let follow = |table: Table, tags: &[PropTag]| {
        table.set_columns(tags).unwrap();
        let (sender, told) = channel();
        let connection = table.advise(move |notices| {
            notices.iter().for_each(|notice| drop(sender.send(notice.clone())));
        });
        (connection.unwrap(), told)
    };
    let columns = [tags::DISPLAY_NAME, tags::DEFAULT_STORE];
    let (_stores, told) = follow(session.stores_table().unwrap(), &columns);
    session.set_default_store(Some(uids[1])).unwrap();
    let changed = |told: &Receiver<TableNotice>| match told.recv().unwrap() {
        TableNotice::Modified { row, .. } => {
            let values = &row.values;
            (values[0].value.as_text().unwrap().into_owned(), values[1].value.as_bool().unwrap())
        }
        other => panic!("{other:?}"),
    };
    let mut both = [changed(&told), changed(&told)];
    both.sort();
    assert_eq!(both, [("a".into(), false), ("b".into(), true)]);

    let (_status, told) = follow(session.status_table().unwrap(), &[tags::DISPLAY_NAME]);
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert!(matches!(told.recv().unwrap(), TableNotice::Added { .. }));
    drop(store);
    assert!(matches!(told.recv().unwrap(), TableNotice::Deleted { .. }));
}

#[test]
fn a_section_has_one_writer() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let uid = Guid::unique();
    let open = |write| session.open_profile_section(uid, write, false);
    assert_eq!(code(open(false)), ErrorCode::NOT_FOUND);
    let writer = open(true).unwrap();
    for write in [false, true] {
        assert_eq!(code(open(write)), ErrorCode::NO_ACCESS, "somebody writes");
    }
    writer.set(tags::COMMENT, "x").unwrap();
    assert_eq!(code(writer.set(PropTag(0x67F0_001F), "hunter2")), ErrorCode::NO_ACCESS);
    drop(writer);
    let reader = open(false).unwrap();
    assert_eq!(reader.read().unwrap().props().text(tags::COMMENT).as_deref(), Some("x"));
    assert_eq!(code(reader.set(tags::COMMENT, "y")), ErrorCode::NO_ACCESS);
    open(true).unwrap().remove(tags::COMMENT).unwrap();
    assert!(world.profiles.read("work").unwrap().section(uid).unwrap().props().is_empty());
    // That of a provider takes force, and one that is refused leaves nothing behind.
    for write in [false, true] {
        let of_provider = session.open_profile_section(uids[0], write, false);
        assert_eq!(code(of_provider), ErrorCode::NO_ACCESS);
    }
    assert!(session.open_profile_section(uids[0], true, true).is_ok());
    session.logoff();
    assert_eq!(code(reader.read()), ErrorCode::INVALID_OBJECT);
    assert_eq!(code(open(false)), ErrorCode::INVALID_OBJECT);
}

#[test]
fn a_store_is_asked_for_by_the_entry_id_that_its_provider_gave() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let asked = || world.fake.asked.lock().unwrap().clone().unwrap().entry_id;
    let session = world.logon("work");
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(asked(), None, "nobody knows it yet");
    let wrapped = store.entry_id().unwrap();
    session.logoff();
    let session = world.logon("work");
    let _store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(asked(), Some(wrapped.unwrap_store().unwrap()), "the private one");
}

#[test]
fn a_logon_registers_before_the_session_shows_it() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = Arc::new(world.logon("work"));
    let table = session.status_table().unwrap();
    let (profiles, shown) = (world.profiles.clone(), Arc::new(AtomicUsize::new(9)));
    let seen = Arc::clone(&shown);
    let own = uids[0];
    let look = move || {
        // While the provider is in its logon: no row, and nothing of it in the profile.
        seen.store(table.query_all(Query::default())?.len(), Ordering::SeqCst);
        assert!(profiles.read("work")?.section(own)?.props().is_empty());
        Ok(())
    };
    *world.fake.in_logon.lock().unwrap() = Some(Arc::new(look));
    let store = session.open_msg_store(own, OpenStore::default()).unwrap();
    assert_eq!(shown.load(Ordering::SeqCst), 0);
    assert_eq!(session.status_table().unwrap().query_all(Query::default()).unwrap().len(), 1);
    let section = world.profiles.read("work").unwrap().section(own).unwrap().clone();
    let props = section.props();
    assert_eq!(props.bytes(tags::ENTRYID), Some(store.entry_id().unwrap().as_bytes()));
    assert_eq!(props.text(tags::DISPLAY_NAME).as_deref(), Some("a"));
    assert_eq!(props.bytes(tags::RECORD_KEY), Some(&store.info().uid.0[..]));
    assert!(props.text(tags::PROVIDER_DISPLAY).is_some());
}

#[test]
fn the_access_level_tells_what_a_handle_may_do() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    for write in [false, true] {
        let session = world.logon("work");
        let how = OpenStore { write, ..OpenStore::default() };
        let store = session.open_msg_store(uids[0], how).unwrap();
        let Object::Folder(root) =
            session.open_entry(&store.root().unwrap().entry_id().unwrap()).unwrap()
        else {
            panic!("a folder")
        };
        let level = root.get(tags::ACCESS_LEVEL).unwrap().unwrap().as_i32();
        assert_eq!(level, Some(i32::from(write)));
        assert_eq!(root.set(tags::COMMENT, "x").is_ok(), write);
        assert_eq!(root.create_folder("new", false).is_ok(), write);
    }
}
