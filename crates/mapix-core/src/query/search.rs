//! Finding messages in a store: folder by folder, rows before messages.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::candidate::{Item, held_ids};
use super::folder::encode;
use super::{BodyText, Held, Place, PlainOnly, Query, WithBody};
use crate::ledger::{Kind, Ledger};
use crate::object::{Folder, FolderKind, Store};
use crate::prop::{PropBag, PropTag};
use crate::restriction::{Matcher, Restriction};
use crate::store::{InventoryItem, ItemKind, ObjectRef, RowSource};
use crate::{Error, ErrorCode, Result};

/// Finds the messages of a store that fit a query.
///
/// ```
/// # use std::ops::ControlFlow;
/// # use mapix_core::{Result, Store, ledger::Ledger, query::{Context, Query, Searcher}};
/// # fn find(store: &Store) -> Result<()> {
/// let query = Query::parse("from:ann has:attachment", &Context::now())?;
/// let mut ledger = Ledger::new();
/// Searcher::new(store, query).run(&mut ledger, &mut |hit| {
///     println!("{} {}", hit.path, hit.message);
///     ControlFlow::Continue(())
/// })?;
/// # Ok(())
/// # }
/// ```
///
/// The order is that of the folders, each before those in it, and in a folder that of its tables:
/// first normal messages, then hidden ones, then deleted ones; orphans come last, by their
/// numbers. Search folders are skipped, as they hold what other folders hold. What is embedded in
/// messages is not looked into.
///
/// In the ledger each message that was examined counts as done, whether it fits or not. One that
/// could not be examined has failed. One whose body was needed but is neither plain text nor understood
/// by the [`BodyText`] is done, and the body is a property that was skipped.
#[derive(Clone)]
pub struct Searcher {
    store: Store,
    query: Query,
    held: BTreeSet<Held>,
    below: Option<Folder>,
    body: Arc<dyn BodyText>,
    stop: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

/// A part of a search that can be done for itself: messages that one folder holds in one way, or
/// all orphans. Chunks can be searched at the same time; their order is that of the search.
#[derive(Clone, Debug)]
pub struct Chunk {
    source: Source,
    place: Arc<PlaceOf>,
    matcher: Arc<Matcher>,
    columns: Arc<[PropTag]>,
}

#[derive(Clone, Debug)]
enum Source {
    Folder(Folder),
    Orphans(Arc<[InventoryItem]>),
}

/// Where the messages of a chunk are.
#[derive(Debug)]
struct PlaceOf {
    path: Arc<str>,
    names: Option<Vec<String>>,
    held: Held,
}

/// A message that fits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hit {
    /// Its number in the store.
    pub message: u64,
    /// The number of its folder; for an orphan that which its store names, if any.
    pub folder: Option<u64>,
    /// The path of its folder: the names joined by slashes, `%2F` for a slash in a name; empty
    /// for orphans.
    pub path: Arc<str>,
    /// How it is held.
    pub held: Held,
    /// Its place in the table, from 1; `None` for orphans.
    pub position: Option<u64>,
    place: Arc<PlaceOf>,
}

/// Hierarchies deeper than this are taken for circles.
const DEEPEST: usize = 1000;

impl Searcher {
    /// A search through the whole store, for messages that are held in one of the ways of which
    /// the query speaks ([`Query::held`]).
    pub fn new(store: &Store, query: Query) -> Self {
        let held = query.held();
        let (store, body) = (store.clone(), Arc::new(PlainOnly));
        Self { store, query, held, below: None, body, stop: None }
    }

    /// Only in a folder and those below it. There are no orphans then.
    pub fn below(mut self, folder: &Folder) -> Self {
        self.below = Some(folder.clone());
        self
    }

    /// Also messages that are held in this way.
    pub fn also(mut self, held: Held) -> Self {
        self.held.insert(held);
        self
    }

    /// Looks into bodies that are not plain text.
    pub fn with_body_text(mut self, body: Arc<dyn BodyText>) -> Self {
        self.body = body;
        self
    }

    /// Ends the search as soon as this is true; it is asked before each message.
    pub fn stop_when(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Some(Arc::new(stop));
        self
    }

    /// The query.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Searches, and calls `visit` with each hit until it breaks. Gives whether it, or
    /// [`Searcher::stop_when`], broke off.
    ///
    /// # Errors
    /// Those after which nothing can be searched, such as `MAPI_E_INVALID_OBJECT` after logoff.
    /// All others are in the ledger.
    pub fn run(
        &self,
        ledger: &mut Ledger,
        visit: &mut dyn FnMut(Hit) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        for chunk in self.chunks(ledger)? {
            if self.run_chunk(&chunk, ledger, visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The parts of the search, in its order. Those in which nothing can fit are left out. Folders
    /// are done, skipped and failed in the ledger here, messages in [`Searcher::run_chunk`].
    pub fn chunks(&self, ledger: &mut Ledger) -> Result<Vec<Chunk>> {
        let mut plan = Plan { search: self, chunks: Vec::new(), last: None };
        let root = match &self.below {
            Some(folder) => folder.clone(),
            None => self.store.root()?,
        };
        let reached = self.folders(root, &mut plan, ledger)?;
        if self.held.contains(&Held::Orphan) && self.below.is_none() {
            let orphans = self.orphans(&reached)?;
            plan.add(Source::Orphans(orphans.into()), None, Held::Orphan)?;
        }
        Ok(plan.chunks)
    }

    /// Searches one part of it. Like [`Searcher::run`].
    pub fn run_chunk(
        &self,
        chunk: &Chunk,
        ledger: &mut Ledger,
        visit: &mut dyn FnMut(Hit) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let mut run = Run { search: self, chunk, ledger, visit };
        match &chunk.source {
            Source::Folder(folder) => run.folder(folder),
            Source::Orphans(items) => run.orphans(items),
        }
    }

    /// Why a message was found: the terms of the query that are asked for and hold, from left to
    /// right.
    pub fn why(&self, hit: &Hit) -> Result<Vec<&Query>> {
        let item = Item::new(&self.store, hit.message, PropBag::new(), &[]);
        let body = WithBody::new(&item, &*self.body);
        let mut why = Vec::new();
        for (_, term) in self.query.terms().filter(|(asked, _)| *asked) {
            let restriction = term.to_restriction(&self.store, &hit.place.place())?;
            if Matcher::new(&restriction)?.matches(&body)? {
                why.push(term);
            }
        }
        Ok(why)
    }

    /// Adds a folder and all below it to the plan, each before those in it, without recursion.
    /// Gives the numbers of all.
    fn folders(
        &self,
        first: Folder,
        plan: &mut Plan<'_>,
        ledger: &mut Ledger,
    ) -> Result<HashSet<u64>> {
        let top = self.store.ipm_subtree().ok().map(|top| top.id());
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
            for held in self.held.iter().filter(|held| **held != Held::Orphan) {
                plan.add(Source::Folder(folder.clone()), Some(&names), *held)?;
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
        while here.id() != self.store.info().root && names.len() < DEEPEST {
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
        self.store.inventory(&mut |item| {
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

/// Makes chunks.
struct Plan<'a> {
    search: &'a Searcher,
    chunks: Vec<Chunk>,
    /// The restriction of the last chunk: mostly the next one has the same.
    last: Option<(Restriction, Arc<Matcher>, Arc<[PropTag]>)>,
}

impl Plan<'_> {
    fn add(&mut self, source: Source, names: Option<&[String]>, held: Held) -> Result<()> {
        let Searcher { store, query, .. } = self.search;
        let restriction = query.to_restriction(store, &Place { folder: names, held })?;
        if restriction == Restriction::Or(Vec::new()) {
            return Ok(());
        }
        if self.last.as_ref().is_none_or(|last| last.0 != restriction) {
            let matcher = Arc::new(Matcher::new(&restriction)?);
            let columns = restriction.columns().into();
            self.last = Some((restriction, matcher, columns));
        }
        let Some((_, matcher, columns)) = self.last.clone() else { return Ok(()) };
        let place = PlaceOf {
            path: names.map(path).unwrap_or_default(),
            names: names.map(<[String]>::to_vec),
            held,
        };
        self.chunks.push(Chunk { source, place: Arc::new(place), matcher, columns });
        Ok(())
    }
}

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
    fn place(&self) -> Place<'_> {
        Place { folder: self.names.as_deref(), held: self.held }
    }
}

/// A search through one chunk.
struct Run<'a> {
    search: &'a Searcher,
    chunk: &'a Chunk,
    ledger: &'a mut Ledger,
    visit: &'a mut dyn FnMut(Hit) -> ControlFlow<()>,
}

/// What is examined.
struct Found<'a> {
    item: Item<'a>,
    kind: Kind,
    hit: Hit,
}

impl Run<'_> {
    fn folder(&mut self, folder: &Folder) -> Result<ControlFlow<()>> {
        let (store, place) = (&self.search.store, Arc::clone(&self.chunk.place));
        let (source, kind) = match place.held {
            Held::Hidden => (RowSource::Associated(folder.id()), Kind::Associated),
            Held::Deleted => (RowSource::Deleted(folder.id()), Kind::Message),
            _ => (RowSource::Contents(folder.id()), Kind::Message),
        };
        let pass = store.logon().enter()?;
        // Columns that the table does not keep would only be read from the messages one by one.
        let kept = match pass.table_columns(&source) {
            Ok(Some(kept)) => kept.iter().map(|tag| tag.id()).collect(),
            Ok(None) => self.chunk.columns.iter().map(|tag| tag.id()).collect(),
            Err(error) if ends_all(&error) => return Err(error),
            Err(_) => HashSet::new(),
        };
        let is_kept = |tag: &&PropTag| kept.contains(&tag.id());
        let columns: Vec<PropTag> = self.chunk.columns.iter().filter(is_kept).copied().collect();
        let held = held_ids(&columns);
        let mut result = Ok(ControlFlow::Continue(()));
        let mut position = 0;
        let read = pass.rows(&source, Some(&columns), &mut |row| {
            result = match row {
                Ok(row) => {
                    position += 1;
                    let hit = self.hit(row.id, Some(folder.id()), Some(position));
                    let item = Item::new(store, row.id, row.props, &held);
                    self.examine(Found { item, kind, hit })
                }
                Err(error) if ends_all(&error) => Err(error),
                Err(error) => {
                    self.ledger.failed(kind, None, Arc::clone(&place.path), error);
                    Ok(ControlFlow::Continue(()))
                }
            };
            match result {
                Ok(flow) => flow,
                Err(_) => ControlFlow::Break(()),
            }
        });
        match read {
            Err(error) if ends_all(&error) => return Err(error),
            Err(error) => {
                let id = folder.entry_id().ok();
                self.ledger.failed(Kind::Table, id, Arc::clone(&place.path), error);
            }
            Ok(()) => {}
        }
        result
    }

    fn orphans(&mut self, items: &[InventoryItem]) -> Result<ControlFlow<()>> {
        for found in items {
            let kind = match found.kind {
                ItemKind::Associated => Kind::Associated,
                _ => Kind::Message,
            };
            let hit = self.hit(found.id, found.parent, None);
            let item = Item::new(&self.search.store, found.id, PropBag::new(), &[]);
            if self.examine(Found { item, kind, hit })?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn hit(&self, message: u64, folder: Option<u64>, position: Option<u64>) -> Hit {
        let place = Arc::clone(&self.chunk.place);
        let (path, held) = (Arc::clone(&place.path), place.held);
        Hit { message, folder, path, held, position, place }
    }

    fn examine(&mut self, found: Found<'_>) -> Result<ControlFlow<()>> {
        if self.search.stop.as_ref().is_some_and(|stop| stop()) {
            return Ok(ControlFlow::Break(()));
        }
        let Found { item, kind, hit } = found;
        let body = WithBody::new(&item, &*self.search.body);
        let matches = self.chunk.matcher.matches(&body);
        let path = || Arc::clone(&hit.path);
        if body.has_unread_body() {
            let reason = "the body is not plain text and was not searched";
            self.ledger.skipped(Kind::Property, self.entry_id(hit.message), path(), reason);
        }
        match matches {
            Ok(fits) => {
                self.ledger.count_done(kind, 1);
                Ok(if fits { (self.visit)(hit) } else { ControlFlow::Continue(()) })
            }
            Err(error) if ends_all(&error) => Err(error),
            Err(error) => {
                self.ledger.failed(kind, self.entry_id(hit.message), path(), error);
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    fn entry_id(&self, message: u64) -> Option<crate::EntryId> {
        self.search.store.logon().enter().ok()?.entry_id(&ObjectRef::message(message)).ok()
    }
}

/// The names joined by slashes.
fn path(names: &[String]) -> Arc<str> {
    names.iter().map(|name| encode(name)).collect::<Vec<_>>().join("/").into()
}

/// Whether no other message can be searched either.
fn ends_all(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::INVALID_OBJECT | ErrorCode::END_OF_SESSION)
}

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Searcher");
        shown.field("query", &self.query).field("held", &self.held).finish_non_exhaustive()
    }
}
