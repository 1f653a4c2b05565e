//! The mailbox that the tour makes for itself, and takes away again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mapix::ledger::Ledger;
use mapix::prop::Guid;
use mapix::transfer::{End, Feed, StoreFeed, Summary, Transfer};
use mapix_convert::MailFeed;

use crate::args::Global;
use crate::exit::{Failure, Outcome};
use crate::source::{SAMPLE, Source};

/// How the mailbox is called in what is printed, whatever its path.
pub(super) const NAME: &str = "mail.mapix";
/// How the mail is called that comes in during the tour.
pub(super) const MAIL: &str = "answer.eml";

/// The same in each run, so that all that is printed is.
const UID: Guid = Guid::new(0x6D61_7069, 0x782D, 0x746F, *b"ur-store");
const ANSWER: &str = "\
From: Harbour Office <office@harbour.example>\r
To: Ada Winter <ada@lakeside-boats.example>\r
Date: Wed, 06 May 2026 08:15:00 +0000\r
Subject: Regatta: the jetty is yours\r
Message-ID: <1778055300@harbour.example>\r
\r
Dear Ms Winter,\r
\r
the north jetty is free for your regatta until six.\r
\r
Harbour Office\r
";

/// A directory that is gone when this is.
pub(super) struct Own {
    directory: PathBuf,
}

impl Own {
    /// Makes the directory.
    pub(super) fn new() -> Outcome<Self> {
        let base = std::env::temp_dir();
        for count in 0_u32.. {
            let directory = base.join(format!("mapix-tour-{}-{count}", std::process::id()));
            match fs::create_dir(&directory) {
                Ok(()) => return Ok(Self { directory }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::Output(error)),
            }
        }
        Err(Failure::Output(ErrorKind::AlreadyExists.into()))
    }

    /// The file of the mailbox.
    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(NAME)
    }

    /// Makes the mailbox, and imports the sample into it.
    pub(super) fn fill(&self, global: &Global, ledger: &mut Ledger) -> Outcome<Summary> {
        let sample = Source::open(Path::new(SAMPLE), global)?;
        let target = Source::create_with_uid(&self.path(), UID, global)?;
        let summary = take(&target, &StoreFeed::new(&sample.store), ledger)?;
        target.logoff()?;
        Ok(summary)
    }

    /// Imports a mail, in a session of its own, as another program would.
    pub(super) fn receive(&self, global: &Global, ledger: &mut Ledger) -> Outcome<Summary> {
        let mail = self.directory.join(MAIL);
        fs::write(&mail, ANSWER)?;
        let target = Source::create(&self.path(), global)?;
        let summary = take(&target, &MailFeed::new(&mail), ledger)?;
        target.logoff()?;
        Ok(summary)
    }
}

fn take(target: &Source, feed: &dyn Feed, ledger: &mut Ledger) -> Outcome<Summary> {
    // One thread: several would number named properties in the order in which they meet them.
    let summary = Transfer::into(&target.store).jobs(1).run(feed, ledger)?;
    match summary.end {
        End::TargetFailed(error) => Err(Failure::Output(std::io::Error::other(error))),
        End::Stopped => Err(Failure::Interrupted),
        End::Complete => Ok(summary),
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
