use std::io::{Read, Seek, SeekFrom};

use mapix_core::ErrorCode;
use mapix_core::prop::{PropTag, PropType, tags};
use mapix_core::store::ObjectRef;

use super::{LIMIT, assert_fails, cases, missing_objects};
use crate::{Need, Outcome, Subject, walk};

cases! {
    "stream";
    stream_equals_value: Need::Nothing;
    stream_seeks: Need::Nothing;
    missing_property_is_not_found: Need::Nothing;
}

/// Larger values are not compared byte by byte.
const INLINE: u64 = 1 << 20;

fn stream_equals_value(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for object in walk::objects(store.as_ref(), LIMIT)? {
        let props = walk::readable(store.properties(&object, INLINE))?.unwrap_or_default();
        for prop in &props {
            if let Some(bytes) = walk::bytes(&prop.value) {
                let read = walk::stream(store.as_ref(), &object, prop.tag)?;
                assert!(read == bytes, "{object:?} {:?}: the bytes differ", prop.tag);
            }
        }
    }
    Ok(())
}

fn stream_seeks(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let mut largest: Option<(ObjectRef, PropTag, Vec<u8>)> = None;
    for object in walk::objects(store.as_ref(), LIMIT)? {
        let props = walk::readable(store.properties(&object, INLINE))?.unwrap_or_default();
        for prop in &props {
            let bytes = walk::bytes(&prop.value).unwrap_or_default();
            if largest.as_ref().is_none_or(|kept| kept.2.len() < bytes.len()) {
                largest = Some((object.clone(), prop.tag, bytes));
            }
        }
    }
    let Some((object, tag, bytes)) = largest.filter(|kept| kept.2.len() > 4) else {
        return Ok(());
    };
    let len = bytes.len();
    let mut stream = store.open_stream(&object, tag)?;
    let mut rest = Vec::new();
    let middle = len / 2;
    assert_eq!(stream.seek(SeekFrom::Start(middle as u64))?, middle as u64);
    stream.read_to_end(&mut rest)?;
    assert!(rest == bytes[middle..], "from the middle");
    let mut two = [0; 2];
    assert_eq!(stream.seek(SeekFrom::End(-3))?, len as u64 - 3);
    stream.read_exact(&mut two)?;
    assert_eq!(two, bytes[len - 3..len - 1]);
    assert_eq!(stream.seek(SeekFrom::Current(-2))?, len as u64 - 3);
    stream.read_exact(&mut two)?;
    assert_eq!(two, bytes[len - 3..len - 1]);
    assert_eq!(stream.seek(SeekFrom::End(10))?, len as u64 + 10);
    assert_eq!(stream.read(&mut two)?, 0, "past the end");
    assert!(stream.seek(SeekFrom::Current(-(len as i64) - 11)).is_err(), "before the start");
    stream.rewind()?;
    stream.read_exact(&mut two)?;
    assert_eq!(two, bytes[..2]);
    Ok(())
}

fn missing_property_is_not_found(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for object in walk::objects(store.as_ref(), 40)? {
        let Some(props) = walk::readable(store.properties(&object, 0))? else { continue };
        let free = (0x6900..0x7B00).find(|id| props.find(*id).is_none());
        let tag = PropTag::new(free.ok_or("all IDs are taken")?, PropType::BINARY);
        assert_fails(store.open_stream(&object, tag).map(drop), ErrorCode::NOT_FOUND);
    }
    for object in missing_objects(store.as_ref())? {
        assert_fails(store.open_stream(&object, tags::SUBJECT).map(drop), ErrorCode::NOT_FOUND);
    }
    Ok(())
}
