//! The small functions, as C calls them: text, times, checks, entry IDs, what is freed.
#![allow(non_snake_case, clippy::undocumented_unsafe_blocks)]

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::export::*;
use mapi::types::*;
use mapix::{EntryId, ErrorCode};

const INVALID: HRESULT = HRESULT(0x8007_0057_u32 as i32);

/// As our functions take pointers that they check.
fn read<'a, T>(pointer: *const T) -> In<'a, T> {
    unsafe { In::from_raw(pointer) }
}

fn put<'a, T: Plain>(pointer: *mut T) -> Out<'a, T> {
    unsafe { Out::from_raw(pointer) }
}

fn string(text: &CStr) -> *mut u8 {
    text.as_ptr().cast_mut().cast()
}

#[test]
fn bytes_are_digits_and_digits_are_bytes() {
    let mut bytes = [0_u8, 10, 0xAB, 0xFF];
    let mut text = [b'x'; 10];
    unsafe {
        HexFromBin(bytes.as_mut_ptr(), 4, text.as_mut_ptr());
        assert_eq!(&text, b"000AABFF\0x");
        let mut back = [0xCC; 5];
        assert_eq!(FBinFromHex(text.as_mut_ptr(), back.as_mut_ptr()), 1);
        assert_eq!(back, [0, 10, 0xAB, 0xFF, 0xCC]);
        assert_eq!(FBinFromHex(string(c"aB"), back.as_mut_ptr()), 1);
        assert_eq!(back[0], 0xAB);
        for bad in [c"A", c"0G", c"0 ", c"000"] {
            assert_eq!(FBinFromHex(string(bad), back.as_mut_ptr()), 0, "{bad:?}");
        }
        assert_eq!(FBinFromHex(null_mut(), back.as_mut_ptr()), 0);
        let failed = ErrorCode::CALL_FAILED.into();
        let mut two = [0; 2];
        assert_eq!(ScBinFromHexBounded(string(c"0102"), two.as_mut_ptr(), 2), HRESULT::S_OK);
        assert_eq!(two, [1, 2]);
        assert_eq!(ScBinFromHexBounded(string(c"010203"), two.as_mut_ptr(), 2), failed);
        assert_eq!(ScBinFromHexBounded(string(c"xx"), two.as_mut_ptr(), 2), failed);
        assert_eq!(ScBinFromHexBounded(null_mut(), two.as_mut_ptr(), 2), INVALID);
        HexFromBin(null_mut(), 4, text.as_mut_ptr());
        assert_eq!(text[0], 0);
        HexFromBin(bytes.as_mut_ptr(), -4, text.as_mut_ptr());
        assert_eq!(text[0], 0);
        HexFromBin(bytes.as_mut_ptr(), 4, null_mut());
    }
}

#[test]
fn strings_are_searched() {
    let text = string(c"hello world");
    unsafe {
        assert_eq!(SzFindCh(text, u16::from(b'o')), text.add(4));
        assert_eq!(SzFindLastCh(text, u16::from(b'o')), text.add(7));
        assert!(SzFindCh(text, u16::from(b'O')).is_null());
        assert!(SzFindCh(text, 0x16F).is_null());
        assert!(SzFindLastCh(null_mut(), 0x6F).is_null());
        assert_eq!(SzFindSz(text, string(c"wor")), text.add(6));
        assert_eq!(SzFindSz(text, string(c"")), text);
        assert!(SzFindSz(text, string(c"word")).is_null());
        assert!(SzFindSz(string(c"a"), string(c"aa")).is_null());
        assert!(SzFindSz(null_mut(), text).is_null() && SzFindSz(text, null_mut()).is_null());
        let numbers = [c"55", c"5a5b", c"a5b5", c"", c"4294967301"];
        assert_eq!(numbers.map(|text| UFromSz(string(text))), [55, 5, 0, 0, 5]);
        let numbers = [c"5a", c"5g5h", c"g5h5", c"", c"1FFFFFFFf"];
        assert_eq!(numbers.map(|text| UlFromSzHex(string(text))), [90, 5, 0, 0, u32::MAX]);
        assert_eq!(UFromSz(null_mut()), 0);
    }
}

#[test]
fn numbers_in_the_guise_of_times() {
    let time = |number: u64| FILETIME {
        dwLowDateTime: number as u32,
        dwHighDateTime: (number >> 32) as u32,
    };
    let number =
        |time: FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    assert_eq!(number(FtAddFt(time(0xFFFF_FFFF), time(1))), 1 << 32);
    assert_eq!(number(FtSubFt(time(1 << 32), time(1))), 0xFFFF_FFFF);
    assert_eq!(number(FtSubFt(time(0), time(1))), u64::MAX);
    assert_eq!(number(FtMulDw(3, time(0x1_0000_0001))), 0x3_0000_0003);
    assert_eq!(number(FtMulDwDw(u32::MAX, u32::MAX)), 0xFFFF_FFFE_0000_0001);
    assert_eq!(number(FtNegFt(time(1))), u64::MAX);
    let mut carry = 1;
    unsafe {
        assert_eq!(number(FtAdcFt(time(u64::MAX), time(0), &raw mut carry)), 0);
        assert_eq!(carry, 1);
        assert_eq!(number(FtAdcFt(time(5), time(6), &raw mut carry)), 12);
        assert_eq!(carry, 0);
        assert_eq!(number(FtAdcFt(time(5), time(6), null_mut())), 11);
    }
}

#[test]
fn entry_ids_are_text_and_back() {
    let bytes = [0_u8, 0, 0, 0, 0xAB, 0xCD];
    let given = || read(bytes.as_ptr().cast::<ENTRYID>());
    let mut text = null_mut();
    let (mut size, mut id) = (0, null_mut());
    let from =
        |text: &CStr, size, id| unsafe { HrEntryIDFromSz(read(string(text).cast()), size, id) };
    unsafe {
        assert_eq!(HrSzFromEntryID(6, given(), put(&raw mut text)), HRESULT::S_OK);
        let digits = CStr::from_ptr(text.cast());
        assert_eq!(digits, c"00000000ABCD");
        assert_eq!(from(digits, put(&raw mut size), put(&raw mut id)), HRESULT::S_OK);
        assert_eq!(std::slice::from_raw_parts(id.cast::<u8>(), size as usize), bytes);
        MAPIFreeBuffer(text.cast());
        MAPIFreeBuffer(id.cast());
        for bad in [c"", c"0", c"zz"] {
            let result = from(bad, put(&raw mut size), put(&raw mut id));
            assert_eq!(result, ErrorCode::INVALID_ENTRYID.into(), "{bad:?}");
            assert!(id.is_null());
        }
        let result = HrEntryIDFromSz(In::null(), put(&raw mut size), put(&raw mut id));
        assert_eq!(result, INVALID);
        assert_eq!(from(c"00", Out::null(), put(&raw mut id)), INVALID);
        assert_eq!(from(c"00", put(&raw mut size), Out::null()), INVALID);
        assert_eq!(HrSzFromEntryID(0, given(), put(&raw mut text)), INVALID);
        assert_eq!(HrSzFromEntryID(6, In::null(), put(&raw mut text)), INVALID);
        assert_eq!(HrSzFromEntryID(6, given(), Out::null()), INVALID);
    }
}

#[test]
fn a_store_is_wrapped_for_clients() {
    let inner = EntryId::new(mapix::prop::guids::PS_MAPI, b"private");
    let given = read(inner.as_bytes().as_ptr().cast::<ENTRYID>());
    let length = inner.as_bytes().len() as u32;
    let (mut size, mut id) = (0, null_mut());
    let (size_at, id_at) = (&raw mut size, &raw mut id);
    let wrap = |flags, name: *const c_void, length, given| unsafe {
        WrapStoreEntryID(flags, read(name), length, given, put(size_at), put(id_at))
    };
    let wide: Vec<u16> = "mapix".encode_utf16().chain([0]).collect();
    let foreign: Vec<u16> = "müll".encode_utf16().chain([0]).collect();
    let name = c"mapix".as_ptr().cast::<c_void>();
    for (flags, name) in [(0, name), (0x8000_0000, wide.as_ptr().cast())] {
        assert_eq!(wrap(flags, name, length, given), HRESULT::S_OK);
        unsafe {
            let wrapped = std::slice::from_raw_parts((*id_at).cast::<u8>(), *size_at as usize);
            assert_eq!(wrapped, inner.wrap_store("mapix").as_bytes());
            MAPIFreeBuffer((*id_at).cast());
        }
    }
    assert_eq!(wrap(1, name, length, given), ErrorCode::UNKNOWN_FLAGS.into());
    assert_eq!(wrap(0, null_mut(), length, given), INVALID);
    assert_eq!(wrap(0, name, length, In::null()), INVALID);
    assert_eq!(wrap(0x8000_0000, foreign.as_ptr().cast(), length, given), INVALID);
    assert_eq!(wrap(0, name, 4, given), ErrorCode::INVALID_ENTRYID.into());
    assert_eq!(wrap(0, name, 0, given), ErrorCode::INVALID_ENTRYID.into());
    let nowhere =
        unsafe { WrapStoreEntryID(0, read(name), length, given, Out::null(), put(id_at)) };
    assert_eq!(nowhere, INVALID);
}

fn property(tag: u32, set: impl FnOnce(&mut UPV)) -> SPropValue {
    let mut property = SPropValue { ulPropTag: tag, ..SPropValue::zeroed() };
    set(&mut property.Value);
    property
}

#[test]
fn bad_tags_values_and_rows_are_seen() {
    for good in [0x0037_001F, 0x0037_0000, 0x0037_0001, 0x8001_1102, 0x8001_3102, 0x6789_00FD] {
        assert_eq!(FBadPropTag(good), 0, "{good:X}");
    }
    for bad in [0x0037_0FFF, 0x0037_100B, 0x0037_2003, 0x0037_0015] {
        assert_eq!(FBadPropTag(bad), 1, "{bad:X}");
    }
    let bad = |mut property: SPropValue| unsafe { FBadProp(&raw mut property) };
    assert_eq!(bad(property(0x0E1F_000B, |v| v.b = 1)), 0);
    assert_eq!(bad(property(0x0E1F_000B, |v| v.b = 2)), 1);
    assert_eq!(bad(property(0x0037_001E, |v| v.lpszA = string(c"x"))), 0);
    assert_eq!(bad(property(0x0037_001E, |_| ())), 1);
    assert_eq!(bad(property(0x0037_0FFF, |_| ())), 1);
    assert_eq!(bad(property(0x0037_00FD, |_| ())), 1);
    assert_eq!(unsafe { FBadProp(null_mut()) }, 1);
    let mut values = [property(0x0E1F_0003, |v| v.l = 1), property(0x0037_001F, |_| ())];
    let row = |count| SRow { ulAdrEntryPad: 0, cValues: count, lpProps: null_mut() };
    let with = |count, first| SRow { lpProps: first, ..row(count) };
    unsafe {
        let first = values.as_mut_ptr();
        assert_eq!(FBadRow(&raw mut *Box::new(with(1, first))), 0);
        assert_eq!(FBadRow(&raw mut *Box::new(with(2, first))), 1);
        assert_eq!(FBadRow(&raw mut *Box::new(row(0))), 0);
        assert_eq!(FBadRow(&raw mut *Box::new(row(1))), 1);
        assert_eq!(FBadRow(null_mut()), 1);
        let mut rows = SRowSet { cRows: 1, aRow: [with(1, first)] };
        assert_eq!(FBadRowSet(&raw mut rows), 0);
        rows.aRow = [with(2, first)];
        assert_eq!(FBadRowSet(&raw mut rows), 1);
        assert_eq!(FBadRowSet(null_mut()), 1);
    }
}

#[test]
fn bad_columns_sorts_lists_and_names_are_seen() {
    let columns = |tag| unsafe {
        FBadColumnSet(&raw mut *Box::new(SPropTagArray { cValues: 1, aulPropTag: [tag] }))
    };
    let kinds = [0x0037_001F, 0x0000_0001, 0x0037_000A, 0x0037_0FFF];
    assert_eq!(kinds.map(columns), [0, 0, 1, 1]);
    assert_eq!(unsafe { FBadColumnSet(null_mut()) }, 1);
    let sort = |cCategories, cExpanded, ulPropTag, ulOrder| {
        let aSort = [SSortOrder { ulPropTag, ulOrder }];
        let mut order = SSortOrderSet { cSorts: 1, cCategories, cExpanded, aSort };
        unsafe { FBadSortOrderSet(&raw mut order) }
    };
    assert_eq!(sort(0, 0, 0x0037_001F, 0), 0);
    assert_eq!(sort(1, 1, 0x0037_001F, 8), 0);
    assert_eq!(sort(2, 0, 0x0037_001F, 0), 1);
    assert_eq!(sort(0, 1, 0x0037_001F, 0), 1);
    assert_eq!(sort(0, 0, 0x0037_0FFF, 0), 1);
    assert_eq!(sort(0, 0, 0x0037_001F, 3), 1);
    assert_eq!(unsafe { FBadSortOrderSet(null_mut()) }, 1);
    let mut id = [0_u8; 24];
    let list = |cb, lpb| {
        let mut one = SBinary { cb, lpb };
        let mut list = ENTRYLIST { cValues: 1, lpbin: &raw mut one };
        unsafe { FBadEntryList(&raw mut list) }
    };
    assert_eq!(list(24, id.as_mut_ptr()), 0);
    assert_eq!(list(4, id.as_mut_ptr()), 1);
    assert_eq!(list(24, null_mut()), 1);
    let mut nothing = ENTRYLIST { cValues: 1, lpbin: null_mut() };
    assert_eq!(unsafe { FBadEntryList(&raw mut nothing) }, 1);
    let mut set = GUID { Data1: 0, Data2: 0, Data3: 0, Data4: [0; 8] };
    let name = |lpguid, ulKind| {
        let mut name =
            MAPINAMEID { lpguid, ulKind, Kind: MAPINAMEIDKind { lpwstrName: null_mut() } };
        let mut names = [&raw mut name];
        unsafe { FBadRglpNameID(names.as_mut_ptr(), 1) }
    };
    let set = &raw mut set;
    assert_eq!([name(set, 0), name(set, 1), name(set, 2), name(null_mut(), 0)], [0, 1, 1, 1]);
    let mut text = [b'a' as u16, 0];
    let mut strings = [text.as_mut_ptr(), null_mut()];
    unsafe {
        assert_eq!(FBadRglpszW(strings.as_mut_ptr(), 1), 0);
        assert_eq!(FBadRglpszW(strings.as_mut_ptr(), 2), 1);
        assert_eq!(FBadRglpszW(null_mut(), 0), 0);
        assert_eq!(FBadRglpszW(null_mut(), 1), 1);
        assert_eq!(FBadRglpNameID(null_mut(), 1), 1);
    }
    assert_eq!(IsBadBoundedStringPtr(null_mut(), 0), 0);
    assert_eq!(IsBadBoundedStringPtr(null_mut(), 1), 1);
    assert_eq!(MNLS_IsBadStringPtrW(text.as_ptr(), 9), 0);
}

#[test]
fn bad_restrictions_are_seen_also_where_they_go_round() {
    let mut subject = property(0x0037_001E, |v| v.lpszA = string(c"x"));
    let lpProp = &raw mut subject;
    let bad = |rt, res| unsafe { FBadRestriction(&raw mut *Box::new(SRestriction { rt, res })) };
    let content = |ulFuzzyLevel, ulPropTag, lpProp| SRestrictionUnion {
        resContent: SContentRestriction { ulFuzzyLevel, ulPropTag, lpProp },
    };
    assert_eq!(bad(3, content(0x1_0001, 0x0037_001E, lpProp)), 0);
    assert_eq!(bad(3, content(0x0004, 0x0037_001E, lpProp)), 1);
    assert_eq!(bad(3, content(1, 0x0037_0FFF, lpProp)), 1);
    assert_eq!(bad(3, content(1, 0x0037_001E, null_mut())), 1);
    let relation = |relop, lpProp| SRestrictionUnion {
        resProperty: SPropertyRestriction { relop, ulPropTag: 0x0037_001E, lpProp },
    };
    assert_eq!([bad(4, relation(4, lpProp)), bad(4, relation(7, lpProp))], [0, 1]);
    let bits = |relBMR| SRestrictionUnion {
        resBitMask: SBitMaskRestriction { relBMR, ulPropTag: 0x0E07_0003, ulMask: 1 },
    };
    assert_eq!([bad(6, bits(1)), bad(6, bits(2))], [0, 1]);
    let and = |cRes, lpRes| SRestrictionUnion { resAnd: SAndRestriction { cRes, lpRes } };
    assert_eq!([bad(0, and(0, null_mut())), bad(1, and(2, null_mut()))], [0, 1]);
    assert_eq!(bad(13, and(0, null_mut())), 1);
    assert_eq!(unsafe { FBadRestriction(null_mut()) }, 1);
    // A restriction that holds itself, once below and as often as it counts.
    let mut round = SRestriction { rt: 0, res: and(0, null_mut()) };
    let this = &raw mut round;
    unsafe {
        (*this).res.resAnd = SAndRestriction { cRes: 1, lpRes: this };
        assert_eq!(FBadRestriction(this), 1);
        (*this).rt = 2;
        (*this).res.resNot = SNotRestriction { ulReserved: 0, lpRes: this };
        assert_eq!(FBadRestriction(this), 1);
    }
}

#[test]
fn rows_and_addresses_are_freed_with_their_values() {
    unsafe {
        let mut rows = null_mut();
        assert_eq!(MAPIAllocateBuffer(8 + 2 * 16, &raw mut rows), HRESULT::S_OK);
        let rows = rows.cast::<SRowSet>();
        (*rows).cRows = 2;
        let first = (&raw mut (*rows).aRow).cast::<SRow>();
        for at in 0..2 {
            let mut values = null_mut();
            assert_eq!(MAPIAllocateBuffer(24, &raw mut values), HRESULT::S_OK);
            // The second row has none.
            let lpProps = if at == 0 { values.cast() } else { null_mut() };
            first.add(at).write(SRow { ulAdrEntryPad: 0, cValues: 0, lpProps });
            if at == 1 {
                MAPIFreeBuffer(values);
            }
        }
        FreeProws(rows);
        let mut list = null_mut();
        assert_eq!(MAPIAllocateBuffer(24, &raw mut list), HRESULT::S_OK);
        let list = list.cast::<ADRLIST>();
        let mut values = null_mut();
        assert_eq!(MAPIAllocateBuffer(24, &raw mut values), HRESULT::S_OK);
        let entry = ADRENTRY { ulReserved1: 0, cValues: 1, rgPropVals: values.cast() };
        list.write(ADRLIST { cEntries: 1, aEntries: [entry] });
        FreePadrlist(list);
        FreeProws(null_mut());
        FreePadrlist(null_mut());
    }
}

#[test]
fn there_is_no_idle_engine_and_it_says_so() {
    unsafe extern "C" fn routine(_: *mut c_void) -> i32 {
        0
    }
    assert_eq!(MAPIInitIdle(null_mut()), 1);
    assert!(FtgRegisterIdleRoutine(Some(routine), null_mut(), 1, 100, 2).is_null());
    EnableIdleRoutine(null_mut(), 1);
    ChangeIdleRoutine(null_mut(), None, null_mut(), 0, 0, 0, 0);
    DeregisterIdleRoutine(null_mut());
    MAPIDeinitIdle();
    unsafe {
        assert_eq!(UlAddRef(null_mut()), 0);
        assert_eq!(UlRelease(null_mut()), 0);
    }
}

#[test]
fn a_block_gets_another_size() {
    unsafe {
        let mut block = null_mut();
        assert_eq!(MAPIReallocateBuffer(null_mut(), 8, &raw mut block), HRESULT::S_OK);
        block.cast::<u64>().write(7);
        let mut larger = null_mut();
        assert_eq!(MAPIReallocateBuffer(block, 4096, &raw mut larger), HRESULT::S_OK);
        assert_eq!(larger.cast::<u64>().read(), 7);
        assert_eq!(MAPIFreeBuffer(block), INVALID);
        assert_eq!(MAPIReallocateBuffer(larger, 8, null_mut()), INVALID);
        assert_eq!(MAPIFreeBuffer(larger), HRESULT::S_OK);
    }
}

#[test]
fn the_allocator_of_com() {
    unsafe {
        let malloc = MAPIGetDefaultMalloc();
        let unknown = Ptr::from_raw(malloc).unwrap();
        let (iid, mut same) = (GUID::mapi(2), null_mut());
        let asked = unknown.QueryInterface(read(&raw const iid), put(&raw mut same));
        assert_eq!((asked, same), (HRESULT::S_OK, malloc.cast()));
        assert_eq!(UlRelease(same), 1);
    }
}

#[test]
fn the_arguments_of_methods_are_looked_at() {
    let unknown = ErrorCode::UNKNOWN_FLAGS.into();
    let check = |method: u32, arguments: &[usize]| {
        // What is left of an array is never looked at.
        let mut all = [0; 12];
        all[..arguments.len()].copy_from_slice(arguments);
        unsafe { HrValidateParameters(method, read(all.as_ptr())) }
    };
    let mut place = 0_u64;
    let place = (&raw mut place).expose_provenance();
    let tags = [1_u32, 0x0037_001F];
    let tags = (&raw const tags).expose_provenance();
    let bad_tags = [1_u32, 0x0037_0777];
    let bad_tags = (&raw const bad_tags).expose_provenance();
    let good = HRESULT::S_OK;
    // IUnknown::QueryInterface, AddRef.
    assert_eq!((check(0, &[place, place]), check(0, &[place, 0])), (good, INVALID));
    assert_eq!(check(1, &[]), good);
    // IMAPIProp::GetProps: no tags are all.
    for all in [0, tags] {
        assert_eq!(check(5, &[all, 0x8000_0000, place, place]), good);
    }
    assert_eq!(check(5, &[bad_tags, 0, place, place]), INVALID);
    assert_eq!(check(5, &[tags, 0x4000_0000, place, place]), unknown);
    assert_eq!(check(5, &[tags, 0, place, 0]), INVALID);
    // IMAPIProp::SetProps: a boolean is 0 or 1.
    let mut prop = SPropValue { ulPropTag: 0x3400_000B, dwAlignPad: 0, Value: UPV { b: 1 } };
    let props = |prop: &mut SPropValue| (&raw mut *prop).expose_provenance();
    assert_eq!(check(8, &[1, props(&mut prop), 0]), good);
    assert_eq!((check(8, &[1, 0, 0]), check(8, &[0, 0, 0])), (INVALID, INVALID));
    prop.Value.b = 7;
    assert_eq!(check(8, &[1, props(&mut prop), 0]), INVALID);
    // IMAPIProp::DeleteProps needs tags, IMAPITable::Restrict no restriction, FindRow one.
    assert_eq!((check(9, &[tags, 0]), check(9, &[0, 0])), (good, INVALID));
    assert_eq!((check(25, &[0, 1]), check(25, &[0, 8])), (good, unknown));
    assert_eq!(check(24, &[0, 0, 0]), INVALID);
    let exist = SExistRestriction { ulReserved1: 0, ulPropTag: 0x0037_001F, ulReserved2: 0 };
    let exist = SRestriction { rt: 8, res: SRestrictionUnion { resExist: exist } };
    let exist = (&raw const exist).expose_provenance();
    assert_eq!((check(24, &[exist, 0, 0]), check(24, &[exist, 0, 2])), (good, unknown));
    // IMsgStore::OpenEntry: no entry ID is the root, and a size without one is a mistake.
    assert_eq!(check(64, &[0, 0, 0, 0, place, place]), good);
    assert_eq!(check(64, &[24, 0, 0, 0, place, place]), INVALID);
    assert_eq!(check(63, &[24, place, 24, place, 0, place]), good);
    assert_eq!(check(63, &[24, place, 0, place, 0, place]), INVALID);
    // IMAPIAdviseSink::OnNotify is the last method.
    assert_eq!((check(137, &[1, place]), check(137, &[1, 0])), (good, INVALID));
    assert_eq!(check(138, &[1, place]), INVALID);
    assert_eq!(unsafe { HrValidateParameters(1, In::null()) }, INVALID);
}
