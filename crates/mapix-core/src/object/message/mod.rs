//! Messages: snapshots of what is stored, and what was changed since (`IMessage`).

mod save;

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::object::attachment::{AttachMethod, Attachment};
use crate::object::computed::{self, MAPI_MESSAGE};
use crate::object::computed::{MSGFLAG_ASSOCIATED, MSGFLAG_SUBMIT, MSGFLAG_UNSENT};
use crate::object::computed::{MSGFLAG_FROMME, MSGFLAG_READ, MSGFLAG_RESEND, MSGFLAG_UNMODIFIED};
use crate::object::listing::Listing;
use crate::object::pending::{PendingAttachment, PendingContent, PendingMessage};
use crate::object::property::{HasProperties, INLINE, property_methods};
use crate::object::queue::Queue;
use crate::object::recipient::{self, Recipient};
use crate::object::store::Store;
use crate::object::stream::SharedStream;
use crate::prop::{Guid, Prop, PropBag, PropTag, Value, tags};
use crate::session::Logon;
use crate::store::{
    Change, MessageRef, MessageStore, MessageUpdate, ObjectRef, RowSource, ValueStream,
};
use crate::sync::{Mutex, MutexGuard, lock};
use crate::{EntryId, Error, ErrorCode, Result};

/// A message: a snapshot that was taken when it was opened, and the changes made since. Nothing
/// is stored before [`Message::save`].
///
/// Cloning gives a second handle on the same object.
#[derive(Clone)]
#[doc(alias = "IMessage")]
pub struct Message(Arc<Inner>);

struct Inner {
    logon: Arc<Logon>,
    home: Home,
    state: Mutex<State>,
}

/// What the message is saved into.
enum Home {
    Folder { folder: u64, associated: bool },
    Attachment(Attachment),
}

struct State {
    /// Where the store has it; `None` until the first save reaches the store.
    place: Option<MessageRef>,
    stamp: u64,
    /// Stored and computed properties at the time of the snapshot.
    stored: PropBag,
    /// The last save could not read back what is stored: that is still to be done.
    unread: bool,
    /// What was saved into the attachment that holds this message, and is not committed.
    base: PendingMessage,
    pending: PendingMessage,
    /// No attachment that was made through this object has this number or a higher one.
    next_attachment: u32,
    writable: bool,
    closed: bool,
}

/// What a save leaves open (`KEEP_OPEN_*`).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum KeepOpen {
    /// The object stays open for writing (`KEEP_OPEN_READWRITE`).
    #[default]
    ReadWrite,
    /// It stays open for reading; this was the last change (`KEEP_OPEN_READONLY`).
    ReadOnly,
    /// It is only to be released (no flag).
    No,
}

property_methods!(Message);

impl Message {
    pub(crate) fn open(logon: &Arc<Logon>, place: MessageRef) -> Result<Self> {
        Self::open_in(logon, place, Home::Folder { folder: 0, associated: false }, None)
    }

    /// The message embedded in an attachment, with what was saved into the attachment.
    pub(crate) fn open_embedded(
        attachment: &Attachment,
        place: Option<MessageRef>,
        base: Option<PendingMessage>,
    ) -> Result<Self> {
        let (logon, home) = (attachment.logon(), Home::Attachment(attachment.clone()));
        match place {
            Some(place) => Self::open_in(logon, place, home, base),
            None => Self::fresh(logon, home, base.unwrap_or_default()),
        }
    }

    pub(crate) fn create(logon: &Arc<Logon>, folder: u64, associated: bool) -> Result<Self> {
        let mut base = PendingMessage::default();
        base.props.set(Prop::new(tags::SEARCH_KEY, &Guid::unique().0[..]));
        Self::fresh(logon, Home::Folder { folder, associated }, base)
    }

    fn open_in(
        logon: &Arc<Logon>,
        place: MessageRef,
        home: Home,
        base: Option<PendingMessage>,
    ) -> Result<Self> {
        let pass = logon.enter()?;
        let stamp = pass.stamp(place.id)?;
        let mut stored = snapshot(logon, &*pass, &place)?;
        let writable = is_writable(logon, &*pass, &place, &mut stored)?;
        Ok(Self(Arc::new(Inner {
            logon: Arc::clone(logon),
            home,
            state: Mutex::new(State {
                place: Some(place),
                stamp,
                stored,
                unread: false,
                base: base.unwrap_or_default(),
                pending: PendingMessage::default(),
                next_attachment: 0,
                writable,
                closed: false,
            }),
        })))
    }

    fn fresh(logon: &Arc<Logon>, home: Home, base: PendingMessage) -> Result<Self> {
        let pass = logon.enter()?;
        let mut stored = PropBag::new();
        computed::message(logon, &*pass, &mut stored, None, logon.can_write())?;
        drop(pass);
        Ok(Self(Arc::new(Inner {
            logon: Arc::clone(logon),
            home,
            state: Mutex::new(State {
                place: None,
                stamp: 0,
                stored,
                unread: false,
                base,
                pending: PendingMessage::default(),
                next_attachment: 0,
                writable: logon.can_write(),
                closed: false,
            }),
        })))
    }

    /// Says that this message, which is not saved yet, is a copy of another one of the store.
    pub(super) fn is_copy_of(&self, original: Option<u64>) {
        lock(&self.0.state).pending.copy_of = original;
    }

    /// The number of the message in its store; `None` before the first save and for embedded
    /// messages.
    pub fn id(&self) -> Option<u64> {
        let place = lock(&self.0.state).place.clone();
        place.filter(|place| place.embedded.is_empty()).map(|place| place.id)
    }

    /// Where it is in the store; `None` before the first save.
    pub fn reference(&self) -> Option<MessageRef> {
        lock(&self.0.state).place.clone()
    }

    /// Its entry ID.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` before the first save, `MAPI_E_NO_SUPPORT` for an embedded message.
    pub fn entry_id(&self) -> Result<EntryId> {
        let place = self.reference();
        let place = place.ok_or_else(|| Error::not_found("the message was never saved"))?;
        self.0.logon.enter()?.entry_id(&ObjectRef::Message(place))
    }

    /// The store that it is in.
    #[doc(alias = "PR_STORE_ENTRYID")]
    pub fn store(&self) -> Store {
        Store::new(Arc::clone(&self.0.logon))
    }

    /// The recipients, in the order of the store.
    #[doc(alias = "IMessage::GetRecipientTable")]
    pub fn recipients(&self) -> Result<Listing<Recipient>> {
        let state = self.state()?;
        if let Some(changed) = state.effective().recipients {
            let recipient = |(index, props): (usize, PropBag)| Recipient {
                row_id: props.i32(tags::ROWID).map_or(index as u32, |id| id as u32),
                props,
            };
            return Ok(changed.into_iter().enumerate().map(recipient).map(Ok).collect());
        }
        let Some(place) = state.place.clone() else { return Ok(Listing::default()) };
        drop(state);
        let pass = self.0.logon.enter()?;
        let mut found = Listing::default();
        pass.rows(&RowSource::Recipients(place), None, &mut |row| {
            found.push(row.map(|row| {
                let mut props = row.props;
                props.set(tags::ROWID, row.id as i32);
                Recipient { row_id: row.id as u32, props }
            }));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Puts new recipients in place of all old ones. Each keeps its `PR_ROWID`, or gets one if it has
    /// none or one before it has the same, and, if it has an address, a `PR_SEARCH_KEY`. They are
    /// stored with the next save.
    #[doc(alias = "IMessage::ModifyRecipients")]
    pub fn set_recipients(&self, recipients: Vec<PropBag>) -> Result<()> {
        let mut state = self.for_change()?;
        let mut taken = HashSet::new();
        let kept: Vec<Option<i32>> = recipients
            .iter()
            .map(|props| props.i32(tags::ROWID).filter(|row| *row >= 0 && taken.insert(*row)))
            .collect();
        let mut free = (0..).filter(|row| !taken.contains(row));
        let number = |(mut props, row): (PropBag, Option<i32>)| {
            props.set(tags::ROWID, row.or_else(|| free.next()).unwrap_or_default());
            props.set_default(tags::RECIPIENT_TYPE, 1);
            if let Some(key) = recipient::search_key(&props) {
                props.set_default(tags::SEARCH_KEY, key);
            }
            props
        };
        state.pending.recipients = Some(recipients.into_iter().zip(kept).map(number).collect());
        Ok(())
    }

    /// The attachments, in the order of the store; those made and not yet saved are not among
    /// them.
    #[doc(alias = "IMessage::GetAttachmentTable")]
    pub fn attachments(&self) -> Result<Listing<Attachment>> {
        let (numbers, errors) = self.attachment_numbers()?;
        let mut found: Listing<Attachment> =
            numbers.into_iter().map(|number| self.open_attachment(number)).collect();
        errors.into_iter().for_each(|error| found.push(Err(error)));
        Ok(found)
    }

    /// Opens an attachment by its number (`PR_ATTACH_NUM`).
    #[doc(alias = "IMessage::OpenAttach")]
    pub fn open_attachment(&self, number: u32) -> Result<Attachment> {
        let state = self.state()?;
        let base = state.effective().attachments.remove(&number);
        let place = state.place.clone();
        drop(state);
        match base {
            Some(PendingAttachment::Delete) => {
                Err(Error::not_found(format!("attachment {number} was deleted")))
            }
            Some(PendingAttachment::Put(base)) => Attachment::open(self, place, number, Some(base)),
            None => Attachment::open(self, place, number, None),
        }
    }

    /// Makes an attachment. It becomes part of the message when both have been saved, first the
    /// attachment, then the message.
    #[doc(alias = "IMessage::CreateAttach")]
    pub fn create_attachment(&self, method: AttachMethod) -> Result<Attachment> {
        let (numbers, _) = self.attachment_numbers()?;
        let mut state = self.for_change()?;
        // A deleted attachment keeps its number until the message is saved, and one that is not
        // saved yet has its number already.
        let changed = state.effective().attachments.into_keys();
        let number = numbers.into_iter().chain(changed).max().map_or(0, |last| last + 1);
        let number = number.max(state.next_attachment);
        state.next_attachment = number + 1;
        drop(state);
        Attachment::create(self, number, method)
    }

    /// Deletes an attachment; it is gone when the message has been saved.
    #[doc(alias = "IMessage::DeleteAttach")]
    pub fn delete_attachment(&self, number: u32) -> Result<()> {
        self.open_attachment(number)?;
        self.for_change()?.pending.attachments.insert(number, PendingAttachment::Delete);
        Ok(())
    }

    /// Saves the changes and stays open for writing.
    pub fn save(&self) -> Result<()> {
        self.save_changes(KeepOpen::ReadWrite, false)
    }

    /// Saves the changes: into the store for a message in a folder, into the attachment for an
    /// embedded one. Lifecycle rules, section 15.
    ///
    /// With `force`, what somebody else saved meanwhile is overwritten (`FORCE_SAVE`).
    ///
    /// # Errors
    /// `MAPI_E_OBJECT_CHANGED` if somebody else saved first; `MAPI_E_OBJECT_DELETED`;
    /// `MAPI_E_NO_ACCESS` if it is open for reading only. After an error the message stays open
    /// with its changes, and nothing has been stored.
    #[doc(alias = "IMAPIProp::SaveChanges")]
    pub fn save_changes(&self, keep: KeepOpen, force: bool) -> Result<()> {
        let mut state = self.for_change()?;
        match &self.0.home {
            Home::Attachment(attachment) => {
                self.finish(&mut state)?;
                attachment.put_embedded(&state.pending)?;
                let changes = std::mem::take(&mut state.pending);
                state.base.merge(&changes);
            }
            Home::Folder { folder, associated } => {
                self.commit(&mut state, *folder, *associated, force, Vec::new())?;
            }
        }
        match keep {
            KeepOpen::ReadWrite => {}
            KeepOpen::ReadOnly => state.writable = false,
            KeepOpen::No => state.closed = true,
        }
        Ok(())
    }

    /// Marks the message as read or unread, and saves that at once.
    #[doc(alias = "IMessage::SetReadFlag")]
    pub fn set_read_flag(&self, read: bool) -> Result<()> {
        let mut state = self.for_change()?;
        let place = state.place.clone().filter(|place| place.embedded.is_empty());
        let id = place.ok_or_else(|| Error::no_support("the message is not in a folder"))?.id;
        let pass = self.0.logon.enter()?;
        let stored = pass.properties(&ObjectRef::message(id), INLINE)?;
        let old = stored.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        let flags = if read { old | MSGFLAG_READ } else { old & !MSGFLAG_READ };
        if flags == old {
            return Ok(());
        }
        let mut update = PendingMessage::default();
        update.props.set(Prop::new(tags::MESSAGE_FLAGS, flags));
        let change = Change::UpdateMessage {
            message: id,
            expected: Some(state.stamp),
            update: update.to_update(),
        };
        pass.commit(vec![change])?;
        // It is done; what cannot be read back now is when the message is next looked at.
        let _ = self.read_back(&mut state, &*pass, &MessageRef::new(id));
        Ok(())
    }

    pub(crate) fn logon(&self) -> &Arc<Logon> {
        &self.0.logon
    }

    /// Takes over what an attachment saved.
    pub(crate) fn put_attachment(&self, number: u32, content: &PendingContent) -> Result<()> {
        let mut later = PendingMessage::default();
        later.attachments.insert(number, PendingAttachment::Put(content.clone()));
        self.for_change()?.pending.merge(&later);
        Ok(())
    }

    /// Takes over changes as if the client had made them one by one.
    pub(crate) fn take(&self, changes: &PendingMessage) -> Result<()> {
        self.for_change()?.pending.merge(changes);
        Ok(())
    }

    fn attachment_numbers(&self) -> Result<(Vec<u32>, Vec<Error>)> {
        let state = self.state()?;
        let changed = state.effective().attachments;
        let place = state.place.clone();
        drop(state);
        let (mut numbers, mut errors) = (Vec::new(), Vec::new());
        if let Some(place) = place {
            let pass = self.0.logon.enter()?;
            pass.rows(&RowSource::Attachments(place), Some(&[]), &mut |row| {
                match row {
                    Ok(row) => numbers.push(row.id as u32),
                    Err(error) => errors.push(error),
                }
                ControlFlow::Continue(())
            })?;
        }
        let deleted = |number: &u32| matches!(changed.get(number), Some(PendingAttachment::Delete));
        numbers.retain(|number| !deleted(number));
        let known: BTreeSet<u32> = numbers.iter().copied().collect();
        numbers.extend(changed.keys().filter(|number| !deleted(number) && !known.contains(number)));
        Ok((numbers, errors))
    }

    fn state(&self) -> Result<MutexGuard<'_, State>> {
        drop(self.0.logon.enter()?);
        let mut state = lock(&self.0.state);
        if state.closed {
            return Err(Error::new(
                ErrorCode::INVALID_OBJECT,
                "the message was closed by its last save or its submission",
            ));
        }
        if let Some(place) = state.place.clone().filter(|_| state.unread) {
            self.read_back(&mut state, &*self.0.logon.enter()?, &place)?;
        }
        Ok(state)
    }

    /// Takes a new snapshot of what is stored.
    fn read_back(
        &self,
        state: &mut State,
        store: &dyn MessageStore,
        place: &MessageRef,
    ) -> Result<()> {
        state.unread = true;
        // Stamp before snapshot: what somebody else saves in between is seen, or is a conflict.
        let stamp = store.stamp(place.id)?;
        state.stored = snapshot(&self.0.logon, store, place)?;
        (state.stamp, state.unread) = (stamp, false);
        Ok(())
    }

    fn for_change(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.state()?;
        if state.writable {
            return Ok(state);
        }
        if let Some(place) = &state.place
            && self.0.logon.can_write()
        {
            not_queued(&*self.0.logon.enter()?, place)?;
        }
        Err(Error::new(ErrorCode::NO_ACCESS, "the message is open for reading only"))
    }

    /// Whether the handle is still good: not closed, and its store not logged off.
    pub(crate) fn check(&self) -> Result<()> {
        self.state().map(drop)
    }

    /// Whether it can be submitted at all.
    pub(crate) fn check_submit(&self) -> Result<()> {
        let state = self.for_change()?;
        let flags = state.stored.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        match self.0.home {
            Home::Folder { associated: false, .. } if flags & MSGFLAG_ASSOCIATED == 0 => Ok(()),
            _ => Err(Error::no_support("only normal messages in folders are submitted")),
        }
    }

    /// Stores what a submission changes, together with its place in the queue, and closes the
    /// handle.
    pub(crate) fn commit_submit(&self, update: MessageUpdate, entry: Change) -> Result<()> {
        let mut state = self.for_change()?;
        let place = state.place.clone();
        let place = place.ok_or_else(|| Error::not_found("the message was never saved"))?;
        let pass = self.0.logon.enter()?;
        let message = place.id;
        let expected = Some(state.stamp);
        pass.commit(vec![Change::UpdateMessage { message, expected, update }, entry])?;
        state.closed = true;
        Ok(())
    }

    /// Takes a new snapshot, and sees anew whether it may be changed.
    pub(crate) fn reopen(&self) -> Result<()> {
        let mut state = self.state()?;
        let Some(place) = state.place.clone() else { return Ok(()) };
        let pass = self.0.logon.enter()?;
        self.read_back(&mut state, &*pass, &place)?;
        state.writable = is_writable(&self.0.logon, &*pass, &place, &mut state.stored)?;
        Ok(())
    }

    /// Saves a message that was saved before, together with other changes.
    pub(crate) fn save_with(&self, with: Vec<Change>) -> Result<()> {
        let mut state = self.for_change()?;
        self.commit(&mut state, 0, false, false, with)
    }

    /// Saves a new message for the first time, into a folder that was chosen meanwhile, together
    /// with other changes.
    pub(crate) fn save_into(&self, folder: u64, with: Vec<Change>) -> Result<()> {
        let mut state = self.for_change()?;
        self.commit(&mut state, folder, false, false, with)
    }
}

/// Whether a message may be changed through a new handle: not while it is queued, but by the
/// spooler that has locked it.
fn is_writable(
    logon: &Logon,
    store: &dyn MessageStore,
    place: &MessageRef,
    stored: &mut PropBag,
) -> Result<bool> {
    if !logon.can_write() || !may_be_queued(stored) || !place.embedded.is_empty() {
        return Ok(logon.can_write());
    }
    let entry = Queue(store).find(place.id)?;
    let writable = match (entry, logon.spooler()) {
        // It was copied as it was from another queue.
        (None, _) => true,
        (Some(entry), Some(owner)) => entry.is_locked_by(owner),
        (Some(_), None) => false,
    };
    stored.set(tags::ACCESS_LEVEL, i32::from(writable));
    Ok(writable)
}

/// Whether the queue has to be asked about a message: its flags say that it is there, or nothing.
fn may_be_queued(stored: &PropBag) -> bool {
    match stored.find(tags::MESSAGE_FLAGS.id()).map(|prop| &prop.value) {
        Some(Value::Error(_)) => true,
        flags => flags.and_then(Value::as_i32).unwrap_or(0) & MSGFLAG_SUBMIT != 0,
    }
}

/// Refuses what changes a message that is in the outgoing queue.
fn not_queued(store: &dyn MessageStore, place: &MessageRef) -> Result<()> {
    if !may_be_queued(&store.properties(&ObjectRef::message(place.id), INLINE)?) {
        return Ok(());
    }
    match Queue(store).find(place.id)? {
        None => Ok(()),
        Some(entry) if entry.is_locked() => {
            Err(Error::new(ErrorCode::NO_ACCESS, "the spooler is sending the message"))
        }
        Some(_) => Err(Error::new(
            ErrorCode::SUBMITTED,
            "the message was submitted and is waiting to be sent",
        )),
    }
}

impl State {
    /// All changes that are not in the store.
    fn effective(&self) -> PendingMessage {
        let mut all = self.base.clone();
        all.merge(&self.pending);
        all
    }
}

impl HasProperties for Message {
    fn logon(&self) -> &Arc<Logon> {
        &self.0.logon
    }

    fn refusal(&self) -> Error {
        let refused = || Error::new(ErrorCode::NO_ACCESS, "the message is open for reading only");
        self.for_change().err().unwrap_or_else(refused)
    }

    fn is_writable(&self) -> bool {
        lock(&self.0.state).writable
    }

    fn all(&self) -> Result<PropBag> {
        let state = self.state()?;
        let mut bag = state.stored.clone();
        let changes = state.effective();
        drop(state);
        changes.props.apply(&mut bag)?;
        if changes.props.value(tags::SUBJECT.id()).is_some() {
            // The parts of the old subject say nothing about the new one.
            for tag in [tags::SUBJECT_PREFIX, tags::NORMALIZED_SUBJECT] {
                computed::put(&mut bag, tag, changes.props.value(tag.id()).cloned());
            }
            computed::split_subject(&mut bag);
        }
        Ok(bag)
    }

    fn stream(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        let state = self.state()?;
        let changes = state.effective();
        let (place, stamp, held) = (state.place.clone(), state.stamp, state.stored.clone());
        drop(state);
        if let Some(stream) = changes.props.stream(tag.id()) {
            return Ok(Box::new(stream.reader()));
        }
        if let Some(bytes) = changes.props.value(tag.id()).and_then(crate::object::stored_bytes) {
            return Ok(Box::new(std::io::Cursor::new(bytes)));
        }
        if let Some(place) = place {
            let pass = self.0.logon.enter()?;
            if pass.stamp(place.id)? != stamp {
                return Err(Error::new(
                    ErrorCode::OBJECT_CHANGED,
                    "the message was saved by somebody else since it was opened",
                ));
            }
            match pass.open_stream(&ObjectRef::Message(place), tag) {
                Err(error) if error.code() == ErrorCode::NOT_FOUND => {}
                result => return result,
            }
        }
        // A computed property is not in the store.
        let bytes = held.get(tag).and_then(crate::object::stored_bytes);
        let bytes = bytes.ok_or_else(|| Error::not_found(format!("no {tag} is set")))?;
        Ok(Box::new(std::io::Cursor::new(bytes)))
    }

    fn stored(&self) -> Option<ObjectRef> {
        self.reference().map(ObjectRef::Message)
    }

    fn change(&self, set: Vec<Prop>, delete: Vec<u16>) -> Result<()> {
        let mut state = self.for_change()?;
        set.into_iter().for_each(|prop| state.pending.props.set(prop));
        delete.into_iter().for_each(|id| state.pending.props.delete(id));
        Ok(())
    }

    fn change_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()> {
        self.for_change()?.pending.props.set_stream(tag, SharedStream::new(data));
        Ok(())
    }

    fn refuses(&self, tag: PropTag) -> Option<ErrorCode> {
        let saved = lock(&self.0.state).place.is_some();
        if tag.id() == tags::MESSAGE_FLAGS.id() && saved {
            return Some(ErrorCode::COMPUTED);
        }
        computed::refuses(MAPI_MESSAGE, tag)
    }
}

impl Message {
    /// Sets the flags that a client may set before the first save: read, unsent, from me,
    /// resend. Lifecycle rules, section 15.
    ///
    /// # Errors
    /// `MAPI_E_COMPUTED` after the first save or for other flags.
    pub fn set_message_flags(&self, flags: i32) -> Result<()> {
        let allowed = MSGFLAG_READ | MSGFLAG_UNSENT | MSGFLAG_FROMME | MSGFLAG_RESEND;
        if flags & !(allowed | MSGFLAG_UNMODIFIED | MSGFLAG_SUBMIT) != 0 {
            return Err(Error::new(ErrorCode::COMPUTED, "the store sets these flags"));
        }
        self.set(tags::MESSAGE_FLAGS, flags)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Message").field(&self.reference()).finish()
    }
}

fn snapshot(logon: &Logon, store: &dyn MessageStore, place: &MessageRef) -> Result<PropBag> {
    let mut bag = store.properties(&ObjectRef::Message(place.clone()), INLINE)?;
    computed::message(logon, store, &mut bag, Some(place), logon.can_write())?;
    Ok(bag)
}
