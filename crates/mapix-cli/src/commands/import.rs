//! `mapix import`: mailboxes and mail into a mailbox of mapix, each item once.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use mapix::ledger::Ledger;
use mapix::transfer::{Dedupe, End, Feed, StoreFeed, Summary, Transfer};
use mapix::{ErrorCode, Folder, Object};
use mapix_convert::MailFeed;

use crate::args::{DedupeBy, Format, Global, Import};
use crate::exit::{Failure, Outcome};
use crate::in_profile::InProfile;
use crate::output::Output;
use crate::output::text::{counted, safe, size};
use crate::progress::Progress;
use crate::source::{SAMPLE, Source};
use crate::{interrupt, report};

pub(crate) fn run(args: &Import, global: &Global, output: &mut Output) -> Outcome {
    if matches!(global.format, Format::Csv | Format::Jsonl) {
        return Err(Failure::usage("import gives text or json"));
    }
    let mut ledger = report::ledger(global)?;
    // So that a wrong name makes no empty mailbox.
    for source in &args.sources {
        let named = source == Path::new(SAMPLE) || InProfile::parse(source).is_some();
        if !named && !source.exists() {
            let text = format!("{} is not there", source.display());
            return Err(Failure::Input(mapix::Error::not_found(text)));
        }
    }
    let is_there = InProfile::parse(&args.into).is_some() || args.into.exists();
    let target = if args.dry_run && !is_there {
        Source::in_memory(&args.into)?
    } else {
        Source::create(&args.into, global)?
    };
    let under = match args.under.as_deref() {
        Some(address) => Some(folder(&target, address)?),
        None => None,
    };
    let progress = Arc::new(Progress::new(global, "items", 0));
    let mut total = Summary::default();
    let mut result = Ok(());
    for source in &args.sources {
        let mut transfer = Transfer::into(&target.store)
            .dedupe(match args.dedupe {
                DedupeBy::Content => Dedupe::Content,
                DedupeBy::MessageId => Dedupe::MessageId,
                DedupeBy::None => Dedupe::None,
            })
            .jobs(global.jobs())
            .dry_run(args.dry_run)
            .stop_when(interrupt::requested);
        if let Some(under) = &under {
            transfer = transfer.under(under);
        }
        let told = Arc::clone(&progress);
        transfer = transfer.on_progress(move |count| told.add(count));
        let summary = match import(args, global, source, &transfer, &mut ledger) {
            Ok(summary) => summary,
            Err(failure) => {
                result = Err(failure);
                break;
            }
        };
        let end = add(&mut total, summary);
        result = match end {
            End::Complete => continue,
            End::TargetFailed(error) => Err(Failure::Output(std::io::Error::other(error))),
            End::Stopped => Err(Failure::Interrupted),
        };
        break;
    }
    drop(progress);
    let result = result.and_then(|()| Ok(print(args, output, &total, &ledger)?));
    report::conclude(global, &target, &mut ledger, result)
}

/// Imports one source: a mailbox that a provider knows, or else mail.
fn import(
    args: &Import,
    global: &Global,
    path: &Path,
    transfer: &Transfer,
    ledger: &mut Ledger,
) -> Outcome<Summary> {
    let source = if path.is_dir() {
        None
    } else {
        match Source::open(path, global) {
            Ok(source) => Some(source),
            Err(Failure::Input(error)) if error.code() == ErrorCode::NO_SUPPORT => None,
            Err(failure) => return Err(failure),
        }
    };
    let Some(source) = source else {
        if args.folder.is_some() {
            let text = format!("--folder: {} is not a mailbox with folders", path.display());
            return Err(Failure::usage(text));
        }
        return take(transfer, &MailFeed::new(path), ledger, path);
    };
    let mut feed = StoreFeed::new(&source.store).deleted(args.deleted).orphans(args.orphans);
    if let Some(address) = args.folder.as_deref() {
        feed = feed.below(&folder(&source, address)?);
    }
    let summary = take(transfer, &feed, ledger, path)?;
    report::enter_diagnostics(ledger, &source.store.diagnostics()?, None);
    source.logoff()?;
    Ok(summary)
}

fn take(
    transfer: &Transfer,
    feed: &dyn Feed,
    ledger: &mut Ledger,
    path: &Path,
) -> Outcome<Summary> {
    let place = || path.display().to_string();
    transfer.run(feed, ledger).map_err(|error| Failure::Input(error.context(place())))
}

fn folder(source: &Source, address: &str) -> Outcome<Folder> {
    match source.find(Some(address))? {
        Object::Folder(folder) => Ok(folder),
        _ => Err(Failure::usage(format!("{address} is not a folder"))),
    }
}

fn add(total: &mut Summary, more: Summary) -> End {
    total.messages += more.messages;
    total.known += more.known;
    total.duplicates += more.duplicates;
    total.attachments += more.attachments;
    total.bytes += more.bytes;
    total.folders += more.folders;
    more.end
}

fn print(
    args: &Import,
    output: &mut Output,
    total: &Summary,
    ledger: &Ledger,
) -> std::io::Result<()> {
    if output.format == Format::Json {
        let mut json = output.json();
        json.begin_object()?;
        json.field_uint("messages", total.messages)?;
        json.field_uint("known", total.known)?;
        json.field_uint("duplicates", total.duplicates)?;
        json.field_uint("attachments", total.attachments)?;
        json.field_uint("bytes", total.bytes)?;
        json.field_uint("folders", total.folders)?;
        json.key("ledger")?;
        report::write_ledger(&mut json, ledger)?;
        json.end_object()?;
        return output.flush();
    }
    say(output, &args.into.display().to_string(), total, args.dry_run)?;
    output.flush()
}

/// Says what was imported, in one line.
pub(crate) fn say(
    output: &mut Output,
    into: &str,
    total: &Summary,
    dry_run: bool,
) -> std::io::Result<()> {
    let would = if dry_run { "would be " } else { "" };
    let mut line = format!(
        "{} {would}imported into {}: {}, {}",
        counted(total.messages, "item"),
        safe(into),
        counted(total.attachments, "attachment"),
        size(total.bytes),
    );
    for (count, what) in [(total.known, "imported before"), (total.duplicates, "there already")] {
        if count > 0 {
            // Writing to memory does not fail.
            let _ = write!(line, "; {count} {what}");
        }
    }
    output.line(line)
}
