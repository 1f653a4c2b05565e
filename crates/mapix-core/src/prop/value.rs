//! What a property can hold.

use std::borrow::Cow;

use super::{CodePage, FileTime, Guid, PropType, String8};
use crate::restriction::Restriction;
use crate::{Error, ErrorCode, Result};

/// A property value of any MAPI type.
///
/// The type is part of the value: [`Value::prop_type`]. What cannot be understood without loss
/// (an unknown type, UTF-16 with a lone surrogate) is kept as [`Value::Raw`].
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "SPropValue")]
#[non_exhaustive]
pub enum Value {
    /// No value.
    Null,
    /// 16-bit integer.
    I16(i16),
    /// 32-bit integer.
    I32(i32),
    /// 32-bit floating point.
    F32(f32),
    /// 64-bit floating point.
    F64(f64),
    /// Ten-thousandths of a currency unit.
    Currency(i64),
    /// Days since 30 December 1899.
    AppTime(f64),
    /// Why there is no value.
    Error(ErrorCode),
    /// True or false.
    Bool(bool),
    /// An object that is opened, not read: an embedded message, a table, a storage. Holds what
    /// the store keeps in its place, which only that store understands.
    Object(Box<[u8]>),
    /// 64-bit integer.
    I64(i64),
    /// String in a code page.
    String8(String8),
    /// String.
    Unicode(Box<str>),
    /// Point in time.
    Time(FileTime),
    /// GUID.
    Guid(Guid),
    /// Server entry ID, as stored.
    SvrEid(Box<[u8]>),
    /// Restriction.
    Restriction(Box<Restriction>),
    /// Rule actions, as stored.
    Actions(Box<[u8]>),
    /// Bytes.
    Binary(Box<[u8]>),
    /// Many 16-bit integers.
    MvI16(Box<[i16]>),
    /// Many 32-bit integers.
    MvI32(Box<[i32]>),
    /// Many 32-bit floating points.
    MvF32(Box<[f32]>),
    /// Many 64-bit floating points.
    MvF64(Box<[f64]>),
    /// Many currency values.
    MvCurrency(Box<[i64]>),
    /// Many application times.
    MvAppTime(Box<[f64]>),
    /// Many 64-bit integers.
    MvI64(Box<[i64]>),
    /// Many strings in a code page.
    MvString8(Box<[String8]>),
    /// Many strings.
    MvUnicode(Box<[Box<str>]>),
    /// Many points in time.
    MvTime(Box<[FileTime]>),
    /// Many GUIDs.
    MvGuid(Box<[Guid]>),
    /// Many byte strings.
    MvBinary(Box<[Box<[u8]>]>),
    /// A value that stays in the store until it is opened as a stream: its type and its size in
    /// stored bytes.
    Large(PropType, u64),
    /// Bytes of a type that is unknown, or that do not follow their type.
    Raw(PropType, Box<[u8]>),
}

impl Value {
    /// The type of the value.
    pub fn prop_type(&self) -> PropType {
        match self {
            Self::Null => PropType::NULL,
            Self::I16(_) => PropType::I16,
            Self::I32(_) => PropType::I32,
            Self::F32(_) => PropType::F32,
            Self::F64(_) => PropType::F64,
            Self::Currency(_) => PropType::CURRENCY,
            Self::AppTime(_) => PropType::APP_TIME,
            Self::Error(_) => PropType::ERROR,
            Self::Bool(_) => PropType::BOOL,
            Self::Object(_) => PropType::OBJECT,
            Self::I64(_) => PropType::I64,
            Self::String8(_) => PropType::STRING8,
            Self::Unicode(_) => PropType::UNICODE,
            Self::Time(_) => PropType::TIME,
            Self::Guid(_) => PropType::GUID,
            Self::SvrEid(_) => PropType::SVREID,
            Self::Restriction(_) => PropType::RESTRICTION,
            Self::Actions(_) => PropType::ACTIONS,
            Self::Binary(_) => PropType::BINARY,
            Self::MvI16(_) => PropType::MV_I16,
            Self::MvI32(_) => PropType::MV_I32,
            Self::MvF32(_) => PropType::MV_F32,
            Self::MvF64(_) => PropType::MV_F64,
            Self::MvCurrency(_) => PropType::MV_CURRENCY,
            Self::MvAppTime(_) => PropType::MV_APP_TIME,
            Self::MvI64(_) => PropType::MV_I64,
            Self::MvString8(_) => PropType::MV_STRING8,
            Self::MvUnicode(_) => PropType::MV_UNICODE,
            Self::MvTime(_) => PropType::MV_TIME,
            Self::MvGuid(_) => PropType::MV_GUID,
            Self::MvBinary(_) => PropType::MV_BINARY,
            Self::Large(prop_type, _) | Self::Raw(prop_type, _) => *prop_type,
        }
    }

    /// Reads a value from the bytes in which MAPI stores keep it: little-endian numbers, UTF-16
    /// text without a terminating zero, one value (not a multivalue, which every store packs
    /// in its own way).
    ///
    /// Bytes that do not follow their type become [`Value::Raw`]; nothing is lost.
    pub fn from_bytes(prop_type: PropType, bytes: &[u8], code_page: CodePage) -> Self {
        Self::try_from_bytes(prop_type, bytes, code_page)
            .unwrap_or_else(|| Self::Raw(prop_type, bytes.into()))
    }

    fn try_from_bytes(prop_type: PropType, bytes: &[u8], code_page: CodePage) -> Option<Self> {
        Some(match prop_type {
            PropType::NULL => Self::Null,
            PropType::I16 => Self::I16(i16::from_le_bytes(*bytes.first_chunk()?)),
            PropType::I32 => Self::I32(i32::from_le_bytes(bytes.try_into().ok()?)),
            PropType::F32 => Self::F32(f32::from_le_bytes(bytes.try_into().ok()?)),
            PropType::F64 => Self::F64(f64::from_le_bytes(bytes.try_into().ok()?)),
            PropType::CURRENCY => Self::Currency(i64::from_le_bytes(bytes.try_into().ok()?)),
            PropType::APP_TIME => Self::AppTime(f64::from_le_bytes(bytes.try_into().ok()?)),
            PropType::ERROR => Self::Error(ErrorCode(u32::from_le_bytes(bytes.try_into().ok()?))),
            PropType::BOOL => Self::Bool(*bytes.first()? != 0),
            PropType::OBJECT => Self::Object(bytes.into()),
            PropType::I64 => Self::I64(i64::from_le_bytes(bytes.try_into().ok()?)),
            PropType::STRING8 => Self::String8(String8::new(bytes, code_page)),
            PropType::UNICODE => Self::Unicode(utf16(bytes)?),
            PropType::TIME => Self::Time(FileTime(i64::from_le_bytes(bytes.try_into().ok()?))),
            PropType::GUID => Self::Guid(Guid(bytes.try_into().ok()?)),
            PropType::SVREID => Self::SvrEid(bytes.into()),
            PropType::ACTIONS => Self::Actions(bytes.into()),
            PropType::BINARY => Self::Binary(bytes.into()),
            _ => return None,
        })
    }

    /// The text of a string of either width; also of broken UTF-16, with U+FFFD for what is
    /// broken.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Unicode(text) => Some(Cow::Borrowed(text)),
            Self::String8(text) => Some(text.decode()),
            Self::Raw(PropType::UNICODE, bytes) => Some(utf16_lossy(bytes).into()),
            _ => None,
        }
    }

    /// An integer of 16 or 32 bits, or a boolean as 0 or 1.
    pub fn as_i32(&self) -> Option<i32> {
        match self {
            Self::I16(value) => Some((*value).into()),
            Self::I32(value) => Some(*value),
            Self::Bool(value) => Some((*value).into()),
            _ => None,
        }
    }

    /// An integer of any size.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::I64(value) | Self::Currency(value) => Some(*value),
            _ => self.as_i32().map(i64::from),
        }
    }

    /// True or false; integers as zero or not.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => self.as_i64().map(|value| value != 0),
        }
    }

    /// A point in time.
    pub fn as_time(&self) -> Option<FileTime> {
        match self {
            Self::Time(value) => Some(*value),
            _ => None,
        }
    }

    /// The bytes of a binary value of any kind.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Binary(bytes)
            | Self::SvrEid(bytes)
            | Self::Actions(bytes)
            | Self::Object(bytes)
            | Self::Raw(_, bytes) => Some(bytes),
            Self::Guid(guid) => Some(&guid.0),
            _ => None,
        }
    }

    /// The status code, if this stands in place of a value.
    pub fn as_error(&self) -> Option<ErrorCode> {
        match self {
            Self::Error(code) => Some(*code),
            _ => None,
        }
    }

    /// How many bytes the value takes when stored: what `PR_MESSAGE_SIZE` and size restrictions
    /// count. Text is counted as UTF-16 or in its code page, without a terminating zero.
    pub fn size(&self) -> u64 {
        let each = |len: usize, size: usize| (len * size) as u64;
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::I16(_) => 2,
            Self::I32(_) | Self::F32(_) | Self::Error(_) => 4,
            Self::F64(_) | Self::Currency(_) | Self::AppTime(_) | Self::I64(_) | Self::Time(_) => 8,
            Self::Guid(_) => 16,
            Self::String8(text) => text.bytes.len() as u64,
            Self::Unicode(text) => utf16_size(text),
            Self::Object(b)
            | Self::SvrEid(b)
            | Self::Actions(b)
            | Self::Binary(b)
            | Self::Raw(_, b) => b.len() as u64,
            Self::Restriction(restriction) => restriction.node_count() as u64 * 16,
            Self::MvI16(values) => each(values.len(), 2),
            Self::MvI32(values) => each(values.len(), 4),
            Self::MvF32(values) => each(values.len(), 4),
            Self::MvF64(values) | Self::MvAppTime(values) => each(values.len(), 8),
            Self::MvCurrency(values) | Self::MvI64(values) => each(values.len(), 8),
            Self::MvTime(values) => each(values.len(), 8),
            Self::MvGuid(values) => each(values.len(), 16),
            Self::MvString8(values) => values.iter().map(|text| text.bytes.len() as u64).sum(),
            Self::MvUnicode(values) => values.iter().map(|text| utf16_size(text)).sum(),
            Self::MvBinary(values) => values.iter().map(|bytes| bytes.len() as u64).sum(),
            Self::Large(_, size) => *size,
        }
    }

    /// Whether it is a multivalue without values, which `SetProps` refuses.
    pub fn is_empty_multi(&self) -> bool {
        self.prop_type().is_multi() && self.multi_len() == Some(0)
    }

    /// How many values a multivalue has; `None` for a single value.
    pub fn multi_len(&self) -> Option<usize> {
        Some(match self {
            Self::MvI16(values) => values.len(),
            Self::MvI32(values) => values.len(),
            Self::MvF32(values) => values.len(),
            Self::MvF64(values) | Self::MvAppTime(values) => values.len(),
            Self::MvCurrency(values) | Self::MvI64(values) => values.len(),
            Self::MvString8(values) => values.len(),
            Self::MvUnicode(values) => values.len(),
            Self::MvTime(values) => values.len(),
            Self::MvGuid(values) => values.len(),
            Self::MvBinary(values) => values.len(),
            _ => return None,
        })
    }

    /// The n-th value of a multivalue as a value of its own.
    pub fn multi_get(&self, index: usize) -> Option<Self> {
        Some(match self {
            Self::MvI16(values) => Self::I16(*values.get(index)?),
            Self::MvI32(values) => Self::I32(*values.get(index)?),
            Self::MvF32(values) => Self::F32(*values.get(index)?),
            Self::MvF64(values) => Self::F64(*values.get(index)?),
            Self::MvAppTime(values) => Self::AppTime(*values.get(index)?),
            Self::MvCurrency(values) => Self::Currency(*values.get(index)?),
            Self::MvI64(values) => Self::I64(*values.get(index)?),
            Self::MvString8(values) => Self::String8(values.get(index)?.clone()),
            Self::MvUnicode(values) => Self::Unicode(values.get(index)?.clone()),
            Self::MvTime(values) => Self::Time(*values.get(index)?),
            Self::MvGuid(values) => Self::Guid(*values.get(index)?),
            Self::MvBinary(values) => Self::Binary(values.get(index)?.clone()),
            _ => return None,
        })
    }

    /// The values of a multivalue, or the single value itself.
    pub fn each(&self) -> impl Iterator<Item = Cow<'_, Self>> {
        let count = self.multi_len();
        (0..count.unwrap_or(1)).filter_map(move |index| match count {
            Some(_) => self.multi_get(index).map(Cow::Owned),
            None => Some(Cow::Borrowed(self)),
        })
    }

    /// The value in the type that is wanted, without a copy where it has that type. As
    /// [`coerce`](Self::coerce).
    ///
    /// # Errors
    /// `MAPI_E_UNEXPECTED_TYPE` if the types do not fit.
    pub fn fit(&self, wanted: PropType) -> Result<Cow<'_, Self>> {
        let same = wanted == PropType::UNSPECIFIED || wanted == self.prop_type();
        match same || self.as_error().is_some() {
            true => Ok(Cow::Borrowed(self)),
            false => self.clone().coerce(wanted).map(Cow::Owned),
        }
    }

    /// Gives the value in the string width that is asked for; other types must fit as they are.
    ///
    /// # Errors
    /// `MAPI_E_UNEXPECTED_TYPE` if the type is another; `PropType::UNSPECIFIED` takes any.
    pub fn coerce(self, wanted: PropType) -> Result<Self> {
        let found = self.prop_type();
        match (wanted, self) {
            (PropType::UNICODE, Self::String8(text)) => Ok(Self::Unicode(text.decode().into())),
            (PropType::STRING8, Self::Unicode(text)) => {
                Ok(Self::String8(String8::new(text.as_bytes(), CodePage::UTF8)))
            }
            (PropType::MV_UNICODE, Self::MvString8(texts)) => {
                Ok(Self::MvUnicode(texts.iter().map(|text| text.decode().into()).collect()))
            }
            (PropType::MV_STRING8, Self::MvUnicode(texts)) => Ok(Self::MvString8(
                texts.iter().map(|text| String8::new(text.as_bytes(), CodePage::UTF8)).collect(),
            )),
            (_, value) if wanted == PropType::UNSPECIFIED || wanted == found => Ok(value),
            (_, value @ Self::Error(_)) => Ok(value),
            _ => Err(Error::new(
                ErrorCode::UNEXPECTED_TYPE,
                format!("the value is {found}, not {wanted}"),
            )),
        }
    }
}

/// The bytes of a single value as [`Value::from_bytes`] reads them; `None` for multivalues and
/// for values that are not held.
pub fn value_bytes(value: &Value) -> Option<Vec<u8>> {
    Some(match value {
        Value::Null => Vec::new(),
        Value::I16(value) => value.to_le_bytes().into(),
        Value::I32(value) => value.to_le_bytes().into(),
        Value::F32(value) => value.to_le_bytes().into(),
        Value::F64(value) | Value::AppTime(value) => value.to_le_bytes().into(),
        Value::Currency(value) | Value::I64(value) => value.to_le_bytes().into(),
        Value::Error(code) => code.0.to_le_bytes().into(),
        Value::Bool(value) => vec![u8::from(*value)],
        Value::Time(time) => time.0.to_le_bytes().into(),
        Value::Guid(guid) => guid.0.into(),
        Value::String8(text) => text.bytes.to_vec(),
        Value::Unicode(text) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Value::Object(bytes)
        | Value::SvrEid(bytes)
        | Value::Actions(bytes)
        | Value::Binary(bytes)
        | Value::Raw(_, bytes) => bytes.to_vec(),
        _ => return None,
    })
}

fn utf16_size(text: &str) -> u64 {
    // Most text is ASCII, which need not be gone through letter by letter.
    if text.is_ascii() {
        return text.len() as u64 * 2;
    }
    text.chars().map(|c| c.len_utf16() as u64 * 2).sum()
}

/// Strict: `None` for an odd length or a lone surrogate.
fn utf16(bytes: &[u8]) -> Option<Box<str>> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    // ASCII, by far the most frequent, needs neither a table nor a second pass.
    if bytes.chunks_exact(2).all(|unit| unit[1] == 0 && unit[0] < 0x80) {
        let ascii: Vec<u8> = bytes.iter().step_by(2).copied().collect();
        return String::from_utf8(ascii).ok().map(Into::into);
    }
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let text: std::result::Result<String, _> = char::decode_utf16(units).collect();
    text.ok().map(Into::into)
}

fn utf16_lossy(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

macro_rules! from {
    ($($source:ty => $variant:ident;)*) => {
        $(impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

from! {
    i16 => I16;
    i32 => I32;
    i64 => I64;
    f32 => F32;
    f64 => F64;
    bool => Bool;
    ErrorCode => Error;
    String8 => String8;
    &str => Unicode;
    String => Unicode;
    FileTime => Time;
    Guid => Guid;
    &[u8] => Binary;
    Vec<u8> => Binary;
    Vec<i32> => MvI32;
    Vec<Box<str>> => MvUnicode;
    Vec<Box<[u8]>> => MvBinary;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_follow_its_type_is_kept() {
        let lone = [0x00, 0xD8, 0x41, 0x00];
        let value = Value::from_bytes(PropType::UNICODE, &lone, CodePage::WESTERN);
        assert_eq!(value, Value::Raw(PropType::UNICODE, lone.into()));
        assert_eq!(value.as_text().unwrap(), "\u{FFFD}A");
        assert_eq!(value.prop_type(), PropType::UNICODE);
        let short = Value::from_bytes(PropType::I32, &[1, 2], CodePage::WESTERN);
        assert_eq!(short, Value::Raw(PropType::I32, [1, 2].into()));
        let unknown = Value::from_bytes(PropType(0x0777), &[9], CodePage::WESTERN);
        assert_eq!(unknown, Value::Raw(PropType(0x0777), [9].into()));
    }

    #[test]
    fn utf16_round_trip() {
        for text in ["", "plain", "Grüße", "日本語", "🦀 crab"] {
            let bytes = value_bytes(&Value::from(text)).unwrap();
            let value = Value::from_bytes(PropType::UNICODE, &bytes, CodePage::WESTERN);
            assert_eq!(value, Value::from(text));
            assert_eq!(value.size(), bytes.len() as u64);
        }
    }

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Value>() <= 32);
    }

    #[test]
    fn strings_change_width_and_nothing_else_changes() {
        let text = Value::from(String8::new(&b"\xE9"[..], CodePage::WESTERN));
        assert_eq!(text.coerce(PropType::UNICODE).unwrap(), Value::from("é"));
        let code = Value::I32(1).coerce(PropType::BOOL).unwrap_err().code();
        assert_eq!(code, ErrorCode::UNEXPECTED_TYPE);
    }
}
