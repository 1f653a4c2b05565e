//! Mail of messages whose properties are anything: it is written, and the same twice.

#![no_main]

use std::sync::Arc;

use mapix_convert::{EmlOptions, Names, write_eml};
use mapix_core::prop::{CodePage, PropTag, Value};
use mapix_core::store::MemoryStore;
use mapix_core::{AttachMethod, Mapi};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(Arc::new(MemoryStore::new("fuzz")), true).unwrap();
    let message = store.root().unwrap().create_message().unwrap();
    let attachment = message.create_attachment(AttachMethod::ByValue).unwrap();
    // A tag, a length, and so many bytes: of the message, or of its attachment.
    let mut rest = data;
    while let Some((head, after)) = rest.split_first_chunk::<6>() {
        let tag = PropTag(u32::from_le_bytes([head[0], head[1], head[2], head[3]]));
        let (bytes, after) = after.split_at(after.len().min(usize::from(head[5])));
        let value = Value::from_bytes(tag.prop_type(), bytes, CodePage::WESTERN);
        let _ = if head[4] & 1 == 0 { message.set(tag, value) } else { attachment.set(tag, value) };
        rest = after;
    }
    if attachment.save().is_err() || message.save().is_err() {
        return;
    }
    let options = EmlOptions::new(Names::of(&store).unwrap());
    let (mut first, mut second) = (Vec::new(), Vec::new());
    write_eml(&message, &options, &mut first).unwrap();
    write_eml(&message, &options, &mut second).unwrap();
    assert_eq!(first, second);
    for line in first.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 999);
    }
});
