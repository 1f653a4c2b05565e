//! People: the properties that say who somebody is.

use mail_parser::Addr;
use mapix_core::EntryId;
use mapix_core::prop::{Prop, PropBag, tags};

use crate::eml::{AddressTags, NOWHERE, READ_RECEIPT, REPRESENTING, SENDER};
use crate::tags as more;

/// `MAPI_ONE_OFF_UNICODE`, and that no rich text is sent.
const ONE_OFF_FLAGS: [u8; 2] = [0x01, 0x80];
/// `MAPI_MAILUSER`.
const MAIL_USER: i32 = 6;

/// Somebody of whom a mail speaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Person {
    /// The display name; the address where there is none.
    pub(crate) name: String,
    kind: String,
    address: String,
    /// The address of internet mail, if that is one.
    smtp: Option<String>,
}

impl Person {
    /// `None` if there is neither a name nor an address, or the name says that there is nobody.
    pub(crate) fn of(one: &Addr<'_>) -> Option<Self> {
        let clean = |text: &str| -> String {
            text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
        };
        let address = one.address.as_deref().map(clean).unwrap_or_default();
        let name = one.name.as_deref().map(clean).unwrap_or_default();
        if address.is_empty() {
            let lower = name.to_ascii_lowercase();
            let nobody = ["undisclosed", "unlisted", "recipient list not shown"];
            let nobody = nobody.iter().any(|word| lower.starts_with(word)) || lower == "unknown";
            if name.is_empty() || nobody {
                return None;
            }
        }
        let name = if name.is_empty() { address.clone() } else { name };
        if let Some((kind, inner, domain)) = decapsulate(&address) {
            let smtp = (!domain.eq_ignore_ascii_case(NOWHERE)).then_some(address);
            return Some(Self { name, kind, address: inner, smtp });
        }
        let smtp = (!address.is_empty()).then(|| address.clone());
        Some(Self { name, kind: "SMTP".into(), address, smtp })
    }

    /// The first of several.
    pub(crate) fn first(list: &[Addr<'_>]) -> Option<Self> {
        list.iter().find_map(Self::of)
    }

    /// A one-off entry ID (MS-OXCDATA, section 2.2.5.1).
    pub(crate) fn entry_id(&self) -> Vec<u8> {
        let mut private = vec![0, 0];
        private.extend(ONE_OFF_FLAGS);
        for text in [&self.name, &self.kind, &self.address] {
            private.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        EntryId::new(more::ONE_OFF, &private).as_bytes().to_vec()
    }

    fn search_key(&self) -> Vec<u8> {
        let mut key = format!("{}:{}", self.kind, self.address).to_uppercase().into_bytes();
        key.push(0);
        key
    }

    /// A row of the recipient table.
    pub(crate) fn recipient(&self, row: u32, kind: i32) -> PropBag {
        let has_address = !self.address.is_empty();
        // In the order of their IDs and in one piece: there may be a million of them.
        let mut props = Vec::with_capacity(10);
        props.push(Prop::new(tags::RECIPIENT_TYPE, kind));
        props.push(Prop::new(tags::OBJECT_TYPE, MAIL_USER));
        props.push(Prop::new(tags::ENTRYID, self.entry_id()));
        props.push(Prop::new(tags::ROWID, row as i32));
        props.push(Prop::new(tags::DISPLAY_NAME, self.name.as_str()));
        if has_address {
            props.push(Prop::new(tags::ADDRTYPE, self.kind.as_str()));
            props.push(Prop::new(tags::EMAIL_ADDRESS, self.address.as_str()));
            props.push(Prop::new(tags::SEARCH_KEY, self.search_key()));
        }
        props.push(Prop::new(tags::DISPLAY_TYPE, 0));
        props.extend(self.smtp.as_deref().map(|smtp| Prop::new(tags::SMTP_ADDRESS, smtp)));
        props.into_iter().collect()
    }

    pub(crate) fn set_sender(&self, bag: &mut PropBag) {
        self.set(bag, &SENDER);
    }

    pub(crate) fn set_representing(&self, bag: &mut PropBag) {
        self.set(bag, &REPRESENTING);
    }

    pub(crate) fn set_read_receipt(&self, bag: &mut PropBag) {
        self.set(bag, &READ_RECEIPT);
    }

    fn set(&self, bag: &mut PropBag, to: &AddressTags) {
        bag.set(to.name, self.name.as_str());
        if let Some(tag) = to.entry_ids.first() {
            bag.set(*tag, self.entry_id());
        }
        if !self.address.is_empty() {
            bag.set(to.kind, self.kind.as_str());
            bag.set(to.address, self.address.as_str());
            bag.set(to.search_key, self.search_key());
        }
        if let Some(smtp) = &self.smtp {
            bag.set(to.smtp, smtp.as_str());
        }
    }
}

/// Entry IDs as a flat list (`FLATENTRYLIST`).
pub(crate) fn flat_list(people: &[Person]) -> Vec<u8> {
    let mut entries = Vec::new();
    for person in people {
        let id = person.entry_id();
        entries.extend((id.len() as u32).to_le_bytes());
        entries.extend(&id);
        entries.resize(entries.len().next_multiple_of(4), 0);
    }
    let mut list = (people.len() as u32).to_le_bytes().to_vec();
    list.extend((entries.len() as u32).to_le_bytes());
    list.extend(entries);
    list
}

/// Takes an address of another kind out of one of internet mail that stands for it
/// (`IMCEAEX-_O=...@domain`, MS-OXCMAIL): the type, the address and the domain.
fn decapsulate(address: &str) -> Option<(String, String, &str)> {
    let (local, domain) = address.rsplit_once('@')?;
    let head = local.get(..5).filter(|head| head.eq_ignore_ascii_case("IMCEA"))?;
    let (kind, encoded) = local[head.len()..].split_once('-')?;
    let good = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !good || kind.eq_ignore_ascii_case("SMTP") {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        match (byte, digit(0), digit(1)) {
            (b'+', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = &after[2..];
            }
            (b'_', ..) => bytes.push(b'/'),
            _ => bytes.push(byte),
        }
    }
    let inner = String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))?;
    Some((kind.to_ascii_uppercase(), inner, domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eml::{Address, flat_entries};

    fn person(name: &str, address: &str) -> Option<Person> {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned().into());
        Person::of(&Addr { name: part(name), address: part(address) })
    }

    #[test]
    fn what_is_set_is_what_the_writer_finds() {
        let ann = person("Ann", "ann@example.org").unwrap();
        let found = Address::of_recipient(&ann.recipient(0, 1)).unwrap();
        assert_eq!((&*found.name, found.smtp.as_deref()), ("Ann", Some("ann@example.org")));
        let found = Address::of_entry_id(&ann.entry_id()).unwrap();
        assert_eq!(found.smtp.as_deref(), Some("ann@example.org"));
        let bob = person("", "bob@b").unwrap();
        let list = flat_list(&[ann.clone(), bob]);
        let entries = flat_entries(&list);
        assert_eq!(entries[0], ann.entry_id());
        let bob = Address::of_entry_id(entries[1]).unwrap();
        assert_eq!((&*bob.name, bob.smtp.as_deref()), ("bob@b", Some("bob@b")));
    }

    #[test]
    fn addresses_of_exchange_come_back() {
        let ann = person("Ann", "IMCEAEX-_O=A+20B_CN=x+2Ey@mapix.invalid").unwrap();
        assert_eq!((&*ann.kind, &*ann.address, ann.smtp), ("EX", "/O=A B/CN=x.y", None));
        let ann = person("Ann", "IMCEAEX-_O=A@example.org").unwrap();
        assert_eq!(ann.smtp.as_deref(), Some("IMCEAEX-_O=A@example.org"));
        for odd in ["IMCEA-x@y", "imceaEX_x@y", "IMCEAEX-+FF@y"] {
            assert_eq!(person("", odd).unwrap().kind, "SMTP", "{odd}");
        }
    }

    #[test]
    fn nobody() {
        assert_eq!(person("", ""), None);
        assert_eq!(person("undisclosed-recipients", ""), None);
        assert_eq!(person("Ann", "").unwrap().smtp, None);
    }
}
