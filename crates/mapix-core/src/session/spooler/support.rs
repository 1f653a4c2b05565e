//! What a session does for a transport: its support object (lifecycle rules, section 7).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::profile::Section;
use crate::prop::PropBag;
use crate::session::Support;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Condvar, Mutex, lock, wait_while};
use crate::{Message, Result};

/// What a session does for one transport. It lives from the transport's logon to its logoff.
#[doc(alias = "IMAPISupport")]
pub struct TransportSupport {
    /// Of its own kind, with the methods that fit a transport.
    base: Arc<Support>,
    wake: Arc<Wake>,
    /// It has said that there is something to do.
    told: AtomicBool,
    preprocessors: Mutex<Vec<Arc<Preprocessor>>>,
}

/// Works on a message before transports see it: encrypts, signs, converts. The message is open for
/// writing, and the spooler saves it. What a preprocessor refuses with an error stays in the queue,
/// with that reason, and is tried again later.
#[doc(alias = "PreprocessMessage")]
pub type Preprocessor = dyn Fn(&Message) -> Result<()> + Send + Sync;

impl TransportSupport {
    pub(super) fn new(base: Arc<Support>, wake: Arc<Wake>) -> Arc<Self> {
        let (told, preprocessors) = (AtomicBool::new(false), Mutex::default());
        Arc::new(Self { base, wake, told, preprocessors })
    }

    /// The transport's own section of the profile.
    ///
    /// # Errors
    /// Those of the profile; `MAPI_E_INVALID_OBJECT` after the logoff.
    #[doc(alias = "IMAPISupport::OpenProfileSection")]
    pub fn section(&self) -> Result<Section> {
        self.base.section()
    }

    /// Changes the transport's own section of the profile.
    pub fn change_section(&self, change: impl FnOnce(&mut Section) -> Result<()>) -> Result<()> {
        self.base.change_section(change)
    }

    /// Has the spooler call somebody for each message, once, before any transport. It counts while
    /// the transport logs on; the order is that in which they were registered.
    #[doc(alias = "IMAPISupport::RegisterPreprocessor")]
    pub fn register_preprocessor(&self, preprocessor: Arc<Preprocessor>) {
        lock(&self.preprocessors).push(preprocessor);
    }

    pub(super) fn preprocessors(&self) -> Vec<Arc<Preprocessor>> {
        lock(&self.preprocessors).clone()
    }

    /// Changes the transport's row of the status table; the spooler has made it, with name, kind
    /// and `PR_STATUS_CODE`.
    #[doc(alias = "IMAPISupport::ModifyStatusRow")]
    pub fn modify_status_row(&self, props: &PropBag) {
        self.base.modify_status_row(props);
    }

    /// Tells the spooler that there is something to do: mail has come, a connection is there again,
    /// the address types are others. It may come from any thread.
    #[doc(alias = "IMAPISupport::SpoolerNotify")]
    pub fn spooler_notify(&self) {
        self.told.store(true, Ordering::SeqCst);
        self.wake.call();
    }

    /// Whether it was said since this was last asked.
    pub(super) fn take_notice(&self) -> bool {
        self.told.swap(false, Ordering::SeqCst)
    }

    /// Whether a call that takes long is to end now (`MAPI_W_CANCEL_MESSAGE`): the session logs off.
    #[doc(alias = "IMAPISupport::SpoolerYield")]
    pub fn spooler_yield(&self) -> bool {
        self.wake.is_stopped() || self.wake.cancelled.load(Ordering::SeqCst)
    }

    pub(super) fn release(&self) {
        self.base.release();
    }
}

impl fmt::Debug for TransportSupport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportSupport").finish_non_exhaustive()
    }
}

/// How the spooler is woken, and told to stop.
#[derive(Default)]
pub(super) struct Wake {
    called: Mutex<bool>,
    changed: Condvar,
    stopped: AtomicBool,
    /// What is being done for one store is to end.
    cancelled: AtomicBool,
}

impl Wake {
    /// Has the spooler look again.
    pub(super) fn call(&self) {
        *lock(&self.called) = true;
        self.changed.notify_all();
    }

    pub(super) fn cancel(&self, cancelled: bool) {
        self.cancelled.store(cancelled, Ordering::SeqCst);
    }

    /// Has the spooler end.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.call();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Waits until it is called, at most so long.
    pub(super) fn wait(&self, at_most: Duration) {
        let idle = |called: &mut bool| !*called;
        *wait_while(&self.changed, &self.called, Some(at_most), idle).0 = false;
    }
}
