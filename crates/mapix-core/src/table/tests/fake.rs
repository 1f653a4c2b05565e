//! A source that remembers what it was asked for, and fails when told to.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use super::super::{SortKey, SortOrder, Table, TableRow, TableSource};
use crate::prop::{Prop, PropBag, PropTag, Value, compare_values, tags};
use crate::restriction::{Candidate, Matcher, Restriction};
use crate::store::Row;
use crate::{Error, ErrorCode, Result};

#[derive(Default)]
pub(in super::super) struct Fake {
    pub(in super::super) inner: Mutex<Inner>,
}

#[derive(Default)]
pub(in super::super) struct Inner {
    pub(in super::super) rows: Vec<(u64, Vec<Prop>)>,
    /// What is `Value::Large` in its row; `None` cannot be read.
    pub(in super::super) large: HashMap<(u64, u16), Option<Value>>,
    /// IDs of rows that cannot be read.
    pub(in super::super) broken: Vec<u64>,
    /// The names of recipients.
    pub(in super::super) recipients: HashMap<u64, Vec<&'static str>>,
    pub(in super::super) closed: bool,
    /// All reads fail.
    pub(in super::super) fails: bool,
    pub(in super::super) count: Option<u64>,
    pub(in super::super) no_bookmarks: bool,
    pub(in super::super) answers: Answers,
    /// The limits of all queries.
    pub(in super::super) limits: Vec<Option<usize>>,
    /// The columns of each time that rows were read.
    pub(in super::super) reads: Vec<Vec<PropTag>>,
}

/// What the source can do better than to give all its rows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in super::super) enum Answers {
    #[default]
    Nothing,
    /// It finds rows by their numbers.
    Numbers,
    /// It answers queries, too.
    Queries,
    /// It answers those queries that have no restriction.
    SomeQueries,
}

impl Fake {
    pub(in super::super) fn new(rows: Vec<(u64, Vec<Prop>)>) -> Arc<Self> {
        let fake = Self::default();
        fake.set(|inner| inner.rows = rows);
        Arc::new(fake)
    }

    /// Rows with a subject each, numbered from 1.
    pub(in super::super) fn subjects(subjects: &[&str]) -> Arc<Self> {
        let rows = subjects.iter().zip(1..);
        Self::new(rows.map(|(text, id)| (id, vec![Prop::new(tags::SUBJECT, *text)])).collect())
    }

    pub(in super::super) fn set(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.inner.lock().unwrap());
    }

    pub(in super::super) fn table(self: &Arc<Self>) -> Table {
        Table::new(Arc::clone(self) as Arc<dyn TableSource>)
    }

    pub(in super::super) fn reads(&self) -> usize {
        self.inner.lock().unwrap().reads.len()
    }
}

impl Fake {
    fn read(&self, columns: &[PropTag]) -> Result<Vec<Result<Row>>> {
        let mut inner = self.inner.lock().unwrap();
        inner.reads.push(columns.to_vec());
        if inner.fails {
            return Err(Error::new(ErrorCode::DISK_ERROR, "the disk is on fire"));
        }
        let row = |(id, props): &(u64, Vec<Prop>)| {
            if inner.broken.contains(id) {
                return Err(Error::corrupt("checksum mismatch"));
            }
            let wanted = |prop: &&Prop| columns.iter().any(|tag| tag.id() == prop.tag.id());
            Ok(Row { id: *id, props: props.iter().filter(wanted).cloned().collect() })
        };
        Ok(inner.rows.iter().map(row).collect())
    }

    fn whole(&self, row: &Row, tag: PropTag) -> Option<Value> {
        match row.props.get(tag)? {
            Value::Large(..) => self.load(row.id, tag).ok(),
            value => Some(value.clone()),
        }
    }

    fn compare(&self, key: &SortKey, a: &Row, b: &Row) -> Ordering {
        match (self.whole(a, key.tag), self.whole(b, key.tag)) {
            (Some(a), Some(b)) if key.order == SortOrder::Descending => compare(&b, &a),
            (Some(a), Some(b)) => compare(&a, &b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    compare_values(a, b).unwrap_or(Ordering::Equal)
}

/// A row with what is too large for it.
struct Whole<'a> {
    fake: &'a Fake,
    row: &'a Row,
}

impl Candidate for Whole<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        self.row.props.value(tag)
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        self.fake.load(self.row.id, tag)
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.fake.subobjects(self.row.id, tag, each)
    }
}

impl TableSource for Fake {
    fn check(&self) -> Result<()> {
        if self.inner.lock().unwrap().closed {
            return Err(Error::new(ErrorCode::INVALID_OBJECT, "logged off"));
        }
        Ok(())
    }

    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()> {
        self.read(columns)?.into_iter().for_each(each);
        Ok(())
    }

    fn finds_rows(&self) -> Result<bool> {
        Ok(self.inner.lock().unwrap().answers != Answers::Nothing)
    }

    fn rows_of(
        &self,
        ids: &[u64],
        columns: &[PropTag],
        each: &mut dyn FnMut(Result<Row>),
    ) -> Result<()> {
        assert!(ids.is_sorted_by(|a, b| a < b), "each is asked for once");
        let found = self.read(columns)?.into_iter();
        found.filter(|row| row.as_ref().map_or(true, |row| ids.contains(&row.id))).for_each(each);
        Ok(())
    }

    /// Looks at each row and puts it after all that do not come after it.
    fn query(
        &self,
        restriction: Option<&Restriction>,
        sort: &[SortKey],
        limit: Option<usize>,
    ) -> Result<Option<Vec<u64>>> {
        let answers = self.inner.lock().unwrap().answers;
        let declines = answers == Answers::SomeQueries && restriction.is_some();
        if answers == Answers::Numbers || declines {
            return Ok(None);
        }
        self.set(|inner| inner.limits.push(limit));
        let matcher = restriction.map(Matcher::new).transpose()?;
        let mut found: Vec<Row> = Vec::new();
        let rows = self.inner.lock().unwrap().rows.clone();
        for (id, props) in rows {
            let row = Row { id, props: props.into_iter().collect() };
            let fits = |matcher: &Matcher| matcher.matches(&Whole { fake: self, row: &row });
            if matcher.as_ref().is_some_and(|matcher| !fits(matcher).unwrap_or(false)) {
                continue;
            }
            let later = |other: &Row| {
                let orders = sort.iter().map(|key| self.compare(key, &row, other));
                orders.into_iter().find(|order| order.is_ne()) == Some(Ordering::Less)
            };
            let at = found.iter().position(later).unwrap_or(found.len());
            found.insert(at, row);
        }
        Ok(Some(found.iter().map(|row| row.id).take(limit.unwrap_or(usize::MAX)).collect()))
    }

    fn default_columns(&self) -> Vec<PropTag> {
        vec![tags::SUBJECT]
    }

    fn all_columns(&self) -> Result<Vec<PropTag>> {
        Ok(vec![tags::SUBJECT, tags::INSTANCE_KEY])
    }

    fn row_count(&self) -> Result<Option<u64>> {
        Ok(self.inner.lock().unwrap().count)
    }

    fn has_bookmarks(&self) -> bool {
        !self.inner.lock().unwrap().no_bookmarks
    }

    fn load(&self, id: u64, tag: PropTag) -> Result<Value> {
        let inner = self.inner.lock().unwrap();
        let value = inner.large.get(&(id, tag.id())).cloned().flatten();
        value.ok_or_else(|| Error::corrupt("the block is damaged"))
    }

    fn subobjects(
        &self,
        id: u64,
        _tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let names = self.inner.lock().unwrap().recipients.get(&id).cloned();
        for name in names.into_iter().flatten() {
            let row = PropBag::from_iter([Prop::new(tags::DISPLAY_NAME, name)]);
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

pub(in super::super) fn ids(rows: &[TableRow]) -> Vec<u64> {
    rows.iter().map(|row| row.id).collect()
}
