//! What a MAPI call answers.

use std::fmt;

use mapix::{Error, ErrorCode, Warning};

use super::Plain;

/// The status of a call (`HRESULT`, `SCODE`): negative for errors, `MAPI_W_*` among the others.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HRESULT(pub i32);

// SAFETY: a number.
unsafe impl Plain for HRESULT {}

impl HRESULT {
    /// It worked.
    pub const S_OK: Self = Self(0);
    /// It worked, and the answer is no, or there was less than was asked for.
    pub const S_FALSE: Self = Self(1);

    /// Whether the call worked, perhaps with a warning.
    pub fn is_ok(self) -> bool {
        self.0 >= 0
    }

    /// The same number as a status code of the core.
    pub fn code(self) -> ErrorCode {
        ErrorCode(self.0 as u32)
    }
}

impl From<ErrorCode> for HRESULT {
    fn from(code: ErrorCode) -> Self {
        Self(code.0 as i32)
    }
}

impl From<Warning> for HRESULT {
    fn from(warning: Warning) -> Self {
        warning.code().into()
    }
}

impl From<Option<Warning>> for HRESULT {
    fn from(warning: Option<Warning>) -> Self {
        warning.map_or(Self::S_OK, Into::into)
    }
}

impl From<&Error> for HRESULT {
    fn from(error: &Error) -> Self {
        error.code().into()
    }
}

impl fmt::Debug for HRESULT {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("S_OK"),
            _ => fmt::Debug::fmt(&self.code(), f),
        }
    }
}
