//! From a query to what is asked of the index, and of each message that it finds.

use std::cell::{Cell, OnceCell};
use std::collections::HashSet;

use mapix_core::prop::PropTag;
use mapix_core::query::{self, DateField, DateSpan, FolderPattern, Held, Names, Query};
use mapix_core::restriction::{Candidate, Matcher, Restriction};
use mapix_core::store::SearchRequest;
use mapix_core::{Error, Result};
use rusqlite::Connection;

use super::expression::{Expression, of_query, of_text};
use super::folders::{self, Place};
use super::time;
use crate::error::Sql;
use crate::hot::position;
use crate::query::row::Columns;

/// The most messages that one term is remembered for, and all together.
const MOST_REMEMBERED: usize = 4 << 20;

/// How a query is answered.
pub(super) struct Plan {
    /// What is asked of the index; `None` if it is gone through from the newest on.
    pub(super) driver: Option<Expression>,
    /// What else a message must fit.
    pub(super) rest: Node,
    /// The same without a driver.
    pub(super) whole: Node,
    /// The row numbers that can fit.
    pub(super) first: i64,
    pub(super) last: i64,
    /// Whether words matter, so that messages whose words are not all in the index may fit.
    pub(super) words: bool,
    /// What is read of `msg`.
    pub(super) columns: Columns,
    /// Only these folders.
    pub(super) below: Option<HashSet<i64>>,
    /// Only these shelves of `msg`.
    pub(super) shelves: Vec<i64>,
    terms: Vec<Term>,
    left: Cell<usize>,
}

/// A term that the index answers.
struct Term {
    expression: Expression,
    /// The row numbers that it finds, in ascending order; `None` if they are too many.
    found: OnceCell<Option<Vec<i64>>>,
}

/// What a message must fit, decided as far as its row and the index tell.
pub(super) enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Words(usize),
    Held(Held),
    Folder(HashSet<i64>),
    Row(Box<Matcher>),
    Unknown,
}

/// A message as the plan sees it.
pub(super) struct Seen<'a> {
    pub(super) rowid: i64,
    pub(super) folder: i64,
    pub(super) held: Held,
    pub(super) row: &'a dyn Candidate,
    /// Whether the index does not have all of its words.
    pub(super) partial: bool,
}

impl Plan {
    pub(super) fn new(
        connection: &Connection,
        place: Place,
        names: &dyn Names,
        request: &SearchRequest<'_>,
    ) -> Result<Self> {
        let query = request.query;
        let patterns: Vec<&FolderPattern> = query
            .terms()
            .filter_map(|(_, term)| match term {
                Query::Folder(pattern) => Some(pattern),
                _ => None,
            })
            .collect();
        let folders = folders::matching(connection, place, &patterns)?;
        let mut compiler = Compiler {
            names,
            folders: folders.into_iter(),
            terms: Vec::new(),
            tags: Vec::new(),
            words: false,
        };
        let whole = compiler.node(query)?;
        compiler.folders = folders::matching(connection, place, &patterns)?.into_iter();
        let driver = of_query(query);
        let rest = match (&driver, query) {
            (Some(driver), _) if driver.exact => Node::All(Vec::new()),
            (Some(_), Query::And(all)) => {
                let rest = all.iter().map(|part| {
                    let node = compiler.node(part)?;
                    Ok(match of_query(part) {
                        Some(found) if found.exact => None,
                        _ => Some(node),
                    })
                });
                Node::All(rest.filter_map(Result::transpose).collect::<Result<_>>()?)
            }
            _ => compiler.node(query)?,
        };
        let (first, last) = bounds(query);
        let below = request.below.map(|folder| folders::below(connection, folder)).transpose()?;
        let shelves = request.held.iter().flat_map(|held| match held {
            Held::Normal => vec![0],
            Held::Hidden => vec![1],
            Held::Deleted => vec![2, 3],
            Held::Orphan => Vec::new(),
        });
        Ok(Self {
            driver,
            rest,
            whole,
            first,
            last,
            words: compiler.words,
            columns: Columns::of(compiler.tags),
            below,
            shelves: shelves.collect(),
            terms: compiler.terms,
            left: Cell::new(MOST_REMEMBERED),
        })
    }

    /// Whether a message fits; `None` if that is not sure.
    pub(super) fn decide(
        &self,
        connection: &Connection,
        node: &Node,
        seen: &Seen<'_>,
    ) -> Result<Option<bool>> {
        Ok(match node {
            Node::All(nodes) => {
                let mut sure = Some(true);
                for node in nodes {
                    match self.decide(connection, node, seen)? {
                        Some(false) => return Ok(Some(false)),
                        Some(true) => {}
                        None => sure = None,
                    }
                }
                sure
            }
            Node::Any(nodes) => {
                let mut sure = Some(false);
                for node in nodes {
                    match self.decide(connection, node, seen)? {
                        Some(true) => return Ok(Some(true)),
                        Some(false) => {}
                        None => sure = None,
                    }
                }
                sure
            }
            Node::Not(inner) => self.decide(connection, inner, seen)?.map(|holds| !holds),
            Node::Words(_) if seen.partial => None,
            Node::Words(term) => {
                let term = &self.terms[*term];
                match self.found(connection, term)? {
                    Some(found) if found.binary_search(&seen.rowid).is_err() => Some(false),
                    Some(_) if term.expression.exact => Some(true),
                    _ => None,
                }
            }
            Node::Held(held) => Some(*held == seen.held),
            Node::Folder(folders) => Some(folders.contains(&seen.folder)),
            Node::Row(matcher) => matcher.matches(seen.row).ok(),
            Node::Unknown => None,
        })
    }

    fn found<'a>(&self, connection: &Connection, term: &'a Term) -> Result<Option<&'a [i64]>> {
        if let Some(found) = term.found.get() {
            return Ok(found.as_deref());
        }
        let mut select = connection
            .prepare_cached("SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rowid")
            .sql()?;
        let mut rows = select.query([&term.expression.text]).sql()?;
        let (mut found, mut left) = (Vec::new(), self.left.get());
        while let Some(row) = rows.next().sql()? {
            if left == 0 {
                return Ok(term.found.get_or_init(|| None).as_deref());
            }
            left -= 1;
            found.push(row.get(0).sql()?);
        }
        self.left.set(left);
        Ok(term.found.get_or_init(|| Some(found)).as_deref())
    }

    /// The plan in words.
    pub(super) fn steps(&self, query: &Query) -> Vec<String> {
        let mut steps = Vec::new();
        let words = |expression: &Expression| expression.text.clone();
        match &self.driver {
            Some(driver) => {
                steps.push(format!("ask the full-text index for {}, newest first", words(driver)));
            }
            None => steps.push("go through all messages, newest first".into()),
        }
        if self.first > 0 || self.last < i64::MAX {
            steps.push("between the times of the query only".into());
        }
        let mut rest = Rest::default();
        rest.add(&self.rest);
        if let Some(below) = &self.below {
            steps.push(format!("keep those in {} folders", below.len()));
        }
        if rest.rows > 0 {
            steps.push(format!("keep those whose rows fit ({} terms)", rest.rows));
        }
        if rest.words > 0 {
            steps.push(format!("keep those with or without other words ({} terms)", rest.words));
        }
        if rest.places > 0 {
            steps.push(format!("keep those in the right place ({} terms)", rest.places));
        }
        let unsure = self.driver.as_ref().is_some_and(|driver| !driver.exact && rest.is_empty());
        if rest.unknown > 0 || unsure {
            steps.push(format!("look at each message that is left: {query}"));
        }
        steps
    }
}

/// How many terms are left, by what decides them.
#[derive(Default)]
struct Rest {
    rows: usize,
    words: usize,
    places: usize,
    unknown: usize,
}

impl Rest {
    fn add(&mut self, node: &Node) {
        match node {
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| self.add(node)),
            Node::Not(inner) => self.add(inner),
            Node::Words(_) => self.words += 1,
            Node::Row(_) => self.rows += 1,
            Node::Held(_) | Node::Folder(_) => self.places += 1,
            Node::Unknown => self.unknown += 1,
        }
    }

    fn is_empty(&self) -> bool {
        self.rows + self.words + self.places + self.unknown == 0
    }
}

/// Makes nodes.
struct Compiler<'a> {
    names: &'a dyn Names,
    /// The folders of each pattern, from left to right.
    folders: std::vec::IntoIter<HashSet<i64>>,
    terms: Vec<Term>,
    tags: Vec<PropTag>,
    words: bool,
}

impl Compiler<'_> {
    fn node(&mut self, query: &Query) -> Result<Node> {
        Ok(match query {
            Query::All => Node::All(Vec::new()),
            Query::And(all) => {
                Node::All(all.iter().map(|part| self.node(part)).collect::<Result<_>>()?)
            }
            Query::Or(any) => {
                Node::Any(any.iter().map(|part| self.node(part)).collect::<Result<_>>()?)
            }
            Query::Not(inner) => Node::Not(Box::new(self.node(inner)?)),
            Query::Text { field, text } => {
                self.words = true;
                match of_text(*field, text) {
                    Some(expression) => {
                        self.terms.push(Term { expression, found: OnceCell::new() });
                        Node::Words(self.terms.len() - 1)
                    }
                    None => Node::Unknown,
                }
            }
            Query::Held(held) => Node::Held(*held),
            Query::Folder(_) => {
                Node::Folder(self.folders.next().ok_or_else(|| Error::corrupt("no folders"))?)
            }
            term => self.row(&term.to_restriction(self.names, &query::Place::default())?)?,
        })
    }

    /// A term about properties: decided by the row if all of them have a column.
    fn row(&mut self, restriction: &Restriction) -> Result<Node> {
        let tags = restriction.columns();
        let is_hot = tags.iter().all(|tag| position(tag.id()).is_some());
        if !is_hot || restriction.needs_subobjects() {
            return Ok(Node::Unknown);
        }
        self.tags.extend(tags);
        Ok(Node::Row(Box::new(Matcher::new(restriction)?)))
    }
}

/// The row numbers that can fit: those of the times of which the query speaks.
fn bounds(query: &Query) -> (i64, i64) {
    let parts = match query {
        Query::And(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let (mut first, mut last) = (0, i64::MAX);
    for part in parts {
        if let Query::Date { field: DateField::Received, span: DateSpan { from, until } } = part {
            if let Some(from) = from {
                first = first.max(super::rowid(time(Some(*from)), 0));
            }
            if let Some(until) = until {
                last = last.min(super::rowid(time(Some(*until)), u64::MAX));
            }
            first = first.max(super::rowid(1, 0));
        }
    }
    (first, last)
}
