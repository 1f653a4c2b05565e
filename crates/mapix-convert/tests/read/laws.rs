//! Mails of all kinds, made by a small writer of their own: what went in comes out, also after it
//! was written and read again.

use mapix_core::Message;
use mapix_core::prop::{PropType, tags};
use proptest::prelude::*;

use crate::Inbox;
use crate::parts::base64;

#[derive(Clone, Debug)]
struct Made {
    subject: String,
    from: (String, String),
    to: Vec<(i32, String, String)>,
    seconds: u32,
    text: Option<String>,
    html: Option<String>,
    files: Vec<(String, Vec<u8>, bool)>,
    inner: Option<Box<Made>>,
    encoding: u8,
    crlf: bool,
}

/// A word in headers, as one of several programs would write it.
fn word(text: &str, style: u8) -> String {
    let bytes = text.as_bytes();
    match style % 3 {
        0 => format!("=?utf-8?B?{}?=", base64(bytes)),
        1 => {
            let q: Vec<String> = bytes.iter().map(|byte| format!("={byte:02X}")).collect();
            format!("=?UTF-8?q?{}?=", q.concat())
        }
        // In two halves, wherever they fall.
        _ => {
            let (a, b) = bytes.split_at(bytes.len() / 2);
            format!("=?utf-8*en?B?{}?=\n =?utf-8*en?b?{}?=", base64(a), base64(b))
        }
    }
}

impl Made {
    fn write(&self) -> String {
        let address = |name: &str, address: &str| match name {
            "" => address.to_owned(),
            name => format!("{} <{address}>", word(name, self.encoding)),
        };
        let from = address(&self.from.0, &self.from.1);
        let mut head = format!("Message-ID: <{}@made>\nFrom: {from}\n", self.seconds);
        for (kind, name, one) in &self.to {
            let field = ["To", "Cc", "Bcc"][*kind as usize - 1];
            head.extend([field, ": ", &address(name, one), "\n"]);
        }
        head.extend(["Subject: ", &word(&self.subject, self.encoding), "\n"]);
        let (hours, rest) = (self.seconds / 3600, self.seconds % 3600);
        let clock = format!("{hours:02}:{:02}:{:02}", rest / 60, rest % 60);
        head.extend(["Date: Thu, 2 May 2024 ", &clock, " +0000\n"]);
        head + &self.body()
    }

    fn body(&self) -> String {
        let text = |kind: &str, text: &str| {
            let head =
                format!("Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: ");
            match self.encoding % 3 {
                0 => format!("{head}base64\n\n{}", base64(text.replace('\n', "\r\n").as_bytes())),
                1 => {
                    let quote = |c: char| match c {
                        '=' | ' ' | '-' | 'F' => format!("={:02X}", c as u32),
                        c => c.to_string(),
                    };
                    let quoted: Vec<String> = text.chars().map(quote).collect();
                    format!("{head}quoted-printable\n\n{}=\n", quoted.concat())
                }
                _ => format!("{head}8bit\n\n{text}"),
            }
        };
        let mut bodies: Vec<String> = self.text.iter().map(|body| text("plain", body)).collect();
        bodies.extend(self.html.iter().map(|body| text("html", body)));
        let mut parts = Vec::new();
        match bodies.len() {
            0 => {}
            1 => parts.append(&mut bodies),
            _ => parts.push(multipart("alternative", &bodies)),
        }
        for (name, bytes, plain) in &self.files {
            let star: Vec<String> = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let name = match plain {
                true => format!("filename=\"{}\"", word(name, 0)),
                false => format!("filename*=utf-8''{}", star.concat()),
            };
            parts.push(format!(
                "Content-Type: application/x-made\nContent-Disposition: attachment;\n {name}\n\
                 Content-Transfer-Encoding: base64\n\n{}\n",
                base64(bytes)
            ));
        }
        if let Some(inner) = &self.inner {
            parts.push(format!("Content-Type: message/rfc822\n\n{}", inner.write()));
        }
        match parts.len() {
            1 if self.files.is_empty() && self.inner.is_none() => parts.remove(0),
            0 => "\n".to_owned(),
            _ => multipart("mixed", &parts),
        }
    }

    /// Everything that a mail must keep. A single body may end with a line end more.
    fn check(&self, message: &Message) {
        let text = |tag| message.text(tag).unwrap().unwrap_or_default();
        let trim = |text: &str| text.replace("\r\n", "\n").trim_end_matches('\n').to_owned();
        assert_eq!(text(tags::SUBJECT), self.subject);
        assert_eq!(text(tags::INTERNET_MESSAGE_ID), format!("<{}@made>", self.seconds));
        let named = |name: &str, address: &str| match name {
            "" => address.to_owned(),
            name => name.to_owned(),
        };
        assert_eq!(text(tags::SENDER_NAME), named(&self.from.0, &self.from.1));
        assert_eq!(text(tags::SENT_REPRESENTING_SMTP_ADDRESS), self.from.1);
        let mut to: Vec<(i32, String, String)> = self
            .to
            .iter()
            .map(|(kind, name, address)| (*kind, named(name, address), address.clone()))
            .collect();
        to.sort_by_key(|one| one.0);
        let found: Vec<(i32, String, String)> = message
            .recipients()
            .unwrap()
            .iter()
            .map(|one| {
                (one.props.i32(tags::RECIPIENT_TYPE).unwrap(), one.name(), one.address().unwrap())
            })
            .collect();
        assert_eq!(found, to);
        let time = message.props().unwrap().time(tags::CLIENT_SUBMIT_TIME).unwrap();
        assert_eq!(time.to_unix() - 1_714_608_000, i64::from(self.seconds));
        assert_eq!(trim(&text(tags::BODY)), trim(self.text.as_deref().unwrap_or_default()));
        let html = message.get(tags::HTML.with_type(PropType::UNSPECIFIED)).unwrap();
        let html = html.map(|html| String::from_utf8(html.as_bytes().unwrap().into()).unwrap());
        let html = html.unwrap_or_default();
        assert_eq!(trim(&html), trim(self.html.as_deref().unwrap_or_default()));
        let mut attachments = message.attachments().unwrap().into_iter();
        for (name, bytes, _) in &self.files {
            let attachment = attachments.next().unwrap();
            assert_eq!(attachment.name().unwrap().unwrap(), *name);
            let mut data = Vec::new();
            std::io::Read::read_to_end(&mut attachment.open_data().unwrap(), &mut data).unwrap();
            assert_eq!(data, *bytes);
        }
        if let Some(inner) = &self.inner {
            inner.check(&attachments.next().unwrap().embedded().unwrap());
        }
        assert!(attachments.next().is_none());
    }
}

fn multipart(kind: &str, parts: &[String]) -> String {
    // Nothing that a part holds can be the boundary of the parts around it.
    let longest = parts.iter().map(String::len).max().unwrap_or(0);
    let boundary = format!("b={longest}=");
    let mut out = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\n\n");
    for part in parts {
        out.extend(["--", &boundary, "\n", part, "\n"]);
    }
    out + "--" + &boundary + "--\n"
}

fn name() -> impl Strategy<Value = String> {
    "[^\\p{C}\\p{Z}\u{FEFF}'\u{0}-\u{1f}]{1,12}( [^\\p{C}\\p{Z}\u{FEFF}']{1,12})?"
}

fn address() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9.+]{0,8}[a-z]@[a-z]{1,8}\\.[a-z]{2,3}"
}

fn made(inner: BoxedStrategy<Option<Box<Made>>>) -> impl Strategy<Value = Made> {
    let recipient = (1..=3, prop_oneof![Just(String::new()), name()], address());
    let file = (name(), prop::collection::vec(any::<u8>(), 0..300), any::<bool>());
    let body = "([^\\p{C}\u{FEFF}]{0,20}\n){0,4}[^\\p{C}\\p{Z}\u{FEFF}]{1,9}";
    (
        (name(), (prop_oneof![Just(String::new()), name()], address())),
        prop::collection::vec(recipient, 0..4),
        0..86_400_u32,
        prop::option::of(body),
        prop::option::of("<p>([^\\p{C}\u{FEFF}]{0,20}\n){0,4}</p>"),
        prop::collection::vec(file, 0..3),
        inner,
        any::<u8>(),
        any::<bool>(),
    )
        .prop_map(
            |((subject, from), to, seconds, text, html, files, inner, encoding, crlf)| Made {
                subject,
                from,
                to,
                seconds,
                text,
                html,
                files,
                inner,
                encoding,
                crlf,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_goes_in_comes_out(
        mail in made(prop::option::of(made(Just(None).boxed()).prop_map(Box::new)).boxed()),
    ) {
        let inbox = Inbox::new();
        let mut source = mail.write();
        if mail.crlf {
            source = source.replace('\n', "\r\n");
        }
        let (message, losses) = inbox.read(&source);
        prop_assert!(losses.is_empty(), "{:?}", losses.iter().collect::<Vec<_>>());
        mail.check(&message);
        let (again, losses) = inbox.read(inbox.write(&message));
        prop_assert!(losses.is_empty(), "{:?}", losses.iter().collect::<Vec<_>>());
        mail.check(&again);
    }
}
