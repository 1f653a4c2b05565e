//! Mails that are broken, or made to break something.

use mapix_convert::LossKind;
use mapix_core::prop::tags;
use proptest::prelude::*;

use crate::{Inbox, attachments};

/// The subject, the body, the attachments and the losses.
fn look(mail: impl AsRef<[u8]>) -> (String, String, Vec<String>, String) {
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(mail);
    let text = |tag| message.text(tag).unwrap().unwrap_or_default();
    (text(tags::SUBJECT), text(tags::BODY), attachments(&message), losses.to_string())
}

fn simple(mail: impl AsRef<[u8]>) -> (String, String) {
    let (subject, body, attachments, _) = look(mail);
    assert!(attachments.is_empty(), "{attachments:?}");
    (subject, body)
}

#[test]
fn headers_that_are_not() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(simple(""), pair("", ""));
    assert_eq!(simple("\n\n\n"), pair("", "\r\n\r\n\r\n"));
    assert_eq!(simple("just text\nand more"), pair("", "just text\r\nand more"));
    assert_eq!(simple("Subject: a"), pair("a", ""));
    assert_eq!(simple("\r\n\r\nSubject: a\r\n\r\nb"), pair("a", "b"));
    assert_eq!(simple("\u{FEFF}Subject: a\n\nb"), pair("a", "b"));
    assert_eq!(simple("From x Mon\n>From y\nSubject: a\n\nb"), pair("a", "b"));
    // The empty line is missing.
    assert_eq!(simple("Subject: a\nHello you\nmore"), pair("a", "Hello you\r\nmore"));
    assert_eq!(simple("Subject: a\nHello you"), pair("a", "Hello you"));
    // One line is nonsense.
    assert_eq!(simple("X: y\nnonsense\nSubject: a\n\nb"), pair("a", "b"));
    assert_eq!(simple(" folded\nSubject: a\n\nb"), pair("", " folded\r\nSubject: a\r\n\r\nb"));
    assert_eq!(simple(b"Subject: a\0b\n\nc\0d"), pair("a b", "c\0d"));
    assert_eq!(look("").3, "damaged 1");
}

#[test]
fn structures_that_are_not() {
    let head = "Content-Type: multipart/mixed; boundary=b\n\n";
    let bodies = |mail: String| {
        let (_, body, attachments, losses) = look(mail);
        (body, attachments.join(", "), losses)
    };
    let expect = |body: &str, attachments: &str, losses: &str| {
        (body.to_owned(), attachments.to_owned(), losses.to_owned())
    };
    assert_eq!(bodies(format!("{head}no parts")), expect("no parts", "", "damaged 2"));
    assert_eq!(bodies(format!("{head}--b\n\ncut of")), expect("cut of", "", "damaged 1"));
    assert_eq!(bodies(format!("{head}--b")), expect("", "", "damaged 1"));
    assert_eq!(bodies(format!("{head}--b\nContent-Ty")), expect("Content-Ty", "", "damaged 1"));
    assert_eq!(bodies(format!("{head}--b--\n")), expect("--b--\r\n", "", "damaged 1"));
    assert_eq!(
        bodies(format!("{head}--b\n\none\n--b--\n--b\nContent-Type: a/b\n\ntwo\n--b--")),
        expect("one", "a/b ATT00001.dat 3", "")
    );
    assert_eq!(
        bodies(format!("{head}before\n--b\n\none\n--b--\nafter\n")),
        expect("one", "", "body 1")
    );
    assert_eq!(
        bodies("Content-Type: multipart/mixed\n\n--x\n\ny\n".into()),
        expect("--x\r\n\r\ny\r\n", "", "damaged 1")
    );
    // Inner parts with the boundary of the outer ones.
    assert_eq!(
        bodies(format!(
            "{head}--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n--b\nContent-Type: a/b\n\ntwo\n--b--\n"
        )),
        expect("one", "a/b ATT00001.dat 3", "")
    );
    // A boundary that is the beginning of another.
    assert_eq!(
        bodies(format!("{head}--b\n\n--bb\n--b \nContent-Type: a/b\n\ntwo\n--b-- \n")),
        expect("--bb", "a/b ATT00001.dat 3", "")
    );
}

#[test]
fn encodings_that_are_not() {
    let part = |encoding: &str, body: &str| {
        let mail =
            format!("Content-Type: text/plain\nContent-Transfer-Encoding: {encoding}\n\n{body}");
        let (_, body, _, losses) = look(mail);
        (body, losses)
    };
    let expect = |body: &str, losses: &str| (body.to_owned(), losses.to_owned());
    assert_eq!(part("base64", "SGVsbG8"), expect("Hello", ""));
    assert_eq!(part("base64", "SGVsbG8g!SGVsbG8="), expect("Hello Hello", "damaged 1"));
    assert_eq!(part("base64", "SGVsb"), expect("Hel", "damaged 1"));
    let text = "This is no base64 at all. It is a text.";
    assert_eq!(part("base64", text), expect(text, "damaged 1"));
    assert_eq!(part("quoted-printable", "a=3Db=zz=\nc"), expect("a=b=zzc", ""));
    assert_eq!(part("x-what", "=41"), expect("=41", "damaged 1"));
    assert_eq!(part("BASE64 (yes)", "SGk="), expect("Hi", ""));
}

#[test]
fn too_many_parts_stay_in_the_last() {
    let mut mail = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned();
    mail.push_str(&"--b\nContent-Type: a/b\n\nx\n".repeat(70_000));
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(mail);
    assert_eq!(losses.count(LossKind::TooDeep), 1);
    let all = attachments(&message);
    assert_eq!(all.len(), (1 << 16) - 1);
    let size: usize = all.last().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(size, 1 + (70_000 - all.len()) * 25 + 1);
}

#[test]
fn multiparts_without_an_end() {
    let level = |level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    let mut mail: String = (0..5000).map(level).collect::<Vec<_>>().concat();
    mail.push_str("\nthe core");
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(&mail);
    assert_eq!(losses.count(LossKind::TooDeep), 1);
    let all = attachments(&message);
    assert_eq!(all.len(), 1);
    let mut data = Vec::new();
    let mut stream = message.open_attachment(0).unwrap().open_data().unwrap();
    std::io::Read::read_to_end(&mut stream, &mut data).unwrap();
    assert!(mail.as_bytes().ends_with(&data) && data.starts_with(b"Content-Type: multipart/"));
}

#[test]
fn a_header_without_an_end() {
    let mail = "X: y\n".repeat(1_000_000);
    let (_, body, _, losses) = look(mail);
    assert_eq!((body.as_str(), losses.as_str()), ("", "header 1"));
    let word = "=?utf-8?q?".repeat(200_000);
    let mail = format!("To: {word}\nSubject: {word}\n\nx");
    assert_eq!(look(mail).1, "x");
}

#[test]
fn a_million_recipients() {
    let all: Vec<String> = (0..1_000_000).map(|number| format!("n{number}@x,\n ")).collect();
    let mut mail = format!("Subject: all\nTo: {}", all.concat());
    mail.push_str("last@x\n\nx");
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(mail);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(message.recipients().unwrap().iter().count(), 1_000_001);
}

/// Pieces of which mails are made, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Content-Type: multipart/mixed; boundary=b\n"),
        Just("Content-Type: multipart/alternative;\n boundary=\"c\"\n"),
        Just("Content-Type: multipart/signed; boundary=b\n"),
        Just("Content-Type: multipart/report; boundary=c\n"),
        Just("Content-Type: message/rfc822\n"),
        Just("Content-Type: message/delivery-status\n"),
        Just("Content-Type: application/pkcs7-mime\n"),
        Just("Content-Type: text/html; charset=utf-16\n"),
        Just("Content-Type: text/plain; charset=utf-7\n"),
        Just("Content-Transfer-Encoding: base64\n"),
        Just("Content-Transfer-Encoding: quoted-printable\n"),
        Just("Content-Disposition: attachment; filename*=utf-8''%e4\n"),
        Just("Content-ID: <i>\n"),
        Just("Subject: =?utf-8?B?w6k=?= =?x?q?\n"),
        Just("To: a@b, \"c\" <d@e>, f:;\n"),
        Just("Date: Thu, 2 May 2024 12:00:00 +0200\n"),
        Just("--b\n"),
        Just("--b--\n"),
        Just("--c\n"),
        Just("--c--\n"),
        Just("\n"),
        Just("\r\n"),
        Just("<img src=cid:i>=41 SGVsbG8=\n"),
        Just("\0\u{e9}nonsense"),
        Just(" folded\n"),
        Just("From x\n"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever it is, it becomes a message that a store takes, and that can be written; what was
    /// written reads back as the same.
    #[test]
    fn any_pieces_are_survived(mail in pieces()) {
        let inbox = Inbox::new();
        let (message, _) = inbox.read(&mail);
        let first = inbox.write(&message);
        let (again, _) = inbox.read(&first);
        for tag in [tags::SUBJECT, tags::SENDER_NAME, tags::DISPLAY_TO] {
            prop_assert_eq!(message.text(tag).unwrap(), again.text(tag).unwrap());
        }
    }

    #[test]
    fn any_bytes_are_survived(mail: Vec<u8>) {
        let inbox = Inbox::new();
        let (message, _) = inbox.read(&mail);
        inbox.write(&message);
    }
}
