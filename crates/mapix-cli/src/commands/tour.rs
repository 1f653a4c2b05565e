//! `mapix tour`: what there is to see, step by step.

mod own;

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mapix::ledger::Ledger;
use mapix::notify::{EventMask, Notice};
use mapix::prop::{FileTime, PropTag, tags};
use mapix::{Contents, Folder, Object};

use self::own::Own;
use super::search::query::Asked;
use super::{import, ls, props, search, show, stat, tree, watch};
use crate::args::{Format, Global, Ls, Props, Search, Show, Stat, Tour, Tree};
use crate::exit::{Failure, Outcome};
use crate::folders;
use crate::output::text::{safe, wrap};
use crate::output::{Output, Style};
use crate::source::Source;
use crate::{interrupt, report};

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
/// What is searched for in the mailbox of the tour, and in any other.
const OWN_QUERY: &str = "regatta has:attachment";
const QUERY: &str = "has:attachment";
/// How long a change is waited for. It takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(args: &Tour, global: &Global, output: &mut Output) -> Outcome {
    if global.format != Format::Text {
        return Err(Failure::usage("the tour is for people: it has no other form than text"));
    }
    let mut ledger = report::ledger(global)?;
    let mut pages = Pages { output, number: 0 };
    let own = match args.file {
        Some(_) => None,
        None => Some(make(&mut pages, global)?),
    };
    let location = match (&args.file, &own) {
        (Some(file), _) => file.clone(),
        (None, Some(own)) => own.path(),
        (None, None) => return Err(Failure::usage("there is no mailbox")),
    };
    let steps: Arc<Mutex<Vec<String>>> = Arc::default();
    let recorder = Arc::clone(&steps);
    let mut source = Source::open_traced(
        &location,
        global,
        Some(Arc::new(move |event| {
            recorder.lock().unwrap_or_else(PoisonError::into_inner).push(event.to_string());
        })),
    )?;
    if own.is_some() {
        source = source.called(own::NAME);
    }
    let mut guide = Guide { pages, source: &source, own: own.as_ref(), global, steps: &steps };
    let result = guide.walk(&mut ledger).and_then(|()| guide.log_off(&ledger));
    report::conclude(global, &source, &mut ledger, result)
}

/// Makes a mailbox.
fn make(pages: &mut Pages<'_>, global: &Global) -> Outcome<Own> {
    pages.step(
        "Make a mailbox, and import mail",
        &[&format!("import sample: --into {}", own::NAME)],
        "A mailbox of mapix is one file, which any number of programs read and write at once. \
         This one is made for the tour and removed afterwards; the mail is a small made-up sample.",
    )?;
    let own = Own::new()?;
    let summary = own.fill(global, &mut Ledger::new())?;
    import::say(pages.output, own::NAME, &summary, false)?;
    Ok(own)
}

/// What the steps are printed with.
struct Pages<'a> {
    output: &'a mut Output,
    number: usize,
}

impl Pages<'_> {
    /// Begins a step: a heading, a remark, the commands that do the same.
    fn step(&mut self, title: &str, commands: &[&str], remark: &str) -> Outcome<()> {
        let output = &mut *self.output;
        self.number += 1;
        if self.number > 1 {
            output.line("")?;
        }
        let title = format!("{}. {title}", self.number);
        let rule = "=".repeat(output.width.min(80).saturating_sub(title.len() + 1));
        let title = output.style(Style::Bold, title);
        let rule = output.style(Style::Dim, rule);
        output.line(format!("{title} {rule}"))?;
        for line in wrap(remark, output.width).iter().filter(|line| !line.is_empty()) {
            output.line(line)?;
        }
        for command in commands {
            let command = output.style(Style::Accent, safe(&format!("$ mapix {command}")));
            output.line(command)?;
        }
        Ok(output.line("")?)
    }
}

struct Guide<'a> {
    pages: Pages<'a>,
    source: &'a Source,
    /// The mailbox of the tour, if it is that.
    own: Option<&'a Own>,
    global: &'a Global,
    steps: &'a Mutex<Vec<String>>,
}

impl Guide<'_> {
    fn walk(&mut self, ledger: &mut Ledger) -> Outcome<()> {
        let file = self.source.location.clone();
        let remark = if self.own.is_some() {
            "Whoever only looks opens it for reading."
        } else {
            "The mailbox is opened for reading; nothing is ever written to it."
        };
        self.pages.step("Log on and open a mailbox", &[&format!("show {file}")], remark)?;
        self.trace()?;
        self.pages.output.line("")?;
        let whole = Show { file: self.source.path.clone(), ..Show::default() };
        let store = Object::Store(self.source.store.clone());
        show::show(&whole, self.pages.output, self.source, &store, &mut Ledger::new())?;

        self.pages.step(
            "The folders",
            &[&format!("tree {file}")],
            "Special folders are known by their role, not by their name: `@inbox` works in any \
             language.",
        )?;
        let tree = Tree { file: self.source.path.clone(), ..Tree::default() };
        let output = &mut *self.pages.output;
        tree::draw(&tree, self.global, output, self.source, &mut Ledger::new())?;

        let Some((folder, position)) = self.choose()? else {
            self.pages.output.line("")?;
            let line = "There is no message in it, so the tour ends with the count.";
            self.pages.output.line(line)?;
            return self.count(ledger);
        };
        self.pages.step("What is in a folder", &[&format!("ls {file} {}", quoted(&folder))], "")?;
        let list = Ls {
            file: self.source.path.clone(),
            folder: Some(folder.clone()),
            limit: Some(LISTED),
            ..Ls::default()
        };
        let output = &mut *self.pages.output;
        ls::list(&list, self.global, output, self.source, &mut Ledger::new())?;

        let item = format!("{folder}/#{position}");
        let command = format!("show {file} {}", quoted(&item));
        self.pages.step("One message, as a person reads it", &[&command], "")?;
        let one =
            Show { file: self.source.path.clone(), item: Some(item.clone()), ..Show::default() };
        let message = match self.source.find(Some(&item)) {
            Err(Failure::Input(error)) => {
                let line = format!("It cannot be read: {}", safe(&error.to_string()));
                self.pages.output.line(line)?;
                return self.count(ledger);
            }
            found => found?,
        };
        show::show(&one, self.pages.output, self.source, &message, &mut Ledger::new())?;

        self.properties(&file, &item)?;
        self.search(&file)?;
        if let Some(own) = self.own {
            self.watch(own)?;
        }
        self.count(ledger)
    }

    /// A search.
    fn search(&mut self, file: &str) -> Outcome<()> {
        let (text, remark) = match self.own {
            Some(_) => {
                (OWN_QUERY, "Found by an index, the newest first, in a million messages too.")
            }
            None => (QUERY, "A file without an index is searched folder by folder."),
        };
        let command = format!("search {file} {} --limit {LISTED}", quoted(text));
        self.pages.step("Search", &[&command], remark)?;
        let asked = Asked::read(Some(text), None, self.pages.output.width)?;
        let Some(asked) = asked else { return Ok(()) };
        let args = Search {
            file: self.source.path.clone(),
            query: Some(text.into()),
            limit: Some(LISTED),
            ..Search::default()
        };
        let query = asked.query(FileTime::now())?;
        let output = &mut *self.pages.output;
        search::search(&args, self.global, output, self.source, query, &mut Ledger::new())
    }

    /// A change, made in another session, as it arrives in this one.
    fn watch(&mut self, own: &Own) -> Outcome<()> {
        let commands = [
            &*format!("watch {}", own::NAME),
            &*format!("import {} --into {}", own::MAIL, own::NAME),
        ];
        self.pages.step(
            "Watch a change arrive",
            &commands,
            "Programs that use a mailbox together see within milliseconds what the others do. The \
             first command runs in one window, the second in another one. The first prints the \
             time of each event as well.",
        )?;
        let (sender, notices) = sync_channel(64);
        let sink = move |batch: &[Notice]| {
            // When nobody listens any more, the tour has gone on.
            let _ = batch.iter().try_for_each(|notice| sender.send(notice.clone()));
        };
        let connection = self.source.store.advise(EventMask::ALL, None, sink)?;
        let summary = own.receive(self.global, &mut Ledger::new())?;
        import::say(self.pages.output, own::NAME, &summary, false)?;
        let end = Instant::now() + PATIENCE;
        loop {
            interrupt::check()?;
            let wait = end.saturating_duration_since(Instant::now());
            let Ok(notice) = notices.recv_timeout(wait) else {
                let error = "the change did not arrive";
                return Err(Failure::Input(mapix::Error::new(mapix::ErrorCode::TIMEOUT, error)));
            };
            self.pages.output.line(watch::Line::new(self.source, &notice).text())?;
            if matches!(notice, Notice::NewMail { .. }) {
                break;
            }
        }
        // Whoever waits for a place in the channel must not be waited for.
        drop(notices);
        connection.unadvise();
        Ok(())
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
        self.pages.step(
            "The same message, as MAPI sees it",
            &[&format!("props {file} {}", quoted(item))],
            &text,
        )?;
        let args = Props { file: self.source.path.clone(), ..Props::default() };
        props::write(&args, wanted, self.pages.output, self.source, &object, &mut Ledger::new())
    }

    /// The whole mailbox, counted.
    fn count(&mut self, ledger: &mut Ledger) -> Outcome<()> {
        let file = self.source.location.clone();
        let text = "Everything is counted twice, by the index of the file and by the tables of its \
                    folders, and read to the last byte.";
        self.pages.step("Nothing is lost in silence", &[&format!("stat --full {file}")], text)?;
        let args = Stat { file: self.source.path.clone(), full: true };
        let mut counted = stat::Counted::default();
        stat::count(&args, self.global, self.source, ledger, &mut counted)?;
        stat::print(self.pages.output, self.source, &counted, ledger)
    }

    /// What becomes of a store, its provider and all that is held, when the session logs off.
    fn log_off(&mut self, ledger: &Ledger) -> Outcome<()> {
        self.pages.step(
            "From logon to logoff",
            &["--trace tree ..."],
            "What MAPI does with a store and its provider, one after the other. The session logs off \
             while something of the store is still held; every step is told to whoever wants to \
             know.",
        )?;
        let held = self.hold()?;
        self.fact("IMsgStore::StoreLogoff", "says how it is to end (\"logoff flags saved\")")?;
        self.fact("IMAPISession::Logoff", "ends all stores (to \"session ended\")")?;
        self.fact("IMSLogon::Logoff", "is forced on the provider (\"logoff called\")")?;
        self.source.logoff()?;
        self.trace()?;
        if let Some((folder, name)) = held {
            let late =
                folder.props().err().map_or("as before".into(), |error| error.code().to_string());
            self.fact("what was held", &format!("answers {late}, and can be let go of"))?;
            self.fact("what was read before", &format!("is still there: {name:?}"))?;
        }
        self.pages.output.line("")?;
        for line in ledger.to_string().lines() {
            self.pages.output.line(format!("  {line}"))?;
        }
        self.pages.output.line("")?;
        let own = "Now yours: `mapix tour FILE`, or `mapix help`.";
        let own = self.pages.output.style(Style::Bold, own);
        self.pages.output.line(own)?;
        Ok(self.pages.output.flush()?)
    }

    /// A folder and its name, by way of the logon object of the provider; nothing in a mailbox whose
    /// folders cannot be read.
    fn hold(&mut self) -> Outcome<Option<(Folder, String)>> {
        let store = &self.source.store;
        let Ok(folder) = store.inbox().or_else(|_| store.root()) else { return Ok(None) };
        let (session, entry_id) = (self.source.session(), folder.entry_id()?);
        let Object::Folder(found) = session.open_entry(&entry_id)? else { return Ok(None) };
        let name = found.text(tags::DISPLAY_NAME)?.unwrap_or_default();
        let same = session.compare_entry_ids(&entry_id, &found.entry_id()?)?;
        let rows = session.status_table()?.row_count()?.value;
        self.fact("IMSProvider::Logon", "gave a logon object and a store (\"logon\" above)")?;
        let compared = if same { "compared" } else { "told apart" };
        self.fact("IMSLogon", &format!("opened and {compared} entry IDs of {name:?}"))?;
        self.fact("IMAPISupport", &format!("has {rows} row of the provider in the status table"))?;
        Ok(Some((found, name)))
    }

    /// Prints a line about one thing.
    fn fact(&mut self, what: &str, text: &str) -> Outcome<()> {
        let what = self.pages.output.style(Style::Bold, format!("{what:<22}"));
        Ok(self.pages.output.line(format!("{what}  {}", safe(text)))?)
    }

    /// Prints the steps of the session since the last time.
    fn trace(&mut self) -> Outcome<()> {
        let steps = std::mem::take(&mut *self.steps.lock().unwrap_or_else(PoisonError::into_inner));
        for step in steps {
            let step = self.pages.output.style(Style::Dim, format!("  trace: {}", safe(&step)));
            self.pages.output.line(step)?;
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
