//! Parts of objects, copied alone or left out.
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into a library")]

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::iface::{IAttach, IMAPIFolder, IMAPIProp, IMessage, IMsgStore};
use mapix::prop::tags;
use mapix::{AttachMethod, Contents, ErrorCode, Folder, Message};

use crate::foreign::*;

fn messages(folder: &Folder) -> Vec<Message> {
    folder.messages(Contents::Normal).unwrap().map(Result::unwrap).collect()
}

fn attachment(message: &Ptr<IMessage>, number: u32) -> Ptr<IAttach> {
    object(|out| unsafe { message.OpenAttach(number, In::null(), MODIFY, out) })
}

fn new_attachment(message: &Ptr<IMessage>) -> Ptr<IAttach> {
    let mut number = 0;
    object(|out| unsafe { message.CreateAttach(In::null(), 0, Out::new(&mut number), out) })
}

/// The provider's second message: a file, and a message in a message.
fn report(foreign: &Foreign) -> Ptr<IMessage> {
    let id = messages(&foreign.core("Inbox"))[1].entry_id().unwrap();
    open(&foreign.folder("Inbox"), &id)
}

#[test]
fn attachments_are_copied_alone() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (copies, folder) = ours.folder("Copies");
    let (from, to) = (report(&foreign), new_message(&folder));
    for number in [0, 1] {
        let (source, copy) = (attachment(&from, number), new_attachment(&to));
        let (copied, told) = copy_to(&source, &[], (&IAttach::IID, target(&copy)), 0);
        ok(copied);
        assert!(told.iter().all(|problem| problem.2 == ErrorCode::COMPUTED), "{told:?}");
        ok(unsafe { copy.SaveChanges(2) });
    }
    ok(unsafe { to.SaveChanges(2) });
    let copy = messages(&copies).remove(0);
    let all: Vec<_> = copy.attachments().unwrap().into_iter().collect();
    assert_eq!(all[0].props().unwrap().text(tags::ATTACH_LONG_FILENAME).unwrap(), "report.txt");
    assert_eq!(all[1].method().unwrap(), AttachMethod::EmbeddedMessage);
    let inside = all[1].embedded().unwrap();
    assert_eq!(inside.text(tags::SUBJECT).unwrap().unwrap(), "A letter in a letter");
    // Without its data an attachment is a name, and one property is one property.
    let to = new_message(&folder);
    let copy = new_attachment(&to);
    let (source, place) = (attachment(&from, 0), (&IAttach::IID, target(&copy)));
    ok(copy_to(&source, &[tags::ATTACH_DATA_BIN.0], place, 0).0);
    assert_eq!(size_of_data(&copy), None);
    ok(copy_props(&source, &[tags::ATTACH_DATA_BIN.0], place, 0).0);
    assert_eq!(size_of_data(&copy), Some(13));
}

fn size_of_data(attachment: &Ptr<IAttach>) -> Option<u32> {
    let tags = [1, tags::ATTACH_DATA_BIN.0];
    let (mut count, mut raw) = (0, std::ptr::null_mut());
    unsafe {
        let wanted = In::from_raw(tags.as_ptr().cast());
        attachment.GetProps(wanted, 0, Out::new(&mut count), Out::new(&mut raw));
        let found = (*raw).ulPropTag == tags[1];
        let size = found.then(|| (*raw).Value.bin.cb);
        ok(mapi::export::MAPIFreeBuffer(raw.cast()));
        size
    }
}

#[test]
fn what_an_interface_stands_for_is_left_out() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (copies, folder) = ours.folder("Copies");
    let (from, to) = (report(&foreign), new_message(&folder));
    let without = [IMessage::IID];
    let (copied, _) = problems(|out| unsafe {
        let (exclude, place) = (In::from_raw(without.as_ptr()), In::new(&IMessage::IID));
        from.CopyTo(1, exclude, In::null(), 0, In::null(), place, target(&to), 0, out)
    });
    ok(copied);
    ok(unsafe { to.SaveChanges(2) });
    let copy = messages(&copies).remove(0);
    assert_eq!(copy.text(tags::SUBJECT).unwrap().unwrap(), "The report");
    assert_eq!(copy.recipients().unwrap().into_iter().count(), 0);
    assert_eq!(copy.attachments().unwrap().into_iter().count(), 0);
    // Of a folder its contents, whatever their kind.
    let (copies, to) = ours.folder("Folder");
    let without = [IMAPIFolder::IID];
    let (copied, _) = problems(|out| unsafe {
        let (exclude, place) = (In::from_raw(without.as_ptr()), In::new(&IMAPIFolder::IID));
        let root = foreign.root();
        root.CopyTo(1, exclude, In::null(), 0, In::null(), place, target(&to), 0, out)
    });
    ok(copied);
    assert_eq!(copies.folders().unwrap().into_iter().count(), 0);
}

#[test]
fn a_folder_that_gives_all_away_keeps_its_name() {
    let (foreign, ours) = (Foreign::new(), Ours::new());
    let (copies, to) = ours.folder("Copies");
    let from = foreign.folder("Inbox");
    // MAPI_MOVE
    let (moved, told) = copy_to(&from, &[], (&IMAPIFolder::IID, target(&to)), 1);
    ok(moved);
    assert!(told.iter().all(|problem| problem.2 == ErrorCode::COMPUTED), "{told:?}");
    assert_eq!(messages(&copies).len(), 2);
    assert_eq!(messages(&foreign.core("Inbox")).len(), 0);
}

#[test]
fn a_store_keeps_what_it_is() {
    let (foreign, other) = (Foreign::new(), Foreign::new());
    let id = |foreign: &Foreign| foreign.store.entry_id().unwrap();
    let key = |foreign: &Foreign| {
        let props = foreign.store.props().unwrap();
        props.bytes(tags::STORE_RECORD_KEY).unwrap().to_vec()
    };
    let before = (id(&other), key(&other));
    let from: &Ptr<IMAPIProp> = foreign.raw.as_ref().unwrap();
    let to = target(other.raw.as_ref().unwrap());
    ok(copy_to(from, &[tags::DISPLAY_NAME.0], (&IMsgStore::IID, to), 0).0);
    assert_eq!((id(&other), key(&other)), before);
    // Who asks for it is told.
    let (copied, told) = copy_props(from, &[tags::ENTRYID.0], (&IMsgStore::IID, to), 0);
    ok(copied);
    assert_eq!(told, [(0, tags::ENTRYID, ErrorCode::COMPUTED)]);
}
