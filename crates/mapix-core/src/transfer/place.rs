//! Which folder of the target takes which folder of the source.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::feed::FeedFolder;
use super::journal::Journal;
use crate::ledger::{Kind, Ledger};
use crate::object::{SpecialFolder, Store};
use crate::prop::{PropBag, tags};
use crate::store::{Change, ItemKind, ObjectRef, Row, RowSource};
use crate::{Error, ErrorCode, Result};

/// How many folders are made in one commit.
const BATCH: usize = 1000;

/// Where the folders of a source go.
pub(super) struct Placing<'a> {
    target: &'a Store,
    /// The folder below which everything goes; `None` if each has its own place.
    under: Option<u64>,
    /// Nothing is made: folders that are missing get numbers that nothing has.
    dry: bool,
    /// The folders of each parent by whether they are search folders and by their names, in the
    /// order of the numbers.
    children: HashMap<u64, HashMap<(bool, String), Vec<u64>>>,
    /// Folders that have taken one of the source already.
    taken: HashSet<u64>,
    pub(super) made: u64,
}

impl<'a> Placing<'a> {
    pub(super) fn new(target: &'a Store, under: Option<u64>, dry: bool) -> Self {
        let (children, taken) = (HashMap::new(), HashSet::new());
        Self { target, under, dry, children, taken, made: 0 }
    }

    /// The folder of the target for each of the source. Those that are missing are made, level by
    /// level; roles that the target has not given yet are given.
    pub(super) fn all(
        &mut self,
        folders: &[FeedFolder],
        journal: &mut Journal,
        ledger: &mut Ledger,
    ) -> Result<Vec<u64>> {
        let top = match self.under {
            Some(under) => under,
            None => self.role(SpecialFolder::IpmSubtree)?.unwrap_or(self.target.info().root),
        };
        let mut places: Vec<Option<u64>> = Vec::with_capacity(folders.len());
        for folder in folders {
            let place = match folder.role {
                Some(role) => self.role(role)?,
                None => None,
            };
            // Two folders of the source with one role: the second keeps its name.
            let place = place.filter(|id| self.taken.insert(*id) || self.under == Some(*id));
            places.push(place);
        }
        for level in levels(folders) {
            let mut wanted: Vec<(usize, u64)> = Vec::new();
            for at in level.into_iter().filter(|at| places[*at].is_none()) {
                let above = folders[at].parent.and_then(|parent| places[parent]).unwrap_or(top);
                wanted.push((at, above));
            }
            for part in wanted.chunks(BATCH) {
                self.make(folders, part, journal, &mut places)?;
            }
        }
        let places: Vec<u64> = places.into_iter().map(|place| place.unwrap_or(top)).collect();
        for (folder, id) in folders.iter().zip(&places) {
            self.give_role(folder, *id)?;
            if !folder.is_way {
                self.complete(folder, *id)?;
            }
            // A search folder is done when it is told what to find.
            if !folder.is_way && folder.search.is_none() {
                ledger.done(Kind::Folder, folder.entry_id.clone(), folder.path.clone());
            }
        }
        Ok(places)
    }

    /// The folder of the target with a role.
    fn role(&self, role: SpecialFolder) -> Result<Option<u64>> {
        match (self.under, role) {
            (Some(under), SpecialFolder::Root | SpecialFolder::IpmSubtree) => Ok(Some(under)),
            (Some(_), _) => Ok(None),
            (None, role) => match self.target.special_folder(role) {
                Ok(folder) => Ok(Some(folder.id())),
                Err(error) if error.code() == ErrorCode::NOT_FOUND => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// Finds or makes folders whose parents are there, in one commit.
    fn make(
        &mut self,
        folders: &[FeedFolder],
        wanted: &[(usize, u64)],
        journal: &mut Journal,
        places: &mut [Option<u64>],
    ) -> Result<()> {
        loop {
            let (mut changes, mut missing) = (Vec::new(), Vec::new());
            for (at, parent) in wanted {
                if places[*at].is_some() {
                    continue;
                }
                let folder = &folders[*at];
                self.list(*parent)?;
                let found = self.children.get(parent);
                let search = folder.search.is_some();
                let name = (search, folder.name.to_lowercase());
                let found = found.and_then(|names| names.get(&name));
                let free = found.into_iter().flatten().find(|id| !self.taken.contains(id));
                if let Some(id) = free.copied() {
                    self.taken.insert(id);
                    places[*at] = Some(id);
                    continue;
                }
                let mut properties = folder.props.clone();
                properties.set(tags::DISPLAY_NAME, folder.name.as_str());
                let parent = *parent;
                changes.push(Change::CreateFolder { parent, search, properties, copy_of: None });
                missing.push(*at);
            }
            if changes.is_empty() {
                return Ok(());
            }
            let created = if self.dry {
                (0..missing.len() as u64).map(|n| u64::MAX - self.made - n).collect()
            } else {
                match journal.commit(changes, &[]) {
                    Ok(commit) => commit.created,
                    // Somebody else is importing, and may have made them.
                    Err(error) if error.code() == ErrorCode::OBJECT_CHANGED => {
                        journal.refresh()?;
                        self.children.clear();
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            };
            if created.len() != missing.len() {
                let message = "the store did not number the new folders";
                return Err(Error::new(ErrorCode::CALL_FAILED, message));
            }
            for (at, id) in missing.into_iter().zip(created) {
                self.made += 1;
                self.taken.insert(id);
                places[at] = Some(id);
            }
            return Ok(());
        }
    }

    /// Sees which folders a folder holds.
    fn list(&mut self, parent: u64) -> Result<()> {
        let is_new = self.dry && parent > u64::MAX - self.made;
        if is_new || self.children.contains_key(&parent) {
            return Ok(());
        }
        let pass = self.target.logon().enter()?;
        let (mut rows, source) = (Vec::new(), RowSource::Hierarchy(parent));
        pass.rows(&source, Some(&[tags::DISPLAY_NAME]), &mut |row| {
            let named = |row: Row| {
                let name = row.props.sound()?.text(tags::DISPLAY_NAME).unwrap_or_default();
                Ok((row.id, name.to_lowercase()))
            };
            rows.push(row.and_then(named));
            ControlFlow::Continue(())
        })?;
        let mut names: Vec<(u64, String)> = rows.into_iter().collect::<Result<_>>()?;
        names.sort_unstable();
        let mut found: HashMap<(bool, String), Vec<u64>> = HashMap::new();
        for (id, name) in names {
            let search = pass.kind(id)? == ItemKind::SearchFolder;
            found.entry((search, name)).or_default().push(id);
        }
        self.children.insert(parent, found);
        Ok(())
    }

    /// Gives a folder its role, if no other folder of the target has it.
    fn give_role(&self, folder: &FeedFolder, id: u64) -> Result<()> {
        let Some(role) = folder.role.filter(|_| !self.dry && self.under.is_none()) else {
            return Ok(());
        };
        match self.role(role)? {
            None => self.target.set_special_folder(role, &self.target.open_folder(id)?),
            Some(_) => Ok(()),
        }
    }

    /// Gives a folder that was there what it lacks.
    fn complete(&self, folder: &FeedFolder, id: u64) -> Result<()> {
        if self.dry || folder.props.is_empty() {
            return Ok(());
        }
        let pass = self.target.logon().enter()?;
        let there = pass.properties(&ObjectRef::Folder(id), 0)?;
        let lacks = folder.props.iter().filter(|prop| there.find(prop.tag.id()).is_none());
        let set: PropBag = lacks.cloned().collect();
        if !set.is_empty() {
            pass.commit(vec![Change::UpdateFolder { folder: id, set, delete: Vec::new() }])?;
        }
        Ok(())
    }
}

/// The folders by how deep they are.
fn levels(folders: &[FeedFolder]) -> Vec<Vec<usize>> {
    let mut depths: Vec<usize> = Vec::with_capacity(folders.len());
    let mut levels: Vec<Vec<usize>> = Vec::new();
    for (at, folder) in folders.iter().enumerate() {
        let depth = folder.parent.and_then(|parent| depths.get(parent)).map_or(0, |d| d + 1);
        depths.push(depth);
        if levels.len() <= depth {
            levels.resize_with(depth + 1, Vec::new);
        }
        levels[depth].push(at);
    }
    levels
}
