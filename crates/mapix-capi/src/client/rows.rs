//! Tables of rows that are made when the table is read.

use std::sync::{Arc, LazyLock};

use mapix::notify::{Connection, RowChanges, Sink};
use mapix::prop::{PropBag, PropTag, Value};
use mapix::store::Row;
use mapix::table::{Table, TableSource};
use mapix::{Error, Result};

/// What makes the rows.
type Make = dyn Fn() -> Result<Vec<PropBag>> + Send + Sync;

/// Who tells of changed rows.
type Follow = dyn Fn(Arc<Sink>) -> Result<Connection> + Send + Sync;

struct Rows {
    columns: Vec<PropTag>,
    make: Box<Make>,
    follow: Option<Box<Follow>>,
}

/// A table whose rows are made each time that it is read. The first error of making them is that
/// of the call. Nobody tells of its rows.
pub(crate) fn table(
    columns: &[PropTag],
    make: impl Fn() -> Result<Vec<PropBag>> + Send + Sync + 'static,
) -> Table {
    let (columns, make) = (columns.to_vec(), Box::new(make));
    Table::new(Arc::new(Rows { columns, make, follow: None }))
}

/// As [`table`], with somebody who tells when the rows may have changed.
pub(crate) fn followed(
    columns: &[PropTag],
    make: impl Fn() -> Result<Vec<PropBag>> + Send + Sync + 'static,
    follow: impl Fn(Arc<Sink>) -> Result<Connection> + Send + Sync + 'static,
) -> Table {
    let (columns, make) = (columns.to_vec(), Box::new(make));
    Table::new(Arc::new(Rows { columns, make, follow: Some(Box::new(follow)) }))
}

/// Who tells of changes of profiles that were made through this library. What other processes do
/// is not told.
static PROFILES: LazyLock<RowChanges> = LazyLock::new(RowChanges::default);

/// A table of what stands in profiles.
pub(crate) fn of_profiles(
    columns: &[PropTag],
    make: impl Fn() -> Result<Vec<PropBag>> + Send + Sync + 'static,
) -> Table {
    followed(columns, make, |sink| PROFILES.follow(sink))
}

/// Tells of a change of profiles that went well.
pub(crate) fn profiles_changed<T>(result: Result<T>) -> Result<T> {
    if result.is_ok() {
        PROFILES.tell();
    }
    result
}

impl TableSource for Rows {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()> {
        for (index, bag) in (self.make)()?.into_iter().enumerate() {
            let wanted = |tag: &PropTag| bag.find(tag.id()).cloned();
            let props = columns.iter().filter_map(wanted).collect();
            each(Ok(Row { id: index as u64 + 1, props }));
        }
        Ok(())
    }

    fn default_columns(&self) -> Vec<PropTag> {
        self.columns.clone()
    }

    fn follow(&self, sink: Arc<Sink>) -> Result<Connection> {
        match &self.follow {
            Some(follow) => follow(sink),
            None => Err(Error::no_support("nobody tells of the rows of this table")),
        }
    }

    fn load(&self, _: u64, tag: PropTag) -> Result<Value> {
        Err(Error::not_found(format!("the row has no large {tag}")))
    }
}
