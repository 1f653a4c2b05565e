//! Entry IDs: the names under which MAPI objects are found again.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::prop::{Guid, guids};
use crate::{Error, ErrorCode, Result};

/// An entry ID (`ENTRYID`): four flag bytes, the 16 bytes of a provider UID, and a private part
/// that only that provider understands.
///
/// Entry IDs cannot be compared byte by byte in general; ask the store
/// ([`Store::compare_entry_ids`](crate::Store::compare_entry_ids)).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "ENTRYID")]
pub struct EntryId(Arc<[u8]>);

impl EntryId {
    /// How many bytes stand before the private part.
    pub const HEADER: usize = 20;

    /// A long-term entry ID: flags zero.
    pub fn new(provider: Guid, private: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(Self::HEADER + private.len());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&provider.0);
        bytes.extend_from_slice(private);
        Self(bytes.into())
    }

    /// Takes bytes as an entry ID.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_ENTRYID` if they are too few to hold flags and a provider UID.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() < Self::HEADER {
            return Err(Error::new(
                ErrorCode::INVALID_ENTRYID,
                format!("an entry ID has at least {} bytes, not {}", Self::HEADER, bytes.len()),
            ));
        }
        Ok(Self(bytes.into()))
    }

    /// All bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The four flag bytes; all zero in a long-term entry ID.
    pub fn flags(&self) -> [u8; 4] {
        [self.0[0], self.0[1], self.0[2], self.0[3]]
    }

    /// Whether it may only be used in the session that made it.
    pub fn is_short_term(&self) -> bool {
        self.0[0] != 0
    }

    /// The UID of the provider that made it.
    pub fn provider(&self) -> Guid {
        Guid::from_slice(&self.0[4..]).unwrap_or_default()
    }

    /// The part that only the provider understands.
    pub fn private(&self) -> &[u8] {
        &self.0[Self::HEADER..]
    }

    /// Wraps the entry ID of a store for clients: what `PR_STORE_ENTRYID` holds.
    ///
    /// The wrapper has the UID `muidStoreWrap`, a version and a flag byte, the name of the
    /// provider's library as ASCII with a terminating zero, padded so that the inner entry ID
    /// stands at a multiple of four bytes.
    #[doc(alias = "WrapStoreEntryID")]
    pub fn wrap_store(&self, library: &str) -> Self {
        let mut private = vec![0, 0];
        private.extend(library.bytes().filter(|byte| byte.is_ascii() && *byte != 0));
        private.push(0);
        while (Self::HEADER + private.len()) % 4 != 0 {
            private.push(0);
        }
        private.extend_from_slice(self.as_bytes());
        Self::new(guids::STORE_WRAP, &private)
    }

    /// Takes the wrapper off; `None` if it is not a wrapped store entry ID.
    pub fn unwrap_store(&self) -> Option<Self> {
        if self.provider() != guids::STORE_WRAP {
            return None;
        }
        let name = self.private().get(2..)?;
        let end = 2 + name.iter().position(|byte| *byte == 0)? + 1;
        let start = (Self::HEADER + end).next_multiple_of(4);
        Self::from_bytes(self.0.get(start..)?).ok()
    }
}

impl fmt::Display for EntryId {
    /// Upper-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EntryId {
    type Err = Error;

    /// Reads hexadecimal digits of either case.
    fn from_str(text: &str) -> Result<Self> {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|value| value as u8);
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(high)? << 4 | digit(low)?),
                _ => None,
            })
            .collect();
        match bytes {
            Some(bytes) => Self::from_bytes(&bytes),
            None => Err(Error::new(
                ErrorCode::INVALID_ENTRYID,
                "an entry ID is written as an even number of hexadecimal digits",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        let id = EntryId::new(guids::PS_MAPI, &[0xAB, 1]);
        assert_eq!(id.to_string().parse::<EntryId>().unwrap(), id);
        assert_eq!(id.provider(), guids::PS_MAPI);
        assert_eq!(id.private(), [0xAB, 1]);
        for wrong in ["", "00", "0", "zz", "00000000é"] {
            let code = wrong.parse::<EntryId>().unwrap_err().code();
            assert_eq!(code, ErrorCode::INVALID_ENTRYID, "{wrong}");
        }
    }

    #[test]
    fn a_store_is_wrapped_and_unwrapped() {
        let inner = EntryId::new(guids::PS_MAPI, b"C:\\archive.pst\0");
        for library in ["", "a", "mapix", "mspst.dll", "mapixlocal"] {
            let wrapped = inner.wrap_store(library);
            assert_eq!(wrapped.unwrap_store(), Some(inner.clone()), "{library}");
        }
        assert_eq!(inner.unwrap_store(), None);
        let cut = EntryId::new(guids::STORE_WRAP, &[0, 0, b'x']);
        assert_eq!(cut.unwrap_store(), None);
    }
}
