//! The properties of the store:
//! MS-PST 2.4.3.

use mapix_core::prop::{PropTag, tags};

use super::finding::{Findings, Place};
use super::nodes::{Scope, is_folder};
use super::props::{self, describe};
use super::rules;
use crate::bytes::u32_at;
use crate::ndb::{Nid, Node};

const REQUIRED: [PropTag; 2] = [tags::RECORD_KEY, tags::DISPLAY_NAME];
/// OST files keep these elsewhere.
const REQUIRED_PST: [PropTag; 3] =
    [tags::IPM_SUBTREE_ENTRYID, tags::IPM_WASTEBASKET_ENTRYID, tags::FINDER_ENTRYID];

/// The entry IDs of folders that a store may name.
const FOLDERS: [PropTag; 7] = [
    tags::IPM_SUBTREE_ENTRYID,
    tags::IPM_OUTBOX_ENTRYID,
    tags::IPM_WASTEBASKET_ENTRYID,
    tags::IPM_SENTMAIL_ENTRYID,
    tags::VIEWS_ENTRYID,
    tags::COMMON_VIEWS_ENTRYID,
    tags::FINDER_ENTRYID,
];

pub(super) fn check(scope: &Scope<'_>, node: &Node, out: &mut Findings<'_>) {
    let place = Place::node(node.nid);
    let Some(props) = props::check(scope.ndb, node, &place, out) else { return };
    let read = |tag: PropTag| props.bytes(props.find(tag.id())?, 4096).ok();
    let is_pst = !scope.ndb.header().is_ost;
    let required = REQUIRED.into_iter().chain(REQUIRED_PST.into_iter().filter(|_| is_pst));
    for tag in required.filter(|tag| props.find(tag.id()).is_none()) {
        out.add(&rules::STO_REQUIRED, place.clone(), describe(tag));
    }
    let uid = read(tags::RECORD_KEY).unwrap_or_default();
    for tag in FOLDERS {
        let Some(entry_id) = read(tag) else { continue };
        let place = place.part(format!("property {}", describe(tag)));
        // Flags, the UID of the store, the number of the node.
        if entry_id.get(4..20) != Some(uid.as_slice()) {
            out.add(&rules::STO_UID, place.clone(), "");
        }
        let nid = u32_at(&entry_id, 20).map(Nid).unwrap_or_default();
        if !is_folder(nid.kind()) || scope.nodes.find(nid).is_none() {
            out.add(&rules::STO_ENTRY, place, format!("node {nid:?}"));
        }
    }
}
