//! What rules do, as bytes, there and back.

use mapix_core::ErrorCode;
use mapix_core::prop::{
    CodePage, Guid, NameKind, Prop, PropName, PropTag, PropType, String8, Value, guids,
};
use mapix_core::rule::{RuleAction, RuleDoes, RuleReply, RuleTarget, read_actions, write_actions};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::value;

fn action(flavor: u32, what: RuleDoes) -> RuleAction {
    RuleAction { flavor, flags: 0, what }
}

#[expect(clippy::unnecessary_wraps, reason = "as it is asked for")]
fn names(ids: &[u16]) -> mapix_core::Result<Vec<PropName>> {
    Ok(ids.iter().map(|id| PropName::id(guids::PS_MAPI, (*id).into())).collect())
}

#[expect(clippy::unnecessary_wraps, reason = "as it is asked for")]
fn ids(names: &[PropName]) -> mapix_core::Result<Vec<u16>> {
    let id = |name: &PropName| match name.kind {
        NameKind::Id(id) => id as u16,
        NameKind::Name(_) => 0xFFFE,
    };
    Ok(names.iter().map(id).collect())
}

fn no_names(_: &[u16]) -> mapix_core::Result<Vec<PropName>> {
    panic!("there are no named properties")
}

#[test]
fn actions_have_the_bytes_of_the_specification() {
    let folder = RuleTarget { store: [1, 2, 3].into(), folder: [4].into() };
    let reply = RuleReply { message: [5, 6].into(), template: Guid([7; 16]) };
    let subject = Prop::new(PropTag(0x0037_001F), "x");
    let actions = [
        action(0, RuleDoes::Copy(folder)),
        action(2, RuleDoes::OofReply(reply)),
        action(0, RuleDoes::Defer([8, 9].into())),
        action(0, RuleDoes::Bounce(31)),
        action(1, RuleDoes::Forward(vec![vec![subject.clone()]])),
        RuleAction { flavor: 0, flags: 3, what: RuleDoes::Tag(subject) },
        action(0, RuleDoes::MarkAsRead),
    ];
    let mut expected = vec![0, 0, 1, 0, 0, 0, 7, 0, 0, 0];
    let mut add = |kind: u8, flavor: u8, flags: u8, data: &[u8]| {
        expected.extend((9 + data.len() as u32).to_le_bytes());
        expected.extend([kind, flavor, 0, 0, 0, flags, 0, 0, 0]);
        expected.extend(data);
    };
    let value = [0x1F, 0, 0x37, 0, b'x', 0, 0, 0];
    add(2, 0, 0, &[3, 0, 0, 0, 1, 2, 3, 1, 0, 0, 0, 4]);
    add(4, 2, 0, &[&[2, 0, 0, 0, 5, 6][..], &[7; 16]].concat());
    add(5, 0, 0, &[8, 9]);
    add(6, 0, 0, &[31, 0, 0, 0]);
    add(7, 1, 0, &[&[1, 0, 0, 0, 1, 1, 0, 0, 0][..], &value].concat());
    add(9, 0, 3, &value);
    add(11, 0, 0, &[]);
    let written = write_actions(&actions, no_names).unwrap();
    assert_eq!(written, expected);
    assert_eq!(read_actions(&written, |_| panic!("no names")).unwrap(), actions);
    for end in 0..written.len() {
        let error = read_actions(&written[..end], ids).unwrap_err();
        assert_eq!(error.code(), ErrorCode::CORRUPT_DATA, "{end}: {error}");
    }
    let longer = [&written[..], &[0]].concat();
    assert_eq!(read_actions(&longer, ids).unwrap_err().code(), ErrorCode::CORRUPT_DATA);
    let mut other = written.clone();
    other[2] = 2;
    assert_eq!(read_actions(&other, ids).unwrap_err().code(), ErrorCode::VERSION);
    let mut unknown = written;
    unknown[14] = 12;
    assert_eq!(read_actions(&unknown, ids).unwrap_err().code(), ErrorCode::CORRUPT_DATA);
}

#[test]
fn properties_of_actions_are_named_and_wide() {
    let narrow = Value::from(String8::new(&b"text"[..], CodePage::WESTERN));
    let tag = PropTag::new(0x8001, PropType::STRING8);
    let action = action(0, RuleDoes::Tag(Prop { tag, value: narrow }));
    let written = write_actions(&[action], names).unwrap();
    let read = read_actions(&written, |names| {
        assert_eq!(names, [PropName::id(guids::PS_MAPI, 0x8001)]);
        Ok(vec![0x8123])
    });
    let tag = PropTag::new(0x8123, PropType::UNICODE);
    assert_eq!(read.unwrap()[0].what, RuleDoes::Tag(Prop::new(tag, "text")));
}

fn prop() -> impl Strategy<Value = Prop> {
    (any::<u16>(), value())
        .prop_map(|(id, value)| Prop { tag: PropTag::new(id, value.prop_type()), value })
}

fn any_action() -> impl Strategy<Value = RuleAction> {
    let bytes = || vec(any::<u8>(), 0..5).prop_map(Box::<[u8]>::from);
    let target =
        move || (bytes(), bytes()).prop_map(|(store, folder)| RuleTarget { store, folder });
    let reply = move || {
        (bytes(), any::<[u8; 16]>())
            .prop_map(|(message, uid)| RuleReply { message, template: Guid(uid) })
    };
    let recipients = || vec(vec(prop(), 0..3), 0..3);
    let what = prop_oneof![
        target().prop_map(RuleDoes::Move),
        target().prop_map(RuleDoes::Copy),
        reply().prop_map(RuleDoes::Reply),
        reply().prop_map(RuleDoes::OofReply),
        bytes().prop_map(RuleDoes::Defer),
        any::<u32>().prop_map(RuleDoes::Bounce),
        recipients().prop_map(RuleDoes::Forward),
        recipients().prop_map(RuleDoes::Delegate),
        prop().prop_map(RuleDoes::Tag),
        Just(RuleDoes::Delete),
        Just(RuleDoes::MarkAsRead),
    ];
    (any::<u32>(), any::<u32>(), what).prop_map(|(flavor, flags, what)| RuleAction {
        flavor,
        flags,
        what,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_actions_come_back_and_any_bytes_are_read_or_refused(
        actions in vec(any_action(), 0..5),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = write_actions(&actions, names).unwrap();
        let read = read_actions(&bytes, ids).unwrap();
        prop_assert_eq!(read.len(), actions.len());
        prop_assert_eq!(&write_actions(&read, names).unwrap(), &bytes);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Err(error) = read_actions(&bytes, ids) {
            let known = [ErrorCode::CORRUPT_DATA, ErrorCode::TOO_COMPLEX, ErrorCode::VERSION];
            prop_assert!(known.contains(&error.code()), "{}", error);
        }
    }
}
