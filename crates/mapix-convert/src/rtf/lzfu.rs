//! Compressed RTF (MS-OXRTFCP): the bytes of `PR_RTF_COMPRESSED` as RTF.

/// What the dictionary holds at first.
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \
\\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier\
{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

const HEADER: usize = 16;
const COMPRESSED: &[u8] = b"LZFu";
const UNCOMPRESSED: &[u8] = b"MELA";
const RING: usize = 4096;

/// Decompresses the value of `PR_RTF_COMPRESSED`; `None` if it is not compressed RTF at all.
///
/// Damage costs only what comes after it, the checksum is not asked for, and no input makes more
/// than nine times its size.
pub fn decompress(data: &[u8]) -> Option<Vec<u8>> {
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
    let mut out = Vec::with_capacity(size.min(body.len().saturating_mul(9)));
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
            // A reference to the place where writing goes on marks the end.
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn another_compressor_is_understood(text in "[ -~\r\n]{0,600}") {
            let packed = compressed_rtf::compress_rtf(&text).unwrap();
            prop_assert_eq!(decompress(&packed).unwrap(), text.as_bytes());
        }

        #[test]
        fn any_bytes_are_survived(mut bytes: Vec<u8>) {
            if bytes.len() >= 12 {
                bytes[8..12].copy_from_slice(COMPRESSED);
            }
            decompress(&bytes);
        }
    }
}
