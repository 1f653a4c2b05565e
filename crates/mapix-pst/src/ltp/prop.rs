//! Property contexts: the properties of a folder, a message, an attachment.

use std::io::Cursor;
use std::sync::Arc;

use mapix_core::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value};
use mapix_core::store::ValueStream;
use mapix_core::{Context, Error, ErrorCode, Result};

use super::bth::Bth;
use super::heap::{Heap, HeapId};
use super::value::{decode, inline_size, text_end};
use crate::bytes::{u16_at, u32_at};
use crate::ndb::{Bid, DataStream, DataTree, Ndb, Nid, Node, subnode};

/// The properties of a node:
/// [2.3.3 PC](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/294c83c6-ff92-42f5-b6b6-876c29fa9737).
pub struct PropContext<'a> {
    heap: Heap<'a>,
    sub: Bid,
    entries: Vec<PropEntry>,
}

/// A property and where its value is:
/// [2.3.3.3 PC BTH record](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/7daab6f5-ce65-437e-80d5-1b1be4088bd3).
#[derive(Clone, Copy, Debug)]
pub struct PropEntry {
    /// The property.
    pub tag: PropTag,
    /// The value itself, a piece of the heap, or a subnode (`dwValueHnid`).
    pub value: u32,
}

impl<'a> PropContext<'a> {
    /// `bClientSig` of its heap.
    pub const CLIENT: u8 = 0xBC;

    /// Opens the properties of a node. Damaged parts of their list are diagnostics.
    pub fn open(ndb: &'a Ndb, node: &Node) -> Result<Self> {
        let place = || format!("properties of node {:?}", node.nid);
        let heap = Heap::open(ndb, node.data).context(place)?;
        if heap.client() != Self::CLIENT {
            let cause = format!("heap of type {:#04x}, not properties", heap.client());
            return Err(Error::corrupt(cause).context(place()));
        }
        let bth = Bth::open(&heap, heap.root()).context(place)?;
        if bth.key != 2 || bth.data != 6 {
            return Err(Error::corrupt("not a list of properties").context(place()));
        }
        let mut entries = Vec::with_capacity(64);
        let entry = |key: &[u8], data: &[u8]| {
            let (id, prop_type) = (u16_at(key, 0)?, u16_at(data, 0)?);
            let tag = PropTag::new(id, PropType(prop_type));
            // Some writers leave an empty record at the end.
            (tag != PropTag(0)).then_some(PropEntry { tag, value: u32_at(data, 2)? })
        };
        let broken = |error: Error| ndb.diagnostics.error(None, place(), error);
        bth.records(&heap, |key, data| entries.extend(entry(key, data)), broken);
        if !entries.is_sorted_by(|a: &PropEntry, b| a.tag.id() < b.tag.id()) {
            ndb.diagnostics.warn(place(), "the properties are not in order");
            entries.sort_by_key(|entry| entry.tag.id());
            entries.dedup_by_key(|entry| entry.tag.id());
        }
        Ok(Self { heap, sub: node.sub, entries })
    }

    /// The properties in the order of their IDs.
    pub fn entries(&self) -> &[PropEntry] {
        &self.entries
    }

    /// The property with an ID.
    pub fn find(&self, id: u16) -> Option<&PropEntry> {
        self.entries.iter().find(|entry| entry.tag.id() == id)
    }

    /// A 32-bit integer, read without further ado.
    pub fn i32(&self, tag: PropTag) -> Option<i32> {
        let entry = self.find(tag.id())?;
        (entry.tag.prop_type() == PropType::I32).then_some(entry.value as i32)
    }

    /// The code page of its strings, if it names one (`PR_MESSAGE_CODEPAGE`,
    /// `PR_INTERNET_CPID`).
    pub fn code_page(&self) -> Option<CodePage> {
        use mapix_core::prop::tags::{INTERNET_CPID, MESSAGE_CODEPAGE};
        [MESSAGE_CODEPAGE, INTERNET_CPID]
            .into_iter()
            .filter_map(|tag| self.i32(tag))
            .find_map(CodePage::from_property)
    }

    /// Reads a value; one that has a subnode of its own and more bytes than `inline` is given as
    /// [`Value::Large`].
    pub fn value(&self, entry: &PropEntry, code_page: CodePage, inline: u64) -> Result<Value> {
        let prop_type = entry.tag.prop_type();
        let hnid = HeapId(entry.value);
        if let Some(size) = inline_size(prop_type) {
            return Ok(decode(prop_type, &entry.value.to_le_bytes()[..size], code_page));
        }
        value_at(&self.heap, self.sub, hnid, prop_type, code_page, inline)
    }

    /// All properties. A value that cannot be read becomes [`Value::Error`], and its error is
    /// given to `broken`.
    pub fn bag(
        &self,
        code_page: CodePage,
        inline: u64,
        wanted: impl Fn(PropTag) -> bool,
        mut broken: impl FnMut(PropTag, Error),
    ) -> PropBag {
        let mut props = Vec::with_capacity(self.entries.len());
        for entry in self.entries.iter().filter(|entry| wanted(entry.tag)) {
            let value = self.value(entry, code_page, inline).unwrap_or_else(|error| {
                broken(entry.tag, error);
                Value::Error(ErrorCode::CORRUPT_DATA)
            });
            props.push(Prop { tag: entry.tag, value });
        }
        props.into_iter().collect()
    }

    /// The bytes of a value as they are stored.
    pub fn stream(&self, ndb: &Arc<Ndb>, entry: &PropEntry) -> Result<Box<dyn ValueStream>> {
        let hnid = HeapId(entry.value);
        if let Some(size) = inline_size(entry.tag.prop_type()) {
            let bytes = entry.value.to_le_bytes()[..size].to_vec();
            return Ok(Box::new(Cursor::new(bytes)));
        }
        if hnid.is_null() {
            return Ok(Box::new(Cursor::new(Vec::new())));
        }
        let prop_type = entry.tag.prop_type();
        if hnid.is_heap() {
            let mut bytes = self.heap.get(hnid)?.to_vec();
            bytes.truncate(text_end(prop_type, &bytes).unwrap_or(bytes.len()));
            return Ok(Box::new(Cursor::new(bytes)));
        }
        let tree = subnode_text(ndb, self.sub, Nid(entry.value), prop_type)?;
        Ok(Box::new(DataStream::new(ndb.clone(), tree)))
    }

    /// The bytes of a value that is not large.
    pub fn bytes(&self, entry: &PropEntry, limit: u64) -> Result<Vec<u8>> {
        let hnid = HeapId(entry.value);
        if let Some(size) = inline_size(entry.tag.prop_type()) {
            return Ok(entry.value.to_le_bytes()[..size].to_vec());
        }
        if hnid.is_null() {
            return Ok(Vec::new());
        }
        if hnid.is_heap() {
            return Ok(self.heap.get(hnid)?.to_vec());
        }
        subnode_data(self.heap.ndb, self.sub, Nid(entry.value))?.read(self.heap.ndb, limit)
    }
}

/// Reads a value that stands in the heap or in a subnode.
pub(super) fn value_at(
    heap: &Heap<'_>,
    sub: Bid,
    hnid: HeapId,
    prop_type: PropType,
    code_page: CodePage,
    inline: u64,
) -> Result<Value> {
    if hnid.is_null() {
        return Ok(decode(prop_type, &[], code_page));
    }
    if hnid.is_heap() {
        let item = heap.get(hnid)?;
        heap.spend(item.len() as u64)?;
        return Ok(decode(prop_type, &item, code_page));
    }
    let mut tree = subnode_data(heap.ndb, sub, Nid(hnid.0))?;
    heap.spend(tree.size())?;
    if tree.size() > inline {
        tree = without_zero(heap.ndb, tree, prop_type)?;
    }
    if tree.size() > inline {
        return Ok(Value::Large(prop_type, tree.size()));
    }
    Ok(decode(prop_type, &tree.read(heap.ndb, inline)?, code_page))
}

/// The data of a value without a terminating zero.
fn subnode_text(ndb: &Ndb, sub: Bid, nid: Nid, prop_type: PropType) -> Result<DataTree> {
    without_zero(ndb, subnode_data(ndb, sub, nid)?, prop_type)
}

fn without_zero(ndb: &Ndb, tree: DataTree, prop_type: PropType) -> Result<DataTree> {
    if !prop_type.is_string() || (prop_type == PropType::UNICODE && !tree.size().is_multiple_of(2))
    {
        return Ok(tree);
    }
    let tail = tree.tail(ndb, 2)?;
    let zero = text_end(prop_type, &tail).map_or(0, |end| tail.len() - end);
    Ok(tree.shortened(zero as u64))
}

fn subnode_data(ndb: &Ndb, sub: Bid, nid: Nid) -> Result<DataTree> {
    match subnode::find(ndb, sub, nid)? {
        Some(node) => DataTree::open(ndb, node.data).context(|| format!("subnode {nid:?}")),
        None => Err(Error::corrupt("no such subnode").context(format!("subnode {nid:?}"))),
    }
}
