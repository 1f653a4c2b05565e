//! Reading a store through a session.

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use mapix_core::prop::{Prop, PropBag, PropTag, PropType, Value, tags};
use mapix_core::store::{Capability, MessageStore, ObjectRef};
use mapix_core::table::{Query, SortKey, SortOrderSet};
use mapix_core::{Contents, ErrorCode, Folder, Mapi, Object, Result, Session, Store};

use crate::cases::{LIMIT, cases};
use crate::{Need, Outcome, Subject, walk};

cases! {
    "session";
    required_properties_are_there: Need::Nothing;
    entry_ids_open_the_same_object: Need::Nothing;
    get_props_follows_its_rules: Need::Nothing;
    every_property_can_be_read_whole: Need::Nothing;
    tables_show_what_their_objects_have: Need::Nothing;
    sorted_tables_have_nulls_last: Need::Nothing;
    what_is_read_only_says_so: Need::Nothing;
    handles_end_with_the_session: Need::Nothing;
}

/// A session with a stocked store in it, and the store as the contract gives it.
fn open(subject: &dyn Subject) -> Result<(Session, Store, Arc<dyn MessageStore>)> {
    let session = Mapi::with_providers(Vec::new()).session();
    let inner = subject.stocked()?;
    let write = inner.info().capability.has(Capability::WRITE);
    let store = session.attach(Arc::clone(&inner), write)?;
    Ok((session, store, inner))
}

/// The objects of the store, at most about [`LIMIT`], that can be opened.
fn objects(store: &Store, inner: &dyn MessageStore) -> Result<Vec<(ObjectRef, Object)>> {
    let mut all = Vec::new();
    for object in walk::objects(inner, LIMIT)? {
        if let Some(opened) = walk::readable(store.open_object(&object))? {
            all.push((object, opened));
        }
    }
    Ok(all)
}

fn props(object: &Object) -> Result<PropBag> {
    match object {
        Object::Store(object) => object.props(),
        Object::Folder(object) => object.props(),
        Object::Message(object) => object.props(),
        Object::Attachment(object) => object.props(),
        _ => Ok(PropBag::new()),
    }
}

fn get(object: &Object, tag: PropTag) -> Result<Option<Value>> {
    match object {
        Object::Store(object) => object.get(tag),
        Object::Folder(object) => object.get(tag),
        Object::Message(object) => object.get(tag),
        Object::Attachment(object) => object.get(tag),
        _ => Ok(None),
    }
}

fn get_props(object: &Object, wanted: &[PropTag]) -> Result<Vec<Prop>> {
    match object {
        Object::Store(object) => object.get_props(wanted),
        Object::Folder(object) => object.get_props(wanted),
        Object::Message(object) => object.get_props(wanted),
        Object::Attachment(object) => object.get_props(wanted),
        _ => Ok(Vec::new()),
    }
}

/// Every folder that the hierarchy shows.
pub(super) fn folders(store: &Store) -> Result<Vec<Folder>> {
    let mut all = vec![store.root()?];
    let mut seen: HashSet<u64> = all.iter().map(Folder::id).collect();
    let mut at = 0;
    while let Some(folder) = all.get(at).cloned() {
        at += 1;
        for child in folder.folders()? {
            if seen.insert(child.id()) {
                all.push(child);
            }
        }
    }
    Ok(all)
}

const ALL: &[PropTag] = &[
    tags::OBJECT_TYPE,
    tags::STORE_ENTRYID,
    tags::STORE_RECORD_KEY,
    tags::STORE_SUPPORT_MASK,
    tags::MAPPING_SIGNATURE,
    tags::ACCESS_LEVEL,
    tags::RECORD_KEY,
];
const STORE: &[PropTag] =
    &[tags::DISPLAY_NAME, tags::ENTRYID, tags::RECORD_KEY, tags::MDB_PROVIDER];
const FOLDER: &[PropTag] = &[
    tags::DISPLAY_NAME,
    tags::ENTRYID,
    tags::PARENT_ENTRYID,
    tags::RECORD_KEY,
    tags::FOLDER_TYPE,
    tags::ACCESS,
];
const MESSAGE: &[PropTag] =
    &[tags::MESSAGE_CLASS, tags::MESSAGE_FLAGS, tags::HASATTACH, tags::ACCESS];
const ATTACHMENT: &[PropTag] = &[tags::ATTACH_NUM, tags::ATTACH_METHOD, tags::RENDERING_POSITION];

/// Section 23.
fn required_properties_are_there(subject: &dyn Subject) -> Outcome {
    let (_session, store, inner) = open(subject)?;
    for (place, object) in objects(&store, inner.as_ref())? {
        let embedded = matches!(&place, ObjectRef::Message(place) if !place.embedded.is_empty());
        let own = match object {
            Object::Store(_) => STORE,
            Object::Folder(_) => FOLDER,
            Object::Message(_) => MESSAGE,
            _ => ATTACHMENT,
        };
        let bag = props(&object)?;
        for tag in ALL.iter().chain(own) {
            // A message inside an attachment is found by its attachment only.
            let key = embedded && *tag == tags::RECORD_KEY;
            assert!(key || bag.get(*tag).is_some(), "{place:?} has no {tag}");
        }
        let kind = match object {
            Object::Store(_) => 1,
            Object::Folder(_) => 3,
            Object::Message(_) => 5,
            _ => 7,
        };
        assert_eq!(bag.i32(tags::OBJECT_TYPE), Some(kind), "{place:?}");
    }
    Ok(())
}

/// Section 6.
fn entry_ids_open_the_same_object(subject: &dyn Subject) -> Outcome {
    let (_session, store, inner) = open(subject)?;
    let wrapped = store.entry_id()?;
    for (place, object) in objects(&store, inner.as_ref())? {
        let bag = props(&object)?;
        let of_store = bag.bytes(tags::STORE_ENTRYID).unwrap_or_default();
        assert_eq!(of_store, wrapped.as_bytes(), "{place:?}");
        let entry_id = match &object {
            Object::Store(store) => store.entry_id()?,
            Object::Folder(folder) => folder.entry_id()?,
            Object::Message(message) if message.id().is_some() => message.entry_id()?,
            _ => continue,
        };
        assert_eq!(bag.bytes(tags::ENTRYID), Some(entry_id.as_bytes()), "{place:?}");
        match (&object, store.open_entry(&entry_id)?) {
            (Object::Store(_), Object::Store(_)) => {}
            (Object::Folder(one), Object::Folder(other)) => assert_eq!(one.id(), other.id()),
            (Object::Message(one), Object::Message(other)) => assert_eq!(one.id(), other.id()),
            (_, other) => panic!("{place:?} opens as {other:?}"),
        }
    }
    Ok(())
}

/// Section 17.
fn get_props_follows_its_rules(subject: &dyn Subject) -> Outcome {
    let (_session, store, inner) = open(subject)?;
    let absent = PropTag::new(0x7FFE, PropType::I32);
    for (place, object) in objects(&store, inner.as_ref())? {
        let bag = props(&object)?;
        let mut wanted: Vec<PropTag> = bag.iter().map(|prop| prop.tag).collect();
        wanted.reverse();
        wanted.push(absent);
        wanted.push(tags::OBJECT_TYPE.with_type(PropType::UNSPECIFIED));
        wanted.push(tags::OBJECT_TYPE.with_type(PropType::BINARY));
        let found = get_props(&object, &wanted)?;
        assert_eq!(found.len(), wanted.len(), "{place:?}");
        for (prop, wanted) in found.iter().zip(&wanted) {
            assert_eq!(prop.tag.id(), wanted.id(), "{place:?}");
            let error = prop.value.as_error().filter(|_| wanted.prop_type() != PropType::ERROR);
            let held = bag.find(wanted.id()).map(|prop| &prop.value);
            match (error, held) {
                (None, Some(_)) => assert_eq!(prop.tag.prop_type(), prop.value.prop_type()),
                (Some(code), None) => assert_eq!(code, ErrorCode::NOT_FOUND, "{place:?}"),
                (Some(code), Some(Value::Large(..) | Value::Object(_))) => {
                    assert_eq!(code, ErrorCode::NOT_ENOUGH_MEMORY, "{place:?} {wanted}");
                }
                (Some(code), Some(Value::Error(stored))) => assert_eq!(code, *stored),
                (Some(code), Some(_)) => {
                    assert_eq!(code, ErrorCode::UNEXPECTED_TYPE, "{place:?} {wanted}");
                }
                (None, None) => panic!("{place:?}: {wanted} out of nowhere"),
            }
        }
        assert_eq!(found[wanted.len() - 2].value.as_i32(), bag.i32(tags::OBJECT_TYPE));
        assert_eq!(found[wanted.len() - 1].value.as_error(), Some(ErrorCode::UNEXPECTED_TYPE));
    }
    Ok(())
}

fn every_property_can_be_read_whole(subject: &dyn Subject) -> Outcome {
    let (_session, store, inner) = open(subject)?;
    for (place, object) in objects(&store, inner.as_ref())? {
        for prop in &props(&object)? {
            if prop.value.as_error().is_some() {
                continue;
            }
            let value = get(&object, prop.tag)?;
            let value = value.unwrap_or_else(|| panic!("{place:?}: {} is lost", prop.tag));
            match &prop.value {
                Value::Large(kind, size) => {
                    assert_eq!(value.prop_type(), *kind, "{place:?} {}", prop.tag);
                    assert!(kind.is_multi() || value.size() == *size, "{place:?} {}", prop.tag);
                }
                held => assert_eq!(&value, held, "{place:?} {}", prop.tag),
            }
        }
        if let Object::Attachment(attachment) = &object
            && let Ok(mut data) = attachment.open_data()
        {
            let mut bytes = Vec::new();
            data.read_to_end(&mut bytes)?;
            assert_eq!(data.len()?, bytes.len() as u64, "{place:?}");
        }
    }
    Ok(())
}

/// Section 19.
fn tables_show_what_their_objects_have(subject: &dyn Subject) -> Outcome {
    let (_session, store, _) = open(subject)?;
    let columns = [
        tags::ENTRYID,
        tags::MESSAGE_CLASS,
        tags::SUBJECT,
        tags::NORMALIZED_SUBJECT,
        tags::INTERNET_MESSAGE_ID,
        PropTag::new(0x7FFE, PropType::I32),
    ];
    for folder in folders(&store)?.into_iter().take(40) {
        for which in [Contents::Normal, Contents::Associated, Contents::Deleted] {
            let Some(plain) = walk::readable(folder.message_rows(which, &[]))? else { continue };
            let plain: Vec<u64> = plain.into_iter().flatten().map(|row| row.id).collect();
            let table = folder.contents_table(which)?;
            let query = Query { columns: Some(columns.to_vec()), ..Query::default() };
            let rows = table.query_all(query)?;
            let shown: Vec<u64> = rows.iter().map(|row| row.id).collect();
            assert!(shown.len() + table.errors()?.len() >= plain.len(), "{folder:?} {which:?}");
            assert!(shown.iter().all(|id| plain.contains(id)), "{folder:?} {which:?}");
            for row in rows.iter().take(20) {
                let Some(message) = walk::readable(store.open_message(row.id))? else { continue };
                let bag = message.props()?;
                for (value, column) in row.values.iter().zip(&columns) {
                    assert_eq!(value.tag.id(), column.id());
                    // What a table keeps may be cut off; what it does not keep is the object's.
                    let id = column.id() == tags::ENTRYID.id();
                    if id || column.id() == tags::INTERNET_MESSAGE_ID.id() {
                        // A column of another width shows the same text.
                        let own = bag.get(*column).cloned();
                        let own = own.map(|own| own.coerce(column.prop_type())).transpose()?;
                        match &value.value {
                            Value::Error(code) => {
                                assert_eq!(*code, ErrorCode::NOT_FOUND);
                                assert_eq!(own, None, "{folder:?} {message:?} {column}");
                            }
                            shown => assert_eq!(Some(shown), own.as_ref(), "{message:?} {column}"),
                        }
                    }
                }
                let last = row.values.last().map(|prop| &prop.value);
                assert_eq!(last, Some(&Value::Error(ErrorCode::NOT_FOUND)));
            }
        }
    }
    Ok(())
}

fn sorted_tables_have_nulls_last(subject: &dyn Subject) -> Outcome {
    let (_session, store, _) = open(subject)?;
    for folder in folders(&store)?.into_iter().take(40) {
        for key in [
            SortKey::ascending(tags::MESSAGE_DELIVERY_TIME),
            SortKey::descending(tags::MESSAGE_DELIVERY_TIME),
        ] {
            let table = folder.contents_table(Contents::Normal)?;
            let query = Query {
                columns: Some(vec![tags::MESSAGE_DELIVERY_TIME]),
                sort: Some(SortOrderSet::new([key])),
                ..Query::default()
            };
            let Some(rows) = walk::readable(table.query_all(query))? else { continue };
            let times: Vec<_> = rows.iter().map(|row| row.values[0].value.as_time()).collect();
            let dated = times.iter().take_while(|time| time.is_some()).count();
            assert!(times[dated..].iter().all(Option::is_none), "{folder:?}: nulls come last");
            let mut sorted = times[..dated].to_vec();
            sorted.sort();
            if key.order == SortKey::descending(key.tag).order {
                sorted.reverse();
            }
            assert_eq!(times[..dated], sorted, "{folder:?}");
        }
    }
    Ok(())
}

fn what_is_read_only_says_so(subject: &dyn Subject) -> Outcome {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(subject.stocked()?, false)?;
    let root = store.root()?;
    let codes = [
        store.set(tags::COMMENT, "x").map_err(|error| error.code()),
        root.set(tags::COMMENT, "x").map_err(|error| error.code()),
        root.create_folder("x", false).map(drop).map_err(|error| error.code()),
        root.create_message().map(drop).map_err(|error| error.code()),
    ];
    assert_eq!(codes, [Err(ErrorCode::NO_ACCESS); 4]);
    assert_eq!(root.props()?.i32(tags::ACCESS_LEVEL), Some(0));
    Ok(())
}

/// Section 10.
fn handles_end_with_the_session(subject: &dyn Subject) -> Outcome {
    let (session, store, inner) = open(subject)?;
    let objects = objects(&store, inner.as_ref())?;
    let folders = folders(&store)?;
    let tables: Vec<_> = folders
        .iter()
        .map(|folder| folder.contents_table(Contents::Normal))
        .collect::<Result<_>>()?;
    for report in session.logoff() {
        report.result?;
    }
    for (place, object) in &objects {
        let code = props(object).map_err(|error| error.code());
        assert_eq!(code.err(), Some(ErrorCode::INVALID_OBJECT), "{place:?}");
    }
    for (folder, table) in folders.iter().zip(&tables) {
        for code in [
            folder.folders().map(drop).map_err(|error| error.code()),
            folder.message_rows(Contents::Normal, &[]).map(drop).map_err(|error| error.code()),
            table.row_count().map(drop).map_err(|error| error.code()),
        ] {
            assert_eq!(code, Err(ErrorCode::INVALID_OBJECT));
        }
    }
    Ok(())
}
