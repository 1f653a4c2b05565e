//! Transports: how mail leaves a session, and how it comes in.
//!
//! | file | question it answers |
//! |---|---|
//! | `outgoing` | What is sent, from whom, to whom? |
//! | `smtp/` | How does it reach a mail server, and what did the server say? |
//! | `drop/` | How does it reach a directory, and how does mail come out of one? |
//!
//! They are message services of profiles, `SMTP` and `DROPDIR`, and are driven by the spooler of a
//! session; [`transports`] is what [`Mapi::and_transports`](mapix_core::Mapi::and_transports) takes.

mod drop;
mod outgoing;
mod smtp;

use std::sync::Arc;

use mapix_core::TransportProvider;

pub use drop::DropProvider;
pub use smtp::SmtpProvider;

/// All transports.
pub fn transports() -> Vec<Arc<dyn TransportProvider>> {
    vec![Arc::new(SmtpProvider), Arc::new(DropProvider)]
}
