//! The tables, and the version of the format.

use mapix_core::{Error, ErrorCode, Result};
use rusqlite::Connection;

use crate::error::Sql;

/// Stands in the header of every store: `mapx`.
pub(crate) const APPLICATION_ID: i32 = 0x6D61_7078;
/// The version of the format that is written.
pub(crate) const VERSION: i32 = 3;
/// The size of a page in bytes.
const PAGE_SIZE: i32 = 16384;

/// What leads from each version to the next: the n-th from n + 1 to n + 2.
const MIGRATIONS: [fn(&Connection) -> Result<()>; 2] =
    [crate::search::renew, crate::search::remember_converters];

/// Makes the tables of a new store. In a transaction of the caller.
pub(crate) fn create(tx: &Connection) -> Result<()> {
    tx.execute_batch(include_str!("schema.sql")).sql()?;
    crate::search::create(tx)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID).sql()?;
    tx.pragma_update(None, "user_version", VERSION).sql()
}

/// What must be set before anything is in the file.
pub(crate) fn prepare(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "page_size", PAGE_SIZE).sql()
}

/// What is set when everything is in the file. A new store is not made with a log: nobody is told
/// if what is in the log does not reach the file when it is closed.
pub(crate) fn finish(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "journal_mode", "wal").sql()
}

/// Checks that the file is a store of a version that can be read; gives its version.
///
/// # Errors
/// `MAPI_E_CORRUPT_STORE` if it is no store, `MAPI_E_VERSION` if it is a newer one.
pub(crate) fn check(connection: &Connection) -> Result<i32> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0)).sql();
    if pragma("application_id")? != APPLICATION_ID {
        return Err(Error::new(
            ErrorCode::CORRUPT_STORE,
            "it is an SQLite file, but no mapix store",
        ));
    }
    match pragma("user_version")? {
        version if version > VERSION => Err(newer(version)),
        version if version < 1 => {
            Err(Error::new(ErrorCode::CORRUPT_STORE, format!("there is no format {version}")))
        }
        version => Ok(version),
    }
}

/// Looks again whether the version can be read: a newer program may have renewed the store since
/// it was opened.
///
/// # Errors
/// `MAPI_E_VERSION` if it is a newer one.
pub(crate) fn recheck(connection: &Connection) -> Result<()> {
    let mut select = connection.prepare_cached("PRAGMA user_version").sql()?;
    let version: i32 = select.query_row([], |row| row.get(0)).sql()?;
    if version > VERSION { Err(newer(version)) } else { Ok(()) }
}

fn newer(version: i32) -> Error {
    let known = format!("this version of mapix knows up to {VERSION}");
    Error::new(ErrorCode::VERSION, format!("the store has format {version}; {known}"))
}

/// Brings an older store up to this version. In a transaction of the caller, under the lock of
/// the writers.
pub(crate) fn migrate(tx: &Connection) -> Result<()> {
    let version = check(tx)?;
    let done = usize::try_from(version - 1).unwrap_or_default();
    for step in MIGRATIONS.iter().skip(done) {
        step(tx)?;
    }
    if version < VERSION {
        tx.pragma_update(None, "user_version", VERSION).sql()?;
    }
    Ok(())
}
