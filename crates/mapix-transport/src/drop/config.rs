//! What the settings of the service say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mapix_convert::internet_address;
use mapix_core::{Error, ErrorCode, Result, SettingInfo, Settings};

/// What can be set.
pub(super) const SETTINGS: &[SettingInfo] = &[
    setting("path", "the directory into which mail is put"),
    setting("pickup", "the directory out of which mail is taken"),
    setting("from", "the sender of messages that name nobody"),
    setting("poll", "seconds between two looks into `pickup`: 5"),
];

const fn setting(name: &'static str, about: &'static str) -> SettingInfo {
    SettingInfo { name, about, required: false, secret: false }
}

/// The directories.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) path: Option<PathBuf>,
    pub(super) pickup: Option<PathBuf>,
    pub(super) from: Option<String>,
    pub(super) poll: Duration,
}

impl Config {
    /// # Errors
    /// `MAPI_E_UNCONFIGURED` with the setting that is not good.
    pub(super) fn of(settings: &Settings) -> Result<Self> {
        let directory = |name: &str| -> Result<Option<PathBuf>> {
            match settings.get(name).map(Path::new) {
                Some(path) if !path.is_absolute() => Err(unconfigured(format!(
                    "the setting `{name}` is no absolute path: {}",
                    path.display()
                ))),
                path => Ok(path.map(Into::into)),
            }
        };
        let (path, pickup) = (directory("path")?, directory("pickup")?);
        if path.is_none() && pickup.is_none() {
            return Err(unconfigured("neither `path` nor `pickup` is set"));
        }
        if path == pickup {
            return Err(unconfigured("`path` and `pickup` are the same directory"));
        }
        let from = match settings.get("from") {
            None => None,
            Some(text) => Some(internet_address(text).ok_or_else(|| {
                unconfigured(format!("the setting `from` is no address: {text}"))
            })?),
        };
        let poll = match settings.get("poll").map(str::parse::<u64>) {
            None => 5,
            Some(Ok(seconds)) if (1..=86_400).contains(&seconds) => seconds,
            Some(_) => return Err(unconfigured("the setting `poll` is no number up to 86400")),
        };
        Ok(Self { path, pickup, from, poll: Duration::from_secs(poll) })
    }
}

fn unconfigured(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::UNCONFIGURED, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_good_is_named() {
        let root = std::env::temp_dir().display().to_string();
        let root = root.as_str();
        for (pairs, words) in [
            (vec![], "neither"),
            (vec![("path", "out")], "`path`"),
            (vec![("path", root), ("pickup", root)], "same"),
            (vec![("path", root), ("from", "ann")], "`from`"),
            (vec![("path", root), ("poll", "0")], "`poll`"),
        ] {
            let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            let error = Config::of(&Settings::new(pairs.into_iter().map(own))).unwrap_err();
            assert_eq!(error.code(), ErrorCode::UNCONFIGURED);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
