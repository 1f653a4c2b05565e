//! Attachments, images and embedded messages.

use mail_parser::{MessageParser, MimeHeaders, PartType};
use mapix_convert::LossKind;
use mapix_core::prop::{FileTime, PropTag, tags};
use mapix_core::store::MessageRef;
use mapix_core::{AttachMethod, Message};

use crate::{Box, attach};

#[test]
fn the_parts_of_a_rich_message() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::BODY, "text").unwrap();
    message.set(tags::HTML, &b"<img src=\"cid:pic@1\">"[..]).unwrap();
    let time = FileTime::parse("2024-05-01T10:20:30Z").unwrap();
    attach(
        &message,
        "pic.png",
        b"png",
        &[(tags::ATTACH_CONTENT_ID, "<pic@1>".into()), (tags::ATTACH_MIME_TAG, "image/png".into())],
    );
    attach(
        &message,
        "r\u{e9}sum\u{e9}.pdf",
        b"%PDF",
        &[
            (tags::CREATION_TIME, time.into()),
            (tags::LAST_MODIFICATION_TIME, time.into()),
            (tags::DISPLAY_NAME, "My life".into()),
        ],
    );
    attach(&message, "no extension", b"", &[(tags::ATTACH_CONTENT_ID, "unused".into())]);
    let (mail, losses) = store.write(&message);
    assert!(losses.is_empty(), "{losses}");
    let start = mail.find("MIME-Version").unwrap();
    let expected = "MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=\"=_mapix_0001\"\r
\r
--=_mapix_0001\r
Content-Type: multipart/related; boundary=\"=_mapix_0002\"\r
\r
--=_mapix_0002\r
Content-Type: multipart/alternative; boundary=\"=_mapix_0003\"\r
\r
--=_mapix_0003\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
text\r
--=_mapix_0003\r
Content-Type: text/html; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
<img src=3D\"cid:pic@1\">\r
--=_mapix_0003--\r
--=_mapix_0002\r
Content-Type: image/png; name=pic.png\r
Content-Disposition: inline; filename=pic.png\r
Content-ID: <pic@1>\r
Content-Transfer-Encoding: base64\r
\r
cG5n\r
--=_mapix_0002--\r
--=_mapix_0001\r
Content-Type: application/pdf; name=\"=?utf-8?Q?r=C3=A9sum=C3=A9=2Epdf?=\"\r
Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf;\r
 creation-date=\"Wed, 1 May 2024 10:20:30 +0000\";\r
 modification-date=\"Wed, 1 May 2024 10:20:30 +0000\"\r
Content-Description: My life\r
Content-Transfer-Encoding: base64\r
\r
JVBERg==\r
--=_mapix_0001\r
Content-Type: application/octet-stream; name=\"no extension\"\r
Content-Disposition: attachment; filename=\"no extension\"\r
Content-ID: <unused>\r
Content-Transfer-Encoding: base64\r
\r
--=_mapix_0001--\r
";
    assert_eq!(&mail[start..], expected);
}

#[test]
fn embedded_messages_are_messages() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::BODY, "outer").unwrap();
    let attachment = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    attachment.set(tags::DISPLAY_NAME, "Inner: one").unwrap();
    let inner = attachment.create_embedded().unwrap();
    inner.set(tags::SUBJECT, "Inner: one").unwrap();
    inner.set(tags::BODY, "inner").unwrap();
    attach(&inner, "a.bin", &[0, 1, 2, 255], &[]);
    inner.save().unwrap();
    attachment.save().unwrap();
    let (mail, losses) = store.write(&message);
    assert!(losses.is_empty(), "{losses}");
    let parsed = MessageParser::default().parse(mail.as_bytes()).unwrap();
    let part = parsed.attachment(0).unwrap();
    assert_eq!(part.attachment_name(), Some("Inner: one.eml"));
    let PartType::Message(inner) = &part.body else { panic!("{mail}") };
    assert_eq!(inner.subject(), Some("Inner: one"));
    assert_eq!(inner.body_text(0).unwrap(), "inner");
    assert_eq!(inner.attachment(0).unwrap().contents(), [0, 1, 2, 255]);
    assert_eq!(inner.message_id(), Some("30313233343536373839616263646566.0@mapix.invalid"));
}

#[test]
fn embedding_ends_somewhere() {
    fn fill(message: &Message, depth: usize) {
        message.set(tags::SUBJECT, format!("{depth}")).unwrap();
        if depth > 0 {
            let attachment = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
            let inner = attachment.create_embedded().unwrap();
            fill(&inner, depth - 1);
            inner.save().unwrap();
            attachment.save().unwrap();
        }
    }
    let store = Box::new();
    let message = store.message("IPM.Note");
    fill(&message, MessageRef::MAX_DEPTH);
    let (mail, losses) = store.write(&message);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(mail.matches("Content-Type: message/rfc822").count(), MessageRef::MAX_DEPTH);
}

#[test]
fn objects_references_and_nothing_are_losses() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let ole = message.create_attachment(AttachMethod::Ole).unwrap();
    ole.set(tags::ATTACH_DATA_BIN, &b"\xD0\xCF\x11\xE0"[..]).unwrap();
    ole.save().unwrap();
    let link = message.create_attachment(AttachMethod::ByReference(2)).unwrap();
    link.set(tags::ATTACH_LONG_PATHNAME, "\\\\server\\share\\plan.doc").unwrap();
    link.save().unwrap();
    message.create_attachment(AttachMethod::ByValue).unwrap().save().unwrap();
    let (mail, losses) = store.write(&message);
    for kind in [LossKind::Ole, LossKind::Reference, LossKind::Attachment] {
        assert_eq!(losses.count(kind), 1, "{kind}");
    }
    assert_eq!(losses.total(), 3);
    assert!(mail.contains("X-MAPI-Attach-Method: OLE\r\n"));
    assert!(mail.contains("X-MAPI-Attach-Pathname: \\\\server\\share\\plan.doc\r\n"));
    assert!(mail.contains("filename=plan.doc\r\n"));
    assert!(mail.contains("0M8R4A==\r\n"));
}

#[test]
fn composite_types_are_not_encoded() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    attach(
        &message,
        "x.eml",
        b"Subject: x\r\n\r\ny",
        &[(tags::ATTACH_MIME_TAG, "message/rfc822".into())],
    );
    let (mail, _) = store.write(&message);
    assert!(mail.contains("Content-Type: application/octet-stream; name=x.eml\r\n"));
    assert!(mail.contains("X-MAPI-Attach-Mime-Tag: message/rfc822\r\n"));
}

#[test]
fn a_large_attachment_is_never_held() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let attachment = message.create_attachment(AttachMethod::ByValue).unwrap();
    let data = std::io::Cursor::new(vec![7_u8; 20 << 20]);
    attachment.set_stream(tags::ATTACH_DATA_BIN, std::boxed::Box::new(data)).unwrap();
    attachment.save().unwrap();
    message.save().unwrap();
    let (mail, _) = store.bytes(&message);
    let parsed = MessageParser::default().parse(&mail).unwrap();
    assert!(parsed.attachment(0).unwrap().contents() == vec![7_u8; 20 << 20]);
}

#[test]
fn images_by_location() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::HTML, &b"<img src=\"pics/1.gif\">"[..]).unwrap();
    attach(&message, "1.gif", b"GIF8", &[(PropTag(0x3713_001F), "pics/1.gif".into())]);
    let (mail, _) = store.write(&message);
    assert!(
        mail.contains("multipart/related") && mail.contains("Content-Location: pics/1.gif\r\n")
    );
}
