//! `IStream` of the RTF that is compressed in another stream.

use std::sync::{Mutex, PoisonError};

use mapix::{Error, ErrorCode, Result};
use mapix_convert::rtf;

use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::LastError;
use crate::iface::{ISequentialStreamMethods, IStream, IStreamMethods};
use crate::types::{HRESULT, LARGE_INTEGER, STATSTG, ULARGE_INTEGER};

/// No body is longer.
const MOST: usize = 256 << 20;

/// Reads a stream of any maker to its end.
///
/// # Errors
/// Those of the stream; `MAPI_E_TOO_BIG` above 256 MiB.
pub(crate) fn read_all(stream: &Ptr<IStream>) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = vec![0_u8; 64 << 10];
    loop {
        let mut count = 0;
        // SAFETY: the stream is alive, and there is room for so many bytes.
        let result = unsafe {
            let target = Out::from_raw(buffer.as_mut_ptr());
            stream.Read(target, buffer.len() as u32, Out::new(&mut count))
        };
        if !result.is_ok() {
            return Err(Error::new(result.code(), "the stream cannot be read"));
        }
        match buffer.get(..count as usize) {
            None => {
                return Err(Error::new(
                    ErrorCode::CALL_FAILED,
                    "a stream gave more than was asked for",
                ));
            }
            Some([]) => return Ok(all),
            Some(_) if all.len() + count as usize > MOST => {
                return Err(Error::new(ErrorCode::TOO_BIG, "the stream is too long for a body"));
            }
            Some(bytes) => all.extend_from_slice(bytes),
        }
    }
}

/// Writes bytes into a stream of any maker.
///
/// # Errors
/// Those of the stream.
pub(crate) fn write_all(stream: &Ptr<IStream>, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        let part = bytes.len().min(1 << 20);
        let mut count = 0;
        // SAFETY: the stream is alive, and so many bytes are there.
        let result = unsafe {
            stream.Write(In::from_raw(bytes.as_ptr()), part as u32, Out::new(&mut count))
        };
        if !result.is_ok() {
            return Err(Error::new(result.code(), "the stream cannot be written"));
        }
        bytes = match (count as usize, bytes.get(count as usize..)) {
            (1.., Some(rest)) => rest,
            _ => return Err(Error::new(ErrorCode::DISK_ERROR, "a stream takes no more bytes")),
        };
    }
    Ok(())
}

/// A stream of bytes that are there, to be read from the start to the end.
///
/// # Errors
/// None.
pub(crate) fn reader(bytes: Vec<u8>) -> Ptr<IStream> {
    RtfObject { state: Mutex::new(State::Read(bytes, 0)), last: LastError::default() }.into_ptr()
}

/// A stream that takes RTF and writes it into another one, compressed or wrapped.
pub(crate) fn writer(target: Ptr<IStream>, compressed: bool) -> Ptr<IStream> {
    let state = State::Write { target, compressed, bytes: Vec::new(), put: false };
    RtfObject { state: Mutex::new(state), last: LastError::default() }.into_ptr()
}

enum State {
    /// The bytes, and how many have been read.
    Read(Vec<u8>, usize),
    Write {
        target: Ptr<IStream>,
        compressed: bool,
        bytes: Vec<u8>,
        /// Whether the target has them.
        put: bool,
    },
}

impl State {
    /// Puts what was written into the target, once.
    fn commit(&mut self) -> Result<()> {
        let Self::Write { target, compressed, bytes, put } = self else { return Ok(()) };
        if *put {
            return Ok(());
        }
        let value = if *compressed { rtf::compress(bytes) } else { rtf::wrap(bytes) };
        let value = value.ok_or_else(|| Error::new(ErrorCode::TOO_BIG, "the text is too long"))?;
        write_all(target, &value)?;
        *put = true;
        // SAFETY: the stream is alive.
        let result = unsafe { target.Commit(0) };
        match result.is_ok() {
            true => Ok(()),
            false => Err(Error::new(result.code(), "the compressed text is not committed")),
        }
    }
}

struct RtfObject {
    state: Mutex<State>,
    last: LastError,
}

impl RtfObject {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> Result<T>) -> HRESULT
    where
        T: Into<HRESULT>,
    {
        self.last.answer(|| work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn only_in_order(&self) -> HRESULT {
        self.last.answer(|| {
            Err::<(), _>(Error::no_support("a stream of RTF is read and written in its order"))
        })
    }
}

impl Drop for RtfObject {
    /// Who releases a stream without `Commit` expects its text to be there nevertheless.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if matches!(state, State::Write { bytes, .. } if !bytes.is_empty()) {
            // There is nobody left who could be told of an error.
            let _ = state.commit();
        }
    }
}

impl Object for RtfObject {
    type Main = IStream;
}

impl ISequentialStreamMethods for RtfObject {
    fn Read(&self, target: Out<'_, u8>, size: u32, read: Out<'_, u32>) -> HRESULT {
        self.with(|state| {
            read.set_if(0);
            let State::Read(bytes, done) = state else {
                return Err(Error::new(ErrorCode::NO_ACCESS, "the stream is for writing"));
            };
            let rest = &bytes[*done..];
            let count = rest.len().min(size as usize);
            if count > 0 && target.is_null() {
                return Err(Error::invalid_parameter("there is no place for the bytes"));
            }
            if count > 0 {
                // SAFETY: the caller has room for `size` bytes.
                unsafe { target.as_raw().copy_from_nonoverlapping(rest.as_ptr(), count) };
            }
            *done += count;
            read.set_if(count as u32);
            Ok(())
        })
    }

    fn Write(&self, source: In<'_, u8>, size: u32, written: Out<'_, u32>) -> HRESULT {
        self.with(|state| {
            written.set_if(0);
            let State::Write { bytes, put: false, .. } = state else {
                let what = "the stream is for reading, or has been committed";
                return Err(Error::new(ErrorCode::NO_ACCESS, what));
            };
            let source = source.many(size)?;
            if bytes.len() + source.len() > MOST {
                return Err(Error::new(ErrorCode::TOO_BIG, "the text is too long for a body"));
            }
            bytes.extend_from_slice(source);
            written.set_if(size);
            Ok(())
        })
    }
}

impl IStreamMethods for RtfObject {
    fn Seek(&self, _: LARGE_INTEGER, _: u32, _: Out<'_, ULARGE_INTEGER>) -> HRESULT {
        self.only_in_order()
    }

    fn SetSize(&self, _: ULARGE_INTEGER) -> HRESULT {
        self.only_in_order()
    }

    fn CopyTo(
        &self,
        target: In<'_, IStream>,
        size: ULARGE_INTEGER,
        read: Out<'_, ULARGE_INTEGER>,
        written: Out<'_, ULARGE_INTEGER>,
    ) -> HRESULT {
        self.with(|state| {
            let target = target.object();
            let target = target.ok_or_else(|| Error::invalid_parameter("there is no target"))?;
            let State::Read(bytes, done) = state else {
                return Err(Error::new(ErrorCode::NO_ACCESS, "the stream is for writing"));
            };
            let most = usize::try_from(size.QuadPart).unwrap_or(usize::MAX);
            let count = (bytes.len() - *done).min(most);
            write_all(&target, &bytes[*done..*done + count])?;
            *done += count;
            read.set_if(ULARGE_INTEGER { QuadPart: count as u64 });
            written.set_if(ULARGE_INTEGER { QuadPart: count as u64 });
            Ok(())
        })
    }

    fn Commit(&self, _flags: u32) -> HRESULT {
        self.with(State::commit)
    }

    fn Revert(&self) -> HRESULT {
        self.only_in_order()
    }

    fn LockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.only_in_order()
    }

    fn UnlockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.only_in_order()
    }

    fn Stat(&self, _: Out<'_, STATSTG>, _: u32) -> HRESULT {
        self.only_in_order()
    }

    fn Clone(&self, _: Out<'_, *mut IStream>) -> HRESULT {
        self.only_in_order()
    }
}
