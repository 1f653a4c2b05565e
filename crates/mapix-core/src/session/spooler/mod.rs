//! Transports: who takes mail out of a session, and brings it in (lifecycle rules, section 24).

mod logon;
mod owner;
#[expect(dead_code, reason = "the spooler itself comes next")]
mod support;
mod transport;

pub(super) use logon::logon;
pub(super) use owner::Owner;
pub(crate) use owner::is_alive;
pub use support::TransportSupport;
pub use transport::{
    AddressTypes, Attempt, EndMessage, FlushFlags, Outcome, Recall, Report, Settings, Submission,
    TransportLogon, TransportNotify, TransportOption, TransportProvider,
};
