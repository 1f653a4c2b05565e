//! `IMAPIClientShutdown`, a side interface of the session.

use std::sync::Arc;

use mapix::{FastShutdown, Session, ShutdownPolicy};

use crate::com::{Object, Ptr};
use crate::convert::LastError;
use crate::iface::{IMAPIClientShutdown, IMAPIClientShutdownMethods, IUnknown};
use crate::types::HRESULT;

/// The fast shutdown of a session.
pub(crate) struct ShutdownObject {
    outer: Ptr<IUnknown>,
    session: Arc<Session>,
    last: LastError,
}

impl ShutdownObject {
    pub(crate) fn give(outer: Ptr<IUnknown>, session: &Arc<Session>) -> Ptr<IMAPIClientShutdown> {
        Self { outer, session: Arc::clone(session), last: LastError::default() }.into_ptr()
    }

    fn step(&self, step: FastShutdown) -> HRESULT {
        self.last.answer(|| self.session.fast_shutdown(step, ShutdownPolicy::default()))
    }
}

impl Object for ShutdownObject {
    type Main = IMAPIClientShutdown;

    fn outer(&self) -> Option<&Ptr<IUnknown>> {
        Some(&self.outer)
    }
}

impl IMAPIClientShutdownMethods for ShutdownObject {
    fn QueryFastShutdown(&self) -> HRESULT {
        self.step(FastShutdown::Query)
    }

    fn NotifyProcessShutdown(&self) -> HRESULT {
        self.step(FastShutdown::Notify)
    }

    fn DoFastShutdown(&self) -> HRESULT {
        self.step(FastShutdown::Do)
    }
}
