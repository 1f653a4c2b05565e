//! Who else has a store open for the same profile (lifecycle rules, section 8).

use std::fs::{self, File, OpenOptions, TryLockError};

use crate::profile::Profiles;
use crate::prop::Guid;

/// Shows all processes that a store is open for a profile, as long as it lives: a lock that each of
/// them shares, which the system takes away from one that crashes.
#[derive(Debug)]
pub(super) struct Presence(File);

impl Presence {
    /// `None` where it cannot be shown: who cannot write there is not seen, and acts as if alone.
    pub(super) fn show(profiles: &Profiles, profile: &str, store: Guid) -> Option<Self> {
        let path = profiles.presence(profile, store).ok()?;
        fs::create_dir_all(path.parent()?).ok()?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).ok()?;
        file.lock_shared().ok()?;
        Some(Self(file))
    }

    /// Whether somebody else shows it. Of several who end at the same moment, at least the last one is
    /// told that nobody is left.
    pub(super) fn is_shared(&self) -> bool {
        if self.0.unlock().is_err() {
            return false;
        }
        match self.0.try_lock() {
            // Whoever comes meanwhile is not to wait for the rest of the end.
            Ok(()) => self.0.unlock().is_err(),
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(_)) => false,
        }
    }
}
