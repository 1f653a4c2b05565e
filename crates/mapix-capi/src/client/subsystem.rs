//! MAPI as a whole: `MAPIInitialize`, `MAPIUninitialize`.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mapix::{Error, ErrorCode, Mapi, Result};

use crate::import;

/// The subsystem, while somebody needs it, and how many do.
static SUBSYSTEM: Mutex<Option<(u32, Mapi)>> = Mutex::new(None);
/// It began.
static BEGUN: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, Option<(u32, Mapi)>> {
    SUBSYSTEM.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts one user more; the first one begins it, with the providers that are built in and those
/// of shared libraries.
pub(crate) fn initialize() {
    let mut subsystem = lock();
    let (count, _) = subsystem.get_or_insert_with(|| {
        let (mapi, errors) = import::with_providers(mapix::initialize());
        // There is nobody yet who could be told in another way.
        errors.iter().for_each(|error| eprintln!("libmapi: {error}"));
        (0, mapi)
    });
    *count += 1;
    BEGUN.notify_all();
}

/// Waits until it has begun, for so long or for ever; gives whether it has.
pub(crate) fn wait(timeout: Option<Duration>) -> bool {
    let not_begun = |subsystem: &mut Option<(u32, Mapi)>| subsystem.is_none();
    let Some(timeout) = timeout else {
        drop(BEGUN.wait_while(lock(), not_begun).unwrap_or_else(PoisonError::into_inner));
        return true;
    };
    let waited = BEGUN.wait_timeout_while(lock(), timeout, not_begun);
    !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
}

/// Counts one user less. With the last one, sessions that have not been logged off are.
pub(crate) fn uninitialize() {
    let mut subsystem = lock();
    let Some((count, _)) = subsystem.as_mut() else { return };
    *count -= 1;
    if *count == 0 {
        let last = subsystem.take();
        // What ends may call back.
        drop(subsystem);
        if let Some((_, mapi)) = last {
            mapi.uninitialize();
        }
    }
}

/// The subsystem.
///
/// # Errors
/// `MAPI_E_NOT_INITIALIZED` before `MAPIInitialize` and after the last `MAPIUninitialize`.
pub(crate) fn mapi() -> Result<Mapi> {
    let mapi = lock().as_ref().map(|(_, mapi)| mapi.clone());
    mapi.ok_or_else(|| Error::new(ErrorCode::NOT_INITIALIZED, "MAPIInitialize was not called"))
}
