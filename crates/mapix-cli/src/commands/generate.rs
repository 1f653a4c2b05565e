//! `mapix completions` and `mapix man`: made from the definition of the command line.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

pub(crate) fn completions(shell: Shell, output: &mut Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mapix", &mut script);
    output.writer().write_all(&script)?;
    output.flush()?;
    Ok(Exit::Done)
}

pub(crate) fn man(dir: Option<&Path>, output: &mut Output) -> Outcome {
    let mut command = Cli::command();
    command.build();
    let Some(dir) = dir else {
        output.writer().write_all(&page(&command)?)?;
        output.flush()?;
        return Ok(Exit::Done);
    };
    let verbs = command.get_subcommands().filter(|verb| verb.get_name() != "help").cloned();
    for verb in verbs.chain([command.clone()]) {
        let name = match verb.get_name() {
            "mapix" => "mapix".into(),
            verb => format!("mapix-{verb}"),
        };
        let path = dir.join(format!("{name}.1"));
        let verb = verb.name(name);
        write_new(&path, &page(&verb)?).map_err(|error| {
            Failure::Output(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
        })?;
    }
    Ok(Exit::Done)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// Manual pages belong to us, so that those of an older version may be replaced.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("1.part");
    fs::File::create(&aside)?.write_all(bytes)?;
    fs::rename(aside, path)
}
