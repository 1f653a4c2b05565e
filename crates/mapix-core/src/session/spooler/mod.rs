//! Transports: who takes mail out of a session, and brings it in (lifecycle rules, section 24).

mod logon;
mod owner;
mod receive;
mod report;
mod send;
mod support;
mod thread;
mod transport;

pub use logon::SpoolerNotify;
pub(super) use logon::{logon, notify};
pub(super) use owner::Owner;
pub(crate) use owner::is_alive;
pub use support::{Preprocessor, TransportSupport};
pub(super) use thread::{Spooler, absent};
pub use transport::{
    AddressTypes, Attempt, EndMessage, FlushFlags, Outcome, Recall, Report, Settings, Submission,
    TransportLogon, TransportNotify, TransportOption, TransportProvider,
};
