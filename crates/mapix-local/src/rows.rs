//! The rows of tables.

use std::ops::ControlFlow;

use mapix_core::prop::{Prop, PropBag, PropTag, Value, tags};
use mapix_core::store::{ItemKind, ObjectRef, Row, RowSource};
use mapix_core::{Error, Result};
use rusqlite::{Connection, Params, Statement, params};

use crate::error::Sql;
use crate::hot::{self, HOT};
use crate::read::{self, COUNTED, Wanted};

/// The largest value that rows hold.
const INLINE: u64 = 4096;

/// Visits rows; breaks like the contract's visitors.
type Each<'a> = &'a mut dyn FnMut(Result<Row>) -> ControlFlow<()>;

/// Whom to tell of values that cannot be read.
pub(crate) type Broken<'a> = &'a mut dyn FnMut(&ObjectRef, PropTag, &Error);

/// What is visited, and how much of it.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    connection: &'a Connection,
    /// The IDs of the wanted columns, in ascending order; `None` for all.
    columns: Option<Vec<u16>>,
    /// How wanted columns are found in `msg`, if all of them have a column there.
    hot: Option<Vec<usize>>,
}

impl<'a> Visit<'a> {
    /// On a connection, with these columns.
    pub(crate) fn new(connection: &'a Connection, columns: Option<&[PropTag]>) -> Self {
        let hot = columns.and_then(|columns| {
            let mut places = columns
                .iter()
                .map(|tag| hot::position(tag.id()))
                .collect::<Option<Vec<usize>>>()?;
            places.sort_unstable();
            places.dedup();
            Some(places)
        });
        let columns = columns.map(|columns| {
            let mut ids: Vec<u16> = columns.iter().map(|tag| tag.id()).collect();
            ids.sort_unstable();
            ids
        });
        Self { connection, columns, hot }
    }

    fn wanted(&self, inline: u64) -> Wanted<'_> {
        Wanted { ids: self.columns.as_deref(), inline }
    }

    /// Visits the rows of a table.
    pub(crate) fn rows(
        &self,
        source: &RowSource,
        each: Each<'_>,
        broken: Broken<'_>,
    ) -> Result<()> {
        match source {
            RowSource::Hierarchy(folder) => {
                read::folder(self.connection, *folder)?;
                let mut select = self
                    .connection
                    .prepare_cached("SELECT id FROM folder WHERE parent = ? ORDER BY id")
                    .sql()?;
                let mut ids = select.query([*folder as i64]).sql()?;
                while let Some(row) = ids.next().sql()? {
                    let id: i64 = row.get(0).sql()?;
                    if each(self.folder(id as u64, broken)).is_break() {
                        break;
                    }
                }
                Ok(())
            }
            RowSource::Contents(folder) => match read::folder(self.connection, *folder)?.kind {
                ItemKind::SearchFolder => self.messages(
                    "link l CROSS JOIN item i ON i.id = l.message
                         CROSS JOIN msg m ON m.folder = i.parent AND m.shelf = 0 AND m.id = i.id",
                    "l.folder = ? ORDER BY l.message",
                    params![*folder as i64],
                    each,
                    broken,
                ),
                _ => self.shelf(*folder, "m.shelf = 0", each, broken),
            },
            RowSource::Associated(folder) => {
                read::folder(self.connection, *folder)?;
                self.shelf(*folder, "m.shelf = 1", each, broken)
            }
            RowSource::Deleted(folder) => {
                read::folder(self.connection, *folder)?;
                self.shelf(*folder, "m.shelf >= 2", each, broken)
            }
            RowSource::Recipients(at) => {
                let (id, _) = read::message(self.connection, at)?;
                for recipient in read::recipients(self.connection, id)? {
                    let number = recipient.i32(tags::ROWID).unwrap_or_default() as u32;
                    let row = Row { id: number.into(), props: self.cut(recipient) };
                    if each(Ok(row)).is_break() {
                        break;
                    }
                }
                Ok(())
            }
            RowSource::Attachments(at) => {
                let (id, _) = read::message(self.connection, at)?;
                let mut select = self
                    .connection
                    .prepare_cached("SELECT num, props FROM att WHERE owner = ? ORDER BY num")
                    .sql()?;
                let mut rows = select.query([id]).sql()?;
                while let Some(row) = rows.next().sql()? {
                    let number: u32 = row.get(0).sql()?;
                    let props = row.get_ref(1).sql()?.as_blob().map_err(|_| no_blob())?;
                    let object = ObjectRef::Attachment(at.clone(), number);
                    let props = read::bag(
                        self.connection,
                        props,
                        &mut || Ok(&[]),
                        self.wanted(INLINE),
                        &mut |tag, error| broken(&object, tag, error),
                    );
                    if each(props.map(|props| Row { id: number.into(), props })).is_break() {
                        break;
                    }
                }
                Ok(())
            }
            RowSource::ReceiveFolders => self.receive_folders(each),
        }
    }

    /// Visits rows of a folder's table by their numbers, in that order.
    pub(crate) fn rows_of(
        &self,
        source: &RowSource,
        ids: &[u64],
        each: Each<'_>,
        broken: Broken<'_>,
    ) -> Result<()> {
        let (folder, shelf) = match source {
            RowSource::Hierarchy(folder) => {
                read::folder(self.connection, *folder)?;
                for id in ids {
                    let item = read::item(self.connection, *id)?;
                    let there =
                        item.is_some_and(|item| item.is_folder() && item.parent == Some(*folder));
                    if there && each(self.folder(*id, broken)).is_break() {
                        break;
                    }
                }
                return Ok(());
            }
            RowSource::Contents(folder) => (*folder, "m.shelf = 0"),
            RowSource::Associated(folder) => (*folder, "m.shelf = 1"),
            RowSource::Deleted(folder) => (*folder, "m.shelf IN (2, 3)"),
            _ => return Err(Error::no_support("only rows of folders have numbers")),
        };
        let is_search = read::folder(self.connection, folder)?.kind == ItemKind::SearchFolder;
        let (from, filter) = if is_search && matches!(source, RowSource::Contents(_)) {
            let from = "link l CROSS JOIN item i ON i.id = l.message
                        CROSS JOIN msg m ON m.folder = i.parent AND m.shelf = 0 AND m.id = i.id";
            (from, "l.folder = ?1 AND l.message = ?2".to_owned())
        } else {
            ("msg m", format!("m.folder = ?1 AND {shelf} AND m.id = ?2"))
        };
        let mut select = self.connection.prepare_cached(&self.select(from, &filter)).sql()?;
        for id in ids {
            let key = params![folder as i64, *id as i64];
            if self.visit(&mut select, key, each, broken)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn shelf(&self, folder: u64, shelf: &str, each: Each<'_>, broken: Broken<'_>) -> Result<()> {
        let filter = format!("m.folder = ? AND {shelf} ORDER BY m.id");
        self.messages("msg m", &filter, params![folder as i64], each, broken)
    }

    fn messages(
        &self,
        from: &str,
        filter: &str,
        params: impl Params,
        each: Each<'_>,
        broken: Broken<'_>,
    ) -> Result<()> {
        let mut select = self.connection.prepare_cached(&self.select(from, filter)).sql()?;
        self.visit(&mut select, params, each, broken).map(drop)
    }

    /// The statement that gives what [`visit`](Self::visit) expects: the columns of `msg`, or all
    /// properties.
    fn select(&self, from: &str, filter: &str) -> String {
        match &self.hot {
            Some(hot) => {
                let mut columns = String::new();
                for place in hot {
                    columns.push_str(", m.");
                    columns.push_str(HOT[*place].column);
                }
                format!("SELECT m.id, m.odd{columns} FROM {from} WHERE {filter}")
            }
            None => format!(
                "SELECT m.id, m.status, o.props FROM {from} CROSS JOIN obj o ON o.id = m.id
                 WHERE {filter}"
            ),
        }
    }

    fn visit(
        &self,
        select: &mut Statement<'_>,
        params: impl Params,
        each: Each<'_>,
        broken: Broken<'_>,
    ) -> Result<ControlFlow<()>> {
        let mut rows = select.query(params).sql()?;
        while let Some(row) = rows.next().sql()? {
            let id = row.get::<_, i64>(0).sql()? as u64;
            let props = match &self.hot {
                Some(hot) => self.hot_row(id, row, hot, broken),
                None => self.whole_row(id, row, broken),
            };
            if each(props.map(|props| Row { id, props })).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn hot_row(
        &self,
        id: u64,
        row: &rusqlite::Row<'_>,
        hot: &[usize],
        broken: Broken<'_>,
    ) -> Result<PropBag> {
        let odd: i64 = row.get(1).sql()?;
        if hot.iter().any(|place| odd >> place & 1 != 0) {
            return self.message(id, broken);
        }
        let mut found = Vec::with_capacity(hot.len());
        for (at, place) in (2..).zip(hot) {
            let hot = &HOT[*place];
            if let Some(value) = hot::from_column(hot, row.get_ref(at).sql()?) {
                found.push(Prop { tag: hot.tag, value });
            }
        }
        Ok(found.into_iter().collect())
    }

    fn whole_row(&self, id: u64, row: &rusqlite::Row<'_>, broken: Broken<'_>) -> Result<PropBag> {
        let status: Option<i32> = row.get(1).sql()?;
        let props = row.get_ref(2).sql()?.as_blob().map_err(|_| no_blob())?;
        let mut bag = self.assemble(id, props, broken)?;
        let status = status.filter(|_| self.wanted(INLINE).has(tags::MSG_STATUS.id()));
        if let Some(status) = status {
            bag.set(tags::MSG_STATUS, status);
        }
        Ok(bag)
    }

    /// The second part of a bag is rarely needed for a row, and not read before it is.
    fn assemble(&self, id: u64, props: &[u8], broken: Broken<'_>) -> Result<PropBag> {
        let big = std::cell::OnceCell::new();
        let object = ObjectRef::message(id);
        read::bag(
            self.connection,
            props,
            &mut || {
                if big.get().is_none() {
                    let read = read::obj(self.connection, id as i64)?.big;
                    return Ok(big.get_or_init(|| read).as_slice());
                }
                Ok(big.get().map(Vec::as_slice).unwrap_or_default())
            },
            self.wanted(INLINE),
            &mut |tag, error| broken(&object, tag, error),
        )
    }

    fn message(&self, id: u64, broken: Broken<'_>) -> Result<PropBag> {
        let object = ObjectRef::message(id);
        let broken = &mut |tag, error: &Error| broken(&object, tag, error);
        read::properties(self.connection, &object, self.wanted(INLINE), broken)
    }

    fn folder(&self, id: u64, broken: Broken<'_>) -> Result<Row> {
        let item = read::folder(self.connection, id)?;
        let stored = read::obj(self.connection, id as i64)?;
        let wanted = self.wanted(INLINE);
        let object = ObjectRef::Folder(id);
        let mut props = read::bag(
            self.connection,
            &stored.props,
            &mut || Ok(&stored.big[..]),
            wanted,
            &mut |tag, error| broken(&object, tag, error),
        )?;
        if COUNTED.iter().any(|tag| wanted.has(tag.id())) {
            for prop in read::counts(self.connection, id, item.kind)? {
                if wanted.has(prop.tag.id()) {
                    props.insert(prop);
                }
            }
        }
        Ok(Row { id, props })
    }

    fn receive_folders(&self, each: Each<'_>) -> Result<()> {
        let mut select = self
            .connection
            .prepare_cached("SELECT class, entry_id FROM receive ORDER BY class")
            .sql()?;
        let mut rows = select.query([]).sql()?;
        let mut number = 0;
        while let Some(row) = rows.next().sql()? {
            number += 1;
            let class: String = row.get(0).sql()?;
            let entry_id: Vec<u8> = row.get(1).sql()?;
            let mut props = PropBag::new();
            props.set(tags::MESSAGE_CLASS, class.as_str());
            props.set(tags::ENTRYID, Value::Binary(entry_id.into()));
            if each(Ok(Row { id: number, props: self.cut(props) })).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Only the wanted columns.
    fn cut(&self, bag: PropBag) -> PropBag {
        match &self.columns {
            Some(_) => {
                bag.iter().filter(|prop| self.wanted(INLINE).has(prop.tag.id())).cloned().collect()
            }
            None => bag,
        }
    }
}

/// How many rows a folder's table has; `None` for other tables.
pub(crate) fn count(connection: &Connection, source: &RowSource) -> Result<Option<u64>> {
    let (folder, column) = match source {
        RowSource::Hierarchy(folder) => (*folder, "folders"),
        RowSource::Contents(folder) => (*folder, "content"),
        RowSource::Associated(folder) => (*folder, "assoc"),
        RowSource::Deleted(folder) => (*folder, "deleted"),
        _ => return Ok(None),
    };
    let item = read::folder(connection, folder)?;
    let sql = if item.kind == ItemKind::SearchFolder && column == "content" {
        "SELECT count(*) FROM link WHERE folder = ?".to_owned()
    } else {
        format!("SELECT {column} FROM folder WHERE id = ?")
    };
    let mut select = connection.prepare_cached(&sql).sql()?;
    let count: i64 = select.query_row([folder as i64], |row| row.get(0)).sql()?;
    Ok(Some(count as u64))
}

fn no_blob() -> Error {
    Error::corrupt("the properties are not bytes")
}
