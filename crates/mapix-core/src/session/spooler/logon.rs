//! The spooler's own logon on a store that a client has opened (lifecycle rules, section 12).
//!
//! The reference gives the spooler a process of its own, for which a provider logs on a second
//! time. Here it is a thread of the session: it gets a second logon with a gate of its own on the
//! store object that is there. The provider need do nothing for it.

use std::sync::Arc;

use super::owner::Owner;
use crate::notify::{Hub, Notice, Subject};
use crate::object::read_only;
use crate::prop::{CodePage, Guid, PropBag, tags};
use crate::session::gate::Parts;
use crate::session::{Logon, StoreLogon, Support, Trace};
use crate::store::{ItemKind, MessageStore, ObjectRef};
use crate::{EntryId, Error, OneOff, Result, Store};

/// Logs the spooler on to the store of a client.
///
/// # Errors
/// `MAPI_E_NO_SUPPORT` if no mail is moved for it, `MAPI_E_NO_ACCESS` if it cannot be written.
pub(in crate::session) fn logon(client: &Arc<Logon>) -> Result<Arc<Logon>> {
    if client.support().is_without_mail() {
        return Err(Error::no_support("no mail is moved for the store"));
    }
    if !client.can_write() {
        return Err(read_only());
    }
    let context = client.support().context();
    let support = Support::of_spooler(Arc::clone(context));
    let store = client.store()?;
    let parts = Parts { logon: Arc::new(Beside(Arc::clone(&store))), store, provider: None };
    let name = parts.store.info().display_name.clone();
    let hub = Hub::new(name, context.dispatcher().clone(), Trace::default());
    let key = format!("spooler:{}", client.key());
    let deadline = client.deadline();
    let marked = Logon::new(key, parts, true, hub, support, Trace::default(), deadline);
    marked.mark(Owner::new(), client.gate());
    client.support().add_spooler(&marked);
    Ok(marked)
}

/// What a store provider tells the spooler.
#[derive(Clone, PartialEq, Eq, Debug)]
#[doc(alias = "NOTIFY_*")]
pub enum SpoolerNotify {
    /// A message will be sent soon: the spooler is to be ready, and is waited for
    /// (`NOTIFY_READYTOSEND`).
    ReadyToSend,
    /// The store itself, which sends and receives for itself, has put a message into one of its folders
    /// that is new mail (`NOTIFY_NEWMAIL_RECEIVED`).
    NewMail(EntryId),
}

/// Does what a store provider asks the spooler for.
pub(in crate::session) fn notify(client: &Arc<Logon>, what: &SpoolerNotify) -> Result<()> {
    match what {
        SpoolerNotify::ReadyToSend => {
            client.ready_to_send();
            Ok(())
        }
        // There are no hooks that could have a look at it first: it comes back at once.
        SpoolerNotify::NewMail(message) => Store::new(logon(client)?).notify_new_mail(message),
    }
}

/// The logon object beside that of the client, whose logoff is the one that ends the store.
struct Beside(Arc<dyn MessageStore>);

impl StoreLogon for Beside {
    fn logoff(&self) -> Result<()> {
        Ok(())
    }

    fn open_entry(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.0.resolve(entry_id)
    }
}

impl Logon {
    /// Waits until the spooler is ready to send, if there is one (`NOTIFY_READYTOSEND`).
    pub(crate) fn ready_to_send(&self) {
        if let Some(spooler) = self.support().context().spooler() {
            spooler.ready();
        }
    }

    /// Whether somebody wants to work on messages before they are sent.
    pub(crate) fn preprocesses(&self) -> bool {
        self.support().preprocesses()
    }

    /// Tells the spooler that there is something in the queue.
    pub(crate) fn wake_spooler(&self) {
        if let Some(spooler) = self.support().context().spooler() {
            spooler.look();
        }
    }

    /// Tells the transports that an attempt that was put off will not be made.
    pub(crate) fn aborted(&self, key: Guid) {
        if let Some(spooler) = self.support().context().spooler() {
            spooler.aborted(key);
        }
    }

    /// Who the user of the session is, as a sender: what the first transport says of itself in its
    /// row of the status table.
    #[doc(alias = "IMAPISession::QueryIdentity")]
    pub(crate) fn identity(&self) -> PropBag {
        let mut sender = PropBag::new();
        let rows = self.support().context().status_rows();
        let Some((_, row)) =
            rows.into_iter().find(|(_, row)| row.find(tags::IDENTITY_ENTRYID.id()).is_some())
        else {
            return sender;
        };
        if let Some(name) = row.text(tags::IDENTITY_DISPLAY) {
            sender.set(tags::SENDER_NAME, name);
        }
        if let Some(key) = row.bytes(tags::IDENTITY_SEARCH_KEY) {
            sender.set(tags::SENDER_SEARCH_KEY, key);
        }
        let Some(id) = row.bytes(tags::IDENTITY_ENTRYID) else { return sender };
        sender.set(tags::SENDER_ENTRYID, id);
        let one_off = EntryId::from_bytes(id).and_then(|id| OneOff::read(&id, CodePage::WESTERN));
        if let Ok(one_off) = one_off {
            sender.set_default(tags::SENDER_NAME, one_off.name);
            if one_off.address_type.eq_ignore_ascii_case("SMTP") {
                sender.set(tags::SENDER_SMTP_ADDRESS, one_off.address.as_str());
            }
            sender.set(tags::SENDER_ADDRTYPE, one_off.address_type);
            sender.set(tags::SENDER_EMAIL_ADDRESS, one_off.address);
        }
        sender
    }

    /// Tells those who are advised on the store of new mail that no commit tells of.
    pub(crate) fn tell_new_mail(
        &self,
        message: u64,
        parent: Option<u64>,
        bag: &PropBag,
    ) -> Result<()> {
        let Some(client) = self.client() else { return Ok(()) };
        let pass = self.enter()?;
        let folder = |id| pass.entry_id(&ObjectRef::Folder(id)).ok();
        let subject = Subject {
            id: message,
            kind: Some(ItemKind::Message),
            entry_id: pass.entry_id(&ObjectRef::message(message)).ok(),
            parent,
            parent_entry_id: parent.and_then(folder),
        };
        let class = bag.text(tags::MESSAGE_CLASS).unwrap_or_else(|| "IPM".to_owned()).into();
        let flags = bag.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        drop(pass);
        client.hub().tell(&[Notice::NewMail { message: subject, class, flags }]);
        Ok(())
    }
}
