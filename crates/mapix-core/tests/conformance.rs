//! The memory store, which the other stores are measured by, writable and read-only.

use std::process::ExitCode;
use std::sync::Arc;

use mapix_conformance::{Subject, Suite, sample};
use mapix_core::Result;
use mapix_core::store::{MemoryStore, MessageStore};

struct Memory;

impl Subject for Memory {
    fn open(&self) -> Result<Arc<dyn MessageStore>> {
        Ok(Arc::new(MemoryStore::new("memory")))
    }

    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        Ok(store)
    }
}

struct ReadOnly;

impl Subject for ReadOnly {
    fn open(&self) -> Result<Arc<dyn MessageStore>> {
        let store = MemoryStore::new("memory");
        sample::fill(&store)?;
        Ok(Arc::new(store.into_read_only()))
    }

    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        Ok(store)
    }
}

fn main() -> ExitCode {
    Suite::new().add("memory", Memory).add("memory_read_only", ReadOnly).run()
}
