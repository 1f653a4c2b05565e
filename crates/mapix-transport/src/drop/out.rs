//! Mail that is put into a directory.
//!
//! One message becomes two files, named by the key of its submission: `KEY.envelope`, which says as an
//! SMTP client would from whom and to whom, and `KEY.eml`, which is there only when all of it is, and
//! the envelope before it. Who gets blind copies stands in the envelope alone. A reader takes `*.eml`
//! and may remove them at once.
//!
//! | order | what is there | after a crash here |
//! |---|---|---|
//! | 1 | `.KEY.mail`, whole and synced | not sent |
//! | 2 | `KEY.envelope` | not sent |
//! | 3 | `.KEY.begun`, an empty file | not sent |
//! | 4 | `.KEY.mail` is renamed to `KEY.eml` | sent, though somebody may have taken it away |
//! | 5 | the spooler has written down that it is sent; `.KEY.begun` is removed | |

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mapix_core::prop::Guid;
use mapix_core::{Context, Error, Result};

use crate::outgoing::{Outgoing, digits};

/// The files of one submission.
pub(super) struct Files<'a> {
    directory: &'a Path,
    key: String,
}

impl<'a> Files<'a> {
    pub(super) fn new(directory: &'a Path, key: Guid) -> Self {
        Self { directory, key: digits(key) }
    }

    fn aside(&self) -> PathBuf {
        self.directory.join(format!(".{}.mail", self.key))
    }

    fn begun(&self) -> PathBuf {
        self.directory.join(format!(".{}.begun", self.key))
    }

    fn envelope(&self) -> PathBuf {
        self.directory.join(format!("{}.envelope", self.key))
    }

    fn mail(&self) -> PathBuf {
        self.directory.join(format!("{}.eml", self.key))
    }

    /// Puts a mail into the directory, which is made if it is not there. It is there whole, also after
    /// a power cut, or not at all.
    pub(super) fn put(&self, mail: &mut Outgoing) -> Result<()> {
        fs::create_dir_all(self.directory).map_err(Error::from).context(|| self.place())?;
        let result = self.try_put(mail).map_err(Error::from).context(|| self.place());
        if result.is_err() {
            // What is left is removed by the next attempt, if it cannot be now.
            let _ = remove(&self.aside());
        }
        result
    }

    fn place(&self) -> String {
        self.directory.display().to_string()
    }

    fn try_put(&self, mail: &mut Outgoing) -> io::Result<()> {
        // Of an attempt that was cut off; while it is there, a missing mail is one that was sent.
        if remove(&self.begun())? {
            sync(self.directory)?;
        }
        let mut lines = format!("MAIL FROM:<{}>\r\n", mail.from);
        for (_, to) in &mail.to {
            // Writing to memory does not fail.
            let _ = write!(lines, "RCPT TO:<{to}>\r\n");
        }
        write(&self.aside(), |file| io::copy(mail.reader()?, file).map(drop))?;
        let aside = self.directory.join(format!(".{}.envelope", self.key));
        write(&aside, |file| file.write_all(lines.as_bytes()))?;
        fs::rename(aside, self.envelope())?;
        write(&self.begun(), |_| Ok(()))?;
        sync(self.directory)?;
        fs::rename(self.aside(), self.mail())?;
        sync(self.directory)
    }

    /// Whether an attempt that was cut off has sent the mail.
    pub(super) fn is_sent(&self) -> Result<bool> {
        let look = || Ok(self.begun().try_exists()? && !self.aside().try_exists()?);
        look().map_err(|error: io::Error| Error::from(error)).context(|| self.place())
    }

    /// It is written down that the mail is sent.
    pub(super) fn end(&self) -> Result<()> {
        remove(&self.begun()).map(drop).map_err(Error::from).context(|| self.place())
    }
}

fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(64 << 10, File::create(path)?);
    fill(&mut file)?;
    file.into_inner()?.sync_all()
}

/// Removes a file. Gives whether it was there.
fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes sure that what was made, renamed and removed in a directory stays so after a power cut.
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    // Windows keeps the order of such changes, and opens no directories.
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}
