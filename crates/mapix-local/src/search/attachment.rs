//! Attachments that were just stored, as restrictions see them.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use mapix_core::Result;
use mapix_core::prop::{PropBag, PropTag, Value};
use mapix_core::restriction::Candidate;
use rusqlite::Connection;

use crate::error::Sql;
use crate::lob::LobStream;
use crate::read::{self, Opened, Stored, Wanted};

/// Larger values are read when they are needed.
const INLINE: u64 = 4096;

/// An attachment of a message.
pub(super) struct Attachment<'a> {
    tx: &'a Connection,
    stored: Stored,
    bag: PropBag,
}

impl<'a> Attachment<'a> {
    /// All attachments of a message.
    pub(super) fn all(tx: &'a Connection, message: u64) -> Result<Vec<Self>> {
        let mut select =
            tx.prepare_cached("SELECT props FROM att WHERE owner = ? ORDER BY num").sql()?;
        let mut rows = select.query([message as i64]).sql()?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().sql()? {
            let stored = Stored { props: row.get(0).sql()?, big: Vec::new(), extra: Vec::new() };
            let wanted = Wanted::all(INLINE);
            let bag = read::bag(tx, &stored.props, &mut || Ok(&[][..]), wanted, &mut |_, _| {})?;
            all.push(Self { tx, stored, bag });
        }
        Ok(all)
    }
}

impl Candidate for Attachment<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        self.bag.value(tag)
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        let wanted = Wanted { ids: Some(&[tag.id()]), inline: u64::MAX };
        let props = &self.stored.props;
        let bag = read::bag(self.tx, props, &mut || Ok(&[][..]), wanted, &mut |_, _| {})?;
        let found = bag.find(tag.id()).map(|prop| prop.value.clone());
        found.ok_or_else(|| mapix_core::Error::not_found("it is gone").context(tag))
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        Ok(match read::open(&self.stored, tag)? {
            Opened::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Opened::Lob(lob) => Box::new(LobStream::new(self.tx, lob.id, lob.size)),
        })
    }
}
