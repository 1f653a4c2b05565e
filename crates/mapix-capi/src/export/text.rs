//! Bytes as hexadecimal digits, and small searches in 8-bit strings.

use std::ptr::{NonNull, null_mut};

use mapix::ErrorCode;

use crate::flat::{INVALID, length8};
use crate::types::HRESULT;

/// Writes bytes as upper-case hexadecimal digits and a zero: `2 * count + 1` characters.
///
/// # Safety
/// `bytes` is null or points to `count` bytes, `text` is null or has room for the characters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HexFromBin(bytes: *mut u8, count: i32, text: *mut u8) {
    let Some(mut target) = NonNull::new(text) else { return };
    let count = if bytes.is_null() { 0 } else { usize::try_from(count).unwrap_or(0) };
    // SAFETY: as the caller says.
    unsafe {
        for at in 0..count {
            let byte = bytes.add(at).read();
            for half in [byte >> 4, byte & 0xF] {
                target.write(b"0123456789ABCDEF"[usize::from(half)]);
                target = target.add(1);
            }
        }
        target.write(0);
    }
}

/// Reads what [`HexFromBin`] writes, in either case, up to the zero; false (0) if there is
/// anything but pairs of digits, and then nothing is written.
///
/// # Safety
/// `text` is null or a string, `bytes` is null or has room for half as many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBinFromHex(text: *mut u8, bytes: *mut u8) -> i32 {
    // SAFETY: as the caller says.
    unsafe { ScBinFromHexBounded(text, bytes, u32::MAX) }.is_ok().into()
}

/// As [`FBinFromHex`], into `size` bytes at most.
///
/// # Errors
/// `MAPI_E_CALL_FAILED` for what are no digits, and for more than there is room for;
/// `MAPI_E_INVALID_PARAMETER` for null.
///
/// # Safety
/// `text` is null or a string, `bytes` is null or has room for so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScBinFromHexBounded(text: *mut u8, bytes: *mut u8, size: u32) -> HRESULT {
    if text.is_null() || bytes.is_null() {
        return INVALID;
    }
    // SAFETY: as the caller says.
    match from_hex(unsafe { bytes_of(text) }) {
        Some(found) if found.len() <= size as usize => {
            // SAFETY: there is room.
            unsafe { bytes.copy_from_nonoverlapping(found.as_ptr(), found.len()) };
            HRESULT::S_OK
        }
        _ => ErrorCode::CALL_FAILED.into(),
    }
}

/// The bytes of pairs of digits; `None` if there is anything else.
pub(super) fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
            _ => None,
        })
        .collect()
}

/// The first place of a character in a string; null if there is none, or no string.
///
/// # Safety
/// `text` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SzFindCh(text: *const u8, ch: u16) -> *mut u8 {
    // SAFETY: as the caller says.
    let mut places = unsafe { places(text) };
    // SAFETY: a place in the string.
    places
        .find(|at| u16::from(unsafe { at.read() }) == ch)
        .map_or(null_mut(), <*const u8>::cast_mut)
}

/// The last place of a character in a string; null if there is none, or no string.
///
/// # Safety
/// `text` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SzFindLastCh(text: *const u8, ch: u16) -> *mut u8 {
    // SAFETY: as the caller says.
    let mut places = unsafe { places(text) };
    // SAFETY: a place in the string.
    places
        .rfind(|at| u16::from(unsafe { at.read() }) == ch)
        .map_or(null_mut(), <*const u8>::cast_mut)
}

/// The first place of a string in another; null if there is none, or either is null.
///
/// # Safety
/// Each is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SzFindSz(text: *const u8, key: *const u8) -> *mut u8 {
    if text.is_null() || key.is_null() {
        return null_mut();
    }
    // SAFETY: as the caller says.
    let (within, key) = unsafe { (bytes_of(text), bytes_of(key)) };
    let found = match key.len() {
        0 => Some(0),
        length => within.windows(length).position(|window| window == key),
    };
    found.map_or(null_mut(), |at| text.wrapping_add(at).cast_mut())
}

/// The decimal number at the start of a string, modulo 2^32; 0 if there is none.
///
/// # Safety
/// `text` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn UFromSz(text: *const u8) -> u32 {
    // SAFETY: as the caller says.
    unsafe { number(text, 10) }
}

/// The hexadecimal number at the start of a string, modulo 2^32; 0 if there is none.
///
/// # Safety
/// `text` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn UlFromSzHex(text: *const u8) -> u32 {
    // SAFETY: as the caller says.
    unsafe { number(text, 16) }
}

/// # Safety
/// `text` is null or a string.
unsafe fn number(text: *const u8, base: u32) -> u32 {
    // SAFETY: as the caller says.
    unsafe { places(text) }
        // SAFETY: a place in the string.
        .map_while(|at| char::from(unsafe { at.read() }).to_digit(base))
        .fold(0, |number: u32, digit| number.wrapping_mul(base).wrapping_add(digit))
}

/// # Safety
/// `text` is null or a string that outlives what is given.
unsafe fn places(text: *const u8) -> impl DoubleEndedIterator<Item = *const u8> {
    // SAFETY: as the caller says.
    let length = if text.is_null() { 0 } else { unsafe { length8(text) } };
    (0..length).map(move |at| text.wrapping_add(at))
}

/// The string without its zero.
///
/// # Safety
/// `text` is a string that outlives what is given.
pub(super) unsafe fn bytes_of<'a>(text: *const u8) -> &'a [u8] {
    // SAFETY: as the caller says.
    unsafe { std::slice::from_raw_parts(text, length8(text)) }
}
