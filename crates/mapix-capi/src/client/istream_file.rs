//! `IStream` over a file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mapix::prop::Guid;
use mapix::{Error, ErrorCode, Result};

use super::position::{self, Position};
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::LastError;
use crate::iface::{ISequentialStreamMethods, IStream, IStreamMethods};
use crate::types::{HRESULT, LARGE_INTEGER, Plain, STATSTG, ULARGE_INTEGER};

/// `STGTY_STREAM`.
const STGTY_STREAM: u32 = 2;
/// `STGM_READWRITE`.
const READ_WRITE: u32 = 2;

/// How a file is opened.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) write: bool,
    /// A file that is there is emptied.
    pub(crate) create: bool,
    /// The file ends with the stream.
    pub(crate) temporary: bool,
}

/// Opens a file.
///
/// # Errors
/// `MAPI_E_NOT_FOUND`, `MAPI_E_NO_ACCESS`, `MAPI_E_DISK_ERROR`.
pub(crate) fn open(path: &Path, mode: Mode) -> Result<Ptr<IStream>> {
    let file = OpenOptions::new()
        .read(true)
        .write(mode.write)
        .create(mode.create)
        .truncate(mode.create)
        .open(path)
        .map_err(|error| failed(path, &error))?;
    if file.metadata().is_ok_and(|file| file.is_dir()) {
        let what = format!("{} is a directory", path.display());
        return Err(Error::new(ErrorCode::NO_ACCESS, what));
    }
    Ok(FileObject::over(file, path, mode))
}

/// Makes a file that nobody else has in a directory: `<prefix>HHHH.TMP`.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_unique(directory: &Path, prefix: &str, mode: Mode) -> Result<Ptr<IStream>> {
    loop {
        let number = u32::from_le_bytes(*Guid::unique().0.first_chunk().unwrap_or(&[0; 4]));
        let path = directory.join(format!("{prefix}{number:08X}.TMP"));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => return Ok(FileObject::over(file, &path, mode)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    let code = match error.kind() {
        io::ErrorKind::NotFound => ErrorCode::NOT_FOUND,
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::IsADirectory => ErrorCode::NO_ACCESS,
        _ => ErrorCode::DISK_ERROR,
    };
    Error::new(code, format!("{}: {error}", path.display()))
}

/// A file, which its clones share.
struct Opened {
    file: File,
    path: PathBuf,
    mode: Mode,
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.mode.temporary {
            // There is nobody left who could be told of an error.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A file with a position.
struct FileObject {
    opened: Arc<Opened>,
    position: Position,
    last: LastError,
}

impl FileObject {
    fn over(file: File, path: &Path, mode: Mode) -> Ptr<IStream> {
        let opened = Arc::new(Opened { file, path: path.into(), mode });
        Self { opened, position: Position::default(), last: LastError::default() }.into_ptr()
    }

    fn len(&self) -> Result<u64> {
        Ok(self.opened.file.metadata()?.len())
    }

    fn writable(&self) -> Result<()> {
        match self.opened.mode.write {
            true => Ok(()),
            false => {
                Err(Error::new(ErrorCode::NO_ACCESS, "the file was not opened with STGM_READWRITE"))
            }
        }
    }

    /// Reads until the target is full or the file ends.
    fn read_at(&self, offset: u64, target: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < target.len() {
            match self.opened.file.read_at(&mut target[done..], offset + done as u64)? {
                0 => break,
                count => done += count,
            }
        }
        Ok(done)
    }
}

impl Object for FileObject {
    type Main = IStream;
}

impl ISequentialStreamMethods for FileObject {
    fn Read(&self, target: Out<'_, u8>, size: u32, read: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let mut position = self.position.lock();
            let read_at = |offset, part: &mut [u8]| self.read_at(offset, part);
            *position += position::read(read_at, *position, target, size, read)?;
            Ok(())
        })
    }

    fn Write(&self, source: In<'_, u8>, size: u32, written: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            written.set_if(0);
            self.writable()?;
            let source = source.many(size)?;
            let mut position = self.position.lock();
            let end = position.checked_add(size.into());
            let end = end.ok_or_else(|| Error::invalid_parameter("beyond the end of all files"))?;
            self.opened.file.write_all_at(source, *position)?;
            *position = end;
            written.set_if(size);
            Ok(())
        })
    }
}

impl IStreamMethods for FileObject {
    fn Seek(&self, distance: LARGE_INTEGER, origin: u32, to: Out<'_, ULARGE_INTEGER>) -> HRESULT {
        self.last.answer(|| self.position.seek(|| self.len(), distance, origin, to))
    }

    fn SetSize(&self, size: ULARGE_INTEGER) -> HRESULT {
        self.last.answer(|| {
            self.writable()?;
            Ok(self.opened.file.set_len(size.QuadPart)?)
        })
    }

    fn CopyTo(
        &self,
        target: In<'_, IStream>,
        size: ULARGE_INTEGER,
        read: Out<'_, ULARGE_INTEGER>,
        written: Out<'_, ULARGE_INTEGER>,
    ) -> HRESULT {
        let read_at = |offset, target: &mut [u8]| self.read_at(offset, target);
        let len = || self.len();
        self.last.answer(|| self.position.copy_to(len, read_at, target, size, read, written))
    }

    fn Commit(&self, _flags: u32) -> HRESULT {
        self.last.answer(|| Ok(self.opened.file.sync_data()?))
    }

    fn Revert(&self) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("streams are not transacted")))
    }

    fn LockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("files are not locked")))
    }

    fn UnlockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("files are not locked")))
    }

    fn Stat(&self, stat: Out<'_, STATSTG>, _flags: u32) -> HRESULT {
        self.last.answer(|| {
            stat.set(STATSTG {
                type_: STGTY_STREAM,
                cbSize: ULARGE_INTEGER { QuadPart: self.len()? },
                grfMode: if self.opened.mode.write { READ_WRITE } else { 0 },
                ..STATSTG::zeroed()
            })
        })
    }

    fn Clone(&self, stream: Out<'_, *mut IStream>) -> HRESULT {
        self.last.answer(|| {
            let position = self.position.copied();
            let (opened, last) = (Arc::clone(&self.opened), LastError::default());
            stream.give(Self { opened, position, last }.into_ptr())
        })
    }
}
