//! The map of named properties.

use std::collections::HashMap;

use mapix_core::prop::{Guid, NameKind, PropName, PropTag, PropType, guids};
use mapix_core::{Context, Error, Result};

use super::prop::PropContext;
use crate::bytes::{u16_at, u32_at};
use crate::ndb::{Ndb, Nid};

/// Names of property IDs from `0x8000`, and back:
/// [2.4.7 Named Property Lookup Map](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e17e195d-0454-4b9b-b398-c9127a26a678).
#[derive(Clone, Default, Debug)]
pub struct NameMap {
    /// By ID; the index is the ID less `0x8000`.
    names: Vec<Option<PropName>>,
    ids: HashMap<PropName, u16>,
}

const GUIDS: PropTag = PropTag::new(0x0002, PropType::BINARY);
const ENTRIES: PropTag = PropTag::new(0x0003, PropType::BINARY);
const STRINGS: PropTag = PropTag::new(0x0004, PropType::BINARY);
/// More than a map with all possible entries has.
const MAX_STREAM: u64 = 64 << 20;
const FIRST_ID: u16 = 0x8000;

impl NameMap {
    /// Reads the map of a store.
    pub fn open(ndb: &Ndb) -> Result<Self> {
        let place = || "map of named properties";
        let node = ndb.node(Nid::NAMES).context(place)?;
        let props = PropContext::open(ndb, &node).context(place)?;
        let stream = |tag: PropTag| match props.find(tag.id()) {
            Some(entry) => props.bytes(entry, MAX_STREAM).context(place),
            None => Ok(Vec::new()),
        };
        let mut map = Self::default();
        let (sets, strings) = (stream(GUIDS)?, stream(STRINGS)?);
        // Each string is one name's. A file that gives many the same long one is malicious.
        let mut left = 2 * strings.len();
        for entry in stream(ENTRIES)?.chunks_exact(8) {
            if let Err(error) = map.add(entry, &sets, &strings, &mut left) {
                ndb.diagnostics.error(None, place(), error);
            }
        }
        Ok(map)
    }

    /// Reads a
    /// [2.4.7.1 NAMEID](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e17e195d-0454-4b9b-b398-c9127a26a678).
    ///
    /// Strings may take so many bytes as are left.
    fn add(&mut self, entry: &[u8], sets: &[u8], strings: &[u8], left: &mut usize) -> Result<()> {
        let (Some(id), Some(set), Some(index)) =
            (u32_at(entry, 0), u16_at(entry, 4), u16_at(entry, 6))
        else {
            return Ok(());
        };
        let number = FIRST_ID.checked_add(index).filter(|number| *number != u16::MAX);
        let number =
            number.ok_or_else(|| Error::corrupt(format!("index {index:#x} is too high")))?;
        let at = || format!("name of {number:#06x}");
        let guid = set_at(sets, set >> 1).context(at)?;
        let kind = if set & 1 == 0 {
            NameKind::Id(id)
        } else {
            NameKind::Name(string_at(strings, id as usize, left).context(at)?)
        };
        let name = PropName { set: guid, kind };
        let index = usize::from(index);
        if self.names.len() <= index {
            self.names.resize(index + 1, None);
        }
        match self.names.get_mut(index) {
            Some(Some(known)) if *known != name => {
                let cause = format!("is {known} already, and cannot be {name} as well");
                return Err(Error::corrupt(cause).context(at()));
            }
            Some(slot) => *slot = Some(name.clone()),
            None => {}
        }
        self.ids.entry(name).or_insert(number);
        Ok(())
    }

    /// The name behind an ID.
    pub fn name(&self, id: u16) -> Option<&PropName> {
        self.names.get(usize::from(id.checked_sub(FIRST_ID)?))?.as_ref()
    }

    /// The ID of a name.
    pub fn id(&self, name: &PropName) -> Option<u16> {
        self.ids.get(name).copied()
    }

    /// All IDs and their names, by ID.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &PropName)> {
        let names = self.names.iter().zip(FIRST_ID..);
        names.filter_map(|(name, id)| name.as_ref().map(|name| (id, name)))
    }
}

fn set_at(sets: &[u8], index: u16) -> Result<Guid> {
    match index {
        0 => Ok(Guid::NULL),
        1 => Ok(guids::PS_MAPI),
        2 => Ok(guids::PS_PUBLIC_STRINGS),
        _ => {
            let guid = sets.get(usize::from(index - 3) * 16..).and_then(Guid::from_slice);
            guid.ok_or_else(|| Error::corrupt(format!("there is no property set {index}")))
        }
    }
}

fn string_at(strings: &[u8], offset: usize, left: &mut usize) -> Result<Box<str>> {
    let length = u32_at(strings, offset).map(|length| length as usize);
    let bytes = length.and_then(|length| strings.get(offset + 4..)?.get(..length));
    let bytes =
        bytes.ok_or_else(|| Error::corrupt(format!("there is no string at {offset:#x}")))?;
    *left = left
        .checked_sub(bytes.len())
        .ok_or_else(|| Error::corrupt("the names refer to more text than there is"))?;
    let units: Vec<u16> =
        bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    Ok(String::from_utf16_lossy(&units).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        let mut map = NameMap::default();
        let sets = [[0xAB; 16], [0xCD; 16]].concat();
        let strings = [4, 0, 0, 0, b'h', 0, b'i', 0];
        let mut left = 8;
        map.add(&[5, 0x82, 0, 0, 8, 0, 1, 0], &sets, &strings, &mut left).unwrap();
        map.add(&[0, 0, 0, 0, 5, 0, 0, 0], &sets, &strings, &mut left).unwrap();
        assert_eq!(left, 4);
        let id = PropName::id(Guid([0xCD; 16]), 0x8205);
        let name = PropName::name(guids::PS_PUBLIC_STRINGS, "hi");
        assert_eq!(map.name(0x8001), Some(&id));
        assert_eq!(map.name(0x8000), Some(&name));
        assert_eq!((map.id(&id), map.id(&name)), (Some(0x8001), Some(0x8000)));
        assert_eq!(map.iter().count(), 2);
        assert!(map.name(0x8002).is_none() && map.name(0x7FFF).is_none());
    }

    #[test]
    fn damaged_entries_are_errors() {
        let mut map = NameMap::default();
        let mut add =
            |entry: &[u8], strings: &[u8], mut left: usize| map.add(entry, &[], strings, &mut left);
        assert!(add(&[0, 0, 0, 0, 6, 0, 0, 0], &[], 0).is_err());
        assert!(add(&[9, 0, 0, 0, 3, 0, 0, 0], &[0; 8], 8).is_err());
        assert!(add(&[0, 0, 0, 0, 2, 0, 0xFF, 0x7F], &[], 0).is_err());
        let string = [2, 0, 0, 0, b'a', 0];
        assert!(add(&[0, 0, 0, 0, 5, 0, 0, 0], &string, 1).is_err());
        assert!(add(&[0, 0, 0, 0, 5, 0, 0, 0], &string, 2).is_ok());
    }

    #[test]
    fn an_id_keeps_its_first_name() {
        let mut map = NameMap::default();
        for (id, is_first) in [(5, true), (6, false), (5, true)] {
            let added = map.add(&[id, 0, 0, 0, 4, 0, 0, 0], &[], &[], &mut 0);
            assert_eq!(added.is_ok(), is_first);
        }
        let names = [5, 6].map(|id| PropName::id(guids::PS_PUBLIC_STRINGS, id));
        assert_eq!(map.name(0x8000), Some(&names[0]));
        assert_eq!((map.id(&names[0]), map.id(&names[1])), (Some(0x8000), None));
    }
}
