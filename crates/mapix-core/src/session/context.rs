//! What the logons of a session share: its table of UIDs, its status rows, its profile, and those
//! who are told of its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use super::clients::Core;
use super::lock;
use super::logoff::Transports;
use super::presence::Presence;
use super::registry::Registry;
use super::spooler::{self, Spooler};
use super::trace::Trace;
use crate::notify::{Connection, Dispatcher, EventMask, Link, Notice, Sink, Subject};
use crate::profile::{Profile, Profiles, Section};
use crate::prop::{Guid, PropBag};
use crate::sync::Mutex;
use crate::{Error, Result};

pub(crate) struct Context {
    trace: Trace,
    dispatcher: Dispatcher,
    profile: Option<(Profiles, String)>,
    no_mail: bool,
    /// The session itself.
    core: OnceLock<Weak<Core>>,
    /// Held by whoever changes a section that is in no profile.
    changing: Mutex<()>,
    /// Sections that are in no profile.
    sections: Mutex<BTreeMap<Guid, Section>>,
    /// UIDs, and the support objects that registered them, in that order.
    routes: Mutex<Vec<(Guid, u64)>>,
    /// Rows of the status table, by the support objects to which they belong.
    status: Mutex<BTreeMap<u64, PropBag>>,
    transports: Mutex<Option<Arc<dyn Transports>>>,
    spooler: Mutex<Option<Arc<Spooler>>>,
    sinks: Mutex<Vec<Weak<Link>>>,
    /// Those who follow the stores table and the status table.
    followers: Mutex<Vec<(TableOf, Weak<Link>)>>,
    /// Sections that are open for writing.
    writers: Mutex<BTreeSet<Guid>>,
}

/// A table of the session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TableOf {
    Stores,
    Status,
}

impl Context {
    pub(super) fn new(
        dispatcher: Dispatcher,
        profile: Option<(Profiles, String)>,
        no_mail: bool,
    ) -> Arc<Self> {
        // No support object has the number 0.
        let spooler = no_mail.then(|| (0, spooler::absent()));
        Arc::new(Self {
            trace: Trace::default(),
            dispatcher,
            profile,
            no_mail,
            core: OnceLock::new(),
            changing: Mutex::default(),
            sections: Mutex::default(),
            routes: Mutex::default(),
            status: Mutex::new(spooler.into_iter().collect()),
            transports: Mutex::default(),
            spooler: Mutex::default(),
            sinks: Mutex::default(),
            followers: Mutex::default(),
            writers: Mutex::default(),
        })
    }

    pub(super) fn belongs_to(&self, core: &Arc<Core>) {
        // It belongs to one only.
        let _ = self.core.set(Arc::downgrade(core));
    }

    /// The session, as long as it is there.
    pub(super) fn core(&self) -> Result<Arc<Core>> {
        self.core.get().and_then(Weak::upgrade).ok_or_else(super::closed)
    }

    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    pub(super) fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// The profile as it is now; an empty one for a session without.
    pub(super) fn profile(&self) -> Result<Profile> {
        match &self.profile {
            Some((profiles, name)) => profiles.read(name),
            None => Ok(Profile::default()),
        }
    }

    /// Shows others that a store of the profile is open.
    pub(super) fn show_presence(&self, store: Guid) -> Option<Presence> {
        let (profiles, name) = self.profile.as_ref()?;
        Presence::show(profiles, name, store)
    }

    pub(super) fn profile_name(&self) -> Option<&str> {
        self.profile.as_ref().map(|(_, name)| name.as_str())
    }

    /// Whether no mail is moved for the session.
    pub(super) fn is_without_mail(&self) -> bool {
        self.no_mail
    }

    pub(super) fn change_profile(
        &self,
        change: impl FnOnce(&mut Profile) -> Result<()>,
    ) -> Result<()> {
        match &self.profile {
            Some((profiles, name)) => profiles.change(name, change)?,
            None => return Err(Error::no_support("the session has no profile")),
        }
        self.tell_table(TableOf::Stores);
        Ok(())
    }

    pub(super) fn section(&self, uid: Guid, temporary: bool) -> Result<Section> {
        if temporary || self.profile.is_none() {
            return Ok(lock(&self.sections).get(&uid).cloned().unwrap_or_default());
        }
        self.profile()?.section(uid).cloned()
    }

    /// A section by its UID alone: one of the profile, or one that is in none.
    pub(super) fn section_of(&self, uid: Guid) -> Result<Section> {
        if self.profile.is_some() {
            return self.profile()?.section(uid).cloned();
        }
        let section = lock(&self.sections).get(&uid).cloned();
        section.ok_or_else(|| Error::not_found("the session has no such section"))
    }

    pub(super) fn change_section(
        &self,
        uid: Guid,
        temporary: bool,
        change: impl FnOnce(&mut Section) -> Result<()>,
    ) -> Result<()> {
        if temporary || self.profile.is_none() {
            // Not the sections themselves: the change may read them.
            let _one_at_a_time = lock(&self.changing);
            let mut section = self.section(uid, true)?;
            change(&mut section)?;
            lock(&self.sections).insert(uid, section);
            return Ok(());
        }
        self.change_profile(|profile| change(profile.section_mut(uid)))
    }

    pub(super) fn forget_section(&self, uid: Guid) {
        lock(&self.sections).remove(&uid);
    }

    pub(super) fn add_route(&self, uid: Guid, support: u64) {
        let mut routes = lock(&self.routes);
        if !routes.contains(&(uid, support)) {
            routes.push((uid, support));
        }
    }

    /// The support objects that registered a UID, the first one first.
    pub(super) fn routes(&self, uid: Guid) -> Vec<u64> {
        let routes = lock(&self.routes);
        routes.iter().filter(|(other, _)| *other == uid).map(|(_, support)| *support).collect()
    }

    pub(super) fn modify_status_row(&self, support: u64, props: &PropBag) {
        lock(&self.status).entry(support).or_default().merge(props);
        self.tell_table(TableOf::Status);
    }

    pub(super) fn status_rows(&self) -> Vec<(u64, PropBag)> {
        lock(&self.status).iter().map(|(id, row)| (*id, row.clone())).collect()
    }

    pub(super) fn unregister(&self, support: u64) {
        lock(&self.routes).retain(|(_, other)| *other != support);
        if lock(&self.status).remove(&support).is_some() {
            self.tell_table(TableOf::Status);
        }
    }

    pub(super) fn transports(&self) -> Option<Arc<dyn Transports>> {
        let transports = lock(&self.transports).clone();
        transports.or_else(|| self.spooler().map(|spooler| spooler as Arc<dyn Transports>))
    }

    /// The spooler of the session, once it has begun.
    pub(super) fn spooler(&self) -> Option<Arc<Spooler>> {
        lock(&self.spooler).clone()
    }

    /// The spooler of the session, which begins if there is something to be done by it.
    pub(super) fn begin_spooler(
        self: &Arc<Self>,
        registry: &Registry,
        deadline: Duration,
    ) -> Result<Option<Arc<Spooler>>> {
        let mut spooler = lock(&self.spooler);
        if spooler.is_none() {
            *spooler = Spooler::begin(self, registry, deadline)?;
        }
        Ok(spooler.clone())
    }

    pub(super) fn end_spooler(&self) {
        let spooler = self.spooler();
        if let Some(spooler) = spooler {
            spooler.end();
            *lock(&self.spooler) = None;
        }
    }

    pub(super) fn set_transports(&self, transports: Arc<dyn Transports>) {
        *lock(&self.transports) = Some(transports);
    }

    pub(super) fn advise(
        self: &Arc<Self>,
        mask: EventMask,
        sink: Arc<Sink>,
    ) -> Result<SessionConnection> {
        let told = EventMask::CRITICAL_ERROR | EventMask::EXTENDED;
        if mask.0 == 0 || !told.has(mask) {
            return Err(Error::invalid_parameter("a session tells only of errors and of its end"));
        }
        self.dispatcher.start()?;
        let link = Arc::new(Link::new(mask, None, sink));
        let mut sinks = lock(&self.sinks);
        sinks.retain(|link| link.strong_count() > 0);
        sinks.push(Arc::downgrade(&link));
        Ok(SessionConnection { link, _context: Arc::clone(self) })
    }

    /// Has a sink told when rows of a table may have changed.
    pub(super) fn follow(self: &Arc<Self>, table: TableOf, sink: Arc<Sink>) -> Result<Connection> {
        self.dispatcher.start()?;
        let link = Arc::new(Link::new(EventMask::MODIFIED, None, sink));
        let mut followers = lock(&self.followers);
        followers.retain(|(_, link)| link.strong_count() > 0);
        followers.push((table, Arc::downgrade(&link)));
        Ok(Connection::of_session(link, Arc::clone(self)))
    }

    fn tell_table(&self, table: TableOf) {
        let nothing =
            Subject { id: 0, kind: None, entry_id: None, parent: None, parent_entry_id: None };
        let notice = [Notice::Modified { object: nothing, tags: None }];
        let followers = lock(&self.followers);
        let links = followers.iter().filter(|(of, _)| *of == table);
        for link in links.filter_map(|(_, link)| link.upgrade()) {
            if link.push(&notice) {
                self.dispatcher.schedule(link, "session", &self.trace);
            }
        }
    }

    /// Lets one write a section; `false` if somebody does.
    pub(super) fn begin_writing(&self, uid: Guid) -> bool {
        lock(&self.writers).insert(uid)
    }

    pub(super) fn is_written(&self, uid: Guid) -> bool {
        lock(&self.writers).contains(&uid)
    }

    pub(super) fn end_writing(&self, uid: Guid) {
        lock(&self.writers).remove(&uid);
    }

    /// Tells those who are advised on the session.
    pub(super) fn tell(&self, notices: &[Notice]) {
        for link in lock(&self.sinks).iter().filter_map(Weak::upgrade) {
            if link.push(notices) {
                self.dispatcher.schedule(link, "session", &self.trace);
            }
        }
    }
}

/// A registration on a session. It ends when it is dropped; the end of the session is told to it
/// first.
#[must_use = "dropping it ends the registration"]
pub struct SessionConnection {
    link: Arc<Link>,
    /// Keeps the thread that tells.
    _context: Arc<Context>,
}

impl SessionConnection {
    /// Ends the registration, as dropping it does. When this returns, the sink is not running and
    /// will not be called again, unless it is the sink that calls.
    #[doc(alias = "IMAPISession::Unadvise")]
    pub fn unadvise(self) {
        drop(self);
    }
}

impl Drop for SessionConnection {
    fn drop(&mut self) {
        self.link.close();
        self.link.wait(None);
        self.link.release();
    }
}

impl fmt::Debug for SessionConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionConnection").finish_non_exhaustive()
    }
}
