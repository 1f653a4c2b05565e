//! What every object is.

use std::ffi::c_void;

use crate::arg::{In, Out};
use crate::com::{Implemented, Interface, Object, Ptr, add_ref, query_interface, release};
use crate::types::{GUID, HRESULT};

/// An object that is counted, and asked what else it is.
#[repr(C)]
pub struct IUnknown {
    vtbl: *const IUnknownVtbl,
}

/// The functions of `IUnknown`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IUnknownVtbl {
    /// Asks for another interface.
    pub QueryInterface:
        unsafe extern "C" fn(*mut c_void, In<'_, GUID>, Out<'_, *mut c_void>) -> HRESULT,
    /// Counts one reference more.
    pub AddRef: unsafe extern "C" fn(*mut c_void) -> u32,
    /// Counts one reference less; the last one is the end.
    pub Release: unsafe extern "C" fn(*mut c_void) -> u32,
}

// SAFETY: this is where it begins.
unsafe impl Interface for IUnknown {
    type Vtbl = IUnknownVtbl;
    const IID: GUID = GUID::mapi(0);
    const NAME: &'static str = "IUnknown";
    type Base = Self;
    const METHODS: &'static [&'static str] = &["QueryInterface", "AddRef", "Release"];

    fn answers(iid: &GUID) -> bool {
        *iid == Self::IID
    }
}

/// An object that can be an `IUnknown`: each.
pub trait IUnknownMethods: Object {}

impl<T: Object> IUnknownMethods for T {}

impl<T: Object> Implemented<T> for IUnknown {
    const VTBL: &'static IUnknownVtbl = &IUnknownVtbl {
        QueryInterface: query_interface::<T>,
        AddRef: add_ref::<T>,
        Release: release::<T>,
    };
}

#[allow(missing_docs)]
impl Ptr<IUnknown> {
    pub unsafe fn QueryInterface(&self, iid: In<'_, GUID>, found: Out<'_, *mut c_void>) -> HRESULT {
        // SAFETY: the object is alive; for the arguments the caller answers.
        unsafe { ((*(*self.as_raw()).vtbl).QueryInterface)(self.as_raw().cast(), iid, found) }
    }

    pub unsafe fn AddRef(&self) -> u32 {
        // SAFETY: the object is alive.
        unsafe { ((*(*self.as_raw()).vtbl).AddRef)(self.as_raw().cast()) }
    }

    pub unsafe fn Release(&self) -> u32 {
        // SAFETY: the object is alive.
        unsafe { ((*(*self.as_raw()).vtbl).Release)(self.as_raw().cast()) }
    }
}
