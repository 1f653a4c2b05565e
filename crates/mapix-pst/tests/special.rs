//! Special folders of real files, by their roles.

use std::sync::Arc;

use mapix_conformance::corpus;
use mapix_core::prop::tags;
use mapix_core::{Contents, Mapi, SpecialFolder};
use mapix_pst::Pst;

#[test]
fn special_folders_are_found_by_role() {
    use SpecialFolder::{Calendar, DeletedItems, Drafts, Finder, Inbox, JunkEmail, SentItems};
    for (file, which, path) in [
        ("Outlook.pst", Inbox, "Top of Personal Folders/Inbox"),
        ("Outlook.pst", SentItems, "Top of Personal Folders/Sent Items"),
        ("dist-list.pst", Calendar, "Top of Personal Folders/Calendar"),
        ("dist-list.pst", JunkEmail, "Top of Personal Folders/Junk E-mail"),
        ("enron.pst", DeletedItems, "Top of Personal Folders/Deleted Items"),
        ("SampleOstFile.ost", SentItems, "Root - Mailbox/IPM_SUBTREE/Sent Items"),
        ("SampleOstFile.ost", Drafts, "Root - Mailbox/IPM_SUBTREE/Drafts"),
        ("pstextractortest@outlook.com.ost", Inbox, "Root - Mailbox/IPM_SUBTREE/Inbox"),
        ("pstextractortest@outlook.com.ost", Calendar, "Root - Mailbox/IPM_SUBTREE/Calendar"),
        ("pstextractortest@outlook.com.ost", JunkEmail, "Root - Mailbox/IPM_SUBTREE/Junk Email"),
        ("pstextractortest@outlook.com.ost", Finder, "Root - Mailbox/Finder"),
    ] {
        let Some(mailbox) = corpus::mailbox(file) else { continue };
        let session = Mapi::with_providers(Vec::new()).session();
        let pst = Arc::new(Pst::open(&mailbox.path).unwrap());
        let store = session.attach(pst, false).unwrap();
        let folder = store.special_folder(which).unwrap();
        assert_eq!(folder.path().unwrap().join("/"), path, "{file} {which:?}");
    }
}

#[test]
fn the_sender_in_a_table_is_the_sender_of_the_message() {
    for file in ["pstextractortest@outlook.com.ost", "SampleOstFile.ost", "Outlook.pst"] {
        let Some(mailbox) = corpus::mailbox(file) else { continue };
        let session = Mapi::with_providers(Vec::new()).session();
        let pst = Arc::new(Pst::open(&mailbox.path).unwrap());
        let store = session.attach(pst, false).unwrap();
        let table = store.inbox().unwrap().contents_table(Contents::Normal).unwrap();
        table.set_columns(&[tags::SENT_REPRESENTING_NAME]).unwrap();
        let rows: Vec<_> = table.rows().collect::<Result<_, _>>().unwrap();
        assert!(!rows.is_empty(), "{file}");
        for row in rows {
            let message = store.open_message(row.id).unwrap();
            let own = message.text(tags::SENT_REPRESENTING_NAME).unwrap();
            let shown = row.values[0].value.as_text().map(Into::into);
            assert_eq!(shown, own, "{file} {:#x}", row.id);
        }
    }
}
