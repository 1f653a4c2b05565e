//! The functions that `libmapi` exports, under MAPI's names.
#![allow(non_snake_case)]

mod compare;
mod compose;
mod conversation;
mod data;
mod entry;
mod free;
mod idle;
mod logon;
mod memory;
mod notify;
mod object;
mod parameters;
mod props;
mod rules;
mod sink;
mod stream;
mod text;
mod time;
mod tnef;
mod unsupported;
mod valid;
mod wide;

pub use compare::*;
pub use compose::*;
pub use conversation::*;
pub use data::*;
pub use entry::*;
pub use free::*;
pub use idle::*;
pub use logon::*;
pub use memory::*;
pub use notify::*;
pub use object::*;
pub use parameters::*;
pub use props::*;
pub use rules::*;
pub use sink::*;
pub use stream::*;
pub use text::*;
pub use time::*;
pub use tnef::*;
pub use unsupported::*;
pub use valid::*;
pub use wide::*;

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

/// Runs the body of a function that answers with something else than a status, and with this if
/// it panics.
fn guard<T>(failed: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(failed)
}
