//! The folders of a store, as searches see them.

use std::collections::{HashMap, HashSet};

use mapix_core::Result;
use mapix_core::prop::{PropBag, tags};
use mapix_core::query::FolderPattern;
use rusqlite::Connection;

use crate::codec::decode_bag;
use crate::error::Sql;

/// Where paths begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The root folder.
    pub(crate) root: u64,
    /// The root of what users see, if the store names one.
    pub(crate) top: Option<u64>,
}

/// Hierarchies deeper than this are taken for circles.
const DEEPEST: usize = 1000;

/// A folder and all below it.
pub(super) fn below(connection: &Connection, folder: u64) -> Result<HashSet<i64>> {
    let sql = "WITH RECURSIVE below (id) AS (
                   SELECT ?1 UNION SELECT f.id FROM folder f JOIN below b ON f.parent = b.id)
               SELECT id FROM below";
    let mut select = connection.prepare_cached(sql).sql()?;
    let found = select.query_map([folder as i64], |row| row.get(0)).sql()?;
    found.collect::<rusqlite::Result<_>>().sql()
}

/// The folders that patterns mean, for each pattern.
pub(super) fn matching(
    connection: &Connection,
    place: Place,
    patterns: &[&FolderPattern],
) -> Result<Vec<HashSet<i64>>> {
    let mut found = vec![HashSet::new(); patterns.len()];
    if patterns.is_empty() {
        return Ok(found);
    }
    let mut select = connection
        .prepare_cached("SELECT f.id, f.parent, o.props FROM folder f LEFT JOIN obj o USING (id)")
        .sql()?;
    let mut rows = select.query([]).sql()?;
    let mut folders: HashMap<i64, (Option<i64>, String)> = HashMap::new();
    while let Some(row) = rows.next().sql()? {
        let props: Option<Vec<u8>> = row.get(2).sql()?;
        let bag = props.map_or_else(|| Ok(PropBag::new()), |props| decode_bag(&props));
        let name = bag.ok().and_then(|bag| bag.text(tags::DISPLAY_NAME)).unwrap_or_default();
        folders.insert(row.get(0).sql()?, (row.get(1).sql()?, name));
    }
    for id in folders.keys() {
        let path = path(&folders, *id, place);
        for (pattern, found) in patterns.iter().zip(&mut found) {
            if pattern.matches(&path) {
                found.insert(*id);
            }
        }
    }
    Ok(found)
}

/// The names from below the visible top, or else from below the root.
fn path(
    folders: &HashMap<i64, (Option<i64>, String)>,
    folder: i64,
    Place { root, top }: Place,
) -> Vec<String> {
    let mut names = Vec::new();
    let mut here = folder;
    while here != root as i64 && names.len() < DEEPEST {
        let Some((parent, name)) = folders.get(&here) else { break };
        names.push(name.clone());
        match parent {
            Some(parent) if Some(*parent as u64) != top => here = *parent,
            _ => break,
        }
    }
    names.reverse();
    names
}
