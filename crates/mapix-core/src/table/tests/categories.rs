//! Categories, against a model that groups rows as plainly as can be.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::{Bookmark, Query, SortKey, SortOrder, SortOrderSet, Table, TableRow};
use super::fake::{Answers, Fake};
use crate::prop::{Prop, PropTag, Value, tags};
use crate::restriction::{RelOp, Restriction};
use crate::{ErrorCode, Warning};

const KEYS: [PropTag; 3] = [tags::IMPORTANCE, tags::PRIORITY, tags::SENSITIVITY];
const COLUMNS: [PropTag; 8] = [
    KEYS[0],
    KEYS[1],
    KEYS[2],
    tags::ROW_TYPE,
    tags::DEPTH,
    tags::CONTENT_COUNT,
    tags::CONTENT_UNREAD,
    tags::INSTANCE_KEY,
];

#[derive(Clone, PartialEq, Debug)]
struct Item {
    id: u64,
    values: [Option<i32>; 3],
    read: bool,
}

/// A level of categories: by which values, and in the order of the largest (true) or smallest
/// value of the third one.
#[derive(Clone, Debug)]
struct ModelLevel {
    by: Vec<usize>,
    descending: bool,
    extreme: Option<bool>,
}

#[derive(Clone, Debug)]
struct Order {
    levels: Vec<ModelLevel>,
    expanded: usize,
    leaf: Option<(usize, bool)>,
}

type Path = Vec<Vec<Option<i32>>>;

#[derive(Clone, PartialEq, Debug)]
enum Line {
    Heading { path: Path, count: i32, unread: i32, expanded: bool },
    Leaf(u64),
}

#[derive(Clone, Debug)]
enum Call {
    Toggle(usize, usize),
    Restrict(Option<i32>),
    Sort(Order),
    Find(usize, i32, bool),
    Reload(Vec<Item>),
    Remember(usize),
}

struct Model {
    items: Vec<Item>,
    least: Option<i32>,
    order: Order,
    /// What is not as the order has it at first.
    state: HashMap<Path, bool>,
}

impl Model {
    fn lines(&self) -> Vec<Line> {
        let fits = |item: &&Item| {
            self.least.is_none_or(|least| item.values[1].is_some_and(|value| value >= least))
        };
        let mut lines = Vec::new();
        self.level(self.items.iter().filter(fits).collect(), &[], &mut lines);
        lines
    }

    fn level(&self, mut items: Vec<&Item>, path: &[Vec<Option<i32>>], lines: &mut Vec<Line>) {
        let Some(level) = self.order.levels.get(path.len()) else {
            if let Some((key, descending)) = self.order.leaf {
                items.sort_by_key(|item| place(item.values[key], descending));
            }
            lines.extend(items.iter().map(|item| Line::Leaf(item.id)));
            return;
        };
        let key = |item: &Item| level.by.iter().map(|by| item.values[*by]).collect::<Vec<_>>();
        let mut groups: Vec<(Vec<Option<i32>>, Vec<&Item>)> = Vec::new();
        for item in items {
            match groups.iter_mut().find(|(other, _)| *other == key(item)) {
                Some((_, group)) => group.push(item),
                None => groups.push((key(item), vec![item])),
            }
        }
        groups.sort_by_key(|(key, items)| {
            let values = items.iter().filter_map(|item| item.values[2]);
            let extreme = level.extreme.map(|largest| {
                place(if largest { values.max() } else { values.min() }, level.descending)
            });
            let key: Vec<_> = key.iter().map(|value| place(*value, level.descending)).collect();
            (extreme, key)
        });
        for (key, items) in groups {
            let mut path = path.to_vec();
            path.push(key);
            let first: usize = self.order.levels[..path.len() - 1].iter().map(columns_of).sum();
            let at_first = first < self.order.expanded;
            let expanded = self.state.get(&path).copied().unwrap_or(at_first);
            lines.push(Line::Heading {
                path: path.clone(),
                count: items.len() as i32,
                unread: items.iter().filter(|item| !item.read).count() as i32,
                expanded,
            });
            if expanded {
                self.level(items, &path, lines);
            }
        }
    }

    fn sort(&self) -> SortOrderSet {
        let (mut keys, mut categories) = (Vec::new(), 0);
        let last = self.order.levels.len() - 1;
        for (number, level) in self.order.levels.iter().enumerate() {
            for (place, by) in level.by.iter().enumerate() {
                let order = match (place, level.descending) {
                    (0, true) => SortOrder::Descending,
                    (0, false) => SortOrder::Ascending,
                    _ => SortOrder::Combine,
                };
                keys.push(SortKey { tag: KEYS[*by], order });
            }
            if let Some(largest) = level.extreme {
                let order = if largest { SortOrder::CategoryMax } else { SortOrder::CategoryMin };
                keys.push(SortKey { tag: KEYS[2], order });
            }
            // After the last level it need not be counted.
            categories =
                if number == last && level.extreme.is_some() { keys.len() - 1 } else { keys.len() };
        }
        keys.extend(self.order.leaf.map(|(key, descending)| {
            let tag = KEYS[key];
            if descending { SortKey::descending(tag) } else { SortKey::ascending(tag) }
        }));
        let expanded = self.order.expanded.min(categories) as u32;
        SortOrderSet { keys, categories: categories as u32, expanded }
    }

    /// What a line shows of the three values.
    fn values(&self, line: &Line) -> [Option<i32>; 3] {
        let mut shown = [None; 3];
        match line {
            Line::Heading { path, .. } => {
                for (level, values) in self.order.levels.iter().zip(path) {
                    level.by.iter().zip(values).for_each(|(by, value)| shown[*by] = *value);
                }
            }
            Line::Leaf(id) => {
                shown = self.item(*id).values;
                self.order
                    .levels
                    .iter()
                    .flat_map(|level| &level.by)
                    .for_each(|by| shown[*by] = None);
            }
        }
        shown
    }

    fn item(&self, id: u64) -> &Item {
        self.items.iter().find(|item| item.id == id).unwrap()
    }
}

/// How many sort keys a level takes, its extreme counted.
fn columns_of(level: &ModelLevel) -> usize {
    level.by.len() + usize::from(level.extreme.is_some())
}

/// Missing values last.
fn place(value: Option<i32>, descending: bool) -> (bool, i32) {
    (value.is_none(), value.map_or(0, |value| if descending { -value } else { value }))
}

fn check(model: &Model, table: &Table) -> Vec<TableRow> {
    let rows = table.query_all(Query::default()).unwrap();
    let lines = model.lines();
    assert_eq!(rows.len(), lines.len(), "{:?}", model.order);
    assert_eq!(table.row_count().unwrap().value, lines.len() as u64);
    for (row, line) in rows.iter().zip(&lines) {
        let number = |at: usize| row.values[at].value.as_i32();
        assert_eq!([number(0), number(1), number(2)], model.values(line), "{line:?}");
        let rest = [number(3), number(4), number(5), number(6)];
        match line {
            Line::Heading { path, count, unread, expanded } => {
                let state = if *expanded { 3 } else { 4 };
                let depth = path.len() as i32 - 1;
                assert_eq!(rest, [Some(state), Some(depth), Some(*count), Some(*unread)]);
                assert_eq!(row.id, 0);
            }
            Line::Leaf(id) => {
                assert_eq!(row.id, *id);
                assert_eq!(rest, [Some(1), Some(model.order.levels.len() as i32), None, None]);
            }
        }
    }
    let one_by_one: Vec<_> = table.rows().map(Result::unwrap).collect();
    assert_eq!(one_by_one, rows);
    let mut keys: Vec<_> = rows.iter().map(|row| key_of(row).to_vec()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), rows.len(), "each has its own key");
    rows
}

fn key_of(row: &TableRow) -> &[u8] {
    row.values[7].value.as_bytes().unwrap()
}

/// Toggles a heading, with a bookmark on another row.
fn toggle(model: &mut Model, table: &Table, number: usize, marked: usize) {
    let rows = check(model, table);
    let lines = model.lines();
    if lines.is_empty() {
        return;
    }
    let (number, marked) = (number % lines.len(), marked % lines.len());
    table.seek(Bookmark::BEGINNING, marked as i64).unwrap();
    let bookmark = table.create_bookmark().unwrap();
    let key = key_of(&rows[number]);
    let Line::Heading { path, expanded, .. } = &lines[number] else {
        assert_eq!(table.expand(key, 1).unwrap_err().code(), ErrorCode::NOT_FOUND);
        assert_eq!(table.collapse(key).unwrap_err().code(), ErrorCode::NOT_FOUND);
        table.free_bookmark(bookmark).unwrap();
        return;
    };
    model.state.insert(path.clone(), !expanded);
    let changed = lines.len().abs_diff(model.lines().len());
    if *expanded {
        assert_eq!(table.collapse(key).unwrap(), changed as u64);
        assert_eq!(table.collapse(key).unwrap(), 0);
    } else {
        let found = table.expand(key, 2).unwrap();
        assert_eq!(found.added, changed as u64);
        let all = table.query_all(Query::default()).unwrap();
        assert_eq!(found.rows, all[number + 1..][..changed.min(2)]);
        // Once more there is nothing to come, and the cursor is after the heading.
        assert_eq!(table.expand(key, 2).unwrap().added, 0);
        assert_eq!(table.position().unwrap().row, number as u64 + 1);
    }
    let hidden = *expanded && marked > number && marked <= number + changed;
    let expected = match (marked > number, hidden, *expanded) {
        (false, ..) => marked,
        (_, true, _) => number + 1,
        (_, _, true) => marked - changed,
        (_, _, false) => marked + changed,
    };
    let found = table.seek(bookmark, 0).unwrap();
    assert_eq!(found.warning, hidden.then_some(Warning::PositionChanged));
    assert_eq!(table.position().unwrap().row, expected as u64);
    table.free_bookmark(bookmark).unwrap();
}

fn step(model: &mut Model, fake: &Arc<Fake>, table: &Table, call: &Call) {
    match call {
        Call::Toggle(number, marked) => toggle(model, table, *number, *marked),
        Call::Restrict(least) => {
            model.least = *least;
            let restriction = least.map(|least| Restriction::property(KEYS[1], RelOp::Ge, least));
            // What is not there any more is forgotten.
            table.restrict(restriction.as_ref()).unwrap();
            let there = model.paths();
            model.state.retain(|path, _| there.contains(path));
        }
        Call::Sort(order) => {
            model.order = order.clone();
            model.state.clear();
            table.sort(model.sort()).unwrap();
        }
        Call::Find(key, value, backward) => {
            let lines = model.lines();
            let fits = |line: &Line| {
                let shown = match line {
                    // A leaf is found by all that its message has.
                    Line::Leaf(id) => model.item(*id).values[*key],
                    Line::Heading { .. } => model.values(line)[*key],
                };
                shown == Some(*value)
            };
            let origin = if *backward { Bookmark::END } else { Bookmark::BEGINNING };
            let expected =
                if *backward { lines.iter().rposition(fits) } else { lines.iter().position(fits) };
            let found = table.find(&Restriction::equals(KEYS[*key], *value), origin, *backward);
            assert_eq!(found.ok().map(|found| found.value as usize), expected);
        }
        Call::Reload(items) => {
            model.items.clone_from(items);
            fill(fake, items);
            table.reload().unwrap();
            table.row_count().unwrap();
            let there = model.paths();
            model.state.retain(|path, _| there.contains(path));
        }
        Call::Remember(number) => {
            let rows = check(model, table);
            if rows.is_empty() {
                return;
            }
            let number = number % rows.len();
            let state = table.collapse_state(key_of(&rows[number])).unwrap();
            let other = fake.table();
            other.set_columns(&COLUMNS).unwrap();
            let restriction =
                model.least.map(|least| Restriction::property(KEYS[1], RelOp::Ge, least));
            other.restrict(restriction.as_ref()).unwrap();
            // How much is expanded at first does not matter.
            other.sort(SortOrderSet { expanded: 0, ..model.sort() }).unwrap();
            let bookmark = other.set_collapse_state(&state).unwrap();
            assert_eq!(check(model, &other), rows);
            other.seek(bookmark, 0).unwrap();
            assert_eq!(other.position().unwrap().row, number as u64);
        }
    }
}

impl Model {
    /// All categories, seen or not.
    fn paths(&self) -> Vec<Path> {
        let order = Order { expanded: usize::MAX, ..self.order.clone() };
        let all = Self { items: self.items.clone(), order, state: HashMap::new(), ..*self };
        let path = |line| match line {
            Line::Heading { path, .. } => Some(path),
            Line::Leaf(_) => None,
        };
        all.lines().into_iter().filter_map(path).collect()
    }
}

fn fill(fake: &Fake, items: &[Item]) {
    let row = |item: &Item| {
        let mut props = vec![Prop::new(tags::MESSAGE_FLAGS, i32::from(item.read))];
        for (tag, value) in KEYS.iter().zip(item.values) {
            props.extend(value.map(|value| Prop::new(*tag, value)));
        }
        (item.id, props)
    };
    fake.set(|inner| inner.rows = items.iter().map(row).collect());
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let value = || option::of(0..3);
    let item = (value(), value(), value(), any::<bool>());
    vec(item, 0..14).prop_map(|items| {
        let item = |((a, b, c, read), id)| Item { id, values: [a, b, c], read };
        items.into_iter().zip(1..).map(item).collect()
    })
}

fn order() -> impl Strategy<Value = Order> {
    let level = |by: Vec<usize>| {
        (any::<bool>(), option::of(any::<bool>())).prop_map(move |(descending, extreme)| {
            ModelLevel { by: by.clone(), descending, extreme }
        })
    };
    let levels = prop_oneof![
        level(vec![0]).prop_map(|level| vec![level]),
        level(vec![0, 1]).prop_map(|level| vec![level]),
        (level(vec![1]), level(vec![0])).prop_map(|(a, b)| vec![a, b]),
    ];
    (levels, 0..5_usize, option::of((1..3_usize, any::<bool>())))
        .prop_map(|(levels, expanded, leaf)| Order { levels, expanded, leaf })
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        (0..20_usize, 0..20_usize).prop_map(|(row, marked)| Call::Toggle(row, marked)),
        (0..20_usize, 0..20_usize).prop_map(|(row, marked)| Call::Toggle(row, marked)),
        option::of(0..3).prop_map(Call::Restrict),
        order().prop_map(Call::Sort),
        (0..3_usize, 0..3, any::<bool>())
            .prop_map(|(key, value, back)| Call::Find(key, value, back)),
        items().prop_map(Call::Reload),
        (0..20_usize).prop_map(Call::Remember),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn categories_are_like_their_model(
        items in items(),
        order in order(),
        calls in vec(call(), 1..16),
        answers in proptest::sample::select(vec![Answers::Nothing, Answers::Numbers, Answers::Queries]),
    ) {
        let fake = Fake::new(Vec::new());
        fake.set(|inner| inner.answers = answers);
        fill(&fake, &items);
        let table = fake.table();
        table.set_columns(&COLUMNS).unwrap();
        let mut model = Model { items, least: None, order, state: HashMap::new() };
        table.sort(model.sort()).unwrap();
        check(&model, &table);
        for call in calls {
            step(&mut model, &fake, &table, &call);
            check(&model, &table);
        }
    }
}

fn by_importance(categories: u32, expanded: u32) -> SortOrderSet {
    let keys = vec![SortKey::ascending(KEYS[0]), SortKey::descending(KEYS[1])];
    SortOrderSet { keys, categories, expanded }
}

#[test]
fn orders_of_categories_are_checked() {
    use SortOrder::{Ascending, CategoryMax, CategoryMin, Combine, Descending};

    let table = Fake::subjects(&["a"]).table();
    let with = |orders: &[SortOrder], categories, expanded| {
        let keys = orders.iter().zip(KEYS).map(|(order, tag)| SortKey { tag, order: *order });
        SortOrderSet { keys: keys.collect(), categories, expanded }
    };
    let cases = [
        (with(&[Ascending], 1, 1), None),
        (with(&[Ascending, Combine], 2, 2), None),
        (with(&[Descending, CategoryMax], 1, 0), None),
        (with(&[Descending, CategoryMin, Ascending], 2, 0), None),
        (with(&[Ascending], 2, 0), Some(ErrorCode::INVALID_PARAMETER)),
        (with(&[Ascending], 1, 2), Some(ErrorCode::INVALID_PARAMETER)),
        (with(&[Combine], 1, 0), Some(ErrorCode::INVALID_PARAMETER)),
        (with(&[CategoryMax], 1, 0), Some(ErrorCode::TOO_COMPLEX)),
        (with(&[Ascending, Combine], 1, 0), Some(ErrorCode::TOO_COMPLEX)),
        (with(&[Ascending, CategoryMax, CategoryMin], 2, 0), Some(ErrorCode::TOO_COMPLEX)),
        (with(&[Ascending, Ascending, CategoryMin], 1, 0), Some(ErrorCode::TOO_COMPLEX)),
    ];
    for (sort, code) in cases {
        assert_eq!(table.sort(sort.clone()).err().map(|error| error.code()), code, "{sort:?}");
    }
}

#[test]
fn what_has_no_categories_has_no_collapse_state() {
    let table = Fake::subjects(&["a"]).table();
    let key = [0; 16];
    assert_eq!(table.expand(&key, 0).unwrap_err().code(), ErrorCode::NOT_FOUND);
    assert_eq!(table.collapse_state(&key).unwrap_err().code(), ErrorCode::NO_SUPPORT);
    table.sort(by_importance(1, 0)).unwrap();
    let state = table.collapse_state(&key).unwrap();
    assert_eq!(table.collapse_state(&key[1..]).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    assert_eq!(
        table.set_collapse_state(&state).unwrap(),
        Bookmark::BEGINNING,
        "there is no such row"
    );
    for broken in [&state[1..], &state[..state.len() - 1], b"", b"MXCS\x02"] {
        let code = table.set_collapse_state(broken).unwrap_err().code();
        assert_eq!(code, ErrorCode::INVALID_PARAMETER);
    }
    table.sort(by_importance(2, 0)).unwrap();
    assert_eq!(table.set_collapse_state(&state).unwrap_err().code(), ErrorCode::UNABLE_TO_COMPLETE);
    table.sort(SortOrderSet::default()).unwrap();
    assert_eq!(table.set_collapse_state(&state).unwrap_err().code(), ErrorCode::NO_SUPPORT);
}

#[test]
fn a_hidden_row_is_found_again_under_its_heading() {
    let fake = Fake::new(Vec::new());
    let item = |id, importance| Item { id, values: [Some(importance), None, None], read: true };
    fill(&fake, &[item(1, 0), item(2, 1), item(3, 1)]);
    let table = fake.table();
    table.set_columns(&COLUMNS).unwrap();
    table.sort(by_importance(1, 1)).unwrap();
    let rows = table.query_all(Query::default()).unwrap();
    let (heading, leaf) = (key_of(&rows[2]), key_of(&rows[4]));
    table.collapse(heading).unwrap();
    let state = table.collapse_state(leaf).unwrap();
    let bookmark = table.set_collapse_state(&state).unwrap();
    table.seek(bookmark, 0).unwrap();
    let found = table.query_rows(1, true).unwrap();
    assert_eq!(key_of(&found[0]), heading);
    let by_key = Restriction::equals(tags::INSTANCE_KEY, heading);
    assert_eq!(table.find(&by_key, Bookmark::BEGINNING, false).unwrap().value, 2);
    let by_key = Restriction::equals(tags::INSTANCE_KEY, leaf);
    let error = table.find(&by_key, Bookmark::BEGINNING, false).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NOT_FOUND, "it cannot be seen");
    let of_heading = |row: &TableRow| row.get(tags::SUBJECT).cloned();
    assert_eq!(of_heading(&found[0]), None::<Value>);
}
