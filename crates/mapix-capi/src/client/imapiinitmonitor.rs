//! `IMAPIInitMonitor` and `IMAPIWaitResult`. Neither begins MAPI; both outlive its end.
#![allow(non_snake_case)]

use std::time::Duration;

use mapix::ErrorCode;

use super::subsystem;
use crate::arg::Out;
use crate::com::{Object, Ptr};
use crate::convert::LastError;
use crate::iface::{
    IMAPIInitMonitor, IMAPIInitMonitorMethods, IMAPIWaitResult, IMAPIWaitResultMethods,
};
use crate::types::HRESULT;

/// `INFINITE`.
const INFINITE: u32 = u32::MAX;
/// `HRESULT_FROM_WIN32(ERROR_TIMEOUT)`.
const TIMEOUT: ErrorCode = ErrorCode(0x8007_05B4);

/// Tells of the subsystem of this process.
pub(crate) struct InitMonitorObject;

impl InitMonitorObject {
    pub(crate) fn give() -> Ptr<IMAPIInitMonitor> {
        Self.into_ptr()
    }
}

/// Blocks until MAPI is initialized, or for so many milliseconds.
fn wait(timeout: u32) -> HRESULT {
    let timeout = (timeout != INFINITE).then(|| Duration::from_millis(timeout.into()));
    if subsystem::wait(timeout) { HRESULT::S_OK } else { TIMEOUT.into() }
}

impl Object for InitMonitorObject {
    type Main = IMAPIInitMonitor;
}

impl IMAPIInitMonitorMethods for InitMonitorObject {
    fn IsInitialized(&self) -> i32 {
        subsystem::wait(Some(Duration::ZERO)).into()
    }

    fn Wait(&self, timeout: u32) -> HRESULT {
        wait(timeout)
    }

    /// Only [`End`](IMAPIWaitResultMethods::End) waits, for as long as it says itself.
    fn BeginWait(&self, _: u32, result: Out<'_, *mut IMAPIWaitResult>) -> HRESULT {
        LastError::default().answer(|| result.give(WaitObject.into_ptr()))
    }
}

struct WaitObject;

impl Object for WaitObject {
    type Main = IMAPIWaitResult;
}

impl IMAPIWaitResultMethods for WaitObject {
    fn End(&self, timeout: u32) -> HRESULT {
        wait(timeout)
    }
}
