//! Restrictions as bytes, there and back.

mod actions;

use mapix_core::ErrorCode;
use mapix_core::prop::{
    CodePage, FileTime, Guid, NameKind, PropName, PropTag, PropType, String8, Value, guids, tags,
};
use mapix_core::restriction::{FuzzyLevel, RelOp, Restriction};
use proptest::collection::vec;
use proptest::prelude::*;

/// The extended rule conditions of MFCMAPI's unit tests (MIT licence), in hexadecimal: what
/// Outlook and Exchange wrote.
const RULES: &str = include_str!("rules.hex");

/// The conditions in [`RULES`].
fn conditions() -> Vec<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    RULES.lines().map(|line| line.trim().as_bytes().chunks(2).map(byte).collect()).collect()
}

/// The restrictions in them, without the named properties that stand before each.
fn rules() -> Vec<Vec<u8>> {
    let rule = |bytes: Vec<u8>| {
        let names = usize::from(u16::from_le_bytes(*bytes.first_chunk().unwrap()));
        if names == 0 {
            return bytes[2..].to_vec();
        }
        let (size, rest) = bytes[2 + 2 * names..].split_first_chunk().unwrap();
        rest[u32::from_le_bytes(*size) as usize..].to_vec()
    };
    conditions().into_iter().map(rule).collect()
}

#[test]
fn what_outlook_wrote_is_read() {
    let rules = rules();
    let read = |n: usize| Restriction::from_bytes(&rules[n], CodePage::WESTERN).unwrap();

    let sender = PropTag(0x0C1D_0102);
    let part = b"test01@test1.COM".to_vec();
    let expected =
        Restriction::Content { tag: sender, fuzzy: FuzzyLevel::SUBSTRING, value: part.into() };
    assert_eq!(read(0), expected);

    let address = || Restriction::Content {
        tag: tags::SENDER_EMAIL_ADDRESS,
        fuzzy: FuzzyLevel::FULL_STRING | FuzzyLevel::IGNORE_CASE,
        value: "test@example.com".into(),
    };
    let Restriction::And(all) = read(1) else { panic!("it is {:?}", read(1)) };
    let [Restriction::Or(any), Restriction::Not(_)] = &all[..] else { panic!("it is {all:?}") };
    assert_eq!(any[0], Restriction::or([address(), address(), address()]));

    let Restriction::Comment { props, restriction } = read(2) else { panic!("{:?}", read(2)) };
    let ids: Vec<u32> = props.iter().map(|(tag, _)| tag.0).collect();
    assert_eq!(ids, [0x6000_0003, 0x0001_0102, 0x0001_001F, 0x3900_0003]);
    assert_eq!(props[2].1, Value::from("test@example.com"));
    let key = b"SMTP:TEST@EXAMPLE.COM\0".to_vec();
    assert_eq!(restriction.as_deref(), Some(&Restriction::equals(sender, key)));

    let Restriction::And(all) = read(3) else { panic!("{:?}", read(3)) };
    assert_eq!(all.len(), 0x17);
}

#[test]
fn what_outlook_wrote_is_written_the_same() {
    for (n, bytes) in rules().iter().enumerate() {
        let restriction = Restriction::from_bytes(bytes, CodePage::WESTERN).unwrap();
        assert_eq!(&restriction.to_bytes(CodePage::WESTERN).unwrap(), bytes, "rule {n}");
    }
}

#[test]
fn no_part_of_a_rule_is_a_rule() {
    for bytes in rules() {
        for end in 0..bytes.len() {
            let error = Restriction::from_bytes(&bytes[..end], CodePage::WESTERN).unwrap_err();
            assert_eq!(error.code(), ErrorCode::CORRUPT_DATA, "{error}");
        }
        let longer = [&bytes[..], &[0]].concat();
        let error = Restriction::from_bytes(&longer, CodePage::WESTERN).unwrap_err();
        assert_eq!(error.code(), ErrorCode::CORRUPT_DATA, "{error}");
    }
}

#[test]
fn named_properties_of_a_rule_are_found_by_their_names() {
    let conditions = conditions();
    let mut asked = Vec::new();
    let read = Restriction::from_rule(&conditions[3], |names| {
        asked = names.to_vec();
        Ok((0x9001..).take(names.len()).collect())
    });
    let expected = [
        PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords"),
        PropName::id(guids::PS_PUBLIC_STRINGS, 0x8042_0000),
    ];
    assert_eq!(asked, expected);
    let shown = format!("{:?}", read.unwrap());
    assert!(!shown.contains("80FB") && !shown.contains("80FC"), "{shown}");
    // A name that Outlook wrote and the restriction does not use is not written again.
    let first = 0x80FB;
    let again = Restriction::from_rule(&conditions[3], |_| Ok(vec![first, first + 1])).unwrap();
    let written = again
        .to_rule(|ids| Ok(ids.iter().map(|id| asked[usize::from(id - first)].clone()).collect()));
    let read = Restriction::from_rule(&written.unwrap(), |names| {
        let id = |name| first + asked.iter().position(|known| known == name).unwrap() as u16;
        Ok(names.iter().map(id).collect())
    });
    assert_eq!(read.unwrap(), again);
    for condition in &conditions[..3] {
        let nobody = |_: &[PropName]| panic!("there are no names");
        let read = Restriction::from_rule(condition, nobody).unwrap();
        assert_eq!(&read.to_rule(|_| panic!("there are no names")).unwrap(), condition);
    }
}

#[test]
fn no_part_of_a_condition_is_one() {
    for condition in conditions() {
        for end in 0..condition.len() {
            let read = Restriction::from_rule(&condition[..end], |names| Ok(vec![1; names.len()]));
            assert_eq!(read.unwrap_err().code(), ErrorCode::CORRUPT_DATA);
        }
    }
    let id = |id: u16| PropTag::new(id, PropType::I32);
    let one = Restriction::equals(id(0x8001), 1);
    let names =
        |ids: &[u16]| Ok(ids.iter().map(|id| PropName::id(guids::PS_MAPI, (*id).into())).collect());
    let good = one.to_rule(names).unwrap();
    assert!(Restriction::from_rule(&good, |_| Ok(vec![0x8001])).is_ok());
    let mut nameless = good.clone();
    nameless[2] = 2;
    let read = Restriction::from_rule(&nameless, |_| Ok(vec![0x8001]));
    assert_eq!(read.unwrap_err().code(), ErrorCode::CORRUPT_DATA);
    let mut kind = good.clone();
    kind[8] = 2;
    let read = Restriction::from_rule(&kind, |_| Ok(vec![0x8001]));
    assert_eq!(read.unwrap_err().code(), ErrorCode::CORRUPT_DATA);
    assert_eq!(
        Restriction::from_rule(&good, |_| Ok(Vec::new())).unwrap_err().code(),
        ErrorCode::CALL_FAILED
    );
    let long = one.to_rule(|_| Ok(vec![PropName::name(guids::PS_MAPI, "x".repeat(127))]));
    assert_eq!(long.unwrap_err().code(), ErrorCode::TOO_COMPLEX);
}

#[test]
fn a_condition_has_wide_text_only() {
    let narrow = |text: &str| Value::from(String8::new(text.as_bytes(), CodePage::WESTERN));
    let tag = |id| PropTag::new(id, PropType::STRING8);
    let inner = Restriction::equals(tag(0x3001), narrow("in"));
    let mixed = Restriction::and([
        Restriction::Comment {
            props: vec![(tag(0x6001), narrow("remark"))],
            restriction: Some(Box::new(Restriction::not(inner))),
        },
        Restriction::exists(tag(0x0037)),
    ]);
    let written = mixed.to_rule(|_| Ok(Vec::new())).unwrap();
    let read = Restriction::from_rule(&written, |_| Ok(Vec::new())).unwrap();
    let wide = |id| PropTag::new(id, PropType::UNICODE);
    let expected = Restriction::and([
        Restriction::Comment {
            props: vec![(wide(0x6001), "remark".into())],
            restriction: Some(Box::new(Restriction::not(Restriction::equals(wide(0x3001), "in")))),
        },
        Restriction::exists(wide(0x0037)),
    ]);
    assert_eq!(read, expected);
}

#[test]
fn depth_and_size_are_bounded() {
    let read = |bytes: &[u8]| Restriction::from_bytes(bytes, CodePage::WESTERN);
    let nots = |count: usize| [vec![2; count], vec![0, 0, 0, 0, 0]].concat();
    assert!(read(&nots(Restriction::MAX_DEPTH - 1)).is_ok());
    assert_eq!(read(&nots(1_000_000)).unwrap_err().code(), ErrorCode::TOO_COMPLEX);
    // Restrictions in values nest as well.
    let mut nested = Vec::new();
    for _ in 0..100_000 {
        nested.extend([4, 4, 0xFD, 0, 1, 0, 0xFD, 0, 1, 0]);
    }
    assert_eq!(read(&nested).unwrap_err().code(), ErrorCode::TOO_COMPLEX);
    // A count that the bytes cannot keep costs no memory.
    let claims = [vec![0], u32::MAX.to_le_bytes().to_vec()].concat();
    assert_eq!(read(&claims).unwrap_err().code(), ErrorCode::CORRUPT_DATA);
    let count = u32::try_from(Restriction::MAX_NODES).unwrap();
    let mut wide = [vec![1], count.to_le_bytes().to_vec()].concat();
    for _ in 0..count {
        wide.extend([8, 0x1F, 0, 0x37, 0]);
    }
    assert_eq!(read(&wide).unwrap_err().code(), ErrorCode::TOO_COMPLEX);

    let mut deep = Restriction::exists(tags::SUBJECT);
    for _ in 0..Restriction::MAX_DEPTH {
        deep = Restriction::Property {
            op: RelOp::Eq,
            tag: PropTag::new(1, PropType::RESTRICTION),
            value: Value::Restriction(Box::new(deep)),
        };
    }
    let error = deep.to_bytes(CodePage::WESTERN).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TOO_COMPLEX);
}

#[test]
fn what_has_no_bytes_is_refused() {
    let narrow = |page| Value::from(String8::new(&b"x"[..], CodePage(page)));
    let values = [
        Value::from("a\0b"),
        narrow(1251),
        Value::Large(PropType::UNICODE, 7),
        Value::Object([1].into()),
        Value::Raw(PropType(0x0777), [1].into()),
    ];
    for value in values {
        let tag = PropTag::new(0x3001, value.prop_type());
        let restriction = Restriction::equals(tag, value);
        let error = restriction.to_bytes(CodePage::WESTERN).unwrap_err();
        assert_eq!(error.code(), ErrorCode::TOO_COMPLEX, "{restriction:?}");
    }
    let good = Restriction::equals(PropTag::new(0x3001, PropType::STRING8), narrow(1252));
    assert!(good.to_bytes(CodePage::WESTERN).is_ok());
}

fn text() -> impl Strategy<Value = String> {
    "[a-c\u{e9}\u{1F980} ]{0,6}"
}

fn value() -> impl Strategy<Value = Value> {
    let narrow = || vec(1..=255_u8, 0..5).prop_map(|bytes| String8::new(bytes, CodePage::WESTERN));
    prop_oneof![
        Just(Value::Null),
        any::<i16>().prop_map(Value::I16),
        any::<i32>().prop_map(Value::I32),
        any::<i64>().prop_map(Value::I64),
        any::<i64>().prop_map(Value::Currency),
        any::<u32>().prop_map(|bits| Value::F32(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Value::F64(f64::from_bits(bits))),
        any::<bool>().prop_map(Value::Bool),
        any::<u32>().prop_map(|code| Value::Error(ErrorCode(code))),
        any::<i64>().prop_map(|ticks| Value::Time(FileTime(ticks))),
        any::<[u8; 16]>().prop_map(|bytes| Value::Guid(Guid(bytes))),
        text().prop_map(Value::from),
        narrow().prop_map(Value::from),
        Just(Value::Raw(PropType::UNICODE, [0x00, 0xD8].into())),
        vec(any::<u8>(), 0..9).prop_map(Value::from),
        vec(any::<i32>(), 0..4).prop_map(Value::from),
        vec(any::<i64>().prop_map(FileTime), 0..4).prop_map(|all| Value::MvTime(all.into())),
        vec(text().prop_map(Into::into), 0..4).prop_map(|all| Value::MvUnicode(all.into())),
        vec(narrow(), 0..4).prop_map(|all| Value::MvString8(all.into())),
        vec(vec(any::<u8>(), 0..4).prop_map(Into::into), 0..4)
            .prop_map(|all| Value::MvBinary(all.into())),
    ]
}

fn op() -> impl Strategy<Value = RelOp> {
    prop_oneof![0..7_u32, Just(100)].prop_map(|number| RelOp::from_mapi(number).unwrap())
}

fn leaf() -> impl Strategy<Value = Restriction> {
    let tag = |id: u16, value: &Value| PropTag::new(id, value.prop_type());
    prop_oneof![
        (op(), any::<u16>(), value()).prop_map(move |(op, id, value)| Restriction::property(
            tag(id, &value),
            op,
            value
        )),
        (any::<u32>(), any::<u32>(), value()).prop_map(|(fuzzy, tag, value)| {
            Restriction::Content { tag: PropTag(tag), fuzzy: FuzzyLevel(fuzzy), value }
        }),
        (op(), any::<u32>(), any::<u32>()).prop_map(|(op, left, right)| {
            Restriction::CompareProps { op, left: PropTag(left), right: PropTag(right) }
        }),
        (any::<u32>(), any::<u32>(), any::<bool>()).prop_map(|(tag, mask, non_zero)| {
            Restriction::BitMask { tag: PropTag(tag), mask, non_zero }
        }),
        (op(), any::<u32>(), any::<u32>()).prop_map(|(op, tag, size)| Restriction::Size {
            op,
            tag: PropTag(tag),
            size
        }),
        any::<u32>().prop_map(|tag| Restriction::exists(PropTag(tag))),
    ]
}

fn tree() -> impl Strategy<Value = Restriction> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Restriction::And),
            vec(inner.clone(), 0..4).prop_map(Restriction::Or),
            inner.clone().prop_map(Restriction::not),
            (any::<u32>(), inner.clone()).prop_map(|(tag, inner)| Restriction::Sub {
                subobject: PropTag(tag),
                restriction: Box::new(inner),
            }),
            (any::<u32>(), inner.clone()).prop_map(|(count, inner)| Restriction::Count {
                count,
                restriction: Box::new(inner),
            }),
            (vec((any::<u16>(), value()), 0..3), prop::option::of(inner.clone())).prop_map(
                |(props, inner)| Restriction::Comment {
                    props: props
                        .into_iter()
                        .map(|(id, value)| (PropTag::new(id, value.prop_type()), value))
                        .collect(),
                    restriction: inner.map(Box::new),
                }
            ),
            (any::<u16>(), inner).prop_map(|(id, inner)| {
                let value = Value::Restriction(Box::new(inner));
                Restriction::Property {
                    op: RelOp::Eq,
                    tag: PropTag::new(id, PropType::RESTRICTION),
                    value,
                }
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_restriction_comes_back(restriction in tree()) {
        let bytes = restriction.to_bytes(CodePage::WESTERN).unwrap();
        let read = Restriction::from_bytes(&bytes, CodePage::WESTERN).unwrap();
        // A NaN is not equal to itself; its text is.
        prop_assert_eq!(format!("{read:?}"), format!("{restriction:?}"));
        prop_assert_eq!(read.to_bytes(CodePage::WESTERN).unwrap(), bytes);
    }

    #[test]
    fn every_condition_comes_back(restriction in tree(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let name = |id: &u16| PropName::id(guids::PS_MAPI, (*id).into());
        let names = |ids: &[u16]| Ok(ids.iter().map(name).collect());
        let ids = |names: &[PropName]| {
            let id = |name: &PropName| match name.kind {
                NameKind::Id(id) => id as u16,
                NameKind::Name(_) => 0xFFFE,
            };
            Ok(names.iter().map(id).collect())
        };
        let mut bytes = restriction.to_rule(names).unwrap();
        let read = Restriction::from_rule(&bytes, ids).unwrap();
        prop_assert_eq!(&read.to_rule(names).unwrap(), &bytes);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Err(error) = Restriction::from_rule(&bytes, ids) {
            let code = error.code();
            prop_assert!([ErrorCode::CORRUPT_DATA, ErrorCode::TOO_COMPLEX].contains(&code), "{}", error);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        restriction in tree(),
        at in any::<prop::sample::Index>(),
        with in vec(any::<u8>(), 0..4),
        cut in any::<bool>(),
    ) {
        let mut bytes = restriction.to_bytes(CodePage::WESTERN).unwrap();
        let at = at.index(bytes.len());
        let end = if cut { bytes.len() } else { (at + with.len()).min(bytes.len()) };
        bytes.splice(at..end, with);
        match Restriction::from_bytes(&bytes, CodePage::WESTERN) {
            Ok(read) => {
                // Any byte but 0 is true: not every restriction is written as it was.
                let written = read.to_bytes(CodePage::WESTERN).unwrap();
                prop_assert_eq!(written.len(), bytes.len());
                let again = Restriction::from_bytes(&written, CodePage::WESTERN).unwrap();
                prop_assert_eq!(format!("{again:?}"), format!("{read:?}"));
            }
            Err(error) => prop_assert!(
                [ErrorCode::CORRUPT_DATA, ErrorCode::TOO_COMPLEX].contains(&error.code()),
                "{}", error
            ),
        }
    }
}
