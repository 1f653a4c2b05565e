//! Mailboxes of mail as a source of messages for a store.

use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mapix_core::ledger::{Kind, Ledger};
use mapix_core::prop::{PropName, tags};
use mapix_core::transfer::{Detail, Feed, FeedFolder, FeedItem, Parcel, TargetNames, Trouble};
use mapix_core::{Error, Result, SpecialFolder};
use sha2::{Digest, Sha256};

use crate::mailbox::{Branch, Seed, Shelf, Tree};
use crate::read::HELD;
use crate::{LossKind, ReadOptions, read_eml};

/// Gives the mails of a file or a directory: one mail, an mbox, a Maildir, a tree of them.
///
/// Mails right in the mailbox go to the folder that has the name of the file or directory; those of
/// a Maildir, and a file that is one mail, to the inbox; those in its folders go to folders of the same names, and to the
/// special folders where they are named as mail programs name these. The times at which messages
/// are made are those at which the mails came.
///
/// What is listed are directories, until the mails of a folder are asked for; a mailbox file is
/// read once, from its beginning to its end.
#[derive(Debug)]
pub struct MailFeed {
    root: PathBuf,
    folders: Mutex<Vec<Place>>,
}

/// What a folder is called in the ledger, and where its mails lie.
type Place = (Arc<str>, Arc<Vec<Shelf>>);

/// How many mails one folder may have, and how many folders there may be.
const MOST: u64 = 1 << 32;

/// What an item of this feed keeps.
struct Found {
    /// What its folder is called.
    path: Arc<str>,
    seed: Seed,
}

impl MailFeed {
    /// The mails of a file or a directory.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), folders: Mutex::default() }
    }

    /// The name of the mailbox, for the folder of the mails that are right in it.
    fn name(&self) -> String {
        let path = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
        stem.map_or_else(|| "Mail".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Whether what is right in the mailbox goes to the inbox: from a Maildir, or one mail.
    fn is_of_inbox(&self, shelf: &Shelf) -> bool {
        let is_dir = |name: &str| self.root.join(name).is_dir();
        self.root.is_file() && !shelf.is_mbox() || is_dir("cur") && is_dir("new")
    }

    /// Something that could not be listed counts as one mail.
    fn fail(&self, error: Error, ledger: &mut Ledger) {
        ledger.expect(Kind::Message, 1);
        ledger.failed(Kind::Message, None, self.root.display().to_string(), error);
    }

    fn found(item: &FeedItem) -> Result<&Found> {
        let found = item.detail.as_deref().and_then(|detail| detail.downcast_ref());
        found.ok_or_else(|| Error::not_found("there is no such mail"))
    }
}

/// The special folder that mail programs call by such a name, right in a mailbox.
fn role(name: &str) -> Option<SpecialFolder> {
    Some(match name.to_lowercase().as_str() {
        "inbox" => SpecialFolder::Inbox,
        "sent" | "sent items" | "sent messages" | "sent mail" => SpecialFolder::SentItems,
        "drafts" => SpecialFolder::Drafts,
        "trash" | "deleted items" | "deleted messages" => SpecialFolder::DeletedItems,
        "junk" | "spam" | "junk email" | "junk e-mail" => SpecialFolder::JunkEmail,
        "outbox" => SpecialFolder::Outbox,
        _ => return None,
    })
}

/// The list of folders in the making.
#[derive(Default)]
struct Listing {
    folders: Vec<FeedFolder>,
    shelves: Vec<Vec<Shelf>>,
    known: HashMap<Vec<String>, usize>,
    /// Whether what is right in the mailbox goes to the inbox.
    is_of_inbox: bool,
}

impl Listing {
    fn add(&mut self, folder: FeedFolder) -> usize {
        self.shelves.push(Vec::new());
        self.folders.push(folder);
        self.folders.len() - 1
    }

    /// The folder of these names, which is made with those above it if it is new.
    fn folder(&mut self, names: &[String], feed: &MailFeed, ledger: &mut Ledger) -> usize {
        if let Some(at) = self.known.get(names) {
            return *at;
        }
        let mut folder = FeedFolder::default();
        match names.split_last() {
            None if self.is_of_inbox => {
                folder.role = Some(SpecialFolder::Inbox);
                "Inbox".clone_into(&mut folder.name);
            }
            None => folder.name = feed.name(),
            Some((name, above)) => {
                let name = if name.is_empty() { "(without a name)" } else { name };
                name.clone_into(&mut folder.name);
                if above.is_empty() {
                    folder.role = role(name);
                } else {
                    folder.parent = Some(self.folder(above, feed, ledger));
                }
            }
        }
        folder.path = match folder.parent.and_then(|parent| self.folders.get(parent)) {
            Some(parent) => format!("{}/{}", parent.path, folder.name).into(),
            None => folder.name.as_str().into(),
        };
        ledger.expect(Kind::Folder, 1);
        let at = self.add(folder);
        self.known.insert(names.to_vec(), at);
        at
    }
}

impl Feed for MailFeed {
    fn folders(&self, _: &TargetNames, ledger: &mut Ledger) -> Result<Vec<FeedFolder>> {
        let mut listing = Listing::default();
        for branch in Tree::open(&self.root)? {
            match branch {
                Ok(Branch::Folder(names)) => {
                    listing.folder(&names, self, ledger);
                }
                Ok(Branch::Shelf(shelf)) => {
                    if shelf.folder.is_empty() && !listing.known.contains_key(&shelf.folder) {
                        listing.is_of_inbox = self.is_of_inbox(&shelf);
                    }
                    let at = listing.folder(&shelf.folder, self, ledger);
                    listing.shelves[at].push(shelf);
                }
                Ok(Branch::Skipped(id, reason)) => {
                    ledger.expect(Kind::Message, 1);
                    ledger.skipped(Kind::Message, None, id, reason);
                }
                Err(error) => self.fail(error, ledger),
            }
        }
        let shelves = listing.shelves.into_iter().map(Arc::new);
        let paths = listing.folders.iter().map(|folder| Arc::clone(&folder.path));
        *self.folders.lock().unwrap_or_else(PoisonError::into_inner) = paths.zip(shelves).collect();
        Ok(listing.folders)
    }

    fn items(
        &self,
        folder: usize,
        ledger: &mut Ledger,
        each: &mut dyn FnMut(FeedItem) -> ControlFlow<()>,
    ) -> Result<()> {
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((path, shelves)) = folders.get(folder).cloned() else { return Ok(()) };
        drop(folders);
        let root = std::fs::canonicalize(&self.root).unwrap_or_else(|_| self.root.clone());
        let mut id = folder as u64 * MOST;
        for shelf in shelves.iter() {
            let mails = match shelf.mails() {
                Ok(mails) => mails,
                Err(error) => {
                    self.fail(error, ledger);
                    continue;
                }
            };
            for seed in mails {
                let seed = match seed {
                    Ok(seed) => seed,
                    Err(error) => {
                        self.fail(error, ledger);
                        continue;
                    }
                };
                ledger.expect(Kind::Message, 1);
                // Where it is and how long; a mail that is changed in its place without changing
                // its length is told apart by its content alone.
                let mut identity = root.as_os_str().as_encoded_bytes().to_vec();
                identity.push(0);
                identity.extend(seed.id.as_bytes());
                identity.extend(seed.size.to_le_bytes());
                // Larger mails stay in their files.
                let weight = seed.size.min(HELD);
                let found = Found { path: Arc::clone(&path), seed };
                let detail: Option<Detail> = Some(Arc::new(found));
                if each(FeedItem { id, identity, weight, detail, ..FeedItem::default() }).is_break()
                {
                    return Ok(());
                }
                id += 1;
            }
        }
        Ok(())
    }

    fn read(&self, item: &FeedItem, names: &TargetNames) -> Result<Parcel> {
        let seed = &Self::found(item)?.seed;
        let (bytes, state) = seed.read()?;
        let mut hash = Sha256::new();
        let (mut reader, mut buffer) = (bytes.reader(), vec![0; 64 << 10]);
        loop {
            match reader.read(&mut buffer)? {
                0 => break,
                count => hash.update(&buffer[..count]),
            }
        }
        let id_of = |name: &PropName| names.ids(std::slice::from_ref(name)).ok()?.first().copied();
        let mail = read_eml(&bytes, &state, &ReadOptions::new(&id_of))?;
        let mut parcel = Parcel::from(mail.message);
        // A message was made when it came, as far as anybody knows.
        if let Some(time) = parcel.props.time(tags::MESSAGE_DELIVERY_TIME) {
            parcel.props.set_default(tags::CREATION_TIME, time);
            parcel.props.set_default(tags::LAST_MODIFICATION_TIME, time);
        }
        parcel.content = Some(hash.finalize().into());
        parcel.troubles = mail.losses.iter().map(|loss| trouble(&seed.id, loss)).collect();
        Ok(parcel)
    }

    fn place(&self, item: &FeedItem) -> Option<String> {
        let Found { path, seed } = Self::found(item).ok()?;
        Some(format!("{path}: {}", seed.id))
    }
}

fn trouble(id: &str, loss: &crate::Loss) -> Trouble {
    let reason = format!("{id}: {loss}");
    match loss.kind {
        LossKind::Attachment | LossKind::Reference | LossKind::Ole => {
            Trouble::left_out(Kind::Attachment, reason)
        }
        LossKind::TooDeep | LossKind::TooMany => Trouble::left_out(Kind::Embedded, reason),
        _ => Trouble::left_out(Kind::Property, reason),
    }
}
