//! stub
pub(crate) struct Card { pub(crate) text: String, pub(crate) name: String }
pub(crate) fn write(_: &crate::item::Item<'_>, _: &str, _: Option<&crate::eml::Text>, _: &[crate::eml::Part<'_>]) -> Option<Card> { None }
