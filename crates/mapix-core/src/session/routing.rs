//! Which store an entry ID is of: the one whose provider registered its UID (lifecycle rules,
//! section 6).

use std::sync::Arc;

use super::Logon;
use super::clients::Core;
use crate::object::Object;
use crate::{EntryId, Error, ErrorCode, Result, Store};

impl Core {
    /// Opens what an entry ID names, other than a store; nothing is opened for it.
    pub(super) fn open_entry(&self, entry_id: &EntryId) -> Result<Object> {
        let logon = self.route(entry_id)?.ok_or_else(unknown)?;
        let object = logon.with_logon(|logon| logon.open_entry(entry_id))?;
        Store::new(logon).open_object(&object)
    }

    pub(super) fn compare_entry_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        let (first, second) = (inner(first), inner(second));
        if first.provider() != second.provider() {
            return Ok(false);
        }
        let logon = self.route(&first)?.ok_or_else(unknown)?;
        logon.with_logon(|logon| logon.compare_entry_ids(&first, &second))
    }

    /// The first logon that registered the UID of an entry ID.
    pub(super) fn route(&self, entry_id: &EntryId) -> Result<Option<Arc<Logon>>> {
        let supports = self.context.routes(entry_id.provider());
        let live = self.live()?;
        let by = |support: &u64| {
            let open = live.iter().find(|logon| logon.support().id() == *support);
            open.filter(|logon| logon.is_open()).cloned()
        };
        Ok(supports.iter().find_map(by))
    }

    /// The logon of a support object.
    pub(super) fn logon_of(&self, support: u64) -> Option<Arc<Logon>> {
        self.live().ok()?.into_iter().find(|logon| logon.support().id() == support)
    }
}

/// The entry ID as the provider knows it.
pub(super) fn inner(entry_id: &EntryId) -> EntryId {
    entry_id.unwrap_store().unwrap_or_else(|| entry_id.clone())
}

pub(super) fn unknown() -> Error {
    Error::new(ErrorCode::UNKNOWN_ENTRYID, "no store of the session knows the entry ID")
}
