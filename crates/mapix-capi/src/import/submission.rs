//! The flags by which a message waits to be sent.
//!
//! `PR_MESSAGE_FLAGS` of a message that was saved is the provider's to make, while the session's queue
//! tells by it which messages are submitted, unsent and ours. What a provider does not take of that
//! stands in a property beside it, which is saved with the message, and is shown in its place.

use mapix::Result;
use mapix::prop::{Prop, PropBag, PropTag, Value, tags};

use super::fill::set_and_delete;
use super::objects::get;
use crate::com::Ptr;
use crate::iface::{IMAPIProp, IMessage};

/// Where they stand: an ID of those that are never sent.
pub(crate) const KEPT: PropTag = PropTag(0x7FFE_0003);

/// `MSGFLAG_SUBMIT`.
const SUBMIT: i32 = 0x4;
/// With `MSGFLAG_UNSENT`, `MSGFLAG_FROMME` and `MSGFLAG_RESEND`.
const FLAGS: i32 = SUBMIT | 0x8 | 0x20 | 0x80;

fn joined(flags: i32, kept: i32) -> Value {
    Value::I32(flags & !FLAGS | kept & FLAGS)
}

/// Has the properties of a message show what is kept beside them.
pub(super) fn show(bag: &mut PropBag) {
    if let Some(kept) = bag.remove(KEPT.id()).and_then(|prop| prop.value.as_i32()) {
        let flags = bag.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        bag.set(tags::MESSAGE_FLAGS, joined(flags, kept));
    }
}

/// As [`show`], for a row of a table.
pub(super) fn show_in_row(row: &mut Vec<Prop>) {
    let Some(at) = row.iter().position(|prop| prop.tag.id() == KEPT.id()) else { return };
    let kept = row.remove(at).value.as_i32();
    let flags = row.iter_mut().find(|prop| prop.tag == tags::MESSAGE_FLAGS);
    if let (Some(kept), Some(flags)) = (kept, flags) {
        flags.value = joined(flags.value.as_i32().unwrap_or(0), kept);
    }
}

/// Keeps what the provider did not take of the flags that were set.
///
/// # Errors
/// Those of the provider, if it takes neither while the message is submitted.
pub(super) fn keep(message: &Ptr<IMessage>, wanted: i32) -> Result<()> {
    let prop: &Ptr<IMAPIProp> = message;
    let found = get(prop, &[tags::MESSAGE_FLAGS, KEPT])?;
    let number = |at: usize| found[at].value.as_i32();
    let (flags, kept, wanted) = (number(0).unwrap_or(0) & FLAGS, number(1), wanted & FLAGS);
    if kept.unwrap_or(flags) == wanted {
        return Ok(());
    }
    let mut set = PropBag::new();
    let mut delete = Vec::new();
    if flags == wanted {
        delete.push(KEPT.id());
    } else {
        set.set(KEPT, wanted);
    }
    match set_and_delete(prop, &set, &delete) {
        // Only the queue cannot do without.
        Err(_) if (wanted | kept.unwrap_or(0)) & SUBMIT == 0 => Ok(()),
        result => result.map(drop),
    }
}
