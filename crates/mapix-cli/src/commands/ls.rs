//! `mapix ls`: the items of a folder, or of the whole mailbox.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix::ledger::{Kind, Ledger};
use mapix::names;
use mapix::prop::{PropTag, PropType};
use mapix::store::{InventoryItem, ItemKind};
use mapix::{Folder, Object};

use crate::args::{Format, Global, Ls, SortField, SortKey};
use crate::exit::{Failure, Outcome};
use crate::folders::{self, Node};
use crate::items::{self, Held, Item};
use crate::output::text::{self, safe};
use crate::output::{Cell, Column, Output, Rows, Style, Width};
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
    let mut list = List::new(args, output, &extra);
    let work = |unit: &Unit<'_>| {
        if interrupt::requested() {
            return Err(Failure::Interrupted);
        }
        let mut part = ledger.fresh();
        let items = unit.read(source, &extra, &mut part);
        progress.add(1);
        Ok((items, part))
    };
    let mut parts = Vec::new();
    let end = parallel::in_order(global.jobs(), &units, work, |result| {
        let taken = result.and_then(|(items, part)| {
            parts.push(part);
            list.take(items)
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
    fn read(&self, source: &Source, extra: &[PropTag], ledger: &mut Ledger) -> Vec<Item> {
        match self {
            Self::Folder(node, held) => read_folder(node, *held, extra, ledger),
            Self::Orphan(item) => read_orphan(source, item, extra, ledger),
        }
    }
}

fn read_folder(node: &Node, held: Held, extra: &[PropTag], ledger: &mut Ledger) -> Vec<Item> {
    let kind = if held == Held::Associated { Kind::Associated } else { Kind::Message };
    match items::of_folder(node, held, extra) {
        Ok((items, errors)) => {
            ledger.expect(kind, (items.len() + errors.len()) as u64);
            for item in &items {
                ledger.done(kind, item.entry_id.clone(), Arc::clone(&node.path));
            }
            for error in errors {
                ledger.failed(kind, None, Arc::clone(&node.path), error);
            }
            items
        }
        Err(error) => {
            ledger.expect(Kind::Table, 1);
            ledger.failed(Kind::Table, node.folder.entry_id().ok(), Arc::clone(&node.path), error);
            Vec::new()
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

/// The list as it is written: at once, or in the end if it is sorted.
struct List<'a> {
    rows: Rows<'a>,
    sort: Option<SortKey>,
    limit: usize,
    waiting: Vec<Item>,
    /// Whether each folder has a heading, and the last one.
    by_folder: bool,
    heading: Option<Arc<str>>,
    count: u64,
    size: u64,
}

impl<'a> List<'a> {
    fn new(args: &Ls, output: &'a mut Output, extra: &[PropTag]) -> Self {
        // In the order of the folders, each has a heading.
        let by_folder = args.recursive && args.sort.is_none();
        let path = if args.recursive && !by_folder { Width::Fit(24) } else { Width::Hidden };
        let own = extra.is_empty();
        let usual = |width| if own { width } else { Width::Hidden };
        let mut columns = vec![
            Column::hidden("entry_id"),
            Column::new("path", path),
            Column::right("position", Width::Fit(8)).titled("#"),
            Column::new("date", usual(Width::Fit(16))),
            Column::new("from", usual(Width::Fit(16))),
            Column::new("subject", Width::Rest),
            Column::right("size", usual(Width::Fit(8))),
            Column::new("message_class", usual(Width::Fit(12))).titled("class"),
            Column::new("kind", Width::Fit(10)),
            Column::hidden("unread"),
            Column::hidden("has_attachments"),
            Column::hidden("nid"),
        ];
        let asked = args.columns.iter().zip(extra);
        columns.extend(asked.map(|(name, _)| Column::new(name.clone(), Width::Rest)));
        Self {
            rows: Rows::new(output, columns, args.wide),
            sort: args.sort,
            limit: args.limit.unwrap_or(usize::MAX),
            waiting: Vec::new(),
            by_folder,
            heading: None,
            count: 0,
            size: 0,
        }
    }

    /// Takes items; gives whether more are wanted.
    fn take(&mut self, items: Vec<Item>) -> Outcome<bool> {
        if self.sort.is_some() {
            self.waiting.extend(items);
            return Ok(true);
        }
        for item in items {
            if self.count >= self.limit as u64 {
                return Ok(false);
            }
            interrupt::check()?;
            self.write(item)?;
        }
        Ok(self.count < self.limit as u64)
    }

    fn finish(mut self) -> Outcome<(u64, u64)> {
        let mut waiting = std::mem::take(&mut self.waiting);
        if let Some(key) = self.sort {
            waiting.sort_by(|a, b| compare(a, b, key));
        }
        for item in waiting.into_iter().take(self.limit) {
            self.write(item)?;
        }
        self.rows.finish()?;
        Ok((self.count, self.size))
    }

    fn write(&mut self, item: Item) -> Outcome<()> {
        self.count += 1;
        self.size += item.size.unwrap_or(0);
        if self.by_folder && item.path.is_some() && self.heading != item.path {
            self.heading.clone_from(&item.path);
            self.rows.heading(item.path.as_deref().unwrap_or_default())?;
        }
        let is_text = self.rows.is_text();
        self.rows.push(cells(item, is_text))?;
        Ok(())
    }
}

/// The cells of an item, in the order of the columns.
pub(crate) fn cells(item: Item, is_text: bool) -> Vec<Cell> {
    let class = match item.class.as_deref() {
        // In a list for people, only other kinds are worth a word.
        Some("IPM.Note") if is_text => None,
        Some(class) if is_text => Some(class.strip_prefix("IPM.").unwrap_or(class).to_owned()),
        class => class.map(str::to_owned),
    };
    let (unread, attachments) = (item.is_unread(), item.has_attachments());
    let mut cells = vec![
        Cell::text(item.entry_id.map(|id| id.to_string())),
        Cell::text(item.path.map(|path| path.to_string())),
        item.position.map_or(Cell::None, Cell::Uint),
        item.date.map_or(Cell::None, Cell::Time),
        Cell::text(item.from),
        Cell::text(item.subject),
        item.size.map_or(Cell::None, Cell::Size),
        Cell::text(class),
        Cell::Word(if is_text { item.held.word() } else { item.held.name() }, true),
        Cell::Bool(unread),
        Cell::Bool(attachments),
        Cell::Text(format!("0x{:X}", item.id)),
    ];
    cells.extend(item.extra.into_iter().map(Cell::Prop));
    cells
}

/// Items without a value come last, whatever the direction; else the order they came in stays.
pub(crate) fn compare(a: &Item, b: &Item, key: SortKey) -> Ordering {
    fn values<T: Ord>(a: Option<T>, b: Option<T>, descending: bool) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
    match key.field {
        SortField::Position => values(a.position, b.position, key.descending),
        SortField::Date => values(a.date, b.date, key.descending),
        SortField::From => values(lower(&a.from), lower(&b.from), key.descending),
        SortField::Subject => values(lower(&a.subject), lower(&b.subject), key.descending),
        SortField::Size => values(a.size, b.size, key.descending),
        SortField::Class => values(lower(&a.class), lower(&b.class), key.descending),
        SortField::Path => values(a.path.as_ref(), b.path.as_ref(), key.descending),
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
