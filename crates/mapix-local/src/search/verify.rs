//! Holding the index against the messages, word by word.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use mapix_core::query::BodyText;
use mapix_core::store::ObjectRef;
use mapix_core::{Error, Result};
use rusqlite::Connection;

use super::document::Document;
use super::indexer::with_content;
use super::{COLUMNS, rowid};
use crate::error::Sql;
use crate::read::{self, Wanted};

/// Larger values are read one by one.
const INLINE: u64 = 64 << 10;

/// Compares the words of each message, column by column and place by place, with those in the
/// index, and tells of each message of which they are not the same. Those whose words are not all
/// in the index are passed over. `tell` gets the number of a message and what is wrong with it, and
/// now and then nothing.
///
/// Memory: 16 bytes for each message.
///
/// # Errors
/// Those of the database, and of `tell`.
pub(crate) fn verify(
    connection: &Connection,
    bodies: &dyn BodyText,
    tell: &mut dyn FnMut(Option<(u64, String)>) -> Result<()>,
) -> Result<()> {
    let mut indexed = sums(connection, tell)?;
    let mut select =
        connection.prepare("SELECT id, time FROM place WHERE NOT partial ORDER BY id").sql()?;
    let mut rows = select.query([]).sql()?;
    while let Some(row) = rows.next().sql()? {
        tell(None)?;
        let (id, time): (i64, i64) = (row.get(0).sql()?, row.get(1).sql()?);
        let found = indexed.remove(&rowid(time, id as u64)).unwrap_or_default();
        let detail = match document(connection, id as u64, bodies) {
            Ok(document) if document.partial => "not all of its words can be read".into(),
            Ok(document) if sum_of(&document) != found => "its words are others".into(),
            Ok(_) => continue,
            Err(error) => error.to_string(),
        };
        tell(Some((id as u64, detail)))?;
    }
    Ok(())
}

fn document(connection: &Connection, id: u64, bodies: &dyn BodyText) -> Result<Document> {
    let object = ObjectRef::message(id);
    let props = read::properties(connection, &object, Wanted::all(INLINE), &mut |_, _| {})?;
    let recipients = read::recipients(connection, id as i64)?;
    with_content(connection, id, &props, &recipients, |content| Ok(Document::new(content, bodies)))
}

/// A sum over the words of each row of the index: each with its column and its place in it.
fn sums(
    connection: &Connection,
    tell: &mut dyn FnMut(Option<(u64, String)>) -> Result<()>,
) -> Result<HashMap<i64, u64>> {
    // Every word how often and where, in a table that FTS5 makes up; nothing is written.
    connection
        .execute_batch("CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, fts, instance)")
        .sql()?;
    let mut read = || {
        let mut select =
            connection.prepare("SELECT term, doc, col, \"offset\" FROM temp.word").sql()?;
        let mut rows = select.query([]).sql()?;
        let mut sums: HashMap<i64, u64> = HashMap::new();
        let mut count = 0_u64;
        while let Some(row) = rows.next().sql()? {
            count += 1;
            if count.is_multiple_of(1024) {
                tell(None)?;
            }
            let term = row.get_ref(0).sql()?.as_bytes().unwrap_or_default();
            let column = row.get_ref(2).sql()?.as_str().unwrap_or_default();
            let at = COLUMNS.iter().position(|known| *known == column);
            let at = at.ok_or_else(|| Error::corrupt("the index has another column"))?;
            let sum = sums.entry(row.get(1).sql()?).or_default();
            *sum = sum.wrapping_add(word(term, at, row.get(3).sql()?));
        }
        Ok(sums)
    };
    let sums = read();
    connection.execute_batch("DROP TABLE temp.word").sql()?;
    sums
}

/// The sum over the words of a message.
fn sum_of(document: &Document) -> u64 {
    let mut sum = 0_u64;
    for (column, text) in document.columns.iter().enumerate() {
        let words = text.split(' ').filter(|word| !word.is_empty());
        for (at, one) in words.enumerate() {
            sum = sum.wrapping_add(word(one.as_bytes(), column, at as i64));
        }
    }
    sum
}

fn word(word: &[u8], column: usize, at: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (word, column, at).hash(&mut hasher);
    hasher.finish()
}
