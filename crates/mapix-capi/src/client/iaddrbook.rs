//! `IAddrBook`, and recipients that are in no address book.
//!
//! The address book is empty: it has no containers, and finds nobody. Recipients whose address is
//! known are made (`CreateOneOff`), opened, compared and completed.

use std::ffi::c_void;
use std::sync::Arc;

use mapix::prop::{CodePage, Prop, PropBag, PropType, tags};
use mapix::{EntryId, Error, ErrorCode, OneOff, Result, Session, Store};

use super::held::Held;
use super::imapiprop::PropObject;
use super::imsgstore::need_entry_id;
use super::open;
use super::source::Properties;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{
    LastError, address_list, check_flags, give_entry_id, give_rows, need_text, props_buffer,
    read_tags,
};
use crate::flags::{
    MAPI_BEST_ACCESS, MAPI_DEFERRED_ERRORS, MAPI_DIALOG, MAPI_MAILUSER, MAPI_MODIFY,
    MAPI_SEND_NO_RICH_INFO, MAPI_UNICODE,
};
use crate::iface::{
    IAddrBook, IAddrBookMethods, IMAPIAdviseSink, IMailUser, IMailUserMethods, IUnknown,
};
use crate::memory;
use crate::types::{
    ADRENTRY, ADRLIST, ADRPARM, ENTRYID, GUID, HRESULT, SPropTagArray, SPropValue, SRowSet,
};

/// The address book of a session.
pub(crate) struct AddrBookObject {
    session: Arc<Session>,
    props: Held,
    last: LastError,
}

impl AddrBookObject {
    pub(crate) fn give(session: &Arc<Session>) -> Ptr<IAddrBook> {
        let (session, props) = (Arc::clone(session), Held::default());
        Self { session, props, last: LastError::default() }.into_ptr()
    }

    /// Whether the session goes on.
    fn check(&self) -> Result<()> {
        self.session.stores_table().map(drop)
    }
}

/// The properties of a recipient whose entry ID says all.
fn properties(one_off: &OneOff, id: &EntryId) -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::DISPLAY_NAME, one_off.name.as_str());
    bag.set(tags::ADDRTYPE, one_off.address_type.as_str());
    bag.set(tags::EMAIL_ADDRESS, one_off.address.as_str());
    bag.set(tags::ENTRYID, id.as_bytes());
    bag.set(tags::OBJECT_TYPE, MAPI_MAILUSER as i32);
    bag.set(tags::DISPLAY_TYPE, 0);
    bag.set(tags::SEND_RICH_INFO, one_off.flags & OneOff::NO_RICH_INFO == 0);
    let mut key = format!("{}:{}", one_off.address_type, one_off.address).to_uppercase();
    key.push('\0');
    bag.set(tags::SEARCH_KEY, key.into_bytes());
    bag
}

/// Opens a recipient by its one-off entry ID.
pub(crate) fn open_one_off(id: &EntryId, interface: In<'_, GUID>) -> Result<(u32, Ptr<IUnknown>)> {
    let props = Held::new(properties(&OneOff::read(id, CodePage::UTF8)?, id));
    let user = UserObject { props, last: LastError::default() }.into_ptr();
    Ok((MAPI_MAILUSER, open::fit(user, interface)?))
}

/// A recipient.
struct UserObject {
    props: Held,
    last: LastError,
}

impl Object for UserObject {
    type Main = IMailUser;
}

impl IMailUserMethods for UserObject {}

impl PropObject for UserObject {
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
        Err(Error::new(ErrorCode::NO_ACCESS, "the recipient is in no address book"))
    }
}

/// The address that a name is, such as `ann@example.org`, `[SMTP:ann@example.org]` or
/// `Ann <ann@example.org>`.
fn address(name: &str) -> Option<OneOff> {
    let name = name.trim();
    if let Some((kind, address)) =
        name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.split_once(':'))
    {
        return Some(OneOff::new(address, kind, address));
    }
    let (shown, address) = match name.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((shown, address)) => (shown.trim().trim_matches('"'), address.trim()),
        None => (name, name),
    };
    let (user, host) = address.rsplit_once('@')?;
    let good = !user.is_empty() && !host.is_empty() && !address.contains(char::is_whitespace);
    let shown = if shown.is_empty() { address } else { shown };
    good.then(|| OneOff::new(shown, "SMTP", address))
}

/// Puts new properties in place of those of an entry; the old ones are freed.
fn replace(list: Out<'_, ADRLIST>, index: usize, props: &PropBag) -> Result<()> {
    let all: Vec<Prop> = props.iter().cloned().collect();
    let buffer = props_buffer(&all)?;
    let start = std::mem::offset_of!(ADRLIST, aEntries);
    let entry = list.as_raw().wrapping_byte_add(start).cast::<ADRENTRY>().wrapping_add(index);
    // SAFETY: the list has such an entry, which goes both ways: it is ours to be changed, and
    // its old properties are a buffer.
    unsafe {
        if let Some(old) = std::ptr::NonNull::new((*entry).rgPropVals) {
            memory::free(old.cast());
        }
        (*entry).cValues = all.len() as u32;
        (*entry).rgPropVals = buffer.into_raw();
    }
    Ok(())
}

/// The entries of a list that goes both ways.
fn entries(list: Out<'_, ADRLIST>) -> Result<Vec<PropBag>> {
    // SAFETY: the same pointer.
    address_list(unsafe { In::from_raw(list.as_raw()) })
}

fn empty() -> Result<()> {
    Err(Error::no_support("there are no address books here, and no dialogs"))
}

impl Object for AddrBookObject {
    type Main = IAddrBook;
}

impl PropObject for AddrBookObject {
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
        self.check()
    }
}

impl IAddrBookMethods for AddrBookObject {
    fn OpenEntry(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_MODIFY | MAPI_BEST_ACCESS | MAPI_DEFERRED_ERRORS)?;
            kind.clear()?;
            object.clear()?;
            self.check()?;
            if size == 0 {
                return empty();
            }
            open::give(open_one_off(&need_entry_id(size, id)?, interface)?, kind, object)
        })
    }

    fn CompareEntryIDs(
        &self,
        size1: u32,
        id1: In<'_, ENTRYID>,
        size2: u32,
        id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            same.clear()?;
            self.check()?;
            let (first, second) = (need_entry_id(size1, id1)?, need_entry_id(size2, id2)?);
            let read = |id: &EntryId| OneOff::read(id, CodePage::UTF8);
            let (first, second) = (read(&first)?, read(&second)?);
            let equal = first.address_type.eq_ignore_ascii_case(&second.address_type)
                && first.address.eq_ignore_ascii_case(&second.address);
            same.set(equal.into())
        })
    }

    fn Advise(
        &self,
        _size: u32,
        _id: In<'_, ENTRYID>,
        _events: u32,
        _sink: In<'_, IMAPIAdviseSink>,
        _connection: Out<'_, usize>,
    ) -> HRESULT {
        self.last.answer(empty)
    }

    fn Unadvise(&self, _connection: usize) -> HRESULT {
        self.last.answer(empty)
    }

    fn CreateOneOff(
        &self,
        name: In<'_, c_void>,
        address_type: In<'_, c_void>,
        address: In<'_, c_void>,
        flags: u32,
        size: Out<'_, u32>,
        id: Out<'_, *mut ENTRYID>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_SEND_NO_RICH_INFO)?;
            self.check()?;
            let (kind, address) = (need_text(address_type, flags)?, need_text(address, flags)?);
            let shown = crate::convert::read_text(name, flags)?;
            let mut one_off = OneOff::new(shown.unwrap_or_else(|| address.clone()), kind, address);
            if flags & MAPI_SEND_NO_RICH_INFO != 0 {
                one_off.flags |= OneOff::NO_RICH_INFO;
            }
            give_entry_id(size, id, &one_off.entry_id())
        })
    }

    fn NewEntry(
        &self,
        _window: usize,
        _flags: u32,
        _container_size: u32,
        _container: In<'_, ENTRYID>,
        _template_size: u32,
        _template: In<'_, ENTRYID>,
        _size: Out<'_, u32>,
        _id: Out<'_, *mut ENTRYID>,
    ) -> HRESULT {
        self.last.answer(empty)
    }

    fn ResolveName(
        &self,
        _window: usize,
        flags: u32,
        _title: In<'_, c_void>,
        names: Out<'_, ADRLIST>,
    ) -> HRESULT {
        self.last.answer(|| {
            // AB_UNICODEUI has no dialog to be about.
            check_flags(flags, MAPI_DIALOG | MAPI_UNICODE | 0x40)?;
            self.check()?;
            let mut unknown = None;
            for (index, mut props) in entries(names)?.into_iter().enumerate() {
                if props.bytes(tags::ENTRYID).is_some_and(|id| !id.is_empty()) {
                    continue;
                }
                let name = props.text(tags::DISPLAY_NAME).unwrap_or_default();
                match address(&name) {
                    Some(found) => {
                        props.merge(&properties(&found, &found.entry_id()));
                        replace(names, index, &props)?;
                    }
                    None => unknown = Some(name),
                }
            }
            match unknown {
                None => Ok(()),
                Some(name) => Err(Error::not_found(format!("nobody is called `{name}`"))),
            }
        })
    }

    fn Address(
        &self,
        _window: Out<'_, usize>,
        _parameters: In<'_, ADRPARM>,
        _recipients: Out<'_, *mut ADRLIST>,
    ) -> HRESULT {
        self.last.answer(empty)
    }

    fn Details(
        &self,
        _window: Out<'_, usize>,
        _dismiss: *mut c_void,
        _context: *mut c_void,
        _size: u32,
        _id: In<'_, ENTRYID>,
        _button: *mut c_void,
        _button_context: *mut c_void,
        _button_text: In<'_, c_void>,
        _flags: u32,
    ) -> HRESULT {
        self.last.answer(empty)
    }

    fn RecipOptions(&self, _window: usize, _flags: u32, _recipient: Out<'_, ADRENTRY>) -> HRESULT {
        self.last.answer(empty)
    }

    fn QueryDefaultRecipOpt(
        &self,
        _address_type: In<'_, c_void>,
        _flags: u32,
        _count: Out<'_, u32>,
        _options: Out<'_, *mut SPropValue>,
    ) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("the transports have no options")))
    }

    fn GetPAB(&self, size: Out<'_, u32>, id: Out<'_, *mut ENTRYID>) -> HRESULT {
        self.last.answer(|| none_of(size, id))
    }

    fn SetPAB(&self, _size: u32, _id: In<'_, ENTRYID>) -> HRESULT {
        self.last.answer(empty)
    }

    fn GetDefaultDir(&self, size: Out<'_, u32>, id: Out<'_, *mut ENTRYID>) -> HRESULT {
        self.last.answer(|| none_of(size, id))
    }

    fn SetDefaultDir(&self, _size: u32, _id: In<'_, ENTRYID>) -> HRESULT {
        self.last.answer(empty)
    }

    fn GetSearchPath(&self, flags: u32, path: Out<'_, *mut SRowSet>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            self.check()?;
            give_rows(path, std::iter::empty::<&[Prop]>())
        })
    }

    fn SetSearchPath(&self, _flags: u32, _path: In<'_, SRowSet>) -> HRESULT {
        self.last.answer(empty)
    }

    fn PrepareRecips(
        &self,
        flags: u32,
        wanted: In<'_, SPropTagArray>,
        recipients: Out<'_, ADRLIST>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            self.check()?;
            let wanted = read_tags(wanted)?.unwrap_or_default();
            for (index, mut props) in entries(recipients)?.into_iter().enumerate() {
                let id = props.bytes(tags::ENTRYID).and_then(|id| EntryId::from_bytes(id).ok());
                let Some(one_off) = id.filter(OneOff::is) else { continue };
                let known = properties(&OneOff::read(&one_off, CodePage::UTF8)?, &one_off);
                for tag in &wanted {
                    if props.find(tag.id()).is_none()
                        && let Some(value) = known.get(*tag)
                    {
                        let kind = match tag.prop_type() {
                            PropType::UNSPECIFIED => value.prop_type(),
                            kind => kind,
                        };
                        props.set(*tag, value.clone().coerce(kind)?);
                    }
                }
                replace(recipients, index, &props)?;
            }
            Ok(())
        })
    }
}

fn none_of(size: Out<'_, u32>, id: Out<'_, *mut ENTRYID>) -> Result<()> {
    size.clear()?;
    id.clear()?;
    Err(Error::not_found("there are no address books here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_addresses() {
        for (name, found) in [
            ("ann@example.org", Some(("ann@example.org", "SMTP", "ann@example.org"))),
            ("Ann <ann@example.org>", Some(("Ann", "SMTP", "ann@example.org"))),
            ("\"Ann B\" <ann@b>", Some(("Ann B", "SMTP", "ann@b"))),
            ("[FAX:+49 1]", Some(("+49 1", "FAX", "+49 1"))),
            ("<a@b>", Some(("a@b", "SMTP", "a@b"))),
            ("Ann", None),
            ("@", None),
            ("ann b@c", None),
            ("", None),
        ] {
            let wanted = found.map(|(name, kind, address)| OneOff::new(name, kind, address));
            assert_eq!(address(name), wanted, "{name}");
        }
    }
}
