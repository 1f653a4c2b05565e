//! Internet mail (RFC 5322, MIME) out of MAPI messages, after MS-OXCMAIL.

mod address;
mod attachment;
mod body;
mod encode;
mod envelope;
mod headers;
mod mime_type;
mod original;
mod param;
mod smime;
mod word;

use std::collections::HashSet;
use std::io::{BufWriter, Write};

use mapix_core::prop::tags;
use mapix_core::store::MessageRef;
use mapix_core::{AttachMethod, ErrorCode, Message, Recipient, Result};

#[cfg(test)]
pub(crate) use address::flat_entries;
pub(crate) use address::{Address, AddressTags, NOWHERE, READ_RECEIPT, REPRESENTING, SENDER};
pub(crate) use encode::base64;
pub use envelope::{internet_address, recipient_address, sender_address};
pub(crate) use headers::{People, categories};
pub(crate) use mime_type::extension_of;

use crate::item::{Conversion, Item, hex};
use crate::watch::{place_of_attachment, place_of_message};
use crate::{Budget, LossKind, Losses, Meter, Names, Watch, calendar, contact, left_out};
pub(crate) use attachment::Part;
use body::Bodies;
pub(crate) use body::Text;
use encode::Base64Lines;
use smime::Opaque;
use word::Field;
pub(crate) use word::{Piece, base64_decode, decode, decode_words};

/// How mail is written.
#[derive(Clone, Default, Debug)]
#[non_exhaustive]
pub struct EmlOptions {
    /// The named properties of the store. Without them appointments have no times, contacts no
    /// addresses, and messages no categories.
    pub names: Names,
    /// How much of what is embedded in the message is followed.
    pub budget: Budget,
    /// Whether the mail is to be sent: nothing in it names those who get blind copies, nor how
    /// people are called within the sender's system, and what mail systems write when they deliver
    /// (`Return-Path`) is left out.
    pub outgoing: bool,
    /// The address to write into `From` of a mail that names nobody there.
    pub from: Option<String>,
    /// The message ID of a mail that has none, in brackets.
    pub message_id: Option<String>,
}

impl EmlOptions {
    /// The usual options for messages of a store.
    pub fn new(names: Names) -> Self {
        Self { names, ..Self::default() }
    }
}

/// Writes a message as internet mail: pure ASCII but for signed bodies and addresses in UTF-8,
/// lines of at most 998 characters that end in CR LF, UTF-8 as the only character set, and the
/// same bytes for the same message each time.
///
/// Attachments and long bodies are encoded as they are read, whatever their size; what is held in
/// memory at once is the header, bodies of up to 4 MiB, and RTF of up to 32 MiB compressed.
///
/// # Errors
/// Those of `out`, and `MAPI_E_INVALID_OBJECT` if the session ended meanwhile. What cannot be read
/// or has no place in mail is not an error but a loss.
pub fn write_eml(message: &Message, options: &EmlOptions, out: &mut dyn Write) -> Result<Losses> {
    write_eml_watched(message, options, &mut (), out)
}

/// Writes a message as [`write_eml`] does, while somebody sees the data of its attachments.
///
/// # Errors
/// Those of [`write_eml`].
pub fn write_eml_watched(
    message: &Message,
    options: &EmlOptions,
    watch: &mut dyn Watch,
    out: &mut dyn Write,
) -> Result<Losses> {
    let meter = Meter::new(options.budget);
    let conversion = Conversion::new(options, &meter);
    let mut out = meter.writer(BufWriter::with_capacity(1 << 15, out));
    let mut writer = Writer { conversion: &conversion, boundaries: 0, watch };
    let place = Place { path: String::new(), depth: 0, seed: String::new() };
    writer.message(message, &place, &mut out)?;
    out.flush()?;
    drop(out);
    Ok(conversion.into_losses())
}

/// Whether a message class is one, or one below it.
pub(crate) fn is_class(class: &str, wanted: &str) -> bool {
    let head = class.get(..wanted.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(wanted))
        && matches!(class.as_bytes().get(wanted.len()), None | Some(b'.'))
}

struct Writer<'a> {
    conversion: &'a Conversion<'a>,
    /// How many boundaries were given out.
    boundaries: u32,
    watch: &'a mut dyn Watch,
}

/// Where a message stands.
struct Place {
    path: String,
    depth: usize,
    /// What the message IDs of embedded messages begin with.
    seed: String,
}

impl Place {
    fn of_attachment(&self, number: u32) -> String {
        place_of_attachment(&self.path, number)
    }
}

/// A part that is to be written.
enum Node {
    Multipart(&'static str, Vec<Node>),
    Text(Text),
    Html(Text),
    Calendar(calendar::Calendar),
    Card(contact::Card),
    Rtf(Vec<u8>),
    /// One of the attachments.
    Attachment(usize),
}

impl<'a> Writer<'a> {
    fn message(&mut self, message: &Message, place: &Place, out: &mut dyn Write) -> Result<()> {
        let item = Item::message(self.conversion, message, place.path.clone())?;
        let recipients = Self::recipients(message, &item)?;
        let mut parts = self.parts(message, &item, place)?;
        let class = item.text(tags::MESSAGE_CLASS).unwrap_or_default();
        let seed = seed(&item, place);
        let mut people = People::of(&item, &recipients);
        let options = self.conversion.options;
        if options.outgoing {
            people.prepare(options.from.as_deref().filter(|_| item.place.is_empty()));
        }
        out.write_all(headers::write(&item, &people, &seed).as_bytes())?;
        if let [part] = parts.as_slice()
            && smime::is_smime(&class)
            && let Some(opaque) = Opaque::of(&item, part, place.depth > 0)
        {
            opaque.write(part, out)?;
            // What a client shows of a signed message is made from the body that was written.
            for tag in [tags::BODY, tags::HTML, tags::RTF_COMPRESSED, tags::RTF_IN_SYNC] {
                item.mark(tag);
            }
            left_out::report(&item);
            return Ok(());
        }
        let tree = Self::tree(&item, &class, &recipients, &people, &mut parts)?;
        left_out::report(&item);
        out.write_all(b"MIME-Version: 1.0\r\n")?;
        let place = Place { seed, path: place.path.clone(), depth: place.depth };
        self.node(&item, &tree, &parts, &place, out)?;
        Ok(())
    }

    fn recipients(message: &Message, item: &Item<'_>) -> Result<Vec<Recipient>> {
        match message.recipients() {
            Ok(found) => {
                let (recipients, errors) = found.into_parts();
                errors.into_iter().try_for_each(|error| item.failed("recipient", error))?;
                Ok(recipients)
            }
            // An embedded message that was never saved has no rows.
            Err(error) if error.code() == ErrorCode::NOT_FOUND => Ok(Vec::new()),
            Err(error) => item.failed("recipients", error).map(|()| Vec::new()),
        }
    }

    fn parts(&self, message: &Message, item: &Item<'_>, place: &Place) -> Result<Vec<Part<'a>>> {
        let (attachments, errors) = match message.attachments() {
            Ok(found) => found.into_parts(),
            Err(error) if error.code() == ErrorCode::NOT_FOUND => (Vec::new(), Vec::new()),
            Err(error) => return item.failed("attachments", error).map(|()| Vec::new()),
        };
        errors.into_iter().try_for_each(|error| item.failed("attachment", error))?;
        let mut parts = Vec::with_capacity(attachments.len());
        for attachment in attachments {
            let path = place.of_attachment(attachment.number());
            match Part::of(self.conversion, attachment, path.clone()) {
                Ok(part) => parts.push(part),
                Err(error) => item.failed(&path, error)?,
            }
        }
        Ok(parts)
    }

    /// What the message is made of: mixed (related (alternative (text, HTML, calendar), images),
    /// contact, attachments), without those that hold one part only.
    fn tree(
        item: &Item<'_>,
        class: &str,
        recipients: &[Recipient],
        people: &People,
        parts: &mut [Part<'_>],
    ) -> Result<Node> {
        let bodies = Bodies::of(item)?;
        let calendar = calendar::write(item, class, recipients, people, bodies.text.as_ref());
        let card = contact::write(item, class, bodies.text.as_ref(), parts);
        if let Some(html) = &bodies.html {
            mark_inline(item, html, parts)?;
        }
        let mut alternative = Vec::new();
        alternative.extend(bodies.text.map(Node::Text));
        alternative.extend(bodies.html.map(Node::Html));
        alternative.extend(calendar.map(Node::Calendar));
        let body = match alternative.len() {
            0 => None,
            1 => alternative.pop(),
            _ => Some(Node::Multipart("alternative", alternative)),
        };
        let of = |inline: bool| {
            let parts = parts.iter().enumerate().filter(move |(_, part)| part.inline == inline);
            parts.map(|(number, _)| Node::Attachment(number)).collect::<Vec<_>>()
        };
        let (images, rest) = (of(true), of(false));
        let body = match body {
            Some(body) if !images.is_empty() => {
                Some(Node::Multipart("related", std::iter::once(body).chain(images).collect()))
            }
            body => body,
        };
        let mut mixed: Vec<Node> = body.into_iter().collect();
        mixed.extend(card.map(Node::Card));
        mixed.extend(bodies.native_rtf.map(Node::Rtf));
        mixed.extend(rest);
        Ok(match mixed.len() {
            0 => Node::Text(Text::Whole(String::new())),
            // An attachment alone would be taken for the body.
            1 if !matches!(mixed[0], Node::Attachment(_) | Node::Card(_)) => mixed.remove(0),
            _ => Node::Multipart("mixed", mixed),
        })
    }

    /// Writes the MIME fields of a part, an empty line and the part. Gives whether a line end must
    /// come between it and a boundary.
    fn node(
        &mut self,
        item: &Item<'_>,
        node: &Node,
        parts: &[Part<'_>],
        place: &Place,
        out: &mut dyn Write,
    ) -> Result<bool> {
        match node {
            Node::Multipart(kind, nodes) => {
                self.boundaries += 1;
                let mark = String::from_utf8_lossy(smime::MARK);
                // Neither base64 nor quoted-printable can hold "=_".
                let boundary = format!("{mark}{:04}", self.boundaries);
                let mut field = Field::new("Content-Type");
                field.atom(&format!("multipart/{kind}; boundary=\"{boundary}\""));
                if *kind == "related" {
                    // What the images belong to (RFC 2387).
                    let html = matches!(nodes.first(), Some(Node::Html(_)));
                    let root = if html { "text/html" } else { "multipart/alternative" };
                    field.glue(";");
                    field.atom(&format!("type=\"{root}\""));
                }
                out.write_all(field.finish().as_bytes())?;
                out.write_all(b"\r\n")?;
                for node in nodes {
                    out.write_all(format!("--{boundary}\r\n").as_bytes())?;
                    if self.node(item, node, parts, place, out)? {
                        out.write_all(b"\r\n")?;
                    }
                }
                out.write_all(format!("--{boundary}--\r\n").as_bytes())?;
                Ok(false)
            }
            Node::Text(text) => {
                out.write_all(b"Content-Type: text/plain; charset=utf-8\r\n")?;
                text.write(item, out)
            }
            Node::Html(text) => {
                out.write_all(b"Content-Type: text/html; charset=utf-8\r\n")?;
                text.write(item, out)
            }
            Node::Calendar(calendar) => {
                let mut field = Field::new("Content-Type");
                field.atom("text/calendar; charset=utf-8");
                if let Some(method) = calendar.method {
                    field.glue(&format!("; method={method}"));
                }
                out.write_all(field.finish().as_bytes())?;
                Text::Whole(calendar.text.clone()).write(item, out)
            }
            Node::Card(card) => {
                let mut field = Field::new("Content-Type");
                field.atom("text/vcard; charset=utf-8");
                param::add_legacy(&mut field, "name", &card.name);
                out.write_all(field.finish().as_bytes())?;
                let mut field = Field::new("Content-Disposition");
                field.atom("attachment");
                param::add(&mut field, "filename", &card.name);
                out.write_all(field.finish().as_bytes())?;
                Text::Whole(card.text.clone()).write(item, out)
            }
            Node::Rtf(rtf) => {
                out.write_all(
                    b"Content-Type: application/rtf; name=body.rtf\r\n\
                      Content-Disposition: attachment; filename=body.rtf\r\n\
                      Content-Transfer-Encoding: base64\r\n\r\n",
                )?;
                let mut writer = Base64Lines::new(out);
                writer.push(rtf)?;
                writer.finish()?;
                Ok(false)
            }
            Node::Attachment(number) => self.attachment(&parts[*number], place, out),
        }
    }

    fn attachment(&mut self, part: &Part<'_>, place: &Place, out: &mut dyn Write) -> Result<bool> {
        let embedded = match part.method {
            AttachMethod::EmbeddedMessage => self.embedded(part, place)?,
            _ => None,
        };
        left_out::report(&part.item);
        let Some(message) = embedded else {
            part.write(self.watch, out)?;
            return Ok(false);
        };
        part.item.mark(tags::ATTACH_DATA_OBJ);
        part.write_head("message/rfc822", out)?;
        out.write_all(b"\r\n")?;
        let number = part.attachment.number();
        let inside = Place {
            path: place_of_message(&place.of_attachment(number)),
            depth: place.depth + 1,
            seed: format!("{}.{number}", place.seed),
        };
        let was_inside = self.conversion.meter.set_inside(true);
        self.message(&message, &inside, out)?;
        self.conversion.meter.set_inside(was_inside);
        Ok(true)
    }

    /// The message that is embedded; `None`, and a loss, if it is not followed.
    fn embedded(&self, part: &Part<'_>, place: &Place) -> Result<Option<Message>> {
        if place.depth + 1 > MessageRef::MAX_DEPTH {
            part.item.lose(LossKind::TooDeep, "messages are embedded in each other too deeply");
            return Ok(None);
        }
        if let Err(error) = self.conversion.meter.enter() {
            part.item.lose(LossKind::TooMany, error.message());
            return Ok(None);
        }
        match part.attachment.embedded() {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.code() == ErrorCode::TOO_COMPLEX => {
                part.item.lose(LossKind::TooDeep, error.to_string());
                Ok(None)
            }
            Err(error) => part.item.failed("the embedded message", error).map(|()| None),
        }
    }
}

/// What names a message that has no message ID: its search key, its record key, or its place in
/// the message around it.
fn seed(item: &Item<'_>, place: &Place) -> String {
    if place.depth > 0 {
        return place.seed.clone();
    }
    let keys = [tags::SEARCH_KEY, tags::RECORD_KEY, tags::ENTRYID];
    let key = keys.into_iter().find_map(|tag| item.bytes(tag).filter(|key| !key.is_empty()));
    let key = key.unwrap_or_else(|| b"unknown".to_vec());
    hex(&key[..key.len().min(64)])
}

/// Only so many attachments are looked for by their location; all are by their content ID.
const LOCATIONS: usize = 100;

/// Finds the attachments to which the HTML refers.
fn mark_inline(item: &Item<'_>, html: &Text, parts: &mut [Part<'_>]) -> Result<()> {
    let ids: HashSet<&str> = parts.iter().filter_map(|part| part.content_id.as_deref()).collect();
    let located = parts.iter().filter_map(|part| part.location.as_deref());
    let locations: HashSet<&str> = located.take(LOCATIONS).collect();
    let mut found: HashSet<String> = HashSet::new();
    if !ids.is_empty() || !locations.is_empty() {
        html.each(item, &mut |text| {
            for after in text.split("cid:").skip(1) {
                let end = |c: char| c.is_whitespace() || "\"'<>()".contains(c);
                let id = after.split(end).next().unwrap_or_default();
                if ids.contains(id) {
                    found.insert(id.to_owned());
                }
            }
            let mentioned = locations.iter().filter(|url| text.contains(**url));
            found.extend(mentioned.map(|url| (*url).to_owned()));
            Ok(())
        })?;
    }
    parts.iter_mut().for_each(|part| part.inline = part.belongs_to_html(&found));
    Ok(())
}
