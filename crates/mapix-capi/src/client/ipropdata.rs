//! `IPropData`: properties that a client puts in, each with its access.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapix::prop::{Prop, PropBag, PropTag, PropType, Value};
use mapix::store::ValueStream;
use mapix::{Error, ErrorCode, Problem, Result, Store};

use super::held::Held;
use super::imapiprop::PropObject;
use super::source::Properties;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, give_problems, give_tags, no_problems, read_tags, tag_list};
use crate::flags::{IPROP_CLEAN, IPROP_DIRTY, IPROP_READONLY, IPROP_READWRITE};
use crate::iface::{IPropData, IPropDataMethods};
use crate::memory::Buffer;
use crate::types::{HRESULT, SPropProblemArray, SPropTagArray};

/// Properties in memory.
pub(crate) struct PropDataObject {
    props: Guarded,
    last: LastError,
}

/// Properties, and who may change them.
#[derive(Clone)]
struct Guarded {
    held: Held,
    access: Arc<Mutex<Access>>,
}

#[derive(Default)]
struct Access {
    read_only: bool,
    /// Of those properties that differ from others: `IPROP_*`, by ID.
    props: HashMap<u16, u32>,
}

impl PropDataObject {
    pub(crate) fn give() -> Ptr<IPropData> {
        let props = Guarded { held: Held::default(), access: Arc::default() };
        Self { props, last: LastError::default() }.into_ptr()
    }
}

impl Guarded {
    fn access(&self) -> MutexGuard<'_, Access> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a change of those properties that may be changed; the places in what is told are those
    /// of the list that was given.
    fn guard<T: Clone>(
        &self,
        items: &[T],
        tag: impl Fn(&T) -> PropTag,
        change: impl FnOnce(&[T]) -> Result<Vec<Problem>>,
    ) -> Result<Vec<Problem>> {
        let mut access = self.access();
        let locked = |item: &T| {
            access.props.get(&tag(item).id()).is_some_and(|bits| bits & IPROP_READONLY != 0)
        };
        let (mut good, mut places, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            if locked(item) {
                let code = ErrorCode::NO_ACCESS;
                problems.push(Problem { index, tag: tag(item), code });
            } else {
                good.push(item.clone());
                places.push(index);
            }
        }
        let found = if good.is_empty() { Vec::new() } else { change(&good)? };
        for item in &good {
            let bits = access.props.entry(tag(item).id()).or_insert(IPROP_READWRITE);
            *bits = *bits & !IPROP_CLEAN | IPROP_DIRTY;
        }
        let told = found.into_iter();
        problems.extend(told.map(|problem| Problem { index: places[problem.index], ..problem }));
        Ok(problems)
    }
}

impl Properties for Guarded {
    fn bag(&self) -> Result<PropBag> {
        self.held.bag()
    }

    fn get(&self, tag: PropTag) -> Result<Option<Value>> {
        self.held.get(tag)
    }

    fn set_props(&self, props: &[Prop]) -> Result<Vec<Problem>> {
        self.guard(props, |prop| prop.tag, |good| self.held.set_props(good))
    }

    fn delete_props(&self, tags: &[PropTag]) -> Result<Vec<Problem>> {
        self.guard(tags, |tag| *tag, |good| self.held.delete_props(good))
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.held.open(tag)
    }

    fn set_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()> {
        self.held.set_stream(tag, data)
    }

    fn share(&self) -> Arc<dyn Properties> {
        Arc::new(self.clone())
    }
}

impl Object for PropDataObject {
    type Main = IPropData;
}

impl PropObject for PropDataObject {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &self.props
    }

    fn is_writable(&self) -> bool {
        !self.props.access().read_only
    }

    fn names(&self) -> Option<Store> {
        None
    }

    /// Nothing is stored: what was changed is clean from now on.
    fn save(&self, _flags: u32) -> Result<()> {
        for bits in self.props.access().props.values_mut() {
            *bits = *bits & !IPROP_DIRTY | IPROP_CLEAN;
        }
        Ok(())
    }
}

impl IPropDataMethods for PropDataObject {
    fn HrSetObjAccess(&self, access: u32) -> HRESULT {
        self.last.answer(|| {
            self.props.access().read_only = match access {
                IPROP_READONLY => true,
                IPROP_READWRITE => false,
                _ => return Err(Error::invalid_parameter(format!("no access {access}"))),
            };
            Ok(())
        })
    }

    fn HrSetPropAccess(&self, tags: In<'_, SPropTagArray>, access: In<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let tags = tag_list(tags)?;
            let values = access.many(tags.len() as u32)?;
            let both = IPROP_READONLY | IPROP_READWRITE;
            let known = both | IPROP_CLEAN | IPROP_DIRTY;
            let bad = |bits: &u32| bits & !known != 0 || bits & both == both;
            if let Some(bits) = values.iter().find(|bits| bad(bits)) {
                return Err(Error::invalid_parameter(format!("no access {bits}")));
            }
            let mut access = self.props.access();
            access.props.extend(tags.iter().map(|tag| tag.id()).zip(values.iter().copied()));
            Ok(())
        })
    }

    fn HrGetPropAccess(
        &self,
        tags: Out<'_, *mut SPropTagArray>,
        values: Out<'_, *mut u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            let asked = tags.value();
            let asked = asked.ok_or_else(|| Error::invalid_parameter("no place for the tags"))?;
            values.clear()?;
            // SAFETY: what the caller put there is a list of tags, or null.
            let asked = read_tags(unsafe { In::from_raw(asked) })?;
            let list = if let Some(list) = asked {
                list
            } else {
                let all: Vec<_> = self.props.bag()?.iter().map(|prop| prop.tag).collect();
                give_tags(tags, &all)?;
                all
            };
            let access = self.props.access();
            let buffer = Buffer::for_many::<u32>(list.len(), 0)?;
            for (index, tag) in list.iter().enumerate() {
                let bits = access.props.get(&tag.id()).copied();
                buffer.put(index, bits.unwrap_or(IPROP_READWRITE | IPROP_CLEAN));
            }
            values.set(buffer.into_raw())
        })
    }

    fn HrAddObjProps(
        &self,
        tags: In<'_, SPropTagArray>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        self.last.answer(|| {
            no_problems(problems);
            let mut found = Vec::new();
            for (index, tag) in tag_list(tags)?.into_iter().enumerate() {
                if tag.prop_type() == PropType::OBJECT {
                    let value = Value::Object(Box::default());
                    self.props.held.lock().insert(Prop { tag, value });
                } else {
                    found.push(Problem { index, tag, code: ErrorCode::INVALID_TYPE });
                }
            }
            give_problems(problems, &found)
        })
    }
}
