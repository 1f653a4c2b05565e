//! Tables that are asked for by restriction and sort.

#![expect(clippy::unnecessary_wraps, reason = "what is to come can fail")]

use mapix_core::Result;
use mapix_core::store::RowQuery;
use rusqlite::Connection;

/// The numbers of the rows that fit, in order; `None` if the core has to evaluate them.
pub(crate) fn query(connection: &Connection, query: &RowQuery<'_>) -> Result<Option<Vec<u64>>> {
    let _ = (connection, query);
    Ok(None)
}
