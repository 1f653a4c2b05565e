//! `mapix service`: what a profile starts.

use std::path::absolute;

use mapix::profile::{Profile, Profiles, Setting};

use super::profile::{told, usage};
use crate::args::{ServiceArgs, ServiceVerb};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Cell, Column, Output, Rows, Width};
use crate::subsystem;

pub(crate) fn run(args: &ServiceArgs, output: &mut Output) -> Outcome {
    if let ServiceVerb::Kinds = args.verb {
        return kinds(output);
    }
    let profiles = Profiles::of_user()?;
    let name = match &args.profile {
        Some(name) => name.clone(),
        None => profiles.default()?.ok_or_else(|| {
            Failure::usage("there is no default profile: name one with --profile")
        })?,
    };
    if let ServiceVerb::List = args.verb {
        return list(&profiles.read(&name).map_err(usage)?, output);
    }
    if let ServiceVerb::Remove { service } = &args.verb {
        let uid = profiles.read(&name).and_then(|found| Ok(found.find_service(service)?.uid));
        let deleted = subsystem::initialize().delete_service(&profiles, &name, uid.map_err(usage)?);
        return Ok(told(deleted.map_err(usage)?.as_slice()));
    }
    let settings = match &args.verb {
        ServiceVerb::Add { settings, .. } | ServiceVerb::Set { settings, .. } => {
            settings.iter().map(|text| setting(text)).collect::<Outcome<Vec<_>>>()?
        }
        _ => Vec::new(),
    };
    let change = |profile: &mut Profile| change(profile, &args.verb, settings);
    profiles.change(&name, change).map_err(usage)?;
    Ok(Exit::Done)
}

fn change(
    profile: &mut Profile,
    verb: &ServiceVerb,
    settings: Vec<(String, Option<Setting>)>,
) -> mapix::Result<()> {
    let find = |profile: &Profile, text: &str| profile.find_service(text).map(|found| found.uid);
    match verb {
        ServiceVerb::Kinds | ServiceVerb::List | ServiceVerb::Remove { .. } => Ok(()),
        ServiceVerb::Add { kind, name, .. } => {
            let mapi = subsystem::initialize();
            let uid = mapi.add_service(profile, kind, name, [])?;
            profile.configure_service(uid, settings)?;
            let service = profile.service(uid)?;
            mapi.check_service(service)?;
            mapi.create_store(service)?;
            Ok(())
        }
        ServiceVerb::Copy { service, name } => {
            let uid = find(profile, service)?;
            profile.copy_service(uid, name).map(drop)
        }
        ServiceVerb::Rename { service, name } => {
            let uid = find(profile, service)?;
            profile.rename_service(uid, name)
        }
        ServiceVerb::Set { service, .. } => {
            let uid = find(profile, service)?;
            profile.configure_service(uid, settings)?;
            subsystem::initialize().check_service(profile.service(uid)?)
        }
        ServiceVerb::Move { service, place } => {
            let uid = find(profile, service)?;
            profile.move_service(uid, *place as usize - 1)
        }
        ServiceVerb::Default { service } => {
            let provider = profile.find_service(service)?.providers.first();
            let provider = provider.map(|provider| provider.uid);
            profile.set_default_store(provider)
        }
    }
}

/// Settings that are paths.
const PATHS: [&str; 3] = ["path", "pickup", "ca"];

/// `NAME=TEXT`, `NAME=$VARIABLE` or `NAME=`. Paths are made absolute: a session may start anywhere.
fn setting(text: &str) -> Outcome<(String, Option<Setting>)> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(Failure::usage(format!("`{text}` is not NAME=VALUE")));
    };
    let value = match value.strip_prefix('$') {
        Some(variable) => Setting::Env(variable.into()),
        None if value.is_empty() => return Ok((name.into(), None)),
        None if PATHS.contains(&name) => {
            match absolute(value).map(std::path::PathBuf::into_os_string) {
                Ok(path) => Setting::Text(
                    path.into_string()
                        .map_err(|_| Failure::usage("a path in a profile must be Unicode"))?,
                ),
                Err(error) => return Err(Failure::usage(format!("{value}: {error}"))),
            }
        }
        None => Setting::Text(value.into()),
    };
    Ok((name.into(), Some(value)))
}

fn kinds(output: &mut Output) -> Outcome {
    let columns = ["kind", "opens", "settings"];
    let columns = columns.into_iter().map(|key| Column::new(key, Width::Rest)).collect();
    let mut rows = Rows::new(output, columns, false);
    let mapi = subsystem::initialize();
    let stores = mapi.providers().iter();
    let stores = stores.map(|kind| (kind.name(), kind.description(), kind.settings()));
    let transports = mapi.transports().iter();
    let transports = transports.map(|kind| (kind.name(), kind.description(), kind.settings()));
    for (name, description, settings) in stores.chain(transports) {
        let setting = |info: &mapix::SettingInfo| {
            let optional = if info.required { "" } else { ", optional" };
            let secret = if info.secret { ", from the environment" } else { "" };
            format!("{} ({}{optional}{secret})", info.name, info.about)
        };
        rows.push(vec![
            Cell::Text(name.into()),
            Cell::Text(description.into()),
            Cell::List(settings.iter().map(setting).collect()),
        ])?;
    }
    rows.finish()?;
    output.flush()?;
    Ok(Exit::Done)
}

fn list(profile: &Profile, output: &mut Output) -> Outcome {
    let columns = ["name", "kind", "default", "settings", "uid"];
    let columns = columns.into_iter().map(|key| Column::new(key, Width::Rest)).collect();
    let mut rows = Rows::new(output, columns, false);
    for service in profile.services() {
        let is_default =
            |provider: &mapix::profile::Provider| Some(provider.uid) == profile.default_store();
        rows.push(vec![
            Cell::Text(service.name.clone()),
            Cell::Text(service.kind.clone()),
            Cell::Bool(service.providers.iter().any(is_default)),
            Cell::List(
                service.settings.iter().map(|(key, value)| format!("{key}={value}")).collect(),
            ),
            Cell::Text(service.uid.to_string()),
        ])?;
    }
    rows.finish()?;
    output.flush()?;
    Ok(Exit::Done)
}
