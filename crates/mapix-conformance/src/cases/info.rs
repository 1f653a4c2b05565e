use mapix_core::store::{Capability, ItemKind, ObjectRef};

use super::cases;
use crate::{Need, Outcome, Subject, sample, walk};

cases! {
    "info";
    info_is_constant: Need::Nothing;
    root_is_a_folder: Need::Nothing;
}

fn info_is_constant(subject: &dyn Subject) -> Outcome {
    let store = subject.open()?;
    let before = store.info().clone();
    if before.capability.has(Capability::WRITE) {
        sample::fill(store.as_ref())?;
    }
    walk::objects(store.as_ref(), 20)?;
    assert_eq!(*store.info(), before);
    assert_eq!(*subject.reopen(store)?.info(), before);
    Ok(())
}

fn root_is_a_folder(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let root = store.info().root;
    assert_ne!(root, 0);
    store.properties(&ObjectRef::Folder(root), 4096)?;
    let item = walk::inventory(store.as_ref())?.into_iter().find(|item| item.id == root);
    let item = item.ok_or("the root is not in the inventory")?;
    assert_eq!(item.kind, ItemKind::Folder);
    assert!(item.parent.is_none_or(|parent| parent == root), "{item:?}");
    Ok(())
}
