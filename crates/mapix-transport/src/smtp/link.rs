//! A connection to a mail server.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use mapix_core::{Error, ErrorCode, Outcome, Result};

use super::config::{Config, Tls};
use crate::outgoing::Outgoing;

/// How much of a mail is handed on at once.
const CHUNK: usize = 64 << 10;
/// The server may take so many times longer to say whether it took a mail than for other answers: if
/// it is not waited for, the mail may be there twice (RFC 5321, section 4.5.3.2.6).
const PATIENCE: u32 = 5;

/// A connection that is ready for the next mail.
pub(super) struct Link {
    connection: SmtpConnection,
    /// Nothing more can be said over it.
    broken: bool,
}

impl Link {
    /// Connects, encrypts and authenticates, as the settings ask.
    ///
    /// # Errors
    /// `MAPI_E_NETWORK_ERROR`, `MAPI_E_TIMEOUT`, `MAPI_E_LOGON_FAILED` if the server does not take the
    /// password, `MAPI_E_UNCONFIGURED`: none of them is about a mail.
    pub(super) fn open(config: &Config) -> Result<Self> {
        let told = |error: SmtpError| failure(config, &error);
        let tls = config.tls_parameters()?;
        let wrapper = tls.as_ref().filter(|_| config.tls == Tls::Wrapper);
        let address = (config.host.as_str(), config.port);
        let timeout = Some(config.timeout);
        let mut connection =
            SmtpConnection::connect(address, timeout, &config.helo, wrapper, None).map_err(told)?;
        match (&tls, config.tls) {
            (Some(tls), Tls::Required | Tls::Opportunistic) if connection.can_starttls() => {
                connection.starttls(tls, &config.helo).map_err(told)?;
            }
            (_, Tls::Required) => {
                let text = "does not offer to encrypt the connection (STARTTLS)";
                return Err(refusal(config, text));
            }
            _ => {}
        }
        if let Some(credentials) = &config.credentials {
            if !connection.is_encrypted() && config.tls != Tls::None {
                let text = "does not encrypt the connection, so it does not get the password";
                return Err(refusal(config, text));
            }
            let known = [Mechanism::Plain, Mechanism::Login];
            if connection.server_info().get_auth_mechanism(&known).is_none() {
                return Err(refusal(config, "takes no password (neither PLAIN nor LOGIN)"));
            }
            connection.auth(&known, credentials).map_err(|error| match error.status() {
                Some(_) => {
                    let text = format!("the password is not taken: {}", describe(config, &error));
                    Error::new(ErrorCode::LOGON_FAILED, text)
                }
                None => told(error),
            })?;
        }
        Ok(Self { connection, broken: false })
    }

    /// Whether the server still listens.
    pub(super) fn is_alive(&mut self) -> bool {
        !self.broken && self.connection.command(Noop).is_ok()
    }

    /// Says goodbye, if anybody listens.
    pub(super) fn close(mut self) {
        if !self.broken {
            // Nothing depends on the answer.
            let _ = self.connection.quit();
        }
    }

    /// Sends a mail, and gives what became of each recipient, in their order. `stop` is asked between
    /// the steps.
    pub(super) fn deliver(
        &mut self,
        config: &Config,
        mail: &mut Outgoing,
        stop: &dyn Fn() -> bool,
    ) -> Vec<(u32, Outcome)> {
        let mut found = Vec::with_capacity(mail.to.len());
        let accepted = match self.envelope(config, mail, stop, &mut found) {
            Ok(accepted) => accepted,
            Err(outcome) => {
                let told: Vec<u32> = found.iter().map(|(row, _)| *row).collect();
                let rest = mail.to.iter().filter(|(row, _)| !told.contains(row));
                found.extend(rest.map(|(row, _)| (*row, outcome.clone())));
                self.reset();
                return found;
            }
        };
        if accepted.is_empty() {
            self.reset();
            return found;
        }
        let outcome = self.content(config, mail);
        if outcome != Outcome::Sent {
            self.reset();
        }
        found.extend(accepted.into_iter().map(|row| (row, outcome.clone())));
        found
    }

    /// Names the sender and the recipients. Gives the rows of those that the server takes; what became
    /// of others goes into `found`.
    ///
    /// # Errors
    /// What becomes of all of whom nothing is in `found`.
    fn envelope(
        &mut self,
        config: &Config,
        mail: &Outgoing,
        stop: &dyn Fn() -> bool,
        found: &mut Vec<(u32, Outcome)>,
    ) -> Result<Vec<u32>, Outcome> {
        let server = self.connection.server_info();
        let mut parameters = Vec::new();
        if server.supports_feature(Extension::SmtpUtfEight) && !is_plain(mail) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.is_ascii {
            if !server.supports_feature(Extension::EightBitMime) {
                let text = format!("{} takes no mail beyond ASCII (8BITMIME)", config.server());
                return Err(Outcome::Refused(text));
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = self.address(config, &mail.from)?;
        let command = Mail::new(Some(from), parameters);
        self.command(command.to_string()).map_err(|error| outcome(config, &error))?;
        let mut accepted: Vec<u32> = Vec::new();
        let mut known: Vec<(&str, Option<Outcome>)> = Vec::new();
        for (row, text) in &mail.to {
            if stop() {
                return Err(stopped());
            }
            let before = known.iter().find(|(other, _)| other.eq_ignore_ascii_case(text));
            let outcome = match before {
                Some((_, outcome)) => outcome.clone(),
                None => match self.recipient(config, text) {
                    Err(outcome) if self.broken => return Err(outcome),
                    result => result.err(),
                },
            };
            known.push((text, outcome.clone()));
            match outcome {
                None => accepted.push(*row),
                Some(outcome) => found.push((*row, outcome)),
            }
        }
        Ok(accepted)
    }

    fn recipient(&mut self, config: &Config, text: &str) -> Result<(), Outcome> {
        let address = self.address(config, text)?;
        match self.command(Rcpt::new(address, Vec::new()).to_string()) {
            Ok(_) => Ok(()),
            Err(error) => Err(outcome(config, &error)),
        }
    }

    /// An address as it is given to the server.
    fn address(&self, config: &Config, text: &str) -> Result<Address, Outcome> {
        let parsed = text.parse::<Address>();
        let address = parsed.map_err(|error| Outcome::Refused(format!("{text}: {error}")))?;
        let server = self.connection.server_info();
        if !text.is_ascii() && !server.supports_feature(Extension::SmtpUtfEight) {
            let text = format!("{} takes no address beyond ASCII: {text}", config.server());
            return Err(Outcome::Refused(text));
        }
        Ok(address)
    }

    /// Sends the mail itself; all recipients that the server takes share what becomes of it.
    fn content(&mut self, config: &Config, mail: &mut Outgoing) -> Outcome {
        match self.command(Data.to_string()) {
            Ok(answer) if answer.has_code(354) => {}
            Ok(answer) => {
                self.broken = true;
                let text = format!("{}: answer {} to DATA", config.server(), answer.code());
                return later(text);
            }
            Err(error) => return outcome(config, &error),
        }
        let patience = Some(config.timeout.saturating_mul(PATIENCE));
        let finished = AtomicBool::new(false);
        let torn = match Chunks::of(mail, &finished) {
            Err(error) => Err(error),
            Ok(chunks) => {
                let connection = &mut self.connection;
                let send = || match connection.set_timeout(patience) {
                    Ok(()) => Ok(connection.message_iter(chunks)),
                    Err(error) => Err(error),
                };
                // The only way out of the midst of a mail, which must not end as if it were whole.
                panic::catch_unwind(AssertUnwindSafe(send)).unwrap_or_else(|cause| match cause
                    .downcast::<io::Error>(
                ) {
                    Ok(error) => Err(*error),
                    Err(cause) => panic::resume_unwind(cause),
                })
            }
        };
        let answer = match torn {
            Ok(answer) => answer,
            Err(error) => {
                // The server throws away what it has when the connection ends.
                self.broken = true;
                return later(format!("the mail that was written aside: {error}"));
            }
        };
        // It was set before, so that it can be.
        let _ = self.connection.set_timeout(Some(config.timeout));
        match answer {
            Ok(_) => Outcome::Sent,
            Err(error) if error.status().is_some() => outcome(config, &error),
            Err(error) => {
                self.broken = true;
                let text = describe(config, &error);
                if finished.load(Ordering::Relaxed) {
                    return Outcome::Uncertain(format!(
                        "it may have been sent: the server had all of it, then {text}"
                    ));
                }
                later(text)
            }
        }
    }

    fn command(&mut self, command: String) -> Result<Response, SmtpError> {
        let result = self.connection.command(command);
        if let Err(error) = &result {
            let code = error.status().map(u16::from);
            // 421: the server ends the connection.
            self.broken |= matches!(code, None | Some(421));
        }
        result
    }

    /// Makes it ready for the next mail.
    fn reset(&mut self) {
        if !self.broken && self.command(Rset.to_string()).is_err() {
            self.broken = true;
        }
    }
}

/// What an answer means for those whom it is about.
fn outcome(config: &Config, error: &SmtpError) -> Outcome {
    let text = describe(config, error);
    // That the client is to encrypt or to authenticate says nothing about the mail.
    let settings = matches!(error.status().map(u16::from), Some(530 | 534 | 535 | 538));
    if error.is_permanent() && !settings { Outcome::Refused(text) } else { later(text) }
}

/// Whether all addresses are ASCII.
fn is_plain(mail: &Outgoing) -> bool {
    mail.from.is_ascii() && mail.to.iter().all(|(_, to)| to.is_ascii())
}

fn later(reason: String) -> Outcome {
    Outcome::Deferred { reason, until: None }
}

pub(super) fn stopped() -> Outcome {
    later("stopped before it was sent".into())
}

fn refusal(config: &Config, text: &str) -> Error {
    Error::new(ErrorCode::UNCONFIGURED, format!("{} {text}", config.server()))
}

/// A failure that is not about a mail.
fn failure(config: &Config, error: &SmtpError) -> Error {
    let code = if is_timeout(error) { ErrorCode::TIMEOUT } else { ErrorCode::NETWORK_ERROR };
    Error::new(code, describe(config, error))
}

fn is_timeout(error: &SmtpError) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
        }
        source = error.source();
    }
    false
}

/// What the server said, word for word, or what happened to the connection.
fn describe(config: &Config, error: &SmtpError) -> String {
    let server = config.server();
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(code) = error.status() {
        return format!("{server} says: {code} {source}").trim_end().to_owned();
    }
    if is_timeout(error) {
        return format!("no answer from {server} in time");
    }
    if error.is_response() && source == "incomplete response" {
        return format!("{server} closed the connection");
    }
    let text = if source.is_empty() { error.to_string() } else { source };
    format!("{server}: {text}")
}

/// A mail in pieces, without its last line end, which the end of the mail brings.
struct Chunks<'a> {
    mail: &'a mut dyn io::Read,
    left: u64,
    finished: &'a AtomicBool,
}

impl<'a> Chunks<'a> {
    fn of(mail: &'a mut Outgoing, finished: &'a AtomicBool) -> io::Result<Self> {
        // All mail ends with a line end.
        let left = mail.len()?.saturating_sub(2);
        Ok(Self { mail: mail.reader()?, left, finished })
    }
}

impl Iterator for Chunks<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.left == 0 {
            self.finished.store(true, Ordering::Relaxed);
            return None;
        }
        let mut chunk = vec![0; CHUNK.min(usize::try_from(self.left).unwrap_or(CHUNK))];
        if let Err(error) = self.mail.read_exact(&mut chunk) {
            // Not a panic: nothing is printed. It unwinds to where the mail began.
            panic::resume_unwind(Box::new(error));
        }
        self.left -= chunk.len() as u64;
        Some(chunk)
    }
}
