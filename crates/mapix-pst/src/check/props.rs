//! Property contexts.

use mapix_core::prop::{CodePage, PropTag, PropType, Value};

use super::finding::{Findings, Place};
use super::heaps::{self, List};
use super::rules;
use crate::bytes::{u16_at, u32_at};
use crate::ltp::{HeapId, PropContext};
use crate::ndb::{Ndb, Node};

/// Values up to this size are decoded to see whether they follow their type.
const DECODED: u64 = 64 << 10;

/// Judges the properties of a node; `None` if there are none to speak of.
pub(super) fn check<'a>(
    ndb: &'a Ndb,
    node: &Node,
    place: &Place,
    out: &mut Findings<'_>,
) -> Option<PropContext<'a>> {
    if node.data.is_null() {
        out.add(&rules::NOD_EMPTY, place.clone(), "");
        return None;
    }
    let heap = heaps::open(ndb, node.data, &[PropContext::CLIENT], place, out)?;
    let list = List { heap: &heap, header: heap.root(), key: 2, data: &[6] };
    let whole = list.check(place, out, &mut |key, data, out| {
        if u16_at(key, 0) == Some(0) && u16_at(data, 0) == Some(0) && u32_at(data, 2) == Some(0) {
            out.add(&rules::PC_EMPTY, place.clone(), "");
        }
    });
    if !whole {
        return None;
    }
    // What hinders this has been found already.
    let props = PropContext::open(ndb, node).ok()?;
    for entry in props.entries() {
        out.report.checked.properties += 1;
        let place = || place.part(format!("property {}", describe(entry.tag)));
        let prop_type = entry.tag.prop_type();
        if prop_type.name().is_none() {
            let detail = format!("type {:#06x}", prop_type.0);
            out.add(&rules::PC_TYPE, place(), detail);
            continue;
        }
        match props.value(entry, CodePage::WESTERN, DECODED) {
            Ok(value) => {
                if let Some(detail) = odd(&value) {
                    out.add(&rules::PC_DECODE, place(), detail);
                }
            }
            Err(error) => {
                let detail = format!("{:?}: {error}", HeapId(entry.value));
                out.add(&rules::PC_VALUE, place(), detail);
            }
        }
    }
    Some(props)
}

/// Why a value does not follow its type; `None` if it does.
pub(super) fn odd(value: &Value) -> Option<String> {
    match value {
        Value::Raw(prop_type, bytes) => {
            Some(format!("{} bytes do not make a {prop_type}", bytes.len()))
        }
        Value::Large(PropType::UNICODE, size) if !size.is_multiple_of(2) => {
            Some(format!("{size} bytes do not make UTF-16"))
        }
        _ => None,
    }
}

/// `0x0037001F`.
pub(super) fn describe(tag: PropTag) -> String {
    format!("0x{:08X}", tag.0)
}
