//! The structure of a mail, found in one pass over its lines; no body is held.
//!
//! A part is a leaf, a multipart, or a message with a part of its own. What goes beyond the
//! limits, and what is broken, stays in the part around it: no byte is outside of every part but
//! the boundaries, and the texts before the first and after the last of them.

use std::io::{BufRead, BufReader, Read};
use std::ops::Range;

use mapix_core::Result;
use mapix_core::store::MessageRef;

use super::bytes::MailBytes;
use super::decode::Encoding;
use super::field::{Fields, LineKind, line_kind};
use crate::charset::Charset;

/// The most parts that a mail may have; further ones stay in the last.
const PARTS: usize = 1 << 16;
/// The most multiparts and messages that may be open at once.
const DEPTH: usize = 256;
/// The most bytes that all headers of a mail may have together; what is more stays in a body.
const HEADERS: usize = 128 << 20;
/// The most bytes that the header of a part may have.
const PART_HEADER: usize = 1 << 20;
/// Of a line in a body only so much is looked at.
const LOOK: usize = 1 << 10;

/// A part of a mail.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    pub(crate) fields: Fields,
    /// `type/subtype` in lower case.
    pub(crate) mime_type: String,
    pub(crate) encoding: Encoding,
    /// Where its header begins and its body ends.
    whole: Range<u64>,
    body: Range<u64>,
    pub(crate) children: Vec<usize>,
    /// How many lines of its header were no fields.
    pub(crate) strange: u64,
    /// Whether it has parts that were not told apart, since there are too many or too deep ones.
    pub(crate) is_deep: bool,
    boundary: Vec<u8>,
    /// How many lines with text stand around its parts.
    outside: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Leaf,
    Multipart,
    /// A message; its only child is that message's own part.
    Message,
}

/// The parts of a mail; the first is the mail itself.
#[derive(Debug)]
pub(crate) struct Structure {
    /// The bytes of the mail.
    mail: MailBytes,
    pub(crate) parts: Vec<Part>,
    /// What was not as it should be.
    pub(crate) notes: Notes,
}

/// What was found to be wrong with the structure.
#[derive(Clone, Default, Debug)]
pub(crate) struct Notes {
    /// There were more parts, deeper ones, or more headers than are told apart.
    pub(crate) limit: bool,
    /// The last part does not end.
    pub(crate) unfinished: bool,
    /// How many lines with text there are around the parts.
    pub(crate) outside: u64,
}

struct Scanner {
    parts: Vec<Part>,
    notes: Notes,
    /// The multiparts and messages that are open, outermost first, and whether parts may still
    /// follow in them.
    open: Vec<(usize, bool)>,
    mode: Mode,
    header: Vec<u8>,
    /// Where a line of the header began that has no place in one, if it was the last.
    doubtful: Option<u64>,
    /// How many bytes all headers have so far.
    headers: usize,
    /// Where the next line begins, and where the text ended that it ends.
    at: u64,
    text_end: u64,
    /// How deep the mail itself is embedded in others.
    depth: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Within the header of a part.
    Header(usize),
    /// Within the body of a leaf.
    Body,
    /// In what stands around the parts of a multipart.
    Outside,
}

/// Finds the parts of a mail that is embedded so deep in others.
///
/// # Errors
/// Those of reading.
pub(crate) fn scan(mail: &MailBytes, depth: usize) -> Result<Structure> {
    let scanner = Scanner::new(depth);
    let (parts, notes) = match mail.held() {
        Some(bytes) => scanner.run(bytes)?,
        None => scanner.run(BufReader::with_capacity(1 << 17, mail.reader()))?,
    };
    Ok(Structure { mail: mail.clone(), parts, notes })
}

impl Structure {
    /// The bytes of the body of a part, encoded as they are.
    pub(crate) fn body(&self, part: &Part) -> MailBytes {
        self.mail.slice(part.body.clone())
    }

    /// The bytes of a part with its header.
    pub(crate) fn whole(&self, part: &Part) -> MailBytes {
        self.mail.slice(part.whole.clone())
    }
}

impl Scanner {
    fn new(depth: usize) -> Self {
        let mut scanner = Self {
            parts: Vec::new(),
            notes: Notes::default(),
            open: Vec::new(),
            mode: Mode::Header(0),
            header: Vec::new(),
            doubtful: None,
            headers: 0,
            at: 0,
            text_end: 0,
            depth,
        };
        scanner.begin(0);
        scanner
    }

    fn run(mut self, mut input: impl BufRead) -> Result<(Vec<Part>, Notes)> {
        let mut line = Vec::with_capacity(LOOK);
        loop {
            line.clear();
            let look = match self.mode {
                Mode::Header(part) => self.header_room(part).max(LOOK),
                Mode::Body | Mode::Outside => LOOK,
            };
            let count = input.by_ref().take(look as u64).read_until(b'\n', &mut line)?;
            if count == 0 {
                break;
            }
            let mut end = self.at + count as u64;
            let mut ending = ending(&line);
            if !line.ends_with(b"\n") && count == look {
                let (rest, last) = skip_line(&mut input, &line)?;
                end += rest;
                ending = if rest > 0 { self::ending(&last) } else { ending };
            }
            let whole = end == self.at + count as u64;
            self.line(&line, end, whole);
            self.text_end = end - ending as u64;
            self.at = end;
        }
        self.finish();
        Ok((self.parts, self.notes))
    }

    /// Takes a line that ends at this offset; `whole` tells whether all of it is there.
    fn line(&mut self, line: &[u8], end: u64, whole: bool) {
        let start = self.at;
        let content = &line[..line.len() - ending(line)];
        if content.starts_with(b"--")
            && whole
            && let Some((level, last)) = self.boundary(content)
        {
            if last || self.parts.len() < PARTS {
                self.end_parts(level, start);
                if last {
                    self.open[level].1 = false;
                    self.mode = Mode::Outside;
                } else {
                    self.child(level, end);
                }
                return;
            }
            self.notes.limit = true;
        }
        match self.mode {
            Mode::Header(part) => self.header_line(part, line, content, whole, end),
            Mode::Outside if !content.trim_ascii().is_empty() && !is_notice(content) => {
                if let Some((part, _)) = self.open.last() {
                    self.parts[*part].outside += 1;
                }
            }
            Mode::Outside | Mode::Body => {}
        }
    }

    /// Whether a line is the boundary of an open multipart: at which level, and whether it is the
    /// last.
    fn boundary(&self, content: &[u8]) -> Option<(usize, bool)> {
        let content = content[2..].trim_ascii_end();
        let bare = content.strip_suffix(b"--");
        // What comes after the end of a multipart is nobody's, unless nobody else has its boundary.
        [true, false].into_iter().find_map(|goes_on| {
            self.open.iter().enumerate().rev().find_map(|(level, (part, open))| {
                let part = &self.parts[*part];
                if part.kind != Kind::Multipart || *open != goes_on {
                    return None;
                }
                let last = bare == Some(&part.boundary);
                (last || part.boundary == content).then_some((level, last))
            })
        })
    }

    /// Ends all parts within an open multipart, before the line that begins here.
    fn end_parts(&mut self, level: usize, start: u64) {
        while let Mode::Header(part) = self.mode {
            self.end_header(part, start, start);
        }
        // The line end before a boundary belongs to the boundary.
        let end = self.text_end;
        let parent = self.open[level].0;
        self.open.truncate(level + 1);
        self.close_children(parent, end);
    }

    fn close_children(&mut self, parent: usize, end: u64) {
        let mut last = self.parts[parent].children.last().copied();
        while let Some(part) = last {
            let found = &mut self.parts[part];
            if found.body.end != u64::MAX {
                break;
            }
            found.body.end = end.max(found.body.start);
            found.whole.end = found.body.end;
            last = found.children.last().copied();
        }
    }

    /// Begins a part at an offset.
    fn begin(&mut self, start: u64) -> usize {
        self.parts.push(Part {
            kind: Kind::Leaf,
            fields: Fields::default(),
            mime_type: String::new(),
            encoding: Encoding::Identity,
            whole: start..u64::MAX,
            body: start..u64::MAX,
            children: Vec::new(),
            strange: 0,
            is_deep: false,
            boundary: Vec::new(),
            outside: 0,
        });
        self.header.clear();
        self.doubtful = None;
        let part = self.parts.len() - 1;
        self.mode = Mode::Header(part);
        part
    }

    /// Begins a part of an open multipart.
    fn child(&mut self, level: usize, start: u64) {
        let parent = self.open[level].0;
        let part = self.begin(start);
        self.parts[parent].children.push(part);
    }

    /// How many bytes the header of a part may still have.
    fn header_room(&self, part: usize) -> usize {
        let own = if self.is_root(part) { HEADERS } else { PART_HEADER };
        own.min(HEADERS.saturating_sub(self.headers)).saturating_sub(self.header.len())
    }

    fn is_root(&self, part: usize) -> bool {
        part == 0
            || self.open.last().is_some_and(|(outer, _)| self.parts[*outer].kind == Kind::Message)
    }

    fn header_line(&mut self, part: usize, line: &[u8], content: &[u8], whole: bool, end: u64) {
        let start = self.at;
        let mark = b"\xEF\xBB\xBF";
        let content = match content.strip_prefix(mark) {
            Some(rest) if start == 0 => rest,
            _ => content,
        };
        if content.is_empty() && whole {
            // A mail may begin with empty lines.
            if part == 0 && self.header.is_empty() && self.doubtful.is_none() {
                return;
            }
            self.end_header(part, start, end);
            return;
        }
        let kind = line_kind(content);
        if !whole || line.len() > self.header_room(part) {
            self.notes.limit = true;
            self.end_header(part, start, start);
            return;
        }
        let first = self.header.is_empty();
        match kind {
            LineKind::Field => self.doubtful = None,
            LineKind::Fold if !first && self.doubtful.is_none() => {}
            LineKind::Envelope if first => {}
            // One such line among fields is nonsense; else the body begins here, or did before.
            _ if first || self.doubtful.is_some() => {
                self.end_header(part, start, start);
                return;
            }
            _ => self.doubtful = Some(start),
        }
        // Without the mark, if there was one.
        self.header.extend_from_slice(&line[line.len() - ending(line) - content.len()..]);
    }

    /// Ends the header of a part before this offset, and begins its body.
    fn end_header(&mut self, part: usize, end: u64, body: u64) {
        let body = match self.doubtful.take() {
            Some(doubtful) => {
                let keep = self.header.len().saturating_sub((end - doubtful) as usize);
                self.header.truncate(keep);
                doubtful
            }
            None => body,
        };
        let raw = std::mem::take(&mut self.header);
        let (fields, strange) = Fields::parse(raw);
        // Without a header, and without the line that ends one, all of it is body.
        let none = fields.raw.is_empty() && body == end;
        let body = if none { self.parts[part].whole.start } else { body };
        self.headers += fields.raw.len();
        let content_type = fields.parameters("Content-Type", Charset::UTF8);
        let digest = self.open.last().is_some_and(|(outer, _)| {
            !self.is_root(part) && self.parts[*outer].mime_type == "multipart/digest"
        });
        let default = if digest { "message/rfc822" } else { "text/plain" };
        let mime_type = content_type.as_ref().and_then(|found| {
            let sub = match (found.sub.as_deref(), found.kind.as_str()) {
                (Some(sub), _) => sub,
                (None, "text") => "plain",
                (None, "multipart") => "mixed",
                _ => return None,
            };
            Some(format!("{}/{sub}", found.kind))
        });
        let mime_type = mime_type.unwrap_or_else(|| default.to_owned());
        let encoding = match fields.keyword("Content-Transfer-Encoding").as_deref() {
            Some("base64") => Encoding::Base64,
            Some("quoted-printable") => Encoding::QuotedPrintable,
            _ => Encoding::Identity,
        };
        let boundary = content_type.as_ref().and_then(|found| found.get("boundary"));
        let boundary = boundary.map(|found| found.trim_end().as_bytes().to_vec());
        let room = self.has_room();
        let wanted = match &*mime_type {
            other if is_message(other) && encoding == Encoding::Identity => Kind::Message,
            other if other.starts_with("multipart/") && boundary.is_some() => Kind::Multipart,
            _ => Kind::Leaf,
        };
        let depth = self.depth + self.message_depth();
        let fits = room && (wanted != Kind::Message || depth < MessageRef::MAX_DEPTH);
        let kind = if fits { wanted } else { Kind::Leaf };
        self.notes.limit |= kind != wanted;
        let found = &mut self.parts[part];
        found.is_deep = kind != wanted;
        found.fields = fields;
        found.strange = strange;
        found.mime_type = mime_type;
        found.encoding = encoding;
        found.boundary = boundary.unwrap_or_default();
        found.kind = kind;
        found.body.start = body;
        self.mode = Mode::Body;
        match kind {
            Kind::Leaf => {}
            Kind::Multipart => {
                self.open.push((part, true));
                self.mode = Mode::Outside;
            }
            Kind::Message => {
                self.open.push((part, false));
                let child = self.begin(body);
                self.parts[part].children.push(child);
            }
        }
    }

    fn has_room(&self) -> bool {
        self.parts.len() < PARTS && self.open.len() < DEPTH && self.headers < HEADERS
    }

    fn message_depth(&self) -> usize {
        self.open.iter().filter(|(part, _)| self.parts[*part].kind == Kind::Message).count()
    }

    fn finish(&mut self) {
        let end = self.at;
        // A message in a message may have ended without a body of its own.
        while let Mode::Header(part) = self.mode {
            self.end_header(part, end, end);
        }
        self.notes.unfinished = self.open.iter().any(|(_, goes_on)| *goes_on);
        for part in &mut self.parts {
            if part.body.end == u64::MAX {
                part.body.end = end.max(part.body.start);
                part.whole.end = part.body.end;
            }
            if part.kind == Kind::Multipart && part.children.is_empty() {
                part.kind = Kind::Leaf;
            }
            if part.kind == Kind::Multipart {
                self.notes.outside += part.outside;
            }
        }
    }
}

/// Whether a type is that of a mail.
pub(crate) fn is_message(mime_type: &str) -> bool {
    matches!(mime_type, "message/rfc822" | "message/global" | "message/news")
}

/// How many bytes the end of a line takes.
fn ending(line: &[u8]) -> usize {
    match line {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    }
}

/// Passes over the rest of a line of which this was read. Gives its length and its last two bytes.
fn skip_line(input: &mut impl BufRead, line: &[u8]) -> std::io::Result<(u64, [u8; 2])> {
    let mut last = [0, line.last().copied().unwrap_or(0)];
    let mut count = 0;
    loop {
        let piece = input.fill_buf()?;
        if piece.is_empty() {
            return Ok((count, last));
        }
        let end = piece.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let used = end.unwrap_or(piece.len());
        last = match piece[..used] {
            [.., a, b] => [a, b],
            [b] => [last[1], b],
            [] => last,
        };
        input.consume(used);
        count += used as u64;
        if end.is_some() {
            return Ok((count, last));
        }
    }
}

/// Whether a line is of those that tell readers without MIME what they look at.
fn is_notice(line: &[u8]) -> bool {
    let line = line.to_ascii_lowercase();
    let words = [&b"mime"[..], b"multi-part", b"multipart", b"cryptographically signed"];
    words.into_iter().any(|word| line.windows(word.len()).any(|window| window == word))
}
