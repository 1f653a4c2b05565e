//! Giving back the space of what was deleted.

use std::path::Path;
use std::sync::Arc;

use mapix_core::query::BodyText;
use mapix_core::store::MessageStore;
use mapix_core::{Context, Result};

use crate::LocalStore;
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

/// Makes the full-text index anew, with a converter of bodies and attachments; gives how many
/// messages are in it. Other programs may read, write and search meanwhile; stopped at any point,
/// searches still find what they should, but have to look at the messages that are left.
///
/// # Errors
/// Those of opening the store for writing, and of the file.
pub fn reindex(path: impl AsRef<Path>, bodies: Arc<dyn BodyText>) -> Result<u64> {
    let store = LocalStore::open_for_writing(path)?.with_body_text(bodies);
    let count = store.reindex()?;
    store.logoff()?;
    Ok(count)
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
