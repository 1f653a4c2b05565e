//! One store in a session, those who do something with it at the same time, and what must hold
//! whatever order they come in.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mapix_model::notify::{EventMask, Notice};
use mapix_model::prop::tags;
use mapix_model::store::{Faulty, MemoryStore, MessageStore, ObjectRef, RowSource};
use mapix_model::{
    EntryId, Error, ErrorCode, Event, Folder, LogoffFlags, LogonRequest, Mapi, Message,
    OpenOptions, Provider, ProviderLogon, Result, Session, Store, StoreLogon, StoreProvider,
    Support,
};
use shuttle::sync::{Condvar, Mutex as Gate};
use shuttle::thread;

/// Someone with a thread of his own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Actor {
    /// Makes one call of the store, and no more.
    Pass,
    /// Calls into the store.
    Call,
    /// Saves a message.
    Save,
    /// Says how the store shall end, and lets go of it.
    StoreLogoff,
    /// Lets go of the store: the last one to do so ends it.
    Release,
    /// Ends the store by force.
    Force,
    SessionLogoff,
    /// Is told of a change, and lets go of the store inside the sink.
    Sink,
}

/// What is wrong with the provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    None,
    /// Its logoff gives an error.
    Error,
    /// Its logoff panics.
    Panic,
    /// Its logoff does not return in time, and neither do calls.
    Hang,
    /// A call of the store fails.
    Call(u64),
}

/// What the provider has seen, outside the scheduler: nobody can wait for it.
#[derive(Default)]
struct Seen {
    logoffs: usize,
    released: usize,
    shutdowns: usize,
    providers_released: usize,
}

pub(crate) struct World {
    seen: Mutex<Seen>,
    fault: Fault,
    store: Arc<Faulty<MemoryStore>>,
    /// A logoff that hangs waits for it.
    thaw: (Gate<bool>, Condvar),
}

struct Kind(Arc<World>);

impl StoreProvider for Kind {
    fn name(&self) -> &'static str {
        "MODEL"
    }
    fn scheme(&self) -> &'static str {
        "model"
    }
    fn description(&self) -> &'static str {
        "one store in memory"
    }
    fn recognizes(&self, _: &[u8]) -> bool {
        false
    }
    fn provider(&self) -> Result<Option<Arc<dyn Provider>>> {
        Ok(Some(Arc::new(Object(Arc::clone(&self.0)))))
    }
    fn open(&self, _: &Path, _: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        Err(Error::no_support("its provider object does it"))
    }
}

struct Object(Arc<World>);

impl Provider for Object {
    fn logon(&self, support: &Arc<Support>, _: &LogonRequest<'_>) -> Result<ProviderLogon> {
        let store: Arc<dyn MessageStore> = self.0.store.clone();
        let plain = ProviderLogon::plain(support, store);
        Ok(ProviderLogon { logon: Some(Arc::new(Logon(Arc::clone(&self.0)))), ..plain })
    }
    fn shutdown(&self) -> Result<()> {
        let mut seen = self.0.seen.lock().unwrap();
        assert_eq!(seen.released, seen.logoffs, "shut down before its logon was released");
        seen.shutdowns += 1;
        Ok(())
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.0.seen.lock().unwrap().providers_released += 1;
    }
}

struct Logon(Arc<World>);

impl StoreLogon for Logon {
    fn logoff(&self) -> Result<()> {
        self.0.seen.lock().unwrap().logoffs += 1;
        let _ = self.0.store.logoff();
        match self.0.fault {
            Fault::Error => Err(Error::new(ErrorCode::NETWORK_ERROR, "the line is dead")),
            Fault::Panic => std::panic::resume_unwind(Box::new("a panic that the test wants")),
            Fault::Hang => {
                let (gate, thawed) = &self.0.thaw;
                let waited = thawed.wait_while(gate.lock().unwrap(), |thawed| !*thawed);
                drop(waited.unwrap());
                Ok(())
            }
            Fault::None | Fault::Call(_) => Ok(()),
        }
    }
    fn open_entry(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.0.store.resolve(entry_id)
    }
}

impl Drop for Logon {
    fn drop(&mut self) {
        self.0.seen.lock().unwrap().released += 1;
    }
}

/// What somebody brings with him.
enum Part {
    Pass(Store),
    Call(Folder),
    Save(Message),
    Store(Store),
    Session(Arc<Session>),
}

/// Lets these do what they do, all at once, and looks at what has become of it.
pub(crate) fn run(actors: &[Actor], fault: Fault) {
    let world = Arc::new(World {
        seen: Mutex::default(),
        fault,
        store: Arc::new(Faulty::new(MemoryStore::new("mail"))),
        thaw: (Gate::new(false), Condvar::new()),
    });
    let mapi = Mapi::with_providers(vec![Arc::new(Kind(Arc::clone(&world)))]);
    let mut session = mapi.session();
    if fault == Fault::Hang {
        session.set_deadline(Duration::from_millis(1));
    }
    let events = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&events);
    session.set_tracer(Arc::new(move |event: &Event| keep.lock().unwrap().push(event.clone())));
    let session = Arc::new(session);
    let options = OpenOptions { write: true, ..OpenOptions::default() };
    let store = session.open_store("model:mail", &options).unwrap();
    let root = store.root().unwrap();
    let part = |actor: &Actor| match actor {
        Actor::Pass => Part::Pass(store.clone()),
        Actor::Call => Part::Call(root.clone()),
        Actor::Save => {
            let message = root.create_message().unwrap();
            message.set(tags::SUBJECT, "saved").unwrap();
            Part::Save(message)
        }
        Actor::SessionLogoff => Part::Session(Arc::clone(&session)),
        Actor::StoreLogoff | Actor::Release | Actor::Force | Actor::Sink => {
            Part::Store(store.clone())
        }
    };
    let parts: Vec<_> = actors.iter().map(|actor| (*actor, part(actor))).collect();
    drop((root, store));
    // One that nobody else holds ends with the last of them.
    let session = (!actors.contains(&Actor::SessionLogoff)).then_some(session);
    if let Fault::Call(n) = fault {
        world.store.fail_nth(n, ErrorCode::DISK_ERROR);
    }

    let threads: Vec<_> =
        parts.into_iter().map(|(actor, part)| thread::spawn(move || act(actor, part))).collect();
    let saved: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();

    *world.thaw.0.lock().unwrap() = true;
    world.thaw.1.notify_all();
    drop((session, mapi));
    // What was declared dead ends late, but it does.
    let is_over = || {
        let events = events.lock().unwrap();
        let released = |event: &Event| matches!(event, Event::SupportReleased { .. });
        let gone = |event: &Event| matches!(event, Event::StoreReleased { .. });
        let over = events.iter().any(released) && events.iter().any(gone);
        over && world.seen.lock().unwrap().providers_released > 0
    };
    while !is_over() {
        thread::yield_now();
    }
    // Nobody is to wait for a lock of the test: it would wait without the scheduler.
    let told = events.lock().unwrap().clone();
    world.check(saved, &told);
}

/// Gives how many messages were saved.
fn act(actor: Actor, part: Part) -> usize {
    match (actor, part) {
        (_, Part::Pass(store)) => drop(allowed(store.all_names())),
        (_, Part::Call(folder)) => {
            // Two calls of the store in one call of the handle.
            allowed(folder.props().and_then(|_| folder.path()));
        }
        (_, Part::Save(message)) => return usize::from(allowed(message.save())),
        (_, Part::Session(session)) => drop(session.logoff()),
        (Actor::Force, Part::Store(store)) => drop(store.logoff()),
        (Actor::StoreLogoff, Part::Store(store)) => {
            allowed(store.store_logoff(LogoffFlags::ORDERLY));
        }
        (Actor::Sink, Part::Store(store)) => be_told(store),
        (_, Part::Store(store)) => drop(store),
    }
    0
}

/// Is told of a folder that it makes itself, and lets go of the store in the sink.
fn be_told(store: Store) {
    let held = Mutex::new(Some(store.clone()));
    let sink = move |_: &[Notice]| {
        let store = held.lock().unwrap().take();
        drop(store);
    };
    let advised = store.advise(EventMask::CREATED, None, sink);
    if let Ok(connection) = advised {
        allowed(store.root().and_then(|root| root.create_folder("new", true)));
        drop(store);
        connection.unadvise();
    }
}

/// Whether it was done; if not, it says why, and it is one of the reasons that there are.
fn allowed<T>(result: Result<T>) -> bool {
    let allowed = [ErrorCode::INVALID_OBJECT, ErrorCode::DISK_ERROR];
    match result {
        Ok(_) => true,
        Err(error) => {
            assert!(allowed.contains(&error.code()), "{error}");
            false
        }
    }
}

impl World {
    fn check(&self, saved: usize, events: &[Event]) {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.logoffs, 1, "Logoff once");
        assert_eq!(seen.released, 1, "the logon object is released once");
        assert_eq!((seen.shutdowns, seen.providers_released), (1, 1), "the provider ends once");
        let count = |is: fn(&Event) -> bool| events.iter().filter(|event| is(event)).count();
        let released = count(|event| matches!(event, Event::SupportReleased { .. }));
        assert_eq!(released, 1, "support released once");
        let told = count(|event| matches!(event, Event::TransportsTold { .. }));
        assert!(told == 1 || (told == 0 && self.fault == Fault::Hang), "transports told once");
        let shut = count(|event| matches!(event, Event::GateShut { .. }));
        assert_eq!(shut, 1, "the gate is shut once");
        let late = self.store.late_calls();
        assert!(late.is_empty(), "after the gate: {late:?}");
        let messages = self.store.inner().row_count(&RowSource::Contents(1)).unwrap();
        assert_eq!(messages, Some(saved as u64), "what was saved is there, and nothing else");
    }
}
