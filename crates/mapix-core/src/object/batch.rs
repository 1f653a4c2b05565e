//! What is done to many messages of a folder at once (lifecycle rules, section 25).
//!
//! What can be done is done in one commit; messages that cannot be treated are left as they are,
//! each with its reason.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::computed::{MSGFLAG_READ, MSGFLAG_SUBMIT};
use super::folder::{Contents, Folder};
use super::property::HasProperties;
use super::queue::Queue;
use crate::prop::{PropBag, tags};
use crate::session::Pass;
use crate::store::{Capability, Change, MessageUpdate, Row};
use crate::{Error, ErrorCode, Result, Warning};

/// What became of many objects.
#[derive(Default, Debug)]
#[must_use = "some objects may not have been treated"]
pub struct Completion {
    /// How many were treated.
    pub done: u64,
    /// The numbers of those that were not, and why. They are as they were.
    pub failed: Vec<(u64, Error)>,
}

impl Completion {
    /// `MAPI_W_PARTIAL_COMPLETION` if something was not treated.
    pub fn warning(&self) -> Option<Warning> {
        (!self.failed.is_empty()).then_some(Warning::PartialCompletion)
    }

    /// Takes the first failure for an error, for those to whom only all will do.
    pub fn complete(self) -> Result<u64> {
        match self.failed.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(self.done),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.failed.extend(other.failed);
    }
}

/// How messages are deleted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DeleteMessages {
    /// For good (`DELETE_HARD_DELETE`), also where the store could bring them back.
    pub hard: bool,
}

/// What [`Folder::empty`] deletes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct EmptyFolder {
    /// Also associated (hidden) messages (`DEL_ASSOCIATED`).
    pub associated: bool,
    /// For good (`DELETE_HARD_DELETE`).
    pub hard: bool,
}

impl Folder {
    /// Deletes messages by their numbers: softly if the store can bring them back, unless `how`
    /// says otherwise. Those that are softly deleted already are gone. In a search folder the
    /// messages themselves are deleted.
    ///
    /// Left as they are: messages that are not in this folder (`MAPI_E_NOT_FOUND`), and submitted
    /// ones (`MAPI_E_SUBMITTED`).
    #[doc(alias = "IMAPIFolder::DeleteMessages")]
    pub fn delete_messages(&self, messages: &[u64], how: DeleteMessages) -> Result<Completion> {
        let pass = self.for_change()?;
        let soft = !how.hard && self.has(Capability::SOFT_DELETE);
        let mut held = self.held(&pass, messages, Contents::Normal)?;
        held.add(self.held(&pass, messages, Contents::Associated)?);
        held.add(self.held(&pass, messages, Contents::Deleted)?);
        Ok(each(&pass, messages, |id| {
            not_submitted(held.flags(id)?)?;
            Ok(Some(Change::DeleteMessage { message: id, soft }))
        }))
    }

    /// Brings messages back that were deleted softly from this folder.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if the store deletes for good.
    pub fn restore_messages(&self, messages: &[u64]) -> Result<Completion> {
        let pass = self.for_change()?;
        if !self.has(Capability::SOFT_DELETE) {
            return Err(Error::no_support("the store deletes messages for good"));
        }
        let deleted = self.held(&pass, messages, Contents::Deleted)?;
        Ok(each(&pass, messages, |id| match deleted.flags(id) {
            Ok(_) => Ok(Some(Change::RestoreMessage { message: id })),
            Err(error) if error.code() == ErrorCode::NOT_FOUND => {
                Err(Error::not_found("no such message was deleted from the folder"))
            }
            Err(error) => Err(error),
        }))
    }

    /// Deletes what is in the folder: messages, and folders with all that is in them. Submitted
    /// messages stay, and so do the folders that hold some (`MAPI_E_SUBMITTED`), emptied of the rest.
    #[doc(alias = "IMAPIFolder::EmptyFolder")]
    pub fn empty(&self, what: EmptyFolder) -> Result<Completion> {
        let pass = self.for_change()?;
        let mut completion = Completion::default();
        let (folders, errors) = self.folders()?.into_parts();
        completion.failed.extend(errors.into_iter().map(|error| (0, error)));
        let (holders, queues) = (Queue(&*pass).holders()?, Queue(&*pass).folders()?);
        for folder in folders {
            if holders.contains(&folder.id()) {
                completion.failed.push((folder.id(), holds_submitted()));
                if !queues.contains(&folder.id()) {
                    completion.add(folder.empty(what)?);
                }
                continue;
            }
            match pass.commit(vec![Change::DeleteFolder { folder: folder.id() }]) {
                Ok(_) => completion.done += 1,
                Err(error) => completion.failed.push((folder.id(), error)),
            }
        }
        let mut messages = self.numbers(Contents::Normal)?;
        if what.associated {
            messages.extend(self.numbers(Contents::Associated)?);
        }
        completion.add(self.delete_messages(&messages, DeleteMessages { hard: what.hard })?);
        Ok(completion)
    }

    /// Moves messages by their numbers to another folder. In the same store they keep their entry
    /// IDs; to another store they are copied there, then deleted here.
    #[doc(alias("IMAPIFolder::CopyMessages", "MESSAGE_MOVE"))]
    pub fn move_messages(&self, messages: &[u64], to: &Self) -> Result<Completion> {
        let pass = self.for_change()?;
        if self.is_same_store(to) {
            return Ok(each(&pass, messages, |message| {
                Ok(Some(Change::MoveMessage { message, to: to.id() }))
            }));
        }
        let mut completion = self.copy_messages(messages, to)?;
        let failed: HashSet<u64> = completion.failed.iter().map(|(id, _)| *id).collect();
        let copied: Vec<u64> = messages.iter().copied().filter(|id| !failed.contains(id)).collect();
        let deleted = self.delete_messages(&copied, DeleteMessages::default())?;
        completion.done = deleted.done;
        completion.failed.extend(deleted.failed);
        Ok(completion)
    }

    /// Copies messages by their numbers to another folder, of this store or of another one.
    #[doc(alias = "IMAPIFolder::CopyMessages")]
    pub fn copy_messages(&self, messages: &[u64], to: &Self) -> Result<Completion> {
        drop(to.for_change()?);
        let mut completion = Completion::default();
        for id in messages {
            match self.message(*id).and_then(|message| to.copy_message(&message)) {
                Ok(_) => completion.done += 1,
                Err(error) => completion.failed.push((*id, error)),
            }
        }
        Ok(completion)
    }

    /// Marks messages as read or unread (`CLEAR_READ_FLAG`); `None` for all in the folder. No
    /// receipts are sent: there is nothing here that would send them.
    ///
    /// Submitted messages stay as they are (`MAPI_E_SUBMITTED`).
    #[doc(alias = "IMAPIFolder::SetReadFlags")]
    pub fn set_read_flags(&self, messages: Option<&[u64]>, read: bool) -> Result<Completion> {
        let pass = self.for_change()?;
        let all = match messages {
            Some(messages) => messages.to_vec(),
            None => self.numbers(Contents::Normal)?,
        };
        let held = self.held(&pass, &all, Contents::Normal)?;
        Ok(each(&pass, &all, |message| {
            let old = held.flags(message)?;
            not_submitted(old)?;
            let flags = if read { old | MSGFLAG_READ } else { old & !MSGFLAG_READ };
            if flags == old {
                return Ok(None);
            }
            let mut set = PropBag::new();
            set.set(tags::MESSAGE_FLAGS, flags);
            let update = MessageUpdate { set, ..MessageUpdate::default() };
            // The flags are those that were just read, not those of a snapshot of long ago.
            let expected = Some(pass.stamp(message)?);
            Ok(Some(Change::UpdateMessage { message, expected, update }))
        }))
    }

    /// The status of a message in this folder (`MSGSTATUS_*`).
    #[doc(alias = "IMAPIFolder::GetMessageStatus")]
    pub fn message_status(&self, message: u64) -> Result<i32> {
        self.status(&self.logon().enter()?, message)
    }

    /// Changes bits of the status of a message, and gives the status before. That is no change of
    /// the message: it can still be saved by whoever has it open.
    #[doc(alias = "IMAPIFolder::SetMessageStatus")]
    pub fn set_message_status(&self, message: u64, mask: i32, status: i32) -> Result<i32> {
        let pass = self.for_change()?;
        let old = self.status(&pass, message)?;
        pass.commit(vec![Change::SetMessageStatus { message, mask, status }])?;
        Ok(old)
    }

    fn status(&self, pass: &Pass<'_>, message: u64) -> Result<i32> {
        let mut status = None;
        for which in [Contents::Normal, Contents::Associated] {
            let source = which.source(self.id());
            pass.rows_of(&source, &[message], Some(&[tags::MSG_STATUS]), &mut |row| {
                let status_of =
                    |row: Row| Ok(row.props.sound()?.i32(tags::MSG_STATUS).unwrap_or(0));
                status = Some(row.and_then(status_of));
                ControlFlow::Break(())
            })?;
        }
        status.unwrap_or_else(|| Err(Error::not_found("the message is not in the folder")))
    }

    fn has(&self, capability: Capability) -> bool {
        self.logon().info().capability.has(capability)
    }

    pub(super) fn numbers(&self, which: Contents) -> Result<Vec<u64>> {
        let rows = self.message_rows(which, &[])?;
        rows.into_iter().map(|row| row.map(|row| row.id)).collect()
    }

    /// Those of the messages that a table of the folder has, with their flags.
    fn held(&self, pass: &Pass<'_>, messages: &[u64], which: Contents) -> Result<Held> {
        let mut held = Held::default();
        let (source, flags) = (which.source(self.id()), [tags::MESSAGE_FLAGS]);
        pass.rows_of(&source, messages, Some(&flags), &mut |row| {
            let flags = row.and_then(|row| {
                let flags = row.props.sound()?.i32(tags::MESSAGE_FLAGS);
                Ok((row.id, flags.unwrap_or(0)))
            });
            match flags {
                Ok((id, flags)) => drop(held.flags.insert(id, flags)),
                Err(error) => held.broken = held.broken.take().or(Some(error)),
            }
            ControlFlow::Continue(())
        })?;
        Ok(held)
    }
}

/// Messages that a folder has, with their flags.
#[derive(Default)]
struct Held {
    flags: HashMap<u64, i32>,
    /// Why some row could not be read, whichever it was.
    broken: Option<Error>,
}

impl Held {
    fn add(&mut self, other: Self) {
        self.flags.extend(other.flags);
        self.broken = self.broken.take().or(other.broken);
    }

    /// The flags of a message.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if it is not in the folder, or what is wrong with a row of the folder that
    /// could be its own.
    fn flags(&self, message: u64) -> Result<i32> {
        self.flags.get(&message).copied().ok_or_else(|| match &self.broken {
            Some(error) => Error::new(error.code(), format!("a row of the folder: {error}")),
            None => Error::not_found("the message is not in the folder"),
        })
    }
}

/// Makes one change for each object, all in one commit if that works, else one by one. What
/// needs no change is done.
fn each(
    pass: &Pass<'_>,
    objects: &[u64],
    change: impl Fn(u64) -> Result<Option<Change>>,
) -> Completion {
    let mut completion = Completion::default();
    let mut changes = Vec::new();
    let mut good = Vec::new();
    for id in objects {
        match change(*id) {
            Ok(None) => completion.done += 1,
            Ok(Some(one)) => {
                changes.push(one);
                good.push(*id);
            }
            Err(error) => completion.failed.push((*id, error)),
        }
    }
    if changes.is_empty() || pass.commit(changes).is_ok() {
        completion.done += good.len() as u64;
        return completion;
    }
    for id in good {
        let made = change(id).and_then(|one| match one {
            Some(one) => pass.commit(vec![one]).map(drop),
            None => Ok(()),
        });
        match made {
            Ok(()) => completion.done += 1,
            Err(error) => completion.failed.push((id, error)),
        }
    }
    completion
}

/// Why a folder stays.
pub(super) fn holds_submitted() -> Error {
    Error::new(ErrorCode::SUBMITTED, "a message in the folder is waiting to be sent")
}

fn not_submitted(flags: i32) -> Result<()> {
    if flags & MSGFLAG_SUBMIT == 0 {
        return Ok(());
    }
    Err(Error::new(ErrorCode::SUBMITTED, "the message was submitted and is waiting to be sent"))
}
