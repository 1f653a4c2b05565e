//! Transfers from store to store: nothing is lost, nothing is there twice, whatever happens.

mod corpus;
mod folders;
mod names;
mod refusing;
mod resume;
mod searches;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix::ledger::Ledger;
use mapix::prop::tags;
use mapix::store::{MemoryStore, MessageStore, ObjectRef, RowSource};
use mapix::transfer::{End, StoreFeed, Summary, Transfer};
use mapix::{Mapi, Session, Store};
use mapix_conformance::{image, sample};

/// The message class of the journal.
const JOURNAL: &str = "IPM.Configuration.mapix.Import";

fn session() -> Session {
    Mapi::with_providers(Vec::new()).session()
}

/// A store with the sample in it, for reading.
fn stocked() -> (Session, Arc<MemoryStore>, Store) {
    let store = Arc::new(MemoryStore::new("source"));
    sample::fill(store.as_ref()).unwrap();
    let session = session();
    let opened = session.attach(Arc::clone(&store) as Arc<dyn MessageStore>, true).unwrap();
    (session, store, opened)
}

/// An empty store for writing.
fn empty() -> (Session, Arc<MemoryStore>, Store) {
    let store = Arc::new(MemoryStore::new("target"));
    let session = session();
    let opened = session.attach(Arc::clone(&store) as Arc<dyn MessageStore>, true).unwrap();
    (session, store, opened)
}

#[track_caller]
fn run(transfer: &Transfer, feed: &StoreFeed) -> (Summary, Ledger) {
    let mut ledger = Ledger::new();
    let summary = transfer.run(feed, &mut ledger).unwrap();
    (summary, ledger)
}

#[track_caller]
fn complete(transfer: &Transfer, feed: &StoreFeed) -> Summary {
    let (summary, ledger) = run(transfer, feed);
    assert!(matches!(summary.end, End::Complete), "{summary:?}");
    assert!(ledger.is_clean(), "{ledger}\n{:#?}", ledger.entries());
    summary
}

/// What each folder holds: images of its messages, in their order. Without the journal.
fn contents(store: &dyn MessageStore) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(store.info().root, String::new())];
    while let Some((folder, path)) = waiting.pop() {
        for (kind, source) in
            [("", RowSource::Contents(folder)), ("hidden ", RowSource::Associated(folder))]
        {
            let mut images = Vec::new();
            for id in ids(store, &source) {
                let bag = store.properties(&ObjectRef::message(id), 4096).unwrap();
                if bag.text(tags::MESSAGE_CLASS).as_deref() != Some(JOURNAL) {
                    images.push(image::of_message(store, id).unwrap());
                }
            }
            if !images.is_empty() {
                found.entry(format!("{kind}{path}")).or_insert_with(Vec::new).extend(images);
            }
        }
        for child in ids(store, &RowSource::Hierarchy(folder)) {
            let bag = store.properties(&ObjectRef::Folder(child), 4096).unwrap();
            let name = bag.text(tags::DISPLAY_NAME).unwrap_or_default();
            waiting.push((child, format!("{path}/{name}")));
        }
    }
    found
}

fn ids(store: &dyn MessageStore, source: &RowSource) -> Vec<u64> {
    let mut ids = Vec::new();
    let listed = store.rows(source, Some(&[]), &mut |row| {
        ids.extend(row.map(|row| row.id));
        ControlFlow::Continue(())
    });
    listed.unwrap();
    ids
}

fn is_slow() -> bool {
    std::env::var_os("MAPIX_SLOW").is_some()
}
