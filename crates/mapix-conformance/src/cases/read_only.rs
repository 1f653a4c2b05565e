use mapix_core::ErrorCode;
use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{Change, ObjectRef};

use super::commit::retitle;
use super::{assert_fails, cases};
use crate::{Need, Outcome, Subject, sample, walk};

cases! {
    "commit";
    read_only_stores_refuse: Need::ReadOnly;
}

fn read_only_stores_refuse(subject: &dyn Subject) -> Outcome {
    let store = subject.open()?;
    let root = store.info().root;
    let before = (walk::tree(store.as_ref())?, store.properties(&ObjectRef::Store, 4096)?);
    let mut set = PropBag::new();
    set.set(tags::COMMENT, "changed");
    let mut changes = vec![
        Change::UpdateStore { set: set.clone(), delete: Vec::new() },
        Change::UpdateFolder { folder: root, set: set.clone(), delete: Vec::new() },
        Change::CreateFolder { parent: root, search: false, properties: set, copy_of: None },
        Change::CreateMessage { folder: root, associated: false, content: sample::note("new") },
        Change::SetReceiveFolder { class: "IPM".to_owned(), folder: None },
    ];
    if let Some(message) = before.0.messages.first().copied() {
        changes.push(retitle(message, None, "changed"));
        changes.push(Change::MoveMessage { message, to: root });
        changes.push(Change::DeleteMessage { message, soft: false });
    }
    if let Some(folder) = before.0.folders.get(1).copied() {
        changes.push(Change::DeleteFolder { folder });
    }
    for change in changes {
        assert_fails(store.commit(vec![change]), ErrorCode::NO_ACCESS);
    }
    let after = (walk::tree(store.as_ref())?, store.properties(&ObjectRef::Store, 4096)?);
    assert_eq!(before, after);
    assert_eq!(store.changes_since(0)?.objects(), []);
    Ok(())
}
