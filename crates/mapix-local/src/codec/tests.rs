use mapix_core::prop::{
    CodePage, FileTime, Guid, Prop, PropBag, PropTag, PropType, String8, Value, tags,
};
use mapix_core::restriction::{RelOp, Restriction};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A value of any type that can be stored.
fn value() -> impl Strategy<Value = Value> {
    let bytes = || vec(any::<u8>(), 0..40);
    let text = || any::<String>();
    let narrow =
        (bytes(), any::<u16>()).prop_map(|(bytes, page)| String8::new(bytes, CodePage(page)));
    let numbers = prop_oneof![
        Just(Value::Null),
        any::<i16>().prop_map(Value::I16),
        any::<i32>().prop_map(Value::I32),
        (-1e30_f32..1e30).prop_map(Value::F32),
        (-1e300..1e300).prop_map(Value::F64),
        any::<i64>().prop_map(Value::Currency),
        (-1e6..1e6).prop_map(Value::AppTime),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::I64),
        any::<i64>().prop_map(|ticks| Value::Time(FileTime(ticks))),
        any::<[u8; 16]>().prop_map(|bytes| Value::Guid(Guid(bytes))),
    ];
    let strings = prop_oneof![
        text().prop_map(|text| Value::Unicode(text.into())),
        narrow.clone().prop_map(Value::String8),
        bytes().prop_map(|bytes| Value::Binary(bytes.into())),
        bytes().prop_map(|bytes| Value::Object(bytes.into())),
        bytes().prop_map(|bytes| Value::SvrEid(bytes.into())),
        bytes().prop_map(|bytes| Value::Actions(bytes.into())),
        (any::<u16>(), bytes()).prop_map(|(kind, bytes)| Value::Raw(PropType(kind), bytes.into())),
        any::<i32>().prop_map(|number| {
            let restriction = Restriction::property(tags::MESSAGE_SIZE, RelOp::Gt, number);
            Value::Restriction(Box::new(restriction))
        }),
    ];
    let multis = prop_oneof![
        vec(any::<i16>(), 0..5).prop_map(|list| Value::MvI16(list.into())),
        vec(any::<i32>(), 0..5).prop_map(|list| Value::MvI32(list.into())),
        vec(-1e30_f32..1e30, 0..5).prop_map(|list| Value::MvF32(list.into())),
        vec(-1e300..1e300, 0..5).prop_map(|list| Value::MvF64(list.into())),
        vec(any::<i64>(), 0..5).prop_map(|list| Value::MvCurrency(list.into())),
        vec(-1e6..1e6, 0..5).prop_map(|list| Value::MvAppTime(list.into())),
        vec(any::<i64>(), 0..5).prop_map(|list| Value::MvI64(list.into())),
        vec(any::<i64>().prop_map(FileTime), 0..5).prop_map(|list| Value::MvTime(list.into())),
        vec(any::<[u8; 16]>().prop_map(Guid), 0..5).prop_map(|list| Value::MvGuid(list.into())),
        vec(narrow, 0..5).prop_map(|list| Value::MvString8(list.into())),
        vec(text().prop_map(String::into_boxed_str), 0..5)
            .prop_map(|list| Value::MvUnicode(list.into())),
        vec(bytes().prop_map(Vec::into_boxed_slice), 0..5)
            .prop_map(|list| Value::MvBinary(list.into())),
    ];
    prop_oneof![numbers, strings, multis]
}

fn bag() -> impl Strategy<Value = PropBag> {
    vec((any::<u16>(), value()), 0..12).prop_map(|list| {
        let prop = |(id, value)| Prop::new(PropTag::new(id, PropType::NULL), value);
        list.into_iter().map(prop).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bags_come_back(bags in vec(bag(), 0..4)) {
        for bag in &bags {
            prop_assert_eq!(&decode_bag(&encode_bag(bag).unwrap()).unwrap(), bag);
        }
        prop_assert_eq!(decode_list(&encode_list(&bags).unwrap()).unwrap(), bags);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = decode_bag(&bytes);
        let _ = decode_list(&bytes);
    }

    #[test]
    fn broken_bags_are_errors_or_values(bag in bag(), at: usize, byte: u8, cut: usize) {
        let mut bytes = encode_bag(&bag).unwrap();
        if !bytes.is_empty() {
            let len = bytes.len();
            bytes[at % len] = byte;
            bytes.truncate(cut % (len + 1));
            let _ = decode_bag(&bytes);
        }
    }

    #[test]
    fn numbers_come_back(number: u64) {
        let mut bytes = Vec::new();
        varint(&mut bytes, number);
        prop_assert_eq!(Reader(&bytes).varint(), Some(number));
        prop_assert_eq!(Reader(&bytes[..bytes.len() - 1]).varint(), None);
    }
}

#[test]
fn places_come_back() {
    let lob = Lob { id: 77, size: 1 << 40, code_page: CodePage(1251) };
    let mut writer = BagWriter::default();
    writer.here(tags::SUBJECT, false, b"here");
    writer.big(tags::BODY, false, b"there", 10);
    writer.lob(tags::HTML, true, &lob);
    let found: Vec<_> = entries(&writer.bytes).map(Result::unwrap).collect();
    assert_eq!(found[0].place, Place::Here(b"here"));
    assert_eq!(found[1].place, Place::Big { offset: 0, len: 5, size: 10 });
    assert_eq!((found[2].place, found[2].raw), (Place::Lob(lob), true));
    assert_eq!(writer.big, b"there");
}
