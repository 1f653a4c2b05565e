//! The hashes of attachments, taken while they go into a mail: what is read once for the mail is
//! not read again for the manifest.

use std::collections::HashMap;
use std::io::{self, Write};

use mapix_convert::Watch;

use super::file::Hashing;

/// Length and hash of the data of attachments, by their places in the mail.
#[derive(Default)]
pub(super) struct Hashes {
    begun: Option<(String, Hashing<io::Sink>)>,
    whole: HashMap<String, (u64, String)>,
}

impl Hashes {
    /// Those of the attachment at a place; none if it was not seen to its end.
    pub(super) fn get(&self, place: &str) -> Option<&(u64, String)> {
        self.whole.get(place)
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
            self.whole.insert(place, (hashing.bytes, hashing.digest()));
        }
    }
}

/// The place of an attachment in the message at a place, as [`mapix_convert::Loss`] names it.
pub(super) fn place_of(message: &str, number: u32) -> String {
    match message {
        "" => format!("attachment {number}"),
        message => format!("{message}/attachment {number}"),
    }
}

/// The place of the message that an attachment is.
pub(super) fn place_inside(attachment: &str) -> String {
    format!("{attachment}/message")
}
