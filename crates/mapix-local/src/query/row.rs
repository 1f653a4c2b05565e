//! Rows of `msg` as restrictions see them.

use std::borrow::Cow;

use mapix_core::prop::{PropTag, PropType, Value, tags};
use mapix_core::restriction::Candidate;
use mapix_core::{Error, ErrorCode, Result};
use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::hot::{HOT, from_column, position};

/// Which columns of `msg` are read.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// Their places in [`HOT`].
    list: Vec<usize>,
    /// Where each of [`HOT`] stands in the list.
    place: [Option<u8>; HOT.len()],
}

impl Columns {
    /// Those of some properties; others have no column.
    pub(crate) fn of(tags: impl IntoIterator<Item = PropTag>) -> Self {
        let mut columns = Self { list: Vec::new(), place: [None; HOT.len()] };
        for at in tags.into_iter().filter_map(|tag| position(tag.id())) {
            if columns.place[at].is_none() {
                columns.place[at] = Some(columns.list.len() as u8);
                columns.list.push(at);
            }
        }
        columns
    }

    /// For a `SELECT`: `odd`, then the columns.
    pub(crate) fn sql(&self) -> String {
        let names = self.list.iter().map(|at| format!(", m.{}", HOT[*at].column));
        std::iter::once("m.odd".to_owned()).chain(names).collect()
    }

    /// Where a column stands behind `odd`, from 1.
    pub(crate) fn place(&self, at: usize) -> Option<usize> {
        Some(usize::from(self.place[at]?) + 1)
    }
}

/// A row of `msg`. A value that it does not show is an error.
pub(crate) struct HotRow<'a, 's> {
    row: &'a Row<'s>,
    columns: &'a Columns,
    first: usize,
    odd: i64,
    /// Whether a message has what the core fills in even if no column shows it.
    defaults: bool,
}

impl<'a, 's> HotRow<'a, 's> {
    /// The columns begin at `first`.
    pub(crate) fn new(
        row: &'a Row<'s>,
        columns: &'a Columns,
        first: usize,
        defaults: bool,
    ) -> rusqlite::Result<Self> {
        Ok(Self { row, columns, first, odd: row.get(first)?, defaults })
    }

    /// The value in a column; `None` if there is none, or the column cannot show it.
    pub(crate) fn get(&self, at: usize) -> Option<Value> {
        from_column(&HOT[at], self.column(at)?)
    }

    /// A column as it is; `None` if it is not read.
    pub(crate) fn column(&self, at: usize) -> Option<ValueRef<'_>> {
        let place = self.columns.place(at)?;
        self.row.get_ref(self.first + place).ok()
    }

    /// The column that shows a property; `None` if the message does not have it under this type.
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` if the column does not tell.
    pub(crate) fn place_of(&self, tag: PropTag) -> Result<Option<usize>> {
        let at = position(tag.id()).ok_or_else(unknown)?;
        let (wanted, found) = (tag.prop_type(), HOT[at].tag.prop_type());
        if self.is_odd(at) {
            // It has another type, or is a text or bytes that are too long for a column.
            let other = found == wanted && !found.is_string() && found != PropType::BINARY;
            return if other { Ok(None) } else { Err(unknown()) };
        }
        if self.columns.place[at].is_none() {
            return Err(unknown());
        }
        let strings = wanted.is_string() && found.is_string();
        let fits = wanted == PropType::UNSPECIFIED || wanted == found || strings;
        Ok(fits.then_some(at))
    }

    /// Whether the message has a value that the column cannot show.
    pub(crate) fn is_odd(&self, at: usize) -> bool {
        self.odd >> at & 1 != 0
    }
}

impl Candidate for HotRow<'_, '_> {
    fn text(&self, tag: PropTag) -> Option<&str> {
        let at = self.place_of(tag).ok()??;
        let is_text = HOT[at].tag.prop_type() == PropType::UNICODE;
        self.column(at).filter(|_| is_text)?.as_str().ok()
    }

    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        let Some(at) = self.place_of(tag)? else { return Ok(None) };
        match self.get(at) {
            Some(value) => Ok(Some(Cow::Owned(value))),
            None if self.defaults && is_filled_in(tag) => Err(unknown()),
            None => Ok(None),
        }
    }
}

/// What the core gives every message.
fn is_filled_in(tag: PropTag) -> bool {
    const FILLED_IN: [PropTag; 5] = [
        tags::HASATTACH,
        tags::NORMALIZED_SUBJECT,
        tags::SUBJECT_PREFIX,
        tags::MESSAGE_CLASS,
        tags::MESSAGE_FLAGS,
    ];
    FILLED_IN.iter().any(|other| other.id() == tag.id())
}

fn unknown() -> Error {
    Error::new(ErrorCode::TOO_COMPLEX, "the row does not show it")
}
