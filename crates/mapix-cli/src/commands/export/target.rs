//! The directory with all that is written, in the order of the plan.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mapix::ledger::{Entry, Kind, Ledger, State};

use super::file::{Aside, at};
use super::journal::{self, Journal};
use super::plan::Item;
use super::record::{FIELDS, Record};
use super::write::Made;
use crate::exit::Outcome;
use crate::output::Json;
use crate::report;

/// What the directory holds besides exported items.
pub(super) struct Target {
    dir: PathBuf,
    journal: Journal,
    manifest_csv: csv::Writer<Aside>,
    manifest_jsonl: Aside,
    ledger_file: Aside,
    container: Option<Container>,
    /// What stands at the beginning of files with many items.
    heading: Vec<u8>,
    pub(super) counts: Counts,
}

/// What was written.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Counts {
    pub(super) items: u64,
    pub(super) attachments: u64,
    pub(super) losses: u64,
    pub(super) past: u64,
}

/// A file that holds many items.
struct Container {
    name: String,
    file: Aside,
    /// An item of it failed, so that it is to be written again when the export goes on.
    has_failed: bool,
}

impl Target {
    pub(super) fn new(dir: &Path, journal: Journal, heading: Vec<u8>) -> io::Result<Self> {
        let create = |name: &str| Aside::create(dir.join(name));
        let mut manifest_csv = csv::Writer::from_writer(create("manifest.csv")?);
        manifest_csv.write_record(FIELDS)?;
        Ok(Self {
            dir: dir.to_owned(),
            journal,
            manifest_csv,
            manifest_jsonl: create("manifest.jsonl")?,
            ledger_file: create("ledger.jsonl")?,
            container: None,
            heading,
            counts: Counts::default(),
        })
    }

    /// Takes what became of an item.
    pub(super) fn take(
        &mut self,
        item: &Item,
        container: Option<String>,
        path: Arc<str>,
        made: Made,
        ledger: &mut Ledger,
    ) -> Outcome<()> {
        let Made { mut entry, entry_id, spool, failures, is_past } = made;
        if let (Some(name), false) = (container, is_past) {
            self.open(name)?;
            if let (Some(container), Some(record), Some(spool)) =
                (&mut self.container, entry.records.first_mut(), spool)
            {
                let offset = container.file.bytes();
                spool.copy_to(&mut container.file)?;
                record.set("file", container.name.clone());
                record.set("offset", offset.to_string());
            }
            if let Some(container) = &mut self.container {
                container.has_failed |= !failures.is_empty();
            }
        }
        if failures.is_empty() && !is_past {
            self.journal.done(&item.key(), &entry)?;
        }
        for record in &entry.records {
            self.manifest_csv.write_record(&record.0).map_err(io::Error::from)?;
            record.write_json(&mut self.manifest_jsonl)?;
        }
        self.counts.past += u64::from(is_past);
        let attachments = entry.records.len().saturating_sub(1) as u64;
        self.counts.attachments += attachments;
        self.counts.losses += entry.losses.len() as u64;
        ledger.expect(Kind::Attachment, attachments);
        ledger.count_done(Kind::Attachment, attachments);
        let is_whole = failures.iter().all(|(kind, _)| *kind != item.kind());
        for [kind, place, what] in &entry.losses {
            let mut json = Json::compact(&mut self.ledger_file);
            json.begin_object()?;
            json.field("event", "loss")?;
            json.field("kind", kind)?;
            json.key("entry_id")?;
            json.optional(entry.records.first().map(|record| record.get("entry_id")))?;
            json.field("path", &path)?;
            json.field("place", place)?;
            json.field("what", what)?;
            json.end_object()?;
        }
        for (kind, reason) in failures {
            if kind != item.kind() {
                ledger.expect(kind, 1);
            }
            ledger.failed(kind, entry_id.clone(), Arc::clone(&path), reason);
        }
        if is_whole {
            self.counts.items += 1;
            ledger.count_done(item.kind(), 1);
            let reason = String::new();
            let done = Entry { path, kind: item.kind(), entry_id, state: State::Done, reason };
            self.enter(&done)?;
        }
        entry.records.clear();
        Ok(())
    }

    fn enter(&mut self, entry: &Entry) -> io::Result<()> {
        let mut json = Json::compact(&mut self.ledger_file);
        json.begin_object()?;
        json.field("event", "item")?;
        report::write_entry(&mut json, entry)?;
        json.end_object()
    }

    /// Sees that a file with many items is open.
    pub(super) fn open(&mut self, name: String) -> io::Result<()> {
        if self.container.as_ref().is_some_and(|open| open.name == name) {
            return Ok(());
        }
        self.close()?;
        let mut file = Aside::create(self.dir.join(&name))?;
        file.write_all(&self.heading)?;
        self.container = Some(Container { name, file, has_failed: false });
        Ok(())
    }

    /// Gives the open file its name.
    pub(super) fn close(&mut self) -> io::Result<()> {
        let Some(Container { name, file, has_failed }) = self.container.take() else {
            return Ok(());
        };
        let (bytes, sha256) = file.finish()?;
        if has_failed { Ok(()) } else { self.journal.closed(&name, bytes, &sha256) }
    }

    /// Gives manifest and ledger their names. The journal goes if nothing is left to be done.
    pub(super) fn finish(
        mut self,
        ledger: &Ledger,
        stopped: bool,
        is_complete: bool,
    ) -> io::Result<Counts> {
        // Stopped in the midst of it, a file with many items is one with fewer, all of them whole;
        // who goes on writes it again.
        if let Some(container) = &mut self.container {
            container.has_failed |= stopped;
        }
        self.close()?;
        for entry in ledger.entries() {
            self.enter(entry)?;
        }
        for (kind, count) in ledger.counts() {
            let mut json = Json::compact(&mut self.ledger_file);
            json.begin_object()?;
            json.field("event", "count")?;
            json.field("kind", kind.name())?;
            report::write_count(&mut json, &count)?;
            json.end_object()?;
        }
        let csv =
            self.manifest_csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        csv.finish()?;
        self.manifest_jsonl.finish()?;
        self.ledger_file.finish()?;
        if is_complete {
            let path = self.dir.join(journal::NAME);
            fs::remove_file(&path).map_err(|error| at(&path, &error))?;
        }
        Ok(self.counts)
    }

    /// Makes a directory for a folder, even if nothing goes into it.
    pub(super) fn directory(&self, dir: &str, is_maildir: bool) -> io::Result<()> {
        let path = self.dir.join(dir);
        let parts: &[&str] = if is_maildir { &["cur", "new", "tmp"] } else { &[""] };
        parts.iter().try_for_each(|part| {
            let path = path.join(part);
            fs::create_dir_all(&path).map_err(|error| at(&path, &error))
        })
    }
}

/// Of an earlier run: whether the files of an item are all there and unchanged.
pub(super) fn are_intact(dir: &Path, records: &[Record]) -> bool {
    records.iter().filter(|record| !record.get("file").is_empty()).all(|record| {
        let bytes = record.get("bytes").parse().unwrap_or(u64::MAX);
        super::file::is_intact(&dir.join(record.get("file")), bytes, record.get("sha256"))
    })
}
