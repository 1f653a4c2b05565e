//! Libraries with providers: loaded once, and never unloaded.
//!
//! `dlopen` as it is, through `libc`, which is there in any case: three calls need no crate of
//! their own. A library stays until the process ends. MAPI's rule (freed after the last
//! `MAPIUninitialize`) would save memory, but an object that a provider has counted wrongly, or a
//! thread that it has left running, would then run in what is not there any more.

use std::collections::HashMap;
use std::ffi::{CStr, CString, OsStr, OsString, c_void};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use mapix::{Error, ErrorCode, Result};

use super::find::candidates;

/// A loaded library.
#[derive(Clone, Copy, Debug)]
pub(super) struct Library(NonNull<c_void>);

// SAFETY: a handle, which the loader lets every thread use.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

impl Library {
    /// Loads the library that a file names, if it is not loaded yet.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` with what the loader said of each name that was tried.
    pub(super) fn load(name: &str, file: &Path) -> Result<Self> {
        static LOADED: Mutex<Option<HashMap<OsString, Library>>> = Mutex::new(None);
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = loaded.get_or_insert_default();
        let candidates = candidates(name, file);
        if let Some(found) = candidates.iter().find_map(|path| loaded.get(path)) {
            return Ok(*found);
        }
        let mut reasons = Vec::new();
        for path in candidates {
            match open(&path) {
                Ok(handle) => {
                    loaded.insert(path, Self(handle));
                    return Ok(Self(handle));
                }
                Err(reason) if !reasons.contains(&reason) => reasons.push(reason),
                Err(_) => {}
            }
        }
        let sentence = format!("the library `{name}` is not loaded: {}", reasons.join("; "));
        Err(Error::new(ErrorCode::NOT_FOUND, sentence).context(file.display()))
    }

    /// A function of the library, if there is one of that name.
    pub(super) fn function(self, name: &str) -> Option<NonNull<c_void>> {
        let name = CString::new(name).ok()?;
        symbol(self.0, &name)
    }

    /// The handle, which Windows' providers get to find their resources.
    pub(super) fn handle(self) -> *mut c_void {
        self.0.as_ptr()
    }
}

#[cfg(unix)]
fn open(path: &OsStr) -> std::result::Result<NonNull<c_void>, String> {
    use std::os::unix::ffi::OsStrExt;
    let path = CString::new(path.as_bytes()).map_err(|error| error.to_string())?;
    // SAFETY: loading runs the library's initializers: that is what a provider is installed for.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    NonNull::new(handle).ok_or_else(|| {
        // SAFETY: the loader's own text, null or ending with zero, until this thread's next call.
        let reason = unsafe { libc::dlerror() };
        if reason.is_null() {
            return "no reason given".to_owned();
        }
        // SAFETY: as above.
        unsafe { CStr::from_ptr(reason) }.to_string_lossy().into_owned()
    })
}

#[cfg(unix)]
fn symbol(library: NonNull<c_void>, name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: the handle is good: no library is ever closed.
    NonNull::new(unsafe { libc::dlsym(library.as_ptr(), name.as_ptr()) })
}

#[cfg(not(unix))]
fn open(_: &OsStr) -> std::result::Result<NonNull<c_void>, String> {
    Err("providers are loaded on Unix only".to_owned())
}

#[cfg(not(unix))]
fn symbol(_: NonNull<c_void>, _: &CStr) -> Option<NonNull<c_void>> {
    None
}
