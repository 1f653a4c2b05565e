//! Properties that are held in memory: of recipients, status objects, property objects.

use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapix::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value, value_bytes};
use mapix::store::ValueStream;
use mapix::{Error, ErrorCode, Problem, Result};

use super::source::Properties;

/// Properties in memory. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Mutex<PropBag>>);

impl Held {
    pub(crate) fn new(bag: PropBag) -> Self {
        Self(Arc::new(Mutex::new(bag)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, PropBag> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a property of a bag.
pub(super) fn stream(bag: &PropBag, tag: PropTag) -> Result<Box<dyn ValueStream>> {
    let value = bag.get(tag).ok_or_else(|| Error::not_found(format!("no {tag} is set")))?;
    let bytes = value_bytes(value).ok_or_else(|| {
        let sentence = format!("{tag} is no stream of bytes");
        Error::new(ErrorCode::INTERFACE_NOT_SUPPORTED, sentence)
    })?;
    Ok(Box::new(Cursor::new(bytes)))
}

impl Properties for Held {
    fn bag(&self) -> Result<PropBag> {
        Ok(self.lock().clone())
    }

    fn get(&self, tag: PropTag) -> Result<Option<Value>> {
        Ok(self.lock().get(tag).cloned())
    }

    fn set_props(&self, props: &[Prop]) -> Result<Vec<Problem>> {
        let mut bag = self.lock();
        let mut problems = Vec::new();
        for (index, prop) in props.iter().enumerate() {
            let kind = prop.tag.prop_type();
            if kind == PropType::ERROR || kind == PropType::NULL {
                continue;
            }
            if matches!(prop.value, Value::Object(_)) || prop.value.is_empty_multi() {
                return Err(Error::invalid_parameter(format!("{} cannot be set so", prop.tag)));
            }
            if prop.value.prop_type() == kind {
                bag.insert(prop.clone());
            } else {
                problems.push(Problem { index, tag: prop.tag, code: ErrorCode::INVALID_TYPE });
            }
        }
        Ok(problems)
    }

    fn delete_props(&self, tags: &[PropTag]) -> Result<Vec<Problem>> {
        let mut bag = self.lock();
        let mut problems = Vec::new();
        for (index, tag) in tags.iter().enumerate() {
            if bag.remove(tag.id()).is_none() {
                problems.push(Problem { index, tag: *tag, code: ErrorCode::NOT_FOUND });
            }
        }
        Ok(problems)
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        stream(&self.lock(), tag)
    }

    fn set_stream(&self, tag: PropTag, mut data: Box<dyn ValueStream>) -> Result<()> {
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes)?;
        self.lock().set(tag, Value::from_bytes(tag.prop_type(), &bytes, CodePage::UTF8));
        Ok(())
    }

    fn share(&self) -> Arc<dyn Properties> {
        Arc::new(self.clone())
    }
}
