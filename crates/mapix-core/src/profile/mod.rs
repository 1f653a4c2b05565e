//! Profiles: which message services a session starts (lifecycle rules, section 2).
//!
//! A [`Profile`] is a list of message [`Service`]s, each with its settings and its providers, and
//! of sections with properties. [`Profiles`] keeps them, one readable TOML file each, in a
//! directory:
//!
//! ```
//! use mapix_core::profile::{Profiles, Setting};
//!
//! # let directory = std::env::temp_dir().join(format!("mapix-doc-{}", std::process::id()));
//! let profiles = Profiles::at(&directory);
//! profiles.create("work")?;
//! let service = profiles.change("work", |profile| {
//!     let settings = [("path".to_owned(), Setting::Text("mail.mapix".into()))];
//!     profile.add_service("MAPIX", "Mail", settings)
//! })?;
//! assert_eq!(profiles.read("work")?.service(service)?.name, "Mail");
//! # std::fs::remove_dir_all(directory).unwrap();
//! # Ok::<(), mapix_core::Error>(())
//! ```
//!
//! What MAPI leaves open is decided here:
//!
//! - No secret stands in a file: a setting that is one names an environment variable
//!   ([`Setting::Env`]), and secure properties (`0x67F0` to `0x67FF`) are refused.
//! - A file that is damaged, or of a version that is not known, is an error that names the line;
//!   it is never written over. Nor is one with anything in it that would be lost by that.
//! - Whoever changes a profile has the lock of the directory, over all processes, from reading to
//!   writing; a change is there whole or not at all, also after a power cut.

mod admin;
mod file;
mod section;

use std::collections::BTreeMap;
use std::fmt;

pub use admin::{ProfileRow, Profiles};
pub use section::Section;

use crate::prop::Guid;
use crate::{Error, ErrorCode, Result};

/// The longest name of a profile, in characters.
pub const MAX_NAME: usize = 64;

/// What a session starts with.
#[derive(Clone, PartialEq, Default, Debug)]
#[doc(alias("IProfAdmin", "IMsgServiceAdmin"))]
pub struct Profile {
    /// The message services, in the order in which they start.
    services: Vec<Service>,
    /// Sections that belong to no provider, by their UIDs.
    sections: BTreeMap<Guid, Section>,
    /// The provider whose store is the default one.
    default_store: Option<Guid>,
}

/// A message service in a profile.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    /// Its UID.
    #[doc(alias = "PR_SERVICE_UID")]
    pub uid: Guid,
    /// What it is, such as `MAPIX_PST`.
    #[doc(alias = "PR_SERVICE_NAME")]
    pub kind: String,
    /// What people call it.
    #[doc(alias = "PR_DISPLAY_NAME")]
    pub name: String,
    /// How it is configured.
    pub settings: BTreeMap<String, Setting>,
    /// Its providers, in order.
    pub providers: Vec<Provider>,
}

/// A provider of a message service.
#[derive(Clone, PartialEq, Debug)]
pub struct Provider {
    /// The UID of the provider, and of its section.
    #[doc(alias = "PR_PROVIDER_UID")]
    pub uid: Guid,
    /// What people call it.
    #[doc(alias = "PR_PROVIDER_DISPLAY")]
    pub name: String,
    /// Its section.
    pub section: Section,
}

/// The value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Text as it stands.
    Text(String),
    /// What an environment variable of this name holds when the service starts.
    Env(String),
}

impl Setting {
    /// The text that it stands for.
    ///
    /// # Errors
    /// `MAPI_E_UNCONFIGURED` if there is no such environment variable, or it is not Unicode.
    pub fn value(&self) -> Result<String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Env(name) => std::env::var(name).map_err(|error| {
                Error::new(ErrorCode::UNCONFIGURED, format!("environment variable {name}"))
                    .with_source(error)
            }),
        }
    }
}

impl fmt::Display for Setting {
    /// The text, or `$NAME`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Env(name) => write!(f, "${name}"),
        }
    }
}

impl Profile {
    /// The message services, in the order in which they start.
    #[doc(alias = "IMsgServiceAdmin::GetMsgServiceTable")]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// A message service by its UID.
    pub fn service(&self, uid: Guid) -> Result<&Service> {
        self.services.iter().find(|service| service.uid == uid).ok_or_else(no_service)
    }

    /// A message service by its name, or else by its UID as text.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none; `MAPI_E_COLLISION` if several are called so.
    pub fn find_service(&self, text: &str) -> Result<&Service> {
        let named: Vec<_> = self.services.iter().filter(|service| service.name == text).collect();
        match named[..] {
            [service] => Ok(service),
            [] => match text.parse() {
                Ok(uid) => self.service(uid),
                Err(_) => Err(no_service().context(text)),
            },
            _ => {
                Err(Error::new(ErrorCode::COLLISION, "several services have this name: use a UID")
                    .context(text))
            }
        }
    }

    fn service_mut(&mut self, uid: Guid) -> Result<&mut Service> {
        self.services.iter_mut().find(|service| service.uid == uid).ok_or_else(no_service)
    }

    /// Adds a message service with one provider, as the last one, and gives its UID. Whether there
    /// is such a kind, and whether the settings fit, is found out by
    /// [`Mapi::check_service`](crate::Mapi::check_service) and when it starts.
    #[doc(alias = "IMsgServiceAdmin::CreateMsgService")]
    pub fn add_service(
        &mut self,
        kind: &str,
        name: &str,
        settings: impl IntoIterator<Item = (String, Setting)>,
    ) -> Result<Guid> {
        check_text("kind of a service", kind)?;
        check_text("name of a service", name)?;
        let uid = Guid::unique();
        let provider =
            Provider { uid: Guid::unique(), name: name.into(), section: Section::default() };
        let mut service = Service {
            uid,
            kind: kind.into(),
            name: name.into(),
            settings: BTreeMap::new(),
            providers: vec![provider],
        };
        service.configure(settings.into_iter().map(|(key, value)| (key, Some(value))))?;
        self.services.push(service);
        Ok(uid)
    }

    /// Copies a message service with its settings and providers, all with new UIDs, as the last
    /// one, and gives the new UID.
    #[doc(alias = "IMsgServiceAdmin::CopyMsgService")]
    pub fn copy_service(&mut self, uid: Guid, name: &str) -> Result<Guid> {
        check_text("name of a service", name)?;
        let mut copy = self.service(uid)?.clone();
        copy.uid = Guid::unique();
        copy.name = name.into();
        copy.providers.iter_mut().for_each(|provider| provider.uid = Guid::unique());
        let uid = copy.uid;
        self.services.push(copy);
        Ok(uid)
    }

    /// Gives a message service another name.
    #[doc(alias = "IMsgServiceAdmin::RenameMsgService")]
    pub fn rename_service(&mut self, uid: Guid, name: &str) -> Result<()> {
        check_text("name of a service", name)?;
        self.service_mut(uid)?.name = name.into();
        Ok(())
    }

    /// Removes a message service with its providers and their sections.
    #[doc(alias = "IMsgServiceAdmin::DeleteMsgService")]
    pub fn remove_service(&mut self, uid: Guid) -> Result<()> {
        self.service(uid)?;
        self.services.retain(|service| service.uid != uid);
        self.forget_default();
        Ok(())
    }

    /// Changes settings of a message service; `None` removes one.
    #[doc(alias = "IMsgServiceAdmin::ConfigureMsgService")]
    pub fn configure_service(
        &mut self,
        uid: Guid,
        settings: impl IntoIterator<Item = (String, Option<Setting>)>,
    ) -> Result<()> {
        self.service_mut(uid)?.configure(settings)
    }

    /// Moves a message service to a place in the order, from 0; the last place if it is too far.
    #[doc(alias = "IMsgServiceAdmin::MsgServiceTransportOrder")]
    pub fn move_service(&mut self, uid: Guid, to: usize) -> Result<()> {
        let from = self.services.iter().position(|service| service.uid == uid);
        let service = self.services.remove(from.ok_or_else(no_service)?);
        self.services.insert(to.min(self.services.len()), service);
        Ok(())
    }

    /// All providers, in order, with their services.
    #[doc(alias = "IMsgServiceAdmin::GetProviderTable")]
    pub fn providers(&self) -> impl Iterator<Item = (&Service, &Provider)> {
        self.services
            .iter()
            .flat_map(|service| service.providers.iter().map(move |provider| (service, provider)))
    }

    /// Adds a provider to a message service, and gives its UID.
    #[doc(alias = "IProviderAdmin::CreateProvider")]
    pub fn add_provider(&mut self, service: Guid, name: &str) -> Result<Guid> {
        check_text("name of a provider", name)?;
        let provider =
            Provider { uid: Guid::unique(), name: name.into(), section: Section::default() };
        let uid = provider.uid;
        self.service_mut(service)?.providers.push(provider);
        Ok(uid)
    }

    /// Removes a provider and its section.
    #[doc(alias = "IProviderAdmin::DeleteProvider")]
    pub fn remove_provider(&mut self, uid: Guid) -> Result<()> {
        let before = self.providers().count();
        for service in &mut self.services {
            service.providers.retain(|provider| provider.uid != uid);
        }
        if self.providers().count() == before {
            return Err(Error::not_found("there is no such provider in the profile"));
        }
        self.forget_default();
        Ok(())
    }

    /// A section by its UID: of a provider, or one of its own.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none.
    pub fn section(&self, uid: Guid) -> Result<&Section> {
        let of_provider = self.providers().find(|(_, provider)| provider.uid == uid);
        of_provider
            .map(|(_, provider)| &provider.section)
            .or_else(|| self.sections.get(&uid))
            .ok_or_else(|| Error::not_found("there is no such section in the profile"))
    }

    /// A section to be changed; made if there is none.
    pub fn section_mut(&mut self, uid: Guid) -> &mut Section {
        let mut providers = self.services.iter_mut().flat_map(|service| &mut service.providers);
        match providers.find(|provider| provider.uid == uid) {
            Some(provider) => &mut provider.section,
            None => self.sections.entry(uid).or_default(),
        }
    }

    /// Removes a section that belongs to no provider.
    #[doc(alias = "IMsgServiceAdmin::DeleteProfileSection")]
    pub fn remove_section(&mut self, uid: Guid) -> Result<()> {
        let removed = self.sections.remove(&uid).map(drop);
        removed.ok_or_else(|| Error::not_found("there is no such section in the profile"))
    }

    /// The UID of the provider whose store is the default one.
    pub fn default_store(&self) -> Option<Guid> {
        self.default_store
    }

    /// Makes the store of a provider the default one, or none.
    pub fn set_default_store(&mut self, provider: Option<Guid>) -> Result<()> {
        if let Some(uid) = provider
            && !self.providers().any(|(_, provider)| provider.uid == uid)
        {
            return Err(Error::not_found("there is no such provider in the profile"));
        }
        self.default_store = provider;
        Ok(())
    }

    fn forget_default(&mut self) {
        let default = self.default_store;
        if !self.providers().any(|(_, provider)| Some(provider.uid) == default) {
            self.default_store = None;
        }
    }

    /// A copy in which all services and providers have UIDs of their own.
    fn copied(&self) -> Self {
        let mut copy = self.clone();
        for service in &mut copy.services {
            service.uid = Guid::unique();
            for provider in &mut service.providers {
                let old = std::mem::replace(&mut provider.uid, Guid::unique());
                if copy.default_store == Some(old) {
                    copy.default_store = Some(provider.uid);
                }
            }
        }
        copy
    }
}

impl Service {
    fn configure(
        &mut self,
        settings: impl IntoIterator<Item = (String, Option<Setting>)>,
    ) -> Result<()> {
        let mut new = self.settings.clone();
        for (key, value) in settings {
            check_text("name of a setting", &key)?;
            match value {
                Some(value) => drop(new.insert(key, value)),
                None => drop(new.remove(&key)),
            }
        }
        self.settings = new;
        Ok(())
    }
}

fn no_service() -> Error {
    Error::not_found("there is no such service in the profile")
}

/// Refuses texts that are empty, or that no one could see or type.
fn check_text(what: &str, text: &str) -> Result<()> {
    if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        return Err(Error::invalid_parameter(format!("`{}` is no {what}", text.escape_debug())));
    }
    Ok(())
}
