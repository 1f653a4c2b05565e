//! Storing messages: their properties, recipients, attachments, and what is embedded in them.

use mapix_core::prop::{PropBag, PropTag, PropType, Value, tags};
use mapix_core::{Error, Result};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::cells::{self, Cells};
use super::prepare::{AttachmentEdit, MessageEdit};
use crate::codec;
use crate::error::Sql;
use crate::hot::{self, HOT, STATUS};
use crate::read;

/// `PR_PREDECESSOR_CHANGE_LIST`.
const PREDECESSOR_CHANGE_LIST: PropTag = PropTag::new(0x65E3, PropType::BINARY);
/// `MSGFLAG_READ`.
const READ: i32 = 1;

/// What the table `msg` and the counts of a folder say of a message.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Weight {
    /// Whether it is unread.
    pub(crate) unread: bool,
    /// Its `PR_MESSAGE_SIZE`.
    pub(crate) size: i64,
}

/// A message that was stored.
#[derive(Debug)]
pub(crate) struct Saved {
    /// Its properties, the large ones marked.
    pub(crate) bag: PropBag,
    /// Its recipients.
    pub(crate) recipients: Vec<PropBag>,
}

/// Stores the object of a message, new or as it is after an edit, and what is in it. `next` gives
/// numbers to embedded messages.
pub(crate) fn save(
    tx: &Connection,
    id: i64,
    is_new: bool,
    edit: MessageEdit,
    next: &mut dyn FnMut() -> i64,
    finish: &mut dyn FnMut(&mut Cells) -> Result<()>,
) -> Result<Saved> {
    let mut cells = if is_new { Cells::default() } else { Cells::read(&read::obj(tx, id)?)? };
    cells.apply(tx, edit.props)?;
    finish(&mut cells)?;
    let bytes = cells.write(tx, true)?;
    let big = Some(&bytes.big).filter(|big| !big.is_empty());
    let recipients = if is_new {
        let recipients = edit.recipients.unwrap_or_default();
        let list = encoded_recipients(&recipients)?;
        let mut insert = tx
            .prepare_cached("INSERT INTO obj (id, props, recipients, big) VALUES (?, ?, ?, ?)")
            .sql()?;
        insert.execute(params![id, bytes.bytes, list, big]).sql()?;
        recipients
    } else if let Some(recipients) = edit.recipients {
        let list = encoded_recipients(&recipients)?;
        let mut update = tx
            .prepare_cached("UPDATE obj SET props = ?2, recipients = ?3, big = ?4 WHERE id = ?1")
            .sql()?;
        update.execute(params![id, bytes.bytes, list, big]).sql()?;
        recipients
    } else {
        let mut update =
            tx.prepare_cached("UPDATE obj SET props = ?2, big = ?3 WHERE id = ?1").sql()?;
        update.execute(params![id, bytes.bytes, big]).sql()?;
        read::recipients(tx, id)?
    };
    for (number, edits) in edit.attachments {
        for edit in edits {
            match edit {
                AttachmentEdit::Put(props, embedded) => {
                    put_attachment(tx, id, number, props, embedded, next)?;
                }
                AttachmentEdit::Delete => delete_attachment(tx, id, number)?,
            }
        }
    }
    Ok(Saved { bag: cells.bag(), recipients })
}

fn encoded_recipients(recipients: &[PropBag]) -> Result<Option<Vec<u8>>> {
    let bytes = codec::encode_list(recipients)?;
    Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
}

fn put_attachment(
    tx: &Connection,
    owner: i64,
    number: u32,
    props: super::prepare::Edit,
    embedded: Option<Box<MessageEdit>>,
    next: &mut dyn FnMut() -> i64,
) -> Result<()> {
    let mut select =
        tx.prepare_cached("SELECT props, embedded FROM att WHERE owner = ? AND num = ?").sql()?;
    let found = select.query_row(params![owner, number], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<i64>>(1)?))
    });
    let found = found.optional().sql()?;
    let mut inside = found.as_ref().and_then(|found| found.1);
    let mut cells = match found {
        Some((props, _)) => {
            let stored = read::Stored { props, big: Vec::new(), extra: Vec::new() };
            Cells::read(&stored)?
        }
        None => Cells::default(),
    };
    cells.apply(tx, props)?;
    let bytes = cells.write(tx, false)?.bytes;
    if let Some(edit) = embedded {
        let is_new = inside.is_none();
        let id = inside.unwrap_or_else(&mut *next);
        save(tx, id, is_new, *edit, next, &mut |_| Ok(()))?;
        inside = Some(id);
    }
    let mut insert = tx
        .prepare_cached(
            "INSERT OR REPLACE INTO att (owner, num, embedded, props) VALUES (?, ?, ?, ?)",
        )
        .sql()?;
    insert.execute(params![owner, number, inside, bytes]).sql().map(drop)
}

fn delete_attachment(tx: &Connection, owner: i64, number: u32) -> Result<()> {
    let mut delete = tx
        .prepare_cached("DELETE FROM att WHERE owner = ? AND num = ? RETURNING props, embedded")
        .sql()?;
    let found = delete.query_row(params![owner, number], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<i64>>(1)?))
    });
    if let Some((props, embedded)) = found.optional().sql()? {
        cells::release(tx, &props)?;
        embedded.map_or(Ok(()), |id| delete_object(tx, id))?;
    }
    Ok(())
}

/// Deletes an object with all that is in it.
pub(crate) fn delete_object(tx: &Connection, id: i64) -> Result<()> {
    let mut numbers = tx.prepare_cached("SELECT num FROM att WHERE owner = ?").sql()?;
    let numbers = numbers.query_map([id], |row| row.get(0)).sql()?;
    let numbers: Vec<u32> = numbers.collect::<rusqlite::Result<_>>().sql()?;
    for number in numbers {
        delete_attachment(tx, id, number)?;
    }
    let mut delete = tx.prepare_cached("DELETE FROM obj WHERE id = ? RETURNING props").sql()?;
    let props = delete.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional().sql()?;
    props.map_or(Ok(()), |props| cells::release(tx, &props))
}

/// Puts the row of a message into the table `msg`, in place of the one that is there.
pub(crate) fn put_row(
    tx: &Connection,
    folder: u64,
    shelf: i64,
    id: u64,
    bag: &PropBag,
    status: Option<i32>,
) -> Result<Weight> {
    let mut odd = 0_i64;
    let mut columns = [ValueRef::Null; HOT.len()];
    for (place, hot) in HOT.iter().enumerate() {
        let Some(prop) = bag.find(hot.tag.id()) else { continue };
        match hot::to_column(hot, &prop.value) {
            Some(value) => columns[place] = value,
            None => odd |= 1 << place,
        }
    }
    if let Some(status) = status {
        columns[STATUS] = ValueRef::Integer(status.into());
    }
    let key = [folder as i64, shelf, id as i64, odd].map(ValueRef::Integer);
    let params = key.into_iter().chain(columns).map(ToSqlOutput::Borrowed);
    let mut insert = tx
        .prepare_cached(
            "INSERT OR REPLACE INTO msg
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .sql()?;
    insert.execute(params_from_iter(params)).sql()?;
    Ok(Weight {
        unread: bag.i32(tags::MESSAGE_FLAGS).unwrap_or(0) & READ == 0,
        size: bag.i32(tags::MESSAGE_SIZE).unwrap_or(0).into(),
    })
}

/// What a folder counts of a message that is there.
pub(crate) fn weight(tx: &Connection, folder: u64, shelf: i64, id: u64) -> Result<Weight> {
    let mut select = tx
        .prepare_cached("SELECT flags, size FROM msg WHERE folder = ? AND shelf = ? AND id = ?")
        .sql()?;
    let found = select.query_row(params![folder as i64, shelf, id as i64], |row| {
        Ok((row.get::<_, Option<i32>>(0)?, row.get::<_, Option<i64>>(1)?))
    });
    let (flags, size) = found.optional().sql()?.unwrap_or_default();
    Ok(Weight { unread: flags.unwrap_or(0) & READ == 0, size: size.unwrap_or(0) })
}

/// Takes a row out of the table `msg` and puts it in elsewhere.
pub(crate) fn move_row(
    tx: &Connection,
    (folder, shelf): (u64, i64),
    id: u64,
    (to, to_shelf): (u64, i64),
) -> Result<()> {
    let mut update = tx
        .prepare_cached(
            "UPDATE msg SET folder = ?4, shelf = ?5 WHERE folder = ?1 AND shelf = ?2 AND id = ?3",
        )
        .sql()?;
    let key = params![folder as i64, shelf, id as i64, to as i64, to_shelf];
    match update.execute(key).sql()? {
        1 => Ok(()),
        _ => Err(Error::corrupt(format!("message {id} is not in the table of folder {folder}"))),
    }
}

/// Takes a row out of the table `msg`.
pub(crate) fn delete_row(tx: &Connection, folder: u64, shelf: i64, id: u64) -> Result<()> {
    let mut delete =
        tx.prepare_cached("DELETE FROM msg WHERE folder = ? AND shelf = ? AND id = ?").sql()?;
    delete.execute(params![folder as i64, shelf, id as i64]).sql().map(drop)
}

/// Gives an object the change key of this commit, unless it has been given one, and adds it to
/// the list of its predecessors.
pub(crate) fn set_change_key(
    cells: &mut Cells,
    tx: &Connection,
    key: &[u8; 22],
    given: bool,
) -> Result<()> {
    if given {
        return Ok(());
    }
    let (uid, _) = key.split_at(16);
    let mut list = Vec::new();
    if let Some(Value::Binary(old)) = cells.remove(tx, PREDECESSOR_CHANGE_LIST.id())? {
        // Each with its length in front; one of each origin.
        let mut rest = &old[..];
        while let Some((len, after)) = rest.split_first() {
            let Some((one, after)) = after.split_at_checked(usize::from(*len)) else { break };
            if !one.starts_with(uid) {
                list.push(*len);
                list.extend_from_slice(one);
            }
            rest = after;
        }
    }
    list.push(key.len() as u8);
    list.extend_from_slice(key);
    cells.remove(tx, tags::CHANGE_KEY.id())?;
    cells.set(tags::CHANGE_KEY, Value::Binary(key[..].into()));
    cells.set(PREDECESSOR_CHANGE_LIST, Value::Binary(list.into()));
    Ok(())
}

/// The properties that only the table of a folder has: taken out of a bag.
pub(crate) fn take_status(cells: &mut Cells, tx: &Connection) -> Result<Option<i32>> {
    match cells.get(tags::MSG_STATUS.id()) {
        Some(Value::I32(status)) => {
            let status = *status;
            cells.remove(tx, tags::MSG_STATUS.id())?;
            Ok(Some(status))
        }
        _ => Ok(None),
    }
}
