//! What the fuzzers of the C ABI in `fuzz/` do with an input. It stands here so that a normal
//! `cargo test` runs their seeds, and the inputs that once found something: see `tests/hostile.rs`.

#![allow(dead_code, non_snake_case, clippy::undocumented_unsafe_blocks)]

mod arguments;
mod calls;
mod functions;
mod slots;
mod world;

pub(crate) mod seeds;

/// A target.
pub(crate) type Target = fn(&[u8]);

/// All targets by their names.
pub(crate) const TARGETS: [(&str, Target); 3] =
    [("capi_calls", calls::calls), ("capi_functions", functions::functions), ("inf", inf)];

/// Runs a target.
pub(crate) fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a known target");
    target(data);
}

/// A file that describes message services: it is read, or refused with the place.
fn inf(data: &[u8]) {
    match mapi::import::parse(data) {
        Ok(services) => {
            for service in services {
                assert!(!service.name.is_empty());
                let providers = service.providers.iter().map(|provider| &provider.library);
                let libraries = providers.chain(service.entry.iter().map(|(library, _)| library));
                for library in libraries {
                    assert!(!library.contains(['/', '\\', '\0']), "{library:?} is a path");
                }
            }
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.contains("line") || told.contains('['), "{told}");
        }
    }
}
