//! Runs that are stopped, and runs beside each other.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use mapix::ledger::{Kind, Ledger};
use mapix::prop::tags;
use mapix::store::{Faulty, MemoryStore, MessageStore};
use mapix::transfer::{
    Dedupe, End, Feed, FeedFolder, FeedItem, Parcel, StoreFeed, TargetNames, Transfer,
};
use mapix::{DeleteMessages, ErrorCode, Result};
use mapix_conformance::sample;

use super::refusing::Refusing;
use super::{complete, contents, empty, run, session, stocked};

/// A source with more messages than one commit takes, some of them the same.
fn large(count: usize) -> (mapix::Session, Arc<MemoryStore>, mapix::Store) {
    let (session, store, opened) = stocked();
    let inbox = opened.root().unwrap().folder("Inbox").unwrap();
    for number in 0..count {
        let note = sample::note(&format!("Number {number}"));
        sample::message(store.as_ref(), inbox.id(), note).unwrap();
    }
    (session, store, opened)
}

/// What each folder holds, in whatever order.
fn sorted(store: &dyn MessageStore) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut found = contents(store);
    found.values_mut().for_each(|items| items.sort());
    found
}

#[test]
fn a_target_that_fails_anywhere_is_completed_by_the_next_run() {
    let (_a, source, opened) = large(40);
    let whole = sorted(source.as_ref());
    let feed = StoreFeed::new(&opened);
    let step = if super::is_slow() { 1 } else { 7 };
    for n in (1..).step_by(step) {
        let session = session();
        let target = Arc::new(Faulty::new(MemoryStore::new("target")));
        let store = Arc::clone(&target) as Arc<dyn MessageStore>;
        let store = session.attach(store, true).unwrap();
        let before = target.calls();
        target.fail_nth(n, ErrorCode::NOT_ENOUGH_DISK);
        let mut ledger = Ledger::new();
        let first = Transfer::into(&store).run(&feed, &mut ledger);
        let is_over = target.calls() - before < n;
        target.heal();
        let failed = !matches!(&first, Ok(summary) if matches!(summary.end, End::Complete));
        assert!(
            is_over || failed || ledger.total().failed > 0 || {
                // A call whose failure changes nothing, such as one after the last commit.
                sorted(target.inner()) == whole
            }
        );
        complete(&Transfer::into(&store), &feed);
        assert!(sorted(target.inner()) == whole, "call {n} failed");
        if is_over {
            break;
        }
    }
}

#[test]
fn a_run_that_is_stopped_goes_on() {
    let (_a, source, opened) = large(1500);
    let (_b, target, store) = empty();
    let feed = StoreFeed::new(&opened);
    let mut runs = 0;
    loop {
        let asked = AtomicU64::new(0);
        // It is asked about items that are there already as well.
        let limit = 700 * (runs + 1);
        let transfer =
            Transfer::into(&store).stop_when(move || asked.fetch_add(1, Ordering::Relaxed) > limit);
        let (summary, ledger) = run(&transfer, &feed);
        runs += 1;
        assert_eq!(ledger.total().failed, 0);
        if let End::Complete = summary.end {
            break;
        }
        assert!(runs < 100, "it never ends: {summary:?}");
    }
    assert!(runs > 1);
    let summary = complete(&Transfer::into(&store), &feed);
    assert_eq!(summary.messages, 0);
    assert!(contents(target.as_ref()) == contents(source.as_ref()));
}

#[test]
fn what_is_there_is_told_by_content_by_message_id_or_by_source() {
    let (_a, source, opened) = large(3);
    let inbox = opened.root().unwrap().folder("Inbox").unwrap();
    // The same once more, and one that differs in what is no content.
    for flags in [1, 0] {
        let mut note = sample::note("Number 1");
        note.set.set(tags::MESSAGE_FLAGS, flags);
        sample::message(source.as_ref(), inbox.id(), note).unwrap();
    }
    let all = StoreFeed::new(&opened);
    let count = |dedupe| {
        let (_b, _, store) = empty();
        let summary = complete(&Transfer::into(&store).dedupe(dedupe), &all);
        let again = complete(&Transfer::into(&store).dedupe(dedupe), &all);
        assert_eq!(again.messages, 0, "{dedupe:?}");
        (summary.messages, summary.duplicates)
    };
    let (none, _) = count(Dedupe::None);
    assert_eq!(count(Dedupe::Content), (none - 2, 2));
    let (by_id, same) = count(Dedupe::MessageId);
    assert_eq!(by_id + same, none);
    assert!(same > 2, "all notes have one Message-ID");
}

#[test]
fn a_message_that_cannot_be_stored_costs_only_itself() {
    let (_a, source, opened) = large(30);
    let inbox = opened.root().unwrap().folder("Inbox").unwrap();
    let broken = sample::message(source.as_ref(), inbox.id(), sample::note("broken")).unwrap();
    let target = Arc::new(Refusing(MemoryStore::new("target")));
    let session = session();
    let store = session.attach(Arc::clone(&target) as Arc<dyn MessageStore>, true).unwrap();
    let (summary, ledger) = run(&Transfer::into(&store), &StoreFeed::new(&opened));
    assert!(matches!(summary.end, End::Complete), "{summary:?}");
    assert_eq!(ledger.total().failed, 1, "{ledger}");
    assert_eq!(ledger.count(Kind::Message).missing(), 0);
    let inbox = opened.root().unwrap().folder("Inbox").unwrap();
    let deleted = inbox.delete_messages(&[broken], DeleteMessages::default()).unwrap();
    assert_eq!(deleted.done, 1);
    assert!(contents(&target.0) == contents(source.as_ref()));
}

#[test]
fn imports_at_the_same_time_make_each_message_once() {
    let (_a, source, opened) = large(1200);
    let (_b, target, store) = empty();
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let (store, opened) = (store.clone(), opened.clone());
            thread::spawn(move || complete(&Transfer::into(&store), &StoreFeed::new(&opened)))
        })
        .collect();
    let made: u64 = runs.into_iter().map(|run| run.join().unwrap().messages).sum();
    let whole = sorted(source.as_ref());
    assert_eq!(made, whole.values().map(|items| items.len() as u64).sum::<u64>());
    assert!(sorted(target.as_ref()) == whole);
}

/// Items that say that each of them takes much memory.
#[derive(Default)]
struct Heavy {
    listed: AtomicU64,
    read: AtomicU64,
}

impl Heavy {
    const COUNT: u64 = 60;
}

impl Feed for Heavy {
    fn folders(&self, _: &TargetNames, ledger: &mut Ledger) -> Result<Vec<FeedFolder>> {
        ledger.expect(Kind::Folder, 1);
        Ok(vec![FeedFolder { name: "Heavy".into(), path: "Heavy".into(), ..FeedFolder::default() }])
    }

    fn items(
        &self,
        _: usize,
        ledger: &mut Ledger,
        each: &mut dyn FnMut(FeedItem) -> ControlFlow<()>,
    ) -> Result<()> {
        for id in 0..Self::COUNT {
            ledger.expect(Kind::Message, 1);
            self.listed.fetch_add(1, Ordering::SeqCst);
            if each(FeedItem { id, weight: 20 << 20, ..FeedItem::default() }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, item: &FeedItem, _: &TargetNames) -> Result<Parcel> {
        // One is read, and one waits for it.
        let ahead = self.listed.load(Ordering::SeqCst) - self.read.fetch_add(1, Ordering::SeqCst);
        assert!(ahead <= 2, "{ahead} are under way");
        Ok(Parcel::from(sample::note(&format!("Number {}", item.id))))
    }
}

#[test]
fn what_takes_much_memory_is_not_read_ahead() {
    let (_a, _, store) = empty();
    let mut ledger = Ledger::new();
    let summary = Transfer::into(&store).jobs(4).run(&Heavy::default(), &mut ledger).unwrap();
    assert_eq!(summary.messages, Heavy::COUNT);
    assert!(ledger.is_clean(), "{ledger}");
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let (_a, _, opened) = large(20);
    let (_b, target, store) = empty();
    let before = mapix_conformance::image::of(target.as_ref()).unwrap();
    let dry = complete(&Transfer::into(&store).dry_run(true), &StoreFeed::new(&opened));
    mapix_conformance::image::assert_same(
        &before,
        &mapix_conformance::image::of(target.as_ref()).unwrap(),
    );
    let real = complete(&Transfer::into(&store), &StoreFeed::new(&opened));
    assert_eq!(
        (dry.messages, dry.duplicates, dry.folders),
        (real.messages, real.duplicates, real.folders)
    );
    let dry = complete(&Transfer::into(&store).dry_run(true), &StoreFeed::new(&opened));
    assert_eq!((dry.messages, dry.known), (0, real.messages));
}

#[test]
fn a_target_for_reading_is_refused() {
    let (_a, _, opened) = stocked();
    let session = session();
    let target = Arc::new(MemoryStore::new("target").into_read_only());
    let store = session.attach(target, true).unwrap();
    let mut ledger = Ledger::new();
    let error = Transfer::into(&store).run(&StoreFeed::new(&opened), &mut ledger).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NO_ACCESS);
}

type Break = fn(&Faulty<MemoryStore>, u64);
type Given = fn(&Faulty<MemoryStore>) -> u64;
/// How to break a row or a value, and how many there were.
const BREAKS: [(&str, Break, Given); 2] = [
    ("row", |store, n| store.break_row(n, ErrorCode::CORRUPT_DATA), Faulty::rows_given),
    ("value", |store, n| store.break_value(n, ErrorCode::CORRUPT_DATA), Faulty::values_given),
];

#[test]
fn a_source_that_cannot_be_read_anywhere_is_not_complete() {
    for (what, break_one, given) in BREAKS {
        let mut told = 0;
        for n in 1.. {
            let session = session();
            let source = Arc::new(Faulty::new(MemoryStore::new("source")));
            sample::fill(source.inner()).unwrap();
            let whole = sorted(source.inner());
            let opened = Arc::clone(&source) as Arc<dyn MessageStore>;
            let opened = session.attach(opened, true).unwrap();
            let (_b, target, store) = empty();
            let (feed, transfer) = (StoreFeed::new(&opened), Transfer::into(&store));
            let mut ledger = Ledger::new();
            let before = given(&source);
            break_one(&source, n);
            let first = transfer.run(&feed, &mut ledger);
            let is_over = given(&source) - before < n;
            source.heal();
            if first.is_err() || !ledger.is_clean() {
                told += 1;
            } else {
                assert!(sorted(target.as_ref()) == whole, "nobody said that {what} {n} is broken");
            }
            if is_over {
                break;
            }
        }
        assert!(told > 10, "{what}: {told}");
    }
}

#[test]
fn a_target_that_cannot_be_read_anywhere_gets_nothing_twice() {
    let (_a, source, opened) = stocked();
    let whole = sorted(source.as_ref());
    let feed = StoreFeed::new(&opened);
    for (what, break_one, given) in BREAKS {
        let mut refused = 0;
        for n in 1.. {
            let session = session();
            let target = Arc::new(Faulty::new(MemoryStore::new("target")));
            let store = Arc::clone(&target) as Arc<dyn MessageStore>;
            let store = session.attach(store, true).unwrap();
            complete(&Transfer::into(&store), &feed);
            let before = given(&target);
            break_one(&target, n);
            let mut ledger = Ledger::new();
            let again = Transfer::into(&store).run(&feed, &mut ledger);
            let is_over = given(&target) - before < n;
            target.heal();
            refused += i32::from(again.is_err() || !ledger.is_clean());
            assert!(sorted(target.inner()) == whole, "{what} {n} was broken");
            complete(&Transfer::into(&store), &feed);
            assert!(sorted(target.inner()) == whole, "{what} {n} was broken");
            if is_over {
                break;
            }
        }
        assert!(refused > 0, "{what}");
    }
}
