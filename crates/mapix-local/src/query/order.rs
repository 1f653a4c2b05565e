//! Rows in the order of sort keys, or the first of them.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use mapix_core::prop::{PropTag, PropType, Value, compare_values};
use mapix_core::store::RowQuery;
use mapix_core::table::{SortKey, SortOrder};
use mapix_core::{Error, ErrorCode, Result};

use super::is_plain;

/// Takes rows in the order of the store, and keeps those that come first.
pub(super) struct Sorted<'a> {
    keys: &'a [SortKey],
    limit: usize,
    kept: Vec<Entry>,
    /// The type of the values of each key, as soon as there is one.
    kinds: Vec<Option<PropType>>,
    /// Whether as many are kept as are wanted, in order, so that only better ones are taken.
    is_full: bool,
}

struct Entry {
    id: u64,
    values: Box<[Option<Value>]>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(query: &'a RowQuery<'a>) -> Self {
        let (keys, limit) = (query.sort, query.limit.unwrap_or(usize::MAX));
        Self { keys, limit, kept: Vec::new(), kinds: vec![None; keys.len()], is_full: false }
    }

    /// Takes a row, whose values `value` gives. Breaks when nothing that comes later is wanted.
    ///
    /// # Errors
    /// Those of `value`, and `MAPI_E_TOO_COMPLEX` for values that have no order among them.
    pub(super) fn take(
        &mut self,
        id: u64,
        value: impl Fn(PropTag) -> Result<Option<Value>>,
    ) -> Result<ControlFlow<()>> {
        let mut values = Vec::with_capacity(self.keys.len());
        // Of a row that comes after all that are kept, mostly one value tells.
        let mut worst = self.kept.last().filter(|_| self.is_full);
        for (at, key) in self.keys.iter().enumerate() {
            let found = value(key.tag)?;
            if let Some(found) = &found {
                check(&mut self.kinds[at], found)?;
            }
            if let Some(entry) = worst {
                match compare(found.as_ref(), entry.values[at].as_ref(), key.order) {
                    Ordering::Greater => return Ok(ControlFlow::Continue(())),
                    Ordering::Less => worst = None,
                    Ordering::Equal if at + 1 == self.keys.len() => {
                        return Ok(ControlFlow::Continue(()));
                    }
                    Ordering::Equal => {}
                }
            }
            values.push(found);
        }
        self.kept.push(Entry { id, values: values.into() });
        if self.keys.is_empty() {
            let is_enough = self.kept.len() >= self.limit;
            return Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
        }
        if self.kept.len() >= self.limit.saturating_mul(2).max(self.limit.saturating_add(256)) {
            self.cut();
            self.is_full = true;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The numbers of the rows.
    pub(super) fn finish(mut self) -> Vec<u64> {
        self.cut();
        self.kept.into_iter().map(|entry| entry.id).collect()
    }

    fn cut(&mut self) {
        let keys = self.keys;
        if !keys.is_empty() {
            // Equal ones stay in the order of the store.
            self.kept.sort_by(|a, b| {
                let pairs = a.values.iter().zip(&b.values).zip(keys);
                let mut orders =
                    pairs.map(|((a, b), key)| compare(a.as_ref(), b.as_ref(), key.order));
                orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            });
        }
        self.kept.truncate(self.limit);
    }
}

/// Missing values last, whatever the direction.
fn compare(a: Option<&Value>, b: Option<&Value>, order: SortOrder) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => {
            let found = compare_values(a, b).unwrap_or(Ordering::Equal);
            if order == SortOrder::Descending { found.reverse() } else { found }
        }
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// The order between values of different types, and that of large ones, is the core's.
fn check(kind: &mut Option<PropType>, value: &Value) -> Result<()> {
    let found = match value.prop_type() {
        PropType::STRING8 => PropType::UNICODE,
        PropType::MV_STRING8 => PropType::MV_UNICODE,
        other => other,
    };
    if is_plain(value) && *kind.get_or_insert(found) == found {
        return Ok(());
    }
    Err(Error::new(ErrorCode::TOO_COMPLEX, "the values have no order among them"))
}
