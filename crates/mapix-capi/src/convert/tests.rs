//! What goes out comes back as it was, and what cannot be is refused.

use mapix::notify::{Notice, Subject};
use mapix::prop::{CodePage, FileTime, Guid, Prop, PropName, PropTag, PropType, String8, Value};
use mapix::restriction::{FuzzyLevel, RelOp, Restriction};
use mapix::store::ItemKind;
use mapix::table::{SortKey, SortOrder, SortOrderSet};
use mapix::{EntryId, Error, ErrorCode, Problem};

use super::*;
use crate::arg::{In, Out};
use crate::export::MAPIFreeBuffer;
use crate::memory::Buffer;
use crate::types::{
    ENTRYLIST, HRESULT, MAPINAMEID, NOTIFICATION, Plain, SAndRestriction, SBinary, SPropTagArray,
    SPropValue, SRestriction, SRow, SRowSet, SSortOrderSet, UPV,
};

/// One value of each type that C has a form for.
fn values() -> Vec<Value> {
    let bytes = |bytes: &[u8]| Box::<[u8]>::from(bytes);
    let narrow = |text: &str| String8::new(text.as_bytes(), CodePage::UTF8);
    vec![
        Value::I16(-2),
        Value::I32(-70_000),
        Value::F32(1.5),
        Value::F64(-2.5),
        Value::Currency(12_345),
        Value::AppTime(3.25),
        Value::Error(ErrorCode::NOT_FOUND),
        Value::Bool(true),
        Value::I64(1 << 40),
        Value::String8(narrow("Grüße")),
        Value::from("日本語 🦀"),
        Value::from(""),
        Value::Time(FileTime(0x01DA_4D2E_8000_0001)),
        Value::Guid(Guid::new(0x11223344, 0x5566, 0x7788, [1, 2, 3, 4, 5, 6, 7, 8])),
        Value::SvrEid(bytes(&[1, 2, 3])),
        Value::Binary(bytes(&[0, 255])),
        Value::Binary(bytes(&[])),
        Value::Restriction(Box::new(tree())),
        Value::MvI16([1, -2].into()),
        Value::MvI32([3, -4].into()),
        Value::MvF32([0.5].into()),
        Value::MvF64([0.25, 8.0].into()),
        Value::MvCurrency([1, 2].into()),
        Value::MvAppTime([1.0].into()),
        Value::MvI64([i64::MIN].into()),
        Value::MvString8([narrow("a"), narrow("ü")].into()),
        Value::MvUnicode(["one".into(), "zwei".into()].into()),
        Value::MvTime([FileTime(-1), FileTime(5)].into()),
        Value::MvGuid([Guid::NULL].into()),
        Value::MvBinary([bytes(&[1]), bytes(&[])].into()),
        Value::Raw(PropType::UNICODE, bytes(&[0x00, 0xD8, 0x41, 0x00])),
    ]
}

/// One restriction of each kind.
fn tree() -> Restriction {
    let (subject, size) = (PropTag(0x0037_001F), PropTag(0x0E08_0003));
    Restriction::and([
        Restriction::or([
            Restriction::Content {
                tag: subject,
                fuzzy: FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE,
                value: "re".into(),
            },
            Restriction::property(size, RelOp::Gt, 5),
        ]),
        Restriction::not(Restriction::exists(subject)),
        Restriction::CompareProps { op: RelOp::Le, left: size, right: size },
        Restriction::BitMask { tag: size, mask: 3, non_zero: true },
        Restriction::Size { op: RelOp::Ne, tag: subject, size: 9 },
        Restriction::Sub {
            subobject: PropTag(0x0E12_000D),
            restriction: Box::new(Restriction::exists(subject)),
        },
        Restriction::Comment {
            props: vec![(size, Value::I32(1))],
            restriction: Some(Box::new(Restriction::And(Vec::new()))),
        },
        Restriction::Comment { props: Vec::new(), restriction: None },
        Restriction::Count { count: 3, restriction: Box::new(Restriction::exists(size)) },
    ])
}

fn free<T>(pointer: *mut T) {
    // SAFETY: given by a function of this module.
    assert_eq!(unsafe { MAPIFreeBuffer(pointer.cast()) }, HRESULT::S_OK);
}

#[test]
fn values_of_each_type() {
    let wanted: Vec<Prop> = (0x3001_u16..)
        .zip(values())
        .map(|(id, value)| Prop { tag: PropTag::new(id, value.prop_type()), value })
        .collect();
    let (mut count, mut target) = (0, std::ptr::null_mut());
    give_props(Out::new(&mut count), Out::new(&mut target), &wanted).unwrap();
    assert_eq!(count as usize, wanted.len());
    // SAFETY: given just now.
    let found = props(count, unsafe { In::from_raw(target) }).unwrap();
    assert_eq!(found, wanted);
    free(target);
}

#[test]
fn what_c_has_no_form_for_becomes_an_error() {
    let buffer = Buffer::new(0, 0).unwrap();
    let tag = PropTag(0x3001_0102);
    for (value, code) in [
        (Value::Object(Box::default()), ErrorCode::NOT_ENOUGH_MEMORY),
        (Value::Large(PropType::BINARY, 1 << 33), ErrorCode::NOT_ENOUGH_MEMORY),
        (Value::Actions(Box::new([1])), ErrorCode::TYPE_NO_SUPPORT),
        (Value::Raw(PropType(0x0777), Box::new([1])), ErrorCode::TYPE_NO_SUPPORT),
    ] {
        let written = write_value(&buffer, tag, &value).unwrap();
        assert_eq!(written.ulPropTag, 0x3001_000A);
        // SAFETY: the type is PT_ERROR.
        assert_eq!(unsafe { written.Value.err }, code.into());
    }
    let unknown = SPropValue { ulPropTag: 0x3001_0777, ..SPropValue::zeroed() };
    // SAFETY: nothing is followed.
    let refused = prop(unsafe { In::new(&unknown) }).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::TYPE_NO_SUPPORT);
}

#[test]
fn hostile_counts_and_pointers_are_refused() {
    let refused = |result: mapix::Result<Vec<Prop>>| {
        assert_eq!(result.unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    };
    refused(props(3, In::null()));
    let null = std::ptr::null_mut::<u8>();
    let with = |tag: u32, value: UPV| SPropValue { ulPropTag: tag, dwAlignPad: 0, Value: value };
    for prop in [
        with(0x3001_001F, UPV { lpszW: null.cast() }),
        with(0x3001_001E, UPV { lpszA: null.cast() }),
        with(0x3001_0048, UPV { lpguid: null.cast() }),
        with(0x3001_0102, UPV { bin: SBinary { cb: 1, lpb: null.cast() } }),
        with(0x3001_1003, UPV { bin: SBinary { cb: u32::MAX, lpb: null.cast() } }),
        with(0x3001_1102, UPV { bin: SBinary { cb: 2, lpb: null.cast() } }),
        with(0x3001_00FD, UPV { lpv: null.cast() }),
        with(
            0x3001_1003,
            UPV { bin: SBinary { cb: u32::MAX, lpb: std::ptr::without_provenance_mut(16) } },
        ),
        with(
            0x3001_1003,
            UPV { bin: SBinary { cb: 1, lpb: std::ptr::without_provenance_mut(17) } },
        ),
    ] {
        // SAFETY: what is refused is not followed.
        refused(props(1, unsafe { In::new(&prop) }));
    }
    let tags = SPropTagArray { cValues: u32::MAX, aulPropTag: [0] };
    // SAFETY: what is refused is not followed.
    let result = read_tags(unsafe { In::new(&tags) });
    assert_eq!(result.unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    let list = ENTRYLIST { cValues: 1, lpbin: null.cast() };
    // SAFETY: as above.
    let result = entry_list(unsafe { In::new(&list) });
    assert_eq!(result.unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
}

#[test]
fn restrictions_and_their_limits() {
    let root = give_restriction(&tree()).unwrap();
    // SAFETY: given just now.
    assert_eq!(read_restriction(unsafe { In::from_raw(root) }).unwrap(), tree());
    free(root);

    // One that holds itself ends at the depth that is allowed.
    let own = Buffer::for_one::<SRestriction>(0).unwrap();
    let mut value = SRestriction { rt: 0, ..SRestriction::zeroed() };
    value.res.resAnd = SAndRestriction { cRes: 1, lpRes: own.as_raw::<SRestriction>().cast_mut() };
    own.put(0, value);
    // SAFETY: the pointers are good.
    let result = read_restriction(unsafe { In::from_raw(own.as_raw()) });
    assert_eq!(result.unwrap_err().code(), ErrorCode::TOO_COMPLEX);
    let unknown = SRestriction { rt: 99, ..SRestriction::zeroed() };
    // SAFETY: nothing is followed.
    let result = read_restriction(unsafe { In::new(&unknown) });
    assert_eq!(result.unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
}

#[test]
fn lists_of_tags_names_problems_and_entry_ids() {
    let tags = [PropTag(0x0037_001F), PropTag(0x1000_001F)];
    let mut target = std::ptr::null_mut();
    give_tags(Out::new(&mut target), &tags).unwrap();
    // SAFETY: given just now.
    assert_eq!(tag_list(unsafe { In::from_raw(target) }).unwrap(), tags);
    free(target);
    assert_eq!(tag_list(In::null()).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);

    let names = vec![
        Some(PropName::id(Guid([7; 16]), 0x8205)),
        None,
        Some(PropName::name(Guid::NULL, "Ü")),
    ];
    let (mut count, mut target) = (0, std::ptr::null_mut());
    give_names(Out::new(&mut count), Out::new(&mut target), &names).unwrap();
    // SAFETY: given just now.
    let found = read_names(count, unsafe { In::<*mut MAPINAMEID>::from_raw(target) }).unwrap();
    assert_eq!(found, names);
    free(target);

    let problem = Problem { index: 2, tag: tags[0], code: ErrorCode::COMPUTED };
    let mut target = std::ptr::null_mut();
    give_problems(Out::new(&mut target), &[]).unwrap();
    assert!(target.is_null());
    give_problems(Out::new(&mut target), &[problem, problem]).unwrap();
    // SAFETY: given just now; there are two.
    unsafe {
        assert_eq!((*target).cProblem, 2);
        let second = (&raw const (*target).aProblem).cast::<crate::types::SPropProblem>().add(1);
        assert_eq!((*second).ulIndex, 2);
        assert_eq!((*second).scode, ErrorCode::COMPUTED.into());
    }
    free(target);

    let ids = [EntryId::new(Guid([1; 16]), b"one"), EntryId::new(Guid([2; 16]), b"")];
    let mut target = std::ptr::null_mut();
    give_entry_list(Out::new(&mut target), &ids).unwrap();
    // SAFETY: given just now.
    assert_eq!(entry_list(unsafe { In::from_raw(target) }).unwrap().unwrap(), ids);
    free(target);
    let (mut size, mut target) = (0, std::ptr::null_mut());
    give_entry_id(Out::new(&mut size), Out::new(&mut target), &ids[0]).unwrap();
    // SAFETY: given just now.
    assert_eq!(entry_id(size, unsafe { In::from_raw(target) }).unwrap().as_ref(), Some(&ids[0]));
    // SAFETY: as above.
    let short = entry_id(10, unsafe { In::from_raw(target) }).unwrap_err();
    assert_eq!(short.code(), ErrorCode::INVALID_ENTRYID);
    assert_eq!(entry_id(0, In::null()).unwrap(), None);
    assert_eq!(entry_id(24, In::null()).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
    free(target);
}

#[test]
fn rows_sort_orders_and_text() {
    let rows =
        [vec![Prop::new(PropTag(0x0037_001F), "one"), Prop::new(PropTag(0x0E08_0003), 5)], vec![]];
    let mut target = std::ptr::null_mut::<SRowSet>();
    give_rows(Out::new(&mut target), rows.iter().map(Vec::as_slice)).unwrap();
    // SAFETY: given just now; there are two.
    unsafe {
        assert_eq!((*target).cRows, 2);
        let first = (&raw const (*target).aRow).cast::<SRow>();
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(read_row(In::from_raw(first.add(at))).unwrap(), *row);
            free((*first.add(at)).lpProps);
        }
    }
    free(target);

    let order = SortOrderSet {
        keys: vec![
            SortKey::descending(PropTag(0x0E06_0040)),
            SortKey { tag: PropTag(0x0037_001F), order: SortOrder::CategoryMax },
        ],
        categories: 1,
        expanded: 1,
    };
    let mut target = std::ptr::null_mut::<SSortOrderSet>();
    give_sort_order(Out::new(&mut target), &order).unwrap();
    // SAFETY: given just now.
    assert_eq!(sort_order(unsafe { In::from_raw(target) }).unwrap(), order);
    free(target);

    for flags in [0, MAPI_UNICODE] {
        let mut target = std::ptr::null_mut();
        give_text(Out::new(&mut target), "Größe 🦀", flags).unwrap();
        // SAFETY: given just now.
        let text = read_text(unsafe { In::from_raw(target) }, flags).unwrap();
        assert_eq!(text.as_deref(), Some("Größe 🦀"));
        free(target);
    }
    // Bytes that are no UTF-8 are Western.
    assert_eq!(string8(b"caf\xE9".to_vec()).decode(), "café");
    assert_eq!(need_text(In::null(), 0).unwrap_err().code(), ErrorCode::INVALID_PARAMETER);
}

#[test]
fn the_last_error_is_told_to_whoever_asks_for_it() {
    let last = LastError::default();
    let result = last
        .answer(|| Err::<HRESULT, _>(Error::not_found("no such folder").context("archive.pst")));
    assert_eq!(result, ErrorCode::NOT_FOUND.into());
    let mut target = std::ptr::null_mut();
    last.give(result, MAPI_UNICODE, Out::new(&mut target)).unwrap();
    // SAFETY: given just now.
    unsafe {
        let text = read_text(In::from_raw((*target).lpszError), MAPI_UNICODE).unwrap();
        assert_eq!(text.as_deref(), Some("archive.pst: no such folder"));
    }
    free(target);
    last.give(ErrorCode::NO_ACCESS.into(), 0, Out::new(&mut target)).unwrap();
    assert!(target.is_null(), "that was another result");
    let flags = last.give(result, 4, Out::new(&mut target)).unwrap_err();
    assert_eq!(flags.code(), ErrorCode::UNKNOWN_FLAGS);
}

#[test]
fn notices_name_their_objects() {
    let id = EntryId::new(Guid([3; 16]), b"message");
    let subject = Subject {
        id: 7,
        kind: Some(ItemKind::Message),
        entry_id: Some(id.clone()),
        parent: None,
        parent_entry_id: None,
    };
    let notices = [
        Notice::Created(subject.clone()),
        Notice::NewMail { message: subject, class: "IPM.Note".into(), flags: 4 },
        Notice::Missed { count: None },
    ];
    let buffer = notifications(&notices, 0).unwrap();
    let raw = buffer.into_raw::<NOTIFICATION>();
    // SAFETY: given just now; the events say which member is good.
    unsafe {
        assert_eq!((*raw).ulEventType, 4);
        let object = (*raw).info.obj;
        assert_eq!(object.ulObjType, 5);
        let found = entry_id(object.cbEntryID, In::from_raw(object.lpEntryID)).unwrap();
        assert_eq!(found, Some(id));
        let mail = (*raw.add(1)).info.newmail;
        assert_eq!((mail.ulMessageFlags, mail.ulFlags), (4, 0));
        let class = read_text(In::from_raw(mail.lpszMessageClass), 0).unwrap();
        assert_eq!(class.as_deref(), Some("IPM.Note"));
        assert_eq!((*raw.add(2)).ulEventType, 1);
    }
    free(raw);
}
