//! Two ways to count, and what only one of them has.

use std::collections::{BTreeMap, BTreeSet};

use mapix::store::{InventoryItem, ItemKind};

use crate::folders::Node;

/// Where the tables show an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Route {
    Messages,
    Associated,
    Deleted,
}

/// One kind of object, counted both ways.
#[derive(Default)]
pub(super) struct Compared {
    index: BTreeSet<u64>,
    tables: BTreeSet<u64>,
    /// Rows of tables for objects that another row shows already.
    pub(super) repeated: u64,
    /// In the index alone, because they are deleted.
    pub(super) deleted: u64,
    /// In the index alone, because their folder is not there, or no table shows it.
    pub(super) orphans: u64,
    /// In the index alone, for no known reason.
    pub(super) only_index: Vec<u64>,
    /// In tables alone.
    pub(super) only_tables: Vec<u64>,
}

impl Compared {
    /// How many the index has.
    pub(super) fn index(&self) -> u64 {
        self.index.len() as u64
    }

    /// How many the tables show.
    pub(super) fn tables(&self) -> u64 {
        self.tables.len() as u64
    }

    /// Whether both have the same, but for what is explained.
    pub(super) fn agrees(&self) -> bool {
        self.only_index.is_empty() && self.only_tables.is_empty()
    }

    fn show(&mut self, id: u64) {
        if !self.tables.insert(id) {
            self.repeated += 1;
        }
    }

    fn explain(&mut self, deleted: &BTreeSet<u64>, is_orphan: &dyn Fn(u64) -> bool) {
        for id in self.index.difference(&self.tables) {
            if is_orphan(*id) {
                self.orphans += 1;
            } else if deleted.contains(id) {
                self.deleted += 1;
            } else {
                self.only_index.push(*id);
            }
        }
        self.only_tables = self.tables.difference(&self.index).copied().collect();
    }
}

/// All kinds of objects.
#[derive(Default)]
pub(super) struct Routes {
    pub(super) folders: Compared,
    pub(super) search_folders: Compared,
    pub(super) messages: Compared,
    pub(super) associated: Compared,
    /// What the tables of deleted items show.
    deleted: BTreeSet<u64>,
    /// Folders that no table of folders shows.
    lost: BTreeSet<u64>,
}

impl Routes {
    /// Each kind with its name.
    pub(super) fn all(&self) -> [(&'static str, &Compared); 4] {
        [
            ("folders", &self.folders),
            ("search_folders", &self.search_folders),
            ("messages", &self.messages),
            ("associated", &self.associated),
        ]
    }

    /// Whether all kinds agree.
    pub(super) fn agree(&self) -> bool {
        self.all().iter().all(|(_, compared)| compared.agrees())
    }

    pub(super) fn enter_index(&mut self, index: &[InventoryItem]) {
        for item in index {
            let compared = match item.kind {
                ItemKind::Folder => &mut self.folders,
                ItemKind::SearchFolder => &mut self.search_folders,
                ItemKind::Message => &mut self.messages,
                ItemKind::Associated => &mut self.associated,
            };
            compared.index.insert(item.id);
        }
    }

    pub(super) fn enter_folder(&mut self, node: &Node, shown: &[(Route, u64)]) {
        let id = node.folder.id();
        if !node.listed {
            self.lost.insert(id);
        } else if node.is_search() {
            self.search_folders.show(id);
        } else {
            self.folders.show(id);
        }
        for (route, id) in shown {
            match route {
                Route::Messages => self.messages.show(*id),
                Route::Associated => self.associated.show(*id),
                Route::Deleted => drop(self.deleted.insert(*id)),
            }
        }
    }

    /// Finds out why the routes differ.
    pub(super) fn explain(&mut self, index: &[InventoryItem]) {
        let parents: BTreeMap<u64, Option<u64>> =
            index.iter().map(|item| (item.id, item.parent)).collect();
        let folders: BTreeSet<u64> =
            self.folders.index.union(&self.search_folders.index).copied().collect();
        let parent = |id: u64| parents.get(&id).copied().flatten();
        let is_orphan = |id: u64| parent(id).is_none_or(|parent| !folders.contains(&parent));
        self.messages.explain(&self.deleted, &is_orphan);
        self.associated.explain(&self.deleted, &is_orphan);
        let is_lost = |id: u64| self.lost.contains(&id);
        self.folders.explain(&BTreeSet::new(), &is_lost);
        self.search_folders.explain(&BTreeSet::new(), &is_lost);
    }
}
