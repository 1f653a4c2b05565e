//! Random steps beside a simple model: sessions, stores, folders, messages, registrations and
//! logoffs in any order, over stores of which the n-th call fails. What has ended says so, what is
//! open answers, what was saved is there, and at the end nothing is alive. When it is not so, the
//! fewest and smallest steps that show it are printed.

use std::collections::BTreeSet;
use std::env;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mapix_core::notify::{Connection, EventMask};
use mapix_core::prop::tags;
use mapix_core::store::{MessageStore, RowSource};
use mapix_core::{ErrorCode, Folder, LogoffFlags, Message, OpenOptions, Session, Store};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::kept::Kept;

const STORES: usize = 3;

/// What is done, out of a hundred things; to which of those that are there; and how.
type Step = (u8, u16, u8);

fn step() -> impl Strategy<Value = Step> {
    (0..100_u8, any::<u16>(), any::<u8>())
}

enum Handle {
    Store(Store),
    Folder(Folder),
    /// With its subject, if it has been given one.
    Message(Message, Option<String>),
    Connection(Connection),
}

/// What the model knows of a logon.
struct Logon {
    session: usize,
    store: usize,
    open: bool,
}

struct Model {
    kept: Arc<Kept>,
    mapi: mapix_core::Mapi,
    sessions: Vec<(usize, Session)>,
    made: usize,
    logons: Vec<Logon>,
    /// Each with the number of its logon.
    handles: Vec<(usize, Handle)>,
    /// The subjects that each store holds.
    saved: [BTreeSet<String>; STORES],
    /// Stores of which a call is to fail.
    armed: [bool; STORES],
    subjects: usize,
}

impl Model {
    fn new() -> Self {
        let (kept, mapi) = Kept::new(STORES);
        Self {
            kept,
            mapi,
            sessions: Vec::new(),
            made: 0,
            logons: Vec::new(),
            handles: Vec::new(),
            saved: Default::default(),
            armed: [false; STORES],
            subjects: 0,
        }
    }

    /// A logon whose last handle has gone has ended, and at once.
    fn settle(&mut self) {
        for (number, logon) in self.logons.iter_mut().enumerate() {
            logon.open &= self.handles.iter().any(|(of, _)| *of == number);
        }
        let open = self.logons.iter().filter(|logon| logon.open).count();
        assert_eq!(self.kept.logons.load(Ordering::SeqCst), open, "logons that are open");
    }

    /// Whether a call was done. What is closed says so; what is open may fail once where a fault
    /// was asked for, and not otherwise.
    fn done<T>(&mut self, logon: usize, result: mapix_core::Result<T>) -> Option<T> {
        let Logon { open, store, .. } = self.logons[logon];
        match result {
            Ok(value) => {
                assert!(open, "a call went through after the end");
                Some(value)
            }
            Err(error) if !open => {
                assert_eq!(error.code(), ErrorCode::INVALID_OBJECT, "{error}");
                None
            }
            Err(error) => {
                assert!(std::mem::take(&mut self.armed[store]), "{error}");
                assert_eq!(error.code(), ErrorCode::DISK_ERROR, "{error}");
                None
            }
        }
    }

    fn step(&mut self, (what, which, how): Step) {
        let (which, how) = (usize::from(which), usize::from(how));
        match what {
            0..6 if self.sessions.len() < 4 => {
                self.made += 1;
                self.sessions.push((self.made, self.mapi.session()));
            }
            6..8 if !self.sessions.is_empty() => {
                let at = which % self.sessions.len();
                let (number, session) = self.sessions.swap_remove(at);
                let its = self.logons.iter_mut().filter(|logon| logon.session == number);
                let open = its.filter_map(|logon| std::mem::take(&mut logon.open).then_some(()));
                assert_eq!(open.count(), session.logoff().len(), "those that were open have ended");
            }
            8..18 if !self.sessions.is_empty() && self.handles.len() < 40 => {
                self.open(which % self.sessions.len(), how % STORES);
            }
            18..22 => {
                let store = which % STORES;
                let nth = 1 + how % 6;
                self.kept.stores[store].fail_nth(nth as u64, ErrorCode::DISK_ERROR);
                self.armed[store] = true;
            }
            22..25 => {
                let store = which % STORES;
                self.kept.stores[store].heal();
                self.armed[store] = false;
            }
            25..40 if !self.handles.is_empty() => {
                drop(self.handles.swap_remove(which % self.handles.len()));
                self.settle();
            }
            _ if !self.handles.is_empty() => self.call(which % self.handles.len(), how % 10),
            _ => {}
        }
    }

    fn open(&mut self, at: usize, store: usize) {
        let (session, opens) = &self.sessions[at];
        let options = OpenOptions { write: true, ..OpenOptions::default() };
        let opened = opens.open_store(format!("kept:{store}"), &options).unwrap();
        let same = |logon: &Logon| logon.open && (logon.session, logon.store) == (*session, store);
        let number = self.logons.iter().position(same).unwrap_or_else(|| {
            self.logons.push(Logon { session: *session, store, open: true });
            self.logons.len() - 1
        });
        self.handles.push((number, Handle::Store(opened)));
    }

    /// Calls a handle.
    fn call(&mut self, at: usize, how: usize) {
        let (logon, handle) = self.handles.swap_remove(at);
        match &handle {
            Handle::Store(store) => match how {
                0 => {
                    // A call of StoreLogoff changes nothing but the flags.
                    let result = store.store_logoff(LogoffFlags::ORDERLY);
                    self.done(logon, result);
                }
                1 => {
                    assert!(store.logoff().result.is_ok());
                    self.logons[logon].open = false;
                }
                2 | 3 => {
                    let token = Arc::clone(&self.kept.token);
                    let result = store.advise(EventMask::ALL, None, move |_| {
                        drop(Arc::clone(&token));
                    });
                    if let Some(connection) = self.done(logon, result) {
                        self.handles.push((logon, Handle::Connection(connection)));
                    }
                }
                _ => {
                    let result = store.root();
                    if let Some(root) = self.done(logon, result) {
                        self.handles.push((logon, Handle::Folder(root)));
                    }
                }
            },
            Handle::Folder(folder) => match how {
                0..3 => {
                    let result = folder.create_folder(["a", "b", "c"][how], true);
                    self.done(logon, result);
                }
                3..8 => {
                    let result = folder.create_message();
                    if let Some(message) = self.done(logon, result) {
                        self.handles.push((logon, Handle::Message(message, None)));
                    }
                }
                _ => {
                    let result = folder.props();
                    self.done(logon, result);
                }
            },
            Handle::Message(message, subject) => match (how, subject) {
                (0..6, Some(subject)) => {
                    if !self.save(logon, message, subject.clone()) && self.logons[logon].open {
                        // A fault after the commit leaves it older than what it has saved.
                        drop(handle);
                        self.settle();
                        return;
                    }
                }
                (_, None) => {
                    self.subjects += 1;
                    let subject = format!("message {}", self.subjects);
                    let result = message.set(tags::SUBJECT, subject.as_str());
                    let set = self.done(logon, result).map(|()| subject);
                    let Handle::Message(message, _) = handle else { return };
                    self.handles.push((logon, Handle::Message(message, set)));
                    return;
                }
                _ => {
                    let result = message.props();
                    self.done(logon, result);
                }
            },
            Handle::Connection(connection) => {
                assert_eq!(connection.is_open(), self.logons[logon].open);
            }
        }
        self.handles.push((logon, handle));
        self.settle();
    }

    fn save(&mut self, logon: usize, message: &Message, subject: String) -> bool {
        let store = self.logons[logon].store;
        let result = message.save();
        let is_there = self.subjects_in(store).contains(&subject);
        // One that was saved may be saved again and fail: it is there all the same.
        let was_there = self.saved[store].contains(&subject);
        let changed = |error: &mapix_core::Error| error.code() == ErrorCode::OBJECT_CHANGED;
        if was_there && self.logons[logon].open && result.as_ref().is_err_and(changed) {
            // The save before was done, but reading it back failed: `Message::save` tells of it.
            return false;
        }
        let saved = self.done(logon, result).is_some();
        if saved {
            assert!(is_there, "{subject} was saved and is not there");
        } else if !self.logons[logon].open {
            assert_eq!(is_there, was_there, "{subject} came after the end");
        }
        if is_there {
            self.saved[store].insert(subject);
        }
        saved
    }

    /// What a store really holds.
    fn subjects_in(&self, store: usize) -> BTreeSet<String> {
        let inner = self.kept.stores[store].inner();
        let mut found = BTreeSet::new();
        let source = RowSource::Contents(inner.info().root);
        inner
            .rows(&source, Some(&[tags::SUBJECT]), &mut |row| {
                found.extend(row.unwrap().props.text(tags::SUBJECT));
                ControlFlow::Continue(())
            })
            .unwrap();
        found
    }

    /// Lets go of all that is held, in an order of its own.
    fn end(mut self, order: &[u16]) {
        let mut order = order.iter().map(|at| usize::from(*at)).cycle();
        while !self.handles.is_empty() || !self.sessions.is_empty() {
            let at = order.next().unwrap_or(0) % (self.handles.len() + self.sessions.len());
            if at < self.handles.len() {
                drop(self.handles.swap_remove(at));
            } else {
                drop(self.sessions.swap_remove(at - self.handles.len()));
            }
        }
        for store in 0..STORES {
            assert_eq!(self.subjects_in(store), self.saved[store]);
        }
        assert_eq!(self.kept.made.load(Ordering::SeqCst), self.logons.len());
        drop(self.mapi);
        self.kept.assert_nothing_is_open();
    }
}

/// With `MAPIX_SLOW=1` more than 100,000 steps; the same ones each time.
#[test]
fn random_steps_keep_to_the_model_and_leave_nothing_alive() {
    let (cases, fewest) =
        if env::var_os("MAPIX_SLOW").is_some() { (400, 100_000) } else { (20, 5_000) };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let same = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, same);
    let taken = AtomicUsize::new(0);
    let result = runner.run(&(vec(step(), 0..600), vec(any::<u16>(), 1..20)), |(steps, order)| {
        let mut model = Model::new();
        taken.fetch_add(steps.len(), Ordering::Relaxed);
        steps.into_iter().for_each(|step| model.step(step));
        model.end(&order);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let taken = taken.into_inner();
    assert!(taken >= fewest, "only {taken} steps");
}
