//! Imports whose process is killed or whose power fails: what was told to be stored is there,
//! nothing is there twice, and the next run stores the rest.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mapix_conformance::{image, sample, walk};
use mapix_core::ledger::Ledger;
use mapix_core::prop::tags;
use mapix_core::store::{AttachmentChange, MemoryStore, MessageStore, ObjectRef};
use mapix_core::transfer::{End, StoreFeed, Summary, Transfer};
use mapix_core::{Mapi, Result, Session, Store};

use crate::child::{self, Job};
use crate::random::Random;
use crate::{assert_clean, cut, recorded, rounds, shim};

/// How many messages are told of at once.
const TOLD: u64 = 100;
/// The message class of what the target remembers.
const JOURNAL: &str = "IPM.Configuration.mapix.Import";

/// The change keys, which say in which commit it was.
const OF_COMMITS: [&str; 2] = [": 0x65E20102 = ", ": 0x65E30102 = "];

/// The source: more messages than two commits take, some with large attachments, which are
/// written before their commits.
fn source(seed: u64) -> Result<Arc<MemoryStore>> {
    let store = MemoryStore::new("source");
    let sample = sample::fill(&store)?;
    let folders = [sample.inbox, sample.archive, sample.empty];
    for number in 0..1100 {
        let mut note = sample::note(&format!("Number {number} of {seed}"));
        if number % 200 == 7 {
            let file = sample::file("large.bin", &sample::noise(300_000 + number));
            note.attachments = vec![AttachmentChange::Put(0, Box::new(file))];
        }
        sample::message(&store, folders[number % folders.len()], note)?;
    }
    Ok(Arc::new(store))
}

fn session() -> Session {
    Mapi::with_providers(Vec::new()).session()
}

/// Imports the source into a store, and tells of what is stored.
fn import(
    source: &Arc<MemoryStore>,
    target: &Store,
    told: impl Fn(u64) + Send + Sync + 'static,
) -> Result<Summary> {
    let session = session();
    let source = session.attach(Arc::clone(source) as Arc<dyn MessageStore>, true)?;
    let mut ledger = Ledger::new();
    let transfer = Transfer::into(target).jobs(2).on_progress(told);
    let summary = transfer.run(&StoreFeed::new(&source), &mut ledger)?;
    assert!(matches!(summary.end, End::Complete), "{summary:?}");
    assert!(ledger.is_clean(), "{ledger}");
    Ok(summary)
}

/// What the child does.
pub(crate) fn work(path: &Path, seed: u64, acks: File) -> Result<()> {
    let session = session();
    let target = session.attach(child::open(path)?, true)?;
    let (stored, acks) = (AtomicU64::new(0), Mutex::new(acks));
    import(&source(seed)?, &target, move |count| {
        let stored = stored.fetch_add(count, Ordering::Relaxed) + count;
        if stored.is_multiple_of(TOLD) {
            acks.lock().unwrap().write_all(format!("{stored}\n").as_bytes()).unwrap();
        }
    })?;
    drop(target);
    session.logoff();
    Ok(())
}

/// What is in a store, message by message, each with the name of its folder.
fn contents(store: &dyn MessageStore) -> Vec<(String, Vec<String>)> {
    let tree = walk::tree(store).unwrap();
    let mut found = Vec::new();
    for id in tree.messages.into_iter().chain(tree.associated) {
        let bag = store.properties(&ObjectRef::message(id), 4096).unwrap();
        if bag.text(tags::MESSAGE_CLASS).as_deref() == Some(JOURNAL) {
            continue;
        }
        let folder = store.parent(id).unwrap().unwrap();
        let folder = store.properties(&ObjectRef::Folder(folder), 4096).unwrap();
        let name = folder.text(tags::DISPLAY_NAME).unwrap_or_default();
        let mut image = image::of_message(store, id).unwrap();
        image.retain(|line| !OF_COMMITS.iter().any(|tag| line.contains(tag)));
        found.push((name, image));
    }
    found.sort();
    found
}

/// Looks at what is left; gives how many messages that is.
fn look(job: &Job, whole: &[(String, Vec<String>)], acknowledged: u64, place: &str) -> usize {
    let path = job.store();
    let store = child::open(&path).unwrap_or_else(|error| panic!("{place}: {error}"));
    let found = contents(&*store);
    assert!(found.len() as u64 >= acknowledged, "{place}: {} are there", found.len());
    // In the same order, each at most once: the source has no two that are the same.
    let mut all = whole.iter();
    assert!(found.iter().all(|one| all.any(|other| other == one)), "{place}: what is there");
    store.logoff().unwrap();
    drop(store);
    assert_clean(&path, place);
    found.len()
}

/// Looks at what is left, imports the rest, and looks again.
fn verify(job: &Job, whole: &[(String, Vec<String>)], acknowledged: u64, what: &str) {
    let place = format!("seed {}, {acknowledged} acknowledged, {what}", job.seed);
    let found = look(job, whole, acknowledged, &place);

    let path = job.store();
    let session = session();
    let store = child::open(&path).unwrap_or_else(|error| panic!("{place}: {error}"));
    let target = session.attach(Arc::clone(&store), true).unwrap();
    let source = source(job.seed).unwrap();
    let again = import(&source, &target, |_| {}).unwrap();
    assert_eq!(again.messages, (whole.len() - found) as u64, "{place}");
    assert!(contents(&*store) == whole, "{place}: what is there in the end");
    assert_eq!(import(&source, &target, |_| {}).unwrap().messages, 0, "{place}");
    drop(target);
    session.logoff();
    drop(store);
    assert_clean(&path, &place);
}

/// Kills import after import into the same store, until one comes to its end; then with the next
/// source.
pub(crate) fn kills() {
    let (mut random, mut rounds) = (Random::new(13), 0..rounds(4, 300));
    for seed in 0.. {
        if rounds.is_empty() {
            break;
        }
        let folder = tempfile::tempdir().unwrap();
        let job = Job { folder: folder.path().to_owned(), seed, from: 0, to: 0, way: "import" };
        let whole = {
            let session = session();
            let store = child::open(&folder.path().join("whole.mapix")).unwrap();
            let target = session.attach(Arc::clone(&store), true).unwrap();
            import(&source(seed).unwrap(), &target, |_| {}).unwrap();
            contents(&*store)
        };
        let mut acknowledged = 0;
        for round in rounds.by_ref() {
            let mut child = job.command().stdout(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(random.below(MOST_WAIT) as u64));
            child.kill().unwrap();
            child.wait().unwrap();
            // One that goes on begins to count anew, with what is there.
            let acks = fs::read(job.acks()).unwrap_or_default();
            acknowledged = child::acknowledged(&acks).max(acknowledged);
            let place = format!("seed {seed}, {acknowledged} acknowledged, round {round}");
            if look(&job, &whole, acknowledged, &place) == whole.len() {
                break;
            }
        }
        verify(&job, &whole, acknowledged, "in the end");
    }
}

/// In microseconds: about what an import takes.
const MOST_WAIT: usize = 600_000;

pub(crate) fn power_cuts() {
    let (cuts, shim) = (8, shim());
    for seed in 0..rounds(1, 64) as u64 {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("live");
        fs::create_dir(&live).unwrap();
        let log = folder.path().join("log");
        let job = Job { folder: live.clone(), seed, from: 0, to: 0, way: "import" };
        let records = recorded(shim, &job, &log);
        let whole = contents(&*child::open(&job.store()).unwrap());
        cut(&job, &records, cuts, Random::new(seed ^ 0x1_4907), |job, told, place| {
            verify(job, &whole, told, place);
        });
    }
}
