//! What Exchange and TNEF keep as bytes: conditions of rules, and the head of a stream.

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::export::{
    GetTnefStreamCodepage, HrDeserializeActions, HrDeserializeSRestriction, HrSerializeActions,
    HrSerializeSRestriction,
};
use mapi::iface::{IMAPIProp, IMessage, IStream};
use mapi::types::{
    ACTION, ACTIONS, ACTIONUnion, ADRENTRY, ADRLIST, ActMoveCopy, GUID, HRESULT, LARGE_INTEGER,
    MAPINAMEID, SContentRestriction, SExistRestriction, SPropTagArray, SPropValue, SRestriction,
    SRestrictionUnion, ULARGE_INTEGER, UPV,
};
use mapix::ErrorCode;

use crate::world::*;

fn as_prop(message: &Ptr<IMessage>) -> In<'_, IMAPIProp> {
    let prop: &Ptr<IMAPIProp> = message;
    unsafe { In::from_raw(prop.as_raw().cast_const()) }
}

/// The tag of a named property of an object.
fn named(message: &Ptr<IMessage>, number: i32) -> u32 {
    let mut set: GUID = mapix::prop::guids::PSETID_COMMON.into();
    let mut name = MAPINAMEID {
        lpguid: &raw mut set,
        ulKind: 0,
        Kind: mapi::types::MAPINAMEIDKind { lID: number },
    };
    let mut names = [&raw mut name];
    let tags: *mut SPropTagArray = out(|tags| unsafe {
        message.GetIDsFromNames(1, In::from_raw(names.as_mut_ptr()), MAPI_CREATE, tags)
    });
    let tag = unsafe { (*tags).aulPropTag[0] };
    free(tags);
    tag & 0xFFFF_0000 | 0x1E
}

fn written(object: In<'_, IMAPIProp>, restriction: &SRestriction) -> Result<Vec<u8>, HRESULT> {
    let (mut bytes, mut size) = (std::ptr::null_mut(), 7);
    let result = unsafe {
        let restriction = In::new(restriction);
        HrSerializeSRestriction(object, restriction, Out::new(&mut bytes), Out::new(&mut size))
    };
    if result != HRESULT::S_OK {
        assert!(bytes.is_null() && size == 0);
        return Err(result);
    }
    let all = unsafe { std::slice::from_raw_parts(bytes, size as usize) }.to_vec();
    free(bytes);
    Ok(all)
}

fn read(object: In<'_, IMAPIProp>, bytes: &[u8]) -> Result<*mut SRestriction, HRESULT> {
    let mut restriction = std::ptr::null_mut();
    let result = unsafe {
        let from = In::from_raw(bytes.as_ptr());
        HrDeserializeSRestriction(object, from, bytes.len() as u32, Out::new(&mut restriction))
    };
    if result == HRESULT::S_OK { Ok(restriction) } else { Err(result) }
}

#[test]
fn conditions_of_rules_go_from_store_to_store() {
    let (world, other_world) = (World::new(), World::new());
    let ((_session, store), (_other_session, other_store)) = (world.open(), other_world.open());
    let message = create_message(&create_folder(&root(&store, MAPI_MODIFY), c"Mail"), c"x");
    let other = create_message(&create_folder(&root(&other_store, MAPI_MODIFY), c"Mail"), c"y");
    // So that the numbers differ.
    named(&other, 0x8501);
    let tag = named(&message, 0x8534);
    let text = UPV { lpszA: c"b\xC3\xBCro".as_ptr().cast_mut().cast() };
    let mut value = SPropValue { ulPropTag: tag, dwAlignPad: 0, Value: text };
    let content = SContentRestriction { ulFuzzyLevel: 1, ulPropTag: tag, lpProp: &raw mut value };
    let restriction = SRestriction { rt: 3, res: SRestrictionUnion { resContent: content } };

    let bytes = written(as_prop(&message), &restriction).unwrap();
    assert_eq!(bytes[..2], [1, 0], "one name stands before the restriction");
    let given = read(as_prop(&other), &bytes).unwrap();
    unsafe {
        let content = (*given).res.resContent;
        let wide = named(&other, 0x8534) | 0x1F;
        assert_eq!(((*given).rt, content.ulFuzzyLevel, content.ulPropTag), (3, 1, wide));
        assert_ne!(wide >> 16, tag >> 16);
        let text = std::slice::from_raw_parts((*content.lpProp).Value.lpszW, 5);
        assert_eq!(text, "b\u{FC}ro\0".encode_utf16().collect::<Vec<_>>());
        // But for the number, which stands before the names and in the restriction.
        let again = written(as_prop(&other), &*given).unwrap();
        assert_eq!((&again[4..29], again.len()), (&bytes[4..29], bytes.len()));
    }
    free(given);

    // Without an object there are no named properties.
    let invalid = HRESULT::from(ErrorCode::INVALID_PARAMETER);
    assert_eq!(written(In::null(), &restriction), Err(invalid));
    assert_eq!(read(In::null(), &bytes), Err(invalid));
    let exist = SExistRestriction { ulReserved1: 0, ulPropTag: SUBJECT_W, ulReserved2: 0 };
    let exist = SRestriction { rt: 8, res: SRestrictionUnion { resExist: exist } };
    let plain = written(In::null(), &exist).unwrap();
    assert_eq!(plain, [0, 0, 8, 0x1F, 0, 0x37, 0]);
    free(read(In::null(), &plain).unwrap());
    let corrupt = HRESULT::from(ErrorCode::CORRUPT_DATA);
    assert_eq!(read(In::null(), &plain[..6]), Err(corrupt));
    assert_eq!(read(In::null(), &[]), Err(corrupt));
    let unknown = SRestriction { rt: 99, ..exist };
    assert_eq!(written(In::null(), &unknown), Err(invalid));
}

/// The bytes of actions.
fn actions_written(actions: &ACTIONS) -> Result<Vec<u8>, HRESULT> {
    let (mut bytes, mut size) = (std::ptr::null_mut(), 7);
    let result = unsafe {
        let actions = In::new(actions);
        HrSerializeActions(In::null(), actions, Out::new(&mut bytes), Out::new(&mut size))
    };
    if result != HRESULT::S_OK {
        assert!(bytes.is_null() && size == 0);
        return Err(result);
    }
    let all = unsafe { std::slice::from_raw_parts(bytes, size as usize) }.to_vec();
    free(bytes);
    Ok(all)
}

fn actions_read(bytes: &[u8]) -> Result<*mut ACTIONS, HRESULT> {
    let mut actions = std::ptr::null_mut();
    let result = unsafe {
        let from = In::from_raw(bytes.as_ptr());
        HrDeserializeActions(In::null(), from, bytes.len() as u32, Out::new(&mut actions))
    };
    if result == HRESULT::S_OK { Ok(actions) } else { Err(result) }
}

#[test]
fn actions_of_rules_become_bytes_and_come_back() {
    let name = UPV { lpszA: c"Ann".as_ptr().cast_mut().cast() };
    let mut name = [SPropValue { ulPropTag: 0x3001_001E, dwAlignPad: 0, Value: name }];
    let entry = ADRENTRY { ulReserved1: 0, cValues: 1, rgPropVals: name.as_mut_ptr() };
    let mut list = ADRLIST { cEntries: 1, aEntries: [entry] };
    let (mut store, mut folder) = ([1_u8; 24], [2_u8; 40]);
    let to = ActMoveCopy {
        cbStoreEntryId: 24,
        lpStoreEntryId: store.as_mut_ptr().cast(),
        cbFldEntryId: 40,
        lpFldEntryId: folder.as_mut_ptr().cast(),
    };
    let action = |acttype, data| ACTION {
        acttype,
        ulActionFlavor: 1,
        lpRes: std::ptr::null_mut(),
        lpPropTagArray: std::ptr::null_mut(),
        ulFlags: 5,
        dwAlignPad: 0,
        data,
    };
    let mut all = [
        action(1, ACTIONUnion { actMoveCopy: to }),
        action(6, ACTIONUnion { scBounceCode: 38 }),
        action(7, ACTIONUnion { lpadrlist: &raw mut list }),
        action(9, ACTIONUnion { propTag: name[0] }),
        action(10, ACTIONUnion { scBounceCode: 0 }),
    ];
    let actions = ACTIONS { ulVersion: 1, cActions: 5, lpAction: all.as_mut_ptr() };
    let bytes = actions_written(&actions).unwrap();
    let given = actions_read(&bytes).unwrap();
    let wide = "Ann\0".encode_utf16().collect::<Vec<_>>();
    unsafe {
        assert_eq!(((*given).ulVersion, (*given).cActions), (1, 5));
        let read = std::slice::from_raw_parts((*given).lpAction, 5);
        let kinds: Vec<_> =
            read.iter().map(|one| (one.acttype, one.ulActionFlavor, one.ulFlags)).collect();
        assert_eq!(kinds, [1, 6, 7, 9, 10].map(|kind| (kind, 1, 5)));
        let to = read[0].data.actMoveCopy;
        let id = std::slice::from_raw_parts(to.lpFldEntryId.cast::<u8>(), to.cbFldEntryId as usize);
        assert_eq!((to.cbStoreEntryId, id), (24, &folder[..]));
        assert_eq!(read[1].data.scBounceCode, 38);
        let list = read[2].data.lpadrlist;
        assert_eq!((*list).cEntries, 1);
        let entry = (*list).aEntries[0];
        assert_eq!((entry.cValues, (*entry.rgPropVals).ulPropTag), (1, 0x3001_001F));
        assert_eq!(std::slice::from_raw_parts((*entry.rgPropVals).Value.lpszW, 4), wide);
        let tag = read[3].data.propTag;
        assert_eq!(tag.ulPropTag, 0x3001_001F);
        assert_eq!(std::slice::from_raw_parts(tag.Value.lpszW, 4), wide);
        assert_eq!(actions_written(&*given).unwrap(), bytes);
    }
    free(given);

    let code = |code: ErrorCode| Err(HRESULT::from(code));
    let version = ACTIONS { ulVersion: 2, ..actions };
    assert_eq!(actions_written(&version), code(ErrorCode::VERSION));
    let missing = ACTIONS { lpAction: std::ptr::null_mut(), ..actions };
    assert_eq!(actions_written(&missing), code(ErrorCode::INVALID_PARAMETER));
    let mut unknown = [action(99, ACTIONUnion { scBounceCode: 0 })];
    let unknown = ACTIONS { cActions: 1, lpAction: unknown.as_mut_ptr(), ..actions };
    assert_eq!(actions_written(&unknown), code(ErrorCode::INVALID_PARAMETER));
    let corrupt = HRESULT::from(ErrorCode::CORRUPT_DATA);
    assert_eq!(actions_read(&bytes[..bytes.len() - 1]), Err(corrupt));
    assert_eq!(actions_read(&[]), Err(corrupt));
}

/// A stream that holds bytes, at its start.
fn stream_of(message: &Ptr<IMessage>, bytes: &[u8]) -> Ptr<IStream> {
    let opened = object(|out| unsafe {
        let (tag, flags) = (0x6601_0102, MAPI_CREATE | MAPI_MODIFY);
        message.OpenProperty(tag, In::new(&IStream::IID), 2, flags, out)
    });
    let stream = opened.query::<IStream>().unwrap();
    unsafe {
        ok(stream.SetSize(ULARGE_INTEGER { QuadPart: 0 }));
        ok(stream.Write(In::from_raw(bytes.as_ptr()), bytes.len() as u32, Out::null()));
        ok(stream.Seek(LARGE_INTEGER { QuadPart: 0 }, 0, Out::null()));
    }
    stream
}

fn code_pages(stream: &Ptr<IStream>) -> Result<(u32, u32), HRESULT> {
    let (mut one, mut other) = (7, 7);
    let result = unsafe {
        let stream = In::from_raw(stream.as_raw().cast_const());
        GetTnefStreamCodepage(stream, Out::new(&mut one), Out::new(&mut other))
    };
    if result == HRESULT::S_OK { Ok((one, other)) } else { Err(result) }
}

fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let sum: u16 = data.iter().map(|byte| u16::from(*byte)).sum();
    let length = data.len() as u32;
    [&[level], &id.to_le_bytes()[..], &length.to_le_bytes(), data, &sum.to_le_bytes()].concat()
}

#[test]
fn the_code_page_of_a_tnef_stream_is_found() {
    let world = World::new();
    let (_session, store) = world.open();
    let message = create_message(&create_folder(&root(&store, MAPI_MODIFY), c"Mail"), c"x");
    let head = [0x78, 0x9F, 0x3E, 0x22, 1, 0];
    let version = attribute(1, 0x0008_9006, &[0, 0, 1, 0]);
    let pages = attribute(1, 0x0006_9007, &[0xE4, 4, 0, 0, 3, 0, 0, 0]);
    let attached = attribute(2, 0x0006_9002, &[1; 14]);
    let look = |parts: &[&[u8]]| code_pages(&stream_of(&message, &parts.concat()));
    assert_eq!(look(&[&head, &version, &pages, &attached]), Ok((1252, 3)));
    assert_eq!(look(&[&head, &version]), Ok((437, 0)));
    assert_eq!(look(&[&head]), Ok((437, 0)));
    assert_eq!(look(&[&head, &attached, &pages]), Ok((437, 0)), "it is not the message's");
    let corrupt = Err(HRESULT::from(ErrorCode::CORRUPT_DATA));
    assert_eq!(look(&[b"no TNEF"]), corrupt);
    assert_eq!(look(&[&[]]), corrupt);
    assert_eq!(look(&[&head, &version, &pages[..12]]), corrupt);
    assert_eq!(look(&[&head, &version[..5]]), corrupt);
    assert_eq!(look(&[&head, &attribute(1, 0x0006_9007, &[1; 4])]), corrupt);
    let mut damaged = pages.clone();
    damaged[10] ^= 1;
    assert_eq!(look(&[&head, &damaged]), corrupt);

    // It is read from where it is, and is there again.
    let stream = stream_of(&message, &[&[9; 5][..], &head, &version, &pages].concat());
    unsafe {
        ok(stream.Seek(LARGE_INTEGER { QuadPart: 5 }, 0, Out::null()));
        assert_eq!(code_pages(&stream), Ok((1252, 3)));
        let mut at = ULARGE_INTEGER { QuadPart: 0 };
        ok(stream.Seek(LARGE_INTEGER { QuadPart: 0 }, 1, Out::new(&mut at)));
        assert_eq!(at.QuadPart, 5);
        let nothing = GetTnefStreamCodepage(In::null(), Out::new(&mut 0), Out::new(&mut 0));
        fails(nothing, ErrorCode::INVALID_PARAMETER);
    }
}
