//! Bodies: which there are, and their text as UTF-8, however long.

use std::io::Write;

use mapix_core::Result;
use mapix_core::prop::{CodePage, PropTag, PropType, Value, tags};

use super::encode::{Base64Lines, QuotedPrintable, Weight};
use crate::LossKind;
use crate::item::{HELD, Item};
use crate::rtf::{self, Encapsulated};

/// Compressed RTF of more bytes than this is not read. It is the body that is asked last.
const RTF_LIMIT: u64 = 32 << 20;
/// Where a long text has no place to be cut for so long, it is cut anywhere.
const UNCUT: usize = 1 << 20;

/// A text, in memory if it is short.
pub(crate) enum Text {
    Whole(String),
    Stored(PropTag, CodePage),
}

/// The bodies of a message.
#[derive(Default)]
pub(crate) struct Bodies {
    pub(crate) text: Option<Text>,
    pub(crate) html: Option<Text>,
    /// RTF that holds nothing but itself.
    pub(crate) native_rtf: Option<Vec<u8>>,
}

impl Bodies {
    pub(crate) fn of(item: &Item<'_>) -> Result<Self> {
        let mut bodies = Self { text: plain(item), html: html(item)?, native_rtf: None };
        let out_of_sync = item.bool(tags::RTF_IN_SYNC) == Some(false);
        item.mark(tags::NATIVE_BODY_INFO);
        // A damaged one is reported as such.
        if item.bag.get(tags::RTF_COMPRESSED).is_none() {
            return Ok(bodies);
        }
        item.mark(tags::RTF_COMPRESSED);
        if bodies.html.is_some() {
            // Stores make the one of the other.
            return Ok(bodies);
        }
        if out_of_sync && bodies.text.is_some() {
            item.lose(LossKind::Body, "PR_RTF_COMPRESSED is older than PR_BODY and is left out");
            return Ok(bodies);
        }
        let Some(rtf) = read_rtf(item)? else { return Ok(bodies) };
        if bodies.text.is_some() && rtf::encapsulates_text(&rtf) {
            return Ok(bodies);
        }
        match rtf::deencapsulate(&rtf) {
            Encapsulated::Html(html) => bodies.html = some(html),
            Encapsulated::Text(text) => bodies.text = some(text),
            Encapsulated::Native => {
                let text = rtf::to_text(&rtf);
                let objects = [&b"\\pict"[..], b"\\obj"];
                let has = |word: &[u8]| rtf.windows(word.len()).any(|window| window == word);
                if text.trim().is_empty() && !objects.into_iter().any(has) {
                    return Ok(bodies);
                }
                if bodies.text.is_none() {
                    bodies.text = some(text);
                }
                // The text and the RTF are the same to the eye if nothing is formatted, but only
                // a person can tell.
                item.lose(
                    LossKind::NativeRtf,
                    "the body is RTF; its text is the body, and it is attached",
                );
                bodies.native_rtf = Some(rtf);
            }
        }
        Ok(bodies)
    }
}

fn some(text: String) -> Option<Text> {
    (!text.is_empty()).then_some(Text::Whole(text))
}

fn read_rtf(item: &Item<'_>) -> Result<Option<Vec<u8>>> {
    let tag = tags::RTF_COMPRESSED;
    if let Some(Value::Binary(packed)) = item.bag.get(tag) {
        return Ok(unpack(item, packed));
    }
    let mut stream = match item.open(tag) {
        Ok(stream) => stream,
        Err(error) => return item.failed("PR_RTF_COMPRESSED", error).map(|()| None),
    };
    let size = stream.len().unwrap_or(u64::MAX);
    if size > RTF_LIMIT {
        item.lose(LossKind::Body, format!("PR_RTF_COMPRESSED has {size} bytes, which is too much"));
        return Ok(None);
    }
    let mut packed = Vec::new();
    item.read("PR_RTF_COMPRESSED", &mut stream, &mut |bytes| {
        packed.extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(unpack(item, &packed))
}

fn unpack(item: &Item<'_>, packed: &[u8]) -> Option<Vec<u8>> {
    if packed.is_empty() {
        return None;
    }
    let rtf = rtf::decompress(packed);
    if rtf.is_none() {
        item.lose(LossKind::Damaged, "PR_RTF_COMPRESSED is not compressed RTF");
    }
    // A body without a letter is none.
    rtf.filter(|rtf| !rtf.is_empty())
}

fn plain(item: &Item<'_>) -> Option<Text> {
    item.mark(tags::BODY);
    match item.bag.get(tags::BODY)? {
        Value::Large(prop_type, size) if *size > HELD => {
            let page = match *prop_type {
                PropType::UNICODE => CodePage(1200),
                _ => code_page(item, &[tags::MESSAGE_CODEPAGE, tags::INTERNET_CPID]),
            };
            Some(Text::Stored(tags::BODY.with_type(*prop_type), page))
        }
        _ => some(item.text(tags::BODY)?),
    }
}

/// `PR_HTML`, which is binary, or `PR_BODY_HTML`, which is text under the same ID.
fn html(item: &Item<'_>) -> Result<Option<Text>> {
    let any = tags::HTML.with_type(PropType::UNSPECIFIED);
    item.mark(any);
    let Some(value) = item.bag.get(any) else { return Ok(None) };
    let stored = match value {
        Value::Large(prop_type, size) if *size > HELD => Some(*prop_type),
        _ => None,
    };
    if let Some(prop_type) = stored {
        let tag = tags::HTML.with_type(prop_type);
        if prop_type == PropType::UNICODE {
            return Ok(Some(Text::Stored(tag, CodePage(1200))));
        }
        let mut head = [0; 4096];
        let count = match item
            .open(tag)
            .and_then(|mut stream| Ok(std::io::Read::read(&mut stream, &mut head)?))
        {
            Ok(count) => count,
            Err(error) => return item.failed("PR_HTML", error).map(|()| None),
        };
        return Ok(Some(Text::Stored(tag, html_page(item, &head[..count], false))));
    }
    let Some(value) = item.value(any) else { return Ok(None) };
    if let Some(text) = value.as_text() {
        return Ok(some(text.trim_end_matches('\0').to_owned()));
    }
    let Some(bytes) = value.as_bytes() else { return Ok(None) };
    let page = html_page(item, bytes, true);
    let bytes = if page.0 == 1200 { bytes } else { trim_zeros(bytes) };
    let text = page.decode(bytes);
    Ok(some(text.trim_start_matches('\u{FEFF}').to_owned()))
}

fn trim_zeros(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &bytes[..end]
}

fn code_page(item: &Item<'_>, order: &[PropTag]) -> CodePage {
    let page = |tag: &PropTag| item.i32(*tag).and_then(CodePage::from_property);
    order.iter().find_map(page).unwrap_or(CodePage::WESTERN)
}

/// The code page of HTML: what its own first bytes prove, else what the message says.
fn html_page(item: &Item<'_>, bytes: &[u8], whole: bool) -> CodePage {
    let said = code_page(item, &[tags::INTERNET_CPID, tags::MESSAGE_CODEPAGE]);
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return CodePage::UTF8;
    }
    let wide =
        bytes.starts_with(b"\xFF\xFE") || bytes.get(..4).is_some_and(|b| b[1] == 0 && b[3] == 0);
    if wide {
        return CodePage(1200);
    }
    // UTF-16 needs zeros, and ASCII has no byte above 0x7F: such a word was not meant.
    let mistaken = matches!(said.0, 1200 | 1201 | 20127);
    if mistaken && whole && std::str::from_utf8(bytes).is_ok() {
        return CodePage::UTF8;
    }
    if mistaken { CodePage::WESTERN } else { said }
}

impl Text {
    /// Whether it is held, says something, and has at most so many bytes.
    pub(crate) fn is_short(&self, most: usize) -> bool {
        matches!(self, Self::Whole(text) if text.len() <= most && !text.trim().is_empty())
    }

    /// Visits the text piece by piece. No piece ends within a character, nor within a word if
    /// that can be helped.
    pub(crate) fn each(
        &self,
        item: &Item<'_>,
        visit: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        let (tag, page) = match self {
            Self::Whole(text) => return visit(text),
            Self::Stored(tag, page) => (*tag, *page),
        };
        let what = tag.to_string();
        let mut stream = match item.open(tag) {
            Ok(stream) => stream,
            Err(error) => return item.failed(&what, error),
        };
        let mut rest: Vec<u8> = Vec::new();
        item.read(&what, &mut stream, &mut |bytes| {
            rest.extend_from_slice(bytes);
            let cut = cut(&rest, page);
            visit(&page.decode(&rest[..cut]))?;
            rest.drain(..cut);
            Ok(())
        })?;
        visit(&page.decode(&rest))
    }

    /// Writes the transfer encoding, an empty line and the text. Texts that are not held become
    /// base64, so that they need not be counted through. Gives whether the text itself ends with
    /// the line end that was written last.
    pub(crate) fn write(&self, item: &Item<'_>, out: &mut dyn Write) -> Result<bool> {
        if let Self::Whole(text) = self
            && Weight::of(text).is_mostly_plain()
        {
            out.write_all(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n")?;
            let mut writer = QuotedPrintable::new(out);
            writer.push(text.as_bytes())?;
            return Ok(!writer.finish()?);
        }
        out.write_all(b"Content-Transfer-Encoding: base64\r\n\r\n")?;
        let mut writer = Base64Lines::new(out);
        let mut lines = Lines::default();
        self.each(item, &mut |text| Ok(writer.push(lines.normalize(text).as_bytes())?))?;
        writer.finish()?;
        Ok(false)
    }
}

/// Makes every line end CR LF, as text in base64 must have it (RFC 2046, section 4.1.1).
#[derive(Default)]
struct Lines {
    after_cr: bool,
}

impl Lines {
    fn normalize(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 32);
        for c in text.chars() {
            let after_cr = std::mem::replace(&mut self.after_cr, c == '\r');
            match c {
                '\n' if after_cr => {}
                '\r' | '\n' => out.push_str("\r\n"),
                _ => out.push(c),
            }
        }
        out
    }
}

/// Where bytes may be cut so that each half can be decoded alone: after a byte that is no second
/// byte in any code page, and that brings those with shifts back to ASCII or leaves them there.
fn cut(bytes: &[u8], page: CodePage) -> usize {
    if matches!(page.0, 1200 | 1201) {
        let even = bytes.len() & !1;
        let last = even.checked_sub(2).and_then(|at| bytes.get(at..even));
        // Half of a pair waits for the other.
        let high = match last {
            Some([low, high]) => {
                if page.0 == 1200 {
                    *high
                } else {
                    *low
                }
            }
            _ => 0,
        };
        return if (0xD8..0xDC).contains(&high) { even - 2 } else { even };
    }
    let stateful = matches!(page.0, 50220..=50222 | 65000);
    let end = |byte: &u8| *byte == b'\n' || (!stateful && matches!(byte, b' ' | b'>'));
    match bytes.iter().rposition(end) {
        Some(at) => at + 1,
        None if bytes.len() > UNCUT => bytes.len(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_keep_characters_whole() {
        assert_eq!(cut(b"ab cd", CodePage::UTF8), 3);
        assert_eq!(cut(b"abcd", CodePage::UTF8), 0);
        assert_eq!(cut(b"ab cd\nx y", CodePage(50220)), 6);
        assert_eq!(cut(b"a\0b\0c", CodePage(1200)), 4);
        assert_eq!(cut(&[0x61, 0, 0x3D, 0xD8], CodePage(1200)), 2);
        assert_eq!(cut(&[0, 0x61, 0xD8, 0x3D], CodePage(1201)), 2);
        assert_eq!(cut(&vec![b'x'; UNCUT + 1], CodePage::UTF8), UNCUT + 1);
    }

    #[test]
    fn lines() {
        let mut lines = Lines::default();
        assert_eq!(lines.normalize("a\nb\r"), "a\r\nb\r\n");
        assert_eq!(lines.normalize("\nc\r\rd"), "c\r\n\r\nd");
    }
}
