use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{Capability, Change, ObjectRef, RowSource};
use mapix_core::{ErrorCode, Result};

use super::commit::retitle;
use super::{assert_fails, cases};
use crate::{Need, Outcome, Subject, sample, walk};

const WRITE: Need = Need::Able(Capability::WRITE);

cases! {
    "commit";
    updates_of_deleted_objects_fail: WRITE;
    moving_keeps_the_number: WRITE;
    deleting_a_folder_deletes_what_is_in_it: WRITE;
    folders_do_not_hold_themselves: WRITE;
    the_root_stays: WRITE;
    search_folders_hold_nothing: WRITE;
    receive_folders_are_folders: WRITE;
}

fn updates_of_deleted_objects_fail(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let (folder, message) = (sample.empty, sample.note);
    let stamp = store.stamp(message)?;
    store.commit(vec![
        Change::DeleteFolder { folder },
        Change::DeleteMessage { message, soft: false },
    ])?;
    let changes = [
        retitle(message, None, "late"),
        retitle(message, Some(stamp), "late"),
        Change::MoveMessage { message, to: sample.archive },
        Change::DeleteMessage { message, soft: false },
        Change::UpdateFolder { folder, set: PropBag::new(), delete: Vec::new() },
        Change::MoveFolder { folder, to: sample.archive },
        Change::DeleteFolder { folder },
        Change::CreateFolder {
            parent: folder,
            search: false,
            properties: PropBag::new(),
            copy_of: None,
        },
        Change::CreateMessage { folder, associated: false, content: sample::note("late") },
        Change::MoveMessage { message: sample.report, to: folder },
        Change::MoveFolder { folder: sample.archive, to: folder },
    ];
    for change in changes {
        let text = format!("{change:?}");
        let result = store.commit(vec![change]);
        assert!(result.is_err(), "{text}");
        assert_fails(result, ErrorCode::OBJECT_DELETED);
    }
    Ok(())
}

fn moving_keeps_the_number(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let objects = [
        ObjectRef::message(sample.forwarded),
        ObjectRef::message(sample.hidden),
        ObjectRef::Folder(sample.projects),
    ];
    let entry_ids =
        || objects.iter().map(|object| store.entry_id(object)).collect::<Result<Vec<_>>>();
    let before = (entry_ids()?, store.parts(sample.forwarded)?);
    store.commit(vec![
        Change::MoveMessage { message: sample.forwarded, to: sample.empty },
        Change::MoveMessage { message: sample.hidden, to: sample.empty },
        Change::MoveFolder { folder: sample.projects, to: sample.empty },
    ])?;
    let shown = |source| walk::row_ids(store.as_ref(), &source);
    assert_eq!(shown(RowSource::Contents(sample.empty))?, [sample.forwarded]);
    assert_eq!(shown(RowSource::Associated(sample.empty))?, [sample.hidden]);
    assert_eq!(shown(RowSource::Hierarchy(sample.empty))?, [sample.projects]);
    assert_eq!(shown(RowSource::Hierarchy(sample.projects))?, [sample.archive]);
    assert_eq!(shown(RowSource::Contents(sample.projects))?, [sample.appointment]);
    assert!(shown(RowSource::Hierarchy(sample.inbox))?.is_empty());
    assert!(shown(RowSource::Associated(sample.inbox))?.is_empty());
    for id in [sample.forwarded, sample.hidden, sample.projects] {
        assert_eq!(store.parent(id)?, Some(sample.empty));
    }
    assert_eq!((entry_ids()?, store.parts(sample.forwarded)?), before);
    Ok(())
}

fn deleting_a_folder_deletes_what_is_in_it(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    store.commit(vec![Change::DeleteFolder { folder: sample.inbox }])?;
    let folders = [sample.inbox, sample.projects, sample.archive];
    let messages = [
        sample.note,
        sample.report,
        sample.forwarded,
        sample.appointment,
        sample.contact,
        sample.every_type,
        sample.hidden,
    ];
    for folder in folders {
        let result = store.properties(&ObjectRef::Folder(folder), 4096);
        assert_fails(result, ErrorCode::NOT_FOUND);
    }
    for message in messages {
        let result = store.properties(&ObjectRef::message(message), 4096);
        assert_fails(result, ErrorCode::NOT_FOUND);
        assert_fails(store.parts(message), ErrorCode::NOT_FOUND);
    }
    let left = walk::inventory(store.as_ref())?;
    for id in folders.iter().chain(&messages) {
        assert!(left.iter().all(|item| item.id != *id), "{id} is still in the inventory");
        assert_fails(store.stamp(*id), ErrorCode::NOT_FOUND);
    }
    assert!(walk::tree(store.as_ref())?.folders.contains(&sample.empty));
    Ok(())
}

fn folders_do_not_hold_themselves(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    for to in [sample.inbox, sample.projects, sample.archive] {
        let result = store.commit(vec![Change::MoveFolder { folder: sample.inbox, to }]);
        assert_fails(result, ErrorCode::FOLDER_CYCLE);
    }
    // Two moves, each good by itself.
    let result = store.commit(vec![
        Change::MoveFolder { folder: sample.empty, to: sample.archive },
        Change::MoveFolder { folder: sample.inbox, to: sample.empty },
    ]);
    assert_fails(result, ErrorCode::FOLDER_CYCLE);
    store.commit(vec![Change::MoveFolder { folder: sample.archive, to: sample.inbox }])?;
    assert_eq!(store.parent(sample.archive)?, Some(sample.inbox));
    Ok(())
}

fn the_root_stays(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let folder = store.info().root;
    assert_fails(store.commit(vec![Change::DeleteFolder { folder }]), ErrorCode::NO_ACCESS);
    let result = store.commit(vec![Change::MoveFolder { folder, to: sample.inbox }]);
    assert_fails(result, ErrorCode::FOLDER_CYCLE);
    Ok(())
}

/// A store without search folders refuses to make one, and that is all.
fn search_folders_hold_nothing(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let mut properties = PropBag::new();
    properties.set(tags::DISPLAY_NAME, "Unread");
    let make =
        Change::CreateFolder { parent: sample.inbox, search: true, properties, copy_of: None };
    let search = match store.commit(vec![make]) {
        Ok(commit) => commit.created[0],
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::NO_SUPPORT, "{error}");
            return Ok(());
        }
    };
    assert_eq!(walk::row_ids(store.as_ref(), &RowSource::Contents(search))?, []);
    let changes = [
        Change::CreateFolder {
            parent: search,
            search: false,
            properties: PropBag::new(),
            copy_of: None,
        },
        Change::CreateMessage { folder: search, associated: false, content: sample::note("x") },
        Change::MoveMessage { message: sample.note, to: search },
        Change::MoveFolder { folder: sample.empty, to: search },
    ];
    for change in changes {
        assert_fails(store.commit(vec![change]), ErrorCode::NO_ACCESS);
    }
    Ok(())
}

fn receive_folders_are_folders(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let inbox = store.entry_id(&ObjectRef::Folder(sample.inbox))?;
    let projects = store.entry_id(&ObjectRef::Folder(sample.projects))?;
    let note = store.entry_id(&ObjectRef::message(sample.note))?;
    let set = |class: &str, folder| Change::SetReceiveFolder { class: class.to_owned(), folder };
    store.commit(vec![
        set("", Some(inbox.clone())),
        set("IPM.Note", Some(inbox.clone())),
        set("IPM.Task", Some(inbox.clone())),
        set("IPM.Task", None),
        set("IPM.Unknown", None),
        set("IPM.Note", Some(projects.clone())),
    ])?;
    let shown = || {
        let rows = walk::rows(store.as_ref(), &RowSource::ReceiveFolders, None)?;
        let mut shown = Vec::new();
        for row in rows {
            let props = row?.props;
            let folder = props.bytes(tags::ENTRYID).map(<[u8]>::to_vec);
            shown.push((props.text(tags::MESSAGE_CLASS).unwrap_or_default(), folder));
        }
        shown.sort();
        Ok::<_, mapix_core::Error>(shown)
    };
    let row = |class: &str, folder: &mapix_core::EntryId| {
        (class.to_owned(), Some(folder.as_bytes().to_vec()))
    };
    let expected = [row("", &inbox), row("IPM.Note", &projects)];
    assert_eq!(shown()?, expected);
    let result = store.commit(vec![set("IPM.Note", None), set("IPM.Post", Some(note))]);
    assert_fails(result, ErrorCode::NOT_FOUND);
    assert_eq!(shown()?, expected);
    Ok(())
}
