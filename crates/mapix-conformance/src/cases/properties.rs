use mapix_core::ErrorCode;
use mapix_core::prop::{PropBag, Value};
use mapix_core::store::{Capability, MessageRef, ObjectRef};

use super::{LIMIT, assert_fails, cases, missing_objects};
use crate::{Need, Outcome, Subject, sample, walk};

cases! {
    "properties";
    properties_are_complete: Need::Able(Capability::WRITE);
    large_values_are_marked: Need::Nothing;
    missing_object_is_not_found: Need::Nothing;
    damage_costs_only_itself: Need::Nothing;
}

fn properties_are_complete(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let found = store.properties(&ObjectRef::message(sample.every_type), u64::MAX)?;
    assert_holds(&found, &sample::every_type());
    let outer = MessageRef::new(sample.forwarded);
    let note = store.properties(&ObjectRef::Message(outer.inside(1).inside(0)), u64::MAX)?;
    assert_holds(&note, &sample::note("The first letter").set);
    let file = ObjectRef::Attachment(outer.inside(1).inside(0), 0);
    let picture = sample::file("picture.png", &sample::noise(500));
    assert_holds(&store.properties(&file, u64::MAX)?, &picture.set);
    Ok(())
}

fn assert_holds(found: &PropBag, expected: &PropBag) {
    for prop in expected {
        assert_eq!(found.find(prop.tag.id()), Some(prop));
    }
}

fn large_values_are_marked(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for object in walk::objects(store.as_ref(), LIMIT)? {
        for inline in [16, 4096] {
            let props = walk::readable(store.properties(&object, inline))?.unwrap_or_default();
            for prop in &props {
                let Value::Large(prop_type, size) = prop.value else { continue };
                let place = format!("{object:?} {:?} with {inline}", prop.tag);
                assert!(size > inline, "{place}: {size}");
                assert_eq!(prop_type, prop.tag.prop_type(), "{place}");
                let mut stream = store.open_stream(&object, prop.tag)?;
                let end = stream.seek(std::io::SeekFrom::End(0))?;
                assert_eq!(end, size, "{place}");
            }
        }
    }
    Ok(())
}

fn missing_object_is_not_found(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for object in missing_objects(store.as_ref())? {
        let result = store.properties(&object, 4096);
        assert!(result.is_err(), "{object:?}");
        assert_fails(result, ErrorCode::NOT_FOUND);
    }
    for id in [0, u64::MAX] {
        assert_fails(store.stamp(id), ErrorCode::NOT_FOUND);
        assert_fails(store.parent(id), ErrorCode::NOT_FOUND);
        assert_fails(store.parts(id), ErrorCode::NOT_FOUND);
        assert_fails(store.entry_id(&ObjectRef::Folder(id)), ErrorCode::NOT_FOUND);
        assert_fails(store.entry_id(&ObjectRef::message(id)), ErrorCode::NOT_FOUND);
    }
    Ok(())
}

/// Shows something only on a store with damaged properties.
fn damage_costs_only_itself(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let mut damaged = 0;
    for object in walk::objects(store.as_ref(), LIMIT)? {
        let props = walk::readable(store.properties(&object, 4096))?.unwrap_or_default();
        damaged += props.iter().filter(|prop| prop.value.as_error().is_some()).count();
    }
    assert!(damaged == 0 || !store.diagnostics().is_empty(), "{damaged} without a diagnostic");
    Ok(())
}
