//! What the last commits did: one row of the table `log` for each.
//!
//! An event has 26 bytes: the object, its kind (255 for the store itself), what happened, the
//! folder that it was moved from or the object of which a new one is a copy, and its parent; numbers
//! of eight bytes, 0 for none.

use mapix_core::store::{ChangeEvent, Changes, ItemKind, ObjectChange};
use mapix_core::{Error, Result};
use rusqlite::{Connection, params};

use crate::error::Sql;
use crate::read;

/// How many events are remembered at least.
const REMEMBERED: i64 = 100_000;
/// After how many commits what is older is forgotten.
const TRIM_EVERY: u64 = 64;

const NO_KIND: u8 = 0xFF;
const EVENT: usize = 26;

/// The cursor of the last commit, and up to which commit things may be forgotten.
pub(crate) fn state(connection: &Connection) -> Result<(u64, u64)> {
    let mut select = connection.prepare_cached("SELECT cursor, forgotten FROM state").sql()?;
    let found = select.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
    let (cursor, forgotten) = found.sql()?;
    Ok((cursor as u64, forgotten as u64))
}

/// Remembers what a commit did, and forgets what is old.
pub(crate) fn note(tx: &Connection, cursor: u64, events: &[ChangeEvent]) -> Result<()> {
    let mut bytes = Vec::with_capacity(events.len() * EVENT);
    events.iter().for_each(|event| encode(event, &mut bytes));
    let mut insert =
        tx.prepare_cached("INSERT INTO log (cursor, count, events) VALUES (?, ?, ?)").sql()?;
    insert.execute(params![cursor as i64, events.len() as i64, bytes]).sql()?;
    if cursor.is_multiple_of(TRIM_EVERY) { trim(tx) } else { Ok(()) }
}

fn trim(tx: &Connection) -> Result<()> {
    let mut select =
        tx.prepare_cached("SELECT cursor, count FROM log ORDER BY cursor DESC").sql()?;
    let mut rows = select.query([]).sql()?;
    let mut held = 0;
    while let Some(row) = rows.next().sql()? {
        let (cursor, count): (i64, i64) = (row.get(0).sql()?, row.get(1).sql()?);
        if held >= REMEMBERED {
            tx.prepare_cached("DELETE FROM log WHERE cursor <= ?")
                .sql()?
                .execute([cursor])
                .sql()?;
            let mut update = tx.prepare_cached("UPDATE state SET forgotten = ?").sql()?;
            update.execute([cursor]).sql()?;
            break;
        }
        held += count;
    }
    Ok(())
}

/// What was committed after a cursor. Nobody can have the cursor 0 from here.
pub(crate) fn since(connection: &Connection, cursor: u64) -> Result<Changes> {
    let (now, forgotten) = state(connection)?;
    if cursor == 0 {
        return Ok(Changes { events: Vec::new(), cursor: now, lost: now > 0 });
    }
    let mut events = Vec::new();
    let mut select = connection
        .prepare_cached("SELECT events FROM log WHERE cursor > ? ORDER BY cursor")
        .sql()?;
    let after = i64::try_from(cursor).unwrap_or(i64::MAX);
    let mut rows = select.query([after]).sql()?;
    while let Some(row) = rows.next().sql()? {
        let bytes = row.get_ref(0).sql()?.as_blob().unwrap_or_default();
        for event in bytes.as_chunks::<EVENT>().0 {
            let event = decode(event);
            events.push(event.ok_or_else(|| Error::corrupt("the log of changes is damaged"))?);
        }
    }
    Ok(Changes { events, cursor: now, lost: cursor < forgotten })
}

fn encode(event: &ChangeEvent, out: &mut Vec<u8>) {
    let (change, from) = match event.change {
        ObjectChange::Created => (0, 0),
        ObjectChange::Copied { from } => (0, from),
        ObjectChange::Modified => (1, 0),
        ObjectChange::Moved { from } => (2, from),
        ObjectChange::Deleted => (3, 0),
        ObjectChange::Searched => (4, 0),
        ObjectChange::Found => (6, 0),
        ObjectChange::Lost => (7, 0),
        // What else there may be one day says at least that something happened inside.
        _ => (5, 0),
    };
    let kind = event.kind.map_or(NO_KIND, |kind| read::kind_number(kind, false) as u8);
    out.extend_from_slice(&event.object.to_le_bytes());
    out.extend_from_slice(&[kind, change]);
    out.extend_from_slice(&from.to_le_bytes());
    out.extend_from_slice(&event.parent.unwrap_or(0).to_le_bytes());
}

fn decode(bytes: &[u8; EVENT]) -> Option<ChangeEvent> {
    let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let kind: Option<ItemKind> = match bytes[8] {
        NO_KIND => None,
        kind => Some(read::kind_of(kind.into())?.0),
    };
    let change = match bytes[9] {
        0 => ObjectChange::of_new(Some(number(10)?).filter(|from| *from != 0)),
        1 => ObjectChange::Modified,
        2 => ObjectChange::Moved { from: number(10)? },
        3 => ObjectChange::Deleted,
        4 => ObjectChange::Searched,
        5 => ObjectChange::Contents,
        6 => ObjectChange::Found,
        7 => ObjectChange::Lost,
        _ => return None,
    };
    let parent = Some(number(18)?).filter(|parent| *parent != 0);
    Some(ChangeEvent { object: number(0)?, kind, change, parent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_back() {
        let changes = [
            ObjectChange::Created,
            ObjectChange::Copied { from: 9 },
            ObjectChange::Modified,
            ObjectChange::Moved { from: u64::MAX },
            ObjectChange::Deleted,
            ObjectChange::Searched,
            ObjectChange::Contents,
            ObjectChange::Found,
            ObjectChange::Lost,
        ];
        let kinds = [None, Some(ItemKind::Folder), Some(ItemKind::Associated)];
        for (object, change) in (0..).zip(changes) {
            for kind in kinds {
                for parent in [None, Some(7)] {
                    let event = ChangeEvent { object, kind, change, parent };
                    let mut bytes = Vec::new();
                    encode(&event, &mut bytes);
                    assert_eq!(bytes.first_chunk().and_then(decode), Some(event));
                }
            }
        }
    }
}
