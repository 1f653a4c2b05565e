//! Copying all that a source holds into a store: `mapix import`, and every move of a mailbox.
//!
//! A [`Transfer`] takes folders and messages from a [`Feed`] (a store, or files of mail) and makes
//! them in a store. The tree of folders is kept, special folders go to special folders, and a
//! message is there with all it had: properties (named ones by their names), times, flags,
//! recipients, attachments, embedded messages. Messages are read by several threads and stored in
//! their order, many in one commit; large values pass as streams.
//!
//! What is done is remembered in the target, in the commits that do it: a run that was stopped, in
//! whatever way, goes on where it was when it is run again, and a run that was complete adds
//! nothing. Several may run into one store at the same time.
//!
//! ```
//! # use mapix_core::{Result, Store, ledger::Ledger, transfer::{StoreFeed, Transfer}};
//! # fn copy(archive: &Store, store: &Store) -> Result<()> {
//! let mut ledger = Ledger::new();
//! let summary = Transfer::into(store).run(&StoreFeed::new(archive), &mut ledger)?;
//! println!("{} messages, {} there before", summary.messages, summary.known);
//! println!("{ledger}");
//! # Ok(())
//! # }
//! ```
//!
//! | file | question it answers |
//! |---|---|
//! | `feed` | What does a source give? |
//! | `source`, `read` | How is a store a source? |
//! | `parcel` | What is a message on its way? When is its content the same? |
//! | `place`, `names` | Which folder and which property of the target is it? |
//! | `search` | What do the search folders find? |
//! | `journal` | What was done before? |
//! | `pipe` | Who reads, in which order? |
//! | `pack` | What goes into one commit, and what if it fails? |

mod feed;
mod journal;
mod names;
mod pack;
mod parcel;
mod pipe;
mod place;
mod read;
mod search;
mod source;
mod trouble;

use std::fmt;
use std::sync::Arc;

pub use feed::{Detail, Feed, FeedFolder, FeedItem, FeedSearch};
pub use names::TargetNames;
pub use parcel::{LargeValue, OpenValue, PackedAttachment, Parcel};
pub use source::StoreFeed;
pub use trouble::Trouble;

use crate::ledger::Ledger;
use crate::object::{Folder, Store};
use crate::{Error, Result};
use journal::Journal;
use pack::Packer;
use place::Placing;

/// When a message counts as there already.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Dedupe {
    /// When a message with the same content was imported into the same folder: all properties,
    /// recipients and attachments but those that say when and how it was stored (times of
    /// creation and change, flags, sizes, search and change keys).
    #[default]
    Content,
    /// When a message with the same `PR_INTERNET_MESSAGE_ID` was imported into the same folder;
    /// one without it as for [`Dedupe::Content`].
    MessageId,
    /// Only when this very item of this very source was imported into the same folder.
    None,
}

/// Copies what a source holds into a store.
#[derive(Clone)]
pub struct Transfer {
    target: Store,
    under: Option<Folder>,
    dedupe: Dedupe,
    jobs: usize,
    dry_run: bool,
    stop: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
    progress: Option<Arc<dyn Fn(u64) + Send + Sync>>,
}

/// What a [`Transfer`] did.
#[derive(Default, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Messages that were made, normal and associated ones. In a dry run, that would be made.
    pub messages: u64,
    /// Items that an earlier run, or an import at the same time, had made.
    pub known: u64,
    /// Items whose content is there from another item.
    pub duplicates: u64,
    /// Attachments of the messages that were made, at every depth.
    pub attachments: u64,
    /// About how many bytes these messages have.
    pub bytes: u64,
    /// Folders that were made.
    pub folders: u64,
    /// How it ended.
    pub end: End,
}

/// How a [`Transfer`] ended.
#[derive(Default, Debug)]
pub enum End {
    /// Everything was treated.
    #[default]
    Complete,
    /// It was told to stop. What is done, is done; run it again to go on.
    Stopped,
    /// The target takes no more. What is done, is done; run it again to go on.
    TargetFailed(Error),
}

impl Transfer {
    /// Into a store that is open for writing.
    pub fn into(target: &Store) -> Self {
        Self {
            target: target.clone(),
            under: None,
            dedupe: Dedupe::default(),
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            dry_run: false,
            stop: None,
            progress: None,
        }
    }

    /// The tree of folders goes below this folder as it is; special folders are folders like any
    /// other.
    pub fn under(mut self, folder: &Folder) -> Self {
        self.under = Some(folder.clone());
        self
    }

    /// When a message counts as there already.
    pub fn dedupe(mut self, dedupe: Dedupe) -> Self {
        self.dedupe = dedupe;
        self
    }

    /// How many threads read; as many as there are processors if it is not told.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// Whether everything is read and nothing is made.
    pub fn dry_run(mut self, dry: bool) -> Self {
        self.dry_run = dry;
        self
    }

    /// Stops as soon as this is true; it is asked before each item.
    pub fn stop_when(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Some(Arc::new(stop));
        self
    }

    /// Whom to tell how many more items are treated.
    pub fn on_progress(mut self, told: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(told));
        self
    }

    /// Copies. In the ledger, a message that was made is done, one that was there is skipped,
    /// one that could not be read or stored has failed; a part that could not be read has failed
    /// for itself, and its message is made without it.
    ///
    /// # Errors
    /// `MAPI_E_NO_ACCESS` if the target is not open for writing; those of reading its journal and
    /// of listing the folders of the source. What comes later is in [`Summary::end`].
    pub fn run(&self, feed: &dyn Feed, ledger: &mut Ledger) -> Result<Summary> {
        if !self.dry_run && !self.target.can_write() {
            return Err(crate::object::read_only());
        }
        let mut journal = Journal::open(&self.target)?;
        if !self.dry_run {
            journal.create()?;
        }
        let names = TargetNames::new(&self.target, self.dry_run);
        let folders = feed.folders(&names, ledger)?;
        let under = self.under.as_ref().map(Folder::id);
        let mut placing = Placing::new(&self.target, under, self.dry_run);
        let places = match placing.all(&folders, &mut journal, ledger) {
            Ok(places) => places,
            Err(error) => {
                let end = End::TargetFailed(error);
                return Ok(Summary { folders: placing.made, end, ..Summary::default() });
            }
        };
        let packer = Packer::new(self, feed, journal, &folders);
        let pipe = pipe::Pipe { transfer: self, feed, names: &names, folders: &folders, places };
        let mut summary = pipe.run(packer, ledger)?;
        summary.folders = placing.made;
        if matches!(summary.end, End::Complete)
            && let Err(error) = search::tell(self, &folders, &pipe.places, ledger)
        {
            summary.end = End::TargetFailed(error);
        }
        Ok(summary)
    }

    fn stops(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop())
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("target", &self.target)
            .field("dedupe", &self.dedupe)
            .finish_non_exhaustive()
    }
}
