//! Finding messages by a store's own index, the newest first.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::plan::{Chunk, Plan, ends_all};
use super::search::{Hit, Run};
use super::{Held, Searcher};
use crate::Result;
use crate::ledger::{Kind, Ledger};
use crate::object::Folder;
use crate::store::{SearchHit, SearchPlan, SearchRequest};

impl Searcher {
    /// Searches by the store's own index, and calls `visit` with each hit, the newest first,
    /// until it breaks. Gives how the store went about it, and whether it was broken off; `None`,
    /// without a visit, if the store has no index for it: [`Searcher::run`] then finds the same
    /// messages in the order of the folders.
    ///
    /// What the index is not sure of is looked at here, as [`Searcher::run`] does. Only what the
    /// index gives comes into the ledger, and the hits have no position. Bodies that are not
    /// plain text have been converted when they were saved, by the store's converter.
    ///
    /// # Errors
    /// Those of [`Searcher::run`].
    pub fn run_index(
        &self,
        ledger: &mut Ledger,
        visit: &mut dyn FnMut(Hit) -> ControlFlow<()>,
    ) -> Result<Option<(SearchPlan, ControlFlow<()>)>> {
        let pass = self.store.logon().enter()?;
        let below = self.below.as_ref().map(Folder::id);
        let request = SearchRequest { query: &self.query, held: &self.held, below };
        let mut places = Places { search: self, known: HashMap::new() };
        let mut result = Ok(ControlFlow::Continue(()));
        let plan = pass.search(&request, &mut |found| {
            result = places.examine(found, ledger, visit);
            *result.as_ref().unwrap_or(&ControlFlow::Break(()))
        })?;
        let flow = result?;
        Ok(plan.map(|plan| (plan, flow)))
    }

    /// How the store would go about the search; `None` if it has no index for it.
    pub fn plan(&self) -> Result<Option<SearchPlan>> {
        let below = self.below.as_ref().map(Folder::id);
        let request = SearchRequest { query: &self.query, held: &self.held, below };
        let pass = self.store.logon().enter()?;
        pass.search(&request, &mut |_| ControlFlow::Break(()))
    }
}

/// The places in which hits were.
struct Places<'a> {
    search: &'a Searcher,
    /// What is looked for there; `None` where nothing can fit.
    known: HashMap<(u64, Held), Option<Chunk>>,
}

impl Places<'_> {
    fn examine(
        &mut self,
        found: SearchHit,
        ledger: &mut Ledger,
        visit: &mut dyn FnMut(Hit) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let key = (found.folder, found.held);
        if !self.known.contains_key(&key) {
            match Plan::chunk(self.search, found.folder, found.held) {
                Ok(chunk) => drop(self.known.insert(key, chunk)),
                Err(error) if ends_all(&error) => return Err(error),
                Err(error) => {
                    ledger.failed(Kind::Folder, None, "", error);
                    self.known.insert(key, None);
                }
            }
        }
        let Some(Some(chunk)) = self.known.get(&key) else {
            return Ok(ControlFlow::Continue(()));
        };
        Run { search: self.search, chunk, ledger, visit }.found(found)
    }
}
