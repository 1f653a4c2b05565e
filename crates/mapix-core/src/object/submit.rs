//! Submission: messages go into the outgoing queue, and come out of it (lifecycle rules,
//! section 24).

use std::collections::HashSet;
use std::sync::Arc;

use super::computed::{
    self, MSGFLAG_FROMME, MSGFLAG_RESEND, MSGFLAG_SUBMIT, MSGFLAG_UNMODIFIED, MSGFLAG_UNSENT,
};
use super::message::Message;
use super::property::{HasProperties, INLINE};
use super::queue::{Entry, Queue, QueueState, SUBMITFLAG_PREPROCESS};
use super::recipient::{Recipient, RecipientKind, search_key};
use super::store::{Store, read_only};
use super::{SpecialFolder, special};
use crate::prop::{FileTime, Guid, PropBag, PropTag, tags};
use crate::session::{Logon, Pass};
use crate::store::{Change, Commit, MessageUpdate, ObjectRef};
use crate::{EntryId, Error, ErrorCode, Result};

/// `MAPI_SUBMITTED` in `PR_RECIPIENT_TYPE`: the first submission reached this recipient.
const MAPI_SUBMITTED: i32 = i32::MIN;

/// Whether [`Store::set_lock_state`] locks or unlocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockState {
    /// `MSG_LOCKED`.
    Locked,
    /// `MSG_UNLOCKED`.
    Unlocked,
}

/// A message in the outgoing queue.
#[derive(Clone, PartialEq, Debug)]
pub struct Queued {
    /// The entry ID of the message.
    pub entry_id: EntryId,
    /// When it was submitted.
    #[doc(alias = "PR_CLIENT_SUBMIT_TIME")]
    pub submitted: FileTime,
    /// How far it is.
    pub state: QueueState,
    /// Whether a spooler that lives has it.
    pub locked: bool,
    /// What its attempts are known by: see [`Attempt`](crate::Attempt).
    pub key: Guid,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried again.
    pub due: Option<FileTime>,
    /// Why it was not sent yet.
    pub reason: Option<String>,
    /// Of how many recipients nobody knows whether it was sent to them; the others are gone on with.
    pub uncertain: usize,
}

impl Message {
    /// Saves the message and puts it into the outgoing queue of its store, for the spooler to
    /// send it. With `force`, what somebody else saved meanwhile is overwritten, as in
    /// [`save_changes`](Self::save_changes).
    ///
    /// In one commit, the message gets `MSGFLAG_SUBMIT`, `PR_CLIENT_SUBMIT_TIME`, sender and
    /// represented sender where it has none, and `PR_RESPONSIBILITY` on each recipient: FALSE for
    /// those to whom it is to be sent; TRUE for those who stand there twice, and, with
    /// `MSGFLAG_RESEND`, for those whom the first submission reached (`MAPI_SUBMITTED`).
    ///
    /// After success this handle and all of its attachments answer `MAPI_E_INVALID_OBJECT`; the
    /// message itself is opened again by its entry ID, for reading only. After an error it stays
    /// as good as it was.
    ///
    /// # Errors
    /// `MAPI_E_NO_RECIPIENTS`; `MAPI_E_NO_SUPPORT` for what is embedded or associated;
    /// `MAPI_E_SUBMITTED` if it is in the queue already; those of saving.
    #[doc(alias("IMessage::SubmitMessage", "FORCE_SUBMIT"))]
    pub fn submit(&self, force: bool) -> Result<()> {
        self.check_submit()?;
        let logon = Arc::clone(self.logon());
        let pass = logon.enter()?;
        let (recipients, errors) = self.recipients()?.into_parts();
        if let Some(error) = errors.into_iter().next() {
            return Err(error);
        }
        if !recipients.iter().any(is_addressee) {
            return Err(Error::new(ErrorCode::NO_RECIPIENTS, "the message has no recipients"));
        }
        logon.ready_to_send();
        self.save_changes(super::KeepOpen::ReadWrite, force)?;
        let props = self.all()?;
        let flags = props.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        let recipients = expand(prepare_recipients(recipients, flags & MSGFLAG_RESEND != 0));
        if recipients.iter().all(|props| props.bool(tags::RESPONSIBILITY) == Some(true)) {
            return Err(Error::new(
                ErrorCode::NO_RECIPIENTS,
                "all recipients of the resent message have it already",
            ));
        }
        let now = FileTime::now();
        let mut set = senders(&logon, &props);
        set.set(
            tags::MESSAGE_FLAGS,
            (flags | MSGFLAG_SUBMIT | MSGFLAG_FROMME) & !(MSGFLAG_RESEND | MSGFLAG_UNMODIFIED),
        );
        set.set(tags::CLIENT_SUBMIT_TIME, now);
        set.set(tags::LAST_MODIFICATION_TIME, now);
        let update =
            MessageUpdate { set, recipients: Some(recipients), ..MessageUpdate::default() };
        let flags = if logon.preprocesses() { SUBMITFLAG_PREPROCESS } else { 0 };
        let entry = Entry::new(&self.entry_id()?, now, flags);
        let queue = Queue(&*pass);
        let create = queue.create(&entry)?;
        self.commit_submit(update, create)?;
        drop(pass);
        logon.wake_spooler();
        Ok(())
    }
}

/// Those to whom a message goes.
fn is_addressee(recipient: &Recipient) -> bool {
    matches!(recipient.kind(), RecipientKind::To | RecipientKind::Cc | RecipientKind::Bcc)
}

/// Says of each recipient whether it is to be sent to, as [`Message::submit`] does: FALSE in
/// `PR_RESPONSIBILITY` if so. With `resend` (`MSGFLAG_RESEND`), who is marked as having the message
/// (`MAPI_SUBMITTED`) is not sent to again, and loses the mark.
#[doc(alias = "IMAPISupport::PrepareSubmit")]
pub fn prepare_recipients(recipients: Vec<Recipient>, resend: bool) -> Vec<PropBag> {
    let one = |recipient: Recipient| {
        let kind = recipient.props.i32(tags::RECIPIENT_TYPE).unwrap_or(1);
        let submitted = resend && kind & MAPI_SUBMITTED != 0;
        let has_it = !is_addressee(&recipient) || submitted;
        let mut props = recipient.props;
        if submitted {
            props.set(tags::RECIPIENT_TYPE, kind & !MAPI_SUBMITTED);
        }
        props.set(tags::ROWID, recipient.row_id as i32);
        props.set(tags::RESPONSIBILITY, has_it);
        // What was said of an earlier attempt.
        for tag in [tags::NDR_REASON_CODE, tags::NDR_DIAG_CODE, tags::SUPPLEMENTARY_INFO] {
            drop(props.remove(tag.id()));
        }
        props
    };
    recipients.into_iter().map(one).collect()
}

/// Who stands there twice is sent to once (`IMAPISupport::ExpandRecips`). There are no address
/// books, and so no lists to be expanded.
fn expand(mut recipients: Vec<PropBag>) -> Vec<PropBag> {
    let mut known = HashSet::new();
    for props in &mut recipients {
        let open = props.bool(tags::RESPONSIBILITY) == Some(false);
        if let Some(key) = search_key(props)
            && open
            && !known.insert(key)
        {
            props.set(tags::RESPONSIBILITY, true);
        }
    }
    recipients
}

/// Sender and represented sender, as far as the message lacks them: each is taken for the other,
/// and for both the identity of the session.
fn senders(logon: &Logon, message: &PropBag) -> PropBag {
    const PAIRS: [(PropTag, PropTag); 6] = [
        (tags::SENDER_NAME, tags::SENT_REPRESENTING_NAME),
        (tags::SENDER_ADDRTYPE, tags::SENT_REPRESENTING_ADDRTYPE),
        (tags::SENDER_EMAIL_ADDRESS, tags::SENT_REPRESENTING_EMAIL_ADDRESS),
        (tags::SENDER_SMTP_ADDRESS, tags::SENT_REPRESENTING_SMTP_ADDRESS),
        (tags::SENDER_ENTRYID, tags::SENT_REPRESENTING_ENTRYID),
        (tags::SENDER_SEARCH_KEY, tags::SENT_REPRESENTING_SEARCH_KEY),
    ];
    let mut set = PropBag::new();
    let has = |tag: PropTag| message.find(tag.id()).is_some();
    let named = |tags: [PropTag; 2]| tags.into_iter().any(has);
    let sender = named([tags::SENDER_NAME, tags::SENDER_EMAIL_ADDRESS]);
    let represented = named([tags::SENT_REPRESENTING_NAME, tags::SENT_REPRESENTING_EMAIL_ADDRESS]);
    let identity = if sender || represented { PropBag::new() } else { logon.identity() };
    for (of_sender, of_represented) in PAIRS {
        let value = message.get(of_sender).or_else(|| message.get(of_represented));
        let Some(value) = value.or_else(|| identity.get(of_sender)) else { continue };
        if !sender {
            set.set(of_sender, value.clone());
        }
        if !represented {
            set.set(of_represented, value.clone());
        }
    }
    set
}

impl Store {
    /// Takes a message out of the outgoing queue, so that it can be changed, deleted or submitted
    /// again.
    ///
    /// # Errors
    /// `MAPI_E_NOT_IN_QUEUE`; `MAPI_E_UNABLE_TO_ABORT` while the spooler has it.
    #[doc(alias = "IMsgStore::AbortSubmit")]
    pub fn abort_submit(&self, message: &EntryId) -> Result<()> {
        let pass = self.for_change()?;
        let id = message_number(&pass, message)?;
        let queue = Queue(&*pass);
        loop {
            let entry = queue.queued(id)?;
            if entry.is_locked() {
                return Err(Error::new(
                    ErrorCode::UNABLE_TO_ABORT,
                    "the spooler is sending the message",
                ));
            }
            let unsent = |flags| (flags & !MSGFLAG_SUBMIT) | MSGFLAG_UNSENT;
            let mut changes = vec![set_flags(&pass, id, unsent)?];
            changes.extend(Queue::remove(&entry));
            if try_commit(&pass, changes)?.is_some() {
                drop(pass);
                self.logon().aborted(entry.key);
                return Ok(());
            }
        }
    }

    /// The messages in the outgoing queue, in the order of submission.
    pub fn queued(&self) -> Result<Vec<Queued>> {
        let pass = self.logon().enter()?;
        let queued = |entry: Entry| {
            Ok(Queued {
                entry_id: EntryId::from_bytes(&entry.of)?,
                submitted: entry.submitted,
                state: entry.state,
                locked: entry.is_locked(),
                key: entry.key,
                attempts: entry.attempts.max(0) as u32,
                due: entry.due,
                reason: entry.reason,
                uncertain: entry.uncertain.len(),
            })
        };
        Queue(&*pass).entries()?.into_iter().map(queued).collect()
    }

    /// Has a message sent to those who may have been sent to already
    /// ([uncertain](Queued::uncertain)), which nobody does unasked.
    ///
    /// # Errors
    /// `MAPI_E_NOT_IN_QUEUE`, also for one of which nothing is uncertain; `MAPI_E_BUSY` while the spooler
    /// has it.
    pub fn send_again(&self, message: &EntryId) -> Result<()> {
        let pass = self.for_change()?;
        let id = message_number(&pass, message)?;
        let queue = Queue(&*pass);
        loop {
            let mut entry = queue.queued(id)?;
            if entry.state != QueueState::Uncertain && entry.uncertain.is_empty() {
                return Err(Error::new(
                    ErrorCode::NOT_IN_QUEUE,
                    "it is not uncertain whether the message was sent",
                ));
            }
            if entry.is_locked() {
                return Err(Error::new(ErrorCode::BUSY, "the spooler is sending the message"));
            }
            entry.state = QueueState::Waiting;
            (entry.due, entry.reason, entry.attempt) = (None, None, None);
            (entry.uncertain, entry.doubt) = (Vec::new(), None);
            // Another submission, as far as transports are concerned.
            entry.key = Guid::unique();
            if try_commit(&pass, vec![Queue::update(&entry)])?.is_some() {
                self.logon().wake_spooler();
                return Ok(());
            }
        }
    }

    /// Locks a queued message for this spooler, or lets go of it; saves the message first. A lock
    /// ends with its spooler, however that ends.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if this is not the [spooler's](crate::Session::spooler_store) store;
    /// `MAPI_E_NOT_IN_QUEUE`; `MAPI_E_NO_ACCESS` if another spooler has locked it.
    #[doc(alias = "IMsgStore::SetLockState")]
    pub fn set_lock_state(&self, message: &Message, state: LockState) -> Result<()> {
        let owner = self.spooler()?;
        if HasProperties::is_writable(message) {
            message.save()?;
        }
        let pass = self.for_change()?;
        let id = message.id().ok_or_else(|| Error::not_found("the message was never saved"))?;
        let queue = Queue(&*pass);
        loop {
            let mut entry = queue.queued(id)?;
            if entry.is_locked() && !entry.is_locked_by(&owner) {
                return Err(Error::new(ErrorCode::NO_ACCESS, "another spooler has the message"));
            }
            match state {
                LockState::Locked => entry.lock_for(&owner),
                LockState::Unlocked => entry.unlock(),
            }
            if try_commit(&pass, vec![Queue::update(&entry)])?.is_some() {
                return message.reopen();
            }
        }
    }

    /// The spooler has done all it can for a message, which it has locked: it comes out of the
    /// queue, and is treated as it says itself. With `PR_SENTMAIL_ENTRYID` it goes to that folder,
    /// with `PR_DELETE_AFTER_SUBMIT` it is deleted, with both it goes there and is deleted there,
    /// which leaves it among what can be restored; with none it stays where it is. All that is one
    /// commit.
    ///
    /// A folder that is not there (any more) is taken for the store's folder of sent mail, and
    /// without that the message stays where it is: what was sent is not lost.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if this is not the spooler's store; `MAPI_E_NOT_IN_QUEUE`;
    /// `MAPI_E_NO_ACCESS` if this spooler has not locked it.
    #[doc(alias("IMsgStore::FinishedMsg", "IMAPISupport::DoSentMail"))]
    pub fn finished_msg(&self, message: &EntryId) -> Result<()> {
        self.spooler()?;
        let pass = self.for_change()?;
        let id = message_number(&pass, message)?;
        drop(pass);
        self.finish(id, Vec::new())
    }

    /// [`finished_msg`](Self::finished_msg), with what else belongs into its commit.
    pub(crate) fn finish(&self, id: u64, mut changes: Vec<Change>) -> Result<()> {
        let owner = self.spooler()?;
        let pass = self.for_change()?;
        let queue = Queue(&*pass);
        let entry = queue.queued(id)?;
        if !entry.is_locked_by(&owner) {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the message is not locked"));
        }
        let bag = pass.properties(&ObjectRef::message(id), INLINE)?;
        changes.extend(Queue::remove(&entry));
        changes.push(set_flags(&pass, id, |flags| {
            flags & !(MSGFLAG_SUBMIT | MSGFLAG_UNSENT) | computed::MSGFLAG_READ
        })?);
        if let Some(wanted) = bag.bytes(tags::SENTMAIL_ENTRYID) {
            let folder = special::folder(&*pass, wanted)
                .or_else(|| special::find(&*pass, SpecialFolder::SentItems).ok());
            let here = pass.parent(id)?;
            changes.extend(
                folder
                    .filter(|folder| Some(*folder) != here)
                    .map(|to| Change::MoveMessage { message: id, to }),
            );
        }
        if bag.bool(tags::DELETE_AFTER_SUBMIT) == Some(true) {
            let soft = bag.bytes(tags::SENTMAIL_ENTRYID).is_some();
            changes.push(Change::DeleteMessage { message: id, soft });
        }
        pass.commit(changes)?;
        Ok(())
    }

    /// Tells those who are advised on this store in the spooler's session that a message is new
    /// mail. One in a receive folder was told of by the commit that put it there, and is not told
    /// of twice.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if this is not the spooler's store; those of opening the message.
    #[doc(alias = "IMsgStore::NotifyNewMail")]
    pub fn notify_new_mail(&self, message: &EntryId) -> Result<()> {
        self.spooler()?;
        let pass = self.logon().enter()?;
        let id = message_number(&pass, message)?;
        let parent = pass.parent(id)?;
        if parent.is_some_and(|parent| super::receive_folders(&*pass).contains(&parent)) {
            return Ok(());
        }
        let bag = pass.properties(&ObjectRef::message(id), INLINE)?;
        drop(pass);
        self.logon().tell_new_mail(id, parent, &bag)
    }

    fn for_change(&self) -> Result<Pass<'_>> {
        let pass = self.logon().enter()?;
        if self.can_write() { Ok(pass) } else { Err(read_only()) }
    }

    /// What the locks of this spooler are known by.
    fn spooler(&self) -> Result<String> {
        self.logon().spooler().map(str::to_owned).ok_or_else(|| {
            Error::no_support("only the spooler does this, with the store that it has opened")
        })
    }
}

/// The number of a message in a folder.
fn message_number(pass: &Pass<'_>, entry_id: &EntryId) -> Result<u64> {
    match pass.resolve(entry_id)? {
        ObjectRef::Message(place) if place.embedded.is_empty() => Ok(place.id),
        _ => Err(Error::no_support("it is not a message in a folder")),
    }
}

/// Changes the flags of a message, from those that it has now.
fn set_flags(pass: &Pass<'_>, message: u64, change: impl FnOnce(i32) -> i32) -> Result<Change> {
    let expected = Some(pass.stamp(message)?);
    let bag = pass.properties(&ObjectRef::message(message), INLINE)?;
    let mut set = PropBag::new();
    set.set(tags::MESSAGE_FLAGS, change(bag.i32(tags::MESSAGE_FLAGS).unwrap_or(0)));
    let update = MessageUpdate { set, ..MessageUpdate::default() };
    Ok(Change::UpdateMessage { message, expected, update })
}

/// `None` if somebody else was faster: look again.
fn try_commit(pass: &Pass<'_>, changes: Vec<Change>) -> Result<Option<Commit>> {
    match pass.commit(changes) {
        Ok(commit) => Ok(Some(commit)),
        Err(error) if error.code() == ErrorCode::OBJECT_CHANGED => Ok(None),
        Err(error) => Err(error),
    }
}
