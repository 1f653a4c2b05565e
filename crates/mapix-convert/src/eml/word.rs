//! Header fields: encoded words (RFC 2047) and folding (RFC 5322, section 2.2.3).

use super::encode::base64;
use crate::charset::Charset;

/// Lines are folded where they would be longer than this.
const FOLD: usize = 76;
/// No line may be longer than this, without its end.
pub(crate) const LONGEST: usize = 998;
/// What one encoded word may have, with its frame.
const WORD: usize = 75;

/// A header field, folded: atoms stand apart by a space, or by a new line.
pub(crate) struct Field {
    text: String,
    column: usize,
    empty: bool,
}

impl Field {
    pub(crate) fn new(name: &str) -> Self {
        Self { text: format!("{name}:"), column: name.len() + 1, empty: true }
    }

    /// Adds an atom, after a space.
    pub(crate) fn atom(&mut self, atom: &str) {
        let fold = !self.empty && self.column + 1 + atom.len() > FOLD;
        self.text.push_str(if fold { "\r\n " } else { " " });
        self.column = if fold { 1 } else { self.column + 1 };
        self.text.push_str(atom);
        self.column += atom.len();
        self.empty = false;
    }

    /// Adds text to the last atom.
    pub(crate) fn glue(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.len();
    }

    /// The field with its line end.
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("\r\n");
        self.text
    }
}

/// A field of free text, such as the subject.
pub(crate) fn unstructured(name: &str, value: &str) -> String {
    let value = clean(value);
    let mut field = Field::new(name);
    if is_plain(&value) {
        value.split(' ').for_each(|atom| field.atom(atom));
    } else {
        let room = FOLD.saturating_sub(name.len() + 2);
        encoded_words(&value, room).iter().for_each(|word| field.atom(word));
    }
    field.finish()
}

/// Whether text is given back unchanged by a reader when it is written as it is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !text.contains("=?")
        && !text.contains("  ")
        && text == text.trim()
        && text.split(' ').all(|atom| atom.len() <= LONGEST / 2)
}

/// Text without control characters, which have no place in a header.
pub(crate) fn clean(text: &str) -> String {
    text.replace("\r\n", " ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A display name: atoms to be put before an address.
pub(crate) fn phrase(text: &str) -> Vec<String> {
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    let ascii = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !ascii || text.contains("=?") || text.contains("  ") || text.len() > LONGEST / 2 {
        return encoded_words(text, WORD);
    }
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&byte);
    if text.bytes().all(atom) {
        return text.split(' ').map(Into::into).collect();
    }
    vec![quoted(text)]
}

/// A quoted string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Text as encoded words in UTF-8, the first of which has at most `room` characters if that is
/// enough for any. No character is split between words.
pub(crate) fn encoded_words(text: &str, room: usize) -> Vec<String> {
    const FRAME: usize = "=?utf-8?Q??=".len();
    let safe = text.bytes().filter(|byte| is_q_literal(*byte) || *byte == b' ').count();
    let q_length = safe + (text.len() - safe) * 3;
    // People can read Q, so it may be longer.
    let use_q = q_length <= text.len().div_ceil(3) * 8;
    let mut words = Vec::new();
    let mut rest = text;
    let mut room = room.clamp(FRAME + 16, WORD) - FRAME;
    while !rest.is_empty() {
        let (mut end, mut length) = (0, 0);
        for (at, c) in rest.char_indices() {
            let bytes = at + c.len_utf8();
            length = if use_q {
                length + rest[at..bytes].bytes().map(q_width).sum::<usize>()
            } else {
                bytes.div_ceil(3) * 4
            };
            if length > room {
                break;
            }
            end = bytes;
        }
        let (piece, after) = rest.split_at(end);
        words.push(match use_q {
            true => format!("=?utf-8?Q?{}?=", q_encode(piece)),
            false => format!("=?utf-8?B?{}?=", base64(piece.as_bytes())),
        });
        rest = after;
        room = WORD - FRAME;
    }
    words
}

/// What may stand for itself in an encoded word in any place, also in a phrase.
fn is_q_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte)
}

fn q_width(byte: u8) -> usize {
    if is_q_literal(byte) || byte == b' ' { 1 } else { 3 }
}

fn q_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b' ' => "_".to_owned(),
        _ if is_q_literal(byte) => char::from(byte).to_string(),
        _ => format!("={byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The text of a field value with encoded words in any character set.
pub(crate) fn decode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    decode_words(value, |piece| match piece {
        Piece::Plain(text) => out.push_str(text),
        Piece::Decoded(text) => out.push_str(&text),
    });
    out
}

/// A piece of a field value.
pub(crate) enum Piece<'a> {
    /// It stands for itself.
    Plain(&'a str),
    /// It was encoded.
    Decoded(String),
}

/// Takes a field value apart. Encoded words of one character set that follow each other are
/// decoded together: some programs split characters between them.
pub(crate) fn decode_words<'a>(value: &'a str, mut each: impl FnMut(Piece<'a>)) {
    let mut run: Option<(Charset, Vec<u8>)> = None;
    let mut flush = |run: &mut Option<(Charset, Vec<u8>)>, next: Option<&'a str>| {
        if let Some((charset, bytes)) = run.take() {
            each(Piece::Decoded(charset.decode(&bytes).0.into_owned()));
        }
        if let Some(text) = next.filter(|text| !text.is_empty()) {
            each(Piece::Plain(text));
        }
    };
    let (mut plain, mut at) = (0, 0);
    // Where nothing ends a word any more, there is no word.
    let last = value.rfind("?=").unwrap_or(0);
    while let Some(start) = value[at..].find("=?").map(|found| at + found)
        && start < last
    {
        let Some((charset, bytes, length)) = decode_word(&value[start..]) else {
            at = start + 2;
            continue;
        };
        let between = &value[plain..start];
        // Space between two encoded words only separates them.
        let separates = run.is_some() && between.bytes().all(|byte| byte.is_ascii_whitespace());
        match &mut run {
            Some((same, held)) if separates && *same == charset => held.extend(bytes),
            _ => {
                flush(&mut run, (!separates).then_some(between));
                run = Some((charset, bytes));
            }
        }
        at = start + length;
        plain = at;
    }
    flush(&mut run, Some(&value[plain..]));
}

/// The bytes of one encoded word at the start of the text, and its length.
fn decode_word(text: &str) -> Option<(Charset, Vec<u8>, usize)> {
    let mut parts = text.get(2..)?.splitn(3, '?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let decode: fn(&str) -> Vec<u8> = match encoding {
        "Q" | "q" => q_decode,
        "B" | "b" => base64_decode,
        _ => return None,
    };
    let found = Charset::of_label(charset.split('*').next().unwrap_or_default())?;
    let end = rest.find("?=")?;
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + end + 2;
    Some((found, decode(&rest[..end]), length))
}

fn q_decode(payload: &str) -> Vec<u8> {
    let bytes = payload.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'=', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 2;
            }
            (b'_', ..) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    out
}

pub(crate) fn base64_decode(payload: &str) -> Vec<u8> {
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in payload.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(field: &str) -> String {
        let unfolded = field.trim_end_matches("\r\n").replace("\r\n", "");
        unfolded.split_once(": ").map(|(_, value)| value.to_owned()).unwrap_or_default()
    }

    #[test]
    fn plain_text_stays() {
        assert_eq!(unstructured("Subject", "Hello, you"), "Subject: Hello, you\r\n");
        assert_eq!(unstructured("Subject", ""), "Subject: \r\n");
        assert_eq!(unstructured("Subject", "Gr\u{fc}n"), "Subject: =?utf-8?Q?Gr=C3=BCn?=\r\n");
        assert_eq!(unstructured("Subject", "a\r\nBcc: x"), "Subject: a Bcc: x\r\n");
    }

    #[test]
    fn names() {
        assert_eq!(phrase("Ann Lee"), ["Ann", "Lee"]);
        assert_eq!(phrase("Lee, \"Ann\""), ["\"Lee, \\\"Ann\\\"\""]);
        assert_eq!(phrase("M\u{fc}ller, J."), ["=?utf-8?Q?M=C3=BCller=2C_J=2E?="]);
        assert!(phrase(" ").is_empty());
    }

    #[test]
    fn foreign_words_are_read() {
        assert_eq!(decode("=?iso-8859-1?Q?caf=E9_x?= y"), "caf\u{e9} x y");
        assert_eq!(decode("=?utf-8?B?w6k=?=\t =?utf-8?b?w6k?="), "\u{e9}\u{e9}");
        assert_eq!(
            decode("=?utf-8?B?w6k?= =?utf-8?B?ww?= =?utf-8?B?qQ?= =?us-ascii?Q?!?="),
            "\u{e9}\u{e9}!"
        );
        assert_eq!(decode("a =?x?= =?nope?Q?x?="), "a =?x?= =?nope?Q?x?=");
        assert_eq!(decode("=?koi8-r?B?8NLJ18XU?="), "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}");
    }

    proptest! {
        #[test]
        fn any_text_decodes_back(text in ".{0,300}") {
            let field = unstructured("Subject", &text);
            for line in field.split("\r\n") {
                prop_assert!(line.len() <= LONGEST && line.is_ascii());
                prop_assert!(!line.contains("=?utf-8") || line.len() <= 76, "{line}");
            }
            prop_assert_eq!(decode(&value(&field)), clean(&text));
        }

        #[test]
        fn any_phrase_decodes_back(text in ".{0,100}") {
            let words = phrase(&text);
            let joined = words.join(" ");
            let read = match joined.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
                None => decode(&joined),
            };
            prop_assert!(joined.is_ascii());
            let expected = clean(&text);
            prop_assert_eq!(read, expected.trim());
        }

        #[test]
        fn anything_is_decoded_somehow(text in ".{0,80}|(=\\?|utf-8|\\?|Q|=|B|_| ){0,20}") {
            decode(&text);
        }
    }
}
