//! What a terminal, a pipe and a script see.

use super::{command, corpus, mapix};

#[test]
fn no_colours_in_a_pipe() {
    for args in [&["tree", "sample:"][..], &["tour"], &["show", "sample:", "@inbox/#1"]] {
        assert!(!mapix(args).ok().out.contains('\x1b'), "{args:?}");
    }
    let forced = mapix(&["tree", "sample:", "--color", "always"]).ok().out;
    assert!(forced.contains("\x1b[1m"));
    let json = mapix(&["ls", "-r", "sample:", "--color", "always", "--format", "jsonl"]).ok().out;
    assert!(!json.contains('\x1b'), "data has no colours");
}

#[test]
fn text_fits_80_columns() {
    let mut files = vec!["sample:".to_owned()];
    let names = ["enron.pst", "Outlook.pst", "dist-list.pst", "pstextractortest@outlook.com.ost"];
    files.extend(
        names.iter().filter_map(|name| corpus(name)).map(|path| path.to_str().unwrap().into()),
    );
    for file in &files {
        for verb in [&["tree", "-a"][..], &["ls", "-r", "-a"], &["stat"], &["show"], &["props"]] {
            let run = mapix(&[verb, &[file]].concat()).ok();
            for line in run.out.lines() {
                // Wide characters take two columns, so this is the weaker test.
                assert!(line.chars().count() <= 80, "{verb:?} {file}: {line}");
            }
        }
    }
    let narrow = command(&["ls", "sample:", "@inbox"]).env("COLUMNS", "60").output().unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
}

#[test]
fn standard_error_is_quiet_unless_asked() {
    assert_eq!(mapix(&["ls", "-r", "sample:"]).ok().err, "");
    assert!(mapix(&["ls", "-r", "sample:", "-v"]).ok().err.contains("11 expected, 11 done"));
    let trace = mapix(&["tree", "sample:", "--trace"]).ok();
    assert!(trace.err.contains("trace: logon") && trace.err.contains("trace: session ended"));
    assert!(!trace.out.contains("trace:"));
}

#[test]
fn progress_as_json_lines() {
    let run = mapix(&["stat", "sample:", "--progress", "jsonl", "-q"]).ok();
    let last: serde_json::Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "progress");
    assert_eq!(last["done"], last["expected"]);
}
