//! What rules do, in the form of extended rules (MS-OXORULE 2.2.4.1.9 and 2.2.5): counts and lengths have
//! 32 bits, text is wide, and the names of named properties stand before all.
//!
//! ```text
//! actions    names version:u32 count:u32 action{count}       names as in conditions
//! action     length:u32 kind:u8 flavor:u32 flags:u32 data
//! data       store:bytes folder:bytes         move, copy     bytes = size:u32 u8{size}
//!            message:bytes template:guid      replies
//!            u8*                              deferred
//!            code:u32                         bounce
//!            count:u32 recipient{count}       forward, delegate
//!            value                            tag            value as in restrictions
//! recipient  1:u8 count:u32 value{count}
//! ```

use crate::prop::{CodePage, Guid, Prop, PropName, PropTag, Value};
use crate::restriction::codec::{Reader, Writer};
use crate::restriction::rule::{
    FIRST_NAMED, ids_now, read_names, renamed, widen_both, write_names,
};
use crate::{Error, ErrorCode, Result};

/// The version that is defined (`EDK_RULES_VERSION`).
const VERSION: u32 = 1;

/// An action of a rule.
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "ACTION")]
pub struct RuleAction {
    /// How it is done (`ulActionFlavor`).
    pub flavor: u32,
    /// For who makes the rule (`ulFlags`).
    pub flags: u32,
    /// What is done.
    pub what: RuleDoes,
}

/// What an action of a rule does.
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "ACTTYPE")]
pub enum RuleDoes {
    /// Moves the message to a folder (`OP_MOVE`).
    Move(RuleTarget),
    /// Copies it there (`OP_COPY`).
    Copy(RuleTarget),
    /// Answers it with a template (`OP_REPLY`).
    Reply(RuleReply),
    /// Says that nobody is there (`OP_OOF_REPLY`).
    OofReply(RuleReply),
    /// What only the client can do (`OP_DEFER_ACTION`).
    Defer(Box<[u8]>),
    /// Sends it back with a reason (`OP_BOUNCE`).
    Bounce(u32),
    /// Forwards it to recipients (`OP_FORWARD`).
    Forward(Vec<Vec<Prop>>),
    /// Resends it to them (`OP_DELEGATE`).
    Delegate(Vec<Vec<Prop>>),
    /// Sets a property (`OP_TAG`).
    Tag(Prop),
    /// Deletes it (`OP_DELETE`).
    Delete,
    /// Marks it as read (`OP_MARK_AS_READ`).
    MarkAsRead,
}

/// Where a message goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleTarget {
    /// The entry ID of the store.
    pub store: Box<[u8]>,
    /// The entry ID of the folder.
    pub folder: Box<[u8]>,
}

/// With what a message is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleReply {
    /// The entry ID of the template.
    pub message: Box<[u8]>,
    /// Its UID.
    pub template: Guid,
}

/// The bytes of the actions of an extended rule (`PR_EXTENDED_RULE_MSG_ACTIONS`). `names` tells the names
/// of IDs, one for each. Narrow text becomes wide.
///
/// # Errors
/// `MAPI_E_TOO_COMPLEX` for values that the bytes do not hold; those of `names`.
#[doc(alias = "HrSerializeActions")]
pub fn write_actions(
    actions: &[RuleAction],
    names: impl FnOnce(&[u16]) -> Result<Vec<PropName>>,
) -> Result<Vec<u8>> {
    let mut wide = actions.to_vec();
    let mut ids = Vec::new();
    each_prop(&mut wide, &mut |prop| {
        widen_both(&mut prop.tag, &mut prop.value);
        let mut note = |tag: PropTag| {
            if tag.id() >= FIRST_NAMED && !ids.contains(&tag.id()) {
                ids.push(tag.id());
            }
            Ok(tag)
        };
        note(prop.tag)?;
        match &mut prop.value {
            Value::Restriction(inner) => inner.replace_tags(&mut note),
            _ => Ok(()),
        }
    })?;
    let mut bytes = write_names(&ids, names)?;
    let mut writer = Writer::new(CodePage::UTF8);
    writer.u32(VERSION);
    writer.count(wide.len())?;
    for action in &wide {
        let start = writer.bytes.len();
        writer.u32(0);
        write_action(&mut writer, action)?;
        let length = u32::try_from(writer.bytes.len() - start - 4).map_err(|_| too_long())?;
        writer.bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
    bytes.extend(writer.bytes);
    Ok(bytes)
}

/// Reads what [`write_actions`] writes. `ids` tells the IDs that names have now, one for each.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` for bytes that are no actions, `MAPI_E_VERSION` for those of another version,
/// `MAPI_E_TOO_COMPLEX` for values that are not defined; those of `ids`.
#[doc(alias = "HrDeserializeActions")]
pub fn read_actions(
    bytes: &[u8],
    ids: impl FnOnce(&[PropName]) -> Result<Vec<u16>>,
) -> Result<Vec<RuleAction>> {
    let (known, names, rest) = read_names(bytes)?;
    let mut reader = Reader::new(rest, CodePage::UTF8);
    let version = reader.u32()?;
    if version != VERSION {
        let sentence = format!("the actions have the version {version}, not {VERSION}");
        return Err(Error::new(ErrorCode::VERSION, sentence));
    }
    let mut actions = Vec::new();
    for _ in 0..reader.u32()? {
        let length = reader.u32()? as usize;
        let own = reader.take(length)?;
        actions.push(read_action(&mut Reader::new(own, CodePage::UTF8))?);
    }
    if !reader.bytes.is_empty() {
        return Err(corrupt("something stands behind the actions"));
    }
    let now = ids_now(&names, ids)?;
    each_prop(&mut actions, &mut |prop| {
        let mut other = |tag| renamed(tag, &known, &now);
        prop.tag = other(prop.tag)?;
        match &mut prop.value {
            Value::Restriction(inner) => inner.replace_tags(&mut other),
            _ => Ok(()),
        }
    })?;
    Ok(actions)
}

fn each_prop(
    actions: &mut [RuleAction],
    each: &mut dyn FnMut(&mut Prop) -> Result<()>,
) -> Result<()> {
    for action in actions {
        match &mut action.what {
            RuleDoes::Forward(all) | RuleDoes::Delegate(all) => {
                all.iter_mut().flatten().try_for_each(&mut *each)?;
            }
            RuleDoes::Tag(prop) => each(prop)?,
            _ => {}
        }
    }
    Ok(())
}

fn write_action(writer: &mut Writer, action: &RuleAction) -> Result<()> {
    let kind = match &action.what {
        RuleDoes::Move(_) => 1,
        RuleDoes::Copy(_) => 2,
        RuleDoes::Reply(_) => 3,
        RuleDoes::OofReply(_) => 4,
        RuleDoes::Defer(_) => 5,
        RuleDoes::Bounce(_) => 6,
        RuleDoes::Forward(_) => 7,
        RuleDoes::Delegate(_) => 8,
        RuleDoes::Tag(_) => 9,
        RuleDoes::Delete => 10,
        RuleDoes::MarkAsRead => 11,
    };
    writer.bytes.push(kind);
    writer.u32(action.flavor);
    writer.u32(action.flags);
    match &action.what {
        RuleDoes::Move(target) | RuleDoes::Copy(target) => {
            sized(writer, &target.store)?;
            sized(writer, &target.folder)
        }
        RuleDoes::Reply(reply) | RuleDoes::OofReply(reply) => {
            sized(writer, &reply.message)?;
            writer.bytes.extend(reply.template.0);
            Ok(())
        }
        RuleDoes::Defer(bytes) => {
            writer.bytes.extend(bytes);
            Ok(())
        }
        RuleDoes::Bounce(code) => {
            writer.u32(*code);
            Ok(())
        }
        RuleDoes::Forward(all) | RuleDoes::Delegate(all) => {
            writer.count(all.len())?;
            for recipient in all {
                writer.bytes.push(1);
                writer.count(recipient.len())?;
                for prop in recipient {
                    writer.value(prop.tag.id(), &prop.value)?;
                }
            }
            Ok(())
        }
        RuleDoes::Tag(prop) => writer.value(prop.tag.id(), &prop.value),
        RuleDoes::Delete | RuleDoes::MarkAsRead => Ok(()),
    }
}

fn sized(writer: &mut Writer, bytes: &[u8]) -> Result<()> {
    writer.count(bytes.len())?;
    writer.bytes.extend(bytes);
    Ok(())
}

/// One action, which has all of the bytes.
fn read_action(reader: &mut Reader<'_>) -> Result<RuleAction> {
    let (kind, flavor, flags) = (reader.u8()?, reader.u32()?, reader.u32()?);
    let what = match kind {
        1 => RuleDoes::Move(target(reader)?),
        2 => RuleDoes::Copy(target(reader)?),
        3 => RuleDoes::Reply(reply(reader)?),
        4 => RuleDoes::OofReply(reply(reader)?),
        5 => {
            let all = reader.bytes.len();
            RuleDoes::Defer(reader.take(all)?.into())
        }
        6 => RuleDoes::Bounce(reader.u32()?),
        7 => RuleDoes::Forward(recipients(reader)?),
        8 => RuleDoes::Delegate(recipients(reader)?),
        9 => RuleDoes::Tag(value(reader)?),
        10 => RuleDoes::Delete,
        11 => RuleDoes::MarkAsRead,
        other => return Err(corrupt(format!("{other} is no action"))),
    };
    if reader.bytes.is_empty() {
        Ok(RuleAction { flavor, flags, what })
    } else {
        Err(corrupt("an action is longer than what it does"))
    }
}

fn bytes(reader: &mut Reader<'_>) -> Result<Box<[u8]>> {
    let size = reader.u32()? as usize;
    Ok(reader.take(size)?.into())
}

fn target(reader: &mut Reader<'_>) -> Result<RuleTarget> {
    Ok(RuleTarget { store: bytes(reader)?, folder: bytes(reader)? })
}

fn reply(reader: &mut Reader<'_>) -> Result<RuleReply> {
    let message = bytes(reader)?;
    let template = reader.take(16)?.try_into().map_err(|_| corrupt("no UID"))?;
    Ok(RuleReply { message, template: Guid(template) })
}

fn recipients(reader: &mut Reader<'_>) -> Result<Vec<Vec<Prop>>> {
    let mut all = Vec::new();
    for _ in 0..reader.u32()? {
        // Reserved, and 1; what else stands there says nothing.
        reader.u8()?;
        let mut recipient = Vec::new();
        for _ in 0..reader.u32()? {
            recipient.push(value(reader)?);
        }
        all.push(recipient);
    }
    Ok(all)
}

fn value(reader: &mut Reader<'_>) -> Result<Prop> {
    let (tag, value) = reader.value(1)?;
    Ok(Prop { tag, value })
}

fn corrupt(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::CORRUPT_DATA, message)
}

fn too_long() -> Error {
    Error::new(ErrorCode::TOO_COMPLEX, "an action is too long")
}
