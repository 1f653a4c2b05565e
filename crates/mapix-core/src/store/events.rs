//! What happened in a commit under way, for the stores that keep a log of it.

use std::collections::BTreeMap;

use super::{ChangeEvent, ItemKind, ObjectChange};

/// Gathers what a commit does, one event for each object: of several things that happen to it,
/// that which says most.
///
/// ```
/// use mapix_core::store::{CommitEvents, ItemKind, ObjectChange};
///
/// let mut events = CommitEvents::default();
/// for change in [ObjectChange::Created, ObjectChange::Modified] {
///     events.note(7, Some(ItemKind::Message), change, Some(1));
/// }
/// let all: Vec<_> = events.iter().map(|event| event.change).collect();
/// assert_eq!(all, [ObjectChange::Created]);
/// ```
#[derive(Default, Debug)]
pub struct CommitEvents(BTreeMap<u64, ChangeEvent>);

impl CommitEvents {
    /// Notes what happened to an object, or to the store itself, which has the number 0.
    pub fn note(
        &mut self,
        object: u64,
        kind: Option<ItemKind>,
        change: ObjectChange,
        parent: Option<u64>,
    ) {
        use ObjectChange::{Contents, Copied, Created, Deleted, Modified, Moved, Searched};
        let change = match (self.0.get(&object).map(|event| event.change), change) {
            (Some(before @ (Created | Copied { .. } | Moved { .. })), change)
                if change != Deleted =>
            {
                before
            }
            (Some(before), Contents) => before,
            (Some(Searched), Modified) => Searched,
            (_, change) => change,
        };
        self.0.insert(object, ChangeEvent { object, kind, change, parent });
    }

    /// Whether something happened to an object.
    pub fn has(&self, object: u64) -> bool {
        self.0.contains_key(&object)
    }

    /// All events, in the order of the objects' numbers.
    pub fn iter(&self) -> impl Iterator<Item = &ChangeEvent> {
        self.0.values()
    }

    /// All messages that something happened to, and the folders that were moved with all that is
    /// in them: what search folders have to look at again.
    pub fn searched(&self) -> (Vec<u64>, Vec<u64>) {
        let (mut messages, mut moved) = (Vec::new(), Vec::new());
        for event in self.iter() {
            match (event.kind, event.change) {
                (Some(ItemKind::Message), _) => messages.push(event.object),
                (Some(ItemKind::Folder), ObjectChange::Moved { .. }) => moved.push(event.object),
                _ => {}
            }
        }
        (messages, moved)
    }
}

impl ChangeEvent {
    /// A search folder found a message ([`ObjectChange::Found`]), or finds it no longer
    /// ([`ObjectChange::Lost`]).
    pub fn of_link(message: u64, change: ObjectChange, folder: u64) -> Self {
        let kind = Some(ItemKind::Message);
        Self { object: message, kind, change, parent: Some(folder) }
    }
}
