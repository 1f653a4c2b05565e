//! Streams that can only be made from their beginning, and are sought all the same.

use std::io::{self, Read, Seek, SeekFrom};

use super::bytes::seek_to;

/// Bytes that are made piece by piece.
pub(crate) trait Pull: Sized {
    /// Adds the next piece; false at the end. A piece may be empty.
    fn pull(&mut self, out: &mut Vec<u8>) -> io::Result<bool>;

    /// The same bytes from their beginning.
    fn again(&self) -> Self;
}

/// A stream over what is pulled. Seeking forward makes what is passed over, seeking back begins
/// anew, and the end is found by going there once.
#[derive(Debug)]
pub(crate) struct Stream<P> {
    pull: P,
    /// What was made and not yet read, from `taken` on.
    ready: Vec<u8>,
    taken: usize,
    at: u64,
    len: Option<u64>,
    ended: bool,
}

impl<P: Pull> Stream<P> {
    pub(crate) fn new(pull: P) -> Self {
        Self { pull, ready: Vec::new(), taken: 0, at: 0, len: None, ended: false }
    }

    /// Tells how many bytes there are, where that is known.
    pub(crate) fn with_len(mut self, len: u64) -> Self {
        self.len = Some(len);
        self
    }

    /// Makes more, if everything that is ready was taken; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        while self.taken == self.ready.len() {
            if self.ended {
                return Ok(false);
            }
            self.ready.clear();
            self.taken = 0;
            self.ended = !self.pull.pull(&mut self.ready)?;
        }
        Ok(true)
    }

    fn pass(&mut self, most: u64) -> &[u8] {
        let start = self.taken;
        let count = ((self.ready.len() - start) as u64).min(most) as usize;
        self.taken += count;
        self.at += count as u64;
        &self.ready[start..start + count]
    }

    fn len(&mut self) -> io::Result<u64> {
        if let Some(len) = self.len {
            return Ok(len);
        }
        let mut all = Self::new(self.pull.again());
        while all.fill()? {
            all.pass(u64::MAX);
        }
        self.len = Some(all.at);
        Ok(all.at)
    }
}

impl<P: Pull> Read for Stream<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || !self.fill()? {
            return Ok(0);
        }
        let piece = self.pass(buffer.len() as u64);
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

impl<P: Pull> Seek for Stream<P> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = if matches!(to, SeekFrom::End(_)) { self.len()? } else { 0 };
        let wanted = seek_to(to, self.at, len)?;
        if wanted < self.at {
            *self = Self { len: self.len, ..Self::new(self.pull.again()) };
        }
        while self.at < wanted && self.fill()? {
            self.pass(wanted - self.at);
        }
        // Past the end, reading gives nothing.
        self.at = wanted;
        Ok(wanted)
    }
}

/// A head, and what follows it.
#[derive(Debug)]
pub(crate) struct Headed<P> {
    head: Vec<u8>,
    given: bool,
    rest: P,
}

impl<P: Pull> Headed<P> {
    pub(crate) fn new(head: Vec<u8>, rest: P) -> Self {
        Self { head, given: false, rest }
    }
}

impl<P: Pull> Pull for Headed<P> {
    fn pull(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if self.given {
            return self.rest.pull(out);
        }
        self.given = true;
        out.extend_from_slice(&self.head);
        Ok(true)
    }

    fn again(&self) -> Self {
        Self::new(self.head.clone(), self.rest.again())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::decode::{Decoded, Encoding};
    use proptest::prelude::*;

    proptest! {
        /// It reads and seeks as the bytes themselves do.
        #[test]
        fn it_is_as_if_all_was_there(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            steps in prop::collection::vec((0..4, -120_i64..260, 0_usize..90), 0..20),
        ) {
            let text = crate::eml::base64(&bytes);
            let rest = Decoded::new(text.as_bytes().into(), Encoding::Base64);
            let mut stream = Stream::new(Headed::new(b"head".to_vec(), rest));
            let mut model = io::Cursor::new([b"head", &bytes[..]].concat());
            for (kind, by, count) in steps {
                let to = match kind {
                    0 => SeekFrom::Start(by.unsigned_abs()),
                    1 => SeekFrom::Current(by),
                    2 => SeekFrom::End(by),
                    _ => SeekFrom::Current(0),
                };
                prop_assert_eq!(stream.seek(to).ok(), model.seek(to).ok());
                let (mut a, mut b) = (vec![0; count], vec![0; count]);
                let got = read_full(&mut stream, &mut a);
                let expected = read_full(&mut model, &mut b);
                prop_assert_eq!((got, a), (expected, b));
            }
        }
    }

    fn read_full(stream: &mut impl Read, buffer: &mut [u8]) -> usize {
        let mut at = 0;
        while at < buffer.len() {
            match stream.read(&mut buffer[at..]).unwrap() {
                0 => break,
                count => at += count,
            }
        }
        at
    }
}
