//! Message store providers that others have written, in our sessions.
//!
//! How does a library with `MSProviderInit` become a store? `inf` reads the files that describe
//! message services, `find` looks for them and for the libraries that they name, `library` loads
//! those. `service` is the message service and its provider object, as the session knows them,
//! `entry` the entry point that is told of what happens to the service; `support` (with `copies` and
//! `subscriptions`), `section`, `admin` and `malloc` are what a provider gets in return, `opening`,
//! `sending` and `receipt` what it has MAPI do for it. `store` is its store, over `objects` (numbers
//! and entry IDs), `read`, `rows`, `parts`, `tables`, `names` and `commit` (with `fill` and
//! `change`); `feed` and `heard` are what it tells of changes. All calls into a provider are looked
//! at by `call`.
//!
//! ```no_run
//! let (mapi, errors) = mapi::import::with_providers(mapix::initialize());
//! for error in errors {
//!     eprintln!("{error}");
//! }
//! # let _ = mapi;
//! ```

mod admin;
pub(crate) mod call;
pub(crate) mod change;
mod commit;
mod copies;
mod entry;
mod feed;
pub(crate) mod fill;
mod find;
mod heard;
mod inf;
mod library;
mod malloc;
pub(crate) mod names;
pub(crate) mod objects;
mod opening;
pub(crate) mod parts;
pub(crate) mod read;
mod receipt;
mod rows;
mod section;
mod sending;
mod service;
mod store;
pub(crate) mod submission;
mod subscriptions;
mod support;
pub(crate) mod tables;

use std::path::PathBuf;
use std::sync::Arc;

use mapix::{Error, Mapi, StoreProvider};

pub use find::{Found, candidates, directories, services};
pub use inf::{InfProvider, InfService, ResourceType, parse};
pub(crate) use malloc::Allocator;
pub(crate) use service::SPI_VERSION;
pub use service::Service;
pub use store::ForeignStore;

/// Adds the message services of all files in [`directories`] to those that a subsystem has. A
/// service with the name of one that is there already is passed over. Gives also what is wrong
/// with the files; nothing is loaded yet.
pub fn with_providers(mapi: Mapi) -> (Mapi, Vec<Error>) {
    with_providers_of(mapi, &directories())
}

/// As [`with_providers`], with directories of the caller's choice.
pub fn with_providers_of(mapi: Mapi, directories: &[PathBuf]) -> (Mapi, Vec<Error>) {
    let (found, errors) = services(directories);
    let services = found.into_iter().filter_map(Service::new);
    let services = services.map(|service| Arc::new(service) as Arc<dyn StoreProvider>);
    (mapi.and_providers(services.collect()), errors)
}
