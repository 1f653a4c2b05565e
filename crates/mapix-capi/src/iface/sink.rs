//! What clients implement: advise sinks and progress.

use super::{IUnknown, IUnknownMethods};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{GUID, HRESULT, NOTIFICATION};

com_interface! {
    /// Who is told of events.
    IMAPIAdviseSink, IMAPIAdviseSinkVtbl, IMAPIAdviseSinkMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20302);

    fn OnNotify(count: u32, notifications: In<'_, NOTIFICATION>) -> u32;
}

com_interface! {
    /// Who is told how far a call is.
    IMAPIProgress, IMAPIProgressVtbl, IMAPIProgressMethods: IUnknown, IUnknownMethods = GUID::mapi(0x2031F);

    fn Progress(value: u32, count: u32, total: u32) -> HRESULT;
    fn GetFlags(flags: Out<'_, u32>) -> HRESULT;
    fn GetMax(max: Out<'_, u32>) -> HRESULT;
    fn GetMin(min: Out<'_, u32>) -> HRESULT;
    fn SetLimits(min: In<'_, u32>, max: In<'_, u32>, flags: In<'_, u32>) -> HRESULT;
}
