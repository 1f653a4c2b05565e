//! Saves on a store of which any call may fail: nothing is lost, nothing is stored twice.

use std::sync::Arc;

use mapix_core::prop::{Prop, PropBag, PropTag, tags};
use mapix_core::store::{Faulty, MemoryStore, MessageStore};
use mapix_core::{
    AttachMethod, Contents, DeleteFolder, EmptyFolder, ErrorCode, Folder, KeepOpen, Mapi, Message,
    Session,
};

type Failing = Arc<Faulty<MemoryStore>>;

/// What can be made to fail: a call, a row or a value, and how many there were.
const FAULTS: [(Fail, Count); 3] = [
    (|store, n| store.fail_nth(n, ErrorCode::CORRUPT_DATA), Faulty::calls),
    (|store, n| store.break_row(n, ErrorCode::CORRUPT_DATA), Faulty::rows_given),
    (|store, n| store.break_value(n, ErrorCode::CORRUPT_DATA), Faulty::values_given),
];
type Fail = fn(&Faulty<MemoryStore>, u64);
type Count = fn(&Faulty<MemoryStore>) -> u64;

/// A session with a store that fails on demand, and a folder in it.
fn open() -> (Session, Failing, Folder) {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = Arc::new(Faulty::new(MemoryStore::new("faulty")));
    let opened = session.attach(Arc::clone(&store) as Arc<dyn MessageStore>, true).unwrap();
    let folder = opened.root().unwrap().create_folder("Inbox", false).unwrap();
    (session, store, folder)
}

fn subjects(folder: &Folder) -> Vec<String> {
    let subject = |message: mapix_core::Result<Message>| text(&message.unwrap(), tags::SUBJECT);
    folder.messages(Contents::Normal).unwrap().map(subject).collect()
}

fn text(message: &Message, tag: PropTag) -> String {
    message.text(tag).unwrap().unwrap_or_default()
}

fn with_attachment(folder: &Folder) -> Message {
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, "new").unwrap();
    let attachment = message.create_attachment(AttachMethod::ByValue).unwrap();
    attachment.set(tags::ATTACH_DATA_BIN, &b"data"[..]).unwrap();
    attachment.save().unwrap();
    message
}

#[test]
fn a_first_save_that_fails_anywhere_stores_nothing_and_can_be_repeated() {
    for n in 1.. {
        let (_session, store, folder) = open();
        let message = with_attachment(&folder);
        let before = store.calls();
        store.fail_nth(n, ErrorCode::DISK_ERROR);
        let result = message.save();
        let over = store.calls() - before < n;
        store.heal();
        if let Err(error) = result {
            assert_eq!(error.code(), ErrorCode::DISK_ERROR);
            assert_eq!(subjects(&folder).len(), 0, "call {n} failed");
            message.save().unwrap();
        }
        assert_eq!(subjects(&folder), ["new"], "call {n} failed");
        assert_eq!(text(&message, tags::SUBJECT), "new");
        assert_eq!(message.attachments().unwrap().len(), 1, "call {n} failed");
        assert!(message.entry_id().is_ok());
        if over {
            assert!(n > 2, "a save makes calls");
            break;
        }
    }
}

#[test]
fn a_later_save_that_fails_anywhere_stores_all_or_nothing() {
    for n in 1.. {
        let (_session, store, folder) = open();
        let message = with_attachment(&folder);
        message.save().unwrap();
        message.set(tags::SUBJECT, "changed").unwrap();
        let before = store.calls();
        store.fail_nth(n, ErrorCode::DISK_ERROR);
        let result = message.save();
        let over = store.calls() - before < n;
        store.heal();
        assert_eq!(text(&message, tags::SUBJECT), "changed", "call {n} failed");
        if result.is_err() {
            assert_eq!(subjects(&folder), ["new"], "call {n} failed");
            message.save().unwrap();
        }
        assert_eq!(subjects(&folder), ["changed"], "call {n} failed");
        message.set(tags::SUBJECT, "again").unwrap();
        message.save_changes(KeepOpen::ReadWrite, true).unwrap();
        assert_eq!(subjects(&folder), ["again"], "call {n} failed");
        if over {
            break;
        }
    }
}

#[test]
fn attachments_that_are_not_saved_yet_have_numbers_of_their_own() {
    let (_session, _, folder) = open();
    let message = folder.create_message().unwrap();
    let made: Vec<_> = (0..3u8)
        .map(|byte| {
            let one = message.create_attachment(AttachMethod::ByValue).unwrap();
            one.set(tags::ATTACH_DATA_BIN, vec![byte]).unwrap();
            one
        })
        .collect();
    made.iter().rev().for_each(|one| one.save().unwrap());
    message.save().unwrap();
    let data = |at: usize| message.attachments().unwrap()[at].get(tags::ATTACH_DATA_BIN).unwrap();
    assert_eq!(message.attachments().unwrap().len(), 3);
    for byte in 0..3u8 {
        assert_eq!(data(byte.into()), Some(vec![byte].into()));
    }
}

#[test]
fn an_embedded_message_that_cannot_be_saved_keeps_its_changes() {
    let (_session, _, folder) = open();
    let message = folder.create_message().unwrap();
    let holder = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let inner = holder.create_embedded().unwrap();
    inner.set(tags::SUBJECT, "inner").unwrap();
    message.save_changes(KeepOpen::ReadOnly, false).unwrap();
    assert_eq!(inner.save().unwrap_err().code(), ErrorCode::NO_ACCESS);
    assert_eq!(text(&inner, tags::SUBJECT), "inner");
}

#[test]
fn a_hierarchy_shows_the_folders_that_can_be_read() {
    let (_session, store, inbox) = open();
    let root = inbox.parent().unwrap().unwrap();
    root.create_folder("Outbox", false).unwrap();
    inbox.create_folder("2026", false).unwrap();
    let (mut whole, mut partly) = (0, 0);
    for n in 1.. {
        let table = root.hierarchy_table(true).unwrap();
        let before = store.calls();
        store.fail_nth(n, ErrorCode::DISK_ERROR);
        match table.row_count().map(|rows| rows.value) {
            Ok(3) => whole += 1,
            Ok(_) => partly += 1,
            Err(error) => assert_eq!(error.code(), ErrorCode::DISK_ERROR),
        }
        let over = store.calls() - before < n;
        store.heal();
        if over {
            break;
        }
    }
    assert!(whole > 0 && partly > 0, "{whole} {partly}");
}

#[test]
fn what_waits_to_be_sent_is_not_deleted_where_the_queue_cannot_be_read() {
    let all = DeleteFolder { folders: true, messages: true };
    for (fail, count) in FAULTS {
        let mut refused = 0;
        for (whole, n) in (1..).flat_map(|n| [(true, n), (false, n)]) {
            let (_session, store, inbox) = open();
            let root = inbox.parent().unwrap().unwrap();
            let below = inbox.create_folder("2026", false).unwrap();
            let message = below.create_message().unwrap();
            message.set_recipients(vec![bob()]).unwrap();
            message.save().unwrap();
            message.submit(false).unwrap();
            let before = count(&store);
            fail(&store, n);
            let result = if whole {
                root.delete_folder(&inbox, all)
            } else {
                root.empty(EmptyFolder::default()).map(drop)
            };
            let over = count(&store) - before < n;
            store.heal();
            refused += i32::from(result.is_err_and(|it| it.code() == ErrorCode::CORRUPT_DATA));
            assert_eq!(subjects(&below).len(), 1, "{n} failed");
            if over && !whole {
                break;
            }
        }
        assert!(refused > 2, "{refused}");
    }
}

fn bob() -> PropBag {
    let bob = [Prop::new(tags::RECIPIENT_TYPE, 1), Prop::new(tags::DISPLAY_NAME, "Bob")];
    bob.into_iter().collect()
}

#[test]
fn an_attachment_that_cannot_be_read_is_still_told_of() {
    let (_session, store, folder) = open();
    let message = with_attachment(&folder);
    message.save().unwrap();
    let (break_row, count) = FAULTS[1];
    for n in 1.. {
        message.set(tags::SUBJECT, format!("changed {n}")).unwrap();
        let before = count(&store);
        break_row(&store, n);
        let result = message.save();
        let over = count(&store) - before < n;
        store.heal();
        if result.is_err() {
            message.save().unwrap();
        }
        assert_eq!(message.get(tags::HASATTACH).unwrap(), Some(true.into()), "row {n} was broken");
        if over {
            assert!(n > 1, "a save looks at its attachments");
            break;
        }
    }
}

/// What is in a folder and in those below it: of each folder its comment, of each message its
/// subject, its recipients and its attachments.
fn inventory(folder: &Folder) -> Vec<String> {
    let comment = folder.get(tags::COMMENT).unwrap();
    let comment = comment.and_then(|value| Some(value.as_text()?.len()));
    let mut found = vec![format!("{} {comment:?}", folder.name().unwrap())];
    for message in folder.messages(Contents::Normal).unwrap() {
        let message = message.unwrap();
        let (recipients, attachments) = (message.recipients(), message.attachments());
        let (recipients, attachments) = (recipients.unwrap().len(), attachments.unwrap().len());
        found.push(format!("{} {recipients} {attachments}", text(&message, tags::SUBJECT)));
    }
    found.extend(folder.folders().unwrap().iter().flat_map(inventory));
    found
}

#[test]
fn a_folder_that_moves_to_another_store_is_whole_there_or_still_here() {
    let (mut moved, mut stayed) = (0, 0);
    for (fail, count) in FAULTS {
        for n in 1.. {
            let (session, store, inbox) = open();
            let root = inbox.parent().unwrap().unwrap();
            let below = inbox.create_folder("2026", false).unwrap();
            // More than comes with the other properties.
            below.set(tags::COMMENT, "x".repeat(10_000)).unwrap();
            let message = with_attachment(&below);
            message.set_recipients(vec![bob()]).unwrap();
            message.save().unwrap();
            let whole = inventory(&inbox);
            assert_eq!(whole, ["Inbox None", "2026 Some(10000)", "new 1 1"]);

            let other = session.attach(Arc::new(MemoryStore::new("other")), true).unwrap();
            let other = other.root().unwrap();
            let before = count(&store);
            fail(&store, n);
            let _ = root.move_folder(&inbox, &other);
            let over = count(&store) - before < n;
            store.heal();
            match root.folder("Inbox") {
                Ok(inbox) => {
                    assert_eq!(inventory(&inbox), whole, "{n} failed");
                    stayed += 1;
                }
                Err(error) => {
                    assert_eq!(error.code(), ErrorCode::NOT_FOUND);
                    assert_eq!(inventory(&other.folder("Inbox").unwrap()), whole, "{n} failed");
                    moved += 1;
                }
            }
            if over {
                break;
            }
        }
    }
    assert!(moved >= 2 && stayed > 10, "{moved} {stayed}");
}
