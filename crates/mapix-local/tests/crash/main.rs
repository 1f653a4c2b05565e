//! What is acknowledged is there, whatever happens: the process is killed, the power fails, the
//! disk is full or broken. A child makes commits that follow from a seed; afterwards the store
//! opens, its check is clean, and it holds all that was acknowledged, the commit under way wholly
//! or not at all, and nothing else.
//!
//! `MAPIX_SLOW=1` makes a thousand kills and five hundred power cuts.

mod child;
mod disk;
mod import;
mod migrate;
mod model;
mod random;
mod record;

use std::env;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use child::{Job, acknowledged};
use disk::Disk;
use libtest_mimic::{Arguments, Trial};
use mapix_core::query::PlainOnly;
use mapix_local::care;
use model::Model;
use random::Random;

fn main() -> ExitCode {
    if child::run() {
        return ExitCode::SUCCESS;
    }
    if cfg!(not(target_os = "linux")) {
        println!("skipped: what stands between a process and its files is made for Linux");
        return ExitCode::SUCCESS;
    }
    let test = |name: &str, test: fn()| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let tests = vec![
        test("power_cuts_lose_nothing", power_cuts_lose_nothing),
        test("power_cuts_while_compacting_lose_nothing", power_cuts_while_compacting_lose_nothing),
        test("kills_lose_nothing", kills_lose_nothing),
        test("kills_while_compacting_lose_nothing", kills_while_compacting_lose_nothing),
        test("power_cuts_while_migrating_lose_nothing", migrate::power_cuts),
        test("kills_while_migrating_lose_nothing", migrate::kills),
        test("kills_while_importing_lose_nothing", import::kills),
        test("power_cuts_while_importing_lose_nothing", import::power_cuts),
        test("failing_disks_lose_nothing", failing_disks_lose_nothing),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn rounds(fast: usize, slow: usize) -> usize {
    if env::var_os("MAPIX_SLOW").is_some() { slow } else { fast }
}

fn power_cuts_lose_nothing() {
    power_cuts("saves", 8, rounds(3, 64));
}

/// Records some runs, and cuts the power in each at some places.
fn power_cuts(way: &'static str, cuts: usize, runs: usize) {
    let shim = shim();
    for run in 0..runs {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("live");
        fs::create_dir(&live).unwrap();
        let log = folder.path().join("log");
        let job = Job { folder: live.clone(), seed: run as u64, from: 0, to: 60, way };
        let records = recorded(shim, &job, &log);
        let random = Random::new(run as u64 ^ 0xC0FFEE);
        cut(&job, &records, cuts, random, |job, told, what| {
            verify(job, told, what);
        });
    }
}

/// Runs a job, and gives what it wrote and what it waited for.
fn recorded(shim: &Path, job: &Job, log: &Path) -> Vec<record::Record> {
    let mut command = job.command();
    command.env("LD_PRELOAD", shim).env("CRASH_ROOT", &job.folder).env("CRASH_LOG", log);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    record::read(log)
}

/// Cuts the power at some places of a run, and has somebody look at what is left each time.
fn cut(
    job: &Job,
    records: &[record::Record],
    cuts: usize,
    mut random: Random,
    mut look: impl FnMut(&Job, u64, &str),
) {
    let live = &job.folder;
    let mut places: Vec<usize> = (0..cuts).map(|_| random.below(records.len() + 1)).collect();
    places.sort_unstable();
    let (mut disk, mut at) = (Disk::default(), 0);
    for (number, place) in places.into_iter().enumerate() {
        records[at..place].iter().for_each(|record| disk.apply(record));
        at = place;
        let job = Job { folder: live.with_file_name(number.to_string()), ..job.clone() };
        fs::create_dir(&job.folder).unwrap();
        disk.fail(live, &job.folder, &mut random);
        look(&job, acknowledged(&disk.now(&live.join("acks"))), &format!("cut at {place}"));
        fs::remove_dir_all(&job.folder).unwrap();
    }
}

fn power_cuts_while_compacting_lose_nothing() {
    power_cuts("compact", 8, rounds(1, 22));
}

fn kills_while_compacting_lose_nothing() {
    kills("compact", rounds(4, 300));
}

fn kills_lose_nothing() {
    kills("saves", rounds(12, 1000));
}

/// Kills child after child over the same store.
fn kills(way: &'static str, rounds: usize) {
    let mut random = Random::new(7);
    let mut folder = tempfile::tempdir().unwrap();
    let mut from = 0;
    for round in 0..rounds {
        if from > 400 {
            (folder, from) = (tempfile::tempdir().unwrap(), 0);
        }
        let seed = 1000;
        let job = Job { folder: folder.path().to_owned(), seed, from, to: u64::MAX, way };
        let mut child = job.command().stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(random.below(120_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let acks = fs::read(job.acks()).unwrap_or_default();
        from = verify(&job, acknowledged(&acks).max(from), &format!("round {round}"));
        // What was made but not acknowledged counts from here on.
        fs::write(job.acks(), format!("{from}\n")).unwrap();
    }
}

/// Lets each change of the files fail in turn, once or from then on, in several ways.
fn failing_disks_lose_nothing() {
    const CODES: [(i32, &str); 3] = [(28, "full"), (5, "broken"), (0, "short")];
    let (shim, steps) = (shim(), 6);
    let all = rounds(40, 1500);
    for number in 0..all {
        let (code, name) = CODES[number % 3];
        let lasting = number % 2 == 1;
        let way = if lasting { "fail" } else { "retry" };
        // All places at first, then further apart.
        let place = 1 + number / 6 + (number / 6).saturating_sub(60) * 2;
        let folder = tempfile::tempdir().unwrap();
        let job = Job { folder: folder.path().join("live"), seed: 5, from: 0, to: steps, way };
        fs::create_dir(&job.folder).unwrap();
        // The file of acknowledgements is not part of the trial.
        let root = job.folder.join("store.mapix");
        let mut command = job.command();
        command.env("LD_PRELOAD", shim).env("CRASH_ROOT", &root);
        command.env("CRASH_FAIL", format!("{place}:{code}{}", if lasting { "+" } else { "" }));
        let done = command.output().unwrap();
        let what = format!("a disk {name} at change {place}, {way}");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{what}: {said}");
        verify(&job, acknowledged(&fs::read(job.acks()).unwrap_or_default()), &what);
    }
}

/// Checks what is left, and gives how many steps that is.
fn verify(job: &Job, acknowledged: u64, what: &str) -> u64 {
    let path = job.store();
    let place = format!("seed {}, {acknowledged} acknowledged, {what}", job.seed);
    let store = child::open(&path).unwrap_or_else(|error| panic!("{place}: {error}"));
    let found = Model::read(&*store).unwrap_or_else(|error| panic!("{place}: {error}"));
    let before = Model::after(job.seed, acknowledged);
    let steps = if found == before {
        acknowledged
    } else {
        let step = before.step(job.seed, acknowledged);
        let mut after = before;
        after.apply(&step);
        assert_eq!(found, after, "{place}");
        acknowledged + 1
    };
    store.logoff().unwrap();
    drop(store);
    assert_clean(&path, &place);
    steps
}

/// Has the store checked.
fn assert_clean(path: &Path, what: &str) {
    let report = care::check(path, false, 10, Some(&PlainOnly), &mut || ControlFlow::Continue(()));
    let report = report.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(report.ok(), "{what}: {:?}", report.findings);
}

/// The library that stands between a child and its files; built once for all tests of a run.
fn shim() -> &'static Path {
    static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/shim.c");
        let target =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
        let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&target)
            .arg(source)
            .args(["-ldl", "-lpthread"]);
        let done = command.output().expect("a C compiler");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        target
    });
    &SHIM
}
