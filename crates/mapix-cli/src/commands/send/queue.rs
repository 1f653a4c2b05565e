//! The outgoing queue, and what becomes of messages in it.

use mapix::ledger::{Kind, Ledger};
use mapix::prop::tags;
use mapix::{EntryId, Error, ErrorCode, Object, QueueState, Queued, Recipient, Result, Store};
use mapix_convert::recipient_address;

use crate::exit::{Failure, Outcome};
use crate::output::{Cell, Column, Output, Rows, Width};

/// How many digits of a key name a message.
const DIGITS: usize = 8;

/// A message whose way is followed.
pub(super) struct Watched {
    pub(super) entry_id: EntryId,
    /// What it is called in the queue.
    pub(super) id: String,
    /// What it was called by the user.
    pub(super) name: String,
    pub(super) subject: Option<String>,
    pub(super) to: Vec<String>,
    pub(super) state: State,
    /// How often it had been tried before.
    before: u32,
}

/// How far a message is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum State {
    /// It is not in the queue any more, and nobody was refused.
    Sent,
    /// It is still there.
    Queued { state: QueueState, locked: bool, attempts: u32, reason: Option<String> },
    /// At least one recipient was refused for good: who, and why.
    Refused(String),
}

impl State {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Queued { state: QueueState::Uncertain, .. } => "unsure",
            Self::Queued { .. } => "queued",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether waiting changes nothing any more.
    pub(super) fn is_final(&self) -> bool {
        !matches!(self, Self::Queued { state: QueueState::Waiting | QueueState::Sending, .. })
    }

    fn of(queued: &Queued) -> Self {
        Self::Queued {
            state: queued.state,
            locked: queued.locked,
            attempts: queued.attempts,
            reason: queued.reason.clone(),
        }
    }
}

/// Follows a message that was just submitted.
pub(super) fn watch(
    store: &Store,
    entry_id: EntryId,
    name: String,
    subject: Option<String>,
) -> Result<Watched> {
    let queued = store.queued()?.into_iter().find(|queued| queued.entry_id == entry_id);
    let mut watched = Watched {
        id: queued.as_ref().map(id).unwrap_or_default(),
        state: queued.as_ref().map_or(State::Sent, State::of),
        to: Vec::new(),
        before: 0,
        entry_id,
        name,
        subject,
    };
    watched.describe(store);
    Ok(watched)
}

/// Has messages sent again that were put off or are uncertain: those that are named, or all that wait.
pub(super) fn retry(store: &Store, names: &[String]) -> Outcome<Vec<Watched>> {
    let found = if names.is_empty() {
        let all = store.queued()?.into_iter().map(|queued| (id(&queued), queued));
        // Who may have been sent to already is sent to again only if somebody says so.
        all.filter(|(_, queued)| queued.state != QueueState::Uncertain).collect()
    } else {
        find(store, names)?
    };
    let mut watched = Vec::new();
    for (name, queued) in found {
        if !names.is_empty() && (queued.uncertain > 0 || queued.state == QueueState::Uncertain) {
            store.send_again(&queued.entry_id)?;
        }
        let mut one = watch(store, queued.entry_id, name, None)?;
        one.before = queued.attempts;
        watched.push(one);
    }
    Ok(watched)
}

/// Messages in the queue by what they are called there, or by the beginning of that.
pub(super) fn find(store: &Store, names: &[String]) -> Outcome<Vec<(String, Queued)>> {
    let all = store.queued()?;
    let one = |name: &String| {
        let lower = name.to_ascii_lowercase();
        let mut fits = all.iter().filter(|queued| key(queued).starts_with(&lower));
        match (fits.next(), fits.next()) {
            (Some(queued), None) if !name.is_empty() => Ok((id(queued), queued.clone())),
            (Some(_), Some(_)) => Err(Failure::usage(format!("{name} is more than one message"))),
            _ => Err(Failure::usage(format!("{name} is not in the queue"))),
        }
    };
    names.iter().map(one).collect()
}

fn key(queued: &Queued) -> String {
    crate::render::value::hex(&queued.key.0).to_lowercase()
}

fn id(queued: &Queued) -> String {
    let mut key = key(queued);
    key.truncate(DIGITS);
    key
}

impl Watched {
    /// Looks how far it is by now.
    pub(super) fn look(&mut self, store: &Store) -> Result<()> {
        if self.state == State::Sent {
            return Ok(());
        }
        let all = store.queued()?;
        let queued = all.iter().find(|queued| queued.entry_id == self.entry_id);
        self.state = queued.map_or(State::Sent, State::of);
        Ok(())
    }

    /// Whether it was tried since it is followed, and what came of that is known.
    pub(super) fn was_tried(&self) -> bool {
        match &self.state {
            // A spooler has it: what it does with those who were refused is not done yet.
            State::Queued { locked: true, .. } => false,
            State::Queued { state: QueueState::Sending, .. } => false,
            State::Queued { attempts, reason, .. } => *attempts > self.before || reason.is_some(),
            _ => true,
        }
    }

    /// Finds out whether somebody was refused.
    pub(super) fn settle(&mut self, store: &Store) -> Result<()> {
        self.look(store)?;
        if self.state != State::Sent {
            return Ok(());
        }
        let refused = recipients(store, &self.entry_id);
        let refused: Vec<String> = refused?.iter().filter_map(refusal).collect();
        if !refused.is_empty() {
            self.state = State::Refused(refused.join("; "));
        }
        Ok(())
    }

    /// Writes down what became of it.
    pub(super) fn enter(self, ledger: &mut Ledger) {
        let (id, name) = (Some(self.entry_id), self.name);
        match self.state {
            State::Sent => ledger.done(Kind::Message, id, name),
            State::Queued { reason, .. } => {
                let reason = reason.unwrap_or_else(|| "it was not tried yet".into());
                let error = Error::new(ErrorCode::NOT_IN_QUEUE, format!("queued: {reason}"));
                ledger.failed(Kind::Message, id, name, &error);
            }
            State::Refused(reason) => {
                let error = Error::new(ErrorCode::CANCEL, format!("refused: {reason}"));
                ledger.failed(Kind::Message, id, name, &error);
            }
        }
    }

    fn describe(&mut self, store: &Store) {
        // What cannot be shown is sent all the same.
        let Ok(Object::Message(message)) = store.open_entry(&self.entry_id) else { return };
        if self.subject.is_none() {
            self.subject = message.text(tags::SUBJECT).ok().flatten();
        }
        if let Ok(all) = recipients(store, &self.entry_id) {
            self.to = all.iter().map(address).collect();
        }
    }
}

fn recipients(store: &Store, entry_id: &EntryId) -> Result<Vec<Recipient>> {
    match store.open_entry(entry_id) {
        Ok(Object::Message(message)) => Ok(message.recipients()?.into_parts().0),
        // Whoever had it sent wanted it deleted then.
        Ok(_) => Ok(Vec::new()),
        Err(error) if error.code() == ErrorCode::NOT_FOUND => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn address(recipient: &Recipient) -> String {
    recipient_address(recipient).unwrap_or_else(|| recipient.name())
}

/// Who was refused, and why.
fn refusal(recipient: &Recipient) -> Option<String> {
    let why = recipient.props.text(tags::SUPPLEMENTARY_INFO)?;
    Some(format!("{}: {why}", address(recipient)))
}

/// `mapix send --queue`.
pub(super) fn list(store: &Store, output: &mut Output) -> Outcome<()> {
    let columns = vec![
        Column::new("id", Width::Fit(DIGITS)),
        Column::new("state", Width::Fit(8)),
        Column::new("submitted", Width::Fit(16)),
        Column::right("attempts", Width::Fit(8)),
        Column::new("next", Width::Fit(16)),
        Column::new("subject", Width::Rest),
        Column::new("to", Width::Rest),
        Column::new("reason", Width::Rest),
        Column::hidden("entry_id"),
    ];
    let mut rows = Rows::new(output, columns, false);
    for queued in store.queued()? {
        let mut one = Watched {
            id: id(&queued),
            entry_id: queued.entry_id.clone(),
            name: String::new(),
            subject: None,
            to: Vec::new(),
            state: State::of(&queued),
            before: 0,
        };
        one.describe(store);
        let word = match queued.state {
            QueueState::Waiting if queued.attempts > 0 => "deferred",
            QueueState::Waiting => "waiting",
            QueueState::Sending => "sending",
            QueueState::Uncertain => "unsure",
        };
        rows.push(vec![
            Cell::Text(one.id),
            Cell::Word(word, true),
            Cell::Time(queued.submitted),
            Cell::Count(queued.attempts.into()),
            queued.due.map_or(Cell::None, Cell::Time),
            Cell::text(one.subject),
            Cell::List(one.to),
            Cell::text(queued.reason),
            Cell::Text(queued.entry_id.to_string()),
        ])?;
    }
    rows.finish()?;
    output.flush()?;
    Ok(())
}
