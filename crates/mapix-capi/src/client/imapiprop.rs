//! `IMAPIProp`, for all objects that have properties.

use std::borrow::Cow;
use std::ffi::c_void;

use mapix::prop::{Prop, PropName, PropRef, PropTag, PropType, Value, guids};
use mapix::{Error, ErrorCode, Result, Store, Warning};

use super::copy::{self, Lent, Target};
use super::source::Properties;
use super::{access, istream};
use crate::arg::{In, Out};
use crate::com::{Interface, Object, Ptr};
use crate::convert::{
    LastError, check_flags, give_names, give_problems, give_tags, is_unicode, no_problems, props,
    props_buffer, read_names, read_tags, tag_list, tag_numbers, write_prop,
};
use crate::copy::What;
use crate::flags::{
    MAPI_CREATE, MAPI_DEFERRED_ERRORS, MAPI_MODIFY, MAPI_NO_IDS, MAPI_NO_STRINGS, MAPI_UNICODE,
};
use crate::iface::{
    ILockBytes, IMAPIProgress, IMAPIProp, IMAPIPropMethods, ISequentialStream, IStream, IUnknown,
};
use crate::memory::Buffer;
use crate::types::{
    GUID, HRESULT, MAPIERROR, MAPINAMEID, SPropProblemArray, SPropTagArray, SPropValue,
};

/// An object with properties: what is different from one to the other.
pub(crate) trait PropObject: Object {
    /// Its last error.
    fn last_error(&self) -> &LastError;

    /// Its properties.
    fn source(&self) -> &dyn Properties;

    /// Whether it was opened for writing.
    fn is_writable(&self) -> bool;

    /// The store whose named properties it has.
    fn names(&self) -> Option<Store>;

    /// `SaveChanges`.
    fn save(&self, flags: u32) -> Result<()>;

    /// Those of its properties that are objects, which no bag holds.
    fn object_tags(&self) -> Result<Vec<PropTag>> {
        Ok(Vec::new())
    }

    /// Opens a property of type `PT_OBJECT`; `None` if there is none of this tag.
    fn open_object(&self, request: &OpenObject) -> Result<Option<Ptr<IUnknown>>> {
        let _ = request;
        Ok(None)
    }

    /// What copies of it are made to: what of `CopyTo` and `CopyProps` is different.
    fn copied(&self) -> Target {
        Target::Properties(self.source().share())
    }

    /// A second object of C over the same object of the core, for copies by its interface.
    fn pointer(&self) -> Ptr<IMAPIProp> {
        Lent::of(self)
    }
}

/// What `OpenProperty` asks for.
#[derive(Clone, Copy)]
pub(crate) struct OpenObject {
    /// The tag.
    pub(crate) tag: PropTag,
    /// The interface.
    pub(crate) interface: GUID,
    /// The flags of the interface.
    pub(crate) interface_flags: u32,
    /// The flags of the call.
    pub(crate) flags: u32,
}

impl OpenObject {
    /// The object as the interface that was asked for.
    ///
    /// # Errors
    /// `MAPI_E_INTERFACE_NOT_SUPPORTED`.
    pub(crate) fn give<I: Interface>(&self, object: Ptr<I>) -> Result<Option<Ptr<IUnknown>>> {
        if I::answers(&self.interface) {
            return Ok(Some(object.upcast()));
        }
        Err(Error::new(
            ErrorCode::INTERFACE_NOT_SUPPORTED,
            format!("{} is opened as {}", self.tag, I::NAME),
        ))
    }
}

impl<T: PropObject> IMAPIPropMethods for T {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last_error().tell(result, flags, error)
    }

    fn SaveChanges(&self, flags: u32) -> HRESULT {
        self.last_error().answer(|| self.save(flags))
    }

    fn GetProps(
        &self,
        tags: In<'_, SPropTagArray>,
        flags: u32,
        count: Out<'_, u32>,
        props: Out<'_, *mut SPropValue>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            count.clear()?;
            props.clear()?;
            let bag = self.source().bag()?;
            let mut failed = false;
            let buffer = match tag_numbers(tags)? {
                Some([]) => return Err(Error::invalid_parameter("no property tags were given")),
                Some(tags) => {
                    let buffer = Buffer::for_many::<SPropValue>(tags.len(), Buffer::USUAL_ROOM)?;
                    for (index, tag) in tags.iter().map(|tag| PropTag(*tag)).enumerate() {
                        let mut prop = bag.asked(tag);
                        if tag.prop_type() == PropType::UNSPECIFIED {
                            fit_width(&mut prop, flags);
                        }
                        access::tell(&mut prop, self.is_writable());
                        failed |= prop.tag.prop_type() == PropType::ERROR;
                        buffer.put(index, write_prop(&buffer, &prop)?);
                    }
                    count.set(tags.len() as u32)?;
                    buffer
                }
                None => {
                    let mut found: Vec<_> = bag.iter().filter_map(shown).collect();
                    if found.is_empty() {
                        return Ok(HRESULT::S_OK);
                    }
                    for prop in &mut found {
                        fit_width(prop, flags);
                        access::tell(prop, self.is_writable());
                        failed |= prop.tag.prop_type() == PropType::ERROR;
                    }
                    count.set(found.len() as u32)?;
                    props_buffer(&found)?
                }
            };
            props.set(buffer.into_raw())?;
            Ok(failed.then_some(Warning::ErrorsReturned).into())
        })
    }

    fn GetPropList(&self, flags: u32, tags: Out<'_, *mut SPropTagArray>) -> HRESULT {
        self.last_error().answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            tags.clear()?;
            let bag = self.source().bag()?;
            let mut list: Vec<_> = bag.iter().map(|prop| string_width(prop.tag, flags)).collect();
            let objects = self.object_tags()?.into_iter();
            list.extend(objects.filter(|tag| bag.find(tag.id()).is_none()));
            give_tags(tags, &list)
        })
    }

    fn OpenProperty(
        &self,
        tag: u32,
        interface: In<'_, GUID>,
        interface_flags: u32,
        flags: u32,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            check_flags(flags, MAPI_CREATE | MAPI_MODIFY | MAPI_DEFERRED_ERRORS)?;
            object.clear()?;
            let request = OpenObject {
                tag: PropTag(tag),
                interface: *interface.need()?,
                interface_flags,
                flags,
            };
            object.give(open_property(self, &request)?)
        })
    }

    fn SetProps(
        &self,
        count: u32,
        values: In<'_, SPropValue>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            no_problems(problems);
            if count == 0 {
                return Err(Error::invalid_parameter("no properties are to be set"));
            }
            let values = props(count, values)?;
            access::need(self.is_writable())?;
            give_problems(problems, &self.source().set_props(&values)?)
        })
    }

    fn DeleteProps(
        &self,
        tags: In<'_, SPropTagArray>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            no_problems(problems);
            let tags = tag_list(tags)?;
            access::need(self.is_writable())?;
            give_problems(problems, &self.source().delete_props(&tags)?)
        })
    }

    fn CopyTo(
        &self,
        exclude_count: u32,
        exclude: In<'_, GUID>,
        exclude_tags: In<'_, SPropTagArray>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            no_problems(problems);
            let what = What::all_but(exclude.many(exclude_count)?, read_tags(exclude_tags)?)?;
            let done = copy::copy(self, (interface, target), &what, progress, flags)?;
            give_problems(problems, &done.problems)?;
            Ok(HRESULT::from(done.warning()))
        })
    }

    fn CopyProps(
        &self,
        tags: In<'_, SPropTagArray>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            no_problems(problems);
            let what = What::only(tag_list(tags)?)?;
            let done = copy::copy(self, (interface, target), &what, progress, flags)?;
            give_problems(problems, &done.problems)?;
            Ok(HRESULT::from(done.warning()))
        })
    }

    fn GetNamesFromIDs(
        &self,
        tags: Out<'_, *mut SPropTagArray>,
        set: In<'_, GUID>,
        flags: u32,
        count: Out<'_, u32>,
        names: Out<'_, *mut *mut MAPINAMEID>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            check_flags(flags, MAPI_NO_STRINGS | MAPI_NO_IDS)?;
            let store = self.names().ok_or_else(no_names)?;
            let Some(asked) = tags.value() else {
                return Err(Error::invalid_parameter("there is no place for the tags"));
            };
            count.clear()?;
            names.clear()?;
            // SAFETY: what the caller put there is a list of tags, or null.
            let asked = read_tags(unsafe { In::from_raw(asked) })?;
            if let Some(asked) = asked.filter(|tags| !tags.is_empty()) {
                let ids: Vec<u16> = asked.iter().map(|tag| tag.id()).collect();
                let found = store.names_of(&ids)?;
                let missing = found.contains(&None);
                give_names(count, names, &found)?;
                return Ok(missing.then_some(Warning::ErrorsReturned).into());
            }
            let set = set.get().map(|set| (*set).into());
            let wanted = |name: &PropName| {
                set.is_none_or(|set| name.set == set)
                    && match name.kind {
                        mapix::prop::NameKind::Id(_) => flags & MAPI_NO_IDS == 0,
                        mapix::prop::NameKind::Name(_) => flags & MAPI_NO_STRINGS == 0,
                    }
            };
            let all = store.all_names()?.into_iter().filter(|(_, name)| wanted(name));
            let (ids, found): (Vec<_>, Vec<_>) = all.map(|(id, name)| (id, Some(name))).unzip();
            let found_tags: Vec<_> =
                ids.iter().map(|id| PropTag::new(*id, PropType::UNSPECIFIED)).collect();
            give_tags(tags, &found_tags)?;
            if !found.is_empty() {
                give_names(count, names, &found)?;
            }
            Ok(HRESULT::S_OK)
        })
    }

    fn GetIDsFromNames(
        &self,
        count: u32,
        names: In<'_, *mut MAPINAMEID>,
        flags: u32,
        tags: Out<'_, *mut SPropTagArray>,
    ) -> HRESULT {
        self.last_error().answer(|| {
            check_flags(flags, MAPI_CREATE)?;
            tags.clear()?;
            let store = self.names().ok_or_else(no_names)?;
            let create = flags & MAPI_CREATE != 0;
            if count == 0 {
                if create {
                    return Err(Error::invalid_parameter("MAPI_CREATE without names"));
                }
                let all = store.all_names()?;
                let tag = |(id, _): &(u16, PropName)| PropTag::new(*id, PropType::UNSPECIFIED);
                give_tags(tags, &all.iter().map(tag).collect::<Vec<_>>())?;
                return Ok(HRESULT::S_OK);
            }
            let asked = read_names(count, names)?;
            let known: Vec<PropName> = asked.iter().flatten().cloned().collect();
            let mut ids = store.ids_of(&known, create)?.into_iter();
            let missing = PropTag::new(0, PropType::ERROR);
            let found: Vec<PropTag> = asked
                .iter()
                .map(|name| match name {
                    Some(name) => mapped(name).or(ids.next().flatten()).unwrap_or(missing),
                    None => missing,
                })
                .collect();
            give_tags(tags, &found)?;
            Ok(found.contains(&missing).then_some(Warning::ErrorsReturned).into())
        })
    }
}

/// The names of `PS_MAPI` are the IDs below `0x8000` themselves.
fn mapped(name: &PropName) -> Option<PropTag> {
    match name.kind {
        mapix::prop::NameKind::Id(id) if name.set == guids::PS_MAPI && id < 0x8000 => {
            Some(PropTag::new(id as u16, PropType::UNSPECIFIED))
        }
        _ => None,
    }
}

fn no_names() -> Error {
    Error::no_support("the object has no named properties")
}

/// A property as `GetProps` gives it where all are asked for: no objects, no empty multivalues.
fn shown(prop: &Prop) -> Option<PropRef<'_>> {
    match &prop.value {
        _ if prop.tag.prop_type() == PropType::OBJECT => None,
        value if value.is_empty_multi() => None,
        Value::Large(..) => Some(PropRef::error(prop.tag, ErrorCode::NOT_ENOUGH_MEMORY)),
        Value::Error(code) => Some(PropRef::error(prop.tag, *code)),
        _ => Some(prop.into()),
    }
}

/// Gives a string of no width that was asked for the width that the flags say.
fn fit_width(prop: &mut PropRef<'_>, flags: u32) {
    let wanted = string_width(prop.tag, flags);
    if wanted != prop.tag
        && let Ok(value) = prop.value.clone().into_owned().coerce(wanted.prop_type())
    {
        *prop = PropRef { tag: wanted, value: Cow::Owned(value) };
    }
}

/// The tag of a string with the width that the flags say; other tags as they are.
pub(super) fn string_width(tag: PropTag, flags: u32) -> PropTag {
    let (narrow, wide) = match tag.prop_type() {
        PropType::STRING8 | PropType::UNICODE => (PropType::STRING8, PropType::UNICODE),
        PropType::MV_STRING8 | PropType::MV_UNICODE => (PropType::MV_STRING8, PropType::MV_UNICODE),
        _ => return tag,
    };
    tag.with_type(if is_unicode(flags) { wide } else { narrow })
}

fn open_property<T: PropObject>(object: &T, request: &OpenObject) -> Result<Ptr<IUnknown>> {
    let create = request.flags & MAPI_CREATE != 0;
    let modify = request.flags & MAPI_MODIFY != 0;
    if request.tag.prop_type() == PropType::UNSPECIFIED || (create && !modify) {
        return Err(Error::invalid_parameter("a tag without type, or MAPI_CREATE alone"));
    }
    if modify {
        access::need(object.is_writable())?;
    }
    if request.tag.prop_type() == PropType::OBJECT {
        let opened = object.open_object(request)?;
        return opened.ok_or_else(|| Error::not_found(format!("no {} is set", request.tag)));
    }
    let iid = &request.interface;
    if ![IStream::IID, ISequentialStream::IID, ILockBytes::IID, IUnknown::IID].contains(iid) {
        return Err(Error::new(
            ErrorCode::INTERFACE_NOT_SUPPORTED,
            format!("{} is opened as a stream", request.tag),
        ));
    }
    istream::open(object.source(), request.tag, create, modify, *iid == ILockBytes::IID)
}
