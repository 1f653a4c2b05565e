use std::collections::BTreeSet;

use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{
    Capability, Change, ChangeEvent, Changes, ItemKind, MessageUpdate, ObjectChange,
};

use super::cases;
use super::commit::retitle;
use crate::{Need, Outcome, Subject, sample, walk};

cases! {
    "changes";
    changes_name_every_object: Need::Able(Capability::WRITE);
    changes_start_at_the_cursor: Need::Nothing;
    changes_tell_what_happened: Need::Able(Capability::WRITE);
    changes_say_what_was_lost: Need::Able(Capability::WRITE);
}

fn changes_name_every_object(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let mut set = PropBag::new();
    set.set(tags::COMMENT, "changed");
    let root = store.info().root;
    let new =
        |folder| Change::CreateMessage { folder, associated: false, content: sample::note("new") };
    let folder = |parent| Change::CreateFolder {
        parent,
        search: false,
        properties: set.clone(),
        copy_of: None,
    };
    let steps: Vec<(Change, Vec<u64>)> = vec![
        (new(sample.empty), vec![sample.empty]),
        (folder(sample.empty), vec![sample.empty]),
        (retitle(sample.note, None, "changed"), vec![sample.note, sample.inbox]),
        (
            Change::UpdateFolder { folder: sample.inbox, set: set.clone(), delete: Vec::new() },
            vec![sample.inbox, root],
        ),
        (Change::UpdateStore { set: set.clone(), delete: Vec::new() }, vec![0]),
        (
            Change::MoveMessage { message: sample.note, to: sample.empty },
            vec![sample.note, sample.inbox, sample.empty],
        ),
        (
            Change::MoveFolder { folder: sample.archive, to: sample.empty },
            vec![sample.archive, sample.projects, sample.empty],
        ),
        (
            Change::DeleteMessage { message: sample.report, soft: false },
            vec![sample.report, sample.inbox],
        ),
        (
            Change::DeleteFolder { folder: sample.projects },
            vec![sample.projects, sample.inbox, sample.forwarded, sample.appointment],
        ),
        (Change::SetReceiveFolder { class: "IPM".to_owned(), folder: None }, Vec::new()),
    ];
    let mut cursor = store.changes_since(0)?.cursor;
    for (change, mut expected) in steps {
        let text = format!("{change:?}");
        let commit = store.commit(vec![change])?;
        expected.extend(&commit.created);
        let changes = store.changes_since(cursor)?;
        for id in &expected {
            assert!(changes.objects().contains(id), "{id} is not in {changes:?} after {text}");
        }
        assert_eq!(changes.events.len(), changes.objects().len(), "{changes:?} after {text}");
        assert_eq!(changes.cursor, commit.cursor, "after {text}");
        cursor = changes.cursor;
    }
    Ok(())
}

fn changes_start_at_the_cursor(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let start = store.changes_since(0)?.cursor;
    assert_eq!(store.changes_since(start)?.objects(), []);
    let latest = store.changes_since(Changes::LATEST)?;
    assert_eq!(latest, Changes { cursor: start, ..Changes::default() });
    assert_eq!(store.changes_since(start)?.cursor, start);
    if !store.info().capability.has(Capability::WRITE) {
        assert_eq!(store.changes_since(0)?.objects(), []);
        return Ok(());
    }
    let root = store.info().root;
    let first = sample::folder(store.as_ref(), root, "first")?;
    let between = store.changes_since(start)?;
    assert!(between.objects().contains(&first));
    let second = sample::folder(store.as_ref(), root, "second")?;
    let after = store.changes_since(between.cursor)?.objects();
    assert!(after.contains(&second) && !after.contains(&first), "{after:?}");
    let both = store.changes_since(start)?.objects();
    assert!(both.contains(&first) && both.contains(&second), "{both:?}");
    let empty = store.commit(Vec::new())?;
    assert_eq!(store.changes_since(empty.cursor)?.objects(), []);
    Ok(())
}

fn changes_tell_what_happened(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let root = store.info().root;
    let mut set = PropBag::new();
    set.set(tags::COMMENT, "changed");
    let made = store.commit(vec![Change::CreateFolder {
        parent: sample.empty,
        search: false,
        properties: set.clone(),
        copy_of: None,
    }])?;
    let folder = made.created[0];
    let new =
        |folder| Change::CreateMessage { folder, associated: true, content: sample::note("new") };
    let update = |folder| Change::UpdateFolder { folder, set: set.clone(), delete: Vec::new() };
    let event = |object, kind, change, parent| ChangeEvent { object, kind, change, parent };
    let folder_event = |id, change, parent: u64| {
        event(id, Some(ItemKind::Folder), change, Some(parent).filter(|parent| *parent != 0))
    };
    let message = |id, change, parent| event(id, Some(ItemKind::Message), change, Some(parent));
    let steps: Vec<(Vec<Change>, Vec<ChangeEvent>)> = vec![
        (
            vec![retitle(sample.note, None, "a"), retitle(sample.note, None, "b")],
            vec![
                message(sample.note, ObjectChange::Modified, sample.inbox),
                folder_event(sample.inbox, ObjectChange::Contents, root),
            ],
        ),
        // A folder that is changed itself is modified, whatever happens in it.
        (
            vec![retitle(sample.note, None, "c"), update(sample.inbox)],
            vec![
                folder_event(sample.inbox, ObjectChange::Modified, root),
                message(sample.note, ObjectChange::Modified, sample.inbox),
                folder_event(root, ObjectChange::Contents, 0),
            ],
        ),
        (
            vec![Change::MoveMessage { message: sample.note, to: sample.empty }],
            vec![
                message(sample.note, ObjectChange::Moved { from: sample.inbox }, sample.empty),
                folder_event(sample.inbox, ObjectChange::Contents, root),
                folder_event(sample.empty, ObjectChange::Contents, root),
            ],
        ),
        (
            vec![Change::MoveFolder { folder, to: sample.projects }],
            vec![
                folder_event(folder, ObjectChange::Moved { from: sample.empty }, sample.projects),
                folder_event(sample.empty, ObjectChange::Contents, root),
                folder_event(sample.projects, ObjectChange::Contents, sample.inbox),
            ],
        ),
        (
            vec![Change::DeleteMessage { message: sample.note, soft: false }],
            vec![
                message(sample.note, ObjectChange::Deleted, sample.empty),
                folder_event(sample.empty, ObjectChange::Contents, root),
            ],
        ),
        (
            vec![Change::UpdateStore { set: set.clone(), delete: Vec::new() }],
            vec![event(0, None, ObjectChange::Modified, None)],
        ),
        (
            vec![Change::DeleteFolder { folder: sample.archive }],
            vec![
                folder_event(sample.archive, ObjectChange::Deleted, sample.projects),
                message(sample.contact, ObjectChange::Deleted, sample.archive),
                folder_event(sample.projects, ObjectChange::Contents, sample.inbox),
            ],
        ),
    ];
    let mut cursor = store.changes_since(0)?.cursor;
    for (changes, expected) in steps {
        let text = format!("{changes:?}");
        store.commit(changes)?;
        let changes = store.changes_since(cursor)?;
        let found = changes.events.iter().map(|event| format!("{event:?}")).collect();
        let expected: BTreeSet<String> =
            expected.iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(expected, found, "after {text}");
        assert!(!changes.lost);
        cursor = changes.cursor;
    }

    let content = MessageUpdate { copy_of: Some(sample.report), ..sample::note("copy") };
    let (cursor, folder) = (store.changes_since(0)?.cursor, sample.empty);
    let copy = Change::CreateMessage { folder, associated: false, content };
    let copy = store.commit(vec![copy])?.created[0];
    let events = store.changes_since(cursor)?.events;
    let expected = message(copy, ObjectChange::Copied { from: sample.report }, folder);
    assert!(events.contains(&expected), "{events:?}");

    let (cursor, properties) = (store.changes_since(0)?.cursor, PropBag::new());
    let copy_of = Some(sample.archive);
    let copy = Change::CreateFolder { parent: folder, search: false, properties, copy_of };
    let copy = store.commit(vec![copy])?.created[0];
    let events = store.changes_since(cursor)?.events;
    let copied = ObjectChange::Copied { from: sample.archive };
    let expected = event(copy, Some(ItemKind::Folder), copied, Some(folder));
    assert!(events.contains(&expected), "{events:?}");

    // A new object that is changed at once is new, and no more. Its number is foreseen by what
    // an earlier one was.
    let probe = store.commit(vec![new(sample.empty)])?.created[0];
    let guess = probe + 1;
    let cursor = store.changes_since(0)?.cursor;
    let both = store.commit(vec![new(sample.empty), retitle(guess, None, "changed")]);
    if let Ok(commit) = both
        && commit.created == [guess]
    {
        let events = store.changes_since(cursor)?.events;
        let kind = Some(ItemKind::Associated);
        let expected = event(guess, kind, ObjectChange::Created, Some(sample.empty));
        assert!(events.contains(&expected), "{events:?}");
        assert_eq!(events.iter().filter(|event| event.object == guess).count(), 1);
    }
    Ok(())
}

fn changes_say_what_was_lost(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let middle = store.changes_since(0)?.cursor;
    for number in 0..20 {
        store.commit(vec![retitle(sample.note, None, &number.to_string())])?;
    }
    store.commit(vec![retitle(sample.report, None, "last")])?;
    let store = subject.reopen(store)?;
    // Either all is there or it says that it is not.
    let changes = store.changes_since(0)?;
    if !changes.lost {
        let named: BTreeSet<u64> = changes.objects().into_iter().collect();
        for item in walk::inventory(store.as_ref())? {
            let known = item.id == store.info().root || named.contains(&item.id);
            assert!(known, "{item:?} was made, but that is not told");
        }
    }
    let changes = store.changes_since(middle)?;
    if !changes.lost {
        let count = |id| changes.events.iter().filter(|event| event.object == id).count();
        assert_eq!((count(sample.note), count(sample.report)), (20, 1));
    }
    assert_eq!(changes.cursor, store.changes_since(0)?.cursor);
    Ok(())
}
