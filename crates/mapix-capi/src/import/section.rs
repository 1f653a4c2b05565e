//! Sections of the profile, as a provider sees them: its own with what its inf file says beneath.
//!
//! A section is not transacted: what is set is in the profile at once. Text is kept wide and given
//! in the width that is asked for. What a profile does not hold (secure properties, types that
//! have no place in it) is a problem of that property.

use std::ffi::c_void;
use std::sync::Arc;

use mapix::prop::{Guid, Prop, PropBag, PropTag, PropType, Value};
use mapix::{Error, ErrorCode, Problem, Result, Support};

use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{
    self, LastError, MAPI_UNICODE, check_flags, give_problems, give_props, give_tags, is_unicode,
    read_tags, tag_list,
};
use crate::iface::{IMAPIProgress, IMAPIPropMethods, IProfSect, IProfSectMethods, IUnknown};
use crate::types::{
    GUID, HRESULT, MAPIERROR, MAPINAMEID, SPropProblemArray, SPropTagArray, SPropValue,
};

/// Where the properties of a section are.
pub(super) enum Place {
    /// In the profile of a session.
    Session {
        /// Who reads and writes it.
        support: Arc<Support>,
        /// The section; `None` for the provider's own.
        uid: Option<Guid>,
    },
    /// Nowhere any more: the service is being deleted.
    Going,
}

/// A section of the profile.
pub(super) struct SectionObject {
    place: Place,
    /// What is there unless the profile says otherwise.
    defaults: PropBag,
    write: bool,
    last: LastError,
}

impl SectionObject {
    pub(super) fn give(place: Place, defaults: PropBag, write: bool) -> Ptr<IProfSect> {
        Self { place, defaults, write, last: LastError::default() }.into_ptr()
    }

    fn read(&self) -> Result<PropBag> {
        let mut bag = self.defaults.clone();
        match &self.place {
            Place::Session { support, uid: None } => bag.merge(support.section()?.props()),
            Place::Session { support, uid: Some(uid) } => {
                bag.merge(support.section_of(*uid)?.props());
            }
            Place::Going => {}
        }
        Ok(bag)
    }

    fn change(&self, mut changes: Vec<Change>) -> Result<Vec<Problem>> {
        if !self.write {
            let sentence = "the section is open for reading only";
            return Err(Error::new(ErrorCode::NO_ACCESS, sentence));
        }
        let Place::Session { support, uid } = &self.place else {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the section goes with its service"));
        };
        let mut problems = Vec::new();
        let make = |section: &mut mapix::profile::Section| {
            for (index, change) in changes.drain(..).enumerate() {
                let (tag, result) = match change {
                    Change::Set(prop) => (prop.tag, section.set(prop.tag, prop.value)),
                    Change::Delete(tag) => (tag, {
                        section.remove(tag);
                        Ok(())
                    }),
                };
                if let Err(error) = result {
                    problems.push(Problem { index, tag, code: error.code() });
                }
            }
            Ok(())
        };
        match uid {
            None => support.change_section(make)?,
            Some(uid) => support.change_section_of(*uid, make)?,
        }
        Ok(problems)
    }
}

enum Change {
    Set(Prop),
    Delete(PropTag),
}

/// Text as profiles hold it.
fn widen(prop: Prop) -> Prop {
    match prop.value {
        Value::String8(text) => Prop::new(prop.tag, text.decode().into_owned()),
        value => Prop { tag: prop.tag, value },
    }
}

/// A value in the type that is asked for.
fn in_type(prop: &Prop, wanted: PropType, flags: u32) -> Prop {
    let narrow =
        wanted == PropType::STRING8 || wanted == PropType::UNSPECIFIED && !is_unicode(flags);
    let wanted = match prop.tag.prop_type() {
        PropType::UNICODE if narrow => PropType::STRING8,
        found if wanted == PropType::UNSPECIFIED => found,
        _ => wanted,
    };
    let tag = prop.tag.with_type(wanted);
    match (&prop.value, wanted) {
        (Value::Unicode(text), PropType::STRING8) => {
            Prop { tag, value: Value::String8(convert::string8(text.as_bytes().to_vec())) }
        }
        (value, wanted) if value.prop_type() == wanted => prop.clone(),
        _ => missing(prop.tag, ErrorCode::INVALID_TYPE),
    }
}

fn missing(tag: PropTag, code: ErrorCode) -> Prop {
    Prop { tag: tag.with_type(PropType::ERROR), value: Value::Error(code) }
}

impl Object for SectionObject {
    type Main = IProfSect;
}

impl IProfSectMethods for SectionObject {}

impl IMAPIPropMethods for SectionObject {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.answer(|| self.last.give(result, flags, error))
    }

    fn SaveChanges(&self, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    fn GetProps(
        &self,
        tags: In<'_, SPropTagArray>,
        flags: u32,
        count: Out<'_, u32>,
        props: Out<'_, *mut SPropValue>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            let bag = self.read()?;
            let found: Vec<Prop> = match read_tags(tags)? {
                None => {
                    bag.iter().map(|prop| in_type(prop, PropType::UNSPECIFIED, flags)).collect()
                }
                Some(tags) => {
                    let one = |tag: &PropTag| match bag.find(tag.id()) {
                        Some(prop) => in_type(prop, tag.prop_type(), flags),
                        None => missing(*tag, ErrorCode::NOT_FOUND),
                    };
                    tags.iter().map(one).collect()
                }
            };
            give_props(count, props, &found)?;
            let failed = found.iter().any(|prop| prop.value.as_error().is_some());
            Ok(failed.then_some(mapix::Warning::ErrorsReturned))
        })
    }

    fn GetPropList(&self, flags: u32, tags: Out<'_, *mut SPropTagArray>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            let bag = self.read()?;
            let all = bag.iter().map(|prop| in_type(prop, PropType::UNSPECIFIED, flags).tag);
            give_tags(tags, &all.collect::<Vec<_>>())
        })
    }

    fn OpenProperty(
        &self,
        _: u32,
        _: In<'_, GUID>,
        _: u32,
        _: u32,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT {
        object.set_if(std::ptr::null_mut());
        ErrorCode::NO_SUPPORT.into()
    }

    fn SetProps(
        &self,
        count: u32,
        props: In<'_, SPropValue>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        self.last.answer(|| {
            let props = convert::props(count, props)?;
            let found = self.change(props.into_iter().map(widen).map(Change::Set).collect())?;
            give_problems(problems, &found)
        })
    }

    fn DeleteProps(
        &self,
        tags: In<'_, SPropTagArray>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        self.last.answer(|| {
            let found = self.change(tag_list(tags)?.into_iter().map(Change::Delete).collect())?;
            give_problems(problems, &found)
        })
    }

    fn CopyTo(
        &self,
        _: u32,
        _: In<'_, GUID>,
        _: In<'_, SPropTagArray>,
        _: usize,
        _: In<'_, IMAPIProgress>,
        _: In<'_, GUID>,
        _: In<'_, c_void>,
        _: u32,
        _: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        ErrorCode::NO_SUPPORT.into()
    }

    fn CopyProps(
        &self,
        _: In<'_, SPropTagArray>,
        _: usize,
        _: In<'_, IMAPIProgress>,
        _: In<'_, GUID>,
        _: In<'_, c_void>,
        _: u32,
        _: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        ErrorCode::NO_SUPPORT.into()
    }

    fn GetNamesFromIDs(
        &self,
        _: Out<'_, *mut SPropTagArray>,
        _: In<'_, GUID>,
        _: u32,
        _: Out<'_, u32>,
        _: Out<'_, *mut *mut MAPINAMEID>,
    ) -> HRESULT {
        ErrorCode::NO_SUPPORT.into()
    }

    fn GetIDsFromNames(
        &self,
        _: u32,
        _: In<'_, *mut MAPINAMEID>,
        _: u32,
        _: Out<'_, *mut SPropTagArray>,
    ) -> HRESULT {
        ErrorCode::NO_SUPPORT.into()
    }
}
