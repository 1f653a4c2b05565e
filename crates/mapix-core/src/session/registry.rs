//! The providers, and which of them opens what.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::provider::Provider;
use super::spooler::TransportProvider;
use crate::profile::Service;
use crate::prop::Guid;
use crate::store::MessageStore;
use crate::{Error, ErrorCode, Result};

/// A kind of stores: what can be loaded, and how its stores are found.
#[doc(alias = "MSProviderInit")]
pub trait StoreProvider: Send + Sync {
    /// The name of its message service, such as `MAPIX_PST`.
    fn name(&self) -> &'static str;

    /// The scheme of its URLs, such as `pst`.
    fn scheme(&self) -> &'static str;

    /// What it opens, in a few words for people, such as `Outlook data files (PST, OST)`.
    fn description(&self) -> &'static str;

    /// What can be set for it as a message service in a profile. `path` is where the store is,
    /// `password` what [`OpenOptions::password`] says.
    fn settings(&self) -> &'static [SettingInfo] {
        &[SettingInfo { name: "path", about: "the file", required: true, secret: false }]
    }

    /// Whether a file looks like one of its stores, by its first bytes (at most 512).
    fn recognizes(&self, head: &[u8]) -> bool;

    /// Whether it makes a new store at a location where there is none, by the name alone; asked
    /// only with [`OpenOptions::create`].
    fn creates(&self, location: &Path) -> bool {
        let _ = location;
        false
    }

    /// Whether one of its stores can be the default one of a profile: it takes new messages, and lets
    /// them be changed and sent.
    #[doc(alias = "STATUS_NO_DEFAULT_STORE")]
    fn can_be_default(&self) -> bool {
        true
    }

    /// Makes a provider object, a new one for each session; `None` for one that opens its stores
    /// with [`open`](Self::open) and needs no more.
    fn provider(&self) -> Result<Option<Arc<dyn Provider>>> {
        Ok(None)
    }

    /// Is told that a message service of its kind goes from a profile, before the service and its
    /// sections go. Nothing stops it from going: an error is handed on to whoever deletes it.
    #[doc(alias = "MSG_SERVICE_DELETE")]
    fn deleting(&self, service: &Service) -> Result<()> {
        let _ = service;
        Ok(())
    }

    /// Opens a store. The location is a path, or what follows the scheme in a URL. Names of files
    /// need not be Unicode.
    #[doc(alias = "IMSProvider::Logon")]
    fn open(&self, location: &Path, options: &OpenOptions) -> Result<Arc<dyn MessageStore>>;
}

/// Something that can be set for a message service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SettingInfo {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Whether the service does not start without it.
    pub required: bool,
    /// Whether it must not stand in a file: it is taken from the environment.
    pub secret: bool,
}

/// How a store is opened.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct OpenOptions {
    /// For writing as well (`MDB_WRITE`). Stores are opened read-only otherwise.
    #[doc(alias = "MDB_WRITE")]
    pub write: bool,
    /// Makes the store if there is none; with [`write`](Self::write).
    pub create: bool,
    /// The UID of a store that is made, in place of one that nobody else has: for tests and
    /// demonstrations that shall give the same each time.
    pub uid: Option<Guid>,
    /// The password, where the provider asks for one.
    pub password: Option<String>,
    /// The other settings of the message service, by their names.
    pub settings: BTreeMap<String, String>,
}

/// The providers in the order in which they are asked.
#[derive(Clone)]
pub(super) struct Registry {
    stores: Vec<Arc<dyn StoreProvider>>,
    transports: Vec<Arc<dyn TransportProvider>>,
}

/// What a kind of message services is.
#[derive(Clone)]
pub(super) enum Kind<'a> {
    Store(&'a Arc<dyn StoreProvider>),
    Transport(&'a Arc<dyn TransportProvider>),
}

impl Kind<'_> {
    pub(super) fn settings(&self) -> &'static [SettingInfo] {
        match self {
            Self::Store(provider) => provider.settings(),
            Self::Transport(provider) => provider.settings(),
        }
    }
}

impl Registry {
    pub(super) fn new(stores: Vec<Arc<dyn StoreProvider>>) -> Self {
        Self { stores, transports: Vec::new() }
    }

    pub(super) fn and_stores(&self, more: Vec<Arc<dyn StoreProvider>>) -> Self {
        let mut registry = self.clone();
        for provider in more {
            if registry.kind(provider.name()).is_err() {
                registry.stores.push(provider);
            }
        }
        registry
    }

    pub(super) fn and_transports(&self, more: Vec<Arc<dyn TransportProvider>>) -> Self {
        let mut registry = self.clone();
        registry.transports.extend(more);
        registry
    }

    /// Who opens a location, and what it is asked for. A location that begins with the scheme of a
    /// provider goes to that one; any other is a path, and the first bytes of the file decide.
    pub(super) fn find(
        &self,
        location: &Path,
        options: &OpenOptions,
    ) -> Result<(&Arc<dyn StoreProvider>, PathBuf)> {
        if let Some(found) = self.by_scheme(location) {
            return Ok(found);
        }
        if options.create
            && !location.exists()
            && let Some(provider) = self.stores.iter().find(|provider| provider.creates(location))
        {
            return Ok((provider, location.to_owned()));
        }
        let head = read_head(location)?;
        let found = self.stores.iter().find(|provider| provider.recognizes(&head));
        found.map(|provider| (provider, location.to_owned())).ok_or_else(|| self.unknown(&head))
    }

    /// A kind of message services by its name.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND`, with the names that there are.
    pub(super) fn kind(&self, kind: &str) -> Result<Kind<'_>> {
        let store = self.stores.iter().find(|provider| provider.name() == kind).map(Kind::Store);
        store.or_else(|| self.transport(kind).map(Kind::Transport)).ok_or_else(|| {
            let stores = self.stores.iter().map(|provider| provider.name());
            let transports = self.transports.iter().map(|provider| provider.name());
            let known = stores.chain(transports).collect::<Vec<_>>().join(", ");
            Error::not_found(format!("no message service `{kind}` is known; known are: {known}"))
        })
    }

    /// A provider of stores by the name of its message service.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND`, with the names that there are; `MAPI_E_NO_SUPPORT` for a transport.
    pub(super) fn service(&self, kind: &str) -> Result<&Arc<dyn StoreProvider>> {
        match self.kind(kind)? {
            Kind::Store(provider) => Ok(provider),
            Kind::Transport(_) => Err(Error::no_support(format!("`{kind}` has no store"))),
        }
    }

    /// A transport by the name of its message service.
    pub(super) fn transport(&self, kind: &str) -> Option<&Arc<dyn TransportProvider>> {
        self.transports.iter().find(|provider| provider.name() == kind)
    }

    /// All providers of stores.
    pub(super) fn stores(&self) -> &[Arc<dyn StoreProvider>] {
        &self.stores
    }

    /// All transports.
    pub(super) fn transports(&self) -> &[Arc<dyn TransportProvider>] {
        &self.transports
    }

    /// What tells two openings of the same store apart from openings of two stores.
    pub(super) fn key(&self, location: &Path) -> String {
        let path = self.by_scheme(location).map_or_else(|| location.to_owned(), |(_, rest)| rest);
        // Escaped, so that names that are no Unicode stay different.
        let escape = |path: &Path| path.as_os_str().as_encoded_bytes().escape_ascii().to_string();
        fs::canonicalize(path).map_or_else(|_| escape(location), |path| escape(&path))
    }

    /// The provider that a URL names, and what follows its scheme.
    fn by_scheme(&self, location: &Path) -> Option<(&Arc<dyn StoreProvider>, PathBuf)> {
        self.stores.iter().find_map(|provider| {
            let rest = after_scheme(location.as_os_str(), provider.scheme())?;
            Some((provider, PathBuf::from(rest)))
        })
    }

    fn unknown(&self, head: &[u8]) -> Error {
        if head.is_empty() {
            return Error::new(ErrorCode::CORRUPT_STORE, "the file is empty");
        }
        let kinds: Vec<&str> = self.stores.iter().map(|provider| provider.description()).collect();
        Error::new(
            ErrorCode::NO_SUPPORT,
            format!("not a mailbox of a known kind; known are: {}", kinds.join(", ")),
        )
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stores = self.stores.iter().map(|provider| provider.name());
        let transports = self.transports.iter().map(|provider| provider.name());
        f.debug_list().entries(stores.chain(transports)).finish()
    }
}

/// What follows a scheme and its colon, if a location begins with them.
#[cfg(unix)]
fn after_scheme(location: &OsStr, scheme: &str) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    let rest = location.as_bytes().strip_prefix(scheme.as_bytes())?.strip_prefix(b":")?;
    Some(OsStr::from_bytes(rest).to_owned())
}

/// What follows a scheme and its colon, if a location begins with them and is Unicode.
#[cfg(not(unix))]
fn after_scheme(location: &OsStr, scheme: &str) -> Option<OsString> {
    location.to_str()?.strip_prefix(scheme)?.strip_prefix(':').map(OsString::from)
}

fn read_head(path: &Path) -> Result<Vec<u8>> {
    // Opening a directory succeeds on some systems and fails on others, so ask first.
    if fs::metadata(path)?.is_dir() {
        return Err(Error::invalid_parameter("is a directory, not a mailbox file"));
    }
    let mut head = Vec::with_capacity(512);
    File::open(path)?.take(512).read_to_end(&mut head)?;
    Ok(head)
}
