//! A store in memory that shows its messages as other stores do: tables with few columns, deleted
//! messages, orphans, damage.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mapix_core::prop::{PropBag, PropTag};
use mapix_core::store::{InventoryItem, MemoryStore, MessageStore, ObjectRef, Row, RowSource};
use mapix_core::{Error, Result};

pub(crate) struct Shaped {
    pub(crate) inner: MemoryStore,
    /// What tables keep; `None` for all.
    pub(crate) columns: Option<Vec<PropTag>>,
    pub(crate) odd: Mutex<BTreeMap<u64, Odd>>,
    /// How often properties of messages were read.
    pub(crate) reads: AtomicUsize,
}

/// What is odd about a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Odd {
    Deleted,
    Orphan,
    /// It is in its table, but cannot be opened.
    Broken,
    /// Its row cannot be read.
    BrokenRow,
}

impl Shaped {
    pub(crate) fn new(inner: MemoryStore) -> Self {
        Self { inner, columns: None, odd: Mutex::default(), reads: AtomicUsize::new(0) }
    }

    pub(crate) fn make(&self, message: u64, odd: Odd) {
        self.odd.lock().unwrap().insert(message, odd);
    }

    pub(crate) fn odd(&self, message: u64) -> Option<Odd> {
        self.odd.lock().unwrap().get(&message).copied()
    }
}

impl MessageStore for Shaped {
    mapix_conformance::hand_on!(inner: info open_stream stamp kind parent parts entry_id resolve
        names name_ids all_names commit changes_since diagnostics);

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        if let ObjectRef::Message(place) = object {
            self.reads.fetch_add(1, Ordering::Relaxed);
            if self.odd(place.id) == Some(Odd::Broken) {
                return Err(Error::corrupt("checksum mismatch"));
            }
        }
        self.inner.properties(object, inline)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (inner, wanted) = match source {
            RowSource::Contents(id) => (RowSource::Contents(*id), [None, Some(Odd::Broken)]),
            RowSource::Deleted(id) => (RowSource::Contents(*id), [Some(Odd::Deleted); 2]),
            other => return self.inner.rows(other, columns, each),
        };
        let is_kept = |tag: &PropTag, kept: &[PropTag]| kept.iter().any(|k| k.id() == tag.id());
        let kept: Option<Vec<PropTag>> = match (columns, &self.columns) {
            (Some(columns), Some(kept)) => {
                Some(columns.iter().filter(|tag| is_kept(tag, kept)).copied().collect())
            }
            (None, Some(kept)) => Some(kept.clone()),
            (columns, None) => columns.map(<[PropTag]>::to_vec),
        };
        self.inner.rows(&inner, kept.as_deref(), &mut |row| match row {
            Ok(row) if wanted.contains(&self.odd(row.id)) => each(Ok(row)),
            Ok(row) if wanted[0].is_none() && self.odd(row.id) == Some(Odd::BrokenRow) => {
                each(Err(Error::corrupt("the row is damaged")))
            }
            Ok(_) => ControlFlow::Continue(()),
            Err(error) => each(Err(error)),
        })
    }

    fn table_columns(&self, _: &RowSource) -> Result<Option<Vec<PropTag>>> {
        Ok(self.columns.clone())
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        self.inner.inventory(&mut |mut item| {
            if self.odd(item.id) == Some(Odd::Orphan) {
                item.parent = Some(0xDEAD);
            }
            each(item)
        })
    }
}
