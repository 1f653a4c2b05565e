//! What a provider told, as changes of the store.

use mapix::EntryId;
use mapix::store::{ChangeEvent, ItemKind, MessageStore as _, ObjectChange, ObjectRef};

use super::feed::{COPIED, CREATED, DELETED, Heard, MODIFIED, MOVED, NEW_MAIL, SEARCHED};
use super::store::ForeignStore;

const MAPI_STORE: u32 = 1;
const MAPI_FOLDER: u32 = 3;

/// The changes that a notification stands for. What it does not say is asked of the store; what
/// cannot be found out is left out.
pub(super) fn events(store: &ForeignStore, heard: &Heard) -> Vec<ChangeEvent> {
    if heard.object_type == MAPI_STORE {
        let change = ObjectChange::Modified;
        return vec![ChangeEvent { object: 0, kind: None, change, parent: None }];
    }
    let Some(id) = &heard.object else { return Vec::new() };
    if heard.event == DELETED {
        return deleted(store, heard, id);
    }
    if let (MOVED, Some(old)) = (heard.event, &heard.old)
        && let Some(number) = store.objects.known_number(old)
    {
        store.objects.rename(number, id.clone());
    }
    let (number, kind) = match store.objects.resolve(id) {
        Ok(ObjectRef::Folder(number)) => (number, store.objects.kind(number)),
        Ok(ObjectRef::Message(at)) => (at.id, store.objects.kind(at.id)),
        // It is gone already, or cannot be opened: its end is told, too.
        _ => return Vec::new(),
    };
    let Ok(kind) = kind else { return Vec::new() };
    let parent = store.parent(number).ok().flatten();
    let change = match heard.event {
        NEW_MAIL | CREATED | COPIED => ObjectChange::Created,
        MODIFIED => ObjectChange::Modified,
        SEARCHED => ObjectChange::Searched,
        MOVED => {
            let from = heard.old_parent.as_ref().and_then(|id| folder(store, id));
            match from.or(parent) {
                Some(from) => ObjectChange::Moved { from },
                None => ObjectChange::Modified,
            }
        }
        _ => return Vec::new(),
    };
    let mut all = vec![ChangeEvent { object: number, kind: Some(kind), change, parent }];
    if let ObjectChange::Moved { from } = change {
        all.extend(contents(store, from));
    }
    all.extend(parent.into_iter().filter_map(|parent| contents(store, parent)));
    all
}

fn deleted(store: &ForeignStore, heard: &Heard, id: &EntryId) -> Vec<ChangeEvent> {
    // What was never seen is missed by nobody; its folder has changed all the same.
    let number = store.objects.number(id);
    let (kind, seen) = store.objects.last_seen(number);
    let is_folder = heard.object_type == MAPI_FOLDER;
    let kind = kind.unwrap_or(if is_folder { ItemKind::Folder } else { ItemKind::Message });
    store.objects.note_gone(number);
    let parent = heard.parent.as_ref().and_then(|id| folder(store, id)).or(seen);
    let change = ObjectChange::Deleted;
    let mut all = vec![ChangeEvent { object: number, kind: Some(kind), change, parent }];
    all.extend(parent.into_iter().filter_map(|parent| contents(store, parent)));
    all
}

fn folder(store: &ForeignStore, id: &EntryId) -> Option<u64> {
    match store.objects.resolve(id) {
        Ok(ObjectRef::Folder(number)) => Some(number),
        _ => None,
    }
}

/// What a folder holds has changed.
fn contents(store: &ForeignStore, folder: u64) -> Option<ChangeEvent> {
    let kind = store.objects.kind(folder).ok()?;
    let parent = store.objects.last_seen(folder).1;
    let change = ObjectChange::Contents;
    Some(ChangeEvent { object: folder, kind: Some(kind), change, parent })
}
