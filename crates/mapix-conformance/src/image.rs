//! All that is in a store, written down line by line, to compare it.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use mapix_core::Result;
use mapix_core::prop::{Prop, PropBag, Value};
use mapix_core::store::{MessageRef, MessageStore, ObjectRef, RowSource};

use crate::walk;

/// Writes down all properties of all objects, at every depth, and where each stands. Equal
/// images mean equal contents, numbers included; stamps are left out.
pub fn of(store: &dyn MessageStore) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    object(store, &ObjectRef::Store, "store", &mut lines)?;
    for row in walk::rows(store, &RowSource::ReceiveFolders, None)? {
        bag("receive folder", &row?.props, &mut lines);
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
            object(store, &ObjectRef::Folder(item.id), &place, &mut lines)?;
        } else {
            message(store, &MessageRef::new(item.id), &place, &mut lines)?;
        }
    }
    Ok(lines)
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

fn message(
    store: &dyn MessageStore,
    at: &MessageRef,
    place: &str,
    lines: &mut Vec<String>,
) -> Result<()> {
    object(store, &ObjectRef::Message(at.clone()), place, lines)?;
    for row in walk::rows(store, &RowSource::Recipients(at.clone()), None)? {
        let row = row?;
        bag(&format!("{place}, recipient {}", row.id), &row.props, lines);
    }
    for number in walk::row_ids(store, &RowSource::Attachments(at.clone()))? {
        let number = number as u32;
        let place = format!("{place}, attachment {number}");
        object(store, &ObjectRef::Attachment(at.clone(), number), &place, lines)?;
        let embedded = at.inside(number);
        if store.properties(&ObjectRef::Message(embedded.clone()), 0).is_ok() {
            message(store, &embedded, &format!("{place}, message"), lines)?;
        }
    }
    Ok(())
}

fn object(
    store: &dyn MessageStore,
    object: &ObjectRef,
    place: &str,
    lines: &mut Vec<String>,
) -> Result<()> {
    let mut shown = PropBag::new();
    for prop in &store.properties(object, 4096)? {
        let value = match prop.value {
            Value::Large(prop_type, _) => {
                Value::Raw(prop_type, walk::stream(store, object, prop.tag)?.into())
            }
            ref value => value.clone(),
        };
        shown.insert(Prop { tag: prop.tag, value });
    }
    bag(place, &shown, lines);
    Ok(())
}

fn bag(place: &str, props: &PropBag, lines: &mut Vec<String>) {
    for prop in props {
        let mut line = format!("{place}: {:?} = ", prop.tag);
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
