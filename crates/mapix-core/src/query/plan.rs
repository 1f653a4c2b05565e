//! The parts of a search: which folders, and what is looked for in each.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::folder::encode;
use super::{Held, Place, Searcher};
use crate::ledger::{Kind, Ledger};
use crate::object::{Folder, FolderKind};
use crate::prop::PropTag;
use crate::restriction::{Matcher, Restriction};
use crate::store::{InventoryItem, ItemKind};
use crate::{Error, ErrorCode, Result};

/// A part of a search that can be done for itself: messages that one folder holds in one way, or
/// all orphans. Chunks can be searched at the same time; their order is that of the search.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub(super) source: Source,
    pub(super) place: Arc<PlaceOf>,
    pub(super) matcher: Arc<Matcher>,
    pub(super) columns: Arc<[PropTag]>,
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    Folder(Folder),
    Orphans(Arc<[InventoryItem]>),
}

/// Where the messages of a chunk are.
#[derive(Debug)]
pub(super) struct PlaceOf {
    pub(super) path: Arc<str>,
    names: Option<Vec<String>>,
    pub(super) held: Held,
}

/// Hierarchies deeper than this are taken for circles.
const DEEPEST: usize = 1000;

impl Chunk {
    /// The path of the folder; empty for orphans.
    pub fn path(&self) -> &str {
        &self.place.path
    }

    /// How its messages are held.
    pub fn held(&self) -> Held {
        self.place.held
    }

    /// The folder; `None` for orphans.
    pub fn folder(&self) -> Option<&Folder> {
        match &self.source {
            Source::Folder(folder) => Some(folder),
            Source::Orphans(_) => None,
        }
    }
}

impl PlaceOf {
    pub(super) fn place(&self) -> Place<'_> {
        Place { folder: self.names.as_deref(), held: self.held }
    }
}

/// Makes chunks.
pub(super) struct Plan<'a> {
    search: &'a Searcher,
    chunks: Vec<Chunk>,
    /// What was looked for in the last folder: mostly it is the same in the next one.
    last: BTreeMap<Held, Prepared>,
}

#[derive(Clone)]
struct Prepared {
    restriction: Restriction,
    matcher: Arc<Matcher>,
    columns: Arc<[PropTag]>,
}

impl Prepared {
    fn new(restriction: Restriction) -> Result<Self> {
        let matcher = Arc::new(Matcher::new(&restriction)?);
        let columns = restriction.columns().into();
        Ok(Self { restriction, matcher, columns })
    }
}

impl Plan<'_> {
    /// The chunks of a search.
    pub(super) fn of(search: &Searcher, ledger: &mut Ledger) -> Result<Vec<Chunk>> {
        let mut plan = Plan { search, chunks: Vec::new(), last: BTreeMap::new() };
        let first = match &search.below {
            Some(folder) => folder.clone(),
            None => search.store.root()?,
        };
        let reached = plan.folders(first, ledger)?;
        if search.held.contains(&Held::Orphan) && search.below.is_none() {
            let orphans = plan.orphans(&reached)?;
            plan.add(Source::Orphans(orphans.into()), None, Held::Orphan)?;
        }
        Ok(plan.chunks)
    }

    /// What is looked for in one folder; `None` if nothing can fit there.
    pub(super) fn chunk(search: &Searcher, folder: u64, held: Held) -> Result<Option<Chunk>> {
        let mut plan = Plan { search, chunks: Vec::new(), last: BTreeMap::new() };
        let top = search.store.ipm_subtree().ok().map(|top| top.id());
        let folder = search.store.open_folder(folder)?;
        let names = plan.names_of(&folder, top)?;
        plan.add(Source::Folder(folder), Some(&names), held)?;
        Ok(plan.chunks.pop())
    }

    fn add(&mut self, source: Source, names: Option<&[String]>, held: Held) -> Result<()> {
        let Searcher { store, query, .. } = self.search;
        let restriction = query.to_restriction(store, &Place { folder: names, held })?;
        if restriction == Restriction::Or(Vec::new()) {
            return Ok(());
        }
        let last = self.last.get(&held).filter(|last| last.restriction == restriction);
        let prepared = match last {
            Some(last) => last.clone(),
            None => Prepared::new(restriction)?,
        };
        let (matcher, columns) = (Arc::clone(&prepared.matcher), Arc::clone(&prepared.columns));
        self.last.insert(held, prepared);
        let place = PlaceOf {
            path: names.map(path).unwrap_or_default(),
            names: names.map(<[String]>::to_vec),
            held,
        };
        self.chunks.push(Chunk { source, place: Arc::new(place), matcher, columns });
        Ok(())
    }

    /// Adds a folder and all below it to the plan, each before those in it, without recursion.
    /// Gives the numbers of all.
    fn folders(&mut self, first: Folder, ledger: &mut Ledger) -> Result<HashSet<u64>> {
        let top = self.search.store.ipm_subtree().ok().map(|top| top.id());
        let names = self.names_of(&first, top)?;
        let mut seen = HashSet::from([first.id()]);
        let mut waiting = vec![(first, names, 0)];
        while let Some((folder, names, depth)) = waiting.pop() {
            let path = path(&names);
            match folder.kind() {
                Ok(FolderKind::Search) => {
                    let reason = "holds what other folders hold";
                    ledger.skipped(Kind::SearchFolder, folder.entry_id().ok(), path, reason);
                    continue;
                }
                Ok(_) => ledger.done(Kind::Folder, folder.entry_id().ok(), &*path),
                Err(error) if ends_all(&error) => return Err(error),
                Err(error) => {
                    ledger.failed(Kind::Folder, folder.entry_id().ok(), &*path, error);
                }
            }
            for held in self.search.held.iter().filter(|held| **held != Held::Orphan) {
                self.add(Source::Folder(folder.clone()), Some(&names), *held)?;
            }
            if depth == DEEPEST {
                continue;
            }
            let (children, errors) = match folder.folders() {
                Ok(found) => found.into_parts(),
                Err(error) if ends_all(&error) => return Err(error),
                Err(error) => {
                    ledger.failed(Kind::Table, folder.entry_id().ok(), path, error);
                    continue;
                }
            };
            for error in errors {
                ledger.failed(Kind::Folder, None, Arc::clone(&path), error);
            }
            // Below the top, paths begin with the name.
            let above = if Some(folder.id()) == top { Vec::new() } else { names };
            for child in children.into_iter().rev() {
                if seen.insert(child.id()) {
                    let mut names = above.clone();
                    names.push(child.name().unwrap_or_default());
                    waiting.push((child, names, depth + 1));
                }
            }
        }
        Ok(seen)
    }

    /// The names from below the visible top, or else from below the root.
    fn names_of(&self, folder: &Folder, top: Option<u64>) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut here = folder.clone();
        while here.id() != self.search.store.info().root && names.len() < DEEPEST {
            names.push(here.name()?);
            match here.parent()? {
                Some(parent) if Some(parent.id()) != top => here = parent,
                _ => break,
            }
        }
        names.reverse();
        Ok(names)
    }

    /// The messages of folders that are not reached.
    fn orphans(&self, reached: &HashSet<u64>) -> Result<Vec<InventoryItem>> {
        let mut orphans = Vec::new();
        self.search.store.inventory(&mut |item| {
            let is_message = matches!(item.kind, ItemKind::Message | ItemKind::Associated);
            if is_message && item.parent.is_none_or(|parent| !reached.contains(&parent)) {
                orphans.push(item);
            }
            ControlFlow::Continue(())
        })?;
        orphans.sort_by_key(|item| item.id);
        Ok(orphans)
    }
}

/// The names joined by slashes.
fn path(names: &[String]) -> Arc<str> {
    names.iter().map(|name| encode(name)).collect::<Vec<_>>().join("/").into()
}

/// Whether no other message can be searched either.
pub(super) fn ends_all(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::INVALID_OBJECT | ErrorCode::END_OF_SESSION)
}
