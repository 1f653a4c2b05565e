//! Names of named properties.

use std::sync::LazyLock;

use super::near::not_found;
use super::table::{NameIndex, after_0x, hex, list, matches, optional, rows};
use super::{guid, guid_by_name};
use crate::prop::{Guid, NameKind, PropName, PropType, guids};
use crate::{Error, Result};

/// What is known about a named property.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NamedInfo {
    /// The property set and the number or string in it.
    pub prop: PropName,
    /// The type of its values.
    pub prop_type: PropType,
    /// The preferred name, such as `PidLidReminderSet`.
    pub name: &'static str,
    /// Further names, such as `dispidReminderSet`.
    pub other_names: Vec<&'static str>,
    /// The area it belongs to, such as `Meetings`.
    pub area: Option<&'static str>,
    /// Whether Microsoft's MAPI reference documents it.
    pub documented: bool,
}

impl NamedInfo {
    /// All its names, the preferred one first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        std::iter::once(self.name).chain(self.other_names.iter().copied())
    }
}

/// By property name.
static NAMED: LazyLock<Vec<NamedInfo>> = LazyLock::new(|| {
    let rows = rows(include_str!("../../names/named.tsv"));
    let mut named: Vec<NamedInfo> = rows
        .map(|[set, kind, key, prop_type, name, other_names, area, documented]| {
            let set: Guid = set.parse().unwrap_or_default();
            let prop = match kind {
                "id" => PropName::id(set, after_0x(key).map_or(0, hex)),
                _ => PropName::name(set, key),
            };
            NamedInfo {
                prop,
                prop_type: PropType::from_name(prop_type).unwrap_or(PropType::UNSPECIFIED),
                name,
                other_names: list(other_names),
                area: optional(area),
                documented: documented == "d",
            }
        })
        .collect();
    named.sort_by(|a, b| a.prop.cmp(&b.prop));
    named
});

/// Documented entries come first, and among them those whose preferred name it is.
static INDEX: LazyLock<NameIndex> = LazyLock::new(|| {
    let mut names: Vec<(bool, bool, &'static str, usize)> = Vec::new();
    for (entry, info) in NAMED.iter().enumerate() {
        names.extend(info.names().map(|name| (!info.documented, name != info.name, name, entry)));
    }
    names.sort_by_key(|(undocumented, other, ..)| (*undocumented, *other));
    NameIndex::new(names.into_iter().map(|(.., name, entry)| (name, entry)))
});

/// The name of a named property: `PidLidReminderSet` for `PSETID_Common`, `0x8503`.
#[doc(alias = "MAPINAMEID")]
pub fn named_name(prop: &PropName) -> Option<&'static str> {
    named_info(prop).map(|info| info.name)
}

/// What is known about a named property.
///
/// Strings are compared letter by letter, except for the names of internet headers, in which the
/// case of the letters does not matter.
pub fn named_info(prop: &PropName) -> Option<&'static NamedInfo> {
    if let Ok(entry) = NAMED.binary_search_by(|info| info.prop.cmp(prop)) {
        return Some(&NAMED[entry]);
    }
    match &prop.kind {
        NameKind::Name(header) if prop.set == guids::PS_INTERNET_HEADERS => {
            NAMED.iter().filter(|info| info.prop.set == prop.set).find(|info| {
                matches!(&info.prop.kind, NameKind::Name(name) if name.eq_ignore_ascii_case(header))
            })
        }
        _ => None,
    }
}

/// The named property with a name, and the type of its values: `PidLidReminderSet` or
/// `dispidReminderSet`. Where sources differ, the documented one.
pub fn named_by_name(name: &str) -> Option<(PropName, PropType)> {
    entries_named(name).next().map(|info| (info.prop.clone(), info.prop_type))
}

/// Reads a named property: one of its names, or its property set, a colon, and its number or
/// string: `PSETID_Common:0x8503`, `PS_PUBLIC_STRINGS:Keywords`. Only `0x` makes a number. The set
/// may be a GUID, in braces or not, so this also reads what [`PropName`] prints. A property that
/// is not known has the type `PT_UNSPECIFIED`.
///
/// `MAPI_E_NOT_FOUND` if there is no such name; the message then suggests up to three near ones.
pub fn parse_named(text: &str) -> Result<(PropName, PropType)> {
    let text = text.trim();
    if let Some(found) = named_by_name(text) {
        return Ok(found);
    }
    let Some((set, key)) = text.split_once(':') else {
        let names = NAMED.iter().flat_map(NamedInfo::names);
        return Err(not_found("named property", text, names));
    };
    let set = guid_by_name(set)
        .or_else(|| set.parse().ok())
        .ok_or_else(|| not_found("property set", set, guid::set_names()))?;
    if key.is_empty() {
        return Err(Error::invalid_parameter(format!("`{text}` has no name after the colon")));
    }
    let number = after_0x(key).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let prop = match number {
        Some(number) => PropName::id(set, number),
        None => PropName::name(set, key),
    };
    let prop_type = named_info(&prop).map_or(PropType::UNSPECIFIED, |info| info.prop_type);
    Ok((prop, prop_type))
}

/// Searches the names of all named properties, also their numbers and strings within their
/// property set, and the name of that set.
pub fn search_named(query: &str) -> impl Iterator<Item = &'static NamedInfo> {
    NAMED.iter().filter(move |info| {
        let number = match &info.prop.kind {
            NameKind::Id(id) => format!("0x{id:04X}"),
            NameKind::Name(name) => name.to_string(),
        };
        let set = guid::guid_name(info.prop.set);
        matches(query, &info.names().chain(set), &number)
    })
}

/// All entries with a name, the preferred one first.
pub(super) fn entries_named(name: &str) -> impl Iterator<Item = &'static NamedInfo> {
    INDEX.find(name).map(|entry| &NAMED[entry])
}
