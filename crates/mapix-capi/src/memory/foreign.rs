//! The allocators of another MAPI, which has loaded us as a provider: what we give is freed there.

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};
use std::sync::OnceLock;

use mapix::ErrorCode;

use crate::export::{MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer};
use crate::types::HRESULT;

/// `ALLOCATEBUFFER`.
pub type Allocate = unsafe extern "C" fn(u32, *mut *mut c_void) -> HRESULT;
/// `ALLOCATEMORE`.
pub type AllocateMore = unsafe extern "C" fn(u32, *mut c_void, *mut *mut c_void) -> HRESULT;
/// `FREEBUFFER`.
pub type Free = unsafe extern "C" fn(*mut c_void) -> HRESULT;

/// Somebody else's allocators.
pub(super) struct Foreign {
    allocate: Allocate,
    more: AllocateMore,
    free: Free,
}

static FOREIGN: OnceLock<Foreign> = OnceLock::new();

/// Those that are in use instead of ours.
pub(super) fn active() -> Option<&'static Foreign> {
    FOREIGN.get()
}

/// Uses these from now on, unless they are ours or others are in use already: a process has one
/// MAPI.
pub(crate) fn adopt(allocate: Allocate, more: AllocateMore, free: Free) {
    let ours = std::ptr::fn_addr_eq(allocate, MAPIAllocateBuffer as Allocate)
        && std::ptr::fn_addr_eq(more, MAPIAllocateMore as AllocateMore)
        && std::ptr::fn_addr_eq(free, MAPIFreeBuffer as Free);
    if !ours {
        let _ = FOREIGN.set(Foreign { allocate, more, free });
    }
}

impl Foreign {
    pub(super) fn allocate(&self, size: u32) -> Option<NonNull<u8>> {
        let mut block = null_mut();
        // SAFETY: the allocator of a MAPI.
        let result = unsafe { (self.allocate)(size, &raw mut block) };
        NonNull::new(block).filter(|_| result.is_ok()).map(NonNull::cast)
    }

    /// # Safety
    /// The block is one of theirs.
    pub(super) unsafe fn allocate_more(
        &self,
        size: u32,
        block: NonNull<u8>,
    ) -> Result<NonNull<u8>, HRESULT> {
        let mut chained = null_mut();
        // SAFETY: as the caller says.
        let result = unsafe { (self.more)(size, block.as_ptr().cast(), &raw mut chained) };
        let chained = NonNull::new(chained).filter(|_| result.is_ok()).map(NonNull::cast);
        chained.ok_or_else(|| ErrorCode::NOT_ENOUGH_MEMORY.into())
    }

    /// # Safety
    /// The block is one of theirs, and nobody uses it any more.
    pub(super) unsafe fn free(&self, block: NonNull<u8>) -> HRESULT {
        // SAFETY: as the caller says.
        unsafe { (self.free)(block.as_ptr().cast()) }
    }
}
