//! Tables that belong to no logon and no session: who made one tells of its rows.

use std::sync::{Arc, Weak};

use super::link::{Connection, Link};
use super::{Dispatcher, EventMask, Notice, Sink, Subject};
use crate::Result;
use crate::session::Trace;
use crate::sync::{Mutex, lock};

/// Tells the followers of a table that its rows may have changed. The sinks are called by a thread
/// of its own, which begins with the first follower and ends when this is dropped.
#[derive(Default)]
pub struct RowChanges {
    dispatcher: Dispatcher,
    followers: Mutex<Vec<Weak<Link>>>,
}

impl RowChanges {
    /// Has a sink told: what [`TableSource::follow`](crate::table::TableSource::follow) gives.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_RESOURCES` and its kin if there can be no thread.
    pub fn follow(&self, sink: Arc<Sink>) -> Result<Connection> {
        self.dispatcher.start()?;
        let link = Arc::new(Link::new(EventMask::MODIFIED, None, sink));
        let mut followers = lock(&self.followers);
        followers.retain(|link| link.strong_count() > 0);
        followers.push(Arc::downgrade(&link));
        Ok(Connection::of_table(link, self.dispatcher.clone()))
    }

    /// The rows may have changed.
    pub fn tell(&self) {
        let nothing =
            Subject { id: 0, kind: None, entry_id: None, parent: None, parent_entry_id: None };
        let notice = [Notice::Modified { object: nothing, tags: None }];
        for link in lock(&self.followers).iter().filter_map(Weak::upgrade) {
            if link.push(&notice) {
                self.dispatcher.schedule(link, "table", &Trace::default());
            }
        }
    }
}
