//! How much of what is embedded in a message is followed.

use std::cell::Cell;
use std::io::{self, Write};

use mapix_core::{Error, ErrorCode, Result};

/// How much of what is embedded in one message is followed, at all depths together.
///
/// A damaged store can say that a message holds itself many times over. With two copies on each of
/// 64 levels that would be more than any disk holds, so it has to end somewhere: beyond what any
/// real message holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    messages: u64,
    bytes: u64,
}

impl Default for Budget {
    /// For a store whose size is not known: 10,000 messages, 1 GiB.
    fn default() -> Self {
        Self::for_store(0)
    }
}

impl Budget {
    /// For a store of a size in bytes: 10,000 messages, and eight times the size, at least 1 GiB.
    /// Nothing of a store is larger than the store, but for what it compresses; what is written
    /// takes up to twice the bytes.
    pub fn for_store(size: u64) -> Self {
        Self { messages: 10_000, bytes: size.saturating_mul(8).max(1 << 30) }
    }

    /// With other limits.
    pub fn new(messages: u64, bytes: u64) -> Self {
        Self { messages, bytes }
    }

    /// Asks to follow one more embedded message.
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` if there were too many before it, or too many bytes in them.
    pub fn enter(&mut self) -> Result<()> {
        if self.messages == 0 || self.bytes == 0 {
            let what = if self.messages == 0 { "messages" } else { "bytes" };
            let message = format!("so many {what} are embedded that the rest is left out");
            return Err(Error::new(ErrorCode::TOO_COMPLEX, message));
        }
        self.messages -= 1;
        Ok(())
    }

    /// So many bytes were read or written inside embedded messages.
    pub fn spend(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// A budget that is spent by what is written of embedded messages.
#[derive(Debug)]
pub struct Meter {
    budget: Cell<Budget>,
    is_inside: Cell<bool>,
}

impl Meter {
    /// With a full budget, outside of embedded messages.
    pub fn new(budget: Budget) -> Self {
        Self { budget: Cell::new(budget), is_inside: Cell::new(false) }
    }

    /// Asks to follow one more embedded message: [`Budget::enter`].
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` if there were too many before it, or too many bytes in them.
    pub fn enter(&self) -> Result<()> {
        let mut budget = self.budget.get();
        budget.enter()?;
        self.budget.set(budget);
        Ok(())
    }

    /// Says whether what is written from now on belongs to an embedded message; gives whether it
    /// did before.
    pub fn set_inside(&self, is_inside: bool) -> bool {
        self.is_inside.replace(is_inside)
    }

    /// A writer whose bytes are counted.
    pub fn writer<W: Write>(&self, out: W) -> Metered<'_, W> {
        Metered { out, meter: self }
    }
}

/// A writer whose bytes a [`Meter`] counts.
#[derive(Debug)]
pub struct Metered<'a, W> {
    out: W,
    meter: &'a Meter,
}

impl<W: Write> Write for Metered<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        if self.meter.is_inside.get() {
            let mut budget = self.meter.budget.get();
            budget.spend(count as u64);
            self.meter.budget.set(budget);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends() {
        let mut budget = Budget::new(2, 100);
        assert!(budget.enter().is_ok() && budget.enter().is_ok());
        let error = budget.enter().unwrap_err();
        assert_eq!(error.code(), ErrorCode::TOO_COMPLEX);
        assert!(error.message().contains("messages"));
        let mut budget = Budget::new(2, 100);
        budget.spend(99);
        assert!(budget.enter().is_ok());
        budget.spend(u64::MAX);
        assert!(budget.enter().unwrap_err().message().contains("bytes"));
    }
}
