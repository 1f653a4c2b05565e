//! Tables and properties in memory: `CreateTable`, `CreateIProp`.

use std::ffi::c_void;

use mapix::prop::PropTag;

use super::answer;
use crate::arg::{In, Out};
use crate::client::ipropdata::PropDataObject;
use crate::client::itabledata::TableDataObject;
use crate::client::open::wants;
use crate::convert::tag_list;
use crate::iface::{IPropData, ITableData};
use crate::types::{GUID, HRESULT, SPropTagArray};

/// Gives a table without rows. The allocators are not used: they could only be ours.
///
/// # Safety
/// `interface` and `columns` are null or good, `data` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CreateTable(
    interface: *const GUID,
    _allocate: *mut c_void,
    _allocate_more: *mut c_void,
    _free: *mut c_void,
    _reserved: *mut c_void,
    _kind: u32,
    index: u32,
    columns: *const SPropTagArray,
    data: *mut *mut ITableData,
) -> HRESULT {
    // SAFETY: as the caller says.
    let (interface, columns, data) =
        unsafe { (In::from_raw(interface), In::from_raw(columns), Out::from_raw(data)) };
    answer(|| {
        data.clear()?;
        wants::<ITableData>(interface)?;
        data.give(TableDataObject::give(tag_list(columns)?, PropTag(index))?)
    })
}

/// Gives an object without properties. The allocators are not used: they could only be ours.
///
/// # Safety
/// `interface` is null or good, `data` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CreateIProp(
    interface: *const GUID,
    _allocate: *mut c_void,
    _allocate_more: *mut c_void,
    _free: *mut c_void,
    _reserved: *mut c_void,
    data: *mut *mut IPropData,
) -> HRESULT {
    // SAFETY: as the caller says.
    let (interface, data) = unsafe { (In::from_raw(interface), Out::from_raw(data)) };
    answer(|| {
        data.clear()?;
        wants::<IPropData>(interface)?;
        data.give(PropDataObject::give())
    })
}
