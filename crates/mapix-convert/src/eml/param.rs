//! Parameters of MIME fields (RFC 2045, RFC 2231).

use crate::item::hex;

use super::word::{Field, LONGEST, clean, encoded_words, quoted};

/// The longest plain parameter that is not split.
const WHOLE: usize = 200;
/// What a piece of a split parameter may have, so that its line has at most 76 characters.
const PIECE: usize = 56;

/// Adds `; name="value"`. A value that is not ASCII, or is long, is written as RFC 2231 has it.
pub(crate) fn add(field: &mut Field, name: &str, value: &str) {
    let value = clean(value);
    if is_ascii(&value) && value.len() <= WHOLE {
        field.glue(";");
        field.atom(&format!("{name}={}", token_or_quoted(&value)));
        return;
    }
    let pieces = pieces(&value);
    if let [piece] = pieces.as_slice() {
        field.glue(";");
        field.atom(&format!("{name}*=utf-8''{piece}"));
        return;
    }
    for (number, piece) in pieces.iter().enumerate() {
        let charset = if number == 0 { "utf-8''" } else { "" };
        field.glue(";");
        field.atom(&format!("{name}*{number}*={charset}{piece}"));
    }
}

/// Adds `; name="value"` for programs that do not know RFC 2231: as encoded words, which no
/// standard allows there and most programs read.
pub(crate) fn add_legacy(field: &mut Field, name: &str, value: &str) {
    let value = clean(value);
    field.glue(";");
    if is_ascii(&value) && !value.contains("=?") {
        if value.len() <= LONGEST / 2 {
            field.atom(&format!("{name}={}", token_or_quoted(&value)));
        } else {
            add(field, name, &value);
        }
        return;
    }
    let words = encoded_words(&value, 60);
    let last = words.len().saturating_sub(1);
    for (number, word) in words.iter().enumerate() {
        let open = if number == 0 { format!("{name}=\"") } else { String::new() };
        let close = if number == last { "\"" } else { "" };
        field.atom(&format!("{open}{word}{close}"));
    }
}

fn is_ascii(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether it can stand without quotes.
pub(crate) fn is_token(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`{}~".contains(&byte))
}

fn token_or_quoted(value: &str) -> String {
    if is_token(value) { value.to_owned() } else { quoted(value) }
}

/// The value in percent encoding, in pieces; no character is split.
fn pieces(value: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in value.chars() {
        let mut encoded = String::new();
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`{}~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.extend(["%", &hex(&[byte])]);
            }
        }
        match pieces.last_mut() {
            Some(last) if last.len() + encoded.len() <= PIECE => last.push_str(&encoded),
            _ => pieces.push(encoded),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MimeHeaders;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        let field = |value: &str| {
            let mut field = Field::new("X");
            field.atom("a");
            add(&mut field, "filename", value);
            field.finish()
        };
        assert_eq!(field("a.txt"), "X: a; filename=a.txt\r\n");
        assert_eq!(field("a \"b\".txt"), "X: a; filename=\"a \\\"b\\\".txt\"\r\n");
        assert_eq!(field("\u{e4}.txt"), "X: a; filename*=utf-8''%C3%A4.txt\r\n");
    }

    proptest! {
        #[test]
        fn any_name_is_read_back(name in "[^\\p{C}]{1,120}") {
            let mut field = Field::new("Content-Disposition");
            field.atom("attachment");
            add(&mut field, "filename", &name);
            let field = field.finish();
            for line in field.split("\r\n") {
                prop_assert!(line.len() <= 998 && line.is_ascii());
            }
            let mail = format!("{field}Content-Type: application/octet-stream\r\n\r\nx");
            let mail = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
            let read = mail.root_part().attachment_name().unwrap_or_default();
            let expected = clean(&name);
            prop_assert_eq!(read.trim(), expected.trim());
        }
    }
}
