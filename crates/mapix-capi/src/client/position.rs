//! What streams that are read by offsets do alike: reading, seeking, copying.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mapix::{Error, Result};

use crate::arg::{In, Out};
use crate::iface::IStream;
use crate::types::{LARGE_INTEGER, ULARGE_INTEGER};

/// How much is copied at once.
const AT_ONCE: usize = 64 << 10;

/// Where a stream is.
#[derive(Default)]
pub(super) struct Position(Mutex<u64>);

impl Position {
    pub(super) fn lock(&self) -> MutexGuard<'_, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of its own, at the same place.
    pub(super) fn copied(&self) -> Self {
        Self(Mutex::new(*self.lock()))
    }

    /// `IStream::Seek` in a stream of a length.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for an unknown origin and a place before the start.
    pub(super) fn seek(
        &self,
        len: impl FnOnce() -> Result<u64>,
        distance: LARGE_INTEGER,
        origin: u32,
        to: Out<'_, ULARGE_INTEGER>,
    ) -> Result<()> {
        let mut position = self.lock();
        let base = match origin {
            0 => 0,
            1 => *position,
            2 => len()?,
            _ => return Err(Error::invalid_parameter(format!("there is no origin {origin}"))),
        };
        let sought = base.checked_add_signed(distance.QuadPart);
        *position = sought.ok_or_else(|| Error::invalid_parameter("before the start"))?;
        to.set_if(ULARGE_INTEGER { QuadPart: *position });
        Ok(())
    }

    /// `IStream::CopyTo` from a stream that is read by offsets. What the copy itself adds to the
    /// stream, through a clone of it, is not copied: else it would have no end.
    ///
    /// # Errors
    /// Those of reading, and of the target, which does not get what comes after.
    pub(super) fn copy_to(
        &self,
        len: impl FnOnce() -> Result<u64>,
        read_at: impl Fn(u64, &mut [u8]) -> Result<usize>,
        target: In<'_, IStream>,
        size: ULARGE_INTEGER,
        read: Out<'_, ULARGE_INTEGER>,
        written: Out<'_, ULARGE_INTEGER>,
    ) -> Result<()> {
        let target = target.object();
        let target = target.ok_or_else(|| Error::invalid_parameter("there is no target"))?;
        let size = size.QuadPart.min(len()?.saturating_sub(*self.lock()));
        let mut buffer = vec![0; AT_ONCE];
        let mut done = 0;
        let mut outcome = Ok(());
        while done < size {
            let part = (size - done).min(AT_ONCE as u64) as usize;
            // The target may be this very stream: nothing is locked while it writes.
            let offset = *self.lock();
            let count = read_at(offset, &mut buffer[..part])?;
            if count == 0 {
                break;
            }
            *self.lock() = offset + count as u64;
            // SAFETY: so many bytes are in the buffer.
            let result =
                unsafe { target.Write(In::from_raw(buffer.as_ptr()), count as u32, Out::null()) };
            if !result.is_ok() {
                outcome = Err(Error::new(result.code(), "the target of the copy failed"));
                break;
            }
            done += count as u64;
        }
        read.set_if(ULARGE_INTEGER { QuadPart: done });
        written.set_if(ULARGE_INTEGER { QuadPart: done });
        outcome
    }
}

/// `ISequentialStream::Read` and `ILockBytes::ReadAt`: from an offset, until the place is full or the
/// stream ends. Gives how many bytes that were.
///
/// # Errors
/// Those of reading; `MAPI_E_INVALID_PARAMETER` if there is no place.
pub(super) fn read(
    read_at: impl Fn(u64, &mut [u8]) -> Result<usize>,
    offset: u64,
    target: Out<'_, u8>,
    size: u32,
    read: Out<'_, u32>,
) -> Result<u64> {
    read.set_if(0);
    if size > 0 && target.is_null() {
        return Err(Error::invalid_parameter("there is no place for the bytes"));
    }
    let mut buffer = vec![0; (size as usize).min(AT_ONCE)];
    let mut done = 0;
    while done < size as usize {
        let part = buffer.len().min(size as usize - done);
        let count = read_at(offset + done as u64, &mut buffer[..part])?;
        // SAFETY: the caller has room for `size` bytes.
        unsafe { target.as_raw().add(done).copy_from_nonoverlapping(buffer.as_ptr(), count) };
        done += count;
        if count < part {
            break;
        }
    }
    read.set_if(done as u32);
    Ok(done as u64)
}
