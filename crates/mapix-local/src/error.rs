//! What SQLite's errors mean to MAPI.

use mapix_core::{Error, ErrorCode};
use rusqlite::ffi;

/// Turns an error of SQLite into one of MAPI.
pub(crate) fn sql(error: rusqlite::Error) -> Error {
    let primary = error.sqlite_error().map(|inner| inner.extended_code & 0xFF);
    let (code, message) = match primary {
        Some(ffi::SQLITE_FULL) => (ErrorCode::NOT_ENOUGH_DISK, "the disk is full"),
        Some(ffi::SQLITE_CORRUPT) => (ErrorCode::CORRUPT_STORE, "the file is damaged"),
        Some(ffi::SQLITE_NOTADB) => (ErrorCode::CORRUPT_STORE, "the file is no database"),
        Some(ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) => {
            (ErrorCode::BUSY, "another program holds the file")
        }
        Some(ffi::SQLITE_READONLY | ffi::SQLITE_PERM | ffi::SQLITE_AUTH) => {
            (ErrorCode::NO_ACCESS, "the file cannot be written")
        }
        Some(ffi::SQLITE_CANTOPEN) => (ErrorCode::NO_ACCESS, "the file cannot be opened"),
        Some(ffi::SQLITE_IOERR) => (ErrorCode::DISK_ERROR, "the file cannot be read or written"),
        Some(ffi::SQLITE_NOMEM) => (ErrorCode::NOT_ENOUGH_MEMORY, "there is not enough memory"),
        Some(ffi::SQLITE_TOOBIG) => (ErrorCode::TOO_BIG, "a value is too large"),
        Some(ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH) => {
            (ErrorCode::CORRUPT_STORE, "the tables contradict each other")
        }
        Some(_) => (ErrorCode::CALL_FAILED, "the database refuses"),
        None => (ErrorCode::CORRUPT_STORE, "a column is not what it should be"),
    };
    Error::new(code, message).with_source(error)
}

/// `?` for results of SQLite.
pub(crate) trait Sql<T> {
    /// The value, or the error as MAPI's.
    fn sql(self) -> mapix_core::Result<T>;
}

impl<T> Sql<T> for rusqlite::Result<T> {
    fn sql(self) -> mapix_core::Result<T> {
        self.map_err(sql)
    }
}
