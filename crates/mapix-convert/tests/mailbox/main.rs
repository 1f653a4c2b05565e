//! What is found in mailboxes of files and directories.

mod mbox;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use mapix_convert::{Found, MailBytes, Mailbox};

/// A directory that goes away.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mapix-mailbox-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn text(bytes: &MailBytes) -> String {
    let mut all = Vec::new();
    std::io::Read::read_to_end(&mut bytes.reader(), &mut all).unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

/// Everything in a mailbox, one line for each item.
pub(crate) fn walk(path: &Path) -> Vec<String> {
    let show = |found: mapix_core::Result<Found>| match found {
        Ok(Found::Folder(folder)) => format!("folder {}", folder.join("/")),
        Ok(Found::Mail(mail)) => {
            let first = text(&mail.bytes).lines().next().unwrap_or_default().to_owned();
            format!("{}: {} [{first}]", mail.id, mail.folder.join("/"))
        }
        Ok(Found::Skipped { id, reason }) => format!("skipped {id}: {reason}"),
        Ok(other) => panic!("{other:?}"),
        Err(error) => format!("failed {}", error.message()),
    };
    Mailbox::open(path).unwrap().map(show).collect()
}
