//! What rules do.

use mapix::prop::Prop;
use mapix::rule::{RuleAction, RuleDoes, RuleReply, RuleTarget};
use mapix::{Error, ErrorCode, Result};

use super::value::{prop, props, props_room, value_room, write_prop, write_props};
use crate::arg::In;
use crate::memory::Buffer;
use crate::types::{
    ACTION, ACTIONS, ACTIONUnion, ADRENTRY, ADRLIST, ActDeferAction, ActMoveCopy, ActReply, Plain,
};

/// `EDK_RULES_VERSION`.
const VERSION: u32 = 1;

/// The member of the union that `acttype` says.
macro_rules! member {
    ($action:expr, $field:ident) => {
        // SAFETY: which member is good is the caller's word; all of them are numbers and pointers.
        unsafe { $action.need()?.data.$field }
    };
}

/// Reads actions that came in.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for what is not there or not defined, `MAPI_E_VERSION` for another version.
pub fn read_actions(actions: In<'_, ACTIONS>) -> Result<Vec<RuleAction>> {
    let head = actions.need()?;
    if head.ulVersion != VERSION {
        return Err(Error::new(ErrorCode::VERSION, "the actions are of another version"));
    }
    let all = actions.inner(|head| head.lpAction.cast_const()).each(head.cActions)?;
    all.map(read).collect()
}

fn read(action: In<'_, ACTION>) -> Result<RuleAction> {
    let ACTION { acttype, ulActionFlavor: flavor, ulFlags: flags, .. } = *action.need()?;
    let target = || {
        let raw = member!(action, actMoveCopy);
        let store = action.inner(|_| raw.lpStoreEntryId.cast::<u8>().cast_const());
        let folder = action.inner(|_| raw.lpFldEntryId.cast::<u8>().cast_const());
        let (store, folder) = (store.many(raw.cbStoreEntryId)?, folder.many(raw.cbFldEntryId)?);
        Ok::<_, Error>(RuleTarget { store: store.into(), folder: folder.into() })
    };
    let reply = || {
        let raw = member!(action, actReply);
        let message = action.inner(|_| raw.lpEntryId.cast::<u8>().cast_const());
        let message = message.many(raw.cbEntryId)?.into();
        Ok::<_, Error>(RuleReply { message, template: raw.guidReplyTemplate.into() })
    };
    let what = match acttype {
        1 => RuleDoes::Move(target()?),
        2 => RuleDoes::Copy(target()?),
        3 => RuleDoes::Reply(reply()?),
        4 => RuleDoes::OofReply(reply()?),
        5 => {
            let raw = member!(action, actDeferAction);
            let data = action.inner(|_| raw.pbData.cast_const());
            RuleDoes::Defer(data.many(raw.cbData)?.into())
        }
        6 => RuleDoes::Bounce(member!(action, scBounceCode)),
        7 => RuleDoes::Forward(recipients(action)?),
        8 => RuleDoes::Delegate(recipients(action)?),
        9 => {
            let own = action.inner(|action| &raw const action.data.propTag);
            RuleDoes::Tag(prop(own)?)
        }
        10 => RuleDoes::Delete,
        11 => RuleDoes::MarkAsRead,
        other => return Err(Error::invalid_parameter(format!("{other} is no action"))),
    };
    Ok(RuleAction { flavor, flags, what })
}

fn recipients(action: In<'_, ACTION>) -> Result<Vec<Vec<Prop>>> {
    let raw = member!(action, lpadrlist);
    let list = action.inner(|_| raw.cast_const());
    let count = list.need()?.cEntries;
    let entries = list.behind::<ADRENTRY>(std::mem::offset_of!(ADRLIST, aEntries));
    let one = |entry: In<'_, ADRENTRY>| {
        props(entry.need()?.cValues, entry.inner(|entry| entry.rgPropVals.cast_const()))
    };
    entries.each(count)?.map(one).collect()
}

/// Gives actions as a buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn give_actions(actions: &[RuleAction]) -> Result<*mut ACTIONS> {
    let room = actions.iter().map(|action| size_of::<ACTION>() + data_room(&action.what)).sum();
    let buffer = Buffer::for_one::<ACTIONS>(room)?;
    let all = buffer.slice::<ACTION>(actions.len())?;
    for (place, action) in all.iter_mut().zip(actions) {
        *place = write(&buffer, action)?;
    }
    let (cActions, lpAction) = (actions.len() as u32, all.as_mut_ptr());
    buffer.put(0, ACTIONS { ulVersion: VERSION, cActions, lpAction });
    Ok(buffer.into_raw())
}

fn write(buffer: &Buffer, action: &RuleAction) -> Result<ACTION> {
    // The union is cleared first, so that no byte of it is left to chance.
    let mut data = ACTIONUnion::zeroed();
    let target = |target: &RuleTarget| {
        Ok::<_, Error>(ActMoveCopy {
            cbStoreEntryId: target.store.len() as u32,
            lpStoreEntryId: buffer.copy(&target.store)?.cast(),
            cbFldEntryId: target.folder.len() as u32,
            lpFldEntryId: buffer.copy(&target.folder)?.cast(),
        })
    };
    let reply = |reply: &RuleReply| {
        Ok::<_, Error>(ActReply {
            cbEntryId: reply.message.len() as u32,
            lpEntryId: buffer.copy(&reply.message)?.cast(),
            guidReplyTemplate: reply.template.into(),
        })
    };
    let acttype = match &action.what {
        RuleDoes::Move(to) => {
            data.actMoveCopy = target(to)?;
            1
        }
        RuleDoes::Copy(to) => {
            data.actMoveCopy = target(to)?;
            2
        }
        RuleDoes::Reply(with) => {
            data.actReply = reply(with)?;
            3
        }
        RuleDoes::OofReply(with) => {
            data.actReply = reply(with)?;
            4
        }
        RuleDoes::Defer(bytes) => {
            let (cbData, pbData) = (bytes.len() as u32, buffer.copy(bytes)?);
            data.actDeferAction = ActDeferAction { cbData, pbData };
            5
        }
        RuleDoes::Bounce(code) => {
            data.scBounceCode = *code;
            6
        }
        RuleDoes::Forward(all) => {
            data.lpadrlist = write_recipients(buffer, all)?;
            7
        }
        RuleDoes::Delegate(all) => {
            data.lpadrlist = write_recipients(buffer, all)?;
            8
        }
        RuleDoes::Tag(prop) => {
            data.propTag = write_prop(buffer, prop)?;
            9
        }
        RuleDoes::Delete => 10,
        RuleDoes::MarkAsRead => 11,
    };
    let nothing = (std::ptr::null_mut(), std::ptr::null_mut());
    Ok(ACTION {
        acttype,
        ulActionFlavor: action.flavor,
        lpRes: nothing.0,
        lpPropTagArray: nothing.1,
        ulFlags: action.flags,
        dwAlignPad: 0,
        data,
    })
}

fn write_recipients(buffer: &Buffer, all: &[Vec<Prop>]) -> Result<*mut ADRLIST> {
    let start = std::mem::offset_of!(ADRLIST, aEntries);
    let list = buffer.slice::<u8>(start + all.len().max(1) * size_of::<ADRENTRY>())?;
    list[..4].copy_from_slice(&(all.len() as u32).to_ne_bytes());
    let list = list.as_mut_ptr();
    for (at, recipient) in all.iter().enumerate() {
        let rgPropVals = write_props(buffer, recipient)?;
        let entry = ADRENTRY { ulReserved1: 0, cValues: recipient.len() as u32, rgPropVals };
        // SAFETY: there is room for so many entries behind the count.
        unsafe { list.add(start).cast::<ADRENTRY>().add(at).write_unaligned(entry) };
    }
    Ok(list.cast())
}

/// How much room what an action does needs beside it.
fn data_room(what: &RuleDoes) -> usize {
    let up = |bytes: &[u8]| bytes.len().next_multiple_of(16);
    match what {
        RuleDoes::Move(to) | RuleDoes::Copy(to) => up(&to.store) + up(&to.folder),
        RuleDoes::Reply(with) | RuleDoes::OofReply(with) => up(&with.message),
        RuleDoes::Defer(bytes) => up(bytes),
        RuleDoes::Forward(all) | RuleDoes::Delegate(all) => {
            let one = |one: &Vec<Prop>| 64 + one.len() * 24 + props_room(one);
            32 + all.iter().map(one).sum::<usize>()
        }
        RuleDoes::Tag(prop) => value_room(&prop.value),
        _ => 0,
    }
}
