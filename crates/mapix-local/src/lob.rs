//! Large values: each once, by its SHA-256, in chunks.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Deref;
use std::time::{SystemTime, UNIX_EPOCH};

use mapix_core::{Error, ErrorCode, Result};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::db::{Db, Reader};
use crate::error::Sql;

/// The size of a chunk in bytes.
pub(crate) const CHUNK: usize = 64 << 10;
/// How many bits of the number of a chunk are its place in its value, and the last place.
pub(crate) const NUMBER_BITS: u32 = 24;
pub(crate) const LAST: i64 = (1 << NUMBER_BITS) - 1;
/// How much of a stream is written in one transaction.
const SLICE: usize = 8 << 20;
/// A value that was begun longer ago, in seconds, and has no owner, has lost its writer.
const ABANDONED: i64 = 24 * 60 * 60;

/// A value that is in the file already, and waits for the commit to which it belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staged {
    /// Its number.
    pub(crate) id: i64,
    /// Its size in bytes.
    pub(crate) size: u64,
    sha256: [u8; 32],
}

/// Writes a stream into the file, some megabytes at a time, so that neither memory nor the lock of
/// the writers is held for long. `head` is what was read of it already.
pub(crate) fn stage(db: &Db, head: Vec<u8>, rest: &mut dyn Read) -> Result<Staged> {
    let id = db.write(|tx| {
        let mut insert =
            tx.prepare_cached("INSERT INTO lob (size, refs, since) VALUES (0, 0, ?)").sql()?;
        insert.insert([now()]).sql()
    })?;
    let staged = fill(db, id, head, rest);
    if staged.is_err() {
        discard(db, &[id]);
    }
    staged
}

fn fill(db: &Db, id: i64, head: Vec<u8>, rest: &mut dyn Read) -> Result<Staged> {
    let mut hash = Sha256::new();
    let mut buffer = head;
    let (mut size, mut number) = (0_u64, 0_i64);
    loop {
        let wanted = (SLICE.saturating_sub(buffer.len())) as u64;
        rest.take(wanted).read_to_end(&mut buffer)?;
        let last = buffer.len() < SLICE;
        // Only whole chunks, but for the last.
        let whole = if last { buffer.len() } else { buffer.len() / CHUNK * CHUNK };
        let chunks = &buffer[..whole];
        hash.update(chunks);
        size += whole as u64;
        db.write(|tx| {
            number = write_chunks(tx, id, number, chunks)?;
            let mut update = tx.prepare_cached("UPDATE lob SET size = ? WHERE id = ?").sql()?;
            update.execute(params![size as i64, id]).sql().map(drop)
        })?;
        buffer.drain(..whole);
        if last {
            return Ok(Staged { id, size, sha256: hash.finalize().into() });
        }
    }
}

fn write_chunks(tx: &Connection, lob: i64, first: i64, bytes: &[u8]) -> Result<i64> {
    let mut insert = tx.prepare_cached("INSERT INTO chunk (id, data) VALUES (?, ?)").sql()?;
    let mut number = first;
    for chunk in bytes.chunks(CHUNK) {
        if number > LAST {
            return Err(Error::new(ErrorCode::TOO_BIG, "the value is larger than a terabyte"));
        }
        insert.execute(params![lob << NUMBER_BITS | number, chunk]).sql()?;
        number += 1;
    }
    Ok(number)
}

/// Removes values that were staged for nothing. What cannot be removed now is removed later.
pub(crate) fn discard(db: &Db, staged: &[i64]) {
    if !staged.is_empty() {
        let _ = db.write(|tx| {
            staged.iter().try_for_each(|id| match refs(tx, *id)? {
                Some(0) => delete(tx, *id),
                _ => Ok(()),
            })
        });
    }
}

/// Removes what was staged by programs that did not live to use it.
pub(crate) fn sweep(tx: &Connection) -> Result<()> {
    let mut select = tx.prepare_cached("SELECT id FROM lob WHERE refs = 0 AND since < ?").sql()?;
    let old = select.query_map([now() - ABANDONED], |row| row.get(0)).sql()?;
    let old: Vec<i64> = old.collect::<rusqlite::Result<_>>().sql()?;
    old.into_iter().try_for_each(|id| delete(tx, id))
}

/// Whether [`sweep`] would find anything.
pub(crate) fn needs_sweep(connection: &Connection) -> Result<bool> {
    let mut select =
        connection.prepare_cached("SELECT 1 FROM lob WHERE refs = 0 AND since < ?").sql()?;
    select.exists([now() - ABANDONED]).sql()
}

/// Makes a property an owner of a staged value, or of the equal one that is there already; gives
/// the number of that.
pub(crate) fn adopt(tx: &Connection, staged: &Staged) -> Result<i64> {
    if let Some(id) = find(tx, &staged.sha256)? {
        retain(tx, id)?;
        if id != staged.id {
            delete(tx, staged.id)?;
        }
        return Ok(id);
    }
    let mut update = tx
        .prepare_cached("UPDATE lob SET sha256 = ?, refs = 1, since = NULL WHERE id = ?")
        .sql()?;
    match update.execute(params![&staged.sha256[..], staged.id]).sql()? {
        1 => Ok(staged.id),
        _ => {
            Err(Error::new(ErrorCode::CALL_FAILED, "a large value waited too long for its commit"))
        }
    }
}

/// Stores a value that is in memory, with one owner more; gives its number.
pub(crate) fn put(tx: &Connection, bytes: &[u8]) -> Result<i64> {
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    if let Some(id) = find(tx, &sha256)? {
        retain(tx, id)?;
        return Ok(id);
    }
    let mut insert =
        tx.prepare_cached("INSERT INTO lob (sha256, size, refs) VALUES (?, ?, 1)").sql()?;
    let id = insert.insert(params![&sha256[..], bytes.len() as i64]).sql()?;
    write_chunks(tx, id, 0, bytes)?;
    Ok(id)
}

fn find(tx: &Connection, sha256: &[u8; 32]) -> Result<Option<i64>> {
    let mut select = tx.prepare_cached("SELECT id FROM lob WHERE sha256 = ?").sql()?;
    select.query_row([&sha256[..]], |row| row.get(0)).optional().sql()
}

fn retain(tx: &Connection, id: i64) -> Result<()> {
    let mut update = tx.prepare_cached("UPDATE lob SET refs = refs + 1 WHERE id = ?").sql()?;
    update.execute([id]).sql().map(drop)
}

/// Takes one owner away from a value; without owners it is gone.
pub(crate) fn release(tx: &Connection, id: i64) -> Result<()> {
    match refs(tx, id)? {
        Some(refs) if refs > 1 => {
            let mut update =
                tx.prepare_cached("UPDATE lob SET refs = refs - 1 WHERE id = ?").sql()?;
            update.execute([id]).sql().map(drop)
        }
        Some(_) => delete(tx, id),
        None => Ok(()),
    }
}

fn refs(tx: &Connection, id: i64) -> Result<Option<i64>> {
    let mut select = tx.prepare_cached("SELECT refs FROM lob WHERE id = ?").sql()?;
    select.query_row([id], |row| row.get(0)).optional().sql()
}

fn delete(tx: &Connection, id: i64) -> Result<()> {
    let first = id << NUMBER_BITS;
    let mut chunks = tx.prepare_cached("DELETE FROM chunk WHERE id BETWEEN ? AND ?").sql()?;
    chunks.execute([first, first | LAST]).sql()?;
    tx.prepare_cached("DELETE FROM lob WHERE id = ?").sql()?.execute([id]).sql()?;
    Ok(())
}

/// One chunk of a value.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` if it is not there.
pub(crate) fn chunk(connection: &Connection, lob: i64, number: u64) -> Result<Vec<u8>> {
    let mut select = connection.prepare_cached("SELECT data FROM chunk WHERE id = ?").sql()?;
    let id = lob << NUMBER_BITS | number as i64;
    let found = select.query_row([id], |row| row.get(0)).optional().sql()?;
    found.ok_or_else(|| Error::corrupt(format!("chunk {number} of large value {lob} is missing")))
}

/// All of a value.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` if a part is missing; `MAPI_E_NOT_ENOUGH_MEMORY`.
pub(crate) fn whole(connection: &Connection, lob: i64, size: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let fits = usize::try_from(size).is_ok_and(|size| bytes.try_reserve_exact(size).is_ok());
    if !fits {
        return Err(Error::new(ErrorCode::NOT_ENOUGH_MEMORY, "the value does not fit in memory"));
    }
    for number in 0..size.div_ceil(CHUNK as u64) {
        bytes.extend_from_slice(&chunk(connection, lob, number)?);
    }
    if bytes.len() as u64 != size {
        return Err(Error::corrupt(format!("large value {lob} has not the size that it should")));
    }
    Ok(bytes)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Reads a value chunk by chunk, as it was when it was opened.
#[derive(Debug)]
pub(crate) struct LobStream<C = Reader> {
    /// Has a snapshot open, or a transaction.
    reader: C,
    lob: i64,
    size: u64,
    position: u64,
    /// The chunk that was read last.
    chunk: Option<(u64, Vec<u8>)>,
}

impl<C: Deref<Target = Connection>> LobStream<C> {
    /// A stream on a connection that has a snapshot or a transaction open.
    pub(crate) fn new(reader: C, lob: i64, size: u64) -> Self {
        Self { reader, lob, size, position: 0, chunk: None }
    }
}

impl<C: Deref<Target = Connection>> Read for LobStream<C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        let number = self.position / CHUNK as u64;
        let offset = (self.position % CHUNK as u64) as usize;
        let held = match self.chunk.take() {
            Some(held) if held.0 == number => held,
            _ => (number, chunk(&self.reader, self.lob, number)?),
        };
        let (_, bytes) = self.chunk.insert(held);
        let rest = bytes.get(offset..).unwrap_or_default();
        if rest.is_empty() {
            let short = format!("chunk {number} of large value {} is too short", self.lob);
            return Err(Error::corrupt(short).into());
        }
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.position += len as u64;
        Ok(len)
    }
}

impl<C> Seek for LobStream<C> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "before the start of the stream")
        })?;
        Ok(self.position)
    }
}
