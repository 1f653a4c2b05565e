//! Texts, HTML and RTF.

use mapix_convert::LossKind;
use mapix_core::prop::{PropTag, PropType, Value, tags};

use crate::Box;

fn rtf(text: &str) -> Value {
    compressed_rtf::compress_rtf(text).unwrap().into()
}

#[test]
fn text_and_html_are_alternatives() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::BODY, "From me\n.\nthis = \u{20ac} in all of it\n").unwrap();
    message.set(tags::HTML, &b"<p>caf\xE9</p>"[..]).unwrap();
    message.set(tags::INTERNET_CPID, 1252).unwrap();
    let (mail, losses) = store.write(&message);
    let expected = "\
Content-Type: multipart/alternative; boundary=\"=_mapix_0001\"\r
\r
--=_mapix_0001\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
=46rom me\r
=2E\r
this =3D =E2=82=AC in all of it\r
\r
--=_mapix_0001\r
Content-Type: text/html; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
<p>caf=C3=A9</p>\r
--=_mapix_0001--\r
";
    assert!(mail.ends_with(expected), "{mail}");
    assert!(losses.is_empty());
}

#[test]
fn html_in_any_code_page() {
    for (page, bytes) in [
        (1251, &b"<p>\xCF\xF0</p>"[..]),
        (65001, "<p>\u{41f}\u{440}</p>".as_bytes()),
        (20127, "<p>\u{41f}\u{440}</p>".as_bytes()),
        (1252, b"\xEF\xBB\xBF<p>\xD0\x9F\xD1\x80</p>"),
        (1252, b"<\0p\0>\0\x1F\x04\x40\x04<\0/\0p\0>\0"),
        (20866, b"<p>\xF0\xD2</p>\0"),
    ] {
        let store = Box::new();
        let message = store.message("IPM.Note");
        message.set(tags::HTML, bytes).unwrap();
        message.set(tags::INTERNET_CPID, page).unwrap();
        let (mail, _) = store.write(&message);
        let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
        assert_eq!(parsed.body_html(0).unwrap().trim_end(), "<p>\u{41f}\u{440}</p>", "{page}");
    }
}

#[test]
fn a_text_that_is_not_latin_is_base64() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::BODY, "\u{3053}\u{3093}\n\u{3061}").unwrap();
    let (mail, _) = store.write(&message);
    assert!(mail.contains("Content-Transfer-Encoding: base64\r\n\r\n"));
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    assert_eq!(parsed.body_text(0).unwrap(), "\u{3053}\u{3093}\r\n\u{3061}");
}

#[test]
fn html_comes_out_of_rtf() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let body = r"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}Hi {\*\htmltag84 <b>}you{\*\htmltag92 </b>}{\*\htmltag72 </p>}}";
    message.set(tags::RTF_COMPRESSED, rtf(body)).unwrap();
    let (mail, losses) = store.write(&message);
    assert!(mail.ends_with("\r\n\r\n<p>Hi <b>you</b></p>\r\n"), "{mail}");
    assert!(losses.is_empty());
}

#[test]
fn text_comes_out_of_rtf() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::RTF_COMPRESSED, rtf(r"{\rtf1\ansi\fromtext Hi\par you}")).unwrap();
    let (mail, losses) = store.write(&message);
    assert!(mail.ends_with("\r\n\r\nHi\r\nyou\r\n"), "{mail}");
    assert!(losses.is_empty());
}

#[test]
fn native_rtf_is_attached_and_counted() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let body = r"{\rtf1\ansi\b Hi\b0\par}";
    message.set(tags::RTF_COMPRESSED, rtf(body)).unwrap();
    let (mail, losses) = store.write(&message);
    assert_eq!((losses.count(LossKind::NativeRtf), losses.total()), (1, 1));
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    assert_eq!(parsed.body_text(0).unwrap(), "Hi\r\n");
    assert_eq!(parsed.attachment(0).unwrap().contents(), body.as_bytes());
}

#[test]
fn damaged_rtf_is_a_loss() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.set(tags::RTF_COMPRESSED, &b"nonsense, and no RTF at all"[..]).unwrap();
    message.set(tags::BODY, "text").unwrap();
    let (mail, losses) = store.write(&message);
    assert!(mail.ends_with("\r\n\r\ntext\r\n"));
    assert_eq!((losses.count(LossKind::Damaged), losses.total()), (1, 1));
}

#[test]
fn long_bodies_are_streamed() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let text = "\u{e4}\u{1f600} line\n".repeat(700_000);
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    message.set_stream(tags::BODY, std::boxed::Box::new(std::io::Cursor::new(units))).unwrap();
    let html = format!("<p>{}</p>", "x\u{e4} ".repeat(2_000_000));
    let latin: Vec<u8> = html.chars().map(|c| c as u32 as u8).collect();
    let tag: PropTag = tags::HTML.with_type(PropType::BINARY);
    message.set_stream(tag, std::boxed::Box::new(std::io::Cursor::new(latin))).unwrap();
    message.set(tags::INTERNET_CPID, 1252).unwrap();
    message.save().unwrap();
    let (mail, losses) = store.bytes(&message);
    assert!(losses.is_empty(), "{losses}");
    let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
    assert!(parsed.body_text(0).unwrap().replace("\r\n", "\n") == text);
    assert!(parsed.body_html(0).unwrap() == html);
}
