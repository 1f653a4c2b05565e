//! The cursor, bookmarks and searches.

use super::super::{Bookmark, Position, Query, SortOrderSet, TableState, TableType};
use super::fake::{Fake, ids};
use crate::prop::{Value, tags};
use crate::restriction::{RelOp, Restriction};
use crate::{ErrorCode, Warning};

const SUBJECTS: [&str; 5] = ["a", "b", "c", "d", "e"];

#[test]
fn seeking_stops_at_both_ends() {
    let table = Fake::subjects(&SUBJECTS).table();
    // From, rows, sought, where the cursor then is.
    let cases = [
        (Bookmark::BEGINNING, 0, 0, 0),
        (Bookmark::BEGINNING, 3, 3, 3),
        (Bookmark::CURRENT, 1, 1, 4),
        (Bookmark::CURRENT, -3, -3, 1),
        (Bookmark::CURRENT, -9, -1, 0),
        (Bookmark::CURRENT, 9, 5, 5),
        (Bookmark::END, 1, 0, 5),
        (Bookmark::END, -2, -2, 3),
        (Bookmark::BEGINNING, i64::MAX, 5, 5),
        (Bookmark::END, i64::MIN, -5, 0),
    ];
    for (origin, rows, sought, at) in cases {
        let found = table.seek(origin, rows).unwrap();
        assert_eq!((found.value, found.warning), (sought, None), "{origin:?} {rows}");
        let expected = Position { row: at, numerator: at, denominator: 5 };
        assert_eq!(table.position().unwrap(), expected, "{origin:?} {rows}");
    }
}

#[test]
fn seeking_by_parts() {
    let table = Fake::subjects(&SUBJECTS).table();
    let cases = [(0, 7, 0), (1, 2, 2), (50, 100, 2), (99, 100, 4), (7, 7, 5), (8, 7, 5)];
    for (numerator, denominator, at) in cases {
        table.seek_approximate(numerator, denominator).unwrap();
        assert_eq!(table.position().unwrap().row, at, "{numerator}/{denominator}");
    }
    table.seek_approximate(u64::MAX - 1, u64::MAX).unwrap();
    assert_eq!(table.position().unwrap().row, 4);
    assert_eq!(table.seek_approximate(0, 0).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    let empty = Fake::subjects(&[]).table();
    let position = empty.position().unwrap();
    assert_eq!(position, Position { row: 0, numerator: 0, denominator: 1 });
    empty.seek_approximate(position.numerator, position.denominator).unwrap();
}

#[test]
fn reading_rows() {
    let table = Fake::subjects(&SUBJECTS).table();
    // Cursor, count, without advance, rows, cursor after.
    let cases: [(i64, i64, bool, &[u64], u64); 10] = [
        (0, 2, false, &[1, 2], 2),
        (0, 2, true, &[1, 2], 0),
        (4, 9, false, &[5], 5),
        (5, 1, false, &[], 5),
        (3, -2, false, &[2, 3], 3),
        (3, -2, true, &[2, 3], 1),
        (1, -9, false, &[1], 1),
        (0, -1, false, &[], 0),
        (5, i64::MIN, true, &[1, 2, 3, 4, 5], 0),
        (1, i64::MAX, false, &[2, 3, 4, 5], 5),
    ];
    for (cursor, count, no_advance, expected, after) in cases {
        table.seek(Bookmark::BEGINNING, cursor).unwrap();
        let rows = table.query_rows(count, no_advance).unwrap();
        assert_eq!(ids(&rows), expected, "{count} from {cursor}");
        assert_eq!(table.position().unwrap().row, after, "{count} from {cursor}");
    }
    assert_eq!(table.query_rows(0, false).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
}

#[test]
fn finding_rows() {
    let table = Fake::subjects(&["x", "a", "x", "a", "x"]).table();
    let x = Restriction::equals(tags::SUBJECT, "X");
    table.seek(Bookmark::BEGINNING, 2).unwrap();
    let bookmark = table.create_bookmark().unwrap();
    // From, backward, found; the cursor stands at 2 before.
    let cases = [
        (Bookmark::BEGINNING, false, Some(0)),
        (Bookmark::BEGINNING, true, None),
        (Bookmark::CURRENT, false, Some(2)),
        (Bookmark::CURRENT, true, Some(0)),
        (Bookmark::END, false, None),
        (Bookmark::END, true, Some(4)),
        (bookmark, false, Some(2)),
        (bookmark, true, Some(0)),
    ];
    for (origin, backward, expected) in cases {
        table.seek(Bookmark::BEGINNING, 2).unwrap();
        let found = table.find(&x, origin, backward);
        let at = table.position().unwrap().row;
        if let Some(row) = expected {
            assert_eq!((found.unwrap().value, at), (row, row), "{origin:?}");
        } else {
            assert_eq!(found.unwrap_err().code(), ErrorCode::NOT_FOUND, "{origin:?}");
            assert_eq!(at, 2, "the cursor stays");
        }
    }
    let error = table.find(&x, Bookmark(99), false).unwrap_err();
    assert_eq!(error.code(), ErrorCode::INVALID_BOOKMARK);
    let foolish = Restriction::property(tags::SUBJECT, RelOp::Re, "x");
    let error = table.find(&foolish, Bookmark::BEGINNING, false).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TOO_COMPLEX);
}

#[test]
fn every_row_is_found_by_its_instance_key() {
    let fake = Fake::subjects(&SUBJECTS);
    let table = fake.table();
    table.set_columns(&[tags::INSTANCE_KEY]).unwrap();
    let keys: Vec<Value> =
        table.rows().map(|row| row.unwrap().get(tags::INSTANCE_KEY).unwrap().clone()).collect();
    fake.set(|inner| inner.rows.swap(0, 4));
    table.reload().unwrap();
    for (key, at) in keys.into_iter().zip([4, 1, 2, 3, 0]) {
        let restriction = Restriction::equals(tags::INSTANCE_KEY, key);
        assert_eq!(table.find(&restriction, Bookmark::BEGINNING, false).unwrap().value, at);
    }
}

#[test]
fn bookmarks_are_limited_and_their_numbers_are_not_used_again() {
    let table = Fake::subjects(&SUBJECTS).table();
    let first = table.create_bookmark().unwrap();
    for _ in 1..Bookmark::MAX {
        table.create_bookmark().unwrap();
    }
    assert_eq!(table.create_bookmark().unwrap_err().code(), ErrorCode::UNABLE_TO_COMPLETE);
    table.free_bookmark(first).unwrap();
    let again = table.create_bookmark().unwrap();
    assert_ne!(first, again);
    let gone = |bookmark| table.free_bookmark(bookmark).unwrap_err().code();
    assert_eq!(gone(first), ErrorCode::INVALID_BOOKMARK);
    for always in [Bookmark::BEGINNING, Bookmark::CURRENT, Bookmark::END] {
        table.free_bookmark(always).unwrap();
    }
    table.sort(SortOrderSet::default()).unwrap();
    assert_eq!(gone(again), ErrorCode::INVALID_BOOKMARK);
    assert!(table.create_bookmark().unwrap() > again);
}

#[test]
fn tables_of_attachments_have_no_bookmarks() {
    let fake = Fake::subjects(&SUBJECTS);
    fake.set(|inner| inner.no_bookmarks = true);
    assert_eq!(fake.table().create_bookmark().unwrap_err().code(), ErrorCode::NO_SUPPORT);
}

#[test]
fn places_follow_their_rows() {
    let fake = Fake::subjects(&SUBJECTS);
    let table = fake.table();
    let marks: Vec<_> = (0..=5)
        .map(|at| {
            table.seek(Bookmark::BEGINNING, at).unwrap();
            table.create_bookmark().unwrap()
        })
        .collect();
    table.seek(Bookmark::BEGINNING, 4).unwrap();
    // Now there are b, d, and a; c and e are gone, and so is nothing after e.
    fake.set(|inner| inner.rows = [1, 3, 0].map(|at| inner.rows[at].clone()).to_vec());
    table.reload().unwrap();
    assert_eq!(table.position().unwrap().row, 3);
    let warning = Some(Warning::PositionChanged);
    assert_eq!(table.seek(Bookmark::CURRENT, 0).unwrap().warning, warning);
    assert_eq!(table.seek(Bookmark::CURRENT, 0).unwrap().warning, None, "it was told");
    let expected = [(2, None), (0, None), (1, warning), (1, None), (3, warning), (3, None)];
    for (bookmark, (at, warning)) in marks.into_iter().zip(expected) {
        assert_eq!(table.seek(bookmark, 0).unwrap().warning, warning, "{at}");
        assert_eq!(table.position().unwrap().row, at);
        assert_eq!(table.seek(bookmark, 0).unwrap().warning, None, "it was told");
    }
}

#[test]
fn a_table_of_a_closed_logon_is_invalid() {
    let fake = Fake::subjects(&SUBJECTS);
    let table = fake.table();
    table.query_rows(2, false).unwrap();
    let status = table.status().unwrap();
    assert_eq!((status.state, status.kind), (TableState::Complete, TableType::Snapshot));
    fake.set(|inner| inner.closed = true);
    let any = Restriction::And(vec![]);
    let errors = [
        table.set_columns(&[]).unwrap_err(),
        table.columns().unwrap_err(),
        table.all_columns().unwrap_err(),
        table.restrict(None).unwrap_err(),
        table.sort(SortOrderSet::default()).unwrap_err(),
        table.sort_order().unwrap_err(),
        table.row_count().unwrap_err(),
        table.position().unwrap_err(),
        table.seek(Bookmark::BEGINNING, 0).unwrap_err(),
        table.seek_approximate(1, 0).unwrap_err(),
        table.create_bookmark().unwrap_err(),
        table.free_bookmark(Bookmark::END).unwrap_err(),
        table.query_rows(0, false).unwrap_err(),
        table.query_all(Query::default()).unwrap_err(),
        table.find(&any, Bookmark::BEGINNING, false).unwrap_err(),
        table.status().unwrap_err(),
        table.reload().unwrap_err(),
        table.errors().unwrap_err(),
        table.rows().next().unwrap().unwrap_err(),
    ];
    for (number, error) in errors.iter().enumerate() {
        assert_eq!(error.code(), ErrorCode::INVALID_OBJECT, "call {number}");
    }
    assert_eq!(table.rows().count(), 1, "an error ends it");
}
