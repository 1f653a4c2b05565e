//! A message store provider that somebody else wrote: every verb opens its store.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Run, command, scratch};

/// A directory with the example provider and its inf file.
fn demo(test: &str) -> PathBuf {
    let directory = scratch(test);
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/cpp");
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let output = Command::new(compiler)
        .args(["-std=c++17", "-shared", "-fPIC", "-I"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../mapix-capi/include"))
        .arg(examples.join("provider.cpp"))
        .arg("-o")
        .arg(directory.join("libmapi_demo.so"))
        .output()
        .expect("a C++ compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::copy(examples.join("demo.inf"), directory.join("demo.inf")).unwrap();
    directory
}

fn run(directory: &Path, args: &[&str]) -> Run {
    let mut command = command(args);
    command
        .env("MAPIX_CONFIG_PATH", directory)
        .env("MAPIX_CONFIG_DIR", directory.join("config"))
        .current_dir(directory);
    Run::of(command.output().unwrap())
}

#[test]
fn every_verb_opens_the_store_of_a_provider() {
    let demo = demo("foreign");
    let rows = run(&demo, &["ls", "demo:", "Inbox", "--format", "json"]).ok().json();
    let subjects: Vec<&str> =
        rows.as_array().unwrap().iter().map(|row| row["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["Lunch on Friday?", "The report"]);
    run(&demo, &["profile", "create", "work"]).ok();
    run(&demo, &["service", "add", "DEMO", "Mail"]).ok();
    let tree = run(&demo, &["tree", "profile:work/Mail"]).ok();
    assert!(tree.out.contains("Archive"), "{}", tree.out);
    run(&demo, &["export", "demo:", "--to", "eml", "--out", "mails"]).ok();
    let manifest = fs::read_to_string(demo.join("mails/manifest.jsonl")).unwrap();
    assert!(manifest.contains("The report"), "{manifest}");
}

#[test]
fn services_of_providers_are_removed_also_without_their_library() {
    let demo = demo("foreign-removed");
    run(&demo, &["profile", "create", "work"]).ok();
    run(&demo, &["service", "add", "DEMO", "First"]).ok();
    run(&demo, &["service", "add", "DEMO", "Second"]).ok();
    run(&demo, &["service", "add", "DEMO", "Third"]).ok();
    run(&demo, &["service", "remove", "First"]).ok();
    fs::remove_file(demo.join("libmapi_demo.so")).unwrap();
    let removed = run(&demo, &["service", "remove", "Second"]);
    assert_eq!(removed.code, Some(1), "{}", removed.err);
    assert!(removed.err.contains("deleted, but: Second: "), "{}", removed.err);
    let left = run(&demo, &["service", "list"]).ok().out;
    assert!(!left.contains("Second") && left.contains("Third"), "{left}");
    assert_eq!(run(&demo, &["service", "remove", "Second"]).code, Some(2));
    let deleted = run(&demo, &["profile", "delete", "work"]);
    assert_eq!(deleted.code, Some(1), "{}", deleted.err);
    assert_eq!(run(&demo, &["profile", "list"]).ok().out, "");
}

#[test]
fn what_is_wrong_with_a_provider_is_said() {
    let demo = demo("foreign-wrong");
    fs::write(demo.join("bad.inf"), "BROKEN\n").unwrap();
    let warned = run(&demo, &["ls", "demo:", "Inbox"]).ok();
    assert!(warned.err.contains("bad.inf: line 1: "), "{}", warned.err);
    fs::remove_file(demo.join("libmapi_demo.so")).unwrap();
    let missing = run(&demo, &["tree", "demo:"]);
    assert_eq!(missing.code, Some(3));
    assert!(missing.err.contains("mapi_demo"), "{}", missing.err);
}
