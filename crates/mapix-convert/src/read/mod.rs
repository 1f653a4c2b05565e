//! Internet mail (RFC 5322, MIME) into MAPI messages, after MS-OXCMAIL and MS-OXOSMIME.
//!
//! `scan` finds the parts of a mail in one pass over its lines, `field` the values of its header
//! fields (with `mail-parser`), and the others make properties of both. Bodies and attachments
//! are decoded when the store reads them; what is held of a mail of any size are its headers and
//! what is small. The structure is not left to the parser, because it decodes everything at once,
//! keeps every byte in memory, and lets mails within mails nest without an end.

mod attach;
mod body;
mod bytes;
mod class;
mod decode;
mod envelope;
mod field;
mod fill;
mod person;
mod scan;
mod state;
mod stream;

use std::fmt::Write as _;
use std::io::Cursor;

use mapix_core::prop::{CodePage, PropName, PropType, String8, Value, tags};
use mapix_core::store::{AttachmentChange, MessageUpdate, StreamUpdate};
use mapix_core::{RecipientKind, Result, display_list};

use crate::charset::{Charset, guess};
use crate::{LossKind, Losses};
pub(crate) use body::meta_charset;
use body::{References, Roles};
pub(crate) use bytes::{HELD, Pieces};
pub use bytes::{MailBytes, MailReader};
use class::{Form, props_size};
use decode::{Decoded, Encoding, Survey};
pub(crate) use field::{Fields, LineKind, line_kind};
pub(crate) use person::Person;
use scan::{Part, Structure};
pub use state::MailState;

/// Headers of up to so many bytes are held, others become a stream.
const HEADERS: usize = 256 << 10;
/// `MSGFLAG_HASATTACH`.
const HASATTACH: i32 = 0x10;

/// How mail is read.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ReadOptions<'a> {
    /// Gives the ID of a named property in the store for which the mail is read. A name without
    /// one is a loss. Few names are asked for: the categories, the follow-up text, and some twenty
    /// header fields.
    pub names: &'a (dyn Fn(&PropName) -> Option<u16> + Sync),
    /// Whether a mail of which nobody says that it was read counts as read.
    pub unknown_is_read: bool,
}

impl<'a> ReadOptions<'a> {
    /// The usual options, with the names of a store.
    pub fn new(names: &'a (dyn Fn(&PropName) -> Option<u16> + Sync)) -> Self {
        Self { names, unknown_is_read: false }
    }
}

/// A mail that was read.
#[derive(Debug)]
pub struct Mail {
    /// What a new message holds: ready for [`Change::CreateMessage`]. The times at which it was
    /// made and changed are missing, as are its search key and its identity.
    ///
    /// [`Change::CreateMessage`]: mapix_core::store::Change::CreateMessage
    pub message: MessageUpdate,
    /// What the mailbox said of it, and what the fields of mailbox programs in it say.
    pub state: MailState,
    /// What of the mail is not in the message, or not as it was.
    pub losses: Losses,
}

/// Reads one mail: any bytes are one.
///
/// What is in memory afterwards are the headers (up to 128 MiB of them are told apart), the
/// recipients, texts of up to 1 MiB, HTML of up to 4 MiB, all bodies of up to 64 MiB and small
/// attachments of up to 16 MiB together, and up to 256 MiB of mails that are encoded within it.
/// Everything else is a stream over the bytes of the mail, decoded as it is read.
///
/// # Errors
/// Those of reading the bytes.
pub fn read_eml(mail: &MailBytes, state: &MailState, options: &ReadOptions<'_>) -> Result<Mail> {
    let mut reading = Reading {
        options,
        losses: Losses::default(),
        place: String::new(),
        room: Room::default(),
        depth: 0,
    };
    let structure = scan::scan(mail, 0)?;
    reading.report(&structure);
    if mail.is_empty() {
        reading.lose(LossKind::Damaged, "the mail is empty");
    }
    let mut state = state.clone();
    let message = reading.message(&structure, 0, &mut state)?;
    Ok(Mail { message, state, losses: reading.losses })
}

/// What reading one mail shares.
struct Reading<'a> {
    options: &'a ReadOptions<'a>,
    losses: Losses,
    /// Where in the mail it is.
    place: String,
    room: Room,
    /// How deep the message is embedded that is being read.
    depth: usize,
}

/// How many bytes may still be held of one mail, with all that is embedded in it.
struct Room {
    attachments: u64,
    bodies: u64,
    /// Of mails that were encoded within the mail.
    mails: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { attachments: 16 << 20, bodies: 64 << 20, mails: 256 << 20 }
    }
}

impl Reading<'_> {
    fn lose(&mut self, kind: LossKind, what: impl Into<String>) {
        self.losses.add(kind, self.place.as_str(), what);
    }

    /// Reports what the structure of a mail lacks.
    fn report(&mut self, structure: &Structure) {
        let notes = &structure.notes;
        if notes.limit {
            let what = "there are too many parts, headers or levels; the rest is kept in one part";
            self.lose(LossKind::TooDeep, what);
        }
        if notes.unfinished {
            self.lose(LossKind::Damaged, "the mail ends before its last part does");
        }
        if notes.outside > 0 {
            let what = format!("{} lines around the parts are left out", notes.outside);
            self.lose(LossKind::Body, what);
        }
        let strange: u64 = structure.parts.iter().map(|part| part.strange).sum();
        if strange > 0 {
            self.lose(LossKind::Header, format!("{strange} lines of headers are no headers"));
        }
    }

    /// Looks through the bytes of a part. Gives its real encoding as well.
    fn survey(&mut self, source: &MailBytes, part: &Part, keep: u64) -> Result<(Encoding, Survey)> {
        let found = Decoded::survey(source, part.encoding, keep)?;
        if part.encoding == Encoding::Base64 && found.is_mislabelled() {
            self.lose(LossKind::Damaged, "a part that is not base64, as it says, is kept as it is");
            return Ok((Encoding::Identity, Decoded::survey(source, Encoding::Identity, keep)?));
        }
        if part.encoding == Encoding::Base64 && found.foreign > 0 {
            let what = format!("{} characters of a part in base64 are none", found.foreign);
            self.lose(LossKind::Damaged, what);
        }
        let named = part.fields.keyword("Content-Transfer-Encoding").unwrap_or_default();
        let known = ["", "7bit", "8bit", "binary", "base64", "quoted-printable", "7-bit", "8-bit"];
        if !known.contains(&&*named) {
            let what = format!("the transfer encoding {named} is unknown, and left as it is");
            self.lose(LossKind::Damaged, what);
        }
        Ok((part.encoding, found))
    }

    /// Reads a message whose own part is this one.
    fn message(
        &mut self,
        structure: &Structure,
        root: usize,
        state: &mut MailState,
    ) -> Result<MessageUpdate> {
        let part = &structure.parts[root];
        let form = Form::of(part);
        let roles = match form {
            Form::Opaque => Roles::default(),
            _ => Roles::of(structure, root),
        };
        let charset = charset(structure, &roles, part);
        let mut update = MessageUpdate::default();
        let class = class::class(self, structure, root)?;
        update.set.set(tags::MESSAGE_CLASS, class);
        if self.depth == 0 {
            state.complete(&part.fields, charset);
        }
        envelope::set(self, &part.fields, charset, state, &mut update.set);
        headers(part, charset, &mut update);
        let references = body::set(self, structure, &roles, &mut update.set, &mut update.streams)?;
        let (mut size, visible) = if form == Form::Plain {
            self.attachments(structure, &roles, charset, &references, &mut update)?
        } else {
            let found = class::whole_body(self, structure, part, form)?;
            update.attachments.push(AttachmentChange::Put(0, Box::new(found.update)));
            (found.size, true)
        };
        let rows = envelope::recipients(&part.fields, charset);
        for (tag, kind) in [
            (tags::DISPLAY_TO, RecipientKind::To),
            (tags::DISPLAY_CC, RecipientKind::Cc),
            (tags::DISPLAY_BCC, RecipientKind::Bcc),
        ] {
            update.set.set(tag, display_list(rows.iter(), kind));
        }
        size += rows.iter().map(props_size).sum::<u64>();
        update.recipients = Some(rows);
        let flags = update.set.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        update.set.set(tags::MESSAGE_FLAGS, flags | if visible { HASATTACH } else { 0 });
        update.set.set(tags::HASATTACH, visible);
        size += props_size(&update.set);
        update.set.set(tags::MESSAGE_SIZE, i32::try_from(size).unwrap_or(i32::MAX));
        Ok(update)
    }

    /// Adds the attachments. Gives their size, and whether one is to be seen.
    fn attachments(
        &mut self,
        structure: &Structure,
        roles: &Roles,
        charset: Charset,
        references: &References,
        update: &mut MessageUpdate,
    ) -> Result<(u64, bool)> {
        let (mut size, mut visible) = (0, false);
        for (number, at) in roles.attachments.iter().enumerate() {
            let part = &structure.parts[*at];
            let before = self.place.len();
            let slash = if before == 0 { "" } else { "/" };
            let _ = write!(self.place, "{slash}attachment {number}");
            let found = attach::read(self, structure, part, charset, references, number)?;
            self.place.truncate(before);
            size += found.size;
            visible |= found.visible;
            let change = AttachmentChange::Put(number as u32, Box::new(found.update));
            update.attachments.push(change);
        }
        Ok((size, visible))
    }

    /// Reads a message within the mail.
    fn embedded(&mut self, structure: &Structure, root: usize) -> Result<MessageUpdate> {
        let before = self.place.len();
        self.place.push_str("/message");
        self.depth += 1;
        // What is within a mail was seen with it.
        let mut state = MailState { read: Some(true), ..MailState::default() };
        let message = self.message(structure, root, &mut state);
        self.depth -= 1;
        self.place.truncate(before);
        message
    }

    /// Reads a mail that was encoded within the mail.
    fn encoded(&mut self, mail: &MailBytes) -> Result<MessageUpdate> {
        let structure = scan::scan(mail, self.depth + 1)?;
        self.report(&structure);
        self.embedded(&structure, 0)
    }
}

/// What bytes in headers mean that are not ASCII: what the text is written in.
fn charset(structure: &Structure, roles: &Roles, root: &Part) -> Charset {
    let parts = [roles.text, roles.html].into_iter().flatten();
    let mut named = parts.filter_map(|number| body::named_charset(&structure.parts[number]));
    named.next().unwrap_or_else(|| guess(&root.fields.raw))
}

/// Sets the headers as they came: byte by byte in the code page of the mail, unless they are
/// ASCII or UTF-8, or some of their fields are.
fn headers(part: &Part, charset: Charset, update: &mut MessageUpdate) {
    let raw = &part.fields.raw;
    if raw.is_empty() {
        return;
    }
    let tag = tags::TRANSPORT_MESSAGE_HEADERS;
    if let Some(text) = part.fields.unicode(charset) {
        if raw.len() <= HEADERS {
            update.set.set(tag, &*text);
        } else {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            update.streams.push(StreamUpdate { tag, data: Box::new(Cursor::new(units)) });
        }
        return;
    }
    let page = match charset.page() {
        Some(page) if charset != Charset::UTF8 && !charset.is_wide() => page,
        _ => CodePage::WESTERN,
    };
    update.set.set(tags::MESSAGE_CODEPAGE, i32::from(page.0));
    if raw.len() <= HEADERS {
        let text = String8::new(raw.as_slice(), page);
        update.set.set(tag, Value::String8(text));
    } else {
        let tag = tag.with_type(PropType::STRING8);
        update.streams.push(StreamUpdate { tag, data: Box::new(Cursor::new(raw.clone())) });
    }
}
