//! Transfer encodings (RFC 2045), written as the data comes.

use std::io::{self, Write};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Bytes on a line of base64, which has 76 characters.
const LINE: usize = 57;
/// Lines that are written at once.
const BATCH: usize = 64;

/// Base64 of a few bytes, without line ends.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    encode(bytes, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The digits of 12 bits.
static PAIRS: [[u8; 2]; 1 << 12] = {
    let mut pairs = [[0; 2]; 1 << 12];
    let mut bits = 0;
    while bits < pairs.len() {
        pairs[bits] = [ALPHABET[bits >> 6], ALPHABET[bits & 63]];
        bits += 1;
    }
    pairs
};

fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    let digit = |bits: u32, shift: u32| ALPHABET[(bits >> shift & 63) as usize];
    let (chunks, rest) = bytes.as_chunks::<3>();
    let start = out.len();
    out.resize(start + chunks.len() * 4, 0);
    for ([a, b, c], four) in chunks.iter().zip(out[start..].as_chunks_mut::<4>().0) {
        let [high, middle, low] = [*a, *b, *c].map(usize::from);
        let [first, second] = PAIRS[high << 4 | middle >> 4];
        let [third, fourth] = PAIRS[(middle & 15) << 8 | low];
        *four = [first, second, third, fourth];
    }
    match *rest {
        [a] => {
            let bits = u32::from(a) << 16;
            out.extend_from_slice(&[digit(bits, 18), digit(bits, 12), b'=', b'=']);
        }
        [a, b] => {
            let bits = u32::from(a) << 16 | u32::from(b) << 8;
            out.extend_from_slice(&[digit(bits, 18), digit(bits, 12), digit(bits, 6), b'=']);
        }
        _ => {}
    }
}

/// Writes base64 in lines of 76 characters that end in CR LF.
pub(crate) struct Base64Lines<'a> {
    out: &'a mut dyn Write,
    /// Less than a line.
    rest: Vec<u8>,
    lines: Vec<u8>,
}

impl<'a> Base64Lines<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, rest: Vec::with_capacity(LINE), lines: Vec::with_capacity(BATCH * 78) }
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if !self.rest.is_empty() {
            let (first, after) = bytes.split_at(bytes.len().min(LINE - self.rest.len()));
            self.rest.extend_from_slice(first);
            bytes = after;
            if self.rest.len() < LINE {
                return Ok(());
            }
            let line = std::mem::take(&mut self.rest);
            self.line(&line)?;
        }
        let mut lines = bytes.chunks_exact(LINE);
        for line in &mut lines {
            self.line(line)?;
        }
        self.rest.extend_from_slice(lines.remainder());
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.rest.is_empty() {
            let line = std::mem::take(&mut self.rest);
            self.line(&line)?;
        }
        self.out.write_all(&self.lines)
    }

    fn line(&mut self, bytes: &[u8]) -> io::Result<()> {
        encode(bytes, &mut self.lines);
        self.lines.extend_from_slice(b"\r\n");
        if self.lines.len() >= BATCH * 78 {
            self.out.write_all(&self.lines)?;
            self.lines.clear();
        }
        Ok(())
    }
}

/// How many bytes at the beginning quoted-printable writes as they are, wherever on the line they
/// stand: letters, and spaces between them.
fn letters(bytes: &[u8]) -> usize {
    let is_letter = |byte: u8| matches!(byte, b'!'..=b'~') && !matches!(byte, b'.' | b'=' | b'F');
    let mut end = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if is_letter(byte) {
            end = at + 1;
        } else if byte != b' ' || end != at || at == 0 {
            break;
        }
    }
    end
}

/// Writes text as quoted-printable: lines of at most 76 characters, every line break as CR LF.
///
/// No line begins with `From ` or a dot, so that mailbox files and SMTP leave it as it is.
pub(crate) struct QuotedPrintable<'a> {
    out: &'a mut dyn Write,
    line: Vec<u8>,
    /// A space or tab that must be encoded if the line ends after it.
    held: Option<u8>,
    after_cr: bool,
}

impl<'a> QuotedPrintable<'a> {
    const LIMIT: usize = 75;

    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, line: Vec::with_capacity(80), held: None, after_cr: false }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let run = letters(&bytes[at..]);
            if run > 0 {
                self.after_cr = false;
                self.release()?;
                self.literal(&bytes[at..at + run])?;
                at += run;
                continue;
            }
            let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\r' | b'\n' => self.end_line()?,
                b' ' | b'\t' => {
                    self.release()?;
                    self.held = Some(byte);
                }
                b'F' => {
                    self.release()?;
                    // The chunk may end within the word.
                    let rest = bytes[at + 1..].iter().take(4);
                    let from = rest.zip(b"rom ").all(|(a, b)| a == b);
                    self.room(1)?;
                    self.put(byte, !(from && self.line.is_empty()))?;
                }
                b'.' => {
                    self.release()?;
                    self.room(1)?;
                    self.put(byte, !self.line.is_empty())?;
                }
                _ => {
                    self.release()?;
                    self.put(byte, false)?;
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// Writes [`letters`].
    fn literal(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.room(1)?;
            let fit = bytes.len().min(Self::LIMIT - self.line.len());
            self.line.extend_from_slice(&bytes[..fit]);
            bytes = &bytes[fit..];
        }
        Ok(())
    }

    /// Ends the last line, if it is not at its end already; gives whether that was done.
    pub(crate) fn finish(mut self) -> io::Result<bool> {
        let open = self.held.is_some() || !self.line.is_empty();
        if open {
            self.end_line()?;
        }
        Ok(open)
    }

    fn end_line(&mut self) -> io::Result<()> {
        if let Some(byte) = self.held.take() {
            self.put(byte, false)?;
        }
        self.line.extend_from_slice(b"\r\n");
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }

    /// Writes the space that something has now come after.
    fn release(&mut self) -> io::Result<()> {
        match self.held.take() {
            Some(byte) => self.put(byte, true),
            None => Ok(()),
        }
    }

    fn put(&mut self, byte: u8, literal: bool) -> io::Result<()> {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        self.room(if literal { 1 } else { 3 })?;
        if literal {
            self.line.push(byte);
        } else {
            let (high, low) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]);
            self.line.extend_from_slice(&[b'=', high, low]);
        }
        Ok(())
    }

    /// Breaks the line softly if there is no room on it.
    fn room(&mut self, count: usize) -> io::Result<()> {
        if self.line.len() + count > Self::LIMIT {
            self.line.extend_from_slice(b"=\r\n");
            self.out.write_all(&self.line)?;
            self.line.clear();
        }
        Ok(())
    }
}

/// Which encoding makes a text shorter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Weight {
    bytes: u64,
    /// Bytes that quoted-printable writes as three.
    encoded: u64,
}

impl Weight {
    pub(crate) fn of(text: &str) -> Self {
        let plain = |byte: &u8| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'<' | b'>'..=b'~');
        // Small sums, which the compiler makes wide.
        let count = |part: &[u8]| part.iter().map(|byte| u8::from(!plain(byte))).sum::<u8>();
        let encoded = text.as_bytes().chunks(255).map(|part| u64::from(count(part))).sum();
        Self { bytes: text.len() as u64, encoded }
    }

    /// Quoted-printable, which people can read, where it is not longer than base64.
    pub(crate) fn is_mostly_plain(self) -> bool {
        self.encoded * 6 <= self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quoted(chunks: &[&str]) -> String {
        let mut out = Vec::new();
        let mut writer = QuotedPrintable::new(&mut out);
        chunks.iter().for_each(|chunk| writer.push(chunk.as_bytes()).unwrap());
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn unquoted(text: &str) -> Vec<u8> {
        let text = text.replace("=\r\n", "");
        let mut bytes = text.bytes();
        let mut out = Vec::new();
        while let Some(byte) = bytes.next() {
            if byte == b'=' {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                out.push(u8::from_str_radix(digits, 16).unwrap());
            } else {
                out.push(byte);
            }
        }
        out
    }

    #[test]
    fn lines_that_mailbox_files_and_smtp_would_change() {
        assert_eq!(
            quoted(&["From here\n.\nFriday\n.x "]),
            "=46rom here\r\n=2E\r\nFriday\r\n=2Ex=20\r\n"
        );
        assert_eq!(quoted(&["a\rb\r\nc\n\nd \n"]), "a\r\nb\r\nc\r\n\r\nd=20\r\n");
        assert_eq!(quoted(&["a\r", "\nb"]), "a\r\nb\r\n");
    }

    proptest! {
        #[test]
        fn quoted_printable_decodes_back(chunks in proptest::collection::vec(".{0,120}|From .{0,9}", 0..5)) {
            let parts: Vec<&str> = chunks.iter().map(String::as_str).collect();
            let out = quoted(&parts);
            for line in out.split("\r\n") {
                prop_assert!(line.len() <= 76 && line.is_ascii(), "{line:?}");
                prop_assert!(!line.starts_with("From ") && !line.starts_with('.'));
                prop_assert!(!line.ends_with([' ', '\t']));
            }
            let text = chunks.concat().replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
            let decoded = String::from_utf8(unquoted(&out)).unwrap();
            prop_assert_eq!(decoded.trim_end_matches("\r\n"), text.trim_end_matches("\r\n"));
        }

        #[test]
        fn base64_does_not_depend_on_chunks(bytes: Vec<u8>, cut in 0_usize..400) {
            let mut out = Vec::new();
            let mut writer = Base64Lines::new(&mut out);
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            writer.push(first).unwrap();
            writer.push(second).unwrap();
            writer.finish().unwrap();
            let out = String::from_utf8(out).unwrap();
            prop_assert!(out.split("\r\n").all(|line| line.len() <= 76));
            prop_assert_eq!(out.replace("\r\n", ""), base64(&bytes));
            prop_assert_eq!(mail_parser::decoders::base64::base64_decode(base64(&bytes).as_bytes()).unwrap_or_default(), bytes);
        }
    }
}
