//! `IProfAdmin`.

use std::ffi::c_void;

use mapix::profile::{ProfileRow, Profiles};
use mapix::prop::{PropBag, PropTag, tags};
use mapix::{Error, Result, Warning};

use super::imapitable::TableObject;
use super::imsgserviceadmin::ServiceAdminObject;
use super::{rows, subsystem};
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags, need_text, read_text};
use crate::flags::{MAPI_DIALOG, MAPI_UNICODE};
use crate::iface::{IMAPITable, IMsgServiceAdmin, IProfAdmin, IProfAdminMethods};
use crate::types::{HRESULT, MAPIERROR};

/// `PR_DEFAULT_PROFILE`.
const DEFAULT_PROFILE: PropTag = PropTag(0x3D04_000B);

/// The profiles of the user.
pub(crate) struct ProfAdminObject {
    profiles: Profiles,
    last: LastError,
}

impl ProfAdminObject {
    pub(crate) fn give(profiles: Profiles) -> Ptr<IProfAdmin> {
        Self { profiles, last: LastError::default() }.into_ptr()
    }
}

/// Refuses passwords: profiles have none.
pub(crate) fn no_password(password: In<'_, c_void>, flags: u32) -> Result<()> {
    match read_text(password, flags)?.filter(|text| !text.is_empty()) {
        Some(_) => Err(Error::no_support("profiles have no passwords")),
        None => Ok(()),
    }
}

impl Object for ProfAdminObject {
    type Main = IProfAdmin;
}

impl IProfAdminMethods for ProfAdminObject {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.tell(result, flags, error)
    }

    fn GetProfileTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            let profiles = self.profiles.clone();
            let rows = rows::of_profiles(&[tags::DISPLAY_NAME, DEFAULT_PROFILE], move || {
                let row = |row: ProfileRow| {
                    let mut bag = PropBag::new();
                    bag.set(tags::DISPLAY_NAME, row.name);
                    bag.set(DEFAULT_PROFILE, row.is_default);
                    bag
                };
                Ok(profiles.list()?.into_iter().map(row).collect())
            });
            table.give(TableObject::give(rows, flags)?)
        })
    }

    fn CreateProfile(
        &self,
        name: In<'_, c_void>,
        password: In<'_, c_void>,
        _window: usize,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            // MAPI_DEFAULT_SERVICES has no services to add here.
            check_flags(flags, MAPI_UNICODE | MAPI_DIALOG | 1)?;
            no_password(password, flags)?;
            rows::profiles_changed(self.profiles.create(&need_text(name, flags)?))
        })
    }

    fn DeleteProfile(&self, name: In<'_, c_void>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            let name = need_text(name, flags)?;
            let deleted = subsystem::mapi()?.delete_profile(&self.profiles, &name);
            let said = rows::profiles_changed(deleted)?;
            Ok(said
                .into_iter()
                .next_back()
                .map(|error| self.last.warn(Warning::ErrorsReturned, error)))
        })
    }

    fn ChangeProfilePassword(
        &self,
        _name: In<'_, c_void>,
        _old: In<'_, c_void>,
        _new: In<'_, c_void>,
        _flags: u32,
    ) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("profiles have no passwords")))
    }

    fn CopyProfile(
        &self,
        old: In<'_, c_void>,
        password: In<'_, c_void>,
        new: In<'_, c_void>,
        _window: usize,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_DIALOG)?;
            no_password(password, flags)?;
            let (old, new) = (need_text(old, flags)?, need_text(new, flags)?);
            rows::profiles_changed(self.profiles.copy(&old, &new))
        })
    }

    fn RenameProfile(
        &self,
        old: In<'_, c_void>,
        password: In<'_, c_void>,
        new: In<'_, c_void>,
        _window: usize,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_DIALOG)?;
            no_password(password, flags)?;
            let (old, new) = (need_text(old, flags)?, need_text(new, flags)?);
            rows::profiles_changed(self.profiles.rename(&old, &new))
        })
    }

    fn SetDefaultProfile(&self, name: In<'_, c_void>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            let name = read_text(name, flags)?;
            rows::profiles_changed(self.profiles.set_default(name.as_deref()))
        })
    }

    fn AdminServices(
        &self,
        name: In<'_, c_void>,
        password: In<'_, c_void>,
        _window: usize,
        flags: u32,
        admin: Out<'_, *mut IMsgServiceAdmin>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_DIALOG)?;
            admin.clear()?;
            no_password(password, flags)?;
            let name = need_text(name, flags)?;
            admin.give(ServiceAdminObject::give(self.profiles.clone(), &name)?)
        })
    }
}
