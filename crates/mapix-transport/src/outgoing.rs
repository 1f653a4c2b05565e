//! A mail that is ready to be sent.

use std::fmt::Write as _;
use std::io::{self, Read, Seek, SeekFrom, Write};

use mapix_convert::{EmlOptions, Names, recipient_address, sender_address, write_eml};
use mapix_core::prop::{Guid, tags};
use mapix_core::{Error, ErrorCode, Message, Result, Submission};
use tempfile::SpooledTempFile;

/// Mails of more bytes than this are written aside to the disk.
const HELD: usize = 1 << 20;

/// A message as it is sent: written whole before anybody hears of it, so that nothing in it can turn
/// out to be unreadable while a server listens.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// The address of the sender.
    pub(crate) from: String,
    /// The recipients with an address, by `PR_ROWID`.
    pub(crate) to: Vec<(u32, String)>,
    /// The message ID that it was given; `None` if the message has one of its own.
    pub(crate) message_id: Option<String>,
    /// Whether there is nothing but ASCII in it.
    pub(crate) is_ascii: bool,
    bytes: SpooledTempFile,
}

impl Outgoing {
    /// Writes a message. `from` is the sender of one that names nobody.
    ///
    /// # Errors
    /// `MAPI_E_UNCONFIGURED` if nobody is known to be the sender, and those of reading the message and
    /// of writing it aside. What of the message has no place in mail is left out, as in an export.
    pub(crate) fn of(submission: &Submission<'_>, from: Option<&str>) -> Result<Self> {
        let message = submission.message;
        let sender = sender(message, from)?.ok_or_else(|| {
            let text = "the message names no sender, and the service has no setting `from`";
            Error::new(ErrorCode::UNCONFIGURED, text)
        })?;
        let address =
            |one: &mapix_core::Recipient| recipient_address(one).map(|to| (one.row_id, to));
        let to = submission.recipients.iter().filter_map(address).collect();
        let mut options = EmlOptions::new(Names::of(&message.store())?);
        options.outgoing = true;
        options.from = Some(sender.clone());
        let message_id = given_id(submission, from)?;
        options.message_id.clone_from(&message_id);
        let mut watched = Watched { file: SpooledTempFile::new(HELD), is_ascii: true };
        write_eml(message, &options, &mut watched)?;
        let Watched { file: bytes, is_ascii } = watched;
        Ok(Self { from: sender, to, message_id, is_ascii, bytes })
    }

    /// The mail from its beginning.
    pub(crate) fn reader(&mut self) -> io::Result<&mut dyn Read> {
        self.bytes.seek(SeekFrom::Start(0))?;
        Ok(&mut self.bytes)
    }

    /// How many bytes it has.
    pub(crate) fn len(&mut self) -> io::Result<u64> {
        self.bytes.seek(SeekFrom::End(0))
    }
}

/// The address of the sender; that of the service for a message that names nobody.
fn sender(message: &Message, from: Option<&str>) -> Result<Option<String>> {
    Ok(sender_address(message)?.or_else(|| from.map(Into::into)))
}

/// The ID of a mail that has none of its own: the same each time the message is sent.
pub(crate) fn given_id(submission: &Submission<'_>, from: Option<&str>) -> Result<Option<String>> {
    let own = submission.message.text(tags::INTERNET_MESSAGE_ID)?.unwrap_or_default();
    if own.chars().any(|c| !"<>".contains(c) && !c.is_whitespace()) {
        return Ok(None);
    }
    let Some(from) = sender(submission.message, from)? else { return Ok(None) };
    let domain = from.rsplit_once('@').map_or("mapix.invalid", |(_, domain)| domain);
    Ok(Some(format!("<{}@{domain}>", digits(submission.attempt.key))))
}

/// A key in hexadecimal digits, for names that outlive a run.
pub(crate) fn digits(key: Guid) -> String {
    let mut digits = String::with_capacity(32);
    for byte in key.0 {
        // Writing to memory does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The file aside, with an eye on what goes into it.
struct Watched {
    file: SpooledTempFile,
    is_ascii: bool,
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.is_ascii &= bytes[..written].is_ascii();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
