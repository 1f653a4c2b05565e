//! A source that remembers what it was asked for, and fails when told to.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use super::super::{Table, TableRow, TableSource};
use crate::prop::{Prop, PropBag, PropTag, Value, tags};
use crate::restriction::Candidate;
use crate::store::Row;
use crate::{Error, ErrorCode, Result};

#[derive(Default)]
pub(super) struct Fake {
    pub(super) inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) rows: Vec<(u64, Vec<Prop>)>,
    /// What is `Value::Large` in its row; `None` cannot be read.
    pub(super) large: HashMap<(u64, u16), Option<Value>>,
    /// IDs of rows that cannot be read.
    pub(super) broken: Vec<u64>,
    /// The names of recipients.
    pub(super) recipients: HashMap<u64, Vec<&'static str>>,
    pub(super) closed: bool,
    /// All reads fail.
    pub(super) fails: bool,
    pub(super) count: Option<u64>,
    pub(super) no_bookmarks: bool,
    /// The columns of each time that rows were read.
    pub(super) reads: Vec<Vec<PropTag>>,
}

impl Fake {
    pub(super) fn new(rows: Vec<(u64, Vec<Prop>)>) -> Arc<Self> {
        let fake = Self::default();
        fake.set(|inner| inner.rows = rows);
        Arc::new(fake)
    }

    /// Rows with a subject each, numbered from 1.
    pub(super) fn subjects(subjects: &[&str]) -> Arc<Self> {
        let rows = subjects.iter().zip(1..);
        Self::new(rows.map(|(text, id)| (id, vec![Prop::new(tags::SUBJECT, *text)])).collect())
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.inner.lock().unwrap());
    }

    pub(super) fn table(self: &Arc<Self>) -> Table {
        Table::new(Arc::clone(self) as Arc<dyn TableSource>)
    }

    pub(super) fn reads(&self) -> usize {
        self.inner.lock().unwrap().reads.len()
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
        let mut inner = self.inner.lock().unwrap();
        inner.reads.push(columns.to_vec());
        if inner.fails {
            return Err(Error::new(ErrorCode::DISK_ERROR, "the disk is on fire"));
        }
        for (id, props) in &inner.rows {
            if inner.broken.contains(id) {
                each(Err(Error::corrupt("checksum mismatch")));
                continue;
            }
            let wanted = |prop: &&Prop| columns.iter().any(|tag| tag.id() == prop.tag.id());
            let props: PropBag = props.iter().filter(wanted).cloned().collect();
            each(Ok(Row { id: *id, props }));
        }
        Ok(())
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
        let inner = self.inner.lock().unwrap();
        for name in inner.recipients.get(&id).into_iter().flatten() {
            let row = PropBag::from_iter([Prop::new(tags::DISPLAY_NAME, *name)]);
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

pub(super) fn ids(rows: &[TableRow]) -> Vec<u64> {
    rows.iter().map(|row| row.id).collect()
}
