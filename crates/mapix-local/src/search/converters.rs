//! Who made texts of bodies and attachments for the index.

use std::sync::atomic::{AtomicBool, Ordering};

use mapix_core::Result;
use mapix_core::query::{AttachedFile, BodyText, RichBody};
use rusqlite::Connection;

use crate::error::Sql;

/// Adds what the store remembers of them to a store of the second version. Who made the texts that
/// are in it, nobody knows.
pub(crate) fn remember(tx: &Connection) -> Result<()> {
    tx.execute_batch("ALTER TABLE state ADD COLUMN bodies TEXT NOT NULL DEFAULT ''").sql()
}

/// Forgets them, when the index is empty.
pub(super) fn forget(tx: &Connection) -> Result<()> {
    tx.execute("UPDATE state SET bodies = ''", []).sql().map(drop)
}

/// Adds one to them, if it is new.
pub(super) fn add(tx: &Connection, name: &str) -> Result<()> {
    let update = "UPDATE state SET bodies = bodies || ?1 || char(10)
                  WHERE instr(char(10) || bodies, char(10) || ?1 || char(10)) = 0";
    tx.prepare_cached(update).sql()?.execute([name]).sql().map(drop)
}

/// The converters that made texts for the index and are not this one.
///
/// # Errors
/// Those of the database.
pub(crate) fn others(connection: &Connection, bodies: &dyn BodyText) -> Result<Vec<String>> {
    let all: String = connection
        .prepare_cached("SELECT bodies FROM state")
        .sql()?
        .query_row([], |row| row.get(0))
        .sql()?;
    Ok(all.lines().filter(|name| *name != bodies.name()).map(str::to_owned).collect())
}

/// A converter, and whether anything of it is in the index.
pub(super) struct Noted<'a> {
    bodies: &'a dyn BodyText,
    noted: AtomicBool,
}

impl<'a> Noted<'a> {
    pub(super) fn new(bodies: &'a dyn BodyText) -> Self {
        Self { bodies, noted: AtomicBool::new(false) }
    }

    /// Its name, once after something of it came into the index.
    pub(super) fn take(&self) -> Option<&'static str> {
        let noted = self.noted.swap(false, Ordering::Relaxed);
        Some(self.bodies.name()).filter(|name| noted && !name.is_empty())
    }
}

impl BodyText for Noted<'_> {
    fn name(&self) -> &'static str {
        self.bodies.name()
    }

    fn text(&self, body: &RichBody) -> Result<Option<String>> {
        let text = self.bodies.text(body);
        // A body that it cannot read is looked at by searches.
        if matches!(text, Ok(Some(_))) {
            self.noted.store(true, Ordering::Relaxed);
        }
        text
    }

    fn attachment(&self, file: &AttachedFile<'_>) -> Result<Option<String>> {
        self.noted.store(true, Ordering::Relaxed);
        self.bodies.attachment(file)
    }
}
