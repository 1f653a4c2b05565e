//! Message services: what a profile says, as a provider needs it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::Mapi;
use super::provider::call;
use super::registry::{Kind, OpenOptions, Registry, SettingInfo, StoreProvider};
use super::spooler::{Settings, TransportProvider};
use crate::profile::{Profile, Profiles, Service, Setting};
use crate::prop::Guid;
use crate::{Context, Error, ErrorCode, Result};

/// A service that can be started: its provider, and what its settings say.
pub(super) struct Start {
    pub(super) provider: Arc<dyn StoreProvider>,
    pub(super) path: PathBuf,
    pub(super) password: Option<String>,
    /// All settings but those.
    pub(super) others: BTreeMap<String, String>,
}

impl Registry {
    /// What a service of a profile starts with; what is given goes before its settings.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` for a kind that is not known; `MAPI_E_UNCONFIGURED` if a setting is
    /// missing, not known, or names an environment variable that is not there.
    pub(super) fn start(
        &self,
        service: &Service,
        given: &BTreeMap<String, String>,
    ) -> Result<Start> {
        let provider = self.service(&service.kind)?;
        check(provider.settings(), service, given)?;
        let setting = |name: &str| match given.get(name) {
            Some(text) => Ok(Some(text.clone())),
            None => setting(service, name),
        };
        let mut others = BTreeMap::new();
        for name in service.settings.keys().chain(given.keys()) {
            if !matches!(name.as_str(), "path" | "password") {
                others.extend(setting(name)?.map(|text| (name.clone(), text)));
            }
        }
        Ok(Start {
            provider: Arc::clone(provider),
            path: setting("path")?.unwrap_or_default().into(),
            password: setting("password")?,
            others,
        })
    }
}

impl Registry {
    /// What a transport of a profile starts with.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub(super) fn transport_settings(&self, service: &Service) -> Result<Settings> {
        check(self.kind(&service.kind)?.settings(), service, &BTreeMap::new())?;
        let one =
            |name: &String| Ok(Some((name.clone(), setting(service, name)?.unwrap_or_default())));
        let settings = service.settings.keys().filter_map(|name| one(name).transpose());
        Ok(Settings::new(settings.collect::<Result<Vec<_>>>()?))
    }
}

fn setting(service: &Service, name: &str) -> Result<Option<String>> {
    let setting = service.settings.get(name);
    setting.map(Setting::value).transpose().context(|| format!("setting `{name}`"))
}

fn check(infos: &[SettingInfo], service: &Service, given: &BTreeMap<String, String>) -> Result<()> {
    let unconfigured = |sentence| Err(Error::new(ErrorCode::UNCONFIGURED, sentence));
    for (name, value) in &service.settings {
        let Some(info) = infos.iter().find(|info| info.name == name) else {
            return Err(unknown_setting(name, infos));
        };
        if info.secret && matches!(value, Setting::Text(_)) {
            return unconfigured(format!(
                "`{name}` is secret and does not belong in a file: name an environment variable"
            ));
        }
    }
    let is_there = |name| service.settings.contains_key(name) || given.contains_key(name);
    match infos.iter().find(|info| info.required && !is_there(info.name)) {
        Some(info) => {
            unconfigured(format!("the setting `{}` ({}) is missing", info.name, info.about))
        }
        None => Ok(()),
    }
}

pub(super) fn unknown_setting(name: &str, infos: &[SettingInfo]) -> Error {
    let known: Vec<_> = infos.iter().map(|info| info.name).collect();
    let known = known.join(", ");
    let sentence = format!("there is no setting `{name}`; there are: {known}");
    Error::new(ErrorCode::UNCONFIGURED, sentence)
}

impl Mapi {
    /// The providers of stores, which are message services as well.
    pub fn providers(&self) -> &[Arc<dyn StoreProvider>] {
        self.registry.stores()
    }

    /// The transports, which are message services as well.
    pub fn transports(&self) -> &[Arc<dyn TransportProvider>] {
        self.registry.transports()
    }

    /// Adds a message service to a profile, as the last one, and gives its UID. The first store of a
    /// profile that can be the default one becomes that.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` for a kind that is not known; those of
    /// [`Profile::add_service`](crate::profile::Profile::add_service). Whether the settings fit is not
    /// looked at: see [`check_service`](Self::check_service).
    #[doc(alias = "IMsgServiceAdmin::CreateMsgService")]
    pub fn add_service(
        &self,
        profile: &mut Profile,
        kind: &str,
        name: &str,
        settings: impl IntoIterator<Item = (String, Setting)>,
    ) -> Result<Guid> {
        let can_be_default = match self.registry.kind(kind)? {
            Kind::Store(provider) => provider.can_be_default(),
            Kind::Transport(_) => false,
        };
        let uid = profile.add_service(kind, name, settings)?;
        if can_be_default && profile.default_store().is_none() {
            let provider = profile.service(uid)?.providers.first().map(|provider| provider.uid);
            profile.set_default_store(provider)?;
        }
        Ok(uid)
    }

    /// Deletes a message service from a profile with its providers and their sections. Its provider is
    /// told before ([`StoreProvider::deleting`]), while nobody holds the profiles: it may look at them.
    /// What it says against it is given and stops nothing, so that a service can be deleted when the
    /// library of its provider is gone.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is no such profile, or no such service in it.
    #[doc(alias("IMsgServiceAdmin::DeleteMsgService", "MSG_SERVICE_DELETE"))]
    pub fn delete_service(
        &self,
        profiles: &Profiles,
        profile: &str,
        uid: Guid,
    ) -> Result<Option<Error>> {
        let said = self.tell_of_deletion(profiles.read(profile)?.service(uid)?);
        profiles.change(profile, |profile| profile.remove_service(uid))?;
        Ok(said)
    }

    /// Deletes a profile. The provider of each of its services is told before, as for
    /// [`delete_service`](Self::delete_service). A profile that cannot be read is deleted, too: then
    /// nobody is told, and the reason is among what is given.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is no such profile.
    #[doc(alias = "IProfAdmin::DeleteProfile")]
    pub fn delete_profile(&self, profiles: &Profiles, profile: &str) -> Result<Vec<Error>> {
        let said = match profiles.read(profile) {
            Ok(read) => {
                read.services().iter().filter_map(|one| self.tell_of_deletion(one)).collect()
            }
            Err(error) => vec![error],
        };
        profiles.delete(profile)?;
        Ok(said)
    }

    /// Tells a provider that a service of its kind goes. Where nobody knows the kind there is nobody
    /// to be told.
    fn tell_of_deletion(&self, service: &Service) -> Option<Error> {
        let provider = self.registry.service(&service.kind).ok()?;
        let said = call("deletion of a service", || provider.deleting(service));
        said.err().map(|error| error.context(&service.name))
    }

    /// Whether a service could be started: its kind is known and its settings fit. Nothing is
    /// opened, and no environment variable is looked at.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` for a kind that is not known; `MAPI_E_UNCONFIGURED` if a setting is
    /// missing, not known, or a secret that would stand in the profile.
    pub fn check_service(&self, service: &Service) -> Result<()> {
        check(self.registry.kind(&service.kind)?.settings(), service, &BTreeMap::new())
    }

    /// Makes the store of a new service, if there is none and its provider makes some. A session
    /// never does: a mailbox that is missing is not to be taken for an empty one. Gives whether
    /// it was made.
    ///
    /// # Errors
    /// Those of [`check_service`](Self::check_service), and of the provider.
    #[doc(alias = "MSG_SERVICE_CREATE")]
    pub fn create_store(&self, service: &Service) -> Result<bool> {
        self.check_service(service)?;
        let Kind::Store(provider) = self.registry.kind(&service.kind)? else { return Ok(false) };
        let path = setting(service, "path")?.map(PathBuf::from).unwrap_or_default();
        if path.exists() || !provider.creates(&path) {
            return Ok(false);
        }
        let password = setting(service, "password")?;
        let options = OpenOptions { write: true, create: true, password, ..OpenOptions::default() };
        provider
            .open(&path, &options)
            .and_then(|store| store.logoff())
            .context(|| path.display().to_string())?;
        Ok(true)
    }
}
