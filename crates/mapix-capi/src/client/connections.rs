//! Sinks of C, and their connections (`Advise`, `Unadvise`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use mapix::notify::{Connection, Notice};
use mapix::table::TableNotice;
use mapix::{Error, Result, SessionConnection};

use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::convert::{notifications, table_notifications};
use crate::flags::MAPI_UNICODE;
use crate::iface::IMAPIAdviseSink;
use crate::memory::Buffer;
use crate::types::NOTIFICATION;

/// What ends with its being dropped.
pub(crate) enum Registration {
    Store(Connection),
    Session(SessionConnection),
}

impl From<Connection> for Registration {
    fn from(connection: Connection) -> Self {
        Self::Store(connection)
    }
}

impl From<SessionConnection> for Registration {
    fn from(connection: SessionConnection) -> Self {
        Self::Session(connection)
    }
}

/// The registrations that were made through one object, by their numbers.
#[derive(Default)]
pub(crate) struct Connections(Mutex<(usize, HashMap<usize, Registration>)>);

impl Connections {
    /// Keeps a registration, and gives its number, which is never zero.
    pub(crate) fn add(
        &self,
        registration: impl Into<Registration>,
        number: Out<'_, usize>,
    ) -> Result<()> {
        let mut connections = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, all) = &mut *connections;
        *last += 1;
        number.set(*last)?;
        all.insert(*last, registration.into());
        Ok(())
    }

    /// Ends a registration. When this returns, its sink is not running any more.
    pub(crate) fn end(&self, number: usize) -> Result<()> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&number);
        // Dropped without the lock: it may wait for the sink, which may call us.
        match found {
            Some(Registration::Store(connection)) => drop(connection),
            Some(Registration::Session(connection)) => drop(connection),
            None => return Err(Error::not_found("there is no such connection")),
        }
        Ok(())
    }
}

/// The sink that came in.
pub(crate) fn sink(sink: In<'_, IMAPIAdviseSink>) -> Result<Ptr<IMAPIAdviseSink>> {
    sink.object().ok_or_else(|| Error::invalid_parameter("there is no sink"))
}

/// Has a sink of C called with notices.
pub(crate) fn tell(sink: Ptr<IMAPIAdviseSink>) -> impl Fn(&[Notice]) + Send + Sync + 'static {
    move |notices| call(&sink, notices.len(), notifications(notices, MAPI_UNICODE))
}

/// Has a sink of C called with what happens to the rows of a table.
pub(crate) fn tell_rows(
    sink: Ptr<IMAPIAdviseSink>,
) -> impl Fn(&[TableNotice]) + Send + Sync + 'static {
    move |notices| call(&sink, notices.len(), table_notifications(notices))
}

fn call(sink: &Ptr<IMAPIAdviseSink>, count: usize, notices: Result<Buffer>) {
    // Without memory there is nothing that could be told.
    let Ok(notices) = notices else { return };
    let raw = notices.as_raw::<NOTIFICATION>();
    // SAFETY: so many notifications are there; what a sink answers has no meaning.
    unsafe { sink.OnNotify(count as u32, In::from_raw(raw)) };
}
