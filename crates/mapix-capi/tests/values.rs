//! Functions over property values and notifications in memory, as C calls them.
#![allow(non_snake_case, clippy::undocumented_unsafe_blocks)]

use std::ffi::c_void;
use std::ptr::null_mut;

use mapi::export::*;
use mapi::types::*;
use mapix::ErrorCode;

const INVALID: HRESULT = HRESULT(0x8007_0057_u32 as i32);

/// `PT_*` under one property ID.
fn tag(kind: u32) -> u32 {
    0x3001_0000 | kind
}

fn value(kind: u32, set: impl FnOnce(&mut UPV)) -> SPropValue {
    let mut value = SPropValue { ulPropTag: tag(kind), ..SPropValue::zeroed() };
    set(&mut value.Value);
    value
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// What the values of a test point to, and the values.
struct Sample {
    values: Vec<SPropValue>,
    _kept: Vec<Box<dyn std::any::Any>>,
}

fn keep<T: 'static>(kept: &mut Vec<Box<dyn std::any::Any>>, mut values: Vec<T>) -> *mut T {
    let first = values.as_mut_ptr();
    kept.push(Box::new(values));
    first
}

fn sample() -> Sample {
    let mut kept = Vec::new();
    let narrow = keep(&mut kept, b"caf\xE9\0".to_vec());
    let text = keep(&mut kept, wide("Größe"));
    let bytes = keep(&mut kept, vec![1_u8, 2, 3]);
    let guid = keep(&mut kept, vec![GUID { Data1: 7, Data2: 8, Data3: 9, Data4: [1; 8] }]);
    let longs = keep(&mut kept, vec![1_i32, -2, 3]);
    let narrows = keep(&mut kept, vec![narrow, narrow]);
    let texts = keep(&mut kept, vec![text]);
    let bin = SBinary { cb: 3, lpb: bytes };
    let bins = keep(&mut kept, vec![bin, SBinary { cb: 0, lpb: null_mut() }]);
    let values = vec![
        value(0x0003, |v| v.l = -5),
        value(0x000B, |v| v.b = 1),
        value(0x001E, |v| v.lpszA = narrow),
        value(0x001F, |v| v.lpszW = text),
        value(0x0102, |v| v.bin = bin),
        value(0x0048, |v| v.lpguid = guid),
        value(0x0040, |v| v.ft = FILETIME { dwLowDateTime: 1, dwHighDateTime: 2 }),
        value(0x1003, |v| v.MVl = SLongArray { cValues: 3, lpl: longs }),
        value(0x101E, |v| v.MVszA = SLPSTRArray { cValues: 2, lppszA: narrows }),
        value(0x101F, |v| v.MVszW = SWStringArray { cValues: 1, lppszW: texts }),
        value(0x1102, |v| v.MVbin = SBinaryArray { cValues: 2, lpbin: bins }),
    ];
    Sample { values, _kept: kept }
}

/// The values as something that can be compared; every pointer of them is followed.
fn read(first: *const SPropValue, count: usize) -> Vec<String> {
    let text8 = |text: *mut u8| unsafe { std::ffi::CStr::from_ptr(text.cast()) }.to_owned();
    let text16 = |text: *mut u16| {
        let units = (0..).map(|at| unsafe { *text.add(at) }).take_while(|unit| *unit != 0);
        String::from_utf16(&units.collect::<Vec<_>>()).unwrap()
    };
    let bytes = |bin: SBinary| match bin.cb {
        0 => Vec::new(),
        size => unsafe { std::slice::from_raw_parts(bin.lpb, size as usize) }.to_vec(),
    };
    (0..count)
        .map(|at| unsafe {
            let value = *first.add(at);
            let v = value.Value;
            match value.ulPropTag & 0xFFFF {
                0x0003 => format!("{}", v.l),
                0x000B => format!("{}", v.b),
                0x001E => format!("{:?}", text8(v.lpszA)),
                0x001F => text16(v.lpszW),
                0x0102 => format!("{:?}", bytes(v.bin)),
                0x0048 => format!("{}", (*v.lpguid).Data1),
                0x0040 => format!("{} {}", v.ft.dwLowDateTime, v.ft.dwHighDateTime),
                0x1003 => format!("{:?}", std::slice::from_raw_parts(v.MVl.lpl, 3)),
                0x101E => {
                    format!("{:?} {:?}", text8(*v.MVszA.lppszA), text8(*v.MVszA.lppszA.add(1)))
                }
                0x101F => text16(*v.MVszW.lppszW),
                0x1102 => format!("{:?} {:?}", bytes(*v.MVbin.lpbin), bytes(*v.MVbin.lpbin.add(1))),
                other => panic!("{other:X}"),
            }
        })
        .collect()
}

#[test]
fn values_are_counted_and_copied_into_one_block() {
    let mut sample = sample();
    let (count, first) = (sample.values.len() as i32, sample.values.as_mut_ptr());
    let expected = read(first, sample.values.len());
    let mut counted = 0;
    unsafe {
        assert_eq!(ScCountProps(count, first, &raw mut counted), HRESULT::S_OK);
        assert_eq!(ScCountProps(count, first, null_mut()), HRESULT::S_OK);
        // Exactly as large as counted: a write behind it is found by any tool that looks.
        let mut block = vec![0_u64; counted as usize / 8];
        let copies = block.as_mut_ptr().cast::<SPropValue>();
        let mut copied = 0;
        assert_eq!(ScCopyProps(count, first, copies.cast(), &raw mut copied), HRESULT::S_OK);
        assert_eq!(copied, counted);
        sample.values.iter_mut().for_each(|value| *value = SPropValue::zeroed());
        assert_eq!(read(copies, expected.len()), expected);
        // Every pointer of the copy stays within it.
        let within = block.as_ptr_range();
        let text = (*copies.add(2)).Value.lpszA.cast::<u64>().cast_const();
        assert!(within.contains(&text));
    }
}

#[test]
fn a_copy_moves_as_it_would_to_a_file_and_back() {
    let mut sample = sample();
    let (count, first) = (sample.values.len() as i32, sample.values.as_mut_ptr());
    let expected = read(first, sample.values.len());
    unsafe {
        let mut size = 0;
        ScCountProps(count, first, &raw mut size);
        let mut block = vec![0_u64; size as usize / 8];
        let at = block.as_mut_ptr().cast::<c_void>();
        ScCopyProps(count, first, at, null_mut());
        // To base 0 before it is written, and from base 0 when it was read elsewhere.
        let mut moved = 0;
        assert_eq!(ScRelocProps(count, at.cast(), at, null_mut(), &raw mut moved), HRESULT::S_OK);
        assert_eq!(moved, size);
        let mut other = block.clone();
        block.fill(u64::MAX);
        let there = other.as_mut_ptr().cast::<c_void>();
        assert_eq!(
            ScRelocProps(count, there.cast(), null_mut(), there, &raw mut moved),
            HRESULT::S_OK
        );
        assert_eq!(read(there.cast(), expected.len()), expected);
        // From one place to another at once, after the copy.
        let mut third = other.clone();
        let last = third.as_mut_ptr().cast::<c_void>();
        assert_eq!(ScRelocProps(count, last.cast(), there, last, null_mut()), HRESULT::S_OK);
        other.fill(u64::MAX);
        assert_eq!(read(last.cast(), expected.len()), expected);
        let above = last.wrapping_byte_add(1 << 20);
        assert_eq!(ScRelocProps(count, last.cast(), above, last, null_mut()), INVALID);
    }
}

#[test]
fn values_are_duplicated_by_the_allocators_of_the_caller() {
    unsafe extern "C" fn nothing(_: u32, _: *mut *mut c_void) -> HRESULT {
        ErrorCode::NOT_ENOUGH_MEMORY.into()
    }
    unsafe extern "C" fn says_so_only(_: u32, _: *mut *mut c_void) -> HRESULT {
        HRESULT::S_OK
    }
    let mut sample = sample();
    let (count, first) = (sample.values.len() as i32, sample.values.as_mut_ptr());
    let expected = read(first, sample.values.len());
    let mut copy = null_mut();
    unsafe {
        let allocate: LPALLOCATEBUFFER = Some(MAPIAllocateBuffer);
        assert_eq!(ScDupPropset(count, first, allocate, &raw mut copy), HRESULT::S_OK);
        assert_eq!(read(copy, expected.len()), expected);
        MAPIFreeBuffer(copy.cast());
        for bad in [nothing as unsafe extern "C" fn(_, _) -> _, says_so_only] {
            let result = ScDupPropset(count, first, Some(bad), &raw mut copy);
            assert_eq!(result, ErrorCode::NOT_ENOUGH_MEMORY.into());
        }
        assert_eq!(ScDupPropset(count, first, None, &raw mut copy), INVALID);
        assert_eq!(ScDupPropset(count, first, allocate, null_mut()), INVALID);
        assert_eq!(ScDupPropset(-1, first, allocate, &raw mut copy), INVALID);
        assert_eq!(ScDupPropset(1, null_mut(), allocate, &raw mut copy), INVALID);
    }
}

#[test]
fn one_value_is_copied_by_chaining() {
    let mut sample = sample();
    let expected = read(sample.values.as_ptr(), sample.values.len());
    let size = size_of_val(&*sample.values) as u32;
    let mut block = null_mut();
    unsafe {
        MAPIAllocateBuffer(size, &raw mut block);
        let copies = block.cast::<SPropValue>();
        for (at, value) in sample.values.iter_mut().enumerate() {
            let result = PropCopyMore(copies.add(at), value, Some(MAPIAllocateMore), block);
            assert_eq!(result, HRESULT::S_OK, "{at}");
        }
        let count = sample.values.len();
        drop(sample);
        assert_eq!(read(copies, count), expected);
        // The target may be the source.
        assert_eq!(
            PropCopyMore(copies.add(2), copies.add(2), Some(MAPIAllocateMore), block),
            HRESULT::S_OK
        );
        let mut unknown = SPropValue { ulPropTag: tag(0x0FFF), ..SPropValue::zeroed() };
        assert_eq!(
            PropCopyMore(copies, &raw mut unknown, Some(MAPIAllocateMore), block),
            ErrorCode::NO_SUPPORT.into()
        );
        let null = &raw mut unknown;
        (*null).ulPropTag = tag(0x001E);
        assert_eq!(PropCopyMore(copies, null, Some(MAPIAllocateMore), block), INVALID);
        assert_eq!(PropCopyMore(null_mut(), null, Some(MAPIAllocateMore), block), INVALID);
        assert_eq!(PropCopyMore(copies, null_mut(), Some(MAPIAllocateMore), block), INVALID);
        assert_eq!(PropCopyMore(copies, copies.add(2), None, block), INVALID);
        assert_eq!(read(copies, count), expected);
        MAPIFreeBuffer(block);
    }
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let refused = |value: SPropValue| {
        let mut value = value;
        unsafe { ScCountProps(1, &raw mut value, null_mut()) == INVALID }
    };
    let good = value(0x0003, |v| v.l = 1);
    assert!(!refused(good));
    assert!(refused(SPropValue { ulPropTag: 0x0000_0003, ..good }));
    assert!(refused(SPropValue { ulPropTag: 0xFFFF_0003, ..good }));
    for kind in [0x001E, 0x001F, 0x0048, 0x1003, 0x101E, 0x1102, 0x0FFF, 0x100B, 0x00FD] {
        assert!(refused(value(kind, |_| ())), "{kind:X}");
    }
    // Counts without an array, and bytes that are not there.
    assert!(refused(value(0x1003, |v| v.MVl = SLongArray { cValues: 5, lpl: null_mut() })));
    assert!(refused(value(0x0102, |v| v.bin = SBinary { cb: 5, lpb: null_mut() })));
    assert!(!refused(value(0x0102, |_| ())));
    let mut nulls = [null_mut::<u8>(); 2];
    let lppszA = nulls.as_mut_ptr();
    assert!(refused(value(0x101E, |v| v.MVszA = SLPSTRArray { cValues: 2, lppszA })));
    unsafe {
        assert_eq!(ScCountProps(-1, null_mut(), null_mut()), INVALID);
        assert_eq!(ScCountProps(1, null_mut(), null_mut()), INVALID);
        assert_eq!(ScCountProps(0, null_mut(), null_mut()), HRESULT::S_OK);
        assert_eq!(ScCopyProps(1, null_mut(), null_mut(), null_mut()), INVALID);
        assert_eq!(ScRelocProps(-1, null_mut(), null_mut(), null_mut(), null_mut()), INVALID);
    }
}

#[test]
fn the_size_of_a_value() {
    let mut sample = sample();
    let sizes: Vec<_> =
        sample.values.iter_mut().map(|value| unsafe { UlPropSize(value) }).collect();
    assert_eq!(sizes, [4, 2, 5, 12, 3, 16, 8, 12, 10, 12, 3]);
    let mut unknown = value(0x0FFF, |_| ());
    let mut null = value(0x001E, |_| ());
    unsafe {
        assert_eq!(UlPropSize(&raw mut unknown), 0);
        assert_eq!(UlPropSize(&raw mut null), 0);
        assert_eq!(UlPropSize(null_mut()), 0);
    }
}

#[test]
fn values_are_found_by_tag_and_by_id() {
    let mut sample = sample();
    let (first, count) = (sample.values.as_mut_ptr(), sample.values.len() as u32);
    unsafe {
        assert_eq!(PpropFindProp(first, count, tag(0x001F)), first.add(3));
        assert_eq!(LpValFindProp(tag(0x001F), count, first), first.add(3));
        assert_eq!(PpropFindProp(first, count, tag(0)), first);
        assert!(PpropFindProp(first, count, tag(0x0005)).is_null());
        assert!(PpropFindProp(first, count, 0x3002_0000).is_null());
        assert!(PpropFindProp(null_mut(), 3, tag(0)).is_null());
    }
}

#[test]
fn one_of_many_values() {
    let mut sample = sample();
    let mut single = SPropValue::zeroed();
    let many = sample.values.as_mut_ptr();
    unsafe {
        GetInstance(many.add(7), &raw mut single, 1);
        assert_eq!((single.ulPropTag, single.Value.l), (tag(0x0003), -2));
        GetInstance(many.add(8), &raw mut single, 1);
        assert_eq!(read(&raw const single, 1), read(many.add(2), 1));
        GetInstance(many.add(10), &raw mut single, 0);
        assert_eq!(read(&raw const single, 1), read(many.add(4), 1));
        let before = single.ulPropTag;
        // None of these exists.
        GetInstance(many.add(7), &raw mut single, 3);
        GetInstance(many, &raw mut single, 0);
        GetInstance(null_mut(), &raw mut single, 0);
        GetInstance(many.add(7), null_mut(), 0);
        assert_eq!(single.ulPropTag, before);
    }
}

#[test]
fn names_are_the_same_letter_by_letter() {
    let mut set = GUID { Data1: 1, Data2: 2, Data3: 3, Data4: [4; 8] };
    let mut same_set = set;
    let mut other_set = GUID { Data1: 2, ..set };
    let (mut a, mut b, mut other) = (wide("Keywords"), wide("Keywords"), wide("keywords"));
    let string = |lpguid: *mut GUID, text: &mut Vec<u16>| MAPINAMEID {
        lpguid,
        ulKind: 1,
        Kind: MAPINAMEIDKind { lpwstrName: text.as_mut_ptr() },
    };
    let number =
        |lpguid: *mut GUID, lID| MAPINAMEID { lpguid, ulKind: 0, Kind: MAPINAMEIDKind { lID } };
    let equal =
        |mut a: MAPINAMEID, mut b: MAPINAMEID| unsafe { FEqualNames(&raw mut a, &raw mut b) };
    assert_eq!(equal(string(&raw mut set, &mut a), string(&raw mut same_set, &mut b)), 1);
    assert_eq!(equal(string(&raw mut set, &mut a), string(&raw mut set, &mut other)), 0);
    assert_eq!(equal(string(&raw mut set, &mut a), string(&raw mut other_set, &mut b)), 0);
    assert_eq!(equal(number(&raw mut set, 7), number(&raw mut same_set, 7)), 1);
    assert_eq!(equal(number(&raw mut set, 7), number(&raw mut set, 8)), 0);
    assert_eq!(equal(number(&raw mut set, 7), string(&raw mut set, &mut a)), 0);
    assert_eq!(equal(number(null_mut(), 7), number(null_mut(), 7)), 0);
    assert_eq!(unsafe { FEqualNames(null_mut(), null_mut()) }, 0);
}

/// One notification of each kind, with everything in it that can be.
fn notifications(values: &mut Sample, kept: &mut Vec<Box<dyn std::any::Any>>) -> Vec<NOTIFICATION> {
    let id = keep(kept, vec![1_u8, 2, 3, 4, 5]).cast::<ENTRYID>();
    let tags = keep(kept, vec![2_u32, tag(3), tag(0x1E)]).cast::<SPropTagArray>();
    let class = keep(kept, wide("IPM.Note")).cast::<c_void>();
    let narrow = keep(kept, b"It broke.\0".to_vec()).cast::<c_void>();
    let error = keep(
        kept,
        vec![MAPIERROR { lpszError: narrow, lpszComponent: null_mut(), ..MAPIERROR::zeroed() }],
    );
    let (count, first) = (values.values.len() as u32, values.values.as_mut_ptr());
    let of = |ulEventType, info| NOTIFICATION { ulEventType, ulAlignPad: 0, info };
    let row = |event| {
        let row = SRow { ulAdrEntryPad: 0, cValues: count, lpProps: first };
        let index = value(0x0003, |v| v.l = 9);
        let tab = TABLE_NOTIFICATION {
            ulTableEvent: event,
            propIndex: index,
            propPrior: unsafe { *first.add(4) },
            row,
            ..TABLE_NOTIFICATION::zeroed()
        };
        of(0x100, NotificationInfo { tab })
    };
    let err = ERROR_NOTIFICATION {
        cbEntryID: 5,
        lpEntryID: id,
        lpMAPIError: error,
        ..ERROR_NOTIFICATION::zeroed()
    };
    let newmail = NEWMAIL_NOTIFICATION {
        cbEntryID: 5,
        lpEntryID: id,
        cbParentID: 5,
        lpParentID: id,
        ulFlags: 0x8000_0000,
        lpszMessageClass: class,
        ulMessageFlags: 0,
    };
    let obj = OBJECT_NOTIFICATION {
        cbEntryID: 5,
        lpEntryID: id,
        ulObjType: 5,
        cbOldParentID: 5,
        lpOldParentID: id,
        lpPropTagArray: tags,
        ..OBJECT_NOTIFICATION::zeroed()
    };
    let ext = EXTENDED_NOTIFICATION { ulEvent: 1, cb: 5, pbEventParameters: id.cast() };
    let statobj = STATUS_OBJECT_NOTIFICATION {
        cbEntryID: 5,
        lpEntryID: id,
        cValues: count,
        lpPropVals: first,
    };
    vec![
        of(0x1, NotificationInfo { err }),
        of(0x2, NotificationInfo { newmail }),
        of(0x20, NotificationInfo { obj }),
        row(3),
        row(9),
        of(0x200, NotificationInfo { statobj }),
        of(0x8000_0000, NotificationInfo { ext }),
    ]
}

#[test]
fn notifications_are_counted_copied_and_moved() {
    let mut sample = sample();
    let expected = read(sample.values.as_ptr(), sample.values.len());
    let mut kept = Vec::new();
    let mut all = notifications(&mut sample, &mut kept);
    let (count, first) = (all.len() as i32, all.as_mut_ptr());
    unsafe {
        let mut counted = 0;
        assert_eq!(ScCountNotifications(count, first, &raw mut counted), HRESULT::S_OK);
        let mut block = vec![0_u64; counted as usize / 8];
        let mut copied = 0;
        let at = block.as_mut_ptr().cast::<c_void>();
        assert_eq!(ScCopyNotifications(count, first, at, &raw mut copied), HRESULT::S_OK);
        assert_eq!(copied, counted);
        drop((sample, kept, all));
        // To base 0 and back to where a copy of it lies.
        assert_eq!(
            ScRelocNotifications(count, at.cast(), at, null_mut(), &raw mut copied),
            HRESULT::S_OK
        );
        let mut other = block.clone();
        block.fill(u64::MAX);
        let there = other.as_mut_ptr().cast::<NOTIFICATION>();
        let result = ScRelocNotifications(count, there, null_mut(), there.cast(), &raw mut copied);
        assert_eq!((result, copied), (HRESULT::S_OK, counted));
        let info = |at: usize| (*there.add(at)).info;
        assert_eq!((*info(0).err.lpEntryID).ab, [5]);
        let error = *info(0).err.lpMAPIError;
        let text = std::ffi::CStr::from_ptr(error.lpszError.cast());
        assert_eq!((text, error.lpszComponent), (c"It broke.", null_mut()));
        assert_eq!((*info(2).obj.lpPropTagArray).aulPropTag, [tag(3)]);
        assert!(info(2).obj.lpParentID.is_null());
        let row = info(3).tab.row;
        assert_eq!(read(row.lpProps, row.cValues as usize), expected);
        assert_eq!(read(&raw const (*there.add(3)).info.tab.propPrior, 1), [expected[4].clone()]);
        let status = info(5).statobj;
        assert_eq!(read(status.lpPropVals, status.cValues as usize), expected);
        assert_eq!(*info(6).ext.pbEventParameters.add(4), 5);
    }
}

#[test]
fn notifications_that_are_none_are_refused() {
    let bad = |mut one: NOTIFICATION| unsafe { ScCountNotifications(1, &raw mut one, null_mut()) };
    let none = NOTIFICATION::zeroed();
    assert_eq!(bad(none), INVALID);
    assert_eq!(bad(NOTIFICATION { ulEventType: 0x6, ..none }), INVALID);
    // A table event that is not defined, and bytes that are not there.
    assert_eq!(bad(NOTIFICATION { ulEventType: 0x100, ..none }), INVALID);
    let ext = EXTENDED_NOTIFICATION { ulEvent: 1, cb: 5, pbEventParameters: null_mut() };
    let info = NotificationInfo { ext };
    assert_eq!(bad(NOTIFICATION { ulEventType: 0x8000_0000, info, ..none }), INVALID);
    unsafe {
        assert_eq!(ScCountNotifications(-1, null_mut(), null_mut()), INVALID);
        assert_eq!(ScCountNotifications(1, null_mut(), null_mut()), INVALID);
        assert_eq!(ScCopyNotifications(1, null_mut(), null_mut(), null_mut()), INVALID);
        let moved = ScRelocNotifications(1, null_mut(), null_mut(), null_mut(), null_mut());
        assert_eq!(moved, INVALID);
    }
}
