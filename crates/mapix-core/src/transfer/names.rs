//! The names of properties in the target.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::object::Store;
use crate::prop::PropName;
use crate::store::Capability;
use crate::sync::{Condvar, Mutex, lock, wait_while};
use crate::{Error, Result};

/// Gives names of properties their IDs in the target; new names are made. Each run has its own.
///
/// New names get their IDs in the order of the items in which they are, whichever thread reads
/// them first, so that the same source is numbered the same in each import.
#[derive(Debug)]
pub struct TargetNames {
    shared: Arc<Shared>,
    /// The unit of items that is read with this one.
    unit: Option<u64>,
}

#[derive(Debug)]
struct Shared {
    target: Store,
    /// Nothing is made: unknown names get IDs that nothing else has here.
    dry: bool,
    known: Mutex<HashMap<PropName, u16>>,
    of_source: OfSource,
    units: Mutex<Units>,
    moved: Condvar,
}

/// IDs in a source that is a store, and here; `None` where there is no name.
pub(super) type OfSource = Mutex<HashMap<u16, Option<u16>>>;

/// Which units are read.
#[derive(Default, Debug)]
struct Units {
    /// All before this one.
    all_before: u64,
    /// And these.
    others: BTreeSet<u64>,
}

impl TargetNames {
    pub(super) fn new(target: &Store, dry: bool) -> Self {
        let shared = Shared {
            target: target.clone(),
            dry,
            known: Mutex::default(),
            of_source: Mutex::default(),
            units: Mutex::default(),
            moved: Condvar::default(),
        };
        Self { shared: Arc::new(shared), unit: None }
    }

    /// For one unit of items, of which the first is 0. The unit is read when this is dropped; each
    /// must be, and none may be begun after a later one.
    pub(super) fn of_unit(&self, unit: u64) -> Self {
        Self { shared: Arc::clone(&self.shared), unit: Some(unit) }
    }

    pub(super) fn of_source(&self) -> &OfSource {
        &self.shared.of_source
    }

    /// Whether the target keeps search folders.
    pub(super) fn target_searches(&self) -> bool {
        self.shared.target.info().capability.has(Capability::SEARCH)
    }

    /// The IDs of names, in the order asked.
    ///
    /// # Errors
    /// Those of the target, such as one that there is no ID left.
    pub fn ids(&self, names: &[PropName]) -> Result<Vec<u16>> {
        let Shared { target, dry, known, .. } = &*self.shared;
        let is_known =
            |known: &HashMap<PropName, u16>| names.iter().all(|name| known.contains_key(name));
        if !is_known(&lock(known)) {
            self.wait_for_turn();
        }
        let mut known = lock(known);
        let unknown: Vec<PropName> =
            names.iter().filter(|name| !known.contains_key(name)).cloned().collect();
        if !unknown.is_empty() {
            let found = target.logon().enter()?.name_ids(&unknown, !dry)?;
            for (name, id) in unknown.iter().zip(found) {
                let id = match id {
                    Some(id) => id,
                    // From the end, where stores that count upwards have none.
                    None if *dry => 0xFFFE - (known.len() % 0x4000) as u16,
                    None => return Err(Error::not_found(format!("{name} got no ID"))),
                };
                known.insert(name.clone(), id);
            }
        }
        Ok(names.iter().filter_map(|name| known.get(name).copied()).collect())
    }

    /// Waits until all units before this one are read.
    fn wait_for_turn(&self) {
        let Shared { units, moved, .. } = &*self.shared;
        if let Some(unit) = self.unit {
            drop(wait_while(moved, units, None, |units| units.all_before < unit));
        }
    }
}

impl Drop for TargetNames {
    fn drop(&mut self) {
        let Some(unit) = self.unit else { return };
        let mut units = lock(&self.shared.units);
        let Units { all_before, others } = &mut *units;
        others.insert(unit);
        while others.remove(all_before) {
            *all_before += 1;
        }
        self.shared.moved.notify_all();
    }
}
