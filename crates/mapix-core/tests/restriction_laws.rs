//! Laws that hold for all restrictions, values and objects.

use std::cmp::Ordering;
use std::sync::LazyLock;

use mapix_core::prop::{
    CodePage, FileTime, Guid, Prop, PropBag, PropTag, PropType, String8, Value, compare_text,
    compare_values,
};
use mapix_core::query::NoNames;
use mapix_core::restriction::{FuzzyLevel, Matcher, RelOp, Restriction};
use mapix_core::{ErrorCode, names};
use proptest::collection::vec;
use proptest::prelude::*;

/// Few IDs, so that restrictions and objects meet.
fn id() -> impl Strategy<Value = u16> {
    0x3000_u16..0x3006
}

/// Letters that differ in case, accents, encoding and width; and anything at all.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aAbB e\u{e9}\u{c9}E\u{301}\u{323}\u{17f}sS\u{3c3}\u{3c2}\u{3a3}\u{ff21}\u{130}\u{131}iI-]{0,5}",
        any::<String>(),
    ]
}

fn string8() -> impl Strategy<Value = String8> {
    let pages = prop_oneof![Just(1252_u16), Just(932), Just(65001), Just(65000), any::<u16>()];
    (vec(any::<u8>(), 0..6), pages).prop_map(|(bytes, page)| String8::new(bytes, CodePage(page)))
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(0_u8..4, 0..5)
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), Just(f64::NAN), Just(-f64::NAN), Just(0.0), Just(-0.0), Just(1.0)]
}

fn many<T: Strategy>(one: T) -> impl Strategy<Value = Box<[T::Value]>> {
    vec(one, 0..4).prop_map(Into::into)
}

/// For each type: values of that type.
fn types() -> Vec<BoxedStrategy<Value>> {
    vec![
        any::<i16>().prop_map(Value::I16).boxed(),
        (-3..3_i32).prop_map(Value::I32).boxed(),
        any::<i64>().prop_map(Value::I64).boxed(),
        any::<i64>().prop_map(Value::Currency).boxed(),
        any::<f32>().prop_map(Value::F32).boxed(),
        float().prop_map(Value::F64).boxed(),
        float().prop_map(Value::AppTime).boxed(),
        any::<bool>().prop_map(Value::Bool).boxed(),
        any::<i64>().prop_map(|ticks| Value::Time(FileTime(ticks))).boxed(),
        any::<[u8; 16]>().prop_map(|bytes| Value::Guid(Guid(bytes))).boxed(),
        prop_oneof![text().prop_map(Value::from), string8().prop_map(Value::from)].boxed(),
        bytes().prop_map(|b| Value::Binary(b.into())).boxed(),
        bytes().prop_map(|b| Value::SvrEid(b.into())).boxed(),
        bytes().prop_map(|b| Value::Object(b.into())).boxed(),
        bytes().prop_map(|b| Value::Raw(PropType(0x0777), b.into())).boxed(),
        bytes().prop_map(|b| Value::Raw(PropType::UNICODE, b.into())).boxed(),
        many(any::<i16>()).prop_map(Value::MvI16).boxed(),
        many(-3..3_i32).prop_map(Value::MvI32).boxed(),
        many(any::<i64>()).prop_map(Value::MvI64).boxed(),
        many(any::<f32>()).prop_map(Value::MvF32).boxed(),
        many(float()).prop_map(Value::MvF64).boxed(),
        many(any::<i64>().prop_map(FileTime)).prop_map(Value::MvTime).boxed(),
        many(text().prop_map(Into::into)).prop_map(Value::MvUnicode).boxed(),
        many(string8()).prop_map(Value::MvString8).boxed(),
        many(bytes().prop_map(Into::into)).prop_map(Value::MvBinary).boxed(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let others = prop_oneof![
        Just(Value::Null),
        Just(Value::Error(ErrorCode::NOT_FOUND)),
        Just(Value::Error(ErrorCode::NOT_ENOUGH_MEMORY)),
        (any::<u16>(), any::<u64>()).prop_map(|(t, size)| Value::Large(PropType(t), size)),
        (any::<u16>(), bytes()).prop_map(|(t, bytes)| Value::Raw(PropType(t), bytes.into())),
        Just(Value::Restriction(Box::new(Restriction::or([])))),
    ];
    prop_oneof![3 => prop::strategy::Union::new(types()), 1 => others]
}

fn op() -> impl Strategy<Value = RelOp> {
    prop_oneof![
        Just(RelOp::Lt),
        Just(RelOp::Le),
        Just(RelOp::Gt),
        Just(RelOp::Ge),
        Just(RelOp::Eq),
        Just(RelOp::Ne)
    ]
}

fn fuzzy() -> impl Strategy<Value = FuzzyLevel> {
    let ways = prop_oneof![Just(0_u32), Just(1), Just(2), Just(0x10), Just(0x20)];
    (ways, 0_u32..8).prop_map(|(way, high)| FuzzyLevel(way | high << 16))
}

/// The types fit: it can be evaluated.
fn leaf() -> impl Strategy<Value = Restriction> {
    let scalars = prop::strategy::Union::new(types().into_iter().take(13).collect::<Vec<_>>());
    prop_oneof![
        (op(), id(), scalars).prop_map(|(op, id, value)| {
            Restriction::property(PropTag::new(id, value.prop_type()), op, value)
        }),
        (fuzzy(), id(), text()).prop_map(|(fuzzy, id, text)| Restriction::Content {
            tag: PropTag::new(id, PropType::UNSPECIFIED),
            fuzzy,
            value: text.into(),
        }),
        (op(), id(), id()).prop_map(|(op, left, right)| Restriction::CompareProps {
            op,
            left: PropTag::new(left, PropType::UNSPECIFIED),
            right: PropTag::new(right, PropType::UNSPECIFIED),
        }),
        (id(), 0_u32..4, any::<bool>()).prop_map(|(id, mask, non_zero)| Restriction::BitMask {
            tag: PropTag::new(id, PropType::UNSPECIFIED),
            mask,
            non_zero,
        }),
        (op(), id(), 0_u32..10).prop_map(|(op, id, size)| Restriction::Size {
            op,
            tag: PropTag::new(id, PropType::UNSPECIFIED),
            size,
        }),
        id().prop_map(|id| Restriction::exists(PropTag::new(id, PropType::UNSPECIFIED))),
    ]
}

fn tree() -> impl Strategy<Value = Restriction> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Restriction::And),
            vec(inner.clone(), 0..4).prop_map(Restriction::Or),
            inner.clone().prop_map(Restriction::not),
            inner.clone().prop_map(|inner| Restriction::Comment {
                props: Vec::new(),
                restriction: Some(Box::new(inner)),
            }),
            (1..u32::MAX, inner).prop_map(|(count, inner)| Restriction::Count {
                count,
                restriction: Box::new(inner),
            }),
        ]
    })
}

/// Any tree at all, right or wrong.
fn wild() -> impl Strategy<Value = Restriction> {
    let tag = || (id(), any::<u16>()).prop_map(|(id, t)| PropTag::new(id, PropType(t)));
    let leaf = prop_oneof![
        leaf(),
        (any::<u32>(), tag(), value()).prop_map(|(level, tag, value)| Restriction::Content {
            tag,
            fuzzy: FuzzyLevel(level),
            value,
        }),
        (id(), fuzzy(), value()).prop_map(|(id, fuzzy, value)| Restriction::Content {
            tag: PropTag::new(id, value.prop_type()),
            fuzzy,
            value,
        }),
        (op(), id(), value()).prop_map(|(op, id, value)| {
            Restriction::property(PropTag::new(id, value.prop_type()), op, value)
        }),
        (op(), tag(), value()).prop_map(|(op, tag, value)| Restriction::property(tag, op, value)),
        (tag(), any::<u32>()).prop_map(|(tag, mask)| Restriction::BitMask {
            tag,
            mask,
            non_zero: true,
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Restriction::And),
            inner.clone().prop_map(Restriction::not),
            inner.prop_map(|inner| Restriction::Sub {
                subobject: PropTag(0x0E12_000D),
                restriction: Box::new(inner),
            }),
        ]
    })
}

static KNOWN: LazyLock<Vec<PropTag>> =
    LazyLock::new(|| (0..0x8000).flat_map(names::tags_with_id).map(|info| info.tag).collect());

/// Any tree that there can be, with tags that have names and others.
fn anything() -> impl Strategy<Value = Restriction> {
    let tag = || {
        let known = (0..KNOWN.len()).prop_map(|index| KNOWN[index]);
        prop_oneof![any::<u32>().prop_map(PropTag), known]
    };
    let op = || prop_oneof![9 => op(), 1 => Just(RelOp::Re), 1 => Just(RelOp::MemberOfDl)];
    let level = || prop_oneof![fuzzy(), any::<u32>().prop_map(FuzzyLevel)];
    let leaf = prop_oneof![
        wild(),
        (op(), tag(), value()).prop_map(|(op, tag, value)| Restriction::Property {
            op,
            tag,
            value
        }),
        (op(), id(), value()).prop_map(|(op, id, value)| Restriction::Property {
            op,
            tag: PropTag::new(id, PropType(value.prop_type().0)),
            value,
        }),
        (level(), tag(), value()).prop_map(|(fuzzy, tag, value)| Restriction::Content {
            tag,
            fuzzy,
            value
        }),
        (op(), tag(), tag()).prop_map(|(op, left, right)| Restriction::CompareProps {
            op,
            left,
            right
        }),
        (op(), tag(), any::<u32>()).prop_map(|(op, tag, size)| Restriction::Size { op, tag, size }),
        tag().prop_map(Restriction::exists),
        (vec((tag(), value()), 0..3), any::<bool>()).prop_map(|(props, inner)| {
            let restriction = inner.then(|| Box::new(Restriction::or([])));
            Restriction::Comment { props, restriction }
        }),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Restriction::And),
            vec(inner.clone(), 0..4).prop_map(Restriction::Or),
            inner.clone().prop_map(Restriction::not),
            (tag(), inner.clone()).prop_map(|(subobject, inner)| Restriction::Sub {
                subobject,
                restriction: Box::new(inner),
            }),
            (any::<u32>(), inner.clone()).prop_map(|(count, inner)| Restriction::Count {
                count,
                restriction: Box::new(inner),
            }),
            (tag(), inner.clone()).prop_map(|(tag, inner)| {
                Restriction::equals(tag, Value::Restriction(Box::new(inner)))
            }),
            (vec((tag(), value()), 0..3), inner).prop_map(|(props, inner)| Restriction::Comment {
                props,
                restriction: Some(Box::new(inner)),
            }),
        ]
    })
}

/// Without large values, so that it can be evaluated.
fn object() -> impl Strategy<Value = PropBag> {
    let values = prop::strategy::Union::new(types());
    vec((id(), values), 0..5).prop_map(|props| {
        props
            .into_iter()
            .map(|(id, value)| Prop::new(PropTag(u32::from(id) << 16), value))
            .collect()
    })
}

fn any_object() -> impl Strategy<Value = PropBag> {
    vec((id(), value()), 0..5).prop_map(|props| {
        props
            .into_iter()
            .map(|(id, value)| Prop::new(PropTag(u32::from(id) << 16), value))
            .collect()
    })
}

fn holds(restriction: &Restriction, object: &PropBag) -> bool {
    Matcher::new(restriction).unwrap().matches(object).unwrap()
}

fn three_of_a_type() -> impl Strategy<Value = [Value; 3]> {
    let triples = types()
        .into_iter()
        .map(|one| (one.clone(), one.clone(), one).prop_map(|(a, b, c)| [a, b, c]).boxed());
    prop::strategy::Union::new(triples.collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_printed_reads_back_as_the_same(tree in anything()) {
        let text = tree.to_string();
        prop_assert!(!text.contains(char::is_control), "{}", text);
        let parsed = Restriction::parse(&text, &NoNames);
        let parsed = parsed.map_err(|error| TestCaseError::fail(error.render(&text, 200)))?;
        // Not by `==`: NaN would be another NaN.
        prop_assert_eq!(format!("{parsed:?}"), format!("{tree:?}"), "{}", text);
    }

    #[test]
    fn de_morgan(all in vec(tree(), 0..4), object in object()) {
        let not = |all: &[Restriction]| all.iter().cloned().map(Restriction::not).collect();
        let and = Restriction::not(Restriction::And(all.clone()));
        prop_assert_eq!(holds(&and, &object), holds(&Restriction::Or(not(&all)), &object));
        let or = Restriction::not(Restriction::Or(all.clone()));
        prop_assert_eq!(holds(&or, &object), holds(&Restriction::And(not(&all)), &object));
    }

    #[test]
    fn identities(one in tree(), object in object()) {
        let expected = holds(&one, &object);
        let not = Restriction::not(one.clone());
        prop_assert_eq!(holds(&not, &object), !expected);
        prop_assert_eq!(holds(&Restriction::not(not.clone()), &object), expected);
        for same in [
            Restriction::and([one.clone()]),
            Restriction::or([one.clone()]),
            Restriction::and([one.clone(), Restriction::and([])]),
            Restriction::or([Restriction::or([]), one.clone()]),
            Restriction::and([one.clone(), one.clone()]),
        ] {
            prop_assert_eq!(holds(&same, &object), expected);
        }
        prop_assert!(!holds(&Restriction::and([one.clone(), not.clone()]), &object));
        prop_assert!(holds(&Restriction::or([one, not]), &object));
    }

    #[test]
    fn columns_are_enough(tree in tree(), object in object()) {
        let ids: Vec<u16> = tree.columns().iter().map(|tag| tag.id()).collect();
        let row: PropBag =
            object.iter().filter(|prop| ids.contains(&prop.tag.id())).cloned().collect();
        prop_assert_eq!(holds(&tree, &row), holds(&tree, &object));
    }

    #[test]
    fn a_fresh_counter_limits_nothing_above_zero(tree in tree(), object in object()) {
        let matcher = Matcher::new(&tree).unwrap();
        let first = matcher.matches_next(&mut matcher.counter(), &object).unwrap();
        prop_assert_eq!(first, matcher.matches(&object).unwrap());
    }

    #[test]
    fn nothing_panics(tree in wild(), object in any_object()) {
        prop_assert!(!tree.to_string().is_empty());
        prop_assert!(tree.node_count() > 0);
        let _ = (tree.columns(), tree.needs_subobjects());
        if let Ok(matcher) = Matcher::new(&tree) {
            let _ = matcher.matches(&object);
            let _ = matcher.matches_next(&mut matcher.counter(), &object);
        }
    }

    #[test]
    fn the_order_of_each_type_is_total([a, b, c] in three_of_a_type()) {
        let order = |a: &Value, b: &Value| compare_values(a, b).unwrap();
        prop_assert_eq!(order(&a, &a), Ordering::Equal);
        prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
        if order(&a, &b).is_le() && order(&b, &c).is_le() {
            prop_assert!(order(&a, &c).is_le());
        }
        if order(&a, &b).is_eq() {
            prop_assert_eq!(order(&a, &c), order(&b, &c));
        }
    }

    #[test]
    fn any_two_values_have_opposite_orders(a in value(), b in value()) {
        prop_assert_eq!(compare_values(&a, &b), compare_values(&b, &a).map(Ordering::reverse));
    }

    #[test]
    fn relations_and_contents_agree_on_equal_text(a in text(), b in text()) {
        let mut object = PropBag::new();
        let tag = PropTag(0x3001_001F);
        object.set(tag, a.as_str());
        let content = |level: u32| Restriction::Content {
            tag,
            fuzzy: FuzzyLevel(level),
            value: b.as_str().into(),
        };
        let equal = holds(&Restriction::equals(tag, b.as_str()), &object);
        prop_assert_eq!(equal, compare_text(&a, &b).is_eq());
        prop_assert_eq!(equal, holds(&content(0x1_0000), &object));
        // Whatever is equal still is when less is looked at.
        if equal {
            prop_assert!(holds(&content(0x4_0000), &object));
            prop_assert!(holds(&content(0x3_0000), &object));
        }
        if holds(&content(0), &object) {
            prop_assert!(holds(&content(1), &object) && holds(&content(2), &object));
            prop_assert!(holds(&content(0x20), &object) && holds(&content(0x10), &object));
        }
    }
}

proptest! {
    // Names that are wrong are looked for among all, which takes its time.
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_read_or_refused(
        text in "(PR_SUBJECT|0x8000001F|exists|is|not|and|or|any of|size of|the first|comment|fits                 |contains|true|null|raw|cp1252|PT_LONG|PT_MV_LONG|[ ()=<>&,:'\"\\\\x0-9{}]|\\[|\\]| ){0,20}"
    ) {
        if let Err(error) = Restriction::parse(&text, &NoNames) {
            prop_assert!(error.span().end <= text.len() + 1, "{}", text);
            prop_assert_eq!(error.render(&text, 60).lines().count(), 3);
        }
    }
}

#[test]
fn the_deepest_tree_reads_back() {
    let mut deep = Restriction::and([]);
    for _ in 1..Restriction::MAX_DEPTH {
        deep = Restriction::not(deep);
    }
    assert_eq!(Restriction::parse(&deep.to_string(), &NoNames).unwrap(), deep);
    for deeper in [
        format!("not ({deep})"),
        "not ".repeat(1000) + "true",
        "(".repeat(100_000),
        "any of PR_MESSAGE_RECIPIENTS fits ".repeat(5000) + "true",
    ] {
        let error = Restriction::parse(&deeper, &NoNames).unwrap_err();
        assert!(error.message().contains("too deep"), "{error}");
    }
    let wide = vec!["true"; Restriction::MAX_NODES].join(" and ");
    assert!(Restriction::parse(&wide, &NoNames).is_err());
}
