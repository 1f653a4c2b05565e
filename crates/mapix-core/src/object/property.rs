//! What all objects have in common: properties (`IMAPIProp`).

use std::io::Read;
use std::sync::Arc;

use super::stream::PropertyStream;
use crate::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value, tags};
use crate::session::Logon;
use crate::store::{ObjectRef, ValueStream};
use crate::{Error, ErrorCode, Result};

/// Values of more bytes than this are not given by `GetProps`, but opened as streams.
pub(crate) const INLINE: u64 = 4096;

/// A property that could not be set, deleted or copied (`SPropProblem`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(alias = "SPropProblem")]
pub struct Problem {
    /// Its place in the list that was given.
    pub index: usize,
    /// Its tag.
    pub tag: PropTag,
    /// Why.
    pub code: ErrorCode,
}

/// What an object must give so that it has properties.
pub(crate) trait HasProperties {
    fn logon(&self) -> &Arc<Logon>;

    /// Whether properties may be set.
    fn is_writable(&self) -> bool;
    /// Why it is not.
    fn refusal(&self) -> Error {
        Error::new(ErrorCode::NO_ACCESS, "the object is open for reading only")
    }

    /// All properties: stored, changed and computed. Values above [`INLINE`] may be large.
    fn all(&self) -> Result<PropBag>;

    /// The bytes of a stored or changed property.
    fn stream(&self, tag: PropTag) -> Result<Box<dyn ValueStream>>;

    /// Where the object is in the store; `None` if it was never saved.
    fn stored(&self) -> Option<ObjectRef>;

    /// Sets and deletes; kept until the save, or committed at once, as the object has it.
    fn change(&self, set: Vec<Prop>, delete: Vec<u16>) -> Result<()>;

    /// Sets one property from a stream.
    fn change_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()>;

    /// Why a property may not be set, if it may not.
    fn refuses(&self, tag: PropTag) -> Option<ErrorCode>;
}

pub(crate) fn get(object: &dyn HasProperties, tag: PropTag) -> Result<Option<Value>> {
    let bag = object.all()?;
    match bag.get(tag) {
        Some(Value::Large(prop_type, size)) => {
            load(object, &bag, tag.with_type(*prop_type), *size).map(Some)
        }
        Some(value) => Ok(Some(value.clone())),
        None => match bag.find(tag.id()) {
            Some(Prop { value: Value::Error(code), .. }) => {
                Err(Error::new(*code, format!("{tag} cannot be read")))
            }
            _ => Ok(None),
        },
    }
}

/// The value of a property that was among [`all`](HasProperties::all), whole.
pub(crate) fn whole(object: &dyn HasProperties, prop: &Prop) -> Result<Value> {
    match &prop.value {
        Value::Error(code) => Err(Error::new(*code, format!("{} cannot be read", prop.tag))),
        Value::Large(..) => {
            get(object, prop.tag)?.ok_or_else(|| Error::not_found(prop.tag.to_string()))
        }
        value => Ok(value.clone()),
    }
}

/// Reads a large value whole.
fn load(object: &dyn HasProperties, bag: &PropBag, tag: PropTag, size: u64) -> Result<Value> {
    let prop_type = tag.prop_type();
    if prop_type.is_multi() {
        // Stores pack multivalues in their own ways, so only the store can unpack them.
        let stored = object.stored().ok_or_else(|| Error::not_found(format!("{tag}")))?;
        let bag = object.logon().enter()?.properties(&stored, u64::MAX)?;
        let value = bag.get(tag).cloned();
        return value.ok_or_else(|| Error::corrupt(format!("{tag} cannot be read")));
    }
    // The size is the store's word; the memory is taken as the bytes come.
    let mut bytes = Vec::with_capacity(size.min(1 << 20) as usize);
    PropertyStream::new(object.logon(), object.stream(tag)?).read_to_end(&mut bytes)?;
    Ok(Value::from_bytes(prop_type, &bytes, code_page(bag)))
}

/// The code page of the narrow strings of an object.
pub(crate) fn code_page(bag: &PropBag) -> CodePage {
    [tags::MESSAGE_CODEPAGE, tags::INTERNET_CPID]
        .into_iter()
        .find_map(|tag| bag.i32(tag).and_then(CodePage::from_property))
        .unwrap_or(CodePage::WESTERN)
}

pub(crate) fn get_props(object: &dyn HasProperties, wanted: &[PropTag]) -> Result<Vec<Prop>> {
    if wanted.is_empty() {
        return Err(Error::invalid_parameter("no property tags were given"));
    }
    let bag = object.all()?;
    Ok(wanted.iter().map(|tag| bag.asked(*tag).into_owned()).collect())
}

pub(crate) fn open_property(object: &dyn HasProperties, tag: PropTag) -> Result<PropertyStream> {
    let bag = object.all()?;
    let prop = bag.find(tag.id()).ok_or_else(|| Error::not_found(format!("no {tag} is set")))?;
    if tag.prop_type() != PropType::UNSPECIFIED && bag.get(tag).is_none() {
        return Err(Error::new(
            ErrorCode::UNEXPECTED_TYPE,
            format!("{tag} is {}, not {}", prop.tag.prop_type(), tag.prop_type()),
        ));
    }
    Ok(PropertyStream::new(object.logon(), object.stream(prop.tag)?))
}

pub(crate) fn set_props(object: &dyn HasProperties, props: &[Prop]) -> Result<Vec<Problem>> {
    need_write(object)?;
    let mut problems = Vec::new();
    let mut good = Vec::new();
    for (index, prop) in props.iter().enumerate() {
        let kind = prop.tag.prop_type();
        if matches!(prop.value, Value::Error(_))
            || kind == PropType::NULL
            || kind == PropType::ERROR
        {
            continue;
        }
        if matches!(prop.value, Value::Object(_) | Value::Large(..)) || prop.value.is_empty_multi()
        {
            return Err(Error::invalid_parameter(format!("{} cannot be set so", prop.tag)));
        }
        let code = if prop.value.prop_type() == kind {
            object.refuses(prop.tag)
        } else {
            Some(ErrorCode::INVALID_TYPE)
        };
        match code {
            Some(code) => problems.push(Problem { index, tag: prop.tag, code }),
            None => good.push(prop.clone()),
        }
    }
    if !good.is_empty() {
        object.change(good, Vec::new())?;
    }
    Ok(problems)
}

pub(crate) fn set(object: &dyn HasProperties, tag: PropTag, value: Value) -> Result<()> {
    match set_props(object, &[Prop::new(tag, value)])?.first() {
        Some(problem) => Err(Error::new(problem.code, format!("{tag} cannot be set"))),
        None => Ok(()),
    }
}

pub(crate) fn set_stream(
    object: &dyn HasProperties,
    tag: PropTag,
    data: Box<dyn ValueStream>,
) -> Result<()> {
    need_write(object)?;
    if !matches!(tag.prop_type(), PropType::UNICODE | PropType::STRING8 | PropType::BINARY) {
        return Err(Error::new(
            ErrorCode::INTERFACE_NOT_SUPPORTED,
            format!("{tag} is {}, which is not written as a stream", tag.prop_type()),
        ));
    }
    match object.refuses(tag) {
        Some(code) => Err(Error::new(code, format!("{tag} cannot be set"))),
        None => object.change_stream(tag, data),
    }
}

pub(crate) fn delete_props(object: &dyn HasProperties, tags: &[PropTag]) -> Result<Vec<Problem>> {
    need_write(object)?;
    let mut problems = Vec::new();
    let mut good = Vec::new();
    let bag = object.all()?;
    for (index, tag) in tags.iter().enumerate() {
        let code = match bag.find(tag.id()) {
            None => ErrorCode::NOT_FOUND,
            Some(_) if object.refuses(*tag).is_some() => ErrorCode::NO_ACCESS,
            Some(_) => {
                good.push(tag.id());
                continue;
            }
        };
        problems.push(Problem { index, tag: *tag, code });
    }
    if !good.is_empty() {
        object.change(Vec::new(), good)?;
    }
    Ok(problems)
}

fn need_write(object: &dyn HasProperties) -> Result<()> {
    drop(object.logon().enter()?);
    if object.is_writable() {
        return Ok(());
    }
    Err(object.refusal())
}

/// Gives a type the methods of `IMAPIProp`.
macro_rules! property_methods {
    ($type:ident) => {
        impl $type {
            /// All properties: stored ones, changes that are not saved yet, and those that are
            /// computed. Values of more than 4 KiB may be given as
            /// [`Value::Large`](crate::prop::Value::Large).
            pub fn props(&self) -> crate::Result<crate::prop::PropBag> {
                $crate::object::property::HasProperties::all(self)
            }

            /// One property, whatever its size; `None` if it is not set. Strings of either width
            /// are found under a tag of either width.
            ///
            /// # Errors
            /// `MAPI_E_CORRUPT_DATA` if the value is damaged.
            #[doc(alias = "HrGetOneProp")]
            pub fn get(
                &self,
                tag: crate::prop::PropTag,
            ) -> crate::Result<Option<crate::prop::Value>> {
                $crate::object::property::get(self, tag)
            }

            /// The text of a property, whatever its size.
            pub fn text(&self, tag: crate::prop::PropTag) -> crate::Result<Option<String>> {
                Ok(self.get(tag)?.and_then(|value| value.as_text().map(Into::into)))
            }

            /// Properties in the order asked, under lifecycle rules section 17: the type that is
            /// asked for exactly, else `PT_ERROR` with `MAPI_E_NOT_FOUND`,
            /// `MAPI_E_NOT_ENOUGH_MEMORY` (too large: open it) or `MAPI_E_UNEXPECTED_TYPE`.
            #[doc(alias = "IMAPIProp::GetProps")]
            pub fn get_props(
                &self,
                wanted: &[crate::prop::PropTag],
            ) -> crate::Result<Vec<crate::prop::Prop>> {
                $crate::object::property::get_props(self, wanted)
            }

            /// The tags of all properties.
            #[doc(alias = "IMAPIProp::GetPropList")]
            pub fn prop_list(&self) -> crate::Result<Vec<crate::prop::PropTag>> {
                Ok(self.props()?.iter().map(|prop| prop.tag).collect())
            }

            /// Opens the bytes of a property as a stream.
            ///
            /// # Errors
            /// `MAPI_E_NOT_FOUND` if it is not set, `MAPI_E_UNEXPECTED_TYPE` if it has another
            /// type.
            #[doc(alias = "IMAPIProp::OpenProperty")]
            pub fn open_property(
                &self,
                tag: crate::prop::PropTag,
            ) -> crate::Result<crate::PropertyStream> {
                $crate::object::property::open_property(self, tag)
            }

            /// Sets properties; gives those that could not be set. `PT_ERROR` values and
            /// `PR_NULL` are passed over.
            ///
            /// # Errors
            /// `MAPI_E_NO_ACCESS` if the object is open for reading only,
            /// `MAPI_E_INVALID_PARAMETER` for an object or an empty multivalue; then nothing is
            /// set.
            #[doc(alias = "IMAPIProp::SetProps")]
            pub fn set_props(
                &self,
                props: &[crate::prop::Prop],
            ) -> crate::Result<Vec<crate::Problem>> {
                $crate::object::property::set_props(self, props)
            }

            /// Sets one property; the tag takes the type of the value.
            #[doc(alias = "HrSetOneProp")]
            pub fn set(
                &self,
                tag: crate::prop::PropTag,
                value: impl Into<crate::prop::Value>,
            ) -> crate::Result<()> {
                $crate::object::property::set(self, tag, value.into())
            }

            /// Sets a string or binary property from a stream, which is read from its start when
            /// the change is committed: text as UTF-16 or in its code page.
            pub fn set_stream(
                &self,
                tag: crate::prop::PropTag,
                data: Box<dyn crate::store::ValueStream>,
            ) -> crate::Result<()> {
                $crate::object::property::set_stream(self, tag, data)
            }

            /// Deletes properties, whatever their types; gives those that could not be deleted.
            #[doc(alias = "IMAPIProp::DeleteProps")]
            pub fn delete_props(
                &self,
                tags: &[crate::prop::PropTag],
            ) -> crate::Result<Vec<crate::Problem>> {
                $crate::object::property::delete_props(self, tags)
            }
        }
    };
}

pub(crate) use property_methods;
