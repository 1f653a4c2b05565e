//! HTML and RTF bodies and attached texts as text, so that a search can look into them.

use std::borrow::Cow;
use std::io::Read;

use mapix_core::prop::CodePage;
use mapix_core::query::{AttachedFile, BodyText, RichBody};
use mapix_core::{Error, Result};

use crate::charset::Charset;
use crate::read::meta_charset;
use crate::{html, rtf};

/// How much is read of an attachment.
const MOST: u64 = 4 << 20;

/// Converts HTML and RTF bodies, and attachments of plain text and HTML, for searches and indexes.
///
/// Plain text is `text/*` but for HTML and RTF, JSON and XML; where the type of an attachment says
/// nothing, its extension tells. The first 4 MiB are read. The character set is that which the
/// attachment or the HTML names; else what a byte order mark or valid UTF-8 shows; else the code
/// page of the message.
#[derive(Clone, Copy, Default, Debug)]
pub struct Bodies;

impl BodyText for Bodies {
    fn name(&self) -> &'static str {
        // The number changes with the texts.
        "mapix-convert 1"
    }

    fn text(&self, body: &RichBody) -> Result<Option<String>> {
        match body {
            RichBody::Html { html, code_page } => {
                Ok(Some(html::to_text(&decode(html, *code_page))))
            }
            RichBody::CompressedRtf(bytes) => match rtf::compressed_to_text(bytes) {
                Some(text) => Ok(Some(text)),
                None => Err(Error::corrupt("the RTF body is not compressed RTF")),
            },
            _ => Ok(None),
        }
    }

    fn attachment(&self, file: &AttachedFile<'_>) -> Result<Option<String>> {
        let Some(kind) = Kind::of(file) else { return Ok(None) };
        let mut bytes = Vec::new();
        file.open()?.take(MOST).read_to_end(&mut bytes)?;
        let named = file.charset().and_then(Charset::of_label).or_else(|| match kind {
            Kind::Html => meta_charset(&bytes),
            Kind::Plain => None,
        });
        let text = match (named, bytes.as_slice()) {
            (_, [0xFF, 0xFE, rest @ ..]) => CodePage(1200).decode(rest),
            (_, [0xFE, 0xFF, rest @ ..]) => CodePage(1201).decode(rest),
            (Some(named), bytes) => named.decode(bytes).0,
            (None, bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                // The last letter may have been cut in two.
                Err(error) if error.error_len().is_none() && bytes.len() as u64 == MOST => {
                    String::from_utf8_lossy(bytes)
                }
                Err(_) => decode(bytes, file.code_page()),
            },
        };
        Ok(Some(match kind {
            Kind::Html => html::to_text(&text),
            Kind::Plain => text.into_owned(),
        }))
    }
}

/// What an attachment is, of what can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Plain,
    Html,
}

impl Kind {
    fn of(file: &AttachedFile<'_>) -> Option<Self> {
        match file.mime_type() {
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "text/rtf" | "text/richtext" | "text/enriched" => None,
            "application/json" | "application/xml" => Some(Self::Plain),
            text if text.starts_with("text/") => Some(Self::Plain),
            "" | "application/octet-stream" => match file.extension()?.as_str() {
                "htm" | "html" | "xhtml" => Some(Self::Html),
                "txt" | "text" | "log" | "csv" | "tsv" | "md" | "json" | "xml" | "ics" | "vcf"
                | "ini" | "conf" | "yaml" | "yml" => Some(Self::Plain),
                _ => None,
            },
            _ => None,
        }
    }
}

fn decode(bytes: &[u8], code_page: CodePage) -> Cow<'_, str> {
    if let Some(text) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return String::from_utf8_lossy(text);
    }
    match std::str::from_utf8(bytes) {
        // What is UTF-8 throughout is no accident, whatever stands in the properties.
        Ok(text) if code_page == CodePage::WESTERN => text.into(),
        _ => code_page.decode(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_pages() {
        assert_eq!(decode(b"caf\xE9", CodePage::WESTERN), "caf\u{e9}");
        assert_eq!(decode("caf\u{e9}".as_bytes(), CodePage::WESTERN), "caf\u{e9}");
        assert_eq!(decode(b"\xEF\xBB\xBFcaf\xC3\xA9", CodePage(1251)), "caf\u{e9}");
        assert_eq!(decode(b"\xD0", CodePage(1251)), "\u{420}");
    }

    #[test]
    fn damaged_rtf_is_an_error() {
        assert!(Bodies.text(&RichBody::CompressedRtf(b"no RTF".to_vec())).is_err());
    }
}
