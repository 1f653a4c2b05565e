//! Mail comes in.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::thread::{Carrier, Spooler, Watched};
use crate::object::queue::Queue;
use crate::object::{Message, SpecialFolder, special_folder_number};
use crate::prop::{FileTime, tags};
use crate::session::Event;
use crate::session::provider::call;
use crate::store::Change;
use crate::{Result, Store};

impl Spooler {
    /// Takes in what a transport has, if it is time to ask; gives when it is to be asked again.
    pub(super) fn receive(&self, into: &Watched, carrier: &mut Carrier, now: bool) -> Duration {
        let store = &into.store;
        let Some(every) = carrier.logon.polls() else { return Duration::MAX };
        let told = carrier.support.take_notice();
        let passed = carrier.polled.map_or(Duration::MAX, |at| at.elapsed());
        if !now && !told && passed < every {
            return every.saturating_sub(passed);
        }
        carrier.polled = Some(Instant::now());
        let mut count = 0;
        let earlier = receipts(store, carrier);
        let result = loop {
            if self.is_over(into.number) {
                break Ok(());
            }
            match call("poll", || carrier.logon.poll()) {
                Ok(true) => {}
                // Whatever was received before and is not offered any more was confirmed, though
                // nobody came to write that down.
                Ok(false) => {
                    break earlier
                        .and_then(|earlier| forget(store, carrier, |id, _| earlier.contains(&id)));
                }
                Err(error) => break Err(error),
            }
            match receive_one(store, carrier) {
                Ok(true) => count += 1,
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let name = store.info().display_name.clone();
        if count > 0 {
            self.trace(&Event::Received {
                store: name.clone(),
                transport: carrier.name.clone(),
                count,
            });
        }
        if let Err(error) = result {
            self.trace(&Event::SpoolerFailed { store: name, error: error.to_string() });
        }
        every
    }
}

/// Takes one mail in; `false` if there was none after all. What was taken in before a crash,
/// and offered again, is not saved a second time.
fn receive_one(store: &Store, carrier: &Carrier) -> Result<bool> {
    let pass = store.logon().enter()?;
    let inbox = special_folder_number(&*pass, SpecialFolder::Inbox)?;
    drop(pass);
    let message = Message::create(store.logon(), inbox, false)?;
    message.set_message_flags(0)?;
    let filled = call("start of a message", || carrier.logon.start_message(&message))?;
    let Some(reference) = filled else { return Ok(false) };
    let props = message.props()?;
    if props.time(tags::MESSAGE_DELIVERY_TIME).is_none() {
        message.set(tags::MESSAGE_DELIVERY_TIME, FileTime::now())?;
    }
    let key = props.bytes(tags::SEARCH_KEY).unwrap_or_default().to_vec();
    let pass = store.logon().enter()?;
    let queue = Queue(&*pass);
    let known = queue.receipts(carrier.uid)?.into_iter().any(|(_, known)| known == key);
    if !known {
        let class = props.text(tags::MESSAGE_CLASS).unwrap_or_else(|| "IPM.Note".to_owned());
        let folder = store.receive_folder(&class).map_or(inbox, |(folder, _)| folder.id());
        let receipt = queue.received(&key, carrier.uid)?;
        message.save_into(folder, vec![receipt])?;
    }
    drop(pass);
    call("end of a message", || carrier.logon.end_message(reference))?;
    // The transport has removed its own: nobody will offer it again.
    forget(store, carrier, |_, known| known == key)?;
    Ok(true)
}

/// Removes receipts of mails that a transport will not offer again.
fn forget(store: &Store, carrier: &Carrier, fits: impl Fn(u64, &[u8]) -> bool) -> Result<()> {
    let pass = store.logon().enter()?;
    let receipts = Queue(&*pass).receipts(carrier.uid)?;
    let done = receipts.into_iter().filter(|(id, key)| fits(*id, key));
    let remove = |(message, _)| Change::DeleteMessage { message, soft: false };
    let changes: Vec<_> = done.map(remove).collect();
    if !changes.is_empty() {
        pass.commit(changes)?;
    }
    Ok(())
}

/// The receipts that are there.
fn receipts(store: &Store, carrier: &Carrier) -> Result<HashSet<u64>> {
    let pass = store.logon().enter()?;
    Ok(Queue(&*pass).receipts(carrier.uid)?.into_iter().map(|(id, _)| id).collect())
}
