//! Ctrl-C: the first asks the run to stop at the next item, the second ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::{Exit, Failure, Outcome};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Starts to listen. Where that is not possible, Ctrl-C ends the process as usual.
pub(crate) fn listen() {
    // Without a handler the run works all the same, so an error is not worth a message.
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
}

/// Whether the run shall stop.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Called between items.
pub(crate) fn check() -> Outcome<()> {
    if requested() { Err(Failure::Interrupted) } else { Ok(()) }
}
