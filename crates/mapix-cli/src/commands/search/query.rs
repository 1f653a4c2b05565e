//! The text of a query: where it comes from, what is wrong with it, how it was understood.

use std::io::Read;

use mapix::prop::FileTime;
use mapix::query::{Chunk, Context, NoNames, Place, Query, QueryError, Searcher};
use mapix::restriction::{Matcher, Restriction};

use mapix::store::SearchPlan;

use super::kind;
use crate::args::Format;
use crate::exit::{Failure, Outcome};
use crate::output::text::{safe, safe_lines, wrap};
use crate::output::{Cell, Column, Output, Rows, Style, Width};
use crate::source::Source;

/// What is looked for, as it was asked.
pub(crate) struct Asked {
    query: String,
    restriction: Option<String>,
}

impl Asked {
    /// From the command line; `-` stands for standard input. `None` if something is wrong with it,
    /// which was said.
    pub(crate) fn read(
        query: Option<&str>,
        restriction: Option<&str>,
        width: usize,
    ) -> Outcome<Option<Self>> {
        if (query, restriction) == (Some("-"), Some("-")) {
            return Err(Failure::usage("only one of query and restriction can be `-`"));
        }
        let query = text("query", query.unwrap_or_default())?;
        if let Err(error) = Query::parse(&query, &Context::now()) {
            complain("query", &error, &query, width);
            return Ok(None);
        }
        let restriction = restriction.map(|asked| text("restriction", asked)).transpose()?;
        if let Some(text) = &restriction {
            let parsed = match Restriction::parse(text, &NoNames) {
                Ok(parsed) => parsed,
                Err(error) => {
                    complain("restriction", &error, text, width);
                    return Ok(None);
                }
            };
            Matcher::new(&parsed).map_err(|error| {
                Failure::usage(format!("the restriction is wrong: {}", error.message()))
            })?;
        }
        Ok(Some(Self { query, restriction }))
    }

    /// Both together, from a moment.
    pub(crate) fn query(&self, now: FileTime) -> Outcome<Query> {
        let query = Query::parse(&self.query, &Context { now })
            .map_err(|error| Failure::usage(format!("the query is wrong: {error}")))?;
        let restriction = self.restriction.as_deref().map(|text| Query::Restriction(text.into()));
        Ok(Query::and([query].into_iter().chain(restriction)))
    }

    /// What tells it from others.
    pub(crate) fn texts(&self) -> [String; 2] {
        [self.query.clone(), self.restriction.clone().unwrap_or_default()]
    }
}

/// The text; `-` stands for standard input, of which not more is read than a text may have.
fn text(what: &str, asked: &str) -> Outcome<String> {
    if asked != "-" {
        return Ok(asked.into());
    }
    let mut bytes = Vec::new();
    // And the end of a line, and one more.
    let limit = Query::MAX_LENGTH as u64 + 3;
    let read = std::io::stdin().take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(format!("cannot read the {what}: {error}")))?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > Query::MAX_LENGTH {
        let most = Query::MAX_LENGTH;
        return Err(Failure::usage(format!("the {what} has more than {most} bytes")));
    }
    let text = std::str::from_utf8(line).map(str::to_owned);
    text.map_err(|_| Failure::usage(format!("the {what} on standard input is not UTF-8")))
}

/// Says on standard error what is wrong, with a caret under the place.
fn complain(what: &str, error: &QueryError, text: &str, width: usize) {
    const INDENT: usize = 2;
    let width = width - INDENT;
    let shown = error.render(text, width);
    eprintln!("mapix: the {what} is wrong:");
    for (index, line) in safe_lines(&shown).lines().enumerate() {
        match index {
            0 | 1 => eprintln!("{:INDENT$}{line}", ""),
            _ => wrap(line, width).iter().for_each(|line| eprintln!("{:INDENT$}{line}", "")),
        }
    }
}

/// A restriction, and the parts of the search that it is for.
struct Group<'a> {
    restriction: Restriction,
    chunks: Vec<&'a Chunk>,
}

/// Prints how the query was understood.
pub(super) fn explain(
    output: &mut Output,
    source: &Source,
    searcher: &Searcher,
    chunks: &[Chunk],
    plan: Option<&SearchPlan>,
) -> Outcome<()> {
    let groups = groups(source, searcher.query(), chunks)?;
    match output.format {
        Format::Text => write_text(output, searcher.query(), &groups, plan)?,
        Format::Csv => write_csv(output, &groups)?,
        Format::Json | Format::Jsonl => write_json(output, searcher.query(), &groups, plan)?,
    }
    Ok(output.flush()?)
}

fn groups<'a>(source: &Source, query: &Query, chunks: &'a [Chunk]) -> Outcome<Vec<Group<'a>>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for chunk in chunks {
        let names: Vec<String> = chunk.path().split('/').map(decode).collect();
        let folder = chunk.folder().map(|_| &*names);
        let place = Place { folder, held: chunk.held() };
        let restriction = query.to_restriction(&source.store, &place)?;
        match groups.iter_mut().find(|group| group.restriction == restriction) {
            Some(group) => group.chunks.push(chunk),
            None => groups.push(Group { restriction, chunks: vec![chunk] }),
        }
    }
    Ok(groups)
}

/// A name in the path of a chunk.
fn decode(name: &str) -> String {
    name.replace("%2F", "/").replace("%25", "%")
}

fn write_text(
    output: &mut Output,
    query: &Query,
    groups: &[Group<'_>],
    plan: Option<&SearchPlan>,
) -> Outcome<()> {
    const INDENT: usize = 2;
    let mut part = |title: &str, text: &str| -> Outcome<()> {
        let title = output.style(Style::Bold, title);
        output.line(title)?;
        for line in wrap(&safe(text), output.width - INDENT) {
            output.line(format_args!("{:INDENT$}{line}", ""))?;
        }
        Ok(())
    };
    part("query", &query.to_string())?;
    for (number, step) in (1..).zip(plan.iter().flat_map(|plan| &plan.steps)) {
        part(&format!("step {number}"), step)?;
    }
    if groups.is_empty() {
        part("restriction", "none: there is no place where an item could fit")?;
    }
    for Group { restriction, chunks } in groups {
        part("restriction", &restriction.to_string())?;
        part(
            "for items in",
            &chunks.iter().map(|chunk| place(chunk)).collect::<Vec<_>>().join(", "),
        )?;
    }
    Ok(())
}

/// A part of the search in words.
fn place(chunk: &Chunk) -> String {
    let path = match (chunk.folder(), chunk.path()) {
        (None, _) => return "no folder (orphan)".into(),
        (_, "") => "@root",
        (_, path) => path,
    };
    match kind(chunk.held()).word() {
        "" => path.into(),
        word => format!("{path} ({word})"),
    }
}

fn write_csv(output: &mut Output, groups: &[Group<'_>]) -> Outcome<()> {
    let columns = ["path", "kind", "restriction"].map(|key| Column::new(key, Width::Rest));
    let mut rows = Rows::new(output, columns.into(), true);
    for group in groups {
        let restriction = group.restriction.to_string();
        for chunk in &group.chunks {
            rows.push(vec![
                Cell::text(chunk.folder().map(|_| chunk.path().to_owned())),
                Cell::Word(kind(chunk.held()).name(), true),
                Cell::Text(restriction.clone()),
            ])?;
        }
    }
    rows.finish()?;
    Ok(())
}

fn write_json(
    output: &mut Output,
    query: &Query,
    groups: &[Group<'_>],
    plan: Option<&SearchPlan>,
) -> Outcome<()> {
    let mut json = output.json();
    json.begin_object()?;
    json.field("query", &query.to_string())?;
    if let Some(plan) = plan {
        json.key("plan")?;
        json.begin_array()?;
        for step in &plan.steps {
            json.string(step)?;
        }
        json.end_array()?;
    }
    json.key("restrictions")?;
    json.begin_array()?;
    for group in groups {
        json.begin_object()?;
        json.field("restriction", &group.restriction.to_string())?;
        json.key("places")?;
        json.begin_array()?;
        for chunk in &group.chunks {
            json.begin_object()?;
            json.key("path")?;
            json.optional(chunk.folder().map(|_| chunk.path()))?;
            json.field("kind", kind(chunk.held()).name())?;
            json.end_object()?;
        }
        json.end_array()?;
        json.end_object()?;
    }
    json.end_array()?;
    Ok(json.end_object()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_paths() {
        for (coded, name) in [("a%2Fb", "a/b"), ("%2525", "%25"), ("%252F", "%2F"), ("5%", "5%")] {
            assert_eq!(decode(coded), name);
        }
    }
}
