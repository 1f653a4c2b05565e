//! Streams over property values.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Weak};

use crate::session::{Logon, Resource};
use crate::store::ValueStream;
use crate::sync::{Mutex, lock};
use crate::{Error, ErrorCode, Result};

/// The bytes of one property: text as UTF-16 or in its code page, as stored.
///
/// It belongs to its store: after logoff every call fails with `MAPI_E_INVALID_OBJECT`, wrapped
/// in an [`io::Error`].
#[doc(alias = "IMAPIProp::OpenProperty")]
pub struct PropertyStream {
    logon: Arc<Logon>,
    slot: Arc<Slot>,
}

/// Where the store's stream is, until logoff takes it away.
struct Slot(Mutex<Option<Box<dyn ValueStream>>>);

impl Resource for Slot {
    fn close(&self) {
        lock(&self.0).take();
    }
}

impl PropertyStream {
    pub(crate) fn new(logon: &Arc<Logon>, stream: Box<dyn ValueStream>) -> Self {
        let slot = Arc::new(Slot(Mutex::new(Some(stream))));
        let weak: Weak<Slot> = Arc::downgrade(&slot);
        logon.register(weak);
        Self { logon: Arc::clone(logon), slot }
    }

    /// Its length in bytes. The position stays.
    pub fn len(&mut self) -> Result<u64> {
        let here = self.stream_position()?;
        let end = self.seek(SeekFrom::End(0))?;
        self.seek(SeekFrom::Start(here))?;
        Ok(end)
    }

    /// Whether it has no bytes.
    pub fn is_empty(&mut self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    fn with<T>(&self, call: impl FnOnce(&mut dyn ValueStream) -> io::Result<T>) -> io::Result<T> {
        let _inside = self.logon.enter()?;
        match lock(&self.slot.0).as_mut() {
            Some(stream) => call(stream.as_mut()),
            None => Err(Error::new(ErrorCode::INVALID_OBJECT, "the stream is closed").into()),
        }
    }
}

impl Read for PropertyStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|stream| stream.read(buffer))
    }
}

impl Seek for PropertyStream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.with(|stream| stream.seek(to))
    }
}

impl fmt::Debug for PropertyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PropertyStream")
    }
}

/// A stream that was set and not yet committed. It can be read many times: each reader has its
/// own position.
#[derive(Clone)]
pub(crate) struct SharedStream(Arc<Mutex<Box<dyn ValueStream>>>);

impl SharedStream {
    pub(crate) fn new(stream: Box<dyn ValueStream>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    pub(crate) fn reader(&self) -> SharedReader {
        SharedReader { stream: self.clone(), position: 0 }
    }

    pub(crate) fn len(&self) -> Result<u64> {
        Ok(lock(&self.0).seek(SeekFrom::End(0))?)
    }
}

pub(crate) struct SharedReader {
    stream: SharedStream,
    position: u64,
}

impl Read for SharedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut stream = lock(&self.stream.0);
        stream.seek(SeekFrom::Start(self.position))?;
        let count = stream.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SharedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let base = match to {
            SeekFrom::Start(position) => {
                self.position = position;
                return Ok(position);
            }
            SeekFrom::End(offset) => (lock(&self.stream.0).seek(SeekFrom::End(0))?, offset),
            SeekFrom::Current(offset) => (self.position, offset),
        };
        self.position = base.0.checked_add_signed(base.1).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
