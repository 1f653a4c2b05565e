//! Strings in code pages.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::Encoding;

/// A Windows code page number, such as 1252.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodePage(pub u16);

impl CodePage {
    /// Western Europe; what is taken where nothing is said.
    pub const WESTERN: Self = Self(1252);
    /// UTF-8.
    pub const UTF8: Self = Self(65001);

    /// The number out of a property such as `PR_MESSAGE_CODEPAGE`; `None` if no such code page
    /// can be.
    pub fn from_property(value: i32) -> Option<Self> {
        u16::try_from(value).ok().filter(|number| *number != 0).map(Self)
    }

    /// Whether there is a table for it.
    pub fn is_known(self) -> bool {
        self.table().is_some() || matches!(self.0, 20127 | 28591 | 437 | 850)
    }

    /// Decodes bytes. What the code page does not have becomes U+FFFD; a code page without a
    /// table is read as Windows-1252, which loses no byte.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        if bytes.is_ascii() && !matches!(self.0, 50220..=50222 | 52936 | 65000 | 1200 | 1201) {
            // No known multi-byte page but the stateful ones gives ASCII bytes another meaning.
            return match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(bytes),
            };
        }
        match self.0 {
            437 => oem(bytes, CP437),
            850 => oem(bytes, CP850),
            28591 => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
            65000 => utf7(bytes).into(),
            _ => {
                let table = self.table().unwrap_or(encoding_rs::WINDOWS_1252);
                table.decode_without_bom_handling(bytes).0
            }
        }
    }

    fn table(self) -> Option<&'static Encoding> {
        Some(match self.0 {
            866 => encoding_rs::IBM866,
            874 => encoding_rs::WINDOWS_874,
            932 => encoding_rs::SHIFT_JIS,
            936 | 20936 => encoding_rs::GBK,
            949 | 51949 => encoding_rs::EUC_KR,
            950 => encoding_rs::BIG5,
            1200 => encoding_rs::UTF_16LE,
            1201 => encoding_rs::UTF_16BE,
            1250 => encoding_rs::WINDOWS_1250,
            1251 => encoding_rs::WINDOWS_1251,
            1252 | 20127 => encoding_rs::WINDOWS_1252,
            1253 => encoding_rs::WINDOWS_1253,
            1254 => encoding_rs::WINDOWS_1254,
            1255 => encoding_rs::WINDOWS_1255,
            1256 => encoding_rs::WINDOWS_1256,
            1257 => encoding_rs::WINDOWS_1257,
            1258 => encoding_rs::WINDOWS_1258,
            10000 => encoding_rs::MACINTOSH,
            10007 | 10017 => encoding_rs::X_MAC_CYRILLIC,
            20866 => encoding_rs::KOI8_R,
            20932 | 51932 => encoding_rs::EUC_JP,
            21866 => encoding_rs::KOI8_U,
            28592 => encoding_rs::ISO_8859_2,
            28593 => encoding_rs::ISO_8859_3,
            28594 => encoding_rs::ISO_8859_4,
            28595 => encoding_rs::ISO_8859_5,
            28596 => encoding_rs::ISO_8859_6,
            28597 => encoding_rs::ISO_8859_7,
            28598 => encoding_rs::ISO_8859_8,
            28599 => encoding_rs::WINDOWS_1254,
            28603 => encoding_rs::ISO_8859_13,
            28605 => encoding_rs::ISO_8859_15,
            38598 => encoding_rs::ISO_8859_8_I,
            50220..=50222 => encoding_rs::ISO_2022_JP,
            51936 | 54936 => encoding_rs::GB18030,
            65001 => encoding_rs::UTF_8,
            _ => return None,
        })
    }
}

impl fmt::Display for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cp{}", self.0)
    }
}

/// A string in a code page. It keeps its bytes, so that nothing is lost when the code page turns
/// out to be another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct String8 {
    /// The bytes, without a terminating zero.
    pub bytes: Box<[u8]>,
    /// What the bytes are thought to mean.
    pub code_page: CodePage,
}

impl String8 {
    /// From bytes and their code page.
    pub fn new(bytes: impl Into<Box<[u8]>>, code_page: CodePage) -> Self {
        Self { bytes: bytes.into(), code_page }
    }

    /// The text.
    pub fn decode(&self) -> Cow<'_, str> {
        self.code_page.decode(&self.bytes)
    }
}

fn oem(bytes: &[u8], upper: &str) -> Cow<'static, str> {
    let upper: Vec<char> = upper.chars().collect();
    let decode = |byte: &u8| match byte {
        0..=0x7F => char::from(*byte),
        _ => upper.get(usize::from(*byte - 0x80)).copied().unwrap_or('\u{FFFD}'),
    };
    bytes.iter().map(decode).collect::<String>().into()
}

const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";

/// UTF-7 (RFC 2152), which no WHATWG table has but Outlook still wrote.
fn utf7(bytes: &[u8]) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        if byte != b'+' {
            units.push(u16::from(byte));
            continue;
        }
        if bytes.get(at) == Some(&b'-') {
            units.push(u16::from(b'+'));
            at += 1;
            continue;
        }
        let (mut bits, mut count) = (0_u32, 0);
        while let Some(value) = bytes.get(at).and_then(|byte| base64_value(*byte)) {
            bits = bits << 6 | u32::from(value);
            count += 6;
            at += 1;
            if count >= 16 {
                count -= 16;
                units.push((bits >> count) as u16);
                bits &= (1 << count) - 1;
            }
        }
        if bytes.get(at) == Some(&b'-') {
            at += 1;
        }
    }
    String::from_utf16_lossy(&units)
}

fn base64_value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(CP850.chars().count(), 128);
        assert_eq!(CodePage(1252).decode(b"caf\xE9"), "café");
        assert_eq!(CodePage(1251).decode(b"\xCF\xF0"), "Пр");
        assert_eq!(CodePage(437).decode(b"\x81ber"), "über");
        assert_eq!(CodePage(850).decode(b"\x9B"), "ø");
        assert_eq!(CodePage(65000).decode(b"Hi +AOQ-+- x"), "Hi ä+ x");
        assert_eq!(CodePage(50220).decode(b"\x1B$B$\"\x1B(B"), "あ");
        assert_eq!(CodePage(4711).decode(b"\xE9"), "é");
    }
}
