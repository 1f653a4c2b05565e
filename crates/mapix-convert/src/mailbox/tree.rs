//! Which folders a mailbox has, and where their mails lie.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mapix_core::{Context, Result};

use super::list::each_entry;
use super::shelf::{Place, Shelf};
use super::{Kind, kind_of, maildir, name_in};

/// Directories are walked so deep.
const DEPTH: usize = 100;

/// What a walk over the directories of a mailbox finds.
#[derive(Debug)]
pub(crate) enum Branch {
    /// A folder, before what is in it.
    Folder(Vec<String>),
    /// Where some mails of a folder lie.
    Shelf(Shelf),
    /// A file that is no mail, by its name in the mailbox, and why it was passed over.
    Skipped(String, &'static str),
}

/// The directories of a mailbox, depth first. No mail is read but for the beginnings of files
/// whose names do not say what they are.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Arc<Path>,
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
    Found(Result<Branch>),
}

impl Tree {
    /// Opens a file or a directory.
    ///
    /// # Errors
    /// Those of looking at it, with its name.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path).context(|| path.display())?;
        let mut tree = Self { root: path.into(), todo: Vec::new() };
        let (path, folder) = (path.to_owned(), Vec::new());
        if metadata.is_dir() {
            tree.todo.push(Todo::Directory { path, folder, depth: 0 });
            return Ok(tree);
        }
        let place = match kind_of(&path, path.file_name().unwrap_or_default())? {
            Kind::Mbox => Place::Mbox(path),
            Kind::Emlx => Place::File(path, true),
            // Whoever names a file wants it read.
            _ => Place::File(path, false),
        };
        tree.shelf(folder, place);
        Ok(tree)
    }

    fn push(&mut self, found: Branch) {
        self.todo.push(Todo::Found(Ok(found)));
    }

    fn shelf(&mut self, folder: Vec<String>, place: Place) {
        self.push(Branch::Shelf(Shelf::new(&self.root, folder, place)));
    }

    fn skip(&mut self, path: &Path, reason: &'static str) {
        self.push(Branch::Skipped(name_in(&self.root, path), reason));
    }

    /// Skips files in the order of their names.
    fn skip_all(&mut self, mut files: Vec<(PathBuf, &'static str)>) {
        files.sort_unstable();
        files.iter().rev().for_each(|(path, reason)| self.skip(path, reason));
    }

    fn folder(&mut self, path: PathBuf, folder: Vec<String>, depth: usize) {
        self.todo.push(Todo::Directory { path, folder: folder.clone(), depth });
        self.push(Branch::Folder(folder));
    }

    /// Lists a directory: what is in it is done in the order mails, folders, what is passed over.
    fn enter(&mut self, path: PathBuf, folder: Vec<String>, depth: usize) {
        if depth > DEPTH {
            return self.skip(&path, "directories nest too deeply");
        }
        let is_dir = |name: &str| fs::metadata(path.join(name)).is_ok_and(|found| found.is_dir());
        let entered = if is_dir("cur") && is_dir("new") {
            self.enter_maildir(path, folder, depth)
        } else {
            self.enter_tree(path, folder, depth)
        };
        if let Err(error) = entered {
            self.todo.push(Todo::Found(Err(error)));
        }
    }

    fn enter_maildir(&mut self, path: PathBuf, folder: Vec<String>, depth: usize) -> Result<()> {
        let (mut folders, mut skipped) = (Vec::new(), Vec::new());
        each_entry(&path, &mut |name, kind| {
            if ["cur", "new", "tmp"].iter().any(|known| name == *known) {
                return;
            }
            let path = path.join(&name);
            if kind.is_dir() {
                folders.push((name, path));
            } else if kind.is_symlink() && path.is_dir() {
                skipped.push((path, "a link to a directory"));
            } else {
                skipped.push((path, "a file of the mail server"));
            }
        })?;
        let tmp = path.join("tmp");
        // What is not there holds nothing.
        let _ = each_entry(&tmp, &mut |name, _| {
            skipped.push((tmp.join(name), "a mail that was never delivered whole"));
        });
        let mut has_mails = false;
        for part in ["cur", "new"] {
            let part = path.join(part);
            let listed = each_entry(&part, &mut |name, _| {
                if maildir::is_hidden(&name) {
                    skipped.push((part.join(name), "a hidden file in a Maildir"));
                } else {
                    has_mails = true;
                }
            });
            // Who lists the mails tells of it.
            has_mails |= listed.is_err();
        }
        self.skip_all(skipped);
        folders.sort_unstable();
        for (name, path) in folders.into_iter().rev() {
            let name = name.to_string_lossy();
            let mut folder = folder.clone();
            match name.strip_prefix('.') {
                Some(_) => folder.extend(maildir::folder_names(&name)),
                None => folder.push(maildir::modified_utf7(&name)),
            }
            self.folder(path, folder, depth + 1);
        }
        if has_mails {
            self.shelf(folder, Place::Maildir(path));
        }
        Ok(())
    }

    fn enter_tree(&mut self, path: PathBuf, folder: Vec<String>, depth: usize) -> Result<()> {
        let (mut folders, mut boxes, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        let mut has_mails = false;
        each_entry(&path, &mut |name, kind| {
            let path = path.join(&name);
            let is_dir = kind.is_dir() || kind.is_symlink() && path.is_dir();
            if is_dir && kind.is_symlink() {
                skipped.push((path, "a link to a directory"));
            } else if is_dir {
                folders.push((name, path));
            } else if kind.is_file() || kind.is_symlink() {
                match kind_of(&path, &name) {
                    Ok(Kind::Mbox) => boxes.push((name, path)),
                    Ok(Kind::Empty) => skipped.push((path, "an empty file")),
                    Ok(Kind::Other) => skipped.push((path, "neither named nor made like mail")),
                    // Who lists the mails tells of the error.
                    Ok(Kind::Mail | Kind::Emlx) | Err(_) => has_mails = true,
                }
            } else {
                skipped.push((path, "neither a file nor a directory"));
            }
        })?;
        self.skip_all(skipped);
        folders.sort_unstable();
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
        boxes.sort_unstable();
        for (name, path) in boxes.into_iter().rev() {
            self.mbox(&name, path, &folder);
        }
        if has_mails {
            self.shelf(folder, Place::Directory(path));
        }
        Ok(())
    }

    /// A mailbox file in a directory, which is a folder.
    fn mbox(&mut self, name: &OsString, path: PathBuf, folder: &[String]) {
        let mut folder = folder.to_vec();
        let name = name.to_string_lossy();
        // The files of Apple Mail and of `mapix export` are the folder around them.
        let is_own = name == "mbox" || name == "messages.mbox";
        if !is_own {
            folder.push(strip_any(&name, &[".mbox", ".mbx", ".mboxrd"]).to_owned());
        }
        self.shelf(folder.clone(), Place::Mbox(path));
        if !is_own {
            self.push(Branch::Folder(folder));
        }
    }
}

impl Iterator for Tree {
    type Item = Result<Branch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.todo.pop()? {
                Todo::Found(found) => return Some(found),
                Todo::Directory { path, folder, depth } => self.enter(path, folder, depth),
            }
        }
    }
}

/// A name without one of these endings.
fn strip_any<'a>(name: &'a str, endings: &[&str]) -> &'a str {
    let found = endings.iter().find_map(|ending| {
        let at = name.len().checked_sub(ending.len()).filter(|at| *at > 0)?;
        name.get(at..)?.eq_ignore_ascii_case(ending).then(|| &name[..at])
    });
    found.unwrap_or(name)
}
