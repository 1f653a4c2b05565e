//! A table gives the same answers whether it keeps rows, finds them by their numbers, or has its
//! source answer queries.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::{Bookmark, Query, SortKey, SortOrderSet, Table, TableType, instance_tag};
use super::fake::{Answers, Fake, ids};
use crate::prop::{Prop, PropTag, PropType, Value, tags};
use crate::restriction::{RelOp, Restriction};

const A: PropTag = tags::IMPORTANCE;
const B: PropTag = tags::PRIORITY;
const MANY: PropTag = PropTag(0x8001_1003);
const WORDS: [&str; 6] = ["", "a", "B", "\u{e4}", "report", "Report 2"];

type Row = (u64, Vec<Prop>, Option<&'static str>);
type Data = Vec<Row>;

#[derive(Clone, Debug)]
enum Call {
    SetColumns(Vec<PropTag>),
    Restrict(Option<Restriction>),
    Sort(Vec<SortKey>),
    Seek(usize, i64),
    SeekApproximate(u64, u64),
    Query(i64, bool),
    QueryAll(Option<u64>),
    Find(Restriction, usize, bool),
    CreateBookmark,
    FreeBookmark(usize),
    Count,
    Position,
    One(usize),
    Reload(Data),
    /// The rows are told that changed.
    Refresh(Data),
}

/// Tables over the same rows, and the bookmarks that all of them have.
struct Sides {
    fakes: Vec<Arc<Fake>>,
    tables: Vec<Table>,
    bookmarks: Vec<Bookmark>,
    data: Data,
}

impl Sides {
    fn new(data: &Data) -> Self {
        let ways = [Answers::Nothing, Answers::Numbers, Answers::Queries, Answers::SomeQueries];
        let fakes: Vec<_> = ways
            .into_iter()
            .map(|answers| {
                let fake = Fake::new(Vec::new());
                fake.set(|inner| inner.answers = answers);
                fill(&fake, data);
                fake
            })
            .collect();
        let tables = fakes.iter().map(Fake::table).collect();
        let bookmarks = vec![Bookmark::BEGINNING, Bookmark::CURRENT, Bookmark::END, Bookmark(99)];
        Self { fakes, tables, bookmarks, data: data.clone() }
    }

    /// What all tables say to a call.
    fn all(&mut self, call: &Call) -> Vec<String> {
        if let Call::Reload(data) = call {
            // Bookmarks go to the next row that is still there, which has to be known for that.
            self.tables.iter().for_each(|table| assert!(table.row_count().is_ok()));
            self.fakes.iter().for_each(|fake| fill(fake, data));
        }
        let mut changed = Vec::new();
        if let Call::Refresh(data) = call {
            // A store that finds rows has them in the order of their numbers.
            let (mut old, mut new) = (self.data.clone(), data.clone());
            old.sort_by_key(|row| row.0);
            new.sort_by_key(|row| row.0);
            self.fakes.iter().for_each(|fake| fill(fake, &old));
            for table in &self.tables {
                table.reload().unwrap();
                table.row_count().unwrap();
            }
            self.fakes.iter().for_each(|fake| fill(fake, &new));
            let differs = |row: &&Row| !(old.contains(row) && new.contains(row));
            changed.extend(old.iter().chain(&new).filter(differs).map(|row| row.0));
        }
        if let Call::Reload(data) | Call::Refresh(data) = call {
            self.data.clone_from(data);
        }
        let bookmarks = self.bookmarks.clone();
        let answers = self.tables.iter();
        let answers = answers.map(|table| answer(table, call, &bookmarks, &changed)).collect();
        if let Call::CreateBookmark = call {
            // All tables number them the same way.
            let next = self.bookmarks.len() as u32 - 1;
            self.bookmarks.push(Bookmark(next));
        }
        answers
    }
}

fn fill(fake: &Fake, data: &Data) {
    fake.set(|inner| {
        inner.rows = data.iter().map(|(id, props, _)| (*id, props.clone())).collect();
        inner.large.clear();
        for ((id, _, body), row) in data.iter().zip(&mut inner.rows) {
            if let Some(body) = body {
                row.1.push(Prop { tag: tags::BODY, value: Value::Large(PropType::UNICODE, 9000) });
                inner.large.insert((*id, tags::BODY.id()), Some(Value::from(*body)));
            }
        }
    });
}

fn answer(table: &Table, call: &Call, bookmarks: &[Bookmark], changed: &[u64]) -> String {
    let place = |number: &usize| bookmarks[number % bookmarks.len()];
    let text = |debug: &dyn std::fmt::Debug| format!("{debug:?}");
    match call {
        Call::SetColumns(columns) => text(&table.set_columns(columns)),
        Call::Restrict(restriction) => text(&table.restrict(restriction.as_ref())),
        Call::Sort(keys) => text(&table.sort(SortOrderSet::new(keys.iter().copied()))),
        Call::Seek(origin, rows) => text(&table.seek(place(origin), *rows)),
        Call::SeekApproximate(part, whole) => text(&table.seek_approximate(*part, *whole)),
        Call::Query(count, stay) => text(&table.query_rows(*count, *stay)),
        Call::QueryAll(max) => text(&table.query_all(Query { max: *max, ..Query::default() })),
        Call::Find(restriction, origin, backward) => {
            text(&table.find(restriction, place(origin), *backward))
        }
        Call::CreateBookmark => text(&table.create_bookmark()),
        Call::FreeBookmark(number) => text(&table.free_bookmark(place(number))),
        Call::Count => text(&table.row_count()),
        Call::Position => text(&table.position()),
        Call::One(number) => text(&table.rows().nth(*number)),
        Call::Reload(_) => text(&table.reload()),
        Call::Refresh(_) => text(&table.refresh(changed)),
    }
}

fn data() -> impl Strategy<Value = Data> {
    let word = || option::of(proptest::sample::select(&WORDS[..]));
    let item = (option::of(0..3), option::of(0..3), vec(0..5, 0..4), word(), word());
    (vec(item, 16), proptest::sample::subsequence((1..=16).collect::<Vec<u64>>(), 0..=16))
        .prop_flat_map(|(values, ids)| (Just(values), Just(ids).prop_shuffle()))
        .prop_map(|(values, ids)| {
            let row = |(id, (a, b, many, subject, body))| {
                let many: Vec<i32> = many;
                let (a, b): (Option<i32>, Option<i32>) = (a, b);
                let subject: Option<&str> = subject;
                let mut props = Vec::new();
                props.extend(a.map(|value| Prop::new(A, value)));
                props.extend(b.map(|value| Prop::new(B, value)));
                props.extend((!many.is_empty()).then(|| Prop::new(MANY, many)));
                props.extend(subject.map(|value| Prop::new(tags::SUBJECT, value)));
                (id, props, body)
            };
            ids.into_iter().zip(values).map(row).collect()
        })
}

fn restriction() -> impl Strategy<Value = Restriction> {
    let key = |row: u64, instance: u32| {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&row.to_be_bytes());
        key[12..].copy_from_slice(&instance.to_be_bytes());
        Restriction::equals(tags::INSTANCE_KEY, &key[..])
    };
    let word = || proptest::sample::select(&WORDS[..]);
    let leaf = prop_oneof![
        (0..3).prop_map(|least| Restriction::property(A, RelOp::Ge, least)),
        (0..3).prop_map(|value| Restriction::equals(B, value)),
        (0..5).prop_map(|value| Restriction::equals(MANY, value)),
        word().prop_map(|word| Restriction::contains(tags::SUBJECT, word)),
        word().prop_map(|word| Restriction::contains(tags::BODY, word)),
        Just(Restriction::exists(tags::SUBJECT)),
        (0..18_u64, 0..3_u32).prop_map(move |(row, instance)| key(row, instance)),
        Just(Restriction::property(tags::SUBJECT, RelOp::Re, "x")),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Restriction::and),
            vec(inner.clone(), 0..3).prop_map(Restriction::or),
            inner.clone().prop_map(Restriction::not),
            (0..4_u32, inner).prop_map(|(count, inner)| Restriction::Count {
                count,
                restriction: Box::new(inner)
            }),
        ]
    })
}

fn key() -> impl Strategy<Value = SortKey> {
    let tags = vec![
        A,
        B,
        tags::SUBJECT,
        tags::BODY,
        tags::INSTANCE_KEY,
        MANY,
        instance_tag(MANY),
        tags::COMMENT,
    ];
    (proptest::sample::select(tags), any::<bool>()).prop_map(|(tag, descending)| {
        if descending { SortKey::descending(tag) } else { SortKey::ascending(tag) }
    })
}

fn columns() -> impl Strategy<Value = Vec<PropTag>> {
    let all = vec![A, B, MANY, instance_tag(MANY), tags::SUBJECT, tags::BODY, tags::INSTANCE_KEY];
    proptest::sample::subsequence(all, 0..=7)
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        columns().prop_map(Call::SetColumns),
        option::of(restriction()).prop_map(Call::Restrict),
        vec(key(), 0..3).prop_map(Call::Sort),
        (0..9_usize, -9..9_i64).prop_map(|(origin, rows)| Call::Seek(origin, rows)),
        (0..9_u64, 0..7_u64).prop_map(|(part, whole)| Call::SeekApproximate(part, whole)),
        (-9..9_i64, any::<bool>()).prop_map(|(rows, stay)| Call::Query(rows, stay)),
        (-9..9_i64, any::<bool>()).prop_map(|(rows, stay)| Call::Query(rows, stay)),
        option::of(0..20_u64).prop_map(Call::QueryAll),
        (restriction(), 0..9_usize, any::<bool>())
            .prop_map(|(r, at, back)| Call::Find(r, at, back)),
        (restriction(), 0..9_usize, any::<bool>())
            .prop_map(|(r, at, back)| Call::Find(r, at, back)),
        Just(Call::CreateBookmark),
        (0..9_usize).prop_map(Call::FreeBookmark),
        Just(Call::Count),
        Just(Call::Position),
        (0..20_usize).prop_map(Call::One),
        data().prop_map(Call::Reload),
        data().prop_map(Call::Refresh),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn all_ways_to_the_rows_give_the_same(data in data(), calls in vec(call(), 1..30)) {
        let mut sides = Sides::new(&data);
        for call in calls {
            let answers = sides.all(&call);
            for answer in &answers[1..] {
                prop_assert_eq!(answer, &answers[0], "{:?}", call);
            }
        }
    }
}

#[test]
fn the_first_rows_come_without_the_others() {
    let subjects: Vec<String> = (0..100).map(|number| format!("{:02}", 99 - number)).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let fake = Fake::subjects(&subjects);
    fake.set(|inner| {
        inner.answers = Answers::Queries;
        inner.count = Some(100);
    });
    let table = fake.table();
    assert_eq!(table.status().unwrap().kind, TableType::Keyset);
    table.sort(SortOrderSet::new([SortKey::ascending(tags::SUBJECT)])).unwrap();
    assert_eq!(ids(&table.query_rows(2, false).unwrap()), [100, 99]);
    assert_eq!(table.position().unwrap().denominator, 100);
    let text = |inner: &mut super::fake::Inner| format!("{:?}", inner.limits);
    fake.set(|inner| assert_eq!(text(inner), "[Some(3)]", "only the first were asked for"));
    let search = Restriction::equals(tags::SUBJECT, "01");
    assert_eq!(table.find(&search, Bookmark::BEGINNING, false).unwrap().value, 1);
    fake.set(|inner| assert_eq!(text(inner), "[Some(3), Some(1)]"));
    assert_eq!(table.seek(Bookmark::BEGINNING, 70).unwrap().value, 70);
    assert_eq!(ids(&table.query_rows(2, false).unwrap()), [30, 29]);
    fake.set(|inner| assert_eq!(text(inner), "[Some(3), Some(1), None]"));
}

#[test]
fn only_what_changed_is_read() {
    let subjects: Vec<String> = (0..40).map(|number| format!("{:02}", number * 2)).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let fake = Fake::subjects(&subjects);
    fake.set(|inner| inner.answers = Answers::Queries);
    let table = fake.table();
    table.sort(SortOrderSet::new([SortKey::descending(tags::SUBJECT)])).unwrap();
    let before = ids(&table.query_all(Query::default()).unwrap());
    table.seek(Bookmark::BEGINNING, 20).unwrap();
    fake.set(|inner| {
        inner.rows.remove(9);
        inner.rows[9].1 = vec![Prop::new(tags::SUBJECT, "79")];
        inner.rows.push((41, vec![Prop::new(tags::SUBJECT, "41")]));
        inner.limits.clear();
        inner.reads.clear();
    });
    table.refresh(&[41, 10, 11]).unwrap();
    assert_eq!(table.position().unwrap().row, 22, "it follows its row");
    fake.set(|inner| {
        assert!(inner.limits.is_empty(), "nothing is asked for anew");
        assert!(inner.reads.len() < 16, "{} reads", inner.reads.len());
    });
    let mut expected: Vec<u64> = before.into_iter().filter(|id| ![10, 11].contains(id)).collect();
    expected.insert(0, 11);
    expected.insert(expected.iter().position(|id| *id == 21).unwrap(), 41);
    assert_eq!(ids(&table.query_all(Query::default()).unwrap()), expected);
}

#[test]
fn a_row_that_is_gone_keeps_its_place_until_the_table_is_read_again() {
    let fake = Fake::subjects(&["a", "b", "c"]);
    fake.set(|inner| inner.answers = Answers::Queries);
    let table = fake.table();
    assert_eq!(table.query_all(Query::default()).unwrap().len(), 3);
    fake.set(|inner| {
        inner.rows[0].1 = vec![Prop::new(tags::SUBJECT, "new")];
        inner.rows.remove(1);
    });
    table.set_columns(&[tags::SUBJECT, tags::INSTANCE_KEY, tags::COMMENT]).unwrap();
    let rows = table.query_all(Query::default()).unwrap();
    assert_eq!(ids(&rows), [1, 2, 3]);
    assert_eq!(rows[0].get(tags::SUBJECT), Some(&Value::from("new")));
    assert_eq!(rows[1].get(tags::SUBJECT), None);
    assert!(rows[1].get(tags::INSTANCE_KEY).is_some());
    table.reload().unwrap();
    assert_eq!(ids(&table.query_all(Query::default()).unwrap()), [1, 3]);
}
