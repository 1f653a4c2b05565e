//! Entry IDs: as text, and that of a store wrapped for clients.

use std::ffi::c_void;

use mapix::{EntryId, Error, ErrorCode};

use crate::arg::{In, Out};
use crate::convert::{MAPI_UNICODE, check_flags, entry_id, give_entry_id, give_text, need_text};
use crate::memory::Buffer;
use crate::types::{ENTRYID, HRESULT};

use super::answer;
use super::text::from_hex;

/// Writes an entry ID as hexadecimal digits, into a block of its own.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for null and for no bytes; `MAPI_E_NOT_ENOUGH_MEMORY`.
///
/// # Safety
/// `id` is null or points to so many bytes; `text` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrSzFromEntryID(
    size: u32,
    id: In<'_, ENTRYID>,
    text: Out<'_, *mut c_void>,
) -> HRESULT {
    answer(|| {
        text.clear()?;
        let bytes = id.behind::<u8>(0).many(size)?;
        if bytes.is_empty() {
            return Err(Error::invalid_parameter("an entry ID has no bytes"));
        }
        give_text(text, &hex(bytes), 0)
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    digits.map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])).collect()
}

/// Reads what [`HrSzFromEntryID`] writes, into a block of its own.
///
/// # Errors
/// `MAPI_E_INVALID_ENTRYID` for what are no pairs of digits; `MAPI_E_INVALID_PARAMETER` for null;
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
///
/// # Safety
/// `text` is null or a string; `size` and `id` are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrEntryIDFromSz(
    text: In<'_, c_void>,
    size: Out<'_, u32>,
    id: Out<'_, *mut ENTRYID>,
) -> HRESULT {
    answer(|| {
        size.clear()?;
        id.clear()?;
        let bytes = parse(&need_text(text, 0)?)?;
        give_bytes(&bytes, size, id)
    })
}

pub(super) fn parse(text: &str) -> Result<Vec<u8>, Error> {
    from_hex(text.as_bytes()).filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
        Error::new(
            ErrorCode::INVALID_ENTRYID,
            "an entry ID is written as an even number of hexadecimal digits",
        )
    })
}

/// Gives bytes that need not be an entry ID's.
pub(super) fn give_bytes<T>(
    bytes: &[u8],
    size: Out<'_, u32>,
    target: Out<'_, *mut T>,
) -> Result<(), Error>
where
    *mut T: crate::types::Plain,
{
    let buffer = Buffer::new(bytes.len(), 0)?;
    bytes.iter().enumerate().for_each(|(at, byte)| buffer.put(at, *byte));
    size.set(bytes.len() as u32)?;
    target.set(buffer.into_raw())
}

/// Wraps the entry ID of a store for clients, with the name of the provider's library.
///
/// # Errors
/// `MAPI_E_UNKNOWN_FLAGS`; `MAPI_E_INVALID_ENTRYID` for what is too short for an entry ID;
/// `MAPI_E_INVALID_PARAMETER` for null and for a name that is not ASCII;
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
///
/// # Safety
/// `library` is null or a string, of 16-bit characters with `MAPI_UNICODE`; `id` is null or
/// points to so many bytes; `wrapped_size` and `wrapped` are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WrapStoreEntryID(
    flags: u32,
    library: In<'_, c_void>,
    size: u32,
    id: In<'_, ENTRYID>,
    wrapped_size: Out<'_, u32>,
    wrapped: Out<'_, *mut ENTRYID>,
) -> HRESULT {
    answer(|| {
        wrapped_size.clear()?;
        wrapped.clear()?;
        check_flags(flags, MAPI_UNICODE)?;
        let name = need_text(library, flags)?;
        if !name.is_ascii() {
            return Err(Error::invalid_parameter("the name of a provider's library is not ASCII"));
        }
        let id: EntryId = entry_id(size, id)?.ok_or_else(|| {
            Error::new(ErrorCode::INVALID_ENTRYID, "there is no entry ID to be wrapped")
        })?;
        give_entry_id(wrapped_size, wrapped, &id.wrap_store(&name))
    })
}
