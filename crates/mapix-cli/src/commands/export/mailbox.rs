//! What mailboxes of mail programs need besides mail: lines that begin with `From `, and flags.

use std::io::{self, Write};

use mapix::prop::{FileTime, PropBag, PropTag, tags};
use mapix::smtp_address;

use super::plan::Item;
use crate::items::Held;

const LAST_VERB_EXECUTED: PropTag = PropTag(0x1081_0003);
const FLAG_STATUS: PropTag = PropTag(0x1090_0003);

/// Writes mail as mboxrd wants it: a `>` more before each line that begins with `From ` after any
/// number of `>`, and lines that end in a line feed.
pub(super) struct Escaping<W> {
    out: W,
    /// The beginning of a line, until it is known whether it needs a `>`.
    start: Vec<u8>,
    in_line: bool,
    after_cr: bool,
}

impl<W: Write> Escaping<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, start: Vec::new(), in_line: false, after_cr: false }
    }

    /// Writes what is left, and a line break if the last line has none.
    pub(super) fn finish(mut self) -> io::Result<W> {
        if self.after_cr {
            self.after_cr = false;
            self.byte(b'\r')?;
        }
        if self.in_line || !self.start.is_empty() {
            self.byte(b'\n')?;
        }
        Ok(self.out)
    }

    fn byte(&mut self, byte: u8) -> io::Result<()> {
        if self.in_line {
            self.in_line = byte != b'\n';
            return self.out.write_all(&[byte]);
        }
        self.start.push(byte);
        let quotes = self.start.iter().take_while(|byte| **byte == b'>').count();
        let word = &self.start[quotes..];
        if b"From ".starts_with(word) && word.len() < 5 {
            return Ok(());
        }
        if word == b"From " {
            self.out.write_all(b">")?;
        }
        self.in_line = byte != b'\n';
        self.out.write_all(&self.start)?;
        self.start.clear();
        Ok(())
    }
}

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            // The inside of a line passes as it is.
            if self.in_line && !self.after_cr {
                let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                let end = end.unwrap_or(rest.len());
                if end > 0 {
                    self.out.write_all(&rest[..end])?;
                    rest = &rest[end..];
                    continue;
                }
            }
            if std::mem::take(&mut self.after_cr) && byte != b'\n' {
                self.byte(b'\r')?;
            }
            if byte == b'\r' {
                self.after_cr = true;
            } else {
                self.byte(byte)?;
            }
            rest = &rest[1..];
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// When a message came.
pub(super) fn date(props: &PropBag) -> Option<FileTime> {
    let time = |tag| props.time(tag).filter(|time: &FileTime| time.0 > 0);
    time(tags::MESSAGE_DELIVERY_TIME)
        .or_else(|| time(tags::CLIENT_SUBMIT_TIME))
        .or_else(|| time(tags::LAST_MODIFICATION_TIME))
}

/// The line before a message in an mbox: sender and date in UTC, as `asctime` writes it.
pub(super) fn from_line(props: &PropBag) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let sender = smtp_address(
        props,
        tags::SENDER_SMTP_ADDRESS,
        tags::SENDER_ADDRTYPE,
        tags::SENDER_EMAIL_ADDRESS,
    );
    let is_plain = |text: &String| text.bytes().all(|byte| byte.is_ascii_graphic());
    let sender = sender.filter(is_plain).unwrap_or_else(|| "MAILER-DAEMON".into());
    let time = date(props).unwrap_or(FileTime::from_unix(0));
    let (year, month, day, ticks) = time.to_civil();
    let second = ticks / 10_000_000;
    let weekday = DAYS[time.to_unix().div_euclid(86400).rem_euclid(7) as usize];
    let month = MONTHS[usize::from(month.clamp(1, 12)) - 1];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("From {sender} {weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year}\n")
}

/// The flags of a message in a Maildir: draft, flagged, passed on, replied, seen, trashed.
pub(super) fn flags(item: &Item, props: &PropBag) -> String {
    let flags = props.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
    let verb = props.i32(LAST_VERB_EXECUTED);
    let all = [
        ('D', flags & 0x8 != 0),
        ('F', props.i32(FLAG_STATUS) == Some(2)),
        ('P', verb == Some(104)),
        ('R', matches!(verb, Some(102 | 103))),
        ('S', flags & 0x1 != 0),
        ('T', item.held == Held::Deleted),
    ];
    all.iter().filter(|(_, is)| *is).map(|(flag, _)| *flag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_lines_are_escaped() {
        let mail = b"From a\r\nFrom: b\r\n>From c\r\n>>From \r\nx From d\r\nFro\rm \r\n\r\nFrom";
        let expected = b">From a\nFrom: b\n>>From c\n>>>From \nx From d\nFro\rm \n\nFrom\n";
        for step in 1..mail.len() {
            let mut out = Escaping::new(Vec::new());
            for part in mail.chunks(step) {
                out.write_all(part).unwrap();
            }
            let out = out.finish().unwrap();
            assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(expected), "{step}");
        }
    }

    #[test]
    fn from_line_of_nothing() {
        let line = from_line(&PropBag::new());
        assert_eq!(line, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
        let mut props = PropBag::new();
        props.set(tags::MESSAGE_DELIVERY_TIME, FileTime::from_unix(1_777_880_530));
        assert_eq!(from_line(&props), "From MAILER-DAEMON Mon May  4 07:42:10 2026\n");
    }
}
