//! The same messages as entities, attributes and values: a row for each property, as the stores of
//! Gromox and Kopano have it.

use std::path::Path;

use mapix_core::prop::{PropBag, Value, tags, value_bytes};
use mapix_core::store::{AttachmentChange, MessageUpdate};
use rusqlite::{Connection, Transaction, params, types::Value as Sql};

pub(crate) fn open(path: &Path, page_size: u32) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "page_size", page_size)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -65536)?;
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS messages (
             message_id INTEGER PRIMARY KEY, parent_fid INTEGER NOT NULL, size INTEGER NOT NULL);
         CREATE INDEX IF NOT EXISTS messages_parent ON messages(parent_fid);
         CREATE TABLE IF NOT EXISTS message_properties (
             message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
             proptag INTEGER NOT NULL, propval NONE NOT NULL, UNIQUE (message_id, proptag));
         CREATE INDEX IF NOT EXISTS message_properties_id ON message_properties(message_id);
         CREATE TABLE IF NOT EXISTS recipients (
             recipient_id INTEGER PRIMARY KEY,
             message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE);
         CREATE INDEX IF NOT EXISTS recipients_message ON recipients(message_id);
         CREATE TABLE IF NOT EXISTS recipients_properties (
             recipient_id INTEGER NOT NULL REFERENCES recipients ON DELETE CASCADE,
             proptag INTEGER NOT NULL, propval NONE NOT NULL, UNIQUE (recipient_id, proptag));
         CREATE TABLE IF NOT EXISTS attachments (
             attachment_id INTEGER PRIMARY KEY,
             message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE);
         CREATE INDEX IF NOT EXISTS attachments_message ON attachments(message_id);
         CREATE TABLE IF NOT EXISTS attachment_properties (
             attachment_id INTEGER NOT NULL REFERENCES attachments ON DELETE CASCADE,
             proptag INTEGER NOT NULL, propval NONE NOT NULL, UNIQUE (attachment_id, proptag));",
    )?;
    Ok(db)
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    folder: u64,
    message: &MessageUpdate,
) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO messages (parent_fid, size) VALUES (?, ?)")?
        .execute(params![folder as i64, 4096 + 50_000 * message.attachments.len() as i64])?;
    let id = tx.last_insert_rowid();
    properties(tx, "INSERT INTO message_properties VALUES (?, ?, ?)", id, &message.set)?;
    for recipient in message.recipients.iter().flatten() {
        tx.prepare_cached("INSERT INTO recipients (message_id) VALUES (?)")?.execute([id])?;
        let id = tx.last_insert_rowid();
        properties(tx, "INSERT INTO recipients_properties VALUES (?, ?, ?)", id, recipient)?;
    }
    for change in &message.attachments {
        let AttachmentChange::Put(_, attachment) = change else { continue };
        tx.prepare_cached("INSERT INTO attachments (message_id) VALUES (?)")?.execute([id])?;
        let id = tx.last_insert_rowid();
        properties(tx, "INSERT INTO attachment_properties VALUES (?, ?, ?)", id, &attachment.set)?;
    }
    Ok(())
}

fn properties(tx: &Transaction<'_>, sql: &str, id: i64, bag: &PropBag) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(sql)?;
    for prop in bag {
        let value = match &prop.value {
            Value::I32(number) => Sql::Integer(i64::from(*number)),
            Value::Time(time) => Sql::Integer(time.0 as i64),
            value => match value.as_text() {
                Some(text) => Sql::Text(text.into_owned()),
                None => Sql::Blob(value_bytes(value).unwrap_or_default()),
            },
        };
        insert.execute(params![id, i64::from(prop.tag.0), value])?;
    }
    Ok(())
}

/// All ids of a folder, sorted by a property, as Gromox loads a table: a query for each message.
pub(crate) fn sorted(db: &Connection, folder: u64, keys: &[u32]) -> rusqlite::Result<Vec<i64>> {
    let mut ids = Vec::new();
    let mut rows = db.prepare_cached("SELECT message_id FROM messages WHERE parent_fid = ?")?;
    let found = rows.query_map([folder as i64], |row| row.get::<_, i64>(0))?;
    let mut value = db.prepare_cached(
        "SELECT propval FROM message_properties WHERE message_id = ? AND proptag = ?",
    )?;
    db.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS stbl (id INTEGER, a NONE, b NONE); DELETE FROM stbl",
    )?;
    let mut insert = db.prepare_cached("INSERT INTO stbl VALUES (?, ?, ?)")?;
    for id in found {
        let id = id?;
        let mut cells = [Sql::Null, Sql::Null];
        for (cell, key) in cells.iter_mut().zip(keys) {
            let row = value.query_row(params![id, i64::from(*key)], |row| row.get::<_, Sql>(0));
            *cell = row.unwrap_or(Sql::Null);
        }
        insert.execute(params![id, cells[0], cells[1]])?;
    }
    let mut sorted = db.prepare_cached("SELECT id FROM stbl ORDER BY a DESC, b")?;
    for id in sorted.query_map([], |row| row.get::<_, i64>(0))? {
        ids.push(id?);
    }
    Ok(ids)
}

/// The ids of messages whose subject holds a text and that are larger than a size.
pub(crate) fn restricted(
    db: &Connection,
    folder: u64,
    text: &str,
    size: i64,
) -> rusqlite::Result<usize> {
    let mut rows = db.prepare_cached(
        "SELECT m.message_id FROM messages m JOIN message_properties p USING (message_id)
         WHERE m.parent_fid = ? AND m.size > ? AND p.proptag = ? AND p.propval LIKE ?",
    )?;
    let tag = i64::from(tags::SUBJECT.0);
    let found =
        rows.query_map(params![folder as i64, size, tag, format!("%{text}%")], |_| Ok(()))?;
    Ok(found.count())
}

/// Reads all of one message.
pub(crate) fn read(db: &Connection, id: i64) -> rusqlite::Result<usize> {
    let mut count = 0;
    let mut each = |sql: &str| -> rusqlite::Result<()> {
        let mut rows = db.prepare_cached(sql)?;
        let values =
            rows.query_map([id], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Sql>(1)?)))?;
        for value in values {
            value?;
            count += 1;
        }
        Ok(())
    };
    each("SELECT proptag, propval FROM message_properties WHERE message_id = ?")?;
    each("SELECT p.proptag, p.propval FROM recipients r JOIN recipients_properties p USING (recipient_id)
          WHERE r.message_id = ?")?;
    Ok(count)
}
