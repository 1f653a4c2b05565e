//! A bag that is being changed.

use std::collections::BTreeMap;

use mapix_core::Result;
use mapix_core::prop::{CodePage, Prop, PropBag, PropTag, Value, value_bytes};
use rusqlite::Connection;

use super::prepare::Edit;
use crate::codec::{self, BagWriter, Lob, Place};
use crate::lob;
use crate::read::{Stored, is_bytes_type};

/// Values that are not longer, in encoded bytes, stand among the properties.
const SMALL: usize = 1024;
/// Values that are not longer stand in the second part of the bag, if it has one.
const MEDIUM: usize = 16 << 10;

/// The properties of an object.
#[derive(Default, Debug)]
pub(crate) struct Cells(BTreeMap<u16, Cell>);

#[derive(Debug)]
struct Cell {
    tag: PropTag,
    value: Content,
}

#[derive(Debug)]
enum Content {
    Held(Value),
    /// A large value, of which this bag is an owner.
    Lob {
        lob: Lob,
        raw: bool,
    },
    /// Bytes that cannot be understood, kept as they are.
    Broken {
        encoded: Vec<u8>,
        raw: bool,
    },
}

impl Cells {
    /// Reads what is stored. Values that cannot be understood stay as they are.
    pub(crate) fn read(stored: &Stored) -> Result<Self> {
        let mut cells = BTreeMap::new();
        for entry in codec::entries(&stored.props) {
            let entry = entry?;
            let encoded = match entry.place {
                Place::Here(bytes) => bytes,
                Place::Big { offset, len, .. } => stored
                    .big
                    .get(offset..)
                    .and_then(|rest| rest.get(..len))
                    .ok_or_else(|| mapix_core::Error::corrupt("the value is cut off"))?,
                Place::Lob(lob) => {
                    let value = Content::Lob { lob, raw: entry.raw };
                    cells.insert(entry.tag.id(), Cell { tag: entry.tag, value });
                    continue;
                }
            };
            let value = entry.value(encoded).map_or_else(
                |_| Content::Broken { encoded: encoded.to_vec(), raw: entry.raw },
                Content::Held,
            );
            cells.insert(entry.tag.id(), Cell { tag: entry.tag, value });
        }
        Ok(Self(cells))
    }

    /// Deletes, then sets. Large values that are replaced lose an owner.
    pub(crate) fn apply(&mut self, tx: &Connection, edit: Edit) -> Result<()> {
        for id in edit.delete {
            self.remove(tx, id)?;
        }
        for prop in &edit.set {
            self.remove(tx, prop.tag.id())?;
            self.set(prop.tag, prop.value.clone());
        }
        for (tag, staged, code_page) in edit.staged {
            self.remove(tx, tag.id())?;
            let id = lob::adopt(tx, &staged)?;
            let lob = Lob { id, size: staged.size, code_page };
            self.0.insert(tag.id(), Cell { tag, value: Content::Lob { lob, raw: false } });
        }
        Ok(())
    }

    /// Sets a value in a place where no large value is.
    pub(crate) fn set(&mut self, tag: PropTag, value: Value) {
        self.0.insert(tag.id(), Cell { tag, value: Content::Held(value) });
    }

    /// The value of a property, if it is held.
    pub(crate) fn get(&self, id: u16) -> Option<&Value> {
        match &self.0.get(&id)?.value {
            Content::Held(value) => Some(value),
            Content::Lob { .. } | Content::Broken { .. } => None,
        }
    }

    /// Whether there is such a property.
    pub(crate) fn has(&self, id: u16) -> bool {
        self.0.contains_key(&id)
    }

    /// Takes a property out.
    pub(crate) fn remove(&mut self, tx: &Connection, id: u16) -> Result<Option<Value>> {
        match self.0.remove(&id).map(|cell| cell.value) {
            Some(Content::Held(value)) => Ok(Some(value)),
            Some(Content::Lob { lob, .. }) => lob::release(tx, lob.id).map(|()| None),
            Some(Content::Broken { .. }) | None => Ok(None),
        }
    }

    /// The properties as a bag, the large ones marked.
    pub(crate) fn bag(&self) -> PropBag {
        let prop = |cell: &Cell| {
            let value = match &cell.value {
                Content::Held(value) => value.clone(),
                Content::Lob { lob, .. } => Value::Large(cell.tag.prop_type(), lob.size),
                Content::Broken { .. } => Value::Error(mapix_core::ErrorCode::CORRUPT_DATA),
            };
            Prop { tag: cell.tag, value }
        };
        self.0.values().map(prop).collect()
    }

    /// The bytes to store. What is large goes into lobs, and into the second part if there is to
    /// be one.
    pub(crate) fn write(&self, tx: &Connection, two_parts: bool) -> Result<BagWriter> {
        let mut writer = BagWriter::default();
        let here = if two_parts { MEDIUM } else { SMALL };
        for Cell { tag, value } in self.0.values() {
            let value = match value {
                Content::Lob { lob, raw } => {
                    writer.lob(*tag, *raw, lob);
                    continue;
                }
                Content::Broken { encoded, raw } => {
                    writer.here(*tag, *raw, encoded);
                    continue;
                }
                Content::Held(value) => value,
            };
            let raw = matches!(value, Value::Raw(..));
            let encoded = codec::encode(value)?;
            if encoded.len() <= SMALL {
                writer.here(*tag, raw, &encoded);
            } else if encoded.len() <= here {
                writer.big(*tag, raw, &encoded, value.size());
            } else {
                writer.lob(*tag, raw, &large(tx, value, encoded)?);
            }
        }
        Ok(writer)
    }
}

/// Stores a value apart: runs of bytes as streams give them, all others encoded.
fn large(tx: &Connection, value: &Value, encoded: Vec<u8>) -> Result<Lob> {
    let plain = is_bytes_type(value.prop_type()) || matches!(value, Value::Raw(..));
    let bytes = if plain { value_bytes(value).unwrap_or(encoded) } else { encoded };
    let code_page = match value {
        Value::String8(text) => text.code_page,
        _ => CodePage::WESTERN,
    };
    Ok(Lob { id: lob::put(tx, &bytes)?, size: bytes.len() as u64, code_page })
}

/// Takes an owner away from each large value of an encoded bag.
pub(crate) fn release(tx: &Connection, props: &[u8]) -> Result<()> {
    for entry in codec::entries(props) {
        if let Place::Lob(lob) = entry?.place {
            lob::release(tx, lob.id)?;
        }
    }
    Ok(())
}
