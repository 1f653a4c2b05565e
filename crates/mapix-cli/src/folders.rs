//! The folders of a mailbox, in the order of the tree, with paths that are addresses.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix::ledger::{Kind, Ledger};
use mapix::prop::{PropBag, tags};
use mapix::store::ItemKind;
use mapix::{Folder, FolderKind};

use crate::address::encode;
use crate::exit::Outcome;
use crate::interrupt;
use crate::source::Source;

/// Folders nested deeper than this are taken for a circle.
const DEEPEST: usize = 1000;

/// A folder in the tree.
pub(crate) struct Node {
    /// The folder itself.
    pub(crate) folder: Folder,
    /// Its display name.
    pub(crate) name: String,
    /// Its address: relative to the visible top, else from the root, else by number.
    pub(crate) path: Arc<str>,
    /// How many levels below the first folder.
    pub(crate) depth: usize,
    /// Whether it is the last one in its parent.
    pub(crate) last: bool,
    /// What it is.
    pub(crate) kind: FolderKind,
    /// Whether a table of folders shows it; others were found by the index alone.
    pub(crate) listed: bool,
    /// Its properties.
    pub(crate) props: PropBag,
}

impl Node {
    /// What it counts as.
    pub(crate) fn ledger_kind(&self) -> Kind {
        if self.is_search() { Kind::SearchFolder } else { Kind::Folder }
    }

    /// Whether it holds links only.
    pub(crate) fn is_search(&self) -> bool {
        self.kind == FolderKind::Search
    }
}

/// Gathers folders.
struct Walk<'a> {
    source: &'a Source,
    ledger: &'a mut Ledger,
    seen: HashSet<u64>,
    nodes: Vec<Node>,
    top: Option<u64>,
}

/// The folder and all below it, as the tables of folders show them.
pub(crate) fn below(
    source: &Source,
    first: &Folder,
    max_depth: usize,
    ledger: &mut Ledger,
) -> Outcome<Vec<Node>> {
    let mut walk = Walk::new(source, ledger);
    let path = walk.path_of(first);
    walk.descend(first, path, true, max_depth)?;
    Ok(walk.nodes)
}

/// All folders: those below the root, and then those that only the index of objects has.
pub(crate) fn all(source: &Source, ledger: &mut Ledger) -> Outcome<Vec<Node>> {
    let mut parents = BTreeMap::new();
    source.store.inventory(&mut |item| {
        if matches!(item.kind, ItemKind::Folder | ItemKind::SearchFolder) {
            parents.insert(item.id, item.parent);
        }
        ControlFlow::Continue(())
    })?;
    let mut walk = Walk::new(source, ledger);
    let root = source.store.root()?;
    let path = walk.path_of(&root);
    walk.descend(&root, path, true, DEEPEST)?;
    // Whole lost branches first, then what is left: circles.
    let lost = |id: &u64, walk: &Walk<'_>| !walk.seen.contains(id);
    for whole_branches in [true, false] {
        for (id, parent) in &parents {
            let below_lost = parent.is_some_and(|parent| {
                parent != *id && parents.contains_key(&parent) && lost(&parent, &walk)
            });
            if lost(id, &walk) && !(whole_branches && below_lost) {
                let path = format!("nid:0x{id:X}");
                match source.store.open_folder(*id) {
                    Ok(folder) => walk.descend(&folder, path, false, DEEPEST)?,
                    Err(error) => {
                        walk.seen.insert(*id);
                        walk.ledger.failed(Kind::Folder, None, path, error);
                    }
                }
            }
        }
    }
    Ok(walk.nodes)
}

/// The path of a folder as an address.
pub(crate) fn path_of(source: &Source, folder: &Folder) -> String {
    Walk::new(source, &mut Ledger::new()).path_of(folder)
}

impl<'a> Walk<'a> {
    fn new(source: &'a Source, ledger: &'a mut Ledger) -> Self {
        let top = source.store.ipm_subtree().ok().map(|top| top.id());
        Self { source, ledger, seen: HashSet::new(), nodes: Vec::new(), top }
    }

    /// Depth first, without recursion.
    fn descend(
        &mut self,
        first: &Folder,
        path: String,
        listed: bool,
        max_depth: usize,
    ) -> Outcome<()> {
        let mut waiting = vec![(first.clone(), path, 0, true)];
        while let Some((folder, path, depth, last)) = waiting.pop() {
            interrupt::check()?;
            if !self.seen.insert(folder.id()) {
                continue;
            }
            let path: Arc<str> = path.into();
            let props = match folder.props() {
                Ok(props) => props,
                Err(error) => {
                    self.ledger.failed(Kind::Folder, folder.entry_id().ok(), path, error);
                    continue;
                }
            };
            let kind = match props.i32(tags::FOLDER_TYPE) {
                Some(0) => FolderKind::Root,
                Some(2) => FolderKind::Search,
                _ => FolderKind::Generic,
            };
            let name = props.text(tags::DISPLAY_NAME).unwrap_or_default();
            if depth < max_depth.min(DEEPEST) {
                let mut children = self.children(&folder, &path);
                children.retain(|child| !self.seen.contains(&child.id()));
                let count = children.len();
                for (index, child) in children.into_iter().enumerate().rev() {
                    let path = self.path_below(&folder, &path, &child);
                    waiting.push((child, path, depth + 1, index + 1 == count));
                }
            }
            self.nodes.push(Node { folder, name, path, depth, last, kind, listed, props });
        }
        Ok(())
    }

    fn children(&mut self, folder: &Folder, path: &Arc<str>) -> Vec<Folder> {
        match folder.folders() {
            Ok(found) => {
                let (children, errors) = found.into_parts();
                for error in errors {
                    self.ledger.failed(Kind::Folder, None, Arc::clone(path), error);
                }
                children
            }
            Err(error) => {
                let id = folder.entry_id().ok();
                self.ledger.failed(Kind::Table, id, Arc::clone(path), error);
                Vec::new()
            }
        }
    }

    fn path_below(&self, parent: &Folder, path: &str, child: &Folder) -> String {
        if self.top == Some(child.id()) {
            return "@ipm".into();
        }
        let name = encode(&child.name().unwrap_or_default());
        if name.is_empty() {
            return format!("nid:0x{:X}", child.id());
        }
        // Below the visible top, paths begin with the name.
        if self.top == Some(parent.id()) { name } else { format!("{path}/{name}") }
    }

    fn path_of(&self, folder: &Folder) -> String {
        let root = self.source.store.info().root;
        let mut names = Vec::new();
        let mut here = folder.clone();
        loop {
            if self.top == Some(here.id()) {
                if names.is_empty() {
                    return "@ipm".into();
                }
                break;
            }
            if here.id() == root {
                names.push("@root".into());
                break;
            }
            let name = encode(&here.name().unwrap_or_default());
            match here.parent() {
                Ok(Some(parent)) if names.len() < DEEPEST && !name.is_empty() => {
                    names.push(name);
                    here = parent;
                }
                _ => {
                    names.push(format!("nid:0x{:X}", here.id()));
                    break;
                }
            }
        }
        names.reverse();
        names.join("/")
    }
}

/// The paths of folders by their numbers.
pub(crate) fn paths(nodes: &[Node]) -> HashMap<u64, Arc<str>> {
    nodes.iter().map(|node| (node.folder.id(), Arc::clone(&node.path))).collect()
}
