//! `mapix search`: the items that fit a query.

mod indexed;
pub(crate) mod query;

use std::ops::ControlFlow;
use std::sync::Arc;

use mapix::ledger::{Kind, Ledger};
use mapix::prop::{FileTime, Prop, PropBag, PropTag, Value};
use mapix::query::{self as language, Chunk, Hit, Query, Searcher};
use mapix::{FolderKind, Object};
use mapix_convert::Bodies;

use self::query::Asked;
use super::ls::find_tag;
use crate::args::{Format, Global, Search};
use crate::exit::{Exit, Failure, Outcome};
use crate::folders::{self, Node};
use crate::items::{self, Held, Item};
use crate::list::{self, List, Places};
use crate::output::text::{counted, size};
use crate::output::{Output, Style, csv_record};
use crate::progress::Progress;
use crate::source::Source;
use crate::{interrupt, parallel, report};

pub(crate) fn run(args: &Search, global: &Global, output: &mut Output) -> Outcome {
    let (query, restriction) = (args.query.as_deref(), args.restriction.as_deref());
    let Some(asked) = Asked::read(query, restriction, output.width)? else {
        return Ok(Exit::Usage);
    };
    let query = asked.query(FileTime::now())?;
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let result = search(args, global, output, &source, query, &mut ledger);
    settle(&mut ledger);
    report::conclude(global, &source, &mut ledger, result)
}

/// Searches an open mailbox, and writes what is found.
pub(crate) fn search(
    args: &Search,
    global: &Global,
    output: &mut Output,
    source: &Source,
    query: Query,
    ledger: &mut Ledger,
) -> Outcome<()> {
    let extra: Vec<PropTag> =
        args.columns.iter().map(|name| find_tag(source, name)).collect::<Outcome<_>>()?;
    let searcher = searcher(args, source, query)?;
    let finder = Finder {
        source,
        searcher: &searcher,
        extra: &extra,
        // Whoever sorts or counts must see all.
        most: args.limit.filter(|_| args.sort.is_none()).unwrap_or(usize::MAX),
        count_only: args.count,
        snippets: args.snippets,
    };
    let style = list::Style {
        columns: &args.columns,
        sort: args.sort,
        limit: args.limit,
        wide: args.wide,
        places: Places::Many,
        snippets: args.snippets,
    };
    if !args.explain {
        let style = list::Style { places: Places::Mixed, ..style };
        if indexed::run(args, &finder, &searcher, &style, output, ledger)?.is_some() {
            return Ok(());
        }
    }
    let mut chunks = searcher.chunks(ledger)?;
    if let Some(wanted) = wanted(args) {
        chunks.retain(|chunk| wanted.contains(&chunk.held()));
    }
    if args.explain {
        let plan = searcher.plan()?;
        return query::explain(output, source, &searcher, &chunks, plan.as_ref());
    }
    let progress = Progress::beside_output(global, "folders", chunks.len() as u64);
    let mut list = (!args.count).then(|| List::new(&style, output));
    let mut count = 0;
    let work = |chunk: &Chunk| {
        if interrupt::requested() {
            return Part { end: Err(Failure::Interrupted), ..Part::new(ledger.fresh()) };
        }
        let part = finder.find(chunk, ledger.fresh());
        progress.add(1);
        part
    };
    let mut ledgers = Vec::new();
    let end = parallel::in_order(global.jobs(), &chunks, work, |part| {
        ledgers.push(part.ledger);
        count += part.count;
        let taken = list.as_mut().map_or(Ok(true), |list| list.take(part.items));
        match taken.and_then(|more| part.end.map(|()| more)) {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(Ok(())),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    });
    drop(progress);
    ledgers.into_iter().for_each(|part| ledger.merge(part));
    match list.map(List::finish).transpose()? {
        Some((shown, bytes)) if output.format == Format::Text => {
            summary(output, Some(searched(ledger)), shown, bytes)?;
        }
        // A number that is not the whole number says nothing.
        None if !matches!(end, Some(Err(_))) => write_count(output, count)?,
        _ => {}
    }
    output.flush()?;
    end.unwrap_or(Ok(()))
}

/// The search that the options ask for.
fn searcher(args: &Search, source: &Source, query: Query) -> Outcome<Searcher> {
    let mut searcher = Searcher::new(&source.store, query)
        .with_body_text(Arc::new(Bodies))
        .stop_when(interrupt::requested);
    if let Some(address) = &args.folder {
        let Object::Folder(folder) = source.find(Some(address))? else {
            return Err(Failure::usage("--folder takes a folder, and this is none"));
        };
        searcher = searcher.below(&folder);
    }
    let also = wanted(args).into_iter().flatten();
    Ok(also.fold(searcher, Searcher::also))
}

/// What the options want to be searched; `None` if that is left to the query.
fn wanted(args: &Search) -> Option<Vec<language::Held>> {
    if args.all {
        return Some(language::Held::ALL.into());
    }
    let asked = [
        (args.hidden, language::Held::Hidden),
        (args.deleted, language::Held::Deleted),
        (args.orphans, language::Held::Orphan),
    ];
    let asked: Vec<_> = asked.iter().filter(|(is, _)| *is).map(|(_, held)| *held).collect();
    (!asked.is_empty()).then_some(asked)
}

/// How lists name the way in which an item is held.
fn kind(held: language::Held) -> Held {
    match held {
        language::Held::Normal => Held::Normal,
        language::Held::Hidden => Held::Associated,
        language::Held::Deleted => Held::Deleted,
        language::Held::Orphan => Held::Orphan,
    }
}

/// What came of a chunk.
struct Part {
    items: Vec<Item>,
    /// How many fit, if they are only counted.
    count: u64,
    ledger: Ledger,
    end: Outcome<()>,
}

impl Part {
    fn new(ledger: Ledger) -> Self {
        Self { items: Vec::new(), count: 0, ledger, end: Ok(()) }
    }
}

/// Searches chunks.
struct Finder<'a> {
    source: &'a Source,
    searcher: &'a Searcher,
    extra: &'a [PropTag],
    /// How many hits are wanted.
    most: usize,
    count_only: bool,
    /// Whether the words around what was found are wanted.
    snippets: bool,
}

impl Finder<'_> {
    fn find(&self, chunk: &Chunk, ledger: Ledger) -> Part {
        let mut part = Part::new(ledger);
        let mut hits = Vec::new();
        let result = self.searcher.run_chunk(chunk, &mut part.ledger, &mut |hit| {
            if self.count_only {
                part.count += 1;
            } else {
                hits.push(hit);
            }
            if hits.len() < self.most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        if !hits.is_empty() {
            part.items = self.items(chunk, &hits, &mut part.ledger);
        }
        part.end = match result {
            Err(error) => Err(error.into()),
            // What was found until then is shown.
            Ok(ControlFlow::Break(())) if interrupt::requested() => Err(Failure::Interrupted),
            Ok(_) => Ok(()),
        };
        part
    }

    /// The rows of hits, as `ls` has them. None is lost: one that cannot be read a second time
    /// has its place and nothing else.
    fn items(&self, chunk: &Chunk, hits: &[Hit], ledger: &mut Ledger) -> Vec<Item> {
        let held = kind(chunk.held());
        let Some(folder) = chunk.folder() else {
            let mut item = |hit: &Hit| {
                let message = self.source.store.open_message(hit.message);
                message
                    .and_then(|message| Item::of_message(hit.message, held, &message, self.extra))
                    .unwrap_or_else(|error| self.bare(hit, None, error, ledger))
            };
            return hits.iter().map(|hit| self.with_snippet(item(hit), hit)).collect();
        };
        let path: Arc<str> = folders::path_of(self.source, folder).into();
        let node = Node {
            folder: folder.clone(),
            name: String::new(),
            path: Arc::clone(&path),
            depth: 0,
            last: true,
            kind: FolderKind::Generic,
            listed: true,
            props: PropBag::new(),
        };
        let with_snippets = |found: Vec<Item>| {
            let pairs = found.into_iter().zip(hits);
            pairs.map(|(item, hit)| self.with_snippet(item, hit)).collect()
        };
        let mut rows: Vec<Option<Item>> = match items::of_folder(&node, held, self.extra) {
            Ok((items, _)) => items.into_iter().map(Some).collect(),
            Err(error) => {
                let id = folder.entry_id().ok();
                ledger.failed(Kind::Table, id, Arc::clone(&path), error);
                Vec::new()
            }
        };
        let item = |hit: &Hit| {
            let at = usize::try_from(hit.position?).ok()?.checked_sub(1)?;
            rows.get_mut(at)?.take_if(|item| item.id == hit.message)
        };
        let mut found: Vec<Option<Item>> = hits.iter().map(item).collect();
        for (item, hit) in found.iter_mut().zip(hits).filter(|(item, _)| item.is_none()) {
            let error = mapix::Error::corrupt("its row cannot be read again");
            *item = Some(self.bare(hit, Some(&path), error, ledger));
        }
        with_snippets(found.into_iter().flatten().collect())
    }

    /// An item of which nothing is known but where it is.
    fn bare(
        &self,
        hit: &Hit,
        path: Option<&Arc<str>>,
        error: mapix::Error,
        ledger: &mut Ledger,
    ) -> Item {
        let held = kind(hit.held);
        let place = path.cloned().unwrap_or_else(|| format!("nid:0x{:X}", hit.message).into());
        ledger.failed(Kind::Property, None, place, error);
        let none = |tag: &PropTag| Prop { tag: *tag, value: Value::Null };
        Item {
            id: hit.message,
            entry_id: None,
            path: path.cloned(),
            position: hit.position.filter(|_| held != Held::Deleted),
            held,
            class: None,
            subject: None,
            from: None,
            date: None,
            size: None,
            flags: 0,
            extra: self.extra.iter().map(none).collect(),
            snippet: None,
        }
    }

    /// The item with the words around what was found, if they are wanted. That there are none is
    /// no failure: the item has been found.
    fn with_snippet(&self, item: Item, hit: &Hit) -> Item {
        let snippet = self.snippets.then(|| self.searcher.snippet(hit).ok().flatten()).flatten();
        Item { snippet, ..item }
    }
}

/// As there is no other count, what came up is what was expected.
fn settle(ledger: &mut Ledger) {
    let counts: Vec<_> = ledger.counts().collect();
    for (kind, count) in counts {
        let came_up = count.done + count.skipped + count.failed;
        ledger.expect(kind, came_up.saturating_sub(count.expected));
    }
}

fn searched(ledger: &Ledger) -> u64 {
    [Kind::Message, Kind::Associated].map(|kind| ledger.count(kind).done).iter().sum()
}

/// What stands below a list for people. With an index, nobody knows how many items were searched.
fn summary(output: &mut Output, searched: Option<u64>, count: u64, bytes: u64) -> Outcome<()> {
    let sum = match (count, searched.map(|searched| counted(searched, "item"))) {
        (0, None) => "nothing found in the index".into(),
        (_, None) => format!("{} from the index, {}", counted(count, "item"), size(bytes)),
        (0, Some(searched)) => format!("nothing found in {searched}"),
        (_, Some(searched)) => format!("{} of {searched} searched, {}", count, size(bytes)),
    };
    let sum = output.style(Style::Dim, sum);
    Ok(output.line(sum)?)
}

/// The number alone.
fn write_count(output: &mut Output, count: u64) -> Outcome<()> {
    match output.format {
        Format::Text => output.line(count)?,
        Format::Csv => {
            csv_record(output, ["count".into()].into_iter())?;
            csv_record(output, [count.to_string().into()].into_iter())?;
        }
        Format::Json | Format::Jsonl => {
            let mut json = output.json();
            json.begin_object()?;
            json.field_uint("count", count)?;
            json.end_object()?;
        }
    }
    Ok(())
}
