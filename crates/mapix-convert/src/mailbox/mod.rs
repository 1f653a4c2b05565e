//! Mailboxes that are files and directories: mbox, Maildir, and trees of mails.

mod emlx;
mod from_line;
mod maildir;
mod mbox;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec::IntoIter;

use mapix_core::{Context, Error, Result};

pub use mbox::{Mbox, MboxMail};

use crate::{MailBytes, MailState};
use maildir::Keywords;

/// Directories are walked so deep.
const DEPTH: usize = 100;
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
    /// Where it lies, to open it again.
    pub(crate) place: Place,
}

/// Where a mail lies.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A file of its own.
    File(Box<Path>),
    /// A file of Apple Mail.
    Emlx(Box<Path>),
    /// A mailbox file, at this offset.
    Mbox(Arc<Path>, u64),
}

impl Place {
    /// Opens the mail again.
    pub(crate) fn open(&self) -> Result<MailBytes> {
        match self {
            Self::File(path) => MailBytes::open(path),
            Self::Emlx(path) => {
                let file = MailBytes::open(path)?;
                let inner = emlx::read(&file).context(|| path.display())?;
                Ok(inner.map_or(file, |(bytes, _)| bytes))
            }
            Self::Mbox(path, offset) => {
                let place = || format!("{}: mail at {offset}", path.display());
                match Mbox::open_at(path, *offset)?.next() {
                    Some(mail) => Ok(mail?.bytes),
                    None => {
                        Err(Error::not_found("the mail is not there any more").context(place()))
                    }
                }
            }
        }
    }
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
    root: PathBuf,
    /// What is still to be looked at, the next last.
    todo: Vec<Todo>,
}

#[derive(Debug)]
enum Todo {
    /// A directory to be listed.
    Directory {
        path: PathBuf,
        folder: Vec<String>,
        depth: usize,
    },
    /// The files of a directory.
    Files {
        path: PathBuf,
        folder: Vec<String>,
        names: IntoIter<OsString>,
    },
    /// The mails of a Maildir, each with whether it is in `new`.
    Maildir {
        path: PathBuf,
        folder: Vec<String>,
        names: IntoIter<(OsString, bool)>,
        keywords: Keywords,
    },
    /// A mailbox file that is read, and its name.
    Mbox {
        mbox: Box<Mbox>,
        folder: Vec<String>,
        name: String,
    },
    Found(Result<Found>),
}

impl Mailbox {
    /// Opens a file or a directory.
    ///
    /// # Errors
    /// Those of looking at it, with its name.
    pub fn open(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path).context(|| path.display())?;
        let mut mailbox = Self { root: path.to_owned(), todo: Vec::new() };
        if metadata.is_dir() {
            let (path, folder) = (path.to_owned(), Vec::new());
            mailbox.todo.push(Todo::Directory { path, folder, depth: 0 });
            return Ok(mailbox);
        }
        let name = path.file_name().unwrap_or_default();
        match kind_of(path, name)? {
            Kind::Mbox => mailbox.mbox(path, Vec::new())?,
            Kind::Emlx => mailbox.push(mailbox.mail(path, Vec::new(), true)),
            // Whoever names a file wants it read.
            _ => mailbox.push(mailbox.mail(path, Vec::new(), false)),
        }
        Ok(mailbox)
    }

    fn push(&mut self, found: Result<Found>) {
        self.todo.push(Todo::Found(found));
    }

    fn skip(&mut self, path: &Path, reason: &'static str) {
        let id = self.id(path);
        self.push(Ok(Found::Skipped { id, reason }));
    }

    fn folder(&mut self, path: PathBuf, folder: Vec<String>, depth: usize) {
        self.todo.push(Todo::Directory { path, folder: folder.clone(), depth });
        self.push(Ok(Found::Folder(folder)));
    }

    /// The path from the mailbox on; what is not Unicode is escaped.
    fn id(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).ok().filter(|path| *path != Path::new(""));
        let path = path.or_else(|| self.root.file_name().map(Path::new));
        let mut id = String::new();
        for part in path.unwrap_or(&self.root) {
            if !id.is_empty() {
                id.push('/');
            }
            for chunk in part.as_encoded_bytes().utf8_chunks() {
                id.push_str(chunk.valid());
                id.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
            }
        }
        id
    }

    fn mbox(&mut self, path: &Path, folder: Vec<String>) -> Result<()> {
        let mbox = Box::new(Mbox::open(path)?);
        let name = self.id(path);
        self.todo.push(Todo::Mbox { mbox, folder, name });
        Ok(())
    }

    fn mail(&self, path: &Path, folder: Vec<String>, is_emlx: bool) -> Result<Found> {
        let file = MailBytes::open(path)?;
        let inner = if is_emlx { emlx::read(&file).context(|| path.display())? } else { None };
        let (bytes, state) = inner.unwrap_or((file, MailState::default()));
        let place = if is_emlx { Place::Emlx(path.into()) } else { Place::File(path.into()) };
        Ok(Found::Mail(MailItem { folder, id: self.id(path), state, bytes, place }))
    }

    /// Looks at a file of a directory that is no Maildir.
    fn file(&mut self, path: &Path, folder: &[String]) {
        let name = path.file_name().unwrap_or_default();
        let found = match kind_of(path, name) {
            Ok(Kind::Mail) => self.mail(path, folder.to_vec(), false),
            Ok(Kind::Emlx) => self.mail(path, folder.to_vec(), true),
            Ok(Kind::Mbox) => {
                let mut folder = folder.to_vec();
                let text = name.to_string_lossy();
                // The files of Apple Mail and of `mapix export` are the folder around them.
                let own = text == "mbox" || text == "messages.mbox";
                if !own {
                    folder.push(strip_any(&text, &[".mbox", ".mbx", ".mboxrd"]).to_owned());
                }
                match self.mbox(path, folder.clone()) {
                    Ok(()) if own => return,
                    Ok(()) => Ok(Found::Folder(folder)),
                    Err(error) => Err(error),
                }
            }
            Ok(Kind::Empty) => return self.skip(path, "an empty file"),
            Ok(Kind::Other) => return self.skip(path, "neither named nor made like mail"),
            Err(error) => Err(error),
        };
        self.push(found);
    }

    /// Lists a directory: what is in it is done in the order mails, folders, what is passed over.
    fn enter(&mut self, path: PathBuf, folder: Vec<String>, depth: usize) {
        if depth > DEPTH {
            return self.skip(&path, "directories nest too deeply");
        }
        let entries = match list(&path) {
            Ok(entries) => entries,
            Err(error) => return self.push(Err(error)),
        };
        let is_dir = |name: &str| fs::metadata(path.join(name)).is_ok_and(|found| found.is_dir());
        if is_dir("cur") && is_dir("new") {
            self.enter_maildir(path, folder, depth, entries);
        } else {
            self.enter_tree(path, folder, depth, entries);
        }
    }

    fn enter_maildir(
        &mut self,
        path: PathBuf,
        folder: Vec<String>,
        depth: usize,
        entries: Vec<(OsString, FileType)>,
    ) {
        for (name, _) in list(&path.join("tmp")).unwrap_or_default() {
            self.skip(&path.join("tmp").join(name), "a mail that was never delivered whole");
        }
        for (name, kind) in entries.into_iter().rev() {
            if ["cur", "new", "tmp"].iter().any(|known| name == *known) {
                continue;
            }
            let path = path.join(&name);
            if !kind.is_dir() {
                let is_link = kind.is_symlink() && path.is_dir();
                let reason =
                    if is_link { "a link to a directory" } else { "a file of the mail server" };
                self.skip(&path, reason);
                continue;
            }
            let name = name.to_string_lossy();
            let mut folder = folder.clone();
            match name.strip_prefix('.') {
                Some(_) => folder.extend(maildir::folder_names(&name)),
                None => folder.push(maildir::modified_utf7(&name)),
            }
            self.folder(path, folder, depth + 1);
        }
        // In the order in which they came, which their names begin with.
        let mut names = Vec::new();
        for (part, is_new) in [("cur", false), ("new", true)] {
            match list(&path.join(part)) {
                Ok(found) => names.extend(found.into_iter().map(|(name, _)| (name, is_new))),
                Err(error) => self.push(Err(error)),
            }
        }
        names.sort_unstable();
        let (names, keywords) = (names.into_iter(), Keywords::read(&path));
        self.todo.push(Todo::Maildir { path, folder, names, keywords });
    }

    fn enter_tree(
        &mut self,
        path: PathBuf,
        folder: Vec<String>,
        depth: usize,
        entries: Vec<(OsString, FileType)>,
    ) {
        let mut files = Vec::new();
        let mut folders = Vec::new();
        for (name, kind) in entries {
            let path = path.join(&name);
            let is_dir = kind.is_dir() || kind.is_symlink() && path.is_dir();
            if is_dir && kind.is_symlink() {
                self.skip(&path, "a link to a directory");
            } else if is_dir {
                folders.push((name, path));
            } else if kind.is_file() || kind.is_symlink() {
                files.push(name);
            } else {
                self.skip(&path, "neither a file nor a directory");
            }
        }
        for (name, path) in folders.into_iter().rev() {
            let name = name.to_string_lossy();
            // Apple Mail keeps the files of a folder in one more directory.
            if name == "Messages" {
                self.todo.push(Todo::Directory { path, folder: folder.clone(), depth: depth + 1 });
                continue;
            }
            let mut folder = folder.clone();
            folder.push(strip_any(&name, &[".sbd", ".mbox"]).to_owned());
            self.folder(path, folder, depth + 1);
        }
        // Names by number are in the order of the numbers.
        files.sort_by_cached_key(|name| {
            (
                name.to_str().and_then(|name| name.trim_end_matches('.').parse::<u64>().ok()),
                name.clone(),
            )
        });
        self.todo.push(Todo::Files { path, folder, names: files.into_iter() });
    }
}

impl Iterator for Mailbox {
    type Item = Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.todo.pop()? {
                Todo::Found(found) => return Some(found),
                Todo::Directory { path, folder, depth } => self.enter(path, folder, depth),
                Todo::Files { path, folder, mut names } => {
                    let Some(name) = names.next() else { continue };
                    let file = path.join(name);
                    self.todo.push(Todo::Files { path, folder: folder.clone(), names });
                    self.file(&file, &folder);
                }
                Todo::Maildir { path, folder, mut names, keywords } => {
                    let Some((name, is_new)) = names.next() else { continue };
                    let id = self.maildir_id(&path, &name);
                    let file = path.join(if is_new { "new" } else { "cur" }).join(&name);
                    let state = maildir::state(&name, is_new, &keywords);
                    let hidden = name.as_encoded_bytes().starts_with(b".");
                    let own = folder.clone();
                    self.todo.push(Todo::Maildir { path, folder, names, keywords });
                    if hidden {
                        self.skip(&file, "a hidden file in a Maildir");
                        continue;
                    }
                    let place = Place::File(file.into());
                    return Some(place.open().map(|bytes| {
                        Found::Mail(MailItem { folder: own, id, state, bytes, place })
                    }));
                }
                Todo::Mbox { mut mbox, folder, name } => {
                    let Some(mail) = mbox.next() else { continue };
                    let found = mail.map(|mail| {
                        let state = MailState { delivered: mail.date, ..MailState::default() };
                        let id = format!("{name}@{}", mail.offset);
                        let folder = folder.clone();
                        let place = Place::Mbox(Arc::clone(mbox.path()), mail.offset);
                        Found::Mail(MailItem { folder, id, state, bytes: mail.bytes, place })
                    });
                    self.todo.push(Todo::Mbox { mbox, folder, name });
                    return Some(found);
                }
            }
        }
    }
}

impl Mailbox {
    /// A name that stays when the mail moves from `new` to `cur` and its flags change.
    fn maildir_id(&self, folder: &Path, name: &OsStr) -> String {
        let name = self.id(&self.root.join(name));
        let base = name.split([':', '!', ';']).next().unwrap_or_default();
        if folder == self.root { base.to_owned() } else { format!("{}/{base}", self.id(folder)) }
    }
}

/// The names in a directory, sorted, and what they are.
fn list(path: &Path) -> Result<Vec<(OsString, FileType)>> {
    let read = || -> Result<Vec<(OsString, FileType)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            names.push((entry.file_name(), entry.file_type()?));
        }
        names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    };
    read().context(|| path.display())
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

/// A name without one of these endings.
fn strip_any<'a>(name: &'a str, endings: &[&str]) -> &'a str {
    let found = endings.iter().find_map(|ending| {
        let at = name.len().checked_sub(ending.len()).filter(|at| *at > 0)?;
        name.get(at..)?.eq_ignore_ascii_case(ending).then(|| &name[..at])
    });
    found.unwrap_or(name)
}
