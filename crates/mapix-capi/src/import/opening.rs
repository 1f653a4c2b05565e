//! What a provider opens with its support object, whatever store it is of.

use std::sync::{Arc, OnceLock, Weak};

use mapix::{EntryId, Error, OneOff, Result};

use super::call::{ask, object};
use super::objects::Live;
use super::store::ForeignStore;
use super::support::SupportObject;
use crate::arg::{In, Out};
use crate::client::iaddrbook::open_one_off;
use crate::client::open::{self, Home};
use crate::com::Ptr;
use crate::iface::{IMAPISupport, IMSLogon, IUnknown};
use crate::types::GUID;

/// The provider's own store, once it is open. A weak one: the provider holds the support object.
pub(super) type OwnStore = Arc<OnceLock<Weak<ForeignStore>>>;

impl SupportObject {
    /// Says which store it was that the provider has opened with this support object.
    pub(super) fn has_store(support: &Ptr<IMAPISupport>, store: &Arc<ForeignStore>) {
        if let Some(object) = support.object::<Self>() {
            // It has one only once.
            let _ = object.store.set(Arc::downgrade(store));
        }
    }

    /// What the provider gave at its logon.
    pub(super) fn own(&self) -> Result<Live> {
        let store = self.store.get().and_then(Weak::upgrade);
        store.ok_or_else(|| Error::not_found("the store is not open"))?.objects.live()
    }

    /// Opens what an entry ID names, and gives what it is.
    pub(super) fn open(
        &self,
        id: &EntryId,
        interface: In<'_, GUID>,
        flags: u32,
    ) -> Result<(u32, Ptr<IUnknown>)> {
        if OneOff::is(id) {
            return open_one_off(id, interface);
        }
        let core = self.core()?;
        if core.is_own(id)? {
            return open_own(&self.own()?.logon, id, interface, flags);
        }
        let opened = core.open_entry(id)?;
        let home = Home::of(&opened, flags, true)?;
        open::open(&home, opened, interface, flags)
    }
}

/// Opens an object of the provider's own, as it gives it itself.
fn open_own(
    logon: &Ptr<IMSLogon>,
    id: &EntryId,
    interface: In<'_, GUID>,
    flags: u32,
) -> Result<(u32, Ptr<IUnknown>)> {
    let inner = id.unwrap_store();
    let bytes = inner.as_ref().unwrap_or(id).as_bytes();
    let (mut kind, mut raw) = (0, std::ptr::null_mut());
    // SAFETY: the logon is alive; the entry ID has the size that is said.
    let result = unsafe {
        let id = In::from_raw(bytes.as_ptr().cast());
        let size = bytes.len() as u32;
        logon.OpenEntry(size, id, interface, flags, Out::new(&mut kind), Out::new(&mut raw))
    };
    ask(logon, result, "IMSLogon::OpenEntry")?;
    Ok((kind, object(raw, "IMSLogon::OpenEntry")?))
}
