//! `IMessage`.

use std::sync::atomic::{AtomicBool, Ordering};

use mapix::prop::{PropBag, PropTag, tags};
use mapix::{AttachMethod, Error, ErrorCode, KeepOpen, Message, Result, Store};

use super::access;
use super::copy::Target;
use super::iattach::AttachObject;
use super::imapiprogress::Teller;
use super::imapiprop::{OpenObject, PropObject};
use super::imapitable::TableObject;
use super::open::{self, Home};
use super::source::{Properties, wide};
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, address_list, check_flags};
use crate::flags::{
    CLEAR_NRN_PENDING, CLEAR_READ_FLAG, CLEAR_RN_PENDING, FORCE_SAVE, FORCE_SUBMIT,
    GENERATE_RECEIPT_ONLY, KEEP_OPEN_READONLY, KEEP_OPEN_READWRITE, MAPI_BEST_ACCESS,
    MAPI_DEFERRED_ERRORS, MAPI_DIALOG, MAPI_MODIFY, MAPI_UNICODE, MODRECIP_ADD, MODRECIP_MODIFY,
    MODRECIP_REMOVE, SUPPRESS_RECEIPT,
};
use crate::iface::{
    IAttach, IMAPIProgress, IMAPIProp, IMAPITable, IMessage, IMessageMethods, IUnknown,
};
use crate::types::{ADRLIST, GUID, HRESULT};

/// A message.
pub(crate) struct MessageObject {
    home: Home,
    message: Message,
    writable: AtomicBool,
    last: LastError,
}

impl MessageObject {
    pub(crate) fn open(home: &Home, message: Message, flags: u32) -> Result<Ptr<IMessage>> {
        let mut writable = access::writable(&message.props()?, flags)?;
        if !home.writable {
            if flags & MAPI_MODIFY != 0 {
                let sentence = "the store was opened for reading only";
                return Err(Error::new(ErrorCode::NO_ACCESS, sentence));
            }
            writable = false;
        }
        Ok(Self::with(home, message, writable))
    }

    /// A message that was just made, which is for writing.
    pub(crate) fn made(home: &Home, message: Message) -> Ptr<IMessage> {
        Self::with(home, message, true)
    }

    fn with(home: &Home, message: Message, writable: bool) -> Ptr<IMessage> {
        let writable = AtomicBool::new(writable);
        Self { home: home.clone(), message, writable, last: LastError::default() }.into_ptr()
    }

    /// The message in the core.
    pub(crate) fn message(&self) -> &Message {
        &self.message
    }

    fn attachment_table(&self, flags: u32) -> Result<Ptr<IMAPITable>> {
        TableObject::give(self.message.attachment_table()?, flags)
    }

    fn recipient_table(&self, flags: u32) -> Result<Ptr<IMAPITable>> {
        TableObject::give(self.message.recipient_table()?, flags)
    }
}

/// What is left open by a save with these flags, and whether others' changes are overwritten.
pub(super) fn save_flags(flags: u32) -> Result<(KeepOpen, bool)> {
    check_flags(
        flags,
        KEEP_OPEN_READONLY | KEEP_OPEN_READWRITE | FORCE_SAVE | MAPI_DEFERRED_ERRORS,
    )?;
    let keep = match flags & (KEEP_OPEN_READONLY | KEEP_OPEN_READWRITE) {
        0 => KeepOpen::No,
        KEEP_OPEN_READONLY => KeepOpen::ReadOnly,
        KEEP_OPEN_READWRITE => KeepOpen::ReadWrite,
        _ => return Err(Error::invalid_parameter("flags that exclude each other")),
    };
    Ok((keep, flags & FORCE_SAVE != 0))
}

impl Object for MessageObject {
    type Main = IMessage;
}

impl PropObject for MessageObject {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &self.message
    }

    fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed)
    }

    fn names(&self) -> Option<Store> {
        Some(self.home.store.clone())
    }

    fn save(&self, flags: u32) -> Result<()> {
        let (keep, force) = save_flags(flags)?;
        access::need(self.is_writable())?;
        // Without a flag the caller only releases it; those who go on nevertheless may read.
        let keep = if keep == KeepOpen::No { KeepOpen::ReadOnly } else { keep };
        self.message.save_changes(keep, force)?;
        if keep == KeepOpen::ReadOnly {
            self.writable.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    fn object_tags(&self) -> Result<Vec<PropTag>> {
        Ok(vec![tags::MESSAGE_RECIPIENTS, tags::MESSAGE_ATTACHMENTS])
    }

    fn open_object(&self, request: &OpenObject) -> Result<Option<Ptr<IUnknown>>> {
        match request.tag {
            tag if tag == tags::MESSAGE_ATTACHMENTS => {
                request.give(self.attachment_table(request.interface_flags)?)
            }
            tag if tag == tags::MESSAGE_RECIPIENTS => {
                request.give(self.recipient_table(request.interface_flags)?)
            }
            _ => Ok(None),
        }
    }

    fn copied(&self) -> Target {
        Target::Message(self.message.clone())
    }

    fn pointer(&self) -> Ptr<IMAPIProp> {
        Self::with(&self.home, self.message.clone(), self.is_writable()).upcast()
    }
}

impl IMessageMethods for MessageObject {
    fn GetAttachmentTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            table.give(self.attachment_table(flags)?)
        })
    }

    fn OpenAttach(
        &self,
        number: u32,
        interface: In<'_, GUID>,
        flags: u32,
        attachment: Out<'_, *mut IAttach>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_MODIFY | MAPI_BEST_ACCESS | MAPI_DEFERRED_ERRORS)?;
            attachment.clear()?;
            open::wants::<IAttach>(interface)?;
            if flags & MAPI_MODIFY != 0 {
                access::need(self.is_writable())?;
            }
            let wanted = flags & (MAPI_MODIFY | MAPI_BEST_ACCESS) != 0;
            let found = self.message.open_attachment(number)?;
            let writable = wanted && self.is_writable();
            attachment.give(AttachObject::with(&self.home, found, writable))
        })
    }

    fn CreateAttach(
        &self,
        interface: In<'_, GUID>,
        flags: u32,
        number: Out<'_, u32>,
        attachment: Out<'_, *mut IAttach>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_DEFERRED_ERRORS)?;
            number.clear()?;
            attachment.clear()?;
            open::wants::<IAttach>(interface)?;
            access::need(self.is_writable())?;
            let made = self.message.create_attachment(AttachMethod::None)?;
            number.set(made.number())?;
            attachment.give(AttachObject::with(&self.home, made, true))
        })
    }

    fn DeleteAttach(
        &self,
        number: u32,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_DIALOG)?;
            access::need(self.is_writable())?;
            let teller = Teller::new(progress);
            teller.tell(0, 1)?;
            self.message.delete_attachment(number)?;
            teller.finish();
            Ok(())
        })
    }

    fn GetRecipientTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_DEFERRED_ERRORS)?;
            table.clear()?;
            table.give(self.recipient_table(flags)?)
        })
    }

    fn ModifyRecipients(&self, flags: u32, recipients: In<'_, ADRLIST>) -> HRESULT {
        self.last.answer(|| {
            access::need(self.is_writable())?;
            let narrow = address_list(recipients)?;
            let given: Vec<PropBag> =
                narrow.into_iter().map(|bag| bag.iter().cloned().map(wide).collect()).collect();
            if flags == 0 {
                return self.message.set_recipients(given);
            }
            let (old, errors) = self.message.recipients()?.into_parts();
            if let Some(error) = errors.into_iter().next() {
                return Err(error);
            }
            let old = old.into_iter().map(|recipient| recipient.props).collect();
            self.message.set_recipients(merged(old, given, flags)?)
        })
    }

    fn SubmitMessage(&self, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, FORCE_SUBMIT)?;
            access::need(self.is_writable())?;
            self.message.submit(flags & FORCE_SUBMIT != 0)?;
            self.writable.store(false, Ordering::Relaxed);
            Ok(())
        })
    }

    fn SetReadFlag(&self, flags: u32) -> HRESULT {
        self.last.answer(|| {
            let pending = CLEAR_RN_PENDING | CLEAR_NRN_PENDING;
            let known = SUPPRESS_RECEIPT | CLEAR_READ_FLAG | GENERATE_RECEIPT_ONLY | pending;
            check_flags(flags, known | MAPI_DEFERRED_ERRORS)?;
            if flags & CLEAR_READ_FLAG != 0 && flags & SUPPRESS_RECEIPT != 0 {
                return Err(Error::invalid_parameter("flags that exclude each other"));
            }
            if flags & (GENERATE_RECEIPT_ONLY | pending) != 0 {
                // Nobody here sends receipts, so none is pending.
                return Ok(());
            }
            self.message.set_read_flag(flags & CLEAR_READ_FLAG == 0)
        })
    }
}

/// The recipients after some were added, changed or removed, which are known by `PR_ROWID`.
fn merged(mut old: Vec<PropBag>, given: Vec<PropBag>, flags: u32) -> Result<Vec<PropBag>> {
    let place = |all: &[PropBag], bag: &PropBag| -> Result<Option<usize>> {
        let row = bag.i32(tags::ROWID);
        let row = row.ok_or_else(|| Error::invalid_parameter("a recipient without PR_ROWID"))?;
        Ok(all.iter().position(|other| other.i32(tags::ROWID) == Some(row)))
    };
    match flags {
        MODRECIP_ADD => old.extend(given),
        MODRECIP_MODIFY => {
            for bag in given {
                match place(&old, &bag)? {
                    Some(at) => old[at] = bag,
                    None => old.push(bag),
                }
            }
        }
        MODRECIP_REMOVE => {
            for bag in given {
                let found = place(&old, &bag)?;
                let found = found.ok_or_else(|| Error::not_found("there is no such recipient"))?;
                old.remove(found);
            }
        }
        _ if flags & !(MODRECIP_ADD | MODRECIP_MODIFY | MODRECIP_REMOVE) != 0 => {
            return Err(Error::new(ErrorCode::UNKNOWN_FLAGS, "no such flag of ModifyRecipients"));
        }
        _ => return Err(Error::invalid_parameter("flags that exclude each other")),
    }
    Ok(old)
}
