//! `stat` and `tour`.

use super::{corpus, mapix};

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
    let Some(manifest) = corpus("manifest.tsv") else { return };
    let text = std::fs::read_to_string(&manifest).unwrap();
    let mut rows = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let heading = rows.next().unwrap();
    let column = |name: &str| heading.iter().position(|field| *field == name).unwrap();
    let fields = ["folders", "search_folders", "messages", "associated", "attachments", "embedded"];
    let mut files = 0;
    for row in rows.filter(|row| row[column("folders")] != "-") {
        let Some(path) = corpus(row[0]) else { continue };
        for full in [&[][..], &["--full"]] {
            let args = [&["stat", "-q", "--format", "json", path.to_str().unwrap()], full].concat();
            let run = mapix(&args);
            let stat = run.json();
            for field in fields {
                assert_eq!(stat[field].to_string(), row[column(field)], "{} {field}", row[0]);
            }
            assert_eq!(stat["routes"]["agree"], true, "{}", row[0]);
            assert_eq!(stat["ledger"]["failed"], 0, "{}: {}", row[0], stat["ledger"]);
            assert_eq!(run.code, Some(0), "{}", row[0]);
        }
        files += 1;
    }
    assert!(files >= 20, "only {files} files have counts");
}

#[test]
fn the_list_of_items_is_complete() {
    for name in ["pst/enron.pst", "pst/Outlook.pst", "pst/SampleOstFile.ost"] {
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
        "trace: logon: Ada Winter (sample)",
        "@inbox",
        "Regatta plan",
        "PR_IMPORTANCE",
        "Both routes agree",
        "trace: session ended",
        "messages:            11 expected, 11 done",
    ] {
        assert!(tour.contains(text), "{text}");
    }
    for line in tour.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert_eq!(tour, mapix(&["tour"]).ok().out, "it is the same in every run");
    if let Some(path) = corpus("pst/enron.pst") {
        assert!(mapix(&["tour", path.to_str().unwrap()]).ok().out.contains("Both routes agree"));
    }
}
