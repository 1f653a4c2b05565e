//! A commit, which is a sequence of calls for a provider.
//!
//! MAPI's stores have no transaction over several objects, so that `commit_is_atomic` cannot be
//! kept whole. What can be done before anything is changed is done first:
//!
//! 1. All values are checked, and all objects opened.
//! 2. Messages are filled, with their streams, recipients and attachments: they are the store's
//!    only with `SaveChanges`.
//! 3. Then each change is made, in order.
//!
//! A failure in the first two steps changes nothing. In the third, what this commit has made is
//! deleted again, and the error says how many changes were made before and stay.

use std::collections::{HashMap, HashSet};
use std::slice::from_ref;
use std::sync::PoisonError;

use mapix::prop::{PropBag, PropTag, tags};
use mapix::store::{
    Capability, Change, Commit, CommitEvents, ItemKind, MessageStore as _, MessageUpdate,
    ObjectChange, ObjectRef, RowSource,
};
use mapix::{Context, EntryId, Error, ErrorCode, Result};

use super::call::{ask, whole};
use super::change::{delete_folder, delete_message, make_folder, new_message, set_read, with_list};
use super::fill::{check, check_message, fill, save, set_and_delete};
use super::heard;
use super::objects::{MODIFY, long_term, number_of};
use super::store::ForeignStore;
use super::submission;
use crate::arg::{In, Out};
use crate::com::{Interface, Ptr};
use crate::convert::MAPI_UNICODE;
use crate::iface::{IMAPIFolder, IMAPIProp, IMessage};
use crate::types::ENTRYID;

const MOVE: u32 = 1;
const FORCE_SAVE: u32 = 4;
const MSGFLAG_READ: i32 = 1;

/// Makes all changes, as far as a provider can.
pub(super) fn commit(store: &ForeignStore, changes: Vec<Change>) -> Result<Commit> {
    if changes.is_empty() {
        return Ok(Commit { created: Vec::new(), cursor: store.feed.cursor() });
    }
    if !store.info().capability.has(Capability::WRITE) {
        return Err(Error::new(ErrorCode::NO_ACCESS, "the store is open for reading only"));
    }
    // What was told before belongs to nothing that is done here.
    store.settle();
    let _one = store.writing.lock().unwrap_or_else(PoisonError::into_inner);
    let mut work = Work { store, open: HashMap::new(), going: HashSet::new() };
    let steps: Vec<Step> =
        changes.into_iter().map(|change| work.prepare(change)).collect::<Result<_>>()?;
    let count = steps.len();
    let (events, created, status_only) = Default::default();
    let mut done = Done { store, events, created, status_only };
    for (index, step) in steps.into_iter().enumerate() {
        if let Err(error) = done.make(step) {
            let stays = index > done.undo();
            done.tell_changed();
            let events = done.events;
            if stays {
                store.feed.add(events.iter().copied());
                let made = format!("{index} of {count} changes were made before, and stay");
                return Err(error.context(made));
            }
            return Err(error);
        }
    }
    done.tell_changed();
    let Done { events, created, .. } = done;
    let cursor = store.feed.add(events.iter().copied());
    // What the provider told meanwhile is mostly the same.
    let (told, missed) = store.feed.take_heard();
    for one in told {
        let mut all = heard::events(store, &one);
        all.retain(|event| !events.has(event.object));
        if !all.is_empty() {
            store.feed.add(all);
        }
    }
    if missed {
        store.feed.forget();
    }
    Ok(Commit { created, cursor })
}

/// A change that was prepared.
enum Step {
    UpdateStore { set: PropBag, delete: Vec<u16> },
    CreateFolder { parent: u64, folder: Ptr<IMAPIFolder>, properties: PropBag },
    UpdateFolder { id: u64, folder: Ptr<IMAPIFolder>, set: PropBag, delete: Vec<u16> },
    MoveFolder { id: u64, to: u64 },
    DeleteFolder { id: u64 },
    SaveNew { parent: u64, message: Ptr<IMessage>, associated: bool, read: Option<bool> },
    Save { id: u64, message: Ptr<IMessage>, force: bool, read: Option<bool> },
    MoveMessage { id: u64, to: u64 },
    DeleteMessage { id: u64 },
    SetStatus { id: u64, mask: i32, status: i32 },
    SetReceiveFolder { class: String, folder: Option<EntryId> },
}

/// The preparation of a commit.
struct Work<'a> {
    store: &'a ForeignStore,
    /// The messages that are changed.
    open: HashMap<u64, Ptr<IMessage>>,
    /// What the commit deletes.
    going: HashSet<u64>,
}

impl Work<'_> {
    fn prepare(&mut self, change: Change) -> Result<Step> {
        Ok(match change {
            Change::UpdateStore { set, delete } => {
                check(&set)?;
                Step::UpdateStore { set, delete }
            }
            // Of copies its own store tells, if anybody.
            Change::CreateFolder { parent, search, properties, copy_of: _ } => {
                if search {
                    return Err(Error::no_support("search folders are not made in this store"));
                }
                check(&properties)?;
                Step::CreateFolder { parent, folder: self.container(parent)?, properties }
            }
            Change::UpdateFolder { folder: id, set, delete } => {
                check(&set)?;
                Step::UpdateFolder { id, folder: self.folder(id)?, set, delete }
            }
            Change::MoveFolder { folder, to } => {
                self.folder(folder)?;
                self.container(to)?;
                self.no_cycle(folder, to)?;
                Step::MoveFolder { id: folder, to }
            }
            Change::DeleteFolder { folder } => {
                self.folder(folder)?;
                if folder == self.store.info().root {
                    let sentence = "the root folder cannot be deleted";
                    return Err(Error::new(ErrorCode::NO_ACCESS, sentence));
                }
                self.going.insert(folder);
                Step::DeleteFolder { id: folder }
            }
            Change::CreateMessage { folder: parent, associated, content } => {
                check_message(&content, 0)?;
                let folder = self.container(parent)?;
                let message = new_message(&folder, associated)?;
                let (read, flags) = (read_state(&content), content.set.i32(tags::MESSAGE_FLAGS));
                let left = fill(&message, content)?;
                if let Some(flags) = flags {
                    submission::keep(&message, flags)?;
                }
                let read = read.filter(|_| holds_flags(&left));
                Step::SaveNew { parent, message, associated, read }
            }
            Change::UpdateMessage { message: id, expected, update } => {
                check_message(&update, 0)?;
                let message = self.message(id)?;
                let now = expected.map(|_| self.store.stamp(id)).transpose()?;
                if now != expected {
                    let sentence = format!("message {id} was changed by somebody else");
                    return Err(Error::new(ErrorCode::OBJECT_CHANGED, sentence));
                }
                let (read, flags) = (read_state(&update), update.set.i32(tags::MESSAGE_FLAGS));
                let left = fill(&message, update)?;
                if let Some(flags) = flags {
                    submission::keep(&message, flags)?;
                }
                let read = match read.filter(|_| holds_flags(&left)) {
                    Some(read) if is_read(&message)? != read => Some(read),
                    _ => None,
                };
                Step::Save { id, message, force: expected.is_none(), read }
            }
            Change::MoveMessage { message, to } => {
                self.message(message)?;
                self.container(to)?;
                Step::MoveMessage { id: message, to }
            }
            Change::DeleteMessage { message, .. } => {
                self.message(message)?;
                self.going.insert(message);
                Step::DeleteMessage { id: message }
            }
            Change::RestoreMessage { message } => {
                self.message(message)?;
                return Err(Error::not_found(format!("message {message} is not deleted")));
            }
            Change::SetMessageStatus { message, mask, status } => {
                self.message(message)?;
                Step::SetStatus { id: message, mask, status }
            }
            Change::SetSearch { folder, .. } => {
                self.folder(folder)?;
                return Err(Error::no_support("searches of this store are its provider's"));
            }
            Change::SetReceiveFolder { class, folder } => {
                if let Some(id) = &folder
                    && !matches!(self.store.resolve(id)?, ObjectRef::Folder(_))
                {
                    return Err(Error::not_found("a receive folder is a folder of the store"));
                }
                Step::SetReceiveFolder { class, folder }
            }
            other => {
                let sentence = format!("a provider is not told of {other:?}");
                return Err(Error::no_support(sentence));
            }
        })
    }

    /// What was there and is not is deleted.
    fn gone(&self, id: u64, error: Error) -> Error {
        let objects = &self.store.objects;
        // What is there is of another kind than was asked for.
        let is_gone = error.code() == ErrorCode::NOT_FOUND
            && objects.was_there(id)
            && objects.item(id).is_err();
        if is_gone {
            self.store.objects.note_gone(id);
            let sentence = format!("object {id} was deleted");
            return Error::new(ErrorCode::OBJECT_DELETED, sentence).with_source(error);
        }
        error
    }

    fn folder(&self, id: u64) -> Result<Ptr<IMAPIFolder>> {
        if self.going.contains(&id) {
            let sentence = format!("folder {id} was deleted");
            return Err(Error::new(ErrorCode::OBJECT_DELETED, sentence));
        }
        self.store.objects.folder_for(id, MODIFY).map_err(|error| self.gone(id, error))
    }

    /// A folder that can hold something.
    fn container(&self, id: u64) -> Result<Ptr<IMAPIFolder>> {
        let folder = self.folder(id)?;
        if self.store.objects.kind(id)? == ItemKind::SearchFolder {
            let sentence =
                format!("folder {id} is a search folder, which holds only what it finds");
            return Err(Error::new(ErrorCode::NO_ACCESS, sentence));
        }
        Ok(folder)
    }

    fn message(&mut self, id: u64) -> Result<Ptr<IMessage>> {
        if self.going.contains(&id) {
            let sentence = format!("message {id} was deleted");
            return Err(Error::new(ErrorCode::OBJECT_DELETED, sentence));
        }
        if let Some(open) = self.open.get(&id) {
            return Ok(open.clone());
        }
        let at = mapix::store::MessageRef::new(id);
        let opened = self.store.objects.message_for(&at, MODIFY);
        let message = opened.map_err(|error| self.gone(id, error))?.message;
        self.open.insert(id, message.clone());
        Ok(message)
    }

    fn no_cycle(&self, folder: u64, to: u64) -> Result<()> {
        let mut above = Some(to);
        while let Some(id) = above {
            if id == folder {
                let sentence = format!("folder {folder} cannot be moved into itself");
                return Err(Error::new(ErrorCode::FOLDER_CYCLE, sentence));
            }
            above = self.store.parent(id)?;
        }
        Ok(())
    }
}

/// Whether a message shall be read or not; `None` if nothing is said of it.
fn read_state(update: &MessageUpdate) -> Option<bool> {
    update.set.i32(tags::MESSAGE_FLAGS).map(|flags| flags & MSGFLAG_READ != 0)
}

/// Whether a message is read, as its provider has it.
fn is_read(message: &Ptr<IMessage>) -> Result<bool> {
    Ok(number_of(message, tags::MESSAGE_FLAGS)?.unwrap_or(0) & MSGFLAG_READ != 0)
}

fn holds_flags(left: &[PropTag]) -> bool {
    left.iter().any(|tag| tag.id() == tags::MESSAGE_FLAGS.id())
}

/// The making of a commit.
struct Done<'a> {
    store: &'a ForeignStore,
    events: CommitEvents,
    created: Vec<u64>,
    /// Messages of which only the status was set, which is no change of them.
    status_only: HashSet<u64>,
}

impl Done<'_> {
    fn make(&mut self, step: Step) -> Result<()> {
        match step {
            Step::UpdateStore { set, delete } => {
                let store = self.store.objects.live()?.store;
                set_and_delete(&store, &set, &delete)?;
                save(&store, 0)?;
                self.events.note(0, None, ObjectChange::Modified, None);
                Ok(())
            }
            Step::CreateFolder { parent, folder, properties } => {
                self.create_folder(parent, &folder, properties)
            }
            Step::UpdateFolder { id, folder, set, delete } => {
                set_and_delete(&folder, &set, &delete)?;
                save(&folder, 0)?;
                self.note(id, ObjectChange::Modified);
                Ok(())
            }
            Step::MoveFolder { id, to } => self.move_folder(id, to),
            Step::DeleteFolder { id } => self.delete_folder(id),
            Step::SaveNew { parent, message, associated, read } => {
                save(&message, 0)?;
                let id = self.store.objects.number(&name_of_new(&message, "a message")?);
                let kind = if associated { ItemKind::Associated } else { ItemKind::Message };
                self.store.objects.note(id, kind, Some(parent));
                self.created.push(id);
                self.events.note(id, Some(kind), ObjectChange::Created, Some(parent));
                self.contents(Some(parent));
                read.map_or(Ok(()), |read| again(|| set_read(&message, read)))
            }
            Step::Save { id, message, force, read } => {
                save(&message, if force { FORCE_SAVE } else { 0 })?;
                self.status_only.remove(&id);
                self.note(id, ObjectChange::Modified);
                read.map_or(Ok(()), |read| again(|| set_read(&message, read)))
            }
            Step::MoveMessage { id, to } => self.move_message(id, to),
            Step::DeleteMessage { id } => {
                let entry_id = self.store.objects.entry_id(id)?;
                let (folder, parent) = self.parent_of(id)?;
                let kind = self.store.objects.kind(id)?;
                delete_message(&folder, &entry_id)?;
                self.store.objects.note_gone(id);
                self.events.note(id, Some(kind), ObjectChange::Deleted, Some(parent));
                self.contents(Some(parent));
                Ok(())
            }
            Step::SetStatus { id, mask, status } => {
                let entry_id = self.store.objects.entry_id(id)?;
                let (folder, _) = self.parent_of(id)?;
                let bytes = entry_id.as_bytes();
                // SAFETY: the folder is alive; the entry ID has the size that is said.
                let result = unsafe {
                    folder.SetMessageStatus(
                        bytes.len() as u32,
                        In::from_raw(bytes.as_ptr().cast()),
                        status as u32,
                        mask as u32,
                        Out::new(&mut 0),
                    )
                };
                let prop: &Ptr<IMAPIProp> = &folder;
                ask(prop, result, "IMAPIFolder::SetMessageStatus")?;
                if !self.events.has(id) {
                    self.status_only.insert(id);
                }
                self.note(id, ObjectChange::Modified);
                Ok(())
            }
            Step::SetReceiveFolder { class, folder } => {
                let store = self.store.objects.live()?.store;
                let class: Vec<u16> = class.encode_utf16().chain([0]).collect();
                let id = folder.as_ref().map_or(&[][..], EntryId::as_bytes);
                let pointer: *const ENTRYID =
                    if id.is_empty() { std::ptr::null() } else { id.as_ptr().cast() };
                // SAFETY: the store is alive; text and entry ID are as they are said to be.
                let result = unsafe {
                    store.SetReceiveFolder(
                        In::from_raw(class.as_ptr().cast()),
                        MAPI_UNICODE,
                        id.len() as u32,
                        In::from_raw(pointer),
                    )
                };
                let prop: &Ptr<IMAPIProp> = &store;
                ask(prop, result, "IMsgStore::SetReceiveFolder")?;
                self.events.note(0, None, ObjectChange::Modified, None);
                Ok(())
            }
        }
    }

    fn create_folder(
        &mut self,
        parent: u64,
        folder: &Ptr<IMAPIFolder>,
        mut properties: PropBag,
    ) -> Result<()> {
        let name = properties.text(tags::DISPLAY_NAME).unwrap_or_default();
        let made = make_folder(folder, &name)?;
        let id = self.store.objects.number(&name_of_new(&made, "a folder")?);
        self.store.objects.note(id, ItemKind::Folder, Some(parent));
        self.created.push(id);
        self.events.note(id, Some(ItemKind::Folder), ObjectChange::Created, Some(parent));
        self.contents(Some(parent));
        properties.remove(tags::DISPLAY_NAME.id());
        if !properties.is_empty() {
            set_and_delete(&made, &properties, &[])?;
            save(&made, 0)?;
        }
        Ok(())
    }

    fn move_folder(&mut self, id: u64, to: u64) -> Result<()> {
        let entry_id = self.store.objects.entry_id(id)?;
        let (folder, from) = self.parent_of(id)?;
        let target = self.store.objects.folder_for(to, MODIFY)?;
        let source = RowSource::Hierarchy(to);
        let before: HashSet<u64> = self.store.numbers(&source)?.into_iter().collect();
        let bytes = entry_id.as_bytes();
        // SAFETY: the folders are alive; the entry ID has the size that is said.
        let result = unsafe {
            folder.CopyFolder(
                bytes.len() as u32,
                In::from_raw(bytes.as_ptr().cast()),
                In::new(&IMAPIFolder::IID),
                In::from_raw(target.as_raw().cast_const().cast()),
                In::null(),
                0,
                In::null(),
                MOVE,
            )
        };
        let prop: &Ptr<IMAPIProp> = &folder;
        whole(prop, result, "IMAPIFolder::CopyFolder")?;
        self.moved(id, from, to, &source, &before)
    }

    fn move_message(&mut self, id: u64, to: u64) -> Result<()> {
        let entry_id = self.store.objects.entry_id(id)?;
        let (folder, from) = self.parent_of(id)?;
        let target = self.store.objects.folder_for(to, MODIFY)?;
        let source = match self.store.objects.kind(id)? {
            ItemKind::Associated => RowSource::Associated(to),
            _ => RowSource::Contents(to),
        };
        let before: HashSet<u64> = self.store.numbers(&source)?.into_iter().collect();
        let result = with_list(from_ref(&entry_id), |list| {
            // SAFETY: the folders are alive, and the list as it says.
            unsafe {
                let target = In::from_raw(target.as_raw().cast_const().cast());
                folder.CopyMessages(list, In::new(&IMAPIFolder::IID), target, 0, In::null(), MOVE)
            }
        });
        let prop: &Ptr<IMAPIProp> = &folder;
        whole(prop, result, "IMAPIFolder::CopyMessages")?;
        self.moved(id, from, to, &source, &before)
    }

    /// An object was moved: it keeps its number, whatever its entry ID is now.
    fn moved(
        &mut self,
        id: u64,
        from: u64,
        to: u64,
        source: &RowSource,
        before: &HashSet<u64>,
    ) -> Result<()> {
        let kind = again(|| self.store.objects.kind(id))?;
        if !before.contains(&id)
            && let Some(new) = again(|| self.found_new(id, source, before))?
        {
            self.store.objects.rename(id, self.store.objects.entry_id(new)?);
        }
        self.store.objects.note(id, kind, Some(to));
        self.events.note(id, Some(kind), ObjectChange::Moved { from }, Some(to));
        self.contents(Some(from));
        self.contents(Some(to));
        Ok(())
    }

    /// Where an object is found after it was moved: under its own number, which is `None`, or under
    /// the only one that was not there before.
    fn found_new(&self, id: u64, source: &RowSource, before: &HashSet<u64>) -> Result<Option<u64>> {
        let after = self.store.numbers(source).context(|| "after the move")?;
        if after.contains(&id) {
            return Ok(None);
        }
        let new: Vec<u64> = after.into_iter().filter(|number| !before.contains(number)).collect();
        let [new] = new[..] else {
            let sentence = "the object that was moved is not found again";
            return Err(Error::new(ErrorCode::CALL_FAILED, sentence));
        };
        Ok(Some(new))
    }

    fn delete_folder(&mut self, id: u64) -> Result<()> {
        let entry_id = self.store.objects.entry_id(id)?;
        let (folder, parent) = self.parent_of(id)?;
        let mut inside = Vec::new();
        self.gather(id, 0, &mut inside)?;
        delete_folder(&folder, &entry_id)?;
        for (id, kind, parent) in inside {
            self.store.objects.note_gone(id);
            self.events.note(id, Some(kind), ObjectChange::Deleted, Some(parent));
        }
        self.store.objects.note_gone(id);
        self.events.note(id, Some(ItemKind::Folder), ObjectChange::Deleted, Some(parent));
        self.contents(Some(parent));
        Ok(())
    }

    /// All that is in a folder, at every depth.
    fn gather(&self, id: u64, depth: usize, all: &mut Vec<(u64, ItemKind, u64)>) -> Result<()> {
        if depth > 1024 {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "folders are nested too deep"));
        }
        if self.store.objects.kind(id)? == ItemKind::SearchFolder {
            return Ok(());
        }
        let tables = [
            (RowSource::Contents(id), ItemKind::Message),
            (RowSource::Associated(id), ItemKind::Associated),
        ];
        for (source, kind) in tables {
            all.extend(self.store.numbers(&source)?.into_iter().map(|number| (number, kind, id)));
        }
        for number in self.store.numbers(&RowSource::Hierarchy(id))? {
            self.gather(number, depth + 1, all)?;
            all.push((number, self.store.objects.kind(number)?, id));
        }
        Ok(())
    }

    /// The folder that holds an object, open for writing.
    fn parent_of(&self, id: u64) -> Result<(Ptr<IMAPIFolder>, u64)> {
        let parent = self.store.parent(id)?;
        let parent = parent.ok_or_else(|| {
            Error::new(ErrorCode::FOLDER_CYCLE, format!("object {id} is in no folder"))
        })?;
        Ok((self.store.objects.folder_for(parent, MODIFY)?, parent))
    }

    /// Something was done to an object, which stays done if where it is cannot be read now.
    fn note(&mut self, id: u64, change: ObjectChange) {
        let (kind, last) = self.store.objects.last_seen(id);
        let parent = self.store.parent(id).unwrap_or(last);
        self.events.note(id, kind, change, parent);
        self.contents(parent);
    }

    /// The stamps of what was changed are others now.
    fn tell_changed(&self) {
        self.store
            .changed(self.events.iter().filter(|event| !self.status_only.contains(&event.object)));
    }

    /// What a folder holds has changed.
    fn contents(&mut self, folder: Option<u64>) {
        let Some(folder) = folder else { return };
        let Ok(kind) = self.store.objects.kind(folder) else { return };
        let parent = self.store.parent(folder).ok().flatten();
        self.events.note(folder, Some(kind), ObjectChange::Contents, parent);
    }

    /// Deletes what was made, the last first. Gives how many are gone.
    fn undo(&mut self) -> usize {
        let mut gone = 0;
        for id in std::mem::take(&mut self.created).into_iter().rev() {
            let step = match self.store.objects.kind(id) {
                Ok(ItemKind::Folder | ItemKind::SearchFolder) => Step::DeleteFolder { id },
                _ => Step::DeleteMessage { id },
            };
            gone += usize::from(self.make(step).is_ok());
        }
        gone
    }
}

/// The entry ID of what was just made: who does not know it cannot take back what was made.
fn name_of_new(made: &Ptr<IMAPIProp>, what: &str) -> Result<EntryId> {
    again(|| long_term(made)).context(|| format!("{what} was made, and stays"))
}

/// Tries a second time what is to be known of something that is done already.
fn again<T>(call: impl Fn() -> Result<T>) -> Result<T> {
    call().or_else(|_| call())
}
