//! Functions that callers hand over.

use std::ffi::c_void;

use super::HRESULT;

/// `MAPIAllocateBuffer`, or another that does as it does (`LPALLOCATEBUFFER`).
pub type LPALLOCATEBUFFER = Option<unsafe extern "C" fn(u32, *mut *mut c_void) -> HRESULT>;
/// `MAPIAllocateMore`, or another (`LPALLOCATEMORE`).
pub type LPALLOCATEMORE =
    Option<unsafe extern "C" fn(u32, *mut c_void, *mut *mut c_void) -> HRESULT>;
/// `MAPIFreeBuffer`, or another (`LPFREEBUFFER`).
pub type LPFREEBUFFER = Option<unsafe extern "C" fn(*mut c_void) -> u32>;
