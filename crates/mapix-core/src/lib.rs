//! The core of mapix: MAPI's data model, the store contract, the object layer and sessions.

pub mod ledger;
pub mod names;
pub mod prop;
pub mod restriction;
pub mod store;

mod entry_id;
mod error;

pub use entry_id::EntryId;
pub use error::{Context, Error, ErrorCode, Result, Warning};
