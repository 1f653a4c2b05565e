//! 128-bit identifiers in memory order.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::{Error, Result};

/// A GUID (a `MAPIUID` has the same 16 bytes), held as it is stored: the first three groups
/// little-endian.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[doc(alias = "MAPIUID")]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Sixteen zero bytes.
    pub const NULL: Self = Self([0; 16]);

    /// From the four groups as they are written.
    pub const fn new(a: u32, b: u16, c: u16, d: [u8; 8]) -> Self {
        let (a, b, c) = (a.to_le_bytes(), b.to_le_bytes(), c.to_le_bytes());
        Self([
            a[0], a[1], a[2], a[3], b[0], b[1], c[0], c[1], d[0], d[1], d[2], d[3], d[4], d[5],
            d[6], d[7],
        ])
    }

    /// One that no other has: time, process, a counter, and the hasher's random keys.
    #[doc(alias("UuidCreate", "IMAPISupport::NewUID"))]
    pub fn unique() -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let half = || {
            let count = COUNTER.fetch_add(1, Ordering::Relaxed);
            let salt = (SystemTime::now(), count, std::process::id());
            RandomState::new().hash_one(salt).to_le_bytes()
        };
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&half());
        bytes[8..].copy_from_slice(&half());
        Self(bytes)
    }

    /// From the first 16 bytes of a slice; `None` if there are fewer.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk::<16>().map(|chunk| Self(*chunk))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = &self.0;
        write!(
            f,
            "{:02X}{:02X}{:02X}{:02X}-{:02X}{:02X}-{:02X}{:02X}-{:02X}{:02X}-",
            b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9]
        )?;
        b[10..].iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

impl FromStr for Guid {
    type Err = Error;

    /// Reads `00062008-0000-0000-C000-000000000046`, with or without braces.
    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::invalid_parameter(format!("`{text}` is not a GUID"));
        let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
        let groups: Vec<&str> = inner.split('-').collect();
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        if lengths != [8, 4, 4, 4, 12] || !inner.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
        {
            return Err(bad());
        }
        let number = |group: &str| u64::from_str_radix(group, 16).map_err(|_| bad());
        let tail = (number(groups[3])? << 48) | number(groups[4])?;
        Ok(Self::new(
            number(groups[0])? as u32,
            number(groups[1])? as u16,
            number(groups[2])? as u16,
            tail.to_be_bytes(),
        ))
    }
}

/// Property sets and other identifiers that the code names.
pub mod guids {
    use super::Guid;

    const fn ole(first: u32) -> Guid {
        Guid::new(first, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46])
    }

    /// The set of tags that are not named (`PS_MAPI`).
    pub const PS_MAPI: Guid = ole(0x0002_0328);
    /// Names that users and programs make up (`PS_PUBLIC_STRINGS`).
    pub const PS_PUBLIC_STRINGS: Guid = ole(0x0002_0329);
    /// Internet headers (`PS_INTERNET_HEADERS`).
    pub const PS_INTERNET_HEADERS: Guid = ole(0x0002_0386);
    /// Properties common to all items (`PSETID_Common`).
    pub const PSETID_COMMON: Guid = ole(0x0006_2008);
    /// Appointments (`PSETID_Appointment`).
    pub const PSETID_APPOINTMENT: Guid = ole(0x0006_2002);
    /// Contacts (`PSETID_Address`).
    pub const PSETID_ADDRESS: Guid = ole(0x0006_2004);
    /// Tasks (`PSETID_Task`).
    pub const PSETID_TASK: Guid = ole(0x0006_2003);
    /// The provider UID of recipients that are in no address book (`MAPI_ONE_OFF_UID`).
    pub const ONE_OFF: Guid =
        Guid::new(0xA41F_2B81, 0xA3BE, 0x1910, [0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
    /// The provider UID of wrapped store entry IDs (`muidStoreWrap`).
    pub const STORE_WRAP: Guid =
        Guid::new(0x10BB_A138, 0xE505, 0x1A10, [0xA1, 0xBB, 0x08, 0x00, 0x2B, 0x2A, 0x56, 0xC2]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        let text = "00062008-0000-0000-C000-000000000046";
        assert_eq!(text.parse::<Guid>().unwrap(), guids::PSETID_COMMON);
        assert_eq!(guids::PSETID_COMMON.to_string(), text);
        assert_eq!(format!("{{{text}}}").parse::<Guid>().unwrap(), guids::PSETID_COMMON);
        assert!("00062008-0000-0000-C000-00000000004".parse::<Guid>().is_err());
        assert!("+0062008-0000-0000-C000-000000000046".parse::<Guid>().is_err());
    }
}
