//! What is not supported says so, gives nothing, and looks at nothing.
#![allow(clippy::undocumented_unsafe_blocks)]

use std::ffi::c_void;
use std::ptr::null;

use mapi::arg::{In, Out};
use mapi::export::*;
use mapi::types::HRESULT;
use mapix::ErrorCode;

type Function = unsafe extern "C" fn(
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
    *mut u64,
) -> u32;

/// Calls a function with a pointer for each of its arguments; gives what it answers and how many
/// of the places behind them it has cleared. All arguments are whole words, and what is too many is
/// not looked at: so the ABIs of x86-64 and 64-bit ARM have it.
unsafe fn call(function: *const ()) -> (u32, usize) {
    let mut places = [7_u64; 12];
    let first = places.as_mut_ptr();
    let at = |index| first.wrapping_add(index);
    let answer = unsafe {
        let function: Function = std::mem::transmute(function);
        function(
            at(0),
            at(1),
            at(2),
            at(3),
            at(4),
            at(5),
            at(6),
            at(7),
            at(8),
            at(9),
            at(10),
            at(11),
        )
    };
    assert!(places.iter().all(|place| [0, 7].contains(place)), "{places:?}");
    (answer, places.iter().filter(|place| **place == 0).count())
}

/// With how many places each clears.
macro_rules! refuses {
    ($answer:expr; $($name:ident($cleared:literal)),* $(,)?) => {
        $(assert_eq!(unsafe { call($name as *const ()) }, ($answer, $cleared), stringify!($name));)*
    };
}

#[test]
fn what_is_not_supported_gives_nothing() {
    let no_support = HRESULT::from(ErrorCode::NO_SUPPORT).0 as u32;
    refuses! { no_support;
        OpenIMsgSession(1), OpenIMsgOnIStg(1), GetAttribIMsgOnIStg(1), SetAttribIMsgOnIStg(1),
        HrIStorageFromStream(1), OpenTnefStream(1), OpenTnefStreamEx(1),
        HrCompareABEntryIDsWithExchangeContext(1), HrDoABDetailsWithExchangeContext(0),
        HrDoABDetailsWithProviderUID(0), HrGetGALFromEmsmdbUID(2),
        HrOpenABEntryUsingDefaultContext(2), HrOpenABEntryWithExchangeContext(2),
        HrOpenABEntryWithProviderUID(2), HrOpenABEntryWithProviderUIDSupport(2),
        HrOpenABEntryWithResolvedRow(2), HrOpenABEntryWithSupport(2), HrGetAutoDiscoverXML(1),
        HrCreateOfflineObj(1), HrOpenOfflineObj(1), BuildDisplayTable(2), MAPIOpenFormMgr(1),
        MAPIOpenLocalFormContainer(1), LaunchWizard(0),
        HrCreateNewWrappedObject(1), HrValidateIPMSubtree(3),
        ScMAPIXFromSMAPI(1),
    }
}

/// Simple MAPI has numbers of its own: 26 is `MAPI_E_NOT_SUPPORTED`.
#[test]
fn simple_mapi_is_not_supported() {
    refuses! { 26;
        MAPIAddress(2), MAPIDeleteMail(0), MAPIDetails(0), MAPIFindNext(0), MAPILogoff(0), MAPILogon(1),
        MAPIReadMail(1), MAPIResolveName(1), MAPISaveMail(0), MAPISendDocuments(0), MAPISendMail(0),
    }
}

#[test]
fn what_has_nothing_to_do_does_nothing() {
    let mut policy = 7;
    let unknown = HRESULT::from(ErrorCode::UNKNOWN_FLAGS);
    let invalid = HRESULT::from(ErrorCode::INVALID_PARAMETER);
    let something: *const c_void = (&raw const policy).cast();
    unsafe {
        assert_eq!(GetDefCachedModeDownloadPubFoldFavs(Out::new(&mut policy)), 0);
        assert_eq!(policy, 0);
        let (mut sizes, mut ids) = ([7; 2], [std::ptr::null_mut(); 2]);
        let [size1, size2] = &mut sizes;
        let [id1, id2] = &mut ids;
        let none = HrDecomposeMsgID(
            In::null(),
            In::null(),
            Out::new(size1),
            Out::new(id1),
            Out::new(size2),
            Out::new(id2),
        );
        assert_eq!((none, ids), (invalid, [std::ptr::null_mut(); 2]));
    }
    assert_eq!((ScInitMapiUtil(0), ScInitMapiUtil(1)), (HRESULT::S_OK, unknown));
    DeinitMapiUtil();
    CloseIMsgSession(null());
    MAPICrashRecovery(0);
    assert_eq!((FixMAPI(), FGetComponentPath(null(), null(), null(), 0, 0)), (0, 0));
    assert_eq!(__ValidateParameters(0, something), HRESULT::S_OK);
    assert_eq!(__CPPValidateParameters(0, something), HRESULT::S_OK);
}
