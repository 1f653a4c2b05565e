//! RTF bodies: decompression, and the HTML or text that is encapsulated in them (MS-OXRTFEX).
//!
//! Outlook and Exchange keep HTML mail as RTF from which the HTML can be had back unchanged.
//! RTF that a person wrote as RTF ("native") has no such layer; only its text can be had.
//!
//! Both readers take time and space in proportion to their input, do not recurse, and accept any
//! bytes.

mod lzfu;
mod reader;

pub use lzfu::{compress, decompress, wrap};

use reader::{Mode, Reader};

/// How far into a document the mark of encapsulation is looked for.
const HEAD: usize = 4096;

/// What an RTF document holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Encapsulated {
    /// HTML, as it was before it became RTF.
    Html(String),
    /// Plain text, as it was before it became RTF.
    Text(String),
    /// Nothing else: it was written as RTF. [`to_text`] gives its text.
    Native,
}

/// Takes the HTML or the plain text out of an RTF document (`\fromhtml1`, `\fromtext`).
pub fn deencapsulate(rtf: &[u8]) -> Encapsulated {
    if has_word(head(rtf), b"\\fromhtml") {
        Encapsulated::Html(Reader::new(Mode::Html).read(rtf))
    } else if encapsulates_text(rtf) {
        Encapsulated::Text(Reader::new(Mode::Text).read(rtf))
    } else {
        Encapsulated::Native
    }
}

/// Whether [`deencapsulate`] would find plain text.
pub(crate) fn encapsulates_text(rtf: &[u8]) -> bool {
    has_word(head(rtf), b"\\fromtext") && !has_word(head(rtf), b"\\fromhtml")
}

fn head(rtf: &[u8]) -> &[u8] {
    &rtf[..rtf.len().min(HEAD)]
}

/// The text of an RTF document of any kind, with lines that end in CR LF.
pub fn to_text(rtf: &[u8]) -> String {
    let mode = match has_word(head(rtf), b"\\fromtext") {
        true => Mode::Text,
        false => Mode::Native,
    };
    Reader::new(mode).read(rtf)
}

/// The text of compressed RTF, by way of the HTML in it where there is some; `None` if the bytes
/// are not compressed RTF at all.
pub fn compressed_to_text(bytes: &[u8]) -> Option<String> {
    let document = decompress(bytes)?;
    Some(match deencapsulate(&document) {
        Encapsulated::Html(document) => crate::html::to_text(&document),
        Encapsulated::Text(text) => text,
        Encapsulated::Native => to_text(&document),
    })
}

/// Plain text as an RTF document, out of which [`deencapsulate`] has it again; lines end in CR LF
/// or LF.
pub fn from_text(text: &str) -> Vec<u8> {
    use std::fmt::Write;
    let mut rtf = String::from(
        "{\\rtf1\\ansi\\ansicpg1252\\fromtext \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\r\n\\uc1\\pard\\plain\\f0\\fs20 ",
    );
    for letter in text.chars() {
        match letter {
            '\\' | '{' | '}' => rtf.extend(['\\', letter]),
            '\n' => rtf.push_str("\\par\r\n"),
            '\t' => rtf.push_str("\\tab "),
            ' '..='~' => rtf.push(letter),
            // Control characters have no place in RTF, and a CR belongs to its LF.
            '\0'..='\x1F' => {}
            _ => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    // Writing to a string does not fail.
                    let _ = write!(rtf, "\\u{}?", *unit as i16);
                }
            }
        }
    }
    rtf.push('}');
    rtf.into_bytes()
}

/// Whether a control word stands there, whatever its number, unless that is 0.
fn has_word(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len() + 1).any(|window| {
        let (start, next) = window.split_at(word.len());
        start == word && !next[0].is_ascii_alphabetic() && next[0] != b'0'
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn html(rtf: &[u8]) -> String {
        match deencapsulate(rtf) {
            Encapsulated::Html(html) => html,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_becomes_rtf_and_text_again() {
        for text in ["", "a {b} \\c\r\n\ttab  two", "Grüße €\r\n\r\n\u{1F600} -1?", "x\r\n"] {
            let rtf = from_text(text);
            assert!(rtf.is_ascii());
            assert_eq!(deencapsulate(&rtf), Encapsulated::Text(text.into()));
        }
        assert_eq!(deencapsulate(&from_text("a\nb\0")), Encapsulated::Text("a\r\nb".into()));
    }

    #[test]
    fn html_comes_back_as_it_was() {
        // After the example of MS-OXRTFEX, section 4.1.
        let rtf = br"{\rtf1\ANSI\ansicpg1251\fromhtml1 \deff0
{\fonttbl {\f0\fmodern Courier New;}{\f1\fswiss Arial;}{\f2\fswiss\fcharset0 Arial;}}
{\colortbl\red0\green0\blue0;\red0\green0\blue255;}
{\*\htmltag64}
\uc1\pard\plain\deftab360 \f0\fs24
{\*\htmltag <HTML><head>\par
<style>\par
<!--\par
\tab body \{font-family: Arial;\}\par
-->\par
</style>\par\par
</head>\par <body>\par <p>Note the line break inside a P tag. }\htmlrtf {\f2 \htmlrtf0
{\*\htmltag <b>}\htmlrtf {\b \htmlrtf0 This is bold text\htmlrtf }\htmlrtf0
{\*\htmltag </b>} \htmlrtf\par\htmlrtf0}
\htmlrtf \par \htmlrtf0
{\*\htmltag </p>\par <center>\par <img src='cid:1'>}\par
{\*\mhtmltag 1 <img src='http://x'>}\line a&nbsp;\'cf\~\u8364?\emdash\bullet{\*\htmltag240 </body></html>}}";
        let expected = "<HTML><head>\r\n<style>\r\n<!--\r\n\tbody {font-family: Arial;}\r\n-->\r\n\
</style>\r\n\r\n</head>\r\n<body>\r\n<p>Note the line break inside a P tag. <b>This is bold text</b> \
</p>\r\n<center>\r\n<img src='cid:1'>\r\n\r\na&nbsp;\u{41f}&nbsp;\u{20ac}&mdash;&bull;</body></html>";
        assert_eq!(html(rtf), expected);
    }

    #[test]
    fn text_comes_back_as_it_was() {
        let rtf = br"{\rtf1\ansi\ansicpg1252\fromtext \fbidi \deff0{\fonttbl
{\f0\fswiss Arial;}}{\colortbl;}{\*\generator Exchange;}
\pard\plain\f0\fs20 Hello,\par
caf\'e9 \{x\}\tab y\line z\par
}";
        let expected = "Hello,\r\ncaf\u{e9} {x}\ty\r\nz\r\n";
        assert_eq!(deencapsulate(rtf), Encapsulated::Text(expected.into()));
    }

    #[test]
    fn native_rtf_is_native() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset204 Times;}}
{\colortbl\red0;}{\*\generator x;}\f0 Hello \b Ann\b0 ,\par caf\'e9 \u8364?\u-10179?\u-8704?\line
\f1\'cf\'f0 \{x\}\tab{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}\bin3 }}}\par}";
        assert_eq!(deencapsulate(rtf), Encapsulated::Native);
        let text = "Hello Ann,\r\ncaf\u{e9} \u{20ac}\u{1f600}\r\n\u{41f}\u{440} {x}\tlink\r\n";
        assert_eq!(to_text(rtf), text);
    }

    #[test]
    fn characters_of_two_bytes_are_decoded_together() {
        let rtf =
            br"{\rtf1\ansi\ansicpg932\fromhtml1{\fonttbl{\f0\fcharset128 x;}{\f1\fcharset0 y;}}
\f0{\*\htmltag <p>}\'82\'a0\'83\'5c x\f1\'e9}";
        assert_eq!(html(rtf), "<p>\u{3042}\u{30bd} x\u{e9}");
    }

    #[test]
    fn hostile_documents_are_bounded() {
        let deep = [b"{\\rtf1\\fromtext ".to_vec(), b"{".repeat(1_000_000), b"deep".to_vec()];
        assert_eq!(deencapsulate(&deep.concat()), Encapsulated::Text("deep".into()));
        assert_eq!(to_text(b"}}}{{{ a \\"), " a ");
        assert_eq!(to_text(b"\\'zz\\u99999999999 \\bin999999999 x"), "zz ");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            to_text(&bytes);
            deencapsulate(&[b"{\\rtf1\\fromhtml1".to_vec(), bytes].concat());
        }

        #[test]
        fn any_words_are_survived(words in proptest::collection::vec(
            proptest::sample::select(vec![
                "{", "}", "\\htmlrtf ", "\\htmlrtf0 ", "{\\*\\htmltag84 ", "\\'e9", "\\u-10179?",
                "\\uc2 ", "\\fonttbl", "\\f1", "\\fcharset128 ", "\\par", "\\bin2 ", "\\~", "x", "\\*",
            ]), 0..60)) {
            let rtf = format!("{{\\rtf1\\fromhtml1 {}", words.concat());
            deencapsulate(rtf.as_bytes());
        }
    }
}
