//! `mapix tree`: the folders with their counts.

use std::ops::ControlFlow;

use mapix::ledger::Ledger;
use mapix::prop::tags;
use mapix::{Contents, FolderKind, Object};

use crate::args::{Format, Global, Tree};
use crate::exit::{Failure, Outcome};
use crate::folders::{self, Node};
use crate::output::text::{counted, safe};
use crate::output::{Cell, Column, Output, Rows, Style, Width};
use crate::progress::Progress;
use crate::source::Source;
use crate::{interrupt, parallel, report};

const MSGFLAG_READ: i32 = 0x1;

pub(crate) fn run(args: &Tree, global: &Global, output: &mut Output) -> Outcome {
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let result = draw(args, global, output, &source, &mut ledger);
    report::conclude(global, &source, &ledger, result)
}

fn draw(
    args: &Tree,
    global: &Global,
    output: &mut Output,
    source: &Source,
    ledger: &mut Ledger,
) -> Outcome<()> {
    let depth = args.depth.unwrap_or(usize::MAX);
    let mut nodes = match source.find(args.folder.as_deref())? {
        Object::Folder(folder) => folders::below(source, &folder, depth, ledger)?,
        Object::Store(_) if args.all => folders::all(source, ledger)?,
        Object::Store(store) => {
            let top = store.ipm_subtree().or_else(|_| store.root())?;
            folders::below(source, &top, depth, ledger)?
        }
        _ => return Err(Failure::usage("this is not a folder; `mapix show` shows single items")),
    };
    nodes.retain(|node| node.depth <= depth);
    if output.format == Format::Text {
        let info = source.store.info();
        let name = output.style(Style::Bold, safe(&info.display_name));
        output.line(format!("{name}  {}", safe(&info.format)))?;
    }
    print(&nodes, global, output, source, ledger)
}

/// Prints folders with what is in them.
pub(crate) fn print(
    nodes: &[Node],
    global: &Global,
    output: &mut Output,
    source: &Source,
    ledger: &mut Ledger,
) -> Outcome<()> {
    let special = source.special_folders();
    let progress = Progress::new(global, "folders", nodes.len() as u64);
    let mut rows = Rows::new(
        output,
        vec![
            Column::text_only("folder", Width::Rest),
            Column::hidden("path"),
            Column::hidden("name"),
            Column::new("special", Width::Fit(16)),
            Column::new("kind", Width::Fit(7)),
            Column::right("messages", Width::Fit(10)),
            Column::right("unread", Width::Fit(10)),
            Column::right("associated", Width::Fit(10)),
            Column::hidden("container_class"),
            Column::hidden("depth"),
            Column::hidden("entry_id"),
            Column::hidden("nid"),
        ],
        false,
    );
    let work = |node: &Node| {
        if interrupt::requested() {
            return Err(Failure::Interrupted);
        }
        let mut part = ledger.fresh();
        let counts = Counts::of(node, &mut part);
        progress.add(1);
        Ok((counts, part))
    };
    let numbered: Vec<&Node> = nodes.iter().collect();
    let mut parts = Vec::new();
    let mut lines = Lines::default();
    let mut sum = Counts::default();
    let mut shown = nodes.iter();
    let end = parallel::in_order(
        global.jobs(),
        &numbered,
        |node| work(node),
        |result| {
            let taken = result.and_then(|(counts, part)| {
                parts.push(part);
                let Some(node) = shown.next() else { return Ok(()) };
                sum.add(node, &counts);
                let mark = special.get(&node.folder.id()).map(|word| format!("@{word}"));
                rows.push(row(node, mark, &counts, lines.next(node)))?;
                Ok(())
            });
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            }
        },
    );
    parts.into_iter().for_each(|part| ledger.merge(part));
    rows.finish()?;
    drop(progress);
    if output.format == Format::Text && end.is_none() {
        let sum = format!(
            "{}, {} in them, {} unread, {} associated (hidden)",
            counted(sum.folders, "folder"),
            counted(sum.messages, "message"),
            sum.unread,
            sum.associated
        );
        let sum = output.style(Style::Dim, sum);
        output.line(sum)?;
    }
    output.flush()?;
    end.map_or(Ok(()), Err)
}

fn row(node: &Node, mark: Option<String>, counts: &Counts, lines: String) -> Vec<Cell> {
    let name = if node.name.is_empty() { format!("({})", node.path) } else { node.name.clone() };
    let kind = match (node.kind, node.listed) {
        (_, false) => "lost",
        (FolderKind::Search, _) => "search",
        (FolderKind::Root, _) => "root",
        _ => "generic",
    };
    let number = |number: u64| Cell::Uint(number);
    vec![
        Cell::Text(lines + &name),
        Cell::Text(node.path.to_string()),
        Cell::Text(node.name.clone()),
        Cell::text(mark),
        Cell::Word(kind, kind == "search" || kind == "lost"),
        number(counts.messages),
        Cell::Count(counts.unread),
        Cell::Count(counts.associated),
        Cell::text(node.props.text(tags::CONTAINER_CLASS)),
        number(node.depth as u64),
        Cell::text(node.folder.entry_id().ok().map(|id| id.to_string())),
        Cell::Text(format!("0x{:X}", node.folder.id())),
    ]
}

/// What a folder holds, counted row by row.
#[derive(Default)]
pub(crate) struct Counts {
    folders: u64,
    pub(crate) messages: u64,
    unread: u64,
    associated: u64,
}

impl Counts {
    /// Counts, and enters the folder into a ledger.
    pub(crate) fn of(node: &Node, ledger: &mut Ledger) -> Self {
        let kind = node.ledger_kind();
        let id = node.folder.entry_id().ok();
        ledger.expect(kind, 1);
        match Self::count(node) {
            Ok((counts, None)) => {
                ledger.done(kind, id, node.path.clone());
                counts
            }
            Ok((counts, Some(error))) => {
                ledger.failed(kind, id, node.path.clone(), error);
                counts
            }
            Err(error) => {
                ledger.failed(kind, id, node.path.clone(), error);
                Self::default()
            }
        }
    }

    /// The counts, and the first error among the rows.
    fn count(node: &Node) -> mapix::Result<(Self, Option<mapix::Error>)> {
        let mut counts = Self::default();
        let mut broken = None;
        for row in node.folder.message_rows(Contents::Normal, &[tags::MESSAGE_FLAGS])? {
            match row {
                Ok(row) => {
                    counts.messages += 1;
                    let flags = row.props.i32(tags::MESSAGE_FLAGS).unwrap_or(MSGFLAG_READ);
                    counts.unread += u64::from(flags & MSGFLAG_READ == 0);
                }
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        if !node.is_search() {
            for row in node.folder.message_rows(Contents::Associated, &[])? {
                match row {
                    Ok(_) => counts.associated += 1,
                    Err(error) => broken = broken.or(Some(error)),
                }
            }
        }
        Ok((counts, broken))
    }

    /// Adds a folder, unless it only holds links.
    fn add(&mut self, node: &Node, other: &Self) {
        self.folders += 1;
        if node.kind != FolderKind::Search {
            self.messages += other.messages;
            self.unread += other.unread;
            self.associated += other.associated;
        }
    }
}

/// The lines that lead to a folder.
#[derive(Default)]
struct Lines {
    /// For each level: whether its folder was the last one there.
    last: Vec<bool>,
}

impl Lines {
    fn next(&mut self, node: &Node) -> String {
        self.last.truncate(node.depth);
        let mut line = String::new();
        for last in self.last.iter().skip(1) {
            line += if *last { "    " } else { "\u{2502}   " };
        }
        if node.depth > 0 {
            line +=
                if node.last { "\u{2514}\u{2500}\u{2500} " } else { "\u{251c}\u{2500}\u{2500} " };
        }
        self.last.push(node.last);
        line
    }
}
