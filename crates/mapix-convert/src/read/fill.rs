//! A mail into a message that a client holds.

use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{AttachmentChange, AttachmentUpdate, MessageUpdate};
use mapix_core::{AttachMethod, Attachment, ErrorCode, Message, Problem, Result};

use super::Mail;

/// `MSGFLAG_READ` and `MSGFLAG_UNSENT`: what may be said of a message that was not saved yet.
const FLAGS: i32 = 0x1 | 0x8;

impl Mail {
    /// Puts the mail into a new message, in place of its recipients, and beside the attachments that
    /// it may have. Attachments are saved, the message is not.
    ///
    /// # Errors
    /// Those of changing the message; what is in it then is not to be saved.
    pub fn fill(self, message: &Message) -> Result<()> {
        fill(self.message, message)
    }
}

fn fill(update: MessageUpdate, message: &Message) -> Result<()> {
    let MessageUpdate { mut set, streams, recipients, attachments, .. } = update;
    let flags = set.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
    set.remove(tags::MESSAGE_FLAGS.id());
    message.set_message_flags(flags & FLAGS)?;
    check(message.set_props(&props(&set))?)?;
    for stream in streams {
        message.set_stream(stream.tag, stream.data)?;
    }
    message.set_recipients(recipients.unwrap_or_default())?;
    for change in attachments {
        if let AttachmentChange::Put(_, update) = change {
            attach(*update, message)?;
        }
    }
    Ok(())
}

fn attach(update: AttachmentUpdate, message: &Message) -> Result<()> {
    let AttachmentUpdate { mut set, streams, embedded, .. } = update;
    let method = AttachMethod::from_mapi(set.i32(tags::ATTACH_METHOD).unwrap_or(0));
    set.remove(tags::ATTACH_METHOD.id());
    let attachment: Attachment = message.create_attachment(method)?;
    check(attachment.set_props(&props(&set))?)?;
    for stream in streams {
        attachment.set_stream(stream.tag, stream.data)?;
    }
    if let Some(update) = embedded {
        let inner = attachment.create_embedded()?;
        fill(*update, &inner)?;
        inner.save()?;
    }
    attachment.save()
}

fn props(bag: &PropBag) -> Vec<mapix_core::prop::Prop> {
    bag.iter().cloned().collect()
}

/// What the store computes by itself need not be set.
fn check(problems: Vec<Problem>) -> Result<()> {
    match problems.into_iter().find(|problem| problem.code != ErrorCode::COMPUTED) {
        Some(problem) => {
            Err(mapix_core::Error::new(problem.code, format!("{} cannot be set", problem.tag)))
        }
        None => Ok(()),
    }
}
