//! The page about the language.

use mapix_core::query::NoNames;
use mapix_core::restriction::{Matcher, Restriction};

use crate::{parse, try_parse};

const PAGE: &str = include_str!("../../../../docs/query.md");

/// The lines of the blocks that begin so.
fn blocks(start: &str) -> Vec<&'static str> {
    let mut lines = Vec::new();
    for block in PAGE.split(start).skip(1) {
        lines.extend(block.split("```").next().unwrap().lines());
    }
    lines
}

#[test]
fn its_examples_are_queries() {
    let queries = blocks("```query\n");
    assert!(queries.len() > 15);
    for query in queries {
        let parsed = parse(query);
        assert_eq!(parse(&parsed.to_string()), parsed, "{query}");
    }
}

#[test]
fn its_error_is_shown_so() {
    let shown = blocks("\n\n```\n");
    let text = shown[0];
    let error = try_parse(text).unwrap_err().render(text, 80);
    assert_eq!(error.lines().collect::<Vec<_>>(), shown[..3]);
}

#[test]
fn its_restrictions_read_and_can_be_evaluated() {
    let mut count = 0;
    for text in blocks("```restriction").iter().flat_map(|block| block.lines()) {
        let restriction = Restriction::parse(text, &NoNames);
        let restriction = restriction.unwrap_or_else(|error| panic!("{}", error.render(text, 99)));
        assert!(Matcher::new(&restriction).is_ok(), "{text}");
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        parse(&format!("restriction:\"{quoted}\""));
        count += 1;
    }
    assert!(count > 5);
}
