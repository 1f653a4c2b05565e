//! The stores of a profile: which there are, and how they are opened (lifecycle rules, sections 2,
//! 4 and 6).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clients::{Core, Disabled, Opening};
use super::context::TableOf;
use super::provider::call;
use super::registry::OpenOptions;
use super::routing::{inner, unknown};
use super::service::{Start, unknown_setting};
use super::{Event, Session, lock};
use crate::notify::{Connection, Sink};
use crate::object::{DEFAULT_STORE_NEEDS, Object};
use crate::profile::{Provider, Service, Setting};
use crate::prop::{Guid, PropBag, PropTag, Value, tags};
use crate::store::{ObjectRef, Row};
use crate::table::{Table, TableSource};
use crate::{Context as _, EntryId, Error, ErrorCode, Result, Store};

/// How [`Session::open_msg_store`] opens a store.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of MAPI")]
pub struct OpenStore {
    /// For writing as well.
    #[doc(alias = "MDB_WRITE")]
    pub write: bool,
    /// Without a place in the stores table and in the profile.
    #[doc(alias = "MDB_TEMPORARY")]
    pub temporary: bool,
    /// No mail is moved for this store: whoever moves it is not told of it.
    #[doc(alias = "MDB_NO_MAIL")]
    pub no_mail: bool,
    /// From where it really is, and not from a copy that is kept of it.
    #[doc(alias = "MDB_ONLINE")]
    pub online: bool,
    /// Nobody is asked anything: what would have to be asked for is `MAPI_E_LOGON_FAILED`.
    #[doc(alias = "MDB_NO_DIALOG")]
    pub no_dialog: bool,
}

/// Who is asked for settings when a service says that it is not configured: for the service, and
/// why. Gives settings by their names; `MAPI_E_USER_CANCEL` if there is no answer, which disables
/// nothing.
pub type Configurer = dyn Fn(&Service, &Error) -> Result<BTreeMap<String, String>> + Send + Sync;

impl Session {
    /// Whom to ask when a service is not configured (`MAPI_E_UNCONFIGURED`); it is tried once more
    /// then. The answer is written into the profile, but for secrets: those, and what a profile
    /// that cannot be written does not take, are known until the session ends.
    #[doc(alias = "MSG_SERVICE_CONFIGURE")]
    pub fn set_configurer(&self, configurer: Arc<Configurer>) {
        *lock(&self.core.configurer) = Some(configurer);
    }

    /// The stores of the profile, in its order: `PR_PROVIDER_UID`, `PR_DISPLAY_NAME`,
    /// `PR_PROVIDER_DISPLAY`, `PR_DEFAULT_STORE`, and, of those that have been opened before,
    /// `PR_ENTRYID` and `PR_RECORD_KEY`. The table reads the profile when it is read.
    #[doc(alias = "IMAPISession::GetMsgStoresTable")]
    pub fn stores_table(&self) -> Result<Table> {
        self.check()?;
        Ok(Table::new(Arc::new(Rows { core: Arc::clone(&self.core), table: TableOf::Stores })))
    }

    /// What the providers say of how they are.
    #[doc(alias = "IMAPISession::GetStatusTable")]
    pub fn status_table(&self) -> Result<Table> {
        self.check()?;
        Ok(Table::new(Arc::new(Rows { core: Arc::clone(&self.core), table: TableOf::Status })))
    }

    /// Opens a store of the profile, by the UID of its provider.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the profile has none; those of the provider. After an error that is
    /// neither `MAPI_E_FAILONEPROVIDER` nor `MAPI_E_USER_CANCEL`, the service is disabled, and
    /// answers the same until the next session.
    #[doc(alias = "IMAPISession::OpenMsgStore")]
    pub fn open_msg_store(&self, provider: Guid, how: OpenStore) -> Result<Store> {
        self.check()?;
        let profile = self.core.context.profile()?;
        let found = profile.providers().find(|(_, found)| found.uid == provider);
        let (service, provider) =
            found.ok_or_else(|| Error::not_found("there is no such provider in the profile"))?;
        let opened = self.open_provider(service, provider, how);
        opened.context(|| service.name.clone())
    }

    fn open_provider(
        &self,
        service: &Service,
        provider: &Provider,
        how: OpenStore,
    ) -> Result<Store> {
        let disabled = |core: &Core| {
            let disabled = lock(&core.disabled);
            disabled.iter().find(|(uid, _)| *uid == service.uid).map(|(_, why)| why.clone())
        };
        if let Some(Disabled { code, sentence }) = disabled(&self.core) {
            let sentence = format!("the service is disabled for this session: {sentence}");
            return Err(Error::new(code, sentence));
        }
        let result = match self.try_provider(service, provider, how) {
            Err(error) if error.code() == ErrorCode::UNCONFIGURED => self
                .configure(service.uid, how, &error)
                .and_then(|service| self.try_provider(&service, provider, how)),
            result => result,
        };
        let result = match result {
            Err(error) if error.code() == ErrorCode::UNCONFIGURED && how.no_dialog => {
                let sentence = "the service is not configured, and nobody is to be asked";
                Err(Error::new(ErrorCode::LOGON_FAILED, sentence).with_source(error))
            }
            result => result,
        };
        if let Err(error) = &result
            && !matches!(
                error.code(),
                ErrorCode::FAILONEPROVIDER | ErrorCode::USER_CANCEL | ErrorCode::INVALID_OBJECT
            )
        {
            let why = Disabled { code: error.code(), sentence: error.to_string() };
            let event =
                Event::ServiceDisabled { service: service.name.clone(), error: error.to_string() };
            lock(&self.core.disabled).push((service.uid, why));
            self.core.context.trace().send(&event);
        }
        result
    }

    fn try_provider(
        &self,
        service: &Service,
        provider: &Provider,
        how: OpenStore,
    ) -> Result<Store> {
        let given = lock(&self.core.given).get(&service.uid).cloned().unwrap_or_default();
        let Start { provider: kind, path, password, others: settings } =
            self.core.registry.start(service, &given)?;
        let write = how.write;
        let options = OpenOptions { write, password, settings, ..OpenOptions::default() };
        let section = (!how.temporary).then_some(provider.uid);
        let entry_id = known_entry_id(provider);
        let entry_id = entry_id.as_ref();
        let opening =
            Opening { provider: &kind, location: &path, options: &options, section, entry_id, how };
        let store = self.core.open_service(self.client, service.uid, &opening)?;
        if !how.temporary {
            self.remember(provider, &store)?;
        }
        Ok(store)
    }

    /// Configures a service once more: from the profile as it is now, and from what the client
    /// says, if it is to be asked.
    fn configure(&self, service: Guid, how: OpenStore, why: &Error) -> Result<Service> {
        let mut service = self.core.context.profile()?.service(service)?.clone();
        let configurer = lock(&self.core.configurer).clone().filter(|_| !how.no_dialog);
        let Some(configurer) = configurer else { return Ok(service) };
        let answer = call("configuration", || configurer(&service, why))?;
        let infos = self.core.registry.service(&service.kind)?.settings();
        let mut kept = Vec::new();
        for (name, text) in &answer {
            match infos.iter().find(|info| info.name == name) {
                None => return Err(unknown_setting(name, infos)),
                Some(info) if info.secret => {}
                Some(_) => kept.push((name.clone(), Some(Setting::Text(text.clone())))),
            }
        }
        lock(&self.core.given).entry(service.uid).or_default().extend(answer);
        if kept.is_empty() || how.temporary {
            return Ok(service);
        }
        let uid = service.uid;
        let changed = self.core.context.change_profile(|profile| {
            profile.configure_service(uid, kept)?;
            service = profile.service(uid)?.clone();
            Ok(())
        });
        unless_read_only(changed)?;
        Ok(service)
    }

    /// Writes into the provider's section what the stores table shows, if that is new.
    fn remember(&self, provider: &Provider, store: &Store) -> Result<()> {
        let entry_id = store.entry_id()?;
        let known = provider.section.props().bytes(tags::ENTRYID) == Some(entry_id.as_bytes());
        if known {
            return Ok(());
        }
        let result = self.core.context.change_section(provider.uid, false, |section| {
            section.set(tags::ENTRYID, entry_id.as_bytes())?;
            section.set(tags::DISPLAY_NAME, store.info().display_name.as_str())?;
            section.set(tags::PROVIDER_DISPLAY, store.info().provider)?;
            section.set(tags::RECORD_KEY, &store.info().uid.0[..])
        });
        unless_read_only(result)
    }

    /// Opens the default store of the profile.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if it has none; those of [`open_msg_store`](Self::open_msg_store).
    pub fn default_store(&self, how: OpenStore) -> Result<Store> {
        self.check()?;
        let default = self.core.context.profile()?.default_store();
        let default = default.ok_or_else(|| Error::not_found("there is no default store"))?;
        self.open_msg_store(default, how)
    }

    /// Makes the store of a provider of the profile the default one, or none. It is opened, if it
    /// is not yet, to see that it can be written.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the profile has no such provider; `MAPI_E_NO_SUPPORT` if the store
    /// takes no new messages, or lets them not be changed or sent; those of opening it for writing.
    #[doc(alias = "IMAPISession::SetDefaultStore")]
    pub fn set_default_store(&self, provider: Option<Guid>) -> Result<()> {
        self.check()?;
        if let Some(uid) = provider {
            let profile = self.core.context.profile()?;
            let found = profile.providers().find(|(_, found)| found.uid == uid);
            let (service, found) = found
                .ok_or_else(|| Error::not_found("there is no such provider in the profile"))?;
            // In passing: neither profile nor table hear of it.
            let how = OpenStore { write: true, temporary: true, ..OpenStore::default() };
            let store = self.try_provider(service, found, how).context(|| service.name.clone())?;
            let mask = store.get(tags::STORE_SUPPORT_MASK)?.and_then(|mask| mask.as_i32());
            if mask.unwrap_or(0) & DEFAULT_STORE_NEEDS != DEFAULT_STORE_NEEDS {
                let sentence = "the store cannot be the default one: it cannot be written";
                return Err(Error::no_support(sentence).context(service.name.clone()));
            }
        }
        self.core.context.change_profile(|profile| profile.set_default_store(provider))
    }

    /// Opens the store that a wrapped entry ID names: one that is open, or one of the profile.
    ///
    /// # Errors
    /// `MAPI_E_UNKNOWN_ENTRYID` if it is of none of them; those of
    /// [`open_msg_store`](Self::open_msg_store).
    pub fn open_store_entry(&self, entry_id: &EntryId, how: OpenStore) -> Result<Store> {
        self.check()?;
        let inner = inner(entry_id);
        if let Some(logon) = self.core.route(&inner)?
            && (logon.is_for_writing() || !how.write)
            && logon.with_logon(|logon| logon.open_entry(&inner))? == ObjectRef::Store
        {
            return Ok(Store::new(logon));
        }
        let profile = self.core.context.profile()?;
        let mut providers = profile.providers();
        // A provider that is not there, or cannot say, does not have it.
        let found = providers.find(|(service, provider)| {
            known_entry_id(provider).is_some_and(|known| {
                self.core.is_same_store(&service.kind, &known, &inner).unwrap_or(false)
            })
        });
        match found {
            Some((_, provider)) => self.open_msg_store(provider.uid, how),
            None => Err(unknown()),
        }
    }

    /// Opens what an entry ID names, in whatever store of the session: the store whose provider
    /// registered the UID does it, the first one if there are several. Nothing is opened for it
    /// but a store of the profile that is named itself.
    ///
    /// # Errors
    /// `MAPI_E_UNKNOWN_ENTRYID` if nobody knows the UID; those of
    /// [`Store::open_entry`](Store::open_entry).
    #[doc(alias = "IMAPISession::OpenEntry")]
    pub fn open_entry(&self, entry_id: &EntryId) -> Result<Object> {
        self.check()?;
        if entry_id.unwrap_store().is_some() {
            return self.open_store_entry(entry_id, OpenStore::default()).map(Object::Store);
        }
        self.core.open_entry(entry_id)
    }

    /// Whether two entry IDs name the same object. Of different providers they never do.
    ///
    /// # Errors
    /// `MAPI_E_UNKNOWN_ENTRYID` if nobody knows the UID that both have.
    #[doc(alias = "IMAPISession::CompareEntryIDs")]
    pub fn compare_entry_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        self.check()?;
        self.core.compare_entry_ids(first, second)
    }
}

/// A profile that cannot be written is no reason not to read mail.
fn unless_read_only(written: Result<()>) -> Result<()> {
    match written {
        Err(error) if error.code() == ErrorCode::NO_ACCESS => Ok(()),
        result => result,
    }
}

/// The private entry ID under which the profile knows the store of a provider.
fn known_entry_id(provider: &Provider) -> Option<EntryId> {
    let wrapped = provider.section.props().bytes(tags::ENTRYID)?;
    EntryId::from_bytes(wrapped).ok()?.unwrap_store()
}

/// The rows of the stores table or the status table.
struct Rows {
    core: Arc<Core>,
    table: TableOf,
}

impl Rows {
    fn bags(&self) -> Result<Vec<(u64, PropBag)>> {
        if self.table == TableOf::Status {
            return Ok(self.core.context.status_rows());
        }
        let profile = self.core.context.profile()?;
        let row = |(service, provider): (&Service, &Provider)| {
            // It stays with the provider, whatever comes before it.
            let uid = u128::from_le_bytes(provider.uid.0);
            let id = (uid ^ (uid >> 64)) as u64;
            let mut bag = PropBag::new();
            bag.set(tags::DISPLAY_NAME, service.name.as_str());
            bag.set(tags::PROVIDER_DISPLAY, service.kind.as_str());
            bag.set(tags::PROVIDER_UID, &provider.uid.0[..]);
            bag.set(tags::DEFAULT_STORE, profile.default_store() == Some(provider.uid));
            bag.set(tags::OBJECT_TYPE, 1);
            for tag in [tags::ENTRYID, tags::RECORD_KEY] {
                if let Some(prop) = provider.section.props().find(tag.id()) {
                    bag.insert(prop.clone());
                }
            }
            (id, bag)
        };
        let store =
            |(service, _): &(&Service, _)| self.core.registry.transport(&service.kind).is_none();
        Ok(profile.providers().filter(store).map(row).collect())
    }
}

impl TableSource for Rows {
    fn check(&self) -> Result<()> {
        self.core.live().map(drop)
    }

    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()> {
        for (id, bag) in self.bags()? {
            let wanted = |tag: &PropTag| bag.find(tag.id()).cloned();
            each(Ok(Row { id, props: columns.iter().filter_map(wanted).collect() }));
        }
        Ok(())
    }

    fn default_columns(&self) -> Vec<PropTag> {
        match self.table {
            TableOf::Stores => vec![
                tags::DISPLAY_NAME,
                tags::ENTRYID,
                tags::OBJECT_TYPE,
                tags::DEFAULT_STORE,
                tags::PROVIDER_DISPLAY,
                tags::PROVIDER_UID,
                tags::RECORD_KEY,
            ],
            TableOf::Status => vec![
                tags::DISPLAY_NAME,
                tags::PROVIDER_DISPLAY,
                tags::RESOURCE_TYPE,
                tags::STATUS_CODE,
                tags::RECORD_KEY,
            ],
        }
    }

    fn follow(&self, sink: Arc<Sink>) -> Result<Connection> {
        self.core.context.follow(self.table, sink)
    }

    fn load(&self, _: u64, tag: PropTag) -> Result<Value> {
        Err(Error::not_found(format!("the row has no large {tag}")))
    }
}
