//! Notifications in memory: sizes and copies.

use std::ffi::c_void;

use crate::flat::{self, Copy, INVALID, Measure};
use crate::types::{HRESULT, NOTIFICATION};

use super::props::{done, mover, put};

/// Each piece of a flat copy begins at a multiple of this.
const ALIGN: usize = 8;

/// The size of a flat copy of the notifications ([`ScCopyNotifications`]), in bytes.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for a count that is negative, a null pointer that must not be one,
/// and events and property types that are not defined.
///
/// # Safety
/// `notifications` is null or points to as many, with pointers that are null or as they say;
/// `size` is null or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScCountNotifications(
    count: i32,
    notifications: *mut NOTIFICATION,
    size: *mut u32,
) -> HRESULT {
    // SAFETY: as the caller says.
    done(unsafe { measure(count, notifications).map(|bytes| put(size, bytes)) })
}

/// # Safety
/// As [`ScCountNotifications`].
unsafe fn measure(count: i32, notifications: *mut NOTIFICATION) -> Result<u32, HRESULT> {
    let count = usize::try_from(count).map_err(|_| INVALID)?;
    if count > 0 && notifications.is_null() {
        return Err(INVALID);
    }
    let mut sizes = Measure { bytes: count * size_of::<NOTIFICATION>(), align: ALIGN };
    for at in 0..count {
        // SAFETY: as the caller says; measuring does not write.
        unsafe { flat::notification(notifications.add(at), &mut sizes)? };
    }
    u32::try_from(sizes.bytes).map_err(|_| INVALID)
}

/// Copies notifications, and what they point to, into one block that is large enough for what
/// [`ScCountNotifications`] counts.
///
/// # Errors
/// Those of [`ScCountNotifications`].
///
/// # Safety
/// As [`ScCountNotifications`]; `target` is null or a block of that size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScCopyNotifications(
    count: i32,
    notifications: *mut NOTIFICATION,
    target: *mut c_void,
    size: *mut u32,
) -> HRESULT {
    if target.is_null() {
        return INVALID;
    }
    // SAFETY: as the caller says; what was counted fits into the block.
    unsafe {
        let bytes = match measure(count, notifications) {
            Ok(bytes) => bytes,
            Err(error) => return error,
        };
        let count = count as usize;
        let copies = target.cast::<NOTIFICATION>();
        let mut used = count * size_of::<NOTIFICATION>();
        copies.cast::<u8>().copy_from_nonoverlapping(notifications.cast(), used);
        let mut copy = Copy(|size: usize| {
            let start = target.cast::<u8>().add(used);
            used += size.next_multiple_of(ALIGN);
            Ok(start)
        });
        let copied = (0..count).try_for_each(|at| flat::notification(copies.add(at), &mut copy));
        done(copied.map(|()| put(size, bytes)))
    }
}

/// Makes the pointers of a flat copy, valid when it lies at `old`, right for a place at `new`.
/// The copy itself lies at `notifications`, which is either of them, or neither.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for what [`ScCountNotifications`] refuses, and for pointers below
/// `old`.
///
/// # Safety
/// `notifications` is null or begins a flat copy with so many, whose pointers are as they would
/// be if it lay at `old`; `size` is null or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScRelocNotifications(
    count: i32,
    notifications: *mut NOTIFICATION,
    old: *mut c_void,
    new: *mut c_void,
    size: *mut u32,
) -> HRESULT {
    let Ok(count) = usize::try_from(count) else { return INVALID };
    if count > 0 && notifications.is_null() {
        return INVALID;
    }
    let measure = Measure { bytes: count * size_of::<NOTIFICATION>(), align: ALIGN };
    let mut moved = mover(old, new, notifications.cast(), measure);
    // SAFETY: as the caller says.
    done(unsafe {
        (0..count)
            .try_for_each(|at| flat::notification(notifications.add(at), &mut moved))
            .map(|()| put(size, u32::try_from(moved.measure.bytes).unwrap_or(u32::MAX)))
    })
}
