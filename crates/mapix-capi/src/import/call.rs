//! Calls into a provider, and what comes back: answers, objects and buffers that are looked at
//! before they are believed.
//!
//! What a check can see is an error of this one call: a missing object, an object without
//! functions, memory that is not MAPI's or smaller than its count says. What no check can see (a
//! pointer to nowhere inside a value, one release too many) is the process's, as it is on Windows;
//! nor can an exception of C++ be caught that passes through a function of the provider's into
//! ours: it ends the process, and a provider has to catch its own.

use std::ptr::NonNull;

use mapix::prop::{Prop, PropTag, PropType, Value};
use mapix::{Error, ErrorCode, Result};

use crate::arg::{In, Out};
use crate::com::{Interface, Ptr};
use crate::convert::{MAPI_UNICODE, prop, read_text};
use crate::iface::{IMAPIProp, IMAPITable, IMSLogon, IUnknown};
use crate::memory;
use crate::types::{HRESULT, MAPIERROR, SPropValue, SRow, SRowSet};

/// What can say more about its last error.
pub(crate) trait Explains {
    fn last_error(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
}

macro_rules! explains {
    ($($interface:ty),*) => {$(
        impl Explains for Ptr<$interface> {
            fn last_error(
                &self,
                result: HRESULT,
                flags: u32,
                error: Out<'_, *mut MAPIERROR>,
            ) -> HRESULT {
                // SAFETY: the object is alive.
                unsafe { self.GetLastError(result, flags, error) }
            }
        }
    )*};
}

explains!(IMAPIProp, IMAPITable, IMSLogon);

/// An answer: an error with what the object says about it.
pub(crate) fn ask(object: &impl Explains, result: HRESULT, call: &str) -> Result<()> {
    if result.is_ok() {
        return Ok(());
    }
    let more = last_error(object, result).and_then(|(text, _)| text);
    Err(failed(result, call, more))
}

/// What an object says about an answer: a text, and the code of what led to it, which may be 0.
pub(super) fn last_error(
    object: &impl Explains,
    result: HRESULT,
) -> Option<(Option<String>, ErrorCode)> {
    let mut raw = std::ptr::null_mut();
    let told = object.last_error(result, MAPI_UNICODE, Out::new(&mut raw));
    told.is_ok().then(|| explanation(raw)).flatten()
}

/// An answer of what cannot say more.
pub(crate) fn done(result: HRESULT, call: &str) -> Result<()> {
    if result.is_ok() { Ok(()) } else { Err(failed(result, call, None)) }
}

/// As [`ask`], where doing it in part is not enough.
pub(crate) fn whole(object: &impl Explains, result: HRESULT, call: &str) -> Result<()> {
    ask(object, result, call)?;
    if result.code() == mapix::Warning::PartialCompletion.code() {
        return Err(Error::new(ErrorCode::CALL_FAILED, format!("{call} was done in part only")));
    }
    Ok(())
}

fn failed(result: HRESULT, call: &str, more: Option<String>) -> Error {
    let sentence = match more {
        Some(more) => format!("{call}: {more}"),
        None => format!("{call} of the provider failed"),
    };
    Error::new(result.code(), sentence)
}

/// The text of an error that a provider gave, which is freed.
pub(super) fn sentence(error: *mut MAPIERROR) -> Option<String> {
    explanation(error).and_then(|(text, _)| text)
}

fn explanation(error: *mut MAPIERROR) -> Option<(Option<String>, ErrorCode)> {
    let error = Block::take(error).ok().filter(|error| error.holds(1))?;
    // SAFETY: it was checked that the structure is there; its text is the provider's word.
    let text = unsafe { In::from_raw(error.get().lpszError.cast_const()) };
    let text = read_text(text, MAPI_UNICODE).ok()?.map(|text| text.trim().to_owned());
    Some((text.filter(|text| !text.is_empty()), ErrorCode(error.get().ulLowLevelError)))
}

/// Takes an object over that a call has given.
///
/// # Errors
/// `MAPI_E_CALL_FAILED` if it is missing, or one of its functions is.
pub(crate) fn object<I: Interface>(raw: *mut I, call: &str) -> Result<Ptr<I>> {
    let wrong = |what| Err(Error::new(ErrorCode::CALL_FAILED, format!("{call} gave {what}")));
    if raw.is_null() || !raw.is_aligned() {
        return wrong("no object");
    }
    // SAFETY: an interface pointer points to a pointer to functions; that they are there is
    // looked at before the object is used.
    unsafe {
        let functions = raw.cast::<*const usize>().read();
        if functions.is_null() || !functions.is_aligned() {
            return wrong("an object without functions");
        }
        let count = size_of::<I::Vtbl>() / size_of::<usize>();
        if (0..count).any(|slot| functions.add(slot).read() == 0) {
            return wrong("an object that lacks functions");
        }
        // Not null: it was looked at.
        Ptr::from_raw(raw).ok_or_else(|| Error::new(ErrorCode::CALL_FAILED, call))
    }
}

/// The same object by another interface that it was given as.
pub(crate) fn known_as<I: Interface>(unknown: Ptr<IUnknown>, call: &str) -> Result<Ptr<I>> {
    object(unknown.into_raw().cast(), call)
}

/// A buffer of MAPI's that a provider gave; it is freed when this is dropped.
pub(crate) struct Block<T> {
    start: NonNull<T>,
    /// How many bytes are there at most.
    size: usize,
}

impl<T: Copy> Block<T> {
    /// # Errors
    /// `MAPI_E_CALL_FAILED` if it is null or not MAPI's.
    pub(crate) fn take(raw: *mut T) -> Result<Self> {
        let wrong = |what| Error::new(ErrorCode::CALL_FAILED, format!("the provider gave {what}"));
        let start = NonNull::new(raw).ok_or_else(|| wrong("no buffer"))?;
        // SAFETY: what a provider gives in place of a buffer is at least memory.
        let size = unsafe { memory::extent(start.cast()) };
        Ok(Self { start, size: size.ok_or_else(|| wrong("memory that is not MAPI's"))? })
    }

    /// Whether it can hold so many values.
    pub(crate) fn holds(&self, count: usize) -> bool {
        count.checked_mul(size_of::<T>()).is_some_and(|size| size <= self.size)
    }

    /// Whether so many bytes are there.
    pub(crate) fn reaches(&self, size: usize) -> bool {
        size <= self.size
    }

    /// The first value, which must be held.
    pub(crate) fn get(&self) -> &T {
        assert!(self.holds(1), "looked at before");
        // SAFETY: the block is large enough, and alive until this is dropped.
        unsafe { self.start.as_ref() }
    }

    /// The bytes from its start.
    pub(crate) fn bytes(&self, count: usize) -> Result<&[u8]> {
        if count > self.size {
            return Err(too_small());
        }
        // SAFETY: so many bytes are there until this is dropped.
        Ok(unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), count) })
    }

    /// As an argument.
    pub(crate) fn to_in(&self) -> In<'_, T> {
        // SAFETY: it was checked by whoever reads it.
        unsafe { In::from_raw(self.start.as_ptr()) }
    }
}

impl<T> Drop for Block<T> {
    fn drop(&mut self) {
        // SAFETY: the provider gave it away.
        unsafe { memory::free(self.start.cast()) };
    }
}

fn too_small() -> Error {
    Error::new(ErrorCode::CALL_FAILED, "the provider gave a buffer that is smaller than it says")
}

/// The properties of a buffer. One that cannot be read is an error in its place.
///
/// # Errors
/// `MAPI_E_CALL_FAILED` if the buffer is not what it should be.
pub(super) fn props(count: u32, raw: *mut SPropValue) -> Result<Vec<Prop>> {
    if count == 0 {
        drop(Block::take(raw));
        return Ok(Vec::new());
    }
    let block = Block::take(raw)?;
    props_in(count, &block)
}

fn props_in(count: u32, block: &Block<SPropValue>) -> Result<Vec<Prop>> {
    if !block.holds(count as usize) {
        return Err(too_small());
    }
    Ok(block.to_in().each(count)?.map(|one| prop(one).unwrap_or_else(|_| broken(one))).collect())
}

fn broken(one: In<'_, SPropValue>) -> Prop {
    let tag = PropTag(one.get().map_or(0, |one| one.ulPropTag));
    Prop { tag, value: Value::Error(ErrorCode::CORRUPT_DATA) }
}

/// Rows that a table gave; they are freed one by one, and then their set.
struct Rows {
    set: Block<SRowSet>,
    rows: Vec<SRow>,
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.rows.iter().for_each(|row| drop(Block::take(row.lpProps)));
    }
}

/// The rows of a set. One that cannot be read is an error among them.
///
/// # Errors
/// `MAPI_E_CALL_FAILED` if the set is not what it should be.
pub(super) fn rows(raw: *mut SRowSet) -> Result<Vec<Result<Vec<Prop>>>> {
    let set = Block::take(raw)?;
    let start = std::mem::offset_of!(SRowSet, aRow);
    // A set of no rows may be the count alone.
    let count = u32::from_ne_bytes(*set.bytes(4)?.first_chunk().ok_or_else(too_small)?);
    let size = (count as usize).checked_mul(size_of::<SRow>()).and_then(|n| n.checked_add(start));
    if count > 0 && size.is_none_or(|size| !set.reaches(size)) {
        return Err(too_small());
    }
    let rows = set.to_in().behind::<SRow>(start).many(count)?.to_vec();
    let rows = Rows { set, rows };
    let read = |row: &SRow| {
        if row.cValues == 0 {
            return Ok(Vec::new());
        }
        // It belongs to the row, and is freed with the rows.
        let block = std::mem::ManuallyDrop::new(Block::take(row.lpProps)?);
        props_in(row.cValues, &block)
    };
    let all = rows.rows.iter().map(read).collect();
    debug_assert!(rows.set.reaches(4));
    Ok(all)
}

/// A property with the type that was asked for, if it is there: a missing one is none, and a
/// failure is an error in its place.
pub(super) fn answered(tag: PropTag, prop: Prop) -> Option<Prop> {
    match prop.value {
        Value::Error(ErrorCode::NOT_FOUND) => None,
        Value::Error(_) => {
            let kind = tag.prop_type();
            let tag = if kind == PropType::UNSPECIFIED { prop.tag } else { tag };
            Some(Prop { tag, value: prop.value })
        }
        _ => Some(prop),
    }
}
