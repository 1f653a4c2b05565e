//! MAPI messages as internet mail and back, with every loss named.
//!
//! [`write_eml`] writes one message: text, HTML and RTF bodies, inline images, attachments,
//! embedded messages, signed mail byte by byte, appointments and tasks as iCalendar, contacts as
//! vCard, and the original headers where there are some. What mail cannot carry comes back as
//! [`Losses`]. [`read_eml`] goes the other way: any bytes become what a new message holds.
//! [`Mailbox`] finds the mails of mbox files, Maildirs and trees of mails.
//!
//! ```
//! use std::sync::Arc;
//!
//! use mapix_convert::{EmlOptions, Names, write_eml};
//! use mapix_core::Mapi;
//! use mapix_core::prop::tags;
//! use mapix_core::store::MemoryStore;
//!
//! # fn main() -> mapix_core::Result<()> {
//! let session = Mapi::with_providers(vec![]).session();
//! let store = session.attach(Arc::new(MemoryStore::new("sample")), true)?;
//! let message = store.root()?.create_message()?;
//! message.set(tags::SUBJECT, "Lunch")?;
//! message.set(tags::BODY, "At noon?")?;
//! message.save()?;
//!
//! let options = EmlOptions::new(Names::of(&store)?);
//! let mut mail = Vec::new();
//! let losses = write_eml(&message, &options, &mut mail)?;
//! assert!(losses.is_empty());
//! let mail = String::from_utf8_lossy(&mail);
//! assert!(mail.contains("Subject: Lunch\r\n"));
//! assert!(mail.ends_with("\r\n\r\nAt noon?\r\n"));
//! # Ok(())
//! # }
//! ```

mod body_text;
mod budget;
mod calendar;
mod charset;
mod contact;
mod eml;
mod feed;
pub mod html;
mod item;
mod left_out;
mod losses;
mod mailbox;
mod names;
mod read;
pub mod rtf;
mod tags;
mod watch;

pub use body_text::Bodies;
pub use budget::{Budget, Meter, Metered};
pub use eml::{
    EmlOptions, internet_address, recipient_address, sender_address, write_eml, write_eml_watched,
};
pub use feed::MailFeed;
pub use losses::{Loss, LossKind, Losses};
pub use mailbox::{Found, MailItem, Mailbox, Mbox, MboxMail};
pub use names::Names;
pub use read::{Mail, MailBytes, MailReader, MailState, ReadOptions, read_eml};
pub use watch::{Watch, place_of_attachment, place_of_message};
