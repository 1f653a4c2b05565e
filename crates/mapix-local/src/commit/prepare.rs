//! Checking what a commit wants to set and reading its streams, before anything is locked.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::sync::Arc;

use mapix_core::prop::{CodePage, PropBag, PropTag, PropType, Value, tags};
use mapix_core::store::{
    AttachmentChange, AttachmentUpdate, Change, MessageRef, MessageUpdate, ObjectRef, StreamUpdate,
};
use mapix_core::{Context, Error, ErrorCode, Result};

use crate::db::Db;
use crate::lob::{self, Staged};
use crate::read::{self, Wanted};

/// Streams that are longer, in bytes, are written into the file before the commit.
const LONG: usize = 256 << 10;
/// How many bytes of shorter streams one commit holds in memory; what comes after is written into
/// the file, too.
const BUDGET: usize = 32 << 20;

/// What is set in a bag.
#[derive(Default, Debug)]
pub(crate) struct Edit {
    /// Values.
    pub(crate) set: PropBag,
    /// Values that are in the file already, with the code page of narrow ones.
    pub(crate) staged: Vec<(PropTag, Staged, CodePage)>,
    /// The IDs of properties to delete, before anything is set.
    pub(crate) delete: Vec<u16>,
}

/// What changes in a message.
#[derive(Default, Debug)]
pub(crate) struct MessageEdit {
    /// Its properties.
    pub(crate) props: Edit,
    /// All recipients anew.
    pub(crate) recipients: Option<Vec<PropBag>>,
    /// Attachments to put (`Some`) and to delete.
    pub(crate) attachments: BTreeMap<u32, Vec<AttachmentEdit>>,
}

/// What changes in an attachment.
#[derive(Debug)]
pub(crate) enum AttachmentEdit {
    /// Makes or changes it.
    Put(Edit, Option<Box<MessageEdit>>),
    /// Deletes it.
    Delete,
}

/// A change that was checked, with its streams read.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// Makes or changes a message; the rest of the change is in [`Prepared::change`].
    Message(Change, MessageEdit),
    /// Any other change.
    Other(Change),
}

/// Prepares the changes of one commit.
#[derive(Debug)]
pub(crate) struct Preparation<'a> {
    db: &'a Arc<Db>,
    budget: usize,
    /// The numbers of the values that were written into the file.
    pub(crate) staged: Vec<i64>,
}

impl<'a> Preparation<'a> {
    /// For a store.
    pub(crate) fn new(db: &'a Arc<Db>) -> Self {
        Self { db, budget: BUDGET, staged: Vec::new() }
    }

    /// Prepares one change.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for values that cannot be set; `MAPI_E_TOO_COMPLEX` for messages
    /// that are embedded too deep; those of the streams.
    pub(crate) fn change(&mut self, mut change: Change) -> Result<Prepared> {
        let edit = match &mut change {
            Change::UpdateStore { set, .. }
            | Change::CreateFolder { properties: set, .. }
            | Change::UpdateFolder { set, .. } => {
                check(set)?;
                return Ok(Prepared::Other(change));
            }
            Change::CreateMessage { content, .. } => {
                let copy_of = content.copy_of;
                let edit = self.message(std::mem::take(content), None, CodePage::WESTERN, 0)?;
                content.copy_of = copy_of;
                edit
            }
            Change::UpdateMessage { message, update, .. } => {
                let at = MessageRef::new(*message);
                self.message(std::mem::take(update), Some(&at), CodePage::WESTERN, 0)?
            }
            _ => return Ok(Prepared::Other(change)),
        };
        Ok(Prepared::Message(change, edit))
    }

    fn message(
        &mut self,
        update: MessageUpdate,
        at: Option<&MessageRef>,
        outer: CodePage,
        depth: usize,
    ) -> Result<MessageEdit> {
        if depth > MessageRef::MAX_DEPTH {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "messages are embedded too deep"));
        }
        check(&update.set)?;
        // Narrow text in streams, here or further in, is in the code page of its message.
        let code_page = match read::code_page(&update.set) {
            Some(code_page) => code_page,
            None if needs_code_page(&update) => {
                at.map_or(Ok(None), |at| self.stored_code_page(at))?.unwrap_or(outer)
            }
            None => outer,
        };
        let props = self.edit(update.set, update.streams, update.delete, code_page)?;
        if let Some(recipients) = &update.recipients {
            check_recipients(recipients)?;
        }
        let mut attachments: BTreeMap<u32, Vec<AttachmentEdit>> = BTreeMap::new();
        for change in update.attachments {
            let (number, edit) = match change {
                AttachmentChange::Put(number, update) => {
                    let inside = at.map(|at| at.inside(number));
                    let edit = self.attachment(*update, inside.as_ref(), code_page, depth);
                    (number, edit.context(|| format!("attachment {number}"))?)
                }
                AttachmentChange::Delete(number) => (number, AttachmentEdit::Delete),
            };
            attachments.entry(number).or_default().push(edit);
        }
        Ok(MessageEdit { props, recipients: update.recipients, attachments })
    }

    fn attachment(
        &mut self,
        update: AttachmentUpdate,
        inside: Option<&MessageRef>,
        code_page: CodePage,
        depth: usize,
    ) -> Result<AttachmentEdit> {
        check(&update.set)?;
        let props = self.edit(update.set, update.streams, update.delete, code_page)?;
        let embedded = update
            .embedded
            .map(|message| self.message(*message, inside, code_page, depth + 1).map(Box::new));
        Ok(AttachmentEdit::Put(props, embedded.transpose()?))
    }

    fn edit(
        &mut self,
        mut set: PropBag,
        streams: Vec<StreamUpdate>,
        delete: Vec<u16>,
        code_page: CodePage,
    ) -> Result<Edit> {
        let mut staged: Vec<(PropTag, Staged, CodePage)> = Vec::new();
        for StreamUpdate { tag, mut data } in streams {
            let prop_type = tag.prop_type();
            let fixed = prop_type.fixed_size().is_some() || prop_type.is_multi();
            if fixed || matches!(prop_type, PropType::UNSPECIFIED | PropType::RESTRICTION) {
                return Err(refused(tag));
            }
            // The last one of several under one ID stays.
            staged.retain(|(other, ..)| other.id() != tag.id());
            let mut head = Vec::new();
            let most = LONG.min(self.budget);
            data.by_ref().take(most as u64 + 1).read_to_end(&mut head).context(|| tag)?;
            if head.len() <= most {
                self.budget -= head.len();
                set.set(tag, Value::from_bytes(prop_type, &head, code_page));
                continue;
            }
            let value = lob::stage(self.db, head, &mut data).context(|| tag)?;
            self.staged.push(value.id);
            set.remove(tag.id());
            staged.push((tag, value, code_page));
        }
        Ok(Edit { set, staged, delete })
    }

    fn stored_code_page(&self, at: &MessageRef) -> Result<Option<CodePage>> {
        let wanted = Wanted { ids: Some(&[tags::MESSAGE_CODEPAGE.id()]), inline: 0 };
        let object = ObjectRef::Message(at.clone());
        let reader = self.db.current()?;
        match read::properties(&reader, &object, wanted, &mut |_, _| {}) {
            Ok(bag) => Ok(read::code_page(&bag)),
            Err(error) if error.code() == ErrorCode::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether narrow text is set by streams, or a message further in may do so.
fn needs_code_page(update: &MessageUpdate) -> bool {
    let narrow = |stream: &StreamUpdate| stream.tag.prop_type() == PropType::STRING8;
    update.streams.iter().any(narrow)
        || update.attachments.iter().any(|change| match change {
            AttachmentChange::Put(_, update) => {
                update.streams.iter().any(narrow)
                    || update.embedded.as_deref().is_some_and(needs_code_page)
            }
            AttachmentChange::Delete(_) => false,
        })
}

fn check(bag: &PropBag) -> Result<()> {
    for prop in bag {
        let placeholder = matches!(prop.value, Value::Error(_) | Value::Large(..));
        if placeholder || prop.value.prop_type() != prop.tag.prop_type() {
            return Err(refused(prop.tag));
        }
    }
    Ok(())
}

fn check_recipients(recipients: &[PropBag]) -> Result<()> {
    let mut numbers = HashSet::new();
    for recipient in recipients {
        check(recipient)?;
        if !recipient.i32(tags::ROWID).is_some_and(|number| numbers.insert(number)) {
            return Err(Error::invalid_parameter("each recipient has a PR_ROWID of its own"));
        }
    }
    Ok(())
}

fn refused(tag: PropTag) -> Error {
    Error::invalid_parameter("the value cannot be set under this tag").context(tag)
}
