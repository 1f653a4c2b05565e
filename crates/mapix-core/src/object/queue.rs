//! The outgoing queue as it lies in a store: one hidden message for each queued one, in a folder
//! below the root, so that submitting, locking and finishing are single commits, the order is
//! kept, and another process sees the same queue (lifecycle rules, section 24).
//!
//! An entry names its message by entry ID. A copy of the store's content in another store
//! therefore queues nothing.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::computed::{MSGFLAG_ASSOCIATED, MSGFLAG_READ};
use super::property::INLINE;
use crate::prop::{FileTime, Guid, PropBag, PropTag, Value, tags};
use crate::session::is_alive;
use crate::store::{Change, MessageStore, MessageUpdate, ObjectRef, RowSource};
use crate::{Context, EntryId, Error, ErrorCode, Result};

/// The name of the folder, and its class, which makes it the queue.
const FOLDER: &str = "Spooler Queue";
const FOLDER_CLASS: &str = "IPC.MAPIX.Queue";
const ENTRY_CLASS: &str = "IPC.MAPIX.Queue.Entry";
const RECEIVED_CLASS: &str = "IPC.MAPIX.Queue.Received";

/// `PR_SUBMIT_FLAGS`.
pub(crate) const SUBMITFLAG_LOCKED: i32 = 1;
pub(crate) const SUBMITFLAG_PREPROCESS: i32 = 2;

// Properties of entries, which are a class of their own.
const MESSAGE: PropTag = PropTag(0x6800_0102);
const STATE: PropTag = PropTag(0x6801_0003);
const OWNER: PropTag = PropTag(0x6802_001F);
const LOCKED_AT: PropTag = PropTag(0x6803_0040);
const TRANSPORT: PropTag = PropTag(0x6804_0048);
const RECIPIENTS: PropTag = PropTag(0x6805_1003);
const UNCERTAIN: PropTag = PropTag(0x6806_1003);
const DOUBT: PropTag = PropTag(0x6807_001F);

/// How far a queued message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueueState {
    /// It waits to be sent, for the first time or again.
    Waiting,
    /// A transport was asked to send it, and its answer is not written down.
    Sending,
    /// Of all recipients who are left, nobody knows whether it was sent to them: the answer of the
    /// transport was lost, and it cannot tell. Nobody sends it to them unasked.
    Uncertain,
}

/// A queued message, as far as the queue knows it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    stamp: u64,
    /// The entry ID of its message.
    pub(crate) of: Vec<u8>,
    /// Its number; `None` if it is not there any more.
    pub(crate) message: Option<u64>,
    pub(crate) submitted: FileTime,
    pub(crate) flags: i32,
    pub(crate) state: QueueState,
    /// What attempts are known by.
    pub(crate) key: Guid,
    /// Who locked it, and when.
    pub(crate) owner: Option<(String, FileTime)>,
    pub(crate) attempts: i32,
    /// Not before that.
    pub(crate) due: Option<FileTime>,
    /// Why it is not sent yet.
    pub(crate) reason: Option<String>,
    /// The transport that was asked, and for which recipients.
    pub(crate) attempt: Option<(Guid, Vec<u32>)>,
    /// The recipients who may have been sent to, though nobody knows, and why. The others are gone on
    /// with.
    pub(crate) uncertain: Vec<u32>,
    pub(crate) doubt: Option<String>,
}

impl Entry {
    pub(super) fn new(entry_id: &EntryId, submitted: FileTime, flags: i32) -> Self {
        Self {
            id: 0,
            stamp: 0,
            of: entry_id.as_bytes().to_vec(),
            message: None,
            submitted,
            flags,
            state: QueueState::Waiting,
            key: Guid::unique(),
            owner: None,
            attempts: 0,
            due: None,
            reason: None,
            attempt: None,
            uncertain: Vec::new(),
            doubt: None,
        }
    }

    /// Whether a living spooler has it.
    pub(crate) fn is_locked(&self) -> bool {
        let alive = |(token, since): &(String, FileTime)| is_alive(token, *since);
        self.flags & SUBMITFLAG_LOCKED != 0 && self.owner.as_ref().is_some_and(alive)
    }

    pub(crate) fn is_locked_by(&self, owner: &str) -> bool {
        self.is_locked() && self.owner.as_ref().is_some_and(|(token, _)| token == owner)
    }

    pub(crate) fn lock_for(&mut self, owner: &str) {
        self.flags |= SUBMITFLAG_LOCKED;
        self.owner = Some((owner.to_owned(), FileTime::now()));
    }

    pub(crate) fn unlock(&mut self) {
        self.flags &= !SUBMITFLAG_LOCKED;
        self.owner = None;
    }

    fn content(&self) -> MessageUpdate {
        let mut set = PropBag::new();
        let mut delete = Vec::new();
        let mut put = |tag: PropTag, value: Option<Value>| match value {
            Some(value) => set.set(tag, value),
            None => delete.push(tag.id()),
        };
        put(tags::MESSAGE_CLASS, Some(ENTRY_CLASS.into()));
        put(tags::MESSAGE_FLAGS, Some((MSGFLAG_ASSOCIATED | MSGFLAG_READ).into()));
        put(tags::LAST_MODIFICATION_TIME, Some(FileTime::now().into()));
        put(MESSAGE, Some(self.of.as_slice().into()));
        put(tags::CLIENT_SUBMIT_TIME, Some(self.submitted.into()));
        put(tags::SUBMIT_FLAGS, Some(self.flags.into()));
        put(STATE, Some(self.state.number().into()));
        put(tags::SEARCH_KEY, Some(self.key.0[..].into()));
        put(OWNER, self.owner.as_ref().map(|(token, _)| token.as_str().into()));
        put(LOCKED_AT, self.owner.as_ref().map(|(_, since)| (*since).into()));
        put(tags::DEFERRED_SEND_NUMBER, Some(self.attempts.into()));
        put(tags::DEFERRED_SEND_TIME, self.due.map(Into::into));
        put(tags::REPORT_TEXT, self.reason.as_deref().map(Into::into));
        put(TRANSPORT, self.attempt.as_ref().map(|(transport, _)| Value::Guid(*transport)));
        let numbers =
            |rows: &[u32]| Value::MvI32(rows.iter().map(|row| row.cast_signed()).collect());
        put(RECIPIENTS, self.attempt.as_ref().map(|(_, rows)| numbers(rows)));
        let uncertain = (!self.uncertain.is_empty()).then(|| numbers(&self.uncertain));
        put(UNCERTAIN, uncertain);
        put(DOUBT, self.doubt.as_deref().map(Into::into));
        MessageUpdate { set, delete, ..MessageUpdate::default() }
    }

    fn read(store: &dyn MessageStore, id: u64) -> Result<Option<Self>> {
        // Stamp before properties: what somebody writes in between is a conflict.
        let stamp = store.stamp(id)?;
        let bag = store.properties(&ObjectRef::message(id), INLINE)?.sound()?;
        if bag.text(tags::MESSAGE_CLASS).as_deref() != Some(ENTRY_CLASS) {
            return Ok(None);
        }
        let entry_id = bag.bytes(MESSAGE).unwrap_or_default().to_vec();
        let resolve = |id: EntryId| match store.resolve(&id) {
            Ok(ObjectRef::Message(place)) => Ok(Some(place.id)),
            Ok(_) => Ok(None),
            Err(error)
                if matches!(error.code(), ErrorCode::NOT_FOUND | ErrorCode::OBJECT_DELETED) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        };
        let message = match EntryId::from_bytes(&entry_id) {
            // An entry that was copied from another store.
            Ok(id) if id.provider() != store.info().uid => return Ok(None),
            Ok(id) => resolve(id)?,
            Err(_) => None,
        };
        let guid = |bytes: &[u8]| bytes.try_into().ok().map(Guid);
        let rows = |value: &Value| -> Vec<u32> {
            value.each().filter_map(|one| one.as_i32()).map(|row| row as u32).collect()
        };
        let transport = match bag.get(TRANSPORT) {
            Some(Value::Guid(uid)) => Some(*uid),
            _ => None,
        };
        Ok(Some(Self {
            id,
            stamp,
            of: entry_id,
            message,
            submitted: bag.time(tags::CLIENT_SUBMIT_TIME).unwrap_or(FileTime(0)),
            flags: bag.i32(tags::SUBMIT_FLAGS).unwrap_or(0),
            state: QueueState::from_number(bag.i32(STATE).unwrap_or(0)),
            key: bag.bytes(tags::SEARCH_KEY).and_then(guid).unwrap_or(Guid::NULL),
            owner: bag.text(OWNER).map(|token| (token, bag.time(LOCKED_AT).unwrap_or(FileTime(0)))),
            attempts: bag.i32(tags::DEFERRED_SEND_NUMBER).unwrap_or(0),
            due: bag.time(tags::DEFERRED_SEND_TIME),
            reason: bag.text(tags::REPORT_TEXT),
            attempt: transport.map(|uid| (uid, bag.get(RECIPIENTS).map(rows).unwrap_or_default())),
            uncertain: bag.get(UNCERTAIN).map(rows).unwrap_or_default(),
            doubt: bag.text(DOUBT),
        }))
    }
}

impl QueueState {
    fn number(self) -> i32 {
        match self {
            Self::Waiting => 0,
            Self::Sending => 1,
            Self::Uncertain => 2,
        }
    }

    /// What nobody wrote is taken for what does least harm.
    fn from_number(number: i32) -> Self {
        match number {
            0 => Self::Waiting,
            1 => Self::Sending,
            _ => Self::Uncertain,
        }
    }
}

/// The queue of one store.
pub(crate) struct Queue<'a>(pub(crate) &'a dyn MessageStore);

impl Queue<'_> {
    /// The folders in which entries are. There is one; two processes that begin at the same moment
    /// may make two.
    pub(crate) fn folders(&self) -> Result<Vec<u64>> {
        let source = RowSource::Hierarchy(self.0.info().root);
        let mut named = self.numbers(&source, &[tags::DISPLAY_NAME], |props| {
            props.text(tags::DISPLAY_NAME).as_deref() == Some(FOLDER)
        })?;
        named.sort_unstable();
        let mut folders = Vec::new();
        for id in named {
            let bag = self.0.properties(&ObjectRef::Folder(id), INLINE)?.sound()?;
            if bag.text(tags::CONTAINER_CLASS).as_deref() == Some(FOLDER_CLASS) {
                folders.push(id);
            }
        }
        Ok(folders)
    }

    /// The folder for new entries, made if there is none.
    fn home(&self) -> Result<u64> {
        if let Some(first) = self.folders()?.first() {
            return Ok(*first);
        }
        let mut properties = PropBag::new();
        properties.set(tags::DISPLAY_NAME, FOLDER);
        properties.set(tags::CONTAINER_CLASS, FOLDER_CLASS);
        let parent = self.0.info().root;
        self.0.commit(vec![Change::CreateFolder {
            parent,
            search: false,
            properties,
            copy_of: None,
        }])?;
        self.folders()?.first().copied().ok_or_else(|| {
            Error::new(ErrorCode::CALL_FAILED, "the folder of the queue was not made")
        })
    }

    /// The numbers of rows that fit. One that cannot be read, or not whole, is an error: it
    /// could be any entry.
    fn numbers(
        &self,
        source: &RowSource,
        columns: &[PropTag],
        fits: impl Fn(&PropBag) -> bool,
    ) -> Result<Vec<u64>> {
        let mut numbers = Vec::new();
        self.0.rows(source, Some(columns), &mut |row| {
            let fitting = row.and_then(|row| Ok(fits(&row.props.sound()?).then_some(row.id)));
            numbers.extend(fitting.transpose());
            ControlFlow::Continue(())
        })?;
        numbers.into_iter().collect::<Result<_>>().context(|| "the outgoing queue")
    }

    /// What is in the queue: entries, and what was written down of mails that came in.
    fn contents(&self) -> Result<Vec<u64>> {
        let mut contents = Vec::new();
        for folder in self.folders()? {
            contents.extend(self.numbers(&RowSource::Associated(folder), &[], |_| true)?);
        }
        Ok(contents)
    }

    /// All entries, in the order of submission.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for id in self.contents()? {
            entries.extend(self.entry(id)?);
        }
        // Numbers grow with each object that is made; clocks also go back.
        entries.sort_by_key(|entry| entry.id);
        Ok(entries)
    }

    /// The folders that hold, at whatever depth, a message that waits to be sent, or its entry.
    pub(super) fn holders(&self) -> Result<HashSet<u64>> {
        let mut holders = HashSet::new();
        for entry in self.entries()? {
            for id in [Some(entry.id), entry.message].into_iter().flatten() {
                let mut above = self.0.parent(id)?;
                while let Some(folder) = above.filter(|folder| holders.insert(*folder)) {
                    above = self.0.parent(folder)?;
                }
            }
        }
        Ok(holders)
    }

    /// An entry by its number, as it is now; `None` if it is gone.
    pub(crate) fn entry(&self, id: u64) -> Result<Option<Entry>> {
        match Entry::read(self.0, id) {
            Err(error)
                if matches!(error.code(), ErrorCode::NOT_FOUND | ErrorCode::OBJECT_DELETED) =>
            {
                Ok(None)
            }
            result => result,
        }
    }

    /// The entry of a message.
    pub(crate) fn find(&self, message: u64) -> Result<Option<Entry>> {
        Ok(self.entries()?.into_iter().find(|entry| entry.message == Some(message)))
    }

    /// The entry of a message.
    ///
    /// # Errors
    /// `MAPI_E_NOT_IN_QUEUE`.
    pub(crate) fn queued(&self, message: u64) -> Result<Entry> {
        self.find(message)?.ok_or_else(|| {
            Error::new(ErrorCode::NOT_IN_QUEUE, "the message is not in the outgoing queue")
        })
    }

    /// Makes an entry.
    pub(super) fn create(&self, entry: &Entry) -> Result<Change> {
        Ok(Change::CreateMessage {
            folder: self.home()?,
            associated: true,
            content: entry.content(),
        })
    }

    /// Writes an entry, if nobody else has meanwhile.
    pub(crate) fn update(entry: &Entry) -> Change {
        let expected = Some(entry.stamp);
        Change::UpdateMessage { message: entry.id, expected, update: entry.content() }
    }

    /// Takes an entry out, if nobody else has written it meanwhile.
    pub(crate) fn remove(entry: &Entry) -> [Change; 2] {
        [Self::update(entry), Change::DeleteMessage { message: entry.id, soft: false }]
    }

    /// Writes down that a mail with a key came in, until its transport knows.
    pub(crate) fn received(&self, key: &[u8], transport: Guid) -> Result<Change> {
        let mut set = PropBag::new();
        set.set(tags::MESSAGE_CLASS, RECEIVED_CLASS);
        set.set(tags::MESSAGE_FLAGS, MSGFLAG_ASSOCIATED | MSGFLAG_READ);
        set.set(tags::LAST_MODIFICATION_TIME, FileTime::now());
        set.set(MESSAGE, key);
        set.set(TRANSPORT, Value::Guid(transport));
        let content = MessageUpdate { set, ..MessageUpdate::default() };
        Ok(Change::CreateMessage { folder: self.home()?, associated: true, content })
    }

    /// What is written down of mails that came in through a transport: numbers and keys.
    pub(crate) fn receipts(&self, transport: Guid) -> Result<Vec<(u64, Vec<u8>)>> {
        let mut found = Vec::new();
        for id in self.contents()? {
            let bag = self.0.properties(&ObjectRef::message(id), INLINE)?.sound()?;
            if bag.text(tags::MESSAGE_CLASS).as_deref() == Some(RECEIVED_CLASS)
                && bag.get(TRANSPORT) == Some(&Value::Guid(transport))
            {
                found.push((id, bag.bytes(MESSAGE).unwrap_or_default().to_vec()));
            }
        }
        Ok(found)
    }
}
