//! Notifications.

use mapix::notify::{Notice, Subject};
use mapix::prop::{PropTag, PropType, Value, tags};
use mapix::table::{InstanceKey, TableNotice};
use mapix::{EntryId, ErrorCode, Result};

use super::entry::object_type;
use super::text::write_text;
use super::value::{write_props, write_value};
use crate::flags::{
    TABLE_CHANGED, TABLE_ERROR, TABLE_ROW_ADDED, TABLE_ROW_DELETED, TABLE_ROW_MODIFIED,
    fnevTableModified,
};
use crate::memory::Buffer;
use crate::types::{
    ENTRYID, ERROR_NOTIFICATION, EXTENDED_NOTIFICATION, NEWMAIL_NOTIFICATION, NOTIFICATION,
    NotificationInfo, OBJECT_NOTIFICATION, Plain, SPropTagArray, SPropValue, SRow,
    TABLE_NOTIFICATION,
};

/// `fnevCriticalError`, for what was missed.
const CRITICAL_ERROR: u32 = 1;
/// `MAPI_STORE`.
const STORE: u32 = 1;

/// The notices as C sees them, in one buffer that the sink may look at and the caller drops.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn notifications(notices: &[Notice], flags: u32) -> Result<Buffer> {
    let buffer = Buffer::for_many::<NOTIFICATION>(notices.len(), notices.len() * 256)?;
    for (index, notice) in notices.iter().enumerate() {
        buffer.put(index, notification(&buffer, notice, flags)?);
    }
    Ok(buffer)
}

/// What happened to rows of a table, as C sees it, in one buffer as above.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn table_notifications(notices: &[TableNotice]) -> Result<Buffer> {
    let buffer = Buffer::for_many::<NOTIFICATION>(notices.len(), notices.len() * 512)?;
    for (index, notice) in notices.iter().enumerate() {
        let mut info = NotificationInfo::zeroed();
        info.tab = table_notification(&buffer, notice)?;
        buffer.put(index, NOTIFICATION { ulEventType: fnevTableModified, ulAlignPad: 0, info });
    }
    Ok(buffer)
}

fn table_notification(buffer: &Buffer, notice: &TableNotice) -> Result<TABLE_NOTIFICATION> {
    // A place without a row is PR_NULL, never zero.
    let null = SPropValue { ulPropTag: PropType::NULL.0.into(), ..SPropValue::zeroed() };
    let key =
        |key: &InstanceKey| write_value(buffer, tags::INSTANCE_KEY, &Value::Binary((**key).into()));
    let mut told =
        TABLE_NOTIFICATION { propIndex: null, propPrior: null, ..TABLE_NOTIFICATION::zeroed() };
    match notice {
        TableNotice::Added { key: index, prior, row }
        | TableNotice::Modified { key: index, prior, row } => {
            told.ulTableEvent = match notice {
                TableNotice::Added { .. } => TABLE_ROW_ADDED,
                _ => TABLE_ROW_MODIFIED,
            };
            told.propIndex = key(index)?;
            if let Some(prior) = prior {
                told.propPrior = key(prior)?;
            }
            told.row = SRow {
                ulAdrEntryPad: 0,
                cValues: row.values.len() as u32,
                lpProps: write_props(buffer, &row.values)?,
            };
        }
        TableNotice::Deleted { key: index } => {
            told.ulTableEvent = TABLE_ROW_DELETED;
            told.propIndex = key(index)?;
        }
        TableNotice::Changed => told.ulTableEvent = TABLE_CHANGED,
        _ => {
            told.ulTableEvent = TABLE_ERROR;
            told.hResult = ErrorCode::CALL_FAILED.into();
        }
    }
    Ok(told)
}

fn notification(buffer: &Buffer, notice: &Notice, flags: u32) -> Result<NOTIFICATION> {
    let mut info = NotificationInfo::zeroed();
    let mut event = notice.kind().0;
    match notice {
        Notice::NewMail { message, class, flags: message_flags } => {
            let (cbEntryID, lpEntryID) = id(buffer, message.entry_id.as_ref())?;
            let (cbParentID, lpParentID) = id(buffer, message.parent_entry_id.as_ref())?;
            info.newmail = NEWMAIL_NOTIFICATION {
                cbEntryID,
                lpEntryID,
                cbParentID,
                lpParentID,
                ulFlags: flags,
                lpszMessageClass: write_text(buffer, class, flags)?,
                ulMessageFlags: *message_flags as u32,
            };
        }
        Notice::Created(subject) | Notice::Deleted(subject) | Notice::SearchComplete(subject) => {
            info.obj = object(buffer, subject)?;
        }
        Notice::Modified { object: subject, tags } => {
            info.obj = object(buffer, subject)?;
            if let Some(tags) = tags {
                info.obj.lpPropTagArray = tag_array(buffer, tags)?;
            }
        }
        Notice::Moved { object: subject, from_entry_id, .. } => {
            let (cbOldParentID, lpOldParentID) = id(buffer, from_entry_id.as_ref())?;
            // The number of an object, and so its entry ID, stays when it is moved.
            let (cbOldID, lpOldID) = id(buffer, subject.entry_id.as_ref())?;
            info.obj = OBJECT_NOTIFICATION {
                cbOldID,
                lpOldID,
                cbOldParentID,
                lpOldParentID,
                ..object(buffer, subject)?
            };
        }
        Notice::Copied { object: subject, from_entry_id, .. } => {
            let (cbOldID, lpOldID) = id(buffer, from_entry_id.as_ref())?;
            info.obj = OBJECT_NOTIFICATION { cbOldID, lpOldID, ..object(buffer, subject)? };
        }
        Notice::SessionEnds { .. } => {
            info.ext = EXTENDED_NOTIFICATION {
                ulEvent: 1,
                cb: 0,
                pbEventParameters: std::ptr::null_mut(),
            };
        }
        // MAPI has no word for what was missed but that something is wrong.
        _ => {
            event = CRITICAL_ERROR;
            info.err = ERROR_NOTIFICATION {
                scode: ErrorCode::CALL_FAILED.into(),
                ..ERROR_NOTIFICATION::zeroed()
            };
        }
    }
    Ok(NOTIFICATION { ulEventType: event, ulAlignPad: 0, info })
}

fn object(buffer: &Buffer, subject: &Subject) -> Result<OBJECT_NOTIFICATION> {
    let (cbEntryID, lpEntryID) = id(buffer, subject.entry_id.as_ref())?;
    let (cbParentID, lpParentID) = id(buffer, subject.parent_entry_id.as_ref())?;
    let kind = subject.kind.map_or(STORE, object_type);
    Ok(OBJECT_NOTIFICATION {
        cbEntryID,
        lpEntryID,
        ulObjType: kind,
        cbParentID,
        lpParentID,
        ..OBJECT_NOTIFICATION::zeroed()
    })
}

fn id(buffer: &Buffer, id: Option<&EntryId>) -> Result<(u32, *mut ENTRYID)> {
    let bytes = id.map_or(&[][..], EntryId::as_bytes);
    Ok((bytes.len() as u32, buffer.copy(bytes)?.cast()))
}

fn tag_array(buffer: &Buffer, tags: &[PropTag]) -> Result<*mut SPropTagArray> {
    let numbers: Vec<u32> =
        std::iter::once(tags.len() as u32).chain(tags.iter().map(|tag| tag.0)).collect();
    Ok(buffer.copy(&numbers)?.cast())
}
