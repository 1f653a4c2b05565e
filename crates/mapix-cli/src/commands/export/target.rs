//! The directory with all that is written, in the order of the plan.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mapix::ledger::{Entry, Kind, Ledger, State};

use super::file::{Aside, Unnamed, at, is_intact, is_refused_name, name_all, sync_dir};
use super::journal::{self, Journal};
use super::made::Made;
use super::plan::Item;
use super::record::{FIELDS, Part, Record};
use crate::exit::Outcome;
use crate::output::Json;
use crate::report;

/// So many files, or bytes in them, or bytes of the journal, are put onto the disk together. What
/// a run that is killed has done since is done again; so none waits longer than this.
const FILES: usize = 512;
const BYTES: u64 = 64 << 20;
const ROWS: usize = 1 << 20;
const WAIT: Duration = Duration::from_secs(2);

/// What the directory holds besides exported items.
pub(super) struct Target {
    dir: PathBuf,
    journal: Journal,
    manifest_csv: csv::Writer<Aside>,
    manifest_jsonl: Aside,
    ledger_file: Aside,
    /// Those of the folder whose items come.
    containers: Vec<Container>,
    /// What stands at the beginning of files with many items.
    heading: Vec<u8>,
    /// Files that have no names yet.
    waiting: Vec<Unnamed>,
    /// When files had their names the last time.
    settled: Instant,
    /// Directories in which directories were made.
    parents: BTreeSet<PathBuf>,
    counts: Counts,
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
            containers: Vec::new(),
            heading,
            waiting: Vec::new(),
            settled: Instant::now(),
            parents: BTreeSet::new(),
            counts: Counts::default(),
        })
    }

    /// Takes what became of an item. `containers` are the files with many items that hold it.
    pub(super) fn take(
        &mut self,
        item: &Item,
        containers: &[String],
        path: Arc<str>,
        made: Made,
        ledger: &mut Ledger,
    ) -> Outcome<()> {
        let Made { mut entry, entry_id, files, spools, mut failures, is_past } = made;
        if !is_past && !containers.is_empty() {
            match self.open(containers) {
                Err(error) if is_refused_name(&error) => {
                    failures.push((item.kind(), error.to_string()));
                }
                opened => opened?,
            }
            let parts = Part::ALL.into_iter().zip(&mut self.containers).zip(spools);
            for ((part, container), spool) in parts {
                let offset = container.file.bytes();
                spool.copy_to(&mut container.file)?;
                if let Some(record) = entry.records.first_mut() {
                    record.set(part.file(), container.name.clone());
                    record.set(part.offset(), offset.to_string());
                }
            }
            for container in &mut self.containers {
                container.has_failed |= !failures.is_empty();
            }
        }
        self.waiting.extend(files);
        if failures.is_empty() && !is_past {
            self.journal.done(&item.key(), &entry)?;
        }
        let bytes: u64 = self.waiting.iter().map(|file| file.bytes).sum();
        let is_much = self.waiting.len() >= FILES || bytes >= BYTES;
        if is_much || self.journal.waiting() >= ROWS || self.settled.elapsed() >= WAIT {
            self.settle()?;
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
        Ok(())
    }

    fn enter(&mut self, entry: &Entry) -> io::Result<()> {
        let mut json = Json::compact(&mut self.ledger_file);
        json.begin_object()?;
        json.field("event", "item")?;
        report::write_entry(&mut json, entry)?;
        json.end_object()
    }

    /// Gives the files that wait their names, and then says in the journal that they are done.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.settled = Instant::now();
        name_all(&self.dir, std::mem::take(&mut self.waiting))?;
        self.journal.settle()
    }

    /// Sees that files with many items are open.
    pub(super) fn open(&mut self, names: &[String]) -> io::Result<()> {
        if self.containers.iter().map(|open| &open.name).eq(names) {
            return Ok(());
        }
        self.close()?;
        for name in names {
            let mut file = Aside::create(self.dir.join(name))?;
            file.write_all(&self.heading)?;
            self.containers.push(Container { name: name.clone(), file, has_failed: false });
        }
        Ok(())
    }

    /// Ends the open files with many items.
    fn close(&mut self) -> io::Result<()> {
        for Container { name, file, has_failed } in std::mem::take(&mut self.containers) {
            let whole = file.finish()?;
            if !has_failed {
                self.journal.closed(&name, whole.bytes, &whole.sha256)?;
            }
            self.waiting.push(whole.file);
        }
        Ok(())
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
        for container in &mut self.containers {
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
        self.settle()?;
        self.parents.iter().rev().try_for_each(|parent| sync_dir(parent))?;
        let csv =
            self.manifest_csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let files = [csv, self.manifest_jsonl, self.ledger_file];
        let files: Vec<Unnamed> =
            files.into_iter().map(|file| Ok(file.finish()?.file)).collect::<io::Result<_>>()?;
        name_all(&self.dir, files)?;
        if is_complete {
            let path = self.dir.join(journal::NAME);
            fs::remove_file(&path).map_err(|error| at(&path, &error))?;
            sync_dir(&self.dir)?;
        }
        Ok(self.counts)
    }

    /// Makes a directory for a folder, even if nothing goes into it.
    pub(super) fn directory(&mut self, dir: &str, is_maildir: bool) -> io::Result<()> {
        let path = self.dir.join(dir);
        let parts: &[&str] = if is_maildir { &["cur", "new", "tmp"] } else { &[""] };
        for part in parts {
            let path = path.join(part);
            fs::create_dir_all(&path).map_err(|error| at(&path, &error))?;
            let above = path.ancestors().skip(1).take_while(|above| above.starts_with(&self.dir));
            self.parents.extend(above.map(Path::to_owned));
        }
        Ok(())
    }
}

/// Of an earlier run: whether the files of an item are all there and unchanged.
pub(super) fn are_intact(dir: &Path, records: &[Record]) -> bool {
    let parts = records.iter().flat_map(|record| Part::ALL.map(|part| (record, part)));
    parts.filter(|(record, part)| !record.get(part.file()).is_empty()).all(|(record, part)| {
        let bytes = record.get(part.bytes()).parse().unwrap_or(u64::MAX);
        is_intact(&dir.join(record.get(part.file())), bytes, record.get(part.sha256()))
    })
}
