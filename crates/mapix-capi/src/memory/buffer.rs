//! A block under construction.

use std::cell::Cell;
use std::ptr::NonNull;

use mapix::{Error, ErrorCode, Result};

use super::{ALIGN, ROOM, allocate_more, allocate_whole, free, give_room_back};
use crate::types::Plain;

/// A MAPI buffer that is being filled: the block that a caller will get, and what its pointers
/// point to, chained to it. Freed when it is dropped before [`into_raw`](Self::into_raw).
///
/// ```
/// # use mapi::{memory::Buffer, types::SBinary};
/// # fn main() -> mapix::Result<()> {
/// let bytes = [1, 2, 3];
/// let buffer = Buffer::for_one::<SBinary>(bytes.len())?;
/// let lpb = buffer.copy(&bytes)?;
/// buffer.put(0, SBinary { cb: 3, lpb });
/// let binary = buffer.into_raw::<SBinary>();
/// // The caller ends it with MAPIFreeBuffer.
/// # unsafe { mapi::export::MAPIFreeBuffer(binary.cast()) };
/// # Ok(())
/// # }
/// ```
pub struct Buffer {
    block: NonNull<u8>,
    size: usize,
    /// What is left of the room behind the block: where it begins from the start of the block, and
    /// how much it is.
    room: Cell<(usize, u32)>,
}

// SAFETY: it owns its memory, and chaining is safe from several threads.
unsafe impl Send for Buffer {}

impl Buffer {
    /// Room for what nobody has counted.
    pub const USUAL_ROOM: usize = ROOM;

    /// A block of `size` bytes, all zero, with room for `more` bytes to be chained to it. Room
    /// that is not enough grows.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn new(size: usize, more: usize) -> Result<Self> {
        let block = u32::try_from(size).ok().and_then(|size| allocate_whole(size, more));
        let Some((block, left)) = block else { return Err(too_large(size)) };
        // SAFETY: the block has at least this size.
        unsafe { block.as_ptr().write_bytes(0, size) };
        let room = Cell::new((size.max(1).next_multiple_of(ALIGN), left));
        Ok(Self { block, size, room })
    }

    /// A block for one structure, with room for `more` bytes.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn for_one<T: Plain>(more: usize) -> Result<Self> {
        Self::new(size_of::<T>(), more)
    }

    /// A block for `count` structures, with room for `more` bytes.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn for_many<T: Plain>(count: usize, more: usize) -> Result<Self> {
        Self::new(count.saturating_mul(size_of::<T>()), more)
    }

    /// Writes the `index`-th structure of the block, if it consists of such.
    ///
    /// # Panics
    /// If the block is too small.
    pub fn put<T: Plain>(&self, index: usize, value: T) {
        self.write(index * size_of::<T>(), value);
    }

    /// Writes at an offset from the start of the block.
    ///
    /// # Panics
    /// If the block is too small.
    pub fn write<T: Plain>(&self, offset: usize, value: T) {
        let end = offset + size_of::<T>();
        assert!(end <= self.size, "{end} bytes in a block of {}", self.size);
        // SAFETY: it lies within the block, which is ours alone.
        unsafe { self.block.as_ptr().add(offset).cast::<T>().write_unaligned(value) };
    }

    /// Chains a copy of `values`; null for none.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn copy<T: Plain>(&self, values: &[T]) -> Result<*mut T> {
        if values.is_empty() {
            return Ok(std::ptr::null_mut());
        }
        let target = self.chain(size_of_val(values))?.cast::<T>();
        // SAFETY: new memory of that size, aligned for everything in MAPI.
        unsafe { target.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
        Ok(target)
    }

    /// Chains `count` values, all zero, to be filled.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    #[allow(clippy::mut_from_ref)]
    pub fn slice<T: Plain>(&self, count: usize) -> Result<&mut [T]> {
        let Some(size) = count.checked_mul(size_of::<T>()) else { return Err(too_large(count)) };
        let target = self.chain(size)?;
        // SAFETY: new memory of that size that nobody else knows; zero is a value.
        unsafe {
            target.write_bytes(0, size);
            Ok(std::slice::from_raw_parts_mut(target.cast(), count))
        }
    }

    /// Chains text with 16-bit characters and a zero at its end.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn text16(&self, text: &str) -> Result<*mut u16> {
        // UTF-8 never has fewer bytes than UTF-16 has units.
        let target = self.chain((text.len() + 1) * 2)?.cast::<u16>();
        let mut end = target;
        // SAFETY: the memory is long enough for all units and the zero.
        unsafe {
            if text.is_ascii() {
                for (at, byte) in text.bytes().enumerate() {
                    target.add(at).write(byte.into());
                }
                end = target.add(text.len());
            } else {
                for unit in text.encode_utf16() {
                    end.write(unit);
                    end = end.add(1);
                }
            }
            end.write(0);
        }
        Ok(target)
    }

    /// Chains 8-bit text as it is, with a zero at its end.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn text8(&self, text: &[u8]) -> Result<*mut u8> {
        let target = self.chain(text.len() + 1)?;
        // SAFETY: the memory is long enough for the text and the zero.
        unsafe {
            target.copy_from_nonoverlapping(text.as_ptr(), text.len());
            target.add(text.len()).write(0);
        }
        Ok(target)
    }

    /// The block, while this lives.
    pub fn as_raw<T>(&self) -> *const T {
        self.block.as_ptr().cast_const().cast()
    }

    /// Hands the block over; whoever gets it frees it with `MAPIFreeBuffer`.
    pub fn into_raw<T>(self) -> *mut T {
        let (block, (_, left)) = (self.block, self.room.get());
        if left > 0 {
            // SAFETY: what is left was never used.
            unsafe { give_room_back(block, left) };
        }
        std::mem::forget(self);
        block.as_ptr().cast()
    }

    fn chain(&self, size: usize) -> Result<*mut u8> {
        let Ok(size) = u32::try_from(size) else { return Err(too_large(size)) };
        let (start, left) = self.room.get();
        // What is left is a multiple of 16 itself.
        if size <= left && left > 0 {
            let need = size.max(1).next_multiple_of(ALIGN as u32);
            self.room.set((start + need as usize, left - need));
            // SAFETY: the room is part of the block's memory.
            return Ok(unsafe { self.block.add(start) }.as_ptr());
        }
        // SAFETY: our block is alive.
        match unsafe { allocate_more(size, self.block) } {
            Ok(chained) => Ok(chained.as_ptr()),
            Err(_) => Err(too_large(size as usize)),
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the block is ours, and pointers into it go no further than it.
        unsafe { free(self.block) };
    }
}

fn too_large(size: usize) -> Error {
    Error::new(ErrorCode::NOT_ENOUGH_MEMORY, format!("no memory for a buffer of {size} bytes"))
}
