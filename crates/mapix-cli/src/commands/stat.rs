//! `mapix stat`: everything is counted, by two independent routes.
//!
//! One route is the file's own index of objects; the other is what a mail program sees: tables
//! of folders, and in each folder the table of its items. What only one of them has is explained
//! or named. With `--full`, everything is read as well.

mod full;
mod print;
mod routes;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use mapix::ledger::{Kind, Ledger};
use mapix::store::{Diagnostic, InventoryItem, ItemKind, Parts};
use mapix::{Contents, EntryId};

use crate::args::{Global, Stat};
use crate::exit::{Exit, Failure, Outcome};
use crate::folders::{self, Node};
use crate::output::Output;
use crate::output::text::size;
use crate::progress::Progress;
use crate::source::Source;
use crate::{interrupt, parallel, report};
pub(crate) use print::print;
use routes::{Route, Routes};

/// What was counted.
#[derive(Default)]
pub(crate) struct Counted {
    routes: Routes,
    /// What messages hold, by the index.
    parts: Parts,
    /// What was read.
    read: Option<full::Read>,
    diagnostics: Vec<Diagnostic>,
}

pub(crate) fn run(args: &Stat, global: &Global, output: &mut Output) -> Outcome {
    let started = Instant::now();
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let mut counted = Counted::default();
    let result = count(args, global, &source, &mut ledger, &mut counted);
    counted.diagnostics = source.store.diagnostics()?;
    report::enter_diagnostics(&mut ledger, &counted.diagnostics, None);
    if let Some(read) = &counted.read {
        let seconds = started.elapsed().as_secs_f64();
        let rate = size((read.bytes as f64 / seconds.max(0.001)) as u64);
        report::note(global, format!("read {} in {seconds:.1} s, {rate}/s", size(read.bytes)));
    }
    let result = result.and_then(|()| {
        print(output, &source, &counted, &ledger)?;
        Ok(output.flush()?)
    });
    let exit = report::conclude(global, &source, &mut ledger, result)?;
    let differs = exit == Exit::Done && !counted.routes.agree();
    Ok(if differs { Exit::Mismatch } else { exit })
}

/// Counts.
pub(crate) fn count(
    args: &Stat,
    global: &Global,
    source: &Source,
    ledger: &mut Ledger,
    counted: &mut Counted,
) -> Outcome<()> {
    let nodes = folders::all(source, ledger)?;
    let mut index = Vec::new();
    source.store.inventory(&mut |item| {
        index.push(item);
        ControlFlow::Continue(())
    })?;
    index.sort_by_key(|item| item.id);
    counted.routes.enter_index(&index);
    let messages_in_it = index.iter().filter(|item| kind_of(item.kind).is_some()).count();
    let total = nodes.len() + messages_in_it;
    let progress = Progress::new(global, "objects", total as u64);
    tables(args, global, source, &nodes, ledger, counted, &progress)?;
    messages(args, global, source, &nodes, &index, ledger, counted, &progress)?;
    counted.routes.explain(&index);
    Ok(())
}

/// What the tables of folders and items show.
fn tables(
    args: &Stat,
    global: &Global,
    source: &Source,
    nodes: &[Node],
    ledger: &mut Ledger,
    counted: &mut Counted,
    progress: &Progress,
) -> Outcome<()> {
    if args.full {
        counted.read = Some(full::store(source, ledger)?);
    }
    let template = ledger.fresh();
    let work = |node: &Node| {
        if interrupt::requested() {
            return Err(Failure::Interrupted);
        }
        let mut part = template.fresh();
        let shown = Shown::of(node, args.full, &mut part);
        progress.add(1);
        Ok((shown, part))
    };
    let mut folders = nodes.iter();
    let end = parallel::in_order(global.jobs(), nodes, work, |result| match result {
        Ok((shown, part)) => {
            ledger.merge(part);
            if let Some(node) = folders.next() {
                counted.routes.enter_folder(node, &shown.routes);
            }
            if let Some(read) = &mut counted.read {
                read.add(&shown.read);
            }
            ControlFlow::Continue(())
        }
        Err(error) => ControlFlow::Break(error),
    });
    end.map_or(Ok(()), Err)
}

/// What the tables of one folder show.
#[derive(Default)]
struct Shown {
    routes: Vec<(Route, u64)>,
    read: full::Read,
}

impl Shown {
    fn of(node: &Node, is_full: bool, ledger: &mut Ledger) -> Self {
        let mut shown = Self::default();
        let kind = node.ledger_kind();
        let entry_id = node.folder.entry_id().ok();
        let before = ledger.total().failed;
        ledger.expect(kind, 1);
        let tables = [
            (Contents::Normal, Route::Messages, Kind::Message),
            (Contents::Associated, Route::Associated, Kind::Associated),
            (Contents::Deleted, Route::Deleted, Kind::Message),
        ];
        for (contents, route, item) in tables {
            // What a search folder shows is counted where it is.
            if node.is_search() && contents != Contents::Normal {
                continue;
            }
            match full::rows(&node.folder, contents, is_full, &mut shown.read) {
                Ok(rows) => {
                    for row in rows {
                        match row {
                            Ok(row) if node.is_search() => drop(row),
                            Ok(row) => shown.routes.push((route, row.id)),
                            Err(error) => {
                                let path = Arc::clone(&node.path);
                                ledger.failed(Kind::Table, entry_id.clone(), path, error);
                            }
                        }
                    }
                }
                Err(error) => {
                    let place = format!("{}: table of {}", node.path, item.title());
                    ledger.failed(Kind::Table, entry_id.clone(), place, error);
                }
            }
        }
        if is_full {
            full::folder(node, &mut shown.read, ledger);
        }
        if ledger.total().failed == before {
            ledger.done(kind, entry_id, Arc::clone(&node.path));
        } else {
            ledger.failed(
                kind,
                entry_id,
                Arc::clone(&node.path),
                "not all of its tables can be read",
            );
        }
        shown
    }
}

/// What messages hold, and with `--full` everything in them.
#[expect(clippy::too_many_arguments, reason = "one step of a walk, split off to be read alone")]
fn messages(
    args: &Stat,
    global: &Global,
    source: &Source,
    nodes: &[Node],
    index: &[InventoryItem],
    ledger: &mut Ledger,
    counted: &mut Counted,
    progress: &Progress,
) -> Outcome<()> {
    let paths = folders::paths(nodes);
    let is_message = |item: &&InventoryItem| kind_of(item.kind).is_some();
    let messages: Vec<&InventoryItem> = index.iter().filter(is_message).collect();
    let template = ledger.fresh();
    let listing = global.ledger.is_some();
    let work = |item: &&InventoryItem| {
        if interrupt::requested() {
            return Err(Failure::Interrupted);
        }
        let path = item.parent.and_then(|parent| paths.get(&parent)).cloned();
        let path = path.unwrap_or_else(|| format!("nid:0x{:X}", item.id).into());
        let mut part = template.fresh();
        let result = one_message(args, source, item, &path, listing, &mut part);
        progress.add(1);
        Ok((result, part))
    };
    let end = parallel::in_order(global.jobs(), &messages, work, |result| match result {
        Ok(((parts, read), part)) => {
            ledger.merge(part);
            counted.parts.attachments += parts.attachments;
            counted.parts.embedded += parts.embedded;
            if let Some(sum) = &mut counted.read {
                sum.add(&read);
            }
            ControlFlow::Continue(())
        }
        Err(error) => ControlFlow::Break(error),
    });
    end.map_or(Ok(()), Err)
}

fn one_message(
    args: &Stat,
    source: &Source,
    item: &InventoryItem,
    path: &Arc<str>,
    listing: bool,
    ledger: &mut Ledger,
) -> (Parts, full::Read) {
    let kind = kind_of(item.kind).unwrap_or(Kind::Message);
    let mut read = full::Read::default();
    let entry_id =
        || -> Option<EntryId> { source.store.open_message(item.id).ok()?.entry_id().ok() };
    ledger.expect(kind, 1);
    let parts = match source.store.parts(item.id) {
        Ok(parts) => parts,
        Err(error) => {
            ledger.failed(kind, entry_id(), Arc::clone(path), error);
            return (Parts::default(), read);
        }
    };
    ledger.expect(Kind::Attachment, parts.attachments);
    ledger.expect(Kind::Embedded, parts.embedded);
    if args.full {
        let before = ledger.total().failed;
        let result = source
            .store
            .open_message(item.id)
            .map(|message| full::message(&message, path, &mut source.budget(), &mut read, ledger));
        match result {
            Err(error) => ledger.failed(kind, entry_id(), Arc::clone(path), error),
            Ok(()) if ledger.total().failed > before => {
                ledger.failed(kind, entry_id(), Arc::clone(path), "not all of it can be read");
            }
            Ok(()) => ledger.done(kind, entry_id().filter(|_| listing), Arc::clone(path)),
        }
    } else {
        ledger.count_done(Kind::Attachment, parts.attachments);
        ledger.count_done(Kind::Embedded, parts.embedded);
        let id = if listing { entry_id() } else { None };
        ledger.done(kind, id, Arc::clone(path));
    }
    (parts, read)
}

fn kind_of(kind: ItemKind) -> Option<Kind> {
    match kind {
        ItemKind::Message => Some(Kind::Message),
        ItemKind::Associated => Some(Kind::Associated),
        ItemKind::Folder | ItemKind::SearchFolder => None,
    }
}
