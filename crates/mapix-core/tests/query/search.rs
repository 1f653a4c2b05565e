//! Searches: the same as reading everything, in order, piece by piece, over damage, to the end or
//! not.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use mapix_conformance::sample;
use mapix_core::ledger::{Kind, Ledger};
use mapix_core::prop::tags;
use mapix_core::query::{Held, Hit, PlainOnly, Query, Searcher};
use mapix_core::store::{Change, MemoryStore, MessageStore, Row, RowSource};
use mapix_core::{ErrorCode, Result, Session, Store};
use proptest::prelude::*;
use proptest::sample::select;

use crate::meaning::{Tags, attach, find, mailbox};
use crate::shaped::{Odd, Shaped};
use crate::{oracle, parse};

/// A mailbox of the suite that is shown with few columns, and with one deleted message.
fn shaped(columns: bool) -> (Shaped, sample::Sample) {
    let mut store = Shaped::new(MemoryStore::new("sample"));
    let sample = sample::fill(&store.inner).unwrap();
    store.make(sample.appointment, Odd::Deleted);
    if columns {
        store.columns = Some(vec![
            tags::SUBJECT,
            tags::MESSAGE_FLAGS,
            tags::MESSAGE_CLASS,
            tags::MESSAGE_DELIVERY_TIME,
            tags::SENT_REPRESENTING_NAME,
        ]);
    }
    (store, sample)
}

fn hits(search: &Searcher, ledger: &mut Ledger) -> Vec<Hit> {
    let mut hits = Vec::new();
    let flow = search.run(ledger, &mut |hit| {
        hits.push(hit);
        ControlFlow::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    hits
}

fn ids(hits: &[Hit]) -> Vec<u64> {
    hits.iter().map(|hit| hit.message).collect()
}

/// Terms that some messages of the sample fit.
fn term() -> impl Strategy<Value = Query> {
    let words = [
        "lunch",
        "report",
        "rep*",
        "\"the first\"",
        "figures",
        "ann",
        "bob",
        "clara",
        "muller",
        "notes.txt",
        "example.com",
        "zoe",
        "noon",
        "every",
        "\"all fig\"*",
        "letter",
        "quux",
        "readme",
        "\"rose but not\"",
    ];
    let fields = [
        "",
        "subject:",
        "from:",
        "to:",
        "cc:",
        "bcc:",
        "participants:",
        "body:",
        "filename:",
        "attachment:",
    ];
    let others = [
        "subject:*",
        "to:*",
        "filename:*",
        "attachment:*",
        "bcc:*",
        "class:IPM.Note",
        "class:IPM.*",
        "class:IPM.C*",
        "category:figures",
        "category:resum\u{e9}",
        "category:*",
        "message-id:1@example.com",
        "received:2024-05",
        "received:<2024",
        "sent:>=2024-05-01",
        "received:*",
        "size:>10k",
        "size:..1k",
        "importance:normal",
        "importance:high",
        "is:read",
        "is:unread",
        "has:attachment",
        "is:flagged",
        "is:hidden",
        "is:deleted",
        "is:normal",
        "folder:Inbox",
        "folder:=Inbox",
        "folder:archive",
        "folder:Empty",
        "prop:PR_SUBJECT=planning",
        "prop:PR_IMPORTANCE>=1",
        "prop:PR_MESSAGE_FLAGS&1",
        "prop:PR_SUBJECT~ter",
        "prop:PR_GIVEN_NAME",
        "prop:PR_SUBJECT>m",
        "*",
    ];
    prop_oneof![
        (select(fields.to_vec()), select(words.to_vec()))
            .prop_map(|(field, word)| parse(&format!("{field}{word}"))),
        select(others.to_vec()).prop_map(parse),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    term().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Query::and),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Query::or),
            inner.prop_map(Query::negate),
        ]
    })
}

/// A mailbox, read once for all queries.
struct Mailbox {
    _session: Session,
    store: Store,
    mails: Vec<oracle::Mail>,
}

static MAILBOXES: LazyLock<[Mailbox; 2]> = LazyLock::new(|| {
    [false, true].map(|columns| {
        let (session, store) = attach(Arc::new(shaped(columns).0));
        let mails = oracle::mails(&store);
        Mailbox { _session: session, store, mails }
    })
});

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if std::env::var_os("MAPIX_SLOW").is_some() { 5000 } else { 256 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_search_finds_what_reading_everything_finds(query in query(), columns in any::<bool>()) {
        let Mailbox { store, mails, .. } = &MAILBOXES[usize::from(columns)];
        let held = query.held();
        let expected: Vec<u64> = mails
            .iter()
            .filter(|mail| held.contains(&mail.held) && oracle::fits(&query, mail))
            .map(|mail| mail.id)
            .collect();
        let mut ledger = Ledger::new();
        let search = Searcher::new(store, query.clone());
        prop_assert_eq!(ids(&hits(&search, &mut ledger)), expected, "{}", query);
        prop_assert!(ledger.is_clean());
    }
}

#[test]
fn hits_say_where_they_are_and_why() {
    let (store, sample) = shaped(true);
    let (_session, store) = attach(Arc::new(store));
    let query = parse("(report OR bob OR quux) -folder:archive class:*");
    let search = Searcher::new(&store, query);
    let hits = hits(&search, &mut Ledger::new());
    let shown: Vec<_> = hits.iter().map(|hit| (hit.message, &*hit.path, hit.position)).collect();
    let projects = "Inbox/Projekte \u{2013} \u{8a08}\u{753b}";
    assert_eq!(
        shown,
        [
            (sample.note, "Inbox", Some(1)),
            (sample.report, "Inbox", Some(2)),
            (sample.forwarded, projects, Some(1)),
        ]
    );
    assert_eq!(hits[1].folder, Some(sample.inbox));
    assert_eq!(hits[1].held, Held::Normal);
    let why = search.why(&hits[1]).unwrap();
    assert_eq!(why, [&parse("report"), &parse("bob"), &parse("class:*")]);
}

#[test]
fn chunks_can_be_searched_at_the_same_time() {
    let (store, _) = shaped(true);
    let (_session, store) = attach(Arc::new(store));
    let search = Searcher::new(&store, parse("the OR is:hidden")).also(Held::Deleted);
    let (mut whole, mut parts) = (Ledger::new(), Ledger::new());
    let expected = ids(&hits(&search, &mut whole));
    let chunks = search.chunks(&mut parts).unwrap();
    assert!(chunks.iter().all(|chunk| chunk.folder().is_some()));
    assert!(chunks.iter().any(|chunk| chunk.path() == "Inbox" && chunk.held() == Held::Hidden));
    let results: Vec<(Vec<u64>, Ledger)> = thread::scope(|scope| {
        let run = |chunk| {
            let search = &search;
            scope.spawn(move || {
                let (mut found, mut ledger) = (Vec::new(), Ledger::new());
                let flow = search.run_chunk(chunk, &mut ledger, &mut |hit| {
                    found.push(hit.message);
                    ControlFlow::Continue(())
                });
                assert!(flow.unwrap().is_continue());
                (found, ledger)
            })
        };
        let threads: Vec<_> = chunks.iter().map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut found = Vec::new();
    for (part, ledger) in results {
        found.extend(part);
        parts.merge(ledger);
    }
    assert_eq!(found, expected);
    assert_eq!(parts.counts().collect::<Vec<_>>(), whole.counts().collect::<Vec<_>>());
}

#[test]
fn a_search_ends_when_told() {
    let (store, _) = shaped(false);
    let (_session, store) = attach(Arc::new(store));
    let search = Searcher::new(&store, parse("*"));
    let (mut ledger, mut seen) = (Ledger::new(), 0);
    let flow = search.run(&mut ledger, &mut |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(flow.unwrap().is_break());
    assert_eq!((seen, ledger.count(Kind::Message).done), (2, 2));
    // Also when nothing is found.
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let stop = move || counter.fetch_add(1, Ordering::Relaxed) == 3;
    let search = Searcher::new(&store, parse("quux")).stop_when(stop);
    let mut ledger = Ledger::new();
    assert!(search.run(&mut ledger, &mut |_| panic!("found")).unwrap().is_break());
    assert_eq!(ledger.count(Kind::Message).done, 3);
}

#[test]
fn only_what_is_below_a_folder() {
    let (store, sample) = shaped(false);
    let (_session, store) = attach(Arc::new(store));
    let projects = store.open_folder(sample.projects).unwrap();
    let search = Searcher::new(&store, parse("* OR is:orphan")).below(&projects);
    let hits = hits(&search, &mut Ledger::new());
    assert_eq!(ids(&hits), [sample.forwarded, sample.contact]);
    assert_eq!(&*hits[1].path, "Inbox/Projekte \u{2013} \u{8a08}\u{753b}/Archive");
    let search = Searcher::new(&store, parse("folder:/inbox")).below(&projects);
    assert_eq!(self::hits(&search, &mut Ledger::new()).len(), 2);
}

#[test]
fn damage_costs_only_itself() {
    let (store, sample) = shaped(true);
    store.make(sample.note, Odd::Broken);
    store.make(sample.report, Odd::BrokenRow);
    let (_session, store) = attach(Arc::new(store));
    // What the row tells needs no more than the row.
    let mut ledger = Ledger::new();
    let found = hits(&Searcher::new(&store, parse("subject:lunch")), &mut ledger);
    assert_eq!(ids(&found), [sample.note]);
    assert_eq!(ledger.count(Kind::Message).failed, 1);
    let mut ledger = Ledger::new();
    let found = hits(&Searcher::new(&store, parse("to:bob")), &mut ledger);
    assert_eq!(ids(&found), [sample.forwarded]);
    let count = ledger.count(Kind::Message);
    assert_eq!((count.done, count.failed), (3, 2));
    let entries: Vec<_> = ledger.entries().iter().map(|e| (&*e.path, e.reason.as_str())).collect();
    assert_eq!(entries, [("Inbox", "the row is damaged"), ("Inbox", "checksum mismatch")]);
    assert!(ledger.entries()[1].entry_id.is_some());
}

#[test]
fn a_row_that_cannot_be_read_is_told_to_whom_asks_for_it() {
    let (store, sample) = shaped(false);
    store.make(sample.report, Odd::BrokenRow);
    let source = RowSource::Contents(store.parent(sample.note).unwrap().unwrap());
    let rows = |ids: &[u64]| {
        let mut found = Vec::new();
        let mut each = |row: Result<Row>| {
            found.push(row.map(|row| row.id).map_err(|error| error.message().to_owned()));
            ControlFlow::Continue(())
        };
        store.rows_of(&source, ids, None, &mut each).unwrap();
        found
    };
    assert_eq!(rows(&[sample.note]), [Ok(sample.note)]);
    let broken = Err("the row is damaged".to_owned());
    assert_eq!(rows(&[sample.report, sample.note]), [Ok(sample.note), broken]);
}

#[test]
fn nothing_is_searched_after_logoff() {
    let (store, _) = shaped(false);
    let (session, store) = attach(Arc::new(store));
    let search = Searcher::new(&store, parse("x"));
    let chunks = search.chunks(&mut Ledger::new()).unwrap();
    session.logoff();
    let mut ledger = Ledger::new();
    let run = |ledger: &mut Ledger| search.run(ledger, &mut |_| ControlFlow::Continue(()));
    assert_eq!(run(&mut ledger).unwrap_err().code(), ErrorCode::INVALID_OBJECT);
    let chunk = search.run_chunk(&chunks[0], &mut ledger, &mut |_| ControlFlow::Continue(()));
    assert_eq!(chunk.unwrap_err().code(), ErrorCode::INVALID_OBJECT);
    assert!(ledger.entries().is_empty());
}

#[test]
fn logoff_in_the_middle_ends_the_search() {
    let (store, _) = shaped(false);
    let (session, store) = attach(Arc::new(store));
    let search = Searcher::new(&store, parse("from:* OR is:read OR *"));
    let mut seen = 0;
    let result = search.run(&mut Ledger::new(), &mut |_| {
        seen += 1;
        session.logoff();
        ControlFlow::Continue(())
    });
    assert!(result.is_err() || seen == 3, "{result:?} {seen}");
}

#[test]
fn rows_are_enough_where_they_tell() {
    let (shaped, _) = shaped(true);
    let shaped = Arc::new(shaped);
    let (_session, store) = attach(Arc::clone(&shaped) as Arc<dyn MessageStore>);
    let reads = |text: &str| {
        let before = shaped.reads.load(Ordering::Relaxed);
        hits(&Searcher::new(&store, parse(text)), &mut Ledger::new());
        shaped.reads.load(Ordering::Relaxed) - before
    };
    assert_eq!(reads("subject:report received:2024"), 0);
    assert_eq!(reads("folder:nowhere body:x"), 0);
    assert_eq!(reads("subject:quarterly to:bob"), 1, "only that whose subject fits is opened");
    assert_eq!(reads("to:bob"), 5);
}

#[test]
fn bodies_that_are_not_plain() {
    let (_session, store) = attach(Arc::new(mailbox()));
    let plain = Searcher::new(&store, parse("meadow OR subject:minutes"));
    let mut ledger = Ledger::new();
    assert_eq!(find(&store, &plain, &mut ledger), "c");
    assert_eq!(ledger.count(Kind::Property).skipped, 2);
    assert!(ledger.is_clean());
    let reason = "the body is not plain text and was not searched";
    assert!(ledger.entries().iter().any(|e| &*e.path == "Inbox" && e.reason == reason));
    let mut ledger = Ledger::new();
    let search = plain.with_body_text(Arc::new(Tags));
    assert_eq!(find(&store, &search, &mut ledger), "bc");
    assert_eq!(ledger.count(Kind::Property).skipped, 1, "RTF is not read by this one");
    // A body that is not needed is not missed.
    let mut ledger = Ledger::new();
    let search = Searcher::new(&store, parse("subject:x")).with_body_text(Arc::new(PlainOnly));
    assert_eq!(find(&store, &search, &mut ledger), "");
    assert_eq!(ledger.count(Kind::Property).skipped, 0);
}

#[test]
fn search_folders_are_skipped() {
    let (shaped, _) = shaped(false);
    let mut properties = mapix_core::prop::PropBag::new();
    properties.set(tags::DISPLAY_NAME, "Unread");
    properties.set(tags::FOLDER_TYPE, 2);
    let parent = shaped.info().root;
    shaped
        .commit(vec![Change::CreateFolder { parent, search: true, properties, copy_of: None }])
        .unwrap();
    let (_session, store) = attach(Arc::new(shaped));
    let mut ledger = Ledger::new();
    hits(&Searcher::new(&store, parse("*")), &mut ledger);
    assert_eq!(ledger.count(Kind::SearchFolder).skipped, 1);
    assert_eq!(ledger.count(Kind::Folder).done, 5);
}
