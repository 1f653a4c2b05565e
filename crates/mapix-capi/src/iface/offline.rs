//! Whether a store is online.

use std::ffi::c_void;

use super::{IUnknown, IUnknownMethods};
use crate::arg::Out;
use crate::com::com_interface;
use crate::types::{GUID, HRESULT};

com_interface! {
    /// Whether an object is online.
    IMAPIOffline, IMAPIOfflineVtbl, IMAPIOfflineMethods: IUnknown, IUnknownMethods = GUID::mapi(0x672B5);

    fn SetCurrentState(flags: u32, mask: u32, state: u32, reserved: *mut c_void) -> HRESULT;
    fn GetCapabilities(capabilities: Out<'_, u32>) -> HRESULT;
    fn GetCurrentState(state: Out<'_, u32>) -> HRESULT;
    fn Placeholder1() -> HRESULT;
}

com_interface! {
    /// Who is told whether objects are online.
    IMAPIOfflineMgr, IMAPIOfflineMgrVtbl, IMAPIOfflineMgrMethods: IMAPIOffline, IMAPIOfflineMethods = GUID::new(0x42175607, 0xFF3E, 0x4790, [0xBC, 0x18, 0x66, 0xC8, 0x64, 0x3E, 0x64, 0x24]);

    fn Advise(flags: u32, info: *mut c_void, token: Out<'_, u32>) -> HRESULT;
    fn Unadvise(flags: u32, token: u32) -> HRESULT;
    fn Placeholder1() -> HRESULT;
    fn Placeholder2() -> HRESULT;
    fn Placeholder3() -> HRESULT;
    fn Placeholder4() -> HRESULT;
    fn Placeholder5() -> HRESULT;
    fn Placeholder6() -> HRESULT;
    fn Placeholder7() -> HRESULT;
}
