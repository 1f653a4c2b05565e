//! What the fuzzers in `fuzz/` do with an input. It stands here so that a normal `cargo test`
//! runs the seeds and the inputs that once found something: see `tests/regressions.rs`.
//!
//! Each target is a function of bytes. It must not panic, and ends soon. The formats of the
//! inputs are made for fuzzers: where a count or a checksum would only be in the way, the target
//! supplies it, and every input means something.

#![allow(dead_code)]

mod feed;
mod file;
mod layers;
mod mailbox;
mod seal;
mod session;
#[path = "../synthetic/mod.rs"]
mod synthetic;
mod values;
#[path = "../walk/mod.rs"]
mod walk;

pub(crate) mod seeds;

/// A target.
pub(crate) type Target = fn(&[u8]);

/// All targets by their names.
pub(crate) const TARGETS: [(&str, Target); 12] = [
    ("pst_file", file::pst_file),
    ("pst_page", layers::pst_page),
    ("pst_block", layers::pst_block),
    ("pst_heap", layers::pst_heap),
    ("pst_table", layers::pst_table),
    ("pst_prop", layers::pst_prop),
    ("pst_names", layers::pst_names),
    ("value", values::value),
    ("entry_id", values::entry_id),
    ("one_off", values::one_off),
    ("names", values::names),
    ("session", session::session),
];

/// Runs a target.
pub(crate) fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a known target");
    target(data);
}
