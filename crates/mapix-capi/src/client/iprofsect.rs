//! `IProfSect`.

use std::sync::Arc;

use mapix::profile::Profiles;
use mapix::prop::{Guid, Prop, PropBag, PropTag, PropType, Value};
use mapix::store::ValueStream;
use mapix::{ErrorCode, Problem, ProfileSection, Result, Store};

use super::imapiprop::PropObject;
use super::source::{Properties, wide};
use super::{held, open};
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags};
use crate::flags::{MAPI_DEFERRED_ERRORS, MAPI_FORCE_ACCESS, MAPI_MODIFY};
use crate::iface::{IProfSect, IProfSectMethods};
use crate::types::{GUID, MAPIUID};

/// A section of a profile.
pub(crate) struct SectionObject {
    props: Shared,
    writable: bool,
    last: LastError,
}

impl SectionObject {
    /// A section that a session has opened.
    pub(crate) fn of_session(section: ProfileSection, writable: bool) -> Ptr<IProfSect> {
        Self::with(Place::Session(section), writable)
    }

    /// A section of a profile that nobody need be logged on to.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if it is not there, and not to be made.
    pub(crate) fn of_profile(
        profiles: Profiles,
        name: &str,
        uid: Guid,
        writable: bool,
    ) -> Result<Ptr<IProfSect>> {
        if writable {
            profiles.change(name, |profile| {
                profile.section_mut(uid);
                Ok(())
            })?;
        } else {
            profiles.read(name)?.section(uid)?;
        }
        Ok(Self::with(Place::Profile { profiles, name: name.into(), uid }, writable))
    }

    /// `OpenProfileSection`, whoever has it: gives what is opened with a UID, for writing or not, and
    /// by force or not.
    pub(crate) fn give(
        uid: In<'_, MAPIUID>,
        interface: In<'_, GUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
        opened: impl FnOnce(Guid, bool, bool) -> Result<Ptr<IProfSect>>,
    ) -> Result<()> {
        check_flags(flags, MAPI_MODIFY | MAPI_FORCE_ACCESS | MAPI_DEFERRED_ERRORS)?;
        section.clear()?;
        open::wants::<IProfSect>(interface)?;
        let uid = (*uid.need()?).into();
        section.give(opened(uid, flags & MAPI_MODIFY != 0, flags & MAPI_FORCE_ACCESS != 0)?)
    }

    fn with(place: Place, writable: bool) -> Ptr<IProfSect> {
        let props = Shared(Arc::new(place));
        Self { props, writable, last: LastError::default() }.into_ptr()
    }
}

enum Place {
    Session(ProfileSection),
    Profile { profiles: Profiles, name: String, uid: Guid },
}

#[derive(Clone)]
struct Shared(Arc<Place>);

impl Shared {
    fn set(&self, tag: PropTag, value: &Value) -> Result<()> {
        match &*self.0 {
            Place::Session(section) => section.set(tag, value.clone()),
            Place::Profile { profiles, name, uid } => {
                profiles.change(name, |profile| profile.section_mut(*uid).set(tag, value.clone()))
            }
        }
    }

    fn remove(&self, tag: PropTag) -> Result<()> {
        match &*self.0 {
            Place::Session(section) => section.remove(tag),
            Place::Profile { profiles, name, uid } => profiles.change(name, |profile| {
                profile.section_mut(*uid).remove(tag);
                Ok(())
            }),
        }
    }
}

impl Properties for Shared {
    fn bag(&self) -> Result<PropBag> {
        match &*self.0 {
            Place::Session(section) => Ok(section.read()?.props().clone()),
            Place::Profile { profiles, name, uid } => {
                Ok(profiles.read(name)?.section(*uid)?.props().clone())
            }
        }
    }

    fn get(&self, tag: PropTag) -> Result<Option<Value>> {
        Ok(self.bag()?.get(tag).cloned())
    }

    fn set_props(&self, props: &[Prop]) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for (index, prop) in props.iter().cloned().map(wide).enumerate() {
            let kind = prop.tag.prop_type();
            if kind == PropType::ERROR || kind == PropType::NULL {
                continue;
            }
            match self.set(prop.tag, &prop.value) {
                Ok(()) => {}
                // What only this property is to blame for is told of it alone.
                Err(error)
                    if [
                        ErrorCode::UNEXPECTED_ID,
                        ErrorCode::TYPE_NO_SUPPORT,
                        ErrorCode::INVALID_PARAMETER,
                    ]
                    .contains(&error.code()) =>
                {
                    problems.push(Problem { index, tag: prop.tag, code: error.code() });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(problems)
    }

    fn delete_props(&self, tags: &[PropTag]) -> Result<Vec<Problem>> {
        let bag = self.bag()?;
        let mut problems = Vec::new();
        for (index, tag) in tags.iter().enumerate() {
            match bag.find(tag.id()) {
                Some(_) => self.remove(*tag)?,
                None => problems.push(Problem { index, tag: *tag, code: ErrorCode::NOT_FOUND }),
            }
        }
        Ok(problems)
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        held::stream(&self.bag()?, tag)
    }

    fn set_stream(&self, tag: PropTag, mut data: Box<dyn ValueStream>) -> Result<()> {
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes)?;
        let value = Value::from_bytes(tag.prop_type(), &bytes, mapix::prop::CodePage::UTF8);
        self.set(tag, &value)
    }

    fn share(&self) -> Arc<dyn Properties> {
        Arc::new(self.clone())
    }
}

impl Object for SectionObject {
    type Main = IProfSect;
}

impl IProfSectMethods for SectionObject {}

impl PropObject for SectionObject {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &self.props
    }

    fn is_writable(&self) -> bool {
        self.writable
    }

    /// Sections have no named properties.
    fn names(&self) -> Option<Store> {
        None
    }

    /// Sections are not transacted.
    fn save(&self, _flags: u32) -> Result<()> {
        self.props.bag().map(drop)
    }
}
