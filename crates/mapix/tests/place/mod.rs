//! A directory with a profile: an embedded store, and a directory that mail goes through.

use std::fs;
use std::path::{Path, PathBuf};

use mapix::profile::{Profiles, Setting};
use mapix::{LogonOptions, OpenStore, Result, Session, Store};

/// Its profile is called `work`.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    /// Makes it anew, with these settings of the service `DROPDIR`. Its directories are in the place.
    pub(crate) fn make(name: &str, mail: &[(&str, &str)]) -> Result<Self> {
        let place = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        let _ = fs::remove_dir_all(&place.0);
        fs::create_dir_all(&place.0)?;
        let profiles = place.profiles();
        profiles.create("work")?;
        let setting = |(name, text): &(&str, &str)| {
            let directory = matches!(*name, "path" | "pickup");
            let text = if directory { place.path(text) } else { (*text).to_owned() };
            ((*name).to_owned(), Setting::Text(text))
        };
        profiles.change("work", |profile| {
            let store = profile.add_service("MAPIX", "Mail", [setting(&("path", "mail.mapix"))])?;
            profile.add_service("DROPDIR", "Post", mail.iter().map(setting))?;
            let service = profile.service(store)?;
            mapix::initialize().create_store(service)?;
            let provider = service.providers[0].uid;
            profile.set_default_store(Some(provider))
        })?;
        Ok(place)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    pub(crate) fn profiles(&self) -> Profiles {
        Profiles::at(self.0.join("config"))
    }

    pub(crate) fn enter(&self, no_mail: bool) -> Result<(Session, Store)> {
        let options = LogonOptions { no_mail, ..LogonOptions::profile("work") };
        let session = mapix::initialize().logon(&self.profiles(), &options)?;
        let store = session.default_store(OpenStore { write: true, ..OpenStore::default() })?;
        Ok((session, store))
    }
}
