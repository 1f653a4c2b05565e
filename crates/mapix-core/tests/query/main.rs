//! The query language: what is understood, what is refused and how, what it means, and what a
//! search finds.

mod errors;
mod laws;
mod meaning;
mod oracle;
mod page;
mod raw;
mod search;
mod shaped;
mod text;

use mapix_core::prop::FileTime;
use mapix_core::query::{Context, Query, QueryError};

/// A Wednesday.
const NOW: &str = "2024-05-15T12:30:00Z";

fn context() -> Context {
    Context { now: FileTime::parse(NOW).unwrap() }
}

fn try_parse(text: &str) -> Result<Query, QueryError> {
    Query::parse(text, &context())
}

fn parse(text: &str) -> Query {
    try_parse(text).unwrap_or_else(|error| panic!("{}", error.render(text, 80)))
}
