//! Connections: one that writes, and as many that read as there are readers.

use std::fmt::Write as _;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mapix_core::{Error, ErrorCode, Result};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::checkpoint::Checkpointer;
use crate::error::Sql;
use crate::lock::{WriteLock, beside};
use crate::schema;

/// How long SQLite waits for a lock of its own, which is held for moments only.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many idle connections are kept for readers.
const IDLE: usize = 8;
/// Page caches, in KiB.
const READER_CACHE: i32 = 8 << 10;
const WRITER_CACHE: i32 = 32 << 10;

/// How a store is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// For reading and writing.
    Write,
    /// For reading, while others may write.
    Read,
    /// For reading, on a medium on which nobody can write.
    Immutable,
}

/// The connections of one store.
#[derive(Debug)]
pub(crate) struct Db {
    path: PathBuf,
    access: Access,
    readers: Mutex<Vec<Connection>>,
    writer: Option<Mutex<Writer>>,
}

#[derive(Debug)]
struct Writer {
    /// Ends before the connection is closed, which is to be the last one that writes.
    _checkpointer: Checkpointer,
    connection: Connection,
    lock: WriteLock,
}

impl Db {
    /// Opens the file, which must be there.
    pub(crate) fn open(path: &Path, write: bool) -> Result<Arc<Self>> {
        if write {
            let mut connection = connect(path, Access::Write)?;
            let checkpointer = Checkpointer::follow(&mut connection, path)?;
            let lock = WriteLock::beside(path)?;
            let writer = Some(Mutex::new(Writer { _checkpointer: checkpointer, connection, lock }));
            return Ok(Arc::new(Self::new(path, Access::Write, writer)));
        }
        let access = match connect(path, Access::Read).and_then(|connection| touch(&connection)) {
            Ok(()) => Access::Read,
            // Where the companions cannot be made, nobody else can have made any.
            Err(error) if error.code() == ErrorCode::NO_ACCESS && !has_log(path) => {
                Access::Immutable
            }
            Err(error) => return Err(error),
        };
        Ok(Arc::new(Self::new(path, access, None)))
    }

    fn new(path: &Path, access: Access, writer: Option<Mutex<Writer>>) -> Self {
        Self { path: path.to_owned(), access, readers: Mutex::default(), writer }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How it is opened.
    pub(crate) fn access(&self) -> Access {
        self.access
    }

    /// A connection to read with, until it is dropped.
    pub(crate) fn read(self: &Arc<Self>) -> Result<Reader> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let access = if self.access == Access::Write { Access::Read } else { self.access };
        let connection = idle.map_or_else(|| connect(&self.path, access), Ok)?;
        Ok(Reader { db: Arc::clone(self), connection: Some(connection) })
    }

    /// A connection on which everything that is read is as of now.
    ///
    /// # Errors
    /// `MAPI_E_VERSION` if a newer program has renewed the store since.
    pub(crate) fn current(self: &Arc<Self>) -> Result<Reader> {
        let reader = self.snapshot()?;
        schema::recheck(&reader)?;
        Ok(reader)
    }

    /// A connection on which everything that is read is as of now, whatever the version.
    pub(crate) fn snapshot(self: &Arc<Self>) -> Result<Reader> {
        let reader = self.read()?;
        reader.prepare_cached("BEGIN").sql()?.execute([]).sql()?;
        Ok(reader)
    }

    /// Makes changes in one transaction: durable when it returns, undone if it fails.
    ///
    /// # Errors
    /// `MAPI_E_NO_ACCESS` if it is open for reading only; `MAPI_E_VERSION` if a newer program has
    /// renewed the store since it was opened; those of the database and of `work`.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let writer = self.writer.as_ref().ok_or_else(read_only)?;
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Writer { connection, lock, .. } = &mut *writer;
        let _held = lock.lock()?;
        let behavior = TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(behavior).sql()?;
        schema::recheck(&transaction)?;
        let result = work(&transaction)?;
        transaction.commit().sql()?;
        Ok(result)
    }

    /// Runs what cannot run in a transaction on the connection that writes, under the lock.
    pub(crate) fn exclusive<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let writer = self.writer.as_ref().ok_or_else(read_only)?;
        let writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _held = writer.lock.lock()?;
        work(&writer.connection)
    }

    /// Closes the connections that nobody has.
    pub(crate) fn drop_idle(&self) {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn roll_back(connection: &Connection) -> Result<()> {
    connection.prepare_cached("ROLLBACK").sql()?.execute([]).sql().map(drop)
}

impl Drop for Db {
    /// SQLite removes the log and its index with the last connection, but only if that one may
    /// write. Where a reader is the last, one that may closes in its place. Only an empty log: what
    /// is in another one is not for somebody to move who opened the store for reading.
    fn drop(&mut self) {
        self.drop_idle();
        let is_empty = |path| std::fs::metadata(path).is_ok_and(|meta| meta.len() == 0);
        if self.access == Access::Read && is_empty(beside(&self.path, "-wal")) {
            // Whoever else has the store open, or a medium that nobody can write, keeps them.
            let _ = connect(&self.path, Access::Write).and_then(|connection| touch(&connection));
        }
    }
}

fn read_only() -> Error {
    Error::new(ErrorCode::NO_ACCESS, "the store is open for reading only")
}

/// Whether a log stands beside the file, with something in it.
fn has_log(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|meta| meta.len() > 0)
}

/// Reads something, so that what is wrong shows.
fn touch(connection: &Connection) -> Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).sql()
}

/// Opens one connection and sets it up.
pub(crate) fn connect(path: &Path, access: Access) -> Result<Connection> {
    let base = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::Write => {
            Connection::open_with_flags(path, base | OpenFlags::SQLITE_OPEN_READ_WRITE)
        }
        Access::Read => Connection::open_with_flags(path, base | OpenFlags::SQLITE_OPEN_READ_ONLY),
        Access::Immutable => {
            let flags = base | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(immutable_uri(path), flags)
        }
    }
    .sql()?;
    if access == Access::Write && connection.is_readonly("main").sql()? {
        return Err(Error::new(ErrorCode::NO_ACCESS, "the file cannot be written"));
    }
    set_up(&connection, access == Access::Write)?;
    Ok(connection)
}

/// Settings that belong to a connection, not to the file.
pub(crate) fn set_up(connection: &Connection, write: bool) -> Result<()> {
    connection.busy_timeout(PATIENCE).sql()?;
    connection.set_prepared_statement_cache_capacity(64);
    let cache = if write { WRITER_CACHE } else { READER_CACHE };
    connection.pragma_update(None, "cache_size", -cache).sql()?;
    connection.pragma_update(None, "trusted_schema", false).sql()?;
    if write {
        connection.pragma_update(None, "synchronous", "full").sql()?;
    }
    Ok(())
}

fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// A connection that reads; it goes back to the others when it is dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    db: Arc<Db>,
    connection: Option<Connection>,
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        // It is only taken out when the reader is dropped.
        self.connection.as_ref().expect("a reader has its connection")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if !connection.is_autocommit() && roll_back(&connection).is_err() {
            return;
        }
        let mut idle = self.db.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }
}
