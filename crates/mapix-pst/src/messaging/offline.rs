//! What OST files keep in other ways than PST files: which folder is which.
//!
//! The folders of an OST are copies of those on a server, and their entry IDs are the server's.
//! Each folder keeps its number there (`0x67F40014`): two bytes for the replica, six for a counter,
//! the highest first. Folders that every mailbox has are numbered alike in all files. None of
//! this is in MS-PST; it was found in files.

use std::collections::HashMap;
use std::sync::OnceLock;

use mapix_core::EntryId;
use mapix_core::prop::{PropBag, PropTag, tags};
use mapix_core::store::ObjectRef;

use super::Pst;
use super::children::is_folder;
use crate::ltp::PropContext;
use crate::ndb::{Ndb, Nid};

/// The number of a folder on its server.
const SERVER_NUMBER: PropTag = PropTag(0x67F4_0014);

/// The counters of the folders that every mailbox has, and the properties that name them.
const WELL_KNOWN: [(u64, PropTag); 7] = [
    (0x06, tags::COMMON_VIEWS_ENTRYID),
    (0x07, tags::FINDER_ENTRYID),
    (0x09, tags::VIEWS_ENTRYID),
    (0x0A, tags::IPM_SUBTREE_ENTRYID),
    (0x0B, tags::IPM_WASTEBASKET_ENTRYID),
    (0x0D, tags::IPM_OUTBOX_ENTRYID),
    (0x0E, tags::IPM_SENTMAIL_ENTRYID),
];

/// Folders by their numbers on the server; made when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct ServerNumbers(OnceLock<HashMap<u64, Nid>>);

impl Pst {
    /// Names the folders that every mailbox has, as the store of a PST file does.
    pub(super) fn name_well_known(&self, store: &mut PropBag) {
        if !self.ndb.header().is_ost {
            return;
        }
        for (counter, tag) in WELL_KNOWN {
            if store.find(tag.id()).is_none()
                && let Some(nid) = self.by_counter(counter)
            {
                store.set(tag, self.nid_entry_id(nid).as_bytes());
            }
        }
    }

    /// The folder behind an entry ID of the server: flags, the mailbox, a type, the replica, the
    /// counter, two bytes more.
    pub(crate) fn by_server_entry_id(&self, entry_id: &EntryId) -> Option<ObjectRef> {
        /// `eitLTPrivateFolder`.
        const PRIVATE_FOLDER: [u8; 2] = [1, 0];
        let private: &[u8; 26] = entry_id.private().try_into().ok()?;
        if !self.ndb.header().is_ost || private[..2] != PRIVATE_FOLDER {
            return None;
        }
        let counter = private[18..24].iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
        self.by_counter(counter).map(|nid| ObjectRef::Folder(nid.0.into()))
    }

    fn by_counter(&self, counter: u64) -> Option<Nid> {
        let numbers = self.server_numbers.0.get_or_init(|| read(&self.ndb));
        numbers.get(&counter).copied()
    }
}

/// The first of several folders with one number stays.
fn read(ndb: &Ndb) -> HashMap<u64, Nid> {
    let mut numbers = HashMap::new();
    for node in ndb.nodes().flatten().filter(|node| is_folder(node.nid.kind())) {
        let number = PropContext::open(ndb, &node).ok().and_then(|props| {
            let entry = props.find(SERVER_NUMBER.id())?;
            let bytes = props.bytes(entry, 8).ok()?;
            Some(u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?))
        });
        if let Some(number) = number {
            let counter = (number >> 16).swap_bytes() >> 16;
            numbers.entry(counter).or_insert(node.nid);
        }
    }
    numbers
}
