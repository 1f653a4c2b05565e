//! Copying a store while it is in use.

use std::ops::ControlFlow;
use std::path::Path;

use mapix_core::{Context, Error, ErrorCode, Result};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::create::{aside, publish};
use crate::db::Db;
use crate::error::Sql;
use crate::lock::beside;
use crate::{media, schema};

/// How many pages are copied before somebody is asked whether to go on.
const STEP: i32 = 256;

/// Copies a store as it is at this moment, whoever writes meanwhile. The copy has its name when it
/// is whole. `watch` is told how many pages are done, and of how many; `Break` cancels.
///
/// # Errors
/// Those of opening the store; `MAPI_E_COLLISION` if there is a file already; `MAPI_E_CANCEL`.
pub fn backup(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<()> {
    let (from, to) = (from.as_ref(), to.as_ref());
    if to.exists() {
        return Err(taken(to));
    }
    let aside = aside(to);
    let made = copy(from, &aside, watch).context(|| from.display().to_string());
    let published = made.and_then(|()| publish(&aside, to).context(|| to.display().to_string()));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&aside, suffix));
    }
    if published? { Ok(()) } else { Err(taken(to)) }
}

fn taken(path: &Path) -> Error {
    Error::new(ErrorCode::COLLISION, "the file is there already").context(path.display())
}

fn copy(from: &Path, to: &Path, watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<()> {
    std::fs::metadata(from)?;
    media::check(from)?;
    // What is read is as of now; without the snapshot the copy would begin again with each commit
    // of another program.
    let reader = Db::open(from, false)?.snapshot()?;
    schema::check(&reader)?;
    let mut copy = Connection::open(to).sql()?;
    let backup = Backup::new(&reader, &mut copy).sql()?;
    loop {
        let result = backup.step(STEP).sql()?;
        let progress = backup.progress();
        let total = progress.pagecount as u64;
        if watch(total.saturating_sub(progress.remaining as u64), total).is_break() {
            return Err(Error::new(ErrorCode::CANCEL, "the backup was cancelled"));
        }
        match result {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(Error::new(ErrorCode::BUSY, "the copy is locked by another program")),
        }
    }
    drop(backup);
    schema::check(&copy)?;
    copy.pragma_update(None, "journal_mode", "wal").sql()?;
    copy.close().map_err(|(_, error)| crate::error::sql(error))
}
