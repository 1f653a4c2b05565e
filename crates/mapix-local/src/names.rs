//! The map of named properties.

use mapix_core::prop::{Guid, NameKind, PropName};
use mapix_core::{Error, ErrorCode, Result};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Sql;

/// The first and the last property ID that stand for a name.
const FIRST: i64 = 0x8000;
const LAST: i64 = 0xFFFE;

fn key(name: &PropName) -> Vec<u8> {
    let mut key = name.set.0.to_vec();
    match &name.kind {
        NameKind::Id(id) => {
            key.push(0);
            key.extend_from_slice(&id.to_le_bytes());
        }
        NameKind::Name(text) => {
            key.push(1);
            key.extend_from_slice(text.as_bytes());
        }
    }
    key
}

fn from_key(key: &[u8]) -> Result<PropName> {
    let parts = key.split_first_chunk::<16>().and_then(|(set, rest)| {
        let (kind, rest) = rest.split_first()?;
        let kind = match kind {
            0 => NameKind::Id(u32::from_le_bytes(rest.try_into().ok()?)),
            1 => NameKind::Name(std::str::from_utf8(rest).ok()?.into()),
            _ => return None,
        };
        Some(PropName { set: Guid(*set), kind })
    });
    parts.ok_or_else(|| Error::corrupt("the name of a property cannot be read"))
}

/// The name behind an ID.
pub(crate) fn name(connection: &Connection, id: u16) -> Result<Option<PropName>> {
    let mut select = connection.prepare_cached("SELECT key FROM name WHERE id = ?").sql()?;
    let found = select.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional().sql()?;
    found.map(|key| from_key(&key)).transpose()
}

/// The ID of a name.
pub(crate) fn id(connection: &Connection, name: &PropName) -> Result<Option<u16>> {
    let mut select = connection.prepare_cached("SELECT id FROM name WHERE key = ?").sql()?;
    select.query_row([key(name)], |row| row.get(0)).optional().sql()
}

/// The IDs of names, which get one if they have none.
///
/// # Errors
/// `MAPI_E_TOO_BIG` when the IDs are used up.
pub(crate) fn create(tx: &Connection, names: &[PropName]) -> Result<Vec<Option<u16>>> {
    let ids = names.iter().map(|name| match id(tx, name)? {
        Some(id) => Ok(Some(id)),
        None => add(tx, name).map(Some),
    });
    ids.collect()
}

fn add(tx: &Connection, name: &PropName) -> Result<u16> {
    let mut select = tx.prepare_cached("SELECT coalesce(max(id), ?) + 1 FROM name").sql()?;
    let id: i64 = select.query_row([FIRST - 1], |row| row.get(0)).sql()?;
    let number = u16::try_from(id).ok().filter(|_| id <= LAST);
    let used_up = || Error::new(ErrorCode::TOO_BIG, "the property IDs for names are used up");
    let number = number.ok_or_else(used_up)?;
    let mut insert = tx.prepare_cached("INSERT INTO name (id, key) VALUES (?, ?)").sql()?;
    insert.execute(params![id, key(name)]).sql()?;
    Ok(number)
}

/// The whole map, by ID.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(u16, PropName)>> {
    let mut select = connection.prepare_cached("SELECT id, key FROM name ORDER BY id").sql()?;
    let mut rows = select.query([]).sql()?;
    let mut names = Vec::new();
    while let Some(row) = rows.next().sql()? {
        let key = row.get_ref(1).sql()?.as_blob().unwrap_or_default();
        names.push((row.get(0).sql()?, from_key(key)?));
    }
    Ok(names)
}
