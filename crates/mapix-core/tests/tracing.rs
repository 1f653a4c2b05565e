//! Each step of the lifecycle is an event of the `tracing` crate, the same that a session's own
//! tracer is told.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use mapix_core::notify::EventMask;
use mapix_core::store::{Faulty, MemoryStore};
use mapix_core::{ErrorCode, Event, Mapi};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

/// The fields of one event, by their names.
type Fields = BTreeMap<&'static str, String>;

/// Keeps what is told.
#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Vec<Fields>>>);

impl Subscriber for Keep {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == Event::TARGET
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Visited::default();
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Visited(Fields);

impl Visit for Visited {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

#[test]
fn every_step_is_an_event() {
    let kept = Keep::default();
    // Steps come from several threads, so it is the one of the process.
    tracing::subscriber::set_global_default(kept.clone()).unwrap();
    let session = Mapi::with_providers(Vec::new()).session();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&lines);
    session.set_tracer(Arc::new(move |event: &Event| {
        keep.lock().unwrap().push(event.to_string());
    }));
    let faulty = Arc::new(Faulty::new(MemoryStore::new("mail")));
    let store = session.attach(faulty.clone(), true).unwrap();
    let connection = store.advise(EventMask::ALL, None, |_| {}).unwrap();
    connection.unadvise();
    faulty.fail_nth(1, ErrorCode::DISK_ERROR);
    assert!(session.logoff()[0].result.is_err());
    drop(store);

    let events = kept.0.lock().unwrap().clone();
    let messages: Vec<_> = events.iter().map(|fields| fields["message"].clone()).collect();
    assert_eq!(messages, *lines.lock().unwrap(), "there is one truth");
    let steps: Vec<_> = events.iter().map(|fields| fields["step"].as_str()).collect();
    assert_eq!(
        steps,
        [
            "logon",
            "gate shut",
            "transports told",
            "logoff called",
            "logoff returned",
            "support released",
            "store released",
            "session ended",
        ]
    );
    assert_eq!(events[0]["provider"], "MAPIX_MEMORY");
    for (fields, step) in events.iter().zip(&steps) {
        let of_the_store = *step != "session ended";
        assert_eq!(fields.get("store").is_some_and(|store| store == "mail"), of_the_store);
        assert_eq!(fields.contains_key("error"), *step == "logoff returned");
    }
}
