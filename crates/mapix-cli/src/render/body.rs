//! The body of a message as text.

use mapix::prop::{CodePage, PropBag, PropTag, PropType, Value, tags};
use mapix::{ErrorCode, Message};
use mapix_convert::{html, rtf};

use crate::args::Body;

/// A body and where it was found.
pub(crate) struct Found {
    /// The text; lines are not wrapped.
    pub(crate) text: String,
    /// `text`, `HTML` or `RTF`.
    pub(crate) from: &'static str,
}

/// The body of a message; `None` if it has none of the kind that is asked for.
pub(crate) fn body(message: &Message, bag: &PropBag, which: Body) -> mapix::Result<Option<Found>> {
    let found = |text: Option<String>, from| {
        text.filter(|text| !text.trim().is_empty()).map(|text| Found { text, from })
    };
    let text = || {
        check(bag, tags::BODY)?;
        Ok(found(message.text(tags::BODY)?.map(|text| normalize(&text)), "text"))
    };
    let html = || {
        check(bag, tags::HTML)?;
        Ok(found(html_text(message, bag)?, "HTML"))
    };
    let rtf = || {
        check(bag, tags::RTF_COMPRESSED)?;
        Ok(found(rtf_text(message)?, "RTF"))
    };
    match which {
        Body::None => Ok(None),
        Body::Text => text(),
        Body::Html => html(),
        Body::Rtf => rtf(),
        Body::Best => first([&text, &html, &rtf]),
    }
}

/// Nobody reads bodies of more bytes than this, and they would have to be held.
const LONGEST: u64 = 32 << 20;

/// Refuses a body that is too long to be shown.
fn check(bag: &PropBag, tag: PropTag) -> mapix::Result<()> {
    let size = bag.find(tag.id()).map_or(0, |prop| prop.value.size());
    if size <= LONGEST {
        return Ok(());
    }
    let message = format!("{tag} has {size} bytes, too many to be shown; --format json has them");
    Err(mapix::Error::new(ErrorCode::NOT_ENOUGH_MEMORY, message))
}

/// The first body that there is. One that cannot be read does not hide the next.
fn first(
    candidates: [&dyn Fn() -> mapix::Result<Option<Found>>; 3],
) -> mapix::Result<Option<Found>> {
    let mut failed = None;
    for candidate in candidates {
        match candidate() {
            Ok(Some(found)) => return Ok(Some(found)),
            Ok(None) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(None), Err)
}

fn html_text(message: &Message, bag: &PropBag) -> mapix::Result<Option<String>> {
    let any = |tag: PropTag| message.get(tag.with_type(PropType::UNSPECIFIED));
    // The same ID is bytes in some stores and text in others.
    let Some(value) = any(tags::HTML)? else { return Ok(None) };
    let document = match (value.as_text(), value.as_bytes()) {
        (Some(text), _) => text.into_owned(),
        (_, Some(bytes)) => decode_html(bytes, bag),
        _ => return Ok(None),
    };
    Ok(Some(html::to_text(&document)))
}

fn decode_html(bytes: &[u8], bag: &PropBag) -> String {
    if let Some(text) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return String::from_utf8_lossy(text).into_owned();
    }
    let page = bag.i32(tags::INTERNET_CPID).and_then(CodePage::from_property);
    match (page, std::str::from_utf8(bytes)) {
        (None, Ok(text)) => text.into(),
        (page, _) => page.unwrap_or(CodePage::WESTERN).decode(bytes).into_owned(),
    }
}

fn rtf_text(message: &Message) -> mapix::Result<Option<String>> {
    let Some(value) = message.get(tags::RTF_COMPRESSED)? else { return Ok(None) };
    let Value::Binary(bytes) = &value else { return Ok(None) };
    Ok(rtf::compressed_to_text(bytes))
}

/// Line ends of any kind as line feeds.
fn normalize(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned()
}
