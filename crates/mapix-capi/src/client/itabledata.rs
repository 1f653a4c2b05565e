//! `ITableData`: a table whose rows a client puts in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use mapix::notify::{Connection, RowChanges, Sink};
use mapix::prop::{Prop, PropBag, PropTag, Value, value_bytes};
use mapix::store::Row;
use mapix::table::{SortOrderSet, Table, TableSource};
use mapix::{Error, Result};

use super::imapitable::TableObject;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags, give_row, prop, read_row, sort_order};
use crate::iface::{CALLERRELEASE, IMAPITable, ITableData, ITableDataMethods};
use crate::types::{HRESULT, SPropValue, SRow, SRowSet, SSortOrderSet};

/// `TAD_ALL_ROWS`: all rows are deleted.
const TAD_ALL_ROWS: u32 = 1;

/// Rows in memory.
pub(crate) struct TableDataObject {
    data: Arc<Data>,
    last: LastError,
}

/// What a table and its views share.
struct Data {
    columns: Vec<PropTag>,
    /// The column by which rows are known.
    index: PropTag,
    state: Mutex<State>,
    changes: RowChanges,
}

#[derive(Default)]
struct State {
    /// The rows in their order, each with a number that it keeps.
    rows: Vec<(u64, PropBag)>,
    last: u64,
    views: Vec<Weak<Table>>,
}

impl TableDataObject {
    /// A table without rows.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if there are no columns, or rows could not be known by the index.
    pub(crate) fn give(columns: Vec<PropTag>, index: PropTag) -> Result<Ptr<ITableData>> {
        if columns.is_empty() || index.prop_type().is_multi() {
            return Err(Error::invalid_parameter("a table without columns or without an index"));
        }
        let (state, changes) = Default::default();
        let data = Data { columns, index, state, changes };
        Ok(Self { data: Arc::new(data), last: LastError::default() }.into_ptr())
    }
}

impl Data {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value by which a row is known.
    fn key(&self, row: &PropBag) -> Result<Value> {
        let missing = || Error::invalid_parameter(format!("the row has no {}", self.index));
        row.get(self.index).cloned().ok_or_else(missing)
    }

    fn find(&self, state: &State, key: &Value) -> Option<usize> {
        let bytes = value_bytes(key);
        state.rows.iter().position(|(_, row)| {
            row.get(self.index).is_some_and(|other| other == key || value_bytes(other) == bytes)
        })
    }

    /// The place of the row that a property names.
    fn place(&self, state: &State, index: In<'_, SPropValue>) -> Result<usize> {
        let key = prop(index)?;
        if key.tag.id() != self.index.id() {
            return Err(Error::invalid_parameter(format!("rows are known by {}", self.index)));
        }
        self.find(state, &key.value).ok_or_else(|| Error::not_found("there is no such row"))
    }

    /// Changes the rows, and has the views read them again.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.lock();
        let result = change(&mut state)?;
        state.views.retain(|view| view.strong_count() > 0);
        let views: Vec<_> = state.views.iter().filter_map(Weak::upgrade).collect();
        // A view reads the rows under its own lock.
        drop(state);
        for view in views {
            view.reload()?;
        }
        self.changes.tell();
        Ok(result)
    }

    /// Puts a row in, in place of the one that is known by the same value.
    fn put(&self, state: &mut State, row: PropBag, at: Option<usize>) -> Result<()> {
        let key = self.key(&row)?;
        match self.find(state, &key) {
            Some(_) if at.is_some() => {
                Err(Error::invalid_parameter("there is a row of that index already"))
            }
            Some(found) => {
                state.rows[found].1 = row;
                Ok(())
            }
            None => {
                state.last += 1;
                let (number, count) = (state.last, state.rows.len());
                let at = at.unwrap_or(count);
                if at > count {
                    return Err(Error::invalid_parameter("a place behind the last row"));
                }
                state.rows.insert(at, (number, row));
                Ok(())
            }
        }
    }
}

/// One view of the rows.
struct View(Arc<Data>);

impl TableSource for View {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()> {
        let rows = self.0.lock().rows.clone();
        for (id, bag) in rows {
            let wanted = |tag: &PropTag| bag.find(tag.id()).cloned();
            each(Ok(Row { id, props: columns.iter().filter_map(wanted).collect() }));
        }
        Ok(())
    }

    fn default_columns(&self) -> Vec<PropTag> {
        self.0.columns.clone()
    }

    fn follow(&self, sink: Arc<Sink>) -> Result<Connection> {
        self.0.changes.follow(sink)
    }

    fn load(&self, _: u64, tag: PropTag) -> Result<Value> {
        Err(Error::not_found(format!("the row has no large {tag}")))
    }
}

/// The rows of a set that came in.
fn read_rows(rows: In<'_, SRowSet>) -> Result<Vec<PropBag>> {
    let count = rows.need()?.cRows;
    let rows = rows.behind::<SRow>(std::mem::offset_of!(SRowSet, aRow));
    rows.each(count)?.map(|row| Ok(read_row(row)?.into_iter().collect())).collect()
}

impl Object for TableDataObject {
    type Main = ITableData;
}

impl ITableDataMethods for TableDataObject {
    fn HrGetView(
        &self,
        order: In<'_, SSortOrderSet>,
        release: Option<CALLERRELEASE>,
        caller: usize,
        view: Out<'_, *mut IMAPITable>,
    ) -> HRESULT {
        self.last.answer(|| {
            view.clear()?;
            let table = Arc::new(Table::new(Arc::new(View(Arc::clone(&self.data)))));
            let order = match order.is_null() {
                true => SortOrderSet::default(),
                false => sort_order(order)?,
            };
            table.sort(order)?;
            self.data.lock().views.push(Arc::downgrade(&table));
            // A view holds the rows, and not this object: it may be released before its views.
            let data = Self { data: Arc::clone(&self.data), last: LastError::default() };
            let released = release.map(|release| -> Box<dyn FnOnce(usize) + Send + Sync> {
                let data = data.into_ptr();
                Box::new(move |view| {
                    let table = std::ptr::with_exposed_provenance_mut(view);
                    // SAFETY: the function and its data are what the caller gave for this moment.
                    unsafe { release(caller, data.as_raw(), table) };
                })
            });
            view.give(TableObject::over(table, released))
        })
    }

    fn HrModifyRow(&self, row: In<'_, SRow>) -> HRESULT {
        self.last.answer(|| {
            let row = read_row(row)?.into_iter().collect();
            self.data.change(|state| self.data.put(state, row, None))
        })
    }

    fn HrDeleteRow(&self, index: In<'_, SPropValue>) -> HRESULT {
        self.last.answer(|| {
            self.data.change(|state| {
                let at = self.data.place(state, index)?;
                state.rows.remove(at);
                Ok(())
            })
        })
    }

    fn HrQueryRow(
        &self,
        index: In<'_, SPropValue>,
        row: Out<'_, *mut SRow>,
        number: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            row.clear()?;
            let state = self.data.lock();
            let at = self.data.place(&state, index)?;
            let props: Vec<Prop> = state.rows[at].1.iter().cloned().collect();
            number.set_if(at as u32);
            give_row(row, &props)
        })
    }

    fn HrEnumRow(&self, number: u32, row: Out<'_, *mut SRow>) -> HRESULT {
        self.last.answer(|| {
            row.clear()?;
            let state = self.data.lock();
            // Behind the last row there is null.
            let Some((_, bag)) = state.rows.get(number as usize) else { return Ok(()) };
            give_row(row, &bag.iter().cloned().collect::<Vec<_>>())
        })
    }

    fn HrNotify(&self, flags: u32, count: u32, props: In<'_, SPropValue>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            // Of changes the sinks of the views are told by themselves; this only has them look.
            crate::convert::props(count, props)?;
            self.data.changes.tell();
            Ok(())
        })
    }

    fn HrInsertRow(&self, number: u32, row: In<'_, SRow>) -> HRESULT {
        self.last.answer(|| {
            let row = read_row(row)?.into_iter().collect();
            self.data.change(|state| self.data.put(state, row, Some(number as usize)))
        })
    }

    fn HrModifyRows(&self, flags: u32, rows: In<'_, SRowSet>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            let rows = read_rows(rows)?;
            // All of them, or none.
            rows.iter().try_for_each(|row| self.data.key(row).map(drop))?;
            self.data.change(|state| {
                rows.into_iter().try_for_each(|row| self.data.put(state, row, None))
            })
        })
    }

    fn HrDeleteRows(&self, flags: u32, rows: In<'_, SRowSet>, deleted: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, TAD_ALL_ROWS)?;
            let given = if flags == 0 { read_rows(rows)? } else { Vec::new() };
            let count = self.data.change(|state| {
                let before = state.rows.len();
                if flags == TAD_ALL_ROWS {
                    state.rows.clear();
                }
                for row in &given {
                    let key = self.data.key(row)?;
                    if let Some(at) = self.data.find(state, &key) {
                        state.rows.remove(at);
                    }
                }
                Ok(before - state.rows.len())
            })?;
            deleted.set_if(count as u32);
            Ok(())
        })
    }
}
