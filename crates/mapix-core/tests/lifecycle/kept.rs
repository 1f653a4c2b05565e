//! A provider whose stores outlive their logons, and which counts all that is alive.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use mapix_core::prop::PropBag;
use mapix_core::store::{Change, Faulty, MemoryStore, MessageStore, ObjectRef};
use mapix_core::{
    EntryId, Error, LogonRequest, Mapi, OpenOptions, Provider, ProviderLogon, Result, StoreLogon,
    StoreProvider, Support,
};

/// Stores that are named by their numbers: `kept:0`, `kept:1`, ...
pub(crate) struct Kept {
    pub(crate) stores: Vec<Arc<Faulty<MemoryStore>>>,
    providers: AtomicUsize,
    pub(crate) logons: AtomicUsize,
    pub(crate) made: AtomicUsize,
    supports: Mutex<Vec<Weak<Support>>>,
    /// One reference to it is in each sink.
    pub(crate) token: Arc<()>,
}

impl Kept {
    pub(crate) fn new(stores: usize) -> (Arc<Self>, Mapi) {
        let store = |number| Arc::new(Faulty::new(MemoryStore::new(format!("store {number}"))));
        let kept = Arc::new(Self {
            stores: (0..stores).map(store).collect(),
            providers: AtomicUsize::new(0),
            logons: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
            supports: Mutex::default(),
            token: Arc::new(()),
        });
        let mapi = Mapi::with_providers(vec![Arc::new(Kind(Arc::clone(&kept)))]);
        (kept, mapi)
    }

    /// What is alive: provider objects, logon objects, support objects, sinks, and references to
    /// stores other than those that are kept here.
    fn live(&self) -> [usize; 5] {
        let supports = self.supports.lock().unwrap();
        let stores = self.stores.iter().map(|store| Arc::strong_count(store) - 1);
        [
            self.providers.load(Ordering::SeqCst),
            self.logons.load(Ordering::SeqCst),
            supports.iter().filter(|support| support.strong_count() > 0).count(),
            Arc::strong_count(&self.token) - 1,
            stores.sum(),
        ]
    }

    /// Nothing is alive any more, but for a moment: threads that follow a store, call sinks or log
    /// a store off let go of their references just after whoever waited for them goes on.
    pub(crate) fn assert_nothing_is_open(&self) {
        for _ in 0..30_000 {
            if self.live() == [0; 5] {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(self.live(), [0; 5]);
    }
}

struct Kind(Arc<Kept>);

impl StoreProvider for Kind {
    fn name(&self) -> &'static str {
        "KEPT"
    }
    fn scheme(&self) -> &'static str {
        "kept"
    }
    fn description(&self) -> &'static str {
        "stores that stay"
    }
    fn recognizes(&self, _: &[u8]) -> bool {
        false
    }
    fn provider(&self) -> Result<Option<Arc<dyn Provider>>> {
        self.0.providers.fetch_add(1, Ordering::SeqCst);
        Ok(Some(Arc::new(Object(Arc::clone(&self.0)))))
    }
    fn open(&self, _: &Path, _: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        Err(Error::no_support("its provider object does it"))
    }
}

struct Object(Arc<Kept>);

impl Provider for Object {
    fn logon(&self, support: &Arc<Support>, request: &LogonRequest<'_>) -> Result<ProviderLogon> {
        let number = request.location.to_str().and_then(|number| number.parse::<usize>().ok());
        let store = number.and_then(|number| self.0.stores.get(number));
        let store = store.ok_or_else(|| Error::not_found("there is no such store"))?;
        let plain = ProviderLogon::plain(support, Arc::clone(store) as _);
        let mut supports = self.0.supports.lock().unwrap();
        supports.retain(|support| support.strong_count() > 0);
        supports.push(Arc::downgrade(support));
        drop(supports);
        self.0.logons.fetch_add(1, Ordering::SeqCst);
        self.0.made.fetch_add(1, Ordering::SeqCst);
        let logon = Logon { kept: Arc::clone(&self.0), store: Arc::clone(store) };
        Ok(ProviderLogon { logon: Some(Arc::new(logon)), ..plain })
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.0.providers.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Logon {
    kept: Arc<Kept>,
    store: Arc<Faulty<MemoryStore>>,
}

impl StoreLogon for Logon {
    /// The store stays for the other sessions; a commit ends the waiting for one.
    fn logoff(&self) -> Result<()> {
        let nothing = Change::UpdateStore { set: PropBag::new(), delete: Vec::new() };
        self.store.inner().commit(vec![nothing]).map(drop)
    }
    fn open_entry(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.store.resolve(entry_id)
    }
}

impl Drop for Logon {
    fn drop(&mut self) {
        self.kept.logons.fetch_sub(1, Ordering::SeqCst);
    }
}
