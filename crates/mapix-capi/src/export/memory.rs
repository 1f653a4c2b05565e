//! Buffers: `MAPIAllocateBuffer`, `MAPIAllocateMore`, `MAPIFreeBuffer`.

use std::ffi::c_void;
use std::ptr::NonNull;

use mapix::ErrorCode;

use crate::com::Object;
use crate::iface::IUnknown;
use crate::import::Allocator;
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

/// Gives a block of another size with the bytes of `block`, as many as there is room for. The old
/// one must not be used or freed any more; what is chained to it, and pointers into it, end with
/// the new one. For null it gives a block.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` for what is no block.
///
/// # Safety
/// `block` is null or a block that is alive; `target` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MAPIReallocateBuffer(
    block: *mut c_void,
    size: u32,
    target: *mut *mut c_void,
) -> HRESULT {
    let Some(place) = NonNull::new(target) else { return ErrorCode::INVALID_PARAMETER.into() };
    let Some(block) = NonNull::new(block) else {
        // SAFETY: as the caller says.
        return unsafe { MAPIAllocateBuffer(size, target) };
    };
    // SAFETY: as the caller says.
    unsafe {
        match memory::reallocate(block.cast(), size) {
            Ok(block) => place.write(block.as_ptr().cast()),
            Err(error) => return error,
        }
    }
    HRESULT::S_OK
}

/// Gives a reference to the allocator of COM (`IMalloc`).
#[unsafe(no_mangle)]
pub extern "C" fn MAPIGetDefaultMalloc() -> *mut IUnknown {
    Allocator.into_ptr().upcast::<IUnknown>().into_raw()
}
