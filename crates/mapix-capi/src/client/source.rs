//! What has properties in the core, whatever it is.

use std::sync::Arc;

use mapix::prop::{Prop, PropBag, PropTag, PropType, Value};
use mapix::store::ValueStream;
use mapix::{Attachment, Folder, Message, Problem, Result, Store};

use super::spool;

/// A property with text of 16 bits in place of such of 8. In a store the code page of narrow text
/// is that of the object, and C's is UTF-8: so that it is the same for whoever reads it, it is kept
/// wide.
pub(super) fn wide(prop: Prop) -> Prop {
    let wanted = match prop.value {
        Value::String8(_) => PropType::UNICODE,
        Value::MvString8(_) => PropType::MV_UNICODE,
        _ => return prop,
    };
    let tag = prop.tag.with_type(wanted);
    match prop.value.clone().coerce(wanted) {
        Ok(value) => Prop { tag, value },
        Err(_) => prop,
    }
}

/// The calls of the core for properties.
pub(crate) trait Properties: Send + Sync {
    fn bag(&self) -> Result<PropBag>;
    fn get(&self, tag: PropTag) -> Result<Option<Value>>;
    fn set_props(&self, props: &[Prop]) -> Result<Vec<Problem>>;
    fn delete_props(&self, tags: &[PropTag]) -> Result<Vec<Problem>>;
    fn open(&self, tag: PropTag) -> Result<Box<dyn ValueStream>>;
    fn set_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()>;
    /// A second handle on the same object.
    fn share(&self) -> Arc<dyn Properties>;
}

macro_rules! properties {
    ($($type:ty),*) => {
        $(impl Properties for $type {
            fn bag(&self) -> Result<PropBag> {
                self.props()
            }

            fn get(&self, tag: PropTag) -> Result<Option<Value>> {
                <$type>::get(self, tag)
            }

            fn set_props(&self, props: &[Prop]) -> Result<Vec<Problem>> {
                <$type>::set_props(self, &props.iter().cloned().map(wide).collect::<Vec<_>>())
            }

            fn delete_props(&self, tags: &[PropTag]) -> Result<Vec<Problem>> {
                <$type>::delete_props(self, tags)
            }

            fn open(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
                Ok(Box::new(self.open_property(tag)?))
            }

            fn set_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()> {
                if tag.prop_type() != PropType::STRING8 {
                    return <$type>::set_stream(self, tag, data);
                }
                let wide = Box::new(spool::widened(data)?);
                <$type>::set_stream(self, tag.with_type(PropType::UNICODE), wide)
            }

            fn share(&self) -> Arc<dyn Properties> {
                Arc::new(self.clone())
            }
        })*
    };
}

properties!(Store, Folder, Message, Attachment);
