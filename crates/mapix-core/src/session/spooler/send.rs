//! Mail goes out: each message of a queue, in the order of submission, through the transports, in
//! the order of the profile.
//!
//! What is done is written down before and after a transport is called, so that a crash leaves
//! either a message that was not tried, or an attempt of which the transport is asked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::report;
use super::thread::{Carrier, Spooler};
use super::transport::{AddressTypes, Attempt, EndMessage, Outcome, Recall, Report, Submission};
use crate::object::queue::{Entry, Queue, QueueState, SUBMITFLAG_PREPROCESS};
use crate::object::{Message, Recipient, RecipientKind};
use crate::prop::{FileTime, PropBag, tags};
use crate::session::Event;
use crate::session::provider::call;
use crate::store::{Change, MessageRef, MessageUpdate};
use crate::{EntryId, Error, ErrorCode, Result, Store};

/// The pauses between attempts, in ticks of 100 ns: a minute, and twice as much each time, up to
/// four hours.
const FIRST_PAUSE: i64 = 600_000_000;
const LONGEST_PAUSE: i64 = 240 * FIRST_PAUSE;

/// Those who were put off: why, and until when.
#[derive(Default)]
struct Put {
    reason: Option<String>,
    until: Option<FileTime>,
    /// Does not count as an attempt.
    cancelled: bool,
    now: bool,
}

impl Spooler {
    /// Sends what is ready in a store; with `force`, also what was put off. Gives when the next
    /// one is due.
    pub(super) fn send_queue(
        &self,
        number: u64,
        store: &Store,
        carriers: &[Carrier],
        all_there: bool,
        force: bool,
    ) -> Result<Option<FileTime>> {
        let entries = Queue(&*store.logon().enter()?).entries()?;
        let owner = store.logon().spooler().unwrap_or_default().to_owned();
        let mut next: Option<FileTime> = None;
        for entry in entries {
            if self.is_over(number) {
                break;
            }
            if entry.message.is_none() {
                // The message is gone: there is nothing to be sent.
                store.logon().enter()?.commit(Queue::remove(&entry).into())?;
                continue;
            }
            if entry.state == QueueState::Uncertain
                || (entry.is_locked() && !entry.is_locked_by(&owner))
            {
                continue;
            }
            let due = entry.due.filter(|due| !force && *due > FileTime::now());
            let due = match due {
                Some(due) => Some(due),
                None => self.send_one(store, entry.id, &owner, carriers, all_there)?,
            };
            next = match (next, due) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(next)
    }

    /// Sends one message; gives when it is due again, if it was put off.
    fn send_one(
        &self,
        store: &Store,
        id: u64,
        owner: &str,
        carriers: &[Carrier],
        all_there: bool,
    ) -> Result<Option<FileTime>> {
        let Some(mut entry) = take(store, id, owner)? else { return Ok(None) };
        let Some(number) = entry.message else { return Ok(None) };
        let message = Message::open(store.logon(), MessageRef::new(number))?;
        let mut put = Put::default();
        if entry.flags & SUBMITFLAG_PREPROCESS != 0
            && let Err(error) = self.preprocess(store, &message, &mut entry, all_there)
        {
            put.reason = Some(format!("before it is sent: {error}"));
            return self.defer(store, &mut entry, put).map(Some);
        }
        if entry.state == QueueState::Sending {
            self.recall(store, &message, &mut entry, carriers, &mut put)?;
        }
        let mut counted = false;
        for carrier in carriers {
            let types = carrier.logon.address_types();
            let mut wanted = left(&message, &entry)?;
            wanted.retain(|one| takes(&types, one));
            if wanted.is_empty() {
                continue;
            }
            if !std::mem::replace(&mut counted, true) {
                entry.attempts = entry.attempts.saturating_add(1);
            }
            let rows = wanted.iter().map(|one| one.row_id).collect();
            entry.state = QueueState::Sending;
            entry.attempt = Some((carrier.uid, rows));
            write(store, &mut entry)?;
            let name = store.info().display_name.clone();
            self.trace(&Event::Sending {
                store: name.clone(),
                transport: carrier.name.clone(),
                attempt: entry.attempts.unsigned_abs(),
            });
            let submission =
                Submission { message: &message, recipients: &wanted, attempt: attempt_of(&entry) };
            let run = AssertUnwindSafe(|| carrier.logon.submit_message(&submission));
            let Ok(result) = catch_unwind(run) else {
                // Nobody knows how far it came.
                self.recall(store, &message, &mut entry, carriers, &mut put)?;
                put.reason.get_or_insert_with(|| "the transport panicked".to_owned());
                continue;
            };
            let report = match result {
                Ok(report) => report,
                Err(error) => {
                    put.cancelled |= error.code() == ErrorCode::CANCEL;
                    let outcome = Outcome::Deferred { reason: error.to_string(), until: None };
                    Report::all(&submission, &outcome)
                }
            };
            self.apply(store, &message, &mut entry, &report, &mut put)?;
            match call("end of a message", || carrier.logon.end_message(report.reference)) {
                Ok(EndMessage::ResendNow) => put.now = true,
                Ok(EndMessage::DontResend | EndMessage::ResendLater) | Err(_) => {}
            }
        }
        let open = left(&message, &entry)?;
        if !open.is_empty() && put.reason.is_none() {
            if all_there {
                // Nobody takes them, and nobody will.
                let refuse = |one: &Recipient| {
                    let kind = one.props.text(tags::ADDRTYPE).unwrap_or_default();
                    let text = format!("no transport takes addresses of the type `{kind}`");
                    (one.row_id, Outcome::Refused(text))
                };
                let recipients = open.iter().map(refuse).collect();
                let report = Report { recipients, ..Report::default() };
                self.apply(store, &message, &mut entry, &report, &mut put)?;
            } else {
                put.reason = Some("a transport of the profile could not log on".to_owned());
            }
        }
        if !left(&message, &entry)?.is_empty() {
            return self.defer(store, &mut entry, put).map(Some);
        }
        if !entry.uncertain.is_empty() {
            entry.state = QueueState::Uncertain;
            (entry.due, entry.reason) = (None, entry.doubt.clone());
            entry.unlock();
            write(store, &mut entry)?;
            return Ok(None);
        }
        store.finish(number, Vec::new())?;
        self.trace(&Event::Finished { store: store.info().display_name.clone() });
        Ok(None)
    }

    /// Lets everybody work on a message who wants to, and saves it: one commit with the word that it
    /// was done.
    fn preprocess(
        &self,
        store: &Store,
        message: &Message,
        entry: &mut Entry,
        all_there: bool,
    ) -> Result<()> {
        if !all_there {
            let sentence = "a transport of the profile could not log on";
            return Err(Error::new(ErrorCode::NOT_INITIALIZED, sentence));
        }
        // What one has done and another refused is forgotten with its handle.
        let number = entry.message.ok_or_else(|| Error::not_found("the message is gone"))?;
        let work = Message::open(store.logon(), MessageRef::new(number))?;
        for preprocessor in self.preprocessors() {
            call("preprocessor", || preprocessor(&work))?;
        }
        let mut done = entry.clone();
        done.flags &= !SUBMITFLAG_PREPROCESS;
        work.save_with(vec![Queue::update(&done)])?;
        self.trace(&Event::Preprocessed { store: store.info().display_name.clone() });
        refresh(store, entry)?;
        message.reopen()
    }

    /// Asks what became of an attempt that was cut off. If the transport cannot tell, it is uncertain
    /// of its recipients, and the others are gone on with.
    fn recall(
        &self,
        store: &Store,
        message: &Message,
        entry: &mut Entry,
        carriers: &[Carrier],
        put: &mut Put,
    ) -> Result<()> {
        let Some((uid, rows)) = entry.attempt.clone() else {
            entry.state = QueueState::Waiting;
            return Ok(());
        };
        let carrier = carriers.iter().find(|one| one.uid == uid);
        let (recipients, _) = message.recipients()?.into_parts();
        let wanted: Vec<Recipient> =
            recipients.into_iter().filter(|one| rows.contains(&one.row_id)).collect();
        let submission = Submission { message, recipients: &wanted, attempt: attempt_of(entry) };
        let known = match carrier {
            Some(carrier) => call("recall", || carrier.logon.recall(&submission)),
            None => Ok(Recall::Unknown),
        };
        let store_name = store.info().display_name.clone();
        let transport = carrier.map_or_else(String::new, |one| one.name.clone());
        match known {
            Ok(Recall::NotSent) => {
                self.trace(&Event::Recalled { store: store_name, transport, sent: Some(false) });
                entry.state = QueueState::Waiting;
                entry.attempt = None;
                write(store, entry)
            }
            Ok(Recall::Known(report)) => {
                self.trace(&Event::Recalled { store: store_name, transport, sent: Some(true) });
                self.apply(store, message, entry, &report, put)?;
                if let Some(carrier) = carrier {
                    let _ =
                        call("end of a message", || carrier.logon.end_message(report.reference));
                }
                Ok(())
            }
            Ok(Recall::Unknown) | Err(_) => {
                self.trace(&Event::Recalled { store: store_name, transport, sent: None });
                entry.state = QueueState::Waiting;
                entry.attempt = None;
                entry.uncertain.extend(rows);
                entry.doubt = Some(
                    "an attempt to send it was cut off, and its transport cannot tell how far it \
                     came: it may have been sent"
                        .to_owned(),
                );
                write(store, entry)
            }
        }
    }

    /// Writes down what a transport said, and reports to the sender whom it refused: one commit.
    fn apply(
        &self,
        store: &Store,
        message: &Message,
        entry: &mut Entry,
        report: &Report,
        put: &mut Put,
    ) -> Result<()> {
        let number = entry.message.ok_or_else(|| Error::not_found("the message is gone"))?;
        let (mut recipients, _) = message.recipients()?.into_parts();
        let mut refused = Vec::new();
        let (mut sent, mut deferred) = (0, 0);
        let mut uncertain = None;
        let mut said = report.recipients.clone();
        // The last one counts.
        said.reverse();
        for one in recipients.iter_mut().filter(|one| is_open(one)) {
            let found = said.iter().find(|(row, _)| *row == one.row_id);
            match found.map(|(_, outcome)| outcome) {
                Some(Outcome::Sent) => {
                    one.props.set(tags::RESPONSIBILITY, true);
                    sent += 1;
                }
                Some(Outcome::Refused(text)) => {
                    one.props.set(tags::RESPONSIBILITY, true);
                    one.props.set(tags::SUPPLEMENTARY_INFO, text.as_str());
                    refused.push((one.clone(), text.clone()));
                }
                Some(Outcome::Deferred { reason, until }) => {
                    deferred += 1;
                    put.reason.get_or_insert_with(|| reason.clone());
                    put.until = put.until.max(*until);
                }
                Some(Outcome::Uncertain(text)) => {
                    entry.uncertain.push(one.row_id);
                    uncertain = Some(text.clone());
                }
                None => {}
            }
        }
        entry.state = QueueState::Waiting;
        entry.attempt = None;
        if uncertain.is_some() {
            entry.doubt.clone_from(&uncertain);
        }
        let rows = recipients
            .into_iter()
            .map(|one| {
                let mut props = one.props;
                props.set(tags::ROWID, one.row_id.cast_signed());
                props
            })
            .collect();
        let mut set = PropBag::new();
        if let Some(id) = &report.message_id {
            set.set(tags::INTERNET_MESSAGE_ID, id.as_str());
        }
        let update = MessageUpdate { set, recipients: Some(rows), ..MessageUpdate::default() };
        let changes = vec![
            Change::UpdateMessage { message: number, expected: None, update },
            Queue::update(entry),
        ];
        if refused.is_empty() {
            store.logon().enter()?.commit(changes)?;
        } else {
            report::file(store, message, &refused, changes)?;
        }
        refresh(store, entry)?;
        message.reopen()?;
        self.trace(&Event::Reported {
            store: store.info().display_name.clone(),
            sent,
            refused: refused.len(),
            deferred,
        });
        if let Some(reason) = uncertain {
            let store = store.info().display_name.clone();
            self.trace(&Event::Uncertain { store, reason });
        }
        Ok(())
    }

    fn defer(&self, store: &Store, entry: &mut Entry, put: Put) -> Result<FileTime> {
        let now = FileTime::now();
        let times = u32::try_from(entry.attempts.clamp(1, 12) - 1).unwrap_or(0);
        let pause = FIRST_PAUSE.saturating_mul(1 << times).min(LONGEST_PAUSE);
        let due = if put.now { now } else { put.until.unwrap_or(FileTime(now.0 + pause)) };
        if put.cancelled {
            entry.attempts = (entry.attempts - 1).max(0);
        }
        entry.due = Some(due);
        entry.reason = match (put.reason, &entry.doubt) {
            (Some(reason), Some(doubt)) => Some(format!("{reason}; to others, {doubt}")),
            (reason, doubt) => reason.or_else(|| doubt.clone()),
        };
        entry.unlock();
        write(store, entry)?;
        self.trace(&Event::Deferred {
            store: store.info().display_name.clone(),
            reason: entry.reason.clone().unwrap_or_default(),
        });
        Ok(due)
    }
}

/// Locks a message of the queue; `None` if somebody else has it, or it is gone.
fn take(store: &Store, id: u64, owner: &str) -> Result<Option<Entry>> {
    let pass = store.logon().enter()?;
    let queue = Queue(&*pass);
    loop {
        let Some(mut entry) = queue.entry(id)? else { return Ok(None) };
        if entry.is_locked() && !entry.is_locked_by(owner) {
            return Ok(None);
        }
        entry.lock_for(owner);
        match pass.commit(vec![Queue::update(&entry)]) {
            Ok(_) => return queue.entry(id),
            Err(error) if error.code() == ErrorCode::OBJECT_CHANGED => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes an entry that this spooler has locked.
fn write(store: &Store, entry: &mut Entry) -> Result<()> {
    store.logon().enter()?.commit(vec![Queue::update(entry)])?;
    refresh(store, entry)
}

fn refresh(store: &Store, entry: &mut Entry) -> Result<()> {
    let pass = store.logon().enter()?;
    let now = Queue(&*pass).entry(entry.id)?;
    *entry = now.ok_or_else(|| Error::not_found("the message is not in the queue any more"))?;
    Ok(())
}

fn attempt_of(entry: &Entry) -> Attempt {
    let number = entry.attempts.max(1).unsigned_abs();
    Attempt { key: entry.key, number, deferred: entry.due.is_some() }
}

/// The recipients who are still to be sent to, without those who may have been.
fn left(message: &Message, entry: &Entry) -> Result<Vec<Recipient>> {
    let (recipients, _) = message.recipients()?.into_parts();
    let is_left = |one: &Recipient| is_open(one) && !entry.uncertain.contains(&one.row_id);
    Ok(recipients.into_iter().filter(is_left).collect())
}

/// Whether nobody has the responsibility for it.
fn is_open(recipient: &Recipient) -> bool {
    matches!(recipient.kind(), RecipientKind::To | RecipientKind::Cc | RecipientKind::Bcc)
        && recipient.props.bool(tags::RESPONSIBILITY) != Some(true)
}

fn takes(types: &AddressTypes, recipient: &Recipient) -> bool {
    let uid = recipient.props.bytes(tags::ENTRYID).and_then(|id| EntryId::from_bytes(id).ok());
    if uid.is_some_and(|id| types.uids.contains(&id.provider())) {
        return true;
    }
    let kind = recipient.props.text(tags::ADDRTYPE).unwrap_or_default();
    types.types.iter().any(|one| one.is_empty() || one.eq_ignore_ascii_case(&kind))
}
