//! Arguments that cannot be: nothing crashes, and everything says so.

use mapi::arg::{In, Out};
use mapi::com::Interface;
use mapi::export::{MAPIAdminProfiles, MAPIAllocateBuffer, MAPIAllocateMore, MAPILogonEx};
use mapi::iface::{IMAPIFolder, IMAPITable, IMessage, IStream};
use mapix::ErrorCode;

use crate::world::*;

const INVALID: ErrorCode = ErrorCode::INVALID_PARAMETER;
const UNKNOWN: ErrorCode = ErrorCode::UNKNOWN_FLAGS;
/// A flag that nobody knows.
const BAD: u32 = 0x0080_0000;

#[test]
fn null_and_unknown_flags_are_refused() {
    let world = World::new();
    let (session, store) = world.open();
    let root = root(&store, MAPI_MODIFY);
    let folder = create_folder(&root, c"Mail");
    let message = create_message(&folder, c"x");
    let table = object(|out| unsafe { folder.GetContentsTable(0, out) });
    unsafe {
        fails(
            MAPILogonEx(0, std::ptr::null_mut(), std::ptr::null_mut(), BAD, std::ptr::null_mut()),
            UNKNOWN,
        );
        fails(MAPIAdminProfiles(0, std::ptr::null_mut()), INVALID);
        fails(MAPIAllocateBuffer(1, std::ptr::null_mut()), INVALID);
        fails(MAPIAllocateMore(1, std::ptr::null_mut(), std::ptr::null_mut()), INVALID);

        fails(session.GetMsgStoresTable(0, Out::null()), INVALID);
        fails(session.GetMsgStoresTable(BAD, Out::new(&mut std::ptr::null_mut())), UNKNOWN);
        let no_id = session.OpenMsgStore(
            0,
            0,
            In::null(),
            In::null(),
            0,
            Out::new(&mut std::ptr::null_mut()),
        );
        fails(no_id, INVALID);
        fails(session.Logoff(0, BAD, 0), UNKNOWN);
        fails(session.Unadvise(99), ErrorCode::NOT_FOUND);
        fails(session.GetLastError(ErrorCode::NOT_FOUND.into(), BAD, Out::null()), UNKNOWN);
        fails(session.GetLastError(ErrorCode::NOT_FOUND.into(), 0, Out::null()), INVALID);

        let open = |size, id, flags| {
            store.OpenEntry(
                size,
                id,
                In::null(),
                flags,
                Out::new(&mut 0),
                Out::new(&mut std::ptr::null_mut()),
            )
        };
        fails(open(0, In::null(), BAD), UNKNOWN);
        fails(open(24, In::null(), 0), INVALID);
        fails(open(3, id(&[1, 2, 3]).1, 0), ErrorCode::INVALID_ENTRYID);
        let short = store.OpenEntry(0, In::null(), In::null(), 0, Out::null(), Out::null());
        fails(short, INVALID);
        let table_iid = IMAPITable::IID;
        let wrong = store.OpenEntry(
            0,
            In::null(),
            In::new(&table_iid),
            0,
            Out::new(&mut 0),
            Out::new(&mut std::ptr::null_mut()),
        );
        fails(wrong, ErrorCode::INTERFACE_NOT_SUPPORTED);
        fails(store.StoreLogoff(Out::null()), INVALID);
        fails(store.StoreLogoff(Out::new(&mut 0x40)), UNKNOWN);
        fails(store.StoreLogoff(Out::new(&mut 3)), INVALID);
        fails(store.NotifyNewMail(In::null()), INVALID);
        fails(store.SetLockState(In::null(), 1), INVALID);
        fails(store.SetLockState(In::null(), 77), INVALID);

        fails(folder.GetContentsTable(BAD, Out::new(&mut std::ptr::null_mut())), UNKNOWN);
        fails(folder.GetContentsTable(0, Out::null()), INVALID);
        fails(
            folder.CreateMessage(
                In::new(&IMAPIFolder::IID),
                0,
                Out::new(&mut std::ptr::null_mut()),
            ),
            ErrorCode::INTERFACE_NOT_SUPPORTED,
        );
        fails(
            folder.CreateFolder(
                9,
                text(c"x"),
                In::null(),
                In::null(),
                0,
                Out::new(&mut std::ptr::null_mut()),
            ),
            INVALID,
        );
        fails(
            folder.CreateFolder(
                1,
                In::null(),
                In::null(),
                In::null(),
                0,
                Out::new(&mut std::ptr::null_mut()),
            ),
            INVALID,
        );
        fails(folder.DeleteMessages(In::null(), 0, In::null(), 0), INVALID);
        fails(folder.CopyMessages(In::null(), In::null(), In::null(), 0, In::null(), 0), INVALID);
        fails(folder.SaveContentsSort(In::null(), 0), ErrorCode::NO_SUPPORT);
        fails(folder.EmptyFolder(0, In::null(), BAD), UNKNOWN);

        fails(message.GetProps(In::null(), 1, Out::null(), Out::null()), UNKNOWN);
        fails(message.GetProps(In::null(), 0, Out::null(), Out::null()), INVALID);
        fails(message.GetPropList(0, Out::null()), INVALID);
        fails(message.SetProps(0, In::null(), Out::null()), INVALID);
        fails(message.SetProps(3, In::null(), Out::null()), INVALID);
        fails(message.DeleteProps(In::null(), Out::null()), INVALID);
        let mut raw = std::ptr::null_mut();
        fails(message.OpenProperty(SUBJECT_W, In::null(), 0, 0, Out::new(&mut raw)), INVALID);
        let untyped =
            message.OpenProperty(0x0037_0000, In::new(&IStream::IID), 0, 0, Out::new(&mut raw));
        fails(untyped, INVALID);
        let alone = message.OpenProperty(
            SUBJECT_W,
            In::new(&IStream::IID),
            0,
            MAPI_CREATE,
            Out::new(&mut raw),
        );
        fails(alone, INVALID);
        let no_stream =
            message.OpenProperty(SUBJECT_W, In::new(&IMessage::IID), 0, 0, Out::new(&mut raw));
        fails(no_stream, ErrorCode::INTERFACE_NOT_SUPPORTED);
        fails(
            message.OpenAttach(5, In::null(), 0, Out::new(&mut std::ptr::null_mut())),
            ErrorCode::NOT_FOUND,
        );
        fails(message.OpenAttach(0, In::null(), BAD, Out::new(&mut std::ptr::null_mut())), UNKNOWN);
        fails(message.ModifyRecipients(0, In::null()), INVALID);
        fails(message.SubmitMessage(BAD), UNKNOWN);
        fails(message.SubmitMessage(0), ErrorCode::NO_RECIPIENTS);
        fails(
            message.CopyTo(
                0,
                In::null(),
                In::null(),
                0,
                In::null(),
                In::null(),
                In::null(),
                0,
                Out::null(),
            ),
            INVALID,
        );
        fails(
            message.GetIDsFromNames(2, In::null(), 0, Out::new(&mut std::ptr::null_mut())),
            INVALID,
        );

        fails(table.QueryRows(1, BAD, Out::new(&mut std::ptr::null_mut())), UNKNOWN);
        fails(table.QueryRows(1, 0, Out::null()), INVALID);
        fails(table.FindRow(In::null(), 0, 0), INVALID);
        fails(table.SeekRowApprox(1, 0), INVALID);
        fails(table.GetStatus(Out::null(), Out::null()), INVALID);
        fails(table.CreateBookmark(Out::null()), INVALID);
        fails(table.ExpandRow(4, In::null(), 1, 0, Out::null(), Out::null()), INVALID);
    }
}
