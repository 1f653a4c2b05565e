//! Bodies.

use mapix_convert::LossKind;
use mapix_core::prop::{PropType, tags};

use crate::{Inbox, attachments};

#[test]
fn every_character_set_of_the_web() {
    let inbox = Inbox::new();
    for table in [
        encoding_rs::BIG5,
        encoding_rs::EUC_JP,
        encoding_rs::EUC_KR,
        encoding_rs::GB18030,
        encoding_rs::GBK,
        encoding_rs::IBM866,
        encoding_rs::ISO_2022_JP,
        encoding_rs::ISO_8859_2,
        encoding_rs::ISO_8859_3,
        encoding_rs::ISO_8859_4,
        encoding_rs::ISO_8859_5,
        encoding_rs::ISO_8859_6,
        encoding_rs::ISO_8859_7,
        encoding_rs::ISO_8859_8,
        encoding_rs::ISO_8859_8_I,
        encoding_rs::ISO_8859_10,
        encoding_rs::ISO_8859_13,
        encoding_rs::ISO_8859_14,
        encoding_rs::ISO_8859_15,
        encoding_rs::ISO_8859_16,
        encoding_rs::KOI8_R,
        encoding_rs::KOI8_U,
        encoding_rs::MACINTOSH,
        encoding_rs::SHIFT_JIS,
        encoding_rs::UTF_8,
        encoding_rs::WINDOWS_874,
        encoding_rs::WINDOWS_1250,
        encoding_rs::WINDOWS_1251,
        encoding_rs::WINDOWS_1252,
        encoding_rs::WINDOWS_1253,
        encoding_rs::WINDOWS_1254,
        encoding_rs::WINDOWS_1255,
        encoding_rs::WINDOWS_1256,
        encoding_rs::WINDOWS_1257,
        encoding_rs::WINDOWS_1258,
        encoding_rs::X_MAC_CYRILLIC,
        encoding_rs::X_USER_DEFINED,
    ] {
        // Of all letters, those that it has.
        let letters = "\u{e9}\u{119}\u{43f}\u{3b1}\u{5d0}\u{645}\u{e01}\u{3042}\u{4e2d}\u{d55c}\u{10b}\u{103}\u{f7d0}";
        let text: String = letters.chars().filter(|c| !table.encode(&c.to_string()).2).collect();
        assert!(!text.is_empty(), "{}", table.name());
        let (bytes, ..) = table.encode(&text);
        let name = table.name();
        let word = bytes.iter().map(|byte| format!("={byte:02X}")).collect::<Vec<_>>().concat();
        let mail = format!(
            "Subject: =?{name}?Q?{word}?=\r\nFrom: =?{name}?Q?{word}?= <a@b>\r\n\
             Content-Type: multipart/alternative; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain; charset={name}\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n{word}\r\n\
             --b\r\nContent-Type: text/html; charset=\"{name}\"\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>{word}\r\n--b--\r\n"
        );
        let (message, losses) = inbox.read(&mail);
        assert!(losses.is_empty(), "{name}: {losses}");
        assert_eq!(message.text(tags::SUBJECT).unwrap().unwrap(), text, "{name}");
        assert_eq!(message.text(tags::SENDER_NAME).unwrap().unwrap(), text, "{name}");
        assert_eq!(message.text(tags::BODY).unwrap().unwrap(), text, "{name}");
        // The HTML says in which code page it is, and the writer finds it there.
        let again = inbox.write(&message);
        let parsed = mail_parser::MessageParser::default().parse(&again).unwrap();
        assert_eq!(parsed.body_html(0).unwrap().trim_end(), format!("<p>{text}"), "{name}");
    }
}

#[test]
fn wrong_character_sets() {
    let inbox = Inbox::new();
    let body = |head: &str, body: &[u8]| {
        let mail = [format!("Content-Type: text/plain{head}\n\n").as_bytes(), body].concat();
        let (message, losses) = inbox.read(mail);
        (message.text(tags::BODY).unwrap().unwrap(), losses.count(LossKind::Body))
    };
    let utf8 = "gr\u{fc}n".as_bytes();
    assert_eq!(body("", utf8), ("gr\u{fc}n".into(), 0));
    assert_eq!(body("; charset=us-ascii", utf8), ("gr\u{fc}n".into(), 0));
    assert_eq!(body("; charset=x-unknown", utf8), ("gr\u{fc}n".into(), 0));
    assert_eq!(body("; charset=x-unknown", b"gr\xFCn"), ("gr\u{fc}n".into(), 0));
    assert_eq!(body("; charset=", b"gr\xFCn"), ("gr\u{fc}n".into(), 0));
    // What cannot be is named.
    assert_eq!(body("; charset=utf-8", b"gr\xFCn"), ("gr\u{FFFD}n".into(), 1));
}

#[test]
fn alternatives_and_related_parts() {
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(
        "Content-Type: multipart/mixed; boundary=\"m x\"\n\nThis is a multi-part message in MIME format.\n\
         --m x\nContent-Type: multipart/alternative; boundary=a\n\n\
         --a\n\nplain\n\
         --a\nContent-Type: multipart/related; boundary=r\n\n\
         --r\nContent-Type: text/html; charset=utf-8\n\n<img src='cid:i%40x'>\n\
         --r\nContent-Type: image/png; name=i.png\nContent-ID: <i@x>\nContent-Transfer-Encoding: base64\n\naW1hZ2U=\n\
         --r\nContent-Type: image/png; name=j.png\nContent-ID: <j@x>\n\nimage\n--r--\n\
         --a\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--a--\n\
         --m x\nContent-Type: text/plain\n\nthe footer of a list\n\
         --m x\nContent-Type: text/plain\nContent-Disposition: inline; filename=\"a.patch\"\n\n+++\n--m x--\n",
    );
    assert!(losses.is_empty(), "{:?}", losses.iter().collect::<Vec<_>>());
    assert_eq!(message.text(tags::BODY).unwrap().unwrap(), "plain");
    let html = message.get(tags::HTML.with_type(PropType::UNSPECIFIED)).unwrap().unwrap();
    assert_eq!(html.as_bytes().unwrap(), b"<img src='cid:i%40x'>");
    assert_eq!(
        attachments(&message),
        [
            "image/png i.png 5 hidden",
            "image/png j.png 5",
            "text/calendar ATT00003.ics 15",
            "text/plain ATT00004.txt 20",
            "text/plain a.patch 3",
        ]
    );
    assert_eq!(message.props().unwrap().bool(tags::HASATTACH), Some(true));
}

#[test]
fn long_bodies_are_streams() {
    let inbox = Inbox::new();
    let line = "Gr\u{fc}n ist gr\u{fc}n.\n";
    let text = line.repeat(200_000);
    let (message, losses) =
        inbox.read(format!("Content-Type: text/plain; charset=utf-8\n\n{text}"));
    assert!(losses.is_empty());
    let mut body = message.open_property(tags::BODY).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut body, &mut bytes).unwrap();
    let units: Vec<u16> =
        bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert!(String::from_utf16(&units).unwrap() == text.replace('\n', "\r\n"));
    let html = format!("<p>{text}<img src=\"cid:far@x\">");
    let mail = format!(
        "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n{html}\n\
         --b\nContent-Type: image/gif\nContent-ID: <far@x>\n\nx\n--b--\n"
    );
    let (message, losses) = inbox.read(mail);
    assert!(losses.is_empty(), "{losses}");
    let mut body = message.open_property(tags::HTML).unwrap();
    bytes.clear();
    std::io::Read::read_to_end(&mut body, &mut bytes).unwrap();
    assert!(bytes == html.as_bytes());
    assert_eq!(message.props().unwrap().i32(tags::INTERNET_CPID), Some(65001));
    assert_eq!(attachments(&message), ["image/gif ATT00001.gif 1 hidden"]);
}
