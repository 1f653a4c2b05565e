//! How a store is logged off: flags, and the transports that have a say (lifecycle rules,
//! section 8).

use std::fmt;
use std::ops::BitOr;

use crate::store::StoreInfo;
use crate::{Error, ErrorCode, Result};

/// What [`Store::store_logoff`](crate::Store::store_logoff) asks for, and what it is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "LOGOFF_*")]
pub struct LogoffFlags(pub u32);

impl LogoffFlags {
    /// Send what is ready, finish what is arriving, take no more.
    pub const NO_WAIT: Self = Self(0x1);
    /// Finish what is being done, begin nothing.
    pub const ORDERLY: Self = Self(0x2);
    /// As [`NO_WAIT`](Self::NO_WAIT), and empty the queues first.
    pub const PURGE: Self = Self(0x4);
    /// Stop at once.
    pub const ABORT: Self = Self(0x8);
    /// Refuse if anything is being done.
    pub const QUIET: Self = Self(0x10);
    /// Told: nothing more is to be done.
    pub const COMPLETE: Self = Self(0x1_0000);
    /// Told: mail is coming in.
    pub const INBOUND: Self = Self(0x2_0000);
    /// Told: mail is going out.
    pub const OUTBOUND: Self = Self(0x4_0000);
    /// Told: mail waits to go out.
    pub const OUTBOUND_QUEUE: Self = Self(0x8_0000);

    /// Whether all flags of the other set are in this one.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Lets pass one of the flags that can be asked for, alone.
    pub(super) fn check_input(self) -> Result<Self> {
        match self {
            Self::NO_WAIT | Self::ORDERLY | Self::PURGE | Self::ABORT | Self::QUIET => Ok(self),
            Self(bits) if bits & !0x1F != 0 => {
                Err(Error::new(ErrorCode::UNKNOWN_FLAGS, "no such flag of StoreLogoff"))
            }
            _ => Err(Error::invalid_parameter("StoreLogoff takes exactly one flag")),
        }
    }
}

impl BitOr for LogoffFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for LogoffFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoffFlags(0x{:X})", self.0)
    }
}

impl fmt::Display for LogoffFlags {
    /// Their names in MAPI.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::NO_WAIT, "LOGOFF_NO_WAIT"),
            (Self::ORDERLY, "LOGOFF_ORDERLY"),
            (Self::PURGE, "LOGOFF_PURGE"),
            (Self::ABORT, "LOGOFF_ABORT"),
            (Self::QUIET, "LOGOFF_QUIET"),
            (Self::COMPLETE, "LOGOFF_COMPLETE"),
            (Self::INBOUND, "LOGOFF_INBOUND"),
            (Self::OUTBOUND, "LOGOFF_OUTBOUND"),
            (Self::OUTBOUND_QUEUE, "LOGOFF_OUTBOUND_QUEUE"),
        ];
        let names = names.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, name)| *name);
        f.write_str(&names.collect::<Vec<_>>().join(" | "))
    }
}

/// Whoever moves mail for the stores of a session, as far as their logoff concerns it.
pub trait Transports: Send + Sync {
    /// What is being done for a store: [`LogoffFlags::INBOUND`], [`LogoffFlags::OUTBOUND`],
    /// [`LogoffFlags::OUTBOUND_QUEUE`]. The number is that of the logon: a store that is opened again
    /// while an earlier logon on it ends has another one.
    fn activity(&self, logon: u64, store: &StoreInfo) -> LogoffFlags;

    /// The store goes: do what the flag says. Gives what is left to be done, or
    /// [`LogoffFlags::COMPLETE`]. It comes once for each logon, before the provider's logoff, and
    /// has part in its deadline.
    fn store_logoff(&self, logon: u64, store: &StoreInfo, flags: LogoffFlags) -> LogoffFlags;
}

/// Who has to agree to a fast shutdown.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum ShutdownPolicy {
    /// Nobody says `MAPI_E_NO_SUPPORT`; who knows nothing of it agrees.
    #[default]
    UnlessRefused,
    /// Everybody agrees; who knows nothing of it does not.
    IfSupported,
    /// It is never done, and nobody is asked.
    Never,
}
