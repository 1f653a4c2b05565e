//! One message becomes what was asked for. This runs on many threads.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mapix::ledger::{Kind, Ledger, State};
use mapix::prop::{Prop, PropBag, PropTag, Value};
use mapix::{EntryId, Message};
use mapix_convert::{EmlOptions, LossKind, Losses, write_eml};

use super::file::{Aside, Hashing, Unnamed, Whole, is_refused_name};
use super::journal::Entry;
use super::mailbox::{self, Escaping};
use super::names::{join, safe_name};
use super::plan::{Item, Plan};
use super::record::{self, Part, Record};
use super::spool::Spool;
use crate::args::To;
use crate::commands::show;
use crate::exit::{Failure, Outcome};
use crate::render::value;
use crate::source::Source;

/// The columns of a CSV unless others are asked for, as the manifest calls them.
pub(super) const COLUMNS: [&str; 11] = [
    "entry_id",
    "path",
    "held",
    "message_class",
    "subject",
    "from",
    "sent",
    "received",
    "size",
    "message_id",
    "nid",
];

/// The directory of the properties in a Maildir. Names of folders do not begin so.
const PROPERTIES: &str = "(properties)";

/// What every thread needs.
pub(super) struct Writer<'a> {
    pub(super) to: To,
    pub(super) dir: PathBuf,
    pub(super) source: &'a Source,
    pub(super) plan: &'a Plan,
    pub(super) eml: EmlOptions,
    pub(super) columns: Vec<PropTag>,
    /// Whether all properties of each message are kept beside it.
    pub(super) properties: bool,
    pub(super) spools: AtomicUsize,
}

/// What became of an item.
#[derive(Default)]
pub(super) struct Made {
    pub(super) entry: Entry,
    pub(super) entry_id: Option<EntryId>,
    /// Files that wait for their names.
    pub(super) files: Vec<Unnamed>,
    /// What goes into files with many items.
    pub(super) spools: Vec<Spool>,
    pub(super) failures: Vec<(Kind, String)>,
    /// It was done by an earlier run.
    pub(super) is_past: bool,
}

impl Made {
    pub(super) fn fail(&mut self, kind: Kind, reason: impl std::fmt::Display) {
        self.failures.push((kind, reason.to_string()));
    }

    /// A part of what a record is about is whole.
    pub(super) fn keep(&mut self, record: &mut Record, part: Part, name: &str, whole: Whole) {
        record.put(part, name, whole.bytes, &whole.sha256);
        self.files.push(whole.file);
    }
}

/// Keeps the error of a writer, so that it is told from those of the mailbox.
pub(super) struct Catch<W>(pub(super) W, pub(super) Option<io::Error>);

impl<W: Write> Write for Catch<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| {
            let copy = io::Error::new(error.kind(), error.to_string());
            self.1 = Some(error);
            copy
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Writer<'_> {
    /// The files with many items that hold an item, if the form has such files: it itself, and its
    /// properties.
    pub(super) fn containers(&self, item: &Item) -> Vec<String> {
        let dir = &self.plan.places[item.place].dir;
        match self.to {
            To::Mbox if self.properties => {
                vec![join(dir, "messages.mbox"), join(dir, "messages.jsonl")]
            }
            To::Mbox => vec![join(dir, "messages.mbox")],
            To::Jsonl => vec![join(dir, "messages.jsonl")],
            To::Csv => vec!["items.csv".into()],
            To::Eml | To::Maildir | To::Attachments => Vec::new(),
        }
    }

    /// Writes an item. Only what ends the whole run is an error.
    pub(super) fn make(&self, item: &Item) -> Outcome<Made> {
        let mut made = Made::default();
        match self.try_make(item, &mut made) {
            Ok(()) => Ok(made),
            Err(Failure::Input(error)) => {
                made.fail(item.kind(), error);
                Ok(made)
            }
            Err(Failure::Output(error)) if is_refused_name(&error) => {
                made.fail(item.kind(), error);
                Ok(made)
            }
            Err(failure) => Err(failure),
        }
    }

    fn try_make(&self, item: &Item, made: &mut Made) -> Outcome<()> {
        let message = self.source.store.open_message(item.id)?;
        made.entry_id = message.entry_id().ok();
        let props = message.props()?;
        let place = &self.plan.places[item.place];
        let mut record = record::of_message(item, &place.path, &message, &props);
        let mut failures = Vec::new();
        let mut attachments =
            record::of_attachments(&record, &message, self.eml.budget, &mut |place, error| {
                failures.push((Kind::Attachment, format!("{place}: {error}")));
            });
        made.failures.extend(failures);
        match self.to {
            To::Eml | To::Maildir => {
                let name = self.name(item, &props);
                let mut out = Catch(Aside::create(self.dir.join(&name))?, None);
                self.mail(&message, &mut out, made)?;
                made.keep(&mut record, Part::Itself, &name, out.0.finish()?);
                if self.properties {
                    let name = self.properties_name(&name);
                    let mut out = Catch(Aside::create(self.dir.join(&name))?, None);
                    self.json(&message, &mut out, made)?;
                    made.keep(&mut record, Part::Properties, &name, out.0.finish()?);
                }
            }
            To::Mbox => {
                let mut out = self.spool();
                out.write_all(mailbox::from_line(&props).as_bytes())?;
                let mut escaping = Escaping::new(&mut out);
                let written = self.mail(&message, &mut escaping, made);
                let written = written.and_then(|()| Ok(escaping.finish().map(|_| ())?));
                told(&mut out, written)?;
                out.write_all(b"\n")?;
                hold(out, &mut record, Part::Itself, made);
                if self.properties {
                    let mut out = self.spool();
                    self.json(&message, &mut out, made)?;
                    hold(out, &mut record, Part::Properties, made);
                }
            }
            To::Jsonl => {
                let mut out = self.spool();
                self.json(&message, &mut out, made)?;
                hold(out, &mut record, Part::Itself, made);
            }
            To::Csv => {
                let mut out = self.spool();
                self.row(&record, &message, &props, &mut out, made)?;
                hold(out, &mut record, Part::Itself, made);
            }
            To::Attachments => {
                let dir = self.name(item, &props);
                self.attachments(&message, &dir, &mut attachments, made)?;
            }
        }
        record.set("losses", made.entry.losses.len().to_string());
        made.entry.records.push(record);
        made.entry.records.extend(attachments);
        Ok(())
    }

    fn spool(&self) -> Catch<Hashing<Spool>> {
        let number = self.spools.fetch_add(1, Ordering::Relaxed);
        let spool = Spool::new(self.dir.join(format!("spool-{number}.part")));
        Catch(Hashing::new(spool), None)
    }

    pub(super) fn mail(
        &self,
        message: &Message,
        out: &mut dyn Write,
        made: &mut Made,
    ) -> Outcome<()> {
        let mut out = Catch(out, None);
        let result = write_eml(message, &self.eml, &mut out);
        let result = result.map_err(Failure::from).map(|losses| lose(&losses, made));
        told(&mut out, result)
    }

    fn json(&self, message: &Message, out: &mut dyn Write, made: &mut Made) -> Outcome<()> {
        let mut ledger = Ledger::new();
        show::json::write_message(out, self.source, message, &mut ledger)?;
        let failed = ledger.entries().into_iter().filter(|entry| entry.state == State::Failed);
        for entry in failed {
            made.fail(entry.kind, format!("{}: {}", entry.path, entry.reason));
        }
        Ok(())
    }

    fn row(
        &self,
        record: &Record,
        message: &Message,
        props: &PropBag,
        out: &mut dyn Write,
        made: &mut Made,
    ) -> Outcome<()> {
        let mut row: Vec<String> = match self.columns.is_empty() {
            true => COLUMNS.iter().map(|column| record.get(column).to_owned()).collect(),
            false => vec![record.get("entry_id").to_owned(), record.get("path").to_owned()],
        };
        for tag in &self.columns {
            let found = props.find(tag.id());
            let value = match found {
                Some(Prop { tag, value: Value::Large(..) }) => message.get(*tag)?,
                Some(prop) => Some(prop.value.clone()),
                None => None,
            };
            if let Some(Value::Error(code)) = &value {
                made.fail(Kind::Property, format!("{tag}: {code}"));
            }
            let value = value.filter(|value| !matches!(value, Value::Null));
            row.push(value.map(|value| value::text(&value)).unwrap_or_default());
        }
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(&row).map_err(io::Error::from)?;
        Ok(writer.flush()?)
    }

    /// The file of a message, or the directory of its attachments, relative to the target.
    fn name(&self, item: &Item, props: &PropBag) -> String {
        let dir = &self.plan.places[item.place].dir;
        let date = mailbox::date(props);
        if self.to == To::Maildir {
            let seconds = date.map_or(0, mapix::prop::FileTime::to_unix);
            // Windows takes no colons.
            let colon = if cfg!(windows) { ';' } else { ':' };
            let flags = mailbox::flags(item, props);
            let name = format!("{seconds}.N{:X}.mapix{colon}2,{flags}", item.id);
            return join(dir, &format!("cur/{name}"));
        }
        let date = date.and_then(|date| date.to_string().get(..10).map(str::to_owned));
        let date = date.unwrap_or_else(|| "undated".into());
        let subject = props.text(mapix::prop::tags::SUBJECT).and_then(|text| safe_name(&text));
        let subject = subject.map(|subject| format!(" {subject}")).unwrap_or_default();
        let end = if self.to == To::Eml { ".eml" } else { "" };
        join(dir, &format!("{date}{subject} ({:X}){end}", item.id))
    }

    /// The file of the properties beside a mail. In a Maildir it must not stand among the mails.
    fn properties_name(&self, mail: &str) -> String {
        if self.to != To::Maildir {
            return format!("{}.json", mail.strip_suffix(".eml").unwrap_or(mail));
        }
        let (dir, file) = mail.rsplit_once("cur/").unwrap_or(("", mail));
        let file = file.split([':', ';']).next().unwrap_or(file);
        format!("{dir}{PROPERTIES}/{file}.json")
    }
}

/// What was written waits for its turn.
fn hold(out: Catch<Hashing<Spool>>, record: &mut Record, part: Part, made: &mut Made) {
    record.put(part, "", out.0.bytes, &out.0.digest());
    made.spools.push(out.0.into_inner());
}

/// An error of the output goes before that of whoever wrote to it.
pub(super) fn told<W>(out: &mut Catch<W>, result: Outcome<()>) -> Outcome<()> {
    match out.1.take() {
        Some(error) => Err(error.into()),
        None => result,
    }
}

/// Damage is a failure; what mail has no place for is a loss.
fn lose(losses: &Losses, made: &mut Made) {
    for loss in losses {
        if loss.kind == LossKind::Damaged {
            made.fail(Kind::Property, format!("{} {}", loss.place, loss.what).trim());
        } else {
            let (kind, place) = (loss.kind.name().to_owned(), loss.place.clone());
            made.entry.losses.push([kind, place, loss.what.clone()]);
        }
    }
    let more = losses.total() - losses.iter().count() as u64;
    if more > 0 {
        let damaged = losses.count(LossKind::Damaged);
        let what = format!("{more} more that are not named");
        if damaged > 0 {
            made.fail(Kind::Property, &what);
        }
        made.entry.losses.push(["more".into(), String::new(), what]);
    }
}

/// The path of a place, for the ledger.
pub(super) fn path_of(plan: &Plan, item: &Item) -> Arc<str> {
    let path = &plan.places[item.place].path;
    if path.is_empty() { format!("nid:0x{:X}", item.id).into() } else { Arc::clone(path) }
}
