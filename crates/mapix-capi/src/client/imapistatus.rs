//! `IMAPIStatus`, and the status table.

use std::ffi::c_void;
use std::sync::Arc;

use mapix::notify::{Notice, Sink};
use mapix::prop::{Guid, PropBag, PropTag, tags};
use mapix::table::{Query, Table};
use mapix::{EntryId, Error, FlushFlags, Result, Session, Store};

use super::held::Held;
use super::imapiprop::PropObject;
use super::open;
use super::rows;
use super::source::Properties;
use crate::arg::In;
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags};
use crate::flags::{
    FLUSH_ASYNC_OK, FLUSH_DOWNLOAD, FLUSH_FORCE, FLUSH_NO_UI, FLUSH_UPLOAD, MAPI_SPOOLER,
    MAPI_STATUS, MAPI_SUBSYSTEM, STATUS_AVAILABLE,
};
use crate::iface::{IMAPIStatus, IMAPIStatusMethods, IUnknown};
use crate::types::{ENTRYID, GUID, HRESULT};

/// The provider of the entry IDs of status objects.
const PROVIDER: Guid =
    Guid::new(0x4C1F_6D62, 0x0B7E, 0x4E0B, [0x9D, 0x52, 0x3A, 0x61, 0x88, 0x0C, 0x17, 0x5E]);
/// `PR_RESOURCE_METHODS`.
const RESOURCE_METHODS: PropTag = PropTag(0x3E02_0003);
/// `STATUS_FLUSH_QUEUES`.
const STATUS_FLUSH_QUEUES: i32 = 8;

const COLUMNS: [PropTag; 8] = [
    tags::DISPLAY_NAME,
    tags::PROVIDER_DISPLAY,
    tags::RESOURCE_TYPE,
    RESOURCE_METHODS,
    tags::STATUS_CODE,
    tags::RECORD_KEY,
    tags::ENTRYID,
    tags::OBJECT_TYPE,
];

/// The rows of the status table: those of the providers and the spooler, and the one of MAPI.
fn all(session: &Session) -> Result<Vec<PropBag>> {
    let query = Query { columns: Some(COLUMNS.to_vec()), ..Query::default() };
    let found = session.status_table()?.query_all(query)?;
    let mut own = PropBag::new();
    own.set(tags::DISPLAY_NAME, "MAPI");
    own.set(tags::PROVIDER_DISPLAY, "mapix");
    own.set(tags::RESOURCE_TYPE, MAPI_SUBSYSTEM as i32);
    own.set(tags::STATUS_CODE, STATUS_AVAILABLE as i32);
    let others = found.into_iter().map(|row| {
        let good = row.values.into_iter().filter(|prop| prop.value.as_error().is_none());
        good.collect::<PropBag>()
    });
    let rows = std::iter::once(own).chain(others).map(|mut row| {
        let kind = row.i32(tags::RESOURCE_TYPE).unwrap_or_default();
        let key = row.bytes(tags::RECORD_KEY).map(<[u8]>::to_vec).unwrap_or_default();
        // What it is and which one: the entry ID stays as long as the row does.
        let private = [&kind.to_le_bytes()[..], &key].concat();
        row.set(tags::ENTRYID, EntryId::new(PROVIDER, &private).as_bytes());
        row.set(tags::OBJECT_TYPE, MAPI_STATUS as i32);
        let methods = if kind == MAPI_SPOOLER as i32 { STATUS_FLUSH_QUEUES } else { 0 };
        row.set(RESOURCE_METHODS, methods);
        row
    });
    Ok(rows.collect())
}

/// The status table of a session.
pub(super) fn table(session: &Arc<Session>) -> Result<Table> {
    session.status_table()?;
    let session = Arc::clone(session);
    let followed = Arc::clone(&session);
    let follow = move |sink: Arc<Sink>| {
        // What it tells is told again; the rows that follow are those of here.
        let missed = [Notice::Missed { count: None }];
        followed.status_table()?.advise(move |_| sink(&missed))
    };
    Ok(rows::followed(&COLUMNS, move || all(&session), follow))
}

/// Opens the status object of an entry ID; `None` if it is none of a status object.
pub(super) fn open(
    session: &Arc<Session>,
    id: &EntryId,
    interface: In<'_, GUID>,
) -> Result<Option<(u32, Ptr<IUnknown>)>> {
    if id.provider() != PROVIDER {
        return Ok(None);
    }
    let rows = all(session)?;
    let found = rows.into_iter().find(|row| row.bytes(tags::ENTRYID) == Some(id.as_bytes()));
    let row = found.ok_or_else(|| Error::not_found("the status row is gone"))?;
    let (session, props) = (Arc::clone(session), Held::new(row));
    let object = StatusObject { session, props, last: LastError::default() };
    Ok(Some((MAPI_STATUS, open::fit(object.into_ptr(), interface)?)))
}

/// The state of a part of a session, as it was when it was opened.
struct StatusObject {
    session: Arc<Session>,
    props: Held,
    last: LastError,
}

impl Object for StatusObject {
    type Main = IMAPIStatus;
}

impl PropObject for StatusObject {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &self.props
    }

    fn is_writable(&self) -> bool {
        false
    }

    fn names(&self) -> Option<Store> {
        None
    }

    fn save(&self, _flags: u32) -> Result<()> {
        Err(Error::no_support("status objects are not saved"))
    }
}

impl IMAPIStatusMethods for StatusObject {
    fn ValidateState(&self, _window: usize, _flags: u32) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("there is nothing to be validated")))
    }

    fn SettingsDialog(&self, _window: usize, _flags: u32) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("there are no dialogs here")))
    }

    fn ChangePassword(&self, _old: In<'_, c_void>, _new: In<'_, c_void>, _flags: u32) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("passwords are not kept here")))
    }

    fn FlushQueues(
        &self,
        _window: usize,
        _size: u32,
        _transport: In<'_, ENTRYID>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            let known = FLUSH_UPLOAD | FLUSH_DOWNLOAD | FLUSH_FORCE | FLUSH_NO_UI;
            check_flags(flags, known | FLUSH_ASYNC_OK)?;
            let kind = self.props.lock().i32(tags::RESOURCE_TYPE);
            if kind != Some(MAPI_SPOOLER as i32) {
                return Err(Error::no_support("the spooler flushes queues"));
            }
            self.session.flush_queues(FlushFlags(flags))
        })
    }
}
