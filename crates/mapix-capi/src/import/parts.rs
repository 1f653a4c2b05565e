//! The parts of an open message: recipients and attachments.

use std::ops::ControlFlow;

use mapix::prop::{PropBag, PropTag, tags};
use mapix::store::{MessageRef, Parts};
use mapix::{Error, ErrorCode, Result};

use super::call::ask;
use super::objects::{attachment, embedded, one};
use super::tables;
use crate::com::Ptr;
use crate::iface::{IMAPIProp, IMessage};

/// What a session needs of recipients, also where a table does not offer it.
const OF_RECIPIENTS: [PropTag; 5] = [
    tags::RESPONSIBILITY,
    tags::NDR_REASON_CODE,
    tags::NDR_DIAG_CODE,
    tags::SUPPLEMENTARY_INFO,
    tags::ROWID,
];

/// The recipients of a message: the numbers of their rows, and all that is known of them.
pub(crate) fn recipients(message: &Ptr<IMessage>) -> Result<Vec<Result<(u32, PropBag)>>> {
    let prop: &Ptr<IMAPIProp> = message;
    let table = tables::open(
        "IMessage::GetRecipientTable",
        // SAFETY: the message is alive.
        |width, table| unsafe { message.GetRecipientTable(width, table) },
        |result| ask(prop, result, "IMessage::GetRecipientTable"),
    )?;
    let mut wanted = tables::columns(&table)?;
    wanted.retain(|tag| !OF_RECIPIENTS.iter().any(|own| own.id() == tag.id()));
    wanted.extend(OF_RECIPIENTS);
    let mut all = Vec::new();
    tables::visit(&table, &wanted, &mut |row| {
        all.push(row.and_then(|row| {
            let bag: PropBag =
                row.into_iter().filter(|prop| prop.value.as_error().is_none()).collect();
            let id = bag.i32(tags::ROWID).ok_or_else(|| Error::corrupt("no PR_ROWID"))?;
            Ok((id as u32, bag))
        }));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// The numbers of the attachments of a message.
pub(crate) fn attachment_numbers(message: &Ptr<IMessage>) -> Result<Vec<Result<u32>>> {
    let prop: &Ptr<IMAPIProp> = message;
    let table = tables::open(
        "IMessage::GetAttachmentTable",
        // SAFETY: the message is alive.
        |width, table| unsafe { message.GetAttachmentTable(width, table) },
        |result| ask(prop, result, "IMessage::GetAttachmentTable"),
    )?;
    let mut all = Vec::new();
    tables::visit(&table, &[tags::ATTACH_NUM], &mut |row| {
        all.push(row.and_then(|row| {
            let number = row.first().and_then(|prop| prop.value.as_i32());
            number.map(|number| number as u32).ok_or_else(|| Error::corrupt("no PR_ATTACH_NUM"))
        }));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// Counts the attachments, and the messages in them, at whatever depth.
pub(super) fn count_parts(message: &Ptr<IMessage>, depth: usize, parts: &mut Parts) -> Result<()> {
    if depth > MessageRef::MAX_DEPTH {
        return Ok(());
    }
    for number in attachment_numbers(message)? {
        parts.attachments += 1;
        let attachment = attachment(message, number?, 0)?;
        let method = one(&attachment, tags::ATTACH_METHOD)?;
        if method.and_then(|method| method.as_i32()) != Some(5) {
            continue;
        }
        match embedded(&attachment, 0) {
            Ok(inside) => {
                parts.embedded += 1;
                count_parts(&inside, depth + 1, parts)?;
            }
            Err(error) if error.code() == ErrorCode::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
