//! A value of each type.

use mapix_core::prop::{
    CodePage, FileTime, Guid, PropBag, PropTag, PropType, String8, Value, guids, tags,
};

/// Properties of a message that hold a value of each type that can be stored: small and large,
/// empty, at the limits, and not well formed.
pub fn every_type() -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::MESSAGE_CLASS, "IPM.Note.Test");
    bag.set(tags::SUBJECT, "Every type of value");
    bag.set(tags::MESSAGE_CODEPAGE, 1251);
    for (id, value) in (0x7001..).zip(singles().into_iter().chain(multis())) {
        bag.set(PropTag::new(id, PropType::UNSPECIFIED), value);
    }
    bag
}

fn singles() -> Vec<Value> {
    vec![
        Value::I16(-2),
        Value::I32(i32::MIN),
        Value::F32(0.5),
        Value::F64(-1.0e300),
        Value::Currency(12_345),
        Value::AppTime(45_000.25),
        Value::Bool(true),
        Value::Bool(false),
        Value::I64(i64::MAX),
        Value::String8(cyrillic()),
        Value::from(""),
        Value::from("\u{1F980} and a \u{E9}"),
        Value::from("x".repeat(5000)),
        Value::Time(FileTime(i64::MAX)),
        Value::Time(FileTime(0)),
        Value::Guid(guids::PSETID_COMMON),
        Value::SvrEid([1, 2, 3].into()),
        Value::Binary([].into()),
        Value::Binary([0, 255, 0].into()),
        Value::Binary([7; 5000].into()),
        // UTF-16 with a lone surrogate.
        Value::Raw(PropType::UNICODE, [0x00, 0xD8, 0x41, 0x00].into()),
    ]
}

fn multis() -> Vec<Value> {
    vec![
        Value::MvI16([1, -1].into()),
        Value::MvI32([i32::MAX, 0, i32::MIN].into()),
        Value::MvF32([0.25].into()),
        Value::MvF64([0.25, -0.25].into()),
        Value::MvCurrency([1, 2].into()),
        Value::MvAppTime([1.5, 2.5].into()),
        Value::MvI64([i64::MIN, i64::MAX].into()),
        Value::MvString8([cyrillic(), String8::new(&b""[..], CodePage(1251))].into()),
        Value::MvUnicode(["one".into(), "".into(), "\u{65E5}\u{672C}".into()].into()),
        Value::MvTime([FileTime(1), FileTime::from_unix(0)].into()),
        Value::MvGuid([guids::PS_MAPI, Guid::NULL].into()),
        Value::MvBinary([[].into(), [1, 2].into(), [9; 3000].into()].into()),
    ]
}

fn cyrillic() -> String8 {
    String8::new(&b"\xCF\xF0\xE8\xE2\xE5\xF2"[..], CodePage(1251))
}
