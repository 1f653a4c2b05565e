//! Tables.

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::iface::IMAPITable;
use mapi::types::{HRESULT, SPropTagArray, SSortOrder, SSortOrderSet};
use mapix::ErrorCode;
use mapix::restriction::Restriction;

use crate::world::*;

fn table(
    world: &World,
) -> (Ptr<mapi::iface::IMAPISession>, Ptr<mapi::iface::IMsgStore>, Ptr<IMAPITable>) {
    let (session, store) = world.open();
    let folder = create_folder(&root(&store, MAPI_MODIFY), c"Mail");
    for subject in [c"cherry", c"apple", c"banana"] {
        create_message(&folder, subject);
    }
    let table = object(|out| unsafe { folder.GetContentsTable(0, out) });
    (session, store, table)
}

fn sort(table: &Ptr<IMAPITable>, tag: u32, categories: u32) {
    let order = SSortOrderSet {
        cSorts: 1,
        cCategories: categories,
        cExpanded: 0,
        aSort: [SSortOrder { ulPropTag: tag, ulOrder: 0 }],
    };
    ok(unsafe { table.SortTable(In::new(&order), 0) });
}

#[test]
fn rows_are_sorted_sought_and_found() {
    let world = World::new();
    let (_session, _store, table) = table(&world);
    sort(&table, SUBJECT_W, 0);
    let order = out(|order| unsafe { table.QuerySortOrder(order) });
    assert_eq!(unsafe { ((*order).cSorts, (*order).aSort[0].ulPropTag) }, (1, SUBJECT_W));
    free(order);
    assert_eq!(Rows::of(&table, &[SUBJECT_A]).texts(0), ["apple", "banana", "cherry"]);
    assert_eq!(out(|count| unsafe { table.GetRowCount(0, count) }), 3);
    // The end is no error.
    assert_eq!(Rows::next(&table, 5).len(), 0);
    let mut sought = 0;
    ok(unsafe { table.SeekRow(2, -2, Out::new(&mut sought)) });
    assert_eq!((sought, Rows::next(&table, 1).text(0, 0)), (-2, "banana".into()));
    let mark = out(|mark| unsafe { table.CreateBookmark(mark) });
    ok(unsafe { table.SeekRow(0, 0, Out::null()) });
    ok(unsafe { table.SeekRow(mark, 0, Out::null()) });
    assert_eq!(Rows::next(&table, 1).text(0, 0), "cherry");
    ok(unsafe { table.FreeBookmark(mark) });
    fails(unsafe { table.FreeBookmark(mark) }, ErrorCode::INVALID_BOOKMARK);
    fails(unsafe { table.SeekRow(usize::MAX, 0, Out::null()) }, ErrorCode::INVALID_BOOKMARK);
    ok(unsafe { table.SeekRowApprox(1, 3) });
    let (mut row, mut numerator, mut denominator) = (9, 9, 9);
    ok(unsafe {
        table.QueryPosition(
            Out::new(&mut row),
            Out::new(&mut numerator),
            Out::new(&mut denominator),
        )
    });
    assert_eq!((row, numerator, denominator), (1, 1, 3));
    let mut rows = std::ptr::null_mut();
    let zero = unsafe { table.QueryRows(0, 0, Out::new(&mut rows)) };
    fails(zero, ErrorCode::INVALID_PARAMETER);

    let wanted = Restriction::contains(mapix::prop::tags::SUBJECT, "AN");
    let wanted = mapi::convert::give_restriction(&wanted).unwrap();
    unsafe {
        ok(table.FindRow(In::from_raw(wanted), 0, 0));
        assert_eq!(Rows::next(&table, 1).text(0, 0), "banana");
        fails(table.FindRow(In::from_raw(wanted), 1, 0), ErrorCode::NOT_FOUND);
        ok(table.FindRow(In::from_raw(wanted), 2, 1));
        ok(table.Restrict(In::from_raw(wanted), 0));
        assert_eq!(Rows::of(&table, &[SUBJECT_A]).len(), 1);
        ok(table.Restrict(In::null(), 0));
        assert_eq!(Rows::of(&table, &[SUBJECT_A]).len(), 3);
        fails(table.Restrict(In::null(), 0x40), ErrorCode::UNKNOWN_FLAGS);
    }
    free(wanted);
}

#[test]
fn columns_are_told_and_kept() {
    let world = World::new();
    let (_session, _store, table) = table(&world);
    let strings = |list: *mut SPropTagArray| unsafe {
        let count = (*list).cValues as usize;
        let tags = (&raw const (*list).aulPropTag).cast::<u32>();
        let tags = std::slice::from_raw_parts(tags, count).to_vec();
        free(list);
        tags.into_iter().map(|tag| tag & 0xFFFF).collect::<Vec<_>>()
    };
    let own = out(|tags| unsafe { table.QueryColumns(0, tags) });
    assert!(!strings(own).contains(&0x1F), "the table was opened without MAPI_UNICODE");
    let all = out(|tags| unsafe { table.QueryColumns(1, tags) });
    assert!(strings(all).len() > 5);
    // What no row has is an error in its place; PR_NULL keeps a place.
    let rows = Rows::of(&table, &[0x6666_0003, 0x0000_0001, SUBJECT_W]);
    assert_eq!(rows.at(0, 0).ulPropTag, 0x6666_000A);
    assert_eq!(rows.at(0, 2).ulPropTag, SUBJECT_W);
    let none = Tags::new(&[]);
    fails(unsafe { table.SetColumns(none.as_in(), 0) }, ErrorCode::INVALID_PARAMETER);
    fails(unsafe { table.SetColumns(In::null(), 0) }, ErrorCode::INVALID_PARAMETER);
    let (mut status, mut kind) = (9, 9);
    ok(unsafe { table.GetStatus(Out::new(&mut status), Out::new(&mut kind)) });
    assert_eq!(status, 0);
    ok(unsafe { table.WaitForCompletion(0, 0, Out::new(&mut status)) });
    ok(unsafe { table.Abort() });
}

#[test]
fn categories_are_expanded_and_collapsed() {
    let world = World::new();
    let (_session, _store, table) = table(&world);
    let columns = Tags::new(&[SUBJECT_A, 0x0FF6_0102]);
    ok(unsafe { table.SetColumns(columns.as_in(), 0) });
    sort(&table, SUBJECT_W, 1);
    let headings = Rows::next(&table, 10);
    assert_eq!(headings.texts(0), ["apple", "banana", "cherry"]);
    let key = headings.bytes(1, 1);
    let key_in = || unsafe { In::from_raw(key.as_ptr()) };
    let size = key.len() as u32;
    let (mut rows, mut more) = (std::ptr::null_mut(), 0);
    ok(unsafe { table.ExpandRow(size, key_in(), 5, 0, Out::new(&mut rows), Out::new(&mut more)) });
    assert_eq!((unsafe { (*rows).cRows }, more), (1, 1));
    free(unsafe { (*rows).aRow[0].lpProps });
    free(rows);
    let (mut state_size, mut state) = (0, std::ptr::null_mut());
    ok(unsafe {
        table.GetCollapseState(0, size, key_in(), Out::new(&mut state_size), Out::new(&mut state))
    });
    let mut count = 0;
    ok(unsafe { table.CollapseRow(size, key_in(), 0, Out::new(&mut count)) });
    assert_eq!(count, 1);
    let mut mark = 0;
    let state_in = unsafe { In::from_raw(state.cast_const()) };
    ok(unsafe { table.SetCollapseState(0, state_size, state_in, Out::new(&mut mark)) });
    ok(unsafe { table.SeekRow(mark, 0, Out::null()) });
    assert_eq!(Rows::next(&table, 1).text(0, 0), "banana");
    free(state);
    let unknown = unsafe { table.CollapseRow(3, key_in(), 0, Out::null()) };
    assert!(!unknown.is_ok());
    assert_eq!(HRESULT::S_OK, unsafe { table.SortTable(In::null(), 0) });
}
