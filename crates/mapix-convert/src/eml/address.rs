//! Addresses: who somebody is, by each property that may say it.

use mapix_core::EntryId;
use mapix_core::prop::{CodePage, PropBag, PropTag, Value, tags};

use super::word::{Field, LONGEST, clean, phrase};
use crate::item::{Item, hex};
use crate::tags as more;

/// The properties that describe one person.
pub(crate) struct AddressTags {
    pub(crate) name: PropTag,
    pub(crate) kind: PropTag,
    pub(crate) address: PropTag,
    pub(crate) smtp: PropTag,
    pub(crate) entry_ids: &'static [PropTag],
    pub(crate) search_key: PropTag,
}

/// On whose behalf the message was sent: the author.
pub(crate) const REPRESENTING: AddressTags = AddressTags {
    name: tags::SENT_REPRESENTING_NAME,
    kind: tags::SENT_REPRESENTING_ADDRTYPE,
    address: tags::SENT_REPRESENTING_EMAIL_ADDRESS,
    smtp: tags::SENT_REPRESENTING_SMTP_ADDRESS,
    entry_ids: &[tags::SENT_REPRESENTING_ENTRYID],
    search_key: more::SENT_REPRESENTING_SEARCH_KEY,
};

/// Who sent the message.
pub(crate) const SENDER: AddressTags = AddressTags {
    name: tags::SENDER_NAME,
    kind: tags::SENDER_ADDRTYPE,
    address: tags::SENDER_EMAIL_ADDRESS,
    smtp: tags::SENDER_SMTP_ADDRESS,
    entry_ids: &[tags::SENDER_ENTRYID],
    search_key: more::SENDER_SEARCH_KEY,
};

/// Who gets read receipts.
pub(crate) const READ_RECEIPT: AddressTags = AddressTags {
    name: more::READ_RECEIPT_NAME,
    kind: more::READ_RECEIPT_ADDRTYPE,
    address: more::READ_RECEIPT_EMAIL_ADDRESS,
    smtp: more::READ_RECEIPT_SMTP_ADDRESS,
    entry_ids: &[more::READ_RECEIPT_ENTRYID],
    search_key: more::READ_RECEIPT_SEARCH_KEY,
};

/// A row of the recipient table.
const RECIPIENT: AddressTags = AddressTags {
    name: tags::DISPLAY_NAME,
    kind: tags::ADDRTYPE,
    address: tags::EMAIL_ADDRESS,
    smtp: tags::SMTP_ADDRESS,
    entry_ids: &[tags::ENTRYID, more::RECIPIENT_ENTRYID, more::ORIGINAL_ENTRYID],
    search_key: tags::SEARCH_KEY,
};

/// Somebody with a name, an SMTP address, an address of another kind, or all of them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Address {
    pub(crate) name: String,
    pub(crate) smtp: Option<String>,
    /// The address type and the address, where they are not of internet mail.
    pub(crate) other: Option<(String, String)>,
}

impl Address {
    /// Somebody whom properties of a message describe.
    pub(crate) fn of_item(item: &Item<'_>, tags: &AddressTags) -> Option<Self> {
        Self::find(tags, |tag| item.text(tag), |tag| item.bytes(tag))
    }

    /// Somebody whom properties describe that are at hand.
    pub(crate) fn of_props(props: &PropBag, tags: &AddressTags) -> Option<Self> {
        let text = |tag| props.text(tag).filter(|text| !text.trim().is_empty());
        Self::find(tags, text, |tag| props.bytes(tag).map(Into::into))
    }

    /// A recipient.
    pub(crate) fn of_recipient(props: &PropBag) -> Option<Self> {
        let mut found = Self::of_props(props, &RECIPIENT).unwrap_or_default();
        if found.smtp.is_none() {
            found.smtp = props.get(more::PROXY_ADDRESSES).and_then(proxy);
        }
        (found != Self::default()).then_some(found)
    }

    fn find(
        tags: &AddressTags,
        text: impl Fn(PropTag) -> Option<String>,
        bytes: impl Fn(PropTag) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let one_off = |tag: &PropTag| bytes(*tag).and_then(|id| Self::of_entry_id(&id));
        let one_offs: Vec<Self> = tags.entry_ids.iter().filter_map(one_off).collect();
        let kind = text(tags.kind).unwrap_or_default();
        let address = text(tags.address);
        let key = bytes(tags.search_key).and_then(|key| search_key(&key));
        // Some programs write an SMTP address without its type.
        let typed = address.as_deref().filter(|_| kind.is_empty() || is_smtp(&kind));
        let smtp = text(tags.smtp)
            .and_then(|text| smtp_address(&text))
            .or_else(|| typed.and_then(smtp_address))
            .or_else(|| one_offs.iter().find_map(|one_off| one_off.smtp.clone()))
            .or(key);
        let other = address
            .filter(|_| !is_smtp(&kind))
            .filter(|address| smtp_address(address).is_none() || !kind.is_empty())
            .map(|address| (kind, address))
            .or_else(|| one_offs.iter().find_map(|one_off| one_off.other.clone()));
        let name = text(tags.name)
            .or_else(|| one_offs.into_iter().map(|one_off| one_off.name).find(|n| !n.is_empty()));
        let name = name.unwrap_or_default();
        // Last of all, the name may be the address.
        let smtp = smtp.or_else(|| smtp_address(name.trim().trim_matches('\'')));
        let found = Self { name: name.trim().to_owned(), smtp, other };
        (found != Self::default()).then_some(found)
    }

    /// Somebody who is described by a one-off entry ID (MS-OXCDATA, section 2.2.5.1).
    pub(crate) fn of_entry_id(bytes: &[u8]) -> Option<Self> {
        const UNICODE: u16 = 0x8000;
        let id = EntryId::from_bytes(bytes).ok()?;
        if id.provider() != more::ONE_OFF {
            return None;
        }
        let flags = u16::from_le_bytes(*id.private().get(2..)?.first_chunk()?);
        let mut rest = id.private().get(4..)?;
        let mut next = || {
            let width = if flags & UNICODE == 0 { 1 } else { 2 };
            let mut units = rest.chunks_exact(width);
            let length = units.position(|unit| unit.iter().all(|byte| *byte == 0))? * width;
            let (text, after) = rest.split_at(length);
            rest = &after[width..];
            let page = if width == 1 { CodePage::WESTERN } else { CodePage(1200) };
            Some(page.decode(text).into_owned())
        };
        let (name, kind, address) = (next()?, next()?, next()?);
        let smtp = is_smtp(&kind).then(|| smtp_address(&address)).flatten();
        let other = (!is_smtp(&kind) && !address.is_empty()).then_some((kind, address));
        Some(Self { name, smtp, other })
    }

    /// The address to write: the one of internet mail, or another one encapsulated as MS-OXCMAIL
    /// has it (`IMCEAEX-...`), under a domain that does not exist.
    pub(crate) fn address(&self) -> Option<String> {
        self.smtp.clone().or_else(|| {
            let (kind, address) = self.other.as_ref()?;
            let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
            Some(format!("IMCEA{kind}-{}@{NOWHERE}", encapsulate(address)))
        })
    }

    /// What an extra header says about an address that is not of internet mail.
    pub(crate) fn other_text(&self) -> Option<String> {
        let (kind, address) = self.other.as_ref()?;
        let kind = if kind.is_empty() { "UNKNOWN" } else { kind };
        Some(match self.name.is_empty() {
            true => format!("{kind}:{address}"),
            false => format!("{kind}:{address} ({})", self.name),
        })
    }

    /// Adds it to a field; several stand apart by commas.
    pub(crate) fn write(&self, field: &mut Field) {
        let name = clean(&self.name);
        let bare = name.trim().trim_matches('\'');
        let Some(address) = self.address() else {
            // A group without members: a name that has no address (RFC 5322, RFC 6854).
            let words = phrase(&name);
            words.iter().for_each(|word| field.atom(word));
            field.glue(":;");
            return;
        };
        let words = if bare.eq_ignore_ascii_case(&address) { Vec::new() } else { phrase(&name) };
        if words.is_empty() {
            field.atom(&address);
        } else {
            words.iter().for_each(|word| field.atom(word));
            field.atom(&format!("<{address}>"));
        }
    }
}

/// The domain of addresses that lead nowhere (RFC 2606).
pub(crate) const NOWHERE: &str = "mapix.invalid";

/// A field with addresses; `None` if there are none.
pub(crate) fn list(name: &str, addresses: &[Address]) -> Option<String> {
    let mut field = Field::new(name);
    for (number, address) in addresses.iter().enumerate() {
        if number > 0 {
            field.glue(",");
        }
        address.write(&mut field);
    }
    (!addresses.is_empty()).then(|| field.finish())
}

fn is_smtp(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("SMTP")
}

/// An address of internet mail, fit to be written; `None` if it is none.
pub(crate) fn smtp_address(text: &str) -> Option<String> {
    let text = text.trim().trim_matches('\0');
    let prefixed = |prefix: &str| {
        let head = text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
    };
    let text = prefixed("smtp:").or_else(|| prefixed("mailto:")).unwrap_or(text);
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    let (local, domain) = text.rsplit_once('@')?;
    let bad = |c: char| c.is_control() || c.is_whitespace();
    let special = |c: char| bad(c) || "()<>[]:;@\\,\"".contains(c);
    let literal = domain.starts_with('[') && domain.ends_with(']');
    let inner = if literal { &domain[1..domain.len() - 1] } else { domain };
    let inner_bad = |c: char| special(c) && !(literal && c == ':');
    // Few programs look for the end of a quoted string behind a bracket.
    let bad_in_local = |c: char| c.is_control() || c == '<' || c == '>';
    let bad_local = local.is_empty() || local.starts_with('/') || local.contains(bad_in_local);
    if bad_local || inner.is_empty() || inner.contains(inner_bad) || text.len() > LONGEST / 2 {
        return None;
    }
    if !local.contains(special) {
        return Some(text.to_owned());
    }
    let unquoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let unquoted = unquoted.unwrap_or(local).replace(['"', '\\'], "");
    Some(format!("\"{unquoted}\"@{domain}"))
}

/// The address in a search key: `SMTP:ANN@EXAMPLE.ORG` and a zero, in upper case.
fn search_key(key: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(key).ok()?.trim_end_matches('\0');
    let address = text.strip_prefix("SMTP:")?;
    smtp_address(&address.to_lowercase())
}

/// The primary address among proxy addresses, else any: `SMTP:` before `smtp:`.
fn proxy(value: &Value) -> Option<String> {
    let all: Vec<String> =
        value.each().filter_map(|value| value.as_text().map(Into::into)).collect();
    let find = |prefix: &str| all.iter().find_map(|text| smtp_address(text.strip_prefix(prefix)?));
    find("SMTP:").or_else(|| find("smtp:"))
}

fn encapsulate(address: &str) -> String {
    let mut out = String::new();
    for byte in address.bytes() {
        match byte {
            b'/' => out.push('_'),
            b'=' | b'-' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.extend(["+", &hex(&[byte])]),
        }
        if out.len() > LONGEST / 2 {
            break;
        }
    }
    out
}

/// The one-off entry IDs of a flat list (`FLATENTRYLIST`), such as the recipients of replies.
pub(crate) fn flat_entries(bytes: &[u8]) -> Vec<&[u8]> {
    let number = |at: usize| -> Option<usize> {
        Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
    };
    let mut found = Vec::new();
    let mut at = 8;
    for _ in 0..number(0).unwrap_or(0) {
        let Some(entry) = number(at).and_then(|size| bytes.get(at + 4..)?.get(..size)) else {
            break;
        };
        found.push(entry);
        at = (at + 4 + entry.len()).next_multiple_of(4);
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn one_off(name: &str, kind: &str, address: &str) -> Vec<u8> {
        let mut private = vec![0, 0, 0, 0x90];
        for text in [name, kind, address] {
            private.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        EntryId::new(more::ONE_OFF, &private).as_bytes().to_vec()
    }

    fn recipient(set: &[(PropTag, Value)]) -> Option<Address> {
        let mut bag = PropBag::new();
        set.iter().for_each(|(tag, value)| bag.set(*tag, value.clone()));
        Address::of_recipient(&bag)
    }

    #[test]
    fn every_property_that_may_hold_an_address() {
        let ex = [
            (tags::ADDRTYPE, Value::from("EX")),
            (tags::EMAIL_ADDRESS, Value::from("/O=ORG/CN=ANN")),
            (tags::DISPLAY_NAME, Value::from("Ann")),
        ];
        let with = |tag: PropTag, value: Value| {
            let mut all = ex.to_vec();
            all.push((tag, value));
            let found = recipient(&all).unwrap();
            assert_eq!(found.other, Some(("EX".into(), "/O=ORG/CN=ANN".into())));
            found.smtp
        };
        let ann = Some("ann@example.org".to_owned());
        assert_eq!(with(tags::SMTP_ADDRESS, "ann@example.org".into()), ann);
        let id = one_off("Ann", "SMTP", "ann@example.org");
        assert_eq!(with(tags::ENTRYID, id.clone().into()), ann);
        assert_eq!(with(more::ORIGINAL_ENTRYID, id.into()), ann);
        assert_eq!(with(tags::SEARCH_KEY, b"SMTP:ANN@EXAMPLE.ORG\0"[..].into()), ann);
        let proxies: Vec<Box<str>> = vec!["smtp:a@b".into(), "SMTP:ann@example.org".into()];
        assert_eq!(with(more::PROXY_ADDRESSES, proxies.into()), ann);
        assert_eq!(with(tags::COMMENT, "x".into()), None);
        let untyped = recipient(&[(tags::EMAIL_ADDRESS, "ann@example.org".into())]).unwrap();
        assert_eq!((untyped.smtp, untyped.other), (ann, None));
    }

    #[test]
    fn what_is_no_address() {
        for bad in ["", "ann", "@x", "ann@", "a@b c", "/O=X/CN=Y@z", "a@b>\r\nBcc: x", "a\r\n@b"] {
            assert_eq!(smtp_address(bad), None, "{bad}");
        }
        assert_eq!(smtp_address("SMTP:a@b").unwrap(), "a@b");
        assert_eq!(smtp_address("a b@c").unwrap(), "\"a b\"@c");
        assert_eq!(smtp_address("a@[IPv6:::1]").unwrap(), "a@[IPv6:::1]");
    }

    #[test]
    fn lists() {
        let smtp = |name: &str, smtp: &str| Address {
            name: name.into(),
            smtp: Some(smtp.into()),
            other: None,
        };
        let ex = Address {
            name: "Lee, Ann".into(),
            smtp: None,
            other: Some(("EX".into(), "/O=A B/CN=x.y".into())),
        };
        let nobody = Address { name: "Nobody".into(), ..Address::default() };
        let all = [smtp("", "a@b"), smtp("'a@b'", "a@b"), smtp("B\u{e4}r", "c@d"), ex, nobody];
        let expected = "To: a@b, a@b, =?utf-8?Q?B=C3=A4r?= <c@d>, \"Lee, Ann\"\r\n \
             <IMCEAEX-_O=A+20B_CN=x+2Ey@mapix.invalid>, Nobody:;\r\n";
        assert_eq!(list("To", &all).unwrap(), expected);
        assert_eq!(list("To", &[]), None);
    }

    #[test]
    fn flat_entry_lists_are_survived() {
        let mut list = vec![2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, b'a', b'b', b'c', 0];
        list.extend([1, 0, 0, 0, b'd']);
        assert_eq!(flat_entries(&list), [&b"abc"[..], b"d"]);
        assert!(flat_entries(&[0xFF; 20]).is_empty());
        assert!(flat_entries(&[]).is_empty());
    }
}
