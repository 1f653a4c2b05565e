use mapix_core::prop::Guid;
use mapix_core::store::{Capability, Change, ObjectRef};
use mapix_core::{EntryId, ErrorCode};

use super::{assert_fails, cases};
use crate::{Need, Outcome, Subject};

cases! {
    "resolve";
    foreign_entry_ids_are_unknown: Need::Nothing;
    malformed_entry_ids_are_invalid: Need::Nothing;
    entry_ids_of_missing_objects_are_not_found: Need::Able(Capability::WRITE);
}

fn foreign_entry_ids_are_unknown(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let own = store.entry_id(&ObjectRef::Folder(store.info().root))?;
    let mut other = store.info().uid;
    other.0[15] ^= 1;
    for provider in [other, Guid::NULL] {
        let foreign = EntryId::new(provider, own.private());
        assert_fails(store.resolve(&foreign), ErrorCode::UNKNOWN_ENTRYID);
    }
    Ok(())
}

fn malformed_entry_ids_are_invalid(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for private in [&[][..], &[1], &[0xFF; 3], &[0xFF; 200]] {
        let entry_id = EntryId::new(store.info().uid, private);
        assert_fails(store.resolve(&entry_id), ErrorCode::INVALID_ENTRYID);
    }
    Ok(())
}

fn entry_ids_of_missing_objects_are_not_found(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let message = store.entry_id(&ObjectRef::message(sample.note))?;
    let folder = store.entry_id(&ObjectRef::Folder(sample.empty))?;
    store.commit(vec![
        Change::DeleteMessage { message: sample.note, soft: false },
        Change::DeleteFolder { folder: sample.empty },
    ])?;
    assert_fails(store.resolve(&message), ErrorCode::NOT_FOUND);
    assert_fails(store.resolve(&folder), ErrorCode::NOT_FOUND);
    Ok(())
}
