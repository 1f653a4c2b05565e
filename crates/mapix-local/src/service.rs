//! The message service `MAPIX`: how sessions open and make embedded stores.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use mapix_core::query::{BodyText, PlainOnly};
use mapix_core::store::MessageStore;
use mapix_core::{OpenOptions, Result, StoreProvider};

use crate::LocalStore;
use crate::schema::APPLICATION_ID;

/// Opens embedded stores, and makes them: files with the extension `.mapix`.
#[derive(Clone)]
pub struct LocalProvider {
    bodies: Arc<dyn BodyText>,
}

impl LocalProvider {
    /// With somebody who converts HTML and RTF bodies for the full-text index.
    pub fn new(bodies: Arc<dyn BodyText>) -> Self {
        Self { bodies }
    }
}

impl Default for LocalProvider {
    /// With nobody: only plain bodies are in the index.
    fn default() -> Self {
        Self::new(Arc::new(PlainOnly))
    }
}

impl fmt::Debug for LocalProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalProvider").finish_non_exhaustive()
    }
}

impl StoreProvider for LocalProvider {
    fn name(&self) -> &'static str {
        "MAPIX"
    }

    fn scheme(&self) -> &'static str {
        "mapix"
    }

    fn description(&self) -> &'static str {
        "mapix stores (.mapix)"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(b"SQLite format 3\0")
            && head.get(68..72) == Some(&APPLICATION_ID.to_be_bytes())
    }

    fn creates(&self, location: &Path) -> bool {
        location.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mapix"))
    }

    fn open(&self, location: &Path, options: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        let store = match options {
            OpenOptions { write: true, create: true, uid: Some(uid), .. } => {
                LocalStore::create_with_uid(location, *uid)?
            }
            OpenOptions { write: true, create: true, .. } => LocalStore::create(location)?,
            OpenOptions { write: true, .. } => LocalStore::open_for_writing(location)?,
            _ => LocalStore::open(location)?,
        };
        Ok(Arc::new(store.with_body_text(Arc::clone(&self.bodies))))
    }
}
