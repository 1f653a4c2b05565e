//! One message becomes what was asked for. This runs on many threads.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mapix::Message;
use mapix::ledger::{Kind, Ledger, State};
use mapix::prop::{Prop, PropBag, PropTag, Value};
use mapix_convert::{EmlOptions, Watch, write_eml_watched};

use super::attachments::Written;
use super::file::{Aside, Hashing, is_refused_name};
use super::hashes::Hashes;
use super::made::{Catch, Made, told};
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
        let mut hashes = Hashes::default();
        let mut files = Vec::new();
        let written = match self.to {
            To::Attachments => {
                let dir = self.name(item, &props);
                self.attachments(&message, &dir, &mut hashes, made).map(|written| files = written)
            }
            _ => self.write(item, &message, &props, &mut record, &mut hashes, made),
        };
        // What failed of attachments is told before what else failed of the message.
        let later = std::mem::take(&mut made.failures);
        let mut attachments = record::of_attachments(
            &record,
            &message,
            self.eml.budget,
            &hashes,
            &mut |place, error| made.fail(Kind::Attachment, format!("{place}: {error}")),
        );
        made.failures.extend(later);
        written?;
        for Written { number, name, whole } in files {
            let is_it = |record: &&mut Record| record.get("ordinal") == number.to_string();
            match attachments.iter_mut().find(is_it) {
                Some(record) => made.keep(record, Part::Itself, &name, whole),
                None => made.files.push(whole.file),
            }
        }
        record.set("losses", made.entry.losses.len().to_string());
        made.entry.records.push(record);
        made.entry.records.extend(attachments);
        Ok(())
    }

    /// Writes the message itself, and its properties if they are asked for.
    fn write(
        &self,
        item: &Item,
        message: &Message,
        props: &PropBag,
        record: &mut Record,
        hashes: &mut Hashes,
        made: &mut Made,
    ) -> Outcome<()> {
        match self.to {
            To::Eml | To::Maildir => {
                let name = self.name(item, props);
                let mut out = Catch(Aside::create(self.dir.join(&name))?, None);
                self.mail(message, hashes, &mut out, made)?;
                made.keep(record, Part::Itself, &name, out.0.finish()?);
                if self.properties {
                    let name = self.properties_name(&name);
                    let mut out = Catch(Aside::create(self.dir.join(&name))?, None);
                    self.json(message, &mut (), &mut out, made)?;
                    made.keep(record, Part::Properties, &name, out.0.finish()?);
                }
            }
            To::Mbox => {
                let mut out = self.spool();
                out.write_all(mailbox::from_line(props).as_bytes())?;
                let mut escaping = Escaping::new(&mut out);
                let written = self.mail(message, hashes, &mut escaping, made);
                let written = written.and_then(|()| Ok(escaping.finish().map(|_| ())?));
                told(&mut out, written)?;
                out.write_all(b"\n")?;
                made.hold(record, Part::Itself, out);
                if self.properties {
                    let mut out = self.spool();
                    self.json(message, &mut (), &mut out, made)?;
                    made.hold(record, Part::Properties, out);
                }
            }
            To::Jsonl => {
                let mut out = self.spool();
                self.json(message, hashes, &mut out, made)?;
                made.hold(record, Part::Itself, out);
            }
            To::Csv => {
                let mut out = self.spool();
                self.row(record, message, props, &mut out, made)?;
                made.hold(record, Part::Itself, out);
            }
            // They are written by themselves.
            To::Attachments => {}
        }
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
        watch: &mut dyn Watch,
        out: &mut dyn Write,
        made: &mut Made,
    ) -> Outcome<()> {
        let mut out = Catch(out, None);
        let result = write_eml_watched(message, &self.eml, watch, &mut out);
        let result = result.map_err(Failure::from).map(|losses| made.lose(&losses));
        told(&mut out, result)
    }

    fn json(
        &self,
        message: &Message,
        watch: &mut dyn Watch,
        out: &mut dyn Write,
        made: &mut Made,
    ) -> Outcome<()> {
        let mut ledger = Ledger::new();
        show::json::write_message(out, self.source, message, watch, &mut ledger)?;
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

/// The path of a place, for the ledger.
pub(super) fn path_of(plan: &Plan, item: &Item) -> Arc<str> {
    let path = &plan.places[item.place].path;
    if path.is_empty() { format!("nid:0x{:X}", item.id).into() } else { Arc::clone(path) }
}
