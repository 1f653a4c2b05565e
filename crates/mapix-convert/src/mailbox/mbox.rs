//! Mailbox files: one mail after the other, each after a line that begins with `From `.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use mapix_core::prop::FileTime;
use mapix_core::{Context, Result};

use super::from_line::FromLine;
use crate::read::{HELD, MailBytes, Pieces};

/// Lines are read in pieces of at most so many bytes.
const PIECE: u64 = 64 << 10;
/// So much of a mail is looked through for its `Content-Length`.
const HEADER: usize = 1 << 20;
/// In a mail that is left in its file no `>` is taken off if there are more of them than this.
const QUOTED: usize = 1 << 20;

/// The mails of a mailbox file, in order: mboxo, mboxrd, mboxcl and mboxcl2, with lines of either
/// kind. A mail of up to 16 MiB is held in memory, one at a time; a larger one stays in the file.
///
/// - A line that begins with `From ` begins a mail if it stands after an empty line and has a date
///   or is followed by a field of a header; other such lines are text.
/// - `Content-Length` counts only if it leads to such a line, or to the end of the file.
/// - One `>` is taken off lines such as `>>From `, unless the mail holds a bare `From ` line that
///   its length covers, and so is of the kind that quotes nothing.
/// - What stands before the first such line is a mail of its own.
#[derive(Debug)]
pub struct Mbox {
    path: Box<Path>,
    file: Arc<File>,
    lines: Lines,
    /// The line that began the mail that is read next, and its offset; `None` at the end.
    next: Option<(u64, FromLine)>,
    failed: bool,
}

/// A mail in a mailbox file.
#[derive(Clone, Debug)]
pub struct MboxMail {
    /// Where it begins in the file, with its `From ` line: a name that stays.
    pub offset: u64,
    /// The address in the `From ` line.
    pub sender: Option<String>,
    /// The date in the `From ` line.
    pub date: Option<FileTime>,
    /// The mail.
    pub bytes: MailBytes,
}

impl Mbox {
    /// Opens a mailbox file.
    ///
    /// # Errors
    /// Those of opening and reading it, with its name.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_at(path, 0)
    }

    /// Opens a mailbox file at the offset of one of its mails.
    ///
    /// # Errors
    /// Those of opening and reading it, with its name.
    pub fn open_at(path: &Path, offset: u64) -> Result<Self> {
        let open = || -> Result<Self> {
            let file = File::open(path)?;
            let mut lines = Lines::new(file.try_clone()?, offset)?;
            let next = lines.first()?;
            let file = Arc::new(file);
            Ok(Self { path: path.into(), file, lines, next, failed: false })
        };
        open().context(|| path.display())
    }

    /// Whether the beginning of a file is that of a mailbox file.
    pub(crate) fn is_one(head: &[u8]) -> bool {
        let head = head.trim_ascii_start();
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let second = lines.next().unwrap_or_default();
        FromLine::parse(first.trim_ascii_end()).is_some_and(|line| line.begins_a_mail(true, second))
    }

    fn mail(&mut self, offset: u64, from: FromLine) -> Result<MboxMail> {
        let mut mail = Builder::new(self.lines.at);
        let mut end_by_length = None;
        let (mut in_header, mut after_blank) = (true, false);
        self.next = None;
        while self.lines.read()? {
            let lines = &self.lines;
            let begins = lines.begins;
            let content = lines.content();
            if begins && content.starts_with(b"From ") && lines.start > mail.start {
                let inside = end_by_length.is_some_and(|end| lines.start < end);
                let found = if inside { None } else { FromLine::parse(content) };
                let start = lines.start;
                if let Some(found) = found
                    && found.begins_a_mail(after_blank, self.lines.peek()?)
                {
                    self.next = Some((start, found));
                    break;
                }
                // It is text, whatever it says.
                mail.bare |= inside;
            }
            let lines = &self.lines;
            let blank = begins && lines.content().is_empty();
            mail.push(&lines.line, begins, lines.start);
            after_blank = blank;
            if blank && in_header {
                in_header = false;
                let length = mail.content_length();
                end_by_length = match length.and_then(|length| self.lines.at.checked_add(length)) {
                    Some(end) if self.lines.leads_to_a_mail(end)? => Some(end),
                    _ => None,
                };
            }
        }
        let end = self.next.as_ref().map_or(self.lines.at, |(start, _)| *start);
        Ok(MboxMail {
            offset,
            sender: from.sender,
            date: from.date,
            bytes: mail.finish(&self.file, end),
        })
    }
}

impl Iterator for Mbox {
    type Item = Result<MboxMail>;

    fn next(&mut self) -> Option<Self::Item> {
        let (offset, from) = self.next.take().filter(|_| !self.failed)?;
        let mail = self.mail(offset, from);
        let place = || format!("{}: mail at {offset}", self.path.display());
        self.failed = mail.is_err();
        Some(mail.context(place))
    }
}

/// The bytes of one mail while it is read.
struct Builder {
    /// Where it begins in the file.
    start: u64,
    held: Option<Vec<u8>>,
    /// Offsets of the `>` that are taken off.
    quotes: Vec<u64>,
    /// Whether they stay, since there are too many.
    stays: bool,
    /// Whether a bare `From ` line stands in it.
    bare: bool,
    /// How many bytes the last line has if it is empty, and 0 else.
    blank: u64,
}

impl Builder {
    fn new(start: u64) -> Self {
        Self {
            start,
            held: Some(Vec::new()),
            quotes: Vec::new(),
            stays: false,
            bare: false,
            blank: 0,
        }
    }

    fn push(&mut self, piece: &[u8], begins: bool, at: u64) {
        if begins && is_quoted(piece) && !self.stays {
            self.quotes.push(at);
        }
        let empty = begins && matches!(piece, b"\n" | b"\r\n");
        self.blank = if empty { piece.len() as u64 } else { 0 };
        if let Some(held) = &mut self.held {
            held.extend_from_slice(piece);
            if held.len() as u64 > HELD {
                self.held = None;
            }
        }
        if self.held.is_none() && self.quotes.len() > QUOTED {
            self.stays = true;
            self.quotes = Vec::new();
        }
    }

    /// The number in its `Content-Length`, if there is one.
    fn content_length(&self) -> Option<u64> {
        let held = self.held.as_ref()?;
        let head = &held[..held.len().min(HEADER)];
        let line = head.split(|byte| *byte == b'\n').find_map(|line| {
            let name = line.get(..15)?;
            name.eq_ignore_ascii_case(b"content-length:").then(|| &line[15..])
        })?;
        std::str::from_utf8(line).ok()?.trim().parse().ok()
    }

    /// The mail that ends here, without the empty line that belongs to the file.
    fn finish(self, file: &Arc<File>, end: u64) -> MailBytes {
        let end = end.saturating_sub(self.blank).max(self.start);
        let quotes = if self.bare { Vec::new() } else { self.quotes };
        if let Some(mut held) = self.held {
            held.truncate((end - self.start) as usize);
            if quotes.is_empty() {
                return held.into();
            }
            let mut bytes = Vec::with_capacity(held.len());
            let mut from = 0;
            for quote in quotes.iter().map(|at| (at - self.start) as usize) {
                bytes.extend_from_slice(held.get(from..quote).unwrap_or_default());
                from = quote + 1;
            }
            bytes.extend_from_slice(held.get(from..).unwrap_or_default());
            return bytes.into();
        }
        let mut pieces: Pieces = vec![(0, self.start)];
        let mut size = 0;
        let mut from = self.start;
        for quote in quotes {
            size += quote - from;
            from = quote + 1;
            pieces.push((size, from));
        }
        size += end.saturating_sub(from);
        MailBytes::pieces(file.clone(), pieces, size)
    }
}

/// Whether a line is `>From `, or the same with more of them.
fn is_quoted(line: &[u8]) -> bool {
    let bare = line.iter().position(|byte| *byte != b'>').unwrap_or(line.len());
    bare > 0 && line[bare..].starts_with(b"From ")
}

/// The lines of a file, in pieces, with a look at the next one.
#[derive(Debug)]
struct Lines {
    input: BufReader<File>,
    /// The piece that was read last, and where it begins.
    line: Vec<u8>,
    start: u64,
    /// Whether it is the beginning of a line.
    begins: bool,
    /// Where the next piece begins.
    at: u64,
    /// The next piece, if it was looked at.
    ahead: Option<Vec<u8>>,
}

impl Lines {
    fn new(file: File, offset: u64) -> Result<Self> {
        let mut input = BufReader::with_capacity(1 << 18, file);
        input.seek(SeekFrom::Start(offset))?;
        let line = b"\n".to_vec();
        Ok(Self { input, line, start: offset, begins: true, at: offset, ahead: None })
    }

    /// Reads the next piece; false at the end.
    fn read(&mut self) -> Result<bool> {
        self.begins = self.line.ends_with(b"\n");
        self.start = self.at;
        if let Some(ahead) = self.ahead.take() {
            self.line = ahead;
        } else {
            self.line.clear();
            read_piece(&mut self.input, &mut self.line)?;
        }
        self.at += self.line.len() as u64;
        Ok(!self.line.is_empty())
    }

    /// The piece that was read last, without its line end.
    fn content(&self) -> &[u8] {
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    fn peek(&mut self) -> Result<&[u8]> {
        if self.ahead.is_none() {
            let mut ahead = Vec::new();
            read_piece(&mut self.input, &mut ahead)?;
            self.ahead = Some(ahead);
        }
        Ok(self.ahead.as_deref().unwrap_or_default())
    }

    /// Finds the first mail: at the first `From ` line, unless something else comes before it.
    fn first(&mut self) -> Result<Option<(u64, FromLine)>> {
        let offset = self.at;
        while self.read()? {
            if self.content().is_empty() {
                continue;
            }
            let (start, found) = (self.start, FromLine::parse(self.content()));
            if let Some(found) = found
                && found.begins_a_mail(true, self.peek()?)
            {
                return Ok(Some((start, found)));
            }
            // Not a mailbox file, or one that lost its beginning: all of it is a mail.
            *self = Self::new(self.input.get_ref().try_clone()?, offset)?;
            return Ok(Some((offset, FromLine::default())));
        }
        Ok(None)
    }

    /// Whether a mail begins at an offset, after empty lines, or the file ends there.
    fn leads_to_a_mail(&mut self, offset: u64) -> Result<bool> {
        // Far beyond the end there are places to which systems do not go.
        if offset > self.input.get_ref().metadata()?.len() {
            return Ok(false);
        }
        // The buffer is kept if the place is in it; else reading goes on where it was.
        let ahead = self.ahead.as_ref().map_or(0, Vec::len) as u64;
        let here = self.at + ahead;
        // The end of the line before is looked at as well.
        let Ok(by) = i64::try_from(i128::from(offset) - 1 - i128::from(here)) else {
            return Ok(false);
        };
        self.input.seek_relative(by)?;
        let mut head = Vec::new();
        self.input.by_ref().take(4096).read_to_end(&mut head)?;
        self.input.seek_relative(-by - head.len() as i64)?;
        let Some((before, head)) = head.split_first() else { return Ok(false) };
        let blank = head.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let rest = &head[blank..];
        if rest.is_empty() {
            // The end of the file, but for empty lines.
            return Ok(head.len() < 4);
        }
        Ok((*before == b'\n' || blank > 0) && blank <= 4 && Mbox::is_one(rest))
    }
}

fn read_piece(input: &mut BufReader<File>, line: &mut Vec<u8>) -> std::io::Result<usize> {
    input.by_ref().take(PIECE).read_until(b'\n', line)
}
