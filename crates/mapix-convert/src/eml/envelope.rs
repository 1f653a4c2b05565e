//! Between whom a mail travels: by addresses of internet mail, each found in every property that
//! may hold it, as for the header.

use mapix_core::{Message, Recipient, Result};

use super::address::{Address, REPRESENTING, SENDER, smtp_address};

/// Where a mail comes from: the address of the sender, or else of the author; `None` where neither
/// is known.
///
/// # Errors
/// Those of reading the message.
pub fn sender_address(message: &Message) -> Result<Option<String>> {
    let props = message.props()?;
    Ok([SENDER, REPRESENTING].iter().find_map(|tags| Address::of_props(&props, tags)?.smtp))
}

/// Where a recipient gets mail; `None` if no address of internet mail is known.
pub fn recipient_address(recipient: &Recipient) -> Option<String> {
    Address::of_recipient(&recipient.props)?.smtp
}

/// An address of internet mail as it is written, out of what somebody typed or a property holds,
/// such as `mailto:ann@example.org` or `<ann@example.org>`; `None` if it is none.
pub fn internet_address(text: &str) -> Option<String> {
    // Several addresses are not one with a strange name.
    smtp_address(text).filter(|found| !found.starts_with('"') || text.contains('"'))
}
