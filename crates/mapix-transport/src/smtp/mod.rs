//! Internet mail to a mail server (RFC 5321, RFC 6409).
//!
//! What the server says about a recipient is what becomes of it: 5xx refuses it for good, 4xx puts
//! it off; the others get the mail all the same. What is not about the mail, such as a connection
//! that fails, a certificate that nobody trusts or a password that is not taken, puts it off. A server
//! that had the whole mail and then did not answer may have sent it: such a mail stays in the queue and
//! is sent again only if somebody asks for it.

mod config;
mod link;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use mapix_core::{
    AddressTypes, LogoffFlags, Report, Result, SettingInfo, Settings, Submission, TransportLogon,
    TransportProvider, TransportSupport,
};

use crate::outgoing::Outgoing;
use config::{Config, SETTINGS};
use link::{Link, stopped};

/// The message service `SMTP`.
#[derive(Debug)]
pub struct SmtpProvider;

impl TransportProvider for SmtpProvider {
    fn name(&self) -> &'static str {
        "SMTP"
    }

    fn description(&self) -> &'static str {
        "Internet mail through a mail server (SMTP)"
    }

    fn settings(&self) -> &'static [SettingInfo] {
        SETTINGS
    }

    fn logon(
        &self,
        support: &Arc<TransportSupport>,
        settings: &Settings,
    ) -> Result<Arc<dyn TransportLogon>> {
        let support = Arc::clone(support);
        Ok(Arc::new(Smtp::new(Config::of(settings)?, move || support.spooler_yield())))
    }
}

struct Smtp {
    config: Config,
    /// Whether what takes long is to end.
    stop: Box<dyn Fn() -> bool + Send + Sync>,
    /// The connection over which the last mail went, for the next one.
    link: Mutex<Option<Link>>,
}

impl Smtp {
    fn new(config: Config, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { config, stop: Box::new(stop), link: Mutex::default() }
    }

    fn take(&self) -> Option<Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn link(&self) -> Result<Link> {
        let kept = self.take().and_then(|mut link| link.is_alive().then_some(link));
        kept.map_or_else(|| Link::open(&self.config), Ok)
    }

    fn hang_up(&self) {
        if let Some(link) = self.take() {
            link.close();
        }
    }
}

impl TransportLogon for Smtp {
    /// Every type: whoever has an address of internet mail beside another one can be reached.
    fn address_types(&self) -> AddressTypes {
        AddressTypes { types: vec!["SMTP".to_owned(), String::new()], uids: Vec::new() }
    }

    fn submit_message(&self, submission: &Submission<'_>) -> Result<Report> {
        if (self.stop)() {
            return Ok(Report::all(submission, &stopped()));
        }
        let mut mail = Outgoing::of(submission, self.config.from.as_deref())?;
        if mail.to.is_empty() {
            return Ok(Report::default());
        }
        let mut link = self.link()?;
        let recipients = link.deliver(&self.config, &mut mail, &self.stop);
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
        Ok(Report { recipients, message_id: mail.message_id, ..Report::default() })
    }

    fn idle(&self) {
        self.hang_up();
    }

    fn validate_state(&self) -> Result<()> {
        Link::open(&self.config).map(Link::close)
    }

    fn transport_logoff(&self, _: LogoffFlags) -> Result<()> {
        self.hang_up();
        Ok(())
    }
}
