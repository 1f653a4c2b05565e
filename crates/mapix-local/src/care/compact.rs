//! Giving back the space of what was deleted.

use std::path::Path;

use mapix_core::{Context, Result};

use crate::db::Db;
use crate::error::Sql;
use crate::lock::beside;
use crate::{lob, media, schema};

/// What compacting did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compacted {
    /// The size of the file and its log before, in bytes.
    pub before: u64,
    /// And after.
    pub after: u64,
}

/// Writes a store anew without the space of what was deleted. Other programs may have it open; they
/// wait with their changes. Stopped at any point, it has done all or nothing.
///
/// # Errors
/// Those of opening the store for writing; `MAPI_E_NOT_ENOUGH_DISK` if there is no room for a copy.
pub fn compact(path: impl AsRef<Path>) -> Result<Compacted> {
    let path = path.as_ref();
    run(path).context(|| path.display().to_string())
}

fn run(path: &Path) -> Result<Compacted> {
    std::fs::metadata(path)?;
    let before = size(path);
    media::check(path)?;
    let db = Db::open(path, true)?;
    schema::check(&*db.read()?)?;
    db.write(lob::sweep)?;
    db.drop_idle();
    db.exclusive(|connection| {
        connection.execute_batch("VACUUM").sql()?;
        // The file only becomes shorter when the log is written back; readers may hinder that.
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        connection.query_row(checkpoint, [], |_| Ok(())).sql()
    })?;
    Ok(Compacted { before, after: size(path) })
}

/// The size of a store and its log.
fn size(path: &Path) -> u64 {
    let len = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    len(path) + len(Path::new(&beside(path, "-wal")))
}
