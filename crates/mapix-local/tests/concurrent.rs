//! Several processes change the same messages at the same time: no update is lost, a conflict is
//! `MAPI_E_OBJECT_CHANGED`, what happened has one order that fits the clocks, and whoever follows
//! the changes sees all of them, once, in that order.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use libtest_mimic::{Arguments, Trial};
use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{Change, Changes, MessageStore, MessageUpdate, ObjectChange, ObjectRef};
use mapix_core::{ErrorCode, OpenOptions, Result, StoreProvider};
use mapix_local::LocalProvider;

const VARIABLE: &str = "CONCURRENT_CHILD";
const PROCESSES: usize = 4;
const MESSAGES: u64 = 6;
/// What all messages have together, whatever is moved from one to the other.
const EACH: i32 = 1000;

fn main() -> ExitCode {
    if let Ok(job) = env::var(VARIABLE) {
        let (number, path) = job.split_once(' ').unwrap();
        child(number.parse().unwrap(), Path::new(path)).unwrap();
        return ExitCode::SUCCESS;
    }
    let test = |name: &str, test: fn()| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let tests = vec![
        test("no_update_is_lost", no_update_is_lost),
        test("a_follower_sees_every_change_once", a_follower_sees_every_change_once),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn open(path: &Path) -> Result<Arc<dyn MessageStore>> {
    LocalProvider::default()
        .open(path, &OpenOptions { write: true, create: true, ..OpenOptions::default() })
}

/// One update, as a process saw it.
#[derive(Debug)]
struct Done {
    began: u128,
    ended: u128,
    /// The messages between which something was moved, and how often each had been changed.
    from: (u64, i32),
    to: (u64, i32),
}

fn steps() -> usize {
    if env::var_os("MAPIX_SLOW").is_some() { 2000 } else { 120 }
}

/// Moves amounts between messages, each time in one commit that expects both as they were read;
/// prints what was done.
fn child(number: usize, path: &Path) -> Result<()> {
    let store = open(path)?;
    let ids = messages(&*store)?;
    let mut random = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(number as u64 + 1);
    let mut below = |limit: u64| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % limit
    };
    let (mut done, mut conflicts) = (0, 0);
    while done < steps() {
        let from = ids[below(MESSAGES) as usize];
        let to = ids[below(MESSAGES) as usize];
        if from == to {
            continue;
        }
        let began = now();
        let (source, target) = (read(&*store, from)?, read(&*store, to)?);
        let amount = below(20) as i32;
        let changes = vec![write(from, &source, -amount), write(to, &target, amount)];
        match store.commit(changes) {
            Ok(_) => {
                println!("{began} {} {from} {} {to} {}", now(), source.count, target.count);
                done += 1;
            }
            Err(error) if error.code() == ErrorCode::OBJECT_CHANGED => conflicts += 1,
            Err(error) => return Err(error),
        }
    }
    println!("conflicts {conflicts}");
    store.logoff()
}

fn now() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos()
}

struct Seen {
    stamp: u64,
    count: i32,
    amount: i32,
}

/// The stamp is read first: if the message is changed meanwhile, the commit must refuse.
fn read(store: &dyn MessageStore, id: u64) -> Result<Seen> {
    let stamp = store.stamp(id)?;
    let props = store.properties(&ObjectRef::message(id), 4096)?;
    let number = |tag| props.i32(tag).unwrap();
    Ok(Seen { stamp, count: number(tags::SENSITIVITY), amount: number(tags::PRIORITY) })
}

fn write(message: u64, seen: &Seen, amount: i32) -> Change {
    let mut update = MessageUpdate::default();
    update.set.set(tags::SENSITIVITY, seen.count + 1);
    update.set.set(tags::PRIORITY, seen.amount + amount);
    Change::UpdateMessage { message, expected: Some(seen.stamp), update }
}

fn messages(store: &dyn MessageStore) -> Result<Vec<u64>> {
    let mut found = Vec::new();
    store.inventory(&mut |item| {
        if item.kind == mapix_core::store::ItemKind::Message {
            found.push(item.id);
        }
        std::ops::ControlFlow::Continue(())
    })?;
    found.sort_unstable();
    Ok(found)
}

fn fill(store: &dyn MessageStore) -> Result<()> {
    let root = store.info().root;
    let mut properties = PropBag::new();
    properties.set(tags::DISPLAY_NAME, "accounts");
    let folder = store
        .commit(vec![Change::CreateFolder {
            parent: root,
            search: false,
            properties,
            copy_of: None,
        }])?
        .created[0];
    let create = |number: u64| {
        let mut content = MessageUpdate::default();
        content.set.set(tags::SUBJECT, number.to_string().as_str());
        content.set.set(tags::SENSITIVITY, 0);
        content.set.set(tags::PRIORITY, EACH);
        Change::CreateMessage { folder, associated: false, content }
    };
    store.commit((0..MESSAGES).map(create).collect()).map(drop)
}

/// Runs all processes to their end; gives what each did, and how many conflicts there were.
fn run(path: &Path, meanwhile: impl FnOnce()) -> (Vec<Vec<Done>>, u64) {
    let program = env::current_exe().unwrap();
    let start = |number: usize| {
        let mut command = Command::new(&program);
        command.env(VARIABLE, format!("{number} {}", path.display())).stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..PROCESSES).map(start).collect();
    meanwhile();
    let (mut all, mut conflicts) = (Vec::new(), 0);
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "a process failed");
        let mut done = Vec::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["conflicts", number] => conflicts += number.parse::<u64>().unwrap(),
                [began, ended, from, source, to, target] => done.push(Done {
                    began: began.parse().unwrap(),
                    ended: ended.parse().unwrap(),
                    from: (from.parse().unwrap(), source.parse().unwrap()),
                    to: (to.parse().unwrap(), target.parse().unwrap()),
                }),
                _ => panic!("{line}"),
            }
        }
        all.push(done);
    }
    (all, conflicts)
}

fn no_update_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.mapix");
    let store = open(&path).unwrap();
    fill(&*store).unwrap();
    let (all, _) = run(&path, || ());
    let all: Vec<Done> = all.into_iter().flatten().collect();
    assert_eq!(all.len(), PROCESSES * steps());

    // Each message was changed from count to count, by exactly one update each.
    let mut by_count: BTreeMap<(u64, i32), &Done> = BTreeMap::new();
    for done in &all {
        for place in [done.from, done.to] {
            let other = by_count.insert(place, done);
            assert!(other.is_none(), "two updates of {place:?}: {done:?} {other:?}");
        }
    }
    let mut sum = 0;
    for id in messages(&*store).unwrap() {
        let seen = read(&*store, id).unwrap();
        let counts: Vec<i32> = by_count.range((id, 0)..=(id, i32::MAX)).map(|c| c.0.1).collect();
        assert_eq!(counts, (0..seen.count).collect::<Vec<_>>(), "message {id}");
        sum += seen.amount;
        // What ended before another began, came before it.
        let mut ended = 0;
        for (_, done) in by_count.range((id, 0)..=(id, i32::MAX)).rev() {
            assert!(ended == 0 || done.began <= ended, "message {id}: {done:?}");
            ended = if ended == 0 { done.ended } else { ended.min(done.ended) };
        }
    }
    assert_eq!(sum, EACH * MESSAGES as i32);
}

fn a_follower_sees_every_change_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.mapix");
    let store = open(&path).unwrap();
    fill(&*store).unwrap();
    let ids: BTreeSet<u64> = messages(&*store).unwrap().into_iter().collect();
    let mut cursor = store.changes_since(0).unwrap().cursor;
    let wanted = PROCESSES * steps() * 2;
    let mut seen = BTreeMap::new();
    let (all, _) = run(&path, || {
        let mut count = 0;
        while count < wanted {
            store.wait_for_changes(cursor, Duration::from_secs(60)).unwrap();
            let Changes { events, cursor: next, lost } = store.changes_since(cursor).unwrap();
            assert!(!lost && next > cursor, "nothing new after {cursor}");
            for event in events {
                if event.change == ObjectChange::Modified && ids.contains(&event.object) {
                    *seen.entry(event.object).or_insert(0) += 1;
                    count += 1;
                }
            }
            cursor = next;
        }
    });
    let mut done: BTreeMap<u64, i32> = BTreeMap::new();
    for update in all.iter().flatten() {
        *done.entry(update.from.0).or_default() += 1;
        *done.entry(update.to.0).or_default() += 1;
    }
    assert_eq!(seen, done);
    assert_eq!(store.changes_since(cursor).unwrap().events, []);
    fs::metadata(&path).unwrap();
}
