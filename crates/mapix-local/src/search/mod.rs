//! The full-text index, and the searches that it answers.
//!
//! ```text
//! fts    the words of each message, FTS5 without the text itself. Its row numbers are in the
//!        order in which messages were received, so that the newest are found first:
//!        0 | time, in steps of 2^16 seconds since 1970, from 1; 0 if never received: 31 | id: 32
//! place  id -> time, and whether the words are not all there
//! ```
//!
//! What a word is, the core says ([`Words`](mapix_core::restriction::Words)): FTS5 gets words that
//! are folded already, with spaces between them, so that the index finds what a restriction finds.

mod attachment;
mod converters;
mod document;
mod expression;
mod folders;
mod indexer;
mod plan;
mod rebuild;
mod run;
#[cfg(test)]
mod tests;
mod verify;

use mapix_core::Result;
use mapix_core::prop::FileTime;
use rusqlite::Connection;

pub(crate) use converters::{others as other_converters, remember as remember_converters};
pub(crate) use folders::Place;
pub(crate) use indexer::{Indexer, concerns};
pub(crate) use rebuild::{rebuild, renew};
pub(crate) use run::search;
pub(crate) use verify::verify;

use crate::error::Sql;

/// The columns of the index, in their order. FTS5 names no column where words stand in the first,
/// which saves two bytes for each word of each message: that is the body.
const COLUMNS: [&str; 9] =
    ["body", "subject", "sender", "rto", "rcc", "rbcc", "rother", "files", "texts"];

/// Makes the tables of the index in a new store.
pub(crate) fn create(tx: &Connection) -> Result<()> {
    // The words are split and folded already: `ascii` only splits at spaces, which are the only
    // letters of ASCII in them that are no letters or digits.
    tx.execute_batch(&format!(
        "CREATE VIRTUAL TABLE fts USING fts5({}, content='', contentless_delete=1, tokenize='ascii');
         CREATE TABLE place (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, partial INTEGER NOT NULL);
         CREATE INDEX place_partial ON place (id) WHERE partial;
         INSERT INTO fts (fts, rank) VALUES ('hashsize', {HASH}), ('automerge', {MERGE});",
        COLUMNS.join(", ")
    ))
    .sql()
}

/// How many bytes FTS5 holds in memory before it writes them.
const HASH: u32 = 8 << 20;

/// How many parts of the index of about the same size become one. More are less work for those who
/// write, and more places to look at for those who search.
const MERGE: u32 = 8;

/// The part of a row number that is the number of the message.
pub(crate) const ID_BITS: u32 = 32;

/// The steps of time in a row number, in ticks: 18 hours. Within a step rows go by the numbers of
/// messages, so that the differences between rows are small, of which the index is made.
const STEP: i64 = (1 << 16) * 10_000_000;

/// When a message was received, as row numbers have it.
fn time(received: Option<FileTime>) -> i64 {
    const UNIX_EPOCH: i64 = 116_444_736_000_000_000;
    let Some(received) = received else { return 0 };
    let steps = received.0.saturating_sub(UNIX_EPOCH).div_euclid(STEP);
    steps.clamp(0, i64::from(i32::MAX) - 1) + 1
}

/// The number of a row of the index.
fn rowid(time: i64, id: u64) -> i64 {
    time << ID_BITS | (id & u64::from(u32::MAX)) as i64
}

/// The message of a row of the index.
fn id(rowid: i64) -> u64 {
    (rowid & i64::from(u32::MAX)) as u64
}
