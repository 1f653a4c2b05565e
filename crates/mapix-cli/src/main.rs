//! The `mapix` command.
//!
//! | file | question it answers |
//! |---|---|
//! | `args`, `help` | What can be asked for? |
//! | `address` | How are folders and items named? |
//! | `source`, `sample`, `in_profile`, `subsystem` | Which mailbox, in which session? |
//! | `folders`, `items` | What is in it? |
//! | `commands/*` | What does each verb do? |
//! | `render/*` | How do values, bodies and properties become text and JSON? |
//! | `output/*` | How do text, JSON, JSON Lines and CSV reach standard output? |
//! | `parallel` | How do many threads give one and the same output? |
//! | `report`, `progress` | What is standard error told? |
//! | `exit`, `interrupt` | How does a run end? |
//!
//! Three rules hold for every verb. Data goes to standard output, everything else to standard
//! error. Whoever walks keeps a [ledger](mapix::ledger), and the exit code comes from it. Text
//! out of a mailbox reaches a terminal only through [`output::text::safe`] or its kin.

mod address;
mod args;
mod commands;
mod exit;
mod folders;
mod help;
mod in_profile;
mod interrupt;
mod items;
mod list;
mod output;
mod parallel;
mod progress;
mod render;
mod report;
mod sample;
mod source;
mod subsystem;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Global, Verb};
use exit::{Failure, Outcome};
use output::Output;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    interrupt::listen();
    let mut output = Output::stdout(&cli.global);
    let result = run(&cli.verb, &cli.global, &mut output);
    // What is written when it is dropped has been flushed, or cannot be.
    drop(output);
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if !failure.is_silent() {
                complain(&failure, file(&cli.verb));
            }
            failure.exit().into()
        }
    }
}

fn run(verb: &Verb, global: &Global, output: &mut Output) -> Outcome {
    match verb {
        Verb::Ls(args) => commands::ls::run(args, global, output),
        Verb::Search(args) => commands::search::run(args, global, output),
        Verb::Tree(args) => commands::tree::run(args, global, output),
        Verb::Show(args) => commands::show::run(args, global, output),
        Verb::Props(args) => commands::props::run(args, global, output),
        Verb::Stat(args) => commands::stat::run(args, global, output),
        Verb::Check(args) => commands::check::run(args, global, output),
        Verb::Compact(args) => commands::compact::run(args, output),
        Verb::Backup(args) => commands::backup::run(args, global),
        Verb::Export(args) => commands::export::run(args, global, output),
        Verb::Import(args) => commands::import::run(args, global, output),
        Verb::Watch(args) => commands::watch::run(args, global, output),
        Verb::Send(args) => commands::send::run(args, global, output),
        Verb::Profile { verb } => commands::profile::run(verb, output),
        Verb::Service(args) => commands::service::run(args, output),
        Verb::Tag(args) => commands::tag::run(args, global, output),
        Verb::Error(args) => commands::error::run(args, global, output),
        Verb::Tour(args) => commands::tour::run(args, global, output),
        Verb::Completions { shell } => commands::generate::completions(*shell, output),
        Verb::Man { dir } => commands::generate::man(dir.as_deref(), output),
    }
}

/// The mailbox that a verb works on.
fn file(verb: &Verb) -> Option<&Path> {
    match verb {
        Verb::Ls(args) => Some(&args.file),
        Verb::Search(args) => Some(&args.file),
        Verb::Tree(args) => Some(&args.file),
        Verb::Show(args) => Some(&args.file),
        Verb::Props(args) => Some(&args.file),
        Verb::Stat(args) => Some(&args.file),
        Verb::Check(args) => Some(&args.file),
        Verb::Compact(args) => Some(&args.file),
        Verb::Backup(args) => Some(&args.file),
        Verb::Export(args) => Some(&args.file),
        Verb::Watch(args) => Some(&args.file),
        Verb::Tour(args) => args.file.as_deref(),
        // Several take part in an import; what is wrong names the one that it is about.
        Verb::Import(_) => None,
        Verb::Send(_)
        | Verb::Profile { .. }
        | Verb::Service(_)
        | Verb::Tag(_)
        | Verb::Error(_)
        | Verb::Completions { .. }
        | Verb::Man { .. } => None,
    }
}

/// One line that names the program, the file and the cause.
fn complain(failure: &Failure, file: Option<&Path>) {
    let file = file.map(|file| file.display().to_string());
    let file = file.as_deref().map(output::text::safe);
    let text = failure.to_string();
    let text = output::text::safe(&text);
    match file {
        Some(file) if matches!(failure, Failure::Input(_)) && !text.starts_with(&*file) => {
            eprintln!("mapix: {file}: {text}");
        }
        _ => eprintln!("mapix: {text}"),
    }
}
