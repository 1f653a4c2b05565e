//! `mapix ls`: the items of a folder, or of the whole mailbox.

use std::ops::ControlFlow;
use std::sync::Arc;

use mapix::ledger::{Kind, Ledger};
use mapix::names;
use mapix::prop::{PropTag, PropType};
use mapix::store::{InventoryItem, ItemKind};
use mapix::{EntryId, Folder, Object};

use crate::args::{Format, Global, Ls};
use crate::exit::{Failure, Outcome};
use crate::folders::{self, Node};
use crate::items::{Held, Item, Reading};
use crate::list::{self, List, Places};
use crate::output::text::{self, safe};
use crate::output::{Output, Style};
use crate::progress::Progress;
use crate::source::Source;
use crate::{interrupt, parallel, report};

pub(crate) fn run(args: &Ls, global: &Global, output: &mut Output) -> Outcome {
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let result = list(args, global, output, &source, &mut ledger);
    report::conclude(global, &source, &mut ledger, result)
}

/// Writes the list.
pub(crate) fn list(
    args: &Ls,
    global: &Global,
    output: &mut Output,
    source: &Source,
    ledger: &mut Ledger,
) -> Outcome<()> {
    let extra = columns(source, &args.columns)?;
    let whole = args.folder.is_none() && (args.recursive || args.orphans);
    let first = first_folder(args, source)?;
    let nodes = if whole && (args.all || args.orphans) {
        folders::all(source, ledger)?
    } else {
        let depth = if args.recursive { usize::MAX } else { 0 };
        folders::below(source, &first, depth, ledger)?
    };
    let mut units: Vec<Unit<'_>> = Vec::new();
    for node in &nodes {
        // A search folder holds links to items that are listed where they are.
        if args.orphans || (node.is_search() && node.folder.id() != first.id()) {
            continue;
        }
        units.extend(held(args).iter().map(|held| Unit::Folder(node, *held)));
    }
    if args.orphans || (args.all && whole) {
        units.extend(orphans(source, &nodes)?.into_iter().map(Unit::Orphan));
    }
    let progress = Progress::beside_output(global, "folders", units.len() as u64);
    let style = list::Style {
        columns: &args.columns,
        sort: args.sort,
        limit: args.limit,
        wide: args.wide,
        places: if args.recursive { Places::Many } else { Places::One },
        snippets: false,
    };
    let mut list = List::new(&style, output);
    let work = |unit: &Unit<'_>| {
        if interrupt::requested() {
            return Err(Failure::Interrupted);
        }
        let mut part = ledger.fresh();
        let listed = unit.read(source, &extra, &mut part);
        progress.add(1);
        Ok((listed, part))
    };
    let mut parts = Vec::new();
    let end = parallel::in_order(global.jobs(), &units, work, |result| {
        let taken = result.and_then(|(listed, mut part)| {
            let wanted = listed.write(&mut list, &mut part);
            parts.push(part);
            wanted
        });
        match taken {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(Ok(())),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    });
    drop(progress);
    parts.into_iter().for_each(|part| ledger.merge(part));
    let (count, size) = list.finish()?;
    if output.format == Format::Text {
        summary(args, output, &first, count, size)?;
    }
    output.flush()?;
    end.unwrap_or(Ok(()))
}

/// A piece of work.
enum Unit<'a> {
    Folder(&'a Node, Held),
    Orphan(InventoryItem),
}

impl Unit<'_> {
    fn read(&self, source: &Source, extra: &[PropTag], ledger: &mut Ledger) -> Listed {
        match self {
            Self::Folder(node, held) => Listed::read(node, *held, extra, ledger),
            Self::Orphan(item) => {
                Listed { items: read_orphan(source, item, extra, ledger), rest: None }
            }
        }
    }
}

/// What was read of a piece of work. The rest of a large folder is read while it is written, so
/// that it is never held as a whole.
struct Listed {
    items: Vec<Item>,
    rest: Option<Rest>,
}

impl Listed {
    fn read(node: &Node, held: Held, extra: &[PropTag], ledger: &mut Ledger) -> Self {
        let mut listed = Self { items: Vec::new(), rest: None };
        let kind = if held == Held::Associated { Kind::Associated } else { Kind::Message };
        let (path, entry_id) = (Arc::clone(&node.path), node.folder.entry_id().ok());
        let mut rest = match Reading::new(node, held, extra) {
            Ok(Some(reading)) => Rest { kind, path, entry_id, reading },
            Ok(None) => return listed,
            Err(error) => {
                ledger.expect(Kind::Table, 1);
                ledger.failed(Kind::Table, entry_id, path, error);
                return listed;
            }
        };
        while listed.items.len() < Reading::SLICE {
            let more = rest.next(ledger);
            if more.is_empty() {
                return listed;
            }
            listed.items.extend(more);
        }
        listed.rest = Some(rest);
        listed
    }

    /// Gives whether the list wants more.
    fn write(self, list: &mut List<'_>, ledger: &mut Ledger) -> Outcome<bool> {
        let mut wanted = list.take(self.items)?;
        let Some(mut rest) = self.rest else { return Ok(wanted) };
        while wanted {
            let items = rest.next(ledger);
            if items.is_empty() {
                break;
            }
            wanted = list.take(items)?;
        }
        Ok(wanted)
    }
}

/// What is not read yet of a folder.
struct Rest {
    kind: Kind,
    path: Arc<str>,
    entry_id: Option<EntryId>,
    reading: Reading,
}

impl Rest {
    /// The next items, which are in the ledger then; none at the end.
    fn next(&mut self, ledger: &mut Ledger) -> Vec<Item> {
        let path = || Arc::clone(&self.path);
        let read = self.reading.next().and_then(|items| {
            // Those that cannot be read are known at the end.
            let errors = if items.is_empty() { self.reading.errors()? } else { Vec::new() };
            Ok((items, errors))
        });
        match read {
            Ok((items, errors)) => {
                ledger.expect(self.kind, (items.len() + errors.len()) as u64);
                for item in &items {
                    ledger.done(self.kind, item.entry_id.clone(), path());
                }
                for error in errors {
                    ledger.failed(self.kind, None, path(), error);
                }
                items
            }
            Err(error) => {
                ledger.expect(Kind::Table, 1);
                ledger.failed(Kind::Table, self.entry_id.clone(), path(), error);
                Vec::new()
            }
        }
    }
}

fn read_orphan(
    source: &Source,
    item: &InventoryItem,
    extra: &[PropTag],
    ledger: &mut Ledger,
) -> Vec<Item> {
    let kind = match item.kind {
        ItemKind::Associated => Kind::Associated,
        _ => Kind::Message,
    };
    let place = format!("nid:0x{:X}", item.id);
    ledger.expect(kind, 1);
    let message = source.store.open_message(item.id);
    match message.and_then(|message| Item::of_message(item.id, Held::Orphan, &message, extra)) {
        Ok(found) => {
            ledger.done(kind, found.entry_id.clone(), place);
            vec![found]
        }
        Err(error) => {
            ledger.failed(kind, None, place, error);
            Vec::new()
        }
    }
}

/// Items whose folder is not there.
fn orphans(source: &Source, nodes: &[Node]) -> Outcome<Vec<InventoryItem>> {
    let paths = folders::paths(nodes);
    let mut found = Vec::new();
    source.store.inventory(&mut |item| {
        let is_item = matches!(item.kind, ItemKind::Message | ItemKind::Associated);
        if is_item && item.parent.is_none_or(|parent| !paths.contains_key(&parent)) {
            found.push(item);
        }
        ControlFlow::Continue(())
    })?;
    found.sort_by_key(|item| item.id);
    Ok(found)
}

fn held(args: &Ls) -> Vec<Held> {
    if args.all {
        return vec![Held::Normal, Held::Associated, Held::Deleted];
    }
    let asked = [(args.hidden, Held::Associated), (args.deleted, Held::Deleted)];
    let asked: Vec<Held> = asked.iter().filter(|(is, _)| *is).map(|(_, held)| *held).collect();
    if asked.is_empty() { vec![Held::Normal] } else { asked }
}

fn first_folder(args: &Ls, source: &Source) -> Outcome<Folder> {
    match source.find(args.folder.as_deref())? {
        Object::Folder(folder) => Ok(folder),
        Object::Store(store) if args.recursive || args.orphans => Ok(store.root()?),
        Object::Store(store) => Ok(store.ipm_subtree().or_else(|_| store.root())?),
        _ => Err(Failure::usage("this is not a folder; `mapix show` shows single items")),
    }
}

/// The tags of the columns that were asked for.
fn columns(source: &Source, asked: &[String]) -> Outcome<Vec<PropTag>> {
    asked.iter().map(|text| find_tag(source, text)).collect()
}

/// A tag by its name, also that of a named property.
pub(crate) fn find_tag(source: &Source, text: &str) -> Outcome<PropTag> {
    if let Ok(tag) = names::parse_tag(text) {
        return Ok(tag);
    }
    let (name, prop_type) =
        names::parse_named(text).map_err(|error| Failure::usage(error.to_string()))?;
    match source.store.ids_of(&[name], false)?.pop().flatten() {
        Some(tag) => Ok(tag.with_type(prop_type)),
        // The mailbox has no such property: nothing will be found under PR_NULL.
        None => Ok(PropTag::new(0xFFFF, PropType::UNSPECIFIED)),
    }
}

/// What stands below a list for people.
fn summary(args: &Ls, output: &mut Output, first: &Folder, count: u64, size: u64) -> Outcome<()> {
    let sum = match count {
        0 => "no items".into(),
        _ => format!("{}, {}", text::counted(count, "item"), text::size(size)),
    };
    let sum = output.style(Style::Dim, sum);
    output.line(sum)?;
    if args.recursive || args.orphans {
        return Ok(());
    }
    let names: Vec<String> =
        first.folders()?.iter().map(|folder| folder.name().unwrap_or_default()).collect();
    if !names.is_empty() {
        let list = format!("folders: {}", safe(&names.join(", ")));
        for line in text::wrap(&list, output.width) {
            let line = output.style(Style::Dim, line);
            output.line(line)?;
        }
    }
    Ok(())
}
