//! One-off entry IDs: recipients that are in no address book (MS-OXCDATA, section 2.2.5.1).

use crate::prop::{CodePage, String8, guids};
use crate::{EntryId, Error, ErrorCode, Result};

/// A recipient that is in no address book: all that is known of it stands in its entry ID.
///
/// ```text
/// flags 4 = 0 | MAPI_ONE_OFF_UID 16 | version 2 = 0 | flags 2 | name 0 | address type 0 | address 0
/// ```
///
/// The three texts are UTF-16 with the flag `MAPI_ONE_OFF_UNICODE`, else narrow strings, of whose
/// code page the entry ID says nothing.
///
/// ```
/// use mapix_core::{OneOff, prop::CodePage};
///
/// let ann = OneOff::new("Ann", "SMTP", "ann@example.org");
/// assert_eq!(OneOff::read(&ann.entry_id(), CodePage::WESTERN)?, ann);
/// # Ok::<(), mapix_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[doc(alias = "ONEOFF")]
pub struct OneOff {
    /// The display name.
    pub name: String,
    /// The address type, such as `SMTP`.
    pub address_type: String,
    /// The address.
    pub address: String,
    /// What is said on how the recipient wants its mail: all flags but that of the width.
    pub flags: u16,
}

impl OneOff {
    /// The recipient takes no rich text.
    #[doc(alias = "MAPI_ONE_OFF_NO_RICH_INFO")]
    pub const NO_RICH_INFO: u16 = 0x0001;
    /// The recipient is not to be looked up.
    pub const DONT_LOOKUP: u16 = 0x1000;
    /// The texts are UTF-16.
    const UNICODE: u16 = 0x8000;

    /// A recipient of whom no more is known.
    pub fn new(
        name: impl Into<String>,
        address_type: impl Into<String>,
        address: impl Into<String>,
    ) -> Self {
        let (name, address_type, address) = (name.into(), address_type.into(), address.into());
        Self { name, address_type, address, flags: 0 }
    }

    /// Its entry ID, in Unicode. A text ends at its first zero character, if it has one.
    pub fn entry_id(&self) -> EntryId {
        let mut private = vec![0, 0];
        private.extend((self.flags | Self::UNICODE).to_le_bytes());
        for text in [&self.name, &self.address_type, &self.address] {
            let text = text.split('\0').next().unwrap_or_default();
            private.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        EntryId::new(guids::ONE_OFF, &private)
    }

    /// Whether an entry ID is that of a recipient in no address book.
    pub fn is(entry_id: &EntryId) -> bool {
        entry_id.provider() == guids::ONE_OFF
    }

    /// Reads an entry ID; the code page is that of the narrow strings beside it, if it has some.
    ///
    /// # Errors
    /// `MAPI_E_UNKNOWN_ENTRYID` if it is of another provider; `MAPI_E_INVALID_ENTRYID` if it is of
    /// another version, or ends too early.
    pub fn read(entry_id: &EntryId, code_page: CodePage) -> Result<Self> {
        if !Self::is(entry_id) {
            return Err(Error::new(ErrorCode::UNKNOWN_ENTRYID, "not a one-off entry ID"));
        }
        let invalid = || Error::new(ErrorCode::INVALID_ENTRYID, "the one-off entry ID is damaged");
        let Some(([0, 0, low, high], texts)) = entry_id.private().split_first_chunk() else {
            return Err(invalid());
        };
        let flags = u16::from_le_bytes([*low, *high]);
        let mut texts = if flags & Self::UNICODE == 0 {
            let narrow = |text: &[u8]| String8::new(text, code_page).decode().into_owned();
            texts.split(|byte| *byte == 0).map(narrow).collect::<Vec<_>>()
        } else {
            let (units, _) = texts.as_chunks();
            let units: Vec<_> = units.iter().copied().map(u16::from_le_bytes).collect();
            units.split(|unit| *unit == 0).map(String::from_utf16_lossy).collect()
        };
        // What follows the last zero is no text, but padding, or nothing.
        texts.truncate(if texts.len() > 3 { 3 } else { 0 });
        match <[String; 3]>::try_from(texts) {
            Ok([name, address_type, address]) => {
                Ok(Self { name, address_type, address, flags: flags & !Self::UNICODE })
            }
            Err(_) => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_off_is_laid_out_as_the_specification_draws_it() {
        let ann = OneOff { flags: OneOff::NO_RICH_INFO, ..OneOff::new("A", "SMTP", "a@b") };
        let mut bytes = vec![0; 4];
        bytes.extend([0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19]);
        bytes.extend([0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
        bytes.extend([0, 0, 0x01, 0x80]);
        bytes.extend(b"A\0\0\0S\0M\0T\0P\0\0\0a\0@\0b\0\0\0");
        assert_eq!(ann.entry_id().as_bytes(), bytes);
        assert_eq!(OneOff::read(&ann.entry_id(), CodePage::WESTERN).unwrap(), ann);
    }

    #[test]
    fn one_offs_of_either_width_are_read() {
        let with = |private: &[u8]| EntryId::new(guids::ONE_OFF, private);
        let read = |private: &[u8]| OneOff::read(&with(private), CodePage::WESTERN);
        let narrow = read(b"\0\0\x01\x10B\xFCro\0SMTP\0b@c\0").unwrap();
        assert_eq!((&*narrow.name, &*narrow.address), ("Büro", "b@c"));
        assert_eq!(narrow.flags, OneOff::NO_RICH_INFO | OneOff::DONT_LOOKUP);
        let padded = read(b"\0\0\0\0A\0SMTP\0a@b\0\0\0").unwrap();
        assert_eq!(padded, OneOff::new("A", "SMTP", "a@b"));
        let empty = read(b"\0\0\0\x80\0\0\0\0\0\0").unwrap();
        assert_eq!(empty, OneOff::new("", "", ""));
        let wide = OneOff::new("\u{1F4EB} Büro", "X400", "/o=x");
        assert_eq!(OneOff::read(&wide.entry_id(), CodePage::WESTERN).unwrap(), wide);
    }

    #[test]
    fn damaged_one_offs_are_errors() {
        for private in
            [&b""[..], b"\0\0\0", b"\0\0\0\0", b"\0\0\0\0A\0SMTP\0a", b"\x01\0\0\0A\0S\0a\0"]
        {
            let id = EntryId::new(guids::ONE_OFF, private);
            let error = OneOff::read(&id, CodePage::WESTERN).unwrap_err();
            assert_eq!(error.code(), ErrorCode::INVALID_ENTRYID, "{private:?}");
        }
        let other = EntryId::new(guids::STORE_WRAP, b"\0\0\0\0");
        let error = OneOff::read(&other, CodePage::WESTERN).unwrap_err();
        assert_eq!(error.code(), ErrorCode::UNKNOWN_ENTRYID);
        let long = OneOff::new("a\0b", "", "");
        assert_eq!(OneOff::read(&long.entry_id(), CodePage::WESTERN).unwrap().name, "a");
    }
}
