//! Files that change while they are read.

use std::fs::{self, OpenOptions};
use std::io::Write;

use mapix_conformance::{corpus, walk};
use mapix_core::ErrorCode;
use mapix_core::store::MessageStore;
use mapix_pst::Pst;

#[test]
fn a_file_that_changes_underneath_is_told_at_logoff() {
    let Some(mailbox) = corpus::mailbox("enron.pst") else { return };
    let path = std::env::temp_dir().join(format!("mapix-changed-{}.pst", std::process::id()));
    fs::copy(&mailbox.path, &path).unwrap();
    let calm = Pst::open(&path).unwrap();
    calm.logoff().unwrap();
    let pst = Pst::open(&path).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(mailbox.size / 2).unwrap();
    // Much cannot be read any more; nothing worse happens.
    let objects = walk::objects(&pst, 1000).unwrap_or_default();
    let readable = objects.iter().filter(|object| pst.properties(object, 4096).is_ok()).count();
    assert!(readable <= objects.len());
    assert_eq!(pst.logoff().unwrap_err().code(), ErrorCode::OBJECT_CHANGED);

    let pst = Pst::open(&path);
    if let Ok(pst) = pst {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"more").unwrap();
        assert_eq!(pst.logoff().unwrap_err().code(), ErrorCode::OBJECT_CHANGED);
    }
    fs::remove_file(&path).unwrap();
}
