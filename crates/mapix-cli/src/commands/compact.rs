//! `mapix compact`: the space of what was deleted is given back.

use mapix::care;

use crate::args::{Compact, Format};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::output::text::size;

use super::backup::store_only;

pub(crate) fn run(args: &Compact, output: &mut Output) -> Outcome {
    store_only(&args.file)?;
    let done = care::compact(&args.file)?;
    match output.format {
        Format::Text => {
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
            json.end_object()?;
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}
