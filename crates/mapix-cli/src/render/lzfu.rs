//! Compressed RTF (MS-OXRTFCP): the bytes of `PR_RTF_COMPRESSED` as RTF.
//!
//! Damage costs only what comes after it; no input makes more than nine times its size.

/// What the dictionary holds at first.
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \
\\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier\
{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

const HEADER: usize = 16;
const COMPRESSED: &[u8] = b"LZFu";
const UNCOMPRESSED: &[u8] = b"MELA";
const RING: usize = 4096;

/// Decompresses; `None` if it is not compressed RTF at all.
pub(crate) fn decompress(data: &[u8]) -> Option<Vec<u8>> {
    let header = data.get(..HEADER)?;
    let size = u32::from_le_bytes(header[4..8].try_into().ok()?) as usize;
    let body = &data[HEADER..];
    match &header[8..12] {
        UNCOMPRESSED => Some(body[..size.min(body.len())].to_vec()),
        COMPRESSED => Some(expand(body, size)),
        _ => None,
    }
}

fn expand(body: &[u8], size: usize) -> Vec<u8> {
    let mut ring = [b' '; RING];
    ring[..DICTIONARY.len()].copy_from_slice(DICTIONARY);
    let mut write = DICTIONARY.len();
    let mut out = Vec::with_capacity(size.min(body.len() * 9));
    let mut put = |byte: u8, ring: &mut [u8; RING], write: &mut usize| {
        out.push(byte);
        ring[*write] = byte;
        *write = (*write + 1) % RING;
    };
    let mut bytes = body.iter().copied();
    'runs: while let Some(control) = bytes.next() {
        for bit in 0..8 {
            let Some(first) = bytes.next() else { break 'runs };
            if control >> bit & 1 == 0 {
                put(first, &mut ring, &mut write);
                continue;
            }
            let Some(second) = bytes.next() else { break 'runs };
            let reference = usize::from(first) << 8 | usize::from(second);
            let (offset, length) = (reference >> 4, (reference & 15) + 2);
            if offset == write {
                break 'runs;
            }
            for step in 0..length {
                let byte = ring[(offset + step) % RING];
                put(byte, &mut ring, &mut write);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of MS-OXRTFCP, section 4.
    #[test]
    fn examples_of_the_specification() {
        let simple = [
            0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5,
            0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42,
            0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0,
            0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        let expected = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
        assert_eq!(decompress(&simple).unwrap(), expected);
        let overlapping = [
            0x1a, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4,
            0x4b, 0x51, 0x41, 0x00, 0x04, 0x20, 0x57, 0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 0x01,
            0x0e, 0xb0,
        ];
        assert_eq!(decompress(&overlapping).unwrap(), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
    }

    #[test]
    fn damage_is_bounded() {
        assert_eq!(decompress(b""), None);
        assert_eq!(decompress(&[0; 16]), None);
        let mut huge = vec![0xFF; 16 + 1000];
        huge[8..12].copy_from_slice(COMPRESSED);
        assert!(decompress(&huge).unwrap().len() <= 9 * 1000);
        huge[8..12].copy_from_slice(UNCOMPRESSED);
        assert_eq!(decompress(&huge).unwrap().len(), 1000);
    }
}
