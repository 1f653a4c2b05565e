//! What is done to many messages, to folders and to search folders, through a session.

use mapix_core::prop::{PropTag, PropType, tags};
use mapix_core::restriction::{RelOp, Restriction};
use mapix_core::store::Capability;
use mapix_core::{
    Contents, DeleteMessages, EmptyFolder, ErrorCode, Folder, Mapi, Message, Result, SearchRun,
    SearchSettings, Session, Store, Warning,
};

use crate::cases::cases;
use crate::{Need, Outcome, Subject};

const WRITE: Need = Need::Able(Capability::WRITE);
const SOFT: Need = Need::Able(Capability::WRITE.and(Capability::SOFT_DELETE));
const SEARCH: Need = Need::Able(Capability::WRITE.and(Capability::SEARCH));

cases! {
    "session";
    what_cannot_be_deleted_stays_and_is_told: WRITE;
    deleted_messages_come_back: SOFT;
    emptying_spares_what_it_must: WRITE;
    status_is_set_bit_by_bit: WRITE;
    many_are_read_at_once: WRITE;
    folders_are_copied_whole: WRITE;
    folders_and_messages_move_between_stores: WRITE;
    search_folders_are_told_what_to_find: SEARCH;
}

fn open(subject: &dyn Subject) -> Result<(Session, Store)> {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(subject.open()?, true)?;
    Ok((session, store))
}

fn message(folder: &Folder, subject: &str, flags: i32) -> Result<Message> {
    let message = folder.create_message()?;
    message.set(tags::SUBJECT, subject)?;
    message.set(tags::MESSAGE_FLAGS, flags)?;
    message.save()?;
    Ok(message)
}

fn id(message: &Message) -> u64 {
    message.id().expect("it was saved")
}

fn shown(folder: &Folder, which: Contents) -> Result<Vec<u64>> {
    let rows = folder.message_rows(which, &[])?;
    let mut ids = rows.into_iter().map(|row| Ok(row?.id)).collect::<Result<Vec<_>>>()?;
    ids.sort_unstable();
    Ok(ids)
}

const SUBMITTED: i32 = 0x4 | 0x8;

/// A message that waits to be sent. Only the store itself can say so: clients submit.
fn submitted(subject: &dyn Subject) -> Result<(Session, Store, Folder, u64)> {
    use mapix_core::prop::PropBag;
    use mapix_core::store::{Change, MessageUpdate};
    let inner = subject.open()?;
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(std::sync::Arc::clone(&inner), true)?;
    let folder = store.root()?.create_folder("Outbox", false)?;
    let mut set = PropBag::new();
    set.set(tags::MESSAGE_FLAGS, SUBMITTED);
    let content = MessageUpdate { set, ..MessageUpdate::default() };
    let change = Change::CreateMessage { folder: folder.id(), associated: false, content };
    let id = inner.commit(vec![change])?.created[0];
    Ok((session, store, folder, id))
}

/// Section 25.
fn what_cannot_be_deleted_stays_and_is_told(subject: &dyn Subject) -> Outcome {
    let (_session, store, folder, waiting) = submitted(subject)?;
    let other = store.root()?.create_folder("Other", false)?;
    let elsewhere = id(&message(&other, "elsewhere", 0)?);
    let here = id(&message(&folder, "here", 0)?);
    let all = [waiting, elsewhere, here, u64::MAX];
    let deleted = folder.delete_messages(&all, DeleteMessages { hard: true })?;
    assert_eq!(deleted.done, 1);
    assert_eq!(deleted.warning(), Some(Warning::PartialCompletion));
    let codes: Vec<_> = deleted.failed.iter().map(|(id, error)| (*id, error.code())).collect();
    let expected = [
        (waiting, ErrorCode::SUBMITTED),
        (elsewhere, ErrorCode::NOT_FOUND),
        (u64::MAX, ErrorCode::NOT_FOUND),
    ];
    assert_eq!(codes, expected);
    assert_eq!(deleted.complete().unwrap_err().code(), ErrorCode::SUBMITTED);
    assert_eq!(shown(&folder, Contents::Normal)?, [waiting]);
    assert_eq!(shown(&other, Contents::Normal)?, [elsewhere]);
    // One that fails in the store does not hold up the others.
    let moved = other.move_messages(&[u64::MAX, elsewhere], &folder)?;
    assert_eq!((moved.done, moved.failed.len()), (1, 1));
    assert_eq!(shown(&folder, Contents::Normal)?.len(), 2);
    let read = folder.set_read_flags(None, true)?;
    assert_eq!((read.done, read.failed.len()), (1, 1), "a submitted message is left alone");
    Ok(())
}

fn deleted_messages_come_back(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let folder = store.root()?.create_folder("Inbox", false)?;
    let (first, second) = (message(&folder, "first", 0)?, message(&folder, "second", 0)?);
    let ids = [id(&first), id(&second)];
    let soft = DeleteMessages::default();
    assert_eq!(folder.delete_messages(&ids, soft)?.complete()?, 2);
    assert_eq!(shown(&folder, Contents::Normal)?, []);
    assert_eq!(shown(&folder, Contents::Deleted)?.len(), 2);
    let restored = folder.restore_messages(&[ids[0], u64::MAX])?;
    assert_eq!((restored.done, restored.failed.len()), (1, 1));
    assert_eq!(shown(&folder, Contents::Normal)?, [ids[0]]);
    assert_eq!(store.open_message(ids[0])?.text(tags::SUBJECT)?.as_deref(), Some("first"));
    // Deleted once more, it is gone.
    assert_eq!(folder.delete_messages(&[ids[1]], soft)?.complete()?, 1);
    assert_eq!(shown(&folder, Contents::Deleted)?, []);
    folder.delete_messages(&[ids[0]], DeleteMessages { hard: true })?.complete()?;
    assert_eq!(shown(&folder, Contents::Deleted)?, []);
    Ok(())
}

fn emptying_spares_what_it_must(subject: &dyn Subject) -> Outcome {
    let (_session, store, folder, waiting) = submitted(subject)?;
    message(&folder, "mail", 0)?;
    let inner = folder.create_folder("Inner", false)?;
    message(&inner, "below", 0)?;
    let hidden = folder.create_associated()?;
    hidden.save()?;
    let emptied = folder.empty(EmptyFolder::default())?;
    assert_eq!((emptied.done, emptied.failed.len()), (2, 1));
    assert_eq!(shown(&folder, Contents::Normal)?, [waiting]);
    assert_eq!(shown(&folder, Contents::Associated)?, [id(&hidden)]);
    assert_eq!(folder.folders()?.len(), 0);
    assert!(store.open_folder(inner.id()).is_err());
    let all = folder.empty(EmptyFolder { associated: true, hard: true })?;
    assert_eq!((all.done, all.failed.len()), (1, 1));
    assert_eq!(shown(&folder, Contents::Associated)?, []);
    Ok(())
}

fn status_is_set_bit_by_bit(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let folder = store.root()?.create_folder("Inbox", false)?;
    let message = message(&folder, "mail", 0)?;
    let id = id(&message);
    assert_eq!(folder.message_status(id)?, 0);
    assert_eq!(folder.set_message_status(id, 0x6, 0x2)?, 0);
    assert_eq!(folder.set_message_status(id, 0x4, 0x4)?, 0x2, "the status before");
    assert_eq!(folder.message_status(id)?, 0x6);
    let code = folder.message_status(u64::MAX).unwrap_err().code();
    assert_eq!(code, ErrorCode::NOT_FOUND);
    message.set(tags::SUBJECT, "not in the way")?;
    message.save()?;
    // It is not copied.
    let other = store.root()?.create_folder("Other", false)?;
    folder.copy_messages(&[id], &other)?.complete()?;
    let copy = shown(&other, Contents::Normal)?[0];
    assert_eq!(other.message_status(copy)?, 0);
    Ok(())
}

fn many_are_read_at_once(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let folder = store.root()?.create_folder("Inbox", false)?;
    let ids: Vec<u64> = (0..3)
        .map(|n| message(&folder, &n.to_string(), 0).map(|message| id(&message)))
        .collect::<Result<_>>()?;
    let unread = || Ok::<_, mapix_core::Error>(folder.props()?.i32(tags::CONTENT_UNREAD));
    assert_eq!(unread()?, Some(3));
    assert_eq!(folder.set_read_flags(Some(&ids[..2]), true)?.complete()?, 2);
    assert_eq!(unread()?, Some(1));
    assert_eq!(folder.set_read_flags(None, true)?.complete()?, 3);
    assert_eq!(unread()?, Some(0));
    assert_eq!(folder.set_read_flags(Some(&ids[1..2]), false)?.complete()?, 1);
    assert_eq!(unread()?, Some(1));
    Ok(())
}

const OWN: PropTag = PropTag::new(0x6801, PropType::I32);

/// A folder with messages and a folder in it.
fn tree(parent: &Folder) -> Result<Folder> {
    let outer = parent.create_folder("Outer", false)?;
    outer.set(tags::COMMENT, "about it")?;
    outer.set(OWN, 7)?;
    message(&outer, "one", 0)?;
    outer.create_associated()?.save()?;
    let inner = outer.create_folder("Inner", false)?;
    message(&inner, "two", 0)?;
    Ok(outer)
}

fn check_tree(outer: &Folder) -> Outcome {
    assert_eq!(outer.text(tags::COMMENT)?.as_deref(), Some("about it"));
    assert_eq!(outer.props()?.i32(OWN), Some(7));
    assert_eq!(shown(outer, Contents::Normal)?.len(), 1);
    assert_eq!(shown(outer, Contents::Associated)?.len(), 1);
    let inner = outer.folder("Inner")?;
    let message = inner.messages(Contents::Normal)?.next().ok_or("it is empty")??;
    assert_eq!(message.text(tags::SUBJECT)?.as_deref(), Some("two"));
    Ok(())
}

fn folders_are_copied_whole(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let root = store.root()?;
    let outer = tree(&root)?;
    let code = root.copy_folder(&outer, &root, None, true).unwrap_err().code();
    assert_eq!(code, ErrorCode::COLLISION);
    let inner = outer.folder("Inner")?;
    let code = root.copy_folder(&outer, &inner, None, true).unwrap_err().code();
    assert_eq!(code, ErrorCode::FOLDER_CYCLE);
    let copied = root.copy_folder(&outer, &root, Some("Copy"), true)?;
    assert_eq!(copied.completion.complete()?, 4);
    assert_eq!(copied.folder.name()?, "Copy");
    check_tree(&copied.folder)?;
    check_tree(&outer)?;
    let alone = root.copy_folder(&outer, &root, Some("Alone"), false)?;
    assert_eq!(alone.completion.complete()?, 2);
    assert_eq!(alone.folder.folders()?.len(), 0);
    let code = outer.copy_folder(&outer, &root, Some("x"), true).unwrap_err().code();
    assert_eq!(code, ErrorCode::NOT_FOUND, "it is not in itself");
    Ok(())
}

fn folders_and_messages_move_between_stores(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let (_other_session, other) = open(subject)?;
    let (root, there) = (store.root()?, other.root()?);
    let outer = tree(&root)?;
    assert_eq!(root.move_folder(&outer, &there)?.complete()?, 4);
    assert!(root.folder("Outer").is_err());
    let outer = there.folder("Outer")?;
    check_tree(&outer)?;
    let back = root.create_folder("Back", false)?;
    let ids = shown(&outer, Contents::Normal)?;
    assert_eq!(outer.move_messages(&ids, &back)?.complete()?, 1);
    assert_eq!(shown(&outer, Contents::Normal)?, []);
    let message = back.messages(Contents::Normal)?.next().ok_or("it is empty")??;
    assert_eq!(message.text(tags::SUBJECT)?.as_deref(), Some("one"));
    Ok(())
}

/// Section 20.
fn search_folders_are_told_what_to_find(subject: &dyn Subject) -> Outcome {
    let (_session, store) = open(subject)?;
    let root = store.root()?;
    let inbox = root.create_folder("Inbox", false)?;
    let found = root.create_search_folder("Reports", false)?;
    assert_eq!(root.create_search_folder("Reports", true)?.id(), found.id());
    let code = root.create_folder("Reports", true).unwrap_err().code();
    assert_eq!(code, ErrorCode::COLLISION, "there is one, but of another kind");
    let not_initialized = |result: Result<()>| {
        assert_eq!(result.unwrap_err().code(), ErrorCode::NOT_INITIALIZED);
    };
    not_initialized(found.search_criteria().map(drop));
    not_initialized(inbox.search_criteria().map(drop));
    not_initialized(found.set_search_criteria(SearchSettings::default()));
    let about = |text: &str| Some(Restriction::contains(tags::SUBJECT, text));
    let only = SearchSettings { restriction: about("report"), ..SearchSettings::default() };
    not_initialized(found.set_search_criteria(only));

    let report = id(&message(&inbox, "A report", 0)?);
    let settings = SearchSettings {
        restriction: about("report"),
        folders: Some(vec![inbox.clone()]),
        ..SearchSettings::default()
    };
    found.set_search_criteria(settings.clone())?;
    assert_eq!(shown(&found, Contents::Normal)?, [report]);
    let state = found.search_criteria()?;
    assert_eq!((state.bits(), state.folders[0].id()), (1, inbox.id()));
    assert_eq!(Some(state.restriction), about("report"));
    let again = id(&message(&inbox, "Another report", 0)?);
    assert_eq!(shown(&found, Contents::Normal)?, [report, again]);

    // What is not said stays.
    let letters = SearchSettings { restriction: about("letter"), deep: true, ..Default::default() };
    found.set_search_criteria(letters)?;
    assert_eq!(found.search_criteria()?.bits(), 5);
    assert_eq!(shown(&found, Contents::Normal)?, []);
    found.set_search_criteria(SearchSettings {
        restriction: about("report"),
        ..Default::default()
    })?;
    let stop = SearchSettings { run: SearchRun::Stop, ..SearchSettings::default() };
    found.set_search_criteria(stop.clone())?;
    assert_eq!(found.search_criteria()?.bits(), 0);
    message(&inbox, "A third report", 0)?;
    assert_eq!(shown(&found, Contents::Normal)?, [report, again]);
    found.set_search_criteria(stop)?;
    assert_eq!(shown(&found, Contents::Normal)?, [report, again], "stopped, and stays so");
    found.set_search_criteria(SearchSettings { run: SearchRun::Once, ..Default::default() })?;
    assert_eq!(shown(&found, Contents::Normal)?.len(), 3);

    let bad = [
        (&inbox, settings.clone(), ErrorCode::NO_SUPPORT),
        (
            &found,
            SearchSettings { folders: Some(vec![found.clone()]), ..settings.clone() },
            ErrorCode::NO_SUPPORT,
        ),
        (
            &found,
            SearchSettings {
                restriction: Some(Restriction::property(tags::SUBJECT, RelOp::Re, "x")),
                ..settings.clone()
            },
            ErrorCode::TOO_COMPLEX,
        ),
    ];
    for (folder, settings, code) in bad {
        assert_eq!(folder.set_search_criteria(settings).unwrap_err().code(), code);
    }
    assert_eq!(found.create_message()?.save().unwrap_err().code(), ErrorCode::NO_ACCESS);
    assert_eq!(found.create_folder("x", false).unwrap_err().code(), ErrorCode::NO_ACCESS);
    // The message itself is deleted, not its link.
    found.delete_messages(&[report], DeleteMessages { hard: true })?.complete()?;
    assert!(store.open_message(report).is_err());
    let copied = root.copy_folder(&found, &inbox, None, true).unwrap_err();
    assert_eq!(copied.code(), ErrorCode::NO_SUPPORT);
    Ok(())
}
