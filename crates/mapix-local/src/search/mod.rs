//! The full-text index.

#![expect(clippy::unnecessary_wraps, reason = "what is to come can fail")]

use mapix_core::Result;
use mapix_core::prop::PropBag;
use rusqlite::Connection;

/// A message as it was just stored, for the index. Its attachments are in the table `att`.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    /// Its number.
    pub(crate) id: u64,
    /// Its properties; those that are stored apart as [`Value::Large`], read with
    /// [`crate::read::whole`].
    ///
    /// [`Value::Large`]: mapix_core::prop::Value::Large
    pub(crate) props: &'a PropBag,
    /// Its recipients.
    pub(crate) recipients: &'a [PropBag],
}

/// Puts a message into the index, in place of what was there under its number. Called in the
/// transaction of the commit, when all of the message is stored.
pub(crate) fn index(tx: &Connection, content: &Content<'_>) -> Result<()> {
    let _ = (tx, content.id, content.props, content.recipients);
    Ok(())
}

/// Takes a message that is deleted for good out of the index.
pub(crate) fn remove(tx: &Connection, id: u64) -> Result<()> {
    let _ = (tx, id);
    Ok(())
}

/// Makes the tables of the index in a new store.
pub(crate) fn create(tx: &Connection) -> Result<()> {
    let _ = tx;
    Ok(())
}
