//! Real mailboxes for tests.
//!
//! They are taken from `shared/corpus` beside the clone, where it is there; else from the public
//! npm package `pst-extractor` 1.12.0 (MIT), which is fetched once into `target/corpus`; else
//! there are none, and a line says so. `MAPIX_OFFLINE=1` keeps tests from asking the network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use mapix_core::{Context, Error, Result};

const PACKAGE: &str = "pst-extractor@1.12.0";
/// Where the package has its mailboxes.
const INSIDE: &str = "package/example/testdata";
/// The columns of the manifest that count.
const COUNTED: [&str; 6] =
    ["folders", "search_folders", "messages", "associated", "attachments", "embedded"];

/// A real mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mailbox {
    /// The name of the file.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it has.
    pub size: u64,
    /// What kind of file it is, such as `ANSI(14) SM` or `4K(36) SO`.
    pub format: String,
    /// Whether a password is set.
    pub password: bool,
    /// What is in it; `None` if it is too damaged to tell.
    pub counts: Option<Counts>,
}

/// What is in a mailbox, counted over its whole node tree by an independent program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Folders without search folders.
    pub folders: u64,
    /// Search folders.
    pub search_folders: u64,
    /// Normal messages.
    pub messages: u64,
    /// Associated messages.
    pub associated: u64,
    /// Attachments at every depth.
    pub attachments: u64,
    /// Embedded messages at every depth.
    pub embedded: u64,
}

impl Counts {
    /// The counts in the order in which they are declared.
    pub fn to_array(self) -> [u64; 6] {
        let Self { folders, search_folders, messages, associated, attachments, embedded } = self;
        [folders, search_folders, messages, associated, attachments, embedded]
    }
}

impl From<[u64; 6]> for Counts {
    fn from(counts: [u64; 6]) -> Self {
        let [folders, search_folders, messages, associated, attachments, embedded] = counts;
        Self { folders, search_folders, messages, associated, attachments, embedded }
    }
}

/// All mailboxes that can be had, by name; an empty list, and a line that says so, if there are
/// none.
pub fn mailboxes() -> &'static [Mailbox] {
    static FOUND: OnceLock<Vec<Mailbox>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let shared = workspace().join("../shared/corpus");
        let found = match shared.join("manifest.tsv").exists() {
            true => from_manifest(&shared),
            false => from_package(),
        };
        found.unwrap_or_else(|reason| {
            println!("skipped: no real mailboxes: {reason}");
            Vec::new()
        })
    })
}

/// One mailbox by the name of its file; `None`, and a line that says so, if it cannot be had.
pub fn mailbox(name: &str) -> Option<&'static Mailbox> {
    let found = mailboxes().iter().find(|mailbox| mailbox.name == name);
    if found.is_none() {
        println!("skipped: {name} is not at hand");
    }
    found
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn from_manifest(corpus: &Path) -> Result<Vec<Mailbox>> {
    let manifest = corpus.join("manifest.tsv");
    let text = fs::read_to_string(&manifest).context(|| manifest.display().to_string())?;
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let mut found = Vec::new();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |name: &str| {
            let at = columns.iter().position(|column| *column == name);
            at.and_then(|at| fields.get(at)).copied().unwrap_or_default()
        };
        let Some(name) = field("name").strip_prefix("pst/") else { continue };
        let path = corpus.join("pst").join(name);
        let size = fs::metadata(&path).context(|| path.display().to_string())?.len();
        let counts: Option<Vec<u64>> =
            COUNTED.iter().map(|column| field(column).parse().ok()).collect();
        let counts = counts.and_then(|counts| <[u64; 6]>::try_from(counts).ok());
        found.push(Mailbox {
            name: name.to_owned(),
            path,
            size,
            format: field("format").to_owned(),
            password: field("password_crc").starts_with("0x"),
            counts: counts.map(Counts::from),
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn from_package() -> Result<Vec<Mailbox>> {
    let corpus = workspace().join("target/corpus");
    let known = [
        ("enron.pst", "Unicode(23) SM", [10, 1, 71, 0, 70, 0]),
        ("pstextractortest@outlook.com.ost", "4K(36) SO", [51, 6, 183, 31, 34, 0]),
    ];
    if known.iter().any(|(name, ..)| !corpus.join(INSIDE).join(name).exists()) {
        fetch(&corpus)?;
    }
    known
        .into_iter()
        .map(|(name, format, counts)| {
            let path = corpus.join(INSIDE).join(name);
            let size = fs::metadata(&path).context(|| path.display().to_string())?.len();
            let (name, format) = (name.to_owned(), format.to_owned());
            Ok(Mailbox { name, path, size, format, password: false, counts: Some(counts.into()) })
        })
        .collect()
}

/// Fetches the package into a folder of its own and renames it, so that tests that run side by
/// side never see half of it.
fn fetch(corpus: &Path) -> Result<()> {
    if std::env::var_os("MAPIX_OFFLINE").is_some() {
        return Err(Error::no_support("MAPIX_OFFLINE is set"));
    }
    let aside = corpus.with_extension(std::process::id().to_string());
    fs::create_dir_all(&aside)?;
    let run = |command: &mut Command| -> Result<()> {
        let program = command.get_program().to_string_lossy().into_owned();
        let output = command.current_dir(&aside).output().context(|| program.clone())?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::no_support(format!("{program}: {said}")))
    };
    let fetched = run(Command::new("npm").args(["pack", "--silent", PACKAGE]))
        .and_then(|()| run(Command::new("tar").args(["-xzf", "pst-extractor-1.12.0.tgz", INSIDE])))
        .and_then(|()| {
            let _ = fs::remove_dir_all(corpus);
            Ok(fs::rename(&aside, corpus)?)
        });
    if fetched.is_err() {
        let _ = fs::remove_dir_all(&aside);
    }
    // Somebody else may have been faster.
    if corpus.join(INSIDE).exists() { Ok(()) } else { fetched }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_where_they_are_said_to_be() {
        for mailbox in mailboxes() {
            assert!(mailbox.path.is_file(), "{}", mailbox.name);
            assert!(mailbox.size > 0, "{}", mailbox.name);
        }
    }
}
