//! Names of GUIDs: interfaces, classes, property sets, provider UIDs.

use std::sync::LazyLock;

use super::table::{NameIndex, matches, rows};
use crate::prop::Guid;

/// What is known about a GUID.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct GuidInfo {
    /// The GUID.
    pub guid: Guid,
    /// The preferred name, such as `PSETID_Common`.
    pub name: &'static str,
    /// Further names for the same GUID.
    pub other_names: Vec<&'static str>,
}

impl GuidInfo {
    /// All its names, the preferred one first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        std::iter::once(self.name).chain(self.other_names.iter().copied())
    }
}

/// By GUID in memory order.
static GUIDS: LazyLock<Vec<GuidInfo>> = LazyLock::new(|| {
    let mut guids: Vec<GuidInfo> = Vec::new();
    for [guid, name] in rows(include_str!("../../names/guids.tsv")) {
        let guid: Guid = guid.parse().unwrap_or_default();
        match guids.last_mut() {
            Some(last) if last.guid == guid => last.other_names.push(name),
            _ => guids.push(GuidInfo { guid, name, other_names: Vec::new() }),
        }
    }
    guids.sort_by_key(|info| info.guid);
    guids
});

/// Preferred names come first: headers can give a name twice.
static INDEX: LazyLock<NameIndex> = LazyLock::new(|| {
    let names = GUIDS.iter().enumerate().map(|(entry, info)| (info.name, entry));
    let others = GUIDS
        .iter()
        .enumerate()
        .flat_map(|(entry, info)| info.other_names.iter().map(move |name| (*name, entry)));
    NameIndex::new(names.chain(others))
});

/// The name of a GUID: `PSETID_Common`, `IID_IMessage`.
pub fn guid_name(guid: Guid) -> Option<&'static str> {
    guid_info(guid).map(|info| info.name)
}

/// What is known about a GUID.
pub fn guid_info(guid: Guid) -> Option<&'static GuidInfo> {
    GUIDS.binary_search_by_key(&guid, |info| info.guid).ok().map(|entry| &GUIDS[entry])
}

/// The GUID with a name.
pub fn guid_by_name(name: &str) -> Option<Guid> {
    INDEX.find(name.trim()).next().map(|entry| GUIDS[entry].guid)
}

/// Searches the names and the digits of all GUIDs.
pub fn search_guids(query: &str) -> impl Iterator<Item = &'static GuidInfo> {
    GUIDS.iter().filter(move |info| {
        let digits = info.guid.to_string();
        matches(query, &info.names(), &digits)
    })
}

/// The names of all property sets.
pub(super) fn set_names() -> impl Iterator<Item = &'static str> {
    let is_set = |name: &&str| name.starts_with("PS");
    GUIDS.iter().flat_map(GuidInfo::names).filter(is_set)
}
