//! `mapix check`: the structure of a file is judged.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use mapix::ErrorCode;
use mapix::care;
use mapix::check::{self, CheckOptions, CheckReport, Checked, Grade, Rule, Step, Watch};

use mapix_convert::Bodies;

use crate::args::{Check, Format, Global};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::text::{counted, safe, size, wrap};
use crate::output::{Cell, Column, Json, Output, Rows, Style, Width};
use crate::progress::Progress;
use crate::source::SAMPLE;
use crate::{in_profile, interrupt};

pub(crate) fn run(args: &Check, global: &Global, output: &mut Output) -> Outcome {
    if args.file == Path::new(SAMPLE) {
        return Err(Failure::usage("the sample mailbox is no file, so it has no structure"));
    }
    if global.ledger.is_some() {
        return Err(Failure::usage("check keeps no ledger; --format jsonl gives its findings"));
    }
    let file = in_profile::file(&args.file)?;
    let result = if care::is_store(&file)? {
        let mut watch = || {
            if interrupt::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        care::check(&file, args.quick, args.limit, Some(&Bodies), &mut watch).map(Judgement::from)
    } else {
        let depth = if args.quick { Step::Trees } else { Step::Nodes };
        let options = CheckOptions { depth, keep: args.limit };
        let mut watcher = Watcher { global, progress: None };
        check::check(&file, &options, &mut watcher).map(Judgement::from)
    };
    let report = match result {
        Err(error) if error.code() == ErrorCode::CANCEL => return Err(Failure::Interrupted),
        result => result?,
    };
    match output.format {
        Format::Text => text(args, &report, output)?,
        Format::Csv => csv(&report, output)?,
        Format::Json => document(args, &report, &mut output.json())?,
        Format::Jsonl => {
            for found in &report.findings {
                finding(found, &mut output.json())?;
            }
            summary(args, &report, &mut output.json())?;
        }
    }
    output.flush()?;
    Ok(match report.format {
        None => Exit::Input,
        Some(_) if report.ok => Exit::Done,
        Some(_) => Exit::SomeFailed,
    })
}

/// What was found, in files of any kind.
struct Judgement {
    format: Option<String>,
    size: u64,
    ok: bool,
    /// How many findings have each grade, in the order of [`Grade::ALL`].
    grades: [u64; 4],
    /// How many findings each rule has.
    counts: BTreeMap<&'static str, u64>,
    checked: Vec<(&'static str, u64)>,
    findings: Vec<Found>,
}

/// Something that was found, and where: in words, and in parts.
struct Found {
    rule: &'static Rule,
    place: String,
    node: Option<String>,
    part: Option<String>,
    bid: Option<String>,
    offset: Option<String>,
    detail: String,
}

impl Judgement {
    fn count(&self, grade: Grade) -> u64 {
        self.grades[grade as usize]
    }
}

impl From<CheckReport> for Judgement {
    fn from(report: CheckReport) -> Self {
        let (ok, grades) = (report.ok(), Grade::ALL.map(|grade| report.count(grade)));
        let (counts, checked) = (report.counts().clone(), counters(&report.checked).to_vec());
        let found = |found: check::Finding| {
            let place = found.place;
            let nodes: Vec<String> = place.nodes.iter().map(|nid| format!("{nid:?}")).collect();
            Found {
                rule: found.rule,
                node: (!nodes.is_empty()).then(|| nodes.join("/")),
                bid: place.bid.map(|bid| format!("{bid:?}")),
                offset: place.offset.map(|offset| format!("{offset:#x}")),
                place: place.to_string(),
                part: place.part,
                detail: found.detail,
            }
        };
        let findings = report.findings.into_iter().map(found).collect();
        Self { format: report.format, size: report.size, ok, grades, counts, checked, findings }
    }
}

impl From<care::CheckReport> for Judgement {
    fn from(report: care::CheckReport) -> Self {
        let (ok, grades) = (report.ok(), Grade::ALL.map(|grade| report.count(grade)));
        let found = |found: care::Finding| Found {
            rule: found.rule,
            node: None,
            part: Some(found.place.clone()),
            bid: None,
            offset: None,
            place: found.place,
            detail: found.detail,
        };
        Self {
            ok,
            grades,
            findings: report.findings.into_iter().map(found).collect(),
            format: report.format,
            size: report.size,
            counts: report.counts,
            checked: report.checked.into_iter().collect(),
        }
    }
}

/// Shows how far the check is, and stops it on Ctrl-C.
struct Watcher<'a> {
    global: &'a Global,
    progress: Option<(Step, Progress, u64)>,
}

impl Watch for Watcher<'_> {
    fn progress(&mut self, step: Step, done: u64, total: u64) -> ControlFlow<()> {
        match &mut self.progress {
            Some((known, progress, before)) if *known == step => {
                progress.add(done.saturating_sub(*before));
                *before = done;
            }
            _ => {
                // The bar of the step before is taken away first.
                self.progress = None;
                let what = match step {
                    Step::Trees => "pages",
                    Step::Blocks => "blocks",
                    Step::Nodes => "nodes",
                };
                self.progress = Some((step, Progress::new(self.global, what, total), done));
            }
        }
        if interrupt::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// For people: rule by rule, the worst first, with what it means.
fn text(args: &Check, report: &Judgement, output: &mut Output) -> io::Result<()> {
    for grade in Grade::ALL.into_iter().rev() {
        for (id, count) in &report.counts {
            let of_rule = || report.findings.iter().filter(|found| found.rule.id == *id);
            let Some(first) = of_rule().next().filter(|found| found.rule.grade == grade) else {
                continue;
            };
            let style = if grade == Grade::Remark { Style::Dim } else { Style::Accent };
            let name = output.style(style, grade.name());
            let title = output.style(Style::Bold, first.rule.title);
            output.line(format!("{name} {id}: {title}"))?;
            for line in wrap(first.rule.meaning, output.width - 2) {
                output.line(format!("  {line}"))?;
            }
            for found in of_rule() {
                let place = safe(&found.place).into_owned();
                let line = match found.detail.as_str() {
                    "" => place,
                    detail => format!("{place}: {}", safe(detail)),
                };
                let line = output.style(Style::Dim, format!("    {line}"));
                output.line(line)?;
            }
            let more = count.saturating_sub(of_rule().count() as u64);
            if more > 0 {
                output.line(output.style(Style::Dim, format!("    and {more} more")))?;
            }
        }
    }
    if let Some(format) = &report.format {
        let checked: Vec<String> = report
            .checked
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let head = format!("{}: {format}, {}; ", args.file.display(), size(report.size));
        for line in wrap(&format!("{}{}", safe(&head), checked.join(", ")), output.width) {
            output.line(line)?;
        }
    }
    let verdict = if report.ok { "nothing is wrong" } else { "something is wrong" };
    let grades: Vec<String> = Grade::ALL
        .into_iter()
        .rev()
        .filter(|grade| report.count(*grade) > 0)
        .map(|grade| match grade {
            Grade::Fatal => format!("{} fatal", report.count(grade)),
            _ => counted(report.count(grade), grade.name()),
        })
        .collect();
    let grades =
        if grades.is_empty() { String::new() } else { format!(" ({})", grades.join(", ")) };
    output.line(output.style(Style::Bold, format!("{verdict}{grades}")))
}

fn csv(report: &Judgement, output: &mut Output) -> io::Result<()> {
    let columns = ["id", "grade", "node", "part", "bid", "offset", "title", "detail", "meaning"];
    let columns = columns.into_iter().map(|key| Column::new(key, Width::Rest)).collect();
    let mut rows = Rows::new(output, columns, false);
    for found in &report.findings {
        rows.push(vec![
            Cell::Text(found.rule.id.into()),
            Cell::Text(found.rule.grade.name().into()),
            Cell::text(found.node.clone()),
            Cell::text(found.part.clone()),
            Cell::text(found.bid.clone()),
            Cell::text(found.offset.clone()),
            Cell::Text(found.rule.title.into()),
            Cell::Text(found.detail.clone()),
            Cell::Text(found.rule.meaning.into()),
        ])?;
    }
    rows.finish().map(|_| ())
}

fn finding(found: &Found, json: &mut Json<'_>) -> io::Result<()> {
    let Found { node, part, bid, offset, .. } = found;
    json.begin_object()?;
    json.field("id", found.rule.id)?;
    json.field("grade", found.rule.grade.name())?;
    for (key, value) in [("node", node), ("part", part), ("bid", bid), ("offset", offset)] {
        json.key(key)?;
        json.optional(value.as_deref())?;
    }
    json.field("title", found.rule.title)?;
    json.field("detail", &found.detail)?;
    json.field("meaning", found.rule.meaning)?;
    json.end_object()
}

fn document(args: &Check, report: &Judgement, json: &mut Json<'_>) -> io::Result<()> {
    json.begin_object()?;
    facts(args, report, json)?;
    json.key("findings")?;
    json.begin_array()?;
    for found in &report.findings {
        finding(found, json)?;
    }
    json.end_array()?;
    json.end_object()
}

fn summary(args: &Check, report: &Judgement, json: &mut Json<'_>) -> io::Result<()> {
    json.begin_object()?;
    facts(args, report, json)?;
    json.end_object()
}

fn facts(args: &Check, report: &Judgement, json: &mut Json<'_>) -> io::Result<()> {
    json.field("file", &args.file.display().to_string())?;
    json.key("format")?;
    json.optional(report.format.as_deref())?;
    json.field_uint("size", report.size)?;
    json.key("ok")?;
    json.bool(report.ok)?;
    json.key("grades")?;
    json.begin_object()?;
    for grade in Grade::ALL {
        json.field_uint(grade.name(), report.count(grade))?;
    }
    json.end_object()?;
    json.key("rules")?;
    json.begin_object()?;
    for (id, count) in &report.counts {
        json.field_uint(id, *count)?;
    }
    json.end_object()?;
    json.key("checked")?;
    json.begin_object()?;
    for (name, count) in &report.checked {
        json.field_uint(name, *count)?;
    }
    json.end_object()
}

fn counters(checked: &Checked) -> [(&'static str, u64); 11] {
    [
        ("pages", checked.pages),
        ("blocks", checked.blocks),
        ("nodes", checked.nodes),
        ("subnodes", checked.subnodes),
        ("heaps", checked.heaps),
        ("properties", checked.properties),
        ("tables", checked.tables),
        ("rows", checked.rows),
        ("folders", checked.folders),
        ("messages", checked.messages),
        ("attachments", checked.attachments),
    ]
}
