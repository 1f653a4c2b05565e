use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use mapix_core::Result;
use mapix_core::store::{Capability, MessageStore};

use super::cases;
use super::commit::retitle;
use crate::{Need, Outcome, Subject};

const NOTIFY: Need = Need::Able(Capability::NOTIFY);
const WRITE: Need = Need::Able(Capability::NOTIFY.and(Capability::WRITE));

cases! {
    "wait";
    waiting_ends_with_a_commit: WRITE;
    waiting_ends_in_time: NOTIFY;
    waiting_ends_with_the_store: NOTIFY;
}

/// Longer than anything takes that goes as it should.
const LONG: Duration = Duration::from_secs(60);

/// Waits on a thread of its own.
fn wait(store: &Arc<dyn MessageStore>, cursor: u64) -> Receiver<Result<bool>> {
    let (sender, receiver) = channel();
    let store = Arc::clone(store);
    thread::spawn(move || {
        let _ = sender.send(store.wait_for_changes(cursor, 60 * LONG));
    });
    receiver
}

fn waiting_ends_with_a_commit(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    for subject in ["first", "second"] {
        let cursor = store.changes_since(0)?.cursor;
        let waiting = [wait(&store, cursor), wait(&store, cursor)];
        // They have most probably begun; it must work if not, too.
        thread::sleep(Duration::from_millis(20));
        store.commit(vec![retitle(sample.note, None, subject)])?;
        for waiting in waiting {
            assert!(waiting.recv_timeout(LONG)??, "it ended, but not because of the commit");
        }
        // What is committed already is not waited for.
        assert!(store.wait_for_changes(cursor, 60 * LONG)?);
    }
    Ok(())
}

fn waiting_ends_in_time(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let cursor = store.changes_since(0)?.cursor;
    assert!(!store.wait_for_changes(cursor, Duration::ZERO)?);
    assert!(!store.wait_for_changes(cursor, Duration::from_millis(20))?);
    Ok(())
}

fn waiting_ends_with_the_store(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let waiting = wait(&store, store.changes_since(0)?.cursor);
    thread::sleep(Duration::from_millis(20));
    store.logoff()?;
    // An error is an end as well.
    let changed = waiting.recv_timeout(LONG)?.unwrap_or(false);
    assert!(!changed, "nothing was committed");
    Ok(())
}
