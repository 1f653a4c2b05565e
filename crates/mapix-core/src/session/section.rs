//! Sections of the profile, as a client opens them (lifecycle rules, section 2).

use std::fmt;
use std::sync::Arc;

use super::Session;
use super::context::Context;
use crate::profile::Section;
use crate::prop::{Guid, PropTag, Value};
use crate::{Error, ErrorCode, Result};

/// An open section of the profile. What is set is in the profile at once: there is nothing to be
/// saved.
#[doc(alias = "IProfSect")]
pub struct ProfileSection {
    context: Arc<Context>,
    uid: Guid,
    write: bool,
}

impl Session {
    /// Opens a section of the profile, or one that goes with the session if it has no profile. One
    /// client of the session at a time has it for writing; what other sessions and programs change
    /// is not lost either, as each change reads the profile first.
    ///
    /// With `write`, a section that is not there is made. The section of a provider is the
    /// provider's: it takes `force`.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none and it is opened for reading; `MAPI_E_NO_ACCESS` while
    /// somebody has it for writing, and for the section of a provider without `force`.
    #[doc(alias("IMAPISession::OpenProfileSection", "MAPI_FORCE_ACCESS"))]
    pub fn open_profile_section(
        &self,
        uid: Guid,
        write: bool,
        force: bool,
    ) -> Result<ProfileSection> {
        self.check()?;
        let context = &self.core.context;
        let no_access = |sentence| Err(Error::new(ErrorCode::NO_ACCESS, sentence));
        if !force && context.profile()?.providers().any(|(_, provider)| provider.uid == uid) {
            return no_access("the section is that of a provider");
        }
        let taken = "somebody has the section open for writing";
        if !write {
            if context.is_written(uid) {
                return no_access(taken);
            }
            context.section_of(uid)?;
        } else if !context.begin_writing(uid) {
            return no_access(taken);
        }
        let section = ProfileSection { context: Arc::clone(context), uid, write };
        if write {
            // So that it is there.
            section.change(|_| Ok(()))?;
        }
        Ok(section)
    }
}

impl ProfileSection {
    /// Its properties as they are now.
    ///
    /// # Errors
    /// Those of reading the profile; `MAPI_E_INVALID_OBJECT` after the end of the session.
    pub fn read(&self) -> Result<Section> {
        self.context.core()?.live()?;
        self.context.section_of(self.uid)
    }

    /// Sets a property.
    ///
    /// # Errors
    /// Those of [`Section::set`]; `MAPI_E_NO_ACCESS` if the section is open for reading only, or
    /// the profile cannot be written.
    #[doc(alias = "IMAPIProp::SetProps")]
    pub fn set(&self, tag: PropTag, value: impl Into<Value>) -> Result<()> {
        self.change(|section| section.set(tag, value))
    }

    /// Removes a property, if it is there.
    ///
    /// # Errors
    /// As for [`set`](Self::set).
    #[doc(alias = "IMAPIProp::DeleteProps")]
    pub fn remove(&self, tag: PropTag) -> Result<()> {
        self.change(|section| {
            section.remove(tag);
            Ok(())
        })
    }

    fn change(&self, change: impl FnOnce(&mut Section) -> Result<()>) -> Result<()> {
        self.context.core()?.live()?;
        if !self.write {
            let sentence = "the section is open for reading only";
            return Err(Error::new(ErrorCode::NO_ACCESS, sentence));
        }
        self.context.change_section(self.uid, false, change)
    }
}

impl Drop for ProfileSection {
    fn drop(&mut self) {
        if self.write {
            self.context.end_writing(self.uid);
        }
    }
}

impl fmt::Debug for ProfileSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileSection").field("uid", &self.uid).finish_non_exhaustive()
    }
}
