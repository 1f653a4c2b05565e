//! Random sequences of calls, on a table and on a model of it that is as plain as can be.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::{Bookmark, SortKey, SortOrderSet, Table, instance_tag};
use super::fake::{Fake, ids};
use crate::prop::{Prop, PropTag, Value, tags};
use crate::restriction::{RelOp, Restriction};
use crate::{ErrorCode, Warning};

const A: PropTag = tags::IMPORTANCE;
const B: PropTag = tags::PRIORITY;
const MANY: PropTag = PropTag(0x8001_1003);

#[derive(Clone, PartialEq, Debug)]
struct Item {
    id: u64,
    a: Option<i32>,
    b: Option<i32>,
    many: Vec<i32>,
}

#[derive(Clone, Debug)]
enum Call {
    SetColumns(bool),
    Restrict(Option<i32>),
    Sort(Vec<(bool, bool)>),
    Seek(usize, i64),
    SeekApproximate(u64, u64),
    Query(i64, bool),
    Find(i32, usize, bool),
    CreateBookmark,
    FreeBookmark(usize),
    Reload(Vec<Item>),
}

/// Which row, and which of its values; where the cursor and each bookmark are and whether they
/// moved.
#[derive(Default)]
struct Model {
    items: Vec<Item>,
    spread: bool,
    least: Option<i32>,
    keys: Vec<(bool, bool)>,
    view: Vec<(u64, usize)>,
    cursor: (usize, bool),
    bookmarks: Vec<(Bookmark, usize, bool)>,
}

impl Model {
    fn item(&self, id: u64) -> &Item {
        self.items.iter().find(|item| item.id == id).unwrap()
    }

    /// Sorts by inserting each row after all that do not come after it.
    fn look(&mut self) {
        let mut view: Vec<(u64, usize)> = Vec::new();
        for item in &self.items {
            if self.least.is_some_and(|least| item.a.is_none_or(|a| a < least)) {
                continue;
            }
            let instances = if self.spread { item.many.len().max(1) } else { 1 };
            for instance in 0..instances {
                let later = |(other, _): &(u64, usize)| self.before(item, self.item(*other));
                let at = view.iter().position(later).unwrap_or(view.len());
                view.insert(at, (item.id, instance));
            }
        }
        self.view = view;
    }

    fn before(&self, left: &Item, right: &Item) -> bool {
        for (second, descending) in &self.keys {
            let key = |item: &Item| if *second { item.b } else { item.a };
            match (key(left), key(right)) {
                (None, None) => {}
                (None, Some(_)) => return false,
                (Some(_), None) => return true,
                (Some(a), Some(b)) if a == b => {}
                (Some(a), Some(b)) => return (a < b) != *descending,
            }
        }
        false
    }

    fn start_over(&mut self) {
        self.cursor = (0, false);
        self.bookmarks.clear();
        self.look();
    }

    /// Looks again, and goes forward from each place to the next row that is still there.
    fn follow(&mut self) {
        let old = self.view.clone();
        self.look();
        let view = self.view.clone();
        let place = |at: usize, moved: bool| {
            for (further, row) in old[at..].iter().enumerate() {
                if let Some(found) = view.iter().position(|new| new == row) {
                    return (found, moved || further > 0);
                }
            }
            (view.len(), moved || at < old.len())
        };
        if self.cursor.0 > 0 {
            self.cursor = place(self.cursor.0, self.cursor.1);
        }
        for (_, at, moved) in &mut self.bookmarks {
            (*at, *moved) = place(*at, *moved);
        }
    }

    /// The first three are always there, then those that were made, then one that was not.
    fn origin(&self, number: usize) -> (Bookmark, Option<(usize, bool)>) {
        match number {
            0 => (Bookmark::BEGINNING, Some((0, false))),
            1 => (Bookmark::CURRENT, Some(self.cursor)),
            2 => (Bookmark::END, Some((self.view.len(), false))),
            _ => match self.bookmarks.get(number - 3) {
                Some((bookmark, at, moved)) => (*bookmark, Some((*at, *moved))),
                None => (Bookmark(u32::MAX), None),
            },
        }
    }

    fn go(&mut self, origin: Bookmark, at: usize) {
        self.cursor = (at, false);
        for (bookmark, _, moved) in &mut self.bookmarks {
            *moved = *moved && *bookmark != origin;
        }
    }
}

fn warning(moved: bool) -> Option<Warning> {
    moved.then_some(Warning::PositionChanged)
}

fn rows(items: &[Item]) -> Vec<(u64, Vec<Prop>)> {
    let row = |item: &Item| {
        let mut props = vec![];
        props.extend(item.a.map(|value| Prop::new(A, value)));
        props.extend(item.b.map(|value| Prop::new(B, value)));
        if !item.many.is_empty() {
            props.push(Prop::new(MANY, item.many.clone()));
        }
        (item.id, props)
    };
    items.iter().map(row).collect()
}

fn step(call: Call, model: &mut Model, fake: &Fake, table: &Table) {
    match call {
        Call::SetColumns(spread) => {
            let many = if spread { instance_tag(MANY) } else { MANY };
            table.set_columns(&[many, A]).unwrap();
            if model.spread != spread {
                model.spread = spread;
                model.bookmarks.clear();
                model.follow();
            }
        }
        Call::Restrict(least) => {
            let restriction = least.map(|least| Restriction::property(A, RelOp::Ge, least));
            table.restrict(restriction.as_ref()).unwrap();
            model.least = least;
            model.start_over();
        }
        Call::Sort(keys) => {
            let key = |(second, descending): &(bool, bool)| {
                let tag = if *second { B } else { A };
                if *descending { SortKey::descending(tag) } else { SortKey::ascending(tag) }
            };
            table.sort(SortOrderSet::new(keys.iter().map(key))).unwrap();
            model.keys = keys;
            model.start_over();
        }
        Call::Seek(origin, count) => {
            let (bookmark, place) = model.origin(origin);
            let found = table.seek(bookmark, count);
            let Some((from, moved)) = place else {
                assert_eq!(found.unwrap_err().code(), ErrorCode::INVALID_BOOKMARK);
                return;
            };
            let (mut at, mut sought) = (from, 0);
            while sought < count && at < model.view.len() {
                (at, sought) = (at + 1, sought + 1);
            }
            while sought > count && at > 0 {
                (at, sought) = (at - 1, sought - 1);
            }
            let found = found.unwrap();
            assert_eq!((found.value, found.warning), (sought, warning(moved)));
            model.go(bookmark, at);
        }
        Call::SeekApproximate(numerator, denominator) => {
            table.seek_approximate(numerator, denominator).unwrap();
            let part = numerator as f64 / denominator as f64;
            let at = (part.min(1.0) * model.view.len() as f64 + 1e-9).floor();
            model.cursor = (at as usize, false);
        }
        Call::Query(count, no_advance) => {
            let found = table.query_rows(count, no_advance);
            if count == 0 {
                assert_eq!(found.unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
                return;
            }
            let mut from = model.cursor.0;
            for _ in count..0 {
                from = from.saturating_sub(1);
            }
            let ahead = if count > 0 { count as usize } else { model.cursor.0 - from };
            let expected: Vec<_> = model.view.iter().skip(from).take(ahead).copied().collect();
            let found = found.unwrap();
            assert_eq!(ids(&found), expected.iter().map(|row| row.0).collect::<Vec<_>>());
            for (row, (id, instance)) in found.iter().zip(&expected) {
                let many = &model.item(*id).many;
                let value = match many.get(*instance) {
                    Some(value) if model.spread => Some(Value::I32(*value)),
                    Some(_) => Some(Value::from(many.clone())),
                    None => None,
                };
                assert_eq!(row.get(MANY), value.as_ref());
            }
            model.cursor = (if no_advance { from } else { from + expected.len() }, false);
        }
        Call::Find(value, origin, backward) => {
            let (bookmark, place) = model.origin(origin);
            let found = table.find(&Restriction::equals(B, value), bookmark, backward);
            let Some((from, moved)) = place else {
                assert_eq!(found.unwrap_err().code(), ErrorCode::INVALID_BOOKMARK);
                return;
            };
            let fits = |at: &usize| model.item(model.view[*at].0).b == Some(value);
            let expected = if backward {
                (0..from).rev().find(fits)
            } else {
                (from..model.view.len()).find(fits)
            };
            let Some(at) = expected else {
                assert_eq!(found.unwrap_err().code(), ErrorCode::NOT_FOUND);
                return;
            };
            let found = found.unwrap();
            assert_eq!((found.value, found.warning), (at as u64, warning(moved)));
            model.go(bookmark, at);
        }
        Call::CreateBookmark => {
            let bookmark = table.create_bookmark().unwrap();
            model.bookmarks.push((bookmark, model.cursor.0, false));
        }
        Call::FreeBookmark(number) => {
            let (bookmark, place) = model.origin(number);
            assert_eq!(table.free_bookmark(bookmark).is_ok(), place.is_some());
            model.bookmarks.retain(|(made, ..)| *made != bookmark);
        }
        Call::Reload(items) => {
            fake.set(|inner| inner.rows = rows(&items));
            table.reload().unwrap();
            model.items = items;
            model.follow();
        }
    }
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = (option::of(0..4), option::of(0..4), vec(0..9, 0..4));
    (vec(item, 12), proptest::sample::subsequence((1..=12).collect::<Vec<u64>>(), 0..=12))
        .prop_flat_map(|(values, ids)| (Just(values), Just(ids).prop_shuffle()))
        .prop_map(|(values, ids)| {
            let item = |(id, (a, b, many))| Item { id, a, b, many };
            ids.into_iter().zip(values).map(item).collect()
        })
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        any::<bool>().prop_map(Call::SetColumns),
        option::of(0..4).prop_map(Call::Restrict),
        vec(any::<(bool, bool)>(), 0..3).prop_map(Call::Sort),
        (0..7_usize, -9..9_i64).prop_map(|(origin, rows)| Call::Seek(origin, rows)),
        (0..9_u64, 1..7_u64).prop_map(|(part, whole)| Call::SeekApproximate(part, whole)),
        (-9..9_i64, any::<bool>()).prop_map(|(rows, stay)| Call::Query(rows, stay)),
        (0..4, 0..7_usize, any::<bool>()).prop_map(|(b, from, back)| Call::Find(b, from, back)),
        Just(Call::CreateBookmark),
        Just(Call::CreateBookmark),
        (0..7_usize).prop_map(Call::FreeBookmark),
        items().prop_map(Call::Reload),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_table_is_like_its_model(items in items(), calls in vec(call(), 1..40)) {
        let fake = Fake::new(rows(&items));
        let table = fake.table();
        table.set_columns(&[MANY, A]).unwrap();
        let mut model = Model { items, ..Model::default() };
        model.look();
        for call in calls {
            step(call, &mut model, &fake, &table);
            // This also makes the table look again, as the model has done.
            let position = table.position().unwrap();
            prop_assert_eq!(position.row, model.cursor.0 as u64);
            prop_assert_eq!(position.denominator, model.view.len().max(1) as u64);
            let all: Vec<u64> = table.rows().map(|row| row.unwrap().id).collect();
            prop_assert_eq!(all, model.view.iter().map(|row| row.0).collect::<Vec<_>>());
        }
    }
}
