//! What a transport must give: the contract between the spooler and those who carry mail.
//!
//! A [`TransportProvider`] is a kind of transport, registered with
//! [`Mapi::and_transports`](crate::Mapi::and_transports) beside the store providers; it is a message
//! service of its own in profiles. For each of its providers in the profile the spooler of a session
//! makes one [`TransportLogon`], on the spooler's thread, and calls it from there alone, but for
//! [`TransportLogon::transport_notify`], which may come from any thread while another method runs.

use std::collections::BTreeMap;
use std::ops::BitOr;
use std::sync::Arc;
use std::time::Duration;

use super::TransportSupport;
use crate::prop::{FileTime, Guid};
use crate::{Error, ErrorCode, FastShutdown, LogoffFlags, Message, Recipient, Result, SettingInfo};

/// A kind of transports: what can be loaded.
#[doc(alias("XPProviderInit", "IXPProvider"))]
pub trait TransportProvider: Send + Sync {
    /// The name of its message service, such as `MAPIX_SMTP`.
    fn name(&self) -> &'static str;

    /// What it does, in a few words for people, such as `Internet mail (SMTP)`.
    fn description(&self) -> &'static str;

    /// What can be set for it as a message service in a profile.
    fn settings(&self) -> &'static [SettingInfo];

    /// Logs on for one session. Nobody need be reached: that can wait for the first message.
    ///
    /// # Errors
    /// `MAPI_E_UNCONFIGURED` if a setting is not good. After any error the transport is not used in
    /// this session; its row of the status table says why.
    #[doc(alias = "IXPProvider::TransportLogon")]
    fn logon(
        &self,
        support: &Arc<TransportSupport>,
        settings: &Settings,
    ) -> Result<Arc<dyn TransportLogon>>;

    /// The last logon of this kind in a session has logged off.
    #[doc(alias = "IXPProvider::Shutdown")]
    fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    /// Takes part in a fast shutdown; `None` if it knows nothing of it.
    #[doc(alias = "IMAPIProviderShutdown")]
    fn fast_shutdown(&self, step: FastShutdown) -> Option<Result<()>> {
        let _ = step;
        None
    }
}

/// The settings of a message service, as they are when it starts: secrets are there as text.
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// From names and values.
    pub fn new(settings: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(settings.into_iter().collect())
    }

    /// A setting; `None` if it is not there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A setting without which there is no start.
    ///
    /// # Errors
    /// `MAPI_E_UNCONFIGURED`.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| {
            Error::new(ErrorCode::UNCONFIGURED, format!("the setting `{name}` is missing"))
        })
    }
}

impl std::fmt::Debug for Settings {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Which recipients a transport takes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AddressTypes {
    /// By `PR_ADDRTYPE`, such as `SMTP`; compared without case. An empty text takes every type.
    pub types: Vec<String>,
    /// By the UID in `PR_ENTRYID`; these come before the types.
    pub uids: Vec<Guid>,
}

/// A transport that is logged on to a session.
///
/// # A message goes out
/// For each queued message, in the order of submission, the spooler asks the transports, in the order
/// of the profile, whether they take the address types of its recipients. A transport is given those
/// recipients that it takes and for whom no other has taken the responsibility
/// (`PR_RESPONSIBILITY` is FALSE):
///
/// 1. The spooler writes down, durably, that an attempt begins ([`Attempt`]).
/// 2. [`submit_message`](Self::submit_message) sends, and says for each recipient what became of it.
/// 3. The spooler writes that down, durably: `PR_RESPONSIBILITY` becomes TRUE for each recipient that
///    was taken or refused; one that was put off stays FALSE, with the time of the next attempt.
/// 4. [`end_message`](Self::end_message): the transport may forget what it kept for this attempt.
///
/// A crash between 1 and 3 leaves an attempt whose end nobody knows. The next spooler asks
/// [`recall`](Self::recall). A transport that can tell (a file with the attempt's key in its name is
/// there or not) makes the message go out exactly once; one that cannot leaves the recipients of that
/// attempt uncertain, with that reason, and nobody sends to them a second time unasked.
///
/// # A message comes in
/// The spooler asks [`poll`](Self::poll) now and then, and when the transport said
/// [`TransportSupport::spooler_notify`]; while it says yes, a message is made in the receive folder and
/// given to [`start_message`](Self::start_message) to be filled. The spooler saves it; then comes
/// [`end_message`](Self::end_message), and only then the transport removes its own copy.
#[doc(alias = "IXPLogon")]
pub trait TransportLogon: Send + Sync {
    /// Which recipients it takes. Asked once, after the logon, and again after
    /// [`TransportSupport::spooler_notify`] said that the configuration changed.
    #[doc(alias = "IXPLogon::AddressTypes")]
    fn address_types(&self) -> AddressTypes;

    /// Options of messages and recipients that it knows, for those who show them.
    #[doc(alias = "IXPLogon::RegisterOptions")]
    fn register_options(&self) -> Vec<TransportOption> {
        Vec::new()
    }

    /// Whether it brings mail in, and how often [`poll`](Self::poll) is to be asked; `None` for one
    /// that only sends.
    #[doc(alias("LOGON_SP_POLL", "STATUS_INBOUND_ENABLED"))]
    fn polls(&self) -> Option<Duration> {
        None
    }

    /// Sends a message to the recipients of the [`Submission`], and reports what became of each of
    /// them. Whoever is not in the report is left to the next transport.
    ///
    /// The message is open for reading. A call that takes long asks
    /// [`TransportSupport::spooler_yield`] between its steps, and puts off what is left when that
    /// says so.
    ///
    /// # Errors
    /// An error concerns all recipients of the submission, none of whom has been sent to. It puts the
    /// message off, with growing pauses; `MAPI_E_CANCEL` does so without counting. Nothing is refused
    /// for good but by [`Outcome::Refused`].
    #[doc(alias = "IXPLogon::SubmitMessage")]
    fn submit_message(&self, submission: &Submission<'_>) -> Result<Report>;

    /// What the spooler was told of a message is written down; `reference` is that of the
    /// [`Report`] or of [`start_message`](Self::start_message). Says what is to happen with a message
    /// that goes out; for one that comes in the answer does not matter.
    #[doc(alias = "IXPLogon::EndMessage")]
    fn end_message(&self, reference: u64) -> Result<EndMessage> {
        let _ = reference;
        Ok(EndMessage::DontResend)
    }

    /// What became of an attempt that was cut off before the spooler could write it down. The
    /// submission is that of the attempt, with the same key. It must not send.
    fn recall(&self, submission: &Submission<'_>) -> Result<Recall> {
        let _ = submission;
        Ok(Recall::Unknown)
    }

    /// Whether there is a message to come in.
    #[doc(alias = "IXPLogon::Poll")]
    fn poll(&self) -> Result<bool> {
        Ok(false)
    }

    /// Fills a new message, which the spooler then saves: properties, recipients, attachments (which
    /// are saved by the transport, the message is not). Gives the reference for
    /// [`end_message`](Self::end_message), or `None` if there is nothing after all.
    ///
    /// A transport whose own copy may survive a crash between the save and
    /// [`end_message`](Self::end_message) sets `PR_SEARCH_KEY` to something that is the same each time
    /// for the same mail: the spooler does not save a second one.
    ///
    /// # Errors
    /// Nothing is saved. The spooler goes on with the next transport and comes back later.
    #[doc(alias = "IXPLogon::StartMessage")]
    fn start_message(&self, message: &Message) -> Result<Option<u64>> {
        let _ = message;
        Ok(None)
    }

    /// Nothing is to be done at the moment: time for what can wait.
    #[doc(alias = "IXPLogon::Idle")]
    fn idle(&self) {}

    /// Something happened that the transport may want to know. It may come from any thread, also
    /// while another method runs.
    #[doc(alias = "IXPLogon::TransportNotify")]
    fn transport_notify(&self, what: TransportNotify) {
        let _ = what;
    }

    /// Sends and fetches now what it would send or fetch later: what it holds itself.
    #[doc(alias = "IXPLogon::FlushQueues")]
    fn flush_queues(&self, flags: FlushFlags) -> Result<()> {
        let _ = flags;
        Ok(())
    }

    /// Checks that it would work, reaching whom it would reach.
    #[doc(alias("IXPLogon::ValidateState", "IMAPIStatus::ValidateState"))]
    fn validate_state(&self) -> Result<()> {
        Ok(())
    }

    /// Ends it. It comes once, and is final also when it fails.
    #[doc(alias = "IXPLogon::TransportLogoff")]
    fn transport_logoff(&self, flags: LogoffFlags) -> Result<()> {
        let _ = flags;
        Ok(())
    }
}

/// An option that a transport knows (`OPTIONDATA`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransportOption {
    /// Of recipients, not of messages.
    pub recipient: bool,
    /// The address type for which it holds.
    pub address_type: String,
    /// Its name.
    pub name: String,
    /// What it does, in a few words.
    pub about: String,
}

/// What a transport is to send.
#[derive(Debug)]
pub struct Submission<'a> {
    /// The message, open for reading.
    pub message: &'a Message,
    /// The recipients that are its own: one it does not find here is somebody else's. Told apart by
    /// `row_id`.
    pub recipients: &'a [Recipient],
    /// The attempt.
    pub attempt: Attempt,
}

/// An attempt to send a message through one transport. It is written down before the transport is
/// called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// The same for each attempt to send this submission of the message, over crashes too, and for no
    /// other: good for a file name, or for a `Message-ID` where the message has none.
    pub key: Guid,
    /// 1 for the first one.
    pub number: u32,
    /// It was put off before (`BEGIN_DEFERRED`).
    #[doc(alias = "BEGIN_DEFERRED")]
    pub deferred: bool,
}

/// What became of the recipients of a submission.
#[derive(Clone, PartialEq, Debug, Default)]
#[doc(alias = "IMAPISupport::StatusRecips")]
pub struct Report {
    /// Handed back in [`TransportLogon::end_message`].
    #[doc(alias = "lpulMsgRef")]
    pub reference: u64,
    /// The `Message-ID` under which it went, if the transport gave it one. The message that was sent
    /// keeps it (`PR_INTERNET_MESSAGE_ID`), so that an answer finds it.
    pub message_id: Option<String>,
    /// By `row_id`. Nobody need be named twice; the last one counts.
    pub recipients: Vec<(u32, Outcome)>,
}

impl Report {
    /// The same for all recipients of a submission.
    pub fn all(submission: &Submission<'_>, outcome: &Outcome) -> Self {
        let each = |recipient: &Recipient| (recipient.row_id, outcome.clone());
        let recipients = submission.recipients.iter().map(each).collect();
        Self { recipients, ..Self::default() }
    }
}

/// What became of one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The transport has the responsibility: it is sent, as far as this machine is concerned.
    Sent,
    /// It will never be sent there: the sender gets a report with this text (`PR_SUPPLEMENTARY_INFO`),
    /// such as the server's answer.
    Refused(String),
    /// Not now: why, and when again; `None` for when the spooler likes.
    Deferred {
        /// Why.
        reason: String,
        /// Not before that.
        #[doc(alias = "PR_DEFERRED_SEND_TIME")]
        until: Option<FileTime>,
    },
    /// It may have been sent, and the transport cannot tell: why. Nobody sends it to this recipient
    /// unasked; the others are gone on with. When nobody else is left, the message stays in the queue as
    /// [uncertain](crate::QueueState::Uncertain).
    Uncertain(String),
}

/// What a transport knows of an attempt that was cut off.
#[derive(Clone, PartialEq, Debug)]
pub enum Recall {
    /// Nobody was sent to: it can be tried again.
    NotSent,
    /// This is what happened.
    Known(Report),
    /// It cannot tell.
    Unknown,
}

/// What is to happen with a message after an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum EndMessage {
    /// What the report says (`END_DONT_RESEND`).
    #[default]
    DontResend,
    /// Recipients that were put off are tried again at once (`END_RESEND_NOW`).
    ResendNow,
    /// They are tried again later (`END_RESEND_LATER`).
    ResendLater,
}

/// What a transport is told (`NOTIFY_*`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportNotify {
    /// Mail may come in.
    BeginInbound,
    /// No mail comes in any more.
    EndInbound,
    /// Mail will go out.
    BeginOutbound,
    /// No mail goes out any more.
    EndOutbound,
    /// What can come in is wanted now.
    BeginInboundFlush,
    /// That is over.
    EndInboundFlush,
    /// What waits is to go out now.
    BeginOutboundFlush,
    /// That is over.
    EndOutboundFlush,
    /// The call that sends or fetches at this moment is to end soon: it will not be waited for.
    CancelMessage,
    /// A message that was put off will not be sent any more; its attempt had this key.
    AbortDeferred(Guid),
}

/// What is to be flushed (`FLUSH_*`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[doc(alias = "IMAPIStatus::FlushQueues")]
pub struct FlushFlags(pub u32);

impl FlushFlags {
    /// What waits to go out (`FLUSH_UPLOAD`).
    pub const UPLOAD: Self = Self(0x2);
    /// What waits to come in (`FLUSH_DOWNLOAD`).
    pub const DOWNLOAD: Self = Self(0x4);
    /// Also what was put off until later (`FLUSH_FORCE`).
    pub const FORCE: Self = Self(0x8);
    /// Nobody is asked anything (`FLUSH_NO_UI`).
    pub const NO_UI: Self = Self(0x10);
    /// Need not be over when the call returns (`FLUSH_ASYNC_OK`).
    pub const ASYNC_OK: Self = Self(0x20);

    /// Whether all flags of the other set are in this one.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for FlushFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
