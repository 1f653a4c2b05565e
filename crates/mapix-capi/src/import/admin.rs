//! `IProviderAdmin` for a service that is being configured: the sections of its provider.
#![allow(non_snake_case)]

use std::ffi::c_void;

use mapix::Error;

use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::LastError;
use crate::iface::{IMAPISupport, IMAPITable, IProfSect, IProviderAdmin, IProviderAdminMethods};
use crate::types::{GUID, HRESULT, MAPIERROR, MAPIUID, SPropValue};

struct Admin {
    support: Ptr<IMAPISupport>,
    last: LastError,
}

pub(super) fn give(support: Ptr<IMAPISupport>) -> Ptr<IProviderAdmin> {
    Admin { support, last: LastError::default() }.into_ptr()
}

impl Admin {
    fn refused(&self) -> HRESULT {
        let why = "a service has the providers that its file names";
        self.last.answer::<()>(|| Err(Error::no_support(why)))
    }
}

impl Object for Admin {
    type Main = IProviderAdmin;
}

impl IProviderAdminMethods for Admin {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.answer(|| self.last.give(result, flags, error))
    }

    fn GetProviderTable(&self, _: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        table.set_if(std::ptr::null_mut());
        self.refused()
    }

    fn CreateProvider(
        &self,
        _: In<'_, c_void>,
        _: u32,
        _: In<'_, SPropValue>,
        _: usize,
        _: u32,
        _: Out<'_, MAPIUID>,
    ) -> HRESULT {
        self.refused()
    }

    fn DeleteProvider(&self, _: In<'_, MAPIUID>) -> HRESULT {
        self.refused()
    }

    /// The section of the provider that is being configured, or another one.
    fn OpenProfileSection(
        &self,
        uid: In<'_, MAPIUID>,
        _: In<'_, GUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT {
        // SAFETY: the arguments are the caller's, as this function has got them.
        unsafe { self.support.OpenProfileSection(uid, flags, section) }
    }
}
