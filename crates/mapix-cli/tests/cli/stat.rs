//! `stat` and `tour`.

use super::{command, corpus, mapix, scratch};

#[test]
fn the_sample_is_counted() {
    for args in [
        &["stat", "--format", "json", "sample:"][..],
        &["stat", "--full", "--format", "jsonl", "sample:"],
    ] {
        let stat = mapix(args).ok().json();
        for (field, count) in [
            ("folders", 11),
            ("search_folders", 1),
            ("messages", 11),
            ("associated", 1),
            ("attachments", 4),
            ("embedded", 1),
            ("orphans", 0),
            ("deleted", 0),
        ] {
            assert_eq!(stat[field], count, "{field}");
        }
        assert_eq!(stat["format"], "memory");
        assert_eq!(stat["routes"]["agree"], true);
        let ledger = &stat["ledger"];
        assert_eq!(ledger["expected"], ledger["done"]);
        assert_eq!((&ledger["failed"], &ledger["missing"]), (&0.into(), &0.into()));
    }
}

#[test]
fn counts_equal_the_manifest() {
    let fields = ["folders", "search_folders", "messages", "associated", "attachments", "embedded"];
    for mailbox in mapix_conformance::corpus::mailboxes() {
        let Some(counts) = mailbox.counts else { continue };
        let name = &mailbox.name;
        for full in [&[][..], &["--full"]] {
            let path = mailbox.path.to_str().unwrap();
            let run = mapix(&[&["stat", "-q", "--format", "json", path], full].concat());
            let stat = run.json();
            for (field, count) in fields.iter().zip(counts.to_array()) {
                assert_eq!(stat[field], count, "{name} {field}");
            }
            assert_eq!(stat["routes"]["agree"], true, "{name}");
            assert_eq!(stat["ledger"]["failed"], 0, "{name}: {}", stat["ledger"]);
            assert_eq!(run.code, Some(0), "{name}");
        }
    }
}

#[test]
fn the_list_of_items_is_complete() {
    for name in ["enron.pst", "Outlook.pst", "SampleOstFile.ost"] {
        let Some(path) = corpus(name) else { continue };
        let file = path.to_str().unwrap();
        let stat = mapix(&["stat", "--format", "json", file]).ok().json();
        let items = mapix(&["ls", "-r", "--all", "--format", "jsonl", file]).ok().lines();
        let all = stat["messages"].as_u64().unwrap() + stat["associated"].as_u64().unwrap();
        assert_eq!(items.len() as u64, all, "{name}");
    }
}

#[test]
fn the_tour_shows_everything_and_fits_80_columns() {
    let tour = mapix(&["tour"]).ok().out;
    for text in [
        "12 items imported into mail.mapix: 4 attachments",
        "trace: logon: mail (MAPIX)",
        "@inbox",
        "Regatta plan",
        "PR_IMPORTANCE",
        "1 item from the index, 152.5 kB",
        "new-mail         message        Inbox  Regatta: the jetty is yours  IPM.Note",
        "Both routes agree",
        "trace: session ended",
        "messages:            12 expected, 12 done",
    ] {
        assert!(tour.contains(text), "{text}");
    }
    for line in tour.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // The seven systems, as the README shows them.
    let begin = tour.find("IMSProvider::Logon").unwrap();
    let end = tour.find("is still there: \"Inbox\"\n").unwrap();
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    assert!(readme.contains(&tour[begin..end]), "the README shows another end");
    assert_eq!(tour, mapix(&["tour"]).ok().out, "it is the same in every run");
    let scratch = scratch("tour");
    assert!(command(&["tour"]).env("TMPDIR", &scratch).output().unwrap().status.success());
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "it leaves nothing behind");
    if let Some(path) = corpus("enron.pst") {
        assert!(mapix(&["tour", path.to_str().unwrap()]).ok().out.contains("Both routes agree"));
    }
}

#[test]
fn counts_as_csv() {
    let run = mapix(&["stat", "sample:", "--format", "csv"]).ok();
    let json = mapix(&["stat", "sample:", "--format", "json"]).ok().json();
    let mut lines = run.out.lines();
    assert_eq!(lines.next(), Some("kind,index,tables,deleted,orphans,repeated,agree"));
    let mut kinds = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(json[cells[0]].to_string(), cells[1], "{line}");
        kinds += 1;
    }
    assert_eq!(kinds, 6);
}
