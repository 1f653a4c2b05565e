//! Message classes: signed and encrypted mail (MS-OXOSMIME), reports, and what our own writer
//! notes.

use mapix_core::prop::{PropBag, Value, tags};
use mapix_core::store::{AttachmentUpdate, StreamUpdate};
use mapix_core::{AttachMethod, Result};

use super::Reading;
use super::attach::{Attached, set_data, set_file_name};
use super::decode::{Decoded, Encoding};
use super::field::Fields;
use super::scan::{Kind, Part, Structure};
use super::stream::{Headed, Pull, Stream};
use crate::LossKind;
use crate::charset::Charset;
use crate::eml::is_class;

/// Of a report so many bytes are looked at.
const REPORT: u64 = 64 << 10;
/// A signed body of up to so many bytes is held.
const HELD: u64 = 64 << 10;

/// What a mail is as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    Plain,
    /// The body is one attachment, which hides everything.
    Opaque,
    /// The body is one attachment; the text is shown as well.
    Signed,
}

impl Form {
    pub(crate) fn of(part: &Part) -> Self {
        match &*part.mime_type {
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => Self::Opaque,
            "application/octet-stream" if is_p7m(part) => Self::Opaque,
            "multipart/signed" if part.kind == Kind::Multipart => Self::Signed,
            _ => Self::Plain,
        }
    }
}

fn is_p7m(part: &Part) -> bool {
    let found = |field: &str, name: &str| {
        let found = part.fields.parameters(field, Charset::UTF8)?;
        found.get(name).map(|value| value.to_ascii_lowercase().ends_with(".p7m"))
    };
    let named = found("Content-Disposition", "filename").or_else(|| found("Content-Type", "name"));
    named == Some(true)
}

/// The message class of a mail.
pub(crate) fn class(
    reading: &mut Reading<'_>,
    structure: &Structure,
    root: usize,
) -> Result<String> {
    let part = &structure.parts[root];
    let class = match Form::of(part) {
        Form::Opaque => "IPM.Note.SMIME".to_owned(),
        Form::Signed => "IPM.Note.SMIME.MultipartSigned".to_owned(),
        Form::Plain => match report(structure, part)? {
            Some(kind) => format!("REPORT.IPM.Note.{kind}"),
            None => noted(reading, &part.fields),
        },
    };
    Ok(class)
}

/// The class that this program's writer noted, if a mail can have it.
fn noted(reading: &mut Reading<'_>, fields: &Fields) -> String {
    let plain = || "IPM.Note".to_owned();
    let Some(class) = fields.text("X-MAPI-Message-Class", Charset::UTF8) else { return plain() };
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let known = ["IPM", "REPORT"].iter().any(|head| is_class(&class, head));
    if !known || class.len() > 255 || !class.chars().all(good) {
        return plain();
    }
    // What they are is in properties that mail does not carry.
    let made = ["IPM.Appointment", "IPM.Schedule", "IPM.Contact", "IPM.DistList", "IPM.Task"];
    let made = made.iter().any(|made| is_class(&class, made));
    if made || class.to_ascii_uppercase().contains(".SMIME") {
        reading.lose(LossKind::Property, format!("PR_MESSAGE_CLASS: {class} becomes a mail"));
        return plain();
    }
    class
}

/// What a report reports; `None` if it is none.
fn report(structure: &Structure, part: &Part) -> Result<Option<&'static str>> {
    if part.mime_type != "multipart/report" {
        return Ok(None);
    }
    for child in &part.children {
        let child = &structure.parts[*child];
        let is_delivery = match &*child.mime_type {
            "message/delivery-status" | "message/global-delivery-status" => true,
            "message/disposition-notification" | "message/global-disposition-notification" => false,
            _ => continue,
        };
        let mut text = Vec::new();
        let mut decoded = Decoded::new(structure.body(child), child.encoding);
        while (text.len() as u64) < REPORT && decoded.pull(&mut text)? {}
        // Groups of fields, put apart by empty lines.
        let groups = String::from_utf8_lossy(&text).replace("\r\n", "\n");
        let find = |name: &str| {
            groups.split("\n\n").find_map(|group| {
                Fields::parse(group.as_bytes().to_vec()).0.text(name, Charset::UTF8)
            })
        };
        let found = find(if is_delivery { "Action" } else { "Disposition" });
        let found = found.unwrap_or_default().to_ascii_lowercase();
        return Ok(Some(match found.trim() {
            "delivered" => "DR",
            "delayed" => "Delayed",
            "relayed" => "Relayed",
            "expanded" => "Expanded",
            _ if is_delivery => "NDR",
            other if other.contains("displayed") => "IPNRN",
            _ => "IPNNRN",
        }));
    }
    Ok(None)
}

/// The body of a signed or encrypted mail as its attachment.
pub(crate) fn whole_body(
    reading: &mut Reading<'_>,
    structure: &Structure,
    part: &Part,
    form: Form,
) -> Result<Attached> {
    let mut update = AttachmentUpdate::default();
    let bag = &mut update.set;
    bag.set(tags::ATTACH_METHOD, AttachMethod::ByValue.to_mapi());
    bag.set(tags::RENDERING_POSITION, -1);
    bag.set(tags::ATTACH_MIME_TAG, part.mime_type.as_str());
    bag.set(tags::DISPLAY_NAME, "SMIME.p7m");
    set_file_name(bag, "SMIME.p7m");
    let source = structure.body(part);
    let size = if form == Form::Signed {
        let mut head = b"Content-Type:".to_vec();
        head.extend(part.fields.first("Content-Type").unwrap_or_default().trim_ascii_end());
        head.extend(b"\r\n\r\n");
        // Lines were signed as the transport has them.
        let head = Decoded::survey(&head.into(), Encoding::Lines, u64::MAX)?.held;
        let head = head.unwrap_or_default();
        let mut body = Headed::new(head, Decoded::new(source, Encoding::Lines));
        let (mut len, mut held) = (0, Vec::new());
        let mut more = true;
        while more {
            let before = held.len();
            more = body.pull(&mut held)?;
            len += (held.len() - before) as u64;
            if len > HELD {
                held.clear();
            }
        }
        if len > HELD {
            let data = Box::new(Stream::new(body.again()).with_len(len));
            update.streams.push(StreamUpdate { tag: tags::ATTACH_DATA_BIN, data });
        } else {
            bag.set(tags::ATTACH_DATA_BIN, Value::Binary(held.into()));
        }
        len
    } else {
        let (encoding, survey) = reading.survey(&source, part, HELD)?;
        let size = survey.len;
        set_data(&mut update, source, encoding, survey);
        size
    };
    let bag = &mut update.set;
    let size = size + props_size(bag);
    bag.set(tags::ATTACH_SIZE, i32::try_from(size).unwrap_or(i32::MAX));
    Ok(Attached { update, visible: true, size })
}

/// What properties take together.
pub(crate) fn props_size(bag: &PropBag) -> u64 {
    bag.iter().map(|prop| prop.value.size()).sum()
}
