//! MAPI without Outlook: open, search, edit and account for every item of an Outlook mailbox.
//!
//! This crate is [`mapix_core`] with the stores that are built in. All names of the core are
//! here as well.
//!
//! ```no_run
//! # fn main() -> mapix::Result<()> {
//! use mapix::{Contents, OpenOptions, prop::tags};
//!
//! let session = mapix::initialize().session();
//! let store = session.open_store("archive.pst", &OpenOptions::default())?;
//! for message in store.inbox()?.messages(Contents::Normal)? {
//!     let message = message?;
//!     println!("{}", message.text(tags::SUBJECT)?.unwrap_or_default());
//!     for attachment in message.attachments()? {
//!         println!("  {:?}", attachment.name()?);
//!     }
//! }
//! for report in session.logoff() {
//!     report.result?;
//! }
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;

pub use mapix_core::*;
/// Keeps embedded stores in order.
pub use mapix_local::care;
/// Judges the structure of PST and OST files.
pub use mapix_pst::check;

/// Initializes MAPI with what is built in: the embedded store, PST and OST files, and, with the
/// feature `transports`, SMTP and directories of mails.
#[doc(alias = "MAPIInitialize")]
pub fn initialize() -> Mapi {
    let mapi = Mapi::with_providers(vec![
        Arc::new(mapix_local::LocalProvider::new(Arc::new(mapix_convert::Bodies))),
        Arc::new(mapix_pst::PstProvider),
    ]);
    #[cfg(feature = "transports")]
    let mapi = mapi.and_transports(mapix_transport::transports());
    mapi
}
