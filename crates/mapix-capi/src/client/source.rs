//! What has properties in the core, whatever it is.

use std::sync::Arc;

use mapix::prop::{Prop, PropBag, PropTag, Value};
use mapix::store::ValueStream;
use mapix::{Attachment, Folder, Message, Problem, Result, Store};

/// The calls of the core for properties.
pub(crate) trait Properties: Send + Sync {
    fn bag(&self) -> Result<PropBag>;
    fn get(&self, tag: PropTag) -> Result<Option<Value>>;
    fn get_props(&self, tags: &[PropTag]) -> Result<Vec<Prop>>;
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

            fn get_props(&self, tags: &[PropTag]) -> Result<Vec<Prop>> {
                <$type>::get_props(self, tags)
            }

            fn set_props(&self, props: &[Prop]) -> Result<Vec<Problem>> {
                <$type>::set_props(self, props)
            }

            fn delete_props(&self, tags: &[PropTag]) -> Result<Vec<Problem>> {
                <$type>::delete_props(self, tags)
            }

            fn open(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
                Ok(Box::new(self.open_property(tag)?))
            }

            fn set_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()> {
                <$type>::set_stream(self, tag, data)
            }

            fn share(&self) -> Arc<dyn Properties> {
                Arc::new(self.clone())
            }
        })*
    };
}

properties!(Store, Folder, Message, Attachment);
