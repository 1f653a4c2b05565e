//! Tables and properties that a client puts in.

use std::sync::atomic::{AtomicUsize, Ordering};

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::export::{CreateIProp, CreateTable};
use mapi::iface::{IMAPITable, IPropData, ITableData};
use mapi::types::{SPropValue, SRow, SRowSet, UPV};
use mapix::ErrorCode;

use crate::notify::{Told, sink};
use crate::world::*;

const KEY: u32 = 0x6600_0003;

fn number(tag: u32, value: i32) -> SPropValue {
    SPropValue { ulPropTag: tag, dwAlignPad: 0, Value: UPV { l: value } }
}

fn subject(text: &'static std::ffi::CStr) -> SPropValue {
    let value = UPV { lpszA: text.as_ptr().cast_mut().cast() };
    SPropValue { ulPropTag: SUBJECT_A, dwAlignPad: 0, Value: value }
}

fn row(props: &mut [SPropValue]) -> SRow {
    SRow { ulAdrEntryPad: 0, cValues: props.len() as u32, lpProps: props.as_mut_ptr() }
}

static RELEASED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn released(caller: usize, data: *mut ITableData, view: *mut IMAPITable) {
    assert!(!data.is_null() && !view.is_null());
    RELEASED.store(caller, Ordering::SeqCst);
}

#[test]
fn a_table_shows_what_is_put_in() {
    let null = std::ptr::null_mut();
    let columns = Tags::new(&[KEY, SUBJECT_A]);
    let data: Ptr<ITableData> = object(|out| unsafe {
        let columns = columns.as_in().as_raw();
        CreateTable(std::ptr::null(), null, null, null, null, 1, KEY, columns, out.as_raw())
    });
    let view = object(|out| unsafe { data.HrGetView(In::null(), Some(released), 42, out) });
    let texts = || Rows::of(&view, &[SUBJECT_A]).texts(0);
    let columns = Tags::new(&[SUBJECT_A]);
    ok(unsafe { view.SetColumns(columns.as_in(), 0) });
    let (sink, told) = sink();
    let advised = out(|number| unsafe { view.Advise(0x100, In::from_raw(sink.as_raw()), number) });
    unsafe {
        ok(data.HrModifyRow(In::new(&row(&mut [number(KEY, 7), subject(c"seven")]))));
        // TABLE_ROW_ADDED, TABLE_ROW_DELETED
        assert_eq!(told.recv().unwrap(), Told::Table(3, Some("seven".into())));
        ok(data.HrDeleteRow(In::new(&number(KEY, 7))));
        assert_eq!(told.recv().unwrap(), Told::Table(4, None));
        ok(view.Unadvise(advised));
        for (key, text) in [(1, c"one"), (2, c"two")] {
            ok(data.HrModifyRow(In::new(&row(&mut [number(KEY, key), subject(text)]))));
        }
        assert_eq!(texts(), ["one", "two"]);
        ok(data.HrModifyRow(In::new(&row(&mut [number(KEY, 1), subject(c"uno")]))));
        ok(data.HrInsertRow(0, In::new(&row(&mut [number(KEY, 0), subject(c"zero")]))));
        assert_eq!(texts(), ["zero", "uno", "two"]);
        let twice = data.HrInsertRow(0, In::new(&row(&mut [number(KEY, 0), subject(c"x")])));
        fails(twice, ErrorCode::INVALID_PARAMETER);
        let unknown = data.HrModifyRow(In::new(&row(&mut [subject(c"x")])));
        fails(unknown, ErrorCode::INVALID_PARAMETER);
        let (mut found, mut at) = (std::ptr::null_mut(), 9);
        ok(data.HrQueryRow(In::new(&number(KEY, 2)), Out::new(&mut found), Out::new(&mut at)));
        assert_eq!((at, (*found).cValues), (2, 2));
        free(found);
        let none = data.HrQueryRow(In::new(&number(KEY, 9)), Out::new(&mut found), Out::null());
        fails(none, ErrorCode::NOT_FOUND);
        ok(data.HrEnumRow(1, Out::new(&mut found)));
        free(found);
        ok(data.HrEnumRow(3, Out::new(&mut found)));
        assert!(found.is_null());
        ok(data.HrNotify(0, 0, In::null()));
        ok(data.HrDeleteRow(In::new(&number(KEY, 1))));
        let mut props = [number(KEY, 5), subject(c"five")];
        let set = SRowSet { cRows: 1, aRow: [row(&mut props)] };
        ok(data.HrModifyRows(0, In::new(&set)));
        assert_eq!(texts(), ["zero", "two", "five"]);
        let mut count = 0;
        ok(data.HrDeleteRows(0, In::new(&set), Out::new(&mut count)));
        ok(data.HrDeleteRows(1, In::null(), Out::new(&mut count)));
        assert_eq!(count, 2);
        assert!(texts().is_empty());
    }
    drop(data);
    assert_eq!(RELEASED.load(Ordering::SeqCst), 0);
    drop(view);
    assert_eq!(RELEASED.load(Ordering::SeqCst), 42);
}

#[test]
fn properties_have_their_access() {
    let null = std::ptr::null_mut();
    let data: Ptr<IPropData> = object(|out| unsafe {
        CreateIProp(std::ptr::null(), null, null, null, null, out.as_raw())
    });
    set_text(&data, SUBJECT_A, c"text");
    assert_eq!(Props::of(&data, &[SUBJECT_W], 0).text(0), "text");
    let tags = Tags::new(&[SUBJECT_A]);
    unsafe {
        let read_only = 1_u32;
        ok(data.HrSetPropAccess(tags.as_in(), In::new(&read_only)));
        let mut problems = std::ptr::null_mut();
        let new = [subject(c"new"), number(KEY, 1)];
        ok(data.SetProps(2, In::from_raw(new.as_ptr()), Out::new(&mut problems)));
        assert_eq!((*problems).cProblem, 1);
        assert_eq!((*problems).aProblem[0].scode, ErrorCode::NO_ACCESS.into());
        free(problems);
        assert_eq!(Props::of(&data, &[SUBJECT_A], 0).text(0), "text");
        let (mut list, mut access) = (std::ptr::null_mut(), std::ptr::null_mut());
        ok(data.HrGetPropAccess(Out::new(&mut list), Out::new(&mut access)));
        assert_eq!(((*list).cValues, *access), (2, 1));
        // IPROP_DIRTY of the one that was set; clean after a save.
        assert_eq!(*access.add(1) & 0x0003_0000, 0x0002_0000);
        free(list);
        free(access);
        list = std::ptr::null_mut();
        ok(data.SaveChanges(0));
        ok(data.HrGetPropAccess(Out::new(&mut list), Out::new(&mut access)));
        assert_eq!(*access.add(1) & 0x0003_0000, 0x0001_0000);
        free(list);
        free(access);
        let objects = Tags::new(&[0x0E13_000D]);
        ok(data.HrAddObjProps(objects.as_in(), Out::null()));
        ok(data.HrSetObjAccess(1));
        let set = data.SetProps(1, In::from_raw(new.as_ptr()), Out::null());
        fails(set, ErrorCode::NO_ACCESS);
        ok(data.HrSetObjAccess(2));
        fails(data.HrSetObjAccess(9), ErrorCode::INVALID_PARAMETER);
        let bad = 3_u32;
        fails(data.HrSetPropAccess(tags.as_in(), In::new(&bad)), ErrorCode::INVALID_PARAMETER);
    }
    // From one to the other.
    let other: Ptr<IPropData> = object(|out| unsafe {
        CreateIProp(std::ptr::null(), null, null, null, null, out.as_raw())
    });
    unsafe {
        let iid = <IPropData as mapi::com::Interface>::IID;
        let target = In::from_raw(other.as_raw().cast_const().cast());
        let copied = data.CopyTo(
            0,
            In::null(),
            In::null(),
            0,
            In::null(),
            In::new(&iid),
            target,
            0,
            Out::null(),
        );
        ok(copied);
    }
    assert_eq!(Props::of(&other, &[SUBJECT_A], 0).text(0), "text");
}
