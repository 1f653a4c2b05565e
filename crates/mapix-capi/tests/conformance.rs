//! The contract of stores, through the tables of functions of C and back: the embedded store as a
//! provider gives it, in a session that imports it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use mapi::import::ForeignStore;
use mapi::provider::log_on;
use mapix::store::MessageStore;
use mapix::{OpenOptions, Result};
use mapix_conformance::{Subject, Suite};
use tempfile::TempDir;

/// Files in a directory, by the stores that are open over them.
struct Through {
    directory: TempDir,
    files: Mutex<HashMap<usize, PathBuf>>,
}

fn key(store: &Arc<dyn MessageStore>) -> usize {
    Arc::as_ptr(store).cast::<()>().addr()
}

impl Through {
    fn open_file(&self, path: PathBuf, create: bool) -> Result<Arc<dyn MessageStore>> {
        let options = OpenOptions { write: true, create, ..OpenOptions::default() };
        let (logon, store) = log_on(&path, &options)?;
        let store: Arc<dyn MessageStore> =
            Arc::new(ForeignStore::over(logon, store, "MAPIX_THROUGH_C", true)?);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(key(&store), path);
        Ok(store)
    }
}

impl Subject for Through {
    fn open(&self) -> Result<Arc<dyn MessageStore>> {
        let name = format!("{}.mapix", mapix::prop::Guid::unique());
        self.open_file(self.directory.path().join(name), true)
    }

    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let path = files.remove(&key(&store)).expect("the store was opened here");
        drop(files);
        store.logoff()?;
        drop(store);
        self.open_file(path, false)
    }
}

/// What the interfaces of MAPI do not carry.
const NARROW: &str = "text of 8 bits is given with 16 (MAPI_UNICODE)";
const NOT_ATOMIC: &str = "MAPI has no transaction over several objects";
const NAMES: &str = "folders without names are not made (IMAPIFolder::CreateFolder)";
const COUNTED: &str = "what the provider computes or numbers is not what is set";
const NUMBERS: &str = "numbers last as long as the store is open";
const TIMES: &str = "the provider sets the times of a message";
const LATE: &str = "the provider tells of changes from a thread of its own: what was done before may be told after";

const EXCEPT: &[(&str, &str)] = &[
    ("properties_are_complete", NARROW),
    ("entry_ids_are_stable", NUMBERS),
    ("commit_is_atomic", NOT_ATOMIC),
    ("commit_sets_what_it_is_given", COUNTED),
    ("commit_is_durable", COUNTED),
    ("updates_of_deleted_objects_fail", NOT_ATOMIC),
    ("counts_are_true", COUNTED),
    ("changes_name_every_object", NAMES),
    ("changes_tell_what_happened", NAMES),
    ("changes_start_at_the_cursor", LATE),
    ("waiting_ends_in_time", LATE),
    ("waiting_ends_with_the_store", LATE),
    ("the_first_save_fills_in_what_is_required", TIMES),
];

fn main() -> ExitCode {
    let directory = tempfile::tempdir().expect("a directory for the stores");
    let subject = Through { directory, files: Mutex::default() };
    Suite::new().add_except("through_c", subject, EXCEPT).run()
}
