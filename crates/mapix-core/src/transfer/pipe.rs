//! Reading: one thread lists items, several read them, and one stores them in their order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::feed::{Feed, FeedFolder, FeedItem};
use super::journal::{Key, Known};
use super::names::TargetNames;
use super::pack::{Outcome, Packer, Treated};
use super::parcel::Parcel;
use super::{Dedupe, Summary, Transfer};
use crate::Result;
use crate::ledger::Ledger;
use crate::prop::tags;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::mpsc::{Receiver, SyncSender, sync_channel};
use crate::sync::{Condvar, Mutex, RwLock, lock, read, thread, wait_while};

/// How many items are read by one thread at a time.
const UNIT: usize = 32;
/// How many units are under way for each thread.
const AHEAD: usize = 4;
/// So many bytes are under way, if one unit has not more, and half as many are one unit.
const BYTES: u64 = 32 << 20;

/// What all threads know.
pub(super) struct Pipe<'a> {
    pub(super) transfer: &'a Transfer,
    pub(super) feed: &'a dyn Feed,
    pub(super) names: &'a TargetNames,
    pub(super) folders: &'a [FeedFolder],
    /// The folder of the target for each of them.
    pub(super) places: Vec<u64>,
}

/// Items of one folder that are read together.
struct Unit {
    number: u64,
    folder: usize,
    items: Vec<FeedItem>,
    /// How many bytes they take.
    weight: u64,
}

/// What was read of a unit.
struct Done {
    number: u64,
    weight: u64,
    treated: Vec<Treated>,
    /// Whether it is only a part, since the run was told to stop: nothing comes after it.
    is_cut: bool,
}

/// Keeps the reading from running away from the storing.
#[derive(Default)]
struct Window {
    under_way: Mutex<UnderWay>,
    moved: Condvar,
    closed: AtomicBool,
    /// Whether something was left out because it was told to stop.
    stopped: AtomicBool,
}

#[derive(Default)]
struct UnderWay {
    /// How many units are stored.
    stored: u64,
    /// How many bytes the others take.
    bytes: u64,
}

impl Window {
    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        // Whoever is about to wait has the lock, and would miss it.
        drop(lock(&self.under_way));
        self.moved.notify_all();
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    fn store(&self, weight: u64) {
        let mut under_way = lock(&self.under_way);
        under_way.stored += 1;
        under_way.bytes -= weight;
        self.moved.notify_all();
    }

    /// Waits until a unit is within so many of those that are stored, and there is room for it.
    fn wait(&self, number: u64, ahead: u64, weight: u64) {
        let is_early = |now: &mut UnderWay| {
            let is_full = now.bytes > 0 && now.bytes + weight > BYTES;
            (is_full || number >= now.stored + ahead) && !self.is_closed()
        };
        let (mut under_way, _) = wait_while(&self.moved, &self.under_way, None, is_early);
        under_way.bytes += weight;
    }
}

impl Pipe<'_> {
    /// Reads and stores everything.
    pub(super) fn run(&self, mut packer: Packer<'_>, ledger: &mut Ledger) -> Result<Summary> {
        let jobs = self.transfer.jobs;
        let known = packer.known();
        let window = Window::default();
        let (give, take) = sync_channel::<Unit>(jobs);
        let take = Mutex::new(take);
        let (hand, receive) = sync_channel::<Done>(jobs);
        let mut listed = ledger.fresh();
        let result = thread::scope(|scope| {
            let (window, take, known) = (&window, &take, &known);
            let listing = scope.spawn({
                let listed = &mut listed;
                move || self.list(&give, window, listed)
            });
            for _ in 0..jobs {
                let hand = hand.clone();
                scope.spawn(move || self.work(take, &hand, window, known));
            }
            drop(hand);
            store(&receive, window, &mut packer, ledger);
            window.close();
            // So that nobody waits to hand over what nobody takes.
            drop(receive);
            listing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ledger.merge(listed);
        result?;
        if window.stopped.load(Ordering::Relaxed) {
            packer.stop();
        }
        Ok(packer.finish(ledger))
    }

    /// Gives all items of all folders to those who read.
    fn list(&self, give: &SyncSender<Unit>, window: &Window, ledger: &mut Ledger) -> Result<()> {
        let mut number = 0;
        let ahead = (self.transfer.jobs * AHEAD) as u64;
        for (folder, _) in self.folders.iter().enumerate().filter(|(_, one)| !one.is_way) {
            let (mut items, mut weight) = (Vec::new(), 0);
            let mut stopped = false;
            let mut send = |items: &mut Vec<FeedItem>, weight: &mut u64| {
                let (items, weight) = (std::mem::take(items), std::mem::take(weight));
                window.wait(number, ahead, weight);
                let unit = Unit { number, folder, items, weight };
                number += 1;
                !window.is_closed() && give.send(unit).is_ok()
            };
            self.feed.items(folder, ledger, &mut |item| {
                if self.transfer.stops() {
                    stopped = true;
                    return ControlFlow::Break(());
                }
                weight += item.weight;
                items.push(item);
                let is_unit = items.len() >= UNIT || weight >= BYTES / 2;
                if !is_unit || send(&mut items, &mut weight) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            if stopped || self.transfer.stops() {
                window.stopped.store(true, Ordering::Relaxed);
                return Ok(());
            }
            if window.is_closed() || (!items.is_empty() && !send(&mut items, &mut weight)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads units until there are no more.
    fn work(
        &self,
        take: &Mutex<Receiver<Unit>>,
        hand: &SyncSender<Done>,
        window: &Window,
        known: &RwLock<Known>,
    ) {
        loop {
            let unit = lock(take).recv();
            let Ok(Unit { number, folder, items, weight }) = unit else { return };
            let names = self.names.of_unit(number);
            let (mut treated, mut is_cut) = (Vec::with_capacity(items.len()), false);
            for item in items {
                is_cut = window.is_closed() || self.transfer.stops();
                if is_cut {
                    window.stopped.store(true, Ordering::Relaxed);
                    break;
                }
                treated.push(self.treat(folder, item, &names, known));
            }
            drop(names);
            // When nobody takes it any more, what is listed still has to be taken.
            let _ = hand.send(Done { number, weight, treated, is_cut });
        }
    }

    /// Reads one item, unless it is known.
    fn treat(
        &self,
        folder: usize,
        item: FeedItem,
        names: &TargetNames,
        known: &RwLock<Known>,
    ) -> Treated {
        let place = self.places[folder];
        let is_known = |key| read(known).contains(key);
        let early = (!item.identity.is_empty()).then(|| source_key(place, &item, None));
        let mut keys = Vec::new();
        let outcome = if early.is_some_and(is_known) {
            Outcome::Known
        } else {
            match self.feed.read(&item, names) {
                Err(error) => Outcome::Failed(error),
                Ok(mut parcel) => {
                    keys = self.keys(place, &item, &mut parcel);
                    keys.extend(early);
                    Outcome::Read(Box::new(parcel))
                }
            }
        };
        Treated { item, folder, place, keys, outcome }
    }

    /// By what a message counts as there: the first key, and by what else it is remembered.
    fn keys(&self, place: u64, item: &FeedItem, parcel: &mut Parcel) -> Vec<Key> {
        let id = parcel.props.text(tags::INTERNET_MESSAGE_ID);
        let id = id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let by_content = |parcel: &mut Parcel| key(place, item, b"content", &parcel.content());
        match (self.transfer.dedupe, id) {
            (Dedupe::MessageId, Some(id)) => vec![key(place, item, b"message-id", id.as_bytes())],
            (Dedupe::None, _) if !item.identity.is_empty() => Vec::new(),
            (Dedupe::None, _) => vec![source_key(place, item, Some(parcel))],
            _ => vec![by_content(parcel)],
        }
    }
}

/// Stores what is read, in order.
fn store(receive: &Receiver<Done>, window: &Window, packer: &mut Packer<'_>, ledger: &mut Ledger) {
    let (mut next, mut early) = (0, BTreeMap::new());
    while let Ok(done) = receive.recv() {
        early.insert(done.number, done);
        while let Some(done) = early.remove(&next) {
            next += 1;
            window.store(done.weight);
            for one in done.treated {
                if packer.add(one, ledger).is_break() {
                    return;
                }
            }
            if done.is_cut {
                return;
            }
        }
    }
}

/// A key of a message in a folder of the target. The parts have fixed lengths but for the last.
fn key(place: u64, item: &FeedItem, kind: &[u8], what: &[u8]) -> Key {
    let mut hasher = Sha256::new();
    hasher.update(b"mapix import 1\0");
    hasher.update(kind);
    hasher.update([0, u8::from(item.associated)]);
    hasher.update(place.to_le_bytes());
    hasher.update(what);
    let hash: [u8; 32] = hasher.finalize().into();
    hash.first_chunk().map_or(0, |first| Key::from_le_bytes(*first))
}

/// The key of an item of a source; of one without an identity, by its number and its content.
fn source_key(place: u64, item: &FeedItem, parcel: Option<&mut Parcel>) -> Key {
    let mut what = item.identity.clone();
    if let Some(parcel) = parcel {
        what.extend(item.id.to_le_bytes());
        what.extend(parcel.content());
    }
    key(place, item, b"source", &what)
}
