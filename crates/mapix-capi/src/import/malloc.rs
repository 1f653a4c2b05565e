//! The allocator of COM, which entry points of providers are given.
#![allow(non_snake_case, non_camel_case_types)]

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

use crate::com::{Answer, Object, com_interface};
use crate::iface::{IUnknown, IUnknownMethods};
use crate::memory;
use crate::types::GUID;

com_interface! {
    /// The allocator of COM.
    IMalloc, IMallocVtbl, IMallocMethods: IUnknown, IUnknownMethods = GUID::mapi(0x2);

    fn Alloc(size: usize) -> *mut c_void;
    fn Realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn Free(block: *mut c_void) -> ();
    fn GetSize(block: *mut c_void) -> usize;
    fn DidAlloc(block: *mut c_void) -> i32;
    fn HeapMinimize() -> ();
}

impl Answer for *mut c_void {
    fn failed() -> Self {
        null_mut()
    }
}

impl Answer for () {
    fn failed() -> Self {}
}

impl Answer for usize {
    fn failed() -> Self {
        0
    }
}

impl Answer for i32 {
    fn failed() -> Self {
        0
    }
}

/// Allocates MAPI's blocks.
pub(crate) struct Allocator;

impl Object for Allocator {
    type Main = IMalloc;
}

fn size_of_block(block: *mut c_void) -> Option<usize> {
    // SAFETY: who calls promises that it is a block of this allocator.
    unsafe { memory::extent(NonNull::new(block)?.cast()) }
}

impl IMallocMethods for Allocator {
    fn Alloc(&self, size: usize) -> *mut c_void {
        let block = u32::try_from(size).ok().and_then(|size| memory::allocate(size, 0));
        block.map_or(null_mut(), |block| block.as_ptr().cast())
    }

    fn Realloc(&self, block: *mut c_void, size: usize) -> *mut c_void {
        if size == 0 {
            self.Free(block);
            return null_mut();
        }
        let new = self.Alloc(size);
        if let (Some(old), false) = (size_of_block(block), new.is_null()) {
            // SAFETY: both blocks are at least so large, and the new one is another one.
            unsafe { new.cast::<u8>().copy_from_nonoverlapping(block.cast(), old.min(size)) };
            self.Free(block);
        }
        new
    }

    fn Free(&self, block: *mut c_void) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: who calls promises that it is a block of this allocator.
            unsafe { memory::free(block.cast()) };
        }
    }

    fn GetSize(&self, block: *mut c_void) -> usize {
        // What COM answers for null is the largest number.
        size_of_block(block).unwrap_or(usize::MAX)
    }

    fn DidAlloc(&self, block: *mut c_void) -> i32 {
        if block.is_null() { -1 } else { size_of_block(block).is_some().into() }
    }

    fn HeapMinimize(&self) {}
}
