//! The embedded store against the contract: writable, and read-only.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use mapix_conformance::{Subject, Suite, sample};
use mapix_core::Result;
use mapix_core::store::MessageStore;
use mapix_local::LocalStore;
use tempfile::TempDir;

/// Stores in a directory that goes with them.
#[derive(Default)]
struct Files(Mutex<Vec<(Arc<dyn MessageStore>, TempDir)>>);

impl Files {
    fn new_store(&self) -> Result<Arc<dyn MessageStore>> {
        let directory = tempfile::tempdir()?;
        let store: Arc<dyn MessageStore> =
            Arc::new(LocalStore::create(directory.path().join("test.mapix"))?);
        self.keep(&store, directory);
        Ok(store)
    }

    fn keep(&self, store: &Arc<dyn MessageStore>, directory: TempDir) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.push((Arc::clone(store), directory));
    }

    /// The directory of a store, which is closed.
    fn close(&self, store: Arc<dyn MessageStore>) -> Result<TempDir> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = files.iter().position(|(kept, _)| Arc::ptr_eq(kept, &store));
        let (kept, directory) = files.swap_remove(at.expect("the store was opened here"));
        drop(kept);
        store.logoff()?;
        drop(store);
        Ok(directory)
    }
}

#[derive(Default)]
struct Writable(Files);

impl Subject for Writable {
    fn open(&self) -> Result<Arc<dyn MessageStore>> {
        self.0.new_store()
    }

    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        let directory = self.0.close(store)?;
        let path = directory.path().join("test.mapix");
        let store: Arc<dyn MessageStore> = Arc::new(LocalStore::open_for_writing(path)?);
        self.0.keep(&store, directory);
        Ok(store)
    }
}

#[derive(Default)]
struct ReadOnly(Files);

impl ReadOnly {
    fn again(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        let directory = self.0.close(store)?;
        let path = directory.path().join("test.mapix");
        let store: Arc<dyn MessageStore> = Arc::new(LocalStore::open(path)?);
        self.0.keep(&store, directory);
        Ok(store)
    }
}

impl Subject for ReadOnly {
    fn open(&self) -> Result<Arc<dyn MessageStore>> {
        let store = self.0.new_store()?;
        sample::fill(store.as_ref())?;
        self.again(store)
    }

    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        self.again(store)
    }
}

fn main() -> ExitCode {
    let suite = Suite::new().add("local", Writable::default());
    suite.add("local_read_only", ReadOnly::default()).run()
}
