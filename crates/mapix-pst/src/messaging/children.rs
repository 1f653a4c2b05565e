//! Which objects the node B-tree has in which folder.

use mapix_core::Result;

use super::Pst;
use crate::ndb::{Ndb, Nid, NidKind};

/// Folders and messages by the folder that they name as their parent. Eight bytes for each
/// object of the file; made when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Children {
    /// Parent and child, sorted.
    pairs: Vec<(Nid, Nid)>,
}

impl Children {
    fn read(ndb: &Ndb) -> Self {
        let mut pairs = Vec::new();
        for node in ndb.nodes() {
            match node {
                Ok(node) if is_object(node.nid.kind()) && node.parent != node.nid => {
                    pairs.push((node.parent, node.nid));
                }
                Ok(_) => {}
                Err(error) => ndb.diagnostics.error(None, "inventory", error),
            }
        }
        pairs.sort_unstable();
        Self { pairs }
    }

    /// The objects in a folder, by their numbers.
    fn of(&self, folder: Nid) -> impl Iterator<Item = Nid> {
        let start = self.pairs.partition_point(|(parent, _)| *parent < folder);
        let pairs = self.pairs.iter().skip(start);
        pairs.take_while(move |(parent, _)| *parent == folder).map(|(_, child)| *child)
    }
}

/// Whether nodes of a kind are folders or messages.
pub(super) fn is_object(kind: NidKind) -> bool {
    is_folder(kind) || is_message(kind)
}

pub(super) fn is_folder(kind: NidKind) -> bool {
    matches!(kind, NidKind::FOLDER | NidKind::SEARCH_FOLDER)
}

pub(super) fn is_message(kind: NidKind) -> bool {
    matches!(kind, NidKind::MESSAGE | NidKind::ASSOCIATED)
}

impl Pst {
    /// The objects of some kinds that name a folder as their parent.
    pub(super) fn children_of(
        &self,
        folder: Nid,
        kinds: impl Fn(NidKind) -> bool,
    ) -> impl Iterator<Item = Nid> {
        let children = self.children.get_or_init(|| Children::read(&self.ndb));
        children.of(folder).filter(move |child| kinds(child.kind()))
    }

    /// The folder that holds an object; `None` if there is no such folder.
    pub(crate) fn parent_of(&self, id: u64) -> Result<Option<u64>> {
        let kinds =
            [NidKind::FOLDER, NidKind::SEARCH_FOLDER, NidKind::MESSAGE, NidKind::ASSOCIATED];
        let node = self.object_node(id, &kinds)?;
        if node.parent == node.nid || !is_folder(node.parent.kind()) {
            return Ok(None);
        }
        match self.ndb.node(node.parent) {
            Ok(parent) => Ok(Some(parent.nid.0.into())),
            Err(error) if error.code() == mapix_core::ErrorCode::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }
}
