//! Reading little-endian structures of unknown soundness.

/// What is still to be read.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(*self.take(2)?.first_chunk()?))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?))
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.u32().map(|number| number as i32)
    }

    /// As many numbers as the number before them says, if they are there.
    pub(crate) fn list(&mut self) -> Option<Vec<u32>> {
        let count = self.u32()? as usize;
        let bytes = self.take(count.checked_mul(4)?)?;
        let number = |chunk: &[u8]| Some(u32::from_le_bytes(*chunk.first_chunk()?));
        bytes.chunks_exact(4).map(number).collect()
    }

    /// UTF-16 text of so many units.
    pub(crate) fn wide(&mut self, units: usize) -> Option<String> {
        let bytes = self.take(units.checked_mul(2)?)?;
        let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        let text = char::decode_utf16(units);
        Some(text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }
}
