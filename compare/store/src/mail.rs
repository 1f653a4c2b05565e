//! Messages as Exchange would have them, the same for the same numbers: about sixty properties of
//! four kilobytes, five recipients of eleven properties, every fifth with 50 KB attached.

use mapix_core::prop::{FileTime, PropBag, PropTag, PropType, Value, tags};
use mapix_core::store::{AttachmentChange, AttachmentUpdate, MessageUpdate};

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Small numbers are more frequent, about as words are in a language.
    fn rank(&mut self) -> u64 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((20_000_f64.powf(unit)) as u64).saturating_sub(1)
    }
}

fn word(rank: u64) -> String {
    const COMMON: [&str; 12] =
        ["the", "of", "and", "to", "in", "is", "for", "that", "project", "on", "as", "foo"];
    if let Some(word) = COMMON.get(rank as usize) {
        return (*word).to_owned();
    }
    let (mut rest, mut word) = (rank, String::new());
    while rest > 0 {
        word.push(char::from(b"bdfgklmnprstvz"[(rest % 14) as usize]));
        word.push(char::from(b"aeiou"[(rest / 14 % 5) as usize]));
        rest /= 70;
    }
    word
}

fn words(random: &mut Random, count: u64) -> String {
    let mut text = String::new();
    for number in 0..count {
        if number > 0 {
            text.push(' ');
        }
        text += &word(random.rank());
    }
    text
}

/// The message with this number.
pub(crate) fn message(number: u64, with_attachment: bool) -> MessageUpdate {
    let mut random = Random::new(number);
    let mut update = MessageUpdate { set: properties(number, &mut random), ..Default::default() };
    update.recipients = Some((0..5).map(|row| recipient(row, &mut random)).collect());
    let attached = with_attachment && number % 5 == 4;
    update.set.set(tags::MESSAGE_SIZE, if attached { 54_096 } else { 4096 });
    if attached {
        let mut attachment = AttachmentUpdate::default();
        let data: Vec<u8> = (0..6250).flat_map(|_| random.next().to_le_bytes()).collect();
        attachment.set.set(tags::ATTACH_METHOD, 1);
        attachment.set.set(tags::ATTACH_LONG_FILENAME, format!("{}.bin", word(number)).as_str());
        attachment.set.set(tags::ATTACH_DATA_BIN, &data[..]);
        update.attachments.push(AttachmentChange::Put(0, Box::new(attachment)));
    }
    update
}

fn properties(number: u64, random: &mut Random) -> PropBag {
    let mut bag = PropBag::new();
    let sender = random.below(2000);
    let address = format!("user{sender}@{}.example", word(100 + sender));
    let received = FileTime(
        (130_963_392_000_000_000 + number * 31_500_000_000 + random.below(9_999_999)) as i64,
    );
    let count = 2 + random.below(8);
    let subject = words(random, count);
    bag.set(tags::MESSAGE_CLASS, "IPM.Note");
    bag.set(tags::SUBJECT, subject.as_str());
    bag.set(tags::CONVERSATION_TOPIC, subject.as_str());
    bag.set(tags::SENDER_NAME, format!("User {sender}").as_str());
    bag.set(tags::SENDER_EMAIL_ADDRESS, address.as_str());
    bag.set(tags::SENDER_SMTP_ADDRESS, address.as_str());
    bag.set(tags::SENT_REPRESENTING_NAME, format!("User {sender}").as_str());
    bag.set(tags::SENT_REPRESENTING_EMAIL_ADDRESS, address.as_str());
    bag.set(tags::MESSAGE_DELIVERY_TIME, Value::Time(received));
    bag.set(tags::CLIENT_SUBMIT_TIME, Value::Time(FileTime(received.0 - 50_000_000)));
    bag.set(tags::MESSAGE_FLAGS, (number % 3 != 0) as i32);
    bag.set(tags::IMPORTANCE, [1, 1, 1, 1, 0, 2][random.below(6) as usize]);
    bag.set(tags::PRIORITY, 0);
    bag.set(tags::SENSITIVITY, 0);
    bag.set(PropTag::new(0x1080, PropType::I32), random.below(300) as i32);
    bag.set(
        tags::INTERNET_MESSAGE_ID,
        format!("<{number}.{:x}@mail.example>", random.next()).as_str(),
    );
    let count = 180 + random.below(340);
    bag.set(tags::BODY, words(random, count).as_str());
    bag.set(
        tags::TRANSPORT_MESSAGE_HEADERS,
        format!("Received: from relay; id {:x}\r\n", random.next()).repeat(12).as_str(),
    );
    // What else Exchange keeps: flags, counters, keys, times.
    for at in 0..30_u16 {
        bag.set(PropTag::new(0x6700 + at, PropType::I32), random.below(1000) as i32);
    }
    for at in 0..8_u16 {
        let key: Vec<u8> = (0..2).flat_map(|_| random.next().to_le_bytes()).collect();
        bag.set(PropTag::new(0x6730 + at, PropType::BINARY), &key[..]);
    }
    for at in 0..5_u16 {
        let count = 3;
        bag.set(PropTag::new(0x6740 + at, PropType::UNICODE), words(random, count).as_str());
    }
    bag
}

fn recipient(row: i32, random: &mut Random) -> PropBag {
    let number = random.below(2000);
    let address = format!("user{number}@{}.example", word(100 + number));
    let mut bag = PropBag::new();
    bag.set(tags::ROWID, row);
    bag.set(tags::RECIPIENT_TYPE, if row < 3 { 1 } else { 2 });
    bag.set(tags::DISPLAY_NAME, format!("User {number}").as_str());
    bag.set(tags::ADDRTYPE, "SMTP");
    bag.set(tags::EMAIL_ADDRESS, address.as_str());
    bag.set(tags::SMTP_ADDRESS, address.as_str());
    for at in 0..5_u16 {
        bag.set(PropTag::new(0x6750 + at, PropType::I32), random.below(50) as i32);
    }
    bag
}
