//! Recipients of messages.

use crate::prop::{PropBag, PropTag, tags};

/// A recipient of a message: a row of its recipient table.
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "ADRENTRY")]
pub struct Recipient {
    /// `PR_ROWID`.
    pub row_id: u32,
    /// Its properties.
    pub props: PropBag,
}

/// What a recipient is (`PR_RECIPIENT_TYPE`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum RecipientKind {
    /// The sender (`MAPI_ORIG`).
    Originator,
    /// `To` (`MAPI_TO`).
    To,
    /// `Cc` (`MAPI_CC`).
    Cc,
    /// `Bcc` (`MAPI_BCC`).
    Bcc,
    /// A number that MAPI does not define.
    Other(i32),
}

impl RecipientKind {
    /// From `PR_RECIPIENT_TYPE`; the flags `MAPI_P1` and `MAPI_SUBMITTED` do not count.
    pub fn from_mapi(value: i32) -> Self {
        match value & 0x0FFF_FFFF {
            0 => Self::Originator,
            1 => Self::To,
            2 => Self::Cc,
            3 => Self::Bcc,
            other => Self::Other(other),
        }
    }
}

impl Recipient {
    /// What it is; `To` where nothing is said.
    pub fn kind(&self) -> RecipientKind {
        RecipientKind::from_mapi(self.props.i32(tags::RECIPIENT_TYPE).unwrap_or(1))
    }

    /// The display name, or else the address.
    pub fn name(&self) -> String {
        self.props
            .text(tags::DISPLAY_NAME)
            .filter(|name| !name.is_empty())
            .or_else(|| self.address())
            .unwrap_or_default()
    }

    /// The best address: SMTP if there is one, else the one of the address type.
    pub fn address(&self) -> Option<String> {
        smtp_address(&self.props, tags::SMTP_ADDRESS, tags::ADDRTYPE, tags::EMAIL_ADDRESS)
            .or_else(|| self.props.text(tags::EMAIL_ADDRESS))
            .filter(|address| !address.is_empty())
    }
}

/// An SMTP address: the property that always holds one, or the address if its type is `SMTP`.
pub fn smtp_address(
    props: &PropBag,
    smtp: PropTag,
    address_type: PropTag,
    address: PropTag,
) -> Option<String> {
    let filled = |text: &String| !text.is_empty();
    props.text(smtp).filter(filled).or_else(|| {
        let is_smtp = props.text(address_type)?.eq_ignore_ascii_case("SMTP");
        props.text(address).filter(|text| is_smtp && filled(text))
    })
}

/// `PR_DISPLAY_TO` and its kin: the names of the recipients of one kind.
pub fn display_list<'a>(
    recipients: impl Iterator<Item = &'a PropBag>,
    kind: RecipientKind,
) -> String {
    let names: Vec<String> = recipients
        .map(|props| Recipient { row_id: 0, props: props.clone() })
        .filter(|recipient| recipient.kind() == kind)
        .map(|recipient| recipient.name())
        .collect();
    names.join("; ")
}

/// `PR_SEARCH_KEY` of a recipient: `TYPE:ADDRESS` in upper case and a zero.
pub(crate) fn search_key(props: &PropBag) -> Option<Vec<u8>> {
    let (kind, address) = (props.text(tags::ADDRTYPE)?, props.text(tags::EMAIL_ADDRESS)?);
    let mut key = format!("{kind}:{address}").to_uppercase().into_bytes();
    key.push(0);
    Some(key)
}
