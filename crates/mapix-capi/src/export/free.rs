//! The end of what MAPI gave: sets of rows, lists of addresses, objects.

use std::ffi::c_void;

use crate::types::{ADRENTRY, ADRLIST, SRow, SRowSet};

use super::MAPIFreeBuffer;

/// Frees a set of rows: the values of each row, then the set. Null is freed by doing nothing.
///
/// # Safety
/// `rows` is null or a block with as many rows as it says, each with values that are null or a
/// block of their own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FreeProws(rows: *mut SRowSet) {
    if rows.is_null() {
        return;
    }
    // SAFETY: as the caller says.
    unsafe {
        let first = (&raw mut (*rows).aRow).cast::<SRow>();
        for at in 0..(*rows).cRows as usize {
            MAPIFreeBuffer((*first.add(at)).lpProps.cast());
        }
        MAPIFreeBuffer(rows.cast());
    }
}

/// Frees a list of addresses: the values of each entry, then the list. Null is freed by doing
/// nothing.
///
/// # Safety
/// `list` is null or a block with as many entries as it says, each with values that are null or
/// a block of their own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FreePadrlist(list: *mut ADRLIST) {
    if list.is_null() {
        return;
    }
    // SAFETY: as the caller says.
    unsafe {
        let first = (&raw mut (*list).aEntries).cast::<ADRENTRY>();
        for at in 0..(*list).cEntries as usize {
            MAPIFreeBuffer((*first.add(at)).rgPropVals.cast());
        }
        MAPIFreeBuffer(list.cast());
    }
}

/// The functions of an object that count.
#[derive(Clone, Copy)]
#[repr(C)]
struct Counting {
    query_interface: *const c_void,
    add_ref: unsafe extern "C" fn(*mut c_void) -> u32,
    release: unsafe extern "C" fn(*mut c_void) -> u32,
}

/// Takes a reference to an object, of any interface; what its `AddRef` says, 0 for null.
///
/// # Safety
/// `object` is null or an object that is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn UlAddRef(object: *mut c_void) -> u32 {
    // SAFETY: as the caller says; all interfaces begin with IUnknown's functions.
    unsafe {
        match object.cast::<*const Counting>().as_ref() {
            Some(vtbl) => ((**vtbl).add_ref)(object),
            None => 0,
        }
    }
}

/// Gives a reference to an object back; what its `Release` says, 0 for null.
///
/// # Safety
/// `object` is null or an object that is alive, and the reference is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn UlRelease(object: *mut c_void) -> u32 {
    // SAFETY: as the caller says; all interfaces begin with IUnknown's functions.
    unsafe {
        match object.cast::<*const Counting>().as_ref() {
            Some(vtbl) => ((**vtbl).release)(object),
            None => 0,
        }
    }
}
