//! `mapix compact`: the space of what was deleted is given back.

use std::sync::Arc;

use mapix::care;
use mapix_convert::Bodies;

use crate::args::{Compact, Format};
use crate::exit::{Exit, Outcome};
use crate::in_profile;
use crate::output::Output;
use crate::output::text::{counted, size};

use super::backup::store_only;

pub(crate) fn run(args: &Compact, output: &mut Output) -> Outcome {
    let file = in_profile::file(&args.file)?;
    store_only(&file)?;
    let indexed = match args.reindex {
        true => Some(care::reindex(&file, Arc::new(Bodies))?),
        false => None,
    };
    let done = care::compact(&file)?;
    match output.format {
        Format::Text => {
            if let Some(count) = indexed {
                output.line(format!("{} in the index", counted(count, "message")))?;
            }
            output.line(format!("{} before, {} after", size(done.before), size(done.after)))?;
        }
        Format::Csv => {
            output.line("before,after")?;
            output.line(format!("{},{}", done.before, done.after))?;
        }
        Format::Json | Format::Jsonl => {
            let mut json = output.json();
            json.begin_object()?;
            json.field_uint("before", done.before)?;
            json.field_uint("after", done.after)?;
            if let Some(count) = indexed {
                json.field_uint("indexed", count)?;
            }
            json.end_object()?;
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}
