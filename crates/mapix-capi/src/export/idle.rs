//! The idle engine. It is part of Windows' loop of messages, which is not here: nothing can be
//! registered with it.

use std::ffi::c_void;

/// An idle routine (`PFNIDLE`).
pub type PFNIDLE = Option<unsafe extern "C" fn(*mut c_void) -> i32>;

/// Says that there is no idle engine: 1.
#[unsafe(no_mangle)]
pub extern "C" fn MAPIInitIdle(_reserved: *mut c_void) -> i32 {
    1
}

/// Does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn MAPIDeinitIdle() {}

/// Registers nothing, and says so: null.
#[unsafe(no_mangle)]
pub extern "C" fn FtgRegisterIdleRoutine(
    _routine: PFNIDLE,
    _argument: *mut c_void,
    _priority: i16,
    _hundredths: u32,
    _options: u16,
) -> *mut c_void {
    std::ptr::null_mut()
}

/// Does nothing: nothing is registered.
#[unsafe(no_mangle)]
pub extern "C" fn DeregisterIdleRoutine(_tag: *mut c_void) {}

/// Does nothing: nothing is registered.
#[unsafe(no_mangle)]
pub extern "C" fn EnableIdleRoutine(_tag: *mut c_void, _enable: i32) {}

/// Does nothing: nothing is registered.
#[unsafe(no_mangle)]
pub extern "C" fn ChangeIdleRoutine(
    _tag: *mut c_void,
    _routine: PFNIDLE,
    _argument: *mut c_void,
    _priority: i16,
    _hundredths: u32,
    _options: u16,
    _what: u16,
) {
}
