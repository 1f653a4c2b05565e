//! `IStream` and `ILockBytes` over properties.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapix::prop::{CodePage, Prop, PropTag, PropType, Value, value_bytes};
use mapix::store::ValueStream;
use mapix::{Error, ErrorCode, Problem, Result};

use super::position::{self, Position};
use super::source::Properties;
use super::spool::Spool;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, string8};
use crate::iface::{
    ILockBytes, ILockBytesMethods, ISequentialStreamMethods, IStream, IStreamMethods, IUnknown,
};
use crate::types::{HRESULT, LARGE_INTEGER, Plain, STATSTG, ULARGE_INTEGER};

/// `STGTY_STREAM`.
const STGTY_STREAM: u32 = 2;
/// `STGM_READWRITE`.
const READ_WRITE: u32 = 2;
/// Values of so many bytes are set as such, and not as streams.
const SMALL: usize = 4096;

/// Opens the bytes of a property: as they are, or to be written.
pub(super) fn open(
    source: &dyn Properties,
    tag: PropTag,
    create: bool,
    modify: bool,
    lock_bytes: bool,
) -> Result<Ptr<IUnknown>> {
    let streamed = [PropType::UNICODE, PropType::STRING8, PropType::BINARY];
    if modify && !streamed.contains(&tag.prop_type()) {
        return Err(Error::new(
            ErrorCode::INTERFACE_NOT_SUPPORTED,
            format!("{tag} is {}, which is not written as a stream", tag.prop_type()),
        ));
    }
    let content = match (create, modify) {
        (true, _) => Content::Written(Spool::new()),
        (false, true) => Content::Written(Spool::copy_of(&mut *existing(source, tag)?)?),
        (false, false) => Content::Read(existing(source, tag)?),
    };
    let write = modify.then(|| Write { target: source.share(), tag });
    // What was opened with MAPI_CREATE is there, though empty.
    let bytes = Bytes { content: Mutex::new((content, create)), write };
    Ok(StreamObject::over(Arc::new(bytes), lock_bytes))
}

/// The bytes that are there, in the width that is asked for; narrow text as UTF-8.
fn existing(source: &dyn Properties, tag: PropTag) -> Result<Box<dyn ValueStream>> {
    let stored = source.bag()?.find(tag.id()).map(|prop| prop.tag.prop_type());
    let (narrow, wide) = (PropType::STRING8, PropType::UNICODE);
    if stored == Some(narrow) && tag.prop_type().is_string()
        || stored == Some(wide) && tag.prop_type() == narrow
    {
        let value = source.get(tag)?.ok_or_else(|| Error::not_found(format!("no {tag}")))?;
        let value = value.coerce(wide)?.coerce(tag.prop_type())?;
        return Ok(Box::new(Cursor::new(value_bytes(&value).unwrap_or_default())));
    }
    source.open(tag)
}

enum Content {
    Read(Box<dyn ValueStream>),
    Written(Spool),
}

/// Where what is written goes.
struct Write {
    target: Arc<dyn Properties>,
    tag: PropTag,
}

impl Write {
    fn put(&self, spool: &Spool) -> Result<()> {
        if spool.len() > SMALL as u64 {
            return self.target.set_stream(self.tag, spool.snapshot());
        }
        // What is small can be had by GetProps at once.
        let mut bytes = vec![0; spool.len() as usize];
        spool.read_at(0, &mut bytes)?;
        let kind = self.tag.prop_type();
        let value = match kind {
            PropType::STRING8 => Value::String8(string8(bytes)),
            _ => Value::from_bytes(kind, &bytes, CodePage::UTF8),
        };
        match self.target.set_props(&[Prop { tag: self.tag, value }])?.first() {
            Some(Problem { code, .. }) => {
                Err(Error::new(*code, format!("{} cannot be set", self.tag)))
            }
            None => Ok(()),
        }
    }
}

/// The bytes that a stream and its clones share, and whether they are to be put in their place.
struct Bytes {
    content: Mutex<(Content, bool)>,
    write: Option<Write>,
}

impl Bytes {
    fn lock(&self) -> MutexGuard<'_, (Content, bool)> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn len(&self) -> Result<u64> {
        match &mut self.lock().0 {
            Content::Read(stream) => Ok(stream.seek(SeekFrom::End(0))?),
            Content::Written(spool) => Ok(spool.len()),
        }
    }

    fn read_at(&self, offset: u64, target: &mut [u8]) -> Result<usize> {
        let mut content = self.lock();
        let mut done = 0;
        while done < target.len() {
            let count = match &mut content.0 {
                Content::Read(stream) => {
                    stream.seek(SeekFrom::Start(offset + done as u64))?;
                    stream.read(&mut target[done..])?
                }
                Content::Written(spool) => {
                    spool.read_at(offset + done as u64, &mut target[done..])?
                }
            };
            if count == 0 {
                break;
            }
            done += count;
        }
        Ok(done)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Spool) -> std::io::Result<T>) -> Result<T> {
        let mut content = self.lock();
        let (Content::Written(spool), changed) = &mut *content else {
            let sentence = "the stream was not opened with MAPI_MODIFY";
            return Err(Error::new(ErrorCode::NO_ACCESS, sentence));
        };
        *changed = true;
        Ok(change(spool)?)
    }

    /// Puts what was written in its place.
    fn commit(&self) -> Result<()> {
        let mut content = self.lock();
        let (Content::Written(spool), changed) = &mut *content else { return Ok(()) };
        if let Some(write) = self.write.as_ref().filter(|_| *changed) {
            write.put(spool)?;
            *changed = false;
        }
        Ok(())
    }
}

impl Drop for Bytes {
    /// Who releases a stream without `Commit` expects its bytes to be there nevertheless.
    fn drop(&mut self) {
        // There is nobody left who could be told of an error.
        let _ = self.commit();
    }
}

/// A stream with its position.
pub(crate) struct StreamObject {
    bytes: Arc<Bytes>,
    position: Position,
    last: LastError,
}

/// The same bytes without a position.
struct LockBytesObject(StreamObject);

impl StreamObject {
    fn over(bytes: Arc<Bytes>, lock_bytes: bool) -> Ptr<IUnknown> {
        let stream = Self { bytes, position: Position::default(), last: LastError::default() };
        match lock_bytes {
            true => LockBytesObject(stream).into_ptr().upcast(),
            false => stream.into_ptr().upcast(),
        }
    }

    fn read(&self, offset: u64, target: Out<'_, u8>, size: u32, read: Out<'_, u32>) -> Result<u64> {
        position::read(|offset, part| self.bytes.read_at(offset, part), offset, target, size, read)
    }

    fn write(
        &self,
        offset: u64,
        source: In<'_, u8>,
        size: u32,
        written: Out<'_, u32>,
    ) -> Result<u64> {
        written.set_if(0);
        let source = source.many(size)?;
        bounded(offset.saturating_add(size.into()))?;
        self.bytes.change(|spool| spool.write_at(offset, source))?;
        written.set_if(size);
        Ok(size.into())
    }

    fn stat(&self, stat: Out<'_, STATSTG>) -> Result<()> {
        let mode = if self.bytes.write.is_some() { READ_WRITE } else { 0 };
        stat.set(STATSTG {
            type_: STGTY_STREAM,
            cbSize: ULARGE_INTEGER { QuadPart: self.bytes.len()? },
            grfMode: mode,
            ..STATSTG::zeroed()
        })
    }
}

impl Object for StreamObject {
    type Main = IStream;
}

impl ISequentialStreamMethods for StreamObject {
    fn Read(&self, target: Out<'_, u8>, size: u32, read: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let mut position = self.position.lock();
            let count = self.read(*position, target, size, read)?;
            *position += count;
            Ok(())
        })
    }

    fn Write(&self, source: In<'_, u8>, size: u32, written: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let mut position = self.position.lock();
            *position += self.write(*position, source, size, written)?;
            Ok(())
        })
    }
}

impl IStreamMethods for StreamObject {
    fn Seek(&self, distance: LARGE_INTEGER, origin: u32, to: Out<'_, ULARGE_INTEGER>) -> HRESULT {
        self.last.answer(|| self.position.seek(|| self.bytes.len(), distance, origin, to))
    }

    fn SetSize(&self, size: ULARGE_INTEGER) -> HRESULT {
        self.last.answer(|| {
            bounded(size.QuadPart)?;
            self.bytes.change(|spool| spool.set_len(size.QuadPart))
        })
    }

    fn CopyTo(
        &self,
        target: In<'_, IStream>,
        size: ULARGE_INTEGER,
        read: Out<'_, ULARGE_INTEGER>,
        written: Out<'_, ULARGE_INTEGER>,
    ) -> HRESULT {
        let read_at = |offset, target: &mut [u8]| self.bytes.read_at(offset, target);
        let len = || self.bytes.len();
        self.last.answer(|| self.position.copy_to(len, read_at, target, size, read, written))
    }

    fn Commit(&self, _flags: u32) -> HRESULT {
        self.last.answer(|| self.bytes.commit())
    }

    fn Revert(&self) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("streams are not transacted")))
    }

    fn LockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.last.answer(no_locks)
    }

    fn UnlockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.last.answer(no_locks)
    }

    fn Stat(&self, stat: Out<'_, STATSTG>, _flags: u32) -> HRESULT {
        self.last.answer(|| self.stat(stat))
    }

    fn Clone(&self, stream: Out<'_, *mut IStream>) -> HRESULT {
        self.last.answer(|| {
            let position = self.position.copied();
            let (bytes, last) = (Arc::clone(&self.bytes), LastError::default());
            stream.give(Self { bytes, position, last }.into_ptr())
        })
    }
}

impl Object for LockBytesObject {
    type Main = ILockBytes;
}

impl ILockBytesMethods for LockBytesObject {
    fn ReadAt(
        &self,
        offset: ULARGE_INTEGER,
        target: Out<'_, u8>,
        size: u32,
        read: Out<'_, u32>,
    ) -> HRESULT {
        self.0.last.answer(|| self.0.read(offset.QuadPart, target, size, read).map(drop))
    }

    fn WriteAt(
        &self,
        offset: ULARGE_INTEGER,
        source: In<'_, u8>,
        size: u32,
        written: Out<'_, u32>,
    ) -> HRESULT {
        self.0.last.answer(|| self.0.write(offset.QuadPart, source, size, written).map(drop))
    }

    fn Flush(&self) -> HRESULT {
        self.0.last.answer(|| self.0.bytes.commit())
    }

    fn SetSize(&self, size: ULARGE_INTEGER) -> HRESULT {
        self.0.SetSize(size)
    }

    fn LockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.0.last.answer(no_locks)
    }

    fn UnlockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.0.last.answer(no_locks)
    }

    fn Stat(&self, stat: Out<'_, STATSTG>, _flags: u32) -> HRESULT {
        self.0.last.answer(|| self.0.stat(stat))
    }
}

/// No value of a property is longer: its length has 32 bits.
fn bounded(size: u64) -> Result<()> {
    match u32::try_from(size) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(ErrorCode::TOO_BIG, format!("{size} bytes in one property"))),
    }
}

fn no_locks() -> Result<()> {
    Err(Error::no_support("the bytes of properties are not locked"))
}
