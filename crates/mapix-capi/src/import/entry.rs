//! The entry point of a message service, which is told of what happens to the service.

use std::ffi::c_void;

use mapix::prop::Prop;
use mapix::{Error, Result};

use super::call::{done, sentence};
use super::find::Found;
use super::library::Library;
use super::malloc::IMalloc;
use super::service::allocator;
use crate::com::Ptr;
use crate::convert::{MAPI_UNICODE, write_props};
use crate::iface::{IMAPISupport, IProviderAdmin};
use crate::memory::Buffer;
use crate::types::{HRESULT, MAPIERROR, SPropValue};

/// The service begins.
pub(super) const MSG_SERVICE_CREATE: u32 = 2;
/// These are its settings.
pub(super) const MSG_SERVICE_CONFIGURE: u32 = 3;
/// The service is about to go from a profile.
pub(super) const MSG_SERVICE_DELETE: u32 = 4;

/// `MSGSERVICEENTRY`.
type ServiceEntry = unsafe extern "C" fn(
    *mut c_void,
    *mut IMalloc,
    *mut IMAPISupport,
    usize,
    u32,
    u32,
    u32,
    *mut SPropValue,
    *mut IProviderAdmin,
    *mut *mut MAPIERROR,
) -> HRESULT;

/// Tells a service of something, if its file names an entry point.
pub(super) fn tell(
    found: &Found,
    context: u32,
    support: &Ptr<IMAPISupport>,
    props: &[Prop],
) -> Result<()> {
    let Some((name, entry)) = &found.service.entry else { return Ok(()) };
    let library = Library::load(name, &found.file)?;
    let missing = || Error::not_found(format!("the library has no function {entry}"));
    let function = library.function(entry).ok_or_else(missing)?;
    // SAFETY: the file says that this is the entry point of a message service.
    let function: ServiceEntry = unsafe { std::mem::transmute(function) };
    let buffer = Buffer::new(0, Buffer::USUAL_ROOM)?;
    // The reference wants no pointer where there are no properties.
    let values = if props.is_empty() { std::ptr::null_mut() } else { write_props(&buffer, props)? };
    let admin = super::admin::give(support.clone());
    let mut error = std::ptr::null_mut();
    // SAFETY: all arguments are as the reference has them.
    let result = unsafe {
        function(
            library.handle(),
            allocator().as_raw(),
            support.as_raw(),
            0,
            MAPI_UNICODE,
            context,
            props.len() as u32,
            values,
            admin.as_raw(),
            &raw mut error,
        )
    };
    told(result, error, entry)
}

/// The answer of a call that may give an error's text of its own.
pub(super) fn told(result: HRESULT, error: *mut MAPIERROR, call: &str) -> Result<()> {
    let more = sentence(error);
    done(result, call).map_err(|error| match more {
        Some(more) => Error::new(result.code(), format!("{call}: {more}")),
        None => error,
    })
}

const _: () = {
    // A function pointer of C is as large as any other pointer.
    assert!(size_of::<ServiceEntry>() == size_of::<*mut c_void>());
};
