//! The hashes of attachments, taken while they go into a mail or a line of JSON: what is read once
//! to be written is not read again for the manifest.

use std::collections::HashMap;
use std::io::{self, Write};

use mapix_convert::Watch;

use super::file::Hashing;

/// Length and hash of the data of attachments, by their places in the mail.
#[derive(Default)]
pub(super) struct Hashes {
    begun: Option<(String, Hashing<io::Sink>)>,
    done: HashMap<String, Seen>,
}

/// What became of the data of an attachment.
#[derive(Clone)]
pub(super) enum Seen {
    /// It was read to its end: its length and its hash.
    Whole(u64, String),
    /// There is none, or none that can be read, which was told.
    Nothing,
}

impl Hashes {
    /// Of the attachment at a place; `None` if it was not seen to its end.
    pub(super) fn get(&self, place: &str) -> Option<&Seen> {
        self.done.get(place)
    }

    pub(super) fn put(&mut self, place: String, seen: Seen) {
        self.done.insert(place, seen);
    }
}

impl Watch for Hashes {
    fn begin(&mut self, place: &str) {
        self.begun = Some((place.to_owned(), Hashing::new(io::sink())));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some((_, hashing)) = &mut self.begun {
            // A sink takes everything.
            let _ = hashing.write_all(bytes);
        }
    }

    fn end(&mut self) {
        if let Some((place, hashing)) = self.begun.take() {
            self.put(place, Seen::Whole(hashing.bytes, hashing.digest()));
        }
    }
}

/// Watches the mail that an attachment is.
pub(super) struct Inside<'a> {
    pub(super) hashes: &'a mut Hashes,
    /// The place of the message in that attachment.
    pub(super) place: String,
}

impl Watch for Inside<'_> {
    fn begin(&mut self, place: &str) {
        self.hashes.begin(&format!("{}/{place}", self.place));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.hashes.bytes(bytes);
    }

    fn end(&mut self) {
        self.hashes.end();
    }
}
