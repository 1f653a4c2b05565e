//! PST and OST files as a message store: an engine of its own for [MS-PST].
//!
//! [MS-PST]: https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/

#![forbid(unsafe_code)]

pub mod ltp;
pub mod ndb;

mod bytes;
mod diagnostic;
mod file;
mod messaging;
mod provider;
mod service;

pub use messaging::Pst;
pub use service::PstProvider;
