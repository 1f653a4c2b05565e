//! Tables of rows that are made when the table is read.

use std::sync::Arc;

use mapix::prop::{PropBag, PropTag, Value};
use mapix::store::Row;
use mapix::table::{Table, TableSource};
use mapix::{Error, Result};

/// What makes the rows.
type Make = dyn Fn() -> Result<Vec<PropBag>> + Send + Sync;

struct Rows {
    columns: Vec<PropTag>,
    make: Box<Make>,
}

/// A table whose rows are made each time that it is read. The first error of making them is that
/// of the call.
pub(crate) fn table(
    columns: &[PropTag],
    make: impl Fn() -> Result<Vec<PropBag>> + Send + Sync + 'static,
) -> Table {
    Table::new(Arc::new(Rows { columns: columns.to_vec(), make: Box::new(make) }))
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

    fn load(&self, _: u64, tag: PropTag) -> Result<Value> {
        Err(Error::not_found(format!("the row has no large {tag}")))
    }
}
