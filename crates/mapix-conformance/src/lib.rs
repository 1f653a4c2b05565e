//! One suite of behaviour tests for every mapix message store.
//!
//! A store crate runs it from a `tests/conformance.rs` with `harness = false`:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use std::sync::Arc;
//!
//! use mapix_conformance::Subject;
//! use mapix_core::Result;
//! use mapix_core::store::{MemoryStore, MessageStore};
//!
//! struct Memory;
//!
//! impl Subject for Memory {
//!     fn open(&self) -> Result<Arc<dyn MessageStore>> {
//!         Ok(Arc::new(MemoryStore::new("memory")))
//!     }
//!
//!     fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
//!         Ok(store)
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     mapix_conformance::run("memory", Memory)
//! }
//! ```
//!
//! Each bullet of a `# Behavior` section of
//! [`MessageStore`](mapix_core::store::MessageStore) has one case of the same name. A case that
//! a store cannot run is listed as ignored, with its reason, and never dropped.
//!
//! [`sample`] fills a writable store with a small mailbox, [`walk`] goes through any store, and
//! [`image`] writes down all that is in one, for the tests of other crates too; [`hand_on!`] makes
//! a store that differs from another in what the test is about.

mod cases;
mod hand_on;
mod plain;
mod subject;
mod suite;

pub mod corpus;
pub mod image;
pub mod mail_server;
pub mod sample;
pub mod walk;

pub use cases::all as cases;
#[doc(hidden)]
pub use mapix_core;
pub use subject::{Case, Need, Outcome, Subject};
pub use suite::{Suite, run};
