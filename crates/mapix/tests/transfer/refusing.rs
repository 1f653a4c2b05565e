//! A store that refuses some messages.

use mapix::prop::tags;
use mapix::store::{Change, Commit, MemoryStore, MessageStore};
use mapix::{Error, Result};

/// Refuses commits with a message whose subject is `broken`.
pub(crate) struct Refusing(pub(crate) MemoryStore);

impl MessageStore for Refusing {
    mapix_conformance::hand_on!(0: info properties open_stream rows stamp kind parent inventory
        parts entry_id resolve names name_ids all_names changes_since diagnostics);

    fn commit(&self, changes: Vec<Change>) -> Result<Commit> {
        let is_broken = |change: &Change| match change {
            Change::CreateMessage { content, .. } => {
                content.set.text(tags::SUBJECT).as_deref() == Some("broken")
            }
            _ => false,
        };
        if changes.iter().any(is_broken) {
            return Err(Error::invalid_parameter("refused on demand"));
        }
        self.0.commit(changes)
    }
}
