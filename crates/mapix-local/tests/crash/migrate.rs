//! A store of an older version is brought up to date by the first who opens it for writing: wholly
//! or not at all, and nothing in it is lost.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use mapix_conformance::image;
use mapix_core::Result;

use crate::child::{self, Job, acknowledged};
use crate::disk::Disk;
use crate::random::Random;
use crate::{assert_clean, record, rounds, shim};

/// A store of the first version.
const OLD: &[u8] = include_bytes!("../versions/v1.mapix");

/// What the child does: puts the old store there, says so, and opens it.
pub(crate) fn work(path: &Path, mut acks: File) -> Result<()> {
    let mut file = File::create(path)?;
    file.write_all(OLD)?;
    file.sync_all()?;
    File::open(path.parent().unwrap_or(path))?.sync_all()?;
    acks.write_all(b"1\n")?;
    child::open(path)?.logoff()
}

/// What is in the store, whatever its version.
fn image() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.mapix");
    fs::write(&path, OLD).unwrap();
    image::of(&*child::open(&path).unwrap()).unwrap()
}

fn verify(job: &Job, expected: &[String], what: &str) {
    let store = child::open(&job.store()).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(image::of(&*store).unwrap(), expected, "{what}");
    store.logoff().unwrap();
    drop(store);
    assert_clean(&job.store(), what);
}

fn job(folder: &Path) -> Job {
    Job { folder: folder.to_owned(), seed: 0, from: 0, to: 0, way: "migrate" }
}

pub(crate) fn kills() {
    let (mut random, expected) = (Random::new(11), image());
    for round in 0..rounds(8, 300) {
        let folder = tempfile::tempdir().unwrap();
        let job = job(folder.path());
        let mut child = job.command().stdout(Stdio::null()).spawn().unwrap();
        // From when the old store is there on.
        while fs::metadata(job.acks()).map_or(0, |file| file.len()) == 0 {
            std::thread::sleep(Duration::from_micros(100));
        }
        std::thread::sleep(Duration::from_micros(random.below(40_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        verify(&job, &expected, &format!("round {round}"));
    }
}

pub(crate) fn power_cuts() {
    let (mut random, expected, shim) = (Random::new(12), image(), shim());
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    fs::create_dir(&live).unwrap();
    let log = folder.path().join("log");
    let mut command = job(&live).command();
    command.env("LD_PRELOAD", shim).env("CRASH_ROOT", &live).env("CRASH_LOG", &log);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let (mut disk, mut judged) = (Disk::default(), 0);
    let records = record::read(&log);
    let each = rounds(1, 8);
    for (number, record) in records.iter().enumerate() {
        disk.apply(record);
        if acknowledged(&disk.now(&live.join("acks"))) == 0 {
            continue;
        }
        for cut in 0..each {
            let job = job(&folder.path().join(format!("{number}.{cut}")));
            fs::create_dir(&job.folder).unwrap();
            disk.fail(&live, &job.folder, &mut random);
            verify(&job, &expected, &format!("cut after change {number}"));
            fs::remove_dir_all(&job.folder).unwrap();
            judged += 1;
        }
    }
    assert!(judged > each, "the old store was brought up to date");
}
