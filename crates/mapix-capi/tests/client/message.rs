//! Messages, attachments, recipients, streams.

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::iface::{IAttach, ILockBytes, IMAPIProp, IMessage, IStream};
use mapi::types::{
    ADRENTRY, ADRLIST, GUID, HRESULT, LARGE_INTEGER, MAPINAMEID, MAPINAMEIDKind, SPropValue,
    STATSTG, ULARGE_INTEGER, UPV,
};
use mapix::ErrorCode;

use crate::world::*;

fn message(
    world: &World,
) -> (Ptr<mapi::iface::IMAPISession>, Ptr<mapi::iface::IMsgStore>, Ptr<IMessage>) {
    let (session, store) = world.open();
    let folder = create_folder(&root(&store, MAPI_MODIFY), c"Mail");
    let message = create_message(&folder, c"Gr\xC3\xBC\xC3\x9Fe");
    (session, store, message)
}

/// The message, opened once more.
fn again(store: &Ptr<mapi::iface::IMsgStore>, message: &Ptr<IMessage>) -> Ptr<IMessage> {
    let bytes = Props::of(message, &[ENTRYID_TAG], 0).bytes(0);
    open_entry(store, &bytes, MAPI_MODIFY)
}

fn stream(object: &Ptr<IMAPIProp>, tag: u32, flags: u32) -> Ptr<IStream> {
    let opened = object_of(object, tag, &IStream::IID, flags);
    opened.query().unwrap()
}

fn object_of(
    object: &Ptr<IMAPIProp>,
    tag: u32,
    iid: &GUID,
    flags: u32,
) -> Ptr<mapi::iface::IUnknown> {
    crate::world::object(|out| unsafe { object.OpenProperty(tag, In::new(iid), 0, flags, out) })
}

fn write(stream: &Ptr<IStream>, bytes: &[u8]) {
    let mut written = 0;
    let source = unsafe { In::from_raw(bytes.as_ptr()) };
    ok(unsafe { stream.Write(source, bytes.len() as u32, Out::new(&mut written)) });
    assert_eq!(written as usize, bytes.len());
}

fn read_all(stream: &Ptr<IStream>) -> Vec<u8> {
    let start = LARGE_INTEGER { QuadPart: 0 };
    ok(unsafe { stream.Seek(start, 0, Out::null()) });
    let mut all = Vec::new();
    let mut part = vec![0_u8; 100_000];
    loop {
        let mut count = 0;
        ok(unsafe { stream.Read(Out::from_raw(part.as_mut_ptr()), 100_000, Out::new(&mut count)) });
        if count == 0 {
            return all;
        }
        all.extend_from_slice(&part[..count as usize]);
    }
}

#[test]
fn properties_follow_the_rules_of_get_props() {
    let world = World::new();
    let (_session, store, message) = message(&world);
    // The type that was asked for, or an error under the ID that was asked for.
    let props = Props::of(&message, &[SUBJECT_A, SUBJECT_W, 0x0037_0003, 0x6666_0003], 0);
    assert_eq!(props.result, HRESULT(0x0004_0380), "MAPI_W_ERRORS_RETURNED");
    assert_eq!((props.text(0), props.text(1)), ("Grüße".into(), "Grüße".into()));
    assert_eq!(props.at(2).ulPropTag, 0x0037_000A);
    assert_eq!(unsafe { props.at(2).Value.err }, ErrorCode::UNEXPECTED_TYPE.into());
    assert_eq!(unsafe { props.at(3).Value.err }, ErrorCode::NOT_FOUND.into());
    // Of no type: the true one, and strings as the flags say.
    for (flags, tag) in [(0, SUBJECT_A), (UNICODE, SUBJECT_W)] {
        assert_eq!(Props::of(&message, &[0x0037_0000], flags).at(0).ulPropTag, tag);
        let all = Props::all(&message, flags);
        assert!(all.find(tag).is_some());
        assert!((0..all.count).all(|at| all.at(at).ulPropTag & 0xFFFF != 0x000D));
    }
    let none = Props::of(&message, &[], 0);
    fails(none.result, ErrorCode::INVALID_PARAMETER);
    let list = out(|tags| unsafe { message.GetPropList(UNICODE, tags) });
    let count = unsafe { (*list).cValues } as usize;
    let tags =
        unsafe { std::slice::from_raw_parts((&raw const (*list).aulPropTag).cast::<u32>(), count) };
    assert!(tags.contains(&SUBJECT_W) && tags.contains(&0x0E12_000D), "objects as well");
    free(list);

    // Problems are told one by one, and what is good is set.
    let text = UPV { lpszA: c"new".as_ptr().cast_mut().cast() };
    let set = [
        SPropValue { ulPropTag: 0x0E08_0003, dwAlignPad: 0, Value: UPV { l: 5 } },
        SPropValue { ulPropTag: SUBJECT_A, dwAlignPad: 0, Value: text },
    ];
    let mut problems = std::ptr::null_mut();
    let source = unsafe { In::from_raw(set.as_ptr()) };
    ok(unsafe { message.SetProps(2, source, Out::new(&mut problems)) });
    unsafe {
        assert_eq!(((*problems).cProblem, (*problems).aProblem[0].ulIndex), (1, 0));
        assert_eq!((*problems).aProblem[0].scode, ErrorCode::COMPUTED.into());
    }
    free(problems);
    assert_eq!(Props::of(&message, &[SUBJECT_A], 0).text(0), "new");
    assert_eq!(Props::of(&again(&store, &message), &[SUBJECT_A], 0).text(0), "Grüße", "not saved");
    ok(unsafe { message.SaveChanges(2) });
    assert_eq!(Props::of(&again(&store, &message), &[SUBJECT_A], 0).text(0), "new");
    let tags = Tags::new(&[0x0037_0000]);
    ok(unsafe { message.DeleteProps(tags.as_in(), Out::null()) });
    let gone = Props::of(&message, &[SUBJECT_A], 0);
    assert_eq!(gone.at(0).ulPropTag, 0x0037_000A);
}

#[test]
fn saves_conflict_unless_they_are_forced() {
    let world = World::new();
    let (_session, store, first) = message(&world);
    let second = again(&store, &first);
    set_text(&first, SUBJECT_A, c"first");
    set_text(&second, SUBJECT_A, c"second");
    ok(unsafe { first.SaveChanges(2) });
    fails(unsafe { second.SaveChanges(2) }, ErrorCode::OBJECT_CHANGED);
    ok(unsafe { second.SaveChanges(4 | 2) });
    fails(unsafe { second.SaveChanges(3) }, ErrorCode::INVALID_PARAMETER);
    fails(unsafe { second.SaveChanges(0x100) }, ErrorCode::UNKNOWN_FLAGS);
    // KEEP_OPEN_READONLY: that was the last change.
    ok(unsafe { second.SaveChanges(1) });
    let value = UPV { lpszA: c"x".as_ptr().cast_mut().cast() };
    let prop = SPropValue { ulPropTag: SUBJECT_A, dwAlignPad: 0, Value: value };
    let set = unsafe { second.SetProps(1, In::new(&prop), Out::null()) };
    fails(set, ErrorCode::NO_ACCESS);
    assert_eq!(Props::of(&again(&store, &first), &[SUBJECT_A], 0).text(0), "second");
}

#[test]
fn streams_read_write_and_keep_their_places() {
    let world = World::new();
    let (_session, store, message) = message(&world);
    let long: Vec<u8> = (0..3_000_000_u32).flat_map(|n| (n % 251).to_le_bytes()).collect();
    let html = 0x1013_0102;
    let absent = unsafe {
        let mut raw = std::ptr::null_mut();
        message.OpenProperty(html, In::new(&IStream::IID), 0, 0, Out::new(&mut raw))
    };
    fails(absent, ErrorCode::NOT_FOUND);
    let written = stream(&message, html, MAPI_CREATE | MAPI_MODIFY);
    write(&written, &long);
    let clone = object(|out| unsafe { written.Clone(out) });
    ok(unsafe { clone.Seek(LARGE_INTEGER { QuadPart: 1 }, 0, Out::null()) });
    write(&clone, b"xyz");
    ok(unsafe { written.Commit(0) });
    write(&clone, b"after");
    let stat: STATSTG = out(|stat| unsafe { written.Stat(stat, 1) });
    assert_eq!(stat.cbSize.QuadPart, long.len() as u64);
    drop((written, clone));
    ok(unsafe { message.SaveChanges(2) });

    let mut wanted = long.clone();
    wanted[1..9].copy_from_slice(b"xyzafter");
    let reading = stream(&again(&store, &message), html, 0);
    assert_eq!(read_all(&reading), wanted, "a release writes what was not committed");
    let denied = unsafe { reading.Write(In::from_raw(b"x".as_ptr()), 1, Out::null()) };
    fails(denied, ErrorCode::NO_ACCESS);
    // Large values are opened, not read.
    let props = Props::of(&message, &[html], 0);
    assert_eq!(unsafe { props.at(0).Value.err }, ErrorCode::NOT_ENOUGH_MEMORY.into());

    // From stream to stream, and by offsets.
    let copy = stream(&message, 0x1009_0102, MAPI_CREATE | MAPI_MODIFY);
    let (mut read, mut copied) = (ULARGE_INTEGER { QuadPart: 0 }, ULARGE_INTEGER { QuadPart: 0 });
    unsafe {
        ok(reading.Seek(LARGE_INTEGER { QuadPart: -8 }, 2, Out::null()));
        ok(reading.CopyTo(
            In::from_raw(copy.as_raw()),
            ULARGE_INTEGER { QuadPart: u64::MAX },
            Out::new(&mut read),
            Out::new(&mut copied),
        ));
        assert_eq!((read.QuadPart, copied.QuadPart), (8, 8));
        // Into itself: what it adds is not copied again, through whatever position.
        let twin = object(|out| copy.Clone(out));
        let end = ULARGE_INTEGER { QuadPart: u64::MAX };
        ok(twin.Seek(LARGE_INTEGER { QuadPart: 0 }, 2, Out::null()));
        ok(copy.Seek(LARGE_INTEGER { QuadPart: 0 }, 0, Out::null()));
        ok(copy.CopyTo(In::from_raw(twin.as_raw()), end, Out::new(&mut read), Out::null()));
        ok(twin.Seek(LARGE_INTEGER { QuadPart: 0 }, 0, Out::null()));
        ok(twin.CopyTo(In::from_raw(twin.as_raw()), end, Out::new(&mut copied), Out::null()));
        assert_eq!((read.QuadPart, copied.QuadPart), (8, 16));
        fails(copy.SetSize(ULARGE_INTEGER { QuadPart: 1 << 40 }), ErrorCode::TOO_BIG);
        ok(copy.SetSize(ULARGE_INTEGER { QuadPart: 4 }));
        ok(copy.Commit(0));
    }
    let bytes = object_of(&message, 0x1009_0102, &ILockBytes::IID, 0);
    let bytes = bytes.query::<ILockBytes>().unwrap();
    let mut part = [0_u8; 9];
    let mut count = 0;
    ok(unsafe {
        bytes.ReadAt(
            ULARGE_INTEGER { QuadPart: 1 },
            Out::from_raw(part.as_mut_ptr()),
            9,
            Out::new(&mut count),
        )
    });
    let tail = wanted.len() - 8;
    assert_eq!(&part[..count as usize], &wanted[tail + 1..tail + 4]);
}

#[test]
fn text_streams_have_the_width_of_their_tag() {
    let world = World::new();
    let (_session, _store, message) = message(&world);
    let narrow = stream(&message, 0x1000_001E, MAPI_CREATE | MAPI_MODIFY);
    write(&narrow, "Körper".as_bytes());
    ok(unsafe { narrow.Commit(0) });
    drop(narrow);
    let wide: Vec<u8> = "Körper".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_all(&stream(&message, BODY_W, 0)), wide);
    assert_eq!(read_all(&stream(&message, 0x1000_001E, 0)), "Körper".as_bytes());
}

#[test]
fn attachments_hold_bytes_and_messages() {
    let world = World::new();
    let (_session, store, message) = message(&world);
    let mut number = 9;
    let attach =
        object(|out| unsafe { message.CreateAttach(In::null(), 0, Out::new(&mut number), out) });
    assert_eq!(number, 0);
    let method = SPropValue { ulPropTag: 0x3705_0003, dwAlignPad: 0, Value: UPV { l: 1 } };
    ok(unsafe { attach.SetProps(1, In::new(&method), Out::null()) });
    set_text(&attach, 0x3707_001E, c"a.txt");
    let data = stream(&attach, 0x3701_0102, MAPI_CREATE | MAPI_MODIFY);
    write(&data, b"attached");
    ok(unsafe { data.Commit(0) });
    ok(unsafe { attach.SaveChanges(2) });
    let second =
        object(|out| unsafe { message.CreateAttach(In::null(), 0, Out::new(&mut number), out) });
    let inner = object_of(&second, 0x3701_000D, &IMessage::IID, MAPI_CREATE | MAPI_MODIFY);
    let inner = inner.query::<IMessage>().unwrap();
    set_text(&inner, SUBJECT_A, c"inside");
    ok(unsafe { inner.SaveChanges(2) });
    ok(unsafe { second.SaveChanges(2) });
    ok(unsafe { message.SaveChanges(2) });

    let other = again(&store, &message);
    let table = object(|out| unsafe { other.GetAttachmentTable(0, out) });
    let rows = Rows::of(&table, &[0x0E21_0003, 0x3705_0003]);
    assert_eq!(rows.len(), 2);
    assert_eq!(unsafe { (rows.at(0, 1).Value.l, rows.at(1, 1).Value.l) }, (1, 5));
    let read: Ptr<IAttach> = object(|out| unsafe { other.OpenAttach(0, In::null(), 0, out) });
    assert_eq!(Props::of(&read, &[0x3707_001E], 0).text(0), "a.txt");
    assert_eq!(read_all(&stream(&read, 0x3701_0102, 0)), b"attached");
    let read = object(|out| unsafe { other.OpenAttach(1, In::null(), 0, out) });
    let inner = object_of(&read, 0x3701_000D, &IMessage::IID, 0).query::<IMAPIProp>().unwrap();
    assert_eq!(Props::of(&inner, &[SUBJECT_A], 0).text(0), "inside");
    let wrong = unsafe {
        let mut raw = std::ptr::null_mut();
        read.OpenProperty(0x3701_000D, In::new(&IStream::IID), 0, 0, Out::new(&mut raw))
    };
    fails(wrong, ErrorCode::INTERFACE_NOT_SUPPORTED);
    ok(unsafe { other.DeleteAttach(0, 0, In::null(), 0) });
    fails(unsafe { other.DeleteAttach(7, 0, In::null(), 0) }, ErrorCode::NOT_FOUND);
    ok(unsafe { other.SaveChanges(2) });
    let table = object(|out| unsafe { again(&store, &message).GetAttachmentTable(0, out) });
    assert_eq!(Rows::of(&table, &[0x0E21_0003]).len(), 1);
}

#[test]
fn recipients_are_replaced_added_changed_and_removed() {
    let world = World::new();
    let (_session, _store, message) = message(&world);
    let names = |message: &Ptr<IMessage>| {
        let table = object(|out| unsafe { message.GetRecipientTable(0, out) });
        Rows::of(&table, &[0x3001_001E]).texts(0)
    };
    let modify = |flags: u32, row: Option<i32>, name: &'static std::ffi::CStr| {
        let mut props = vec![
            SPropValue {
                ulPropTag: 0x3001_001E,
                dwAlignPad: 0,
                Value: UPV { lpszA: name.as_ptr().cast_mut().cast() },
            },
            SPropValue { ulPropTag: 0x0C15_0003, dwAlignPad: 0, Value: UPV { l: 1 } },
        ];
        if let Some(row) = row {
            let value = UPV { l: row };
            props.push(SPropValue { ulPropTag: 0x3000_0003, dwAlignPad: 0, Value: value });
        }
        let entry = ADRENTRY {
            ulReserved1: 0,
            cValues: props.len() as u32,
            rgPropVals: props.as_mut_ptr(),
        };
        let list = ADRLIST { cEntries: 1, aEntries: [entry] };
        unsafe { message.ModifyRecipients(flags, In::new(&list)) }
    };
    ok(modify(0, None, c"Ann"));
    ok(modify(2, None, c"Bob"));
    assert_eq!(names(&message), ["Ann", "Bob"]);
    ok(modify(4, Some(0), c"Anna"));
    assert_eq!(names(&message), ["Anna", "Bob"]);
    ok(modify(8, Some(0), c"Anna"));
    assert_eq!(names(&message), ["Bob"]);
    fails(modify(8, Some(77), c"x"), ErrorCode::NOT_FOUND);
    fails(modify(8, None, c"x"), ErrorCode::INVALID_PARAMETER);
    fails(modify(6, None, c"x"), ErrorCode::INVALID_PARAMETER);
    fails(modify(0x100, None, c"x"), ErrorCode::UNKNOWN_FLAGS);
    ok(unsafe { message.SaveChanges(2) });
    let to = Props::of(&message, &[0x0E04_001E], 0);
    assert_eq!(to.text(0), "Bob");
    // He keeps the number by which he is known.
    let table = object(|out| unsafe { message.GetRecipientTable(0, out) });
    let rows = Rows::of(&table, &[0x3000_0003]);
    assert_eq!(unsafe { rows.at(0, 0).Value.l }, 1);
    // SetReadFlag, and back.
    ok(unsafe { message.SetReadFlag(1) });
    ok(unsafe { message.SetReadFlag(4) });
    fails(unsafe { message.SetReadFlag(5) }, ErrorCode::INVALID_PARAMETER);
}

#[test]
fn copies_take_what_they_are_told() {
    let world = World::new();
    let (_session, store, from) = message(&world);
    set_text(&from, 0x1000_001E, c"body");
    let folder = create_folder(&root(&store, MAPI_MODIFY), c"Copies");
    let to = object(|out| unsafe { folder.CreateMessage(In::null(), 0, out) });
    let target = unsafe { In::from_raw(to.as_raw().cast_const().cast()) };
    let iid = IMessage::IID;
    let exclude = Tags::new(&[0x1000_0000]);
    unsafe {
        ok(from.CopyTo(
            0,
            In::null(),
            exclude.as_in(),
            0,
            In::null(),
            In::new(&iid),
            target,
            0,
            Out::null(),
        ));
        let found = Props::of(&to, &[SUBJECT_A, BODY_W], 0);
        assert_eq!(found.text(0), "Grüße");
        assert_eq!(found.at(1).Value.err, ErrorCode::NOT_FOUND.into());
        let only = Tags::new(&[BODY_W]);
        ok(from.CopyProps(only.as_in(), 0, In::null(), In::new(&iid), target, 0, Out::null()));
        assert_eq!(Props::of(&to, &[BODY_W], 0).text(0), "body");
        // MAPI_NOREPLACE
        set_text(&to, SUBJECT_A, c"kept");
        let subject = Tags::new(&[SUBJECT_A]);
        ok(from.CopyProps(subject.as_in(), 0, In::null(), In::new(&iid), target, 2, Out::null()));
        assert_eq!(Props::of(&to, &[SUBJECT_A], 0).text(0), "kept");
        let own = In::from_raw(from.as_raw().cast_const().cast());
        let itself =
            from.CopyProps(subject.as_in(), 0, In::null(), In::new(&iid), own, 0, Out::null());
        fails(itself, ErrorCode::NO_ACCESS);
        let empty = Tags::new(&[]);
        let none = from.CopyTo(
            0,
            In::null(),
            empty.as_in(),
            0,
            In::null(),
            In::new(&iid),
            target,
            0,
            Out::null(),
        );
        fails(none, ErrorCode::INVALID_PARAMETER);
        let folder_in = In::from_raw(folder.as_raw().cast_const().cast());
        let other = from.CopyProps(
            subject.as_in(),
            0,
            In::null(),
            In::new(&iid),
            folder_in,
            0,
            Out::null(),
        );
        fails(other, ErrorCode::INTERFACE_NOT_SUPPORTED);
        // Between objects of two kinds there are properties.
        let iid = mapi::iface::IMAPIFolder::IID;
        let target = folder_in;
        ok(from.CopyProps(subject.as_in(), 0, In::null(), In::new(&iid), target, 0, Out::null()));
        assert_eq!(Props::of(&folder, &[SUBJECT_A], 0).text(0), "Grüße");
    }
}

#[test]
fn names_have_ids_both_ways() {
    let world = World::new();
    let (_session, _store, message) = message(&world);
    let mut set = GUID::new(0x0006_2008, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46]);
    let mut text: Vec<u16> = "Keywords\0".encode_utf16().collect();
    let mut by_id = MAPINAMEID {
        lpguid: &raw mut set,
        ulKind: 0,
        Kind: MAPINAMEIDKind { lID_Reserved: 0x8503 },
    };
    let mut by_text = MAPINAMEID {
        lpguid: &raw mut set,
        ulKind: 1,
        Kind: MAPINAMEIDKind { lpwstrName: text.as_mut_ptr() },
    };
    let list = [&raw mut by_id, &raw mut by_text];
    let names = unsafe { In::from_raw(list.as_ptr()) };
    let warned = HRESULT(0x0004_0380);
    let mut tags = std::ptr::null_mut();
    unsafe {
        let unknown = message.GetIDsFromNames(2, names, 0, Out::new(&mut tags));
        assert_eq!(unknown, warned);
        assert_eq!((*tags).aulPropTag[0], 0x0000_000A);
        free(tags);
        ok(message.GetIDsFromNames(2, names, MAPI_CREATE, Out::new(&mut tags)));
        assert!((*tags).aulPropTag[0] >= 0x8000_0000);
        let (mut count, mut found) = (0, std::ptr::null_mut());
        ok(message.GetNamesFromIDs(
            Out::new(&mut tags),
            In::null(),
            0,
            Out::new(&mut count),
            Out::new(&mut found),
        ));
        assert_eq!(count, 2);
        let (first, second) = (&**found, &**found.add(1));
        assert_eq!((first.ulKind, first.Kind.lID), (0, 0x8503));
        assert_eq!((second.ulKind, *second.Kind.lpwstrName), (1, u16::from(b'K')));
        free(found);
        free(tags);
        // All of a set; only those by number (MAPI_NO_STRINGS).
        let mut all = std::ptr::null_mut();
        ok(message.GetNamesFromIDs(
            Out::new(&mut all),
            In::new(&set),
            1,
            Out::new(&mut count),
            Out::new(&mut found),
        ));
        assert_eq!((count, (*all).cValues), (1, 1));
        free(found);
        free(all);
        let nothing = message.GetIDsFromNames(0, In::null(), MAPI_CREATE, Out::new(&mut tags));
        fails(nothing, ErrorCode::INVALID_PARAMETER);
    }
}
