//! Special folders, whatever the language of the mailbox (lifecycle rules, section 21).

use std::ops::ControlFlow;

use super::folder::Folder;
use super::store::Store;
use crate::prop::{Prop, PropBag, PropTag, Value, tags};
use crate::store::{Change, MessageStore, ObjectRef, RowSource};
use crate::{EntryId, Error, Result};

/// A folder with a role.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SpecialFolder {
    /// The root of the store.
    Root,
    /// The root of what users see (`PR_IPM_SUBTREE_ENTRYID`).
    IpmSubtree,
    /// Where mail arrives.
    Inbox,
    /// Where mail waits to be sent.
    Outbox,
    /// Deleted items (`PR_IPM_WASTEBASKET_ENTRYID`).
    DeletedItems,
    /// Sent mail.
    SentItems,
    /// Views of this user.
    Views,
    /// Views of all users.
    CommonViews,
    /// Where search folders are.
    Finder,
    /// Calendar.
    Calendar,
    /// Contacts.
    Contacts,
    /// Journal.
    Journal,
    /// Notes.
    Notes,
    /// Tasks.
    Tasks,
    /// Drafts.
    Drafts,
    /// Conflicts of synchronization.
    Conflicts,
    /// Problems of synchronization.
    SyncIssues,
    /// What could not be sent to the server.
    LocalFailures,
    /// What the server could not do.
    ServerFailures,
    /// Junk mail.
    JunkEmail,
}

/// Where the entry ID of a special folder is kept.
enum Kept {
    Root,
    Inbox,
    /// A property of the store.
    Store(PropTag),
    /// A property of the inbox, and of the root folder.
    Inbox0(PropTag),
    /// A place in the multivalue `PR_ADDITIONAL_REN_ENTRYIDS` of the inbox and the root folder.
    Additional(usize),
}

impl SpecialFolder {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Root,
        Self::IpmSubtree,
        Self::Inbox,
        Self::Outbox,
        Self::DeletedItems,
        Self::SentItems,
        Self::Views,
        Self::CommonViews,
        Self::Finder,
        Self::Calendar,
        Self::Contacts,
        Self::Journal,
        Self::Notes,
        Self::Tasks,
        Self::Drafts,
        Self::Conflicts,
        Self::SyncIssues,
        Self::LocalFailures,
        Self::ServerFailures,
        Self::JunkEmail,
    ];

    fn kept(self) -> Kept {
        match self {
            Self::Root => Kept::Root,
            Self::Inbox => Kept::Inbox,
            Self::IpmSubtree => Kept::Store(tags::IPM_SUBTREE_ENTRYID),
            Self::Outbox => Kept::Store(tags::IPM_OUTBOX_ENTRYID),
            Self::DeletedItems => Kept::Store(tags::IPM_WASTEBASKET_ENTRYID),
            Self::SentItems => Kept::Store(tags::IPM_SENTMAIL_ENTRYID),
            Self::Views => Kept::Store(tags::VIEWS_ENTRYID),
            Self::CommonViews => Kept::Store(tags::COMMON_VIEWS_ENTRYID),
            Self::Finder => Kept::Store(tags::FINDER_ENTRYID),
            Self::Calendar => Kept::Inbox0(tags::IPM_APPOINTMENT_ENTRYID),
            Self::Contacts => Kept::Inbox0(tags::IPM_CONTACT_ENTRYID),
            Self::Journal => Kept::Inbox0(tags::IPM_JOURNAL_ENTRYID),
            Self::Notes => Kept::Inbox0(tags::IPM_NOTE_ENTRYID),
            Self::Tasks => Kept::Inbox0(tags::IPM_TASK_ENTRYID),
            Self::Drafts => Kept::Inbox0(tags::IPM_DRAFTS_ENTRYID),
            Self::Conflicts => Kept::Additional(0),
            Self::SyncIssues => Kept::Additional(1),
            Self::LocalFailures => Kept::Additional(2),
            Self::ServerFailures => Kept::Additional(3),
            Self::JunkEmail => Kept::Additional(4),
        }
    }

    /// Whether a property of a folder tells where folders with roles are.
    pub(crate) fn is_kept_in(tag: PropTag) -> bool {
        let keeps = |which: &Self| match which.kept() {
            Kept::Inbox0(kept) => kept.id() == tag.id(),
            Kept::Additional(_) => tag.id() == tags::ADDITIONAL_REN_ENTRYIDS.id(),
            Kept::Root | Kept::Inbox | Kept::Store(_) => false,
        };
        tag.id() == tags::ADDITIONAL_REN_ENTRYIDS_EX.id() || Self::ALL.iter().any(keeps)
    }

    /// The container class that its folder has, where that tells it apart.
    fn container_class(self) -> Option<&'static str> {
        Some(match self {
            Self::Calendar => "IPF.Appointment",
            Self::Contacts => "IPF.Contact",
            Self::Journal => "IPF.Journal",
            Self::Notes => "IPF.StickyNote",
            Self::Tasks => "IPF.Task",
            _ => return None,
        })
    }
}

impl Store {
    /// The folder with a role.
    ///
    /// The store's own entry IDs are believed first. Mailboxes that lack them are helped out: the
    /// inbox is the receive folder, or the folder that names the calendar, or the one called
    /// `Inbox`; calendar, contacts, journal, notes and tasks are the first folder of their class
    /// below the subtree.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the store has no such folder.
    #[doc(alias = "IMsgStore::GetReceiveFolder")]
    pub fn special_folder(&self, which: SpecialFolder) -> Result<Folder> {
        let pass = self.logon().enter()?;
        let id = find(&*pass, which)?;
        drop(pass);
        self.open_folder(id)
    }

    /// Gives a folder a role, in place of the one that has it: the entry ID is kept where every
    /// client looks for it. The inbox becomes the receive folder of all classes.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for the root, which stays what it is; `MAPI_E_NO_ACCESS` if the
    /// store is open for reading only.
    pub fn set_special_folder(&self, which: SpecialFolder, folder: &Folder) -> Result<()> {
        if !self.can_write() {
            return Err(super::store::read_only());
        }
        let id = folder.entry_id()?;
        let set = |tag: PropTag, value: Value| -> PropBag {
            [Prop::new(tag, value)].into_iter().collect()
        };
        let pass = self.logon().enter()?;
        let changes = match which.kept() {
            Kept::Root => {
                return Err(Error::invalid_parameter("the root cannot be another folder"));
            }
            Kept::Inbox => vec![
                Change::SetReceiveFolder { class: String::new(), folder: Some(id.clone()) },
                Change::SetReceiveFolder { class: "IPM".into(), folder: Some(id) },
            ],
            Kept::Store(tag) => {
                let set = set(tag, id.as_bytes().into());
                vec![Change::UpdateStore { set, delete: Vec::new() }]
            }
            Kept::Inbox0(tag) => {
                let set = set(tag, id.as_bytes().into());
                on_both(&*pass, |_| Ok(set.clone()))?
            }
            Kept::Additional(index) => on_both(&*pass, |bag| {
                let old = bag.get(tags::ADDITIONAL_REN_ENTRYIDS);
                let old = old.into_iter().flat_map(Value::each);
                let mut ids: Vec<Box<[u8]>> =
                    old.filter_map(|one| one.as_bytes().map(Into::into)).collect();
                ids.resize(ids.len().max(index + 1), Box::default());
                ids[index] = id.as_bytes().into();
                Ok(set(tags::ADDITIONAL_REN_ENTRYIDS, ids.into()))
            })?,
        };
        pass.commit(changes)?;
        Ok(())
    }

    /// The root of what users see.
    pub fn ipm_subtree(&self) -> Result<Folder> {
        self.special_folder(SpecialFolder::IpmSubtree)
    }

    /// Where mail arrives.
    pub fn inbox(&self) -> Result<Folder> {
        self.special_folder(SpecialFolder::Inbox)
    }
}

pub(crate) fn find(store: &dyn MessageStore, which: SpecialFolder) -> Result<u64> {
    let missing = || Error::not_found(format!("the store has no {which:?} folder"));
    let found = match which.kept() {
        Kept::Root => Some(store.info().root),
        Kept::Inbox => find_inbox(store)?,
        Kept::Store(tag) => {
            let bag = store.properties(&ObjectRef::Store, super::property::INLINE)?;
            folder_in(store, &bag, tag)
        }
        Kept::Inbox0(tag) => on_inbox_or_root(store, |bag| folder_in(store, bag, tag))?,
        Kept::Additional(index) => on_inbox_or_root(store, |bag| {
            let value = bag.get(tags::ADDITIONAL_REN_ENTRYIDS)?.multi_get(index)?;
            folder(store, value.as_bytes()?)
        })?,
    };
    match (found, which.container_class()) {
        (Some(id), _) => Ok(id),
        (None, Some(class)) => {
            let is = |bag: &PropBag| {
                bag.text(tags::CONTAINER_CLASS)
                    .is_some_and(|found| found.eq_ignore_ascii_case(class))
            };
            child_of_subtree(store, &[tags::CONTAINER_CLASS], is)?.ok_or_else(missing)
        }
        (None, None) => Err(missing()),
    }
}

/// Looks into the properties of the inbox, then into those of the root folder.
fn on_inbox_or_root(
    store: &dyn MessageStore,
    look: impl Fn(&PropBag) -> Option<u64>,
) -> Result<Option<u64>> {
    let inbox = find_inbox(store)?;
    for id in inbox.into_iter().chain([store.info().root]) {
        let bag = store.properties(&ObjectRef::Folder(id), super::property::INLINE)?;
        if let Some(found) = look(&bag) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Changes of the inbox, if there is one, and of the root folder.
fn on_both(
    store: &dyn MessageStore,
    change: impl Fn(&PropBag) -> Result<PropBag>,
) -> Result<Vec<Change>> {
    let mut folders: Vec<u64> = find_inbox(store)?.into_iter().chain([store.info().root]).collect();
    folders.dedup();
    let update = |folder| {
        let bag = store.properties(&ObjectRef::Folder(folder), super::property::INLINE)?;
        Ok(Change::UpdateFolder { folder, set: change(&bag)?, delete: Vec::new() })
    };
    folders.into_iter().map(update).collect()
}

fn find_inbox(store: &dyn MessageStore) -> Result<Option<u64>> {
    if let Some((id, _)) = super::store::receive_folder(store, "IPM.Note")?
        && id != store.info().root
    {
        return Ok(Some(id));
    }
    let names_calendar = |bag: &PropBag| bag.get(tags::IPM_APPOINTMENT_ENTRYID).is_some();
    if let Some(id) = child_of_subtree(store, &[], names_calendar)? {
        return Ok(Some(id));
    }
    let called_inbox = |bag: &PropBag| bag.text(tags::DISPLAY_NAME).is_some_and(|n| n == "Inbox");
    child_of_subtree(store, &[tags::DISPLAY_NAME], called_inbox)
}

/// The first folder below the subtree (else below the root) that fits. Without columns the whole
/// property bag of each is looked at.
fn child_of_subtree(
    store: &dyn MessageStore,
    columns: &[PropTag],
    fits: impl Fn(&PropBag) -> bool,
) -> Result<Option<u64>> {
    let bag = store.properties(&ObjectRef::Store, super::property::INLINE)?;
    let subtree = folder_in(store, &bag, tags::IPM_SUBTREE_ENTRYID);
    let parent = subtree.unwrap_or(store.info().root);
    let mut found = None;
    store.rows(&RowSource::Hierarchy(parent), Some(columns), &mut |row| {
        let Ok(row) = row else { return ControlFlow::Continue(()) };
        let holds = |tag: &PropTag| row.props.find(tag.id()).is_some();
        let fit = if !columns.is_empty() && columns.iter().all(holds) {
            fits(&row.props)
        } else {
            let object = ObjectRef::Folder(row.id);
            store.properties(&object, super::property::INLINE).is_ok_and(|bag| fits(&bag))
        };
        if fit {
            found = Some(row.id);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn folder_in(store: &dyn MessageStore, bag: &PropBag, tag: PropTag) -> Option<u64> {
    folder(store, bag.bytes(tag)?)
}

/// The folder behind an entry ID; `None` if there is no such folder (any more).
pub(super) fn folder(store: &dyn MessageStore, entry_id: &[u8]) -> Option<u64> {
    match store.resolve(&EntryId::from_bytes(entry_id).ok()?) {
        Ok(ObjectRef::Folder(id)) => Some(id),
        _ => None,
    }
}
