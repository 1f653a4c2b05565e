//! The functions that `libmapi` exports, under MAPI's names.
#![allow(non_snake_case)]

mod entry;
mod free;
mod idle;
mod memory;
mod notify;
mod props;
mod text;
mod time;
mod valid;

pub use entry::*;
pub use free::*;
pub use idle::*;
pub use memory::*;
pub use notify::*;
pub use props::*;
pub use text::*;
pub use time::*;
pub use valid::*;

use std::panic::{AssertUnwindSafe, catch_unwind};

use mapix::{ErrorCode, Result};

use crate::types::HRESULT;

/// Runs the body of a function: an error becomes its code, a panic `MAPI_E_CALL_FAILED`.
fn answer<T: Into<HRESULT>>(body: impl FnOnce() -> Result<T>) -> HRESULT {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value.into(),
        Ok(Err(error)) => (&error).into(),
        Err(_) => ErrorCode::CALL_FAILED.into(),
    }
}
