//! `ReadReceipt`: what the sender of a message is told who wanted to know whether it was read
//! (`REPORT.IPM.Note.IPNRN`, MS-OXOMSG 2.2.2).

use std::fmt::Write as _;

use mapix::prop::{CodePage, FileTime, Prop, PropBag, PropTag, Value, tags};
use mapix::{EntryId, Error, ErrorCode, OneOff, Result};

use super::call::answered;
use super::fill::{set_and_delete, set_recipients};
use super::objects::get;
use crate::com::Ptr;
use crate::iface::IMessage;

const PARENT_KEY: PropTag = PropTag(0x0025_0102);
const RECEIPT_TIME: PropTag = PropTag(0x002A_0040);
const REPORT_TAG: PropTag = PropTag(0x0031_0102);
const READ_RECEIPT_ENTRYID: PropTag = PropTag(0x0046_0102);
const ORIGINAL_DELIVERY_TIME: PropTag = PropTag(0x0055_0040);
const MAPI_TO: i32 = 1;

/// What a receipt keeps of the message, and where.
const KEPT: [(PropTag, PropTag); 12] = [
    (tags::SUBJECT, tags::ORIGINAL_SUBJECT),
    (tags::MESSAGE_CLASS, tags::ORIG_MESSAGE_CLASS),
    (tags::CLIENT_SUBMIT_TIME, tags::ORIGINAL_SUBMIT_TIME),
    (tags::MESSAGE_DELIVERY_TIME, ORIGINAL_DELIVERY_TIME),
    (tags::DISPLAY_TO, tags::ORIGINAL_DISPLAY_TO),
    (tags::SEARCH_KEY, PARENT_KEY),
    (tags::CONVERSATION_TOPIC, tags::CONVERSATION_TOPIC),
    (tags::CONVERSATION_INDEX, tags::CONVERSATION_INDEX),
    (tags::IMPORTANCE, tags::IMPORTANCE),
    (tags::PRIORITY, tags::PRIORITY),
    (tags::SENSITIVITY, tags::SENSITIVITY),
    (REPORT_TAG, REPORT_TAG),
];

/// Who wants to know: the first that is there.
const WANTED_BY: [PropTag; 3] = [READ_RECEIPT_ENTRYID, tags::REPORT_ENTRYID, tags::SENDER_ENTRYID];

/// The sender's name and address, for one without an entry ID that tells them.
const SENDER: [(PropTag, PropTag); 3] = [
    (tags::SENDER_NAME, tags::DISPLAY_NAME),
    (tags::SENDER_ADDRTYPE, tags::ADDRTYPE),
    (tags::SENDER_EMAIL_ADDRESS, tags::EMAIL_ADDRESS),
];

/// Makes an empty message the receipt of one that was read, or that will not be.
///
/// # Errors
/// `MAPI_E_NO_RECIPIENTS` if the message does not say who sent it; those of the provider.
pub(super) fn fill(read: &Ptr<IMessage>, receipt: &Ptr<IMessage>, not_read: bool) -> Result<()> {
    let mut wanted: Vec<PropTag> = KEPT.iter().map(|(from, _)| *from).collect();
    wanted.extend(WANTED_BY);
    wanted.extend(SENDER.map(|(from, _)| from));
    let found = wanted.iter().zip(get(read, &wanted)?);
    let found = found.filter_map(|(tag, prop)| answered(*tag, prop));
    let original: PropBag = found.filter(|prop| prop.value.as_error().is_none()).collect();
    let recipient = addressee(&original)?;
    set_and_delete(receipt, &content(&original, not_read, FileTime::now()), &[])?;
    set_recipients(receipt, &[recipient])
}

/// Who gets it.
fn addressee(original: &PropBag) -> Result<PropBag> {
    let mut props = PropBag::new();
    let id = WANTED_BY.iter().find_map(|tag| Some((*tag, original.bytes(*tag)?)));
    if let Some((tag, bytes)) = id {
        props.set(tags::ENTRYID, bytes);
        let id = EntryId::from_bytes(bytes);
        if let Ok(one_off) = id.and_then(|id| OneOff::read(&id, CodePage::WESTERN)) {
            props.set(tags::DISPLAY_NAME, one_off.name);
            props.set(tags::ADDRTYPE, one_off.address_type);
            props.set(tags::EMAIL_ADDRESS, one_off.address);
        } else if tag == tags::SENDER_ENTRYID {
            sender(original, &mut props);
        }
    } else {
        sender(original, &mut props);
    }
    if props.is_empty() {
        let sentence = "the message does not say who would be told";
        return Err(Error::new(ErrorCode::NO_RECIPIENTS, sentence));
    }
    props.set(tags::ROWID, 0);
    props.set(tags::RECIPIENT_TYPE, MAPI_TO);
    Ok(props)
}

fn sender(original: &PropBag, props: &mut PropBag) {
    for (from, to) in SENDER {
        if let Some(value) = original.get(from) {
            props.insert(Prop { tag: to, value: value.clone() });
        }
    }
}

/// The properties of the receipt.
fn content(original: &PropBag, not_read: bool, now: FileTime) -> PropBag {
    let mut set = PropBag::new();
    for (from, to) in KEPT {
        if let Some(value) = original.get(from) {
            set.insert(Prop { tag: to, value: value.clone() });
        }
    }
    let class = original.text(tags::MESSAGE_CLASS).unwrap_or_else(|| "IPM.Note".to_owned());
    let kind = if not_read { "IPNNRN" } else { "IPNRN" };
    set.set(tags::MESSAGE_CLASS, format!("REPORT.{class}.{kind}"));
    let subject = original.text(tags::SUBJECT).unwrap_or_default();
    let prefix = if not_read { "Not read: " } else { "Read: " };
    set.set(tags::SUBJECT, format!("{prefix}{subject}"));
    let text = said(original, &subject, not_read, now);
    set.set(tags::BODY, text.as_str());
    set.set(tags::REPORT_TEXT, text);
    set.set(tags::REPORT_TIME, now);
    set.set(RECEIPT_TIME, now);
    // Nobody wants to keep what was said for him.
    set.set(tags::DELETE_AFTER_SUBMIT, true);
    set
}

fn said(original: &PropBag, subject: &str, not_read: bool, now: FileTime) -> String {
    let mut text = String::from("Your message\r\n\r\n");
    let time = original.get(tags::CLIENT_SUBMIT_TIME).and_then(Value::as_time);
    let lines = [
        ("To", original.text(tags::DISPLAY_TO)),
        ("Subject", Some(subject.to_owned())),
        ("Sent", time.map(|time| time.to_string())),
    ];
    // A string takes everything.
    for (name, value) in lines {
        if let Some(value) = value {
            let _ = write!(text, "    {name}: {value}\r\n");
        }
    }
    let end = if not_read { "was deleted without being read on" } else { "was read on" };
    let _ = write!(text, "\r\n{end} {now}.\r\n");
    text
}
