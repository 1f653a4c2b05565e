//! What is asked for: whether it can be done here, and whether it was begun before.

use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use mapix::prop::FileTime;

use super::file::{at, sync_dir};
use super::journal::{self, Journal, Past};
use super::write::COLUMNS;
use super::{plan, spool};
use crate::args::{Export, To};
use crate::commands::ls;
use crate::commands::search::query::Asked;
use crate::exit::{Failure, Outcome};
use crate::source::Source;

/// Refuses options that do not go together.
pub(super) fn check(args: &Export) -> Outcome<()> {
    if !args.columns.is_empty() && args.to != To::Csv {
        return Err(Failure::usage("--columns are for `--to csv` only"));
    }
    if args.properties && !matches!(args.to, To::Eml | To::Mbox | To::Maildir) {
        return Err(Failure::usage(
            "--properties is for eml, mbox and maildir; `--to jsonl` has every property anyway",
        ));
    }
    Ok(())
}

/// An export that is to be done, or gone on with.
pub(super) struct Begun {
    pub(super) journal: Journal,
    /// The moment from which the query counts.
    pub(super) now: FileTime,
    pub(super) past: Past,
}

/// Sees that the directory may be written to. Nothing if the export is complete.
pub(super) fn begin(args: &Export, source: &Source, asked: &Asked) -> Outcome<Option<Begun>> {
    let (dir, path) = (&args.out, args.out.join(journal::NAME));
    let request = request(args, source, asked);
    if !is_empty(dir)? {
        let refuse = |reason: &str| Failure::usage(format!("{}: {reason}", dir.display()));
        if !args.resume {
            return Err(refuse("it is not empty; --resume goes on with an export"));
        }
        if !path.exists() {
            let is_complete = dir.join("manifest.csv").exists();
            return if is_complete {
                Ok(None)
            } else {
                Err(refuse("there is no export to go on with"))
            };
        }
        let (journal, head, past) = Journal::open(&path)?;
        if let Some((now, before)) = head.split_first() {
            if before != request {
                let reason = "it holds an export of something else, or the mailbox has changed";
                return Err(refuse(reason));
            }
            spool::remove_all(dir)?;
            return Ok(Some(Begun { journal, now: FileTime::parse(now)?, past }));
        }
        if fs::read_dir(dir).map_err(|error| at(dir, &error))?.count() > 1 {
            return Err(refuse("its journal is damaged; export to another directory"));
        }
        // The run that made it was stopped before it had written what it was to do.
        fs::remove_file(&path).map_err(|error| at(&path, &error))?;
    }
    // What is wrong with the request is said before anything is made.
    plan::first_folder(args, source)?;
    args.columns.iter().try_for_each(|text| ls::find_tag(source, text).map(drop))?;
    fs::create_dir_all(dir).map_err(|error| at(dir, &error))?;
    let now = FileTime::from_unix(FileTime::now().to_unix());
    let all: Vec<String> = [now.to_string()].into_iter().chain(request).collect();
    let journal = Journal::create(&path, &all)?;
    sync_dir(dir)?;
    dir.parent().map_or(Ok(()), sync_dir)?;
    Ok(Some(Begun { journal, now, past: Past::default() }))
}

fn is_empty(dir: &Path) -> Outcome<bool> {
    match fs::read_dir(dir) {
        Ok(mut found) => Ok(found.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Failure::usage(format!("{} is not a directory", dir.display())))
        }
        Err(error) => Err(at(dir, &error).into()),
    }
}

/// What an export must have in common with the one that it goes on with.
fn request(args: &Export, source: &Source, asked: &Asked) -> Vec<String> {
    let held = [args.hidden, args.deleted, args.orphans, args.all];
    let [query, restriction] = asked.texts();
    vec![
        "2".into(),
        args.to.name().into(),
        source.store.info().uid.to_string(),
        stamp(&args.file),
        query,
        restriction,
        args.folder.clone().unwrap_or_default(),
        format!("{held:?}"),
        args.columns.join(","),
        args.properties.to_string(),
    ]
}

/// Size and time of the mailbox: what shows that it has changed.
pub(super) fn stamp(file: &Path) -> String {
    let Ok(found) = fs::metadata(file) else { return String::new() };
    let time = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{} {}", found.len(), time.unwrap_or_default().as_nanos())
}

/// The heading of a table.
pub(super) fn heading(args: &Export) -> Outcome<Vec<u8>> {
    if args.to != To::Csv {
        return Ok(Vec::new());
    }
    let columns = args.columns.iter().map(String::as_str);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = match args.columns.is_empty() {
        true => writer.write_record(COLUMNS),
        false => writer.write_record(["entry_id", "path"].into_iter().chain(columns)),
    };
    written.map_err(io::Error::from)?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()).into())
}
