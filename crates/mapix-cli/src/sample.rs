//! The sample mailbox that comes with the command: small, made up, and the same in every run.
//!
//! It lives in memory and has one of each: mail in plain text, HTML and RTF, attachments, a
//! message in a message, named properties, a calendar item, a contact, a hidden item.

mod build;
mod mail;

use mapix::prop::{Guid, PropBag, PropTag, tags};
use mapix::store::{Change, MemoryStore, MessageStore, ObjectRef};

use build::Builder;

/// Whose mailbox it is.
pub(crate) const OWNER: (&str, &str) = ("Ada Winter", "ada@lakeside-boats.example");

/// The sample, filled.
pub(crate) fn mailbox() -> mapix::Result<MemoryStore> {
    const UID: Guid = Guid::new(0x6D61_7069, 0x7873, 0x616D, *b"ple-mbox");
    let store = MemoryStore::with_uid("Ada Winter (sample)", UID);
    let builder = Builder::new(&store);
    let folders = Folders::create(&builder)?;
    folders.mark(&builder)?;
    mail::fill(&builder, &folders)?;
    Ok(store.into_read_only())
}

/// The numbers of the folders.
pub(crate) struct Folders {
    pub(crate) top: u64,
    pub(crate) inbox: u64,
    pub(crate) year: u64,
    pub(crate) sent: u64,
    pub(crate) deleted: u64,
    pub(crate) outbox: u64,
    pub(crate) drafts: u64,
    pub(crate) calendar: u64,
    pub(crate) contacts: u64,
    pub(crate) finder: u64,
}

impl Folders {
    fn create(builder: &Builder<'_>) -> mapix::Result<Self> {
        let root = builder.store.info().root;
        let top = builder.folder(root, "Top of Personal Folders", "")?;
        let finder = builder.folder(root, "Search Root", "")?;
        let inbox = builder.folder(top, "Inbox", "IPF.Note")?;
        builder.search_folder(finder, "Unread Mail")?;
        Ok(Self {
            top,
            finder,
            inbox,
            year: builder.folder(inbox, "2025", "IPF.Note")?,
            sent: builder.folder(top, "Sent Items", "IPF.Note")?,
            drafts: builder.folder(top, "Drafts", "IPF.Note")?,
            deleted: builder.folder(top, "Deleted Items", "IPF.Note")?,
            outbox: builder.folder(top, "Outbox", "IPF.Note")?,
            calendar: builder.folder(top, "Calendar", "IPF.Appointment")?,
            contacts: builder.folder(top, "Contacts", "IPF.Contact")?,
        })
    }

    /// Says which folder has which role, as Outlook does.
    fn mark(&self, builder: &Builder<'_>) -> mapix::Result<()> {
        let ids = |folders: &[(PropTag, u64)]| -> mapix::Result<PropBag> {
            let mut set = PropBag::new();
            for (tag, folder) in folders {
                let id = builder.store.entry_id(&ObjectRef::Folder(*folder))?;
                set.set(*tag, id.as_bytes());
            }
            Ok(set)
        };
        let of_store = ids(&[
            (tags::IPM_SUBTREE_ENTRYID, self.top),
            (tags::IPM_SENTMAIL_ENTRYID, self.sent),
            (tags::IPM_WASTEBASKET_ENTRYID, self.deleted),
            (tags::IPM_OUTBOX_ENTRYID, self.outbox),
            (tags::FINDER_ENTRYID, self.finder),
        ])?;
        let of_inbox = ids(&[
            (tags::IPM_APPOINTMENT_ENTRYID, self.calendar),
            (tags::IPM_CONTACT_ENTRYID, self.contacts),
            (tags::IPM_DRAFTS_ENTRYID, self.drafts),
        ])?;
        let inbox = builder.store.entry_id(&ObjectRef::Folder(self.inbox))?;
        let delete = Vec::new;
        builder.store.commit(vec![
            Change::UpdateStore { set: of_store, delete: delete() },
            Change::UpdateFolder { folder: self.inbox, set: of_inbox, delete: delete() },
            Change::SetReceiveFolder { class: String::new(), folder: Some(inbox) },
        ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_in_every_run() {
        let ids = |store: &MemoryStore| {
            let mut all = Vec::new();
            store
                .inventory(&mut |item| {
                    let bag = store.properties(
                        &match item.kind {
                            mapix::store::ItemKind::Folder
                            | mapix::store::ItemKind::SearchFolder => ObjectRef::Folder(item.id),
                            _ => ObjectRef::message(item.id),
                        },
                        u64::MAX,
                    );
                    all.push((item, bag.unwrap()));
                    std::ops::ControlFlow::Continue(())
                })
                .unwrap();
            all
        };
        let (one, two) = (ids(&mailbox().unwrap()), ids(&mailbox().unwrap()));
        assert!(one.len() > 20);
        assert_eq!(one, two);
    }
}
