//! The store contract.

use std::fmt;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mapix_core::prop::{Guid, PropBag, PropName, PropTag, tags};
use mapix_core::query::{BodyText, Names, PlainOnly};
use mapix_core::store::{
    Capability, Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MessageRef,
    MessageStore, ObjectRef, Parts, Row, RowQuery, RowSource, SearchCriteria, SearchHit,
    SearchPlan, SearchRequest, Severity, StoreInfo, ValueStream,
};
use mapix_core::{Context, EntryId, Error, ErrorCode, Result};
use rusqlite::Connection;

use crate::db::{Access, Db, Reader};
use crate::error::Sql;
use crate::lob::{self, LobStream};
use crate::read::{self, Opened, ROOT, Wanted};
use crate::rows::{self, Visit};
use crate::{commit, create, entry, log, media, names, query, schema, search};

/// How often somebody who waits looks for commits of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(4);
/// How many diagnostics are kept.
const MOST_DIAGNOSTICS: usize = 10_000;

/// An embedded store: one SQLite file that any number of programs read and write at once.
pub struct LocalStore {
    info: StoreInfo,
    db: Arc<Db>,
    /// For those who wait: the cursor of the last commit of this process, and whether it is over.
    signal: Mutex<Signal>,
    waiting: Condvar,
    diagnostics: Mutex<Vec<Diagnostic>>,
    bodies: Arc<dyn BodyText>,
    /// Whether searches have looked for texts of other converters.
    looked: AtomicBool,
}

#[derive(Clone, Copy, Default, Debug)]
struct Signal {
    cursor: u64,
    ended: bool,
}

impl LocalStore {
    /// Opens a store for reading.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is no file; `MAPI_E_CORRUPT_STORE` if it is no store;
    /// `MAPI_E_VERSION` if it is of a newer format; `MAPI_E_NO_SUPPORT` on a network file system.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        open(path, false).context(|| path.display().to_string())
    }

    /// Opens a store for reading and writing.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); `MAPI_E_NO_ACCESS` if the file cannot be written.
    pub fn open_for_writing(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        open(path, true).context(|| path.display().to_string())
    }

    /// Makes a store with the special folders if there is no file, and opens it for reading and
    /// writing.
    ///
    /// # Errors
    /// Those of [`open_for_writing`](Self::open_for_writing), and those of the file system.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        Self::create_with_uid(path, Guid::unique())
    }

    /// As [`create`](Self::create), but a store that is made has this UID: two stores that are
    /// made and filled alike are alike to the last byte that a client sees. No two stores that are
    /// ever open together may have the same.
    ///
    /// # Errors
    /// Those of [`create`](Self::create).
    pub fn create_with_uid(path: impl AsRef<Path>, uid: Guid) -> Result<Self> {
        let path = path.as_ref();
        let place = || path.display().to_string();
        if !path.exists() {
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            media::check(directory.unwrap_or(Path::new("."))).context(place)?;
            create::create(path, uid).context(place)?;
        }
        open(path, true).context(place)
    }

    /// Converts HTML and RTF bodies for the full-text index. Without it only plain bodies are in
    /// the index, and searches look at the other messages one by one.
    pub fn with_body_text(self, bodies: Arc<dyn BodyText>) -> Self {
        Self { bodies, ..self }
    }

    /// Makes the full-text index anew, as when it is damaged, or when bodies are converted that
    /// nobody could convert when they were saved. Gives how many messages are in it. Others may
    /// read, write and search meanwhile.
    ///
    /// # Errors
    /// `MAPI_E_NO_ACCESS` if the store is open for reading only; those of the file.
    pub fn reindex(&self) -> Result<u64> {
        self.place(search::rebuild(&self.db, &*self.bodies))
    }

    /// Names the file in an error, and remembers what is damaged.
    fn place<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            if matches!(error.code(), ErrorCode::CORRUPT_STORE | ErrorCode::CORRUPT_DATA) {
                self.diagnose(None, &error);
            }
            if error.code() == ErrorCode::CORRUPT_STORE || error.code() == ErrorCode::DISK_ERROR {
                return error.context(self.db.path().display());
            }
            error
        })
    }

    fn diagnose(&self, object: Option<&ObjectRef>, error: &Error) {
        self.remark(Severity::Error, object, error.to_string());
    }

    fn remark(&self, severity: Severity, object: Option<&ObjectRef>, cause: String) {
        let place = object
            .map_or_else(|| self.db.path().display().to_string(), |object| format!("{object:?}"));
        let diagnostic = Diagnostic { severity, object: object.cloned(), place, cause };
        let mut all = self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST_DIAGNOSTICS && !all.contains(&diagnostic) {
            all.push(diagnostic);
        }
    }

    /// Tells once if other converters than that of this program made texts for the index.
    fn look_for_converters(&self, reader: &Reader) -> Result<()> {
        if self.looked.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        for name in search::other_converters(reader, &*self.bodies)? {
            let cause = format!(
                "texts in the full-text index are from \"{name}\", not from \"{}\": searches may \
                 miss messages until mapix compact --reindex",
                self.bodies.name()
            );
            self.remark(Severity::Warning, None, cause);
        }
        Ok(())
    }

    /// Reads with one statement or several, all as of one moment.
    fn reading<T>(&self, read: impl FnOnce(&Reader) -> Result<T>) -> Result<T> {
        self.place(self.db.current().and_then(|reader| read(&reader)))
    }

    fn writable(&self) -> Result<()> {
        if self.db.access() == Access::Write {
            return Ok(());
        }
        Err(Error::new(ErrorCode::NO_ACCESS, "the store is open for reading only"))
    }

    fn signal(&self, change: impl FnOnce(&mut Signal)) {
        change(&mut self.signal.lock().unwrap_or_else(PoisonError::into_inner));
        self.waiting.notify_all();
    }

    /// Whether something was committed after a cursor, or the store has ended.
    fn seen(&self, cursor: u64) -> Result<Option<bool>> {
        let signal = *self.signal.lock().unwrap_or_else(PoisonError::into_inner);
        if signal.ended || signal.cursor > cursor {
            return Ok(Some(!signal.ended));
        }
        let (now, _) = log::state(&*self.db.read()?)?;
        Ok(Some(true).filter(|_| now > cursor))
    }
}

fn open(path: &Path, write: bool) -> Result<LocalStore> {
    std::fs::metadata(path)?;
    media::check(path)?;
    let db = Db::open(path, write)?;
    let reader = db.read()?;
    let version = schema::check(&reader)?;
    if version < schema::VERSION {
        if !write {
            return Err(Error::new(
                ErrorCode::VERSION,
                format!("the store has format {version}; open it for writing once to renew it"),
            ));
        }
        db.write(schema::migrate)?;
    }
    if write && lob::needs_sweep(&reader)? {
        db.write(lob::sweep)?;
    }
    let uid: [u8; 16] = reader.query_row("SELECT uid FROM state", [], |row| row.get(0)).sql()?;
    drop(reader);
    let read = Capability::FULL_ROWS
        | Capability::UNICODE
        | Capability::DURABLE
        | Capability::SEARCH
        | Capability::SOFT_DELETE
        | Capability::NOTIFY;
    let mut capability = read;
    if write {
        capability = capability | Capability::WRITE | Capability::CREATE_NAMES;
    }
    let name = path.file_stem().unwrap_or(path.as_os_str());
    let info = StoreInfo {
        uid: Guid(uid),
        provider: "MAPIX",
        display_name: name.to_string_lossy().into_owned(),
        format: format!("mapix, version {}", schema::VERSION),
        root: ROOT,
        capability,
        details: vec![
            ("engine", format!("SQLite {}", rusqlite::version())),
            ("format", schema::VERSION.to_string()),
        ],
    };
    let (signal, waiting, diagnostics) = Default::default();
    let bodies = Arc::new(PlainOnly);
    let looked = AtomicBool::new(false);
    Ok(LocalStore { info, db, signal, waiting, diagnostics, bodies, looked })
}

/// The named properties that a connection sees.
struct Known<'a>(&'a Connection);

impl Names for Known<'_> {
    fn id_of(&self, name: &PropName) -> Result<Option<u16>> {
        names::id(self.0, name)
    }
}

impl MessageStore for LocalStore {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        self.reading(|reader| {
            let broken = &mut |tag: PropTag, error: &Error| {
                self.diagnose(Some(object), &Error::corrupt(error.to_string()).context(tag));
            };
            read::properties(reader, object, Wanted::all(inline), broken)
        })
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.place(self.db.current().and_then(|reader| {
            match read::open(&read::stored(&reader, object)?, tag)? {
                Opened::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes)) as Box<dyn ValueStream>),
                Opened::Lob(lob) => Ok(Box::new(LobStream::new(reader, lob.id, lob.size))),
            }
        }))
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.reading(|reader| {
            let visit = Visit::new(reader, columns);
            visit.rows(source, each, &mut |object, tag, error| {
                self.diagnose(Some(object), &Error::corrupt(error.to_string()).context(tag));
            })
        })
    }

    fn rows_of(
        &self,
        source: &RowSource,
        ids: &[u64],
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.reading(|reader| {
            let visit = Visit::new(reader, columns);
            visit.rows_of(source, ids, each, &mut |object, tag, error| {
                self.diagnose(Some(object), &Error::corrupt(error.to_string()).context(tag));
            })
        })
    }

    fn query(&self, query: &RowQuery<'_>) -> Result<Option<Vec<u64>>> {
        self.reading(|reader| query::query(reader, query))
    }

    fn row_count(&self, source: &RowSource) -> Result<Option<u64>> {
        self.reading(|reader| rows::count(reader, source))
    }

    fn search(
        &self,
        request: &SearchRequest<'_>,
        each: &mut dyn FnMut(SearchHit) -> ControlFlow<()>,
    ) -> Result<Option<SearchPlan>> {
        let bag = self.properties(&ObjectRef::Store, u64::MAX)?;
        let top = bag.bytes(tags::IPM_SUBTREE_ENTRYID).map(EntryId::from_bytes);
        let top = top.and_then(Result::ok).and_then(|id| match self.resolve(&id) {
            Ok(ObjectRef::Folder(id)) => Some(id),
            _ => None,
        });
        let place = search::Place { root: self.info.root, top };
        self.reading(|reader| {
            self.look_for_converters(reader)?;
            search::search(reader, place, &Known(reader), request, each)
        })
    }

    fn search_criteria(&self, folder: u64) -> Result<Option<SearchCriteria>> {
        self.reading(|reader| {
            read::folder(reader, folder)?;
            commit::criteria(reader, folder)
        })
    }

    fn stamp(&self, id: u64) -> Result<u64> {
        self.reading(|reader| read::known(reader, id).map(|item| item.stamp))
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        self.reading(|reader| read::known(reader, id).map(|item| item.kind))
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        self.reading(|reader| read::known(reader, id).map(|item| item.parent))
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        self.reading(|reader| {
            let mut select =
                reader.prepare_cached("SELECT id, kind, parent FROM item ORDER BY id").sql()?;
            let mut rows = select.query([]).sql()?;
            while let Some(row) = rows.next().sql()? {
                let id = row.get::<_, i64>(0).sql()? as u64;
                let kind = read::kind_of(row.get(1).sql()?);
                let unknown = || Error::corrupt(format!("object {id} is of no known kind"));
                let (kind, _) = kind.ok_or_else(unknown)?;
                let parent = row.get::<_, Option<i64>>(2).sql()?.map(|id| id as u64);
                if each(InventoryItem { id, kind, parent }).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    fn parts(&self, message: u64) -> Result<Parts> {
        self.reading(|reader| {
            let (id, _) = read::message(reader, &MessageRef::new(message))?;
            let mut parts = Parts::default();
            count_parts(reader, id, 0, &mut parts)?;
            Ok(parts)
        })
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        self.reading(|reader| entry::of(reader, self.info.uid, object))
    }

    fn former_entry_id(&self, object: &ObjectRef) -> Option<EntryId> {
        entry::former(self.info.uid, object)
    }

    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.reading(|reader| entry::resolve(reader, self.info.uid, entry_id))
    }

    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        self.reading(|reader| ids.iter().map(|id| names::name(reader, *id)).collect())
    }

    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
        let found: Vec<Option<u16>> =
            self.reading(|reader| names.iter().map(|name| names::id(reader, name)).collect())?;
        if !create || found.iter().all(Option::is_some) {
            return Ok(found);
        }
        self.writable()?;
        self.place(self.db.write(|tx| names::create(tx, names)))
    }

    fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        self.reading(|reader| names::all(reader))
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Commit> {
        self.writable()?;
        let commit = self.place(commit::commit(&self.db, self.info.uid, &*self.bodies, changes))?;
        self.signal(|signal| signal.cursor = signal.cursor.max(commit.cursor));
        Ok(commit)
    }

    fn changes_since(&self, cursor: u64) -> Result<Changes> {
        self.reading(|reader| log::since(reader, cursor))
    }

    fn wait_for_changes(&self, cursor: u64, timeout: Duration) -> Result<bool> {
        let end = Instant::now().checked_add(timeout);
        loop {
            if let Some(seen) = self.place(self.seen(cursor))? {
                return Ok(seen);
            }
            let left = end.map_or(LOOK_EVERY, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(false);
            }
            let signal = self.signal.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = |signal: &mut Signal| !signal.ended && signal.cursor <= cursor;
            drop(self.waiting.wait_timeout_while(signal, left.min(LOOK_EVERY), idle));
        }
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn logoff(&self) -> Result<()> {
        self.signal(|signal| signal.ended = true);
        self.db.drop_idle();
        Ok(())
    }
}

fn count_parts(connection: &Connection, id: i64, depth: usize, parts: &mut Parts) -> Result<()> {
    if depth > MessageRef::MAX_DEPTH {
        return Err(Error::corrupt("messages are embedded in each other without end"));
    }
    let mut select = connection.prepare_cached("SELECT embedded FROM att WHERE owner = ?").sql()?;
    let inside = select.query_map([id], |row| row.get::<_, Option<i64>>(0)).sql()?;
    let inside: Vec<Option<i64>> = inside.collect::<rusqlite::Result<_>>().sql()?;
    drop(select);
    parts.attachments += inside.len() as u64;
    for id in inside.into_iter().flatten() {
        parts.embedded += 1;
        count_parts(connection, id, depth + 1, parts)?;
    }
    Ok(())
}

impl fmt::Debug for LocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalStore").field("info", &self.info).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
