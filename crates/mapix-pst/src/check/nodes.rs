//! All nodes: which must be there, how they hang together, and what is in each.

use std::collections::HashMap;

use mapix_core::Result;

use super::finding::{Findings, Place};
use super::trees::NodeTable;
use super::{folders, messages, names, props, rules, stores, tables};
use crate::bytes::u8_at;
use crate::ltp::{PropContext, Table};
use crate::ndb::{Ndb, Nid, NidKind, Node};

/// What every part of the judgement on nodes needs.
pub(super) struct Scope<'a> {
    pub(super) ndb: &'a Ndb,
    pub(super) nodes: &'a NodeTable,
    /// Folders and messages by their parents, sorted.
    children: Vec<(Nid, Nid)>,
}

impl<'a> Scope<'a> {
    fn new(ndb: &'a Ndb, nodes: &'a NodeTable) -> Self {
        let objects = nodes.list.iter().filter(|node| is_object(node.nid.kind()));
        let mut children: Vec<(Nid, Nid)> = objects
            .filter(|node| node.parent != node.nid)
            .map(|node| (node.parent, node.nid))
            .collect();
        children.sort_unstable();
        Self { ndb, nodes, children }
    }

    /// The folders and messages in a folder, by their numbers.
    pub(super) fn children(&self, folder: Nid) -> impl Iterator<Item = Nid> {
        let start = self.children.partition_point(|(parent, _)| *parent < folder);
        let children = self.children.iter().skip(start);
        children.take_while(move |(parent, _)| *parent == folder).map(|(_, child)| *child)
    }
}

const SEARCH_UPDATES: NidKind = NidKind(0x06);
const SEARCH_CRITERIA: NidKind = NidKind(0x07);

/// The templates of tables, by their numbers:
/// MS-PST 2.4.1.
const TEMPLATES: [u32; 6] = [0x60D, 0x60E, 0x60F, 0x610, 0x671, 0x692];
/// Nodes that belong to no folder have lower indexes.
const FIRST_FOLDER_INDEX: u32 = 0x80;

pub(super) fn is_folder(kind: NidKind) -> bool {
    matches!(kind, NidKind::FOLDER | NidKind::SEARCH_FOLDER)
}

pub(super) fn is_message(kind: NidKind) -> bool {
    matches!(kind, NidKind::MESSAGE | NidKind::ASSOCIATED)
}

fn is_object(kind: NidKind) -> bool {
    is_folder(kind) || is_message(kind)
}

fn is_folder_table(kind: NidKind) -> bool {
    matches!(
        kind,
        NidKind::HIERARCHY
            | NidKind::CONTENTS
            | NidKind::ASSOCIATED_CONTENTS
            | NidKind::SEARCH_CONTENTS
    )
}

/// Judges all nodes.
pub(super) fn check(ndb: &Ndb, nodes: &NodeTable, out: &mut Findings<'_>) -> Result<()> {
    let scope = Scope::new(ndb, nodes);
    check_mandatory(nodes, out);
    check_parents(nodes, out);
    let mut messages = messages::Messages::new(ndb);
    for node in &nodes.list {
        out.tick()?;
        match node.nid.kind() {
            kind if is_folder(kind) => folders::check(&scope, node, out),
            kind if is_message(kind) => messages.check(node, out),
            _ => check_other(&scope, node, out),
        }
    }
    Ok(())
}

fn check_mandatory(nodes: &NodeTable, out: &mut Findings<'_>) {
    let mandatory = [(Nid::STORE, "the store"), (Nid::NAMES, "the map of named properties")];
    let root = [(Nid::ROOT_FOLDER, "the root folder")];
    for (nid, what) in mandatory.into_iter().chain(root) {
        if nodes.find(nid).is_none() {
            out.add(&rules::NOD_MANDATORY, Place::node(nid), what);
        }
    }
    for nid in TEMPLATES.map(Nid).into_iter().filter(|nid| nodes.find(*nid).is_none()) {
        out.add(&rules::NOD_TEMPLATE, Place::node(nid), "");
    }
    if let Some(root) = nodes.find(Nid::ROOT_FOLDER)
        && root.parent != root.nid
    {
        let detail = format!("its parent is {:?}", root.parent);
        out.add(&rules::NOD_ROOT, Place::node(root.nid), detail);
    }
}

/// Every folder and message is in a folder, and every folder in the end in one that is its own
/// parent.
fn check_parents(nodes: &NodeTable, out: &mut Findings<'_>) {
    // Folders, and whether their way up ends.
    let mut ends: HashMap<Nid, bool> = HashMap::new();
    for node in nodes.list.iter().filter(|node| is_object(node.nid.kind())) {
        let parent = nodes.find(node.parent).filter(|node| is_folder(node.nid.kind()));
        if parent.is_none() && node.nid != Nid::ROOT_FOLDER {
            let detail = format!("{:?}", node.parent);
            out.add(&rules::NOD_ORPHAN, Place::node(node.nid), detail);
        }
        if !is_folder(node.nid.kind()) || ends.contains_key(&node.nid) {
            continue;
        }
        let mut path = vec![node.nid];
        let mut at = *node;
        let end = loop {
            if at.parent == at.nid {
                break true;
            }
            match nodes.find(at.parent).filter(|node| is_folder(node.nid.kind())) {
                // An orphan has been told already.
                None => break true,
                Some(parent) => at = *parent,
            }
            if let Some(known) = ends.get(&at.nid) {
                break *known;
            }
            // While the way goes on, its folders count as a way without end.
            ends.insert(at.nid, false);
            path.push(at.nid);
        };
        for nid in path {
            ends.insert(nid, end);
        }
    }
    let mut loops: Vec<Nid> = ends.iter().filter(|(_, end)| !**end).map(|(nid, _)| *nid).collect();
    loops.sort_unstable();
    for nid in loops {
        out.add(&rules::NOD_LOOP, Place::node(nid), "");
    }
}

/// Judges a node that is neither folder nor message.
fn check_other(scope: &Scope<'_>, node: &Node, out: &mut Findings<'_>) {
    let place = Place::node(node.nid);
    match node.nid.kind() {
        _ if node.nid == Nid::STORE => stores::check(scope, node, out),
        _ if node.nid == Nid::NAMES => names::check(scope.ndb, node, out),
        kind if is_folder_table(kind) && node.nid.0 >> 5 >= FIRST_FOLDER_INDEX => {
            let kinds = [NidKind::FOLDER, NidKind::SEARCH_FOLDER];
            let owner = |kind: &NidKind| scope.nodes.find(node.nid.with_kind(*kind)).is_some();
            if !kinds.iter().any(owner) {
                out.add(&rules::NOD_STRAY, place, "");
            }
        }
        // Queues of searches are no heaps.
        SEARCH_UPDATES | SEARCH_CRITERIA => {}
        _ => check_heap(scope.ndb, node, &place, out),
    }
}

/// Judges the data of a node if it looks like properties or a table.
fn check_heap(ndb: &Ndb, node: &Node, place: &Place, out: &mut Findings<'_>) {
    if node.data.is_null() || node.data.is_internal() {
        return;
    }
    let Ok(block) = ndb.block(node.data) else { return };
    match (u8_at(&block, 2), u8_at(&block, 3)) {
        (Some(0xEC), Some(PropContext::CLIENT)) => {
            props::check(ndb, node, place, out);
        }
        (Some(0xEC), Some(Table::CLIENT | Table::WIDE_CLIENT)) => {
            tables::check(ndb, node, place, out, &mut |_, _, _| {});
        }
        _ => {}
    }
}
