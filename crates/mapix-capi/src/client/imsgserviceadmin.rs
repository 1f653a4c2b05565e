//! `IMsgServiceAdmin`, `IMsgServiceAdmin2`.

use std::ffi::c_void;
use std::fmt::Write as _;

use mapix::profile::{Profile, Profiles, Provider, Service, Setting};
use mapix::prop::{Guid, Prop, PropBag, PropTag, PropType, Value, tags, value_bytes};
use mapix::{Error, ErrorCode, Mapi, Result, SettingInfo, Warning};

use super::imapitable::TableObject;
use super::iprofsect::SectionObject;
use super::iprovideradmin::ProviderAdminObject;
use super::{rows, subsystem};
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags, need_text, props, read_text};
use crate::flags::{MAPI_DIALOG, MAPI_STORE_PROVIDER, MAPI_UNICODE, SERVICE_UI_ALWAYS};
use crate::iface::{
    IMAPITable, IMsgServiceAdmin, IMsgServiceAdmin2, IMsgServiceAdmin2Methods,
    IMsgServiceAdminMethods, IProfSect, IProviderAdmin,
};
use crate::types::{GUID, HRESULT, MAPIERROR, MAPIUID, SPropValue};

/// `PR_SERVICE_NAME`.
const SERVICE_NAME: PropTag = PropTag(0x3D09_001F);
/// `PR_SERVICE_UID`.
const SERVICE_UID: PropTag = PropTag(0x3D0C_0102);
/// `PR_PROVIDER_ORDINAL`.
const PROVIDER_ORDINAL: PropTag = PropTag(0x300D_0003);
/// `PR_PST_PATH`: by which stores in files are configured.
const PST_PATH: u16 = 0x6700;
/// `MAPI_TRANSPORT_PROVIDER`, which is the only kind beside stores here.
const TRANSPORT_PROVIDER: i32 = 35;

/// The message services of a profile.
pub(crate) struct ServiceAdminObject {
    profiles: Profiles,
    profile: String,
    last: LastError,
}

impl ServiceAdminObject {
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is no such profile.
    pub(crate) fn give(profiles: Profiles, profile: &str) -> Result<Ptr<IMsgServiceAdmin>> {
        profiles.read(profile)?;
        let object = Self { profiles, profile: profile.into(), last: LastError::default() };
        Ok(object.into_ptr().upcast())
    }

    /// Changes the profile, and tells of it.
    fn change<T>(&self, change: impl FnOnce(&mut Profile) -> Result<T>) -> Result<T> {
        rows::profiles_changed(self.profiles.change(&self.profile, change))
    }

    fn create(&self, service: In<'_, c_void>, name: In<'_, c_void>, flags: u32) -> Result<Guid> {
        check_flags(flags, MAPI_UNICODE | SERVICE_UI_ALWAYS)?;
        let kind = need_text(service, flags)?;
        let name = read_text(name, flags)?.filter(|name| !name.is_empty());
        let mapi = subsystem::mapi()?;
        let name = name.as_deref().unwrap_or(&kind);
        self.change(|profile| mapi.add_service(profile, &kind, name, []))
    }
}

/// The rows of the providers of a profile, or of one of its services.
pub(super) fn provider_table(
    profiles: &Profiles,
    profile: &str,
    service: Option<Guid>,
) -> mapix::table::Table {
    let (profiles, name) = (profiles.clone(), profile.to_owned());
    let columns = [
        tags::DISPLAY_NAME,
        tags::PROVIDER_DISPLAY,
        tags::PROVIDER_UID,
        PROVIDER_ORDINAL,
        tags::RESOURCE_TYPE,
        tags::RESOURCE_FLAGS,
        tags::DEFAULT_STORE,
        SERVICE_NAME,
        SERVICE_UID,
    ];
    rows::of_profiles(&columns, move || {
        let mapi = subsystem::mapi()?;
        let profile = profiles.read(&name)?;
        let all = profile.providers().enumerate();
        let wanted = all.filter(|(_, (of, _))| service.is_none_or(|service| of.uid == service));
        Ok(wanted.map(|(at, (of, provider))| row(&mapi, &profile, at, of, provider)).collect())
    })
}

fn row(mapi: &Mapi, profile: &Profile, at: usize, of: &Service, provider: &Provider) -> PropBag {
    let store = mapi.providers().iter().find(|kind| kind.name() == of.kind);
    let transport = mapi.transports().iter().find(|kind| kind.name() == of.kind);
    let about = store.map(|kind| kind.description());
    let about = about.or_else(|| transport.map(|kind| kind.description()));
    let mut bag = PropBag::new();
    bag.set(tags::DISPLAY_NAME, provider.name.as_str());
    bag.set(tags::PROVIDER_DISPLAY, about.unwrap_or(&of.kind));
    bag.set(tags::PROVIDER_UID, &provider.uid.0[..]);
    bag.set(PROVIDER_ORDINAL, at as i32);
    let kind = if transport.is_some() { TRANSPORT_PROVIDER } else { MAPI_STORE_PROVIDER as i32 };
    bag.set(tags::RESOURCE_TYPE, kind);
    bag.set(tags::RESOURCE_FLAGS, 0);
    bag.set(tags::DEFAULT_STORE, profile.default_store() == Some(provider.uid));
    bag.set(SERVICE_NAME, of.kind.as_str());
    bag.set(SERVICE_UID, &of.uid.0[..]);
    bag
}

/// What properties say as settings of a service that has these: a path for stores in files, and for
/// the services of others the property under its number, as their files have it.
fn settings(props: &[Prop], known: &[SettingInfo]) -> Result<Vec<(String, Option<Setting>)>> {
    let one = |prop: &Prop| {
        let text = match &prop.value {
            Value::Bool(truth) => truth.to_string(),
            Value::I32(number) => (*number as u32).to_string(),
            value => match (value.as_text(), value_bytes(value)) {
                (Some(text), _) => text.into_owned(),
                (None, Some(bytes)) => bytes.iter().fold(String::new(), |mut text, byte| {
                    // A string takes everything.
                    let _ = write!(text, "{byte:02X}");
                    text
                }),
                _ => {
                    let sentence = format!("{} cannot be a setting", prop.tag);
                    return Err(Error::new(ErrorCode::TYPE_NO_SUPPORT, sentence));
                }
            },
        };
        let tag = match prop.tag.prop_type() {
            PropType::STRING8 => prop.tag.with_type(PropType::UNICODE),
            _ => prop.tag,
        };
        let names = [format!("0x{:08X}", tag.0), tag.to_string()];
        let is = |info: &&SettingInfo| {
            names.iter().any(|name| name == info.name)
                || tag.id() == PST_PATH && info.name == "path"
        };
        let info = known.iter().find(is).ok_or_else(|| {
            Error::invalid_parameter(format!("{} configures nothing of this service", prop.tag))
        })?;
        Ok((info.name.to_owned(), Some(Setting::Text(text))))
    };
    props.iter().filter(|prop| prop.tag.id() != tags::DISPLAY_NAME.id()).map(one).collect()
}

impl Object for ServiceAdminObject {
    type Main = IMsgServiceAdmin2;
}

impl IMsgServiceAdminMethods for ServiceAdminObject {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.tell(result, flags, error)
    }

    fn GetMsgServiceTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            let (profiles, name) = (self.profiles.clone(), self.profile.clone());
            let columns = [tags::DISPLAY_NAME, SERVICE_NAME, SERVICE_UID, tags::RESOURCE_FLAGS];
            let rows = rows::of_profiles(&columns, move || {
                let row = |service: &Service| {
                    let mut bag = PropBag::new();
                    bag.set(tags::DISPLAY_NAME, service.name.as_str());
                    bag.set(SERVICE_NAME, service.kind.as_str());
                    bag.set(SERVICE_UID, &service.uid.0[..]);
                    bag.set(tags::RESOURCE_FLAGS, 0);
                    bag
                };
                Ok(profiles.read(&name)?.services().iter().map(row).collect())
            });
            table.give(TableObject::give(rows, flags)?)
        })
    }

    fn CreateMsgService(
        &self,
        service: In<'_, c_void>,
        name: In<'_, c_void>,
        _window: usize,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| self.create(service, name, flags).map(drop))
    }

    fn DeleteMsgService(&self, uid: In<'_, MAPIUID>) -> HRESULT {
        self.last.answer(|| {
            let uid = (*uid.need()?).into();
            let deleted = subsystem::mapi()?.delete_service(&self.profiles, &self.profile, uid);
            let said = rows::profiles_changed(deleted)?;
            Ok(said.map(|error| self.last.warn(Warning::ErrorsReturned, error)))
        })
    }

    fn CopyMsgService(
        &self,
        uid: In<'_, MAPIUID>,
        name: In<'_, c_void>,
        _from: In<'_, GUID>,
        _interface: In<'_, GUID>,
        target: In<'_, c_void>,
        _window: usize,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_DIALOG)?;
            let uid = (*uid.need()?).into();
            let name = read_text(name, flags)?.filter(|name| !name.is_empty());
            // SAFETY: what a caller names as a destination is an object, or null.
            let other =
                unsafe { Ptr::<crate::iface::IUnknown>::retain(target.as_raw().cast_mut().cast()) };
            let other = other.ok_or_else(|| Error::invalid_parameter("no destination"))?;
            let other = other.object::<Self>();
            let other = other.ok_or_else(|| Error::no_support("not a profile of mapix"))?;
            if other.profile != self.profile {
                return Err(Error::no_support("services are copied within one profile"));
            }
            self.change(|profile| {
                let name = name.unwrap_or(profile.service(uid)?.name.clone());
                profile.copy_service(uid, &name).map(drop)
            })
        })
    }

    fn RenameMsgService(&self, uid: In<'_, MAPIUID>, flags: u32, name: In<'_, c_void>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            let (uid, name) = ((*uid.need()?).into(), need_text(name, flags)?);
            self.change(|profile| profile.rename_service(uid, &name))
        })
    }

    fn ConfigureMsgService(
        &self,
        uid: In<'_, MAPIUID>,
        _window: usize,
        flags: u32,
        count: u32,
        values: In<'_, SPropValue>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | SERVICE_UI_ALWAYS)?;
            let (uid, values) = ((*uid.need()?).into(), props(count, values)?);
            let mapi = subsystem::mapi()?;
            let service = self.change(|profile| {
                let kind = profile.service(uid)?.kind.clone();
                let store = mapi.providers().iter().find(|provider| provider.name() == kind);
                let transport = mapi.transports().iter().find(|provider| provider.name() == kind);
                let known = store.map(|provider| provider.settings());
                let known = known.or_else(|| transport.map(|provider| provider.settings()));
                let settings = settings(&values, known.unwrap_or_default())?;
                profile.configure_service(uid, settings)?;
                let name = values.iter().find(|prop| prop.tag.id() == tags::DISPLAY_NAME.id());
                if let Some(name) = name.and_then(|prop| prop.value.as_text()) {
                    profile.rename_service(uid, &name)?;
                }
                let service = profile.service(uid)?.clone();
                mapi.check_service(&service)?;
                Ok(service)
            })?;
            // A store that is not there yet is made, where its provider makes some.
            if mapi.providers().iter().any(|provider| provider.name() == service.kind) {
                mapi.create_store(&service)?;
            }
            Ok(())
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

    fn MsgServiceTransportOrder(&self, count: u32, uids: In<'_, MAPIUID>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            let uids: Vec<Guid> = uids.many(count)?.iter().map(|uid| (*uid).into()).collect();
            let mapi = subsystem::mapi()?;
            self.change(|profile| {
                let transport = |kind: &str| mapi.transports().iter().any(|t| t.name() == kind);
                let all = profile.providers().filter(|(service, _)| transport(&service.kind));
                let all: Vec<(Guid, Guid)> =
                    all.map(|(service, provider)| (provider.uid, service.uid)).collect();
                let every = all.iter().all(|(uid, _)| uids.contains(uid));
                if !every || all.len() != uids.len() {
                    return Err(Error::invalid_parameter("the list is not of all transports"));
                }
                // One after the other to the end: they stand in the order that was given.
                for uid in &uids {
                    let found = all.iter().find(|(provider, _)| provider == uid);
                    let (_, service) =
                        found.ok_or_else(|| Error::not_found("no such transport"))?;
                    profile.move_service(*service, usize::MAX)?;
                }
                Ok(())
            })
        })
    }

    fn AdminProviders(
        &self,
        uid: In<'_, MAPIUID>,
        flags: u32,
        admin: Out<'_, *mut IProviderAdmin>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            admin.clear()?;
            let uid = (*uid.need()?).into();
            admin.give(ProviderAdminObject::give(self.profiles.clone(), &self.profile, uid)?)
        })
    }

    fn SetPrimaryIdentity(&self, _uid: In<'_, MAPIUID>, _flags: u32) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("services here provide no identities")))
    }

    fn GetProviderTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            let rows = provider_table(&self.profiles, &self.profile, None);
            table.give(TableObject::give(rows, flags)?)
        })
    }
}

impl IMsgServiceAdmin2Methods for ServiceAdminObject {
    fn CreateMsgServiceEx(
        &self,
        service: In<'_, c_void>,
        name: In<'_, c_void>,
        _window: usize,
        flags: u32,
        uid: Out<'_, MAPIUID>,
    ) -> HRESULT {
        self.last.answer(|| {
            uid.clear()?;
            uid.set(self.create(service, name, flags)?.into())
        })
    }
}
