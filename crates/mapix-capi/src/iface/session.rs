//! Sessions, status objects, and their end.

use std::ffi::c_void;

use super::{
    IAddrBook, IMAPIAdviseSink, IMAPIFolder, IMAPIProp, IMAPIPropMethods, IMAPITable, IMessage,
    IMsgServiceAdmin, IMsgStore, IProfSect, IUnknown, IUnknownMethods,
};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{ENTRYID, GUID, HRESULT, MAPIERROR, MAPIUID, SPropValue};

com_interface! {
    /// A session.
    IMAPISession, IMAPISessionVtbl, IMAPISessionMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20300);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn GetMsgStoresTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn OpenMsgStore(
        window: usize,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        store: Out<'_, *mut IMsgStore>,
    ) -> HRESULT;
    fn OpenAddressBook(
        window: usize,
        interface: In<'_, GUID>,
        flags: u32,
        book: Out<'_, *mut IAddrBook>,
    ) -> HRESULT;
    fn OpenProfileSection(
        uid: In<'_, MAPIUID>,
        interface: In<'_, GUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT;
    fn GetStatusTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn OpenEntry(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT;
    fn CompareEntryIDs(
        size1: u32,
        entry_id1: In<'_, ENTRYID>,
        size2: u32,
        entry_id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT;
    fn Advise(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        events: u32,
        sink: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT;
    fn Unadvise(connection: usize) -> HRESULT;
    fn MessageOptions(
        window: usize,
        flags: u32,
        address_type: In<'_, c_void>,
        message: In<'_, IMessage>,
    ) -> HRESULT;
    fn QueryDefaultMessageOpt(
        address_type: In<'_, c_void>,
        flags: u32,
        count: Out<'_, u32>,
        options: Out<'_, *mut SPropValue>,
    ) -> HRESULT;
    fn EnumAdrTypes(
        flags: u32,
        count: Out<'_, u32>,
        address_types: Out<'_, *mut *mut c_void>,
    ) -> HRESULT;
    fn QueryIdentity(size: Out<'_, u32>, entry_id: Out<'_, *mut ENTRYID>) -> HRESULT;
    fn Logoff(window: usize, flags: u32, reserved: u32) -> HRESULT;
    fn SetDefaultStore(flags: u32, size: u32, entry_id: In<'_, ENTRYID>) -> HRESULT;
    fn AdminServices(flags: u32, admin: Out<'_, *mut IMsgServiceAdmin>) -> HRESULT;
    fn ShowForm(
        window: usize,
        store: In<'_, IMsgStore>,
        folder: In<'_, IMAPIFolder>,
        interface: In<'_, GUID>,
        token: usize,
        sent: In<'_, IMessage>,
        flags: u32,
        status: u32,
        message_flags: u32,
        access: u32,
        class: In<'_, u8>,
    ) -> HRESULT;
    fn PrepareForm(
        interface: In<'_, GUID>,
        message: In<'_, IMessage>,
        token: Out<'_, usize>,
    ) -> HRESULT;
}

com_interface! {
    /// The state of a part of a session.
    IMAPIStatus, IMAPIStatusVtbl, IMAPIStatusMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x20305);

    fn ValidateState(window: usize, flags: u32) -> HRESULT;
    fn SettingsDialog(window: usize, flags: u32) -> HRESULT;
    fn ChangePassword(old: In<'_, c_void>, new: In<'_, c_void>, flags: u32) -> HRESULT;
    fn FlushQueues(window: usize, size: u32, transport: In<'_, ENTRYID>, flags: u32) -> HRESULT;
}

com_interface! {
    /// A client tells that its process ends.
    IMAPIClientShutdown, IMAPIClientShutdownVtbl, IMAPIClientShutdownMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20397);

    fn QueryFastShutdown() -> HRESULT;
    fn NotifyProcessShutdown() -> HRESULT;
    fn DoFastShutdown() -> HRESULT;
}

com_interface! {
    /// The session of a support object.
    IMAPIGetSession, IMAPIGetSessionVtbl, IMAPIGetSessionMethods: IUnknown, IUnknownMethods = GUID::new(0x614AB435, 0x491D, 0x4F5B, [0xA8, 0xB4, 0x60, 0xEB, 0x03, 0x10, 0x30, 0xC6]);

    fn GetMAPISession(session: Out<'_, *mut IUnknown>) -> HRESULT;
}
