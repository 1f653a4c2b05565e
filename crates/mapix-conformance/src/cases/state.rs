//! What changes in and around messages without changing them.

use mapix_core::ErrorCode;
use mapix_core::prop::{PropBag, PropTag, tags};
use mapix_core::store::{Capability, Change, MessageStore, MessageUpdate, ObjectRef, RowSource};

use super::commit::retitle;
use super::{assert_fails, cases};
use crate::{Need, Outcome, Subject, image, walk};

cases! {
    "commit";
    soft_deletes_can_be_restored: Need::Able(Capability::WRITE.and(Capability::SOFT_DELETE));
    status_is_not_a_change: Need::Able(Capability::WRITE);
    counts_are_true: Need::Able(Capability::WRITE);
}

fn soft_deletes_can_be_restored(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let shown = |source| walk::row_ids(store.as_ref(), &source);
    let (message, hidden) = (sample.report, sample.hidden);
    let deleted = RowSource::Deleted(sample.inbox);
    let contents = RowSource::Contents(sample.inbox);
    assert_eq!(shown(deleted.clone())?, []);
    let before = image::of(store.as_ref())?;
    let listed = shown(contents.clone())?;
    let delete = |message, soft| Change::DeleteMessage { message, soft };
    store.commit(vec![delete(message, true), delete(hidden, true)])?;

    let mut found = shown(deleted.clone())?;
    found.sort_unstable();
    let mut both = [message, hidden];
    both.sort_unstable();
    assert_eq!(found, both);
    for folder in walk::tree(store.as_ref())?.folders {
        assert!(!shown(RowSource::Contents(folder))?.contains(&message));
        assert!(!shown(RowSource::Associated(folder))?.contains(&hidden));
        assert!(folder == sample.inbox || shown(RowSource::Deleted(folder))?.is_empty());
    }
    // It is still there.
    let subject_of = |message| store.properties(&ObjectRef::message(message), 4096);
    assert_eq!(subject_of(message)?.text(tags::SUBJECT).as_deref(), Some("Quarterly report"));
    assert_eq!(store.parent(message)?, Some(sample.inbox));
    let items = walk::inventory(store.as_ref())?;
    assert_eq!(items.iter().filter(|item| item.id == message).count(), 1);
    for change in [
        retitle(message, None, "late"),
        Change::MoveMessage { message, to: sample.empty },
        Change::SetMessageStatus { message, mask: 1, status: 1 },
    ] {
        assert_fails(store.commit(vec![change]), ErrorCode::OBJECT_DELETED);
    }

    let restore = |message| Change::RestoreMessage { message };
    store.commit(vec![restore(message), restore(hidden)])?;
    assert_eq!(shown(deleted.clone())?, []);
    assert_eq!(shown(contents)?, listed);
    assert_eq!(shown(RowSource::Associated(sample.inbox))?, [hidden]);
    image::assert_same(&before, &image::of(store.as_ref())?);
    assert_fails(store.commit(vec![restore(message)]), ErrorCode::NOT_FOUND);

    // The second time it is gone, and so it is with its folder.
    store.commit(vec![delete(message, true)])?;
    store.commit(vec![delete(message, true)])?;
    assert_fails(subject_of(message), ErrorCode::NOT_FOUND);
    assert_fails(store.commit(vec![restore(message)]), ErrorCode::OBJECT_DELETED);
    store.commit(vec![delete(sample.note, true)])?;
    store.commit(vec![Change::DeleteFolder { folder: sample.inbox }])?;
    assert_fails(subject_of(sample.note), ErrorCode::NOT_FOUND);
    Ok(())
}

fn status_is_not_a_change(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let message = sample.note;
    let bag = || store.properties(&ObjectRef::message(message), u64::MAX);
    let set = |mask, status| {
        store.commit(vec![Change::SetMessageStatus { message, mask, status }]).map(drop)
    };
    let (before, stamp) = (bag()?, store.stamp(message)?);
    set(0x1F, 0x06)?;
    assert_eq!(bag()?.i32(tags::MSG_STATUS), Some(0x06));
    set(0x03, 0x01)?;
    assert_eq!(bag()?.i32(tags::MSG_STATUS), Some(0x05), "the other bits stay");
    let rows =
        walk::rows(store.as_ref(), &RowSource::Contents(sample.inbox), Some(&[tags::MSG_STATUS]))?;
    let row = rows.into_iter().flatten().find(|row| row.id == message).ok_or("it has no row")?;
    assert_eq!(row.props.i32(tags::MSG_STATUS), Some(0x05));
    assert_eq!(store.stamp(message)?, stamp);
    let mut after = bag()?;
    after.remove(tags::MSG_STATUS.id());
    let mut before = before;
    before.remove(tags::MSG_STATUS.id());
    assert_eq!(after, before);
    // Whoever opened it before may still save it.
    store.commit(vec![retitle(message, Some(stamp), "saved")])?;
    assert_eq!(bag()?.i32(tags::MSG_STATUS), Some(0x05));
    let gone = Change::SetMessageStatus { message: sample.inbox, mask: 1, status: 1 };
    assert_fails(store.commit(vec![gone]), ErrorCode::NOT_FOUND);
    Ok(())
}

/// Compares the counts of every folder with its tables, in its properties and in its row.
fn check_counts(store: &dyn MessageStore, after: &str) -> Outcome {
    const COUNTS: [PropTag; 4] =
        [tags::CONTENT_COUNT, tags::CONTENT_UNREAD, tags::ASSOC_CONTENT_COUNT, tags::SUBFOLDERS];
    for folder in walk::tree(store)?.folders {
        let flags = [tags::MESSAGE_FLAGS];
        let rows = walk::rows(store, &RowSource::Contents(folder), Some(&flags))?;
        let unread = rows
            .iter()
            .flatten()
            .filter(|row| row.props.i32(tags::MESSAGE_FLAGS).unwrap_or(0) & 1 == 0);
        let associated = walk::row_ids(store, &RowSource::Associated(folder))?.len();
        let folders = !walk::row_ids(store, &RowSource::Hierarchy(folder))?.is_empty();
        let expected = (
            Some(rows.len() as i32),
            Some(unread.count() as i32),
            Some(associated as i32),
            Some(folders),
        );
        let counts = |bag: &PropBag| {
            let [content, unread, associated, folders] = COUNTS;
            let folders = bag.get(folders).and_then(mapix_core::prop::Value::as_bool);
            (bag.i32(content), bag.i32(unread), bag.i32(associated), folders)
        };
        let own = store.properties(&ObjectRef::Folder(folder), 4096)?;
        assert_eq!(counts(&own), expected, "folder {folder} after {after}");
        let Some(parent) = store.parent(folder)? else { continue };
        let rows = walk::rows(store, &RowSource::Hierarchy(parent), Some(&COUNTS))?;
        let row = rows.into_iter().flatten().find(|row| row.id == folder);
        let row = row.ok_or("a folder without a row")?;
        assert_eq!(counts(&row.props), expected, "row of folder {folder} after {after}");
    }
    Ok(())
}

fn counts_are_true(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    check_counts(store.as_ref(), "the sample")?;
    let flags = |flags: i32| {
        let mut set = PropBag::new();
        set.set(tags::MESSAGE_FLAGS, flags);
        MessageUpdate { set, ..MessageUpdate::default() }
    };
    let update = |message, update| Change::UpdateMessage { message, expected: None, update };
    let without = MessageUpdate { delete: vec![tags::MESSAGE_FLAGS.id()], ..flags(0) };
    let without = MessageUpdate { set: PropBag::new(), ..without };
    let mut lies = PropBag::new();
    lies.set(tags::CONTENT_COUNT, 77);
    lies.set(tags::SUBFOLDERS, false);
    let new =
        |associated, content| Change::CreateMessage { folder: sample.empty, associated, content };
    let steps = vec![
        new(false, flags(1)),
        new(false, flags(0)),
        new(true, flags(0)),
        update(sample.note, flags(0)),
        update(sample.report, without),
        update(sample.note, flags(1 | 0x10)),
        Change::MoveMessage { message: sample.report, to: sample.archive },
        Change::MoveMessage { message: sample.hidden, to: sample.empty },
        Change::DeleteMessage { message: sample.note, soft: true },
        Change::DeleteMessage { message: sample.every_type, soft: false },
        Change::MoveFolder { folder: sample.archive, to: sample.empty },
        Change::UpdateFolder { folder: sample.empty, set: lies, delete: Vec::new() },
        Change::DeleteFolder { folder: sample.projects },
        Change::DeleteFolder { folder: sample.archive },
    ];
    for step in steps {
        let text = format!("{step:?}");
        store.commit(vec![step])?;
        check_counts(store.as_ref(), &text)?;
    }
    if store.info().capability.has(Capability::SOFT_DELETE) {
        store.commit(vec![Change::RestoreMessage { message: sample.note }])?;
        check_counts(store.as_ref(), "a restore")?;
    }
    let store = subject.reopen(store)?;
    check_counts(store.as_ref(), "opening it again")
}
