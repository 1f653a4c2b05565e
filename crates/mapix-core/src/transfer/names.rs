//! The names of properties in the target.

use std::collections::HashMap;

use crate::object::Store;
use crate::prop::PropName;
use crate::sync::{Mutex, lock};
use crate::{Error, Result};

/// Gives names of properties their IDs in the target; new names are made. Each run has its own.
#[derive(Debug)]
pub struct TargetNames {
    target: Store,
    /// Nothing is made: unknown names get IDs that nothing else has here.
    dry: bool,
    known: Mutex<HashMap<PropName, u16>>,
    /// IDs in a source that is a store, and here; `None` where there is no name.
    pub(super) of_source: Mutex<HashMap<u16, Option<u16>>>,
}

impl TargetNames {
    pub(super) fn new(target: &Store, dry: bool) -> Self {
        Self { target: target.clone(), dry, known: Mutex::default(), of_source: Mutex::default() }
    }

    /// The IDs of names, in the order asked.
    ///
    /// # Errors
    /// Those of the target, such as one that there is no ID left.
    pub fn ids(&self, names: &[PropName]) -> Result<Vec<u16>> {
        let mut known = lock(&self.known);
        let unknown: Vec<PropName> =
            names.iter().filter(|name| !known.contains_key(name)).cloned().collect();
        if !unknown.is_empty() {
            let found = self.target.logon().enter()?.name_ids(&unknown, !self.dry)?;
            for (name, id) in unknown.iter().zip(found) {
                let id = match id {
                    Some(id) => id,
                    // From the end, where stores that count upwards have none.
                    None if self.dry => 0xFFFE - (known.len() % 0x4000) as u16,
                    None => return Err(Error::not_found(format!("{name} got no ID"))),
                };
                known.insert(name.clone(), id);
            }
        }
        Ok(names.iter().filter_map(|name| known.get(name).copied()).collect())
    }
}
