//! `mapix export`: messages as files that other programs read.
//!
//! | file | question it answers |
//! |---|---|
//! | `plan` | Which messages, in which order? |
//! | `names` | What are directories and files called? |
//! | `write`, `mailbox` | How does one message become what was asked for? |
//! | `target` | What is in the directory, and in which order? |
//! | `record` | What does the manifest say? |
//! | `journal` | What was done when a run is stopped? |
//! | `file` | How does a file get its name only when it is whole? |

mod file;
mod journal;
mod mailbox;
mod names;
mod plan;
mod record;
mod target;
mod write;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use mapix::ledger::{Kind, Ledger};
use mapix::prop::FileTime;
use mapix::query::{Context, Query};
use mapix_convert::{EmlOptions, Names};

use crate::args::{Export, Format, Global, To};
use crate::commands::ls;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::output::text::counted;
use crate::progress::Progress;
use crate::source::Source;
use crate::{interrupt, parallel, report};
use file::at;
use journal::{Journal, Past};
use target::{Counts, Target};
use write::{COLUMNS, Made, Writer};

pub(crate) fn run(args: &Export, global: &Global, output: &mut Output) -> Outcome {
    if global.format == Format::Csv {
        return Err(Failure::usage("export has no CSV output; `--to csv` writes a table"));
    }
    if !args.columns.is_empty() && args.to != To::Csv {
        return Err(Failure::usage("--columns are for `--to csv` only"));
    }
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let before = stamp(&args.file);
    let request = request(args, &source, &before);
    let Some((journal, now, past)) = begin(args, &source, &request)? else {
        report::note(global, format_args!("{} is complete already", args.out.display()));
        return report::conclude(global, &source, &mut ledger, Ok(()));
    };
    let query = query(args, now)?;
    let plan = match plan::make(args, global, &source, query, &mut ledger) {
        Err(Failure::Interrupted) => {
            return report::conclude(global, &source, &mut ledger, Err(Failure::Interrupted));
        }
        plan => plan?,
    };
    let columns = args.columns.iter().map(|text| ls::find_tag(&source, text));
    let writer = Writer {
        to: args.to,
        dir: args.out.clone(),
        source: &source,
        plan: &plan,
        eml: EmlOptions::new(Names::of(&source.store).unwrap_or_default()),
        columns: columns.collect::<Outcome<_>>()?,
        spools: AtomicUsize::new(0),
    };
    let target = Target::new(&args.out, journal, heading(args)?)?;
    let (result, counts) = export(global, &writer, target, past, &mut ledger, &|ledger| {
        if stamp(&args.file) != before {
            ledger.expect(Kind::Store, 1);
            ledger.failed(
                Kind::Store,
                None,
                source.location.as_str(),
                "it changed while it was read",
            );
        }
        let diagnostics = source.store.diagnostics().unwrap_or_default();
        report::enter_diagnostics(ledger, &diagnostics, None);
    })?;
    summary(args, output, counts)?;
    report::conclude(global, &source, &mut ledger, result)
}

/// Writes all items; gives whether it was stopped.
fn export(
    global: &Global,
    writer: &Writer<'_>,
    mut target: Target,
    mut past: Past,
    ledger: &mut Ledger,
    conclude: &dyn Fn(&mut Ledger),
) -> Outcome<(Outcome<()>, Counts)> {
    if writer.to != To::Csv {
        for place in &writer.plan.places {
            target.directory(&place.dir, writer.to == To::Maildir)?;
        }
    }
    past.closed
        .retain(|file, (bytes, sha256)| file::is_intact(&writer.dir.join(file), *bytes, sha256));
    // A file with many items counts only if all of them are in it.
    for item in &writer.plan.items {
        if let Some(file) = writer.container(item)
            && !past.items.contains_key(&item.key())
        {
            past.closed.remove(&file);
        }
    }
    let is_empty_table = writer.to == To::Csv && !past.closed.contains_key("items.csv");
    if is_empty_table {
        target.open("items.csv".into())?;
    }
    let progress = Progress::new(global, "messages", writer.plan.items.len() as u64);
    let is_broken = AtomicBool::new(false);
    let work = |item: &plan::Item| {
        if interrupt::requested() || is_broken.load(Ordering::Relaxed) {
            return (*item, Err(Failure::Interrupted));
        }
        let made = match past_of(writer, &past, item) {
            Some(made) => Ok(made),
            None => writer.make(item),
        };
        let is_fatal = matches!(&made, Err(error) if !matches!(error, Failure::Interrupted));
        is_broken.fetch_or(is_fatal, Ordering::Relaxed);
        progress.add(1);
        (*item, made)
    };
    let end = parallel::in_order(global.jobs(), &writer.plan.items, work, |(item, made)| {
        let path = write::path_of(writer.plan, &item);
        let taken =
            made.and_then(|made| target.take(&item, writer.container(&item), path, made, ledger));
        match taken {
            Ok(()) => ControlFlow::Continue(()),
            // Another thread may have the reason.
            Err(Failure::Interrupted) if !interrupt::requested() => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    });
    drop(progress);
    let stopped = match end {
        None => false,
        Some(Failure::Interrupted) => true,
        Some(failure) => return Err(failure),
    };
    conclude(ledger);
    let is_complete = !stopped && ledger.is_clean();
    let counts = target.finish(ledger, stopped, is_complete)?;
    Ok((if stopped { Err(Failure::Interrupted) } else { Ok(()) }, counts))
}

/// What an earlier run made of an item, if it is all there.
fn past_of(writer: &Writer<'_>, past: &Past, item: &plan::Item) -> Option<Made> {
    let entry = past.items.get(&item.key())?;
    let is_there = match writer.container(item) {
        Some(file) => past.closed.contains_key(&file),
        None => target::are_intact(&writer.dir, &entry.records),
    };
    let entry_id = entry.records.first().and_then(|record| record.get("entry_id").parse().ok());
    is_there.then(|| Made { entry: entry.clone(), entry_id, is_past: true, ..Made::default() })
}

/// Sees that the directory may be written to. Gives the journal and what is in it, and the moment
/// from which the query counts; nothing if the export is complete.
fn begin(
    args: &Export,
    source: &Source,
    request: &[String],
) -> Outcome<Option<(Journal, FileTime, Past)>> {
    let (dir, path) = (&args.out, args.out.join(journal::NAME));
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
        let (journal, asked, past) = Journal::open(&path)?;
        let Some((now, asked)) = asked.split_first() else {
            return Err(refuse("its journal is damaged; export to another directory"));
        };
        if asked != request {
            return Err(refuse("it holds an export of something else, or the mailbox has changed"));
        }
        file::remove_spools(dir)?;
        return Ok(Some((journal, FileTime::parse(now)?, past)));
    }
    // What is wrong with the request is said before anything is made.
    query(args, FileTime::now())?;
    plan::first_folder(args, source)?;
    args.columns.iter().try_for_each(|text| ls::find_tag(source, text).map(drop))?;
    fs::create_dir_all(dir).map_err(|error| at(dir, &error))?;
    let now = FileTime::from_unix(FileTime::now().to_unix());
    let all: Vec<String> = [now.to_string()].into_iter().chain(request.iter().cloned()).collect();
    Ok(Some((Journal::create(&path, &all)?, now, Past::default())))
}

fn is_empty(dir: &Path) -> Outcome<bool> {
    match fs::read_dir(dir) {
        Ok(mut found) => Ok(found.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            Err(Failure::usage(format!("{} is not a directory", dir.display())))
        }
        Err(error) => Err(at(dir, &error).into()),
    }
}

/// What an export must have in common with the one that it goes on with.
fn request(args: &Export, source: &Source, stamp: &str) -> Vec<String> {
    let held = [args.hidden, args.deleted, args.orphans, args.all];
    vec![
        "1".into(),
        args.to.name().into(),
        source.store.info().uid.to_string(),
        stamp.into(),
        text(args).unwrap_or_default().into(),
        args.folder.clone().unwrap_or_default(),
        format!("{held:?}"),
        args.columns.join(","),
    ]
}

/// Size and time of the mailbox: what shows that it has changed.
fn stamp(file: &Path) -> String {
    let Ok(found) = fs::metadata(file) else { return String::new() };
    let time = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{} {}", found.len(), time.unwrap_or_default().as_nanos())
}

fn text(args: &Export) -> Option<&str> {
    args.query.as_deref().or(args.query_option.as_deref())
}

fn query(args: &Export, now: FileTime) -> Outcome<Query> {
    let text = text(args).unwrap_or_default();
    Query::parse(text, &Context { now })
        .map_err(|error| Failure::usage(format!("the query is wrong: {error}")))
}

/// The heading of a table.
fn heading(args: &Export) -> Outcome<Vec<u8>> {
    if args.to != To::Csv {
        return Ok(Vec::new());
    }
    let columns = args.columns.iter().map(String::as_str);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = match args.columns.is_empty() {
        true => writer.write_record(COLUMNS),
        false => writer.write_record(["entry_id", "path"].into_iter().chain(columns)),
    };
    written.map_err(std::io::Error::from)?;
    writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()).into())
}

fn summary(args: &Export, output: &mut Output, counts: Counts) -> Outcome<()> {
    let Counts { items, attachments, losses, past } = counts;
    if output.format != Format::Text {
        let mut json = output.json();
        json.begin_object()?;
        json.field("to", args.to.name())?;
        json.field("out", &args.out.to_string_lossy())?;
        json.field_uint("messages", items)?;
        json.field_uint("attachments", attachments)?;
        json.field_uint("losses", losses)?;
        json.field_uint("done_before", past)?;
        json.end_object()?;
        return Ok(output.flush()?);
    }
    let past = if past > 0 { format!(" ({past} done before)") } else { String::new() };
    output.line(format_args!(
        "{}{past}, {}, {}",
        counted(items, "message"),
        counted(attachments, "attachment"),
        match losses {
            0 => "nothing lost".to_owned(),
            _ => format!(
                "{} named in ledger.jsonl",
                counted(losses, "loss").replace("losss", "losses")
            ),
        }
    ))?;
    Ok(output.flush()?)
}
