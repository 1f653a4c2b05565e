//! `IProviderAdmin`.

use std::ffi::c_void;

use mapix::profile::Profiles;
use mapix::prop::{Guid, PropType, tags};
use mapix::{Error, Result};

use super::imapitable::TableObject;
use super::imsgserviceadmin::provider_table;
use super::iprofsect::SectionObject;
use super::rows;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags, need_text, props};
use crate::flags::MAPI_UNICODE;
use crate::iface::{IMAPITable, IProfSect, IProviderAdmin, IProviderAdminMethods};
use crate::types::{GUID, HRESULT, MAPIERROR, MAPIUID, SPropValue};

/// The providers of a message service.
pub(crate) struct ProviderAdminObject {
    profiles: Profiles,
    profile: String,
    service: Guid,
    last: LastError,
}

impl ProviderAdminObject {
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the profile has no such service.
    pub(crate) fn give(
        profiles: Profiles,
        profile: &str,
        service: Guid,
    ) -> Result<Ptr<IProviderAdmin>> {
        profiles.read(profile)?.service(service)?;
        let last = LastError::default();
        Ok(Self { profiles, profile: profile.into(), service, last }.into_ptr())
    }
}

impl Object for ProviderAdminObject {
    type Main = IProviderAdmin;
}

impl IProviderAdminMethods for ProviderAdminObject {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.tell(result, flags, error)
    }

    fn GetProviderTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            let rows = provider_table(&self.profiles, &self.profile, Some(self.service));
            table.give(TableObject::give(rows, flags)?)
        })
    }

    fn CreateProvider(
        &self,
        provider: In<'_, c_void>,
        count: u32,
        values: In<'_, SPropValue>,
        _window: usize,
        flags: u32,
        uid: Out<'_, MAPIUID>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            uid.clear()?;
            let (mut name, values) = (need_text(provider, flags)?, props(count, values)?);
            let named = values.iter().find(|prop| prop.tag.id() == tags::DISPLAY_NAME.id());
            if let Some(text) = named.and_then(|prop| prop.value.as_text()) {
                name = text.into_owned();
            }
            let made = rows::profiles_changed(self.profiles.change(&self.profile, |profile| {
                let made = profile.add_provider(self.service, &name)?;
                for prop in values.iter().filter(|p| p.tag.prop_type() != PropType::ERROR) {
                    profile.section_mut(made).set(prop.tag, prop.value.clone())?;
                }
                Ok(made)
            }))?;
            uid.set(made.into())
        })
    }

    fn DeleteProvider(&self, uid: In<'_, MAPIUID>) -> HRESULT {
        self.last.answer(|| {
            let uid: Guid = (*uid.need()?).into();
            rows::profiles_changed(self.profiles.change(&self.profile, |profile| {
                let service = profile.service(self.service)?;
                if !service.providers.iter().any(|provider| provider.uid == uid) {
                    return Err(Error::not_found("the service has no such provider"));
                }
                profile.remove_provider(uid)
            }))
        })
    }

    fn OpenProfileSection(
        &self,
        uid: In<'_, MAPIUID>,
        interface: In<'_, GUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT {
        self.last.answer(|| {
            SectionObject::give(uid, interface, flags, section, |uid, write, _| {
                SectionObject::of_profile(self.profiles.clone(), &self.profile, uid, write)
            })
        })
    }
}
