//! Seeing the data of attachments while a mail is written.

/// Sees the data of attachments on its way into a mail, so that whoever wants it as well, for a
/// hash or a count, need not read and decode it a second time.
///
/// Of an attachment that is a message only what is attached inside it is seen.
pub trait Watch {
    /// The data of an attachment begins. `place` says which, as in [`Loss`](crate::Loss).
    fn begin(&mut self, place: &str);
    /// More of it.
    fn bytes(&mut self, bytes: &[u8]);
    /// That was all. It is not said of what could not be read to its end.
    fn end(&mut self);
}

/// The place of an attachment in the message at a place, which is empty for the outermost one.
pub fn place_of_attachment(message: &str, number: u32) -> String {
    match message {
        "" => format!("attachment {number}"),
        message => format!("{message}/attachment {number}"),
    }
}

/// The place of the message that is embedded in the attachment at a place.
pub fn place_of_message(attachment: &str) -> String {
    format!("{attachment}/message")
}

/// Looks away.
impl Watch for () {
    fn begin(&mut self, _: &str) {}
    fn bytes(&mut self, _: &[u8]) {}
    fn end(&mut self) {}
}
