//! Numbers with 64 bits, in the guise of `FILETIME`. What is too large loses its upper bits.

use crate::types::FILETIME;

use super::props::put;

fn number(time: FILETIME) -> u64 {
    u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)
}

fn time(number: u64) -> FILETIME {
    FILETIME { dwLowDateTime: number as u32, dwHighDateTime: (number >> 32) as u32 }
}

/// The sum.
#[unsafe(no_mangle)]
pub extern "C" fn FtAddFt(a: FILETIME, b: FILETIME) -> FILETIME {
    time(number(a).wrapping_add(number(b)))
}

/// The sum with a carry, if there is one: added when it is not 0, and then 1 if the sum was too
/// large, else 0.
///
/// # Safety
/// `carry` is null or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FtAdcFt(a: FILETIME, b: FILETIME, carry: *mut u16) -> FILETIME {
    // SAFETY: as the caller says.
    let before = unsafe { carry.as_ref() }.is_some_and(|carry| *carry != 0);
    let (sum, over) = number(a).overflowing_add(number(b));
    let (sum, again) = sum.overflowing_add(before.into());
    // SAFETY: as the caller says.
    unsafe { put(carry, u16::from(over || again)) };
    time(sum)
}

/// The difference.
#[unsafe(no_mangle)]
pub extern "C" fn FtSubFt(a: FILETIME, b: FILETIME) -> FILETIME {
    time(number(a).wrapping_sub(number(b)))
}

/// The product.
#[unsafe(no_mangle)]
pub extern "C" fn FtMulDw(a: u32, b: FILETIME) -> FILETIME {
    time(number(b).wrapping_mul(a.into()))
}

/// The product of two numbers with 32 bits, which always fits.
#[unsafe(no_mangle)]
pub extern "C" fn FtMulDwDw(a: u32, b: u32) -> FILETIME {
    time(u64::from(a) * u64::from(b))
}

/// The two's complement.
#[unsafe(no_mangle)]
pub extern "C" fn FtNegFt(a: FILETIME) -> FILETIME {
    time(number(a).wrapping_neg())
}
