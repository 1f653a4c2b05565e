//! Where the bytes of a file come from: positioned reads, so that threads need no lock and a
//! file that shrinks underneath is an error and not a fault.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use mapix_core::{Context, Error, Result};

/// A file, or a file held in memory.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file on disk, and its length and its date when it was opened.
    File(File, u64, Option<SystemTime>),
    /// Bytes in memory.
    Memory(Arc<[u8]>),
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let place = || path.display().to_string();
        let file = File::open(path).context(place)?;
        let meta = file.metadata().context(place)?;
        if meta.is_dir() {
            return Err(Error::invalid_parameter("is a directory").context(place()));
        }
        Ok(Self::File(file, meta.len(), meta.modified().ok()))
    }

    /// Whether somebody has written to the file, or cut it, since it was opened.
    pub(crate) fn has_changed(&self) -> Result<bool> {
        match self {
            Self::File(file, len, modified) => {
                let meta = file.metadata()?;
                Ok(meta.len() != *len || meta.modified().ok() != *modified)
            }
            Self::Memory(_) => Ok(false),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File(_, len, _) => *len,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Fills the buffer from an offset on.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        match self {
            Self::File(file, ..) => read_file(file, buffer, offset).map_err(|error| {
                let place = format!("offset {offset:#x}");
                Error::from(error).context(place)
            }),
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).ok();
                let end = start.and_then(|start| start.checked_add(buffer.len()));
                let found = start.zip(end).and_then(|(start, end)| bytes.get(start..end));
                let found = found.ok_or_else(|| {
                    Error::corrupt("ends too early").context(format!("offset {offset:#x}"))
                })?;
                buffer.copy_from_slice(found);
                Ok(())
            }
        }
    }
}

#[cfg(unix)]
fn read_file(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let (mut rest, mut at) = (buffer, offset);
    while !rest.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, rest, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                rest = &mut rest[count..];
                at += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_beyond_the_end_is_an_error() {
        let source = Source::Memory(Arc::from(&b"abcdef"[..]));
        let mut buffer = [0; 3];
        source.read_exact_at(&mut buffer, 3).unwrap();
        assert_eq!(&buffer, b"def");
        assert!(source.read_exact_at(&mut buffer, 4).is_err());
        assert!(source.read_exact_at(&mut buffer, u64::MAX).is_err());
    }
}
