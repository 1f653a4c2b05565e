//! The message service `MAPIX_PST`: how sessions open PST and OST files.

use std::path::Path;
use std::sync::Arc;

use mapix_core::store::MessageStore;
use mapix_core::{Error, ErrorCode, OpenOptions, Result, SettingInfo, StoreProvider};

use crate::Pst;

/// Opens PST and OST files, for reading.
///
/// A password that a file may have does not encrypt it: the file opens without. One that is
/// given is verified.
#[derive(Clone, Copy, Debug)]
pub struct PstProvider;

impl StoreProvider for PstProvider {
    fn name(&self) -> &'static str {
        "MAPIX_PST"
    }

    fn scheme(&self) -> &'static str {
        "pst"
    }

    fn description(&self) -> &'static str {
        "Outlook data files (PST, OST)"
    }

    fn settings(&self) -> &'static [SettingInfo] {
        &[
            SettingInfo { name: "path", about: "the file", required: true, secret: false },
            SettingInfo {
                name: "password",
                about: "what the file's password is compared with",
                required: false,
                secret: true,
            },
        ]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(b"!BDN")
    }

    /// Nothing can be written.
    fn can_be_default(&self) -> bool {
        false
    }

    fn open(&self, location: &Path, options: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        if options.write {
            return Err(Error::new(ErrorCode::NO_ACCESS, "PST files are opened for reading only"));
        }
        let pst = Pst::open(location)?;
        if let Some(password) = &options.password
            && !pst.verify_password(password)
        {
            return Err(Error::new(ErrorCode::LOGON_FAILED, "the password does not fit"));
        }
        Ok(Arc::new(pst))
    }
}
