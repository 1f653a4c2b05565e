//! Is a store as it should be?

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use mapix_core::check::{Grade, Rule};
use mapix_core::prop::PropBag;
use mapix_core::query::BodyText;
use mapix_core::{Context, Error, ErrorCode, Result};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use sha2::{Digest, Sha256};

use super::rules;
use crate::codec::{self, Place};
use crate::db::{Db, Reader};
use crate::error::Sql;
use crate::hot::{self, HOT, STATUS};
use crate::lob::{self, CHUNK, LAST, NUMBER_BITS};
use crate::read::{self, ROOT, STORE, Wanted};
use crate::search::{self, ID_BITS};
use crate::{commit, media, names, schema};

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that is not kept.
    pub rule: &'static Rule,
    /// Where: `message 17`.
    pub place: String,
    /// What was expected, and what is there.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { id, grade, title, .. } = self.rule;
        write!(f, "{id} {grade}: {}: {title}", self.place)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

/// The judgement on a store.
#[derive(Clone, Default, Debug)]
pub struct CheckReport {
    /// `mapix, version 1`; `None` if the file could not be opened.
    pub format: Option<String>,
    /// The length of the file in bytes.
    pub size: u64,
    /// How many of each kind were looked at.
    pub checked: BTreeMap<&'static str, u64>,
    /// The findings; of each rule only the first.
    pub findings: Vec<Finding>,
    /// How many findings each rule has, by its ID.
    pub counts: BTreeMap<&'static str, u64>,
    grades: [u64; 4],
    keep: u64,
}

impl CheckReport {
    /// Whether nothing is wrong. Remarks are not wrong.
    pub fn ok(&self) -> bool {
        Grade::ALL.iter().all(|grade| *grade == Grade::Remark || self.count(*grade) == 0)
    }

    /// How many findings have a grade.
    pub fn count(&self, grade: Grade) -> u64 {
        self.grades[grade as usize]
    }

    fn add(&mut self, rule: &'static Rule, place: impl fmt::Display, detail: impl Into<String>) {
        self.grades[rule.grade as usize] += 1;
        let count = self.counts.entry(rule.id).or_default();
        *count += 1;
        if *count <= self.keep {
            let (place, detail) = (place.to_string(), detail.into());
            self.findings.push(Finding { rule, place, detail });
        }
    }

    fn looked_at(&mut self, what: &'static str) {
        *self.checked.entry(what).or_default() += 1;
    }
}

/// Judges a store, as it is at this moment, whoever writes meanwhile. `quick` leaves out what reads
/// all of the file: the contents of objects and of large values. The report keeps `keep` findings
/// of each rule. With `bodies`, the converter with which the store was filled, the words of each
/// message are held against the index, unless it is quick. `watch` is asked now and then whether to go on.
///
/// What cannot be read is a finding; only the file itself, and whoever cancels, make errors.
///
/// # Errors
/// Those of the file system; `MAPI_E_CANCEL`.
pub fn check(
    path: impl AsRef<Path>,
    quick: bool,
    keep: u64,
    bodies: Option<&dyn BodyText>,
    watch: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<CheckReport> {
    let path = path.as_ref();
    let mut report = CheckReport { keep, ..CheckReport::default() };
    report.size = std::fs::metadata(path).context(|| path.display().to_string())?.len();
    let opened = media::check(path).and_then(|()| Db::open(path, false)).and_then(|db| {
        let reader = db.snapshot()?;
        let version = schema::check(&reader)?;
        Ok((reader, version))
    });
    match opened {
        Ok((reader, version)) => {
            report.format = Some(format!("mapix, version {version}"));
            // An older index is made anew when the store is opened for writing.
            let bodies = bodies.filter(|_| version == schema::VERSION);
            let mut check =
                Check { reader: &reader, report, bodies, watch, ticks: 0, owners: HashMap::new() };
            check.run(quick)?;
            Ok(check.report)
        }
        Err(error) => {
            report.add(&rules::FILE, "file", error.to_string());
            Ok(report)
        }
    }
}

struct Check<'a> {
    reader: &'a Reader,
    report: CheckReport,
    bodies: Option<&'a dyn BodyText>,
    watch: &'a mut dyn FnMut() -> ControlFlow<()>,
    ticks: u64,
    /// How many properties have each large value.
    owners: HashMap<i64, i64>,
}

/// A part of the check.
type Part<'a> = fn(&mut Check<'a>) -> Result<()>;

impl<'a> Check<'a> {
    /// How often the watcher is asked.
    const EVERY: u64 = 256;

    fn run(&mut self, quick: bool) -> Result<()> {
        self.database(quick)?;
        let parts: [(&str, Part<'a>); 10] = [
            ("the numbers", Self::numbers),
            ("the inventory", Self::items),
            ("the rows", Self::rows),
            ("the folders", Self::folders),
            ("the counts", Self::counts),
            ("the attachments", Self::attachments),
            ("the search folders", Self::searches),
            ("the names", Self::names),
            ("the index", Self::index),
            ("the converters of texts", Self::converters),
        ];
        let deep: [(&str, Part<'a>); 3] = [
            ("the objects", Self::objects),
            ("the large values", Self::lobs),
            ("the words of the index", Self::words),
        ];
        let deep = deep.into_iter().filter(|_| !quick);
        for (name, part) in parts.into_iter().chain(deep) {
            match part(self) {
                Err(error) if error.code() == ErrorCode::CANCEL => return Err(error),
                Err(error) => self.report.add(&rules::UNREADABLE, name, error.to_string()),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn tick(&mut self, what: &'static str) -> Result<()> {
        self.report.looked_at(what);
        self.ticks += 1;
        if self.ticks.is_multiple_of(Self::EVERY) && (self.watch)().is_break() {
            return Err(Error::new(ErrorCode::CANCEL, "the check was cancelled"));
        }
        Ok(())
    }

    /// Visits the rows of a statement.
    fn each(
        &mut self,
        sql: &str,
        params: impl Params,
        what: &'static str,
        look: &mut dyn FnMut(&mut Self, &Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut select = self.reader.prepare(sql).sql()?;
        let mut rows = select.query(params).sql()?;
        while let Some(row) = rows.next().sql()? {
            self.tick(what)?;
            look(self, row)?;
        }
        Ok(())
    }

    /// Reports every row of a statement that gives a number, and perhaps a text.
    fn report_each(&mut self, rule: &'static Rule, kind: &str, sql: &str) -> Result<()> {
        let mut select = self.reader.prepare(sql).sql()?;
        let with_detail = select.column_count() > 1;
        let mut rows = select.query([]).sql()?;
        while let Some(row) = rows.next().sql()? {
            let id: i64 = row.get(0).sql()?;
            let detail = if with_detail { row.get(1).sql()? } else { String::new() };
            self.report.add(rule, format!("{kind} {id}"), detail);
        }
        Ok(())
    }

    /// What SQLite itself says.
    fn database(&mut self, quick: bool) -> Result<()> {
        let pragma = if quick { "quick_check" } else { "integrity_check" };
        let mut lines = Vec::new();
        let result = self.reader.pragma_query(None, pragma, |row| {
            lines.push(row.get::<_, String>(0)?);
            Ok(())
        });
        if let Err(error) = result.sql() {
            self.report.add(&rules::DATABASE, "database", error.to_string());
        }
        for line in lines.into_iter().filter(|line| line != "ok") {
            self.report.add(&rules::DATABASE, "database", line);
        }
        self.tick("databases")
    }

    fn numbers(&mut self) -> Result<()> {
        for table in ["item", "obj", "folder", "msg"] {
            let sql = format!("SELECT id FROM {table} WHERE id >= (SELECT next FROM state)");
            self.report_each(&rules::COUNTER, table, &sql)?;
        }
        let stamps = "SELECT id FROM item WHERE stamp > (SELECT cursor FROM state)";
        self.report_each(&rules::COUNTER, "stamp of object", stamps)
    }

    fn items(&mut self) -> Result<()> {
        self.report_each(
            &rules::OBJECT_MISSING,
            "object",
            "SELECT id FROM item WHERE NOT EXISTS (SELECT 1 FROM obj WHERE obj.id = item.id)
             UNION ALL
             SELECT embedded FROM att WHERE embedded IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM obj WHERE obj.id = att.embedded)",
        )?;
        self.report_each(
            &rules::OBJECT_ORPHAN,
            "object",
            &format!(
                "SELECT id FROM obj WHERE id <> {STORE}
                 AND NOT EXISTS (SELECT 1 FROM item WHERE item.id = obj.id)
                 AND id NOT IN (SELECT embedded FROM att WHERE embedded IS NOT NULL)"
            ),
        )?;
        self.report_each(
            &rules::PARENT,
            "object",
            &format!(
                "SELECT i.id, 'folder ' || coalesce(i.parent, 'of no number') FROM item i
                 LEFT JOIN item p ON p.id = i.parent
                 WHERE i.id <> {ROOT} AND (p.id IS NULL OR p.kind <> 0)"
            ),
        )?;
        self.report_each(
            &rules::ROW_MISSING,
            "message",
            "SELECT id FROM item i WHERE kind >= 2 AND NOT EXISTS
             (SELECT 1 FROM msg m WHERE m.folder = i.parent AND m.shelf = i.kind - 2 AND m.id = i.id)",
        )
    }

    fn rows(&mut self) -> Result<()> {
        self.report_each(
            &rules::ROW_STRAY,
            "message",
            "SELECT m.id, 'in folder ' || m.folder FROM msg m LEFT JOIN item i ON i.id = m.id
             WHERE i.id IS NULL OR i.parent <> m.folder OR i.kind <> m.shelf + 2",
        )
    }

    fn folders(&mut self) -> Result<()> {
        self.report_each(
            &rules::FOLDER_ROW,
            "folder",
            "SELECT i.id FROM item i LEFT JOIN folder f ON f.id = i.id
             WHERE i.kind < 2 AND (f.id IS NULL OR f.parent IS NOT i.parent)
             UNION ALL
             SELECT f.id FROM folder f LEFT JOIN item i ON i.id = f.id
             WHERE i.id IS NULL OR i.kind >= 2",
        )?;
        self.report_each(
            &rules::CYCLE,
            "folder",
            &format!(
                "WITH RECURSIVE reached (id) AS (
                     SELECT {ROOT} UNION SELECT f.id FROM folder f JOIN reached r ON f.parent = r.id
                 )
                 SELECT f.id FROM folder f
                 WHERE f.id NOT IN (SELECT id FROM reached)
                 AND EXISTS (SELECT 1 FROM folder p WHERE p.id = f.parent)"
            ),
        )
    }

    fn counts(&mut self) -> Result<()> {
        let sql = "SELECT f.id, f.folders, f.content, f.unread, f.assoc, f.deleted, f.size,
             (SELECT count(*) FROM folder c WHERE c.parent = f.id),
             m.content, m.unread, m.assoc, m.deleted, m.size
             FROM folder f LEFT JOIN (
                 SELECT folder, total(shelf = 0) AS content,
                 total(shelf = 0 AND coalesce(flags, 0) & 1 = 0) AS unread,
                 total(shelf = 1) AS assoc, total(shelf > 1) AS deleted,
                 total(iif(shelf < 2, size, 0)) AS size
                 FROM msg GROUP BY folder
             ) m ON m.folder = f.id";
        self.each(sql, [], "folders", &mut |check, row| {
            let id: i64 = row.get(0).sql()?;
            let names = ["folders", "messages", "unread", "associated", "deleted", "bytes"];
            for (at, name) in (1..).zip(names) {
                let said: i64 = row.get(at).sql()?;
                let there: Option<f64> = row.get(at + 6).sql()?;
                let there = there.unwrap_or_default() as i64;
                if said != there {
                    let detail = format!("{name}: it says {said}, it has {there}");
                    check.report.add(&rules::COUNTS, format!("folder {id}"), detail);
                }
            }
            Ok(())
        })
    }

    fn attachments(&mut self) -> Result<()> {
        self.report_each(
            &rules::ATTACHMENT_ORPHAN,
            "object",
            "SELECT owner, 'attachment ' || num FROM att
             WHERE NOT EXISTS (SELECT 1 FROM obj WHERE obj.id = att.owner)",
        )
    }

    fn searches(&mut self) -> Result<()> {
        self.report_each(
            &rules::LINK,
            "search folder",
            "SELECT l.folder, 'message ' || l.message FROM link l
             LEFT JOIN item i ON i.id = l.message LEFT JOIN search s ON s.folder = l.folder
             WHERE i.id IS NULL OR i.kind <> 2 OR s.folder IS NULL",
        )?;
        self.each("SELECT folder FROM search", [], "search folders", &mut |check, row| {
            let folder: i64 = row.get(0).sql()?;
            if let Err(error) = commit::criteria(check.reader, folder as u64) {
                let place = format!("search folder {folder}");
                check.report.add(&rules::CRITERIA, place, error.to_string());
            }
            Ok(())
        })
    }

    fn names(&mut self) -> Result<()> {
        self.each("SELECT id FROM name", [], "names", &mut |check, row| {
            let id: i64 = row.get(0).sql()?;
            let place = format!("property 0x{id:04X}");
            match u16::try_from(id).map(|id| names::name(check.reader, id)) {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => check.report.add(&rules::NAME, place, error.to_string()),
                Err(_) => check.report.add(&rules::NAME, place, "it is no property ID"),
            }
            Ok(())
        })
    }

    /// The full-text index has every message, once, and nothing else.
    fn index(&mut self) -> Result<()> {
        self.report_each(
            &rules::INDEX,
            "message",
            &format!(
                "SELECT i.id, 'it is not in the index' FROM item i
                 WHERE i.kind >= 2 AND NOT EXISTS (SELECT 1 FROM place p WHERE p.id = i.id)
                 UNION ALL
                 SELECT p.id, 'it is in the index, but not there' FROM place p
                 LEFT JOIN item i ON i.id = p.id WHERE i.id IS NULL OR i.kind < 2
                 UNION ALL
                 SELECT p.id, 'its words are missing' FROM place p WHERE NOT EXISTS
                 (SELECT 1 FROM fts_docsize d WHERE d.id = p.time << {ID_BITS} | p.id)
                 UNION ALL
                 SELECT d.id & {ID_MASK}, 'it has words of another time' FROM fts_docsize d
                 LEFT JOIN place p ON p.id = d.id & {ID_MASK}
                 WHERE p.time IS NOT d.id >> {ID_BITS}"
            ),
        )
    }

    /// The texts in the index are those that this program would make.
    fn converters(&mut self) -> Result<()> {
        let Some(bodies) = self.bodies else { return Ok(()) };
        for name in search::other_converters(self.reader, bodies)? {
            let detail = format!("\"{name}\", not \"{}\"; mapix compact --reindex", bodies.name());
            self.report.add(&rules::CONVERTER, "full-text index", detail);
        }
        Ok(())
    }

    /// The words of each message are in the index, and no others.
    fn words(&mut self) -> Result<()> {
        let Some(bodies) = self.bodies else { return Ok(()) };
        search::verify(self.reader, bodies, &mut |wrong| match wrong {
            None => self.tick("words"),
            Some((id, detail)) => {
                self.report.add(&rules::WORDS, format!("message {id}"), detail);
                Ok(())
            }
        })
    }

    /// The properties of all objects, and what the tables say of them.
    fn objects(&mut self) -> Result<()> {
        let sql = "SELECT id, props, big, recipients FROM obj";
        self.each(sql, [], "objects", &mut |check, row| {
            let id: i64 = row.get(0).sql()?;
            let props: Vec<u8> = row.get(1).sql()?;
            let big: Vec<u8> = row.get::<_, Option<Vec<u8>>>(2).sql()?.unwrap_or_default();
            let bag = check.bag(&format!("object {id}"), &props, &big);
            let recipients = row.get::<_, Option<Vec<u8>>>(3).sql()?.unwrap_or_default();
            if let Err(error) = codec::decode_list(&recipients) {
                let place = format!("recipients of object {id}");
                check.report.add(&rules::OBJECT_BROKEN, place, error.to_string());
            }
            bag.map_or(Ok(()), |bag| check.row(id, &bag))
        })?;
        let sql = "SELECT owner, num, props FROM att";
        self.each(sql, [], "attachments", &mut |check, row| {
            let (owner, number): (i64, i64) = (row.get(0).sql()?, row.get(1).sql()?);
            let props: Vec<u8> = row.get(2).sql()?;
            check.bag(&format!("attachment {number} of object {owner}"), &props, &[]);
            Ok(())
        })
    }

    /// Reads a bag, counts its large values, and says what is broken.
    fn bag(&mut self, place: &str, props: &[u8], big: &[u8]) -> Option<PropBag> {
        for entry in codec::entries(props) {
            if let Ok(codec::Entry { place: Place::Lob(lob), .. }) = entry {
                *self.owners.entry(lob.id).or_default() += 1;
            }
        }
        let mut broken = Vec::new();
        // Large values have a part of the check of their own.
        let wanted = Wanted { ids: None, inline: MOST_INLINE };
        let bag = read::bag(self.reader, props, &mut || Ok(big), wanted, &mut |tag, error| {
            broken.push(format!("{tag:?}: {error}"));
        });
        for detail in broken {
            self.report.add(&rules::OBJECT_BROKEN, place, detail);
        }
        bag.map_err(|error| self.report.add(&rules::OBJECT_BROKEN, place, error.to_string())).ok()
    }

    /// Whether the row of a message says what the message says.
    fn row(&mut self, id: i64, bag: &PropBag) -> Result<()> {
        let Some(item) = read::item(self.reader, id as u64)?.filter(|item| !item.is_folder())
        else {
            return Ok(());
        };
        let mut select = self
            .reader
            .prepare_cached("SELECT * FROM msg WHERE folder = ? AND shelf = ? AND id = ?")
            .sql()?;
        let key = [item.parent.unwrap_or_default() as i64, item.shelf(), id];
        let wrong = select.query_row(key, |row| {
            let odd: i64 = row.get(3)?;
            let mut wrong = Vec::new();
            for (place, hot) in HOT.iter().enumerate() {
                let mut value = bag.find(hot.tag.id()).map(|prop| prop.value.clone());
                if place == STATUS && value.is_none() {
                    value = item.status.map(Into::into);
                }
                let column = value.as_ref().and_then(|value| hot::to_column(hot, value));
                let is_odd = value.is_some() && column.is_none();
                let shown = hot::from_column(hot, row.get_ref(place + 4)?);
                let expected = value.filter(|_| !is_odd);
                if (odd >> place & 1 != 0) != is_odd || shown != expected {
                    wrong.push(hot.column);
                }
            }
            Ok(wrong)
        });
        for column in wrong.optional().sql()?.unwrap_or_default() {
            self.report.add(&rules::ROW_WRONG, format!("message {id}"), column);
        }
        Ok(())
    }

    /// The large values: their owners, sizes and hashes.
    fn lobs(&mut self) -> Result<()> {
        let sql = "SELECT id, sha256, size, refs FROM lob";
        self.each(sql, [], "large values", &mut |check, row| {
            let (id, size, refs): (i64, i64, i64) =
                (row.get(0).sql()?, row.get(2).sql()?, row.get(3).sql()?);
            let sha256: Option<Vec<u8>> = row.get(1).sql()?;
            let place = format!("large value {id}");
            let owners = check.owners.remove(&id).unwrap_or_default();
            if owners != refs {
                let detail = format!("it says {refs}, it has {owners}");
                check.report.add(&rules::LOB_REFS, &place, detail);
            }
            let Some(sha256) = sha256 else {
                check.report.add(&rules::LOB_UNUSED, &place, format!("{size} bytes"));
                return Ok(());
            };
            match hash(check.reader, id, size as u64) {
                Ok(found) if found[..] == sha256[..] => {}
                Ok(_) => check.report.add(&rules::LOB_WRONG, &place, "the hash differs"),
                Err(error) => check.report.add(&rules::LOB_WRONG, &place, error.to_string()),
            }
            Ok(())
        })?;
        for (id, owners) in std::mem::take(&mut self.owners) {
            let detail = format!("{owners} properties have it");
            self.report.add(&rules::LOB_MISSING, format!("large value {id}"), detail);
        }
        self.report_each(
            &rules::CHUNK_ORPHAN,
            "chunk",
            &format!(
                "SELECT c.id FROM chunk c LEFT JOIN lob l ON l.id = c.id >> {NUMBER_BITS}
                 WHERE l.id IS NULL OR (c.id & {LAST}) * {CHUNK} >= max(l.size, 1)"
            ),
        )
    }
}

/// The part of a row number of the index that is the number of the message.
const ID_MASK: u32 = u32::MAX;

/// Values up to this size are looked into with their object.
const MOST_INLINE: u64 = 64 << 10;

fn hash(connection: &Connection, id: i64, size: u64) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut left = size;
    for number in 0..size.div_ceil(CHUNK as u64) {
        let chunk = lob::chunk(connection, id, number)?;
        let expected = left.min(CHUNK as u64);
        if chunk.len() as u64 != expected {
            return Err(Error::corrupt(format!("part {number} does not have its size")));
        }
        left -= expected;
        hash.update(&chunk);
    }
    Ok(hash.finalize().into())
}
