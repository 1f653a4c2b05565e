//! MAPI as a whole: `MAPIInitialize`, `MAPIUninitialize`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mapix::{Error, ErrorCode, Mapi, Result};

use crate::import;

/// The subsystem, while somebody needs it, and how many do.
static SUBSYSTEM: Mutex<Option<(u32, Mapi)>> = Mutex::new(None);

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
