//! Bytes that are being written: in memory while they are few, in a file without a name else.

use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mapix::prop::CodePage;
use mapix::store::ValueStream;

/// More than this goes into a file.
const IN_MEMORY: usize = 1 << 20;

/// Bytes that can be read and written at any place.
pub(super) enum Spool {
    Memory(Vec<u8>),
    /// The file, and how many bytes it has. Readers of a snapshot hold it as well.
    File(Arc<File>, u64),
}

impl Spool {
    pub(super) fn new() -> Self {
        Self::Memory(Vec::new())
    }

    /// All bytes of a stream.
    pub(super) fn copy_of(stream: &mut dyn Read) -> io::Result<Self> {
        let mut spool = Self::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match stream.read(&mut buffer)? {
                0 => return Ok(spool),
                count => spool.write_at(spool.len(), &buffer[..count])?,
            }
        }
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, len) => *len,
        }
    }

    pub(super) fn read_at(&self, offset: u64, target: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => {
                let start = bytes.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
                let count = target.len().min(bytes.len() - start);
                target[..count].copy_from_slice(&bytes[start..start + count]);
                Ok(count)
            }
            Self::File(file, _) => file.read_at(target, offset),
        }
    }

    pub(super) fn write_at(&mut self, offset: u64, source: &[u8]) -> io::Result<()> {
        let end = offset.checked_add(source.len() as u64).ok_or(io::ErrorKind::InvalidInput)?;
        if end > self.len() {
            self.set_len(end)?;
        }
        match self {
            Self::Memory(bytes) => {
                bytes[offset as usize..end as usize].copy_from_slice(source);
                Ok(())
            }
            Self::File(..) => self.own_file()?.write_all_at(source, offset),
        }
    }

    pub(super) fn set_len(&mut self, new: u64) -> io::Result<()> {
        if let Self::Memory(bytes) = self {
            if new <= IN_MEMORY as u64 {
                bytes.resize(new as usize, 0);
                return Ok(());
            }
            let file = nameless_file()?;
            file.write_all_at(bytes, 0)?;
            *self = Self::File(Arc::new(file), bytes.len() as u64);
        }
        self.own_file()?.set_len(new)?;
        if let Self::File(_, len) = self {
            *len = new;
        }
        Ok(())
    }

    /// The file, which nobody else reads: a snapshot keeps the old one.
    fn own_file(&mut self) -> io::Result<&File> {
        let Self::File(file, _) = self else { return Err(io::ErrorKind::Unsupported.into()) };
        if Arc::get_mut(file).is_none() {
            let copy = nameless_file()?;
            let mut from = Reader { file: Arc::clone(file), position: 0 };
            io::copy(&mut from, &mut &copy)?;
            *file = Arc::new(copy);
        }
        Ok(file)
    }

    /// The bytes as they are now, whatever is written afterwards.
    pub(super) fn snapshot(&self) -> Box<dyn ValueStream> {
        match self {
            Self::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
            Self::File(file, _) => Box::new(Reader { file: Arc::clone(file), position: 0 }),
        }
    }
}

/// 8-bit text as 16-bit text: UTF-8, or Windows-1252 if it is none.
pub(super) fn widened(mut text: Box<dyn ValueStream>) -> io::Result<Box<dyn ValueStream>> {
    for code_page in [CodePage::UTF8, CodePage::WESTERN] {
        text.seek(SeekFrom::Start(0))?;
        if let Some(spool) = widen(&mut text, code_page)? {
            return Ok(spool.snapshot());
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

/// `None` if it is not of the code page.
fn widen(text: &mut dyn Read, code_page: CodePage) -> io::Result<Option<Spool>> {
    let mut spool = Spool::new();
    let mut put = |text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        spool.write_at(spool.len(), &units)
    };
    let (mut buffer, mut kept) = (vec![0; 64 << 10], 0);
    loop {
        let count = text.read(&mut buffer[kept..])?;
        let bytes = &buffer[..kept + count];
        if code_page == CodePage::UTF8 {
            // A character may lie on both sides of the end of the buffer.
            let good = match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) if error.error_len().is_none() && count > 0 => {
                    std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
                }
                Err(_) => return Ok(None),
            };
            put(good)?;
            let (done, all) = (good.len(), bytes.len());
            buffer.copy_within(done..all, 0);
            kept = all - done;
        } else {
            put(&code_page.decode(bytes))?;
        }
        if count == 0 {
            return Ok(Some(spool));
        }
    }
}

struct Reader {
    file: Arc<File>,
    position: u64,
}

impl Read for Reader {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(target, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => (self.file.metadata()?.len(), offset),
        };
        self.position = base.checked_add_signed(offset).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// A file that is gone when the last handle is.
fn nameless_file() -> io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mapix-{}-{number}.tmp", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_text_becomes_wide() {
        // Characters of three bytes, so that some lie on both sides of the end of the buffer.
        let long = "a".to_owned() + &"€".repeat(50_000);
        for (bytes, text) in
            [(long.as_bytes(), long.as_str()), (b"caf\xE9", "caf\u{E9}"), (b"", "")]
        {
            let mut wide = widened(Box::new(Cursor::new(bytes.to_vec()))).unwrap();
            let mut found = Vec::new();
            wide.read_to_end(&mut found).unwrap();
            let wanted: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert!(found == wanted, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn a_snapshot_stays_while_more_is_written() {
        for size in [10, IN_MEMORY + 10] {
            let mut spool = Spool::copy_of(&mut io::repeat(7).take(size as u64)).unwrap();
            let mut snapshot = spool.snapshot();
            spool.write_at(3, &[1, 2]).unwrap();
            spool.write_at(size as u64 + 5, b"end").unwrap();
            let mut old = Vec::new();
            snapshot.read_to_end(&mut old).unwrap();
            assert_eq!((old.len(), old.iter().all(|byte| *byte == 7)), (size, true));
            let mut new = vec![9; 6];
            assert_eq!(spool.read_at(0, &mut new).unwrap(), 6);
            assert_eq!(new, [7, 7, 7, 1, 2, 7]);
            assert_eq!(spool.read_at(size as u64 + 3, &mut new).unwrap(), 5);
            assert_eq!(&new[..5], b"\0\0end");
            spool.set_len(4).unwrap();
            assert_eq!(spool.read_at(0, &mut new).unwrap(), 4);
        }
    }
}
