//! Errors: the last one of an object, and how C sees it.

use std::sync::{Mutex, PoisonError};

use mapix::{Completion, Error, ErrorCode, Result, Warning};

use super::text::write_text;
use crate::arg::Out;
use crate::memory::Buffer;
use crate::types::{HRESULT, MAPIERROR};

/// The name of this component in errors.
const COMPONENT: &str = "mapix";

/// The last error of an object and the result that told of it, for `GetLastError`.
#[derive(Default)]
pub struct LastError(Mutex<Option<(HRESULT, Error)>>);

impl LastError {
    /// Runs the body of a call: what it gives is the answer, an error is kept.
    pub fn answer<T: Into<HRESULT>>(&self, body: impl FnOnce() -> Result<T>) -> HRESULT {
        match body() {
            Ok(value) => value.into(),
            Err(error) => {
                let result = HRESULT::from(&error);
                self.keep(result, error);
                result
            }
        }
    }

    /// The answer of an operation on many objects. Why some of them were left out is kept for the
    /// warning.
    pub(crate) fn partly(&self, done: &Completion) -> HRESULT {
        let result = HRESULT::from(done.warning());
        if let Some((_, first)) = done.failed.first() {
            let sentence = format!("{} were left out, the first one: {first}", done.failed.len());
            self.keep(result, Error::new(first.code(), sentence));
        }
        result
    }

    /// What went wrong in a call that worked all the same: the warning is to be the answer.
    pub fn warn(&self, warning: Warning, error: Error) -> Warning {
        self.keep(warning.into(), error);
        warning
    }

    fn keep(&self, result: HRESULT, error: Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((result, error));
    }

    /// `GetLastError`: what is known about a result, or null if nothing is.
    pub fn tell(&self, result: HRESULT, flags: u32, target: Out<'_, *mut MAPIERROR>) -> HRESULT {
        match self.give(result, flags, target) {
            Ok(()) => HRESULT::S_OK,
            Err(error) => (&error).into(),
        }
    }

    /// As [`tell`](Self::tell).
    ///
    /// # Errors
    /// `MAPI_E_UNKNOWN_FLAGS`, `MAPI_E_INVALID_PARAMETER`, `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn give(&self, result: HRESULT, flags: u32, target: Out<'_, *mut MAPIERROR>) -> Result<()> {
        check_flags(flags, super::MAPI_UNICODE)?;
        target.clear()?;
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match last.as_ref().filter(|(told, _)| *told == result) {
            Some((_, error)) => target.set(mapi_error(error, flags)?),
            None => Ok(()),
        }
    }
}

/// An error as C sees it, in a buffer of its own.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn mapi_error(error: &Error, flags: u32) -> Result<*mut MAPIERROR> {
    let text = error.to_string();
    let buffer = Buffer::for_one::<MAPIERROR>((text.len() + COMPONENT.len() + 34) * 2)?;
    buffer.put(
        0,
        MAPIERROR {
            ulVersion: 0,
            lpszError: write_text(&buffer, &text, flags)?,
            lpszComponent: write_text(&buffer, COMPONENT, flags)?,
            // Under a warning that is what it was about.
            ulLowLevelError: error.code().0,
            ulContext: 0,
        },
    );
    Ok(buffer.into_raw())
}

/// Refuses flags that a call does not know.
///
/// # Errors
/// `MAPI_E_UNKNOWN_FLAGS`.
pub fn check_flags(flags: u32, known: u32) -> Result<()> {
    match flags & !known {
        0 => Ok(()),
        unknown => Err(Error::new(
            ErrorCode::UNKNOWN_FLAGS,
            format!("the flags 0x{unknown:X} are not known here"),
        )),
    }
}

impl From<()> for HRESULT {
    fn from((): ()) -> Self {
        Self::S_OK
    }
}
