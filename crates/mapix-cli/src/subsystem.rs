//! MAPI, as every verb begins it.

use mapix::Mapi;

/// MAPI with what is built in, and with the message store providers that are installed. What is
/// wrong with one of their files is said once, on standard error, and costs only that file.
pub(crate) fn initialize() -> Mapi {
    let mapi = mapix::initialize();
    #[cfg(feature = "foreign-providers")]
    let mapi = with_foreign_providers(mapi);
    mapi
}

#[cfg(feature = "foreign-providers")]
fn with_foreign_providers(mapi: Mapi) -> Mapi {
    static TOLD: std::sync::Once = std::sync::Once::new();
    let (mapi, errors) = mapi::import::with_providers(mapi);
    TOLD.call_once(|| {
        for error in errors {
            eprintln!("mapix: warning: {}", crate::output::text::safe(&error.to_string()));
        }
    });
    mapi
}
