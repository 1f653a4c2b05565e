//! Header fields, made and kept.

use mapix_convert::LossKind;
use mapix_core::prop::{FileTime, PropName, PropTag, Value, guids, tags};

use crate::{Box, field, recipient};

#[test]
fn fields_are_made_from_properties() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let time = FileTime::parse("2024-05-01T10:20:30Z").unwrap();
    let keywords: Vec<std::boxed::Box<str>> = vec!["red, dark".into(), "Gr\u{fc}n".into()];
    for (tag, value) in [
        (tags::SUBJECT, Value::from("Gr\u{fc}\u{df}e")),
        (tags::SENT_REPRESENTING_NAME, "Ann Lee".into()),
        (tags::SENT_REPRESENTING_ADDRTYPE, "SMTP".into()),
        (tags::SENT_REPRESENTING_EMAIL_ADDRESS, "ann@example.org".into()),
        (tags::SENDER_NAME, "Bob".into()),
        (tags::SENDER_ADDRTYPE, "EX".into()),
        (tags::SENDER_EMAIL_ADDRESS, "/O=ORG/CN=BOB".into()),
        (tags::SENDER_SMTP_ADDRESS, "bob@example.org".into()),
        (tags::CLIENT_SUBMIT_TIME, time.into()),
        (tags::INTERNET_MESSAGE_ID, "<1@example.org>".into()),
        (PropTag(0x1042_001F), "<0@example.org>".into()),
        (PropTag(0x1039_001F), "<9@example.org> <0@example.org>".into()),
        (tags::IMPORTANCE, 2.into()),
        (tags::SENSITIVITY, 2.into()),
        (tags::CONVERSATION_TOPIC, "Topic".into()),
        (tags::CONVERSATION_INDEX, vec![1_u8; 22].into()),
        (tags::READ_RECEIPT_REQUESTED, true.into()),
        (store.name(PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords")), keywords.into()),
        (store.name(PropName::name(guids::PS_INTERNET_HEADERS, "x-mailer")), "M".into()),
        (store.name(PropName::name(guids::PS_INTERNET_HEADERS, "bad name:")), "M".into()),
    ] {
        message.set(tag, value).unwrap();
    }
    let people = vec![
        recipient(1, "Carl", "carl@example.org"),
        recipient(1, "D\u{f6}rte", "/O=ORG/CN=DOERTE"),
        recipient(2, "", "eve@example.org"),
        recipient(3, "Finn, F.", "finn@example.org"),
    ];
    message.set_recipients(people).unwrap();
    let (mail, losses) = store.write(&message);
    let expected = "\
From: Ann Lee <ann@example.org>\r
Sender: Bob <bob@example.org>\r
To: Carl <carl@example.org>, =?utf-8?Q?D=C3=B6rte?=\r
 <IMCEAEX-_O=ORG_CN=DOERTE@mapix.invalid>\r
Cc: eve@example.org\r
Bcc: \"Finn, F.\" <finn@example.org>\r
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r
Date: Wed, 1 May 2024 10:20:30 +0000\r
Message-ID: <1@example.org>\r
In-Reply-To: <0@example.org>\r
References: <9@example.org> <0@example.org>\r
Thread-Topic: Topic\r
Thread-Index: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==\r
Importance: high\r
X-Priority: 1 (Highest)\r
Sensitivity: Private\r
Disposition-Notification-To: Ann Lee <ann@example.org>\r
Keywords: \"red, dark\", =?utf-8?Q?Gr=C3=BCn?=\r
x-mailer: M\r
X-MAPI-EX-Sender: EX:/O=ORG/CN=BOB (Bob)\r
X-MAPI-EX-To: =?utf-8?Q?EX=3A/O=3DORG/CN=3DDOERTE_=28D=C3=B6rte=29?=\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
";
    assert_eq!(mail, expected);
    assert_eq!((losses.count(LossKind::Address), losses.total()), (1, 1));
}

#[test]
fn original_fields_are_kept_without_those_of_mime() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let headers = "Microsoft Mail Internet Headers Version 2.0\r\n\
        Received: from a by b;\r\n\tWed, 1 May 2024 10:20:30 +0200\r\n\
        From: \"M\u{fc}ller, J.\" <j@example.org>\n\
        To: ann@example.org (Z\u{fc}rich)\r\n\
        SUBJECT: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=x\r\n\
        no header\r\n  at all\r\n--=_mapix_0001: x\r\n\
        X-Raw: caf\u{e9}\u{7}\r\n\r\n--x\r\nBcc: hidden@example.org\r\n";
    message.set(tags::TRANSPORT_MESSAGE_HEADERS, headers).unwrap();
    message.set(tags::SUBJECT, "Gr\u{fc}\u{df}e").unwrap();
    message.set(tags::SENDER_NAME, "Somebody").unwrap();
    message.set_recipients(vec![recipient(3, "Finn", "finn@example.org")]).unwrap();
    let (mail, losses) = store.write(&message);
    let kept = "Received: from a by b;\r\n\tWed, 1 May 2024 10:20:30 +0200\r\n\
        From: =?utf-8?Q?M=C3=BCller=2C_J=2E?= <j@example.org>\r\n\
        To: ann@example.org (=?utf-8?Q?Z=C3=BCrich?=)\r\n\
        SUBJECT: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n\
        X-Raw: =?utf-8?Q?caf=C3=A9_?=\r\n\
        Bcc: Finn <finn@example.org>\r\n";
    assert!(mail.starts_with(kept), "{mail}");
    assert_eq!(mail.matches("Content-Type").count(), 1);
    assert_eq!(losses.count(LossKind::Header), 1);
}

#[test]
fn what_was_changed_since_goes_before_what_came() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let headers = "Subject: old\r\nFrom: Ann </O=ORG/CN=ANN>\r\nTo: Bob@example.org\r\n";
    message.set(tags::TRANSPORT_MESSAGE_HEADERS, headers).unwrap();
    message.set(tags::SUBJECT, "new").unwrap();
    message.set(tags::SENDER_NAME, "Ann").unwrap();
    message.set(tags::SENDER_SMTP_ADDRESS, "ann@example.org").unwrap();
    let (mail, _) = store.write(&message);
    assert_eq!(field(&mail, "Subject").unwrap(), "new");
    assert_eq!(field(&mail, "X-MAPI-Original-Subject").unwrap(), "old");
    assert_eq!(field(&mail, "From").unwrap(), "Ann <ann@example.org>");
    assert_eq!(field(&mail, "X-MAPI-Original-From").unwrap(), "Ann </O=ORG/CN=ANN>");
    assert_eq!(field(&mail, "To").unwrap(), "Bob@example.org");
}

#[test]
fn no_value_brings_a_field_of_its_own() {
    let store = Box::new();
    let message = store.message("IPM.Note\r\nBcc: a@b");
    let evil = "x\r\nBcc: evil@example.org\r\n\r\nbody";
    for tag in [
        tags::SUBJECT,
        tags::SENDER_NAME,
        tags::SENDER_EMAIL_ADDRESS,
        tags::INTERNET_MESSAGE_ID,
        tags::CONVERSATION_TOPIC,
        PropTag(0x1042_001F),
        PropTag(0x1043_001F),
        tags::REPLY_RECIPIENT_NAMES,
    ] {
        message.set(tag, evil).unwrap();
    }
    message.set_recipients(vec![recipient(1, evil, evil)]).unwrap();
    let headers = "X-A: b\rBcc: evil@example.org\r\nBcc: evil@example.org\r\n";
    message.set(tags::TRANSPORT_MESSAGE_HEADERS, headers).unwrap();
    crate::attach(&message, evil, b"x", &[(tags::ATTACH_MIME_TAG, evil.into())]);
    let (mail, _) = store.write(&message);
    let head = mail.split("\r\n\r\n").next().unwrap();
    // The original headers have it, on a line of its own; nothing else may.
    let lines = mail.lines().filter(|line| line.to_lowercase().starts_with("bcc")).count();
    assert_eq!(lines, 1, "{head}");
    assert!(mail.lines().all(|line| line != "body"));
}

#[test]
fn other_classes_are_named() {
    let store = Box::new();
    let message = store.message("IPM.StickyNote");
    store.set(&message, "0006200E-0000-0000-C000-000000000046".parse().unwrap(), 0x8B00, 3);
    message.set(tags::BODY, "note").unwrap();
    let (mail, losses) = store.write(&message);
    assert_eq!(field(&mail, "X-MAPI-Message-Class").unwrap(), "IPM.StickyNote");
    assert_eq!(field(&mail, "X-MAPI-Note-Color").unwrap(), "3");
    let id = "<30313233343536373839616263646566@mapix.invalid>";
    assert_eq!(field(&mail, "Message-ID").unwrap(), id);
    assert_eq!(field(&mail, "From").unwrap(), "unknown:;");
    assert!(losses.is_empty(), "{losses}");
}

#[test]
fn what_has_no_place_is_named() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(store.name(PropName::name(guids::PS_PUBLIC_STRINGS, "Project")), "X").unwrap();
    store.set(&message, guids::PSETID_COMMON, 0x8535, "billing");
    message.set(PropTag(0x1090_0003), 2).unwrap();
    let (_, losses) = store.write(&message);
    assert_eq!(losses.count(LossKind::Property), 3);
    let names: Vec<&str> = losses.iter().map(|loss| loss.what.as_str()).collect();
    assert!(names.contains(&"PidLidBilling") && names.contains(&"PR_FLAG_STATUS"), "{names:?}");
    assert_eq!(losses.to_string(), "property 3");
}
