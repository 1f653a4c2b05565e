//! The map of named properties:
//! [2.4.7](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e17e195d-0454-4b9b-b398-c9127a26a678).

use std::collections::HashSet;

use super::finding::{Findings, Place};
use super::props;
use super::rules;
use crate::bytes::{u16_at, u32_at};
use crate::ltp::PropContext;
use crate::ndb::{Ndb, Node, checksum};

const BUCKET_COUNT: u16 = 0x0001;
const GUIDS: u16 = 0x0002;
const ENTRIES: u16 = 0x0003;
const STRINGS: u16 = 0x0004;
const FIRST_BUCKET: u16 = 0x1000;
/// The number of buckets in every file.
const BUCKETS: u32 = 251;
/// More than a map with all possible entries has.
const MAX_STREAM: u64 = 16 << 20;
/// Sets that stand for themselves: none, `PS_MAPI` and `PS_PUBLIC_STRINGS`.
const FIXED_SETS: u16 = 3;

/// A [2.4.7.1 NAMEID](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e17e195d-0454-4b9b-b398-c9127a26a678).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Entry {
    /// The number, the offset of the name, or in buckets the checksum of the name.
    id: u32,
    /// The number of the set, and in the lowest bit whether there is a name.
    set: u16,
    index: u16,
}

impl Entry {
    fn all(stream: &[u8]) -> impl Iterator<Item = Self> {
        stream.chunks_exact(8).filter_map(|bytes| {
            Some(Self { id: u32_at(bytes, 0)?, set: u16_at(bytes, 4)?, index: u16_at(bytes, 6)? })
        })
    }

    fn has_name(self) -> bool {
        self.set & 1 != 0
    }

    fn bucket(self) -> u32 {
        (self.id ^ u32::from(self.set)) % BUCKETS
    }
}

pub(super) fn check(ndb: &Ndb, node: &Node, out: &mut Findings<'_>) {
    let place = Place::node(node.nid);
    let Some(props) = props::check(ndb, node, &place, out) else {
        out.add(&rules::NAM_OPEN, place, "");
        return;
    };
    let names = Names {
        sets: stream(&props, GUIDS, &place, out),
        strings: stream(&props, STRINGS, &place, out),
        place: &place,
    };
    let entries = stream(&props, ENTRIES, &place, out);
    let listed = names.entries(&entries, out);
    check_buckets(&props, &listed, &place, out);
}

/// The bytes of a stream; none if there are none.
fn stream(props: &PropContext<'_>, id: u16, place: &Place, out: &mut Findings<'_>) -> Vec<u8> {
    let bytes = props.find(id).map(|entry| props.bytes(entry, MAX_STREAM)).transpose();
    let bytes = bytes.unwrap_or_else(|error| {
        let place = place.part(format!("property {id:#06x}"));
        out.add(&rules::NAM_STREAM, place, error.to_string());
        None
    });
    let bytes = bytes.unwrap_or_default();
    let unit = match id {
        GUIDS => 16,
        STRINGS => 1,
        _ => 8,
    };
    if !bytes.len().is_multiple_of(unit) {
        let detail = format!("{} bytes, not a multiple of {unit}", bytes.len());
        out.add(&rules::NAM_STREAM, place.part(format!("property {id:#06x}")), detail);
    }
    bytes
}

struct Names<'a> {
    sets: Vec<u8>,
    strings: Vec<u8>,
    place: &'a Place,
}

impl Names<'_> {
    /// Judges the list; gives the entries as the buckets should have them.
    fn entries(&self, stream: &[u8], out: &mut Findings<'_>) -> Vec<Entry> {
        let mut listed = Vec::new();
        let (mut indexes, mut known) = (HashSet::new(), HashSet::new());
        for (number, entry) in Entry::all(stream).enumerate() {
            let place = || self.place.part(format!("name {number}"));
            // 0xFFFF is no property ID.
            if entry.index >= 0x7FFF || !indexes.insert(entry.index) {
                let detail = format!("index {:#x}", entry.index);
                out.add(&rules::NAM_INDEX, place(), detail);
            }
            let set = entry.set >> 1;
            let sets = FIXED_SETS as usize + self.sets.len() / 16;
            if usize::from(set) >= sets {
                let detail = format!("set {set} of {sets}");
                out.add(&rules::NAM_GUID, place(), detail);
            }
            if entry.has_name() {
                let Some(name) = self.name(entry.id as usize) else {
                    let detail = format!("offset {:#x} of {:#x}", entry.id, self.strings.len());
                    out.add(&rules::NAM_STRING, place(), detail);
                    continue;
                };
                if !known.insert((entry.set, name.to_vec())) {
                    let name = String::from_utf8_lossy(name).replace('\0', "");
                    out.add(&rules::NAM_TWICE, place(), name);
                }
                listed.push(Entry { id: checksum(name), ..entry });
            } else {
                if !known.insert((entry.set, entry.id.to_le_bytes().to_vec())) {
                    out.add(&rules::NAM_TWICE, place(), format!("{:#x}", entry.id));
                }
                listed.push(entry);
            }
        }
        listed
    }

    /// The UTF-16 at an offset.
    fn name(&self, offset: usize) -> Option<&[u8]> {
        let length = u32_at(&self.strings, offset)? as usize;
        let name = self.strings.get(offset.checked_add(4)?..)?.get(..length)?;
        name.len().is_multiple_of(2).then_some(name)
    }
}

/// Every entry stands in the bucket that its hash tells, and the buckets have no other:
/// [2.4.7.5](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/e17e195d-0454-4b9b-b398-c9127a26a678).
fn check_buckets(props: &PropContext<'_>, listed: &[Entry], place: &Place, out: &mut Findings<'_>) {
    let count = props.find(BUCKET_COUNT).map_or(0, |entry| entry.value);
    if count != BUCKETS {
        out.add(&rules::NAM_BUCKETS, place.clone(), format!("expected {BUCKETS}, found {count}"));
        return;
    }
    let mut expected: HashSet<(u32, Entry)> =
        listed.iter().map(|entry| (entry.bucket(), *entry)).collect();
    for bucket in 0..BUCKETS {
        let bytes = stream(props, FIRST_BUCKET + bucket as u16, place, out);
        for entry in Entry::all(&bytes) {
            if !expected.remove(&(bucket, entry)) {
                let Entry { id, set, index } = entry;
                let detail = format!("bucket {bucket}: {id:#x} in set {set:#x}, index {index:#x}");
                out.add(&rules::NAM_STRAY, place.clone(), detail);
            }
        }
    }
    let mut missing: Vec<(u32, Entry)> = expected.into_iter().collect();
    missing.sort_unstable_by_key(|(bucket, entry)| (*bucket, entry.index));
    for (bucket, Entry { id, set, index }) in missing {
        let detail = format!("bucket {bucket}: {id:#x} in set {set:#x}, index {index:#x}");
        out.add(&rules::NAM_MISSING, place.clone(), detail);
    }
}
