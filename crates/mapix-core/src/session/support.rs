//! Support objects: what a session does for a provider (lifecycle rules, section 7).

use crate::sync::atomic::{AtomicBool, Ordering};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, Weak};

use super::context::Context;
use super::lock;
use super::logoff::LogoffFlags;
use super::routing::inner;
use super::spooler::{self, SpoolerNotify};
use super::stores::OpenStore;
use super::trace::Event;
use super::{Logon, Situation};
use crate::notify::{EventMask, Link, Notice, Sink};
use crate::object::{Completion, CopiedFolder, Folder, LIBRARY, Message, Object, Progress, Steps};
use crate::profile::Section;
use crate::prop::{Guid, PropBag, PropTag};
use crate::store::StoreInfo;
use crate::sync::{Mutex, thread_local};
use crate::{EntryId, Error, ErrorCode, OneOff, Result};

/// What a session does for the provider of one store: it belongs to one logon, and is released
/// with it.
///
/// What MAPI has for other kinds of providers is not here. After its release, every method that
/// can fail answers `MAPI_E_INVALID_OBJECT`.
#[doc(alias = "IMAPISupport")]
pub struct Support {
    id: u64,
    /// The UID of the provider's section in the profile.
    section: Guid,
    how: OpenStore,
    context: Arc<Context>,
    /// Known once the logon has given a store.
    store: OnceLock<StoreInfo>,
    subscriptions: Mutex<BTreeMap<u64, Subscription>>,
    transports_told: AtomicBool,
    /// It belongs to a logon of the spooler, which nobody watches.
    of_spooler: bool,
    /// The spooler's logons beside the one to which this belongs.
    spoolers: Mutex<Vec<Weak<Logon>>>,
    last_error: Mutex<Option<(ErrorCode, String)>>,
    released: AtomicBool,
}

struct Subscription {
    key: Box<[u8]>,
    told: Told,
}

/// How somebody is told.
enum Told {
    /// On the thread of notifications.
    Later(Arc<Link>),
    /// Inside the call that tells.
    AtOnce(EventMask, Arc<SyncSink>),
}

/// What a provider has called inside [`Support::notify`]. It says whether the others are to be told.
#[doc(alias("NOTIFCALLBACK", "CALLBACK_DISCONTINUE"))]
pub type SyncSink = dyn Fn(&[Notice]) -> ControlFlow<()> + Send + Sync;

thread_local! {
    /// Whether this thread is inside a callback.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

// The standard library's, as it is there for all schedules of a model at once.
static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

impl Support {
    pub(super) fn new(context: Arc<Context>, section: Guid, how: OpenStore) -> Arc<Self> {
        Arc::new(Self::build(context, section, how, false))
    }

    /// For a logon of the spooler: its end is no matter of transports.
    pub(super) fn of_spooler(context: Arc<Context>) -> Arc<Self> {
        let how = OpenStore { write: true, temporary: true, ..OpenStore::default() };
        Arc::new(Self::build(context, Guid::unique(), how, true))
    }

    fn build(context: Arc<Context>, section: Guid, how: OpenStore, of_spooler: bool) -> Self {
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            section,
            how,
            context,
            store: OnceLock::new(),
            subscriptions: Mutex::default(),
            transports_told: AtomicBool::new(of_spooler),
            of_spooler,
            spoolers: Mutex::default(),
            last_error: Mutex::default(),
            released: AtomicBool::new(false),
        }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Has a logon of the spooler end with the one to which this belongs.
    pub(super) fn add_spooler(&self, logon: &Arc<Logon>) {
        let mut spoolers = lock(&self.spoolers);
        spoolers.retain(|logon| logon.strong_count() > 0);
        spoolers.push(Arc::downgrade(logon));
    }

    pub(super) fn close_spoolers(&self) {
        let spoolers = std::mem::take(&mut *lock(&self.spoolers));
        for logon in spoolers.iter().filter_map(Weak::upgrade) {
            logon.close(Situation::Store);
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn has_store(&self, info: &StoreInfo) {
        // It has one only once.
        let _ = self.store.set(info.clone());
    }

    fn check(&self) -> Result<()> {
        if self.released.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorCode::INVALID_OBJECT, "the support object is released"));
        }
        Ok(())
    }

    /// Adds a UID whose entry IDs this provider understands. Twice is no error; none can be
    /// removed.
    #[doc(alias = "IMAPISupport::SetProviderUID")]
    pub fn set_provider_uid(&self, uid: Guid) {
        if self.check().is_ok() {
            self.context.add_route(uid, self.id);
        }
    }

    /// Makes the provider's row of the status table, or changes it.
    #[doc(alias = "IMAPISupport::ModifyStatusRow")]
    pub fn modify_status_row(&self, props: &PropBag) {
        if self.check().is_ok() {
            self.context.modify_status_row(self.id, props);
        }
    }

    /// The name of the profile of the session, if it has one.
    pub fn profile_name(&self) -> Option<&str> {
        self.context.profile_name()
    }

    /// The UID of the provider's own section.
    pub fn section_uid(&self) -> Guid {
        self.section
    }

    /// The provider's own section of the profile.
    ///
    /// # Errors
    /// Those of the profile. A store that is not in a profile has a section of its own, which goes
    /// with the session.
    #[doc(alias = "IMAPISupport::OpenProfileSection")]
    pub fn section(&self) -> Result<Section> {
        self.check()?;
        self.noted(self.context.section(self.section, self.how.temporary))
    }

    /// Another section of the profile.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none.
    pub fn section_of(&self, uid: Guid) -> Result<Section> {
        self.check()?;
        self.noted(self.context.section_of(uid))
    }

    /// Changes the provider's own section of the profile: nobody else does meanwhile.
    #[doc(alias = "IMAPISupport::ModifyProfile")]
    pub fn change_section(&self, change: impl FnOnce(&mut Section) -> Result<()>) -> Result<()> {
        self.check()?;
        self.noted(self.context.change_section(self.section, self.how.temporary, change))
    }

    /// Changes another section of the profile, which is made if there is none.
    pub fn change_section_of(
        &self,
        uid: Guid,
        change: impl FnOnce(&mut Section) -> Result<()>,
    ) -> Result<()> {
        self.check()?;
        self.noted(self.context.change_section(uid, false, change))
    }

    /// Opens what an entry ID names, in whatever store of the session is open, as
    /// [`Session::open_entry`](crate::Session::open_entry) does. A provider that keeps an object of
    /// its own store keeps that store from being closed.
    ///
    /// # Errors
    /// `MAPI_E_UNKNOWN_ENTRYID` if nobody knows the UID; those of
    /// [`Store::open_entry`](crate::Store::open_entry).
    #[doc(alias = "IMAPISupport::OpenEntry")]
    pub fn open_entry(&self, entry_id: &EntryId) -> Result<Object> {
        self.check()?;
        self.noted(self.context.core().and_then(|core| core.open_entry(&inner(entry_id))))
    }

    /// Whether it is this provider's own store that [`open_entry`](Self::open_entry) would ask for an
    /// entry ID.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_OBJECT` after the end of the session.
    pub fn is_own(&self, entry_id: &EntryId) -> Result<bool> {
        self.check()?;
        let logon = self.context.core().and_then(|core| core.route(&inner(entry_id)));
        self.noted(logon.map(|logon| logon.is_some_and(|logon| logon.support().id() == self.id)))
    }

    /// Whether two entry IDs name the same object, as
    /// [`Session::compare_entry_ids`](crate::Session::compare_entry_ids) tells.
    #[doc(alias = "IMAPISupport::CompareEntryIDs")]
    pub fn compare_entry_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        self.check()?;
        let core = self.context.core();
        self.noted(core.and_then(|core| core.compare_entry_ids(first, second)))
    }

    /// The entry ID of a recipient that is in no address book.
    #[doc(alias = "IMAPISupport::CreateOneOff")]
    pub fn create_one_off(&self, recipient: &OneOff) -> EntryId {
        recipient.entry_id()
    }

    /// Makes the recipients of a message ready for sending:
    /// [`Message::expand_recipients`](crate::Message::expand_recipients).
    #[doc(alias = "IMAPISupport::ExpandRecips")]
    pub fn expand_recips(&self, message: &Message) -> Result<usize> {
        self.check()?;
        self.noted(message.expand_recipients())
    }

    /// Whether a transport wants to work on messages before they are sent (`NEEDS_PREPROCESSING`).
    pub fn preprocesses(&self) -> bool {
        let spooler = self.context.spooler();
        spooler.is_some_and(|spooler| !spooler.preprocessors().is_empty())
    }

    /// Copies messages by their numbers to another folder, of whatever store, or moves them, and
    /// tells how far it is.
    ///
    /// # Errors
    /// Those of [`Folder::copy_messages`] and [`Folder::move_messages`], if nothing was done.
    #[doc(alias = "IMAPISupport::CopyMessages")]
    pub fn copy_messages(
        &self,
        from: &Folder,
        messages: &[u64],
        to: &Folder,
        move_them: bool,
        progress: &mut Progress<'_>,
    ) -> Result<Completion> {
        self.check()?;
        let mut steps = Steps::new(messages.len() as u64, progress);
        self.noted(from.take_over(messages, to, move_them, &mut steps))
    }

    /// Copies a folder to another one, of whatever store, and tells how far it is.
    ///
    /// # Errors
    /// Those of [`Folder::copy_folder`].
    #[doc(alias = "IMAPISupport::CopyFolder")]
    pub fn copy_folder(
        &self,
        folder: &Folder,
        to: &Folder,
        name: Option<&str>,
        subfolders: bool,
        progress: &mut Progress<'_>,
    ) -> Result<CopiedFolder> {
        self.check()?;
        let mut copy = || {
            let mut steps = Steps::new(folder.copied_count(subfolders)?, progress);
            let parent = folder.parent()?.ok_or_else(root_stays)?;
            parent.copy_folder_in_steps(folder, to, name, subfolders, &mut steps)
        };
        self.noted(copy())
    }

    /// Moves a folder to another one, of whatever store, and tells how far it is: in one step
    /// within a store.
    ///
    /// # Errors
    /// Those of [`Folder::move_folder`].
    #[doc(alias = "FOLDER_MOVE")]
    pub fn move_folder(
        &self,
        folder: &Folder,
        to: &Folder,
        progress: &mut Progress<'_>,
    ) -> Result<Completion> {
        self.check()?;
        let mut go = || {
            let count = if folder.is_same_store(to) { 1 } else { folder.copied_count(true)? };
            let parent = folder.parent()?.ok_or_else(root_stays)?;
            parent.move_folder_in_steps(folder, to, &mut Steps::new(count, progress))
        };
        self.noted(go())
    }

    /// Copies all but the excluded properties of a message to another one: [`Message::copy_to`].
    #[doc(alias = "IMAPISupport::DoCopyTo")]
    pub fn do_copy_to(&self, from: &Message, exclude: &[PropTag], to: &Message) -> Result<()> {
        self.check()?;
        self.noted(from.copy_to(to, exclude))
    }

    /// Copies these properties of a message to another one: [`Message::copy_props`].
    #[doc(alias = "IMAPISupport::DoCopyProps")]
    pub fn do_copy_props(&self, from: &Message, tags: &[PropTag], to: &Message) -> Result<()> {
        self.check()?;
        self.noted(from.copy_props(to, tags))
    }

    /// Says that the store is not good any more. When this returns, whatever clients hold of it
    /// answers `MAPI_E_INVALID_OBJECT`; the logoff comes when the calls that are inside have
    /// returned, also that from which this is called. The other stores of the session go on.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` before the logon has returned.
    #[doc(alias = "IMAPISupport::MakeInvalid")]
    pub fn make_invalid(&self) -> Result<()> {
        self.check()?;
        let core = self.context.core();
        self.noted(core.and_then(|core| match core.logon_of(self.id) {
            Some(logon) => logon.fault(),
            None => Err(Error::not_found("the store is not open yet")),
        }))
    }

    /// Tells the spooler something. Where no mail is moved nobody listens, and that is no error.
    ///
    /// # Errors
    /// `MAPI_E_BUSY` before the logon has returned: the spooler would be waited for, which may wait for
    /// the logon. `MAPI_E_NO_ACCESS` for new mail in a store that is open for reading only; those of
    /// opening the message.
    #[doc(alias = "IMAPISupport::SpoolerNotify")]
    pub fn spooler_notify(&self, what: &SpoolerNotify) -> Result<()> {
        self.check()?;
        if self.is_without_mail() {
            return Ok(());
        }
        let core = self.context.core();
        self.noted(core.and_then(|core| match core.logon_of(self.id) {
            Some(client) => spooler::notify(&client, what),
            None => Err(Error::new(ErrorCode::BUSY, "the store is not open yet")),
        }))
    }

    /// More about the last error that this object gave, if it was one with this code.
    #[doc(alias = "IMAPISupport::GetLastError")]
    pub fn last_error(&self, code: ErrorCode) -> Option<String> {
        let last = lock(&self.last_error);
        last.as_ref().filter(|(last, _)| *last == code).map(|(_, sentence)| sentence.clone())
    }

    /// Keeps an error for [`last_error`](Self::last_error).
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            *lock(&self.last_error) = Some((error.code(), error.to_string()));
        }
        result
    }

    /// Whether no mail is moved for the store: it was opened so (`MDB_NO_MAIL`), or the session was
    /// begun so.
    pub fn is_without_mail(&self) -> bool {
        self.how.no_mail || self.context.is_without_mail()
    }

    /// Wraps a private store entry ID as clients see it.
    #[doc(alias = "IMAPISupport::WrapStoreEntryID")]
    pub fn wrap_store_entry_id(&self, entry_id: &EntryId) -> EntryId {
        entry_id.wrap_store(LIBRARY)
    }

    /// A UID that no other has; not for [`set_provider_uid`](Self::set_provider_uid).
    #[doc(alias = "IMAPISupport::NewUID")]
    pub fn new_uid(&self) -> Guid {
        Guid::unique()
    }

    /// Has a sink told of what is said with [`notify`](Self::notify) under the identical key, and
    /// gives the number of the registration, which is never 0. It ends with
    /// [`unsubscribe`](Self::unsubscribe) or with the support object.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for an empty key or mask.
    #[doc(alias = "IMAPISupport::Subscribe")]
    pub fn subscribe(&self, key: &[u8], mask: EventMask, sink: Arc<Sink>) -> Result<u64> {
        self.check()?;
        if key.is_empty() || mask.0 == 0 {
            return Err(Error::invalid_parameter("a key and a mask have something in them"));
        }
        self.context.dispatcher().start()?;
        let connection = NEXT.fetch_add(1, Ordering::Relaxed);
        let link = Arc::new(Link::new(mask, None, sink));
        let subscription = Subscription { key: key.into(), told: Told::Later(Arc::clone(&link)) };
        lock(&self.subscriptions).insert(connection, subscription);
        if self.check().is_err() {
            // It was released meanwhile, perhaps before this came in.
            end(&link);
        }
        Ok(connection)
    }

    /// Has a callback called inside [`notify`](Self::notify), for the provider's own use: what clients
    /// register is never told so (`NOTIFY_SYNC`). Gives the number of the registration.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    #[doc(alias = "NOTIFY_SYNC")]
    pub fn subscribe_sync(
        &self,
        key: &[u8],
        mask: EventMask,
        callback: Arc<SyncSink>,
    ) -> Result<u64> {
        self.check()?;
        if key.is_empty() || mask.0 == 0 {
            return Err(Error::invalid_parameter("a key and a mask have something in them"));
        }
        let connection = NEXT.fetch_add(1, Ordering::Relaxed);
        let subscription = Subscription { key: key.into(), told: Told::AtOnce(mask, callback) };
        lock(&self.subscriptions).insert(connection, subscription);
        Ok(connection)
    }

    /// Ends a registration. When this returns, its sink is not running, unless it is the sink
    /// that calls; a callback may be, on another thread.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none of that number.
    #[doc(alias = "IMAPISupport::Unsubscribe")]
    pub fn unsubscribe(&self, connection: u64) -> Result<()> {
        let found = lock(&self.subscriptions).remove(&connection);
        let found = found.ok_or_else(|| Error::not_found("there is no such registration"))?;
        if let Told::Later(link) = &found.told {
            end(link);
        }
        Ok(())
    }

    /// Tells of something: callbacks at once, in the order of their registrations, all others
    /// asynchronously. Nobody who listens is no error. Gives whether all callbacks were called: not if
    /// one of them wanted no more (`NOTIFY_CANCELED`).
    ///
    /// # Errors
    /// `MAPI_E_CALL_FAILED` inside a callback, if there are callbacks to be called: nobody is told.
    #[doc(alias("IMAPISupport::Notify", "NOTIFY_CANCELED"))]
    pub fn notify(&self, key: &[u8], notices: &[Notice]) -> Result<bool> {
        self.check()?;
        let name = self.store.get().map_or_else(String::new, |info| info.display_name.clone());
        let (mut links, mut callbacks) = (Vec::new(), Vec::new());
        for found in lock(&self.subscriptions).values().filter(|found| *found.key == *key) {
            match &found.told {
                Told::Later(link) => links.push(Arc::clone(link)),
                Told::AtOnce(mask, callback) => callbacks.push((*mask, Arc::clone(callback))),
            }
        }
        if !callbacks.is_empty() && IN_CALLBACK.with(Cell::get) {
            let sentence = "a callback that is called at once causes no other";
            return Err(Error::new(ErrorCode::CALL_FAILED, sentence));
        }
        for link in links.into_iter().filter(|link| link.push(notices)) {
            let (dispatcher, trace) = (self.context.dispatcher(), self.context.trace());
            dispatcher.schedule(link, &name, trace);
        }
        let all_told = callbacks.iter().all(|(mask, callback)| {
            let its = notices.iter().filter(|notice| mask.has(notice.kind())).cloned();
            let its: Vec<Notice> = its.collect();
            if its.is_empty() {
                return true;
            }
            IN_CALLBACK.with(|inside| inside.set(true));
            let call = AssertUnwindSafe(|| callback(&its));
            let answer = catch_unwind(call);
            IN_CALLBACK.with(|inside| inside.set(false));
            if answer.is_err() {
                self.context.trace().send(&Event::SinkPanicked { store: name.clone() });
            }
            !matches!(answer, Ok(ControlFlow::Break(())))
        });
        Ok(all_told)
    }

    /// Tells the transports that the store goes, and gives what they say. They are told once, by
    /// whoever comes first; whoever comes later is told that all is done.
    #[doc(alias = "IMAPISupport::StoreLogoffTransports")]
    pub fn store_logoff_transports(&self, flags: LogoffFlags) -> Result<LogoffFlags> {
        self.check()?;
        if self.transports_told.swap(true, Ordering::SeqCst) {
            return Ok(LogoffFlags::COMPLETE);
        }
        let Some(info) = self.store.get() else { return Ok(LogoffFlags::COMPLETE) };
        let output = match self.context.transports() {
            Some(transports) => transports.store_logoff(self.id, info, flags),
            None => LogoffFlags::COMPLETE,
        };
        let store = info.display_name.clone();
        self.context.trace().send(&Event::TransportsTold { store, flags, output });
        Ok(output)
    }

    /// What the transports are doing for the store.
    pub(super) fn transport_activity(&self) -> LogoffFlags {
        match (self.context.transports(), self.store.get()) {
            (Some(transports), Some(info)) => transports.activity(self.id, info),
            _ => LogoffFlags(0),
        }
    }

    /// Takes the provider's UIDs and its status row out of the session.
    pub(super) fn unregister(&self) {
        self.context.unregister(self.id);
    }

    /// The end: what is registered is not any more. Once.
    pub(super) fn release(&self) {
        if self.released.swap(true, Ordering::SeqCst) {
            return;
        }
        self.unregister();
        let subscriptions = std::mem::take(&mut *lock(&self.subscriptions));
        // A sink that runs is not waited for: it may be what is waited for already.
        for subscription in subscriptions.values() {
            if let Told::Later(link) = &subscription.told {
                link.close();
                link.release();
            }
        }
        if self.how.temporary {
            self.context.forget_section(self.section);
        }
        if let Some(info) = self.store.get().filter(|_| !self.of_spooler) {
            let store = info.display_name.clone();
            self.context.trace().send(&Event::SupportReleased { store });
        }
    }
}

fn root_stays() -> Error {
    Error::no_support("the root of a store is neither copied nor moved")
}

fn end(link: &Link) {
    link.close();
    link.wait(None);
    link.release();
}

impl Drop for Support {
    /// A logon that came to nothing has its registrations taken away.
    fn drop(&mut self) {
        self.release();
    }
}

impl fmt::Debug for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Support").field("section", &self.section).finish_non_exhaustive()
    }
}
