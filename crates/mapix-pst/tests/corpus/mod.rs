//! Where the real files for tests are. They are not part of the repository.

#![allow(dead_code)]

use std::path::PathBuf;

/// The corpus of PST and OST files, if it is there.
pub(crate) fn directory() -> Option<PathBuf> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    directory.join("manifest.tsv").is_file().then_some(directory)
}

/// A file of the corpus; says so when it is not there.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let path = directory().map(|directory| directory.join("pst").join(name));
    let path = path.filter(|path| path.is_file());
    if path.is_none() {
        println!("skipped: {name} is not there");
    }
    path
}

/// What the manifest knows of a file.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) format: String,
    pub(crate) password: String,
    /// Folders, search folders, messages, associated messages, attachments, embedded messages;
    /// `None` for files that cannot be read.
    pub(crate) counts: Option<[u64; 6]>,
}

/// The PST and OST files of the manifest; none if the corpus is not there.
pub(crate) fn entries() -> Vec<Entry> {
    let Some(directory) = directory() else {
        println!("skipped: the corpus is not there");
        return Vec::new();
    };
    let manifest = std::fs::read_to_string(directory.join("manifest.tsv")).unwrap();
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let name = fields[0].strip_prefix("pst/")?;
        let counts: Option<Vec<u64>> = fields[8..14].iter().map(|n| n.parse().ok()).collect();
        Some(Entry {
            path: directory.join(fields[0]),
            name: name.to_owned(),
            format: fields[3].to_owned(),
            password: fields[5].to_owned(),
            counts: counts.map(|counts| counts.try_into().unwrap()),
        })
    };
    manifest.lines().filter_map(entry).collect()
}
