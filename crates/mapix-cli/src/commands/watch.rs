//! `mapix watch`: what happens in a mailbox, line by line, as it happens.
//!
//! The lines come from a sink of [`mapix::notify`]; whoever changes the mailbox, in whichever
//! process, is heard. A line is written and flushed before the next one is waited for.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use mapix::notify::{Connection, EventMask, Notice, Subject};
use mapix::prop::{FileTime, tags};
use mapix::store::ItemKind;
use mapix::table::TableNotice;
use mapix::{Contents, ErrorCode, Object, SessionConnection};

use crate::args::{Format, Global, Watch};
use crate::exit::{Exit, Failure, Outcome};
use crate::folders;
use crate::output::Output;
use crate::output::text::{counted, fit, safe};
use crate::source::Source;
use crate::{interrupt, report};

/// How many notices may wait to be written. When they do not fit, the sink waits, and then it is
/// told that something was missed.
const WAITING: usize = 1024;
/// How soon Ctrl-C is seen.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn run(args: &Watch, global: &Global, output: &mut Output) -> Outcome {
    if matches!(global.format, Format::Csv | Format::Json) {
        return Err(Failure::usage("watch has no end to close a document; take text or jsonl"));
    }
    let source = Source::open(&args.file, global)?;
    let folder = match args.folder.as_deref() {
        None => None,
        Some(address) => match source.find(Some(address))? {
            Object::Folder(folder) => Some(folder.id()),
            _ => return Err(Failure::usage(format!("{address} is not a folder"))),
        },
    };
    let (sender, notices) = sync_channel(WAITING);
    let rows = match folder {
        Some(folder) if args.rows => Some(follow_rows(&source, folder, sender.clone())?),
        _ => None,
    };
    let session = args.session.then(|| follow_session(&source, &sender)).transpose()?;
    let sink = move |batch: &[Notice]| {
        // When nobody listens any more, the run is about to end.
        let _ = batch.iter().try_for_each(|notice| sender.send(Heard::Store(notice.clone())));
    };
    let connection = source.store.advise(EventMask::ALL, None, sink).map_err(|error| {
        if error.code() == ErrorCode::NO_SUPPORT {
            let format = &source.store.info().format;
            return Failure::usage(format!(
                "changes of this mailbox ({format}) cannot be followed"
            ));
        }
        error.into()
    })?;
    report::note(global, format!("watching {}; Ctrl-C ends it", safe(&source.location)));
    let mut shown = 0;
    let result = listen(args, &source, folder, &notices, output, &mut shown);
    // Whoever waits for a place in the channel must not be waited for.
    let last = session.is_some().then(|| thread::spawn(move || wait_for_end(&notices)));
    drop(rows);
    connection.unadvise();
    source.logoff()?;
    let ended = last.map(thread::JoinHandle::join);
    drop(session);
    result?;
    if let Some(Ok(true)) = ended {
        Line::of_session("session-ends", None).write(output)?;
        output.flush()?;
        shown += 1;
    }
    report::note(global, counted(shown, "notice"));
    Ok(Exit::Done)
}

/// Writes notices until there were enough of them, the time is over, or Ctrl-C comes.
fn listen(
    args: &Watch,
    source: &Source,
    folder: Option<u64>,
    notices: &Receiver<Heard>,
    output: &mut Output,
    shown: &mut u64,
) -> Outcome<()> {
    let end = args.time.and_then(|time| Instant::now().checked_add(time));
    while args.count.is_none_or(|count| *shown < count) {
        interrupt::check()?;
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            break;
        }
        let wait = left.unwrap_or(LOOK_EVERY).min(LOOK_EVERY);
        match notices.recv_timeout(wait) {
            Ok(heard) => {
                if let Some(line) = heard.line(source, folder) {
                    line.write(output)?;
                    output.flush()?;
                    *shown += 1;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(())
}

/// What a sink was told.
enum Heard {
    Store(Notice),
    Row(TableNotice),
    Session(Notice),
    /// A table of the session, by the event that tells of it.
    Table(&'static str),
}

impl Heard {
    /// What is printed of it; `None` if nothing is.
    fn line<'a>(&'a self, source: &Source, folder: Option<u64>) -> Option<Line<'a>> {
        match self {
            Self::Store(notice) if folder.is_some_and(|folder| !concerns(notice, folder)) => None,
            Self::Store(notice) => Some(Line::new(source, notice)),
            Self::Row(notice) => Some(Line::of_row(notice)),
            // Its end is told of last, when nothing more can come.
            Self::Session(Notice::SessionEnds { shared: false }) => None,
            Self::Session(Notice::Critical { error }) => {
                Some(Line::of_session("error", Some(error.to_string())))
            }
            Self::Session(_) => Some(Line::of_session("other", None)),
            Self::Table(event) => Some(Line::of_session(event, None)),
        }
    }
}

/// Waits until the end of the session is told, past all that is told before.
fn wait_for_end(notices: &Receiver<Heard>) -> bool {
    let mut heard = notices.iter();
    heard.any(|heard| matches!(heard, Heard::Session(Notice::SessionEnds { .. })))
}

/// Hears of the rows of a folder.
fn follow_rows(source: &Source, folder: u64, sender: SyncSender<Heard>) -> Outcome<Connection> {
    let table = source.store.open_folder(folder)?.contents_table(Contents::Normal)?;
    table.set_columns(&[tags::SUBJECT])?;
    Ok(table.advise(move |batch| {
        let _ = batch.iter().try_for_each(|notice| sender.send(Heard::Row(notice.clone())));
    })?)
}

/// Hears of a session and of its tables.
fn follow_session(
    source: &Source,
    sender: &SyncSender<Heard>,
) -> Outcome<(SessionConnection, Vec<Connection>)> {
    let session = source.session();
    let told = sender.clone();
    let mask = EventMask::CRITICAL_ERROR | EventMask::EXTENDED;
    let connection = session.advise(mask, move |batch| {
        let _ = batch.iter().try_for_each(|notice| told.send(Heard::Session(notice.clone())));
    })?;
    let mut tables = Vec::new();
    for (event, table) in
        [("stores-changed", session.stores_table()?), ("status-changed", session.status_table()?)]
    {
        let told = sender.clone();
        tables.push(table.advise(move |_| drop(told.send(Heard::Table(event))))?);
    }
    Ok((connection, tables))
}

/// Whether a notice is about a folder, or about something that is or was in it.
fn concerns(notice: &Notice, folder: u64) -> bool {
    let from = match notice {
        Notice::Moved { from, .. } => Some(*from),
        _ => None,
    };
    // What was missed, or is wrong, concerns everything.
    notice.subject().is_none_or(|subject| {
        subject.id == folder || subject.parent == Some(folder) || from == Some(folder)
    })
}

/// A notice, with what the mailbox says about it now.
pub(super) struct Line<'a> {
    time: FileTime,
    event: &'static str,
    subject: Option<&'a Subject>,
    object: Option<&'static str>,
    folder: Option<String>,
    from: Option<String>,
    /// A message's subject, or a folder's name.
    title: Option<String>,
    detail: Option<String>,
}

impl<'a> Line<'a> {
    pub(super) fn new(source: &Source, notice: &'a Notice) -> Self {
        let (event, detail) = match notice {
            Notice::NewMail { class, .. } => ("new-mail", Some(class.to_string())),
            Notice::Created(_) => ("created", None),
            Notice::Deleted(_) => ("deleted", None),
            Notice::Modified { tags: Some(_), .. } => ("contents", None),
            Notice::Modified { .. } => ("modified", None),
            Notice::Moved { .. } => ("moved", None),
            Notice::Copied { .. } => ("copied", None),
            Notice::SearchComplete(_) => ("search-complete", None),
            Notice::Missed { count } => {
                let count = count.map(|count| counted(count, "notice"));
                ("missed", Some(count.unwrap_or_else(|| "everything may have changed".into())))
            }
            Notice::Critical { error } => ("error", Some(error.to_string())),
            _ => ("other", None),
        };
        let path = |id: u64| {
            let folder = source.store.open_folder(id).ok()?;
            Some(folders::path_of(source, &folder))
        };
        let subject = notice.subject();
        let is_folder = |kind| matches!(kind, Some(ItemKind::Folder | ItemKind::SearchFolder));
        // What is gone by now has no title any more.
        let title = subject.and_then(|subject| match subject.kind {
            None => None,
            kind if is_folder(kind) => source.store.open_folder(subject.id).ok()?.name().ok(),
            _ => source.store.open_message(subject.id).ok()?.text(tags::SUBJECT).ok()?,
        });
        let from = match notice {
            Notice::Moved { from, .. } => path(*from),
            _ => None,
        };
        Self {
            time: FileTime::now(),
            event,
            subject,
            object: subject.map(|subject| match subject.kind {
                None => "store",
                Some(ItemKind::Folder) => "folder",
                Some(ItemKind::SearchFolder) => "search-folder",
                Some(ItemKind::Message) => "message",
                Some(ItemKind::Associated) => "hidden",
            }),
            folder: subject.and_then(|subject| subject.parent).and_then(path),
            from,
            title,
            detail,
        }
    }

    fn of_row(notice: &TableNotice) -> Self {
        let (event, row, detail) = match notice {
            TableNotice::Added { row, .. } => ("row-added", Some(row), None),
            TableNotice::Modified { row, .. } => ("row-modified", Some(row), None),
            TableNotice::Deleted { .. } => ("row-deleted", None, None),
            TableNotice::Error { error } => ("error", None, Some(error.to_string())),
            _ => ("rows-changed", None, None),
        };
        let title = row.and_then(|row| Some(row.get(tags::SUBJECT)?.as_text()?.into_owned()));
        Self { object: Some("row"), title, ..Self::of_session(event, detail) }
    }

    fn of_session(event: &'static str, detail: Option<String>) -> Self {
        Self {
            time: FileTime::now(),
            event,
            subject: None,
            object: Some("session"),
            folder: None,
            from: None,
            title: None,
            detail,
        }
    }

    fn write(&self, output: &mut Output) -> Outcome<()> {
        match output.format {
            Format::Jsonl => self.write_json(output),
            _ => self.write_text(output),
        }
    }

    fn write_text(&self, output: &mut Output) -> Outcome<()> {
        let time = self.time.to_string();
        let time = fit(time.get(11..23).unwrap_or(&time), 12, false);
        Ok(output.line(format!("{time}  {}", self.text()))?)
    }

    /// All but the time.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{}  {}",
            fit(self.event, 15, false),
            fit(self.object.unwrap_or_default(), 13, false),
        );
        let mut push = |part: Option<&str>| {
            if let Some(part) = part.filter(|part| !part.is_empty()) {
                text.push_str("  ");
                text.push_str(&safe(part));
            }
        };
        push(self.folder.as_deref());
        push(self.title.as_deref());
        push(self.from.as_ref().map(|from| format!("(from {from})")).as_deref());
        push(self.detail.as_deref());
        text.truncate(text.trim_end().len());
        text
    }

    /// The keys are those that `mapix help watch` promises, always all of them.
    fn write_json(&self, output: &mut Output) -> Outcome<()> {
        let subject = self.subject;
        let time = self.time.to_string();
        let mut json = output.json();
        json.begin_object()?;
        json.field("time", &time)?;
        json.field("event", self.event)?;
        json.key("object")?;
        json.optional(self.object)?;
        json.key("id")?;
        match subject {
            Some(subject) => json.uint(subject.id)?,
            None => json.null()?,
        }
        let bytes = subject.and_then(|subject| subject.entry_id.as_ref());
        json.key("entry_id")?;
        match bytes {
            Some(entry_id) => json.hex(entry_id.as_bytes())?,
            None => json.null()?,
        }
        for (key, value) in [
            ("folder", &self.folder),
            ("from", &self.from),
            ("title", &self.title),
            ("detail", &self.detail),
        ] {
            json.key(key)?;
            json.optional(value.as_deref())?;
        }
        json.end_object()?;
        Ok(())
    }
}

/// A time such as `500ms`, `10s`, `5m` or `2h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a number with ms, s, m or h, such as 90s".to_owned();
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        for wrong in ["", "10", "s", "1 s", "-1s", "1d", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
