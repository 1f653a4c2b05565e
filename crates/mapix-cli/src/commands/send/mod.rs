//! `mapix send`: mail goes into the outgoing queue of a profile's mailbox, and out of it.
//!
//! | file | question it answers |
//! |---|---|
//! | `compose` | Which messages are to be sent? |
//! | `queue` | What is in the queue, and what becomes of it? |
//!
//! The queue lies in the mailbox. A run that is killed, or stopped with Ctrl-C, leaves what it did not
//! send in there, with the reason, and the next run of the profile goes on with it.

mod compose;
mod queue;

use std::time::{Duration, Instant};

use mapix::ledger::{Kind, Ledger};
use mapix::profile::Profiles;
use mapix::{FlushFlags, LogonOptions, OpenStore, Session, Store};

use super::profile::usage;
use crate::args::{Global, Send};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Cell, Column, Output, Rows, Width};
use crate::subsystem;
use crate::{interrupt, report};
use queue::{State, Watched};

/// How often the queue is looked at, and how soon Ctrl-C is seen.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(crate) fn run(args: &Send, global: &Global, output: &mut Output) -> Outcome {
    if args.mails.is_empty() && !args.queue && !args.retry && !args.cancel {
        return Err(Failure::usage("name the mails to be sent; - stands for standard input"));
    }
    let mut ledger = report::ledger(global)?;
    let profiles = Profiles::of_user()?;
    let options = LogonOptions {
        // What is only looked at or cancelled is not sent meanwhile.
        no_mail: args.queue || args.cancel,
        ..match &args.profile {
            Some(name) => LogonOptions::profile(name),
            None => LogonOptions::default_profile(),
        }
    };
    let session = subsystem::initialize().logon(&profiles, &options).map_err(usage)?;
    if global.trace {
        session.set_tracer(std::sync::Arc::new(|event| eprintln!("trace: {event}")));
    }
    let store = session.default_store(OpenStore { write: true, ..OpenStore::default() })?;
    let result = if args.queue {
        queue::list(&store, output)
    } else if args.cancel {
        cancel(args, &store, &mut ledger)
    } else {
        send(args, global, &session, &store, &mut ledger, output)
    };
    let result = report::write_wanted(global, &ledger).and(result);
    drop(store);
    for report in session.logoff() {
        report.result?;
    }
    result?;
    Ok(Exit::of(&ledger))
}

/// Takes messages out of the queue. They stay where they are, unsent.
fn cancel(args: &Send, store: &Store, ledger: &mut Ledger) -> Outcome<()> {
    if args.mails.is_empty() {
        return Err(Failure::usage("name the messages to be cancelled, as --queue calls them"));
    }
    for (name, queued) in queue::find(store, &args.mails)? {
        ledger.expect(Kind::Message, 1);
        match store.abort_submit(&queued.entry_id) {
            Ok(()) => ledger.done(Kind::Message, Some(queued.entry_id), name),
            Err(error) => {
                eprintln!("mapix: {name}: {error}");
                ledger.failed(Kind::Message, Some(queued.entry_id), name, &error);
            }
        }
    }
    Ok(())
}

fn send(
    args: &Send,
    global: &Global,
    session: &Session,
    store: &Store,
    ledger: &mut Ledger,
    output: &mut Output,
) -> Outcome<()> {
    let mut watched = Vec::new();
    let mut stopped = false;
    if args.retry {
        watched = queue::retry(store, &args.mails)?;
    } else {
        for mail in compose::mails(args, global)? {
            stopped = interrupt::requested();
            if stopped {
                break;
            }
            ledger.expect(Kind::Message, 1);
            match mail.submit(store) {
                Ok(message) => watched.push(message),
                Err(error) => {
                    eprintln!("mapix: {}: {error}", crate::output::text::safe(&mail.name));
                    ledger.failed(Kind::Message, None, mail.name.as_str(), &error);
                }
            }
        }
    }
    if !watched.is_empty() && !stopped {
        stopped = wait(args, session, store, &mut watched)?;
    }
    for one in &mut watched {
        one.settle(store)?;
    }
    print(&watched, output)?;
    for one in watched {
        one.enter(ledger);
    }
    if stopped { Err(Failure::Interrupted) } else { Ok(()) }
}

/// Has the spooler send until nothing is to be done any more, or the time is over. Gives whether
/// Ctrl-C came.
fn wait(args: &Send, session: &Session, store: &Store, watched: &mut [Watched]) -> Outcome<bool> {
    let end = Instant::now().checked_add(args.wait);
    session.flush_queues(FlushFlags::UPLOAD | FlushFlags::FORCE | FlushFlags::ASYNC_OK)?;
    loop {
        for one in watched.iter_mut() {
            one.look(store)?;
        }
        // Whoever is put off is tried again by the spooler, as long as there is time.
        if watched.iter().all(|one| one.state.is_final()) {
            return Ok(false);
        }
        if interrupt::requested() {
            return Ok(true);
        }
        let tried = watched.iter().all(Watched::was_tried);
        if tried && end.is_some_and(|end| Instant::now() >= end) {
            return Ok(false);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn print(watched: &[Watched], output: &mut Output) -> Outcome<()> {
    let columns = [
        Column::new("state", Width::Fit(8)),
        Column::new("id", Width::Fit(8)),
        Column::new("mail", Width::Rest),
        Column::new("subject", Width::Rest),
        Column::new("to", Width::Rest),
        Column::new("reason", Width::Rest),
    ];
    let mut rows = Rows::new(output, columns.into(), false);
    for one in watched {
        let reason = match &one.state {
            State::Sent => None,
            State::Queued { reason, .. } => reason.clone(),
            State::Refused(reason) => Some(reason.clone()),
        };
        rows.push(vec![
            Cell::Word(one.state.word(), true),
            Cell::Text(one.id.clone()),
            Cell::Text(one.name.clone()),
            Cell::text(one.subject.clone()),
            Cell::List(one.to.clone()),
            Cell::text(reason),
        ])?;
    }
    rows.finish()?;
    output.flush()?;
    Ok(())
}
