//! Keeping stores in order: checking, compacting, copying while they are in use.

mod backup;
mod check;
mod compact;
pub mod rules;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use mapix_core::{Context, Result, StoreProvider};

pub use backup::backup;
pub use check::{CheckReport, Finding, check};
pub use compact::{Compacted, compact, reindex};

/// Whether a file is an embedded store, by its first bytes.
///
/// # Errors
/// Those of the file system.
pub fn is_store(path: impl AsRef<Path>) -> Result<bool> {
    let path = path.as_ref();
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(100).read_to_end(&mut head))
        .context(|| path.display().to_string())?;
    Ok(crate::LocalProvider::default().recognizes(&head))
}
