//! The directory of the profiles.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use toml::Table;

use super::{MAX_NAME, Profile, check_text, file};
use crate::prop::Guid;
use crate::{Context, Error, ErrorCode, Result};

/// All profiles of a user: a directory with one file for each, and one that names the default.
///
/// ```text
/// config.toml            format, default_profile
/// profiles/NAME.toml     characters that file names cannot have are written as %XX
/// profiles.lock          held by whoever changes something
/// open/NAME.toml.UID     held by all who move mail for a store of a profile
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "IProfAdmin")]
pub struct Profiles(PathBuf);

/// A profile in the list of all.
#[derive(Debug)]
pub struct ProfileRow {
    /// Its name.
    #[doc(alias = "PR_DISPLAY_NAME")]
    pub name: String,
    /// Whether it is the default one.
    #[doc(alias = "PR_DEFAULT_PROFILE")]
    pub is_default: bool,
    /// How many services it has, or why it cannot be read.
    pub services: Result<usize>,
}

impl Profiles {
    /// In a directory, which is made when something is written.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    /// Those of the user: in `MAPIX_CONFIG_DIR`; else in `mapix` below `XDG_CONFIG_HOME` or
    /// `~/.config`, below `~/Library/Application Support` on a Mac, and `APPDATA` on Windows.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the environment tells of no such place.
    pub fn of_user() -> Result<Self> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(directory) = variable("MAPIX_CONFIG_DIR") {
            return Ok(Self::at(directory));
        }
        let home = |below: &str| variable("HOME").map(|home| Path::new(&home).join(below));
        let base = if cfg!(windows) {
            variable("APPDATA").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            home("Library/Application Support")
        } else {
            variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| home(".config"))
        };
        let base = base.ok_or_else(|| {
            Error::not_found("no place for profiles: set MAPIX_CONFIG_DIR to a directory")
        })?;
        Ok(Self::at(base.join("mapix")))
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.0
    }

    /// All profiles, by name.
    #[doc(alias = "IProfAdmin::GetProfileTable")]
    pub fn list(&self) -> Result<Vec<ProfileRow>> {
        let default = self.default()?;
        let directory = self.0.join("profiles");
        let entries = match fs::read_dir(&directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.context(|| directory.display().to_string())?,
        };
        let mut rows = Vec::new();
        for entry in entries {
            let entry = entry.context(|| directory.display().to_string())?;
            // What is no name of ours is no profile of ours.
            if let Some(name) = entry.file_name().to_str().and_then(name_of) {
                let services = self.read(&name).map(|profile| profile.services.len());
                let is_default = default.as_ref() == Some(&name);
                rows.push(ProfileRow { name, is_default, services });
            }
        }
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(rows)
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none; `MAPI_E_CORRUPT_DATA` and `MAPI_E_VERSION` as told in
    /// [`profile`](super).
    pub fn read(&self, name: &str) -> Result<Profile> {
        let path = self.path(name)?;
        let text = read_text(&path)?.ok_or_else(|| no_profile(name))?;
        file::read(&text).context(|| path.display().to_string())
    }

    /// Makes a profile without services.
    ///
    /// # Errors
    /// `MAPI_E_COLLISION` if there is one of that name.
    #[doc(alias = "IProfAdmin::CreateProfile")]
    pub fn create(&self, name: &str) -> Result<()> {
        let _lock = self.lock()?;
        self.write_new(name, &Profile::default())
    }

    /// Deletes a profile. If it was the default one, there is none then.
    #[doc(alias = "IProfAdmin::DeleteProfile")]
    pub fn delete(&self, name: &str) -> Result<()> {
        let path = self.path(name)?;
        let _lock = self.lock()?;
        if !path.exists() {
            return Err(no_profile(name));
        }
        if self.default()?.as_deref() == Some(name) {
            self.write_default(None)?;
        }
        fs::remove_file(&path).context(|| path.display().to_string())?;
        sync_directory(&path)
    }

    /// Copies a profile under another name; services and providers get UIDs of their own.
    #[doc(alias = "IProfAdmin::CopyProfile")]
    pub fn copy(&self, from: &str, to: &str) -> Result<()> {
        let _lock = self.lock()?;
        self.write_new(to, &self.read(from)?.copied())
    }

    /// Gives a profile another name. The default one stays it.
    #[doc(alias = "IProfAdmin::RenameProfile")]
    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        let _lock = self.lock()?;
        let profile = self.read(from)?;
        self.write_new(to, &profile)?;
        // A stop in between leaves both, never none.
        if self.default()?.as_deref() == Some(from) {
            self.write_default(Some(to))?;
        }
        let path = self.path(from)?;
        fs::remove_file(&path).context(|| path.display().to_string())?;
        sync_directory(&path)
    }

    /// The name of the default profile.
    pub fn default(&self) -> Result<Option<String>> {
        let path = self.0.join("config.toml");
        let Some(text) = read_text(&path)? else { return Ok(None) };
        let place = || path.display().to_string();
        let mut table = file::parse(&text).context(place)?;
        let name = match table.remove("default_profile") {
            None => None,
            Some(toml::Value::String(name)) => Some(name),
            Some(_) => return Err(Error::corrupt("`default_profile` is not text").context(place())),
        };
        match table.keys().next() {
            None => Ok(name),
            Some(key) => Err(Error::corrupt(format!("`{key}` is not known")).context(place())),
        }
    }

    /// Makes a profile the default one, or none.
    #[doc(alias = "IProfAdmin::SetDefaultProfile")]
    pub fn set_default(&self, name: Option<&str>) -> Result<()> {
        let _lock = self.lock()?;
        if let Some(name) = name {
            self.read(name)?;
        }
        self.write_default(name)
    }

    /// Changes a profile: nobody else does from its being read to its being written. If the
    /// change fails, nothing is written.
    pub fn change<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Profile) -> Result<T>,
    ) -> Result<T> {
        let path = self.path(name)?;
        let _lock = self.lock()?;
        let before = self.read(name)?;
        let mut profile = before.clone();
        let result = change(&mut profile)?;
        if profile != before {
            write_text(&path, &file::write(&profile)?)?;
        }
        Ok(result)
    }

    fn write_new(&self, name: &str, profile: &Profile) -> Result<()> {
        let path = self.path(name)?;
        if path.exists() {
            return Err(
                Error::new(ErrorCode::COLLISION, "there is a profile of that name").context(name)
            );
        }
        write_text(&path, &file::write(profile)?)
    }

    fn write_default(&self, name: Option<&str>) -> Result<()> {
        // Whatever else is in it must be known, or would be lost.
        self.default()?;
        let mut table = Table::new();
        table.insert("format".into(), toml::Value::Integer(1));
        if let Some(name) = name {
            table.insert("default_profile".into(), toml::Value::String(name.into()));
        }
        write_text(&self.0.join("config.toml"), &table.to_string())
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        check_text("name of a profile", name)?;
        if name.chars().count() > MAX_NAME {
            return Err(Error::new(
                ErrorCode::STRING_TOO_LONG,
                format!("the name of a profile has at most {MAX_NAME} characters"),
            ));
        }
        Ok(self.0.join("profiles").join(file_name(name)))
    }

    /// The file that is held as long as a store is open for a profile.
    pub(crate) fn presence(&self, name: &str, store: Guid) -> Result<PathBuf> {
        let mut file = self.path(name)?.file_name().unwrap_or_default().to_owned();
        file.push(format!(".{store}"));
        Ok(self.0.join("open").join(file))
    }

    /// Waits for the lock of the directory. It ends with the file.
    fn lock(&self) -> Result<File> {
        let directory = self.0.join("profiles");
        fs::create_dir_all(&directory).context(|| directory.display().to_string())?;
        let path = self.0.join("profiles.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.context(|| path.display().to_string())?;
        file.lock().context(|| path.display().to_string())?;
        Ok(file)
    }
}

fn no_profile(name: &str) -> Error {
    Error::not_found("there is no such profile").context(name)
}

/// The file of a profile: what is neither a letter nor a digit nor one of `-_ ` and an inner point
/// is escaped.
fn file_name(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_alphanumeric() || "-_ ".contains(letter) || (letter == '.' && at > 0) {
            text.push(letter);
        } else {
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string does not fail.
                let _ = std::fmt::Write::write_fmt(&mut text, format_args!("%{byte:02X}"));
            }
        }
    }
    text + ".toml"
}

/// The profile of a file; `None` if it is none.
fn name_of(file: &str) -> Option<String> {
    let stem = file.strip_suffix(".toml")?;
    let mut bytes = Vec::new();
    let mut rest = stem.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    (file_name(&name) == file && check_text("", &name).is_ok()).then_some(name)
}

fn read_text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(Error::corrupt("is not Unicode text").context(path.display()))
        }
        Err(error) => Err(Error::from(error).context(path.display())),
    }
}

/// Writes a file aside, has it on the disk, and puts it in its place.
fn write_text(path: &Path, text: &str) -> Result<()> {
    let aside = path.with_extension("toml.new");
    let write = || {
        // Only the user reads it: which mailboxes somebody has is nobody's business.
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    write().context(|| path.display().to_string())?;
    sync_directory(path)
}

/// Has the names of a directory on the disk, too.
fn sync_directory(file: &Path) -> Result<()> {
    if cfg!(unix)
        && let Some(directory) = file.parent()
    {
        let sync = || File::open(directory)?.sync_all();
        sync().context(|| directory.display().to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files_go_both_ways() {
        for name in ["work", "Ann's mail", "a/b\\c", "..", ".x", "100%", "Büro", "x.y", "a:b?*"] {
            let file = file_name(name);
            assert!(!file.contains(['/', '\\', ':', '?', '*']) && !file.starts_with('.'), "{file}");
            assert_eq!(name_of(&file).as_deref(), Some(name), "{file}");
        }
        for other in ["work.toml.new", "x", "%2.toml", "%41.toml", ".toml", "a%.toml"] {
            assert_eq!(name_of(other), None, "{other}");
        }
    }
}
