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

/// Looks away.
impl Watch for () {
    fn begin(&mut self, _: &str) {}
    fn bytes(&mut self, _: &[u8]) {}
    fn end(&mut self) {}
}
