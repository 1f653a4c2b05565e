//! The two encodings of block data, [5.1 permutative] and [5.2 cyclic]. Neither needs a key, so
//! neither protects anything.
//!
//! [5.1 permutative]: https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/5faf4800-645d-49d1-9457-2ac40eb467bd
//! [5.2 cyclic]: https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/9979fc01-0a3e-496f-900f-a6a867951f23

use mapix_core::{Error, ErrorCode, Result};

use super::tables::{INVERSE, PERMUTE, SUBSTITUTE};

/// How the data blocks are encoded (`bCryptMethod`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Crypt {
    /// Not at all.
    None,
    /// A fixed substitution of bytes.
    Permute,
    /// A substitution that depends on the block and the position.
    Cyclic,
}

impl Crypt {
    /// Finds the method by its number in the header.
    ///
    /// # Errors
    /// `MAPI_E_NO_ACCESS` for Windows Information Protection, whose keys are not in the file;
    /// `MAPI_E_VERSION` for a method that is not known.
    pub fn by_number(number: u8) -> Result<Self> {
        match number {
            0 => Ok(Self::None),
            1 => Ok(Self::Permute),
            2 => Ok(Self::Cyclic),
            0x10 => Err(Error::new(
                ErrorCode::NO_ACCESS,
                "encrypted with Windows Information Protection (method 0x10), whose key is not in the file",
            )),
            _ => Err(Error::new(
                ErrorCode::VERSION,
                format!("encryption method {number:#04x} is not known"),
            )),
        }
    }

    /// Decodes the data of a block in place.
    pub fn decode(self, data: &mut [u8], bid: u64) {
        match self {
            Self::None => {}
            Self::Permute => substitute_pairs(data),
            Self::Cyclic => cyclic(data, bid as u32),
        }
    }

    /// Encodes the data of a block in place.
    pub fn encode(self, data: &mut [u8], bid: u64) {
        match self {
            Self::None => {}
            Self::Permute => substitute(data, &PERMUTE),
            Self::Cyclic => cyclic(data, bid as u32),
        }
    }
}

fn substitute(data: &mut [u8], table: &[u8; 256]) {
    for byte in data {
        *byte = table[usize::from(*byte)];
    }
}

/// `INVERSE` for two bytes at a time, which is half of the work.
static INVERSE_PAIRS: [u16; 1 << 16] = {
    let mut pairs = [0; 1 << 16];
    let mut pair = 0;
    while pair < pairs.len() {
        pairs[pair] = u16::from_le_bytes([INVERSE[pair & 0xFF], INVERSE[pair >> 8]]);
        pair += 1;
    }
    pairs
};

fn substitute_pairs(data: &mut [u8]) {
    let (words, rest) = data.as_chunks_mut::<8>();
    for word in words {
        let bytes = u64::from_le_bytes(*word);
        let pair = |at: u32| u64::from(INVERSE_PAIRS[usize::from((bytes >> at) as u16)]) << at;
        *word = (pair(0) | pair(16) | pair(32) | pair(48)).to_le_bytes();
    }
    substitute(rest, &INVERSE);
}

/// Its own inverse.
fn cyclic(data: &mut [u8], key: u32) {
    let mut word = (key ^ (key >> 16)) as u16;
    for byte in data {
        let [low, high] = word.to_le_bytes();
        let mut b = PERMUTE[usize::from(byte.wrapping_add(low))];
        b = SUBSTITUTE[usize::from(b.wrapping_add(high))];
        b = INVERSE[usize::from(b.wrapping_sub(high))];
        *byte = b.wrapping_sub(low);
        word = word.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_permutations() {
        for byte in 0..=255_u8 {
            let index = usize::from(byte);
            assert_eq!(INVERSE[usize::from(PERMUTE[index])], byte);
            assert_eq!(SUBSTITUTE[usize::from(SUBSTITUTE[index])], byte);
        }
    }

    #[test]
    fn round_trips() {
        let plain: Vec<u8> = (0..1003_u32).map(|n| (n * 7 % 251) as u8).collect();
        for crypt in [Crypt::None, Crypt::Permute, Crypt::Cyclic] {
            let mut data = plain.clone();
            crypt.encode(&mut data, 0x1234_5678);
            assert_eq!(data == plain, crypt == Crypt::None);
            crypt.decode(&mut data, 0x1234_5678);
            assert_eq!(data, plain);
        }
    }

    #[test]
    fn protected_files_are_refused() {
        assert_eq!(Crypt::by_number(0x10).unwrap_err().code(), ErrorCode::NO_ACCESS);
        assert_eq!(Crypt::by_number(7).unwrap_err().code(), ErrorCode::VERSION);
    }
}
