//! Making the index anew.

use mapix_core::prop::FileTime;
use mapix_core::query::{AttachedFile, BodyText, RichBody};
use mapix_core::store::ObjectRef;
use mapix_core::{Error, Result};
use rusqlite::{Connection, params};

use super::converters;
use super::indexer::Indexer;
use super::{rowid, time};
use crate::db::Db;
use crate::error::Sql;
use crate::read::{self, Wanted};

/// How many messages are put into the index in one transaction.
const SLICE: usize = 500;

/// Makes the index anew from the messages; gives how many there are.
///
/// The lock of the writers is not held long but in the beginning, when the index is emptied.
/// Searches that run meanwhile look at each message that is not in the index again, and so find
/// what they should.
///
/// # Errors
/// Those of the database.
pub(crate) fn rebuild(db: &Db, bodies: &dyn BodyText) -> Result<u64> {
    let ids = db.write(|tx| {
        converters::forget(tx)?;
        empty(tx)
    })?;
    for slice in ids.chunks(SLICE) {
        db.write(|tx| fill(tx, slice, bodies))?;
    }
    Ok(ids.len() as u64)
}

/// Makes the tables of the index anew and all that is in them, in the transaction of the caller.
/// Messages whose bodies are not plain, or that have files attached, are looked at by searches,
/// until [`rebuild`].
///
/// # Errors
/// Those of the database.
pub(crate) fn renew(tx: &Connection) -> Result<()> {
    tx.execute_batch("DROP TABLE fts; DROP TABLE place").sql()?;
    super::create(tx)?;
    fill(tx, &empty(tx)?, &Later)
}

/// Leaves what is not plain to whoever can read it.
struct Later;

impl BodyText for Later {
    /// What it does not read is not in the index.
    fn name(&self) -> &'static str {
        ""
    }

    fn text(&self, _: &RichBody) -> Result<Option<String>> {
        Ok(None)
    }

    fn attachment(&self, _: &AttachedFile<'_>) -> Result<Option<String>> {
        Err(Error::no_support("nobody reads it here"))
    }
}

/// Puts messages into the index of which it only knows that there are such.
fn fill(tx: &Connection, ids: &[u64], bodies: &dyn BodyText) -> Result<()> {
    let mut indexer = Indexer::new(tx, bodies);
    for id in ids {
        // What was saved since then is whole already, and what was deleted is gone.
        let mut select = tx.prepare_cached("SELECT 1 FROM place WHERE id = ? AND partial").sql()?;
        if !select.exists([*id as i64]).sql()? {
            continue;
        }
        let object = ObjectRef::message(*id);
        let props = read::properties(tx, &object, Wanted::all(INLINE), &mut |_, _| {})?;
        let recipients = read::recipients(tx, *id as i64)?;
        indexer.message(*id, &props, &recipients)?;
    }
    indexer.finish()
}

/// Larger values are read one by one.
const INLINE: u64 = 64 << 10;

/// Leaves nothing in the index but that every message has to be looked at. Gives their numbers,
/// in the order of their rows in the index.
fn empty(tx: &Connection) -> Result<Vec<u64>> {
    tx.execute_batch("INSERT INTO fts (fts) VALUES ('delete-all'); DELETE FROM place;").sql()?;
    let mut select = tx.prepare_cached("SELECT id, received FROM msg").sql()?;
    let mut rows = select.query([]).sql()?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().sql()? {
        let (id, received): (i64, Option<i64>) = (row.get(0).sql()?, row.get(1).sql()?);
        let time = time(received.map(FileTime));
        all.push((rowid(time, id as u64), id, time));
    }
    all.sort_unstable();
    let mut place =
        tx.prepare_cached("INSERT INTO place (id, time, partial) VALUES (?, ?, 1)").sql()?;
    let mut fts = tx.prepare_cached("INSERT INTO fts (rowid, subject) VALUES (?, '')").sql()?;
    for (rowid, id, time) in &all {
        place.execute(params![id, time]).sql()?;
        fts.execute([rowid]).sql()?;
    }
    Ok(all.into_iter().map(|(_, id, _)| id as u64).collect())
}
