//! Property values out of their stored bytes.

use mapix_core::prop::{CodePage, FileTime, Guid, PropType, String8, Value};

use crate::bytes::u32_at;

/// Reads a value of any type, single or multiple. Bytes that do not follow their type become
/// [`Value::Raw`].
pub fn decode(prop_type: PropType, bytes: &[u8], code_page: CodePage) -> Value {
    if prop_type.is_multi() {
        return multi(prop_type, bytes, code_page)
            .unwrap_or_else(|| Value::Raw(prop_type, bytes.into()));
    }
    let end = text_end(prop_type, bytes).unwrap_or(bytes.len());
    let bytes = bytes.get(..end).unwrap_or_default();
    if prop_type == PropType::UNICODE
        && let Some(text) = ascii(bytes)
    {
        return Value::Unicode(text);
    }
    Value::from_bytes(prop_type, bytes, code_page)
}

/// UTF-16 that is ASCII, as most is, in two loops that the compiler makes wide.
fn ascii(bytes: &[u8]) -> Option<Box<str>> {
    let (units, rest) = bytes.as_chunks::<2>();
    let all = units.iter().fold(0, |all, unit| all | u16::from_le_bytes(*unit));
    if all >= 0x80 || !rest.is_empty() {
        return None;
    }
    let letters: Vec<u8> = units.iter().map(|unit| unit[0]).collect();
    String::from_utf8(letters).ok().map(Into::into)
}

/// Where the text ends in bytes that end with a zero that should not be there: some writers
/// store the terminating zero of strings. `None` if there is none.
pub(crate) fn text_end(prop_type: PropType, bytes: &[u8]) -> Option<usize> {
    match (prop_type, bytes) {
        (PropType::UNICODE, [.., 0, 0]) if bytes.len().is_multiple_of(2) => Some(bytes.len() - 2),
        (PropType::STRING8, [.., 0]) => Some(bytes.len() - 1),
        _ => None,
    }
}

/// The size of a value that stands in the place of its reference.
pub(crate) fn inline_size(prop_type: PropType) -> Option<usize> {
    prop_type.fixed_size().filter(|size| *size <= 4)
}

fn multi(prop_type: PropType, bytes: &[u8], code_page: CodePage) -> Option<Value> {
    Some(match prop_type {
        PropType::MV_I16 => Value::MvI16(fixed(bytes, i16::from_le_bytes)?),
        PropType::MV_I32 => Value::MvI32(fixed(bytes, i32::from_le_bytes)?),
        PropType::MV_F32 => Value::MvF32(fixed(bytes, f32::from_le_bytes)?),
        PropType::MV_F64 => Value::MvF64(fixed(bytes, f64::from_le_bytes)?),
        PropType::MV_CURRENCY => Value::MvCurrency(fixed(bytes, i64::from_le_bytes)?),
        PropType::MV_APP_TIME => Value::MvAppTime(fixed(bytes, f64::from_le_bytes)?),
        PropType::MV_I64 => Value::MvI64(fixed(bytes, i64::from_le_bytes)?),
        PropType::MV_TIME => Value::MvTime(fixed(bytes, |b| FileTime(i64::from_le_bytes(b)))?),
        PropType::MV_GUID => Value::MvGuid(fixed(bytes, Guid)?),
        PropType::MV_BINARY => Value::MvBinary(pieces(bytes)?.map(Into::into).collect()),
        PropType::MV_STRING8 => {
            let text = |piece: &[u8]| {
                let end = text_end(PropType::STRING8, piece).unwrap_or(piece.len());
                String8::new(piece.get(..end).unwrap_or_default(), code_page)
            };
            Value::MvString8(pieces(bytes)?.map(text).collect())
        }
        PropType::MV_UNICODE => {
            let text = |piece: &[u8]| match decode(PropType::UNICODE, piece, code_page) {
                Value::Unicode(text) => Some(text),
                _ => None,
            };
            Value::MvUnicode(pieces(bytes)?.map(text).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// Values of one size follow each other:
/// [2.3.3.4.1](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/294c83c6-ff92-42f5-b6b6-876c29fa9737).
fn fixed<T, const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Option<Box<[T]>> {
    let (chunks, rest) = bytes.as_chunks::<N>();
    rest.is_empty().then(|| chunks.iter().map(|chunk| read(*chunk)).collect())
}

/// A count, the offset of each value, then the values:
/// [2.3.3.4.2](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/294c83c6-ff92-42f5-b6b6-876c29fa9737).
fn pieces(bytes: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    if bytes.is_empty() {
        return Some(Vec::new().into_iter());
    }
    let count = u32_at(bytes, 0)? as usize;
    // The offsets must be there before room is made for them.
    let offsets = bytes.get(4..)?.get(..count.checked_mul(4)?)?;
    let (offsets, _) = offsets.as_chunks::<4>();
    let mut pieces = Vec::with_capacity(count);
    for (index, offset) in offsets.iter().enumerate() {
        let start = u32::from_le_bytes(*offset) as usize;
        let end = offsets.get(index + 1).map_or(bytes.len(), |b| u32::from_le_bytes(*b) as usize);
        pieces.push(bytes.get(start..end)?);
    }
    Some(pieces.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn western(prop_type: PropType, bytes: &[u8]) -> Value {
        decode(prop_type, bytes, CodePage::WESTERN)
    }

    #[test]
    fn a_terminating_zero_is_no_part_of_a_string() {
        assert_eq!(western(PropType::UNICODE, b"a\0\0\0"), Value::from("a"));
        assert_eq!(western(PropType::UNICODE, b"\0\0"), Value::from(""));
        assert_eq!(western(PropType::BINARY, b"a\0"), Value::from(&b"a\0"[..]));
        let text = Value::from(String8::new(&b"a"[..], CodePage::WESTERN));
        assert_eq!(western(PropType::STRING8, b"a\0"), text);
    }

    #[test]
    fn values_of_one_size() {
        let bytes = [1, 0, 0, 0, 255, 255, 255, 255];
        assert_eq!(western(PropType::MV_I32, &bytes), Value::MvI32([1, -1].into()));
        assert_eq!(western(PropType::MV_I32, &[]), Value::MvI32([].into()));
        let odd = western(PropType::MV_I32, &bytes[..7]);
        assert_eq!(odd, Value::Raw(PropType::MV_I32, bytes[..7].into()));
    }

    #[test]
    fn values_with_offsets() {
        let bytes = [2, 0, 0, 0, 12, 0, 0, 0, 14, 0, 0, 0, b'a', 0, b'b', 0, b'c', 0];
        let texts = Value::MvUnicode(["a".into(), "bc".into()].into());
        assert_eq!(western(PropType::MV_UNICODE, &bytes), texts);
        let parts: [Box<[u8]>; 2] = [(*b"a\0").into(), (*b"b\0c\0").into()];
        assert_eq!(western(PropType::MV_BINARY, &bytes), Value::MvBinary(parts.into()));
        let mut wild = bytes;
        wild[0] = 200;
        assert!(matches!(western(PropType::MV_BINARY, &wild), Value::Raw(..)));
        wild = bytes;
        wild[4] = 15;
        assert!(matches!(western(PropType::MV_BINARY, &wild), Value::Raw(..)));
        assert_eq!(western(PropType::MV_BINARY, &[]), Value::MvBinary([].into()));
    }
}
