//! Profiles and their services.

use std::path::Path;

use crate::{Run, command, scratch};

fn run(directory: &Path, args: &[&str]) -> Run {
    let mut command = command(args);
    command.env("MAPIX_CONFIG_DIR", directory.join("config")).current_dir(directory);
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn profiles_are_administered() {
    let directory = scratch("profile");
    let profile = |args: &[&str]| run(&directory, &[&["profile"], args].concat());
    assert_eq!(profile(&["list"]).ok().out, "");
    profile(&["create", "work"]).ok();
    assert_eq!(profile(&["default"]).ok().out, "work\n", "the first one is the default");
    let again = profile(&["create", "work"]);
    assert!(again.code == Some(2) && again.err.contains("work"), "{}", again.err);
    profile(&["copy", "work", "travel"]).ok();
    profile(&["rename", "work", "office"]).ok();
    let list = profile(&["list", "--format", "json"]).ok().json();
    assert_eq!(list[0]["name"], "office");
    assert_eq!(list[0]["default"], true);
    assert_eq!(list[1]["services"], 0);
    profile(&["default", "travel"]).ok();
    profile(&["delete", "office"]).ok();
    assert_eq!(profile(&["delete", "office"]).code, Some(2));
    profile(&["default", "--none"]).ok();
    assert_eq!(profile(&["default"]).ok().out, "");

    let file = directory.join("config/profiles/travel.toml");
    std::fs::write(&file, "format = 9\n").unwrap();
    let list = profile(&["list"]);
    assert_eq!(list.code, Some(1));
    assert!(list.err.contains("travel.toml") && list.err.contains("format is 9"), "{}", list.err);
    assert!(list.out.contains("travel"), "it is listed all the same");
}

#[test]
fn services_are_administered() {
    let directory = scratch("service");
    let service = |args: &[&str]| run(&directory, &[&["service"], args].concat());
    let kinds = service(&["kinds"]).ok().out;
    assert!(kinds.contains("MAPIX_PST") && kinds.contains("path"), "{kinds}");
    assert_eq!(service(&["list"]).code, Some(2), "there is no profile");
    run(&directory, &["profile", "create", "work"]).ok();
    service(&["add", "MAPIX", "Mail", "path=mail.mapix"]).ok();
    assert!(directory.join("mail.mapix").exists(), "the store was made");
    service(&["add", "MAPIX_PST", "Old", "path=old.pst", "password=$PW"]).ok();
    service(&["default", "Mail"]).ok();
    service(&["move", "Old", "1"]).ok();
    service(&["copy", "Old", "Older"]).ok();
    service(&["rename", "Older", "Oldest"]).ok();
    service(&["--profile", "work", "set", "Oldest", "path=oldest.pst", "password="]).ok();
    let list = service(&["list", "--format", "json"]).ok().json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["Old", "Mail", "Oldest"]);
    assert_eq!(list[1]["default"], true);
    assert_eq!(list[0]["settings"][0], "password=$PW");
    let path = directory.join("oldest.pst").display().to_string();
    assert_eq!(list[2]["settings"][0], format!("path={path}"));
    let uid = list[2]["uid"].as_str().unwrap().to_owned();
    service(&["remove", &uid]).ok();
    assert_eq!(service(&["list", "--format", "jsonl"]).ok().lines().len(), 2);

    // A mistake is told, and changes nothing.
    for (args, words) in [
        (&["add", "NOTES", "X", "path=x"][..], "MAPIX_PST"),
        (&["add", "MAPIX", "X"], "`path`"),
        (&["add", "MAPIX", "X", "path=x.mapix", "colour=red"], "`colour`"),
        (&["add", "MAPIX_PST", "X", "path=x", "password=hunter2"], "secret"),
        (&["add", "MAPIX", "X", "path"], "NAME=VALUE"),
        (&["remove", "Nobody"], "Nobody"),
    ] {
        let run = service(args);
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.err);
        assert!(run.err.contains(words), "{}", run.err);
    }
    assert_eq!(service(&["list", "--format", "jsonl"]).ok().lines().len(), 2);
    let file = std::fs::read_to_string(directory.join("config/profiles/work.toml")).unwrap();
    assert!(!file.contains("hunter2"), "{file}");
}
