use mapix_core::ErrorCode;
use mapix_core::store::Capability;

use super::cases;
use crate::{Need, Outcome, Subject, walk};

cases! {
    "parent";
    kinds_agree_with_the_inventory: Need::Nothing;
    parent_of_a_new_object: Need::Able(Capability::WRITE);
    root_has_no_parent: Need::Nothing;
}

fn parent_of_a_new_object(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let root = store.info().root;
    let expected = [
        (sample.inbox, root),
        (sample.projects, sample.inbox),
        (sample.note, sample.inbox),
        (sample.hidden, sample.inbox),
        (sample.forwarded, sample.projects),
        (sample.contact, sample.archive),
    ];
    let items = walk::inventory(store.as_ref())?;
    for (object, parent) in expected {
        assert_eq!(store.parent(object)?, Some(parent), "{object}");
        let item = items.iter().find(|item| item.id == object);
        assert_eq!(item.and_then(|item| item.parent), Some(parent), "{object}");
    }
    Ok(())
}

fn kinds_agree_with_the_inventory(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for item in walk::inventory(store.as_ref())? {
        assert_eq!(store.kind(item.id)?, item.kind, "{}", item.id);
    }
    super::assert_fails(store.kind(0), ErrorCode::NOT_FOUND);
    Ok(())
}

fn root_has_no_parent(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    assert_eq!(store.parent(store.info().root)?, None);
    Ok(())
}
