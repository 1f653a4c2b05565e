//! Buffers: `MAPIAllocateBuffer`, `MAPIAllocateMore`, `MAPIFreeBuffer`.

use std::ffi::c_void;
use std::ptr::NonNull;

use mapix::ErrorCode;

use crate::memory;
use crate::types::HRESULT;

/// Gives a block of at least `size` bytes, aligned to 16, in `*block`.
///
/// # Safety
/// `block` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MAPIAllocateBuffer(size: u32, block: *mut *mut c_void) -> HRESULT {
    let Some(target) = NonNull::new(block) else { return ErrorCode::INVALID_PARAMETER.into() };
    let Some(block) = memory::allocate(size, memory::ROOM) else {
        return ErrorCode::NOT_ENOUGH_MEMORY.into();
    };
    // SAFETY: as the caller says.
    unsafe { target.write(block.as_ptr().cast()) };
    HRESULT::S_OK
}

/// Gives a block that is freed with `owner`, a block of [`MAPIAllocateBuffer`].
///
/// # Safety
/// `owner` is null or a block that is alive; `block` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MAPIAllocateMore(
    size: u32,
    owner: *mut c_void,
    block: *mut *mut c_void,
) -> HRESULT {
    let (Some(owner), Some(target)) = (NonNull::new(owner), NonNull::new(block)) else {
        return ErrorCode::INVALID_PARAMETER.into();
    };
    // SAFETY: as the caller says.
    unsafe {
        match memory::allocate_more(size, owner.cast()) {
            Ok(block) => target.write(block.as_ptr().cast()),
            Err(error) => return error,
        }
    }
    HRESULT::S_OK
}

/// Frees a block of [`MAPIAllocateBuffer`] with all that is chained to it; null is freed by
/// doing nothing.
///
/// # Safety
/// `block` is null or a block that is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MAPIFreeBuffer(block: *mut c_void) -> HRESULT {
    match NonNull::new(block) {
        None => HRESULT::S_OK,
        // SAFETY: as the caller says.
        Some(block) => unsafe { memory::free(block.cast()) },
    }
}
