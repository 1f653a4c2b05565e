//! The mailbox that a command works on: session, store, and what every verb asks of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mapix::prop::Guid;
use mapix::store::{MemoryStore, MessageStore};
use mapix::{ErrorCode, LogoffFlags, Object, OpenOptions, Session, Store, Tracer};
use mapix_convert::Budget;

use crate::address::{Address, SPECIAL};
use crate::args::Global;
use crate::exit::{Failure, Outcome};
use crate::in_profile::InProfile;
use crate::render::prop::Names;
use crate::sample;
use crate::subsystem;

/// The location that stands for the sample mailbox.
pub(crate) const SAMPLE: &str = "sample:";

/// An open mailbox. It is logged off when it is dropped.
pub(crate) struct Source {
    session: Session,
    /// The store.
    pub(crate) store: Store,
    /// Its file.
    pub(crate) path: PathBuf,
    /// What was asked for, for people; what is no Unicode is replaced.
    pub(crate) location: String,
    /// The names of its named properties.
    pub(crate) names: Names,
}

impl Source {
    /// Opens a mailbox for reading.
    pub(crate) fn open(location: &Path, global: &Global) -> Outcome<Self> {
        let tracer = |event: &mapix::Event| eprintln!("trace: {event}");
        Self::open_traced(location, global, global.trace.then(|| Arc::new(tracer) as Arc<Tracer>))
    }

    /// Opens a mailbox in a session whose steps are told to somebody.
    pub(crate) fn open_traced(
        location: &Path,
        global: &Global,
        tracer: Option<Arc<Tracer>>,
    ) -> Outcome<Self> {
        Self::open_with(location, global, tracer, &OpenOptions::default())
    }

    /// Opens a mailbox for writing, or makes it.
    pub(crate) fn create(location: &Path, global: &Global) -> Outcome<Self> {
        let tracer = |event: &mapix::Event| eprintln!("trace: {event}");
        let tracer = global.trace.then(|| Arc::new(tracer) as Arc<Tracer>);
        let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
        Self::open_with(location, global, tracer, &options)
    }

    /// Makes a mailbox that has the same UID each time.
    pub(crate) fn create_with_uid(location: &Path, uid: Guid, global: &Global) -> Outcome<Self> {
        let made = OpenOptions { write: true, create: true, uid: Some(uid), ..Default::default() };
        Self::open_with(location, global, None, &made)
    }

    /// Gives it another name than that of its file, for whoever reads what is printed.
    pub(crate) fn called(mut self, name: &str) -> Self {
        name.clone_into(&mut self.location);
        self
    }

    /// A mailbox that is empty and is gone afterwards, in place of one that is not made.
    pub(crate) fn in_memory(location: &Path) -> Outcome<Self> {
        let session = subsystem::initialize().session();
        let store = Arc::new(MemoryStore::new(location.display().to_string()));
        let store = session.attach(store, true)?;
        Ok(Self::with(session, store, location))
    }

    fn open_with(
        location: &Path,
        global: &Global,
        tracer: Option<Arc<Tracer>>,
        options: &OpenOptions,
    ) -> Outcome<Self> {
        if let Some(place) = InProfile::parse(location) {
            if global.password.is_some() {
                let text = "in a profile, the password is a setting of the service";
                return Err(Failure::usage(text));
            }
            let (session, store, file) = place.open(options.write, tracer)?;
            let source = Self::with(session, store, location);
            return Ok(Self { path: file.unwrap_or_else(|| source.path.clone()), ..source });
        }
        let session = subsystem::initialize().session();
        if let Some(tracer) = tracer {
            session.set_tracer(tracer);
        }
        let store = if location == Path::new(SAMPLE) {
            let sample: Arc<dyn MessageStore> = Arc::new(sample::mailbox()?);
            session.attach(sample, false)?
        } else {
            let options = OpenOptions { password: global.password.clone(), ..options.clone() };
            session.open_store(location, &options)?
        };
        Ok(Self::with(session, store, location))
    }

    fn with(session: Session, store: Store, location: &Path) -> Self {
        // A mailbox whose map of names is broken still has everything else.
        let names = Names::new(store.all_names().unwrap_or_default());
        let path = location.to_owned();
        Self { session, store, location: path.display().to_string(), path, names }
    }

    /// What an address stands for.
    pub(crate) fn find(&self, address: Option<&str>) -> Outcome<Object> {
        Address::parse(address)?.resolve(&self.store)
    }

    /// The session in which it is open.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// How much of what is embedded in a message is followed.
    pub(crate) fn budget(&self) -> Budget {
        Budget::for_store(fs::metadata(&self.path).map_or(0, |found| found.len()))
    }

    /// The special folders that the mailbox has, by number, with their words.
    pub(crate) fn special_folders(&self) -> HashMap<u64, &'static str> {
        let mut found = HashMap::new();
        for (which, words) in SPECIAL {
            if let Ok(folder) = self.store.special_folder(which) {
                found.entry(folder.id()).or_insert(words[0]);
            }
        }
        found
    }

    /// Logs off. Dropping does it as well, without the reports.
    pub(crate) fn logoff(&self) -> Outcome<()> {
        // Nothing is cut short for a command that is done; a second time there is nothing to say.
        match self.store.store_logoff(LogoffFlags::ORDERLY) {
            Err(error) if error.code() == ErrorCode::INVALID_OBJECT => {}
            said => drop(said?),
        }
        for report in self.session.logoff() {
            report.result?;
        }
        Ok(())
    }
}
