//! Header fields as properties.

use mapix_convert::MailState;
use mapix_core::prop::{FileTime, PropName, PropTag, PropType, Value, guids, tags};

use crate::Inbox;

const MAIL: &str = "Received: from a by b; Thu, 2 May 2024 10:00:05 +0000\r\n\
    Received: from c by a; Thu, 2 May 2024 10:00:01 +0000\r\n\
    From: Ann Lee <ann@example.org>\r\n\
    Sender: =?utf-8?Q?B=C3=B6b?= <bob@example.org>\r\n\
    Reply-To: list@example.org\r\n\
    To: \"Carl, C.\" <carl@example.org>, dora@example.org\r\n\
    Cc: g: e@example.org, f@example.org;\r\n\
    Bcc: h@example.org\r\n\
    Subject: RE: =?iso-8859-1?Q?caf=E9?=\r\n\
    Date: Thu, 02 May 2024 12:00:00 +0200\r\n\
    Message-ID: <1@example.org>\r\n\
    In-Reply-To: <0@example.org>\r\n\
    References: <a@example.org>\r\n <0@example.org>\r\n\
    Thread-Topic: coffee\r\n\
    Thread-Index: AQHUzAxyAAAAAAAAAAAAAAAAAAAAAA==\r\n\
    Importance: High\r\n\
    Sensitivity: Company-Confidential\r\n\
    Disposition-Notification-To: ann@example.org\r\n\
    X-Auto-Response-Suppress: DR, OOF\r\n\
    List-Id: <coffee.example.org>\r\n\
    List-Unsubscribe: <mailto:x@example.org>\r\n\
    Keywords: red, \"blue, green\"\r\n\
    X-Mailer: test\r\n\
    \r\n\
    Hello\r\n";

#[test]
fn every_field_has_its_property() {
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(MAIL);
    assert!(losses.is_empty(), "{losses}");
    let props = message.props().unwrap();
    let text = |tag: u32| props.text(PropTag(tag)).unwrap();
    let expected = [
        (0x0037_001F, "RE: caf\u{e9}"),
        (0x003D_001F, "RE: "),
        (0x0E1D_001F, "caf\u{e9}"),
        (0x0070_001F, "coffee"),
        (0x0042_001F, "Ann Lee"),
        (0x0064_001F, "SMTP"),
        (0x0065_001F, "ann@example.org"),
        (0x5D02_001F, "ann@example.org"),
        (0x0C1A_001F, "B\u{f6}b"),
        (0x5D01_001F, "bob@example.org"),
        (0x0050_001F, "list@example.org"),
        (0x0E04_001F, "Carl, C.; dora@example.org"),
        (0x0E03_001F, "e@example.org; f@example.org"),
        (0x0E02_001F, "h@example.org"),
        (0x1035_001F, "<1@example.org>"),
        (0x1042_001F, "<0@example.org>"),
        (0x1039_001F, "<a@example.org> <0@example.org>"),
        (0x1045_001F, "<mailto:x@example.org>"),
        (0x402B_001F, "ann@example.org"),
        (0x001A_001F, "IPM.Note"),
        (0x1000_001F, "Hello\r\n"),
    ];
    for (tag, value) in expected {
        assert_eq!(text(tag), value, "{tag:08X}");
    }
    let number = |tag: u32| props.i32(PropTag(tag)).unwrap();
    assert_eq!(number(0x0017_0003), 2);
    assert_eq!(number(0x0026_0003), 1);
    assert_eq!(number(0x0036_0003), 3);
    assert_eq!(number(0x3FDF_0003), 0x11);
    assert_eq!(number(0x0E07_0003), 0);
    assert_eq!(props.bool(tags::READ_RECEIPT_REQUESTED), Some(true));
    let time = |tag| props.time(tag).unwrap().to_string();
    assert_eq!(time(tags::CLIENT_SUBMIT_TIME), "2024-05-02T10:00:00Z");
    assert_eq!(time(tags::MESSAGE_DELIVERY_TIME), "2024-05-02T10:00:05Z");
    assert_eq!(props.bytes(tags::CONVERSATION_INDEX).unwrap().len(), 22);
    let header = MAIL.split("\r\n\r\n").next().unwrap();
    assert_eq!(props.text(tags::TRANSPORT_MESSAGE_HEADERS).unwrap(), format!("{header}\r\n"));
    let named = |set, name: &str| {
        let id = inbox.store.ids_of(&[PropName::name(set, name)], false).unwrap()[0].unwrap();
        props.get(id.with_type(PropType::UNSPECIFIED)).cloned()
    };
    let keywords = ["red", "blue, green"].map(Box::<str>::from).to_vec();
    assert_eq!(named(guids::PS_PUBLIC_STRINGS, "Keywords"), Some(Value::from(keywords)));
    let list = named(guids::PS_INTERNET_HEADERS, "list-id");
    assert_eq!(list, Some("<coffee.example.org>".into()));
    let kinds: Vec<i32> = message
        .recipients()
        .unwrap()
        .iter()
        .map(|one| one.props.i32(tags::RECIPIENT_TYPE).unwrap())
        .collect();
    assert_eq!(kinds, [1, 1, 2, 2, 3]);
}

#[test]
fn the_state_of_the_mailbox() {
    let inbox = Inbox::new();
    let delivered = FileTime::parse("2020-01-01T00:00:00Z").unwrap();
    let state = MailState {
        read: Some(true),
        flagged: Some(true),
        forwarded: Some(true),
        delivered: Some(delivered),
        ..MailState::default()
    };
    let (message, _) =
        inbox.read_as("Subject: x\nStatus: O\nDate: 1 Jan 2019 00:00:00 +0000\n\n", &state);
    let props = message.props().unwrap();
    assert_eq!(props.i32(tags::MESSAGE_FLAGS), Some(1));
    assert_eq!(props.i32(PropTag(0x1090_0003)), Some(2));
    assert_eq!(props.i32(PropTag(0x1081_0003)), Some(104));
    assert_eq!(props.time(tags::MESSAGE_DELIVERY_TIME), Some(delivered));
    let (draft, _) = inbox.read("X-Unsent: 1\n\nx");
    assert_eq!(draft.props().unwrap().i32(tags::MESSAGE_FLAGS), Some(9));
}

#[test]
fn original_headers_keep_their_bytes() {
    let inbox = Inbox::new();
    let header = b"Subject: \xCF\xF0\xE8\nContent-Type: text/plain; charset=windows-1251\n";
    let (message, _) = inbox.read([&header[..], b"\n\xCF"].concat());
    let props = message.props().unwrap();
    assert_eq!(props.text(tags::SUBJECT).unwrap(), "\u{41f}\u{440}\u{438}");
    let Some(Value::String8(kept)) = props.get(tags::TRANSPORT_MESSAGE_HEADERS).cloned() else {
        panic!("they are not narrow");
    };
    assert_eq!((&*kept.bytes, kept.code_page.0), (&header[..], 1251));
    assert_eq!(props.i32(tags::MESSAGE_CODEPAGE), Some(1251));
    assert_eq!(props.text(tags::BODY).unwrap(), "\u{41f}");
}
