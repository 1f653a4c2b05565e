//! The embedded message store of mapix: one SQLite file that any number of programs read and
//! write at once, crash safe, with full-text search in the same file and the same transaction.
//!
//! ```
//! use mapix_core::store::{MessageStore, RowSource};
//! use mapix_local::LocalStore;
//!
//! # fn main() -> mapix_core::Result<()> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("mail.mapix");
//! let store = LocalStore::create(&path)?;
//! let folders = store.row_count(&RowSource::Hierarchy(store.info().root))?;
//! assert_eq!(folders, Some(4));
//! # Ok(())
//! # }
//! ```
//!
//! The layout of the file is in `docs/format-local.md`.

pub mod care;

mod checkpoint;
mod codec;
mod commit;
mod create;
mod db;
mod entry;
mod error;
mod hot;
mod lob;
mod lock;
mod log;
mod media;
mod names;
mod query;
mod read;
mod rows;
mod schema;
mod search;
mod service;
mod store;

pub use service::LocalProvider;
pub use store::LocalStore;
