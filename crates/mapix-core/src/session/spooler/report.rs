//! Reports to the sender: who was not reached, and why (`REPORT.IPM.Note.NDR`).

use std::fmt::Write;

use crate::object::{AttachMethod, Message, Recipient, SpecialFolder, special_folder_number};
use crate::prop::{FileTime, PropTag, tags};
use crate::store::Change;
use crate::{ErrorCode, Result, Store};

/// `MAPI_REASON_TRANSFER_FAILED`.
const TRANSFER_FAILED: i32 = 0;

/// What a report keeps of the message, and where.
const KEPT: [(PropTag, PropTag); 5] = [
    (tags::SUBJECT, tags::ORIGINAL_SUBJECT),
    (tags::MESSAGE_CLASS, tags::ORIG_MESSAGE_CLASS),
    (tags::CLIENT_SUBMIT_TIME, tags::ORIGINAL_SUBMIT_TIME),
    (tags::DISPLAY_TO, tags::ORIGINAL_DISPLAY_TO),
    (tags::ENTRYID, tags::ORIGINAL_ENTRYID),
];

/// What the message says to the spooler alone.
const NOT_ENCLOSED: [PropTag; 2] = [tags::SENTMAIL_ENTRYID, tags::DELETE_AFTER_SUBMIT];

/// Puts a report into the inbox of the sender, or, in a store without one, beside his message; in
/// one commit with what else is to be written.
pub(super) fn file(
    store: &Store,
    message: &Message,
    refused: &[(Recipient, String)],
    with: Vec<Change>,
) -> Result<()> {
    let original = message.props()?;
    let pass = store.logon().enter()?;
    let folder = match special_folder_number(&*pass, SpecialFolder::Inbox) {
        Err(error) if error.code() == ErrorCode::NOT_FOUND => {
            let parent = message.id().map(|id| pass.parent(id)).transpose()?.flatten();
            parent.unwrap_or(store.info().root)
        }
        found => found?,
    };
    drop(pass);
    let report = Message::create(store.logon(), folder, false)?;
    report.set_message_flags(0)?;
    let class = original.text(tags::MESSAGE_CLASS).unwrap_or_else(|| "IPM.Note".to_owned());
    report.set(tags::MESSAGE_CLASS, format!("REPORT.{class}.NDR"))?;
    let subject = original.text(tags::SUBJECT).unwrap_or_default();
    report.set(tags::SUBJECT, format!("Undeliverable: {subject}"))?;
    let enclosed = enclose(&report, message, &subject);
    let mut text = String::from("Your message did not reach these recipients:\r\n");
    for (recipient, why) in refused {
        let address = recipient.address().unwrap_or_default();
        // A string takes everything.
        let _ = write!(text, "\r\n{} <{address}>\r\n    {why}\r\n", recipient.name());
    }
    if let Err(error) = enclosed {
        // Better no original than no report.
        let _ = write!(text, "\r\nThe message could not be attached: {error}\r\n");
    }
    report.set(tags::BODY, text.as_str())?;
    report.set(tags::REPORT_TEXT, text)?;
    let now = FileTime::now();
    report.set(tags::REPORT_TIME, now)?;
    report.set(tags::MESSAGE_DELIVERY_TIME, now)?;
    report.set(tags::CLIENT_SUBMIT_TIME, now)?;
    for (from, to) in KEPT {
        if let Some(value) = original.get(from) {
            report.set(to, value.clone())?;
        }
    }
    let rows = refused.iter().map(|(recipient, why)| {
        let mut props = recipient.props.clone();
        props.set(tags::NDR_REASON_CODE, TRANSFER_FAILED);
        props.set(tags::SUPPLEMENTARY_INFO, why.as_str());
        props.set(tags::REPORT_TIME, now);
        props
    });
    report.set_recipients(rows.collect())?;
    report.save_into(folder, with)
}

/// Puts the message into its report.
fn enclose(report: &Message, message: &Message, subject: &str) -> Result<()> {
    let attachment = report.create_attachment(AttachMethod::EmbeddedMessage)?;
    attachment.set(tags::DISPLAY_NAME, subject)?;
    let enclosed = attachment.create_embedded()?;
    message.copy_to(&enclosed, &NOT_ENCLOSED)?;
    enclosed.save()?;
    attachment.save()
}
