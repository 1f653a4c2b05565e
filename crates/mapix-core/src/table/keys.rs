//! Sort keys as bytes: what comes first in a table has the smaller bytes.
//!
//! Each value becomes one field that ends itself, so that rows are compared by comparing bytes,
//! and rows that agree in their first keys have the same bytes at the start.

use std::cmp::Ordering;
use std::ops::Range;

use super::SortOrder;
use crate::prop::{Folding, PropType, Value};
use crate::{Error, ErrorCode, Result};

/// Before a value, and in place of one: missing values come last, whatever the direction.
const PRESENT: u8 = 1;
const MISSING: u8 = 2;

/// The sort keys of many rows, one after the other.
#[derive(Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
    /// Where the key of each row ends.
    ends: Vec<u32>,
}

impl Keys {
    /// Ends the key of one row, to which [`field`] has been appended.
    ///
    /// # Errors
    /// `MAPI_E_TABLE_TOO_BIG` if the keys of all rows take more than 4 GiB.
    pub(super) fn end_row(&mut self) -> Result<()> {
        let end = u32::try_from(self.bytes.len()).map_err(|_| {
            Error::new(ErrorCode::TABLE_TOO_BIG, "the sort keys take more than 4 GiB")
        })?;
        self.ends.push(end);
        Ok(())
    }

    /// Where fields are appended.
    pub(super) fn open(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The key of a row.
    pub(super) fn get(&self, row: usize) -> &[u8] {
        &self.bytes[self.range(row)]
    }

    /// Whether a key of one field has no value.
    pub(super) fn is_missing(key: &[u8]) -> bool {
        key == [MISSING]
    }

    fn range(&self, row: usize) -> Range<usize> {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        start..self.ends[row] as usize
    }

    /// The numbers of all rows in the order of their keys; equal ones stay as they are.
    pub(super) fn order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.ends.len() as u32).collect();
        order.sort_by(|a, b| self.compare(*a, *b));
        order
    }

    fn compare(&self, a: u32, b: u32) -> Ordering {
        self.get(a as usize).cmp(self.get(b as usize))
    }
}

/// Appends the field of a value to a sort key: rows are in the order of their keys, compared byte
/// by byte. Missing values come last, whatever the direction; of values of different types those
/// with the lower number of the type come first, of equal types the order is that of
/// [`compare_values`](crate::prop::compare_values). A field ends itself, so that several make one
/// key.
pub fn field(out: &mut Vec<u8>, value: Option<&Value>, order: SortOrder) {
    let Some(value) = value else {
        out.push(MISSING);
        return;
    };
    out.push(PRESENT);
    let start = out.len();
    if let Some(text) = value.as_text() {
        class(out, false, PropType::UNICODE);
        text_field(out, &text);
    } else {
        let mut plain = Vec::new();
        let (raw, prop_type) = match value {
            Value::MvString8(_) => (false, PropType::MV_UNICODE),
            Value::Raw(prop_type, _) => (true, *prop_type),
            value => (false, value.prop_type()),
        };
        class(out, raw, prop_type);
        payload(&mut plain, value);
        plain.into_iter().for_each(|byte| escape(out, byte));
    }
    out.push(0);
    if order == SortOrder::Descending {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

/// How long the first field of a key is.
pub(super) fn field_len(key: &[u8], order: SortOrder) -> usize {
    let end = if order == SortOrder::Descending { 0xFF } else { 0 };
    if key.first() == Some(&MISSING) {
        return 1;
    }
    key.iter().position(|byte| *byte == end).map_or(key.len(), |at| at + 1)
}

/// The field of a value in the other direction; in its place if there is no value.
pub(super) fn reversed(field: &[u8]) -> Vec<u8> {
    let mut field = field.to_vec();
    field.iter_mut().skip(1).for_each(|byte| *byte = !*byte);
    field
}

/// Values of different types go by the number of the type; bytes that do not follow their type
/// come after all others.
fn class(out: &mut Vec<u8>, raw: bool, prop_type: PropType) {
    out.push(1 + u8::from(raw));
    prop_type.0.to_be_bytes().into_iter().for_each(|byte| escape(out, byte));
}

/// Appends text as [`compare_text`](crate::prop::compare_text) sees it: first the letters, then the
/// letters with their accents, which decide only between texts that are otherwise equal. There is
/// no byte 0 in it, with which whoever appends more may end it.
pub fn text_field(out: &mut Vec<u8>, text: &str) {
    const LETTERS: Folding = Folding { case: true, marks: true, forms: false };
    // No byte of UTF-8 is above 0xF4. 0 ends the field, 1 the letters.
    let push = |out: &mut Vec<u8>, text: &str| out.extend(text.bytes().map(|byte| byte + 2));
    if text.is_ascii() {
        out.extend(text.bytes().map(|byte| byte.to_ascii_lowercase() + 2));
        out.push(1);
        return;
    }
    let letters = LETTERS.apply(text);
    push(out, &letters);
    out.push(1);
    // Plain letters come before all accents, and so does nothing.
    let accents = Folding::CASE.apply(text);
    if accents != letters || !letters.is_ascii() {
        push(out, &accents);
    }
}

/// Keeps the order of bytes and leaves 0 for the end.
fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        0 | 1 => out.extend([1, byte + 1]),
        byte => out.push(byte),
    }
}

/// Bytes in the order of [`compare_values`](crate::prop::compare_values).
fn payload(out: &mut Vec<u8>, value: &Value) {
    use Value as V;
    match value {
        V::I16(number) => out.extend(signed((*number).into())),
        V::I32(number) => out.extend(signed((*number).into())),
        V::I64(number) | V::Currency(number) => out.extend(signed(*number)),
        V::F32(number) => out.extend(float((*number).into())),
        V::F64(number) | V::AppTime(number) => out.extend(float(*number)),
        V::Bool(yes) => out.push((*yes).into()),
        V::Error(code) => out.extend(code.0.to_be_bytes()),
        V::Time(time) => out.extend(signed(time.0)),
        V::Guid(guid) => out.extend(guid.0),
        V::Object(bytes)
        | V::SvrEid(bytes)
        | V::Actions(bytes)
        | V::Binary(bytes)
        | V::Raw(_, bytes) => out.extend_from_slice(bytes),
        V::MvI16(many) => many.iter().for_each(|one| out.extend(signed((*one).into()))),
        V::MvI32(many) => many.iter().for_each(|one| out.extend(signed((*one).into()))),
        V::MvI64(many) | V::MvCurrency(many) => {
            many.iter().for_each(|one| out.extend(signed(*one)));
        }
        V::MvF32(many) => many.iter().for_each(|one| out.extend(float((*one).into()))),
        V::MvF64(many) | V::MvAppTime(many) => many.iter().for_each(|one| out.extend(float(*one))),
        V::MvTime(many) => many.iter().for_each(|one| out.extend(signed(one.0))),
        V::MvGuid(many) => many.iter().for_each(|one| out.extend(one.0)),
        V::MvString8(many) => many.iter().for_each(|one| element_text(out, &one.decode())),
        V::MvUnicode(many) => many.iter().for_each(|one| element_text(out, one)),
        V::MvBinary(many) => {
            for one in many {
                one.iter().for_each(|byte| escape(out, *byte));
                out.push(0);
            }
        }
        // These have no order among themselves.
        V::Null | V::Restriction(_) | V::Large(..) | V::String8(_) | V::Unicode(_) => {}
    }
}

fn element_text(out: &mut Vec<u8>, text: &str) {
    out.push(1);
    text_field(out, text);
    out.push(0);
}

fn signed(number: i64) -> [u8; 8] {
    (number ^ i64::MIN).to_be_bytes()
}

/// Zero equals minus zero; every NaN equals every other and comes before all numbers.
fn float(number: f64) -> [u8; 8] {
    if number.is_nan() {
        return [0; 8];
    }
    let bits = (number + 0.0).to_bits();
    let flipped = if bits >> 63 == 0 { bits ^ 1 << 63 } else { !bits };
    flipped.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prop::{CodePage, FileTime, String8, compare_text, compare_values};

    fn key(value: Option<&Value>, order: SortOrder) -> Vec<u8> {
        let mut out = Vec::new();
        field(&mut out, value, order);
        out
    }

    #[test]
    fn all_values_have_an_order() {
        let sorted = [
            Some(Value::I16(7)),
            Some(Value::I32(i32::MIN)),
            Some(Value::I32(-1)),
            Some(Value::I32(0)),
            Some(Value::I32(2)),
            Some(Value::I32(257)),
            Some(Value::Bool(false)),
            Some(Value::Bool(true)),
            Some(Value::from("a")),
            Some(Value::Raw(PropType::UNICODE, b"b\0"[..].into())),
            Some(Value::Time(FileTime(0))),
            Some(Value::Time(FileTime(256))),
            Some(Value::from(&b""[..])),
            Some(Value::from(&b"\0"[..])),
            Some(Value::from(&b"\0\0"[..])),
            Some(Value::from(&b"\0\x01"[..])),
            Some(Value::from(&b"\x01"[..])),
            Some(Value::from(&b"\x01\0"[..])),
            Some(Value::from(&b"\x02"[..])),
            Some(Value::from(&b"\xFF"[..])),
            Some(Value::from(&b"\xFF\xFF"[..])),
            Some(Value::MvString8([].into())),
            Some(Value::MvUnicode(["".into()].into())),
            Some(Value::MvUnicode(["".into(), "".into()].into())),
            Some(Value::MvUnicode(["a".into()].into())),
            Some(Value::MvUnicode(["a".into(), "b".into()].into())),
            Some(Value::MvUnicode(["ab".into()].into())),
            Some(Value::Raw(PropType::I32, b"1"[..].into())),
            Some(Value::Raw(PropType::I32, b"2"[..].into())),
            None,
        ];
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                let (a, b) = (a.as_ref(), b.as_ref());
                let ascending = [a, b].map(|value| key(value, SortOrder::Ascending));
                assert_eq!(ascending[0].cmp(&ascending[1]), at.cmp(&other), "{a:?} {b:?}");
                let descending = [a, b].map(|value| key(value, SortOrder::Descending));
                let missing = a.is_none() != b.is_none();
                let expected = if missing { at.cmp(&other) } else { other.cmp(&at) };
                assert_eq!(descending[0].cmp(&descending[1]), expected, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn text_has_the_order_of_text() {
        let texts = [
            "",
            "\0",
            "\0\0",
            "\u{1}",
            "a",
            "A",
            "\u{e4}",
            "a\u{308}",
            "\u{c4}b",
            "ab",
            "cote",
            "C\u{f4}te",
            "cot\u{e9}",
            "coteau",
            "stra\u{df}e",
            "\u{3a3}",
            "\u{3c2}",
            "\u{3b1}",
            "\u{3ac}",
            "\u{301}",
            "\u{212a}",
            "k",
            "\u{1f980}",
            "\u{10ffff}",
            "\u{ff5a}",
            "\u{130}",
            "Z",
        ];
        for a in texts {
            for b in texts {
                let [left, right] =
                    [a, b].map(|text| key(Some(&text.into()), SortOrder::Ascending));
                assert_eq!(left.cmp(&right), compare_text(a, b), "{a:?} {b:?}");
                let [left, right] =
                    [a, b].map(|text| Value::MvUnicode([text.into(), "x".into()].into()));
                let keys = [&left, &right].map(|value| key(Some(value), SortOrder::Ascending));
                assert_eq!(keys[0].cmp(&keys[1]), compare_values(&left, &right).unwrap());
            }
        }
        let western = Value::from(String8::new(*b"CAF\xC9", CodePage::WESTERN));
        let same = [western, Value::from("caf\u{e9}")].map(|v| key(Some(&v), SortOrder::Ascending));
        assert_eq!(same[0], same[1], "whatever its width");
    }

    #[test]
    fn floats_have_the_order_of_floats() {
        let numbers =
            [f64::NAN, f64::NEG_INFINITY, -1.5, -1.0, -0.0, 0.0, f64::MIN_POSITIVE, 1.0, f64::MAX];
        for a in numbers {
            for b in numbers {
                let [left, right] = [a, b].map(Value::F64);
                let keys = [&left, &right].map(|value| key(Some(value), SortOrder::Ascending));
                assert_eq!(
                    keys[0].cmp(&keys[1]),
                    compare_values(&left, &right).unwrap(),
                    "{a} {b}"
                );
            }
        }
        assert_eq!(float(-f64::NAN), float(f64::NAN));
    }

    #[test]
    fn fields_end_themselves() {
        let values = [
            None,
            Some(Value::I32(0)),
            Some(Value::I32(-256)),
            Some(Value::from("a\0\u{e4}")),
            Some(Value::from(&b"\0\xFF\x01"[..])),
            Some(Value::MvBinary([b"\0"[..].into(), b""[..].into()].into())),
        ];
        for order in [SortOrder::Ascending, SortOrder::Descending] {
            for value in &values {
                let mut out = key(value.as_ref(), order);
                let len = out.len();
                field(&mut out, Some(&Value::I32(7)), order);
                assert_eq!(field_len(&out, order), len, "{value:?}");
            }
        }
    }

    #[test]
    fn rows_are_sorted_stably() {
        let mut keys = Keys::default();
        for number in [3, 1, 2, 1] {
            field(keys.open(), Some(&Value::I32(number)), SortOrder::Ascending);
            keys.end_row().unwrap();
        }
        assert_eq!(keys.order(), [1, 3, 2, 0]);
    }
}
