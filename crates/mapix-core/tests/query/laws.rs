//! Laws that hold for all texts and all queries.

use mapix_core::prop::{FileTime, Guid, PropName, PropTag, PropType, Value, guids, tags};
use mapix_core::query::{
    DateField, DateSpan, Held, Importance, Mark, NoNames, Place, Property, Query, SizeRange, Test,
    Text, TextField, Whole,
};
use mapix_core::restriction::{Matcher, RelOp, Restriction};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{parse, try_parse};

/// Letters that mean something in queries, and anything at all.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aB \"\\\\()*:.-]{0,8}",
        "[a-c]{1,3}",
        select(vec!["AND", "OR", "NOT", "-a", "a:b", "..", "\u{345}", "\u{e9}", "a\u{301}"])
            .prop_map(String::from),
        any::<String>(),
    ]
}

fn words() -> impl Strategy<Value = Text> {
    (text(), any::<bool>()).prop_filter_map("no letter", |(text, goes_on)| {
        if goes_on { Text::prefix(&text) } else { Text::new(&text) }
    })
}

fn whole() -> impl Strategy<Value = Whole> {
    (text(), 0..3).prop_filter_map("empty", |(text, kind)| match kind {
        _ if text.is_empty() => None,
        0 => Some(Whole::Anything),
        1 => Some(Whole::Is(text.into())),
        _ => Some(Whole::StartsWith(text.into())),
    })
}

/// From 1601 to 9999, at whole units or anywhere.
fn time() -> impl Strategy<Value = FileTime> {
    let units = select(vec![1, 10_000_000, 600_000_000, 864_000_000_000_i64]);
    let last = FileTime::from_civil(9999, 12, 31, 0).unwrap().0;
    prop_oneof![
        (0..last, units).prop_map(|(ticks, unit)| FileTime(ticks / unit * unit)),
        (1601..9999_i64, 1..13_u8)
            .prop_map(|(year, month)| FileTime::from_civil(year, month, 1, 0).unwrap()),
    ]
}

fn span() -> impl Strategy<Value = DateSpan> {
    (proptest::option::of(time()), proptest::option::of(time())).prop_filter_map(
        "empty",
        |(from, until)| {
            let until = until.filter(|until| until.0 > 0);
            let fits = from.zip(until).is_none_or(|(from, until)| from < until);
            fits.then_some(DateSpan { from, until })
        },
    )
}

fn size() -> impl Strategy<Value = SizeRange> {
    let bound = || proptest::option::of(prop_oneof![any::<u64>(), 0..10_u64, Just(1 << 20)]);
    (bound(), bound()).prop_filter_map("empty", |(min, max)| {
        let fits = min.or(max).is_some() && min.zip(max).is_none_or(|(min, max)| min <= max);
        fits.then_some(SizeRange { min, max })
    })
}

fn op() -> impl Strategy<Value = RelOp> {
    select(vec![RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge, RelOp::Eq, RelOp::Ne])
}

fn property() -> impl Strategy<Value = Query> {
    let values = prop_oneof![
        any::<i16>().prop_map(Value::I16),
        any::<i32>().prop_map(Value::I32),
        any::<i64>().prop_map(Value::I64),
        any::<i64>().prop_map(Value::Currency),
        any::<f32>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::F32),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::F64),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::AppTime),
        any::<bool>().prop_map(Value::Bool),
        any::<[u8; 16]>().prop_map(|bytes| Value::Guid(Guid(bytes))),
        vec(any::<u8>(), 0..9).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let is = (0x6800..0x7FFF_u16, op(), values).prop_map(|(id, op, value)| {
        let property = Property::Tag(PropTag::new(id, value.prop_type()));
        Query::Property { property, test: Test::Is(op, value) }
    });
    let named = (text(), op(), text()).prop_filter_map("no name", |(name, op, value)| {
        let name = name.trim();
        let fits = !name.is_empty() && !name.starts_with("0x") && name.len() < 500;
        let property = Property::Named(PropName::name(guids::PS_PUBLIC_STRINGS, name));
        let test = Test::Is(op, value.into());
        fits.then_some(Query::Property { property, test })
    });
    let of = |tag: PropTag, test: Test| Query::Property { property: Property::Tag(tag), test };
    prop_oneof![
        is,
        named,
        any::<u32>().prop_map(move |id| of(PropTag(id), Test::Exists)),
        (1..=u32::MAX).prop_map(move |bits| of(tags::MESSAGE_FLAGS, Test::Bits(bits))),
        text().prop_map(move |text| of(tags::SUBJECT, Test::Contains(text.into()))),
        span()
            .prop_filter("any", |span| *span != DateSpan::ALWAYS)
            .prop_map(move |span| { of(PropTag::new(0x6900, PropType::TIME), Test::Within(span)) }),
    ]
}

fn leaf() -> impl Strategy<Value = Query> {
    prop_oneof![
        1 => text().prop_map(|text| {
            let is = Restriction::contains(tags::SUBJECT, text);
            Query::Restriction(is.to_string().into())
        }),
        4 => (select(TextField::ALL.to_vec()), words())
            .prop_map(|(field, text)| Query::text(field, text)),
        1 => select(TextField::ALL.to_vec())
            .prop_map(|field| Query::text(field, Text::Anything)),
        1 => whole().prop_map(Query::Class),
        1 => whole().prop_map(Query::Category),
        1 => text().prop_filter_map("no id", |id| {
            let id = id.trim_matches(|c: char| c.is_whitespace() || "<>".contains(c));
            (!id.is_empty()).then(|| Query::MessageId(id.into()))
        }),
        2 => (select(DateField::ALL.to_vec()), span())
            .prop_map(|(field, span)| Query::Date { field, span }),
        1 => size().prop_map(Query::Size),
        1 => select(Importance::ALL.to_vec()).prop_map(Query::Importance),
        1 => select(Mark::ALL.to_vec()).prop_map(Query::Mark),
        1 => select(Held::ALL.to_vec()).prop_map(Query::Held),
        1 => (text(), any::<bool>()).prop_filter_map("no folder", |(text, exact)| {
            let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            try_parse(&format!("folder:{}{quoted}", if exact { "=" } else { "" })).ok()
        }),
        3 => property(),
    ]
}

/// Plain trees.
fn tree() -> impl Strategy<Value = Query> {
    leaf().prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Query::and),
            vec(inner.clone(), 0..5).prop_map(Query::or),
            inner.prop_map(Query::negate),
        ]
    })
}

/// Pieces of queries, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        "b*",
        "\"",
        "\"c d\"",
        "(",
        ")",
        "-",
        "*",
        " ",
        " ",
        "AND",
        "OR",
        "NOT ",
        "subject:",
        "from:",
        "received:",
        "size:",
        "prop:",
        "PR_SUBJECT",
        "PR_START_DATE",
        "0x",
        "8001",
        "is:",
        "read",
        "folder:",
        "/",
        "=",
        "<",
        ">",
        "!=",
        "~",
        "&",
        "..",
        "2024",
        "-05",
        "7d",
        "1m",
        "today",
        "class:",
        "category:",
        "message-id:",
        "\\",
        "\u{e9}",
        "\u{3000}",
        "\u{65e5}",
        "{",
        "}:",
        "%2F",
        "\0",
    ]);
    vec(prop_oneof![8 => piece.prop_map(String::from), 1 => any::<String>()], 0..14)
        .prop_map(|pieces| pieces.concat())
}

/// Whatever is understood prints as what is understood the same, and can be evaluated.
fn check(text: &str) {
    match try_parse(text) {
        Ok(query) => {
            assert_eq!(parse(&query.to_string()), query);
            for held in Held::ALL {
                let place = Place { folder: Some(&["a".into(), "b".into()]), held };
                let restriction = query.to_restriction(&NoNames, &place).unwrap();
                Matcher::new(&restriction).unwrap();
            }
        }
        Err(error) => {
            assert!(error.span().end <= text.len() + 1);
            assert!(text.is_char_boundary(error.span().start));
            assert_eq!(error.render(text, 60).lines().count(), 3, "{}", error.render(text, 60));
            assert!(!error.to_string().contains('\n'));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if std::env::var_os("MAPIX_SLOW").is_some() { 20_000 } else { 512 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn queries_print_as_text_that_parses_to_them(query in tree()) {
        let text = query.to_string();
        let again = try_parse(&text).map_err(|error| TestCaseError::fail(error.render(&text, 200)))?;
        prop_assert_eq!(again, query, "{}", text);
    }

    #[test]
    fn any_text_is_understood_or_refused(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_pieces_are_understood_or_refused(text in pieces()) {
        check(&text);
    }

    #[test]
    fn bytes_are_understood_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }
}
