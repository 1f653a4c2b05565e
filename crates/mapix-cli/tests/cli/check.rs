//! `check`.

use std::fs;

use super::{corpus, mapix, scratch};

#[test]
fn a_whole_file_is_whole() {
    let Some(path) = corpus("pst/sample1.pst") else { return };
    let file = path.to_str().unwrap();
    let text = mapix(&["check", file]).ok().out;
    assert_eq!(text.lines().last(), Some("nothing is wrong"), "{text}");
    let json = mapix(&["check", "--format", "json", file]).ok().json();
    assert_eq!((&json["ok"], &json["format"]), (&true.into(), &"PST, Unicode".into()));
    assert_eq!((&json["checked"]["messages"], &json["checked"]["folders"]), (&1.into(), &7.into()));
    assert_eq!(json["findings"].as_array().unwrap().len(), 0);
    let quick = mapix(&["check", "--quick", "--format", "jsonl", file]).ok().lines();
    assert_eq!(quick[0]["checked"]["blocks"], 0);
}

#[test]
fn damage_is_told_in_every_form() {
    let Some(path) = corpus("pst/sample1.pst") else { return };
    let mut bytes = fs::read(path).unwrap();
    bytes[512] = 0;
    let damaged = scratch("check").join("damaged.pst");
    fs::write(&damaged, bytes).unwrap();
    let file = damaged.to_str().unwrap();
    let text = mapix(&["check", file]);
    assert_eq!(text.code, Some(1), "{}", text.err);
    assert!(text.out.contains("warning PST-HDR-008: bSentinel is wrong\n"), "{}", text.out);
    assert!(text.out.ends_with("something is wrong (1 error, 1 warning)\n"), "{}", text.out);
    let lines = mapix(&["check", "--format", "jsonl", file]).lines();
    assert_eq!(lines[0]["id"], "PST-HDR-007");
    assert_eq!(lines[1]["detail"], "expected 0x80, found 0x00");
    assert_eq!(lines[2]["grades"]["error"], 1);
    assert_eq!(lines.len(), 3);
    let csv = mapix(&["check", "--format", "csv", file]).out;
    assert!(csv.starts_with("id,grade,node,part,bid,offset,title,detail,meaning\n"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
}

#[test]
fn what_is_no_mailbox_has_code_3() {
    let path = scratch("check_nothing").join("text.pst");
    fs::write(&path, "This is no mailbox.").unwrap();
    let run = mapix(&["check", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert!(run.out.contains("fatal PST-HDR-001"), "{}", run.out);
    assert_eq!(mapix(&["check", "nosuch.pst"]).code, Some(3));
    assert_eq!(mapix(&["check", "sample:"]).code, Some(2));
}
