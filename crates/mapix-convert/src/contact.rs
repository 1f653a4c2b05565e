//! Contacts as vCard 3.0 (RFC 2426), which every program reads, and distribution lists as groups
//! of vCard 4.0 (RFC 6350), which 3.0 does not have. After MS-OXVCARD.

use mapix_core::prop::{FileTime, PropTag, PropType, Value, guids, tags};

use crate::LossKind;
use crate::calendar::{Lines, escape};
use crate::eml::{Address, Part, Text, base64, categories, is_class};
use crate::item::{Item, hex};
use crate::tags::ATTACHMENT_CONTACTPHOTO;

/// A larger picture is only attached.
const PHOTO: u64 = 512 * 1024;
/// A longer note is only the body.
const NOTE: usize = 256 * 1024;

/// A vCard part.
pub(crate) struct Card {
    pub(crate) text: String,
    pub(crate) name: String,
}

const DISPLAY_NAME_PREFIX: PropTag = PropTag(0x3A45_001F);
const MIDDLE_NAME: PropTag = PropTag(0x3A44_001F);
const GENERATION: PropTag = PropTag(0x3A05_001F);
const DEPARTMENT: PropTag = PropTag(0x3A18_001F);
const BIRTHDAY: PropTag = PropTag(0x3A42_0040);
const ANNIVERSARY: PropTag = PropTag(0x3A41_0040);

/// Telephone numbers and what they are for.
const PHONES: [(u16, &str); 18] = [
    (0x3A08, "WORK,VOICE"),
    (0x3A1B, "WORK,VOICE"),
    (0x3A09, "HOME,VOICE"),
    (0x3A2F, "HOME,VOICE"),
    (0x3A1C, "CELL,VOICE"),
    (0x3A24, "WORK,FAX"),
    (0x3A25, "HOME,FAX"),
    (0x3A23, "FAX"),
    (0x3A21, "PAGER"),
    (0x3A1E, "CAR,VOICE"),
    (0x3A1A, "PREF,VOICE"),
    (0x3A1D, "VOICE"),
    (0x3A1F, "VOICE"),
    (0x3A2D, "ISDN"),
    (0x3A57, "WORK,VOICE"),
    (0x3A02, "VOICE"),
    (0x3A2E, "X-ASSISTANT,VOICE"),
    (0x3A4B, "X-TTY"),
];

/// Single texts.
const TEXTS: [(u16, &str); 22] = [
    (0x3A4F, "NICKNAME"),
    (0x3A17, "TITLE"),
    (0x3A46, "ROLE"),
    (0x3A30, "X-MS-ASSISTANT"),
    (0x3A4E, "X-MS-MANAGER"),
    (0x3A48, "X-MS-SPOUSE"),
    (0x3A19, "X-MAPI-OFFICE"),
    (0x3A0D, "X-MAPI-LOCATION"),
    (0x3A0A, "X-MAPI-INITIALS"),
    (0x3A0B, "X-MAPI-KEYWORD"),
    (0x3A0C, "X-MAPI-LANGUAGE"),
    (0x3A07, "X-MAPI-GOVERNMENT-ID"),
    (0x3A10, "X-MAPI-ORGANIZATIONAL-ID"),
    (0x3A2C, "X-MAPI-TELEX"),
    (0x3A43, "X-MAPI-HOBBIES"),
    (0x3A47, "X-MAPI-PREFERRED-BY-NAME"),
    (0x3A49, "X-MAPI-COMPUTER-NETWORK"),
    (0x3A4A, "X-MAPI-CUSTOMER-ID"),
    (0x3A4C, "X-MAPI-FTP-SITE"),
    (0x3A04, "X-MAPI-ACCOUNT"),
    (0x3A0E, "X-MAPI-MAIL-PERMISSION"),
    (0x3A27, "X-MAPI-LOCALITY"),
];

/// The vCard of a contact or a distribution list; `None` for other items.
pub(crate) fn write(
    item: &Item<'_>,
    class: &str,
    body: Option<&Text>,
    parts: &[Part<'_>],
) -> Option<Card> {
    let is_list = is_class(class, "IPM.DistList");
    if !is_list && !is_class(class, "IPM.Contact") {
        return None;
    }
    let names = [tags::DISPLAY_NAME, tags::SUBJECT].map(|tag| item.text(tag));
    let list_name = address(item, 0x8053, PropType::UNICODE).and_then(|tag| item.text(tag));
    let name = names.into_iter().flatten().next().or(list_name);
    let name = name.or_else(|| item.text(tags::COMPANY_NAME)).unwrap_or_else(|| "Contact".into());
    let mut lines = Lines::default();
    lines.raw("BEGIN", "VCARD");
    lines.raw("VERSION", if is_list { "4.0" } else { "3.0" });
    lines.text("FN", &name);
    if is_list {
        members(item, &mut lines);
    } else {
        person(item, &mut lines);
        photo(&mut lines, parts);
    }
    if let Some(Text::Whole(text)) = body.filter(|body| body.is_short(NOTE)) {
        lines.text("NOTE", text);
    }
    let categories: Vec<String> = categories(item).iter().map(|text| escape(text)).collect();
    if !categories.is_empty() {
        lines.raw("CATEGORIES", &categories.join(","));
    }
    if !is_list && matches!(item.i32(tags::SENSITIVITY), Some(1..=3)) {
        lines.raw("CLASS", "PRIVATE");
    }
    if let Some(time) = item.time(tags::LAST_MODIFICATION_TIME) {
        let text = time.to_string();
        let seconds = text.get(..19).unwrap_or(&text);
        lines.raw("REV", &format!("{seconds}Z").replace(['-', ':'], ""));
    }
    let key = item.bytes(tags::SEARCH_KEY).unwrap_or_default();
    if !key.is_empty() {
        lines.raw("UID", &hex(&key));
    }
    lines.raw("END", "VCARD");
    Some(Card { text: lines.finish(), name: format!("{}.vcf", file_name(&name)) })
}

/// A name without what file systems refuse.
fn file_name(name: &str) -> String {
    let bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let name: String = name.chars().take(80).map(|c| if bad(c) { '_' } else { c }).collect();
    name.trim().trim_end_matches('.').to_owned()
}

/// The tag of a property of contacts.
fn address(item: &Item<'_>, id: u32, prop_type: PropType) -> Option<PropTag> {
    item.named(guids::PSETID_ADDRESS, id, prop_type)
}

fn person(item: &Item<'_>, lines: &mut Lines) {
    let text = |id: u16| item.text(PropTag::new(id, PropType::UNICODE));
    let named = |id: u32| address(item, id, PropType::UNICODE).and_then(|tag| item.text(tag));
    // What programs make of the fields below.
    for id in [0x8005, 0x801A, 0x801B, 0x801C, 0x8080, 0x8090, 0x80A0, 0x80B2, 0x80C2, 0x80D2] {
        address(item, id, PropType::UNICODE).into_iter().for_each(|tag| item.mark(tag));
    }
    item.mark(PropTag(0x3A15_001F));
    let parts = [tags::SURNAME, tags::GIVEN_NAME, MIDDLE_NAME, DISPLAY_NAME_PREFIX, GENERATION];
    lines.raw("N", &joined(parts.map(|tag| item.text(tag))));
    let organization = [item.text(tags::COMPANY_NAME), item.text(DEPARTMENT)];
    if organization.iter().any(Option::is_some) {
        lines.raw("ORG", &joined(organization));
    }
    for (id, name) in TEXTS {
        lines.some(name, text(id));
    }
    for (id, kind) in PHONES {
        // Some hold many numbers.
        for number in item.texts(PropTag::new(id, PropType::UNICODE)) {
            if !number.trim().is_empty() {
                lines.text(&format!("TEL;TYPE={kind}"), number.trim());
            }
        }
    }
    for (kind, address_id, original, entry_id) in [
        (0x8082, 0x8083, 0x8084, 0x8085),
        (0x8092, 0x8093, 0x8094, 0x8095),
        (0x80A2, 0x80A3, 0x80A4, 0x80A5),
    ] {
        email(item, lines, [kind, address_id, original, entry_id]);
    }
    let home = [0x3A5E, 0x3A5D, 0x3A59, 0x3A5C, 0x3A5B, 0x3A5A].map(text);
    place(lines, "HOME", home);
    let work = [0x804A, 0x8045, 0x8046, 0x8047, 0x8048, 0x8049].map(named);
    // Before Outlook 97 the address of the office had other tags.
    let older = [0x3A2B, 0x3A29, 0x3A27, 0x3A28, 0x3A2A, 0x3A26].map(text);
    place(lines, "WORK", if work.iter().any(Option::is_some) { work } else { older });
    let other = [0x3A64, 0x3A63, 0x3A5F, 0x3A62, 0x3A61, 0x3A60].map(text);
    place(lines, "POSTAL", other);
    for (name, tag) in [("BDAY", BIRTHDAY), ("X-ANNIVERSARY", ANNIVERSARY)] {
        if let Some(time) = item.time(tag) {
            // It is midnight where it was entered; the nearest midnight here is the day.
            let day = FileTime::from_unix(time.to_unix() + 12 * 3600).to_string();
            lines.raw(name, day.get(..10).unwrap_or_default());
        }
    }
    for id in [0x80DE, 0x80DF] {
        address(item, id, PropType::TIME).into_iter().for_each(|tag| item.mark(tag));
    }
    let page = named(0x802B).or_else(|| text(0x3A51));
    item.mark(PropTag(0x3A51_001F));
    lines.some("URL;TYPE=WORK", page);
    lines.some("URL;TYPE=HOME", text(0x3A50));
    lines.some("IMPP", named(0x8062).map(|one| format!("im:{one}")));
    lines.some("FBURL", named(0x80D8));
    match item.value(PropTag(0x3A4D_0002)).and_then(|value| value.as_i32()) {
        Some(1) => lines.raw("X-GENDER", "Female"),
        Some(2) => lines.raw("X-GENDER", "Male"),
        _ => {}
    }
    for child in item.texts(PropTag(0x3A58_101F)) {
        lines.text("X-MS-CHILD", &child);
    }
    for (id, name) in [
        (0x804F, "X-MAPI-USER1"),
        (0x8050, "X-MAPI-USER2"),
        (0x8051, "X-MAPI-USER3"),
        (0x8052, "X-MAPI-USER4"),
        (0x802C, "X-PHONETIC-FIRST-NAME"),
        (0x802D, "X-PHONETIC-LAST-NAME"),
        (0x802F, "X-PHONETIC-ORG"),
    ] {
        lines.some(name, named(id));
    }
}

fn email(item: &Item<'_>, lines: &mut Lines, [kind, value, original, entry_id]: [u32; 4]) {
    let text = |id: u32| address(item, id, PropType::UNICODE).and_then(|tag| item.text(tag));
    let (kind, value, original) = (text(kind), text(value), text(original));
    let entry_id = address(item, entry_id, PropType::BINARY).and_then(|tag| item.bytes(tag));
    let one_off = entry_id.and_then(|id| Address::of_entry_id(&id)).and_then(|one| one.smtp);
    let is_smtp = kind.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("SMTP"));
    let found = value.clone().filter(|_| is_smtp).or(one_off);
    // The name that Exchange keeps beside its own addresses is the one of internet mail.
    let found = found.or_else(|| original.filter(|text| text.contains('@')));
    lines.some("EMAIL;TYPE=INTERNET", found);
    if !is_smtp && let (Some(kind), Some(value)) = (kind, value) {
        lines.text("X-MAPI-EMAIL", &format!("{kind}:{value}"));
    }
}

/// Post office box, street, city, region, code and country.
fn place(
    lines: &mut Lines,
    kind: &str,
    [post_box, street, city, region, code, country]: [Option<String>; 6],
) {
    let all = [post_box, None, street, city, region, code, country];
    if all.iter().any(Option::is_some) {
        lines.raw(&format!("ADR;TYPE={kind}"), &joined(all));
    }
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.map(|part| part.map(|text| escape(&text)).unwrap_or_default()).join(";")
}

fn photo(lines: &mut Lines, parts: &[Part<'_>]) {
    let is_photo = |part: &&Part<'_>| part.item.bool(ATTACHMENT_CONTACTPHOTO) == Some(true);
    let Some(part) = parts.iter().find(is_photo) else { return };
    let small = part.item.bag.get(tags::ATTACH_DATA_BIN).is_some_and(|data| data.size() <= PHOTO);
    let bytes = if small { part.item.bytes(tags::ATTACH_DATA_BIN) } else { None };
    let Some(bytes) = bytes else { return };
    let kind = match bytes.get(..4) {
        Some(b"\x89PNG") => "PNG",
        Some(b"GIF8") => "GIF",
        _ => "JPEG",
    };
    lines.raw(&format!("PHOTO;ENCODING=b;TYPE={kind}"), &base64(&bytes));
}

/// The members of a distribution list: those with addresses, and the contacts that are meant.
fn members(item: &Item<'_>, lines: &mut Lines) {
    lines.raw("KIND", "group");
    let all = |id: u32| -> Vec<Vec<u8>> {
        let value = address(item, id, PropType::MV_BINARY).and_then(|tag| item.value(tag));
        let each = value.iter().flat_map(Value::each);
        each.filter_map(|value| value.as_bytes().map(Into::into)).collect()
    };
    address(item, 0x8005, PropType::UNICODE).into_iter().for_each(|tag| item.mark(tag));
    let (one_offs, ids) = (all(0x8054), all(0x8055));
    let mut unknown = 0_u64;
    for number in 0..one_offs.len().max(ids.len()) {
        let at = |list: &[Vec<u8>]| list.get(number).and_then(|id| Address::of_entry_id(id));
        // The one describes the other, which may be a contact of some store.
        let Some(member) = at(&one_offs).or_else(|| at(&ids)) else {
            unknown += 1;
            continue;
        };
        let name = &member.name;
        match member.address() {
            Some(target) => {
                lines.raw("MEMBER", &format!("mailto:{target}"));
                lines.text("X-MAPI-MEMBER", &format!("{name} <{target}>"));
            }
            None => lines.text("X-MAPI-MEMBER", name),
        }
    }
    if unknown > 0 {
        item.lose(LossKind::Address, format!("{unknown} members are known by entry IDs only"));
    }
}
