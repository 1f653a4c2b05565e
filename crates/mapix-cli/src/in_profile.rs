//! Mailboxes that are named by a profile: `profile:`, `profile:NAME`, `profile:NAME/STORE`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mapix::profile::{Profile, Profiles, Service};
use mapix::{ErrorCode, LogonOptions, OpenStore, Session, Store, Tracer};

use crate::address::decode;
use crate::commands::profile::usage;
use crate::exit::{Failure, Outcome};
use crate::output::text::safe;
use crate::subsystem;

/// What such a location begins with. A file of such a name is reached as `./profile:NAME`.
const SCHEME: &str = "profile:";

/// A store of a profile, understood but not looked up.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct InProfile {
    /// The default profile if it is `None`.
    profile: Option<String>,
    /// What the service is called, or its UID; the default store of the profile if it is `None`.
    store: Option<String>,
}

impl InProfile {
    /// `None` for any other location.
    pub(crate) fn parse(location: &Path) -> Option<Self> {
        let text = location.to_str()?.strip_prefix(SCHEME)?;
        let (profile, store) = text.split_once('/').unwrap_or((text, ""));
        let named = |text: &str| (!text.is_empty()).then(|| decode(text));
        Some(Self { profile: named(profile), store: named(store) })
    }

    /// Opens it, in a session with its profile that moves no mail. Gives the file as well.
    pub(crate) fn open(
        &self,
        write: bool,
        tracer: Option<Arc<Tracer>>,
    ) -> Outcome<(Session, Store, Option<PathBuf>)> {
        let profiles = Profiles::of_user()?;
        let profile = self.profile(&profiles)?;
        let service = self.service(&profile)?;
        let options = LogonOptions {
            profile: self.profile.clone(),
            use_default: true,
            new_session: true,
            no_mail: true,
            ..LogonOptions::default()
        };
        let session = subsystem::initialize().logon(&profiles, &options)?;
        if let Some(tracer) = tracer {
            session.set_tracer(tracer);
        }
        let provider = service.providers.first().ok_or_else(|| {
            Failure::usage(format!("the service `{}` has no provider", safe(&service.name)))
        })?;
        let how = OpenStore { write, ..OpenStore::default() };
        let store = session.open_msg_store(provider.uid, how)?;
        Ok((session, store, file_of(service).ok()))
    }

    /// The file in which it is, for whoever looks at files and not at what is in them.
    pub(crate) fn file(&self) -> Outcome<PathBuf> {
        let profile = self.profile(&Profiles::of_user()?)?;
        file_of(self.service(&profile)?)
    }

    fn profile(&self, profiles: &Profiles) -> Outcome<Profile> {
        let name = match &self.profile {
            Some(name) => name.clone(),
            None => profiles.default()?.ok_or_else(|| {
                Failure::usage("there is no default profile: name one as profile:NAME")
            })?,
        };
        profiles.read(&name).map_err(usage)
    }

    fn service<'a>(&self, profile: &'a Profile) -> Outcome<&'a Service> {
        if let Some(name) = &self.store {
            return profile.find_service(name).map_err(usage);
        }
        let default = profile.default_store();
        let mut providers = profile.providers();
        let found = providers.find(|(_, provider)| Some(provider.uid) == default);
        if let Some((service, _)) = found {
            return Ok(service);
        }
        // Where there is but one, it need not be said which.
        let mapi = subsystem::initialize();
        let is_store = |service: &&Service| {
            mapi.providers().iter().any(|provider| provider.name() == service.kind)
        };
        let stores: Vec<_> = profile.services().iter().filter(is_store).collect();
        match stores[..] {
            [service] => Ok(service),
            [] => Err(Failure::usage("the profile has no store: see `mapix service add`")),
            _ => {
                let names: Vec<_> = stores.iter().map(|service| safe(&service.name)).collect();
                Err(Failure::usage(format!(
                    "the profile has no default store: name one of {} as {SCHEME}PROFILE/STORE",
                    names.join(", ")
                )))
            }
        }
    }
}

fn file_of(service: &Service) -> Outcome<PathBuf> {
    let path = service.settings.get("path").ok_or_else(|| {
        mapix::Error::new(ErrorCode::UNCONFIGURED, "the service has no `path`")
            .context(service.name.clone())
    })?;
    Ok(path.value()?.into())
}

/// The file that a location stands for, for verbs that work on files alone.
pub(crate) fn file(location: &Path) -> Outcome<PathBuf> {
    InProfile::parse(location).map_or_else(|| Ok(location.to_owned()), |place| place.file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_in_profiles() {
        let place = |profile: Option<&str>, store: Option<&str>| {
            Some(InProfile { profile: profile.map(Into::into), store: store.map(Into::into) })
        };
        let parse = |text: &str| InProfile::parse(Path::new(text));
        assert_eq!(parse("profile:"), place(None, None));
        assert_eq!(parse("profile:work"), place(Some("work"), None));
        assert_eq!(parse("profile:work/Old mail"), place(Some("work"), Some("Old mail")));
        assert_eq!(parse("profile:/Mail"), place(None, Some("Mail")));
        assert_eq!(parse("profile:a%2Fb/c/d"), place(Some("a/b"), Some("c/d")));
        for other in ["profile", "./profile:work", "sample:", "work.pst"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
