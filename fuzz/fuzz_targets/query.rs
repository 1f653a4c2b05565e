//! Query text: whatever parses prints to text that parses to the same query, and compiles.

#![no_main]

use mapix_core::prop::FileTime;
use mapix_core::query::{Context, NoNames, Place, Query};
use mapix_core::restriction::Matcher;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let context = Context { now: FileTime::from_unix(1_800_000_000) };
    match Query::parse(text, &context) {
        Ok(query) => {
            let again = Query::parse(&query.to_string(), &context).expect("it parsed before");
            assert_eq!(again, query);
            if let Ok(restriction) = query.to_restriction(&NoNames, &Place::default()) {
                let _ = Matcher::new(&restriction);
            }
        }
        Err(error) => assert!(error.render(text, 80).lines().count() <= 8),
    }
});
