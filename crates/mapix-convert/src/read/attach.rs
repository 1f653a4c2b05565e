//! Parts that are not the body, as attachments (MS-OXCMAIL, section 2.2.3.4).

use mapix_core::prop::{FileTime, PropBag, Value, tags};
use mapix_core::store::{AttachmentUpdate, MessageRef, MessageUpdate, StreamUpdate};
use mapix_core::{AttachMethod, Result};

use super::Reading;
use super::body::References;
use super::bytes::MailBytes;
use super::class::props_size;
use super::decode::{Decoded, Encoding, Survey};
use super::field::{Parameters, date};
use super::scan::{Kind, Part, Structure, is_message};
use crate::LossKind;
use crate::charset::Charset;
use crate::eml::{decode, extension_of};
use crate::tags as more;

/// Attachments of up to so many bytes are held, others become streams.
const HELD: u64 = 64 << 10;
/// Encoded mails within a mail of up to so many bytes are taken apart; larger ones are attached.
const ENCODED_MAIL: u64 = 64 << 20;
/// `ATT_MHTML_REF`: the HTML body refers to it.
const MHTML_REF: i32 = 0x4;

/// An attachment that was read.
pub(crate) struct Attached {
    pub(crate) update: AttachmentUpdate,
    /// Whether it is shown among the attachments.
    pub(crate) visible: bool,
    pub(crate) size: u64,
}

/// Reads a part as an attachment. `ordinal` makes names where there are none.
pub(crate) fn read(
    reading: &mut Reading<'_>,
    structure: &Structure,
    part: &Part,
    charset: Charset,
    references: &References,
    ordinal: usize,
) -> Result<Attached> {
    let mut update = AttachmentUpdate::default();
    let inner = match part.kind {
        Kind::Message => match part.children.first() {
            Some(child) => Some(reading.embedded(structure, *child)?),
            None => None,
        },
        _ if is_message(&part.mime_type) && part.encoding != Encoding::Identity => {
            encoded_mail(reading, structure, part)?
        }
        _ => None,
    };
    let names = Names::of(part, charset);
    let bag = &mut update.set;
    bag.set(tags::RENDERING_POSITION, -1);
    let tag = part.fields.text("X-MAPI-Attach-Mime-Tag", charset);
    bag.set(tags::ATTACH_MIME_TAG, tag.as_deref().unwrap_or(&part.mime_type));
    let size;
    if let Some(message) = inner {
        bag.set(tags::ATTACH_METHOD, AttachMethod::EmbeddedMessage.to_mapi());
        let subject = message.set.text(tags::SUBJECT).unwrap_or_default();
        let name = names.description.or_else(|| {
            let file = names.file.as_deref()?;
            Some(strip_suffix(file, ".eml").unwrap_or(file).to_owned())
        });
        bag.set(tags::DISPLAY_NAME, name.unwrap_or(subject));
        size = message.set.i32(tags::MESSAGE_SIZE).unwrap_or(0).max(0) as u64;
        update.embedded = Some(Box::new(message));
    } else {
        bag.set(tags::ATTACH_METHOD, AttachMethod::ByValue.to_mapi());
        let file = names.file.unwrap_or_else(|| generated(ordinal, part));
        bag.set(tags::DISPLAY_NAME, names.description.as_deref().unwrap_or(&file));
        set_file_name(bag, &file);
        if let Some(label) = names.charset.filter(|_| part.mime_type.starts_with("text/")) {
            bag.set(more::TEXT_ATTACHMENT_CHARSET, label);
        }
        // One that was not taken apart is kept with its header.
        let composite = part.mime_type.starts_with("multipart/");
        let source = if composite { structure.whole(part) } else { structure.body(part) };
        let (encoding, survey) =
            reading.survey(&source, part, HELD.min(reading.room.attachments))?;
        size = survey.len;
        if survey.held.is_some() {
            reading.room.attachments = reading.room.attachments.saturating_sub(size);
        }
        set_data(&mut update, source, encoding, survey);
    }
    let bag = &mut update.set;
    for (time, tag) in
        [(names.created, tags::CREATION_TIME), (names.modified, tags::LAST_MODIFICATION_TIME)]
    {
        if let Some(time) = time {
            bag.set(tag, time);
        }
    }
    let hidden = set_place(part, charset, references, update.embedded.is_some(), bag);
    let size = size + props_size(bag);
    bag.set(tags::ATTACH_SIZE, i32::try_from(size).unwrap_or(i32::MAX));
    Ok(Attached { update, visible: !hidden, size })
}

/// Sets where the attachment belongs. Gives whether it is shown in the HTML and so is hidden
/// (section 2.2.3.4.1.4.1).
fn set_place(
    part: &Part,
    charset: Charset,
    references: &References,
    is_message: bool,
    bag: &mut PropBag,
) -> bool {
    let text = |name: &str| part.fields.text(name, charset);
    let id = text("Content-ID");
    let id = id.map(|id| id.trim_start_matches('<').trim_end_matches('>').trim().to_owned());
    let location = text("Content-Location").map(|url| url.replace(char::is_whitespace, ""));
    let mentioned = id.as_deref().is_some_and(|id| references.has_id(id))
        || location.as_deref().is_some_and(|url| references.has_location(url));
    for (value, tag) in [
        (id, tags::ATTACH_CONTENT_ID),
        (location, more::ATTACH_CONTENT_LOCATION),
        (text("Content-Base"), more::ATTACH_CONTENT_BASE),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            bag.set(tag, value);
        }
    }
    let belongs = mentioned && !is_message;
    if belongs {
        bag.set(tags::ATTACH_FLAGS, MHTML_REF);
    }
    // What no reader of HTML shows stays in sight.
    let hidden = belongs && part.mime_type.starts_with("image/");
    if hidden {
        bag.set(tags::ATTACHMENT_HIDDEN, true);
    }
    hidden
}

/// Sets the bytes of an attachment: those that are held, else as a stream.
pub(crate) fn set_data(
    update: &mut AttachmentUpdate,
    source: MailBytes,
    encoding: Encoding,
    survey: Survey,
) {
    let tag = tags::ATTACH_DATA_BIN;
    if let Some(bytes) = survey.held {
        update.set.set(tag, Value::Binary(bytes.into()));
    } else {
        let data = Box::new(Decoded::stream(source, encoding, survey.len));
        update.streams.push(StreamUpdate { tag, data });
    }
}

/// A mail that is encoded, which the standard forbids and programs do; `None` if it is too large
/// or too deep to be taken apart.
fn encoded_mail(
    reading: &mut Reading<'_>,
    structure: &Structure,
    part: &Part,
) -> Result<Option<MessageUpdate>> {
    let source = structure.body(part);
    let survey = Decoded::survey(&source, part.encoding, ENCODED_MAIL.min(reading.room.mails))?;
    let Some(bytes) = survey.held.filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
    if reading.depth >= MessageRef::MAX_DEPTH {
        return Ok(None);
    }
    reading.room.mails = reading.room.mails.saturating_sub(survey.len);
    if survey.foreign > 0 {
        reading.lose(LossKind::Damaged, "the transfer encoding of a mail is broken");
    }
    reading.encoded(&bytes.into()).map(Some)
}

/// What a part says of its name.
struct Names {
    file: Option<String>,
    description: Option<String>,
    charset: Option<String>,
    created: Option<FileTime>,
    modified: Option<FileTime>,
}

impl Names {
    fn of(part: &Part, charset: Charset) -> Self {
        let disposition = part.fields.parameters("Content-Disposition", charset);
        let content_type = part.fields.parameters("Content-Type", charset);
        let parameter = |found: &Option<Parameters>, name: &str| {
            let value = found.as_ref()?.get(name)?;
            // Encoded words are not allowed there, and common.
            let value: String = decode(value).chars().filter(|c| !c.is_control()).collect();
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let file = parameter(&disposition, "filename").or_else(|| parameter(&content_type, "name"));
        let time = |name| parameter(&disposition, name).and_then(|text| date(text.as_bytes()));
        Self {
            file,
            description: part.fields.text("Content-Description", charset),
            charset: parameter(&content_type, "charset"),
            created: time("creation-date"),
            modified: time("modification-date"),
        }
    }
}

/// The name of an attachment without one: `ATT00001.txt`.
fn generated(ordinal: usize, part: &Part) -> String {
    let extension = match &*part.mime_type {
        other if is_message(other) || other.starts_with("multipart/") => "eml",
        "message/delivery-status" | "message/disposition-notification" => "txt",
        other => extension_of(other).unwrap_or("dat"),
    };
    format!("ATT{:05}.{extension}", ordinal + 1)
}

/// Sets the long name, the one of eight letters and three, and the extension.
pub(crate) fn set_file_name(bag: &mut PropBag, file: &str) {
    bag.set(tags::ATTACH_LONG_FILENAME, file);
    let (stem, extension) = match file.rsplit_once('.') {
        Some((stem, extension)) if !extension.is_empty() => (stem, extension),
        _ => (file, ""),
    };
    let plain = |text: &str, most: usize| -> String {
        let good = |c: &char| c.is_ascii_alphanumeric() || "_-~$!#%&(){}@^`'".contains(*c);
        text.chars().filter(good).take(most).collect()
    };
    let short = |text: &str, most: usize| text.len() <= most && plain(text, most) == text;
    let short_stem = if !stem.is_empty() && short(stem, 8) && short(extension, 3) {
        stem.to_owned()
    } else {
        let head = plain(stem, 6);
        if head.is_empty() { "ATT~1".to_owned() } else { format!("{head}~1") }
    };
    let short_extension = plain(extension, 3);
    if extension.is_empty() {
        bag.set(tags::ATTACH_FILENAME, short_stem);
        return;
    }
    bag.set(tags::ATTACH_FILENAME, format!("{short_stem}.{short_extension}"));
    bag.set(tags::ATTACH_EXTENSION, format!(".{extension}"));
}

fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(suffix).then(|| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names() {
        for (long, short, extension) in [
            ("a.txt", "a.txt", ".txt"),
            ("Annual report.docx", "Annual~1.doc", ".docx"),
            ("README", "README", ""),
            ("\u{e4}\u{f6}.pdf", "ATT~1.pdf", ".pdf"),
            (".profile", "ATT~1.pro", ".profile"),
            ("x.", "x~1", ""),
        ] {
            let mut bag = PropBag::new();
            set_file_name(&mut bag, long);
            assert_eq!(bag.text(tags::ATTACH_LONG_FILENAME).unwrap(), long);
            assert_eq!(bag.text(tags::ATTACH_FILENAME).unwrap(), short);
            assert_eq!(bag.text(tags::ATTACH_EXTENSION).unwrap_or_default(), extension);
        }
    }
}
