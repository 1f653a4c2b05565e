//! Notifications: what is told, and the life of those who are told.

mod life;
mod table;
mod told;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mapix_core::notify::{Connection, EventMask, Notice};
use mapix_core::store::MemoryStore;
use mapix_core::{Folder, Mapi, Message, Result, Session, Store, prop::tags};

/// Longer than anything takes that goes as it should.
const LONG: Duration = Duration::from_secs(60);

fn session() -> Session {
    Mapi::with_providers(Vec::new()).session()
}

/// A session with a memory store in it, and that store.
fn open() -> (Session, Store, Arc<MemoryStore>) {
    let session = session();
    let memory = Arc::new(MemoryStore::new("mail"));
    let store = session.attach(memory.clone(), true).unwrap();
    (session, store, memory)
}

fn folder(store: &Store, name: &str) -> Folder {
    store.root().unwrap().create_folder(name, true).unwrap()
}

fn message(folder: &Folder, subject: &str) -> Message {
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, subject).unwrap();
    message.save().unwrap();
    message
}

/// A sink that hands on what it is told.
fn listen(store: &Store, mask: EventMask) -> (Connection, Receiver<Notice>) {
    let (sender, receiver) = channel();
    let sink = move |notices: &[Notice]| {
        notices.iter().for_each(|notice| drop(sender.send(notice.clone())));
    };
    (store.advise(mask, None, sink).unwrap(), receiver)
}

fn next(receiver: &Receiver<Notice>) -> Notice {
    receiver.recv_timeout(LONG).expect("nothing is told")
}

/// All that is told before a folder of this name is made.
fn until_marker(store: &Store, receiver: &Receiver<Notice>, name: &str) -> Result<Vec<Notice>> {
    let marker = store.root()?.create_folder(name, false)?.id();
    let mut told = Vec::new();
    loop {
        match next(receiver) {
            Notice::Created(object) if object.id == marker => return Ok(told),
            notice => told.push(notice),
        }
    }
}
