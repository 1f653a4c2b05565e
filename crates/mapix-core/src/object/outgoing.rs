//! The table of the outgoing queue.

use std::sync::Arc;

use super::message::Message;
use super::property::HasProperties;
use super::queue::{Entry, Queue};
use super::store::Store;
use crate::notify::{Connection, EventMask, Hub, Sink};
use crate::prop::{PropTag, Value, tags};
use crate::session::Logon;
use crate::store::{MessageRef, Row};
use crate::table::{Table, TableSource};
use crate::{Error, Result};

impl Store {
    /// The table of the outgoing queue, in the order of submission, with what the queue knows
    /// beside the properties of the messages: `PR_SUBMIT_FLAGS`, `PR_DEFERRED_SEND_TIME`,
    /// `PR_DEFERRED_SEND_NUMBER` (how often it was tried) and `PR_REPORT_TEXT` (why it was not
    /// sent). It can be advised.
    ///
    /// Any client may read it, not the spooler alone, as MAPI has it.
    #[doc(alias = "IMsgStore::GetOutgoingQueue")]
    pub fn outgoing_queue(&self) -> Result<Table> {
        drop(self.logon().enter()?);
        Ok(Table::new(Arc::new(Outgoing(Arc::clone(self.logon())))))
    }
}

struct Outgoing(Arc<Logon>);

impl Outgoing {
    fn row(&self, entry: &Entry, number: u64, columns: &[PropTag]) -> Result<Row> {
        let mut bag = Message::open(&self.0, MessageRef::new(number))?.all()?;
        bag.set(tags::SUBMIT_FLAGS, entry.flags);
        bag.set(tags::CLIENT_SUBMIT_TIME, entry.submitted);
        bag.set(tags::DEFERRED_SEND_NUMBER, entry.attempts);
        if let Some(due) = entry.due {
            bag.set(tags::DEFERRED_SEND_TIME, due);
        }
        if let Some(reason) = &entry.reason {
            bag.set(tags::REPORT_TEXT, reason.as_str());
        }
        let wanted = |tag: &PropTag| bag.find(tag.id()).cloned();
        Ok(Row { id: number, props: columns.iter().filter_map(wanted).collect() })
    }
}

impl TableSource for Outgoing {
    fn check(&self) -> Result<()> {
        self.0.enter().map(drop)
    }

    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()> {
        let pass = self.0.enter()?;
        for entry in Queue(&*pass).entries()? {
            if let Some(number) = entry.message {
                each(self.row(&entry, number, columns));
            }
        }
        Ok(())
    }

    fn default_columns(&self) -> Vec<PropTag> {
        vec![
            tags::ENTRYID,
            tags::CLIENT_SUBMIT_TIME,
            tags::SUBMIT_FLAGS,
            tags::SUBJECT,
            tags::DISPLAY_TO,
            tags::DISPLAY_CC,
            tags::SENDER_NAME,
            tags::PRIORITY,
            tags::MESSAGE_FLAGS,
            tags::MESSAGE_SIZE,
            tags::DEFERRED_SEND_TIME,
            tags::DEFERRED_SEND_NUMBER,
            tags::REPORT_TEXT,
        ]
    }

    fn follow(&self, sink: Arc<Sink>) -> Result<Connection> {
        Hub::advise(&self.0, EventMask::ALL, None, sink)
    }

    fn load(&self, id: u64, tag: PropTag) -> Result<Value> {
        let value = Message::open(&self.0, MessageRef::new(id))?.get(tag)?;
        value.ok_or_else(|| Error::not_found(format!("no {tag} is set")))
    }
}
