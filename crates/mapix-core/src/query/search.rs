//! Finding messages in a store: folder by folder, rows before messages.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::candidate::{Item, held_ids};
use super::plan::{Chunk, PlaceOf, Plan, Source, ends_all};
use super::{BodyText, Held, PlainOnly, Query, WithBody};
use crate::Result;
use crate::ledger::{Kind, Ledger};
use crate::object::{Folder, Store};
use crate::prop::{PropBag, PropTag};
use crate::restriction::Matcher;
use crate::store::{InventoryItem, ItemKind, MessageStore, ObjectRef, RowSource, SearchHit};

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
/// messages is not looked into. Where the table of a folder has a value of a message, that value
/// counts, as in the table itself.
///
/// In the ledger each message that was examined counts as done, whether it fits or not. One that
/// could not be examined has failed. One whose body was needed but is neither plain text nor
/// understood by the [`BodyText`] is done, and the body is a property that was skipped.
#[derive(Clone)]
pub struct Searcher {
    pub(super) store: Store,
    pub(super) query: Query,
    pub(super) held: BTreeSet<Held>,
    pub(super) below: Option<Folder>,
    pub(super) body: Arc<dyn BodyText>,
    stop: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
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
    /// Its place in the table, from 1; `None` for orphans, and for what an index has found.
    pub position: Option<u64>,
    place: Arc<PlaceOf>,
}

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
        Plan::of(self, ledger)
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
    /// right. The message itself is asked, not its row.
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
}

/// A search through one chunk.
pub(super) struct Run<'a> {
    pub(super) search: &'a Searcher,
    pub(super) chunk: &'a Chunk,
    pub(super) ledger: &'a mut Ledger,
    pub(super) visit: &'a mut dyn FnMut(Hit) -> ControlFlow<()>,
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
        let (source, kind) = self.source(folder.id());
        let pass = store.logon().enter()?;
        let columns = self.kept_columns(&*pass, &source)?;
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

    /// The table in which the messages of the chunk are, and what they are.
    fn source(&self, folder: u64) -> (RowSource, Kind) {
        match self.chunk.place.held {
            Held::Hidden => (RowSource::Associated(folder), Kind::Associated),
            Held::Deleted => (RowSource::Deleted(folder), Kind::Message),
            _ => (RowSource::Contents(folder), Kind::Message),
        }
    }

    /// The columns that are looked at, as far as the table keeps them: others would only be read
    /// from the messages one by one.
    fn kept_columns(&self, store: &dyn MessageStore, source: &RowSource) -> Result<Vec<PropTag>> {
        let kept: HashSet<u16> = match store.table_columns(source) {
            Ok(Some(kept)) => kept.iter().map(|tag| tag.id()).collect(),
            Ok(None) => return Ok(self.chunk.columns.to_vec()),
            Err(error) if ends_all(&error) => return Err(error),
            Err(_) => HashSet::new(),
        };
        let is_kept = |tag: &&PropTag| kept.contains(&tag.id());
        Ok(self.chunk.columns.iter().filter(is_kept).copied().collect())
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

    /// What the index of the store has found.
    pub(super) fn found(&mut self, found: SearchHit) -> Result<ControlFlow<()>> {
        let kind = if found.held == Held::Hidden { Kind::Associated } else { Kind::Message };
        let hit = self.hit(found.message, Some(found.folder), None);
        if !found.certain {
            let pass = self.search.store.logon().enter()?;
            let (source, _) = self.source(found.folder);
            let columns = self.kept_columns(&*pass, &source)?;
            let held = held_ids(&columns);
            let mut row = None;
            // What became of it since then is for the next search.
            pass.rows_of(&source, &[found.message], Some(&columns), &mut |found| {
                row = found.ok();
                ControlFlow::Break(())
            })?;
            let Some(row) = row else { return Ok(ControlFlow::Continue(())) };
            let item = Item::new(&self.search.store, found.message, row.props, &held);
            return self.examine(Found { item, kind, hit });
        }
        if self.search.stop.as_ref().is_some_and(|stop| stop()) {
            return Ok(ControlFlow::Break(()));
        }
        self.ledger.count_done(kind, 1);
        Ok((self.visit)(hit))
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

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Searcher");
        shown.field("query", &self.query).field("held", &self.held).finish_non_exhaustive()
    }
}
