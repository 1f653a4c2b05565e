//! The mails of one directory or mailbox file, listed without reading more than must be.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mapix_core::{Context, Result};

use super::list::{Sorted, each_entry};
use super::maildir::{self, Keywords};
use super::{Kind, Mbox, emlx, kind_of, name_in};
use crate::{MailBytes, MailState};

/// Where mails lie that belong to one folder.
#[derive(Debug)]
pub(crate) struct Shelf {
    /// The folder, from the outermost on.
    pub(crate) folder: Vec<String>,
    root: Arc<Path>,
    place: Place,
}

#[derive(Debug)]
pub(super) enum Place {
    /// One file, and whether it is of Apple Mail.
    File(PathBuf, bool),
    /// The files of a directory that are mails.
    Directory(PathBuf),
    Maildir(PathBuf),
    Mbox(PathBuf),
}

/// A mail that was found, and where it is read.
#[derive(Debug)]
pub(crate) struct Seed {
    /// As in [`MailItem::id`](super::MailItem::id).
    pub(crate) id: String,
    /// How many bytes it has, or the file in which it is.
    pub(crate) size: u64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(PathBuf, MailState),
    Emlx(PathBuf),
    /// Of a mailbox file: to find its end is to read it.
    Read(MailBytes, MailState),
}

impl Seed {
    /// The mail, and what the mailbox says of it.
    ///
    /// # Errors
    /// Those of reading its file, with its name.
    pub(crate) fn read(&self) -> Result<(MailBytes, MailState)> {
        match &self.source {
            Source::File(path, state) => Ok((MailBytes::open(path)?, state.clone())),
            Source::Emlx(path) => {
                let file = MailBytes::open(path)?;
                let inner = emlx::read(&file).context(|| path.display())?;
                Ok(inner.unwrap_or((file, MailState::default())))
            }
            Source::Read(bytes, state) => Ok((bytes.clone(), state.clone())),
        }
    }
}

/// The key of a file: names by number are in the order of the numbers.
type FileKey = (Option<u64>, OsString);

/// The mails of a shelf, in an order that stays.
#[derive(Debug)]
pub(crate) struct Mails {
    root: Arc<Path>,
    left: Left,
}

#[derive(Debug)]
enum Left {
    File(Option<(PathBuf, bool)>),
    Directory(PathBuf, Sorted<FileKey>),
    /// Each name with whether it is in `new`.
    Maildir(PathBuf, Sorted<(OsString, bool)>, Keywords),
    Mbox(Box<Mbox>, String),
}

impl Shelf {
    pub(super) fn new(root: &Arc<Path>, folder: Vec<String>, place: Place) -> Self {
        Self { folder, root: Arc::clone(root), place }
    }

    /// Whether it is a mailbox file.
    pub(crate) fn is_mbox(&self) -> bool {
        matches!(self.place, Place::Mbox(_))
    }

    /// Its mails.
    ///
    /// # Errors
    /// Those of opening a mailbox file, with its name.
    pub(crate) fn mails(&self) -> Result<Mails> {
        let left = match &self.place {
            Place::File(path, is_emlx) => Left::File(Some((path.clone(), *is_emlx))),
            Place::Directory(path) => Left::Directory(path.clone(), files_of(path.clone())),
            Place::Maildir(path) => {
                Left::Maildir(path.clone(), maildir_files(path.clone()), Keywords::read(path))
            }
            Place::Mbox(path) => Left::Mbox(Box::new(Mbox::open(path)?), name_in(&self.root, path)),
        };
        Ok(Mails { root: Arc::clone(&self.root), left })
    }
}

fn files_of(path: PathBuf) -> Sorted<FileKey> {
    Sorted::new(move |each| {
        each_entry(&path, &mut |name, kind| {
            let is_file = kind.is_file() || kind.is_symlink() && !path.join(&name).is_dir();
            if is_file {
                let number = name.to_str().and_then(|name| name.trim_end_matches('.').parse().ok());
                each((number, name));
            }
        })
    })
}

/// In the order in which they came, which their names begin with.
fn maildir_files(path: PathBuf) -> Sorted<(OsString, bool)> {
    Sorted::new(move |each| {
        let mut list = |part: &str, is_new| {
            each_entry(&path.join(part), &mut |name, _| {
                if !maildir::is_hidden(&name) {
                    each((name, is_new));
                }
            })
        };
        let cur = list("cur", false);
        list("new", true).and(cur)
    })
}

impl Iterator for Mails {
    type Item = Result<Seed>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.left {
            Left::File(file) => {
                let (path, is_emlx) = file.take()?;
                Some(file_seed(&self.root, path, is_emlx))
            }
            Left::Directory(path, names) => loop {
                let name = match names.next()? {
                    Ok((_, name)) => name,
                    Err(error) => return Some(Err(error)),
                };
                let file = path.join(&name);
                match kind_of(&file, &name) {
                    Ok(Kind::Mail) => return Some(file_seed(&self.root, file, false)),
                    Ok(Kind::Emlx) => return Some(file_seed(&self.root, file, true)),
                    // Those were told of, or are shelves of their own.
                    Ok(Kind::Mbox | Kind::Empty | Kind::Other) => {}
                    Err(error) => return Some(Err(error)),
                }
            },
            Left::Maildir(path, names, keywords) => {
                let (name, is_new) = match names.next()? {
                    Ok(found) => found,
                    Err(error) => return Some(Err(error)),
                };
                let state = maildir::state(&name, is_new, keywords);
                let file = path.join(if is_new { "new" } else { "cur" }).join(&name);
                let id = maildir_id(&self.root, path, &name);
                Some(size_of(&file).map(|size| {
                    let source = Source::File(file, state);
                    Seed { id, size, source }
                }))
            }
            Left::Mbox(mbox, name) => Some(mbox.next()?.map(|mail| {
                let state = MailState { delivered: mail.date, ..MailState::default() };
                let id = format!("{name}@{}", mail.offset);
                Seed { id, size: mail.bytes.len(), source: Source::Read(mail.bytes, state) }
            })),
        }
    }
}

fn file_seed(root: &Path, path: PathBuf, is_emlx: bool) -> Result<Seed> {
    let (id, size) = (name_in(root, &path), size_of(&path)?);
    let source =
        if is_emlx { Source::Emlx(path) } else { Source::File(path, MailState::default()) };
    Ok(Seed { id, size, source })
}

fn size_of(path: &Path) -> Result<u64> {
    let found = fs::metadata(path).context(|| path.display())?;
    Ok(found.len())
}

/// A name that stays when the mail moves from `new` to `cur` and its flags change.
fn maildir_id(root: &Path, folder: &Path, name: &OsStr) -> String {
    let name = name_in(root, &root.join(name));
    let base = name.split([':', '!', ';']).next().unwrap_or_default();
    if folder == root { base.to_owned() } else { format!("{}/{base}", name_in(root, folder)) }
}
