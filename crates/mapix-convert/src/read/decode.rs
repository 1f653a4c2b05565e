//! Transfer encodings (RFC 2045, section 6), undone while a stream is read.

use std::io::{self, BufRead, BufReader, Read};

use super::bytes::{MailBytes, MailReader};
use super::stream::{Pull, Stream};

/// How the bytes of a part are encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    /// `7bit`, `8bit`, `binary`, and what nobody knows.
    Identity,
    Base64,
    QuotedPrintable,
    /// The bytes as they are, but every line ends CR LF: what was signed, out of a file of a
    /// system whose lines end otherwise.
    Lines,
}

/// What decoding all of a part has shown.
#[derive(Clone, Default, Debug)]
pub(crate) struct Survey {
    /// How many bytes it decodes to.
    pub(crate) len: u64,
    /// Characters that have no place in the encoding and were passed over; for base64 also an
    /// end in the middle.
    pub(crate) foreign: u64,
    /// All bytes, if there are not more than were asked for.
    pub(crate) held: Option<Vec<u8>>,
    /// How many encoded characters had a meaning.
    good: u64,
}

impl Survey {
    /// Whether the bytes were never encoded like this.
    pub(crate) fn is_mislabelled(&self) -> bool {
        self.foreign > 4 && self.foreign > self.good / 20
    }
}

/// The decoded bytes of a part, as they are asked for.
#[derive(Debug)]
pub(crate) struct Decoded {
    source: MailBytes,
    encoding: Encoding,
    /// Made when it is first read: of many parts, few are read at once.
    input: Option<BufReader<MailReader>>,
    state: State,
    ended: bool,
}

#[derive(Default, Debug)]
struct State {
    bits: u32,
    count: u32,
    good: u64,
    foreign: u64,
    /// Characters at the end of a piece that wait for the next, and spaces that may be the end of
    /// a line.
    waiting: Vec<u8>,
    after_cr: bool,
}

impl Decoded {
    pub(crate) fn new(source: MailBytes, encoding: Encoding) -> Self {
        Self { source, encoding, input: None, state: State::default(), ended: false }
    }

    /// As a stream, of which a survey has shown the length.
    pub(crate) fn stream(source: MailBytes, encoding: Encoding, len: u64) -> Stream<Self> {
        Stream::new(Self::new(source, encoding)).with_len(len)
    }

    /// Decodes everything once, and keeps it if it has at most so many bytes.
    pub(crate) fn survey(source: &MailBytes, encoding: Encoding, keep: u64) -> io::Result<Survey> {
        let mut survey = Survey::default();
        if encoding == Encoding::Identity {
            survey.len = source.len();
            if survey.len <= keep {
                let mut held = Vec::with_capacity(survey.len as usize);
                source.reader().read_to_end(&mut held)?;
                survey.held = Some(held);
            }
            return Ok(survey);
        }
        let mut decoded = Self::new(source.clone(), encoding);
        let mut held = Vec::new();
        let mut more = true;
        while more {
            let before = held.len();
            more = decoded.pull(&mut held)?;
            survey.len += (held.len() - before) as u64;
            if survey.len > keep {
                held.clear();
            }
        }
        survey.held = (survey.len <= keep).then_some(held);
        survey.foreign = decoded.state.foreign;
        survey.good = decoded.state.good;
        Ok(survey)
    }
}

impl Pull for Decoded {
    fn pull(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let source = &self.source;
        let input =
            self.input.get_or_insert_with(|| BufReader::with_capacity(1 << 15, source.reader()));
        let piece = input.fill_buf()?;
        let count = piece.len();
        if count == 0 {
            self.ended = true;
            self.input = None;
            self.state.finish(self.encoding, out);
            return Ok(false);
        }
        match self.encoding {
            Encoding::Identity => out.extend_from_slice(piece),
            Encoding::Base64 => self.state.base64(piece, out),
            Encoding::QuotedPrintable => self.state.quoted(piece, out),
            Encoding::Lines => self.state.lines(piece, out),
        }
        input.consume(count);
        Ok(true)
    }

    fn again(&self) -> Self {
        Self::new(self.source.clone(), self.encoding)
    }
}

const BLANK: u8 = 0x40;
const PAD: u8 = 0x41;
const FOREIGN: u8 = 0x42;

/// What each byte means in base64.
const BASE64: [u8; 256] = {
    let mut table = [FOREIGN; 256];
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < 64 {
        table[letters[at] as usize] = at as u8;
        at += 1;
    }
    table[b'=' as usize] = PAD;
    table[b'\r' as usize] = BLANK;
    table[b'\n' as usize] = BLANK;
    table[b' ' as usize] = BLANK;
    table[b'\t' as usize] = BLANK;
    table
};

impl State {
    fn base64(&mut self, input: &[u8], out: &mut Vec<u8>) {
        out.reserve(input.len() / 4 * 3 + 3);
        for (at, &byte) in input.iter().enumerate() {
            match BASE64[usize::from(byte)] {
                BLANK => {
                    // Spaces within a line: this is text, not base64.
                    let inside = matches!(byte, b' ' | b'\t');
                    let next = input.get(at + 1);
                    self.foreign += u64::from(inside && next.is_some_and(u8::is_ascii_graphic));
                }
                PAD => {
                    // What comes after it begins anew: encoders that work piece by piece.
                    if self.count >= 8 {
                        out.push((self.bits >> (self.count - 8)) as u8);
                    }
                    if self.count >= 16 {
                        let low = (self.bits >> (self.count - 16)) as u8;
                        out.push(low);
                    }
                    (self.bits, self.count) = (0, 0);
                }
                FOREIGN => self.foreign += 1,
                value => {
                    self.good += 1;
                    self.bits = self.bits << 6 | u32::from(value);
                    self.count += 6;
                    if self.count == 24 {
                        out.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                        (self.bits, self.count) = (0, 0);
                    }
                }
            }
        }
    }

    /// Trailing spaces of lines are no part of the text; a `=` that means nothing stays.
    fn quoted(&mut self, input: &[u8], out: &mut Vec<u8>) {
        out.reserve(input.len());
        if self.waiting.is_empty() {
            let used = self.quoted_piece(input, out, false);
            self.waiting.extend_from_slice(&input[used..]);
        } else {
            let mut all = std::mem::take(&mut self.waiting);
            all.extend_from_slice(input);
            let used = self.quoted_piece(&all, out, false);
            all.drain(..used);
            self.waiting = all;
        }
        if self.waiting.len() > 1 << 16 {
            // Spaces without end are no transport's padding.
            let all = std::mem::take(&mut self.waiting);
            self.quoted_piece(&all, out, true);
        }
    }

    /// Decodes up to where more must be known. Gives how far that is.
    fn quoted_piece(&mut self, input: &[u8], out: &mut Vec<u8>, last: bool) -> usize {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            match byte {
                b'=' => {
                    let rest = &input[at + 1..];
                    let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                    let after = &rest[blank..];
                    let hex = |n: usize| char::from(*rest.get(n)?).to_digit(16);
                    if after.starts_with(b"\n") {
                        at += 1 + blank + 1;
                    } else if after.starts_with(b"\r\n") {
                        at += 1 + blank + 2;
                    } else if let (Some(high), Some(low)) = (hex(0), hex(1)) {
                        out.push((high << 4 | low) as u8);
                        self.good += 1;
                        at += 3;
                    } else if !last && (after.is_empty() || after == b"\r" || rest.len() < 2) {
                        return at;
                    } else if last && after.is_empty() {
                        at = input.len();
                    } else {
                        self.foreign += 1;
                        out.push(byte);
                        at += 1;
                    }
                }
                b' ' | b'\t' => {
                    let rest = &input[at..];
                    let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                    let after = &rest[blank..];
                    let ends = after.starts_with(b"\n") || after.starts_with(b"\r\n");
                    if !last && (after.is_empty() || after == b"\r") {
                        return at;
                    }
                    if !ends {
                        out.extend_from_slice(&rest[..blank]);
                    }
                    at += blank;
                }
                _ => {
                    let rest = &input[at..];
                    let plain = rest.iter().take_while(|b| !matches!(b, b'=' | b' ' | b'\t'));
                    let count = plain.count();
                    out.extend_from_slice(&rest[..count]);
                    at += count;
                }
            }
        }
        at
    }

    fn lines(&mut self, input: &[u8], out: &mut Vec<u8>) {
        for &byte in input {
            if byte == b'\n' && !self.after_cr {
                out.push(b'\r');
            }
            self.after_cr = byte == b'\r';
            out.push(byte);
        }
    }

    fn finish(&mut self, encoding: Encoding, out: &mut Vec<u8>) {
        match encoding {
            Encoding::Base64 => {
                // Padding may be missing; a single character is half of nothing.
                if self.count >= 8 {
                    out.push((self.bits >> (self.count - 8)) as u8);
                }
                if self.count >= 16 {
                    out.push((self.bits >> (self.count - 16)) as u8);
                }
                self.foreign += u64::from(self.count == 6);
                (self.bits, self.count) = (0, 0);
            }
            Encoding::QuotedPrintable => {
                let all = std::mem::take(&mut self.waiting);
                self.quoted_piece(&all, out, true);
            }
            Encoding::Identity | Encoding::Lines => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8], encoding: Encoding) -> (Vec<u8>, u64) {
        let survey = Decoded::survey(&bytes.into(), encoding, u64::MAX).unwrap();
        (survey.held.unwrap(), survey.foreign)
    }

    #[test]
    fn base64_in_all_states() {
        let base64 = |text: &str| decode(text.as_bytes(), Encoding::Base64);
        assert_eq!(base64("YWJj\r\nZA==\r\n"), (b"abcd".to_vec(), 0));
        assert_eq!(base64("YWI=YWI="), (b"abab".to_vec(), 0));
        assert_eq!(base64("YWI"), (b"ab".to_vec(), 0));
        assert_eq!(base64("YWJjZ"), (b"abc".to_vec(), 1));
        assert_eq!(base64("YW-Jj"), (b"abc".to_vec(), 1));
        let text = "This was never encoded, although it says so. It is text.".repeat(2);
        let source = text.as_bytes().into();
        let survey = Decoded::survey(&source, Encoding::Base64, 0).unwrap();
        assert!(survey.is_mislabelled() && survey.held.is_none());
    }

    #[test]
    fn quoted_printable_in_all_states() {
        let quoted = |text: &str| decode(text.as_bytes(), Encoding::QuotedPrintable);
        assert_eq!(quoted("a=3D=\r\nb \t\r\nc"), (b"a=b\r\nc".to_vec(), 0));
        assert_eq!(quoted("=e9= \nx=\n"), (b"\xE9x".to_vec(), 0));
        assert_eq!(quoted("1=2 a=zz ="), (b"1=2 a=zz ".to_vec(), 2));
        assert_eq!(quoted("a =4"), (b"a =4".to_vec(), 1));
    }

    #[test]
    fn lines_end_as_internet_mail_has_it() {
        assert_eq!(decode(b"a\nb\r\n\n", Encoding::Lines).0, b"a\r\nb\r\n\r\n");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(bytes: Vec<u8>) {
            let text = crate::eml::base64(&bytes);
            prop_assert_eq!(decode(text.as_bytes(), Encoding::Base64), (bytes, 0));
        }

        /// Where the pieces of the input end makes no difference.
        #[test]
        fn pieces_make_no_difference(text in "[ =\t\r\n3Da4Fz]{0,60}", cut in 0_usize..60) {
            for encoding in [Encoding::Base64, Encoding::QuotedPrintable, Encoding::Lines] {
                let (mut whole, mut halves) = (Vec::new(), Vec::new());
                let feed = |pieces: &[&[u8]], out: &mut Vec<u8>| {
                    let mut state = State::default();
                    for piece in pieces {
                        match encoding {
                            Encoding::Base64 => state.base64(piece, out),
                            Encoding::QuotedPrintable => state.quoted(piece, out),
                            _ => state.lines(piece, out),
                        }
                    }
                    state.finish(encoding, out);
                };
                let (head, tail) = text.as_bytes().split_at(cut.min(text.len()));
                feed(&[text.as_bytes()], &mut whole);
                feed(&[head, tail], &mut halves);
                prop_assert_eq!(whole, halves);
            }
        }
    }
}
