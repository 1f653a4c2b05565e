//! Profiles, services, providers, sections, status, address book.

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::iface::{
    IAddrBook, IMAPIProp, IMAPIStatus, IMailUser, IMsgServiceAdmin, IMsgServiceAdmin2, IProfSect,
};
use mapi::types::{ADRENTRY, ADRLIST, MAPIUID, SPropValue, UPV};
use mapix::ErrorCode;

use crate::world::*;

const DISPLAY_NAME_A: u32 = 0x3001_001E;
const SERVICE_NAME_A: u32 = 0x3D09_001E;
const SERVICE_UID: u32 = 0x3D0C_0102;
const PROVIDER_UID: u32 = 0x300C_0102;

fn uid(bytes: &[u8]) -> MAPIUID {
    MAPIUID { ab: bytes.try_into().unwrap() }
}

fn services(name: &str) -> Ptr<IMsgServiceAdmin> {
    let name = std::ffi::CString::new(name).unwrap();
    let name = unsafe { In::from_raw(name.as_ptr().cast()) };
    object(|out| unsafe { profiles().AdminServices(name, In::null(), 0, 0, out) })
}

#[test]
fn profiles_are_listed_copied_renamed_and_deleted() {
    let world = World::new();
    let admin = profiles();
    let own = std::ffi::CString::new(world.profile.clone()).unwrap();
    let own = || unsafe { In::from_raw(own.as_ptr().cast::<std::ffi::c_void>()) };
    let names = || {
        let table = object(|out| unsafe { admin.GetProfileTable(0, out) });
        Rows::of(&table, &[DISPLAY_NAME_A]).texts(0)
    };
    unsafe {
        ok(admin.CopyProfile(own(), In::null(), text(c"a copy"), 0, 0));
        fails(admin.CopyProfile(own(), In::null(), text(c"a copy"), 0, 0), ErrorCode::COLLISION);
        ok(admin.RenameProfile(text(c"a copy"), In::null(), text(c"renamed"), 0, 0));
        assert!(names().contains(&"renamed".into()) && !names().contains(&"a copy".into()));
        ok(admin.DeleteProfile(text(c"renamed"), 0));
        fails(admin.DeleteProfile(text(c"renamed"), 0), ErrorCode::NOT_FOUND);
        let password = admin.CreateProfile(text(c"p"), text(c"secret"), 0, 0);
        fails(password, ErrorCode::NO_SUPPORT);
        let change = admin.ChangeProfilePassword(own(), In::null(), In::null(), 0);
        fails(change, ErrorCode::NO_SUPPORT);
        fails(admin.DeleteProfile(In::null(), 0), ErrorCode::INVALID_PARAMETER);
        fails(admin.SetDefaultProfile(text(c"none"), 0), ErrorCode::NOT_FOUND);
    }
}

#[test]
fn services_and_providers_are_administered() {
    let world = World::new();
    let admin = services(&world.profile);
    let admin2 = admin.query::<IMsgServiceAdmin2>().unwrap();
    unsafe {
        let unknown = admin.CreateMsgService(text(c"NOBODY"), In::null(), 0, 0);
        fails(unknown, ErrorCode::NOT_FOUND);
        let second =
            out(|uid| admin2.CreateMsgServiceEx(text(c"MAPIX_PST"), text(c"Old"), 0, 0, uid));
        let table = object(|out| admin.GetMsgServiceTable(0, out));
        let rows = Rows::of(&table, &[DISPLAY_NAME_A, SERVICE_NAME_A, SERVICE_UID]);
        assert_eq!(rows.texts(0), ["Mail", "Old"]);
        assert_eq!(rows.texts(1), ["MAPIX", "MAPIX_PST"]);
        assert_eq!(rows.bytes(1, 2), second.ab);
        ok(admin.RenameMsgService(In::new(&second), 0, text(c"Archive")));
        let own = In::from_raw(admin.as_raw().cast_const().cast());
        ok(admin.CopyMsgService(
            In::new(&second),
            text(c"Copy"),
            In::null(),
            In::null(),
            own,
            0,
            0,
        ));
        let table = object(|out| admin.GetMsgServiceTable(0, out));
        assert_eq!(Rows::of(&table, &[DISPLAY_NAME_A]).texts(0), ["Mail", "Archive", "Copy"]);
        let bad = SPropValue { ulPropTag: 0x6666_0003, dwAlignPad: 0, Value: UPV { l: 1 } };
        let configured = admin.ConfigureMsgService(In::new(&second), 0, 0, 1, In::new(&bad));
        fails(configured, ErrorCode::INVALID_PARAMETER);
        fails(admin.SetPrimaryIdentity(In::new(&second), 0), ErrorCode::NO_SUPPORT);
        ok(admin.MsgServiceTransportOrder(0, In::null(), 0));

        let providers = object(|out| admin.AdminProviders(In::new(&second), 0, out));
        let made = out(|uid| providers.CreateProvider(text(c"more"), 0, In::null(), 0, 0, uid));
        let table = object(|out| providers.GetProviderTable(0, out));
        let rows = Rows::of(&table, &[PROVIDER_UID, SERVICE_UID]);
        assert_eq!((rows.len(), rows.bytes(1, 0)), (2, made.ab.to_vec()));
        ok(providers.DeleteProvider(In::new(&made)));
        fails(providers.DeleteProvider(In::new(&made)), ErrorCode::NOT_FOUND);
        let every = object(|out| admin.GetProviderTable(0, out));
        assert_eq!(Rows::of(&every, &[PROVIDER_UID]).len(), 3);
        ok(admin.DeleteMsgService(In::new(&second)));
        fails(admin.DeleteMsgService(In::new(&second)), ErrorCode::NOT_FOUND);
        let gone = admin.AdminProviders(In::new(&second), 0, Out::new(&mut std::ptr::null_mut()));
        fails(gone, ErrorCode::NOT_FOUND);
    }
}

#[test]
fn sections_are_written_at_once() {
    let world = World::new();
    let (session, _store) = world.open();
    let own = uid(&[7; 16]);
    unsafe {
        let mut raw = std::ptr::null_mut();
        let absent = session.OpenProfileSection(In::new(&own), In::null(), 0, Out::new(&mut raw));
        fails(absent, ErrorCode::NOT_FOUND);
        let section: Ptr<IProfSect> =
            object(|out| session.OpenProfileSection(In::new(&own), In::null(), MAPI_MODIFY, out));
        set_text(&section, DISPLAY_NAME_A, c"mine");
        ok(section.SaveChanges(0));
        let second = session.OpenProfileSection(In::new(&own), In::null(), 0, Out::new(&mut raw));
        fails(second, ErrorCode::NO_ACCESS);
        let names = section.GetIDsFromNames(0, In::null(), 0, Out::new(&mut std::ptr::null_mut()));
        fails(names, ErrorCode::NO_SUPPORT);
        drop(section);
        // The same section through the services of the profile.
        let admin = object(|out| session.AdminServices(0, out));
        let section =
            object(|out| admin.OpenProfileSection(In::new(&own), In::null(), MAPI_MODIFY, out));
        assert_eq!(Props::of(&section, &[DISPLAY_NAME_A], 0).text(0), "mine");
        let tags = Tags::new(&[DISPLAY_NAME_A]);
        ok(section.DeleteProps(tags.as_in(), Out::null()));
        assert_eq!(Props::all(&section, 0).count, 0);
        let other = uid(&[8; 16]);
        let absent = admin.OpenProfileSection(In::new(&other), In::null(), 0, Out::new(&mut raw));
        fails(absent, ErrorCode::NOT_FOUND);
    }
}

#[test]
fn status_objects_stand_behind_their_rows() {
    let world = World::new();
    let (session, _store) = world.open();
    let table = object(|out| unsafe { session.GetStatusTable(0, out) });
    let rows = Rows::of(&table, &[DISPLAY_NAME_A, ENTRYID_TAG, 0x3E03_0003]);
    let at = rows.texts(0).iter().position(|name| name == "MAPI").unwrap();
    let bytes = rows.bytes(at, 1);
    let (size, entry) = id(&bytes);
    let mut kind = 0;
    let status = object(|out| unsafe {
        session.OpenEntry(size, entry, In::null(), 0, Out::new(&mut kind), out)
    });
    assert_eq!(kind, 10, "MAPI_STATUS");
    let status = status.query::<IMAPIStatus>().unwrap();
    assert_eq!(Props::of(&status, &[DISPLAY_NAME_A], 0).text(0), "MAPI");
    unsafe {
        fails(status.FlushQueues(0, 0, In::null(), 2), ErrorCode::NO_SUPPORT);
        fails(status.ValidateState(0, 0), ErrorCode::NO_SUPPORT);
        fails(status.SettingsDialog(0, 0), ErrorCode::NO_SUPPORT);
        fails(status.ChangePassword(In::null(), In::null(), 0), ErrorCode::NO_SUPPORT);
        fails(status.SaveChanges(0), ErrorCode::NO_SUPPORT);
        let mut raw = std::ptr::null_mut();
        let identity = session.QueryIdentity(Out::new(&mut 0), Out::new(&mut raw));
        fails(identity, ErrorCode::NOT_FOUND);
        fails(session.MessageOptions(0, 0, In::null(), In::null()), ErrorCode::NO_SUPPORT);
        fails(session.SetDefaultStore(3, 0, In::null()), ErrorCode::INVALID_PARAMETER);
        let bytes = store_id(&session);
        let (size, entry) = id(&bytes);
        ok(session.SetDefaultStore(1, size, entry));
        ok(session.SetDefaultStore(1, 0, In::null()));
    }
}

#[test]
fn the_address_book_is_empty_and_makes_recipients() {
    let world = World::new();
    let (session, _store) = world.open();
    let book: Ptr<IAddrBook> =
        object(|out| unsafe { session.OpenAddressBook(0, In::null(), 0, out) });
    unsafe {
        let (mut size, mut entry) = (0, std::ptr::null_mut());
        ok(book.CreateOneOff(
            text(c"Ann"),
            text(c"SMTP"),
            text(c"ann@example.org"),
            0,
            Out::new(&mut size),
            Out::new(&mut entry),
        ));
        let made = In::from_raw(entry.cast_const());
        let mut kind = 0;
        let user =
            object(|out| book.OpenEntry(size, made, In::null(), 0, Out::new(&mut kind), out));
        assert_eq!(kind, 6, "MAPI_MAILUSER");
        let user = user.query::<IMailUser>().unwrap();
        let props = Props::of(&user, &[DISPLAY_NAME_A, 0x3002_001E, 0x3003_001E], 0);
        assert_eq!(
            (props.text(0), props.text(1), props.text(2)),
            ("Ann".into(), "SMTP".into(), "ann@example.org".into())
        );
        let mut same = 0;
        ok(book.CompareEntryIDs(size, made, size, made, 0, Out::new(&mut same)));
        assert_eq!(same, 1);
        let by_session =
            object(|out| session.OpenEntry(size, made, In::null(), 0, Out::new(&mut kind), out));
        drop(by_session.query::<IMAPIProp>().unwrap());
        free(entry);

        // Names that are addresses are resolved; the others are told.
        let entry_of = |name: &'static std::ffi::CStr| {
            let buffer = mapi::memory::Buffer::for_many::<SPropValue>(1, 64).unwrap();
            let value = UPV { lpszA: buffer.text8(name.to_bytes()).unwrap() };
            buffer.put(0, SPropValue { ulPropTag: DISPLAY_NAME_A, dwAlignPad: 0, Value: value });
            ADRENTRY { ulReserved1: 0, cValues: 1, rgPropVals: buffer.into_raw() }
        };
        let mut list = ADRLIST { cEntries: 1, aEntries: [entry_of(c"bob@example.org")] };
        ok(book.ResolveName(0, 0, In::null(), Out::new(&mut list)));
        let props = std::slice::from_raw_parts(
            list.aEntries[0].rgPropVals,
            list.aEntries[0].cValues as usize,
        );
        assert!(props.iter().any(|prop| prop.ulPropTag == ENTRYID_TAG));
        let wanted = Tags::new(&[0x300B_0102]);
        ok(book.PrepareRecips(0, wanted.as_in(), Out::new(&mut list)));
        let count = list.aEntries[0].cValues as usize;
        let props = std::slice::from_raw_parts(list.aEntries[0].rgPropVals, count);
        let key = props.iter().find(|prop| prop.ulPropTag == 0x300B_0102).unwrap();
        assert_eq!(bytes_of(key), b"SMTP:BOB@EXAMPLE.ORG\0");
        free(list.aEntries[0].rgPropVals);
        let mut list = ADRLIST { cEntries: 1, aEntries: [entry_of(c"Bob")] };
        let unknown = book.ResolveName(0, 0, In::null(), Out::new(&mut list));
        fails(unknown, ErrorCode::NOT_FOUND);
        free(list.aEntries[0].rgPropVals);

        let path = out(|path| book.GetSearchPath(0, path));
        assert_eq!((*path).cRows, 0);
        free(path);
        let none = book.GetPAB(Out::new(&mut size), Out::new(&mut entry));
        fails(none, ErrorCode::NOT_FOUND);
        let none = book.GetDefaultDir(Out::new(&mut size), Out::new(&mut entry));
        fails(none, ErrorCode::NOT_FOUND);
        let mut raw = std::ptr::null_mut();
        let root =
            book.OpenEntry(0, In::null(), In::null(), 0, Out::new(&mut kind), Out::new(&mut raw));
        fails(root, ErrorCode::NO_SUPPORT);
    }
}

#[test]
fn address_types_are_those_of_the_transports() {
    let world = World::new();
    let types_of = |session: &Ptr<mapi::iface::IMAPISession>, flags| unsafe {
        let (mut count, mut types) = (7, std::ptr::null_mut());
        ok(session.EnumAdrTypes(flags, Out::new(&mut count), Out::new(&mut types)));
        (count, types)
    };
    let session = world.session();
    let (count, types) = types_of(&session, 0);
    assert!(count == 0 && types.is_null(), "there are no transports");
    drop(session);
    let smtp = |profile: &mut mapix::profile::Profile| {
        let host = ("host".to_owned(), mapix::profile::Setting::Text("127.0.0.1".into()));
        let from = ("from".to_owned(), mapix::profile::Setting::Text("ann@example.com".into()));
        profile.add_service("SMTP", "Out", [host, from])
    };
    let profiles = mapix::profile::Profiles::of_user().unwrap();
    profiles.change(&world.profile, smtp).unwrap();
    let session = world.session();
    let (count, types) = types_of(&session, 0);
    assert_eq!(count, 1);
    let narrow = unsafe { std::ffi::CStr::from_ptr((*types).cast()) };
    assert_eq!(narrow, c"SMTP");
    free(types);
    let (count, types) = types_of(&session, UNICODE);
    assert_eq!(count, 1);
    let wide = unsafe { std::slice::from_raw_parts((*types).cast::<u16>(), 5) };
    assert_eq!(wide, "SMTP\0".encode_utf16().collect::<Vec<_>>());
    free(types);
    unsafe {
        let bad = session.EnumAdrTypes(1, Out::new(&mut 0), Out::new(&mut std::ptr::null_mut()));
        fails(bad, ErrorCode::UNKNOWN_FLAGS);
        let nowhere = session.EnumAdrTypes(0, Out::null(), Out::null());
        fails(nowhere, ErrorCode::INVALID_PARAMETER);
    }
}
