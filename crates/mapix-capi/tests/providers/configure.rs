//! The example provider as a message service of a client in C: made, configured, used, and used again.
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into the library")]

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::export::{
    MAPIAdminProfiles, MAPIFreeBuffer, MAPIInitialize, MAPILogonEx, MAPIUninitialize,
};
use mapi::iface::{IMAPISession, IMAPITable, IMsgServiceAdmin2, IMsgStore};
use mapi::types::{ENTRYID, HRESULT, MAPIUID, SPropTagArray, SPropValue, SRowSet, UPV};

use crate::build;

const NEW_SESSION: u32 = 2;
const ENTRY_ID: u32 = 0x0FFF_0102;
const DISPLAY_NAME: u32 = 0x3001_001E;
/// What the provider calls its store, as its inf file has it.
const DEMO_NAME: u32 = 0x6600_001E;

fn text(text: &CStr) -> In<'_, c_void> {
    unsafe { In::from_raw(text.as_ptr().cast()) }
}

fn given<I: mapi::com::Interface>(call: impl FnOnce(Out<'_, *mut I>) -> HRESULT) -> Ptr<I> {
    let mut raw = null_mut();
    assert_eq!(call(Out::new(&mut raw)), HRESULT::S_OK);
    unsafe { Ptr::from_raw(raw) }.expect("an object")
}

/// The name of the store of the profile's only service.
fn name_of_the_store(profile: &CStr) -> String {
    let profile = profile.as_ptr().cast_mut().cast();
    let session: Ptr<IMAPISession> =
        given(|out| unsafe { MAPILogonEx(0, profile, null_mut(), NEW_SESSION, out.as_raw()) });
    let table: Ptr<IMAPITable> = given(|out| unsafe { session.GetMsgStoresTable(0, out) });
    let mut rows: *mut SRowSet = null_mut();
    let columns = [1, ENTRY_ID];
    unsafe {
        let columns = In::from_raw(columns.as_ptr().cast::<SPropTagArray>());
        assert_eq!(table.SetColumns(columns, 0), HRESULT::S_OK);
        assert_eq!(table.QueryRows(10, 0, Out::new(&mut rows)), HRESULT::S_OK);
        assert_eq!((*rows).cRows, 1);
        let id = (*(*rows).aRow[0].lpProps).Value.bin;
        let store: Ptr<IMsgStore> = given(|out| {
            let entry_id = In::from_raw(id.lpb.cast_const().cast::<ENTRYID>());
            session.OpenMsgStore(0, id.cb, entry_id, In::null(), 0, out)
        });
        mapi::export::FreeProws(rows);
        let (tags, mut count, mut props) = ([1, DISPLAY_NAME], 0, null_mut::<SPropValue>());
        let tags = In::from_raw(tags.as_ptr().cast::<SPropTagArray>());
        let read = store.GetProps(tags, 0, Out::new(&mut count), Out::new(&mut props));
        assert_eq!(read, HRESULT::S_OK);
        let name = CStr::from_ptr((*props).Value.lpszA.cast()).to_str().unwrap().to_owned();
        MAPIFreeBuffer(props.cast());
        assert_eq!(session.Logoff(0, 0, 0), HRESULT::S_OK);
        name
    }
}

#[test]
fn a_client_configures_the_service_of_a_provider() {
    let directory = tempfile::tempdir().unwrap();
    // The only test of this program that begins MAPI as a client does.
    unsafe {
        std::env::set_var("MAPIX_CONFIG_DIR", directory.path());
        std::env::set_var("MAPIX_CONFIG_PATH", build::demo());
        assert_eq!(MAPIInitialize(null_mut()), HRESULT::S_OK);
    }
    let profile = c"work";
    let admin = given(|out| unsafe { MAPIAdminProfiles(0, out.as_raw()) });
    let mut uid = MAPIUID { ab: [0; 16] };
    let configure = |services: &Ptr<IMsgServiceAdmin2>, uid: &MAPIUID, name: &CStr| unsafe {
        let value = UPV { lpszA: name.as_ptr().cast_mut().cast() };
        let setting = SPropValue { ulPropTag: DEMO_NAME, dwAlignPad: 0, Value: value };
        services.ConfigureMsgService(In::new(uid), 0, 0, 1, In::new(&setting))
    };
    let services = unsafe {
        assert_eq!(admin.CreateProfile(text(profile), In::null(), 0, 0), HRESULT::S_OK);
        let services = given(|out| admin.AdminServices(text(profile), In::null(), 0, 0, out));
        let services: Ptr<IMsgServiceAdmin2> = services.query().unwrap();
        let made = services.CreateMsgServiceEx(text(c"DEMO"), text(c"D"), 0, 0, Out::new(&mut uid));
        assert_eq!(made, HRESULT::S_OK);
        services
    };
    assert_eq!(name_of_the_store(profile), "Demonstration");
    assert_eq!(configure(&services, &uid, c"Mine"), HRESULT::S_OK);
    assert_eq!(name_of_the_store(profile), "Mine");
    assert_eq!(configure(&services, &uid, c"Another"), HRESULT::S_OK);
    assert_eq!(name_of_the_store(profile), "Another");
    let nobody = MAPIUID { ab: [9; 16] };
    assert_eq!(configure(&services, &nobody, c"x"), mapix::ErrorCode::NOT_FOUND.into());
    drop((services, admin));
    MAPIUninitialize();
}
