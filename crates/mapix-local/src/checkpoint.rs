//! Carrying the log of the database over into the file, beside the writer and not in its way.
//!
//! SQLite does it at the end of a commit, and the writer, with everyone behind it, waits for the
//! disk twice. Here a thread of its own does it as soon as there is enough in the log. As long as
//! it finds more each time, the log cannot begin anew and grows; at [`MOST`] the writer does the
//! rest itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use mapix_core::Result;
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::db::{self, Access};
use crate::error::Sql;

/// How many pages the log has when it is worth the while: 16 MiB.
const ENOUGH: i32 = 1024;
/// How many the log has at most, but for the last commit: 64 MiB.
const MOST: i32 = 4096;

/// The thread, which is there from the first time that it is needed, and ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpointer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default, Debug)]
struct State {
    wanted: bool,
    ended: bool,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Follows the commits of a connection to a file.
    pub(crate) fn follow(writer: &mut Connection, path: &Path) -> Result<Self> {
        let (state, wake) = Default::default();
        let shared = Arc::new(Shared { path: path.to_owned(), state, wake });
        let asked = Arc::clone(&shared);
        // How long the log was when it was last carried over.
        let mut done = 0;
        let hook = move |wal: &mut Wal, pages: i32| {
            if pages < done {
                // It has begun anew.
                done = 0;
            }
            if pages - done >= ENOUGH {
                done = pages;
                if pages >= MOST || !asked.ask() {
                    // A reader may be in the way; then it is done another time.
                    let _ = wal.checkpoint();
                }
            }
            Ok(())
        };
        writer.wal_hook(Some(hook)).sql()?;
        Ok(Self(shared))
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.ended = true;
        let thread = state.thread.take();
        drop(state);
        self.0.wake.notify_one();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the thread do it; false if there is none, and none can be had.
    fn ask(self: &Arc<Self>) -> bool {
        let mut state = self.state();
        state.wanted = true;
        if state.thread.is_none() {
            let shared = Arc::clone(self);
            state.thread =
                Builder::new().name("checkpoint".into()).spawn(move || shared.run()).ok();
        }
        self.wake.notify_one();
        state.thread.is_some()
    }

    fn run(&self) {
        let mut connection = None;
        while self.wait() {
            if connection.is_none() {
                connection = db::connect(&self.path, Access::Write).ok();
            }
            if let Some(connection) = &connection {
                // What fails here, the writer does and is told of.
                let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            }
        }
    }

    /// Waits until there is something to do; false if it is over.
    fn wait(&self) -> bool {
        let idle = |state: &mut State| !state.wanted && !state.ended;
        let state = self.wake.wait_while(self.state(), idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.wanted = false;
        !state.ended
    }
}
