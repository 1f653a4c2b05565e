//! Which rows a table shows, what is in them, and what it reads for that.

use super::super::{Bookmark, Query, SortKey, SortOrder, SortOrderSet, instance_tag};
use super::fake::{Fake, ids};
use crate::prop::{CodePage, Prop, PropTag, PropType, String8, Value, tags};
use crate::restriction::{RelOp, Restriction};
use crate::{ErrorCode, Warning};

const KEYWORDS: PropTag = PropTag(0x8001_101F);
const COLORS: PropTag = PropTag(0x8002_1003);

fn all() -> Query {
    Query::default()
}

fn keywords(words: &[&str]) -> Prop {
    Prop::new(KEYWORDS, Value::MvUnicode(words.iter().map(|word| (*word).into()).collect()))
}

#[test]
fn columns_come_in_their_order_and_say_what_is_missing() {
    let fake = Fake::new(vec![(
        7,
        vec![
            Prop::new(tags::SUBJECT, "a"),
            Prop::new(tags::COMMENT, Value::from(String8::new(&b"\xE9"[..], CodePage::WESTERN))),
            Prop::new(tags::IMPORTANCE, 2),
            Prop::new(tags::DISPLAY_TO, ErrorCode::CORRUPT_DATA),
            Prop { tag: tags::BODY, value: Value::Large(PropType::UNICODE, 9999) },
        ],
    )]);
    let table = fake.table();
    let error = |tag: PropTag, code| Prop { tag: tag.with_type(PropType::ERROR), value: code };
    let not_found = Value::Error(ErrorCode::NOT_FOUND);
    let any = |tag: PropTag| tag.with_type(PropType::UNSPECIFIED);
    let cases = [
        (tags::IMPORTANCE, Prop::new(tags::IMPORTANCE, 2)),
        (tags::NULL, Prop { tag: tags::NULL, value: Value::Null }),
        (tags::SUBJECT, Prop::new(tags::SUBJECT, "a")),
        (any(tags::SUBJECT), Prop::new(tags::SUBJECT, "a")),
        (tags::COMMENT, Prop::new(tags::COMMENT, "\u{e9}")),
        (tags::MESSAGE_FLAGS, error(tags::MESSAGE_FLAGS, not_found.clone())),
        (tags::IMPORTANCE.with_type(PropType::TIME), error(tags::IMPORTANCE, not_found.clone())),
        (tags::DISPLAY_TO, error(tags::DISPLAY_TO, Value::Error(ErrorCode::CORRUPT_DATA))),
        (tags::BODY, Prop { tag: tags::BODY, value: Value::Large(PropType::UNICODE, 9999) }),
        (
            instance_tag(tags::SUBJECT.with_type(PropType::MV_UNICODE)),
            error(tags::SUBJECT, not_found.clone()),
        ),
    ];
    let columns: Vec<PropTag> = cases.iter().map(|(tag, _)| *tag).collect();
    table.set_columns(&columns).unwrap();
    assert_eq!(table.columns().unwrap(), columns);
    let rows = table.query_rows(9, false).unwrap();
    assert_eq!(ids(&rows), [7]);
    for ((column, expected), found) in cases.iter().zip(&rows[0].values) {
        assert_eq!(found, expected, "{column:?}");
    }
    assert_eq!(rows[0].get(tags::SUBJECT), Some(&Value::from("a")));
    assert_eq!(rows[0].get(tags::MESSAGE_FLAGS), None);
}

#[test]
fn a_table_has_columns() {
    let table = Fake::subjects(&["a"]).table();
    assert_eq!(table.set_columns(&[]).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    let query = Query { columns: Some(vec![]), ..all() };
    assert_eq!(table.query_all(query).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    assert_eq!(table.columns().unwrap(), [tags::SUBJECT]);
    table.set_columns(&[tags::BODY]).unwrap();
    assert_eq!(table.columns().unwrap(), [tags::BODY]);
    let available = table.all_columns().unwrap();
    assert_eq!(available, [tags::SUBJECT, tags::INSTANCE_KEY, tags::BODY]);
}

#[test]
fn only_what_is_needed_is_read_and_only_when_it_is_needed() {
    let fake = Fake::subjects(&["b", "a"]);
    let table = fake.table();
    table.set_columns(&[tags::SUBJECT, tags::INSTANCE_KEY, tags::NULL, tags::BODY]).unwrap();
    table.restrict(Some(&Restriction::exists(tags::SUBJECT))).unwrap();
    table.sort(SortOrderSet::new([SortKey::ascending(tags::IMPORTANCE)])).unwrap();
    table.seek(Bookmark::BEGINNING, 0).unwrap();
    table.reload().unwrap();
    table.status().unwrap();
    assert_eq!(fake.reads(), 0);
    assert_eq!(ids(&table.query_rows(5, false).unwrap()), [1, 2]);
    fake.set(|inner| {
        assert_eq!(inner.reads, [[tags::IMPORTANCE, tags::SUBJECT, tags::BODY]]);
    });

    // Less, or the same in another width, is there already.
    table.set_columns(&[tags::SUBJECT.with_type(PropType::STRING8)]).unwrap();
    table.sort(SortOrderSet::new([SortKey::ascending(tags::SUBJECT)])).unwrap();
    table.restrict(None).unwrap();
    assert_eq!(ids(&table.query_rows(5, false).unwrap()), [2, 1]);
    assert_eq!(fake.reads(), 1);

    // More is not; what is read for a search is kept.
    let restriction = Restriction::not(Restriction::exists(tags::COMMENT));
    for _ in 0..2 {
        assert_eq!(table.find(&restriction, Bookmark::BEGINNING, false).unwrap().value, 0);
    }
    assert_eq!(fake.reads(), 2);
    table.reload().unwrap();
    assert_eq!(fake.reads(), 2);
    table.row_count().unwrap();
    assert_eq!(fake.reads(), 3);
}

#[test]
fn sorting_is_stable_and_missing_values_are_last() {
    let cases = [
        ("no keys", vec![], vec![1, 2, 3, 4, 5]),
        ("ascending", vec![SortKey::ascending(tags::IMPORTANCE)], vec![3, 1, 5, 2, 4]),
        ("descending", vec![SortKey::descending(tags::IMPORTANCE)], vec![1, 5, 3, 2, 4]),
        (
            "two keys",
            vec![SortKey::descending(tags::IMPORTANCE), SortKey::descending(tags::SUBJECT)],
            vec![5, 1, 3, 4, 2],
        ),
        ("text", vec![SortKey::ascending(tags::SUBJECT)], vec![1, 2, 3, 4, 5]),
        ("not a column", vec![SortKey::descending(tags::SENSITIVITY)], vec![5, 1, 2, 3, 4]),
        ("key", vec![SortKey::descending(tags::INSTANCE_KEY)], vec![5, 4, 3, 2, 1]),
        (
            "another type",
            vec![SortKey::descending(tags::IMPORTANCE.with_type(PropType::I16))],
            vec![1, 2, 3, 4, 5],
        ),
    ];
    let row = |id, subject: &str, importance: Option<i32>| {
        let mut props = vec![Prop::new(tags::SUBJECT, subject)];
        props.extend(importance.map(|value| Prop::new(tags::IMPORTANCE, value)));
        (id, props)
    };
    let mut rows = vec![
        row(1, "a", Some(2)),
        row(2, "B", None),
        row(3, "c", Some(1)),
        row(4, "D", None),
        row(5, "e", Some(2)),
    ];
    rows[4].1.push(Prop::new(tags::SENSITIVITY, 0));
    for (name, keys, expected) in cases {
        let table = Fake::new(rows.clone()).table();
        let sort = SortOrderSet::new(keys);
        table.sort(sort.clone()).unwrap();
        assert_eq!(ids(&table.query_all(all()).unwrap()), expected, "{name}");
        assert_eq!(table.sort_order().unwrap(), sort);
    }
}

#[test]
fn an_order_that_cannot_be_leaves_the_old_one() {
    let fake = Fake::subjects(&["b", "a"]);
    let table = fake.table();
    let good = SortOrderSet::new([SortKey::ascending(tags::SUBJECT)]);
    table.sort(good.clone()).unwrap();
    table.query_rows(1, false).unwrap();
    let with = |categories, expanded| SortOrderSet { categories, expanded, ..good.clone() };
    let by = |order| SortOrderSet::new([SortKey { tag: tags::SUBJECT, order }]);
    let by_type =
        |prop_type| SortOrderSet::new([SortKey::ascending(tags::SUBJECT.with_type(prop_type))]);
    let cases = [
        (with(2, 0), ErrorCode::INVALID_PARAMETER),
        (with(0, 1), ErrorCode::INVALID_PARAMETER),
        (by(SortOrder::Combine), ErrorCode::INVALID_PARAMETER),
        (by(SortOrder::CategoryMax), ErrorCode::TOO_COMPLEX),
        (by_type(PropType::OBJECT), ErrorCode::TOO_COMPLEX),
    ];
    for (sort, code) in cases {
        assert_eq!(table.sort(sort.clone()).unwrap_err().code(), code, "{sort:?}");
        let query = Query { sort: Some(sort), columns: Some(vec![tags::BODY]), ..all() };
        assert_eq!(table.query_all(query).unwrap_err().code(), code);
    }
    // Not even when reading fails.
    let bookmark = table.create_bookmark().unwrap();
    fake.set(|inner| inner.fails = true);
    let other = SortOrderSet::new([SortKey::ascending(tags::IMPORTANCE)]);
    assert_eq!(table.sort(other).unwrap_err().code(), ErrorCode::DISK_ERROR);
    let restriction = Restriction::equals(tags::IMPORTANCE, 1);
    assert_eq!(table.restrict(Some(&restriction)).unwrap_err().code(), ErrorCode::DISK_ERROR);
    assert_eq!(table.sort_order().unwrap(), good);
    assert_eq!(table.columns().unwrap(), [tags::SUBJECT]);
    assert_eq!(table.position().unwrap().row, 1);
    assert_eq!(table.seek(bookmark, -1).unwrap().value, -1);
    assert_eq!(ids(&table.query_rows(5, false).unwrap()), [2, 1]);
}

#[test]
fn restrictions_replace_each_other() {
    let table = Fake::subjects(&["report", "letter", "Report 2"]).table();
    let cases = [
        (Some(Restriction::contains(tags::SUBJECT, "report")), vec![1, 3]),
        (Some(Restriction::property(tags::SUBJECT, RelOp::Lt, "n")), vec![2]),
        (Some(Restriction::exists(tags::BODY)), vec![]),
        (None, vec![1, 2, 3]),
        (
            Some(Restriction::Count {
                count: 1,
                restriction: Box::new(Restriction::contains(tags::SUBJECT, "report")),
            }),
            vec![1],
        ),
    ];
    for (restriction, expected) in cases {
        table.query_rows(1, false).unwrap();
        let bookmark = table.create_bookmark().unwrap();
        table.restrict(restriction.as_ref()).unwrap();
        assert_eq!(table.seek(bookmark, 0).unwrap_err().code(), ErrorCode::INVALID_BOOKMARK);
        assert_eq!(ids(&table.query_rows(9, false).unwrap()), expected, "{restriction:?}");
    }
    let foolish = Restriction::property(tags::SUBJECT, RelOp::Re, ".*");
    assert_eq!(table.restrict(Some(&foolish)).unwrap_err().code(), ErrorCode::TOO_COMPLEX);
    assert_eq!(table.row_count().unwrap().value, 1);
}

#[test]
fn restrictions_reach_what_no_row_holds() {
    let fake = Fake::subjects(&["a", "b", "c"]);
    let table = fake.table();
    fake.set(|inner| {
        for (id, text) in [(1, Some("needle")), (2, Some("hay")), (3, None)] {
            let value = Value::Large(PropType::UNICODE, 5000);
            inner.rows[id - 1].1.push(Prop { tag: tags::BODY, value });
            inner.large.insert((id as u64, tags::BODY.id()), text.map(Value::from));
        }
        inner.recipients.insert(2, vec!["Ann", "Bob"]);
    });
    table.restrict(Some(&Restriction::contains(tags::BODY, "needle"))).unwrap();
    assert_eq!(ids(&table.query_all(all()).unwrap()), [1]);
    let errors = table.errors().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code(), ErrorCode::CORRUPT_DATA);
    assert_eq!(errors[0].to_string(), "row 0x3: the block is damaged");

    let restriction = Restriction::Sub {
        subobject: tags::MESSAGE_RECIPIENTS,
        restriction: Box::new(Restriction::equals(tags::DISPLAY_NAME, "bob")),
    };
    table.restrict(Some(&restriction)).unwrap();
    assert_eq!(ids(&table.query_all(all()).unwrap()), [2]);
    assert!(table.errors().unwrap().is_empty(), "those of the restriction before are gone");

    table.restrict(None).unwrap();
    table.sort(SortOrderSet::new([SortKey::ascending(tags::BODY)])).unwrap();
    assert_eq!(ids(&table.query_all(all()).unwrap()), [2, 1, 3]);
    assert_eq!(table.errors().unwrap().len(), 1);
}

#[test]
fn a_broken_row_costs_only_itself() {
    let fake = Fake::subjects(&["a", "b", "c"]);
    fake.set(|inner| inner.broken = vec![2]);
    let table = fake.table();
    assert!(table.errors().unwrap().is_empty(), "nothing has been read");
    assert_eq!(ids(&table.query_all(all()).unwrap()), [1, 3]);
    assert_eq!(table.errors().unwrap()[0].code(), ErrorCode::CORRUPT_DATA);
    fake.set(|inner| inner.broken.clear());
    table.reload().unwrap();
    assert_eq!(table.row_count().unwrap().value, 3);
    assert!(table.errors().unwrap().is_empty());
}

#[test]
fn values_become_rows() {
    let colors = |values: &[i32]| Prop::new(COLORS, values.to_vec());
    let fake = Fake::new(vec![
        (1, vec![keywords(&["red", "Blue"]), colors(&[1, 2, 3])]),
        (2, vec![]),
        (3, vec![keywords(&["green"])]),
        (4, vec![Prop { tag: KEYWORDS, value: Value::Large(PropType::MV_UNICODE, 9999) }]),
    ]);
    let large = keywords(&["amber", "white"]).value;
    fake.set(|inner| drop(inner.large.insert((4, KEYWORDS.id()), Some(large))));
    let table = fake.table();
    table.set_columns(&[KEYWORDS]).unwrap();
    assert_eq!(ids(&table.query_rows(9, false).unwrap()), [1, 2, 3, 4]);

    let bookmark = table.create_bookmark().unwrap();
    table.set_columns(&[instance_tag(KEYWORDS), KEYWORDS, tags::INSTANCE_KEY]).unwrap();
    assert_eq!(table.seek(bookmark, 0).unwrap_err().code(), ErrorCode::INVALID_BOOKMARK);
    let rows = table.query_all(all()).unwrap();
    let words: Vec<_> = rows.iter().map(|row| row.get(KEYWORDS)?.as_text()).collect();
    let words: Vec<_> = words.iter().map(|word| word.as_deref().unwrap_or("-")).collect();
    assert_eq!(words, ["red", "Blue", "-", "green", "amber", "white"]);
    assert_eq!(ids(&rows), [1, 1, 2, 3, 4, 4]);
    assert_eq!(rows[1].values[0].tag, KEYWORDS.with_type(PropType::UNICODE));
    assert_eq!(rows[1].values[1], keywords(&["red", "Blue"]), "not spread: whole");

    // A search sees the instance, a restriction the property.
    let blue = Restriction::equals(instance_tag(KEYWORDS), "blue");
    assert_eq!(table.find(&blue, Bookmark::BEGINNING, false).unwrap().value, 1);
    table.restrict(Some(&blue)).unwrap();
    assert_eq!(ids(&table.query_all(all()).unwrap()), [1, 1]);
    table.restrict(None).unwrap();

    // Sorting does it, too, and by single values; two properties make all pairs.
    table.set_columns(&[KEYWORDS]).unwrap();
    table.sort(SortOrderSet::new([SortKey::ascending(instance_tag(KEYWORDS))])).unwrap();
    assert_eq!(ids(&table.query_all(all()).unwrap()), [4, 1, 3, 1, 4, 2]);
    let columns = [instance_tag(COLORS), tags::INSTANCE_KEY, instance_tag(KEYWORDS)];
    table.set_columns(&columns).unwrap();
    let rows = table.query_all(all()).unwrap();
    let of_first = rows.iter().filter(|row| row.id == 1);
    let pair = |word: &str, color| (Some(Value::from(word)), Some(Value::I32(color)));
    let found: Vec<_> =
        of_first.map(|row| (row.get(KEYWORDS).cloned(), row.get(COLORS).cloned())).collect();
    let words = ["Blue", "red"].map(|word| [1, 2, 3].map(|color| pair(word, color)));
    assert_eq!(found, words.concat());
    let mut keys: Vec<_> = rows.iter().map(|row| format!("{:?}", row.values[1])).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), rows.len(), "each has its own key");
}

#[test]
fn too_many_values_do_not_become_rows() {
    let many = || Value::from(vec![0; 300]);
    let fake = Fake::new(vec![(1, vec![Prop::new(KEYWORDS, many()), Prop::new(COLORS, many())])]);
    let table = fake.table();
    let keys = [KEYWORDS.with_type(PropType::MV_I32), COLORS].map(instance_tag);
    table.set_columns(&keys).unwrap();
    assert_eq!(table.row_count().unwrap().value, 65_536);
    assert_eq!(table.errors().unwrap()[0].code(), ErrorCode::TOO_BIG);
}

#[test]
fn counts_may_be_approximate() {
    let fake = Fake::subjects(&["a", "b"]);
    fake.set(|inner| inner.count = Some(3));
    let table = fake.table();
    let count = table.row_count().unwrap();
    assert_eq!((count.value, count.warning), (3, Some(Warning::ApproximateCount)));
    table.restrict(Some(&Restriction::exists(tags::SUBJECT))).unwrap();
    assert_eq!(table.row_count().unwrap().value, 2);
    table.restrict(None).unwrap();
    let count = table.row_count().unwrap();
    assert_eq!((count.value, count.warning), (2, None));
}

#[test]
fn all_rows_at_once() {
    let table = Fake::subjects(&["c", "a", "b"]).table();
    let query = Query {
        columns: Some(vec![tags::INSTANCE_KEY]),
        restriction: Some(Restriction::property(tags::SUBJECT, RelOp::Ge, "b")),
        sort: Some(SortOrderSet::new([SortKey::ascending(tags::SUBJECT)])),
        max: Some(2),
    };
    assert_eq!(ids(&table.query_all(query.clone()).unwrap()), [3, 1]);
    assert_eq!(table.position().unwrap().row, 2);
    assert_eq!(ids(&table.query_all(all()).unwrap()), [3, 1], "what is not asked for stays");
    let query = Query { max: Some(1), ..query };
    assert_eq!(table.query_all(query).unwrap_err().code(), ErrorCode::TABLE_TOO_BIG);
    let one_by_one: Vec<_> = table.rows().map(|row| row.unwrap().id).collect();
    assert_eq!(one_by_one, [3, 1]);
}
