//! Real mailboxes.

use std::collections::BTreeMap;
use std::sync::Arc;

use mapix::OpenOptions;
use mapix::ledger::Kind;
use mapix::store::MessageStore;
use mapix::transfer::{Dedupe, StoreFeed, Transfer};
use mapix_conformance::{corpus, image, walk};

use super::{complete, contents, empty, is_slow, run};

/// How many bytes a mailbox may have to be copied in the fast tests.
const SMALL: u64 = 8 << 20;

#[test]
fn a_copy_of_a_message_is_the_message() {
    for mailbox in corpus::mailboxes().iter().filter(|one| is_slow() || one.size <= SMALL) {
        let Ok(source) = session_store(mailbox) else { continue };
        let (session, opened, source) = source;
        let (_target_session, target, store) = empty();
        let feed = StoreFeed::new(&opened).deleted(true).orphans(true);
        let transfer = Transfer::into(&store).dedupe(Dedupe::None);
        let (summary, ledger) = run(&transfer, &feed);
        // What is broken in the source is named, and nothing else is missing.
        for kind in [Kind::Message, Kind::Associated, Kind::Folder] {
            let count = ledger.count(kind);
            assert_eq!(count.missing(), 0, "{}: {kind:?}\n{ledger}", mailbox.name);
        }
        if let Some(counts) = mailbox.counts {
            let count = |kind| {
                let count = ledger.count(kind);
                count.done + count.failed
            };
            assert_eq!(count(Kind::Message), counts.messages, "{}", mailbox.name);
            assert_eq!(count(Kind::Associated), counts.associated, "{}", mailbox.name);
        }
        assert_eq!(
            summary.messages,
            ledger.count(Kind::Message).done + ledger.count(Kind::Associated).done
        );
        let (before, after) = (images(source.as_ref()), images(target.as_ref()));
        let lost = before.iter().filter(|(image, count)| after.get(*image) != Some(count));
        let changed: Vec<_> = lost.collect();
        let broken = ledger.count(Kind::Property).failed
            + ledger.count(Kind::Attachment).failed
            + ledger.count(Kind::Embedded).failed
            + ledger.count(Kind::Table).failed
            + ledger.count(Kind::Message).failed;
        assert!(
            changed.len() as u64 <= broken,
            "{}: {} messages changed, {broken} parts were broken: {ledger} {}",
            mailbox.name,
            changed.len(),
            difference(changed.first().map(|(image, _)| *image), &after)
        );
        // A second run adds nothing.
        let (again, _) = run(&transfer, &feed);
        assert_eq!((again.messages, again.folders), (0, 0), "{}", mailbox.name);
        drop((session, opened));
    }
}

#[test]
fn threads_and_the_way_of_counting_twice_change_nothing() {
    let Some(mailbox) = corpus::mailbox("enron.pst") else { return };
    let (_session, opened, _) = session_store(mailbox).unwrap();
    let copy = |jobs, dedupe| {
        let (_session, target, store) = empty();
        complete(&Transfer::into(&store).jobs(jobs).dedupe(dedupe), &StoreFeed::new(&opened));
        contents(target.as_ref())
    };
    let one = copy(1, Dedupe::Content);
    assert!(one == copy(7, Dedupe::Content));
    assert!(one == copy(2, Dedupe::None), "no message is there twice");
    assert!(one == copy(2, Dedupe::MessageId));
}

#[test]
fn mailboxes_of_the_same_mail_add_nothing_to_each_other() {
    let Some(mailbox) = corpus::mailbox("enron.pst") else { return };
    let (_session, opened, _) = session_store(mailbox).unwrap();
    let (_target_session, target, store) = empty();
    let first = complete(&Transfer::into(&store), &StoreFeed::new(&opened));
    // The copy of the copy: other numbers, other dates of change.
    let (_copy_session, _, copy) = empty();
    complete(&Transfer::into(&copy), &StoreFeed::new(&store));
    let before = contents(target.as_ref());
    let again = complete(&Transfer::into(&store), &StoreFeed::new(&copy));
    assert_eq!((again.messages, again.known, again.folders), (0, 0, 0));
    assert_eq!(again.duplicates, first.messages);
    assert!(contents(target.as_ref()) == before);
}

type Opened = (mapix::Session, mapix::Store, Arc<dyn MessageStore>);

fn session_store(mailbox: &corpus::Mailbox) -> mapix::Result<Opened> {
    let session = mapix::initialize().session();
    let opened = session.open_store(&mailbox.path, &OpenOptions::default())?;
    let store: Arc<dyn MessageStore> = Arc::new(mapix_pst::Pst::open(&mailbox.path)?);
    Ok((session, opened, store))
}

/// Each message of a store, and how often it is there. The journal is none.
fn images(store: &dyn MessageStore) -> BTreeMap<Vec<String>, usize> {
    let mut images = BTreeMap::new();
    for item in walk::inventory(store).unwrap() {
        if let Ok(lines) = image::of_message(store, item.id)
            && !lines.iter().any(|line| line.contains(super::JOURNAL))
        {
            *images.entry(lines).or_insert(0) += 1;
        }
    }
    images
}

/// What the most similar message has in place of the lines of one.
fn difference(lost: Option<&Vec<String>>, after: &BTreeMap<Vec<String>, usize>) -> String {
    let Some(lost) = lost else { return String::new() };
    let common = |other: &&Vec<String>| lost.iter().filter(|line| other.contains(line)).count();
    let Some(nearest) = after.keys().max_by_key(common) else { return "nothing there".into() };
    let only = |these: &[String], others: &[String]| {
        let lines: Vec<&String> = these.iter().filter(|line| !others.contains(line)).collect();
        format!("{lines:#?}")
    };
    format!(
        "{} {} lines; only before: {} only after: {}",
        lost.len(),
        nearest.len(),
        only(lost, nearest),
        only(nearest, lost)
    )
}
