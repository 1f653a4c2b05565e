//! Mails of Apple Mail: the number of bytes, the mail, and a property list with its flags.

use std::io::{Read, Seek, SeekFrom};

use mapix_core::Result;

use crate::{MailBytes, MailState};

/// Takes a file apart; `None` if it does not begin with a number that can be.
pub(crate) fn read(file: &MailBytes) -> Result<Option<(MailBytes, MailState)>> {
    let mut reader = file.reader();
    let mut head = [0; 32];
    let mut count = 0;
    while count < head.len() {
        match reader.read(&mut head[count..])? {
            0 => break,
            more => count += more,
        }
    }
    let head = &head[..count];
    let Some(end) = head.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
    let number = std::str::from_utf8(&head[..end]).ok().and_then(|text| text.trim().parse().ok());
    let start = end as u64 + 1;
    let Some(stop) = number.and_then(|number: u64| start.checked_add(number)) else {
        return Ok(None);
    };
    if stop > file.len() {
        return Ok(None);
    }
    let mut list = Vec::new();
    reader.seek(SeekFrom::Start(stop))?;
    reader.take(64 << 10).read_to_end(&mut list)?;
    let list = String::from_utf8_lossy(&list);
    let flags = list.split("<key>flags</key>").nth(1).and_then(|rest| {
        let digits = rest.split("<integer>").nth(1)?.split('<').next()?;
        digits.trim().parse::<u64>().ok()
    });
    let mut state = MailState::default();
    if let Some(flags) = flags {
        let bit = |number: u32| Some(flags >> number & 1 != 0);
        state.read = bit(0);
        state.deleted = bit(1);
        state.answered = bit(2);
        state.flagged = bit(4);
        state.draft = bit(6);
        state.forwarded = bit(8);
    }
    Ok(Some((file.slice(start..stop), state)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        let file = b"13  \nSubject: a\n\nx<plist><key>flags</key>\n<integer>17</integer></plist>";
        let (mail, state) = read(&(&file[..]).into()).unwrap().unwrap();
        let mut bytes = Vec::new();
        mail.reader().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"Subject: a\n\nx");
        assert_eq!(
            (state.read, state.flagged, state.deleted),
            (Some(true), Some(true), Some(false))
        );
        for odd in [&b""[..], b"Subject: a\n", b"99\nx", b"18446744073709551615\nx"] {
            assert!(read(&odd.into()).unwrap().is_none());
        }
    }
}
