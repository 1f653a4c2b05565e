//! What search folders find, in the commit that makes them find it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use mapix_core::prop::{CodePage, Guid, PropBag, PropTag, Value};
use mapix_core::restriction::Restriction;
use mapix_core::store::{
    ChangeEvent, ItemKind, LiveSearch, ObjectChange, ObjectRef, Row, RowQuery, RowSource,
    SearchCriteria, SearchReader, ValueStream,
};
use mapix_core::{EntryId, Error, Result};
use rusqlite::{Connection, OptionalExtension, params};

use super::Work;
use crate::codec::{Reader, varint};
use crate::error::Sql;
use crate::read::{self, Wanted};
use crate::rows::Visit;
use crate::{entry, query};

/// The criteria of a search folder as they are stored: deep:u8, the count of folders:varint,
/// each of them a varint, then the restriction as a value (codec.rs).
fn encode(criteria: &SearchCriteria) -> Result<Vec<u8>> {
    let restriction =
        crate::codec::encode(&Value::Restriction(Box::new(criteria.restriction.clone())))?;
    let mut bytes = vec![u8::from(criteria.deep)];
    varint(&mut bytes, criteria.folders.len() as u64);
    criteria.folders.iter().for_each(|folder| varint(&mut bytes, *folder));
    bytes.extend_from_slice(&restriction);
    Ok(bytes)
}

fn decode(live: bool, bytes: &[u8]) -> Result<SearchCriteria> {
    let broken = || Error::corrupt("the criteria of a search folder cannot be read");
    let mut reader = Reader(bytes);
    let deep = reader.take(1).ok_or_else(broken)? != [0];
    let count = reader.varint().ok_or_else(broken)?;
    let folders =
        (0..count).map(|_| reader.varint()).collect::<Option<Vec<u64>>>().ok_or_else(broken)?;
    let (code_page, restriction) = reader.0.split_first_chunk().ok_or_else(broken)?;
    let code_page = CodePage(u16::from_le_bytes(*code_page));
    let restriction = Restriction::from_bytes(restriction, code_page)?;
    Ok(SearchCriteria { restriction, folders, deep, live })
}

/// What a search folder finds; `None` if it was not told.
pub(crate) fn criteria(connection: &Connection, folder: u64) -> Result<Option<SearchCriteria>> {
    let mut select =
        connection.prepare_cached("SELECT live, criteria FROM search WHERE folder = ?").sql()?;
    let found = select
        .query_row([folder as i64], |row| Ok((row.get::<_, bool>(0)?, row.get::<_, Vec<u8>>(1)?)));
    found.optional().sql()?.map(|(live, bytes)| decode(live, &bytes)).transpose()
}

impl Work<'_> {
    pub(super) fn tell(&mut self, folder: u64, criteria: Option<SearchCriteria>) -> Result<()> {
        let item = self.folder(folder)?;
        if item.kind != ItemKind::SearchFolder {
            return Err(Error::no_support(format!("folder {folder} is not a search folder")));
        }
        for searched in criteria.iter().flat_map(|criteria| &criteria.folders) {
            if self.folder(*searched)?.kind == ItemKind::SearchFolder {
                return Err(Error::no_support("search folders are not searched"));
            }
        }
        match &criteria {
            Some(criteria) => self.run(
                "INSERT OR REPLACE INTO search (folder, live, criteria) VALUES (?, ?, ?)",
                params![folder as i64, criteria.live, encode(criteria)?],
            )?,
            None => self.run("DELETE FROM search WHERE folder = ?", [folder as i64])?,
        }
        self.told.insert(folder, criteria.map(LiveSearch::new).transpose()?);
        self.touch(folder, &item, ObjectChange::Searched)
    }

    /// Brings the search folders up to what was done.
    pub(super) fn search(&mut self) -> Result<Vec<ChangeEvent>> {
        let mut found = Vec::new();
        let told = std::mem::take(&mut self.told);
        let others = self.others(&told)?;
        if !others.is_empty() {
            // Without search folders, commits need not look at what they moved.
            let touched = self.touched_messages()?;
            for (folder, live) in others {
                self.follow(folder, &live, &touched, &mut found)?;
            }
        }
        for (folder, live) in told {
            let old: BTreeSet<u64> = self
                .ids("SELECT message FROM link WHERE folder = ?", folder)?
                .into_iter()
                .collect();
            let links = live.map_or(Ok(BTreeSet::new()), |live| self.find_all(&live))?;
            for id in old.difference(&links) {
                self.unlink(folder, *id)?;
                found.push(ChangeEvent::of_link(*id, ObjectChange::Lost, folder));
            }
            for id in links.difference(&old) {
                self.link(folder, *id)?;
                found.push(ChangeEvent::of_link(*id, ObjectChange::Found, folder));
            }
        }
        Ok(found)
    }

    /// The search folders that were told earlier.
    fn others(&self, told: &BTreeMap<u64, Option<LiveSearch>>) -> Result<Vec<(u64, LiveSearch)>> {
        let mut select = self
            .tx
            .prepare_cached("SELECT folder, live, criteria FROM search ORDER BY folder")
            .sql()?;
        let mut rows = select.query([]).sql()?;
        let mut others = Vec::new();
        while let Some(row) = rows.next().sql()? {
            let folder = row.get::<_, i64>(0).sql()? as u64;
            if !told.contains_key(&folder) {
                let live: bool = row.get(1).sql()?;
                let bytes = row.get_ref(2).sql()?.as_blob().unwrap_or_default();
                others.push((folder, LiveSearch::new(decode(live, bytes)?)?));
            }
        }
        Ok(others)
    }

    /// Looks at the messages again that something happened to.
    fn follow(
        &mut self,
        folder: u64,
        search: &LiveSearch,
        touched: &BTreeMap<u64, bool>,
        found: &mut Vec<ChangeEvent>,
    ) -> Result<()> {
        let reader = Midst { tx: self.tx, uid: self.uid };
        let mut shown = false;
        for (id, changed) in touched {
            let was = self.is_linked(folder, *id)?;
            let is = if search.criteria().live {
                search.finds(&reader, *id)
            } else {
                was && read::item(self.tx, *id)?.is_some_and(|item| !item.deleted)
            };
            shown |= was != is || *changed && is;
            if was && !is {
                self.unlink(folder, *id)?;
                found.push(ChangeEvent::of_link(*id, ObjectChange::Lost, folder));
            } else if is && !was {
                self.link(folder, *id)?;
                found.push(ChangeEvent::of_link(*id, ObjectChange::Found, folder));
            }
        }
        if shown { self.contents(folder) } else { Ok(()) }
    }

    /// Everything that a search finds.
    fn find_all(&self, search: &LiveSearch) -> Result<BTreeSet<u64>> {
        let criteria = search.criteria();
        let mut folders: BTreeSet<u64> = criteria.folders.iter().copied().collect();
        let mut queue: Vec<u64> = folders.iter().copied().collect();
        while let Some(folder) = queue.pop().filter(|_| criteria.deep) {
            let below = self.ids("SELECT id FROM folder WHERE parent = ?", folder)?;
            queue.extend(below.into_iter().filter(|id| folders.insert(*id)));
        }
        let reader = Midst { tx: self.tx, uid: self.uid };
        let mut links = BTreeSet::new();
        for folder in folders {
            // A search folder holds nothing of its own.
            match read::item(self.tx, folder)? {
                Some(item) if item.kind == ItemKind::Folder => {}
                _ => continue,
            }
            let source = RowSource::Contents(folder);
            let restriction = Some(&criteria.restriction);
            let asked = RowQuery { source: &source, restriction, sort: &[], limit: None };
            if let Some(ids) = query::query(self.tx, &asked)? {
                links.extend(ids);
            } else {
                let all = self.ids("SELECT id FROM msg WHERE folder = ? AND shelf = 0", folder)?;
                links.extend(all.into_iter().filter(|id| search.finds(&reader, *id)));
            }
        }
        Ok(links)
    }

    /// The messages that something happened to, and whether it was not only that a folder above
    /// them was moved.
    fn touched_messages(&self) -> Result<BTreeMap<u64, bool>> {
        let (messages, mut moved) = self.events.searched();
        let mut touched: BTreeMap<u64, bool> = messages.into_iter().map(|id| (id, true)).collect();
        while let Some(folder) = moved.pop() {
            moved.extend(self.ids("SELECT id FROM folder WHERE parent = ?", folder)?);
            for id in self.ids("SELECT id FROM msg WHERE folder = ?", folder)? {
                touched.entry(id).or_insert(false);
            }
        }
        Ok(touched)
    }

    fn is_linked(&self, folder: u64, id: u64) -> Result<bool> {
        let mut select =
            self.tx.prepare_cached("SELECT 1 FROM link WHERE folder = ? AND message = ?").sql()?;
        select.exists([folder as i64, id as i64]).sql()
    }

    fn link(&self, folder: u64, id: u64) -> Result<()> {
        let insert = "INSERT INTO link (folder, message) VALUES (?, ?)";
        self.run(insert, [folder as i64, id as i64])
    }

    fn unlink(&self, folder: u64, id: u64) -> Result<()> {
        let delete = "DELETE FROM link WHERE folder = ? AND message = ?";
        self.run(delete, [folder as i64, id as i64])
    }
}

/// The store in the midst of a commit.
struct Midst<'a> {
    tx: &'a Connection,
    uid: Guid,
}

impl SearchReader for Midst<'_> {
    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        read::properties(self.tx, object, Wanted::all(inline), &mut |_, _| {})
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        read::open_whole(self.tx, object, tag)
    }

    fn rows(
        &self,
        source: &RowSource,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        Visit::new(self.tx, None).rows(source, each, &mut |_, _, _| {})
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        match read::known(self.tx, id)? {
            item if item.deleted => Err(Error::not_found("it is deleted")),
            item => Ok(item.kind),
        }
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        read::known(self.tx, id).map(|item| item.parent)
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        entry::of(self.tx, self.uid, object)
    }
}
