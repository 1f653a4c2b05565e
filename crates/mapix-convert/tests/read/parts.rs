//! Attachments, embedded messages, signed mail and reports.

use mapix_core::prop::{PropTag, tags};
use mapix_core::store::MessageRef;
use mapix_core::{AttachMethod, Message};

use crate::{Inbox, attachments};

fn data(message: &Message, number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let attachment = message.open_attachment(number).unwrap();
    std::io::Read::read_to_end(&mut attachment.open_data().unwrap(), &mut bytes).unwrap();
    bytes
}

#[test]
fn names_of_attachments() {
    let inbox = Inbox::new();
    for (fields, name) in [
        ("Content-Disposition: attachment; filename=\"a b.pdf\"", "a b.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''%E4%BD%A0.pdf", "\u{4f60}.pdf"),
        (
            "Content-Disposition: attachment; filename*0*=utf-8''%C3%A4; filename*1=b.pdf",
            "\u{e4}b.pdf",
        ),
        ("Content-Disposition: attachment; filename=\"=?utf-8?B?w6Q=?=.pdf\"", "\u{e4}.pdf"),
        ("Content-Type: application/pdf; name=\"=?iso-8859-1?Q?=E4.pdf?=\"", "\u{e4}.pdf"),
        ("Content-Disposition: attachment; filename=\u{e4}.pdf", "\u{e4}.pdf"),
        ("Content-Type: application/pdf", "ATT00001.pdf"),
        ("Content-Type: application/x-strange", "ATT00001.dat"),
        ("Content-Type: nonsense\nContent-Disposition: attachment", "ATT00001.txt"),
    ] {
        let mail = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n{fields}\n\ndata\n--b--\n"
        );
        let (message, losses) = inbox.read(mail);
        assert!(losses.is_empty(), "{fields}: {losses}");
        let attachment = message.open_attachment(0).unwrap();
        assert_eq!(attachment.name().unwrap().unwrap(), name, "{fields}");
        assert_eq!(data(&message, 0), b"data");
        let props = attachment.props().unwrap();
        assert_eq!(props.i32(tags::RENDERING_POSITION), Some(-1));
        assert_eq!(attachment.method().unwrap(), AttachMethod::ByValue);
    }
}

#[test]
fn a_mail_that_is_nothing_but_an_attachment() {
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(
        "Subject: scan\nContent-Type: application/pdf; name=scan.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n",
    );
    assert!(losses.is_empty());
    assert_eq!(message.text(tags::BODY).unwrap(), None);
    assert_eq!(attachments(&message), ["application/pdf scan.pdf 4"]);
}

#[test]
fn mails_in_mails() {
    let inbox = Inbox::new();
    let (message, losses) = inbox.read(
        "Subject: outer\nContent-Type: multipart/digest; boundary=b\n\n\
         --b\n\nSubject: first\nStatus: O\n\none\n\
         --b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=\"named.eml\"\n\n\
         Subject: second\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ntwo\n--c\nContent-Type: text/x\n\nfile\n--c--\n\
         --b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n\
         U3ViamVjdDogdGhpcmQKCnRocmVl\n--b--\n",
    );
    assert!(losses.is_empty(), "{losses}");
    let inner = |number: u32| message.open_attachment(number).unwrap().embedded().unwrap();
    let text = |message: &Message, tag| message.text(tag).unwrap().unwrap_or_default();
    let mut found = Vec::new();
    for number in 0..3 {
        let inner = inner(number);
        let name = message.open_attachment(number).unwrap().name().unwrap().unwrap();
        let (subject, body) = (text(&inner, tags::SUBJECT), text(&inner, tags::BODY));
        found.push(format!("{name}: {subject}: {body}"));
        assert_eq!(inner.props().unwrap().i32(tags::MESSAGE_FLAGS).unwrap() & 1, 1);
    }
    assert_eq!(found, ["first: first: one", "named: second: two", "third: third: three"]);
    assert_eq!(attachments(&inner(1)), ["text/x ATT00001.dat 4"]);
}

#[test]
fn mails_nest_as_deep_as_messages_do() {
    let inbox = Inbox::new();
    let depth = MessageRef::MAX_DEPTH;
    let deep =
        |count: usize| "Content-Type: message/rfc822\n\n".repeat(count) + "Subject: core\n\nx";
    let (message, losses) = inbox.read(deep(depth));
    assert!(losses.is_empty(), "{losses}");
    let mut at = message;
    for _ in 0..depth {
        at = at.open_attachment(0).unwrap().embedded().unwrap();
    }
    assert_eq!(at.text(tags::SUBJECT).unwrap().unwrap(), "core");
    let (message, losses) = inbox.read(deep(depth + 1));
    assert_eq!(losses.to_string(), "too_deep 1");
    let mut at = message;
    for _ in 0..depth {
        at = at.open_attachment(0).unwrap().embedded().unwrap();
    }
    // The rest is there, as a file.
    assert_eq!(data(&at, 0), b"Subject: core\n\nx");
    assert_eq!(attachments(&at), ["message/rfc822 ATT00001.eml 16"]);
}

#[test]
fn signed_mail_keeps_its_bytes() {
    let inbox = Inbox::new();
    let head = "Subject: s\r\nMIME-Version: 1.0\r\n";
    let kind = "Content-Type: multipart/signed; boundary=b;\r\n protocol=\"application/pkcs7-signature\"\r\n";
    let body = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nsigned text\r\n--c\r\n\
        Content-Type: text/x; name=f\r\n\r\nfile\r\n--c--\r\n--b\r\n\
        Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMII=\r\n--b--\r\n";
    for lines in ["\r\n", "\n"] {
        let mail = format!("{head}{kind}\r\n{body}").replace("\r\n", lines);
        let (message, losses) = inbox.read(&mail);
        assert!(losses.is_empty(), "{losses}");
        assert_eq!(
            message.text(tags::MESSAGE_CLASS).unwrap().unwrap(),
            "IPM.Note.SMIME.MultipartSigned"
        );
        assert_eq!(message.text(tags::BODY).unwrap().unwrap(), "signed text");
        assert_eq!(data(&message, 0), format!("{kind}\r\n{body}").as_bytes());
        assert_eq!(attachments(&message).len(), 1);
        let again = inbox.write(&message);
        assert!(again.ends_with(&format!("{kind}\r\n{body}")), "{again}");
    }
}

#[test]
fn encrypted_mail() {
    let inbox = Inbox::new();
    let mail = "Subject: e\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nMAsGCSqGSIb3DQEHAw==\r\n";
    let (message, losses) = inbox.read(mail);
    assert!(losses.is_empty());
    assert_eq!(message.text(tags::MESSAGE_CLASS).unwrap().unwrap(), "IPM.Note.SMIME");
    assert_eq!(attachments(&message), ["application/pkcs7-mime SMIME.p7m 13"]);
    assert!(inbox.write(&message).contains("smime-type=enveloped-data"));
}

#[test]
fn reports() {
    let inbox = Inbox::new();
    for (kind, status, class) in [
        (
            "delivery-status",
            "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b\nAction: failed\n",
            "REPORT.IPM.Note.NDR",
        ),
        (
            "delivery-status",
            "Reporting-MTA: dns; x\n\nAction: delayed\n",
            "REPORT.IPM.Note.Delayed",
        ),
        ("delivery-status", "nonsense", "REPORT.IPM.Note.NDR"),
        (
            "disposition-notification",
            "Disposition: manual-action/MDN-sent-manually; displayed\n",
            "REPORT.IPM.Note.IPNRN",
        ),
        (
            "disposition-notification",
            "Disposition: automatic-action/MDN-sent-automatically; deleted\n",
            "REPORT.IPM.Note.IPNNRN",
        ),
    ] {
        let mail = format!(
            "Subject: r\nContent-Type: multipart/report; report-type={kind}; boundary=b\n\n--b\n\nIt failed.\n\
             --b\nContent-Type: message/{kind}\n\n{status}\n--b\nContent-Type: message/rfc822\n\nSubject: o\n\nx\n--b--\n"
        );
        let (message, losses) = inbox.read(mail);
        assert!(losses.is_empty(), "{losses}");
        assert_eq!(message.text(tags::MESSAGE_CLASS).unwrap().unwrap(), class);
        assert_eq!(message.text(tags::BODY).unwrap().unwrap(), "It failed.");
        assert_eq!(attachments(&message).len(), 2);
    }
}

#[test]
fn large_attachments_are_streams() {
    let inbox = Inbox::new();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let mut text = String::new();
    for line in bytes.chunks(57) {
        text.push_str(&base64(line));
        text.push_str("\r\n");
    }
    let mail = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/x\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{text}--b--\r\n"
    );
    let (message, losses) = inbox.read(mail);
    assert!(losses.is_empty());
    assert!(data(&message, 0) == bytes);
    let size = message.open_attachment(0).unwrap().props().unwrap().i32(tags::ATTACH_SIZE).unwrap();
    assert!((3_000_000..3_001_000).contains(&size));
    assert!(message.props().unwrap().i32(PropTag(0x0E08_0003)).unwrap() >= size);
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=three.len()].copy_from_slice(three);
        let word = u32::from_be_bytes(word);
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
