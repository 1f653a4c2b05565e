//! A provider that writes down what is asked of it, and does what a test wants.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mapix_core::profile::{Profiles, Setting};
use mapix_core::prop::Guid;
use mapix_core::store::{MemoryStore, MessageStore, ObjectRef};
use mapix_core::{
    EntryId, Error, ErrorCode, Event, FastShutdown, LogonOptions, LogonRequest, Mapi, OpenOptions,
    OpenStore, Provider, ProviderLogon, Result, Session, SettingInfo, Store, StoreLogon,
    StoreProvider, Support,
};

/// What a logon does in place of opening a store.
type Instead = dyn Fn() -> Result<()> + Send + Sync;

/// What a logon was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Asked {
    pub(crate) how: OpenStore,
    pub(crate) entry_id: Option<EntryId>,
    pub(crate) password: Option<String>,
}

/// The kind `FAKE`, and what all its provider objects share.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) log: Mutex<Vec<String>>,
    pub(crate) objects: AtomicUsize,
    /// Called before a logon; an error is its result.
    pub(crate) in_logon: Mutex<Option<Arc<Instead>>>,
    /// Called inside a logon, once the support object is there.
    pub(crate) after_support: Mutex<Option<Arc<Instead>>>,
    pub(crate) in_logoff: Mutex<Option<Arc<Instead>>>,
    pub(crate) in_shutdown: Mutex<Option<Arc<Instead>>>,
    /// The answer to a fast shutdown.
    pub(crate) fast: Mutex<Option<ErrorCode>>,
    pub(crate) knows_fast: Mutex<bool>,
    /// Its stores cannot be the default one.
    pub(crate) no_default: Mutex<bool>,
    /// The support object of each logon, by location.
    pub(crate) supports: Mutex<HashMap<String, Arc<Support>>>,
    /// The stores by location: the provider gives one that is open again.
    pub(crate) stores: Mutex<HashMap<String, Arc<MemoryStore>>>,
    /// How the last store was asked for: flags, entry ID, password.
    pub(crate) asked: Mutex<Option<Asked>>,
    /// Registers this UID for every store.
    pub(crate) uid: Mutex<Option<Guid>>,
}

impl Fake {
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.log.lock().unwrap().push(what.into());
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.log().iter().filter(|line| *line == what).count()
    }

    fn run(what: &Mutex<Option<Arc<Instead>>>) -> Result<()> {
        let run = what.lock().unwrap().clone();
        run.map_or(Ok(()), |run| run())
    }

    pub(crate) fn support(&self, location: &str) -> Arc<Support> {
        Arc::clone(&self.supports.lock().unwrap()[location])
    }
}

/// So that the registry and the test hold the same.
pub(crate) struct Kind(pub(crate) Arc<Fake>);

impl StoreProvider for Kind {
    fn name(&self) -> &'static str {
        "FAKE"
    }
    fn scheme(&self) -> &'static str {
        "fake"
    }
    fn description(&self) -> &'static str {
        "fakes"
    }
    fn recognizes(&self, _: &[u8]) -> bool {
        false
    }
    fn settings(&self) -> &'static [SettingInfo] {
        &[
            SettingInfo { name: "path", about: "where", required: true, secret: false },
            SettingInfo { name: "password", about: "key", required: false, secret: true },
        ]
    }
    fn can_be_default(&self) -> bool {
        !*self.0.no_default.lock().unwrap()
    }
    fn provider(&self) -> Result<Option<Arc<dyn Provider>>> {
        let number = self.0.objects.fetch_add(1, Ordering::SeqCst);
        self.0.note(format!("provider {number}"));
        Ok(Some(Arc::new(Object(Arc::clone(&self.0)))))
    }
    fn open(&self, _: &Path, _: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        Err(Error::no_support("its provider object does it"))
    }
}

struct Object(Arc<Fake>);

impl Provider for Object {
    fn logon(&self, support: &Arc<Support>, request: &LogonRequest<'_>) -> Result<ProviderLogon> {
        let location = request.location.display().to_string();
        *self.0.asked.lock().unwrap() = Some(Asked {
            how: request.how,
            entry_id: request.entry_id.cloned(),
            password: request.options.password.clone(),
        });
        Fake::run(&self.0.in_logon)?;
        // `x` and `x#again` are one store to it, though not to the session.
        let name = location.trim_end_matches("#again").to_owned();
        let mut stores = self.0.stores.lock().unwrap();
        if let Some(store) = stores.get(&name) {
            self.0.note(format!("again {name}"));
            return Ok(ProviderLogon { logon: None, store: Arc::clone(store) as _ });
        }
        let store = Arc::new(MemoryStore::new(&*name));
        stores.insert(name.clone(), Arc::clone(&store));
        drop(stores);
        let plain = ProviderLogon::plain(support, Arc::clone(&store) as _);
        support.set_provider_uid(store.info().uid);
        if let Some(uid) = *self.0.uid.lock().unwrap() {
            support.set_provider_uid(uid);
        }
        self.0.supports.lock().unwrap().insert(name.clone(), Arc::clone(support));
        Fake::run(&self.0.after_support)?;
        self.0.note(format!("logon {name}"));
        let logon = Logon { fake: Arc::clone(&self.0), name, store };
        Ok(ProviderLogon { logon: Some(Arc::new(logon)), ..plain })
    }

    fn compare_store_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        self.0.note("compare");
        Ok(first == second)
    }

    fn shutdown(&self) -> Result<()> {
        self.0.note("shutdown");
        Fake::run(&self.0.in_shutdown)
    }

    fn fast_shutdown(&self, step: FastShutdown) -> Option<Result<()>> {
        self.0.note(format!("{step:?}"));
        if !*self.0.knows_fast.lock().unwrap() {
            return None;
        }
        let code = *self.0.fast.lock().unwrap();
        Some(code.map_or(Ok(()), |code| Err(Error::new(code, "not now"))))
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.0.note("provider released");
    }
}

struct Logon {
    fake: Arc<Fake>,
    name: String,
    store: Arc<MemoryStore>,
}

impl StoreLogon for Logon {
    fn logoff(&self) -> Result<()> {
        self.fake.note(format!("logoff {}", self.name));
        self.fake.stores.lock().unwrap().remove(&self.name);
        Fake::run(&self.fake.in_logoff)
    }

    fn open_entry(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.fake.note(format!("open entry {}", self.name));
        self.store.resolve(entry_id)
    }
}

impl Drop for Logon {
    fn drop(&mut self) {
        self.fake.note(format!("logon released {}", self.name));
    }
}

/// MAPI with the fake, and profiles in a directory of their own.
pub(crate) struct World {
    pub(crate) fake: Arc<Fake>,
    pub(crate) mapi: Mapi,
    pub(crate) profiles: Profiles,
}

impl World {
    pub(crate) fn new() -> Self {
        let fake = Arc::new(Fake::default());
        let kind: Arc<dyn StoreProvider> = Arc::new(Kind(Arc::clone(&fake)));
        let name = format!("mapix-life-{}", Guid::unique());
        Self {
            fake,
            mapi: Mapi::with_providers(vec![kind]),
            profiles: Profiles::at(std::env::temp_dir().join(name)),
        }
    }

    /// A profile with a fake service for each name; gives the UIDs of their providers.
    pub(crate) fn profile(&self, name: &str, services: &[&str]) -> Vec<Guid> {
        self.profiles.create(name).unwrap();
        let add = |profile: &mut mapix_core::profile::Profile| {
            let mut uids = Vec::new();
            for service in services {
                let path = ("path".to_owned(), Setting::Text((*service).into()));
                let uid = profile.add_service("FAKE", service, [path])?;
                uids.push(profile.service(uid)?.providers[0].uid);
            }
            Ok(uids)
        };
        self.profiles.change(name, add).unwrap()
    }

    pub(crate) fn logon(&self, name: &str) -> Session {
        self.mapi.logon(&self.profiles, &LogonOptions::profile(name)).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.profiles.directory());
    }
}

/// Opens a store of the fake.
pub(crate) fn open(session: &Session, name: &str) -> Store {
    session.open_store(format!("fake:{name}"), &OpenOptions::default()).unwrap()
}

/// Writes down the events of a session.
pub(crate) fn events(session: &Session) -> Arc<Mutex<Vec<Event>>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&events);
    session.set_tracer(Arc::new(move |event: &Event| sink.lock().unwrap().push(event.clone())));
    events
}

/// The events as lines.
pub(crate) fn lines(events: &Mutex<Vec<Event>>) -> Vec<String> {
    events.lock().unwrap().iter().map(ToString::to_string).collect()
}

#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code()
}
