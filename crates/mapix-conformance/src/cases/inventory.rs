use std::collections::HashMap;

use mapix_core::store::{InventoryItem, ItemKind, MessageStore, RowSource};

use super::cases;
use crate::{Need, Outcome, Subject, walk};

cases! {
    "inventory";
    inventory_is_complete: Need::Nothing;
    inventory_needs_no_table: Need::Nothing;
}

fn inventory_is_complete(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let items = index(store.as_ref())?;
    let tree = walk::tree(store.as_ref())?;
    let shown = [
        (&tree.folders, &[ItemKind::Folder, ItemKind::SearchFolder][..]),
        (&tree.messages, &[ItemKind::Message]),
        (&tree.associated, &[ItemKind::Associated]),
    ];
    for (ids, kinds) in shown {
        for id in ids {
            let item = items.get(id).ok_or_else(|| format!("{id} is not visited"))?;
            assert!(kinds.contains(&item.kind), "{item:?} is shown as one of {kinds:?}");
        }
    }
    Ok(())
}

/// Shows something only on a store with messages that no table shows.
fn inventory_needs_no_table(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let items = index(store.as_ref())?;
    for folder in walk::tree(store.as_ref())?.folders {
        let deleted = walk::readable(walk::row_ids(store.as_ref(), &RowSource::Deleted(folder)))?;
        for id in deleted.unwrap_or_default() {
            assert!(items.contains_key(&id), "{id}, deleted from {folder}, is not visited");
        }
    }
    Ok(())
}

fn index(store: &dyn MessageStore) -> Result<HashMap<u64, InventoryItem>, libtest_mimic::Failed> {
    let mut index = HashMap::new();
    for item in walk::inventory(store)? {
        let id = item.id;
        assert!(index.insert(id, item).is_none(), "{id} is visited twice");
    }
    Ok(index)
}
