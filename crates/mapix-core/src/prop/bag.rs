//! The properties of one object.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{FileTime, PropTag, PropType, Value};
use crate::{Error, ErrorCode, Result};

/// A property: its tag and its value.
///
/// The type in the tag is the one under which the property is stored; the value has the same
/// type, or is a [`Value::Error`] that says why the value cannot be given.
#[derive(Clone, PartialEq, Debug)]
pub struct Prop {
    /// The tag.
    pub tag: PropTag,
    /// The value.
    pub value: Value,
}

impl Prop {
    /// A property whose tag takes the type of the value, unless the value is an error.
    pub fn new(tag: PropTag, value: impl Into<Value>) -> Self {
        let value = value.into();
        let tag = match value {
            Value::Error(_) => tag,
            _ => tag.with_type(value.prop_type()),
        };
        Self { tag, value }
    }
}

/// A property as it is shown: a value that somebody else holds, or one that was made of it.
#[derive(Clone, PartialEq, Debug)]
pub struct PropRef<'a> {
    /// The tag; of type `PT_ERROR` where there is no value.
    pub tag: PropTag,
    /// The value, or why there is none.
    pub value: Cow<'a, Value>,
}

impl PropRef<'_> {
    /// There is no value, for this reason.
    pub fn error(tag: PropTag, code: ErrorCode) -> Self {
        let tag = tag.with_type(PropType::ERROR);
        Self { tag, value: Cow::Owned(Value::Error(code)) }
    }

    /// The property with a value of its own.
    pub fn into_owned(self) -> Prop {
        Prop { tag: self.tag, value: self.value.into_owned() }
    }
}

impl<'a> From<&'a Prop> for PropRef<'a> {
    fn from(prop: &'a Prop) -> Self {
        Self { tag: prop.tag, value: Cow::Borrowed(&prop.value) }
    }
}

/// Properties of one object, sorted by ID, one for each ID. Cloning is a reference count;
/// changing a shared bag copies it first.
#[derive(Clone, PartialEq, Default)]
pub struct PropBag(Arc<Vec<Prop>>);

impl PropBag {
    /// An empty bag.
    pub fn new() -> Self {
        Self::default()
    }

    /// The property with this ID, whatever its type.
    pub fn find(&self, id: u16) -> Option<&Prop> {
        self.position(id).ok().map(|at| &self.0[at])
    }

    /// The value under the ID of a tag. A string of the other width is found as well; any other
    /// difference in type is `None`, as is an error value. `PT_UNSPECIFIED` takes any type.
    pub fn get(&self, tag: PropTag) -> Option<&Value> {
        let prop = self.find(tag.id())?;
        let (wanted, found) = (tag.prop_type(), prop.tag.prop_type());
        let strings = wanted.single().is_string()
            && found.single().is_string()
            && wanted.is_multi() == found.is_multi();
        let fits = wanted == PropType::UNSPECIFIED || wanted == found || strings;
        (fits && prop.value.as_error().is_none()).then_some(&prop.value)
    }

    /// The property as `GetProps` gives it: the type that is asked for exactly, or `PT_ERROR` with
    /// `MAPI_E_NOT_FOUND`, `MAPI_E_NOT_ENOUGH_MEMORY` (too large: open it) or
    /// `MAPI_E_UNEXPECTED_TYPE` (lifecycle rules, section 17).
    pub fn asked(&self, tag: PropTag) -> PropRef<'_> {
        let code = match self.find(tag.id()).map(|prop| &prop.value) {
            None => ErrorCode::NOT_FOUND,
            Some(Value::Error(code)) => *code,
            Some(Value::Large(..) | Value::Object(_)) => ErrorCode::NOT_ENOUGH_MEMORY,
            Some(value) => match value.fit(tag.prop_type()) {
                Ok(value) => return PropRef { tag: tag.with_type(value.prop_type()), value },
                Err(_) => ErrorCode::UNEXPECTED_TYPE,
            },
        };
        PropRef::error(tag, code)
    }

    /// The text under a tag, of either width; `None` if it is absent or too large to be held.
    pub fn text(&self, tag: PropTag) -> Option<String> {
        self.get(tag)?.as_text().map(Into::into)
    }

    /// The integer under a tag.
    pub fn i32(&self, tag: PropTag) -> Option<i32> {
        self.get(tag)?.as_i32()
    }

    /// The boolean under a tag.
    pub fn bool(&self, tag: PropTag) -> Option<bool> {
        self.get(tag)?.as_bool()
    }

    /// The time under a tag.
    pub fn time(&self, tag: PropTag) -> Option<FileTime> {
        self.get(tag)?.as_time()
    }

    /// The bytes under a tag.
    pub fn bytes(&self, tag: PropTag) -> Option<&[u8]> {
        self.get(tag)?.as_bytes()
    }

    /// The error of the first value that cannot be read, if there is one: for who must not take
    /// that for an absent one.
    pub(crate) fn sound(self) -> Result<Self> {
        for prop in &self {
            if let Value::Error(code) = prop.value {
                return Err(Error::new(code, format!("{} cannot be read", prop.tag)));
            }
        }
        Ok(self)
    }

    /// Puts a property in, in place of the one with the same ID. The tag takes the type of the
    /// value.
    pub fn set(&mut self, tag: PropTag, value: impl Into<Value>) {
        self.insert(Prop::new(tag, value));
    }

    /// Puts a property in, in place of the one with the same ID.
    pub fn insert(&mut self, prop: Prop) {
        let found = self.position(prop.tag.id());
        let props = Arc::make_mut(&mut self.0);
        match found {
            Ok(at) => props[at] = prop,
            Err(at) => props.insert(at, prop),
        }
    }

    /// Puts a property in if there is none with its ID.
    pub fn set_default(&mut self, tag: PropTag, value: impl Into<Value>) {
        if self.find(tag.id()).is_none() {
            self.set(tag, value);
        }
    }

    /// Takes the property with this ID out.
    pub fn remove(&mut self, id: u16) -> Option<Prop> {
        let at = self.position(id).ok()?;
        Some(Arc::make_mut(&mut self.0).remove(at))
    }

    /// Puts all properties of another bag in, in place of those with the same IDs.
    pub fn merge(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        other.iter().cloned().for_each(|prop| self.insert(prop));
    }

    /// The properties in the order of their IDs.
    pub fn iter(&self) -> std::slice::Iter<'_, Prop> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn position(&self, id: u16) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |prop| prop.tag.id())
    }
}

impl FromIterator<Prop> for PropBag {
    /// The last of several properties with one ID stays.
    fn from_iter<I: IntoIterator<Item = Prop>>(props: I) -> Self {
        let mut props: Vec<Prop> = props.into_iter().collect();
        if !props.is_sorted_by(|a, b| a.tag.id() < b.tag.id()) {
            props.sort_by_key(|prop| prop.tag.id());
            props.reverse();
            props.dedup_by_key(|prop| prop.tag.id());
            props.reverse();
        }
        Self(Arc::new(props))
    }
}

impl<'a> IntoIterator for &'a PropBag {
    type Item = &'a Prop;
    type IntoIter = std::slice::Iter<'a, Prop>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for PropBag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|prop| (prop.tag, &prop.value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use crate::prop::tags;

    #[test]
    fn one_property_for_each_id_and_the_last_stays() {
        let bag: PropBag = [
            Prop::new(tags::SUBJECT, "old"),
            Prop::new(tags::BODY, "body"),
            Prop::new(tags::SUBJECT, "new"),
        ]
        .into_iter()
        .collect();
        assert_eq!(bag.len(), 2);
        assert_eq!(bag.text(tags::SUBJECT).unwrap(), "new");
    }

    #[test]
    fn a_shared_bag_is_copied_when_it_changes() {
        let mut bag = PropBag::new();
        bag.set(tags::SUBJECT, "a");
        let kept = bag.clone();
        bag.set(tags::SUBJECT, "b");
        assert_eq!(kept.text(tags::SUBJECT).unwrap(), "a");
        assert_eq!(bag.remove(tags::SUBJECT.id()).unwrap().value, Value::from("b"));
        assert!(bag.is_empty());
    }

    #[test]
    fn types_must_fit_but_for_the_width_of_strings() {
        let mut bag = PropBag::new();
        bag.set(tags::SUBJECT, "a");
        bag.set(tags::BODY, ErrorCode::CORRUPT_DATA);
        assert!(bag.get(tags::SUBJECT.with_type(PropType::STRING8)).is_some());
        assert!(bag.get(tags::SUBJECT.with_type(PropType::BINARY)).is_none());
        assert!(bag.get(tags::SUBJECT.with_type(PropType::UNSPECIFIED)).is_some());
        assert!(bag.get(tags::BODY).is_none(), "an error is no value");
        assert!(bag.find(tags::BODY.id()).is_some());
    }
}
