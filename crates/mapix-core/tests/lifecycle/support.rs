//! Section 7: the support object.

use std::sync::Arc;
use std::sync::mpsc::channel;

use mapix_core::notify::{EventMask, Notice};
use mapix_core::prop::{Guid, PropBag, tags};
use mapix_core::{ErrorCode, OpenStore};

use crate::fake::{World, code, open};

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
