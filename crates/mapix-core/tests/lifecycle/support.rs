//! Section 7: the support object.

use std::ops::ControlFlow;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use mapix_core::notify::{EventMask, Notice};
use mapix_core::prop::{CodePage, Guid, PropBag, tags};
use mapix_core::{
    Contents, EntryId, Error, ErrorCode, Folder, Message, Object, OneOff, OpenStore, SyncSink,
};

use crate::fake::{World, code, events, lines, open};

fn missed(count: u64) -> Notice {
    Notice::Missed { count: Some(count) }
}

#[test]
fn the_support_object_opens_its_own_section() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    let session = world.logon("work");
    let store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let support = world.fake.support("a");
    support.change_section(|section| section.set(tags::COMMENT, "kept")).unwrap();
    let profile = world.profiles.read("work").unwrap();
    let section = profile.section(uids[0]).unwrap();
    assert_eq!(section.props().text(tags::COMMENT).as_deref(), Some("kept"));
    assert_eq!(support.section().unwrap(), *section);
    drop(store);
    assert_eq!(code(support.section()), ErrorCode::INVALID_OBJECT, "it is released");
}

#[test]
fn status_rows_come_and_go_with_the_support_object() {
    let world = World::new();
    let session = world.mapi.session();
    let count = || session.status_table().unwrap().row_count().unwrap().value;
    let store = open(&session, "x");
    assert_eq!(count(), 1);
    let support = world.fake.support("x");
    let mut row = PropBag::new();
    row.set(tags::DISPLAY_NAME, "busy");
    support.modify_status_row(&row);
    let table = session.status_table().unwrap();
    let shown = table.query_rows(1, false).unwrap();
    assert_eq!(shown[0].values[0].value.as_text().as_deref(), Some("busy"));
    drop(store);
    assert_eq!(count(), 0);
    support.modify_status_row(&row);
    support.set_provider_uid(Guid::unique());
    assert_eq!(count(), 0, "nothing comes after the end");
}

#[test]
fn subscriptions_are_told_under_the_identical_key() {
    let world = World::new();
    let session = world.mapi.session();
    let store = open(&session, "x");
    let support = world.fake.support("x");
    let (sender, receiver) = channel();
    let sink = move |notices: &[Notice]| {
        notices.iter().for_each(|notice| drop(sender.send(notice.clone())));
    };
    let connection = support.subscribe(b"key", EventMask::ALL, Arc::new(sink)).unwrap();
    assert_ne!(connection, 0);
    support.notify(b"other", &[missed(1)]).unwrap();
    support.notify(b"key", &[missed(2), missed(3)]).unwrap();
    assert_eq!([receiver.recv().unwrap(), receiver.recv().unwrap()], [missed(2), missed(3)]);
    support.unsubscribe(connection).unwrap();
    assert_eq!(code(support.unsubscribe(connection)), ErrorCode::NOT_FOUND);
    assert!(receiver.recv().is_err(), "the sink is released");
    let nothing = Arc::new(|_: &[Notice]| ());
    let result = support.subscribe(b"", EventMask::ALL, nothing);
    assert_eq!(code(result), ErrorCode::INVALID_PARAMETER, "a key is never empty");
    drop(store);
}

#[test]
fn callbacks_are_called_inside_the_call_that_tells() {
    let world = World::new();
    let session = world.mapi.session();
    let _store = open(&session, "x");
    let support = world.fake.support("x");
    let called = Arc::new(Mutex::new(Vec::new()));
    let subscribe = |name: &'static str, answer: ControlFlow<()>| {
        let (called, support) = (Arc::clone(&called), Arc::clone(&support));
        let callback = move |notices: &[Notice]| {
            // Another callback is not called from here; who is told later is.
            assert_eq!(code(support.notify(b"key", notices)), ErrorCode::CALL_FAILED);
            assert!(support.notify(b"other", notices).unwrap());
            called.lock().unwrap().push(name);
            answer
        };
        let callback: Arc<SyncSink> = Arc::new(callback);
        world.fake.support("x").subscribe_sync(b"key", EventMask::ALL, callback).unwrap()
    };
    let first = subscribe("first", ControlFlow::Continue(()));
    let second = subscribe("second", ControlFlow::Break(()));
    subscribe("third", ControlFlow::Continue(()));
    assert!(!support.notify(b"key", &[missed(1)]).unwrap(), "one wanted no more");
    assert_eq!(std::mem::take(&mut *called.lock().unwrap()), ["first", "second"]);
    support.unsubscribe(second).unwrap();
    support.unsubscribe(first).unwrap();
    assert!(support.notify(b"key", &[missed(1)]).unwrap());
    assert_eq!(*called.lock().unwrap(), ["third"]);
}

#[test]
fn short_term_entry_ids_tell_that_they_are() {
    let world = World::new();
    let session = world.mapi.session();
    let store = open(&session, "x");
    let long = store.root().unwrap().entry_id().unwrap();
    assert!(!long.is_short_term(), "what is given to keep can be kept");
    let mut bytes = long.as_bytes().to_vec();
    bytes[0] = 0xFF;
    let short = EntryId::from_bytes(&bytes).unwrap();
    assert!(short.is_short_term());
    assert_eq!((short.provider(), short.private()), (long.provider(), long.private()));
    // Whom it belongs to is told by its UID, as ever; what it means is the provider's affair.
    let asked = world.fake.count("open entry x");
    let _ = session.open_entry(&short);
    assert_eq!(world.fake.count("open entry x"), asked + 1);
}

#[test]
fn subscriptions_end_with_the_support_object() {
    let world = World::new();
    let session = world.mapi.session();
    let store = open(&session, "x");
    let support = world.fake.support("x");
    let (sender, receiver) = channel::<()>();
    let sink = move |_: &[Notice]| sender.send(()).unwrap();
    support.subscribe(b"key", EventMask::ALL, Arc::new(sink)).unwrap();
    drop(store);
    assert!(receiver.recv().is_err(), "the sink is released, and was never called");
    let result = support.notify(b"key", &[missed(1)]);
    assert_eq!(code(result), ErrorCode::INVALID_OBJECT);
}

#[test]
fn new_uids_are_new() {
    let world = World::new();
    let session = world.mapi.session();
    let _store = open(&session, "x");
    let support = world.fake.support("x");
    assert_ne!(support.new_uid(), support.new_uid());
}

#[test]
fn changes_of_a_section_come_one_after_the_other() {
    const THREADS: i32 = 8;
    const EACH: i32 = 50;
    let world = World::new();
    let session = world.mapi.session();
    let _store = open(&session, "x");
    let support = world.fake.support("x");
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let more = |section: &mut mapix_core::profile::Section| {
                        let count = section.props().i32(tags::CONTENT_COUNT).unwrap_or(0);
                        std::thread::yield_now();
                        section.set(tags::CONTENT_COUNT, count + 1)
                    };
                    support.change_section(more).unwrap();
                }
            });
        }
    });
    let count = support.section().unwrap().props().i32(tags::CONTENT_COUNT);
    assert_eq!(count, Some(THREADS * EACH), "none is lost");
}

#[test]
fn the_support_object_opens_other_sections() {
    let world = World::new();
    let uids = world.profile("work", &["a", "b"]);
    let session = world.logon("work");
    let _store = session.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let support = world.fake.support("a");
    let own = Guid::unique();
    assert_eq!(code(support.section_of(own)), ErrorCode::NOT_FOUND);
    for uid in [own, uids[1]] {
        support.change_section_of(uid, |section| section.set(tags::COMMENT, "x")).unwrap();
        let section = support.section_of(uid).unwrap();
        assert_eq!(section.props().text(tags::COMMENT).as_deref(), Some("x"));
        let profile = world.profiles.read("work").unwrap();
        assert_eq!(*profile.section(uid).unwrap(), section);
    }
}

#[test]
fn the_support_object_opens_entries_of_all_stores() {
    let world = World::new();
    let session = world.mapi.session();
    let (x, y) = (open(&session, "x"), open(&session, "y"));
    let support = world.fake.support("x");
    let in_y = y.root().unwrap().entry_id().unwrap();
    let in_x = x.root().unwrap().entry_id().unwrap();
    let Object::Folder(folder) = support.open_entry(&in_y).unwrap() else { panic!("a folder") };
    assert_eq!(folder.entry_id().unwrap(), in_y);
    drop(folder);
    assert!(support.compare_entry_ids(&in_y, &in_y).unwrap());
    assert!(!support.compare_entry_ids(&in_x, &in_y).unwrap());
    let Object::Store(store) = support.open_entry(&y.entry_id().unwrap()).unwrap() else {
        panic!("a store")
    };
    assert_eq!(store.info().display_name, "y");
    drop((store, y));
    assert_eq!(code(support.open_entry(&in_y)), ErrorCode::UNKNOWN_ENTRYID, "it is closed");
    drop(x);
    assert_eq!(code(support.open_entry(&in_x)), ErrorCode::INVALID_OBJECT, "it is released");
}

#[test]
fn the_support_object_tells_its_last_error() {
    let world = World::new();
    let session = world.mapi.session();
    let _store = open(&session, "x");
    let support = world.fake.support("x");
    assert_eq!(support.last_error(ErrorCode::UNKNOWN_ENTRYID), None);
    let foreign = EntryId::new(Guid::unique(), b"x");
    let error = support.open_entry(&foreign).unwrap_err();
    assert_eq!(support.last_error(ErrorCode::UNKNOWN_ENTRYID), Some(error.to_string()));
    assert_eq!(support.last_error(ErrorCode::NO_ACCESS), None, "it is of another error");
}

#[test]
fn a_provider_makes_its_store_invalid() {
    let world = World::new();
    let session = world.mapi.session();
    let events = events(&session);
    let (x, y) = (open(&session, "x"), open(&session, "y"));
    let root = x.root().unwrap();
    world.fake.support("x").make_invalid().unwrap();
    assert_eq!(code(root.name()), ErrorCode::INVALID_OBJECT);
    assert!(x.logoff().result.is_ok(), "waits for the end, and does not begin another one");
    assert_eq!(world.fake.count("logoff x"), 1);
    assert!(y.root().is_ok(), "the others go on");
    let released = lines(&events).iter().filter(|line| *line == "support released: x").count();
    assert_eq!(released, 1);
}

#[test]
fn recipients_are_expanded_and_folded() {
    let world = World::new();
    let session = world.mapi.session();
    let store =
        session.attach(Arc::new(mapix_core::store::MemoryStore::new("mail")), true).unwrap();
    let _other = open(&session, "x");
    let support = world.fake.support("x");
    let message = store.root().unwrap().create_message().unwrap();
    let recipient = |kind: i32, name: &str, address: &str| {
        let mut props = PropBag::new();
        props.set(tags::RECIPIENT_TYPE, kind);
        props.set(tags::DISPLAY_NAME, name);
        props.set(tags::ADDRTYPE, "SMTP");
        props.set(tags::EMAIL_ADDRESS, address);
        props
    };
    let mut one_off = PropBag::new();
    one_off.set(tags::RECIPIENT_TYPE, 2);
    let cleo = OneOff::new("Cleo", "SMTP", "cleo@example.org");
    one_off.set(tags::ENTRYID, support.create_one_off(&cleo).as_bytes());
    let mut nobody = PropBag::new();
    nobody.set(tags::DISPLAY_NAME, "nobody");
    let all = vec![
        recipient(3, "Ann", "ann@example.org"),
        recipient(1, "Ann W.", "Ann@Example.ORG"),
        one_off,
        nobody.clone(),
        recipient(2, "Ben", "ben@example.org"),
        recipient(2, "Benjamin", "ben@example.org"),
        nobody,
    ];
    message.set_recipients(all).unwrap();
    assert_eq!(support.expand_recips(&message).unwrap(), 2);
    let (left, _) = message.recipients().unwrap().into_parts();
    let names: Vec<_> = left.iter().map(mapix_core::Recipient::name).collect();
    assert_eq!(names, ["Ann W.", "Cleo", "nobody", "Ben", "nobody"]);
    assert_eq!(left[1].props.text(tags::EMAIL_ADDRESS).as_deref(), Some("cleo@example.org"));
    let id = EntryId::from_bytes(left[0].props.bytes(tags::ENTRYID).unwrap()).unwrap();
    let ann = OneOff::read(&id, CodePage::WESTERN).unwrap();
    assert_eq!(ann, OneOff::new("Ann W.", "SMTP", "Ann@Example.ORG"));
    assert_eq!(support.expand_recips(&message).unwrap(), 0, "twice changes nothing");
}

/// A store with a folder of three messages and a folder in it, and a second, empty store.
fn two_stores(session: &mapix_core::Session) -> (Folder, Folder) {
    let attach = |name| {
        let store = std::sync::Arc::new(mapix_core::store::MemoryStore::new(name));
        session.attach(store, true).unwrap().root().unwrap()
    };
    let (from, to) = (attach("from"), attach("to"));
    let folder = from.create_folder("Mail", false).unwrap();
    folder.create_folder("Old", false).unwrap();
    for subject in ["one", "two", "three"] {
        let message = folder.create_message().unwrap();
        message.set(tags::SUBJECT, subject).unwrap();
        message.save().unwrap();
    }
    (folder, to)
}

fn subjects(folder: &Folder) -> Vec<String> {
    let messages = folder.messages(Contents::Normal).unwrap();
    messages.map(|message| message.unwrap().text(tags::SUBJECT).unwrap().unwrap()).collect()
}

fn numbers(folder: &Folder) -> Vec<u64> {
    let rows = folder.message_rows(Contents::Normal, &[]).unwrap();
    rows.into_iter().map(|row| row.unwrap().id).collect()
}

#[test]
fn the_support_object_copies_and_tells_how_far_it_is() {
    let world = World::new();
    let session = world.mapi.session();
    let _store = open(&session, "x");
    let support = world.fake.support("x");
    let (mail, to) = two_stores(&session);
    let mut told = Vec::new();
    let mut tell = |done, total| {
        told.push((done, total));
        Ok(())
    };
    let copied = support.copy_folder(&mail, &to, Some("Copy"), true, &mut tell).unwrap();
    assert!(copied.completion.failed.is_empty(), "{:?}", copied.completion.failed);
    assert_eq!(told, [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
    assert_eq!(subjects(&copied.folder), ["one", "two", "three"]);
    assert!(copied.folder.folder("Old").is_ok());
    let mut last = (0, 0);
    let mut tell = |done, total| {
        last = (done, total);
        Ok(())
    };
    let moved = support.copy_messages(&mail, &numbers(&mail), &to, true, &mut tell).unwrap();
    assert_eq!((moved.done, last), (3, (3, 3)));
    assert_eq!((subjects(&mail).len(), subjects(&to).len()), (0, 3));
    let moved = support.move_folder(&mail, &to, &mut |_, _| Ok(())).unwrap();
    assert!(moved.failed.is_empty());
    assert!(to.folder("Mail").unwrap().folder("Old").is_ok());
    assert_eq!(
        code(support.copy_folder(&to, &to, None, true, &mut |_, _| Ok(()))),
        ErrorCode::NO_SUPPORT
    );
}

#[test]
fn a_copy_that_is_stopped_tells_what_it_left() {
    let world = World::new();
    let session = world.mapi.session();
    let _store = open(&session, "x");
    let support = world.fake.support("x");
    let (mail, to) = two_stores(&session);
    let mut stop = |done, _| match done {
        2 => Err(Error::new(ErrorCode::USER_CANCEL, "enough")),
        _ => Ok(()),
    };
    let all = numbers(&mail);
    let copied = support.copy_messages(&mail, &all, &to, false, &mut stop).unwrap();
    assert_eq!((copied.done, subjects(&to)), (2, vec!["one".to_owned(), "two".to_owned()]));
    let [(left, why)] = &copied.failed[..] else { panic!("{:?}", copied.failed) };
    assert_eq!((*left, why.code()), (all[2], ErrorCode::USER_CANCEL));
    let copied = support.copy_folder(&mail, &to, None, true, &mut stop).unwrap();
    assert_eq!(copied.completion.done, 1);
    assert_eq!(copied.completion.failed.len(), 3, "two messages and a folder");
    // A move to another store deletes nothing then.
    let moved = support.move_folder(&mail, &to.folder("Mail").unwrap(), &mut stop).unwrap();
    assert!(!moved.failed.is_empty());
    assert_eq!(subjects(&mail).len(), 3);
}

#[test]
fn the_support_object_copies_properties() {
    let world = World::new();
    let session = world.mapi.session();
    let _store = open(&session, "x");
    let support = world.fake.support("x");
    let (mail, to) = two_stores(&session);
    let from = mail.create_message().unwrap();
    for (tag, text) in [(tags::SUBJECT, "s"), (tags::BODY, "b"), (tags::COMMENT, "c")] {
        from.set(tag, text).unwrap();
    }
    from.set_recipients(vec![PropBag::new()]).unwrap();
    let texts = |message: &Message| {
        [tags::SUBJECT, tags::BODY, tags::COMMENT].map(|tag| message.text(tag).unwrap())
    };
    let copy = to.create_message().unwrap();
    support.do_copy_props(&from, &[tags::SUBJECT, tags::COMMENT], &copy).unwrap();
    assert_eq!(texts(&copy), [Some("s".into()), None, Some("c".into())]);
    assert_eq!(copy.recipients().unwrap().into_parts().0.len(), 0);
    let copy = to.create_message().unwrap();
    support.do_copy_to(&from, &[tags::COMMENT], &copy).unwrap();
    assert_eq!(texts(&copy), [Some("s".into()), Some("b".into()), None]);
    assert_eq!(copy.recipients().unwrap().into_parts().0.len(), 1);
    assert_eq!(code(support.do_copy_props(&from, &[], &copy)), ErrorCode::INVALID_PARAMETER);
}

#[test]
fn the_section_of_a_temporary_store_goes_with_it() {
    let world = World::new();
    let session = world.mapi.session();
    let (x, _y) = (open(&session, "x"), open(&session, "y"));
    let (own, other) = (world.fake.support("x"), world.fake.support("y"));
    own.change_section(|section| section.set(tags::COMMENT, "x")).unwrap();
    assert!(other.section_of(own.section_uid()).is_ok());
    drop(x);
    assert_eq!(code(other.section_of(own.section_uid())), ErrorCode::NOT_FOUND);
    assert_eq!(code(own.section()), ErrorCode::INVALID_OBJECT);
}
