//! Mail that is taken out of a directory.
//!
//! Whoever puts a mail there writes it under another name and renames it to `NAME.eml`. When it is in
//! the store it goes to `done/`; one that cannot be read goes to `bad/`, with a file beside it that says
//! why. Sessions take turns: whoever takes a mail has a lock on `.lock` there until it is in the store
//! and in `done/`, and loses it with its process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use mapix_convert::{MailBytes, MailState, ReadOptions, read_eml};
use mapix_core::prop::{PropName, PropTag, tags};
use mapix_core::{Context, Error, ErrorCode, Message, Result};
use sha2::{Digest, Sha256};

use super::out::sync;

/// How many bytes of the hash tell one mail from another.
const KEY: usize = 16;

/// Has the directory for itself until the file is dropped; `None` if another session takes mail out of
/// it just now.
pub(super) fn claim(directory: &Path) -> Result<Option<File>> {
    let path = directory.join(".lock");
    let claim = || -> io::Result<Option<File>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    };
    claim().map_err(Error::from).context(|| path.display().to_string())
}

/// The next mail, in the order of the names.
pub(super) fn next(directory: &Path) -> Result<Option<PathBuf>> {
    let mut first: Option<PathBuf> = None;
    let list = || -> io::Result<Option<PathBuf>> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            let is_mail = path.extension().is_some_and(|found| found.eq_ignore_ascii_case("eml"));
            if is_mail
                && !name.starts_with(b".")
                && path.is_file()
                && first.as_ref().is_none_or(|first| path < *first)
            {
                first = Some(path);
            }
        }
        Ok(first)
    };
    list().map_err(Error::from).context(|| directory.display().to_string())
}

/// Fills a message with a mail.
pub(super) fn fill(path: &Path, message: &Message) -> Result<()> {
    let bytes = MailBytes::open(path)?;
    if bytes.is_empty() {
        return Err(Error::corrupt("the file is empty"));
    }
    let store = message.store();
    let id_of = |name: &PropName| {
        let ids = store.ids_of(std::slice::from_ref(name), true).ok()?;
        ids.first().copied().flatten().map(PropTag::id)
    };
    let mail = read_eml(&bytes, &MailState::default(), &ReadOptions::new(&id_of))?;
    mail.fill(message)?;
    message.set(tags::SEARCH_KEY, key(path, &bytes)?)
}

/// The same each time for the same file: its name, its time and its bytes. A mail that is put there once
/// more is another one.
fn key(path: &Path, bytes: &MailBytes) -> Result<Vec<u8>> {
    let mut hash = Sha256::new();
    hash.update(path.file_name().unwrap_or_default().as_encoded_bytes());
    let time = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    hash.update(time.as_nanos().to_le_bytes());
    let (mut reader, mut buffer) = (bytes.reader(), vec![0; 64 << 10]);
    loop {
        match reader.read(&mut buffer)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    Ok(hash.finalize()[..KEY].to_vec())
}

/// The mail is in the store.
pub(super) fn done(path: &Path) -> Result<()> {
    set_aside(path, "done").map(drop)
}

/// The mail is none. Says why in a file beside it.
pub(super) fn bad(path: &Path, reason: &Error) -> Result<()> {
    let moved = set_aside(path, "bad")?;
    let mut beside = moved.clone().into_os_string();
    beside.push(".reason");
    let write = || {
        let mut file = File::create(&beside)?;
        writeln!(file, "{reason}")?;
        file.sync_all()
    };
    write().map_err(|error: io::Error| Error::from(error)).context(|| moved.display().to_string())
}

/// Whether an error is about the mail, and would be there again.
pub(super) fn is_bad(error: &Error) -> bool {
    let codes = [
        ErrorCode::CORRUPT_DATA,
        ErrorCode::INVALID_PARAMETER,
        ErrorCode::INVALID_TYPE,
        ErrorCode::NO_ACCESS,
        ErrorCode::TOO_BIG,
        ErrorCode::TOO_COMPLEX,
        ErrorCode::UNEXPECTED_TYPE,
    ];
    codes.contains(&error.code())
}

/// Moves a file into a directory beside it, under a name that is free there. Gives its new path.
fn set_aside(path: &Path, to: &str) -> Result<PathBuf> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let directory = parent.join(to);
    let go = || -> io::Result<PathBuf> {
        fs::create_dir_all(&directory)?;
        let stem = path.file_stem().unwrap_or_default();
        let mut target = directory.join(path.file_name().unwrap_or_default());
        for number in 2_u64.. {
            if !target.try_exists()? {
                break;
            }
            let mut name = stem.to_owned();
            name.push(format!(".{number}.eml"));
            target = directory.join(name);
        }
        fs::rename(path, &target)?;
        sync(&directory)?;
        sync(parent)?;
        Ok(target)
    };
    go().map_err(Error::from).context(|| path.display().to_string())
}
