//! The commands that keep embedded stores in order.

use std::fs;

use mapix::{OpenOptions, prop::tags};

use crate::{mapix, scratch};

#[test]
fn stores_are_checked_compacted_and_copied() {
    let directory = scratch("care");
    let (file, copy) = (directory.join("mail.mapix"), directory.join("copy.mapix"));
    for path in [&file, &copy] {
        let _ = fs::remove_file(path);
    }
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let session = mapix::initialize().session();
    let inbox = session.open_store(&file, &options).unwrap().inbox().unwrap();
    let message = inbox.create_message().unwrap();
    message.set(tags::SUBJECT, "kept").unwrap();
    message.save().unwrap();

    // All of it while the store is open here.
    let (file, copy) = (file.to_str().unwrap(), copy.to_str().unwrap());
    let text = mapix(&["check", file]).ok().out;
    assert!(text.contains("nothing is wrong") && text.contains("mapix, version 3"), "{text}");
    let json = mapix(&["check", "--format", "json", file]).ok().json();
    assert_eq!(json["ok"], true);
    assert!(json["checked"]["objects"].as_u64().unwrap() > 10, "{json}");
    mapix(&["backup", "--quiet", file, copy]).ok();
    assert_eq!(mapix(&["backup", file, copy]).code, Some(2), "nothing is overwritten");
    let listed = mapix(&["ls", "--recursive", copy]).ok().out;
    assert!(listed.contains("kept"), "{listed}");
    let sizes = mapix(&["compact", "--format", "json", file]).ok().json();
    assert!(sizes["after"].as_u64().unwrap() > 0, "{sizes}");
    let again = mapix(&["compact", "--reindex", file]).ok().out;
    assert!(again.starts_with("1 message in the index\n"), "{again}");

    let mut bytes = fs::read(copy).unwrap();
    let page = bytes.len() - 16384;
    bytes[page..].fill(0x5A);
    fs::write(copy, bytes).unwrap();
    let run = mapix(&["check", "--format", "jsonl", copy]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.out.contains("LOC-DB-001"), "{}", run.out);
    for verb in ["compact", "backup"] {
        let mut arguments = vec![verb, "Cargo.toml"];
        arguments.extend((verb == "backup").then_some("x.mapix"));
        assert_eq!(mapix(&arguments).code, Some(2), "{verb} works on stores only");
    }
}
