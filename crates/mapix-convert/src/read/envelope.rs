//! What the header of a mail says, as properties (MS-OXCMAIL, section 2.2.3.2).

use mapix_core::prop::{FileTime, Guid, PropBag, PropName, PropTag, PropType, Value, guids, tags};
use mapix_core::subject_parts;

use super::Reading;
use super::field::{Fields, date, message_ids};
use super::person::{Person, flat_list};
use super::state::MailState;
use crate::LossKind;
use crate::charset::Charset;
use crate::eml::base64_decode;
use crate::tags as more;

/// Fields without a property of their own that become named ones. Others are only found among the
/// original headers: the names of a store are limited, and mail brings new ones every day.
const NAMED: [&str; 18] = [
    "archived-at",
    "auto-submitted",
    "content-class",
    "delivered-to",
    "list-archive",
    "list-id",
    "list-owner",
    "list-post",
    "list-unsubscribe-post",
    "organization",
    "precedence",
    "user-agent",
    "x-auto-response-suppress",
    "x-mailer",
    "x-originating-ip",
    "x-priority",
    "x-sender",
    "x-spam-status",
];

/// `MSGFLAG_READ` and `MSGFLAG_UNSENT`.
const READ: i32 = 0x1;
const UNSENT: i32 = 0x8;

/// Sets everything that the header tells but the recipients.
pub(crate) fn set(
    reading: &mut Reading<'_>,
    fields: &Fields,
    charset: Charset,
    state: &MailState,
    bag: &mut PropBag,
) {
    let text = |name: &str| fields.text(name, charset);
    let subject = text("Subject").unwrap_or_default();
    let (prefix, normalized) = subject_parts(&subject);
    bag.set(tags::SUBJECT, subject.as_str());
    bag.set(tags::SUBJECT_PREFIX, prefix);
    bag.set(tags::NORMALIZED_SUBJECT, normalized);
    people(fields, charset, bag);
    times(fields, state, bag);
    threading(fields, charset, normalized, bag);
    marks(fields, charset, bag);
    lists(fields, charset, bag);
    flags(reading, state, bag);
    for name in NAMED {
        if let Some(value) = text(name) {
            reading.set_named(bag, guids::PS_INTERNET_HEADERS, name, value.into());
        }
    }
    if let Some(flag) = text("X-Message-Flag") {
        let name = PropName::id(guids::PSETID_COMMON, 0x8530);
        reading.set_name(bag, &name, flag.into());
    }
}

fn people(fields: &Fields, charset: Charset, bag: &mut PropBag) {
    let first = |name: &str| Person::first(&fields.people(name, charset));
    let from = first("From");
    let sender = first("Sender").or_else(|| from.clone());
    if let Some(from) = from.as_ref().or(sender.as_ref()) {
        from.set_representing(bag);
    }
    if let Some(sender) = sender {
        sender.set_sender(bag);
    }
    let reply: Vec<Person> =
        fields.people("Reply-To", charset).iter().filter_map(Person::of).collect();
    if !reply.is_empty() {
        let names: Vec<&str> = reply.iter().map(|one| one.name.as_str()).collect();
        bag.set(tags::REPLY_RECIPIENT_NAMES, names.join("; "));
        bag.set(more::REPLY_RECIPIENT_ENTRIES, flat_list(&reply));
    }
    if let Some(to) = first("Disposition-Notification-To") {
        bag.set(tags::READ_RECEIPT_REQUESTED, true);
        bag.set(more::NON_RECEIPT_NOTIFICATION_REQUESTED, true);
        to.set_read_receipt(bag);
    }
    if fields.first("Return-Receipt-To").is_some() {
        bag.set(more::ORIGINATOR_DELIVERY_REPORT_REQUESTED, true);
    }
}

fn times(fields: &Fields, state: &MailState, bag: &mut PropBag) {
    let sent = fields.date("Date");
    let put = |bag: &mut PropBag, tag: PropTag, time: Option<FileTime>| {
        if let Some(time) = time {
            bag.set(tag, time);
        }
    };
    put(bag, tags::CLIENT_SUBMIT_TIME, sent);
    // The first is the last that was put on.
    let came = fields.date("Received").or(state.delivered).or_else(|| fields.date("Delivery-Date"));
    put(bag, tags::MESSAGE_DELIVERY_TIME, came.or(sent));
    for (names, tag) in [
        (["Expires", "Expiry-Date"], more::EXPIRY_TIME),
        (["Reply-By", "X-Reply-By"], more::REPLY_TIME),
        (["Deferred-Delivery", "X-Deferred-Delivery"], more::DEFERRED_DELIVERY_TIME),
    ] {
        put(bag, tag, names.into_iter().find_map(|name| fields.first(name).and_then(date)));
    }
}

fn threading(fields: &Fields, charset: Charset, normalized: &str, bag: &mut PropBag) {
    let text = |name: &str| fields.text(name, charset);
    if let Some(id) = text("Message-ID") {
        // An ID without brackets is none, but it is all there is.
        let found = message_ids(&id).into_iter().next();
        bag.set(tags::INTERNET_MESSAGE_ID, found.unwrap_or(id));
    }
    if let Some(value) = text("In-Reply-To") {
        // Old programs put a sentence around it.
        let found = message_ids(&value).into_iter().next();
        bag.set(more::IN_REPLY_TO_ID, found.unwrap_or(value));
    }
    if let Some(value) = text("References") {
        let found = message_ids(&value);
        bag.set(more::INTERNET_REFERENCES, if found.is_empty() { value } else { found.join(" ") });
    }
    let topic = text("Thread-Topic").unwrap_or_else(|| normalized.to_owned());
    bag.set(tags::CONVERSATION_TOPIC, topic);
    if let Some(index) = text("Thread-Index").map(|text| base64_decode(&text)) {
        // A header of 22 bytes, then 5 for each answer (MS-OXOMSG, section 2.2.1.3).
        if index.len() >= 22 {
            bag.set(tags::CONVERSATION_INDEX, index);
        }
    }
}

fn marks(fields: &Fields, charset: Charset, bag: &mut PropBag) {
    let keyword = |name: &str| fields.keyword(name);
    let named = |name: &str| match keyword(name).as_deref() {
        Some("low") => Some(0),
        Some("normal") => Some(1),
        Some("high") => Some(2),
        _ => None,
    };
    let priority = match keyword("Priority").as_deref() {
        Some("non-urgent") => Some(-1),
        Some("normal") => Some(0),
        Some("urgent") => Some(1),
        _ => None,
    };
    let number = keyword("X-Priority").and_then(|text| match text.bytes().next() {
        Some(b'1' | b'2') => Some(2),
        Some(b'3') => Some(1),
        Some(b'4' | b'5') => Some(0),
        _ => None,
    });
    let importance = named("Importance")
        .or(priority.map(|priority| priority + 1))
        .or(number)
        .or_else(|| named("X-MSMail-Priority"))
        .unwrap_or(1);
    bag.set(tags::IMPORTANCE, importance);
    bag.set(tags::PRIORITY, priority.unwrap_or(importance - 1));
    let sensitivity = match keyword("Sensitivity").as_deref() {
        Some("personal") => 1,
        Some("private") => 2,
        Some("company-confidential") => 3,
        _ => 0,
    };
    bag.set(tags::SENSITIVITY, sensitivity);
    if let Some(value) = fields.text("X-Auto-Response-Suppress", charset) {
        let bit = |word: &str| match word.trim().to_ascii_lowercase().as_str() {
            "all" => -1,
            "dr" => 0x1,
            "ndr" => 0x2,
            "rn" => 0x4,
            "nrn" => 0x8,
            "oof" => 0x10,
            "autoreply" => 0x20,
            _ => 0,
        };
        let bits = value.split([',', ';']).map(bit).fold(0, |all, bit| all | bit);
        bag.set(more::AUTO_RESPONSE_SUPPRESS, bits);
    }
}

fn lists(fields: &Fields, charset: Charset, bag: &mut PropBag) {
    for (name, tag) in [
        ("List-Help", more::LIST_HELP),
        ("List-Subscribe", more::LIST_SUBSCRIBE),
        ("List-Unsubscribe", more::LIST_UNSUBSCRIBE),
    ] {
        if let Some(value) = fields.text(name, charset) {
            bag.set(tag, value);
        }
    }
}

fn flags(reading: &mut Reading<'_>, state: &MailState, bag: &mut PropBag) {
    let mut flags = 0;
    let draft = state.draft == Some(true);
    if draft || state.read.unwrap_or(reading.options.unknown_is_read) {
        flags |= READ;
    }
    if draft {
        flags |= UNSENT;
    }
    bag.set(tags::MESSAGE_FLAGS, flags);
    // What was done last: answered (102, to the sender) or passed on (104), and its icon.
    if state.forwarded == Some(true) {
        bag.set(more::LAST_VERB_EXECUTED, 104);
        bag.set(more::ICON_INDEX, 262);
    }
    if state.answered == Some(true) {
        bag.set(more::LAST_VERB_EXECUTED, 102);
        bag.set(more::ICON_INDEX, 261);
    }
    if state.flagged == Some(true) {
        // Flagged, in red.
        bag.set(more::FLAG_STATUS, 2);
        bag.set(more::FOLLOWUP_ICON, 6);
    }
    if !state.categories.is_empty() {
        let words: Vec<Box<str>> =
            state.categories.iter().map(|word| word.as_str().into()).collect();
        reading.set_named(bag, guids::PS_PUBLIC_STRINGS, "Keywords", words.into());
    }
}

impl Reading<'_> {
    fn set_named(&mut self, bag: &mut PropBag, set: Guid, name: &str, value: Value) {
        self.set_name(bag, &PropName::name(set, name), value);
    }

    /// Sets a named property, if the caller has an ID for it.
    fn set_name(&mut self, bag: &mut PropBag, name: &PropName, value: Value) {
        match (self.options.names)(name) {
            Some(id) => bag.set(PropTag::new(id, PropType::UNSPECIFIED), value),
            None => self.lose(LossKind::Property, name.to_string()),
        }
    }
}

/// The recipients of a mail, in the order of their fields.
pub(crate) fn recipients(fields: &Fields, charset: Charset) -> Vec<PropBag> {
    let mut rows = Vec::new();
    for (name, kind) in [("To", 1), ("Cc", 2), ("Bcc", 3)] {
        for one in fields.people(name, charset).into_iter().filter_map(|one| Person::of(&one)) {
            rows.push(one.recipient(rows.len() as u32, kind));
        }
    }
    rows
}
