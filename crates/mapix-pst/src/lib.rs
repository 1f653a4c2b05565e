//! PST and OST files as a message store: an engine of its own for [MS-PST].
//!
//! All four formats are read (ANSI, Unicode, and the OST with 4K pages and compressed blocks),
//! with every encoding that needs no key. Damage costs only what is damaged, and is told by
//! [`diagnostics`](mapix_core::store::MessageStore::diagnostics).
//!
//! ```no_run
//! use std::ops::ControlFlow;
//!
//! use mapix_core::prop::tags;
//! use mapix_core::store::{ItemKind, MessageStore, ObjectRef};
//! use mapix_pst::Pst;
//!
//! let pst = Pst::open("archive.pst")?;
//! pst.inventory(&mut |item| {
//!     if item.kind == ItemKind::Message
//!         && let Ok(props) = pst.properties(&ObjectRef::message(item.id), 64 << 10)
//!     {
//!         println!("{}", props.text(tags::SUBJECT).unwrap_or_default());
//!     }
//!     ControlFlow::Continue(())
//! })?;
//! # Ok::<(), mapix_core::Error>(())
//! ```
//!
//! [`Pst`] is the store. Below it, [`ltp`] reads properties and tables, and [`ndb`] nodes and
//! blocks, as [MS-PST] divides them.
//!
//! [MS-PST]: https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/

#![forbid(unsafe_code)]

pub mod check;
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
