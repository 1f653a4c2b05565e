//! `mapix tour`: what there is to see, step by step.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use mapix::ledger::Ledger;
use mapix::prop::{PropTag, tags};
use mapix::{Contents, Object};

use super::{ls, props, show, stat, tree};
use crate::args::{Format, Global, Ls, Props, Show, Stat, Tour, Tree};
use crate::exit::{Failure, Outcome};
use crate::folders;
use crate::output::text::{safe, wrap};
use crate::output::{Output, Style};
use crate::report;
use crate::source::{SAMPLE, Source};

/// Properties that are worth a look, where a message has them.
const SHOWN: [PropTag; 5] = [
    tags::SUBJECT,
    tags::IMPORTANCE,
    tags::MESSAGE_FLAGS,
    tags::MESSAGE_DELIVERY_TIME,
    tags::PARENT_ENTRYID,
];
/// How many named properties are shown besides.
const NAMED: usize = 2;
/// How many items are listed.
const LISTED: usize = 8;

pub(crate) fn run(args: &Tour, global: &Global, output: &mut Output) -> Outcome {
    if global.format != Format::Text {
        return Err(Failure::usage("the tour is for people: it has no other form than text"));
    }
    let mut ledger = report::ledger(global)?;
    let location = args.file.as_deref().unwrap_or(Path::new(SAMPLE));
    let steps: Arc<Mutex<Vec<String>>> = Arc::default();
    let recorder = Arc::clone(&steps);
    let source = Source::open_traced(
        location,
        global,
        Some(Arc::new(move |event| {
            recorder.lock().unwrap_or_else(PoisonError::into_inner).push(event.to_string());
        })),
    )?;
    let mut guide = Guide { output, source: &source, global, steps: &steps, number: 0 };
    let result = guide.walk(&mut ledger).and_then(|()| guide.log_off(&ledger));
    report::conclude(global, &source, &mut ledger, result)
}

struct Guide<'a> {
    output: &'a mut Output,
    source: &'a Source,
    global: &'a Global,
    steps: &'a Mutex<Vec<String>>,
    number: usize,
}

impl Guide<'_> {
    fn walk(&mut self, ledger: &mut Ledger) -> Outcome<()> {
        let file = self.source.location.clone();
        let sample = if file == SAMPLE {
            "The mailbox is a small made-up one that comes with mapix, held in memory."
        } else {
            "The mailbox is opened for reading; nothing is ever written to it."
        };
        self.step("Log on and open a mailbox", &[&format!("show {file}")], sample)?;
        self.trace()?;
        self.output.line("")?;
        let whole = Show { file: self.source.path.clone(), ..Show::default() };
        let store = Object::Store(self.source.store.clone());
        show::show(&whole, self.output, self.source, &store, &mut Ledger::new())?;

        self.step(
            "The folders",
            &[&format!("tree {file}")],
            "Special folders are known by their role, not by their name: `@inbox` works in any \
             language.",
        )?;
        let tree = Tree { file: self.source.path.clone(), ..Tree::default() };
        tree::draw(&tree, self.global, self.output, self.source, &mut Ledger::new())?;

        let Some((folder, position)) = self.choose()? else {
            self.output.line("")?;
            self.output.line("There is no message in it, so the tour ends with the count.")?;
            return self.count(ledger);
        };
        self.step("What is in a folder", &[&format!("ls {file} {}", quoted(&folder))], "")?;
        let limit = Some(LISTED);
        let list = Ls {
            file: self.source.path.clone(),
            folder: Some(folder.clone()),
            limit,
            ..Ls::default()
        };
        ls::list(&list, self.global, self.output, self.source, &mut Ledger::new())?;

        let item = format!("{folder}/#{position}");
        self.step(
            "One message, as a person reads it",
            &[&format!("show {file} {}", quoted(&item))],
            "",
        )?;
        let one =
            Show { file: self.source.path.clone(), item: Some(item.clone()), ..Show::default() };
        let message = match self.source.find(Some(&item)) {
            Err(Failure::Input(error)) => {
                let line = format!("It cannot be read: {}", safe(&error.to_string()));
                self.output.line(line)?;
                return self.count(ledger);
            }
            found => found?,
        };
        show::show(&one, self.output, self.source, &message, &mut Ledger::new())?;

        self.properties(&file, &item)?;
        self.count(ledger)
    }

    /// Some properties of a message.
    fn properties(&mut self, file: &str, item: &str) -> Outcome<()> {
        let object = self.source.find(Some(item))?;
        let Object::Message(message) = &object else { return Ok(()) };
        let bag = message.props()?;
        let has = |tag: &PropTag| bag.find(tag.id()).is_some();
        let named = bag.iter().map(|prop| prop.tag).filter(|tag| tag.is_named()).take(NAMED);
        let wanted: Vec<PropTag> = SHOWN.into_iter().filter(has).chain(named).collect();
        let text = format!(
            "A MAPI object is a set of properties. Here are {} of its {}, with their tags, names \
             and types, and what their values mean.",
            wanted.len(),
            bag.len()
        );
        self.step(
            "The same message, as MAPI sees it",
            &[&format!("props {file} {}", quoted(item))],
            &text,
        )?;
        let args = Props { file: self.source.path.clone(), ..Props::default() };
        props::write(&args, wanted, self.output, self.source, &object, &mut Ledger::new())
    }

    /// The whole mailbox, counted.
    fn count(&mut self, ledger: &mut Ledger) -> Outcome<()> {
        let file = self.source.location.clone();
        let text = "Everything is counted twice, by the index of the file and by the tables of its \
                    folders, and read to the last byte.";
        self.step("Nothing is lost in silence", &[&format!("stat --full {file}")], text)?;
        let args = Stat { file: self.source.path.clone(), full: true };
        let mut counted = stat::Counted::default();
        stat::count(&args, self.global, self.source, ledger, &mut counted)?;
        stat::print(self.output, self.source, &counted, ledger)
    }

    fn log_off(&mut self, ledger: &Ledger) -> Outcome<()> {
        self.step(
            "Log off",
            &["--trace tree ..."],
            "Every step is told to whoever wants to know.",
        )?;
        self.source.logoff()?;
        self.trace()?;
        self.output.line("")?;
        for line in ledger.to_string().lines() {
            self.output.line(format!("  {line}"))?;
        }
        self.output.line("")?;
        let own = "Now yours: `mapix tour FILE`, or `mapix help`.";
        let own = self.output.style(Style::Bold, own);
        self.output.line(own)?;
        Ok(self.output.flush()?)
    }

    /// Begins a step: a heading, the command that does the same, a remark.
    fn step(&mut self, title: &str, commands: &[&str], remark: &str) -> Outcome<()> {
        self.number += 1;
        if self.number > 1 {
            self.output.line("")?;
        }
        let title = format!("{}. {title}", self.number);
        let rule = "=".repeat(self.output.width.min(80).saturating_sub(title.len() + 1));
        let title = self.output.style(Style::Bold, title);
        let rule = self.output.style(Style::Dim, rule);
        self.output.line(format!("{title} {rule}"))?;
        for line in wrap(remark, self.output.width).iter().filter(|line| !line.is_empty()) {
            self.output.line(line)?;
        }
        for command in commands {
            let command = self.output.style(Style::Accent, safe(&format!("$ mapix {command}")));
            self.output.line(command)?;
        }
        Ok(self.output.line("")?)
    }

    /// Prints the steps of the session since the last time.
    fn trace(&mut self) -> Outcome<()> {
        let steps = std::mem::take(&mut *self.steps.lock().unwrap_or_else(PoisonError::into_inner));
        for step in steps {
            let step = self.output.style(Style::Dim, format!("  trace: {}", safe(&step)));
            self.output.line(step)?;
        }
        Ok(())
    }

    /// A folder with messages, and the place of one in it: of the inbox if it has any, else of
    /// the fullest folder; one with an attachment if there is one.
    fn choose(&self) -> Outcome<Option<(String, usize)>> {
        let nodes = folders::below(
            self.source,
            &self.source.store.root()?,
            usize::MAX,
            &mut Ledger::new(),
        )?;
        let inbox = self.source.store.inbox().ok().map(|inbox| inbox.id());
        let mut best: Option<(usize, &folders::Node)> = None;
        for node in nodes.iter().filter(|node| !node.is_search()) {
            let rows = node.folder.message_rows(Contents::Normal, &[]).unwrap_or_default();
            let count = rows.iter().filter(|row| row.is_ok()).count();
            let count =
                if inbox == Some(node.folder.id()) && count > 0 { usize::MAX } else { count };
            if count > best.map_or(0, |(most, _)| most) {
                best = Some((count, node));
            }
        }
        let Some((_, node)) = best else { return Ok(None) };
        let path =
            if inbox == Some(node.folder.id()) { "@inbox".into() } else { node.path.to_string() };
        let (items, _) = crate::items::of_folder(node, crate::items::Held::Normal, &[])?;
        let position = items.iter().take(LISTED).position(crate::items::Item::has_attachments);
        Ok(Some((path, position.unwrap_or(0) + 1)))
    }
}

/// An address as it is typed in a shell.
fn quoted(address: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@/#:._-%".contains(c);
    if address.chars().all(plain) {
        address.into()
    } else {
        format!("'{}'", address.replace('\'', "'\\''"))
    }
}
