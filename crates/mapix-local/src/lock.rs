//! The lock of the writers: one at a time, over all processes, in the order in which they come.
//!
//! SQLite lets a writer that is not alone poll, and may starve it for seconds; a lock that the
//! system hands on takes milliseconds. It lies on a file of its own beside the store, and ends
//! with the process that holds it, however that ends.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use mapix_core::{Context, Result};

/// The file beside a store.
#[derive(Debug)]
pub(crate) struct WriteLock(File);

/// The lock, held.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a File);

impl WriteLock {
    /// Opens the file beside a store, and makes it if there is none.
    pub(crate) fn beside(store: &Path) -> Result<Self> {
        let path = std::path::PathBuf::from(beside(store, "-lock"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        file.map(Self).context(|| path.display().to_string())
    }

    /// Waits for the lock, as long as it takes the others to make what they are making.
    pub(crate) fn lock(&self) -> Result<Held<'_>> {
        loop {
            match self.0.lock() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return Ok(result.map(|()| Held(&self.0))?),
            }
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Nothing is to be done if it fails; closing the file ends the lock as well.
        let _ = self.0.unlock();
    }
}

/// The name of a file beside a store.
pub(crate) fn beside(store: &Path, suffix: &str) -> OsString {
    let mut name = store.as_os_str().to_owned();
    name.push(suffix);
    name
}
