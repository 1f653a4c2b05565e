//! Many threads log on and off at the same stores, each in its own way.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mapix_core::notify::EventMask;
use mapix_core::prop::tags;
use mapix_core::store::{MessageStore, RowSource};
use mapix_core::{LogoffFlags, OpenOptions};

use crate::kept::Kept;

const THREADS: usize = 64;
const STORES: usize = 8;

/// 64 threads over 8 stores; with `MAPIX_SLOW=1` 10,000 sessions.
#[test]
fn nothing_is_open_after_a_storm_of_sessions_and_all_is_saved() {
    let sessions = if env::var_os("MAPIX_SLOW").is_some() { 10_000 } else { 640 };
    let (kept, mapi) = Kept::new(STORES);
    let next = AtomicUsize::new(0);
    let saved: Vec<_> = (0..STORES).map(|_| AtomicUsize::new(0)).collect();
    let options = OpenOptions { write: true, ..OpenOptions::default() };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= sessions {
                        return;
                    }
                    let session = mapi.session();
                    let at = number % STORES;
                    let store = session.open_store(format!("kept:{at}"), &options).unwrap();
                    let token = Arc::clone(&kept.token);
                    let sink = move |_: &[mapix_core::notify::Notice]| drop(Arc::clone(&token));
                    let connection = store.advise(EventMask::CREATED, None, sink).unwrap();
                    let message = store.root().unwrap().create_message().unwrap();
                    message.set(tags::SUBJECT, format!("{number}")).unwrap();
                    message.save().unwrap();
                    saved[at].fetch_add(1, Ordering::Relaxed);
                    // One that is not saved is gone.
                    let lost = store.root().unwrap().create_message().unwrap();
                    lost.set(tags::SUBJECT, "never saved").unwrap();
                    match number % 5 {
                        0 => assert!(session.logoff()[0].result.is_ok()),
                        1 => assert!(store.logoff().result.is_ok()),
                        2 => drop(session),
                        3 => {
                            store.store_logoff(LogoffFlags::ORDERLY).unwrap();
                            drop((store, message, lost));
                            connection.unadvise();
                            assert!(
                                session.logoff().is_empty(),
                                "it has ended with its last handle"
                            );
                        }
                        _ => thread::scope(|scope| {
                            scope.spawn(|| session.logoff());
                            scope.spawn(|| store.logoff());
                            scope.spawn(move || drop((message, connection)));
                        }),
                    }
                }
            });
        }
    });
    assert_eq!(kept.made.load(Ordering::SeqCst), sessions);
    drop(mapi);
    kept.assert_nothing_is_open();
    for (store, saved) in kept.stores.iter().zip(&saved) {
        let there = store.row_count(&RowSource::Contents(store.info().root)).unwrap();
        assert_eq!(there, Some(saved.load(Ordering::Relaxed) as u64));
    }
}
