//! `tag`, `error`, `completions`, `man` and the help: nothing of it needs a mailbox.

use super::{mapix, scratch};

#[test]
fn tags_both_ways() {
    for name in ["PR_SUBJECT", "PidTagSubject", "PR_SUBJECT_W", "0x0037001F", "0x0037"] {
        let found = mapix(&["tag", name, "--format", "json"]).ok().json();
        assert_eq!(found[0]["number"], "0x0037001F", "{name}");
        assert_eq!(found[0]["name"], "PR_SUBJECT", "{name}");
        assert_eq!(found[0]["canonical"], "PidTagSubject", "{name}");
    }
    let named = mapix(&["tag", "PidLidLocation", "--format", "jsonl"]).ok().lines();
    assert_eq!(named[0]["number"], "0x8208");
    assert_eq!(named[0]["set_name"], "PSETID_Appointment");
    assert!(mapix(&["tag", "0x8208"]).ok().out.contains("PidLidLocation"));
    assert!(mapix(&["tag", "PR_MESSAGE_FLAGS"]).ok().out.contains("MSGFLAG_READ = 0x1"));
    assert!(mapix(&["tag", "MSGFLAG_READ"]).ok().out.contains("PR_MESSAGE_FLAGS"));
    assert!(mapix(&["tag", "PSETID_Common"]).ok().out.contains("00062008"));
    let found = mapix(&["tag", "--search", "subject", "prefix"]).ok();
    assert!(found.out.contains("PR_SUBJECT_PREFIX"));
}

#[test]
fn errors_both_ways() {
    for name in ["MAPI_E_NOT_FOUND", "0x8004010F", "-2147221233", "2147746063"] {
        let found = mapix(&["error", name, "--format", "json"]).ok().json();
        assert_eq!(found[0]["name"], "MAPI_E_NOT_FOUND", "{name}");
        assert_eq!(found[0]["number"], "0x8004010F", "{name}");
    }
    assert!(mapix(&["error", "--search", "logon"]).ok().out.contains("MAPI_E_LOGON_FAILED"));
}

#[test]
fn what_is_unknown_is_said() {
    for args in [["tag", "PR_NO_SUCH_THING"], ["error", "MAPI_E_NO_SUCH_THING"]] {
        let run = mapix(&args);
        assert_eq!(run.code, Some(1), "{args:?}");
        assert!(run.err.starts_with("mapix: "), "{}", run.err);
    }
}

#[test]
fn help_has_examples_and_fits_80_columns() {
    let verbs =
        ["ls", "tree", "show", "props", "stat", "tag", "error", "tour", "completions", "man"];
    for verb in verbs {
        let help = mapix(&[verb, "--help"]).ok().out;
        assert!(help.contains("Examples:"), "{verb}");
        let widest = help.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 80, "{verb}: {widest} columns");
    }
    for verb in ["ls", "tree", "show", "props"] {
        assert!(mapix(&["help", verb]).ok().out.contains("@inbox/#3/att:1"), "{verb}");
    }
    let widest = mapix(&["--help"]).ok().out.lines().map(str::len).max().unwrap();
    assert!(widest <= 80, "{widest} columns");
}

#[test]
fn completions_and_manual_pages() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(mapix(&["completions", shell]).ok().out.contains("mapix"), "{shell}");
    }
    assert!(mapix(&["man"]).ok().out.contains(".TH mapix 1"));
    let dir = scratch("man");
    mapix(&["man", "--dir", dir.to_str().unwrap()]).ok();
    for page in ["mapix.1", "mapix-ls.1", "mapix-stat.1"] {
        assert!(dir.join(page).is_file(), "{page}");
    }
}

#[test]
fn usage_errors_have_their_code() {
    for args in [&["nosuch"][..], &[], &["ls"], &["ls", "sample:", "--sort", "colour"]] {
        assert_eq!(mapix(args).code, Some(2), "{args:?}");
    }
}
