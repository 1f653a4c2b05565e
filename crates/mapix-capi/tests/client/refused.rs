//! What is not supported says so, and mail that is submitted waits in its queue.

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::iface::{IAddrBook, ILockBytes, IMAPIClientShutdown, IMsgServiceAdmin2, IStream};
use mapi::types::{ADRENTRY, ADRLIST, SPropValue, ULARGE_INTEGER, UPV};
use mapix::ErrorCode;

use crate::world::*;

const REFUSED: ErrorCode = ErrorCode::NO_SUPPORT;

#[test]
fn what_has_no_counterpart_here_is_refused() {
    let world = World::new();
    let (session, store) = world.open();
    unsafe {
        let mut props = std::ptr::null_mut();
        let options = session.QueryDefaultMessageOpt(
            text(c"SMTP"),
            0,
            Out::new(&mut 0),
            Out::new(&mut props),
        );
        fails(options, REFUSED);
        fails(session.PrepareForm(In::null(), In::null(), Out::new(&mut 0)), REFUSED);
        let shown = session.ShowForm(
            0,
            In::null(),
            In::null(),
            In::null(),
            0,
            In::null(),
            0,
            0,
            0,
            0,
            In::null(),
        );
        fails(shown, REFUSED);

        let book: Ptr<IAddrBook> = object(|out| session.OpenAddressBook(0, In::null(), 0, out));
        let none = In::null();
        fails(book.Advise(0, In::null(), 0, In::null(), Out::new(&mut 0)), REFUSED);
        fails(book.Unadvise(1), REFUSED);
        let mut id = std::ptr::null_mut();
        let new = book.NewEntry(0, 0, 0, none, 0, none, Out::new(&mut 0), Out::new(&mut id));
        fails(new, REFUSED);
        fails(book.Address(Out::null(), In::null(), Out::null()), REFUSED);
        let null = std::ptr::null_mut();
        let details = book.Details(Out::null(), null, null, 0, none, null, null, In::null(), 0);
        fails(details, REFUSED);
        fails(book.RecipOptions(0, 0, Out::null()), REFUSED);
        let options =
            book.QueryDefaultRecipOpt(text(c"SMTP"), 0, Out::new(&mut 0), Out::new(&mut props));
        fails(options, REFUSED);
        fails(book.SetPAB(0, none), REFUSED);
        fails(book.SetDefaultDir(0, none), REFUSED);
        fails(book.SetSearchPath(0, In::null()), REFUSED);
    }
    let message = create_message(&create_folder(&root(&store, MAPI_MODIFY), c"Mail"), c"x");
    let zero = ULARGE_INTEGER { QuadPart: 0 };
    let open = |iid| {
        object(|out| unsafe {
            message.OpenProperty(BODY_W, In::new(iid), 0, MAPI_CREATE | MAPI_MODIFY, out)
        })
    };
    let bytes = open(&ILockBytes::IID).query::<ILockBytes>().unwrap();
    let stream = open(&IStream::IID).query::<IStream>().unwrap();
    unsafe {
        let mut written = 0;
        let letters = [b'h', 0, b'i', 0];
        let source = In::from_raw(letters.as_ptr());
        ok(bytes.WriteAt(zero, source, 4, Out::new(&mut written)));
        ok(bytes.Flush());
        assert_eq!(Props::of(&message, &[BODY_W], 0).text(0), "hi");
        fails(bytes.LockRegion(zero, zero, 0), REFUSED);
        fails(bytes.UnlockRegion(zero, zero, 0), REFUSED);
        fails(stream.LockRegion(zero, zero, 0), REFUSED);
        fails(stream.UnlockRegion(zero, zero, 0), REFUSED);
        fails(stream.Revert(), REFUSED);
    }
}

#[test]
fn submitted_messages_wait_and_can_be_taken_back() {
    let world = World::new();
    let (_session, store) = world.open();
    let message = create_message(&create_folder(&root(&store, MAPI_MODIFY), c"Mail"), c"mail");
    let string = |tag, text: &'static std::ffi::CStr| SPropValue {
        ulPropTag: tag,
        dwAlignPad: 0,
        Value: UPV { lpszA: text.as_ptr().cast_mut().cast() },
    };
    let mut props = [
        string(0x3001_001E, c"Ann"),
        string(0x3002_001E, c"SMTP"),
        string(0x3003_001E, c"ann@example.org"),
    ];
    let entry = ADRENTRY { ulReserved1: 0, cValues: 3, rgPropVals: props.as_mut_ptr() };
    let list = ADRLIST { cEntries: 1, aEntries: [entry] };
    unsafe {
        ok(message.ModifyRecipients(0, In::new(&list)));
        ok(message.SaveChanges(2));
        let bytes = Props::of(&message, &[ENTRYID_TAG], 0).bytes(0);
        let (size, id) = id(&bytes);
        fails(store.AbortSubmit(size, id, 0), ErrorCode::NOT_IN_QUEUE);
        ok(message.SubmitMessage(0));
        let queue = object(|out| store.GetOutgoingQueue(0, out));
        assert_eq!(Rows::of(&queue, &[SUBJECT_A]).texts(0), ["mail"]);
        // Submitted messages are open for reading only.
        let opened = store.OpenEntry(
            size,
            id,
            In::null(),
            MAPI_MODIFY,
            Out::new(&mut 0),
            Out::new(&mut std::ptr::null_mut()),
        );
        fails(opened, ErrorCode::SUBMITTED);
        fails(store.FinishedMsg(0, size, id), REFUSED);
        ok(store.AbortSubmit(size, id, 0));
        let queue = object(|out| store.GetOutgoingQueue(0, out));
        assert_eq!(Rows::of(&queue, &[SUBJECT_A]).len(), 0);
    }
}

#[test]
fn objects_of_administration_know_their_last_error() {
    let admin = {
        let world = World::new();
        let admin = profiles();
        drop(world);
        admin
    };
    let world = World::new();
    let (session, _store) = world.open();
    unsafe {
        let result = admin.DeleteProfile(text(c"there is no such profile"), 0);
        fails(result, ErrorCode::NOT_FOUND);
        let error = out(|error| admin.GetLastError(result, 0, error));
        assert!(!error.is_null());
        free(error);
        let services = object(|out| session.AdminServices(0, out));
        let nothing = out(|error| services.GetLastError(result, 0, error));
        assert!(nothing.is_null());
        let services2 = services.query::<IMsgServiceAdmin2>().unwrap();
        let nobody = mapi::types::MAPIUID { ab: [7; 16] };
        let failed = services2.DeleteMsgService(In::new(&nobody));
        fails(failed, ErrorCode::NOT_FOUND);
        let error = out(|error| services2.GetLastError(failed, 0, error));
        assert!(!error.is_null());
        free(error);
        let table = object(|out| services.GetMsgServiceTable(0, out));
        let failed = table.QueryRows(0, 0, Out::new(&mut std::ptr::null_mut()));
        fails(failed, ErrorCode::INVALID_PARAMETER);
        let error = out(|error| table.GetLastError(failed, 0, error));
        assert!(!error.is_null());
        free(error);
        let rows = Rows::of(&table, &[0x3D0C_0102]);
        let uid = mapi::types::MAPIUID { ab: rows.bytes(0, 0).try_into().unwrap() };
        let providers = object(|out| services.AdminProviders(In::new(&uid), 0, out));
        let failed = providers.DeleteProvider(In::new(&uid));
        let error = out(|error| providers.GetLastError(failed, 0, error));
        assert!(!error.is_null());
        free(error);
    }
}

#[test]
fn nothing_is_called_after_a_fast_shutdown() {
    let world = World::new();
    let session = world.session();
    let shutdown = session.query::<IMAPIClientShutdown>().unwrap();
    unsafe {
        ok(shutdown.QueryFastShutdown());
        ok(shutdown.NotifyProcessShutdown());
        ok(shutdown.DoFastShutdown());
        let mut table = std::ptr::null_mut();
        let gone = session.GetMsgStoresTable(0, Out::new(&mut table));
        fails(gone, ErrorCode::INVALID_OBJECT);
    }
}
