//! Tables.

use super::{IMAPIAdviseSink, IMAPIProp, IMAPIPropMethods, IUnknown, IUnknownMethods};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{
    GUID, HRESULT, MAPIERROR, SPropProblemArray, SPropTagArray, SPropValue, SRestriction, SRow,
    SRowSet, SSortOrderSet,
};

com_interface! {
    /// A table.
    IMAPITable, IMAPITableVtbl, IMAPITableMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20301);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn Advise(
        events: u32,
        sink: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT;
    fn Unadvise(connection: usize) -> HRESULT;
    fn GetStatus(status: Out<'_, u32>, kind: Out<'_, u32>) -> HRESULT;
    fn SetColumns(tags: In<'_, SPropTagArray>, flags: u32) -> HRESULT;
    fn QueryColumns(flags: u32, tags: Out<'_, *mut SPropTagArray>) -> HRESULT;
    fn GetRowCount(flags: u32, count: Out<'_, u32>) -> HRESULT;
    fn SeekRow(bookmark: usize, rows: i32, sought: Out<'_, i32>) -> HRESULT;
    fn SeekRowApprox(numerator: u32, denominator: u32) -> HRESULT;
    fn QueryPosition(
        row: Out<'_, u32>,
        numerator: Out<'_, u32>,
        denominator: Out<'_, u32>,
    ) -> HRESULT;
    fn FindRow(restriction: In<'_, SRestriction>, bookmark: usize, flags: u32) -> HRESULT;
    fn Restrict(restriction: In<'_, SRestriction>, flags: u32) -> HRESULT;
    fn CreateBookmark(bookmark: Out<'_, usize>) -> HRESULT;
    fn FreeBookmark(bookmark: usize) -> HRESULT;
    fn SortTable(order: In<'_, SSortOrderSet>, flags: u32) -> HRESULT;
    fn QuerySortOrder(order: Out<'_, *mut SSortOrderSet>) -> HRESULT;
    fn QueryRows(count: i32, flags: u32, rows: Out<'_, *mut SRowSet>) -> HRESULT;
    fn Abort() -> HRESULT;
    fn ExpandRow(
        size: u32,
        instance_key: In<'_, u8>,
        count: u32,
        flags: u32,
        rows: Out<'_, *mut SRowSet>,
        more: Out<'_, u32>,
    ) -> HRESULT;
    fn CollapseRow(
        size: u32,
        instance_key: In<'_, u8>,
        flags: u32,
        count: Out<'_, u32>,
    ) -> HRESULT;
    fn WaitForCompletion(flags: u32, timeout: u32, status: Out<'_, u32>) -> HRESULT;
    fn GetCollapseState(
        flags: u32,
        size: u32,
        instance_key: In<'_, u8>,
        state_size: Out<'_, u32>,
        state: Out<'_, *mut u8>,
    ) -> HRESULT;
    fn SetCollapseState(
        flags: u32,
        size: u32,
        state: In<'_, u8>,
        bookmark: Out<'_, usize>,
    ) -> HRESULT;
}

/// Tells who asked for a view that it has been released.
pub type CALLERRELEASE = unsafe extern "C" fn(usize, *mut ITableData, *mut IMAPITable);

com_interface! {
    /// The rows of a table in memory.
    ITableData, ITableDataVtbl, ITableDataMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20316);

    fn HrGetView(
        order: In<'_, SSortOrderSet>,
        release: Option<CALLERRELEASE>,
        caller: usize,
        view: Out<'_, *mut IMAPITable>,
    ) -> HRESULT;
    fn HrModifyRow(row: In<'_, SRow>) -> HRESULT;
    fn HrDeleteRow(index: In<'_, SPropValue>) -> HRESULT;
    fn HrQueryRow(
        index: In<'_, SPropValue>,
        row: Out<'_, *mut SRow>,
        number: Out<'_, u32>,
    ) -> HRESULT;
    fn HrEnumRow(number: u32, row: Out<'_, *mut SRow>) -> HRESULT;
    fn HrNotify(flags: u32, count: u32, props: In<'_, SPropValue>) -> HRESULT;
    fn HrInsertRow(number: u32, row: In<'_, SRow>) -> HRESULT;
    fn HrModifyRows(flags: u32, rows: In<'_, SRowSet>) -> HRESULT;
    fn HrDeleteRows(flags: u32, rows: In<'_, SRowSet>, deleted: Out<'_, u32>) -> HRESULT;
}

com_interface! {
    /// Properties in memory.
    IPropData, IPropDataVtbl, IPropDataMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x2031A);

    fn HrSetObjAccess(access: u32) -> HRESULT;
    fn HrSetPropAccess(tags: In<'_, SPropTagArray>, access: In<'_, u32>) -> HRESULT;
    fn HrGetPropAccess(tags: Out<'_, *mut SPropTagArray>, access: Out<'_, *mut u32>) -> HRESULT;
    fn HrAddObjProps(
        tags: In<'_, SPropTagArray>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT;
}
