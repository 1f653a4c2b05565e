//! One message becomes what was asked for. This runs on many threads.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mapix::ledger::{Kind, Ledger, State};
use mapix::prop::{Prop, PropBag, PropTag, Value};
use mapix::{AttachMethod, Attachment, EntryId, Message};
use mapix_convert::{EmlOptions, LossKind, Losses, write_eml};

use super::file::{Aside, Hashing, Spool};
use super::journal::Entry;
use super::mailbox::{self, Escaping};
use super::names::{join, safe_file_name, safe_name};
use super::plan::{Item, Plan};
use super::record::{self, Record};
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

/// What every thread needs.
pub(super) struct Writer<'a> {
    pub(super) to: To,
    pub(super) dir: PathBuf,
    pub(super) source: &'a Source,
    pub(super) plan: &'a Plan,
    pub(super) eml: EmlOptions,
    pub(super) columns: Vec<PropTag>,
    pub(super) spools: AtomicUsize,
}

/// What became of an item.
#[derive(Default)]
pub(super) struct Made {
    pub(super) entry: Entry,
    pub(super) entry_id: Option<EntryId>,
    /// What goes into a file with many items.
    pub(super) spool: Option<Spool>,
    pub(super) failures: Vec<(Kind, String)>,
    /// It was done by an earlier run.
    pub(super) is_past: bool,
}

impl Made {
    fn fail(&mut self, kind: Kind, reason: impl std::fmt::Display) {
        self.failures.push((kind, reason.to_string()));
    }
}

/// Keeps the error of a writer, so that it is told from those of the mailbox.
struct Catch<W>(W, Option<io::Error>);

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
    /// The file that holds many items, if the form has such files.
    pub(super) fn container(&self, item: &Item) -> Option<String> {
        let dir = &self.plan.places[item.place].dir;
        match self.to {
            To::Mbox => Some(join(dir, "messages.mbox")),
            To::Jsonl => Some(join(dir, "messages.jsonl")),
            To::Csv => Some("items.csv".into()),
            To::Eml | To::Maildir | To::Attachments => None,
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
        let mut attachments = record::of_attachments(&record, &message, &mut |place, error| {
            failures.push((Kind::Attachment, format!("{place}: {error}")));
        });
        made.failures.extend(failures);
        match self.to {
            To::Eml | To::Maildir => {
                let name = self.name(item, &props);
                let mut file = Catch(Aside::create(self.dir.join(&name))?, None);
                self.mail(&message, &mut file, made)?;
                let (bytes, sha256) = file.0.finish()?;
                record.put(&name, 0, bytes, &sha256);
            }
            To::Mbox | To::Jsonl | To::Csv => {
                let number = self.spools.fetch_add(1, Ordering::Relaxed);
                let spool = Spool::new(self.dir.join(format!("spool-{number}.part")));
                let mut out = Catch(Hashing::new(spool), None);
                match self.to {
                    To::Mbox => {
                        out.write_all(mailbox::from_line(&props).as_bytes())?;
                        let mut escaping = Escaping::new(&mut out);
                        let written = self.mail(&message, &mut escaping, made);
                        let written = written.and_then(|()| Ok(escaping.finish().map(|_| ())?));
                        told(&mut out, written)?;
                        out.write_all(b"\n")?;
                    }
                    To::Jsonl => self.json(&message, &mut out, made)?,
                    _ => self.row(&record, &message, &props, &mut out, made)?,
                }
                let (bytes, sha256) = (out.0.bytes, out.0.digest());
                record.put("", 0, bytes, &sha256);
                made.spool = Some(out.0.into_inner());
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

    fn mail(&self, message: &Message, out: &mut dyn Write, made: &mut Made) -> Outcome<()> {
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

    fn attachments(
        &self,
        message: &Message,
        dir: &str,
        records: &mut [Record],
        made: &mut Made,
    ) -> Outcome<()> {
        let Ok(found) = message.attachments() else { return Ok(()) };
        for (index, attachment) in found.into_parts().0.into_iter().enumerate() {
            let ordinal = (index + 1).to_string();
            let record = records.iter_mut().find(|record| record.get("ordinal") == ordinal);
            let Some(record) = record else { continue };
            let result = self.attachment(&attachment, dir, record, made);
            match result {
                Err(Failure::Input(error)) => {
                    made.fail(Kind::Attachment, format!("attachment {ordinal}: {error}"));
                }
                result => result?,
            }
        }
        Ok(())
    }

    fn attachment(
        &self,
        attachment: &Attachment,
        dir: &str,
        record: &mut Record,
        made: &mut Made,
    ) -> Outcome<()> {
        let ordinal = format!("{:0>2}", record.get("ordinal"));
        let create = |name: &str| -> Outcome<_> {
            let file = join(dir, &format!("{ordinal} {name}"));
            Ok((Catch(Aside::create(self.dir.join(&file))?, None), file))
        };
        let (mut out, file) = match attachment.method()? {
            AttachMethod::EmbeddedMessage => {
                let inner = attachment.embedded()?;
                let name = safe_name(record.get("subject")).unwrap_or_else(|| "message".into());
                let (mut out, file) = create(&format!("{name}.eml"))?;
                self.mail(&inner, &mut out, made)?;
                (out, file)
            }
            AttachMethod::ByValue | AttachMethod::Ole => {
                if record.get("sha256").is_empty() {
                    // It has no data, or none that can be read, which was told already.
                    return Ok(());
                }
                let name = safe_file_name(record.get("name")).unwrap_or_else(|| "file".into());
                let (mut out, file) = create(&name)?;
                let copied = io::copy(&mut attachment.open_data()?, &mut out);
                let copied = copied.map(|_| ()).map_err(|error| mapix::Error::from(error).into());
                told(&mut out, copied)?;
                (out, file)
            }
            _ => {
                let what = "only a link: there is no data".to_owned();
                let place = format!("attachment {}", record.get("ordinal"));
                made.entry.losses.push(["reference".into(), place, what]);
                return Ok(());
            }
        };
        out.flush()?;
        let (bytes, sha256) = out.0.finish()?;
        record.put(&file, 0, bytes, &sha256);
        Ok(())
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
}

/// An error of the output goes before that of whoever wrote to it.
fn told<W>(out: &mut Catch<W>, result: Outcome<()>) -> Outcome<()> {
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

/// A name that the file system does not take is a matter of one item.
fn is_refused_name(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput)
}

/// The path of a place, for the ledger.
pub(super) fn path_of(plan: &Plan, item: &Item) -> Arc<str> {
    let path = &plan.places[item.place].path;
    if path.is_empty() { format!("nid:0x{:X}", item.id).into() } else { Arc::clone(path) }
}
