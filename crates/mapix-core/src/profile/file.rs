//! Profiles as TOML.

use toml::{Table, Value as Toml};

use super::{Profile, Provider, Section, Service, Setting};
use crate::prop::Guid;
use crate::{Context, Error, ErrorCode, Result};

/// The version of the format.
const FORMAT: i64 = 1;

const HEAD: &str = "\
# A profile of mapix. `mapix profile` and `mapix service` change it; comments are not kept.
# Secrets do not belong in here: a setting such as { env = \"NAME\" } takes them from the
# environment.
";

/// Writes a profile.
pub(super) fn write(profile: &Profile) -> Result<String> {
    let mut root = Table::new();
    root.insert("format".into(), Toml::Integer(FORMAT));
    if let Some(uid) = profile.default_store {
        root.insert("default_store".into(), Toml::String(uid.to_string()));
    }
    let services = profile.services.iter().map(write_service).collect::<Result<Vec<_>>>()?;
    if !services.is_empty() {
        root.insert("service".into(), Toml::Array(services));
    }
    let section = |(uid, section): (&Guid, &Section)| {
        let mut table = Table::new();
        table.insert("uid".into(), Toml::String(uid.to_string()));
        table.insert("properties".into(), Toml::Table(section.to_toml()?));
        Ok(Toml::Table(table))
    };
    let sections = profile.sections.iter().map(section).collect::<Result<Vec<_>>>()?;
    if !sections.is_empty() {
        root.insert("section".into(), Toml::Array(sections));
    }
    let text = toml::to_string(&root)
        .map_err(|error| Error::corrupt("the profile cannot be written").with_source(error))?;
    Ok(format!("{HEAD}{text}"))
}

fn write_service(service: &Service) -> Result<Toml> {
    let mut table = Table::new();
    table.insert("uid".into(), Toml::String(service.uid.to_string()));
    table.insert("kind".into(), Toml::String(service.kind.clone()));
    table.insert("name".into(), Toml::String(service.name.clone()));
    let setting = |(key, value): (&String, &Setting)| {
        let value = match value {
            Setting::Text(text) => Toml::String(text.clone()),
            Setting::Env(name) => {
                Toml::Table(Table::from_iter([("env".into(), Toml::String(name.clone()))]))
            }
        };
        (key.clone(), value)
    };
    table.insert("settings".into(), Toml::Table(service.settings.iter().map(setting).collect()));
    let provider = |provider: &Provider| {
        let mut table = Table::new();
        table.insert("uid".into(), Toml::String(provider.uid.to_string()));
        table.insert("name".into(), Toml::String(provider.name.clone()));
        table.insert("properties".into(), Toml::Table(provider.section.to_toml()?));
        Ok(Toml::Table(table))
    };
    let providers = service.providers.iter().map(provider).collect::<Result<_>>()?;
    table.insert("provider".into(), Toml::Array(providers));
    Ok(Toml::Table(table))
}

/// Reads a profile.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` with the line or the entry; `MAPI_E_VERSION` for another format. What is
/// not known is an error as well: it would be lost when the profile is written again.
pub(super) fn read(text: &str) -> Result<Profile> {
    let mut root = Node(parse(text)?);
    let mut profile = Profile {
        default_store: root.optional("default_store")?.map(|uid| guid(&uid)).transpose()?,
        ..Profile::default()
    };
    for (number, node) in (1..).zip(root.tables("service")?) {
        profile.services.push(read_service(node).context(|| format!("service {number}"))?);
    }
    for (number, mut node) in (1..).zip(root.tables("section")?) {
        let place = || format!("section {number}");
        let uid = guid(&node.text("uid").context(place)?).context(place)?;
        let section = node.section().context(place)?;
        node.end().context(place)?;
        if profile.sections.insert(uid, section).is_some() {
            return Err(twice(uid).context(place()));
        }
    }
    root.end()?;
    let mut seen = std::collections::HashSet::new();
    let services = profile.services.iter().map(|service| service.uid);
    let providers = profile.providers().map(|(_, provider)| provider.uid);
    for uid in services.chain(providers).chain(profile.sections.keys().copied()) {
        if !seen.insert(uid) {
            return Err(twice(uid));
        }
    }
    Ok(profile)
}

/// Reads TOML of a version that is known.
pub(super) fn parse(text: &str) -> Result<Table> {
    let mut root: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
        let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        Error::corrupt(format!("{line}{}", error.message().replace('\n', ", ")))
    })?;
    match root.remove("format") {
        Some(Toml::Integer(FORMAT)) => Ok(root),
        Some(other) => Err(Error::new(
            ErrorCode::VERSION,
            format!("the format is {other}, and this program knows {FORMAT}"),
        )),
        None => Err(Error::corrupt("does not say its `format`")),
    }
}

fn read_service(mut node: Node) -> Result<Service> {
    let mut service = Service {
        uid: guid(&node.text("uid")?)?,
        kind: node.text("kind")?,
        name: node.text("name")?,
        settings: node.table("settings")?.into_iter().map(read_setting).collect::<Result<_>>()?,
        providers: Vec::new(),
    };
    for (number, node) in (1..).zip(node.tables("provider")?) {
        service.providers.push(read_provider(node).context(|| format!("provider {number}"))?);
    }
    node.end()?;
    Ok(service)
}

fn read_provider(mut node: Node) -> Result<Provider> {
    let provider = Provider {
        uid: guid(&node.text("uid")?)?,
        name: node.text("name")?,
        section: node.section()?,
    };
    node.end()?;
    Ok(provider)
}

fn read_setting((key, value): (String, Toml)) -> Result<(String, Setting)> {
    let value = match value {
        Toml::String(text) => Setting::Text(text),
        Toml::Table(table) => {
            let mut node = Node(table);
            let name = node.text("env").context(|| key.clone())?;
            node.end().context(|| key.clone())?;
            Setting::Env(name)
        }
        _ => return Err(Error::corrupt("a setting is text or { env = \"NAME\" }").context(key)),
    };
    Ok((key, value))
}

fn guid(text: &str) -> Result<Guid> {
    text.parse().map_err(|error: Error| Error::corrupt(error.message()))
}

fn twice(uid: Guid) -> Error {
    Error::corrupt(format!("the UID {uid} is there twice"))
}

/// A table of which is taken what is known.
struct Node(Table);

impl Node {
    fn optional(&mut self, key: &str) -> Result<Option<String>> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Toml::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::corrupt(format!("`{key}` is not text"))),
        }
    }

    fn text(&mut self, key: &str) -> Result<String> {
        self.optional(key)?.ok_or_else(|| Error::corrupt(format!("`{key}` is missing")))
    }

    fn table(&mut self, key: &str) -> Result<Table> {
        match self.0.remove(key) {
            None => Ok(Table::new()),
            Some(Toml::Table(table)) => Ok(table),
            Some(_) => Err(Error::corrupt(format!("`{key}` is not a table"))),
        }
    }

    fn tables(&mut self, key: &str) -> Result<Vec<Self>> {
        let wrong = || Error::corrupt(format!("`{key}` is not a list of tables"));
        let list = match self.0.remove(key) {
            None => return Ok(Vec::new()),
            Some(Toml::Array(list)) => list,
            Some(_) => return Err(wrong()),
        };
        let table =
            |value| if let Toml::Table(table) = value { Ok(Self(table)) } else { Err(wrong()) };
        list.into_iter().map(table).collect()
    }

    fn section(&mut self) -> Result<Section> {
        Section::from_toml(&self.table("properties")?)
    }

    /// Nothing may be left.
    fn end(self) -> Result<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(Error::corrupt(format!("`{key}` is not known"))),
        }
    }
}
