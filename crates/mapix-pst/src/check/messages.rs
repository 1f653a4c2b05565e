//! Messages, their recipients and attachments, and the messages in these.

use mapix_core::prop::{PropTag, tags};
use mapix_core::store::MessageRef;

use super::finding::{Findings, Place};
use super::props::{self, describe};
use super::{rules, tables};
use crate::bytes::u32_at;
use crate::ndb::{Bid, Ndb, Nid, NidKind, Node, subnode};

/// MS-PST 2.4.5.1.1
const REQUIRED: [PropTag; 5] = [
    tags::MESSAGE_CLASS,
    tags::MESSAGE_FLAGS,
    tags::MESSAGE_SIZE,
    tags::CREATION_TIME,
    tags::SEARCH_KEY,
];
/// OST files keep these in the tables of folders.
const REQUIRED_PST: [PropTag; 1] = [tags::LAST_MODIFICATION_TIME];
const RECIPIENTS: [PropTag; 3] = [tags::DISPLAY_TO, tags::DISPLAY_CC, tags::DISPLAY_BCC];

/// `MSGFLAG_HASATTACH`.
const HAS_ATTACH: i32 = 0x10;
const METHOD_EMBEDDED: i32 = 5;

/// Judges messages, with a limit on all of them together.
pub(super) struct Messages<'a> {
    ndb: &'a Ndb,
    /// How many subnodes may still come. More than the file has room for are a loop in disguise.
    left: u64,
    told: bool,
}

impl<'a> Messages<'a> {
    pub(super) fn new(ndb: &'a Ndb) -> Self {
        let entries = ndb.most_bytes() / (3 * ndb.format().id_size as u64) + 1;
        let left = entries.min(ndb.most_blocks().saturating_mul(16));
        Self { ndb, left, told: false }
    }

    /// Judges a message of the node B-tree.
    pub(super) fn check(&mut self, node: &Node, out: &mut Findings<'_>) {
        self.message(node, &Place::node(node.nid), &mut Vec::new(), out);
    }

    fn message(
        &mut self,
        node: &Node,
        place: &Place,
        around: &mut Vec<Bid>,
        out: &mut Findings<'_>,
    ) {
        out.report.checked.messages += 1;
        let props = props::check(self.ndb, node, place, out);
        let subnodes = self.subnodes(node, place, out);
        if let Some(props) = &props {
            let is_pst = !self.ndb.header().is_ost;
            let required = REQUIRED.into_iter().chain(REQUIRED_PST.into_iter().filter(|_| is_pst));
            for tag in required.filter(|tag| props.find(tag.id()).is_none()) {
                out.add(&rules::MSG_REQUIRED, place.clone(), describe(tag));
            }
        }
        let find = |nid: Nid| subnodes.iter().find(|node| node.nid == nid);
        if let Some(table) = find(Nid::RECIPIENTS) {
            let place = place.sub(table.nid);
            tables::check(self.ndb, table, &place, out, &mut |_, _, _| {});
        } else {
            let named = |tag: PropTag| props.as_ref()?.find(tag.id()).filter(|p| p.value != 0);
            if let Some(tag) = RECIPIENTS.into_iter().find(|tag| named(*tag).is_some()) {
                out.add(&rules::MSG_RECIPIENTS, place.clone(), describe(tag));
            }
        }
        let mut listed: Option<Vec<Nid>> = None;
        if let Some(table) = find(Nid::ATTACHMENTS) {
            let mut rows = Vec::new();
            let place = place.sub(table.nid);
            let read = tables::check(self.ndb, table, &place, out, &mut |id, _, _| {
                rows.push(Nid(id));
            });
            rows.sort_unstable();
            listed = read.map(|_| rows);
        }
        let is_attachment = |node: &&Node| node.nid.kind() == NidKind::ATTACHMENT;
        let attachments: Vec<&Node> = subnodes.iter().filter(is_attachment).collect();
        check_rows(listed.as_deref(), &attachments, place, out);
        let flags = props.as_ref().and_then(|props| props.i32(tags::MESSAGE_FLAGS));
        if let Some(flags) = flags
            && flags & HAS_ATTACH != 0
            && attachments.is_empty()
        {
            out.add(&rules::MSG_ATTACH_FLAG, place.clone(), "there are none");
        }
        around.push(node.data);
        for attachment in attachments {
            let place = place.sub(attachment.nid);
            self.attachment(node, attachment, &place, around, out);
        }
        around.pop();
    }

    fn attachment(
        &mut self,
        message: &Node,
        node: &Node,
        place: &Place,
        around: &mut Vec<Bid>,
        out: &mut Findings<'_>,
    ) {
        out.report.checked.attachments += 1;
        self.subnodes(node, place, out);
        let Some(props) = props::check(self.ndb, node, place, out) else { return };
        let method = props.i32(tags::ATTACH_METHOD);
        if method.is_none() {
            out.add(&rules::MSG_ATTACH_METHOD, place.clone(), "");
        }
        let Some(entry) = props.find(tags::ATTACH_DATA_OBJ.id()) else {
            if method == Some(METHOD_EMBEDDED) {
                out.add(&rules::MSG_EMBEDDED, place.clone(), "there is no reference to it");
            }
            return;
        };
        if entry.tag != tags::ATTACH_DATA_OBJ {
            return;
        }
        let Ok(bytes) = props.bytes(entry, 4096) else { return };
        let nid = u32_at(&bytes, 0).map(Nid).unwrap_or_default();
        // It stands below the attachment, or in some files below the message.
        let find = |tree: Bid| subnode::find(self.ndb, tree, nid).ok().flatten();
        let Some(inner) = find(node.sub).or_else(|| find(message.sub)) else {
            out.add(&rules::MSG_EMBEDDED, place.clone(), format!("subnode {nid:?}"));
            return;
        };
        if method != Some(METHOD_EMBEDDED) {
            return;
        }
        let place = place.sub(nid);
        if around.contains(&inner.data) || around.len() > MessageRef::MAX_DEPTH {
            out.add(&rules::MSG_NESTED, place, "");
            return;
        }
        self.message(&inner, &place, around, out);
    }

    /// The subnodes of a node; none if they cannot be read, or there have been too many.
    fn subnodes(&mut self, node: &Node, place: &Place, out: &mut Findings<'_>) -> Vec<Node> {
        if node.sub.is_null() || self.told {
            return Vec::new();
        }
        let nodes = match subnode::all(self.ndb, node.sub) {
            Ok(nodes) => nodes,
            Err(error) => {
                out.add(&rules::SUB_UNREADABLE, place.clone(), error.to_string());
                return Vec::new();
            }
        };
        out.report.checked.subnodes += nodes.len() as u64;
        let Some(left) = self.left.checked_sub(nodes.len() as u64) else {
            self.told = true;
            out.add(&rules::SUB_LOOP, place.clone(), "");
            return Vec::new();
        };
        self.left = left;
        nodes
    }
}

/// Compares the rows of the table of attachments with the attachments.
fn check_rows(
    listed: Option<&[Nid]>,
    attachments: &[&Node],
    place: &Place,
    out: &mut Findings<'_>,
) {
    let rows = listed.unwrap_or_default();
    for row in rows {
        if attachments.binary_search_by_key(row, |node| node.nid).is_err() {
            let place = place.sub(Nid::ATTACHMENTS).part(format!("row {row:?}"));
            out.add(&rules::MSG_ATTACH_ROW, place, "");
        }
    }
    for node in attachments.iter().filter(|node| rows.binary_search(&node.nid).is_err()) {
        out.add(&rules::MSG_ATTACH_NODE, place.sub(node.nid), "");
    }
}
