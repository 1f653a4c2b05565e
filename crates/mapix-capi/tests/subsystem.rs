//! What only a process that has MAPI for itself can see: before the first initialization, and after
//! the last end.
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into the library")]

use std::ptr::null_mut;

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::export::{
    CreateMAPIInitializationMonitor, MAPIAdminProfiles, MAPIAllocateBuffer, MAPIFreeBuffer,
    MAPIInitialize, MAPILogonEx, MAPIUninitialize,
};
use mapi::iface::{IMAPIInitMonitor, IMAPISession, IMAPIWaitResult, IProfAdmin};
use mapi::types::HRESULT;
use mapix::ErrorCode;

const NEW_SESSION: u32 = 2;
const INFINITE: u32 = u32::MAX;
/// `HRESULT_FROM_WIN32(ERROR_TIMEOUT)`.
const TIMEOUT: HRESULT = HRESULT(0x8007_05B4_u32 as i32);

fn logon() -> (HRESULT, Option<Ptr<IMAPISession>>) {
    let (name, mut session) = (c"only".as_ptr().cast_mut().cast(), null_mut());
    unsafe {
        let result = MAPILogonEx(0, name, null_mut(), NEW_SESSION, &raw mut session);
        (result, Ptr::from_raw(session))
    }
}

#[test]
fn nothing_works_before_the_first_and_after_the_last() {
    let directory = tempfile::tempdir().unwrap();
    unsafe { std::env::set_var("MAPIX_CONFIG_DIR", directory.path()) };
    let closed = HRESULT::from(ErrorCode::NOT_INITIALIZED);
    assert_eq!(logon().0, closed);
    // A monitor is made before, and begins nothing.
    let mut monitor: *mut IMAPIInitMonitor = null_mut();
    let made = unsafe { CreateMAPIInitializationMonitor(Out::new(&mut monitor)) };
    assert_eq!(made, HRESULT::S_OK);
    let monitor = unsafe { Ptr::from_raw(monitor) }.unwrap();
    let waits = [1, INFINITE, INFINITE].map(|timeout| {
        let mut wait: *mut IMAPIWaitResult = null_mut();
        let begun = unsafe { monitor.BeginWait(timeout, Out::new(&mut wait)) };
        assert_eq!(begun, HRESULT::S_OK);
        unsafe { Ptr::from_raw(wait) }.unwrap()
    });
    unsafe {
        assert_eq!(monitor.IsInitialized(), 0);
        assert_eq!(monitor.Wait(0), TIMEOUT);
        assert_eq!(waits[0].End(1), TIMEOUT);
    }
    assert_eq!(logon().0, closed);
    // Who waits meanwhile is told, on whatever thread.
    let waiting: Vec<_> = waits
        .into_iter()
        .map(|wait| std::thread::spawn(move || unsafe { wait.End(INFINITE) }))
        .collect();
    let mut admin: *mut IProfAdmin = null_mut();
    assert_eq!(unsafe { MAPIAdminProfiles(0, &raw mut admin) }, closed);
    // More ends than beginnings do no harm.
    MAPIUninitialize();

    let mut block = null_mut();
    unsafe {
        assert_eq!(MAPIInitialize(null_mut()), HRESULT::S_OK);
        waiting.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), HRESULT::S_OK));
        assert_eq!((monitor.IsInitialized(), monitor.Wait(0)), (1, HRESULT::S_OK));
        assert_eq!(MAPIInitialize(null_mut()), HRESULT::S_OK);
        MAPIUninitialize();
        assert_eq!(MAPIAdminProfiles(0, &raw mut admin), HRESULT::S_OK);
        let admin = Ptr::from_raw(admin).unwrap();
        let name = In::from_raw(c"only".as_ptr().cast());
        assert_eq!(admin.CreateProfile(name, In::null(), 0, 0), HRESULT::S_OK);
        assert_eq!(MAPIAllocateBuffer(10, &raw mut block), HRESULT::S_OK);
    }
    let (result, session) = logon();
    assert_eq!(result, HRESULT::S_OK);
    let session = session.unwrap();
    MAPIUninitialize();

    // The session has ended with it, though nobody has released it; the block has not.
    let mut table = null_mut();
    unsafe {
        let gone = session.GetMsgStoresTable(0, Out::new(&mut table));
        assert_eq!(gone, ErrorCode::INVALID_OBJECT.into());
        assert!(table.is_null());
        assert_eq!(MAPIFreeBuffer(block), HRESULT::S_OK);
        assert_eq!(MAPIFreeBuffer(null_mut()), HRESULT::S_OK);
    }
    drop(session);
    assert_eq!(logon().0, closed);
    unsafe {
        assert_eq!((monitor.IsInitialized(), monitor.Wait(1)), (0, TIMEOUT));
        assert_eq!(MAPIInitialize(null_mut()), HRESULT::S_OK);
    }
    assert_eq!(logon().0, HRESULT::S_OK);
    assert_eq!(unsafe { monitor.Wait(INFINITE) }, HRESULT::S_OK);
    MAPIUninitialize();
}
