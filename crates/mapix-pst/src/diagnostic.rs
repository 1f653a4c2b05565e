//! What was found wrong while reading went on.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use mapix_core::store::{Diagnostic, ObjectRef, Severity};

/// The defects of one file, each once; beyond a limit they are only counted.
#[derive(Default, Debug)]
pub(crate) struct Diagnostics(Mutex<Inner>);

#[derive(Default, Debug)]
struct Inner {
    list: Vec<Diagnostic>,
    seen: HashSet<Diagnostic>,
    dropped: u64,
}

impl Diagnostics {
    const LIMIT: usize = 4096;

    /// Nothing is lost, but something is not as it should be.
    pub(crate) fn warn(&self, place: impl fmt::Display, cause: impl fmt::Display) {
        self.add(Severity::Warning, None, place.to_string(), cause.to_string());
    }

    /// Something could not be read.
    pub(crate) fn error(
        &self,
        object: Option<&ObjectRef>,
        place: impl fmt::Display,
        cause: impl fmt::Display,
    ) {
        self.add(Severity::Error, object.cloned(), place.to_string(), cause.to_string());
    }

    fn add(&self, severity: Severity, object: Option<ObjectRef>, place: String, cause: String) {
        let diagnostic = Diagnostic { severity, object, place, cause };
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.seen.contains(&diagnostic) {
            return;
        }
        if inner.list.len() >= Self::LIMIT {
            inner.dropped += 1;
            return;
        }
        inner.seen.insert(diagnostic.clone());
        inner.list.push(diagnostic);
    }

    /// The defects in the order of their finding; the last line counts those left out.
    pub(crate) fn list(&self) -> Vec<Diagnostic> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list = inner.list.clone();
        if inner.dropped > 0 {
            list.push(Diagnostic {
                severity: Severity::Error,
                object: None,
                place: "file".into(),
                cause: format!("at least {} more findings are not listed", inner.dropped),
            });
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_and_never_without_end() {
        let diagnostics = Diagnostics::default();
        diagnostics.warn("here", "odd");
        diagnostics.warn("here", "odd");
        assert_eq!(diagnostics.list().len(), 1);
        for n in 0..5000 {
            diagnostics.error(None, n, "gone");
        }
        assert_eq!(diagnostics.list().len(), Diagnostics::LIMIT + 1);
    }
}
