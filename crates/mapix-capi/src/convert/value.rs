//! Property values.

use mapix::prop::{CodePage, FileTime, Guid, Prop, PropRef, PropTag, PropType, String8, Value};
use mapix::{Error, ErrorCode, Result};

use super::restriction::{read_restriction, restriction_room, write_restriction};
use super::text::string8;
use crate::arg::{In, Out};
use crate::memory::Buffer;
use crate::types::{
    CY, FILETIME, GUID, LARGE_INTEGER, Plain, SBinary, SLPSTRArray, SPropValue, SWStringArray, UPV,
};

/// Reads properties that came in.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` if they, or what they point to, are not there.
pub fn props(count: u32, props: In<'_, SPropValue>) -> Result<Vec<Prop>> {
    props.each(count)?.map(prop).collect()
}

/// Reads a property that came in. An object (`PT_OBJECT`) comes without its bytes.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` if it, or what it points to, is not there;
/// `MAPI_E_TYPE_NO_SUPPORT` for types that C has no form for.
pub fn prop(prop: In<'_, SPropValue>) -> Result<Prop> {
    let tag = PropTag(prop.need()?.ulPropTag);
    Ok(Prop { tag, value: value(tag.prop_type(), prop)? })
}

/// The member of the union that the type says.
macro_rules! member {
    ($prop:expr, $field:ident) => {
        // SAFETY: which member is good is the caller's word, given by the tag; all of them are
        // numbers and pointers.
        unsafe { $prop.need()?.Value.$field }
    };
}

/// The values of a multivalue.
macro_rules! many {
    ($prop:expr, $field:ident, $values:ident, $each:expr) => {{
        let array = member!($prop, $field);
        let values = $prop.inner(|_| array.$values.cast_const());
        values.many(array.cValues)?.iter().copied().map($each).collect()
    }};
}

fn value(prop_type: PropType, prop: In<'_, SPropValue>) -> Result<Value> {
    // MV_INSTANCE only marks columns.
    Ok(match PropType(prop_type.0 & !0x2000) {
        PropType::NULL | PropType::UNSPECIFIED => Value::Null,
        PropType::I16 => Value::I16(member!(prop, i)),
        PropType::I32 => Value::I32(member!(prop, l)),
        PropType::F32 => Value::F32(member!(prop, flt)),
        PropType::F64 => Value::F64(member!(prop, dbl)),
        PropType::CURRENCY => Value::Currency(member!(prop, cur).int64),
        PropType::APP_TIME => Value::AppTime(member!(prop, at)),
        PropType::ERROR => Value::Error(member!(prop, err).code()),
        PropType::BOOL => Value::Bool(member!(prop, b) != 0),
        PropType::OBJECT => Value::Object(Box::default()),
        PropType::I64 => Value::I64(member!(prop, li).QuadPart),
        PropType::TIME => Value::Time(time(member!(prop, ft))),
        PropType::STRING8 => {
            let text = member!(prop, lpszA);
            Value::String8(narrow(prop.inner(|_| text.cast_const()))?)
        }
        PropType::UNICODE => {
            let text = member!(prop, lpszW);
            wide(prop.inner(|_| text.cast_const()))?
        }
        PropType::GUID => {
            let guid = member!(prop, lpguid);
            Value::Guid((*prop.inner(|_| guid.cast_const()).need()?).into())
        }
        PropType::BINARY => Value::Binary(binary(prop, member!(prop, bin))?),
        PropType::SVREID => Value::SvrEid(binary(prop, member!(prop, bin))?),
        PropType::RESTRICTION => {
            let root = member!(prop, lpv);
            let root = prop.inner(|_| root.cast_const().cast());
            Value::Restriction(Box::new(read_restriction(root)?))
        }
        PropType::MV_I16 => Value::MvI16(many!(prop, MVi, lpi, |value| value)),
        PropType::MV_I32 => Value::MvI32(many!(prop, MVl, lpl, |value| value)),
        PropType::MV_F32 => Value::MvF32(many!(prop, MVflt, lpflt, |value| value)),
        PropType::MV_F64 => Value::MvF64(many!(prop, MVdbl, lpdbl, |value| value)),
        PropType::MV_CURRENCY => {
            Value::MvCurrency(many!(prop, MVcur, lpcur, |value: CY| value.int64))
        }
        PropType::MV_APP_TIME => Value::MvAppTime(many!(prop, MVat, lpat, |value| value)),
        PropType::MV_I64 => {
            Value::MvI64(many!(prop, MVli, lpli, |value: LARGE_INTEGER| value.QuadPart))
        }
        PropType::MV_TIME => Value::MvTime(many!(prop, MVft, lpft, time)),
        PropType::MV_GUID => Value::MvGuid(many!(prop, MVguid, lpguid, Guid::from)),
        PropType::MV_BINARY => {
            let array = member!(prop, MVbin);
            let values = prop.inner(|_| array.lpbin.cast_const()).many(array.cValues)?;
            let values = values.iter().map(|value| binary(prop, *value));
            Value::MvBinary(values.collect::<Result<_>>()?)
        }
        PropType::MV_STRING8 => {
            let array = member!(prop, MVszA);
            let values = prop.inner(|_| array.lppszA.cast_const()).many(array.cValues)?;
            let values = values.iter().map(|value| narrow(prop.inner(|_| value.cast_const())));
            Value::MvString8(values.collect::<Result<_>>()?)
        }
        PropType::MV_UNICODE => {
            let array = member!(prop, MVszW);
            let values = prop.inner(|_| array.lppszW.cast_const()).many(array.cValues)?;
            let texts = values.iter().map(|value| {
                let units = prop.inner(|_| value.cast_const()).until_zero().ok_or_else(no_text)?;
                Ok(String::from_utf16_lossy(&units).into())
            });
            Value::MvUnicode(texts.collect::<Result<_>>()?)
        }
        other => {
            return Err(Error::new(
                ErrorCode::TYPE_NO_SUPPORT,
                format!("a value of type {other} has no form in C"),
            ));
        }
    })
}

fn narrow(text: In<'_, u8>) -> Result<String8> {
    text.until_zero().map(string8).ok_or_else(no_text)
}

/// Text; the bytes of what is none.
fn wide(text: In<'_, u16>) -> Result<Value> {
    let units = text.until_zero().ok_or_else(no_text)?;
    Ok(match String::from_utf16(&units) {
        Ok(text) => Value::from(text),
        Err(_) => {
            Value::Raw(PropType::UNICODE, units.into_iter().flat_map(u16::to_le_bytes).collect())
        }
    })
}

fn binary(owner: In<'_, SPropValue>, binary: SBinary) -> Result<Box<[u8]>> {
    Ok(owner.inner(|_| binary.lpb.cast_const()).many(binary.cb)?.into())
}

fn no_text() -> Error {
    Error::invalid_parameter("a string property has no text")
}

fn time(time: FILETIME) -> FileTime {
    FileTime((u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)) as i64)
}

fn filetime(time: FileTime) -> FILETIME {
    FILETIME { dwLowDateTime: time.0 as u32, dwHighDateTime: (time.0 >> 32) as u32 }
}

/// A property that can be given: one of its own, or one that somebody else holds.
pub trait Shown {
    /// Its tag.
    fn tag(&self) -> PropTag;
    /// Its value.
    fn value(&self) -> &Value;
}

impl Shown for Prop {
    fn tag(&self) -> PropTag {
        self.tag
    }

    fn value(&self) -> &Value {
        &self.value
    }
}

impl Shown for PropRef<'_> {
    fn tag(&self) -> PropTag {
        self.tag
    }

    fn value(&self) -> &Value {
        &self.value
    }
}

/// Gives properties as a buffer, and how many there are.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for them.
pub fn give_props(
    count: Out<'_, u32>,
    target: Out<'_, *mut SPropValue>,
    props: &[impl Shown],
) -> Result<()> {
    count.clear()?;
    target.clear()?;
    let buffer = props_buffer(props)?;
    count.set(props.len() as u32)?;
    target.set(buffer.into_raw())
}

/// A buffer of properties.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn props_buffer(props: &[impl Shown]) -> Result<Buffer> {
    let buffer = Buffer::for_many::<SPropValue>(props.len(), props_room(props))?;
    for (index, prop) in props.iter().enumerate() {
        buffer.put(index, write_prop(&buffer, prop)?);
    }
    Ok(buffer)
}

/// Chains properties; null for none.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn write_props(buffer: &Buffer, props: &[impl Shown]) -> Result<*mut SPropValue> {
    if props.is_empty() {
        return Ok(std::ptr::null_mut());
    }
    let target = buffer.slice(props.len())?;
    for (place, prop) in target.iter_mut().zip(props) {
        *place = write_prop(buffer, prop)?;
    }
    Ok(target.as_mut_ptr())
}

/// A property for C; what it points to is chained to the buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn write_prop(buffer: &Buffer, prop: &impl Shown) -> Result<SPropValue> {
    write_value(buffer, prop.tag(), prop.value())
}

/// As [`write_prop`]. What C has no form for becomes an error in its place, as does what must be
/// opened.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn write_value(buffer: &Buffer, tag: PropTag, value: &Value) -> Result<SPropValue> {
    let member = match value {
        Value::Null => UPV { li: LARGE_INTEGER { QuadPart: 0 } },
        Value::I16(value) => UPV { i: *value },
        Value::I32(value) => UPV { l: *value },
        Value::F32(value) => UPV { flt: *value },
        Value::F64(value) => UPV { dbl: *value },
        Value::Currency(value) => UPV { cur: CY { int64: *value } },
        Value::AppTime(value) => UPV { at: *value },
        Value::Error(code) => UPV { err: (*code).into() },
        Value::Bool(value) => UPV { b: (*value).into() },
        Value::I64(value) => UPV { li: LARGE_INTEGER { QuadPart: *value } },
        Value::Time(value) => UPV { ft: filetime(*value) },
        Value::String8(text) => UPV { lpszA: write_narrow(buffer, text)? },
        Value::Unicode(text) => UPV { lpszW: buffer.text16(text)? },
        Value::Raw(PropType::UNICODE, bytes) => UPV { lpszW: raw16(buffer, bytes)? },
        Value::Guid(guid) => UPV { lpguid: buffer.copy(&[GUID::from(*guid)])? },
        Value::Binary(bytes) | Value::SvrEid(bytes) => UPV { bin: write_binary(buffer, bytes)? },
        Value::Restriction(tree) => UPV { lpv: write_restriction(buffer, tree)?.cast() },
        multi if multi.multi_len().is_some() => return write_multi(buffer, tag, multi),
        Value::Object(_) | Value::Large(..) => {
            return Ok(failed(tag, ErrorCode::NOT_ENOUGH_MEMORY));
        }
        _ => return Ok(failed(tag, ErrorCode::TYPE_NO_SUPPORT)),
    };
    let tag = tag.with_type(value.prop_type());
    let mut prop = SPropValue { ulPropTag: tag.0, ..SPropValue::zeroed() };
    prop.Value = member;
    Ok(prop)
}

fn failed(tag: PropTag, code: ErrorCode) -> SPropValue {
    let tag = tag.with_type(PropType::ERROR);
    SPropValue { ulPropTag: tag.0, dwAlignPad: 0, Value: UPV { err: code.into() } }
}

fn write_multi(buffer: &Buffer, tag: PropTag, value: &Value) -> Result<SPropValue> {
    // All arrays are a count and a pointer; which one does not matter for their layout.
    let array = |values: Result<*mut u8>| -> Result<UPV> {
        let cb = value.multi_len().unwrap_or_default() as u32;
        Ok(UPV { bin: SBinary { cb, lpb: values? } })
    };
    let member = match value {
        Value::MvI16(values) => array(buffer.copy(values).map(<*mut i16>::cast)),
        Value::MvI32(values) => array(buffer.copy(values).map(<*mut i32>::cast)),
        Value::MvF32(values) => array(buffer.copy(values).map(<*mut f32>::cast)),
        Value::MvF64(values) | Value::MvAppTime(values) => {
            array(buffer.copy(values).map(<*mut f64>::cast))
        }
        Value::MvCurrency(values) | Value::MvI64(values) => {
            array(buffer.copy(values).map(<*mut i64>::cast))
        }
        Value::MvTime(values) => array(each(buffer, values, |value| Ok(filetime(*value)))),
        Value::MvGuid(values) => array(each(buffer, values, |value| Ok(GUID::from(*value)))),
        Value::MvBinary(values) => array(each(buffer, values, |value| write_binary(buffer, value))),
        Value::MvString8(values) => {
            array(each(buffer, values, |value| write_narrow(buffer, value)))
        }
        Value::MvUnicode(values) => array(each(buffer, values, |value| buffer.text16(value))),
        _ => return Ok(failed(tag, ErrorCode::TYPE_NO_SUPPORT)),
    }?;
    let tag = tag.with_type(value.prop_type());
    Ok(SPropValue { ulPropTag: tag.0, dwAlignPad: 0, Value: member })
}

const _: () = assert!(
    size_of::<SLPSTRArray>() == size_of::<SBinary>()
        && size_of::<SWStringArray>() == size_of::<SBinary>()
);

fn each<S, T: Plain>(
    buffer: &Buffer,
    values: &[S],
    write: impl Fn(&S) -> Result<T>,
) -> Result<*mut u8> {
    let target = buffer.slice(values.len())?;
    for (place, value) in target.iter_mut().zip(values) {
        *place = write(value)?;
    }
    Ok(target.as_mut_ptr().cast())
}

/// Narrow text, which is UTF-8 for C whatever the store has.
fn write_narrow(buffer: &Buffer, text: &String8) -> Result<*mut u8> {
    if text.code_page == CodePage::UTF8 || text.bytes.is_ascii() {
        return buffer.text8(&text.bytes);
    }
    buffer.text8(text.decode().as_bytes())
}

fn write_binary(buffer: &Buffer, bytes: &[u8]) -> Result<SBinary> {
    Ok(SBinary { cb: bytes.len() as u32, lpb: buffer.copy(bytes)? })
}

/// UTF-16 that is none, as it is, up to a zero.
fn raw16(buffer: &Buffer, bytes: &[u8]) -> Result<*mut u16> {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).chain([0]).collect();
    buffer.copy(&units)
}

/// How much room the values of properties need beside the properties themselves.
pub fn props_room(props: &[impl Shown]) -> usize {
    props.iter().map(|prop| value_room(prop.value())).sum()
}

/// How much room a value needs beside its property. Everything chained is rounded up to 16.
pub fn value_room(value: &Value) -> usize {
    let up = |size: usize| size.next_multiple_of(16);
    match value {
        Value::String8(text) => up(text.bytes.len() + 1),
        Value::Unicode(text) => up((text.len() + 1) * 2),
        Value::Guid(_) => 16,
        Value::Binary(bytes) | Value::SvrEid(bytes) | Value::Raw(_, bytes) => up(bytes.len() + 2),
        Value::Restriction(tree) => restriction_room(tree),
        Value::MvString8(values) => {
            up(values.len() * 8) + values.iter().map(|text| up(text.bytes.len() + 1)).sum::<usize>()
        }
        Value::MvUnicode(values) => {
            up(values.len() * 8) + values.iter().map(|text| up((text.len() + 1) * 2)).sum::<usize>()
        }
        Value::MvBinary(values) => {
            up(values.len() * 16) + values.iter().map(|bytes| up(bytes.len())).sum::<usize>()
        }
        multi if multi.multi_len().is_some() => up(multi.size() as usize),
        _ => 0,
    }
}
