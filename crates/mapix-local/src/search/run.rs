//! Answering a search, the newest message first.

use std::cmp::Reverse;
use std::ops::ControlFlow;

use mapix_core::Result;
use mapix_core::prop::FileTime;
use mapix_core::query::{Held, Names};
use mapix_core::store::{SearchHit, SearchPlan, SearchRequest};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::folders::Place;
use super::plan::{Node, Plan, Seen};
use super::{ID_BITS, id, rowid, time};
use crate::error::Sql;
use crate::query::row::HotRow;

/// After so many messages it is asked whether looking at all rows would be quicker.
const PATIENCE: u64 = if cfg!(test) { 500 } else { 5000 };
/// It may be if not one in so many fits.
const FEW: u64 = 10;
/// How many rows are scanned in the time in which one is looked up.
const SCAN: u64 = 12;

/// Visits the messages that fit, the newest first, until the visitor breaks; those that were
/// received at the same time by their numbers, the highest first. `None` if it is asked for what
/// the index does not know.
///
/// # Errors
/// Those of the database.
pub(crate) fn search(
    connection: &Connection,
    place: Place,
    names: &dyn Names,
    request: &SearchRequest<'_>,
    each: &mut dyn FnMut(SearchHit) -> ControlFlow<()>,
) -> Result<Option<SearchPlan>> {
    if request.held.contains(&Held::Orphan) {
        return Ok(None);
    }
    let plan = Plan::new(connection, place, names, request)?;
    let mut steps = plan.steps(request.query);
    let partial = if plan.words { partial(connection)? } else { Vec::new() };
    if !partial.is_empty() {
        let count = partial.len();
        steps.push(format!("look at {count} messages of which not all words are in the index"));
    }
    let mut run =
        Run { connection, plan: &plan, partial, each, group: Vec::new(), looked: 0, kept: 0 };
    if let Next::Scan(last) = run.look_up()? {
        steps.push("few of them fit: scan the rows of all messages instead".into());
        run.scan(last)?;
    }
    Ok(Some(SearchPlan { steps }))
}

/// The row numbers of messages whose words are not all in the index, in ascending order.
fn partial(connection: &Connection) -> Result<Vec<i64>> {
    let mut select =
        connection.prepare_cached("SELECT id, time FROM place WHERE partial ORDER BY id").sql()?;
    let rows = select.query_map([], |row| Ok(rowid(row.get(1)?, row.get::<_, i64>(0)? as u64)));
    let mut found: Vec<i64> = rows.sql()?.collect::<rusqlite::Result<_>>().sql()?;
    found.sort_unstable();
    Ok(found)
}

/// What comes after messages have been looked up.
enum Next {
    Nothing,
    /// All messages up to this row number are still to be found.
    Scan(i64),
}

/// A message that fits.
#[derive(Clone, Copy)]
struct Found {
    received: Option<i64>,
    hit: SearchHit,
}

impl Found {
    /// The newest come first, those that were never received last.
    fn key(&self) -> Reverse<(Option<i64>, u64)> {
        Reverse((self.received, self.hit.message))
    }
}

struct Run<'a> {
    connection: &'a Connection,
    plan: &'a Plan,
    partial: Vec<i64>,
    each: &'a mut dyn FnMut(SearchHit) -> ControlFlow<()>,
    /// What was received in the same step of time, and is not visited yet.
    group: Vec<Found>,
    looked: u64,
    kept: u64,
}

impl Run<'_> {
    /// Goes through what the index finds, and looks each message up.
    fn look_up(&mut self) -> Result<Next> {
        let Plan { driver, first, last, .. } = self.plan;
        let (connection, text): (&Connection, _) =
            (self.connection, driver.as_ref().map(|driver| &driver.text));
        let mut select = connection
            .prepare_cached(match text {
                Some(_) => {
                    "SELECT rowid FROM fts WHERE fts MATCH ?3 AND rowid BETWEEN ?1 AND ?2
                     ORDER BY rowid DESC"
                }
                None => "SELECT rowid FROM fts WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid DESC",
            })
            .sql()?;
        let mut rows = match text {
            Some(text) => select.query(params![first, last, text]),
            None => select.query(params![first, last]),
        }
        .sql()?;
        let mut message = select_message(connection, self.plan)?;
        let mut partial = self.partial.len();
        let mut from_index = next(&mut rows)?;
        let mut collected: Option<std::vec::IntoIter<i64>> = None;
        loop {
            // Those that are not whole come from a list of their own, in their place.
            while partial > 0 && self.partial[partial - 1] > *last {
                partial -= 1;
            }
            let not_whole = partial.checked_sub(1).map(|at| self.partial[at]);
            let not_whole = not_whole.filter(|rowid| rowid >= first);
            let Some(rowid) = from_index.max(not_whole) else { break };
            let is_partial = not_whole == Some(rowid);
            if is_partial {
                partial -= 1;
            }
            if from_index == Some(rowid) {
                from_index = match &mut collected {
                    Some(rest) => rest.next(),
                    None => next(&mut rows)?,
                };
            }
            if self.group.first().is_some_and(|found| step(found) != rowid >> ID_BITS)
                && self.visit_group().is_break()
            {
                return Ok(Next::Nothing);
            }
            if self.looked == PATIENCE && self.kept * FEW < PATIENCE && rowid >> ID_BITS != 0 {
                let all = max_id(connection)?;
                let mut rest = Vec::new();
                while from_index.is_some() && (rest.len() as u64) < all / SCAN {
                    rest.extend(from_index);
                    from_index = next(&mut rows)?;
                }
                if from_index.is_some() {
                    // What is in the group is found once more.
                    self.group.clear();
                    return Ok(Next::Scan(rowid | i64::from(u32::MAX)));
                }
                let mut rest = rest.into_iter();
                from_index = rest.next();
                collected = Some(rest);
            }
            self.looked += 1;
            let found = self.message(&mut message, rowid, is_partial)?;
            if let Some(found) = found {
                self.kept += 1;
                if found.received.is_none() {
                    if (self.each)(found.hit).is_break() {
                        return Ok(Next::Nothing);
                    }
                } else {
                    self.group.push(found);
                }
            }
        }
        let _ = self.visit_group();
        Ok(Next::Nothing)
    }

    /// A message by its row number, if it fits.
    fn message(
        &self,
        select: &mut CachedStatement<'_>,
        rowid: i64,
        is_partial: bool,
    ) -> Result<Option<Found>> {
        let node = if is_partial { &self.plan.whole } else { &self.plan.rest };
        let mut rows = select.query([id(rowid) as i64]).sql()?;
        // What is in the index and nowhere else is for `check` to find.
        let Some(row) = rows.next().sql()? else { return Ok(None) };
        self.fits(row, rowid, node, is_partial)
    }

    fn fits(&self, row: &Row<'_>, rowid: i64, node: &Node, partial: bool) -> Result<Option<Found>> {
        let (folder, shelf): (i64, i64) = (row.get(1).sql()?, row.get(2).sql()?);
        let is_here = self.plan.below.as_ref().is_none_or(|below| below.contains(&folder));
        if !is_here || !self.plan.shelves.contains(&shelf) {
            return Ok(None);
        }
        let held = match shelf {
            0 => Held::Normal,
            1 => Held::Hidden,
            _ => Held::Deleted,
        };
        let hot = HotRow::new(row, &self.plan.columns, 4, true).sql()?;
        let seen = Seen { rowid, folder, held, row: &hot, partial };
        let fits = self.plan.decide(self.connection, node, &seen)?;
        if fits == Some(false) {
            return Ok(None);
        }
        let hit = SearchHit {
            message: id(rowid),
            folder: folder as u64,
            held,
            certain: fits == Some(true),
        };
        Ok(Some(Found { received: row.get(3).sql()?, hit }))
    }

    fn visit_group(&mut self) -> ControlFlow<()> {
        self.group.sort_by_key(Found::key);
        let group = std::mem::take(&mut self.group);
        group.into_iter().try_for_each(|found| (self.each)(found.hit))
    }

    /// Looks at the rows of all messages up to a row number.
    fn scan(&mut self, last: i64) -> Result<()> {
        let columns = self.plan.columns.sql();
        let sql = format!("SELECT m.id, m.folder, m.shelf, m.received, {columns} FROM msg m");
        let mut found = Vec::new();
        let mut take = |row: &Row<'_>| -> Result<()> {
            let received: Option<i64> = row.get(3).sql()?;
            let id: i64 = row.get(0).sql()?;
            let rowid = rowid(time(received.map(FileTime)), id as u64);
            if rowid > last.min(self.plan.last) || rowid < self.plan.first {
                return Ok(());
            }
            let partial = self.partial.binary_search(&rowid).is_ok();
            found.extend(self.fits(row, rowid, &self.plan.whole, partial)?);
            Ok(())
        };
        if let Some(below) = &self.plan.below {
            let one = format!("{sql} WHERE m.folder = ?");
            let mut select = self.connection.prepare_cached(&one).sql()?;
            for folder in below {
                let mut rows = select.query([folder]).sql()?;
                while let Some(row) = rows.next().sql()? {
                    take(row)?;
                }
            }
        } else {
            let mut select = self.connection.prepare_cached(&sql).sql()?;
            let mut rows = select.query([]).sql()?;
            while let Some(row) = rows.next().sql()? {
                take(row)?;
            }
        }
        found.sort_by_key(Found::key);
        let _ = found.into_iter().try_for_each(|found| (self.each)(found.hit));
        Ok(())
    }
}

fn select_message<'a>(connection: &'a Connection, plan: &Plan) -> Result<CachedStatement<'a>> {
    let sql = format!(
        "SELECT m.id, m.folder, m.shelf, m.received, {} FROM item i
         CROSS JOIN msg m ON m.folder = i.parent AND m.shelf = i.kind - 2 AND m.id = i.id
         WHERE i.id = ?",
        plan.columns.sql()
    );
    connection.prepare_cached(&sql).sql()
}

fn next(rows: &mut rusqlite::Rows<'_>) -> Result<Option<i64>> {
    rows.next().sql()?.map(|row| row.get(0)).transpose().sql()
}

/// The step of time in which a message was received.
fn step(found: &Found) -> i64 {
    time(found.received.map(FileTime))
}

/// The highest number of an object: there are not more messages.
fn max_id(connection: &Connection) -> Result<u64> {
    let mut select = connection.prepare_cached("SELECT max(id) FROM item").sql()?;
    let found: Option<Option<i64>> = select.query_row([], |row| row.get(0)).optional().sql()?;
    Ok(found.flatten().unwrap_or_default() as u64)
}
