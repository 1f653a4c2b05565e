//! All that is in a store, written down line by line, to compare it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use mapix_core::Result;
use mapix_core::prop::{Prop, PropBag, PropName, PropTag, Value, tags};
use mapix_core::store::{MessageRef, MessageStore, ObjectRef, RowSource};

use crate::walk;

/// Writes down all properties of all objects, at every depth, and where each stands. Equal
/// images mean equal contents, numbers included; stamps are left out.
pub fn of(store: &dyn MessageStore) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let view = &View { store, label: &|tag| Some(format!("{tag:?}")), is_alone: false };
    object(view, &ObjectRef::Store, "store", &mut lines)?;
    for row in walk::rows(store, &RowSource::ReceiveFolders, None)? {
        bag(view, "receive folder", &row?.props, &mut lines);
    }
    for (id, name) in store.all_names()? {
        lines.push(format!("name 0x{id:04X}: {name}"));
    }
    let mut items = walk::inventory(store)?;
    items.sort_by_key(|item| item.id);
    for item in items {
        let place = format!("{:?} {}", item.kind, item.id);
        lines.push(format!("{place}: in {:?}", item.parent));
        if store.properties(&ObjectRef::Folder(item.id), 0).is_ok() {
            object(view, &ObjectRef::Folder(item.id), &place, &mut lines)?;
        } else {
            message(view, &MessageRef::new(item.id), &place, &mut lines)?;
        }
    }
    Ok(lines)
}

/// Writes down a message with all that is in it, whichever store it is in: named properties by
/// their names, and without what says which object it is in which store.
pub fn of_message(store: &dyn MessageStore, message: u64) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let names: HashMap<u16, PropName> = store.all_names()?.into_iter().collect();
    let label = |tag: PropTag| match names.get(&tag.id()) {
        Some(name) => Some(format!("{name} {:?}", tag.prop_type())),
        None if WHICH.contains(&tag.id()) => None,
        None => Some(format!("{tag:?}")),
    };
    let view = View { store, label: &label, is_alone: true };
    self::message(&view, &MessageRef::new(message), "", &mut lines)?;
    // Names have other numbers, and so another order, in every store.
    lines.sort();
    // A damaged map may have a name twice.
    lines.dedup();
    Ok(lines)
}

/// Properties that say which object it is and how it was opened, and numbers of rows.
const WHICH: [u16; 14] = [
    tags::ENTRYID.id(),
    tags::PARENT_ENTRYID.id(),
    tags::RECORD_KEY.id(),
    tags::INSTANCE_KEY.id(),
    tags::STORE_ENTRYID.id(),
    tags::STORE_RECORD_KEY.id(),
    tags::STORE_SUPPORT_MASK.id(),
    tags::MAPPING_SIGNATURE.id(),
    tags::OBJECT_TYPE.id(),
    tags::ACCESS.id(),
    tags::ACCESS_LEVEL.id(),
    tags::ROWID.id(),
    tags::MESSAGE_RECIPIENTS.id(),
    tags::MESSAGE_ATTACHMENTS.id(),
];

/// A store, and what its properties are called; `None` for those that are left out.
struct View<'a> {
    store: &'a dyn MessageStore,
    label: &'a dyn Fn(PropTag) -> Option<String>,
    /// Whether a message is looked at for itself, whichever store it is in.
    is_alone: bool,
}

/// Fails at the first line in which two images differ.
///
/// # Panics
/// If they differ.
pub fn assert_same(before: &[String], after: &[String]) {
    for (old, new) in before.iter().zip(after) {
        assert_eq!(old, new, "the store is not the same");
    }
    let extra = before.iter().skip(after.len()).chain(after.iter().skip(before.len())).next();
    assert_eq!(extra, None, "the store is not the same");
}

fn message(view: &View<'_>, at: &MessageRef, place: &str, lines: &mut Vec<String>) -> Result<()> {
    object(view, &ObjectRef::Message(at.clone()), place, lines)?;
    let store = view.store;
    for row in walk::rows(store, &RowSource::Recipients(at.clone()), None)? {
        let row = row?;
        bag(view, &format!("{place}, recipient {}", row.id), &row.props, lines);
    }
    for number in walk::row_ids(store, &RowSource::Attachments(at.clone()))? {
        let number = number as u32;
        let place = format!("{place}, attachment {number}");
        object(view, &ObjectRef::Attachment(at.clone(), number), &place, lines)?;
        let embedded = at.inside(number);
        if store.properties(&ObjectRef::Message(embedded.clone()), 0).is_ok() {
            message(view, &embedded, &format!("{place}, message"), lines)?;
        }
    }
    Ok(())
}

fn object(view: &View<'_>, object: &ObjectRef, place: &str, lines: &mut Vec<String>) -> Result<()> {
    let (store, mut shown) = (view.store, PropBag::new());
    let props = store.properties(object, 4096)?;
    // In some stores it stands for the embedded message, under a number of theirs.
    let is_message = view.is_alone && props.i32(tags::ATTACH_METHOD) == Some(5);
    for prop in &props {
        if is_message && prop.tag.id() == tags::ATTACH_DATA_BIN.id() {
            continue;
        }
        let value = match prop.value {
            Value::Large(prop_type, _) => {
                Value::Raw(prop_type, walk::stream(store, object, prop.tag)?.into())
            }
            // What stands in its place is a matter of the store.
            Value::Object(_) if view.is_alone => {
                Value::Binary(walk::stream(store, object, prop.tag)?.into())
            }
            ref value => value.clone(),
        };
        shown.insert(Prop { tag: prop.tag, value });
    }
    bag(view, place, &shown, lines);
    Ok(())
}

fn bag(view: &View<'_>, place: &str, props: &PropBag, lines: &mut Vec<String>) {
    for prop in props {
        let Some(label) = (view.label)(prop.tag) else { continue };
        let mut line = format!("{place}: {label} = ");
        let bytes = walk::bytes(&prop.value);
        let bytes = bytes.as_deref().or(prop.value.as_bytes());
        // A large value counts by its bytes, in whatever form it was given.
        match bytes.filter(|bytes| bytes.len() > 256) {
            Some(bytes) => {
                let mut hasher = DefaultHasher::new();
                bytes.hash(&mut hasher);
                let _ = write!(line, "{} bytes, {:016x}", bytes.len(), hasher.finish());
            }
            None => {
                let _ = write!(line, "{:?}", prop.value);
            }
        }
        lines.push(line);
    }
}
