//! What standard error is told at the end, and the ledger as JSON.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use mapix::ledger::{Count, Entry, Kind, Ledger};
use mapix::store::{Diagnostic, ObjectRef, Severity};

use crate::args::Global;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output::Json;
use crate::output::text::{counted, safe};
use crate::source::Source;

/// How many failed items are named on standard error; all are in the ledger file.
const SHOWN: usize = 20;

/// A message on standard error, unless there shall be none.
pub(crate) fn note(global: &Global, text: impl fmt::Display) {
    if !global.quiet {
        eprintln!("mapix: {text}");
    }
}

/// A ledger that lists what the options ask for. Complains early if it could not be written.
pub(crate) fn ledger(global: &Global) -> Outcome<Ledger> {
    match &global.ledger {
        None => Ok(Ledger::new()),
        Some(path) if path.exists() => Err(Failure::usage(format!(
            "{} exists already; the ledger does not overwrite anything",
            path.display()
        ))),
        Some(_) => Ok(Ledger::listing_done()),
    }
}

/// Ends a walk: logs off, writes the ledger where it is wanted, and gives the exit code. Told of
/// an interruption, it does the same with what there is.
pub(crate) fn conclude(
    global: &Global,
    source: &Source,
    ledger: &mut Ledger,
    result: Outcome<()>,
) -> Outcome {
    conclude_one(global, source, ledger, None, result)
}

/// The same for a run that was about a single object.
pub(crate) fn conclude_one(
    global: &Global,
    source: &Source,
    ledger: &mut Ledger,
    about: Option<u64>,
    result: Outcome<()>,
) -> Outcome {
    let stopped = matches!(result, Err(Failure::Interrupted)) || interrupt::requested();
    if let Err(error) = result
        && !matches!(error, Failure::Interrupted)
    {
        return Err(error);
    }
    // A mailbox that is logged off already has said what there was to say.
    let diagnostics = source.store.diagnostics().unwrap_or_default();
    enter_diagnostics(ledger, &diagnostics, about);
    write_wanted(global, ledger)?;
    print(global, ledger, &diagnostics, stopped);
    source.logoff()?;
    if stopped { Err(Failure::Interrupted) } else { Ok(Exit::of(ledger)) }
}

/// Writes the ledger into its file, if there is to be one.
pub(crate) fn write_wanted(global: &Global, ledger: &Ledger) -> Outcome<()> {
    let Some(path) = &global.ledger else { return Ok(()) };
    write_file(path, ledger).map_err(|error| {
        let place = format!("{}: {error}", path.display());
        Failure::Output(io::Error::new(error.kind(), place))
    })
}

/// What the store found to be lost counts as failed, unless something failed because of it. Where
/// the run was about a single object, what is wrong elsewhere does not count.
pub(crate) fn enter_diagnostics(
    ledger: &mut Ledger,
    diagnostics: &[Diagnostic],
    about: Option<u64>,
) {
    if ledger.total().failed > 0 {
        return;
    }
    let counts = |one: &&Diagnostic| {
        one.severity == Severity::Error && (about.is_none() || number(one) == about)
    };
    for one in diagnostics.iter().filter(counts) {
        ledger.expect(Kind::Property, 1);
        ledger.failed(Kind::Property, None, one.place.as_str(), &one.cause);
    }
}

/// The number of the folder or message that a remark is about.
pub(crate) fn number(one: &Diagnostic) -> Option<u64> {
    match one.object.as_ref()? {
        ObjectRef::Store => None,
        ObjectRef::Folder(id) => Some(*id),
        ObjectRef::Message(place) | ObjectRef::Attachment(place, _) => Some(place.id),
    }
}

fn print(global: &Global, ledger: &Ledger, diagnostics: &[Diagnostic], stopped: bool) {
    if global.quiet && !stopped {
        return;
    }
    let failed = |entry: &&&Entry| entry.state == mapix::ledger::State::Failed;
    let entries = ledger.entries();
    let mut failures = entries.iter().filter(failed);
    for entry in failures.by_ref().take(SHOWN) {
        let id = entry.entry_id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let reason = safe(&entry.reason);
        eprintln!("mapix: failed: {}: {}{id}: {reason}", safe(&entry.path), entry.kind.title());
    }
    let more = failures.count();
    if more > 0 {
        eprintln!("mapix: and {more} more; --ledger FILE lists them all");
    }
    if global.verbose == 0 {
        // One warning, such as that the file was cut off, is worth a line to everybody.
        let warning = |one: &&Diagnostic| one.severity == Severity::Warning;
        let mut warnings = diagnostics.iter().filter(warning);
        if let Some(first) = warnings.next() {
            eprintln!("mapix: warning: {}", safe(&first.to_string()));
        }
        let more = warnings.count();
        if more > 0 {
            eprintln!("mapix: and {}; -v prints them", counted(more as u64, "more warning"));
        }
    } else {
        for one in diagnostics {
            let severity = match one.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            eprintln!("mapix: {severity}: {}", safe(&one.to_string()));
        }
    }
    if global.verbose > 0 || stopped || !ledger.is_clean() {
        for line in ledger.to_string().lines() {
            eprintln!("mapix: {line}");
        }
    }
}

/// One line for each kind, then one for each item.
fn write_file(path: &Path, ledger: &Ledger) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let mut file = BufWriter::new(File::create(&aside)?);
    for (kind, count) in ledger.counts() {
        let mut json = Json::compact(&mut file);
        json.begin_object()?;
        json.field("event", "count")?;
        json.field("kind", kind.name())?;
        write_count(&mut json, &count)?;
        json.end_object()?;
    }
    for entry in ledger.entries() {
        let mut json = Json::compact(&mut file);
        json.begin_object()?;
        json.field("event", "item")?;
        write_entry(&mut json, entry)?;
        json.end_object()?;
    }
    file.flush()?;
    drop(file);
    fs::rename(aside, path)
}

/// The ledger as a JSON object: sums, kinds, and what is listed.
pub(crate) fn write_ledger(json: &mut Json<'_>, ledger: &Ledger) -> io::Result<()> {
    json.begin_object()?;
    write_count(json, &ledger.total())?;
    json.key("kinds")?;
    json.begin_object()?;
    for (kind, count) in ledger.counts() {
        json.key(kind.name())?;
        json.begin_object()?;
        write_count(json, &count)?;
        json.end_object()?;
    }
    json.end_object()?;
    json.key("entries")?;
    json.begin_array()?;
    for entry in ledger.entries() {
        if entry.state != mapix::ledger::State::Done {
            json.begin_object()?;
            write_entry(json, entry)?;
            json.end_object()?;
        }
    }
    json.end_array()?;
    json.end_object()
}

pub(crate) fn write_count(json: &mut Json<'_>, count: &Count) -> io::Result<()> {
    json.field_uint("expected", count.expected)?;
    json.field_uint("done", count.done)?;
    json.field_uint("skipped", count.skipped)?;
    json.field_uint("failed", count.failed)?;
    json.field_uint("missing", count.missing())
}

pub(crate) fn write_entry(json: &mut Json<'_>, entry: &Entry) -> io::Result<()> {
    json.field("kind", entry.kind.name())?;
    json.field("state", entry.state.name())?;
    json.key("entry_id")?;
    json.optional(entry.entry_id.as_ref().map(ToString::to_string).as_deref())?;
    json.field("path", &entry.path)?;
    json.field("reason", &entry.reason)
}
