//! Folders: their properties, their tables, and whether both agree with the nodes.

use std::collections::HashMap;

use mapix_core::prop::{CodePage, PropBag, PropTag, Value, tags};

use super::Rule;
use super::finding::{Findings, Place};
use super::nodes::{Scope, is_folder};
use super::props::{self, describe};
use super::{rules, tables};
use crate::ltp::PropContext;
use crate::ndb::{Ndb, Nid, NidKind, Node};

/// MS-PST 2.4.4.1.1
const REQUIRED: [PropTag; 4] =
    [tags::DISPLAY_NAME, tags::CONTENT_COUNT, tags::CONTENT_UNREAD, tags::SUBFOLDERS];

/// The first two columns of every table, which say something about the row and not its object.
const ROW_ID: PropTag = PropTag(0x67F2_0003);
const ROW_VERSION: PropTag = PropTag(0x67F3_0003);
/// `MSGFLAG_READ`.
const READ: i32 = 1;

/// Judges a folder.
pub(super) fn check(scope: &Scope<'_>, node: &Node, out: &mut Findings<'_>) {
    out.report.checked.folders += 1;
    let place = Place::node(node.nid);
    let props = props::check(scope.ndb, node, &place, out);
    let folder = Folder { scope, node, place };
    if node.nid.kind() == NidKind::SEARCH_FOLDER {
        folder.search(props.as_ref(), out);
        return;
    }
    let below = folder.hierarchy(out);
    let (messages, unread) = folder.contents(out);
    let hidden = folder.hidden(out);
    let Some(props) = props else { return };
    for tag in REQUIRED.into_iter().filter(|tag| props.find(tag.id()).is_none()) {
        out.add(&rules::FLD_REQUIRED, folder.place.clone(), describe(tag));
    }
    let counts = [
        (&rules::FLD_COUNT, tags::CONTENT_COUNT, messages),
        (&rules::FLD_UNREAD, tags::CONTENT_UNREAD, unread),
        (&rules::FLD_HIDDEN, tags::ASSOC_CONTENT_COUNT, hidden),
    ];
    for (rule, tag, counted) in counts {
        if let (Some(stored), Some(counted)) = (props.i32(tag), counted)
            && i64::from(stored) != counted
        {
            let detail = format!("expected {counted}, found {stored}");
            out.add(rule, folder.place.clone(), detail);
        }
    }
    let stored = value(&props, tags::SUBFOLDERS).and_then(|value| value.as_i32());
    if let (Some(stored), Some(below)) = (stored, below)
        && (stored != 0) != (below > 0)
    {
        let detail = format!("{below} folders are below");
        out.add(&rules::FLD_SUBFOLDERS, folder.place.clone(), detail);
    }
}

/// A short value of a property.
fn value(props: &PropContext<'_>, tag: PropTag) -> Option<Value> {
    let entry = props.find(tag.id()).filter(|entry| entry.tag == tag)?;
    props.value(entry, CodePage::WESTERN, 4096).ok()
}

struct Folder<'a> {
    scope: &'a Scope<'a>,
    node: &'a Node,
    place: Place,
}

impl Folder<'_> {
    /// Judges one of the tables; `None` if it cannot be read. Each row whose node exists and is
    /// of the right kind is given to a closure. Gives the number of rows.
    fn table(
        &self,
        table: NidKind,
        fits: fn(NidKind) -> bool,
        out: &mut Findings<'_>,
        each: &mut dyn FnMut(&Node, &PropBag, &mut Findings<'_>),
    ) -> Option<i64> {
        let nid = self.node.nid.with_kind(table);
        let Some(node) = self.scope.nodes.find(nid) else {
            out.add(&rules::NOD_TABLE, self.place.clone(), format!("node {nid:?}"));
            return None;
        };
        let place = Place::node(nid);
        // Each child, and whether there is a row for it.
        let children = self.scope.children(self.node.nid).filter(|child| fits(child.kind()));
        let mut children: HashMap<Nid, bool> = children.map(|child| (child, false)).collect();
        let rows = tables::check(self.scope.ndb, node, &place, out, &mut |id, row, out| {
            let place = || place.part(format!("row {id:#x}"));
            let nid = Nid(id);
            let found = self.scope.nodes.find(nid);
            if !fits(nid.kind()) {
                out.add(&rules::FLD_KIND, place(), "");
                return;
            }
            let Some(found) = found else {
                out.add(&rules::FLD_ROW_NO_NODE, place(), "");
                return;
            };
            if let Some(listed) = children.get_mut(&nid) {
                *listed = true;
            } else {
                let detail = format!("its folder is {:?}", found.parent);
                out.add(&rules::FLD_PARENT, place(), detail);
            }
            each(found, row, out);
        })?;
        let mut missing: Vec<Nid> =
            children.into_iter().filter(|(_, listed)| !listed).map(|(nid, _)| nid).collect();
        missing.sort_unstable();
        for child in missing {
            let detail = format!("folder {:?}", self.node.nid);
            out.add(&rules::FLD_NODE_NO_ROW, Place::node(child), detail);
        }
        i64::try_from(rows).ok()
    }

    fn hierarchy(&self, out: &mut Findings<'_>) -> Option<i64> {
        self.table(NidKind::HIERARCHY, is_folder, out, &mut |child, row, out| {
            compare(self.scope.ndb, child, row, folder_rule, out);
        })
    }

    /// Judges the contents table; gives the numbers of messages and of unread ones.
    fn contents(&self, out: &mut Findings<'_>) -> (Option<i64>, Option<i64>) {
        let (mut unread, mut known) = (0, true);
        let is_message = |kind| kind == NidKind::MESSAGE;
        let rows = self.table(NidKind::CONTENTS, is_message, out, &mut |message, row, out| {
            match row.i32(tags::MESSAGE_FLAGS) {
                Some(flags) => unread += i64::from(flags & READ == 0),
                None => known = false,
            }
            compare(self.scope.ndb, message, row, message_rule, out);
        });
        (rows, rows.map(|_| unread).filter(|_| known))
    }

    fn hidden(&self, out: &mut Findings<'_>) -> Option<i64> {
        let is_hidden = |kind| kind == NidKind::ASSOCIATED;
        self.table(NidKind::ASSOCIATED_CONTENTS, is_hidden, out, &mut |message, row, out| {
            compare(self.scope.ndb, message, row, message_rule, out);
        })
    }

    /// Search folders are renewed by Outlook, so what is out of date in them is not wrong.
    fn search(&self, props: Option<&PropContext<'_>>, out: &mut Findings<'_>) {
        let nid = self.node.nid.with_kind(NidKind::SEARCH_CONTENTS);
        let Some(node) = self.scope.nodes.find(nid) else { return };
        let place = Place::node(nid);
        let rows = tables::check(self.scope.ndb, node, &place, out, &mut |id, _, out| {
            if self.scope.nodes.find(Nid(id)).is_none() {
                out.add(&rules::FLD_SEARCH, place.part(format!("row {id:#x}")), "");
            }
        });
        let stored = props.and_then(|props| props.i32(tags::CONTENT_COUNT));
        if let (Some(stored), Some(rows)) = (stored, rows)
            && u64::try_from(stored) != Ok(rows)
        {
            let detail = format!("expected {rows}, found {stored}");
            out.add(&rules::FLD_COUNT_SEARCH, self.place.clone(), detail);
        }
    }
}

fn folder_rule(tag: PropTag) -> &'static Rule {
    match tag {
        tags::CONTENT_COUNT | tags::CONTENT_UNREAD | tags::SUBFOLDERS => &rules::FLD_ROW_COUNT,
        _ => &rules::FLD_ROW,
    }
}

fn message_rule(tag: PropTag) -> &'static Rule {
    if tag == tags::MESSAGE_SIZE { &rules::MSG_SIZE } else { &rules::MSG_ROW }
}

/// Compares the cells of a row with the properties of its object, where it has them.
fn compare(
    ndb: &Ndb,
    node: &Node,
    row: &PropBag,
    rule: fn(PropTag) -> &'static Rule,
    out: &mut Findings<'_>,
) {
    // If it cannot be opened, that is found where the object is judged.
    let Ok(props) = PropContext::open(ndb, node) else { return };
    for cell in row.iter().filter(|cell| !matches!(cell.tag, ROW_ID | ROW_VERSION)) {
        let Some(stored) = value(&props, cell.tag) else { continue };
        if agree(&stored, &cell.value) {
            continue;
        }
        let stale = tables::is_stale(ndb, cell.tag);
        let rule = if stale { &rules::TC_STALE } else { rule(cell.tag) };
        let detail = format!(
            "{}: {}, in the row {}",
            describe(cell.tag),
            brief(&stored),
            brief(&cell.value)
        );
        out.add(rule, Place::node(node.nid), detail);
    }
}

/// Whether a cell has the value of its object. Long texts are cut off in tables.
fn agree(stored: &Value, cell: &Value) -> bool {
    match (stored, cell) {
        (Value::Large(..), _) | (_, Value::Large(..) | Value::Error(_)) => true,
        _ if stored == cell => true,
        _ => match (stored.as_text(), cell.as_text()) {
            (Some(stored), Some(cell)) => {
                stored == cell || cell.len() > 100 && stored.starts_with(&*cell)
            }
            _ => false,
        },
    }
}

/// A value in a few characters.
fn brief(value: &Value) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
