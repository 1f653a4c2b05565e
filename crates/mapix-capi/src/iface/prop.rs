//! Properties: what all objects have.

use std::ffi::c_void;

use super::{IMAPIProgress, IUnknown, IUnknownMethods};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{
    GUID, HRESULT, MAPIERROR, MAPINAMEID, SPropProblemArray, SPropTagArray, SPropValue,
};

com_interface! {
    /// An object with properties.
    IMAPIProp, IMAPIPropVtbl, IMAPIPropMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20303);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn SaveChanges(flags: u32) -> HRESULT;
    fn GetProps(
        tags: In<'_, SPropTagArray>,
        flags: u32,
        count: Out<'_, u32>,
        props: Out<'_, *mut SPropValue>,
    ) -> HRESULT;
    fn GetPropList(flags: u32, tags: Out<'_, *mut SPropTagArray>) -> HRESULT;
    fn OpenProperty(
        tag: u32,
        interface: In<'_, GUID>,
        interface_flags: u32,
        flags: u32,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT;
    fn SetProps(
        count: u32,
        props: In<'_, SPropValue>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT;
    fn DeleteProps(
        tags: In<'_, SPropTagArray>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT;
    fn CopyTo(
        exclude_count: u32,
        exclude: In<'_, GUID>,
        exclude_tags: In<'_, SPropTagArray>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT;
    fn CopyProps(
        tags: In<'_, SPropTagArray>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT;
    fn GetNamesFromIDs(
        tags: Out<'_, *mut SPropTagArray>,
        set: In<'_, GUID>,
        flags: u32,
        count: Out<'_, u32>,
        names: Out<'_, *mut *mut MAPINAMEID>,
    ) -> HRESULT;
    fn GetIDsFromNames(
        count: u32,
        names: In<'_, *mut MAPINAMEID>,
        flags: u32,
        tags: Out<'_, *mut SPropTagArray>,
    ) -> HRESULT;
}
