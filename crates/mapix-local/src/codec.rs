//! Values and bags of properties as bytes.
//!
//! ```text
//! bag      entry*, by property ID
//! entry    tag:u32 length<<3|form:varint payload
//! form     0  the value itself
//!          1  the value is in the bag's second part: offset:varint length:varint size:varint
//!          2  the value is a lob: number:varint size:varint code page:u16
//!          4  added to one of them: bytes that do not follow their type (`Value::Raw`)
//! value    numbers little-endian, text UTF-8, narrow text code page:u16 bytes,
//!          restrictions code page:u16 bytes, multivalues count:varint value*, where text and
//!          bytes have length:varint in front
//! size     that of `Value::size`
//! varint   seven bits in a byte, the lowest first, the top bit set in all but the last
//! ```

use mapix_core::prop::{
    CodePage, FileTime, Guid, Prop, PropBag, PropTag, PropType, String8, Value, value_bytes,
};
use mapix_core::restriction::Restriction;
use mapix_core::{Error, Result};

const HERE: u64 = 0;
const BIG: u64 = 1;
const LOB: u64 = 2;
const RAW: u64 = 4;

/// A large value that is stored apart, in chunks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lob {
    /// Its number.
    pub(crate) id: i64,
    /// Its size in bytes, which is that of the value.
    pub(crate) size: u64,
    /// The code page of narrow text.
    pub(crate) code_page: CodePage,
}

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Place<'a> {
    /// Here: the encoded bytes.
    Here(&'a [u8]),
    /// In the second part of the bag: from where, how many bytes, and the size of the value.
    Big {
        /// Where it begins.
        offset: usize,
        /// How many encoded bytes it has.
        len: usize,
        /// The size of the value.
        size: u64,
    },
    /// Apart.
    Lob(Lob),
}

/// One property of an encoded bag.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Entry<'a> {
    /// Its tag.
    pub(crate) tag: PropTag,
    /// Whether its bytes do not follow its type.
    pub(crate) raw: bool,
    /// Where its value is.
    pub(crate) place: Place<'a>,
}

impl Entry<'_> {
    /// The value, from its encoded bytes.
    pub(crate) fn value(&self, bytes: &[u8]) -> Result<Value> {
        if self.raw {
            return Ok(Value::Raw(self.tag.prop_type(), bytes.into()));
        }
        let broken = || Error::corrupt("the stored value does not follow its type");
        decode(self.tag.prop_type(), bytes).ok_or_else(|| broken().context(self.tag))
    }
}

/// Visits the properties of an encoded bag, in the order of their IDs.
pub(crate) fn entries(bytes: &[u8]) -> Entries<'_> {
    Entries(bytes)
}

/// The properties of an encoded bag; the last is an error if the bytes do not follow the format.
#[derive(Clone, Debug)]
pub(crate) struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let mut reader = Reader(self.0);
        let entry = reader.entry();
        self.0 = if entry.is_some() { reader.0 } else { &[] };
        Some(entry.ok_or_else(|| Error::corrupt("the stored properties break off")))
    }
}

/// Writes an encoded bag. Properties are added in the order of their IDs.
#[derive(Default, Debug)]
pub(crate) struct BagWriter {
    /// The bag.
    pub(crate) bytes: Vec<u8>,
    /// Its second part.
    pub(crate) big: Vec<u8>,
}

impl BagWriter {
    /// Adds a property with its encoded value.
    pub(crate) fn here(&mut self, tag: PropTag, raw: bool, encoded: &[u8]) {
        self.entry(tag, HERE, raw, encoded);
    }

    /// Adds a property whose encoded value goes to the second part.
    pub(crate) fn big(&mut self, tag: PropTag, raw: bool, encoded: &[u8], size: u64) {
        let mut payload = Vec::with_capacity(12);
        varint(&mut payload, self.big.len() as u64);
        varint(&mut payload, encoded.len() as u64);
        varint(&mut payload, size);
        self.big.extend_from_slice(encoded);
        self.entry(tag, BIG, raw, &payload);
    }

    /// Adds a property whose value is a lob.
    pub(crate) fn lob(&mut self, tag: PropTag, raw: bool, lob: &Lob) {
        let mut payload = Vec::with_capacity(16);
        varint(&mut payload, lob.id as u64);
        varint(&mut payload, lob.size);
        payload.extend_from_slice(&lob.code_page.0.to_le_bytes());
        self.entry(tag, LOB, raw, &payload);
    }

    fn entry(&mut self, tag: PropTag, form: u64, raw: bool, payload: &[u8]) {
        self.bytes.extend_from_slice(&tag.0.to_le_bytes());
        let form = if raw { form | RAW } else { form };
        varint(&mut self.bytes, (payload.len() as u64) << 3 | form);
        self.bytes.extend_from_slice(payload);
    }
}

/// A bag with all values in it, as recipients are stored.
///
/// # Errors
/// Those of [`encode`].
pub(crate) fn encode_bag(bag: &PropBag) -> Result<Vec<u8>> {
    let mut writer = BagWriter::default();
    for prop in bag {
        let raw = matches!(prop.value, Value::Raw(..));
        writer.here(prop.tag, raw, &encode(&prop.value)?);
    }
    Ok(writer.bytes)
}

/// Reads what [`encode_bag`] writes. Values that cannot be read are error values.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` if the bytes break off.
pub(crate) fn decode_bag(bytes: &[u8]) -> Result<PropBag> {
    entries(bytes)
        .map(|entry| {
            let entry = entry?;
            let value = match entry.place {
                Place::Here(bytes) => entry.value(bytes),
                Place::Big { .. } | Place::Lob(_) => Err(Error::corrupt("the value is elsewhere")),
            };
            let value = value.unwrap_or_else(|error| Value::Error(error.code()));
            Ok(Prop { tag: entry.tag, value })
        })
        .collect()
}

/// Several bags, each with its length in front.
///
/// # Errors
/// Those of [`encode`].
pub(crate) fn encode_list(bags: &[PropBag]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for bag in bags {
        let bag = encode_bag(bag)?;
        varint(&mut bytes, bag.len() as u64);
        bytes.extend_from_slice(&bag);
    }
    Ok(bytes)
}

/// Reads what [`encode_list`] writes.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` if the bytes break off.
pub(crate) fn decode_list(bytes: &[u8]) -> Result<Vec<PropBag>> {
    let mut reader = Reader(bytes);
    let mut bags = Vec::new();
    while !reader.0.is_empty() {
        let bag = reader.counted().ok_or_else(|| Error::corrupt("the stored rows break off"))?;
        bags.push(decode_bag(bag)?);
    }
    Ok(bags)
}

/// The encoded bytes of a value.
///
/// # Errors
/// `MAPI_E_TOO_COMPLEX` for restrictions that cannot be written; `MAPI_E_INVALID_PARAMETER` for
/// what is no value.
pub(crate) fn encode(value: &Value) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    encode_into(value, &mut out)?;
    Ok(out)
}

fn encode_into(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Unicode(text) => out.extend_from_slice(text.as_bytes()),
        Value::String8(text) => narrow(out, text),
        Value::Restriction(restriction) => {
            let code_page = code_page_of(restriction);
            out.extend_from_slice(&code_page.0.to_le_bytes());
            out.extend_from_slice(&restriction.to_bytes(code_page)?);
        }
        Value::Large(..) | Value::Error(_) => {
            return Err(Error::invalid_parameter("it is no value that can be stored"));
        }
        _ if value.prop_type().is_multi() && !matches!(value, Value::Raw(..)) => {
            varint(out, value.multi_len().unwrap_or_default() as u64);
            for one in value.each() {
                if one.prop_type().fixed_size().is_some() {
                    encode_into(&one, out)?;
                } else {
                    let one = encode(&one)?;
                    varint(out, one.len() as u64);
                    out.extend_from_slice(&one);
                }
            }
        }
        _ => out.extend_from_slice(&value_bytes(value).unwrap_or_default()),
    }
    Ok(())
}

fn narrow(out: &mut Vec<u8>, text: &String8) {
    out.extend_from_slice(&text.code_page.0.to_le_bytes());
    out.extend_from_slice(&text.bytes);
}

/// The code page in which the narrow strings of a restriction are: one, or it is not written.
fn code_page_of(restriction: &Restriction) -> CodePage {
    let candidates = [CodePage::WESTERN, CodePage::UTF8];
    let all = candidates.into_iter().chain((1..=u16::MAX).map(CodePage).filter(|c| c.is_known()));
    all.into_iter().find(|page| restriction.to_bytes(*page).is_ok()).unwrap_or(CodePage::WESTERN)
}

/// A value from its encoded bytes; `None` if they do not follow the type.
pub(crate) fn decode(prop_type: PropType, bytes: &[u8]) -> Option<Value> {
    if prop_type.is_multi() {
        return multi(prop_type, bytes);
    }
    match prop_type {
        PropType::UNICODE => Some(Value::Unicode(std::str::from_utf8(bytes).ok()?.into())),
        PropType::STRING8 => Some(Value::String8(string8(bytes)?)),
        PropType::RESTRICTION => {
            let (code_page, bytes) = bytes.split_first_chunk()?;
            let code_page = CodePage(u16::from_le_bytes(*code_page));
            let restriction = Restriction::from_bytes(bytes, code_page).ok()?;
            Some(Value::Restriction(Box::new(restriction)))
        }
        _ => match Value::from_bytes(prop_type, bytes, CodePage::WESTERN) {
            Value::Raw(..) => None,
            value => Some(value),
        },
    }
}

fn string8(bytes: &[u8]) -> Option<String8> {
    let (code_page, bytes) = bytes.split_first_chunk()?;
    Some(String8::new(bytes, CodePage(u16::from_le_bytes(*code_page))))
}

fn multi(prop_type: PropType, bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader(bytes);
    let count = usize::try_from(reader.varint()?).ok()?;
    let value = match prop_type {
        PropType::MV_I16 => Value::MvI16(fixed(&mut reader, count, i16::from_le_bytes)?),
        PropType::MV_I32 => Value::MvI32(fixed(&mut reader, count, i32::from_le_bytes)?),
        PropType::MV_F32 => Value::MvF32(fixed(&mut reader, count, f32::from_le_bytes)?),
        PropType::MV_F64 => Value::MvF64(fixed(&mut reader, count, f64::from_le_bytes)?),
        PropType::MV_CURRENCY => Value::MvCurrency(fixed(&mut reader, count, i64::from_le_bytes)?),
        PropType::MV_APP_TIME => Value::MvAppTime(fixed(&mut reader, count, f64::from_le_bytes)?),
        PropType::MV_I64 => Value::MvI64(fixed(&mut reader, count, i64::from_le_bytes)?),
        PropType::MV_TIME => {
            let time = |bytes| FileTime(i64::from_le_bytes(bytes));
            Value::MvTime(fixed(&mut reader, count, time)?)
        }
        PropType::MV_GUID => Value::MvGuid(fixed(&mut reader, count, Guid)?),
        PropType::MV_STRING8 => Value::MvString8(counted(&mut reader, count, string8)?),
        PropType::MV_UNICODE => Value::MvUnicode(counted(&mut reader, count, |bytes| {
            Some(std::str::from_utf8(bytes).ok()?.into())
        })?),
        PropType::MV_BINARY => {
            Value::MvBinary(counted(&mut reader, count, |bytes| Some(bytes.into()))?)
        }
        _ => return None,
    };
    reader.0.is_empty().then_some(value)
}

fn fixed<const N: usize, T>(
    reader: &mut Reader<'_>,
    count: usize,
    make: impl Fn([u8; N]) -> T,
) -> Option<Box<[T]>> {
    let bytes = reader.take(count.checked_mul(N)?)?;
    Some(bytes.as_chunks::<N>().0.iter().map(|chunk| make(*chunk)).collect())
}

fn counted<T>(
    reader: &mut Reader<'_>,
    count: usize,
    make: impl Fn(&[u8]) -> Option<T>,
) -> Option<Box<[T]>> {
    (0..count).map(|_| make(reader.counted()?)).collect()
}

/// Adds a number of seven bits in a byte.
pub(crate) fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads encoded bytes from the front; `None` where they break off.
#[derive(Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes.
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number that [`varint`] wrote.
    pub(crate) fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Bytes with their length in front.
    pub(crate) fn counted(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.varint()?).ok()?;
        self.take(len)
    }

    fn entry(&mut self) -> Option<Entry<'a>> {
        let (tag, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        let head = self.varint()?;
        let payload = self.take(usize::try_from(head >> 3).ok()?)?;
        let mut inner = Reader(payload);
        let place = match head & 3 {
            HERE => Place::Here(payload),
            BIG => Place::Big {
                offset: usize::try_from(inner.varint()?).ok()?,
                len: usize::try_from(inner.varint()?).ok()?,
                size: inner.varint()?,
            },
            LOB => Place::Lob(Lob {
                id: i64::try_from(inner.varint()?).ok()?,
                size: inner.varint()?,
                code_page: CodePage(u16::from_le_bytes(inner.take(2)?.try_into().ok()?)),
            }),
            _ => return None,
        };
        Some(Entry { tag: PropTag(u32::from_le_bytes(*tag)), raw: head & RAW != 0, place })
    }
}

#[cfg(test)]
mod tests;
