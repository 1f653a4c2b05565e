//! `IMAPITable`.

use std::sync::{Arc, Mutex, PoisonError};

use mapix::table::{Bookmark, RowRef, SortOrderSet, Table};
use mapix::{Error, ErrorCode, Result, Warning};

use super::connections::{Connections, sink, tell_rows};
use super::imapiprop::string_width;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{
    LastError, RowBuffers, check_flags, give_rows, give_sort_order, give_tags, read_restriction,
    sort_order, tag_list,
};
use crate::flags::{
    DIR_BACKWARD, TBL_ALL_COLUMNS, TBL_ASYNC, TBL_BATCH, TBL_NOADVANCE, TBL_NOWAIT,
    fnevTableModified,
};
use crate::iface::{IMAPIAdviseSink, IMAPITable, IMAPITableMethods};
use crate::memory::Buffer;
use crate::types::{HRESULT, MAPIERROR, SPropTagArray, SRestriction, SRowSet, SSortOrderSet};

/// Who is told of the end of a table, by its address.
type Released = Box<dyn FnOnce(usize) + Send + Sync>;

/// A table.
pub(crate) struct TableObject {
    table: Arc<Table>,
    connections: Connections,
    last: LastError,
    released: Mutex<Option<(usize, Released)>>,
}

impl TableObject {
    /// The warning of a call that has left rows out, or values of them.
    fn missing(&self, first: &Error, count: usize) -> Warning {
        let more = match count {
            1 => first.to_string(),
            _ => format!("{count} errors, the first: {first}"),
        };
        self.last.warn(Warning::PartialCompletion, Error::new(first.code(), more))
    }

    /// A table for C: strings have the width that the flags say, until columns are set.
    pub(crate) fn give(table: Table, flags: u32) -> Result<Ptr<IMAPITable>> {
        let columns: Vec<_> =
            table.columns()?.into_iter().map(|tag| string_width(tag, flags)).collect();
        if !columns.is_empty() {
            table.set_columns(&columns)?;
        }
        Ok(Self::over(Arc::new(table), None))
    }

    /// A table with the columns that it has, and somebody who is told of its end.
    pub(crate) fn over(table: Arc<Table>, released: Option<Released>) -> Ptr<IMAPITable> {
        let (connections, last) = (Connections::default(), LastError::default());
        let object = Self { table, connections, last, released: Mutex::default() }.into_ptr();
        if let (Some(released), Some(own)) = (released, object.object::<Self>()) {
            let address = object.as_raw().expose_provenance();
            *own.released.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((address, released));
        }
        object
    }
}

impl Drop for TableObject {
    fn drop(&mut self) {
        let released = self.released.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((address, released)) = released.take() {
            released(address);
        }
    }
}

fn bookmark(number: usize) -> Result<Bookmark> {
    u32::try_from(number).map(Bookmark).map_err(|_| {
        Error::new(ErrorCode::INVALID_BOOKMARK, format!("there is no bookmark {number}"))
    })
}

impl Object for TableObject {
    type Main = IMAPITable;
}

impl IMAPITableMethods for TableObject {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.tell(result, flags, error)
    }

    fn Advise(
        &self,
        events: u32,
        target: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT {
        self.last.answer(|| {
            if events != fnevTableModified {
                return Err(Error::invalid_parameter("tables tell fnevTableModified only"));
            }
            connection.clear()?;
            let told = self.table.advise(tell_rows(sink(target)?))?;
            self.connections.add(told, connection)
        })
    }

    fn Unadvise(&self, connection: usize) -> HRESULT {
        self.last.answer(|| self.connections.end(connection))
    }

    fn GetStatus(&self, status: Out<'_, u32>, kind: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let found = self.table.status()?;
            status.set(found.state as u32)?;
            kind.set(found.kind as u32)
        })
    }

    fn SetColumns(&self, tags: In<'_, SPropTagArray>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, TBL_ASYNC | TBL_BATCH)?;
            self.table.set_columns(&tag_list(tags)?)
        })
    }

    fn QueryColumns(&self, flags: u32, tags: Out<'_, *mut SPropTagArray>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, TBL_ALL_COLUMNS)?;
            let columns = match flags {
                0 => self.table.columns()?,
                _ => self.table.all_columns()?,
            };
            give_tags(tags, &columns)
        })
    }

    fn GetRowCount(&self, flags: u32, count: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, TBL_NOWAIT)?;
            let found = self.table.row_count()?;
            count.set(u32::try_from(found.value).unwrap_or(u32::MAX))?;
            Ok(HRESULT::from(found.warning))
        })
    }

    fn SeekRow(&self, origin: usize, rows: i32, sought: Out<'_, i32>) -> HRESULT {
        self.last.answer(|| {
            let found = self.table.seek(bookmark(origin)?, rows.into())?;
            sought.set_if(found.value as i32);
            Ok(HRESULT::from(found.warning))
        })
    }

    fn SeekRowApprox(&self, numerator: u32, denominator: u32) -> HRESULT {
        self.last.answer(|| self.table.seek_approximate(numerator.into(), denominator.into()))
    }

    fn QueryPosition(
        &self,
        row: Out<'_, u32>,
        numerator: Out<'_, u32>,
        denominator: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            let position = self.table.position()?;
            row.set(position.row as u32)?;
            numerator.set(position.numerator as u32)?;
            denominator.set(position.denominator as u32)
        })
    }

    fn FindRow(&self, restriction: In<'_, SRestriction>, origin: usize, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, DIR_BACKWARD)?;
            let restriction = read_restriction(restriction)?;
            let backward = flags & DIR_BACKWARD != 0;
            let found = self.table.find(&restriction, bookmark(origin)?, backward)?;
            Ok(HRESULT::from(found.warning))
        })
    }

    fn Restrict(&self, restriction: In<'_, SRestriction>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, TBL_ASYNC | TBL_BATCH)?;
            let restriction = match restriction.is_null() {
                true => None,
                false => Some(read_restriction(restriction)?),
            };
            self.table.restrict(restriction.as_ref())
        })
    }

    fn CreateBookmark(&self, made: Out<'_, usize>) -> HRESULT {
        self.last.answer(|| {
            made.clear()?;
            made.set(self.table.create_bookmark()?.0 as usize)
        })
    }

    fn FreeBookmark(&self, freed: usize) -> HRESULT {
        self.last.answer(|| self.table.free_bookmark(bookmark(freed)?))
    }

    fn SortTable(&self, order: In<'_, SSortOrderSet>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, TBL_ASYNC | TBL_BATCH)?;
            let order = match order.is_null() {
                true => SortOrderSet::default(),
                false => sort_order(order)?,
            };
            self.table.sort(order)
        })
    }

    fn QuerySortOrder(&self, order: Out<'_, *mut SSortOrderSet>) -> HRESULT {
        self.last.answer(|| give_sort_order(order, &self.table.sort_order()?))
    }

    fn QueryRows(&self, count: i32, flags: u32, rows: Out<'_, *mut SRowSet>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, TBL_NOADVANCE)?;
            rows.clear()?;
            let mut made = RowBuffers::default();
            let each = &mut |row: RowRef<'_>| made.add(row.values);
            self.table.visit_rows(count.into(), flags & TBL_NOADVANCE != 0, each)?;
            made.give(rows)?;
            // Rows that cannot be read are not among those: nobody shall take them for absent.
            let missing = self.table.errors()?;
            Ok(missing.first().map(|first| self.missing(first, missing.len())))
        })
    }

    fn Abort(&self) -> HRESULT {
        // Nothing goes on when a call has returned.
        self.last.answer(|| self.table.status().map(drop))
    }

    fn ExpandRow(
        &self,
        size: u32,
        instance_key: In<'_, u8>,
        count: u32,
        flags: u32,
        rows: Out<'_, *mut SRowSet>,
        more: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            let expanded = self.table.expand(instance_key.many(size)?, count as usize)?;
            more.set_if(expanded.added as u32);
            match rows.is_null() {
                true => Ok(()),
                false => give_rows(rows, expanded.rows.iter().map(|row| row.values.as_slice())),
            }
        })
    }

    fn CollapseRow(
        &self,
        size: u32,
        instance_key: In<'_, u8>,
        flags: u32,
        count: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            let gone = self.table.collapse(instance_key.many(size)?)?;
            count.set_if(gone as u32);
            Ok(())
        })
    }

    fn WaitForCompletion(&self, flags: u32, _timeout: u32, status: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            status.set_if(self.table.status()?.state as u32);
            Ok(())
        })
    }

    fn GetCollapseState(
        &self,
        flags: u32,
        size: u32,
        instance_key: In<'_, u8>,
        state_size: Out<'_, u32>,
        state: Out<'_, *mut u8>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            state_size.clear()?;
            state.clear()?;
            let found = self.table.collapse_state(instance_key.many(size)?)?;
            let buffer = Buffer::new(found.len(), 0)?;
            found.iter().enumerate().for_each(|(at, byte)| buffer.put(at, *byte));
            state_size.set(found.len() as u32)?;
            state.set(buffer.into_raw())
        })
    }

    fn SetCollapseState(
        &self,
        flags: u32,
        size: u32,
        state: In<'_, u8>,
        found: Out<'_, usize>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            let place = self.table.set_collapse_state(state.many(size)?)?;
            found.set_if(place.0 as usize);
            Ok(())
        })
    }
}
