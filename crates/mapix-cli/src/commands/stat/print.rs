//! The result, for people, as JSON and as CSV.

use std::fs;
use std::io;

use mapix::store::{Diagnostic, Severity};

use super::routes::Compared;
use super::{Counted, full};
use crate::args::Format;
use crate::commands::show::{fact, facts};
use crate::exit::Outcome;
use crate::output::text::{safe, size};
use crate::output::{Cell, Column, Json, Output, Rows, Style, Width};
use crate::report;
use crate::source::Source;
use mapix::ledger::Ledger;

/// How many numbers of unexplained objects are named for people.
const NAMED: usize = 8;

/// Prints what was counted.
pub(crate) fn print(
    output: &mut Output,
    source: &Source,
    counted: &Counted,
    ledger: &Ledger,
) -> Outcome<()> {
    match output.format {
        Format::Text => text(output, source, counted, ledger),
        Format::Csv => csv(output, counted),
        _ => Ok(json(&mut output.json(), source, counted, ledger)?),
    }
}

/// The counts as a table: what does not fit into one is in the other forms.
fn csv(output: &mut Output, counted: &Counted) -> Outcome<()> {
    let names = ["kind", "index", "tables", "deleted", "orphans", "repeated", "agree"];
    let columns = names.map(|name| Column::new(name, Width::Rest)).into();
    let mut rows = Rows::new(output, columns, false);
    for (name, compared) in counted.routes.all() {
        rows.push(vec![
            Cell::Text(name.into()),
            Cell::Uint(compared.index()),
            Cell::Uint(compared.tables()),
            Cell::Uint(compared.deleted),
            Cell::Uint(compared.orphans),
            Cell::Uint(compared.repeated),
            Cell::Bool(compared.agrees()),
        ])?;
    }
    let parts = counted.parts;
    for (name, count) in [("attachments", parts.attachments), ("embedded", parts.embedded)] {
        let mut row = vec![Cell::None; names.len()];
        (row[0], row[1]) = (Cell::Text(name.into()), Cell::Uint(count));
        rows.push(row)?;
    }
    rows.finish()?;
    Ok(())
}

fn file_size(source: &Source) -> Option<u64> {
    fs::metadata(&source.path).ok().map(|metadata| metadata.len())
}

fn json(
    json: &mut Json<'_>,
    source: &Source,
    counted: &Counted,
    ledger: &Ledger,
) -> io::Result<()> {
    let info = source.store.info();
    let routes = &counted.routes;
    json.begin_object()?;
    json.field("file", &source.location)?;
    json.field("display_name", &info.display_name)?;
    json.field("format", &info.format)?;
    json.field("provider", info.provider)?;
    json.key("size")?;
    match file_size(source) {
        Some(bytes) => json.uint(bytes)?,
        None => json.null()?,
    }
    for (name, compared) in routes.all() {
        json.field_uint(name, compared.index())?;
    }
    json.field_uint("attachments", counted.parts.attachments)?;
    json.field_uint("embedded", counted.parts.embedded)?;
    json.field_uint("orphans", routes.messages.orphans + routes.associated.orphans)?;
    json.field_uint("deleted", routes.messages.deleted + routes.associated.deleted)?;
    json.key("routes")?;
    json.begin_object()?;
    json.key("agree")?;
    json.bool(routes.agree())?;
    for (name, compared) in routes.all() {
        json.key(name)?;
        write_compared(json, compared)?;
    }
    json.end_object()?;
    if let Some(read) = &counted.read {
        json.key("read")?;
        write_read(json, read)?;
    }
    json.key("details")?;
    json.begin_object()?;
    info.details.iter().try_for_each(|(name, value)| json.field(name, value))?;
    json.end_object()?;
    json.key("diagnostics")?;
    json.begin_array()?;
    counted.diagnostics.iter().try_for_each(|one| write_diagnostic(json, one))?;
    json.end_array()?;
    json.key("ledger")?;
    report::write_ledger(json, ledger)?;
    json.end_object()
}

fn write_compared(json: &mut Json<'_>, compared: &Compared) -> io::Result<()> {
    json.begin_object()?;
    json.field_uint("index", compared.index())?;
    json.field_uint("tables", compared.tables())?;
    json.field_uint("deleted", compared.deleted)?;
    json.field_uint("orphans", compared.orphans)?;
    json.field_uint("repeated", compared.repeated)?;
    for (name, ids) in
        [("only_index", &compared.only_index), ("only_tables", &compared.only_tables)]
    {
        json.key(name)?;
        json.begin_array()?;
        ids.iter().try_for_each(|id| json.string(&format!("0x{id:X}")))?;
        json.end_array()?;
    }
    json.key("agree")?;
    json.bool(compared.agrees())?;
    json.end_object()
}

fn write_read(json: &mut Json<'_>, read: &full::Read) -> io::Result<()> {
    json.begin_object()?;
    json.field_uint("properties", read.properties)?;
    json.field_uint("rows", read.rows)?;
    json.field_uint("recipients", read.recipients)?;
    json.field_uint("attachments", read.attachments)?;
    json.field_uint("embedded", read.embedded)?;
    json.field_uint("bytes", read.bytes)?;
    json.end_object()
}

fn write_diagnostic(json: &mut Json<'_>, one: &Diagnostic) -> io::Result<()> {
    json.begin_object()?;
    json.field("severity", severity(one))?;
    json.field("place", &one.place)?;
    json.field("cause", &one.cause)?;
    let nid = report::number(one);
    json.key("nid")?;
    json.optional(nid.map(|id| format!("0x{id:X}")).as_deref())?;
    json.end_object()
}

fn severity(one: &Diagnostic) -> &'static str {
    match one.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn text(output: &mut Output, source: &Source, counted: &Counted, ledger: &Ledger) -> Outcome<()> {
    let info = source.store.info();
    let title = output.style(Style::Bold, safe(&info.display_name));
    output.line(title)?;
    let bytes = file_size(source).map(|bytes| format!("{} ({bytes} bytes)", size(bytes)));
    let mut list = vec![
        ("file", source.location.clone()),
        ("format", info.format.clone()),
        ("size", bytes.unwrap_or_default()),
    ];
    let others = info.details.iter().filter(|(name, _)| *name != "size");
    list.extend(others.map(|(name, value)| (*name, value.clone())));
    facts(output, &list)?;
    output.line("")?;
    table(output, counted)?;
    output.line("")?;
    verdict(output, counted)?;
    if let Some(read) = &counted.read {
        let line = format!(
            "Read {} properties, {} rows and {} recipients: {}.",
            read.properties,
            read.rows,
            read.recipients,
            size(read.bytes)
        );
        output.line(line)?;
    }
    let total = ledger.total();
    let sum = format!(
        "Ledger: {} expected, {} done, {} skipped, {} failed, {} missing.",
        total.expected,
        total.done,
        total.skipped,
        total.failed,
        total.missing()
    );
    output.line(output.style(if ledger.is_clean() { Style::Bold } else { Style::Accent }, sum))?;
    let remarks = counted.diagnostics.len();
    if remarks > 0 {
        let remarks = crate::output::text::counted(remarks as u64, "remark");
        output.line(format!("{remarks} about the file; -v prints all of them."))?;
    }
    Ok(())
}

fn table(output: &mut Output, counted: &Counted) -> Outcome<()> {
    let columns = vec![
        Column::new("kind", Width::Rest).titled(""),
        Column::right("index", Width::Fit(12)),
        Column::right("tables", Width::Fit(12)),
        Column::right("deleted", Width::Fit(12)),
        Column::right("orphans", Width::Fit(12)),
        Column::right("read", Width::Fit(12)),
        Column::new("verdict", Width::Fit(14)).titled(""),
    ];
    let mut rows = Rows::new(output, columns, false);
    for (name, compared) in counted.routes.all() {
        let is_explained = compared.deleted + compared.orphans > 0;
        let verdict = match (compared.agrees(), is_explained) {
            (true, false) => "agree",
            (true, true) => "explained",
            (false, _) => "DIFFER",
        };
        rows.push(vec![
            Cell::Text(name.replace('_', " ")),
            Cell::Uint(compared.index()),
            Cell::Uint(compared.tables()),
            Cell::Count(compared.deleted),
            Cell::Count(compared.orphans),
            Cell::None,
            Cell::Text(verdict.into()),
        ])?;
    }
    let parts = counted.parts;
    let read = counted.read.as_ref();
    for (name, count, read) in [
        ("attachments", parts.attachments, read.map(|read| read.attachments)),
        ("embedded", parts.embedded, read.map(|read| read.embedded)),
    ] {
        let verdict = match read {
            Some(read) if read == count => "agree",
            Some(_) => "DIFFER",
            None => "",
        };
        rows.push(vec![
            Cell::Text(name.into()),
            Cell::Uint(count),
            Cell::None,
            Cell::None,
            Cell::None,
            read.map_or(Cell::None, Cell::Uint),
            Cell::Text(verdict.into()),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

/// In words: do the two routes agree?
fn verdict(output: &mut Output, counted: &Counted) -> Outcome<()> {
    let routes = &counted.routes;
    if routes.agree() {
        let explained = routes.all().iter().any(|(_, one)| one.deleted + one.orphans > 0);
        let line = if explained {
            "Both routes agree; what only the index has is deleted, or has lost its folder."
        } else {
            "Both routes agree: the index of the file, and the tables of its folders."
        };
        return Ok(output.line(line)?);
    }
    let list = |ids: &[u64]| {
        let mut text: Vec<String> =
            ids.iter().take(NAMED).map(|id| format!("nid:0x{id:X}")).collect();
        if ids.len() > NAMED {
            text.push(format!("and {} more", ids.len() - NAMED));
        }
        text.join(" ")
    };
    for (name, compared) in routes.all() {
        let name = name.replace('_', " ");
        if !compared.only_index.is_empty() {
            let ids = list(&compared.only_index);
            fact(output, "differ", &format!("{name} that no table shows: {ids}"))?;
        }
        if !compared.only_tables.is_empty() {
            let ids = list(&compared.only_tables);
            fact(output, "differ", &format!("{name} that the index does not have: {ids}"))?;
        }
    }
    Ok(())
}
