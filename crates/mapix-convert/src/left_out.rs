//! Which properties with content of the user were not carried over.

use mapix_core::names::{named_name, tag_name};
use mapix_core::prop::{Guid, NameKind, Prop, PropName, Value, guids};

use crate::LossKind;
use crate::item::{Item, is_time};
use crate::tags::{PSETID_LOG, PSETID_MEETING, PSETID_NOTE};

/// Reports damage and what was left out of an object, after all of it was asked for.
pub(crate) fn report(item: &Item<'_>) {
    for prop in &item.bag {
        if let Value::Error(code) = &prop.value {
            item.lose(LossKind::Damaged, format!("{}: {code}", name(item, prop)));
        } else if !item.is_used(prop.tag.id()) && is_content(item, prop) && !is_blank(&prop.value) {
            item.lose(LossKind::Property, name(item, prop));
        }
    }
}

fn name(item: &Item<'_>, prop: &Prop) -> String {
    match item.conversion.names.name(prop.tag.id()).filter(|_| prop.tag.is_named()) {
        Some(known) => named_name(known).map_or_else(|| known.to_string(), Into::into),
        None => tag_name(prop.tag).map_or_else(|| prop.tag.to_string(), Into::into),
    }
}

/// Zero, false and empty say nothing.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Unicode(_) | Value::String8(_) => {
            value.as_text().is_some_and(|text| text.trim_matches(['\0', ' ']).is_empty())
        }
        Value::Binary(bytes) => bytes.is_empty(),
        // What Outlook writes for "none".
        Value::Time(time) => !is_time(*time),
        Value::F64(number) => *number == 0.0,
        Value::Large(..) => false,
        value => value.as_i64() == Some(0) || value.multi_len() == Some(0),
    }
}

/// Tags that users fill in, outside of address books, and mail has no field for: the follow-up
/// flag, when it was done, and the comment.
const SINGLE: [u16; 3] = [0x1090, 0x1091, 0x3004];

/// Whether a user put it in, or would miss it.
fn is_content(item: &Item<'_>, prop: &Prop) -> bool {
    if prop.tag.is_named() {
        return item.conversion.names.name(prop.tag.id()).is_some_and(is_named_content);
    }
    let id = prop.tag.id();
    SINGLE.contains(&id) || is_person(id) && !item.is_attachment()
}

/// What address books say about a person (`0x3A00` to `0x3A6F`), but for what is technical.
fn is_person(id: u16) -> bool {
    // Conversion preferences, rich text, original addresses.
    const TECHNICAL: [u16; 7] = [0x3A02, 0x3A03, 0x3A05, 0x3A10, 0x3A12, 0x3A13, 0x3A40];
    (0x3A00..=0x3A64).contains(&id) && !TECHNICAL.contains(&id)
}

fn is_named_content(name: &PropName) -> bool {
    match (&name.kind, name.set) {
        (NameKind::Name(text), guids::PS_PUBLIC_STRINGS) => !is_technical_string(text),
        (NameKind::Name(_), guids::PS_INTERNET_HEADERS) => false,
        (NameKind::Id(id), set) => content_ids(set).contains(id),
        _ => false,
    }
}

/// Strings in the public set that programs write, not people.
fn is_technical_string(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let prefixes =
        ["http:", "urn:", "x-", "dav:", "ms-", "content-", "entourage", "exchange", "quarantine"];
    let names = [
        "acceptlanguage",
        "accept-language",
        "appname",
        "lastmodifiedtime",
        "msip_labels",
        "pidlid",
        "thread-index",
        "_rmid_0",
        "smarttag",
    ];
    prefixes.iter().any(|prefix| lower.starts_with(prefix)) || names.contains(&&*lower)
}

/// Numbered names that users fill in, by property set, without those that are derived.
fn content_ids(set: Guid) -> &'static [u32] {
    match set {
        // Companies, contacts, billing, mileage, verbs to vote with, flag text and dates.
        guids::PSETID_COMMON => &[
            0x8502, 0x8503, 0x8516, 0x8517, 0x8520, 0x8530, 0x8534, 0x8535, 0x8539, 0x853A, 0x8585,
            0x85A0, 0x85A4,
        ],
        guids::PSETID_APPOINTMENT => &[
            0x8205, 0x8208, 0x820D, 0x820E, 0x8215, 0x8216, 0x8234, 0x8248, 0x825C, 0x8240, 0x8241,
            0x8242, 0x8247, 0x8244,
        ],
        guids::PSETID_TASK => &[
            0x8101, 0x8102, 0x8104, 0x8105, 0x810F, 0x8110, 0x8111, 0x8116, 0x811C, 0x811F, 0x8121,
        ],
        guids::PSETID_ADDRESS => &[
            0x8005, 0x801A, 0x801B, 0x801C, 0x802B, 0x802C, 0x802D, 0x802F, 0x8045, 0x8046, 0x8047,
            0x8048, 0x8049, 0x804A, 0x804F, 0x8050, 0x8051, 0x8052, 0x8054, 0x8055, 0x8062, 0x8080,
            0x8083, 0x8090, 0x8093, 0x80A0, 0x80A3, 0x80B2, 0x80C2, 0x80D2, 0x80D8, 0x80DE,
        ],
        PSETID_LOG => &[0x8700, 0x8706, 0x8707, 0x8708, 0x8712],
        PSETID_NOTE => &[0x8B00],
        PSETID_MEETING => &[0x0002],
        _ => &[],
    }
}
