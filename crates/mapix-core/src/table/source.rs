//! What feeds a table.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::SortKey;
use crate::notify::{Connection, Sink};
use crate::prop::{PropTag, Value};
use crate::restriction::{Candidate, Restriction};
use crate::store::Row;
use crate::{Error, ErrorCode, Result};

/// What feeds a [`Table`](super::Table): rows, and what is too large or too far away to stand in
/// them.
///
/// Each call may fail with `MAPI_E_INVALID_OBJECT`, as soon as the logon behind it is closed. The
/// table hands that on. While [`rows`](Self::rows) and [`rows_of`](Self::rows_of) are going on, it
/// calls nothing but [`load`](Self::load), [`open`](Self::open) and
/// [`subobjects`](Self::subobjects), in the same thread.
pub trait TableSource: Send + Sync {
    /// Whether the table is still good. Every call of a table begins with it.
    ///
    /// # Behavior
    /// - `MAPI_E_INVALID_OBJECT` once the logon is closed. Reads nothing.
    fn check(&self) -> Result<()>;

    /// Calls `each` with all rows, in the order of the store.
    ///
    /// # Behavior
    /// - Each row has those of the columns (by ID; the type does not matter) that its object has,
    ///   also computed ones, and nothing else. `PR_INSTANCE_KEY` is never asked for.
    /// - [`Row::id`] is unique in the table, and stays with its object.
    /// - What is large is [`Value::Large`], and is given by [`load`](Self::load) and
    ///   [`open`](Self::open).
    /// - A row that cannot be read is an error, and the visit goes on.
    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()>;

    /// Whether rows are quickly found by their numbers. If so, the table keeps only numbers, and
    /// asks with [`rows_of`](Self::rows_of) for what it shows; if not, it keeps rows.
    fn finds_rows(&self) -> Result<bool> {
        Ok(false)
    }

    /// Calls `each` with the rows that have these numbers, which are all different; numbers that
    /// are not there (any more) are passed over. Only asked of a source that
    /// [finds rows](Self::finds_rows).
    ///
    /// # Behavior
    /// - The rows are those of [`rows`](Self::rows). Their order does not matter.
    fn rows_of(
        &self,
        ids: &[u64],
        columns: &[PropTag],
        each: &mut dyn FnMut(Result<Row>),
    ) -> Result<()> {
        let _ = (ids, columns, each);
        Err(Error::no_support("the rows of this table are not found by their numbers"))
    }

    /// The numbers of the rows that fit, in order, at most so many; `None` if the table has to
    /// evaluate the rows. Only asked of a source that [finds rows](Self::finds_rows).
    ///
    /// # Behavior
    /// - What comes out is what the table would make of [`rows`](Self::rows).
    /// - The keys are in ascending or descending order, and none of them is of instances; nothing
    ///   is counted in the restriction ([`Restriction::Count`]).
    fn query(
        &self,
        restriction: Option<&Restriction>,
        sort: &[SortKey],
        limit: Option<usize>,
    ) -> Result<Option<Vec<u64>>> {
        let _ = (restriction, sort, limit);
        Ok(None)
    }

    /// The columns of a table whose columns have not been set: at least one.
    fn default_columns(&self) -> Vec<PropTag>;

    /// All columns that rows of this table can have, as far as they are known.
    fn all_columns(&self) -> Result<Vec<PropTag>> {
        Ok(self.default_columns())
    }

    /// How many rows there are, if that is known without reading them.
    fn row_count(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Whether the table can have bookmarks: those of attachments do not.
    fn has_bookmarks(&self) -> bool {
        true
    }

    /// Has a sink called whenever rows may have changed, as long as the connection lives. The
    /// notices may be of other things as well.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if rows never change, or nobody tells.
    fn follow(&self, sink: Arc<Sink>) -> Result<Connection> {
        let _ = sink;
        Err(super::follow::never_changes())
    }

    /// A value that is [`Value::Large`] in its row, whole.
    ///
    /// # Behavior
    /// - Not called for values that are larger than
    ///   [`Matcher::MAX_LOAD`](crate::restriction::Matcher::MAX_LOAD).
    fn load(&self, id: u64, tag: PropTag) -> Result<Value>;

    /// The bytes of a binary value that is [`Value::Large`] in its row.
    fn open(&self, id: u64, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        let value = self.load(id, tag)?;
        let bytes = value.as_bytes().map(<[u8]>::to_vec);
        bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read>).ok_or_else(|| {
            Error::new(ErrorCode::UNEXPECTED_TYPE, format!("{tag} has no bytes to be read"))
        })
    }

    /// Calls `each` with every recipient or attachment of what a row stands for, until it breaks;
    /// the tag is `PR_MESSAGE_RECIPIENTS` or `PR_MESSAGE_ATTACHMENTS`.
    ///
    /// # Behavior
    /// - An error of `each` ends it and is handed on.
    fn subobjects(
        &self,
        id: u64,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let _ = (id, each);
        Err(Error::new(ErrorCode::TOO_COMPLEX, format!("the rows of this table have no {tag}")))
    }
}
