//! Tables that are asked for by restriction and sort.
//!
//! SQLite compares numbers and walks indexes; text is compared here, by the core's own rules, on
//! rows of `msg` whose columns are read as they are needed. What no column shows is read from the
//! properties of the messages. Whatever cannot be decided so is left to the core, which decides it
//! by the same rules, only later.

mod order;
mod push;
pub(crate) mod row;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use mapix_core::prop::{PropTag, Value, tags};
use mapix_core::restriction::{Candidate, Matcher, Restriction};
use mapix_core::store::{ItemKind, RowQuery, RowSource};
use mapix_core::table::{SortKey, SortOrder};
use mapix_core::{Result, is_computed_column};
use rusqlite::{Connection, params_from_iter};

use crate::error::Sql;
use crate::hot::position;
use crate::read;
use crate::rows::Visit;
use order::{Sorted, append, append_hot};
use row::{Columns, HotRow};

/// The numbers of the rows that fit, in order; `None` if the core has to evaluate them.
///
/// # Errors
/// Those of the database, and `MAPI_E_NOT_FOUND` if there is no such table.
pub(crate) fn query(connection: &Connection, query: &RowQuery<'_>) -> Result<Option<Vec<u64>>> {
    let (folder, shelf) = match *query.source {
        RowSource::Contents(folder) => (folder, "m.shelf = 0"),
        RowSource::Associated(folder) => (folder, "m.shelf = 1"),
        RowSource::Deleted(folder) => (folder, "m.shelf >= 2"),
        _ => return Ok(None),
    };
    let kind = read::folder(connection, folder)?.kind;
    let matcher = query.restriction.map(Matcher::new).transpose()?;
    let mut tags = query.restriction.map(Restriction::columns).unwrap_or_default();
    tags.extend(query.sort.iter().map(|key| key.tag));
    let is_simple = query.sort.iter().all(|key| {
        matches!(key.order, SortOrder::Ascending | SortOrder::Descending) && !is_instance(key.tag)
    });
    let is_hard = query
        .restriction
        .is_some_and(|restriction| restriction.needs_subobjects() || counts(restriction));
    if !is_simple || is_hard || tags.iter().any(|tag| is_computed_column(*tag)) {
        return Ok(None);
    }
    let asked = Asked { connection, folder, shelf, query, matcher, tags };
    if query.limit == Some(0) {
        return Ok(Some(Vec::new()));
    }
    let is_linked =
        kind == ItemKind::SearchFolder && matches!(query.source, RowSource::Contents(_));
    if !is_linked && asked.tags.iter().all(|tag| position(tag.id()).is_some()) {
        if let Some(ids) = asked.by_received()? {
            return Ok(Some(ids));
        }
        if let Some(ids) = asked.by_columns()? {
            return Ok(Some(ids));
        }
    }
    asked.by_properties()
}

/// Whether rows are counted. The matcher has seen that the tree is not too deep.
fn counts(restriction: &Restriction) -> bool {
    match restriction {
        Restriction::Count { .. } => true,
        Restriction::And(all) | Restriction::Or(all) => all.iter().any(counts),
        Restriction::Not(inner) | Restriction::Sub { restriction: inner, .. } => counts(inner),
        Restriction::Comment { restriction: Some(inner), .. } => counts(inner),
        _ => false,
    }
}

/// Whether each value of a multivalue is to be a row.
fn is_instance(tag: PropTag) -> bool {
    const MV_INSTANCE: u16 = 0x2000;
    tag.prop_type().0 & MV_INSTANCE != 0
}

/// What the core fills in where it is missing; where it is, the core decides.
const FILLED_IN: [PropTag; 2] = [tags::MESSAGE_CLASS, tags::MESSAGE_FLAGS];

struct Asked<'a> {
    connection: &'a Connection,
    folder: u64,
    shelf: &'static str,
    query: &'a RowQuery<'a>,
    matcher: Option<Matcher>,
    /// What is looked at.
    tags: Vec<PropTag>,
}

impl Asked<'_> {
    /// By the index of times, if that is the order.
    fn by_received(&self) -> Result<Option<Vec<u64>>> {
        let [SortKey { tag: tags::MESSAGE_DELIVERY_TIME, order }] = *self.query.sort else {
            return Ok(None);
        };
        if self.query.restriction.is_some() || self.shelf.contains('>') {
            return Ok(None);
        }
        let limit = self.query.limit.map_or(-1, |limit| limit as i64);
        // Those of one time are in the order of the store. The index has them backwards if it is
        // walked so; to sort them is for few only.
        let backwards = order == SortOrder::Descending && limit < 0;
        let by_time = match order {
            _ if backwards => "m.received DESC, m.id DESC",
            SortOrder::Descending => "m.received DESC, m.id",
            _ => "m.received, m.id",
        };
        let from = format!(
            "FROM msg m INDEXED BY msg_received WHERE m.folder = ? AND {} AND m.received IS",
            self.shelf
        );
        let sql = format!("SELECT m.id, m.received {from} NOT NULL ORDER BY {by_time} LIMIT ?");
        let mut select = self.connection.prepare_cached(&sql).sql()?;
        let mut rows = select.query([self.folder as i64, limit]).sql()?;
        let mut ids: Vec<u64> = Vec::new();
        let (mut same, mut last) = (0, None);
        while let Some(row) = rows.next().sql()? {
            if backwards {
                let time: Option<i64> = row.get(1).sql()?;
                if time != last {
                    ids[same..].reverse();
                    (same, last) = (ids.len(), time);
                }
            }
            ids.push(row.get::<_, i64>(0).sql()? as u64);
        }
        if backwards {
            ids[same..].reverse();
        }
        if limit >= 0 && ids.len() as i64 >= limit {
            return Ok(Some(ids));
        }
        // Missing values come last, whatever the order.
        let left = if limit < 0 { limit } else { limit - ids.len() as i64 };
        let sql = format!("SELECT m.id, m.odd {from} NULL ORDER BY m.id LIMIT ?");
        let mut select = self.connection.prepare_cached(&sql).sql()?;
        let mut rows = select.query([self.folder as i64, left]).sql()?;
        while let Some(row) = rows.next().sql()? {
            if row.get::<_, i64>(1).sql()? & 1 != 0 {
                // Something else stands in the place of the time.
                return Ok(None);
            }
            ids.push(row.get::<_, i64>(0).sql()? as u64);
        }
        Ok(Some(ids))
    }

    /// By the columns of `msg`; `None` where they do not show what is needed.
    fn by_columns(&self) -> Result<Option<Vec<u64>>> {
        let columns = Columns::of(self.tags.iter().copied());
        let pushed = push::conditions(self.query.restriction);
        let sql = format!(
            "SELECT m.id, {} FROM msg m WHERE m.folder = ? AND {}{} ORDER BY m.id",
            columns.sql(),
            self.shelf,
            pushed.sql
        );
        let mut select = self.connection.prepare_cached(&sql).sql()?;
        let values = std::iter::once((self.folder as i64).into()).chain(pushed.values);
        let mut rows = select.query(params_from_iter(values)).sql()?;
        let mut sorted = Sorted::new(self.query);
        let filled_in = FILLED_IN.map(PropTag::id).map(position);
        let filled_in: Vec<usize> =
            filled_in.into_iter().flatten().filter(|at| columns.place(*at).is_some()).collect();
        while let Some(row) = rows.next().sql()? {
            let hot = HotRow::new(row, &columns, 1, false).sql()?;
            if filled_in.iter().any(|at| hot.get(*at).is_none()) {
                return Ok(None);
            }
            match self.matcher.as_ref().map_or(Ok(true), |matcher| matcher.matches(&hot)) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(_) => return Ok(None),
            }
            let id = row.get::<_, i64>(0).sql()? as u64;
            match sorted.take(id, |key, out| append_hot(key, &hot, out)) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => break,
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(sorted.finish()))
    }

    /// By the properties of each message; `None` where the core has to look at one.
    fn by_properties(&self) -> Result<Option<Vec<u64>>> {
        let mut sorted = Sorted::new(self.query);
        let mut is_decided = true;
        let visit = Visit::new(self.connection, Some(&self.tags));
        let looks_at = |tag: &PropTag| self.tags.iter().any(|other| other.id() == tag.id());
        let filled_in: Vec<PropTag> = FILLED_IN.into_iter().filter(looks_at).collect();
        visit.rows(
            self.query.source,
            &mut |row| {
                let taken = row.and_then(|row| {
                    if filled_in.iter().any(|tag| row.props.get(*tag).is_none()) {
                        return Ok(None);
                    }
                    let fits = self.matcher.as_ref().map_or(Ok(true), |m| m.matches(&row.props))?;
                    if !fits {
                        return Ok(Some(ControlFlow::Continue(())));
                    }
                    let field = |key: &SortKey, out: &mut Vec<u8>| {
                        append(key, row.props.value(key.tag)?.as_deref(), out)
                    };
                    sorted.take(row.id, field).map(Some)
                });
                if let Ok(Some(flow)) = taken {
                    return flow;
                }
                is_decided = false;
                ControlFlow::Break(())
            },
            &mut |_, _, _| {},
        )?;
        Ok(is_decided.then(|| sorted.finish()))
    }
}

/// Whether the core compares a value as it is.
fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Large(..) | Value::Error(_) | Value::Null | Value::Raw(..))
}
