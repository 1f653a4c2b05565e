//! Copies in which something goes wrong: nothing is lost in silence.
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into a library")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mapi::arg::{In, Out};
use mapi::com::{Interface, Object, Ptr};
use mapi::iface::{IMAPIFolder, IMAPIProgress, IMessage};
use mapi::types::HRESULT;
use mapix::prop::{PropTag, tags};
use mapix::{AttachMethod, Contents, ErrorCode, Folder, Message};

use crate::foreign::*;
use crate::hostile::{Bad, Fault, Watching, prop};

const DISK: ErrorCode = ErrorCode::NOT_ENOUGH_DISK;
const TYPE: ErrorCode = ErrorCode::TYPE_NO_SUPPORT;

fn count(folder: &Folder) -> usize {
    folder.messages(Contents::Normal).unwrap().count()
}

/// A message with a long body, a recipient and an attachment.
fn source(ours: &Ours) -> (Ptr<IMessage>, Message) {
    let (folder, raw) = ours.folder("Mine");
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, "Subject").unwrap();
    message.set(tags::BODY, "z".repeat(500_000)).unwrap();
    let mut ann = mapix::prop::PropBag::new();
    ann.set(tags::DISPLAY_NAME, "Ann");
    ann.set(tags::RECIPIENT_TYPE, 1);
    message.set_recipients(vec![ann]).unwrap();
    let file = message.create_attachment(AttachMethod::ByValue).unwrap();
    file.set(tags::ATTACH_DATA_BIN, vec![1_u8; 10]).unwrap();
    file.save().unwrap();
    message.save().unwrap();
    (Ours::message(&raw, &message), message)
}

/// Copies to a message with a fault.
fn copy_with(fault: Fault) -> (HRESULT, Problems, Arc<crate::hostile::Seen>) {
    let ours = Ours::new();
    let (from, _) = source(&ours);
    let (to, seen) = Bad::message(fault);
    let (result, told) = copy_to(&from, &[], (&IMessage::IID, target(&to)), 0);
    (result, told, seen)
}

fn has(told: &Problems, tag: PropTag, code: ErrorCode) -> bool {
    told.iter().any(|problem| problem.1.id() == tag.id() && problem.2 == code)
}

#[test]
fn one_value_that_is_refused_does_not_cost_the_others() {
    let (result, told, seen) = copy_with(Fault::Subject(TYPE));
    // The attachment cannot be made there.
    partly(result);
    assert!(has(&told, tags::SUBJECT, TYPE), "{told:?}");
    assert_eq!(told.iter().filter(|problem| problem.2 == TYPE).count(), 1, "{told:?}");
    assert!(seen.set.load(Ordering::Relaxed) > 2);
}

#[test]
fn a_destination_that_takes_nothing_ends_the_copy() {
    fails(copy_with(Fault::Everything(ErrorCode::NO_ACCESS)).0, ErrorCode::NO_ACCESS);
    fails(copy_with(Fault::Everything(ErrorCode::INVALID_OBJECT)).0, ErrorCode::INVALID_OBJECT);
}

#[test]
fn half_a_stream_is_not_left_behind() {
    let (result, told, seen) = copy_with(Fault::Streams(ErrorCode::TOO_BIG));
    partly(result);
    assert!(has(&told, tags::BODY, ErrorCode::TOO_BIG), "{told:?}");
    assert_eq!(seen.written.load(Ordering::Relaxed), 100_000);
    assert_eq!(seen.deleted.load(Ordering::Relaxed), 1);
    // A full disk is the end of all.
    let (result, told, _) = copy_with(Fault::Streams(DISK));
    fails(result, DISK);
    assert_eq!(told, []);
}

#[test]
fn attachments_that_cannot_be_made_are_told() {
    for (fault, code) in [
        (Fault::Attachments(ErrorCode::NO_SUPPORT), ErrorCode::NO_SUPPORT),
        (Fault::NoAttachment, ErrorCode::CALL_FAILED),
    ] {
        let (result, told, _) = copy_with(fault);
        partly(result);
        assert!(has(&told, tags::MESSAGE_ATTACHMENTS, code), "{fault:?}: {told:?}");
    }
    fails(copy_with(Fault::Attachments(DISK)).0, DISK);
}

#[test]
fn a_source_that_gives_what_it_should_not_is_an_error() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (to, _) = source(&ours);
    for fault in [Fault::Memory, Fault::Nothing] {
        let (from, _) = Bad::message(fault);
        let copied = unsafe {
            foreign.support().DoCopyTo(
                In::new(&IMessage::IID),
                target(&from),
                0,
                In::null(),
                In::null(),
                0,
                In::null(),
                In::new(&IMessage::IID),
                target(&to),
                0,
                Out::null(),
            )
        };
        fails(copied, ErrorCode::CALL_FAILED);
        // By its own name as well: it copies nothing itself.
        assert_eq!(copy_to(prop(&from), &[], (&IMessage::IID, target(&to)), 0).1, []);
    }
}

/// Moves the messages of the provider's inbox to its other folder, by the support object.
fn move_to(foreign: &Foreign, to: &Ptr<IMAPIFolder>, progress: In<'_, IMAPIProgress>) -> HRESULT {
    let inbox = foreign.folder("Inbox");
    with_messages(&foreign.core("Inbox"), |list| unsafe {
        // MESSAGE_MOVE, MESSAGE_DIALOG
        let (iid, from) = (In::new(&IMAPIFolder::IID), target(&inbox));
        foreign.support().CopyMessages(iid, from, list, In::null(), target(to), 0, progress, 3)
    })
}

#[test]
fn what_was_not_copied_stays_where_it_is() {
    for (code, ends) in [(DISK, true), (ErrorCode::CALL_FAILED, false)] {
        let foreign = Foreign::new();
        let to = limited(&foreign.folder("Projects"), 1, code);
        let moved = move_to(&foreign, &to, In::null());
        if ends {
            fails(moved, code);
        } else {
            partly(moved);
        }
        assert_eq!([count(&foreign.core("Inbox")), count(&foreign.core("Projects"))], [1, 1]);
        // Why, the support object knows.
        let mut error = std::ptr::null_mut();
        ok(unsafe { foreign.support().GetLastError(moved, 0, Out::new(&mut error)) });
        assert!(!error.is_null());
        let text = unsafe { std::ffi::CStr::from_ptr((*error).lpszError.cast()) };
        let text = text.to_str().unwrap().to_owned();
        assert!(text.contains("IMAPIFolder::CreateMessage"), "{text}");
        ok(unsafe { mapi::export::MAPIFreeBuffer(error.cast()) });
    }
    // One that takes no messages at all is asked once.
    let foreign = Foreign::new();
    let to = limited(&foreign.folder("Projects"), 0, ErrorCode::NO_ACCESS);
    fails(move_to(&foreign, &to, In::null()), ErrorCode::NO_ACCESS);
    assert_eq!(count(&foreign.core("Inbox")), 2);
}

#[test]
fn a_client_that_looks_on_may_stop_it() {
    for (stop_at, expected, left) in [(1, Some(ErrorCode::USER_CANCEL), 1), (2, None, 0)] {
        let foreign = Foreign::new();
        let to = foreign.folder("Projects");
        let told = Arc::new(AtomicU32::new(0));
        let watching = Watching { stop_at, told: Arc::clone(&told) }.into_ptr();
        let progress = unsafe { In::from_raw(watching.as_raw().cast_const()) };
        let moved = move_to(&foreign, &to, progress);
        match expected {
            Some(code) => fails(moved, code),
            // At the end it is too late.
            None => ok(moved),
        }
        assert_eq!(told.load(Ordering::Relaxed), stop_at);
        let counts = [count(&foreign.core("Inbox")), count(&foreign.core("Projects"))];
        assert_eq!(counts, [left, 2 - left]);
    }
}

#[test]
fn a_folder_of_which_something_stays_behind_is_not_deleted() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (mine, _) = ours.folder("Mine");
    let message = mine.create_message().unwrap();
    message.set(tags::SUBJECT, "It stays").unwrap();
    // The provider has no place for such a value.
    let odd = PropTag(0x6600_101F);
    message.set(odd, vec![Box::<str>::from("one"), "two".into()]).unwrap();
    message.save().unwrap();
    let whole = mine.create_message().unwrap();
    whole.set(tags::SUBJECT, "It goes").unwrap();
    whole.save().unwrap();
    let root = ours.root();
    let to = foreign.folder("Projects");
    let id = mine.entry_id().unwrap();
    let bytes = id.as_bytes();
    let moved = unsafe {
        let id = In::from_raw(bytes.as_ptr().cast());
        let (size, to) = (bytes.len() as u32, target(&to));
        root.CopyFolder(size, id, In::null(), to, In::null(), 0, In::null(), 1)
    };
    partly(moved);
    assert_eq!(count(&foreign.core("Projects").folder("Mine").unwrap()), 1);
    assert_eq!(count(&mine), 2);
}

#[test]
fn what_holds_itself_ends() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (copies, to) = ours.folder("Copies");
    let id = foreign.core("Projects").entry_id().unwrap();
    let endless = disguised(c"copies_endless", &foreign.folder("Projects"));
    let bytes = id.as_bytes();
    let copied = unsafe {
        let id = In::from_raw(bytes.as_ptr().cast());
        // COPY_SUBFOLDERS
        let (size, to) = (bytes.len() as u32, target(&to));
        endless.CopyFolder(size, id, In::null(), to, In::null(), 0, In::null(), 0x10)
    };
    partly(copied);
    let copy = copies.folder("Projects").unwrap();
    assert_eq!(copy.folders().unwrap().into_iter().count(), 0);
    // A message in a message, without an end.
    let to = new_message(&to);
    let (from, seen) = Bad::message(Fault::Endless);
    let (copied, told) = problems(|out| unsafe {
        let (iid, none) = (In::new(&IMessage::IID), In::null());
        let (from, to, tags) = (target(&from), target(&to), In::null());
        foreign.support().DoCopyTo(iid, from, 0, none, tags, 0, In::null(), iid, to, 0, out)
    });
    partly(copied);
    assert!(has(&told, tags::MESSAGE_ATTACHMENTS, ErrorCode::TOO_COMPLEX), "{told:?}");
    assert!((64..=66).contains(&seen.set.load(Ordering::Relaxed)));
    ok(unsafe { to.SaveChanges(0) });
    let message = copies.messages(Contents::Normal).unwrap().next().unwrap().unwrap();
    assert_eq!(message.attachments().unwrap().into_iter().count(), 0);
}

#[test]
fn text_goes_in_eight_bits_where_sixteen_are_not_understood() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let to = disguised(c"copies_narrow", &foreign.folder("Projects"));
    let (from, _) = source(&ours);
    let (copied, told) = copy_to(&from, &[], (&IMAPIFolder::IID, target(&to)), 0);
    partly(copied);
    assert!(!told.iter().any(|problem| problem.2 == ErrorCode::BAD_CHARWIDTH), "{told:?}");
    let found = foreign.core("Projects").props().unwrap();
    assert_eq!(found.text(tags::SUBJECT).unwrap(), "Subject");
    let body = foreign.core("Projects").get(tags::BODY).unwrap().unwrap();
    assert_eq!(body.as_text().unwrap().len(), 500_000);
    // Names of folders as well.
    let root = ours.root();
    let id = ours.store.root().unwrap().folder("Mine").unwrap().entry_id().unwrap();
    let bytes = id.as_bytes();
    let copied = unsafe {
        let id = In::from_raw(bytes.as_ptr().cast());
        let (size, to) = (bytes.len() as u32, target(&to));
        root.CopyFolder(size, id, In::null(), to, In::null(), 0, In::null(), 0)
    };
    ok(copied);
    assert!(foreign.core("Projects").folder("Mine").is_ok());
}
