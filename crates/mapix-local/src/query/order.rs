//! Rows in the order of sort keys, or the first of them.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use mapix_core::prop::{PropType, Value};
use mapix_core::store::RowQuery;
use mapix_core::table::{SortKey, SortOrder, sort_field, sort_text};
use mapix_core::{Error, ErrorCode, Result};
use rusqlite::types::ValueRef;

use super::is_plain;
use super::row::HotRow;
use crate::hot::{HOT, from_column};

/// Takes rows in the order of the store, and keeps those that come first.
pub(super) struct Sorted<'a> {
    sort: &'a [SortKey],
    limit: usize,
    /// The rows that are kept, and where the key of each ends in `keys`.
    ids: Vec<u64>,
    ends: Vec<u32>,
    keys: Vec<u8>,
    /// The key of the last of them, if as many are kept as are wanted: only better ones are taken.
    worst: Option<Vec<u8>>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(query: &'a RowQuery<'a>) -> Self {
        let (sort, limit) = (query.sort, query.limit.unwrap_or(usize::MAX));
        let (ids, ends, keys) = Default::default();
        Self { sort, limit, ids, ends, keys, worst: None }
    }

    /// Takes a row, of whose key `append` appends one field after the other: in bytes of which the
    /// smaller come first, and no field is the beginning of another one in its place. Breaks when
    /// nothing that comes later is wanted.
    ///
    /// # Errors
    /// Those of `append`, and `MAPI_E_TOO_COMPLEX` if the keys take more than 4 GiB.
    pub(super) fn take(
        &mut self,
        id: u64,
        append: impl Fn(&SortKey, &mut Vec<u8>) -> Result<()>,
    ) -> Result<ControlFlow<()>> {
        let start = self.keys.len();
        // Of a row that comes after all that are kept, mostly one value tells.
        let mut worst = self.worst.as_deref();
        for key in self.sort {
            append(key, &mut self.keys)?;
            let so_far = &self.keys[start..];
            let Some(last) = worst.filter(|last| !last.starts_with(so_far)) else { continue };
            if so_far > last {
                self.keys.truncate(start);
                return Ok(ControlFlow::Continue(()));
            }
            worst = None;
        }
        if worst.is_some() {
            // Equal to the last, and behind it.
            self.keys.truncate(start);
            return Ok(ControlFlow::Continue(()));
        }
        self.ids.push(id);
        if self.sort.is_empty() {
            let is_enough = self.ids.len() >= self.limit;
            return Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
        }
        let too_big = |_| Error::new(ErrorCode::TOO_COMPLEX, "the sort keys take more than 4 GiB");
        self.ends.push(u32::try_from(self.keys.len()).map_err(too_big)?);
        if self.ids.len() >= self.limit.saturating_mul(2).max(self.limit.saturating_add(256)) {
            self.cut();
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The numbers of the rows.
    pub(super) fn finish(self) -> Vec<u64> {
        if self.sort.is_empty() {
            return self.ids;
        }
        let order = self.order();
        order.into_iter().take(self.limit).map(|(_, row)| self.ids[row as usize]).collect()
    }

    /// Drops what is not wanted.
    fn cut(&mut self) {
        let mut order = self.order();
        order.truncate(self.limit);
        let (mut ids, mut ends, mut keys): (Vec<u64>, Vec<u32>, Vec<u8>) = Default::default();
        for (_, row) in &order {
            ids.push(self.ids[*row as usize]);
            keys.extend_from_slice(self.key(*row));
            ends.push(keys.len() as u32);
        }
        self.worst = order.last().map(|(_, row)| self.key(*row).to_vec());
        (self.ids, self.ends, self.keys) = (ids, ends, keys);
    }

    fn key(&self, row: u32) -> &[u8] {
        let row = row as usize;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.keys[start..self.ends[row] as usize]
    }

    /// The rows in the order of their keys, equal ones as they came, each with what tells most of
    /// them apart.
    fn order(&self) -> Vec<(u128, u32)> {
        const HEAD: usize = size_of::<u128>();
        let rows = 0..self.ids.len() as u32;
        let first = if rows.is_empty() { &[][..] } else { self.key(0) };
        let common = rows.clone().fold(first.len(), |common, row| {
            let pairs = first[..common].iter().zip(self.key(row));
            pairs.take_while(|(a, b)| a == b).count()
        });
        let rest = |row: u32, from: usize| self.key(row).get(from..).unwrap_or_default();
        let head = |row: u32| {
            let mut bytes = [0; HEAD];
            let key = rest(row, common);
            let len = key.len().min(HEAD);
            bytes[..len].copy_from_slice(&key[..len]);
            u128::from_be_bytes(bytes)
        };
        let mut order: Vec<(u128, u32)> = rows.map(|row| (head(row), row)).collect();
        order.sort_unstable_by(|a, b| {
            let tail = |row: u32| rest(row, common + HEAD);
            match a.0.cmp(&b.0) {
                Ordering::Equal => tail(a.1).cmp(tail(b.1)).then(a.1.cmp(&b.1)),
                unequal => unequal,
            }
        });
        order
    }
}

/// Appends the field of a property that was read.
///
/// # Errors
/// `MAPI_E_TOO_COMPLEX` for a value that the core has to look at.
pub(super) fn append(key: &SortKey, value: Option<&Value>, out: &mut Vec<u8>) -> Result<()> {
    if value.is_some_and(|value| !is_plain(value)) {
        return Err(Error::new(ErrorCode::TOO_COMPLEX, "the value is not at hand"));
    }
    sort_field(out, value, key.order);
    Ok(())
}

/// Appends the field of a column of `msg`: shorter than that of any value, as all values of a
/// column have one type.
///
/// # Errors
/// `MAPI_E_TOO_COMPLEX` for a value that the column does not show.
pub(super) fn append_hot(key: &SortKey, row: &HotRow<'_, '_>, out: &mut Vec<u8>) -> Result<()> {
    // Missing values come last, whatever the direction.
    const PRESENT: u8 = 1;
    const MISSING: u8 = 2;
    let Some(at) = row.place_of(key.tag)? else {
        out.push(MISSING);
        return Ok(());
    };
    let start = out.len() + 1;
    match (HOT[at].tag.prop_type(), row.column(at)) {
        (PropType::UNICODE, Some(ValueRef::Text(text))) => match std::str::from_utf8(text) {
            Ok(text) => {
                out.push(PRESENT);
                sort_text(out, text);
                out.push(0);
            }
            Err(_) => out.push(MISSING),
        },
        (PropType::I32 | PropType::BOOL | PropType::TIME, Some(ValueRef::Integer(number))) => {
            out.push(PRESENT);
            match HOT[at].tag.prop_type() {
                PropType::BOOL => out.push((number != 0).into()),
                PropType::TIME => out.extend((number ^ i64::MIN).to_be_bytes()),
                _ => match i32::try_from(number) {
                    Ok(number) => out.extend((number ^ i32::MIN).to_be_bytes()),
                    Err(_) => *out.last_mut().unwrap_or(&mut 0) = MISSING,
                },
            }
        }
        (_, column) => {
            let value = column.and_then(|column| from_column(&HOT[at], column));
            return append(key, value.as_ref(), out);
        }
    }
    if key.order == SortOrder::Descending {
        out.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
    Ok(())
}
