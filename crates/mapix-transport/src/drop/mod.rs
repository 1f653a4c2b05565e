//! Directories of mails: one into which mail is put for others to send, and one out of which mail is
//! taken that others put there.

mod config;
mod out;
mod pick;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mapix_core::prop::Guid;
use mapix_core::{
    AddressTypes, EndMessage, Error, ErrorCode, Message, Outcome, Recall, Report, Result,
    SettingInfo, Settings, Submission, TransportLogon, TransportProvider, TransportSupport,
};

use crate::outgoing::{Outgoing, given_id};
use config::{Config, SETTINGS};
use out::Files;

/// The message service `DROPDIR`.
#[derive(Debug)]
pub struct DropProvider;

impl TransportProvider for DropProvider {
    fn name(&self) -> &'static str {
        "DROPDIR"
    }

    fn description(&self) -> &'static str {
        "Directories of mails (.eml), one to put them into, one to take them out of"
    }

    fn settings(&self) -> &'static [SettingInfo] {
        SETTINGS
    }

    fn logon(
        &self,
        _: &Arc<TransportSupport>,
        settings: &Settings,
    ) -> Result<Arc<dyn TransportLogon>> {
        Ok(Arc::new(Drop::new(Config::of(settings)?)))
    }
}

struct Drop {
    config: Config,
    next: AtomicU64,
    open: Mutex<BTreeMap<u64, Open>>,
}

/// What waits for the spooler to write it down.
enum Open {
    Out(Guid),
    /// With the directory for itself.
    In(PathBuf, File),
}

impl Drop {
    fn new(config: Config) -> Self {
        Self { config, next: AtomicU64::new(1), open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, open: Open) -> u64 {
        let reference = self.next.fetch_add(1, Ordering::Relaxed);
        self.open().insert(reference, open);
        reference
    }

    fn sent(
        &self,
        submission: &Submission<'_>,
        rows: impl Iterator<Item = u32>,
        message_id: Option<String>,
    ) -> Report {
        Report {
            reference: self.remember(Open::Out(submission.attempt.key)),
            message_id,
            recipients: rows.map(|row| (row, Outcome::Sent)).collect(),
        }
    }
}

impl TransportLogon for Drop {
    /// Every type, if mail goes out at all: whoever has an address of internet mail can be reached.
    fn address_types(&self) -> AddressTypes {
        let types = ["SMTP".to_owned(), String::new()];
        let types = types.into_iter().filter(|_| self.config.path.is_some()).collect();
        AddressTypes { types, uids: Vec::new() }
    }

    fn polls(&self) -> Option<Duration> {
        self.config.pickup.as_ref().map(|_| self.config.poll)
    }

    fn submit_message(&self, submission: &Submission<'_>) -> Result<Report> {
        let Some(directory) = &self.config.path else { return Ok(Report::default()) };
        let mut mail = Outgoing::of(submission, self.config.from.as_deref())?;
        if mail.to.is_empty() {
            return Ok(Report::default());
        }
        Files::new(directory, submission.attempt.key).put(&mut mail)?;
        let rows = mail.to.iter().map(|(row, _)| *row);
        Ok(self.sent(submission, rows, mail.message_id.clone()))
    }

    fn recall(&self, submission: &Submission<'_>) -> Result<Recall> {
        let Some(directory) = &self.config.path else { return Ok(Recall::NotSent) };
        if !Files::new(directory, submission.attempt.key).is_sent()? {
            return Ok(Recall::NotSent);
        }
        let has_address =
            |one: &&mapix_core::Recipient| mapix_convert::recipient_address(one).is_some();
        let rows = submission.recipients.iter().filter(has_address).map(|one| one.row_id);
        let message_id = given_id(submission, self.config.from.as_deref())?;
        Ok(Recall::Known(self.sent(submission, rows, message_id)))
    }

    fn end_message(&self, reference: u64) -> Result<EndMessage> {
        let open = self.open().remove(&reference);
        match (open, &self.config.path) {
            (Some(Open::Out(key)), Some(directory)) => Files::new(directory, key).end()?,
            (Some(Open::In(path, claim)), _) => {
                pick::done(&path)?;
                drop(claim);
            }
            _ => {}
        }
        Ok(EndMessage::DontResend)
    }

    /// Also when another session takes mail just now: nobody can say yet that there is none.
    fn poll(&self) -> Result<bool> {
        match &self.config.pickup {
            Some(pickup) => pick::next(pickup).map(|found| found.is_some()),
            None => Ok(false),
        }
    }

    fn start_message(&self, message: &Message) -> Result<Option<u64>> {
        let Some(pickup) = &self.config.pickup else { return Ok(None) };
        // One mail at a time comes in: one before, of which nothing was heard, comes again.
        self.open().retain(|_, open| matches!(open, Open::Out(_)));
        let Some(claim) = pick::claim(pickup)? else { return Ok(None) };
        let Some(path) = pick::next(pickup)? else { return Ok(None) };
        match pick::fill(&path, message) {
            Ok(()) => Ok(Some(self.remember(Open::In(path, claim)))),
            Err(error) if pick::is_bad(&error) => {
                pick::bad(&path, &error)?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    fn validate_state(&self) -> Result<()> {
        for directory in [&self.config.path, &self.config.pickup].into_iter().flatten() {
            if !directory.is_dir() {
                let text = format!("{} is no directory", directory.display());
                return Err(Error::new(ErrorCode::NOT_FOUND, text));
            }
        }
        Ok(())
    }
}
