//! The header of a message: original fields where there are some, else made from properties.

use mapix_core::prop::{FileTime, PropType, guids, tags};
use mapix_core::{Recipient, RecipientKind};

use super::address::{self, Address, READ_RECEIPT, REPRESENTING, SENDER, smtp_address};
use super::encode::base64;
use super::original::{self, Original};
use super::word::{Field, clean, decode, phrase, unstructured};
use crate::LossKind;
use crate::item::Item;
use crate::tags as more;

/// `MSGFLAG_UNSENT`.
const UNSENT: i32 = 0x8;

/// Who wrote and who receives a message.
pub(crate) struct People {
    pub(crate) from: Option<Address>,
    pub(crate) sender: Option<Address>,
    pub(crate) to: Vec<Address>,
    pub(crate) cc: Vec<Address>,
    pub(crate) bcc: Vec<Address>,
}

/// What properties tell of those who stand in a field of people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Known {
    Nobody,
    /// Not for all of them there is an address.
    Somebody,
    Addresses,
}

impl People {
    pub(crate) fn of(item: &Item<'_>, recipients: &[Recipient]) -> Self {
        let sender = Address::of_item(item, &SENDER);
        let from = Address::of_item(item, &REPRESENTING).or_else(|| sender.clone());
        let mut people = Self { from, sender, to: Vec::new(), cc: Vec::new(), bcc: Vec::new() };
        for recipient in recipients {
            let Some(address) = Address::of_recipient(&recipient.props) else { continue };
            match recipient.kind() {
                RecipientKind::Cc => people.cc.push(address),
                RecipientKind::Bcc => people.bcc.push(address),
                RecipientKind::Originator => {}
                _ => people.to.push(address),
            }
        }
        people
    }

    /// Makes them fit to be sent: blind copies are nobody's business, nor is what the sender's
    /// system calls people; `from` is who wrote what names nobody.
    pub(crate) fn prepare(&mut self, from: Option<&str>) {
        self.bcc.clear();
        let from = from.and_then(smtp_address);
        let wrote = from.map(|smtp| Address { smtp: Some(smtp), ..Address::default() });
        self.from = self.from.take().or(wrote);
        let all = self.from.iter_mut().chain(&mut self.sender);
        for address in all.chain(&mut self.to).chain(&mut self.cc) {
            address.other = None;
        }
    }

    /// What properties tell of those who stand in a field.
    fn known(&self, name: &str) -> Known {
        let list = match name.to_ascii_lowercase().as_str() {
            "from" => self.from.as_slice(),
            "sender" => self.sender.as_slice(),
            "to" => &self.to,
            "cc" => &self.cc,
            "bcc" => &self.bcc,
            _ => return Known::Nobody,
        };
        match list {
            [] => Known::Nobody,
            all if all.iter().all(|one| one.address().is_some()) => Known::Addresses,
            _ => Known::Somebody,
        }
    }

    /// The sender, if it is somebody else than the author.
    fn other_sender(&self) -> Option<&Address> {
        let same = |a: &Address, b: &Address| match (a.address(), b.address()) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(&b),
            (None, None) => a.name == b.name,
            _ => a.name == b.name,
        };
        let from = self.from.as_ref()?;
        self.sender.as_ref().filter(|sender| !same(sender, from))
    }
}

/// All fields but those of MIME. `seed` names messages that have no ID of their own.
pub(crate) fn write(item: &Item<'_>, people: &People, seed: &str) -> String {
    let text = item.text(tags::TRANSPORT_MESSAGE_HEADERS);
    let mut originals = text.as_deref().map(|text| original::parse(item, text)).unwrap_or_default();
    original::set_aside(&mut originals, |name| people.known(name));
    if item.conversion.options.outgoing {
        originals.retain(|field| !field.is_aside && !original::is_private(field.name));
    }
    let mut header = Header { out: String::new(), originals: &originals };
    let subject = item.text(tags::SUBJECT).unwrap_or_default();
    header.keep(item, &subject);
    header.people(item, people);
    header.envelope(item, &subject, seed);
    header.threading(item);
    header.marks(item, people);
    header.extras(item, people);
    header.out
}

struct Header<'a> {
    out: String,
    originals: &'a [Original<'a>],
}

impl Header<'_> {
    fn has(&self, name: &str) -> bool {
        let mut fields = self.originals.iter().filter(|field| !field.is_aside);
        fields.any(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Writes the original fields. A subject that was changed since is kept under another name.
    fn keep(&mut self, item: &Item<'_>, subject: &str) {
        let mut dropped = 0_u64;
        for field in self.originals {
            let is_subject = field.name.eq_ignore_ascii_case("Subject");
            if field.is_aside || is_subject && !same_text(&field.value(), subject) {
                let name = format!("X-MAPI-Original-{}", field.name);
                self.out.push_str(&unstructured(&name, &decode(&field.value())));
                continue;
            }
            match field.write() {
                Some(text) => self.out.push_str(&text),
                None => dropped += 1,
            }
        }
        if dropped > 0 {
            item.lose(
                LossKind::Header,
                format!("{dropped} original headers are too long to write"),
            );
        }
    }

    /// Adds a field of free text, unless the original fields have it.
    fn add(&mut self, name: &str, value: impl AsRef<str>) {
        if !self.has(name) {
            self.out.push_str(&unstructured(name, value.as_ref()));
        }
    }

    fn add_text(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn add_list(&mut self, name: &str, addresses: &[Address]) {
        if !self.has(name) {
            self.out.extend(address::list(name, addresses));
        }
    }

    fn people(&mut self, item: &Item<'_>, people: &People) {
        match &people.from {
            Some(from) => self.add_list("From", std::slice::from_ref(from)),
            None if !self.has("From") => self.out.push_str("From: unknown:;\r\n"),
            None => {}
        }
        if let Some(sender) = people.other_sender()
            && !(self.has("From") && sender.smtp.is_none())
        {
            self.add_list("Sender", std::slice::from_ref(sender));
        }
        let entries = item.bytes(more::REPLY_RECIPIENT_ENTRIES).unwrap_or_default();
        let entries = address::flat_entries(&entries);
        let reply: Vec<Address> = entries.into_iter().filter_map(Address::of_entry_id).collect();
        let names = item.text(tags::REPLY_RECIPIENT_NAMES);
        match (reply.is_empty(), names) {
            (true, Some(names)) if !self.has("Reply-To") => {
                self.add("X-MAPI-Reply-To-Names", names);
            }
            _ => self.add_list("Reply-To", &reply),
        }
        self.add_list("To", &people.to);
        self.add_list("Cc", &people.cc);
        self.add_list("Bcc", &people.bcc);
    }

    fn envelope(&mut self, item: &Item<'_>, subject: &str, seed: &str) {
        let kept = self.originals.iter().find(|field| field.name.eq_ignore_ascii_case("Subject"));
        if kept.is_none_or(|field| !same_text(&field.value(), subject)) {
            self.out.push_str(&unstructured("Subject", subject));
        }
        let times = [
            tags::CLIENT_SUBMIT_TIME,
            tags::MESSAGE_DELIVERY_TIME,
            tags::CREATION_TIME,
            tags::LAST_MODIFICATION_TIME,
        ];
        let times = times.map(|tag| item.time(tag));
        if let Some(time) = times.into_iter().flatten().next() {
            self.add("Date", date(time));
        }
        if !self.has("Message-ID") {
            let given = item.conversion.options.message_id.as_deref();
            let given = given.filter(|_| item.place.is_empty());
            let id = item.text(tags::INTERNET_MESSAGE_ID).and_then(|id| message_ids(&id).pop());
            let id = id.or_else(|| message_ids(given?).pop());
            let id = id.unwrap_or_else(|| format!("<{seed}@{}>", address::NOWHERE));
            self.out.extend(["Message-ID: ", &id, "\r\n"]);
        }
    }

    fn threading(&mut self, item: &Item<'_>) {
        for (name, tag) in
            [("In-Reply-To", more::IN_REPLY_TO_ID), ("References", more::INTERNET_REFERENCES)]
        {
            let ids = item.text(tag).map(|text| message_ids(&text)).unwrap_or_default();
            if ids.is_empty() || self.has(name) {
                continue;
            }
            let mut field = Field::new(name);
            ids.iter().for_each(|id| field.atom(id));
            self.out.push_str(&field.finish());
        }
        self.add_text("Thread-Topic", item.text(tags::CONVERSATION_TOPIC));
        let index = item.bytes(tags::CONVERSATION_INDEX).filter(|index| !index.is_empty());
        if let Some(index) = index.filter(|_| !self.has("Thread-Index")) {
            // Base64 may be folded anywhere; readers take the spaces out.
            let mut field = Field::new("Thread-Index");
            let digits = base64(&index);
            let mut rest = digits.as_str();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(60));
                field.atom(piece);
                rest = after;
            }
            self.out.push_str(&field.finish());
        }
    }

    fn marks(&mut self, item: &Item<'_>, people: &People) {
        match item.i32(tags::IMPORTANCE) {
            Some(0) => self.priority("low", "5 (Lowest)"),
            Some(2) => self.priority("high", "1 (Highest)"),
            _ => {}
        }
        match item.i32(tags::SENSITIVITY) {
            Some(1) => self.add("Sensitivity", "Personal"),
            Some(2) => self.add("Sensitivity", "Private"),
            Some(3) => self.add("Sensitivity", "Company-Confidential"),
            _ => {}
        }
        if item.bool(tags::READ_RECEIPT_REQUESTED) == Some(true) {
            let to = Address::of_item(item, &READ_RECEIPT).filter(|to| to.address().is_some());
            if let Some(to) = to.or_else(|| people.from.clone()) {
                self.add_list("Disposition-Notification-To", &[to]);
            }
        }
        if item.bool(more::ORIGINATOR_DELIVERY_REPORT_REQUESTED) == Some(true)
            && let Some(from) = &people.from
        {
            self.add_list("Return-Receipt-To", std::slice::from_ref(from));
        }
        for (name, tag) in [("Expires", more::EXPIRY_TIME), ("Reply-By", more::REPLY_TIME)] {
            self.add_text(name, item.time(tag).map(date));
        }
        for (name, tag) in [
            ("List-Help", more::LIST_HELP),
            ("List-Subscribe", more::LIST_SUBSCRIBE),
            ("List-Unsubscribe", more::LIST_UNSUBSCRIBE),
        ] {
            self.add_text(name, item.text(tag));
        }
        match item.i32(more::AUTO_RESPONSE_SUPPRESS) {
            None | Some(0) => {}
            Some(-1) => self.add("X-Auto-Response-Suppress", "All"),
            Some(bits) => {
                let names = ["DR", "NDR", "RN", "NRN", "OOF", "AutoReply"];
                let set = names.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
                let set: Vec<&str> = set.map(|(_, name)| *name).collect();
                self.add("X-Auto-Response-Suppress", set.join(", "));
            }
        }
        let keywords = categories(item);
        if !keywords.is_empty() && !self.has("Keywords") {
            let mut field = Field::new("Keywords");
            for (number, keyword) in keywords.iter().enumerate() {
                if number > 0 {
                    field.glue(",");
                }
                phrase(keyword).iter().for_each(|word| field.atom(word));
            }
            self.out.push_str(&field.finish());
        }
        let flag = item.named(guids::PSETID_COMMON, 0x8530, PropType::UNICODE);
        self.add_text("X-Message-Flag", flag.and_then(|tag| item.text(tag)));
    }

    fn priority(&mut self, importance: &str, priority: &str) {
        self.add("Importance", importance);
        self.add("X-Priority", priority);
    }

    /// What only this program and its kin read.
    fn extras(&mut self, item: &Item<'_>, people: &People) {
        for (name, id) in item.conversion.names.strings(guids::PS_INTERNET_HEADERS) {
            let tag = mapix_core::prop::PropTag::new(id, PropType::UNICODE);
            let lower = name.to_ascii_lowercase();
            let known = lower.starts_with("content-") || lower == "mime-version";
            if item.has(tag) && original::is_name(name) && !known && lower != "bcc" {
                self.add_text(name, item.text(tag));
            }
        }
        let class = item.text(tags::MESSAGE_CLASS).unwrap_or_default();
        if !class.eq_ignore_ascii_case("IPM.Note") && !class.is_empty() {
            self.out.push_str(&unstructured("X-MAPI-Message-Class", &class));
        }
        let mail = super::is_class(&class, "IPM.Note") || super::is_class(&class, "IPM.Schedule");
        let flags = item.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        let draft = mail && flags & UNSENT != 0 && !item.conversion.options.outgoing;
        if draft && self.originals.is_empty() {
            self.out.push_str("X-Unsent: 1\r\n");
        }
        let from = people.from.iter().map(|address| ("From", address));
        let sender = people.other_sender().into_iter().map(|address| ("Sender", address));
        let to = people.to.iter().map(|address| ("To", address));
        let cc = people.cc.iter().map(|address| ("Cc", address));
        let bcc = people.bcc.iter().map(|address| ("Bcc", address));
        for (name, address) in from.chain(sender).chain(to).chain(cc).chain(bcc) {
            if let Some(text) = address.other_text() {
                self.out.push_str(&unstructured(&format!("X-MAPI-EX-{name}"), &text));
            }
            if address.smtp.is_none() {
                let name = if address.name.is_empty() { "?" } else { &address.name };
                item.lose(LossKind::Address, format!("{name} has no address of internet mail"));
            }
        }
        self.journal_and_notes(item);
    }

    fn journal_and_notes(&mut self, item: &Item<'_>) {
        for (name, id) in [("Type", 0x8700), ("Type-Description", 0x8712)] {
            let tag = item.named(more::PSETID_LOG, id, PropType::UNICODE);
            self.add_text(&format!("X-MAPI-Journal-{name}"), tag.and_then(|tag| item.text(tag)));
        }
        for (name, id) in [("Start", 0x8706), ("End", 0x8708)] {
            let tag = item.named(more::PSETID_LOG, id, PropType::TIME);
            let time = tag.and_then(|tag| item.time(tag)).map(date);
            self.add_text(&format!("X-MAPI-Journal-{name}"), time);
        }
        let numbers = [
            (more::PSETID_LOG, 0x8707, "X-MAPI-Journal-Minutes"),
            (more::PSETID_NOTE, 0x8B00, "X-MAPI-Note-Color"),
        ];
        for (set, id, name) in numbers {
            let tag = item.named(set, id, PropType::I32);
            self.add_text(name, tag.and_then(|tag| item.i32(tag)).map(|number| number.to_string()));
        }
    }
}

/// The categories that a user gave an item.
pub(crate) fn categories(item: &Item<'_>) -> Vec<String> {
    let names = item.conversion.names;
    let tag = names.by_name(guids::PS_PUBLIC_STRINGS, "Keywords", PropType::MV_UNICODE);
    let found = tag.map(|tag| item.texts(tag)).unwrap_or_default();
    found.into_iter().filter(|text| !text.trim().is_empty()).collect()
}

/// Whether an original value says the same as a property, but for spaces.
fn same_text(original: &str, text: &str) -> bool {
    let words =
        |text: &str| -> Vec<String> { clean(text).split_whitespace().map(Into::into).collect() };
    words(&decode(original)) == words(text)
}

/// The message IDs in a text, each fit to be written.
fn message_ids(text: &str) -> Vec<String> {
    let bad = |c: char| !matches!(c, '!'..='~') || c == '<' || c == '>';
    let fit = |id: &str| {
        let id: String = id.chars().filter(|c| !bad(*c)).take(900).collect();
        (!id.is_empty()).then(|| format!("<{id}>"))
    };
    if text.contains('<') {
        text.split('<').skip(1).filter_map(|id| fit(id.split('>').next()?)).collect()
    } else {
        text.split_whitespace().filter_map(fit).collect()
    }
}

/// A date as RFC 5322 has it, in UTC.
pub(crate) fn date(time: FileTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let (year, month, day, ticks) = time.to_civil();
    let weekday = DAYS[time.to_unix().div_euclid(86_400).rem_euclid(7) as usize];
    let month = MONTHS[usize::from(month.clamp(1, 12)) - 1];
    let seconds = ticks / 10_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(FileTime::from_unix(0)), "Thu, 1 Jan 1970 00:00:00 +0000");
        let time = FileTime::parse("2024-02-29T23:59:58.5Z").unwrap();
        assert_eq!(date(time), "Thu, 29 Feb 2024 23:59:58 +0000");
    }

    #[test]
    fn ids() {
        assert_eq!(message_ids("<a@b> <c@d>\r\n"), ["<a@b>", "<c@d>"]);
        assert_eq!(message_ids("a@b"), ["<a@b>"]);
        assert_eq!(message_ids("<a\r\nBcc: x@b>"), ["<aBcc:x@b>"]);
        assert!(message_ids("<>").is_empty());
    }
}
