//! Holding the index against the messages, word by word.

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
    let mut indexed = Sums::of_rows(connection)?;
    indexed.add_index(connection, tell)?;
    let mut select =
        connection.prepare("SELECT id, time FROM place WHERE NOT partial ORDER BY id").sql()?;
    let mut rows = select.query([]).sql()?;
    while let Some(row) = rows.next().sql()? {
        tell(None)?;
        let (id, time): (i64, i64) = (row.get(0).sql()?, row.get(1).sql()?);
        let found = indexed.get(rowid(time, id as u64));
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
struct Sums {
    /// The numbers of the rows, sorted.
    rows: Vec<i64>,
    sums: Vec<u64>,
}

impl Sums {
    /// None has words yet.
    fn of_rows(connection: &Connection) -> Result<Self> {
        let mut select =
            connection.prepare("SELECT time, id FROM place WHERE NOT partial").sql()?;
        let mut rows = select.query([]).sql()?;
        let mut numbers = Vec::new();
        while let Some(row) = rows.next().sql()? {
            let (time, id): (i64, i64) = (row.get(0).sql()?, row.get(1).sql()?);
            numbers.push(rowid(time, id as u64));
        }
        numbers.sort_unstable();
        Ok(Self { sums: vec![0; numbers.len()], rows: numbers })
    }

    fn get(&self, row: i64) -> u64 {
        self.rows.binary_search(&row).map_or(0, |at| self.sums[at])
    }

    /// Adds every word of the index, which FTS5 gives one after the other, each with its rows in
    /// their order: a word is hashed once, and the next row is not far from the last.
    fn add_index(
        &mut self,
        connection: &Connection,
        tell: &mut dyn FnMut(Option<(u64, String)>) -> Result<()>,
    ) -> Result<()> {
        // In a table that FTS5 makes up; nothing is written.
        connection
            .execute_batch("CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, fts, instance)")
            .sql()?;
        let added = self.add_words(connection, tell);
        connection.execute_batch("DROP TABLE temp.word").sql()?;
        added
    }

    fn add_words(
        &mut self,
        connection: &Connection,
        tell: &mut dyn FnMut(Option<(u64, String)>) -> Result<()>,
    ) -> Result<()> {
        let mut select =
            connection.prepare("SELECT term, doc, col, \"offset\" FROM temp.word").sql()?;
        let mut rows = select.query([]).sql()?;
        let (mut count, mut at, mut column) = (0_u64, 0, 0);
        let (mut word, mut hash) = (Vec::new(), hash(&[]));
        while let Some(row) = rows.next().sql()? {
            count += 1;
            if count.is_multiple_of(1024) {
                tell(None)?;
            }
            let term = row.get_ref(0).sql()?.as_bytes().unwrap_or_default();
            if term != word {
                word.clear();
                word.extend_from_slice(term);
                (hash, at) = (self::hash(term), 0);
            }
            let name = row.get_ref(2).sql()?.as_bytes().unwrap_or_default();
            if COLUMNS[column].as_bytes() != name {
                let found = COLUMNS.iter().position(|known| known.as_bytes() == name);
                column = found.ok_or_else(|| Error::corrupt("the index has another column"))?;
            }
            let number: i64 = row.get(1).sql()?;
            at = from(&self.rows, at, number);
            if self.rows.get(at) == Some(&number) {
                let sum = &mut self.sums[at];
                *sum = sum.wrapping_add(mix(hash, column, row.get(3).sql()?));
            }
        }
        Ok(())
    }
}

/// The place of the first number that is not less, at or after a place; near ones are found
/// soonest.
fn from(sorted: &[i64], start: usize, number: i64) -> usize {
    let left = &sorted[start..];
    let mut reach = 1;
    while left.get(reach - 1).is_some_and(|one| *one < number) {
        reach *= 2;
    }
    let near = &left[reach / 2..reach.min(left.len())];
    start + reach / 2 + near.partition_point(|one| *one < number)
}

/// The sum over the words of a message.
fn sum_of(document: &Document) -> u64 {
    let mut sum = 0_u64;
    for (column, text) in document.columns.iter().enumerate() {
        let words = text.split(' ').filter(|word| !word.is_empty());
        for (at, one) in words.enumerate() {
            sum = sum.wrapping_add(mix(hash(one.as_bytes()), column, at as i64));
        }
    }
    sum
}

/// A hash of a word. It tells apart what is different by accident, and is quick: a store of a
/// million messages has some 400 million words.
fn hash(word: &[u8]) -> u64 {
    let (parts, rest) = word.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let parts = parts.iter().chain([&last]).map(|part| u64::from_le_bytes(*part));
    parts.fold(word.len() as u64, |hash, part| fold(hash ^ part))
}

/// What a word adds to the sum of a message.
fn mix(hash: u64, column: usize, at: i64) -> u64 {
    fold(hash ^ fold((at as u64) << 8 | column as u64))
}

fn fold(bits: u64) -> u64 {
    // Odd numbers without a pattern: the digits of pi.
    let product = u128::from(bits ^ 0x243F_6A88_85A3_08D3) * u128::from(0x1319_8A2E_0370_7345_u64);
    (product >> 64) as u64 ^ product as u64
}
