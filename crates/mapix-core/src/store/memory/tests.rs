use std::io::{Cursor, Read};

use super::MemoryStore;
use crate::prop::{CodePage, Guid, PropBag, PropName, PropType, String8, Value, tags};
use crate::store::{Change, MessageStore, MessageUpdate, ObjectRef, StreamUpdate};
use crate::{ErrorCode, Result};

fn create(store: &MemoryStore, content: MessageUpdate) -> Result<u64> {
    let change = Change::CreateMessage { folder: 1, associated: false, content };
    store.commit(vec![change]).map(|commit| commit.created[0])
}

fn body(text: &str) -> MessageUpdate {
    let mut set = PropBag::new();
    set.set(tags::BODY, text);
    set.set(tags::HTML, text.as_bytes());
    MessageUpdate { set, ..MessageUpdate::default() }
}

#[test]
fn an_open_stream_keeps_what_was_there() {
    let store = MemoryStore::new("test");
    let message = create(&store, body("old")).unwrap();
    let mut stream = store.open_stream(&ObjectRef::message(message), tags::HTML).unwrap();
    let update = body("new");
    store.commit(vec![Change::UpdateMessage { message, expected: None, update }]).unwrap();
    store.commit(vec![Change::DeleteMessage { message, soft: false }]).unwrap();
    let mut read = String::new();
    stream.read_to_string(&mut read).unwrap();
    assert_eq!(read, "old");
}

#[test]
fn a_value_can_be_copied_out_of_the_same_store() {
    let store = MemoryStore::new("test");
    let source = ObjectRef::message(create(&store, body("text")).unwrap());
    let data = store.open_stream(&source, tags::BODY).unwrap();
    let streams = vec![StreamUpdate { tag: tags::BODY, data }];
    let copy = create(&store, MessageUpdate { streams, ..MessageUpdate::default() }).unwrap();
    let copy = store.properties(&ObjectRef::message(copy), 4096).unwrap();
    assert_eq!(copy.text(tags::BODY).as_deref(), Some("text"));
}

#[test]
fn strings_from_streams_have_the_code_page_of_their_message() {
    let store = MemoryStore::new("test");
    let tag = tags::BODY.with_type(PropType::STRING8);
    let content = |code_page: Option<i32>| {
        let mut set = PropBag::new();
        code_page.into_iter().for_each(|number| set.set(tags::MESSAGE_CODEPAGE, number));
        let streams = vec![StreamUpdate { tag, data: Box::new(Cursor::new(vec![0xCF])) }];
        MessageUpdate { set, streams, ..MessageUpdate::default() }
    };
    for (given, expected) in [(None, 1252), (Some(1251), 1251)] {
        let message = create(&store, content(given)).unwrap();
        let update = content(None);
        store.commit(vec![Change::UpdateMessage { message, expected: None, update }]).unwrap();
        let found = store.properties(&ObjectRef::message(message), 4096).unwrap();
        let text = String8::new(&[0xCF][..], CodePage(expected));
        assert_eq!(found.get(tag), Some(&Value::from(text)));
    }
}

#[test]
fn names_run_out_without_a_trace() {
    let store = MemoryStore::new("test");
    let names: Vec<_> = (0..0x7FFF).map(|id| PropName::id(Guid::NULL, id)).collect();
    let (last, most) = names.split_last().unwrap();
    store.name_ids(most, true).unwrap();
    let two = [last.clone(), PropName::name(Guid::NULL, "one too many")];
    assert_eq!(store.name_ids(&two, true).unwrap_err().code(), ErrorCode::TOO_BIG);
    assert_eq!(store.all_names().unwrap().len(), most.len());
    let ids = store.name_ids(std::slice::from_ref(last), true).unwrap();
    assert_eq!(ids, [Some(0xFFFE)]);
}

#[test]
fn stores_know_their_own_entry_ids() {
    let (one, two) = (MemoryStore::new("same"), MemoryStore::new("same"));
    let root = one.entry_id(&ObjectRef::Folder(1)).unwrap();
    assert_eq!(two.resolve(&root).unwrap_err().code(), ErrorCode::UNKNOWN_ENTRYID);
    let fixed = MemoryStore::with_uid("fixed", one.info().uid);
    assert_eq!(fixed.resolve(&root).unwrap(), ObjectRef::Folder(1));
}

#[test]
fn what_is_forgotten_is_said() {
    let store = MemoryStore::new("test");
    let change = || Change::UpdateStore { set: PropBag::new(), delete: Vec::new() };
    let first = store.commit(vec![change()]).unwrap().cursor;
    assert!(!store.changes_since(first).unwrap().lost);
    for _ in 0..100_001 {
        store.commit(vec![change()]).unwrap();
    }
    assert!(store.changes_since(first).unwrap().lost);
    let changes = store.changes_since(first + 1).unwrap();
    assert_eq!((changes.lost, changes.events.len()), (false, 100_000));
}
