//! Signed and encrypted mail (MS-OXOSMIME): the single attachment is the MIME body, byte by byte.

use std::io::{Read, Write};

use mapix_core::prop::{PropType, tags};
use mapix_core::{PropertyStream, Result};

use super::attachment::Part;
use super::encode::Base64Lines;
use super::mime_type;
use super::word::LONGEST;
use crate::LossKind;
use crate::item::Item;

/// How much of the attachment the MIME header may take.
const HEAD: usize = 64 * 1024;
/// What stands in every boundary that this crate writes.
pub(crate) const MARK: &[u8] = b"=_mapix_";

/// Whether the body of the message is held in its attachment.
pub(crate) fn is_smime(class: &str) -> bool {
    class.split('.').skip(1).any(|part| part.eq_ignore_ascii_case("SMIME"))
}

/// A body that is written as it is.
pub(crate) struct Opaque {
    /// The MIME fields, folded, without the empty line.
    head: Vec<u8>,
    /// How much of the attachment they take.
    skip: usize,
    base64: bool,
}

impl Opaque {
    /// Looks at the attachment; `None` if it cannot be the body.
    pub(crate) fn of(message: &Item<'_>, part: &Part<'_>, nested: bool) -> Option<Self> {
        let mut stream = open(part).ok()?;
        let mut head = Vec::new();
        stream.by_ref().take(HEAD as u64).read_to_end(&mut head).ok()?;
        let body = Self::read(message, part, &head)?;
        if nested && !body.base64 && mentions_mark(&mut stream, &head) {
            // It could end a part that is written around it.
            part.item
                .lose(LossKind::Attachment, "the signed body is attached: it holds a boundary");
            return None;
        }
        Some(body)
    }

    fn read(message: &Item<'_>, part: &Part<'_>, head: &[u8]) -> Option<Self> {
        let starts = |prefix: &[u8]| {
            head.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if starts(b"content-") || starts(b"mime-version:") {
            let skip = header_length(head)?;
            return Some(Self { head: mime_fields(message, &head[..skip]), skip, base64: false });
        }
        if head.starts_with(b"--") {
            return Some(Self { head: multipart_head(message, head)?, skip: 0, base64: false });
        }
        if head.first() != Some(&0x30) {
            return None;
        }
        let tag = part.item.text(tags::ATTACH_MIME_TAG).and_then(|tag| mime_type::declared(&tag));
        let tag = tag.filter(|tag| mime_type::is_leaf(tag) && tag.contains("pkcs7"));
        let tag = tag.unwrap_or_else(|| "application/pkcs7-mime".into());
        // The object identifiers of PKCS #7: 1.2.840.113549.1.7.n.
        let kind = head.windows(9).find_map(|window| {
            let number = window.strip_prefix(b"\x2A\x86\x48\x86\xF7\x0D\x01\x07")?;
            match number[0] {
                2 => Some("signed-data"),
                3 => Some("enveloped-data"),
                _ => None,
            }
        });
        let kind = kind.map(|kind| format!(" smime-type={kind};")).unwrap_or_default();
        let fields = format!(
            "MIME-Version: 1.0\r\nContent-Type: {tag};{kind}\r\n name=smime.p7m\r\n\
             Content-Disposition: attachment; filename=smime.p7m\r\n\
             Content-Transfer-Encoding: base64\r\n"
        );
        Some(Self { head: fields.into_bytes(), skip: 0, base64: true })
    }

    /// Writes the MIME fields, an empty line and the body.
    pub(crate) fn write(&self, part: &Part<'_>, out: &mut dyn Write) -> Result<()> {
        out.write_all(&self.head)?;
        out.write_all(b"\r\n")?;
        let what = "PR_ATTACH_DATA_BIN";
        let mut stream = match open(part) {
            Ok(stream) => stream,
            Err(error) => return part.item.failed(what, error),
        };
        let mut skip = self.skip;
        if self.base64 {
            let mut writer = Base64Lines::new(out);
            part.item.read(what, &mut stream, &mut |bytes| Ok(writer.push(bytes)?))?;
            return Ok(writer.finish()?);
        }
        part.item.read(what, &mut stream, &mut |bytes| {
            let passed = skip.min(bytes.len());
            skip -= passed;
            Ok(out.write_all(&bytes[passed..])?)
        })?;
        Ok(())
    }
}

fn open(part: &Part<'_>) -> Result<PropertyStream> {
    part.item.open(tags::ATTACH_DATA_BIN.with_type(PropType::UNSPECIFIED))
}

/// The length of the header with the empty line that ends it.
fn header_length(head: &[u8]) -> Option<usize> {
    let mut at = 0;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line.trim_ascii().is_empty() && line.ends_with(b"\n") {
            return Some(at);
        }
    }
    None
}

/// The fields of MIME among those of a header; others are losses, for the message has its own.
fn mime_fields(message: &Item<'_>, head: &[u8]) -> Vec<u8> {
    let mut out = b"MIME-Version: 1.0\r\n".to_vec();
    let mut keep = false;
    let mut dropped = 0_u64;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            continue;
        }
        if !matches!(line[0], b' ' | b'\t') {
            let lower = line.to_ascii_lowercase();
            keep = lower.starts_with(b"content-") && line.len() <= LONGEST;
            dropped += u64::from(!keep && !lower.starts_with(b"mime-version"));
        }
        if keep {
            // A carriage return within a line would end it for some readers.
            out.extend(line.iter().filter(|byte| **byte != b'\r' && **byte != 0));
            out.extend_from_slice(b"\r\n");
        }
    }
    if dropped > 0 {
        message
            .lose(LossKind::Header, format!("{dropped} headers of the signed body are left out"));
    }
    out
}

/// The MIME fields for a signed body that begins with its boundary: those of the original
/// headers, if they fit, else made from the boundary.
fn multipart_head(message: &Item<'_>, head: &[u8]) -> Option<Vec<u8>> {
    let line = head[2..].split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
    if line.is_empty() || line.len() > 70 || !line.iter().all(fit) {
        return None;
    }
    let boundary = std::str::from_utf8(line).ok()?;
    let headers = message.text(tags::TRANSPORT_MESSAGE_HEADERS).unwrap_or_default();
    let lower = headers.to_ascii_lowercase();
    let digest = ["sha-512", "sha512", "sha-384", "sha384", "sha-256", "sha256", "md5"]
        .into_iter()
        .find(|name| {
            lower.contains(&format!("micalg={name}"))
                || lower.contains(&format!("micalg=\"{name}\""))
        })
        .unwrap_or("sha1");
    let fields = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/signed;\r\n \
         protocol=\"application/pkcs7-signature\"; micalg={digest};\r\n boundary=\"{boundary}\"\r\n"
    );
    Some(fields.into_bytes())
}

/// Whether the rest of a stream, or what was read of it, holds the mark of our boundaries. What
/// cannot be read is not written either.
fn mentions_mark(stream: &mut PropertyStream, head: &[u8]) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(MARK.len()).any(|window| window == MARK);
    let mut window = head.to_vec();
    let mut buffer = vec![0; HEAD];
    loop {
        if holds(&window) {
            return true;
        }
        window.drain(..window.len().saturating_sub(MARK.len()));
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return false,
            Ok(count) => window.extend_from_slice(&buffer[..count]),
        }
    }
}
