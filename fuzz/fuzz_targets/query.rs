//! Query text, and restrictions as text: whatever parses prints to text that parses to the same,
//! and compiles.

#![no_main]

use mapix_core::prop::FileTime;
use mapix_core::query::{Context, NoNames, Place, Query};
use mapix_core::restriction::{Matcher, Restriction};

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
    match Restriction::parse(text, &NoNames) {
        Ok(restriction) => {
            let printed = restriction.to_string();
            // Names become numbers, which may be longer.
            if printed.len() <= Query::MAX_LENGTH {
                let again = Restriction::parse(&printed, &NoNames).expect("it parsed before");
                // Not by `==`: NaN would be another NaN.
                assert_eq!(format!("{again:?}"), format!("{restriction:?}"));
            }
            let _ = Matcher::new(&restriction);
        }
        Err(error) => assert!(error.render(text, 80).lines().count() <= 8),
    }
});
