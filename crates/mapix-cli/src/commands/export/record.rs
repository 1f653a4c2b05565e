//! The manifest: one record for each message, and for each attachment at every depth.

use std::io::{self, Write};

use mapix::prop::{PropBag, PropType, tags};
use mapix::{AttachMethod, Attachment, ErrorCode, Message, smtp_address};
use mapix_convert::{Budget, place_of_attachment, place_of_message};

use super::file::hash_of;
use super::hashes::{Hashes, Seen};
use super::plan::Item;
use crate::output::Json;

/// The fields, which do not change; more may follow.
pub(super) const FIELDS: [&str; 25] = [
    "kind",
    "entry_id",
    "nid",
    "family_id",
    "ordinal",
    "path",
    "held",
    "message_class",
    "subject",
    "from",
    "sent",
    "received",
    "size",
    "message_id",
    "name",
    "losses",
    "file",
    "offset",
    "bytes",
    "sha256",
    "parent_ordinal",
    "properties_file",
    "properties_offset",
    "properties_bytes",
    "properties_sha256",
];
const NUMBERS: [&str; 6] =
    ["size", "losses", "offset", "bytes", "properties_offset", "properties_bytes"];

/// The fields that say where something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// What was asked for.
    Itself,
    /// All its properties, beside it.
    Properties,
}

impl Part {
    pub(super) const ALL: [Self; 2] = [Self::Itself, Self::Properties];

    pub(super) fn file(self) -> &'static str {
        self.fields()[0]
    }

    pub(super) fn offset(self) -> &'static str {
        self.fields()[1]
    }

    pub(super) fn bytes(self) -> &'static str {
        self.fields()[2]
    }

    pub(super) fn sha256(self) -> &'static str {
        self.fields()[3]
    }

    fn fields(self) -> [&'static str; 4] {
        match self {
            Self::Itself => ["file", "offset", "bytes", "sha256"],
            Self::Properties => {
                ["properties_file", "properties_offset", "properties_bytes", "properties_sha256"]
            }
        }
    }
}

/// A line of the manifest: a value for each field, empty where there is none.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Record(pub(super) Vec<String>);

impl Record {
    pub(super) fn new() -> Self {
        Self(vec![String::new(); FIELDS.len()])
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<String>) {
        if let Some(at) = FIELDS.iter().position(|known| *known == field) {
            self.0[at] = value.into();
        }
    }

    pub(super) fn get(&self, field: &str) -> &str {
        let at = FIELDS.iter().position(|known| *known == field);
        at.and_then(|at| self.0.get(at)).map_or("", String::as_str)
    }

    /// Where a part of it went.
    pub(super) fn put(&mut self, part: Part, file: &str, bytes: u64, sha256: &str) {
        self.set(part.file(), file);
        self.set(part.offset(), "0");
        self.set(part.bytes(), bytes.to_string());
        self.set(part.sha256(), sha256);
    }

    pub(super) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut json = Json::compact(out);
        json.begin_object()?;
        for (field, value) in FIELDS.iter().zip(&self.0) {
            json.key(field)?;
            match value.parse() {
                Ok(number) if NUMBERS.contains(field) => json.uint(number)?,
                _ if value.is_empty() => json.null()?,
                _ => json.string(value)?,
            }
        }
        json.end_object()
    }
}

/// The record of a message.
pub(super) fn of_message(item: &Item, path: &str, message: &Message, props: &PropBag) -> Record {
    let mut record = Record::new();
    let id = message.entry_id().map(|id| id.to_string()).unwrap_or_default();
    record.set("kind", if item.is_associated { "associated" } else { "message" });
    record.set("entry_id", id.clone());
    record.set("family_id", id);
    record.set("nid", format!("0x{:X}", item.id));
    record.set("path", path);
    record.set("held", item.held.name());
    fill(&mut record, props);
    record
}

/// What properties of a message say.
fn fill(record: &mut Record, props: &PropBag) {
    let text = |tag| props.text(tag).unwrap_or_default();
    record.set("message_class", text(tags::MESSAGE_CLASS));
    record.set("subject", text(tags::SUBJECT));
    let address = smtp_address(
        props,
        tags::SENT_REPRESENTING_SMTP_ADDRESS,
        tags::SENT_REPRESENTING_ADDRTYPE,
        tags::SENT_REPRESENTING_EMAIL_ADDRESS,
    );
    let name = text(tags::SENT_REPRESENTING_NAME);
    record.set("from", address.unwrap_or(name));
    let time = |tag| props.time(tag).filter(|time| time.0 > 0).map(|time| time.to_string());
    record.set("sent", time(tags::CLIENT_SUBMIT_TIME).unwrap_or_default());
    record.set("received", time(tags::MESSAGE_DELIVERY_TIME).unwrap_or_default());
    record.set("message_id", text(tags::INTERNET_MESSAGE_ID));
    let size = props.get(tags::MESSAGE_SIZE.with_type(PropType::UNSPECIFIED));
    let size = size.and_then(|size| u64::try_from(size.as_i64()?).ok());
    record.set("size", size.map(|size| size.to_string()).unwrap_or_default());
}

/// The records of the attachments at every depth, with the hash of the data of each, which is read
/// unless its hash is known. What cannot be read, and what is beyond the budget, is told to `failed`.
pub(super) fn of_attachments(
    family: &Record,
    message: &Message,
    budget: Budget,
    hashes: &Hashes,
    failed: &mut dyn FnMut(String, mapix::Error),
) -> Vec<Record> {
    let mut walk = Walk { family, budget, hashes, records: Vec::new(), failed };
    walk.descend("", "", message);
    walk.records
}

/// Goes through the attachments of a message.
struct Walk<'a> {
    family: &'a Record,
    budget: Budget,
    hashes: &'a Hashes,
    records: Vec<Record>,
    failed: &'a mut dyn FnMut(String, mapix::Error),
}

impl Walk<'_> {
    /// Those of a message; `above` is its own ordinal and `place` its place, if it is embedded.
    fn descend(&mut self, above: &str, place: &str, message: &Message) {
        let (found, errors) = match message.attachments() {
            Ok(found) => found.into_parts(),
            Err(error) if error.code() == ErrorCode::NOT_FOUND => return,
            Err(error) => (Vec::new(), vec![error]),
        };
        for error in errors {
            (self.failed)(format!("attachment of {above}"), error);
        }
        for (index, attachment) in found.into_iter().enumerate() {
            let number = index + 1;
            let ordinal =
                if above.is_empty() { number.to_string() } else { format!("{above}.{number}") };
            let mut record = Record::new();
            for field in ["nid", "path", "held"] {
                record.set(field, self.family.get(field));
            }
            record.set("kind", "attachment");
            record.set("family_id", self.family.get("entry_id"));
            record.set("ordinal", ordinal.clone());
            record.set("parent_ordinal", above);
            record.set("name", attachment.name().ok().flatten().unwrap_or_default());
            let place = place_of_attachment(place, attachment.number());
            let inner = self.one(&attachment, &place, !above.is_empty(), &mut record);
            let inner = inner.unwrap_or_else(|error| {
                (self.failed)(format!("attachment {ordinal}"), error);
                None
            });
            self.records.push(record);
            if let Some(inner) = inner {
                self.descend(&ordinal, &place_of_message(&place), &inner);
            }
        }
    }

    /// Fills in the record of an attachment; gives the message that is embedded in it.
    fn one(
        &mut self,
        attachment: &Attachment,
        place: &str,
        is_inside: bool,
        record: &mut Record,
    ) -> mapix::Result<Option<Message>> {
        match attachment.method()? {
            AttachMethod::EmbeddedMessage => {
                record.set("kind", "embedded");
                self.budget.enter()?;
                let inner = attachment.embedded()?;
                fill(record, &inner.props()?);
                return Ok(Some(inner));
            }
            AttachMethod::ByValue | AttachMethod::Ole => {
                let (bytes, sha256) = match self.hashes.get(place) {
                    Some(Seen::Whole(bytes, sha256)) => (*bytes, sha256.clone()),
                    Some(Seen::Nothing) => return Ok(None),
                    None => match attachment.open_data() {
                        Ok(mut data) => hash_of(&mut data)?,
                        // An attachment without data is written without it.
                        Err(error) if error.code() == ErrorCode::NOT_FOUND => return Ok(None),
                        Err(error) => return Err(error),
                    },
                };
                if is_inside {
                    self.budget.spend(bytes);
                }
                record.set("size", bytes.to_string());
                record.set("bytes", bytes.to_string());
                record.set("sha256", sha256);
            }
            _ => {}
        }
        Ok(None)
    }
}
