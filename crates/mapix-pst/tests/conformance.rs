//! The contract of stores, on real files of each format.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use mapix_conformance::{Subject, Suite, corpus};
use mapix_core::Result;
use mapix_core::store::MessageStore;
use mapix_pst::Pst;

struct File(PathBuf);

impl Subject for File {
    fn open(&self) -> Result<Arc<dyn MessageStore>> {
        Ok(Arc::new(Pst::open(&self.0)?))
    }

    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>> {
        drop(store);
        self.open()
    }
}

fn main() -> ExitCode {
    let wanted = [
        ("ansi", "sample2.pst"),
        ("unicode", "Outlook.pst"),
        ("unicode_attachments", "enron.pst"),
        ("unicode_ost", "SampleOstFile.ost"),
        ("ost_4k", "pstextractortest@outlook.com.ost"),
    ];
    let mut suite = Suite::new();
    for (name, file) in wanted {
        if let Some(mailbox) = corpus::mailbox(file) {
            suite = suite.add(name, File(mailbox.path.clone()));
        }
    }
    suite.run()
}
