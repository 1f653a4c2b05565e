//! A store and its model, step by step.

use std::collections::{BTreeMap, BTreeSet};

use mapix_conformance::{image, walk};
use mapix_core::prop::{Value, tags};
use mapix_core::store::{
    InventoryItem, ItemKind, MessageRef, MessageStore, ObjectChange, ObjectRef, RowSource,
};

use crate::model::{Message, Model, Node, Shelf};
use crate::ops::{self, Op};

/// Makes one commit in both, and compares all that can be seen.
pub(super) fn step(store: &dyn MessageStore, model: &mut Model, ops: &[Op]) {
    let before = image::of(store).unwrap();
    let stamps = stamps(store);
    let cursor = store.changes_since(0).unwrap().cursor;
    let changes = ops.iter().map(|op| op.change(model, &stamps)).collect();

    let mut next = model.clone();
    let expected = next.commit(ops);
    let result = store.commit(changes);
    let changes = store.changes_since(cursor).unwrap();
    match (expected, result) {
        (Ok(effect), Ok(commit)) => {
            assert_eq!(commit.created, effect.created, "{ops:?}");
            let named: BTreeSet<u64> = changes.objects().into_iter().collect();
            assert_eq!(named, effect.touched, "{ops:?}");
            let mut links = BTreeSet::new();
            for event in &changes.events {
                match event.change {
                    ObjectChange::Found => {
                        links.insert((event.parent.unwrap(), event.object, true))
                    }
                    ObjectChange::Lost => {
                        links.insert((event.parent.unwrap(), event.object, false))
                    }
                    _ => continue,
                };
            }
            assert_eq!(links, effect.links, "{ops:?}");
            let own = changes
                .events
                .iter()
                .filter(|event| !matches!(event.change, ObjectChange::Found | ObjectChange::Lost));
            let own: Vec<u64> = own.map(|event| event.object).collect();
            assert_eq!(own.len(), own.iter().collect::<BTreeSet<_>>().len(), "{ops:?}");
            assert_eq!(changes.cursor, commit.cursor);
            for (id, stamp) in self::stamps(store) {
                let changed = stamps.get(&id) != Some(&stamp);
                assert_eq!(changed, effect.stamped.contains(&id), "{id} after {ops:?}");
            }
            *model = next;
        }
        (Err(code), Err(error)) => {
            assert_eq!(error.code(), code, "{error}: {ops:?}");
            image::assert_same(&before, &image::of(store).unwrap());
            assert_eq!(self::stamps(store), stamps, "{ops:?}");
            assert_eq!((changes.objects(), changes.cursor), (Vec::new(), cursor), "{ops:?}");
        }
        (expected, result) => panic!("{expected:?} was expected, {result:?} came: {ops:?}"),
    }
    assert_eq!(read(store), model.nodes, "{ops:?}");
    for (id, node) in &model.nodes {
        let tables = Shelf::ALL.map(|shelf| walk::row_ids(store, &shelf.source(*id)).ok());
        let shown = Shelf::ALL.map(|shelf| node.is_folder().then(|| model.shelf(*id, shelf)));
        assert_eq!(tables, shown, "{id} after {ops:?}");
        if node.is_folder() {
            let bag = store.properties(&ObjectRef::Folder(*id), 0).unwrap();
            let counts = COUNTS.map(|id| bag.find(id).unwrap().value.clone());
            assert_eq!(counts, model.counts(*id), "{id} after {ops:?}");
        }
    }
}

/// Properties that are counted, not stored.
const COUNTS: [u16; 4] = [
    tags::CONTENT_COUNT.id(),
    tags::CONTENT_UNREAD.id(),
    tags::ASSOC_CONTENT_COUNT.id(),
    tags::SUBFOLDERS.id(),
];

/// The model of a store with nothing in it but folders.
pub(super) fn of(store: &dyn MessageStore) -> Model {
    let nodes = read(store);
    let next = nodes.keys().next_back().map_or(1, |last| last + 1);
    Model { nodes, searches: BTreeMap::new(), next }
}

fn stamps(store: &dyn MessageStore) -> BTreeMap<u64, u64> {
    let items = walk::inventory(store).unwrap();
    items.iter().map(|item| (item.id, store.stamp(item.id).unwrap())).collect()
}

/// Reads all that the store holds into the form of the model.
fn read(store: &dyn MessageStore) -> BTreeMap<u64, Node> {
    let node = |item: &InventoryItem| {
        let content = match item.kind {
            ItemKind::Folder | ItemKind::SearchFolder => Message {
                props: read_bag(store, &ObjectRef::Folder(item.id)),
                ..Message::default()
            },
            ItemKind::Message | ItemKind::Associated => {
                read_message(store, &MessageRef::new(item.id)).unwrap()
            }
        };
        let parent = item.parent.map(RowSource::Deleted);
        let deleted = parent.is_some_and(|source| {
            walk::row_ids(store, &source).unwrap_or_default().contains(&item.id)
        });
        (item.id, Node { parent: item.parent, kind: item.kind, deleted, content })
    };
    walk::inventory(store).unwrap().iter().map(node).collect()
}

fn read_message(store: &dyn MessageStore, at: &MessageRef) -> Option<Message> {
    store.properties(&ObjectRef::Message(at.clone()), 0).ok()?;
    let recipients = walk::row_ids(store, &RowSource::Recipients(at.clone())).unwrap();
    assert!(recipients.iter().copied().eq(0..recipients.len() as u64));
    let attachments = walk::row_ids(store, &RowSource::Attachments(at.clone())).unwrap();
    let attachment = |number: u64| {
        let number = number as u32;
        let props = read_bag(store, &ObjectRef::Attachment(at.clone(), number));
        (number, (props, read_message(store, &at.inside(number))))
    };
    Some(Message {
        props: read_bag(store, &ObjectRef::Message(at.clone())),
        recipients: recipients.len() as u8,
        attachments: attachments.into_iter().map(attachment).collect(),
    })
}

fn read_bag(store: &dyn MessageStore, object: &ObjectRef) -> BTreeMap<u16, Value> {
    let bag = store.properties(object, u64::MAX).unwrap();
    let kept = bag.iter().filter(|prop| ops::speaks_of(prop.tag.id()));
    kept.map(|prop| (prop.tag.id(), prop.value.clone())).collect()
}
