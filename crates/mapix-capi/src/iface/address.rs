//! The address book.

use std::ffi::c_void;

use super::{IMAPIAdviseSink, IMAPIProp, IMAPIPropMethods, IUnknown};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{
    ADRENTRY, ADRLIST, ADRPARM, ENTRYID, GUID, HRESULT, SPropTagArray, SPropValue, SRowSet,
};

com_interface! {
    /// The address book.
    IAddrBook, IAddrBookVtbl, IAddrBookMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x20309);

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
    fn CreateOneOff(
        name: In<'_, c_void>,
        address_type: In<'_, c_void>,
        address: In<'_, c_void>,
        flags: u32,
        size: Out<'_, u32>,
        entry_id: Out<'_, *mut ENTRYID>,
    ) -> HRESULT;
    fn NewEntry(
        window: usize,
        flags: u32,
        container_size: u32,
        container: In<'_, ENTRYID>,
        template_size: u32,
        template: In<'_, ENTRYID>,
        size: Out<'_, u32>,
        entry_id: Out<'_, *mut ENTRYID>,
    ) -> HRESULT;
    fn ResolveName(
        window: usize,
        flags: u32,
        title: In<'_, c_void>,
        names: Out<'_, ADRLIST>,
    ) -> HRESULT;
    fn Address(
        window: Out<'_, usize>,
        parameters: In<'_, ADRPARM>,
        recipients: Out<'_, *mut ADRLIST>,
    ) -> HRESULT;
    fn Details(
        window: Out<'_, usize>,
        dismiss: *mut c_void,
        context: *mut c_void,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        button: *mut c_void,
        button_context: *mut c_void,
        button_text: In<'_, c_void>,
        flags: u32,
    ) -> HRESULT;
    fn RecipOptions(window: usize, flags: u32, recipient: Out<'_, ADRENTRY>) -> HRESULT;
    fn QueryDefaultRecipOpt(
        address_type: In<'_, c_void>,
        flags: u32,
        count: Out<'_, u32>,
        options: Out<'_, *mut SPropValue>,
    ) -> HRESULT;
    fn GetPAB(size: Out<'_, u32>, entry_id: Out<'_, *mut ENTRYID>) -> HRESULT;
    fn SetPAB(size: u32, entry_id: In<'_, ENTRYID>) -> HRESULT;
    fn GetDefaultDir(size: Out<'_, u32>, entry_id: Out<'_, *mut ENTRYID>) -> HRESULT;
    fn SetDefaultDir(size: u32, entry_id: In<'_, ENTRYID>) -> HRESULT;
    fn GetSearchPath(flags: u32, path: Out<'_, *mut SRowSet>) -> HRESULT;
    fn SetSearchPath(flags: u32, path: In<'_, SRowSet>) -> HRESULT;
    fn PrepareRecips(
        flags: u32,
        tags: In<'_, SPropTagArray>,
        recipients: Out<'_, ADRLIST>,
    ) -> HRESULT;
}

com_interface! {
    /// A recipient.
    IMailUser, IMailUserVtbl, IMailUserMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x2030A);
}
