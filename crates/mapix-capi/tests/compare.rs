//! Comparisons, wide strings, sinks, and what is not supported, as C calls them.
#![allow(non_snake_case, clippy::undocumented_unsafe_blocks)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::thread::{self, ThreadId};

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::export::*;
use mapi::iface::IMAPIAdviseSink;
use mapi::types::*;
use mapix::ErrorCode;

fn property(kind: u32, set: impl FnOnce(&mut UPV)) -> SPropValue {
    let mut property = SPropValue { ulPropTag: 0x0037_0000 | kind, ..SPropValue::zeroed() };
    set(&mut property.Value);
    property
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn read<'a, T>(pointer: *const T) -> In<'a, T> {
    unsafe { In::from_raw(pointer) }
}

#[test]
fn text_and_bytes_hold_others() {
    let contains = |value: &str, pattern: &str, level| {
        let (mut value, mut pattern) = (wide(value), wide(pattern));
        let value = property(0x1F, |v| v.lpszW = value.as_mut_ptr());
        let pattern = property(0x1F, |v| v.lpszW = pattern.as_mut_ptr());
        unsafe { FPropContainsProp(In::new(&value), In::new(&pattern), level) }
    };
    assert_eq!(contains("Hello", "Hello", 0), 1);
    assert_eq!(contains("Hello", "hello", 0), 0);
    assert_eq!(contains("Hello", "hello", 0x1_0000), 1);
    assert_eq!(contains("Hello", "ell", 1), 1);
    assert_eq!(contains("Hello", "Hel", 2), 1);
    assert_eq!(contains("Hello", "ell", 2), 0);
    assert_eq!(contains("Café", "cafe", 0x3_0000), 1);
    // A level that is not defined is that of the whole string, letter by letter.
    assert_eq!(contains("Hello", "ell", 3), 0);
    assert_eq!(contains("Hello", "hello", 0x1_0003), 0);
    assert_eq!(contains("Hello", "Hello", 0x1_0003), 1);
    let mut bytes = [1_u8, 2, 3];
    let bin = |from: usize, bytes: &mut [u8]| {
        let bytes = &mut bytes[from..];
        property(0x102, |v| v.bin = SBinary { cb: bytes.len() as u32, lpb: bytes.as_mut_ptr() })
    };
    let (all, last) = (bin(0, &mut bytes), bin(1, &mut bytes));
    let number = property(3, |v| v.l = 1);
    unsafe {
        assert_eq!(FPropContainsProp(In::new(&all), In::new(&last), 1), 1);
        assert_eq!(FPropContainsProp(In::new(&all), In::new(&last), 2), 0);
        assert_eq!(FPropContainsProp(In::new(&all), In::new(&number), 0), 0);
        assert_eq!(FPropContainsProp(In::new(&number), In::new(&number), 0), 0);
        assert_eq!(FPropContainsProp(In::null(), In::new(&all), 0), 0);
        assert_eq!(FPropContainsProp(In::new(&all), In::null(), 0), 0);
    }
}

#[test]
fn values_are_compared_as_tables_sort_them() {
    let (mut a, mut b) = (wide("ÄB"), wide("ac"));
    let small = property(0x1F, |v| v.lpszW = a.as_mut_ptr());
    let large = property(0x1F, |v| v.lpszW = b.as_mut_ptr());
    let number = property(3, |v| v.l = -1);
    let other = property(3, |v| v.l = 7);
    let null_text = property(0x1F, |_| ());
    let compare = |a: &SPropValue, b: &SPropValue| unsafe {
        LPropCompareProp(In::new(a), In::new(b)).signum()
    };
    assert_eq!([compare(&small, &large), compare(&large, &small)], [-1, 1]);
    assert_eq!([compare(&number, &other), compare(&number, &number)], [-1, 0]);
    // What differs in type is in the order of the types, what is broken is not equal.
    assert_eq!([compare(&number, &small), compare(&small, &number)], [-1, 1]);
    assert_ne!(compare(&null_text, &null_text), 0);
    let relation = |op| unsafe { FPropCompareProp(In::new(&number), op, In::new(&other)) };
    assert_eq!([0, 1, 2, 3, 4, 5, 6, 7, 100].map(relation), [1, 1, 0, 0, 0, 1, 0, 0, 0]);
    unsafe {
        assert_eq!(FPropCompareProp(In::new(&number), 5, In::new(&small)), 0);
        assert_eq!(FPropCompareProp(In::null(), 5, In::new(&small)), 0);
    }
}

#[test]
fn wide_strings() {
    let (text, mut target) = (wide("Grüße"), [7_u16; 7]);
    unsafe {
        assert_eq!(MNLS_lstrlenW(text.as_ptr()), 5);
        assert_eq!(MNLS_lstrlenW(null()), 0);
        assert_eq!(MNLS_lstrcpyW(target.as_mut_ptr(), text.as_ptr()), target.as_mut_ptr());
        assert_eq!((&target[..6], target[6]), (&text[..], 7));
        assert!(MNLS_lstrcpyW(null_mut(), text.as_ptr()).is_null());
        let compare = |flags, a: &str, b: &str| {
            let (a, b) = (wide(a), wide(b));
            MNLS_CompareStringW(0, flags, a.as_ptr(), -1, b.as_ptr(), b.len() as i32 - 1)
        };
        assert_eq!(compare(0, "a", "b"), 1);
        assert_eq!(compare(0, "a", "A"), 1);
        assert_eq!(compare(1, "a", "A"), 2);
        assert_eq!(compare(1, "é", "E"), 3);
        assert_eq!(compare(3, "é", "E"), 2);
        assert_eq!(compare(2, "é", "e"), 2);
        assert_eq!(compare(0x8000_0000, "a", "a"), 0);
        assert_eq!(MNLS_CompareStringW(0, 0, null(), -1, text.as_ptr(), -1), 0);
        let less = |a: &str, b: &str| MNLS_lstrcmpW(wide(a).as_ptr(), wide(b).as_ptr()).signum();
        assert_eq!([less("a", "b"), less("b", "a"), less("a", "a")], [-1, 1, 0]);
        assert_eq!(MNLS_lstrcmpW(null(), text.as_ptr()), -1);
    }
}

#[test]
fn text_between_code_pages() {
    let narrow = |page, bytes: &[u8], room: usize| unsafe {
        let mut target = vec![0_u16; room];
        let (length, room) = (bytes.len() as i32, room as i32);
        let count =
            MNLS_MultiByteToWideChar(page, 0, bytes.as_ptr(), length, target.as_mut_ptr(), room);
        (count, String::from_utf16(&target[..(count as usize).min(target.len())]).unwrap())
    };
    assert_eq!(narrow(0, "ü".as_bytes(), 4), (1, "ü".into()));
    assert_eq!(narrow(1252, b"\xFC\x80", 4), (2, "ü€".into()));
    assert_eq!(narrow(65001, "ab".as_bytes(), 0), (2, String::new()));
    assert_eq!(narrow(65001, "ab".as_bytes(), 1).0, 0);
    assert_eq!(narrow(99, b"ab", 4).0, 0);
    let text = wide("aü");
    let wide_to = |page, default: *const u8| unsafe {
        let (mut target, mut used) = ([0_u8; 8], 9);
        let count = MNLS_WideCharToMultiByte(
            page,
            0,
            text.as_ptr(),
            -1,
            target.as_mut_ptr(),
            8,
            default,
            &raw mut used,
        );
        (target[..count as usize].to_vec(), used)
    };
    assert_eq!(wide_to(65001, null()), ("aü\0".as_bytes().to_vec(), 0));
    assert_eq!(wide_to(1252, null()), (b"a?\0".to_vec(), 1));
    assert_eq!(wide_to(1252, b"_".as_ptr()), (b"a_\0".to_vec(), 1));
    unsafe {
        let nothing = MNLS_MultiByteToWideChar(0, 0, null(), 5, null_mut(), 0);
        assert_eq!(nothing, 0);
        let nothing = MNLS_WideCharToMultiByte(0, 0, null(), 5, null_mut(), 0, null(), null_mut());
        assert_eq!(nothing, 0);
    }
}

/// What a sink was told: the number of an extended event, and on which thread.
#[derive(Default)]
struct Told(Mutex<Vec<(u32, ThreadId)>>);

unsafe extern "C" fn hear(context: *mut c_void, count: u32, all: *mut NOTIFICATION) -> i32 {
    let told = unsafe { &*context.cast::<Told>() };
    for at in 0..count as usize {
        let number = unsafe { (*all.add(at)).info.ext.ulEvent };
        told.0.lock().unwrap().push((number, thread::current().id()));
    }
    0
}

fn extended(number: u32) -> NOTIFICATION {
    let ext = EXTENDED_NOTIFICATION { ulEvent: number, cb: 0, pbEventParameters: null_mut() };
    let info = NotificationInfo { ext };
    NOTIFICATION { ulEventType: 0x8000_0000, ulAlignPad: 0, info }
}

fn listener(told: &Told) -> Ptr<IMAPIAdviseSink> {
    let (mut sink, context) = (null_mut(), (&raw const *told).cast_mut().cast());
    let result = unsafe { HrAllocAdviseSink(Some(hear), context, Out::new(&mut sink)) };
    assert_eq!(result, HRESULT::S_OK);
    unsafe { Ptr::from_raw(sink) }.unwrap()
}

#[test]
fn a_sink_calls_a_function() {
    let told = Told::default();
    let sink = listener(&told);
    unsafe { sink.OnNotify(2, read([extended(1), extended(2)].as_ptr())) };
    let here = thread::current().id();
    assert_eq!(*told.0.lock().unwrap(), [(1, here), (2, here)]);
    unsafe {
        assert_eq!(UlAddRef(sink.as_raw().cast()), 2);
        assert_eq!(UlRelease(sink.as_raw().cast()), 1);
        let refused = ErrorCode::INVALID_PARAMETER.into();
        assert_eq!(HrAllocAdviseSink(None, null_mut(), Out::new(&mut null_mut())), refused);
        assert_eq!(HrAllocAdviseSink(Some(hear), null_mut(), Out::null()), refused);
    }
}

#[test]
fn a_sink_of_a_thread_waits_for_it() {
    let told = Told::default();
    let sink = listener(&told);
    let mut wrapped = null_mut();
    let wrapped = unsafe {
        let result = HrThisThreadAdviseSink(read(sink.as_raw()), Out::new(&mut wrapped));
        assert_eq!(result, HRESULT::S_OK);
        Ptr::from_raw(wrapped).unwrap()
    };
    thread::scope(|scope| {
        scope.spawn(|| unsafe { wrapped.OnNotify(1, In::new(&extended(1))) });
    });
    assert!(told.0.lock().unwrap().is_empty());
    assert_eq!(HrDispatchNotifications(0), HRESULT::S_OK);
    let here = thread::current().id();
    assert_eq!(*told.0.lock().unwrap(), [(1, here)]);
    thread::scope(|scope| {
        scope.spawn(|| unsafe { wrapped.OnNotify(1, In::new(&extended(2))) });
    });
    // On its own thread it tells at once, what waits first.
    unsafe { wrapped.OnNotify(1, In::new(&extended(3))) };
    assert_eq!(*told.0.lock().unwrap(), [(1, here), (2, here), (3, here)]);
    // What waits holds the sink, also when the wrapper is gone.
    thread::scope(|scope| {
        scope.spawn(|| unsafe { wrapped.OnNotify(1, In::new(&extended(4))) });
    });
    drop((wrapped, sink));
    assert_eq!(HrDispatchNotifications(0), HRESULT::S_OK);
    assert_eq!(told.0.lock().unwrap().len(), 4);
    assert_eq!(HrDispatchNotifications(1), ErrorCode::UNKNOWN_FLAGS.into());
}

#[test]
fn what_waits_for_a_thread_has_a_bound() {
    let told = Told::default();
    let sink = listener(&told);
    let mut wrapped = null_mut();
    let wrapped = unsafe {
        HrThisThreadAdviseSink(read(sink.as_raw()), Out::new(&mut wrapped));
        Ptr::from_raw(wrapped).unwrap()
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=10_005 {
                unsafe { wrapped.OnNotify(1, In::new(&extended(number))) };
            }
        });
    });
    assert_eq!(HrDispatchNotifications(0), HRESULT::S_OK);
    let told = told.0.lock().unwrap();
    assert_eq!((told.len(), told.first().unwrap().0, told.last().unwrap().0), (10_000, 6, 10_005));
}

#[test]
fn a_sink_of_a_thread_that_has_ended_drops_what_comes() {
    let told = Told::default();
    let sink = listener(&told);
    let wrapped = thread::scope(|scope| {
        let wrap = || unsafe {
            let mut wrapped = null_mut();
            HrThisThreadAdviseSink(read(sink.as_raw()), Out::new(&mut wrapped));
            Ptr::from_raw(wrapped).unwrap()
        };
        scope.spawn(wrap).join().unwrap()
    });
    unsafe { wrapped.OnNotify(1, In::new(&extended(1))) };
    assert_eq!(HrDispatchNotifications(0), HRESULT::S_OK);
    assert!(told.0.lock().unwrap().is_empty());
}

#[test]
fn a_conversation_has_an_index() {
    let (mut size, mut first) = (0, null_mut::<u8>());
    let (mut next_size, mut next) = (0, null_mut::<u8>());
    unsafe {
        let result =
            ScCreateConversationIndex(0, In::null(), Out::new(&mut size), Out::new(&mut first));
        assert_eq!((result, size), (HRESULT::S_OK, 22));
        let parent = read(first.cast_const());
        let result =
            ScCreateConversationIndex(size, parent, Out::new(&mut next_size), Out::new(&mut next));
        assert_eq!((result, next_size), (HRESULT::S_OK, 27));
        let bytes = |start: *mut u8, size| std::slice::from_raw_parts(start.cast_const(), size);
        assert_eq!(bytes(next, 22), bytes(first, 22));
        MAPIFreeBuffer(first.cast());
        MAPIFreeBuffer(next.cast());
        let refused = ErrorCode::INVALID_PARAMETER.into();
        let none =
            ScCreateConversationIndex(22, In::null(), Out::new(&mut size), Out::new(&mut first));
        assert_eq!(none, refused);
    }
}

#[test]
fn what_is_not_supported_says_so_and_gives_nothing() {
    let no_support: HRESULT = ErrorCode::NO_SUPPORT.into();
    let mut object = 7 as *mut c_void;
    unsafe {
        let result = OpenIMsgSession(null(), 0, Out::new(&mut object));
        assert_eq!((result, object), (no_support, null_mut()));
        assert_eq!(OpenIMsgSession(null(), 0, Out::null()), no_support);
        let mut session = 7;
        assert_eq!(MAPILogon(0, null(), null(), 0, 0, Out::new(&mut session)), 26);
        assert_eq!(session, 0);
        let mut policy = 7;
        assert_eq!(GetDefCachedMode(Out::new(&mut policy)), 0);
        assert_eq!(policy, 0);
        let share = c"\\\\server\\share\\x";
        let (share, local) = (read(share.as_ptr().cast()), read(c"/tmp/x".as_ptr().cast()));
        assert_eq!(ScLocalPathFromUNC(share, null(), 0), ErrorCode::NOT_FOUND.into());
        assert_eq!(ScLocalPathFromUNC(local, null(), 0), HRESULT::S_FALSE);
        assert_eq!(ScUNCFromLocalPath(share, null(), 0), HRESULT::S_FALSE);
        assert_eq!(ScUNCFromLocalPath(local, null(), 0), no_support);
    }
    let status = |code: u32| MapStorageSCode(HRESULT(code as i32));
    assert_eq!(status(0x8003_0002), ErrorCode::NOT_FOUND.into());
    assert_eq!(status(0), HRESULT::S_OK);
    assert_eq!(status(0x8007_000E), ErrorCode::NOT_ENOUGH_MEMORY.into());
}

#[test]
fn an_object_with_its_store_is_composed_and_taken_apart() {
    let (key, id) = ([1_u8, 2, 3], [0_u8, 0, 0, 0, 9, 9]);
    let given = || read(id.as_ptr().cast::<ENTRYID>());
    let (mut size, mut compound) = (0, null_mut());
    let (mut store_size, mut store) = (9, null_mut());
    let (mut object_size, mut object) = (0, null_mut());
    let mut apart = |session, size, compound: In<'_, ENTRYID>| unsafe {
        let result = HrDecomposeEID(
            session,
            size,
            compound,
            Out::new(&mut store_size),
            Out::new(&mut store),
            Out::new(&mut object_size),
            Out::new(&mut object),
        );
        (result, store_size, object_size, object)
    };
    unsafe {
        // Without a store it is a copy, and no session is asked.
        let result = HrComposeEID(
            In::null(),
            0,
            In::null(),
            6,
            given(),
            Out::new(&mut size),
            Out::new(&mut compound),
        );
        assert_eq!((result, size), (HRESULT::S_OK, 6));
        let (result, store_size, object_size, object) =
            apart(In::null(), 6, read(compound.cast_const()));
        assert_eq!((result, store_size, object_size), (HRESULT::S_OK, 0, 6));
        assert_eq!(std::slice::from_raw_parts(object.cast::<u8>(), 6), id);
        MAPIFreeBuffer(object.cast());
        MAPIFreeBuffer(compound.cast());
        let key = read(key.as_ptr());
        let result = HrComposeEID(
            In::null(),
            3,
            key,
            6,
            given(),
            Out::new(&mut size),
            Out::new(&mut compound),
        );
        assert_eq!((result, size), (HRESULT::S_OK, 20 + 4 + 3 + 6));
        let whole = read(compound.cast_const());
        assert_eq!(apart(In::null(), size, whole).0, ErrorCode::INVALID_PARAMETER.into());
        for cut in 20..28 {
            let result = apart(In::null(), cut, whole).0;
            assert_eq!(result, ErrorCode::INVALID_ENTRYID.into(), "{cut}");
        }
        let mut text = null_mut();
        let result = HrComposeMsgID(In::null(), 3, key, 6, given(), Out::new(&mut text));
        assert_eq!(result, HRESULT::S_OK);
        let digits = std::ffi::CStr::from_ptr(text.cast()).to_str().unwrap();
        assert_eq!(digits.len(), 2 * size as usize);
        MAPIFreeBuffer(text);
        MAPIFreeBuffer(compound.cast());
        assert_eq!(apart(In::null(), 0, In::null()).0, ErrorCode::INVALID_PARAMETER.into());
    }
}
