//! Files that are written aside, reach the disk, and then get their names; with the hash of what
//! is in them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

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
        Ok(Self { file: Some(Hashing::new(BufWriter::new(file))), temporary: aside, path })
    }

    /// How many bytes were written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.file.as_ref().map_or(0, |file| file.bytes)
    }

    /// Ends the file. It has its name only when [`name_all`] has given it.
    pub(super) fn finish(mut self) -> io::Result<Whole> {
        let Some(mut file) = self.file.take() else {
            return Err(io::Error::other("the file is finished already"));
        };
        let (temporary, path) = (std::mem::take(&mut self.temporary), self.path.clone());
        let unnamed = Unnamed { temporary, path, bytes: file.bytes };
        // From here on the file is removed unless it gets its name.
        file.flush().map_err(|error| at(&self.path, &error))?;
        Ok(Whole { bytes: file.bytes, sha256: file.digest(), file: unnamed })
    }
}

/// A file that is whole.
pub(super) struct Whole {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) file: Unnamed,
}

/// A file that is whole and waits for its name. Dropped before, it leaves nothing behind.
pub(super) struct Unnamed {
    /// Empty as soon as it has its name.
    temporary: PathBuf,
    path: PathBuf,
    pub(super) bytes: u64,
}

impl Unnamed {
    /// Waits until the bytes are on the disk.
    fn sync(&self) -> io::Result<()> {
        let synced = File::options().write(true).open(&self.temporary);
        synced.and_then(|file| file.sync_data()).map_err(|error| at(&self.path, &error))
    }

    fn name(mut self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.path).map_err(|error| at(&self.path, &error))?;
        self.temporary.clear();
        Ok(())
    }
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Gives files below a directory their names: first all their bytes are on the disk, then the
/// names, then what the directories say. After a power cut there is no name without its bytes.
pub(super) fn name_all(dir: &Path, files: Vec<Unnamed>) -> io::Result<()> {
    sync_all(&files)?;
    let mut dirs = BTreeSet::new();
    for file in files {
        let above = file.path.ancestors().skip(1).take_while(|above| above.starts_with(dir));
        dirs.extend(above.map(Path::to_owned));
        file.name()?;
    }
    // Those inside before those around them.
    dirs.iter().rev().try_for_each(|dir| sync_dir(dir))
}

/// If it takes longer, many at once, so that the file system can put them together: on ext4 this
/// is 20 times faster than one after the other. Where files are in memory, it never does.
fn sync_all(files: &[Unnamed]) -> io::Result<()> {
    const THREADS: usize = 64;
    const ALONE: Duration = Duration::from_millis(2);
    let (begun, mut files) = (Instant::now(), files);
    while let Some((file, rest)) = files.split_first()
        && begun.elapsed() < ALONE
    {
        file.sync()?;
        files = rest;
    }
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<()> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            file.sync()?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let helpers: Vec<_> = (1..files.len().min(THREADS)).map(|_| scope.spawn(work)).collect();
        let own = work();
        let broken = || io::Error::other("a thread that synchronizes files broke off");
        let all = helpers.into_iter().map(|helper| helper.join().unwrap_or_else(|_| Err(broken())));
        all.fold(own, Result::and)
    })
}

/// Waits until the names in a directory are on the disk, where the system can say so.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    match File::open(dir).and_then(|file| file.sync_all()) {
        // Some file systems have no such thing.
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Ok(())
        }
        result => result.map_err(|error| at(dir, &error)),
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

/// A name that the file system does not take is a matter of one item.
pub(super) fn is_refused_name(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput)
}

/// An error that names the file.
pub(super) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
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
