//! `mapix export`: messages as files that other programs read.
//!
//! | file | question it answers |
//! |---|---|
//! | `request` | Can it be done here, and was it begun before? |
//! | `plan` | Which messages, in which order? |
//! | `names` | What are directories and files called? |
//! | `write`, `mailbox`, `attachments` | How does one message become what was asked for? |
//! | `made`, `hashes` | What became of it, and what was seen on the way? |
//! | `target` | What is in the directory, and in which order? |
//! | `record` | What does the manifest say? |
//! | `journal` | What was done when a run is stopped? |
//! | `file` | How does a file get its name only when it is whole and on the disk? |
//! | `spool` | Where does a message wait for its turn? |

mod attachments;
mod file;
mod hashes;
mod journal;
mod made;
mod mailbox;
mod names;
mod plan;
mod record;
mod request;
mod spool;
mod target;
mod write;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mapix::ledger::{Kind, Ledger};
use mapix_convert::{EmlOptions, Names};

use crate::args::{Export, Format, Global, To};
use crate::commands::ls;
use crate::commands::search::query::Asked;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::output::text::counted;
use crate::progress::Progress;
use crate::source::Source;
use crate::{interrupt, parallel, report};
use journal::Past;
use made::Made;
use request::{Begun, stamp};
use target::{Counts, Target};
use write::Writer;

pub(crate) fn run(args: &Export, global: &Global, output: &mut Output) -> Outcome {
    if global.format == Format::Csv {
        return Err(Failure::usage("export has no CSV output; `--to csv` writes a table"));
    }
    request::check(args)?;
    let asked = args.query.as_deref().or(args.query_option.as_deref());
    let restriction = args.restriction.as_deref();
    let Some(asked) = Asked::read(asked, restriction, output.width)? else {
        return Ok(Exit::Usage);
    };
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let before = stamp(&args.file);
    let Some(Begun { journal, now, past }) = request::begin(args, &source, &asked)? else {
        report::note(global, format_args!("{} is complete already", args.out.display()));
        return report::conclude(global, &source, &mut ledger, Ok(()));
    };
    let query = asked.query(now)?;
    let plan = match plan::make(args, global, &source, query, &mut ledger) {
        Err(Failure::Interrupted) => {
            return report::conclude(global, &source, &mut ledger, Err(Failure::Interrupted));
        }
        plan => plan?,
    };
    let columns = args.columns.iter().map(|text| ls::find_tag(&source, text));
    let mut eml = EmlOptions::new(Names::of(&source.store).unwrap_or_default());
    eml.budget = source.budget();
    let writer = Writer {
        to: args.to,
        dir: args.out.clone(),
        source: &source,
        plan: &plan,
        eml,
        columns: columns.collect::<Outcome<_>>()?,
        properties: args.properties,
        spools: AtomicUsize::new(0),
    };
    let target = Target::new(&args.out, journal, request::heading(args)?)?;
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
            match target.directory(&place.dir, writer.to == To::Maildir) {
                // What is in it will say so as well.
                Err(error) if file::is_refused_name(&error) => {
                    ledger.expect(Kind::Folder, 1);
                    ledger.failed(Kind::Folder, None, Arc::clone(&place.path), error);
                }
                made => made?,
            }
        }
    }
    past.closed
        .retain(|file, (bytes, sha256)| file::is_intact(&writer.dir.join(file), *bytes, sha256));
    // A file with many items counts only if all of them are in it.
    for item in &writer.plan.items {
        if !past.items.contains_key(&item.key()) {
            for file in writer.containers(item) {
                past.closed.remove(&file);
            }
        }
    }
    let is_empty_table = writer.to == To::Csv && !past.closed.contains_key("items.csv");
    if is_empty_table {
        target.open(&["items.csv".into()])?;
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
            made.and_then(|made| target.take(&item, &writer.containers(&item), path, made, ledger));
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
        Some(failure) => {
            // What is done stays done, if that can be written yet.
            let _ = target.settle();
            return Err(failure);
        }
    };
    conclude(ledger);
    let is_complete = !stopped && ledger.is_clean();
    let counts = target.finish(ledger, stopped, is_complete)?;
    Ok((if stopped { Err(Failure::Interrupted) } else { Ok(()) }, counts))
}

/// What an earlier run made of an item, if it is all there.
fn past_of(writer: &Writer<'_>, past: &Past, item: &plan::Item) -> Option<Made> {
    let entry = past.items.get(&item.key())?;
    let containers = writer.containers(item);
    let is_there = match containers.is_empty() {
        true => target::are_intact(&writer.dir, &entry.records),
        false => containers.iter().all(|file| past.closed.contains_key(file)),
    };
    let entry_id = entry.records.first().and_then(|record| record.get("entry_id").parse().ok());
    is_there.then(|| Made { entry: entry.clone(), entry_id, is_past: true, ..Made::default() })
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
