//! `IMSLogon` over one of our stores.
#![allow(non_snake_case)]

use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

use mapix::{Error, ErrorCode, Result, Session};

use crate::arg::{In, Out};
use crate::client::Home;
use crate::com::{Object, Ptr};
use crate::convert::LastError;
use crate::iface::{IMAPIAdviseSink, IMAPISupport, IMSLogon, IMSLogonMethods, IMsgStore, IUnknown};
use crate::types::{ENTRYID, GUID, HRESULT, MAPIERROR};

/// The logon of one store.
pub(super) struct LogonObject {
    /// It stays as long as one of its logons.
    _session: Arc<Session>,
    live: Mutex<Option<Live>>,
    last: LastError,
}

struct Live {
    home: Home,
    store: Ptr<IMsgStore>,
    /// It is released with the logon, as MAPI asks.
    _support: Option<Ptr<IMAPISupport>>,
}

impl LogonObject {
    pub(super) fn new(
        session: Arc<Session>,
        home: Home,
        store: Ptr<IMsgStore>,
        support: Option<Ptr<IMAPISupport>>,
    ) -> Self {
        let live = Mutex::new(Some(Live { home, store, _support: support }));
        Self { _session: session, live, last: LastError::default() }
    }

    fn store(&self) -> Result<Ptr<IMsgStore>> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = || Error::new(ErrorCode::INVALID_OBJECT, "the logon has ended");
        live.as_ref().map(|live| live.store.clone()).ok_or_else(closed)
    }

    fn through(&self, call: impl FnOnce(Ptr<IMsgStore>) -> HRESULT) -> HRESULT {
        match self.store() {
            Ok(store) => call(store),
            Err(error) => self.last.answer::<()>(|| Err(error)),
        }
    }
}

impl Object for LogonObject {
    type Main = IMSLogon;
}

impl IMSLogonMethods for LogonObject {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        let own = self.last.answer(|| self.last.give(result, flags, error));
        if own.is_ok() && error.value().is_some_and(|error| !error.is_null()) {
            return own;
        }
        // SAFETY: the arguments are those that the caller gave.
        self.through(|store| unsafe { store.GetLastError(result, flags, error) })
    }

    /// Ends the store's life, whoever holds its objects.
    fn Logoff(&self, flags: Out<'_, u32>) -> HRESULT {
        flags.set_if(0);
        self.last.answer(|| {
            let live = self.live.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(live) = live else { return Ok(()) };
            live.home.store.logoff().result
        })
    }

    fn OpenEntry(
        &self,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT {
        self.through(|store| {
            // SAFETY: the arguments are those that the caller gave.
            unsafe { store.OpenEntry(size, entry_id, interface, flags, kind, object) }
        })
    }

    fn CompareEntryIDs(
        &self,
        size1: u32,
        entry_id1: In<'_, ENTRYID>,
        size2: u32,
        entry_id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT {
        self.through(|store| {
            // SAFETY: the arguments are those that the caller gave.
            unsafe { store.CompareEntryIDs(size1, entry_id1, size2, entry_id2, flags, same) }
        })
    }

    fn Advise(
        &self,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        events: u32,
        sink: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT {
        // SAFETY: the arguments are those that the caller gave.
        self.through(|store| unsafe { store.Advise(size, entry_id, events, sink, connection) })
    }

    fn Unadvise(&self, connection: usize) -> HRESULT {
        // SAFETY: a number.
        self.through(|store| unsafe { store.Unadvise(connection) })
    }

    /// How a store is stands in its row of the status table; it has no status object.
    fn OpenStatusEntry(
        &self,
        _: In<'_, GUID>,
        _: u32,
        kind: Out<'_, u32>,
        entry: Out<'_, *mut c_void>,
    ) -> HRESULT {
        kind.set_if(0);
        entry.set_if(std::ptr::null_mut());
        self.last.answer::<()>(|| Err(Error::no_support("the store has no status object")))
    }
}
