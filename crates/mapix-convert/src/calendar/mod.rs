//! stub
pub(crate) struct Calendar { pub(crate) text: String, pub(crate) method: Option<&'static str> }
pub(crate) fn write(_: &crate::item::Item<'_>, _: &str, _: &[mapix_core::Recipient], _: &crate::eml::People, _: Option<&crate::eml::Text>) -> Option<Calendar> { None }
