//! Text of both widths.

use std::ffi::c_void;

use mapix::prop::{CodePage, String8};
use mapix::{Error, ErrorCode, Result};

use crate::arg::{In, Out};
use crate::memory::Buffer;

/// Text has 16-bit characters.
pub const MAPI_UNICODE: u32 = 0x8000_0000;

/// Whether the flags of a call say that its text has 16-bit characters.
pub fn is_unicode(flags: u32) -> bool {
    flags & MAPI_UNICODE != 0
}

/// Text of the width that the flags say; `None` for null.
///
/// # Errors
/// `MAPI_E_BAD_CHARWIDTH` for 16-bit text that is none.
pub fn read_text(text: In<'_, c_void>, flags: u32) -> Result<Option<String>> {
    if is_unicode(flags) {
        // SAFETY: the same pointer, and the width is the caller's word.
        let Some(units) = unsafe { In::<u16>::from_raw(text.as_raw().cast()) }.until_zero() else {
            return Ok(None);
        };
        return String::from_utf16(&units)
            .map(Some)
            .map_err(|_| Error::new(ErrorCode::BAD_CHARWIDTH, "text with halves of surrogates"));
    }
    // SAFETY: as above.
    let bytes = unsafe { In::<u8>::from_raw(text.as_raw().cast()) }.until_zero();
    Ok(bytes.map(|bytes| string8(bytes).decode().into_owned()))
}

/// Text that must be there.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for null, and as [`read_text`].
pub fn need_text(text: In<'_, c_void>, flags: u32) -> Result<String> {
    read_text(text, flags)?.ok_or_else(|| Error::invalid_parameter("a text is missing"))
}

/// 8-bit text that came in, with what its bytes are thought to mean.
pub fn string8(bytes: Vec<u8>) -> String8 {
    let utf8 = std::str::from_utf8(&bytes).is_ok();
    String8::new(bytes, if utf8 { CodePage::UTF8 } else { CodePage::WESTERN })
}

/// Chains text of the width that the flags say.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn write_text(buffer: &Buffer, text: &str, flags: u32) -> Result<*mut c_void> {
    Ok(if is_unicode(flags) {
        buffer.text16(text)?.cast()
    } else {
        buffer.text8(text.as_bytes())?.cast()
    })
}

/// Gives text as a buffer of its own.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for it.
pub fn give_text(target: Out<'_, *mut c_void>, text: &str, flags: u32) -> Result<()> {
    let bytes: Vec<u8> = if is_unicode(flags) {
        text.encode_utf16().chain([0]).flat_map(u16::to_ne_bytes).collect()
    } else {
        text.bytes().chain([0]).collect()
    };
    target.clear()?;
    let buffer = Buffer::new(bytes.len(), 0)?;
    bytes.iter().enumerate().for_each(|(at, byte)| buffer.put(at, *byte));
    target.set(buffer.into_raw())
}
