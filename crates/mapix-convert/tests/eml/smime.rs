//! Signed and encrypted mail.

use mapix_convert::LossKind;
use mapix_core::AttachMethod;
use mapix_core::prop::tags;

use crate::{Box, attach};

const SIGNED: &[u8] = b"--sig\r\nContent-Type: text/plain\r\n\r\nFrom \xE9  \n\r\n--sig\r\n\
Content-Type: application/pkcs7-signature\r\n\r\nMIIB\r\n--sig--\r\n";

#[test]
fn a_clear_signed_body_stays_as_it_is() {
    let store = Box::new();
    let message = store.message("IPM.Note.SMIME.MultipartSigned");
    let head = b"Content-Type: multipart/signed; boundary=sig;\r\n\tprotocol=\"x\"\r\n\
        Bcc: evil@example.org\r\n\r\n";
    message.set(tags::BODY, "what a client shows").unwrap();
    attach(
        &message,
        "smime.p7m",
        &[head, SIGNED].concat(),
        &[(tags::ATTACH_MIME_TAG, "multipart/signed".into())],
    );
    message.save().unwrap();
    let (mail, losses) = store.bytes(&message);
    let end = [
        &b"MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=sig;\r\n\tprotocol=\"x\"\r\n\r\n"[..],
        SIGNED,
    ];
    assert!(mail.ends_with(&end.concat()), "{}", String::from_utf8_lossy(&mail));
    assert!(!mail.windows(4).any(|bytes| bytes == b"evil"));
    assert_eq!((losses.count(LossKind::Header), losses.total()), (1, 1));
}

#[test]
fn a_body_without_its_header_gets_one() {
    let store = Box::new();
    let message = store.message("IPM.Note.SMIME.MultipartSigned");
    attach(&message, "smime.p7m", SIGNED, &[]);
    message.save().unwrap();
    let (mail, losses) = store.bytes(&message);
    assert!(mail.ends_with(&[&b" boundary=\"sig\"\r\n\r\n"[..], SIGNED].concat()));
    assert!(losses.is_empty());
}

#[test]
fn an_encrypted_body_is_base64() {
    let store = Box::new();
    let message = store.message("IPM.Note.SMIME");
    let data = b"\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03\xA0\x80";
    attach(
        &message,
        "smime.p7m",
        data,
        &[(tags::ATTACH_MIME_TAG, "application/x-pkcs7-mime".into())],
    );
    let (mail, losses) = store.write(&message);
    let expected = "Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data;\r\n \
        name=smime.p7m\r\nContent-Disposition: attachment; filename=smime.p7m\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CA\r\n";
    assert!(mail.ends_with(expected), "{mail}");
    assert!(losses.is_empty());
}

#[test]
fn an_embedded_body_cannot_end_the_parts_around_it() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::BODY, "outer").unwrap();
    let attachment = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let inner = attachment.create_embedded().unwrap();
    inner.set(tags::MESSAGE_CLASS, "IPM.Note.SMIME.MultipartSigned").unwrap();
    attach(&inner, "smime.p7m", b"--sig\r\n\r\n--=_mapix_0001--\r\n--sig--\r\n", &[]);
    inner.save().unwrap();
    attachment.save().unwrap();
    let (mail, losses) = store.write(&message);
    assert_eq!(mail.matches("--=_mapix_0001--").count(), 1);
    assert_eq!(losses.count(LossKind::Attachment), 1);
}

#[test]
fn what_is_not_signed_is_an_attachment() {
    let store = Box::new();
    let message = store.message("IPM.Note.SMIME");
    attach(&message, "smime.p7m", b"hello", &[]);
    let (mail, _) = store.write(&message);
    assert!(mail.contains("Content-Type: multipart/mixed"));
}
