//! What is exported and not implemented: each gives nothing and says so.
//!
//! A caller gets null and zero where it wanted something, and `MAPI_E_NO_SUPPORT`, or
//! `MAPI_E_NOT_SUPPORTED` of Simple MAPI.
#![allow(clippy::too_many_arguments)]

use std::ffi::c_void;

use mapix::ErrorCode;

use crate::arg::{In, Out};
use crate::types::HRESULT;

/// What is given and not looked at.
type Any = *const c_void;
/// What is asked for.
type Object = *mut c_void;

/// Declares functions that give nothing, for a reason.
macro_rules! nothing {
    (
        $answer:expr => $answer_type:ty: $reason:literal;
        $(fn $name:ident($($arg:tt: $type:ty),*) clears ($($out:ident),*);)*
    ) => {$(
        #[doc = $reason]
        ///
        /// # Errors
        /// Always that it is not supported.
        ///
        /// # Safety
        /// Each place for what is given is null or can be written.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($arg: $type),*) -> $answer_type {
            $($out.set_if(crate::types::Plain::zeroed());)*
            $answer
        }
    )*};
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "Messages in files of their own (`.msg`) are not read yet.";
    fn OpenIMsgSession(_: Any, _: u32, a: Out<'_, Object>) clears (a);
    fn OpenIMsgOnIStg(_: Any, _: Any, _: Any, _: Any, _: Any, _: Any, _: Any, _: Any, _: u32, _: u32, a: Out<'_, Object>) clears (a);
    fn GetAttribIMsgOnIStg(_: Any, _: Any, a: Out<'_, Object>) clears (a);
    fn SetAttribIMsgOnIStg(_: Any, _: Any, _: Any, a: Out<'_, Object>) clears (a);
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "Structured storage is a part of Windows that has no counterpart here.";
    fn HrIStorageFromStream(_: Any, _: Any, _: u32, a: Out<'_, Object>) clears (a);
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "TNEF is not read yet.";
    fn OpenTnefStream(_: Any, _: Any, _: Any, _: u32, _: Any, _: u16, a: Out<'_, Object>) clears (a);
    fn OpenTnefStreamEx(_: Any, _: Any, _: Any, _: u32, _: Any, _: u16, _: Any, a: Out<'_, Object>) clears (a);
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "There is no address book yet but for one-off recipients, and no Exchange behind it.";
    fn HrCompareABEntryIDsWithExchangeContext(_: Any, _: Any, _: Any, _: u32, _: Any, _: u32, _: Any, _: u32, a: Out<'_, u32>) clears (a);
    fn HrDoABDetailsWithExchangeContext(_: Any, _: Any, _: Any, _: Any, _: Any, _: Any, _: u32, _: Any, _: Any, _: Any, _: Any, _: u32) clears ();
    fn HrDoABDetailsWithProviderUID(_: Any, _: Any, _: Any, _: Any, _: Any, _: u32, _: Any, _: Any, _: Any, _: Any, _: u32) clears ();
    fn HrGetGALFromEmsmdbUID(_: Any, _: Any, _: Any, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn HrOpenABEntryUsingDefaultContext(_: Any, _: Any, _: u32, _: Any, _: Any, _: u32, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn HrOpenABEntryWithExchangeContext(_: Any, _: Any, _: Any, _: u32, _: Any, _: Any, _: u32, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn HrOpenABEntryWithProviderUID(_: Any, _: Any, _: u32, _: Any, _: Any, _: u32, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn HrOpenABEntryWithProviderUIDSupport(_: Any, _: Any, _: u32, _: Any, _: Any, _: u32, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn HrOpenABEntryWithResolvedRow(_: Any, _: Any, _: u32, _: Any, _: Any, _: u32, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn HrOpenABEntryWithSupport(_: Any, _: u32, _: Any, _: Any, _: u32, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn HrGetAutoDiscoverXML(_: Any, _: Any, _: Any, _: u32, a: Out<'_, Object>) clears (a);
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "Nothing here is ever offline.";
    fn HrCreateOfflineObj(_: u32, _: Any, a: Out<'_, Object>) clears (a);
    fn HrOpenOfflineObj(_: u32, _: Any, _: Any, _: Any, a: Out<'_, Object>) clears (a);
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "There are no forms, dialogs and resources of Windows.";
    fn BuildDisplayTable(_: Any, _: Any, _: Any, _: Any, _: Any, _: u32, _: Any, _: u32, a: Out<'_, Object>, b: Out<'_, Object>) clears (a, b);
    fn MAPIOpenFormMgr(_: Any, a: Out<'_, Object>) clears (a);
    fn MAPIOpenLocalFormContainer(a: Out<'_, Object>) clears (a);
    fn LaunchWizard(_: Any, _: u32, _: Any, _: u32, _: Any) clears ();
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "Outlook's own wrapping of objects is not documented.";
    fn HrCreateNewWrappedObject(_: Any, _: u32, _: u32, _: Any, _: Any, _: i32, a: Out<'_, Object>) clears (a);
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "Stores make their folders when they are made.";
    fn HrValidateIPMSubtree(_: Any, _: u32, a: Out<'_, u32>, b: Out<'_, Object>, c: Out<'_, Object>) clears (a, b, c);
}

nothing! {
    ErrorCode::NO_SUPPORT.into() => HRESULT: "There are no sessions of Simple MAPI that could be converted.";
    fn ScMAPIXFromSMAPI(_: usize, _: u32, _: Any, a: Out<'_, Object>) clears (a);
}

/// `MAPI_E_NOT_SUPPORTED` of Simple MAPI.
const SIMPLE_NOT_SUPPORTED: u32 = 26;

nothing! {
    SIMPLE_NOT_SUPPORTED => u32: "Simple MAPI is not here; `mapix send` and Extended MAPI send mail.";
    fn MAPIAddress(_: usize, _: usize, _: Any, _: u32, _: Any, _: u32, _: Any, _: u32, _: u32, a: Out<'_, u32>, b: Out<'_, Object>) clears (a, b);
    fn MAPIDeleteMail(_: usize, _: usize, _: Any, _: u32, _: u32) clears ();
    fn MAPIDetails(_: usize, _: usize, _: Any, _: u32, _: u32) clears ();
    fn MAPIFindNext(_: usize, _: usize, _: Any, _: Any, _: u32, _: u32, _: Any) clears ();
    fn MAPILogoff(_: usize, _: usize, _: u32, _: u32) clears ();
    fn MAPILogon(_: usize, _: Any, _: Any, _: u32, _: u32, a: Out<'_, usize>) clears (a);
    fn MAPIReadMail(_: usize, _: usize, _: Any, _: u32, _: u32, a: Out<'_, Object>) clears (a);
    fn MAPIResolveName(_: usize, _: usize, _: Any, _: u32, _: u32, a: Out<'_, Object>) clears (a);
    fn MAPISaveMail(_: usize, _: usize, _: Any, _: u32, _: u32, _: Any) clears ();
    fn MAPISendDocuments(_: usize, _: Any, _: Any, _: Any, _: u32) clears ();
    fn MAPISendMail(_: usize, _: usize, _: Any, _: u32, _: u32) clears ();
}

/// Ends a session for files of messages, of which there are none.
#[unsafe(no_mangle)]
pub extern "C" fn CloseIMsgSession(_: Any) {}

/// Does nothing: stores write what they commit at once, and need no rescue when a process dies.
#[unsafe(no_mangle)]
pub extern "C" fn MAPICrashRecovery(_: u32) {}

/// Says that nothing was repaired (0): there is no `mapi32.dll` to be put in place.
#[unsafe(no_mangle)]
pub extern "C" fn FixMAPI() -> u32 {
    0
}

/// Says that no path was found (0): there is no private `mapi32.dll`.
#[unsafe(no_mangle)]
pub extern "C" fn FGetComponentPath(_: Any, _: Any, _: Any, _: u32, _: i32) -> i32 {
    0
}

/// Says that nothing is cached (0) and that no policy says so.
///
/// # Safety
/// `policy` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetDefCachedMode(policy: Out<'_, i32>) -> i32 {
    policy.set_if(0);
    0
}

/// Says that nothing is cached (0) and that no policy says so.
///
/// # Safety
/// `policy` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetDefCachedModeDownloadPubFoldFavs(policy: Out<'_, i32>) -> i32 {
    policy.set_if(0);
    0
}

/// Says that there is no local path (`MAPI_E_NOT_FOUND`): shares have no names here. For what is
/// a local path already, `S_FALSE`.
///
/// # Safety
/// `unc` is null or a string; `local` is not written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScLocalPathFromUNC(unc: In<'_, u8>, _: Any, _: u32) -> HRESULT {
    match is_unc(unc) {
        None => ErrorCode::INVALID_PARAMETER.into(),
        Some(true) => ErrorCode::NOT_FOUND.into(),
        Some(false) => HRESULT::S_FALSE,
    }
}

/// Says that a local path has no name of a share (`MAPI_E_NO_SUPPORT`). For what has one already,
/// `S_FALSE`.
///
/// # Safety
/// `local` is null or a string; `unc` is not written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScUNCFromLocalPath(local: In<'_, u8>, _: Any, _: u32) -> HRESULT {
    match is_unc(local) {
        None => ErrorCode::INVALID_PARAMETER.into(),
        Some(true) => HRESULT::S_FALSE,
        Some(false) => ErrorCode::NO_SUPPORT.into(),
    }
}

fn is_unc(path: In<'_, u8>) -> Option<bool> {
    path.until_zero().map(|path| path.starts_with(br"\\"))
}

/// The MAPI status of a status of structured storage (`STG_E_*`): itself if it is none of those
/// that have a counterpart.
#[unsafe(no_mangle)]
pub extern "C" fn MapStorageSCode(status: HRESULT) -> HRESULT {
    let code = match status.0 as u32 {
        // The same numbers as MAPI's, but for the facility.
        0x8003_0002 | 0x8003_0003 => ErrorCode::NOT_FOUND,
        0x8003_0004 | 0x8003_0008 => ErrorCode::NOT_ENOUGH_MEMORY,
        0x8003_0005 | 0x8003_0020 | 0x8003_0021 => ErrorCode::NO_ACCESS,
        0x8003_0019 | 0x8003_001D | 0x8003_001E => ErrorCode::DISK_ERROR,
        0x8003_0050 => ErrorCode::COLLISION,
        0x8003_0057 | 0x8003_0009 => ErrorCode::INVALID_PARAMETER,
        0x8003_0070 => ErrorCode::NOT_ENOUGH_DISK,
        0x8003_00FA..=0x8003_00FC | 0x8003_0109 => ErrorCode::CORRUPT_DATA,
        _ => return status,
    };
    code.into()
}

/// Says that the arguments of a method are good: they lie in registers, where a function that is
/// called later cannot look at them. `HrValidateParameters` gets them in an array, and does.
#[unsafe(no_mangle)]
pub extern "C" fn __CPPValidateParameters(_: u32, _: Any) -> HRESULT {
    HRESULT::S_OK
}

/// As [`__CPPValidateParameters`].
#[unsafe(no_mangle)]
pub extern "C" fn __ValidateParameters(_: u32, _: Any) -> HRESULT {
    HRESULT::S_OK
}
