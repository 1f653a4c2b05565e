//! What is written before its turn has come.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::file::at;

/// So many bytes wait in memory, more in a file.
const IN_MEMORY: usize = 128 << 10;

/// Bytes that wait for their turn: in memory, or beside the target if they are many.
pub(super) enum Spool {
    Memory(Vec<u8>, PathBuf),
    File(BufWriter<File>, PathBuf),
}

impl Spool {
    /// An empty one; the file is made only if it is needed.
    pub(super) fn new(path: PathBuf) -> Self {
        Self::Memory(Vec::new(), path)
    }

    /// It waits from here on, and takes no more memory than it needs.
    pub(super) fn settle(mut self) -> Self {
        if let Self::Memory(bytes, _) = &mut self {
            bytes.shrink_to_fit();
        }
        self
    }

    /// Writes all of it to somebody.
    pub(super) fn copy_to(mut self, out: &mut dyn Write) -> io::Result<()> {
        match &mut self {
            Self::Memory(bytes, _) => out.write_all(bytes),
            Self::File(file, path) => {
                file.flush().map_err(|error| at(path, &error))?;
                let file = file.get_mut();
                file.seek(SeekFrom::Start(0))?;
                let mut buffer = vec![0; 1 << 16];
                loop {
                    match io::Read::read(file, &mut buffer)? {
                        0 => return Ok(()),
                        count => out.write_all(&buffer[..count])?,
                    }
                }
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
            let file = options().map_err(|error| at(path, &error))?;
            let mut file = BufWriter::with_capacity(1 << 16, file);
            let (held, path) = (std::mem::take(held), std::mem::take(path));
            let written = file.write_all(&held).map_err(|error| at(&path, &error));
            // From here on the file is removed, whatever happens.
            *self = Self::File(file, path);
            written?;
        }
        match self {
            Self::File(file, path) => file.write(bytes).map_err(|error| at(path, &error)),
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
pub(super) fn remove_all(dir: &Path) -> io::Result<()> {
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
