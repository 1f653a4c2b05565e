//! Messages as candidates: their row first, the message itself when that is not enough.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io::Read;
use std::ops::ControlFlow;

use crate::object::{Attachment, Message, Store, computed};
use crate::prop::{PropBag, PropTag, Value, tags};
use crate::restriction::Candidate;
use crate::{Error, Result};

/// A message of a store.
pub(super) struct Item<'a> {
    store: &'a Store,
    id: u64,
    row: PropBag,
    /// The IDs of what is not in the message if it is not in the row.
    held: &'a [u16],
    opened: OnceCell<Opened>,
}

struct Opened {
    message: Message,
    props: PropBag,
}

/// Of some columns those whose absence from a row says that the message does not have them.
pub(super) fn held_ids(columns: &[PropTag]) -> Vec<u16> {
    let held = columns.iter().filter(|tag| !computed::is_of_every_message(**tag));
    held.map(|tag| tag.id()).collect()
}

impl<'a> Item<'a> {
    pub(super) fn new(store: &'a Store, id: u64, row: PropBag, held: &'a [u16]) -> Self {
        Self { store, id, row, held, opened: OnceCell::new() }
    }

    fn opened(&self) -> Result<&Opened> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let message = self.store.open_message(self.id)?;
        let props = message.props()?;
        Ok(self.opened.get_or_init(|| Opened { message, props }))
    }
}

impl Candidate for Item<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        match self.row.find(tag.id()) {
            Some(_) if self.row.get(tag).is_some() => self.row.value(tag),
            None if self.held.contains(&tag.id()) => Ok(None),
            _ => self.opened()?.props.value(tag),
        }
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        let value = self.opened()?.message.get(tag)?;
        value.ok_or_else(|| Error::not_found(format!("no {tag} is set")))
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.opened()?.message.open_property(tag)?))
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let message = &self.opened()?.message;
        let errors = if tag.id() == tags::MESSAGE_RECIPIENTS.id() {
            let (recipients, errors) = message.recipients()?.into_parts();
            for recipient in recipients {
                if each(&recipient.props)?.is_break() {
                    return Ok(());
                }
            }
            errors
        } else {
            let (attachments, errors) = message.attachments()?.into_parts();
            for attachment in attachments {
                let props = attachment.props()?;
                if each(&File { attachment, props })?.is_break() {
                    return Ok(());
                }
            }
            errors
        };
        // What could not be read might have fitted.
        errors.into_iter().next().map_or(Ok(()), Err)
    }
}

struct File {
    attachment: Attachment,
    props: PropBag,
}

impl Candidate for File {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        self.props.value(tag)
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        let value = self.attachment.get(tag)?;
        value.ok_or_else(|| Error::not_found(format!("no {tag} is set")))
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.attachment.open_property(tag)?))
    }
}
