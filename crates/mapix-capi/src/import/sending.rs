//! What a provider asks of MAPI when a message of its own is sent by its own `SubmitMessage`, and when
//! that is over: what the core does for its own queue, over the interfaces of the provider.

use std::slice;

use mapix::prop::{Prop, PropBag, PropTag, tags};
use mapix::{EntryId, Error, ErrorCode, Recipient, Result};

use super::call::whole;
use super::change::with_list;
use super::fill::set_recipients;
use super::objects::get;
use super::parts::recipients;
use crate::arg::In;
use crate::com::{Interface, Ptr};
use crate::iface::{IMAPIFolder, IMAPIProp, IMessage, IMsgStore, IUnknown};

/// `MSGFLAG_RESEND`.
const RESEND: i32 = 0x80;
/// `MESSAGE_MOVE`.
const MOVE: u32 = 1;

/// `PrepareSubmit`: says of each recipient whether it is to be sent to.
pub(super) fn prepare(message: &Ptr<IMessage>) -> Result<()> {
    let flags = get(message, &[tags::MESSAGE_FLAGS])?[0].value.as_i32().unwrap_or(0);
    let before = all(message)?;
    let bags: Vec<PropBag> = before.iter().map(|recipient| recipient.props.clone()).collect();
    let prepared = mapix::prepare_recipients(before, flags & RESEND != 0);
    replace(message, &bags, &prepared)
}

/// `ExpandRecips`: names and addresses from one-off entry IDs, such entry IDs from addresses, and of
/// several recipients with one address only one.
pub(super) fn expand(message: &Ptr<IMessage>) -> Result<()> {
    let wanted = [tags::MESSAGE_CODEPAGE, tags::INTERNET_CPID];
    let pages: PropBag = get(message, &wanted)?.into_iter().filter(there).collect();
    let bags = |recipients: Vec<Recipient>| -> Vec<PropBag> {
        recipients.into_iter().map(|recipient| recipient.props).collect()
    };
    let before = all(message)?;
    let expanded = mapix::expand_recipients(before.clone(), &pages);
    replace(message, &bags(before), &bags(expanded))
}

fn all(message: &Ptr<IMessage>) -> Result<Vec<Recipient>> {
    let one =
        |found: Result<(u32, PropBag)>| found.map(|(row_id, props)| Recipient { row_id, props });
    recipients(message)?.into_iter().map(one).collect()
}

fn replace(message: &Ptr<IMessage>, before: &[PropBag], after: &[PropBag]) -> Result<()> {
    if before == after { Ok(()) } else { set_recipients(message, after) }
}

fn there(prop: &Prop) -> bool {
    prop.value.as_error().is_none()
}

/// `DoSentMail`: the message goes where it says. `open` opens what an entry ID names in the session.
///
/// A folder that is not there is taken for the store's folder of sent mail, and without that the message
/// stays where it is: what was sent is not lost.
pub(super) fn sent(
    store: &Ptr<IMsgStore>,
    message: &Ptr<IMessage>,
    open: impl Fn(&EntryId) -> Result<Ptr<IUnknown>>,
) -> Result<()> {
    let wanted =
        [tags::ENTRYID, tags::PARENT_ENTRYID, tags::SENTMAIL_ENTRYID, tags::DELETE_AFTER_SUBMIT];
    let found: PropBag = get(message, &wanted)?.into_iter().filter(there).collect();
    let delete = found.bool(tags::DELETE_AFTER_SUBMIT) == Some(true);
    let to = found.bytes(tags::SENTMAIL_ENTRYID);
    if to.is_none() && !delete {
        return Ok(());
    }
    let id = |tag: PropTag| {
        let bytes = found.bytes(tag).ok_or_else(|| Error::corrupt(format!("there is no {tag}")))?;
        EntryId::from_bytes(bytes)
    };
    let (own, here) = (id(tags::ENTRYID)?, id(tags::PARENT_ENTRYID)?);
    let folder = |id: &EntryId| open(id).and_then(|found| as_folder(&found));
    let from = folder(&here)?;
    if delete {
        return delete_from(&from, &own);
    }
    let wanted = to.and_then(|to| EntryId::from_bytes(to).ok());
    let of_store = || {
        let found = get(store, &[tags::IPM_SENTMAIL_ENTRYID]).ok()?;
        EntryId::from_bytes(found.first()?.value.as_bytes()?).ok()
    };
    let target = wanted.filter(|id| folder(id).is_ok()).or_else(of_store);
    match target.filter(|target| *target != here) {
        Some(target) => move_to(&from, &own, &folder(&target)?),
        None => Ok(()),
    }
}

/// An object as the folder that it is.
fn as_folder(opened: &Ptr<IUnknown>) -> Result<Ptr<IMAPIFolder>> {
    opened.query().map_err(|_| Error::new(ErrorCode::INVALID_ENTRYID, "it is not a folder"))
}

fn delete_from(folder: &Ptr<IMAPIFolder>, message: &EntryId) -> Result<()> {
    let result = with_list(slice::from_ref(message), |list| {
        // SAFETY: the folder is alive, and the list as it says.
        unsafe { folder.DeleteMessages(list, 0, In::null(), 0) }
    });
    let prop: &Ptr<IMAPIProp> = folder;
    whole(prop, result, "IMAPIFolder::DeleteMessages")
}

fn move_to(from: &Ptr<IMAPIFolder>, message: &EntryId, to: &Ptr<IMAPIFolder>) -> Result<()> {
    let result = with_list(slice::from_ref(message), |list| {
        // SAFETY: both folders are alive, and the list as it says.
        unsafe {
            let to = In::from_raw(to.as_raw().cast_const().cast());
            from.CopyMessages(list, In::new(&IMAPIFolder::IID), to, 0, In::null(), MOVE)
        }
    });
    let prop: &Ptr<IMAPIProp> = from;
    whole(prop, result, "IMAPIFolder::CopyMessages")
}
