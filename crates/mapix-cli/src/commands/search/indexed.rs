//! Searching by the store's own index: the newest items first.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix::ledger::Ledger;
use mapix::query::{Hit, Searcher};

use super::{Finder, kind, summary, wanted, write_count};
use crate::args::{Format, Search};
use crate::exit::{Failure, Outcome};
use crate::folders;
use crate::interrupt;
use crate::items::Item;
use crate::list::{self, List};
use crate::output::Output;

/// Searches, and writes what is found. `None`, and nothing is written, if the store has no index
/// for it.
pub(super) fn run(
    args: &Search,
    finder: &Finder<'_>,
    searcher: &Searcher,
    style: &list::Style<'_>,
    output: &mut Output,
    ledger: &mut Ledger,
) -> Outcome<Option<()>> {
    let wanted = wanted(args);
    let mut found = Found { finder, paths: HashMap::new() };
    // It is begun with the first hit: without an index, it is another list.
    let mut free = Some(&mut *output);
    let mut list = None;
    let mut count = 0_u64;
    let mut end = Ok(());
    let mut failures = ledger.fresh();
    let searched = searcher.run_index(ledger, &mut |hit| {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&hit.held)) {
            return ControlFlow::Continue(());
        }
        count += 1;
        if args.count {
            return ControlFlow::Continue(());
        }
        if let Some(output) = free.take() {
            list = Some(List::new(style, output));
        }
        let item = found.item(&hit, &mut failures);
        match list.as_mut().map_or(Ok(false), |list| list.take(vec![item])) {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(()),
            Err(error) => {
                end = Err(error);
                ControlFlow::Break(())
            }
        }
    })?;
    ledger.merge(failures);
    if searched.is_none() {
        return Ok(None);
    }
    end?;
    if interrupt::requested() {
        return Err(Failure::Interrupted);
    }
    if args.count {
        write_count(output, count)?;
    } else {
        let list = list.or_else(|| free.map(|output| List::new(style, output)));
        let (shown, bytes) = list.map(List::finish).transpose()?.unwrap_or_default();
        if output.format == Format::Text {
            summary(output, None, shown, bytes)?;
        }
    }
    output.flush()?;
    Ok(Some(()))
}

/// Makes items of hits.
struct Found<'a> {
    finder: &'a Finder<'a>,
    /// The paths of folders, by their numbers.
    paths: HashMap<u64, Option<Arc<str>>>,
}

impl Found<'_> {
    fn item(&mut self, hit: &Hit, ledger: &mut Ledger) -> Item {
        let source = self.finder.source;
        let path = hit.folder.and_then(|id| {
            let path = || {
                let folder = source.store.open_folder(id).ok()?;
                Some(folders::path_of(source, &folder).into())
            };
            self.paths.entry(id).or_insert_with(path).clone()
        });
        let message = source.store.open_message(hit.message);
        let item = message.and_then(|message| {
            Item::of_message(hit.message, kind(hit.held), &message, self.finder.extra)
        });
        let item = match item {
            Ok(item) => Item { path, ..item },
            Err(error) => self.finder.bare(hit, path.as_ref(), error, ledger),
        };
        self.finder.with_snippet(item, hit)
    }
}
