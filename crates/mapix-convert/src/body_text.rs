//! HTML and RTF bodies as text, so that a search can look into them.

use std::borrow::Cow;

use mapix_core::prop::CodePage;
use mapix_core::query::{BodyText, RichBody};
use mapix_core::{Error, Result};

use crate::{html, rtf};

/// Converts HTML and RTF bodies for searches and indexes.
#[derive(Clone, Copy, Default, Debug)]
pub struct Bodies;

impl BodyText for Bodies {
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
