//! What kind of medium a store lies on.

use std::path::Path;

use mapix_core::{Error, ErrorCode, Result};

/// File systems that lie on another machine, or are shared by several, by the number that Linux
/// gives them. SQLite's log needs memory that all its readers share, which they do not have.
#[cfg(target_os = "linux")]
const REMOTE: [(u64, &str); 11] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x5346_414F, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564C, "NCP"),
    (0x00C3_6400, "Ceph"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x0102_1997, "9P"),
];

/// Refuses what lies on a network file system.
///
/// # Errors
/// `MAPI_E_NO_SUPPORT` with the reason.
#[cfg(target_os = "linux")]
pub(crate) fn check(path: &Path) -> Result<()> {
    let Ok(found) = rustix::fs::statfs(path) else { return Ok(()) };
    refuse(found.f_type as u64 & 0xFFFF_FFFF)
}

/// Elsewhere nothing is known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn check(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn refuse(kind: u64) -> Result<()> {
    match REMOTE.iter().find(|(number, _)| *number == kind) {
        Some((_, name)) => Err(Error::new(
            ErrorCode::NO_SUPPORT,
            format!(
                "it lies on a network file system ({name}), where programs cannot share memory, \
                 which a store that several of them open needs; copy it to a local disk"
            ),
        )),
        None => Ok(()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_refused_with_the_reason() {
        let error = refuse(0x6969).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NO_SUPPORT);
        assert!(error.to_string().contains("NFS"), "{error}");
        refuse(0xEF53).unwrap();
    }
}
