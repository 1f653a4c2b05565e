//! Mailboxes that are files and directories: mbox, Maildir, and trees of mails.

mod emlx;
mod from_line;
mod list;
mod maildir;
mod mbox;
mod shelf;
mod tree;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use mapix_core::{Context, Result};

pub use mbox::{Mbox, MboxMail};
pub(crate) use shelf::{Mails, Seed, Shelf};
pub(crate) use tree::{Branch, Tree};

use crate::{MailBytes, MailState};

/// So much of a file is looked at to see what it is.
const HEAD: u64 = 4096;

/// Something that was found in a mailbox.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Found {
    /// A folder, before what is in it: its names from the outermost on. The mailbox itself is
    /// not among them.
    Folder(Vec<String>),
    /// A mail.
    Mail(MailItem),
    /// A file that is no mail, or is not there whole.
    Skipped {
        /// Where it is, as in [`MailItem::id`].
        id: String,
        /// Why it was passed over.
        reason: &'static str,
    },
}

/// A mail in a mailbox.
#[derive(Clone, Debug)]
pub struct MailItem {
    /// The folder in which it lies, from the outermost on; empty for the mailbox itself.
    pub folder: Vec<String>,
    /// Its name in the mailbox, which stays as long as the files do: the path from the mailbox on,
    /// and in mailbox files `@` and the offset. For Maildir it is without the flags.
    pub id: String,
    /// What the mailbox says of it.
    pub state: MailState,
    /// The mail.
    pub bytes: MailBytes,
}

/// The mails of a file or a directory, in an order that stays.
///
/// - A file is a mailbox file ([`Mbox`]) if it begins like one, a mail of Apple Mail if it is
///   named `.emlx`, and else one mail.
/// - A directory with `cur` and `new` is a Maildir. Its folders are directories such as
///   `.Sub.Folder` (Maildir++) or such as `Sub`, with `cur` and `new` again.
/// - In any other directory files are mails if they are named `.eml` or `.emlx`, or by a number as
///   MH does; mailbox files are folders. Directories are folders, without the `.sbd` of
///   Thunderbird and the `.mbox` of Apple Mail; those that are links are not followed.
///
/// An item that cannot be read is an error with its place, and the walk goes on.
#[derive(Debug)]
pub struct Mailbox {
    tree: Tree,
    /// The mails of the folder at which it stands.
    mails: Option<(Vec<String>, Mails)>,
}

impl Mailbox {
    /// Opens a file or a directory.
    ///
    /// # Errors
    /// Those of looking at it, with its name.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { tree: Tree::open(path)?, mails: None })
    }

    /// What comes next of the mails at which it stands.
    fn mail(&mut self) -> Option<Result<Found>> {
        let (folder, mails) = self.mails.as_mut()?;
        let seed = mails.next()?;
        Some(seed.and_then(|seed| {
            let (bytes, state) = seed.read()?;
            Ok(Found::Mail(MailItem { folder: folder.clone(), id: seed.id, state, bytes }))
        }))
    }
}

impl Iterator for Mailbox {
    type Item = Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.mail() {
                return Some(found);
            }
            self.mails = None;
            match self.tree.next()? {
                Ok(Branch::Folder(names)) => return Some(Ok(Found::Folder(names))),
                Ok(Branch::Skipped(id, reason)) => return Some(Ok(Found::Skipped { id, reason })),
                Ok(Branch::Shelf(shelf)) => match shelf.mails() {
                    Ok(mails) => self.mails = Some((shelf.folder, mails)),
                    Err(error) => return Some(Err(error)),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The name of a file in a mailbox: its path from there on; what is not Unicode is escaped.
fn name_in(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).ok().filter(|path| *path != Path::new(""));
    let inner = inner.or_else(|| root.file_name().map(Path::new));
    let mut name = String::new();
    for part in inner.unwrap_or(root) {
        if !name.is_empty() {
            name.push('/');
        }
        for chunk in part.as_encoded_bytes().utf8_chunks() {
            name.push_str(chunk.valid());
            name.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
        }
    }
    name
}

enum Kind {
    Mail,
    Emlx,
    Mbox,
    Empty,
    Other,
}

/// What a file is, by its name and its beginning.
fn kind_of(path: &Path, name: &OsStr) -> Result<Kind> {
    let has_extension = |wanted: &str| {
        Path::new(name).extension().is_some_and(|found| found.eq_ignore_ascii_case(wanted))
    };
    if has_extension("eml") {
        return Ok(Kind::Mail);
    }
    if has_extension("emlx") {
        return Ok(Kind::Emlx);
    }
    let head = || -> Result<Vec<u8>> {
        let mut head = Vec::new();
        File::open(path)?.take(HEAD).read_to_end(&mut head)?;
        Ok(head)
    };
    let head = head().context(|| path.display())?;
    let text = name.to_string_lossy();
    let number = text.trim_end_matches('.');
    Ok(if Mbox::is_one(&head) {
        Kind::Mbox
    } else if head.is_empty() {
        Kind::Empty
    } else if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        Kind::Mail
    } else {
        Kind::Other
    })
}
