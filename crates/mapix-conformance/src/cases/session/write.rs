//! Changing a store through a session: properties, snapshots, saves, attachments, copies.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use mapix_core::prop::{Prop, PropBag, PropName, PropTag, PropType, Value, guids, tags};
use mapix_core::restriction::Restriction;
use mapix_core::store::Capability;
use mapix_core::table::{Query, SortKey, SortOrderSet};
use mapix_core::{
    AttachMethod, Contents, DeleteFolder, DeleteMessages, ErrorCode, Folder, KeepOpen, Mapi,
    Message, Object, Result, Session, SpecialFolder, Store,
};

use crate::cases::cases;
use crate::{Need, Outcome, Subject};

cases! {
    "session";
    the_first_save_fills_in_what_is_required: Need::Able(Capability::WRITE);
    nothing_is_stored_before_the_save: Need::Able(Capability::WRITE);
    the_first_save_wins_and_force_overrides: Need::Able(Capability::WRITE);
    what_stays_open_follows_the_flags: Need::Able(Capability::WRITE);
    get_props_keeps_count_order_and_type: Need::Able(Capability::WRITE);
    set_props_reports_what_it_could_not_set: Need::Able(Capability::WRITE);
    a_read_only_store_refuses_every_change: Need::Able(Capability::WRITE);
    attachments_need_both_saves: Need::Able(Capability::WRITE);
    a_failed_stream_stores_nothing_and_the_save_can_be_repeated: Need::Able(Capability::WRITE);
    copies_to_another_store_keep_names: Need::Able(Capability::WRITE);
    folders_are_made_moved_and_deleted: Need::Able(Capability::WRITE);
    entry_ids_open_what_they_stand_for: Need::Able(Capability::WRITE);
    reading_is_saved_at_once: Need::Able(Capability::WRITE);
    special_folders_are_found_by_entry_id_class_and_prefix: Need::Able(Capability::WRITE);
    tables_show_any_column_of_what_a_folder_holds: Need::Able(Capability::WRITE);
}

const MSGFLAG_READ: i32 = 1;
const MSGFLAG_UNMODIFIED: i32 = 2;
const MSGFLAG_HASATTACH: i32 = 16;

/// A session with a fresh store in it, open for writing.
fn open(subject: &dyn Subject) -> Result<(Session, Store)> {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(subject.open()?, true)?;
    Ok((session, store))
}

fn folder(store: &Store, name: &str) -> Folder {
    store.root().unwrap().create_folder(name, false).unwrap()
}

fn recipient(kind: i32, name: &str, address: &str) -> PropBag {
    [
        Prop::new(tags::RECIPIENT_TYPE, kind),
        Prop::new(tags::DISPLAY_NAME, name),
        Prop::new(tags::ADDRTYPE, "SMTP"),
        Prop::new(tags::EMAIL_ADDRESS, address),
    ]
    .into_iter()
    .collect()
}

fn subject_of(message: &Message) -> String {
    message.text(tags::SUBJECT).unwrap().unwrap_or_default()
}

fn the_first_save_fills_in_what_is_required(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = inbox.create_message().unwrap();
    let search_key = message.props().unwrap().bytes(tags::SEARCH_KEY).unwrap().to_vec();
    assert_eq!(search_key.len(), 16, "the search key is there at once");
    assert_eq!(message.entry_id().unwrap_err().code(), ErrorCode::NOT_FOUND);
    message.set(tags::SUBJECT, "RE: lunch").unwrap();
    message
        .set_recipients(vec![
            recipient(1, "Ann", "ann@example.org"),
            recipient(1, "Bob", "bob@example.org"),
            recipient(2, "", "cc@example.org"),
        ])
        .unwrap();
    message.save().unwrap();
    let bag = message.props().unwrap();
    for (tag, value) in [
        (tags::MESSAGE_CLASS, "IPM"),
        (tags::DISPLAY_TO, "Ann; Bob"),
        (tags::DISPLAY_CC, "cc@example.org"),
        (tags::DISPLAY_BCC, ""),
        (tags::SUBJECT_PREFIX, "RE: "),
        (tags::NORMALIZED_SUBJECT, "lunch"),
    ] {
        assert_eq!(bag.text(tag).as_deref(), Some(value), "{tag}");
    }
    assert_eq!(bag.bytes(tags::SEARCH_KEY).unwrap(), search_key);
    assert_eq!(bag.i32(tags::MESSAGE_FLAGS), Some(MSGFLAG_UNMODIFIED));
    assert!(bag.i32(tags::MESSAGE_SIZE).unwrap() > 0);
    assert_eq!(bag.time(tags::CREATION_TIME), bag.time(tags::LAST_MODIFICATION_TIME));
    let inbox_id = inbox.entry_id().unwrap();
    assert_eq!(bag.bytes(tags::PARENT_ENTRYID).unwrap(), inbox_id.as_bytes());
    let store_id = store.props().unwrap().bytes(tags::ENTRYID).unwrap().to_vec();
    assert_eq!(bag.bytes(tags::STORE_ENTRYID).unwrap(), store_id, "wrapped, and the same");
    for required in [tags::RECORD_KEY, tags::ENTRYID, tags::STORE_RECORD_KEY, tags::HASATTACH] {
        assert!(bag.get(required).is_some(), "{required}");
    }
    let first = &message.recipients().unwrap()[0];
    assert_eq!(first.props.bytes(tags::SEARCH_KEY).unwrap(), b"SMTP:ANN@EXAMPLE.ORG\0");
    message.set(tags::SUBJECT, "other").unwrap();
    message.save().unwrap();
    let bag = message.props().unwrap();
    assert_eq!(bag.i32(tags::MESSAGE_FLAGS), Some(0), "unmodified ends with the second save");
    assert_eq!(bag.text(tags::NORMALIZED_SUBJECT).unwrap(), "other");
    assert_eq!(bag.text(tags::SUBJECT_PREFIX).unwrap(), "");
    Ok(())
}

fn nothing_is_stored_before_the_save(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = inbox.create_message().unwrap();
    message.set(tags::SUBJECT, "x").unwrap();
    assert_eq!(inbox.message_rows(Contents::Normal, &[]).unwrap().len(), 0);
    message.save().unwrap();
    assert_eq!(inbox.message_rows(Contents::Normal, &[]).unwrap().len(), 1);
    let again = store.open_message(message.id().unwrap()).unwrap();
    message.set(tags::SUBJECT, "y").unwrap();
    assert_eq!(subject_of(&message), "y");
    assert_eq!(subject_of(&again), "x");
    drop(message);
    assert_eq!(subject_of(&store.open_message(again.id().unwrap()).unwrap()), "x");
    Ok(())
}

fn the_first_save_wins_and_force_overrides(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = inbox.create_message().unwrap();
    message.set(tags::SUBJECT, "start").unwrap();
    message.save().unwrap();
    let id = message.id().unwrap();
    let (first, second) = (store.open_message(id).unwrap(), store.open_message(id).unwrap());
    first.set(tags::SUBJECT, "first").unwrap();
    second.set(tags::SUBJECT, "second").unwrap();
    first.save().unwrap();
    assert_eq!(second.save().unwrap_err().code(), ErrorCode::OBJECT_CHANGED);
    assert_eq!(subject_of(&second), "second", "it stays open with its changes");
    assert_eq!(subject_of(&store.open_message(id).unwrap()), "first");
    second.save_changes(KeepOpen::ReadWrite, true).unwrap();
    assert_eq!(subject_of(&store.open_message(id).unwrap()), "second");

    inbox.delete_messages(&[id], DeleteMessages { hard: true }).unwrap().complete().unwrap();
    second.set(tags::SUBJECT, "late").unwrap();
    for force in [false, true] {
        let code = second.save_changes(KeepOpen::ReadWrite, force).unwrap_err().code();
        assert_eq!(code, ErrorCode::OBJECT_DELETED);
    }
    Ok(())
}

fn what_stays_open_follows_the_flags(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = inbox.create_message().unwrap();
    message.save_changes(KeepOpen::ReadOnly, false).unwrap();
    assert!(message.props().is_ok());
    let code = message.set(tags::SUBJECT, "x").unwrap_err().code();
    assert_eq!(code, ErrorCode::NO_ACCESS);
    let message = inbox.create_message().unwrap();
    message.save_changes(KeepOpen::No, false).unwrap();
    assert_eq!(message.props().unwrap_err().code(), ErrorCode::INVALID_OBJECT);
    Ok(())
}

fn get_props_keeps_count_order_and_type(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let message = folder(&store, "Inbox").create_message().unwrap();
    message.set(tags::SUBJECT, "x").unwrap();
    message.set(tags::BODY, "b".repeat(5000)).unwrap();
    message.set_stream(tags::HTML, Box::new(Cursor::new(vec![7; 10_000]))).unwrap();
    message.save().unwrap();
    let wanted = [
        tags::IMPORTANCE,
        tags::SUBJECT.with_type(PropType::STRING8),
        tags::HTML,
        tags::SUBJECT.with_type(PropType::UNSPECIFIED),
        tags::SUBJECT.with_type(PropType::I32),
    ];
    let props = message.get_props(&wanted).unwrap();
    let ids: Vec<u16> = props.iter().map(|prop| prop.tag.id()).collect();
    assert_eq!(ids, wanted.map(PropTag::id));
    assert_eq!(props[0].value, Value::Error(ErrorCode::NOT_FOUND));
    assert_eq!(props[0].tag.prop_type(), PropType::ERROR);
    assert!(matches!(props[1].value, Value::String8(_)));
    assert_eq!(props[2].value, Value::Error(ErrorCode::NOT_ENOUGH_MEMORY));
    assert_eq!(props[3].value, Value::from("x"));
    assert_eq!(props[4].value, Value::Error(ErrorCode::UNEXPECTED_TYPE));
    assert_eq!(message.get_props(&[]).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    let whole = message.get(tags::HTML).unwrap().unwrap();
    assert_eq!(whole, Value::Binary(vec![7; 10_000].into()));
    assert_eq!(message.text(tags::BODY).unwrap().unwrap().len(), 5000);
    assert_eq!(message.get(tags::IMPORTANCE).unwrap(), None);
    Ok(())
}

fn set_props_reports_what_it_could_not_set(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let message = folder(&store, "Inbox").create_message().unwrap();
    let problems = message
        .set_props(&[
            Prop::new(tags::SUBJECT, "x"),
            Prop { tag: tags::BODY, value: Value::Error(ErrorCode::NOT_FOUND) },
            Prop::new(tags::ENTRYID, &[1][..]),
            Prop { tag: tags::IMPORTANCE, value: Value::from("wrong type") },
        ])
        .unwrap();
    let found: Vec<_> = problems.iter().map(|problem| (problem.index, problem.code)).collect();
    assert_eq!(found, [(2, ErrorCode::COMPUTED), (3, ErrorCode::INVALID_TYPE)]);
    assert_eq!(subject_of(&message), "x");
    let empty = Prop::new(tags::ADDITIONAL_REN_ENTRYIDS, Vec::<Box<[u8]>>::new());
    let code = message.set_props(&[Prop::new(tags::SUBJECT, "y"), empty]).unwrap_err().code();
    assert_eq!(code, ErrorCode::INVALID_PARAMETER);
    assert_eq!(subject_of(&message), "x", "nothing was set");
    let problems = message.delete_props(&[tags::SUBJECT, tags::BODY, tags::ENTRYID]).unwrap();
    let found: Vec<_> = problems.iter().map(|problem| (problem.index, problem.code)).collect();
    assert_eq!(found, [(1, ErrorCode::NOT_FOUND), (2, ErrorCode::NOT_FOUND)]);
    assert_eq!(message.get(tags::SUBJECT).unwrap(), None);
    message.save().unwrap();
    assert_eq!(message.get(tags::SUBJECT).unwrap(), None);
    let code = message.set(tags::MESSAGE_FLAGS, 0).unwrap_err().code();
    assert_eq!(code, ErrorCode::COMPUTED, "flags are set before the first save only");
    Ok(())
}

fn a_read_only_store_refuses_every_change(subject: &dyn Subject) -> Outcome {
    let session = Mapi::with_providers(Vec::new()).session();
    let inner = subject.open()?;
    let writer = session.attach(Arc::clone(&inner), true).unwrap();
    let message = folder(&writer, "Inbox").create_message().unwrap();
    message.save().unwrap();
    let reader_session = Mapi::with_providers(Vec::new()).session();
    let store = reader_session.attach(inner, false).unwrap();
    let root = store.root().unwrap();
    let message = store.open_message(message.id().unwrap()).unwrap();
    let name = PropName::name(guids::PS_PUBLIC_STRINGS, "new");
    let codes = [
        root.create_folder("x", false).unwrap_err().code(),
        root.create_message().unwrap_err().code(),
        root.set(tags::COMMENT, "x").unwrap_err().code(),
        store.set(tags::COMMENT, "x").unwrap_err().code(),
        message.set(tags::SUBJECT, "x").unwrap_err().code(),
        message.set_recipients(Vec::new()).unwrap_err().code(),
        message.create_attachment(AttachMethod::ByValue).unwrap_err().code(),
        message.save().unwrap_err().code(),
        message.set_read_flag(true).unwrap_err().code(),
        store.ids_of(&[name], true).unwrap_err().code(),
    ];
    assert_eq!(codes, [ErrorCode::NO_ACCESS; 10]);
    assert_eq!(message.props().unwrap().i32(tags::ACCESS_LEVEL), Some(0));
    Ok(())
}

/// A message with an attachment by value, and one that holds a message with an attachment.
fn nested(folder: &Folder) -> Message {
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, "outer").unwrap();
    let data = message.create_attachment(AttachMethod::ByValue).unwrap();
    data.set(tags::ATTACH_LONG_FILENAME, "data.bin").unwrap();
    data.set_stream(tags::ATTACH_DATA_BIN, Box::new(Cursor::new(vec![1; 100_000]))).unwrap();
    data.save().unwrap();
    let holder = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let inner = holder.create_embedded().unwrap();
    inner.set(tags::SUBJECT, "inner").unwrap();
    inner.set_recipients(vec![recipient(1, "Ann", "ann@example.org")]).unwrap();
    let small = inner.create_attachment(AttachMethod::ByValue).unwrap();
    small.set(tags::ATTACH_DATA_BIN, &b"small"[..]).unwrap();
    small.save().unwrap();
    inner.save().unwrap();
    holder.save().unwrap();
    message
}

fn check_nested(message: &Message) {
    assert_eq!(subject_of(message), "outer");
    let attachments = message.attachments().unwrap();
    assert_eq!(attachments.len(), 2);
    assert_eq!(attachments[0].name().unwrap().unwrap(), "data.bin");
    let mut data = attachments[0].open_data().unwrap();
    assert_eq!(data.len().unwrap(), 100_000);
    data.seek(SeekFrom::End(-2)).unwrap();
    let mut tail = Vec::new();
    data.read_to_end(&mut tail).unwrap();
    assert_eq!(tail, [1, 1]);
    assert_eq!(attachments[1].method().unwrap(), AttachMethod::EmbeddedMessage);
    assert_eq!(attachments[1].open_data().unwrap_err().code(), ErrorCode::NO_SUPPORT);
    let inner = attachments[1].embedded().unwrap();
    assert_eq!(subject_of(&inner), "inner");
    assert_eq!(inner.recipients().unwrap()[0].address().unwrap(), "ann@example.org");
    assert_eq!(inner.text(tags::DISPLAY_TO).unwrap().unwrap(), "Ann");
    let small = &inner.attachments().unwrap()[0];
    let mut bytes = Vec::new();
    small.open_data().unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"small");
}

fn attachments_need_both_saves(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = nested(&inbox);
    check_nested(&message);
    assert!(message.id().is_none());
    message.save().unwrap();
    check_nested(&message);
    let id = message.id().unwrap();
    check_nested(&store.open_message(id).unwrap());
    let bag = message.props().unwrap();
    assert_eq!(bag.i32(tags::MESSAGE_FLAGS).unwrap() & MSGFLAG_HASATTACH, MSGFLAG_HASATTACH);
    assert_eq!(bag.bool(tags::HASATTACH), Some(true));
    assert!(bag.i32(tags::MESSAGE_SIZE).unwrap() > 100_000);
    assert_eq!(store.parts(id).unwrap().attachments, 3);
    assert_eq!(store.parts(id).unwrap().embedded, 1);

    let again = store.open_message(id).unwrap();
    let unsaved = again.create_attachment(AttachMethod::ByValue).unwrap();
    assert_eq!(unsaved.number(), 2);
    assert_eq!(again.attachments().unwrap().len(), 2, "it was never saved");
    again.delete_attachment(0).unwrap();
    assert_eq!(again.attachments().unwrap().len(), 1);
    assert_eq!(again.open_attachment(0).unwrap_err().code(), ErrorCode::NOT_FOUND);
    assert_eq!(store.open_message(id).unwrap().attachments().unwrap().len(), 2);
    let inner = again.open_attachment(1).unwrap().embedded().unwrap();
    inner.set(tags::SUBJECT, "changed").unwrap();
    inner.save().unwrap();
    again.save().unwrap();
    let last = store.open_message(id).unwrap();
    assert_eq!(last.attachments().unwrap().len(), 1);
    let inner = last.open_attachment(1).unwrap().embedded().unwrap();
    assert_eq!(subject_of(&inner), "inner", "the attachment between them was not saved");
    Ok(())
}

fn a_failed_stream_stores_nothing_and_the_save_can_be_repeated(subject: &dyn Subject) -> Outcome {
    struct Broken(bool);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let _ = buffer;
            if std::mem::replace(&mut self.0, false) {
                return Err(std::io::Error::other("the tape tore"));
            }
            Ok(0)
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
            Ok(0)
        }
    }
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = inbox.create_message().unwrap();
    message.set_stream(tags::HTML, Box::new(Broken(true))).unwrap();
    let error = message.save().unwrap_err();
    assert!(error.to_string().contains("the tape tore"), "{error}");
    assert_eq!(inbox.message_rows(Contents::Normal, &[]).unwrap().len(), 0);
    message.save().unwrap();
    assert_eq!(inbox.message_rows(Contents::Normal, &[]).unwrap().len(), 1);
    Ok(())
}

fn copies_to_another_store_keep_names(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let (_other_session, other) = open(subject)?;
    let name = PropName::name(guids::PS_PUBLIC_STRINGS, "Project");
    // The other store has given its first number to somebody else.
    let taken = PropName::name(guids::PS_PUBLIC_STRINGS, "Taken");
    other.ids_of(&[taken], true).unwrap();
    let message = nested(&folder(&store, "Inbox"));
    let tag = store.ids_of(std::slice::from_ref(&name), true).unwrap()[0].unwrap();
    message.set(tag, "mapix").unwrap();
    message.set_recipients(vec![recipient(1, "Bob", "bob@example.org")]).unwrap();
    message.save().unwrap();
    let copy = folder(&other, "Archive").copy_message(&message).unwrap();
    check_nested(&copy);
    let there = other.ids_of(&[name], false).unwrap()[0].unwrap();
    assert_ne!(there.id(), tag.id());
    assert_eq!(copy.text(there).unwrap().unwrap(), "mapix");
    assert_eq!(copy.recipients().unwrap().len(), 1);
    let (old, new) = (message.props().unwrap(), copy.props().unwrap());
    assert_eq!(old.bytes(tags::SEARCH_KEY), new.bytes(tags::SEARCH_KEY));
    assert_ne!(old.bytes(tags::RECORD_KEY), new.bytes(tags::RECORD_KEY));
    assert_eq!(message.copy_to(&message, &[]).unwrap_err().code(), ErrorCode::NO_ACCESS);
    Ok(())
}

fn folders_are_made_moved_and_deleted(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let root = store.root().unwrap();
    let before = root.folders().unwrap().len();
    let outer = root.create_folder("Outer", false).unwrap();
    let inner = outer.create_folder("Inner", false).unwrap();
    assert_eq!(inner.path().unwrap(), ["Outer", "Inner"]);
    let code = root.create_folder("outer", false).unwrap_err().code();
    assert_eq!(code, ErrorCode::COLLISION);
    assert_eq!(root.create_folder("Outer", true).unwrap().id(), outer.id());
    let code = root.move_folder(&outer, &inner).unwrap_err().code();
    assert_eq!(code, ErrorCode::FOLDER_CYCLE);
    let code = root.delete_folder(&outer, DeleteFolder::default()).unwrap_err().code();
    assert_eq!(code, ErrorCode::HAS_FOLDERS);
    inner.create_message().unwrap().save().unwrap();
    let code = outer.delete_folder(&inner, DeleteFolder::default()).unwrap_err().code();
    assert_eq!(code, ErrorCode::HAS_MESSAGES);
    root.delete_folder(&outer, DeleteFolder { messages: true, folders: true }).unwrap();
    assert_eq!(root.folders().unwrap().len(), before);
    assert_eq!(inner.props().unwrap_err().code(), ErrorCode::NOT_FOUND);
    Ok(())
}

fn entry_ids_open_what_they_stand_for(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = inbox.create_message().unwrap();
    message.save().unwrap();
    let id = inbox.entry_id().unwrap();
    assert!(matches!(store.open_entry(&id), Ok(Object::Folder(found)) if found.id() == inbox.id()));
    let id = message.entry_id().unwrap();
    let Ok(Object::Message(found)) = store.open_entry(&id) else { panic!("no message") };
    assert_eq!(found.id(), message.id());
    assert!(store.compare_entry_ids(&id, &id).unwrap());
    assert!(!store.compare_entry_ids(&id, &inbox.entry_id().unwrap()).unwrap());
    let wrapped = store.entry_id().unwrap();
    assert!(matches!(store.open_entry(&wrapped), Ok(Object::Store(_))));
    let (_other_session, other) = open(subject)?;
    let code = other.open_entry(&id).unwrap_err().code();
    assert_eq!(code, ErrorCode::UNKNOWN_ENTRYID);
    Ok(())
}

fn reading_is_saved_at_once(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let inbox = folder(&store, "Inbox");
    let message = inbox.create_message().unwrap();
    message.save().unwrap();
    message.set_read_flag(true).unwrap();
    let flags = |message: &Message| message.props().unwrap().i32(tags::MESSAGE_FLAGS).unwrap();
    assert_eq!(flags(&message) & MSGFLAG_READ, MSGFLAG_READ);
    let again = store.open_message(message.id().unwrap()).unwrap();
    assert_eq!(flags(&again) & MSGFLAG_READ, MSGFLAG_READ);
    message.set(tags::SUBJECT, "still mine").unwrap();
    message.save().unwrap();
    Ok(())
}

fn special_folders_are_found_by_entry_id_class_and_prefix(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    // A store may come with special folders of its own.
    store.set_receive_folder("", None).unwrap();
    store
        .root()
        .unwrap()
        .delete_props(&[tags::IPM_APPOINTMENT_ENTRYID, tags::IPM_CONTACT_ENTRYID])
        .unwrap();
    let subtree = folder(&store, "Oben");
    store.set(tags::IPM_SUBTREE_ENTRYID, subtree.entry_id().unwrap().as_bytes()).unwrap();
    let inbox = subtree.create_folder("Posteingang", false).unwrap();
    let calendar = subtree.create_folder("Kalender", false).unwrap();
    let contacts = subtree.create_folder("Kontakte", false).unwrap();
    contacts.set(tags::CONTAINER_CLASS, "IPF.Contact").unwrap();
    let missing = store.inbox().unwrap_err().code();
    assert_eq!(missing, ErrorCode::NOT_FOUND);
    store.set_receive_folder("", Some(&inbox)).unwrap();
    inbox.set(tags::IPM_APPOINTMENT_ENTRYID, calendar.entry_id().unwrap().as_bytes()).unwrap();
    let junk = subtree.create_folder("Junk", false).unwrap();
    let mut additional = vec![Box::<[u8]>::default(); 5];
    additional[4] = junk.entry_id().unwrap().as_bytes().into();
    inbox.set(tags::ADDITIONAL_REN_ENTRYIDS, additional).unwrap();
    for (which, folder) in [
        (SpecialFolder::IpmSubtree, &subtree),
        (SpecialFolder::Inbox, &inbox),
        (SpecialFolder::Calendar, &calendar),
        (SpecialFolder::Contacts, &contacts),
        (SpecialFolder::JunkEmail, &junk),
    ] {
        assert_eq!(store.special_folder(which).unwrap().id(), folder.id(), "{which:?}");
    }
    store.set_receive_folder("IPM.Note", Some(&contacts)).unwrap();
    let found = |class: &str| {
        let (folder, prefix) = store.receive_folder(class).unwrap();
        (folder.id(), prefix)
    };
    assert_eq!(found("IPM.Note.SMIME"), (contacts.id(), "IPM.Note".into()));
    assert_eq!(found("IPM.NoteX"), (inbox.id(), String::new()));
    store.set_receive_folder("IPM.Note", None).unwrap();
    assert_eq!(found("IPM.Note"), (inbox.id(), String::new()));
    Ok(())
}

fn tables_show_any_column_of_what_a_folder_holds(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let outer = folder(&store, "Outer");
    let inbox = outer.create_folder("Inbox", false).unwrap();
    for (subject, importance) in [("b", Some(1)), ("RE: a", None), ("c", Some(2))] {
        let message = inbox.create_message().unwrap();
        message.set(tags::SUBJECT, subject).unwrap();
        if let Some(importance) = importance {
            message.set(tags::IMPORTANCE, importance).unwrap();
        }
        message.set_recipients(vec![recipient(1, subject, "x@example.org")]).unwrap();
        message.save().unwrap();
    }
    let table = inbox.contents_table(Contents::Normal).unwrap();
    let by_importance = SortOrderSet::new([SortKey::descending(tags::IMPORTANCE)]);
    let query = Query {
        columns: Some(vec![tags::NORMALIZED_SUBJECT, tags::ENTRYID, tags::IMPORTANCE]),
        sort: Some(by_importance),
        ..Query::default()
    };
    let rows = table.query_all(query).unwrap();
    let subjects: Vec<&Value> = rows.iter().map(|row| &row.values[0].value).collect();
    assert_eq!(subjects, [&Value::from("c"), &Value::from("b"), &Value::from("a")]);
    assert_eq!(rows[2].values[2].value, Value::Error(ErrorCode::NOT_FOUND), "nulls come last");
    let restriction = Restriction::Sub {
        subobject: tags::MESSAGE_RECIPIENTS,
        restriction: Box::new(Restriction::equals(tags::DISPLAY_NAME, "c")),
    };
    table.restrict(Some(&restriction)).unwrap();
    assert_eq!(table.row_count().unwrap().value, 1);

    inbox.create_folder("Below", false).unwrap().create_folder("Deeper", false).unwrap();
    let deep = outer.hierarchy_table(true).unwrap();
    deep.set_columns(&[tags::DISPLAY_NAME, tags::DEPTH]).unwrap();
    let rows: Vec<(String, i32)> = deep
        .query_rows(10, false)
        .unwrap()
        .iter()
        .map(|row| {
            let text = row.values[0].value.as_text().unwrap().into_owned();
            (text, row.values[1].value.as_i32().unwrap())
        })
        .collect();
    let expected = [("Inbox", 1), ("Below", 2), ("Deeper", 3)];
    assert_eq!(rows, expected.map(|(name, depth)| (name.to_owned(), depth)));
    assert_eq!(outer.hierarchy_table(false).unwrap().row_count().unwrap().value, 1);
    Ok(())
}
