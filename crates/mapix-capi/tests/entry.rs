//! What another MAPI subsystem finds at the entry point of our provider.
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into the library")]

use std::ptr::null_mut;

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::iface::{IMAPIFolder, IMSProvider, IMsgStore};
use mapi::provider::MSProviderInit;
use mapi::types::{GUID, HRESULT};
use mapix::ErrorCode;

const CURRENT_SPI_VERSION: u32 = 0x0001_0010;
const MAPI_NT_SERVICE: u32 = 0x1_0000;

/// The answer, the version that the provider speaks, and its object.
fn init(flags: u32, version: u32) -> (HRESULT, u32, Option<Ptr<IMSProvider>>) {
    let (mut own, mut raw) = (0, null_mut());
    let result = unsafe {
        let (own, raw) = (Out::new(&mut own), Out::new(&mut raw));
        MSProviderInit(null_mut(), null_mut(), None, None, None, flags, version, own, raw)
    };
    (result, own, unsafe { Ptr::from_raw(raw) })
}

#[test]
fn a_subsystem_of_an_older_version_is_refused_and_told_ours() {
    for older in [0, 0x10, CURRENT_SPI_VERSION - 1] {
        let (result, own, object) = init(0, older);
        assert_eq!(result, ErrorCode::VERSION.into(), "{older:#x}");
        assert_eq!(own, CURRENT_SPI_VERSION, "it is always reported");
        assert!(object.is_none());
    }
    // Ours, an addition to ours, and a later one; also for a service, which our provider need not know.
    let versions = [CURRENT_SPI_VERSION, 0x0001_0011, 0x0002_0000];
    for (version, flags) in versions.into_iter().zip([0, MAPI_NT_SERVICE, 0]) {
        let (result, own, object) = init(flags, version);
        assert_eq!((result, own), (HRESULT::S_OK, CURRENT_SPI_VERSION), "{version:#x}");
        let (_, _, other) = init(flags, version);
        assert_ne!(object.unwrap().as_raw(), other.unwrap().as_raw(), "a new one for each call");
    }
}

#[test]
fn a_logon_gives_the_interface_that_is_asked_for_or_none() {
    let (_, _, provider) = init(0, CURRENT_SPI_VERSION);
    let provider = provider.unwrap();
    let log_on = |interface: Option<&GUID>| {
        let (mut logon, mut store) = (null_mut(), null_mut());
        let result = unsafe {
            provider.Logon(
                In::null(),
                0,
                In::null(),
                0,
                In::null(),
                0,
                interface.map_or(In::null(), |interface| In::new(interface)),
                Out::null(),
                Out::null(),
                Out::null(),
                Out::new(&mut logon),
                Out::new(&mut store),
            )
        };
        assert!(logon.is_null() && store.is_null());
        result.code()
    };
    assert_eq!(log_on(Some(&IMAPIFolder::IID)), ErrorCode::INTERFACE_NOT_SUPPORTED);
    // What is missing then is the support object.
    assert_eq!(log_on(Some(&IMsgStore::IID)), ErrorCode::INVALID_PARAMETER);
    assert_eq!(log_on(None), ErrorCode::INVALID_PARAMETER);
}
