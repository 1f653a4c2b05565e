//! Each bullet of the store contract has a case, and each case has a bullet.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_bullet_has_a_case_of_its_name() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mapix-core/src/store/mod.rs");
    let contract = std::fs::read_to_string(&path).unwrap();
    let bullets: Vec<&str> = contract.lines().filter_map(bullet).collect();
    assert!(bullets.len() > 40, "the contract is read wrongly: {bullets:?}");
    let cases: Vec<&str> = mapix_conformance::cases()
        .filter(|case| case.group != "session")
        .map(|case| case.name)
        .collect();
    assert_eq!(once(&bullets), once(&cases), "bullets on the left, cases on the right");
}

/// The name in `    /// - `name`: what it says`.
fn bullet(line: &str) -> Option<&str> {
    let (name, _) = line.trim().strip_prefix("/// - `")?.split_once("`:")?;
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some(name)
}

fn once<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
    let set: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(set.len(), names.len(), "a name is there twice: {names:?}");
    set
}
