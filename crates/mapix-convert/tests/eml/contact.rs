//! Contacts and distribution lists.

use calcard::vcard::{VCard, VCardProperty};
use mapix_core::EntryId;
use mapix_core::prop::{Guid, PropTag, Value, guids, tags};

use crate::{Box, attach};

fn vcf(mail: &str) -> String {
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    let part = parsed
        .parts
        .iter()
        .find(|part| mail_parser::MimeHeaders::is_content_type(*part, "text", "vcard"));
    let text = String::from_utf8(part.expect("a card").contents().to_vec()).unwrap();
    let card = VCard::parse(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert!(card.property(&VCardProperty::Fn).is_some());
    text.replace("\r\n ", "")
}

fn one_off(name: &str, address: &str) -> std::boxed::Box<[u8]> {
    let uid = Guid::new(0xA41F_2B81, 0xA3BE, 0x1910, [0x9D, 0x6E, 0, 0xDD, 1, 0x0F, 0x54, 2]);
    let mut private = vec![0, 0, 0, 0x90];
    for text in [name, "SMTP", address] {
        private.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    EntryId::new(uid, &private).as_bytes().into()
}

#[test]
fn a_contact() {
    let store = Box::new();
    let message = store.message("IPM.Contact");
    for (tag, value) in [
        (tags::DISPLAY_NAME, "Ann M\u{fc}ller, Dr."),
        (tags::GIVEN_NAME, "Ann"),
        (tags::SURNAME, "M\u{fc}ller"),
        (tags::COMPANY_NAME, "Work; Inc."),
        (tags::BUSINESS_TELEPHONE_NUMBER, "+49 1"),
        (PropTag(0x3A59_001F), "Home Town"),
        (tags::BODY, "A note"),
    ] {
        message.set(tag, value).unwrap();
    }
    let set = guids::PSETID_ADDRESS;
    store.set(&message, set, 0x8083, "ann@example.org");
    store.set(&message, set, 0x8082, "SMTP");
    store.set(&message, set, 0x8093, "/O=X/CN=ANN");
    store.set(&message, set, 0x8092, "EX");
    store.set(&message, set, 0x8095, one_off("", "ann2@example.org").to_vec());
    store.set(&message, set, 0x8045, "Street 1");
    attach(&message, "ContactPicture.jpg", b"\xFF\xD8", &[(PropTag(0x7FFF_000B), true.into())]);
    let (mail, losses) = store.write(&message);
    assert!(losses.is_empty(), "{:?}", losses.iter().collect::<Vec<_>>());
    let text = vcf(&mail);
    for line in [
        "VERSION:3.0",
        "FN:Ann M\u{fc}ller\\, Dr.",
        "N:M\u{fc}ller;Ann;;;",
        "ORG:Work\\; Inc.;",
        "TEL;TYPE=WORK,VOICE:+49 1",
        "EMAIL;TYPE=INTERNET:ann@example.org",
        "EMAIL;TYPE=INTERNET:ann2@example.org",
        "X-MAPI-EMAIL:EX:/O=X/CN=ANN",
        "ADR;TYPE=HOME:;;;Home Town;;;",
        "ADR;TYPE=WORK:;;Street 1;;;;",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9g=",
        "NOTE:A note",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(mail.contains("filename*=utf-8''Ann%20M%C3%BCller%2C%20Dr.vcf\r\n"), "{mail}");
}

#[test]
fn a_distribution_list() {
    let store = Box::new();
    let message = store.message("IPM.DistList");
    message.set(tags::DISPLAY_NAME, "Team").unwrap();
    let ones: Vec<std::boxed::Box<[u8]>> =
        vec![one_off("Ann", "ann@example.org"), one_off("Bob", "bob@example.org")];
    store.set(&message, guids::PSETID_ADDRESS, 0x8054, Value::from(ones.clone()));
    store.set(&message, guids::PSETID_ADDRESS, 0x8055, Value::from(ones));
    let (mail, losses) = store.write(&message);
    assert!(losses.is_empty(), "{losses}");
    let text = vcf(&mail);
    for line in ["KIND:group", "MEMBER:mailto:ann@example.org", "MEMBER:mailto:bob@example.org"] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
