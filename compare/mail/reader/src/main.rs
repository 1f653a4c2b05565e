//! Prints what mail-parser finds in mail, as JSON Lines: `mail-reader < NAMES`.
//!
//! Standard input names a file on each line; the answer is a line for each, as `mail.py` makes it
//! of Python's parser: subject, addresses, date, texts, and the parts with their hashes.

use std::io::{BufRead, BufWriter, Write};

use mail_parser::decoders::base64::base64_decode;
use mail_parser::{Address, Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for path in std::io::stdin().lock().lines() {
        let mail = std::fs::read(path?)?;
        let found = MessageParser::default().parse(&mail);
        writeln!(out, "{}", found.as_ref().map_or(Value::Null, message))?;
    }
    out.flush()
}

fn message(message: &Message<'_>) -> Value {
    let parts: Vec<Value> =
        message.parts.iter().filter_map(|part| self::part(message, part)).collect();
    json!({
        "subject": message.subject().unwrap_or_default(),
        "from": addresses(message.from()),
        "sender": addresses(message.sender()),
        "to": addresses(message.to()),
        "cc": addresses(message.cc()),
        "bcc": addresses(message.bcc()),
        "date": message.date().map(mail_parser::DateTime::to_timestamp),
        "parts": parts,
    })
}

/// A part that holds something itself.
fn part(message: &Message<'_>, part: &MessagePart<'_>) -> Option<Value> {
    if matches!(part.body, PartType::Multipart(_)) {
        return None;
    }
    let content = part.content_type();
    let kind = content.map_or_else(
        || "text/plain".to_owned(),
        |content| format!("{}/{}", content.ctype(), content.subtype().unwrap_or_default()),
    );
    let disposition = part.content_disposition().map(mail_parser::ContentType::ctype);
    let mut found = json!({
        "type": kind.to_lowercase(),
        "name": part.attachment_name(),
        "disposition": disposition.map(str::to_lowercase),
    });
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => {
            found["text"] = json!(text);
            found["sha256"] =
                hash(&stored(message, part).unwrap_or_else(|| text.as_bytes().into()));
        }
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => found["sha256"] = hash(bytes),
        PartType::Message(inner) => found["message"] = self::message(inner),
        PartType::Multipart(_) => {}
    }
    Some(found)
}

/// The bytes of a text before they became characters, if they are in base64.
fn stored(message: &Message<'_>, part: &MessagePart<'_>) -> Option<Vec<u8>> {
    let raw = message.raw_message.get(part.offset_body as usize..part.offset_end as usize)?;
    if part.encoding == Encoding::Base64 { base64_decode(raw) } else { None }
}

fn hash(bytes: &[u8]) -> Value {
    let digest = Sha256::digest(bytes);
    json!(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn addresses(address: Option<&Address<'_>>) -> Vec<String> {
    let all = address.map(|address| address.iter().collect::<Vec<_>>()).unwrap_or_default();
    all.into_iter().filter_map(|one| one.address()).map(str::to_lowercase).collect()
}
