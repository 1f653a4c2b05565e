//! Measures the embedded store, and beside it the same engine with a row for each property.
//!
//!     compare-store fill STORE COUNT [FOLDERS [attachments]]
//!     compare-store fill-eav FILE COUNT PAGE_SIZE [attachments] [index]
//!     compare-store single STORE COUNT        one message in each commit
//!     compare-store sync FILE COUNT           what the disk takes for that at least
//!     compare-store tables STORE RUNS [TEXT]  TEXT is looked for in subjects
//!     compare-store tables-eav FILE RUNS
//!     compare-store search STORE RUNS QUERY...
//!     compare-store writers STORE PROCESSES SECONDS
//!     compare-store latency STORE COUNT
//!     compare-store index-size STORE
//!     compare-store unclustered STORE FILE
//!     compare-store folder FILE TABLE         the largest folder of a table as it is
//!     compare-store folders STORE COUNT
//!
//! Prints one figure on a line: its name, a tab, its value. Times are in milliseconds, medians of
//! the runs unless the name says otherwise.

mod eav;
mod layout;
mod mail;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use mapix_core::prop::{PropBag, PropTag, PropType, tags};
use mapix_core::query::{Context, Query};
use mapix_core::restriction::{RelOp, Restriction};
use mapix_core::store::{Change, MessageStore, ObjectRef, RowSource, SearchRequest};
use mapix_core::table::{Bookmark, SortKey, SortOrderSet};
use mapix_core::{Contents, Folder, Mapi, OpenOptions, Session, StoreProvider};
use mapix_local::LocalProvider;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |at: usize, default: u64| words.get(at).map_or(Ok(default), |word| word.parse());
    match words[..] {
        ["fill", path, ..] => {
            let attached = words.contains(&"attachments");
            fill(Path::new(path), number(2, 1000)?, number(3, 1)?, attached)
        }
        ["fill-eav", path, ..] => {
            let (attached, index) = (words.contains(&"attachments"), words.contains(&"index"));
            fill_eav(Path::new(path), number(2, 1000)?, number(3, 4096)? as u32, attached, index)
        }
        ["single", path, ..] => single(Path::new(path), number(2, 1000)?),
        ["sync", path, ..] => sync(Path::new(path), number(2, 1000)?),
        ["tables", path, ..] => {
            tables(Path::new(path), number(2, 5)?, words.get(3).copied().unwrap_or("foo"))
        }
        ["tables-eav", path, ..] => tables_eav(Path::new(path), number(2, 5)?),
        ["search", path, runs, ref queries @ ..] => search(Path::new(path), runs.parse()?, queries),
        ["writers", path, ..] => writers(Path::new(path), number(2, 2)?, number(3, 10)?),
        ["writer", path, ..] => writer(Path::new(path), number(2, 10)?),
        ["latency", path, ..] => latency(Path::new(path), number(2, 300)?),
        ["index-size", path] => layout::index_size(Path::new(path)),
        ["unclustered", store, path] => layout::unclustered(Path::new(store), Path::new(path)),
        ["folder", path, table] => layout::folder(Path::new(path), table),
        ["folders", path, count] => layout::folders(Path::new(path), count.parse()?),
        ["saver", path, ..] => saver(Path::new(path), number(2, 300)?),
        _ => Err("see the head of src/main.rs".into()),
    }
}

fn say(name: &str, value: f64) {
    println!("{name}\t{value:.4}");
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The value below which so many percent of the times are.
fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() - 1) * percent / 100]
}

/// Runs something once for nothing, then so many times; says the median.
fn time<T>(
    name: &str,
    runs: u64,
    mut what: impl FnMut() -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let mut last = what()?;
    let mut times = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        last = what()?;
        times.push(ms(start.elapsed()));
    }
    say(name, percentile(&mut times, 50));
    Ok(last)
}

fn resident(name: &str) -> Outcome {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: f64 = peak.ok_or("no VmHWM")?.trim_end_matches("kB").trim().parse()?;
    say(name, kilobytes / 1024.0);
    Ok(())
}

fn open(path: &Path) -> Result<Arc<dyn MessageStore>, Box<dyn Error>> {
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    Ok(LocalProvider::default().open(path, &options)?)
}

fn folders(store: &dyn MessageStore, count: u64) -> Result<Vec<u64>, Box<dyn Error>> {
    let mut changes = Vec::new();
    for number in 0..count {
        let mut properties = PropBag::new();
        properties.set(tags::DISPLAY_NAME, format!("bench {number}").as_str());
        changes.push(Change::CreateFolder {
            parent: store.info().root,
            search: false,
            properties,
            copy_of: None,
        });
    }
    Ok(store.commit(changes)?.created)
}

fn fill(path: &Path, count: u64, folder_count: u64, attached: bool) -> Outcome {
    let store = open(path)?;
    let folders = folders(&*store, folder_count)?;
    let mut spent = Duration::ZERO;
    let mut at = 0;
    while at < count {
        let end = (at + 1000).min(count);
        let create = |number: u64| Change::CreateMessage {
            folder: folders[(number % folder_count) as usize],
            associated: false,
            content: mail::message(number, attached),
        };
        let changes = (at..end).map(create).collect();
        let start = Instant::now();
        store.commit(changes)?;
        spent += start.elapsed();
        at = end;
    }
    say("insert, messages/s", count as f64 / spent.as_secs_f64());
    resident("insert, peak MB")?;
    store.logoff()?;
    drop(store);
    say("size, MB", std::fs::metadata(path)?.len() as f64 / 1e6);
    Ok(())
}

fn fill_eav(path: &Path, count: u64, page_size: u32, attached: bool, index: bool) -> Outcome {
    let mut db = eav::open(path, page_size, true)?;
    if index {
        eav::create_index(&db)?;
    }
    let mut spent = Duration::ZERO;
    let mut at = 0;
    while at < count {
        let end = (at + 1000).min(count);
        let messages: Vec<_> = (at..end).map(|number| mail::message(number, attached)).collect();
        let start = Instant::now();
        let tx = db.transaction()?;
        for message in &messages {
            eav::insert(&tx, 1, message, index)?;
        }
        tx.commit()?;
        spent += start.elapsed();
        at = end;
    }
    say("insert, messages/s", count as f64 / spent.as_secs_f64());
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    say("size, MB", std::fs::metadata(path)?.len() as f64 / 1e6);
    Ok(())
}

fn single(path: &Path, count: u64) -> Outcome {
    let store = open(path)?;
    let folder = folders(&*store, 1)?[0];
    let mut times = Vec::new();
    for number in 0..count {
        let content = mail::message(5_000_000 + number, false);
        let start = Instant::now();
        store.commit(vec![Change::CreateMessage { folder, associated: false, content }])?;
        times.push(ms(start.elapsed()));
    }
    say("one durable save, p50", percentile(&mut times, 50));
    say("one durable save, p99", percentile(&mut times, 99));
    store.logoff()?;
    Ok(())
}

fn sync(path: &Path, count: u64) -> Outcome {
    let mut file = File::create(path)?;
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        file.write_all(&[7; 8192])?;
        file.sync_data()?;
        times.push(ms(start.elapsed()));
    }
    say("fdatasync of 8 kB, p50", percentile(&mut times, 50));
    Ok(())
}

/// A property that only the blob has.
const BLOB_ONLY: PropTag = PropTag::new(0x6703, PropType::I32);

/// The folder with the most messages.
fn session(path: &Path) -> Result<(Session, Folder), Box<dyn Error>> {
    let session = Mapi::with_providers(vec![Arc::new(LocalProvider::default())]).session();
    let store = session.open_store(path, &OpenOptions::default())?;
    let mut waiting = vec![store.root()?];
    let mut largest = None;
    while let Some(folder) = waiting.pop() {
        let count = folder.props()?.i32(tags::CONTENT_COUNT).unwrap_or(0);
        waiting.extend(folder.folders()?);
        if largest.as_ref().is_none_or(|(most, _)| count > *most) {
            largest = Some((count, folder));
        }
    }
    Ok((session, largest.ok_or("there is no folder")?.1))
}

fn tables(path: &Path, runs: u64, text: &str) -> Outcome {
    const COLUMNS: [PropTag; 8] = [
        tags::SUBJECT,
        tags::SENDER_NAME,
        tags::MESSAGE_DELIVERY_TIME,
        tags::MESSAGE_SIZE,
        tags::MESSAGE_FLAGS,
        tags::IMPORTANCE,
        tags::MESSAGE_CLASS,
        tags::DISPLAY_TO,
    ];
    // What the kernel has of the file is dropped by whoever wants a cold start.
    let start = Instant::now();
    let (session, folder) = session(path)?;
    let opened = ms(start.elapsed());
    let received = SortOrderSet::new([SortKey::descending(tags::MESSAGE_DELIVERY_TIME)]);
    let first = |sort: &SortOrderSet| -> Result<usize, Box<dyn Error>> {
        let table = folder.contents_table(Contents::Normal)?;
        table.set_columns(&COLUMNS)?;
        table.sort(sort.clone())?;
        Ok(table.query_rows(50, false)?.len())
    };
    first(&received)?;
    say("open and first 50, first time", ms(start.elapsed()));
    say("open, first time", opened);
    let unusual = SortOrderSet::new([
        SortKey::descending(tags::IMPORTANCE),
        SortKey::ascending(tags::SUBJECT),
    ]);
    let blob = SortOrderSet::new([SortKey::ascending(BLOB_ONLY)]);
    time("first 50 by received", runs * 20, || first(&received))?;
    time("first 50 by importance and subject", runs, || first(&unusual))?;
    time("first 50 by a property of the blob", runs, || first(&blob))?;
    let all = |sort: &SortOrderSet| -> Result<u64, Box<dyn Error>> {
        let table = folder.contents_table(Contents::Normal)?;
        table.set_columns(&COLUMNS)?;
        table.sort(sort.clone())?;
        table.seek(Bookmark::END, 0)?;
        Ok(table.row_count()?.value)
    };
    let count = time("all rows in order of received", runs, || all(&received))?;
    say("rows", count as f64);
    time("all rows by importance and subject", runs, || all(&unusual))?;
    let by_size = [SortKey::ascending(tags::MESSAGE_SIZE), SortKey::ascending(tags::SUBJECT)];
    let by_size = SortOrderSet::new(by_size);
    time("all rows by size and subject", runs, || all(&by_size))?;
    let by_subject = SortOrderSet::new([SortKey::ascending(tags::SUBJECT)]);
    time("all rows by subject", runs, || all(&by_subject))?;
    let restriction = Restriction::and([
        Restriction::contains(tags::SUBJECT, text),
        Restriction::property(tags::MESSAGE_SIZE, RelOp::Gt, 3000),
    ]);
    let found = time("restriction on subject and size", runs, || {
        let table = folder.contents_table(Contents::Normal)?;
        table.set_columns(&COLUMNS)?;
        table.restrict(Some(&restriction))?;
        Ok(table.row_count()?.value)
    })?;
    say("restriction, rows found", found as f64);
    time("scan of 8 columns", runs, || {
        let table = folder.contents_table(Contents::Normal)?;
        table.set_columns(&COLUMNS)?;
        let mut rows = 0;
        loop {
            let some = table.query_rows(1000, false)?;
            if some.is_empty() {
                return Ok(rows);
            }
            rows += some.len();
        }
    })?;
    resident("tables, peak MB")?;
    session.logoff();

    let store = LocalProvider::default().open(path, &OpenOptions::default())?;
    let mut ids = Vec::new();
    let inside = RowSource::Contents(folder.id());
    store.rows(&inside, Some(&[]), &mut |row| {
        ids.extend(row.map(|row| row.id));
        ControlFlow::Continue(())
    })?;
    time("raw scan of 8 columns", runs, || {
        let mut rows = 0;
        store.rows(&inside, Some(&COLUMNS), &mut |row| {
            rows += usize::from(row.is_ok());
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    })?;
    let mut random = mail::Random::new(9);
    let picks: Vec<u64> = (0..2000).map(|_| ids[random.below(ids.len() as u64) as usize]).collect();
    time("open 2000 random messages, all properties and recipients", runs, || {
        let mut count = 0;
        for id in &picks {
            count += store.properties(&ObjectRef::message(*id), u64::MAX)?.iter().count();
            let recipients = RowSource::Recipients(mapix_core::store::MessageRef::new(*id));
            store.rows(&recipients, None, &mut |row| {
                count += row.map_or(0, |row| row.props.iter().count());
                ControlFlow::Continue(())
            })?;
        }
        Ok(count)
    })?;
    time("read 2000 random messages with attachments", runs, || {
        let mut bytes = 0;
        for id in &picks {
            let at = mapix_core::store::MessageRef::new(*id);
            store.properties(&ObjectRef::message(*id), u64::MAX)?;
            let mut numbers = Vec::new();
            let (recipients, attachments) =
                (RowSource::Recipients(at.clone()), RowSource::Attachments(at.clone()));
            store.rows(&recipients, None, &mut |_| ControlFlow::Continue(()))?;
            store.rows(&attachments, None, &mut |row| {
                numbers.extend(row.map(|row| row.id as u32));
                ControlFlow::Continue(())
            })?;
            for number in numbers {
                let attachment = ObjectRef::Attachment(at.clone(), number);
                let mut data = store.open_stream(&attachment, tags::ATTACH_DATA_BIN)?;
                bytes += std::io::copy(&mut data, &mut std::io::sink())?;
            }
        }
        Ok(bytes)
    })?;
    store.logoff()?;
    Ok(())
}

fn tables_eav(path: &Path, runs: u64) -> Outcome {
    let db = eav::open(path, 4096, false)?;
    let received = [tags::MESSAGE_DELIVERY_TIME.0, 0];
    let unusual = [tags::IMPORTANCE.0, tags::SUBJECT.0];
    let load = |keys: &[u32; 2]| Ok(eav::load_table(&db, 1, keys)?);
    let rows = time("all rows in order of received", runs, || load(&received))?;
    say("rows", rows as f64);
    time("all rows by importance and subject", runs, || load(&unusual))?;
    let found = time("restriction on subject and size", runs, || {
        Ok(eav::restricted(&db, 1, "foo", 3000)?)
    })?;
    say("restriction, rows found", found as f64);
    let mut random = mail::Random::new(9);
    let picks: Vec<i64> = (0..2000).map(|_| 1 + random.below(rows as u64) as i64).collect();
    time("open 2000 random messages, all properties and recipients", runs, || {
        let mut count = 0;
        for id in &picks {
            count += eav::read(&db, *id)?;
        }
        Ok(count)
    })?;
    Ok(())
}

fn search(path: &Path, runs: u64, queries: &[&str]) -> Outcome {
    let store = LocalProvider::default().open(path, &OpenOptions::default())?;
    for text in queries {
        let query = Query::parse(text, &Context::now()).map_err(|error| error.to_string())?;
        let held = query.held();
        let run = |limit: usize| -> Result<usize, Box<dyn Error>> {
            let mut found = 0;
            let request = SearchRequest { query: &query, held: &held, below: None };
            let plan = store.search(&request, &mut |_| {
                found += 1;
                if found < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            plan.ok_or("the store does not search")?;
            Ok(found)
        };
        time(&format!("newest 50 of {text}"), runs, || run(50))?;
        let count = time(&format!("all of {text}"), runs, || run(usize::MAX))?;
        say(&format!("hits of {text}"), count as f64);
    }
    resident("search, peak MB")?;
    store.logoff()?;
    Ok(())
}

/// This program again, with other words.
fn again(words: &[&str]) -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(words).stdout(Stdio::piped());
    Ok(command)
}

fn writers(path: &Path, processes: u64, seconds: u64) -> Outcome {
    let (path, seconds) = (path.to_str().ok_or("the name")?, seconds.to_string());
    let mut children = Vec::new();
    for _ in 0..processes {
        children.push(again(&["writer", path, &seconds])?.spawn()?);
    }
    let (mut rate, mut worst) = (0.0_f64, 0.0_f64);
    for child in children {
        let output = child.wait_with_output()?;
        for line in String::from_utf8(output.stdout)?.lines() {
            match line.split_once('\t') {
                Some(("rate", value)) => rate += value.parse::<f64>()?,
                Some(("worst", value)) => worst = worst.max(value.parse()?),
                _ => {}
            }
        }
    }
    say(&format!("{processes} writers, saves/s together"), rate);
    say(&format!("{processes} writers, worst wait"), worst);
    Ok(())
}

fn writer(path: &Path, seconds: u64) -> Outcome {
    let store = open(path)?;
    let folder = folders(&*store, 1)?[0];
    let start = Instant::now();
    let (mut count, mut worst) = (0, 0.0_f64);
    while start.elapsed() < Duration::from_secs(seconds) {
        let content = mail::message(9_000_000 + count, false);
        let began = Instant::now();
        store.commit(vec![Change::CreateMessage { folder, associated: false, content }])?;
        worst = worst.max(ms(began.elapsed()));
        count += 1;
    }
    say("rate", count as f64 / start.elapsed().as_secs_f64());
    say("worst", worst);
    store.logoff()?;
    Ok(())
}

fn nanos() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_nanos())
}

/// How long after it began to save, another process has read what was saved.
fn latency(path: &Path, count: u64) -> Outcome {
    let store = open(path)?;
    let mut cursor = store.changes_since(0)?.cursor;
    let mut child =
        again(&["saver", path.to_str().ok_or("the name")?, &count.to_string()])?.spawn()?;
    let began = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let (mut seen, mut times) = (Vec::new(), Vec::new());
    while (seen.len() as u64) < count {
        store.wait_for_changes(cursor, Duration::from_secs(30))?;
        let changes = store.changes_since(cursor)?;
        cursor = changes.cursor;
        for event in changes.events {
            if event.change == mapix_core::store::ObjectChange::Created
                && event.kind == Some(mapix_core::store::ItemKind::Message)
            {
                store.properties(&ObjectRef::message(event.object), 4096)?;
                seen.push(nanos());
            }
        }
    }
    for (line, seen) in began.zip(seen) {
        times.push((seen - line?.parse::<u128>()?) as f64 / 1e6);
    }
    child.wait()?;
    say("another process has read a save, p50", percentile(&mut times, 50));
    say("another process has read a save, p99", percentile(&mut times, 99));
    Ok(())
}

fn saver(path: &Path, count: u64) -> Outcome {
    let store = open(path)?;
    let folder = folders(&*store, 1)?[0];
    for number in 0..count {
        let content = mail::message(8_000_000 + number, false);
        std::thread::sleep(Duration::from_millis(5));
        println!("{}", nanos());
        store.commit(vec![Change::CreateMessage { folder, associated: false, content }])?;
    }
    store.logoff()?;
    Ok(())
}
