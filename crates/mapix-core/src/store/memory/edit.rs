//! Reading and checking what a commit wants to set, before anything is changed.

use std::io::Read;
use std::sync::Arc;

use super::state::{Attachment, Message};
use crate::prop::{CodePage, PropBag, PropTag, PropType, Value, tags};
use crate::store::{
    AttachmentChange, AttachmentUpdate, Change, MessageRef, MessageUpdate, StreamUpdate,
};
use crate::{Context, Error, ErrorCode, Result};

/// Checks a change, and reads its streams into the properties that it sets. `existing` finds
/// the message that is updated.
pub(super) fn prepare(
    change: &mut Change,
    existing: impl Fn(u64) -> Option<Message>,
) -> Result<()> {
    match change {
        Change::UpdateStore { set, .. }
        | Change::CreateFolder { properties: set, .. }
        | Change::UpdateFolder { set, .. } => check(set),
        Change::CreateMessage { content, .. } => {
            prepare_message(content, None, CodePage::WESTERN, 0)
        }
        Change::UpdateMessage { message, update, .. } => {
            prepare_message(update, existing(*message).as_ref(), CodePage::WESTERN, 0)
        }
        Change::MoveFolder { .. }
        | Change::DeleteFolder { .. }
        | Change::MoveMessage { .. }
        | Change::DeleteMessage { .. }
        | Change::RestoreMessage { .. }
        | Change::SetMessageStatus { .. }
        | Change::SetSearch { .. }
        | Change::SetReceiveFolder { .. } => Ok(()),
    }
}

fn prepare_message(
    update: &mut MessageUpdate,
    old: Option<&Message>,
    outer: CodePage,
    depth: usize,
) -> Result<()> {
    if depth > MessageRef::MAX_DEPTH {
        return Err(Error::new(ErrorCode::TOO_COMPLEX, "messages are embedded too deep"));
    }
    let stored = |bag: &PropBag| bag.i32(tags::MESSAGE_CODEPAGE).and_then(CodePage::from_property);
    let code_page =
        stored(&update.set).or_else(|| old.and_then(|old| stored(&old.props))).unwrap_or(outer);
    check(&update.set)?;
    read_streams(&mut update.streams, &mut update.set, code_page)?;
    if let Some(recipients) = &update.recipients {
        check_recipients(recipients)?;
    }
    for change in &mut update.attachments {
        let AttachmentChange::Put(number, update) = change else { continue };
        let old = old.and_then(|old| old.attachments.get(number)).map(Arc::as_ref);
        prepare_attachment(update, old, code_page, depth)
            .context(|| format!("attachment {number}"))?;
    }
    Ok(())
}

fn prepare_attachment(
    update: &mut AttachmentUpdate,
    old: Option<&Attachment>,
    code_page: CodePage,
    depth: usize,
) -> Result<()> {
    check(&update.set)?;
    read_streams(&mut update.streams, &mut update.set, code_page)?;
    match &mut update.embedded {
        Some(message) => {
            let old = old.and_then(|old| old.embedded.as_deref());
            prepare_message(message, old, code_page, depth + 1)
        }
        None => Ok(()),
    }
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
    let mut numbers = std::collections::HashSet::new();
    for recipient in recipients {
        check(recipient)?;
        if !recipient_number(recipient).is_some_and(|number| numbers.insert(number)) {
            return Err(Error::invalid_parameter("each recipient has a PR_ROWID of its own"));
        }
    }
    Ok(())
}

/// The number of a recipient's row.
pub(super) fn recipient_number(recipient: &PropBag) -> Option<u64> {
    recipient.i32(tags::ROWID).map(|number| u64::from(number as u32))
}

fn read_streams(
    streams: &mut Vec<StreamUpdate>,
    set: &mut PropBag,
    code_page: CodePage,
) -> Result<()> {
    for mut stream in streams.drain(..) {
        let prop_type = stream.tag.prop_type();
        let fixed = prop_type.fixed_size().is_some() || prop_type.is_multi();
        if fixed || matches!(prop_type, PropType::UNSPECIFIED | PropType::RESTRICTION) {
            return Err(refused(stream.tag));
        }
        let mut bytes = Vec::new();
        stream.data.read_to_end(&mut bytes).context(|| stream.tag)?;
        set.set(stream.tag, Value::from_bytes(prop_type, &bytes, code_page));
    }
    Ok(())
}

fn refused(tag: PropTag) -> Error {
    Error::invalid_parameter("the value cannot be set under this tag").context(tag)
}

impl Message {
    /// Makes the changes of an update that was prepared.
    pub(super) fn apply(&mut self, update: MessageUpdate) {
        apply(&mut self.props, &update.set, &update.delete);
        if let Some(recipients) = update.recipients {
            let numbered = recipients.into_iter().filter_map(|r| Some((recipient_number(&r)?, r)));
            self.recipients = Arc::new(numbered.collect());
        }
        for change in update.attachments {
            match change {
                AttachmentChange::Put(number, update) => {
                    Arc::make_mut(self.attachments.entry(number).or_default()).apply(*update);
                }
                AttachmentChange::Delete(number) => {
                    self.attachments.remove(&number);
                }
            }
        }
    }
}

impl Attachment {
    fn apply(&mut self, update: AttachmentUpdate) {
        apply(&mut self.props, &update.set, &update.delete);
        if let Some(message) = update.embedded {
            Arc::make_mut(self.embedded.get_or_insert_default()).apply(*message);
        }
    }
}

/// Deletes first, then sets.
pub(super) fn apply(props: &mut PropBag, set: &PropBag, delete: &[u16]) {
    for id in delete {
        props.remove(*id);
    }
    props.merge(set);
}
