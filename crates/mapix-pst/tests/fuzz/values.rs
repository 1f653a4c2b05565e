//! Values and entry IDs out of bytes.

use std::cmp::Ordering;

use mapix_core::names::{
    PropRef, describe_value, parse_error, parse_named, parse_tag, search_named, search_tags,
    tags_named,
};
use mapix_core::prop::{
    CodePage, FileTime, Guid, PropTag, PropType, Value, compare_text, compare_values, guids,
};
use mapix_core::{EntryId, OneOff};
use mapix_pst::ltp::value::decode;

use super::feed::Feed;

/// All types that MAPI has, and some that it has not.
pub(super) const TYPES: [u16; 34] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0A, 0x0B, 0x0D, 0x14, 0x1E, 0x1F, 0x40, 0x48,
    0xFB, 0xFD, 0xFE, 0x102, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1014, 0x101E,
    0x101F, 0x1040, 0x1048, 0x1102, 0x1001, 0x0777,
];

/// Those that have a way of their own to be decoded.
pub(super) const CODE_PAGES: [u16; 44] = [
    1252, 437, 850, 866, 874, 932, 936, 949, 950, 1200, 1201, 1250, 1251, 1253, 1254, 1255, 1256,
    1257, 1258, 10000, 10007, 20127, 20866, 20932, 20936, 21866, 28591, 28592, 28593, 28594, 28595,
    28596, 28597, 28598, 28603, 28605, 38598, 50220, 51932, 51936, 51949, 54936, 65000, 65001,
];

/// A type, a code page, an ID, and two values of that type: one behind its length, and the rest.
pub(super) fn value(data: &[u8]) {
    let mut feed = Feed::new(data);
    let prop_type = PropType(feed.pick(&TYPES));
    let code_page = CodePage(match feed.u8() {
        number if usize::from(number) < CODE_PAGES.len() => CODE_PAGES[usize::from(number)],
        number => u16::from(number) << 8,
    });
    let tag = PropTag::new(feed.u16(), prop_type);
    let parts = [feed.part(), feed.rest()];
    let values = parts.map(|bytes| {
        let plain = Value::from_bytes(prop_type, bytes, code_page);
        assert_eq!(plain.prop_type(), prop_type);
        look(tag, &plain);
        let value = decode(prop_type, bytes, code_page);
        assert_eq!(value.prop_type(), prop_type);
        look(tag, &value);
        text(bytes, code_page);
        value
    });
    let [a, b] = &values;
    let (there, back) = (compare_values(a, b), compare_values(b, a));
    assert_eq!(there, back.map(Ordering::reverse), "{a:?} and {b:?}");
    if let Some(order) = compare_values(a, a) {
        assert_eq!(order, Ordering::Equal, "{a:?}");
    }
}

fn look(tag: PropTag, value: &Value) {
    let text = value.as_text();
    assert_eq!(text.is_some(), tag.prop_type().is_string());
    let _ = (value.as_i32(), value.as_i64(), value.as_bool(), value.as_bytes(), value.size());
    let _ = (describe_value(PropRef::Tag(tag), value), format!("{value:?}"));
    assert_eq!(value.each().count(), value.multi_len().unwrap_or(1));
    assert_eq!(value.is_empty_multi(), value.multi_len() == Some(0));
    for one in value.each().take(100) {
        let _ = one.size();
        if let Some(time) = one.as_time() {
            times(time);
        }
    }
    for wanted in [PropType::UNICODE, PropType::STRING8, PropType::MV_UNICODE, PropType::MV_STRING8]
    {
        if let Ok(value) = value.clone().coerce(wanted)
            && value.as_error().is_none()
        {
            assert_eq!(value.prop_type(), wanted);
        }
    }
}

fn times(time: FileTime) {
    let _ = (time.to_unix(), time.to_civil());
    let text = time.to_string();
    if let Ok(again) = FileTime::parse(&text) {
        assert_eq!(again.to_unix(), time.to_unix(), "{text}");
    }
}

fn text(bytes: &[u8], code_page: CodePage) {
    let text = code_page.decode(bytes);
    assert_eq!(compare_text(&text, &text), Ordering::Equal);
    let _ = (text.parse::<Guid>(), FileTime::parse(&text), code_page.is_known());
}

/// Names of tags, named properties and errors. Each that is not known is looked for among all.
pub(super) fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = (parse_tag(&text), parse_named(&text), parse_error(&text));
    let found = (search_tags(&text).count(), search_named(&text).count());
    let _ = (found, tags_named(&text));
}

/// Bytes as an entry ID, and as the text of one.
pub(super) fn entry_id(data: &[u8]) {
    if let Ok(id) = EntryId::from_bytes(data) {
        assert_eq!(id.as_bytes(), data);
        let text = id.to_string();
        assert_eq!(text.parse::<EntryId>().ok().as_ref(), Some(&id));
        assert_eq!(text.to_lowercase().parse::<EntryId>().ok().as_ref(), Some(&id));
        let _ = (id.flags(), id.is_short_term(), id.provider(), id.private());
        let library = String::from_utf8_lossy(&data[..data.len().min(20)]);
        assert_eq!(id.wrap_store(&library).unwrap_store().as_ref(), Some(&id));
        let mut next = id.unwrap_store();
        while let Some(inner) = next {
            assert!(inner.as_bytes().len() < data.len());
            next = inner.unwrap_store();
        }
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(id) = text.parse::<EntryId>()
    {
        assert_eq!(id.to_string(), text.to_uppercase());
    }
}

/// A code page, and what stands in a one-off entry ID behind the number of its provider.
pub(super) fn one_off(data: &[u8]) {
    let mut feed = Feed::new(data);
    let code_page = CodePage(feed.pick(&CODE_PAGES));
    let id = EntryId::new(guids::ONE_OFF, feed.rest());
    let Ok(read) = OneOff::read(&id, code_page) else { return };
    // A code page may have a zero in a text, where it ends.
    let whole = |text: &str| text.split('\0').next().unwrap_or_default().to_owned();
    let OneOff { name, address_type, address, flags } = &read;
    let mut ended = OneOff::new(whole(name), whole(address_type), whole(address));
    ended.flags = *flags;
    assert_eq!(OneOff::read(&read.entry_id(), code_page).ok(), Some(ended), "{read:?}");
}
