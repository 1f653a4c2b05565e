//! Initialization, logon, profiles: `MAPIInitialize` and what follows it.

use std::ffi::c_void;
use std::time::Duration;

use mapix::profile::Profiles;
use mapix::{Error, ErrorCode, LogonOptions, Result};

use super::{answer, guard};
use crate::arg::{In, Out};
use crate::client::imapiinitmonitor::InitMonitorObject;
use crate::client::iprofadmin::{ProfAdminObject, no_password};
use crate::client::{imapisession::SessionObject, subsystem};
use crate::com::Ptr;
use crate::convert::{check_flags, read_text};
use crate::flags::{
    MAPI_ALLOW_OTHERS, MAPI_BG_SESSION, MAPI_EXPLICIT_PROFILE, MAPI_EXTENDED, MAPI_FORCE_DOWNLOAD,
    MAPI_INIT_VERSION, MAPI_LOGON_UI, MAPI_MULTITHREAD_NOTIFICATIONS, MAPI_NEW_SESSION,
    MAPI_NO_COINIT, MAPI_NO_MAIL, MAPI_NT_SERVICE, MAPI_PASSWORD_UI, MAPI_SERVICE_UI_ALWAYS,
    MAPI_TIMEOUT_SHORT, MAPI_UNICODE, MAPI_USE_DEFAULT,
};
use crate::iface::{IMAPIInitMonitor, IMAPISession, IProfAdmin};
use crate::types::{HRESULT, MAPIINIT_0};

/// How long `MAPI_TIMEOUT_SHORT` waits while others log on.
const SHORT: Duration = Duration::from_secs(10);

/// Counts a user of MAPI; the first one begins it.
///
/// # Safety
/// `init` is null or points to a `MAPIINIT_0`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MAPIInitialize(init: *mut c_void) -> HRESULT {
    answer(|| {
        // SAFETY: as the caller says.
        let init = unsafe { In::<MAPIINIT_0>::from_raw(init.cast()) };
        if let Some(init) = init.get() {
            if init.ulVersion != MAPI_INIT_VERSION {
                return Err(Error::invalid_parameter("no such version of MAPIINIT"));
            }
            let known = MAPI_MULTITHREAD_NOTIFICATIONS | MAPI_NT_SERVICE | MAPI_NO_COINIT;
            check_flags(init.ulFlags, known)?;
        }
        subsystem::initialize();
        Ok(())
    })
}

/// Counts a user of MAPI less. With the last one everything ends that has not ended yet; buffers
/// stay, and objects can still be released.
#[unsafe(no_mangle)]
pub extern "C" fn MAPIUninitialize() {
    guard((), subsystem::uninitialize);
}

/// Gives an object that tells whether MAPI is initialized, and waits for it. It is good before the
/// first initialization and after the last end.
///
/// # Safety
/// The argument is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CreateMAPIInitializationMonitor(
    monitor: Out<'_, *mut IMAPIInitMonitor>,
) -> HRESULT {
    answer(|| monitor.give(InitMonitorObject::give()))
}

/// Logs on.
///
/// # Safety
/// The texts are null or end with a zero, in the width that the flags say; `session` is null or
/// points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MAPILogonEx(
    _window: usize,
    profile: *mut c_void,
    password: *mut c_void,
    flags: u32,
    session: *mut *mut IMAPISession,
) -> HRESULT {
    // SAFETY: as the caller says.
    let (profile, password, session) =
        unsafe { (In::from_raw(profile), In::from_raw(password), Out::from_raw(session)) };
    answer(|| session_of(profile, password, flags).and_then(|found| session.give(found)))
}

fn session_of(
    profile: In<'_, c_void>,
    password: In<'_, c_void>,
    flags: u32,
) -> Result<Ptr<IMAPISession>> {
    let known = MAPI_ALLOW_OTHERS
        | MAPI_BG_SESSION
        | MAPI_EXPLICIT_PROFILE
        | MAPI_EXTENDED
        | MAPI_FORCE_DOWNLOAD
        | MAPI_LOGON_UI
        | MAPI_NEW_SESSION
        | MAPI_NO_MAIL
        | MAPI_NT_SERVICE
        | MAPI_PASSWORD_UI
        | MAPI_SERVICE_UI_ALWAYS
        | MAPI_TIMEOUT_SHORT
        | MAPI_UNICODE
        | MAPI_USE_DEFAULT;
    let mapi = subsystem::mapi()?;
    check_flags(flags, known)?;
    if flags & MAPI_LOGON_UI != 0 && flags & MAPI_PASSWORD_UI == MAPI_PASSWORD_UI {
        return Err(Error::invalid_parameter("flags that exclude each other"));
    }
    no_password(password, flags)?;
    let options = LogonOptions {
        profile: read_text(profile, flags)?.filter(|name| !name.is_empty()),
        use_default: flags & MAPI_USE_DEFAULT != 0,
        new_session: flags & MAPI_NEW_SESSION != 0,
        allow_others: flags & MAPI_ALLOW_OTHERS != 0,
        no_mail: flags & MAPI_NO_MAIL != 0,
        timeout: (flags & MAPI_TIMEOUT_SHORT != 0).then_some(SHORT),
    };
    let profiles = Profiles::of_user()?;
    let session = match mapi.logon(&profiles, &options) {
        Err(error) if error.code() == ErrorCode::NOT_FOUND => {
            return Err(Error::new(ErrorCode::LOGON_FAILED, "no such profile").with_source(error));
        }
        result => result?,
    };
    Ok(SessionObject::give(session, profiles))
}

/// Gives the profiles of the user.
///
/// # Safety
/// `admin` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MAPIAdminProfiles(flags: u32, admin: *mut *mut IProfAdmin) -> HRESULT {
    // SAFETY: as the caller says.
    let admin = unsafe { Out::from_raw(admin) };
    answer(|| {
        subsystem::mapi()?;
        check_flags(flags, MAPI_UNICODE)?;
        admin.clear()?;
        admin.give(ProfAdminObject::give(Profiles::of_user()?))
    })
}
