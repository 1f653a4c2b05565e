//! Mail that is to be sent: what those who get it are not to see.

use mapix_convert::{
    EmlOptions, Names, internet_address, recipient_address, sender_address, write_eml,
};
use mapix_core::Message;
use mapix_core::prop::tags;

use super::{Box, field, recipient};

fn sent(mailbox: &Box, message: &Message, options: impl FnOnce(&mut EmlOptions)) -> String {
    message.save().unwrap();
    let mut chosen = EmlOptions::new(Names::of(&mailbox.store).unwrap());
    chosen.outgoing = true;
    options(&mut chosen);
    let mut mail = Vec::new();
    write_eml(message, &chosen, &mut mail).unwrap();
    String::from_utf8(mail).unwrap()
}

#[test]
fn nobody_sees_blind_copies_nor_how_the_sender_calls_people() {
    let mailbox = Box::new();
    let message = mailbox.message("IPM.Note");
    message.set(tags::SENDER_NAME, "Ann").unwrap();
    message.set(tags::SENDER_ADDRTYPE, "EX").unwrap();
    message.set(tags::SENDER_EMAIL_ADDRESS, "/O=ORG/CN=ANN").unwrap();
    message.set(tags::SENDER_SMTP_ADDRESS, "ann@example.org").unwrap();
    message.set_message_flags(8).unwrap();
    let bcc = recipient(3, "Dee", "dee@example.org");
    let to = [recipient(1, "Bob", "bob@example.org"), recipient(1, "Eve", "/O=ORG/CN=EVE"), bcc];
    message.set_recipients(to.to_vec()).unwrap();
    let mail = sent(&mailbox, &message, |_| ());
    assert_eq!(field(&mail, "From").unwrap(), "Ann <ann@example.org>");
    assert_eq!(field(&mail, "To").unwrap(), "Bob <bob@example.org>, Eve:;");
    for secret in ["dee", "Dee", "Bcc", "/O=", "X-MAPI-EX", "X-Unsent", "IMCEA"] {
        assert!(!mail.contains(secret), "{secret}: {mail}");
    }
    assert_eq!(sender_address(&message).unwrap().unwrap(), "ann@example.org");
    let addresses: Vec<_> = message.recipients().unwrap().iter().map(recipient_address).collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(addresses, [some("bob@example.org"), None, some("dee@example.org")]);
    // The same message, exported, tells all of it.
    let (mail, _) = mailbox.write(&message);
    assert!(mail.contains("Bcc: Dee <dee@example.org>") && mail.contains("X-MAPI-EX-To"), "{mail}");
}

#[test]
fn original_fields_are_sent_but_for_those_of_delivery() {
    let mailbox = Box::new();
    let message = mailbox.message("IPM.Note");
    let headers = "Return-Path: <x@example.org>\r\nDelivered-To: y@example.org\r\n\
                   From: Ann <ann@example.org>\r\nTo: b@example.org\r\nBCC: dee@example.org\r\n\
                   Resent-Bcc: eve@example.org\r\nX-Colour: red\r\nMessage-ID: <1@x>\r\n\r\n";
    message.set(tags::TRANSPORT_MESSAGE_HEADERS, headers).unwrap();
    let given = |options: &mut EmlOptions| options.message_id = Some("<other@x>".into());
    let mail = sent(&mailbox, &message, given);
    assert!(mail.starts_with("From: Ann <ann@example.org>\r\nTo: b@example.org\r\n"), "{mail}");
    assert_eq!(field(&mail, "Message-ID").unwrap(), "<1@x>", "its own ID stays");
    assert_eq!(field(&mail, "X-Colour").unwrap(), "red");
    for gone in ["dee@", "eve@", "Return-Path", "Delivered-To"] {
        assert!(!mail.contains(gone), "{gone}: {mail}");
    }
}

#[test]
fn what_is_missing_is_given() {
    let mailbox = Box::new();
    let message = mailbox.message("IPM.Note");
    let mail = sent(&mailbox, &message, |options| {
        options.from = Some("ann@example.org".into());
        options.message_id = Some("<key@example.org>".into());
    });
    assert_eq!(field(&mail, "From").unwrap(), "ann@example.org");
    assert_eq!(field(&mail, "Message-ID").unwrap(), "<key@example.org>");
    assert_eq!(sender_address(&message).unwrap(), None);
}

#[test]
fn typed_addresses() {
    let ann = Some("ann@example.org".to_owned());
    for text in ["ann@example.org", " <ann@example.org>", "mailto:ann@example.org"] {
        assert_eq!(internet_address(text), ann, "{text}");
    }
    for text in ["ann", "ann@example.org, bob@example.org", "a@b\r\nRCPT TO:<c@d>"] {
        assert_eq!(internet_address(text), None, "{text}");
    }
}
