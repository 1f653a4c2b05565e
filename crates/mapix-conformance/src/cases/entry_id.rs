use mapix_core::store::{Capability, Change, ObjectRef};
use mapix_core::{EntryId, ErrorCode, Result};

use super::{LIMIT, assert_fails, cases};
use crate::{Need, Outcome, Subject, walk};

cases! {
    "entry_id";
    parts_have_no_entry_id: Need::Nothing;
    entry_ids_resolve: Need::Nothing;
    entry_ids_are_stable: Need::Nothing;
    former_entry_ids_are_remembered: Need::Able(Capability::WRITE);
}

fn has_one(object: &ObjectRef) -> bool {
    match object {
        ObjectRef::Store | ObjectRef::Folder(_) => true,
        ObjectRef::Message(message) => message.embedded.is_empty(),
        ObjectRef::Attachment(..) => false,
    }
}

fn parts_have_no_entry_id(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for object in walk::objects(store.as_ref(), LIMIT)? {
        if !has_one(&object) {
            assert_fails(store.entry_id(&object), ErrorCode::NO_SUPPORT);
        }
    }
    Ok(())
}

fn entry_ids_resolve(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let mut seen = std::collections::HashSet::new();
    for object in walk::objects(store.as_ref(), LIMIT)? {
        if has_one(&object) {
            let entry_id = store.entry_id(&object)?;
            assert_eq!(entry_id.provider(), store.info().uid, "{object:?}");
            assert!(!entry_id.is_short_term(), "{object:?}");
            assert_eq!(store.resolve(&entry_id)?, object);
            assert!(seen.insert(entry_id), "{object:?} shares its entry ID");
        }
    }
    Ok(())
}

fn entry_ids_are_stable(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let mut objects = walk::objects(store.as_ref(), LIMIT)?;
    objects.retain(has_one);
    let before: Vec<EntryId> =
        objects.iter().map(|object| store.entry_id(object)).collect::<Result<_>>()?;
    let store = subject.reopen(store)?;
    for (object, entry_id) in objects.iter().zip(&before) {
        assert_eq!(store.entry_id(object)?, *entry_id, "{object:?}");
        assert_eq!(store.resolve(entry_id)?, *object);
    }
    Ok(())
}

fn former_entry_ids_are_remembered(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let objects = [ObjectRef::message(sample.note), ObjectRef::Folder(sample.empty)];
    let before: Vec<EntryId> =
        objects.iter().map(|object| store.entry_id(object)).collect::<Result<_>>()?;
    store.commit(vec![
        Change::DeleteMessage { message: sample.note, soft: false },
        Change::DeleteFolder { folder: sample.empty },
    ])?;
    for (object, before) in objects.iter().zip(before) {
        assert_fails(store.entry_id(object), ErrorCode::NOT_FOUND);
        let former = store.former_entry_id(object);
        assert!(former.is_none_or(|former| former == before), "{object:?}");
    }
    Ok(())
}
