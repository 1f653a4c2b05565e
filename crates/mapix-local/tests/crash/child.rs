//! The process that is killed, whose disk fails, or whose power goes.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mapix_core::store::MessageStore;
use mapix_core::{Result, StoreProvider};
use mapix_local::LocalProvider;

use crate::model::{Model, Places};
use crate::{import, migrate};

/// What a child does.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) folder: PathBuf,
    pub(crate) seed: u64,
    /// The steps that it makes: those from the first on that is not in the store yet.
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// `saves`, or `fail` (stops at the first failure), or `retry` (goes on after one), or
    /// `compact` (compacts the store between saves), or `migrate` (opens an old store), or
    /// `import` (imports a mailbox that follows from the seed).
    pub(crate) way: &'static str,
}

const VARIABLE: &str = "CRASH_CHILD";

impl Job {
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join("store.mapix")
    }

    pub(crate) fn acks(&self) -> PathBuf {
        self.folder.join("acks")
    }

    /// This test program again, as a child.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        let words = [self.seed, self.from, self.to].map(|number| number.to_string()).join(" ");
        command.env(VARIABLE, format!("{} {words} {}", self.way, self.folder.display()));
        command
    }
}

/// How many steps were acknowledged by then.
pub(crate) fn acknowledged(acks: &[u8]) -> u64 {
    let whole = acks.rsplitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default();
    let last = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    std::str::from_utf8(last).unwrap().parse().unwrap_or(0)
}

pub(crate) fn open(path: &Path) -> Result<Arc<dyn MessageStore>> {
    let options =
        mapix_core::OpenOptions { write: true, create: true, ..mapix_core::OpenOptions::default() };
    LocalProvider::default().open(path, &options)
}

/// Does the job if this process is a child; gives whether it was.
pub(crate) fn run() -> bool {
    let Ok(job) = env::var(VARIABLE) else { return false };
    let words: Vec<&str> = job.splitn(5, ' ').collect();
    let number = |at: usize| words[at].parse::<u64>().unwrap();
    let (seed, from, to, folder) = (number(1), number(2), number(3), Path::new(words[4]));
    let acks = OpenOptions::new().create(true).append(true).open(folder.join("acks")).unwrap();
    let path = folder.join("store.mapix");
    let result = match words[0] {
        "import" => import::work(&path, seed, acks),
        "migrate" => migrate::work(&path, acks),
        way => work(&path, way, seed, from..to, acks),
    };
    if let Err(error) = result {
        println!("stopped: {error}");
    }
    true
}

fn work(
    path: &Path,
    way: &str,
    seed: u64,
    steps: std::ops::Range<u64>,
    mut acks: File,
) -> Result<()> {
    let store = open(path)?;
    let mut places = Places::read(&*store)?;
    places.prepare(&*store)?;
    let mut model = Model::after(seed, steps.start);
    for number in steps {
        let step = model.step(seed, number);
        if let Err(error) = places.commit(&*store, &step) {
            println!("failed: {error}");
            // What failed has changed nothing.
            assert_eq!(Model::read(&*store)?, model, "after {error}");
            if way != "retry" {
                return Ok(());
            }
            places = Places::read(&*store)?;
            places.commit(&*store, &step)?;
        }
        model.apply(&step);
        acks.write_all(format!("{}\n", number + 1).as_bytes())?;
        if way == "compact" && number % 10 == 9 {
            mapix_local::care::compact(path)?;
        }
    }
    store.logoff()
}
