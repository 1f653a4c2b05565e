//! Bodies: which parts they are, and their text (MS-OXCMAIL, section 2.2.3.3).

use std::cell::Cell;
use std::collections::HashSet;
use std::io;

use mapix_core::Result;
use mapix_core::prop::{CodePage, PropBag, Value, tags};
use mapix_core::store::{StreamUpdate, ValueStream};

use super::Reading;
use super::bytes::MailBytes;
use super::decode::{Decoded, Encoding};
use super::scan::{Kind, Part, Structure};
use super::stream::{Pull, Stream};
use crate::LossKind;
use crate::charset::{Charset, Decoder, guess};

/// Bodies of up to so many bytes are held, others become streams.
const HELD: u64 = 1 << 20;
/// HTML of up to so many bytes is looked through for what belongs to it by its address.
const LOCATED: u64 = 4 << 20;
/// `PR_NATIVE_BODY_INFO`.
const NATIVE_PLAIN: i32 = 1;
const NATIVE_HTML: i32 = 3;

/// What the parts of a message are.
#[derive(Default, Debug)]
pub(crate) struct Roles {
    pub(crate) text: Option<usize>,
    pub(crate) html: Option<usize>,
    /// Everything else, in order.
    pub(crate) attachments: Vec<usize>,
}

impl Roles {
    /// Looks through the parts of a message from its own part on: the first text that is no
    /// attachment is the body, with its alternatives.
    pub(crate) fn of(structure: &Structure, root: usize) -> Self {
        let mut roles = Self::default();
        let mut closed = false;
        // Each part with the outermost alternative around it; `None` ends such a one.
        let mut stack = vec![Some((root, false))];
        while let Some(next) = stack.pop() {
            let Some((number, alternative)) = next else {
                closed |= roles.has_body();
                continue;
            };
            let part = &structure.parts[number];
            match part.kind {
                Kind::Multipart => {
                    let begins = !alternative && part.mime_type == "multipart/alternative";
                    if begins {
                        stack.push(None);
                    }
                    let inside = alternative || begins;
                    stack.extend(part.children.iter().rev().map(|child| Some((*child, inside))));
                }
                Kind::Message => roles.attachments.push(number),
                Kind::Leaf => {
                    let slot = match body_type(part) {
                        _ if closed || !alternative && roles.has_body() => None,
                        Some(BodyType::Plain) => Some(&mut roles.text),
                        Some(BodyType::Html) => Some(&mut roles.html),
                        None => None,
                    };
                    match slot {
                        Some(slot @ None) => *slot = Some(number),
                        _ => roles.attachments.push(number),
                    }
                }
            }
        }
        roles
    }

    fn has_body(&self) -> bool {
        self.text.is_some() || self.html.is_some()
    }
}

enum BodyType {
    Plain,
    Html,
}

/// Whether a part can be a body.
fn body_type(part: &Part) -> Option<BodyType> {
    let disposition = part.fields.parameters("Content-Disposition", Charset::UTF8);
    let attached = disposition
        .is_some_and(|found| found.kind == "attachment" || found.get("filename").is_some());
    match &*part.mime_type {
        _ if attached => None,
        "text/plain" => Some(BodyType::Plain),
        "text/html" => Some(BodyType::Html),
        // One without parts.
        other if other.starts_with("multipart/") && !part.is_deep => Some(BodyType::Plain),
        _ => None,
    }
}

/// The character set that a part names, if it is known.
pub(crate) fn named_charset(part: &Part) -> Option<Charset> {
    let found = part.fields.parameters("Content-Type", Charset::UTF8)?;
    let label = found.get("charset")?;
    // ASCII says nothing about bytes that are not.
    let ascii = ["us-ascii", "ascii", "ansi_x3.4-1968"];
    if ascii.iter().any(|name| label.eq_ignore_ascii_case(name)) {
        return None;
    }
    Charset::of_label(label)
}

/// Only so many attachments are looked for by their location; all are by their content ID.
const LOCATIONS: u32 = 100;

/// What the HTML body refers to.
#[derive(Default, Debug)]
pub(crate) struct References {
    ids: HashSet<String>,
    html: Vec<u8>,
    /// How many locations were looked for.
    asked: Cell<u32>,
}

impl References {
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(crate) fn has_location(&self, url: &str) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.asked.get() <= LOCATIONS
            && !url.is_empty()
            && self.html.windows(url.len()).any(|window| window == url.as_bytes())
    }
}

/// Sets the bodies. Gives what the HTML refers to.
pub(crate) fn set(
    reading: &mut Reading<'_>,
    structure: &Structure,
    roles: &Roles,
    bag: &mut PropBag,
    streams: &mut Vec<StreamUpdate>,
) -> Result<References> {
    let mut references = References::default();
    let mut page = None;
    if let Some(part) = roles.text.map(|number| &structure.parts[number]) {
        page = text(reading, structure, part, bag, streams)?;
        bag.set(tags::NATIVE_BODY_INFO, NATIVE_PLAIN);
    }
    if let Some(part) = roles.html.map(|number| &structure.parts[number]) {
        page = Some(html(reading, structure, part, bag, streams, &mut references)?);
        bag.set(tags::NATIVE_BODY_INFO, NATIVE_HTML);
    }
    bag.set(tags::INTERNET_CPID, i32::from(page.unwrap_or(CodePage::UTF8).0));
    Ok(references)
}

/// The plain text: UTF-16 whose lines end CR LF. Gives the code page in which it came.
fn text(
    reading: &mut Reading<'_>,
    structure: &Structure,
    part: &Part,
    bag: &mut PropBag,
    streams: &mut Vec<StreamUpdate>,
) -> Result<Option<CodePage>> {
    let source = structure.body(part);
    if part.mime_type.starts_with("multipart/") && !source.is_empty() {
        reading.lose(LossKind::Damaged, "a multipart without parts is kept as text");
    }
    let (encoding, survey) = reading.survey(&source, part, HELD.min(reading.room.bodies))?;
    let named = named_charset(part);
    let (charset, errors);
    if let Some(bytes) = &survey.held {
        reading.room.bodies = reading.room.bodies.saturating_sub(survey.len);
        charset = named.unwrap_or_else(|| guess(bytes));
        let decoded;
        (decoded, errors) = charset.decode(bytes);
        bag.set(tags::BODY, lines(&decoded));
    } else {
        charset = match named {
            Some(named) => named,
            None => guess_stream(&source, encoding)?,
        };
        let mut recoded = Recoded::new(Decoded::new(source, encoding), charset, Wanted::Utf16);
        let mut all = Vec::new();
        while recoded.pull(&mut all)? {
            all.clear();
        }
        errors = recoded.decoder.errors;
        let data = Box::new(Stream::new(recoded.again()));
        streams.push(StreamUpdate { tag: tags::BODY, data });
    }
    if errors > 0 {
        let what =
            format!("{errors} places of the text are not in the character set that it names");
        reading.lose(LossKind::Body, what);
    }
    Ok(charset.page())
}

/// The HTML: the bytes that came, unless their character set has no code page.
fn html(
    reading: &mut Reading<'_>,
    structure: &Structure,
    part: &Part,
    bag: &mut PropBag,
    streams: &mut Vec<StreamUpdate>,
    references: &mut References,
) -> Result<CodePage> {
    let source = structure.body(part);
    let (encoding, survey) = reading.survey(&source, part, LOCATED.min(reading.room.bodies))?;
    let mut head = survey.held.clone().unwrap_or_default();
    if survey.held.is_none() {
        Decoded::new(source.clone(), encoding).pull(&mut head)?;
    }
    let charset = match named_charset(part).or_else(|| meta_charset(&head)) {
        Some(charset) => charset,
        None if survey.held.is_some() => guess(&head),
        None => guess_stream(&source, encoding)?,
    };
    let page = charset.page().filter(|_| !charset.is_wide());
    let Some(bytes) = survey.held else {
        let decoded = Decoded::new(source, encoding);
        let mut all = decoded.again();
        references.ids = content_ids(&mut all)?;
        let data: Box<dyn ValueStream> = match page {
            Some(_) => Box::new(Stream::new(decoded).with_len(survey.len)),
            None => Box::new(Stream::new(Recoded::new(decoded, charset, Wanted::Utf8))),
        };
        streams.push(StreamUpdate { tag: tags::HTML, data });
        return Ok(page.unwrap_or(CodePage::UTF8));
    };
    reading.room.bodies = reading.room.bodies.saturating_sub(survey.len);
    let bytes = match page {
        Some(_) => bytes,
        None => charset.decode(&bytes).0.into_owned().into_bytes(),
    };
    references.ids = content_ids(&mut Held(&bytes, false))?;
    references.html.clone_from(&bytes);
    bag.set(tags::HTML, Value::Binary(bytes.into()));
    Ok(page.unwrap_or(CodePage::UTF8))
}

/// What the HTML itself says of its character set, near its beginning.
pub(crate) fn meta_charset(head: &[u8]) -> Option<Charset> {
    if head.starts_with(b"\xEF\xBB\xBF") {
        return Some(Charset::UTF8);
    }
    let head = String::from_utf8_lossy(&head[..head.len().min(2048)]).to_ascii_lowercase();
    let found = head.split("charset=").nth(1)?;
    let found = found.trim_start_matches(['"', '\'', ' ']);
    let end = found.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
    let charset = Charset::of_label(&found[..end.unwrap_or(found.len())])?;
    // If that could be read, it is not wide.
    (!charset.is_wide()).then_some(charset)
}

fn guess_stream(source: &MailBytes, encoding: Encoding) -> io::Result<Charset> {
    let mut decoded = Decoded::new(source.clone(), encoding);
    let mut decoder = Decoder::new(Charset::UTF8);
    let (mut bytes, mut text) = (Vec::new(), String::new());
    let mut more = true;
    while more && decoder.errors == 0 {
        bytes.clear();
        text.clear();
        more = decoded.pull(&mut bytes)?;
        decoder.push(&bytes, !more, &mut text);
    }
    Ok(if decoder.errors == 0 { Charset::UTF8 } else { Charset::WESTERN })
}

/// The content IDs to which HTML refers (RFC 2392), without percent encoding.
fn content_ids(html: &mut impl Pull) -> io::Result<HashSet<String>> {
    const LONGEST: usize = 1000;
    const SCHEME: &[u8] = b"cid:";
    let mut ids = HashSet::new();
    let mut window = Vec::new();
    let mut more = true;
    while more {
        more = html.pull(&mut window)?;
        let mut at = 0;
        while let Some(found) =
            window[at..].windows(SCHEME.len()).position(|four| four.eq_ignore_ascii_case(SCHEME))
        {
            let start = at + found + SCHEME.len();
            if more && window.len() < start + LONGEST {
                at = start - SCHEME.len();
                break;
            }
            let rest = &window[start..];
            let rest = &rest[..rest.len().min(LONGEST)];
            let end = rest.iter().position(|b| b.is_ascii_whitespace() || b"\"'<>()".contains(b));
            let id = unescape(&rest[..end.unwrap_or(rest.len())]);
            ids.insert(id);
            at = start;
        }
        let keep = window.len() - at;
        let waits =
            window[at..].get(..SCHEME.len()).is_some_and(|b| b.eq_ignore_ascii_case(SCHEME));
        let drop = if waits { at } else { at + keep.saturating_sub(SCHEME.len() - 1) };
        window.drain(..drop);
    }
    Ok(ids)
}

fn unescape(id: &[u8]) -> String {
    let mut out = Vec::with_capacity(id.len());
    let mut at = 0;
    while let Some(&byte) = id.get(at) {
        let digit = |at: usize| char::from(*id.get(at)?).to_digit(16);
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            out.push((high << 4 | low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).replace("&amp;", "&")
}

struct Held<'a>(&'a [u8], bool);

impl Pull for Held<'_> {
    fn pull(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if !std::mem::replace(&mut self.1, true) {
            out.extend_from_slice(self.0);
        }
        Ok(false)
    }

    fn again(&self) -> Self {
        Self(self.0, false)
    }
}

/// Text whose lines end CR LF, without a byte order mark.
fn lines(text: &str) -> String {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut after_cr = false;
    push_lines(text, &mut after_cr, &mut out);
    out
}

fn push_lines(text: &str, after_cr: &mut bool, out: &mut String) {
    for piece in text.split_inclusive('\n') {
        let Some(line) = piece.strip_suffix('\n') else {
            out.push_str(piece);
            *after_cr = piece.ends_with('\r');
            continue;
        };
        let ended = if line.is_empty() { *after_cr } else { line.ends_with('\r') };
        out.push_str(line);
        out.push_str(if ended { "\n" } else { "\r\n" });
        *after_cr = false;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wanted {
    /// Little-endian, with lines that end CR LF.
    Utf16,
    Utf8,
}

/// Text in another encoding.
struct Recoded {
    source: Decoded,
    charset: Charset,
    wanted: Wanted,
    decoder: Decoder,
    after_cr: bool,
    ended: bool,
    bytes: Vec<u8>,
    text: String,
}

impl Recoded {
    fn new(source: Decoded, charset: Charset, wanted: Wanted) -> Self {
        Self {
            source,
            charset,
            wanted,
            decoder: Decoder::new(charset),
            after_cr: false,
            ended: false,
            bytes: Vec::new(),
            text: String::new(),
        }
    }
}

impl Pull for Recoded {
    fn pull(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.bytes.clear();
        self.text.clear();
        let more = self.source.pull(&mut self.bytes)?;
        self.ended = !more;
        self.decoder.push(&self.bytes, !more, &mut self.text);
        match self.wanted {
            Wanted::Utf8 => out.extend_from_slice(self.text.as_bytes()),
            Wanted::Utf16 => {
                let mut ended = String::with_capacity(self.text.len() + 16);
                push_lines(&self.text, &mut self.after_cr, &mut ended);
                out.extend(ended.encode_utf16().flat_map(u16::to_le_bytes));
            }
        }
        Ok(more)
    }

    fn again(&self) -> Self {
        Self::new(self.source.again(), self.charset, self.wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_html() {
        let html = b"<img src=\"cid:a@b\"><IMG SRC='CID:c%40d'>(cid:e) cid:";
        let ids = content_ids(&mut Held(html, false)).unwrap();
        let expected: HashSet<String> = ["a@b", "c@d", "e", ""].map(Into::into).into();
        assert_eq!(ids, expected);
        let mail: MailBytes = [&b"x".repeat(32_766)[..], b"cid:a@b'"].concat().into();
        let mut decoded = Decoded::new(mail, Encoding::Identity);
        assert!(content_ids(&mut decoded).unwrap().contains("a@b"));
    }

    #[test]
    fn line_ends() {
        assert_eq!(lines("a\nb\r\n\r\nc\rd\n\n"), "a\r\nb\r\n\r\nc\rd\r\n\r\n");
        let (mut out, mut after_cr) = (String::new(), false);
        for piece in ["a\r", "\nb", "\n", "\r", "\r\n"] {
            push_lines(piece, &mut after_cr, &mut out);
        }
        assert_eq!(out, "a\r\nb\r\n\r\r\n");
    }

    #[test]
    fn html_says_what_it_is_written_in() {
        let page = |html: &[u8]| meta_charset(html).and_then(Charset::page).map(|page| page.0);
        assert_eq!(page(b"<meta charset=\"koi8-r\">"), Some(20866));
        assert_eq!(page(b"<META content='text/html; charset=windows-1250'>"), Some(1250));
        assert_eq!(page(b"<meta charset=utf-16>"), None);
        assert_eq!(page(b"<p>"), None);
    }
}
