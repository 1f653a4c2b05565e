//! Recipients made ready for sending, as far as that goes without an address book.

use std::collections::HashMap;

use super::message::Message;
use super::property::code_page;
use super::recipient::{Recipient, RecipientKind, search_key};
use crate::prop::{CodePage, PropBag, tags};
use crate::{EntryId, OneOff, Result};

impl Message {
    /// Makes the recipients ready for sending: one that only has a one-off entry ID gets the name
    /// and the address that stand in it, one that has an address gets such an entry ID, and of
    /// several with the same address only one is left, `To` before `Cc` before `Bcc`. Lists stay
    /// as they are: there is no address book that would know their members. Gives how many
    /// recipients were dropped. The message is not saved.
    ///
    /// # Errors
    /// Those of reading the recipients, and `MAPI_E_NO_ACCESS` if the message is open for reading
    /// only.
    #[doc(alias = "IMAPISupport::ExpandRecips")]
    pub fn expand_recipients(&self) -> Result<usize> {
        let (before, errors) = self.recipients()?.into_parts();
        errors.into_iter().next().map_or(Ok(()), Err)?;
        let recipients = expand_recipients(before.clone(), &self.props()?);
        let dropped = before.len() - recipients.len();
        if recipients != before {
            self.set_recipients(recipients.into_iter().map(|recipient| recipient.props).collect())?;
        }
        Ok(dropped)
    }
}

/// What [`Message::expand_recipients`] makes of recipients. In which code page their narrow texts are,
/// the properties of their message tell.
#[doc(alias = "IMAPISupport::ExpandRecips")]
pub fn expand_recipients(mut recipients: Vec<Recipient>, message: &PropBag) -> Vec<Recipient> {
    let code_page = code_page(message);
    recipients.iter_mut().for_each(|recipient| resolve(&mut recipient.props, code_page));
    fold(&mut recipients);
    recipients
}

/// Address from entry ID, or entry ID from address.
fn resolve(props: &mut PropBag, code_page: CodePage) {
    let entry_id = props.bytes(tags::ENTRYID).and_then(|id| EntryId::from_bytes(id).ok());
    let Some(entry_id) = entry_id else {
        let text = |tag| props.text(tag).filter(|text| !text.is_empty());
        if let (Some(kind), Some(address)) = (text(tags::ADDRTYPE), text(tags::EMAIL_ADDRESS)) {
            let name = text(tags::DISPLAY_NAME).unwrap_or_else(|| address.clone());
            let no_rich = props.bool(tags::SEND_RICH_INFO) == Some(false);
            let flags = if no_rich { OneOff::NO_RICH_INFO } else { 0 };
            let one_off = OneOff { flags, ..OneOff::new(name, kind, address) };
            props.set(tags::ENTRYID, one_off.entry_id().as_bytes());
        }
        return;
    };
    // One that is damaged, or of an address book, says nothing here.
    if let Ok(one_off) = OneOff::read(&entry_id, code_page) {
        props.set_default(tags::DISPLAY_NAME, one_off.name);
        props.set_default(tags::ADDRTYPE, one_off.address_type);
        props.set_default(tags::EMAIL_ADDRESS, one_off.address);
    }
}

/// Leaves one recipient for each address.
fn fold(recipients: &mut Vec<Recipient>) {
    let rank = |recipient: &Recipient| match recipient.kind() {
        RecipientKind::To => Some(0),
        RecipientKind::Cc => Some(1),
        RecipientKind::Bcc => Some(2),
        _ => None,
    };
    let mut best: HashMap<Vec<u8>, (u8, usize)> = HashMap::new();
    for (index, recipient) in recipients.iter().enumerate() {
        if let (Some(rank), Some(key)) = (rank(recipient), search_key(&recipient.props)) {
            let here = best.entry(key).or_insert((rank, index));
            *here = (*here).min((rank, index));
        }
    }
    let mut index = 0;
    recipients.retain(|recipient| {
        let key = search_key(&recipient.props).filter(|_| rank(recipient).is_some());
        let kept = key.is_none_or(|key| best.get(&key).is_none_or(|(_, best)| *best == index));
        index += 1;
        kept
    });
}
