//! Progress on standard error: a bar for people, JSON Lines for programs, or nothing.

use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::args::{Global, ProgressForm};
use crate::output::Json;

/// How often a line of JSON is written.
const INTERVAL: Duration = Duration::from_millis(500);

/// What is done sooner than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// The progress of one walk.
pub(crate) struct Progress {
    form: Form,
}

enum Form {
    None,
    Bar(Bar),
    Lines(Mutex<Lines>),
}

struct Bar {
    drawn: ProgressBar,
    started: Instant,
    shown: Once,
}

struct Lines {
    what: &'static str,
    total: u64,
    done: u64,
    started: Instant,
    written: Instant,
}

impl Progress {
    /// Begins to count up to a total, while data is written: a bar would get in its way on the
    /// same terminal.
    pub(crate) fn beside_output(global: &Global, what: &'static str, total: u64) -> Self {
        match global.progress {
            ProgressForm::Auto if io::stdout().is_terminal() => Self { form: Form::None },
            _ => Self::new(global, what, total),
        }
    }

    /// Begins to count up to a total.
    pub(crate) fn new(global: &Global, what: &'static str, total: u64) -> Self {
        let form = match global.progress {
            ProgressForm::Jsonl => {
                let now = Instant::now();
                Form::Lines(Mutex::new(Lines { what, total, done: 0, started: now, written: now }))
            }
            ProgressForm::Auto if io::stderr().is_terminal() && !global.quiet => {
                Form::Bar(bar(what, total))
            }
            ProgressForm::Auto | ProgressForm::Never => Form::None,
        };
        Self { form }
    }

    /// So many more are done.
    pub(crate) fn add(&self, count: u64) {
        match &self.form {
            Form::None => {}
            Form::Bar(bar) => {
                if bar.started.elapsed() > PATIENCE {
                    let target = || ProgressDrawTarget::stderr_with_hz(10);
                    bar.shown.call_once(|| bar.drawn.set_draw_target(target()));
                }
                bar.drawn.inc(count);
            }
            Form::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.done += count;
                if lines.written.elapsed() >= INTERVAL {
                    lines.written = Instant::now();
                    lines.write();
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        match &self.form {
            Form::None => {}
            Form::Bar(bar) => bar.drawn.finish_and_clear(),
            Form::Lines(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).write(),
        }
    }
}

impl Lines {
    fn write(&self) {
        let mut line = Vec::new();
        // Writing to memory does not fail.
        let _ = self.object(&mut Json::compact(&mut line));
        eprint!("{}", String::from_utf8_lossy(&line));
    }

    fn object(&self, json: &mut Json<'_>) -> io::Result<()> {
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = if seconds > 0.0 { self.done as f64 / seconds } else { 0.0 };
        json.begin_object()?;
        json.field("event", "progress")?;
        json.field("kind", self.what)?;
        json.field_uint("done", self.done)?;
        json.field_uint("expected", self.total)?;
        json.key("seconds")?;
        json.float(round(seconds))?;
        json.key("per_second")?;
        json.float(round(rate))?;
        json.end_object()
    }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn bar(what: &'static str, total: u64) -> Bar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    let template = "{msg} [{bar:24}] {human_pos}/{human_len}  {rate}/s  {eta} left";
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        // There is nobody to tell of an error here.
        let _ = write!(out, "{:.0}", state.per_sec());
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
    }
    bar.set_message(what);
    Bar { drawn: bar, started: Instant::now(), shown: Once::new() }
}
