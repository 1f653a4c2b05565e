//! Works on objects, and streams, as C calls them.
#![allow(non_snake_case, clippy::undocumented_unsafe_blocks)]

use std::ffi::{CString, c_void};
use std::path::Path;
use std::ptr::{null, null_mut};

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::export::*;
use mapi::iface::{IMAPIProp, IMAPITable, IMessage, IPropData, IStream, ITableData};
use mapi::types::*;
use mapix::ErrorCode;

const INVALID: HRESULT = HRESULT(0x8007_0057_u32 as i32);
const SUBJECT: u32 = 0x0037_001F;
const SIZE: u32 = 0x0E08_0003;

fn read<'a, T>(pointer: *const T) -> In<'a, T> {
    unsafe { In::from_raw(pointer) }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn number(tag: u32, l: i32) -> SPropValue {
    SPropValue { ulPropTag: tag, dwAlignPad: 0, Value: UPV { l } }
}

fn props() -> Ptr<IPropData> {
    let mut data = null_mut();
    let nothing = null_mut();
    let made = unsafe { CreateIProp(null(), nothing, nothing, nothing, nothing, &raw mut data) };
    assert_eq!(made, HRESULT::S_OK);
    unsafe { Ptr::from_raw(data) }.unwrap()
}

fn as_prop(data: &Ptr<IPropData>) -> In<'_, IMAPIProp> {
    read(data.as_raw().cast::<IMAPIProp>().cast_const())
}

#[test]
fn one_property_is_set_given_and_found() {
    let data = props();
    let object = || as_prop(&data);
    let mut given = null_mut();
    unsafe {
        assert_eq!(HrSetOneProp(object(), In::new(&number(SIZE, 42))), HRESULT::S_OK);
        assert_eq!(HrGetOneProp(object(), SIZE, Out::new(&mut given)), HRESULT::S_OK);
        assert_eq!(((*given).ulPropTag, (*given).Value.l), (SIZE, 42));
        MAPIFreeBuffer(given.cast());
        let missing = HrGetOneProp(object(), SUBJECT, Out::new(&mut given));
        assert_eq!((missing, given), (ErrorCode::NOT_FOUND.into(), null_mut()));
        assert_eq!(FPropExists(object(), SIZE), 1);
        assert_eq!(FPropExists(object(), SIZE & 0xFFFF_0000), 1);
        assert_eq!(FPropExists(object(), SIZE & 0xFFFF_0000 | 0x14), 0);
        assert_eq!(FPropExists(object(), SUBJECT), 0);
        let mut text = wide("x");
        let mut subject = number(SUBJECT, 0);
        subject.Value.lpszW = text.as_mut_ptr();
        assert_eq!(HrSetOneProp(object(), In::new(&subject)), HRESULT::S_OK);
        assert_eq!(FPropExists(object(), SUBJECT), 1);
        assert_eq!(HrSetOneProp(In::null(), In::new(&subject)), INVALID);
        assert_eq!(HrSetOneProp(object(), In::null()), INVALID);
        assert_eq!(HrGetOneProp(In::null(), SIZE, Out::new(&mut given)), INVALID);
        assert_eq!(HrGetOneProp(object(), SIZE, Out::null()), INVALID);
        assert_eq!(FPropExists(In::null(), SIZE), 0);
    }
}

#[repr(C)]
struct Tags<const N: usize>(u32, [u32; N]);

fn tags<const N: usize>(tags: &Tags<N>) -> In<'_, SPropTagArray> {
    read((&raw const *tags).cast())
}

/// A table of `count` numbers, and a view on it.
fn table(count: i32) -> (Ptr<ITableData>, Ptr<IMAPITable>) {
    let columns = Tags(2, [SIZE, SUBJECT]);
    let (mut data, mut view, nothing) = (null_mut(), null_mut(), null_mut());
    unsafe {
        let columns = (&raw const columns).cast::<SPropTagArray>();
        let made = CreateTable(
            null(),
            nothing,
            nothing,
            nothing,
            nothing,
            0,
            SIZE,
            columns,
            &raw mut data,
        );
        assert_eq!(made, HRESULT::S_OK);
        let data = Ptr::from_raw(data).unwrap();
        for value in 0..count {
            let mut values = [number(SIZE, value)];
            let row = SRow { ulAdrEntryPad: 0, cValues: 1, lpProps: values.as_mut_ptr() };
            assert_eq!(data.HrModifyRow(In::new(&row)), HRESULT::S_OK);
        }
        let viewed = data.HrGetView(In::null(), None, 0, Out::new(&mut view));
        assert_eq!(viewed, HRESULT::S_OK);
        (data, Ptr::from_raw(view).unwrap())
    }
}

#[test]
fn all_rows_of_a_table_are_given() {
    let (_data, view) = table(2500);
    let table = || read(view.as_raw().cast_const());
    let all = |restriction: In<'_, SRestriction>, order, most| unsafe {
        let mut rows: *mut SRowSet = null_mut();
        let result =
            HrQueryAllRows(table(), In::null(), restriction, order, most, Out::new(&mut rows));
        let count = rows.as_ref().map(|rows| rows.cRows);
        let first = rows.as_ref().map(|rows| (*rows.aRow[0].lpProps).Value.l);
        FreeProws(rows);
        (result, count, first)
    };
    assert_eq!(all(In::null(), In::null(), 0), (HRESULT::S_OK, Some(2500), Some(0)));
    let sort = SSortOrder { ulPropTag: SIZE, ulOrder: 1 };
    let order = SSortOrderSet { cSorts: 1, cCategories: 0, cExpanded: 0, aSort: [sort] };
    let all_down = all(In::null(), read(&raw const order), 2500);
    assert_eq!(all_down, (HRESULT::S_OK, Some(2500), Some(2499)));
    let too_big = ErrorCode::TABLE_TOO_BIG.into();
    assert_eq!(all(In::null(), In::null(), 2499), (too_big, None, None));
    let mut limit = number(SIZE, 10);
    let resProperty = SPropertyRestriction { relop: 0, ulPropTag: SIZE, lpProp: &raw mut limit };
    let below = SRestriction { rt: 4, res: SRestrictionUnion { resProperty } };
    assert_eq!(all(read(&raw const below), In::null(), 10), (HRESULT::S_OK, Some(10), Some(9)));
    assert_eq!(all(In::null(), In::null(), -1), (INVALID, None, None));
    let nothing =
        unsafe { HrQueryAllRows(In::null(), In::null(), In::null(), In::null(), 0, Out::null()) };
    assert_eq!(nothing, INVALID);
}

/// Makes narrow strings of wide ones.
unsafe extern "C" fn narrow(columns: *mut SPropTagArray) {
    unsafe {
        let first = (&raw mut (*columns).aulPropTag).cast::<u32>();
        for at in 0..(*columns).cValues as usize {
            let tag = first.add(at);
            if *tag & 0xFFFF == 0x1F {
                *tag -= 1;
            }
        }
    }
}

#[test]
fn columns_are_put_first_and_not_twice() {
    let (_data, view) = table(1);
    let table = || read(view.as_raw().cast_const());
    let columns = || unsafe {
        let mut columns: *mut SPropTagArray = null_mut();
        assert_eq!(view.QueryColumns(0, Out::new(&mut columns)), HRESULT::S_OK);
        let first = (&raw const (*columns).aulPropTag).cast::<u32>();
        let all = std::slice::from_raw_parts(first, (*columns).cValues as usize).to_vec();
        MAPIFreeBuffer(columns.cast());
        all
    };
    let new = Tags(2, [0x0E1B_000B, SUBJECT]);
    unsafe {
        assert_eq!(HrAddColumns(table(), tags(&new), None, None), HRESULT::S_OK);
        assert_eq!(columns(), [0x0E1B_000B, SUBJECT, SIZE]);
        let new = Tags(1, [SIZE]);
        assert_eq!(HrAddColumnsEx(table(), tags(&new), None, None, Some(narrow)), HRESULT::S_OK);
        assert_eq!(columns(), [SIZE, 0x0E1B_000B, SUBJECT - 1]);
        assert_eq!(HrAddColumns(table(), In::null(), None, None), INVALID);
        assert_eq!(HrAddColumns(In::null(), tags(&new), None, None), INVALID);
    }
}

const CREATE: u32 = 0x1000;
const READWRITE: u32 = 2;
const DELETE: u32 = 0x0400_0000;
const UNIQUE: u32 = 0x8000_0000;

fn open(flags: u32, name: Option<&Path>, prefix: Option<&str>) -> Result<Ptr<IStream>, HRESULT> {
    let name = name.map(|name| CString::new(name.to_str().unwrap()).unwrap());
    let name = name.as_ref().map_or(null(), |name| name.as_ptr()).cast::<c_void>();
    let prefix = prefix.map(|prefix| CString::new(prefix).unwrap());
    let prefix = prefix.as_ref().map_or(null(), |prefix| prefix.as_ptr()).cast::<c_void>();
    let mut stream = null_mut();
    let result = unsafe {
        OpenStreamOnFile(None, None, flags, read(name), read(prefix), Out::new(&mut stream))
    };
    match unsafe { Ptr::from_raw(stream) } {
        Some(stream) => Ok(stream),
        None => Err(result),
    }
}

fn write(stream: &Ptr<IStream>, bytes: &[u8]) -> HRESULT {
    unsafe { stream.Write(read(bytes.as_ptr()), bytes.len() as u32, Out::null()) }
}

fn contents(stream: &Ptr<IStream>) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let (mut part, mut count) = ([0_u8; 7], 0);
        let target = unsafe { Out::from_raw(part.as_mut_ptr()) };
        assert_eq!(unsafe { stream.Read(target, 7, Out::new(&mut count)) }, HRESULT::S_OK);
        all.extend_from_slice(&part[..count as usize]);
        if count == 0 {
            return all;
        }
    }
}

fn seek(stream: &Ptr<IStream>, distance: i64, origin: u32) -> Result<u64, HRESULT> {
    let mut position = ULARGE_INTEGER { QuadPart: 0 };
    let distance = LARGE_INTEGER { QuadPart: distance };
    match unsafe { stream.Seek(distance, origin, Out::new(&mut position)) } {
        HRESULT::S_OK => Ok(position.QuadPart),
        error => Err(error),
    }
}

#[test]
fn a_stream_over_a_file() {
    let directory = std::env::temp_dir().join(format!("mapi-stream-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("file");
    let missing = open(0, Some(&path), None).unwrap_err();
    assert_eq!(missing, ErrorCode::NOT_FOUND.into());
    let stream = open(CREATE | READWRITE, Some(&path), None).unwrap();
    assert_eq!(write(&stream, b"hello world"), HRESULT::S_OK);
    assert_eq!(seek(&stream, -5, 2), Ok(6));
    assert_eq!(seek(&stream, -7, 1), Err(INVALID));
    assert_eq!(seek(&stream, 0, 3), Err(INVALID));
    let mut other = null_mut();
    let other = unsafe {
        assert_eq!(stream.Clone(Out::new(&mut other)), HRESULT::S_OK);
        Ptr::from_raw(other).unwrap()
    };
    assert_eq!(contents(&stream), b"world");
    // The clone has its own position in the same bytes.
    assert_eq!(contents(&other), b"world");
    let mut stat = STATSTG::zeroed();
    unsafe {
        assert_eq!(stream.SetSize(ULARGE_INTEGER { QuadPart: 5 }), HRESULT::S_OK);
        assert_eq!(other.Stat(Out::new(&mut stat), 1), HRESULT::S_OK);
        assert_eq!((stat.cbSize.QuadPart, stat.grfMode, stat.type_), (5, 2, 2));
        assert_eq!(stream.Commit(0), HRESULT::S_OK);
        assert_eq!(stream.Revert(), ErrorCode::NO_SUPPORT.into());
    }
    drop((stream, other));
    let stream = open(0, Some(&path), None).unwrap();
    assert_eq!(write(&stream, b"x"), ErrorCode::NO_ACCESS.into());
    // All of it into another one, which ends with its last reference.
    let copy = open(CREATE | READWRITE | DELETE | UNIQUE, Some(&directory), Some("abc")).unwrap();
    let (mut done, all) = (ULARGE_INTEGER { QuadPart: 0 }, ULARGE_INTEGER { QuadPart: u64::MAX });
    unsafe {
        let target = read(copy.as_raw().cast_const());
        let copied = stream.CopyTo(target, all, Out::new(&mut done), Out::null());
        assert_eq!((copied, done.QuadPart), (HRESULT::S_OK, 5));
    }
    assert_eq!(seek(&copy, 0, 0), Ok(0));
    assert_eq!(contents(&copy), b"hello");
    let names = || {
        let names = std::fs::read_dir(&directory).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    assert!(names().iter().any(|name| name.starts_with("abc") && name.contains(".TMP")));
    drop(copy);
    assert_eq!(names(), ["file"]);
    for (flags, name, prefix) in [
        (CREATE, Some(&*path), None),
        (UNIQUE | READWRITE, Some(&*directory), None),
        (CREATE | READWRITE, None, None),
        (UNIQUE | CREATE | READWRITE, Some(&*directory), Some("abcd")),
        (UNIQUE | CREATE | READWRITE, Some(&*directory), Some("a/b")),
    ] {
        assert_eq!(open(flags, name, prefix).unwrap_err(), INVALID, "{flags:X}");
    }
    assert_eq!(open(0x4, Some(&path), None).unwrap_err(), ErrorCode::UNKNOWN_FLAGS.into());
    assert_eq!(open(0, Some(&directory), None).unwrap_err(), ErrorCode::NO_ACCESS.into());
    let name = wide(path.to_str().unwrap());
    let mut stream = null_mut();
    unsafe {
        let name = read(name.as_ptr().cast());
        let result = OpenStreamOnFileW(None, None, 0, name, In::null(), Out::new(&mut stream));
        assert_eq!(result, HRESULT::S_OK);
        assert_eq!(contents(&Ptr::from_raw(stream).unwrap()), b"hello");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

fn temporary() -> Ptr<IStream> {
    open(CREATE | READWRITE | DELETE, None, None).unwrap()
}

fn wrap(stream: &Ptr<IStream>, flags: u32) -> Result<Ptr<IStream>, HRESULT> {
    let mut wrapped = null_mut();
    let stream = read(stream.as_raw().cast_const());
    let result = unsafe { WrapCompressedRTFStream(stream, flags, Out::new(&mut wrapped)) };
    unsafe { Ptr::from_raw(wrapped) }.ok_or(result)
}

#[test]
fn rtf_is_written_compressed_and_read_again() {
    let rtf = br"{\rtf1\ansi\ansicpg1252\pard hello hello hello world}";
    for (flags, mark) in [(1, b"LZFu"), (1 | 0x8000, b"MELA")] {
        let stream = temporary();
        let writer = wrap(&stream, flags).unwrap();
        assert_eq!(write(&writer, &rtf[..20]), HRESULT::S_OK);
        assert_eq!(write(&writer, &rtf[20..]), HRESULT::S_OK);
        assert_eq!(unsafe { writer.Commit(0) }, HRESULT::S_OK);
        assert_eq!(write(&writer, b"more"), ErrorCode::NO_ACCESS.into());
        drop(writer);
        assert_eq!(seek(&stream, 8, 0), Ok(8));
        assert_eq!(contents(&stream)[..4], *mark);
        assert_eq!(seek(&stream, 0, 0), Ok(0));
        let reader = wrap(&stream, 0).unwrap();
        assert_eq!(contents(&reader), rtf);
        assert_eq!(seek(&reader, 0, 0), Err(ErrorCode::NO_SUPPORT.into()));
        assert_eq!(write(&reader, b"x"), ErrorCode::NO_ACCESS.into());
    }
    // Also without a commit.
    let stream = temporary();
    write(&wrap(&stream, 1).unwrap(), rtf);
    assert_eq!(seek(&stream, 0, 0), Ok(0));
    assert_eq!(contents(&wrap(&stream, 0).unwrap()), rtf);
    // Nothing is an empty text, and anything else is not compressed RTF.
    assert_eq!(contents(&wrap(&temporary(), 0).unwrap()), b"");
    let stream = temporary();
    write(&stream, b"this is something else");
    seek(&stream, 0, 0).unwrap();
    assert_eq!(wrap(&stream, 0).unwrap_err(), ErrorCode::CORRUPT_DATA.into());
    assert_eq!(wrap(&stream, 2).unwrap_err(), ErrorCode::UNKNOWN_FLAGS.into());
    let nothing = unsafe { WrapCompressedRTFStream(In::null(), 0, Out::null()) };
    assert_eq!(nothing, INVALID);
}

#[test]
fn the_native_body_comes_out_of_rtf() {
    let bodies: [(&[u8], u32, &[u8]); 3] = [
        (br"{\rtf1\ansi\fromhtml1 {\*\htmltag <p>}x{\*\htmltag </p>}}", 2, b"<p>x</p>"),
        (br"{\rtf1\ansi\fromtext \pard plain}", 4, b"plain"),
        (br"{\rtf1\ansi\pard plain}", 1, br"{\rtf1\ansi\pard plain}"),
    ];
    for (rtf, kind, body) in bodies {
        let stream = temporary();
        write(&wrap(&stream, 1).unwrap(), rtf);
        seek(&stream, 0, 0).unwrap();
        let native = |ulFlags, ulOutCodePage| unsafe {
            let info = RTF_WCSINFO { size: 16, ulFlags, ulInCodePage: 0, ulOutCodePage };
            let (mut told, mut native) = (RTF_WCSRETINFO { size: 8, ulStreamFlags: 0 }, null_mut());
            let result = WrapCompressedRTFStreamEx(
                read(stream.as_raw().cast_const()),
                In::new(&info),
                Out::new(&mut native),
                Out::new(&mut told),
            );
            (result, told.ulStreamFlags, Ptr::from_raw(native))
        };
        let (result, told, native_body) = native(0x1_0000, 0);
        assert_eq!((result, told), (HRESULT::S_OK, kind));
        assert_eq!(contents(&native_body.unwrap()), body);
        assert_eq!(native(0x1_0001, 0).0, INVALID);
        assert_eq!(native(0x1_0000, 1252).0, ErrorCode::UNKNOWN_CPID.into());
    }
}

#[test]
fn text_and_rtf_are_brought_into_line() {
    // What is done to a message is done to its properties, so that any object serves.
    let data = props();
    let message = || read(data.as_raw().cast::<IMessage>().cast_const());
    let sync = |flags| {
        let mut updated = 7;
        let result = unsafe { RTFSync(message(), flags, Out::new(&mut updated)) };
        (result, updated)
    };
    assert_eq!(sync(1), (HRESULT::S_OK, 0));
    assert_eq!(sync(2), (HRESULT::S_OK, 0));
    assert_eq!(sync(0), (HRESULT::S_OK, 0));
    assert_eq!(sync(4), (ErrorCode::UNKNOWN_FLAGS.into(), 0));
    let mut text = wide("Grüße {1}\r\nEnde");
    let mut body = number(0x1000_001F, 0);
    body.Value.lpszW = text.as_mut_ptr();
    let get = |tag| unsafe {
        let mut given = null_mut();
        assert_eq!(HrGetOneProp(as_prop(&data), tag, Out::new(&mut given)), HRESULT::S_OK);
        given
    };
    unsafe {
        assert_eq!(HrSetOneProp(as_prop(&data), In::new(&body)), HRESULT::S_OK);
        assert_eq!(sync(2), (HRESULT::S_OK, 1));
        let given = get(0x1009_0102);
        let bin = (*given).Value.bin;
        let packed = std::slice::from_raw_parts(bin.lpb, bin.cb as usize);
        let rtf = mapix_convert::rtf::decompress(packed).unwrap();
        assert_eq!(
            mapix_convert::rtf::deencapsulate(&rtf),
            mapix_convert::rtf::Encapsulated::Text("Grüße {1}\r\nEnde".into())
        );
        MAPIFreeBuffer(given.cast());
        let given = get(0x0E1F_000B);
        assert_eq!((*given).Value.b, 1);
        MAPIFreeBuffer(given.cast());
        // The other way: the RTF changes, and the text follows.
        let mut packed = mapix_convert::rtf::compress(br"{\rtf1\ansi\pard new}").unwrap();
        let mut rtf = number(0x1009_0102, 0);
        rtf.Value.bin = SBinary { cb: packed.len() as u32, lpb: packed.as_mut_ptr() };
        assert_eq!(HrSetOneProp(as_prop(&data), In::new(&rtf)), HRESULT::S_OK);
        assert_eq!(sync(3), (HRESULT::S_OK, 1));
        let given = get(0x1000_001F);
        let text = (0..).map(|at| *(*given).Value.lpszW.add(at)).take_while(|unit| *unit != 0);
        assert_eq!(String::from_utf16(&text.collect::<Vec<_>>()).unwrap().trim_end(), "new");
        MAPIFreeBuffer(given.cast());
    }
    assert_eq!(unsafe { RTFSync(In::null(), 1, Out::new(&mut 0)) }, INVALID);
    assert!(IMessage::answers(&IMAPIProp::IID));
}
