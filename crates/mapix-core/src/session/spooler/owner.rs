//! Who holds a lock on a queued message, and whether he still lives: a lock of a spooler that
//! crashed is none.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::prop::{FileTime, Guid};

/// The spoolers of this process that live.
static LIVING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Nobody waits for anything while it is held.
fn living() -> MutexGuard<'static, BTreeSet<String>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A spooler as the holder of locks. It ends when it is dropped, and its locks with it.
#[derive(Debug)]
pub(crate) struct Owner(String);

impl Owner {
    pub(crate) fn new() -> Self {
        let token = format!("{} {}", process(), Guid::unique());
        living().insert(token.clone());
        Self(token)
    }

    /// What is written down with a lock.
    pub(crate) fn token(&self) -> &str {
        &self.0
    }

    /// Its locks hold no longer.
    pub(crate) fn end(&self) {
        living().remove(&self.0);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.end();
    }
}

/// Locks of spoolers that cannot be looked up (another machine, another system) hold so long, in
/// ticks of 100 ns: an hour.
const LEASE: i64 = 36_000_000_000;

/// Whether the spooler lives that took a lock at a time.
pub(crate) fn is_alive(token: &str, since: FileTime) -> bool {
    let Some((of, _)) = token.rsplit_once(' ') else { return false };
    if of == process() {
        return living().contains(token);
    }
    match there(of) {
        Some(alive) => alive,
        None => (0..LEASE).contains(&FileTime::now().0.saturating_sub(since.0)),
    }
}

/// This process, as nobody else is called: its place, its number, when it began.
fn process() -> &'static str {
    static PROCESS: OnceLock<String> = OnceLock::new();
    PROCESS.get_or_init(|| {
        let number = std::process::id();
        match (place(), began(number)) {
            (Some(place), Some(began)) => format!("{place} {number} {began}"),
            _ => format!("{} {number}", Guid::unique()),
        }
    })
}

/// Whether another process is there; `None` if that cannot be told.
fn there(process: &str) -> Option<bool> {
    let mut parts = process.split(' ');
    let (of, number, then) = (parts.next()?, parts.next()?, parts.next()?);
    // Numbers of processes mean something only where they were given.
    (of == place()?).then(|| number.parse().ok().and_then(began).as_deref() == Some(then))
}

/// The machine since it was started, and the space of process numbers in it.
fn place() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}/{}", boot.trim(), space.display()))
}

/// When a process began, in the machine's own count.
fn began(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything; twenty fields after it stands the time.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    // A dead process that nobody has asked for yet is still there, as a zombie.
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then(|| fields.nth(18).map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_end_with_their_owners() {
        let now = FileTime::now();
        let owner = Owner::new();
        let token = owner.token().to_owned();
        assert!(is_alive(&token, now));
        drop(owner);
        assert!(!is_alive(&token, now));
        assert!(!is_alive("", now));
    }

    #[test]
    fn locks_of_strangers_end_with_time() {
        let token = format!("elsewhere 1 2 {}", Guid::unique());
        let now = FileTime::now();
        assert!(is_alive(&token, now));
        assert!(!is_alive(&token, FileTime(now.0 - LEASE)));
        assert!(!is_alive(&token, FileTime(now.0 + LEASE)), "nobody took it in the future");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_is_gone_holds_no_lock() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let of = format!("{} {} {}", place().unwrap(), child.id(), began(child.id()).unwrap());
        let token = format!("{of} {}", Guid::unique());
        assert!(is_alive(&token, FileTime::now()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_alive(&token, FileTime::now()));
    }
}
