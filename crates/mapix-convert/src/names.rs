//! The named properties of one store.

use std::collections::HashMap;
use std::sync::Arc;

use mapix_core::prop::{Guid, NameKind, PropName, PropTag, PropType};
use mapix_core::{Result, Store};

/// The map of named properties of one store, read once and shared by every conversion.
///
/// Without it the properties of appointments, contacts and tasks cannot be found.
#[derive(Clone, Default, Debug)]
pub struct Names(Arc<Inner>);

#[derive(Default, Debug)]
struct Inner {
    ids: HashMap<PropName, u16>,
    names: HashMap<u16, PropName>,
}

impl Names {
    /// Reads the map of a store.
    pub fn of(store: &Store) -> Result<Self> {
        let mut inner = Inner::default();
        for (id, name) in store.all_names()? {
            inner.ids.entry(name.clone()).or_insert(id);
            inner.names.insert(id, name);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// The tag of a name by number, with the type that is wanted.
    pub(crate) fn by_id(&self, set: Guid, id: u32, prop_type: PropType) -> Option<PropTag> {
        let found = self.0.ids.get(&PropName::id(set, id))?;
        Some(PropTag::new(*found, prop_type))
    }

    /// The tag of a name by string, with the type that is wanted.
    pub(crate) fn by_name(&self, set: Guid, name: &str, prop_type: PropType) -> Option<PropTag> {
        let found = self.0.ids.get(&PropName::name(set, name))?;
        Some(PropTag::new(*found, prop_type))
    }

    /// The name behind an ID.
    pub(crate) fn name(&self, id: u16) -> Option<&PropName> {
        self.0.names.get(&id)
    }

    /// The names by string in one set, in the order of the strings.
    pub(crate) fn strings(&self, set: Guid) -> Vec<(&str, u16)> {
        let mut found: Vec<(&str, u16)> = self
            .0
            .ids
            .iter()
            .filter(|(name, _)| name.set == set)
            .filter_map(|(name, id)| match &name.kind {
                NameKind::Name(text) => Some((&**text, *id)),
                NameKind::Id(_) => None,
            })
            .collect();
        found.sort_unstable();
        found
    }
}
