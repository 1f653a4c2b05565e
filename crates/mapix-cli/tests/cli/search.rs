//! `search`.

use std::io::Write;
use std::process::Stdio;

use super::{Run, command, corpus, mapix, scratch};

/// A search with more options.
#[track_caller]
fn search(file: &str, query: &str, options: &[&str]) -> Run {
    mapix(&[&["search", file, query], options].concat())
}

/// The subjects of what is found in the sample mailbox.
#[track_caller]
fn found(query: &str, options: &[&str]) -> Vec<String> {
    let run = search("sample:", query, &[options, &["--format", "jsonl"]].concat()).ok();
    let subject = |item: serde_json::Value| item["subject"].as_str().unwrap().to_owned();
    run.lines().into_iter().map(subject).collect()
}

#[track_caller]
fn finds(query: &str, subjects: &[&str]) {
    assert_eq!(found(query, &[]), subjects, "{query}");
}

/// The query comes on standard input.
fn piped(query: &[u8]) -> Run {
    let mut child = command(&["search", "sample:", "-", "--count"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who has read enough may close the pipe.
    let _ = child.stdin.take().unwrap().write_all(query);
    Run::of(child.wait_with_output().unwrap())
}

const PLAN: &str = "Regatta plan, third draft";
const FORWARDED: &str = "FW: Depth at the north jetty";
const NEWS: &str = "The spring issue is here";
const INVOICE: &str = "Invoice 2041";
const ANSWER: &str = "RE: Regatta plan, third draft";
const DRAFT: &str = "Depth for the Alma";
const DAY: &str = "Lakeside Regatta";

#[test]
fn words_and_phrases() {
    finds("regatta", &[PLAN, ANSWER, DAY]);
    finds("REGATTA plan", &[PLAN, ANSWER]);
    finds("\"third draft\"", &[PLAN, ANSWER]);
    finds("\"draft third\"", &[]);
    finds("regat", &[]);
    finds("subject:regat*", &[PLAN, ANSWER, DAY]);
    finds("subject:jetty", &[FORWARDED]);
    finds("body:jetty", &[PLAN]);
    finds("filename:boats.csv", &[PLAN]);
}

#[test]
fn bodies_in_html_and_rtf_are_searched_as_text() {
    finds("\"larch or oak\"", &[NEWS]);
    finds("body:cafe", &[NEWS]);
    finds("body:title", &[]);
    finds("\"mooring fees for May\"", &[INVOICE]);
    finds("body:fonttbl", &[]);
}

#[test]
fn fields() {
    finds("from:tom", &[PLAN, "Winter storage"]);
    finds("from:lakeside-boats.example subject:varnish", &["Re: Varnish"]);
    finds("to:harbour", &[DRAFT]);
    finds("cc:ines subject:re", &[ANSWER]);
    finds("class:IPM.Appointment", &[DAY]);
    finds("category:\"this week\"", &[PLAN]);
    finds("importance:high", &[PLAN]);
    finds("is:unread", &[NEWS, INVOICE]);
    finds("is:draft", &[DRAFT]);
    finds("has:attachment", &[PLAN, FORWARDED]);
    finds("folder:=Inbox is:read", &[PLAN, FORWARDED]);
    finds("folder:inbox/2025", &["Winter storage", "Re: Varnish"]);
    finds("prop:PS_PUBLIC_STRINGS:ProjectCode=LB-2026-07", &[PLAN]);
    finds("prop:PidLidLocation~jetty", &[DAY]);
}

#[test]
fn dates_and_sizes() {
    finds("received:2025", &["Winter storage", "Re: Varnish"]);
    finds("received:2025-10..2025-12", &["Re: Varnish"]);
    finds("received:2026-05-05 folder:inbox", &[NEWS, INVOICE]);
    finds("received:>=2026-05-05 is:draft", &[DRAFT]);
    finds("size:>100k", &[PLAN]);
    finds("size:1k..100k", &[FORWARDED]);
}

#[test]
fn and_or_not() {
    finds("regatta NOT folder:inbox", &[ANSWER, DAY]);
    finds("-folder:inbox regatta", &[ANSWER, DAY]);
    finds("size:>100k OR is:draft", &[PLAN, DRAFT]);
    finds("(from:tom OR from:ines) received:2025", &["Winter storage", "Re: Varnish"]);
    finds("xylophone", &[]);
    assert_eq!(found("*", &[]).len(), 11);
    assert_eq!(found("", &[]).len(), 11);
    assert_eq!(found("NOT regatta", &[]).len(), 8);
}

#[test]
fn options() {
    assert_eq!(found("regatta", &["--folder", "@inbox"]), [PLAN]);
    assert_eq!(found("regatta", &["--limit", "2"]), [PLAN, ANSWER]);
    assert_eq!(found("regatta", &["--sort", "-size"]), [PLAN, ANSWER, DAY]);
    assert_eq!(found("regatta", &["--sort", "date", "--limit", "1"]), [DAY]);
    let run = search("sample:", "is:unread", &["--columns", "PR_IMPORTANCE,PR_DISPLAY_TO"]);
    assert!(run.ok().out.contains("PR_IMPORTANCE"));
    for (form, text) in [("text", "3\n"), ("csv", "count\n3\n"), ("jsonl", "{\"count\":3}\n")] {
        let run = search("sample:", "regatta", &["--count", "--format", form]).ok();
        assert_eq!(run.out, text);
    }
    for wrong in [["--folder", "@inbox/#1"], ["--folder", "no such"], ["--columns", "PR_X_Y"]] {
        assert_eq!(search("sample:", "regatta", &wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn hidden_and_deleted() {
    let hidden = ["OutlookOptions"];
    assert_eq!(found("*", &["--hidden"]), hidden);
    assert_eq!(found("is:hidden", &[]), hidden);
    assert_eq!(found("class:IPM.Configuration", &["--all"]), hidden);
    assert!(found("class:IPM.Configuration", &[]).is_empty());
    assert!(found("*", &["--deleted"]).is_empty());
    assert!(found("*", &["--orphans"]).is_empty());
    assert_eq!(found("*", &["--all"]).len(), 12);
    let item = &search("sample:", "*", &["--hidden", "--format", "jsonl"]).ok().lines()[0];
    assert_eq!(item["kind"], "associated");
}

#[test]
fn text_names_what_was_searched() {
    let text = search("sample:", "regatta", &[]).ok().out;
    assert!(text.contains("\nInbox\n") && text.contains("\nCalendar\n"), "{text}");
    assert!(text.ends_with("3 of 11 items searched, 153.5 kB\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(search("sample:", "xylophone", &[]).ok().out, "nothing found in 11 items\n");
    let err = search("sample:", "xylophone", &["-v"]).ok().err;
    assert!(err.contains("messages:       11 expected, 11 done\n"), "{err}");
}

#[test]
fn wrong_queries_are_shown_with_a_caret() {
    let run = search("sample:", "from:ann recieved:2024", &[]);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.err,
        "mapix: the query is wrong:\n\
         \x20 from:ann recieved:2024\n\
         \x20          ^^^^^^^^\n\
         \x20 `recieved:` is not a field (did you mean `received:`?)\n"
    );
    assert_eq!(run.out, "");
    for wrong in ["(regatta", "is:wrong", "size:big", "\"open", "regatta OR", "a\u{1b}[31m b:c"] {
        let run = search("nosuch.pst", wrong, &[]);
        assert_eq!(run.code, Some(2), "{wrong}");
        assert!(run.err.lines().nth(2).unwrap().trim_end().ends_with('^'), "{}", run.err);
        assert!(run.err.lines().all(|line| line.chars().count() <= 80), "{}", run.err);
        assert!(!run.err.contains('\u{1b}'), "{}", run.err);
    }
}

#[test]
fn queries_on_standard_input() {
    assert_eq!(piped(b"regatta plan\r\n").ok().out, "2\n");
    let run = piped(&vec![b'a'; 1 << 20]);
    assert_eq!(run.code, Some(2));
    assert_eq!(run.err, "mapix: the query has more than 262144 bytes\n");
    let run = piped(b"caf\xE9");
    assert_eq!(run.code, Some(2));
    assert_eq!(run.err.lines().count(), 1);
    // As long as a query may be, with and without too much in it.
    let words = |count| "regatta ".repeat(count).into_bytes();
    assert_eq!(piped(&words(2500)).ok().out, "3\n");
    assert_eq!(piped(&words(30_000)).code, Some(2));
}

#[test]
fn explanations() {
    let run = search("sample:", "size:>1m (is:hidden OR folder:inbox)", &["--explain"]).ok();
    assert!(
        run.out.starts_with("query\n  size:1048577.. (is:hidden OR folder:inbox)\nrestriction\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("PR_MESSAGE_SIZE >= 1048577"), "{}", run.out);
    assert!(run.out.contains("Inbox (hidden)") && !run.out.contains("Drafts,"), "{}", run.out);
    let run = search("sample:", "regatta", &["--explain", "--format", "json"]).ok().json();
    assert_eq!(run["query"], "regatta");
    assert_eq!(run["restrictions"].as_array().unwrap().len(), 1);
    let nowhere = search("sample:", "is:hidden is:deleted", &["--explain"]).ok().out;
    assert!(nowhere.contains("no place"), "{nowhere}");
}

#[test]
fn examples_of_the_help_run_on_the_sample() {
    let help = mapix(&["search", "--help"]).ok().out;
    let examples: Vec<&str> =
        help.lines().filter_map(|line| line.strip_prefix("  mapix search archive.pst ")).collect();
    assert!(examples.len() > 5);
    for example in examples {
        let words = shell_words(example.split(" > ").next().unwrap());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let run = mapix(&[&["search", "sample:"], &words[..]].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{example}");
        assert!(!run.out.is_empty() && !run.out.starts_with("nothing"), "{example}: {}", run.out);
    }
}

/// Words as a shell takes them, with single quotes.
fn shell_words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let words = |(index, part): (usize, &str)| match index % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    };
    parts.flat_map(words).collect()
}

/// The sample mailbox and what there is of real ones that are whole.
fn mailboxes() -> Vec<String> {
    let names = ["enron.pst", "Outlook.pst", "pstextractortest@outlook.com.ost", "test_ansi.pst"];
    let real = names.iter().filter_map(|name| corpus(name));
    let real = real.map(|path| path.to_str().unwrap().to_owned());
    real.chain(["sample:".to_owned()]).collect()
}

#[test]
fn everything_is_what_ls_lists() {
    for file in mailboxes() {
        for held in [&["--all"][..], &["--hidden"], &["--deleted"], &[]] {
            let listed =
                mapix(&[&["ls", "-r", "-q", &file, "--format", "jsonl"], held].concat()).ok().out;
            let options = [held, &["-q", "--format", "jsonl"]].concat();
            let found = search(&file, "*", &options).ok().out;
            assert!(listed == found, "{file} {held:?}");
        }
    }
}

#[test]
fn the_number_of_threads_does_not_show() {
    for file in mailboxes() {
        for options in [
            &["meeting OR e*", "--all", "--format", "jsonl"][..],
            &["received:>2000", "--limit", "7"],
            &["NOT has:attachment", "--sort", "-size", "--format", "csv"],
            &["body:the", "--count"],
            &["*", "--explain"],
        ] {
            let run = |jobs| {
                let run = mapix(&[&["search", &file], options, &["-v", "--jobs", jobs]].concat());
                let run = run.ok();
                (run.out, run.err)
            };
            assert!(run("1") == run("4"), "{file} {options:?}");
        }
    }
}

#[test]
fn terms_divide_real_mailboxes() {
    for file in mailboxes() {
        let count = |query: &str| -> u64 {
            let run = search(&file, query, &["--all", "--count", "-q"]).ok();
            run.out.trim().parse().unwrap()
        };
        let all = count("*");
        for term in ["has:attachment", "size:>10k", "received:2002", "body:the", "is:unread"] {
            let (with, without) = (count(term), count(&format!("NOT {term}")));
            assert_eq!(with + without, all, "{file} {term}");
            assert_eq!(count(&format!("{term} OR *")), all, "{file} {term}");
        }
    }
}

#[test]
fn no_mailbox_at_all() {
    let path = scratch("search_no_mailbox").join("text.pst");
    std::fs::write(&path, "This is no mailbox.").unwrap();
    let file = path.to_str().unwrap();
    for file in [file, "nosuch.pst"] {
        let run = search(file, "regatta", &[]);
        assert_eq!(run.code, Some(3), "{}", run.err);
        assert!(run.err.starts_with(&format!("mapix: {file}: ")), "{}", run.err);
        assert_eq!((run.err.lines().count(), run.out.as_str()), (1, ""));
    }
}

#[test]
fn damaged_mailboxes_give_what_is_left() {
    let Some(path) = corpus("enron.pst") else { return };
    let whole = std::fs::read(path).unwrap();
    let dir = scratch("search_cut_off");
    for length in [564, 100_000, 5_000_000, 13_000_000] {
        let path = dir.join(format!("cut-{length}.pst"));
        std::fs::write(&path, &whole[..length]).unwrap();
        let file = path.to_str().unwrap();
        let run = search(file, "body:the", &["--all", "--format", "jsonl"]);
        assert!(matches!(run.code, Some(1 | 3)), "{length}: {:?} {}", run.code, run.err);
        assert!(run.err.starts_with("mapix: "), "{length}: {}", run.err);
        assert!(!run.err.contains("panicked"), "{length}: {}", run.err);
        run.lines();
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_it_with_the_ledger_so_far() {
    use std::io::Read;
    let Some(path) = corpus("enron.pst") else { return };
    // These columns are much more than a pipe holds.
    let columns = "PR_BODY,PR_TRANSPORT_MESSAGE_HEADERS,PR_DISPLAY_TO,PR_SEARCH_KEY,PR_ENTRYID";
    let args = ["search", path.to_str().unwrap(), "*", "--format", "jsonl", "--jobs", "1"];
    let mut child = command(&[&args[..], &["--columns", columns]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::from("{");
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    // The signal must have arrived before the pipe is emptied.
    std::thread::sleep(std::time::Duration::from_millis(300));
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    if text.lines().count() == 71 && output.status.code() == Some(0) {
        println!("skipped: all of it fitted into the pipe");
        return;
    }
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("expected") && err.contains("done"), "the ledger so far: {err}");
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn restrictions() {
    let found = |args: &[&str]| {
        let run = mapix(&[&["search", "sample:", "--format", "jsonl"], args].concat()).ok();
        run.lines().into_iter().map(|item| item["subject"].as_str().unwrap().to_owned()).collect()
    };
    let both = |args: &[&str], subjects: &[&str]| {
        let found: Vec<String> = found(args);
        assert_eq!(found, subjects, "{args:?}");
    };
    let plan = "PR_SUBJECT contains \"regatta PLAN\" ignoring case";
    both(&["--restriction", plan], &[PLAN, ANSWER]);
    both(&["--restriction", plan, "from:tom"], &[PLAN]);
    both(&["restriction:\"PR_SUBJECT is \\\"Invoice 2041\\\"\""], &[INVOICE]);
    both(&["--restriction", "PidLidBusyStatus exists"], &[DAY]);
    let wrong =
        mapix(&["search", "sample:", "--restriction", "PR_SUBJECT exists or PR_BODY exits"]);
    assert_eq!(wrong.code, Some(2));
    let shown = "  PR_SUBJECT exists or PR_BODY exits\n                               ^^^^^\n";
    assert!(wrong.err.contains(shown), "{}", wrong.err);
    let wrong = mapix(&["search", "sample:", "--restriction", "PR_SUBJECT = 5"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("cannot be compared"), "{}", wrong.err);
    assert_eq!(mapix(&["search", "sample:"]).code, Some(2), "nothing to look for");
    let out = scratch("search-restriction").join("out");
    let args = ["export", "sample:", "--to", "csv", "--out", out.to_str().unwrap()];
    mapix(&[&args[..], &["--restriction", plan]].concat()).ok();
    assert_eq!(std::fs::read_to_string(out.join("items.csv")).unwrap().lines().count(), 3);
}

#[test]
fn what_explain_prints_finds_the_same() {
    let mut files = vec!["sample:".to_owned()];
    files.extend(corpus("enron.pst").map(|path| path.to_str().unwrap().to_owned()));
    for file in &files {
        for query in [
            "regat* -from:tom",
            "to:bob OR has:attachment",
            "received:2001-10.. size:>5k",
            "category:* OR importance:high OR is:flagged",
            "prop:PR_SUBJECT~\"e\" filename:.doc",
        ] {
            let explained = search(file, query, &["--explain", "--format", "json"]).ok().json();
            let restrictions = explained["restrictions"].as_array().unwrap();
            assert_eq!(restrictions.len(), 1, "{query}");
            let text = restrictions[0]["restriction"].as_str().unwrap();
            let ids = |run: Run| -> Vec<_> {
                run.ok().lines().into_iter().map(|item| item["entry_id"].clone()).collect()
            };
            let expected = ids(search(file, query, &["--format", "jsonl"]));
            let args = ["search", file, "--restriction", text, "--format", "jsonl"];
            assert_eq!(ids(mapix(&args)), expected, "{query}: {text}");
        }
    }
}

/// An embedded store with three messages, and its file.
fn embedded(name: &str) -> String {
    use mapix::prop::{FileTime, Value, tags};
    let file = scratch(name).join("mail.mapix");
    let file = file.to_str().unwrap();
    let session = mapix::initialize().session();
    let options = mapix::OpenOptions { write: true, create: true, ..mapix::OpenOptions::default() };
    let store = session.open_store(file, &options).unwrap();
    let folder = store.ipm_subtree().unwrap().create_folder("Boats", false).unwrap();
    let mails: [(&str, &str, Option<&str>); 3] = [
        ("Regatta plan", "<p>Bring the <b>blue</b> sails.</p>", Some("2024-05-01T00:00:00Z")),
        ("Varnish", "<p>The blue one, for the regatta.</p>", Some("2024-06-01T00:00:00Z")),
        ("Oars", "<p>Nothing new.</p>", None),
    ];
    for (subject, html, received) in mails {
        let message = folder.create_message().unwrap();
        message.set(tags::SUBJECT, subject).unwrap();
        message.set(tags::HTML, html.as_bytes()).unwrap();
        if let Some(received) = received {
            let time = Value::Time(FileTime::parse(received).unwrap());
            message.set(tags::MESSAGE_DELIVERY_TIME, time).unwrap();
        }
        message.save().unwrap();
    }
    for report in session.logoff() {
        report.result.unwrap();
    }
    file.into()
}

#[test]
fn an_embedded_store_is_searched_by_its_index() {
    let file = embedded("search-embedded");
    let found = |query: &str, options: &[&str]| -> Vec<String> {
        let run = search(&file, query, &[options, &["--format", "jsonl"]].concat()).ok();
        let subject = |item: serde_json::Value| {
            assert_eq!(item["path"], "Boats");
            item["subject"].as_str().unwrap().to_owned()
        };
        run.lines().into_iter().map(subject).collect()
    };
    // The newest comes first.
    assert_eq!(found("regatta", &[]), ["Varnish", "Regatta plan"]);
    assert_eq!(found("*", &["--limit", "2"]), ["Varnish", "Regatta plan"]);
    assert_eq!(found("*", &["--sort", "subject"]), ["Oars", "Regatta plan", "Varnish"]);
    assert_eq!(found("\"blue sails\" folder:boats", &[]), ["Regatta plan"]);
    assert_eq!(found("NOT blue", &["--folder", "Boats"]), ["Oars"]);
    assert!(found("body:bold", &[]).is_empty());
    assert_eq!(search(&file, "blue", &["--count"]).ok().out, "2\n");
    assert!(found("blue", &["--hidden"]).is_empty());

    let explained = search(&file, "blue from:ann", &["--explain", "--format", "json"]).ok().json();
    let step = explained["plan"][0].as_str().unwrap();
    assert!(step.contains("full-text index") && step.contains("blue"), "{step}");
    let text = search(&file, "blue", &["--explain"]).ok().out;
    assert!(text.contains("step 1\n  ask the full-text index"), "{text}");

    let item = &search(&file, "sails", &["--snippets", "--format", "jsonl"]).ok().lines()[0];
    assert_eq!(item["snippet"], "Bring the blue sails.");
    let text = search(&file, "blue", &["--snippets", "--wide"]).ok().out;
    assert!(text.contains("Bring the [blue] sails."), "{text}");
    assert!(text.contains("\n2 items from the index, "), "{text}");
}
