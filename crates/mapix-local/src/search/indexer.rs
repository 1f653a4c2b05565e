//! Putting messages into the index, and taking them out.

use std::collections::BTreeMap;
use std::fmt;

use mapix_core::prop::{PropBag, PropTag, tags};
use mapix_core::query::{BodyText, TextField};
use mapix_core::restriction::Candidate;
use mapix_core::store::ObjectRef;
use mapix_core::{Error, ErrorCode, Result};
use rusqlite::{Connection, OptionalExtension, params};

use super::attachment::Attachment;
use super::converters::{self, Noted};
use super::document::{Content, Document};
use super::{COLUMNS, rowid, time};
use crate::error::Sql;
use crate::read::{self, Wanted};

/// How many bytes of words wait to be written at most.
const MOST: usize = 4 << 20;

/// Puts messages into the index, in the transaction in which they are stored. FTS5 is quick if
/// its rows come in order: they wait until they are sorted.
pub(crate) struct Indexer<'a> {
    tx: &'a Connection,
    bodies: Noted<'a>,
    /// By row number.
    waiting: BTreeMap<i64, Document>,
    len: usize,
}

impl<'a> Indexer<'a> {
    /// For one transaction. It is of no use without [`finish`](Self::finish).
    pub(crate) fn new(tx: &'a Connection, bodies: &'a dyn BodyText) -> Self {
        Self { tx, bodies: Noted::new(bodies), waiting: BTreeMap::new(), len: 0 }
    }

    /// Puts a message that was just stored into the index, in place of what was there under its
    /// number. `props` has those that are stored apart marked as large.
    ///
    /// # Errors
    /// Those of the database, and `MAPI_E_TOO_BIG` if the index has no number for the message.
    pub(crate) fn message(
        &mut self,
        id: u64,
        props: &PropBag,
        recipients: &[PropBag],
    ) -> Result<()> {
        with_content(self.tx, id, props, recipients, |content| self.index(content))
    }

    /// Puts a message into the index.
    ///
    /// # Errors
    /// Those of the database, and `MAPI_E_TOO_BIG` if the index has no number for the message.
    pub(crate) fn index(&mut self, content: &Content<'_>) -> Result<()> {
        if u32::try_from(content.id).is_err() {
            let message = "the store has used up the numbers that its index can hold";
            return Err(Error::new(ErrorCode::TOO_BIG, message));
        }
        self.remove(content.id)?;
        let document = Document::new(content, &self.bodies);
        let time = time(content.props.time(tags::MESSAGE_DELIVERY_TIME));
        let mut insert = self
            .tx
            .prepare_cached("INSERT INTO place (id, time, partial) VALUES (?, ?, ?)")
            .sql()?;
        insert.execute(params![content.id as i64, time, document.partial]).sql()?;
        self.len += document.len();
        self.waiting.insert(rowid(time, content.id), document);
        if self.len > MOST { self.finish() } else { Ok(()) }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.len = 0;
        if self.waiting.is_empty() {
            return Ok(());
        }
        let marks = ", ?".repeat(COLUMNS.len());
        let sql = format!("INSERT INTO fts (rowid, {}) VALUES (?{marks})", COLUMNS.join(", "));
        let mut insert = self.tx.prepare_cached(&sql).sql()?;
        for (rowid, document) in std::mem::take(&mut self.waiting) {
            insert.raw_bind_parameter(1, rowid).sql()?;
            for (at, text) in document.columns.iter().enumerate() {
                insert.raw_bind_parameter(at + 2, text).sql()?;
            }
            insert.raw_execute().sql()?;
        }
        self.bodies.take().map_or(Ok(()), |name| converters::add(self.tx, name))
    }

    /// Takes a message that is deleted for good out of the index.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn remove(&mut self, id: u64) -> Result<()> {
        let mut delete =
            self.tx.prepare_cached("DELETE FROM place WHERE id = ? RETURNING time").sql()?;
        let time: Option<i64> = delete.query_row([id as i64], |row| row.get(0)).optional().sql()?;
        let Some(rowid) = time.map(|time| rowid(time, id)) else { return Ok(()) };
        if self.waiting.remove(&rowid).is_some() {
            return Ok(());
        }
        let mut delete = self.tx.prepare_cached("DELETE FROM fts WHERE rowid = ?").sql()?;
        delete.execute([rowid]).sql().map(drop)
    }
}

impl fmt::Debug for Indexer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Indexer").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

/// Does something with a stored message as the index sees it. `props` has those that are stored
/// apart marked as large.
pub(super) fn with_content<T>(
    tx: &Connection,
    id: u64,
    props: &PropBag,
    recipients: &[PropBag],
    work: impl FnOnce(&Content<'_>) -> Result<T>,
) -> Result<T> {
    let attachments = Attachment::all(tx, id)?;
    let attachments: Vec<&dyn Candidate> =
        attachments.iter().map(|one| one as &dyn Candidate).collect();
    let object = ObjectRef::message(id);
    let load = |tag: PropTag| {
        let wanted = Wanted { ids: Some(&[tag.id()]), inline: u64::MAX };
        let bag = read::properties(tx, &object, wanted, &mut |_, _| {})?;
        let found = bag.find(tag.id()).map(|prop| prop.value.clone());
        found.ok_or_else(|| Error::not_found("it is gone").context(tag))
    };
    work(&Content { id, props, recipients, attachments: &attachments, load: &load })
}

/// Whether a change of properties concerns the index.
pub(crate) fn concerns(mut ids: impl Iterator<Item = u16>) -> bool {
    let of_body = [tags::BODY, tags::HTML, tags::RTF_COMPRESSED];
    let of_body = of_body.into_iter().chain([tags::INTERNET_CPID, tags::MESSAGE_CODEPAGE]);
    let all = of_body.chain([tags::SUBJECT, tags::MESSAGE_DELIVERY_TIME]).chain(TextField::SENDER);
    let all: Vec<u16> = all.map(PropTag::id).collect();
    ids.any(|id| all.contains(&id))
}
