//! Character sets by the names that mail gives them.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding};
use mapix_core::prop::CodePage;

/// A character set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Charset {
    /// One of the web's.
    Table(&'static Encoding),
    /// One that the web does not know.
    Page(CodePage),
}

/// Code pages of the web's encodings, where Windows has one.
const PAGES: [(&Encoding, u16); 37] = [
    (encoding_rs::UTF_8, 65001),
    (encoding_rs::WINDOWS_1252, 1252),
    (encoding_rs::IBM866, 866),
    (encoding_rs::WINDOWS_874, 874),
    (encoding_rs::SHIFT_JIS, 932),
    (encoding_rs::GBK, 936),
    (encoding_rs::EUC_KR, 949),
    (encoding_rs::BIG5, 950),
    (encoding_rs::WINDOWS_1250, 1250),
    (encoding_rs::WINDOWS_1251, 1251),
    (encoding_rs::WINDOWS_1253, 1253),
    (encoding_rs::WINDOWS_1254, 1254),
    (encoding_rs::WINDOWS_1255, 1255),
    (encoding_rs::WINDOWS_1256, 1256),
    (encoding_rs::WINDOWS_1257, 1257),
    (encoding_rs::WINDOWS_1258, 1258),
    (encoding_rs::MACINTOSH, 10000),
    (encoding_rs::X_MAC_CYRILLIC, 10007),
    (encoding_rs::KOI8_R, 20866),
    (encoding_rs::EUC_JP, 51932),
    (encoding_rs::KOI8_U, 21866),
    (encoding_rs::ISO_8859_2, 28592),
    (encoding_rs::ISO_8859_3, 28593),
    (encoding_rs::ISO_8859_4, 28594),
    (encoding_rs::ISO_8859_5, 28595),
    (encoding_rs::ISO_8859_6, 28596),
    (encoding_rs::ISO_8859_7, 28597),
    (encoding_rs::ISO_8859_8, 28598),
    (encoding_rs::ISO_8859_8_I, 38598),
    (encoding_rs::ISO_8859_13, 28603),
    (encoding_rs::ISO_8859_15, 28605),
    (encoding_rs::ISO_2022_JP, 50220),
    (encoding_rs::GB18030, 54936),
    (encoding_rs::UTF_16LE, 1200),
    (encoding_rs::UTF_16BE, 1201),
    // Windows has no page for these: what is in them is kept as UTF-8.
    (encoding_rs::ISO_8859_10, 0),
    (encoding_rs::ISO_8859_14, 0),
];

impl Charset {
    pub(crate) const UTF8: Self = Self::Table(encoding_rs::UTF_8);
    pub(crate) const WESTERN: Self = Self::Table(encoding_rs::WINDOWS_1252);

    /// The one of a name; `None` if nobody knows it, or it is of those that may hide things
    /// (RFC 8187 speaks of `hz-gb-2312`, the web of all that become its `replacement`).
    pub(crate) fn of_label(label: &str) -> Option<Self> {
        let label = label.trim().trim_matches(['"', '\'']);
        let lower = label.to_ascii_lowercase();
        // What programs wrote that knew the names only by heart.
        let by_heart = match lower.as_str() {
            "utf-7" | "unicode-1-1-utf-7" | "csutf7" | "utf7" => Some(65000),
            "cp437" | "ibm437" | "437" | "cspc8codepage437" => Some(437),
            "cp850" | "ibm850" | "850" | "cp-850" | "cspc850multilingual" => Some(850),
            "cp932" | "cp943" => Some(932),
            "cp936" => Some(936),
            "cp949" | "ks_c_5601-1987" => Some(949),
            "cp950" => Some(950),
            _ => None,
        };
        if let Some(page) = by_heart {
            let known = PAGES.iter().find(|(_, known)| *known == page);
            return Some(known.map_or(Self::Page(CodePage(page)), |(table, _)| Self::Table(table)));
        }
        let table = Encoding::for_label(lower.as_bytes()).or_else(|| {
            // `iso 8859-2`, `utf_8`, `windows1251`, `cp-1251`
            let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
            let digits = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let tries = match &plain[..plain.len() - digits.len()] {
                "iso" => digits.strip_prefix("8859").map(|part| format!("iso-8859-{part}")),
                "utf" => Some(format!("utf-{digits}")),
                "windows" | "cp" | "win" | "ms" | "xcp" => Some(format!("windows-{digits}")),
                "latin" => Some(format!("latin{digits}")),
                _ => None,
            };
            Encoding::for_label(tries?.as_bytes())
        });
        table.filter(|table| *table != encoding_rs::REPLACEMENT).map(Self::Table)
    }

    /// Windows' number; `None` where there is none that a store's readers would know.
    pub(crate) fn page(self) -> Option<CodePage> {
        match self {
            Self::Page(page) => Some(page),
            Self::Table(table) => {
                let (_, page) = PAGES.iter().find(|(known, _)| *known == table)?;
                Some(CodePage(*page)).filter(|page| page.0 != 0)
            }
        }
    }

    /// Whether ASCII bytes may mean something else, so that bytes alone do not tell it from
    /// another.
    pub(crate) fn is_wide(self) -> bool {
        self == Self::Table(encoding_rs::UTF_16LE) || self == Self::Table(encoding_rs::UTF_16BE)
    }

    /// The text of bytes, and how many places of it were not understood.
    pub(crate) fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, u64) {
        match self {
            Self::Page(page) => (page.decode(bytes), 0),
            Self::Table(table) => {
                if let Some(text) = Self::plain(table, bytes) {
                    return (Cow::Borrowed(text), 0);
                }
                let mut decoder = Decoder::new(self);
                let mut text = String::new();
                decoder.push(bytes, true, &mut text);
                (Cow::Owned(text), decoder.errors)
            }
        }
    }

    fn plain<'a>(table: &'static Encoding, bytes: &'a [u8]) -> Option<&'a str> {
        let plain = table == encoding_rs::UTF_8 || table.is_ascii_compatible() && bytes.is_ascii();
        if plain { std::str::from_utf8(bytes).ok() } else { None }
    }
}

/// Text in an unknown or unnamed character set: UTF-8 if it can be, else Windows-1252, in which
/// every byte means something.
pub(crate) fn guess(bytes: &[u8]) -> Charset {
    if std::str::from_utf8(bytes).is_ok() { Charset::UTF8 } else { Charset::WESTERN }
}

/// Decodes text piece by piece.
pub(crate) struct Decoder {
    inner: Inner,
    /// How many places were not understood so far, each of which became U+FFFD.
    pub(crate) errors: u64,
}

enum Inner {
    Table(encoding_rs::Decoder),
    /// Code pages without a decoder that remembers: all bytes are kept to the end.
    Page(CodePage, Vec<u8>),
}

impl Decoder {
    pub(crate) fn new(charset: Charset) -> Self {
        let inner = match charset {
            // A mark tells in which order the bytes of UTF-16 stand.
            Charset::Table(table) if charset.is_wide() => Inner::Table(table.new_decoder()),
            Charset::Table(table) => Inner::Table(table.new_decoder_without_bom_handling()),
            // Those of one byte could be cut anywhere, UTF-7 could not.
            Charset::Page(page) => Inner::Page(page, Vec::new()),
        };
        Self { inner, errors: 0 }
    }

    /// Adds the text of more bytes; with `last`, of what was left as well.
    pub(crate) fn push(&mut self, mut bytes: &[u8], last: bool, out: &mut String) {
        let decoder = match &mut self.inner {
            Inner::Table(decoder) => decoder,
            Inner::Page(page, held) => {
                held.extend_from_slice(bytes);
                if last {
                    out.push_str(&page.decode(held));
                    held.clear();
                }
                return;
            }
        };
        loop {
            let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
            out.reserve(room.unwrap_or(bytes.len()).max(16));
            let (result, read) = decoder.decode_to_string_without_replacement(bytes, out, last);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.errors += 1;
                    out.push('\u{FFFD}');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(label: &str) -> Option<u16> {
        Charset::of_label(label).and_then(Charset::page).map(|page| page.0)
    }

    #[test]
    fn labels() {
        for (label, expected) in [
            ("UTF-8", 65001),
            ("utf8", 65001),
            ("utf_8", 65001),
            ("us-ascii", 1252),
            ("\"ISO-8859-1\"", 1252),
            ("iso8859_2", 28592),
            ("windows1251", 1251),
            ("cp-1251", 1251),
            ("gb2312", 936),
            ("ks_c_5601-1987", 949),
            ("iso-2022-jp", 50220),
            ("UTF-7", 65000),
            ("cp850", 850),
        ] {
            assert_eq!(page(label), Some(expected), "{label}");
        }
        for label in ["", "x-unknown", "hz-gb-2312", "iso-2022-kr", "8bit"] {
            assert_eq!(Charset::of_label(label), None, "{label}");
        }
    }

    /// What a store's readers make of the number is what the name means.
    #[test]
    fn pages_are_those_of_the_core() {
        let bytes: Vec<u8> = (0xA1..=0xFE).collect();
        for (table, page) in PAGES.iter().filter(|(_, page)| *page != 0) {
            let page = CodePage(*page);
            assert!(page.is_known(), "{page}");
            let expected = table.decode_without_bom_handling(&bytes).0;
            assert_eq!(page.decode(&bytes), expected, "{}", table.name());
        }
    }

    #[test]
    fn pieces_decode_as_the_whole() {
        let text = "\u{3042}\u{e9}x".repeat(50);
        for table in [encoding_rs::UTF_8, encoding_rs::GB18030, encoding_rs::EUC_JP] {
            let (bytes, ..) = table.encode(&text);
            let mut decoder = Decoder::new(Charset::Table(table));
            let mut out = String::new();
            bytes.chunks(3).for_each(|piece| decoder.push(piece, false, &mut out));
            decoder.push(&[], true, &mut out);
            let whole = Charset::Table(table).decode(&bytes);
            assert_eq!((out.as_str(), decoder.errors), (&*whole.0, whole.1));
        }
        assert_eq!(Charset::UTF8.decode(b"a\xFFb"), ("a\u{FFFD}b".into(), 1));
        assert_eq!(Charset::UTF8.decode(b"a\xE3\x81"), ("a\u{FFFD}".into(), 1));
    }
}
