//! Copying properties, recipients and attachments between objects, also of two stores.

use std::collections::HashMap;
use std::sync::Arc;

use super::attachment::{AttachMethod, Attachment};
use super::computed::{MAPI_MESSAGE, is_identity, refuses};
use super::message::Message;
use super::pending::{PendingAttachment, PendingContent, PendingMessage, PendingProps};
use super::property::{HasProperties, whole};
use super::stream::{PropertyStream, SharedStream};
use crate::prop::{Prop, PropTag, PropType, Value, tags};
use crate::session::Logon;
use crate::{Error, ErrorCode, Result};

impl Message {
    /// Copies everything but the excluded properties to another message: properties, recipients,
    /// attachments and the messages embedded in them. Named properties keep their names, and
    /// large values are read when the destination is saved.
    ///
    /// Excluding `PR_MESSAGE_RECIPIENTS` or `PR_MESSAGE_ATTACHMENTS` leaves those out. Computed
    /// properties are not copied; the save of the destination works them out.
    ///
    /// # Errors
    /// `MAPI_E_NO_ACCESS` if source and destination are the same object, or if the destination
    /// is open for reading only.
    #[doc(alias = "IMAPIProp::CopyTo")]
    pub fn copy_to(&self, destination: &Message, exclude: &[PropTag]) -> Result<()> {
        self.copy_but(destination, &|tag| exclude.iter().any(|other| other.id() == tag.id()))
    }

    /// Copies these properties to another message, as [`copy_to`](Self::copy_to) copies all:
    /// `PR_MESSAGE_RECIPIENTS` and `PR_MESSAGE_ATTACHMENTS` stand for what they hold. Those that
    /// there are not are passed over.
    ///
    /// # Errors
    /// Those of [`copy_to`](Self::copy_to); `MAPI_E_INVALID_PARAMETER` for no tags.
    #[doc(alias = "IMAPIProp::CopyProps")]
    pub fn copy_props(&self, destination: &Message, tags: &[PropTag]) -> Result<()> {
        if tags.is_empty() {
            return Err(Error::invalid_parameter("no properties are named that could be copied"));
        }
        self.copy_but(destination, &|tag| tags.iter().all(|other| other.id() != tag.id()))
    }

    fn copy_but(&self, destination: &Message, exclude: &dyn Fn(PropTag) -> bool) -> Result<()> {
        let same_logon = Arc::ptr_eq(self.logon(), destination.logon());
        let place = self.reference();
        if same_logon && place.is_some() && place == destination.reference() {
            return Err(Error::new(ErrorCode::NO_ACCESS, "a message cannot be copied to itself"));
        }
        if !destination.is_writable() {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the message is open for reading only"));
        }
        let mut names = NameMap::new(self.logon(), destination.logon());
        let fresh = destination.reference().is_none();
        let excluded = |tag: PropTag| {
            let flags = tag.id() == tags::MESSAGE_FLAGS.id() && !fresh;
            flags || refuses(MAPI_MESSAGE, tag).is_some()
        };
        destination.take(&gather(self, &mut names, exclude, &excluded)?)
    }
}

/// Maps IDs of named properties from one store to another.
pub(super) struct NameMap<'a> {
    from: &'a Arc<Logon>,
    to: &'a Arc<Logon>,
    known: HashMap<u16, Option<u16>>,
}

impl<'a> NameMap<'a> {
    pub(super) fn new(from: &'a Arc<Logon>, to: &'a Arc<Logon>) -> Self {
        Self { from, to, known: HashMap::new() }
    }

    /// The tag in the other store; `None` for an ID that has no name.
    pub(super) fn map(&mut self, tag: PropTag) -> Result<Option<PropTag>> {
        if !tag.is_named() || Arc::ptr_eq(self.from, self.to) {
            return Ok(Some(tag));
        }
        if let Some(id) = self.known.get(&tag.id()) {
            return Ok(id.map(|id| PropTag::new(id, tag.prop_type())));
        }
        let name = self.from.enter()?.names(&[tag.id()])?.pop().flatten();
        let id = match name {
            Some(name) => self.to.enter()?.name_ids(&[name], true)?.pop().flatten(),
            None => None,
        };
        self.known.insert(tag.id(), id);
        Ok(id.map(|id| PropTag::new(id, tag.prop_type())))
    }
}

/// What a message holds, as changes; `leave` tells which of its properties are left out on top
/// of the excluded ones.
fn gather(
    message: &Message,
    names: &mut NameMap<'_>,
    excluded: &dyn Fn(PropTag) -> bool,
    leave: &dyn Fn(PropTag) -> bool,
) -> Result<PendingMessage> {
    let mut changes = PendingMessage {
        props: properties(message, names, |tag| excluded(tag) || leave(tag))?,
        ..PendingMessage::default()
    };
    if !excluded(tags::MESSAGE_RECIPIENTS) {
        let (recipients, errors) = message.recipients()?.into_parts();
        stop_at(errors)?;
        let mut copied = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let mut props = Vec::with_capacity(recipient.props.len());
            for prop in &recipient.props {
                if let Some(tag) = names.map(prop.tag)? {
                    props.push(Prop { tag, value: prop.value.clone() });
                }
            }
            copied.push(props.into_iter().collect());
        }
        changes.recipients = Some(copied);
    }
    if !excluded(tags::MESSAGE_ATTACHMENTS) {
        let (attachments, errors) = message.attachments()?.into_parts();
        stop_at(errors)?;
        for (number, attachment) in attachments.iter().enumerate() {
            let content = PendingAttachment::Put(gather_attachment(attachment, names)?);
            changes.attachments.insert(number as u32, content);
        }
    }
    Ok(changes)
}

fn gather_attachment(attachment: &Attachment, names: &mut NameMap<'_>) -> Result<PendingContent> {
    let is_message = attachment.method()? == AttachMethod::EmbeddedMessage;
    let props = properties(attachment, names, |tag| {
        // The message itself comes below; the number is that of the copy.
        let object = is_message && tag.id() == tags::ATTACH_DATA_BIN.id();
        object || is_identity(tag) || tag.id() == tags::ATTACH_NUM.id()
    })?;
    let embedded = match is_message {
        true => Some(Box::new(gather(&attachment.embedded()?, names, &|_| false, &is_identity)?)),
        false => None,
    };
    Ok(PendingContent { props, embedded })
}

/// All properties but the excluded ones. A property that cannot be read stops the copy: nothing
/// is lost in silence.
fn properties(
    object: &dyn HasProperties,
    names: &mut NameMap<'_>,
    exclude: impl Fn(PropTag) -> bool,
) -> Result<PendingProps> {
    let mut changes = PendingProps::default();
    for prop in &object.all()? {
        if exclude(prop.tag) {
            continue;
        }
        let Some(tag) = names.map(prop.tag)? else { continue };
        match &prop.value {
            Value::Large(kind, _) if !kind.is_multi() => {
                let stream = PropertyStream::new(object.logon(), object.stream(prop.tag)?);
                changes.set_stream(tag, SharedStream::new(Box::new(stream)));
            }
            Value::Object(_) if prop.tag.prop_type() == PropType::OBJECT => {
                let stream = PropertyStream::new(object.logon(), object.stream(prop.tag)?);
                let tag = tag.with_type(PropType::OBJECT);
                changes.set_stream(tag, SharedStream::new(Box::new(stream)));
            }
            _ => changes.set(Prop { tag, value: whole(object, prop)? }),
        }
    }
    Ok(changes)
}

fn stop_at(errors: Vec<Error>) -> Result<()> {
    errors.into_iter().next().map_or(Ok(()), Err)
}
