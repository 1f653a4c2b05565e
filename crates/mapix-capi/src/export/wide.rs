//! Strings with 16-bit characters (`MNLS_...`).

use std::cmp::Ordering;

use mapix::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value, compare_text};
use mapix::restriction::{FuzzyLevel, Matcher, Restriction};

use crate::flat::length16;

use super::guard;

/// The number of characters before the zero; 0 for null.
///
/// # Safety
/// `text` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MNLS_lstrlenW(text: *const u16) -> i32 {
    if text.is_null() {
        return 0;
    }
    // SAFETY: as the caller says.
    i32::try_from(unsafe { length16(text) }).unwrap_or(i32::MAX)
}

/// Copies a string with its zero; null if either is null.
///
/// # Safety
/// `text` is null or a string, for which there is room at `target` if that is not null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MNLS_lstrcpyW(target: *mut u16, text: *const u16) -> *mut u16 {
    if target.is_null() || text.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: as the caller says; they may overlap.
    unsafe { target.copy_from(text, length16(text) + 1) };
    target
}

/// `CSTR_LESS_THAN`, `CSTR_EQUAL`, `CSTR_GREATER_THAN`.
fn cstr(order: Ordering) -> i32 {
    order as i32 + 2
}

const NORM_IGNORECASE: u32 = 0x1;
const NORM_IGNORENONSPACE: u32 = 0x2;
/// Symbols, kana and width make no difference here: known, and without effect.
const NORM_OTHER: u32 = 0x4 | 0x1_0000 | 0x2_0000;

/// Compares strings in the order of the core's tables; case decides last, unless it is ignored:
/// 1, 2 or 3 for less, equal or greater; 0 for null and for flags that are not known. The
/// language is not looked at. A length below zero is that up to the zero.
///
/// # Safety
/// Each string is null or as long as its length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MNLS_CompareStringW(
    _locale: u32,
    flags: u32,
    a: *const u16,
    a_length: i32,
    b: *const u16,
    b_length: i32,
) -> i32 {
    if flags & !(NORM_IGNORECASE | NORM_IGNORENONSPACE | NORM_OTHER) != 0 {
        return 0;
    }
    // SAFETY: as the caller says.
    let texts = unsafe { (text(a, a_length), text(b, b_length)) };
    let (Some(a), Some(b)) = texts else { return 0 };
    guard(0, || cstr(compare(&a, &b, flags)))
}

fn compare(a: &str, b: &str, flags: u32) -> Ordering {
    let case = flags & NORM_IGNORECASE == 0;
    if flags & NORM_IGNORENONSPACE != 0 {
        let mut fuzzy = FuzzyLevel::FULL_STRING.0 | FuzzyLevel::IGNORE_NON_SPACE.0;
        if !case {
            fuzzy |= FuzzyLevel::IGNORE_CASE.0;
        }
        let tag = PropTag::new(1, PropType::UNICODE);
        let bag = PropBag::from_iter([Prop { tag, value: Value::from(a) }]);
        let content = Restriction::Content { tag, fuzzy: FuzzyLevel(fuzzy), value: Value::from(b) };
        let same = Matcher::new(&content).and_then(|matcher| matcher.matches(&bag));
        if same.unwrap_or(false) {
            return Ordering::Equal;
        }
    }
    // Small letters come before large ones.
    compare_text(a, b).then_with(|| if case { b.cmp(a) } else { Ordering::Equal })
}

/// Compares strings up to their zeros as [`MNLS_CompareStringW`] does without flags: below zero,
/// zero or above. Null comes first.
///
/// # Safety
/// Each is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MNLS_lstrcmpW(a: *const u16, b: *const u16) -> i32 {
    // SAFETY: as the caller says.
    match unsafe { (text(a, -1), text(b, -1)) } {
        (Some(a), Some(b)) => guard(0, || compare(&a, &b, 0) as i32),
        (a, b) => a.is_some().cmp(&b.is_some()) as i32,
    }
}

/// # Safety
/// `text` is null or as long as the length says.
unsafe fn text(text: *const u16, length: i32) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller says.
    unsafe {
        let length = usize::try_from(length).unwrap_or_else(|_| length16(text));
        let units: Vec<u16> = (0..length).map(|at| text.add(at).read_unaligned()).collect();
        Some(String::from_utf16_lossy(&units))
    }
}

/// The code page that a number means: `CP_ACP`, `CP_OEMCP`, `CP_THREAD_ACP` are UTF-8, as all
/// 8-bit text of this library.
fn code_page(number: u32) -> Option<CodePage> {
    match number {
        0 | 1 | 3 => Some(CodePage::UTF8),
        _ => u16::try_from(number).ok().map(CodePage).filter(|page| page.is_known()),
    }
}

/// Puts as much as was made into the caller's room: how much there is, or 0 if it does not fit;
/// without room, how much is needed.
///
/// # Safety
/// There is room for so many at `target`, if the room is not zero.
unsafe fn put_all<T: Copy>(made: &[T], target: *mut T, room: i32) -> i32 {
    let (Ok(count), Ok(room)) = (i32::try_from(made.len()), usize::try_from(room)) else {
        return 0;
    };
    if room == 0 {
        return count;
    }
    if target.is_null() || made.len() > room {
        return 0;
    }
    // SAFETY: as the caller says.
    unsafe { target.copy_from_nonoverlapping(made.as_ptr(), made.len()) };
    count
}

/// From 8-bit text in a code page to 16-bit text: how many characters it has, with the zero if
/// the length is below zero; 0 if it cannot be done or does not fit. The flags are not looked at:
/// what the code page does not have becomes U+FFFD.
///
/// # Safety
/// `source` is null or as long as its length says; `target` is null or has so much room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MNLS_MultiByteToWideChar(
    page: u32,
    _flags: u32,
    source: *const u8,
    length: i32,
    target: *mut u16,
    room: i32,
) -> i32 {
    let Some(page) = code_page(page).filter(|_| !source.is_null() && length != 0) else {
        return 0;
    };
    // SAFETY: as the caller says.
    unsafe {
        let length = usize::try_from(length).unwrap_or_else(|_| crate::flat::length8(source) + 1);
        let bytes = std::slice::from_raw_parts(source, length);
        guard(0, || {
            let units: Vec<u16> = page.decode(bytes).encode_utf16().collect();
            put_all(&units, target, room)
        })
    }
}

/// From 16-bit text to UTF-8: how many bytes it has, with the zero if the length is below zero;
/// 0 if it cannot be done or does not fit. Into other code pages goes what is ASCII; the rest
/// becomes the character that is given, or `?`.
///
/// # Safety
/// `source` is null or as long as its length says; `target` is null or has so much room;
/// `default` is null or points to a character, `used_default` is null or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MNLS_WideCharToMultiByte(
    page: u32,
    _flags: u32,
    source: *const u16,
    length: i32,
    target: *mut u8,
    room: i32,
    default: *const u8,
    used_default: *mut i32,
) -> i32 {
    let Some(page) = code_page(page).filter(|_| !source.is_null() && length != 0) else {
        return 0;
    };
    // SAFETY: as the caller says.
    unsafe {
        let length = usize::try_from(length).unwrap_or_else(|_| length16(source) + 1);
        let units: Vec<u16> = (0..length).map(|at| source.add(at).read_unaligned()).collect();
        let text = String::from_utf16_lossy(&units);
        let mut used = false;
        let bytes: Vec<u8> = if page == CodePage::UTF8 {
            text.into_bytes()
        } else {
            let other = if default.is_null() { b'?' } else { default.read() };
            let byte = |letter: char| match u8::try_from(letter) {
                Ok(byte) if byte.is_ascii() => byte,
                _ => {
                    used = true;
                    other
                }
            };
            text.chars().map(byte).collect()
        };
        super::props::put(used_default, used.into());
        put_all(&bytes, target, room)
    }
}
