//! What the store answers, beside what the core finds in its rows.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use mapix_core::prop::{FileTime, PropBag, PropTag, PropType, Value, compare_values, tags};
use mapix_core::restriction::{FuzzyLevel, Matcher, RelOp, Restriction};
use mapix_core::store::{
    Change, MessageStore, MessageUpdate, Row, RowQuery, RowSource, StreamUpdate,
};
use mapix_core::table::{SortKey, SortOrder};
use proptest::prelude::*;

use crate::LocalStore;

const OTHER: PropTag = PropTag::new(0x6701, PropType::I32);
const NOTE: PropTag = PropTag::new(0x6702, PropType::UNICODE);

fn store(mails: &[PropBag]) -> (tempfile::TempDir, LocalStore, u64) {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::create(directory.path().join("a.mapix")).unwrap();
    let parent = store.info().root;
    let folder =
        Change::CreateFolder { parent, search: false, properties: PropBag::new(), copy_of: None };
    let folder = store.commit(vec![folder]).unwrap().created[0];
    let messages = mails.iter().map(|props| Change::CreateMessage {
        folder,
        associated: false,
        content: MessageUpdate { set: props.clone(), ..MessageUpdate::default() },
    });
    store.commit(messages.collect()).unwrap();
    (directory, store, folder)
}

fn rows(store: &LocalStore, source: &RowSource) -> Vec<Row> {
    let mut rows = Vec::new();
    let visited = store.rows(source, None, &mut |row| {
        rows.push(row.unwrap());
        ControlFlow::Continue(())
    });
    visited.unwrap();
    rows
}

/// What the core makes of the rows.
fn expected(rows: &[Row], query: &RowQuery<'_>) -> Vec<u64> {
    let matcher = query.restriction.map(|restriction| Matcher::new(restriction).unwrap());
    let fits = |row: &&Row| matcher.as_ref().is_none_or(|m| m.matches(&row.props).unwrap());
    let mut fitting: Vec<&Row> = rows.iter().filter(fits).collect();
    fitting.sort_by(|a, b| {
        let orders =
            query.sort.iter().map(|key| match (a.props.get(key.tag), b.props.get(key.tag)) {
                (Some(a), Some(b)) if key.order == SortOrder::Descending => {
                    compare_values(b, a).unwrap()
                }
                (Some(a), Some(b)) => compare_values(a, b).unwrap(),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    let ids = fitting.into_iter().map(|row| row.id);
    ids.take(query.limit.unwrap_or(usize::MAX)).collect()
}

fn mails() -> impl Strategy<Value = Vec<PropBag>> {
    let texts = || {
        let all = ["Report", "report", "\u{c9}clair", "eclair", "", "a much longer subject", "z%_"];
        proptest::option::of(proptest::sample::select(all.to_vec()))
    };
    let long = proptest::sample::select(vec![false, false, false, false, true]);
    let one = (
        (texts(), texts(), long, proptest::option::of(0_i64..5)),
        (proptest::option::of(-2_i32..4), -1_i32..5, proptest::option::of(0_i32..3), texts()),
    );
    proptest::collection::vec(one, 0..20).prop_map(|all| {
        let each =
            all.into_iter().map(|((subject, sender, long, time), (size, flags, other, note))| {
                let mut bag = PropBag::new();
                bag.set(tags::MESSAGE_CLASS, "IPM.Note");
                bag.set(tags::MESSAGE_FLAGS, flags);
                if let Some(subject) = subject {
                    let long = if long { "y".repeat(300) } else { String::new() };
                    bag.set(tags::SUBJECT, format!("{subject}{long}"));
                }
                if let Some(sender) = sender {
                    bag.set(tags::SENDER_NAME, sender);
                }
                if let Some(time) = time {
                    bag.set(tags::MESSAGE_DELIVERY_TIME, Value::Time(FileTime(time)));
                }
                if let Some(size) = size {
                    bag.set(tags::IMPORTANCE, size);
                }
                if let Some(other) = other {
                    bag.set(OTHER, other);
                }
                if let Some(note) = note {
                    bag.set(NOTE, note);
                }
                bag
            });
        each.collect()
    })
}

fn restrictions() -> impl Strategy<Value = Restriction> {
    let op = proptest::sample::select(vec![
        RelOp::Lt,
        RelOp::Le,
        RelOp::Gt,
        RelOp::Ge,
        RelOp::Eq,
        RelOp::Ne,
    ]);
    let number = proptest::sample::select(vec![tags::MESSAGE_FLAGS, tags::IMPORTANCE, OTHER]);
    let text = proptest::sample::select(vec![tags::SUBJECT, tags::SENDER_NAME, NOTE]);
    let word =
        proptest::sample::select(vec!["report", "E", "\u{e9}clair", "long", "", "%_", "re_ort"]);
    let level = proptest::sample::select(vec![
        FuzzyLevel::SUBSTRING | FuzzyLevel::IGNORE_CASE,
        FuzzyLevel::PREFIX,
        FuzzyLevel::FULL_STRING | FuzzyLevel::IGNORE_NON_SPACE,
        FuzzyLevel::PHRASE_MATCH | FuzzyLevel::LOOSE,
    ]);
    let leaf = prop_oneof![
        (number.clone(), op.clone(), -2_i32..5)
            .prop_map(|(tag, op, value)| Restriction::property(tag, op, value)),
        (op.clone(), 0_i64..5).prop_map(|(op, time)| {
            Restriction::property(tags::MESSAGE_DELIVERY_TIME, op, Value::Time(FileTime(time)))
        }),
        (text.clone(), op, word.clone())
            .prop_map(|(tag, op, word)| Restriction::property(tag, op, word)),
        (text.clone(), level, word).prop_map(|(tag, fuzzy, word)| Restriction::Content {
            tag,
            fuzzy,
            value: word.into()
        }),
        (number.clone(), 0_u32..4, any::<bool>())
            .prop_map(|(tag, mask, non_zero)| Restriction::BitMask { tag, mask, non_zero }),
        (number, text)
            .prop_map(|(a, b)| Restriction::or([Restriction::exists(a), Restriction::exists(b)])),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Restriction::And),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Restriction::Or),
            inner.prop_map(Restriction::not),
        ]
    })
}

fn sorts() -> impl Strategy<Value = Vec<SortKey>> {
    let tag = proptest::sample::select(vec![
        tags::MESSAGE_DELIVERY_TIME,
        tags::SUBJECT,
        tags::SENDER_NAME,
        tags::IMPORTANCE,
        OTHER,
        NOTE,
    ]);
    let key = (tag, any::<bool>()).prop_map(|(tag, ascending)| {
        if ascending { SortKey::ascending(tag) } else { SortKey::descending(tag) }
    });
    proptest::collection::vec(key, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_store_answers_what_the_core_finds(
        mails in mails(),
        asked in proptest::collection::vec(
            (proptest::option::of(restrictions()), sorts(), proptest::option::of(0_usize..6)),
            12,
        ),
    ) {
        let (_directory, store, folder) = store(&mails);
        let source = RowSource::Contents(folder);
        let rows = rows(&store, &source);
        for (restriction, sort, limit) in &asked {
            let restriction = restriction.as_ref();
            let query = RowQuery { source: &source, restriction, sort, limit: *limit };
            let found = store.query(&query).unwrap().expect("all of this is for the store");
            prop_assert_eq!(found, expected(&rows, &query), "{:?}", query);
        }
    }
}

#[test]
fn what_the_core_decides_is_left_to_it() {
    let mut large = PropBag::new();
    large.set(tags::MESSAGE_FLAGS, 1);
    let mut stored = large.clone();
    stored.set(tags::SUBJECT, 5);
    let (_directory, store, folder) = store(&[large, stored]);
    let text = "x".repeat(10_000).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let data = Box::new(std::io::Cursor::new(text));
    let content = MessageUpdate {
        streams: vec![StreamUpdate { tag: tags::BODY, data }],
        ..MessageUpdate::default()
    };
    store.commit(vec![Change::CreateMessage { folder, associated: false, content }]).unwrap();
    let source = RowSource::Contents(folder);
    let ask = |restriction: Option<&Restriction>, sort: &[SortKey]| {
        store.query(&RowQuery { source: &source, restriction, sort, limit: None }).unwrap()
    };
    // Large text, what is worked out, what has a default, different types, counts.
    assert_eq!(ask(Some(&Restriction::contains(tags::BODY, "x")), &[]), None);
    assert_eq!(ask(None, &[SortKey::ascending(tags::HASATTACH)]), None);
    assert_eq!(ask(None, &[SortKey::ascending(tags::MESSAGE_CLASS)]), None);
    let counted = Restriction::Count { count: 1, restriction: Box::new(Restriction::and([])) };
    assert_eq!(ask(Some(&counted), &[]), None);
    let any = tags::SUBJECT.with_type(PropType::UNSPECIFIED);
    assert_eq!(ask(Some(&Restriction::exists(any)), &[]).map(|ids| ids.len()), Some(1));
    assert_eq!(ask(Some(&Restriction::exists(tags::SUBJECT)), &[]).map(|ids| ids.len()), Some(0));
    let missing = RowSource::Contents(999);
    assert!(
        store
            .query(&RowQuery { source: &missing, restriction: None, sort: &[], limit: None })
            .is_err()
    );
}

#[test]
fn rows_of_one_time_keep_the_order_of_the_store() {
    let mail = |time: Option<i64>| {
        let mut bag = PropBag::new();
        time.into_iter().for_each(|time| {
            bag.set(tags::MESSAGE_DELIVERY_TIME, Value::Time(FileTime(time)));
        });
        bag
    };
    let (_directory, store, folder) =
        store(&[mail(Some(2)), mail(None), mail(Some(1)), mail(Some(2)), mail(None)]);
    let source = RowSource::Contents(folder);
    let first = rows(&store, &source)[0].id;
    for (key, order) in [
        (SortKey::ascending(tags::MESSAGE_DELIVERY_TIME), [2, 0, 3, 1, 4]),
        (SortKey::descending(tags::MESSAGE_DELIVERY_TIME), [0, 3, 2, 1, 4]),
    ] {
        for limit in 0..6 {
            let query =
                RowQuery { source: &source, restriction: None, sort: &[key], limit: Some(limit) };
            let found = store.query(&query).unwrap().unwrap();
            let order: Vec<u64> = order.iter().take(limit).map(|at| first + at).collect();
            assert_eq!(found, order);
        }
    }
}
