//! The journal of an export that is under way: what is done, so that it can go on after a stop.
//!
//! It is CSV. Its first row is what was asked for. Each item has a row for each record of the
//! manifest and each loss, and then `done`; each file that holds many items has `closed` when it
//! has its name. What follows the last of those was cut off and does not count. Rows wait until the
//! files of which they speak are on the disk.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::file::at;
use super::record::{FIELDS, Record};

/// The name of the file while an export is not complete.
pub(super) const NAME: &str = "journal.part";
/// Ends the rows that count; without it a row is cut off.
const END: &str = ".";

/// Something that the output cannot carry: kind, place, what.
pub(super) type Loss = [String; 3];

/// What became of an item.
#[derive(Clone, Default, Debug)]
pub(super) struct Entry {
    pub(super) records: Vec<Record>,
    pub(super) losses: Vec<Loss>,
}

/// What an earlier run has left.
#[derive(Default, Debug)]
pub(super) struct Past {
    pub(super) items: HashMap<String, Entry>,
    /// Files with many items: length and hash.
    pub(super) closed: HashMap<String, (u64, String)>,
}

/// The journal.
pub(super) struct Journal {
    file: File,
    /// Rows that wait.
    waiting: Vec<u8>,
}

impl Journal {
    /// Begins one.
    pub(super) fn create(path: &Path, request: &[String]) -> io::Result<Self> {
        let file = File::options().write(true).create_new(true).open(path);
        let mut journal =
            Self { file: file.map_err(|error| at(path, &error))?, waiting: Vec::new() };
        let mut rows = Rows::new();
        rows.push(["export"].into_iter().chain(request.iter().map(String::as_str)).chain([END]))?;
        journal.push(rows)?;
        journal.settle()?;
        Ok(journal)
    }

    /// Goes on with one: gives what was asked for and what is done. Without the former, the file
    /// stays as it is.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<String>, Past)> {
        let file = File::options().read(true).append(true).open(path);
        let file = file.map_err(|error| at(path, &error))?;
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&file);
        let (mut request, mut past, mut good) = (Vec::new(), Past::default(), 0);
        let (mut entry, mut row) = (Entry::default(), csv::StringRecord::new());
        // A row that is not text is a row that is broken: nothing behind it counts.
        while matches!(reader.read_record(&mut row), Ok(true)) {
            let rest: Vec<String> = row.iter().skip(1).map(str::to_owned).collect();
            let is_whole = rest.last().is_some_and(|last| last == END);
            match (row.get(0), rest.as_slice()) {
                (Some("export"), [asked @ .., _]) if is_whole => request = asked.to_vec(),
                (Some("file"), [fields @ .., _]) if fields.len() == FIELDS.len() => {
                    entry.records.push(Record(fields.to_vec()));
                    continue;
                }
                (Some("loss"), [kind, place, what, _]) => {
                    entry.losses.push([kind.clone(), place.clone(), what.clone()]);
                    continue;
                }
                (Some("done"), [key, _]) if is_whole => {
                    past.items.insert(key.clone(), std::mem::take(&mut entry));
                }
                (Some("closed"), [file, bytes, sha256, _]) if is_whole => {
                    let bytes = bytes.parse().unwrap_or(0);
                    past.closed.insert(file.clone(), (bytes, sha256.clone()));
                }
                _ => break,
            }
            good = reader.position().byte();
        }
        drop(reader);
        if !request.is_empty() {
            file.set_len(good).map_err(|error| at(path, &error))?;
        }
        Ok((Self { file, waiting: Vec::new() }, request, past))
    }

    /// An item is done.
    pub(super) fn done(&mut self, key: &str, entry: &Entry) -> io::Result<()> {
        let mut rows = Rows::new();
        for record in &entry.records {
            rows.push(
                ["file"].into_iter().chain(record.0.iter().map(String::as_str)).chain([END]),
            )?;
        }
        for [kind, place, what] in &entry.losses {
            rows.push(["loss", kind, place, what, END])?;
        }
        rows.push(["done", key, END])?;
        self.push(rows)
    }

    /// A file with many items is done.
    pub(super) fn closed(&mut self, file: &str, bytes: u64, sha256: &str) -> io::Result<()> {
        let mut rows = Rows::new();
        rows.push(["closed", file, &bytes.to_string(), sha256, END])?;
        self.push(rows)
    }

    fn push(&mut self, rows: Rows) -> io::Result<()> {
        self.waiting.extend_from_slice(&rows.finish()?);
        Ok(())
    }

    /// How many bytes wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Writes the rows that wait: what they say is true from here on, also after a power cut.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.waiting)?;
        self.waiting.clear();
        self.file.sync_data()
    }
}

/// Rows of CSV.
struct Rows(csv::Writer<Vec<u8>>);

impl Rows {
    fn new() -> Self {
        Self(csv::WriterBuilder::new().flexible(true).from_writer(Vec::new()))
    }

    fn push<'a>(&mut self, fields: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        Ok(self.0.write_record(fields)?)
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        self.0.into_inner().map_err(|error| io::Error::other(error.to_string()))
    }
}
