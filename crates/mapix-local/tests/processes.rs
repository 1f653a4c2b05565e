//! Many processes on one store: this test runs itself.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mapix_conformance::{sample, walk};
use mapix_core::ErrorCode;
use mapix_core::prop::{PropBag, tags};
use mapix_core::query::PlainOnly;
use mapix_core::store::{Change, MessageStore, MessageUpdate, ObjectChange, ObjectRef, RowSource};
use mapix_local::{LocalStore, care};

/// What a child is to do, on which store, with which argument.
const JOB: &str = "MAPIX_TEST_JOB";

fn child(job: &str, store: &Path, argument: &str) -> Child {
    let name = "children_do_their_jobs";
    Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--quiet"])
        .env(JOB, job)
        .env("MAPIX_TEST_STORE", store)
        .env("MAPIX_TEST_ARGUMENT", argument)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn finish(children: Vec<Child>) {
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// Does nothing in the parent.
#[test]
fn children_do_their_jobs() {
    let Ok(job) = std::env::var(JOB) else { return };
    let store = std::env::var_os("MAPIX_TEST_STORE").unwrap();
    let argument: u64 = std::env::var("MAPIX_TEST_ARGUMENT").unwrap().parse().unwrap();
    match job.as_str() {
        "create" => drop(LocalStore::create(store).unwrap()),
        "write" => write(&LocalStore::open_for_writing(store).unwrap(), argument),
        "count" => count(&LocalStore::open_for_writing(store).unwrap(), argument),
        "name" => name(&LocalStore::open_for_writing(store).unwrap()),
        "write for ever" => loop {
            write(&LocalStore::open_for_writing(&store).unwrap(), argument);
        },
        other => panic!("{other} is no job"),
    }
}

/// Makes 50 messages, one after the other, and a few changes.
fn write(store: &LocalStore, folder: u64) {
    for number in 0..50 {
        let content = sample::note(&format!("message {number}"));
        let message = sample::message(store, folder, content).unwrap();
        if number % 5 == 0 {
            store.commit(vec![Change::DeleteMessage { message, soft: number % 2 == 0 }]).unwrap();
        }
    }
}

/// Adds one to a number in a message, 50 times; whoever was slower tries again.
fn count(store: &LocalStore, message: u64) {
    let mut done = 0;
    while done < 50 {
        let stamp = store.stamp(message).unwrap();
        let bag = store.properties(&ObjectRef::message(message), 4096).unwrap();
        let mut set = PropBag::new();
        set.set(tags::OWNER_APPT_ID, bag.i32(tags::OWNER_APPT_ID).unwrap_or(0) + 1);
        let update = MessageUpdate { set, ..MessageUpdate::default() };
        match store.commit(vec![Change::UpdateMessage { message, expected: Some(stamp), update }]) {
            Ok(_) => done += 1,
            Err(error) => assert_eq!(error.code(), ErrorCode::OBJECT_CHANGED, "{error}"),
        }
    }
}

fn name(store: &LocalStore) {
    use mapix_core::prop::{PropName, guids};
    let names: Vec<_> = (0..100).map(|id| PropName::id(guids::PSETID_COMMON, id)).collect();
    for name in &names {
        store.name_ids(std::slice::from_ref(name), true).unwrap();
    }
}

#[test]
fn many_processes_write_at_once_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("many.mapix");
    // Whoever is first makes the store.
    finish((0..3).map(|_| child("create", &path, "0")).collect());
    let store = LocalStore::open_for_writing(&path).unwrap();
    let folder = sample::folder(&store, 1, "shared").unwrap();
    let counter = sample::message(&store, folder, sample::note("counter")).unwrap();
    let cursor = store.changes_since(0).unwrap().cursor;
    let mut children: Vec<Child> =
        (0..3).map(|_| child("write", &path, &folder.to_string())).collect();
    children.extend((0..3).map(|_| child("count", &path, &counter.to_string())));
    children.extend((0..2).map(|_| child("name", &path, "0")));
    finish(children);
    let bag = store.properties(&ObjectRef::message(counter), 4096).unwrap();
    assert_eq!(bag.i32(tags::OWNER_APPT_ID), Some(150), "no update was lost");
    let shown = walk::row_ids(&store, &RowSource::Contents(folder)).unwrap();
    assert_eq!(shown.len(), 3 * 40 + 1);
    assert_eq!(walk::row_ids(&store, &RowSource::Deleted(folder)).unwrap().len(), 3 * 5);
    assert_eq!(store.all_names().unwrap().len(), 100);
    let changes = store.changes_since(cursor).unwrap();
    assert!(!changes.lost);
    let made = changes.events.iter().filter(|event| event.change == ObjectChange::Created);
    assert_eq!(made.count(), 150);
    let report =
        care::check(
            &path,
            false,
            10,
            Some(&PlainOnly),
            &mut || std::ops::ControlFlow::Continue(()),
        );
    assert!(report.unwrap().findings.is_empty());
}

#[test]
fn commits_of_another_process_wake_whoever_waits() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wake.mapix");
    let folder = {
        let store = LocalStore::create(&path).unwrap();
        sample::folder(&store, 1, "shared").unwrap()
    };
    // Opened for reading: notifications do not need more.
    let store = LocalStore::open(&path).unwrap();
    let mut cursor = store.changes_since(0).unwrap().cursor;
    let children = vec![child("write", &path, &folder.to_string())];
    let mut made = 0;
    while made < 50 {
        assert!(store.wait_for_changes(cursor, Duration::from_secs(60)).unwrap());
        let changes = store.changes_since(cursor).unwrap();
        let created =
            |event: &&mapix_core::store::ChangeEvent| event.change == ObjectChange::Created;
        made += changes.events.iter().filter(created).count();
        cursor = changes.cursor;
    }
    finish(children);
}

#[test]
fn a_killed_process_holds_nothing_up_and_leaves_nothing_half_done() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("killed.mapix");
    let store = LocalStore::create(&path).unwrap();
    let folder = sample::folder(&store, 1, "shared").unwrap();
    let mut cursor = store.changes_since(0).unwrap().cursor;
    for _ in 0..5 {
        let mut other = child("write for ever", &path, &folder.to_string());
        // In the midst of its work, wherever that is.
        assert!(store.wait_for_changes(cursor, Duration::from_secs(60)).unwrap());
        other.kill().unwrap();
        other.wait().unwrap();
        sample::message(&store, folder, sample::note("after")).unwrap();
        cursor = store.changes_since(0).unwrap().cursor;
        let report = care::check(&path, false, 10, Some(&PlainOnly), &mut || {
            std::ops::ControlFlow::Continue(())
        });
        assert!(report.unwrap().findings.is_empty());
    }
}
