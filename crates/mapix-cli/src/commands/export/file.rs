//! Files that are written aside and renamed, with the hash of what is in them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What is written to a file of its own before it is known whether all of it can be.
const IN_MEMORY: usize = 128 << 10;

/// Counts and hashes what passes.
pub(super) struct Hashing<W> {
    inner: W,
    hash: Sha256,
    pub(super) bytes: u64,
}

impl<W> Hashing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    pub(super) fn into_inner(self) -> W {
        self.inner
    }

    /// The hash as lower-case hexadecimal digits.
    pub(super) fn digest(&self) -> String {
        crate::render::value::hex(&self.hash.clone().finalize()).to_lowercase()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file that has its name only when it is whole. Dropped before, it leaves nothing behind.
pub(super) struct Aside {
    file: Option<Hashing<BufWriter<File>>>,
    temporary: PathBuf,
    path: PathBuf,
}

impl Aside {
    /// Begins a file; the directories above it are made.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let mut aside = path.clone().into_os_string();
        aside.push(".part");
        let aside = PathBuf::from(aside);
        let file = match File::create(&aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                path.parent().map_or(Ok(()), fs::create_dir_all)?;
                File::create(&aside)
            }
            file => file,
        };
        let file = file.map_err(|error| at(&path, &error))?;
        Ok(Self {
            file: Some(Hashing::new(BufWriter::with_capacity(1 << 16, file))),
            temporary: aside,
            path,
        })
    }

    /// How many bytes were written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.file.as_ref().map_or(0, |file| file.bytes)
    }

    /// Gives the file its name; and its length and its hash to the caller.
    pub(super) fn finish(mut self) -> io::Result<(u64, String)> {
        let Some(mut file) = self.file.take() else { return Ok(Default::default()) };
        let result = file.flush().and_then(|()| {
            let told = (file.bytes, file.digest());
            drop(file);
            fs::rename(&self.temporary, &self.path)?;
            Ok(told)
        });
        result.map_err(|error| {
            let _ = fs::remove_file(&self.temporary);
            at(&self.path, &error)
        })
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes).map_err(|error| at(&self.path, &error)),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // What waits in the buffer is not wanted any more.
            let _ = file.inner.into_parts();
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// An error that names the file.
pub(super) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Bytes that wait for their turn: in memory, or beside the target if they are many.
pub(super) enum Spool {
    Memory(Vec<u8>, PathBuf),
    File(File, PathBuf),
}

impl Spool {
    /// An empty one; the file is made only if it is needed.
    pub(super) fn new(path: PathBuf) -> Self {
        Self::Memory(Vec::new(), path)
    }

    /// Writes all of it to somebody.
    pub(super) fn copy_to(mut self, out: &mut dyn Write) -> io::Result<()> {
        match &mut self {
            Self::Memory(bytes, _) => out.write_all(bytes),
            Self::File(file, _) => {
                file.seek(SeekFrom::Start(0))?;
                io::copy(file, out).map(|_| ())
            }
        }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Self::Memory(held, path) = self {
            if held.len() + bytes.len() <= IN_MEMORY {
                held.extend_from_slice(bytes);
                return Ok(bytes.len());
            }
            let options =
                || File::options().read(true).write(true).create(true).truncate(true).open(&path);
            let mut file = options().map_err(|error| at(path, &error))?;
            let (held, path) = (std::mem::take(held), std::mem::take(path));
            let written = file.write_all(&held).map_err(|error| at(&path, &error));
            // From here on the file is removed, whatever happens.
            *self = Self::File(file, path);
            written?;
        }
        match self {
            Self::File(file, _) => file.write(bytes),
            Self::Memory(..) => Ok(0),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Self::File(_, path) = self {
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes what a run that was killed has left.
pub(super) fn remove_spools(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_prefix("spool-").and_then(|name| name.strip_suffix(".part"));
        if number.is_some_and(|number| number.parse::<u64>().is_ok()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a file is there, whole and unchanged.
pub(super) fn is_intact(path: &Path, bytes: u64, sha256: &str) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    if file.metadata().map_or(true, |found| found.len() != bytes) {
        return false;
    }
    hash_of(&mut file).is_ok_and(|(_, found)| found == sha256)
}

/// The length and the hash of what a reader gives.
pub(super) fn hash_of(reader: &mut dyn Read) -> io::Result<(u64, String)> {
    let mut hashing = Hashing::new(io::sink());
    io::copy(reader, &mut hashing)?;
    Ok((hashing.bytes, hashing.digest()))
}
