//! Changes that were made to an object and not yet saved.

use std::collections::{BTreeMap, BTreeSet};

use super::stream::SharedStream;
use crate::Result;
use crate::prop::{Prop, PropBag, PropTag, Value};
use crate::store::{AttachmentChange, AttachmentUpdate, MessageUpdate, StreamUpdate};

/// Changed properties.
#[derive(Clone, Default)]
pub(crate) struct PendingProps {
    set: PropBag,
    streams: BTreeMap<u16, (PropTag, SharedStream)>,
    delete: BTreeSet<u16>,
}

impl PendingProps {
    pub(crate) fn set(&mut self, prop: Prop) {
        let id = prop.tag.id();
        self.delete.remove(&id);
        self.streams.remove(&id);
        self.set.insert(prop);
    }

    pub(crate) fn set_stream(&mut self, tag: PropTag, stream: SharedStream) {
        self.delete(tag.id());
        self.delete.remove(&tag.id());
        self.streams.insert(tag.id(), (tag, stream));
    }

    pub(crate) fn delete(&mut self, id: u16) {
        self.set.remove(id);
        self.streams.remove(&id);
        self.delete.insert(id);
    }

    pub(crate) fn stream(&self, id: u16) -> Option<&SharedStream> {
        self.streams.get(&id).map(|(_, stream)| stream)
    }

    pub(crate) fn value(&self, id: u16) -> Option<&Value> {
        self.set.find(id).map(|prop| &prop.value)
    }

    /// Shows the changes in a bag; streams as large values.
    pub(crate) fn apply(&self, bag: &mut PropBag) -> Result<()> {
        self.delete.iter().for_each(|id| drop(bag.remove(*id)));
        bag.merge(&self.set);
        for (tag, stream) in self.streams.values() {
            bag.set(*tag, Value::Large(tag.prop_type(), stream.len()?));
        }
        Ok(())
    }

    /// Adds changes that were made later.
    pub(crate) fn merge(&mut self, later: &Self) {
        later.delete.iter().for_each(|id| self.delete(*id));
        later.set.iter().cloned().for_each(|prop| self.set(prop));
        for (tag, stream) in later.streams.values() {
            self.set_stream(*tag, stream.clone());
        }
    }

    fn to_streams(&self) -> Vec<StreamUpdate> {
        let update = |(tag, stream): &(PropTag, SharedStream)| StreamUpdate {
            tag: *tag,
            data: Box::new(stream.reader()),
        };
        self.streams.values().map(update).collect()
    }
}

/// What changed in a message.
#[derive(Clone, Default)]
pub(crate) struct PendingMessage {
    pub(crate) props: PendingProps,
    pub(crate) recipients: Option<Vec<PropBag>>,
    pub(crate) attachments: BTreeMap<u32, PendingAttachment>,
    /// The message of which a new one is a copy.
    pub(crate) copy_of: Option<u64>,
}

/// What changed in an attachment.
#[derive(Clone)]
pub(crate) enum PendingAttachment {
    Delete,
    Put(PendingContent),
}

#[derive(Clone, Default)]
pub(crate) struct PendingContent {
    pub(crate) props: PendingProps,
    pub(crate) embedded: Option<Box<PendingMessage>>,
}

impl PendingMessage {
    pub(crate) fn merge(&mut self, later: &Self) {
        self.props.merge(&later.props);
        if let Some(recipients) = &later.recipients {
            self.recipients = Some(recipients.clone());
        }
        self.copy_of = self.copy_of.or(later.copy_of);
        for (number, attachment) in &later.attachments {
            match (self.attachments.get_mut(number), attachment) {
                (Some(PendingAttachment::Put(mine)), PendingAttachment::Put(new)) => {
                    mine.merge(new);
                }
                _ => drop(self.attachments.insert(*number, attachment.clone())),
            }
        }
    }

    pub(crate) fn to_update(&self) -> MessageUpdate {
        let attachment = |(number, change): (&u32, &PendingAttachment)| match change {
            PendingAttachment::Delete => AttachmentChange::Delete(*number),
            PendingAttachment::Put(content) => {
                AttachmentChange::Put(*number, Box::new(content.to_update()))
            }
        };
        MessageUpdate {
            set: self.props.set.clone(),
            streams: self.props.to_streams(),
            delete: self.props.delete.iter().copied().collect(),
            recipients: self.recipients.clone(),
            attachments: self.attachments.iter().map(attachment).collect(),
            copy_of: self.copy_of,
        }
    }
}

impl PendingContent {
    pub(crate) fn merge(&mut self, later: &Self) {
        self.props.merge(&later.props);
        match (&mut self.embedded, &later.embedded) {
            (Some(mine), Some(new)) => mine.merge(new),
            (mine @ None, Some(new)) => *mine = Some(new.clone()),
            (_, None) => {}
        }
    }

    fn to_update(&self) -> AttachmentUpdate {
        AttachmentUpdate {
            set: self.props.set.clone(),
            streams: self.props.to_streams(),
            delete: self.props.delete.iter().copied().collect(),
            embedded: self.embedded.as_ref().map(|message| Box::new(message.to_update())),
        }
    }
}
