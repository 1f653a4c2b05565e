//! The beginning: MAPI is initialized, and clients log on (lifecycle rules, sections 1 and 2).

use std::fmt;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use super::clients::Core;
use super::context::Context;
use super::registry::{Registry, StoreProvider};
use super::spooler::TransportProvider;
use super::{LogoffReport, Session, lock};
use crate::notify::Dispatcher;
use crate::profile::Profiles;
use crate::sync::{Condvar, Mutex, wait_while};
use crate::{Error, ErrorCode, Result};

/// MAPI, initialized with its providers. Cloning counts a reference; sessions count as well, so
/// that nothing that works can be without it.
#[derive(Clone, Debug)]
#[doc(alias = "MAPIInitialize")]
pub struct Mapi {
    pub(super) registry: Arc<Registry>,
    dispatcher: Dispatcher,
    subsystem: Arc<Subsystem>,
}

/// What the references share.
#[derive(Default)]
struct Subsystem {
    /// Whether somebody is logging on: one after the other.
    busy: Mutex<bool>,
    free: Condvar,
    sessions: Mutex<Vec<Weak<Core>>>,
}

impl fmt::Debug for Subsystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subsystem").finish_non_exhaustive()
    }
}

/// How a client logs on. The default asks for nothing: no profile, which only joins a shared
/// session.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of MAPI")]
pub struct LogonOptions {
    /// The name of the profile; it must stay away where a session is joined.
    pub profile: Option<String>,
    /// Without a name, the default profile.
    #[doc(alias = "MAPI_USE_DEFAULT")]
    pub use_default: bool,
    /// A session of its own, also where there is a shared one.
    #[doc(alias = "MAPI_NEW_SESSION")]
    pub new_session: bool,
    /// The new session can be joined.
    #[doc(alias = "MAPI_ALLOW_OTHERS")]
    pub allow_others: bool,
    /// No mail is moved for the session: whoever moves it never learns of the session. It holds
    /// for a new session only: who joins one changes nothing for the others.
    #[doc(alias = "MAPI_NO_MAIL")]
    pub no_mail: bool,
    /// Wait so long while others log on; `None` for as long as it takes.
    #[doc(alias = "MAPI_TIMEOUT_SHORT")]
    pub timeout: Option<Duration>,
}

impl LogonOptions {
    /// A session of its own with a profile.
    pub fn profile(name: impl Into<String>) -> Self {
        Self { profile: Some(name.into()), new_session: true, ..Self::default() }
    }

    /// A session of its own with the default profile.
    pub fn default_profile() -> Self {
        Self { use_default: true, new_session: true, ..Self::default() }
    }
}

impl Mapi {
    /// Initializes MAPI with these providers, which are asked in this order.
    pub fn with_providers(providers: Vec<Arc<dyn StoreProvider>>) -> Self {
        Self {
            registry: Arc::new(Registry::new(providers)),
            dispatcher: Dispatcher::default(),
            subsystem: Arc::default(),
        }
    }

    /// The same, with these providers as well, which are asked after those that there are. One with
    /// the name of another is left out. Sessions that there are do not get them.
    #[must_use]
    pub fn and_providers(mut self, providers: Vec<Arc<dyn StoreProvider>>) -> Self {
        self.registry = Arc::new(self.registry.and_stores(providers));
        self
    }

    /// The same, with these transports as well. Sessions that there are do not get them.
    #[must_use]
    pub fn and_transports(mut self, transports: Vec<Arc<dyn TransportProvider>>) -> Self {
        self.registry = Arc::new(self.registry.and_transports(transports));
        self
    }

    /// A session of its own, without a profile.
    pub fn session(&self) -> Session {
        loop {
            // A session that has just been made has not ended.
            if let Some(session) = self.begin(None, false, false).join() {
                return session;
            }
        }
    }

    /// Logs on with a profile of the user, or joins a shared session.
    ///
    /// There is one shared session at most. It is joined, whatever profile is named, unless a
    /// session of its own is asked for; where there is none, the profile is that of the name, or
    /// the default one.
    ///
    /// # Errors
    /// `MAPI_E_LOGON_FAILED` if no profile is named, or the default is asked for and there is
    /// none; `MAPI_E_TIMEOUT` if others took too long to log on; `MAPI_E_INVALID_PARAMETER` and
    /// `MAPI_E_STRING_TOO_LONG` for bad names, and the errors of reading a profile.
    #[doc(alias = "MAPILogonEx")]
    pub fn logon(&self, profiles: &Profiles, options: &LogonOptions) -> Result<Session> {
        let _turn = self.subsystem.turn(options.timeout)?;
        if !options.new_session
            && let Some(session) = self.shared().and_then(|core| core.join())
        {
            return Ok(session);
        }
        let failed = |sentence| Error::new(ErrorCode::LOGON_FAILED, sentence);
        let name = match &options.profile {
            Some(name) => name.clone(),
            None if options.use_default => {
                profiles.default()?.ok_or_else(|| failed("there is no default profile"))?
            }
            None => return Err(failed("no profile is named, and there is no session to join")),
        };
        // A profile that cannot be read is told of now, not with the first store.
        profiles.read(&name)?;
        let profile = Some((profiles.clone(), name));
        let core = self.begin(profile, options.allow_others, options.no_mail);
        core.join().ok_or_else(|| failed("the session has ended"))
    }

    fn begin(&self, profile: Option<(Profiles, String)>, shared: bool, no_mail: bool) -> Arc<Core> {
        let context = Context::new(self.dispatcher.clone(), profile, no_mail);
        let core = Core::new(Arc::clone(&self.registry), context, shared);
        let mut sessions = lock(&self.subsystem.sessions);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(&core));
        core
    }

    fn shared(&self) -> Option<Arc<Core>> {
        let sessions = lock(&self.subsystem.sessions);
        let mut live = sessions.iter().filter_map(Weak::upgrade);
        live.find(|core| core.shared && !core.has_ended())
    }

    /// Gives this reference back. With the last one, sessions that have not been logged off are;
    /// gives one report for each store that was still open.
    #[doc(alias = "MAPIUninitialize")]
    pub fn uninitialize(self) -> Vec<LogoffReport> {
        let Self { subsystem, .. } = self;
        let Some(subsystem) = Arc::into_inner(subsystem) else { return Vec::new() };
        let sessions = subsystem.sessions.into_inner().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().filter_map(Weak::upgrade).flat_map(|core| core.end()).collect()
    }
}

impl Subsystem {
    /// Waits until nobody else is logging on.
    fn turn(&self, timeout: Option<Duration>) -> Result<Turn<'_>> {
        let (mut busy, late) = wait_while(&self.free, &self.busy, timeout, |busy| *busy);
        if late {
            return Err(Error::new(ErrorCode::TIMEOUT, "somebody else is still logging on"));
        }
        *busy = true;
        Ok(Turn(self))
    }
}

/// The turn of one who logs on.
struct Turn<'a>(&'a Subsystem);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *lock(&self.0.busy) = false;
        self.0.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logon_that_waits_too_long_times_out() {
        let subsystem = Subsystem::default();
        let turn = subsystem.turn(None).unwrap();
        let late = subsystem.turn(Some(Duration::ZERO)).map(drop).unwrap_err();
        assert_eq!(late.code(), ErrorCode::TIMEOUT);
        drop(turn);
        assert!(subsystem.turn(Some(Duration::ZERO)).is_ok());
    }
}
