//! Making changes: all of them, or none.

mod cells;
mod message;
mod prepare;
mod search;

use std::collections::BTreeMap;
use std::sync::Arc;

use mapix_core::prop::{FileTime, Guid, PropBag, tags};
use mapix_core::query::{BodyText, PlainOnly};
use mapix_core::store::{
    Change, ChangeEvent, Commit, CommitEvents, ItemKind, ObjectChange, ObjectRef,
};
use mapix_core::{EntryId, Error, ErrorCode, Result};
use rusqlite::{Connection, Params, params};

use crate::db::Db;
use crate::error::Sql;
use crate::read::{self, Item, STORE};
use crate::search::{Indexer, concerns};
use crate::{entry, lob, log};
use cells::Cells;
use message::Weight;
use prepare::{Edit, MessageEdit, Preparation, Prepared};

pub(crate) use search::criteria;

/// Makes changes in a store.
pub(crate) fn commit(
    db: &Arc<Db>,
    uid: Guid,
    bodies: &dyn BodyText,
    changes: Vec<Change>,
) -> Result<Commit> {
    if changes.is_empty() {
        let (cursor, _) = log::state(&*db.read()?)?;
        return Ok(Commit { created: Vec::new(), cursor });
    }
    let mut preparation = Preparation::new(db);
    let prepared: Result<Vec<Prepared>> =
        changes.into_iter().map(|change| preparation.change(change)).collect();
    let staged = preparation.staged;
    let result = prepared.and_then(|prepared| db.write(|tx| make(tx, uid, bodies, prepared)));
    if result.is_err() {
        lob::discard(db, &staged);
    }
    result
}

/// Makes changes in a transaction.
pub(crate) fn make_all(tx: &Connection, uid: Guid, changes: Vec<Change>) -> Result<Commit> {
    let prepared = changes.into_iter().map(Prepared::Other).collect();
    make(tx, uid, &PlainOnly, prepared)
}

fn make(
    tx: &Connection,
    uid: Guid,
    bodies: &dyn BodyText,
    changes: Vec<Prepared>,
) -> Result<Commit> {
    let mut select =
        tx.prepare_cached("SELECT cursor, next, (SELECT min(id) FROM obj) FROM state").sql()?;
    let found = select.query_row([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    });
    let (cursor, next, inner) = found.sql()?;
    let mut work = Work {
        tx,
        uid,
        stamp: cursor as u64 + 1,
        next: next as u64,
        inner,
        now: FileTime::now(),
        events: CommitEvents::default(),
        created: Vec::new(),
        counts: BTreeMap::new(),
        told: BTreeMap::new(),
        indexer: Indexer::new(tx, bodies),
    };
    changes.into_iter().try_for_each(|change| work.make(change))?;
    work.finish()
}

/// What a folder has more or less of.
#[derive(Clone, Copy, Default, Debug)]
struct Counts {
    folders: i64,
    content: i64,
    unread: i64,
    assoc: i64,
    deleted: i64,
    size: i64,
}

/// A commit under way.
struct Work<'a> {
    tx: &'a Connection,
    uid: Guid,
    stamp: u64,
    next: u64,
    /// The number of the embedded message that was made last; they go down from 0.
    inner: i64,
    now: FileTime,
    /// What happened so far, by object.
    events: CommitEvents,
    created: Vec<u64>,
    counts: BTreeMap<u64, Counts>,
    /// The search folders that were told what to find, and what.
    told: BTreeMap<u64, Option<mapix_core::store::LiveSearch>>,
    indexer: Indexer<'a>,
}

impl Work<'_> {
    fn make(&mut self, change: Prepared) -> Result<()> {
        let change = match change {
            Prepared::Message(Change::CreateMessage { folder, associated, content }, edit) => {
                let kind = if associated { ItemKind::Associated } else { ItemKind::Message };
                let change = ObjectChange::of_new(content.copy_of);
                return self.create_message(folder, kind, edit, change);
            }
            Prepared::Message(Change::UpdateMessage { message, expected, .. }, edit) => {
                return self.update_message(message, expected, edit);
            }
            Prepared::Message(change, _) | Prepared::Other(change) => change,
        };
        match change {
            Change::UpdateStore { set, delete } => {
                self.edit_object(STORE, Edit { set, delete, staged: Vec::new() }, false)?;
                self.events.note(0, None, ObjectChange::Modified, None);
                Ok(())
            }
            Change::CreateFolder { parent, search, properties, copy_of } => {
                let kind = if search { ItemKind::SearchFolder } else { ItemKind::Folder };
                self.create_folder(parent, kind, properties, ObjectChange::of_new(copy_of))
            }
            Change::UpdateFolder { folder, set, delete } => {
                let item = self.folder(folder)?;
                let edit = Edit { set, delete, staged: Vec::new() };
                self.edit_object(folder as i64, edit, true)?;
                self.touch(folder, &item, ObjectChange::Modified)
            }
            Change::MoveFolder { folder, to } => self.move_folder(folder, to),
            Change::DeleteFolder { folder } => self.delete_folder(folder),
            Change::MoveMessage { message, to } => self.move_message(message, to),
            Change::DeleteMessage { message, soft } => self.delete_message(message, soft),
            Change::RestoreMessage { message } => self.restore_message(message),
            Change::SetMessageStatus { message, mask, status } => {
                self.set_status(message, mask, status)
            }
            Change::SetSearch { folder, criteria } => self.tell(folder, criteria),
            Change::SetReceiveFolder { class, folder } => self.set_receive_folder(&class, folder),
            _ => Err(Error::no_support("the store does not know this kind of change")),
        }
    }

    /// Brings counts and search folders up to date, and writes down what was done.
    fn finish(mut self) -> Result<Commit> {
        for (folder, counts) in std::mem::take(&mut self.counts) {
            let Counts { folders, content, unread, assoc, deleted, size } = counts;
            self.run(
                "UPDATE folder SET folders = folders + ?2, content = content + ?3,
                 unread = unread + ?4, assoc = assoc + ?5, deleted = deleted + ?6,
                 size = size + ?7 WHERE id = ?1",
                [folder as i64, folders, content, unread, assoc, deleted, size],
            )?;
        }
        self.indexer.finish()?;
        let found = self.search()?;
        let events: Vec<ChangeEvent> = self.events.iter().copied().chain(found).collect();
        log::note(self.tx, self.stamp, &events)?;
        let state = [self.stamp as i64, self.next as i64];
        self.run("UPDATE state SET cursor = ?, next = ?", state)?;
        Ok(Commit { created: self.created, cursor: self.stamp })
    }

    fn create_message(
        &mut self,
        folder: u64,
        kind: ItemKind,
        edit: MessageEdit,
        change: ObjectChange,
    ) -> Result<()> {
        self.container(folder)?;
        let id = self.new_id();
        let status = self.save_message(id, true, None, edit, folder, (kind, false))?;
        self.insert_item(id, Some(folder), kind, status)?;
        self.created.push(id);
        self.note(id, kind, change, folder)
    }

    fn update_message(
        &mut self,
        message: u64,
        expected: Option<u64>,
        edit: MessageEdit,
    ) -> Result<()> {
        let item = self.message(message)?;
        if expected.is_some_and(|stamp| stamp != item.stamp) {
            return Err(Error::new(
                ErrorCode::OBJECT_CHANGED,
                format!("message {message} was changed by somebody else"),
            ));
        }
        let folder = parent_of(message, &item)?;
        let before = message::weight(self.tx, folder, item.shelf(), message)?;
        self.count(folder, &item, before, -1);
        let kind = (item.kind, false);
        let status = self.save_message(message, false, item.status, edit, folder, kind)?;
        if status != item.status {
            self.put_status(message, status)?;
        }
        self.touch(message, &item, ObjectChange::Modified)
    }

    /// Stores a message and its row, and counts it; gives its status.
    fn save_message(
        &mut self,
        id: u64,
        is_new: bool,
        mut status: Option<i32>,
        edit: MessageEdit,
        folder: u64,
        (kind, deleted): (ItemKind, bool),
    ) -> Result<Option<i32>> {
        let tx = self.tx;
        let concerned = is_new || concerns_index(&edit);
        let key = self.change_key();
        let given = edit.props.set.find(tags::CHANGE_KEY.id()).is_some();
        if edit.props.delete.contains(&tags::MSG_STATUS.id()) {
            status = None;
        }
        let inner = &mut self.inner;
        let mut next_id = || {
            *inner -= 1;
            *inner
        };
        let mut finish = |cells: &mut Cells| {
            message::set_change_key(cells, tx, &key, given)?;
            if let Some(set) = message::take_status(cells, tx)? {
                status = Some(set);
            }
            Ok(())
        };
        let saved = message::save(tx, id as i64, is_new, edit, &mut next_id, &mut finish)?;
        let item = Item { kind, deleted, parent: Some(folder), stamp: self.stamp, status };
        let weight = message::put_row(tx, folder, item.shelf(), id, &saved.bag, status)?;
        self.count(folder, &item, weight, 1);
        if concerned {
            self.indexer.message(id, &saved.bag, &saved.recipients)?;
        }
        Ok(status)
    }

    fn create_folder(
        &mut self,
        parent: u64,
        kind: ItemKind,
        properties: PropBag,
        change: ObjectChange,
    ) -> Result<()> {
        self.container(parent)?;
        let id = self.new_id();
        self.insert_item(id, Some(parent), kind, None)?;
        self.run("INSERT INTO folder (id, parent) VALUES (?, ?)", [id as i64, parent as i64])?;
        self.run("INSERT INTO obj (id, props) VALUES (?, x'')", [id as i64])?;
        let edit = Edit { set: properties, ..Edit::default() };
        self.edit_object(id as i64, edit, true)?;
        self.counts.entry(parent).or_default().folders += 1;
        self.created.push(id);
        self.note(id, kind, change, parent)
    }

    /// Changes the properties of the store or of a folder. Folders keep the time of the change,
    /// and a change key.
    fn edit_object(&mut self, id: i64, edit: Edit, is_folder: bool) -> Result<()> {
        let given = |tag: mapix_core::prop::PropTag| edit.set.find(tag.id()).is_some();
        let (key, modified) = (given(tags::CHANGE_KEY), given(tags::LAST_MODIFICATION_TIME));
        let mut cells = Cells::read(&read::obj(self.tx, id)?)?;
        cells.apply(self.tx, edit)?;
        if is_folder {
            message::set_change_key(&mut cells, self.tx, &self.change_key(), key)?;
            if !modified {
                cells.set(tags::LAST_MODIFICATION_TIME, self.now.into());
            }
            if !cells.has(tags::CREATION_TIME.id()) {
                cells.set(tags::CREATION_TIME, self.now.into());
            }
        }
        let bytes = cells.write(self.tx, true)?;
        let big = Some(&bytes.big).filter(|big| !big.is_empty());
        let update = "UPDATE obj SET props = ?2, big = ?3 WHERE id = ?1";
        self.run(update, params![id, bytes.bytes, big])
    }

    fn move_folder(&mut self, folder: u64, to: u64) -> Result<()> {
        let item = self.folder(folder)?;
        self.container(to)?;
        let mut above = Some(to);
        while let Some(id) = above {
            if id == folder {
                return Err(Error::new(
                    ErrorCode::FOLDER_CYCLE,
                    format!("folder {folder} cannot be moved into itself"),
                ));
            }
            above = read::known(self.tx, id)?.parent;
        }
        let from = item.parent.unwrap_or(to);
        self.run("UPDATE folder SET parent = ? WHERE id = ?", [to as i64, folder as i64])?;
        self.counts.entry(from).or_default().folders -= 1;
        self.counts.entry(to).or_default().folders += 1;
        self.relocate(folder, item.kind, from, to)
    }

    fn move_message(&mut self, message: u64, to: u64) -> Result<()> {
        let item = self.message(message)?;
        self.container(to)?;
        let from = parent_of(message, &item)?;
        let weight = message::weight(self.tx, from, item.shelf(), message)?;
        self.count(from, &item, weight, -1);
        self.count(to, &item, weight, 1);
        if from != to {
            let shelf = item.shelf();
            message::move_row(self.tx, (from, shelf), message, (to, shelf))?;
        }
        self.relocate(message, item.kind, from, to)
    }

    /// Gives an object another parent.
    fn relocate(&mut self, id: u64, kind: ItemKind, from: u64, to: u64) -> Result<()> {
        let update = "UPDATE item SET parent = ?2, stamp = ?3 WHERE id = ?1";
        self.run(update, [id as i64, to as i64, self.stamp as i64])?;
        self.contents(from)?;
        self.note(id, kind, ObjectChange::Moved { from }, to)
    }

    fn delete_message(&mut self, message: u64, soft: bool) -> Result<()> {
        let item = self.any_message(message)?;
        if !soft || item.deleted {
            return self.remove_message(message, &item);
        }
        self.reshelve(message, &item, true)?;
        self.touch(message, &item, ObjectChange::Deleted)
    }

    fn restore_message(&mut self, message: u64) -> Result<()> {
        let item = self.any_message(message)?;
        if !item.deleted {
            return Err(Error::not_found(format!("message {message} is not deleted")));
        }
        self.reshelve(message, &item, false)?;
        self.touch(message, &item, ObjectChange::Created)
    }

    /// Puts a message among the deleted ones, or back.
    fn reshelve(&mut self, message: u64, item: &Item, deleted: bool) -> Result<()> {
        let folder = parent_of(message, item)?;
        let weight = message::weight(self.tx, folder, item.shelf(), message)?;
        let new = Item { deleted, ..*item };
        self.count(folder, item, weight, -1);
        self.count(folder, &new, weight, 1);
        message::move_row(self.tx, (folder, item.shelf()), message, (folder, new.shelf()))?;
        let kind = read::kind_number(item.kind, deleted);
        self.run("UPDATE item SET kind = ? WHERE id = ?", [kind, message as i64])
    }

    /// Deletes a message for good.
    fn remove_message(&mut self, message: u64, item: &Item) -> Result<()> {
        let folder = parent_of(message, item)?;
        let weight = message::weight(self.tx, folder, item.shelf(), message)?;
        self.count(folder, item, weight, -1);
        message::delete_row(self.tx, folder, item.shelf(), message)?;
        message::delete_object(self.tx, message as i64)?;
        self.indexer.remove(message)?;
        self.remove_item(message)?;
        self.events.note(message, Some(item.kind), ObjectChange::Deleted, Some(folder));
        self.contents(folder)
    }

    fn delete_folder(&mut self, folder: u64) -> Result<()> {
        let Some(parent) = self.folder(folder)?.parent else {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the root folder cannot be deleted"));
        };
        let mut all = vec![folder];
        let mut at = 0;
        while let Some(id) = all.get(at).copied() {
            all.extend(self.ids("SELECT id FROM folder WHERE parent = ?", id)?);
            at += 1;
        }
        for id in all.into_iter().rev() {
            for message in self.ids("SELECT id FROM msg WHERE folder = ?", id)? {
                let item = read::known(self.tx, message)?;
                self.remove_message(message, &item)?;
            }
            let item = read::known(self.tx, id)?;
            message::delete_object(self.tx, id as i64)?;
            for sql in [
                "DELETE FROM folder WHERE id = ?",
                "DELETE FROM search WHERE folder = ?",
                "DELETE FROM link WHERE folder = ?",
            ] {
                self.run(sql, [id as i64])?;
            }
            self.remove_item(id)?;
            self.counts.remove(&id);
            self.told.remove(&id);
            self.events.note(id, Some(item.kind), ObjectChange::Deleted, item.parent);
        }
        self.counts.entry(parent).or_default().folders -= 1;
        self.contents(parent)
    }

    fn set_status(&mut self, message: u64, mask: i32, status: i32) -> Result<()> {
        let item = self.message(message)?;
        let folder = parent_of(message, &item)?;
        let new = item.status.unwrap_or(0) & !mask | status & mask;
        self.put_status(message, Some(new))?;
        let update = "UPDATE msg SET status = ? WHERE folder = ? AND shelf = ? AND id = ?";
        self.run(update, params![new, folder as i64, item.shelf(), message as i64])?;
        self.note(message, item.kind, ObjectChange::Modified, folder)
    }

    fn put_status(&self, message: u64, status: Option<i32>) -> Result<()> {
        self.run("UPDATE item SET status = ? WHERE id = ?", params![status, message as i64])
    }

    fn set_receive_folder(&mut self, class: &str, folder: Option<EntryId>) -> Result<()> {
        if let Some(entry_id) = folder {
            match entry::resolve(self.tx, self.uid, &entry_id)? {
                ObjectRef::Folder(_) => {}
                _ => return Err(Error::not_found("it is not the entry ID of a folder")),
            }
            let insert = "INSERT OR REPLACE INTO receive (class, entry_id) VALUES (?, ?)";
            self.run(insert, params![class, entry_id.as_bytes()])?;
        } else {
            self.run("DELETE FROM receive WHERE class = ?", [class])?;
        }
        self.events.note(0, None, ObjectChange::Modified, None);
        Ok(())
    }

    fn new_id(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// The change key of this commit: who changed it, and when in the order of all changes.
    fn change_key(&self) -> [u8; 22] {
        let mut key = [0; 22];
        key[..16].copy_from_slice(&self.uid.0);
        key[16..].copy_from_slice(&self.stamp.to_be_bytes()[2..]);
        key
    }

    fn insert_item(
        &self,
        id: u64,
        parent: Option<u64>,
        kind: ItemKind,
        status: Option<i32>,
    ) -> Result<()> {
        let (parent, kind) = (parent.map(|id| id as i64), read::kind_number(kind, false));
        self.run(
            "INSERT INTO item (id, parent, kind, stamp, status) VALUES (?, ?, ?, ?, ?)",
            params![id as i64, parent, kind, self.stamp as i64, status],
        )
    }

    fn remove_item(&self, id: u64) -> Result<()> {
        self.run("DELETE FROM item WHERE id = ?", [id as i64])
    }

    /// Runs a statement that is kept prepared.
    fn run(&self, sql: &str, params: impl Params) -> Result<()> {
        self.tx.prepare_cached(sql).sql()?.execute(params).sql().map(drop)
    }

    fn ids(&self, sql: &str, key: u64) -> Result<Vec<u64>> {
        let mut select = self.tx.prepare_cached(sql).sql()?;
        let ids = select.query_map([key as i64], |row| row.get::<_, i64>(0)).sql()?;
        ids.map(|id| id.map(|id| id as u64)).collect::<rusqlite::Result<_>>().sql()
    }

    fn count(&mut self, folder: u64, item: &Item, weight: Weight, sign: i64) {
        let counts = self.counts.entry(folder).or_default();
        match (item.kind, item.deleted) {
            (_, true) => counts.deleted += sign,
            (ItemKind::Message, _) => {
                counts.content += sign;
                counts.unread += sign * i64::from(weight.unread);
                counts.size += sign * weight.size;
            }
            (_, false) => {
                counts.assoc += sign;
                counts.size += sign * weight.size;
            }
        }
    }

    /// Gives an object the stamp of this commit, and notes what happened to it.
    fn touch(&mut self, id: u64, item: &Item, change: ObjectChange) -> Result<()> {
        let stamp = self.stamp as i64;
        self.run("UPDATE item SET stamp = ? WHERE id = ?", [stamp, id as i64])?;
        self.events.note(id, Some(item.kind), change, item.parent);
        item.parent.map_or(Ok(()), |parent| self.contents(parent))
    }

    fn note(&mut self, id: u64, kind: ItemKind, change: ObjectChange, parent: u64) -> Result<()> {
        self.events.note(id, Some(kind), change, Some(parent));
        self.contents(parent)
    }

    /// What a folder holds has changed.
    fn contents(&mut self, folder: u64) -> Result<()> {
        // Of most commits, most changes are in one folder, which needs saying once.
        if !self.events.has(folder)
            && let Some(item) = read::item(self.tx, folder)?
        {
            self.events.note(folder, Some(item.kind), ObjectChange::Contents, item.parent);
        }
        Ok(())
    }

    fn folder(&self, id: u64) -> Result<Item> {
        self.find(id, "folder", Item::is_folder)
    }

    fn message(&self, id: u64) -> Result<Item> {
        match self.any_message(id)? {
            item if item.deleted => Err(deleted("message", id)),
            item => Ok(item),
        }
    }

    /// Also one that is softly deleted.
    fn any_message(&self, id: u64) -> Result<Item> {
        self.find(id, "message", |item| !item.is_folder())
    }

    /// A folder that can hold something.
    fn container(&self, id: u64) -> Result<()> {
        if self.folder(id)?.kind == ItemKind::SearchFolder {
            return Err(Error::new(
                ErrorCode::NO_ACCESS,
                format!("folder {id} is a search folder, which holds only what it finds"),
            ));
        }
        Ok(())
    }

    fn find(&self, id: u64, what: &str, fits: impl Fn(&Item) -> bool) -> Result<Item> {
        match read::item(self.tx, id)? {
            Some(item) if fits(&item) => Ok(item),
            None if (1..self.next).contains(&id) => Err(deleted(what, id)),
            _ => Err(Error::not_found(format!("there is no {what} {id}"))),
        }
    }
}

/// Whether the words of a message may be others after an edit.
fn concerns_index(edit: &MessageEdit) -> bool {
    let Edit { set, delete, staged } = &edit.props;
    let set = set.iter().map(|prop| prop.tag.id());
    let staged = staged.iter().map(|(tag, ..)| tag.id());
    edit.recipients.is_some()
        || !edit.attachments.is_empty()
        || concerns(set.chain(delete.iter().copied()).chain(staged))
}

fn deleted(what: &str, id: u64) -> Error {
    Error::new(ErrorCode::OBJECT_DELETED, format!("{what} {id} was deleted"))
}

fn parent_of(message: u64, item: &Item) -> Result<u64> {
    item.parent.ok_or_else(|| Error::corrupt(format!("message {message} is in no folder")))
}
