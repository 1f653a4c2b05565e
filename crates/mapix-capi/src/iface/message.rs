//! Messages and attachments.

use super::{IMAPIProgress, IMAPIProp, IMAPIPropMethods, IMAPITable};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{ADRLIST, GUID, HRESULT};

com_interface! {
    /// A message.
    IMessage, IMessageVtbl, IMessageMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x20307);

    fn GetAttachmentTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn OpenAttach(
        number: u32,
        interface: In<'_, GUID>,
        flags: u32,
        attachment: Out<'_, *mut IAttach>,
    ) -> HRESULT;
    fn CreateAttach(
        interface: In<'_, GUID>,
        flags: u32,
        number: Out<'_, u32>,
        attachment: Out<'_, *mut IAttach>,
    ) -> HRESULT;
    fn DeleteAttach(
        number: u32,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn GetRecipientTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn ModifyRecipients(flags: u32, recipients: In<'_, ADRLIST>) -> HRESULT;
    fn SubmitMessage(flags: u32) -> HRESULT;
    fn SetReadFlag(flags: u32) -> HRESULT;
}

com_interface! {
    /// An attachment.
    IAttach, IAttachVtbl, IAttachMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x20308);
}
