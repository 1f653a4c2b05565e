//! A disk that forgets what was not synced when the power fails.
//!
//! The rules are stricter than those of a common file system: of the writes and truncations that a
//! file has seen since its last sync, any may be lost and any kept, a write also in part, by
//! sectors; of what happened to the names in a folder since its last sync, the last may be lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::random::Random;
use crate::record::Record;

const SECTOR: usize = 512;

/// All files below one folder, as they are and as the disk is sure to have them.
#[derive(Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    /// What a name means now.
    names: BTreeMap<PathBuf, usize>,
    /// What a name means for sure.
    durable: BTreeMap<PathBuf, usize>,
    /// What happened to names since the last sync of their folder.
    pending: Vec<Named>,
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Edit>,
}

#[derive(Clone)]
enum Edit {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Clone)]
enum Named {
    Set(PathBuf, usize),
    Remove(PathBuf),
}

impl Disk {
    pub(crate) fn apply(&mut self, record: &Record) {
        match record {
            Record::Create(path) => {
                self.files.push(File::default());
                self.set(path, self.files.len() - 1);
            }
            Record::Write(path, offset, data) => {
                self.edit(path, Edit::Write(*offset, data.clone()));
            }
            Record::Truncate(path, length) => self.edit(path, Edit::Truncate(*length)),
            Record::Sync(path) => {
                let file = &mut self.files[self.names[path]];
                for edit in std::mem::take(&mut file.pending) {
                    edit.apply(&mut file.durable);
                }
            }
            Record::SyncFolder(folder) => {
                for change in std::mem::take(&mut self.pending) {
                    if change.path().parent() == Some(folder) {
                        change.apply(&mut self.durable);
                    } else {
                        self.pending.push(change);
                    }
                }
            }
            Record::Rename(from, to) => {
                let file = self.names[from];
                self.remove(from);
                self.set(to, file);
            }
            Record::Link(from, to) => self.set(to, self.names[from]),
            Record::Unlink(path) => self.remove(path),
        }
    }

    /// Makes the files anew in a folder, as they may be after the power failed now.
    pub(crate) fn fail(&self, from: &Path, to: &Path, random: &mut Random) {
        let mut names = self.durable.clone();
        let kept = random.below(self.pending.len() + 1);
        self.pending[..kept].iter().for_each(|change| change.apply(&mut names));
        for (path, file) in names {
            // Shared memory is no file on the disk.
            if path.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let bytes = self.files[file].after_failure(random);
            let target = to.join(path.strip_prefix(from).unwrap());
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, bytes).unwrap();
        }
    }

    /// A file as it was when nothing had failed.
    pub(crate) fn now(&self, path: &Path) -> Vec<u8> {
        let Some(file) = self.names.get(path) else { return Vec::new() };
        let file = &self.files[*file];
        let mut bytes = file.durable.clone();
        file.pending.iter().for_each(|edit| edit.apply(&mut bytes));
        bytes
    }

    fn set(&mut self, path: &Path, file: usize) {
        self.names.insert(path.to_owned(), file);
        self.pending.push(Named::Set(path.to_owned(), file));
    }

    fn remove(&mut self, path: &Path) {
        self.names.remove(path);
        self.pending.push(Named::Remove(path.to_owned()));
    }

    fn edit(&mut self, path: &Path, edit: Edit) {
        let file =
            self.names.get(path).unwrap_or_else(|| panic!("{} was never made", path.display()));
        self.files[*file].pending.push(edit);
    }
}

impl File {
    fn after_failure(&self, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        // Mostly some are lost; sometimes all, or none.
        let chance = [0, 10, 50, 90, 100][random.below(5)];
        for edit in &self.pending {
            if random.below(100) < chance {
                edit.apply(&mut bytes);
            } else if let Edit::Write(offset, data) = edit
                && random.below(4) == 0
            {
                let sectors = random.below(data.len() / SECTOR + 1);
                Edit::Write(*offset, data[..sectors * SECTOR].to_vec()).apply(&mut bytes);
            }
        }
        bytes
    }
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, data) => {
                let (from, to) = (*offset as usize, *offset as usize + data.len());
                if bytes.len() < to {
                    bytes.resize(to, 0);
                }
                bytes[from..to].copy_from_slice(data);
            }
            Self::Truncate(length) => bytes.resize(*length as usize, 0),
        }
    }
}

impl Named {
    fn path(&self) -> &Path {
        match self {
            Self::Set(path, _) | Self::Remove(path) => path,
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Set(path, file) => drop(names.insert(path.clone(), *file)),
            Self::Remove(path) => drop(names.remove(path)),
        }
    }
}
