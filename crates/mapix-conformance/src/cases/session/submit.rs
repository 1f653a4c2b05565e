//! Submission: into the outgoing queue, and out of it (section 24).

use std::sync::mpsc::channel;

use mapix_core::prop::{FileTime, Prop, PropBag, tags};
use mapix_core::store::Capability;
use mapix_core::{
    AttachMethod, Contents, DeleteMessages, EntryId, ErrorCode, Folder, LockState, Mapi, Message,
    Object, QueueState, Result, Session, SpecialFolder, Store,
};

use crate::cases::cases;
use crate::{Need, Outcome, Subject};

cases! {
    "session";
    submission_needs_a_recipient: Need::Able(Capability::WRITE);
    submission_saves_and_fills_in_what_is_required: Need::Able(Capability::WRITE);
    whom_a_first_submission_reached_is_not_sent_to_again: Need::Able(Capability::WRITE);
    handles_are_dead_after_a_submission: Need::Able(Capability::WRITE);
    the_queue_keeps_the_order_of_submission: Need::Able(Capability::WRITE);
    the_queue_tells_of_what_comes_and_goes:
        Need::Able(Capability::WRITE.and(Capability::NOTIFY));
    queued_messages_are_read_only: Need::Able(Capability::WRITE);
    abort_submit_gives_a_message_back: Need::Able(Capability::WRITE);
    only_the_spooler_locks_and_a_lock_saves: Need::Able(Capability::WRITE);
    a_lock_ends_with_its_spooler: Need::Able(Capability::WRITE);
    finished_messages_go_where_they_say: Need::Able(Capability::WRITE);
    what_is_queued_is_queued_for_the_next_process: Need::Able(Capability::WRITE);
}

const MSGFLAG_READ: i32 = 0x1;
const MSGFLAG_SUBMIT: i32 = 0x4;
const MSGFLAG_UNSENT: i32 = 0x8;
const MSGFLAG_RESEND: i32 = 0x80;
const MAPI_SUBMITTED: i32 = i32::MIN;
const STORE_SUBMIT_OK: i32 = 0x80;

struct World {
    session: Session,
    store: Store,
    outbox: Folder,
    sent: Folder,
}

fn open(subject: &dyn Subject) -> Result<World> {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(subject.open()?, true)?;
    let root = store.root()?;
    let outbox = root.create_folder("Outbox", false)?;
    let sent = root.create_folder("Sent", false)?;
    store.set_special_folder(SpecialFolder::Outbox, &outbox)?;
    store.set_special_folder(SpecialFolder::SentItems, &sent)?;
    Ok(World { session, store, outbox, sent })
}

fn recipient(kind: i32, address: &str) -> PropBag {
    let props = [
        Prop::new(tags::RECIPIENT_TYPE, kind),
        Prop::new(tags::DISPLAY_NAME, address),
        Prop::new(tags::ADDRTYPE, "SMTP"),
        Prop::new(tags::EMAIL_ADDRESS, address),
    ];
    props.into_iter().collect()
}

fn draft(folder: &Folder, subject: &str) -> Result<Message> {
    let message = folder.create_message()?;
    message.set(tags::MESSAGE_CLASS, "IPM.Note")?;
    message.set(tags::SUBJECT, subject)?;
    message.set_recipients(vec![recipient(1, "ann@example.org")])?;
    Ok(message)
}

/// Submits a message, and gives the entry ID by which it is found again.
fn submit(message: &Message) -> Result<EntryId> {
    message.save()?;
    let entry_id = message.entry_id()?;
    message.submit(false)?;
    Ok(entry_id)
}

fn reopened(store: &Store, entry_id: &EntryId) -> Result<Message> {
    match store.open_entry(entry_id)? {
        Object::Message(message) => Ok(message),
        other => panic!("not a message: {other:?}"),
    }
}

#[track_caller]
fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code()
}

fn flags(message: &Message) -> i32 {
    message.props().unwrap().i32(tags::MESSAGE_FLAGS).unwrap()
}

fn submission_needs_a_recipient(subject: &dyn Subject) -> Outcome {
    let World { session: _session, store, outbox, .. } = open(subject)?;
    let message = draft(&outbox, "to nobody")?;
    message.set_recipients(vec![recipient(0, "originator@example.org")])?;
    assert_eq!(code(message.submit(false)), ErrorCode::NO_RECIPIENTS);
    message.set_recipients(Vec::new())?;
    assert_eq!(code(message.submit(false)), ErrorCode::NO_RECIPIENTS);
    assert!(store.queued()?.is_empty());
    message.set(tags::SUBJECT, "the handle is as good as it was")?;
    message.save()?;
    let hidden = outbox.create_associated()?;
    hidden.set_recipients(vec![recipient(1, "ann@example.org")])?;
    assert_eq!(code(hidden.submit(false)), ErrorCode::NO_SUPPORT);
    Ok(())
}

fn submission_saves_and_fills_in_what_is_required(subject: &dyn Subject) -> Outcome {
    let World { session: _session, store, outbox, .. } = open(subject)?;
    let mask = store.props()?.i32(tags::STORE_SUPPORT_MASK).unwrap_or(0);
    assert_eq!(mask & STORE_SUBMIT_OK, STORE_SUBMIT_OK);
    let message = draft(&outbox, "never saved before")?;
    message.set(tags::SENDER_NAME, "Sue")?;
    message.set(tags::SENDER_EMAIL_ADDRESS, "sue@example.org")?;
    message.set_recipients(vec![
        recipient(1, "ann@example.org"),
        recipient(2, "ANN@example.org"),
        recipient(3, "bob@example.org"),
    ])?;
    let before = FileTime::now();
    message.submit(false)?;
    let queued = store.queued()?;
    assert_eq!(queued.len(), 1);
    assert_eq!(
        (queued[0].state, queued[0].locked, queued[0].attempts),
        (QueueState::Waiting, false, 0)
    );
    let message = reopened(&store, &queued[0].entry_id)?;
    assert_eq!(flags(&message) & MSGFLAG_SUBMIT, MSGFLAG_SUBMIT);
    let props = message.props()?;
    let time = props.time(tags::CLIENT_SUBMIT_TIME).unwrap();
    assert!(before <= time && time <= FileTime::now());
    assert_eq!(queued[0].submitted, time);
    let text = |tag| props.text(tag).unwrap_or_default();
    assert_eq!(text(tags::SENT_REPRESENTING_NAME), "Sue", "the sender represents himself");
    assert_eq!(text(tags::SENT_REPRESENTING_EMAIL_ADDRESS), "sue@example.org");
    let (recipients, errors) = message.recipients()?.into_parts();
    assert!(errors.is_empty());
    let responsible: Vec<_> =
        recipients.iter().map(|one| one.props.bool(tags::RESPONSIBILITY)).collect();
    assert_eq!(responsible, [Some(false), Some(true), Some(false)], "nobody is sent to twice");
    Ok(())
}

fn whom_a_first_submission_reached_is_not_sent_to_again(subject: &dyn Subject) -> Outcome {
    let World { session: _session, store, outbox, .. } = open(subject)?;
    let message = draft(&outbox, "again")?;
    message.set_message_flags(MSGFLAG_RESEND | MSGFLAG_UNSENT)?;
    message.set_recipients(vec![
        recipient(1 | MAPI_SUBMITTED, "ann@example.org"),
        recipient(1, "bob@example.org"),
    ])?;
    let message = reopened(&store, &submit(&message)?)?;
    let responsible: Vec<_> = message
        .recipients()?
        .into_parts()
        .0
        .iter()
        .map(|one| one.props.bool(tags::RESPONSIBILITY))
        .collect();
    assert_eq!(responsible, [Some(true), Some(false)]);
    assert_eq!(flags(&message) & MSGFLAG_RESEND, 0);
    Ok(())
}

fn handles_are_dead_after_a_submission(subject: &dyn Subject) -> Outcome {
    let World { session: _session, store, outbox, .. } = open(subject)?;
    let message = draft(&outbox, "with something")?;
    let attachment = message.create_attachment(AttachMethod::ByValue)?;
    attachment.set(tags::DISPLAY_NAME, "something")?;
    attachment.save()?;
    let entry_id = submit(&message)?;
    let dead = ErrorCode::INVALID_OBJECT;
    assert_eq!(code(message.props()), dead);
    assert_eq!(code(message.recipients()), dead);
    assert_eq!(code(message.set(tags::SUBJECT, "x")), dead);
    assert_eq!(code(message.save()), dead);
    assert_eq!(code(message.submit(false)), dead);
    assert_eq!(code(attachment.props()), dead);
    assert_eq!(code(attachment.set(tags::DISPLAY_NAME, "x")), dead);
    assert_eq!(reopened(&store, &entry_id)?.attachments()?.into_parts().0.len(), 1);
    Ok(())
}

fn the_queue_keeps_the_order_of_submission(subject: &dyn Subject) -> Outcome {
    let World { session: _session, store, outbox, .. } = open(subject)?;
    let messages: Vec<_> =
        ["c", "a", "b"].iter().map(|name| draft(&outbox, name)).collect::<Result<_>>()?;
    // Not the order in which they were made.
    for index in [1, 0, 2] {
        submit(&messages[index])?;
    }
    let table = store.outgoing_queue()?;
    table.set_columns(&[tags::SUBJECT, tags::SUBMIT_FLAGS])?;
    let rows = table.query_rows(10, false)?;
    let subjects: Vec<_> = rows
        .iter()
        .map(|row| row.get(tags::SUBJECT).unwrap().as_text().unwrap().into_owned())
        .collect();
    assert_eq!(subjects, ["a", "c", "b"]);
    assert!(rows.iter().all(|row| {
        row.get(tags::SUBMIT_FLAGS).and_then(mapix_core::prop::Value::as_i32) == Some(0)
    }));
    let ids: Vec<_> = store.queued()?.iter().map(|one| one.entry_id.clone()).collect();
    store.abort_submit(&ids[1])?;
    let left: Vec<_> = store.queued()?.iter().map(|one| one.entry_id.clone()).collect();
    assert_eq!(left, [ids[0].clone(), ids[2].clone()]);
    Ok(())
}

fn the_queue_tells_of_what_comes_and_goes(subject: &dyn Subject) -> Outcome {
    let World { session: _session, store, outbox, .. } = open(subject)?;
    let table = store.outgoing_queue()?;
    let (sender, receiver) = channel();
    let _connection = table.advise(move |notices| {
        let _ = sender.send(notices.len());
    })?;
    let entry_id = submit(&draft(&outbox, "x")?)?;
    assert!(receiver.recv()? > 0, "something came");
    while receiver.try_recv().is_ok() {}
    store.abort_submit(&entry_id)?;
    assert!(receiver.recv()? > 0, "something went");
    Ok(())
}

fn queued_messages_are_read_only(subject: &dyn Subject) -> Outcome {
    let World { session, store, outbox, sent } = open(subject)?;
    let message = draft(&outbox, "x")?;
    message.save()?;
    let early = store.open_message(message.id().unwrap())?;
    let entry_id = submit(&message)?;
    let late = reopened(&store, &entry_id)?;
    assert_eq!(late.props()?.i32(tags::ACCESS_LEVEL), Some(0));
    assert_eq!(code(late.set(tags::SUBJECT, "y")), ErrorCode::SUBMITTED);
    assert_eq!(code(late.submit(false)), ErrorCode::SUBMITTED);
    early.set(tags::SUBJECT, "y")?;
    assert_eq!(code(early.save()), ErrorCode::SUBMITTED, "one that was open before as well");
    assert_eq!(
        code(early.save_changes(mapix_core::KeepOpen::ReadWrite, true)),
        ErrorCode::SUBMITTED,
        "and with force"
    );
    let id = late.id().unwrap();
    let done = outbox.delete_messages(&[id], DeleteMessages::default())?;
    assert!(done.warning().is_some(), "it is not deleted");
    drop(sent);
    // While the spooler has it, nobody else gets at it at all.
    let spooler = session.spooler_store(&store)?;
    let locked = reopened(&spooler, &entry_id)?;
    spooler.set_lock_state(&locked, LockState::Locked)?;
    let late = reopened(&store, &entry_id)?;
    assert_eq!(code(late.set(tags::SUBJECT, "y")), ErrorCode::NO_ACCESS);
    assert_eq!(code(store.abort_submit(&entry_id)), ErrorCode::UNABLE_TO_ABORT);
    assert_eq!(store.queued()?.len(), 1);
    assert_eq!(reopened(&store, &entry_id)?.text(tags::SUBJECT)?.as_deref(), Some("x"));
    Ok(())
}

fn abort_submit_gives_a_message_back(subject: &dyn Subject) -> Outcome {
    let World { session: _session, store, outbox, .. } = open(subject)?;
    let message = draft(&outbox, "x")?;
    message.save()?;
    let entry_id = message.entry_id()?;
    assert_eq!(code(store.abort_submit(&entry_id)), ErrorCode::NOT_IN_QUEUE);
    message.submit(false)?;
    store.abort_submit(&entry_id)?;
    assert!(store.queued()?.is_empty());
    let message = reopened(&store, &entry_id)?;
    assert_eq!(flags(&message) & (MSGFLAG_SUBMIT | MSGFLAG_UNSENT), MSGFLAG_UNSENT);
    message.set(tags::SUBJECT, "y")?;
    submit(&message)?;
    assert_eq!(store.queued()?.len(), 1);
    Ok(())
}

fn only_the_spooler_locks_and_a_lock_saves(subject: &dyn Subject) -> Outcome {
    let World { session, store, outbox, .. } = open(subject)?;
    let message = draft(&outbox, "x")?;
    let unqueued = draft(&outbox, "unqueued")?;
    unqueued.save()?;
    let entry_id = submit(&message)?;
    let message = reopened(&store, &entry_id)?;
    assert_eq!(code(store.set_lock_state(&message, LockState::Locked)), ErrorCode::NO_SUPPORT);
    assert_eq!(code(store.finished_msg(&entry_id)), ErrorCode::NO_SUPPORT);
    assert_eq!(code(store.notify_new_mail(&entry_id)), ErrorCode::NO_SUPPORT);
    let spooler = session.spooler_store(&store)?;
    let other = session.spooler_store(&store)?;
    let locked = reopened(&spooler, &entry_id)?;
    let unqueued = reopened(&spooler, &unqueued.entry_id()?)?;
    let lock = |message| spooler.set_lock_state(message, LockState::Locked);
    assert_eq!(code(lock(&unqueued)), ErrorCode::NOT_IN_QUEUE);
    assert_eq!(code(spooler.finished_msg(&entry_id)), ErrorCode::NO_ACCESS, "it is not locked");
    lock(&locked)?;
    lock(&locked)?;
    assert!(store.queued()?[0].locked);
    let theirs = reopened(&other, &entry_id)?;
    assert_eq!(code(other.set_lock_state(&theirs, LockState::Locked)), ErrorCode::NO_ACCESS);
    assert_eq!(code(other.finished_msg(&entry_id)), ErrorCode::NO_ACCESS);
    locked.set(tags::SUBJECT, "changed by the spooler")?;
    spooler.set_lock_state(&locked, LockState::Unlocked)?;
    let subject = reopened(&store, &entry_id)?.text(tags::SUBJECT)?;
    assert_eq!(subject.as_deref(), Some("changed by the spooler"));
    assert!(!store.queued()?[0].locked);
    other.set_lock_state(&reopened(&other, &entry_id)?, LockState::Locked)?;
    Ok(())
}

fn a_lock_ends_with_its_spooler(subject: &dyn Subject) -> Outcome {
    let World { session, store, outbox, .. } = open(subject)?;
    let entry_id = submit(&draft(&outbox, "x")?)?;
    let spooler = session.spooler_store(&store)?;
    spooler.set_lock_state(&reopened(&spooler, &entry_id)?, LockState::Locked)?;
    assert_eq!(code(store.abort_submit(&entry_id)), ErrorCode::UNABLE_TO_ABORT);
    spooler.logoff();
    assert!(!store.queued()?[0].locked);
    assert_eq!(code(spooler.root()), ErrorCode::INVALID_OBJECT);
    store.abort_submit(&entry_id)?;
    // The client's logon takes the spooler's with it.
    let spooler = session.spooler_store(&store)?;
    store.logoff();
    assert_eq!(code(spooler.root()), ErrorCode::INVALID_OBJECT);
    Ok(())
}

fn finished_messages_go_where_they_say(subject: &dyn Subject) -> Outcome {
    let World { session, store, outbox, sent } = open(subject)?;
    let elsewhere = store.root()?.create_folder("Elsewhere", false)?;
    let spooler = session.spooler_store(&store)?;
    let finish = |to: Option<&[u8]>, delete: bool| -> Result<EntryId> {
        let message = draft(&outbox, "x")?;
        if let Some(to) = to {
            message.set(tags::SENTMAIL_ENTRYID, to)?;
        }
        if delete {
            message.set(tags::DELETE_AFTER_SUBMIT, true)?;
        }
        let entry_id = submit(&message)?;
        spooler.set_lock_state(&reopened(&spooler, &entry_id)?, LockState::Locked)?;
        spooler.finished_msg(&entry_id)?;
        assert!(store.queued()?.is_empty());
        assert_eq!(code(spooler.finished_msg(&entry_id)).0 & 0x8000_0000, 0x8000_0000);
        Ok(entry_id)
    };
    let count = |folder: &Folder| folder.message_rows(Contents::Normal, &[]).map(|rows| rows.len());
    let stays = finish(None, false)?;
    let message = reopened(&store, &stays)?;
    assert_eq!(flags(&message) & (MSGFLAG_SUBMIT | MSGFLAG_UNSENT | MSGFLAG_READ), MSGFLAG_READ);
    message.set(tags::SUBJECT, "it can be changed again")?;
    assert_eq!(count(&outbox)?, 1);
    finish(Some(elsewhere.entry_id()?.as_bytes()), false)?;
    assert_eq!((count(&outbox)?, count(&elsewhere)?), (1, 1), "it was moved");
    finish(Some(b"nowhere"), false)?;
    assert_eq!((count(&outbox)?, count(&sent)?), (1, 1), "it is not lost");
    finish(None, true)?;
    assert_eq!((count(&outbox)?, count(&sent)?), (1, 1), "it was deleted");
    finish(Some(elsewhere.entry_id()?.as_bytes()), true)?;
    assert_eq!((count(&outbox)?, count(&elsewhere)?), (1, 1), "it was moved and deleted");
    Ok(())
}

fn what_is_queued_is_queued_for_the_next_process(subject: &dyn Subject) -> Outcome {
    let session = Mapi::with_providers(Vec::new()).session();
    let bare = subject.open()?;
    let store = session.attach(std::sync::Arc::clone(&bare), true)?;
    let outbox = store.root()?.create_folder("Outbox", false)?;
    let first = submit(&draft(&outbox, "first")?)?;
    let second = submit(&draft(&outbox, "second")?)?;
    let before = store.queued()?;
    session.logoff();
    drop(store);
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(subject.reopen(bare)?, true)?;
    assert_eq!(store.queued()?, before);
    store.abort_submit(&second)?;
    store.abort_submit(&first)?;
    assert!(store.queued()?.is_empty());
    Ok(())
}
