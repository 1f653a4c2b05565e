//! Names of property tags.

use std::sync::LazyLock;

use super::near::not_found;
use super::table::{NameIndex, after_0x, hex, is_hex, list, matches, number, optional, rows};
use crate::Result;
use crate::prop::{PropTag, PropType};

/// What is known about a property tag.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct TagInfo {
    /// The tag; `PT_UNICODE` for a string unless the name says otherwise.
    pub tag: PropTag,
    /// The name that MAPI programs use, such as `PR_SUBJECT`.
    pub name: &'static str,
    /// The name in the protocol documents, such as `PidTagSubject`.
    pub canonical: Option<&'static str>,
    /// Further names, such as `PR_SUBJECT_W`.
    pub other_names: Vec<&'static str>,
    /// The area it belongs to, such as `General messaging`.
    pub area: Option<&'static str>,
    /// Whether Microsoft's MAPI reference documents it.
    pub documented: bool,
}

impl TagInfo {
    /// All its names, the preferred one first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        let canonical = self.canonical.filter(|name| *name != self.name);
        std::iter::once(self.name).chain(canonical).chain(self.other_names.iter().copied())
    }

    /// Whether the tag has this meaning only in an address book. Everywhere else, IDs from
    /// `0x8000` stand for the names in the map of the store.
    pub fn is_address_book(&self) -> bool {
        self.tag.id() >= FIRST_NAMED
    }
}

/// IDs from here on stand for names.
const FIRST_NAMED: u16 = 0x8000;
/// IDs from here on, each provider and message class uses as it likes.
const FIRST_PRIVATE: u16 = 0x6600;
/// Set in the type of a column that gives one value of a multivalue per row.
const MV_INSTANCE: u16 = 0x2000;

/// By ID; the tag that is most likely meant comes first.
static TAGS: LazyLock<Vec<TagInfo>> = LazyLock::new(|| {
    rows(include_str!("../../names/tags.tsv"))
        .map(|[tag, name, canonical, other_names, area, documented]| TagInfo {
            tag: PropTag(hex(tag)),
            name,
            canonical: optional(canonical),
            other_names: list(other_names),
            area: optional(area),
            documented: documented == "d",
        })
        .collect()
});

/// Preferred names come before canonical ones, those before the others.
static INDEX: LazyLock<NameIndex> = LazyLock::new(|| {
    let names = TAGS.iter().enumerate().map(|(entry, info)| (info.name, entry));
    let canonical = TAGS.iter().enumerate().filter_map(|(i, info)| Some((info.canonical?, i)));
    let others = TAGS
        .iter()
        .enumerate()
        .flat_map(|(entry, info)| info.other_names.iter().map(move |name| (*name, entry)));
    NameIndex::new(names.chain(canonical).chain(others))
});

/// Names of string tags that no source names, made from the name of the other width; by tag.
static TWINS: LazyLock<Vec<(PropTag, String)>> = LazyLock::new(|| {
    let mut twins: Vec<(PropTag, String)> = TAGS
        .iter()
        .filter_map(|info| {
            let tag = info.tag.with_type(other_width(info.tag.prop_type())?);
            let is_known = tags_with_id(tag.id()).iter().any(|other| other.tag == tag);
            let has_suffixes = info.name.starts_with("PR_") || info.name.starts_with("PROP_");
            let name = with_suffix(info.name, tag.prop_type());
            let is_free = INDEX.find(&name).next().is_none();
            (!is_known && has_suffixes && is_free).then_some((tag, name))
        })
        .collect();
    twins.sort();
    twins
});

/// The preferred MAPI name of a tag: `PR_SUBJECT` for `0x0037001F`, `PR_SUBJECT_A` for
/// `0x0037001E`.
///
/// # Behavior
///
/// - A tag with an ID from `0x8000` has no name: its meaning is in the map of the store.
/// - A tag of the tables has the name it has there. The bit `MV_INSTANCE` does not matter.
/// - A string tag that is known in the other width only has that name, with `_A` for
///   `PT_STRING8` and `_W` for `PT_UNICODE` if it is a `PR_` name.
/// - A tag without a type of its own (`PT_UNSPECIFIED`, `PT_NULL`, `PT_ERROR`) has the name of the
///   most likely tag with its ID.
/// - A tag of any other type has the name of the one property with its ID, or of the only
///   documented one; below `0x6600` only, as what lies above each provider and message class uses
///   as it likes.
#[doc(alias = "PropTagToPropName")]
pub fn tag_name(tag: PropTag) -> Option<&'static str> {
    let info = tag_info(tag)?;
    let wanted = stored_type(tag);
    if other_width(wanted) != Some(info.tag.prop_type()) {
        return Some(info.name);
    }
    let tag = tag.with_type(wanted);
    let twin = TWINS.binary_search_by_key(&tag, |(tag, _)| *tag).ok();
    Some(twin.map_or(info.name, |twin| TWINS[twin].1.as_str()))
}

/// The name of a tag in the protocol documents: `PidTagSubject` for `0x0037001F`.
///
/// Tags are found as by [`tag_name`].
pub fn tag_canonical(tag: PropTag) -> Option<&'static str> {
    let info = tag_info(tag)?;
    info.canonical.or_else(|| {
        let twin = info.tag.with_type(other_width(info.tag.prop_type())?);
        tags_with_id(tag.id()).iter().find(|other| other.tag == twin)?.canonical
    })
}

/// What is known about a tag. Tags are found as by [`tag_name`], so the tag of the answer can
/// have another type.
pub fn tag_info(tag: PropTag) -> Option<&'static TagInfo> {
    if tag.id() >= FIRST_NAMED {
        return None;
    }
    let entries = tags_with_id(tag.id());
    let prop_type = stored_type(tag);
    let of_type = |wanted| entries.iter().find(|info| info.tag.prop_type() == wanted);
    let with_type = of_type(prop_type).or_else(|| of_type(other_width(prop_type)?));
    with_type.or_else(|| match prop_type {
        PropType::UNSPECIFIED | PropType::NULL | PropType::ERROR => entries.first(),
        _ if tag.id() < FIRST_PRIVATE => only_property(entries),
        _ => None,
    })
}

/// All entries with an ID, the most likely one first. From `0x8000` these are the properties of
/// address books.
pub fn tags_with_id(id: u16) -> &'static [TagInfo] {
    let start = TAGS.partition_point(|info| info.tag.id() < id);
    let rest = &TAGS[start..];
    &rest[..rest.iter().take_while(|info| info.tag.id() == id).count()]
}

/// All tags with a name, the preferred one first, Unicode before `PT_STRING8`.
///
/// Takes every name of the tables and, for strings, any of them with `_A` or `_W`: `PR_SUBJECT`,
/// `PR_SUBJECT_W`, `PR_SUBJECT_A`, `PidTagSubject`, `ptagSubject`.
pub fn tags_named(name: &str) -> Vec<PropTag> {
    let tags = |name: &str| -> Vec<PropTag> {
        let mut tags: Vec<PropTag> = INDEX.find(name).map(|entry| TAGS[entry].tag).collect();
        tags.sort_by_key(|tag| tag.prop_type().single() == PropType::STRING8);
        let mut seen = Vec::new();
        tags.retain(|tag| !seen.contains(tag) && (seen.push(*tag), true).1);
        tags
    };
    let found = tags(name);
    if !found.is_empty() {
        return found;
    }
    let (base, is_ansi) = match name.len().checked_sub(2).and_then(|at| name.split_at_checked(at)) {
        Some((base, "_A" | "_a")) => (base, true),
        Some((base, "_W" | "_w")) => (base, false),
        _ => (name, false),
    };
    let mut twins: Vec<PropTag> = ["", "_W", "_A"]
        .into_iter()
        .map(|suffix| tags(&format!("{base}{suffix}")))
        .find(|tags| !tags.is_empty())
        .unwrap_or_default()
        .into_iter()
        .filter_map(|tag| {
            let prop_type = tag.prop_type();
            let other = other_width(prop_type)?;
            let is_wanted = (prop_type.single() == PropType::STRING8) == is_ansi;
            Some(tag.with_type(if is_wanted { prop_type } else { other }))
        })
        .collect();
    twins.dedup();
    twins
}

/// Reads a tag: one of its names, the tag in hexadecimal (`0x0037001F` or `0037001F`), or an ID
/// (`0x0037` or `0037`), which stands for the most likely tag with that ID; with
/// `PT_UNSPECIFIED` if there is none.
///
/// `MAPI_E_NOT_FOUND` if there is no such name; the message then suggests up to three near ones.
pub fn parse_tag(text: &str) -> Result<PropTag> {
    let text = text.trim();
    find_tag(text)
        .ok_or_else(|| not_found("property tag", text, TAGS.iter().flat_map(TagInfo::names)))
}

/// Like [`parse_tag`], where no near names are wanted: looking for them takes milliseconds.
pub(crate) fn find_tag(text: &str) -> Option<PropTag> {
    let text = text.trim();
    parse_number(text).or_else(|| tags_named(text).first().copied())
}

/// Searches the names of all tags, those of address books too. A word such as `0x0037` searches
/// the numbers.
pub fn search_tags(query: &str) -> impl Iterator<Item = &'static TagInfo> {
    TAGS.iter().filter(move |info| {
        let number = number(query, info.tag.0);
        matches(query, &info.names(), &number)
    })
}

fn parse_number(text: &str) -> Option<PropTag> {
    let prefixed = after_0x(text);
    let digits = prefixed.unwrap_or(text);
    let fits = match digits.len() {
        4 | 8 => true,
        1..=8 => prefixed.is_some(),
        _ => false,
    };
    if !fits || !is_hex(digits) {
        return None;
    }
    let number = hex(digits);
    if digits.len() > 4 {
        return Some(PropTag(number));
    }
    let untyped = PropTag::new(number as u16, PropType::UNSPECIFIED);
    Some(tag_info(untyped).map_or(untyped, |info| info.tag))
}

/// The type of what is stored, where the tag is a column of single values.
fn stored_type(tag: PropTag) -> PropType {
    let prop_type = tag.prop_type();
    if prop_type.is_multi() { PropType(prop_type.0 & !MV_INSTANCE) } else { prop_type }
}

/// The type of the same string in the other width.
fn other_width(prop_type: PropType) -> Option<PropType> {
    Some(match prop_type {
        PropType::STRING8 => PropType::UNICODE,
        PropType::UNICODE => PropType::STRING8,
        PropType::MV_STRING8 => PropType::MV_UNICODE,
        PropType::MV_UNICODE => PropType::MV_STRING8,
        _ => return None,
    })
}

/// The name with the suffix of a string type in place of its own.
fn with_suffix(name: &str, prop_type: PropType) -> String {
    let base = name.strip_suffix("_A").or_else(|| name.strip_suffix("_W")).unwrap_or(name);
    let suffix = if prop_type.single() == PropType::STRING8 { "_A" } else { "_W" };
    format!("{base}{suffix}")
}

/// The one property among tags with the same ID, or the only documented one.
fn only_property(entries: &'static [TagInfo]) -> Option<&'static TagInfo> {
    let any_documented = entries.iter().any(|info| info.documented);
    let mut candidates = entries.iter().filter(|info| info.documented || !any_documented);
    let first = candidates.next()?;
    let (prop_type, twin) = (first.tag.prop_type(), other_width(first.tag.prop_type()));
    candidates
        .all(|info| info.tag.prop_type() == prop_type || Some(info.tag.prop_type()) == twin)
        .then_some(first)
}
