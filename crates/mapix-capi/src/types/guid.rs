//! Identifiers, and the core's.

use std::fmt;

use mapix::prop::Guid;

use super::{GUID, MAPIUID};

impl GUID {
    /// MAPI's interfaces and many more: `XXXXXXXX-0000-0000-C000-000000000046`.
    pub const fn mapi(number: u32) -> Self {
        Self::new(number, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46])
    }

    /// All bits of it as one number.
    const fn number(&self) -> u128 {
        let low = self.Data1 as u128 | (self.Data2 as u128) << 32 | (self.Data3 as u128) << 48;
        low | (u64::from_le_bytes(self.Data4) as u128) << 64
    }

    /// From its parts, as it is written: the fourth group and the fifth are the last eight bytes.
    pub const fn new(data1: u32, data2: u16, data3: u16, data4: [u8; 8]) -> Self {
        Self { Data1: data1, Data2: data2, Data3: data3, Data4: data4 }
    }
}

impl PartialEq for GUID {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for GUID {}

impl fmt::Debug for GUID {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Guid::from(*self), f)
    }
}

impl From<GUID> for Guid {
    fn from(guid: GUID) -> Self {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&guid.Data1.to_le_bytes());
        bytes[4..6].copy_from_slice(&guid.Data2.to_le_bytes());
        bytes[6..8].copy_from_slice(&guid.Data3.to_le_bytes());
        bytes[8..].copy_from_slice(&guid.Data4);
        Self(bytes)
    }
}

#[allow(clippy::many_single_char_names)]
impl From<Guid> for GUID {
    fn from(guid: Guid) -> Self {
        let [a, b, c, d] = *guid.0.first_chunk().expect("16 bytes");
        let [.., e, f, g, h] = *guid.0.first_chunk::<8>().expect("16 bytes");
        Self::new(
            u32::from_le_bytes([a, b, c, d]),
            u16::from_le_bytes([e, f]),
            u16::from_le_bytes([g, h]),
            *guid.0.last_chunk().expect("16 bytes"),
        )
    }
}

impl From<MAPIUID> for Guid {
    fn from(uid: MAPIUID) -> Self {
        Self(uid.ab)
    }
}

impl From<Guid> for MAPIUID {
    fn from(guid: Guid) -> Self {
        Self { ab: guid.0 }
    }
}
