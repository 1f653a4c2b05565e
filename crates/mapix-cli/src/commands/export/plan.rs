//! Which messages are exported, in which order, and into which directories.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix::ledger::{Kind, Ledger, State};
use mapix::query::{Chunk, Held as QueryHeld, Query, Searcher};
use mapix::{Folder, Object};
use mapix_convert::Bodies;

use super::names::{directories, join};
use crate::args::{Export, Global};
use crate::exit::{Failure, Outcome};
use crate::items::Held;
use crate::source::Source;
use crate::{folders, interrupt, parallel};

/// A message that is to be exported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) held: Held,
    pub(super) is_associated: bool,
    /// Which of the places.
    pub(super) place: usize,
}

impl Item {
    /// What names it in the journal.
    pub(super) fn key(&self) -> String {
        format!("{:X} {}", self.id, self.held.name())
    }

    pub(super) fn kind(&self) -> Kind {
        if self.is_associated { Kind::Associated } else { Kind::Message }
    }
}

/// Where messages are and where they go.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder, as an address.
    pub(super) path: Arc<str>,
    /// The directory, relative to the target.
    pub(super) dir: String,
}

/// All of it.
#[derive(Default, Debug)]
pub(super) struct Plan {
    pub(super) places: Vec<Place>,
    pub(super) items: Vec<Item>,
}

/// Finds what is asked for.
pub(super) fn make(
    args: &Export,
    global: &Global,
    source: &Source,
    query: Query,
    ledger: &mut Ledger,
) -> Outcome<Plan> {
    let is_whole = query == Query::All;
    let nodes = folders::all(source, &mut Ledger::new())?;
    let (dirs, paths) = (directories(&nodes), folders::paths(&nodes));
    let held = asked(args);
    let mut search = Searcher::new(&source.store, query)
        .with_body_text(Arc::new(Bodies))
        .stop_when(interrupt::requested);
    for held in held.iter().flatten() {
        search = search.also(*held);
    }
    if let Some(folder) = first_folder(args, source)? {
        search = search.below(&folder);
    }
    let mut chunks = search.chunks(ledger)?;
    let wanted = |chunk: &Chunk| held.as_ref().is_none_or(|held| held.contains(&chunk.held()));
    chunks.retain(wanted);
    let mut plan = Plan::default();
    for chunk in &chunks {
        plan.places.push(place(chunk, &paths, &dirs));
    }
    let work = |chunk: &Chunk| {
        let (mut found, mut part) = (Vec::new(), Ledger::new());
        let end = search.run_chunk(chunk, &mut part, &mut |hit| {
            found.push(hit.message);
            ControlFlow::Continue(())
        });
        end.map(|_| (found, part))
    };
    let mut index = 0;
    let end = parallel::in_order(global.jobs(), &chunks, work, |result| {
        let (found, part) = match result {
            Ok(result) => result,
            Err(error) => return ControlFlow::Break(Failure::from(error)),
        };
        let held = held_of(chunks[index].held());
        let is_associated = held == Held::Associated;
        let item = |id| Item { id, held, is_associated, place: index };
        plan.items.extend(found.into_iter().map(item));
        take_over(&part, ledger);
        index += 1;
        ControlFlow::Continue(())
    });
    end.map_or(Ok(()), Err)?;
    interrupt::check()?;
    for item in &plan.items {
        ledger.expect(item.kind(), 1);
    }
    let folders = ledger.count(Kind::Folder).done;
    ledger.expect(Kind::Folder, folders);
    if !is_whole {
        // Only the folders of what was found.
        let used: BTreeSet<usize> = plan.items.iter().map(|item| item.place).collect();
        for (index, place) in plan.places.iter_mut().enumerate() {
            if !used.contains(&index) {
                place.dir.clear();
            }
        }
    }
    Ok(plan)
}

/// What was searched is not exported yet: only what went wrong counts.
fn take_over(part: &Ledger, ledger: &mut Ledger) {
    for entry in part.entries() {
        let (kind, id, path) = (entry.kind, entry.entry_id.clone(), Arc::clone(&entry.path));
        match entry.state {
            State::Failed => {
                ledger.expect(kind, 1);
                ledger.failed(kind, id, path, &entry.reason);
            }
            State::Skipped => {
                ledger.expect(kind, 1);
                ledger.skipped(kind, id, path, &entry.reason);
            }
            State::Done => {}
        }
    }
}

fn place(chunk: &Chunk, paths: &HashMap<u64, Arc<str>>, dirs: &HashMap<u64, String>) -> Place {
    let Some(folder) = chunk.folder() else {
        return Place { path: "".into(), dir: "(orphans)".into() };
    };
    let dir = dirs.get(&folder.id()).cloned();
    let dir = dir.unwrap_or_else(|| format!("(lost) ({:X})", folder.id()));
    let path = paths.get(&folder.id()).cloned().unwrap_or_else(|| chunk.path().into());
    let dir = match chunk.held() {
        QueryHeld::Hidden => join(&dir, "(hidden)"),
        QueryHeld::Deleted => join(&dir, "(deleted)"),
        _ => dir,
    };
    Place { path, dir }
}

fn held_of(held: QueryHeld) -> Held {
    match held {
        QueryHeld::Normal => Held::Normal,
        QueryHeld::Hidden => Held::Associated,
        QueryHeld::Deleted => Held::Deleted,
        QueryHeld::Orphan => Held::Orphan,
    }
}

/// In which ways they are held; `None` if the query says so.
fn asked(args: &Export) -> Option<Vec<QueryHeld>> {
    if args.all {
        return Some(QueryHeld::ALL.to_vec());
    }
    let flags = [
        (args.hidden, QueryHeld::Hidden),
        (args.deleted, QueryHeld::Deleted),
        (args.orphans, QueryHeld::Orphan),
    ];
    let asked: Vec<QueryHeld> = flags.iter().filter(|(is, _)| *is).map(|(_, held)| *held).collect();
    (!asked.is_empty()).then_some(asked)
}

pub(super) fn first_folder(args: &Export, source: &Source) -> Outcome<Option<Folder>> {
    let Some(folder) = args.folder.as_deref() else { return Ok(None) };
    match source.find(Some(folder))? {
        Object::Folder(folder) => Ok(Some(folder)),
        _ => Err(Failure::usage(format!("{folder} is not a folder"))),
    }
}
