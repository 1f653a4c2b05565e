//! Copies between stores of which one is a provider's, each called by its own functions.
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into a library")]

use std::io::Read as _;

use mapi::arg::{In, Out};
use mapi::com::Interface;
use mapi::iface::{IMAPIFolder, IMAPIProp, IMessage};
use mapix::prop::{Guid, PropBag, PropName, PropTag, tags};
use mapix::{AttachMethod, Contents, ErrorCode, Folder, Message};

use crate::foreign::*;

const COLLISION: ErrorCode = ErrorCode::COLLISION;

fn messages(folder: &Folder) -> Vec<Message> {
    folder.messages(Contents::Normal).unwrap().map(Result::unwrap).collect()
}

fn subjects(folder: &Folder) -> Vec<String> {
    let text = |message: &Message| message.text(tags::SUBJECT).unwrap().unwrap_or_default();
    messages(folder).iter().map(text).collect()
}

fn is_read(message: &Message) -> bool {
    message.props().unwrap().i32(tags::MESSAGE_FLAGS).unwrap() & 1 != 0
}

fn data(attachment: &mapix::Attachment) -> Vec<u8> {
    let mut bytes = Vec::new();
    attachment.open_data().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn address(name: &str) -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::DISPLAY_NAME, name);
    bag.set(tags::RECIPIENT_TYPE, 1);
    bag
}

/// A message of ours with everything that a message can have, saved.
fn rich(folder: &Folder) -> Message {
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, "Everything").unwrap();
    message.set(tags::BODY, "y".repeat(300_000)).unwrap();
    message.set_recipients(vec![address("Ann"), address("Bob")]).unwrap();
    let file = message.create_attachment(AttachMethod::ByValue).unwrap();
    file.set(tags::ATTACH_LONG_FILENAME, "ones").unwrap();
    file.set(tags::ATTACH_DATA_BIN, vec![1_u8; 500_000]).unwrap();
    file.save().unwrap();
    let outer = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let inside = outer.create_embedded().unwrap();
    inside.set(tags::SUBJECT, "Inside").unwrap();
    let inner = inside.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let deepest = inner.create_embedded().unwrap();
    deepest.set(tags::SUBJECT, "Deeper").unwrap();
    deepest.save().unwrap();
    inner.save().unwrap();
    inside.save().unwrap();
    outer.save().unwrap();
    message.save().unwrap();
    message
}

/// What [`rich`] made, in a copy.
fn is_rich(message: &Message) {
    assert_eq!(message.text(tags::SUBJECT).unwrap().unwrap(), "Everything");
    assert_eq!(message.text(tags::BODY).unwrap().unwrap().len(), 300_000);
    let names = message.recipients().unwrap().into_iter();
    let names: Vec<_> = names.map(|row| row.props.text(tags::DISPLAY_NAME).unwrap()).collect();
    assert_eq!(names, ["Ann", "Bob"]);
    let all: Vec<_> = message.attachments().unwrap().into_iter().collect();
    assert_eq!(all.len(), 2);
    assert_eq!(data(&all[0]), vec![1; 500_000]);
    let inside = all[1].embedded().unwrap();
    assert_eq!(inside.text(tags::SUBJECT).unwrap().unwrap(), "Inside");
    let inner = inside.attachments().unwrap().into_iter().next().unwrap();
    assert_eq!(inner.embedded().unwrap().text(tags::SUBJECT).unwrap().unwrap(), "Deeper");
}

#[test]
fn a_provider_copies_its_messages_to_a_store_of_others() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (inbox, (copies, to)) = (foreign.folder("Inbox"), ours.folder("Copies"));
    let copied = with_messages(&foreign.core("Inbox"), |list| unsafe {
        inbox.CopyMessages(list, In::null(), target(&to), 0, In::null(), 0)
    });
    ok(copied);
    assert_eq!(subjects(&copies), ["Lunch on Friday?", "The report"]);
    let found = messages(&copies);
    assert_eq!([is_read(&found[0]), is_read(&found[1])], [false, true]);
    assert_eq!(found[1].text(tags::BODY).unwrap().unwrap(), "It is attached.\r\n");
    let bob = found[1].recipients().unwrap().into_iter().next().unwrap();
    assert_eq!(bob.props.text(tags::EMAIL_ADDRESS).unwrap(), "bob@example.com");
    let all: Vec<_> = found[1].attachments().unwrap().into_iter().collect();
    assert_eq!(data(&all[0]), b"All is well.\n");
    let inside = all[1].embedded().unwrap();
    assert_eq!(inside.text(tags::BODY).unwrap().unwrap(), "Inside.\r\n");
    assert_eq!(inside.recipients().unwrap().into_iter().count(), 1);
    assert_eq!(subjects(&foreign.core("Inbox")).len(), 2);
}

#[test]
fn what_a_provider_moves_is_gone_when_it_is_there() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (inbox, (copies, to)) = (foreign.folder("Inbox"), ours.folder("Copies"));
    let mut ids: Vec<_> =
        messages(&foreign.core("Inbox")).iter().map(|m| m.entry_id().unwrap()).collect();
    // A message that is not there is left out, and told.
    let mut gone = ids[0].as_bytes().to_vec();
    *gone.last_mut().unwrap() = 0x77;
    ids.insert(1, mapix::EntryId::from_bytes(&gone).unwrap());
    let moved = with_list(&ids, |list| unsafe {
        inbox.CopyMessages(list, In::null(), target(&to), 0, In::null(), 1)
    });
    partly(moved);
    assert_eq!(subjects(&copies), ["Lunch on Friday?", "The report"]);
    assert_eq!(subjects(&foreign.core("Inbox")), [""; 0]);
}

#[test]
fn a_provider_copies_and_moves_its_folders() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (copies, to) = ours.folder("Copies");
    let root = foreign.root();
    let copy = |name: &str, new: Option<&str>, flags: u32| {
        let id = foreign.core(name).entry_id().unwrap();
        let wide: Option<Vec<u16>> = new.map(|new| new.encode_utf16().chain([0]).collect());
        let wide = wide.as_deref().map_or(std::ptr::null(), <[u16]>::as_ptr);
        unsafe {
            let (bytes, wide) = (id.as_bytes(), In::from_raw(wide.cast()));
            let id = In::from_raw(bytes.as_ptr().cast());
            let flags = flags | UNICODE;
            let to = target(&to);
            root.CopyFolder(bytes.len() as u32, id, In::null(), to, wide, 0, In::null(), flags)
        }
    };
    ok(copy("Projects", None, 0));
    let projects = copies.folder("Projects").unwrap();
    assert_eq!(projects.folders().unwrap().into_iter().count(), 0);
    fails(copy("Projects", None, 0), COLLISION);
    // COPY_SUBFOLDERS
    ok(copy("Projects", Some("All projects"), 0x10));
    assert!(copies.folder("All projects").unwrap().folder("Archive").is_ok());
    ok(copy("Inbox", Some("Old"), 1));
    assert_eq!(subjects(&copies.folder("Old").unwrap()), ["Lunch on Friday?", "The report"]);
    assert!(foreign.store.root().unwrap().folder("Inbox").is_err());
}

#[test]
fn a_folder_is_not_copied_into_itself() {
    let foreign = Foreign::new();
    let (root, projects) = (foreign.root(), foreign.core("Projects"));
    let archive: mapi::com::Ptr<IMAPIFolder> =
        open(&root, &projects.folder("Archive").unwrap().entry_id().unwrap());
    let id = projects.entry_id().unwrap();
    for to in [&archive, &foreign.folder("Projects")] {
        let bytes = id.as_bytes();
        let copied = unsafe {
            let id = In::from_raw(bytes.as_ptr().cast());
            let (size, to) = (bytes.len() as u32, target(to));
            root.CopyFolder(size, id, In::null(), to, In::null(), 0, In::null(), 0x10)
        };
        fails(copied, ErrorCode::FOLDER_CYCLE);
    }
    let from = foreign.folder("Projects");
    let (copied, _) = copy_to(&from, &[], (&IMAPIFolder::IID, target(&archive)), 0);
    fails(copied, ErrorCode::FOLDER_CYCLE);
    let again = foreign.folder("Projects");
    let (copied, _) = copy_to(&from, &[], (&IMAPIFolder::IID, target(&again)), 0);
    fails(copied, ErrorCode::NO_ACCESS);
    assert_eq!(projects.folder("Archive").unwrap().folders().unwrap().into_iter().count(), 0);
}

#[test]
fn ours_are_copied_to_a_folder_of_others() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (mine, from) = ours.folder("Mine");
    let message = rich(&mine);
    message.set_read_flag(true).unwrap();
    mine.create_folder("Below", false).unwrap();
    let (inbox, to) = (foreign.core("Projects"), foreign.folder("Projects"));
    let copied = with_messages(&mine, |list| unsafe {
        from.CopyMessages(list, In::null(), target(&to), 0, In::null(), 0)
    });
    ok(copied);
    let found = messages(&inbox);
    assert_eq!(found.len(), 1);
    is_rich(&found[0]);
    assert!(is_read(&found[0]));
    drop(found);
    // The same with the folder around it, which is moved.
    let root = ours.store.root().unwrap();
    let above: mapi::com::Ptr<IMAPIFolder> = open(&from, &root.entry_id().unwrap());
    let id = mine.entry_id().unwrap();
    let bytes = id.as_bytes();
    let moved = unsafe {
        let id = In::from_raw(bytes.as_ptr().cast());
        let (size, to) = (bytes.len() as u32, target(&to));
        above.CopyFolder(size, id, In::null(), to, In::null(), 0, In::null(), 1)
    };
    ok(moved);
    let moved = foreign.core("Projects").folder("Mine").unwrap();
    is_rich(&messages(&moved)[0]);
    assert!(moved.folder("Below").is_ok());
    assert_eq!(root.folder("Mine").unwrap_err().code(), ErrorCode::NOT_FOUND);
}

#[test]
fn ours_take_what_they_are_told_to_an_object_of_others() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (mine, folder) = ours.folder("Mine");
    let from = Ours::message(&folder, &rich(&mine));
    let to = new_message(&foreign.folder("Projects"));
    let place = || (&IMessage::IID, target(&to));
    // Everything but the body and the recipients.
    let (copied, told) = copy_to(&from, &[tags::BODY.0, tags::MESSAGE_RECIPIENTS.0], place(), 0);
    ok(copied);
    let severe = told.iter().filter(|problem| problem.2 != ErrorCode::COMPUTED);
    assert_eq!(severe.count(), 0, "{told:?}");
    ok(unsafe { to.SaveChanges(2) });
    let copy = messages(&foreign.core("Projects")).remove(0);
    assert_eq!(copy.text(tags::BODY).unwrap(), None);
    assert_eq!(copy.recipients().unwrap().into_iter().count(), 0);
    assert_eq!(copy.attachments().unwrap().into_iter().count(), 2);
    // The one and the other; who asks for what the destination makes is told, and where.
    let wanted = [tags::BODY.0, tags::MESSAGE_RECIPIENTS.0, tags::ENTRYID.0];
    let (copied, told) = copy_props(&from, &wanted, place(), 0);
    ok(copied);
    assert_eq!(told, [(2, tags::ENTRYID, ErrorCode::COMPUTED)]);
    ok(unsafe { to.SaveChanges(2) });
    is_rich(&messages(&foreign.core("Projects")).remove(0));
    // MAPI_DECLINE_OK: whoever says so copies itself.
    fails(copy_to(&from, &[], place(), 4).0, ErrorCode::DECLINE_COPY);
    fails(copy_to(&from, &[], (&IMAPIFolder::IID, target(&to)), 0).0, NO_INTERFACE);
}

const NO_INTERFACE: ErrorCode = ErrorCode::INTERFACE_NOT_SUPPORTED;

#[test]
fn what_is_there_is_kept_where_that_is_asked_for() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (mine, folder) = ours.folder("Mine");
    let source = rich(&mine);
    let to = with_first(&foreign, |message| message);
    let from = Ours::message(&folder, &source);
    // MAPI_NOREPLACE
    ok(copy_to(&from, &[], (&IMessage::IID, target(&to)), 2).0);
    ok(unsafe { to.SaveChanges(2) });
    let found = messages(&foreign.core("Inbox")).remove(0);
    assert_eq!(found.text(tags::SUBJECT).unwrap().unwrap(), "Lunch on Friday?");
    assert_eq!(found.recipients().unwrap().into_iter().count(), 1);
    // It had none.
    assert_eq!(found.attachments().unwrap().into_iter().count(), 2);
    drop(found);
    // MAPI_MOVE: with everything, and out of the source when that is saved.
    let (moved, told) = copy_to(&from, &[], (&IMessage::IID, target(&to)), 1);
    ok(moved);
    let severe = |problem: &&(u32, PropTag, ErrorCode)| problem.2 != ErrorCode::COMPUTED;
    assert_eq!(told.iter().filter(severe).count(), 0, "{told:?}");
    ok(unsafe { to.SaveChanges(2) });
    ok(unsafe { from.SaveChanges(2) });
    is_rich(&messages(&foreign.core("Inbox")).remove(0));
    let left = messages(&mine).remove(0);
    assert_eq!(left.text(tags::SUBJECT).unwrap(), None);
    assert_eq!(left.attachments().unwrap().into_iter().count(), 0);
    assert_eq!(left.recipients().unwrap().into_iter().count(), 0);
}

/// The first message of the provider's inbox.
fn with_first<T>(foreign: &Foreign, call: impl FnOnce(mapi::com::Ptr<IMessage>) -> T) -> T {
    let id = messages(&foreign.core("Inbox"))[0].entry_id().unwrap();
    call(open(&foreign.folder("Inbox"), &id))
}

#[test]
fn named_properties_keep_their_names() {
    let (foreign, one, other) = (Foreign::new(), Ours::new(), Ours::new());
    let set = Guid::new(0x1234_5678, 1, 2, [3; 8]);
    let name = PropName::name(set, "Colour");
    // So that the same number has another name elsewhere.
    other.store.ids_of(&[PropName::id(set, 7), PropName::id(set, 8)], true).unwrap();
    let named = |store: &mapix::Store| {
        let id = store.ids_of(std::slice::from_ref(&name), true).unwrap()[0].unwrap();
        PropTag::new(id.id(), mapix::prop::PropType::UNICODE)
    };
    let (mine, folder) = one.folder("Mine");
    let source = mine.create_message().unwrap();
    source.set(named(&one.store), "green").unwrap();
    source.save().unwrap();
    let (copies, to_folder) = other.folder("Copies");
    let (from, to) = (Ours::message(&folder, &source), new_message(&to_folder));
    let (copied, told) = problems(|out| unsafe {
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
            out,
        )
    });
    ok(copied);
    assert!(told.iter().all(|problem| problem.2 == ErrorCode::COMPUTED), "{told:?}");
    ok(unsafe { to.SaveChanges(2) });
    let copy = messages(&copies).remove(0);
    assert_ne!(named(&one.store), named(&other.store));
    assert_eq!(copy.text(named(&other.store)).unwrap().unwrap(), "green");
    // A store without names has no place for it: nothing is lost in silence.
    let to = new_message(&foreign.folder("Projects"));
    let (copied, told) = copy_to(&from, &[], (&IMessage::IID, target(&to)), 0);
    ok(copied);
    assert!(told.contains(&(0, named(&one.store), ErrorCode::NO_SUPPORT)), "{told:?}");
    let copied = with_messages(&mine, |list| unsafe {
        let to = foreign.folder("Projects");
        folder.CopyMessages(list, In::null(), target(&to), 0, In::null(), 0)
    });
    partly(copied);
    assert_eq!(subjects(&foreign.core("Projects")).len(), 0);
}

#[test]
fn objects_of_two_kinds_share_their_properties() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (mine, folder) = ours.folder("Mine");
    let from = Ours::message(&folder, &rich(&mine));
    let to = foreign.folder("Projects");
    let exclude = [tags::DISPLAY_NAME.0];
    let (copied, told) = copy_to(&from, &exclude, (&IMAPIProp::IID, target(&to)), 0);
    partly(copied);
    for part in [tags::MESSAGE_RECIPIENTS, tags::MESSAGE_ATTACHMENTS] {
        assert!(told.contains(&(0, part, NO_INTERFACE)), "{told:?}");
    }
    let found = foreign.core("Projects").props().unwrap();
    assert_eq!(found.text(tags::SUBJECT).unwrap(), "Everything");
}

#[test]
fn a_folder_gives_what_is_in_it_to_another_one() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let ((copies, to), root) = (ours.folder("Copies"), foreign.root());
    let (copied, told) = copy_to(&root, &[], (&IMAPIFolder::IID, target(&to)), 0);
    ok(copied);
    assert!(told.iter().all(|problem| problem.2 == ErrorCode::COMPUTED), "{told:?}");
    assert_eq!(subjects(&copies.folder("Inbox").unwrap()).len(), 2);
    assert!(copies.folder("Projects").unwrap().folder("Archive").is_ok());
    // The names are taken now.
    let hierarchy = [tags::CONTAINER_HIERARCHY.0];
    let (again, _) = copy_props(&root, &hierarchy, (&IMAPIFolder::IID, target(&to)), 0);
    fails(again, COLLISION);
    // Contents alone.
    let ((alone, to), inbox) = (ours.folder("Alone"), foreign.folder("Inbox"));
    let contents = [tags::CONTAINER_CONTENTS.0];
    ok(copy_props(&inbox, &contents, (&IMAPIFolder::IID, target(&to)), 0).0);
    assert_eq!((subjects(&alone).len(), alone.name().unwrap()), (2, "Alone".to_owned()));
}

#[test]
fn arguments_that_cannot_be_are_refused() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (_, folder) = ours.folder("Mine");
    let (inbox, support) = (foreign.folder("Inbox"), foreign.support());
    let (iid, message) = (IMAPIFolder::IID, IMessage::IID);
    let invalid = ErrorCode::INVALID_PARAMETER;
    unsafe {
        let messages = |iid, from, iid_to, to, flags| {
            with_list(&[], |list| {
                support.CopyMessages(iid, from, list, iid_to, to, 0, In::null(), flags)
            })
        };
        let (from, to) = (target(&inbox), target(&folder));
        ok(messages(In::null(), from, In::null(), to, 0));
        fails(messages(In::new(&iid), In::null(), In::null(), to, 0), invalid);
        fails(messages(In::new(&iid), from, In::null(), In::null(), 0), invalid);
        fails(messages(In::new(&message), from, In::null(), to, 0), NO_INTERFACE);
        fails(messages(In::new(&iid), from, In::new(&message), to, 0), NO_INTERFACE);
        fails(messages(In::new(&iid), from, In::null(), to, 0x40), ErrorCode::UNKNOWN_FLAGS);
        let none =
            support.CopyMessages(In::new(&iid), from, In::null(), In::null(), to, 0, In::null(), 0);
        fails(none, invalid);
        let no_id = support.CopyFolder(
            In::new(&iid),
            from,
            0,
            In::null(),
            In::null(),
            to,
            In::null(),
            0,
            In::null(),
            0,
        );
        fails(no_id, invalid);
        let properties = |iid_from, from, iid_to, to, flags| {
            let tags = [1, tags::DISPLAY_NAME.0];
            let tags = In::from_raw(tags.as_ptr().cast());
            let progress = In::null();
            let problems = Out::null();
            support.DoCopyProps(iid_from, from, tags, 0, progress, iid_to, to, flags, problems)
        };
        let own = In::new(&iid);
        fails(properties(In::null(), from, own, to, 0), invalid);
        fails(properties(own, from, In::null(), to, 0), invalid);
        fails(properties(own, from, own, In::null(), 0), invalid);
        fails(properties(In::new(&message), from, own, to, 0), NO_INTERFACE);
        fails(properties(own, from, In::new(&message), to, 0), NO_INTERFACE);
        fails(properties(own, from, own, from, 0), ErrorCode::NO_ACCESS);
        fails(properties(own, from, own, to, 0x100), ErrorCode::UNKNOWN_FLAGS);
        // A destination without functions.
        let nothing = [0_usize; 4];
        let nothing = In::from_raw(nothing.as_ptr().cast());
        fails(properties(own, from, own, nothing, 0), invalid);
        fails(copy_to(&inbox, &[1], (&iid, to), 0).0, invalid);
        let without = In::new(&IMAPIProp::IID);
        let place = In::new(&iid);
        let (none, progress) = (In::null(), In::null());
        let all = inbox.CopyTo(1, without, none, 0, progress, place, to, 0, Out::null());
        fails(all, NO_INTERFACE);
    }
}
