//! The same messages as entities, attributes and values: a row for each property, as the stores of
//! Gromox and Kopano have it. Tables, indexes and the way to sort are those of Gromox's exmdb;
//! bodies and attachments are in the file as well, which it keeps beside it.

use std::path::Path;

use mapix_core::prop::{PropBag, PropTag, Value, tags, value_bytes};
use mapix_core::restriction::Words;
use mapix_core::store::{AttachmentChange, MessageUpdate};
use rusqlite::{Connection, OptionalExtension, Transaction, params, types::Value as Sql};

/// Page caches in KiB: those of the embedded store.
const WRITER_CACHE: i32 = 32 << 10;
const READER_CACHE: i32 = 8 << 10;

pub(crate) fn open(path: &Path, page_size: u32, write: bool) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "page_size", page_size)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -if write { WRITER_CACHE } else { READER_CACHE })?;
    db.set_prepared_statement_cache_capacity(64);
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS messages (
             message_id INTEGER PRIMARY KEY, parent_fid INTEGER, parent_attid INTEGER,
             is_deleted INTEGER DEFAULT 0, is_associated INTEGER,
             change_number INTEGER UNIQUE NOT NULL, read_cn INTEGER UNIQUE,
             read_state INTEGER DEFAULT 0, message_size INTEGER NOT NULL);
         CREATE INDEX IF NOT EXISTS messages_parent ON messages (parent_fid);
         CREATE INDEX IF NOT EXISTS messages_attachment ON messages (parent_attid);
         CREATE INDEX IF NOT EXISTS messages_assoc ON messages (is_associated);
         CREATE INDEX IF NOT EXISTS messages_parent_assoc ON messages (parent_fid, is_associated);
         CREATE INDEX IF NOT EXISTS messages_read
             ON messages (parent_fid, read_state, is_associated);
         CREATE TABLE IF NOT EXISTS message_properties (
             message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE ON UPDATE CASCADE,
             proptag INTEGER NOT NULL, propval BLOB NOT NULL);
         CREATE INDEX IF NOT EXISTS message_properties_id ON message_properties (message_id);
         CREATE UNIQUE INDEX IF NOT EXISTS message_properties_tag
             ON message_properties (message_id, proptag);
         CREATE TABLE IF NOT EXISTS recipients (
             recipient_id INTEGER PRIMARY KEY AUTOINCREMENT,
             message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE ON UPDATE CASCADE);
         CREATE INDEX IF NOT EXISTS recipients_message ON recipients (message_id);
         CREATE TABLE IF NOT EXISTS recipients_properties (
             recipient_id INTEGER NOT NULL
                 REFERENCES recipients ON DELETE CASCADE ON UPDATE CASCADE,
             proptag INTEGER NOT NULL, propval BLOB NOT NULL);
         CREATE INDEX IF NOT EXISTS recipients_properties_id
             ON recipients_properties (recipient_id);
         CREATE UNIQUE INDEX IF NOT EXISTS recipients_properties_tag
             ON recipients_properties (recipient_id, proptag);
         CREATE TABLE IF NOT EXISTS attachments (
             attachment_id INTEGER PRIMARY KEY AUTOINCREMENT,
             message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE ON UPDATE CASCADE);
         CREATE INDEX IF NOT EXISTS attachments_message ON attachments (message_id);
         CREATE TABLE IF NOT EXISTS attachment_properties (
             attachment_id INTEGER NOT NULL
                 REFERENCES attachments ON DELETE CASCADE ON UPDATE CASCADE,
             proptag INTEGER NOT NULL, propval BLOB NOT NULL);
         CREATE INDEX IF NOT EXISTS attachment_properties_id
             ON attachment_properties (attachment_id);
         CREATE UNIQUE INDEX IF NOT EXISTS attachment_properties_tag
             ON attachment_properties (attachment_id, proptag);
         CREATE TABLE IF NOT EXISTS msgtime_index (
             folder_id INTEGER NOT NULL, message_id INTEGER PRIMARY KEY NOT NULL
                 REFERENCES messages ON DELETE CASCADE ON UPDATE CASCADE,
             mtime INTEGER, rcvtime INTEGER, sndtime INTEGER);
         CREATE INDEX IF NOT EXISTS msgtime_m ON msgtime_index (folder_id, mtime);
         CREATE INDEX IF NOT EXISTS msgtime_r ON msgtime_index (folder_id, rcvtime);
         CREATE INDEX IF NOT EXISTS msgtime_s ON msgtime_index (folder_id, sndtime);",
    )?;
    Ok(db)
}

/// Adds a full-text index of the same words as the embedded store has, in the same order.
pub(crate) fn create_index(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE VIRTUAL TABLE fts USING fts5(body, subject, sender, rcpt, files, content='',
             contentless_delete=1, tokenize='ascii');
         INSERT INTO fts (fts, rank) VALUES ('hashsize', 8388608);",
    )
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    folder: u64,
    message: &MessageUpdate,
    index: bool,
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO messages (parent_fid, is_associated, change_number, read_state, message_size)
         VALUES (?, 0, (SELECT coalesce(max(change_number), 0) + 1 FROM messages), ?, ?)",
    )?;
    let read = message.set.i32(tags::MESSAGE_FLAGS).unwrap_or(0) & 1;
    let id = insert.insert(params![folder as i64, read, message.set.i32(tags::MESSAGE_SIZE)])?;
    properties(tx, "INSERT INTO message_properties VALUES (?, ?, ?)", id, &message.set)?;
    let time = |tag: PropTag| message.set.time(tag).map(|time| time.0);
    tx.prepare_cached("INSERT INTO msgtime_index VALUES (?, ?, ?, ?, ?)")?.execute(params![
        folder as i64,
        id,
        time(tags::LAST_MODIFICATION_TIME),
        time(tags::MESSAGE_DELIVERY_TIME),
        time(tags::CLIENT_SUBMIT_TIME)
    ])?;
    for recipient in message.recipients.iter().flatten() {
        let mut insert = tx.prepare_cached("INSERT INTO recipients (message_id) VALUES (?)")?;
        let id = insert.insert([id])?;
        properties(tx, "INSERT INTO recipients_properties VALUES (?, ?, ?)", id, recipient)?;
    }
    for change in &message.attachments {
        let AttachmentChange::Put(_, attachment) = change else { continue };
        let mut insert = tx.prepare_cached("INSERT INTO attachments (message_id) VALUES (?)")?;
        let id = insert.insert([id])?;
        properties(tx, "INSERT INTO attachment_properties VALUES (?, ?, ?)", id, &attachment.set)?;
    }
    if index {
        index_words(tx, id, message)?;
    }
    Ok(())
}

fn index_words(tx: &Transaction<'_>, id: i64, message: &MessageUpdate) -> rusqlite::Result<()> {
    let words = |bag: &PropBag, tags: &[PropTag], out: &mut String| {
        for text in tags.iter().filter_map(|tag| bag.text(*tag)) {
            for word in Words::new(&text).iter() {
                out.push_str(word);
                out.push(' ');
            }
        }
    };
    let mut columns: [String; 5] = Default::default();
    words(&message.set, &[tags::BODY], &mut columns[0]);
    words(&message.set, &[tags::SUBJECT], &mut columns[1]);
    words(&message.set, &[tags::SENDER_NAME, tags::SENDER_EMAIL_ADDRESS], &mut columns[2]);
    for recipient in message.recipients.iter().flatten() {
        words(recipient, &[tags::DISPLAY_NAME, tags::EMAIL_ADDRESS], &mut columns[3]);
    }
    for change in &message.attachments {
        let AttachmentChange::Put(_, attachment) = change else { continue };
        words(&attachment.set, &[tags::ATTACH_LONG_FILENAME], &mut columns[4]);
    }
    let [body, subject, sender, rcpt, files] = columns;
    tx.prepare_cached(
        "INSERT INTO fts (rowid, body, subject, sender, rcpt, files) VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![id, body, subject, sender, rcpt, files])
    .map(drop)
}

fn properties(tx: &Transaction<'_>, sql: &str, id: i64, bag: &PropBag) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(sql)?;
    for prop in bag {
        let value = match &prop.value {
            Value::I32(number) => Sql::Integer(i64::from(*number)),
            Value::Time(time) => Sql::Integer(time.0),
            value => match value.as_text() {
                Some(text) => Sql::Text(text.into_owned()),
                None => Sql::Blob(value_bytes(value).unwrap_or_default()),
            },
        };
        insert.execute(params![id, i64::from(prop.tag.0), value])?;
    }
    Ok(())
}

/// Sorts a folder by two properties (0 for none) as Gromox loads a table: a query for each property
/// of each message into one temporary table, from there in order into a second one, which the rows
/// of the table are taken from. Gives how many rows there are.
pub(crate) fn load_table(db: &Connection, folder: u64, keys: &[u32; 2]) -> rusqlite::Result<u64> {
    db.execute_batch(
        "DROP TABLE IF EXISTS temp.loaded;
         CREATE TEMP TABLE loaded (row_id INTEGER PRIMARY KEY AUTOINCREMENT,
             idx INTEGER UNIQUE, prev_id INTEGER UNIQUE, row_type INTEGER NOT NULL,
             depth INTEGER NOT NULL, inst_id INTEGER NOT NULL, inst_num INTEGER NOT NULL);
         CREATE TEMP TABLE IF NOT EXISTS unsorted (message_id INTEGER PRIMARY KEY, a, b);
         DELETE FROM unsorted;
         BEGIN",
    )?;
    {
        let mut all = db.prepare_cached(
            "SELECT message_id FROM messages
             WHERE parent_fid = ? AND is_associated = 0 AND is_deleted = 0",
        )?;
        let mut value = db.prepare_cached(
            "SELECT propval FROM message_properties WHERE message_id = ? AND proptag = ?",
        )?;
        let mut insert = db.prepare_cached("INSERT INTO unsorted VALUES (?, ?, ?)")?;
        let mut rows = all.query([folder as i64])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let mut cells = [Sql::Null, Sql::Null];
            for (cell, key) in cells.iter_mut().zip(keys).filter(|(_, key)| **key != 0) {
                let found = value.query_row(params![id, i64::from(*key)], |row| row.get(0));
                *cell = found.optional()?.unwrap_or(Sql::Null);
            }
            insert.execute(params![id, cells[0], cells[1]])?;
        }
        let mut sorted =
            db.prepare_cached("SELECT message_id FROM unsorted ORDER BY a DESC, b COLLATE NOCASE")?;
        let mut load = db.prepare_cached(
            "INSERT INTO loaded (idx, prev_id, row_type, depth, inst_id, inst_num)
             VALUES (?1, ?1 - 1, 1, 0, ?2, 0)",
        )?;
        let mut rows = sorted.query([])?;
        let mut idx = 0_i64;
        while let Some(row) = rows.next()? {
            idx += 1;
            load.execute([idx, row.get(0)?])?;
        }
    }
    db.execute_batch("COMMIT")?;
    let count: i64 = db.query_row("SELECT count(*) FROM loaded", [], |row| row.get(0))?;
    Ok(count as u64)
}

/// How many messages have a subject that holds a text, and are larger than a size.
pub(crate) fn restricted(
    db: &Connection,
    folder: u64,
    text: &str,
    size: i64,
) -> rusqlite::Result<usize> {
    let mut rows = db.prepare_cached(
        "SELECT m.message_id FROM messages m JOIN message_properties p USING (message_id)
         WHERE m.parent_fid = ? AND m.message_size > ? AND p.proptag = ? AND p.propval LIKE ?",
    )?;
    let tag = i64::from(tags::SUBJECT.0);
    let found =
        rows.query_map(params![folder as i64, size, tag, format!("%{text}%")], |_| Ok(()))?;
    Ok(found.count())
}

/// Reads all of one message: that it is there, its properties, those of its recipients. Gives how
/// many properties there were.
pub(crate) fn read(db: &Connection, id: i64) -> rusqlite::Result<usize> {
    let mut there = db.prepare_cached(
        "SELECT parent_fid, is_associated, message_size FROM messages WHERE message_id = ?",
    )?;
    there.query_row([id], |_| Ok(()))?;
    let mut found = Vec::new();
    let mut each = |sql: &str| -> rusqlite::Result<()> {
        let mut rows = db.prepare_cached(sql)?;
        let values =
            rows.query_map([id], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Sql>(1)?)))?;
        for value in values {
            found.push(value?);
        }
        Ok(())
    };
    each("SELECT proptag, propval FROM message_properties WHERE message_id = ?")?;
    each("SELECT p.proptag, p.propval FROM recipients r JOIN recipients_properties p USING (recipient_id)
          WHERE r.message_id = ?")?;
    Ok(found.len())
}
