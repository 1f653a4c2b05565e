//! Every rule of `docs/lifecycle.md` has a row, and every test that the page names is there.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// How many rules each section of the digest has.
const RULES: [(u32, u32); 17] = [
    (1, 10),
    (2, 12),
    (3, 10),
    (4, 12),
    (5, 3),
    (6, 15),
    (7, 8),
    (8, 7),
    (9, 10),
    (10, 10),
    (11, 5),
    (12, 4),
    (13, 15),
    (14, 6),
    (16, 7),
    (24, 10),
    (26, 4),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(root().join("docs/lifecycle.md")).unwrap()
}

/// The cells of all rows of tables.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").collect()).collect()
}

/// The rules with what stands in the column of tests.
fn rules(page: &str) -> BTreeMap<(u32, u32), &str> {
    let mut rules = BTreeMap::new();
    for row in rows(page) {
        let number = row[0].split_once('.').and_then(|(section, rule)| {
            Some((section.parse::<u32>().ok()?, rule.parse::<u32>().ok()?))
        });
        if let Some(number) = number {
            assert_eq!(rules.insert(number, row[2]), None, "{number:?} is there twice");
        }
    }
    rules
}

/// The names in backquotes that look like tests.
fn tests_of(text: &str) -> impl Iterator<Item = &str> {
    let is_test = |word: &&str| {
        word.contains('_')
            && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    text.split('`').skip(1).step_by(2).filter(is_test)
}

/// The names of all functions in the sources of tests and of the conformance suite.
fn functions() -> HashSet<String> {
    let mut found = HashSet::new();
    let mut waiting = vec![root().join("crates")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            // A test, or a case of the suite: nothing else takes no arguments under such a name.
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split_once('('));
            found.extend(names.map(|(name, _)| name.to_owned()));
        }
    }
    found
}

#[test]
fn no_rule_is_without_a_row() {
    let page = page();
    let rules = rules(&page);
    let expected: Vec<_> = RULES
        .iter()
        .flat_map(|(section, count)| (1..=*count).map(|rule| (*section, rule)))
        .collect();
    assert_eq!(rules.keys().copied().collect::<Vec<_>>(), expected);
    for (number, tests) in &rules {
        let why = tests.strip_prefix("not here: ");
        let says_why = why.is_some_and(|why| !why.is_empty());
        assert!(says_why || tests_of(tests).next().is_some(), "{number:?} has no test");
        assert!(!says_why || tests_of(tests).next().is_none(), "{number:?} is tested, or is not");
    }
}

#[test]
fn every_test_of_the_page_is_there() {
    let page = page();
    let functions = functions();
    let mut count = 0;
    for row in rows(&page).iter().filter(|row| row.len() > 2) {
        for test in tests_of(row[row.len() - 1]) {
            assert!(functions.contains(test), "there is no test `{test}`");
            count += 1;
        }
    }
    assert!(count > 80, "only {count} tests were found on the page");
}

#[test]
fn what_is_missing_is_counted() {
    let page = page();
    let rules = rules(&page);
    let begin = |with: &str| rules.values().filter(|tests| tests.starts_with(with)).count();
    let absent = begin("not here: ");
    let part = rules.values().filter(|tests| tests.contains("; in part: ")).count();
    let tested = rules.len() - absent - part;
    let sentence = format!(
        "Of {} rules {tested} are\ntested, {part} in part, and {absent} has no meaning here.",
        rules.len()
    );
    assert!(page.contains(&sentence), "the page should say: {sentence}");
}

/// The digest lies beside the clone of those who have it.
#[test]
fn the_rules_are_those_of_the_digest() {
    let Ok(digest) = fs::read_to_string(root().join("../shared/mapi/lifecycle.md")) else {
        println!("skipped: the digest of the reference is not beside the clone");
        return;
    };
    let mut counts = BTreeMap::<u32, u32>::new();
    let mut section = 0;
    for line in digest.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        } else if line.starts_with("- ") {
            *counts.entry(section).or_default() += 1;
        }
    }
    for (section, count) in RULES {
        assert_eq!(counts.get(&section), Some(&count), "section {section}");
    }
}
