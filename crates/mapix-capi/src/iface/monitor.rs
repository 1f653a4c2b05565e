//! Who is told that MAPI is initialized. The reference names identifiers for these two without their
//! values; these are our own.

use super::{IUnknown, IUnknownMethods};
use crate::arg::Out;
use crate::com::com_interface;
use crate::types::{GUID, HRESULT};

com_interface! {
    /// Whether MAPI is initialized, now or later.
    IMAPIInitMonitor, IMAPIInitMonitorVtbl, IMAPIInitMonitorMethods: IUnknown, IUnknownMethods = GUID::new(0x5B1E0C2A, 0x7D94, 0x4F36, [0x9E, 0x0B, 0x2C, 0x6A, 0x83, 0xD1, 0xF7, 0x50]);

    fn IsInitialized() -> i32;
    fn Wait(timeout: u32) -> HRESULT;
    fn BeginWait(timeout: u32, result: Out<'_, *mut IMAPIWaitResult>) -> HRESULT;
}

com_interface! {
    /// A wait for the initialization, on whichever thread ends it.
    IMAPIWaitResult, IMAPIWaitResultVtbl, IMAPIWaitResultMethods: IUnknown, IUnknownMethods = GUID::new(0x0D7F4E61, 0x3A28, 0x4BC9, [0x85, 0x17, 0xE9, 0xB2, 0x64, 0x0C, 0x1D, 0xA3]);

    fn End(timeout: u32) -> HRESULT;
}
