//! Stores and folders.

use mapi::arg::{In, Out};
use mapi::iface::{IMAPIFolder, IMAPIProp, IMAPITable};
use mapi::types::{ENTRYLIST, HRESULT, SBinary, SPropValue, UPV};
use mapix::ErrorCode;

use crate::world::*;

const DISPLAY_NAME_A: u32 = 0x3001_001E;

fn names(folder: &mapi::com::Ptr<IMAPIFolder>) -> Vec<String> {
    let table = object(|out| unsafe { folder.GetHierarchyTable(0, out) });
    let mut names = Rows::of(&table, &[DISPLAY_NAME_A]).texts(0);
    names.sort();
    names
}

#[test]
fn folders_are_made_renamed_copied_and_deleted() {
    let world = World::new();
    let (_session, store) = world.open();
    let root = root(&store, MAPI_MODIFY);
    let before = names(&root);
    let folder = create_folder(&root, c"One");
    let collision = unsafe {
        root.CreateFolder(
            1,
            text(c"One"),
            In::null(),
            In::null(),
            0,
            Out::new(&mut std::ptr::null_mut()),
        )
    };
    fails(collision, ErrorCode::COLLISION);
    // OPEN_IF_EXISTS
    drop(object(|out| unsafe {
        root.CreateFolder(1, text(c"One"), text(c"remark"), In::null(), 1, out)
    }));
    set_text(&folder, DISPLAY_NAME_A, c"Two");
    create_folder(&folder, c"Below");
    create_message(&folder, c"mail");
    let id_bytes = Props::of(&folder, &[ENTRYID_TAG], 0).bytes(0);
    let (size, entry) = id(&id_bytes);
    unsafe {
        let target = create_folder(&root, c"Target");
        let to = In::from_raw(target.as_raw().cast_const().cast());
        // COPY_SUBFOLDERS
        ok(root.CopyFolder(size, entry, In::null(), to, text(c"Copy"), 0, In::null(), 0x10));
        assert_eq!(names(&target), ["Copy"]);
        // FOLDER_MOVE
        ok(root.CopyFolder(size, entry, In::null(), to, In::null(), 0, In::null(), 1));
        assert_eq!(names(&target), ["Copy", "Two"]);
        let deleted = target.DeleteFolder(size, entry, 0, In::null(), 0);
        fails(deleted, ErrorCode::HAS_FOLDERS);
        fails(target.DeleteFolder(size, entry, 0, In::null(), 4), ErrorCode::HAS_MESSAGES);
        ok(target.DeleteFolder(size, entry, 0, In::null(), 5));
        ok(target.EmptyFolder(0, In::null(), 0));
        assert!(names(&target).is_empty());
    }
    assert_eq!(names(&root).len(), before.len() + 1);
}

#[test]
fn access_is_what_was_asked_for() {
    let world = World::new();
    let (_session, store) = world.open();
    let level = |object: &mapi::com::Ptr<IMAPIProp>| unsafe {
        Props::of(object, &[0x0FF7_0003], 0).at(0).Value.l
    };
    let reading = root(&store, 0);
    assert_eq!(level(&reading), 0);
    let made = unsafe { reading.CreateMessage(In::null(), 0, Out::new(&mut std::ptr::null_mut())) };
    fails(made, ErrorCode::NO_ACCESS);
    let writing = root(&store, MAPI_MODIFY);
    assert_eq!(level(&writing), 1);
    let folder = create_folder(&writing, c"Mail");
    let bytes = {
        let message = create_message(&folder, c"one");
        Props::of(&message, &[ENTRYID_TAG], 0).bytes(0)
    };
    let message = open_entry::<IMAPIProp>(&store, &bytes, 0);
    assert_eq!(level(&message), 0);
    let value = UPV { lpszA: c"x".as_ptr().cast_mut().cast() };
    let prop = SPropValue { ulPropTag: SUBJECT_A, dwAlignPad: 0, Value: value };
    let set = unsafe { message.SetProps(1, In::new(&prop), Out::null()) };
    fails(set, ErrorCode::NO_ACCESS);
    let best = open_entry::<IMAPIProp>(&store, &bytes, 0x10);
    assert_eq!(level(&best), 1);
    drop((message, best, reading, writing, folder, store));

    // A store that was opened for reading gives nothing that could be written.
    let session = world.session();
    let store = open_store(&session, 0);
    let (size, entry) = id(&bytes);
    let mut raw = std::ptr::null_mut();
    let opened = unsafe {
        store.OpenEntry(size, entry, In::null(), MAPI_MODIFY, Out::new(&mut 0), Out::new(&mut raw))
    };
    fails(opened, ErrorCode::NO_ACCESS);
    assert!(raw.is_null());
    assert_eq!(level(&open_entry::<IMAPIProp>(&store, &bytes, 0x10)), 0);
}

#[test]
fn messages_are_copied_moved_marked_and_deleted_in_lists() {
    let world = World::new();
    let (_session, store) = world.open();
    let root = root(&store, MAPI_MODIFY);
    let (from, to) = (create_folder(&root, c"From"), create_folder(&root, c"To"));
    let mut ids: Vec<Vec<u8>> = [c"a", c"b", c"c"]
        .map(|subject| Props::of(&create_message(&from, subject), &[ENTRYID_TAG], 0).bytes(0))
        .to_vec();
    // One that is no entry ID of a message.
    ids.push(Props::of(&from, &[ENTRYID_TAG], 0).bytes(0));
    let binary =
        |bytes: &Vec<u8>| SBinary { cb: bytes.len() as u32, lpb: bytes.as_ptr().cast_mut() };
    let mut binaries: Vec<SBinary> = ids.iter().map(binary).collect();
    let list = |count: u32, binaries: &mut Vec<SBinary>| ENTRYLIST {
        cValues: count,
        lpbin: binaries.as_mut_ptr(),
    };
    let partial = HRESULT(0x0004_0680);
    let count = |folder: &mapi::com::Ptr<IMAPIFolder>| {
        let table: mapi::com::Ptr<IMAPITable> =
            object(|out| unsafe { folder.GetContentsTable(0, out) });
        Rows::of(&table, &[SUBJECT_A]).len()
    };
    unsafe {
        let target = In::from_raw(to.as_raw().cast_const().cast());
        let all = list(4, &mut binaries);
        let copied = from.CopyMessages(In::new(&all), In::null(), target, 0, In::null(), 0);
        assert_eq!(copied, partial, "one of them is a folder");
        assert_eq!((count(&from), count(&to)), (3, 3));
        let two = list(2, &mut binaries);
        ok(from.CopyMessages(In::new(&two), In::null(), target, 0, In::null(), 1));
        assert_eq!((count(&from), count(&to)), (1, 5));
        // SUPPRESS_RECEIPT, and back.
        ok(to.SetReadFlags(In::new(&two), 0, In::null(), 1));
        ok(to.SetReadFlags(In::null(), 0, In::null(), 4));
        let (size, entry) = id(&ids[0]);
        let mut old = 7;
        ok(to.SetMessageStatus(size, entry, 0x10, 0x10, Out::new(&mut old)));
        assert_eq!(old, 0);
        assert_eq!(out(|status| to.GetMessageStatus(size, entry, 0, status)), 0x10);
        ok(to.DeleteMessages(In::new(&two), 0, In::null(), 0x10));
        assert_eq!(to.DeleteMessages(In::new(&two), 0, In::null(), 0x10), partial);
        assert_eq!(count(&to), 3);
    }
}

#[test]
fn receive_folders_and_entry_ids() {
    let world = World::new();
    let (session, store) = world.open();
    let root = root(&store, MAPI_MODIFY);
    let folder = create_folder(&root, c"Reports");
    let bytes = Props::of(&folder, &[ENTRYID_TAG], 0).bytes(0);
    let (size, entry) = id(&bytes);
    unsafe {
        ok(store.SetReceiveFolder(text(c"REPORT"), 0, size, entry));
        let (mut found_size, mut found, mut class) =
            (0, std::ptr::null_mut(), std::ptr::null_mut());
        ok(store.GetReceiveFolder(
            text(c"REPORT.IPM.Note"),
            0,
            Out::new(&mut found_size),
            Out::new(&mut found),
            Out::new(&mut class),
        ));
        assert_eq!(std::ffi::CStr::from_ptr(class.cast()), c"REPORT");
        let mut same = 0;
        let other = In::from_raw(found.cast_const());
        ok(store.CompareEntryIDs(size, entry, found_size, other, 0, Out::new(&mut same)));
        assert_eq!(same, 1);
        ok(session.CompareEntryIDs(size, entry, found_size, other, 0, Out::new(&mut same)));
        assert_eq!(same, 1);
        free(class);
        free(found);
        let table = object(|out| store.GetReceiveFolderTable(0, out));
        let rows = Rows::of(&table, &[0x001A_001E, ENTRYID_TAG, 0x0FF9_0102]);
        let at = rows.texts(0).iter().position(|class| class == "REPORT").unwrap();
        assert_eq!(rows.bytes(at, 1), bytes);
        // The session opens what the store opens.
        let mut kind = 0;
        let opened = object(|out| {
            session.OpenEntry(size, entry, In::null(), MAPI_MODIFY, Out::new(&mut kind), out)
        });
        assert_eq!(kind, 3);
        set_text(&opened.query::<IMAPIProp>().unwrap(), DISPLAY_NAME_A, c"By the session");
        assert!(names(&root).contains(&"By the session".to_owned()));
    }
}

#[test]
fn search_folders_find_what_they_are_told() {
    let world = World::new();
    let (_session, store) = world.open();
    let root = root(&store, MAPI_MODIFY);
    let mail = create_folder(&root, c"Mail");
    create_message(&mail, c"apple pie");
    create_message(&mail, c"plum");
    unsafe {
        let search =
            object(|out| root.CreateFolder(2, text(c"Search"), In::null(), In::null(), 0, out));
        let (mut restriction, mut folders, mut state) =
            (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        let never = search.GetSearchCriteria(
            0,
            Out::new(&mut restriction),
            Out::new(&mut folders),
            Out::new(&mut state),
        );
        fails(never, ErrorCode::NOT_INITIALIZED);
        let bytes = Props::of(&mail, &[ENTRYID_TAG], 0).bytes(0);
        let mut one = SBinary { cb: bytes.len() as u32, lpb: bytes.as_ptr().cast_mut() };
        let list = ENTRYLIST { cValues: 1, lpbin: &raw mut one };
        let wanted = mapix::restriction::Restriction::contains(mapix::prop::tags::SUBJECT, "apple");
        let wanted = mapi::convert::give_restriction(&wanted).unwrap();
        // RESTART_SEARCH | SHALLOW_SEARCH
        ok(search.SetSearchCriteria(In::from_raw(wanted), In::new(&list), 2 | 8));
        free(wanted);
        let table = object(|out| search.GetContentsTable(0, out));
        assert_eq!(Rows::of(&table, &[SUBJECT_A]).texts(0), ["apple pie"]);
        ok(search.GetSearchCriteria(
            0,
            Out::new(&mut restriction),
            Out::new(&mut folders),
            Out::new(&mut state),
        ));
        assert_eq!(((*folders).cValues, state & 1), (1, 1));
        assert_eq!((*restriction).rt, 3, "RES_CONTENT");
        free(restriction);
        free(folders);
        let both = search.SetSearchCriteria(In::null(), In::null(), 1 | 2);
        fails(both, ErrorCode::INVALID_PARAMETER);
    }
}

#[test]
fn entry_ids_need_not_be_aligned() {
    let world = World::new();
    let (session, store) = world.open();
    let bytes = Props::of(&root(&store, 0), &[ENTRYID_TAG], 0).bytes(0);
    for offset in 0..8 {
        let shifted = [&vec![0; offset][..], &bytes].concat();
        let (size, entry) = id(&shifted[offset..]);
        let (mut kind, mut same) = (0, 0);
        unsafe {
            drop(object(|out| {
                session.OpenEntry(size, entry, In::null(), 0, Out::new(&mut kind), out)
            }));
            let (other_size, other) = id(&bytes);
            ok(store.CompareEntryIDs(size, entry, other_size, other, 0, Out::new(&mut same)));
        }
        assert_eq!((kind, same), (3, 1), "at {offset}");
    }
}
