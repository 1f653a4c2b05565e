//! `mapix profile`: which profiles there are.

use mapix::profile::Profiles;
use mapix::{Error, ErrorCode};

use crate::args::ProfileVerb;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Cell, Column, Output, Rows, Width};
use crate::subsystem;

pub(crate) fn run(verb: &ProfileVerb, output: &mut Output) -> Outcome {
    let profiles = Profiles::of_user()?;
    match verb {
        ProfileVerb::List => return list(&profiles, output),
        ProfileVerb::Create { name } => {
            profiles.create(name).map_err(usage)?;
            if profiles.list()?.len() == 1 {
                profiles.set_default(Some(name))?;
            }
        }
        ProfileVerb::Delete { name } => {
            let said = subsystem::initialize().delete_profile(&profiles, name).map_err(usage)?;
            return Ok(told(&said));
        }
        ProfileVerb::Copy { from, to } => profiles.copy(from, to).map_err(usage)?,
        ProfileVerb::Rename { from, to } => profiles.rename(from, to).map_err(usage)?,
        ProfileVerb::Default { none: true, .. } => profiles.set_default(None)?,
        ProfileVerb::Default { name: Some(name), .. } => {
            profiles.set_default(Some(name)).map_err(usage)?;
        }
        ProfileVerb::Default { name: None, .. } => {
            if let Some(name) = profiles.default()? {
                output.line(name)?;
                output.flush()?;
            }
        }
    }
    Ok(Exit::Done)
}

fn list(profiles: &Profiles, output: &mut Output) -> Outcome {
    let columns = [("name", Width::Rest), ("default", Width::Rest), ("services", Width::Rest)];
    let columns = columns.into_iter().map(|(key, width)| Column::new(key, width)).collect();
    let mut rows = Rows::new(output, columns, false);
    let mut exit = Exit::Done;
    for row in profiles.list()? {
        let services = match row.services {
            Ok(count) => Cell::Uint(count as u64),
            Err(error) => {
                eprintln!("mapix: {}", crate::output::text::safe(&error.to_string()));
                exit = Exit::SomeFailed;
                Cell::None
            }
        };
        rows.push(vec![Cell::Text(row.name), Cell::Bool(row.is_default), services])?;
    }
    rows.finish()?;
    output.flush()?;
    Ok(exit)
}

/// Shows what the providers of services that are deleted now had against it.
pub(crate) fn told(said: &[Error]) -> Exit {
    for error in said {
        eprintln!("mapix: deleted, but: {}", crate::output::text::safe(&error.to_string()));
    }
    if said.is_empty() { Exit::Done } else { Exit::SomeFailed }
}

/// What names something that is not there, or is there already, is a mistake of the command line.
pub(crate) fn usage(error: Error) -> Failure {
    match error.code() {
        ErrorCode::NOT_FOUND
        | ErrorCode::COLLISION
        | ErrorCode::INVALID_PARAMETER
        | ErrorCode::STRING_TOO_LONG
        | ErrorCode::UNCONFIGURED => Failure::usage(error.to_string()),
        _ => error.into(),
    }
}
