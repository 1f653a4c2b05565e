//! Arguments of a call that came from C: pointers that are null, or good for what they point to.
//!
//! Who calls one of our functions promises that; here is where the promise is used. What an
//! implementation gets is checked for null and read or written without further ado.

use std::ffi::c_void;
use std::marker::PhantomData;

use mapix::{Error, Result};

use crate::com::{Interface, Ptr};
use crate::types::Plain;

/// A pointer to what the callee reads; null for nothing.
#[repr(transparent)]
pub struct In<'a, T>(*const T, PhantomData<&'a T>);

/// A pointer to where the callee puts an answer; null if nobody wants it.
#[repr(transparent)]
pub struct Out<'a, T>(*mut T, PhantomData<&'a mut T>);

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

impl<T> Clone for Out<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Out<'_, T> {}

impl<'a, T> In<'a, T> {
    /// A pointer to a value.
    ///
    /// # Safety
    /// All pointers in the value are as the function that gets it wants them.
    pub unsafe fn new(value: &'a T) -> Self {
        Self(value, PhantomData)
    }

    /// Nothing.
    pub fn null() -> Self {
        Self(std::ptr::null(), PhantomData)
    }

    /// A pointer as C has it.
    ///
    /// # Safety
    /// It is null or good for what the function that gets it reads.
    pub unsafe fn from_raw(raw: *const T) -> Self {
        Self(raw, PhantomData)
    }

    /// The pointer, for what is longer than its type says.
    pub fn as_raw(self) -> *const T {
        self.0
    }

    /// Whether there is nothing.
    pub fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// What it points to.
    pub fn get(self) -> Option<&'a T> {
        // SAFETY: the caller of the function promises that it is null or good.
        unsafe { self.0.as_ref() }
    }

    /// What it points to, which must be there.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER`.
    pub fn need(self) -> Result<&'a T> {
        self.get().ok_or_else(null)
    }

    /// `count` values one after the other; none if the count is zero.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if they are not there, or are more than memory can hold.
    pub fn many(self, count: u32) -> Result<&'a [T]> {
        if count == 0 {
            return Ok(&[]);
        }
        let size = (count as usize).checked_mul(size_of::<T>());
        if self.0.is_null() || !self.0.is_aligned() || size.is_none_or(|size| size > MOST) {
            return Err(null());
        }
        // SAFETY: the caller of the function promises that so many are there.
        Ok(unsafe { std::slice::from_raw_parts(self.0, count as usize) })
    }

    /// The same values, each by its pointer, so that what they point to can be followed.
    ///
    /// # Errors
    /// As [`many`](Self::many).
    pub fn each(self, count: u32) -> Result<impl ExactSizeIterator<Item = Self>> {
        let all = self.many(count)?;
        Ok(all.iter().map(|one| Self(one, PhantomData)))
    }

    /// A pointer that lies in something that was given so itself.
    pub(crate) fn inner<U>(self, pointer: impl FnOnce(&'a T) -> *const U) -> In<'a, U> {
        In(self.get().map_or(std::ptr::null(), pointer), PhantomData)
    }

    /// The values behind a header of `T`, which begin `offset` bytes after its start.
    pub(crate) fn behind<U>(self, offset: usize) -> In<'a, U> {
        In(
            if self.0.is_null() {
                std::ptr::null()
            } else {
                self.0.wrapping_byte_add(offset).cast()
            },
            PhantomData,
        )
    }
}

impl In<'_, u8> {
    /// The bytes up to a zero.
    pub(crate) fn until_zero(self) -> Option<Vec<u8>> {
        // SAFETY: the caller of the function promises that a text ends.
        (!self.is_null())
            .then(|| unsafe { std::ffi::CStr::from_ptr(self.0.cast()) }.to_bytes().into())
    }
}

impl In<'_, u16> {
    /// The units up to a zero.
    pub(crate) fn until_zero(self) -> Option<Vec<u16>> {
        if self.is_null() {
            return None;
        }
        let mut units = Vec::new();
        let mut next = self.0;
        loop {
            // SAFETY: the caller of the function promises that a text ends; perhaps it is not
            // aligned.
            let unit = unsafe { next.read_unaligned() };
            if unit == 0 {
                return Some(units);
            }
            units.push(unit);
            next = next.wrapping_add(1);
        }
    }
}

/// No array of C is larger: counts above are mistakes, and their pointers are not followed.
const MOST: usize = 1 << 31;

impl<I: Interface> In<'_, I> {
    /// A reference to the object that it points to.
    pub fn object(self) -> Option<Ptr<I>> {
        // SAFETY: the caller of the function promises that it is null or a live object.
        unsafe { Ptr::retain(self.0.cast_mut()) }
    }
}

impl<'a, T: Plain> Out<'a, T> {
    /// A pointer to a variable.
    pub fn new(target: &'a mut T) -> Self {
        Self(target, PhantomData)
    }

    /// For nobody.
    pub fn null() -> Self {
        Self(std::ptr::null_mut(), PhantomData)
    }

    /// A pointer as C has it.
    ///
    /// # Safety
    /// It is null or good for what the function that gets it writes.
    pub unsafe fn from_raw(raw: *mut T) -> Self {
        Self(raw, PhantomData)
    }

    /// The pointer.
    pub fn as_raw(self) -> *mut T {
        self.0
    }

    /// Whether nobody wants it.
    pub fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// Checks that somebody wants it, and puts zero there meanwhile.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER`.
    pub fn clear(self) -> Result<()> {
        self.set(T::zeroed())
    }

    /// Puts the answer.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if it cannot be put anywhere.
    pub fn set(self, value: T) -> Result<()> {
        if self.0.is_null() {
            return Err(null());
        }
        self.set_if(value);
        Ok(())
    }

    /// Puts the answer, if somebody wants it.
    pub fn set_if(self, value: T) {
        if !self.0.is_null() {
            // SAFETY: the caller of the function promises that it is good.
            unsafe { self.0.write(value) };
        }
    }

    /// What is there, for arguments that go both ways.
    pub fn value(self) -> Option<T> {
        // SAFETY: the caller of the function promises that it is null or good.
        (!self.0.is_null()).then(|| unsafe { self.0.read() })
    }
}

impl<I: Interface> Out<'_, *mut I> {
    /// Gives an object.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if it cannot be put anywhere.
    pub fn give(self, object: Ptr<I>) -> Result<()> {
        if self.is_null() {
            return Err(null());
        }
        self.set(object.into_raw())
    }
}

impl Out<'_, *mut c_void> {
    /// Gives an object to one who asked for an interface by its identifier.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if it cannot be put anywhere.
    pub fn give_any<I: Interface>(self, object: Ptr<I>) -> Result<()> {
        if self.is_null() {
            return Err(null());
        }
        self.set(object.into_raw().cast())
    }
}

fn null() -> Error {
    Error::invalid_parameter("a pointer that must not be null is, or a count is too large")
}
