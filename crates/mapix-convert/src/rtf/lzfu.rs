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

/// Compresses RTF into a value of `PR_RTF_COMPRESSED`; `None` if it is too long for its header.
/// The same text makes the same bytes.
pub fn compress(rtf: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(rtf.len()).ok()?;
    let body = pack(rtf);
    let packed = u32::try_from(body.len() + 12).ok()?;
    Some([&header(packed, size, COMPRESSED, checksum(&body))[..], &body].concat())
}

/// Wraps RTF as a value of `PR_RTF_COMPRESSED` that is not compressed; `None` if it is too long
/// for its header.
pub fn wrap(rtf: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(rtf.len()).ok()?;
    Some([&header(size.checked_add(12)?, size, UNCOMPRESSED, 0)[..], rtf].concat())
}

fn header(packed: u32, size: u32, kind: &[u8], checksum: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(&packed.to_le_bytes());
    header[4..8].copy_from_slice(&size.to_le_bytes());
    header[8..12].copy_from_slice(kind);
    header[12..].copy_from_slice(&checksum.to_le_bytes());
    header
}

/// The shortest run that is worth a reference, and the longest that one can name.
const SHORTEST: usize = 2;
const LONGEST: usize = 17;
/// How many earlier places of the same two bytes are tried.
const TRIES: usize = 64;

/// Eight letters and references after each byte that tells which are which.
fn pack(rtf: &[u8]) -> Vec<u8> {
    let text = [DICTIONARY, rtf].concat();
    let mut places = Places::new(text.len());
    (0..DICTIONARY.len()).for_each(|at| places.add(&text, at));
    let mut out = Vec::with_capacity(rtf.len() / 2 + 32);
    let (mut control, mut items) = (0, 8);
    let mut at = DICTIONARY.len();
    loop {
        if items == 8 {
            control = out.len();
            out.push(0);
            items = 0;
        }
        let ended = at == text.len();
        let (start, length) = if ended { (at, SHORTEST) } else { places.longest(&text, at) };
        if length < SHORTEST {
            out.push(text[at]);
            places.add(&text, at);
            at += 1;
        } else {
            out[control] |= 1 << items;
            let reference = (start % RING) << 4 | (length - SHORTEST);
            out.extend((reference as u16).to_be_bytes());
            if ended {
                return out;
            }
            (at..at + length).for_each(|at| places.add(&text, at));
            at += length;
        }
        items += 1;
    }
}

/// Where pairs of bytes have been.
struct Places {
    /// The last place of each pair, one more than it is.
    last: Vec<u32>,
    /// The place before each place, one more than it is.
    before: Vec<u32>,
}

impl Places {
    fn new(length: usize) -> Self {
        Self { last: vec![0; 1 << 16], before: vec![0; length] }
    }

    fn pair(text: &[u8], at: usize) -> Option<usize> {
        let pair = text.get(at..at + 2)?;
        Some(usize::from(pair[0]) << 8 | usize::from(pair[1]))
    }

    fn add(&mut self, text: &[u8], at: usize) {
        if let Some(pair) = Self::pair(text, at) {
            self.before[at] = self.last[pair];
            self.last[pair] = at as u32 + 1;
        }
    }

    /// The longest run that has been there before, and where; the first of several.
    fn longest(&self, text: &[u8], at: usize) -> (usize, usize) {
        let mut best = (0, 0);
        let mut next = Self::pair(text, at).map_or(0, |pair| self.last[pair]);
        for _ in 0..TRIES {
            let Some(place) = (next as usize).checked_sub(1).filter(|place| at - place < RING)
            else {
                break;
            };
            let same = text[place..].iter().zip(&text[at..]).take(LONGEST);
            let length = same.take_while(|(a, b)| a == b).count();
            if length >= best.1 {
                best = (place, length);
            }
            next = self.before[place];
        }
        best
    }
}

/// The checksum of MS-OXRTFCP 2.1.3.2: CRC-32 that begins and ends with nothing added.
fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xEDB8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    bytes.iter().fold(0, |sum, byte| TABLE[usize::from(sum as u8 ^ byte)] ^ sum >> 8)
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

    /// The example of MS-OXRTFCP, section 3.1.
    const EXAMPLE: &[u8] = &[
        0x2D, 0, 0, 0, 0x2B, 0, 0, 0, 0x4C, 0x5A, 0x46, 0x75, 0xF1, 0xC5, 0xC7, 0xA7, 3, 0, 0x0A,
        0, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0A, 0xF3, 0x20, 0x68, 0x65,
        0x6C, 9, 0, 0x20, 0x62, 0x77, 5, 0xB0, 0x6C, 0x64, 0x7D, 0x0A, 0x80, 0x0F, 0xA0,
    ];

    #[test]
    fn the_example_of_the_specification_is_written_and_read() {
        let text = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
        assert_eq!(decompress(EXAMPLE).unwrap(), text);
        assert_eq!(checksum(&EXAMPLE[HEADER..]), 0xA7C7_C5F1);
        assert_eq!(compress(text).unwrap(), EXAMPLE);
    }

    #[test]
    fn what_repeats_is_small_and_the_window_ends() {
        let long = b"abcdefghij".repeat(5000);
        let packed = compress(&long).unwrap();
        assert!(packed.len() < long.len() / 6, "{}", packed.len());
        assert_eq!(decompress(&packed).unwrap(), long);
        // A run that was there exactly a window ago cannot be referred to.
        let mut apart: Vec<u8> = (0..RING).map(|at| (at * 7 % 251) as u8).collect();
        apart.extend_from_within(..100);
        assert_eq!(decompress(&compress(&apart).unwrap()).unwrap(), apart);
        assert_eq!(decompress(&wrap(&apart).unwrap()).unwrap(), apart);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>, few in proptest::collection::vec(0_u8..3, 0..6000)) {
            for bytes in [bytes, few] {
                prop_assert_eq!(decompress(&compress(&bytes).unwrap()).unwrap(), bytes);
            }
        }

        #[test]
        fn another_decompressor_understands(text in "[ -~\r\n]{0,600}") {
            let packed = compress(text.as_bytes()).unwrap();
            prop_assert_eq!(compressed_rtf::decompress_rtf(&packed).unwrap(), text);
        }

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
