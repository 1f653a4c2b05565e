//! Profiles and their sections.

use std::ffi::c_void;

use super::{IMAPIProp, IMAPIPropMethods, IMAPITable, IUnknown, IUnknownMethods};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{GUID, HRESULT, MAPIERROR, MAPIUID, SPropValue};

com_interface! {
    /// The profiles of the user.
    IProfAdmin, IProfAdminVtbl, IProfAdminMethods: IUnknown, IUnknownMethods = GUID::mapi(0x2031C);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn GetProfileTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn CreateProfile(
        name: In<'_, c_void>,
        password: In<'_, c_void>,
        window: usize,
        flags: u32,
    ) -> HRESULT;
    fn DeleteProfile(name: In<'_, c_void>, flags: u32) -> HRESULT;
    fn ChangeProfilePassword(
        name: In<'_, c_void>,
        old: In<'_, c_void>,
        new: In<'_, c_void>,
        flags: u32,
    ) -> HRESULT;
    fn CopyProfile(
        old: In<'_, c_void>,
        password: In<'_, c_void>,
        new: In<'_, c_void>,
        window: usize,
        flags: u32,
    ) -> HRESULT;
    fn RenameProfile(
        old: In<'_, c_void>,
        password: In<'_, c_void>,
        new: In<'_, c_void>,
        window: usize,
        flags: u32,
    ) -> HRESULT;
    fn SetDefaultProfile(name: In<'_, c_void>, flags: u32) -> HRESULT;
    fn AdminServices(
        name: In<'_, c_void>,
        password: In<'_, c_void>,
        window: usize,
        flags: u32,
        admin: Out<'_, *mut IMsgServiceAdmin>,
    ) -> HRESULT;
}

com_interface! {
    /// The message services of a profile.
    IMsgServiceAdmin, IMsgServiceAdminVtbl, IMsgServiceAdminMethods: IUnknown, IUnknownMethods = GUID::mapi(0x2031D);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn GetMsgServiceTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn CreateMsgService(
        service: In<'_, c_void>,
        name: In<'_, c_void>,
        window: usize,
        flags: u32,
    ) -> HRESULT;
    fn DeleteMsgService(uid: In<'_, MAPIUID>) -> HRESULT;
    fn CopyMsgService(
        uid: In<'_, MAPIUID>,
        name: In<'_, c_void>,
        from: In<'_, GUID>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        window: usize,
        flags: u32,
    ) -> HRESULT;
    fn RenameMsgService(uid: In<'_, MAPIUID>, flags: u32, name: In<'_, c_void>) -> HRESULT;
    fn ConfigureMsgService(
        uid: In<'_, MAPIUID>,
        window: usize,
        flags: u32,
        count: u32,
        props: In<'_, SPropValue>,
    ) -> HRESULT;
    fn OpenProfileSection(
        uid: In<'_, MAPIUID>,
        interface: In<'_, GUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT;
    fn MsgServiceTransportOrder(count: u32, uids: In<'_, MAPIUID>, flags: u32) -> HRESULT;
    fn AdminProviders(
        uid: In<'_, MAPIUID>,
        flags: u32,
        admin: Out<'_, *mut IProviderAdmin>,
    ) -> HRESULT;
    fn SetPrimaryIdentity(uid: In<'_, MAPIUID>, flags: u32) -> HRESULT;
    fn GetProviderTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
}

com_interface! {
    /// The same, with the identifier of what is created.
    IMsgServiceAdmin2, IMsgServiceAdmin2Vtbl, IMsgServiceAdmin2Methods: IMsgServiceAdmin, IMsgServiceAdminMethods = GUID::mapi(0x20387);

    fn CreateMsgServiceEx(
        service: In<'_, c_void>,
        name: In<'_, c_void>,
        window: usize,
        flags: u32,
        uid: Out<'_, MAPIUID>,
    ) -> HRESULT;
}

com_interface! {
    /// The providers of a message service.
    IProviderAdmin, IProviderAdminVtbl, IProviderAdminMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20325);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn GetProviderTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn CreateProvider(
        provider: In<'_, c_void>,
        count: u32,
        props: In<'_, SPropValue>,
        window: usize,
        flags: u32,
        uid: Out<'_, MAPIUID>,
    ) -> HRESULT;
    fn DeleteProvider(uid: In<'_, MAPIUID>) -> HRESULT;
    fn OpenProfileSection(
        uid: In<'_, MAPIUID>,
        interface: In<'_, GUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT;
}

com_interface! {
    /// A section of a profile.
    IProfSect, IProfSectVtbl, IProfSectMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x20304);
}
