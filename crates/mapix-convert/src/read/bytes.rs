//! The bytes of a mail: held, or left in their file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use mapix_core::{Context, Result};

/// Mails of more bytes than this are left in their file.
pub(crate) const HELD: u64 = 16 << 20;

/// The bytes of one mail, or of a part of it. Cloning is a reference count.
///
/// A mail of up to 16 MiB is held in memory; of a larger one, only what is looked at is read, by
/// position, as often as it is looked at. The file must not change meanwhile: bytes that are gone
/// are an error, bytes that were changed are not noticed.
#[derive(Clone, Debug)]
pub struct MailBytes {
    source: Arc<Source>,
    start: u64,
    end: u64,
}

#[derive(Debug)]
enum Source {
    Memory(Box<[u8]>),
    File(Arc<File>, Pieces),
}

/// Which bytes of a file a mail consists of: each piece begins at this offset of the mail, and
/// lies at that one of the file. The last piece ends with the mail.
pub(crate) type Pieces = Vec<(u64, u64)>;

impl MailBytes {
    /// A file that holds one mail.
    ///
    /// # Errors
    /// Those of opening and reading the file, with its name.
    pub fn open(path: &Path) -> Result<Self> {
        let open = || -> Result<Self> {
            let mut file = File::open(path)?;
            let size = file.metadata()?.len();
            if size <= HELD {
                let mut bytes = Vec::with_capacity(size as usize);
                // Somebody may be writing to it.
                file.by_ref().take(HELD + 1).read_to_end(&mut bytes)?;
                if bytes.len() as u64 <= HELD {
                    return Ok(bytes.into());
                }
            }
            let size = file.metadata()?.len();
            Ok(Self::pieces(Arc::new(file), vec![(0, 0)], size))
        };
        open().context(|| path.display())
    }

    /// A mail that lies in a file, in one or more pieces, and has so many bytes.
    pub(crate) fn pieces(file: Arc<File>, pieces: Pieces, size: u64) -> Self {
        Self { source: Arc::new(Source::File(file, pieces)), start: 0, end: size }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// All bytes, if they are held.
    pub(crate) fn held(&self) -> Option<&[u8]> {
        match &*self.source {
            Source::Memory(bytes) => bytes.get(self.start as usize..self.end as usize),
            Source::File(..) => None,
        }
    }

    /// Some of the bytes; what lies beyond the end is left out.
    pub(crate) fn slice(&self, range: Range<u64>) -> Self {
        let end = self.start.saturating_add(range.end).min(self.end);
        let start = self.start.saturating_add(range.start).min(end);
        Self { source: self.source.clone(), start, end }
    }

    /// A stream of the bytes.
    pub fn reader(&self) -> MailReader {
        MailReader { bytes: self.clone(), at: 0 }
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.len().saturating_sub(at);
        let count = (buffer.len() as u64).min(left) as usize;
        if count == 0 {
            return Ok(0);
        }
        let at = self.start + at;
        match &*self.source {
            Source::Memory(bytes) => {
                let start = at as usize;
                let found = bytes.get(start..start + count).unwrap_or_default();
                buffer[..found.len()].copy_from_slice(found);
                Ok(found.len())
            }
            Source::File(file, pieces) => {
                let next = pieces.partition_point(|(start, _)| *start <= at);
                let Some((start, offset)) = next.checked_sub(1).and_then(|n| pieces.get(n)) else {
                    return Ok(0);
                };
                let room = pieces.get(next).map_or(u64::MAX, |(end, _)| end - at);
                let count = (count as u64).min(room) as usize;
                match read_file(file, &mut buffer[..count], offset + (at - start))? {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    count => Ok(count),
                }
            }
        }
    }
}

impl From<Vec<u8>> for MailBytes {
    fn from(bytes: Vec<u8>) -> Self {
        let end = bytes.len() as u64;
        Self { source: Arc::new(Source::Memory(bytes.into())), start: 0, end }
    }
}

impl From<&[u8]> for MailBytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

/// A stream of the bytes of a mail.
#[derive(Clone, Debug)]
pub struct MailReader {
    bytes: MailBytes,
    at: u64,
}

impl Read for MailReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for MailReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = seek_to(to, self.at, self.bytes.len())?;
        Ok(self.at)
    }
}

/// Where a stream of so many bytes stands after a seek.
pub(crate) fn seek_to(to: SeekFrom, at: u64, len: u64) -> io::Result<u64> {
    let found = match to {
        SeekFrom::Start(at) => Some(at),
        SeekFrom::Current(by) => at.checked_add_signed(by),
        SeekFrom::End(by) => len.checked_add_signed(by),
    };
    found.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

#[cfg(unix)]
fn read_file(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    loop {
        match std::os::unix::fs::FileExt::read_at(file, buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(windows)]
fn read_file(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    loop {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_in_pieces_reads_as_one() {
        let path = std::env::temp_dir().join(format!("mapix-pieces-{}", std::process::id()));
        File::create(&path).unwrap().write_all(b"0123456789").unwrap();
        let file = Arc::new(File::open(&path).unwrap());
        let bytes = MailBytes::pieces(file.clone(), vec![(0, 1), (3, 5), (4, 8)], 6);
        let read = |bytes: MailBytes| -> io::Result<Vec<u8>> {
            let mut all = Vec::new();
            bytes.reader().read_to_end(&mut all)?;
            Ok(all)
        };
        assert_eq!(read(bytes.clone()).unwrap(), b"123589");
        assert_eq!(read(bytes.slice(2..5)).unwrap(), b"358");
        assert_eq!(read(bytes.slice(5..99)).unwrap(), b"9");
        let mut reader = bytes.reader();
        assert_eq!(reader.seek(SeekFrom::End(-2)).unwrap(), 4);
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"89");
        assert_eq!(reader.seek(SeekFrom::Start(9)).unwrap(), 9);
        assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0);
        // What is gone is an error, not an end.
        let gone = MailBytes::pieces(file, vec![(0, 8)], 6);
        assert_eq!(read(gone).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let error = MailBytes::open(Path::new("no/such.eml")).unwrap_err();
        assert_eq!(error.to_string(), "no/such.eml: no such file or directory");
    }
}
