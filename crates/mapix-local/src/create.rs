//! Making a new store, with the folders that every mailbox has.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use mapix_core::prop::{Guid, PropBag, PropTag, Value, tags};
use mapix_core::store::{Change, ItemKind};
use mapix_core::{Context, Error, ErrorCode, Result};
use rusqlite::{Connection, params};

use crate::error::Sql;
use crate::lock::beside;
use crate::read::{ROOT, STORE, kind_number};
use crate::{commit, db, entry, schema};

/// A folder that every store has. The numbers of those that are named by others are their places
/// in [`FOLDERS`], from 2.
struct Special {
    name: &'static str,
    parent: u64,
    class: &'static str,
    /// The property of the store (or of the inbox and the root folder) that names it.
    named: Option<PropTag>,
    on_inbox: bool,
}

const SUBTREE: u64 = 2;
const INBOX: u64 = 3;

const FOLDERS: [Special; 14] = [
    of_store("Top of Personal Folders", ROOT, tags::IPM_SUBTREE_ENTRYID),
    Special { name: "Inbox", parent: SUBTREE, class: "IPF.Note", named: None, on_inbox: false },
    of_store("Outbox", SUBTREE, tags::IPM_OUTBOX_ENTRYID),
    of_store("Sent Items", SUBTREE, tags::IPM_SENTMAIL_ENTRYID),
    of_store("Deleted Items", SUBTREE, tags::IPM_WASTEBASKET_ENTRYID),
    of_inbox("Drafts", "IPF.Note", tags::IPM_DRAFTS_ENTRYID),
    of_inbox("Calendar", "IPF.Appointment", tags::IPM_APPOINTMENT_ENTRYID),
    of_inbox("Contacts", "IPF.Contact", tags::IPM_CONTACT_ENTRYID),
    of_inbox("Tasks", "IPF.Task", tags::IPM_TASK_ENTRYID),
    of_inbox("Notes", "IPF.StickyNote", tags::IPM_NOTE_ENTRYID),
    of_inbox("Journal", "IPF.Journal", tags::IPM_JOURNAL_ENTRYID),
    of_store("Finder", ROOT, tags::FINDER_ENTRYID),
    of_store("Views", ROOT, tags::VIEWS_ENTRYID),
    of_store("Common Views", ROOT, tags::COMMON_VIEWS_ENTRYID),
];

/// `PR_VALID_FOLDER_MASK`: subtree, inbox, outbox, wastebasket, sent mail, views, common views and
/// finder are there.
const VALID_FOLDERS: i32 = 0xFF;

const fn of_store(name: &'static str, parent: u64, named: PropTag) -> Special {
    // What is not below the subtree holds no mail.
    let class = if parent == SUBTREE { "IPF.Note" } else { "" };
    Special { name, parent, class, named: Some(named), on_inbox: false }
}

const fn of_inbox(name: &'static str, class: &'static str, named: PropTag) -> Special {
    Special { name, parent: SUBTREE, class, named: Some(named), on_inbox: true }
}

/// Makes a store where there is no file. It is made aside, and has its name when it is whole; if
/// somebody else was faster, theirs stays.
pub(crate) fn create(path: &Path, uid: Guid) -> Result<()> {
    let aside = aside(path);
    let made = make(&aside, uid).and_then(|()| publish(&aside, path).map(drop));
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(&aside, suffix));
    }
    made
}

/// A name beside a file that nobody else uses.
pub(crate) fn aside(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    beside(path, &format!("-new-{}-{count}", std::process::id())).into()
}

/// Gives a whole file its name; false if there is one with that name, which stays.
pub(crate) fn publish(aside: &Path, path: &Path) -> Result<bool> {
    fs::File::open(aside)?.sync_all()?;
    match fs::hard_link(aside, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Ok(()) => {}
        // Not all file systems have links.
        Err(_) if !path.exists() => fs::rename(aside, path)?,
        Err(_) => return Ok(false),
    }
    sync_directory(path)?;
    Ok(true)
}

/// Makes the name of a file durable.
fn sync_directory(path: &Path) -> Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match fs::File::open(directory.unwrap_or(Path::new("."))).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != ErrorKind::PermissionDenied && cfg!(unix) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

fn make(path: &Path, uid: Guid) -> Result<()> {
    // SQLite would open what is there.
    let place = || path.display().to_string();
    fs::OpenOptions::new().write(true).create_new(true).open(path).context(place)?;
    let mut connection = Connection::open(path).sql()?;
    schema::prepare(&connection)?;
    db::set_up(&connection, true)?;
    let transaction = connection.transaction().sql()?;
    schema::create(&transaction)?;
    fill(&transaction, uid)?;
    transaction.commit().sql()?;
    schema::finish(&connection)?;
    connection.close().map_err(|(_, error)| crate::error::sql(error))
}

fn fill(tx: &Connection, uid: Guid) -> Result<()> {
    tx.execute(
        "INSERT INTO state (one, uid, cursor, next, forgotten) VALUES (1, ?, 0, ?, 0)",
        params![&uid.0[..], ROOT as i64 + 1],
    )
    .sql()?;
    tx.execute(
        "INSERT INTO item (id, kind, stamp) VALUES (?, ?, 0)",
        [ROOT as i64, kind_number(ItemKind::Folder, false)],
    )
    .sql()?;
    tx.execute("INSERT INTO folder (id) VALUES (?)", [ROOT as i64]).sql()?;
    for id in [STORE, ROOT as i64] {
        tx.execute("INSERT INTO obj (id, props) VALUES (?, x'')", [id]).sql()?;
    }
    let entry_id = |id| Value::Binary(entry::of_folder(uid, id).as_bytes().into());
    let (mut store, mut inbox) = (PropBag::new(), PropBag::new());
    store.set(tags::VALID_FOLDER_MASK, VALID_FOLDERS);
    let mut changes = Vec::new();
    for (id, special) in (2..).zip(&FOLDERS) {
        let mut properties = PropBag::new();
        properties.set(tags::DISPLAY_NAME, special.name);
        if !special.class.is_empty() {
            properties.set(tags::CONTAINER_CLASS, special.class);
        }
        changes.push(Change::CreateFolder {
            parent: special.parent,
            search: false,
            properties,
            copy_of: None,
        });
        if let Some(tag) = special.named {
            let bag = if special.on_inbox { &mut inbox } else { &mut store };
            bag.set(tag, entry_id(id));
        }
    }
    for folder in [INBOX, ROOT] {
        changes.push(Change::UpdateFolder { folder, set: inbox.clone(), delete: Vec::new() });
    }
    changes.push(Change::UpdateStore { set: store, delete: Vec::new() });
    let folder = Some(entry::of_folder(uid, INBOX));
    changes.push(Change::SetReceiveFolder { class: String::new(), folder });
    let created = commit::make_all(tx, uid, changes)?.created;
    if created.into_iter().eq(2..2 + FOLDERS.len() as u64) {
        return Ok(());
    }
    Err(Error::new(ErrorCode::CALL_FAILED, "the folders of the new store have wrong numbers"))
}
